# SPDX-License-Identifier: Apache-2.0
"""root: what an account's root user has, and its keys set up by a person who
does what the steps say, and nothing else."""
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import sqlite3

import pytest

from conftest import YK
from iam.client import LocalIAM
from iam.client_policy import allow, deny
from broken_off import run_killed_at
from lines import unassigned
from walker import Walker

ACCOUNT = "123456789012"
FIRST = {**YK, "serial": 11111111}
SECOND = {**YK, "serial": 22222222}
SAFE = ("--place", "safe-1", "--bag", "A17", "--custodian", "alice",
        "--custodian", "bob")
WAITS, SIGN_IN = "Waiting for the new device", "Waiting for the sign-in"


def check(site, *more, code):
    done = site.run("root", "--check", *more)
    assert done.code == code, done
    return done


def answers(done):
    return {fact["name"]: fact["answer"]
            for fact in done.json["root"]["facts"]}


def status(done, name):
    return {finding["check"]: finding["status"]
            for finding in done.json["root"]["findings"]}.get(name)


@pytest.fixture
def vault(tmp_path, cards, iam):
    """A site with two keys and a registry; root has a password."""
    from conftest import Workstation

    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, None, iam)
    place.plug(FIRST, {**SECOND, "unplugged": True}, cards=False)
    place.trust_vendor()
    place.make_registry()
    yield place
    place.close()


def events(site, kind):
    done = site.run("registry", "log", "--json")
    return [event for event in map(json.loads, done.out.splitlines())
            if event["type"] == kind]


def seen(receipt, key=0):
    """How each event of a key is known: the last word counts."""
    return {o["event"]: o["how"] for o in receipt["keys"][key]["observed"]}


def lead(site, *more, method="fido"):
    return Walker(site.start("root", "--method", method, "--wait", 60, *more),
                  site.iam)


def lead_through(site, *more, method="fido"):
    """One key, from the first step to the end."""
    walker = lead(site, *more, method=method)
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    return walker.end()


def change_keys(site):
    """The first key out, the second one in."""
    site.tokens.unplug("a")
    site.tokens.plug("b")


# ---- looking ----

def test_check_says_what_is_missing_and_changes_nothing(vault):
    done = check(vault, "--json", code=3)
    assert answers(done) == {
        "password": True, "accessKeys": False, "certificates": False,
        "mfa": False, "virtualDevice": False}
    assert status(done, "root-mfa-missing") == "FAIL"
    assert done.json["changed"] is False
    changing = [call["action"] for call in vault.iam.calls()
                if not call["action"].startswith(("Get", "List", "Generate"))]
    assert changing == []


def test_a_root_without_credentials_needs_nothing(vault):
    vault.iam.set_account(root={"password": False})
    done = check(vault, code=0)
    assert "Nothing to do: root has no credentials." in done.out
    done = vault.run("root", "--method", "fido")
    assert done.code == 6, done
    assert "no password, no key and no certificate" in done.err


def test_a_key_without_a_password_is_no_reason_to_be_silent(vault):
    vault.iam.set_account(root={"password": False})
    vault.iam.credentials("root")
    done = check(vault, "--json", code=3)
    assert status(done, "root-access-key") == "FAIL"
    assert status(done, "root-mfa-missing") == "FAIL"


def test_a_virtual_device_is_roots_by_its_owner_not_by_its_name(vault):
    vault.iam.add_user("root-bob", path="/root/")
    vault.iam.add_virtual_device("root-account-mfa-device", user="root-bob")
    vault.iam.add_root_device("fido", "blue")
    done = check(vault, "--json", code=0)
    assert status(done, "root-mfa-virtual") == "PASS"
    vault.iam.add_root_device("virtual", "phone")
    done = check(vault, "--json", code=3)
    assert status(done, "root-mfa-virtual") == "FAIL"
    assert [d["words"] for d in done.json["root"]["devices"]] == ["virtual"]


