# SPDX-License-Identifier: Apache-2.0
"""The live audit with many questions under way: whatever becomes of one, the
others are answered, in the same order; nothing of a key is left behind by any
of the connections, and all of them go the same way."""
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from iam.client import LocalIAM, make_certificates
from iam.proxy import Proxy
from iam.rounds import Rounds
from test_audit import (HALF_WAY, PROGRAM, audit, environment,  # noqa: F401
                        iam)
from test_secrets import memory_of

EACH = ["ListMFADevices", "GetLoginProfile"]


def statuses(result):
    return [r["status"] for r in result.rows
            if r["check"] == "user-mfa-missing"]


def users_of(result):
    return [r["subject"] for r in result.rows
            if r["check"] == "user-mfa-missing"]


def most_at_once(calls):
    """By when each came and how long it took."""
    ends = [(c["time"], 1) for c in calls] + \
        [(c["time"] + c["seconds"], -1) for c in calls]
    now = most = 0
    for _, step in sorted(ends):
        now += step
        most = max(most, now)
    return most


def of_users(iam):
    return [c for c in iam.calls() if c["action"] in EACH]


def test_sixteen_are_under_way_and_rows_come_in_order(iam):
    """The first ones take longest, so that the last are answered first."""
    iam.add_users(80, password=True, fido=True)
    iam.order("ListMFADevices", delay=0.6, count=20)
    iam.order("ListMFADevices", delay=0.1, count=None)
    result = audit(iam=iam)
    assert result.code == 0, result.err
    assert statuses(result) == ["PASS"] * 80
    assert users_of(result) == [f"user{n:05}" for n in range(80)]
    assert most_at_once(of_users(iam)) == 16
    assert len({c["connection"] for c in of_users(iam)}) <= 16
    assert result.source("AWS")["connections"] == \
        len({c["connection"] for c in iam.calls()})
    assert result.source("AWS")["requests"] == len(iam.calls())


def test_devices_come_in_order_too(iam, tmp_path):
    path = str(tmp_path / "registry.db")
    subprocess.run([PROGRAM, "registry", "init", "--rehearsal", "--registry",
                    path], env=environment(), check=True, capture_output=True)
    iam.add_users(40, password=True, fido=True)
    iam.order("ListMFADevices", delay=0.5, count=10)
    result = audit("--registry", path, iam=iam)
    devices = [r["subject"] for r in result.rows
               if r["check"] == "device-unknown"]
    assert devices == [f"user{n:05}" for n in range(40)]


def test_a_service_of_twenty_a_second_leaves_nobody_unknown(iam):
    iam.add_users(100, password=True, fido=True)
    iam.order(EACH, rate=20)
    begun = time.monotonic()
    result = audit(iam=iam)
    took = time.monotonic() - begun
    assert result.code == 0, result.summary
    assert statuses(result) == ["PASS"] * 100
    calls = of_users(iam)
    throttled = [c for c in calls if c["error"]]
    assert throttled and len(calls) - len(throttled) == 100
    # sixteen are under way when the first is throttled; the share of long runs
    # is test_aws_governor.c's and the benchmark's
    assert len(throttled) <= 25 and took < 20


def test_a_storm_of_throttling_is_waited_for(iam):
    """More often than a call alone is tried, while others are answered."""
    iam.add_users(30, password=True, fido=True)
    iam.order("ListMFADevices", error="Throttling", count=8, skip=3)
    result = audit(iam=iam)
    assert result.code == 0, result.summary
    assert statuses(result) == ["PASS"] * 30


def test_who_is_throttled_for_good_is_unknown_and_the_others_are_not(iam):
    iam.add_users(5, password=True, fido=True)
    iam.add_user("zoe", password=True)
    iam.order("GetLoginProfile", error="Throttling", count=None)
    result = audit(iam=iam, timeout=100)
    assert result.code == 10
    assert statuses(result) == ["PASS"] * 5 + ["UNKNOWN"]
    assert "Throttling" in result.user("zoe")["observed"]
    assert 5 < len(iam.calls("GetLoginProfile")) < 30


