# SPDX-License-Identifier: Apache-2.0
"""verify --from on evidence of every format and algorithm: the installed
program and python-fido2 take the same files, and neither a changed one."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["TOKENBRIDGE_BUILD"])
JUDGE = pathlib.Path(__file__).parents[1] / "unit/judge.py"

# What tests/unit/vectors*.c call them, and the exit code
GOOD = {
    "a packed statement with an intermediate is genuine": 0,
    "a chain without an intermediate is genuine": 0,
    "an RSA attestation key verifies": 0,
    "an Ed25519 attestation key verifies": 0,
    "a P-384 attestation key verifies": 0,
    "an Ed25519 credential can be attested": 0,
    "an RSA credential can be attested": 0,
    "a P-521 credential can be attested": 0,
    "self attestation is called that": 22,
    "a U2F statement is genuine": 0,
    "a TPM's statement is genuine, its model is only claimed": 0,
    "a TPM's RSA credential is genuine": 0,
    "a TPM may sign by RS1": 0,
    "a TPM may sign by RS256": 0,
    "ESP256 is ES256": 0,
    "Ed25519 is EdDSA": 0,
    "a credential of ESP256 under ES256 is genuine": 0,
    "self attestation by ES256 of ESP256 is that": 22,
}
# ... those whose key or statement cannot be judged here, and what says so
OPEN = {
    "a credential of ML-DSA is undecided": "ML-DSA-44 (-48)",
    "a credential of ES256K is undecided": "ES256K (-47)",
    "one that has no name here is undecided": "-65000",
    "a TPM's credential of PS256 is undecided": "PS256 (-37)",
}
# Algorithms that python-fido2 of Debian 12 does not know
UNKNOWN = ("P-384", "P-521", "ESP256", "Ed25519 is")
FLIPPED = [name for name in GOOD if "packed" in name or "U2F" in name
           or "TPM's statement" in name or "self" in name]


@pytest.fixture(scope="module")
def made(once):
    """made(name): the directory of what the vector of that name made."""
    def make(folder):
        with open(folder / "rows", "w", encoding="utf-8") as rows:
            subprocess.run([BUILD / "tests/unit/statements", folder],
                           check=True, stdout=rows)
    place = once("statements", make)
    rows = [line.split("\t") for line in
            (place / "rows").read_text(encoding="utf-8").splitlines()]
    found = {row[6]: place / row[0] for row in rows}
    return lambda name: found[name]


@pytest.fixture
def check(site, made):
    """check(name): a copy of the evidence, and what judges a file."""
    def prepare(name):
        place = made(name)
        done = site.run("trust", "add", place / "anchors.pem")
        assert done.code == 0, done
        path = site.folder / "evidence.json"
        path.write_bytes((place / "evidence.json").read_bytes())
        return path, lambda *more: site.run("verify", "--from", path, *more)
    return prepare


def python_says(path):
    done = subprocess.run([JUDGE, path], text=True, capture_output=True)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    assert done.returncode in (0, 1) and not done.stderr, done
    return done.stdout.strip()


@pytest.mark.parametrize("name", GOOD)
def test_evidence_of_each_kind_is_what_it_is(check, name):
    path, verify = check(name)
    done = verify()
    assert done.code == GOOD[name], done
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    assert verify("--sha256", sha).code == GOOD[name]


@pytest.mark.parametrize("name", OPEN)
def test_what_cannot_be_judged_here_is_neither_genuine_nor_forged(check, name):
    _, verify = check(name)
    done = verify("--json")
    assert done.code == 26, done
    said = {s["step"]: (s["status"], s["verdict"], s["text"])
            for s in done.json["steps"]}
    assert said["signature"][0] == "pass"
    assert said["credential"][:2] == ("unknown", "undecided")
    assert f"algorithm {OPEN[name]} cannot be judged here" in said[
        "credential"][2]
    # an assertion by it is no false one either
    assert said["liveness"][:2] == ("unknown", "undecided")


@pytest.mark.parametrize("name", [name for name in GOOD if not
                                  any(word in name for word in UNKNOWN)])
def test_python_fido2_takes_the_same_file(check, name):
    path, _ = check(name)
    assert python_says(path) == ""


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


MEMBERS = [("clientDataJSON",), ("attestationObject",),
           ("credentialPublicKey",), ("assertion", "clientDataJSON"),
           ("assertion", "authenticatorData"), ("assertion", "signature"),
           ("assertion", "credentialId")]


def changed(whole, where, at):
    """The file with a bit of a member's byte turned."""
    other = json.loads(json.dumps(whole))
    member = other
    for name in where[:-1]:
        member = member[name]
    data = bytearray(decode(member[where[-1]]))
    data[at] ^= 1 << at % 8
    member[where[-1]] = encode(bytes(data))
    return json.dumps(other)


def size(whole, where):
    for name in where:
        whole = whole[name]
    return len(decode(whole))


def u2f_signs_nothing_here(whole, where, at):
    """Flags, counter and AAGUID of a U2F answer (section 8.6)."""
    if where != ("attestationObject",):
        return False
    data = decode(whole["attestationObject"])
    start = data.index(hashlib.sha256(whole["rpId"].encode()).digest())
    return start + 32 <= at < start + 53


@pytest.mark.parametrize("name", FLIPPED)
def test_a_changed_byte_is_seen_by_its_signature_or_by_the_hash(check, name):
    path, verify = check(name)
    good = path.read_text()
    whole = json.loads(good)
    sha = hashlib.sha256(good.encode()).hexdigest()
    seen = 0
    for where in MEMBERS:
        n = size(whole, where)
        # some of each: every byte is turned in the unit tests
        for at in range(0, n, max(1, n // 8)):
            path.write_text(changed(whole, where, at))
            done = verify("--sha256", sha)
            assert done.code not in (0, 20, 22), (where, at, done)
            if "U2F" in name and u2f_signs_nothing_here(whole, where, at):
                continue
            done = verify()
            assert done.code not in (0, 20, 22), (where, at, done)
            seen += 1
    assert seen > 40
    path.write_text(good)
    assert verify("--sha256", sha).code == GOOD[name]


def test_python_fido2_sees_a_changed_byte_too(check):
    path, _ = check("a packed statement with an intermediate is genuine")
    whole = json.loads(path.read_text())
    for where in MEMBERS:
        path.write_text(changed(whole, where, size(whole, where) - 1))
        assert python_says(path) != "", where
