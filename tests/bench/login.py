# SPDX-License-Identifier: Apache-2.0
"""Logging in beside pam_u2f on the same soft token in the same run, and
tokenbridge-keys at 10 and 100,000 keys beside an empty program that links
SQLite."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig/token"),
                str(HERE.parent / "rig/login"), str(HERE)]

from figures import Figures, median, medians_in_turn, once  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import stand_in, write_env  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
BUILD = pathlib.Path(os.environ["TOKENBRIDGE_BUILD"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")
PAMHOST = str(BUILD / "tests/rig/login/pamhost")
LIBEXEC = ROOT / "usr/libexec/tokenbridge"
USER = "games"
EMPTY = """
#include <sqlite3.h>
int main(void) { return sqlite3_libversion_number() == 0; }
"""


PEERS = ["libfido2", "pam_u2f"]
REPORT_MS = 4  # of a real key


def run(command, env):
    return once(command, env)[1]


# ---- PAM ----

def commands(tokens):
    return sum(tokens.stats("a")["commands"].values())


def sent_by(tokens, command, env):
    """CTAPHID commands of one login; the finger is at once."""
    before = commands(tokens)
    run(command, env)
    return commands(tokens) - before


def set_up(folder, env):
    """The user's key is the first one."""
    config = str(folder / "system.conf")
    for words in (["registry", "init", "--rehearsal"],
                  ["trust", "add", str(folder / "t/ca/root.pem")],
                  ["pam-enroll", USER, "--token", "12345678", "--login-db",
                   str(folder / "workstation/login.db")]):
        run([PROGRAM, *words, "--config", config], env)


def make_place(folder):
    """Settings and services below it."""
    (folder / "system.conf").write_text(
        f"trust_dir = {folder}/trust\n"
        f"registry = {folder}/workstation/registry.db\n")
    module = next((ROOT / "usr").glob("**/security/pam_tokenbridge.so"))
    (folder / "pam.d").mkdir()
    (folder / "pam.d/ours").write_text(
        f"auth required {module} login_db={folder}/workstation/login.db\n")
    return {"PATH": os.environ["PATH"], "HOME": str(folder)}


def bench_pam(figures, folder, rounds):
    plain = make_place(folder)
    with SoftTokens(folder / "t", tokens=[
            {"name": "a", "profile": "yubikey5", "serial": 12345678}]) as t:
        env = {**plain, **t.env({})}
        set_up(folder, env)
        write_env(LIBEXEC / "tokenbridge-auth", PAMHOST, folder / "logind",
                  t.env({}))
        if not shutil.which("pamu2fcfg"):
            print("pamu2fcfg is not installed: no comparison")
            return
        (folder / "u2f").write_text(run(
            ["pamu2fcfg", "-u", USER, "-o", "pam://x", "-i", "pam://x"], env))
        (folder / "pam.d/theirs").write_text(
            f"auth required pam_u2f.so authfile={folder}/u2f cue "
            "origin=pam://x appid=pam://x\n")
        both = [([host, str(folder / "pam.d"), service, USER], its)
                for host, service, its in (
                    (PAMHOST, "ours", plain),
                    (stand_in(folder, PAMHOST, env), "theirs", env))]
        ours, theirs = medians_in_turn(both, 3 * rounds)
        figures.report("login by PAM", ours, "pam_u2f", theirs, 1)
        sent, their_sent = (sent_by(t, *one) for one in both)
        print(f"  CTAPHID commands: {sent}, pam_u2f {their_sent}")


def log_in_beside(folder, others, rounds):
    """With so many keys of others plugged in."""
    keys = [{"name": name, "profile": "yubikey5", "serial": 12345678 + i,
             "report_ms": REPORT_MS}
            for i, name in enumerate(["a", *map(str, range(others))])]
    folder.mkdir()
    plain = make_place(folder)
    with SoftTokens(folder / "t", tokens=keys) as t:
        set_up(folder, {**plain, **t.env({})})
        write_env(LIBEXEC / "tokenbridge-auth", PAMHOST, folder / "logind",
                  t.env({}))
        return median([PAMHOST, str(folder / "pam.d"), "ours", USER], plain,
                      rounds)


def bench_many(figures, folder, rounds):
    alone, beside = (log_in_beside(folder / str(n), n, rounds) for n in (0, 7))
    figures.report(f"login, 8 plugged in, {REPORT_MS} ms", beside,
                   "login, 1 plugged in", alone, 1.5)


# ---- tokenbridge-keys ----

def make_db(folder, keys):
    """A login.db of that many keys, as the product makes it but for the
    rows."""
    config = folder / "system.conf"
    path = folder / f"workstation/login-{keys}.db"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    run([PROGRAM, "registry", "publish", "--login-db", str(path), "--config",
         str(config)], env)
    rows = ((f"user{n // 2}", f"SHA256:{n:043d}", "",
             f"sk-ssh-ed25519@openssh.com {'A' * 90}{n}")
            for n in range(keys))
    db = sqlite3.connect(path)
    db.executemany("INSERT INTO ssh_keys VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


def bench_keys(figures, folder, rounds):
    source = folder / "empty.c"
    source.write_text(EMPTY)
    subprocess.run(["cc", "-O2", "-o", folder / "empty", source, "-lsqlite3"],
                   check=True)
    env = {"PATH": os.environ["PATH"]}
    empty = median([str(folder / "empty")], env, rounds)
    conf = ROOT / "etc/tokenbridge.conf"
    conf.parent.mkdir(exist_ok=True)
    took = {}
    try:
        for keys in (10, 100000):
            conf.write_text(f"login_db = {make_db(folder, keys)}\n")
            n = keys // 2
            took[keys] = median(
                [str(LIBEXEC / "tokenbridge-keys"), f"user{n // 2}",
                 f"SHA256:{n:043d}"], env, rounds)
    finally:
        conf.unlink()
    for keys, seconds in took.items():
        figures.report(f"tokenbridge-keys, {keys} keys", seconds,
                       "empty program with SQLite", empty)
    figures.report("tokenbridge-keys, 100000 keys", took[100000],
                   "the same, 10 keys", took[10])


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=cache))
    figures = Figures(cache, "login", PEERS)
    try:
        bench_pam(figures, folder, rounds)
        bench_keys(figures, folder, rounds)
        bench_many(figures, folder, rounds)
        figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
