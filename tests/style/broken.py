#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""broken.py DESTDIR: each check is seen to fail. A scratch copy of the tree
is broken in one place, and the check has to say so."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import compilers
import layers
import tree

HERE = pathlib.Path(__file__).resolve().parent
T = "TO" + "DO"  # so that this file does not find itself
LONG = "int broken(void);\nint broken(void)\n{\n" + "\t;\n" * 90 + "}\n"


def add(text):
    return lambda old: old + text


def swap(pattern, new):
    def edit(old):
        made, n = re.subn(pattern, new, old, count=1, flags=re.M)
        if n != 1:
            raise SystemExit(f"broken.py: '{pattern}' does not occur")
        return made
    return edit


FIRST = swap(r"^\.It Ic list$", ".It Ic lost")

# Check, file, what is done to it, what the check has to say.
CASES = [
    ("layers", "base/buf.c", add('#include "token/token.h"\n'),
     r'base/buf.c includes "token/token.h"'),
    ("layers", "token/list.c", add('#include "aws/api/iam.h"\n'),
     r'token/list.c includes "aws/api/iam.h"'),
    ("layers", "aws/api/iam.c", add("#include <curl/curl.h>\n"),
     r"aws/api/iam.c includes <curl/curl.h>"),
    ("layers", "bridge/terminal/ui.c", add("#include <sqlite3.h>\n"),
     r"bridge/terminal/ui.c includes <sqlite3.h>"),
    ("layers", "bridge/terminal/ui.c", add("#include <openssl/evp.h>\n"),
     r"bridge/terminal/ui.c includes <openssl/evp.h>"),
    ("layers", "token/fido/fido.c", add("#include <winscard.h>\n"),
     r"token/fido/fido.c includes <winscard.h>"),
    ("layers", "bridge/terminal/ui.c", add('#include "token/hid/hid.h"\n'),
     r'bridge/terminal/ui.c includes "token/hid/hid.h"'),
    ("layers", "udev/nodes.c", add("#include <glib.h>\n"),
     r"udev/nodes.c includes <glib.h>"),
    ("layers", "bridge/login/auth/main.c", add("#include <seccomp.h>\n"),
     r"bridge/login/auth/main.c includes <seccomp.h>"),
    ("layers", "bridge/login/auth/main.c", add("#include <systemd/sd-login.h>\n"),
     r"bridge/login/auth/main.c includes <systemd/sd-login.h>"),
    ("layers", "bridge/login/pam/options.c", add("#include <security/pam_ext.h>\n"),
     r"bridge/login/pam/options.c includes <security/pam_ext.h>"),
    ("layers", "base/buf.c", add("#include <pthread.h>\n"),
     r"base/buf.c includes <pthread.h>, which is for base/thread.h"),
    ("layers", "aws/http/http.c", add('#include "aws/api/iam.h"\n'),
     r'aws/http/http.c includes "aws/api/iam.h"'),
    ("layers", "bridge/login/wire.h",
     add('#include "bridge/settings/option.h"\n'),
     "bridge/login/wire.h -> bridge/settings/option.h: bridge/login/pam/ may"),
    ("layers", "bridge/login/db.c",
     add('#include "bridge/registry/registry.h"\n'),
     'db.c includes "bridge/registry/registry.h": bridge/login/ may not'),
    ("layers", "bridge/hash/chain.c",
     add('#include "bridge/command/command.h"\n'),
     'chain.c includes "bridge/command/command.h": bridge/hash/ may not'),
    ("layers", "base/error.h", add('#include "base/buf.h"\n'),
     "a circle of"),
    ("layers", "bridge/drawer/x.c", add(""),
     "bridge/drawer/x.c is in bridge/drawer/, which rooms.py lacks"),
    ("layers", "docs/ARCHITECTURE.md", swap(r"^\| `bridge/hash` .*$", ""),
     "lacks the row | `bridge/hash`"),
    ("layers", "docs/ARCHITECTURE.md",
     add("| `bridge/drawer` | All the rest. | - |\n"),
     "has a row that rooms.py lacks: | `bridge/drawer`"),
    ("layers", "docs/ARCHITECTURE.md", swap(r"^( +)verify/", r"\1"),
     "bridge/verify/ is not both in the picture and in rooms.py"),
    ("layers", "docs/ARCHITECTURE.md",
     swap(r"^( +)attest/\n +trust/", r"\1trust/\n\1attest/"),
     "token/attest/ uses token/trust/, which stands no lower"),
    ("layers", "tests/rig/token/cbor.c", add('#include "base/buf.h"\n'),
     r"tests/rig/token/cbor.c includes"),
    ("headers", "base/encode.h", add("struct incomplete broken;\n"),
     r"base/encode.h does not compile alone"),
    ("headers", "base/encode.h", swap("BASE_ENCODE_H", "ENCODE_H"),
     r"base/encode.h has no guard BASE_ENCODE_H"),
    ("words", "base/buf.c", add(f"/* {T}: more */\n"), T),
    ("words", "base/buf.c", add("/* /ho" + "me/dave/x */\n"), "'dave'"),
    ("words", "base/buf.c", add("/* /wo" + "rk/x */\n"), "path of one"),
    ("words", "base/buf.c", add("/* dave@" + "firm.com */\n"), "e-mail"),
    ("words", "base/buf.c", add("/* dave@" + "openssh.com */\n"), "e-mail"),
    ("words", "base/buf.c", add("/* my-sk-ssh-ed25519@" + "openssh.com */\n"),
     "e-mail"),
    ("words", "base/buf.c", add("/* https://" + "pkg.firm.com/ */\n"),
     "the host pkg.firm.com"),
    ("words", "base/buf.c", add("/* 10." + "1.2.3 */\n"), "the address"),
    ("words", "base/buf.c", add("/* arn:aws:iam::9876" + "54321098:x */\n"),
     "AWS account"),
    ("words", "base/buf.c", add("/* AKIA" + "ABCDEFGHIJKLMNOP */\n"),
     "access key"),
    ("words", "base/buf.c", add("/* " + "x" * 100 + " */\n"), "columns"),
    ("words", "base/buf.c", add(LONG), "broken has 92 lines"),
    ("words", "base/buf.c", swap("^.*SPDX.*$", "/* */"), "licence"),
    ("names", "base/buf.c", add("static void bind(void)\n{\n}\n"),
     "static bind() in base/buf.c: that is libc's name"),
    ("names", "base/buf.c", add("static const char *look(void)\n{\n}\n"),
     "static look() in base/buf.c: that fits everything"),
    ("names", "base/buf.c", add("static int same(int x)\n{\n}\n"),
     "in base/buf.c, base/same1.c, base/same2.c: that name is in 3 files"),
    ("terms", "base/buf.c", add("/* the mak" + "ers */\n"),
     "mak" + "ers': say vendor"),
    ("terms", "base/buf.c", add("int cu" + "e_n;\n"), "': say prompt"),
    ("terms", "base/buf.c", add("/* enro" + "lment */\n"), "': say enroll"),
    ("terms", "base/buf.c", add("/* every li" + "e of it */\n"),
     "': say what the token does"),
    ("terms", "base/" + "do" + "or.c", add(""), "its name has '"),
    ("printing", "bridge/show/rows.c", add("void p(void)\n{\n\tputs(\"\");\n}\n"),
     "prints past bridge/terminal"),
    ("printing", "bridge/command/list.c",
     add("void p(void)\n{\n\tfprintf(stderr, \"\");\n}\n"),
     "prints past bridge/terminal"),
    ("lint", "man/tokenbridge.1", swap(r"^\.Sh COMMANDS$", ".Sh\n.Zz"),
     "not ok lint tokenbridge.1"),
    ("lint", "man/meson.build", swap("'tokenbridge.1',", ""),
     "tokenbridge.1 is not in man/meson.build"),
    ("manual", "man/tokenbridge.1", FIRST, "'list' is not in"),
    ("manual", "man/tokenbridge.1", FIRST, "command 'lost', which"),
    ("manual", "man/tokenbridge.1", swap(r"^\.It Fl -json$", ".It Fl -jsn"),
     "describes --jsn"),
    ("manual", "man/tokenbridge.1", swap(r"^\.It Fl -json$", ".It Fl -jsn"),
     "--json of list is described 0 times"),
    ("manual", "man/tokenbridge.1",
     swap(r"^\.It Fl -config Ar FILE$", ".It Fl -conf Ar FILE"),
     "does not describe --config"),
    ("manual", "man/tokenbridge-verify.1",
     swap("^.It Fl -at Ar WHEN$", ".It Fl -at Ar TIME"),
     "--at takes 'WHEN'"),
    ("manual", "man/tokenbridge-verify.1",
     swap(r"^\.Op Fl -fresh$", ".Op Fl -last"), "has --last, which"),
    ("manual", "man/tokenbridge-verify.1",
     swap(r"^\.Op Fl -readers$", ""), "lacks --readers of 'verify'"),
    ("manual", "man/tokenbridge-registry.1",
     swap(r"Cm retire\n\.Ar TOKEN$", r"Cm retire\n.Ar LABEL"),
     "'registry retire' takes ['TOKEN']"),
    ("manual", "man/tokenbridge-registry.1",
     swap(r"Cm publish$", r"Cm print"), "lacks 'registry publish'"),
    ("manual", "man/tokenbridge.1",
     swap(r"^\.Nm tokenbridge Cm wink$", ".Nm tokenbridge Cm blink"),
     "tokenbridge.1 lacks 'wink'"),
    ("manual", "man/tokenbridge.1",
     swap(r"^\.Dl tokenbridge list$", ".Dl tokenbridge registry move --once"),
     "registry move has no option --once"),
    ("manual", "bridge/command/around.c",
     add('#define X "`sudo tokenbridge registry forget`"\n'),
     "names `tokenbridge registry forget`, which"),
    ("manual", "man/tokenbridge-verify.1", swap(r"^\.It Ic chain$", ".It Ic x"),
     "step 'chain' is not"),
    ("manual", "man/tokenbridge-registry.1",
     swap(r"^\.It Ic init$", ".It Ic begin"), "verb 'init' is not"),
    ("manual", "man/tokenbridge.conf.5", swap("^30$", "60"),
     "lacks the row ['touch_timeout'"),
    ("manual", "man/tokenbridge.conf.5", swap("^.It Ic trust_dir.*$", ""),
     "setting 'trust_dir' is not"),
    ("manual", "man/tokenbridge.1", swap("TOKENBRIDGE_TOKEN", "TOKENBRIDGE_T"),
     "variable 'TOKENBRIDGE_TOKEN' is not"),
    ("manual", "man/tokenbridge.1", swap(r"^\.It 27$", ".It 28"),
     "exit code '27' is not"),
    ("manual", "man/tokenbridge.1", swap(r"^forged: ", "wrong: "),
     "exit code 24 is not called 'forged'"),
    ("manual", "man/tokenbridge-registry.1",
     swap(r"^\.It Ic publish$", ".It Ic print"), "verb 'publish' is not"),
    ("manual", "man/tokenbridge.conf.5", swap("login.db$", "login2.db"),
     "lacks the row ['login_db'"),
    ("manual", "man/pam_tokenbridge.8",
     swap(r"^\.It Cm nouserok$", ".It Cm nouser"),
     "PAM argument of 'ARGUMENTS' 'nouserok' is not"),
    ("manual", "man/pam_tokenbridge.8",
     swap(r"^\.It Cm alwaysok$", ".It Cm manual"), "'manual' is in the"),
    ("manual", "man/pam_tokenbridge.8",
     swap("Dv PAM_AUTH_ERR , No alert", "Dv PAM_IGNORE , No alert"),
     "'PAM_AUTH_ERR', 'alert')' is not in the manual"),
    ("manual", "man/tokenbridge.1",
     swap(r"^\.Dl tokenbridge list$", ".Dl tokenbridge list --lots"),
     "list has no option --lots"),
    ("manual", "man/tokenbridge.policy.5",
     swap(r"^\.It Ic always_uv$", ".It Ic always"),
     "policy key 'always_uv' is not"),
    ("advisories", "token/model/advisories.tsv",
     swap("YSA-2017-01\t", "YSA-2026-1\t"), "'YSA-2026-1' is no id"),
    ("advisories", "token/model/advisories.tsv",
     swap("^YSA-2017-01\t", "YSA-2021-01\t"), "out of order"),
    ("advisories", "token/model/advisories.tsv", swap("\t5.2.7\t", "\t5.3.1\t"),
     "overlaps the row before"),
    ("advisories", "token/model/advisories.tsv",
     swap("\t20a0:4287\t", "\t-\t"), "nothing tells the product"),
    ("advisories", "token/model/advisories.tsv", swap("\tmedium\t", "\tnone\t"),
     "severity 'none'"),
    ("advisories", "token/model/advisories.tsv", swap("\t4.4.5\t", "\t4.4.2\t"),
     "no range: 4.4.2 to 4.4.2"),
    ("advisories", "token/model/advisories.tsv", swap("\tpiv,openpgp\t", "\tpgp\t"),
     "concerns 'pgp'"),
    ("advisories", "token/model/advisories.tsv", swap("^# date\t.*$", "#"),
     "0 dates"),
    ("advisories", "token/model/advisories.tsv",
     swap("^model\t0bb43545", "model\tffffffff"), "out of order (AAGUID)"),
    ("manual", "docs/SECURITY.md", add("```sh\ntokenbridge fly\n```\n"),
     "there is no command 'fly'"),
]


