# SPDX-License-Identifier: Apache-2.0
"""policy print: a role's policy is enough for what the role does here, each
action of it is needed, and somebody else's simulator reads it as it is meant."""
import json
import os
import pathlib
import subprocess

import pytest

from conftest import RIG
from lines import assigned
from test_root_members import NOTHING, fill, remove, root_of

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:"
ROLES = ["auditor", "enroller", "revoker", "root-observer", "self", "scp"]
TOTP = ("--method", "totp", "--holder", "alice")
LAST = ("--last", "--reason", "left")


def document(site, role, *more):
    done = site.run("policy", "print", role, *more)
    assert done.code == 0, done
    return done.json


def actions(policy):
    return [action.partition(":")[2] for statement in policy["Statement"]
            for action in statement["Action"] if action.startswith("iam:")]


def judged(asks):
    """What the simulator says to each."""
    modules = pathlib.Path(os.environ.get("TOKENBRIDGE_JUDGE", "/nowhere"))
    if not modules.exists():
        pytest.skip("the simulator is not there: see setup_judge")
    done = subprocess.run(
        ["node", RIG / "judge/simulate.js"], input=json.dumps(asks), text=True,
        capture_output=True, check=True,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(modules)})
    return json.loads(done.stdout)


def ask(policy, action, resource, who=ARN + "user/alice", scp=None, **context):
    name = who.rpartition("/")[2]
    return {"principal": who, "action": action, "resource": resource,
            "account": ACCOUNT, "identity": [policy], "scp": scp,
            "context": {"aws:username": name, **context}
            if ":user/" in who else context}


ALL = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}]}


# ---- what the role does here ----


def do_audit(site):
    return site.run("audit", "--json", "--checks", "house,cis")


def do_enroll(site):
    return site.run("enroll", "alice", *TOTP)


def do_enroll_and_undo(site):
    site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    done = site.run("enroll", "alice", *TOTP)
    assert done.code == 9, done
    return do_enroll(site)


def do_revoke(site):
    return site.run("revoke", "--all", "alice", "--cut-access", "--json")


def do_revoke_last(site):
    """The rule of the last device is asked."""
    (device,) = assigned(site.iam, "alice")
    return site.run("revoke", "alice", device)


DOES = {"auditor": do_audit, "enroller": do_enroll_and_undo,
        "revoker": do_revoke, "self": do_enroll}
# Who goes without is told less, or needs it only at times
SPARED = {
    "auditor": {"ListAccountAliases", "GetUser", "GetMFADevice",
                "ListAccessKeys", "ListOrganizationsFeatures",
                "GetLoginProfile"},  # a report of this run has passwords
    "enroller": {"ListAccountAliases", "ListUsers", "GetMFADevice",
                 "ResyncMFADevice", "ListVirtualMFADevices"},
    "revoker": {"ListAccountAliases", "ListUsers", "ListVirtualMFADevices",
                "GetMFADevice"},
    "self": {"GetMFADevice", "ResyncMFADevice", "ListVirtualMFADevices"},
}


def prepare(site, role):
    if role == "revoker":
        site.iam.credentials("alice")
        done = do_enroll(site)
        assert done.code == 0, done
    site.iam.calls(clear=True)


def only(site, role, policy):
    """From here on whoever runs the program may do what it says, and that is
    the local IAM's own reading of it."""
    site.who = "alice" if role == "self" else "robot"
    if role != "self":
        site.iam.add_user("robot")
    site.iam.put_policy(policy, user=site.who)


def less(policy, action):
    return {**policy, "Statement": [
        {**statement, "Action": [a for a in statement["Action"]
                                 if a != f"iam:{action}"]}
        for statement in policy["Statement"]
        if statement["Action"] != [f"iam:{action}"]]}


@pytest.mark.parametrize("role", DOES)
def test_a_role_can_do_what_it_is_for_with_its_policy_alone(aws_site, role):
    policy = document(aws_site, role)
    prepare(aws_site, role)
    only(aws_site, role, policy)
    done = DOES[role](aws_site)
    assert done.code == (3 if role == "auditor" else 0), done
    assert "AccessDenied" not in done.err, done


