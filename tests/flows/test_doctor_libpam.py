# SPDX-License-Identifier: Apache-2.0
"""doctor login against libpam itself: over many files of PAM's, who gets in is
what libpam says, and doctor says `ok` of nothing where somebody gets in without
the token or where nobody gets in at all."""
import itertools
import os
import pathlib
import random
import shutil
import subprocess

import pytest

from conftest import ROOT, Workstation
from station import BUILD

RIG = BUILD / "tests/rig/login"
SEED = int(os.environ.get("TB_SEED", "11"))
CASES = int(os.environ.get("TB_CASES", "400"))
# As pamrun has it: what ours returns, then what unix and sss return
WORLDS = list(itertools.product(("good", "refused", "away", "unbound"),
                                ("good", "refused", "unknown", "spent"),
                                ("good", "refused", "unknown", "unanswered")))

CONTROLS = ["required"] * 6 + ["requisite"] * 4 + ["sufficient"] * 5 + \
    ["optional"] * 3 + ["Required", "SUFFICIENT"]
CODES = ["success", "auth_err", "user_unknown", "authinfo_unavail", "ignore",
         "perm_denied", "module_unknown", "default", "default", "success",
         "maxtries", "conv_err"]
ACTIONS = ["ok", "done", "bad", "die", "ignore", "reset", "1", "2", "1"]
CONDITIONS = ["user != root", "user = root", "uid >= 1000", "uid < 1000",
              "uid eq 0", "uid >= 1000 user != root", "user ingroup staff",
              "user notingroup wheel", "service in s1:login", "uid >= 2000",
              "user in root:nobody", "user notin root:gdm", "uid", "",
              "shell = /bin/sh", "use_uid uid >= 1000", "nonsense = 1",
              "uid >= many", "user = alice", "uid != 0", "tty = tty1",
              "service != sudo"]
ODD = ["auth\n", "auth required\n", "nonsense required pam_permit.so\n",
       "auth requird pam_permit.so\n", "auth required pam_nosuch.so\n",
       "-auth optional pam_nosuch.so\n", "auth optional pam_nosuch.so\n",
       "auth required pam_limits.so\n", "@include /nonexistent\n",
       "auth include /nonexistent\n", "auth substack /nonexistent\n",
       "session required pam_nosuch.so\n", "session requird pam_permit.so\n",
       "@include\n", "auth include\n", "session optional /\n",
       "auth optional .so\n", "auth [] pam_permit.so\n", "#\\\n", "\\\n",
       "auth sufficient pam_permit.so # \\\n", "\x0c\n", "\xa0\n",
       "# " + "x" * 1100 + " auth sufficient pam_permit.so\n",
       "auth required pam_deny.so" + " " * 1100 + "x\n",
       "auth sufficient \\\n# words\n\n  pam_permit.so\n",
       "auth optional pam_permit.so \\\n", "\ufeffauth required pam_deny.so\n",
       "auth\trequired pam_permit.so\r\n",
       "-auth include /nonexistent\n", "-@include /nonexistent\n",
       "auth INCLUDE /nonexistent\n", "auth [required] pam_deny.so\n",
       "auth required [pam_permit.so]\n", "auth include [/nonexistent]\n",
       "auth [default=100] pam_deny.so\n", "auth [default=0] pam_permit.so\n",
       "auth [success=100 default=ignore] pam_permit.so\n",
       "auth [success=done new_authtok_reqd=done ignore=ignore default=die] "
       "pam_permit.so\n",
       "auth [success=ok new_authtok_reqd=ok ignore=ignore default=bad] "
       "pam_permit.so\n", "auth required \\\n\\\n\\\npam_permit.so\n",
       "auth\\\nrequired\\\npam_permit.so\n",
       "auth [success=1\\\n default=ignore] pam_deny.so\n",
       "auth [success=1\\\n# x ]\n default=ignore] pam_deny.so\n",
       "auth [success=1 default=ignore pam_permit.so\n",
       "auth required pam_permit.so [a b] [c\\]d] [e\n",
       "AUTH REQUIRED pam_permit.so\n", "auth required PAM_PERMIT.SO\n",
       "auth required pam_permit.so\v\n", "auth required\tpam_deny.so\t\n",
       "@include /nonexistent pam_permit.so\n", "@include /\n",
       "auth optional ?\n", "auth optional pam_permit\n", "[auth] required "
       "pam_permit.so\n", "auth [ success = 1 default = bad ] pam_deny.so\n",
       "auth [success=1default=ignore] pam_deny.so\n",
       "auth [success=reset default=die] pam_permit.so\n",
       "auth required pam_faildelay.so delay=1\n", "auth required pam_issue.so\n",
       "auth [success=1 default=ignore] pam_succeed_if.so user = root use_uid\n",
       "auth required pam_time.so\n", "auth required pam_group.so\n",
       "auth optional pam_exec.so /bin/true\n",
       "auth sufficient pam_exec.so quiet /bin/false\n",
       "auth sufficient pam_timestamp.so\n", "auth required pam_namespace.so\n",
       "auth sufficient pam_rhosts.so\n", "auth optional pam_keyinit.so\n",
       "auth required pam_sepermit.so\n", "auth required pam_ftp.so\n",
       "auth sufficient pam_filter.so run1 /bin/true\n",
       "auth sufficient pam_localuser.so file=/dev/null\n",
       "auth required pam_listfile.so item=tty sense=deny file=/dev/null\n",
       "auth required pam_access.so accessfile=/dev/null\n",
       "auth sufficient pam_wheel.so trust use_uid\n"]


