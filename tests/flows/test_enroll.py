# SPDX-License-Identifier: Apache-2.0
"""enroll, code and revoke: the line from the key to AWS and back."""
import signal
import subprocess
import time

import pytest

from conftest import kill_hard
from lines import (accounts, assigned, check_consistent, oathtool,
                   unassigned, wait_for_touch)

TOTP = ("--method", "totp")


def enroll(desk, user="alice", *more, **how):
    return desk.run("enroll", user, *TOTP, *more, **how)


def the_device(desk, user="alice"):
    devices = assigned(desk.iam, user)
    assert len(devices) == 1
    return devices[0]


def actions(iam):
    return [call["action"] for call in iam.calls()]


# ---- the line itself ----


def test_enrolling_takes_two_touches_and_one_connection(office):
    office.iam.calls(clear=True)
    done = enroll(office)
    assert done.code == 0, done
    assert office.tokens.stats("a")["touch"]["used"] == 2
    assert {c["connection"] for c in office.iam.calls()
            if c["service"] == "iam"} == {2} or \
        len({c["connection"] for c in office.iam.calls()}) == 1
    assert the_device(office) in done.out
    assert "virtual" in done.err and "not phishing-resistant" in done.err
    check_consistent(office)


def test_the_seed_at_aws_is_the_secret_in_the_token(office):
    assert enroll(office).code == 0
    device = the_device(office)
    held = accounts(office)[device]
    seed = office.iam.devices("alice")[device]["seed"]
    import base64
    assert bytes.fromhex(held["key"]) == base64.b32decode(seed)
    assert held["props"] & 2


def test_code_prints_what_oathtool_computes(office):
    assert enroll(office).code == 0
    seed = office.iam.devices("alice")[the_device(office)]["seed"]
    before = time.time()
    done = office.run("code")
    assert done.code == 0, done
    assert done.out.strip() in {oathtool(seed, before),
                                oathtool(seed, time.time())}


def test_aws_accepts_the_code_for_a_session(office):
    assert enroll(office).code == 0
    code = office.run("code").out.strip()
    sts = office.iam.botocore("sts", "alice")
    office.iam.settings(enable_delay=0)
    got = sts.get_session_token(SerialNumber=the_device(office),
                                TokenCode=code)
    assert got["Credentials"]["SessionToken"]


def test_json_tells_device_token_and_head(office):
    done = enroll(office, "alice", "--json", "--label", "blue 7")
    told = done.json["enrolled"]
    assert told["device"] == the_device(office)
    assert told["tokenSerial"] == 12345678
    assert told["confirmed"] is True
    assert told["endpoint"].startswith("http://127.0.0.1")
    head = office.run("registry", "log", "--verify", "--head", told["head"])
    assert head.code == 0, head
    assert office.show()[0]["label"] == "blue 7"


def test_a_second_user_of_the_same_holder_is_allowed_and_said(office):
    assert enroll(office).code == 0
    done = enroll(office, "bob", "--holder", "alice")
    assert done.code == 0, done
    assert "also a device of 'alice'" in done.err
    check_consistent(office)


def test_revoke_takes_everything_away_again(office):
    assert enroll(office).code == 0
    done = office.run("revoke", "alice", the_device(office), "--last",
                      "--reason", "left")
    assert done.code == 0, done
    assert assigned(office.iam, "alice") == []
    check_consistent(office)


def test_revoke_finds_the_device_by_its_name(office):
    assert enroll(office).code == 0
    name = the_device(office).rsplit("/", 1)[1]
    done = office.run("revoke", "alice", name, "--last", "--reason", "x")
    assert done.code == 0, done
    check_consistent(office)


# ---- guards and refusals ----


def test_without_a_registry_nothing_is_asked_of_aws(office):
    office.registry.unlink()
    office.iam.calls(clear=True)
    done = enroll(office)
    assert done.code == 1 and "registry init" in done.err
    assert actions(office.iam) == []


