# SPDX-License-Identifier: Apache-2.0
"""Logging in by the real PAM hosts, locally and from afar."""
import json
import os
import re

import pytest

from place import CONSOLE, MODULE, OTHER, PROMPT, PROMPT_TTY, STATE, YK

PIN = "314159"
PAMHOST = f"{os.environ.get('TOKENBRIDGE_BUILD')}/tests/rig/login/pamhost"


@pytest.fixture
def home(place):
    """alice has a key that lets her in."""
    place.set_up(YK)
    place.enroll()
    place.service("tbtest")
    return place


def test_pamtester_lets_in_with_the_key_and_the_log_tells_all_of_it(home):
    done = home.pamtester()
    assert done.code == 0, done
    assert "Touch the security key to let alice in on station" in done.out
    line, = [x for x in home.logged().splitlines() if "result=" in x]
    assert re.search(
        r"user=alice token=[0-9a-f]{8} aaguid=[0-9a-f]{32} service=tbtest "
        r"rhost=- counter=\d+ result=granted ms=\d+$", line), line
    assert "<85>" in line  # authpriv.notice


def test_the_files_are_as_closed_as_they_must_be(home):
    told = home.m.run("stat", "-c", "%n %a %U %G", STATE, f"{STATE}/login.db",
                      f"{STATE}/login.db.counters", f"{STATE}/registry.db").out
    assert told.splitlines() == [
        f"{STATE} 711 root root",
        f"{STATE}/login.db 640 root tokenbridge-login",
        f"{STATE}/login.db.counters 600 root root",
        f"{STATE}/registry.db 600 root root"]


def test_a_key_that_is_not_touched_lets_nobody_in(home):
    home.service("tbtest", f"auth required {MODULE} timeout=3")
    home.keys.touch("a", "withhold")
    done = home.pamtester()
    assert done.code != 0 and "not touched" in done.out, done
    assert "result=not-touched" in home.logged()


def test_a_key_that_is_unplugged_lets_nobody_in(home):
    home.keys.touch("a", "withhold")
    program = home.m.start(*home.authenticate(), tty=True)
    home.keys.wait("a")
    home.keys.unplug("a")
    done = program.wait(30)
    assert done.code != 0 and done.seconds < 30, done
    done = home.pamtester()
    assert done.code != 0 and "not plugged in" in done.out, done
    home.keys.plug("a")
    home.m.settle()
    home.keys.touch("a", "give")
    assert home.pamtester().code == 0


def test_somebody_elses_key_lets_nobody_in(place):
    place.set_up(YK, OTHER)
    place.enroll("alice", "--token", "12345678")
    place.service("tbtest")
    place.keys.unplug("a")
    done = place.pamtester()
    assert done.code != 0, done
    assert place.keys.stats("b")["touch"]["used"] == 0


def test_a_key_held_by_another_program_lets_nobody_in_and_is_named(home):
    node = home.keys.hidraw("a")
    home.service("tbtest", f"auth required {MODULE} timeout=3")
    with home.m.start("flock", node, "sleep", "60"):
        home.m.shell(f"until flock -n {node} true; [ $? = 1 ]; do :; done")
        done = home.pamtester()
    assert done.code != 0, done
    assert "result=token-busy" in home.logged()


def test_the_pin_counts(place):
    place.set_up({**YK, "pin": PIN})
    place.enroll("alice", "--verify-required", pin=PIN)
    place.service("tbtest")
    ask = "PIN of your security key"
    assert place.pamtester(answers=[(ask, PIN)]).code == 0
    assert place.pamtester(answers=[(ask, "271828")]).code != 0
    assert place.pamtester(answers=[(ask, "")]).code != 0
    place.keys.set("a", pin_retries=3)
    assert place.pamtester(answers=[(ask, PIN)]).code != 0
    assert "result=pin-scarce" in place.logged()
    assert PIN not in place.logged()


def test_sudo_on_the_console_asks_the_key(home):
    home.m.write("/etc/sudoers.d/vm", "alice ALL=(ALL) ALL\n"
                 "Defaults timestamp_timeout=0\n", 0o440)
    home.service("sudo")
    home.m.run("rm", "-f", "/run/vm/by-sudo")
    home.console("sudo", "touch", "/run/vm/by-sudo", user="alice")
    assert home.m.exists("/run/vm/by-sudo"), home.logged()
    assert "service=sudo" in home.logged()
    home.keys.unplug("a")
    home.m.run("rm", "-f", "/run/vm/by-sudo")
    done = home.console("sudo", "touch", "/run/vm/by-sudo", user="alice")
    assert done.code != 0 and not home.m.exists("/run/vm/by-sudo")


def test_sudo_on_a_pseudo_terminal_is_not_known_to_be_local(home):
    home.m.write("/etc/sudoers.d/vm", "alice ALL=(ALL) ALL\n"
                 "Defaults timestamp_timeout=0\n", 0o440)
    home.service("sudo")
    used = home.keys.stats("a")["touch"]["used"]
    done = home.m.run("sudo", "true", user="alice", tty=True)
    assert done.code != 0, done
    assert "result=not-local" in home.logged()
    assert home.keys.stats("a")["touch"]["used"] == used


