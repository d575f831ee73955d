# SPDX-License-Identifier: Apache-2.0
"""People and jobs that are not here, though alice sits at the machine: real
ssh with a terminal, whatever is run behind it, and real cron."""
import re

import pytest

from test_sessions import ready, remotely

PORT = 2204
REMOTE = "the session comes over the network"
NO_SESSION = "it runs in no session of this machine"
DO = "touch /run/vm/by-sudo"
# What somebody may try in a session over ssh, and why it is refused
TRIES = (
    (f"sudo {DO}", REMOTE),
    (f"su alice -c '{DO}'", REMOTE),
    (f"script -qec 'sudo {DO}' /dev/null", REMOTE),         # a pty within
    (f"setsid -w sudo {DO} </dev/null 2>&1 | cat", REMOTE),  # no terminal
    (f"setsid -w sudo {DO} </dev/tty1", REMOTE),             # the console
    (f"DISPLAY=:0 sudo {DO}", REMOTE),
    ("XDG_RUNTIME_DIR=/run/user/$(id -u) systemd-run --user --quiet --wait "
     f"--pipe sudo {DO}", "the user has a session over the network too"),
)
JOBS = (f"alice sudo {DO}", f"bob su alice -c '{DO}'",
        f"alice setsid -w sudo {DO} </dev/tty1")


def refused(place, number):
    """Why, of so many attempts, none of which had the key touched."""
    assert not place.m.exists("/run/vm/by-sudo")
    assert place.keys.stats("a")["touch"]["used"] == place.used
    found = re.findall(r"result=(\S+) ms=\d+: (.*)", place.logged())
    assert len(found) == number, place.logged()
    assert {word for word, _ in found} == {"not-local"}, found
    return [why for _, why in found]


def test_over_ssh_nobody_has_the_key_touched(seated):
    ready(seated)
    words = "; ".join(words for words, _ in TRIES)
    with seated.m.sshd(port=PORT):
        with remotely(seated, PORT, f"tty; {words}; echo it ended") as ssh:
            ssh.await_text("it ended", 400)
            assert "/dev/pts/" in ssh.look().out, ssh.look()
    assert refused(seated, len(TRIES)) == [why for _, why in TRIES]


def cron(place, *jobs):
    """Runs each once, as at a start of the machine."""
    if not place.m.exists("/usr/sbin/cron"):
        pytest.skip("/usr/sbin/cron is not in this system's packages")
    place.m.write("/etc/cron.d/vm", "".join(f"@reboot {job}\n"
                                            for job in jobs))
    place.m.shell("rm -f /run/crond.reboot /run/crond.pid; "
                  "mkdir -p /var/spool/cron/crontabs", check=True)
    place.m.run("systemd-run", "--quiet", "--collect", "--unit=vm-cron",
                "/usr/sbin/cron", "-f", check=True)
    try:
        place.m.shell(f"for i in $(seq 600); do [ $(grep -c result= "
                      f"/run/vm/log) = {len(jobs)} ] && exit; sleep 0.2; "
                      "done; exit 1", timeout=200, check=True)
    finally:
        place.m.run("systemctl", "stop", "vm-cron.service")
        place.m.run("rm", "-f", "/etc/cron.d/vm")


def test_jobs_of_cron_s_are_nobody(seated):
    ready(seated)
    cron(seated, *JOBS)
    assert set(refused(seated, len(JOBS))) == {NO_SESSION}
    # also where an administrator has logind make sessions for them
    before = seated.m.read("/etc/pam.d/cron")
    seated.m.shell(": >/run/vm/log; echo 'session required pam_systemd.so' "
                   ">>/etc/pam.d/cron", check=True)
    try:
        cron(seated, JOBS[0])
    finally:
        seated.m.write("/etc/pam.d/cron", before)
    assert refused(seated, 1) == ["the session has no seat"]
