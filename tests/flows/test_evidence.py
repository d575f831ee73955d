# SPDX-License-Identifier: Apache-2.0
"""verify --evidence and --from: a check that somebody else can repeat."""
import base64
import hashlib
import json
import stat
import subprocess

import pytest

from conftest import YK


@pytest.fixture
def evidence(site, bench):
    """evidence(profile): a saved file and the hash that was shown."""
    def save(token=None, *more, name="evidence.json"):
        bench(token or YK)
        return keep(site, *more, name=name)
    return save


def keep(site, *more, name="evidence.json"):
    path = site.folder / name
    done = site.run("verify", "-v", "--evidence", path, *more)
    assert path.exists(), done
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"{path}, SHA-256 {sha}" in done.err, done
    return path, sha


def check(site, path, *more):
    return site.run("verify", "--from", path, *more)


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def cbor(data, at=0):
    """(value, next position) of the little CBOR that attestations use."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info >= 24:
        size = 1 << (info - 24)
        info = int.from_bytes(data[at:at + size], "big")
        at += size
    if major < 2:
        return (info if major == 0 else -1 - info), at
    if major < 4:
        value = data[at:at + info]
        return (value if major == 2 else value.decode()), at + info
    items = []
    for _ in range(info * (2 if major == 5 else 1)):
        item, at = cbor(data, at)
        items.append(item)
    if major == 4:
        return items, at
    return dict(zip(items[::2], items[1::2])), at


def head(major, n):
    """The beginning of an item."""
    if n < 24:
        return bytes([major << 5 | n])
    return bytes([major << 5 | 25]) + n.to_bytes(2, "big")


def text(words):
    return head(3, len(words)) + words.encode()


@pytest.mark.parametrize("fmt,statement,code", [
    ("compound", b"\x82\xa0\xa0", 23), ("compound", b"\xf6", 23),
    ("example-future", b"\x41\x00", 23), ("packed", b"\x80", 1),
    ("none", b"\xa0", 23)])
def test_a_format_that_is_not_understood_is_not_attested_whatever_its_form(
        evidence, site, fmt, statement, code):
    path, _ = evidence()
    whole = json.loads(path.read_text())
    made, _ = cbor(decode(whole["attestationObject"]))
    auth = made["authData"]
    whole["attestationObject"] = encode(
        head(5, 3) + text("fmt") + text(fmt) + text("attStmt") + statement +
        text("authData") + head(2, len(auth)) + auth)
    path.write_text(json.dumps(whole))
    done = check(site, path, "--json")
    assert done.code == code, done
    if fmt in ("compound", "example-future"):
        assert f"attestation format '{fmt}' is not understood" in done.out


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)],
                          capture_output=True, text=True, **more)


def signature_holds(folder, leaf_der, signed, signature):
    """By the openssl command line, which knows nothing of us."""
    (folder / "leaf.der").write_bytes(leaf_der)
    key = openssl("x509", "-inform", "DER", "-in", folder / "leaf.der",
                  "-noout", "-pubkey", check=True).stdout
    (folder / "leaf.pub").write_text(key)
    (folder / "signed").write_bytes(signed)
    (folder / "signature").write_bytes(signature)
    return openssl("dgst", "-sha256", "-verify", folder / "leaf.pub",
                   "-signature", folder / "signature",
                   folder / "signed").returncode == 0


def parts(path):
    """Client data, authenticator data, format and statement."""
    whole = json.loads(path.read_text())
    statement, _ = cbor(decode(whole["attestationObject"]))
    return (decode(whole["clientDataJSON"]), statement["authData"],
            statement["fmt"], statement["attStmt"])


# ---- the file ----

def test_evidence_goes_into_a_new_file_that_all_may_read(site, evidence):
    path, _ = evidence()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in path.parent.glob("*evidence*")] == [path.name]


def test_an_existing_file_is_refused_before_a_touch_and_stays(site, bench):
    tokens = bench()
    path = site.folder / "mine"
    path.write_text("mine")
    done = site.run("verify", "--evidence", path)
    assert done.code == 1 and str(path) in done.err, done
    assert path.read_text() == "mine"
    assert "makeCredential" not in tokens.stats("a")["commands"]
    link = site.folder / "link"
    link.symlink_to(site.folder / "nowhere")
    assert site.run("verify", "--evidence", link).code == 1
    assert not (site.folder / "nowhere").exists()


def test_a_folder_that_is_not_there_is_an_error_and_no_verdict_of_0(site,
                                                                    bench):
    bench()
    done = site.run("verify", "--evidence", site.folder / "none/e.json")
    assert done.code == 1 and "none/e.json" in done.err


def test_the_file_has_its_documented_members_and_no_name(site, bench):
    bench()
    assert site.run("verify", "--record", "--label", "safe of carol",
                    "--ticket", "CHG-77").code == 0
    path, _ = keep(site)
    text = path.read_text()
    whole = json.loads(text)
    assert whole["v"] == 1
    assert whole["rpId"] == whole["origin"] == "tokenbridge:id"
    assert set(whole) == {"v", "rpId", "origin", "clientDataJSON",
                          "attestationObject", "assertion",
                          "credentialPublicKey", "getInfo", "basis",
                          "madeAt"}
    assert whole["getInfo"]["unsigned"] is True
    for word in ("carol", "safe", "CHG-77", str(site.folder), "hidraw",
                 "root@"):
        assert word not in text


def test_client_data_are_of_this_run_and_name_no_web_site(site, bench):
    bench()
    first = json.loads(parts(keep(site, name="1.json")[0])[0])
    second = json.loads(parts(keep(site, name="2.json")[0])[0])
    assert first["type"] == "webauthn.create"
    assert first["origin"] == "tokenbridge:id"
    assert len(decode(first["challenge"])) == 32
    assert first["challenge"] != second["challenge"]


@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old"])
def test_openssl_confirms_the_attestation_in_the_file(site, evidence,
                                                      profile, tmp_path):
    path, _ = evidence({"profile": profile})
    client, auth, fmt, statement = parts(path)
    assert fmt == "packed" and statement["alg"] == -7
    leaf = statement["x5c"][0]
    signed = auth + hashlib.sha256(client).digest()
    assert signature_holds(tmp_path, leaf, signed, statement["sig"])
    assert not signature_holds(tmp_path, leaf, signed + b"x",
                               statement["sig"])
    pem = tmp_path / "leaf.pem"
    pem.write_text(openssl("x509", "-inform", "DER", "-in",
                           tmp_path / "leaf.der").stdout)
    root = site.folder / "tokens/ca/root.pem"
    assert openssl("verify", "-CAfile", root, pem).returncode == 0
    assert auth[:32] == hashlib.sha256(b"tokenbridge:id").digest()
    assert auth[32] & 0x41 == 0x41


def test_openssl_confirms_a_u2f_attestation_in_the_file(site, evidence,
                                                        tmp_path):
    path, _ = evidence({"profile": "neo"})
    client, auth, fmt, statement = parts(path)
    length = int.from_bytes(auth[53:55], "big")
    credential, rest = auth[55:55 + length], auth[55 + length:]
    key, _ = cbor(rest)
    signed = (b"\0" + auth[:32] + hashlib.sha256(client).digest()
              + credential + b"\4" + key[-2] + key[-3])
    assert fmt == "fido-u2f"
    assert signature_holds(tmp_path, statement["x5c"][0], signed,
                           statement["sig"])


def test_the_key_in_the_file_is_the_one_that_signed_the_assertion(site,
                                                                  bench,
                                                                  tmp_path):
    bench()
    assert site.run("verify", "--record").code == 0
    path, _ = keep(site)
    whole = json.loads(path.read_text())
    key, _ = cbor(decode(whole["credentialPublicKey"]))
    point = b"\4" + key[-2] + key[-3]
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107"
                        "034200") + point
    (tmp_path / "key.der").write_bytes(der)
    assertion = whole["assertion"]
    client = decode(assertion["clientDataJSON"])
    assert json.loads(client)["type"] == "webauthn.get"
    (tmp_path / "signed").write_bytes(decode(assertion["authenticatorData"])
                                      + hashlib.sha256(client).digest())
    (tmp_path / "sig").write_bytes(decode(assertion["signature"]))
    done = openssl("dgst", "-sha256", "-keyform", "DER", "-verify",
                   tmp_path / "key.der", "-signature", tmp_path / "sig",
                   tmp_path / "signed")
    assert done.returncode == 0, done


# ---- checking it again ----

@pytest.mark.parametrize("profile,code", [
    ("yubikey5", 0), ("securitykey", 0), ("neo", 20), ("yubikey5-old", 20),
    ("yubikey4-fips", 20), ("solo", 22), ("none-att", 23)])
def test_without_the_token_the_verdict_is_the_same_again(site, evidence,
                                                         profile, code):
    path, sha = evidence({"profile": profile})
    site.tokens.unplug("a")
    for more in ((), ("--at", "made"), ("--at", "now"), ("--sha256", sha)):
        done = check(site, path, *more)
        assert done.code == code, done
    assert json.loads(path.read_text())["basis"]["verdict"] == \
        check(site, path, "--json").json["verdict"]


def test_the_evidence_of_a_fresh_attestation_stands_for_itself(site, bench):
    bench()
    assert site.run("verify", "--record").code == 0
    path, sha = keep(site, "--fresh")
    done = check(site, path, "--sha256", sha)
    assert done.code == 0, done


def test_forged_evidence_is_forged_again(site, bench):
    tokens = bench()
    tokens.misbehave("a", "forge-attestation", count=-1)
    path, _ = keep(site)
    assert check(site, path).code == 24


def test_without_the_hash_it_is_said_that_unsigned_parts_are_not_protected(
        site, evidence):
    path, sha = evidence()
    done = check(site, path, "--json")
    first = done.json["steps"][0]
    assert (first["step"], first["status"]) == ("file", "warn")
    assert "--sha256" in first["text"]
    first = check(site, path, "--json", "--sha256",
                  sha.upper()).json["steps"][0]
    assert (first["step"], first["status"]) == ("file", "pass")


@pytest.mark.parametrize("sha,code", [("0" * 64, 24), ("00", 2), ("", 2),
                                      ("z" * 64, 2), ("0" * 66, 2)])
def test_another_hash_is_forged_and_a_senseless_one_a_usage_error(
        site, evidence, sha, code):
    path, _ = evidence()
    assert check(site, path, f"--sha256={sha}").code == code


def test_a_vendor_who_is_trusted_no_more_counts_no_more(site, evidence,
                                                       untrusted):
    path, _ = evidence()
    anchor, = site.run("trust", "show", "--json").json["anchors"]
    assert site.run("trust", "remove", anchor["sha256"]).code == 0
    assert check(site, path).code == 26
    site.trust_vendor(untrusted)
    assert check(site, path).code == 21
    site.trust_vendor()
    assert check(site, path).code == 0


def test_an_edit_of_unsigned_members_shows_with_the_hash_only(site,
                                                              evidence):
    path, sha = evidence()
    path.write_text(path.read_text().replace("12345678", "87654321"))
    assert check(site, path, "--sha256", sha).code == 24
    assert check(site, path).code == 0


def test_the_verdict_that_the_file_claims_counts_for_nothing(site, evidence):
    path, _ = evidence({"profile": "solo"})
    path.write_text(path.read_text().replace('"self-attested"', '"genuine"'))
    assert check(site, path).code == 22


def test_unknown_members_are_allowed(site, evidence):
    path, _ = evidence()
    whole = json.loads(path.read_text())
    whole["note"] = {"of": ["another", "program"]}
    path.write_text(json.dumps(whole))
    assert check(site, path).code == 0


@pytest.mark.parametrize("content", [
    b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"v": 1}', b'{"v": 2}',
    b'{"v": 1, "v": 1}', b"[" * 100000, b"{" + b" " * 2000000 + b"}"])
def test_a_file_that_is_no_evidence_is_an_error(site, content):
    path = site.folder / "e.json"
    path.write_bytes(content)
    done = check(site, path)
    assert done.code == 1 and done.out == "", done
    assert "evidence" in done.err or str(path) in done.err
    assert done.seconds < 2


def test_a_missing_file_is_an_error(site):
    assert check(site, site.folder / "none.json").code == 1
    assert check(site, site.folder).code == 1


def test_a_wrong_moment_is_a_usage_error(site, evidence):
    path, _ = evidence()
    done = check(site, path, "--at", "yesterday")
    assert done.code == 2 and "now, made, or a time" in done.err


def test_from_needs_neither_a_token_nor_a_registry(site, evidence):
    path, _ = evidence()
    site.tokens.unplug("a")
    site.registry.unlink()
    assert check(site, path).code == 0


# ---- every byte ----

@pytest.fixture
def known(site, bench):
    """Evidence with attestation and assertion."""
    bench()
    assert site.run("verify", "--record").code == 0
    return keep(site)


def test_no_changed_byte_passes_with_the_hash(site, known):
    path, sha = known
    good = path.read_bytes()
    assert check(site, path, "--sha256", sha).code == 0
    for at in range(0, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 1
        path.write_bytes(bad)
        assert check(site, path, "--sha256", sha).code != 0, at
    path.write_bytes(good[:-1])
    assert check(site, path, "--sha256", sha).code == 24


def flips(data, step):
    for at in range(0, len(data), step):
        bad = bytearray(data)
        bad[at] ^= 1 << (at % 8)
        yield at, bytes(bad)


@pytest.mark.parametrize("where", [
    ("clientDataJSON",), ("attestationObject",), ("credentialPublicKey",),
    ("assertion", "clientDataJSON"), ("assertion", "authenticatorData"),
    ("assertion", "signature"), ("assertion", "credentialId")])
def test_no_changed_byte_of_a_signed_member_passes_even_without_the_hash(
        site, known, where):
    path, _ = known
    whole = json.loads(path.read_text())
    member = whole
    for name in where[:-1]:
        member = member[name]
    good = decode(member[where[-1]])
    # the certificates are long: sampled here, whole in the unit tests
    for at, bad in flips(good, 1 if len(good) < 300 else 3):
        member[where[-1]] = encode(bad)
        path.write_text(json.dumps(whole))
        done = check(site, path)
        assert done.code in (1, 21, 22, 23, 24, 26, 27), (at, done)
    member[where[-1]] = encode(good)
    path.write_text(json.dumps(whole))
    assert check(site, path).code == 0


@pytest.mark.parametrize("name,value", [
    ("rpId", "example.com"), ("rpId", ""), ("clientDataJSON", ""),
    ("attestationObject", ""), ("attestationObject", "a"),
    ("credentialPublicKey", ""), ("v", 0), ("v", "1"), ("madeAt", "soon"),
    ("basis", None), ("assertion", {}), ("assertion", None),
    ("rpId", 7), ("origin", None)])
def test_a_member_of_another_kind_is_never_genuine(site, known, name, value):
    path, _ = known
    whole = json.loads(path.read_text())
    whole[name] = value
    path.write_text(json.dumps(whole))
    assert check(site, path).code not in (0, 20)
    if name != "assertion":
        del whole[name]
        path.write_text(json.dumps(whole))
        assert check(site, path).code not in (0, 20)


def cbor_head(major, n):
    return bytes([major << 5 | n]) if n < 24 else \
        bytes([major << 5 | 24, n]) if n < 256 else \
        bytes([major << 5 | 25]) + n.to_bytes(2, "big")


def made_for(site, rp, client):
    """A genuine attestation by the token, for another relying party."""
    node = site.tokens.hidraw("a")
    digest = hashlib.sha256(client).digest()
    done = site.tokens.run("fido2-cred", "-M", node, input="\n".join(
        [base64.b64encode(digest).decode(), rp, "alice",
         base64.b64encode(b"alice").decode()]) + "\n")
    assert done.returncode == 0, done
    _, _, fmt, auth, _, sig, cert = done.stdout.splitlines()[:7]
    auth, sig, cert = map(base64.b64decode, (auth, sig, cert))
    assert fmt == "packed"
    return (b"\xa3\x63fmt\x66packed\x67attStmt\xa3\x63alg\x26\x63sig"
            + cbor_head(2, len(sig)) + sig + b"\x63x5c\x81"
            + cbor_head(2, len(cert)) + cert + b"\x68authData" + auth)


@pytest.mark.parametrize("rp,origin,kind,code", [
    ("tokenbridge:id", "tokenbridge:id", "webauthn.create", 0),
    ("example.com", "https://example.com", "webauthn.create", 24),
    ("example.com", "tokenbridge:id", "webauthn.create", 24),
    ("tokenbridge:login", "tokenbridge:login", "webauthn.create", 24),
    ("tokenbridge:id", "https://example.com", "webauthn.create", 24),
    ("tokenbridge:id", "tokenbridge:id", "webauthn.get", 24)])
def test_what_the_token_signed_for_others_is_no_evidence_here(
        site, evidence, rp, origin, kind, code):
    path, _ = evidence()
    whole = json.loads(path.read_text())
    client = json.dumps({"type": kind, "challenge": "AAAA",
                         "origin": origin}).encode()
    item = made_for(site, rp, client)
    whole["attestationObject"] = encode(item)
    whole["clientDataJSON"] = encode(client)
    whole["rpId"] = rp
    auth = cbor(item)[0]["authData"]
    length = int.from_bytes(auth[53:55], "big")
    _, end = cbor(auth, 55 + length)
    whole["credentialPublicKey"] = encode(auth[55 + length:end])
    path.write_text(json.dumps(whole))
    done = check(site, path)
    assert done.code == code, done


def webauthn(whole, spell):
    """What a web site gets, from what is in a file of evidence."""
    return json.dumps({"id": "x", "type": "public-key", "response": {
        name: spell(decode(whole[name])) for name in
        ("clientDataJSON", "attestationObject")}})


SPELLINGS = {"base64url": encode, "array": list,
             "base64": lambda data: base64.b64encode(data).decode(),
             "object": lambda data: {str(i): b for i, b in enumerate(data)}}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_a_web_site_got_is_called_that_and_not_judged(site, evidence,
                                                          spelling):
    path, _ = evidence()
    other = site.folder / "webauthn.json"
    other.write_text(webauthn(json.loads(path.read_text()),
                              SPELLINGS[spelling]))
    done = check(site, other)
    assert (done.code, done.out) == (1, ""), done
    assert f"'{other}': no evidence" in done.err
    assert "what a web site got" in done.err


def test_an_editors_mark_and_line_ends_change_nothing_but_the_hash(
        site, evidence):
    path, sha = evidence()
    want = check(site, path).code
    text = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert check(site, path).code == want
    assert check(site, path, "--sha256", sha).code == 24


def test_a_file_that_is_something_else_is_called_what_it_is(site):
    path = site.folder / "other"
    for data, words in ((b"", "an empty file"),
                        (b"\0\0\0\x11ssh-sk-attest-v01", "ssh-keygen"),
                        (b"o2NmbXRmcGFja2Vk\n", "attestation object")):
        path.write_bytes(data)
        done = check(site, path)
        assert (done.code, done.out) == (1, ""), done
        assert words in done.err and str(path) in done.err
