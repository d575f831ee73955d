# SPDX-License-Identifier: Apache-2.0
"""What is around the commands of a transcript: the rig's local IAM and its soft
tokens, without cards. Each is there from the first line on that wants it:

    @ iam VERB JSON         the IAM's control verb (tests/rig/iam/README.md)
    @ keys USER             whose keys the commands have from now on
    @ tokens [JSON, ...]    plugged in, by the names a, b and so on
    @ codes SEED            two of that device's, as the next command's input
    @ input TEXT            one more line of that
    @ token NAME VERB JSON  a token's control verb (tests/rig/token/README.md)
    @ at WORDS => LINE      the next command is on a terminal, and when it has
                            said WORDS there, LINE is done: one of these, or
                            `type TEXT`, or `interrupt`

Several `@ at` are done one after the other.
"""
import codecs
import contextlib
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import time

RIG = pathlib.Path(__file__).resolve().parents[1] / "rig"
sys.path[:0] = [str(RIG), str(RIG / "token")]

import ptys  # noqa: E402  pylint: disable=C0413
from iam.client import LocalIAM  # noqa: E402  pylint: disable=C0413
from softtoken import SoftTokens  # noqa: E402  pylint: disable=C0413

WORDS = [(re.compile(pattern), word) for pattern, word in (
    (r"http://127\.0\.0\.1:[0-9]+", "ENDPOINT"),
    # as the local IAM makes them
    (r"\b(A(?:ID|KI|GP|RO|SI)A)[A-Z0-9]{16,17}\b", r"\1..."),
    (r"(?<=-)[A-Z2-7]{26}\b", "..."),
    (r"\b[A-Z2-7]{32}\b", "CERTIFICATE"),
    (r"\bover [0-9]+ connections?\b", "over N connections"),
    # as often as it takes
    (r"(?m)^(.*\bWaiting for .*?)\b[0-9]+ s\b", r"\1N s"),
    (r"(?m)^(.*\bWaiting for .*\n)\1+", r"\1"),
    (r"\babout [0-9]+ s left\b", "about N s left"),
    (r"\bagain in [0-9]+ s\b", "again in N s"),
    # as this machine is
    (r"(?m)^warning: no udevd runs here: .*\n", ""),
    (r"(?m)^warning: only root can read it: .*\n", ""),
    (r'"source":"(?:kernel|udev)"', '"source":"SOURCE"'),
    # of a certificate
    (r"\b[0-9a-f]{16}\b", "HASH"),
    (r"\b[0-9]{8}T[0-9]{6}Z", "MOMENT"),
    (r"\b[0-9]+ s behind\b", "N s behind"),
    # another program's, which is or is not installed
    (r"(?m)^Tokens were not asked whether they hold .*\n", ""),
    (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
)]

TALK_SECONDS = 60


class World:
    """Gone with its block."""

    def __init__(self, program, folder):
        self.program, self.folder = pathlib.Path(program), folder
        self.iam = self.tokens = None
        self.who = "admin"
        self.typed = ""
        self.answers = []       # (what is waited for, line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.iam, self.tokens):
            if one:
                one.stop()

    def change(self, line):
        what, _, rest = line.partition(" ")
        getattr(self, f"change_{what}")(rest)

    def change_iam(self, rest):
        if not self.iam:
            self.iam = LocalIAM().start()
            self.iam.settings(report_seconds=0)
        verb, _, ask = rest.partition(" ")
        self.iam.control(verb, **json.loads(ask or "{}"))

    def change_keys(self, who):
        self.who = who

    def change_codes(self, seed):
        self.typed = "".join(f"{code}\n" for code in self.iam.pair(seed))

    def change_input(self, line):
        self.typed += f"{line}\n"

    def change_at(self, rest):
        self.answers.append(rest.split(" => ", 1))

    def change_tokens(self, options):
        self.tokens = SoftTokens(
            self.folder / "tokens",
            [{"name": name, **one}
             for name, one in zip("abcdefgh", json.loads(options))],
            binary=str(self.program.parents[1] / "tests/rig/token/softtoken"))
        self.tokens.start()

    def change_token(self, rest):
        name, verb, *ask = rest.split(" ", 2)
        self.tokens.ctl(name, verb, **json.loads("".join(ask) or "{}"))

    def env(self, env):
        """With what is around in it."""
        if self.iam:
            env = {**env, **self.iam.env(self.who)}
        if self.tokens:
            # the preloaded library comes before a sanitizer's
            env = self.tokens.env({
                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
                **env})
        return env

    def run(self, command, env):
        """(what it said, its status)."""
        env = self.env(env)
        if self.answers:
            return self.talk(command, {**env, "TERM": "dumb"})
        typed, self.typed = self.typed, ""
        done = subprocess.run(
            command, cwd=self.folder, env=env, text=True, input=typed,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, timeout=60)
        return done.stdout, done.returncode

    def talk(self, command, env):
        """run() on a terminal."""
        pid, master = ptys.fork()
        if pid == 0:
            try:
                os.chdir(self.folder)
                os.execve(command[0], command, env)
            finally:
                os._exit(127)
        said, seen, end = "", "", time.monotonic() + TALK_SECONDS
        decoder = codecs.getincrementaldecoder("utf-8")()
        with contextlib.suppress(OSError):
            while time.monotonic() < end:
                if not select.select([master], [], [], 1)[0]:
                    continue
                data = os.read(master, 4096)
                if not data:
                    break
                seen += decoder.decode(data)
                if self.answers and self.answers[0][0] in seen:
                    said, seen = said + seen, ""
                    self.answer(master, self.answers.pop(0)[1])
        os.close(master)
        if time.monotonic() >= end:
            os.kill(pid, signal.SIGKILL)
            seen += f"[waits; left: {self.answers}]"
        self.answers = []
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return (said + seen).replace("\r\n", "\n"), status

    def answer(self, master, line):
        what, _, text = line.partition(" ")
        if what == "type":
            os.write(master, f"{text}\n".encode())
        elif what == "interrupt":
            os.write(master, b"\3")
        else:
            self.change(line)

    def plain(self, text):
        if self.iam or self.tokens:
            for pattern, word in WORDS:
                text = pattern.sub(word, text)
        return text
