# SPDX-License-Identifier: Apache-2.0
"""Tests of the virtual machine itself."""
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from samples import SOLO
from vm import Machine, MachineError, TimeLimit, eventually

HERE = pathlib.Path(__file__).resolve().parent


def process_exists(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] != "Z"


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


def test_what_the_guest_writes_stays_in_the_guest(machine, tmp_path):
    path = "/etc/tokenbridge-vm-test"
    machine.write(path, "only here\n", 0o640, user="alice")
    assert machine.read(path) == b"only here\n"
    done = machine.run("stat", "-c", "%U %a", path)
    assert done.out == "alice 640\n"
    here = tmp_path / "file"
    here.write_text("of the host\n")
    assert machine.read(here) == b"of the host\n"
    assert machine.run("rm", here).code == 0
    assert not machine.exists(here) and here.exists()
    assert not os.path.exists(path)


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
    own = Machine()
    own.boot_limit = 1
    with pytest.raises(MachineError, match="no answer for 1 s"):
        own.boot()
    assert own.qemu is None


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
        with machine.tokens(SOLO, transport="uhid") as own:
            mode = machine.run("stat", "-c", "%a", own.hidraw("b")).out
        assert mode == "604\n"
    finally:
        machine.run("rm", "/lib/udev/rules.d/70-vm-test.rules")
        machine.run("udevadm", "control", "--reload")
