# SPDX-License-Identifier: Apache-2.0
"""Screen lockers, which run as the user: systemd's own socket, its sandbox and
logind's own sessions."""
import pytest

from place import MODULE
from test_sessions import by_manager, in_session, ready

LOG = "/run/vm/lockers"
UNITS = "/run/systemd/system"
SOCKET = "tokenbridge-auth.socket"
UNLOCK = ("pamtester", "swaylock", "alice", "authenticate")


@pytest.fixture
def lockers(seated):
    """The socket, and where systemd puts what its helpers log: this machine
    has no journal."""
    ready(seated)
    seated.service("swaylock", f"auth required {MODULE} timeout=5")
    seated.m.run("mkdir", "-p", f"{UNITS}/tokenbridge-auth@.service.d",
                 check=True)
    seated.m.write(f"{UNITS}/tokenbridge-auth@.service.d/log.conf",
                   f"[Service]\nStandardError=append:{LOG}\n")
    seated.m.shell(f"rm -f {LOG}; systemctl daemon-reload; "
                   f"systemctl enable --now {SOCKET}", check=True)
    yield seated
    seated.m.run("systemctl", "disable", "--now", SOCKET, check=True)


def told(place):
    """Service and result of each line of the helpers', once they have all
    ended."""
    place.m.shell("for i in $(seq 150); do systemctl list-units --no-legend "
                  "'tokenbridge-auth@*' | grep -q . || exit 0; sleep 0.2; "
                  "done; exit 1", check=True)
    words = [dict(word.split("=", 1) for word in line.partition(">")[2]
                  .split(": ")[0].split()) for line in
             place.m.read(LOG).decode().splitlines()]
    return [(w["user"], w["service"], w["result"]) for w in words]


def test_the_socket_is_off_until_somebody_wants_it(seated):
    ready(seated)
    seated.service("swaylock", f"auth required {MODULE} timeout=5")
    assert seated.m.run("systemctl", "is-enabled", SOCKET).out == "disabled\n"
    assert by_manager(seated, *UNLOCK).code != 0
    assert seated.verdict() == (
        "not-root", "cannot reach '/run/tokenbridge/auth': No such file or "
        "directory")


def test_a_program_of_a_desktop_s_is_let_in(lockers):
    done = by_manager(lockers, *UNLOCK)
    assert done.code == 0, lockers.logged()
    assert lockers.verdict() == ("granted", "")
    assert "Touch the security key to let alice in on station (swaylock)." \
        in done.out
    assert told(lockers) == [("alice", "swaylock", "granted")]
    line = lockers.m.read(LOG).decode()
    uid = lockers.m.run("id", "-u", "alice").out.strip()
    assert line.startswith("<5>") and f" uid={uid} " in line


def test_a_session_is_let_in_while_it_is_in_front(lockers):
    # its own is alice's second one: the first is behind meanwhile
    done = in_session(lockers, *UNLOCK)
    assert done.code == 0, lockers.logged()
    assert lockers.verdict() == ("granted", "")
    done = in_session(lockers, *UNLOCK, front=20)   # nobody's console
    assert done.code != 0
    assert lockers.verdict() == (
        "not-local", "the session is not the one in front at its seat")
    assert told(lockers) == [("alice", "swaylock", "granted"),
                             ("alice", "swaylock", "not-local")]


def test_whomever_somebody_names_it_is_his_own_key_that_counts(lockers):
    used = lockers.keys.stats("a")["touch"]["used"]
    done = lockers.m.run(*UNLOCK, user="bob", timeout=120)
    assert done.code != 0
    assert lockers.verdict()[0] == "no-token-bound"
    assert told(lockers) == [("bob", "swaylock", "no-token-bound")]
    assert lockers.keys.stats("a")["touch"]["used"] == used


def test_another_service_is_refused(lockers):
    done = by_manager(lockers, "pamtester", "sudo", "alice", "authenticate")
    assert done.code != 0
    assert lockers.verdict() == (
        "not-listed", "the service is not among locker_services")
    assert told(lockers) == [("alice", "sudo", "not-listed")]


