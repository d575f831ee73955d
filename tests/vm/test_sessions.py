# SPDX-License-Identifier: Apache-2.0
"""Sessions that logind knows: who sits here, and who only seems to."""
import json
import os
import pathlib

from place import MODULE, YK

RIG = pathlib.Path(__file__).resolve().parent.parent / "rig"

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
