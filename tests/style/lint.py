#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lint.py [ROOT]: mandoc has nothing to say about the manual pages."""
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


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    if not shutil.which("mandoc"):
        print("ok lint # SKIP mandoc is not installed")
        return
    pages = sorted((root / "man").glob("*.[1-9]"))
    report.check("lint: there are pages", [] if pages else ["none"])
    for page in pages:
        report.check(f"lint {page.name}", problems(page))
    listed = (root / "man" / "meson.build").read_text()
    report.check("lint: every page is installed",
                 (f"{p.name} is not in man/meson.build" for p in pages
                  if f"'{p.name}'" not in listed))
    report.end()


main()
