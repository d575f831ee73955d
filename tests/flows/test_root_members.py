# SPDX-License-Identifier: Apache-2.0
"""root for member accounts of an organization: many looked at, and what their
roots sign in with taken away."""
import fcntl
import json
import pathlib
import re

import pytest

from iam.client_policy import allow, deny
from lines import keep_profile
from broken_off import run_killed_at, strace
from test_root import (ACCOUNT, FIRST, SECOND, TWO, WAITS, change_keys, lead,
                       lead_through, stop, vault)  # noqa: F401

MEMBER, OTHER = "210987654321", "310987654321"
REMOVALS = ["DeleteAccessKey", "DeleteSigningCertificate",
            "DeleteLoginProfile", "DeactivateMFADevice"]


@pytest.fixture
def org(tmp_path, cards, iam):
    """A management account with two members; one's root has everything."""
    from conftest import Workstation

    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, None, iam)
    place.make_registry()
    iam.add_account(MEMBER)
    iam.add_account(OTHER)
    fill(iam)
    yield place
    place.close()


def fill(iam, account=MEMBER):
    iam.set_account(account, root={"password": True})
    iam.credentials("root", account=account)
    iam.add_certificate("root", account=account)
    iam.add_root_device("fido", "blue", account=account)
    iam.control("sweep", account=account)
    iam.add_root_device("virtual", "phone", account=account)


def root_of(iam, account=MEMBER):
    """What root has: (keys, certificates, password, devices)."""
    root = iam.state()["accounts"][account]["root"]
    return (len(root["keys"]), len(root["certificates"]), root["password"],
            len(iam.devices("root", account=account)))


NOTHING, EVERYTHING = (0, 0, False, 0), (1, 1, True, 2)
WORDS = ["access-key", "certificate", "password", "device"]


def remove(site, *more, account=MEMBER, confirm=True, **how):
    return site.run("root", "--remove-credentials", "--account", account,
                    *(("--confirm", account) if confirm else ()), *more,
                    **how)


def taken(site):
    return [c["action"] for c in site.iam.calls() if c["action"] in REMOVALS]


# ---- taking away ----

def test_all_that_root_has_goes_and_mfa_goes_last(org):
    done = remove(org, "--json")
    assert done.code == 0, done
    assert "alarms on the use of root" in done.err
    assert root_of(org.iam) == NOTHING
    assert taken(org) == [*REMOVALS, REMOVALS[-1]]
    (one,) = done.json["removals"]
    assert one["outcome"] == "removed" and done.json["changed"] is True
    assert [row["what"] for row in one["rows"]] == [
        "access-key", "certificate", "password", "device", "device"]
    # the virtual device is not root's any more, and still there
    assert [row["outcome"] for row in one["rows"]] == ["removed"] * 4 + [
        "deactivated"]
    assert org.journals() == []


def told_removals(site):
    events = [json.loads(line) for line in site.run(
        "registry", "log", "--json").out.splitlines()]
    return [e["body"] for e in events if e["type"] == "root.removed"]


def test_what_root_lost_is_recorded_though_nothing_of_it_was_bound(org):
    done = remove(org, "--reason", "no root here", "--json")
    assert done.code == 0, done
    (body,) = told_removals(org)
    assert body["account"] == MEMBER
    assert body["removed"] == WORDS
    log = org.run("registry", "log")
    assert f"taken away from root of account {MEMBER}: access-key, " \
        "certificate, password, device; reason: no root here" in log.out, log
    assert org.run("registry", "log", "--verify", "--head",
                   done.json["head"]).code == 0
    # what is not done is not recorded
    assert remove(org, confirm=False).code == 0
    assert len(told_removals(org)) == 1


def test_what_root_keeps_is_not_recorded_as_gone(org):
    org.iam.order("DeleteLoginProfile", error="AccessDenied", count=None)
    assert remove(org).code == 10
    (body,) = told_removals(org)
    assert body["removed"] == ["access-key", "certificate"]
    org.iam.clear_orders()
    assert remove(org).code == 0
    assert told_removals(org)[1]["removed"] == ["password", "device"]


