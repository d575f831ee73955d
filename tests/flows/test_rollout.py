# SPDX-License-Identifier: Apache-2.0
"""rollout: a plan's users get their keys, one after the other."""
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from conftest import READERS, Workstation, kill_hard
from iam.client import LocalIAM
from lines import assigned, unassigned
from rollouts import (ACCOUNT, HEAD, INSERT, Session, Terminal, check_by_codes,
                      check_each_has_one, row, serial, set_up_plan, states,
                      token, user)
from test_initial_pin import decrypt, make_key
from broken_off import run_killed_at, strace
from test_oath_password import descriptor
from test_sign_in import printing

# ---- a whole plan ----

def test_a_plan_is_gone_through_key_by_key(plan):
    site, path = plan(3)
    session = Session(site, path, "--ticket", "OPS-7")
    for n in range(3):
        session.wait_for(f"{INSERT} {user(n)} (Person {n}), {n + 1} of 3")
        key = session.key(n)
        assert key["result"] == "done", key
        assert (key["user"], key["serial"], key["label"], key["line"]) == (
            user(n), serial(n), f"blue-{n}", n + 2)
        assert key["verdict"] == "genuine"
        assert key["device"] in assigned(site.iam, user(n))
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["done"] == 3 and summary["left"] == []
    assert summary["keys"] == {"drawn": 3, "done": 3, "failed": 0, "spare": 0}
    assert f", {user(1)}: Touch the token" in said
    assert "this key is for Person 2." in said
    check_each_has_one(site, range(3))
    rows = {t["label"]: t for t in site.show()}
    assert rows["blue-1"]["holder"] == "Person 1"


def test_thirty_users_are_done_in_one_go(plan):
    site, path = plan(30)
    site.iam.calls(clear=True)
    session = Session(site, path)
    for n in range(30):
        assert session.key(n)["result"] == "done"
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["keys"]["done"] == 30
    assert ", about " in said and " left." in said
    check_each_has_one(site, range(30))
    calls = [c["action"] for c in site.iam.calls()]
    # two of its own for each user; the others are enroll's
    assert calls.count("GetUser") == 60
    assert calls.count("ListMFADevices") == 90
    assert calls.count("SimulatePrincipalPolicy") == 2
    assert calls.count("CreateVirtualMFADevice") == 30


def test_a_key_that_is_plugged_in_before_is_served_first(plan):
    site, path = plan(1)
    site.tokens.plug(token(0))
    done = site.run("rollout", path)
    assert done.code == 0, done
    assert done.out.splitlines()[0].split()[:4] == [
        "done", user(0), str(serial(0)), "blue-0"]
    assert done.out.splitlines()[1].split() == assigned(site.iam, user(0))
    assert done.out.splitlines()[2:] == [
        "users  1: 1 done (0 before), 0 failed, 0 skipped, 0 left",
        "keys   1 drawn: 1 done, 0 failed, 0 spare"]
    assert site.run("rollout", path).out.splitlines() == [
        "users  1: 1 done (1 before), 0 failed, 0 skipped, 0 left",
        "keys   0 drawn: 0 done, 0 failed, 0 spare"]


def test_what_is_told_fits_80_columns(plan):
    """Counts of four digits, and rights that nobody tells."""
    site, path = plan(HEAD + "".join(
        row(n % 3, label=f"blue-{n}") for n in range(1000)), 1)
    site.iam.order("SimulatePrincipalPolicy", error="AccessDenied", count=None)
    done = site.run("rollout", path, "--dry-run", timeout=300)
    assert done.code == 0, done
    assert done.out.splitlines()[-3:-1] == [
        "users   1000: 0 done before, 1000 left",
        "rights  to enroll: not known until the first key, to undo: not known "
        "until then"]
    assert max(map(len, done.out.splitlines())) <= 80


# ---- several ports ----

def several(plan, cards, users, *more):
    """Each key in a slot of its own: site and session."""
    site, path = plan(users, more={n: {"vpcd_port": cards.port + n}
                                   for n in range(READERS)})
    site.tokens.touch(token(0), "ask")
    session = Session(site, path, *more)
    site.tokens.plug(token(0))
    session.wait_for("Touch the token")
    return site, session


def wait_for_card_session(site, number):
    """Until its smart card was asked what it is."""
    end = time.monotonic() + 20
    while not site.tokens.stats(token(number))["commands"].get("oath-list"):
        assert time.monotonic() < end, site.tokens.stats(token(number))
        time.sleep(0.02)


def command_of(pid):
    with open(f"/proc/{pid}/cmdline", encoding="ascii") as file:
        return file.read().split("\0")


def scouts(session):
    """The processes that watch its ports."""
    with open(f"/proc/{session.process.pid}/task/{session.process.pid}"
              "/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()
                if "__ports" in command_of(pid)]


def touch_twice(site, session):
    site.tokens.grant(token(0))
    session.wait_for("Touch the token", 2)
    site.tokens.touch(token(0), "give")
    return session.line()["key"]


def test_what_comes_before_a_touch_is_done_while_another_key_waits_for_one(
        plan, cards):
    """By the order of what the keys and AWS see, not by time."""
    site, session = several(plan, cards, 2)
    site.tokens.plug(token(1))
    wait_for_card_session(site, 1)
    assert site.tokens.stats(token(0))["touch"]["used"] == 0
    assert site.iam.calls("CreateVirtualMFADevice") == []
    assert session.said.count("Touch the token") == 1
    seen = site.tokens.stats(token(1))["commands"]["oath-list"]
    key = touch_twice(site, session)
    assert (key["result"], key["serial"]) == ("done", serial(0))
    key = session.line()["key"]
    assert (key["result"], key["serial"]) == ("done", serial(1)), key
    # it is not looked for once more; what puts the secret there looks
    assert site.tokens.stats(token(1))["commands"]["oath-list"] == seen + 1
    code, _, said = session.end()
    assert code == 0
    prompts = [line for line in said.splitlines() if "Touch the token" in line]
    assert [user(n) in line for n, line in zip((0, 0, 1, 1), prompts)
            ] == [True] * 4, prompts
    check_each_has_one(site, range(2))


def test_keys_in_four_ports_are_ready_before_the_first_one_is_touched(plan,
                                                                      cards):
    """One person touches in turn; of the others nothing is left to ask."""
    assert READERS == 4
    site, session = several(plan, cards, 4)
    for n in range(1, 4):
        site.tokens.plug(token(n))
    for n in range(1, 4):
        wait_for_card_session(site, n)
    assert [site.tokens.stats(token(n))["touch"]["used"]
            for n in range(4)] == [0] * 4
    assert site.iam.calls("CreateVirtualMFADevice") == []
    assert session.said.count("Touch the token") == 1
    keys = [touch_twice(site, session)] + [
        session.line()["key"] for _ in range(3)]
    assert {k["result"] for k in keys} == {"done"}
    assert sorted(k["serial"] for k in keys) == [serial(n) for n in range(4)]
    code, _, said = session.end()
    assert code == 0
    # one after the other, and each prompt says whose turn it is
    assert [line.partition(":")[0].rpartition(" ")[2] for line in
            said.splitlines() if "Touch the token" in line] == [
                user(n) for n in range(4) for _ in range(2)]
    check_by_codes(site, range(4))


