# SPDX-License-Identifier: Apache-2.0
"""Sequences at AWS that cannot be finished at once: one person's unfinished
run is not everybody's, a revocation goes forward until AWS's own lists say so,
and each resumption looks who has the device by now."""
import json
import time

import pytest

from lines import (accounts, all_assigned, assigned, check_consistent,
                   unassigned)

TOTP = ("--method", "totp")
LAST = ("--last", "--reason", "left")


def enroll(site, user="alice", *more, **how):
    return site.run("enroll", user, *TOTP, *more, **how)


def enroll_on(two_keys, user, token):
    done = enroll(two_keys, user, "--token", two_keys.tokens.hidraw(token))
    assert done.code == 0, done
    return assigned(two_keys.iam, user)[0]


def the_device(site, user="alice"):
    (device,) = assigned(site.iam, user)
    return device


def revoke(site, device, *more, user="alice", **how):
    return site.run("revoke", user, device, *LAST, *more, **how)


def deny(site, *actions, **more):
    for action in actions:
        site.iam.order(action, error="AccessDenied", count=None, **more)


def last_line(site):
    (path,) = site.journals()
    return json.loads(path.read_text().splitlines()[-1])


def enable_again(site, device, user="alice"):
    """As somebody would in the console, with codes of the same secret."""
    iam = site.iam.botocore("iam")
    seed = site.iam.devices()[device]["seed"]
    first, second = site.iam.pair(seed, steps=4)
    iam.enable_mfa_device(UserName=user, SerialNumber=device,
                          AuthenticationCode1=first,
                          AuthenticationCode2=second)


def deactivate(site, device, user="alice"):
    site.iam.botocore("iam").deactivate_mfa_device(UserName=user,
                                                   SerialNumber=device)


def reset_oath(site):
    done = site.tokens.run("ykman", "--reader", site.cards.reader(0), "oath",
                           "reset", "-f", timeout=60)
    assert done.returncode == 0, done


def stuck_at_delete(site, device):
    """A revocation that was killed between its two calls at AWS."""
    journals = site.journals()
    site.iam.order("DeleteVirtualMFADevice", http=503, body="html",
                   count=None)
    done = revoke(site, device)
    assert done.code == 9, done
    site.iam.clear_orders()
    (path,) = [j for j in site.journals() if j not in journals]
    assert json.loads(path.read_text().splitlines()[-1])["point"] == \
        "deactivated"
    return path


# ---- one journal does not stop the station ----


def test_a_refused_delete_is_an_orphan_and_everything_else_goes(two_keys):
    device = enroll_on(two_keys, "alice", "a")
    deny(two_keys, "DeleteVirtualMFADevice")
    done = revoke(two_keys, device, "--json")
    assert done.code == 10, done
    told = done.json["revoked"]
    assert told["deactivated"] and not told["deleted"], told
    assert told["bindingRemoved"] and told["oathCredentialRemoved"], told
    assert told["notReached"] == [device]
    assert ("aws iam delete-virtual-mfa-device --serial-number " + device
            ) in done.err
    assert two_keys.bindings() == [] and accounts(two_keys) == {}
    assert unassigned(two_keys.iam) == [device]
    # and nobody waits for the administrator
    other = enroll_on(two_keys, "bob", "b")
    enroll_on(two_keys, "alice", "a")
    assert revoke(two_keys, other, user="bob").code == 10
    assert assigned(two_keys.iam, "bob") == []
    two_keys.iam.clear_orders()
    for gone in unassigned(two_keys.iam):
        two_keys.iam.botocore("iam").delete_virtual_mfa_device(
            SerialNumber=gone)
    done = revoke(two_keys, the_device(two_keys))
    assert done.code == 0, done
    assert two_keys.journals() == [] and two_keys.bindings() == []