def test_aws_word_alone_is_never_called_hardware(vault):
    vault.who = "root"
    vault.iam.add_root_device("fido", "blue", {"FIDO": "L1"})
    vault.iam.add_hardware_token("GAHT12345678", "A" * 32, user="root")
    done = check(vault, "--json", code=3)  # root's own access key
    words = {d["device"].split("/")[-1][:4]: d["words"]
             for d in done.json["root"]["devices"]}
    assert words == {"blue": "passkey or security key",
                     "GAHT": "hardware TOTP"}
    assert done.json["root"]["devicesComplete"] is True
    assert status(done, "root-one-device") == "PASS"
    vault.who = "admin"
    assert "hardware" not in check(vault, code=3).out


def test_the_only_device_is_told_to_whoever_sees_the_list(vault):
    vault.iam.add_root_device("fido", "blue")
    done = check(vault, code=0)
    assert "not asked      root-one-device" in done.out
    vault.who = "root"
    done = check(vault, "--json", code=3)
    assert status(done, "root-one-device") == "FAIL"


def test_what_aws_does_not_tell_is_not_known(vault):
    vault.iam.add_root_device("fido", "blue")
    vault.iam.put_policy(deny("iam:ListVirtualMFADevices"), user="admin",
                        name="d")
    vault.iam.put_policy(allow("*"), user="admin", name="a")
    done = check(vault, "--json", code=10)
    assert answers(done)["virtualDevice"] is None
    assert status(done, "root-mfa-virtual") == "UNKNOWN"
    assert done.json["root"]["outcome"] == "not-known"


def test_nothing_answered_is_a_failure_of_aws(vault):
    vault.iam.order(["GetAccountSummary", "ListVirtualMFADevices"],
                   error="AccessDenied", count=None)
    done = vault.run("root", "--check")
    assert done.code == 9 and done.out == "", done
    assert "iam:GetAccountSummary" in done.err


def test_another_account_is_refused(vault):
    done = vault.run("root", "--check", "--account", "210987654321")
    assert done.code == 6 and done.out == "", done


@pytest.mark.parametrize("partition, code, says", [
    ("aws-cn", 0, "partition aws-cn has no root user"),
    ("aws-us-gov", 0, "only access keys")])
def test_partitions_without_a_root_that_signs_in_say_so(tmp_path, partition,
                                                        code, says):
    from conftest import Workstation

    tmp_path.chmod(0o700)
    with LocalIAM(partition=partition) as iam:
        site = Workstation(tmp_path, None, iam)
        assert says in check(site, code=code).out
        site.make_registry()
        done = site.run("root", "--method", "fido")
        assert done.code == 6 and "nothing to set up" in done.err, done


def test_without_api_the_person_is_asked_and_named(vault):
    vault.iam, cloud = None, vault.iam
    questions = [("password?", "y"), ("access keys?", "n"),
                 ("certificates?", "?"), ("MFA device?", "y"),
                 ("Virtual", "n")]
    done = vault.on_terminal("root", "--check", "--without-api", "--account",
                            ACCOUNT, answers=questions)
    assert done.code == 0, done
    assert done.out.count("stated by root") == 5, done
    assert "certificates  not known" in done.out
    vault.iam = cloud


def test_without_api_and_without_a_terminal_nobody_answers(vault):
    done = vault.run("root", "--check", "--without-api", "--account", ACCOUNT)
    assert done.code == 2 and done.out == "", done
    assert "--profile" in done.err
    done = vault.run("root", "--check", "--without-api")
    assert done.code == 2 and "--account" in done.err


# ---- one key, and another ----

def test_two_keys_are_led_through_the_console_seen_and_recorded(vault):
    code, out, said = lead_through(vault, *SAFE, "--label", "root-1", "--json")
    assert code == 10, said
    receipt = json.loads(out)["receipt"]
    assert receipt["open"] == ["a second key: run the same command with it"]
    assert seen(receipt) == {"enabled": "cloudtrail",
                             "signed-in": "cloudtrail"}
    change_keys(vault)
    code, out, said = lead_through(
        vault, "--place", "safe-2", "--bag", "B3", "--custodian", "carol",
        "--custodian", "dave", "--label", "root-2", "--json")
    assert code == 0, said
    receipt = json.loads(out)["receipt"]
    assert receipt["open"] == [] and receipt["keysOfRoot"] == 2
    assert len(vault.iam.devices("root")) == 2
    rows = {row["label"]: row for row in vault.show()}
    assert rows["root-1"]["holder"] == "safe-1"
    assert rows["root-1"]["bag"]["number"] == "A17"
    assert rows["root-1"]["bag"]["custodians"] == ["alice", "bob"]
    assert rows["root-2"]["bag"]["state"] == "sealed"
    bound = vault.bindings()
    assert {b["user"] for b in bound} == {"<root_account>"}
    assert {b["basis"] for b in bound} == {"seen-in-trail"}
    assert {b["device"] for b in bound} == set(vault.iam.devices("root"))
    vault.check_chain()


