# SPDX-License-Identifier: Apache-2.0
"""trust update: FIDO's metadata, and what verdicts make of it."""
import datetime
import hashlib
import json
import os
import pathlib
import re
import ssl

import pytest
from cryptography import x509

from conftest import YK
from fido import YK5, Fido, Service, entry, key_id
from iam.client import make_certificates
from iam.proxy import Proxy
from softtoken import make_ca

REAL = (pathlib.Path(os.environ.get("SOFTTOKEN_NODE_MODULES", "/"))
        / "../package/data/blob.jwt")
REAL_SHA256 = \
    "04db148adc0a58dfe1d8da5b4a8e39df2cdc06011b73c59faf3d589f776c382f"


class Metadata:
    """A site whose metadata come from a service of the tests' own."""

    def __init__(self, site):
        self.site = site
        self.fido = Fido(site.folder / "fido")
        self.file = site.folder / "blob.jwt"
        self.stored = site.trust / "metadata.blob"
        self.anchors(self.fido.root)

    def anchors(self, *paths):
        lines = [line for line in
                 self.site.config.read_text().splitlines(keepends=True)
                 if not line.startswith("mds_anchors")]
        words = " ".join(map(str, paths))
        self.site.config.write_text("".join(lines) +
                                    f"mds_anchors = {words}\n")

    def update(self, blob, *more):
        self.file.write_text(blob)
        return self.site.run("trust", "update", "--mds", self.file, *more)

    def publish(self, *entries, number=1, **more):
        done = self.update(self.fido.blob(number, entries, **more), "--json")
        assert done.code == 0, done
        return done.json["metadata"]

    def root(self):
        """Of the tokens' vendor."""
        path = self.site.folder / "tokens" / "ca" / "root.pem"
        return x509.load_pem_x509_certificate(path.read_bytes())

    def shown(self):
        return self.site.run("trust", "show", "--json").json["metadata"]

    def verify(self, *more):
        done = self.site.run("verify", "--json", *more)
        assert done.out, done
        return done.code, done.json

    def step(self, name, *more):
        code, said = self.verify(*more)
        found, = [s for s in said["steps"] if s["step"] == name]
        return code, found


@pytest.fixture
def metadata(site):
    return Metadata(site)


@pytest.fixture
def keyed(site):
    """With a key plugged in whose vendor nobody added."""
    site.plug(YK, cards=False)
    site.make_registry()
    return Metadata(site)


# ---- the real one ----

def test_a_real_blob_is_taken_as_of_its_time_and_not_today(metadata):
    assert hashlib.sha256(REAL.read_bytes()).hexdigest() == REAL_SHA256
    os.chmod(metadata.site.config, 0o644)
    metadata.site.config.write_text(f"trust_dir = {metadata.site.trust}\n")
    done = metadata.site.run("trust", "update", "--mds", REAL)
    assert done.code == 26 and "has expired" in done.err, done
    assert not metadata.stored.exists()
    done = metadata.site.run("trust", "update", "--mds", REAL, "--at",
                             "2022-10-22T00:00:00Z", "--json")
    assert done.code == 0, done
    told = done.json["metadata"]
    assert (told["number"], told["entries"], told["nextUpdate"]) == (
        20, 109, "2022-11-01")
    assert (told["skipped"], told["unreadable"]) == (0, 0)
    assert told["signer"] == "mds.fidoalliance.org"
    assert metadata.shown()["number"] == 20
    assert "overdue" in metadata.site.run("trust", "show").out


# ---- who signs ----

@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_both_algorithms_hold(metadata, kind):
    fido = Fido(metadata.site.folder / "other", kind=kind)
    metadata.anchors("/nowhere/absent.pem", fido.root)
    done = metadata.update(fido.blob(7, [entry()]))
    assert done.code == 0, done
    assert metadata.shown()["number"] == 7


def flip(text, at):
    other = "A" if text[at] != "A" else "B"
    return text[:at] + other + text[at + 1:]


def cut_payload(fido):
    head, payload, signature = fido.blob().split(".")
    return f"{head}.{flip(payload, len(payload) // 2)}.{signature}"


