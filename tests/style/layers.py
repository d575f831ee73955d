#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py [ROOT]: no include goes up or sideways, and each library has one
owner. docs/ARCHITECTURE.md says why; this is the same table for the machine.
"""
import fnmatch
import re

import tree

# Which folders a folder may include.
MAY = {
    "base": {"base"},
    "udev": {"base", "udev"},
    "token": {"base", "token"},
    "aws": {"base", "aws"},
    "bridge": {"base", "udev", "token", "aws", "bridge"},
}

# Which files may include a library's headers; first match wins.
OWNERS = [
    ("curl/*", ["aws/http/http.c"]),
    ("expat.h", ["aws/query/xml.c"]),
    ("libudev.h", ["udev/*"]),
    ("fido.h", ["token/*"]),
    ("fido/*", ["token/*"]),
    ("cbor.h", ["token/*"]),
    ("winscard.h", ["token/worker/pcsc.c"]),
    ("ykpers-1/*", ["token/worker/yubikey.c"]),
    ("sqlite3.h", ["bridge/registry/sqlite/*", "bridge/login/*"]),
    ("jansson.h", ["token/*", "aws/*", "bridge/*"]),
    ("openssl/*", ["token/*", "aws/*", "bridge/hash/chain.c"]),
    ("security/*", ["bridge/login/pam/module.c"]),
    ("seccomp.h", ["bridge/login/auth/sandbox.c"]),
    ("systemd/*", ["bridge/login/auth/seat.c"]),
    ("pthread.h", []),  # no threads of ours
    ("threads.h", []),
    ("locale.h", []),
]

# Headers of ours that not every file of the layers above may have: what the
# layer keeps for itself, and what bridge/ must not know.
PRIVATE = [
    ("aws/query/session-private.h", [
        "aws/query/session.c", "aws/query/call.c"]),
    ("bridge/registry/rule.h", ["bridge/registry/*.c"]),
    ("bridge/registry/sqlite/*", ["bridge/registry/sqlite/*"]),
    ("bridge/login/store.h", ["bridge/login/*"]),
    ("token/worker/pcsc.h", ["token/worker/pcsc*.c", "token/worker/main.c"]),
    ("token/worker/yubikey.h", ["token/worker/yubikey*", "token/worker/main.c"]),
    ("token/fido/hid.h", ["token/*"]),     # bridge knows no HID,
    ("token/fido/private.h", ["token/*"]),
    ("token/attest/cbor.h", ["token/*"]),   # no CBOR
    ("token/cose.h", ["token/*"]),
    ("token/attest/authdata.h", ["token/*"]),
    ("aws/query/xml.h", ["aws/*"]),         # and no XML
    ("aws/query/reply.h", ["aws/*"]),
    ("aws/query/call.h", ["aws/*"]),
]

# http.c knows HTTP and nothing of AWS.
ONLY = {
    "aws/http/http.c": ["base/*", "aws/http/http.h", "aws/http/memory.h"],
}

LIBC = set("""
aio.h arpa/inet.h assert.h byteswap.h ctype.h dirent.h dlfcn.h elf.h endian.h
errno.h fcntl.h fnmatch.h getopt.h glob.h grp.h iconv.h inttypes.h langinfo.h
limits.h malloc.h math.h net/if.h netdb.h netinet/in.h poll.h pty.h pwd.h sched.h
signal.h spawn.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h
stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h time.h unistd.h
wchar.h wctype.h
""".split())
LIBC_FOLDERS = ("sys/", "linux/", "asm/")

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def fits(name, patterns):
    return any(fnmatch.fnmatchcase(name, p) for p in patterns)


def own(name, what):
    """Why a header of ours may not be included here, or None."""
    folder, to = name.split("/")[0], what.split("/")[0]
    if "/" not in what:
        return f'includes "{what}" without its folder'
    if to not in MAY.get(folder, ()):
        return f'includes "{what}": {folder}/ may include only ' + \
            ", ".join(sorted(MAY.get(folder, ())))
    for header, patterns in PRIVATE:
        if fits(what, [header]) and not fits(name, patterns):
            return f'includes "{what}", which is for ' + ", ".join(patterns)
    if name in ONLY and not fits(what, ONLY[name]):
        return f'includes "{what}": it may only know ' + \
            ", ".join(ONLY[name])
    return None


def foreign(name, what):
    """The same for a system header."""
    for header, patterns in OWNERS:
        if not fnmatch.fnmatchcase(what, header):
            continue
        if fits(name, patterns):
            return None
        return f"includes <{what}>, which is for " + \
            (", ".join(patterns) or "nobody")
    if what in LIBC or what.startswith(LIBC_FOLDERS):
        return None
    return f"includes <{what}>, which no row of layers.py knows"


def problems(root, folder):
    for name in tree.code(root, [folder]):
        for quote, what in INCLUDE.findall(tree.text(root, name)):
            why = (own if quote == '"' else foreign)(name, what)
            if why:
                yield f"{name} {why}"


def rig(root):
    """The soft token stands alone: it must not share our mistakes."""
    for name in tree.files(root):
        if not name.startswith("tests/rig/") or not name.endswith(tree.CODE):
            continue
        for quote, what in INCLUDE.findall(tree.text(root, name)):
            if quote == '"' and "/" in what:
                yield f'{name} includes "{what}" of the tree that it tests'


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    for folder in MAY:
        report.check(f"layers of {folder}/", problems(root, folder))
    report.check("layers: the rig stands alone", rig(root))
    report.end()


main()
