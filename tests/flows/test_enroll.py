# SPDX-License-Identifier: Apache-2.0
"""enroll, code and revoke: the line from the key to AWS and back."""
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from conftest import kill_hard
from lines import (accounts, assigned, check_consistent, oathtool,
                   unassigned, wait_for_touch)

TOTP = ("--method", "totp")


def enroll(site, user="alice", *more, **how):
    return site.run("enroll", user, *TOTP, *more, **how)


def the_device(site, user="alice"):
    devices = assigned(site.iam, user)
    assert len(devices) == 1
    return devices[0]


def actions(iam):
    return [call["action"] for call in iam.calls()]


# ---- the line itself ----


def test_prompt_and_receipt_call_the_token_by_its_label(aws_site):
    done = enroll(aws_site, "alice", "--label", "blue-7")
    assert ("Touch the token 'blue-7' (Yubico YubiKey OTP+FIDO+CCID, serial "
            "12345678) again (touch 2 of 2)") in done.err, done
    assert "\n  token     blue-7, serial 12345678, registry id " in done.out
    again = enroll(aws_site, "bob", "--holder", "alice")
    assert again.err.count("Touch the token 'blue-7' (") == 2, again
    assert "\n  token     blue-7, serial 12345678, " in again.out, again


def test_enrolling_takes_two_touches_and_one_connection(aws_site):
    aws_site.iam.calls(clear=True)
    done = enroll(aws_site)
    assert done.code == 0, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 2
    assert {c["connection"] for c in aws_site.iam.calls()
            if c["service"] == "iam"} == {2} or \
        len({c["connection"] for c in aws_site.iam.calls()}) == 1
    assert the_device(aws_site) in done.out
    assert "virtual" in done.err and "not phishing-resistant" in done.err
    check_consistent(aws_site)


