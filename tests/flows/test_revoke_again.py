# SPDX-License-Identifier: Apache-2.0
"""What was taken away and is somebody's again a moment later: a token with a
display in the next hand, a phone under its old name. A list that lags is none
of that: it tells the enabling that is over."""
import json
import time

import pytest

from lines import assigned, unassigned
from test_enroll_typed import SEED, SERIAL
from test_revoke_seen import LAST, revoke

PHONE = "arn:aws:iam::123456789012:mfa/phone"


def enable(site, user, serial, seed):
    time.sleep(1.1)     # AWS's dates are whole seconds
    first, second = site.iam.pair(seed, steps=4)
    site.iam.botocore("iam").enable_mfa_device(
        UserName=user, SerialNumber=serial, AuthenticationCode1=first,
        AuthenticationCode2=second)


@pytest.fixture
def handed_on(aws_site):
    """handed_on(user): alice's token with a display is that user's now."""
    def set_up(user="bob"):
        aws_site.iam.add_hardware_token(SERIAL, SEED, user="alice")
        assert revoke(aws_site, "alice", SERIAL, *LAST).code == 0
        enable(aws_site, user, SERIAL, SEED)
        return aws_site
    return set_up


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_a_display_in_the_next_hand_is_taken_away_with_the_rest(handed_on,
                                                                user):
    site = handed_on(user)
    done = revoke(site, "--all", user, *LAST, "--json")
    assert done.code == 0, done
    assert [r["subject"] for r in done.json["revoked"]["rows"]] == [SERIAL]
    assert assigned(site.iam, user) == []


def test_a_phone_of_the_same_name_is_taken_away_again(aws_site):
    iam = aws_site.iam
    iam.add_virtual_device("phone", user="alice")
    assert revoke(aws_site, "alice", "phone", *LAST).code == 0
    assert assigned(iam, "alice") == unassigned(iam) == []
    iam.add_virtual_device("phone")
    enable(aws_site, "alice", PHONE, iam.devices()[PHONE]["seed"])
    done = revoke(aws_site, "--all", "alice", *LAST)
    assert done.code == 0 and PHONE in done.out, done
    assert assigned(iam, "alice") == unassigned(iam) == []


def test_a_display_in_the_next_hand_is_a_device_that_is_left(handed_on):
    site = handed_on()
    site.iam.add_virtual_device("phone", user="bob")
    done = revoke(site, "bob", "phone")
    assert done.code == 0, done
    assert assigned(site.iam, "bob") == [SERIAL]


def test_a_display_in_the_next_hand_is_adopted(handed_on):
    site = handed_on()
    done = site.run("registry", "adopt", "--from-aws")
    assert done.code == 0, done
    assert [b["device"] for b in site.bindings()] == [SERIAL]


# ---- taken away by somebody else meanwhile ----


def deactivate(iam, serial):
    iam.botocore("iam").deactivate_mfa_device(UserName="alice",
                                              SerialNumber=serial)


def take_phone(iam):
    serial = iam.add_virtual_device("phone", user="alice")["serial"]
    return serial, lambda: (deactivate(iam, serial), iam.botocore(
        "iam").delete_virtual_mfa_device(SerialNumber=serial))


def take_half(iam):
    serial = iam.add_virtual_device("phone", user="alice")["serial"]
    return serial, lambda: deactivate(iam, serial)


def take_display(iam):
    iam.add_hardware_token(SERIAL, SEED, user="alice")
    return SERIAL, lambda: deactivate(iam, SERIAL)


def take_passkey(iam):
    serial = iam.add_fido_device("alice", "blue")
    return serial, lambda: deactivate(iam, serial)


@pytest.mark.parametrize("take, text", [
    (take_phone, "was gone already"),
    (take_half, "deleted; it was not in use any more"),
    (take_display, "was gone already"),
    (take_passkey, "was gone already")])
def test_what_another_station_took_meanwhile_is_gone(aws_site, take, text):
    serial, act = take(aws_site.iam)
    aws_site.iam.order("ListMFADevices", delay=1, when="after")
    before = aws_site.iam.delayed()
    run = aws_site.start("revoke", "--all", "alice", *LAST, "--json")
    while aws_site.iam.delayed() == before:
        time.sleep(0.01)
    act()
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    (row,) = json.loads(out)["revoked"]["rows"]
    assert (row["subject"], row["text"]) == (serial, text)
    assert row["outcome"] == ("revoked" if "deleted" in text else "gone")
    assert aws_site.journals() == [] == assigned(aws_site.iam, "alice")
    # a vendor's token is there whoever has it
    assert [d for d in unassigned(aws_site.iam) if d != SERIAL] == []


# ---- enabled for another, behind our back ----


@pytest.fixture
def behind(aws_site):
    """alice's token with a display, which the registry knows, is bob's by
    now; and the token's id."""
    aws_site.iam.add_hardware_token(SERIAL, SEED, user="alice")
    assert aws_site.run("registry", "adopt", "--from-aws").code == 0
    deactivate(aws_site.iam, SERIAL)
    enable(aws_site, "bob", SERIAL, SEED)
    return aws_site, aws_site.show()[0]["id"]


SAID = f"device '{SERIAL}' of 'alice' is enabled for 'bob' by now: nothing " \
    "was done to it"


@pytest.mark.parametrize("way", ["device", "token", "all"])
def test_a_display_that_is_another_s_by_now_is_not_called_gone(behind, way):
    """No list of the account's has a vendor's number: each user's has."""
    site, token = behind
    done = revoke(site, *{"device": ("alice", SERIAL),
                          "token": ("--token", token[:8]),
                          "all": ("--all", "alice")}[way], *LAST)
    assert done.code == (1 if way == "device" else 10), done
    assert SAID in done.out + done.err and "gone" not in done.out, done
    assert assigned(site.iam, "bob") == [SERIAL]
    assert [b["user"] for b in site.bindings()] == ["alice"]
    # bob's goes by his own name, and the binding with it
    assert revoke(site, "bob", SERIAL, *LAST).code == 0
    assert assigned(site.iam, "bob") == [] == site.bindings()


def test_a_display_of_who_is_nobody_by_now_is_another_s_too(behind):
    site, token = behind
    iam = site.iam.botocore("iam")
    iam.delete_login_profile(UserName="alice")
    iam.delete_user(UserName="alice")
    done = revoke(site, "--token", token[:8], *LAST)
    assert done.code == 10 and SAID in done.out and "gone" not in done.out
    assert [b["user"] for b in site.bindings()] == ["alice"]


@pytest.mark.parametrize("call, of", [("ListUsers", {}),
                                      ("ListMFADevices", {"about": "bob"})])
def test_where_the_users_are_not_told_the_user_s_own_list_has_to_do(
        behind, call, of):
    site, _ = behind
    site.iam.order(call, error="AccessDenied", count=None, **of)
    done = revoke(site, "alice", SERIAL, *LAST)
    assert done.code == 0 and "gone" not in done.out, done
    assert "not the user's any more; AWS does not tell whether somebody else " \
        "has it" in " ".join(done.out.split()), done
    assert assigned(site.iam, "bob") == [SERIAL]
