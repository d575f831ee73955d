# SPDX-License-Identifier: Apache-2.0
"""audit beside a registry that knows tokens: seeds that sit in them, verdicts,
advisories, and what a run of ours has in hand."""

import json
import shlex

TOTP = ("--method", "totp", "--holder", "alice")
CHECKS = "house,cis"


def audited(site, *more):
    return site.run("audit", "--json", "--checks", CHECKS, *more).json


def rows(found, check):
    return [r for r in found["findings"] if r["check"] == check]


def test_a_seed_that_sits_in_a_token_is_named_by_our_registry(aws_site):
    """AWS calls every TOTP device virtual, wherever its seed is."""
    assert aws_site.run("enroll", "alice", *TOTP).code == 0
    found = audited(aws_site)
    (row,) = [r for r in rows(found, "user-not-phishing-resistant")
              if r["subject"] == "alice"]
    assert row["status"] == "FAIL" and row["severity"] == "medium"
    assert "by our registry, not by AWS" in row["observed"]
    (one,) = [r for r in rows(found, "user-one-device")
              if r["subject"] == "alice"]
    assert one["status"] == "FAIL" and one["remedyKind"] == "command"
    (token,) = rows(found, "token-unverified")
    assert token["account"] is None and token["subject"] != ""
    (safe,) = rows(found, "token-vulnerable")
    assert safe["status"] in ("PASS", "FAIL", "UNKNOWN")
    assert {r["status"] for r in rows(found, "device-unknown")} <= {"PASS",
                                                                    "FAIL"}


def test_a_token_that_is_lost_is_not_judged(aws_site):
    assert aws_site.run("enroll", "alice", *TOTP).code == 0
    (token,) = aws_site.run("registry", "show", "--json").json["tokens"]
    done = aws_site.run("registry", "move", token["id"][:8], "--state",
                        "lost")
    assert done.code == 10, done   # AWS still lets it in, and it says so
    assert rows(audited(aws_site), "token-unverified") == []


def test_tokens_are_judged_beside_a_report_too(aws_site, tmp_path):
    assert aws_site.run("enroll", "alice", *TOTP).code == 0
    client = aws_site.iam.botocore()
    aws_site.run("audit")
    made = client.get_credential_report()
    path = tmp_path / "report.csv"
    path.write_bytes(made["Content"])
    done = aws_site.run("audit", "--json", "--report", str(path))
    assert len(rows(done.json, "token-unverified")) == 1
    assert json.dumps(done.json).count('"registry"') >= 1


def test_what_a_broken_off_run_has_in_hand_is_not_unknown(aws_site):
    aws_site.iam.order("EnableMFADevice", error="AccessDenied", count=None)
    aws_site.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                       count=None)
    done = aws_site.run("enroll", "alice", *TOTP)
    assert done.code != 0
    aws_site.iam.clear_orders()
    found = audited(aws_site)
    assert rows(found, "run-unfinished")
    for row in rows(found, "virtual-orphan"):
        assert row["status"] == "NOT_APPLICABLE", row
        assert "of ours" in row["observed"]


def test_the_command_for_a_second_device_gives_one(aws_site):
    """As printed, with a token that is not the first device."""
    aws_site.iam.add_virtual_device("app", "alice")
    (row,) = [r for r in rows(audited(aws_site), "user-one-device")
              if r["subject"] == "alice"]
    assert row["status"] == "FAIL" and row["remedyKind"] == "command"
    program, *words = shlex.split(row["remedy"].strip("`"))
    assert program == "tokenbridge"
    done = aws_site.run(*words)
    assert done.code == 0, done
    (row,) = [r for r in rows(audited(aws_site), "user-one-device")
              if r["subject"] == "alice"]
    assert row["status"] == "PASS"
