# SPDX-License-Identifier: Apache-2.0
"""Many keys side by side: `list`, `info` and a login with one key and with
many, at the few milliseconds that a report of a real key takes; beside
fido2-token, and pam_u2f on the same key."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig/token"),
                str(HERE.parent / "rig/login"), str(HERE)]

from figures import Figures, median, once  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import stand_in, write_env  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
BUILD = pathlib.Path(os.environ["TOKENBRIDGE_BUILD"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")
PAMHOST = str(BUILD / "tests/rig/login/pamhost")
LIBEXEC = ROOT / "usr/libexec/tokenbridge"
USER = "games"
REPORT_MS = 4
TOUCH_MS = 300


def keys(n, ms, **more):
    return [{"name": f"k{i}", "profile": "yubikey5", "serial": 10000000 + i,
             "report_ms": ms, **more} for i in range(n)]


def env_of(tokens, folder):
    return {"PATH": os.environ["PATH"], "HOME": str(folder),
            "LC_ALL": "C.UTF-8", **tokens.env({})}


# ---- list, info ----

def bench_list(figures, folder, rounds):
    took = {}
    for n, ms in ((1, REPORT_MS), (16, REPORT_MS), (2, REPORT_MS), (2, 0)):
        with SoftTokens(folder / f"l{n}-{ms}", tokens=keys(n, ms)) as t:
            env = env_of(t, folder)
            took[n, ms] = median([PROGRAM, "list"], env, rounds)
            if n == 2:
                peer = median(["fido2-token", "-L"], env, rounds) + sum(
                    median(["fido2-token", "-I", t.hidraw(f"k{i}")], env,
                           rounds) for i in range(2))
                figures.report(f"list, 2 tokens, {ms} ms", took[n, ms],
                               "fido2-token -L, -I of each", peer, 0.7)
            if n == 1:
                figures.report(f"info by FIDO, {ms} ms",
                               median([PROGRAM, "info"], env, rounds),
                               "fido2-token -I", median(
                                   ["fido2-token", "-I", t.hidraw("k0")], env,
                                   rounds), 1.5)
    figures.report(f"list, 16 tokens, {REPORT_MS} ms", took[16, REPORT_MS],
                   "list, 1 token", took[1, REPORT_MS], 1.5)


# ---- logging in ----

class Login:
    """A host where the key k0 lets USER in."""

    def __init__(self, folder, tokens):
        self.tokens, self.folder = tokens, folder
        self.plain = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        folder.mkdir(exist_ok=True)
        config = folder / "system.conf"
        config.write_text(f"trust_dir = {folder}/trust\n"
                          f"registry = {folder}/workstation/registry.db\n")
        db = folder / "workstation/login.db"
        env = {**self.plain, **tokens.env({})}
        for words in (["registry", "init", "--rehearsal", "--registry",
                       str(folder / "workstation/registry.db")],
                      ["trust", "add", str(tokens.ca / "root.pem")],
                      ["pam-enroll", USER, "--token", tokens.hidraw("k0"),
                       "--login-db", str(db)]):
            once([PROGRAM, *words, "--config", str(config)], env)
        write_env(LIBEXEC / "tokenbridge-auth", PAMHOST, folder / "logind",
                  tokens.env({}))
        self.services = folder / "pam.d"
        self.services.mkdir()
        module = next((ROOT / "usr").glob("**/security/pam_tokenbridge.so"))
        (self.services / "ours").write_text(
            f"auth required {module} login_db={db}\n")

    def command(self, service="ours"):
        return [PAMHOST, str(self.services), service, USER]

    def took(self, rounds, service="ours", env=None):
        return median(self.command(service), env or self.plain, rounds)

    def beside_pam_u2f(self, rounds):
        """None where it is not installed."""
        if not shutil.which("pamu2fcfg"):
            return None
        env = {**self.plain, **self.tokens.env({})}
        _, line = once(["pamu2fcfg", "-u", USER, "-o", "pam://x", "-i",
                        "pam://x"], env)
        (self.folder / "u2f").write_text(line)
        (self.services / "theirs").write_text(
            f"auth required pam_u2f.so authfile={self.folder}/u2f cue "
            "origin=pam://x appid=pam://x\n")
        host = stand_in(self.folder, PAMHOST, env)
        return median([host, str(self.services), "theirs", USER], env, rounds)

    def to_the_prompt(self, rounds):
        """Seconds until the person is told to touch."""
        took = []
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            process = subprocess.Popen(self.command(), env=self.plain,
                                       stdin=subprocess.DEVNULL, text=True,
                                       stdout=subprocess.PIPE)
            for line in process.stdout:
                if json.loads(line).get("style") == "info":
                    took.append(time.perf_counter() - begun)
            if process.wait() != 0:
                sys.exit("a login failed")
        return statistics.median(took[1:])


def bench_login(figures, folder, rounds):
    took = {}
    for n in (1, 8):
        with SoftTokens(folder / f"p{n}", tokens=keys(n, REPORT_MS)) as t:
            login = Login(folder / f"h{n}", t)
            took[n] = login.took(rounds)
            theirs = login.beside_pam_u2f(rounds) if n == 1 else None
            if theirs:
                figures.report(f"login by PAM, {REPORT_MS} ms", took[n],
                               "pam_u2f", theirs, 1)
    figures.report(f"login, 8 plugged in, {REPORT_MS} ms", took[8],
                   "login, 1 plugged in", took[1], 1.5)


def bench_prompt(figures, folder, rounds):
    took = {}
    for silent in (0, 4):
        with SoftTokens(folder / f"s{silent}",
                        tokens=keys(1 + silent, REPORT_MS)) as t:
            login = Login(folder / f"q{silent}", t)
            for i in range(silent):
                t.misbehave(f"k{i + 1}", "silence", count=-1)
            # one that is touched at once may sign before anybody is told
            t.touch("k0", "delay", TOUCH_MS)
            took[silent] = login.to_the_prompt(rounds)
    figures.report("touch prompt, 4 silent neighbours", took[4],
                   "touch prompt, none", took[0], 1)


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=cache))
    figures = Figures(cache, "keys", ["libfido2", "fido2-token", "pam_u2f"])
    try:
        bench_list(figures, folder, rounds)
        bench_login(figures, folder, rounds)
        bench_prompt(figures, folder, rounds)
        figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
