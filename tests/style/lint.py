#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lint.py [ROOT]: neither mandoc nor groff, as man-db runs it, has anything to
say about the manual pages, and what either shows fits a terminal."""
import os
import re
import shutil
import subprocess

import tree


def problems(path):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                           str(path)], capture_output=True, text=True)
    said = (done.stdout + done.stderr).splitlines()
    yield from (line.removeprefix("mandoc: ") for line in said)
    if done.returncode and not said:
        yield f"mandoc ends with status {done.returncode}"


def groff(path):
    """On a terminal of 80 columns, where tables may break that mandoc takes."""
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(path)],
        capture_output=True, text=True, errors="replace", check=False,
        env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    yield from done.stderr.splitlines()
    if done.returncode:
        yield f"man ends with status {done.returncode}"


# What man-db and mandoc show of a page, on a terminal of 80 columns
SHOWN = {"mandoc": ["mandoc", "-T", "utf8", "-O", "width=78"],
         "man": ["man", "-P", "cat", "-E", "UTF-8", "-l"]}


def shown(name, path):
    """Lines that are too wide, but for a hash, which is copied as one word;
    and signs of a macro that was taken for an argument of another."""
    done = subprocess.run(
        [*SHOWN[name], str(path)], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
    # letters and dashes that are struck over one another
    lines = re.sub("(?:.\b)+|\033\\[[0-9;]*m", "", done.stdout).splitlines()
    if len(lines) < 20:
        yield f"{name} shows {len(lines)} lines"
    for line in lines:
        if len(line) > 80 and not re.search("[0-9a-f]{64}", line):
            yield f"{name} shows a line of {len(line)}: {line.strip()}"
        if re.search("‘[^’]*‘|’’", line):
            yield f"{name} shows quotes in quotes: {line.strip()}"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    judges = {"mandoc": problems, "man": groff}
    for name in [n for n in judges if not shutil.which(n)]:
        print(f"ok lint: {name} # SKIP {name} is not installed")
        del judges[name]
    pages = sorted((root / "man").glob("*.[1-9]"))
    rehearsal = root / "tests/rig/tokenbridge-rehearsal.1"
    report.check("lint: there are pages", [] if pages else ["none"])
    for page in [*pages, rehearsal]:
        for name, judge in judges.items():
            report.check(f"lint {page.name} by {name}",
                         [*judge(page), *shown(name, page)])
    listed = (root / "man" / "meson.build").read_text()
    report.check("lint: every page is installed",
                 (f"{p.name} is not in man/meson.build" for p in pages
                  if f"'{p.name}'" not in listed))
    report.end()


main()
