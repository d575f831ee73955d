# SPDX-License-Identifier: Apache-2.0
"""Several things revoked at once: a user's devices, a lost token's bindings,
everything of a person who leaves, virtual devices that nobody has."""
import json
import shutil
import subprocess

import pytest

from lines import accounts, assigned, check_consistent, unassigned
from broken_off import run_killed_at
from test_pam_enroll import sk_key

TOTP = ("--method", "totp")
LAST = ("--last", "--reason", "left")
ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:"


def enroll(site, user="alice", token=None, *more, holder="alice"):
    if token:
        more = (*more, "--token", site.tokens.hidraw(token))
    before = set(assigned(site.iam, user))
    done = site.run("enroll", user, *TOTP, "--holder", holder, *more)
    assert done.code == 0, done
    (device,) = set(assigned(site.iam, user)) - before
    return device


def revoke(site, *arguments, **how):
    return site.run("revoke", *arguments, **how)


def rows(done):
    """(outcome, what, subject) of each row of the receipt."""
    return [(row["outcome"], row["what"], row["subject"])
            for row in done.json["revoked"]["rows"]]


def keys(site, user):
    state = site.iam.state()
    ids = state["accounts"][ACCOUNT]["users"][user]["keys"]
    return {key: state["keys"][key]["active"] for key in ids}


def user(site, name):
    return site.iam.state()["accounts"][ACCOUNT]["users"][name]


def bind_login(site, token="a", holder="alice", name="games"):
    done = site.run("pam-enroll", name, "--login-db", login_db(site),
                    "--holder", holder, "--token", site.tokens.hidraw(token))
    assert done.code == 0, done


def login_db(site):
    return site.folder / "site" / "login.db"


# ---- USER DEVICE|LABEL|SERIAL ----


@pytest.mark.parametrize("name", ["blue-7", "12345678"])
def test_a_device_goes_by_its_tokens_label_and_serial_number(aws_site, name):
    device = enroll(aws_site, "alice", None, "--label", "blue-7")
    done = revoke(aws_site, "alice", name, *LAST)
    assert done.code == 0, done
    assert done.out.startswith(f"Revoked {device}\n"), done
    check_consistent(aws_site)
    # and again: what was revoked is revoked
    done = revoke(aws_site, "alice", name, *LAST)
    assert done.code == 0 and "was gone already" in done.out, done


def test_a_text_that_means_two_devices_is_refused_with_both_shown(two_keys):
    first = enroll(two_keys, "alice", "a")
    name = first.rpartition("/")[2]
    second = enroll(two_keys, "alice", "b", "--label", name)
    done = revoke(two_keys, "alice", name)
    assert done.code == 6, done
    assert done.err.splitlines()[-1] == (
        f"tokenbridge: '{name}' means two devices of 'alice': by label "
        f"'{second}', by device '{first}'; give the whole serial number of "
        "one"), done
    assert assigned(two_keys.iam, "alice") == sorted([first, second])
    assert revoke(two_keys, "alice", second).code == 0
    assert assigned(two_keys.iam, "alice") == [first]


def test_a_label_of_somebody_elses_token_is_no_device(two_keys):
    enroll(two_keys, "alice", "a")
    enroll(two_keys, "bob", "b", "--label", "blue-7", holder="bob")
    done = revoke(two_keys, "alice", "blue-7", *LAST)
    assert done.code == 1, done
    assert ("'alice' has no device 'blue-7' at AWS (of 1), and the registry "
            "knows none") in done.err, done


