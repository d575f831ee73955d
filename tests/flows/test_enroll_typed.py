# SPDX-License-Identifier: Apache-2.0
"""enroll with codes that a person types: hardware-totp."""
import os
import pathlib
import signal
import time

import pytest

from broken_off import run_killed_at, strace
from faults import FAULTS
from lines import assigned, state_of

SERIAL = "GAKT12345678"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
METHOD = ("--method", "hardware-totp")
FIRST, SECOND = "First code of the token", "Second code of the token"
STALE = "The codes are older than 30 s by now."


@pytest.fixture
def display(aws_site):
    """A site to which AWS's vendor has sold a token with a display."""
    aws_site.iam.add_hardware_token(SERIAL, SEED)
    return aws_site


def pair(site, steps=0):
    return site.iam.pair(SEED, steps)


def codes(text):
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    return read


def enroll(site, user="alice", *more, serial=SERIAL, typed=None, **how):
    """`typed` is what --codes-fd gives; None: the right codes."""
    read = codes("\n".join(pair(site)) + "\n" if typed is None else typed)
    try:
        return site.run("enroll", user, *METHOD, "--serial", serial,
                        "--codes-fd", read, *more, pass_fds=(read,), **how)
    finally:
        os.close(read)


def actions(site):
    return [call["action"] for call in site.iam.calls()]


def untouched(site):
    """Nothing is left of a run that failed."""
    assert assigned(site.iam, "alice") == []
    assert site.bindings() == [] and site.journals() == []
    site.check_chain()


def check(site, user="alice"):
    assert assigned(site.iam, user) == [SERIAL]
    assert [b["device"] for b in site.bindings()] == [SERIAL]
    assert site.journals() == []
    site.check_chain()


# ---- the line itself ----


def test_codes_of_a_display_enroll_it_without_any_token_attached(display):
    display.tokens.unplug("a")
    display.iam.calls(clear=True)
    done = enroll(display, "alice", "--json", "--label", "display 4")
    assert done.code == 0, done
    told = done.json["enrolled"]
    assert (told["device"], told["deviceKind"], told["method"]) == (
        SERIAL, "hardware", "hardware-totp")
    assert told["basis"] == "codes-typed" and told["verdict"] is None
    assert told["serial"] is None and told["confirmed"] is True
    assert "CreateVirtualMFADevice" not in actions(display)
    check(display)
    (row,) = [t for t in display.show() if t["id"] == told["token"]]
    assert row["label"] == "display 4" and row["holder"] == "alice"
    assert [(i["kind"], i["value"], i["basis"]) for i in row["identifiers"]
            ] == [("totp-serial", SERIAL, "self-reported")]
    head = display.run("registry", "log", "--verify", "--head", told["head"])
    assert head.code == 0, head


def test_the_receipt_says_what_a_display_is_worth(display):
    done = enroll(display)
    assert done.code == 0, done
    assert f"Enrolled {SERIAL}" in done.out
    assert "proved    by two codes, typed: AWS took them" in done.out
    assert "phishing-resistant" in done.err and "virtual" not in done.err


def test_revoke_takes_a_display_away_and_it_can_be_given_again(display):
    assert enroll(display).code == 0
    done = display.run("revoke", "alice", SERIAL, "--last", "--reason", "x")
    assert done.code == 0, done
    assert assigned(display.iam, "alice") == [] and display.bindings() == []
    display.iam.clock(advance=60)
    done = enroll(display)
    assert done.code == 0, done
    assert len(display.show()) == 1  # the row was found again
    check(display)


def test_codes_may_be_typed_in_groups(display):
    first, second = pair(display)
    done = enroll(display, typed=f"{first[:3]} {first[3:]}\r\n"
                  f"{second[:3]} {second[3:]}")
    assert done.code == 0, done


# ---- what is refused, and before what ----


@pytest.mark.parametrize("typed, words", [
    ("", "two codes of six digits, a line each"),
    ("123456\n", "two codes of six digits, a line each"),
    ("12345\n123456\n", "two codes of six digits, a line each"),
    ("123456\n234567\n345678\n", "two codes of six digits, a line each"),
    ("12345x\n123456\n", "a code has six digits"),
    ("123456\n123456\n", "that is the same code twice"),
])
def test_codes_of_a_wrong_form_are_never_sent(display, typed, words):
    done = enroll(display, typed=typed)
    assert done.code == 2 and words in done.err, done
    assert "123456" not in done.err.replace(display.iam.account, "")
    assert "EnableMFADevice" not in actions(display)
    untouched(display)