def test_a_key_that_was_exchanged_while_it_waited_is_noticed(plan, cards):
    site, session = several(plan, cards, 2)
    site.tokens.plug(token(1))
    wait_for_card_session(site, 1)
    site.tokens.unplug(token(1))
    cards.wait_for_no_card(1)
    # no line is told of a key that nobody served
    key = touch_twice(site, session)
    assert key["serial"] == serial(0)
    session.wait_for(f"{INSERT} {user(1)}")
    site.tokens.plug(token(1))
    key = session.line()["key"]
    assert (key["result"], key["serial"]) == ("done", serial(1)), key
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


def test_an_application_that_was_exchanged_while_it_waited_gets_nothing(
        plan, cards):
    """Its id is another one since; plugged in anew it is asked anew."""
    site, session = several(plan, cards, 2)
    site.tokens.plug(token(1))
    wait_for_card_session(site, 1)
    done = site.tokens.run("ykman", "--reader", cards.reader(1), "oath",
                           "reset", "--force")
    assert done.returncode == 0, done
    assert touch_twice(site, session)["serial"] == serial(0)
    key = session.line()["key"]
    assert key["result"] != "done" and "reset or replaced" in key["text"]
    assert site.tokens.stats(token(1))["accounts"] == []
    site.tokens.unplug(token(1))
    cards.wait_for_no_card(1)
    site.tokens.plug(token(1))
    assert session.line()["key"]["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


@pytest.mark.parametrize("how", ["ctrl-c", "kill"])
def test_whatever_ends_it_ends_the_watching_of_its_ports(plan, cards, how):
    site, session = several(plan, cards, 2)
    site.tokens.plug(token(1))
    wait_for_card_session(site, 1)
    (scout,) = scouts(session)
    if how == "kill":
        kill_hard(session.process)
    else:
        assert session.end(interrupt=True)[0] == 10
    end = time.monotonic() + 5
    while os.path.exists(f"/proc/{scout}"):
        assert time.monotonic() < end
        time.sleep(0.02)
    site.tokens.touch(token(0), "give")
    session = Session(site, site.folder / "plan.csv")
    assert {session.line()["key"]["result"] for _ in range(2)} == {"done"}
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


def test_without_the_one_that_watches_the_ports_it_ends_in_good_order(
        plan, cards):
    site, session = several(plan, cards, 2)
    (scout,) = scouts(session)
    os.kill(scout, signal.SIGKILL)
    assert touch_twice(site, session)["result"] == "done"
    code, _, said = session.end()
    assert code == 1 and "watches the ports has ended" in said
    site.tokens.plug(token(1))
    assert site.run("rollout", site.folder / "plan.csv").code == 0
    check_each_has_one(site, range(2))


def test_passwords_of_oath_applications_are_a_line_for_each_key(plan):
    site, path = plan(2)
    words = [f"tulip {n}" for n in range(2)]
    for n, word in enumerate(words):
        site.tokens.oath_password(token(n), word)
    fd = descriptor(*words)
    session = Session(site, path, "--oath-password-fd", fd, pass_fds=(fd,))
    os.close(fd)
    for n in range(2):
        assert session.key(n)["result"] == "done", session.lines
    assert session.end()[0] == 0
    for n in range(2):
        site.tokens.oath_password(token(n), "")
    check_each_has_one(site, range(2))


def test_keys_that_are_for_later_rows_stay_where_they_are(plan, cards):
    """Said once of each, and nobody has to pull it out for its turn."""
    text = HEAD + row(0, serial=serial(2)) + row(1, serial=serial(0)) + \
        row(2, serial=serial(1))
    site, path = plan(text, more={n: {"vpcd_port": cards.port + n}
                                  for n in range(READERS)})
    session = Session(site, path)
    for n in range(2):
        site.tokens.plug(token(n))
    lines = [session.line()["key"] for _ in range(2)]
    assert sorted(k["serial"] for k in lines) == [serial(0), serial(1)]
    assert {k["result"] for k in lines} == {"refused"}
    site.tokens.plug(token(2))
    lines = [session.line()["key"] for _ in range(3)]
    assert [(k["result"], k["user"], k["serial"]) for k in lines] == [
        ("done", user(0), serial(2)), ("done", user(1), serial(0)),
        ("done", user(2), serial(1))]
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["keys"] == {"drawn": 3, "done": 3, "failed": 0, "spare": 0}
    assert said.count("Touch the token") == 6
    for n, key in enumerate((2, 0, 1)):
        (device,) = assigned(site.iam, user(n))
        (held,) = site.tokens.stats(token(key))["accounts"]
        assert held["name"] == device


# ---- keys that are refused ----

def refused(session, number, words, result="refused"):
    key = session.key(number)
    assert (key["result"], words in key["text"]) == (result, True), \
        key["text"]


def test_keys_that_the_plan_does_not_mean_are_refused_with_the_reason(plan):
    text = HEAD + row(0, serial=serial(2)) + row(1, serial=serial(0)) + \
        row(2)
    site, path = plan(text, 4)
    session = Session(site, path)
    session.wait_for(f"with serial number {serial(2)}, 1 of 3")
    refused(session, 0, f"by the plan it is for '{user(1)}' (line 3)")
    refused(session, 3, f"the plan wants the key with serial number "
                        f"{serial(2)} for '{user(0)}'")
    assert session.key(2)["result"] == "done"
    refused(session, 2, f"by the plan it is for '{user(0)}' (line 2)")
    assert session.key(0)["result"] == "done"
    assert session.key(1)["result"] == "done"
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["keys"] == {"drawn": 4, "done": 3, "failed": 0, "spare": 1}
    assert said.count("Touch the token") == 6


def test_a_key_is_given_out_once(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    refused(session, 0,
            f"this rollout has given it to '{user(0)}' already (line 2)")
    assert session.key(1)["result"] == "done"
    code, summary, _ = session.end()
    assert code == 0 and summary["keys"]["drawn"] == 2
    check_each_has_one(site, range(2))


def test_a_key_without_a_number_is_given_out_once_too(plan):
    bare = {"profile": "oathkey", "serial": 0}
    site, path = plan(2, more={0: bare, 1: bare})
    session = Session(site, path, "--force", "a test without its vendor")
    site.cards.tell_usb(0, 1, 2)
    key = session.key(0)
    assert (key["result"], key["serial"]) == ("done", None), key
    refused(session, 0, "this rollout has given it to")
    site.cards.tell_usb(0, 1, 3)
    key = session.key(1)
    assert key["result"] == "done", key
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


def test_a_key_of_another_holder_or_in_use_is_refused(plan):
    site, path = plan(2, 4)
    for n, who in ((2, "bob"), (3, "Person 0")):
        site.iam.add_user(f"other{n}")
        site.tokens.plug(token(n))
        site.cards.wait_for_card(0)
        done = site.run("enroll", f"other{n}", "--method", "totp",
                        "--holder", who)
        assert done.code == 0, done
        site.tokens.unplug(token(n))
        site.cards.wait_for_no_card(0)
    session = Session(site, path)
    refused(session, 2, "this token is bob's, not Person 0's")
    refused(session, 3, f"it is a device of 'other3' in account {ACCOUNT}")
    assert session.key(0)["result"] == "done"
    assert session.key(1)["result"] == "done"
    code, summary, said = session.end()
    assert code == 0 and summary["keys"]["spare"] == 2
    assert said.count("Touch the token") == 4


def test_a_label_that_another_key_has_is_refused(plan):
    site, path = plan(1, 3)
    site.iam.add_user("other")
    site.tokens.plug(token(2))
    site.cards.wait_for_card(0)
    done = site.run("enroll", "other", "--method", "totp", "--holder",
                    "Person 0", "--label", "blue-0")
    assert done.code == 0, done
    site.tokens.unplug(token(2))
    site.cards.wait_for_no_card(0)
    session = Session(site, path)
    refused(session, 0, "the label 'blue-0' is another key's")
    assert session.end(interrupt=True)[0] == 10
    assert assigned(site.iam, user(0)) == []


def test_a_key_that_is_not_genuine_is_refused_by_its_verdict(plan, untrusted):
    site, path = plan(1, 2, {0: {"ca": str(untrusted)}})
    session = Session(site, path)
    refused(session, 0, "unknown", "failed")
    assert session.key(1)["result"] == "done"
    code, summary, _ = session.end()
    assert code == 0
    assert summary["keys"] == {"drawn": 2, "done": 1, "failed": 1, "spare": 0}
    assert assigned(site.iam, user(0)) == [session.lines[1]["key"]["device"]]


def test_a_key_that_nobody_touches_can_come_again(plan):
    site, path = plan(1)
    site.tokens.touch(token(0), "withhold")
    session = Session(site, path, "--touch-timeout", "1")
    refused(session, 0, "not touched in time", "failed")
    site.tokens.touch(token(0), "give")
    assert session.key(0)["result"] == "done"
    code, summary, _ = session.end()
    assert code == 0 and summary["keys"]["drawn"] == 1
    check_each_has_one(site, [0])


def test_the_prompt_names_the_port_and_the_key_winks(plan):
    site, path = plan(1)
    session = Session(site, path)
    key = session.key(0)
    code, _, said = session.end()
    assert code == 0
    assert f"port {key['port']}, {user(0)}: Touch the token" in said
    assert site.tokens.stats(token(0))["commands"]["WINK"] == 1


def test_the_policy_refuses_a_key_before_it_is_touched(plan):
    site, path = plan(1, 2, {0: {"profile": "yubikey5-old"}})
    policy = site.folder / "policy"
    policy.write_text("firmware = 5.7.0\n")
    site.config.write_text(site.config.read_text() + f"policy = {policy}\n")
    session = Session(site, path)
    refused(session, 0, "firmware")
    assert site.tokens.stats(token(0))["touch"]["used"] == 0
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0


# ---- ended and gone on with ----

@pytest.mark.parametrize("touch", [1, 2])
def test_ctrl_c_while_a_touch_is_waited_for_takes_it_back(plan, touch):
    site, path = plan(2)
    site.tokens.touch(token(0), "ask")
    if touch == 2:
        site.tokens.grant(token(0))
    session = Session(site, path)
    site.tokens.plug(token(0))
    session.wait_for("Touch the token", touch)
    code, summary, said = session.end(interrupt=True)
    assert code == 10 and summary["done"] == 0, said
    site.tokens.touch(token(0), "give")
    session = Session(site, path)
    assert session.line()["key"]["result"] == "done"
    session.end(interrupt=True)
    check_each_has_one(site, [0])



def test_it_goes_on_where_it_was(plan):
    site, path = plan(3)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.wait_for("2 of 3")
    code, summary, _ = session.end(interrupt=True)
    assert code == 10
    assert [r["user"] for r in summary["left"]] == [user(1), user(2)]
    site.iam.calls(clear=True)
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(1)} (Person 1), 2 of 3")
    assert [c["action"] for c in site.iam.calls()].count("GetUser") == 1
    refused(session, 0, "this rollout has given it to")
    for n in (1, 2):
        assert session.key(n)["result"] == "done"
    code, summary, _ = session.end()
    assert code == 0 and summary["before"] == 1
    check_each_has_one(site, range(3))


@pytest.mark.parametrize("touch", [1, 2])
def test_killed_while_a_touch_is_waited_for_it_goes_on(plan, touch):
    site, path = plan(1)
    site.tokens.touch(token(0), "ask")
    if touch == 2:
        site.tokens.grant(token(0))
    session = Session(site, path)
    site.tokens.plug(token(0))
    session.wait_for("Touch the token", touch)
    kill_hard(session.process)
    site.tokens.touch(token(0), "give")
    done = site.run("rollout", path, timeout=90)
    assert done.code == 0, done
    check_each_has_one(site, [0])


def test_what_an_enrollment_finished_before_the_kill_counts(plan):
    """The device is enabled and bound, and the rollout has not said so. No
    label tells: the id that was written down before does."""
    site, path = plan(HEAD + row(0, label=""), 1)
    site.tokens.plug(token(0))
    assert site.run("rollout", path).code == 0
    (state,) = states(site)
    lines = state.read_text().splitlines(keepends=True)
    assert '"done"' in lines[-1] and '"begun"' in lines[-2]
    state.write_text("".join(lines[:-1]))
    done = site.run("rollout", path)
    assert done.code == 0, done
    assert "1 done (1 before)" in done.out
    check_each_has_one(site, [0])


def changes(site):
    """What was asked of AWS that changes anything."""
    return [c["action"] for c in site.iam.calls() if not
            c["action"].startswith(("Get", "List", "Simulate"))]


def test_a_line_that_was_cut_off_is_not_joined(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.end(interrupt=True)
    (state,) = states(site)
    with state.open("a") as file:
        file.write('{"v":1,"row":1,"state":"do')
    session = Session(site, path)
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    for line in state.read_text().splitlines():
        json.loads(line)
    check_each_has_one(site, range(2))


def test_a_damaged_state_stops_it_and_is_left_alone(plan):
    site, path = plan(1)
    assert site.run("rollout", path, "--dry-run").code == 0
    assert states(site) == []
    session = Session(site, path)
    session.wait_for(INSERT)
    session.end(interrupt=True)
    (state,) = states(site)
    state.write_text(state.read_text() + '{"v":1,"row":7}\n')
    before = state.read_text()
    done = site.run("rollout", path)
    assert done.code == 1 and "find out by hand" in done.err, done
    assert state.read_text() == before


def test_a_plan_that_was_changed_is_refused_and_appended_rows_are_not(plan):
    site, path = plan(3)
    text = path.read_text()
    path.write_text(HEAD + row(0) + row(1))
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.end(interrupt=True)
    for changed in (HEAD + row(0), HEAD + row(1) + row(0),
                    HEAD + row(0) + row(1, holder="Eve")):
        path.write_text(changed)
        done = site.run("rollout", path)
        assert done.code == 6, done
        assert "was changed since its rollout began" in done.err
    path.write_text(text)
    session = Session(site, path)
    session.wait_for("2 of 3")
    for n in (1, 2):
        assert session.key(n)["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(3))


def test_a_plan_that_was_moved_is_the_same(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.end(interrupt=True)
    moved = path.with_name("moved.csv")
    path.rename(moved)
    session = Session(site, moved)
    session.wait_for("2 of 2")
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    assert len(states(site)) == 1
    check_each_has_one(site, range(2))


def test_a_lost_state_gives_nobody_a_second_device(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.end(interrupt=True)
    states(site)[0].unlink()
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(1)}")
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


# ---- several at once ----

def test_one_plan_is_one_process_s(plan):
    site, path = plan(1)
    session = Session(site, path)
    session.wait_for(INSERT)
    copy = path.with_name("copy.csv")
    copy.write_text(path.read_text())
    for name in (path, copy):
        done = site.run("rollout", name)
        assert done.code == 1, done
        assert "another process works on this plan" in done.err
    assert session.key(0)["result"] == "done"
    assert session.end()[0] == 0


def test_a_key_is_one_process_s_as_long_as_it_is_plugged_in(plan):
    site, path = plan(2, more={1: {"vpcd_port": 0}})
    parts = [path.with_name(f"part{n}.csv") for n in range(2)]
    for n, part in enumerate(parts):
        part.write_text(HEAD + row(n) + row(n, label=f"spare-{n}"))
    sessions = [Session(site, part) for part in parts]
    for session in sessions:
        session.wait_for(INSERT)
    site.tokens.plug(token(0))
    end = time.monotonic() + 20
    taken = []
    while not taken:
        assert time.monotonic() < end
        for session in sessions:
            session.out += session.read(session.process.stdout, 0.1)
            if "\n" in session.out:
                taken.append(session)
    time.sleep(2.5)
    other = sessions[sessions[0] is taken[0]]
    other.out += other.read(other.process.stdout, 0.1)
    assert other.out == "", other.out
    assert taken[0].line()["key"]["result"] == "done"
    for session in sessions:
        assert session.end(interrupt=True)[0] == 10
    assert sum(len(assigned(site.iam, user(n))) for n in range(2)) == 1


def test_a_user_is_one_rollout_s(plan):
    site, path = plan(2)
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(0)}")
    other = path.with_name("other.csv")
    other.write_text(HEAD + row(0, holder="Somebody", label="green-0"))
    done = site.run("rollout", other)
    assert done.code == 10, done
    assert done.out.startswith(f"busy      {user(0)}"), done
    assert re.search(f"IAM user '{user(0)}' of account \\d+ is reserved by "
                     "station", done.out), done
    for n in range(2):
        assert session.key(n)["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


def test_a_row_that_another_plan_was_faster_with_is_done(plan):
    site, path = plan(2)
    first = path.with_name("first.csv")
    first.write_text(HEAD + row(1))
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(0)}")
    quick = Session(site, first)
    quick.wait_for(INSERT)
    site.tokens.plug(token(1))
    # whoever has it: the other one gets the other key
    end = time.monotonic() + 20
    while not quick.out and not session.out and time.monotonic() < end:
        quick.out += quick.read(quick.process.stdout, 0.1)
        session.out += session.read(session.process.stdout, 0.1)
    quick_first = bool(quick.out)
    site.tokens.unplug(token(1))
    site.cards.wait_for_no_card(0)
    assert site.iam.devices(user(1 if quick_first else 0))
    for one in (session, quick):
        kill_hard(one.process)
    for one in (path, first):
        site.tokens.plug(token(0))
        done = site.run("rollout", one, timeout=90)
        site.tokens.unplug(token(0))
        site.cards.wait_for_no_card(0)
        assert done.code == 0, done
    for n in range(2):
        assert len(assigned(site.iam, user(n))) == 1


# ---- the plan, before the first key ----

GOOD = row(0)


@pytest.mark.parametrize("text,words", [
    ("", "line 1, column 1: it is empty"),
    ("account,user,holder,method\n", "line 1, column 1: the first "
     "line names the columns, and none of them is 'label'"),
    (HEAD, "line 2, column 1: the plan has no row"),
    ("\0\1\2", "line 1, column 1: control characters, or no UTF-8"),
    (HEAD + GOOD + row(1, serial="x"),
     "line 3, column 6 (serial): 'x' is no serial number"),
    (HEAD + GOOD + row(1, label="blue-0"),
     "line 3, column 5 (label): line 2 has the same label"),
    (HEAD + GOOD + row(1, serial=7) + row(2, serial=7),
     "line 4, column 6 (serial): line 3 has the same serial number"),
    (HEAD + row(0, label="") + row(0, label=""),
     "line 3, column 2 (user): line 2 has the same user"),
    (HEAD + GOOD + row(7),
     f"line 3, column 2 (user): account {ACCOUNT} has no IAM user "
     f"'{user(7)}'"),
    (HEAD + GOOD + row(1, account="999999999999"),
     f"line 3, column 1 (account): these credentials are of account "
     f"{ACCOUNT}, and this row is of 999999999999"),
    (HEAD + GOOD + row(1, account=""),
     "line 3, column 1 (account): the account must stand in every row"),
    (HEAD + GOOD + row(1, method="magic"),
     "line 3, column 4 (method): 'magic' is no method of this version"),
    (HEAD + GOOD + row(1, label="=1+1"),
     "line 3, column 5 (label): it begins like a formula")])
def test_what_is_wrong_with_a_plan_is_said_before_the_first_key(plan, text,
                                                                words):
    site, path = plan(3, 0)
    path.write_text(text)
    for more in ((), ("--dry-run",)):
        done = site.run("rollout", path, *more)
        assert done.code == 1, done
        assert f"'{path}', {words}" in done.err, done
        assert INSERT not in done.err and done.out == ""
    assert changes(site) == []


@strace
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_registry_on_a_file_system_of_a_network_is_refused(plan, more):
    """The kernel's answer is NFS's magic number, in the first eight bytes."""
    site, path = plan(2, 0)
    env = site.env()
    preload = env.pop("LD_PRELOAD", "")
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", f"--env=LD_PRELOAD={preload}",
         "--trace=statfs",
         "--inject=statfs:poke_exit=@arg2=6969000000000000",
         *site.command("rollout", path, *more)], env=env, text=True,
        capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 6, done
    assert f"the registry '{site.registry}' is on a file system of a " \
        "network (NFS)" in done.stderr, done
    assert INSERT not in done.stderr and done.stdout == ""
    assert states(site) == [] and changes(site) == []


def test_all_that_is_wrong_is_said_at_once(plan):
    site, path = plan(1, 0)
    path.write_text(HEAD + row(0, account="1") + row(1, method="") +
                    row(2, serial="x"))
    done = site.run("rollout", path)
    assert done.code == 1
    for words in ("line 2, column 1 (account)", "line 3, column 4 (method)",
                  "line 4, column 6 (serial)", "3 things are wrong"):
        assert words in done.err, done


def test_a_plan_that_is_no_file_or_too_large_is_refused(plan):
    site, path = plan(1, 0)
    assert site.run("rollout", path.with_name("none")).code == 1
    assert site.run("rollout", path.parent).code == 1
    assert site.run("rollout").code == 2
    with path.open("w") as file:
        file.write(HEAD + "x" * (9 << 20))
    done = site.run("rollout", path)
    assert done.code == 1 and str(path) in done.err, done


def test_the_registry_knows_whose_number_or_label_it_is(plan):
    site, path = plan(2, 1)
    site.tokens.plug(token(0))
    site.cards.wait_for_card(0)
    assert site.run("enroll", user(1), "--method", "totp", "--holder", "bob",
                    "--label", "blue-0").code == 0
    for text, words in (
            (row(0), "line 2, column 5 (label): this token is bob's"),
            (row(0, label="x", serial=serial(0)),
             "line 2, column 6 (serial): this token is bob's")):
        path.write_text(HEAD + text)
        done = site.run("rollout", path)
        assert done.code == 1 and words in done.err, done


def test_the_policy_s_methods_hold(plan):
    site, path = plan(1, 0)
    policy = site.folder / "policy"
    policy.write_text("methods = fido\n")
    site.config.write_text(site.config.read_text() + f"policy = {policy}\n")
    done = site.run("rollout", path)
    assert done.code == 1, done
    assert "line 2, column 4 (method): " in done.err and "fido" in done.err


def test_two_devices_that_are_not_the_plan_s_are_a_warning(plan):
    site, path = plan(2, 0)
    for name in ("one", "two"):
        site.iam.add_virtual_device(name, user=user(1))
    for n in range(8):
        site.iam.add_virtual_device(f"more{n}", user=user(0))
    done = site.run("rollout", path, "--dry-run")
    assert done.code == 0, done
    assert f"line 3: '{user(1)}' has 2 MFA devices already" in done.err
    assert f"line 2: '{user(0)}' has 8 MFA devices already, and AWS is known " \
        "to allow 8: it may refuse one more" in done.err


def test_where_the_limit_of_devices_is_not_known_none_is_claimed(tmp_path,
                                                                 cards):
    with LocalIAM(partition="aws-eusc") as iam:
        iam.region = "eusc-de-east-1"
        site = Workstation(tmp_path, cards, iam)
        tmp_path.chmod(0o700)
        site, path = set_up_plan(site, 2, 0)
        done = site.run("rollout", path, "--dry-run")
        site.close()
    assert done.code == 0, done
    assert "devices already" not in done.err, done


def test_the_plan_s_own_devices_are_not_warned_of(plan):
    text = HEAD + row(0) + row(0, label="b") + row(0, label="c")
    site, path = plan(text, 3)
    session = Session(site, path)
    for n in range(2):
        assert session.key(n)["result"] == "done"
    session.end(interrupt=True)
    done = site.run("rollout", path, "--dry-run")
    assert done.code == 0, done
    assert "MFA devices already" not in done.err


def test_a_dry_run_tells_rights_and_changes_nothing(plan):
    site, path = plan(2)
    site.tokens.plug(token(0))
    before = site.registry.read_bytes()
    done = site.run("rollout", path, "--dry-run", "--json")
    assert done.code == 0, done
    found = done.json["plan"]
    assert (found["rows"], found["before"]) == (2, 0)
    assert (found["mayEnroll"], found["mayUndo"]) == ("allowed", "allowed")
    assert [r["user"] for r in found["left"]] == [user(0), user(1)]
    assert site.registry.read_bytes() == before and states(site) == []
    assert changes(site) == []
    assert site.tokens.stats(token(0))["touch"]["used"] == 0


def test_rights_that_nobody_tells_are_not_known(plan):
    site, path = plan(1, 0)
    site.iam.order("SimulatePrincipalPolicy", error="AccessDenied",
                   count=None)
    done = site.run("rollout", path, "--dry-run", "--json")
    assert done.code == 0, done
    assert done.json["plan"]["mayEnroll"] == "unknown"
    assert "not known until the first key" in done.err
    done = site.run("rollout", path, "--dry-run")
    assert "rights  to enroll: not known until the first key" in done.out


@pytest.mark.parametrize("action", ["CreateVirtualMFADevice",
                                    "EnableMFADevice"])
def test_a_right_that_is_missing_ends_it_before_the_first_key(plan, action):
    site, path = plan(1, 0)
    site.iam.order(action, error="AccessDenied", count=None)
    done = site.run("rollout", path)
    assert done.code == 6, done
    assert f"may not iam:{action} on arn:aws:iam::{ACCOUNT}:" in done.err
    assert INSERT not in done.err


def test_a_right_that_depends_on_what_nobody_tells_is_not_known(plan):
    site, path = plan(1, 0)
    site.iam.add_user("careful", keys=1)
    site.iam.put_policy({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*",
                                       "iam:SimulatePrincipalPolicy"],
         "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:*MFADevice", "Resource": "*",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]},
        user="careful")
    site.who = "careful"
    done = site.run("rollout", path, "--dry-run", "--json")
    assert done.code == 0, done
    assert done.json["plan"]["mayEnroll"] == "unknown"
    assert "depends on what AWS's simulation is not told" in done.err


