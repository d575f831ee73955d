# SPDX-License-Identifier: Apache-2.0
"""Whose is it: what an attached token is asked until its row is found, among
10, 1,000 and 10,000 registered ones of its model. A soft token answers at once,
so the seconds are computed for a real one: commands x MS."""
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent / "rig"
sys.path[:0] = [str(RIG / "token"), str(RIG)]

from crowd import crowd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")
SIZES = 10, 1000, 10000
MS = 35  # one silent question to a real key over USB full speed
TOKENS = [
    ({"profile": "yubikey5", "serial": 12345678}, "with a serial number"),
    ({"profile": "securitykey"}, "none, lists of 8"),
    ({"profile": "solo"}, "none, says nothing of lists"),
    ({"profile": "neo"}, "none, U2F"),
]
ASKED = "getAssertion", "u2f-authenticate"


def run(words, config, env):
    done = subprocess.run([PROGRAM, *words, "--config", str(config)], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode:
        sys.exit(f"{words}: exit {done.returncode}\n{done.stdout}"
                 f"{done.stderr}")
    return done


def asked(tokens):
    commands = tokens.stats("a")["commands"]
    return sum(commands.get(kind, 0) for kind in ASKED)


def whose(folder, option, size, later):
    """Commands, touches and seconds of one verify; `later`: the others were
    seen later (the worst order) or before."""
    config = folder / "system.conf"
    config.write_text(f"trust_dir = {folder}/trust\n"
                      f"registry = {folder}/workstation/registry.db\n")
    with SoftTokens(folder / "t", tokens=[{"name": "a", **option}]) as tokens:
        env = {"PATH": os.environ["PATH"], "HOME": str(folder),
               "LC_ALL": "C.UTF-8", **tokens.env({})}
        run(["registry", "init", "--rehearsal"], config, env)
        if option["profile"] != "solo":
            run(["trust", "add", f"{folder}/t/ca/root.pem"], config, env)
        first = subprocess.run([PROGRAM, "verify", "--record", "--config",
                                str(config)], env=env, capture_output=True)
        assert b"Recorded" in first.stderr, first
        crowd(folder / "workstation/registry.db", size - 1,
              later=3600 if later else -3600)
        # whoever writes next brings the rows up to date
        run(["registry", "publish", "--login-db", f"{folder}/login.db"],
            config, env)
        subprocess.run([PROGRAM, "verify", "--record", "--config",
                        str(config)], env=env, capture_output=True)
        before, touches = asked(tokens), tokens.stats("a")["touch"]["used"]
        begun = time.perf_counter()
        done = subprocess.run([PROGRAM, "verify", "--json", "--config",
                               str(config)], env=env, capture_output=True)
        took = time.perf_counter() - begun
        assert b'"proved": true' in done.stdout, done
        return (asked(tokens) - before - 1,
                tokens.stats("a")["touch"]["used"] - touches, took)


def main():
    cache = pathlib.Path(sys.argv[1])
    print(f"whose is it: silent questions, at {MS} ms each")
    for option, what in TOKENS:
        for size in SIZES:
            for later in (True, False) if size == SIZES[-1] else (True,):
                folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.",
                                                       dir=cache))
                try:
                    sent, touches, took = whose(folder, option, size, later)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
                print(f"{option['profile']:12} {what:28} {size:6} registered, "
                      f"{'asked last' if later else 'asked first':11} "
                      f"{sent:6} questions, ratio {sent / size:.4f}, "
                      f"{sent * MS / 1000:7.1f} s on a real key "
                      f"({took:.2f} s here), {touches} touch", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"largest process of this run: {peak / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