def test_an_orphan_is_deleted_by_the_next_run_that_may(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deny(aws_site, "DeleteVirtualMFADevice")
    assert revoke(aws_site, device).code == 10
    assert last_line(aws_site)["point"] == "orphan"
    aws_site.iam.clear_orders()
    assert enroll(aws_site, "bob", "--holder", "alice").code == 0
    check_consistent(aws_site)


def test_revoking_an_orphan_once_more_ends_it_with_a_receipt(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deny(aws_site, "DeleteVirtualMFADevice")
    assert revoke(aws_site, device).code == 10
    done = revoke(aws_site, device)
    assert done.code == 10 and "NOT REACHED" in done.out, done
    aws_site.iam.clear_orders()
    done = revoke(aws_site, device, "--json")
    assert done.code == 0, done
    told = done.json["revoked"]
    assert told["deactivated"] and told["deleted"], told
    check_consistent(aws_site)


@pytest.mark.parametrize("left", ["enabled again", "moved", "lists denied",
                                  "deactivation denied"])
def test_a_revocation_that_is_stuck_stops_nobody_else(two_keys, left):
    device = enroll_on(two_keys, "alice", "a")
    if left == "deactivation denied":
        two_keys.iam.order("DeactivateMFADevice", drop="before")
        deny(two_keys, "DeactivateMFADevice")
        assert revoke(two_keys, device).code == 9
    else:
        stuck_at_delete(two_keys, device)
    if left == "enabled again":
        time.sleep(1.1)
        enable_again(two_keys, device)
    elif left == "moved":
        enable_again(two_keys, device, "bob")
    elif left == "lists denied":
        deny(two_keys, "ListVirtualMFADevices")
        two_keys.iam.order("ListMFADevices", error="AccessDenied", count=1)
    two_keys.iam.add_user("carol", password=True)
    done = enroll(two_keys, "carol", "--token", two_keys.tokens.hidraw("b"))
    assert done.code == 0, done
    assert len(two_keys.journals()) == 1
    assert last_line(two_keys)["cause"] and "is not finished" in done.err, done
    assert "What ends it: `tokenbridge revoke" in done.err, done
    two_keys.iam.clear_orders()
    done = revoke(two_keys, the_device(two_keys, "carol"), user="carol")
    assert done.code == 0, done
    assert assigned(two_keys.iam, "carol") == []


def test_a_user_with_a_stuck_revocation_is_not_enrolled_meanwhile(two_keys):
    device = enroll_on(two_keys, "alice", "a")
    stuck_at_delete(two_keys, device)
    time.sleep(1.1)
    enable_again(two_keys, device)
    done = enroll(two_keys, "alice", "--token", two_keys.tokens.hidraw("b"))
    assert done.code == 6 and "unfinished run" in done.err, done
    assert f"tokenbridge revoke alice {device}" in done.err, done
    assert two_keys.tokens.stats("b")["touch"]["used"] == 0


def test_a_renamed_user_is_revoked_under_the_new_name(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    aws_site.iam.order("DeactivateMFADevice", drop="before")
    aws_site.iam.order("DeactivateMFADevice", drop="before", count=None)
    aws_site.iam.order("ListVirtualMFADevices", drop="before", count=None)
    assert revoke(aws_site, device).code == 9
    aws_site.iam.clear_orders()
    aws_site.iam.botocore("iam").update_user(UserName="alice",
                                             NewUserName="alice2")
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 0, done
    assert "Finished an earlier revocation" in done.err, done
    assert assigned(aws_site.iam, "alice2") == []
    check_consistent(aws_site)


@pytest.mark.parametrize("name", ["alice", "alice2"])
def test_who_was_renamed_since_the_enrollment_is_revoked(aws_site, name):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    aws_site.iam.botocore("iam").update_user(UserName="alice",
                                             NewUserName="alice2")
    done = aws_site.run("revoke", name, device)
    assert done.code == 6 and "last MFA device of 'alice2'" in done.err, done
    done = revoke(aws_site, device, user=name)
    assert done.code == 0, done
    check_consistent(aws_site)


def test_another_user_of_the_same_name_is_left_alone(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    path = stuck_at_delete(aws_site, device)
    iam = aws_site.iam.botocore("iam")
    iam.delete_login_profile(UserName="alice")
    iam.delete_user(UserName="alice")
    aws_site.iam.add_user("alice", password=True)
    enable_again(aws_site, device)
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 6 and "enabled for 'alice' by now" in done.err, done
    assert assigned(aws_site.iam, "alice") == [device]
    assert path.exists()


def test_a_password_on_the_applet_leaves_the_account_and_no_journal(aws_site):
    assert enroll(aws_site).code == 0
    aws_site.tokens.oath_password("a", password="tulip")
    done = revoke(aws_site, the_device(aws_site))
    assert done.code == 10 and "a password protects" in done.out, done
    assert aws_site.journals() == [] and aws_site.bindings() == []
    assert assigned(aws_site.iam, "alice") == []


def test_a_journal_that_cannot_be_read_does_not_keep_a_device(aws_site):
    assert enroll(aws_site).code == 0
    folder = aws_site.registry.parent / "registry.db.journal"
    bad = folder / ("0" * 31 + "1.journal")
    bad.write_text("garbage\n")
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 1 and "cannot be read" in done.err, done
    done = revoke(aws_site, the_device(aws_site))
    assert done.code == 0 and "cannot be read" in done.err, done
    assert all_assigned(aws_site.iam) == []


# ---- a revocation goes forward ----


@pytest.mark.parametrize("then", [
    {"error": "AccessDenied", "count": None},
    {"error": "Throttling", "count": 12},
    {"http": 503, "body": "html", "count": None},
])
def test_a_deactivation_whose_answer_was_lost_is_found_by_the_lists(aws_site,
                                                                   then):
    assert enroll(aws_site).code == 0
    aws_site.iam.order("DeactivateMFADevice", drop="after")
    aws_site.iam.order("DeactivateMFADevice", **then)
    done = revoke(aws_site, the_device(aws_site), "--json")
    assert done.code == 0, done
    told = done.json["revoked"]
    assert told["deactivated"] and told["deleted"], told
    check_consistent(aws_site)


def test_a_request_that_was_lost_and_refused_later_stays_owed(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    aws_site.iam.order("DeactivateMFADevice", drop="before")
    deny(aws_site, "DeactivateMFADevice")
    done = revoke(aws_site, device)
    assert done.code == 9 and "DeactivateMFADevice" in done.err, done
    assert last_line(aws_site)["point"] == "deactivate-sent"
    assert "not authorized" in last_line(aws_site)["cause"]
    # refused once more on resumption: still not forgotten
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 6, done
    assert len(aws_site.journals()) == 1
    aws_site.iam.clear_orders()
    assert enroll(aws_site, "bob", "--holder", "alice").code == 0
    assert assigned(aws_site.iam, "alice") == []
    check_consistent(aws_site)


def test_a_first_request_that_is_refused_leaves_everything(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deny(aws_site, "DeactivateMFADevice")
    done = revoke(aws_site, device)
    assert done.code == 9 and "not authorized" in done.err, done
    assert aws_site.journals() == [] and len(aws_site.bindings()) == 1
    assert assigned(aws_site.iam, "alice") == [device]


def test_a_revocation_that_was_killed_early_is_not_dropped(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    path = stuck_at_delete(aws_site, device)
    # as an older version left it, killed before its first request
    first = json.loads(path.read_text().splitlines()[0])
    for later in ("begunAt", "enabledAt"):
        first.pop(later, None)
    path.write_text(json.dumps(first) + "\n")
    assert enroll(aws_site, "bob", "--holder", "alice").code == 0
    assert assigned(aws_site.iam, "alice") == []
    check_consistent(aws_site)


def test_a_delete_whose_answer_was_lost_is_found_by_the_lists(aws_site):
    assert enroll(aws_site).code == 0
    aws_site.iam.order("DeleteVirtualMFADevice", drop="after")
    aws_site.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                       count=None)
    done = revoke(aws_site, the_device(aws_site), "--json")
    assert done.code == 0 and done.json["revoked"]["deleted"], done
    check_consistent(aws_site)


def test_a_revocation_that_recovery_would_finish_has_its_receipt(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    stuck_at_delete(aws_site, device)
    done = revoke(aws_site, device, "--json")
    assert done.code == 0, done
    told = done.json["revoked"]
    assert told["deactivated"] and told["deleted"], told
    assert told["bindingRemoved"] and told["oathCredentialRemoved"], told
    check_consistent(aws_site)


def test_what_somebody_else_s_run_finished_was_revoked(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    stuck_at_delete(aws_site, device)
    assert enroll(aws_site, "bob", "--holder", "alice").code == 0
    done = revoke(aws_site, device, "--json")
    assert done.code == 0, done
    assert done.json["changed"] is False
    assert done.json["revoked"]["deleted"] is False


# ---- enabled again, or for somebody else ----


def test_what_was_enabled_again_waits_for_a_new_decision(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    stuck_at_delete(aws_site, device)
    time.sleep(1.1)
    enable_again(aws_site, device)
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 6 and "was enabled again" in done.err, done
    assert assigned(aws_site.iam, "alice") == [device]
    # the guard is asked anew, and the device goes with the new decision only
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 6 and "last MFA device of 'alice'" in done.err, done
    assert assigned(aws_site.iam, "alice") == [device]
    done = revoke(aws_site, device, "--json")
    assert done.code == 0, done
    assert done.json["revoked"]["deactivated"] is True
    check_consistent(aws_site)


def test_an_old_journal_knows_an_enabling_after_it_began(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    path = stuck_at_delete(aws_site, device)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({
        name: value for name, value in line.items() if name in (
            "v", "journal", "kind", "point", "time", "account", "partition",
            "endpoint", "user", "userId", "serial", "oathId", "oathAccount",
            "token", "binding", "reason", "tokenSerial")}) + "\n"
        for line in lines))
    time.sleep(1.1)
    enable_again(aws_site, device)
    done = enroll(aws_site, "bob", "--holder", "alice")
    assert done.code == 6 and "was enabled again" in done.err, done
    assert assigned(aws_site.iam, "alice") == [device]


def test_a_device_that_is_somebody_else_s_by_now_is_not_touched(two_keys):
    device = enroll_on(two_keys, "alice", "a")
    stuck_at_delete(two_keys, device)
    enable_again(two_keys, device, "bob")
    done = revoke(two_keys, device)
    assert done.code == 1, done
    assert "is enabled for 'bob' by now" in done.err, done
    assert assigned(two_keys.iam, "bob") == [device]
    assert len(two_keys.bindings()) == 1
    assert list(accounts(two_keys)) == [device]
    command = f"tokenbridge revoke bob {device} --account 123456789012"
    assert last_line(two_keys)["remedy"] == command
    # what ends it ends it
    assert revoke(two_keys, device, user="bob").code == 0
    assert revoke(two_keys, device).code == 0
    check_consistent(two_keys)


def test_a_moved_device_is_not_revoked_from_the_record(two_keys):
    device = enroll_on(two_keys, "alice", "a")
    deactivate(two_keys, device)
    enable_again(two_keys, device, "bob")
    done = revoke(two_keys, device)
    assert done.code == 1 and "for 'bob' by now" in done.err, done
    assert two_keys.journals() == [] and len(two_keys.bindings()) == 1
    assert assigned(two_keys.iam, "bob") == [device]


# ---- those who may create, and not delete ----


@pytest.mark.parametrize("lists", [True, False])
def test_what_an_administrator_deleted_is_no_unfinished_run(aws_site, lists):
    aws_site.who = "alice"
    deny(aws_site, "DeleteVirtualMFADevice", caller="alice")
    aws_site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    if not lists:
        deny(aws_site, "ListVirtualMFADevices", caller="alice")
    done = enroll(aws_site)
    assert done.code == 9, done
    assert "aws iam delete-virtual-mfa-device" in done.err
    # here all was taken back at once
    assert accounts(aws_site) == {} and len(unassigned(aws_site.iam)) == 1
    assert aws_site.iam.sweep() != []
    done = enroll(aws_site)
    assert done.code == 0, done
    assert len(aws_site.journals()) == (0 if lists else 1)


def test_an_orphan_that_somebody_took_is_not_ours_any_more(aws_site):
    deny(aws_site, "DeleteVirtualMFADevice")
    aws_site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    assert enroll(aws_site).code == 9
    (device,) = unassigned(aws_site.iam)
    enable_again(aws_site, device, "bob")
    aws_site.iam.clear_orders()
    done = enroll(aws_site)
    assert done.code == 0 and "'bob's by now" in done.err, done
    assert aws_site.journals() == []
    assert assigned(aws_site.iam, "bob") == [device]


# ---- answers that name another device ----


def test_an_answer_about_another_device_deletes_only_our_own(aws_site):
    other = aws_site.iam.add_virtual_device("spare")["serial"]
    aws_site.iam.order("CreateVirtualMFADevice", hostile="other-element",
                       element="SerialNumber", text=other)
    done = enroll(aws_site)
    assert done.code == 1 and "names another device" in done.err, done
    assert unassigned(aws_site.iam) == [other]
    assert aws_site.journals() == [] and accounts(aws_site) == {}


def test_an_answer_of_another_account_deletes_only_our_own(aws_site):
    aws_site.iam.order("CreateVirtualMFADevice", hostile="other-element",
                       element="SerialNumber",
                       text="arn:aws:iam::999999999999:mfa/alice-0123")
    done = enroll(aws_site)
    assert done.code == 1, done
    deleted = [c["params"]["SerialNumber"] for c in
               aws_site.iam.calls("DeleteVirtualMFADevice")]
    assert all(":123456789012:mfa/alice-" in d for d in deleted) and deleted
    check_consistent(aws_site)


def test_an_answer_about_another_user_is_not_believed(aws_site):
    aws_site.iam.order("GetUser", hostile="other-element",
                       element="UserName", text="bob")
    done = enroll(aws_site)
    assert done.code == 1 and "'alice' was asked for" in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0


# ---- refusals that pass ----


@pytest.mark.parametrize("action, code", [
    ("EnableMFADevice", "EntityTemporarilyUnmodifiable"),
    ("EnableMFADevice", "ConcurrentModification"),
    ("EnableMFADevice", "NoSuchEntity"),
    ("CreateVirtualMFADevice", "ConcurrentModification"),
])
def test_a_passing_refusal_is_asked_again(aws_site, action, code):
    aws_site.iam.order(action, error=code, count=2)
    done = enroll(aws_site)
    assert done.code == 0, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 2
    sent = aws_site.iam.calls(action)
    assert len(sent) == 3
    assert sent[-1]["time"] - sent[0]["time"] >= 2
    check_consistent(aws_site)


def test_what_is_sent_again_has_codes_of_its_own_time(aws_site):
    aws_site.iam.order("EnableMFADevice", date=90,
                       error="EntityTemporarilyUnmodifiable")
    done = enroll(aws_site)
    assert done.code == 0, done
    first, second = aws_site.iam.calls("EnableMFADevice")
    codes = [{call["params"][f"AuthenticationCode{n}"] for n in (1, 2)}
             for call in (first, second)]
    assert not codes[0] & codes[1]
    check_consistent(aws_site)


@pytest.mark.parametrize("action", ["DeactivateMFADevice",
                                    "DeleteVirtualMFADevice"])
def test_a_passing_refusal_does_not_end_a_revocation(aws_site, action):
    assert enroll(aws_site).code == 0
    aws_site.iam.order(action, error="ConcurrentModification", count=2)
    done = revoke(aws_site, the_device(aws_site))
    assert done.code == 0, done
    check_consistent(aws_site)


def test_a_refusal_that_does_not_pass_is_undone_with_the_right_advice(
        aws_site):
    aws_site.iam.order("EnableMFADevice", count=None,
                       error="EntityTemporarilyUnmodifiable",
                       message="Login Profile for User alice is being "
                       "created.")
    done = enroll(aws_site)
    assert done.code == 9, done
    assert "being created" in done.err and "wait some minutes" in done.err
    assert "deleted and made again" not in done.err
    sent = aws_site.iam.calls("EnableMFADevice")
    assert 18 <= sent[-1]["time"] - sent[0]["time"] <= 40
    assert "Nothing was left behind" in done.err
    check_consistent(aws_site)


# ---- receipts say what was seen ----


def test_a_device_that_was_only_deactivated_is_deleted_and_said(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deactivate(aws_site, device)
    done = revoke(aws_site, device, "--json")
    assert done.code == 0, done
    told = done.json["revoked"]
    assert told["deleted"] is True and told["deactivated"] is False, told
    check_consistent(aws_site)


def test_an_account_that_was_gone_is_not_said_to_be_removed(aws_site):
    assert enroll(aws_site).code == 0
    reset_oath(aws_site)
    done = revoke(aws_site, the_device(aws_site), "--json")
    assert done.code == 0, done
    assert done.json["revoked"]["oathCredentialRemoved"] is False
    check_consistent(aws_site)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_seed_of_that_binding_is_taken_out(aws_site, which):
    """The row has three OATH applications behind two resets."""
    for user in ("alice", "bob"):
        assert enroll(aws_site, user, "--holder", "alice").code == 0
        reset_oath(aws_site)
    aws_site.iam.add_user("carol")
    assert enroll(aws_site, "carol", "--holder", "alice").code == 0
    user = ("alice", "bob", "carol")[which]
    device = the_device(aws_site, user)
    done = revoke(aws_site, device, "--json", user=user)
    assert done.code == 0, done
    removed = done.json["revoked"]["oathCredentialRemoved"]
    assert removed is (user == "carol"), done
    assert (accounts(aws_site) == {}) is (user == "carol")


@pytest.mark.parametrize("known", [True, False])
def test_a_list_that_lags_does_not_hide_a_last_device(aws_site, known):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    first = aws_site.iam.add_virtual_device("phone", user="alice")["serial"]
    if known:
        assert enroll(aws_site, "alice", "--force", "x").code != 0
    aws_site.iam.order("ListMFADevices", stale={"seconds": 60})
    assert aws_site.run("revoke", "alice", first).code == 0
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 6 and "last MFA device" in done.err, done
    assert assigned(aws_site.iam, "alice") == [device]


def test_a_device_whose_revocation_is_under_way_is_not_counted(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    aws_site.iam.add_virtual_device("phone", user="alice")
    aws_site.iam.order("DeactivateMFADevice", drop="before")
    deny(aws_site, "DeactivateMFADevice")
    assert aws_site.run("revoke", "alice", "phone").code == 9
    done = aws_site.run("revoke", "alice", device)
    assert done.code == 6 and "last MFA device" in done.err, done


def test_a_device_that_is_his_by_now_is_counted_all_the_same(aws_site):
    """The unfinished revocation is of who had it before."""
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    stuck_at_delete(aws_site, device)
    enable_again(aws_site, device, "bob")
    aws_site.iam.add_virtual_device("phone", user="bob")
    done = aws_site.run("revoke", "bob", "phone")
    assert done.code == 0, done
    assert assigned(aws_site.iam, "bob") == [device]


# ---- the holder comes with the binding ----


def test_an_enrollment_that_fails_leaves_the_token_nobody_s(aws_site):
    aws_site.tokens.misbehave("a", "oath-sw-6f00", command="oath-put",
                              count=-1)
    done = enroll(aws_site)
    assert done.code != 0 and "Nothing was left behind" in done.err, done
    aws_site.tokens.clear("a")
    (row,) = aws_site.show()
    assert row["holder"] is None and row["state"] == "stock", row
    assert enroll(aws_site, "bob").code == 0
    (row,) = aws_site.show()
    assert row["holder"] == "bob", row
    check_consistent(aws_site)


def test_an_enrollment_that_recovery_finishes_binds_the_holder(aws_site):
    aws_site.iam.order("EnableMFADevice", drop="after")
    aws_site.iam.order("ListMFADevices", http=503, body="html", skip=1,
                       count=3)
    done = enroll(aws_site, "alice", "--place", "safe 2")
    assert done.code == 9, done
    (row,) = aws_site.show()
    assert row["holder"] is None
    aws_site.iam.clear_orders()
    done = enroll(aws_site, "alice", "--place", "safe 2")
    assert "Finished an earlier enrollment" in done.err, done
    (row,) = aws_site.show()
    assert row["holder"] == "safe 2", row
    (kind,) = [json.loads(line)["body"]["kind"] for line in aws_site.run(
        "registry", "log", "--json").out.splitlines()
        if '"holder.added"' in line]
    assert kind == "place"
    check_consistent(aws_site)


# ---- recovery's branches ----


def test_a_journal_of_another_endpoint_is_left_and_said(aws_site):
    from iam.client import LocalIAM
    aws_site.iam.order("EnableMFADevice", drop="after")
    aws_site.iam.order("ListMFADevices", http=503, body="html", skip=1,
                       count=None)
    assert enroll(aws_site).code == 9
    (path,) = aws_site.journals()
    before = path.read_text()
    here = aws_site.iam
    with LocalIAM() as other:
        other.add_user("bob")
        aws_site.iam = other
        done = enroll(aws_site, "bob")
        # the account of that run is still in this token
        assert done.code == 6, done
        assert "is left for a run with that account" in done.err, done
        assert path.name in done.err
        assert other.calls("DeleteVirtualMFADevice") == []
    assert path.read_text() == before
    aws_site.iam = here
    here.clear_orders()
    assert enroll(aws_site, "bob", "--holder", "alice").code == 0
    check_consistent(aws_site)


def test_a_journal_of_another_account_does_not_stop_another_token(two_keys):
    two_keys.iam.order("EnableMFADevice", drop="after")
    two_keys.iam.order("ListMFADevices", http=503, body="html", skip=1,
                   count=None)
    assert enroll(two_keys, "alice", "--token",
                  two_keys.tokens.hidraw("a")).code == 9
    (path,) = two_keys.journals()
    two_keys.iam.clear_orders()
    two_keys.iam.add_account("999999999999", admin=True)
    two_keys.iam.add_user("carol", account="999999999999")
    two_keys.who = two_keys.iam.credentials(account="999999999999")
    done = enroll(two_keys, "carol", "--token", two_keys.tokens.hidraw("b"))
    assert done.code == 0, done
    assert "an unfinished run in account 123456789012" in done.err, done
    assert path.exists()


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_device_that_somebody_else_enabled_is_not_taken_back(aws_site, who):
    aws_site.tokens.touch("a", "ask")
    aws_site.tokens.grant("a")
    process = aws_site.start("enroll", "alice", *TOTP)
    from conftest import kill_hard
    from lines import wait_for_touch
    wait_for_touch(aws_site, 2)
    kill_hard(process)
    aws_site.tokens.touch("a", "give")
    (device,) = unassigned(aws_site.iam)
    enable_again(aws_site, device, who)
    done = enroll(aws_site, "alice")
    assert done.code == 6 and "unfinished run" in done.err, done
    assert ("somebody else enabled it" if who == "alice" else
            "is enabled for 'bob' by now") in done.err, done
    assert assigned(aws_site.iam, who) == [device]
    assert list(accounts(aws_site)) == [device]
    assert f"tokenbridge revoke {who} {device}" in done.err, done
    assert revoke(aws_site, device, user=who).code == 0
    assert enroll(aws_site).code == 0
    check_consistent(aws_site)


def test_a_token_that_owes_an_undo_is_not_enrolled_for_another(aws_site):
    # which is in the way of no enrollment of bob
    aws_site.iam.order("DeleteVirtualMFADevice", drop="before", count=None)
    aws_site.tokens.misbehave("a", "card-removed", command="oath-calculate",
                              at=0)
    assert enroll(aws_site).code != 0
    assert last_line(aws_site)["point"] == "put-sent"
    aws_site.wait_for_no_card()
    aws_site.tokens.card("a", True)
    aws_site.cards.wait_for_card(0)
    done = enroll(aws_site, "bob")
    assert done.code == 6, done
    assert "has an unfinished run that must be settled first" in done.err, done
    assert assigned(aws_site.iam, "bob") == []
    aws_site.iam.clear_orders()
    done = enroll(aws_site, "bob")
    assert done.code == 0, done
    assert "Undid an unfinished enrollment of 'alice'" in done.err, done
    check_consistent(aws_site)


# ---- AWS's clock ----


def test_a_missing_date_is_found_out_before_a_touch(aws_site):
    aws_site.iam.order("*", date="missing", count=None)
    done = enroll(aws_site)
    assert done.code == 9 and "did not tell its time" in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == 0
    assert unassigned(aws_site.iam) == []


# ---- who may list it, lists it ----


def audit_of(site, *checks):
    done = site.run("audit", "--checks", ",".join(checks), "--json",
                    "--registry", site.registry)
    return done, done.json["findings"]


def unfinished(site):
    done = site.run("registry", "show", "--unfinished", "--json")
    assert done.code == 0, done
    return done.json["unfinished"]


def runs_of(done):
    """Doctor's rows beside those of credentials."""
    return [check for check in done.json["checks"]
            if check["check"] == "unfinished-run"]


def test_an_unfinished_run_is_listed_with_age_cause_and_command(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    assert unfinished(aws_site) == []
    done = aws_site.run("doctor", "aws")
    assert done.code == 0 and "no enrollment and no revocation" in done.out
    stuck_at_delete(aws_site, device)
    (row,) = unfinished(aws_site)
    command = f"tokenbridge revoke alice {device} --account 123456789012"
    assert row["kind"] == "revoke" and row["point"] == "deactivated", row
    assert row["user"] == "alice" and row["device"] == device
    assert row["serial"] == 12345678 and row["running"] is False
    assert "DeleteVirtualMFADevice" in row["cause"], row
    assert row["command"] == command and row["begunAt"] <= row["pointAt"]
    done = aws_site.run("registry", "show", "--unfinished")
    assert "revocation of alice" in done.out and command in done.out, done
    assert "began " in done.out and " ago" in done.out
    done = aws_site.run("doctor", "aws", "--json")
    assert done.code == 3, done
    (check,) = runs_of(done)
    assert check["status"] == "fail" and check["remedy"] == command, check
    done, (finding,) = audit_of(aws_site, "run-unfinished")
    assert done.code == 3, done
    assert finding["status"] == "FAIL" and finding["device"] == device
    assert finding["severity"] == "medium"
    assert finding["remedy"] == f"`{command}`", finding
    assert "DeleteVirtualMFADevice" in finding["observed"], finding
    # the command ends it
    assert aws_site.run(*command.split()[1:]).code == 0
    assert unfinished(aws_site) == []
    done, rows = audit_of(aws_site, "run-unfinished")
    assert done.code == 0 and rows == []


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_an_orphan_that_somebody_has_by_now_is_unknown_to_the_registry(
        aws_site, user):
    """It was revoked, its binding is gone, and who enabled it is not known."""
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deny(aws_site, "DeleteVirtualMFADevice")
    assert revoke(aws_site, device).code == 10
    time.sleep(1.1)
    enable_again(aws_site, device, user)
    done, (row,) = audit_of(aws_site, "device-unknown")
    assert (row["status"], row["subject"]) == ("FAIL", user), row
    assert done.code == 3, done


def test_a_run_that_is_running_is_no_finding(aws_site):
    from lines import wait_for_touch
    aws_site.tokens.touch("a", "ask")
    process = aws_site.start("enroll", "alice", *TOTP)
    wait_for_touch(aws_site, 1)
    (row,) = unfinished(aws_site)
    assert row["running"] is True and row["command"] is None, row
    assert aws_site.run("doctor", "aws").code == 0
    done, rows = audit_of(aws_site, "run-unfinished")
    assert done.code == 0 and rows == []
    aws_site.tokens.touch("a", "give")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_an_orphan_is_listed_with_the_administrator_s_command(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deny(aws_site, "DeleteVirtualMFADevice")
    assert revoke(aws_site, device).code == 10
    (row,) = unfinished(aws_site)
    assert row["command"] == ("aws iam delete-virtual-mfa-device "
                              "--serial-number " + device)
    done = aws_site.run("doctor", "aws", "--json")
    assert done.code == 0 and runs_of(done)[0]["status"] == "warn"


def test_a_journal_that_cannot_be_read_is_unknown_everywhere(aws_site):
    folder = aws_site.registry.parent / "registry.db.journal"
    folder.mkdir(mode=0o700)
    (folder / ("0" * 31 + "1.journal")).write_text("garbage\n")
    done = aws_site.run("registry", "show", "--unfinished", "--json")
    assert done.code == 10 and "cannot be read" in done.json["problem"], done
    assert aws_site.run("doctor", "aws").code == 10
    done, (finding,) = audit_of(aws_site, "run-unfinished")
    assert done.code == 10 and finding["status"] == "UNKNOWN", done


def test_a_device_at_another_user_has_moved(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    done, (finding,) = audit_of(aws_site, "device-moved")
    assert done.code == 0 and finding["status"] == "PASS", done
    deactivate(aws_site, device)
    enable_again(aws_site, device, "bob")
    done, (finding,) = audit_of(aws_site, "device-moved")
    assert done.code == 3, done
    assert finding["status"] == "FAIL" and finding["severity"] == "high"
    assert finding["device"] == device and "'bob'" in finding["observed"]
    assert f"tokenbridge revoke bob {device}" in finding["remedy"]


def test_who_was_renamed_has_moved_nothing(aws_site):
    assert enroll(aws_site).code == 0
    aws_site.iam.botocore("iam").update_user(UserName="alice",
                                             NewUserName="alice2")
    done, (finding,) = audit_of(aws_site, "device-moved")
    assert done.code == 0 and finding["status"] == "PASS", done


def test_the_list_of_virtual_devices_alone_moves_nothing(aws_site):
    assert enroll(aws_site).code == 0
    device = the_device(aws_site)
    deactivate(aws_site, device)
    enable_again(aws_site, device, "bob")
    deny(aws_site, "ListMFADevices")
    done, (finding,) = audit_of(aws_site, "device-moved")
    assert done.code == 10 and finding["status"] == "UNKNOWN", done


# ---- a token with which a run is not finished ----


def owe_an_undo(site):
    site.tokens.misbehave("a", "card-removed", command="oath-calculate",
                          at=0)
    done = enroll(site, "alice", "--token", site.tokens.hidraw("a"))
    assert done.code not in (0, 4), done
    site.cards.wait_for_no_card(0)
    (row,) = site.show()
    return row["id"]


def test_a_token_under_an_unfinished_run_is_not_moved_unseen(aws_site):
    token = owe_an_undo(aws_site)
    for verb in (["move", "--holder", "bob"], ["retire"]):
        done = aws_site.run("registry", verb[0], token, *verb[1:])
        assert done.code == 6, done
        assert "an enrollment of 'alice'" in done.err, done
        assert "is not finished" in done.err, done
        (row,) = aws_site.show()
        assert row["state"] == "stock" and row["holder"] is None, row
    done = aws_site.run("registry", "move", token, "--holder", "bob",
                        "--force", "she has left")
    assert done.code == 0 and "is not finished" in done.err, done


def test_a_token_that_is_lost_is_not_waited_for(two_keys):
    token = owe_an_undo(two_keys)
    done = two_keys.run("registry", "move", token, "--state", "lost")
    assert done.code == 0 and "is not finished" in done.err, done
    done = two_keys.run("registry", "retire", token)
    assert done.code == 0 and "is not finished" in done.err, done
    done = enroll(two_keys, "bob", "--token", two_keys.tokens.hidraw("b"))
    assert done.code == 0, done
    assert "Undid an unfinished enrollment of 'alice'" in done.err, done
    assert two_keys.journals() == []


def test_a_user_is_not_left_reserved_without_a_journal(aws_site):
    import sqlite3
    from lines import wait_for_touch
    aws_site.tokens.touch("a", "ask")
    process = aws_site.start("enroll", "alice", *TOTP, "--touch-timeout", "3")
    wait_for_touch(aws_site, 1)
    db = sqlite3.connect(aws_site.registry, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    _, err = process.communicate(timeout=90)
    assert process.returncode != 0, err
    assert len(aws_site.journals()) == 1, err
    db.execute("ROLLBACK")
    db.close()
    aws_site.tokens.touch("a", "give")
    done = enroll(aws_site)
    assert done.code == 0, done
    check_consistent(aws_site)