REFUSED = {
    "payload": (6, lambda f, d: cut_payload(f)),
    "signature": (6, lambda f, d: flip(f.blob(), -20)),
    "signature-of-nothing": (6, lambda f, d: f.blob(signature=b"")),
    "none": (6, lambda f, d: f.blob(header={"alg": "none"}, signature=b"")),
    "hmac": (6, lambda f, d: f.blob(header={"alg": "HS256"})),
    "other-alg": (6, lambda f, d: f.blob(header={"alg": "ES256"})),
    "no-alg": (6, lambda f, d: f.blob(header={"alg": None})),
    "other-root": (6, lambda f, d: Fido(d / "x").blob()),
    "leaf-alone": (6, lambda f, d: f.blob(header={
        "x5c": json.loads(json.dumps([x5c(f)[0]]))})),
    "no-ca": (6, lambda f, d: forged_ca(f, d)),
    "critical": (1, lambda f, d: f.blob(header={"crit": ["exp"]})),
    "no-x5c": (1, lambda f, d: f.blob(header={"x5c": None})),
    "x5c-garbage": (1, lambda f, d: f.blob(header={"x5c": ["AAAA"]})),
    "x5c-text": (1, lambda f, d: f.blob(header={"x5c": "AAAA"})),
    "x5c-many": (1, lambda f, d: f.blob(header={"x5c": 9 * x5c(f)[:1]})),
    "not-json": (1, lambda f, d: f.blob(payload=b"{")),
    "a-list": (1, lambda f, d: f.blob(payload=b"[]")),
    "twice": (1, lambda f, d: f.blob(
        payload=b'{"no":1,"no":2,"nextUpdate":"2099-01-01","entries":[]}')),
    "behind": (1, lambda f, d: f.blob(
        payload=b'{"no":1,"nextUpdate":"2099-01-01","entries":[]} {}')),
    "no-number": (1, lambda f, d: f.blob("1")),
    "negative": (1, lambda f, d: f.blob(-1)),
    "no-date": (1, lambda f, d: f.blob(due="soon")),
    "no-entries": (1, lambda f, d: f.blob(
        payload=b'{"no":1,"nextUpdate":"2099-01-01"}')),
    "deep": (1, lambda f, d: f.blob(
        payload=b'{"no":1,"nextUpdate":"2099-01-01","entries":['
        + 100 * b"[" + 100 * b"]" + b"]}")),
    "empty": (1, lambda f, d: ""),
    "one-part": (1, lambda f, d: "e30"),
    "decoded": (1, lambda f, d: '{"no":4,"legalHeader":"https://www.example.com"}'),
    "padding": (1, lambda f, d: "e30=." + f.blob().split(".", 1)[1]),
    "cut": (1, lambda f, d: f.blob()[:300]),
}


def x5c(fido):
    from fido import der64
    return [der64(cert) for cert in fido.chain]


def forged_ca(fido, folder):
    """Signed by whom a certificate of the service's own vouches for that is
    none of a CA."""
    other = Fido(folder / "no-ca", middle_is_ca=False)
    fido.root.write_bytes(other.root.read_bytes())
    return other.blob()


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_a_blob_that_is_not_right_leaves_the_stored_one(metadata, kind):
    metadata.publish(entry(), number=3)
    before = metadata.stored.read_bytes()
    code, make = REFUSED[kind]
    done = metadata.update(make(metadata.fido, metadata.site.folder))
    assert done.code == code, done
    assert "metadata 3 stays" in done.err
    assert metadata.stored.read_bytes() == before
    assert ("JSON, which nobody signed" in done.err) == (kind == "decoded")


@pytest.mark.parametrize("wrong,code,word", [
    ({"host": "mds.example.com"}, 6, "not by 'mds.fidoalliance.org'"),
    ({"host": "*.fidoalliance.org"}, 6, "not by"),
    ({"end": -1}, 26, "has expired"),
    ({"start": 2}, 26, "not yet valid"),
    ({"bits": 1024}, 6, "")])
def test_a_signer_who_is_not_right_leaves_the_stored_one(metadata, wrong,
                                                         code, word):
    metadata.publish(entry(), number=3)
    before = metadata.stored.read_bytes()
    other = Fido(metadata.site.folder / "other", **wrong)
    metadata.anchors(other.root)
    done = metadata.update(other.blob(4))
    assert done.code == code and word in done.err, done
    assert metadata.stored.read_bytes() == before


