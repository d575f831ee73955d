#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""needed.py FOLDER: which libraries each program loads, and the PAM module.
FOLDER is a build folder or a DESTDIR; programs are found in it by name. Where
NAME.real stands beside NAME, that is the program, and NAME a stand-in of the
rig (tests/rig/login/helper.c)."""
import re
import subprocess

import tree

LIBC = {"libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}
SANITIZERS = {"libasan", "libubsan", "liblsan", "libgcc_s"}
COMMON = LIBC | SANITIZERS
CORE = {"libudev", "libfido2", "libcrypto", "libcbor", "libjansson",
        "libsqlite3", "libexpat", "libyaml-0"}

# Program: what it has to load, what it may load beside that.
PROGRAMS = {
    "tokenbridge": ({"libudev", "libcbor", "libjansson"}, set()),
    "tokenbridge-verbs.so": (CORE - {"libexpat"}, {"libexpat"}),
    "tokenbridge-aws": (CORE | {"libcurl"}, {"libssl"}),
    # a build without PC/SC or libykpers loads neither
    "tokenbridge-worker": (set(), {"libpcsclite", "libykpers-1",
                                   "libusb-1.0", "libcrypto"}),
    # a build without logind does not load libsystemd
    "tokenbridge-auth": ({"libudev", "libfido2", "libcrypto", "libcbor",
                          "libsqlite3", "libseccomp"}, {"libsystemd"}),
    "tokenbridge-keys": ({"libsqlite3"}, set()),
    "tokenbridge-settings": ({"libseccomp", "libcurl", "libjansson"},
                             {"libssl", "libcrypto"}),
    # a build without libqrencode does not load it
    "tokenbridge-qr": (set(), {"libqrencode"}),
    "tokenbridge-seal": ({"libseccomp"}, set()),
    "pam_tokenbridge.so": ({"libpam"}, set()),
}
# What would be felt at every start, or must not share a process.
NEVER = {
    "tokenbridge": {"libfido2", "libcrypto", "libsqlite3", "libcurl",
                    "libssl", "libpcsclite", "libykpers-1", "libpthread"},
    "tokenbridge-verbs.so": {"libcurl", "libssl", "libpcsclite",
                             "libykpers-1", "libpthread"},
    "tokenbridge-aws": {"libpcsclite", "libykpers-1"},
    "tokenbridge-worker": {"libfido2", "libcurl", "libsqlite3", "libudev"},
    # it runs as the person who called
    "tokenbridge-settings": {"libfido2", "libudev", "libsqlite3",
                             "libpcsclite", "libykpers-1"},
    # it holds a secret, and nothing else
    "tokenbridge-qr": {"libfido2", "libcrypto", "libudev", "libsqlite3",
                       "libjansson", "libcurl", "libpcsclite"},
    "tokenbridge-seal": {"libfido2", "libudev", "libsqlite3", "libcrypto",
                         "libpcsclite", "libykpers-1"},
    "tokenbridge-auth": {"libcurl", "libssl", "libpcsclite", "libykpers-1",
                         "libjansson", "libexpat", "libpam", "libpthread"},
    # what runs at each login by ssh, and what is mapped into sshd and sudo
    "tokenbridge-keys": {"libcrypto", "libfido2", "libudev", "libjansson",
                         "libcurl"},
    "pam_tokenbridge.so": {"libcrypto", "libfido2", "libudev", "libsqlite3",
                           "libjansson", "libcurl", "libsystemd"},
}


def needed(path):
    done = subprocess.run(["readelf", "-d", str(path)], check=True,
                          capture_output=True, text=True)
    found = re.findall(r"\(NEEDED\).*\[(.*?)\.so[^\]]*\]", done.stdout)
    return set(found)


def problems(program, path):
    have = needed(path)
    must, may = PROGRAMS[program]
    if not have:
        yield f"{path} names no library at all"
    for library in sorted(have & NEVER[program]):
        yield f"it must not load {library}"
    for library in sorted(must - have):
        yield f"it does not load {library}, and the table says that it does"
    rest = have - must - may - COMMON - NEVER[program]
    for library in sorted(rest):
        yield f"it loads {library}, which is not in the table"


def is_program(path):
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def programs(folder):
    """{name: path} of what is ours below a folder."""
    found = {}
    for pattern in ("tokenbridge*", "pam_tokenbridge*"):
        for path in sorted(folder.rglob(pattern)):
            if not is_program(path) or path.suffix in (".p", ".o"):
                continue
            if path.suffix == ".real":
                found[path.stem] = path
            else:
                found.setdefault(path.name, path)
    return found


def main():
    folder, report = tree.argument(1), tree.Report()
    found = programs(folder)
    for program in PROGRAMS:
        if program in found:
            report.check(f"needed by {program}",
                         problems(program, found[program]))
        else:
            report.check(f"needed by {program}",
                         [f"there is no such program in {folder}"])
    report.check("needed: every program has a row",
                 (f"{found[name]} has none" for name in found
                  if name not in PROGRAMS))
    report.end()


if __name__ == "__main__":
    main()
