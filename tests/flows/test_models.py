# SPDX-License-Identifier: Apache-2.0
"""Every model and every misbehaviour that the rig's token knows, and what `verify`
makes of it."""
import pathlib
import re

import pytest

from conftest import RIG, YK
from test_verify import steps

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
     "YSA-2019-02"),
    ("securitykey", None, "genuine", "model", "the same in the certificate"),
    ("neo", None, "genuine-but-vulnerable", "posture", "U2F only"),
    ("solo", None, "self-attested", "chain", "vouches for itself"),
    ("none-att", None, "not-attested", "signature", "none"),
    ("bio", None, "genuine", "posture", "no PIN is set"),
    ({"profile": "bio", "pin": "1234", "fingers": 1}, "1234", "genuine",
     "posture", "a PIN is set"),
    ("feitian", None, "genuine", "model", "names no model"),
    ({**YK, "attestation": "tpm", "tpm_alg": "rs256"}, None, "genuine",
     "signature", "tpm"),
    ({**YK, "attestation": "u2f"}, None, "genuine", "signature",
     "fido-u2f"),
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
