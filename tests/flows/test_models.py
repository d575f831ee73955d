# SPDX-License-Identifier: Apache-2.0
"""Every model and every misbehaviour that the rig's token knows, and what `verify`
makes of it."""
import pathlib
import re

import pytest

from conftest import RIG, YK
from test_verify import advisory, local_table, steps

HERE = pathlib.Path(__file__).parent


def verify(site, *more, pin=None):
    return site.run_with_pin("verify", "--json", *more, pin=pin)


# ---- models ----

MODELS = [
    # what is plugged in, its PIN, verdict, what a step says
    ("yubikey5", None, "genuine", "model", "the same in the certificate"),
    ("yubikey5-old", None, "genuine-but-vulnerable", "firmware",
     "YSA-2025-02"),
    ("yubikey4-fips", None, "genuine-but-vulnerable", "firmware",
     "YSA-2024-03"),
    ("securitykey", None, "genuine", "model", "the same in the certificate"),
    ("neo", None, "genuine-but-vulnerable", "posture", "U2F only"),
    ("solo", None, "self-attested", "chain", "vouches for itself"),
    ("none-att", None, "not-attested", "signature", "none"),
    ("bio", None, "genuine", "posture", "no PIN is set"),
    ({"profile": "bio", "pin": "1234", "fingers": 1}, "1234", "genuine",
     "posture", "a PIN is set"),
    ("feitian", None, "genuine", "model", "names a model"),
    ({**YK, "attestation": "tpm", "tpm_alg": "rs256"}, None, "genuine",
     "signature", "tpm"),
    ({**YK, "attestation": "tpm", "tpm_alg": "rs256"}, None, "genuine",
     "chain", "a certificate without a subject (SHA-256 "),
    ({**YK, "attestation": "u2f"}, None, "genuine", "signature",
     "fido-u2f"),
    ({**YK, "attestation": "u2f"}, None, "genuine", "model",
     "57f045740001 by the certificate, a U2F answer names none"),
    ({**YK, "fido2_off": 1}, None, "genuine", "model", "by the certificate"),
    ({**YK, "fido2_off": 1, "leaf": "critical-aaguid"}, None, "forged",
     "model", "critical"),
    ("securitykey-u2f", None, "genuine-but-vulnerable", "model",
     "57f045120002 by the certificate"),
    ({**YK, "attestation": "none"}, None, "not-attested", "signature",
     "none"),
    ({**YK, "attestation": "self"}, None, "self-attested", "chain",
     "vouches for itself"),
    ({**YK, "algorithms": "eddsa,es256"}, None, "genuine", "signature",
     "packed"),
    ({**YK, "leaf": "no-aaguid"}, None, "genuine", "model", "only claimed"),
    ({**YK, "leaf": "other-aaguid"}, None, "forged", "model",
     "the answer claims"),
    ({**YK, "leaf": "critical-aaguid"}, None, "forged", "model", "critical"),
    ({**YK, "leaf": "is-ca"}, None, "forged", "signature", ""),
    ({**YK, "leaf": "no-ou"}, None, "forged", "signature", ""),
    ({**YK, "leaf": "preview"}, None, "unknown-maker", "chain", ""),
    ({**YK, "leaf": "expired"}, None, "undecided", "chain", "expired"),
    ({**YK, "leaf": "not-yet-valid"}, None, "undecided", "chain",
     "not yet valid"),
]


@pytest.mark.parametrize("token,pin,verdict,step,words", MODELS, ids=str)
def test_each_model_gets_its_verdict(bench, site, token, pin, verdict, step,
                                     words):
    bench(token)
    done = verify(site, pin=pin)
    assert done.json["verdict"] == verdict, done
    assert words in steps(done)[step][2], done


# ---- what a certificate proves, whatever the statement ----

U2F = {"profile": "securitykey-u2f"}
U2F_MODEL = "a0f1c5d2-0b5e-4e8f-9a36-57f045120002"


