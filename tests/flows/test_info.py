# SPDX-License-Identifier: Apache-2.0
"""info: what one token says of itself, beside what other programs read."""
import fcntl
import re
import shutil
import subprocess
import time

import pytest

from terminal import Terminal

YK = {"profile": "yubikey5", "serial": 12345678}
SEED = "JBSWY3DPEHPK3PXP"


def needs(program):
    return pytest.mark.skipif(not shutil.which(program),
                              reason=f"no {program}")


def info(site, *more):
    done = site.run("info", "--json", *more)
    assert done.code == 0, done
    token, = done.json["tokens"]
    return token


def fields(text):
    """`name: value` lines, of ykman, ykinfo and fido2-token."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs
            if colon}


def line_of(done, name, code=0):
    """The text's line that begins with a name."""
    assert done.code == code, done
    line, = [line for line in done.out.splitlines()
             if line.startswith(name + " ")]
    return line[len(name):].strip()


def ykman(tokens, *arguments, **more):
    done = tokens.run("ykman", *arguments, **more)
    assert done.returncode == 0, done
    return done.stdout


# ---- beside other programs ----

@needs("ykman")
@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old"])
def test_identity_and_applications_are_what_ykman_says(site, profile):
    tokens = site.plug(profile)
    text = ykman(tokens, "info")
    theirs, ours = fields(text), info(site)
    assert theirs["Firmware version"] == ours["firmware"]
    assert theirs["Serial number"] == str(ours["serial"])
    assert ours["formFactor"] == "USB-A keychain"
    assert theirs["Form factor"] == "Keychain (USB-A)"
    names = {"FIDO2": "FIDO2", "FIDO U2F": "U2F", "(Yubico )?OTP": "OTP",
             "OATH": "OATH", "PIV": "PIV", "OpenPGP": "OpenPGP",
             "YubiHSM Auth": "YubiHSM-Auth"}
    enabled = {ours_ for theirs_, ours_ in names.items()
               if re.search(rf"^{theirs_}\s+Enabled", text, re.M)}
    assert enabled == set(ours["applications"])
    usb = theirs["Enabled USB interfaces"]
    assert ours["smartCard"] == ("CCID" in usb)
    assert ours["otpInterface"] == ("OTP" in usb)


def test_whose_it_is_by_the_registry_is_found_and_not_proved(site):
    site.plug(YK)
    assert "there is no registry" in info(site)["registryProblem"]
    site.make_registry()
    assert info(site)["registry"]["rows"] == 0
    site.trust_vendor()
    assert site.run("verify", "--record", "--label", "blue-7").code == 0
    row = info(site)["registry"]
    assert (row["label"], row["state"]) == ("blue-7", "stock")
    assert row["foundBy"] == "serial" and row["holder"] is None
    done = site.run("info")
    assert "label blue-7" in line_of(done, "Registry"), done
    assert "not proved" in line_of(done, "Registry")


def test_a_token_that_tells_no_serial_number_is_found_by_none(site):
    site.plug({"profile": "securitykey"}, cards=False)
    site.make_registry()
    assert info(site)["registry"] is None


@needs("ykman")
def test_oath_accounts_are_those_that_ykman_lists(site):
    tokens = site.plug(YK)
    assert info(site)["oath"]["credentials"] == []
    ykman(tokens, "oath", "accounts", "add", "-i", "Amazon", "-t", "alice",
          SEED)
    ykman(tokens, "oath", "accounts", "add", "-P", "60", "bob", SEED)
    ykman(tokens, "oath", "accounts", "add", "-o", "HOTP", "Ü carol", SEED)
    theirs = ykman(tokens, "oath", "accounts", "list").splitlines()
    oath = info(site)["oath"]
    # ykman hides a period that is its default and shows others likewise
    assert sorted(oath["credentials"]) == sorted(theirs)
    assert len(theirs) == 3
    assert oath["version"] == fields(ykman(tokens, "oath",
                                           "info"))["OATH version"]
    text = site.run("info")
    assert line_of(text, "  credentials") == "3"
    for name in theirs:
        assert f" {name}\n" in text.out


@needs("ykman")
def test_more_accounts_than_one_reply_holds_are_all_shown(site):
    tokens = site.plug(YK)
    tokens.fill_oath("a")
    theirs = ykman(tokens, "oath", "accounts", "list").splitlines()
    assert len(theirs) == 64
    assert sorted(info(site)["oath"]["credentials"]) == sorted(theirs)