CALLS = """
import socket, sys, time
held = []
for i in range(int(sys.argv[1])):
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/tokenbridge/auth")
    held.append(s)
print("held", flush=True)
time.sleep(600)
"""


def test_a_crowd_of_calls_closes_it_for_nobody_else(lockers):
    # a helper takes long to start on this machine, and they start in turn
    lockers.service("swaylock", f"auth required {MODULE} timeout=60")
    with lockers.m.start("runuser", "-u", "bob", "--", "/usr/bin/python3",
                         "-c", CALLS, "40") as crowd:
        crowd.await_text("held", 120)
        done = by_manager(lockers, *UNLOCK)
        assert done.code == 0, lockers.logged()
    assert lockers.m.run("systemctl", "is-active", SOCKET).out == "active\n"
    done = by_manager(lockers, *UNLOCK)
    assert done.code == 0, lockers.logged()
    results = told(lockers)
    assert results.count(("alice", "swaylock", "granted")) == 2
    assert {word for user, _, word in results if user == "bob"} <= {
        "error", "too-often"}


AGENT = f"""[Service]
ExecStart=pamtester polkit-1 alice authenticate
StandardInput=socket
StandardOutput=append:{LOG}.agent
PrivateDevices=yes
NoNewPrivileges=yes
"""
ASK = """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("/run/vm/agent")
s.recv(1)
"""


def test_roots_program_without_devices_is_served_too(lockers):
    """As the helper of polkit's agents, from version 127 on."""
    lockers.service("polkit-1", f"auth required {MODULE} seat=peer timeout=5")
    lockers.m.write(f"{UNITS}/vm-agent-helper.socket",
                    "[Socket]\nListenStream=/run/vm/agent\nAccept=yes\n"
                    "SocketMode=0666\n")
    lockers.m.write(f"{UNITS}/vm-agent-helper@.service", AGENT)
    lockers.m.shell("systemctl daemon-reload; systemctl start "
                    "vm-agent-helper.socket", check=True)
    try:
        by_manager(lockers, "/usr/bin/python3", "-c", ASK)
        assert told(lockers) == [("alice", "polkit-1", "granted")]
        lockers.m.run("/usr/bin/python3", "-c", ASK)    # in no session
        assert told(lockers)[1] == ("alice", "polkit-1", "not-local")
        assert lockers.m.read(LOG).decode().endswith(
            ": it runs in no session of this machine\n")
        agent = lockers.m.read(f"{LOG}.agent").decode()
        assert "let alice in on station (polkit-1)." in agent, agent
    finally:
        lockers.m.run("systemctl", "stop", "vm-agent-helper.socket")


# A desktop of alice's with nothing but a locker, at which she presses Enter until
# our helper has spoken
DESKTOP = f"""#!/bin/sh
press() {{
    for i in $(seq 90); do
        [ -s {LOG} ] && return
        "$@"
        sleep 1
    done
}}
Xvfb :5 -nolisten tcp & under=$!
until [ -e /tmp/.X11-unix/X5 ]; do sleep 0.2; done
export DISPLAY=:5
i3lock -n & lock=$!
press xdotool key Return
( sleep 20; kill $lock ) & guard=$!
wait $lock
code=$?
kill $guard $under
exit $code
"""
PLACES = {
    "at the seat": in_session,
    "by the user's manager": by_manager,
    "behind": lambda *words: in_session(*words, front=20),
}


@pytest.mark.parametrize("where", PLACES)
def test_a_locker_as_it_is_is_unlocked_by_the_key(lockers, where):
    lockers.service("i3lock", f"auth required {MODULE} timeout=5")
    lockers.m.write("/run/vm/desktop", DESKTOP, 0o755)
    done = PLACES[where](lockers, "/run/vm/desktop")
    if where == "behind":
        assert told(lockers)[0] == ("alice", "i3lock", "not-local"), done
        assert done.code != 0
    else:
        assert told(lockers)[0] == ("alice", "i3lock", "granted"), done
        assert done.code == 0, done
