# SPDX-License-Identifier: Apache-2.0
"""A rollout over USB as the kernel has it: keys on the virtual host controller,
in four ports at once, their cards by the real pcscd, and a program that is
killed meanwhile. Judged by the local IAM's own lists and by a code of each key."""
import json
import os
import pathlib
import random
import signal
import time

import pytest

from vm import eventually

RIG = pathlib.Path(__file__).resolve().parent.parent / "rig"
PORTS = 4
PLAN, HELD = "/run/vm/plan.csv", "/run/vm/held.json"
ACCOUNT = "123456789012"
SLOW = 600  # s: for one key, on an emulated processor

SERVER = f"""
import base64, json, os, sys, time
sys.path[:0] = [{str(RIG)!r}]
from iam.client import LocalIAM
iam = LocalIAM().start(80)      # the machine is slow; it ends with us
iam.add_users(int(sys.argv[1]))
print(json.dumps(iam.env("admin")), flush=True)
while not os.path.exists({HELD!r}):
    time.sleep(0.5)
held = json.load(open({HELD!r}))
account = iam.state()["accounts"][iam.account]
names = {{u["id"]: u["name"] for u in account["users"].values()}}
owners = {{serial: names.get(d["user"]) for serial, d in
          account["devices"].items()}}
assert owners == {{d: h["user"] for d, h in held.items()}}, owners
iam.settings(enable_delay=0)
for device, h in held.items():
    seed = base64.b32encode(bytes.fromhex(h["key"])).decode()
    assert iam.botocore("sts", h["user"]).get_session_token(
        SerialNumber=device, TokenCode=iam.code(seed))
print("judged", len(held), flush=True)
time.sleep(600)
"""


def user(number):
    return f"user{number:05}"


def token(number):
    return f"k{number}"


class Rollout:
    """At work, as long as nobody kills it; its lines as they come."""

    def __init__(self, place, env):
        self.place, self.env = place, env
        self.done, self.failed, self.said = set(), set(), ""
        self.start()

    def start(self):
        self.read = 0
        self.program = self.place.m.start("tokenbridge", "rollout", PLAN,
                                          "--json", env=self.env)

    def look(self):
        return self.note(self.program.look())

    def note(self, seen):
        lines = seen.out.splitlines(keepends=True)
        for line in lines[self.read:]:
            if not line.endswith("\n"):
                break
            self.read += 1
            key = json.loads(line).get("key")
            if key and (key["result"] == "done" or
                        "has given it to" in (key["text"] or "")):
                self.done.add(key["serial"])
            elif key and key["result"] == "failed":
                self.failed.add(key["serial"])
        return seen

    def kill(self):
        self.program.kill(signal.SIGKILL)
        self.said += str(self.note(self.program.stop()))
        self.start()


def serve(place, rollout, users, kills):
    """Keys go in as ports are free, and out when they are given."""
    inside, box = [], list(range(users))
    while box or inside:
        while box and len(inside) < PORTS:
            inside.append(box.pop(0))
            place.keys.plug(token(inside[-1]))
        if kills and users - len(box) > kills[0]:
            del kills[0]
            time.sleep(2)
            rollout.kill()
        assert eventually(lambda: rollout.look().code is not None or any(
            1001 + n in rollout.done | rollout.failed for n in inside),
            SLOW), rollout.said + str(rollout.look())
        for n in [n for n in inside if 1001 + n in rollout.failed]:
            # as a person does; the machine is slow
            rollout.failed.remove(1001 + n)
            place.keys.unplug(token(n))
            place.keys.plug(token(n))
        # killed behind a binding it may end without a further word of that key
        ended = rollout.look().code is not None
        gone = [n for n in inside if ended or 1001 + n in rollout.done]
        assert not (ended and box), rollout.said + str(rollout.look())
        for n in gone:
            place.keys.unplug(token(n))
            inside.remove(n)


@pytest.mark.parametrize("users, kills, seed", [
    (6, 1, 5), pytest.param(50, 5, 1, marks=pytest.mark.long)])
def test_each_key_of_a_plan_is_one_persons(place, users, kills, seed):
    print(f"seed {seed}")
    place.plug(*({"name": token(n), "profile": "yubikey5",
                  "serial": 1001 + n, "unplugged": True}
                 for n in range(users)))
    place.m.write(PLAN, "account,user,holder,method,label,serial\n" + "".join(
        f"{ACCOUNT},{user(n)},Person {n},totp,blue-{n},\n"
        for n in range(users)))
    place.m.run("rm", "-f", HELD)
    with place.m.pcscd(), place.m.start(
            os.environ["TB_PYTHON"], "-c", SERVER, str(users)) as server:
        server.await_text("AWS_ENDPOINT_URL", 180)
        env = {**json.loads(server.look().out.splitlines()[0]),
               "HOME": "/root"}
        place.tb("registry", "init", "--rehearsal", check=True)
        place.tb("trust", "add", f"{place.keys.folder}/ca/root.pem",
                 check=True)
        rollout = Rollout(place, env)
        at = sorted(random.Random(seed).sample(
            range(PORTS, users - 1), kills))
        serve(place, rollout, users, at)
        assert eventually(lambda: rollout.look().code is not None, SLOW)
        end = rollout.look()
        assert end.code == 0, end
        given = {b["device"]: b["user"] for t in json.loads(place.tb(
            "registry", "show", "--json").out)["tokens"]
            for b in t["bindings"] if not b["removed"]}
        held = {}
        for n in range(users):
            (account,) = place.keys.stats(token(n))["accounts"]
            held[account["name"]] = {"key": account["key"],
                                     "user": given[account["name"]]}
        place.m.write(HELD + ".new", json.dumps(held))
        place.m.run("mv", HELD + ".new", HELD, check=True)
        server.await_text(f"judged {users}\n", SLOW)
        assert sorted(given.values()) == [user(n) for n in range(users)]
    place.tb("registry", "log", "--verify", check=True)