def test_what_is_not_there_is_answered_by_what_is(two_keys):
    """Of the same user; nothing was asked that could change anything."""
    device = enroll(two_keys, "alice", "a", "--label", "blue-7")
    name = device.rpartition("/")[2]
    enroll(two_keys, "bob", "b", "--label", "red-1", holder="bob")
    done = revoke(two_keys, "alice", "blue-9", *LAST)
    assert done.code == 1, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: 'alice' has no device 'blue-9' at AWS (of 1), and the "
        f"registry knows none; there are: '{name}' (blue-7); did you mean "
        "'blue-7'?"), done
    done = revoke(two_keys, "alcie", "blue-7", *LAST)
    assert done.code == 1, done
    assert done.err.splitlines()[-1] == (
        f"tokenbridge: account {ACCOUNT} has no IAM user 'alcie', and the "
        "registry knows no device 'blue-7' of such a user; did you mean "
        "'alice'?"), done
    for verb in (["enroll", "alcie", *TOTP], ["replace", "alcie", "blue-7",
                                              *TOTP]):
        done = two_keys.run(*verb, "--token", "12345678")
        assert done.err.splitlines()[-1] == (
            f"tokenbridge: account {ACCOUNT} has no IAM user 'alcie'; did you "
            "mean 'alice'?"), done
    # one of many is found by its name, the others are counted
    for number in range(4):
        two_keys.iam.add_fido_device("alice", f"spare{number}")
    done = revoke(two_keys, "alice", "phone", *LAST)
    assert "(of 5)" in done.err and " and 2 more" in done.err, done
    assert "did you mean" not in done.err, done
    assert revoke(two_keys, "alice", name).code == 0
    # a user who has none
    two_keys.iam.add_user("carol", password=True)
    done = revoke(two_keys, "carol", "phone", *LAST)
    assert done.err.rstrip().endswith("(of 0), and the registry knows none")


# ---- --all ----


def test_all_devices_of_a_user_go_at_once(two_keys):
    devices = [enroll(two_keys, "alice", "a"), enroll(two_keys, "alice", "b")]
    fido = two_keys.iam.add_fido_device("alice", "blue")
    other = enroll(two_keys, "bob", "a")
    done = revoke(two_keys, "--all", "alice", *LAST, "--json")
    assert done.code == 0, done
    assert rows(done) == [
        *(("revoked", "device", device) for device in sorted(devices)),
        ("revoked", "device", fido)], done
    assert [row["text"] for row in done.json["revoked"]["rows"]] == [
        "deactivated and deleted", "deactivated and deleted", "deactivated"]
    assert assigned(two_keys.iam, "alice") == []
    assert assigned(two_keys.iam, "bob") == [other]
    assert [b["device"] for b in two_keys.bindings()] == [other]
    done = revoke(two_keys, "--all", "alice")
    assert done.code == 0, done
    assert done.out == f"Nothing to do  user alice in account {ACCOUNT} at " \
        f"{two_keys.iam.url}/\n", done


def test_the_rule_of_the_last_device_is_asked_once_and_before_anything(
        two_keys):
    devices = [enroll(two_keys, "alice", "a"), enroll(two_keys, "alice", "b")]
    two_keys.iam.calls(clear=True)
    done = revoke(two_keys, "--all", "alice")
    assert done.code == 6, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: this is the last MFA device of 'alice', who has a "
        "console password: enroll another one first, or give --last --reason "
        "TEXT"), done
    assert assigned(two_keys.iam, "alice") == sorted(devices)
    assert len(two_keys.iam.calls("GetLoginProfile")) == 1
    assert two_keys.journals() == []


def test_a_user_that_nobody_has_is_no_success(aws_site):
    done = revoke(aws_site, "--all", "carol", *LAST)
    assert done.code == 1, done
    assert done.err.splitlines()[-1] == (
        f"tokenbridge: account {ACCOUNT} has no IAM user 'carol', and the "
        "registry binds nothing to it"), done


def test_access_goes_before_the_devices(aws_site):
    device = enroll(aws_site)
    aws_site.iam.credentials("alice")
    aws_site.iam.calls(clear=True)
    done = revoke(aws_site, "--all", "alice", "--cut-access", "--json")
    assert done.code == 0, done
    (key,) = keys(aws_site, "alice")
    assert rows(done) == [
        ("revoked", "policy", "tokenbridge-revoked"),
        ("revoked", "access-key", key),
        ("revoked", "password", None),
        ("revoked", "device", device)], done
    changed = [c["action"] for c in aws_site.iam.calls() if c["effect"] and
               not c["action"].startswith(("Get", "List"))]
    assert changed == ["PutUserPolicy", "UpdateAccessKey",
                       "DeleteLoginProfile", "DeactivateMFADevice",
                       "DeleteVirtualMFADevice"]
    assert keys(aws_site, "alice") == {key: False}
    assert not user(aws_site, "alice")["password"]
    document = json.loads(user(aws_site, "alice")["policies"][
        "tokenbridge-revoked"])
    assert document["Statement"] == [{
        "Sid": "TokenbridgeRevoked", "Effect": "Deny", "Action": "*",
        "Resource": "*"}]
    assert done.json["revoked"]["sessions"] == (
        "the policy covers sessions of the user; a session of a role that was "
        "assumed before goes on until it ends")
    check_consistent(aws_site)


