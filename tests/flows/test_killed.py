# SPDX-License-Identifier: Apache-2.0
"""Power cuts: kill -9 at every step of enroll and revoke. Whatever the moment,
the next run leaves nothing orphaned and nobody locked out.

strace delivers SIGKILL at the entry of the N-th call of a kind, so that every
sync of the journal and the registry, every request to AWS, every frame to a
helper and every removal of a file is a moment of its own.
"""
import random
import subprocess
import time

import pytest

from broken_off import run_killed_at, strace
from conftest import kill_hard
from lines import (assigned, check_consistent, unassigned,
                   wait_for_touch)

# What a commit point or an act consists of: the kind of call, how many of it
# there are at least, and how many cases share them: the k-th of n kills at the
# calls k, k + n, k + 2n ...
ENROLL = {"fsync": (8, 2), "fdatasync": (40, 8), "sendto": (40, 14),
          "unlink": (5, 3), "rename": (0, 1)}
REVOKE = {"fsync": (4, 1), "fdatasync": (3, 2), "sendto": (4, 2),
          "unlink": (2, 1), "rename": (0, 1)}
# What else a program does to files: a hundred calls of each, or more
MORE = {"openat": (100, 40), "pwrite64": (150, 30)}


def every_call(table):
    """Parameters: the call, the numbers at which to kill, and how many of
    them there are at least: a loop that kills nothing would prove nothing."""
    return pytest.mark.parametrize("call, numbers, expected", [
        pytest.param(call, range(k, 1000, n), len(range(k, least + 1, n)),
                     id=f"{call} {k} of {n}")
        for call, (least, n) in table.items() for k in range(1, n + 1)])


SLOW = 40  # s: in-flight wait and three asks over 20 s included


def settle(site, *arguments):
    """The next run, as a person would start it again."""
    return site.run(*arguments, timeout=SLOW + 60)


def enroll_again(site):
    done = settle(site, "enroll", "alice", "--method", "totp")
    already = done.code == 1 and "already" in done.err
    assert done.code == 0 or already, done
    check_consistent(site)
    assert len(assigned(site.iam, "alice")) == 1


def revoke_all(site):
    for device in assigned(site.iam, "alice"):
        done = settle(site, "revoke", "alice", device, "--last", "--reason",
                      "again")
        assert done.code == 0 or "no device" in done.err, done


def enroll_killed(aws_site, call, numbers, expected):
    killed = 0
    for number in numbers:
        if not run_killed_at(aws_site, call, number, "enroll", "alice",
                             "--method", "totp"):
            break
        killed += 1
        enroll_again(aws_site)
        revoke_all(aws_site)
        check_consistent(aws_site)
    else:
        pytest.fail("the loop has no end")
    assert killed >= expected


@strace
@every_call(ENROLL)
def test_enroll_killed_at_any_call_leaves_nothing_behind(
        aws_site, call, numbers, expected):
    enroll_killed(aws_site, call, numbers, expected)


@strace
@pytest.mark.long
@every_call(MORE)
def test_enroll_killed_at_any_call_to_files_leaves_nothing_behind(
        aws_site, call, numbers, expected):
    enroll_killed(aws_site, call, numbers, expected)


@strace
@every_call(REVOKE)
def test_revoke_killed_at_any_call_is_finished_by_the_next_run(
        aws_site, call, numbers, expected):
    killed = 0
    for number in numbers:
        enroll_again(aws_site)
        (device,) = assigned(aws_site.iam, "alice")
        if not run_killed_at(aws_site, call, number, "revoke", "alice", device,
                             "--last", "--reason", "left"):
            break
        killed += 1
        done = settle(aws_site, "revoke", "alice", device, "--last",
                      "--reason", "left")
        assert done.code == 0 or "no device" in done.err, done
        assert assigned(aws_site.iam, "alice") == []
        check_consistent(aws_site)
    else:
        pytest.fail("the loop has no end")
    assert killed >= expected


@pytest.mark.parametrize("action", ["CreateVirtualMFADevice",
                                    "EnableMFADevice",
                                    "ListMFADevices"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_enroll_killed_while_aws_thinks_is_settled(aws_site, action, when):
    aws_site.iam.order(action, delay=1.5, when=when,
                     skip=1 if action == "ListMFADevices" else 0)
    aws_site.iam.calls(clear=True)
    process = aws_site.start("enroll", "alice", "--method", "totp")
    end = time.monotonic() + 20
    wanted = 2 if action == "ListMFADevices" else 1
    while time.monotonic() < end and process.poll() is None:
        sent = [c for c in aws_site.iam.calls(action)]
        pending = any(j.read_text().splitlines()[-1].count(
            "-sent" if wanted == 1 else "enabled")
            for j in aws_site.journals())
        if len(sent) >= wanted or (pending and wanted == 1):
            break
        time.sleep(0.01)
    time.sleep(0.3)
    kill_hard(process)
    time.sleep(2)  # what was under way takes effect after the death
    enroll_again(aws_site)


@pytest.mark.parametrize("touch", [1, 2])
def test_enroll_killed_while_waiting_for_a_touch_is_undone(aws_site, touch):
    aws_site.tokens.touch("a", "ask")
    if touch == 2:
        aws_site.tokens.grant("a")
    process = aws_site.start("enroll", "alice", "--method", "totp")
    wait_for_touch(aws_site, touch)
    kill_hard(process)
    aws_site.tokens.touch("a", "give")
    enroll_again(aws_site)


def enroll_killed_at_random(aws_site, seed):
    dice = random.Random(seed)
    for _ in range(5):
        process = aws_site.start("enroll", "alice", "--method", "totp")
        time.sleep(dice.uniform(0, 1.2))
        kill_hard(process)
        enroll_again(aws_site)
        revoke_all(aws_site)
        check_consistent(aws_site)


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_enroll_killed_at_random_moments_leaves_nothing_behind(aws_site, seed):
    enroll_killed_at_random(aws_site, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_enroll_killed_at_more_random_moments_leaves_nothing_behind(
        aws_site, seed):
    enroll_killed_at_random(aws_site, seed)


@pytest.mark.parametrize("report", [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16])
def test_enroll_survives_an_unplug_at_any_fido_report(aws_site, report):
    aws_site.tokens.misbehave("a", "unplug-at-report", at=report)
    done = aws_site.run("enroll", "alice", "--method", "totp")
    assert done.code in (1, 4), done
    assert unassigned(aws_site.iam) == []
    aws_site.wait_for_no_card()
    aws_site.tokens.plug("a")
    aws_site.cards.wait_for_card(0)
    enroll_again(aws_site)


@pytest.mark.parametrize("command", [
    "mgmt-select", "mgmt-config", "oath-select", "oath-list", "oath-put",
    "oath-calculate"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_enroll_survives_an_unplug_at_each_card_command(aws_site, command,
                                                        skip):
    if skip:
        aws_site.tokens.misbehave("a", "oath-delay", command=command,
                                count=skip, at=1)
    aws_site.tokens.misbehave("a", "card-removed", command=command, at=0)
    done = aws_site.run("enroll", "alice", "--method", "totp")
    if done.code != 0:
        aws_site.wait_for_no_card()
        aws_site.tokens.card("a", True)
        aws_site.cards.wait_for_card(0)
        enroll_again(aws_site)
    aws_site.tokens.clear("a")
    if not aws_site.tokens.stats("a")["card"]:
        aws_site.wait_for_no_card()
        aws_site.tokens.card("a", True)
        aws_site.cards.wait_for_card(0)
    check_consistent(aws_site)
