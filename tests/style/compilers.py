#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compilers.py [ROOT]: a release build without a warning, by each compiler.
What gcc only sees when it optimises, the build of the tests does not show. gcc
builds everything, clang what is installed. The builds are kept, so that only
what has changed is built again."""
import os
import pathlib
import re
import shutil
import subprocess

import tree

COMPILERS = {"gcc": [], "clang": ["-Drig=disabled", "-Dtests=disabled"]}
OPTIONS = ["-Dbuildtype=release", "-Dwerror=true"]
# gcc says "file:1:2: error: text [-Werror=x]", clang "[-Werror,-Wx]"
SAID = re.compile(r"^(?:\.\./)*(\S+?):(\d+):\d+: (?:fatal )?error: (.*)$",
                  re.M)


def build(root, cache, compiler):
    """(exit status, what was said) of a build that goes on after errors."""
    folder = cache / f"release-{compiler}"
    env = {**os.environ, "CC": compiler, "LC_ALL": "C"}
    steps = [["ninja", "-C", folder, "-k", "0", f"-j{os.cpu_count()}"]]
    if not (folder / "build.ninja").exists():  # ninja sees to it later
        steps.insert(0, ["meson", "setup", folder, root, *OPTIONS,
                         *COMPILERS[compiler]])
    said = ""
    for step in steps:
        done = subprocess.run(step, env=env, text=True, errors="replace",
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        said += done.stdout
        if done.returncode:
            break
    return done.returncode, said


def reasons(code, said):
    """What is wrong with a build. Pure: broken.py feeds it."""
    found = dict.fromkeys(SAID.findall(said))
    for name, line, text in found:
        yield f"{name}:{line}: {text}"
    if code and not found:
        yield f"exit {code}: {said.strip()[-200:]}"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    cache = pathlib.Path(os.environ.get("TOKENBRIDGE_CACHE") or
                         tree.ROOT / "tests/.cache")
    cache.mkdir(exist_ok=True)
    for compiler in COMPILERS:
        name = f"compilers: {compiler} has no warning"
        if shutil.which(compiler):
            report.check(name, reasons(*build(root, cache, compiler)))
        else:
            print(f"ok {name} # SKIP there is no {compiler}")
    report.end()


if __name__ == "__main__":
    main()
