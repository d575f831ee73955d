# SPDX-License-Identifier: Apache-2.0
"""Each way of revoking several things at once, killed three times in a row at
every moment, and under every failure of every call that it makes; then the same
command again: nothing is left over, lost or taken from somebody else, MFA goes
last, and what is said to be done is done."""
import pytest

from broken_off import run_killed_at, strace
from faults import FAULTS, calls_of, disturbed, run
from lines import assigned, fresh_world, unassigned
from test_failures import is_read
from test_revoke_all import LAST, enroll, keys, orphan, user
from test_revoke_accounts import devices, org  # noqa: F401

TIMES = 3
TRIES = 3


class Shape:
    """A way of revoking: the world before, the command, the world behind."""

    def __init__(self, words, fill, ends=0, cuts=False, left=0):
        self.words, self.fill = words, fill
        # exit code of a run to which nothing is left that it may do
        self.ends, self.cuts, self.left = ends, cuts, left

    def prepare(self, site):
        # a token's application has room for so many credentials
        for device in assigned(site.iam, "alice") if self.left else []:
            assert run(site, "revoke", "alice", device, *LAST).code == 0
        fresh_world(site)
        site.iam.add_user("alice", password=True, keys=1)
        site.iam.add_user("bob", password=True, keys=1)
        site.iam.add_fido_device("bob", "bobs")
        self.fill(site)

    def check_order(self, site, what):
        """MFA stays before what it guards."""
        if self.cuts and not assigned(site.iam, "alice"):
            assert not user(site, "alice")["password"], what
            assert set(keys(site, "alice").values()) == {False}, what

    def check_others(self, site, what):
        assert len(assigned(site.iam, "bob")) >= 1, what
        assert user(site, "bob")["password"], what
        assert set(keys(site, "bob").values()) == {True}, what

    def check_end(self, site, what, owed=0):
        """owed: runs that may still be listed as not finished."""
        assert len(assigned(site.iam, "alice")) == self.left, what
        assert unassigned(site.iam) == [], what
        held = [b for b in site.bindings() if b["userId"] != "bob"]
        assert len(held) == self.left, (what, held)
        assert len(site.journals()) in (self.left, owed), what
        self.check_order(site, what)
        self.check_others(site, what)

    def end(self, site, what):
        """The same command, as often as a person would try."""
        for _ in range(TRIES):
            done = run(site, *self.words)
            if done.code == self.ends:
                break
        assert done.code == self.ends, (what, str(done))
        self.check_end(site, (what, str(done)))
        return done


def one_device(site):
    enroll(site)


def by_two_keys(site):
    enroll(site)
    site.iam.add_fido_device("alice", "blue")


def of_two_users(site):
    enroll(site)
    enroll(site, "bob")


def without_owner(site):
    orphan(site)


SHAPES = {
    "all": Shape(("revoke", "--all", "alice", *LAST), by_two_keys),
    "all, access cut": Shape(("revoke", "--all", "alice", "--cut-access"),
                             by_two_keys, cuts=True),
    "token": Shape(("revoke", "--token", "12345678", *LAST), of_two_users),
    "leaver": Shape(("revoke", "--leaver", "alice"), one_device, ends=10,
                    left=1),
    "leaver, access cut": Shape(("revoke", "--leaver", "alice",
                                 "--cut-access"), by_two_keys, cuts=True),
    "orphans": Shape(("revoke", "--orphans", "--yes"), without_owner),
}
SHAPE = pytest.mark.parametrize("shape", SHAPES)


# ---- killed ----

def killed_at(site, shape, call, numbers, least):
    killed = 0
    for number in numbers:
        shape.prepare(site)
        hits = 0
        for _ in range(TIMES):
            if not run_killed_at(site, call, number, *shape.words,
                                 ends=shape.ends):
                break
            hits += 1
            shape.check_order(site, (call, number))
        if not hits:
            break
        killed += 1
        shape.check_others(site, (call, number))
        shape.end(site, (call, number))
    assert killed >= least, killed
    site.check_chain()


@strace
@SHAPE
def test_killed_three_times_the_next_run_ends_it(aws_site, shape):
    """At two moments of each: the second sync of a journal, an answer."""
    for call, number in (("fsync", 2), ("sendto", 7)):
        killed_at(aws_site, SHAPES[shape], call, [number], 0)


# Of each kind of call, how many there are at least in any of the shapes
KILLS = {"fsync": 1, "fdatasync": 1, "sendto": 4, "unlink": 1, "rename": 0}