def test_what_cloudtrail_told_is_kept_as_evidence(vault):
    """Of the enabling and of the sign-in, byte for byte as AWS gives it."""
    code, _, said = lead_through(vault)
    assert code == 10, said
    (device,) = vault.iam.devices("root")
    told = [e["body"] for e in events(vault, "binding.witnessed")]
    assert [body.get("event") for body in told] == [None, "sign-in"]
    assert {body["basis"] for body in told} == {"seen-in-trail"}
    kept = [json.loads(evidence(vault, body["trail"])) for body in told]
    assert [e["eventName"] for e in kept] == ["EnableMFADevice",
                                              "ConsoleLogin"]
    assert kept[1]["additionalEventData"]["MFAIdentifier"] == device
    assert "a sign-in, told by CloudTrail: " in \
        vault.run("registry", "log").out
    vault.check_chain()


def evidence(site, sha):
    with contextlib.closing(sqlite3.connect(site.registry)) as db:
        ((found,),) = db.execute("SELECT bytes FROM evidence WHERE sha = ?",
                                 (bytes.fromhex(sha),))
    assert hashlib.sha256(found).hexdigest() == sha
    return found


def refuse(site, *actions):
    """The caller may do everything else."""
    site.iam.put_policy(deny(*actions), user="admin", name="refused")
    site.iam.put_policy(allow("*"), user="admin", name="all")


def numbered_through(walker):
    assert walker.numbers == list(range(1, len(walker.numbers) + 1))


def test_steps_are_numbered_through_and_fit_a_terminal(vault):
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    walker.end()
    numbered_through(walker)
    long_ones = [line for line in walker.heard.splitlines()
                 if len(line) > 80 and line[:3].strip().rstrip(".").isdigit()]
    assert long_ones == []
    assert ACCOUNT in walker.heard and "https://console.aws.amazon.com/" in \
        walker.heard


def test_the_prompt_that_the_console_forces_has_steps_of_its_own(vault):
    walker = lead(vault, "--at-sign-in")
    walker.listen(WAITS)
    assert not any("Assign MFA device" in step for step in walker.steps)
    assert any("asks for an MFA device by itself" in step
               for step in walker.steps)
    for step in walker.steps:
        walker.do(step)
    walker.steps = []
    walker.walk_until(SIGN_IN)
    assert walker.end()[0] == 10
    assert len(vault.iam.devices("root")) == 1


def test_a_token_with_a_display_goes_by_its_number(vault):
    vault.iam.add_hardware_token("GAHT12345678", "A" * 32)
    code, out, said = lead_through(vault, "--serial", "GAHT12345678", "--json",
                                   *SAFE, method="hardware-totp")
    assert code == 10, said
    key = json.loads(out)["receipt"]["keys"][0]
    assert key["device"] == "GAHT12345678" and key["method"] == \
        "hardware-totp"
    done = vault.run("root", "--method", "hardware-totp", "--serial",
                    "GAHT12345678")
    assert done.code == 1 and "a device of root" in done.err, done


@pytest.mark.parametrize("more, says", [
    (("--method", "hardware-totp"), "--serial"),
    (("--method", "hardware-totp", "--serial", "12345678"), "9 to 256"),
    (("--method", "fido", "--serial", "GAHT12345678"), "hardware-totp"),
    ((), "--method fido"),
    (("--method", "fido", "--bag", "A17"), "--place"),
    (("--method", "fido", *SAFE[:4], "--custodian", "alice"), "twice"),
    (("--method", "fido", *SAFE[:4], "--custodian", "alice", "--custodian",
      "alice"), "two different"),
    (("--check", "--method", "fido"), "--method")])
def test_what_makes_no_sense_is_refused_before_aws_is_asked(vault, more, says):
    done = vault.run("root", *more)
    assert done.code == 2 and says in done.err, done
    assert vault.iam.calls() == []


