# SPDX-License-Identifier: Apache-2.0
"""enroll --method fido: a person at the console, and a list that is watched."""
import re
import signal
import threading
import time

import pytest

from broken_off import run_killed_at, strace
from conftest import kill_hard
from faults import FAULTS
from lines import assigned

METHOD = ("--method", "fido")
NAME = "key-12345678"
FIPS = {"FIDO": "L1", "FIDO-FIPS-140-2": "L2"}


class Person(threading.Thread):
    """Does `act` once, as soon as the program waits for a device."""

    def __init__(self, site, act):
        super().__init__(daemon=True)
        self.site, self.act, self.failed = site, act, None
        self.gone = threading.Event()
        self.start()

    def run(self):
        try:
            while not is_at_console(self.site):
                if self.gone.wait(0.05):
                    return
            self.act()
        except (AssertionError, ValueError, OSError) as error:
            self.failed = error

    def leave(self):
        self.gone.set()
        self.join(10)


def is_at_console(site):
    try:
        return any("enable-sent" in j.read_text() for j in site.journals())
    except FileNotFoundError:
        return False  # it ended a moment ago


def wait_for_console(site, seconds=30):
    end = time.monotonic() + seconds
    while not is_at_console(site):
        assert time.monotonic() < end
        time.sleep(0.05)


def add(site, name=NAME, user="alice", certifications=None):
    return site.iam.add_fido_device(user, name, certifications)


def enroll(site, user="alice", *more, act=None, wait="20", **how):
    """`act` is what the person does meanwhile."""
    person = Person(site, act) if act else None
    done = site.run("enroll", user, *METHOD, "--wait", wait, *more, **how)
    if person:
        person.leave()
        assert person.failed is None, (person.failed, done)
    return done


def is_bound(done):
    return done.code == 1 and "this token is a device of 'alice' already" \
        in done.err


def check(site, basis="name-and-time", user="alice"):
    devices = assigned(site.iam, user)
    bound = [b for b in site.bindings() if b["user"] == user]
    assert [(b["device"], b["method"], b["basis"]) for b in bound] == [
        (devices[-1], "fido", basis)]
    assert site.journals() == []
    site.check_chain()


# ---- the line itself ----


def test_a_key_that_is_registered_in_the_console_is_found_and_bound(aws_site):
    def at_the_console():
        with aws_site.iam.sign_in("alice") as browser:
            browser.add_fido(NAME, FIPS)

    aws_site.iam.calls(clear=True)
    done = enroll(aws_site, "alice", "--json", act=at_the_console)
    assert done.code == 0, done
    told = done.json["enrolled"]
    assert told["device"] == assigned(aws_site.iam, "alice")[0]
    assert (told["deviceKind"], told["method"], told["basis"]) == (
        "fido", "fido", "seen-in-trail")
    assert told["verdict"] == "genuine" and told["serial"] == 12345678
    assert told["confirmed"] is True and told["joinedBy"] is None
    assert {c["name"]: c["level"] for c in told["certifications"]} == FIPS
    assert aws_site.tokens.stats("a")["touch"]["used"] == 1
    assert not {c["action"] for c in aws_site.iam.calls()} & {
        "CreateVirtualMFADevice", "EnableMFADevice"}
    check(aws_site, "seen-in-trail")


def test_the_steps_are_told_with_account_name_and_address(aws_site):
    done = enroll(aws_site, act=lambda: add(aws_site))
    assert done.code == 0, done
    said = re.sub(r"\s+", " ", done.err)
    assert "Open https://123456789012.signin.aws.amazon.com/console and sign " \
        "in as alice" in said
    assert "compare the number of the account: it has to be 123456789012" \
        in said
    assert f"Type the device's name: {NAME}" in said
    assert "private window" in said and "Google Chrome" in said
    assert "Take its entry for a security key" in said
    assert "serial 12345678" in said
    assert "by name and time: exactly one new device had the name" in done.out
    assert "AWS has no certification of it" in done.out


def test_the_name_has_the_label_and_the_serial_number(aws_site):
    done = enroll(aws_site, "alice", "--label", "blue 7/ä",
                  act=lambda: add(aws_site, "blue-7----12345678"))
    assert done.code == 0, done
    assert "Type the device's name: blue-7----12345678" in done.err
    check(aws_site)