@needs("ykman")
def test_a_password_on_the_oath_application_is_said_and_no_account_shown(
        site):
    tokens = site.plug(YK)
    ykman(tokens, "oath", "accounts", "add", "alice", SEED)
    ykman(tokens, "oath", "access", "change", "-n", "open sesame")
    assert "Password protection: enabled" in ykman(tokens, "oath", "info")
    oath = info(site)["oath"]
    assert oath["password"] is True and oath["credentials"] == []
    text = site.run("info")
    assert line_of(text, "OATH").endswith("locked by a password")
    assert "alice" not in text.out and "  credentials" not in text.out
    tokens.oath_password("a", "")
    assert info(site)["oath"]["credentials"] == ["alice"]


@needs("ykinfo")
def test_otp_serial_version_and_slots_are_what_ykinfo_says(site):
    tokens = site.plug(YK)
    for count in (0, 1):
        theirs = fields(tokens.run("ykinfo", "-a").stdout)
        ours = info(site)
        assert theirs["serial"] == str(ours["serial"])
        assert theirs["version"] == ours["otp"]["version"]
        assert [theirs["slot1_status"], theirs["slot2_status"]] == [
            str(int(s["configured"])) for s in ours["otp"]["slots"]]
        assert sum(s["configured"] for s in ours["otp"]["slots"]) == count
        ykman(tokens, "otp", "chalresp", "-f", "-t", "-g", "2")
    assert ours["otp"]["slots"][1] == {"configured": True, "touch": True}
    assert line_of(site.run("info"), "  slot 2") == "configured, touch"


@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old", "solo",
                                     "none-att", "securitykey"])
def test_fido_members_are_what_fido2_token_says(site, profile):
    tokens = site.plug({"profile": profile, "pin": "1234"})
    theirs = fields(tokens.run("fido2-token", "-I",
                               tokens.hidraw("a")).stdout)
    ours = info(site)
    assert ours["aaguid"].replace("-", "") == theirs["aaguid"]
    fido = ours["fido"]
    for name, member in (("version strings", "versions"),
                         ("extension strings", "extensions"),
                         ("transport strings", "transports")):
        assert theirs.get(name, "").replace(",", "").split() == fido[member]
    assert re.sub(r" \(public-key\)|,", "", theirs.get(
        "algorithms", "")).split() == fido["algorithms"]
    assert ("clientPin" in theirs["options"]) and fido["clientPin"] == "on"
    assert theirs["pin retries"] == str(fido["pinRetries"]) == "8"
    left = theirs.get("remaining rk(s)", "undefined")
    assert left == ("undefined" if fido["residentKeysLeft"] is None
                    else str(fido["residentKeysLeft"]))
    least = theirs.get("minpinlen", "0")
    assert least == str(fido["minPinLength"] or 0)


def test_pin_retries_go_down_and_asking_spends_none(site):
    tokens = site.plug({**YK, "pin": "1234", "pin_retries": 5})
    assert info(site)["fido"]["pinRetries"] == 5
    assert info(site)["fido"]["pinRetries"] == 5
    assert line_of(site.run("info"), "  PIN") == "set, 5 tries left"
    assert tokens.stats("a")["pin_retries"] == 5
    tokens.set("a", pin_retries=0)
    assert line_of(site.run("info"), "  PIN") == "set, 0 tries left"


def test_a_u2f_key_has_no_pin_and_no_aaguid(site):
    site.plug("neo")
    done = site.run("info")
    assert line_of(done, "FIDO") == "U2F_V2"
    names = [line.split("  ")[1] for line in done.out.splitlines()
             if line.startswith("  ") and line[2:3].strip()]
    assert "CTAPHID" in names
    assert not [n for n in names if n.startswith(("AAGUID", "PIN"))]
    assert info(site)["fido"]["clientPin"] == "no"


@pytest.mark.parametrize("profile, words", [
    ("yubikey5", ["HID, keyboard (OTP), smart card, one key by its USB "
                  "parent"]),
    ("securitykey", []),
])
def test_interfaces_that_are_one_key_are_told_together(site, profile, words):
    site.plug(profile)
    done = site.run("info")
    assert done.code == 0, done
    assert [line.split(maxsplit=1)[1] for line in done.out.splitlines()
            if line.startswith("Interfaces ")] == words