def test_the_seed_at_aws_is_the_secret_in_the_token(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    held = accounts(aws_site)[device]
    seed = aws_site.iam.devices("alice")[device]["seed"]
    import base64
    assert bytes.fromhex(held["key"]) == base64.b32decode(seed)
    assert held["props"] & 2


def test_code_prints_what_oathtool_computes(aws_site):
    assert enroll(aws_site).code == 0
    seed = aws_site.iam.devices("alice")[the_device(aws_site)]["seed"]
    before = time.time()
    done = aws_site.run("code")
    assert done.code == 0, done
    assert done.out.strip() in {oathtool(seed, before),
                                oathtool(seed, time.time())}


def test_aws_accepts_the_code_for_a_session(aws_site):
    assert enroll(aws_site).code == 0
    code = aws_site.run("code").out.strip()
    sts = aws_site.iam.botocore("sts", "alice")
    aws_site.iam.settings(enable_delay=0)
    got = sts.get_session_token(SerialNumber=the_device(aws_site),
                                TokenCode=code)
    assert got["Credentials"]["SessionToken"]


def test_json_tells_device_token_and_head(aws_site):
    done = enroll(aws_site, "alice", "--json", "--label", "blue 7")
    told = done.json["enrolled"]
    assert told["device"] == the_device(aws_site)
    assert told["serial"] == 12345678
    assert told["confirmed"] is True
    assert told["endpoint"].startswith("http://127.0.0.1")
    head = aws_site.run("registry", "log", "--verify", "--head", told["head"])
    assert head.code == 0, head
    assert aws_site.show()[0]["label"] == "blue 7"


def test_a_second_user_of_the_same_holder_is_allowed_and_said(aws_site):
    assert enroll(aws_site).code == 0
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 0, done
    assert "also a device of 'alice'" in done.err
    check_consistent(aws_site)


def test_revoke_takes_everything_away_again(aws_site):
    assert enroll(aws_site).code == 0
    done = aws_site.run("revoke", "alice", the_device(aws_site), "--last",
                      "--reason", "left")
    assert done.code == 0, done
    assert assigned(aws_site.iam, "alice") == []
    check_consistent(aws_site)


def test_revoke_finds_the_device_by_its_name(aws_site):
    assert enroll(aws_site).code == 0
    name = the_device(aws_site).rsplit("/", 1)[1]
    done = aws_site.run("revoke", "alice", name, "--last", "--reason", "x")
    assert done.code == 0, done
    check_consistent(aws_site)


# ---- guards and refusals ----


def test_without_a_registry_nothing_is_asked_of_aws(aws_site):
    aws_site.registry.unlink()
    aws_site.iam.calls(clear=True)
    done = enroll(aws_site)
    assert done.code == 1 and "registry init" in done.err
    assert actions(aws_site.iam) == []


def test_another_account_is_refused_before_anything_happens(aws_site):
    done = enroll(aws_site, "alice", "--account", "999999999999")
    assert done.code == 6
    assert "123456789012" in done.err and "999999999999" in done.err
    assert "CreateVirtualMFADevice" not in actions(aws_site.iam)


def test_an_overridden_endpoint_needs_a_rehearsal_registry(aws_site):
    aws_site.registry.unlink()
    assert aws_site.run("registry", "init").code == 0
    done = enroll(aws_site)
    assert done.code == 6 and "--rehearsal" in done.err
    assert "CreateVirtualMFADevice" not in actions(aws_site.iam)


def test_a_method_must_be_named(aws_site):
    done = aws_site.run("enroll", "alice")
    assert done.code == 2 and "--method totp" in done.err


def test_an_unknown_user_is_an_answer_of_aws(aws_site):
    done = enroll(aws_site, "carol")
    assert done.code == 9 and "carol" in done.err
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0


def test_another_holders_token_is_refused(aws_site):
    assert enroll(aws_site).code == 0
    done = enroll(aws_site, "bob")
    assert done.code == 6 and "alice's" in done.err
    assert assigned(aws_site.iam, "bob") == []
    check_consistent(aws_site)


def test_the_same_token_twice_for_one_user_is_refused(aws_site):
    assert enroll(aws_site).code == 0
    done = enroll(aws_site)
    assert done.code == 1 and "already" in done.err
    check_consistent(aws_site)


def test_a_full_applet_says_so_itself_and_what_was_begun_is_undone(aws_site):
    aws_site.tokens.set("a", oath_max=3)  # no version of any key has so few
    aws_site.tokens.fill_oath("a")
    done = enroll(aws_site)
    assert done.code == 6 and "is full" in done.err, done
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []
    assert len(accounts(aws_site)) == 3
    assert "EnableMFADevice" not in actions(aws_site.iam)


def test_whether_a_ninth_device_is_one_too_many_aws_decides(aws_site):
    warning = "'alice' has 8 MFA devices already, and AWS is known to allow 8"
    for number in range(8):
        aws_site.iam.add_virtual_device(f"d{number}", user="alice")
    done = enroll(aws_site)
    assert done.code == 9 and "MFADevicesPerUser" in done.err, done
    assert done.err.index(warning) < done.err.index("Touch the token")
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []
    assert aws_site.tokens.stats("a")["accounts"] == []
    aws_site.iam.settings(devices_per_user=9)
    done = enroll(aws_site)
    assert done.code == 0 and warning in done.err, done
    assert len(assigned(aws_site.iam, "alice")) == 9


@pytest.mark.parametrize("has, code, words", [
    ("app", 4, "plug in the token"), ("key", 9, "a security key makes no "
                                      "code: have an administrator enroll"),
    ("denied", 9, "which you may not open: have an administrator enroll")])
def test_a_user_with_a_device_is_told_before_a_touch_what_helps(
        aws_site, has, code, words):
    if has == "app":
        aws_site.iam.add_virtual_device("phone", user="alice")
    elif has == "key":
        aws_site.iam.add_fido_device("alice")
    else:
        assert enroll(aws_site).code == 0
        aws_site.iam.order("GetSessionToken", error="AccessDenied", count=None)
    before = aws_site.tokens.stats("a")["touch"]["used"]
    aws_site.iam.calls(clear=True)
    aws_site.who = "alice"
    done = aws_site.run("enroll", "alice", "--method", "totp", "--exact-name")
    assert done.code == code and words in done.err, done
    if has != "key":
        assert "Who has lost it needs an administrator" in done.err
    assert aws_site.iam.calls("CreateVirtualMFADevice") == []
    # but for the code of the old one
    assert aws_site.tokens.stats("a")["touch"]["used"] - before == (
        has == "denied")


def test_a_user_enrolls_a_second_token_by_a_session_of_the_first(two_keys):
    def by(token):
        return two_keys.run("enroll", "alice", "--method", "totp", "--token",
                            two_keys.tokens.hidraw(token))

    two_keys.who = "alice"
    assert by("a").code == 0
    two_keys.iam.calls(clear=True)
    done = by("b")
    assert done.code == 0, done
    (session,) = two_keys.iam.calls("GetSessionToken")
    (old, new) = sorted(assigned(two_keys.iam, "alice"), key=lambda d: d !=
                        session["params"]["SerialNumber"])
    assert [a["name"] for a in two_keys.tokens.stats("a")["accounts"]] == [old]
    assert [a["name"] for a in two_keys.tokens.stats("b")["accounts"]] == [new]
    assert [c["error"] for c in two_keys.iam.calls("EnableMFADevice")] == [
        None]
    assert done.err.index("a session is opened with a code of it first") < \
        done.err.index("to open a session with MFA") < \
        done.err.index("touch 1 of 2")
    assert unassigned(two_keys.iam) == [] and two_keys.journals() == []
    two_keys.check_chain()


def by(site, token, *more, user="alice"):
    return ["enroll", user, *TOTP, "--token", site.tokens.hidraw(token), *more]


@pytest.fixture
def two_devices(two_keys):
    """alice has a key, and a token with a display; .key is the former's."""
    done = two_keys.run(*by(two_keys, "a", "--label", "blue-7"))
    assert done.code == 0, done
    two_keys.key = the_device(two_keys)
    two_keys.iam.add_hardware_token("GAKT00000001", "A" * 32, user="alice")
    two_keys.who = "alice"
    two_keys.iam.calls(clear=True)
    return two_keys


def opened_by(site):
    return [call["params"]["SerialNumber"]
            for call in site.iam.calls("GetSessionToken")]


def test_of_several_devices_the_one_that_is_named_opens_the_session(
        two_devices):
    site = two_devices
    before = site.tokens.stats("b")["touch"]["used"]
    done = site.run(*by(site, "b"))
    assert done.code == 2 and "is said by --code-of DEVICE" in done.err, done
    assert "  1. " in done.err and f"{site.key} (blue-7)\n" in done.err, done
    done = site.run(*by(site, "b", "--code-of", "red-1"))
    assert done.code == 2 and "--code-of 'red-1' is none of" in done.err, done
    done = site.run(*by(site, "b", "--code-of", "blue-7", user="bob"))
    assert done.code == 2 and "you are not 'bob'" in done.err, done
    assert site.tokens.stats("b")["touch"]["used"] == before
    assert opened_by(site) == []
    done = site.run(*by(site, "b", "--code-of", "blue-7"))
    assert done.code == 0, done
    assert opened_by(site) == [site.key]
    assert len(assigned(site.iam, "alice")) == 3


def test_of_several_devices_a_person_is_asked_which_one(two_devices):
    site = two_devices
    done = site.on_terminal(*by(site, "b"), answers=[
        ("none is at hand)? ", "red-1"), ("is none of them", "")])
    assert done.code == 9 and "'red-1' is none of them." in done.out, done
    assert "by a code of a device: have an administrator enroll" in done.out
    listed = re.search(rf"  (\d)\. {re.escape(site.key)} \(blue-7\)", done.out)
    assert listed and opened_by(site) == [], done
    done = site.on_terminal(*by(site, "b"), answers=[
        ("none is at hand)? ", listed[1])])
    assert done.code == 0, done
    assert opened_by(site) == [site.key]


def test_a_user_may_enroll_her_first_device_herself(aws_site):
    aws_site.who = "alice"
    done = enroll(aws_site)
    assert done.code == 0, done


def test_aws_own_self_management_refusal_is_explained_and_undone(aws_site):
    aws_site.iam.order("EnableMFADevice", error="AccessDenied", message="To "
                     "complete this action, please ensure that you are "
                     "authenticated with an MFA device that is enabled for "
                     "this user.")
    done = enroll(aws_site)
    assert done.code == 9 and "MFA" in done.err
    check_consistent(aws_site)


def test_a_caller_who_may_not_delete_leaves_a_command_for_an_admin(aws_site):
    aws_site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    aws_site.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                     count=None)
    done = enroll(aws_site)
    assert done.code == 9, done
    assert "aws iam delete-virtual-mfa-device --serial-number" in done.err
    assert len(unassigned(aws_site.iam)) == 1
    aws_site.iam.clear_orders()
    assert enroll(aws_site).code == 0
    check_consistent(aws_site)


