# SPDX-License-Identifier: Apache-2.0
"""Tests of the virtual machine itself, and of soft tokens behind real device
nodes, with programs that nobody here wrote."""
import base64
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from vm import Machine, MachineError, TimeLimit

HERE = pathlib.Path(__file__).resolve().parent
CDH = base64.b64encode(b"c" * 32).decode()
USER = base64.b64encode(b"user of alice").decode()
YK = {"name": "a", "profile": "yubikey5", "serial": 12345678}
SOLO = {"name": "b", "profile": "solo"}
TOUCH_SECONDS = 5       # longer than a smart card's driver waits for a reply


@pytest.fixture(scope="module", params=["uhid", "vhci"])
def keys(request, machine):
    """Two keys, behind each door."""
    with machine.tokens(YK, SOLO, door=request.param) as held:
        held.door = request.param
        yield held


@pytest.fixture(scope="module")
def usb(machine):
    """Two whole USB devices, and pcscd."""
    with machine.pcscd(), machine.tokens(YK, SOLO, door="vhci") as held:
        yield held


def eventually(condition, seconds):
    """True as soon as the condition is, within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def process_exists(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] != "Z"


# --- the machine -----------------------------------------------------------


def test_exit_status_and_output_come_out(machine):
    done = machine.run("sh", "-c", "echo one; echo two >&2; exit 7")
    assert (done.code, done.out, done.err) == (7, "one\n", "two\n")
    assert machine.run("true").code == 0
    assert machine.run("sh", "-c", "kill -9 $$").code == -9


def test_a_program_that_is_not_there_is_an_error(machine):
    with pytest.raises(MachineError, match="FileNotFoundError"):
        machine.run("no-such-program")
    assert machine.run("true").code == 0


def test_user_input_environment_and_folder_arrive(machine):
    done = machine.run("sh", "-c", "id -un; id -u; cat; echo $COLOUR $HOME; "
                       "pwd", user="alice", input="some bytes\n",
                       env={"COLOUR": "green"}, cwd="/usr")
    who, number, *rest = done.out.split("\n")
    assert (who, done.code) == ("alice", 0) and number != "0"
    assert rest == ["some bytes", "green /home/alice", "/usr", ""]


def test_a_hung_command_is_ended_and_the_machine_goes_on(machine):
    with pytest.raises(TimeLimit) as ended:
        machine.run("sh", "-c", "echo begun; sleep 987; echo done",
                    timeout=1)
    assert ended.value.result.out == "begun\n"
    assert 1 <= ended.value.result.seconds < 20
    assert machine.run("pgrep", "-f", "sleep 987").code == 1


def test_a_daemon_left_behind_does_not_hold_up_its_starter(machine):
    done = machine.run("sh", "-c", "sleep 300 & echo $!")
    assert done.seconds < 20
    assert machine.run("kill", done.out.strip()).code == 0


def test_a_program_on_a_terminal_gets_its_answers(machine):
    script = "tty; read -rsp 'PIN: ' a; read -rp 'Sure? ' b; echo; echo $a-$b"
    done = machine.run("bash", "-c", script, user="alice",
                       answers=[("PIN:", "1234"), ("Sure?", "yes")])
    assert done.code == 0
    assert "/dev/pts/" in done.out and "1234-yes" in done.out
    # the PIN was not echoed
    assert done.out.count("1234") == 1


def test_a_program_in_the_background_is_read_and_stopped(machine):
    with machine.start("sh", "-c", "echo up; exec sleep 986") as program:
        program.await_text("up")
        assert program.running
        done = program.stop()
        assert done.code == -signal.SIGTERM and done.out == "up\n"
        again = machine.start("sh", "-c", "exit 3")
        assert again.wait(20).code == 3


def test_what_the_guest_writes_stays_in_the_guest(machine):
    path = "/etc/tokenbridge-vm-test"
    machine.write(path, "only here\n", 0o640, user="alice")
    assert machine.read(path) == b"only here\n"
    done = machine.run("stat", "-c", "%U %a", path)
    assert done.out == "alice 640\n"
    assert machine.run("rm", "/bin/ls").code == 0
    assert not os.path.exists(path) and os.path.exists("/bin/ls")


def test_requests_at_once_do_not_wait_for_each_other(machine):
    def sleep(number):
        return machine.run("sh", "-c", f"sleep 2; echo {number}").out.strip()

    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sleep, range(8))) == list("01234567")
    assert time.monotonic() - begun < 10


def test_the_guest_is_a_station_without_a_network(machine):
    assert machine.run("hostname").out == "station\n"
    links = machine.run("ip", "-o", "link").out.strip().split("\n")
    assert len(links) == 1 and "lo:" in links[0] and "UP" in links[0]


def test_a_guest_that_dies_is_an_error_with_the_last_of_its_console():
    with Machine() as own:
        begun = time.monotonic()
        with pytest.raises(MachineError, match="sysrq triggered crash"):
            own.shell("echo c >/proc/sysrq-trigger; sleep 60")
        with pytest.raises(MachineError, match="has ended"):
            own.run("true")
        assert time.monotonic() - begun < 20


def test_a_guest_that_hangs_is_an_error():
    own = Machine().boot()
    try:
        os.kill(own.qemu.pid, signal.SIGSTOP)
        with pytest.raises(MachineError, match="no answer for 1 s"):
            own.ask("exists", patience=1, path="/")
        pid = own.qemu.pid
    finally:
        own.stop()
    assert not process_exists(pid)


def test_no_guest_outlives_the_program_that_started_it():
    script = f"""
        import sys
        sys.path.insert(0, {str(HERE)!r})
        from vm import Machine
        Machine().boot()
        """
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    try:
        guest = []

        def started():
            table = subprocess.run(["pgrep", "-P", str(owner.pid), "qemu"],
                                   capture_output=True, text=True).stdout
            guest[:] = [int(pid) for pid in table.split()]
            return guest

        assert eventually(started, 30)
    finally:
        owner.kill()
        owner.wait()
    assert eventually(lambda: not process_exists(guest[0]), 5)


# --- tokens ----------------------------------------------------------------


def test_a_key_is_listed_and_tells_what_it_is(machine, keys):
    listed = machine.run("fido2-token", "-L").out
    strings = {"uhid": "( )", "vhci": "(Yubico YubiKey OTP+FIDO+CCID)"}
    assert f"{keys.hidraw('a')}: vendor=0x1050, product=0x0407 " \
        f"{strings[keys.door]}\n" in listed
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
        keys.wait("a", "touch", 20000)
        assert making.running
        keys.grant("a")
        assert making.wait(30).code == 0
        code, credential = paper.verify()
        assert code == 0
        getting = paper.get(credential)
        keys.wait("a", "touch", 20000)
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
    paper = Paper(machine, keys.hidraw("a"))
    for _ in range(3):
        keys.replug("a")
    assert machine.run("fido2-token", "-I", keys.hidraw("a")).code == 0
    assert keys.stats("a")["plugged"]
    assert paper.folder


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
    keys.misbehave("a", "unplug-at-report", at=1, command="getInfo")
    try:
        assert machine.run("fido2-token", "-I", node, timeout=60).code != 0
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


# --- USB -------------------------------------------------------------------


def usb_attribute(machine, keys, token, name):
    folder = f"/sys/devices/{keys.stats(token)['devpath']}"
    done = machine.run("cat", f"{folder}/{name}")
    return done.out.strip() if done.code == 0 else None


@pytest.mark.parametrize("token, expected", [
    ("a", {"idVendor": "1050", "idProduct": "0407", "bcdDevice": "0574",
           "manufacturer": "Yubico", "product": "YubiKey OTP+FIDO+CCID",
           "serial": None, "bNumInterfaces": "3", "speed": "12"}),
    ("b", {"idVendor": "1234", "idProduct": "5678", "bcdDevice": "0415",
           "manufacturer": "Example Keys", "product": "Solo Example",
           "bNumInterfaces": "1"}),
])
def test_the_usb_device_says_who_it_is(machine, usb, token, expected):
    assert {name: usb_attribute(machine, usb, token, name)
            for name in expected} == expected


def test_only_some_keys_tell_their_serial_number_over_usb(machine, usb):
    serial = usb.stats("b")["serial"]
    assert usb_attribute(machine, usb, "b", "serial") == f"{serial:08X}"


def test_ykinfo_reads_the_key_by_libusb(machine, usb):
    told = machine.run("ykinfo", "-a").out
    assert "serial: 12345678\n" in told and "version: 5.7.4\n" in told
    machine.settle()        # it took the keyboard from the kernel for a while
    assert usb.stats("a")["otp_hidraw"]


def test_ykman_sees_all_three_interfaces(machine, usb):
    assert machine.run("ykman", "list").out == \
        "YubiKey 5A (5.7.4) [OTP+FIDO+CCID] Serial: 12345678\n"


def test_the_real_pcscd_reads_the_card(machine, usb):
    listed = machine.run("opensc-tool", "-l").out
    assert re.search(r"Yes .* Yubico YubiKey OTP\+FIDO\+CCID 00 00", listed)
    told = machine.run("ykman", "oath", "info")
    assert told.code == 0 and "OATH version: 5.7.4" in told.out


def test_a_long_answer_comes_in_parts(machine, usb):
    usb.fill_oath("a", 20)
    listed = machine.run("ykman", "oath", "accounts", "list")
    assert len(listed.out.strip().splitlines()) == 20


def test_pcscd_waits_for_a_touch_as_long_as_the_key_asks_for_time(machine,
                                                                   usb):
    secret = base64.b32encode(b"12345678901234567890").decode()
    added = machine.run("ykman", "oath", "accounts", "add", "--touch",
                        "--force", "touched", secret)
    assert added.code == 0, added
    usb.touch("a", "ask")
    try:
        with machine.start("ykman", "oath", "accounts", "code",
                           "touched") as asking:
            usb.wait("a", "touch", 30000)
            time.sleep(TOUCH_SECONDS)
            assert asking.running
            usb.grant("a")
            done = asking.wait(30)
    finally:
        usb.touch("a", "give")
    assert done.code == 0, done
    assert re.search(r"touched\s+\d{6}\n", done.out)


def test_a_card_taken_out_is_not_there(machine, usb):
    def present():
        return " Yes " in machine.run("opensc-tool", "-l").out

    assert present()
    usb.card("a", False)
    assert eventually(lambda: not present(), 10)
    usb.card("a", True)
    assert eventually(present, 10)


# --- services --------------------------------------------------------------


def test_sshd_listens_on_this_machine_only(machine):
    with machine.sshd("PasswordAuthentication no", port=2222):
        scanned = machine.run("ssh-keyscan", "-T", "30", "-p", "2222",
                              "127.0.0.1")
        assert "ssh-ed25519" in scanned.out
        table = machine.read("/proc/net/tcp").decode()
        assert "0100007F:08AE" in table and "00000000:08AE" not in table


def test_a_wrong_setting_of_sshd_is_told(machine):
    with pytest.raises(MachineError, match="Bad configuration option"):
        machine.sshd("NoSuchOption yes", port=2223)


def test_sudo_and_pam_are_real(machine):
    machine.write("/etc/sudoers.d/vm-test", "bob ALL=(ALL) NOPASSWD: ALL\n",
                  0o440)
    assert machine.run("sudo", "-n", "id", "-u", user="bob").out == "0\n"
    assert machine.run("sudo", "-n", "id", "-u", user="alice").code != 0
    machine.write("/etc/pam.d/vm-yes", "auth required pam_permit.so\n")
    machine.write("/etc/pam.d/vm-no", "auth required pam_deny.so\n")
    for service, code in (("vm-yes", 0), ("vm-no", 1)):
        done = machine.run("pamtester", service, "alice", "authenticate")
        assert done.code == code, done


def test_an_installed_tree_lies_over_the_guests_own(machine, tmp_path):
    program = tmp_path / "tree/usr/bin/vm-test"
    rule = tmp_path / "tree/lib/udev/rules.d/70-vm-test.rules"
    for path in (program, rule):
        path.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho installed\n")
    program.chmod(0o755)
    rule.write_text('SUBSYSTEM=="hidraw", MODE="0604"\n')
    machine.install(tmp_path / "tree")
    try:
        assert machine.run("vm-test", user="bob").out == "installed\n"
        assert machine.run("test", "-L", "/lib").code == 0
        with machine.tokens(SOLO, door="uhid") as own:
            mode = machine.run("stat", "-c", "%a", own.hidraw("b")).out
        assert mode == "604\n"
    finally:
        machine.run("rm", "/lib/udev/rules.d/70-vm-test.rules")
        machine.run("udevadm", "control", "--reload")


# --- a seat ----------------------------------------------------------------


def test_whoever_sits_at_the_machine_may_use_its_keys(station):
    sessions = station.run("loginctl", "list-sessions", "--no-legend").out
    assert re.search(r"\balice +seat0 +tty1\b", sessions)
    with station.tokens(YK, door="vhci") as keys:
        node = keys.hidraw("a")
        told = station.run("udevadm", "info", node).out
        assert re.search(r"TAGS=.*:uaccess:", told)
        assert station.run("stat", "-c", "%U %a", node).out == "root 660\n"
        assert station.run("fido2-token", "-I", node, user="alice").code == 0
        assert station.run("fido2-token", "-I", node, user="bob").code != 0
        keys.replug("a")
        node = keys.hidraw("a")
        assert station.run("fido2-token", "-I", node, user="alice").code == 0


def test_systemd_runs_services(station):
    assert station.run("cat", "/proc/1/comm").out == "systemd\n"
    station.write("/run/systemd/system/vm-test.service",
                  "[Service]\nType=oneshot\nExecStart=/bin/sh -c "
                  "'echo it ran >/run/vm-test'\n")
    station.run("systemctl", "daemon-reload", check=True)
    station.run("systemctl", "start", "vm-test", check=True)
    assert station.read("/run/vm-test") == b"it ran\n"
