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

from figures import median, once  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import write_env  # noqa: E402

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


def report(what, ours, peer, theirs):
    print(f"{what:34} {ours * 1000:9.2f} ms   {peer:26} "
          f"{theirs * 1000:9.2f} ms   ratio {ours / theirs:.3f}", flush=True)


def run(command, env):
    return once(command, env)[1]


# ---- PAM ----

def commands(tokens):
    return sum(tokens.stats("a")["commands"].values())


def log_in(tokens, folder, service, env, rounds):
    """Seconds and CTAP commands of one login; the finger is at once."""
    command = [PAMHOST, str(folder), service, USER]
    took = median(command, env, rounds)
    before = commands(tokens)
    run(command, env)
    return took, commands(tokens) - before


def bench_pam(folder, rounds):
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    config = folder / "system.conf"
    config.write_text(f"trust_dir = {folder}/trust\n"
                      f"registry = {folder}/workstation/registry.db\n")
    services = folder / "pam.d"
    services.mkdir()
    with SoftTokens(folder / "t", tokens=[
            {"name": "a", "profile": "yubikey5", "serial": 12345678}]) as t:
        env = {**plain, **t.env({})}
        for words in (["registry", "init", "--rehearsal"],
                      ["trust", "add", str(folder / "t/ca/root.pem")],
                      ["pam-enroll", USER, "--login-db",
                       str(folder / "workstation/login.db")]):
            run([PROGRAM, *words, "--config", str(config)], env)
        write_env(LIBEXEC / "tokenbridge-auth", PAMHOST, folder / "logind",
                  t.env({}))
        module = next((ROOT / "usr").glob("**/security/pam_tokenbridge.so"))
        (services / "ours").write_text(
            f"auth required {module} login_db={folder}/workstation/login.db\n")
        ours, sent = log_in(t, services, "ours", plain, rounds)
        if not shutil.which("pamu2fcfg"):
            print("pamu2fcfg is not installed: no comparison")
            return
        (folder / "u2f").write_text(run(
            ["pamu2fcfg", "-u", USER, "-o", "pam://x", "-i", "pam://x"], env))
        (services / "theirs").write_text(
            f"auth required pam_u2f.so authfile={folder}/u2f cue "
            "origin=pam://x appid=pam://x\n")
        theirs, their_sent = log_in(t, services, "theirs", env, rounds)
        report("login by PAM", ours, "pam_u2f", theirs)
        print(f"  CTAPHID commands: {sent}, pam_u2f {their_sent}")


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


def bench_keys(folder, rounds):
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
        report(f"tokenbridge-keys, {keys} keys", seconds,
               "empty program with SQLite", empty)
    report("tokenbridge-keys, 100000 keys", took[100000], "the same, 10 keys",
           took[10])


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=cache))
    try:
        bench_pam(folder, rounds)
        bench_keys(folder, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
