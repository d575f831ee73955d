# SPDX-License-Identifier: Apache-2.0
"""doctor aws: whose the credentials are, what they lack, and whether the clock
is right, by AWS's own word."""
import pytest

from terminal import Terminal

ACCOUNT = "123456789012"
SIMULATE = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy",
            "Resource": "*"}


def doctor(site, *words, code=0, who=None):
    if who:
        site.who = who
    done = site.run("doctor", "aws", *words, "--json")
    assert done.code == code, done
    return done.json["checks"]


def of(rows, check):
    return [row for row in rows if row["check"] == check]


def carol(site, *roles):
    """An IAM user with what these roles are given, and no more."""
    site.iam.add_user("carol")
    document = {"Version": "2012-10-17", "Statement": [SIMULATE]}
    for role in roles:
        printed = site.run("policy", "print", role, "--account", ACCOUNT).json
        document["Statement"] += printed["Statement"]
    site.iam.put_policy(document, user="carol")


def test_account_caller_clock_endpoint_and_rights_are_told(aws_site):
    rows = doctor(aws_site)
    account, = of(rows, "account")
    assert account["status"] == "ok" and account["subject"] == ACCOUNT
    assert f"as arn:aws:iam::{ACCOUNT}:user/" in account["text"], account
    clock, = of(rows, "clock")
    assert (clock["status"], clock["text"]) == ("ok", "within 30 s of AWS's")
    assert {row["subject"] for row in of(rows, "endpoint")} >= {"iam", "sts"}
    assert [(row["subject"], row["status"]) for row in of(rows, "rights")] == [
        (role, "ok") for role in ("auditor", "enroller", "revoker")]
    changes = [call for call in aws_site.iam.calls()
               if not call["action"].startswith(("Get", "List", "Simulate"))]
    assert not changes


def test_what_a_role_lacks_is_named_with_what_gives_it(aws_site):
    carol(aws_site, "auditor")
    rows = {row["subject"]: row for row in
            of(doctor(aws_site, who="carol"), "rights")}
    assert rows["auditor"]["status"] == "ok", rows
    assert rows["enroller"]["status"] == "warn", rows
    assert "iam:EnableMFADevice" in rows["enroller"]["text"]
    assert "iam:ListUsers" not in rows["enroller"]["text"]
    assert (f"tokenbridge policy print enroller --account {ACCOUNT}" in
            rows["enroller"]["remedy"])
    # of the role that is named it is what fails
    row, = of(doctor(aws_site, "enroller", code=3), "rights")
    assert (row["subject"], row["status"]) == ("enroller", "fail")
    row, = of(doctor(aws_site, "auditor"), "rights")
    assert row["status"] == "ok"


def test_rights_that_aws_does_not_tell_are_unknown_and_said_once(aws_site):
    aws_site.iam.order("SimulatePrincipalPolicy", error="AccessDenied",
                       status=403)
    row, = of(doctor(aws_site, code=10), "rights")
    assert row["status"] == "unknown" and "not known" in row["text"]
    assert "SimulatePrincipalPolicy" in row["text"]


@pytest.mark.parametrize("role", ["king", "scp"])
def test_a_role_that_nobody_has_is_refused(aws_site, role):
    done = aws_site.run("doctor", "aws", role)
    assert done.code == 2 and f"there is no role '{role}'" in done.err, done


@pytest.mark.parametrize("offset,status,code", [(120, "warn", 0),
                                                (1000, "fail", 3)])
def test_a_clock_that_is_off_is_told(aws_site, offset, status, code):
    """Far off AWS refuses every request, and it is the clock that is why."""
    aws_site.iam.clock(offset=offset)
    rows = doctor(aws_site, code=code)
    row, = of(rows, "clock")
    assert row["status"] == status and "behind AWS's" in row["text"], row
    assert "timedatectl" in row["remedy"]
    if code:
        assert of(rows, "account")[0]["status"] == "fail"
        done = aws_site.run("doctor", "aws")
        assert "Begin with this machine: `sudo timedatectl" in \
            done.out.splitlines()[-1]


def test_keys_that_aws_does_not_know_fail(aws_site):
    aws_site.iam.order("GetCallerIdentity", error="InvalidClientTokenId",
                       status=403)
    rows = doctor(aws_site, code=3)
    row, = of(rows, "account")
    assert row["status"] == "fail" and "InvalidClientTokenId" in row["text"]
    assert not of(rows, "rights")


def test_it_ends_with_one_sentence_in_80_columns(aws_site):
    done = aws_site.run("doctor", "aws")
    assert done.out.splitlines()[-1] == (
        "AWS: nothing fails. Of what is warned of, begin with iam: not AWS's "
        f"own: {aws_site.iam.url}/, by AWS_ENDPOINT_URL.")
    t = Terminal(aws_site, "doctor", "aws", columns=80, NO_COLOR="1")
    try:
        assert t.end() == 0, t.seen
        # what was waited for is taken away again
        lines = [line.rpartition("\r")[2].replace("\033[K", "") for line in
                 t.seen.replace("\r\n", "\n").split("\n")]
    finally:
        t.close()
    # a path that is longer stands alone
    assert not [line for line in lines if len(line) > 80 and
                " " in line.strip()]
