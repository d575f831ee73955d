# SPDX-License-Identifier: Apache-2.0
"""watch with a real kernel and udevd; units that systemd starts."""
import itertools
import json
import signal

import pytest

from place import SOLO, YK
from vm import eventually

SECOND = {"name": "b", "profile": "yubikey5", "serial": 22222222}
THIRD = {**SOLO, "name": "c"}
KEYS = {"a": YK, "b": SECOND, "c": THIRD}
ORDERS = list(itertools.permutations(KEYS))
FLOOD = 30          # events, more than a small socket holds


class Watch:
    """A running `watch --json`."""

    def __init__(self, place, *options, **more):
        self.program = place.m.start("tokenbridge", "watch", "--json",
                                     *options, **more)
        self.taken = 0
        self.program.await_text('"ready"')
        self.there = self.news()[:-1]

    def news(self):
        whole = self.program.look().out.rpartition("\n")[0].splitlines()
        news, self.taken = whole[self.taken:], len(whole)
        return [json.loads(line) for line in news]

    def lines(self, number, seconds=60):
        found = []

        def enough():
            found.extend(self.news())
            return len(found) >= number
        assert eventually(enough, seconds), (found, self.program.look())
        assert len(found) == number, found
        return found

    def line(self):
        return self.lines(1)[0]


@pytest.fixture
def watch():
    running = []

    def begin(place, *options, **more):
        running.append(Watch(place, *options, **more))
        return running[-1]
    yield begin
    for one in running:
        one.program.stop()


def plugged_out(place, *tokens):
    """Keys that exist and are not plugged in."""
    return place.plug(*({**token, "unplugged": True} for token in tokens))


def right(place, keys, names):
    """`list` has exactly these, once the kernel is done."""
    def now():
        return {t["node"] for t in place.list()} == {
            keys.hidraw(name) for name in names}
    assert eventually(now, 10), place.list()


def test_keys_in_every_order(place, watch):
    keys = plugged_out(place, *KEYS.values())
    seen = watch(place)
    assert seen.there == []
    for plug, unplug in zip(ORDERS, ORDERS[1:] + ORDERS[:1]):
        known, there = {}, set()
        for name in plug:
            keys.plug(name)
            line = seen.line()
            assert line["event"] == "add"
            assert line.get("serial") == KEYS[name].get("serial")
            assert line["status"] == "usable"
            known[name] = line["key"]
            there.add(name)
            right(place, keys, there)
        assert len(set(known.values())) == 3
        for name in unplug:
            keys.unplug(name)
            line = seen.line()
            assert (line["event"], line["key"]) == ("remove", known[name])
            there.remove(name)
            right(place, keys, there)


def test_keys_all_at_once_in_every_order(place, watch):
    keys = plugged_out(place, *KEYS.values())
    seen = watch(place)
    for plug, unplug in zip(ORDERS, ORDERS[2:] + ORDERS[:2]):
        for name in plug:
            keys.plug(name)
        added = seen.lines(3)
        assert {line["event"] for line in added} == {"add"}
        assert {line.get("serial") for line in added} == {
            12345678, 22222222, None}
        for name in unplug:
            keys.unplug(name)
        gone = seen.lines(3)
        assert {(line["event"], line["key"]) for line in gone} == {
            ("remove", line["key"]) for line in added}


def test_a_replug_has_another_key(place, watch):
    keys = place.plug(YK)
    seen = watch(place)
    first, = seen.there
    keys.replug("a")
    removed, added = seen.lines(2)
    assert (removed["event"], removed["key"]) == ("remove", first["key"])
    assert added["event"] == "add" and added["key"] != first["key"]


