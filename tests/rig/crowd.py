# SPDX-License-Identifier: Apache-2.0
"""Registered tokens by the thousand: events behind a registry's head, by the
words of docs/FORMATS.md and bridge/event/body.h."""
import base64
import contextlib
import hashlib
import json
import secrets
import sqlite3
import time


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Ledger:
    """Appends to a registry's file that nobody else has open."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        (self.pos, self.stream, self.seq, self.hash, first) = self.db.execute(
            "SELECT pos, stream, seq, hash, event FROM events"
            " ORDER BY pos DESC LIMIT 1").fetchone()
        self.actor = json.loads(first)["actor"]

    def append(self, kind, body, when):
        self.pos, self.seq = self.pos + 1, self.seq + 1
        journal = secrets.token_hex(16)
        event = json.dumps({
            "v": 1, "stream": self.stream, "seq": self.seq,
            "journal": journal, "step": 0, "time": when, "type": kind,
            "actor": self.actor, "body": body},
            separators=(",", ":")).encode()
        self.hash = hashlib.sha256(self.hash + event).digest()
        self.db.execute("INSERT INTO events VALUES (?, ?, ?, ?, 0, ?, ?)",
                        (self.pos, self.stream, self.seq, journal, self.hash,
                         event))

    def untrusted(self, like, when, id_size=64, firmware=None, serial=None,
                  lot=None):
        """A token of the same model as the events `like` tell of."""
        added, credential = like
        token = secrets.token_hex(16)
        identifiers = [i for i in added["identifiers"]
                       if i["kind"] in ("aaguid", "attestation-cert")]
        if serial:
            identifiers.append({"kind": "serial", "value": str(serial),
                                "basis": "self-reported"})
        if lot:
            identifiers.append(of_lot(lot))
        body = {**added, "token": token, "state": "stock",
                "identifiers": identifiers}
        if firmware:
            body["firmware"] = firmware
        self.append("token.added", body, when)
        self.append("credential.added", {
            **credential, "token": token,
            "credential": b64(secrets.token_bytes(id_size))}, when)
        self.append("token.verified", {"token": token, "verdict": 0}, when)


def of_lot(name):
    return {"kind": "lot", "value": name, "basis": "self-reported"}


def of_first_token(path):
    """Bodies of the first token.added and credential.added."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        bodies = {}
        for (event,) in db.execute("SELECT event FROM events ORDER BY pos"):
            event = json.loads(event)
            bodies.setdefault(event["type"], event["body"])
    body = dict(bodies["token.added"])
    body.pop("holder", None)
    return body, bodies["credential.added"]


def crowd(path, n, later=60, **more):
    """Registers n more tokens of the first one's model, seen `later` seconds
    from now (before: negative)."""
    like = of_first_token(path)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(time.time() + later))
    ledger = Ledger(path)
    with contextlib.closing(ledger.db), ledger.db:
        for _ in range(n):
            ledger.untrusted(like, when, **more)


def put_in_lot(path, token, lot):
    """The delivery that a registered token came with."""
    ledger = Ledger(path)
    with contextlib.closing(ledger.db), ledger.db:
        ledger.append("token.identified", {
            "token": token, "identifiers": [of_lot(lot)]},
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