def test_info_wants_no_touch_and_writes_nothing_into_the_token(site):
    tokens = site.plug({**YK, "pin": "1234"})
    tokens.touch("a", "withhold")
    before = tokens.stats("a")
    done = site.run("info")
    after = tokens.stats("a")
    assert done.code == 0 and done.seconds < 5
    assert after["touch"]["used"] == 0
    for member in ("counter", "pin_retries", "residents", "accounts",
                   "slots"):
        assert after[member] == before[member]


# ---- which one ----

def test_two_tokens_and_none_named_is_exit_4_with_the_options_to_use(site):
    tokens = site.plug(YK, "securitykey")
    done = site.run("info")
    assert done.code == 4 and done.out == ""
    assert "2 tokens are plugged in" in done.err
    assert "--token 12345678" in done.err
    assert f"--token {tokens.hidraw('b')}" in done.err
    assert tokens.stats("a")["commands"].get("oath-select") is None


def test_a_token_is_named_by_serial_path_short_option_or_environment(site):
    tokens = site.plug(YK, "securitykey")
    node = tokens.hidraw("b")
    assert info(site, "--token", "12345678")["serial"] == 12345678
    assert info(site, "-t", node)["node"] == node
    assert info(site, "-d", node)["node"] == node
    done = site.run("info", "--json", env={"TOKENBRIDGE_TOKEN": node})
    assert done.json["tokens"][0]["node"] == node
    (site.home / ".config").mkdir()
    (site.home / ".config/tokenbridge.conf").write_text("token = 12345678\n")
    assert info(site)["serial"] == 12345678


@pytest.mark.parametrize("name", ["99", "0012345678x", "/dev/hidraw99",
                                  "1234567", "", "alice"])
def test_a_name_that_fits_no_token_is_exit_4_and_points_to_list(site, name):
    site.plug(YK)
    site.make_registry()  # which knows labels
    done = site.run("info", "--token", name)
    assert done.code == 4 and done.out == ""
    assert f"no attached token is '{name}'" in done.err
    assert "tokenbridge list" in done.err


@pytest.mark.parametrize("profile", ["securitykey", "feitian"])
def test_a_label_or_an_id_names_a_key_that_tells_no_serial_number(site,
                                                                  profile):
    """Found by its identity credential, without a touch, among its like."""
    tokens = site.plug(*3 * [profile], cards=False)
    site.trust_vendor()
    site.make_registry()
    for name in "ab":
        done = site.run("verify", "--record", "--label", f"cano-{name}", "-t",
                        tokens.hidraw(name))
        assert done.code == 0, done
    for name in "abc":
        tokens.touch(name, "withhold")
    for row in site.show():
        node = tokens.hidraw(row["label"][-1])
        assert info(site, "-t", row["label"])["node"] == node
        prefix = next(row["id"][:n] for n in range(8, 33)
                      if not row["id"][:n].isdigit())
        assert info(site, "-t", prefix)["node"] == node
    tokens.unplug("b")
    done = site.run("info", "-t", "cano-b")
    assert done.code == 4 and "no attached token is 'cano-b'" in done.err
    assert info(site, "-t", "cano-a")["node"] == tokens.hidraw("a")