def test_libykpers_taking_the_keyboard_is_no_line(place, watch):
    keys = place.plug(YK)
    seen = watch(place)
    otp = keys.stats("a")["otp_hidraw"]
    with place.m.start("udevadm", "monitor", "--kernel",
                       "--subsystem-match=hidraw") as monitor:
        monitor.await_text("KERNEL - the kernel uevent")
        told = place.m.run("ykinfo", "-a")
        assert "serial: 12345678" in told.out, told
        monitor.await_text("remove")    # the node did go away
        monitor.await_text("add")
    place.m.settle()
    assert otp and not eventually(seen.news, 4)
    place.tb("info", timeout=120)       # by the worker
    assert not eventually(seen.news, 4)
    keys.unplug("a")
    assert seen.line()["event"] == "remove"


@pytest.fixture
def small_sockets(machine):
    """What a socket holds unless root asks for more."""
    names = ("net.core.rmem_max", "net.core.rmem_default")
    was = machine.run("sysctl", "-n", *names, check=True).out.split()
    machine.run("sysctl", "-w", *(f"{n}=4608" for n in names), check=True)
    yield
    machine.run("sysctl", "-w", *map("=".join, zip(names, was)), check=True)


def test_a_flood_of_events_is_survived(place, watch, small_sockets):
    """More than the socket holds, while the watch does not read."""
    keys = place.plug(YK, {**SOLO, "unplugged": True})
    seen = watch(place, user="bob")
    there, = seen.there
    seen.program.kill(signal.SIGSTOP)
    node = keys.hidraw("a").rpartition("/")[2]
    place.m.shell(f"for i in $(seq {FLOOD}); do echo change "
                  f">/sys/class/hidraw/{node}/uevent; done", check=True)
    place.m.settle()
    keys.unplug("a")
    keys.plug("b")
    place.m.settle()
    seen.program.kill(signal.SIGCONT)
    removed, added = seen.lines(2)
    assert (removed["event"], removed["key"]) == ("remove", there["key"])
    assert (added["event"], added["node"]) == ("add", keys.hidraw("b"))
    assert "events were lost" in seen.program.look().err


def test_a_user_without_rights_hears_why_and_of_rights_that_come(
        place, watch):
    keys = plugged_out(place, YK)
    seen = watch(place, user="bob")
    keys.plug("a")
    line = seen.line()
    assert (line["event"], line["status"]) == ("add", "no-permission")
    place.m.run("chown", "bob", line["node"], check=True)
    line = seen.line()
    assert (line["event"], line["status"]) == ("change", "usable")


def test_a_key_without_a_usb_parent_is_followed_too(place, watch):
    keys = place.plug({**YK, "unplugged": True}, transport="uhid")
    seen = watch(place)
    keys.plug("a")
    added = seen.line()
    assert (added["event"], added["status"]) == ("add", "usable")
    assert added["key"].startswith("0003:1050:0407.")
    keys.unplug("a")
    removed = seen.line()
    assert (removed["event"], removed["key"]) == ("remove", added["key"])


def test_without_udevd_the_kernel_is_listened_to(place, watch):
    keys = plugged_out(place, YK)
    place.m.run("mv", "/run/udev/control", "/run/udev/control.away",
                check=True)
    try:
        program = place.m.start("tokenbridge", "watch", "--json")
        program.await_text('"source":"kernel"')
        keys.plug("a")
        program.await_text('"event":"add"')
        assert "no udevd runs here" in program.stop().err
    finally:
        place.m.run("mv", "/run/udev/control.away", "/run/udev/control",
                    check=True)


# ---- at the seat ----

def test_the_seats_user_gets_a_usable_key_in_one_line(seated, watch):
    keys = plugged_out(seated, YK)
    hers = watch(seated, user="alice")
    his = watch(seated, user="bob")
    keys.plug("a")
    line = hers.line()
    assert (line["event"], line["status"]) == ("add", "usable")
    line = his.line()
    assert (line["event"], line["status"]) == ("add", "no-permission")


# ---- units ----

