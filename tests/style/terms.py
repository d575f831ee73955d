#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""terms.py [ROOT]: words of our own that gave way to the field's, and must not
come back: in code, comments, tests and documents, and in names of files."""
import re

import tree

# The word, and what is said in its place. In pieces, so that this file does not
# find itself.
TERMS = {
    "do" + "or": "transport, interface",
    "ro" + "ad": "transport",
    "sc" + "ene": "test vector, case",
    "lad" + "der": "steps",
    "cli" + "mb": "go through the steps",
    "mak" + "er": "vendor",
    "stran" + "ger": "untrusted vendor",
    "cu" + "e": "prompt",
    "cust" + "ody": "lifecycle",
    "de" + "sk": "workstation; fixture",
    "off" + "ice": "fixture",
}
ENDINGS = "(?:s|ed|ing)?"
WORD = re.compile(r"(?<![a-z])(" + "|".join(TERMS) + ")" + ENDINGS +
                  r"(?![a-z])", re.I)
# "enroll" has two l, and so has what is made of it
ENROLL = re.compile(r"enro" + r"l(?!l)", re.I)
# a token forges or tells something false; where a file lies is English
FALSE = re.compile(r"(?i:[-_]lies?\b|\b(?:a|every|bool|told to) lie\b|"
                   r"\blies about\b|\blie(?:\[| [=?]))|\bLIES?\b")

# Written for ever, or by others: a verdict, arguments of pam_u2f's line.
WRITTEN = re.compile("unknown[-_]mak" + "er|\\bcu" + "e_prompt|"
                     'Cm cu' + 'e\\b| cu' + 'e(?: "|\\\\n)|["\']cu' + 'es?\\b', re.I)
# What is in these is not ours; their names are.
FOREIGN = ("LICENSE", "tests/rig/token/npm/", "tests/rig/judge/package",
           "tests/fuzz/corpus/")


def terms(line):
    """Reasons against one line, or against a file's name."""
    line = WRITTEN.sub("", line)
    for word in sorted({x[0].lower() for x in WORD.finditer(line)}):
        yield f"'{word}': say {TERMS[WORD.match(word)[1]]}"
    if ENROLL.search(line):
        yield f"'{ENROLL.search(line)[0]}': say enroll, enrollment"
    if FALSE.search(line):
        yield f"'{FALSE.search(line)[0].strip()}': say what the token does"


def problems(root):
    for name in tree.files(root):
        for why in terms(name):
            yield f"{name}: its name has {why}"
        if name.startswith(FOREIGN):
            continue
        lines = (tree.text(root, name) or "").split("\n")
        for number, line in enumerate(lines, 1):
            for why in terms(line):
                yield f"{name}:{number}: {why}"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    report.check("terms", problems(root))
    report.end()


main()
