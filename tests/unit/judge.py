#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""judge.py EVIDENCE: whether python-fido2, which we did not write, takes a
file of evidence: the attestation, the assertion, and that both are of the
credential that the file names. Says why not and ends with status 1; 77 where
python-fido2 is missing."""
import base64
import hashlib
import importlib.metadata
import json
import os
import pathlib
import sys

UNKNOWN = "it knows no such key"
SYSTEM = "/usr/bin/python3"  # for which python3-fido2 is packaged

try:
    try:
        from fido2.webauthn import AttestationObject, AuthenticatorData
    except ImportError:
        from fido2.ctap2 import AttestationObject, AuthenticatorData
    from fido2 import cbor
    from fido2.attestation import Attestation, AttestationType, tpm
    from fido2.cose import CoseKey
    VERSION = importlib.metadata.version("fido2")
    MISSING = None
except ImportError:
    if sys.executable != SYSTEM and os.access(SYSTEM, os.X_OK) and \
            "TOKENBRIDGE_AGAIN" not in os.environ:
        os.environ["TOKENBRIDGE_AGAIN"] = "1"
        os.execv(SYSTEM, [SYSTEM, *sys.argv])
    MISSING = "python3-fido2 is not installed"
    VERSION = None


def mend():
    """Version 0.9.1 can read no elliptic key of a TPM: it asks the wrong
    object for the curve, and takes y for x. All else is as it comes."""
    if MISSING:
        return
    if not hasattr(tpm.TpmsEccParms, "to_curve"):
        tpm.TpmsEccParms.to_curve = lambda self: self.curve_id.to_curve()
    if tpm.TpmsEccPoint(1, 2).x != 1:
        tpm.TpmsEccPoint.__init__ = lambda self, x, y: vars(self).update(
            x=x, y=y)


mend()


def holds(data, client, rp):
    """Whether it takes an attestation object for anybody's word; rpIdHash and
    presence, which it leaves to its server, are looked at here."""
    try:
        made = AttestationObject(data)
        auth = made.auth_data
        if auth.rp_id_hash != hashlib.sha256(rp).digest() or \
                not auth.is_user_present() or not auth.credential_data:
            return False
        kind = Attestation.for_type(made.fmt)()
        statement = getattr(made, "att_statement", None) or \
            getattr(made, "att_stmt", None)
        result = kind.verify(statement or {}, auth,
                             hashlib.sha256(client).digest())
        return result.attestation_type != AttestationType.NONE
    except Exception:  # noqa: BLE001 - it throws whatever its parsers throw
        return False


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def defect(text):
    """What is wrong with a file of evidence; None."""
    whole = json.loads(text)
    data, client = (decode(whole[name]) for name in
                    ("attestationObject", "clientDataJSON"))
    rp = whole["rpId"].encode()
    if not holds(data, client, rp):
        return "the attestation does not hold"
    of = AttestationObject(data).auth_data.credential_data
    key = cbor.decode(decode(whole["credentialPublicKey"]))
    if dict(of.public_key) != key:
        return "the attestation is of another key"
    if "assertion" not in whole:
        return None
    made = {name: decode(value) for name, value in
            whole["assertion"].items() if name != "rpId"}
    if made["credentialId"] != of.credential_id:
        return "the assertion is by another credential"
    auth = AuthenticatorData(made["authenticatorData"])
    if auth.rp_id_hash != hashlib.sha256(rp).digest():
        return "the assertion is for another relying party"
    try:
        CoseKey.parse(key).verify(auth + hashlib.sha256(
            made["clientDataJSON"]).digest(), made["signature"])
    except NotImplementedError:
        return UNKNOWN
    except Exception as e:  # noqa: BLE001 - as above
        return f"the assertion does not hold: {e!r}"
    return None


def main():
    if MISSING:
        print(MISSING)
        return 77
    why = defect(pathlib.Path(sys.argv[1]).read_text())
    if why:
        print(why)
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