def test_only_a_device_of_this_journal_is_ever_deleted(aws_site):
    aws_site.iam.add_virtual_device("alice-aaaaaaaaaaaa")
    aws_site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    assert enroll(aws_site).code == 9
    assert [s.rsplit("/", 1)[1] for s in unassigned(aws_site.iam)] == [
        "alice-aaaaaaaaaaaa"]


def test_a_name_longer_than_the_applet_takes_is_cut_at_the_front(aws_site):
    long = "alice.with-a-name-of-sixty-four-characters-" + "x" * 20
    aws_site.iam.add_user(long)
    done = enroll(aws_site, long, "--holder", "alice")
    assert done.code == 0, done
    (name,) = accounts(aws_site)
    assert len(name) == 64 and name.startswith("aws:")
    device = assigned(aws_site.iam, long)[0]
    assert device.endswith(name[-20:])
    done = aws_site.run("revoke", long, device, "--last", "--reason", "x")
    assert done.code == 0, done
    assert accounts(aws_site) == {}


def test_a_security_key_has_no_oath_and_is_told_so(site, iam):
    site.iam = iam
    iam.add_user("alice")
    site.plug("securitykey")
    site.trust_vendor()
    site.make_registry()
    done = enroll(site)
    assert done.code == 1 and "OATH" in done.err
    assert "CreateVirtualMFADevice" not in actions(iam)


