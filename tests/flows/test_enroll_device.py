# SPDX-License-Identifier: Apache-2.0
"""What a virtual device is called, and what may become of it between Create
and Enable."""
import json
import signal
import time

import pytest

from conftest import kill_hard
from iam.client_policy import document
from lines import (accounts, assigned, check_consistent, unassigned,
                   wait_for_touch)

TOTP = ("--method", "totp")
ARN = "arn:aws:iam::123456789012:mfa/"
EXACT = ARN + "alice"


def enroll(site, user="alice", *more, **how):
    return site.run("enroll", user, *TOTP, *more, **how)


def grants(*rows):
    """A policy: (resource, action ...) each."""
    return document(*({"Effect": "Allow", "Action": list(may),
                       "Resource": resource} for resource, *may in rows))


def actions(iam):
    return [call["action"] for call in iam.calls()]


def between(site, number=2):
    """An enrollment that waits for its number-th touch, behind Create."""
    site.tokens.touch("a", "ask")
    process = site.start("enroll", "alice", *TOTP, "--token", "12345678")
    for touch in range(1, number):
        wait_for_touch(site, touch)
        site.tokens.grant("a")
    wait_for_touch(site, number)
    return process


def ended(process):
    _, err = process.communicate(timeout=90)
    return process.returncode, err


# ---- taken away ----


def test_a_device_that_the_console_took_away_is_made_once_more(aws_site):
    process = between(aws_site)
    (device,) = unassigned(aws_site.iam)
    seed = aws_site.iam.devices()[device]["seed"]
    with aws_site.iam.sign_in("bob") as browser:
        browser.add_virtual("phone")
    assert device not in aws_site.iam.devices()
    aws_site.tokens.grant("a")
    wait_for_touch(aws_site, 3)
    aws_site.tokens.grant("a")
    code, err = ended(process)
    assert code == 0, err
    assert f"AWS has taken the unassigned device '{device}' away" in err
    assert "made once more, which takes one more touch" in err
    assert "(touch 3 of 3)" in err
    assert assigned(aws_site.iam, "alice") == [device]
    assert aws_site.iam.devices()[device]["seed"] != seed
    (held,) = accounts(aws_site)
    assert held == device and aws_site.journals() == []
    assert [b["device"] for b in aws_site.bindings()] == [device]
    aws_site.check_chain()


def test_twice_is_once_too_often_and_is_undone(aws_site):
    process = between(aws_site)
    aws_site.iam.sweep()
    aws_site.tokens.grant("a")
    wait_for_touch(aws_site, 3)
    aws_site.iam.sweep()
    aws_site.tokens.grant("a")
    code, err = ended(process)
    assert code == 9 and "Nothing was left behind" in err, err
    check_consistent(aws_site)


def test_a_server_that_has_not_heard_of_the_device_is_asked_again(aws_site):
    aws_site.iam.order("EnableMFADevice", error="NoSuchEntity", count=4)
    done = enroll(aws_site)
    assert done.code == 0, done
    assert "taken" not in done.err
    assert actions(aws_site.iam).count("CreateVirtualMFADevice") == 1
    assert aws_site.tokens.stats("a")["touch"]["used"] == 2
    check_consistent(aws_site)


@pytest.mark.parametrize("moment", ["undo", "create-sent", "touch"])
def test_a_death_while_it_is_made_once_more_leaves_nothing(aws_site, moment):
    process = between(aws_site)
    aws_site.iam.sweep()
    if moment != "touch":
        aws_site.iam.order("CreateVirtualMFADevice", delay=3, when="before")
        aws_site.tokens.grant("a")
        end = time.monotonic() + 30
        while f'"point":"{moment}"' not in last_line(aws_site):
            assert time.monotonic() < end
            time.sleep(0.002)
    else:
        aws_site.tokens.grant("a")
        wait_for_touch(aws_site, 3)
    kill_hard(process)
    aws_site.tokens.touch("a", "give")
    time.sleep(3)
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)


def last_line(site):
    (journal,) = site.journals()
    return journal.read_text().splitlines()[-1].replace(" ", "")


# ---- one at a time ----


def at_the_screen(terminal, site):
    """Who has made a device for bob, and types no code yet."""
    t = terminal(site, "enroll", "bob", "--method", "virtual",
                 "--allow-virtual", rows=60)
    t.until("First code of the app")
    return t


def waiting(site):
    """Another run, which comes as far as it may: its first touch is done."""
    process = site.start("enroll", "alice", *TOTP)
    end = time.monotonic() + 20
    while site.tokens.stats("a")["touch"]["used"] < 1:
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(1)
    assert len(unassigned(site.iam)) == 1
    return process


