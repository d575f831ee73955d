# SPDX-License-Identifier: Apache-2.0
"""Every way of registering one person's device, and resync, disturbed: AWS
fails in each call in each way, or the run is killed at each point of its
journal. Then the same command again, and by the local IAM's own lists nothing
is orphaned, doubled or lost; who comes in between is not kept waiting."""
import itertools
import time

import pytest

from conftest import Result
from broken_off import MOMENTS, kill_behind, points_of, strace
from faults import FAULTS, WAIT, calls_of, disturbed, run, under
from lines import accounts, assigned, oathtool, unassigned
from terminal import Terminal
from test_enroll_fido import Person, add
from test_enroll_typed import Displays
from test_enroll_virtual import FIRST, METHOD, SECOND
from test_enroll_virtual import bindings as without_token

A, B = "12345678", "87654321"   # the keys of two_keys
TRIES = 4
END = 110
# Codes that are not taken, so that both are asked for anew
ANEW = ("that is no code", "the phone's clock is", "older than 30 s")


def bindings(site):
    return site.bindings() + without_token(site)


def displays_of(site):
    """Each token with a display is used once."""
    if not hasattr(site, "displays"):
        site.displays = Displays(site)
    return site.displays


class Act:
    """One command, as a person gives it; again() is the same once more."""

    name = ""
    exits = {0, 1, 6, 9, 10}

    def __init__(self, site):
        self.site = site

    def begin(self):
        """What has to be there before."""

    def go(self, site, fault=None):
        raise NotImplementedError

    def is_done(self, done):
        return done.code == 0 or (done.code == 1 and "already" in done.err)

    def again(self, what):
        for _ in range(TRIES):
            done = self.go(self.site)
            if self.is_done(done):
                return
        raise AssertionError((what, str(done)))

    def held(self, device):
        """The accounts that are in each key then."""
        del device
        return [[], []]

    def check(self, what):
        site = self.site
        devices = assigned(site.iam, "alice")
        assert len(devices) == 1, (what, devices)
        # a display that nobody has is the vendor's
        assert not any(":mfa/" in d for d in unassigned(site.iam)), what
        assert [b["device"] for b in bindings(site)] == devices, what
        assert [list(accounts(site, key)) for key in "ab"] == self.held(
            devices[0]), what
        assert site.journals() == [], what
        site.check_chain()

    def end(self):
        """Back to the beginning."""
        for user in ("alice", "bob"):
            for device in assigned(self.site.iam, user):
                done = self.site.run("revoke", user, device, "--last",
                                     "--reason", "again")
                assert done.code == 0, done
        assert bindings(self.site) == []


class Totp(Act):
    name = "totp"

    def go(self, site, fault=None):
        return run(site, "enroll", "alice", "--method", "totp", "--token", A,
                   fault=fault)

    def held(self, device):
        return [[device], []]


class Fido(Act):
    name = "fido"

    def go(self, site, fault=None):
        # where time is put forward the wait has to last
        wait = 5 * WAIT if fault and "delay" in FAULTS[fault] else 15
        person = None
        if not assigned(self.site.iam, "alice"):
            person = Person(self.site, lambda: add(self.site))
        done = run(site, "enroll", "alice", "--method", "fido", "--token", A,
                   "--wait", wait, fault=fault)
        if person:
            person.leave()
            assert person.failed is None, (person.failed, str(done))
        return done


class Hardware(Act):
    name = "hardware-totp"

    def begin(self):
        self.displays = displays_of(self.site)
        self.serial = self.displays.next()

    def go(self, site, fault=None):
        with under(site, fault) as env, self.displays.codes() as codes:
            return site.run(*self.displays.words(self.serial), env=env,
                            stdin=codes)


