# SPDX-License-Identifier: Apache-2.0
"""Seconds that a key takes in a rollout, by one port and by four, at touches of
a stated length and reports that take as long as a real key's. Its peer is the
sum of the touches, which no program can spare a person."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent / "rig"
sys.path[:0] = [str(RIG / "token"), str(RIG), str(HERE)]

from figures import Figures, once  # noqa: E402
from iam.client import LocalIAM  # noqa: E402
from pcsc import Pcscd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")
TOUCH_MS, TOUCHES = 1000, 2
REPORT_MS = 4
REPLY_S = 0.05  # what AWS takes to answer, at least
PORTS = 4
SERIALS = 10000000


def write_plan(path, users):
    path.write_text("account,user,holder,method,label,serial\n" + "".join(
        f"123456789012,user{n:05},Person {n},totp,blue-{n},\n"
        for n in users))


class Run:
    """A rollout, and a person who is as quick as the ports let him."""

    def __init__(self, tokens, cards, env, config, path):
        self.tokens, self.cards = tokens, cards
        self.process = subprocess.Popen(
            [PROGRAM, "rollout", str(path), "--json", "--config",
             str(config)], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while "Insert the next key" not in self.process.stderr.readline():
            if self.process.poll() is not None:
                sys.exit(self.process.stderr.read())

    def keys(self, keys, ports):
        """Seconds of each key but the first ones, with which all begins; a key
        is replaced when it is done."""
        waiting, inside, ends = list(keys), set(), []
        while waiting or inside:
            for key in list(waiting):
                if len(inside) < ports and key % PORTS not in {
                        k % PORTS for k in inside}:
                    self.tokens.plug(f"k{key}")
                    inside.add(key)
                    waiting.remove(key)
            line = json.loads(self.process.stdout.readline())["key"]
            if line["result"] != "done":
                sys.exit(f"{line}")
            ends.append(time.perf_counter())
            done = line["serial"] - SERIALS
            self.tokens.unplug(f"k{done}")
            self.cards.wait_for_no_card(done % PORTS)
            inside.remove(done)
        out, err = self.process.communicate()
        if self.process.returncode:
            sys.exit(f"{out}{err}")
        first = PORTS - 1
        return (ends[-1] - ends[first]) / (len(ends) - 1 - first)


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), max(8, int(sys.argv[2]))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=cache))
    config = folder / "system.conf"
    config.write_text(f"trust_dir = {folder}/trust\n"
                      f"registry = {folder}/workstation/registry.db\n")
    figures = Figures(cache, "rollout")
    number = 2 * rounds
    try:
        with LocalIAM() as iam, \
                Pcscd(folder / "p", readers=PORTS) as cards, \
                SoftTokens(folder / "t", tokens=[
                    {"name": f"k{n}", "profile": "yubikey5",
                     "serial": SERIALS + n, "unplugged": True,
                     "report_ms": REPORT_MS, "touch": f"delay:{TOUCH_MS}",
                     "vpcd_port": cards.port + n % PORTS}
                    for n in range(number)]) as tokens:
            env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                   "LC_ALL": "C.UTF-8", **iam.env(), **tokens.env({})}
            for command in (["registry", "init", "--rehearsal"],
                            ["trust", "add", str(folder / "t/ca/root.pem")]):
                once([PROGRAM, *command, "--config", str(config)], env)
            iam.add_users(number)
            iam.order("*", delay=REPLY_S, count=None)
            print(f"{TOUCHES} touches of {TOUCH_MS} ms, reports of "
                  f"{REPORT_MS} ms, AWS answers after {REPLY_S * 1000:.0f} ms; "
                  f"{rounds} keys each")
            took = {}
            for ports, numbers in ((1, range(rounds)),
                                   (PORTS, range(rounds, number))):
                path = folder / f"plan{ports}.csv"
                write_plan(path, numbers)
                took[ports] = Run(tokens, cards, env, config, path).keys(
                    numbers, ports)
                figures.report(f"a key, {ports} port{'s' * (ports > 1)}",
                               took[ports], "its touches",
                               TOUCHES * TOUCH_MS / 1000)
            figures.report(f"a key, {PORTS} ports", took[PORTS],
                           "a key, 1 port", took[1])
            figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