@strace
@pytest.mark.long
@SHAPE
@pytest.mark.parametrize("call", KILLS)
def test_killed_three_times_at_any_moment_the_next_run_ends_it(aws_site, shape,
                                                              call):
    killed_at(aws_site, SHAPES[shape], call, range(1, 200),
              0 if shape in ("leaver", "orphans") else KILLS[call])


@strace
@pytest.mark.long
@pytest.mark.parametrize("call, step", [("fsync", 1), ("fdatasync", 1),
                                        ("unlink", 1), ("sendto", 3)])
def test_killed_in_many_accounts_the_next_run_ends_it(org, call,  # noqa: F811
                                                      step):
    words = ("revoke", "--leaver", "alice", "--cut-access", "--accounts",
             "org")
    number, killed = 1, 0
    while run_killed_at(org, call, number, *words):
        number, killed = number + step, killed + 1
        assert killed < 200
    done = org.run(*words)
    assert done.code == 0, done
    assert devices(org) == (0, 0) and org.bindings() == []
    assert org.journals() == [] and killed >= 3
    org.check_chain()


@strace
def test_a_run_that_died_blocks_nobody_else(two_keys):
    """Somebody else is enrolled with another key meanwhile, and hears of it."""
    shape = SHAPES["leaver, access cut"]
    two_keys.iam.add_user("carol", password=True)
    enroll(two_keys, "alice", "a")
    assert run_killed_at(two_keys, "fsync", 3, *shape.words)
    two_keys.iam.order(["DeactivateMFADevice", "DeleteVirtualMFADevice"],
                       error="AccessDenied", count=None)
    done = two_keys.run("enroll", "carol", "--method", "totp", "--token",
                        two_keys.tokens.hidraw("b"))
    assert done.code == 0, done
    assert len(assigned(two_keys.iam, "carol")) == 1
    two_keys.iam.clear_orders()
    done = two_keys.run(*shape.words)
    assert done.code == 0 and assigned(two_keys.iam, "alice") == [], done


# ---- AWS fails ----

def calls_to_fail(site, shape):
    """Each change, and each question once."""
    shape.prepare(site)

    def act(site):
        done = run(site, *shape.words)
        assert done.code == shape.ends, done
        done.code = 0
        return done
    seen, found = set(), []
    for call in calls_of(site, act):
        if not is_read(call) or call[0] not in seen:
            found.append(call)
        seen.add(call[0])
    assert len(found) > 2, found
    return found


def failed_at(site, shape, call, fault):
    def act(site, **how):
        return run(site, *shape.words, **how)

    shape.prepare(site)
    done = disturbed(site, act, call, fault)
    what = (call, fault, str(done))
    # of who has a virtual device, and whose it is, such a list is all that
    # there is to know; a user's own list is contradicted by what else AWS says
    lied = fault == "other-serial" and call[0] in LISTS
    if lied and done.code == 0 and call[0] == "ListMFADevices":
        assert assigned(site.iam, "alice") == [], what
    if done.code == 0:
        # an answer that never came leaves a run whose deletion was seen
        if not lied:
            shape.check_end(site, what, owed=int("orphans" in what[2]))
    else:
        assert done.code in (1, 6, 9, 10), what
        assert done.err.strip() or "NOT RE" in done.out, what
    if fault == "slow":
        assert done.code == shape.ends, what
    shape.check_order(site, what)
    shape.check_others(site, what)
    if lied and done.code == 0 and assigned(site.iam, "alice"):
        # a leaver whose bindings are gone is not found by them any more
        run(site, "revoke", "--all", "alice", *LAST)
    shape.end(site, what)


LISTS = ("ListMFADevices", "ListVirtualMFADevices")
SAMPLE = ("html-afterwards", "refused", "no-xml", "other-serial", "throttled",
          "reset-afterwards")


@pytest.mark.parametrize("shape, fault", zip(SHAPES, SAMPLE))
def test_some_failures_are_ended_by_the_same_command(aws_site, shape, fault):
    changing = [call for call in calls_to_fail(aws_site, SHAPES[shape])
                if not is_read(call)]
    for call in changing[-1:] or [("ListMFADevices", 0)]:
        failed_at(aws_site, SHAPES[shape], call, fault)


@pytest.mark.long
@SHAPE
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_failure_of_every_call_is_ended_by_the_same_command(
        aws_site, shape, fault):
    for call in calls_to_fail(aws_site, SHAPES[shape]):
        failed_at(aws_site, SHAPES[shape], call, fault)
    aws_site.check_chain()