def test_an_app_is_for_root_only_where_the_policy_lists_it(vault):
    done = vault.run("root", "--method", "virtual")
    assert done.code == 6 and "only a policy that lists it" in done.err, done
    policy = vault.folder / "policy"
    policy.write_text("methods = fido virtual\n")
    policy.chmod(0o644)
    with vault.config.open("a") as file:
        file.write(f"policy = {policy}\n")
    code, out, said = lead_through(vault, "--json", method="virtual")
    assert code == 10, said
    receipt = json.loads(out)["receipt"]
    assert receipt["keys"][0]["token"] is None
    assert seen(receipt)["enabled"] == "cloudtrail"


def test_a_policy_decides_over_the_key(vault):
    policy = vault.folder / "policy"
    policy.write_text("methods = hardware-totp\n")
    policy.chmod(0o644)
    with vault.config.open("a") as file:
        file.write(f"policy = {policy}\n")
    done = vault.run("root", "--method", "fido")
    assert done.code == 6 and "not among those of the policy" in done.err
    assert vault.iam.calls("EnableMFADevice") == []


def test_a_key_that_is_not_genuine_is_refused(vault, untrusted):
    vault.tokens.stop()
    vault.plug({**YK, "name": "z", "ca": str(untrusted)}, cards=False)
    done = vault.run("root", "--method", "fido")
    assert done.code == 21, done
    assert "1. " not in done.err


# ---- who saw it ----

def test_root_itself_sees_the_list(vault):
    vault.who = "root"
    code, out, said = lead_through(vault, "--json")
    assert code == 10, said
    receipt = json.loads(out)["receipt"]
    first = receipt["keys"][0]["observed"][0]
    assert first["how"] == "list" and first["event"] == "enabled"
    assert receipt["keys"][0]["device"] in vault.iam.devices("root")


def test_without_cloudtrail_numbers_infer_and_a_person_states(vault):
    refuse(vault, "cloudtrail:LookupEvents")
    walker = lead(vault, "--stated", "--json")
    walker.walk_until(WAITS)
    code, out, said = walker.end()
    assert code == 10, said
    assert "may not ask CloudTrail" in said
    receipt = json.loads(out)["receipt"]
    assert seen(receipt) == {"enabled": "counts", "signed-in": "stated"}
    inferred = {o["event"]: o["inferred"]
                for o in receipt["keys"][0]["observed"]}
    assert inferred == {"enabled": True, "signed-in": False}
    assert receipt["keys"][0]["observed"][-1]["statedBy"]
    assert receipt["keys"][0]["device"] is None
    assert vault.bindings()[0]["basis"] == "inferred-from-counts"


def test_an_event_that_came_late_is_what_roots_key_rests_on(vault):
    vault.who = "root"
    vault.iam.order("LookupEvents", error="AccessDeniedException", count=None)
    walker = lead(vault, "--stated", "--json")
    walker.walk_until(WAITS)
    code, out, said = walker.end()
    assert code == 10, said
    assert vault.bindings()[0]["basis"] == "seen-in-list"
    assert "1 device here does not rest on an event" in \
        vault.run("registry", "show").err
    vault.iam.clear_orders()
    # a user's device of the same time is none of root's
    vault.iam.add_user("alice", password=True)
    with vault.iam.sign_in("alice") as browser:
        browser.add_fido("key-12345678")
    done = vault.run("registry", "adopt", "--from-aws")
    assert done.code == 0, done
    assert "CloudTrail tells of 1 device that rested on less" in done.err
    assert [b["basis"] for b in vault.bindings() if b["user"] == "root" or
            b["userId"] == ACCOUNT] == ["seen-in-trail"]
    done = vault.run("registry", "log", "--json")
    (event,) = [e for e in map(json.loads, done.out.splitlines())
                if e["type"] == "binding.witnessed"]
    assert len(event["body"]["trail"]) == 64
    vault.check_chain()


def sign_ins(site):
    return [e["body"] for e in events(site, "binding.witnessed")
            if e["body"].get("event") == "sign-in"]