def test_another_account_is_refused_before_anything_happens(office):
    done = enroll(office, "alice", "--account", "999999999999")
    assert done.code == 6
    assert "123456789012" in done.err and "999999999999" in done.err
    assert "CreateVirtualMFADevice" not in actions(office.iam)


def test_an_overridden_endpoint_needs_a_rehearsal_registry(office):
    office.registry.unlink()
    assert office.run("registry", "init").code == 0
    done = enroll(office)
    assert done.code == 6 and "--rehearsal" in done.err
    assert "CreateVirtualMFADevice" not in actions(office.iam)


def test_a_method_must_be_named(office):
    done = office.run("enroll", "alice")
    assert done.code == 2 and "--method totp" in done.err


def test_an_unknown_user_is_an_answer_of_aws(office):
    done = enroll(office, "carol")
    assert done.code == 9 and "carol" in done.err
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_another_holders_token_is_refused(office):
    assert enroll(office).code == 0
    done = enroll(office, "bob")
    assert done.code == 6 and "alice's" in done.err
    assert assigned(office.iam, "bob") == []
    check_consistent(office)


def test_the_same_token_twice_for_one_user_is_refused(office):
    assert enroll(office).code == 0
    done = enroll(office)
    assert done.code == 1 and "already" in done.err
    check_consistent(office)


def test_a_full_applet_is_refused_before_a_touch(office):
    office.tokens.fill_oath("a")
    done = enroll(office)
    assert done.code == 6 and "full" in done.err
    assert office.tokens.stats("a")["touch"]["used"] == 0
    assert unassigned(office.iam) == []


def test_an_oath_password_is_refused_before_a_touch(office):
    office.tokens.oath_password("a", password="tulip")
    done = enroll(office)
    assert done.code == 6 and "password" in done.err
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_the_ninth_device_is_refused_before_a_touch(office):
    for number in range(8):
        office.iam.add_virtual_device(f"d{number}", user="alice")
    done = enroll(office)
    assert done.code == 9 and "8" in done.err
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_a_user_with_a_device_is_told_that_only_an_mfa_session_helps(office):
    office.iam.add_virtual_device("phone", user="alice")
    office.who = "alice"
    done = enroll(office)
    assert done.code == 9 and "MFA" in done.err and "session" in done.err
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_a_user_may_enrol_her_first_device_herself(office):
    office.who = "alice"
    done = enroll(office)
    assert done.code == 0, done


def test_aws_own_self_management_refusal_is_explained_and_undone(office):
    office.iam.order("EnableMFADevice", error="AccessDenied", message="To "
                     "complete this action, please ensure that you are "
                     "authenticated with an MFA device that is enabled for "
                     "this user.")
    done = enroll(office)
    assert done.code == 9 and "MFA" in done.err
    check_consistent(office)


def test_a_caller_who_may_not_delete_leaves_a_command_for_an_admin(office):
    office.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    office.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                     count=None)
    done = enroll(office)
    assert done.code == 9, done
    assert "aws iam delete-virtual-mfa-device --serial-number" in done.err
    assert len(unassigned(office.iam)) == 1
    office.iam.clear_orders()
    assert enroll(office).code == 0
    check_consistent(office)


def test_only_a_device_of_this_journal_is_ever_deleted(office):
    office.iam.add_virtual_device("alice-aaaaaaaaaaaa")
    office.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    assert enroll(office).code == 9
    assert [s.rsplit("/", 1)[1] for s in unassigned(office.iam)] == [
        "alice-aaaaaaaaaaaa"]


def test_a_name_longer_than_the_applet_takes_is_cut_at_the_front(office):
    long = "alice.with-a-name-of-sixty-four-characters-" + "x" * 20
    office.iam.add_user(long)
    done = enroll(office, long, "--holder", "alice")
    assert done.code == 0, done
    (name,) = accounts(office)
    assert len(name) == 64 and name.startswith("aws:")
    device = assigned(office.iam, long)[0]
    assert device.endswith(name[-20:])
    done = office.run("revoke", long, device, "--last", "--reason", "x")
    assert done.code == 0, done
    assert accounts(office) == {}