# What its flow cannot go without, and how that ends
NEEDED = {
    "auditor": ["GenerateCredentialReport", "GetCredentialReport",
                "GetAccountSummary", "ListUsers", "ListVirtualMFADevices",
                "ListMFADevices", "GetAccountAuthorizationDetails"],
    "enroller": ["CreateVirtualMFADevice", "DeleteVirtualMFADevice",
                 "GetUser", "ListMFADevices", "EnableMFADevice"],
    "revoker": ["GetUser", "ListMFADevices", "GetLoginProfile",
                "ListAccessKeys", "DeactivateMFADevice",
                "DeleteVirtualMFADevice", "PutUserPolicy", "UpdateAccessKey",
                "DeleteLoginProfile"],
    "self": ["CreateVirtualMFADevice", "GetUser", "ListMFADevices",
             "EnableMFADevice"],
}


@pytest.mark.parametrize("role", DOES)
def test_every_action_of_a_policy_is_one_that_is_needed_or_spared(site, role):
    assert sorted(actions(document(site, role))) == sorted(
        [*NEEDED[role], *SPARED[role]])


@pytest.mark.parametrize("role, action", [
    (role, action) for role in DOES for action in NEEDED[role]])
def test_what_a_policy_lacks_is_told_and_never_passed_over(aws_site, role,
                                                           action):
    policy = document(aws_site, role)
    prepare(aws_site, role)
    only(aws_site, role, less(policy, action))
    if role == "revoker" and action == "GetLoginProfile":
        done = do_revoke_last(aws_site)
    else:
        done = DOES[role](aws_site) if role != "enroller" else \
            aws_site.run("enroll", "alice", *TOTP) if action != \
            "DeleteVirtualMFADevice" else undo_without(aws_site)
    told = done.out + done.err
    assert f"iam:{action}" in told or action in told, done
    if action not in ("GenerateCredentialReport", "ListMFADevices"):
        assert done.code not in (0, 2), done


def undo_without(site):
    site.iam.order("EnableMFADevice", error="InvalidAuthenticationCode")
    return site.run("enroll", "alice", *TOTP)


# ---- somebody else's reading ----


def resource_of(call):
    """The ARN that AWS checks a call of the log by."""
    params = call["params"]
    if "VirtualMFADevice" in call["action"] and \
            not call["action"].startswith("List"):
        return params.get("SerialNumber") or \
            ARN + "mfa/" + params["VirtualMFADeviceName"]
    if "UserName" in params:
        return ARN + "user/" + params["UserName"]
    return ARN + "user/alice" if call["action"] in (
        "ListMFADevices", "GetUser") else "*"


@pytest.mark.parametrize("role", DOES)
def test_a_simulator_allows_every_call_that_a_role_makes(aws_site, role):
    policy = document(aws_site, role)
    prepare(aws_site, role)
    only(aws_site, role, policy)
    DOES[role](aws_site)
    calls = [c for c in aws_site.iam.calls() if c["service"] == "iam" and
             # told less: nobody insists on an alias
             c["action"] != "ListAccountAliases"]
    asks = [ask(policy, f"iam:{c['action']}", resource_of(c)) for c in calls]
    assert len(asks) > 4
    assert dict(zip((f"{c['action']} {resource_of(c)}" for c in calls),
                    judged(asks))) == {
        f"{c['action']} {resource_of(c)}": "Allowed" for c in calls}


def test_a_simulator_keeps_everybody_to_themselves(site):
    policy = document(site, "self")
    own, other = ARN + "user/alice", ARN + "user/bob"
    below = ARN + "user/staff/alice"
    rows = [
        ("iam:EnableMFADevice", own, "Allowed"),
        ("iam:EnableMFADevice", below, "Allowed"),
        ("iam:EnableMFADevice", other, "ImplicitlyDenied"),
        ("iam:EnableMFADevice", ARN + "user/staff/notalice",
         "ImplicitlyDenied"),
        ("iam:EnableMFADevice", ARN + "user/notalice", "ImplicitlyDenied"),
        ("iam:CreateVirtualMFADevice", ARN + "mfa/alice-0123456789ab",
         "Allowed"),
        ("iam:CreateVirtualMFADevice", ARN + "mfa/alice", "Allowed"),
        ("iam:CreateVirtualMFADevice", ARN + "mfa/bob", "ImplicitlyDenied"),
        ("iam:DeleteVirtualMFADevice", ARN + "mfa/alice", "ImplicitlyDenied"),
        ("iam:DeactivateMFADevice", own, "ImplicitlyDenied"),
        ("iam:PutUserPolicy", own, "ImplicitlyDenied"),
    ]
    assert judged([ask(policy, action, resource)
                   for action, resource, _ in rows]) == [
        result for _, _, result in rows]


