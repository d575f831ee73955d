# SPDX-License-Identifier: Apache-2.0
"""What rests on which libfido2 there is: what a token keeps, its identifier,
enterprise attestation, tokens on readers. With an older one the program says
so, and what to do.
"""
import contextlib
import json
import subprocess

import pytest

import raw
from conftest import PROGRAM
from test_care import ASK, Talk

YK = {"profile": "yubikey5", "serial": 12345678, "pin": "1234"}
KEY = {"profile": "securitykey"}
RPS = {"example.com": (b"alice", b"bob"), "example.org": (b"alice",)}


def version():
    text = subprocess.run(["pkg-config", "--modversion", "libfido2"],
                          capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in text.split("."))


def has_pcsc():
    """Debian's is built without it; ldd names what its libraries need, too."""
    return "libpcsclite" in subprocess.run(["ldd", PROGRAM], text=True,
                                           capture_output=True).stdout


VERSION = version()


def from_(*least):
    wanted = ".".join(map(str, least))
    return pytest.mark.skipif(VERSION < least,
                              reason=f"libfido2 is older than {wanted}")


def before(*first):
    found = ".".join(map(str, first))
    return pytest.mark.skipif(VERSION >= first,
                              reason=f"libfido2 is {found} or newer")


def keep(tokens, rps):
    """Resident credentials; without a PIN nobody has to prove anything."""
    tokens.set("a", pin="")
    with contextlib.closing(raw.CtapHid(tokens, "a")) as key:
        for rp, users in rps.items():
            for user in users:
                status, _ = key.make(rp=rp, user=user, options={"rk": True})
                assert status == 0
    tokens.set("a", pin="1234")


def credentials(site, pin="1234"):
    done = site.run_with_pin("info", "--credentials", "--json", pin=pin)
    assert done.code == 0, done
    token, = done.json["tokens"]
    return token["fido"]["credentials"]


# ---- what a token keeps ----

def test_what_a_token_keeps_is_listed_by_who_it_is_for(site):
    tokens = site.plug(YK, cards=False)
    keep(tokens, RPS)
    kept = credentials(site)
    assert kept["kept"] == 3 and kept["left"] == 97
    assert {rp["rpId"]: rp["count"] for rp in kept["for"]} == {
        "example.com": 2, "example.org": 1}
    assert kept["deviceIdentifier"] is None
    assert len(tokens.stats("a")["residents"]) == 3
    text = site.run_with_pin("info", "--credentials", pin="1234")
    assert "3 resident credentials, room for 97" in text.out
    assert "2 for example.com" in text.out


def test_a_token_that_keeps_nothing_says_so(site):
    site.plug(YK, cards=False)
    assert credentials(site) == {"kept": 0, "left": 100, "for": [],
                                 "deviceIdentifier": None}


def test_without_the_option_no_pin_is_asked_for(site):
    tokens = site.plug(YK, cards=False)
    done = site.run("info", "--json")
    assert done.code == 0, done
    assert done.json["tokens"][0]["fido"]["credentials"] is None
    assert tokens.stats("a")["pin_retries"] == 8


def test_a_pin_for_nothing_is_a_usage_error(site):
    tokens = site.plug(YK, cards=False)
    done = site.run_with_pin("info", pin="1234")
    assert done.code == 2 and "goes with --credentials" in done.err, done
    assert "clientPIN" not in tokens.stats("a")["commands"]


def test_a_wrong_pin_costs_one_try_and_lists_nothing(site):
    tokens = site.plug(YK, cards=False)
    done = site.run_with_pin("info", "--credentials", "--json", pin="4321")
    assert done.code == 7, done
    assert "wrong PIN" in done.err and not done.out
    assert tokens.stats("a")["pin_retries"] == 7


def test_a_mistyped_pin_is_asked_for_again(site):
    site.plug(YK, cards=False)
    talk = Talk(site, "info", "--credentials").say(ASK, "4321")
    talk.expect("Wrong PIN: 7 tries left").say(ASK, "1234").expect("keeps")
    assert talk.end() == 0


