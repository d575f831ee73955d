# SPDX-License-Identifier: Apache-2.0
"""Sessions that logind knows: who sits here, and who only seems to."""
from place import MODULE, YK

AT_SEAT = ("--property=PAMName=login", "--property=TTYPath=/dev/tty5",
           "--property=StandardInput=tty", "--property=StandardOutput=tty")


def in_session(place, *words, properties=AT_SEAT):
    """Runs words as alice in a session of hers on a console."""
    return place.m.run("systemd-run", "--quiet", "--wait", "--uid=alice",
                       *properties, *words, timeout=180)


def ready(place):
    place.set_up(YK)
    place.enroll()
    place.m.write("/etc/sudoers.d/vm", "alice ALL=(ALL) ALL\n"
                  "Defaults timestamp_timeout=0\n", 0o440)
    place.service("sudo", f"auth required {MODULE} timeout=5")
    place.m.run("rm", "-f", "/run/vm/by-sudo")


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
    in_session(seated, "sudo", "touch", "/run/vm/by-sudo")
    assert seated.m.exists("/run/vm/by-sudo")


def test_a_session_from_afar_may_not(seated):
    """The same user, at the same moment, has a session at the seat too."""
    ready(seated)
    seated.service("sshd", "auth required pam_permit.so")
    seated.m.shell("grep -q pam_systemd /etc/pam.d/sshd || echo 'session "
                   "required pam_systemd.so' >>/etc/pam.d/sshd; "
                   "install -d -m 700 -o alice -g alice /home/alice/.ssh; "
                   "rm -f /run/vm/key*; ssh-keygen -q -t ed25519 -N '' -f "
                   "/run/vm/key; install -m 600 -o alice -g alice "
                   "/run/vm/key.pub /home/alice/.ssh/authorized_keys",
                   check=True)
    used = seated.keys.stats("a")["touch"]["used"]
    with seated.m.sshd(port=2202):
        done = seated.m.run(
            "ssh", "-tt", "-p", "2202", "-i", "/run/vm/key", "-o",
            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "alice@127.0.0.1", "loginctl session-status | grep Remote; "
            "sudo touch /run/vm/by-sudo", timeout=240)
    assert "Remote" in done.out, done
    assert not seated.m.exists("/run/vm/by-sudo")
    assert seated.keys.stats("a")["touch"]["used"] == used


def test_a_service_is_nobody_at_this_machine(seated):
    ready(seated)
    used = seated.keys.stats("a")["touch"]["used"]
    in_session(seated, "sudo", "touch", "/run/vm/by-sudo", properties=())
    assert not seated.m.exists("/run/vm/by-sudo")
    assert seated.keys.stats("a")["touch"]["used"] == used
