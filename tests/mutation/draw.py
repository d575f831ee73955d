# SPDX-License-Identifier: Apache-2.0
"""The places of a C file where something can be changed, and how. Pure.

Operators: a comparison's neighbour or opposite, && for || and back, a
condition turned round, a lost `!`, a number one higher, true for false, + for
-, a statement that only calls left out, an error that is returned as success.
"""
import dataclasses
import re

TOKEN = re.compile(r"""
    /\*.*?\*/ | //[^\n]* |
    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' |
    [A-Za-z_]\w* | 0[xX][0-9A-Fa-f]+[uUlL]* | \d[\w.]* |
    <<= | >>= | \.\.\. | -> | \+\+ | -- | && | \|\| | [<>=!+\-*/%&|^]= |
    << | >> | \s+ | .""", re.X | re.S)

OPERATORS = {
    "==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"],
    ">": [">=", "<="], ">=": [">", "<"], "&&": ["||"], "||": ["&&"],
}
# A function's body begins with { in the first column, and ends so
BODY = re.compile(r"^\{$.*?^\}$", re.M | re.S)
CALL = re.compile(r"(?<=[;{}\n])[ \t]*\b(?!return\b|if\b|while\b|for\b|"
                  r"switch\b|sizeof\b|va_end\b|va_start\b)[a-z_]\w*"
                  r"\([^;{}]*\);", re.S)
RETURN = re.compile(r"return (error_\w+\([^;]*\)|-ERROR_\w+|false|true);",
                    re.S)
# Without them nothing is different but what is left behind at the end, which
# leak checkers see
QUIET = re.compile(r"\s*(free|buf_done|json_decref|wipe|CLEANUP|assert|"
                   r"fclose|close)\(")


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    start: int
    end: int
    old: str
    new: str
    line: int
    around: str     # the line, or lines, with NUL where the change is

    def name(self):
        """How the list of equivalent ones names it: without the number of
        the line, which moves."""
        old, new = (" ".join(self.around.replace("\0", x).split())
                    for x in (self.old, self.new))
        return f"{self.path}: {old} => {new}"

    def apply(self, text):
        return text[:self.start] + self.new + text[self.end:]


def tokens(text, start, end):
    """(position, token) of what is neither blank, comment nor directive."""
    at = start
    while at < end:
        m = TOKEN.match(text, at)
        token = m.group()
        line_start = text.rfind("\n", 0, at) + 1
        if token == "#" and not text[line_start:at].strip():
            at = text.find("\n", at)    # a directive
            while text[at - 1] == "\\":
                at = text.find("\n", at + 1)
            continue
        if not token.isspace() and token[:2] not in ("/*", "//"):
            yield at, token
        at = m.end()


def closing(found, i):
    """The index of the ) of found[i], which is (."""
    depth = 0
    for k in range(i, len(found)):
        depth += {"(": 1, ")": -1}.get(found[k][1], 0)
        if depth == 0:
            return k
    return None


def of_tokens(text, body):
    found = list(tokens(text, *body))
    for i, (at, token) in enumerate(found):
        before = found[i - 1][1] if i else "{"
        after = found[i + 1][1] if i + 1 < len(found) else "}"
        operand = re.match(r"[\w)\]]", before[-1]) and before != "return"
        spaced = text[at - 1:at] in (" ", "\n", "\t")
        for new in OPERATORS.get(token, []):
            if operand and spaced:
                yield at, at + len(token), new
        if token in "+-" and operand and spaced and \
                text[at + 1:at + 2] in (" ", "\n"):
            yield at, at + 1, "-" if token == "+" else "+"
        if token == "!" and re.match(r"[\w(*]", after):
            yield at, at + 1, ""
        if re.fullmatch(r"\d+", token) and before not in ("[",) and \
                not text[at + len(token):].startswith("."):
            yield at, at + len(token), str(int(token) + 1)
        if token in ("true", "false"):
            yield at, at + len(token), \
                "false" if token == "true" else "true"
        if token in ("if", "while") and after == "(":
            end = closing(found, i + 1)
            if end:
                first, last = found[i + 1][0] + 1, found[end][0]
                yield first, last, f"!({text[first:last]})"


def of_statements(text, body):
    for m in CALL.finditer(text, *body):
        at = m.start() + len(m.group()) - len(m.group().lstrip())
        if not QUIET.match(m.group()):
            yield at, m.end(), ";"
    for m in RETURN.finditer(text, *body):
        if m.group(1).startswith(("error_", "-ERROR")):
            yield m.start(), m.end(), "return 0;"


def mutants(path, text):
    """All of one file, in its order."""
    out = []
    for body in BODY.finditer(text):
        for start, end, new in (*of_tokens(text, body.span()),
                                *of_statements(text, body.span())):
            first = text.rfind("\n", 0, start) + 1
            last = text.find("\n", end)
            out.append(Mutant(path, start, end, text[start:end], new,
                              text.count("\n", 0, start) + 1,
                              f"{text[first:start]}\0{text[end:last]}"))
    return sorted(out, key=lambda m: (m.start, m.end, m.new))