def test_each_thing_is_looked_at_again_before_the_next(org):
    assert remove(org).code == 0
    calls = [c["action"] for c in org.iam.calls()]
    looks = {"DeleteAccessKey": "ListAccessKeys",
             "DeleteSigningCertificate": "ListSigningCertificates",
             "DeleteLoginProfile": "GetLoginProfile",
             "DeactivateMFADevice": "ListMFADevices"}
    for at, action in enumerate(calls):
        if action in looks:
            assert calls[at + 1] == looks[action], calls


def test_a_virtual_device_is_not_promised_to_be_gone(org):
    done = remove(org, "--json")
    assert [row["outcome"] for row in done.json["removals"][0]["rows"]
            if ":mfa/" in (row["subject"] or "")] == ["deactivated"]
    assert done.json["changed"] is True


def test_a_virtual_device_that_stays_is_told_with_the_command(org):
    done = remove(org)
    phone = next(s for s in org.iam.devices(account=MEMBER) if "phone" in s)
    assert "stays in the account without a user" in done.out
    assert f"aws iam delete-virtual-mfa-device --serial-number {phone}" in \
        done.out
    assert "DeleteVirtualMFADevice" not in [c["action"]
                                            for c in org.iam.calls()]


def test_a_second_time_there_is_nothing_to_do(org):
    assert remove(org).code == 0
    org.iam.calls(clear=True)
    done = remove(org, "--json", confirm=False)
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["removals"][0]["outcome"] == "nothing-to-do"
    assert taken(org) == []


@pytest.mark.parametrize("account", [ACCOUNT, "999999999999"])
def test_the_management_account_and_no_member_keep_everything(org, account):
    org.iam.set_account(root={"password": True})
    done = remove(org, account=account)
    assert done.code == (6 if account == ACCOUNT else 9), done
    assert done.out == "" and taken(org) == []
    if account == ACCOUNT:
        assert "management account" in done.err
        assert org.iam.calls("AssumeRoot") == []


def test_who_may_not_know_which_account_manages_does_nothing(org):
    org.iam.put_policy(deny("organizations:DescribeOrganization"),
                       user="admin", name="d")
    org.iam.put_policy(allow("*"), user="admin", name="a")
    done = remove(org)
    assert done.code == 9 and "DescribeOrganization" in done.err, done
    assert root_of(org.iam) == EVERYTHING


def use_key(iam):
    keys = iam.credentials("root", account=MEMBER)
    iam.botocore("sts", keys).get_caller_identity()


def test_a_key_that_is_in_use_goes_only_with_a_reason(org):
    use_key(org.iam)
    done = remove(org)
    assert done.code == 6 and "--reason" in done.err, done
    assert root_of(org.iam) == EVERYTHING and org.journals() == []
    done = remove(org, "--reason", "moved to a role")
    assert done.code == 0 and root_of(org.iam) == NOTHING, done


def test_a_key_that_was_used_long_ago_needs_none(org):
    use_key(org.iam)
    key = org.iam.credentials("root", account=MEMBER)["AccessKeyId"]
    org.iam.use_key(key, org.iam.now() - 89 * 86400)
    assert remove(org).code == 6
    org.iam.use_key(key, org.iam.now() - 91 * 86400)
    assert remove(org).code == 0


def test_a_key_of_which_it_is_not_known_needs_one(org):
    org.iam.order("GetAccessKeyLastUsed", error="AccessDenied", count=None)
    done = remove(org)
    assert done.code == 6 and "is not known" in done.err, done
    assert root_of(org.iam) == EVERYTHING


def test_nothing_is_done_before_the_number_is_typed(org):
    done = remove(org, confirm=False)
    assert done.code == 2 and f"--confirm {MEMBER}" in done.err, done
    done = remove(org, "--confirm", OTHER, confirm=False)
    assert done.code == 2, done
    words = ("root", "--remove-credentials", "--account", MEMBER)
    done = org.on_terminal(*words, answers=[("to confirm", "yes")])
    assert done.code == 6 and "nothing was done" in done.out + done.err, done
    assert root_of(org.iam) == EVERYTHING and taken(org) == []
    done = org.on_terminal(*words, answers=[("to confirm", MEMBER)])
    assert done.code == 0 and root_of(org.iam) == NOTHING, done


