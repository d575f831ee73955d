# SPDX-License-Identifier: Apache-2.0
"""Every PAM host against every state of the key: only the right key, touched
and with the right PIN, lets in."""
import time

import pytest

from place import CONSOLE, MODULE, OTHER, PROMPT, YK, Place

PIN = "314159"
ASK = "PIN of your security key"
MARK = "/tmp/let-in"
# alice has key a; bob has key p and its PIN; nobody here has key b
KEYS = (YK, OTHER, {"name": "p", "profile": "yubikey5", "serial": 33333333,
                    "pin": PIN})

# What each host is told to do for a user: to write MARK as that user, or as
# root. login starts the user's shell, which reads /etc/profile.d; that of
# util-linux hangs up its terminal and gets it again as the session's leader
HOSTS = {
    "pamtester": f"pamtester pamtester USER authenticate && touch {MARK}",
    "sudo": f"runuser -u USER -- sudo touch {MARK}",
    "su": f"runuser -u nobody -- su USER -c 'touch {MARK}'",
    "login": "exec login USER",
}

# Types TEXT at a console once PROMPT stands there and the echo is off
TYPIST = """
import fcntl, os, sys, termios, time
number, prompt, text = sys.argv[1:]
end = time.monotonic() + 60
# not as the shell's own terminal, when login gives it up for a moment
with open("/dev/tty" + number, "rb", buffering=0, opener=lambda path, how:
          os.open(path, how | os.O_NOCTTY)) as tty:
    while time.monotonic() < end:
        with open("/dev/vcs" + number, "rb") as screen:
            asked = prompt.encode() in screen.read()
        if asked and not termios.tcgetattr(tty)[3] & termios.ECHO:
            for letter in (text + "\\n").encode():
                fcntl.ioctl(tty, termios.TIOCSTI, bytes([letter]))
            sys.exit(0)
        time.sleep(0.1)
sys.exit("not asked")
"""


class Hosts(Place):
    """A place whose keys are enrolled once for all tests."""

    def __init__(self, machine):
        super().__init__(machine)
        self.set_up(*KEYS)
        self.enroll("alice", "--token", "12345678")
        self.enroll("bob", "--token", "33333333", "--verify-required",
                    pin=PIN)
        for host in HOSTS:
            self.service(host, f"auth required {MODULE} timeout=10")
        self.m.write("/etc/sudoers.d/hosts", "ALL ALL=(ALL) ALL\n"
                     "Defaults timestamp_timeout=0, passwd_tries=1\n", 0o440)
        self.m.write("/etc/profile.d/hosts.sh", f"touch {MARK}\n")

    def fresh(self):
        for name in ("a", "b", "p"):
            there = self.keys.hidraw(name)
            if there and name == "p":  # which counts wrong PINs until then
                self.keys.replug(name)
            elif not there:
                self.keys.plug(name)
            self.keys.touch(name, "give")
        self.keys.set("p", pin_retries=8)
        self.m.settle()
        self.m.shell(f"rm -f {MARK}; : >/run/vm/log; "
                     f"printf '\\033c' >/dev/tty{CONSOLE}", check=True)

    def screen(self):
        return self.m.read(f"/dev/vcs{CONSOLE}").decode("latin-1")

    def attempt(self, host, user="alice", pin=None, during=None):
        """Somebody at the console tries; whether that let in."""
        words = HOSTS[host].replace("USER", user)
        self.m.write("/run/vm/attempt", f"{words}\necho it ended\n")
        tty = f"/dev/tty{CONSOLE}"
        program = self.m.start("sh", "-c", f"exec {PROMPT} setsid -w -c sh "
                               f"/run/vm/attempt <{tty} >{tty} 2>&1")
        try:
            if pin is not None:
                self.m.run("/usr/bin/python3", "-c", TYPIST, str(CONSOLE),
                           ASK, pin, check=True)
            if during:
                during()
            end = time.monotonic() + 60
            while time.monotonic() < end:
                if self.m.exists(MARK):
                    return True
                screen = self.screen()
                if "it ended" in screen or "Login incorrect" in screen:
                    return self.m.exists(MARK)
                time.sleep(0.2)
            raise AssertionError(f"{host} hangs: {self.screen()}")
        finally:
            self.m.run("pkill", "-KILL", "-t", f"tty{CONSOLE}")
            program.stop()

    def result(self):
        """The last result in the log."""
        return self.logged().rsplit("result=", 1)[1].split()[0]


@pytest.fixture(scope="module")
def enrolled(machine):
    at = Hosts(machine)
    yield at
    machine.run("rm", "-f", "/etc/sudoers.d/hosts", "/etc/profile.d/hosts.sh")
    at.close()


@pytest.fixture(params=sorted(HOSTS))
def host(request, enrolled):
    enrolled.fresh()
    return request.param


def test_the_key_lets_in(enrolled, host):
    assert enrolled.attempt(host), enrolled.screen()
    assert enrolled.result() == "granted"
    assert f"service={host} " in enrolled.logged()


def test_a_key_that_is_not_touched(enrolled, host):
    enrolled.keys.touch("a", "withhold")
    assert not enrolled.attempt(host)
    assert enrolled.result() == "not-touched"


def test_another_key(enrolled, host):
    used = [enrolled.keys.stats(key)["touch"]["used"] for key in "bp"]
    enrolled.keys.unplug("a")
    assert not enrolled.attempt(host)
    assert enrolled.result() == "no-token"
    assert used == [enrolled.keys.stats(key)["touch"]["used"] for key in "bp"]


def test_a_key_that_is_pulled_out_while_it_blinks(enrolled, host):
    enrolled.keys.touch("a", "withhold")

    def pull():
        enrolled.keys.wait("a")
        enrolled.keys.unplug("a")
    assert not enrolled.attempt(host, during=pull)
    assert enrolled.result() != "granted"


def test_no_key_at_all(enrolled, host):
    for name in ("a", "b", "p"):
        enrolled.keys.unplug(name)
    assert not enrolled.attempt(host)
    assert enrolled.result() == "no-token"
    # also by sudo, which wants no word of a module's (PAM_SILENT)
    assert "not plugged in" in enrolled.screen()


def test_a_key_that_another_program_holds(enrolled, host):
    node = enrolled.keys.hidraw("a")
    with enrolled.m.start("flock", node, "sleep", "60"):
        enrolled.m.shell(f"until ! flock -n {node} true; do :; done")
        pid = enrolled.m.run("pgrep", "-x", "flock").out.strip()
        assert not enrolled.attempt(host)
    assert enrolled.result() == "token-busy"
    assert f"is held by flock (pid {pid})" in enrolled.logged()


def test_the_right_pin_lets_in(enrolled, host):
    assert enrolled.attempt(host, "bob", PIN), enrolled.screen()
    assert enrolled.result() == "granted"
    assert PIN not in enrolled.screen() and PIN not in enrolled.logged()


def test_a_wrong_pin(enrolled, host):
    assert not enrolled.attempt(host, "bob", "271828")
    assert enrolled.result() == "pin-wrong", enrolled.screen()
    assert enrolled.keys.stats("p")["pin_retries"] == 7


def test_a_pin_that_is_blocked_for_good(enrolled, host):
    enrolled.keys.set("p", pin_retries=0)
    assert not enrolled.attempt(host, "bob")
    assert enrolled.result() == "pin-dead"
