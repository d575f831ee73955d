# SPDX-License-Identifier: Apache-2.0
"""A host where people log in with their tokens: a site whose registry
publishes a login.db, and a PAM service that asks pam_tokenbridge."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import select
import sqlite3
import subprocess
import sys
import time

from conftest import RIG, ROOT, SANITIZERS, Workstation
from lines import told

sys.path.insert(0, str(RIG / "login"))
from standin import AT_SEAT, write_env  # noqa: E402

BUILD = pathlib.Path(os.environ.get("TOKENBRIDGE_BUILD", "/"))
PAMHOST = BUILD / "tests/rig/login/pamhost"
LIBEXEC = ROOT / "usr/libexec/tokenbridge"
HELPER = LIBEXEC / "tokenbridge-auth"
SUCCESS, AUTH_ERR, AUTHINFO_UNAVAIL, USER_UNKNOWN = 0, 7, 9, 10
SERVICE_ERR = 3
IGNORE = 6  # what libpam makes of it where no other module decides
# How an attempt ends, and why by the log's word
FALSE = (AUTH_ERR, "false-answer")
ERROR = (AUTH_ERR, "error")
NO_TOKEN = (AUTHINFO_UNAVAIL, "no-token")
SILENT = (AUTHINFO_UNAVAIL, "token-silent")
NOT_LOCAL = (AUTHINFO_UNAVAIL, "not-local")
NO_RECORD = (AUTHINFO_UNAVAIL, "no-record")
UNBOUND = (USER_UNKNOWN, "no-token-bound")
NOT_TOUCHED = (AUTH_ERR, "not-touched")
COUNTER_FELL = (AUTH_ERR, "counter-fell")
HOST_ENV = {"PATH": os.environ["PATH"], **SANITIZERS}


def module():
    return next((ROOT / "usr").glob("**/security/pam_tokenbridge.so"))


def seal(path):
    """Writes the digest of a login.db that a test has changed anew, by the
    words of docs/FORMATS.md."""
    types = {int: 1, str: 3, bytes: 4, type(None): 5}
    digest = bytes(32)
    with contextlib.closing(sqlite3.connect(path)) as db:
        version, = db.execute("PRAGMA user_version").fetchone()
        key = "user, id" if version == 1 else "user, id, rp"
        queries = ("SELECT made_at, generation, station, rehearsal, counters "
                   "FROM made", "SELECT user, token, aaguid, id, public_key, "
                   "counter, slot, verify_required" +
                   ("" if version == 1 else ", rp") +
                   f" FROM credentials ORDER BY {key}")
        for query in queries:
            for row in db.execute(query):
                data = b""
                for value in row:
                    if isinstance(value, bytes):
                        text = value
                    else:
                        text = str("" if value is None else value).encode()
                    data += (bytes([types[type(value)]]) +
                             len(text).to_bytes(2, "big") + text)
                digest = hashlib.sha256(digest + data).digest()
        db.execute("UPDATE made SET digest = ?", (digest,))
        db.commit()


class Attempt:
    """One run of pamhost: what was said, and how it ended."""

    def __init__(self, lines, code, err, seconds):
        self.messages = [line for line in lines if "style" in line]
        end = [line for line in lines if "result" in line]
        self.end = end[0] if end else {}
        self.log = [(line["log"], line["line"]) for line in lines
                    if "log" in line]
        self.result = self.end.get("result")
        self.code, self.err, self.seconds = code, err, seconds
        told(err, *(m["text"] for m in self.messages),
             *(line for _, line in self.log))

    @property
    def said(self):
        return "\n".join(m["text"] for m in self.messages)

    @property
    def word(self):
        """Why, in the log's word: two guards that refuse alike are told
        apart by it alone. None where nothing was logged."""
        words = [m.group(1) for _, line in self.log
                 if (m := re.search(r"\bresult=(\S+)", line))]
        return words[-1] if words else None

    @property
    def why(self):
        return self.result, self.word

    def __str__(self):
        return (f"result {self.result} {self.word}\n{self.said}\n{self.err}"
                f"\n{self.log}")


class Station(Workstation):
    """`line` is the argument list of the PAM line."""

    def __init__(self, folder, cards, cloud):
        super().__init__(folder, cards, cloud)
        self.login_db = folder / "site" / "login.db"
        self.pam = folder / "pam.d"
        self.pam.mkdir()
        self.nss = {}       # what programs have in their environment for it
        self.seat = AT_SEAT

    def env(self, **more):
        return super().env(**{**self.nss, **more})

    @contextlib.contextmanager
    def spelled(self):
        """NSS answers other spellings of a user's name (rig/login/nss.c)."""
        switch = self.folder / "nsswitch.conf"
        switch.write_text("passwd: files spelled\ngroup: files\n")
        with self.in_place_of("/etc/nsswitch.conf", switch):
            self.nss = {"LD_LIBRARY_PATH": str(PAMHOST.parent)}
            yield
            self.nss = {}

    @staticmethod
    @contextlib.contextmanager
    def in_place_of(path, ours):
        """In the namespace of this shard."""
        subprocess.run(["mount", "--bind", ours, path], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", path], check=True)

    def pam_enroll(self, user, *more, pin=None):
        return self.run_with_pin("pam-enroll", user, "--login-db",
                                 self.login_db, *more, pin=pin)

    def enroll_login(self, user, *more, pin=None):
        done = self.pam_enroll(user, *more, pin=pin)
        assert done.code == 0, done
        return done

    def service(self, *arguments, name="tbtest", control="required"):
        (self.pam / name).write_text(
            f"auth {control} {module()} login_db={self.login_db} "
            f"{' '.join(arguments)}\n"
            "account required pam_permit.so\n")

    def helper_env(self, **more):
        """What the emulated world is for the helper, which inherits
        nothing."""
        env = {**(self.tokens.env({}) if self.tokens else {}), **self.nss,
               **more,
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        write_env(HELPER, PAMHOST, self.folder / "logind", env, self.seat)

    def pamhost(self, user, *options, service="tbtest"):
        return [str(PAMHOST), *map(str, options), str(self.pam), service,
                user]

    def log_in(self, user="alice", *options, service="tbtest", line=None,
               during=None, place=(), seat=AT_SEAT, timeout=90,
               stdin=subprocess.DEVNULL):
        """`during(message)` is called at each message; `place` is options of
        pamhost's, `seat` what logind says."""
        self.seat = seat
        self.helper_env()
        if line is not None:
            self.service(*line, name=service)
        elif not (self.pam / service).exists():
            self.service(name=service)
        begun = time.monotonic()
        process = subprocess.Popen(
            self.pamhost(user, *place, *options, service=service),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=stdin, env=HOST_ENV)
        lines = []
        for text in self.lines_of(process, begun + timeout):
            lines.append(json.loads(text))
            if during and "style" in lines[-1]:
                during(lines[-1])
        process.wait(timeout)
        with process.stderr:
            err = process.stderr.read()
        process.stdout.close()
        return Attempt(lines, process.returncode, err,
                       time.monotonic() - begun)

    @staticmethod
    def lines_of(process, end):
        """Each as soon as it is there, also where two come at once."""
        half = b""
        while True:
            ready = select.select([process.stdout], [], [],
                                  max(0, end - time.monotonic()))[0]
            if not ready:
                process.kill()
                raise AssertionError("the PAM host hangs")
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                return
            *lines, half = (half + piece).split(b"\n")
            yield from (line.decode() for line in lines)

    def revoke(self, user="alice", what="all"):
        done = self.run("revoke", "--local", user, what, "--login-db",
                        self.login_db)
        assert done.code == 0, done
        return done

    def publish(self):
        done = self.run("registry", "publish", "--login-db", self.login_db)
        assert done.code == 0, done
        return done
