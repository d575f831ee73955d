# SPDX-License-Identifier: Apache-2.0
"""registry move --state lost|stolen that goes to AWS: replaced first, or
contained first; where there is no free place the old one goes first."""
import shlex

import pytest

from lines import assigned, unassigned
from test_enroll_typed import SEED, SERIAL, codes, pair
from broken_off import run_killed_at, strace
from test_replace import (NEW, OLD, TOTP, by_console, changes, check_new,
                          enroll)


@pytest.fixture
def gone(two_keys):
    """alice's blue-7 is not here any more, a new key is plugged in."""
    two_keys.old = enroll(two_keys, "alice", "a", "--label", "blue-7",
                          "--holder", "Alice B.")
    two_keys.tokens.unplug("a")
    two_keys.cards.wait_for_no_card(0)
    two_keys.iam.calls(clear=True)
    return two_keys


def move(site, state, *more, **how):
    return site.run("registry", "move", "blue-7", "--state", state, *more,
                    **how)


def check(site, labels=("red-1",)):
    (new,) = assigned(site.iam, "alice")
    assert new != site.old and unassigned(site.iam) == []
    assert [b["device"] for b in site.bindings()] == [new]
    rows = {t["label"]: t for t in site.show()}
    assert rows["blue-7"]["state"] == "lost"
    assert rows["red-1"]["holder"] == "Alice B."
    assert site.journals() == []
    site.check_chain()
    return new


def test_a_lost_key_is_replaced_before_it_goes(gone):
    done = move(gone, "lost", *TOTP, "--label", "red-1", "--json")
    assert done.code == 0, done
    assert changes(gone) == NEW + OLD
    new = check(gone)
    assert done.json["replaced"] == [{
        "user": "alice", "old": gone.old, "new": new, "oldFirst": False,
        "complete": False}]  # its credential is in a token that is away
    assert done.json["moved"]["to"] == "lost"


def test_a_stolen_key_is_contained_before_it_is_replaced(gone):
    done = move(gone, "stolen", *TOTP, "--label", "red-1")
    assert done.code == 0, done
    assert changes(gone) == OLD + NEW
    assert "until the new key is enabled 'alice' has 0 other devices" in \
        done.err, done
    check(gone)
    assert "reason: stolen" in gone.run("registry", "log").out


def test_where_there_is_no_free_place_the_old_one_goes_first(gone):
    gone.iam.settings(devices_per_user=1)
    done = move(gone, "lost", *TOTP, "--label", "red-1")
    assert done.code == 0, done
    assert "AWS takes no further device of this user" in done.err
    check(gone)


@pytest.mark.parametrize("state", ["lost", "stolen"])
def test_a_security_key_replaces_one_that_is_gone(gone, state):
    done = by_console(gone, "registry", "move", "blue-7", "--state", state)
    assert done.code == 0, done
    states = {t["label"]: t["state"] for t in gone.show()}
    assert states["blue-7"] == "lost"
    check_new(gone, gone.old, "fido")


@pytest.mark.parametrize("state", ["lost", "stolen"])
def test_a_token_with_a_display_replaces_one_that_is_gone(gone, state):
    gone.iam.add_hardware_token(SERIAL, SEED)
    read = codes("\n".join(pair(gone)) + "\n")
    done = move(gone, state, "--method", "hardware-totp", "--serial", SERIAL,
                "--codes-fd", read, pass_fds=(read,))
    assert done.code == 0, done
    check_new(gone, gone.old, "hardware-totp")


def test_a_stolen_key_is_contained_though_no_new_one_is_here(gone):
    done = move(gone, "stolen", "--reason", "bag was taken", "--json")
    assert done.code == 0, done
    assert changes(gone) == OLD and assigned(gone.iam, "alice") == []
    assert gone.bindings() == []
    assert gone.show()[0]["state"] == "lost"
    assert [row["what"] for row in done.json["revokedRows"]][:1] == ["device"]
    again = move(gone, "stolen")
    assert again.code == 0 and "lost already" in again.err, again


def test_what_aws_refuses_is_told_and_the_loss_is_written_down(gone):
    gone.iam.order("DeactivateMFADevice", error="AccessDenied", count=None)
    done = move(gone, "stolen")
    assert done.code == 10 and "NOT REVOKED" in done.out, done
    assert gone.show()[0]["state"] == "lost"
    gone.iam.clear_orders()
    done = move(gone, "stolen")
    assert done.code == 0 and assigned(gone.iam, "alice") == [], done


def test_without_a_method_a_lost_key_is_a_matter_of_the_record(gone):
    """What it says is next is a command that works as it stands."""
    done = move(gone, "lost")
    assert done.code == 10 and "AWS still lets it in" in done.err, done
    assert gone.iam.calls() == []
    line = done.err.partition("AWS still lets it in; plug a new key in, then: `"
                              )[2].partition("`")[0]
    assert shlex.split(line)[:3] == ["tokenbridge", "replace", "alice"], done
    before = assigned(gone.iam, "alice")
    replaced = gone.run(*shlex.split(line)[1:])
    assert replaced.code in (0, 10), replaced
    # it is not said that a lost key is to be plugged in
    assert "token 'blue-7' is lost or retired by the registry: nothing waits for it" in \
        " ".join(replaced.out.split()), replaced
    assert len(assigned(gone.iam, "alice")) == 1 != before
    assert assigned(gone.iam, "alice") != before


def test_a_label_without_a_method_is_refused(gone):
    done = move(gone, "lost")
    done = move(gone, "lost", "--label", "red-1")
    assert done.code == 2 and "--label" in done.err, done


@strace
@pytest.mark.parametrize("state", ["lost", "stolen"])
@pytest.mark.parametrize("call, first, step", [
    ("fsync", 1, 3), ("fsync", 2, 3), ("fsync", 3, 3), ("sendto", 3, 9)])
def test_killed_at_any_call_the_same_command_ends_it(gone, state, call, first,
                                                     step):
    words = ("registry", "move", "blue-7", "--state", state, *TOTP, "--label",
             "red-1")
    for number in range(first, 60, step):
        if not run_killed_at(gone, call, number, *words):
            break
        if number > first + 3 * step:
            break
    done = gone.run(*words, timeout=100)
    assert done.code in (0, 10), done
    check(gone)
