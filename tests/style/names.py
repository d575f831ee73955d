#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""names.py [ROOT]: static functions are called by what they do. A debugger, a
profile and a search show the name alone: one that many files have, that libc
has, or that fits everything, says nothing there."""
import re

import tree

FILES_MAX = 2   # so many files may have a static function of the same name

# Fits everything.
VAGUE = set("""
add check do find get give handle is look make malformed process put read_all
run search set show take
""".split())

# libc's: a reader takes it for that one.
LIBC = set("""
abort accept access alarm bind bsearch clock close connect dup exit fork free
index ioctl kill link listen nice open pause pipe poll printf puts raise read
recv remove rename select send signal sleep stat sync system time truncate
umask unlink wait write
""".split())

STATIC = re.compile(
    r"^static\s+(?:[\w\s*]|__attribute__\(\([^)]*\)+\))*?\b(\w+)\(", re.M)


def statics(root):
    """{name: files that have a static function of that name}."""
    found = {}
    for name in tree.code(root):
        for function in set(STATIC.findall(tree.text(root, name))):
            found.setdefault(function, []).append(name)
    return found


def problems(found):
    for function, files in sorted(found.items()):
        where = f"static {function}() in " + ", ".join(files)
        if len(files) > FILES_MAX:
            yield f"{where}: that name is in {len(files)} files"
        elif function in VAGUE:
            yield f"{where}: that fits everything"
        elif function in LIBC:
            yield f"{where}: that is libc's name"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    found = statics(root)
    report.check(f"names of {len(found)} static functions", problems(found))
    report.end()


main()
