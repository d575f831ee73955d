#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""environment.py FOLDER: every library that our programs load and that reads
the environment has a row in docs/SECURITY.md, and what stands there as taken
out is what base/environment.c takes out. FOLDER is a build or a DESTDIR."""
import re
import subprocess

import needed
import tree

# Read what the second table of the document has, or are not ours to speak of
# (libunistring and libidn2: the locale; libpsl and librtmp: HOME).
KEPT = {"libunistring", "libidn2", "libpsl", "librtmp", "libpam", "libaudit",
        "libcap", "libcap-ng", "libselinux", "libasan", "libubsan", "libicuuc",
        "libstdc++", "libgomp", "libatomic", "ld-linux-x86-64",
        "ld-linux-aarch64", "libgcc_s", "libdbus-1", "libnss_systemd"}


def code_rows(root):
    """{library: set of names} of base/environment.c."""
    found = {}
    text = tree.text(root, "base/environment.c")
    for names, words in re.findall(
            r'\{ "([^"]+)", ((?:"[^"]*"\s*)+)\}', text):
        joined = "".join(re.findall(r'"([^"]*)"', words))
        for library in names.split(", "):
            found[library] = set(joined.split())
    return found


def document_rows(root):
    found = {}
    text = tree.text(root, "docs/SECURITY.md")
    part = text[text.index("| library | taken out |"):]
    for line in part[:part.index("\n\n")].splitlines()[2:]:
        names, words = line.split("|")[1:3]
        for library in names.strip().split(", "):
            found[library] = set(words.split())
    return found


def loaded(path):
    """{stem: path} of all libraries that a program loads, near and far."""
    done = subprocess.run(["ldd", str(path)], capture_output=True, text=True,
                          check=False)
    return {re.sub(r"(-[\d.]+)?\.so.*", "", name): where for name, where in
            re.findall(r"(\S+) => (/\S+)", done.stdout)}


def reads_environment(path):
    done = subprocess.run(["readelf", "-W", "--dyn-syms", path], check=True,
                          capture_output=True, text=True)
    return re.search(r" UND \S*(getenv|environ)\b", done.stdout) is not None


def stem(library):
    return re.sub(r"-\d[\d.]*$", "", library)


def unknown(folder, rows):
    known = {stem(library) for library in rows} | KEPT
    seen = {}
    for path in needed.programs(folder).values():
        seen.update(loaded(path))
    if "libcurl" not in seen:
        yield "no program loads libcurl: nothing was looked at"
    for library, path in sorted(seen.items()):
        if stem(library) not in known and reads_environment(path):
            yield f"{library} reads the environment and has no row in " \
                "docs/SECURITY.md"


def main():
    report, root = tree.Report(), tree.ROOT
    ours, told = code_rows(root), document_rows(root)
    report.check("environment: the document and the code", (
        f"{library}: {ours.get(library)} in the code, {told.get(library)} in "
        "the document" for library in sorted(set(ours) | set(told))
        if ours.get(library) != told.get(library)))
    report.check("environment: every library", unknown(tree.argument(1), told))
    report.end()


if __name__ == "__main__":
    main()
