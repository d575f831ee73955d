# SPDX-License-Identifier: Apache-2.0
"""Smart cards joined by the USB device, for keys of any vendor. The reader of
the rig says in which USB device it is where a test wants that."""
import json
import time

import pytest

from lines import (accounts, assigned, check_consistent, oathtool, unassigned,
                   wait_for_touch)

YK = {"profile": "yubikey5", "serial": 12345678}
OTHER = {"profile": "oathkey"}
TOTP = ("--method", "totp")


def info(site, *more):
    done = site.run("info", "--json", *more)
    assert done.code == 0, done
    token, = done.json["tokens"]
    return token


def enroll(site, user="alice", *more):
    return site.run("enroll", user, *TOTP, *more)


def set_up(site, iam, *tokens):
    site.iam = iam
    iam.add_user("alice", password=True)
    iam.add_user("bob", password=True)
    site.plug(*tokens)
    site.tell_usb()
    site.trust_vendor()
    site.make_registry()
    return site


@pytest.fixture
def vendor_site(site, iam):
    """A site with cloud, registry and a trusted key of another vendor, whose
    OATH application makes codes and no more and tells no serial number."""
    return set_up(site, iam, OTHER)


# ---- info ----

def test_a_key_of_another_vendor_shows_its_oath_application(site):
    tokens = site.plug(OTHER)
    site.tell_usb()
    tokens.fill_oath("a", 2)
    token = info(site)
    assert token["oath"]["joinedBy"] == "same-usb-parent"
    assert len(token["oath"]["credentials"]) == 2
    assert token["serial"] is None and token["disagreements"] == []
    text = site.run("info").out
    assert "the same USB device" in text and "Filled:user01" in text


def test_without_a_usb_device_and_a_serial_number_nothing_joins_them(site):
    site.plug(OTHER)
    token = info(site)
    assert token["oath"] is None
    assert "tells no serial number" in token["oathProblem"]
    assert "ykman" not in token["oathProblem"]


@pytest.mark.parametrize("tokens", [
    (OTHER, OTHER), (YK, {**YK, "serial": 87654321}), (OTHER, YK)])
def test_of_two_keys_each_has_the_card_of_its_usb_device(site, tokens):
    keys = site.plug(*tokens)
    site.tell_usb()
    keys.fill_oath("b", 2)
    assert info(site, "-t", keys.hidraw("a"))["oath"]["credentials"] == []
    assert len(info(site, "-t", keys.hidraw("b"))["oath"]["credentials"]) == 2
    keys.card("b", False)
    assert info(site, "-t", keys.hidraw("b"))["oath"] is None


def test_the_kernels_word_counts_before_the_keys(site):
    """Both say that they are the other one: the device decides, and that they
    disagree is told."""
    keys = site.plug(YK, {**YK, "serial": 87654321})
    site.cards.tell_usb(0, 1, 3)
    site.cards.tell_usb(1, 1, 2)
    keys.fill_oath("b", 2)
    token = info(site, "-t", "12345678")
    assert token["oath"]["joinedBy"] == "same-usb-parent"
    assert len(token["oath"]["credentials"]) == 2
    said, = token["disagreements"]
    assert "12345678 over FIDO" in said and "87654321" in said


def test_a_card_in_another_usb_device_is_asked_nothing(site):
    keys = site.plug(YK, {**YK, "serial": 87654321})
    site.tell_usb()
    assert "oath" in info(site, "-t", "12345678")
    assert not {"oath-select", "mgmt-select"} & set(
        keys.stats("b")["commands"])


def test_the_oath_application_tells_the_serial_number_before_others_do(site):
    keys = site.plug({**YK, "oath_serial": True})
    keys.misbehave("a", "ccid-other-serial", count=-1)
    token = info(site)
    assert token["oath"]["joinedBy"] == "same-serial"


def test_two_cards_in_one_usb_device_are_not_guessed_between(site):
    keys = site.plug(OTHER, OTHER)
    site.cards.tell_usb(0, 1, 2)
    site.cards.tell_usb(1, 1, 2)
    token = info(site, "-t", keys.hidraw("a"))
    assert token["oath"] is None
    assert "two smart cards" in token["oathProblem"]


# ---- enroll, code, revoke ----

def test_a_key_of_another_vendor_is_enrolled_and_makes_codes(vendor_site):
    site = vendor_site
    done = enroll(site, "alice", "--json", "--label", "card-1")
    assert done.code == 0, done
    receipt = done.json["enrolled"]
    assert receipt["joinedBy"] == "same-usb-parent"
    assert receipt["basis"] == "code-proved"
    assert receipt["serial"] is None
    assert site.tokens.stats("a")["touch"]["used"] == 2
    check_consistent(site)
    device, = assigned(site.iam, "alice")
    code = site.run("code", "--json")
    assert code.code == 0, code
    assert code.json["code"]["oathCredential"] == device
    seed = site.iam.devices()[device]["seed"]
    now = time.time()
    assert code.json["code"]["code"] in {oathtool(seed, now),
                                         oathtool(seed, now - 30)}
    log = site.run("registry", "log", "--json").out
    joins = [join for line in log.splitlines()
             for join in json.loads(line).get("body", {}).get("joins", [])]
    assert {"a": "fido", "b": "ccid", "by": "same-usb-parent"} in joins
    assert not any(join["by"] == "same-serial" for join in joins)


