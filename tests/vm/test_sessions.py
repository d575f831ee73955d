# SPDX-License-Identifier: Apache-2.0
"""Sessions that logind knows: who sits here, and who only seems to."""
import json
import os
import pathlib

import pytest

from place import CONSOLE, FRONT, MODULE, YK, in_front

RIG = pathlib.Path(__file__).resolve().parent.parent / "rig"

AT_SEAT = ("--property=PAMName=login", f"--property=TTYPath=/dev/tty{CONSOLE}",
           "--property=StandardInput=tty", "--property=StandardOutput=tty")
SUDO = ("sudo", "touch", "/run/vm/by-sudo")


def in_session(place, *words, properties=AT_SEAT, front=CONSOLE):
    """Runs words as alice in a session of hers on a console."""
    place.show(place.m, front)
    try:
        return place.m.run("systemd-run", "--quiet", "--wait", "--uid=alice",
                           *properties, *words, timeout=180)
    finally:
        place.show(place.m, FRONT)


def ready(place):
    place.set_up(YK)
    place.enroll()
    place.m.write("/etc/sudoers.d/vm", "alice ALL=(ALL) ALL\n"
                  "Defaults timestamp_timeout=0, passwd_tries=1\n", 0o440)
    for service in ("sudo", "su", "login"):
        place.service(service, f"auth required {MODULE} timeout=5")
    # login's own file makes the session, which tests are in
    place.m.shell("grep -q pam_systemd /etc/pam.d/login || echo 'session "
                  "required pam_systemd.so' >>/etc/pam.d/login", check=True)
    place.m.run("rm", "-f", "/run/vm/by-sudo")
    place.used = place.keys.stats("a")["touch"]["used"]


def let_in(place):
    assert place.m.exists("/run/vm/by-sudo"), place.logged()
    assert place.verdict()[0] == "granted"


def kept_out(place, why):
    """Not known to be here, for that reason, and the key was not touched."""
    assert not place.m.exists("/run/vm/by-sudo")
    assert place.verdict() == ("not-local", why), place.logged()
    assert place.keys.stats("a")["touch"]["used"] == place.used


def test_the_seats_user_lists_and_verifies_without_a_group(seated):
    seated.plug(YK)
    assert [t["status"] for t in seated.list(user="alice")] == ["usable"]
    assert [t["status"] for t in seated.list(user="bob")] == ["no-permission"]


def test_the_seats_user_gets_everything_about_a_key(seated):
    seated.plug(YK)
    done = seated.tb("info", "--json", user="alice", timeout=120)
    assert done.code == 0 and "12345678" in done.out, done
    done = seated.tb("info", user="bob", timeout=120)
    assert done.code == 10 and "permission" in done.out, done


def test_a_session_at_the_seat_may_use_the_key_for_sudo(seated):
    ready(seated)
    in_session(seated, *SUDO)
    let_in(seated)


def test_a_session_that_is_not_in_front_may_not(seated):
    ready(seated)
    done = in_session(seated, *SUDO, front=FRONT)
    assert done.code != 0
    kept_out(seated, "the session is not the one in front at its seat")


def test_a_process_in_no_session_is_at_no_terminal_that_it_names(seated):
    """alice sits at that console, in front, at that moment."""
    ready(seated)
    done = seated.m.shell("runuser -u bob -- su alice -c "
                          "'touch /run/vm/by-sudo' </dev/tty1")
    assert done.code != 0, done
    kept_out(seated, "it runs in no session of this machine")
    assert "You are not known to be at this machine: it runs in no session " \
        "of this machine." in done.out + done.err


def test_what_a_session_leaves_behind_is_nobody(seated):
    ready(seated)
    seated.m.run("rm", "-f", "/run/vm/go", "/run/vm/went")
    seated.m.write("/run/vm/later", "#!/bin/sh\nuntil [ -e /run/vm/go ]; do "
                   "sleep 0.2; done\nsudo touch /run/vm/by-sudo\n"
                   "touch /tmp/went\n", 0o755)
    in_session(seated, "sh", "-c", "setsid /run/vm/later >/dev/null 2>&1 "
               "</dev/null & sleep 1")
    assert "State=closing" in seated.m.shell(
        "for s in $(loginctl list-sessions --no-legend | awk '{print $1}'); "
        "do loginctl show-session -p State $s; done").out
    seated.show(seated.m, CONSOLE)
    try:
        seated.m.shell("touch /run/vm/go; for i in $(seq 100); do "
                       "[ -e /tmp/went ] && exit; sleep 0.2; done; exit 1",
                       check=True)
    finally:
        seated.show(seated.m, FRONT)
    kept_out(seated, "the session is not the one in front at its seat")