# Of objects: what each defines and uses, what has to be said; {} for nothing.
OBJECT_CASES = [
    ({"base/buf.c": (set(), {"token_list"}),
      "token/list.c": ({"token_list"}, set())},
     "base/buf.c uses token_list() of token/list.c: base/ may not"),
    ({"bridge/mfa/a.c": (set(), {"registry_open", "sql"}),
      "bridge/registry/sqlite/b.c": ({"registry_open", "sql"}, set())},
     "bridge/mfa/a.c uses sql() of bridge/registry/sqlite/b.c"),
    ({"bridge/mfa/a.c": (set(), {"registry_open"}),
      "bridge/registry/sqlite/b.c": ({"registry_open"}, set())}, None),
    ({"base/a.c": ({"a"}, {"b"}), "base/b.c": ({"b"}, {"c"}),
      "base/c.c": ({"c"}, {"a"})},
     "a circle of 3: base/a.c -> base/b.c (b) -> base/c.c (c) -> base/a.c (a)"),
    ({"bridge/login/a.c": (set(), {"b"}), "bridge/settings/b.c": (
        {"b"}, {"c"}), "bridge/registry/c.c": ({"c"}, set())},
     "c.c (c): bridge/login/** must not reach bridge/registry/c.c"),
]
DECLARED = {"bridge/registry": {"registry_open"}}

