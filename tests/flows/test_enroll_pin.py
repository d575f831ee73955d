# SPDX-License-Identifier: Apache-2.0
"""enroll --initial-pin: the key is registered, then gets a random PIN that its
holder has to change, as the last act."""
import pytest

from lines import assigned, unassigned
from test_enroll_fido import NAME, Person, add
from test_initial_pin import decrypt, make_key, recipient
from broken_off import run_killed_at, strace
from test_care import by_fd

TOTP, FIDO = ("--method", "totp"), ("--method", "fido", "--wait", "20")


@pytest.fixture
def prepared(aws_site):
    """The registry has a key of alice's."""
    aws_site.key, text = make_key(aws_site.folder)
    done = recipient(aws_site, text)
    assert done.code == 0, done
    aws_site.pin = aws_site.folder / "pin.age"
    return aws_site


def opens(site, pin):
    """It has to be changed, and is the PIN that is asked for then."""
    return by_fd(site, "change", pin_fd=pin, new_pin_fd="rice 1234").code == 0


def enroll(site, *more, method=TOTP, **how):
    return site.run("enroll", "alice", *method, "--initial-pin", site.pin,
                    *more, **how)


@pytest.mark.parametrize("method", ["totp", "fido"])
def test_the_pin_is_the_last_act_and_the_file_holds_it(prepared, method):
    person = Person(prepared, lambda: add(prepared, NAME)) \
        if method == "fido" else None
    done = enroll(prepared, "--json", method=FIDO if person else TOTP)
    if person:
        person.leave()
    assert done.code == 0, done
    told = done.json["initialPin"]
    assert told["file"] == str(prepared.pin) and told["changeForced"] is True
    assert (told["program"], told["recipients"]) == ("age", 1)
    pin = decrypt(prepared.key, prepared.pin).strip()
    assert pin.isdigit() and len(pin) == 8
    assert pin not in done.out + done.err
    assert prepared.tokens.stats("a")["pin_set"] is True
    assert opens(prepared, pin)
    assert len(prepared.bindings()) == 1 and prepared.journals() == []
    prepared.check_chain()


def nothing_began(site, done):
    assert done.code != 0, done
    assert site.iam.devices() == {} and site.bindings() == []
    assert site.tokens.stats("a")["touch"]["used"] == 0
    assert site.journals() == [] and not site.pin.exists()


def test_without_a_key_of_the_holder_nothing_is_begun(aws_site):
    aws_site.pin = aws_site.folder / "pin.age"
    done = enroll(aws_site)
    nothing_began(aws_site, done)
    assert "knows no holder 'alice'" in done.err


def test_a_token_with_a_pin_is_refused_before_anything(prepared):
    prepared.tokens.set("a", pin="123456")
    done = enroll(prepared)
    nothing_began(prepared, done)
    assert "has a PIN already" in done.err


def test_a_file_that_is_there_is_refused_before_anything(prepared):
    prepared.pin.write_text("mine")
    done = enroll(prepared)
    assert done.code != 0 and "is there already" in done.err
    assert prepared.iam.devices() == {}
    assert prepared.pin.read_text() == "mine"


def test_an_enrollment_that_fails_makes_no_pin(prepared):
    prepared.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    done = enroll(prepared)
    assert done.code == 9, done
    assert not prepared.pin.exists() and unassigned(prepared.iam) == []
    assert enroll(prepared).code == 0


def test_a_pin_that_fails_leaves_the_key_enrolled_and_says_so(prepared):
    folder = prepared.folder / "gone"
    folder.mkdir()
    prepared.pin = folder / "pin.age"
    prepared.iam.order("EnableMFADevice", delay=2, when="before")
    process = prepared.start("enroll", "alice", *TOTP, "--initial-pin",
                             prepared.pin)
    while not prepared.iam.calls("CreateVirtualMFADevice"):
        assert process.poll() is None
    folder.rmdir()
    out, err = process.communicate(timeout=60)
    assert process.returncode not in (0, None), err
    assert "Enrolled" in out and "has no initial PIN by this" in err
    assert len(assigned(prepared.iam, "alice")) == 1
    done = prepared.run("pin", "initial", "--holder", "alice", "--output",
                        prepared.folder / "pin.age")
    assert done.code == 0, done


def test_two_keys_have_two_files_and_two_runs(prepared):
    done = enroll(prepared, "--also", "", method=FIDO)
    assert done.code == 2, done


@strace
@pytest.mark.parametrize("number", [8, 14, 18, 20, 22, 24, 26])
def test_killed_anywhere_the_next_commands_end_it(prepared, number):
    """The syncs of a run: the later ones are the PIN's."""
    killed = run_killed_at(prepared, "fsync", number, "enroll", "alice",
                           *TOTP, "--initial-pin", prepared.pin)
    again = enroll(prepared)
    if again.code != 0:  # it is enrolled, and perhaps has its PIN
        assert "a device of" in again.err or "has a PIN" in again.err or \
            "is there already" in again.err, again
    if not prepared.tokens.stats("a")["pin_set"]:
        done = prepared.run("pin", "initial", "--holder", "alice", "--output",
                            prepared.pin)
        assert done.code == 0, done
    assert opens(prepared, decrypt(prepared.key, prepared.pin).strip())
    assert len(assigned(prepared.iam, "alice")) == 1
    assert unassigned(prepared.iam) == []
    assert len(prepared.bindings()) == 1 or killed