def test_a_session_that_was_opened_before_is_denied_everything(aws_site):
    enroll(aws_site)
    session = aws_site.iam.session_credentials("alice", mfa=True)
    before = aws_site.iam.botocore("iam", session)
    assert before.get_user()["User"]["UserName"] == "alice"
    assert revoke(aws_site, "--all", "alice", "--cut-access").code == 0
    with pytest.raises(before.exceptions.ClientError) as refused:
        before.get_user()
    assert "with an explicit deny in an identity-based policy" in str(
        refused.value)


def test_nobody_cuts_their_own_access(aws_site):
    enroll(aws_site)
    aws_site.who = "alice"
    done = revoke(aws_site, "--all", "alice", "--cut-access")
    assert done.code == 6, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: 'alice' is whose credentials are used here: the first "
        "step would stop the rest; run it as somebody else"), done
    assert "tokenbridge-revoked" not in user(aws_site, "alice")["policies"]


# ---- --token ----


def test_every_binding_of_a_lost_token_goes(two_keys):
    two_keys.iam.add_user("carol")
    device = enroll(two_keys, "carol", "a", "--label", "blue-7")
    kept = enroll(two_keys, "bob", "b", holder="bob")
    bind_login(two_keys)
    two_keys.tokens.unplug("a")
    done = revoke(two_keys, "--token", "blue-7", "--login-db",
                  login_db(two_keys), "--json")
    assert done.code == 10, done
    told = rows(done)
    assert told[0][:2] == ("revoked", "pam"), done
    assert told[1] == ("revoked", "device", device), done
    assert told[2] == ("not-reached", "oath", device), done
    assert two_keys.iam.devices("carol") == {}
    assert [b["device"] for b in two_keys.bindings()] == [kept]
    assert "generation 2" in done.err or "login.db" in done.err, done
    done = revoke(two_keys, "--token", "blue-7", "--login-db",
                  login_db(two_keys))
    assert done.code == 0 and done.out.startswith("Nothing to do"), done


def test_a_lost_tokens_last_device_stays_and_is_listed(aws_site):
    device = enroll(aws_site, "alice", None, "--label", "blue-7")
    done = revoke(aws_site, "--token", "blue-7")
    assert done.code == 10, done
    assert f"  NOT REVOKED  device {device} of alice: this is the last MFA " \
        "device of 'alice', who has a console password: enroll another one " \
        "first, or give --last --reason TEXT\n" \
        f"    tokenbridge revoke --account {ACCOUNT} -- alice {device}\n" in \
        done.out, done
    assert assigned(aws_site.iam, "alice") == [device]
    done = revoke(aws_site, "--token", "blue-7", *LAST)
    assert done.code == 0, done
    check_consistent(aws_site)


def test_a_device_of_another_account_is_not_reached(aws_site):
    device = enroll(aws_site, "alice", None, "--label", "blue-7")
    other = "210987654321"
    aws_site.iam.add_account(other)
    there = aws_site.iam.role_credentials(account=other)
    done = revoke(aws_site, "--token", "blue-7", "--json",
                  env=aws_site.iam.env(there))
    assert done.code == 10, done
    (row,) = done.json["revoked"]["rows"]
    assert row["outcome"] == "not-reached" and row["account"] == ACCOUNT, row
    assert row["command"] == (
        f"tokenbridge revoke --account {ACCOUNT} -- alice {device}"), row
    assert assigned(aws_site.iam, "alice") == [device]


