# SPDX-License-Identifier: Apache-2.0
"""replace: a new key in place of an old one. At no point is a user left without
a device that there was room for, and what breaks off is gone on with."""
import json
import shutil

import pytest

from lines import assigned, unassigned
from test_enroll_fido import Person
from test_enroll_typed import SEED, SERIAL, codes, pair
from broken_off import run_killed_at

TOTP = ("--method", "totp")


def enroll(site, user="alice", token="a", *more):
    done = site.run("enroll", user, *TOTP, "--token",
                    site.tokens.hidraw(token), *more)
    assert done.code == 0, done
    return assigned(site.iam, user)[0]


def replace(site, old, *more, token="b", **how):
    return site.run("replace", "alice", old, *TOTP, "--token",
                    site.tokens.hidraw(token), *more, **how)


def changes(site):
    return [c["action"] for c in site.iam.calls() if c["effect"] and
            not c["action"].startswith(("Get", "List", "Lookup"))]


NEW = ["CreateVirtualMFADevice", "EnableMFADevice"]
OLD = ["DeactivateMFADevice", "DeleteVirtualMFADevice"]


def check_replaced(site, old):
    (new,) = assigned(site.iam, "alice")
    assert new != old
    assert unassigned(site.iam) == []
    assert [b["device"] for b in site.bindings()] == [new]
    assert list(site.tokens.stats("a")["accounts"]) == []
    assert [a["name"] for a in site.tokens.stats("b")["accounts"]] == [new]
    assert site.journals() == []
    site.check_chain()
    return new


def test_the_new_key_is_there_before_the_old_one_goes(two_keys):
    old = enroll(two_keys, "alice", "a", "--label", "blue-7", "--holder",
                 "Alice B.")
    two_keys.iam.calls(clear=True)
    done = replace(two_keys, "blue-7", "--label", "red-1")
    assert done.code == 0, done
    assert changes(two_keys) == NEW + OLD
    new = check_replaced(two_keys, old)
    assert done.out.splitlines() == [
        f"Replaced {old}",
        f"  by           {new}",
        f"  user         alice in account 123456789012 at "
        f"{two_keys.iam.url}/",
        "  old device   deactivated and deleted"], done
    red = [t for t in two_keys.show() if t["label"] == "red-1"]
    assert [t["holder"] for t in red] == ["Alice B."], red


def test_where_aws_takes_no_further_device_the_old_one_goes_first(two_keys):
    old = enroll(two_keys)
    two_keys.iam.settings(devices_per_user=1)
    two_keys.iam.calls(clear=True)
    done = replace(two_keys, old, "--json")
    assert done.code == 0, done
    # AWS's own word: the limit of this partition is another one
    assert [c for c in changes(two_keys) if c in NEW + OLD][-4:] == OLD + NEW
    assert ("warning: AWS takes no further device of this user, so the old "
            "one goes first: until the new key is enabled 'alice' has 0 other "
            "devices") in done.err, done
    assert done.json["replaced"]["oldFirst"] is True
    check_replaced(two_keys, old)


def test_a_stolen_key_is_contained_first(two_keys):
    old = enroll(two_keys)
    two_keys.iam.calls(clear=True)
    done = replace(two_keys, old, "--stolen", "--reason", "stolen")
    assert done.code == 0, done
    assert changes(two_keys) == OLD + NEW
    assert ("warning: the old device goes first: until the new key is enabled "
            "'alice' has 0 other devices") in done.err, done
    check_replaced(two_keys, old)


def test_a_failed_enrollment_leaves_the_old_key_and_no_run(two_keys):
    old = enroll(two_keys)
    two_keys.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    done = replace(two_keys, old)
    assert done.code == 9, done
    assert assigned(two_keys.iam, "alice") == [old]
    assert two_keys.journals() == []
    assert replace(two_keys, old).code == 0
    check_replaced(two_keys, old)


# ---- other methods ----

def at_console(site, user="alice"):
    def act():
        with site.iam.sign_in(user, mfa=assigned(site.iam, user)[0] if
                              assigned(site.iam, user) else None) as browser:
            browser.add_fido("key-87654321")
    return act


