# SPDX-License-Identifier: Apache-2.0
"""rollout: a plan's users get their keys, one after the other."""
import json
import os
import select
import signal
import time

import pytest

from conftest import kill_hard
from dialect import check_object
from lines import assigned, unassigned

ACCOUNT = "123456789012"
HEAD = "account,user,holder,method,label,serial\r\n"
INSERT = "Insert the next key for"


def user(number):
    return f"user{number:05}"


def serial(number):
    return 1001 + number


def token(number):
    return f"k{number}"


class Session:
    """A rollout at work: keys come and go, lines are read as they come."""

    def __init__(self, site, path, *more, words=("rollout",), **how):
        self.site = site
        self.process = site.start(*words, path, "--json", *more, **how)
        self.out = self.said = ""
        self.lines = []

    def read(self, pipe, seconds):
        """What has come; nothing is read ahead behind our back."""
        if not select.select([pipe], [], [], seconds)[0]:
            return ""
        data = os.read(pipe.fileno(), 65536).decode()
        if not data:
            out, err = self.process.communicate(timeout=30)
            raise AssertionError(f"it ended with {self.process.returncode}: "
                                 f"{self.out}{out}\n{self.said}{err}")
        return data

    def line(self, seconds=30):
        end = time.monotonic() + seconds
        while "\n" not in self.out:
            if time.monotonic() > end:
                said = self.said + self.read(self.process.stderr, 0)
                kill_hard(self.process)
                raise AssertionError(f"no line came: {said}")
            self.out += self.read(self.process.stdout, 0.2)
            self.said += self.read(self.process.stderr, 0)
        line, _, self.out = self.out.partition("\n")
        self.lines.append(check_object("rollout", json.loads(line)))
        return self.lines[-1]

    def wait_for(self, words, times=1, seconds=30):
        """Until standard error has said so."""
        end = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert time.monotonic() < end, self.said
            self.said += self.read(self.process.stderr, 0.2)

    def key(self, number, out=True):
        """Plugs a key in, reads its line, takes it out."""
        self.site.tokens.plug(token(number))
        line = self.line()
        if out:
            self.site.tokens.unplug(token(number))
            self.site.cards.wait_for_no_card(0)
        return line["key"]

    def end(self, interrupt=False):
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        self.said += err
        found = [check_object("rollout", json.loads(one))
                 for one in (self.out + out).splitlines()]
        return (self.process.returncode,
                found[-1].get("summary") if found else None, self.said)


@pytest.fixture
def plan(tmp_path, cards, iam):
    """plan(rows, keys): a site with so many users and keys, all in one
    reader, and the plan's path; rows are its text or how many users."""
    from conftest import Workstation
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)

    def set_up(rows=3, keys=None, more=None):
        users = rows if isinstance(rows, int) else 3
        keys = users if keys is None else keys
        place.plug(*({"name": token(n), "profile": "yubikey5",
                      "serial": serial(n), "unplugged": True,
                      "vpcd_port": cards.port, **(more or {}).get(n, {})}
                     for n in range(keys)))
        iam.add_users(users)
        place.trust_vendor()
        place.make_registry()
        path = place.folder / "plan.csv"
        path.write_text(rows if isinstance(rows, str) else
                        HEAD + "".join(row(n) for n in range(rows)))
        return place, path
    yield set_up
    place.close()


def row(number, **changed):
    fields = {"account": ACCOUNT, "user": user(number),
              "holder": f"Person {number}", "method": "totp",
              "label": f"blue-{number}", "serial": "", **changed}
    return ",".join(map(str, fields.values())) + "\r\n"


def check_each_has_one(site, numbers):
    """By AWS's own lists, and by what each key can compute."""
    assert unassigned(site.iam) == []
    for n in numbers:
        (device,) = assigned(site.iam, user(n))
        held = site.tokens.stats(token(n))["accounts"]
        assert [a["name"] for a in held] == [device]
    assert site.journals() == []
    bound = site.bindings()
    assert len(bound) == len(list(numbers))
    site.check_chain()


# ---- a whole plan ----

def test_a_plan_is_gone_through_key_by_key(plan):
    site, path = plan(3)
    session = Session(site, path, "--ticket", "OPS-7")
    for n in range(3):
        session.wait_for(f"{INSERT} {user(n)} (Person {n}), {n + 1} of 3")
        key = session.key(n)
        assert key["result"] == "done", key
        assert (key["user"], key["serial"], key["label"], key["line"]) == (
            user(n), serial(n), f"blue-{n}", n + 2)
        assert key["verdict"] == "genuine"
        assert key["device"] in assigned(site.iam, user(n))
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["done"] == 3 and summary["left"] == []
    assert summary["keys"] == {"drawn": 3, "done": 3, "failed": 0, "spare": 0}
    assert f", {user(1)}: Touch the token" in said
    assert "this key is for Person 2." in said
    check_each_has_one(site, range(3))
    rows = {t["label"]: t for t in site.show()}
    assert rows["blue-1"]["holder"] == "Person 1"
