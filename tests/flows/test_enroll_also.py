# SPDX-License-Identifier: Apache-2.0
"""enroll --method fido --also: two keys in one run, with a sign-in by the first
one between; and --open: the console in the person's browser."""
import json
import re
import threading
import time

import pytest

from lines import assigned
from station import Station
from test_enroll_fido import METHOD, NAME, add, enroll

OTHER = "key-87654321"
NOBODY = 65534


class Person(threading.Thread):
    """Registers what the program waits for, as the console has it."""

    def __init__(self, site, steps):
        super().__init__(daemon=True)
        self.site, self.steps, self.failed = site, steps, None
        self.start()

    def wanted(self):
        for journal in self.site.journals():
            try:
                text = journal.read_text()
            except FileNotFoundError:
                continue
            if "enable-sent" in text:
                return re.findall(r'"deviceName":"([^"]*)"', text)[-1]
        return None

    def run(self):
        try:
            for name, act in self.steps:
                end = time.monotonic() + 40
                while self.wanted() != name:
                    assert time.monotonic() < end, name
                    time.sleep(0.05)
                act()
        except (AssertionError, ValueError, OSError) as error:
            self.failed = error


def at_the_console(site, name, with_mfa=False):
    def act():
        mfa = assigned(site.iam, "alice")[0] if with_mfa else None
        with site.iam.sign_in("alice", mfa=mfa) as browser:
            browser.add_fido(name)
    return act


def run(site, *more, steps=None, wait="20", **how):
    person = Person(site, steps or [
        (NAME, at_the_console(site, NAME)),
        (OTHER, at_the_console(site, OTHER, with_mfa=True))])
    done = site.run("enroll", "alice", *METHOD, "--wait", wait, "--token",
                    "12345678", *more, **how)
    person.join(1)
    assert person.failed is None, (person.failed, done)
    return done


def test_two_keys_in_one_run_with_a_sign_in_between(two_keys):
    done = run(two_keys, "--also", "")
    assert done.code == 0, done
    devices = assigned(two_keys.iam, "alice")
    assert len(devices) == 2
    assert sorted(b["device"] for b in two_keys.bindings()) == devices
    assert len({b["device"] for b in two_keys.bindings()}) == 2
    assert len(two_keys.show()) == 2 and two_keys.journals() == []
    said = " ".join(done.err.split())
    between = said[said.index("Now sign in anew"):]
    assert f"use {NAME} when the second factor is asked for" in between
    assert between.index("Sign out") < between.index(OTHER)
    assert done.out.count("Enrolled") == 2
    for token in ("a", "b"):
        assert two_keys.tokens.stats(token)["touch"]["used"] == 1
    two_keys.check_chain()


def test_a_session_without_mfa_may_not_add_the_second(two_keys):
    """What the sign-in between is for: the double is as strict as AWS."""
    refused = []

    def act():
        with two_keys.iam.sign_in("alice") as browser:
            browser.add_fido(NAME)
            try:
                browser.add_fido(OTHER)
            except ValueError as error:
                refused.append(str(error))

    done = run(two_keys, steps=[(NAME, act)])
    assert done.code == 0 and len(refused) == 1, (done, refused)


def test_json_tells_both_and_the_labels(two_keys):
    done = run(two_keys, "--json", "--label", "blue 7", "--also", "red 1",
               steps=[("blue-7-12345678", at_the_console(two_keys,
                                                         "blue-7-12345678")),
                      ("red-1-87654321", at_the_console(
                          two_keys, "red-1-87654321", with_mfa=True))])
    assert done.code == 0, done
    told = done.json
    assert told["enrolled"]["serial"] == 12345678
    assert told["also"]["serial"] == 87654321
    assert {t["label"] for t in two_keys.show()} == {"blue 7", "red 1"}


def test_the_second_key_may_be_plugged_in_after_the_first(two_keys):
    site = two_keys
    site.tokens.unplug("b")
    later = threading.Timer(8, lambda: site.tokens.plug("b"))
    later.start()
    done = run(site, "--also", "", steps=[
        (NAME, at_the_console(site, NAME)), (OTHER, at_the_console(site, OTHER, with_mfa=True))])
    assert done.code == 0, done
    assert "Plug in the second key." in done.err
    assert len(site.bindings()) == 2


def test_where_the_second_fails_the_first_is_told_and_stays(two_keys):
    two_keys.tokens.unplug("b")
    done = run(two_keys, "--json", "--also", "", wait="3",
               steps=[(NAME, at_the_console(two_keys, NAME))])
    assert done.code == 4, done
    told = json.loads(done.out)
    assert told["enrolled"]["serial"] == 12345678 and told["also"] is None
    assert "no second key was plugged in within 3 s" in done.err
    assert "the first key is enrolled" in done.err
    assert len(two_keys.bindings()) == 1 and two_keys.journals() == []