@pytest.mark.parametrize("serial, words", [
    ("GAKT1234", "is not 9 to 256 of letters, digits and"),
    ("GAKT 12345678", "is not 9 to 256 of letters, digits and"),
    ("x" * 257, "is not 9 to 256 of letters, digits and"),
    ("arn:aws:iam::123456789012:mfa/x", "is an ARN"),
])
def test_a_serial_of_a_wrong_form_is_never_sent(display, serial, words):
    done = enroll(display, serial=serial)
    assert done.code == 2 and words in done.err, done
    assert "EnableMFADevice" not in actions(display)
    untouched(display)


@pytest.mark.parametrize("serial", ["12345678", "0012345678"])
def test_the_serial_of_an_attached_yubikey_is_refused(display, serial):
    done = enroll(display, serial=serial)
    assert done.code == 6, done
    assert f"{serial} is the serial number of a YubiKey (it is plugged in)" \
        in done.err and "--method totp" in done.err
    assert "EnableMFADevice" not in actions(display)
    untouched(display)


def test_the_serial_of_a_registered_yubikey_is_refused(display):
    assert display.run("enroll", "bob", "--method", "totp").code == 0
    display.tokens.unplug("a")
    display.iam.calls(clear=True)
    done = enroll(display, serial="0012345678")
    assert done.code == 6 and "(the registry has it)" in done.err, done
    assert "EnableMFADevice" not in actions(display)


def test_a_form_that_is_known_of_no_vendor_is_a_hint_and_no_refusal(display):
    display.iam.add_hardware_token("odd/serial:9", SEED)
    done = enroll(display, serial="odd/serial:9")
    assert done.code == 0, done
    assert "none of the forms that are known" in done.err
    assert "none of the forms" not in enroll(display, "bob").err


def test_an_unknown_serial_and_wrong_codes_are_told_as_one(display):
    sentence = "AWS does not know a token '{}', or these are not its codes"
    done = enroll(display, serial="GAKT99999999")
    assert done.code == 9 and sentence.format("GAKT99999999") in done.err
    assert "[NoSuchEntity]" in done.err
    untouched(display)
    done = enroll(display, typed="000000\n111111\n")
    assert done.code == 9 and sentence.format(SERIAL) in done.err, done
    assert "[InvalidAuthenticationCode]" in done.err
    untouched(display)
    assert display.show() == []  # a number that was mistyped leaves no row


def test_codes_in_the_wrong_order_are_refused_by_aws(display):
    done = enroll(display, typed="\n".join(reversed(pair(display))))
    assert done.code == 9 and "one after the other" in done.err, done
    untouched(display)


def test_a_display_that_another_user_has_is_refused(display):
    assert enroll(display).code == 0
    display.iam.clock(advance=60)
    done = enroll(display, "bob")
    assert done.code == 6 and "alice's" in done.err, done
    done = enroll(display, "bob", "--holder", "alice")
    assert done.code == 9 and "already in use" in done.err, done
    assert assigned(display.iam, "bob") == [] and display.journals() == []
    check(display)


def test_the_same_display_twice_for_one_user_is_refused(display):
    assert enroll(display).code == 0
    done = enroll(display)
    assert done.code == 1 and "has the device 'GAKT12345678' already" \
        in done.err, done
    check(display)


def test_a_display_needs_its_serial_and_takes_no_options_of_tokens(display):
    done = display.run("enroll", "alice", *METHOD)
    assert done.code == 2 and "--serial S" in done.err
    for option in (("--fresh",), ("--enterprise",), ("--token", "x"),
                   ("--pin-fd", "0")):
        done = display.run("enroll", "alice", *METHOD, "--serial", SERIAL,
                           *option)
        assert done.code == 2, done
        assert f"{option[0]} means nothing with --method hardware-totp" \
            in done.err
    done = display.run("enroll", "alice", "--method", "totp", "--serial",
                       SERIAL)
    assert done.code == 2 and "--serial means nothing with --method totp" \
        in done.err


def test_without_terminal_and_codes_what_is_needed_is_named(display):
    done = display.run("enroll", "alice", *METHOD, "--serial", SERIAL)
    assert done.code == 2, done
    assert "type them on a terminal, or give them by --codes-fd N, a line " \
        "each" in done.err
    untouched(display)


def test_a_policy_without_the_method_refuses_before_aws_is_asked(display):
    policy = display.folder / "policy"
    policy.write_text("methods = totp fido\n")
    with display.config.open("a") as config:
        config.write(f"policy = {policy}\n")
    display.iam.calls(clear=True)
    done = enroll(display)
    assert done.code == 6, done
    assert "method hardware-totp is not among: totp fido" in done.err
    assert actions(display) == []
    done = enroll(display, "alice", "--force", "the key is on its way")
    assert done.code == 0 and "accepted by --force" in done.err, done
    log = display.run("registry", "log", "--json").out
    assert '"reason"' in log
    check(display)


def test_china_takes_no_displays(display):
    from iam.client import LocalIAM
    with LocalIAM(partition="aws-cn") as iam:
        iam.add_user("alice")
        display.iam = iam
        done = enroll(display)
        assert done.code == 1, done
        assert "partition aws-cn takes virtual devices only" in done.err