def test_a_role_s_rights_are_simulated_as_the_role_s(plan):
    site, path = plan(1, 0)
    site.who = site.iam.role_credentials("admin")
    done = site.run("rollout", path, "--dry-run", "--json")
    assert done.code == 0, done
    (call, _) = site.iam.calls("SimulatePrincipalPolicy")
    assert f"arn:aws:iam::{ACCOUNT}:role/admin" in json.dumps(call)
    assert done.json["plan"]["mayEnroll"] == "allowed"


def test_another_account_than_the_option_s_is_refused(plan):
    site, path = plan(1, 0)
    done = site.run("rollout", path, "--account", "999999999999")
    assert done.code == 6, done


# ---- when AWS says no ----

def test_a_user_whom_aws_refuses_is_failed_and_the_next_one_goes_on(plan):
    site, path = plan(2)
    session = Session(site, path)
    session.wait_for(INSERT)
    site.iam.order("CreateVirtualMFADevice", error="LimitExceeded", count=8)
    key = session.key(0)
    assert key["result"] == "failed" and key["user"] == user(0), key
    site.iam.clear_orders()
    assert session.key(1)["result"] == "done"
    code, summary, said = session.end()
    assert code == 10, said
    assert [(r["user"], r["state"]) for r in summary["left"]] == [
        (user(0), "failed")]
    assert summary["left"][0]["text"]
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


