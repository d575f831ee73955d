#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""printing.py [ROOT]: what people and programs read goes through
bridge/terminal, which makes it clean; nothing else of bridge/ prints."""
import re

import tree

# Files that may: the printer, those that print nothing but constants and what a
# person has typed, and the audit's outputs that programs read, which escape by
# their formats.
ALLOWED = re.compile(r"""bridge/(terminal/|login/|command/help\.c$
                         |audit/output/(?!text)|audit/page/|audit/rows/escape\.c$)""",
                     re.X)
PRINTS = re.compile(r"""\b(v?printf|puts|fputs|fwrite|perror|v?dprintf
                        |json_dumpf)\(|\bv?fprintf\(std(?:out|err)\b""", re.X)


def problems(root):
    for name in tree.code(root):
        if not name.startswith("bridge/") or ALLOWED.match(name):
            continue
        for number, line in enumerate(tree.text(root, name).splitlines(), 1):
            if PRINTS.search(line):
                yield f"{name}:{number}: prints past bridge/terminal"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    report.check("only bridge/terminal prints", problems(root))
    report.end()


main()