PLUG = "tokenbridge-plug@"
TARGET = "tokenbridge-plugged.target"
REPORT = """[Unit]
Description=what is to happen
PartOf=tokenbridge-plugged.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo plugged >>/run/vm/plugged'
ExecStop=/bin/sh -c 'echo unplugged >>/run/vm/plugged'
"""


@pytest.fixture
def units(seated):
    """Key a is registered; key b is not; neither is plugged in."""
    seated.set_up(YK, SECOND)
    done = seated.tb("verify", "--record", "--token", "12345678",
                     timeout=120)
    assert done.code == 0, done
    seated.keys.unplug("a")
    seated.keys.unplug("b")
    seated.m.settle()
    seated.m.shell("rm -f /run/vm/plugged", check=True)
    seated.m.write("/etc/systemd/system/report.service", REPORT)
    seated.m.run("systemctl", "daemon-reload", check=True)
    yield seated
    seated.m.run("systemctl", "disable", "report.service")
    seated.m.run("systemctl", "stop", TARGET, f"{PLUG}*.service")


def active(place, unit):
    return place.m.run("systemctl", "is-active", unit).out.strip() == "active"


def journal(place):
    """Runs of the template, as systemd tells them."""
    return place.m.shell(f"systemctl show '{PLUG}*.service' -p Id "
                         "-p ActiveState -p Result").out


def said(place):
    return place.m.shell("cat /run/vm/plugged 2>&1").out.split()


def enable(place):
    place.m.run("systemctl", "add-wants", TARGET, "report.service",
                check=True)


def test_as_installed_nothing_happens(units):
    units.keys.plug("a")
    units.m.settle()
    node = units.keys.hidraw("a").rpartition("/")[2]
    assert eventually(lambda: active(units, f"dev-{node}.device"), 20)
    assert not eventually(lambda: active(units, TARGET), 5)
    told = units.m.run("systemctl", "show", f"{PLUG}dev-{node}.service",
                       "-p", "ConditionResult", "-p", "ActiveState").out
    assert "ConditionResult=no" in told and "=inactive" in told, told


def test_a_registered_token_starts_what_is_enabled_and_stops_it(units):
    enable(units)
    units.keys.plug("a")
    assert eventually(lambda: said(units) == ["plugged"], 60), journal(units)
    assert active(units, TARGET) and active(units, "report.service")
    units.keys.unplug("a")
    assert eventually(lambda: said(units) == ["plugged", "unplugged"], 30)
    assert not active(units, TARGET)
    units.keys.plug("a")
    assert eventually(lambda: said(units)[2:] == ["plugged"], 60)


def test_another_token_starts_nothing_and_nothing_has_failed(units):
    enable(units)
    units.keys.plug("b")
    units.m.settle()
    node = units.keys.hidraw("b").rpartition("/")[2]
    service = f"{PLUG}dev-{node}.service"
    assert eventually(lambda: "exec-condition" in units.m.run(
        "systemctl", "show", service, "-p", "Result").out, 60), \
        journal(units)
    assert not active(units, TARGET)
    failed = units.m.run("systemctl", "list-units", "--failed",
                         "--no-legend", "tokenbridge*").out
    assert failed == ""
    units.keys.plug("a")
    assert eventually(lambda: active(units, TARGET), 60), journal(units)
    units.keys.unplug("b")
    assert not eventually(lambda: not active(units, TARGET), 4)
    units.keys.unplug("a")
    assert eventually(lambda: not active(units, TARGET), 30)


def test_without_a_registry_nothing_starts(units):
    enable(units)
    units.m.run("mv", "/var/lib/tokenbridge/registry.db", "/run/vm/away",
                check=True)
    units.keys.plug("a")
    units.m.settle()
    node = units.keys.hidraw("a").rpartition("/")[2]
    assert eventually(lambda: "exec-condition" in units.m.run(
        "systemctl", "show", f"{PLUG}dev-{node}.service", "-p",
        "Result").out, 60), journal(units)
    assert not active(units, TARGET)