def test_credentials_that_run_out_end_it_and_the_next_run_goes_on(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.wait_for(f"{INSERT} {user(1)}")
    site.iam.order("GetUser", error="ExpiredToken", count=None)
    assert session.key(1)["result"] == "failed"
    code, summary, said = session.end()
    assert code == 9 and "ExpiredToken" in said, said
    assert summary["keys"]["drawn"] == 2
    site.iam.clear_orders()
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(1)}")
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    check_each_has_one(site, range(2))


# ---- what it writes ----

def records(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_result_has_the_plan_s_columns_and_what_became_of_them(plan):
    text = "note," + HEAD + "=1+1," + row(0) + "\"a, b\"," + row(1)
    site, path = plan(text, 2)
    result = site.folder / "done.csv"
    session = Session(site, path, "--result", result)
    session.wait_for(INSERT)
    assert [r["result"] for r in records(result)] == ["open", "open"]
    key = session.key(0)
    session.wait_for(f"{INSERT} {user(1)}")
    first, second = records(result)
    assert first["note"] == "'=1+1" and second["note"] == "a, b"
    assert (first["result"], first["device"], first["key_serial"]) == (
        "done", key["device"], str(serial(0)))
    assert first["key_id"] == key["token"] and first["when"]
    assert (second["result"], second["device"]) == ("open", "")
    session.end(interrupt=True)
    assert oct(result.stat().st_mode & 0o777) == "0o600"

    # it is a plan again, and the same rows are the same rollout
    session = Session(site, result, "--result", site.folder / "again.csv")
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    again = records(site.folder / "again.csv")
    assert [r["result"] for r in again] == ["done", "done"]
    assert list(again[0]) == list(first)
    assert again[0]["note"] == "'=1+1"


def test_the_result_is_never_the_plan(plan):
    site, path = plan(1, 0)
    done = site.run("rollout", path, "--result", path)
    assert done.code == 2 and "is the plan itself" in done.err, done
    assert path.read_text(encoding="utf-8").startswith("account,")


def test_labels_have_the_short_name_and_the_return_address(plan):
    site, path = plan(2)
    site.config.write_text(site.config.read_text() + "return_address = "
                           "Example Ltd|PO box 7|Exampletown\n")
    labels = site.folder / "labels.txt"
    session = Session(site, path, "--labels", labels)
    for n in range(2):
        assert session.key(n)["result"] == "done"
    assert session.end()[0] == 0
    text = labels.read_text()
    address = "Example Ltd\nPO box 7\nExampletown\n\n"
    assert text == f"blue-0\n{address}blue-1\n{address}"
    assert "user" not in text and ACCOUNT not in text and "Person" not in text


@pytest.mark.parametrize("label,words", [
    ("", "this row has none"), ("key of USER00000", "tells the user"),
    (f"x {ACCOUNT}", "tells the user or the account")])
def test_a_label_that_tells_too_much_is_not_printed(plan, label, words):
    site, path = plan(1, 0)
    path.write_text(HEAD + row(0, label=label))
    labels = site.folder / "labels.txt"
    done = site.run("rollout", path, "--labels", labels)
    assert done.code == 1, done
    assert "line 2, column 5 (label): --labels prints" in done.err
    assert words in done.err and not labels.exists()


def test_without_a_terminal_a_question_is_an_error_with_the_option(plan):
    site, path = plan(1, 0)
    done = site.run("rollout", path, "--labels", "/dev/null", "--stick")
    assert done.code == 2, done
    assert "--stick waits for a person, and there is no terminal" in done.err
    assert site.run("rollout", path, "--stick").code == 2


# ---- packing, splitting ----

def test_packing_says_whose_each_key_is_and_ticks_it_off(plan):
    site, path = plan(2, 3)
    session = Session(site, path)
    for n in range(2):
        assert session.key(n)["result"] == "done"
    assert session.end()[0] == 0
    site.iam.calls(clear=True)

    def packed(session, n):
        site.tokens.plug(token(n))
        line = session.line()["packed"]
        site.tokens.unplug(token(n))
        return line["result"], line["holder"], line["label"]
    session = Session(site, path, "--pack")
    session.wait_for("2 left")
    assert packed(session, 1) == ("packed", "Person 1", "blue-1")
    assert packed(session, 2) == ("not-in-plan", None, None)
    assert session.end(interrupt=True)[0] == 10
    session = Session(site, path, "--pack")
    session.wait_for("1 left")
    assert packed(session, 1) == ("again", "Person 1", "blue-1")
    assert packed(session, 0) == ("packed", "Person 0", "blue-0")
    code, _, said = session.end()
    assert code == 0 and "2 keys are packed, 0 of the plan are not" in said
    assert site.iam.calls() == []
    assert site.tokens.stats(token(0))["touch"]["used"] == 2


def test_packing_begins_no_rollout(plan):
    site, path = plan(2)
    done = site.run("rollout", path, "--pack")
    assert done.code == 1 and "has not begun" in done.err, done
    assert states(site) == []


def test_a_plan_is_split_into_disjoint_ones(plan):
    text = "note," + HEAD + "".join(f"'=n{n}," + row(n) for n in range(5)) + \
        "x," + row(0, label="spare")
    site, path = plan(text, 0)
    done = site.run("rollout", path, "--split", "2")
    assert done.code == 0, done
    parts = [path.with_name(f"plan-{n}.csv") for n in (1, 2)]
    found = [[(r["user"], r["label"]) for r in records(p)] for p in parts]
    assert found == [
        [(user(n), f"blue-{n}") for n in range(3)] + [(user(0), "spare")],
        [(user(n), f"blue-{n}") for n in (3, 4)]]
    assert records(parts[0])[0]["note"] == "'=n0"
    before = [p.read_text() for p in parts]
    done = site.run("rollout", path, "--split", "3")
    assert done.code == 1 and "plan-1.csv" in done.err, done
    assert [p.read_text() for p in parts] == before
    assert not path.with_name("plan-3.csv").exists()
    for n in ("1", "7", "x", "0"):
        assert site.run("rollout", path, "--split", n).code == 2


def test_what_a_third_row_ties_is_not_split(plan):
    """The last row has the first one's holder and the fourth one's user: a
    user whose keys are in two registries is in two rollouts at once."""
    text = HEAD + "".join(row(n) for n in range(5)) + \
        row(3, holder="Person 0", label="spare")
    site, path = plan(text, 0)
    done = site.run("rollout", path, "--split", "2")
    assert done.code == 0, done
    parts = [path.with_name(f"plan-{n}.csv") for n in (1, 2)]
    found = [[r["label"] for r in records(p)] for p in parts]
    assert found == [["blue-0", "blue-1", "blue-2", "blue-3", "spare"],
                     ["blue-4"]]


def test_a_plan_whose_rollout_has_begun_is_not_split(plan):
    site, path = plan(2)
    session = Session(site, path)
    assert session.key(0)["result"] == "done"
    session.end(interrupt=True)
    done = site.run("rollout", path, "--split", "2")
    assert done.code == 6 and "has begun already" in done.err, done


# ---- a person at a terminal ----

def test_a_user_is_skipped_and_the_next_run_asks_again(plan):
    site, path = plan(3)
    at = Terminal(site, path)
    at.wait_for(f"{INSERT} {user(0)}")
    assert "Enter s skips" in at.seen
    at.type("s")
    at.wait_for(f"{INSERT} {user(1)} (Person 1), 2 of 3")
    at.key(1)
    at.key(2)
    assert at.end() == 10
    assert "users  3: 2 done (0 before), 0 failed, 1 skipped, 0 " \
        "left" in at.seen
    assert f"skipped   {user(0)}  line 2" in at.seen
    at = Terminal(site, path)
    at.wait_for(f"{INSERT} {user(0)} (Person 0), 3 of 3")
    at.key(0)
    assert at.end() == 0
    check_each_has_one(site, range(3))


def test_the_last_one_is_undone_though_it_is_the_user_s_last(plan):
    site, path = plan(2)
    at = Terminal(site, path)
    at.wait_for(f"{INSERT} {user(0)}")
    at.type("u")
    at.wait_for("There is nothing to undo")
    at.wait_for(f"{INSERT} {user(0)}", 2)
    site.iam.botocore("iam").create_login_profile(
        UserName=user(0), Password="not a secret 1A!")
    site.tokens.plug(token(1))
    at.wait_for(f"{INSERT} {user(1)}")
    assert len(assigned(site.iam, user(0))) == 1
    at.type("u")
    at.wait_for(f"\nundone    {user(0)}")
    assert assigned(site.iam, user(0)) == [] and unassigned(site.iam) == []
    assert site.tokens.stats(token(1))["accounts"] == []
    site.tokens.unplug(token(1))
    site.cards.wait_for_no_card(0)
    at.wait_for(f"{INSERT} {user(0)} (Person 0), 1 of 2", 3)
    at.key(0)
    at.wait_for(f"{INSERT} {user(1)}", 2)
    site.tokens.plug(token(1))
    at.wait_for("this token is Person 0's, not Person 1's")
    at.type("q")
    assert at.end() == 10
    assert "keys   2 drawn: 1 done, 0 failed, 1 spare" in at.seen


def test_what_may_not_be_undone_is_said_before_the_first_key(plan):
    site, path = plan(2)
    site.iam.order("DeactivateMFADevice", error="AccessDenied", count=None)
    at = Terminal(site, path)
    at.wait_for("the last key cannot be undone here")
    at.wait_for(f"{INSERT} {user(0)}")
    at.key(0)
    at.wait_for(f"{INSERT} {user(1)}")
    at.type("u")
    at.wait_for("these credentials may not undo what was enrolled")
    at.wait_for(f"{INSERT} {user(1)}", 2)
    at.type("q")
    assert at.end() == 10
    assert "DeactivateMFADevice" not in changes(site)
    check_each_has_one(site, [0])


def test_an_undoing_that_was_killed_is_finished_by_the_next_run(plan):
    site, path = plan(1)
    at = Terminal(site, path)
    at.wait_for(f"{INSERT} {user(0)}")
    text = path.read_text()
    path.write_text(text + row(0, label="more"))
    at.type("q")
    at.end()
    at = Terminal(site, path)
    site.tokens.plug(token(0))
    at.wait_for(f"{INSERT} {user(0)}", 2)
    site.iam.order("DeleteVirtualMFADevice", delay=3, when="before")
    at.type("u")
    end = time.monotonic() + 20
    while not site.journals() and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.5)
    os.kill(at.pid, signal.SIGKILL)
    at.end()
    assert '"undoing"' in states(site)[0].read_text().splitlines()[-1]
    time.sleep(3)
    session = Session(site, path)
    session.wait_for(f"{INSERT} {user(0)} (Person 0), 1 of 2")
    assert session.line()["key"]["result"] == "done"
    session.wait_for(f"{INSERT} {user(0)} (Person 0), 2 of 2")
    code, _, said = session.end(interrupt=True)
    assert code == 10 and "Finished an earlier revocation" in said
    check_each_has_one(site, [0])


