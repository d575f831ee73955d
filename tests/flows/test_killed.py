# SPDX-License-Identifier: Apache-2.0
"""Power cuts: kill -9 at every step of enroll and revoke. Whatever the moment,
the next run leaves nothing orphaned and nobody locked out.

strace delivers SIGKILL at the entry of the N-th call of a kind, so that every
sync of the journal and the registry, every request to AWS, every frame to a
helper and every removal of a file is a moment of its own.
"""
import random
import shutil
import subprocess
import time

import pytest

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
# What else a program does to files; some hundred calls of each
MORE = {"openat": (200, 40), "pwrite64": (150, 30)}


def every_call(table):
    """Parameters: the call, the numbers at which to kill, and how many of
    them there are at least: a loop that kills nothing would prove nothing."""
    return pytest.mark.parametrize("call, numbers, expected", [
        pytest.param(call, range(k, 1000, n), len(range(k, least + 1, n)),
                     id=f"{call} {k} of {n}")
        for call, (least, n) in table.items() for k in range(1, n + 1)])


SLOW = 40  # s: in-flight wait and three asks over 20 s included

strace = pytest.mark.skipif(not shutil.which("strace"),
                            reason="strace is not installed")


def run_killed_at(desk, call, number, *arguments):
    """True where the run came that far, so that it was killed."""
    env = desk.env()
    passed = [f"--env={n}={env.pop(n)}" for n in ("LD_PRELOAD",)
              if n in env]
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", *passed,
         f"--trace={call}", f"--inject={call}:signal=KILL:when={number}",
         *desk.command(*arguments)],
        env=env, capture_output=True, text=True, timeout=120,
        start_new_session=True)
    assert done.returncode in (-9, 137, 0), done
    return done.returncode != 0


def settle(desk, *arguments):
    """The next run, as a person would start it again."""
    return desk.run(*arguments, timeout=SLOW + 60)


def enroll_again(desk):
    done = settle(desk, "enroll", "alice", "--method", "totp")
    already = done.code == 1 and "already" in done.err
    assert done.code == 0 or already, done
    check_consistent(desk)
    assert len(assigned(desk.iam, "alice")) == 1


def revoke_all(desk):
    for device in assigned(desk.iam, "alice"):
        done = settle(desk, "revoke", "alice", device, "--last", "--reason",
                      "again")
        assert done.code == 0 or "no device" in done.err, done


def enroll_killed(office, call, numbers, expected):
    killed = 0
    for number in numbers:
        if not run_killed_at(office, call, number, "enroll", "alice",
                             "--method", "totp"):
            break
        killed += 1
        enroll_again(office)
        revoke_all(office)
        check_consistent(office)
    else:
        pytest.fail("the loop has no end")
    assert killed >= expected


@strace
@every_call(ENROLL)
def test_enroll_killed_at_any_call_leaves_nothing_behind(
        office, call, numbers, expected):
    enroll_killed(office, call, numbers, expected)


@strace
@pytest.mark.long
@every_call(MORE)
def test_enroll_killed_at_any_call_to_files_leaves_nothing_behind(
        office, call, numbers, expected):
    enroll_killed(office, call, numbers, expected)


@strace
@every_call(REVOKE)
def test_revoke_killed_at_any_call_is_finished_by_the_next_run(
        office, call, numbers, expected):
    killed = 0
    for number in numbers:
        enroll_again(office)
        (device,) = assigned(office.iam, "alice")
        if not run_killed_at(office, call, number, "revoke", "alice", device,
                             "--last", "--reason", "left"):
            break
        killed += 1
        done = settle(office, "revoke", "alice", device, "--last",
                      "--reason", "left")
        assert done.code == 0 or "no device" in done.err, done
        assert assigned(office.iam, "alice") == []
        check_consistent(office)
    else:
        pytest.fail("the loop has no end")
    assert killed >= expected


@pytest.mark.parametrize("action", ["CreateVirtualMFADevice",
                                    "EnableMFADevice",
                                    "ListMFADevices"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_enroll_killed_while_aws_thinks_is_settled(office, action, when):
    office.iam.order(action, delay=1.5, when=when,
                     skip=1 if action == "ListMFADevices" else 0)
    office.iam.calls(clear=True)
    process = office.start("enroll", "alice", "--method", "totp")
    end = time.monotonic() + 20
    wanted = 2 if action == "ListMFADevices" else 1
    while time.monotonic() < end and process.poll() is None:
        sent = [c for c in office.iam.calls(action)]
        pending = any(j.read_text().splitlines()[-1].count(
            "-sent" if wanted == 1 else "enabled")
            for j in office.journals())
        if len(sent) >= wanted or (pending and wanted == 1):
            break
        time.sleep(0.01)
    time.sleep(0.3)
    kill_hard(process)
    time.sleep(2)  # what was under way takes effect after the death
    enroll_again(office)


@pytest.mark.parametrize("touch", [1, 2])
def test_enroll_killed_while_waiting_for_a_touch_is_undone(office, touch):
    office.tokens.touch("a", "ask")
    if touch == 2:
        office.tokens.grant("a")
    process = office.start("enroll", "alice", "--method", "totp")
    wait_for_touch(office, touch)
    kill_hard(process)
    office.tokens.touch("a", "give")
    enroll_again(office)


def enroll_killed_at_random(office, seed):
    dice = random.Random(seed)
    for _ in range(5):
        process = office.start("enroll", "alice", "--method", "totp")
        time.sleep(dice.uniform(0, 1.2))
        kill_hard(process)
        enroll_again(office)
        revoke_all(office)
        check_consistent(office)


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_enroll_killed_at_random_moments_leaves_nothing_behind(office, seed):
    enroll_killed_at_random(office, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_enroll_killed_at_more_random_moments_leaves_nothing_behind(
        office, seed):
    enroll_killed_at_random(office, seed)


@pytest.mark.parametrize("report", [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16])
def test_enroll_survives_an_unplug_at_any_fido_report(office, report):
    office.tokens.misbehave("a", "unplug-at-report", at=report)
    done = office.run("enroll", "alice", "--method", "totp")
    assert done.code in (1, 4), done
    assert unassigned(office.iam) == []
    office.wait_for_no_card()
    office.tokens.plug("a")
    office.cards.wait_for_card(0)
    enroll_again(office)


@pytest.mark.parametrize("command", [
    "mgmt-select", "mgmt-config", "oath-select", "oath-list", "oath-put",
    "oath-calculate"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_enroll_survives_an_unplug_at_each_card_command(office, command,
                                                        skip):
    if skip:
        office.tokens.misbehave("a", "oath-delay", command=command,
                                count=skip, at=1)
    office.tokens.misbehave("a", "card-removed", command=command, at=0)
    done = office.run("enroll", "alice", "--method", "totp")
    if done.code != 0:
        office.wait_for_no_card()
        office.tokens.card("a", True)
        office.cards.wait_for_card(0)
        enroll_again(office)
    office.tokens.clear("a")
    if not office.tokens.stats("a")["card"]:
        office.wait_for_no_card()
        office.tokens.card("a", True)
        office.cards.wait_for_card(0)
    check_consistent(office)
