# SPDX-License-Identifier: Apache-2.0
"""revoke in several accounts: each entered by a role, one receipt."""
import pytest

from lines import assigned, keep_profile
from broken_off import run_killed_at
from test_root_members import FAULTS
from test_revoke_all import ACCOUNT, LAST, enroll, revoke, rows

MEMBER, OTHER = "210987654321", "310987654321"
ROLE = "OrganizationAccountAccessRole"


@pytest.fixture
def org(two_keys):
    """alice has a device in two accounts, the leaver's key is in both."""
    iam = two_keys.iam
    for account in (MEMBER, OTHER):
        iam.add_account(account)
        iam.add_role(ROLE, trusts=[ACCOUNT], account=account)
    iam.add_user("alice", account=MEMBER, password=True)
    enroll(two_keys, "alice", "a")
    admin = two_keys.who
    two_keys.who = iam.role_credentials(account=MEMBER)
    done = two_keys.run("enroll", "alice", "--method", "totp", "--holder",
                        "alice", "--token", two_keys.tokens.hidraw("a"))
    assert done.code == 0, done
    two_keys.who = admin
    return two_keys


def devices(site):
    return (len(site.iam.devices("alice")),
            len(site.iam.devices("alice", account=MEMBER)))


def test_a_leaver_loses_everything_in_every_account(org):
    done = revoke(org, "--leaver", "alice", "--cut-access", "--accounts",
                  "org", "--json")
    assert done.code == 0, done
    assert devices(org) == (0, 0) and org.bindings() == []
    told = {row["account"] for row in done.json["revoked"]["rows"]}
    assert told == {ACCOUNT, MEMBER}
    assert done.json["revoked"]["accounts"] == [ACCOUNT, MEMBER, OTHER]
    assert "not-reached" not in {row[0] for row in rows(done)}
    assert "Account 3 of 3" in done.err and org.journals() == []
    roles = [c["params"]["RoleArn"] for c in org.iam.calls("AssumeRole")]
    assert roles == [f"arn:aws:iam::{account}:role/{ROLE}"
                     for account in (MEMBER, OTHER)]
    org.check_chain()
    done = revoke(org, "--leaver", "alice", "--cut-access", "--accounts",
                  "org")
    assert done.code == 0 and done.out.startswith("Nothing to do"), done


def test_a_token_is_taken_from_all_accounts_of_a_file(org):
    listed = org.folder / "accounts"
    listed.write_text(f"{MEMBER}\n{ACCOUNT}\n")
    done = revoke(org, "--token", "12345678", *LAST, "--accounts", listed)
    assert done.code == 0, done
    assert devices(org) == (0, 0)
    assert f"in accounts {MEMBER} {ACCOUNT}" in done.out, done


def test_an_account_that_is_not_in_the_list_is_told(org):
    listed = org.folder / "accounts"
    listed.write_text(f"{ACCOUNT}\n")
    done = revoke(org, "--token", "12345678", *LAST, "--accounts", listed)
    assert done.code == 10 and "NOT REACHED" in done.out, done
    assert devices(org) == (0, 1)


def test_an_account_that_lets_nobody_in_keeps_no_other_from_it(org):
    org.iam.order("AssumeRole", error="AccessDenied")
    done = revoke(org, "--all", "alice", *LAST, "--accounts", "org", "--json")
    assert done.code == 10 and devices(org) == (0, 1), done
    assert ("not-reached", "account", MEMBER) in rows(done)
    assert ("gone", "user", "alice") in rows(done)
    done = revoke(org, "--all", "alice", *LAST, "--accounts", "org")
    assert done.code == 0 and devices(org) == (0, 0), done


def test_the_role_can_be_another_one(org):
    org.iam.add_role("revoker", trusts=[ACCOUNT], account=MEMBER)
    listed = org.folder / "accounts"
    listed.write_text(MEMBER)
    done = revoke(org, "--all", "alice", *LAST, "--accounts", listed,
                  "--role", "revoker")
    assert done.code == 0 and devices(org) == (1, 0), done
    assert {c["caller"].split(":")[-1]
            for c in org.iam.calls("DeactivateMFADevice")} == {
        "assumed-role/revoker/tokenbridge"}