def test_while_it_is_paused_no_key_is_taken(plan):
    site, path = plan(1)
    at = Terminal(site, path)
    at.wait_for(INSERT)
    at.type("p")
    at.wait_for("Paused")
    site.tokens.plug(token(0))
    time.sleep(2)
    at.more(0)
    assert "this key is for" not in at.seen
    at.type("")
    at.wait_for("\ndone  ")
    assert at.end() == 0
    check_each_has_one(site, [0])


def test_what_is_typed_elsewhere_is_not_taken(plan):
    """The shell's line, while the rollout is in the background."""
    site, path = plan(1)
    at = Terminal(site, path, shell=True)
    at.wait_for(f"{INSERT} {user(0)}")
    at.type("s")
    time.sleep(2)
    at.more(0)
    assert at.seen.count(INSERT) == 1, at.seen
    at.key(0)
    at.wait_for("users  1: 1 done")
    at.type("")
    at.end()
    check_each_has_one(site, [0])


def test_the_next_key_waits_until_the_label_is_stuck_on(plan):
    site, path = plan(2)
    labels = site.folder / "labels"
    at = Terminal(site, path, "--labels", labels, "--stick")
    at.wait_for(f"{INSERT} {user(0)}")
    site.tokens.plug(token(0))
    at.wait_for("Stick 'blue-0' on the key, then press Enter")
    assert labels.read_text() == "blue-0\n\n"
    site.tokens.unplug(token(0))
    site.cards.wait_for_no_card(0)
    site.tokens.plug(token(1))
    time.sleep(1)
    at.more(0)
    assert f"{INSERT} {user(1)}" not in at.seen
    at.type("")
    at.wait_for("Stick 'blue-1' on the key")
    at.type("")
    assert at.end() == 0
    check_each_has_one(site, range(2))


