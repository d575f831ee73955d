# SPDX-License-Identifier: Apache-2.0
"""A rollout that is killed behind each line that it writes down, or that AWS
fails; then it is run again. Nothing is orphaned, doubled or lost, no key is
given to two people, and nobody else waits for that user."""
import contextlib
import json
import select
import signal
import subprocess
import time

import pytest

from broken_off import (MOMENTS, killed_at, killer, last_labels, points_of,
                        strace)
from faults import FAULTS, calls_in_order, under
from lines import assigned
from rollouts import (HEAD, INSERT, Terminal, check_by_codes, row, states,
                      token, user)

PLACES = 4  # readers, in which key n is the n-th modulo this


class Series:
    """One pair of users and of keys after the other, each with plans of their
    own, at one site."""

    def __init__(self, plan, cards, pairs):
        self.site, _ = plan(2 * pairs, more={
            n: {"vpcd_port": cards.port + n % PLACES}
            for n in range(2 * pairs)})
        self.served = 0
        self.inside = []

    def next_pair(self):
        """Two users and a plan for each."""
        self.empty()
        first = self.served
        self.served += 2
        paths = []
        for n in (first, first + 1):
            path = self.site.folder / f"plan{n}.csv"
            # by no label, so that only what was written down tells
            path.write_text(HEAD + row(n, label=""))
            paths.append(path)
        return first, paths

    def plug(self, number):
        self.site.tokens.plug(token(number))
        self.site.cards.wait_for_card(number % PLACES)
        self.inside.append(number)

    def unplug(self, number):
        self.site.tokens.unplug(token(number))
        self.site.cards.wait_for_no_card(number % PLACES)
        self.inside.remove(number)

    def empty(self):
        for number in list(self.inside):
            self.unplug(number)

    def check(self):
        self.empty()
        check_by_codes(self.site, range(self.served), chosen=())

    def check_all(self):
        self.empty()
        check_by_codes(self.site, range(self.served))


def ended(site, path, env=None, more=(), seconds=60):
    """A rollout with nobody at it: until it ends by itself, or has told of a
    key and would wait for another one; whether the key was given."""
    process = site.start("rollout", path, "--json", *more, env=env)
    end, out = time.monotonic() + seconds, ""
    while time.monotonic() < end and process.poll() is None:
        if select.select([process.stdout], [], [], 0.2)[0]:
            line = process.stdout.readline()
            out += line
            if not line or "key" in json.loads(line):
                break
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=90)
    assert process.returncode in (0, 1, 4, 6, 7, 9, 10), (process.returncode,
                                                        err)
    assert "Sanitizer" not in err, err
    return '"result":"done"' in out + rest, err


def run_to_end(site, path, what):
    done = site.run("rollout", path)
    assert done.code == 0, (what, str(done))


# ---- killed ----

def settle_with_the_same_key(series, first, paths, what):
    """The other user is served by another key, without the first one."""
    series.unplug(first)
    series.plug(first + 1)
    run_to_end(series.site, paths[1], what)
    series.plug(first)
    run_to_end(series.site, paths[0], what)


def settle_with_another_key(series, first, paths, what):
    """A person takes the key for the other user's: it has one owner."""
    site = series.site
    given, _ = ended(site, paths[1])
    owned = len(assigned(site.iam, user(first)))
    assert owned + given <= 1, (what, owned, given)
    series.plug(first + 1)
    for path in paths:
        run_to_end(site, path, what)


SETTLE = [settle_with_the_same_key, settle_with_another_key]


def rollout_points(series):
    for _ in range(2):  # the first one in a registry differs
        first, paths = series.next_pair()
        series.plug(first)
        found = points_of(series.site, "rollout", paths[0])
        series.plug(first + 1)
        run_to_end(series.site, paths[1], "undisturbed")
    return found


def killed_behind(plan, cards, moment, choose):
    """Each point that was chosen is met, at its very line."""
    series = Series(plan, cards, 24)
    points = rollout_points(series)
    labels = [point.label for point in points]
    assert {"rollout", "checked", "state begun", "state done",
            "enroll create-sent", "enroll enable-sent"} <= set(labels), labels
    for number, point in choose(list(enumerate(points))):
        first, paths = series.next_pair()
        series.plug(first)
        killed = killed_at(series.site, point.call(MOMENTS[moment]),
                           "rollout", paths[0])
        seen = last_labels(*series.site.journals(),
                           *states_of(series.site, paths[0]))
        what = (point.label, moment, seen)
        assert killed and point.label in seen, what
        SETTLE[number % 2](series, first, paths, what)
        series.check()
    series.check_all()


def states_of(site, path):
    return [state for state in states(site)
            if f'"{path}"' in state.read_text()]


@strace
def test_killed_behind_some_of_its_lines_it_goes_on(plan, cards):
    killed_behind(plan, cards, "on the way", lambda points: points[1::3])


@strace
@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_behind_any_of_its_lines_it_goes_on(plan, cards, moment):
    killed_behind(plan, cards, moment, lambda points: points)


# ---- AWS fails ----