@pytest.mark.parametrize("token, code", [
    ({"profile": "yubikey5", "serial": 12345678}, 21),
    ({"profile": "yubikey5", "serial": 12345678, "attestation": "self"}, 22),
    ({"profile": "yubikey5", "serial": 12345678, "attestation": "none"}, 23),
])
def test_a_verdict_that_is_not_accepted_is_the_exit_code(site, iam, untrusted,
                                                         token, code):
    site.iam = iam
    iam.add_user("alice")
    site.plug({**token, "ca": str(untrusted)} if code == 21 else token)
    site.trust_vendor()
    site.make_registry()
    done = enroll(site)
    assert done.code == code, done
    assert "CreateVirtualMFADevice" not in actions(iam)
    done = enroll(site, "alice", "--force", "the lab's own key")
    assert done.code == 0, done
    check_consistent(site)


def test_force_never_accepts_a_forged_token(aws_site):
    aws_site.tokens.misbehave("a", "forge-attestation", count=-1)
    done = enroll(aws_site, "alice", "--force", "please")
    assert done.code == 24, done
    assert "CreateVirtualMFADevice" not in actions(aws_site.iam)


def test_a_vulnerable_token_is_taken_with_a_warning(site, iam):
    site.iam = iam
    iam.add_user("alice")
    site.plug({"profile": "yubikey5-old", "serial": 12345678})
    site.trust_vendor()
    site.make_registry()
    done = enroll(site)
    assert done.code == 0 and "warning" in done.err, done
    check_consistent(site)