@pytest.mark.parametrize("action", REMOVALS)
def test_mfa_stays_before_whatever_is_left(org, action):
    org.iam.order(action, error="AccessDenied", count=None)
    done = remove(org, "--json")
    assert done.code == 10, done
    has = root_of(org.iam)
    assert has[3] == 2 and sum(bool(x) for x in has[:3]) == (
        action != REMOVALS[-1])
    rows = done.json["removals"][0]["rows"]
    kept = [r for r in rows if r["what"] == "device"]
    assert {r["outcome"] for r in kept} <= {"kept", "not-removed"}
    shown = org.run("registry", "show", "--unfinished")
    assert f"tokenbridge root --remove-credentials --account {MEMBER}" in \
        shown.out
    org.iam.clear_orders()
    done = remove(org)
    assert done.code == 0 and "Going on" in done.err, done
    assert root_of(org.iam) == NOTHING and org.journals() == []


def test_a_session_that_is_over_is_opened_anew(org):
    org.iam.order("DeleteLoginProfile", error="ExpiredToken")
    assert remove(org).code == 0
    assert root_of(org.iam) == NOTHING
    assert len(org.iam.calls("AssumeRoot")) == 2


def test_a_list_that_lags_is_waited_for(org):
    org.iam.order("ListAccessKeys", stale={"reads": 2})
    done = remove(org)
    assert done.code == 0, done
    assert root_of(org.iam) == NOTHING


def test_what_comes_meanwhile_is_told_and_stays(org):
    """Between the look and the answer of the person who confirms."""
    def confirm():
        org.iam.add_certificate("root", account=MEMBER)
        return MEMBER

    done = org.on_terminal("root", "--remove-credentials", "--account", MEMBER,
                           answers=[("to confirm", confirm)])
    assert done.code == 10, done
    assert "came while this was done" in done.out
    assert root_of(org.iam) == (0, 1, False, 2) and len(org.journals()) == 1
    assert remove(org).code == 0 and root_of(org.iam) == NOTHING