class Virtual(Act):
    name = "virtual"

    def seed(self):
        devices = self.site.iam.devices()
        return [devices[serial]["seed"] for serial in unassigned(self.site.iam)
                if ":mfa/" in serial][-1]

    def go(self, site, fault=None):
        with under(site, fault) as env:
            t = Terminal(site, "enroll", "alice", *METHOD, rows=60, **env)
            try:
                return self.type(t)
            finally:
                t.close()

    def type(self, t):
        """Both codes whenever they are asked for, to the end. By how much the
        program's time was put forward since AWS told it nobody knows."""
        prompts, said, end = [FIRST, SECOND], "", time.monotonic() + END
        ahead = itertools.cycle((0, WAIT, 2 * WAIT))
        while t.process.poll() is None:
            t.read()
            assert time.monotonic() < end, t.seen
            refused = [mark for mark in ANEW if mark in t.seen]
            if prompts[0] == SECOND and refused:
                prompts.reverse()
                t.seen = t.seen.partition(refused[0])[2]
            if prompts[0] not in t.seen:
                continue
            before, prompt, t.seen = t.seen.partition(prompts[0])
            said += before + prompt
            if prompt == FIRST:
                now = self.site.iam.now() + next(ahead)
                t.type(oathtool(self.seed(), now - 30) + "\n")
            else:
                t.type(oathtool(self.seed(), now) + "\n")
            prompts.reverse()
        t.read()
        return Result(t.process.returncode, "", said + t.seen, 0)


class Resync(Act):
    name = "resync"
    exits = Act.exits | {4}     # no key here has the device of that serial

    def begin(self):
        if not assigned(self.site.iam, "alice"):
            assert Totp(self.site).go(self.site).code == 0
        self.device = assigned(self.site.iam, "alice")
        self.record = bindings(self.site)
        # beyond the pair that AWS took last
        self.site.iam.clock(advance=120)
        self.site.iam.calls(clear=True)

    def go(self, site, fault=None):
        return run(site, "resync", "alice", fault=fault)

    def again(self, what):
        # codes later than those that AWS may have taken can be had at once
        self.site.iam.clock(advance=90)
        super().again(what)

    def held(self, device):
        return [[device], []]

    def check(self, what):
        super().check(what)
        assert assigned(self.site.iam, "alice") == self.device, what
        assert bindings(self.site) == self.record, what
        assert any(call["error"] is None and call["effect"] for call in
                   self.site.iam.calls("ResyncMFADevice")), what

    def end(self):
        self.site.iam.clock(offset=0)
        super().end()


class Replace(Act):
    name = "replace"
    more = ()

    def begin(self):
        assert Totp(self.site).go(self.site).code == 0
        (self.old,) = assigned(self.site.iam, "alice")

    def go(self, site, fault=None):
        return run(site, "replace", "alice", self.old, "--method", "totp",
                   "--token", B, *self.more, fault=fault)

    def is_done(self, done):
        return done.code == 0 or (done.code == 1 and "no device" in done.err)

    def held(self, device):
        return [[], [device]]


class Stolen(Replace):
    name = "replace --stolen"
    more = ("--stolen",)


ACTS = {act.name: act for act in (Totp, Fido, Hardware, Virtual, Resync)}
KILLED = {**{name: act for name, act in ACTS.items() if name != "resync"},
          **{act.name: act for act in (Replace, Stolen)}}
# What AWS did not do is never taken for done
NOT_DONE = ("reset", "silent", "refused", "throttled", "html")
CHANGING = ("CreateVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice")


def somebody_else(site, what):
    """Whatever was left of alice's run, bob is enrolled, and leaves again."""
    displays = displays_of(site)
    serial = displays.next()
    with displays.codes() as codes:
        done = site.run("enroll", "bob", "--method", "hardware-totp",
                        "--serial", serial, "--codes-fd", "0", stdin=codes)
    assert done.code == 0, (what, str(done))
    assert assigned(site.iam, "bob") == [serial], what
    done = run(site, "revoke", "bob", serial, "--last", "--reason", "left")
    assert done.code == 0, (what, str(done))


