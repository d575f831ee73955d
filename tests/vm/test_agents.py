# SPDX-License-Identifier: Apache-2.0
"""The helper of polkit's agents, in the sandboxes that its authors published:
of version 127, and of the one after it, which lets it see tokens."""
import pytest

from place import MODULE
from test_lockers import LOG, SOCKET, UNITS, lockers, told  # noqa: F401
from test_sessions import by_manager

HELPER = "/usr/lib/polkit-1/polkit-agent-helper-1"
SAID = f"{LOG}.agent"

# data/polkit-agent-helper@.service.in, what is in both
COMMON = f"""[Service]
Type=oneshot
ExecStart={HELPER} alice
SuccessExitStatus=1 2
StandardInput=socket
StandardOutput=socket
StandardError=append:{SAID}
DevicePolicy=strict
DeviceAllow=/dev/null rw
LimitMEMLOCK=0
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateNetwork=yes
PrivateTmp=yes
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
ProtectSystem=strict
ProtectClock=yes
ProtectHostname=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
"""
PUBLISHED = {
    "127": COMMON + "PrivateDevices=yes\nProtectHome=yes\n",
    "later": COMMON + "PrivateDevices=no\nProtectHome=no\n"
             "DeviceAllow=/dev/urandom r\nDeviceAllow=char-hidraw rw\n",
}
# An agent's part: a cookie, then what the helper says, line by line. polkit
# does not know the cookie: behind a login that is granted, it says FAILURE
ASK = """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("/run/vm/agent")
s.sendall(b"0-cookie\\n")
while True:
    part = s.recv(4096)
    if not part:
        break
    print(part.decode(), end="", flush=True)
"""


@pytest.fixture(params=sorted(PUBLISHED))
def agent(lockers, request):  # noqa: F811
    if not lockers.m.exists(HELPER):
        pytest.skip(f"{HELPER} is not in this system's packages")
    lockers.service("polkit-1", f"auth required {MODULE} seat=peer timeout=15")
    lockers.m.write(f"{UNITS}/vm-polkit.socket",
                    "[Socket]\nListenStream=/run/vm/agent\nAccept=yes\n"
                    "SocketMode=0666\n")
    lockers.m.write(f"{UNITS}/vm-polkit@.service", PUBLISHED[request.param])
    lockers.m.shell(f"rm -f {SAID}; systemctl daemon-reload; systemctl start "
                    "vm-polkit.socket", check=True)
    yield lockers
    lockers.m.run("systemctl", "stop", "vm-polkit.socket")


def test_the_agents_helper_asks_the_key_of_who_sits_here(agent):
    done = by_manager(agent, "/usr/bin/python3", "-c", ASK)
    assert told(agent) == [("alice", "polkit-1", "granted")], done
    assert "PAM_TEXT_INFO Touch the security key to let alice in" in done.out
    agent.used += 1
    # nothing else went wrong: as that the counter cannot be kept
    assert agent.m.read(LOG).decode().startswith("<5>")
    done = agent.m.run("/usr/bin/python3", "-c", ASK)   # in no session
    assert told(agent)[1] == ("alice", "polkit-1", "not-local"), done
    assert "PAM_ERROR_MSG You are not known to be at this machine: it runs " \
        "in no session of this machine." in done.out
    agent.keys.touch("a", "withhold")
    done = by_manager(agent, "/usr/bin/python3", "-c", ASK)
    assert told(agent)[2] == ("alice", "polkit-1", "not-touched"), done
    assert "FAILURE" in done.out
    agent.keys.touch("a", "give")
    # it is a sandbox: without our socket nobody gets in
    agent.m.run("systemctl", "stop", SOCKET, check=True)
    try:
        done = by_manager(agent, "/usr/bin/python3", "-c", ASK)
        assert "FAILURE" in done.out, done
        assert agent.keys.stats("a")["touch"]["used"] == agent.used
    finally:
        agent.m.run("systemctl", "start", SOCKET, check=True)