# ---- keys of AWS's that end, between keys ----

def process_profile(site, *answers):
    """A profile whose program gives these keys, (who, seconds), one after the
    other; the last for ever."""
    (site.home / ".aws").mkdir()
    for number, (who, seconds) in enumerate(answers):
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                            time.gmtime(time.time() + seconds))
        (site.home / f"answer{number}").write_text(
            json.dumps(printing(who, Expiration=end)))
    give = site.home / "give"
    give.write_text(
        f"#!/bin/sh\nn=$(cat {site.home}/n 2>/dev/null || echo 0)\n"
        f"echo $((n + 1)) >{site.home}/n\n"
        f"[ $n -lt {len(answers)} ] || n={len(answers) - 1}\n"
        f"cat {site.home}/answer$n\n")
    give.chmod(0o700)
    (site.home / ".aws/config").write_text(
        f"[profile corp]\ncredential_process={give}\n")
    return ("--profile", "corp")


def test_keys_that_end_soon_are_renewed_between_keys(plan):
    """These are long enough for the check, and not for the key that comes
    when they have grown old."""
    site, path = plan(2)
    words = process_profile(site, (site.iam.role_credentials(), 306),
                            (site.iam.role_credentials(), 3600))
    session = Session(site, path, *words)
    session.wait_for(INSERT)
    assert "renewed" not in session.said
    time.sleep(7)
    assert session.key(0)["result"] == "done"
    assert session.key(1)["result"] == "done"
    code, _, said = session.end()
    assert code == 0 and said.count("credentials were renewed") == 1, said
    signed = {c["headers"]["Authorization"].split("Credential=")[1].split(
        "/")[0] for c in site.iam.calls("CreateVirtualMFADevice")}
    assert len(signed) == 1
    check_each_has_one(site, range(2))