def test_a_line_says_how_its_account_is_entered(org):
    """By a role with an external id, which no --role knows of."""
    org.iam.add_role("strict", trusts=[ACCOUNT], account=MEMBER,
                     external_id="Zk3")
    listed = org.folder / "accounts"
    listed.write_text(f"{MEMBER} role=strict external-id=Zk3\n"
                      f"{OTHER} role=arn:aws:iam::{OTHER}:role/{ROLE}\n")
    done = revoke(org, "--all", "alice", *LAST, "--accounts", listed,
                  "--role", "nobody")
    assert done.code == 0 and devices(org) == (1, 0), done
    assert [(c["params"]["RoleArn"].split("/")[-1],
             c["params"].get("ExternalId"))
            for c in org.iam.calls("AssumeRole")] == [
        ("strict", "Zk3"), (ROLE, None)]


def test_a_profile_leads_in_and_to_no_other_account(org):
    keep_profile(org, "team", MEMBER)
    keep_profile(org, "wrong", ACCOUNT)
    org.iam.calls(clear=True)
    listed = org.folder / "accounts"
    listed.write_text(f"{MEMBER} profile=team\n{OTHER} profile=wrong\n")
    done = revoke(org, "--all", "alice", *LAST, "--accounts", listed,
                  "--json")
    assert done.code == 10 and devices(org) == (1, 0), done
    assert ("not-reached", "account", OTHER) in rows(done)
    assert org.iam.calls("AssumeRole") == []


@pytest.mark.parametrize("more, says", [
    (("alice", "12345678", "--accounts", "org"), "--accounts goes with"),
    (("--all", "alice", "--role", "x"), "--accounts"),
    (("--all", "alice", "--accounts", "org", "--account", ACCOUNT),
     "--accounts"),
    (("--local", "alice", "all", "--accounts", "org"), "--accounts")])
def test_what_makes_no_sense_together_is_refused(org, more, says):
    org.iam.calls(clear=True)
    done = revoke(org, *more)
    assert done.code == 2 and says in done.err, done
    assert org.iam.calls() == []


def test_killed_between_two_accounts_the_next_run_goes_on(org):
    """Whatever the request at which it was killed."""
    words = ("revoke", "--leaver", "alice", "--cut-access", "--accounts",
             "org")
    for number in (9, 14, 19, 24, 29):
        if not run_killed_at(org, "sendto", number, *words):
            break
    done = org.run(*words)
    assert done.code == 0, done
    assert devices(org) == (0, 0) and org.bindings() == []
    assert assigned(org.iam, "alice") == [] and org.journals() == []


# Those that are asked for again inside are for a long run
QUICK, SLOW = ("denied", "lost", "hostile"), ("throttled", "5xx", "lost, 5xx",
                                              "slow")


@pytest.mark.parametrize("fault", [
    *QUICK, *(pytest.param(f, marks=pytest.mark.long) for f in SLOW)])
@pytest.mark.parametrize("action", [
    "AssumeRole", "ListAccounts", "GetCallerIdentity", "GetUser",
    "ListMFADevices", "DeactivateMFADevice", "DeleteVirtualMFADevice",
    "PutUserPolicy"])
def test_whatever_call_fails_the_next_run_ends_it(org, action, fault):
    """Nothing is lost by it: what stays is told, and can be run again."""
    words = ("--leaver", "alice", "--cut-access", "--accounts", "org")
    org.iam.order(action, **FAULTS[fault])
    done = revoke(org, *words, timeout=100)
    if done.code == 0:
        assert devices(org) == (0, 0), done
    else:
        assert done.out or done.err, done
    org.iam.clear_orders()
    done = revoke(org, *words, timeout=100)
    assert done.code == 0, done
    assert devices(org) == (0, 0) and org.bindings() == []
    assert org.journals() == []
    org.check_chain()