def test_two_tokens_of_one_label_are_not_guessed_between(two_keys):
    enroll(two_keys, "alice", "a", "--label", "blue")
    enroll(two_keys, "bob", "b", "--label", "blue", holder="bob")
    done = revoke(two_keys, "--token", "blue", *LAST)
    assert done.code == 2, done
    assert "'blue' means 2 tokens: " in done.err, done
    assert len(two_keys.bindings()) == 2


def test_the_setting_token_is_no_lost_token(aws_site):
    device = enroll(aws_site)
    done = revoke(aws_site, "alice", device, *LAST,
                  env={"TOKENBRIDGE_TOKEN": "12345678"})
    assert done.code == 0, done
    assert done.out.startswith(f"Revoked {device}\n"), done



# ---- --leaver ----


def leaver_with_everything(two_keys):
    """alice: two IAM users, a local login and an ssh key; bob a token of his
    own."""
    two_keys.iam.add_user("alice-admin", keys=1)
    two_keys.iam.credentials("alice")
    made = {
        "alice": enroll(two_keys, "alice", "a", "--label", "blue-7"),
        "alice-admin": enroll(two_keys, "alice-admin", "a"),
        "bob": enroll(two_keys, "bob", "b", holder="bob"),
    }
    bind_login(two_keys)
    path = two_keys.folder / "authorized_keys"
    path.write_text(sk_key("ed25519") + "\n")
    done = two_keys.run("registry", "import", "--format", "authorized_keys",
                        path, "--user", "games", "--login-db",
                        login_db(two_keys))
    assert done.code == 0, done
    return made


def leave(site, *more, **how):
    return revoke(site, "--leaver", "alice", "--login-db", login_db(site),
                  *more, **how)


def test_a_leaver_loses_everything_and_mfa_last(two_keys):
    made = leaver_with_everything(two_keys)
    two_keys.iam.calls(clear=True)
    done = leave(two_keys, "--cut-access", "--json")
    assert done.code == 0, done
    told = {}
    for row in done.json["revoked"]["rows"]:
        assert row["outcome"] == "revoked", done
        told.setdefault(row["user"], []).append(row["what"])
    told["games"].sort()  # made in one second: in the order of random ids
    assert told == {
        "games": ["pam", "ssh"],
        "alice": ["policy", "access-key", "password", "device"],
        "alice-admin": ["policy", "access-key", "device"]}, done
    for name in ("alice", "alice-admin"):
        assert assigned(two_keys.iam, name) == []
        assert set(keys(two_keys, name).values()) == {False}
        assert not user(two_keys, name)["password"]
    assert assigned(two_keys.iam, "bob") == [made["bob"]]
    assert user(two_keys, "bob")["password"]
    assert [b["device"] for b in two_keys.bindings()] == [made["bob"]]
    assert two_keys.journals() == []
    check_krl(two_keys, done.json["revoked"]["revokedKeys"])
    done = leave(two_keys, "--cut-access")
    assert done.code == 0, done
    assert done.out == "Nothing to do  leaver alice in account " \
        f"{ACCOUNT} at {two_keys.iam.url}/\n", done