# ---- on a terminal ----


def begin(terminal, site, *more, **how):
    return terminal(site, "enroll", "alice", *METHOD, "--serial", SERIAL,
                    *more, **how)


@pytest.mark.parametrize("term, columns", [("xterm", 80), ("xterm", 40),
                                           ("dumb", 80)])
def test_both_codes_are_asked_one_by_one(display, terminal, term, columns):
    t = begin(terminal, display, term=term, columns=columns)
    first, second = pair(display)
    t.until(f"First code of the token {SERIAL}: ")
    t.type(first + "\n")
    before = t.until(f"Second code of the token {SERIAL}")
    assert first in before
    t.type("9\x7f" + second + "\n")
    assert t.end() == 0, t.seen
    assert "Enrolled" in t.seen and t.seen.count(SERIAL) >= 1
    assert t.seen.count("Second") <= (40 if columns == 80 else 0)
    # what cannot be drawn anew in one row is not
    assert ("\033" in before) == (term == "xterm" and columns == 80)
    assert t.modes() == t.before
    check(display)


def test_the_time_to_the_second_code_is_counted_down(display, terminal):
    t = begin(terminal, display)
    first, _ = pair(display)
    t.until(FIRST)
    t.type(first + "\n")
    t.until("(shown within 30 s)")
    t.until("(shown within 28 s)")


def test_what_is_typed_wrong_is_asked_anew(display, terminal):
    t = begin(terminal, display)
    t.until(FIRST)
    t.type("12345\n")
    t.until("a code has six digits.")
    first, second = pair(display)
    t.until(FIRST)
    t.type(first + "\n")
    t.until(SECOND)
    t.type(first + "\n")
    t.until("that is the same code twice")
    t.until(FIRST)
    t.type(first + "\n")
    t.until(SECOND)
    t.type(second + "\n")
    assert t.end() == 0, t.seen
    check(display)


