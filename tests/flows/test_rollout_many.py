# SPDX-License-Identifier: Apache-2.0
"""Many users, keys in several ports, and a program that is killed at random
moments: judged by the local IAM's own lists, and by codes of the keys."""
import collections
import random
import re
import statistics
import time

import pytest

from conftest import READERS, kill_hard
from rollouts import (INSERT, Ended, Session, check_by_codes, serial, token,
                      user)

# Of its own beside what `enroll` asks about a user
MORE_CALLS = 2


@pytest.mark.parametrize("users, kills, seed", [
    (20, 6, 7), pytest.param(200, 20, 1, marks=pytest.mark.long)])
def test_many_users_and_kills_at_random_moments(plan, users, kills, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    site, path = plan(users)
    at = set(dice.sample(range(users - 1), kills))
    session = Session(site, path)
    for n in range(users):
        session.wait_for(f"{INSERT} {user(n)} ", seconds=120)
        site.tokens.plug(token(n))
        if n in at:
            time.sleep(dice.uniform(0, 1.5))
            kill_hard(session.process)
            session = Session(site, path)
            end = time.monotonic() + 120
            # the key is still there: it is taken, or was
            while not site.iam.devices(user(n)) or site.journals():
                assert time.monotonic() < end, session.said
                session.said += session.read(session.process.stderr, 0.1)
                session.out += session.read(session.process.stdout, 0)
            # behind its line, which may not come at all
            session.wait_for(f"{INSERT} {user(n + 1)} ", seconds=120)
            # it may be asked once more, and the rig ends who asks a key
            # while it goes away
            time.sleep(1)
            session.read(session.process.stdout, 0)
            session.out = ""
        else:
            key = session.line()["key"]
            assert (key["result"], key["user"]) == ("done", user(n)), key
        site.tokens.unplug(token(n))
        site.cards.wait_for_no_card(0)
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["done"] == users
    check_by_codes(site, range(users))


# A key of a user who has one is taken out, the next one goes into its port.
PORTS = READERS


class Ports:
    """Keys in several ports at once, by a person who is quicker than the
    program."""

    def __init__(self, site, path, users):
        self.site, self.path = site, path
        self.session = Session(site, path)
        # each key is of one port, as its smart card is of one reader
        self.box = {port: collections.deque(range(port, users, PORTS))
                    for port in range(PORTS)}
        self.inside, self.plugged = {}, 0
        self.took = []  # seconds of each key
        self.finished, self.disturbed = set(), set()
        self.restarts = 0
        self.begun = time.monotonic()

    def fill(self):
        for port, box in self.box.items():
            if port not in self.inside and box:
                self.inside[port] = box.popleft()
                self.site.tokens.plug(token(self.inside[port]))
                self.plugged += 1

    def take_out(self, number):
        self.site.tokens.unplug(token(number))
        self.site.cards.wait_for_no_card(number % PORTS)
        del self.inside[number % PORTS]

    def serve(self, seconds=120):
        """Until a key is given, or one that was given is refused; it goes
        out."""
        while True:
            try:
                key = self.session.line(seconds)["key"]
            except Ended as e:
                if not e.by_the_rig():
                    raise
                self.go_on()
                continue
            if key["result"] == "done":
                self.finished.add(key["user"])
                break
            # a kill lost its line, or the line of its enrollment; while its
            # nodes go away one by one it may be told of once more
            if "has given it to" in (key["text"] or "") and \
                    key["serial"] - serial(0) in self.inside.values():
                break
        self.take_out(key["serial"] - serial(0))
        self.took.append(time.monotonic() - self.begun)
        self.begun = time.monotonic()

    def kill(self, dice):
        """At any moment of a key, however quick this machine is."""
        time.sleep(dice.uniform(0, 1.2 * statistics.median(self.took[-20:])))
        self.session.said += self.session.read(self.session.process.stderr, 0)
        kill_hard(self.session.process)
        self.go_on()

    def go_on(self):
        """... which begins anew with whomever was under way."""
        said = self.session.all_said()
        self.disturbed |= set(re.findall(r"user\d{5}", said)) - self.finished
        self.session = Session(self.site, self.path)
        self.restarts += 1


def calls_of_users(site):
    """How many times AWS was asked about each user or changed something of
    his, by its own log; what is asked of all in one go is nobody's."""
    found = collections.Counter()
    for call in site.iam.calls():
        asked = call["params"]
        if "UserName" in asked:
            found[asked["UserName"]] += 1
        elif "VirtualMFADeviceName" in asked:
            found[asked["VirtualMFADeviceName"].rpartition("-")[0]] += 1
    return found


def calls_of_enroll(site, number):
    """The same of one user, with a key that nobody has afterwards."""
    site.iam.add_user("alice")
    site.tokens.plug(token(number))
    site.cards.wait_for_card(number % PORTS)
    site.iam.calls(clear=True)
    done = site.run("enroll", "alice", "--method", "totp", "--holder", "alice")
    assert done.code == 0, done
    calls = calls_of_users(site)["alice"]
    (device,) = site.iam.devices("alice")
    done = site.run("revoke", "alice", device, "--last", "--reason", "again")
    assert done.code == 0, done
    site.tokens.unplug(token(number))
    site.cards.wait_for_no_card(number % PORTS)
    return calls


@pytest.mark.parametrize("users, kills, seed", [
    (24, 4, 3), pytest.param(200, 20, 2, marks=pytest.mark.long),
    pytest.param(1000, 50, 1, marks=pytest.mark.long)])
def test_many_users_in_several_ports_and_kills_at_random_moments(
        plan, cards, users, kills, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    site, path = plan(users, users + 1, {
        n: {"vpcd_port": cards.port + n % PORTS} for n in range(users + 1)})
    at = sorted(dice.sample(range(PORTS + 1, users - PORTS), kills))
    most = calls_of_enroll(site, users) + MORE_CALLS
    site.iam.calls(clear=True)
    ports = Ports(site, path, users)
    ports.session.wait_for(INSERT, seconds=600)
    begun = ports.begun = time.monotonic()
    while True:
        ports.fill()
        if not ports.inside:
            break
        if at and ports.plugged > at[0]:
            del at[0]
            ports.kill(dice)
        ports.serve()
    code, summary, said = ports.session.end()
    seconds = time.monotonic() - begun
    assert code == 0 and summary["done"] == users, said
    calls = calls_of_users(site)
    print(f"{users} users, {kills} kills: {seconds:.0f} s, "
          f"{sum(calls.values())} calls")
    check_by_codes(site, range(users))
    assert len(calls) == users
    more = {n: c for n, c in calls.items()
            if c > most and n not in ports.disturbed}
    # who was next at a kill may have been asked about, and no word said of it
    assert len(more) <= ports.restarts
    assert max(more.values(), default=0) <= most + MORE_CALLS
    assert len(ports.disturbed) <= PORTS * ports.restarts
    assert sum(calls.values()) <= most * (users + PORTS * ports.restarts)