def check_krl(site, lines):
    """ssh-keygen takes the lines, and knows the key as revoked then."""
    spec, krl = site.folder / "spec", site.folder / "krl"
    key = site.folder / "key.pub"
    spec.write_text("\n".join(lines) + "\n")
    key.write_text(sk_key("ed25519") + "\n")
    subprocess.run(["ssh-keygen", "-k", "-f", krl, spec], check=True,
                   capture_output=True)
    done = subprocess.run(["ssh-keygen", "-Q", "-f", krl, key], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 1 and "REVOKED" in done.stdout, done


def test_without_cut_access_the_commands_are_printed_and_a_device_stays(
        two_keys):
    two_keys.iam.credentials("alice")
    first = enroll(two_keys, "alice", "a")
    fido = two_keys.iam.add_fido_device("alice", "blue")
    (key,) = keys(two_keys, "alice")
    done = leave(two_keys)
    assert done.code == 10, done
    assert done.out.splitlines() == [
        f"Revoked in part  leaver alice in account {ACCOUNT} at {two_keys.iam.url}/",
        f"  NOT REVOKED  access key {key} of alice: active, and --cut-access "
        "was not given",
        "    aws iam update-access-key --user-name=alice "
        f"--access-key-id={key} --status=Inactive",
        "  NOT REVOKED  console password of alice: there is one, and "
        "--cut-access was not given",
        "    aws iam delete-login-profile --user-name=alice",
        f"  revoked      device {first} of alice: deactivated and deleted",
        f"  NOT REVOKED  device {fido} of alice: this is the last MFA device "
        "of 'alice', who has a console password and an active access key: "
        "enroll another one first, or give --last --reason TEXT",
        f"    tokenbridge revoke --account {ACCOUNT} -- alice {fido}",
        "  sessions     sessions that were opened before go on until they "
        "end"], done
    assert ("  aws iam put-user-policy --user-name=alice "
            "--policy-name=tokenbridge-revoked '--policy-document="
            '{"Version":"2012-10-17","Statement":[{"Sid":"TokenbridgeRevoked",'
            '"Effect":"Deny","Action":"*","Resource":"*"}]}' + "'") in \
        done.err, done
    assert assigned(two_keys.iam, "alice") == [fido]
    # nothing is forgotten: the binding is gone, the run is not
    (path,) = two_keys.journals()
    assert json.loads(path.read_text().splitlines()[-1])["kind"] == \
        "revoke-user"
    done = two_keys.run("registry", "show", "--unfinished")
    assert f"  ends by   tokenbridge revoke --leaver alice --account {ACCOUNT}" \
        in done.out.splitlines(), done
    done = two_keys.run("enroll", "alice", *TOTP, "--holder", "alice",
                        "--token", two_keys.tokens.hidraw("a"))
    assert done.code == 6 and "`tokenbridge revoke --leaver alice" in done.err
    done = leave(two_keys, "--cut-access")
    assert done.code == 0, done
    assert assigned(two_keys.iam, "alice") == []
    assert two_keys.journals() == []


def test_what_only_has_the_leavers_name_is_listed(two_keys):
    two_keys.iam.add_user("carol", password=True)
    device = enroll(two_keys, "bob", "a", holder="carol")
    done = revoke(two_keys, "--leaver", "carol", "--cut-access", "--json")
    assert done.code == 10, done
    assert ("revoked", "device", device) in rows(done), done
    (row,) = [row for row in done.json["revoked"]["rows"]
              if row["outcome"] == "not-revoked"]
    assert row["text"] == ("an IAM user of that name, to whom no token of "
                           "this person is bound, can sign in"), row
    assert row["command"] == (f"tokenbridge revoke --all --cut-access "
                              f"--account {ACCOUNT} -- carol"), row
    assert user(two_keys, "carol")["password"]
    assert two_keys.journals() == []


def test_a_key_of_a_shared_local_user_is_listed(two_keys):
    leaver_with_everything(two_keys)
    done = two_keys.run("pam-enroll", "games", "--login-db",
                        login_db(two_keys), "--holder", "bob", "--token",
                        two_keys.tokens.hidraw("b"), "--force", "shared")
    assert done.code == 0, done
    done = leave(two_keys, "--cut-access", "--json")
    assert done.code == 10, done
    (row,) = [row for row in done.json["revoked"]["rows"]
              if row["outcome"] == "not-revoked"]
    assert (row["what"], row["user"], row["text"]) == (
        "ssh", "games", "nobody has said in whose token this key is"), row
    assert row["command"] == \
        f"tokenbridge revoke --local -- games {row['subject']}", row


def test_a_person_that_nobody_knows_is_no_success(aws_site):
    enroll(aws_site)
    done = revoke(aws_site, "--leaver", "alicia", "--cut-access")
    assert done.code == 1, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: the registry knows no person 'alicia'; did you mean "
        "'alice'?"), done
    # an IAM user who never had a token of ours: by a command that works
    aws_site.iam.add_user("carol", password=True)
    done = revoke(aws_site, "--leaver", "carol")
    assert done.err.splitlines()[-1] == (
        "tokenbridge: the registry knows no person 'carol'; for an IAM user "
        "of that name who has no token: `tokenbridge revoke --all --cut-access "
        "-- carol`"), done
    done = revoke(aws_site, "--all", "--cut-access", "--", "carol")
    assert done.code == 0 and "console password of carol" in done.out, done