def test_the_last_device_stays_while_there_is_a_password_or_a_key(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 6 and "password" in done.err
    assert aws_site.run("revoke", "alice", device, "--last").code == 2
    aws_site.iam.botocore("iam").delete_login_profile(UserName="alice")
    aws_site.iam.botocore("iam").create_access_key(UserName="alice")
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 6 and "access key" in done.err
    assert assigned(aws_site.iam, "alice") == [device]


def test_the_last_device_goes_where_it_protects_nothing(aws_site):
    aws_site.iam.add_user("carol", password=False)
    assert enroll(aws_site, "carol").code == 0
    done = aws_site.run("revoke", "carol", assigned(aws_site.iam, "carol")[0])
    assert done.code == 0, done


def test_a_token_that_is_not_here_is_listed_as_not_reached(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    aws_site.tokens.card("a", False)
    aws_site.tokens.unplug("a")
    done = aws_site.run("revoke", "alice", device, "--last", "--reason", "lost")
    assert done.code == 10 and "NOT REACHED" in done.out, done
    assert assigned(aws_site.iam, "alice") == []
    assert aws_site.bindings() == []


# ---- AWS misbehaves ----


@pytest.mark.parametrize("action, fault", [
    ("CreateVirtualMFADevice", {"drop": "before"}),
    ("CreateVirtualMFADevice", {"drop": "after"}),
    ("CreateVirtualMFADevice", {"http": 503, "body": "html"}),
    ("CreateVirtualMFADevice", {"http": 500, "body": "xml",
                                "after_effect": True}),
    ("CreateVirtualMFADevice", {"http": 200, "body": "html"}),
    ("CreateVirtualMFADevice", {"hostile": "seed-not-base64"}),
    ("CreateVirtualMFADevice", {"hostile": "seed-short"}),
    ("CreateVirtualMFADevice", {"hostile": "seed-not-base32"}),
    ("CreateVirtualMFADevice", {"hostile": "seed-empty"}),
    ("CreateVirtualMFADevice", {"hostile": "billion-laughs"}),
    ("CreateVirtualMFADevice", {"hostile": "doctype"}),
    ("CreateVirtualMFADevice", {"hostile": "deep"}),
    ("CreateVirtualMFADevice", {"hostile": "wrong-root"}),
    ("CreateVirtualMFADevice", {"hostile": "missing-element"}),
    ("CreateVirtualMFADevice", {"hostile": "invalid-utf8"}),
    ("CreateVirtualMFADevice", {"hostile": "nul"}),
    ("CreateVirtualMFADevice", {"cut": 200}),
    ("CreateVirtualMFADevice", {"error": "AccessDenied"}),
    ("CreateVirtualMFADevice", {"error": "LimitExceeded"}),
    ("EnableMFADevice", {"drop": "before"}),
    ("EnableMFADevice", {"http": 500, "body": "empty"}),
    ("EnableMFADevice", {"error": "InvalidAuthenticationCode"}),
    ("EnableMFADevice", {"error": "AccessDenied"}),
    ("EnableMFADevice", {"error": "LimitExceeded"}),
])
def test_what_aws_refuses_or_loses_is_undone(aws_site, action, fault):
    aws_site.iam.order(action, **fault)
    done = enroll(aws_site)
    assert done.code in (1, 9), done
    assert "Nothing was left behind" in done.err, done
    assert "delete the device" not in done.err, done
    assert assigned(aws_site.iam, "alice") == []
    check_consistent(aws_site)
    assert enroll(aws_site).code == 0
    check_consistent(aws_site)


@pytest.mark.parametrize("fault", [
    {"drop": "after"},
    {"http": 503, "body": "html", "after_effect": True},
    {"http": 200, "body": "html", "after_effect": True},
    {"cut": 10},
])
def test_an_enabling_whose_answer_is_lost_is_found_and_finished(aws_site,
                                                                fault):
    aws_site.iam.order("EnableMFADevice", **fault)
    done = enroll(aws_site)
    assert done.code == 0, done
    assert len(assigned(aws_site.iam, "alice")) == 1
    check_consistent(aws_site)


@pytest.mark.parametrize("action", [
    "GetCallerIdentity", "GetUser", "ListMFADevices",
    "CreateVirtualMFADevice", "EnableMFADevice"])
def test_throttling_is_waited_out(aws_site, action):
    aws_site.iam.order(action, error="Throttling", count=2)
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)


@pytest.mark.parametrize("action", [
    "GetCallerIdentity", "GetUser", "ListMFADevices"])
def test_a_read_that_fails_for_good_stops_before_a_touch(aws_site, action):
    aws_site.iam.order(action, http=503, body="html", count=None)
    done = enroll(aws_site)
    assert done.code == 9, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0


def test_stale_lists_after_the_enabling_are_asked_again(aws_site):
    aws_site.iam.order("ListMFADevices", skip=1, count=None,
                     stale={"reads": 1})
    done = enroll(aws_site)
    assert done.code == 0, done
    assert aws_site.bindings()


def test_servers_that_close_after_each_reply_are_survived(aws_site):
    aws_site.iam.order("*", close="silent", count=None)
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)