class Generator:
    def __init__(self, seed, folder):
        self.random, self.folder = random.Random(seed), folder
        self.parts = 0
        self.ours = f"{folder}/modules/pam_tokenbridge.so"
        self.asks = [f"{folder}/modules/pam_unix.so",
                     f"{folder}/modules/pam_sss.so"]

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def control(self):
        if self.chance(0.7):
            return self.random.choice(CONTROLS)
        pairs = [f"{self.random.choice(CODES)}"
                 f"{self.pick('=', '=', '=', ' = ')}"
                 f"{self.random.choice(ACTIONS)}"
                 for _ in range(self.random.randint(1, 4))]
        if self.chance(0.03):
            pairs.append(self.pick("succes=ok", "default=okay", "success=0",
                                   "default=", "success"))
        return f"[{self.pick(' ', ' ', ' ', '  ', '').join(pairs)}]"

    def gate(self):
        # an ordinary person is in no list of those who are kept out
        allow = f"allow file={self.folder}/{self.pick('alice', 'none', 'empty')}"
        deny = f"deny file={self.folder}/{self.pick('bob', 'none', 'empty')}"
        return self.pick(
            "pam_succeed_if.so quiet " + self.random.choice(CONDITIONS),
            "pam_succeed_if.so " + self.random.choice(CONDITIONS),
            "pam_nologin.so", "pam_nologin.so successok",
            "pam_faillock.so preauth", "pam_usertype.so isregular",
            "pam_usertype.so issystem", "pam_usertype.so", "pam_shells.so",
            "pam_localuser.so", "pam_rootok.so", "pam_securetty.so",
            "pam_wheel.so", "pam_wheel.so trust group=staff",
            "pam_access.so", "pam_lastlog.so",
            f"pam_debug.so auth={self.pick('success', 'ignore', 'abort')}",
            "pam_listfile.so item=user " + self.pick("", "onerr=succeed ") +
            "sense=" + self.pick(allow, deny))

    def ours_line(self):
        arguments = self.pick("", "", "", " nouserok", " wait=3",
                              " [cue_prompt=touch [it\\] now]")
        name = self.ours
        if self.chance(0.04):
            name = self.pick(self.ours + "\r", "\xa0" + self.ours,
                             self.ours.replace("bridge", "brigde"),
                             self.ours + "\xa0")
        blank = self.pick(" ", " ", "\t", "   ", " \\\n ", " \\\n# x\n")
        return f"auth{blank}{self.control()}{blank}{name}{arguments}\n"

    def line(self, depth):
        kind = self.random.random()
        if kind < 0.28:
            return f"auth {self.control()} {self.random.choice(self.asks)}\n"
        if kind < 0.45:
            module = self.pick("pam_permit.so", "pam_deny.so", "pam_deny.so",
                               "pam_env.so", "pam_warn.so", "pam_echo.so")
            return f"auth {self.control()} {module}\n"
        if kind < 0.70:
            return f"auth {self.control()} {self.gate()}\n"
        if kind < 0.80 and depth < 3:
            return self.pick("auth include ", "auth substack ",
                             "@include ", "@INCLUDE ") + \
                self.part(depth + 1) + "\n"
        if kind < 0.84:
            return self.random.choice(ODD)
        if kind < 0.87:
            return self.pick("account required pam_permit.so\n", "\n",
                             "# words\n", "session optional pam_permit.so\n")
        return f"auth required {self.random.choice(self.asks)}\n"

    def lines(self, depth, ours):
        lines = [self.line(depth) for _ in range(self.random.randint(0, 3))]
        if ours:
            lines.insert(self.random.randint(0, len(lines)),
                         self.ours_line())
            if self.chance(0.1):
                lines.insert(self.random.randint(0, len(lines)),
                             self.ours_line())
        text = "".join(lines)
        if self.chance(0.03):
            text = text.rstrip("\n")
        return text

    def part(self, depth):
        self.parts += 1
        path = self.folder / f"part{self.parts}"
        text = self.lines(depth, self.chance(0.1))
        if self.chance(0.03):  # which libpam follows to its limit
            text += self.pick("auth include ", "auth substack ",
                              "@include ") + f"{path}\n"
        path.write_text(text, newline="")
        return str(path)