def test_the_first_key_is_no_second_one(tmp_path, cards, iam):
    """Without a serial number it is known by its credential alone."""
    from conftest import Workstation
    tmp_path.chmod(0o700)
    site = Workstation(tmp_path, cards, iam)
    try:
        site.plug("securitykey", cards=False)
        iam.add_user("alice", password=True)
        site.trust_vendor()
        site.make_registry()

        def act():
            (journal,) = site.journals()
            add(site, re.findall(r'"deviceName":"([^"]*)"',
                                 journal.read_text())[-1])

        from test_enroll_fido import Person as Once
        once = Once(site, act)
        done = site.run("enroll", "alice", *METHOD, "--wait", "4", "--also",
                        "")
        once.leave()
        assert done.code == 4 and "no second key" in done.err, done
        assert len(site.bindings()) == 1
    finally:
        site.close()


def test_who_has_no_password_is_not_told_to_sign_in(two_keys):
    two_keys.iam.botocore("iam").delete_login_profile(UserName="alice")
    done = run(two_keys, "--also", "", steps=[
        (NAME, lambda: add(two_keys, NAME)),
        (OTHER, lambda: add(two_keys, OTHER))])
    assert done.code == 0, done
    assert "sign in anew" not in done.err
    assert len(two_keys.bindings()) == 2


def test_a_person_says_when_the_sign_in_is_done(two_keys, terminal):
    person = Person(two_keys, [
        (NAME, at_the_console(two_keys, NAME)),
        (OTHER, at_the_console(two_keys, OTHER, with_mfa=True))])
    t = terminal(two_keys, "enroll", "alice", *METHOD, "--token", "12345678",
                 "--also", "")
    t.until("Press Enter when you are signed in with it: ")
    time.sleep(0.5)
    assert two_keys.tokens.stats("b")["touch"]["used"] == 0
    t.type("\n")
    assert t.end() == 0, t.seen
    person.join(1)
    assert person.failed is None


# ---- the browser ----

OPENER = """#!/bin/sh
{ id -u; echo "$1"; env; cat /proc/self/status; } > /usr/local/bin/out
"""
ADDRESS = "https://123456789012.signin.aws.amazon.com/console"


@pytest.fixture
def opener(tmp_path):
    """An xdg-open that writes down who calls it, and how."""
    folder = tmp_path / "opener"
    folder.mkdir()
    out = folder / "out"
    out.touch()
    folder.chmod(0o777)
    out.chmod(0o666)
    path = folder / "xdg-open"
    path.write_text(OPENER)
    path.chmod(0o755)
    with Station.in_place_of("/usr/local/bin", folder):
        yield out


def lines(out):
    end = time.monotonic() + 5
    while "Name:" not in out.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    return out.read_text().splitlines()


def test_root_has_the_console_opened_as_the_person_who_called(aws_site,
                                                              opener):
    done = enroll(aws_site, "alice", "--open", act=lambda: add(aws_site),
                  env={"SUDO_UID": str(NOBODY), "DISPLAY": ":7",
                       "SECRET_OF_ROOT": "tulip"})
    assert f"Opened {ADDRESS} in the browser." in done.err, done
    told = lines(opener)
    assert told[0] == str(NOBODY) and told[1] == ADDRESS
    assert "DISPLAY=:7" in told and "XDG_RUNTIME_DIR=/run/user/65534" in told
    assert not [line for line in told if "SECRET" in line or "AWS_" in line]
    status = dict(line.split(":", 1) for line in told if ":\t" in line)
    assert status["Uid"].split() == [str(NOBODY)] * 4
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"


def test_root_itself_opens_nothing(aws_site, opener):
    done = enroll(aws_site, "alice", "--open", act=lambda: add(aws_site))
    assert done.code == 0, done
    assert f"{ADDRESS} is not opened: this runs as root" in done.err
    assert opener.read_text() == ""


def test_a_program_that_fails_is_said_and_the_steps_stand(aws_site, opener):
    path = opener.parent / "xdg-open"
    path.write_text("#!/bin/sh\nexit 3\n")
    done = enroll(aws_site, "alice", "--open", act=lambda: add(aws_site),
                  env={"SUDO_UID": str(NOBODY)})
    assert "'xdg-open' did not succeed" in done.err, done
    assert f"Open {ADDRESS} and sign in as alice" in " ".join(
        done.err.split())