def test_a_sign_in_that_comes_later_is_kept_as_evidence(vault):
    """In the run a person's word was all that there was."""
    command = ("registry", "adopt", "--from-aws")
    vault.who = "root"
    vault.iam.order("LookupEvents", error="AccessDeniedException", count=None)
    walker = lead(vault, "--stated", "--json")
    walker.walk_until(WAITS)
    assert walker.end()[0] == 10, walker.heard
    vault.iam.clear_orders()
    (device,) = vault.iam.devices("root")
    done = vault.run(*command)
    assert done.code == 0, done
    assert "does not tell yet that root has signed in with 1" in done.err
    assert sign_ins(vault) == []
    # with another device it is no proof of this one
    other = vault.iam.add_root_device("fido", "spare")
    with vault.iam.sign_in("root", mfa=other):
        pass
    assert "signed in with 1" in vault.run(*command).err
    assert sign_ins(vault) == []
    with vault.iam.sign_in("root", mfa=device, region="us-west-2"):
        pass
    done = vault.run(*command)
    assert "root has signed in with 1 of its devices: kept" in done.err, done
    assert done.code == 0, done
    (told,) = sign_ins(vault)
    kept = json.loads(evidence(vault, told["trail"]))
    assert kept["eventName"] == "ConsoleLogin"
    assert kept["additionalEventData"]["MFAIdentifier"] == device
    # once: and nothing is asked for any more
    vault.iam.calls(clear=True)
    done = vault.run(*command)
    assert "signed in" not in done.err and len(sign_ins(vault)) == 1
    vault.check_chain()


def test_cloudtrail_that_may_not_be_asked_fails_nothing(vault):
    vault.who = "root"
    walker = lead(vault, "--stated", "--json")
    walker.walk_until(WAITS)
    assert walker.end()[0] == 10, walker.heard
    code = vault.run("registry", "adopt", "--from-aws").code
    vault.iam.order("LookupEvents", error="AccessDeniedException", count=None)
    done = vault.run("registry", "adopt", "--from-aws")
    assert done.code == code == 0, done
    assert "CloudTrail was not asked whether root has signed in" in done.err


def test_the_second_key_is_counted_when_it_is_not_listed(vault):
    vault.iam.add_root_device("fido", "blue")
    vault.iam.add_user("alice", password=True)
    refuse(vault, "cloudtrail:LookupEvents")
    walker = lead(vault, "--stated", "--json")
    walker.listen(WAITS)
    vault.iam.add_fido_device("alice")     # somebody else's is not root's
    assert walker.listen(WAITS), walker.heard
    for step in walker.steps:
        walker.do(step)
    walker.steps = []
    code, out, said = walker.end()
    assert code == 10, said
    assert seen(json.loads(out)["receipt"])["enabled"] == "counts"


def test_nobody_states_it_without_a_terminal(vault):
    refuse(vault, "cloudtrail:LookupEvents")
    walker = lead(vault)
    walker.walk_until(WAITS)
    code, out, said = walker.end()
    assert code == 2 and out == "", said
    assert "nobody answers" in said
    assert vault.bindings() == []


def test_a_passkey_of_another_kind_is_told_and_is_not_it(vault):
    walker = lead(vault)
    walker.listen(WAITS)
    with vault.iam.sign_in("root") as browser:
        browser.add_virtual("phone")
    line = walker.listen("that is not the one that was to be registered")
    assert line and "virtual" in line, walker.heard
    walker.process.send_signal(signal.SIGINT)
    assert walker.end()[0] == 130
    assert vault.bindings() == []


def test_a_sign_in_with_another_device_proves_nothing(vault):
    old = vault.iam.add_root_device("fido", "blue")
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.listen(SIGN_IN)
    walker.steps = []
    walker.sign_out()
    with vault.iam.sign_in("root", mfa=old):
        pass
    assert walker.listen(SIGN_IN), walker.heard
    new = next(s for s in vault.iam.devices("root") if s != old)
    with vault.iam.sign_in("root", mfa=new):
        pass
    assert walker.end()[0] == 10
    assert [b["device"] for b in vault.bindings()] == [new]


def test_cloudtrail_in_another_region_is_found(vault):
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.listen(SIGN_IN)
    walker.steps = []
    walker.sign_out()
    with vault.iam.sign_in("root", mfa=next(iter(vault.iam.devices("root"))),
                          region="us-west-2"):
        pass
    assert walker.end()[0] == 10


# ---- broken off, and gone on ----