@pytest.fixture
def folder(tmp_path):
    """Where stand-ins, lists and an ordinary person are."""
    tmp_path.chmod(0o755)
    (tmp_path / "pam.d").mkdir()
    (tmp_path / "modules").mkdir()
    for name in ("tokenbridge", "unix", "sss"):
        shutil.copy(RIG / "standin.so", tmp_path / f"modules/pam_{name}.so")
    for name in ("alice", "bob"):
        (tmp_path / name).write_text(name + "\n")
    (tmp_path / "empty").write_text("")
    (tmp_path / "passwd").write_text(
        pathlib.Path("/etc/passwd").read_text() +
        "alice:x:1234:1234::/tmp:/bin/sh\n")
    (tmp_path / "sshd_config").write_text("")
    return tmp_path


def outcomes(folder, names):
    """{service: {world: let in}} by libpam, for an ordinary person who sits
    before a program with root's effective uid."""
    script = ('mount --bind "$1/passwd" /etc/passwd && exec "$2" "$1/pam.d" '
              'alice 1234')
    done = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
         str(folder), str(RIG / "pamrun")], input="\n".join(names) + "\n",
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == names
    assert all(len(letters) == len(WORLDS) for _, letters in rows)
    return {name: {world: letter == "+"
                   for world, letter in zip(WORLDS, letters)}
            for name, letters in rows}


def judgements(folder, names):
    """{service: rows}"""
    place = Workstation(folder, None, None)
    done = place.run("doctor", "login", "--pam-dir", folder / "pam.d",
                     "--sshd-config", folder / "sshd_config", "--login-db",
                     folder / "no.db", "--json", timeout=600)
    rows = {name: [] for name in names}
    for row in done.json["checks"]:
        if row["subject"] in rows:
            rows[row["subject"]].append(row)
    return rows


def wrongs(rows, ends):
    """What doctor says, and libpam does otherwise."""
    says = " / ".join(row["text"] for row in rows)
    without = {world for world, let_in in ends.items()
               if let_in and world[0] != "good"}
    nothing = {world for world in without if "good" not in world}
    good = bool(rows) and all(row["status"] == "ok" for row in rows)
    if good and without:
        yield f"ok, and somebody gets in without the token: {sorted(without)}"
    if good and not any(ends.values()):
        yield "ok, and nobody gets in"
    if "everybody gets in:" in says and not nothing:
        yield "said: everybody gets in"
    if "gets in with nothing at all" in says and not nothing and \
            "depends on" not in says:
        yield "said: somebody gets in with nothing"
    if "nobody gets in, with token" in says and any(ends.values()):
        yield "said: nobody gets in"
    if "has token and password good is kept out" in says and \
            ends["good", "good", "good"]:
        yield "said: kept out"
    if any(row["check"] == "pam-control" and row["status"] == "fail"
           for row in rows) and not without and ends["good", "good", "good"]:
        yield "fail, and everything is well"
    if "a password alone is enough" in says and "depends on" not in says and \
            not without and "passes over" not in says:
        yield "said: a password alone is enough"