def test_a_simulator_lets_only_the_revoker_take_devices_under_the_scp(site):
    scp = document(site, "scp", "--role", "security/mfa-revoker")
    user = ARN + "user/alice"
    revoker = f"arn:aws:sts::{ACCOUNT}:assumed-role/mfa-revoker/x"
    other = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/x"
    root = ARN + "root"

    def row(who, action, result, principal=None, **context):
        resource = ARN + "mfa/alice" if "Virtual" in action else user
        made = ask(ALL, action, resource, who, [scp], **{
            "aws:PrincipalArn": principal or who, **context})
        return made, result
    rows = [
        row(user, "iam:DeactivateMFADevice", "ExplicitlyDenied"),
        row(other, "iam:DeactivateMFADevice", "ExplicitlyDenied",
            ARN + "role/admin"),
        row(revoker, "iam:DeactivateMFADevice", "Allowed",
            ARN + "role/security/mfa-revoker"),
        row(root, "iam:DeactivateMFADevice", "ExplicitlyDenied"),
        row(root, "iam:DeactivateMFADevice", "Allowed",
            **{"aws:AssumedRoot": "true"}),
        row(root, "iam:CreateAccessKey", "ExplicitlyDenied"),
        row(root, "iam:CreateAccessKey", "Allowed",
            **{"aws:AssumedRoot": "true"}),
        row(user, "iam:CreateAccessKey", "Allowed"),
        *(row(who, f"iam:{action}", "Allowed") for who in (user, root)
          for action in ("CreateVirtualMFADevice", "EnableMFADevice",
                         "ResyncMFADevice", "ListMFADevices",
                         "DeleteVirtualMFADevice")),
    ]
    assert judged([made for made, _ in rows]) == [r for _, r in rows]


def test_a_simulator_lets_the_observer_be_root_to_look_alone(site):
    policy = document(site, "root-observer")
    root = ARN + "root"
    task = "arn:aws:iam::aws:policy/root-task/"
    asks = [ask(policy, "sts:AssumeRoot", root, **{
        "sts:TaskPolicyArn": task + name}) for name in (
            "IAMAuditRootUserCredentials", "IAMDeleteRootUserCredentials")]
    assert judged(asks) == ["Allowed", "ImplicitlyDenied"]


# ---- root, and what holds in the whole organization ----

MEMBER = "210987654321"
REVOKER = "security/mfa-revoker"


@pytest.fixture
def org(aws_site):
    """A member account whose root has everything, and a user alice."""
    iam = aws_site.iam
    iam.add_account(MEMBER)
    fill(iam)
    iam.add_user("alice", account=MEMBER, password=True)
    return aws_site


def test_the_observer_looks_at_root_and_at_members_and_can_do_no_more(org):
    only(org, "root-observer", document(org, "root-observer"))
    done = org.run("root", "--check")
    assert done.code == 3 and "AccessDenied" not in done.err, done
    done = org.run("root", "--check", "--assume-root", "--account", MEMBER)
    assert done.code == 3 and "AccessDenied" not in done.err, done
    done = org.run("root", "--check", "--assume-root", "--accounts", "org",
                   "--json")
    assert {a["account"]: a["outcome"] for a in done.json["accounts"]} == {
        ACCOUNT: "skipped", MEMBER: "findings"}, done
    org.who = "robot"
    before = root_of(org.iam)
    org.iam.put_policy({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "organizations:DescribeOrganization",
         "Resource": "*"}]}, user="robot", name="more")
    done = remove(org)
    assert done.code == 9 and "sts:AssumeRoot" in done.err, done
    assert root_of(org.iam) == before


def test_the_observer_asks_root_of_members_for_the_audit(org):
    """With a role of the members that reads; nothing else is needed."""
    org.iam.add_role("reader", account=MEMBER, trusts=[ACCOUNT])
    only(org, "root-observer", document(org, "root-observer"))
    org.iam.put_policy({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]},
        user="robot", name="enter")
    done = org.run("audit", "--accounts", "org", "--role", "reader",
                   "--assume-root", "--checks", "root-one-device", "--json")
    assert done.code in (0, 3), done
    assert [r["status"] for r in done.json["findings"]
            if r["account"] == MEMBER] == ["PASS"]


@pytest.mark.parametrize("action", [
    "iam:GetAccountSummary", "iam:ListVirtualMFADevices", "sts:AssumeRoot",
    "organizations:ListAccounts"])