def test_of_two_slots_of_a_device_the_one_with_the_applet_is_used(site, iam):
    set_up(site, iam, {**OTHER, "capabilities": 0x202}, OTHER)
    site.cards.tell_usb(1, 1, 2)
    done = enroll(site, "alice", "-t", site.tokens.hidraw("a"))
    assert done.code == 0, done
    assert list(accounts(site, "b")) == assigned(site.iam, "alice")


def test_what_the_proof_rests_on_is_said(vendor_site):
    done = enroll(vendor_site)
    assert done.code == 0 and "31 bits" in done.out, done
    vendor_site.tokens.set("a", oath_short=False)
    done = enroll(vendor_site, "bob", "--holder", "alice")
    assert done.code == 0 and "31 bits" not in done.out, done
    assert "by an HMAC over a random challenge" in done.out


def test_revoking_takes_the_account_off_a_key_without_a_serial(vendor_site):
    site = vendor_site
    assert enroll(site).code == 0
    device, = assigned(site.iam, "alice")
    done = site.run("revoke", "alice", device, "--last", "--reason", "left")
    assert done.code == 0, done
    assert "removed from the token with the OATH application" in done.out
    assert accounts(site) == {} and unassigned(site.iam) == []
    check_consistent(site)


def test_a_key_without_a_serial_that_is_not_here_is_named_by_its_applet(
        vendor_site):
    site = vendor_site
    applet = info(site)["oath"]["deviceId"]
    assert enroll(site).code == 0
    device, = assigned(site.iam, "alice")
    site.tokens.unplug("a")
    done = site.run("revoke", "alice", device, "--last", "--reason", "lost")
    assert done.code == 10, done
    assert f"NOT REACHED  the token with the OATH application {applet}" in \
        done.out


def test_a_wrong_code_does_not_prove_the_secret(vendor_site):
    vendor_site.tokens.misbehave("a", "oath-wrong-hmac", count=-1)
    done = enroll(vendor_site)
    assert done.code == 1 and "another HMAC" in done.err, done
    assert assigned(vendor_site.iam, "alice") == []
    vendor_site.tokens.clear("a")
    assert accounts(vendor_site) == {}
    check_consistent(vendor_site)


def test_no_key_of_another_vendor_is_told_to_use_yubicos_program(vendor_site):
    site = vendor_site
    site.tokens.fill_oath("a")
    full = enroll(site)
    assert full.code == 6 and "delete an account" in full.err, full
    site.tokens.oath_password("a", password="tulip")
    locked = enroll(site)
    assert locked.code == 6 and "password" in locked.err, locked
    site.tokens.card("a", False)
    out = enroll(site)
    assert out.code == 1 and "reader" in out.err, out
    site.wait_for_no_card()
    site.tokens.card("a", True)
    site.cards.wait_for_card(0)
    site.tokens.set("a", capabilities=0x202)
    none = enroll(site)
    assert none.code == 1 and "no OATH application" in none.err, none
    for done in (full, locked, out, none):
        assert "ykman" not in done.err
    assert unassigned(site.iam) == [] and site.journals() == []


def test_a_key_that_was_plugged_in_again_is_known_by_its_applet(vendor_site):
    """It has another device number then."""
    site = vendor_site
    site.tokens.touch("a", "ask")
    process = site.start("enroll", "alice", *TOTP)
    wait_for_touch(site, 1)
    site.cards.tell_usb(0, 1, 9)
    site.tokens.grant("a")
    wait_for_touch(site, 2)
    site.cards.tell_usb(0, 1, 10)
    site.tokens.grant("a")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    check_consistent(site)


def test_an_enrollment_asks_the_card_no_more_than_it_needs(aws_site):
    """SELECT and LIST to find it, the same before the PUT, SELECT before the
    proof; where the kernel joins, no configuration is read."""
    aws_site.tell_usb()
    assert enroll(aws_site).code == 0
    done = aws_site.tokens.stats("a")["commands"]
    card = {name: n for name, n in done.items()
            if name.startswith(("oath-", "mgmt-", "ccid-"))}
    assert card == {"oath-select": 3, "oath-list": 2, "oath-put": 1,
                    "oath-calculate": 1}


@pytest.mark.parametrize("usb", [True, False])
def test_an_application_that_was_reset_in_between_gets_no_seed(aws_site, usb):
    site = aws_site
    if usb:
        site.tell_usb()
    site.tokens.touch("a", "ask")
    process = site.start("enroll", "alice", *TOTP)
    wait_for_touch(site, 1)
    done = site.tokens.run("ykman", "--reader", site.cards.reader(0), "oath",
                           "reset", "-f")
    assert done.returncode == 0, done
    site.tokens.grant("a")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "reset or replaced" in err, err
    assert "oath-put" not in site.tokens.stats("a")["commands"]
    check_consistent(site)