def by_console(site, *words):
    """`words` with somebody who registers the key there."""
    person = Person(site, at_console(site))
    done = site.run(*words, "--method", "fido", "--wait", "20", "--token",
                    site.tokens.hidraw("b"))
    person.leave()
    assert person.failed is None, (person.failed, done)
    return done


def check_new(site, old, method):
    (new,) = assigned(site.iam, "alice")
    assert new != old and unassigned(site.iam) == []
    assert [(b["device"], b["method"]) for b in site.bindings()] == [
        (new, method)]
    assert site.journals() == []
    site.check_chain()


@pytest.mark.parametrize("stolen", [(), ("--stolen",)])
def test_a_security_key_takes_the_old_ones_place_in_the_console(two_keys,
                                                                stolen):
    old = enroll(two_keys)
    two_keys.iam.calls(clear=True)
    done = by_console(two_keys, "replace", "alice", old, *stolen)
    assert done.code == 0, done
    assert changes(two_keys) == OLD, done
    assert f"Replaced {old}" in done.out
    check_new(two_keys, old, "fido")
    (bound,) = two_keys.bindings()
    assert bound["basis"] == "seen-in-trail"


@pytest.mark.parametrize("full", [False, True])
def test_a_token_with_a_display_takes_the_old_ones_place(two_keys, full):
    """No token has to be plugged in for it, also where the old one goes
    first."""
    two_keys.iam.add_hardware_token(SERIAL, SEED)
    old = enroll(two_keys)
    two_keys.tokens.unplug("b")
    if full:
        two_keys.iam.settings(devices_per_user=1)
    read = codes("\n".join(pair(two_keys)) + "\n")
    done = two_keys.run("replace", "alice", old, "--method", "hardware-totp",
                        "--serial", SERIAL, "--codes-fd", read,
                        pass_fds=(read,))
    # AWS's word on the limit came behind the codes, which can be given once
    assert done.code == 0, done
    assert len(two_keys.iam.calls("EnableMFADevice")) == 2 + full
    assert assigned(two_keys.iam, "alice") == [SERIAL]
    check_new(two_keys, old, "hardware-totp")


@pytest.mark.parametrize("more, says", [
    (("--method", "virtual"), "tokenbridge enroll USER --method virtual"),
    (("--method", "hardware-totp"), "--serial"),
    (("--method", "totp", "--serial", SERIAL), "--serial"),
    (("--method", "sms"), "none of: fido, totp, hardware-totp")])
def test_a_method_that_makes_no_sense_is_refused_before_aws_is_asked(
        two_keys, more, says):
    old = enroll(two_keys, "alice", "a", "--label", "blue-7")
    two_keys.iam.calls(clear=True)
    for words in (("replace", "alice", old),
                  ("registry", "move", "blue-7", "--state", "stolen")):
        done = two_keys.run(*words, *more)
        assert done.code == 2 and says in done.err, done
    assert two_keys.iam.calls() == []
    assert two_keys.show()[0]["state"] == "assigned"


def test_an_old_key_that_cannot_go_is_gone_on_with(two_keys):
    old = enroll(two_keys)
    two_keys.iam.order("DeactivateMFADevice", error="AccessDenied", count=None)
    done = replace(two_keys, old)
    assert done.code == 9, done
    assert len(assigned(two_keys.iam, "alice")) == 2
    (path,) = two_keys.journals()
    assert json.loads(path.read_text().splitlines()[-1])["kind"] == "replace"
    done = two_keys.run("registry", "show", "--unfinished")
    assert f"  ends by   tokenbridge replace alice {old} --account " \
        "123456789012" in done.out.splitlines(), done
    two_keys.iam.clear_orders()
    used = two_keys.tokens.stats("b")["touch"]["used"]
    done = replace(two_keys, old)
    assert done.code == 0, done
    assert ", enrolled by an earlier run\n" in done.out, done
    # the new one is there: nobody touches anything
    assert two_keys.tokens.stats("b")["touch"]["used"] == used
    check_replaced(two_keys, old)