@pytest.mark.parametrize("token, words", [
    ({"profile": "neo"}, "it has no credential management"),
    ({"profile": "yubikey5", "pin": ""}, "it has none: `tokenbridge pin set`"),
    ({"profile": "solo", "pin": "1234"}, "it has no credential management"),
])
def test_why_nothing_is_listed_is_said_before_a_pin_is_wanted(site, token,
                                                              words):
    site.plug(token, cards=False)
    done = site.run("info", "--credentials")
    assert done.code != 0 and words in done.err, done


def test_the_tokens_answer_counts_and_not_what_it_announces(site):
    tokens = site.plug({"profile": "yubikey5-old", "serial": 12345678,
                        "pin": "1234", "credman_hidden": True}, cards=False)
    told = site.run("info", "--json").json["tokens"][0]
    assert "credentialMgmtPreview" not in json.dumps(told)
    keep(tokens, RPS)
    assert credentials(site)["kept"] == 3
    tokens.set("a", credman="none")
    tokens.replug("a")
    done = site.run_with_pin("info", "--credentials", pin="1234")
    assert done.code == 1 and "does not know the command" in done.err, done
    assert tokens.stats("a")["pin_retries"] == 8


def test_the_preview_s_command_serves_too(site):
    tokens = site.plug({**YK, "credman": "preview"}, cards=False)
    keep(tokens, RPS)
    assert credentials(site)["kept"] == 3


@from_(1, 15)
def test_a_token_without_the_preview_s_command_is_listed(site):
    tokens = site.plug({**YK, "credman": "full"}, cards=False)
    keep(tokens, RPS)
    assert credentials(site)["kept"] == 3


@before(1, 15)
def test_a_token_without_the_preview_s_command_wants_a_newer_libfido2(site):
    tokens = site.plug({**YK, "credman": "full"}, cards=False)
    done = site.run_with_pin("info", "--credentials", pin="1234")
    assert done.code == 1 and "needs libfido2 1.15 or newer" in done.err, done
    assert tokens.stats("a")["pin_retries"] == 8


# ---- its identifier ----

@from_(1, 17)
def test_the_identifier_is_the_same_until_a_reset(site):
    tokens = site.plug({**YK, "lasting": True}, cards=False)
    first = credentials(site)["deviceIdentifier"]
    assert len(first) == 32 and int(first, 16)
    tokens.replug("a")
    assert credentials(site)["deviceIdentifier"] == first
    tokens.set("a", pin="")
    tokens.replug("a")
    with contextlib.closing(raw.CtapHid(tokens, "a")) as key:
        assert key.command(7, None)[0] == 0
    tokens.set("a", pin="1234")
    assert credentials(site)["deviceIdentifier"] != first


@before(1, 17)
def test_an_older_libfido2_reads_no_identifier(site):
    site.plug({**YK, "lasting": True}, cards=False)
    assert credentials(site)["deviceIdentifier"] is None


# ---- enterprise attestation ----

EP = {**YK, "pin": "", "enterprise": True, "ep": True}


def serials(site):
    row, = site.show()
    return [(i["value"], i["basis"]) for i in row["identifiers"]
            if i["kind"] == "serial"]


@from_(1, 16)
def test_enterprise_attestation_proves_the_serial_number(site):
    site.plug(EP, cards=False)
    site.trust_vendor()
    site.make_registry()
    done = site.run("verify", "--enterprise", "--record", "--json")
    assert done.code == 0, done
    step, = [s for s in done.json["steps"] if s["step"] == "serial"]
    assert step["status"] == "pass" and "12345678" in step["text"]
    assert serials(site) == [("12345678", "attested")]


@from_(1, 16)
def test_only_where_it_is_asked_for_does_the_token_show_itself(site):
    tokens = site.plug(EP, cards=False)
    site.trust_vendor()
    site.make_registry()
    evidence = site.folder / "e.json"
    assert site.run("verify", "--enterprise", "--evidence",
                    evidence).code == 0
    again = site.run("verify", "--from", evidence, "--json")
    assert again.code == 0, again
    assert "serial" in [s["step"] for s in again.json["steps"]]
    # without asking, the batch's certificate comes, which names no token
    done = site.run("verify", "--json")
    assert done.code == 0, done
    assert "serial" not in [s["step"] for s in done.json["steps"]]
    assert tokens.stats("a")["commands"]["makeCredential"] == 2