def by_manager(place, *words):
    """As alice's desktop starts a program: under user@.service."""
    uid = place.m.run("id", "-u", "alice").out.strip()
    return place.m.run("systemd-run", "--user", "--quiet", "--wait", "--pipe",
                       *words, user="alice", timeout=180,
                       env={"XDG_RUNTIME_DIR": f"/run/user/{uid}"})


def remotely(place, port, words):
    """As alice over ssh, in a session of logind's."""
    place.service("sshd", "auth required pam_permit.so")
    place.m.shell("grep -q pam_systemd /etc/pam.d/sshd || echo 'session "
                  "required pam_systemd.so' >>/etc/pam.d/sshd; "
                  "install -d -m 700 -o alice -g alice /home/alice/.ssh; "
                  "rm -f /run/vm/key*; ssh-keygen -q -t ed25519 -N '' -f "
                  "/run/vm/key; install -m 600 -o alice -g alice "
                  "/run/vm/key.pub /home/alice/.ssh/authorized_keys",
                  check=True)
    return place.m.start(
        "ssh", "-tt", "-p", str(port), "-i", "/run/vm/key", "-o",
        "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "alice@127.0.0.1", words)


def test_a_session_from_afar_may_not(seated):
    """The same user, at the same moment, has a session at the seat too."""
    ready(seated)
    with seated.m.sshd(port=2202):
        done = remotely(seated, 2202, "loginctl session-status | grep Remote; "
                        "sudo touch /run/vm/by-sudo").wait(240)
    assert "Remote" in done.out, done
    assert "You are not known to be at this machine" in done.out
    kept_out(seated, "the session comes over the network")


def test_a_desktops_program_may_while_nobody_is_there_from_afar(seated):
    ready(seated)
    done = by_manager(seated, *SUDO)
    assert done.code == 0, done
    let_in(seated)
    seated.m.run("rm", "-f", "/run/vm/by-sudo")
    seated.used += 1
    with seated.m.sshd(port=2203):
        with remotely(seated, 2203, "echo here; sleep 600") as ssh:
            ssh.await_text("here", 240)
            by_manager(seated, *SUDO)
            kept_out(seated, "the user has a session over the network too")
            # which a console's own session is not
            in_session(seated, *SUDO)
            let_in(seated)
            # ... but what runs in a terminal window may be
            seated.m.run("rm", "-f", "/run/vm/by-sudo")
            seated.used += 1
            in_session(seated, "/usr/bin/python3", "-c", "import pty, sys; "
                       "pty.spawn(sys.argv[1:])", *SUDO)
            kept_out(seated, "the user has a session over the network too")
    seated.show(seated.m, CONSOLE)
    try:
        by_manager(seated, *SUDO)       # alice's first session is behind
    finally:
        seated.show(seated.m, FRONT)
    kept_out(seated, "the session is not the one in front at its seat")


def test_a_service_is_nobody_at_this_machine(seated):
    ready(seated)
    in_session(seated, *SUDO, properties=())
    kept_out(seated, "it runs in no session of this machine")


GETTY = 9
TYPE = """
import fcntl, sys, termios
with open("/dev/tty" + sys.argv[1], "rb", buffering=0) as tty:
    for letter in sys.argv[2].encode() + b"\\n":
        fcntl.ioctl(tty, termios.TIOCSTI, bytes([letter]))
"""


@pytest.mark.parametrize("front,word,why", [
    (FRONT, "not-local", "another console is in front"),
    (GETTY, "granted", "")])
def test_a_login_prompt_is_here_where_it_is_in_front(seated, front, word,
                                                     why):
    ready(seated)
    unit = f"getty@tty{GETTY}.service"
    seated.m.run("systemctl", "start", unit, check=True)
    seated.show(seated.m, front)
    try:
        seated.m.shell(f"for i in $(seq 150); do grep -qa 'login:' "
                       f"/dev/vcs{GETTY} && exit; sleep 0.2; done; exit 1",
                       check=True)
        seated.m.run("/usr/bin/python3", "-c", TYPE, str(GETTY), "alice",
                     check=True)
        seated.m.shell(f"for i in $(seq 150); do grep -q 'service=login.*"
                       "result=' /run/vm/log && exit; sleep 0.2; done; "
                       "exit 1", check=True)
        assert seated.verdict() == (word, why), seated.logged()
        assert "user=alice " in seated.logged()
    finally:
        seated.m.run("systemctl", "stop", unit)
        seated.show(seated.m, FRONT)


def as_unit(place, unit, service):
    """A program of root's in no session, as a display manager is."""
    return place.m.run("systemd-run", "--quiet", "--wait", "--collect",
                       f"--unit={unit}", "pamtester", service, "alice",
                       "authenticate", timeout=120)


def test_a_display_manager_is_here_while_its_greeter_is_in_front(seated):
    ready(seated)
    seated.service("gdm-password",
                   f"auth required {MODULE} seat=greeter timeout=5")
    seated.m.run("systemd-run", "--quiet", "--unit=a-greeter", "--uid=bob",
                 "--setenv=XDG_SESSION_CLASS=greeter", *AT_SEAT, "sleep",
                 "600", check=True)
    try:
        seated.show(seated.m, CONSOLE)
        in_front(seated, "Class=greeter")
        as_unit(seated, "gdm.service", "gdm-password")
        assert seated.verdict() == ("granted", ""), seated.logged()
        as_unit(seated, "other.service", "gdm-password")
        assert seated.verdict() == (
            "not-local", "the program's unit is not among greeter_units")
        seated.show(seated.m, FRONT)
        in_front(seated, "Class=user")
        as_unit(seated, "gdm.service", "gdm-password")
        assert seated.verdict() == (
            "not-local", "the session in front is no greeter"), seated.logged()
    finally:
        seated.m.run("systemctl", "stop", "a-greeter", check=True)
        seated.show(seated.m, FRONT)


def test_a_locked_session_is_unlocked_by_its_users_key(seated):
    ready(seated)
    seated.service("locker", f"auth required {MODULE} seat=unlock timeout=5")
    session = in_front(seated, "Name=alice")

    def lock(hint):
        path = seated.m.shell(
            "busctl call org.freedesktop.login1 /org/freedesktop/login1 "
            "org.freedesktop.login1.Manager GetSession s "
            f"{session}").out.split('"')[1]
        seated.m.run("busctl", "call", "org.freedesktop.login1", path,
                     "org.freedesktop.login1.Session", "SetLockedHint", "b",
                     hint, user="alice", check=True)
    as_unit(seated, "gdm.service", "locker")
    assert seated.verdict() == ("not-local", "the session is not locked")
    lock("true")
    try:
        as_unit(seated, "gdm.service", "locker")
        assert seated.verdict() == ("granted", ""), seated.logged()
        seated.m.shell("sed -i s/unlock/greeter/ /etc/pam.d/locker")
        as_unit(seated, "gdm.service", "locker")
        assert seated.verdict()[0] == "not-local", seated.logged()
    finally:
        lock("false")


IAM = f"""
import json, sys, time
sys.path[:0] = [{str(RIG)!r}]
from iam.client import LocalIAM
iam = LocalIAM().start(80)      # the machine is slow; it ends with us
iam.add_user("alice", password=True)
print(json.dumps(iam.env("admin")), flush=True)
time.sleep(600)
"""


def test_the_seats_user_enrolls_and_who_may_not_is_told_so(seated):
    seated.set_up(YK)
    with seated.m.pcscd(), seated.m.start(
            os.environ["TB_PYTHON"], "-c", IAM) as iam:
        iam.await_text("AWS_ENDPOINT_URL", 90)
        env = json.loads(iam.look().out.splitlines()[0])

        def enroll(user):
            site = f"/home/{user}/site.db"
            for words in (("registry", "init", "--rehearsal"),
                          ("enroll", "alice", "--method", "totp")):
                done = seated.tb(*words, "--registry", site, user=user,
                                 env=env, timeout=120)
            return done
        done = enroll("bob")
        assert done.code == 1 and "no permission to open" in done.err, done
        assert seated.keys.stats("a")["touch"]["used"] == 0
        done = enroll("alice")
        assert done.code == 0 and "Enrolled" in done.out, done
    assert len(seated.keys.stats("a")["accounts"]) == 1