def test_a_row_with_a_serial_number_is_named_by_its_id_too(site):
    tokens = site.plug(YK, "securitykey", cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run("verify", "--record", "-t", "12345678").code == 0
    row, = site.show()
    prefix = next(row["id"][:n] for n in range(8, 33)
                  if not row["id"][:n].isdigit())
    before = tokens.stats("b")["commands"].get("getAssertion", 0)
    assert info(site, "-t", prefix)["serial"] == 12345678
    assert tokens.stats("b")["commands"].get("getAssertion", 0) == before


@pytest.mark.parametrize("verb", ["info", "verify"])
def test_where_a_path_names_it_no_other_token_is_asked(site, verb):
    tokens = site.plug(YK, {**YK, "serial": 22222222}, cards=False)
    site.trust_vendor()
    site.make_registry()
    done = site.run(verb, "-t", tokens.hidraw("a"))
    assert done.code == 0, done
    assert tokens.stats("b")["commands"] == {}
    # and a number may be anybody's
    assert site.run("info", "-t", "12345678").code == 0
    assert "INIT" in tokens.stats("b")["commands"]


def test_no_token_at_all_is_exit_4(site):
    site.plug({**YK, "unplugged": True})
    done = site.run("info")
    assert done.code == 4 and "no token is plugged in" in done.err


def test_two_tokens_with_one_serial_number_are_told_apart_by_path(site):
    tokens = site.plug(YK, YK)
    done = site.run("info", "--token", "12345678")
    assert done.code == 4
    assert "several attached tokens are '12345678'" in done.err
    assert "/dev/hidraw" in done.err
    assert info(site, "--token", tokens.hidraw("b"))["node"] == \
        tokens.hidraw("b")


# ---- device information ----

def test_the_tokens_own_page_is_shown_in_full(site):
    site.plug(YK, cards=False)
    token = info(site)
    assert token["disagreements"] == []
    page = token["deviceInfo"]
    assert page["usbEnabled"] == token["applications"]
    assert (page["biometric"], page["preview"],
            page["configurationLocked"]) == (False, False, False)
    assert page["partNumber"] is None and page["fipsApproved"] == []


@pytest.mark.parametrize("firmware,preview", [
    ("5.0.1", True), ("5.2.2", True), ("5.2.3", False), ("5.5.1", True),
    ("5.5.2", False)])
def test_a_key_from_before_its_release_is_told(site, firmware, preview):
    site.plug({"profile": "yubikey5-old", "firmware": firmware}, cards=False)
    assert info(site)["deviceInfo"]["preview"] == preview
    assert ("\nPreview " in site.run("info").out) == preview


@pytest.mark.parametrize("profile", ["solo", "neo"])
def test_a_key_without_device_information_shows_none(site, profile):
    site.plug(profile, cards=False)
    token = info(site)
    assert token["deviceInfo"] is None and token["disagreements"] == []


# ---- interfaces that do not answer, or are not of this token ----

def test_a_card_that_is_out_is_said(site):
    tokens = site.plug(YK)
    tokens.card("a", False)
    token = info(site)
    assert token["oath"] is None
    assert token["oathProblem"] == \
        "no smart-card reader shows serial number 12345678"
    assert token["otp"] and token["fido"]
    assert line_of(site.run("info"), "OATH").startswith("unknown: ")


def test_without_pcscd_the_rest_is_shown_and_the_remedy_named(site):
    site.plug(YK, cards=False)
    done = site.run("info", "--json",
                    env={"PCSCLITE_CSOCK_NAME": str(site.folder / "none")})
    token, = done.json["tokens"]
    assert token["oath"] is None and token["otp"]["version"] == "5.7.4"
    assert "pcscd" in token["oathProblem"]


@pytest.mark.parametrize("kind", ["ccid-other-serial", "config-garbage"])
def test_a_card_that_does_not_say_the_same_serial_is_not_joined(site, kind):
    tokens = site.plug(YK)
    whole = info(site)
    assert whole["oath"]["joinedBy"] == "same-serial"
    tokens.misbehave("a", kind, count=-1, command="mgmt-config"
                     if kind == "config-garbage" else "")
    token = info(site)
    assert token["oath"] is None
    assert "no smart-card reader shows serial number 12345678" in \
        token["oathProblem"]
    # what is there instead is told: it may be the same key
    assert ("; there are: 12345679" in token["oathProblem"]) == (
        kind == "ccid-other-serial")
    text = site.run("info").out
    assert whole["oath"]["deviceId"] not in text


def test_two_keys_each_show_the_accounts_of_their_own_card(site):
    tokens = site.plug(YK, {"profile": "yubikey5", "serial": 87654321})
    tokens.fill_oath("b", 2)
    assert len(info(site, "-t", "12345678")["oath"]["credentials"]) == 0
    assert len(info(site, "-t", "87654321")["oath"]["credentials"]) == 2
    tokens.card("b", False)
    assert info(site, "-t", "87654321")["oath"] is None


@pytest.mark.parametrize("kind", ["otp-bad-crc", "otp-wrong-serial"])
def test_an_otp_interface_of_another_serial_is_not_joined(site, kind):
    tokens = site.plug(YK)
    tokens.misbehave("a", kind, count=-1)
    token = info(site)
    assert token["otp"] is None and token["oath"]
    assert token["otpProblem"].startswith(
        "no OTP interface shows the token's serial number")
    assert ("; there are: 12345679" in token["otpProblem"]) == (
        kind == "otp-wrong-serial")
    tokens.clear("a")
    assert info(site)["otp"]


@pytest.mark.parametrize("kind,at", [
    ("oath-short-reply", 3), ("oath-endless", 0), ("oath-sw-6f00", 0),
    ("oath-wrong-status", 0x6a82), ("card-removed", 0)])
def test_a_card_that_makes_no_sense_is_no_reason_to_say_nothing(site, kind,
                                                                at):
    tokens = site.plug(YK)
    tokens.misbehave("a", kind, count=-1, at=at)
    done = site.run("info", "--json")
    assert done.code == 0 and done.seconds < 10
    token, = done.json["tokens"]
    assert token["oath"] is None and token["oathProblem"]
    assert token["serial"] == 12345678 and token["fido"]


def test_a_card_that_never_answers_is_not_waited_for_for_ever(site):
    tokens = site.plug(YK)
    tokens.misbehave("a", "oath-delay", count=-1, at=60000)
    begun = time.monotonic()
    process = site.start("info", "--json")
    time.sleep(2)
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, (out, err)
    assert time.monotonic() - begun < 8
    assert "interrupted" in err


def test_without_permission_info_says_so_and_blames_nothing_else(site):
    tokens = site.plug(YK)
    tokens.permission("a", "deny")
    done = site.run("info", "--token", tokens.hidraw("a"))
    assert "no permission to open" in line_of(done, "Problem", 10)
    assert "FIDO  " not in done.out
    assert "tells no serial" not in done.out
    assert "could not tell its serial number" in line_of(done, "OATH", 10)
    # the keyboard driver is not detached for a slot nobody could join
    assert "otp-10" not in tokens.stats("a")["commands"]


def test_a_held_token_is_said_with_its_holder(site):
    tokens = site.plug(YK)
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        done = site.run("info")
    assert "is held by" in line_of(done, "Problem", 10)
    assert done.seconds < 3


def test_a_token_named_by_serial_while_another_program_has_it_is_waited_for(
        site):
    tokens = site.plug(YK, "securitykey")
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        process = site.start("info", "--json", "-t", "12345678")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        fcntl.flock(node, fcntl.LOCK_UN)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0, err
        fcntl.flock(node, fcntl.LOCK_EX)
        done = site.run("info", "-t", "12345678")
    assert done.code == 4 and done.seconds < 8, done
    assert "one could not be asked" in done.err and "is held by" in done.err


# ---- one text, two things ----

TWO = ({"profile": "yubikey5", "serial": 12345678},
       {"profile": "yubikey5", "serial": 87654321})


@pytest.fixture
def mislabelled(bench, site):
    """The second key has the first one's number on its label."""
    bench(*TWO)
    done = site.run("verify", "--record", "--token", "87654321", "--label",
                    "12345678")
    assert done.code == 0, done
    return site


@pytest.mark.parametrize("verb", ["info", "wink", "verify"])
def test_a_number_that_is_another_ones_label_is_refused_with_both_shown(
        mislabelled, verb):
    done = mislabelled.run(verb, "--token", "12345678")
    assert done.code == 4, done
    for token in ("a", "b"):
        assert mislabelled.tokens.hidraw(token) in done.err
    mislabelled.tokens.unplug("b")
    done = mislabelled.run(verb, "--token", "12345678")
    assert done.code == 2, done
    (row,) = mislabelled.show()
    assert "is the serial number of" in done.err
    assert "names token '12345678'" in done.err and row["id"][:8] in done.err
    path = mislabelled.tokens.hidraw("a")
    assert path in done.err
    assert mislabelled.run(verb, "--token", path).code == 0
    if verb == "verify":
        return  # it wants the registry that is named
    # without one the token's own word is all that there is
    mislabelled.registry.unlink()
    done = mislabelled.run(verb, "--token", "12345678")
    assert done.code == 0, done


def test_two_keys_of_one_number_are_shown_both(bench, site):
    bench(TWO[0], TWO[0])
    done = site.run("info", "--token", "12345678")
    assert done.code == 4, done
    for token in ("a", "b"):
        assert site.tokens.hidraw(token) in done.err


# ---- while something is silent ----

def test_on_a_terminal_it_says_what_it_waits_for_and_takes_it_away(site):
    site.plug(YK)
    t = Terminal(site, "info", columns=80)
    try:
        assert t.end() == 0, t.seen
        lines = ("Asking the token over FIDO", "Asking the smart card (15 s",
                 "Asking the keyboard interface (20 s")
        for line in lines:
            assert f"\r{line}" in t.seen, t.seen
        # each stood in one row, which is empty behind them
        shown = [line.rpartition("\r")[2] for line in
                 t.seen.replace("\r\n", "\n").split("\n")]
        assert not [line for line in shown if "Asking" in line]
    finally:
        t.close()


def test_piped_it_says_nothing_of_what_it_waits_for(site):
    site.plug(YK)
    assert site.run("info").err == ""
    assert site.run("info", "--json").err == ""