def calls_of_rollout(series):
    """The calls of an undisturbed run: (action, how many of it before)."""
    first, paths = series.next_pair()
    series.plug(first)
    series.site.iam.calls(clear=True)
    run_to_end(series.site, paths[0], "undisturbed")
    found = calls_in_order(series.site)
    series.plug(first + 1)
    run_to_end(series.site, paths[1], "undisturbed")
    return found


def failed_by_aws(series, call, fault):
    site = series.site
    first, paths = series.next_pair()
    series.plug(first)
    action, before = call
    site.iam.order(action, skip=before, count=None, **FAULTS[fault])
    with under(site, fault) as env:
        given, said = ended(site, paths[0], env)
    site.iam.clear_orders()
    what = (call, fault, said)
    if given:   # told as done: it is
        assert len(assigned(site.iam, user(first))) == 1, what
    if fault == "slow":
        assert given, what
    settle_with_the_same_key(series, first, paths, what)
    series.check()


def each_failure(plan, cards, pairs_of):
    series = Series(plan, cards, 40)
    calls = calls_of_rollout(series)
    assert {"GetUser", "ListMFADevices", "SimulatePrincipalPolicy",
            "CreateVirtualMFADevice", "EnableMFADevice"} <= {
                action for action, _ in calls}, calls
    for call, fault in pairs_of(calls):
        failed_by_aws(series, call, fault)
    series.check_all()


SAMPLE = ("html-afterwards", "other-serial", "reset", "no-xml", "slow",
          "refused", "reset-afterwards", "empty", "throttled", "cut",
          "no-serial", "silent-afterwards")


def test_whatever_call_fails_the_next_run_goes_on(plan, cards):
    def some(calls):
        changing = [c for c in calls if c[0].startswith(("Create", "Enable"))]
        return [*((c, SAMPLE[n % len(SAMPLE)]) for n, c in enumerate(calls)),
                *((c, fault) for c in changing
                  for fault in ("reset-afterwards", "other-serial"))]
    each_failure(plan, cards, some)


@pytest.mark.long
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_failure_of_every_call_is_survived(plan, cards, fault):
    each_failure(plan, cards, lambda calls: [(c, fault) for c in calls])


# ---- taken back ----

def undo(series, site, first, path):
    """A person takes back the first of two, and leaves: exit status, and what
    was seen."""
    series.plug(first)
    at = Terminal(site, path)
    at.wait_for(f"{INSERT} {user(first + 1)}", seconds=60)
    asked, end = at.seen.count(INSERT), time.monotonic() + 60
    at.type("u")
    while at.seen.count(INSERT) == asked and at.more(0.2):
        assert time.monotonic() < end, at.seen
    with contextlib.suppress(OSError):
        at.type("q")
    return at.end(), at.seen


def plan_of_two(series):
    first, paths = series.next_pair()
    path = paths[0]
    path.write_text(HEAD + row(first, label="") + row(first + 1, label=""))
    return first, path


def settle_undone(series, first, path, what):
    """Both get their key, whatever came of it."""
    series.plug(first + 1)
    run_to_end(series.site, path, what)
    series.check()


def undo_killed(plan, cards, moment, choose):
    series = Series(plan, cards, 24)
    for _ in range(2):
        first, path = plan_of_two(series)
        points = points_of(series.site, act=lambda site: undo(
            series, site, first, path))
        settle_undone(series, first, path, "undisturbed")
    labels = [point.label for point in points]
    assert labels[-1] == "state open" and "revoke deactivate-sent" in labels
    for point in choose(points[labels.index("state undoing"):]):
        first, path = plan_of_two(series)
        undo(series, killer(series.site, point.call(MOMENTS[moment])), first, path)
        seen = last_labels(*series.site.journals(),
                           *states_of(series.site, path))
        what = (point.label, moment, seen)
        assert point.label in seen, what
        settle_undone(series, first, path, what)
    series.check_all()


@strace
def test_an_undoing_killed_behind_some_of_its_lines_is_ended(plan, cards):
    undo_killed(plan, cards, "on the way", lambda points: points[::3])


@strace
@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_undoing_killed_behind_any_of_its_lines_is_ended(plan, cards,
                                                             moment):
    undo_killed(plan, cards, moment, lambda points: points)


def undo_failed(plan, cards, faults):
    actions = ("DeactivateMFADevice", "DeleteVirtualMFADevice")
    series = Series(plan, cards, len(actions) * len(faults))
    for action in actions:
        for fault in faults:
            first, path = plan_of_two(series)
            series.site.iam.order(action, count=None, **FAULTS[fault])
            code, seen = undo(series, series.site, first, path)
            series.site.iam.clear_orders()
            assert code == 10, (action, fault, seen)
            settle_undone(series, first, path, (action, fault, seen))
    series.check_all()


def test_an_undoing_that_aws_fails_is_ended_by_the_next_run(plan, cards):
    undo_failed(plan, cards, ("html-afterwards", "refused"))


@pytest.mark.long
def test_an_undoing_survives_every_failure(plan, cards):
    # those that take AWS's own time are waited for by nobody at a terminal
    undo_failed(plan, cards, sorted(f for f, how in FAULTS.items()
                                    if "delay" not in how))