def test_a_key_without_a_serial_number_gets_digits_of_the_run(site, iam):
    site.iam = iam
    iam.add_user("alice", password=True)
    site.plug("securitykey")
    site.trust_vendor()
    site.make_registry()

    def register():
        (journal,) = site.journals()
        name = re.findall(r'"deviceName":"([^"]*)"', journal.read_text())[-1]
        assert re.fullmatch("key-[0-9a-f]{8}", name)
        add(site, name)

    done = enroll(site, act=register)
    assert done.code == 0, done
    check(site)


def test_who_has_a_device_is_told_to_sign_in_with_it(aws_site):
    aws_site.iam.add_virtual_device("phone", user="alice")
    done = enroll(aws_site, act=lambda: add(aws_site))
    assert done.code == 0, done
    assert "MFA device that is there already" in re.sub(r"\s+", " ", done.err)


def test_for_who_has_no_password_an_administrator_registers(aws_site):
    aws_site.iam.add_user("carol")
    done = enroll(aws_site, "carol", act=lambda: add(aws_site, user="carol"))
    assert done.code == 0, done
    assert "as an administrator" in re.sub(r"\s+", " ", done.err)


def test_one_key_may_be_a_totp_and_a_fido_device_of_a_user(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    done = enroll(aws_site, act=lambda: add(aws_site))
    assert done.code == 0, done
    assert sorted(b["method"] for b in aws_site.bindings()) == ["fido", "totp"]
    done = enroll(aws_site, wait="0")
    assert is_bound(done), done


def test_revoke_takes_a_key_away(aws_site):
    assert enroll(aws_site, act=lambda: add(aws_site)).code == 0
    (device,) = assigned(aws_site.iam, "alice")
    done = aws_site.run("revoke", "alice", device, "--last", "--reason", "x")
    assert done.code == 0, done
    assert assigned(aws_site.iam, "alice") == [] and aws_site.bindings() == []
    done = enroll(aws_site, act=lambda: add(aws_site))
    assert done.code == 0, done
    check(aws_site)


# ---- what is not guessed ----


def test_a_device_that_was_there_before_is_not_taken(aws_site):
    old = add(aws_site)
    done = enroll(aws_site, wait="3")
    assert done.code == 1, done
    assert f"no new FIDO device '{NAME}' of 'alice' appeared within 3 s" \
        in done.err and "--device ARN" in done.err
    assert old in done.err and aws_site.bindings() == []
    done = enroll(aws_site, "alice", "--device", old)
    assert done.code == 0, done
    assert "by the word of who ran this" in done.out
    check(aws_site, "stated")


def test_a_device_from_before_that_the_list_told_late_is_not_taken(aws_site):
    """Its date is older than the run."""
    aws_site.iam.add_user("dave", password=True)

    def late():
        aws_site.iam.control("add_device", kind="fido", user="alice",
                             name=NAME, enabled=aws_site.iam.now() - 3600)

    done = enroll(aws_site, wait="4", act=late)
    assert done.code == 1 and aws_site.bindings() == [], done


def test_another_name_is_not_taken_without_a_persons_word(aws_site):
    done = enroll(aws_site, act=lambda: add(aws_site, "blau"))
    assert done.code == 1, done
    assert "A new device has another name than was to be typed" in done.err
    assert "--device ARN" in done.err and aws_site.bindings() == []


def test_two_of_the_name_are_not_taken_without_a_persons_word(aws_site):
    def twice():
        aws_site.iam.order("ListMFADevices", delay=1.5, when="before")
        add(aws_site)
        add(aws_site)

    done = enroll(aws_site, act=twice)
    if "Several new devices" not in done.err:  # the list was asked in between
        pytest.skip("the list was asked between the two")
    assert done.code == 1 and aws_site.bindings() == [], done


def test_another_name_beside_the_right_one_changes_nothing(aws_site):
    def both():
        aws_site.iam.order("ListMFADevices", delay=1.5, when="before")
        add(aws_site)
        add(aws_site, "phone")

    done = enroll(aws_site, act=both)
    assert done.code == 0, done
    (bound,) = aws_site.bindings()
    assert f"/{NAME}-" in bound["device"]


def test_nothing_appears_within_the_time(aws_site):
    done = enroll(aws_site, wait="2")
    assert done.code == 1, done
    assert "appeared within 2 s: when it is registered, run the same " \
        "command again (--wait SECONDS waits longer)" in done.err
    assert f"If '{NAME}' is registered later, the next run of this command " \
        "finds it." in done.err
    assert aws_site.bindings() == []
    add(aws_site)
    done = enroll(aws_site)
    assert is_bound(done), done
    assert "Finished an earlier enrollment of 'alice'" in done.err
    check(aws_site)


def test_a_late_registration_waits_for_its_own_users_next_run(aws_site):
    """A run for somebody else leaves it alone."""
    assert enroll(aws_site, wait="1").code == 1
    aws_site.iam.add_user("carol", password=True)
    done = enroll(aws_site, "bob", "--holder", "alice", wait="1")
    assert done.code == 1, done
    assert len(aws_site.journals()) == 2
    add(aws_site)
    done = enroll(aws_site, "bob", "--holder", "alice", wait="1")
    assert "Finished an earlier enrollment of 'alice'" in done.err, done
    assert [b["user"] for b in aws_site.bindings()] == ["alice"]


@pytest.mark.parametrize("device, code, words", [
    ("arn:aws:iam::123456789012:mfa/x", 2, "is not the ARN of a FIDO device"),
    ("GAKT12345678", 2, "is not the ARN of a FIDO device"),
    ("arn:aws:iam::123456789012:u2f/user/alice/no-0", 9, "AWS lists no "
     "device")])
def test_a_named_device_has_to_be_the_users(aws_site, device, code, words):
    done = enroll(aws_site, "alice", "--device", device)
    assert done.code == code and words in done.err, done
    assert aws_site.bindings() == [] and aws_site.journals() == []


def two_keys(site, iam):
    site.iam = iam
    for user in ("alice", "bob"):
        iam.add_user(user, password=True)
    site.plug({"profile": "yubikey5", "serial": 12345678},
              {"profile": "yubikey5", "serial": 87654321})
    site.trust_vendor()
    site.make_registry()


def test_a_device_is_one_token_only(site, iam):
    two_keys(site, iam)
    done = enroll(site, "alice", "--token", "12345678",
                  act=lambda: add(site))
    assert done.code == 0, done
    (device,) = assigned(iam, "alice")
    done = enroll(site, "alice", "--token", "87654321", "--device", device)
    assert done.code == 1, done
    assert "as the device of another token already" in done.err
    assert len(site.bindings()) == 1 and site.journals() == []


# ---- on a terminal ----


def begin(terminal, site, *more, **how):
    return terminal(site, "enroll", "alice", *METHOD, *more, **how)


def test_another_name_is_asked_about_on_a_terminal(aws_site, terminal):
    t = begin(terminal, aws_site, "--wait", "60")
    t.until("Waiting for the device")
    wrong = add(aws_site, "blau")
    t.until("A new device has another name")
    t.until(wrong)
    t.until("Which one is this key")
    t.type("\n")
    right = add(aws_site)
    assert t.end() == 0, t.seen
    assert [b["device"] for b in aws_site.bindings()] == [right] != [wrong]


def test_the_one_that_a_person_names_is_bound_by_that_word(aws_site, terminal):
    t = begin(terminal, aws_site, "--wait", "60")
    t.until("Waiting for the device")
    add(aws_site, "blau")
    t.until("Which one is this key")
    t.type("1\n")
    assert t.end() == 0, t.seen
    check(aws_site, "stated")


def test_progress_stays_in_one_line(aws_site, terminal):
    t = begin(terminal, aws_site, "--wait", "60")
    t.until("Waiting for the device")
    t.until("Waiting for the device")
    before = t.until("Waiting for the device")
    assert "\n" not in before and "\r" in before
    add(aws_site)
    assert t.end() == 0, t.seen


def test_ctrl_c_while_waiting_is_clean_and_found_later(aws_site, terminal):
    t = begin(terminal, aws_site)
    t.until("Waiting for the device")
    t.type("\x03")
    assert t.end() == 130, t.seen
    assert t.modes() == t.before and aws_site.bindings() == []
    add(aws_site)
    done = enroll(aws_site)
    assert "Finished an earlier enrollment of 'alice'" in done.err, done
    check(aws_site)


# ---- policy and partitions ----


def test_a_key_that_the_policy_refuses_is_told_before_the_console(aws_site):
    policy = aws_site.folder / "policy"
    policy.write_text("certification = L2\n")
    with aws_site.config.open("a") as config:
        config.write(f"policy = {policy}\n")
    done = enroll(aws_site)
    assert done.code == 6 and "certification L2 is wanted" in done.err, done
    assert "Open https" not in done.err and aws_site.journals() == []


def test_china_takes_no_keys(aws_site):
    from iam.client import LocalIAM
    with LocalIAM(partition="aws-cn") as iam:
        iam.add_user("alice")
        aws_site.iam = iam
        done = enroll(aws_site)
        assert done.code == 1, done
        assert "partition aws-cn takes no FIDO devices" in done.err
        assert aws_site.tokens.stats("a")["touch"]["used"] == 0


# ---- others, kills, failures ----


def test_a_run_that_waits_keeps_only_its_own_user_and_key_waiting(site, iam):
    two_keys(site, iam)
    waits = site.start("enroll", "alice", *METHOD, "--token", "12345678",
                       "--wait", "100")
    wait_for_console(site)
    time.sleep(0.5)
    done = site.run("enroll", "alice", *METHOD, "--token", "87654321",
                    "--holder", "alice", "--wait", "1")
    assert done.code != 0 and re.search(
        r"IAM user 'alice' of account 123456789012 is reserved by station "
        r"[0-9a-f]{32} \(this one\) until \S+, for another 1\d min",
        done.err), done
    done = site.run("enroll", "bob", "--method", "totp", "--token",
                    "87654321")
    assert done.code == 0, done
    add(site)
    _, err = waits.communicate(timeout=60)
    assert waits.returncode == 0, err
    assert sorted(b["user"] for b in site.bindings()) == ["alice", "bob"]


def test_a_run_that_was_killed_is_finished_by_the_next(aws_site):
    process = aws_site.start("enroll", "alice", *METHOD)
    wait_for_console(aws_site)
    kill_hard(process)
    add(aws_site)
    done = enroll(aws_site)
    assert is_bound(done), done
    check(aws_site)


@strace
@pytest.mark.parametrize("call, least", [("fsync", 4), ("fdatasync", 20),
                                         ("sendto", 8), ("unlink", 2)])
def test_killed_at_any_call_nothing_is_left_behind(aws_site, call, least):
    """The device is there from the start of the wait on."""
    killed = 0
    for number in range(1, 300):
        person = Person(aws_site, lambda: add(aws_site))
        done = run_killed_at(aws_site, call, number, "enroll", "alice",
                             *METHOD, "--wait", "15")
        person.leave()
        if not done:
            break
        killed += 1
        again = enroll(aws_site, act=None if assigned(
            aws_site.iam, "alice") else lambda: add(aws_site))
        assert again.code == 0 or is_bound(again), again
        assert len(aws_site.bindings()) == 1 and aws_site.journals() == []
        for device in assigned(aws_site.iam, "alice"):
            aws_site.run("revoke", "alice", device, "--last", "--reason", "x")
        assert aws_site.bindings() == []
        aws_site.check_chain()
    else:
        pytest.fail("the loop has no end")
    assert killed >= least


@pytest.mark.parametrize("fault", sorted(
    name for name, fault in FAULTS.items() if "delay" not in fault))
@pytest.mark.parametrize("action, before", [
    ("GetUser", 0), ("ListMFADevices", 0), ("ListMFADevices", 1),
    ("GetLoginProfile", 0), ("GetMFADevice", 0)])
def test_every_failure_of_every_call_settles(aws_site, action, before, fault):
    def register():
        time.sleep(0.5)
        add(aws_site)

    aws_site.iam.order(action, skip=before, count=None, **FAULTS[fault])
    process = aws_site.start("enroll", "alice", *METHOD, "--wait", "6",
                             env={"AWS_MAX_ATTEMPTS": "2"})
    end = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < end and \
            not is_at_console(aws_site):
        time.sleep(0.05)
    register()
    _, err = process.communicate(timeout=90)
    aws_site.iam.clear_orders()
    assert process.returncode in (0, 1, 9, 10), err
    if fault == "slow" or action in ("GetMFADevice", "GetLoginProfile"):
        assert process.returncode == 0, err
    (device,) = assigned(aws_site.iam, "alice")
    if process.returncode != 0:
        done = enroll(aws_site, wait="1")
        if not is_bound(done):
            done = enroll(aws_site, "alice", "--device", device)
            assert done.code == 0, done
    assert [b["device"] for b in aws_site.bindings()] == [device]
    assert aws_site.journals() == []
    aws_site.check_chain()


@pytest.mark.parametrize("call", ["GetLoginProfile", "GetMFADevice"])
def test_without_the_right_to_a_call_it_goes_on(aws_site, call):
    aws_site.iam.order(call, error="AccessDenied", count=None)
    done = enroll(aws_site, act=lambda: add(aws_site))
    assert done.code == 0, done
    assert ("does not tell the device's certifications" in done.err) == (
        call == "GetMFADevice")
    check(aws_site)


@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_waiting_ends_at_once(aws_site, signo):
    process = aws_site.start("enroll", "alice", *METHOD)
    wait_for_console(aws_site)
    time.sleep(0.3)
    begun = time.monotonic()
    process.send_signal(signo)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert time.monotonic() - begun < 3
