# SPDX-License-Identifier: Apache-2.0
"""An OATH application that a password protects, as ykman sets it."""
import os
import signal
import time

import pytest

from conftest import kill_hard
from lines import (accounts, assigned, check_consistent, oathtool,
                   unassigned, wait_for_touch, workers)
from test_secrets import places_in_memory

PASSWORD = "tulip 482913-canary"
TOTP = ("--method", "totp")
ASKED = "Password of the OATH application of"


@pytest.fixture
def locked(aws_site):
    """The password is set by a program that nobody here wrote."""
    done = aws_site.tokens.run("ykman", "--reader", aws_site.cards.reader(0),
                               "oath", "access", "change", "-n", PASSWORD)
    assert done.returncode == 0, done
    return aws_site


def descriptor(*passwords):
    read, write = os.pipe()
    os.write(write, "".join(f"{p}\n" for p in passwords).encode())
    os.close(write)
    return read


def run(site, *arguments, passwords=(PASSWORD,)):
    fd = descriptor(*passwords)
    try:
        return site.run(*arguments, "--oath-password-fd", fd, pass_fds=(fd,))
    finally:
        os.close(fd)


def enroll(site, **how):
    return run(site, "enroll", "alice", *TOTP, **how)


def start_to_first_touch(locked):
    locked.tokens.touch("a", "ask")
    fd = descriptor(PASSWORD)
    process = locked.start("enroll", "alice", *TOTP, "--oath-password-fd", fd,
                           pass_fds=(fd,))
    os.close(fd)
    wait_for_touch(locked, 1)
    return process


def clear(site):
    """What the rig shows of accounts it shows without asking."""
    site.tokens.oath_password("a", "")


def test_the_whole_line_with_a_password(locked):
    done = enroll(locked)
    assert done.code == 0, done
    assert locked.tokens.stats("a")["touch"]["used"] == 2
    (device,) = assigned(locked.iam, "alice")
    seed = locked.iam.devices("alice")[device]["seed"]
    before = time.time()
    done = run(locked, "code")
    assert done.code == 0, done
    assert done.out.strip() in {oathtool(seed, before),
                                oathtool(seed, time.time())}
    done = run(locked, "revoke", "alice", device, "--last", "--reason", "x")
    assert done.code == 0, done
    assert accounts(locked) == {}
    check_consistent(locked)


@pytest.mark.parametrize("verb", ["enroll", "code"])
def test_without_anybody_to_ask_the_option_is_named(locked, verb):
    words = ("enroll", "alice", *TOTP) if verb == "enroll" else ("code",)
    done = locked.run(*words)
    assert done.code == 6 and "--oath-password-fd N" in done.err, done
    assert locked.tokens.stats("a")["touch"]["used"] == 0
    assert locked.journals() == []


@pytest.mark.parametrize("passwords, words", [
    (("daisy",), "not the password"),
    ((), "gives no password of 1 to 63 bytes"),
    (("x" * 64,), "gives no password of 1 to 63 bytes"),
])
def test_a_wrong_password_is_refused_before_a_touch(locked, passwords, words):
    done = enroll(locked, passwords=passwords)
    assert done.code != 0 and words in done.err, done
    assert locked.tokens.stats("a")["touch"]["used"] == 0
    assert locked.iam.calls("CreateVirtualMFADevice") == []
    assert locked.journals() == []


def test_a_person_is_asked_and_may_mistype_it(locked, terminal):
    t = terminal(locked, "enroll", "alice", *TOTP)
    seen = ""
    for text, next_ in (("daisy", "That is not its password."),
                        ("rose", "That is not its password."),
                        (PASSWORD, "Enrolled")):
        seen += t.until(ASKED)
        t.type(text + "\n")
        seen += t.until(next_)
    assert t.end() == 0
    assert PASSWORD not in seen + t.seen
    assert len(assigned(locked.iam, "alice")) == 1


def test_the_third_wrong_word_of_a_person_ends_it(locked, terminal):
    t = terminal(locked, "enroll", "alice", *TOTP)
    for _ in range(3):
        t.until(ASKED)
        t.type("daisy\n")
    assert t.end() != 0
    assert "not the password" in t.seen
    assert locked.iam.calls("CreateVirtualMFADevice") == []


