# SPDX-License-Identifier: Apache-2.0
"""list, info and enroll with a real kernel, udev and its rules, and pcscd."""
import json
import os
import pathlib

import pytest

from place import CARD, OTHER, SOLO, YK
from vm import eventually

RIG = pathlib.Path(__file__).resolve().parent.parent / "rig"


def soon(what):
    """The kernel takes a device away some time after it was pulled."""
    return eventually(what, 10)


def test_two_keys_are_two_rows_through_plugging(place):
    place.plug(YK, SOLO)
    shown = place.list()
    assert len(shown) == 2
    assert {t.get("serial") for t in shown} == {12345678, None}
    place.keys.unplug("a")
    assert soon(lambda: [t.get("serial") for t in place.list()] == [None])
    place.keys.plug("a")
    place.m.settle()
    assert len(place.list()) == 2
    place.keys.unplug("b")
    place.keys.unplug("a")
    assert soon(lambda: place.list() == [])


def test_two_of_the_same_vendor_are_told_apart(place):
    place.plug(YK, OTHER)
    assert sorted(t["serial"] for t in place.list()) == [12345678, 22222222]


def test_list_runs_while_keys_come_and_go(place):
    place.plug(YK, SOLO)
    program = place.m.start("bash", "-c", "for i in $(seq 25); do tokenbridge "
                            "list --json >/dev/null || echo bad $?; done")
    for _ in range(3):
        place.keys.replug("a")
    done = program.wait(240)
    assert done.out.replace("bad 4\n", "") == "", done


def test_who_has_no_permission_is_told_which_rule_is_missing(place):
    place.plug(YK)
    shown, = place.list(user="bob")
    assert shown["status"] == "no-permission", shown
    assert "permission" in place.tb("list", user="bob").out


def test_the_rule_gives_the_group_access_and_nobody_else(place):
    place.plug(YK, SOLO)
    nodes = [place.keys.hidraw(n) for n in "ab"]
    told = place.m.run("stat", "-c", "%a %G", *nodes).out.splitlines()
    assert told == ["660 tokenbridge"] * 2
    place.m.run("usermod", "-aG", "tokenbridge", "bob", check=True)
    try:
        assert {t["status"] for t in place.list(user="bob")} == {"usable"}
        assert place.list(user="alice")[0]["status"] == "no-permission"
    finally:
        place.m.run("gpasswd", "-d", "bob", "tokenbridge", check=True)


def test_a_keyboard_is_not_the_groups(place):
    """Only FIDO nodes: the OTP interface of a key types passwords."""
    place.plug(YK)
    told = place.m.shell("for n in /sys/class/hidraw/*; do d=/dev/${n##*/}; "
                         "stat -c '%G' $d; done").out.split()
    assert sorted(told) == ["root", "tokenbridge"]


def test_info_asks_every_interface_of_the_real_devices(place):
    place.plug(YK)
    with place.m.pcscd():
        done = place.tb("info", "--json", timeout=120)
    assert done.code == 0, done
    told = json.loads(done.out)
    assert "12345678" in done.out
    token, = told["tokens"]
    assert token["oath"] and token["otp"]
    place.m.settle()
    assert len(place.list()) == 1  # the keyboard driver has its node again


def oath_of(place, name):
    done = place.tb("info", "--json", "--token", place.keys.hidraw(name),
                    timeout=120)
    assert done.code == 0, done
    token, = json.loads(done.out)["tokens"]
    assert token["oath"], token
    return token["oath"]


def test_each_key_has_the_card_of_its_usb_device_whoever_made_it(place):
    """Of pcscd's own driver, which tells the device that the kernel numbered;
    the one key tells no serial number, the other a false one."""
    place.plug(YK, CARD)
    place.keys.fill_oath("a", 1)
    place.keys.fill_oath("c", 2)
    place.keys.misbehave("a", "ccid-other-serial", count=-1)
    with place.m.pcscd():
        for name, accounts in (("a", 1), ("c", 2)):
            oath = oath_of(place, name)
            assert oath["joinedBy"] == "same-usb-parent"
            assert len(oath["credentials"]) == accounts
        place.keys.unplug("a")
        place.keys.plug("a")
        place.m.settle()
        assert len(oath_of(place, "a")["credentials"]) == 1


@pytest.mark.parametrize("transport", ["uhid", "vhci"])
def test_verify_is_the_same_through_both_transports(place, transport):
    place.set_up(YK, transport=transport)
    done = place.tb("verify", timeout=120)
    assert done.code == 0, done


def test_enroll_ends_in_a_device_and_a_binding(place):
    script = f"""
import sys, os, subprocess
sys.path[:0] = [{str(RIG)!r}]
from iam.client import LocalIAM
iam = LocalIAM().start(80)      # the machine is slow; it ends with us
iam.add_user("alice", password=True)
env = {{"PATH": os.environ["PATH"], "HOME": "/root", **iam.env("admin")}}
for words in (["registry", "init", "--rehearsal"],
              ["trust", "add", sys.argv[1]],
              ["enroll", "alice", "--method", "totp", "--json"]):
    done = subprocess.run(["tokenbridge", *words], env=env)
    if done.returncode:
        sys.exit(done.returncode)
print(len(iam.devices("alice")), "device")
"""
    place.plug(YK)
    with place.m.pcscd():
        done = place.m.run(
            os.environ["TB_PYTHON"], "-c", script,
            f"{place.keys.folder}/ca/root.pem", timeout=300)
    assert done.code == 0 and "1 device" in done.out, done
    assert '"confirmed": true' in done.out or '"confirmed":true' in done.out


@pytest.mark.parametrize("key", [YK, SOLO])
def test_a_reset_finds_the_key_again_that_the_kernel_took_away(place, key):
    """By serial number, or by the port where it has none; the machine is
    slow, hence the long window."""
    place.set_up({**key, "pin": "1234", "reset_window": 120000})
    name, word = key["name"], str(key.get("serial", "erase"))
    program = place.m.start("tokenbridge", "reset", tty=True,
                            answers=[("to go on: ", word)])
    program.await_text("Unplug the token")
    place.keys.unplug(name)
    assert soon(lambda: place.list() == [])
    place.keys.plug(name)
    done = program.wait(60)
    assert done.code == 0 and "was reset" in done.out, done
    assert place.list()[0]["pinSet"] is False