def disturb(act, call, fault, between=False):
    site = act.site
    act.begin()
    done = disturbed(site, act.go, call, fault)
    what = (act.name, call, fault, str(done))
    assert done.code in act.exits, what
    assert done.code == 0 or done.err.strip(), what
    if fault == "slow":
        assert done.code == 0, what
    if call[0] in CHANGING and fault in NOT_DONE:
        assert done.code == 9, what
    if between:
        somebody_else(site, what)
    if done.code != 0:
        act.again(what)
    act.check(what)
    act.end()


def calls_in(act):
    act.begin()
    calls = calls_of(act.site, act.go)
    act.check("undisturbed")
    act.end()
    # a list that is polled fails alike each further time
    return [call for call in calls if call[1] < 3]


@pytest.mark.parametrize("name, call, fault, between", [
    ("fido", ("ListMFADevices", 1), "html-afterwards", True),
    ("hardware-totp", ("EnableMFADevice", 0), "no-xml", False),
    ("hardware-totp", ("EnableMFADevice", 0), "blocked-afterwards", False),
    ("virtual", ("EnableMFADevice", 0), "reset-afterwards", True),
    ("resync", ("GetUser", 0), "laughs", False),
])
def test_a_failure_is_settled_by_the_same_command(two_keys, name, call, fault,
                                                  between):
    disturb(ACTS[name](two_keys), call, fault, between)


@pytest.mark.long
@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", sorted(ACTS))
def test_every_failure_of_every_call_is_settled_by_the_same_command(
        two_keys, name, fault):
    act = ACTS[name](two_keys)
    for number, call in enumerate(calls_in(act)):
        disturb(act, call, fault, between=number % 3 == 2)


# ---- killed ----

# What AWS refuses, so that points are come to that lie on no straight way
REFUSED = {"": (), "undone": ("EnableMFADevice",),
           "orphan": ("EnableMFADevice", "DeleteVirtualMFADevice")}


def kill_at_each_point(act, moment, refused=()):
    """Between each kill and the same command somebody else comes in turn."""
    site = act.site

    def go(place):
        for action in refused:
            site.iam.order(action, error="AccessDenied", count=None)
        try:
            return act.go(place)
        finally:
            site.iam.clear_orders()

    # a first time makes rows that a later one finds
    act.begin()
    act.again("the first time")
    act.end()
    act.begin()
    points = points_of(site, act=go)
    act.again("undisturbed")
    act.end()
    kills = 0

    def settle(what):
        nonlocal kills
        kills += 1
        if kills % 2:
            somebody_else(site, what)
        act.again(what)
        act.check(what)
        act.end()
        act.begin()

    act.begin()
    for point in points:
        kill_behind(site, go, point, moment, settle)
    return [point.label.partition(" ")[2] for point in points]


POINTS = {
    "totp": ["intent", "identity", "create-sent", "created", "put-sent",
             "proved", "enable-sent", "enabled"],
    "fido": ["intent", "identity", "enable-sent", "enabled"],
    "hardware-totp": ["intent", "identity", "enable-sent", "enabled"],
    "virtual": ["intent", "create-sent", "created", "enable-sent", "enabled"],
}
REVOKED = ["intent", "deactivate-sent", "deactivated", "deleted",
           "account-gone"]
POINTS["replace"] = ["intent", *POINTS["totp"], *REVOKED]
POINTS["replace --stolen"] = ["intent", *REVOKED, *POINTS["totp"]]


@strace
def test_killed_at_each_point_the_same_command_ends_it(two_keys):
    assert kill_at_each_point(Hardware(two_keys), "before the next") == POINTS[
        "hardware-totp"]


@strace
@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", KILLED)
def test_killed_at_any_point_the_same_command_ends_it(two_keys, name, moment):
    assert kill_at_each_point(KILLED[name](two_keys), moment) == POINTS[name]


@strace
@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("refused", ["undone", "orphan"])
@pytest.mark.parametrize("name", ["totp", "virtual"])
def test_killed_while_it_is_taken_back_the_same_command_ends_it(
        two_keys, name, refused, moment):
    points = kill_at_each_point(ACTS[name](two_keys), moment, REFUSED[refused])
    assert set(points) >= {"undo"} | ({"orphan"} if refused == "orphan"
                                      else set()), points