def stop(walker, how):
    if how == "kill":
        os.killpg(walker.process.pid, signal.SIGKILL)
    else:
        walker.process.send_signal(signal.SIGINT)
    return walker.end()[0]


@pytest.mark.parametrize("how, code", [("kill", -9), ("interrupt", 130)])
def test_a_run_that_was_broken_off_goes_on_where_it_was(vault, how, code):
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.listen(SIGN_IN)
    assert stop(walker, how) == code
    assert vault.bindings() == []
    again = lead(vault, "--json")
    again.pages = walker.pages
    again.walk_until(SIGN_IN)
    assert "Going on with" in again.heard
    assert "Assign MFA device" not in again.heard
    code, out, said = again.end()
    assert code == 10, said
    assert len(vault.bindings()) == 1
    assert len(vault.iam.devices("root")) == 1
    left = pathlib.Path(f"{vault.registry}.journal")
    assert [p.name for p in left.glob("*.root")] == []


def test_what_was_done_while_nobody_looked_is_seen_by_the_next_run(vault):
    walker = lead(vault)
    walker.walk_until(WAITS)              # the device is there ...
    stop(walker, "kill")                  # ... and nobody saw it
    again = lead(vault)
    again.pages = walker.pages
    again.steps = []
    again.listen(SIGN_IN)
    for step in again.steps:
        if "second factor" in step or "Sign out" in step or \
                "Root user" in step:
            again.do(step)
    again.steps = []
    assert again.end()[0] == 10, again.heard
    assert len(vault.iam.devices("root")) == 1
    assert len(vault.bindings()) == 1


def test_two_runs_for_one_root_do_not_meet(vault):
    walker = lead(vault)
    walker.listen(WAITS)
    done = vault.run("root", "--method", "fido")
    assert done.code != 0 and "another run leads" in done.err, done
    stop(walker, "interrupt")


def test_progress_that_cannot_be_read_is_left_alone(vault):
    folder = pathlib.Path(f"{vault.registry}.journal")
    folder.mkdir(mode=0o700)
    (folder / f"{ACCOUNT}.root").write_text("{")
    (folder / f"{ACCOUNT}.root").chmod(0o600)
    done = vault.run("root", "--method", "fido")
    assert done.code == 1 and "move it away" in done.err, done
    assert (folder / f"{ACCOUNT}.root").read_text() == "{"


@pytest.mark.parametrize("action", [
    "GetAccountSummary", "ListVirtualMFADevices", "LookupEvents",
    "ListUsers"])
@pytest.mark.parametrize("order", [
    {"error": "Throttling"}, {"http": 503}, {"drop": "before"}])
def test_a_call_that_fails_for_a_while_loses_nothing(vault, action, order):
    vault.iam.order(action, count=4, **order)
    code, _, said = lead_through(vault)
    assert code == 10, said
    assert len(vault.bindings()) == 1


# ---- the device that was there before ----

def test_the_virtual_device_goes_last_and_is_seen_to_go(vault):
    phone = vault.iam.add_root_device("virtual", "phone")
    code, out, said = lead_through(vault, "--json")
    assert code == 10, said
    assert any("still signs root in" in line
               for line in json.loads(out)["receipt"]["open"])
    assert '"Remove"' not in said
    change_keys(vault)
    walker = lead(vault, "--json")
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    walker.walk_until("Waiting for its removal")
    code, out, said = walker.end()
    assert code == 0, said
    receipt = json.loads(out)["receipt"]
    assert [r["device"] for r in receipt["removed"]] == [phone]
    assert receipt["removed"][0]["observed"]["how"] == "list"
    assert phone not in vault.iam.devices("root")
    # nothing of it was bound here, and it is recorded all the same
    (event,) = [e for e in map(json.loads, vault.run(
        "registry", "log", "--json").out.splitlines())
        if e["type"] == "root.removed"]
    assert event["body"]["removed"] == ["device"]
    assert event["body"]["basis"] == "seen-in-list"
    assert f"taken away from root of account {ACCOUNT}: device {phone} " \
        "(seen-in-list)" in vault.run("registry", "log").out