def test_a_security_key_has_no_oath_and_is_told_so(desk, iam):
    desk.iam = iam
    iam.add_user("alice")
    desk.plug("securitykey")
    desk.trust_maker()
    desk.make_registry()
    done = enroll(desk)
    assert done.code == 1 and "OATH" in done.err
    assert "CreateVirtualMFADevice" not in actions(iam)


@pytest.mark.parametrize("token, code", [
    ({"profile": "yubikey5", "serial": 12345678}, 21),
    ({"profile": "yubikey5", "serial": 12345678, "attestation": "self"}, 22),
    ({"profile": "yubikey5", "serial": 12345678, "attestation": "none"}, 23),
])
def test_a_verdict_that_is_not_accepted_is_the_exit_code(desk, iam, stranger,
                                                         token, code):
    desk.iam = iam
    iam.add_user("alice")
    desk.plug({**token, "ca": str(stranger)} if code == 21 else token)
    desk.trust_maker()
    desk.make_registry()
    done = enroll(desk)
    assert done.code == code, done
    assert "CreateVirtualMFADevice" not in actions(iam)
    done = enroll(desk, "alice", "--force", "the lab's own key")
    assert done.code == 0, done
    check_consistent(desk)


def test_force_never_accepts_a_forged_token(office):
    office.tokens.misbehave("a", "forge-attestation", count=-1)
    done = enroll(office, "alice", "--force", "please")
    assert done.code == 24, done
    assert "CreateVirtualMFADevice" not in actions(office.iam)


def test_a_vulnerable_token_is_taken_with_a_warning(desk, iam):
    desk.iam = iam
    iam.add_user("alice")
    desk.plug({"profile": "yubikey5-old", "serial": 12345678})
    desk.trust_maker()
    desk.make_registry()
    done = enroll(desk)
    assert done.code == 0 and "warning" in done.err, done
    check_consistent(desk)


def test_the_last_device_stays_while_there_is_a_password_or_a_key(office):
    assert enroll(office).code == 0
    device = the_device(office)
    done = office.run("revoke", "alice", device)
    assert done.code == 6 and "password" in done.err
    assert office.run("revoke", "alice", device, "--last").code == 2
    office.iam.botocore("iam").delete_login_profile(UserName="alice")
    office.iam.botocore("iam").create_access_key(UserName="alice")
    done = office.run("revoke", "alice", device)
    assert done.code == 6 and "access key" in done.err
    assert assigned(office.iam, "alice") == [device]


def test_the_last_device_goes_where_it_protects_nothing(office):
    office.iam.add_user("carol", password=False)
    assert enroll(office, "carol").code == 0
    done = office.run("revoke", "carol", assigned(office.iam, "carol")[0])
    assert done.code == 0, done


def test_a_token_that_is_not_here_is_listed_as_not_reached(office):
    assert enroll(office).code == 0
    device = the_device(office)
    office.tokens.card("a", False)
    office.tokens.unplug("a")
    done = office.run("revoke", "alice", device, "--last", "--reason", "lost")
    assert done.code == 10 and "NOT REACHED" in done.out, done
    assert assigned(office.iam, "alice") == []
    assert office.bindings() == []


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
    ("EnableMFADevice", {"error": "EntityTemporarilyUnmodifiable"}),
])
def test_what_aws_refuses_or_loses_is_undone(office, action, fault):
    office.iam.order(action, **fault)
    done = enroll(office)
    assert done.code in (1, 9), done
    assert "Nothing was left behind" in done.err, done
    assert assigned(office.iam, "alice") == []
    check_consistent(office)
    assert enroll(office).code == 0
    check_consistent(office)