def test_two_runs_for_one_root_do_not_meet(org):
    folder = pathlib.Path(f"{org.registry}.journal")
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / f"{MEMBER}.root.lock", "w") as lock:
        (folder / f"{MEMBER}.root.lock").chmod(0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = remove(org)
    assert done.code == 1 and "another run" in done.err, done
    assert root_of(org.iam) == EVERYTHING


# ---- every way to fail ----

FAULTS = {
    "throttled": {"error": "Throttling", "count": 2},
    "5xx": {"http": 503, "count": 2},
    "denied": {"error": "AccessDenied"},
    "lost": {"drop": "after"},
    "lost, 5xx": {"http": 500, "after_effect": True},
    "slow": {"delay": 2},
    "hostile": {"hostile": "wrong-root", "count": 4},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("action", [
    *REMOVALS, "AssumeRoot", "DescribeOrganization", "ListAccessKeys",
    "ListSigningCertificates", "GetLoginProfile", "ListMFADevices",
    "GetAccessKeyLastUsed"])
def test_whatever_call_fails_the_next_run_ends_it(org, action, fault):
    org.iam.order(action, **FAULTS[fault])
    done = remove(org)
    keys, certificates, password, devices = root_of(org.iam)
    assert devices == 2 or not (keys or certificates or password)
    if done.code == 0:
        assert (keys, certificates, password, devices) == NOTHING, done
    org.iam.clear_orders()
    done = remove(org)
    assert done.code == 0 and root_of(org.iam) == NOTHING, done
    assert org.journals() == []


@strace
@pytest.mark.parametrize("call, step", [("fsync", 1), ("fdatasync", 1),
                                        ("sendto", 2), ("unlink", 1)])
def test_killed_at_any_moment_the_next_run_ends_it(org, call, step):
    removed_killed_at(org, call, range(1, 200, step), 1)


@strace
@pytest.mark.long
@pytest.mark.parametrize("call", ["fsync", "fdatasync", "sendto", "unlink",
                                  "rename", "pwrite64"])
def test_killed_three_times_at_any_moment_the_next_run_ends_it(org, call):
    removed_killed_at(org, call, range(1, 200), 3)


def removed_killed_at(org, call, numbers, times):
    words = ("root", "--remove-credentials", "--account", MEMBER,
             "--confirm", MEMBER)
    killed = told = 0
    for number in numbers:
        came_to_it = [run_killed_at(org, call, number, *words)
                      for _ in range(times)]
        if not came_to_it[0]:
            break
        killed += 1
        keys, certificates, password, devices = root_of(org.iam)
        assert devices == 2 or not (keys or certificates or password)
        done = remove(org)
        assert done.code == 0 and root_of(org.iam) == NOTHING, done
        assert org.journals() == []
        # what root lost is told, and nothing of it twice
        events = told_removals(org)
        lost = [word for body in events[told:] for word in body["removed"]]
        assert sorted(lost) == sorted(WORDS), (number, events[told:])
        told = len(events)
        fill(org.iam)
    assert killed >= {"sendto": 8, "rename": 0}.get(call, 1)
    org.check_chain()


# ---- many ----

def test_many_accounts_are_gone_through_and_each_is_told(org):
    fill(org.iam, OTHER)
    org.iam.set_organization(account=OTHER, name="Sandbox")
    done = org.run("root", "--remove-credentials", "--accounts", "org",
                   "--confirm", MEMBER, "--confirm", OTHER, "--json")
    assert done.code == 0, done
    told = {one["account"]: one for one in done.json["removals"]}
    assert told[ACCOUNT]["outcome"] == "skipped"
    assert told[MEMBER]["outcome"] == told[OTHER]["outcome"] == "removed"
    assert told[OTHER]["name"] == "Sandbox"
    assert "Account 3 of 3" in done.err
    assert root_of(org.iam) == root_of(org.iam, OTHER) == NOTHING


def test_one_account_that_fails_keeps_no_other_from_it(org):
    fill(org.iam, OTHER)
    listed = org.folder / "accounts"
    listed.write_text(f"# ours\n{OTHER} # sandbox\n\n{MEMBER}\n999999999999\n")
    done = org.run("root", "--remove-credentials", "--accounts", listed,
                   "--confirm", MEMBER)
    assert done.code == 10, done
    assert root_of(org.iam) == NOTHING
    assert root_of(org.iam, OTHER) == EVERYTHING
    assert re.search(f"failed +{OTHER}: .*--confirm {OTHER}", done.out), done
    assert re.search("failed +999999999999: ", done.out)


def listed(org, *lines):
    path = org.folder / "accounts"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def remove_listed(org, *lines, more=()):
    return org.run("root", "--remove-credentials", "--accounts",
                   listed(org, *lines), "--confirm", MEMBER, "--confirm",
                   OTHER, *more)


def virtual_devices(iam, account=MEMBER):
    return [s for s in iam.devices(account=account) if ":mfa/" in s]


def test_a_line_that_leads_in_deletes_what_nobody_can_as_root(org):
    """Behind the deactivation, by that role, which as root nobody may."""
    org.iam.add_role("clean", trusts=[ACCOUNT], account=MEMBER,
                     external_id="Zk3")
    fill(org.iam, OTHER)
    keep_profile(org, "other", OTHER)
    org.iam.calls(clear=True)
    done = remove_listed(org, f"{MEMBER} role=clean external-id=Zk3",
                         f"{OTHER} profile=other", more=("--json",))
    assert done.code == 0, done
    for account in (MEMBER, OTHER):
        assert root_of(org.iam, account) == NOTHING
        assert virtual_devices(org.iam, account) == []
    assert [c["params"].get("ExternalId")
            for c in org.iam.calls("AssumeRole")] == ["Zk3"]
    who = [c["caller"] for c in org.iam.calls("DeleteVirtualMFADevice")]
    assert [w.split("/")[0] for w in who] == [
        f"arn:aws:sts::{account}:assumed-role" for account in (MEMBER, OTHER)]
    actions = [c["action"] for c in org.iam.calls()]
    assert actions.index("DeleteVirtualMFADevice") > \
        actions.index("DeactivateMFADevice")
    texts = [row["text"] for one in done.json["removals"]
             for row in one["rows"] if ":mfa/" in (row["subject"] or "")]
    assert texts == ["deactivated and deleted"] * 2


def test_a_line_that_leads_elsewhere_does_nothing_there(org):
    keep_profile(org, "wrong", OTHER)
    done = remove_listed(org, f"{MEMBER} profile=wrong")
    assert done.code in (6, 10) and "nothing was done there" in \
        done.out + done.err, done
    assert root_of(org.iam) == EVERYTHING
    assert org.iam.calls("AssumeRoot") == [] and org.journals() == []


def test_a_role_that_nobody_may_assume_fails_for_its_account_alone(org):
    fill(org.iam, OTHER)
    done = remove_listed(org, f"{MEMBER} role=nobody", OTHER)
    assert done.code == 10, done
    assert re.search(f"failed +{MEMBER}: .*AssumeRole", done.out), done
    assert root_of(org.iam) == EVERYTHING
    assert root_of(org.iam, OTHER) == NOTHING


def test_a_role_that_may_not_delete_leaves_the_command(org):
    org.iam.add_role("look", trusts=[ACCOUNT], account=MEMBER)
    org.iam.put_policy(allow("iam:Get*", "iam:List*"), account=MEMBER,
                       role="look", name="look")
    done = remove_listed(org, f"{MEMBER} role=look")
    assert done.code == 0 and root_of(org.iam) == NOTHING, done
    (phone,) = virtual_devices(org.iam)
    assert f"  deactivated device {phone}: deactivated; it stays" in done.out
    assert f"removed     device {phone}" not in done.out
    assert "iam:DeleteVirtualMFADevice" in done.out
    assert f"delete-virtual-mfa-device --serial-number {phone}" in done.out
    assert org.journals() == []


def test_a_device_of_a_run_that_died_is_deleted_by_the_next_one(org):
    """Or told of, where nothing leads in."""
    org.iam.add_role("clean", trusts=[ACCOUNT], account=MEMBER)
    line = f"{MEMBER} role=clean"
    org.iam.order("DeleteVirtualMFADevice", http=503, count=None)
    done = remove_listed(org, line)
    assert done.code == 10 and root_of(org.iam) == NOTHING, done
    (phone,) = virtual_devices(org.iam)
    assert len(org.journals()) == 1
    told = len(told_removals(org))
    org.iam.clear_orders()
    before = org.journals()[0].read_bytes()
    path = org.journals()[0]
    done = remove(org, confirm=False)
    assert done.code == 0 and f"--serial-number {phone}" in done.out, done
    path.write_bytes(before)
    path.chmod(0o600)
    done = remove_listed(org, line)
    assert done.code == 0 and "deactivated and deleted" in done.out, done
    assert virtual_devices(org.iam) == [] and org.journals() == []
    assert len(told_removals(org)) == told


def test_many_roots_are_looked_at(org):
    org.iam.set_account(OTHER, root={"password": False})
    done = org.run("root", "--check", "--assume-root", "--accounts", "org",
                   "--json")
    assert done.code == 3, done
    told = {one["account"]: one for one in done.json["accounts"]}
    assert told[ACCOUNT]["outcome"] == "skipped"
    assert told[OTHER]["outcome"] == "nothing-to-do"
    assert told[MEMBER]["outcome"] == "findings"
    assert told[MEMBER]["root"]["account"] == MEMBER
    assert done.json["changed"] is False and taken(org) == []
    done = org.run("root", "--check", "--assume-root", "--accounts", "org")
    assert re.search(f"findings +{MEMBER}: .*root-access-key", done.out), done


def test_a_line_that_leads_in_is_looked_at_from_within(org):
    """Nobody becomes root there, and no alarm is told of."""
    org.iam.add_role("look", trusts=[ACCOUNT], account=MEMBER,
                     external_id="Zk3")
    keep_profile(org, "other", OTHER)
    org.iam.set_account(OTHER, root={"password": False})
    listed = org.folder / "accounts"
    listed.write_text(f"{MEMBER} role=look external-id=Zk3\n"
                      f"{OTHER} profile=other\n{ACCOUNT}\n")
    org.iam.calls(clear=True)
    done = org.run("root", "--check", "--accounts", listed, "--json")
    assert done.code == 3, done
    told = {one["account"]: one for one in done.json["accounts"]}
    assert told[MEMBER]["outcome"] == "findings"
    assert told[OTHER]["outcome"] == "nothing-to-do"
    assert told[ACCOUNT]["outcome"] != "skipped"
    assert told[MEMBER]["root"]["account"] == MEMBER
    assert org.iam.calls("AssumeRoot") == []
    assert [c["params"].get("ExternalId")
            for c in org.iam.calls("AssumeRole")] == ["Zk3"]
    assert "alarms" not in done.err


def test_a_line_without_a_way_in_needs_assume_root(org):
    org.iam.add_role("look", trusts=[ACCOUNT], account=MEMBER)
    listed = org.folder / "accounts"
    listed.write_text(f"{MEMBER} role=look\n{OTHER}\n")
    done = org.run("root", "--check", "--accounts", listed)
    assert done.code == 2 and f"'{OTHER}'" in done.err, done
    assert org.iam.calls("AssumeRole") == []
    done = org.run("root", "--check", "--accounts", listed, "--assume-root",
                   "--json")
    assert done.code == 3 and "alarms" in done.err, done
    assert [c["params"]["TargetPrincipal"].split(":")[-2:]
            for c in org.iam.calls("AssumeRoot")] in (
        [[OTHER, "root"]], [[OTHER]])
    assert len(org.iam.calls("AssumeRole")) == 1


def test_an_account_that_is_closed_is_passed_over(org):
    org.iam.set_organization(account=MEMBER, status="SUSPENDED")
    done = org.run("root", "--check", "--assume-root", "--accounts", "org")
    assert re.search(f"skipped +{MEMBER}: the account is not active",
                     done.out), done


@pytest.mark.parametrize("text, says", [
    ("", "no account"), ("12345\n", "line 1"),
    (f"{MEMBER}\nx{OTHER}\n", "line 2"),
    (f"{MEMBER}\n{MEMBER} # again\n", "in line 1 already")])
def test_a_list_of_accounts_that_is_none_is_refused(org, text, says):
    listed = org.folder / "accounts"
    listed.write_text(text)
    done = org.run("root", "--remove-credentials", "--accounts", listed)
    assert done.code != 0 and says in done.err, done
    assert org.iam.calls("AssumeRoot") == []


@pytest.mark.parametrize("more, says", [
    (("--remove-credentials",), "--account"),
    (("--remove-credentials", "--check"), "--check"),
    (("--remove-credentials", "--assume-root"), "--assume-root"),
    (("--confirm", MEMBER), "--remove-credentials"),
    (("--check", "--accounts", "org"), "--assume-root"),
    (("--method", "fido", "--accounts", "org"), "--accounts"),
    (("--inventory", "--method", "fido"), "--inventory")])
def test_what_makes_no_sense_together_is_refused(org, more, says):
    done = org.run("root", *more)
    assert done.code == 2 and says in done.err, done
    assert org.iam.calls() == []


# ---- the inventory of the safes ----

@pytest.fixture
def safes(tmp_path, cards, iam):
    """Two keys of root's, each sealed in a safe of its own."""
    from conftest import Workstation

    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, None, iam)
    place.plug(FIRST, {**SECOND, "unplugged": True}, cards=False)
    place.trust_vendor()
    place.make_registry()
    for label, safe, bag in (("root-1", "safe-1", "A1"),
                             ("root-2", "safe-2", "A2")):
        lead_through(place, "--label", label, "--place", safe, "--bag", bag,
                     *TWO)
        if label == "root-1":
            change_keys(place)
    yield place
    place.close()


def inventory(site, code):
    done = site.run("root", "--inventory", "--json")
    assert done.code == code, done
    (one,) = done.json["inventory"]
    return one


def test_an_inventory_says_where_each_key_lies_and_what_is_wrong(safes):
    calls = len(safes.iam.calls())
    one = inventory(safes, 0)
    assert one["account"] == ACCOUNT and one["findings"] == []
    assert [(k["label"], k["place"], k["bag"]["number"])
            for k in one["keys"]] == [("root-1", "safe-1", "A1"),
                                      ("root-2", "safe-2", "A2")]
    assert len(safes.iam.calls()) == calls
    assert safes.run("registry", "move", "root-2", "--state", "out",
                     *TWO).code == 0
    one = inventory(safes, 3)
    assert one["keys"][1]["findings"] == ["out-of-its-bag"]
    done = safes.run("root", "--inventory")
    assert "taken out of its bag" in done.out and done.code == 3


def test_two_keys_in_one_place_are_one_fire_from_none(safes):
    done = safes.run("registry", "move", "root-2", "--place", "safe-1",
                     "--force", "moved")
    assert done.code == 0, done
    assert "all-in-one-place" in inventory(safes, 3)["findings"]
    assert safes.run("registry", "move", "root-2", "--state", "lost").code \
        == 10  # AWS still lets it in
    one = inventory(safes, 3)
    assert one["findings"] == ["no-second-key"]
    assert "not-in-use" in one["keys"][1]["findings"]


def test_an_advisory_on_a_key_in_the_safe_is_found(safes):
    table = safes.folder / "advisories"
    table.write_text("\t".join((
        "HOUSE-1", "-", "yubikey-5", "-", "-", "-", "5.7.0", "5.8.0", "fido",
        "everything", "high", "https://example.com/")) + "\n")
    table.chmod(0o644)
    with safes.config.open("a") as file:
        file.write(f"advisories = {table}\n")
    for key in inventory(safes, 3)["keys"]:
        assert key["advisories"] == ["HOUSE-1"]
        assert key["findings"] == ["advisory"]
    assert "falls under HOUSE-1" in safes.run("root", "--inventory").out


def test_a_removal_takes_roots_keys_out_of_the_registry(vault):
    """The management account's registry, into which the member's root was
    recorded by a person who is a role there."""
    vault.iam.add_account(MEMBER)
    vault.iam.set_account(MEMBER, root={"password": True})
    vault.iam.add_root_device("fido", "blue", account=MEMBER)
    admin, vault.who = vault.who, vault.iam.role_credentials(account=MEMBER)
    process = vault.on_terminal(
        "root", "--method", "fido", "--label", "root-1", "--without-api",
        "--account", MEMBER, "--stated",
        answers=[("Go on with it now?", "n")])
    assert [b["account"] for b in vault.bindings()] == [MEMBER], process
    vault.who = admin
    done = remove(vault, "--reason", "no root at all", "--json")
    assert done.code == 0 and vault.bindings() == [], done
    rows = done.json["removals"][0]["rows"]
    assert [r["what"] for r in rows] == ["password", "device", "binding"]
    assert done.json["head"]
    assert "reason: no root at all" in vault.run("registry", "log").out
    vault.check_chain()


# ---- what is under way ----

def test_a_set_up_that_was_broken_off_is_listed(vault):
    walker = lead(vault, "--label", "root-3")
    walker.listen(WAITS)
    stop(walker, "kill")
    done = vault.run("registry", "show", "--unfinished", "--json")
    assert done.code == 0, done
    (one,) = done.json["rootSetups"]
    assert one["account"] == ACCOUNT and one["point"] == "led"
    assert one["running"] is False
    assert one["command"] == \
        f"tokenbridge root --method fido --account {ACCOUNT}"
    done = vault.run("registry", "show", "--unfinished")
    assert "set-up of root" in done.out and "stands at led" in done.out
    place = pathlib.Path(f"{vault.registry}.journal/{ACCOUNT}.root")
    place.write_text("{")
    done = vault.run("registry", "show", "--unfinished", "--json")
    assert done.code == 10 and "move it away" in done.json["problem"], done
