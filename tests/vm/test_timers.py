# SPDX-License-Identifier: Apache-2.0
"""What the timers start, in the sandbox that systemd makes of its unit: the work
is done there."""
import re

import pytest

UNITS = "/run/systemd/system"
LOG = "/run/vm/timers"
NAMES = ("audit", "backup", "check", "publish", "trust-update")
# This machine has no network
AWS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_REGION": "us-east-1",
       "AWS_SECRET_ACCESS_KEY": "secret", "AWS_MAX_ATTEMPTS": "1"}


@pytest.fixture
def timed(seated):
    """A registry; what the units say goes where it can be read, as this machine
    has no journal."""
    seated.tb("registry", "init", check=True)
    words = "".join(f"Environment={name}={value}\n"
                    for name, value in AWS.items())
    for name in NAMES:
        folder = f"{UNITS}/tokenbridge-{name}.service.d"
        seated.m.run("mkdir", "-p", folder, check=True)
        seated.m.write(f"{folder}/log.conf", f"[Service]\n{words}"
                       f"StandardOutput=append:{LOG}\n"
                       f"StandardError=append:{LOG}\n")
    seated.m.shell("mkdir -p /var/backups; rm -f /var/backups/registry-*; "
                   "systemctl daemon-reload", check=True)
    yield seated
    for name in NAMES:
        seated.m.run("rm", "-r", f"{UNITS}/tokenbridge-{name}.service.d")
    seated.m.run("systemctl", "daemon-reload", check=True)
    # those that were to fail here are not failed units of another test
    seated.m.run("systemctl", "reset-failed", "tokenbridge-*", check=True)


def ran(place, name):
    """Whether systemd calls it a success, the program's own status, and what it
    said."""
    unit = f"tokenbridge-{name}.service"
    place.m.run("rm", "-f", LOG)
    if place.m.run("systemctl", "start", unit).code == 0:
        return True, 0, place.m.read(LOG).decode()
    told = dict(re.findall(r"^(\w+)=(.*)$", place.m.run(
        "systemctl", "show", "-p", "ExecMainCode,ExecMainStatus", unit).out,
        re.M))
    said = place.m.read(LOG).decode()
    # ended by itself: by no signal of the sandbox's
    assert told["ExecMainCode"] == "1", (told, said)
    return False, int(told["ExecMainStatus"]), said


def test_login_db_is_made_anew(timed):
    timed.m.run("rm", "-f", "/var/lib/tokenbridge/login.db")
    assert ran(timed, "publish")[:2] == (True, 0)
    assert timed.m.exists("/var/lib/tokenbridge/login.db")


def test_the_chain_is_checked_and_what_is_wrong_fails_the_unit(timed):
    well, status, said = ran(timed, "check")
    assert well and status == 0 and "0 problems" in said, said
    timed.m.shell("printf x >>/var/lib/tokenbridge/registry.db", check=True)
    well, status, said = ran(timed, "check")
    assert not well and 0 < status < 100 and "registry" in said, said


def test_a_copy_is_made_that_can_be_read(timed):
    assert ran(timed, "backup")[:2] == (True, 0)
    copy, = timed.m.shell("ls /var/backups/registry-*").out.split()
    assert timed.m.run("tokenbridge", "registry", "log", "--verify",
                       "--registry", copy).code == 0


def test_what_wants_the_network_gets_as_far_as_that(timed):
    well, status, said = ran(timed, "audit")
    assert not well and status == 9 and "amazonaws.com" in said, said
    well, status, said = ran(timed, "trust-update")
    assert not well and 0 < status < 100 and "resolve" in said, said


def test_each_timer_is_off_until_it_is_turned_on(timed):
    timers = [f"tokenbridge-{name}.timer" for name in NAMES]
    assert timed.m.run("systemctl", "is-enabled", *timers).out.split() == \
        ["disabled"] * len(timers)
    timed.m.run("systemctl", "enable", "--now", *timers, check=True)
    try:
        assert timed.m.run("systemctl", "is-active", *timers).out.split() == \
            ["active"] * len(timers)
    finally:
        timed.m.run("systemctl", "disable", "--now", *timers, check=True)
