# SPDX-License-Identifier: Apache-2.0
"""Logging in where several keys are plugged in: which of them are asked for
what, and which are left alone."""
import fcntl
import time

import pytest

from station import (AUTH_ERR, FALSE, NO_TOKEN, NOT_LOCAL, SILENT,
                     SUCCESS)
from test_login import ended, pinned  # noqa: F401

USER = "games"
PIN = "123456"
ALERT = 1
A = {"profile": "yubikey5", "serial": 11111111}
B = {"profile": "yubikey5", "serial": 22222222}
FOREIGN = {"profile": "securitykey"}
NEO = {"profile": "neo"}
BIO = {"profile": "bio", "serial": 11111111}
OTP = "ccccccbchvthlivuitriujjifivbvtrjkjfirllluurj"


@pytest.fixture
def two(host):
    """A host whose USER has two keys, a and b, which may have a PIN; `others`
    are not his."""
    def set_up(*others, more=(), pin=None):
        token = {"pin": pin} if pin else {}
        at = host({**A, **token}, {**B, **token}, *others, token="a",
                  more=more, pin=pin)
        # the PINs of both cannot come by one descriptor
        agreed = ("--force", "a rehearsal") if pin else ()
        at.enroll_login(USER, "--token", at.tokens.hidraw("b"), *more,
                        *agreed, pin=pin)
        return at
    return set_up


def touched(at, name):
    return at.tokens.stats(name)["touch"]["used"]


def commands(at, name):
    return at.tokens.stats(name)["commands"]


def log_of(done, word):
    """The lines that say it, with their priority."""
    return [(priority, line) for priority, line in done.log if word in line]


# ---- a touch ----

@pytest.mark.parametrize("name,other", [("a", "b"), ("b", "a")])
def test_either_key_of_a_user_lets_him_in_by_one_touch_in_all(two, name,
                                                              other):
    at = two()
    at.tokens.touch("a", "ask")
    at.tokens.touch("b", "ask")
    before = touched(at, other)

    def touch(message):
        if "Touch" in message["text"]:
            for key in (name, other):   # both blink
                at.tokens.wait(key, "touch")
            at.tokens.grant(name)
    done = at.log_in(USER, during=touch)
    assert done.result == SUCCESS, done
    assert len(done.messages) == 1, done
    assert ended()
    assert commands(at, other).get("CANCEL", 0) >= 1
    assert touched(at, other) == before


def test_the_log_names_the_key_that_was_touched(two):
    at = two()
    at.tokens.touch("b", "ask")
    first = at.log_in(USER)
    at.tokens.touch("a", "ask")
    at.tokens.touch("b", "give")
    second = at.log_in(USER)
    names = [log_of(done, "result=granted")[0][1].split("token=")[1].split()[0]
             for done in (first, second)]
    assert len(set(names)) == 2 and "-" not in names


@pytest.mark.parametrize("n", [1, 4])
def test_silent_neighbours_hold_nobody_up(host, n):
    """Each would cost five seconds, and three is all that there is."""
    at = host(*[{**FOREIGN} for _ in range(n)], A, token=f"{chr(97 + n)}")
    for i in range(n):
        at.tokens.misbehave(chr(97 + i), "silence", count=-1)
    done = at.log_in(USER, line=["timeout=3"])
    assert done.result == SUCCESS, done
    assert ended()


def test_a_silent_key_that_may_be_the_users_is_not_told_as_unplugged(host):
    at = host()
    at.tokens.misbehave("a", "silence", count=-1)
    done = at.log_in(USER, line=["timeout=2"])
    assert done.why == SILENT, done
    assert "does not answer" in done.said and "plugged in." not in done.said
    assert log_of(done, "result=token-silent")


def test_a_key_of_the_users_that_is_held_does_not_hold_up_the_other(two):
    at = two()
    with at.tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        done = at.log_in(USER, line=["timeout=5"])
        assert done.result == SUCCESS, done


def test_keys_of_others_are_never_touched(two):
    at = two(FOREIGN, NEO)
    before = touched(at, "c"), touched(at, "d")
    assert at.log_in(USER).result == SUCCESS
    assert (touched(at, "c"), touched(at, "d")) == before


# ---- false answers ----

def test_a_device_that_claims_a_credential_is_left_out_with_an_alert(two):
    at = two()
    at.tokens.misbehave("a", "wrong-signature", count=-1,
                        command="getAssertion")
    for name in "ab":
        at.tokens.touch(name, "ask")
    before = touched(at, "a"), commands(at, "a").get("getAssertion", 0)

    def touch(message):
        if "Touch" in message["text"]:
            at.tokens.wait("b", "touch")
            while commands(at, "a").get("getAssertion", 0) == before[1]:
                time.sleep(0.02)
            time.sleep(0.5)     # for the helper to judge what it said
            at.tokens.grant("b")
    done = at.log_in(USER, during=touch)
    assert done.result == SUCCESS, done
    assert touched(at, "a") == before[0]
    ((priority, line),) = log_of(done, "answers falsely")
    assert priority == ALERT and at.tokens.hidraw("a") in line