FAULTS = {
    "lost": dict(drop="before"), "lost-after": dict(drop="after"),
    "500": dict(http=500, body="html"), "503": dict(http=503, body=""),
    "cut": dict(cut=40), "close": dict(close=True), "slow": dict(
        drip=[60, 0.05]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_middle_costs_nobody_his_answer(iam, fault):
    iam.add_users(50, password=True, fido=True)
    iam.order("ListMFADevices", skip=20, count=2, **FAULTS[fault])
    result = audit(iam=iam)
    assert result.code == 0, (result.summary, result.rows)
    assert statuses(result) == ["PASS"] * 50


@pytest.mark.parametrize("fault", HALF_WAY)
def test_a_hostile_answer_about_one_of_fifty_is_his_alone(iam, fault):
    iam.add_users(50, password=True, fido=True)
    iam.order("ListMFADevices", about="user00020", count=None,
              **HALF_WAY[fault])
    result = audit(iam=iam)
    assert result.code == 10
    assert [n for n, s in zip(users_of(result), statuses(result))
            if s != "PASS"] == ["user00020"]
    assert result.user("user00020")["status"] == "UNKNOWN"


def test_a_slow_answer_keeps_nobody_else_waiting(iam):
    iam.add_users(60, password=True, fido=True)
    iam.order("ListMFADevices", about="user00003", delay=3, count=None)
    result = audit(iam=iam)
    assert statuses(result) == ["PASS"] * 60
    slow = next(c for c in of_users(iam)
                if c["params"]["UserName"] == "user00003")
    others = [c["time"] for c in of_users(iam) if c is not slow]
    assert max(others) < slow["time"] + 2.5


def test_ctrl_c_prints_what_is_known_and_that_it_is_not_all(iam):
    iam.add_users(60, password=True, fido=True)
    iam.order("ListMFADevices", delay=10, count=None, skip=20)
    child = audit(iam=iam, stdin=None)
    while len(iam.calls("ListMFADevices")) < 20:
        time.sleep(0.05)
    time.sleep(0.5)
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=10)
    assert child.returncode == 130 and time.monotonic() - begun < 2
    said = json.loads(out)
    assert said["summary"]["complete"] is False
    users = [f["subject"] for f in said["findings"]
             if f["check"] == "user-mfa-missing"]
    assert users == sorted(users) and len(users) == 20
    assert {f["status"] for f in said["findings"]
            if f["check"] == "user-mfa-missing"} == {"PASS"}


def test_the_rate_of_the_settings_holds(iam, tmp_path):
    config = tmp_path / "system.conf"
    config.write_text("audit_rate = 10\n")
    iam.add_users(30, password=True, fido=True)
    result = audit("--config", str(config), iam=iam)
    assert result.code == 0, result.err
    times = sorted(c["time"] for c in of_users(iam))
    assert len(times) == 30 and 2.5 < times[-1] - times[0] < 6
    config.write_text("audit_rate = 10001\n")
    result = audit("--config", str(config), iam=iam)
    assert result.code == 2 and "audit_rate" in result.err


def test_progress_says_how_long_it_will_take(iam):
    iam.add_users(60, password=True, fido=True)
    iam.order("ListMFADevices", delay=0.5, count=None)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    child = subprocess.Popen([PROGRAM, "audit", "--json"],
                             env={**environment(iam), "TERM": "xterm"},
                             stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    child.communicate(timeout=30)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert re.search(r"\d+ of 60 users, \d+ calls? at once, about \d+ s left",
                     shown), shown
    # on one line, which each takes from the one before
    assert "\r" in shown and shown.count("\n") <= 1, shown


# ---- in round trips ----

def test_fifty_questions_are_four_round_trips(iam):
    """Eight, then twice as many until sixteen: no clock is in it."""
    iam.add_users(50, password=True, fido=True)
    with Rounds(iam.url) as way:
        result = audit("--checks", "user-mfa-missing", iam=iam,
                       env=environment(iam, AWS_ENDPOINT_URL=way.url))
    assert statuses(result) == ["PASS"] * 50, result.err
    assert way.sizes() == [8, 16, 16, 10]
    assert len(way.rounds) - 4 == len(iam.calls()) - 50


def test_handshakes_are_made_beside_each_other(tmp_path):
    """Over TLS a new connection costs a round trip before it asks: those of a
    step all at once, while what is connected goes on asking."""
    made = make_certificates(str(tmp_path))
    with LocalIAM(admin=False, tls=made) as iam, Rounds(iam.url) as way:
        iam.settings(report_seconds=0)
        iam.add_users(50, password=True, fido=True)
        result = audit("--checks", "user-mfa-missing", env=environment(
            iam, AWS_ENDPOINT_URL=way.url, AWS_CA_BUNDLE=made.ca))
        assert statuses(result) == ["PASS"] * 50, result.err
    # four, and one for each of the two steps that connect
    assert len(way.sizes()) <= 6, way.sizes()
    assert max(way.sizes()) == 16


# ---- the way, and what is left behind ----

def test_every_connection_goes_by_the_proxy_and_checks_the_ca(tmp_path):
    names = ("iam.amazonaws.com", "sts.us-east-1.amazonaws.com")
    made = make_certificates(str(tmp_path), names=names)
    with LocalIAM(admin=False, tls=made) as iam, Proxy(iam.url) as proxy:
        iam.settings(report_seconds=0)
        iam.add_users(60, password=True, fido=True)
        iam.order("ListMFADevices", delay=0.1, count=None)
        env = environment(iam, https_proxy=proxy.url,
                          AWS_CA_BUNDLE=made.ca, AWS_REGION="us-east-1")
        del env["AWS_ENDPOINT_URL"]
        result = audit(env=env)
        assert statuses(result) == ["PASS"] * 60, result.err
        used = result.source("AWS")["connections"]
        assert used > 10 and len(proxy.hosts) == used
        assert set(proxy.hosts) == {f"{n}:443" for n in names}
        assert all(c["tls"] for c in iam.calls())
        # a CA that is not theirs: nothing is asked
        (tmp_path / "other").mkdir()
        other = make_certificates(str(tmp_path / "other"), names=names)
        iam.calls(clear=True)
        result = audit(env={**env, "AWS_CA_BUNDLE": other.ca})
        assert result.code == 9 and not iam.calls(), result.err


def secret_count(pid, secret):
    return sum(piece.count(secret) for _, piece in memory_of(pid))


def keys_in_memory(iam, users):
    """How often key and token are there with one question under way, behind
    all others."""
    who = iam.role_credentials()
    iam.order("ListMFADevices", about="zoe", delay=4, count=None)
    iam.order("ListMFADevices", delay=0.1, count=None)
    child = audit(stdin=None, env=environment(
        iam, AWS_ACCESS_KEY_ID=who["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=who["SecretAccessKey"],
        AWS_SESSION_TOKEN=who["SessionToken"]))
    while len(iam.calls("ListMFADevices")) < users - 1:
        time.sleep(0.05)
    time.sleep(1)
    found = [secret_count(child.pid, who[name].encode())
             for name in ("SecretAccessKey", "SessionToken")]
    child.communicate(timeout=30)
    assert child.returncode == 0
    connections = {c["connection"] for c in iam.calls()}
    iam.clear_orders()
    iam.calls(clear=True)
    return found, len(connections)


def test_of_each_connection_one_copy_of_the_key_is_left_and_no_token(iam):
    """libcurl keeps the key with the connection that it was used on, once,
    until that is closed; of the requests that were made nothing is left."""
    iam.add_user("zoe", password=True)
    iam.add_fido_device("zoe")
    few, one = keys_in_memory(iam, 1)
    iam.add_users(60, password=True, fido=True)
    many, connections = keys_in_memory(iam, 61)
    assert few[0] > 0 and connections > one + 5
    # one that was closed has taken its copy with it
    assert few[0] <= many[0] <= few[0] + connections - one
    assert many[1] == few[1]
