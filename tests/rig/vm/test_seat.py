# SPDX-License-Identifier: Apache-2.0
"""systemd, logind and udev give the keys to whoever sits at the machine."""
import re

from samples import YK


def test_whoever_sits_at_the_machine_may_use_its_keys(station):
    sessions = station.run("loginctl", "list-sessions", "--no-legend").out
    assert re.search(r"\balice +seat0 +(\d+ +user +)?tty1\b", sessions)
    with station.tokens(YK, transport="vhci") as keys:
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