def test_a_device_that_the_console_could_not_delete_is_not_said_to_be_gone(
        vault, tmp_path):
    """Root's no more is what was seen, and all that receipt and page say."""
    phone = vault.iam.add_root_device("virtual", "phone")
    lead_through(vault)
    change_keys(vault)
    vault.iam.order("DeleteVirtualMFADevice", error="AccessDenied",
                    count=None)
    page = tmp_path / "page.txt"
    walker = lead(vault, "--page", page)
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    walker.walk_until("Waiting for its removal")
    code, out, said = walker.end()
    assert code == 0, said
    assert unassigned(vault.iam) == [phone]
    assert f"No longer root's {phone}\n  removed " in out, out
    assert "seen in AWS's list" in out and "eleted" not in out, out
    assert phone not in page.read_text()
    assert f"taken away from root of account {ACCOUNT}: device {phone} " \
        "(seen-in-list)" in vault.run("registry", "log").out


def waits_for_removal(vault):
    """Keys are registered, and a virtual device is to go: that device, the run,
    and the line with which it waits."""
    phone = vault.iam.add_root_device("virtual", "phone")
    lead_through(vault)
    change_keys(vault)
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    line = walker.listen("Waiting for its removal")
    assert line, walker.heard
    return phone, walker, line


def test_a_device_is_not_gone_because_aws_does_not_list_it(vault):
    """Denied in the middle of its removal."""
    phone, walker, _ = waits_for_removal(vault)
    vault.iam.order("ListVirtualMFADevices", error="AccessDenied", count=None)
    assert stop(walker, "interrupt") == 130
    done = vault.run("root", "--method", "fido", "--wait", "1", "--json")
    assert done.code == 10, done
    assert done.json["receipt"]["open"] == [
        "whether a virtual device still signs root in is not known: AWS does "
        "not tell"]
    assert done.json["receipt"]["removed"] == []
    assert events(vault, "root.removed") == []
    vault.iam.clear_orders()
    assert phone in vault.iam.devices("root")


@pytest.mark.parametrize("at", ["waiting", "recording"])
def test_a_removal_that_nobody_watched_is_recorded_by_the_next_run(vault, at):
    """Once, whether the run died before or behind the record."""
    phone, walker, line = waits_for_removal(vault)
    stop(walker, "kill")
    done = vault.run("registry", "show", "--unfinished", "--json")
    (one,) = done.json["rootSetups"]
    assert one["point"] == "removing" and one["device"] == phone
    with vault.iam.sign_in("root", mfa=phone) as browser:
        browser.remove(phone)
    words = ("root", "--method", "fido")
    if at == "recording":
        assert all([run_killed_at(vault, "unlink", number, *words)
                    for number in (1, 2, 3)])
    done = vault.run(*words, "--json")
    assert done.code == 0, done
    (event,) = events(vault, "root.removed")
    assert event["body"]["removed"] == ["device"]
    left = pathlib.Path(f"{vault.registry}.journal")
    assert [p.name for p in left.glob("*.root")] == []
    vault.check_chain()


def test_a_virtual_device_that_stays_keeps_it_unfinished(vault):
    vault.iam.add_root_device("virtual", "phone")
    lead_through(vault)
    change_keys(vault)
    walker = lead(vault)
    walker.walk_until(WAITS)
    walker.walk_until(SIGN_IN)
    walker.listen("Waiting for its removal")
    assert stop(walker, "interrupt") == 130
    done = vault.run("root", "--method", "fido", "--wait", "0", "--stated")
    assert "Root has 2 keys by the registry" in done.err, done


# ---- as root of a member ----

MEMBER = "210987654321"


@pytest.fixture
def member(vault):
    vault.iam.add_account(MEMBER)
    return vault


def test_a_members_root_is_looked_at_as_root_only_when_asked_for(member):
    member.iam.add_root_device("fido", "blue", account=MEMBER)
    done = check(member, "--assume-root", "--account", MEMBER, "--json",
                 code=3)
    assert "alarms on the use of root" in done.err
    assert done.json["root"]["account"] == MEMBER
    assert done.json["root"]["devicesComplete"] is True
    assert status(done, "root-one-device") == "FAIL"
    assert status(done, "root-mfa-virtual") == "PASS"
    member.iam.add_root_device("virtual", "phone", account=MEMBER)
    done = check(member, "--assume-root", "--account", MEMBER, "--json",
                 code=3)
    assert status(done, "root-mfa-virtual") == "FAIL"


