# SPDX-License-Identifier: Apache-2.0
"""A third party's authenticator, with whose code we have nothing in common,
behind the soft token's node. $SOFTTOKEN_NODE_MODULES is where its packages
are (`npm ci` in a copy of tests/rig/token/npm)."""
import datetime
import os
import pathlib
import shlex
import shutil

import pytest

from conftest import RIG

BACKEND = RIG / "token/npm/backend.js"
MODULES = os.environ.get("SOFTTOKEN_NODE_MODULES", "")

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not pathlib.Path(
        MODULES or "/nowhere", "nid-webauthn-emulator").is_dir(),
    reason="needs node, and $SOFTTOKEN_NODE_MODULES")


def backend(*options):
    return shlex.join(["env", f"NODE_PATH={MODULES}", "node", str(BACKEND),
                       *map(str, options)])


def await_backend(tokens):
    """Node takes a while to start, and longer than a key may take to answer
    where others work too; the tools of libfido2 wait as long as it takes."""
    tokens.run("fido2-token", "-I", tokens.hidraw("a"), timeout=60)


@pytest.fixture
def plug(site):
    """plug(option...): the backend behind a node of an unknown product."""
    def run(*options):
        command = backend(*options)
        await_backend(site.plug({"profile": "solo", "backend": command},
                                cards=False))
        site.make_registry()
        return site.tokens
    return run


def aaguid_of(tokens):
    line, = [line for line in tokens.run(
        "fido2-token", "-I", tokens.hidraw("a")).stdout.splitlines()
        if line.startswith("aaguid: ")]
    return bytes.fromhex(line.split()[1])


def make_leaf(folder, unit="Authenticator Attestation", aaguid=None,
              days=365):
    """A vendor's root, and a leaf as WebAuthn section 8.2.1 wants it."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def name(common, unit=None):
        parts = [(NameOID.COUNTRY_NAME, "SE"),
                 (NameOID.ORGANIZATION_NAME, "Independent"),
                 (NameOID.COMMON_NAME, common)]
        if unit:
            parts.append((NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
        return x509.Name([x509.NameAttribute(*p) for p in parts])

    now = datetime.datetime.now(datetime.timezone.utc)

    def build(subject, key, issuer, signer, ca):
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(
            issuer).public_key(key.public_key()).serial_number(
            x509.random_serial_number()).not_valid_before(
            now - datetime.timedelta(days=400)).not_valid_after(
            now + datetime.timedelta(days=400 if ca else days)
        ).add_extension(x509.BasicConstraints(ca=ca, path_length=None),
                        critical=True)
        if aaguid and not ca:
            made = made.add_extension(x509.UnrecognizedExtension(
                x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4"),
                b"\x04\x10" + aaguid), critical=False)
        return made.sign(signer, hashes.SHA256())

    root_key, key = (ec.generate_private_key(ec.SECP256R1())
                     for _ in range(2))
    root = build(name("Root"), root_key, name("Root"), root_key, True)
    leaf = build(name("Leaf", unit), key, name("Root"), root_key, False)
    folder.mkdir(exist_ok=True)
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "leaf.key").write_bytes(key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return ["--attest", folder / "leaf.pem", folder / "leaf.key"]


def test_it_is_listed_with_the_aaguid_that_libfido2_reads(site, plug):
    tokens = plug()
    token, = site.run("list", "--json").json["tokens"]
    assert token["status"] == "usable" and token["protocol"] == "FIDO2"
    assert token["aaguid"].replace("-", "") == aaguid_of(tokens).hex()
    assert site.run("info").code == 0


def test_its_self_attestation_is_self_attested(site, plug):
    plug()
    done = site.run("verify", "--json")
    assert done.code == 22, done
    assert done.json["steps"][0]["status"] == "pass"


def steps(done):
    return {s["step"]: (s["status"], s.get("verdict"))
            for s in done.json["steps"]}


COPYABLE = ("fail", "undecided")


def test_a_trusted_vendors_leaf_does_not_make_a_copyable_credential_genuine(
        site, plug, tmp_path):
    """It signs that its credentials are backed up, which no key of hardware
    does: everything else of the steps holds."""
    vendor = tmp_path / "vendor"
    plug(*make_leaf(vendor))
    done = site.run("verify", "--json")
    assert done.code == 26 and steps(done)["chain"][0] == "unknown", done
    site.trust_vendor(vendor)
    done = site.run("verify", "--json")
    assert done.code == 26, done
    shown = steps(done)
    assert shown["signature"][0] == shown["chain"][0] == "pass"
    assert shown["model"][0] == "unknown"  # the leaf names none
    assert shown["hardware"] == COPYABLE
    assert "no trust data" not in site.run("verify").out


def test_a_leaf_that_names_another_model_is_forged(site, plug, tmp_path):
    vendor = tmp_path / "vendor"
    plug(*make_leaf(vendor, aaguid=b"another model..."))
    site.trust_vendor(vendor)
    assert site.run("verify").code == 24


def test_a_leaf_that_names_its_model_proves_it(site, plug, tmp_path):
    tokens = plug()
    aaguid = aaguid_of(tokens)
    tokens.stop()
    vendor = tmp_path / "vendor"
    site.registry.unlink()
    plug(*make_leaf(vendor, aaguid=aaguid))
    site.trust_vendor(vendor)
    done = site.run("verify", "--json")
    assert steps(done)["model"] == ("pass", None), done
    assert [s for s in steps(done).values() if s[1]] == [COPYABLE]
    assert done.json["provedAaguid"].replace("-", "") == aaguid.hex()


def test_a_leaf_that_is_no_attestation_certificate_is_forged(site, plug,
                                                             tmp_path):
    vendor = tmp_path / "vendor"
    plug(*make_leaf(vendor, unit="Web Server"))
    site.trust_vendor(vendor)
    assert site.run("verify").code == 24


def test_an_expired_leaf_is_undecided(site, plug, tmp_path):
    vendor = tmp_path / "vendor"
    plug(*make_leaf(vendor, days=-1))
    site.trust_vendor(vendor)
    done = site.run("verify", "--json")
    assert done.code == 26 and steps(done)["chain"] == COPYABLE, done


def test_recorded_it_proves_itself_again_and_its_evidence_holds(site, plug,
                                                                tmp_path):
    vendor = tmp_path / "vendor"
    plug(*make_leaf(vendor))
    site.trust_vendor(vendor)
    assert site.run("verify", "--record").code == 26
    path = site.folder / "e.json"
    done = site.run("verify", "--json", "--evidence", path)
    assert done.json["proved"] is True and steps(done)["liveness"] == (
        "pass", None), done
    done = site.run("verify", "--from", path, "--json")
    assert [s for s in steps(done).values() if s[1]] == [COPYABLE]


def test_it_logs_in_by_pam(station):
    """Bound by force, since nobody vouches for it; then its signature
    decides."""
    await_backend(station.plug({"profile": "solo", "backend": backend()},
                               cards=False))
    station.make_registry()
    done = station.pam_enroll("games")
    assert done.code in (22, 26), done
    station.enroll_login("games", "--force", "a rehearsal")
    done = station.log_in("games")
    assert done.result == 0, done
    station.revoke("games")
    assert station.log_in("games").result != 0