# Of rooms: the table, what has to be said of three files in bridge/hash.
ROOM_CASES = [
    ({"bridge/hash": ("", "")}, "bridge/hash/ has no sentence"),
    ({"bridge/hash": ("Hashes.", "drawer")}, "'drawer', which is no room"),
    ({"bridge/hash": ("Hashes.", ""), "bridge/run": ("Acts.", "")},
     "bridge/run/ has 0 files"),
    ({"bridge/hash": ("Hashes.", "")}, None),
]

# Of builds: exit status, what was said, what has to be said of it.
BUILD_CASES = [
    (1, "../../../base/a.c:7:3: error: 'x' may be used uninitialized "
     "[-Werror=maybe-uninitialized]\n", "base/a.c:7: 'x' may be used"),
    (1, "../base/a.c:7:3: error: unused [-Werror,-Wunused]\n",
     "base/a.c:7: unused [-Werror,-Wunused]"),
    (1, "meson.build:1:0: ERROR: no libfido2\n", "exit 1: meson.build:1:0"),
    (0, "[1/1] Linking target bridge/tokenbridge\n", None),
]


def pure_cases():
    """Kinds of defects that no edit of one file would make."""
    names = [f"bridge/hash/{x}.c" for x in "abc"]
    cases = [(layers.object_reasons(built, DECLARED), expected)
             for built, expected in OBJECT_CASES]
    cases += [(layers.room_reasons(names, table), expected)
              for table, expected in ROOM_CASES]
    cases += [(compilers.reasons(code, said), expected)
              for code, said, expected in BUILD_CASES]
    for reasons, expected in cases:
        said = list(reasons)
        if said if expected is None else not any(expected in x for x in said):
            yield f"it said {said}, not '{expected}'"