def test_keys_that_are_short_are_renewed_before_the_first_user(plan):
    site, path = plan(1)
    words = process_profile(site, (site.iam.role_credentials(), 200),
                            (site.iam.role_credentials(), 3600))
    session = Session(site, path, *words)
    assert session.key(0)["result"] == "done"
    code, _, said = session.end()
    assert code == 0 and "The AWS credentials were renewed" in said, said
    assert (site.home / "n").read_text() == "2\n"
    assert len(site.iam.calls("GetCallerIdentity")) == 2


def test_renewed_keys_of_somebody_else_give_nobody_a_key(plan):
    site, path = plan(1)
    site.iam.add_user("mallory")
    words = process_profile(
        site, (site.iam.session_credentials(mfa=True), 200),
        (site.iam.session_credentials("mallory", mfa=True), 3600))
    done = site.run("rollout", path, *words)
    assert done.code == 6 and "nothing more was done" in done.err, done
    assert site.iam.calls("CreateVirtualMFADevice") == []


# ---- other methods ----

def test_a_display_and_an_app_have_their_rows(plan):
    """A person types the codes; keys are served in the rows between."""
    seed = "GEZDGNBVGY3TQOJQ" * 4
    site, path = plan(HEAD + row(0, method="hardware-totp", label="",
                                 serial="GAKT12345678") + row(1), keys=2)
    site.iam.add_hardware_token("GAKT12345678", seed)
    at = Terminal(site, path)
    at.wait_for(f"Press Enter for {user(0)} (Person 0), the token "
                "GAKT12345678, 1 of 2")
    at.type("")
    at.wait_for("First code of the token")
    first, second = site.iam.pair(seed)
    at.type(first)
    at.wait_for("Second code of the token")
    at.type(second)
    at.wait_for(f"{INSERT} {user(1)}")
    at.key(1)
    assert at.end() == 0, at.seen
    assert assigned(site.iam, user(0)) == ["GAKT12345678"]
    assert len(assigned(site.iam, user(1))) == 1
    assert unassigned(site.iam) == [] and site.journals() == []
    site.check_chain()
    bound = {b["user"]: b["method"] for b in site.bindings()}
    assert bound == {user(0): "hardware-totp", user(1): "totp"}
    assert "users  2: 2 done" in at.seen


