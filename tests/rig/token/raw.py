"""A small raw CTAPHID client, for tests that look at the wire.

It opens the pty behind the node directly, so it needs no preload library;
it connects to umockdev's socket as an opener does, which tells the daemon
that somebody listens.
"""
import hashlib
import hmac
import os
import select
import socket
import struct
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class HidError(Exception):
    """CTAPHID_ERROR; its text is the code in hex."""


# --- CBOR, as much as the replies need --------------------------------------

def _head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    if n < 256:
        return bytes([major << 5 | 24, n])
    if n < 65536:
        return bytes([major << 5 | 25]) + struct.pack(">H", n)
    return bytes([major << 5 | 26]) + struct.pack(">I", n)


def cbor_encode(v):
    if isinstance(v, bool):
        return b"\xf5" if v else b"\xf4"
    if isinstance(v, int):
        return _head(0, v) if v >= 0 else _head(1, -1 - v)
    if isinstance(v, bytes):
        return _head(2, len(v)) + v
    if isinstance(v, str):
        return _head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return _head(4, len(v)) + b"".join(map(cbor_encode, v))
    pairs = [(cbor_encode(k), cbor_encode(x)) for k, x in v.items()]
    pairs.sort(key=lambda p: (p[0][0] >> 5, len(p[0]), p[0]))
    return _head(5, len(pairs)) + b"".join(k + x for k, x in pairs)


def _decode(b, at):
    major, info = b[at] >> 5, b[at] & 31
    at += 1
    if info >= 24 and major != 7:
        n = 1 << (info - 24)
        info = int.from_bytes(b[at:at + n], "big")
        at += n
    if major == 0:
        return info, at
    if major == 1:
        return -1 - info, at
    if major in (2, 3):
        s = b[at:at + info]
        return (s if major == 2 else s.decode()), at + info
    if major == 4:
        out = []
        for _ in range(info):
            v, at = _decode(b, at)
            out.append(v)
        return out, at
    if major == 5:
        out = {}
        for _ in range(info):
            k, at = _decode(b, at)
            out[k], at = _decode(b, at)
        return out, at
    return {20: False, 21: True}.get(info), at


def cbor_decode(b):
    v, at = _decode(b, 0)
    assert at == len(b), "bytes after the item"
    return v


def cbor_bytes(b):
    return cbor_decode(b)