def run(check, arguments):
    done = subprocess.run([sys.executable, str(HERE / f"{check}.py"),
                           *map(str, arguments)], capture_output=True,
                          text=True)
    return done.returncode, done.stdout


def arguments(check, scratch, program):
    return [program, scratch] if check == "manual" else [scratch]


def reason(scratch, program, case, before):
    """Why a case does not hold, or None. What was said before does not count.
    """
    check, name, edit, expected = case
    path = scratch / name
    old = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(edit(old or ""))
    try:
        code, said = run(check, arguments(check, scratch, program))
    finally:
        path.unlink() if old is None else path.write_text(old)
    found = [line for line in said.splitlines() if line.startswith("not ok")
             and expected in line and line not in before]
    if code == 0 or not found:
        return f"breaking {name} did not make it say '{expected}'"
    return None


# The part of the tree that is enough for a check's cases; else all of it.
ENOUGH = {"words": "base/buf.c", "names": "base/buf.c",
          "terms": "base/buf.c", "headers": "base/", "printing": "bridge/"}
# What lies beside it.
BESIDE = {"names": {"base/same1.c": "static int same(void)\n{\n}\n",
                    "base/same2.c": "static bool same(int x)\n{\n}\n"}}


def copy(scratch, part):
    for name in tree.files(tree.ROOT):
        if name.startswith(part):
            to = scratch / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree.ROOT / name, to)