def test_what_is_owed_to_a_locked_token_is_taken_back_with_its_password(
        locked):
    process = start_to_first_touch(locked)
    locked.tokens.grant("a")
    wait_for_touch(locked, 2)
    kill_hard(process)
    locked.tokens.touch("a", "give")
    done = enroll(locked)
    assert done.code == 0, done
    assert "Undid an unfinished enrollment" in done.err
    clear(locked)
    check_consistent(locked)


def test_a_password_that_is_taken_away_in_between_is_no_matter(locked):
    process = start_to_first_touch(locked)
    clear(locked)
    locked.tokens.touch("a", "give")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    check_consistent(locked)


def test_one_that_is_set_anew_in_between_is_undone_by_the_next_run(locked):
    process = start_to_first_touch(locked)
    locked.tokens.oath_password("a", "daisy")
    locked.tokens.touch("a", "give")
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0, err
    assert unassigned(locked.iam) == [] and accounts(locked) == {}
    done = enroll(locked, passwords=("daisy",))
    assert done.code == 0, done


def test_replace_takes_a_password_too(locked):
    assert enroll(locked).code == 0
    (old,) = assigned(locked.iam, "alice")
    locked.iam.add_virtual_device("phone", user="alice")
    done = run(locked, "revoke", "alice", old)
    assert done.code == 0, done
    done = run(locked, "replace", "alice",
               "arn:aws:iam::123456789012:mfa/phone", *TOTP)
    assert done.code == 0, done
    clear(locked)
    assert len(assigned(locked.iam, "alice")) == 1
    check_consistent(locked)


def test_the_password_stands_in_one_page_of_its_own_and_in_no_argv(locked):
    process = start_to_first_touch(locked)
    locked.tokens.grant("a")
    wait_for_touch(locked, 2)
    time.sleep(0.3)
    found = places_in_memory(process.pid, PASSWORD.encode())
    (worker,) = workers(process.pid)
    locked.tokens.grant("a")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(found) == 1 and "heap" not in found[0], found
    assert PASSWORD not in out + err
    assert worker


def test_ctrl_c_at_the_prompt_begins_nothing(locked, terminal):
    t = terminal(locked, "enroll", "alice", *TOTP)
    t.until(ASKED)
    os.kill(t.process.pid, signal.SIGINT)
    assert t.end() == 130
    assert locked.journals() == []


# ---- resync ----

def resync_locked(locked, **how):
    """Its codes are of steps behind those that enabled it."""
    assert enroll(locked).code == 0
    locked.iam.clock(advance=120)
    return run(locked, "resync", "alice", **how)


def test_resync_takes_a_password_too(locked):
    done = resync_locked(locked)
    assert done.code == 0, done
    assert len(locked.iam.calls("ResyncMFADevice")) == 1
    assert done.out.startswith("Resynchronized "), done


def test_resync_asks_a_person_who_may_mistype_it(locked, terminal):
    assert enroll(locked).code == 0
    locked.iam.clock(advance=120)
    t = terminal(locked, "resync", "alice")
    seen = t.until(ASKED)
    t.type("daisy\n")
    seen += t.until("That is not its password.") + t.until(ASKED)
    t.type(PASSWORD + "\n")
    seen += t.until("Resynchronized")
    assert t.end() == 0
    assert PASSWORD not in seen + t.seen


@pytest.mark.parametrize("passwords, words", [
    (("daisy",), "not the password"), ((), "gives no password")])
def test_resync_with_a_wrong_password_sends_nothing(locked, passwords, words):
    used = locked.tokens.stats("a")["touch"]["used"]
    done = resync_locked(locked, passwords=passwords)
    assert done.code in (2, 7) and words in done.err, done
    assert locked.iam.calls("ResyncMFADevice") == []
    assert locked.tokens.stats("a")["touch"]["used"] == used + 2  # enrolling
    done = locked.run("resync", "alice")
    assert done.code == 6 and "--oath-password-fd N" in done.err, done