@pytest.mark.parametrize("fault", [
    {"drop": "after"},
    {"http": 503, "body": "html", "after_effect": True},
    {"http": 200, "body": "html", "after_effect": True},
    {"cut": 10},
])
def test_an_enabling_whose_answer_is_lost_is_found_and_finished(office,
                                                                fault):
    office.iam.order("EnableMFADevice", **fault)
    done = enroll(office)
    assert done.code == 0, done
    assert len(assigned(office.iam, "alice")) == 1
    check_consistent(office)


@pytest.mark.parametrize("action", [
    "GetCallerIdentity", "GetUser", "ListMFADevices",
    "CreateVirtualMFADevice", "EnableMFADevice"])
def test_throttling_is_waited_out(office, action):
    office.iam.order(action, error="Throttling", count=2)
    done = enroll(office)
    assert done.code == 0, done
    check_consistent(office)


@pytest.mark.parametrize("action", [
    "GetCallerIdentity", "GetUser", "ListMFADevices"])
def test_a_read_that_fails_for_good_stops_before_a_touch(office, action):
    office.iam.order(action, http=503, body="html", count=None)
    done = enroll(office)
    assert done.code == 9, done
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_stale_lists_after_the_enabling_are_asked_again(office):
    office.iam.order("ListMFADevices", skip=1, count=None,
                     stale={"reads": 1})
    done = enroll(office)
    assert done.code == 0, done
    assert office.bindings()


def test_servers_that_close_after_each_reply_are_survived(office):
    office.iam.order("*", close="silent", count=None)
    done = enroll(office)
    assert done.code == 0, done
    check_consistent(office)


def test_expired_credentials_are_named(office):
    office.who = office.iam.session_credentials("admin", seconds=900)
    office.iam.clock(offset=3600 * 13)
    done = enroll(office)
    office.iam.clock(offset=0)
    assert done.code == 9, done
    assert "expired" in done.err.lower() or "clock" in done.err.lower()


@pytest.mark.parametrize("offset", [-120, 120])
def test_a_clock_two_minutes_off_makes_codes_by_awss_time(office, offset):
    office.iam.clock(offset=offset)
    done = enroll(office)
    assert done.code == 0, done
    assert "clock" in done.err
    # Local time would be four steps off. One step back is honest: the codes
    # were right when made, and a step ended on their way.
    device = office.iam.devices("alice")[the_device(office)]
    assert device["adjustment"] in (-1, 0)


@pytest.mark.parametrize("offset", [-1200, 1200])
def test_a_clock_twenty_minutes_off_is_refused_and_named(office, offset):
    office.iam.clock(offset=offset)
    done = enroll(office)
    assert done.code == 9, done
    assert "clock" in done.err
    assert unassigned(office.iam) == []
    assert office.tokens.stats("a")["touch"]["used"] == 0


def test_the_region_of_another_partition_is_refused(office):
    done = enroll(office, "alice", "--region", "cn-north-1")
    assert done.code in (6, 9), done
    assert "CreateVirtualMFADevice" not in [
        c["action"] for c in office.iam.calls() if c["effect"]]


def test_plain_http_to_another_machine_is_refused(office):
    done = enroll(office, "alice", "--endpoint-url", "http://192.0.2.1/")
    assert done.code in (2, 6) and "http" in done.err


# ---- the token misbehaves or goes away ----


@pytest.mark.parametrize("kind", ["oath-wrong-hmac", "oath-short-reply",
                                  "oath-endless", "oath-sw-6f00"])
def test_an_applet_that_fails_the_proof_is_not_enabled(office, kind):
    office.tokens.misbehave("a", kind, command="oath-calculate", count=-1)
    done = enroll(office)
    assert done.code == 1, done
    assert "EnableMFADevice" not in actions(office.iam)
    office.tokens.clear("a")
    assert unassigned(office.iam) == [] and accounts(office) == {}
    check_consistent(office)


