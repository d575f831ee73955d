# SPDX-License-Identifier: Apache-2.0
"""Who publishes metadata: a service of the tests' own that signs blobs as the
FIDO Alliance does, and can do every part of it wrong."""
import base64
import datetime
import hashlib
import http.server
import json
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

NAME = "mds.fidoalliance.org"
YK5 = "a0f1c5d2-0b5e-4e8f-9a36-57f045740001"  # of the soft token's profile
DAY = datetime.timedelta(days=1)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def der64(cert):
    return base64.b64encode(
        cert.public_bytes(serialization.Encoding.DER)).decode()


def key_id(cert):
    """SHA-1 of the certificate's key, as entries name it."""
    point = cert.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)
    return hashlib.sha1(point).hexdigest()


def certificate(name, key, issuer=None, issuer_key=None, ca=False, host=None,
                start=-30, end=365):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder()
               .subject_name(named(name))
               .issuer_name(issuer.subject if issuer else named(name))
               .public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now + start * DAY)
               .not_valid_after(now + end * DAY)
               .add_extension(x509.BasicConstraints(ca, None), True))
    if host:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), False)
    return builder.sign(issuer_key or key, hashes.SHA256())


class Fido:
    """folder/root.pem is what mds_anchors has to name."""

    def __init__(self, folder, kind="rsa", host=NAME, end=365, start=-30,
                 bits=2048, middle_is_ca=True):
        folder.mkdir(parents=True, exist_ok=True)
        keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048)
                for _ in range(2)]
        root = certificate("Root of Metadata", keys[0], ca=True)
        middle = certificate("Signing CA", keys[1], root, keys[0],
                             ca=middle_is_ca)
        self.key = (ec.generate_private_key(ec.SECP256R1())
                    if kind == "ec" else
                    rsa.generate_private_key(public_exponent=65537,
                                             key_size=bits))
        leaf = certificate(host, self.key, middle, keys[1], host=host,
                           end=end, start=start)
        self.alg = "ES256" if kind == "ec" else "RS256"
        self.chain = [leaf, middle]
        self.root = folder / "root.pem"
        self.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.root.chmod(0o644)

    def sign(self, data):
        if self.alg == "RS256":
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(
            self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def blob(self, number=1, entries=(), due="2099-01-01", header=None,
             payload=None, signature=None, **more):
        head = {"alg": self.alg, "typ": "JWT",
                "x5c": [der64(cert) for cert in self.chain],
                **(header or {})}
        body = {"legalHeader": "for tests only", "no": number,
                "nextUpdate": due, "entries": list(entries), **more}
        head = {k: v for k, v in head.items() if v is not None}
        if payload is None:
            payload = json.dumps(body).encode()
        signed = f"{b64url(json.dumps(head).encode())}.{b64url(payload)}"
        if signature is None:
            signature = self.sign(signed.encode())
        return f"{signed}.{b64url(signature)}"


def entry(aaguid=YK5, roots=(), status="FIDO_CERTIFIED_L1", reports=None,
          keys=None, description="YubiKey of the tests", **more):
    made = {"metadataStatement": {
        "description": description,
        "authenticatorVersion": 1,
        "icon": "data:image/png;base64,AAAA",
        "attestationTypes": ["basic_full"],
        "attestationRootCertificates": [der64(cert) for cert in roots]},
        "statusReports": reports or [
            {"status": status, "effectiveDate": "2024-01-31"}],
        "timeOfLastStatusChange": "2024-01-31"}
    if keys is not None:
        made["attestationCertificateKeyIdentifiers"] = list(keys)
    elif aaguid:
        made["aaguid"] = aaguid
        made["metadataStatement"]["aaguid"] = aaguid
    return {**made, **more}


class Service:
    """Serves one blob over plain http on this machine."""

    def __init__(self):
        self.body, self.etag, self.status = b"", "1", 200
        self.asked = []  # If-None-Match of each request
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.headers.get("If-None-Match"))
                status, body = outer.status, outer.body
                if status == 200 and outer.asked[-1] == outer.etag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("ETag", outer.etag)
                if status == 302:
                    self.send_header("Location", outer.url + "elsewhere")
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/blob"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *why):
        self.server.shutdown()
        self.server.server_close()