@from_(1, 16)
def test_a_token_that_was_asked_and_gave_none_is_told(site):
    site.plug({**EP, "attestation": "u2f"}, cards=False)
    site.trust_vendor()
    site.make_registry()
    done = site.run("verify", "--enterprise", "--json")
    assert done.code == 0, done
    step, = [s for s in done.json["steps"] if s["step"] == "serial"]
    assert step["status"] == "warn" and "gave none" in step["text"]


@from_(1, 16)
def test_of_a_known_token_it_asks_for_a_new_attestation(site):
    tokens = site.plug(EP, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run("verify", "--record").code == 0
    assert serials(site) == [("12345678", "self-reported")]
    done = site.run("verify", "--enterprise", "--record", "--json")
    assert done.code == 0, done
    assert tokens.stats("a")["commands"]["makeCredential"] == 2
    assert ("12345678", "attested") in serials(site)


@pytest.mark.parametrize("token, words", [
    ({**EP, "ep": False}, "it is not switched on"),
    ({**EP, "enterprise": False}, "it has none"),
    (KEY, "it has none"),
])
def test_a_token_without_it_is_not_touched(site, token, words):
    tokens = site.plug(token, cards=False)
    site.make_registry()
    done = site.run("verify", "--enterprise")
    assert done.code == 1, done
    assert "gives no enterprise attestation" in done.err
    assert words in done.err
    assert "makeCredential" not in tokens.stats("a")["commands"]


@before(1, 16)
def test_an_older_libfido2_cannot_ask_for_it(site):
    tokens = site.plug(EP, cards=False)
    site.make_registry()
    done = site.run("verify", "--enterprise")
    assert done.code == 1 and "needs libfido2 1.16 or newer" in done.err, done
    assert "makeCredential" not in tokens.stats("a")["commands"]


def test_from_a_file_nothing_is_asked(site):
    done = site.run("verify", "--from", "x.json", "--enterprise")
    assert done.code == 2, done


# ---- readers ----

CARD = {"profile": "yubikey5", "serial": 12345678, "fido_card": True}


@pytest.fixture
def reader(site):
    """A token on a smart-card reader, and how `list` shows it."""
    if not has_pcsc():
        pytest.skip("this libfido2 was built without PC/SC")
    tokens = site.plug(CARD)
    done = site.run("list", "--readers", "--json")
    assert done.code == 0, done
    found, = [t for t in done.json["tokens"] 
              if t["transport"] != "usb"]
    return site, tokens, found


def test_readers_are_looked_at_only_when_asked_for(site):
    site.plug(CARD)
    done = site.run("list", "--json")
    assert [t["transport"] for t in done.json["tokens"]] == ["usb"]


def test_a_reader_without_a_token_is_no_token(site):
    site.make_registry()
    for words in (["--readers"], ["--token", "pcsc://slot7"],
                  ["--token", "nfc:/sys/class/nfc/nfc9"]):
        done = site.run("info", *words)
        assert done.code == 4, done


def test_a_token_on_a_reader_is_one_of_its_own(reader):
    site, tokens, found = reader
    assert found["node"].startswith("pcsc:") and found["usb"] is None
    assert found["transport"] == "smart-card" and found["status"] == "usable"
    done = site.run("info", "--token", found["node"], "--json")
    assert done.code == 0, done
    fido = done.json["tokens"][0]["fido"]
    assert "FIDO_2_1" in fido["versions"] and fido["ctapHid"] is None


def test_a_token_on_a_reader_is_verified_and_recorded(reader):
    site, tokens, found = reader
    site.trust_vendor()
    site.make_registry()
    for _ in range(2):  # the second time by its identity credential
        done = site.run("verify", "--record", "--json", "--token",
                        found["node"])
        assert done.code == 0, done
    assert len(site.show()) == 1
    assert tokens.stats("a")["commands"]["makeCredential"] == 1


def test_a_token_that_is_taken_off_the_reader_is_gone(reader):
    site, tokens, found = reader
    site.make_registry()
    tokens.card("a", False)
    done = site.run("verify", "--token", found["node"])
    assert done.code == 4, done


def test_a_token_on_a_reader_is_not_reset(reader):
    site, tokens, found = reader
    site.make_registry()
    done = site.run("reset", "--token", found["node"])
    assert done.code == 1 and "plug it in by USB" in done.err, done
    assert "reset" not in tokens.stats("a")["commands"]