@pytest.mark.parametrize("signo, code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGQUIT, -3)])
def test_a_signal_while_typing_gives_the_terminal_back(display, terminal,
                                                       signo, code):
    t = begin(terminal, display)
    t.until(FIRST)
    t.type("123")
    t.read()
    assert t.modes() != t.before
    t.process.send_signal(signo)
    assert t.end() == code, t.seen
    assert t.modes() == t.before
    assert "EnableMFADevice" not in actions(display)
    if code == 130:
        untouched(display)


def test_a_stop_while_typing_gives_the_terminal_back_and_asks_on(display,
                                                                 terminal):
    t = begin(terminal, display, job=True)
    t.until(FIRST)
    os.kill(t.job(), signal.SIGTSTP)
    end = time.monotonic() + 20
    while state_of(t.job()) != "T":
        time.sleep(0.05)
        assert time.monotonic() < end
    assert t.modes() == t.before
    os.kill(t.job(), signal.SIGCONT)
    t.until(FIRST)
    first, second = pair(display)
    t.type(first + "\n")
    t.until(SECOND)
    t.type(second + "\n")
    assert t.end() == 0, t.seen


def test_codes_that_grew_old_while_aws_was_busy_are_asked_anew(display,
                                                               terminal):
    """The clock of deadlines goes ahead while AWS is at work on the user."""
    build = pathlib.Path(os.environ["TOKENBRIDGE_BUILD"])
    clock = display.folder / "clock"
    clock.write_text("0")
    preload = f"{display.env().get('LD_PRELOAD', '')} " \
        f"{build / 'tests/rig/clock/clock.so'}".strip()
    display.iam.order("EnableMFADevice", delay=1.5, when="before",
                      error="EntityTemporarilyUnmodifiable")
    t = begin(terminal, display, LD_PRELOAD=preload, RIG_CLOCK=str(clock))
    first, second = pair(display)
    t.until(FIRST)
    t.type(first + "\n")
    t.until(SECOND)
    t.type(second + "\n")
    time.sleep(0.5)
    clock.write_text("31")
    t.until(STALE)
    t.until(FIRST)
    first, second = pair(display)
    t.type(first + "\n")
    t.until(SECOND)
    t.type(second + "\n")
    assert t.end() == 0, t.seen
    check(display)


# ---- AWS misbehaves ----


@pytest.mark.parametrize("fault", [
    {"drop": "before"}, {"http": 500, "body": "empty"},
    {"error": "AccessDenied"}, {"error": "LimitExceeded"},
    {"http": 503, "body": "html"}])
def test_what_aws_refuses_or_loses_leaves_nothing(display, fault):
    display.iam.order("EnableMFADevice", **fault)
    done = enroll(display)
    assert done.code == 9, done
    assert "Nothing was left behind at AWS." in done.err
    untouched(display)
    assert enroll(display).code == 0
    check(display)


@pytest.mark.parametrize("fault", [
    {"drop": "after"}, {"cut": 10},
    {"http": 503, "body": "html", "after_effect": True},
    {"http": 200, "body": "html", "after_effect": True}])
def test_an_enabling_whose_answer_is_lost_is_found(display, fault):
    display.iam.order("EnableMFADevice", **fault)
    done = enroll(display)
    assert done.code == 0, done
    check(display)


@pytest.mark.parametrize("action", ["GetCallerIdentity", "GetUser",
                                    "ListMFADevices", "EnableMFADevice"])
def test_throttling_is_waited_out(display, action):
    display.iam.order(action, error="Throttling", count=2)
    done = enroll(display)
    assert done.code == 0, done
    check(display)


@pytest.mark.parametrize("fault", [
    {"hostile": "wrong-root"}, {"hostile": "billion-laughs"},
    {"cut": 60, "count": None}])
def test_a_hostile_list_of_devices_is_no_list(display, fault):
    display.iam.order("ListMFADevices", **fault)
    done = enroll(display)
    assert done.code in (1, 9), done
    assert "EnableMFADevice" not in actions(display)
    untouched(display)


# ---- a second run ----


def test_a_run_that_waits_for_codes_keeps_only_its_own_user_waiting(
        display, terminal):
    t = begin(terminal, display)
    t.until(FIRST)
    done = enroll(display)
    assert done.code != 0 and "EnableMFADevice" not in actions(display)
    done = display.run("enroll", "bob", "--method", "totp")
    assert done.code == 0, done
    t.kill()
    done = enroll(display)
    assert done.code == 0, done


# ---- killed, refused, lost: at every step ----


class Displays:
    """Tokens with a display, a new one each time: AWS takes no pair of codes
    twice."""

    def __init__(self, site):
        self.site, self.number = site, 0

    def next(self):
        self.number += 1
        serial = f"GAKT{self.number:08}"
        self.site.iam.add_hardware_token(serial, SEED)
        return serial

    def words(self, serial):
        return ("enroll", "alice", *METHOD, "--serial", serial, "--codes-fd",
                "0")

    def enroll(self, serial, env=None):
        return self.site.run(*self.words(serial), env=env, stdin=self.codes())

    def codes(self):
        read = codes("\n".join(pair(self.site)))
        return os.fdopen(read)  # closed with the last word of it

    def settle(self, serial):
        """The next run: the device is there once, with its binding, or the
        run has made it."""
        done = self.enroll(serial)
        already = done.code == 1 and "already" in done.err
        assert done.code == 0 or already, done
        assert assigned(self.site.iam, "alice") == [serial]
        assert [b["device"] for b in self.site.bindings()] == [serial]
        assert self.site.journals() == []
        self.site.check_chain()

    def take_back(self, serial):
        done = self.site.run("revoke", "alice", serial, "--last", "--reason",
                             "again")
        assert done.code == 0, done


@strace
@pytest.mark.parametrize("call, least", [("fsync", 5), ("fdatasync", 20),
                                         ("sendto", 4), ("unlink", 2)])
def test_killed_at_any_call_nothing_is_left_behind(aws_site, call, least):
    displays, killed = Displays(aws_site), 0
    aws_site.tokens.unplug("a")
    for number in range(1, 200):
        serial = displays.next()
        if not run_killed_at(aws_site, call, number, *displays.words(serial),
                             stdin=displays.codes()):
            break
        killed += 1
        displays.settle(serial)
        displays.take_back(serial)
    else:
        pytest.fail("the loop has no end")
    assert killed >= least


@pytest.mark.parametrize("fault", sorted(
    name for name, fault in FAULTS.items() if "delay" not in fault))
def test_every_failure_of_every_call_settles(aws_site, fault):
    displays = Displays(aws_site)
    for action, before in (("GetCallerIdentity", 0), ("GetUser", 0),
                           ("ListMFADevices", 0), ("EnableMFADevice", 0),
                           ("ListMFADevices", 1)):
        serial = displays.next()
        aws_site.iam.order(action, skip=before, count=None, **FAULTS[fault])
        done = displays.enroll(serial, env={"AWS_MAX_ATTEMPTS": "2"})
        aws_site.iam.clear_orders()
        what = (action, fault, str(done))
        assert done.code in (0, 1, 6, 9, 10) and "(null)" not in done.err, what
        if done.code == 0:
            assert assigned(aws_site.iam, "alice") == [serial], what
        elif done.code != 10:
            assert not assigned(aws_site.iam, "alice") or \
                aws_site.journals(), what
        if action == "EnableMFADevice" and fault in (
                "reset", "refused", "throttled", "html"):
            assert done.code == 9, what
        displays.settle(serial)
        displays.take_back(serial)