@pytest.mark.parametrize("command", ["oath-put", "oath-calculate"])
def test_a_card_that_goes_away_leaves_an_undo_owed(office, command):
    office.tokens.misbehave("a", "card-removed", command=command, at=0)
    done = enroll(office)
    assert done.code != 0
    assert "EnableMFADevice" not in actions(office.iam)
    assert unassigned(office.iam) == []
    office.wait_for_no_card()
    office.tokens.card("a", True)
    office.cards.wait_for_card(0)
    assert enroll(office).code == 0
    check_consistent(office)


@pytest.mark.parametrize("touch", [1, 2])
def test_a_touch_that_does_not_come_is_exit_8_and_undone(office, touch):
    office.tokens.touch("a", "ask")
    if touch == 2:
        office.tokens.grant("a")
    done = enroll(office, "alice", "--touch-timeout", "2")
    assert done.code == 8, done
    office.tokens.touch("a", "give")
    done = enroll(office)
    assert done.code == 0, done
    check_consistent(office)


def test_an_unplugged_token_during_the_first_touch_is_exit_4(office):
    office.tokens.misbehave("a", "unplug-on-command",
                            command="makeCredential")
    done = enroll(office)
    assert done.code == 4, done
    assert "CreateVirtualMFADevice" not in actions(office.iam)
    assert office.journals() == []


@pytest.mark.parametrize("touch", [1, 2])
def test_ctrl_c_while_waiting_for_a_touch_is_undone(office, touch):
    office.tokens.touch("a", "ask")
    if touch == 2:
        office.tokens.grant("a")
    process = office.start("enroll", "alice", *TOTP)
    wait_for_touch(office, touch)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    office.tokens.touch("a", "give")
    done = enroll(office)
    assert done.code == 0, done
    check_consistent(office)


def test_a_second_run_is_told_that_the_user_is_being_enrolled(office):
    office.tokens.touch("a", "ask")
    first = office.start("enroll", "alice", *TOTP)
    wait_for_touch(office, 1)
    second = enroll(office)
    assert second.code != 0
    kill_hard(first)
    office.tokens.touch("a", "give")
    assert subprocess.run(["true"], check=True)


# ---- other servers ----


def test_tls_with_a_private_ca_works_and_without_it_does_not(office,
                                                             tmp_path):
    from iam.client import LocalIAM, make_certificates
    (tmp_path / "tls").mkdir()
    made = make_certificates(tmp_path / "tls")
    with LocalIAM(tls=made) as secure:
        office.iam = secure
        secure.add_user("alice")
        done = enroll(office, env={"AWS_CA_BUNDLE": None})
        assert done.code == 9 and "certificate" in done.err.lower()
        done = enroll(office, env={"AWS_CA_BUNDLE": made.ca})
        assert done.code == 0, done


def test_the_whole_line_survives_moto(office):
    from iam.moto import Moto
    with Moto(users=("alice",)) as other:
        office.iam = None
        env = other.env()
        done = enroll(office, env=env)
        assert done.code == 0, done
        device = office.bindings()[0]["device"]
        done = office.run("revoke", "alice", device, env=env)
        assert done.code == 0, done
        assert office.bindings() == []


# ---- the record of what is gone at AWS ----


def test_a_device_that_is_gone_at_aws_is_taken_out_of_the_record(office):
    assert enroll(office).code == 0
    device = the_device(office)
    iam = office.iam.botocore("iam")
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=device)
    iam.delete_virtual_mfa_device(SerialNumber=device)
    done = office.run("revoke", "alice", device)
    assert done.code == 0 and "gone already" in done.out, done
    check_consistent(office)


def test_a_device_of_somebody_else_is_not_taken_out_of_the_record(office):
    assert enroll(office).code == 0
    device = the_device(office)
    done = office.run("revoke", "bob", device)
    assert done.code == 1 and "no device" in done.err, done
    assert len(office.bindings()) == 1
    assert assigned(office.iam, "alice") == [device]