def test_the_management_account_is_nobodys_member(member):
    done = member.run("root", "--check", "--assume-root", "--account",
                      ACCOUNT)
    assert done.code == 9 and "sts:AssumeRoot" in done.err, done
    assert done.out == ""
    done = member.run("root", "--check", "--assume-root")
    assert done.code == 2 and "--account" in done.err, done


# ---- the safe ----

def bag(site, *more):
    return site.run("registry", "move", "root-1", *more)


TWO = ("--custodian", "alice", "--custodian", "bob")


@pytest.fixture
def sealed(vault):
    """A key that lies in a bag of the safe."""
    done = vault.run("verify", "--record", "--label", "root-1")
    assert done.code == 0, done
    done = bag(vault, "--place", "safe-1")
    assert done.code == 0, done
    done = bag(vault, "--state", "sealed", "--bag", "A17", *TWO)
    assert done.code == 0, done
    return vault


def test_a_bag_is_opened_and_sealed_by_two_into_a_new_one(sealed):
    done = bag(sealed, "--state", "out", *TWO, "--reason", "rotation",
               "--json")
    assert done.code == 0 and done.json["bagged"]["number"] == "A17", done
    assert sealed.show()[0]["bag"]["state"] == "out"
    done = bag(sealed, "--state", "sealed", "--bag", "A17", *TWO)
    assert done.code == 6 and "take a new one" in done.err, done
    done = bag(sealed, "--state", "sealed", "--bag", "A18", *TWO)
    assert done.code == 0, done
    shown = sealed.show()[0]["bag"]
    assert (shown["state"], shown["number"]) == ("sealed", "A18")
    assert shown["custodians"] == ["alice", "bob"]
    assert len(events(sealed, "token.bag")) == 3
    told = sealed.run("registry", "log")
    assert "taken out of its bag" in told.out, told
    assert "reason: rotation" in told.out
    sealed.check_chain()


@pytest.mark.parametrize("more, code, says", [
    (("--state", "sealed", "--bag", "B1", *TWO), 6, "take it out first"),
    (("--state", "out"), 2, "--custodian twice"),
    (("--state", "out", "--custodian", "alice"), 2, "twice"),
    (("--state", "out", "--custodian", "alice", "--custodian", "alice"), 2,
     "two different"),
    (("--state", "out", *TWO, "--bag", "B1"), 2, "--state out"),
    (("--state", "sealed", *TWO), 2, "--bag NUMBER"),
    (("--state", "lost", *TWO), 2, "--custodian")])
def test_a_bag_without_its_two_people_and_number_is_refused(sealed, more,
                                                            code, says):
    before = len(events(sealed, "token.bag"))
    done = bag(sealed, *more)
    assert done.code == code and says in done.err, done
    assert len(events(sealed, "token.bag")) == before


def test_a_key_in_a_persons_hands_is_in_no_bag(vault):
    vault.run("verify", "--record", "--label", "root-1")
    bag(vault, "--holder", "alice")
    done = bag(vault, "--state", "sealed", "--bag", "A17", *TWO)
    assert done.code == 6 and "is in no safe" in done.err, done


# ---- the safe's page ----

def test_the_page_for_the_safe_has_what_a_custodian_needs_and_no_more(vault):
    page = vault.folder / "page.txt"
    code, _, said = lead_through(vault, *SAFE, "--label", "root-1", "--page",
                                 page)
    assert code == 10, said
    text = page.read_text()
    for word in (ACCOUNT, "root-1", "11111111", "safe-1", "A17",
                 "alice and bob", "seen in CloudTrail"):
        assert word in text, text
    head = vault.run("registry", "log", "--verify", "--json").json
    assert head["head"].split(":")[-1] in text.replace("\n", "").replace(
        " ", "")
    assert max(map(len, text.splitlines())) <= 80
    assert "@" not in text
    assert page.stat().st_mode & 0o777 == 0o600
    assert "Not finished" in text


def test_a_page_that_is_there_is_not_written_over(vault):
    page = vault.folder / "page.txt"
    page.write_text("mine")
    code, _, said = lead_through(vault, "--page", page)
    assert code == 1 and "page.txt" in said, said
    assert page.read_text() == "mine"
    assert len(vault.bindings()) == 1