def test_a_device_that_claims_a_credential_gets_no_pin(two):
    at = two(more=("--verify-required",), pin=PIN)
    at.tokens.misbehave("a", "wrong-signature", count=-1,
                        command="getAssertion")
    before = commands(at, "a").get("clientPIN", 0)
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS, done
    assert "serial 22222222" in done.said
    # the question how many tries are left, and no more
    assert commands(at, "a").get("clientPIN", 0) <= before + 1
    assert at.tokens.stats("a")["pin_retries"] == 8
    assert len(log_of(done, "answers falsely")) == 1


def test_one_that_lies_only_when_touched_does_not_end_the_attempt(two):
    at = two()
    # the first is the silent question
    at.tokens.misbehave("a", "no-up", count=-1, command="getAssertion")
    at.tokens.touch("b", "ask")

    def touch(message):
        if "Touch" in message["text"]:
            at.tokens.wait("b", "touch")
            time.sleep(0.3)
            at.tokens.grant("b")
    done = at.log_in(USER, during=touch)
    assert done.result == SUCCESS, done
    assert log_of(done, "answers falsely")[0][0] == ALERT


def test_only_a_liar_is_a_refusal_with_an_alert(host):
    at = host(A)
    at.tokens.misbehave("a", "wrong-key", count=-1, command="getAssertion")
    done = at.log_in(USER)
    assert done.why == FALSE and "not plugged in" not in done.said
    assert log_of(done, "answers falsely")[0][0] == ALERT


# ---- the PIN ----

@pytest.fixture
def two_pinned(two):
    return lambda: two(more=("--verify-required",), pin=PIN)


def test_the_pin_goes_to_the_one_key_that_the_prompt_names(two_pinned):
    at = two_pinned()
    before = {n: (touched(at, n), at.tokens.stats(n)["pin_retries"])
              for n in "ab"}
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS, done
    named, other = ("a", "b") if "serial 11111111" in done.said else (
        "b", "a")
    assert ("serial 22222222" in done.said) == (named == "b")
    assert touched(at, named) == before[named][0] + 1
    assert (touched(at, other), at.tokens.stats(other)["pin_retries"]) == \
        before[other]


def test_a_wrong_pin_costs_the_other_key_nothing(two_pinned):
    at = two_pinned()
    done = at.log_in(USER, "-a", "654321")
    assert done.why == (AUTH_ERR, "pin-wrong") and "is wrong" in done.said
    left = sorted(at.tokens.stats(n)["pin_retries"] for n in "ab")
    assert left == [7, 8]


def test_a_key_without_a_pin_does_not_stand_in_the_way(host):
    """The U2F key on the lower node is the user's too."""
    at = host(NEO, {**A, "pin": PIN}, token="a",
              more=("--force", "a rehearsal"))
    at.enroll_login(USER, "--token", at.tokens.hidraw("b"), pin=PIN)
    before = touched(at, "a")
    done = at.log_in(USER, "-a", PIN, line=["userverification=1"])
    assert done.result == SUCCESS, done
    assert touched(at, "a") == before


def test_a_key_that_verifies_always_now_is_asked_for_its_pin(host):
    at = host({**A, "pin": PIN}, pin=PIN)
    assert at.log_in(USER).result == SUCCESS
    at.tokens.set("a", always_uv=True)
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS, done
    assert [m["style"] for m in done.messages] == ["secret", "info"]


def test_a_key_that_verifies_always_and_has_few_tries_is_not_asked(host):
    at = host({**A, "pin": PIN}, pin=PIN)
    at.tokens.set("a", always_uv=True, pin_retries=3)
    done = at.log_in(USER, "-a", PIN)
    assert done.why == (AUTH_ERR, "pin-scarce"), done
    assert [m["style"] for m in done.messages] == ["error"]
    assert at.tokens.stats("a")["pin_retries"] == 3


def test_a_key_with_a_fingerprint_that_verifies_always_wants_no_pin(host):
    """The finger that touches it is enough. One that is not enrolled leaves
    the PIN, of which the key says then that it wants it."""
    at = host({**BIO, "pin": PIN, "fingers": 1}, pin=PIN)
    at.tokens.set("a", always_uv=True)
    done = at.log_in(USER)
    assert done.result == SUCCESS, done
    assert [m["style"] for m in done.messages] == ["info"]
    at.tokens.set("a", finger="bad")
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS, done
    assert [m["style"] for m in done.messages][-2:] == ["secret", "info"]


