#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manual.py PROGRAM [ROOT]: the manual says all that the program knows, once,
and nothing that it does not know.

The program is asked for its commands, verbs and options (__complete, --help);
the tables in the source tell the rest: settings, variables, exit codes, steps,
findings.
"""
import pathlib
import re
import shlex
import subprocess

import tree

MAIN = "tokenbridge.1"
CONF = "tokenbridge.conf.5"
PAM = "pam_tokenbridge.8"
POLICY = "tokenbridge.policy.5"

# PATH_STATE of base/paths.h in a build with the usual options.
STATE = "/var/lib/tokenbridge"


# ---- what the program says ----

def ask(program, *arguments):
    done = subprocess.run([str(program), *arguments],
                          capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise SystemExit(f"manual.py: {program} {arguments} ends with "
                         f"{done.returncode}: {done.stderr}")
    return done.stdout


def offered(program, *words):
    """What a shell may offer for the last word."""
    kind, *lines = ask(program, "__complete", *words).splitlines()
    return [line.split("\t")[0] for line in lines if kind == "words"]


class Row:
    """A verb: its arguments with "[]" round those that may be left out, and
    its options."""

    def __init__(self, program, words):
        usage = re.match(r"Usage: tokenbridge (.*)\n",
                         ask(program, *words, "--help"))[1].split()
        self.arguments = [w for w in usage[len(words):] if w != "[OPTION]..."]
        self.options = {w[2:] for w in offered(program, *words, "--")}


class Program:
    def __init__(self, path):
        self.everywhere = {w[2:] for w in offered(path, "--")}
        self.rows, self.verbs = {}, {}
        for command in offered(path, ""):
            head = "\nVerbs:\n" in ask(path, command, "--help")
            self.verbs[command] = offered(path, command, "") if head else []
            for verb in self.verbs[command] or [""]:
                self.rows[command, verb] = Row(
                    path, [w for w in (command, verb) if w])
        self.options = {command: set().union(*(
            self.own(*row) for row in self.rows if row[0] == command))
            for command in self.verbs}

    def own(self, command, verb):
        """Those of a verb that not every verb has."""
        return self.rows[command, verb].options - self.everywhere

    def all_options(self):
        return self.everywhere.union(*self.options.values())


# ---- what the tables say ----

def joined(text):
    """C source with adjacent string literals joined."""
    return re.sub(r'"\s*\n?\s*"', "", text)


def rows_of_options(root):
    """Every row of rows.c: name, letter, argument, setting ..."""
    text = joined((root / "bridge/settings/rows.c").read_text())
    text = re.sub(r'PATH_STATE\s*"', f'"{STATE}', text)
    text = text.replace("PATH_REGISTRY", f'"{STATE}/registry.db"')
    fields = r"\s*,\s*".join([
        r'(?:NULL|"(?P<name>[^"]*)")', r"(?:0|'(?P<letter>.)')",
        r'(?:NULL|"(?P<argument>[^"]*)")', r'(?:NULL|"(?P<setting>[^"]*)")',
        r'(?:NULL|"(?P<variable>[^"]*)")', r'(?:NULL|"(?P<default>[^"]*)")',
        r"(?P<from>[\w &~|]+?)", r"(?P<scope>OWN|SHARED|EVERY)"])
    rows = [m.groupdict() for m in re.finditer(
        r"\[OPTION_\w+\] = \{\s*" + fields, text)]
    if len(rows) != len(re.findall(r"\[OPTION_(?!COUNT)\w+\] = \{", text)):
        raise SystemExit("manual.py: cannot read every row of rows.c")
    return rows


def files_of(row):
    """Which files a setting may stand in."""
    return "both" if "ANYWHERE" in row["from"] else "system"


def numbers(path, enum):
    """{value: enumerator} of an enum."""
    text = path.read_text()
    body = re.search(r"enum %s \{(.*?)\};" % enum, text, re.S)[1]
    return {int(v): n for n, v in re.findall(r"(\w+) = (\d+)", body)}


def exit_codes(root):
    codes = numbers(root / "bridge/terminal/status.h", "status")
    codes.update(numbers(root / "token/attest/verdict.h", "verdict"))
    return set(codes)


def verdict_names(root):
    by_name = {n: v for v, n in
               numbers(root / "token/attest/verdict.h", "verdict").items()}
    text = (root / "token/attest/verdict.c").read_text()
    return {by_name[n]: word for n, word in
            re.findall(r'\{ (VERDICT_\w+), "([a-z-]+)"', text)}


def step_names(root):
    found = set()
    for name in tree.code(root, ["token", "bridge"]):
        found |= set(re.findall(r'steps_add\([^,;"]+,\s*"([a-z-]+)"',
                                joined((root / name).read_text())))
    return found


def findings(root):
    text = (root / "bridge/audit/rules/checks.c").read_text()
    rows = re.findall(r'\] = \{ "([a-z-]+)",(.*?)(?=\n\t\[|\n\};)', text,
                      re.S)
    return {name: re.findall(r"AUDIT_(LOW|MEDIUM|HIGH|CRITICAL)\b",
                             row)[-1].lower() for name, row in rows}


def pam_arguments(root):
    """{argument: ARGUMENTS, ...}: each row and the section it belongs to."""
    sections = {"NOTHING": "ARGUMENTS WITHOUT EFFECT",
                "REFUSED": "REFUSED ARGUMENTS"}
    text = (root / "bridge/login/pam/options.c").read_text()
    return {name: sections.get(kind, "ARGUMENTS") for name, kind in
            re.findall(r'\{ "(\w+)", ([A-Z]+), ', text)}


def pam_results(root):
    """{(word of the log, PAM code, priority)} of the module's table and of the
    one that it shares with the helper."""
    codes = dict(re.findall(
        r"\{ (LOGIN_\w+), (PAM_\w+),",
        (root / "bridge/login/pam/module.c").read_text()))
    rows = re.findall(r'\{ (LOGIN_\w+), LOG_(\w+), "([a-z-]+)"',
                      (root / "bridge/login/result.c").read_text())
    return {(word, codes[result], priority.lower())
            for result, priority, word in rows if result in codes}


def policy_keys(root):
    text = (root / "bridge/verify/policy-file.c").read_text()
    return re.findall(r'\[POLICY_\w+\] = \{ "(\w+)"', text)


def aws_variables(root):
    found = set()
    for name in tree.code(root, ["aws"]):
        found |= set(re.findall(r'"(AWS_[A-Z0-9_]+)"',
                                (root / name).read_text()))
    return found


# ---- what the manual says ----

def plain(text):
    """mdoc text without its escapes and its joined lines."""
    text = text.replace("\\\n", " ")
    for escape, char in ((r"\-", "-"), (r"\(aq", "'"), (r"\&", ""),
                         (r"\e", "\\"), (r"\(dq", '"'), (r"\(en", "")):
        text = text.replace(escape, char)
    return text


MACROS = {"Ar", "Cm", "Ic", "Fl", "Op", "Oo", "Oc", "|", "Nm"}


def read_synopsis(lines):
    """One form of a call, from mdoc: the words that stand as they are, the
    arguments with "[]" round those that may be left out, the options."""
    words, arguments, options = [], [], set()
    for line in lines:
        macro, depth, of_option = "", 0, False
        for word in line.lstrip(".").split():
            if word in MACROS:
                depth += (word in ("Op", "Oo")) - (word == "Oc")
                # what follows an option at once is its value
                of_option = macro == "Fl" and word in ("Ar", "Cm")
                macro = word
            elif macro == "Fl":
                options.add(word.lstrip("-"))
            elif macro == "Ar" and not of_option:
                arguments.append(f"[{word}]" if depth else word)
            elif not of_option:
                words.append(word)
    return words[1:], arguments, options


class Page:
    def __init__(self, path):
        self.name = path.name
        self.text = plain(path.read_text())

    def section(self, title):
        found = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", self.text,
                          re.S | re.M)
        return found[1] if found else ""

    def options(self):
        """{option: argument} of the list items."""
        return {name: value or "" for line in
                re.findall(r"^\.It (.*Fl -.*)$", self.text, re.M)
                for name, value in re.findall(
                    r"Fl -([\w-]+)(?: Ar (\w+))?", line)
                if " Ta " not in line}

    def synopses(self):
        """(words behind "tokenbridge", arguments, options) of each."""
        for part in re.split(r"^(?=\.Nm)", self.section("SYNOPSIS"),
                             flags=re.M):
            yield read_synopsis(part.splitlines())

    def words(self, section=None):
        """First words of items that are Ic."""
        text = self.text if section is None else self.section(section)
        return re.findall(r"^\.It (?:Xo )?Ic ([\w.-]+)", text, re.M)

    def variables(self):
        return re.findall(r"Ev ([A-Z0-9_]+)", "\n".join(re.findall(
            r"^\.It (Ev .*)$", self.text, re.M)))

    def rows(self):
        """[setting, option, variable, files, default] of each setting."""
        items = re.split(r"^\.It Ic (\w+)\n", self.section("SETTINGS"),
                         flags=re.M)
        for name, text in zip(items[1::2], items[2::2]):
            text = " ".join(re.sub(r"^\.(Fl|Ev|Pa|El.*) ?", "", line)
                            for line in text.split("\n.El")[0].splitlines())
            parts = dict(part.strip().replace(":", "", 1).split(" ", 1)
                         for part in text.split(";"))
            yield [name] + [parts.get(key, "none").strip() for key in
                            ("option", "variable", "files", "default")]

    def codes(self):
        """{exit code: text}"""
        part = self.section(r"EXIT STATUS")
        items = re.split(r"^\.It (\d+)\n", part, flags=re.M)[1:]
        return {int(n): text for n, text in zip(items[::2], items[1::2])}


def both_ways(program, manual, what):
    """Differences of two sets."""
    for name in sorted(set(program) - set(manual), key=str):
        yield f"{what} '{name}' is not in the manual"
    for name in sorted(set(manual) - set(program), key=str):
        yield f"the manual has {what} '{name}', which does not exist"
    for name in sorted({n for n in manual if list(manual).count(n) > 1}):
        yield f"{what} '{name}' is in the manual twice"


# ---- checks ----

def check_commands(program, pages):
    yield from both_ways(program.options, pages[MAIN].words("COMMANDS"),
                         "command")
    for name in pages:
        command = re.fullmatch(r"tokenbridge-([a-z-]+)\.1", name)
        if command and command[1] not in program.options:
            yield f"there is a page {name} and no such command"


def check_options(root, program, pages):
    takes = {r["name"]: r["argument"] or "" for r in rows_of_options(root)}
    main = pages[MAIN].options()
    for name in sorted(set(main) - program.all_options()):
        yield f"{MAIN} describes --{name}, which no command has"
    for name in sorted(program.everywhere - set(main)):
        yield f"{MAIN} does not describe --{name}"
    for command, options in program.options.items():
        page = pages.get(f"tokenbridge-{command}.1")
        own = page.options() if page else {}
        for name in sorted(set(own) - options):
            yield f"{page.name} describes --{name}, which {command} has not"
        for name in sorted(options):
            where = [p for p in (own, main) if name in p]
            if len(where) != 1:
                yield f"--{name} of {command} is described " \
                    f"{len(where)} times"
            elif where[0][name] != takes[name].split("|")[0]:
                yield f"--{name} takes '{takes[name]}', the manual says " \
                    f"'{where[0][name]}'"


def check_synopses(program, pages):
    """Each verb has the forms that its row has, and no other has any."""
    for (command, verb), row in program.rows.items():
        page = pages.get(f"tokenbridge-{command}.1") or pages[MAIN]
        title = f"{command} {verb}".strip()
        forms = [f for f in page.synopses() if f[0][:2] ==
                 [w for w in (command, verb) if w]]
        if not forms:
            yield f"the synopsis of {page.name} lacks '{title}'"
            continue
        # of several forms one has them all
        whole = [a.strip("[]") for a in row.arguments]
        if row.arguments not in [f[1] for f in forms] and (
                len(forms) < 2 or whole not in [f[1] for f in forms]):
            yield f"'{title}' takes {row.arguments}, the synopsis of " \
                f"{page.name} says {[f[1] for f in forms]}"
        shown = set().union(*(f[2] for f in forms))
        for name in sorted(program.own(command, verb) - shown):
            yield f"the synopsis of {page.name} lacks --{name} of '{title}'"
        for name in sorted(shown - row.options):
            yield f"the synopsis of {page.name} has --{name}, which is " \
                f"no option of '{title}'"


def check_verbs(program, pages):
    for command, verbs in program.verbs.items():
        if not verbs:
            continue
        page = pages.get(f"tokenbridge-{command}.1")
        if page:
            yield from both_ways(verbs, page.words("VERBS"),
                                 f"{command} verb")
        else:
            part = pages[MAIN].section("COMMANDS")
            for verb in verbs:
                if not re.search(rf"^\.(It|Ic) .*\b{verb}\b", part, re.M):
                    yield f"'{command} {verb}' is not in {MAIN}"


def check_settings(root, pages):
    want = [[r["setting"], f"-{r['name']}" if r["name"] else "none",
             r["variable"] or "none", files_of(r), r["default"] or "none"]
            for r in rows_of_options(root) if r["setting"]]
    have = list(pages[CONF].rows())
    for row in want:
        if row not in have:
            yield f"{CONF} lacks the row {row}; it has " + str(
                [h for h in have if h[0] == row[0]])
    for row in have:
        if row not in want:
            yield f"{CONF} has the row {row}, and rows.c has not"
    yield from both_ways([r[0] for r in want], pages[CONF].words("SETTINGS"),
                         "setting")


def check_letters(root, pages):
    items = " ".join(re.findall(r"^\.It (Fl .*)$", pages[MAIN].text, re.M))
    for row in rows_of_options(root):
        if not row["letter"]:
            continue
        pattern = rf"Fl {row['letter']} , Fl -{row['name']}\b"
        if not any(re.search(pattern, p.text) for p in pages.values()):
            yield f"-{row['letter']} for --{row['name']} is not in the manual"
    if not re.search(r"Fl d\b", items):
        yield "-d for --token is not in the manual"


def check_variables(root, pages):
    ours = [r["variable"] for r in rows_of_options(root) if r["variable"]]
    have = pages[MAIN].variables()
    yield from both_ways(ours, [v for v in have if v.startswith("TOKENB")],
                         "variable")
    yield from both_ways(aws_variables(root),
                         [v for v in have if v.startswith("AWS_")],
                         "variable")


def check_codes(root, pages):
    codes = pages[MAIN].codes()
    yield from both_ways(exit_codes(root), list(codes), "exit code")
    for code, name in verdict_names(root).items():
        if not re.search(rf"\b{name}\b", codes.get(code, "")):
            yield f"exit code {code} is not called '{name}' in {MAIN}"
    readme = (pathlib.Path(root) / "README.md").read_text()
    told = re.findall(r"\| (\d+) (?=\| [^|])", readme)
    yield from both_ways(list(codes), list(map(int, told)),
                         "exit code of README.md")


def check_steps(root, pages):
    yield from both_ways(step_names(root),
                         pages["tokenbridge-verify.1"].words("STEPS"), "step")


def check_findings(root, program, pages):
    page = pages.get("tokenbridge-audit.1")
    if not page:
        if "audit" in program.options:
            yield "there is no page tokenbridge-audit.1"
        return
    have = dict(re.findall(r"^\.It Ic ([a-z-]+) Pq (\w+)$", page.text, re.M))
    yield from both_ways(findings(root).items(), list(have.items()),
                         "finding")


def check_pam_arguments(root, pages):
    page, rows = pages.get(PAM), pam_arguments(root)
    if not page:
        yield f"there is no page {PAM}"
        return
    for title in sorted(set(rows.values())):
        have = re.findall(r"^\.It Cm (\w+)", page.section(title), re.M)
        want = [name for name in rows if rows[name] == title]
        yield from both_ways(want, have, f"PAM argument of '{title}'")


def check_pam_results(root, pages):
    page = pages.get(PAM)
    if not page:
        yield f"there is no page {PAM}"
        return
    have = re.findall(r"^\.It Cm ([a-z-]+) Pq Dv (PAM_\w+) , No (\w+)",
                      page.section("RESULTS"), re.M)
    yield from both_ways(pam_results(root), have, "result")


def check_policy(root, pages):
    if POLICY not in pages:
        yield f"there is no page {POLICY}"
        return
    yield from both_ways(policy_keys(root), pages[POLICY].words("KEYS"),
                         "policy key")


# ---- examples ----

def example_lines(pages):
    for page in pages.values():
        for line in re.findall(r"^\.Dl (.*)$", page.text, re.M):
            yield page.name, line.replace('""', '"')
        for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page.text,
                                re.S | re.M):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, line


def document_lines(root):
    for name in tree.files(root):
        if not name.endswith(".md") or name.startswith("tests/rig"):
            continue
        text = (root / name).read_text()
        for block in re.findall(r"^```(?:sh|console)?\n(.*?)^```", text,
                                re.S | re.M):
            for line in block.replace("\\\n", " ").splitlines():
                yield name, line


CALL = re.compile(r"(?:^|[|(&;]\s*|\$\s|sudo\s|#\s)(tokenbridge\s[^|)&;]*)")


def row_of(program, names):
    """The verb that these words begin with, or why there is none."""
    command = next((n for n in names if n in program.verbs), None)
    if command is None:
        return f"there is no command '{names[0]}'"
    verbs = program.verbs[command]
    verb = next((n for n in names if n in verbs), "")
    if verbs and not verb:
        return f"{command} has no verb among {names[1:]}"
    return command, verb


def check_call(program, call):
    try:
        words = shlex.split(call.split(" >")[0])[1:]
    except ValueError as why:
        return f"cannot be read: {why}"
    names = [w for w in words if not w.startswith("-")]
    if not names or "COMMAND" in names[0]:
        return None
    row = row_of(program, names)
    if isinstance(row, str):
        return row
    for word in words:
        option = word[2:].split("=")[0]
        if word.startswith("--") and option not in program.rows[row].options:
            return f"{' '.join(row).strip()} has no option {word}"
    return None


def check_examples(program, lines):
    for where, line in lines:
        for call in CALL.findall(line):
            why = check_call(program, call.strip())
            if why:
                yield f"{where}: `{call.strip()}`: {why}"


def check_sentences(root, program):
    """Commands that the program tells people to run."""
    for name in tree.code(root):
        text = joined((root / name).read_text())
        for command, verb in re.findall(
                r"`(?:sudo )?tokenbridge ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?",
                text):
            verbs = program.verbs.get(command)
            if verbs is None or verbs and verb and verb not in verbs:
                yield f"{name} names `tokenbridge {command} {verb}`, which " \
                    "there is not"


# What a program of this kind wants beside it, and no build does
BESIDE = {"pcscd", "libccid"}


def check_packages(root):
    """The line of README.md that installs what a build needs."""
    text = (root / "README.md").read_text().replace("\\\n", " ")
    line = re.search(r"apt-get install (.*)", text)
    part = (root / "tests/packages").read_text().split("# ...")[0]
    want = {name for name in part.splitlines() if name[:1] != "#"} | BESIDE
    yield from both_ways(want, line[1].split() if line else [], "package")


def main():
    path, root = tree.argument(1), tree.argument(2, tree.ROOT)
    program, report = Program(path), tree.Report()
    pages = {p.name: Page(p) for p in
             sorted(pathlib.Path(root, "man").glob("*.[1-9]"))}
    check = report.check
    check("manual: commands", check_commands(program, pages))
    check("manual: options", check_options(root, program, pages))
    check("manual: synopses", check_synopses(program, pages))
    check("manual: verbs", check_verbs(program, pages))
    check("manual: settings", check_settings(root, pages))
    check("manual: short options", check_letters(root, pages))
    check("manual: variables", check_variables(root, pages))
    check("manual: exit codes", check_codes(root, pages))
    check("manual: steps of verify", check_steps(root, pages))
    check("manual: findings of audit", check_findings(root, program, pages))
    check("manual: PAM arguments", check_pam_arguments(root, pages))
    check("manual: PAM results", check_pam_results(root, pages))
    check("manual: keys of the policy", check_policy(root, pages))
    check("manual: examples", check_examples(program, example_lines(pages)))
    check("documents: examples",
          check_examples(program, document_lines(root)))
    check("sentences: commands", check_sentences(root, program))
    check("documents: packages", check_packages(root))
    report.end()


main()
