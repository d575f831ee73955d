# SPDX-License-Identifier: Apache-2.0
"""Soft tokens as whole USB devices, and the real pcscd."""
import base64
import re
import time

import pytest

from samples import SOLO, YK
from vm import eventually

TOUCH_SECONDS = 5       # longer than a smart card's driver waits for a reply


@pytest.fixture(scope="module")
def usb(machine):
    """Two keys, of which one has a card."""
    with machine.pcscd(), machine.tokens(YK, SOLO, transport="vhci") as held:
        yield held


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
    assert told.code == 0
    assert re.search(r"OATH version: +5\.7\.4\n", told.out), told


def test_a_long_answer_comes_in_parts(machine, usb):
    usb.fill_oath("a", 20)
    listed = machine.run("ykman", "oath", "accounts", "list")
    assert len(listed.out.strip().splitlines()) == 20


def test_a_command_longer_than_a_message_arrives_whole(machine, usb):
    # of 5,007 bytes; the last is the last of the data that its head tells
    script = """
from smartcard.System import readers
card = readers()[0].createConnection()
card.connect()
for said in 5000, 5001:
    apdu = [0, 1, 0, 0, 0, said >> 8, said & 255] + 5000 * [0x55]
    print("%02x%02x" % card.transmit(apdu)[1:])
"""
    done = machine.run("/usr/bin/python3", "-c", script)
    # an instruction that is not known, and a length that is wrong
    assert done.out == "6d00\n6700\n", done


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
            usb.wait("a", "touch")
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