def test_one_device_at_a_time_stands_between_create_and_enable(aws_site,
                                                               terminal):
    t = at_the_screen(terminal, aws_site)
    second = waiting(aws_site)
    (device,) = aws_site.iam.devices().values()
    first, then = aws_site.iam.pair(device["seed"])
    t.type(first + "\n")
    t.until("Second code of the app")
    t.type(then + "\n")
    assert t.end() == 0, t.seen
    code, err = ended(second)
    assert code == 0, err
    assert "Another run is about to enable a device in account " \
        "123456789012: waiting for it." in err
    assert len(assigned(aws_site.iam, "alice")) == 1
    assert len(assigned(aws_site.iam, "bob")) == 1
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []


def test_a_turn_ends_with_the_process_that_has_it(aws_site, terminal):
    t = at_the_screen(terminal, aws_site)
    second = waiting(aws_site)
    t.kill()
    code, err = ended(second)
    assert code == 0, err
    assert len(assigned(aws_site.iam, "alice")) == 1


def test_who_waits_for_his_turn_can_be_broken_off(aws_site, terminal):
    t = at_the_screen(terminal, aws_site)
    second = waiting(aws_site)
    second.send_signal(signal.SIGINT)
    code, err = ended(second)
    assert code == 130 and "Nothing was left behind" in err, err
    assert len(aws_site.journals()) == 1
    t.kill()


# ---- its name ----


@pytest.mark.parametrize("template, name", [
    ("{user}", "alice"),
    ("hw-{user}", "hw-alice"),
    ("{label}.{serial}@{user},x=1+2_", "blue-7.12345678@alice,x=1+2_"),
    ("keys/eng/{user}", "keys/eng/alice"),
    ("/keys/{user}", "keys/alice"),
])
def test_a_template_precedes_the_digits(aws_site, template, name):
    done = enroll(aws_site, "alice", "--template", template, "--label",
                  "blue 7")
    assert done.code == 0, done
    (device,) = assigned(aws_site.iam, "alice")
    assert device[:-12] == f"{ARN}{name}-"
    assert set(device[-12:]) <= set("0123456789abcdef")
    assert [b["device"] for b in aws_site.bindings()] == [device]
    done = aws_site.run("revoke", "alice", device.rpartition("/")[2],
                        "--last", "--reason", "left")
    assert done.code == 0, done
    check_consistent(aws_site)


def test_a_path_alone_has_the_digits_for_a_name(aws_site):
    assert enroll(aws_site, "alice", "--template", "keys/").code == 0
    (device,) = assigned(aws_site.iam, "alice")
    assert len(device) == len(ARN + "keys/") + 12
    check_consistent(aws_site)


def test_a_policy_by_path_lets_its_template_pass(aws_site):
    iam = aws_site.iam
    iam.add_user("officer", keys=1)
    iam.put_policy(grants(
        ("*", "iam:Get*", "iam:List*", "iam:EnableMFADevice"),
        ("arn:aws:iam::*:mfa/keys/*", "iam:CreateVirtualMFADevice",
         "iam:DeleteVirtualMFADevice")), user="officer")
    aws_site.who = "officer"
    done = enroll(aws_site)
    assert done.code == 9 and "not authorized" in done.err, done
    done = enroll(aws_site, "alice", "--template", "keys/{user}")
    assert done.code == 0, done


@pytest.mark.parametrize("template, words", [
    ("a b", "none of these"),
    ("{holder}", "none of these"),
    ("a//b", "between two slashes"),
    ("{user", "none of these"),
    ("ä", "none of these"),
])
def test_a_template_that_makes_no_name_is_refused_before_aws(
        aws_site, template, words):
    aws_site.iam.calls(clear=True)
    done = enroll(aws_site, "alice", "--template", template)
    assert done.code == 2 and words in done.err, done
    assert actions(aws_site.iam) == []


@pytest.mark.parametrize("template, words", [
    ("{label}", "the token has none"),
    ("x" * 117, "too long"),
    ("p" * 230 + "/{user}", "too long"),
    ("{user}" * 60, "too long"),
])
def test_a_name_that_cannot_be_is_refused_before_a_touch(aws_site, template,
                                                         words):
    done = enroll(aws_site, "alice", "--template", template)
    assert done.code == 2 and words in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0
    assert aws_site.journals() == []


