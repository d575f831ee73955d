# SPDX-License-Identifier: Apache-2.0
"""Display managers as their packages have them: greetd with its own greeter,
and LightDM with one that speaks its protocol. Each asks for key and password."""
import pytest

from place import FRONT, MODULE, in_front
from test_sessions import TYPE, ready

VT = 7
PASSWORD = "a password"
IN = "/tmp/vm-logged-in"
ASK, SAID = "/run/vm/greeter-ask", "/run/vm/greeter-said"

SESSION = f"""#!/bin/sh
loginctl show-session "$XDG_SESSION_ID" -p Name -p Class >{IN}.new
mv {IN}.new {IN}
sleep 600
"""

# Asks in the name of whoever is written into ASK, each time that changes, and
# answers every prompt with the password.
GREETER = f"""#!/usr/bin/python3
import gi
gi.require_version("LightDM", "1")
from gi.repository import GLib, LightDM
greeter, asked = LightDM.Greeter(), ""

def say(*words):
    with open("{SAID}", "a") as out:
        print(*words, file=out)

def look():
    global asked
    with open("{ASK}") as file:
        new = file.read()
    if new != asked:
        asked = new
        greeter.authenticate(new.split()[0])
    return True

def end(greeter):
    say("in" if greeter.get_is_authenticated() else "out")
    if greeter.get_is_authenticated():
        greeter.start_session_sync("vm")

greeter.connect("show-prompt",
                lambda g, text, kind: g.respond("{PASSWORD}"))
greeter.connect("show-message", lambda g, text, kind: say(text))
greeter.connect("authentication-complete", end)
greeter.connect_to_daemon_sync()
GLib.timeout_add(200, look)
GLib.MainLoop().run()
"""
# For LightDM an X server is what tells it that it is ready; it puts the
# console in front by itself. Ours draws nowhere.
SERVER = """#!/bin/sh
exec Xvfb "$1" -auth "$(echo "$*" | sed 's/.*-auth \\([^ ]*\\).*/\\1/')" \\
    -nolisten tcp -screen 0 320x240x16
"""
LIGHTDM = """[LightDM]
minimum-vt=7
[Seat:*]
xserver-command=/run/vm/server
greeter-session=vm
greeter-hide-users=true
user-session=vm
session-wrapper=/run/vm/wrapper
"""


class Display:
    """A display manager; once it was started its greeter is in front."""

    def __init__(self, place, name):
        self.at, self.m, self.name = place, place.m, name
        self.m.shell(f"echo 'alice:{PASSWORD}' | chpasswd; "
                     f"rm -f {IN} {SAID} {ASK}; : >{SAID}; : >{ASK}; "
                     f"chmod 666 {SAID}", check=True)
        self.m.write("/run/vm/session", SESSION, 0o755)
        place.service(name, f"auth required {MODULE} seat=greeter timeout=30",
                      "@include common-auth",
                      "session required pam_systemd.so")

    def start(self):
        getattr(self, self.name)()
        self.m.run("systemctl", "start", f"{self.name}.service", check=True)
        self.await_greeter()

    def need(self, path, user):
        if not self.m.exists(path):
            pytest.skip(f"{path} is not in this system's packages")
        self.m.shell(f"id {user} 2>/dev/null || useradd -r -M -s /bin/sh -d "
                     f"/var/lib/{user} {user}", check=True)

    def greetd(self):
        self.need("/usr/sbin/greetd", "_greetd")
        self.m.write("/etc/greetd/config.toml", f"[terminal]\nvt = {VT}\n"
                     "[default_session]\ncommand = \"/usr/sbin/agreety "
                     "--cmd /run/vm/session\"\nuser = \"_greetd\"\n")

    def lightdm(self):
        self.need("/usr/sbin/lightdm", "lightdm")
        for path in ("/usr/share/xgreeters", "/usr/share/xsessions"):
            what = "greeter" if path.endswith("greeters") else "session"
            self.m.write(f"{path}/vm.desktop", "[Desktop Entry]\nType="
                         f"Application\nName=vm\nExec=/run/vm/{what}\n")
        self.m.write("/run/vm/greeter", GREETER, 0o755)
        self.m.write("/run/vm/server", SERVER, 0o755)
        self.m.write("/run/vm/wrapper", "#!/bin/sh\nexec $*\n", 0o755)
        self.m.write("/etc/lightdm/lightdm.conf", LIGHTDM)
        self.m.shell("mkdir -p /var/lib/lightdm /var/log/lightdm "
                     "/var/cache/lightdm; chown lightdm /var/lib/lightdm",
                     check=True)

    def await_greeter(self):
        in_front(self.at, "Class=greeter")
        if self.name == "greetd":
            self.await_screen("login:")

    def await_screen(self, text):
        self.m.shell(f"for i in $(seq 300); do grep -qa '{text}' "
                     f"/dev/vcs{VT} && exit; sleep 0.2; done; exit 1",
                     timeout=180, check=True)

    def type(self, text):
        self.m.run("/usr/bin/python3", "-c", TYPE, str(VT), text, check=True)

    def log_in(self, user="alice"):
        """Somebody at the greeter gives name and password; until our line has
        said its word."""
        self.m.shell(": >/run/vm/log", check=True)
        if self.name == "greetd":
            self.type(user)
        else:
            self.m.shell(f"echo {user} $RANDOM >{ASK}", check=True)
        self.m.shell("for i in $(seq 300); do grep -q result= /run/vm/log && "
                     "exit; sleep 0.2; done; exit 1", timeout=180, check=True)
        if self.name == "greetd":
            self.await_screen("assword:")
            self.type(PASSWORD)
        return self.at.verdict()

    def said(self):
        if self.name == "greetd":
            return self.m.read(f"/dev/vcs{VT}").decode("latin-1")
        return self.m.read(SAID).decode()

    def session(self):
        """Name and class, once it has begun."""
        self.m.shell(f"for i in $(seq 300); do [ -e {IN} ] && exit; "
                     "sleep 0.2; done; exit 1", timeout=180, check=True)
        return self.m.read(IN).decode()

    def stop(self):
        # a greeter at its prompt does not end when it is asked to
        self.m.shell(f"systemctl kill -s KILL {self.name}.service; "
                     f"systemctl stop {self.name}.service")
        self.m.shell("loginctl list-sessions --no-legend | while read s rest; "
                     f"do loginctl show-session $s -p VTNr | grep -qx VTNr={VT} "
                     "&& loginctl terminate-session $s; done")
        self.at.show(self.m, FRONT)


@pytest.fixture(params=["greetd", "lightdm"])
def display(seated, request):
    ready(seated)
    shown = Display(seated, request.param)
    try:
        shown.start()
        yield shown
    finally:
        shown.stop()


def test_a_display_manager_lets_in_by_key_and_password_at_its_greeter(display):
    at = display.at
    # alice's own console is in front: she could be asked to touch
    at.show(at.m, FRONT)
    in_front(at, "Name=alice")
    assert display.log_in() == (
        "not-local", "the session in front is no greeter")
    assert at.keys.stats("a")["touch"]["used"] == at.used
    at.show(at.m, VT)
    display.await_greeter()
    at.keys.unplug("a")
    assert display.log_in()[0] == "no-token"
    assert "Your security key is not plugged in." in display.said()
    assert not at.m.exists(IN)
    at.keys.plug("a")
    display.await_greeter()
    assert display.log_in() == ("granted", ""), at.logged()
    assert "Touch the security key to let alice in on station" in \
        display.said()
    told = display.session()
    assert "Name=alice" in told and "Class=user" in told, told
    assert f"service={display.name} " in at.logged()