def test_a_u2f_leaf_proves_more_than_the_token_says(bench, site):
    bench({**U2F, "firmware": "5.7.4"})
    assert verify(site).code == 0  # nothing is known of this model yet
    local_table(site, ("model", U2F_MODEL, "5.1.0", "5.2.0"))
    done = verify(site)
    assert done.code == 20, done
    assert done.json["provedAaguid"] == U2F_MODEL
    assert done.json["firmwareBasis"] == "aaguid"
    assert advisory(done, "YSA-2024-03")[:2] == ("warn",
                                                 "genuine-but-vulnerable")
    said, = [s["text"] for s in done.json["steps"]
             if "of itself" in s["text"]]
    assert "firmware 5.1.0 to before 5.2.0 (by its AAGUID)" in said
    assert "says 5.7.4 of itself" in said


def test_a_u2f_key_is_recorded_with_the_model_that_its_leaf_proves(bench,
                                                                   site):
    tokens = bench(U2F)
    verify(site, "--record")
    row, = site.show()
    assert row["aaguid"] == U2F_MODEL.replace("-", "")
    assert {(i["value"], i["basis"]) for i in row["identifiers"]
            if i["kind"] == "aaguid"} == {
        (U2F_MODEL, "attested"),
        ("00000000-0000-0000-0000-000000000000", "self-reported")}
    # over U2F, and where somebody has switched FIDO2 on
    assert verify(site).json["proved"] is True
    tokens.set("a", fido2_off=0)
    tokens.replug("a")
    done = verify(site)
    assert done.json["attached"]["protocol"] == "FIDO2"
    assert done.json["proved"] is True, done


def test_an_old_key_s_needless_zeros_are_no_false_signature(bench, site):
    bench("feitian")  # every third signature has some
    assert verify(site, "--record").code == 0
    for _ in range(4):
        done = verify(site)
        assert (done.code, done.json["proved"]) == (0, True), done


def test_the_hid_version_of_a_neo_is_no_firmware(bench, site):
    bench("neo")
    done = verify(site)
    assert (done.json["firmware"], done.json["firmwareBasis"]) == (
        None, "unknown")


@pytest.mark.parametrize("token,words", [
    ({**YK, "vid": 0x1234, "pid": 0x5678},
     "its certificate is one of Yubico's (USB vendor 1050), and USB says "
     "vendor 1234"),
    ({"profile": "oathkey", "vid": 0x1050},
     "USB says that it is Yubico's (vendor 1050), and its certificate is not "
     "one of theirs")], ids=str)
def test_another_vendor_over_usb_than_in_the_certificate_is_said(
        bench, site, token, words):
    bench(token)
    done = verify(site)
    assert done.code == 0, done
    assert steps(done)["vendor"] == ("warn", None, words)


@pytest.mark.parametrize("token", [YK, {"profile": "oathkey"},
                                   {"profile": "feitian"},
                                   {"profile": "neo"}], ids=str)
def test_where_both_are_one_vendor_s_nothing_is_said(bench, site, token):
    bench(token)
    assert "vendor" not in steps(verify(site))


@pytest.mark.parametrize("token,told", [
    ({**YK, "always_uv": 1, "pin": "1234"}, True),
    ({**YK, "pin": "1234"}, False)], ids=str)
def test_the_pin_that_getinfo_told_of_is_asked_for_before_the_touch(
        bench, site, token, told):
    tokens = bench(token)
    assert verify(site, "--record", pin="1234").json["verdict"] == "genuine"
    before = tokens.stats("a")["commands"]
    done = verify(site, pin="1234" if told else None)
    assert done.json["proved"] is True, done
    assert done.err.count("Touch the token") == 1
    asked = tokens.stats("a")["commands"]
    assert asked["getAssertion"] > before.get("getAssertion", 0)