def test_what_the_observer_lacks_is_told(org, action):
    policy = document(org, "root-observer")
    for statement in policy["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != action]
    policy["Statement"] = [s for s in policy["Statement"] if s["Action"]]
    only(org, "root-observer", policy)
    many = ("--assume-root", "--accounts", "org") \
        if not action.startswith("iam:") else ()
    done = org.run("root", "--check", *many)
    assert action in done.out + done.err, done
    # CloudTrail is asked where somebody is led through the console alone


def in_member(site, role):
    """As a role of the member account that may do everything by itself."""
    site.iam.add_role(role.rpartition("/")[2], account=MEMBER,
                      path="/" + role.rpartition("/")[0] + "/"
                      if "/" in role else "/")
    site.who = site.iam.role_credentials(role.rpartition("/")[2],
                                         account=MEMBER)


def under_scp(site):
    site.iam.set_organization(account=MEMBER, scps=[
        document(site, "scp", "--role", REVOKER)])


def test_under_the_scp_everybody_enrolls_and_only_the_revoker_revokes(org):
    under_scp(org)
    in_member(org, "admin2")
    done = org.run("enroll", "alice", *TOTP)
    assert done.code == 0, done
    (device,) = org.iam.devices("alice", account=MEMBER)
    done = org.run("revoke", "alice", device, *LAST)
    assert done.code == 9 and "DeactivateMFADevice" in done.err, done
    assert "service control policy" in done.err, done
    assert list(org.iam.devices("alice", account=MEMBER)) == [device]
    in_member(org, REVOKER)
    done = org.run("revoke", "alice", device, *LAST)
    assert done.code == 0, done
    assert org.iam.devices("alice", account=MEMBER) == {}


def test_under_the_scp_root_itself_makes_no_key_and_assume_root_cleans(org):
    under_scp(org)
    keys = org.iam.credentials("root", account=MEMBER)
    for call in ("create_access_key", "deactivate_mfa_device"):
        with pytest.raises(Exception, match="AccessDenied"):
            getattr(org.iam.botocore("iam", keys), call)(**(
                {"SerialNumber": next(iter(org.iam.devices(
                    "root", account=MEMBER))), "UserName": "x"}
                if "mfa" in call else {}))
    done = remove(org, "--reason", "centralised")
    assert done.code == 0 and root_of(org.iam) == NOTHING, done


# ---- the document ----


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_is_small_enough_and_says_where(site, role):
    text = json.dumps(document(site, role), separators=(",", ":"))
    assert len(text) < 2048, len(text)
    there = document(site, role, "--account", ACCOUNT, "--region",
                     "cn-north-1")
    for statement in there["Statement"]:
        for resource in statement["Resource"]:
            assert resource == "*" or resource.startswith(
                f"arn:aws-cn:iam::{ACCOUNT}:"), resource
    told = site.run("policy", "print", role, "--json")
    assert told.json["document"] == document(site, role)
    assert told.json["kind"] == ("service-control-policy" if role == "scp"
                                 else "identity-policy")


@pytest.mark.parametrize("arguments, words", [
    (("boss",), "there is no role 'boss'; there are: auditor enroller revoker "
     "root-observer self scp"),
    (("self", "--role", "x"), "--role goes with scp"),
    (("scp", "--role", "a b"), "'a b' is no name of a role: letters, digits "
     "and _+=,.@- , with its path before it"),
    (("self", "--account", "12"), "--account '12': twelve digits"),
])
def test_what_is_no_role_is_said(site, arguments, words):
    done = site.run("policy", "print", *arguments)
    assert done.code == 2, done
    assert words in done.err, done


def test_the_revokers_note_tells_of_the_one_permission_that_gives_all(site):
    done = site.run("policy", "print", "revoker")
    assert done.err == (
        "CutAccess holds iam:PutUserPolicy, by which any permission can be "
        "given to any user: attach it to a role that few may assume, or leave "
        "the statement out, and revoke --cut-access lists the policy as not "
        "revoked.\n"), done


@pytest.mark.parametrize("words, why", [
    (("--role", "/mfa"), "'/mfa' is no name of a role"),
    (("--role", "a b"), "'a b' is no name of a role"),
    (("--role", "x" * 513), "is no name of a role"),
])
def test_what_is_no_role_is_in_no_policy(site, words, why):
    done = site.run("policy", "print", "scp", *words)
    assert done.code == 2 and done.out == "" and why in " ".join(
        done.err.split()), done


def test_a_role_may_have_the_longest_name(site):
    assert "x" * 512 in str(document(site, "scp", "--role", "x" * 512))