@pytest.mark.parametrize("user, path", [
    ("a,b@example.com", "/"),
    ("o'hara+x=1@example.com".replace("'", ""), "/division/team/"),
])
def test_users_with_paths_and_all_characters_of_a_name(aws_site, user, path):
    aws_site.iam.add_user(user, path=path, password=True)
    done = enroll(aws_site, user, "--holder", "alice")
    assert done.code == 0, done
    (device,) = assigned(aws_site.iam, user)
    assert device.startswith(f"{ARN}{user}-")
    check_consistent(aws_site)
    done = aws_site.run("revoke", user, device, "--last", "--reason", "x")
    assert done.code == 0, done
    check_consistent(aws_site)


# ---- the user's name alone ----


def test_an_exact_name_is_what_such_a_policy_takes(aws_site):
    iam = aws_site.iam
    iam.put_policy(grants(
        ("*", "iam:GetUser", "iam:ListMFADevices", "iam:EnableMFADevice",
         "iam:ListVirtualMFADevices"),
        ("arn:aws:iam::*:mfa/${aws:username}",
         "iam:CreateVirtualMFADevice")), user="alice")
    aws_site.who = "alice"
    done = enroll(aws_site, "alice", "--exact-name")
    assert done.code == 0, done
    assert assigned(iam, "alice") == [EXACT]
    check_consistent(aws_site)


def test_with_an_exact_name_what_fails_is_undone_once_aws_has_answered(
        aws_site):
    aws_site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    done = enroll(aws_site, "alice", "--exact-name")
    assert done.code == 9 and "Nothing was left behind" in done.err, done
    check_consistent(aws_site)
    assert enroll(aws_site, "alice", "--exact-name").code == 0
    check_consistent(aws_site)


def test_without_an_answer_an_exact_name_is_nobodys_to_delete(aws_site):
    aws_site.iam.order("CreateVirtualMFADevice", drop="after", count=None)
    done = enroll(aws_site, "alice", "--exact-name")
    aws_site.iam.clear_orders()
    assert done.code == 9, done
    assert unassigned(aws_site.iam) == [EXACT]
    assert f"aws iam delete-virtual-mfa-device --serial-number {EXACT}" in \
        done.err
    assert "DeleteVirtualMFADevice" not in actions(aws_site.iam)
    # it stands in nobody's way but that of the same name
    done = enroll(aws_site, "alice", "--exact-name")
    assert done.code == 1 and "there already" in done.err, done
    assert unassigned(aws_site.iam) == [EXACT]
    done = aws_site.run("registry", "show", "--unfinished")
    assert EXACT in done.out, done
    aws_site.iam.botocore("iam").delete_virtual_mfa_device(SerialNumber=EXACT)
    done = enroll(aws_site, "alice", "--exact-name")
    assert done.code == 0, done
    check_consistent(aws_site)


def test_a_death_before_the_answer_leaves_an_exact_name_alone(aws_site):
    aws_site.iam.order("CreateVirtualMFADevice", delay=2, when="after")
    process = aws_site.start("enroll", "alice", *TOTP, "--exact-name")
    end = time.monotonic() + 30
    while unassigned(aws_site.iam) != [EXACT]:
        assert time.monotonic() < end
        time.sleep(0.01)
    kill_hard(process)
    done = enroll(aws_site)  # by a name of its own
    assert done.code == 0, done
    assert unassigned(aws_site.iam) == [EXACT]
    assert len(assigned(aws_site.iam, "alice")) == 1
    (journal,) = aws_site.journals()
    told = json.loads(journal.read_text().splitlines()[-1])
    assert told["point"] == "orphan" and told["exactName"] is True
    # once somebody has it, it is his
    aws_site.iam.botocore("iam").delete_virtual_mfa_device(SerialNumber=EXACT)
    aws_site.iam.add_virtual_device("alice", user="bob")
    done = aws_site.run("revoke", "alice",
                        assigned(aws_site.iam, "alice")[0], "--last",
                        "--reason", "x")
    assert done.code == 0, done
    assert aws_site.journals() == []
    assert assigned(aws_site.iam, "bob") == [EXACT]


def test_what_has_the_exact_name_already_is_told_before_a_touch(aws_site):
    aws_site.iam.add_virtual_device("alice", user="bob")
    done = enroll(aws_site, "alice", "--exact-name")
    assert done.code == 1 and "a device of 'bob' already" in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0
    assert aws_site.journals() == []


def test_a_template_and_an_exact_name_are_one_too_many(aws_site):
    done = enroll(aws_site, "alice", "--exact-name", "--template", "x")
    assert done.code == 2, done
