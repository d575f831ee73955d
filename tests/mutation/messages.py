#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""messages.py [--told FILE] [FOLDER]...: which sentences no test has seen?

Lists each text that is given to error_set, run_say and the like, with its
file and line, where none of its longer pieces stands in any test, nor, with
--told, in what the programs said: TOKENBRIDGE_TOLD=FILE tests/run ... writes
that down.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

import draw  # noqa: E402

LAYERS = ["base", "udev", "token", "aws", "bridge"]
SAYS = re.compile(r"\b(error_(?:set|errno)|(?:run|ui)_(?:say|warn|progress|"
                  r"waits)|say|refuse|fail|bad|damaged)\(")
CONVERSION = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|j|z|t)?[a-zA-Z]"
                        r"|%%|\\n|\\t")
# A shorter piece stands in any text
LETTERS = 8
# ... and what a test asks for by fewer, in more than one word, is no message's
ASSERTED = 9


def literals(text, start, end):
    """The strings of a call, those that stand side by side as one."""
    out, last = [], None
    for at, token in draw.tokens(text, start, end):
        if token.startswith('"'):
            if last == "string":
                out[-1] += token[1:-1]
            else:
                out.append(token[1:-1])
            last = "string"
        elif not token.startswith("PRI"):
            last = token
    return out


def calls(text):
    """(line, texts) of each call that says something."""
    for m in SAYS.finditer(text):
        depth, end = 0, m.end() - 1
        for at, token in draw.tokens(text, m.end() - 1, len(text)):
            depth += {"(": 1, ")": -1}.get(token, 0)
            if depth == 0:
                end = at
                break
        said = [s for s in literals(text, m.end(), end) if len(s) > LETTERS]
        if said:
            yield text.count("\n", 0, m.start()) + 1, said


def pieces(text):
    """What of it is always printed."""
    plain = text.replace('\\"', '"').replace("\\\\", "\\")
    return [part.strip() for part in CONVERSION.split(plain)
            if len(part.strip()) > LETTERS]


def one_line(text):
    return re.sub(r"\s+", " ", text)


def test_files():
    return [path for path in (TOP / "tests").rglob("*")
            if path.suffix in (".py", ".c", ".txt") and ".cache" not in path.parts
            and "mutation" not in path.parts]


class Seen:
    """The tests' own words, and what was printed."""

    def __init__(self, told):
        self.words, texts = set(), []
        for path in test_files():
            text = re.sub(r'"\s*\\?\n\s*f?"', "", path.read_text())
            self.words.update(
                one_line(word) for string in re.findall(
                    r'"((?:\\.|[^"\\\n])*)"', text)
                for word in string.split(": ")
                if len(word) >= ASSERTED and " " in word.strip())
            texts.append(text)
        # what unit programs compare to the letter
        texts += [path.read_text() for path in
                  (TOP / "tests/unit").rglob("*.txt")]
        texts += [path.read_text(errors="replace") for path in told]
        self.text = one_line("\n".join(texts))

    def has(self, text):
        """All of a piece stands in a test or was printed; or a test asks for
        some of it."""
        parts = [one_line(part) for part in pieces(text)]
        return any(part in self.text for part in parts) or any(
            word in part for part in parts for word in self.words)


def main():
    options = argparse.ArgumentParser(
        prog="messages.py", description="Which sentences no test has seen.")
    options.add_argument("--told", type=pathlib.Path, action="append",
                         default=[], metavar="FILE")
    options.add_argument("folder", nargs="*", default=LAYERS)
    given = options.parse_args()
    seen, count, unseen = Seen(given.told), 0, 0
    for folder in given.folder:
        for path in sorted((TOP / folder).rglob("*.c")):
            for line, said in calls(path.read_text()):
                for text in said:
                    if not pieces(text):
                        continue
                    count += 1
                    if not seen.has(text):
                        unseen += 1
                        print(f"{path.relative_to(TOP)}:{line}: {text}")
    print(f"{unseen} of {count} texts", file=sys.stderr)


if __name__ == "__main__":
    main()