def test_a_renamed_user_is_found_by_the_id(aws_site):
    enroll(aws_site)
    aws_site.iam.botocore("iam").update_user(UserName="alice",
                                             NewUserName="alice-smith")
    done = leave(aws_site, "--cut-access", "--json")
    assert done.code == 0, done
    assert {row["user"] for row in done.json["revoked"]["rows"]} == {
        "alice-smith"}, done
    assert assigned(aws_site.iam, "alice-smith") == []
    assert "tokenbridge-revoked" in user(aws_site, "alice-smith")["policies"]


# What may be refused, and the row that says so
REFUSED = {
    "PutUserPolicy": "policy",
    "ListAccessKeys": "access-key",
    "UpdateAccessKey": "access-key",
    "DeleteLoginProfile": "password",
    "DeactivateMFADevice": "device",
}


@pytest.mark.parametrize("action", REFUSED)
def test_what_is_refused_is_listed_and_the_rest_goes(aws_site, action):
    enroll(aws_site)
    aws_site.iam.credentials("alice")
    aws_site.iam.order(action, error="AccessDenied", count=None)
    done = leave(aws_site, "--cut-access", "--json")
    assert done.code == 10, done
    left = [row for row in done.json["revoked"]["rows"]
            if row["outcome"] == "not-revoked"]
    assert REFUSED[action] in [row["what"] for row in left], done
    assert all(row["command"] for row in left), done
    # a password or a key that stays keeps the last device
    stays = action in ("ListAccessKeys", "UpdateAccessKey",
                       "DeleteLoginProfile", "DeactivateMFADevice")
    assert bool(assigned(aws_site.iam, "alice")) == stays, done
    assert len(aws_site.journals()) == 1
    aws_site.iam.clear_orders()
    done = leave(aws_site, "--cut-access")
    assert done.code == 0, done
    check_left(aws_site)


def check_left(site):
    assert assigned(site.iam, "alice") == []
    assert set(keys(site, "alice").values()) <= {False}
    assert not user(site, "alice")["password"]
    assert "tokenbridge-revoked" in user(site, "alice")["policies"]
    check_consistent(site)


@pytest.mark.parametrize("action", sorted(set(REFUSED) | {
    "DeleteVirtualMFADevice", "GetLoginProfile", "ListMFADevices",
    "GetUser"}))
@pytest.mark.parametrize("fault", [
    {"drop": "after"}, {"http": 503, "body": "html"},
    {"http": 502, "body": "html", "after_effect": True}],
    ids=["reset-afterwards", "html", "html-afterwards"])
def test_a_call_that_fails_for_good_is_gone_on_with(aws_site, action, fault):
    enroll(aws_site)
    aws_site.iam.credentials("alice")
    more = {"AWS_MAX_ATTEMPTS": "2"}
    aws_site.iam.order(action, count=None, **fault)
    done = leave(aws_site, "--cut-access", env=more)
    # of a device AWS's lists tell what became of it
    assert done.code in (9, 10) or (fault != {
        "http": 503, "body": "html"} and action.endswith("Device")), done
    aws_site.iam.clear_orders()
    done = leave(aws_site, "--cut-access", "--json")
    assert done.code == 0, done
    check_left(aws_site)


def test_what_may_not_be_deleted_has_one_row_that_says_so(aws_site):
    """No row beside it says that it was revoked."""
    device = enroll(aws_site)
    aws_site.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                       count=None)
    words = ("--all", "alice", "--last", "--reason", "left", "--json")
    for changed in (True, False):
        done = revoke(aws_site, *words)
        assert done.code == 10, done
        told = done.json["revoked"]
        (row,) = told["rows"]
        assert (row["outcome"], row["what"], row["subject"]) == (
            "not-revoked", "device", device), row
        assert row["text"] == "deactivated, and not deleted", row
        assert row["command"].endswith(f"--serial-number {device}"), row
        assert (done.json["changed"], told["complete"]) == (changed, False)
    said = revoke(aws_site, *words[:-1]).out
    assert said.startswith("Not revoked  user alice"), said
    assert unassigned(aws_site.iam) == [device]
    aws_site.iam.clear_orders()
    done = revoke(aws_site, *words)
    assert done.code == 0 and unassigned(aws_site.iam) == [], done