def reasons(check, program):
    """What does not hold of a check's cases, in a copy of its own."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        copy(scratch, ENOUGH.get(check, ""))
        for name, text in BESIDE.get(check, {}).items():
            (scratch / name).write_text(text)
        before = run(check, arguments(check, scratch, program))[1]
        return [why for case in CASES if case[0] == check if (
            why := reason(scratch, program, case, before.splitlines()))]


def programs(root):
    """{name: path}; the helper's own file where the rig stands at its place."""
    found = {}
    for name in ("bin/tokenbridge", "tokenbridge-verbs.so", "tokenbridge-aws",
                 "tokenbridge-worker", "tokenbridge-auth", "tokenbridge-keys",
                 "pam_tokenbridge.so"):
        path = next(root.rglob(name))
        real = path.with_name(path.name + ".real")
        found[path.name] = real if real.exists() else path
    return found


# Program, what it is made of, what the check has to say.
NEEDED_CASES = [
    ("tokenbridge", "tokenbridge-verbs.so", "it must not load libfido2"),
    ("tokenbridge-verbs.so", "tokenbridge-aws", "it must not load libcurl"),
    ("tokenbridge-worker", "tokenbridge", "it must not load libudev"),
    ("tokenbridge-aws", "tokenbridge-verbs.so", "does not load libcurl"),
    ("tokenbridge-new", "tokenbridge", "tokenbridge-new has none"),
    ("tokenbridge-auth", "tokenbridge", "it must not load libjansson"),
    ("tokenbridge-auth.real", "tokenbridge-aws", "it must not load libcurl"),
    ("tokenbridge-keys", "tokenbridge-auth", "it must not load libfido2"),
    ("pam_tokenbridge.so", "tokenbridge-keys", "it must not load libsqlite3"),
    ("pam_tokenbridge_new.so", "tokenbridge-keys", "_new.so has none"),
]


def needed_cases(root, scratch):
    """A program that loads too much, and one that is not there."""
    real = programs(root)
    for name, other, expected in NEEDED_CASES:
        folder = scratch / f"programs-{name}"
        folder.mkdir()
        for one, path in real.items():
            shutil.copyfile(path, folder / one)
        shutil.copyfile(real[other], folder / name)
        code, said = run("needed", [folder])
        if code == 0 or expected not in said:
            yield f"{name} made of {other}: it did not say '{expected}'"


def main():
    root, report = tree.argument(1), tree.Report()
    program = next(root.rglob("bin/tokenbridge"))
    checks = list(dict.fromkeys(case[0] for case in CASES))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda check: reasons(check, program), checks)
        for check, whys in zip(checks, found):
            count = sum(case[0] == check for case in CASES)
            report.check(f"broken: {check} sees {count} defects", whys)
    report.check(f"broken: {len(OBJECT_CASES)} defects of objects, "
                 f"{len(ROOM_CASES)} of rooms, {len(BUILD_CASES)} of builds",
                 pure_cases())
    with tempfile.TemporaryDirectory() as folder:
        report.check(f"broken: needed sees {len(NEEDED_CASES)} defects",
                     needed_cases(root, pathlib.Path(folder)))
    report.end()


main()
