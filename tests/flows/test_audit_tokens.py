# SPDX-License-Identifier: Apache-2.0
"""audit beside a registry that knows tokens: seeds that sit in them, verdicts,
advisories, and what a run of ours has in hand."""

import json
import pathlib
import shlex

import pytest

from test_audit_accounts import add_member

ACCOUNT = "123456789012"
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


# ---- beside many accounts ----

ROLE = ("--accounts", "org", "--role", "audit/reader")
MEMBERS = ("210987654300", "210987654301", "210987654302")


def many(site, *more):
    return site.run("audit", *ROLE, *more)


@pytest.fixture
def company(aws_site):
    """A registry with a token, three accounts beside the caller's own."""
    aws_site.iam.settings(report_seconds=0)
    for number in MEMBERS:
        add_member(aws_site.iam, number)
    assert aws_site.run("enroll", "alice", *TOTP).code == 0
    return aws_site


def test_tokens_are_judged_once_beside_many_accounts(company):
    found = many(company, "--json").json
    assert {a["state"] for a in found["summary"]["accounts"]} == {"read"}
    for check in ("token-unverified", "token-vulnerable"):
        (row,) = rows(found, check)
        assert row["account"] is None
        assert sum(found["summary"]["counts"][check].values()) == 1
    # what is bound to an account is judged there
    (bound,) = [r for r in rows(found, "device-unknown")
                if r["status"] == "PASS"]
    assert bound["account"] == ACCOUNT
    alone = audited(company)
    for check in ("token-unverified", "token-vulnerable"):
        assert [r["status"] for r in rows(alone, check)] == \
            [r["status"] for r in rows(found, check)]


@pytest.mark.parametrize("form", ["text", "csv", "ocsf", "html"])
def test_every_output_has_such_a_row_once(company, form):
    shown = ("--status", "PASS,FAIL,UNKNOWN", "--format", form)
    done = many(company, *shown)
    alone = company.run("audit", *shown)
    (name,) = [r["subject"] for r in audited(company)["findings"]
               if r["check"] == "token-unverified"]
    assert alone.out.count(name) > 0
    assert done.out.count(name) == alone.out.count(name)


def test_a_kept_result_has_no_row_of_a_token(company, tmp_path):
    folder = tmp_path / "state"
    first = many(company, "--json", "--state", str(folder)).json
    kept = [p.read_text() for p in folder.glob("*.jsonl")]
    assert len(kept) == len(MEMBERS) + 1
    assert not any("token-un" in text for text in kept)
    again = many(company, "--json", "--state", str(folder)).json
    assert all(a["kept"] for a in again["summary"]["accounts"])
    assert [(r["check"], r["subject"], r["status"])
            for r in again["findings"]] == \
        [(r["check"], r["subject"], r["status"]) for r in first["findings"]]


def test_tokens_alone_can_be_judged_beside_many_accounts(company):
    found = company.run("audit", *ROLE, "--json", "--checks",
                        "token-unverified").json
    assert len(found["findings"]) == 1
    assert {a["state"] for a in found["summary"]["accounts"]} == {"read"}


# ---- what a kept result rests on ----

@pytest.fixture
def kept(company, tmp_path):
    """kept(option, ...): which accounts are not asked again."""
    def run(*more):
        found = many(company, "--json", "--state", str(tmp_path / "state"),
                     *more).json
        assert {a["state"] for a in found["summary"]["accounts"]} == {"read"}
        run.found = found
        return {a["account"] for a in found["summary"]["accounts"]
                if a["kept"]}
    assert run() == set()
    assert run() == {ACCOUNT, *MEMBERS}
    return run


def test_a_registry_that_changed_asks_again(company, kept):
    (token,) = company.run("registry", "show", "--json").json["tokens"]
    done = company.run("registry", "move", token["id"][:8], "--state",
                       "lost", "--reason", "left in a taxi")
    assert done.code == 10, done
    assert kept() == set()
    assert kept() == {ACCOUNT, *MEMBERS}


def test_a_policy_that_changed_asks_again(company, kept):
    policy = company.folder / "policy.conf"
    policy.write_text("accept = genuine\n")
    policy.chmod(0o644)
    company.config.write_text(company.config.read_text()
                              + f"policy = {policy}\n")
    assert kept() == set()
    policy.write_text("accept = genuine genuine-but-vulnerable\n")
    assert kept() == set()
    assert kept() == {ACCOUNT, *MEMBERS}


def test_other_mutes_ask_nobody_again(company, kept):
    def alice():
        return {r["account"]: r["status"] for r in kept.found["findings"]
                if (r["check"], r["subject"]) == ("user-mfa-missing",
                                                  "alice-0")}
    assert set(alice().values()) == {"FAIL"}
    mutes = company.folder / "mutes"
    mutes.write_text(f"check = user-mfa-missing\naccount = {MEMBERS[0]}\n"
                     "subject = alice-0\nexpires = 2099-01-31\n"
                     "owner = carol\nreason = a robot\n")
    assert kept("--mute", str(mutes)) == {ACCOUNT, *MEMBERS}
    assert alice() == {MEMBERS[0]: "MUTED", MEMBERS[1]: "FAIL",
                       MEMBERS[2]: "FAIL"}
    assert kept() == {ACCOUNT, *MEMBERS}
    assert set(alice().values()) == {"FAIL"}


def test_checks_that_are_of_no_account_ask_nobody_again(kept):
    one = "root-mfa-missing"
    assert kept("--checks", one) == set()
    assert kept("--checks", f"{one},token-unverified") == {ACCOUNT, *MEMBERS}
    assert rows(kept.found, "token-unverified")
    assert kept("--checks", f"{one},root-access-key") == set()


def test_what_we_have_in_hand_asks_that_account_again(company, kept):
    company.iam.order("EnableMFADevice", error="AccessDenied", count=None)
    company.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                      count=None)
    assert company.run("enroll", "bob", *TOTP[:2], "--holder",
                       "alice").code != 0
    company.iam.clear_orders()
    kept()
    assert rows(kept.found, "run-unfinished")
    assert kept() == {ACCOUNT, *MEMBERS}
    folder = pathlib.Path(f"{company.registry}.journal")
    journals = [p for p in folder.iterdir() if p.is_file()]
    assert journals
    for path in journals:
        path.unlink()
    assert kept() == set(MEMBERS)
    assert rows(kept.found, "run-unfinished") == []