def test_an_answer_that_is_lost_once_stops_nothing(aws_site):
    enroll(aws_site)
    aws_site.iam.credentials("alice")
    for action in ("PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"):
        aws_site.iam.order(action, drop="after")
    done = leave(aws_site, "--cut-access", "--json")
    assert done.code == 0, done
    texts = {row["what"]: row["text"] for row in done.json["revoked"]["rows"]}
    assert texts["password"] == "is not there any more", done
    assert texts["access-key"] == "inactive", done
    check_left(aws_site)


def test_a_device_that_was_enabled_meanwhile_is_listed_and_stays(two_keys):
    enroll(two_keys, "alice", "a")
    two_keys.iam.order("UpdateAccessKey", http=503, body="html", count=None)
    two_keys.iam.credentials("alice")
    assert leave(two_keys, "--cut-access",
                 env={"AWS_MAX_ATTEMPTS": "1"}).code == 10
    two_keys.iam.clear_orders()
    later = two_keys.iam.add_fido_device(
        "alice", "later", enabled=two_keys.iam.now() + 60)
    done = leave(two_keys, "--cut-access", "--json")
    assert done.code == 10, done
    (row,) = [row for row in done.json["revoked"]["rows"]
              if row["outcome"] == "not-revoked"]
    assert row["subject"] == later, row
    assert "since this revocation began at " in row["text"], row
    assert assigned(two_keys.iam, "alice") == [later]
    done = revoke(two_keys, "alice", later, *LAST)
    assert done.code == 0, done
    assert leave(two_keys, "--cut-access").code == 0
    assert two_keys.journals() == []


# What a leaving consists of: the kind of call, how many of it there are at
# least, and how many cases share them
LEAVING = {"fsync": (8, 2), "fdatasync": (3, 1), "sendto": (12, 4),
           "unlink": (2, 1)}


@pytest.mark.skipif(not shutil.which("strace"),
                    reason="strace is not installed")
@pytest.mark.parametrize("call, first, step, least", [
    pytest.param(call, k, n, least, id=f"{call} {k} of {n}")
    for call, (least, n) in LEAVING.items() for k in range(1, n + 1)])
def test_a_leaving_killed_at_any_call_is_finished_by_the_next_run(
        aws_site, call, first, step, least):
    killed = 0
    for number in range(first, 1000, step):
        aws_site.iam.reset()
        aws_site.iam.add_user("alice", password=True, keys=1)
        enroll(aws_site)
        if not run_killed_at(aws_site, call, number, "revoke", "--leaver",
                             "alice", "--cut-access"):
            break
        killed += 1
        done = leave(aws_site, "--cut-access", timeout=100)
        assert done.code == 0, (number, done)
        check_left(aws_site)
    else:
        pytest.fail("the loop has no end")
    assert killed >= len(range(first, least + 1, step))


# ---- --orphans ----


def orphan(site, who="alice"):
    """An enrollment whose device could not be deleted."""
    site.iam.order("DeleteVirtualMFADevice", error="AccessDenied", count=None)
    site.iam.order("EnableMFADevice", error="AccessDenied")
    done = site.run("enroll", who, *TOTP, "--holder", "alice")
    assert done.code in (9, 10), done
    site.iam.clear_orders()
    (serial,) = unassigned(site.iam)
    return serial


def test_orphans_are_shown_and_deleted_where_they_were_made_here(aws_site):
    ours = orphan(aws_site)
    foreign = aws_site.iam.add_virtual_device("somebody")["serial"]
    done = revoke(aws_site, "--orphans")
    assert done.code == 6, done
    assert done.err.splitlines()[-4:] == [
        f"Unassigned virtual devices of account {ACCOUNT}:",
        f"  delete  {ours}: made here",
        f"  leave   {foreign}: not in this registry: whose it is is not "
        "known",
        "tokenbridge: nothing is deleted: nobody said yes, on a terminal or "
        "by --yes"], done
    assert sorted(unassigned(aws_site.iam)) == sorted([ours, foreign])
    done = revoke(aws_site, "--orphans", "--yes", "--json")
    assert done.code == 0, done
    assert rows(done) == [("revoked", "orphan", ours),
                          ("kept", "orphan", foreign)], done
    assert unassigned(aws_site.iam) == [foreign]
    assert aws_site.journals() == []
    done = revoke(aws_site, "--orphans")
    assert done.code == 0, done