def test_what_only_a_pin_needs_is_asked_of_no_key_that_wants_a_touch(host):
    at = host({**A, "pin": PIN}, B, token="a", pin=PIN)
    before = [commands(at, name).get("getInfo", 0) for name in "ab"]
    assert at.log_in(USER).result == SUCCESS
    assert [commands(at, name).get("getInfo", 0) for name in "ab"] == before
    at.tokens.set("a", always_uv=True)
    assert at.log_in(USER, "-a", PIN).result == SUCCESS
    # once it has said so, and once with the PIN
    assert commands(at, "a")["getInfo"] == before[0] + 2


def test_a_touch_is_preferred_where_another_key_wants_its_pin(host):
    at = host({**A, "pin": PIN}, {**B, "pin": PIN}, token="a", pin=PIN)
    at.enroll_login(USER, "--token", at.tokens.hidraw("b"), pin=PIN)
    at.tokens.set("a", always_uv=True)
    before = touched(at, "a")
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS and touched(at, "a") == before, done


def test_a_pin_that_must_be_changed_is_said_before_anything(pinned):
    at = pinned()
    at.tokens.set("a", force_pin_change=True)
    before = touched(at, "a")
    done = at.log_in(USER, "-a", PIN)
    assert done.why == (AUTH_ERR, "pin-change"), done
    assert [m["style"] for m in done.messages] == ["error"]
    assert "tokenbridge pin change" in done.said
    assert touched(at, "a") == before


@pytest.mark.parametrize("typed", ["12345", "ü", OTP])
def test_what_can_be_no_pin_of_the_key_costs_no_try(pinned, typed):
    at = pinned(min_pin=6)
    before = commands(at, "a").get("clientPIN", 0)
    done = at.log_in(USER, "-a", typed)
    assert done.why == (AUTH_ERR, "pin-unfit"), done
    assert "was not tried" in done.said and typed not in str(done.log)
    assert at.tokens.stats("a")["pin_retries"] == 8
    assert commands(at, "a").get("clientPIN", 0) <= before + 1


def test_few_tries_and_none_are_told_apart(pinned):
    at = pinned()
    at.tokens.set("a", pin_retries=3)
    done = at.log_in(USER, "-a", PIN)
    assert "Few PIN tries" in done.said and len(done.messages) == 1
    at.tokens.set("a", pin_retries=0)
    done = at.log_in(USER, "-a", PIN)
    assert done.why == (AUTH_ERR, "pin-dead") and "only a reset" in done.said


def test_with_few_tries_on_one_key_the_other_is_asked(two_pinned):
    at = two_pinned()
    at.tokens.set("a", pin_retries=2)
    done = at.log_in(USER, "-a", PIN)
    assert done.result == SUCCESS and "serial 22222222" in done.said, done
    assert at.tokens.stats("a")["pin_retries"] == 2


def test_from_afar_only_keys_that_want_no_pin_are_asked(host):
    at = host({**A, "pin": PIN}, {**B, "pin": PIN}, token="a", pin=PIN)
    at.enroll_login(USER, "--token", at.tokens.hidraw("b"), pin=PIN)
    at.tokens.set("a", always_uv=True)
    away = ("-i", "rhost=192.0.2.7")
    done = at.log_in(USER, "-a", PIN, line=["remote=allow"], place=away)
    assert done.result == SUCCESS, done
    at.tokens.unplug("b")
    done = at.log_in(USER, "-a", PIN, line=["remote=allow"], place=away)
    assert done.why == NOT_LOCAL, done
    assert "a PIN is never asked for from afar" in done.said


# ---- waiting ----

def test_a_foreign_key_does_not_end_the_wait_for_the_users(host):
    at = host(A, FOREIGN, token="a")
    at.tokens.unplug("a")

    def plug(message):
        if "Plug in" in message["text"]:
            time.sleep(0.5)
            at.tokens.plug("a")
    done = at.log_in(USER, line=["wait=20"], during=plug)
    assert done.result == SUCCESS, done
    assert ended()


def test_the_users_key_is_waited_for_beside_a_silent_one(host):
    at = host(A, FOREIGN, token="a")
    at.tokens.unplug("a")
    at.tokens.misbehave("b", "silence", count=-1)

    def plug(message):
        if "Plug in" in message["text"]:
            at.tokens.plug("a")
    done = at.log_in(USER, line=["wait=20"], during=plug)
    assert done.result == SUCCESS, done


def test_a_pin_is_asked_for_by_a_key_that_came_while_it_waited(pinned):
    at = pinned()
    at.tokens.unplug("a")

    def plug(message):
        if "Plug in" in message["text"]:
            at.tokens.plug("a")
    done = at.log_in(USER, "-a", PIN, line=["wait=20"], during=plug)
    assert done.result == SUCCESS, done


def test_the_wait_ends(host):
    at = host(A, FOREIGN, token="a")
    at.tokens.unplug("a")
    done = at.log_in(USER, line=["wait=1"])
    assert done.why == NO_TOKEN and done.seconds < 5, done
    assert "not plugged in" in done.said
    assert ended()