def test_a_row_without_a_key_can_be_passed_over(plan):
    site, path = plan(HEAD + row(0, method="hardware-totp", label="",
                                 serial="GAKT12345678"))
    at = Terminal(site, path)
    at.wait_for("Press Enter for")
    at.type("s")
    assert at.end() == 10
    assert "1 skipped" in at.seen and site.bindings() == []


@pytest.mark.parametrize("changed, words", [
    ({"method": "hardware-totp", "serial": "GAKT12345678"},
     "there is no terminal"),
    ({"method": "hardware-totp"}, "serial number must stand"),
    ({"method": "hardware-totp", "serial": "GAKT"}, "9 to 256"),
    ({"method": "virtual"}, "only a policy that lists 'virtual'")])
def test_a_row_that_cannot_be_typed_is_told_before_the_first_key(plan, changed,
                                                                 words):
    site, path = plan(HEAD + row(0, **changed))
    done = site.run("rollout", path)
    assert done.code == 1 and words in done.err, done
    assert site.iam.calls("EnableMFADevice") == []


def test_one_display_is_for_one_person(plan):
    same = {"method": "hardware-totp", "serial": "GAKT12345678", "label": ""}
    site, path = plan(HEAD + row(0, **same) + row(1, **same))
    done = site.run("rollout", path, "--dry-run")
    assert "line 2 has the same serial number" in done.err, done


def test_a_key_that_a_person_registers_in_the_console_is_one_of_a_plan(plan):
    site, path = plan(HEAD + row(0, method="fido"), keys=1)
    session = Session(site, path)
    session.wait_for(INSERT)
    site.tokens.plug(token(0))
    session.wait_for("blue-0-1001", seconds=60)
    end = time.monotonic() + 30
    while not any("enable-sent" in j.read_text() for j in site.journals()):
        assert time.monotonic() < end, session.said
        time.sleep(0.05)
    device = site.iam.add_fido_device(user(0), "blue-0-1001")
    key = session.line()["key"]
    assert (key["result"], key["device"]) == ("done", device), key
    site.tokens.unplug(token(0))
    assert session.end()[0] == 0
    assert [b["method"] for b in site.bindings()] == ["fido"]


# ---- initial PINs ----

def pins(site):
    folder = site.folder / "pins"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def with_recipient(site, holder):
    key, public = make_key(site.folder, f"key-{holder[-1]}")
    done = site.run("registry", "recipient", holder, public)
    assert done.code == 0, done
    return key


def has_pin(site, number):
    return site.tokens.stats(token(number))["pin"]


def test_keys_get_pins_that_their_holders_can_read(plan):
    site, path = plan(2)
    key, folder = with_recipient(site, "Person 0"), pins(site)
    session = Session(site, path, "--initial-pins", folder)
    session.wait_for("the registry has no key of 1 holder to encrypt a PIN "
                     "for, of 'Person 1' first")
    assert session.key(0)["result"] == "done"
    assert session.key(1)["result"] == "done"
    code, _, said = session.end()
    assert code == 0 and "which has to be changed first" in said, said
    assert [p.name for p in folder.iterdir()] == ["1001.pin"]
    pin = decrypt(key, folder / "1001.pin").strip()
    assert len(pin) == 8 and pin.isdigit()
    check_each_has_one(site, range(2))
    assert site.journals() == []


def test_a_pin_that_a_kill_left_owed_is_given_at_the_next_plugging_in(plan):
    site, path = plan(2)
    with_recipient(site, "Person 0")
    folder = pins(site)
    folder.chmod(0o500)      # the PIN cannot be kept, the key is registered
    os.rmdir(folder)
    session = Session(site, path, "--initial-pins", folder)
    assert session.key(0)["result"] == "done"
    assert session.end(interrupt=True)[0] == 10
    assert "it has no initial PIN" in session.said
    folder = pins(site)
    session = Session(site, path, "--initial-pins", folder)
    assert session.key(0)["result"] == "refused"
    assert session.key(1)["result"] == "done"
    assert session.end()[0] == 0
    assert [p.name for p in folder.iterdir()] == ["1001.pin"]
    check_each_has_one(site, range(2))


# ---- power cuts ----

strace = pytest.mark.skipif(not shutil.which("strace"),
                            reason="strace is not installed")


def take_all_back(site, path):
    """As before the rollout, but that the key is known."""
    for device in assigned(site.iam, user(0)):
        done = site.run("revoke", user(0), device, "--last", "--reason", "x")
        assert done.code == 0, done
    for state in states(site):
        state.unlink()
    path.with_name("done.csv").unlink(missing_ok=True)


# The kind of call, how many of it there are at least, and how many cases
# share them: the k-th of n kills at the calls k, k + n, k + 2n ...
@strace
@pytest.mark.parametrize("call, number, of, least", [
    pytest.param(call, k, of, least, id=f"{call} {k} of {of}")
    for call, of, least in (("fsync", 4, 14), ("rename", 1, 2),
                            ("flock", 2, 6), ("sendto", 8, 40))
    for k in range(1, of + 1)])
def test_killed_at_any_call_the_next_run_goes_on(plan, call, number, of,
                                                 least):
    site, path = plan(1)
    result = path.with_name("done.csv")
    words = ("rollout", path, "--result", result)
    site.tokens.plug(token(0))
    site.cards.wait_for_card(0)
    killed = 0
    for at in range(number, 1000, of):
        if not run_killed_at(site, call, at, *words):
            break
        killed += 1
        done = site.run(*words, timeout=90)
        assert done.code == 0, (at, done)
        check_each_has_one(site, [0])
        assert [r["result"] for r in records(result)] == ["done"]
        take_all_back(site, path)
    assert killed >= len(range(number, least + 1, of))