def test_the_same_blob_again_changes_nothing(metadata):
    blob = metadata.site.folder / "blob.jwt"
    for number, entries, changed in ((5, 0, True), (5, 0, False),
                                     (5, 1, True), (6, 1, True),
                                     (6, 1, False)):
        if changed:
            blob.write_text(metadata.fido.blob(number, entries * [entry()]))
        done = metadata.site.run("trust", "update", "--mds", blob, "--json")
        assert done.code == 0, done
        assert done.json["changed"] is changed
        assert done.json["metadata"]["number"] == number


def test_without_any_anchor_nothing_is_taken(metadata):
    metadata.anchors("/nowhere/a.pem", "/nowhere/b.pem")
    done = metadata.update(metadata.fido.blob())
    assert done.code == 1 and "mds_anchors" in done.err
    assert not metadata.stored.exists()


def test_an_older_number_is_refused_the_same_and_a_newer_are_not(metadata):
    metadata.publish(number=5)
    done = metadata.update(metadata.fido.blob(4))
    assert done.code == 6 and "older" in done.err, done
    assert metadata.shown()["number"] == 5
    metadata.publish(entry(), number=5)
    assert metadata.shown()["entries"] == 1
    metadata.publish(number=6)
    assert metadata.shown()["number"] == 6
    assert metadata.site.run("trust", "remove", "metadata").code == 0
    assert metadata.shown() is None
    assert metadata.site.run("trust", "remove", "metadata").code == 1


def test_entries_that_cannot_be_read_are_counted_and_the_rest_is_good(
        metadata):
    good = entry()
    told = metadata.publish(
        good, 7, {"aaguid": "nonsense"}, entry(YK5[:-1] + "2",
                                               statusReports=[]),
        entry(YK5[:-1] + "3", metadataStatement=None),
        {"aaid": "0001#8001", "statusReports": []})
    assert (told["entries"], told["skipped"], told["unreadable"]) == (3, 2, 2)


