#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""headers.py [ROOT]: every header compiles alone and twice, and its guard is
named by its path. base/paths.h is made by meson: it is looked for in the build
folder, TOKENBRIDGE_BUILD."""
import concurrent.futures
import os
import shlex
import subprocess
import tempfile

import tree

PACKAGES = ["libcrypto", "jansson", "sqlite3", "libudev", "libfido2"]
OPTIONAL = ["libpcsclite", "ykpers-1", "libcbor", "libqrencode"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
            "-Wstrict-prototypes", "-Werror"]


def cflags(packages, must):
    done = subprocess.run(["pkg-config", "--cflags", *packages],
                          capture_output=True, text=True)
    if must and done.returncode:
        raise SystemExit(f"headers.py: {done.stderr.strip()}")
    return shlex.split(done.stdout)


def generated():
    """Where the headers are that the build makes."""
    folder = os.environ.get("TOKENBRIDGE_BUILD")
    if not folder:
        raise SystemExit("headers.py: TOKENBRIDGE_BUILD is not set")
    return [f"-I{folder}"]


def compile_alone(root, name, flags):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "alone.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(f'#include "{name}"\n#include "{name}"\n'
                       "typedef int not_empty;\n")
        return subprocess.run(
            [*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11",
             "-D_GNU_SOURCE", "-fsyntax-only", f"-I{root}", *WARNINGS, *flags,
             source], capture_output=True, text=True)


def problems(root, name, flags):
    guard = name.upper().translate(str.maketrans("/-.", "___"))
    if f"#ifndef {guard}\n#define {guard}\n" not in tree.text(root, name):
        yield f"{name} has no guard {guard}"
    done = compile_alone(root, name, flags)
    if done.returncode:
        first = [line for line in done.stderr.splitlines() if "error" in line]
        yield f"{name} does not compile alone: {(first or ['?'])[0]}"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    flags = generated() + cflags(PACKAGES, True)
    for package in OPTIONAL:
        flags += cflags([package], False)
    names = [n for n in tree.code(root) if n.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda n: list(problems(root, n, flags)),
                              names))
    for folder in tree.FOLDERS:
        report.check(f"headers of {folder}/", (
            why for name, whys in zip(names, found) for why in whys
            if name.startswith(folder + "/")))
    report.end()


main()