def test_an_orphan_that_an_event_names_goes_too(aws_site):
    device = enroll(aws_site)
    assert revoke(aws_site, "alice", device, *LAST).code == 0
    # as a list that lags, or a restore of the account, would have it
    aws_site.iam.add_virtual_device(device.rpartition("/")[2])
    forget_gone(aws_site)
    done = revoke(aws_site, "--orphans", "--yes", "--json")
    assert done.code == 0, done
    assert rows(done) == [("revoked", "orphan", device)], done
    assert unassigned(aws_site.iam) == []


def forget_gone(site):
    import contextlib
    import sqlite3
    with contextlib.closing(sqlite3.connect(site.registry)) as db:
        db.execute("DELETE FROM reservations WHERE kind = 'device-gone'")
        db.commit()


def test_a_device_that_is_bound_is_no_orphan(aws_site):
    device = enroll(aws_site)
    aws_site.iam.botocore("iam").deactivate_mfa_device(
        UserName="alice", SerialNumber=device)
    done = revoke(aws_site, "--orphans", "--yes", "--json")
    assert done.code == 0, done
    (row,) = done.json["revoked"]["rows"]
    assert (row["outcome"], row["text"]) == (
        "kept", "the registry has a binding of it in force"), row
    assert row["command"] == (
        f"tokenbridge revoke --account {ACCOUNT} -- alice {device}"), row
    assert unassigned(aws_site.iam) == [device]


def test_a_device_of_a_living_run_is_no_orphan(aws_site):
    aws_site.tokens.touch("a", "ask")
    aws_site.tokens.grant("a")
    process = aws_site.start("enroll", "alice", *TOTP, "--holder", "alice")
    from lines import wait_for_touch
    wait_for_touch(aws_site, 2)
    (device,) = unassigned(aws_site.iam)
    done = revoke(aws_site, "--orphans", "--yes", "--json")
    assert done.code == 0, done
    (row,) = done.json["revoked"]["rows"]
    assert (row["outcome"], row["text"]) == ("kept",
                                             "a run is at work on it"), row
    assert unassigned(aws_site.iam) == [device]
    aws_site.tokens.touch("a", "give")
    process.communicate(timeout=60)
    assert process.returncode == 0
    check_consistent(aws_site)


def test_an_orphan_that_may_not_be_deleted_is_listed(aws_site):
    ours = orphan(aws_site)
    aws_site.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                       count=None)
    done = revoke(aws_site, "--orphans", "--yes", "--json")
    assert done.code == 10, done
    (row,) = done.json["revoked"]["rows"]
    assert row["outcome"] == "not-revoked", row
    assert row["command"] == \
        f"aws iam delete-virtual-mfa-device --serial-number {ours}", row
    assert accounts(aws_site) == {}


# ---- usage ----


@pytest.mark.parametrize("arguments, words", [
    (("alice",), "this takes `tokenbridge revoke USER DEVICE`"),
    (("--all",), "this takes `tokenbridge revoke --all USER`"),
    (("--all", "alice", "x"), "this takes `tokenbridge revoke --all USER`"),
    (("--leaver", "alice", "x"), "this takes `tokenbridge revoke --leaver "
     "HOLDER`"),
    (("alice", "x", "--cut-access"), "--cut-access goes with --all and "
     "--leaver"),
    (("--all", "alice", "--login-db", "x"), "--login-db goes with --local, "
     "--token and --leaver"),
    (("--all", "alice", "--orphans"), "--orphans does not go with --all"),
    (("--all", "alice", "--yes"), "--yes goes with --orphans"),
    (("--local", "alice", "all", "--leaver", "x"), "--leaver does not go with "
     "--local"),
])
def test_what_does_not_go_together_is_said(site, arguments, words):
    done = revoke(site, *arguments)
    assert done.code == 2, done
    assert words in done.err, done
