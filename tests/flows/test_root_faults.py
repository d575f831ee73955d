# SPDX-License-Identifier: Apache-2.0
"""root's set-up under every failure of AWS and killed at every moment, three
times in a row; then the same command again, by a person who does no step twice
that the console shows as done. Nothing is orphaned, doubled or lost, and
nothing counts as done that was not seen."""
import json
import pathlib
import subprocess

import pytest

from broken_off import strace
from conftest import Watched
from faults import FAULTS, run
from lines import fresh_world
from test_root import (ACCOUNT, MEMBER, SIGN_IN, WAITS, change_keys, events,
                       lead_through, vault)  # noqa: F401
from walker import Walker

REMOVAL = "Waiting for its removal"
SERIAL = "GAHT12345678"
METHODS = {"fido": (), "hardware-totp": ("--serial", SERIAL), "virtual": ()}
# s; a step that nobody sees ends by it
WAIT = ("--wait", "6")
TIMES = 3


class Careful(Walker):
    """Adds no device that the console lists already, removes none twice."""

    def do(self, step):
        held = self.iam.devices("root")
        name = self.pages.get("name") or "\0"
        if any(name in serial for serial in held) and (
                step.startswith("Plug in the key") or
                self.says(step, "MFA code 1", "MFA code 2")):
            return
        if SERIAL in held and self.pages.get("serial") == SERIAL and \
                self.says(step, "MFA code 1", "MFA code 2"):
            return
        if self.says(step, "Remove") and self.pages["marked"] not in held:
            return
        super().do(step)


def go(site, process, pages=None):
    """Does what is told until the run ends; (its code, Walker)."""
    walker = Careful(process, site.iam)
    walker.pages = pages or walker.pages
    while walker.listen(WAITS, SIGN_IN, REMOVAL):
        steps, walker.steps = walker.steps, []
        for step in steps:
            walker.do(step)
    code, out, _ = walker.end()
    return code, out, walker


def words_of(method, *more):
    return ("root", "--method", method, *METHODS[method], *WAIT, *more)