def test_expired_credentials_are_named(aws_site):
    aws_site.who = aws_site.iam.session_credentials("admin", seconds=900)
    aws_site.iam.clock(offset=3600 * 13)
    done = enroll(aws_site)
    aws_site.iam.clock(offset=0)
    assert done.code == 9, done
    assert "expired" in done.err.lower() or "clock" in done.err.lower()


@pytest.mark.parametrize("offset", [-120, 120])
def test_a_clock_two_minutes_off_makes_codes_by_awss_time(aws_site, offset):
    aws_site.iam.clock(offset=offset)
    done = enroll(aws_site)
    assert done.code == 0, done
    assert "clock" in done.err
    # Local time would be four steps off. One step back is honest: the codes
    # were right when made, and a step ended on their way.
    device = aws_site.iam.devices("alice")[the_device(aws_site)]
    assert device["adjustment"] in (-1, 0)


@pytest.mark.parametrize("offset", [-1200, 1200])
def test_a_clock_twenty_minutes_off_is_refused_and_named(aws_site, offset):
    aws_site.iam.clock(offset=offset)
    done = enroll(aws_site)
    assert done.code == 9, done
    assert "clock" in done.err
    assert unassigned(aws_site.iam) == []
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0


def test_the_region_of_another_partition_is_refused(aws_site):
    done = enroll(aws_site, "alice", "--region", "cn-north-1")
    assert done.code in (6, 9), done
    assert "CreateVirtualMFADevice" not in [
        c["action"] for c in aws_site.iam.calls() if c["effect"]]


def test_plain_http_to_another_machine_is_refused(aws_site):
    done = enroll(aws_site, "alice", "--endpoint-url", "http://192.0.2.1/")
    assert done.code in (2, 6) and "http" in done.err


# ---- the token misbehaves or goes away ----


@pytest.mark.parametrize("kind", ["oath-wrong-hmac", "oath-short-reply",
                                  "oath-endless", "oath-sw-6f00"])
def test_an_applet_that_fails_the_proof_is_not_enabled(aws_site, kind):
    aws_site.tokens.misbehave("a", kind, command="oath-calculate", count=-1)
    done = enroll(aws_site)
    assert done.code == 1, done
    assert "EnableMFADevice" not in actions(aws_site.iam)
    aws_site.tokens.clear("a")
    assert unassigned(aws_site.iam) == [] and accounts(aws_site) == {}
    check_consistent(aws_site)


@pytest.mark.parametrize("command", ["oath-put", "oath-calculate"])
def test_a_card_that_goes_away_leaves_an_undo_owed(aws_site, command):
    aws_site.tokens.misbehave("a", "card-removed", command=command, at=0)
    done = enroll(aws_site)
    assert done.code != 0
    assert "EnableMFADevice" not in actions(aws_site.iam)
    assert unassigned(aws_site.iam) == []
    if command == "oath-calculate":
        assert ("what was begun is not taken back yet: an OATH credential is "
                "left in the token: " in done.err), done
        path, = re.findall("The next run of tokenbridge with this registry "
                           "goes on with it: '(.*)'[.]", done.err)
        assert os.path.exists(path)
    aws_site.wait_for_no_card()
    aws_site.tokens.card("a", True)
    aws_site.cards.wait_for_card(0)
    assert enroll(aws_site).code == 0
    check_consistent(aws_site)


@pytest.mark.parametrize("touch", [1, 2])
def test_a_touch_that_does_not_come_is_exit_8_and_undone(aws_site, touch):
    aws_site.tokens.touch("a", "ask")
    if touch == 2:
        aws_site.tokens.grant("a")
    done = enroll(aws_site, "alice", "--touch-timeout", "2")
    assert done.code == 8, done
    aws_site.tokens.touch("a", "give")
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)


def test_an_unplugged_token_during_the_first_touch_is_exit_4(aws_site):
    aws_site.tokens.misbehave("a", "unplug-on-command",
                            command="makeCredential")
    done = enroll(aws_site)
    assert done.code == 4, done
    assert "CreateVirtualMFADevice" not in actions(aws_site.iam)
    assert aws_site.journals() == []