def test_firmware_that_only_its_vendor_can_read_is_not_untold(bench, site):
    bench({"profile": "solo", "ctap21": 1, "attestation": "x5c"})
    done = verify(site)
    assert done.code == 0, done
    assert "the token tells firmware 262405, which its vendor counts in a " \
        "way of its own" in steps(done)["firmware"][2]
    assert "does not tell its firmware" not in site.run("info").out


# ---- misbehaviour ----

MISBEHAVIOUR = [
    # kind, at, verdict, step, words
    ("cose-off-curve", 0, "forged", "signature", ""),
    ("backed-up", 8, "undecided", "hardware", "can be copied"),
    ("backed-up", 24, "undecided", "hardware", "can be copied"),
    ("backed-up", 16, "undecided", "hardware", "can be copied"),
    ("info-huge", 30, "genuine", "model", "the same in the certificate"),
    ("info-aaguid", 0, "genuine", "model", "the same in the certificate"),
]


@pytest.mark.parametrize("kind,at,verdict,step,words", MISBEHAVIOUR)
def test_each_misbehaviour_gets_its_verdict(bench, site, kind, at, verdict, step,
                                   words):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1, at=at)
    done = verify(site)
    assert tokens.stats("a")["misbehaviour"][kind]["done"] > 0
    assert done.json["verdict"] == verdict, done
    assert words in steps(done)[step][2], done


@pytest.mark.parametrize("token,kind", [
    (YK, "cose-wrong-alg"), (YK, "oversize-string"), ({**YK, "attestation": "unknown"}, "")])
def test_what_libfido2_does_not_take_is_no_verdict(bench, site, token, kind):
    tokens = bench(token)
    if kind:
        tokens.misbehave("a", kind, count=-1, command="makeCredential")
    done = verify(site)
    assert done.code == 1 and not done.out, done
    assert "of a form that libfido2 does not know" in done.err, done


def test_a_key_that_is_not_the_credentials_own_shows_at_its_first_proof(
        bench, site):
    tokens = bench()
    tokens.misbehave("a", "cose-other-key", count=1)
    assert verify(site, "--record").json["verdict"] == "genuine"
    done = verify(site)
    assert done.json["verdict"] == "not-this-token", done
    # who signs with the key itself is caught at once
    tokens.set("a", attestation="self")
    tokens.misbehave("a", "cose-other-key", count=1)
    assert verify(site, "--fresh").code in (24, 27)


def test_an_answer_by_another_credential_is_not_this_token(bench, site):
    tokens = bench()
    assert verify(site, "--record").code == 0
    tokens.misbehave("a", "other-credential", count=-1)
    done = site.run("verify", "--json")
    assert done.code in (1, 27), done


@pytest.mark.parametrize("kind", ["ignore-protect", "protect-false"])
def test_protection_that_is_not_there_is_no_proof_of_anything(bench, site,
                                                              kind):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1)
    done = verify(site)
    assert done.json["verdict"] == "genuine", done


# ---- none left out ----

def test_every_misbehaviour_of_the_token_is_met_by_a_flow():
    names = re.findall(r'\] = "([a-z0-9-]+)"', (
        RIG / "token/misbehave.c").read_text())
    assert len(names) > 40
    flows = "\n".join(path.read_text() for path in HERE.glob("*.py"))
    assert [name for name in names if f'"{name}"' not in flows] == []


@pytest.mark.parametrize("command, spared, times", [
    ("makeCredential", 0, 2),  # the second time with a user's name
    ("getAssertion", 1, 1)])   # behind the silent one that finds the row
def test_a_key_in_fips_mode_is_given_the_pin_that_it_wants(
        bench, site, command, spared, times):
    tokens = bench({**YK, "pin": "123456"})
    if command == "getAssertion":
        assert site.run("verify", "--record").code == 0

    def lacks():
        tokens.misbehave("a", "wrong-status", at=0x14, count=times,
                         command=command, skip=spared)
    lacks()
    done = site.run_with_pin("verify", pin="123456")
    assert done.code == 0, done
    lacks()
    done = site.run("verify")
    assert done.code == 7 and "--pin-fd" in done.err, done
