# SPDX-License-Identifier: Apache-2.0
"""Soft tokens behind device nodes of the kernel's, by both transports, seen by
programs that nobody here wrote."""
import base64
import re

import pytest

from samples import SOLO, YK
from vm import eventually

CDH = base64.b64encode(b"c" * 32).decode()
USER = base64.b64encode(b"user of alice").decode()


@pytest.fixture(scope="module", params=["uhid", "vhci"])
def keys(request, machine):
    """Two keys."""
    with machine.tokens(YK, SOLO, transport=request.param) as held:
        held.transport = request.param
        yield held


def test_a_key_is_listed_and_tells_what_it_is(machine, keys):
    listed = machine.run("fido2-token", "-L").out
    # without a USB parent libfido2 1.15 tells the kernel's name, 1.12 none
    strings = {"uhid": r"\( (Yubico YubiKey OTP\+FIDO\+CCID)?\)",
               "vhci": r"\(Yubico YubiKey OTP\+FIDO\+CCID\)"}
    assert re.search(f"{keys.hidraw('a')}: vendor=0x1050, product=0x0407 "
                     f"{strings[keys.transport]}\n", listed), listed
    told = machine.run("fido2-token", "-I", keys.hidraw("a"))
    assert told.code == 0
    assert "aaguid: a0f1c5d20b5e4e8f9a3657f045740001" in told.out
    assert "fwversion: 0x50704" in told.out
    assert keys.stats("a")["commands"]["getInfo"] >= 1


def test_two_keys_have_nodes_of_their_own(machine, keys):
    assert keys.hidraw("a") != keys.hidraw("b")
    told = machine.run("fido2-token", "-I", keys.hidraw("b")).out
    assert "aaguid: b71d09e84c2a4f0e8d1156780000c001" in told
    assert len(machine.run("fido2-token", "-L").out.splitlines()) == 2


class Paper:
    """The files of fido2-tools, in the guest."""

    def __init__(self, machine, node):
        self.machine, self.node = machine, node
        self.folder = machine.run("mktemp", "-d").out.strip()

    def file(self, name, *lines):
        path = f"{self.folder}/{name}"
        if lines:
            self.machine.write(path, "\n".join(lines) + "\n")
        return path

    def make(self):
        given = self.file("given", CDH, "example.com", "alice", USER)
        return self.machine.start("fido2-cred", "-M", "-i", given, "-o",
                                  self.file("credential"), self.node)

    def verify(self):
        done = self.machine.run("fido2-cred", "-V", "-i",
                                self.file("credential"), "-o",
                                self.file("verified"))
        text = self.machine.read(self.file("verified")).decode()
        self.file("key", text[text.index("-----BEGIN"):])
        return done.code, text.split("\n")[0]

    def get(self, credential):
        given = self.file("asked", CDH, "example.com", credential)
        return self.machine.start("fido2-assert", "-G", "-i", given, "-o",
                                  self.file("assertion"), self.node)

    def check(self):
        return self.machine.run("fido2-assert", "-V", "-i",
                                self.file("assertion"), self.file("key"),
                                "es256").code


def test_a_credential_and_an_assertion_wait_for_the_touch(machine, keys):
    paper = Paper(machine, keys.hidraw("a"))
    keys.touch("a", "ask")
    try:
        making = paper.make()
        keys.wait("a", "touch")
        assert making.running
        keys.grant("a")
        assert making.wait(30).code == 0
        code, credential = paper.verify()
        assert code == 0
        getting = paper.get(credential)
        keys.wait("a", "touch")
        assert getting.running
        keys.grant("a")
        assert getting.wait(30).code == 0
    finally:
        keys.touch("a", "give")
    assert paper.check() == 0
    keys.misbehave("a", "wrong-signature")
    assert paper.get(credential).wait(30).code == 0
    assert paper.check() != 0


def test_an_unplugged_key_is_gone_within_two_seconds(machine, keys):
    node = keys.hidraw("b")
    assert machine.exists(node)
    keys.unplug("b")
    assert eventually(lambda: not machine.exists(node), 2)
    assert keys.hidraw("b") is None
    assert len(machine.run("fido2-token", "-L").out.splitlines()) == 1
    keys.plug("b")
    assert machine.exists(keys.hidraw("b"))
    assert "0x5678" in machine.run("fido2-token", "-L").out


def test_a_key_may_be_replugged_at_once(machine, keys):
    def device():
        """The kernel numbers its HID devices as they come."""
        number = keys.hidraw("a").removeprefix("/dev/")
        return machine.run("readlink", "-f", f"/sys/class/hidraw/{number}").out

    devices = {device()}
    for _ in range(3):
        keys.replug("a")
        devices.add(device())
    assert len(devices) == 4
    assert machine.run("fido2-token", "-I", keys.hidraw("a")).code == 0
    assert len(machine.run("fido2-token", "-L").out.splitlines()) == 2


def test_udev_tells_that_a_token_comes_and_goes(machine, keys):
    with machine.start("udevadm", "monitor", "--udev", "--property",
                       "--subsystem-match=hidraw") as monitor:
        monitor.await_text("the event which udev sends out")
        keys.unplug("a")
        monitor.await_text("ACTION=remove", 20)
        keys.plug("a")
        monitor.await_text("ACTION=add", 20)
        monitor.await_text("ID_FIDO_TOKEN=1", 20)


def test_a_key_pulled_out_in_the_middle_of_a_reply_ends_the_program(machine,
                                                                     keys):
    node = keys.hidraw("a")
    keys.misbehave("a", "unplug-at-report", at=1, command="makeCredential")
    try:
        assert Paper(machine, node).make().wait(60).code != 0
        assert eventually(lambda: not machine.exists(node), 2)
    finally:
        keys.plug("a")
    assert machine.run("fido2-token", "-I", keys.hidraw("a")).code == 0


def test_a_user_opens_a_node_only_where_a_rule_says_so(machine, keys):
    rules = "/run/udev/rules.d/70-vm-test.rules"

    def tell(user):
        return machine.run("fido2-token", "-I", keys.hidraw("a"), user=user)

    assert tell("alice").code != 0
    assert machine.run("fido2-token", "-L", user="alice").out == ""
    machine.run("groupadd", "-f", "tokens")
    machine.run("usermod", "-aG", "tokens", "alice", check=True)
    machine.write(rules, 'SUBSYSTEM=="hidraw", ENV{ID_FIDO_TOKEN}=="1", '
                  'MODE="0660", GROUP="tokens"\n')
    try:
        machine.run("udevadm", "control", "--reload", check=True)
        keys.replug("a")
        # the kernel's node is there before udevd has looked at it
        machine.run("udevadm", "settle", check=True)
        assert tell("alice").code == 0
        assert tell("bob").code != 0
    finally:
        machine.run("rm", rules)
        machine.run("udevadm", "control", "--reload")
        machine.run("gpasswd", "-d", "alice", "tokens")
        keys.replug("a")
    assert tell("alice").code != 0


def test_the_node_takes_a_mode_and_an_event(machine, keys):
    keys.permission("a", "0604")
    assert machine.run("stat", "-c", "%a", keys.hidraw("a")).out == "604\n"
    keys.permission("a", "0600")
    with machine.start("udevadm", "monitor", "--kernel",
                       "--subsystem-match=hidraw") as monitor:
        monitor.await_text("KERNEL - the kernel uevent")
        keys.event("a", "change")
        monitor.await_text("change", 20)