@pytest.mark.parametrize("touch", [1, 2])
def test_ctrl_c_while_waiting_for_a_touch_is_undone(aws_site, touch):
    aws_site.tokens.touch("a", "ask")
    if touch == 2:
        aws_site.tokens.grant("a")
    process = aws_site.start("enroll", "alice", *TOTP)
    wait_for_touch(aws_site, touch)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    aws_site.tokens.touch("a", "give")
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)


def test_a_second_run_is_told_that_the_user_is_being_enrolled(aws_site):
    aws_site.tokens.touch("a", "ask")
    first = aws_site.start("enroll", "alice", *TOTP)
    wait_for_touch(aws_site, 1)
    second = enroll(aws_site)
    assert second.code != 0
    kill_hard(first)
    aws_site.tokens.touch("a", "give")
    assert subprocess.run(["true"], check=True)


# ---- other servers ----


def test_tls_with_a_private_ca_works_and_without_it_does_not(aws_site,
                                                             tmp_path):
    from iam.client import LocalIAM, make_certificates
    (tmp_path / "tls").mkdir()
    made = make_certificates(tmp_path / "tls")
    with LocalIAM(tls=made) as secure:
        aws_site.iam = secure
        secure.add_user("alice")
        done = enroll(aws_site, env={"AWS_CA_BUNDLE": None})
        assert done.code == 9 and "certificate" in done.err.lower()
        done = enroll(aws_site, env={"AWS_CA_BUNDLE": made.ca})
        assert done.code == 0, done


def test_the_whole_line_survives_moto(aws_site):
    from iam.moto import Moto
    with Moto(users=("alice",)) as other:
        aws_site.iam = None
        env = other.env()
        done = enroll(aws_site, env=env)
        assert done.code == 0, done
        device = aws_site.bindings()[0]["device"]
        done = aws_site.run("revoke", "alice", device, env=env)
        assert done.code == 0, done
        assert aws_site.bindings() == []


# ---- the record of what is gone at AWS ----


def test_a_device_that_is_gone_at_aws_is_taken_out_of_the_record(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    iam = aws_site.iam.botocore("iam")
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=device)
    iam.delete_virtual_mfa_device(SerialNumber=device)
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 0 and "gone already" in done.out, done
    check_consistent(aws_site)


def test_a_device_of_somebody_else_is_not_taken_out_of_the_record(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    done = aws_site.run("revoke", "bob", device)
    assert done.code == 1 and "no device" in done.err, done
    assert len(aws_site.bindings()) == 1
    assert assigned(aws_site.iam, "alice") == [device]


@pytest.mark.parametrize("name", ["alice", "-x"])
def test_what_is_to_be_revoked_first_is_a_command_for_a_shell(aws_site, name):
    """Also for a user whose name looks like an option."""
    if name != "alice":
        aws_site.iam.add_user(name)
    words = "enroll", "--method", "totp", "--", name
    assert aws_site.run(*words).code == 0
    device = aws_site.bindings()[0]["device"]
    done = aws_site.run(*words)
    assert done.code == 1, done
    command = re.search("`(tokenbridge revoke [^`]+)` first", done.err)
    said = shlex.split(command.group(1))
    assert said == ["tokenbridge", "revoke", "--", name, device]
    done = aws_site.run("revoke", "--last", "--reason", "left", *said[2:])
    assert done.code == 0, done


def test_a_token_that_is_given_up_while_its_touch_is_waited_for_is_refused(
        aws_site):
    """Its row is read before the touch, and once more behind it."""
    assert aws_site.run("verify", "--record").code == 0
    aws_site.tokens.touch("a", "ask")
    process = aws_site.start("enroll", "alice", *TOTP)
    wait_for_touch(aws_site, 2)
    done = aws_site.run("registry", "move", "12345678", "--state", "lost",
                        "--reason", "left on a train")
    assert done.code == 0, done
    aws_site.tokens.grant("a")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6 and "lost" in err, err
    assert "CreateVirtualMFADevice" not in actions(aws_site.iam)
    assert aws_site.journals() == []