def test_it_says_ok_only_where_libpam_wants_the_token(folder, capsys):
    make, names = Generator(SEED, folder), []
    for number in range(CASES):
        names.append(f"s{number}")
        (folder / "pam.d" / names[-1]).write_text(make.lines(0, True),
                                                  newline="")
    ends, rows = outcomes(folder, names), judgements(folder, names)
    differ = [(name, (folder / "pam.d" / name).read_text(), wrong,
               [(row["status"], row["text"]) for row in rows[name]])
              for name in names for wrong in wrongs(rows[name], ends[name])]
    worst = [max((row["status"] for row in rows[name]), default="none",
                 key=["ok", "warn", "unknown", "fail"].index)
             for name in names]
    with capsys.disabled():
        print(f"\n{len(names)} services x {len(WORLDS)} cases by libpam: " +
              ", ".join(f"{worst.count(word)} {word}" for word in
                        ("ok", "warn", "unknown", "fail", "none")) +
              f"; {len(differ)} judged otherwise")
    assert not differ, differ[:3]
    # ... and it does not say so by finding fault with everything
    tight = [name for name in names if any(ends[name].values()) and not any(
        let_in for world, let_in in ends[name].items() if world[0] != "good")]
    assert worst.count("ok") >= max(1, len(tight) // 8), (len(tight), worst)
    assert "none" not in worst, [(folder / "pam.d" / name).read_text() for
                                 name, word in zip(names, worst) if word == "none"]


# What was done to a module's file: libpam does not load it
SPOILED = {"cut": lambda b: b[:len(b) // 2], "empty": lambda b: b"",
           "text": lambda b: b"#!/bin/sh\n",
           "of-32-bits": lambda b: b[:4] + b"\1" + b[5:],
           "of-another-machine": lambda b: b[:18] + b"\xf3\0" + b[20:],
           "a-program": lambda b: b[:16] + b"\2\0" + b[18:]}


def test_a_module_that_cannot_be_loaded_is_not_there(folder):
    ours = f"auth required {folder}/modules/pam_tokenbridge.so\n"
    whole = (folder / "modules/pam_unix.so").read_bytes()
    for name, spoil in SPOILED.items():
        path = folder / "modules" / f"pam_{name}.so"
        path.write_bytes(spoil(whole))
        (folder / "pam.d" / name).write_text(ours + f"auth required {path}\n")
    names = list(SPOILED)
    ends, rows = outcomes(folder, names), judgements(folder, names)
    for name in names:
        assert not any(ends[name].values()), name
        assert any(row["status"] == "fail" and "is not there" in row["text"]
                   for row in rows[name]), (name, rows[name])


def test_where_logins_are_closed_who_gets_in_is_not_known(folder):
    """A file that pam_nologin looks for is there: today."""
    lines = f"auth required {folder}/modules/pam_tokenbridge.so\n"
    gate = f"auth requisite pam_nologin.so file={folder}/"
    (folder / "pam.d/closed").write_text(gate + "alice\n" + lines)
    (folder / "pam.d/open").write_text(gate + "nothing\n" + lines)
    names = ["closed", "open"]
    ends, rows = outcomes(folder, names), judgements(folder, names)
    assert not any(ends["closed"].values()) and any(ends["open"].values())
    assert {row["status"] for row in rows["open"]} == {"ok"}
    said = {row["status"] for row in rows["closed"]}
    assert "unknown" in said and "ok" not in said, rows


def test_pam_itself_is_there():
    assert ROOT.exists() and (RIG / "pamrun").exists()