def test_su_on_the_console_asks_the_key_of_who_is_to_be(home):
    home.service("su")
    home.m.run("rm", "-f", "/tmp/by-su")
    home.console("su", "alice", "-c", "'id -un >/tmp/by-su'", user="bob")
    assert home.m.read("/tmp/by-su") == b"alice\n", home.logged()
    assert "service=su " in home.logged()


def test_login_on_the_console_asks_the_key(home):
    home.service("login")
    home.m.write("/etc/profile.d/vm.sh",
                 '[ "$(id -un)" != alice ] || id -un >/tmp/by-login\n')
    home.m.run("rm", "-f", "/tmp/by-login")
    program = home.m.start(
        "bash", "-c", f"exec {PROMPT} setsid -w -c login alice "
        f"</dev/tty{CONSOLE} >/dev/tty{CONSOLE} 2>&1")
    try:
        home.m.shell("for i in $(seq 100); do [ -s /tmp/by-login ] && exit 0;"
                     " sleep 0.2; done; exit 1", check=True)
    finally:
        program.stop()
    assert home.m.read("/tmp/by-login") == b"alice\n"
    assert "service=login" in home.logged()


def test_sshd_never_reaches_a_key_by_pam(home):
    home.service("sshd")
    home.m.shell("mkdir -p /run/vm; printf '#!/bin/sh\\necho secret\\n' "
                 ">/run/vm/askpass; chmod 755 /run/vm/askpass")
    used = home.keys.stats("a")["touch"]["used"]
    with home.m.sshd("KbdInteractiveAuthentication yes\n"
                     "PasswordAuthentication yes\n"
                     "PubkeyAuthentication no\n", port=2200):
        done = home.m.run(
            "ssh", "-p", "2200", "-o", "StrictHostKeyChecking=no", "-o",
            "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1",
            "alice@127.0.0.1", "true", timeout=180,
            env={"SSH_ASKPASS": "/run/vm/askpass",
                 "SSH_ASKPASS_REQUIRE": "force"})
    assert done.code == 255, done
    assert "result=not-local" in home.logged()
    assert "rhost=127.0.0.1" in home.logged()
    assert home.keys.stats("a")["touch"]["used"] == used


def test_a_hundred_logins_leave_nothing_behind(home):
    def held():
        """Open files and processes of the whole machine."""
        told = home.m.shell("cut -f1 /proc/sys/fs/file-nr; "
                            "ls -d /proc/[0-9]* | wc -l", check=True).out
        return [int(number) for number in told.split()]

    before = held()
    done = home.m.shell(
        f"for i in $(seq 100); do {' '.join(home.authenticate())} "
        ">/dev/null 2>&1 || exit 1; done", timeout=900)
    assert done.code == 0, home.logged().splitlines()[-1]
    assert home.logged().count("result=granted") == 100
    after = held()
    assert home.m.run("pgrep", "-x", "tokenbridge-aut").code == 1
    assert after[0] - before[0] < 64 and after[1] - before[1] < 5, (
        before, after)


def test_a_hundred_logins_in_one_program_do_not_make_it_grow(home):
    done = home.m.run(PROMPT_TTY, PAMHOST, "-n", "100", "/etc/pam.d",
                      "tbtest", "alice", timeout=900)
    end = json.loads(done.out.splitlines()[-1])
    assert (done.code, end["bad"]) == (0, 0), done
    assert end["descriptors"] == end["descriptors_before"]
    assert end["kib"] - end["kib_before"] < 512, end


def test_the_helper_runs_as_its_own_user_while_it_waits_for_a_touch(home):
    home.keys.touch("a", "withhold")
    program = home.m.start(*home.authenticate(), tty=True)
    home.keys.wait("a")
    processes = home.m.shell("pgrep -x tokenbridge-aut").out.split()
    told = [home.m.shell(
        f"ps -o user:20=,nlwp= -p {p} && "
        f"grep -E 'NoNewPrivs|Seccomp:|CapEff|Groups' /proc/{p}/status && "
        f"ls /proc/{p}/environ && tr '\\0' '\\n' </proc/{p}/environ | wc -l").out
        for p in processes]
    # what each of them has open: its lines, the node, the counters
    open_files = [home.m.shell(f"readlink /proc/{p}/fd/*").out
                  for p in processes]
    program.stop()
    assert len(told) == 2, told    # the helper, and the one of the token
    for one in told:
        assert one.split()[:2] == ["tokenbridge-auth", "1"], one
        assert re.search(r"NoNewPrivs:\t1\n", one), one
        assert re.search(r"Seccomp:\t2\n", one), one
        assert re.search(r"CapEff:\t0{16}\n", one), one
        assert re.search(r"Groups:\t *\n", one), one
        assert one.split()[-1] == "0"
    assert "login.db.counters" in open_files[0]
    assert "login.db" not in open_files[1], open_files
    assert open_files[1].count("/dev/hidraw") >= 1
    assert open_files[1].count("socket:") == 1, open_files