def test_the_old_one_stays_while_the_new_one_is_not_plugged_in(two_keys):
    old = enroll(two_keys)
    node = two_keys.tokens.hidraw("b")
    for number in range(7):
        two_keys.iam.add_fido_device("alice", f"spare{number}")
    two_keys.tokens.unplug("b")
    done = two_keys.run("replace", "alice", old, *TOTP, "--token", node)
    assert done.code == 4, done
    assert old in assigned(two_keys.iam, "alice")
    assert two_keys.journals() == []


@pytest.mark.parametrize("by", ["enroll", "console"])
def test_what_another_run_has_ended_is_nothing_to_do(two_keys, by):
    """AWS did not let the old device be deleted; later it did."""
    old = enroll(two_keys, "alice", "a", "--label", "blue-7")
    two_keys.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                       count=None)
    done = replace(two_keys, "blue-7")
    assert done.code == 10 and unassigned(two_keys.iam) == [old], done
    two_keys.iam.clear_orders()
    (new,) = assigned(two_keys.iam, "alice")
    if by == "enroll":  # whose recovery deletes it
        enroll(two_keys, "bob", "a", "--holder", "alice")
    else:
        two_keys.iam.botocore("iam").delete_virtual_mfa_device(
            SerialNumber=old)
    used = two_keys.tokens.stats("b")["touch"]["used"]
    two_keys.iam.calls(clear=True)
    for name in (old, old.rpartition("/")[2], "blue-7"):
        done = replace(two_keys, name)
        assert done.code == 0, (name, done)
        assert f" {old}\n" in done.out and new in done.out, done
    if by == "enroll":
        assert done.out.splitlines()[0] == f"Nothing to do  {old}", done
        done = replace(two_keys, old, "--json")
        assert done.code == 0 and done.json["changed"] is False, done
        assert done.json["replaced"]["new"] == new, done
        assert changes(two_keys) == []
    assert assigned(two_keys.iam, "alice") == [new]
    assert two_keys.tokens.stats("b")["touch"]["used"] == used
    assert two_keys.journals() == []


def test_a_new_device_that_is_gone_too_is_no_replacement(two_keys):
    """Nor is what was taken away with nothing behind it."""
    old = enroll(two_keys)
    assert replace(two_keys, old).code == 0
    (new,) = assigned(two_keys.iam, "alice")
    iam = two_keys.iam.botocore("iam")
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=new)
    done = replace(two_keys, old)
    assert done.code == 1 and "that could be replaced" in done.err, done
    assert two_keys.run("revoke", "alice", new).code == 0
    done = replace(two_keys, old)
    assert done.code == 1 and "that could be replaced" in done.err, done


def test_what_is_no_device_is_not_replaced(two_keys):
    done = replace(two_keys, "phone")
    assert done.code == 1, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: 'alice' has no device 'phone' that could be replaced: "
        "`tokenbridge enroll` makes one"), done


REPLACING = {"fsync": (12, 3), "sendto": (30, 8)}


@pytest.mark.skipif(not shutil.which("strace"),
                    reason="strace is not installed")
@pytest.mark.parametrize("first_old", [False, True], ids=["new", "old"])
@pytest.mark.parametrize("call, first, step, least", [
    pytest.param(call, k, n, least, id=f"{call} {k} of {n}")
    for call, (least, n) in REPLACING.items() for k in range(1, n + 1)])
def test_a_replacement_killed_at_any_call_is_finished_by_the_next_run(
        two_keys, call, first, step, least, first_old):
    more = ("--stolen",) if first_old else ()
    killed, keys = 0, ["a", "b"]
    old = enroll(two_keys)
    for number in range(first, 1000, step):
        new = keys[1]
        if not run_killed_at(two_keys, call, number, "replace", "alice", old,
                             *TOTP, "--token", two_keys.tokens.hidraw(new),
                             *more):
            break
        killed += 1
        done = replace(two_keys, old, *more, token=new, timeout=100)
        assert done.code == 0 or "no device" in done.err, (number, done)
        (device,) = assigned(two_keys.iam, "alice")
        assert device != old, (number, done)
        assert unassigned(two_keys.iam) == [], number
        assert two_keys.journals() == [], number
        assert [b["device"] for b in two_keys.bindings()] == [device]
        old, keys = device, keys[::-1]
    else:
        pytest.fail("the loop has no end")
    assert killed >= len(range(first, least + 1, step))