@pytest.mark.parametrize("damage", ["byte", "cut", "empty", "line", "no-line"])
def test_a_damaged_store_is_said_and_nothing_is_trusted(keyed, damage):
    keyed.publish(entry(roots=[keyed.root()]))
    data = keyed.stored.read_bytes()
    blob, line, _ = data.split(b"\n")
    keyed.stored.write_bytes({
        "byte": data[:500] + bytes([data[500] ^ 1]) + data[501:],
        "cut": data[:len(data) // 2], "empty": b"",
        "line": blob + b"\n{}\n", "no-line": blob}[damage])
    done = keyed.site.run("verify")
    assert done.code == 1 and "trust update" in done.err, done
    keyed.publish(entry(roots=[keyed.root()]))
    assert keyed.verify()[0] == 0


def test_a_store_that_others_may_write_is_not_read(keyed):
    keyed.publish(entry(roots=[keyed.root()]))
    keyed.stored.chmod(0o666)
    assert keyed.site.run("verify").code == 1


# ---- over the network ----

def test_the_service_is_asked_for_what_is_new_only(metadata):
    with Service() as service:
        service.body = metadata.fido.blob(1, [entry()]).encode()
        for number, changed in ((1, True), (1, False)):
            done = metadata.site.run("trust", "update", "--mds", service.url,
                                     "--json")
            assert done.code == 0, done
            assert done.json["metadata"]["number"] == number
            assert done.json["changed"] == changed
        assert service.asked == [None, "1"]
        service.body, service.etag = metadata.fido.blob(2).encode(), "2"
        done = metadata.site.run("trust", "update", "--mds", service.url)
        assert done.code == 0 and service.asked[-1] == "1"
        assert metadata.shown()["number"] == 2


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_what_the_service_does_not_give_leaves_the_stored_one(metadata,
                                                              status):
    metadata.publish(number=3)
    with Service() as service:
        service.status, service.body = status, b"<html>no</html>"
        done = metadata.site.run("trust", "update", "--mds", service.url)
    assert done.code == 1 and str(status) in done.err, done
    assert "metadata 3 stays" in done.err and len(service.asked) == 1
    done = metadata.site.run("trust", "update", "--mds", service.url)
    assert done.code == 1 and "cannot reach" in done.err, done
    assert metadata.shown()["number"] == 3


@pytest.mark.parametrize("url", [
    "http://192.0.2.1/", "http://localhost.example.com/", "ftp://127.0.0.1/",
    "https://user@127.0.0.1/", "https://127.0.0.1:x/"])
def test_an_address_that_may_not_be_asked_is_refused(metadata, url):
    done = metadata.site.run("trust", "update", "--mds", url)
    assert done.code in (2, 6), done


HOST = "mds.example.org"


@pytest.fixture
def behind(metadata, tmp_path):
    """A service that is reached by a proxy alone, under a CA of its own."""
    (tmp_path / "tls").mkdir()
    made = make_certificates(str(tmp_path / "tls"), names=(HOST,))
    with Service() as service:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(made.cert, made.key)
        service.server.socket = tls.wrap_socket(service.server.socket,
                                                server_side=True)
        service.body = metadata.fido.blob(1, [entry()]).encode()
        port = service.server.server_port
        with Proxy(f"https://127.0.0.1:{port}") as proxy:
            metadata.proxy, metadata.ca = proxy, made.ca
            yield metadata


def update_from(metadata, **env):
    return metadata.site.run("trust", "update", "--mds",
                             f"https://{HOST}/blob", env=env)


def test_the_systems_settings_lead_to_it_and_that_is_said(behind):
    with behind.site.config.open("a") as file:
        file.write(f"ca_bundle = {behind.ca}\nproxy = {behind.proxy.url}\n")
    done = update_from(behind, https_proxy="http://127.0.0.1:1")
    assert done.code == 0, done
    assert (f"certificates are checked by {behind.ca}, by ca_bundle of the "
            "system's settings") in done.err
    assert (f"it is reached by a proxy: {behind.proxy.url}, by proxy of the "
            "system's settings") in done.err
    assert "warning" not in done.err
    assert behind.proxy.hosts == [f"{HOST}:443"]


def test_the_environments_proxy_is_said_as_a_warning_without_its_password(
        behind):
    with behind.site.config.open("a") as file:
        file.write(f"ca_bundle = {behind.ca}\n")
    port = behind.proxy.port
    done = update_from(behind,
                       https_proxy=f"http://bob:hunter2@127.0.0.1:{port}")
    assert done.code == 0, done
    assert (f"warning: it is reached by a proxy: http://127.0.0.1:{port}, by "
            "https_proxy") in done.err and "hunter2" not in done.err, done
    done = update_from(behind, https_proxy=behind.proxy.url, no_proxy=HOST)
    assert done.code == 1 and "reached by a proxy" not in done.err, done


def test_a_ca_that_nobody_named_is_not_taken(behind):
    done = update_from(behind, https_proxy=behind.proxy.url)
    assert done.code == 1 and "certificate" in done.err, done
    assert behind.shown() is None


def test_more_than_a_blob_may_have_is_not_taken(metadata):
    with Service() as service:
        service.body = bytes(33 << 20)
        done = metadata.site.run("trust", "update", "--mds", service.url)
    assert done.code == 1 and "larger than" in done.err, done
    metadata.file.write_bytes(bytes(33 << 20))
    done = metadata.site.run("trust", "update", "--mds", metadata.file)
    assert done.code == 1 and "larger than" in done.err, done


# ---- verdicts ----

def test_metadata_alone_makes_a_key_genuine(keyed):
    keyed.publish(entry(roots=[keyed.root()]), number=276)
    code, said = keyed.verify()
    assert code == 0 and said["verdict"] == "genuine", said
    assert said["provedAaguid"] == YK5
    steps = {s["step"]: s for s in said["steps"]}
    assert "metadata entry 'YubiKey of the tests'" in steps["chain"]["text"]
    assert steps["metadata"]["status"] == "pass"
    assert re.search(r"FIDO_CERTIFIED_L1 \(metadata 276, \d s old",
                     steps["metadata"]["text"])


def test_another_models_entry_is_of_no_use(keyed):
    keyed.publish(entry(YK5[:-1] + "2", roots=[keyed.root()]))
    code, said = keyed.verify()
    assert code == 21, said


def test_an_entry_with_another_vendors_certificates_is_of_no_use(keyed):
    path = make_ca(keyed.site.folder / "other", name="Other") / "root.pem"
    other = x509.load_pem_x509_certificate(path.read_bytes())
    keyed.publish(entry(roots=[other]))
    assert keyed.verify()[0] == 21
    # but an administrator's own certificate still leads to its vendor
    keyed.site.trust_vendor()
    assert keyed.verify()[0] == 0


def test_an_entry_that_cannot_be_read_decides_nothing(keyed):
    keyed.publish(entry(roots=[keyed.root()], reports=[{"status": 1}]))
    assert keyed.verify()[0] == 26
    keyed.site.trust_vendor()
    code, step = keyed.step("metadata")
    assert (code, step["status"]) == (26, "unknown")


@pytest.mark.parametrize("status", [
    "REVOKED", "ATTESTATION_KEY_COMPROMISE", "USER_KEY_REMOTE_COMPROMISE",
    "USER_KEY_PHYSICAL_COMPROMISE", "USER_VERIFICATION_BYPASS"])
@pytest.mark.parametrize("behind", [False, True])
def test_a_compromised_model_is_not_genuine(keyed, status, behind):
    reports = [{"status": status, "effectiveDate": "2025-05-05",
                "url": "https://example.com/why"}]
    if behind:  # a certificate that came later takes nothing back
        reports.append({"status": "FIDO_CERTIFIED_L2",
                        "effectiveDate": "2025-06-06"})
    keyed.publish(entry(roots=[keyed.root()], reports=reports))
    code, step = keyed.step("metadata")
    assert (code, step["status"]) == (25, "fail")
    assert status in step["text"] and "example.com/why" in step["text"]
    keyed.site.trust_vendor()  # nor does another way to the vendor
    assert keyed.verify()[0] == 25


@pytest.mark.parametrize("status,told", [
    ("UPDATE_AVAILABLE", "warn"), ("RETIRED", "warn"),
    ("SOMETHING_NEW", "warn"), ("FIDO_CERTIFIED", "pass"),
    ("FIDO_CERTIFIED_L1plus", "pass"), ("FIDO_CERTIFIED_L2", "pass"),
    ("FIDO_CERTIFIED_L2plus", "pass"), ("FIDO_CERTIFIED_L3", "pass"),
    ("FIDO_CERTIFIED_L3plus", "pass"), ("NOT_FIDO_CERTIFIED", "pass"),
    ("FIPS140_CERTIFIED_L2", "pass"), ("SELF_ASSERTION_SUBMITTED", "pass")])
def test_other_statuses_are_told(keyed, status, told):
    keyed.publish(entry(roots=[keyed.root()], reports=[
        {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2023-01-01"},
        {"status": status, "effectiveDate": "2024-01-01", "unknown": {}}]))
    code, step = keyed.step("metadata")
    assert (code, step["status"]) == (0, told), step
    if told == "warn":
        assert status in step["text"]
    elif status.startswith("FIDO_CERTIFIED_L"):
        assert f": {status} (" in step["text"]


def test_a_status_counts_from_its_day_on(keyed, tmp_path):
    evidence = tmp_path / "evidence.json"
    keyed.publish(entry(roots=[keyed.root()]))
    assert keyed.verify("--evidence", evidence)[0] == 0
    basis = json.loads(evidence.read_text())["basis"]
    assert basis["metadata"] == 1 and len(basis["metadataEntry"]) == 64
    day = datetime.date.today()
    for days, code in ((2, 0), (0, 25)):
        since = str(day + datetime.timedelta(days=days))
        keyed.publish(entry(roots=[keyed.root()], reports=[
            {"status": "REVOKED", "effectiveDate": since}]), number=2)
        assert keyed.verify("--from", evidence)[0] == code
    long_ago = "2025-01-01T00:00:00Z"
    assert keyed.verify("--from", evidence, "--at", long_ago)[0] == 0


def test_a_compromise_of_another_key_is_none_of_this_one(keyed):
    path = make_ca(keyed.site.folder / "other", name="Other") / "root.pem"
    other = x509.load_pem_x509_certificate(path.read_bytes())
    from fido import der64
    for cert, code in ((other, 0), (keyed.root(), 25)):
        keyed.publish(entry(roots=[keyed.root()], reports=[
            {"status": "ATTESTATION_KEY_COMPROMISE",
             "effectiveDate": "2025-01-01", "certificate": der64(cert)}]))
        assert keyed.verify()[0] == code


def test_overdue_metadata_are_used_and_said(keyed):
    keyed.publish(entry(roots=[keyed.root()]), due="2020-01-01")
    code, step = keyed.step("metadata")
    assert (code, step["status"]) == (0, "warn"), step
    assert "overdue" in step["text"]


def test_a_u2f_key_is_found_by_the_identifier_of_its_vendors_key(site):
    site.plug({"profile": "neo"}, cards=False)
    site.make_registry()
    keyed = Metadata(site)
    root = keyed.root()
    keyed.publish(entry(keys=[key_id(root)], roots=[root],
                        description="An old one"))
    code, said = keyed.verify()
    assert said["verdict"] in ("genuine", "genuine-but-vulnerable"), said
    assert "An old one" in json.dumps(said["steps"])
    # an entry that names another key speaks of another model
    keyed.publish(entry(keys=["00" * 20], roots=[root]))
    assert keyed.verify()[0] == 21


def test_the_key_of_a_certificate_that_is_bad_goes_before_its_good_model(site):
    """U2F's entries name the keys of batches, FIDO2's the model."""
    model = "a0f1c5d2-0b5e-4e8f-9a36-57f045120002"
    site.plug("securitykey-u2f", cards=False)
    site.make_registry()
    keyed = Metadata(site)
    root = keyed.root()
    good = entry(aaguid=model, roots=[root], description="The model")
    keyed.publish(good)
    assert keyed.verify()[1]["verdict"] == "genuine-but-vulnerable"
    leaf, = (site.folder / "tokens/ca").glob("leaf-securitykey-u2f-*.pem")
    key = key_id(x509.load_pem_x509_certificate(leaf.read_bytes()))

    def verdict(number, names, **more):
        keyed.publish(entry(keys=[names], description="The batch", **more),
                      good, number=number)
        code, said = keyed.verify()
        step, = [s for s in said["steps"] if s["step"] == "metadata"]
        return code, step["text"].split(":")[0]

    assert verdict(2, key, roots=[root], status="REVOKED") == (
        25, "'The batch'")
    # what is not bad, of another key, or of nobody's who signed it, is not it
    assert verdict(3, key, roots=[root], status="NOT_FIDO_CERTIFIED") == (
        20, "'The model'")
    assert verdict(4, key_id(root), roots=[root], status="REVOKED") == (
        20, "'The model'")
    other = keyed.fido.root.read_bytes()
    assert verdict(5, key, roots=[x509.load_pem_x509_certificate(other)],
                   status="REVOKED") == (20, "'The model'")


def test_metadata_options_go_with_update_only(metadata):
    for words in (("show", "--mds", "x"), ("show", "--at", "now")):
        assert metadata.site.run("trust", *words).code == 2
    done = metadata.update(metadata.fido.blob(), "--at", "made")
    assert done.code == 2 and "--at" in done.err


@pytest.mark.parametrize("status,code", [
    ("FIDO_CERTIFIED_L2", 0), ("FIDO_CERTIFIED_L2plus", 0),
    ("FIDO_CERTIFIED_L1plus", 6), ("FIDO_CERTIFIED", 6),
    ("NOT_FIDO_CERTIFIED", 6)])
def test_a_policy_may_ask_for_a_certification(keyed, status, code):
    policy = keyed.site.folder / "policy"
    policy.write_text("certification = L2\n")
    policy.chmod(0o644)
    with keyed.site.config.open("a") as config:
        config.write(f"policy = {policy}\n")
    keyed.publish(entry(roots=[keyed.root()], status=status))
    done = keyed.site.run("policy", "check", "--json")
    assert done.code == code, done
    # without metadata nothing is known
    assert keyed.site.run("trust", "remove", "metadata").code == 0
    keyed.site.trust_vendor()
    done = keyed.site.run("policy", "check")
    assert done.code == 6 and "no metadata" in done.err + done.out, done