def strike(site, call, number, *words):
    """As test_killed's, with somebody at the console meanwhile."""
    env = site.env()
    passed = [f"--env={n}={env.pop(n)}" for n in ("LD_PRELOAD",) if n in env]
    return Watched(
        ["strace", "-qq", "-o", "/dev/null", *passed, f"--trace={call}",
         f"--inject={call}:signal=KILL:when={number}", *site.command(*words)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, start_new_session=True)


def progress(site):
    return sorted(pathlib.Path(f"{site.registry}.journal").glob("*.root"))


def check_one(site, method, code, walker):
    """One device, one binding, and what is left is said to be left."""
    said = walker.heard
    devices = list(site.iam.devices("root"))
    assert code == 10 and len(devices) == 1, said
    added = [e["body"] for e in events(site, "binding.added")]
    assert len(added) == 1, (added, said)
    assert added[0]["method"] == method and added[0]["user"] == ACCOUNT
    assert progress(site) == [], said
    rows = site.show()
    assert len(rows) == (method != "virtual"), rows
    site.check_chain()


def prepare(site, method):
    """A world in which nothing of root's was done yet."""
    fresh_world(site)
    site.iam.add_hardware_token(SERIAL, "A" * 32)
    policy = site.folder / "policy"
    if method == "virtual" and not policy.exists():
        policy.write_text("methods = fido virtual\n")
        policy.chmod(0o644)
        with site.config.open("a") as file:
            file.write(f"policy = {policy}\n")


def finish(site, method, pages):
    """The same command until nothing but a second key is open."""
    for _ in range(4):
        code, out, walker = go(site, site.start(*words_of(method, "--json")),
                               pages)
        pages = walker.pages
        if not progress(site) and out:
            receipt = json.loads(out)["receipt"]
            if receipt["keysOfRoot"] or receipt["keys"]:
                return code, receipt, walker
        # recorded by the run that was killed
        if events(site, "binding.added") and not progress(site):
            return 10, None, walker
    raise AssertionError(walker.heard)


# ---- killed ----

def killed_at(site, method, call, numbers, least):
    killed = 0
    for number in numbers:
        prepare(site, method)
        pages, hit = None, 0
        for _ in range(TIMES):
            code, _, walker = go(site, strike(site, call, number,
                                              *words_of(method, "--stated")),
                                 pages)
            pages = walker.pages
            hit += code in (-9, 137)
            if code not in (-9, 137):
                break
        if not hit:
            break
        killed += 1
        if progress(site) or not events(site, "binding.added"):
            code, _, walker = finish(site, method, pages)
        else:
            code = 10
        check_one(site, method, code, walker)
    assert killed >= least, killed


# Which call, and how many of it there are at least
KILLS = {"fsync": 7, "rename": 3, "unlink": 12, "fdatasync": 12}


@strace
@pytest.mark.parametrize("call, number", [("fsync", 3), ("fsync", 7),
                                          ("unlink", 9)])
def test_a_set_up_killed_three_times_is_ended_by_the_same_command(
        vault, call, number):  # noqa: F811
    killed_at(vault, "fido", call, [number], 1)


@strace
@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("call", KILLS)
def test_a_set_up_killed_at_any_moment_is_ended_by_the_same_command(
        vault, method, call):  # noqa: F811
    killed_at(vault, method, call, range(1, 100), min(KILLS[call], 3))


@pytest.fixture
def two_in_safe(vault):  # noqa: F811
    """Root has two keys; what is left is a virtual device."""
    lead_through(vault)
    change_keys(vault)
    lead_through(vault)
    assert len(vault.iam.devices("root")) == 2
    return vault


def removal_killed_at(site, call, numbers, least):
    words = words_of("fido", "--json")
    killed = 0
    for number in numbers:
        phone = site.iam.add_root_device("virtual", f"phone{number}")
        before, pages, hit = len(events(site, "root.removed")), None, 0
        for _ in range(TIMES):
            code, _, walker = go(site, strike(site, call, number, *words),
                                 pages)
            pages = walker.pages
            hit += code in (-9, 137)
        if not hit:
            break
        killed += 1
        for _ in range(2):
            code, _, walker = go(site, site.start(*words), pages)
        assert code == 0, walker.heard
        told = events(site, "root.removed")[before:]
        assert len(told) == 1, (number, told)
        assert phone not in site.iam.devices("root")
        assert len(site.iam.devices("root")) == 2 == len(site.bindings())
        assert progress(site) == []
    assert killed >= least, killed
    site.check_chain()


@strace
@pytest.mark.parametrize("call, number", [("fsync", 2), ("unlink", 2)])
def test_a_removal_killed_three_times_is_recorded_once(two_in_safe, call,
                                                       number):
    removal_killed_at(two_in_safe, call, [number], 1)


@strace
@pytest.mark.long
@pytest.mark.parametrize("call, least", [("fsync", 3), ("rename", 1),
                                         ("unlink", 3), ("fdatasync", 3)])
def test_a_removal_killed_at_any_moment_is_recorded_once(two_in_safe, call,
                                                         least):
    removal_killed_at(two_in_safe, call, range(1, 100), least)


# ---- AWS fails ----

# What a set-up asks, whoever the caller is
ASKED = ("GetCallerIdentity", "ListAccountAliases", "GetAccountSummary",
         "ListVirtualMFADevices", "ListUsers", "ListMFADevices",
         "LookupEvents", "DescribeOrganization")


def set_up_under(site, method, action, fault):
    prepare(site, method)
    # of the program: root's console asks the same
    site.iam.order(action, count=None, caller=site.who, **FAULTS[fault])
    more = {"AWS_MAX_ATTEMPTS": "1"}
    code, out, walker = go(site, site.start(*words_of(method), env=more))
    site.iam.clear_orders()
    # what nobody saw is not done: nobody is there to state it
    if action in ("LookupEvents", "GetCallerIdentity") and fault in (
            "refused", "throttled", "html", "reset"):
        assert code not in (0, 10), walker.heard
        assert events(site, "binding.added") == []
    if fault == "slow":
        assert code == 10, walker.heard
    if code not in (0, 10):
        assert walker.heard.strip() and not out
    if progress(site) or not events(site, "binding.added"):
        code, _, walker = finish(site, method, walker.pages)
    check_one(site, method, code, walker)


@pytest.mark.parametrize("action, fault", [
    ("GetAccountSummary", "no-xml"), ("LookupEvents", "throttled"),
    ("ListVirtualMFADevices", "other-serial")])
def test_a_set_up_under_some_failures_is_ended_by_the_same_command(
        vault, action, fault):  # noqa: F811
    set_up_under(vault, "fido", action, fault)


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("action", ASKED)
@pytest.mark.parametrize("fault", sorted(f for f in FAULTS
                                         if "delay" not in FAULTS[f]))
def test_a_set_up_survives_every_failure(vault, method, action,  # noqa: F811
                                         fault):
    set_up_under(vault, method, action, fault)


def test_the_table_of_calls_has_all_that_a_set_up_makes(vault):  # noqa: F811
    vault.iam.calls(clear=True)
    lead_through(vault)
    made = {c["action"] for c in vault.iam.calls()}
    assert made <= {*ASKED, "EnableMFADevice"}, made


# ---- looking ----

CHECKS = {"own": ("root", "--check"),
          "member": ("root", "--check", "--assume-root", "--account", MEMBER)}


def look(words):
    def act(site, **how):
        return run(site, *words, "--json", **how)
    return act


def told(done):
    return {f["check"]: f["status"] for f in done.json["root"]["findings"]} \
        if done.out.strip() else {}


def looked_under(site, which, fault, pick):
    site.iam.add_account(MEMBER)
    site.iam.add_root_device("fido", "blue")
    site.iam.add_root_device("fido", "blue", account=MEMBER)
    act = look(CHECKS[which])
    site.iam.calls(clear=True)
    before = act(site)
    assert before.code in (0, 3), before
    passed = {c for c, status in told(before).items() if status == "PASS"}
    actions = sorted({c["action"] for c in site.iam.calls()})
    assert len(actions) > 3
    for action in pick(actions):
        site.iam.order(action, count=None, **FAULTS[fault])
        done = act(site, fault=fault)
        site.iam.clear_orders()
        what = (action, fault, str(done))
        assert {c for c, s in told(done).items() if s == "PASS"} <= passed, \
            what
        if done.code != before.code:
            assert done.code in (3, 9, 10) and (
                done.err.strip() or "UNKNOWN" in told(done).values()), what
        if fault == "slow":
            assert told(done) == told(before), what


@pytest.mark.parametrize("which, fault", [("own", "no-xml"),
                                          ("member", "refused")])
def test_what_was_not_answered_passes_no_root(vault, which,  # noqa: F811
                                              fault):
    looked_under(vault, which, fault, lambda actions: actions[::2])


@pytest.mark.long
@pytest.mark.parametrize("which", CHECKS)
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_no_failure_of_any_call_passes_a_root(vault, which,  # noqa: F811
                                              fault):
    looked_under(vault, which, fault, lambda actions: actions)