class CtapHid:
    def __init__(self, st, token, protocol=2):
        node = st.hidraw(token)
        self.keepalives = []
        self.protocol = protocol
        self.teller = socket.socket(socket.AF_UNIX)
        self.teller.connect(f"{st.umockdev_dir}/ioctl{node}")
        self.fd = os.open(st.umockdev_dir + node, os.O_RDWR | os.O_NOCTTY)
        self.cid = self.init_channel()

    def close(self):
        os.close(self.fd)
        self.teller.close()

    # --- reports ---------------------------------------------------------

    def report(self, data):
        os.write(self.fd, b"\0" + data.ljust(64, b"\0"))

    def read_report(self, seconds=5):
        """64 bytes, None on time-out, OSError when the key has gone."""
        data = b""
        end = time.monotonic() + seconds
        while len(data) < 64:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            part = os.read(self.fd, 64 - len(data))
            if not part:
                raise OSError("hung up")
            data += part
        return data

    def send_head(self, cmd, length, data):
        self.report(struct.pack(">IBH", self.cid, cmd | 0x80, length)
                    + data[:57])

    def send(self, cmd, data=b""):
        self.send_head(cmd, len(data), data)
        rest, seq = data[57:], 0
        while rest:
            self.report(struct.pack(">IB", self.cid, seq) + rest[:59])
            rest, seq = rest[59:], seq + 1

    def receive(self, cid=None, seconds=5):
        cid = self.cid if cid is None else cid
        while True:
            r = self.read_report(seconds)
            assert r, "no reply"
            got, cmd, n = struct.unpack(">IBH", r[:7])
            assert got == cid, f"channel {got:08x}"
            if cmd == 0xbb:
                self.keepalives.append(r[7])
                continue
            data, seq = r[7:], 0
            while len(data) < n:
                r = self.read_report(seconds)
                assert r[:5] == struct.pack(">IB", cid, seq)
                data, seq = data + r[5:], seq + 1
            if cmd == 0xbf:
                raise HidError(f"{data[0]:02x}")
            return cmd & 0x7f, data[:n]

    def receive_error(self, cid, seconds=5):
        try:
            self.receive(cid, seconds)
        except HidError as e:
            return int(str(e), 16)
        return None

    def call(self, cmd, data=b""):
        self.send(cmd, data)
        got, reply = self.receive()
        assert got == cmd
        return reply

    def init_channel(self):
        nonce = os.urandom(8)
        self.report(struct.pack(">IBH", 0xffffffff, 0x86, 8) + nonce)
        while True:
            r = self.read_report()
            assert r, "no reply to INIT"
            if r[4] == 0x86 and r[7:15] == nonce:
                return struct.unpack(">I", r[15:19])[0]

    # --- CTAP 2 ----------------------------------------------------------

    def command(self, code, parameters=None):
        data = bytes([code])
        if parameters is not None:
            data += cbor_encode(parameters)
        reply = self.call(0x10, data)
        return reply[0], (cbor_decode(reply[1:]) if len(reply) > 1 else None)

    @staticmethod
    def _listed(ids):
        return [{"id": i, "type": "public-key"} for i in ids]

    def make_parameters(self, rp="example.com", user=b"alice",
                        cdh=b"c" * 32, options=None, exclude=(), token=None,
                        probe=False, algs=(-7,), extensions=None,
                        enterprise=None):
        p = {1: cdh, 2: {"id": rp}, 3: {"id": user, "name": "alice"},
             4: [{"alg": a, "type": "public-key"} for a in algs]}
        if exclude:
            p[5] = self._listed(exclude)
        if extensions:
            p[6] = extensions
        if options:
            p[7] = options
        if token:
            p[8] = self.authenticate(token, cdh)
            p[9] = self.protocol
        if probe:
            p[8], p[9] = b"", self.protocol
        if enterprise is not None:
            p[10] = enterprise
        return p

    def make_request(self, **how):
        return b"\x01" + cbor_encode(self.make_parameters(**how))

    def make(self, **how):
        return self.command(0x01, self.make_parameters(**how))

    @staticmethod
    def credential_id(made):
        ad = made[2]
        n = struct.unpack(">H", ad[53:55])[0]
        return ad[55:55 + n]

    def get(self, rp="example.com", ids=(), cdh=b"c" * 32, options=None,
            token=None):
        p = {1: rp, 2: cdh}
        if ids:
            p[3] = self._listed(ids)
        if options:
            p[5] = options
        if token:
            p[6], p[7] = self.authenticate(token, cdh), self.protocol
        return self.command(0x02, p)

    # --- PIN/UV auth -----------------------------------------------------

    def agree(self):
        """COSE key, HMAC key and AES key of self.protocol."""
        status, reply = self.command(0x06, {1: self.protocol, 2: 2})
        assert status == 0, f"{status:02x}"
        peer = ec.EllipticCurvePublicNumbers(
            int.from_bytes(reply[1][-2], "big"),
            int.from_bytes(reply[1][-3], "big"),
            ec.SECP256R1()).public_key()
        key = ec.generate_private_key(ec.SECP256R1())
        z = key.exchange(ec.ECDH(), peer)
        n = key.public_key().public_numbers()
        cose = {1: 2, 3: -25, -1: 1, -2: n.x.to_bytes(32, "big"),
                -3: n.y.to_bytes(32, "big")}
        if self.protocol == 1:
            both = hashlib.sha256(z).digest()
            return cose, both, both
        prk = hmac.digest(bytes(32), z, "sha256")
        mac_key = hmac.digest(prk, b"CTAP2 HMAC key\x01", "sha256")
        aes_key = hmac.digest(prk, b"CTAP2 AES key\x01", "sha256")
        return cose, mac_key, aes_key

    def authenticate(self, key, message):
        return hmac.digest(key, message, "sha256")[
            :16 if self.protocol == 1 else 32]

    def encrypt(self, key, data):
        iv = bytes(16) if self.protocol == 1 else os.urandom(16)
        e = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        sealed = e.update(data) + e.finalize()
        return sealed if self.protocol == 1 else iv + sealed

    def decrypt(self, key, data):
        iv, data = ((bytes(16), data) if self.protocol == 1 else
                    (data[:16], data[16:]))
        d = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        return d.update(data) + d.finalize()

    @staticmethod
    def _digest(pin):
        return hashlib.sha256(pin.encode()).digest()[:16]

    def set_pin(self, pin):
        cose, mac_key, aes_key = self.agree()
        new = self.encrypt(aes_key, pin.encode().ljust(64, b"\0"))
        return self.command(0x06, {
            1: self.protocol, 2: 3, 3: cose, 5: new,
            4: self.authenticate(mac_key, new)})[0]

    def change_pin(self, old, pin):
        cose, mac_key, aes_key = self.agree()
        new = self.encrypt(aes_key, pin.encode().ljust(64, b"\0"))
        was = self.encrypt(aes_key, self._digest(old))
        return self.command(0x06, {
            1: self.protocol, 2: 4, 3: cose, 5: new, 6: was,
            4: self.authenticate(mac_key, new + was)})[0]

    def ask_token(self, pin=None, permissions=None, rp=None):
        """(status, token); without a PIN by the fingerprint."""
        cose, _, aes_key = self.agree()
        p = {1: self.protocol, 3: cose,
             2: 6 if pin is None else 5 if permissions is None else 9}
        if pin is not None:
            p[6] = self.encrypt(aes_key, self._digest(pin))
        if permissions is not None:
            p[9] = permissions
        if rp is not None:
            p[10] = rp
        status, reply = self.command(0x06, p)
        return status, self.decrypt(aes_key, reply[2]) if reply else None

    def pin_token(self, pin, permissions, rp=None):
        status, token = self.ask_token(pin, permissions, rp)
        assert status == 0, f"{status:02x}"
        return token

    def _with_token(self, code, prefix, sub, params, token, first=1):
        """A command whose subcommand is authorized by the token."""
        p = {first: sub}
        if params is not None:
            p[first + 1] = params
        if token:
            message = prefix + bytes([sub]) + (
                b"" if params is None else cbor_encode(params))
            p[first + 2] = self.protocol
            p[first + 3] = self.authenticate(token, message)
        return self.command(code, p)

    def config(self, sub, params=None, token=None):
        return self._with_token(0x0d, b"\xff" * 32 + b"\x0d", sub, params,
                                token)[0]

    def credman(self, sub, params=None, token=None, code=0x0a):
        return self._with_token(code, b"", sub, params, token)


class Reader:
    """Stands in for vpcd: the token's card connects to it."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(5)
        self.port = self.server.getsockname()[1]
        self.card = None

    def close(self):
        if self.card:
            self.card.close()
        self.server.close()

    def power_up(self):
        """Waits for the card; its ATR."""
        self.card, _ = self.server.accept()
        self.card.settimeout(10)
        self._send(b"\1")
        return self._call(b"\4")

    def _send(self, data):
        self.card.sendall(struct.pack(">H", len(data)) + data)

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.card.recv(n - len(data))
            if not part:
                raise OSError("the card is gone")
            data += part
        return data

    def _call(self, data):
        self._send(data)
        return self._exactly(struct.unpack(">H", self._exactly(2))[0])

    def apdu(self, text, data=b""):
        """Header (CLA INS P1 P2) in hex and data; (reply, status word)."""
        head = bytes.fromhex(text)
        reply = self._call(head + (bytes([len(data)]) + data if data
                                   else b""))
        return reply[:-2], struct.unpack(">H", reply[-2:])[0]

    def select(self, aid="a0000005272101"):
        return self.apdu("00a40400", bytes.fromhex(aid))
