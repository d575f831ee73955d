"""Tests of the soft token against programs that nobody here wrote.

    pytest test_softtoken.py                 # HID, USB; card tests skip
    ./enter pytest test_softtoken.py         # with pcscd and vpcd

$SOFTTOKEN names the daemon, else a build folder of the tree is searched.
"""
import base64
import contextlib
import ctypes
import fcntl
import hashlib
import hmac
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import pcsc                                                   # noqa: E402
from raw import (CtapHid, HidError, Reader, cbor_bytes,       # noqa: E402
                 cbor_encode)
from softtoken import SoftTokenError, SoftTokens, make_ca     # noqa: E402

CDH = base64.b64encode(b"c" * 32).decode()
USER = base64.b64encode(b"user of alice").decode()
YK = {"name": "a", "profile": "yubikey5", "serial": 12345678}


def needs(*programs):
    gone = [p for p in programs if not shutil.which(p)]
    return pytest.mark.skipif(bool(gone), reason=f"no {', '.join(gone)}")


@pytest.fixture
def start(tmp_path):
    """start(spec...) gives running tokens; all end with the test."""
    with contextlib.ExitStack() as stack:
        def run(*specs, folder="tokens", **options):
            st = SoftTokens(tmp_path / folder, tokens=specs or (YK,),
                            **options)
            return stack.enter_context(st)
        yield run


@pytest.fixture
def st(start):
    return start(YK)


class Fido:
    """fido2-tools, with their files."""

    def __init__(self, st, token, folder):
        self.st = st
        self.dev = st.hidraw(token)
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self.n = 0

    def file(self, *lines):
        self.n += 1
        path = self.folder / f"fido{self.n}"
        if lines:
            path.write_text("\n".join(lines) + "\n")
        return path

    def talk(self, *command, answers=()):
        return talk([str(c) for c in command], answers, self.st.env())

    def make(self, *flags, rp="example.com", pin=None, kind="es256"):
        out = self.file()
        rc, text = self.talk(
            "fido2-cred", "-M", *flags, "-i",
            self.file(CDH, rp, "alice", USER), "-o", out, self.dev, kind,
            answers=[pin] if pin else [])
        if rc:
            return None, text
        cred = out
        return cred, cred.read_text().split("\n")

    def verify(self, cred, *flags, kind="es256"):
        pk = self.file()
        r = self.st.run("fido2-cred", "-V", *flags, "-i", cred, "-o", pk,
                        kind)
        if r.returncode:
            return None, r.stderr
        text = pk.read_text()
        pem = self.file()
        pem.write_text(text[text.index("-----BEGIN"):])
        return pem, text

    def get(self, cred_id=None, *flags, rp="example.com", pin=None):
        out = self.file()
        lines = [CDH, rp] + ([cred_id] if cred_id else [])
        rc, text = self.talk("fido2-assert", "-G", *flags, "-i",
                             self.file(*lines), "-o", out, self.dev,
                             answers=[pin] if pin else [])
        return (None, text) if rc else (out, out.read_text().split("\n"))

    def check(self, assertion, pem, *flags, kind="es256"):
        return self.st.run("fido2-assert", "-V", *flags, "-i", assertion,
                           pem, kind).returncode == 0


PRELUDE = """
import hashlib, sys
from fido2.hid import CtapHidDevice
from fido2.ctap import CtapError
from fido2.ctap1 import Ctap1, ApduError
from fido2.ctap2 import *
from fido2.ctap2.bio import FPBioEnrollment
from fido2.ctap2.config import Config
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2
dev = next(CtapHidDevice.list_devices())
ctap = Ctap2(dev)
PERM = ClientPin.PERMISSION
def refused(f, *a, **k):
    try:
        f(*a, **k)
    except (CtapError, ApduError) as e:
        return '%02x' % e.code
# python3-fido2 1 has other names and results than 0.9
NEW = 'AttestationResponse' in globals()
def statement(made):
    return made.att_stmt if NEW else made.att_statement
def uv_retries(pin):
    told = pin.get_uv_retries()
    return told if NEW else told[0]
"""
PYTHON_FIDO2 = pytest.mark.skipif(bool(subprocess.run(
    ["/usr/bin/python3", "-c", PRELUDE.split("dev =")[0]],
    capture_output=True).returncode), reason="no python3-fido2 0.9 or 1")


def python_fido2(st, code):
    """What python3-fido2 prints, a third program's words about the key."""
    r = st.run("/usr/bin/python3", "-c", PRELUDE + code)
    assert r.returncode == 0, r.stderr
    return r.stdout.split()


def talk(command, answers, env, seconds=20):
    """Run on a terminal, type an answer at each prompt."""
    answers = list(answers)
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, env)
    out = b""
    end = time.monotonic() + seconds
    asked = 0
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(fd, 4096)
        except OSError:
            break
        if not part:
            break
        out += part
        if answers and out[asked:].rstrip().endswith(b":"):
            asked = len(out)
            os.write(fd, answers.pop(0).encode() + b"\n")
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode()


@pytest.fixture
def fido(st, tmp_path):
    return Fido(st, "a", tmp_path)


def counter(auth_data_line):
    """of an assertion's third line, a CBOR byte string in base64"""
    ad = cbor_bytes(base64.b64decode(auth_data_line))
    return struct.unpack(">I", ad[33:37])[0]


# --- seen by libfido2 ------------------------------------------------------

def test_fido2_token_lists_each_token_once_though_one_has_two_nodes(start):
    st = start(YK, {"name": "b", "profile": "solo"})
    lines = st.run("fido2-token", "-L").stdout.splitlines()
    assert len(lines) == 2
    assert "/dev/hidraw1: vendor=0x1050, product=0x0407" in lines[0]
    assert "Example Keys Solo Example" in lines[1]


@pytest.mark.parametrize("profile,words", [
    ("yubikey5", ["FIDO_2_1", "fwversion: 0x50704", "pinUvAuthToken"]),
    ("yubikey5-old", ["FIDO_2_0", "fwversion: 0x50403"]),
    ("securitykey", ["FIDO_2_1"]),
    ("solo", ["major: 0x04", "FIDO_2_0"]),
    ("none-att", ["nomsg"]),
])
def test_get_info_tells_what_the_profile_is(start, profile, words):
    st = start({"name": "a", "profile": profile})
    out = st.run("fido2-token", "-I", st.hidraw("a")).stdout
    for word in words:
        assert word in out
    assert ("FIDO_2_1" in out) == (profile in ("yubikey5", "securitykey"))


@pytest.mark.parametrize("profile", ["yubikey4-fips", "neo"])
def test_u2f_only_keys_have_no_cbor_and_still_make_credentials(
        start, tmp_path, profile):
    st = start({"name": "a", "profile": profile})
    f = Fido(st, "a", tmp_path)
    assert "nocbor" in st.run("fido2-token", "-I", f.dev).stdout
    cred, lines = f.make("-u")
    assert cred, lines
    assert lines[2] == "fido-u2f"
    pem, _ = f.verify(cred)
    out, _ = f.get(lines[4], "-u", "-p")
    assert f.check(out, pem, "-p")


def test_reports_take_their_time_of_each_token_by_itself(start):
    st = start({**YK, "report_ms": 200}, {**YK, "name": "b", "serial": 2})
    begin = time.monotonic()
    slow, fast = CtapHid(st, "a"), CtapHid(st, "b")
    # INIT goes in one report and comes in another
    assert time.monotonic() - begin >= 0.4
    begin = time.monotonic()
    slow.send(1, bytes(100))        # PING: two reports, and two back
    fast.send(1, bytes(100))
    assert fast.read_report()[4] == 0x81
    assert not select.select([slow.fd], [], [], 0)[0]
    for _ in range(2):
        assert slow.read_report()
    assert time.monotonic() - begin >= 0.8
    slow.close()
    fast.close()


def test_an_assertion_verifies_and_the_counter_goes_up(fido):
    cred, lines = fido.make()
    pem, _ = fido.verify(cred)
    assert pem
    first, a = fido.get(lines[4], "-p")
    second, b = fido.get(lines[4], "-p")
    assert fido.check(first, pem, "-p") and fido.check(second, pem, "-p")
    assert counter(b[2]) == counter(a[2]) + 1


def test_another_rp_or_another_token_cannot_use_a_credential(start, tmp_path):
    st = start(YK, {"name": "b", "profile": "yubikey5"})
    _, lines = Fido(st, "a", tmp_path).make()
    a, b = Fido(st, "a", tmp_path), Fido(st, "b", tmp_path)
    assert a.get(lines[4], "-p")[0]
    assert "NO_CREDENTIALS" in a.get(lines[4], "-p", rp="example.org")[1]
    assert "NO_CREDENTIALS" in b.get(lines[4], "-p")[1]


def test_self_attestation_verifies(start, tmp_path):
    st = start({"name": "a", "profile": "solo"})
    f = Fido(st, "a", tmp_path)
    cred, lines = f.make()
    assert lines[2] == "packed" and len(lines) < 8
    assert f.verify(cred)[0]
    st.misbehave("a", "forge-attestation")
    cred, _ = f.make()
    assert f.verify(cred)[0] is None


@needs("openssl")
def test_the_leaf_is_by_the_ca_and_says_aaguid_and_firmware(start, tmp_path):
    make_ca(tmp_path / "ca", intermediate=True)
    st = start(dict(YK, chain=True), ca=tmp_path / "ca")
    _, lines = Fido(st, "a", tmp_path).make()
    der = base64.b64decode(lines[6])
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(subprocess.run(
        ["openssl", "x509", "-inform", "DER"], input=der,
        capture_output=True, check=True).stdout)
    verify = ["openssl", "verify", "-CAfile", tmp_path / "ca/root.pem"]
    assert subprocess.run(verify + [leaf], capture_output=True).returncode
    subprocess.run(verify + ["-untrusted", tmp_path / "ca/intermediate.pem",
                             leaf], check=True)
    text = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", leaf],
                          capture_output=True, text=True).stdout
    assert "OU=Authenticator Attestation" in text.replace(" = ", "=")
    assert "CA:FALSE" in text and "1.3.6.1.4.1.45724.1.1.4" in text
    assert bytes.fromhex(st.stats("a")["aaguid"]) in der
    assert b"\x04\x03\x05\x07\x04" in der
    assert b"1.3.6.1.4.1.41482.1.7" in der


@needs("openssl")
def test_a_token_of_an_unknown_maker_differs_only_in_its_chain(
        start, tmp_path):
    other = make_ca(tmp_path / "other", name="Unknown Vendor")
    st = start(YK, dict(YK, name="b", ca=str(other)))
    for token, trusted in (("a", True), ("b", False)):
        f = Fido(st, token, tmp_path)
        cred, lines = f.make()
        assert f.verify(cred)[0]
        leaf = tmp_path / "leaf.pem"
        subprocess.run(["openssl", "x509", "-inform", "DER", "-out", leaf],
                       input=base64.b64decode(lines[6]), check=True)
        r = subprocess.run(["openssl", "verify", "-CAfile",
                            st.ca / "root.pem", leaf], capture_output=True)
        assert (r.returncode == 0) == trusted


def test_tokens_of_a_batch_share_their_leaf(start):
    st = start(YK, dict(YK, name="b", serial=2),
               {"name": "c", "profile": "yubikey5-old"})
    a, b, c = (st.stats(n)["leaf"] for n in "abc")
    assert a == b != c


def test_a_started_again_daemon_goes_on_as_the_same_key(tmp_path):
    spec = dict(YK, profile="yubikey5-old")
    with SoftTokens(tmp_path / "t", tokens=[spec]) as st:
        cred, lines = Fido(st, "a", tmp_path).make("-r")
        before = st.stats("a")
    with SoftTokens(tmp_path / "t", tokens=[{"name": "a"}]) as st:
        f = Fido(st, "a", tmp_path)
        assert f.get(lines[4], "-p")[0]
        assert f.get(None, "-r", "-p")[0]
        after = st.stats("a")
    assert after["serial"] == before["serial"] == 12345678
    assert after["counter"] == before["counter"] + 2
    assert after["profile"] == "yubikey5-old"
    assert after["leaf"] == before["leaf"]


# --- PIN -------------------------------------------------------------------

def test_a_pin_can_be_set_changed_and_used_by_fido2_tools(st, fido):
    rc, _ = fido.talk("fido2-token", "-S", fido.dev,
                      answers=["1234", "1234"])
    assert rc == 0
    rc, _ = fido.talk("fido2-token", "-C", fido.dev,
                      answers=["1234", "98765", "98765"])
    assert rc == 0
    cred, lines = fido.make("-v", pin="98765")
    assert fido.verify(cred, "-v")[0]
    pem, _ = fido.verify(cred, "-v")
    out, _ = fido.get(lines[4], "-p", "-v", pin="98765")
    assert fido.check(out, pem, "-p", "-v")
    plain, _ = fido.get(lines[4], "-p")
    assert not fido.check(plain, pem, "-v")


def test_a_short_pin_is_refused_by_the_key_itself(st):
    with raw(st) as hid:
        assert hid.set_pin("123") == 0x37
        assert hid.set_pin("1234") == 0


def test_three_wrong_pins_block_until_replug_and_eight_for_good(
        start, tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    want = ["PIN_INVALID", "PIN_INVALID", "PIN_AUTH_BLOCKED"]
    for left, words in zip(range(7, -1, -1),
                           want + want + ["PIN_INVALID", "PIN_BLOCKED"]):
        _, text = f.make("-v", pin="9999")
        assert words in text
        assert st.stats("a")["pin_retries"] == left
        if "BLOCKED" in words and left:
            assert "PIN_AUTH_BLOCKED" in f.make("-v", pin="1234")[1]
            st.replug("a")
    st.replug("a")
    assert "PIN_BLOCKED" in f.make("-v", pin="1234")[1]


def test_the_right_pin_gives_the_retries_back(start, tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    f.make("-v", pin="9999")
    assert st.stats("a")["pin_retries"] == 7
    assert f.make("-v", pin="1234")[0]
    assert st.stats("a")["pin_retries"] == 8


def test_with_a_pin_set_resident_credentials_need_it(start):
    st = start(dict(YK, pin="1234"),
               {"name": "old", "profile": "solo", "pin": "1234"})
    with raw(st) as hid:
        assert hid.make(options={"rk": True})[0] == 0x36
        assert hid.make()[0] == 0
    with raw(st, "old") as hid:
        assert hid.make()[0] == 0x36


def test_a_pin_token_serves_one_credential_only_in_ctap_2_1(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        token = hid.pin_token("1234", permissions=1, rp="example.com")
        assert hid.make(token=token)[0] == 0
        assert hid.make(token=token)[0] == 0x33
        token = hid.pin_token("1234", permissions=2, rp="example.com")
        assert hid.make(token=token)[0] == 0x33


# --- resident credentials --------------------------------------------------

def test_a_resident_credential_is_found_without_its_id(st, fido):
    cred, _ = fido.make("-r")
    pem, _ = fido.verify(cred)
    out, lines = fido.get(None, "-r", "-p")
    assert fido.check(out, pem, "-p")
    assert lines[4] == USER
    rest = st.run("fido2-token", "-I", fido.dev).stdout
    assert "remaining rk(s): 99" in rest


def test_credentials_can_be_listed_and_deleted_with_the_pin(start, tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    for rp in ("example.com", "example.org"):
        assert f.make("-r", "-v", rp=rp, pin="1234")[0]
    rc, text = f.talk("fido2-token", "-L", "-r", f.dev, answers=["1234"])
    assert rc == 0 and "example.com" in text and "example.org" in text
    rc, text = f.talk("fido2-token", "-L", "-k", "example.com", f.dev,
                      answers=["1234"])
    assert rc == 0
    cred_id = text.split("00: ")[1].split()[0]
    rc, text = f.talk("fido2-token", "-D", "-i", cred_id, f.dev,
                      answers=["1234"])
    assert rc == 0, text
    assert [r["rp"] for r in st.stats("a")["residents"]] == ["example.org"]


def test_two_accounts_of_a_site_come_one_after_the_other_newest_first(st):
    with raw(st) as hid:
        for user in (b"alice", b"bob"):
            assert hid.make(options={"rk": True}, user=user)[0] == 0
        status, first = hid.get()
        assert status == 0 and first[5] == 2 and first[4]["id"] == b"bob"
        status, second = hid.command(0x08)
        assert status == 0 and second[4]["id"] == b"alice"
        assert hid.command(0x08)[0] == 0x30


def test_a_full_store_refuses_and_the_same_user_replaces(start):
    st = start(dict(YK, rk_max=2))
    with raw(st) as hid:
        for user in (b"alice", b"bob", b"bob"):
            assert hid.make(options={"rk": True}, user=user)[0] == 0
        assert hid.make(options={"rk": True}, user=b"carol")[0] == 0x28


def test_a_reset_needs_a_fresh_plug_and_forgets_everything(st, fido):
    _, lines = fido.make("-r")
    assert fido.talk("fido2-token", "-R", fido.dev)[0] == 0
    assert st.stats("a")["residents"] == []
    assert "NO_CREDENTIALS" in fido.get(lines[4], "-p")[1]


def test_a_reset_too_long_after_plugging_in_is_not_allowed(start):
    st = start(dict(YK, reset_window=2000))
    with raw(st) as hid:
        time.sleep(2.1)
        assert hid.command(0x07)[0] == 0x30
    st.replug("a")
    with raw(st) as hid:
        assert hid.command(0x07)[0] == 0


def test_a_credential_on_the_exclude_list_is_told_only_after_a_touch(st):
    with raw(st) as hid:
        _, made = hid.make()
        cred_id = hid.credential_id(made)
        used = st.stats("a")["touch"]["used"]
        assert hid.make(exclude=[cred_id])[0] == 0x19
        assert st.stats("a")["touch"]["used"] == used + 1
        assert hid.make(exclude=[b"x" * 64])[0] == 0


def test_hmac_secret_is_the_same_twice_and_differs_between_salts(
        st, fido):
    cred, lines = fido.make("-h")
    salt = [base64.b64encode(c * 32).decode() for c in (b"1", b"2")]

    def secret(s):
        out = fido.file()
        r = st.run("fido2-assert", "-G", "-h", "-p", "-i",
                   fido.file(CDH, "example.com", lines[4], s), "-o", out,
                   fido.dev)
        assert r.returncode == 0, r.stderr
        return out.read_text().split("\n")[4]
    assert secret(salt[0]) == secret(salt[0]) != secret(salt[1])


def test_cred_protect_3_hides_a_credential_from_who_has_no_pin(start,
                                                               tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    _, lines = f.make("-v", "-c", "3", pin="1234")
    assert "NO_CREDENTIALS" in f.get(lines[4], "-p")[1]
    assert f.get(lines[4], "-p", "-v", pin="1234")[0]


# --- touch -----------------------------------------------------------------

def test_withheld_touch_ends_in_the_user_action_time_out(start, tmp_path):
    st = start(dict(YK, touch="withhold", touch_timeout=400))
    _, text = Fido(st, "a", tmp_path).make()
    assert "FIDO_ERR_ACTION_TIMEOUT" in text or \
        "FIDO_ERR_USER_ACTION_TIMEOUT" in text
    assert st.stats("a")["touch"]["used"] == 0


def test_a_granted_touch_serves_the_one_who_waits(st, fido):
    st.touch("a", "ask")
    p = subprocess.Popen(
        ["fido2-cred", "-M", "-i", fido.file(CDH, "example.com", "alice",
                                             USER), fido.dev],
        env=st.env(), stdout=subprocess.DEVNULL)
    st.wait("a", "touch")
    time.sleep(0.2)
    assert p.poll() is None
    st.grant("a")
    assert p.wait(5) == 0
    assert st.stats("a")["touch"]["used"] == 1


def test_keepalives_say_touch_wanted_every_100_ms(start):
    st = start(dict(YK, touch="delay:450"))
    with raw(st) as hid:
        assert hid.make()[0] == 0
        assert 4 <= len(hid.keepalives) <= 7
        assert set(hid.keepalives) == {2}


def test_cancel_ends_a_wait_for_touch(st):
    st.touch("a", "withhold")
    with raw(st) as hid:
        hid.send(0x10, hid.make_request())
        st.wait("a", "touch")
        hid.send(0x11)
        cmd, data = hid.receive()
        assert (cmd, data) == (0x10, b"\x2d")
        assert hid.command(0x04)[0] == 0


def test_u2f_answers_6985_until_it_is_touched(st):
    st.touch("a", "ask")
    with raw(st) as hid:
        apdu = b"\0\x01\0\0\0\0\x40" + bytes(64) + b"\0\0"
        assert hid.call(0x03, apdu) == b"\x69\x85"
        st.grant("a")
        reply = hid.call(0x03, apdu)
        assert reply[0] == 5 and reply[-2:] == b"\x90\0"
        handle = reply[67:67 + reply[66]]
        check = bytes(64) + bytes([len(handle)]) + handle

        def ask(control, data):
            return hid.call(0x03, bytes([0, 2, control, 0, 0, 0, len(data)])
                            + data + b"\0\0")
        assert ask(7, check) == b"\x69\x85"
        assert ask(3, check) == b"\x69\x85"
        assert ask(8, check)[0] == 0
        assert ask(7, b"\1" * 64 + check[64:]) == b"\x6a\x80"
        st.grant("a")
        assert ask(3, check)[0] == 1


def test_the_touch_probe_tells_whether_a_pin_is_set(start):
    st = start(YK, dict(YK, name="b", pin="1234"))
    for token, status in (("a", 0x35), ("b", 0x31)):
        with raw(st, token) as hid:
            assert hid.make(probe=True)[0] == status
        assert st.stats(token)["touch"]["used"] == 1


# --- CTAPHID ---------------------------------------------------------------

@contextlib.contextmanager
def raw(st, token="a", **options):
    hid = CtapHid(st, token, **options)
    try:
        yield hid
    finally:
        hid.close()


def test_the_longest_message_comes_back_whole(st):
    with raw(st) as hid:
        data = os.urandom(7609)
        assert hid.call(0x01, data) == data
        with pytest.raises(HidError, match="03"):
            hid.send_head(0x01, 7610, b"")
            hid.receive()


def test_wrong_channels_commands_and_sequences_are_told_apart(st):
    with raw(st) as hid:
        for cid, code in ((0, 0x0b), (0x12345678, 0x0b), (0xffffffff, 0x0b)):
            hid.report(struct.pack(">IBH", cid, 0x81, 0))
            assert hid.receive_error(cid) == code
        with pytest.raises(HidError, match="01"):
            hid.call(0x3a, b"")
        hid.send_head(0x01, 100, b"")
        hid.report(struct.pack(">IB", hid.cid, 5))
        assert hid.receive_error(hid.cid) == 0x04
        hid.send_head(0x01, 100, b"")
        assert hid.receive_error(hid.cid, seconds=2) == 0x05


def test_a_second_channel_finds_the_key_busy_and_init_resynchronises(st):
    with raw(st) as hid:
        other = hid.init_channel()
        hid.send_head(0x01, 100, b"")
        hid.report(struct.pack(">IBH", other, 0x81, 0))
        assert hid.receive_error(other) == 0x06
        nonce = os.urandom(8)
        hid.report(struct.pack(">IBH", hid.cid, 0x86, 8) + nonce)
        cmd, data = hid.receive()
        assert cmd == 0x06 and data[:8] == nonce
        assert struct.unpack(">I", data[8:12])[0] == hid.cid
        assert hid.call(0x01, b"alive") == b"alive"


def test_what_nobody_read_is_gone_for_the_next_one_to_open(st):
    with raw(st) as hid:
        hid.send(0x01, b"stale")
        time.sleep(0.05)
    with raw(st) as hid:
        assert hid.call(0x01, b"fresh") == b"fresh"


def test_flock_by_one_program_is_seen_by_another(st):
    fd = os.open(st.real_path("a"), os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    code = ("import fcntl,os; fcntl.flock(os.open('%s', os.O_RDWR|os.O_NOCTTY"
            "), fcntl.LOCK_EX|fcntl.LOCK_NB)" % st.hidraw("a"))
    assert "BlockingIOError" in st.run("/usr/bin/python3", "-c", code).stderr
    os.close(fd)
    assert st.run("/usr/bin/python3", "-c", code).returncode == 0


@pytest.mark.parametrize("what,data,status", [
    ("trailing byte", b"\x04\x00", 0x03),
    ("no parameters", b"\x02", 0x14),
    ("no map", b"\x02\x01", 0x11),
    ("indefinite map", b"\x06\xbf\x02\x01\xff", 0x12),
    ("long integer", b"\x06\xa1\x02\x18\x01", 0x12),
    ("unsorted keys", b"\x06\xa2\x02\x01\x01\x01", 0x12),
    ("same key twice", b"\x06\xa2\x02\x01\x02\x01", 0x12),
    ("five levels", b"\x06\xa1\x02\x81\x81\x81\x81\x00", 0x12),
    ("cut short", b"\x06\xa2\x01\x02", 0x12),
    ("tag", b"\x06\xa1\x02\xc0\x01", 0x12),
    ("unknown command", b"\x7e", 0x01),
])
def test_bad_cbor_is_refused_as_a_strict_key_does(st, what, data, status):
    with raw(st) as hid:
        assert hid.call(0x10, data)[0] == status


def test_a_get_info_round_trip_is_fast(st):
    with raw(st) as hid:
        begin = time.monotonic()
        for _ in range(50):
            assert hid.command(0x04)[0] == 0
        each = (time.monotonic() - begin) / 50
    assert each < 0.01


# --- READ_CONFIG -----------------------------------------------------------

def tlvs(data):
    out, at = {}, 1
    assert data[0] == len(data) - 1
    while at < len(data):
        tag, n = data[at], data[at + 1]
        out[tag] = data[at + 2:at + 2 + n]
        at += 2 + n
    return out


def test_read_config_tells_serial_version_and_a_second_page(st):
    with raw(st) as hid:
        first = tlvs(hid.call(0x42, b"\0"))
        assert first[2] == struct.pack(">I", 12345678)
        assert first[5] == bytes([5, 7, 4]) and first[0x10] == b"\x01"
        assert 0x14 in tlvs(hid.call(0x42, b"\1"))


def test_a_security_key_has_no_serial_and_a_neo_no_read_config(start):
    st = start({"name": "a", "profile": "securitykey"},
               {"name": "b", "profile": "neo"})
    with raw(st) as hid:
        assert 2 not in tlvs(hid.call(0x42, b"\0"))
    with raw(st, "b") as hid, pytest.raises(HidError, match="01"):
        hid.call(0x42, b"\0")


# --- misbehaviour ----------------------------------------------------------

def auth_data(reply):
    return reply[2]


def test_a_forged_attestation_does_not_verify_and_the_next_does(st, fido):
    st.misbehave("a", "forge-attestation")
    cred, _ = fido.make()
    assert "INVALID_SIG" in fido.verify(cred)[1]
    cred, _ = fido.make()
    assert fido.verify(cred)[0]
    assert st.stats("a")["misbehaviour"]["forge-attestation"] == {
        "left": 0, "done": 1}


def test_a_replayed_attestation_is_the_one_of_before(st):
    with raw(st) as hid:
        _, first = hid.make()
        st.misbehave("a", "replay-attestation")
        _, again = hid.make(cdh=b"d" * 32)
        _, fresh = hid.make(cdh=b"d" * 32)
    assert first == again != fresh


def test_a_fixed_challenge_is_signed_when_told(st, fido):
    st.misbehave("a", "fixed-challenge")
    cred, _ = fido.make()
    assert fido.verify(cred)[0] is None


@pytest.mark.parametrize("kind", ["wrong-rpid-hash", "wrong-aaguid", "no-up"])
def test_authenticator_data_can_be_false(st, kind):
    with raw(st) as hid:
        good = auth_data(hid.make()[1])
        st.misbehave("a", kind)
        bad = auth_data(hid.make()[1])
    assert (bad[:32] != good[:32]) == (kind == "wrong-rpid-hash")
    assert (bad[37:53] != good[37:53]) == (kind == "wrong-aaguid")
    assert (bad[32] & 1 == 0) == (kind == "no-up")


def test_the_uv_flag_can_be_missing(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        for flag in (4, 0):
            token = hid.pin_token("1234", permissions=1, rp="example.com")
            status, reply = hid.make(token=token)
            assert status == 0 and auth_data(reply)[32] & 4 == flag
            st.misbehave("a", "no-uv")


def test_counters_and_signatures_of_assertions_can_be_wrong(st, fido):
    cred, lines = fido.make()
    pem, _ = fido.verify(cred)
    last = 0
    for kind in ("counter-back", "counter-zero", "wrong-signature",
                 "wrong-key", "no-up", "wrong-rpid-hash", None):
        if kind:
            st.misbehave("a", kind)
        out, a = fido.get(lines[4], "-p")
        good = kind in (None, "counter-back", "counter-zero")
        if not out:
            assert not good, a
            continue
        assert fido.check(out, pem, "-p") == good, kind
        if kind == "counter-back":
            assert 0 < counter(a[2]) <= st.stats("a")["counter"]
        if kind == "counter-zero":
            assert counter(a[2]) == 0
        last = max(last, counter(a[2]))
    assert last == st.stats("a")["counter"]


@pytest.mark.parametrize("kind,check", [
    ("truncate-cbor", lambda r: len(r) == 11),
    ("oversize-string", lambda r: r[:8] == bytes.fromhex("00a1017a00100000")),
    ("deep-nesting", lambda r: len(r) > 5000 and r[3] == r[4000] == 0x81),
    ("indefinite-length", lambda r: r[1] == 0xbf and r[-1] == 0xff),
    ("duplicate-keys", lambda r: r[1] == 0xb0 and r[2] == 1
     and r.count(b"\x01\x83\x66U2F_V2") == 2),
    ("trailing-bytes", lambda r: r.endswith(b"\1\2\3")),
    ("non-canonical", lambda r: r[1] == 0xb8),
    ("wrong-status", lambda r: r == b"\x0a"),
])
def test_cbor_replies_can_be_spoilt_once(st, kind, check):
    with raw(st) as hid:
        good = hid.call(0x10, b"\x04")
        st.misbehave("a", kind, at=10)
        bad = hid.call(0x10, b"\x04")
        assert bad != good and check(bad)
        assert hid.call(0x10, b"\x04") == good


def test_an_order_for_one_command_leaves_the_others_alone(st):
    st.misbehave("a", "wrong-status", at=0x7f, command="makeCredential")
    with raw(st) as hid:
        assert hid.command(0x04)[0] == 0
        assert hid.make()[0] == 0x7f
        assert hid.make()[0] == 0


def test_an_order_for_ever_ends_with_clear(st):
    st.misbehave("a", "wrong-status", count=-1, at=0x7f)
    with raw(st) as hid:
        assert [hid.command(0x04)[0] for _ in range(3)] == [0x7f] * 3
        st.clear("a")
        assert hid.command(0x04)[0] == 0


def test_wrong_channel_sequence_and_nonce_are_seen_on_the_wire(st):
    with raw(st) as hid:
        st.misbehave("a", "wrong-cid")
        hid.send(0x01, b"x")
        assert struct.unpack(">I", hid.read_report()[:4])[0] != hid.cid
        st.misbehave("a", "wrong-sequence")
        hid.send(0x01, bytes(100))
        hid.read_report()
        assert hid.read_report()[4] == 1
        st.misbehave("a", "wrong-nonce")
        nonce = os.urandom(8)
        hid.report(struct.pack(">IBH", 0xffffffff, 0x86, 8) + nonce)
        assert hid.read_report()[7:15] != nonce


def test_silence_and_endless_keepalives_last_until_clear(st):
    with raw(st) as hid:
        st.misbehave("a", "silence")
        hid.send(0x01, b"x")
        assert hid.read_report(seconds=0.3) is None
        st.misbehave("a", "reply-then-silence")
        assert hid.call(0x01, b"y") == b"y"
        hid.send(0x01, b"z")
        assert hid.read_report(seconds=0.3) is None
        st.clear("a")
        assert hid.call(0x01, b"y") == b"y"
        st.misbehave("a", "keepalive-forever")
        hid.send(0x10, b"\x04")
        for _ in range(4):
            report = hid.read_report(seconds=1)
            assert report[4] == 0xbb and report[7] == 1
        st.clear("a")
        hid.init_channel()
        assert hid.command(0x04)[0] == 0


def test_a_slow_command_is_kept_alive_as_processing(st):
    st.misbehave("a", "slow", at=350)
    with raw(st) as hid:
        begin = time.monotonic()
        assert hid.command(0x04)[0] == 0
        assert 0.34 < time.monotonic() - begin < 1
        assert hid.keepalives and set(hid.keepalives) == {1}


def test_an_hid_error_can_take_the_place_of_a_reply(st):
    st.misbehave("a", "hid-error", at=6)
    with raw(st) as hid, pytest.raises(HidError, match="06"):
        hid.command(0x04)


@pytest.mark.parametrize("kind,at,reports", [
    ("unplug-at-report", 2, 2), ("unplug-at-byte", 70, 1),
    ("unplug-at-byte", 0, 0), ("unplug-on-command", 0, 0)])
def test_the_key_can_vanish_in_the_middle_of_a_reply(st, kind, at, reports):
    st.misbehave("a", kind, at=at, command="getInfo")
    with raw(st) as hid:
        hid.send(0x10, b"\x04")
        got = 0
        with pytest.raises(OSError):
            while hid.read_report(seconds=2):
                got += 1
        assert got == reports
    assert st.run("fido2-token", "-L").stdout == ""
    st.plug("a")
    assert "hidraw1" in st.run("fido2-token", "-L").stdout


def test_read_config_can_be_garbage_cut_or_too_long(st):
    with raw(st) as hid:
        good = hid.call(0x42, b"\0")
        bad = {}
        for kind in ("config-garbage", "config-truncated",
                     "config-too-long"):
            st.misbehave("a", kind)
            bad[kind] = hid.call(0x42, b"\0")
        assert hid.call(0x42, b"\0") == good
    assert bad["config-garbage"][1:] != good[1:]
    assert len(bad["config-truncated"]) < len(good)
    assert bad["config-too-long"][0] == 0xff


def test_unknown_verbs_kinds_and_options_are_refused(st):
    for do, args in (("dance", {}), ("misbehave", {"kind": "x"}),
                     ("touch", {"mode": "x"}), ("set", {"colour": "red"}),
                     ("set", {"aaguid": "12"}), ("plug", {})):
        with pytest.raises(SoftTokenError):
            st.ctl("a", do, **args)
    with pytest.raises(SoftTokenError):
        st.ctl("nobody", "stats")


# --- plug, permissions, life -----------------------------------------------

def test_unplugging_hangs_up_and_replugging_is_the_same_key(st, fido):
    _, lines = fido.make()
    with raw(st) as hid:
        st.unplug("a")
        with pytest.raises(OSError):
            hid.read_report(seconds=1)
    assert st.run("fido2-token", "-L").stdout == ""
    assert not os.path.lexists(st.real_path("a"))
    st.plug("a")
    assert fido.get(lines[4], "-p")[0]


def test_a_key_that_was_pulled_out_costs_no_processor_time(st):
    def spent():
        stat = pathlib.Path(f"/proc/{st.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    for _ in range(3):
        st.unplug("a")
        st.plug("a")
    st.unplug("a")
    before = spent()
    time.sleep(1)
    assert spent() - before < 0.2


@needs("udevadm")
def test_udev_monitors_see_the_key_come_and_go(st):
    p = subprocess.Popen(["udevadm", "monitor", "--udev", "--property",
                          "--subsystem-match=hidraw"], env=st.env(),
                         stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    st.unplug("a")
    st.plug("a")
    st.event("a", "change")
    time.sleep(0.5)
    p.terminate()
    out = p.communicate()[0]
    events = [e for e in out.split("\n\n") if "SUBSYSTEM=hidraw" in e]
    actions = [re.search(r"^ACTION=(\w+)", e, re.M)[1] for e in events]
    assert actions == ["remove"] * 2 + ["add"] * 2 + ["change"] * 2
    assert sum("ID_FIDO_TOKEN=1" in e for e in events) == 3


def test_a_refused_node_is_refused_even_to_root(st):
    st.permission("a", "deny")
    code = f"open('{st.hidraw('a')}', 'r+b', 0)"
    assert "PermissionError" in st.run("/usr/bin/python3", "-c", code).stderr
    assert st.run("fido2-token", "-L").stdout == ""
    st.permission("a", "ok")
    assert "hidraw1" in st.run("fido2-token", "-L").stdout


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_another_user_sees_the_key_as_its_mode_says(st):
    def seen():
        return "hidraw1" in st.run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "fido2-token", "-L").stdout
    assert seen()
    st.permission("a", "0600")
    assert not seen()


def test_sysfs_says_what_a_real_usb_key_says(st):
    code = """
import glob, os
for d in sorted(glob.glob('/sys/bus/usb/devices/*')):
    if not os.path.exists(d + '/idVendor'):
        print('interface', open(d + '/bInterfaceClass').read().strip())
        continue
    for a in 'busnum devnum idVendor idProduct manufacturer product'.split():
        print(a, open(d + '/' + a).read().strip())
"""
    out = st.run("/usr/bin/python3", "-c", code).stdout
    assert "idVendor 1050\nidProduct 0407\nmanufacturer Yubico\n" in out
    assert "devnum 2" in out
    assert sorted(re.findall("interface (..)", out)) == ["03", "03", "0b"]


def test_two_tokens_serve_two_programs_at_once(start, tmp_path):
    st = start(YK, dict(YK, name="b", serial=2))
    for t in "ab":
        st.touch(t, "ask")
    f = Fido(st, "a", tmp_path)
    ps = [subprocess.Popen(
        ["fido2-cred", "-M", "-i", f.file(CDH, "example.com", t, USER),
         st.hidraw(t)], env=st.env(), stdout=subprocess.DEVNULL)
        for t in "ab"]
    for t in "ba":
        st.wait(t, "touch")
        st.grant(t)
    assert [p.wait(5) for p in ps] == [0, 0]


def test_the_daemon_leaves_nothing_behind(tmp_path):
    st = SoftTokens(tmp_path / "t", tokens=[YK]).start()
    control, bed = st.ready["control"], st.umockdev_dir
    assert os.path.exists(control) and os.path.isdir(bed)
    process = st.process
    st.stop()
    assert process.returncode == 0
    assert not os.path.exists(os.path.dirname(control))
    assert not os.path.exists(bed)
    assert (tmp_path / "t" / "softtoken.log").read_text() == ""


def test_sigterm_ends_the_daemon_cleanly(tmp_path):
    st = SoftTokens(tmp_path / "t", tokens=[YK]).start()
    st.process.send_signal(signal.SIGTERM)
    assert st.process.wait(5) == 0
    assert not os.path.exists(st.umockdev_dir)
    st.stop()


@pytest.mark.alone
def test_the_daemon_starts_fast(tmp_path):
    make_ca(tmp_path / "t" / "ca")
    begin = time.monotonic()
    with SoftTokens(tmp_path / "t", tokens=[YK]):
        assert time.monotonic() - begin < 0.5


# --- ssh -------------------------------------------------------------------

@needs("ssh-keygen")
def test_ssh_keygen_makes_a_key_signs_with_it_and_verifies(st, tmp_path):
    key = tmp_path / "key"
    r = st.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", key,
               "-O", f"write-attestation={tmp_path / 'att'}")
    assert r.returncode == 0, r.stderr
    assert b"ssh-sk-attest" in (tmp_path / "att").read_bytes()
    r = st.run("ssh-keygen", "-Y", "sign", "-n", "file", "-f", key,
               input="hello")
    assert r.returncode == 0, r.stderr
    (tmp_path / "sig").write_text(r.stdout)
    (tmp_path / "allowed").write_text(
        "alice " + (tmp_path / "key.pub").read_text())
    verify = ["ssh-keygen", "-Y", "verify", "-n", "file", "-I", "alice",
              "-f", tmp_path / "allowed", "-s", tmp_path / "sig"]
    assert st.run(*verify, input="hello").returncode == 0
    assert st.run(*verify, input="hallo").returncode != 0


# --- OTP -------------------------------------------------------------------

@needs("ykinfo")
def test_ykinfo_reads_serial_and_version_over_libusb(st):
    out = st.run("ykinfo", "-a").stdout
    assert "serial: 12345678" in out and "version: 5.7.4" in out
    assert "slot1_status: 0" in out


@needs("ykpersonalize", "ykchalresp", "openssl")
def test_a_programmed_slot_answers_challenges_and_waits_for_touch(st):
    key = "303132333435363738393a3b3c3d3e3f40414243"

    def program(*more):
        return st.run("ykpersonalize", "-2", "-ochal-resp", "-ochal-hmac",
                      "-ohmac-lt64", "-a" + key, "-y", *more).returncode
    assert program() == 0
    want = subprocess.run(
        ["openssl", "dgst", "-sha1", "-mac", "hmac", "-macopt",
         "hexkey:" + key], input=b"Hello", capture_output=True,
        check=True).stdout.split()[-1].decode()
    assert st.run("ykchalresp", "-2", "-x", "48656c6c6f").stdout.strip() \
        == want
    out = st.run("ykinfo", "-a").stdout
    assert "slot2_status: 1" in out and "programming_sequence: 1" in out
    assert program("-ochal-btn-trig") == 0
    st.touch("a", "delay", 300)
    assert st.run("ykchalresp", "-2", "-x", "48656c6c6f").stdout.strip() \
        == want
    assert st.stats("a")["touch"]["used"] == 1


@needs("ykinfo")
def test_wrong_otp_serials_and_checksums_are_seen_by_ykinfo(st):
    st.misbehave("a", "otp-wrong-serial")
    assert "serial: 12345679" in st.run("ykinfo", "-s").stdout
    st.misbehave("a", "otp-bad-crc")
    r = st.run("ykinfo", "-s")
    assert "12345678" not in r.stdout


@needs("ykman")
def test_ykman_finds_the_key_by_the_keyboards_feature_reports(st):
    code = ("from ykman.hid import list_otp_devices as l\n"
            "from ykman.device import read_info\n"
            "from yubikit.core.otp import OtpConnection as C\n"
            "d, = l()\n"
            "with d.open_connection(C) as c:\n"
            "    i = read_info(pid=d.pid, conn=c)\n"
            "print(i.serial, *i.version)\n")
    r = st.run("/usr/bin/python3", "-c", code)
    assert r.stdout.strip() == "12345678 5 7 4", r.stderr


@needs("ykman")
def test_ykman_reads_the_configuration_over_fido(st):
    code = ("from ykman.hid import list_ctap_devices as l\n"
            "from ykman.device import read_info\n"
            "from yubikit.core.fido import FidoConnection as C\n"
            "d, = l()\n"
            "with d.open_connection(C) as c:\n"
            "    i = read_info(pid=d.pid, conn=c)\n"
            "print(i.serial, *i.version)\n")
    r = st.run("/usr/bin/python3", "-c", code)
    assert r.stdout.strip() == "12345678 5 7 4", r.stderr


# --- the card, by hand ------------------------------------------------------

@pytest.fixture
def hand(start):
    """hand(spec) gives (tokens, a reader with the card powered up)"""
    with contextlib.ExitStack() as stack:
        def run(spec=YK):
            reader = stack.enter_context(contextlib.closing(Reader()))
            st = start(spec, vpcd=reader.port)
            assert b"YubiKey" in reader.power_up()
            return st, reader
        yield run


def tlv(tag, value):
    return bytes([tag, len(value)]) + value


def put_account(reader, name, key=b"k" * 40, kind=0x21, digits=6, more=b""):
    return reader.apdu("00010000", tlv(0x71, name) + tlv(
        0x73, bytes([kind, digits]) + key) + more)[1]


def calculate(reader, name, challenge=bytes(8), p2="01"):
    return reader.apdu("00a200" + p2, tlv(0x71, name) + tlv(
        0x74, challenge))


def test_the_management_applet_tells_version_and_configuration(hand):
    st, reader = hand()
    assert reader.select("a000000527471117") == (
        b"Virtual mgr - FW version 5.7.4", 0x9000)
    data, sw = reader.apdu("001d0000")
    assert sw == 0x9000
    assert tlvs(data)[2] == struct.pack(">I", 12345678)
    assert reader.select("a0000003080000")[1] == 0x6a82


def test_a_40_byte_seed_is_kept_as_it_is_and_overwritten_silently(hand):
    st, reader = hand()
    reader.select()
    assert put_account(reader, b"Example:alice") == 0x9000
    assert st.stats("a")["accounts"][0]["key"] == (b"k" * 40).hex()
    assert put_account(reader, b"Example:alice", b"l" * 40) == 0x9000
    assert [a["key"] for a in st.stats("a")["accounts"]] == [
        (b"l" * 40).hex()]
    mac = hmac.digest(b"l" * 40, bytes(8), "sha1")
    assert calculate(reader, b"Example:alice", p2="00") == (
        tlv(0x75, b"\6" + mac), 0x9000)
    at = mac[-1] & 15
    assert calculate(reader, b"Example:alice") == (
        tlv(0x76, b"\6" + mac[at:at + 4]), 0x9000)


@pytest.mark.parametrize("how", [
    dict(name=b""), dict(name=b"n" * 65), dict(kind=0x24), dict(kind=0x31),
    dict(digits=5), dict(digits=9), dict(key=b"k" * 13), dict(key=b"k" * 65),
    dict(more=b"\x7a\x02\0\0"), dict(more=b"\x7a\x09\0")])
def test_bad_accounts_are_refused_with_6a80(hand, how):
    st, reader = hand()
    reader.select()
    assert put_account(reader, **{"name": b"x", **how}) == 0x6a80
    assert st.stats("a")["accounts"] == []


def test_status_words_are_those_of_the_real_applet(hand):
    st, reader = hand(dict(YK, profile="yubikey5-old"))
    assert reader.apdu("00a10000")[1] == 0x6d00       # nothing selected
    reader.select()
    assert calculate(reader, b"nobody")[1] == 0x6984
    assert reader.apdu("00020000", tlv(0x71, b"nobody"))[1] == 0x6984
    assert reader.apdu("007f0000")[1] == 0x6d00
    assert reader.apdu("80a10000")[1] == 0x6e00
    assert reader.apdu("00040000")[1] == 0x6a86
    st.fill_oath("a", 32)
    assert put_account(reader, b"one:more") == 0x6a84
    assert put_account(reader, b"Filled:user00") == 0x9000
    st.oath_password("a", "secret")
    data, _ = reader.select()
    assert data[-3:] == b"\x7b\1\1" and b"\x74\x08" in data
    for ins in ("01", "02", "03", "05", "a1", "a2", "a4"):
        assert reader.apdu(f"00{ins}0000")[1] == 0x6982, ins
    assert reader.apdu("0004dead")[1] == 0x9000
    assert st.stats("a")["accounts"] == []


def test_a_long_list_comes_in_parts_by_send_remaining(hand):
    st, reader = hand()
    st.fill_oath("a", 40)
    reader.select()
    data, sw = reader.apdu("00a10000")
    parts = 1
    while sw >> 8 == 0x61:
        more, sw = reader.apdu("00a50000")
        data += more
        parts += 1
    assert sw == 0x9000 and parts == 3
    assert data.count(b"Filled:user") == 40
    assert reader.apdu("00a50000")[1] == 0x6985
    reader.apdu("00a10000")
    reader.select()
    assert reader.apdu("00a50000") == (b"", 0x6985)


def test_a_chained_command_is_put_together(hand):
    st, reader = hand()
    reader.select()
    data = tlv(0x71, b"Example:alice") + tlv(0x73, b"\x21\6" + b"k" * 20)
    assert reader.apdu("10010000", data[:10]) == (b"", 0x9000)
    assert reader.apdu("00010000", data[10:]) == (b"", 0x9000)
    assert st.stats("a")["accounts"][0]["name"] == "Example:alice"


def test_calculate_all_tells_what_needs_touch_or_counts(hand):
    st, reader = hand()
    reader.select()
    put_account(reader, b"totp")
    put_account(reader, b"hotp", kind=0x11)
    put_account(reader, b"touch", more=b"\x78\x02")
    data, sw = reader.apdu("00a40001", tlv(0x74, bytes(8)))
    assert sw == 0x9000
    assert b"\x71\4totp\x76\5\6" in data
    assert b"\x71\4hotp\x77\1\6\x71\5touch\x7c\1\6" in data


def test_a_touch_not_given_is_6982_and_a_granted_one_a_code(hand):
    st, reader = hand(dict(YK, touch="ask", oath_timeout=200))
    reader.select()
    put_account(reader, b"touch", more=b"\x78\x02")
    assert calculate(reader, b"touch") == (b"", 0x6982)
    st.grant("a")
    assert calculate(reader, b"touch")[1] == 0x9000


@pytest.mark.parametrize("kind,at,check", [
    ("oath-wrong-hmac", 0, lambda r, good: r[1] == 0x9000 and r != good),
    ("oath-short-reply", 3, lambda r, good: r == (good[0][:3], 0x9000)),
    ("oath-sw-6f00", 0, lambda r, good: r == (b"", 0x6f00)),
    ("oath-wrong-status", 0x6982, lambda r, good: r == (b"", 0x6982)),
])
def test_the_oath_applet_can_answer_wrongly_once(hand, kind, at, check):
    st, reader = hand()
    reader.select()
    put_account(reader, b"x")
    good = calculate(reader, b"x")
    st.misbehave("a", kind, at=at, command="oath-calculate")
    assert check(calculate(reader, b"x"), good)
    assert calculate(reader, b"x") == good


def test_the_rest_of_a_reply_can_be_endless(hand):
    st, reader = hand()
    reader.select()
    st.misbehave("a", "oath-endless", count=-1)
    for apdu in ["00a10000"] + ["00a50000"] * 20:
        data, sw = reader.apdu(apdu)
        assert len(data) == 256 and sw == 0x61ff
    st.clear("a")
    assert reader.apdu("00a10000") == (b"", 0x9000)


def test_a_card_reply_can_be_late_and_the_card_can_go(hand):
    st, reader = hand()
    st.misbehave("a", "oath-delay", at=300)
    begin = time.monotonic()
    reader.select()
    assert 0.29 < time.monotonic() - begin < 2
    st.misbehave("a", "card-removed", at=300)
    with pytest.raises(OSError):
        reader.apdu("00a10000")
    begin = time.monotonic()
    reader.power_up()
    assert 0.2 < time.monotonic() - begin < 2
    assert reader.apdu("00a10000")[1] == 0x6d00     # selection is lost
    st.unplug("a")
    with pytest.raises(OSError):
        reader.select()


def test_the_card_can_tell_another_serial_than_fido(hand):
    st, reader = hand()
    st.misbehave("a", "ccid-other-serial", count=-1)
    reader.select("a000000527471117")
    assert tlvs(reader.apdu("001d0000")[0])[2] == struct.pack(">I", 12345679)
    with raw(st) as hid:
        assert tlvs(hid.call(0x42, b"\0"))[2] == struct.pack(">I", 12345678)


def test_a_key_of_another_vendor_has_oath_and_nothing_of_yubicos(hand):
    st, reader = hand({"name": "a", "profile": "oathkey"})
    assert reader.select("a000000527471117")[1] == 0x6a82
    told, sw = reader.select()
    assert sw == 0x9000
    assert sorted(tlvs(bytes([len(told)]) + told)) == [0x71, 0x79]
    assert put_account(reader, b"x") == 0x9000
    assert calculate(reader, b"x", p2="00") == (b"", 0x6a86)
    assert calculate(reader, b"x")[0][:2] == b"\x76\5"
    with raw(st) as hid, pytest.raises(Exception):
        hid.call(0x42, b"\0")


def test_the_oath_applet_can_tell_the_serial_number(hand):
    _, reader = hand(dict(YK, oath_serial=True))
    told, _ = reader.select()
    assert tlvs(bytes([len(told)]) + told)[0x8f] == struct.pack(">I",
                                                                12345678)


# --- the card --------------------------------------------------------------

card = pytest.mark.skipif(pcsc.usable() is not None, reason=str(
    pcsc.usable()))


@pytest.fixture
def reader(start, tmp_path):
    """tokens with cards: reader(spec...) gives (tokens, pcscd)"""
    with contextlib.ExitStack() as stack:
        def run(*specs):
            pc = stack.enter_context(pcsc.Pcscd(tmp_path, len(specs)))
            st = start(*specs, vpcd=pc.port)
            for i in range(len(specs)):
                pc.wait_for_card(i)
            return st, pc
        yield run


def ykman(pc, *command, i=0, timeout=30):
    return subprocess.run(["ykman", "--reader", pc.reader(i), *command],
                          capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)


def channel(pc, i=0):
    """SCARD_ATTR_CHANNEL_ID of a slot; None where its driver has none."""
    library = ctypes.CDLL("libpcsclite.so.1")
    context, card, protocol = (ctypes.c_long(), ctypes.c_long(),
                               ctypes.c_ulong())
    value, length = ctypes.c_uint32(), ctypes.c_ulong(4)
    assert library.SCardEstablishContext(2, None, None,
                                         ctypes.byref(context)) == 0
    try:
        assert library.SCardConnect(
            context, pc.reader(i).encode(), ctypes.c_ulong(2),
            ctypes.c_ulong(3), ctypes.byref(card),
            ctypes.byref(protocol)) == 0
        code = library.SCardGetAttrib(card, ctypes.c_ulong(0x20110),
                                      ctypes.byref(value),
                                      ctypes.byref(length))
        library.SCardDisconnect(card, ctypes.c_ulong(0))
    finally:
        library.SCardReleaseContext(context)
    return None if code else value.value


@card
def test_a_slot_is_in_the_usb_device_that_it_is_told(reader):
    _, pc = reader(YK, dict(YK, name="b", serial=2))
    assert [channel(pc, i) for i in (0, 1)] == [None, None]
    pc.tell_usb(1, 1, 3)
    assert [channel(pc, i) for i in (0, 1)] == [None, 0x200103]
    pc.tell_usb(1, 2, 127)
    assert channel(pc, 1) == 0x20027f
    pc.tell_no_usb()
    assert channel(pc, 1) is None


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def add(pc, name, *flags):
    r = ykman(pc, "oath", "accounts", "add", "-f", *flags, name, SECRET)
    assert r.returncode == 0, r.stderr


@card
@needs("ykman")
def test_ykman_lists_both_keys_by_their_serials(reader):
    st, pc = reader(YK, {"name": "b", "profile": "yubikey5-old",
                         "serial": 777})
    out = st.run("ykman", "list").stdout
    assert "(5.7.4)" in out and "Serial: 12345678" in out
    assert "(5.4.3)" in out and "Serial: 777" in out


@card
@needs("ykman", "oathtool")
@pytest.mark.parametrize("flags,oath", [
    ((), "--totp"), (("-a", "SHA256"), "--totp=sha256"),
    (("-a", "SHA512", "-d", "8"), "--totp=sha512"),
    (("-o", "HOTP"), "--hotp")])
def test_codes_are_those_of_oathtool(reader, flags, oath):
    st, pc = reader(YK)
    add(pc, "Example:alice", *flags)
    digits = ["-d", "8"] if "-d" in flags else []
    for _ in range(3):      # a step may end between the two
        got = ykman(pc, "oath", "accounts", "code", "-s", "Example:alice")
        want = subprocess.run(["oathtool", oath, *digits, "-b", SECRET],
                              capture_output=True, text=True).stdout
        if got.stdout.strip() == want.strip():
            return
    assert got.stdout.strip() == want.strip(), got.stderr


@card
@needs("ykman")
def test_accounts_are_renamed_deleted_and_reset(reader):
    st, pc = reader(YK)
    add(pc, "Example:alice")
    add(pc, "Example:bob")
    names = lambda: ykman(pc, "oath", "accounts", "list").stdout.split()
    assert ykman(pc, "oath", "accounts", "rename", "-f", "Example:bob",
                 "Example:carol").returncode == 0
    assert names() == ["Example:alice", "Example:carol"]
    assert ykman(pc, "oath", "accounts", "delete", "-f",
                 "Example:alice").returncode == 0
    assert names() == ["Example:carol"]
    salt = st.stats("a")["oath_salt"]
    assert ykman(pc, "oath", "reset", "-f").returncode == 0
    assert names() == [] and st.stats("a")["oath_salt"] != salt


@card
@needs("ykman")
def test_a_password_locks_the_accounts(reader):
    st, pc = reader(YK)
    add(pc, "Example:alice")
    assert ykman(pc, "oath", "access", "change", "-n", "geheim"
                 ).returncode == 0
    good = ykman(pc, "oath", "accounts", "list", "-p", "geheim")
    assert "Example:alice" in good.stdout
    bad = ykman(pc, "oath", "accounts", "list", "-p", "falsch")
    assert bad.returncode and "Example:alice" not in bad.stdout
    st.oath_password("a", "anders")
    assert ykman(pc, "oath", "accounts", "list", "-p", "anders"
                 ).returncode == 0


@card
@needs("ykman")
def test_a_full_key_refuses_more_accounts_and_lists_all(reader):
    st, pc = reader({"name": "a", "profile": "yubikey5-old"})
    st.fill_oath("a")
    assert len(ykman(pc, "oath", "accounts", "list").stdout.split()) == 32
    r = ykman(pc, "oath", "accounts", "add", "-f", "Example:x", SECRET)
    assert "No space" in r.stderr


@card
@needs("ykman")
def test_a_touch_account_waits_and_its_time_out_is_6982(reader):
    st, pc = reader(dict(YK, oath_timeout=500))
    add(pc, "Example:touchy", "-t")
    st.touch("a", "delay", 300)
    r = ykman(pc, "oath", "accounts", "code", "-s", "Example:touchy")
    assert re.fullmatch(r"\d{6}\n", r.stdout), r.stderr
    st.touch("a", "withhold")
    r = ykman(pc, "oath", "accounts", "code", "-s", "Example:touchy")
    assert r.returncode != 0 and not re.search(r"\d{6}", r.stdout)


@card
@needs("ykman")
def test_the_card_waits_for_pcscd_to_start_and_start_again(start, tmp_path):
    st = start(YK, vpcd=pcsc.PORT)
    for _ in range(2):
        with pcsc.Pcscd(tmp_path) as pc:
            pc.wait_for_card(0)
            assert "12345678" in ykman(pc, "info").stdout


@card
@needs("opensc-tool")
def test_opensc_tool_sends_apdus_to_the_card(reader):
    st, pc = reader(YK)
    out = subprocess.run(
        ["opensc-tool", "-r", pc.reader(0), "-c", "default",
         "-s", "00:A4:04:00:07:A0:00:00:05:27:21:01", "-s", "00:A1:00:00",
         "-s", "00:7F:00:00", "-s", "00:02:00:00:02:71:00"],
        capture_output=True, text=True, timeout=30).stdout
    assert re.findall(r"SW1=0x(..), SW2=0x(..)", out) == [
        ("90", "00"), ("90", "00"), ("6D", "00"), ("69", "84")]
    assert "79 03 05 07 04 71 08" in out


@card
@needs("ykman")
def test_a_wrong_hmac_gives_another_code_and_a_false_claim_another_serial(reader):
    st, pc = reader(YK)
    add(pc, "Example:alice", "-o", "HOTP", "-c", "7")
    st.set("a", counter=1)
    good = subprocess.run(["oathtool", "--hotp", "-c", "7", "-b", SECRET],
                          capture_output=True, text=True).stdout.strip()
    st.misbehave("a", "oath-wrong-hmac")
    r = ykman(pc, "oath", "accounts", "code", "-s", "Example:alice")
    assert re.fullmatch(r"\d{6}", r.stdout.strip())
    assert r.stdout.strip() != good
    st.misbehave("a", "ccid-other-serial", count=-1)
    assert "12345679" in ykman(pc, "info").stdout


@card
@needs("ykman", "opensc-tool")
def test_a_card_can_go_in_the_middle_and_come_back(reader):
    st, pc = reader(YK)
    st.misbehave("a", "card-removed", at=1500, command="oath-list")
    r = ykman(pc, "oath", "accounts", "list")
    assert r.returncode != 0
    pc.wait_for_card(0)
    assert ykman(pc, "oath", "accounts", "list").returncode == 0
    st.card("a", False)
    time.sleep(1)
    assert ykman(pc, "oath", "accounts", "list").returncode != 0
    st.card("a", True)
    pc.wait_for_card(0)


# --- PIN/UV auth tokens ------------------------------------------------------

MC, GA, CM, BE, ACFG = 1, 2, 4, 8, 0x20


@PYTHON_FIDO2
@pytest.mark.parametrize("protocols", ["1", "2", "1,2", "2,1"])
def test_both_pin_protocols_serve_python_fido2_where_they_are_listed(
        start, protocols):
    st = start(dict(YK, pin_protocols=protocols))
    assert python_fido2(st, """
print(','.join(map(str, ctap.info.pin_uv_protocols)))
for p in (PinProtocolV1(), PinProtocolV2()):
    has = p.VERSION in ctap.info.pin_uv_protocols
    pin = ClientPin(ctap, p)
    if not has:
        print(refused(pin.get_pin_token, '1234'))
        continue
    if not ctap.get_info().options['clientPin']:
        pin.set_pin('1234')
    pin.change_pin('1234', '98765')
    pin.change_pin('98765', '1234')
    token = pin.get_pin_token('1234', PERM.MAKE_CREDENTIAL, 'example.com')
    h = hashlib.sha256(b'x').digest()
    c = ctap.make_credential(h, {'id': 'example.com'}, {'id': b'alice'},
        [{'type': 'public-key', 'alg': -7}], pin_uv_protocol=p.VERSION,
        pin_uv_param=p.authenticate(token, h))
    print(c.auth_data.is_user_verified())
    print(pin.get_pin_retries()[0])
""") == [protocols] + [word for p in "12" for word in (
        ["True", "8"] if p in protocols else ["02"])]


@pytest.mark.parametrize("protocol", [1, 2])
def test_a_token_is_only_good_for_the_protocol_it_was_given_by(start,
                                                                 protocol):
    st = start(dict(YK, pin="1234"))
    with raw(st, protocol=protocol) as hid:
        token = hid.pin_token("1234", MC, "example.com")
        hid.protocol = 3 - protocol
        assert hid.make(token=token)[0] == 0x33
        hid.protocol = protocol
        assert hid.make(token=token)[0] == 0


def test_permissions_are_asked_for_by_the_rules(start):
    st = start(dict(YK, pin="1234"), {"name": "old", "profile": "solo",
                                      "pin": "1234"})
    with raw(st) as hid:
        for permissions, rp, status in (
                (0, "example.com", 0x02), (MC, None, 0x14), (GA, None, 0x14),
                (None, "example.com", 0x02), (BE, None, 0x40),
                (0x10, None, 0x40), (CM, None, 0), (ACFG, None, 0),
                (MC | GA | CM, "example.com", 0)):
            assert hid.ask_token("1234", permissions, rp)[0] == status
        assert hid.ask_token("1234", MC, "example.org")[0] == 0
        token = hid.pin_token("1234", MC, "example.org")
        assert hid.make(token=token)[0] == 0x33
        token = hid.pin_token("1234", GA, "example.com")
        assert hid.make(token=token)[0] == 0x33
        token = hid.pin_token("1234", None)
        assert hid.make(token=token)[0] == 0
        token = hid.pin_token("1234", None)
        assert hid.credman(1, token=token)[0] == 0x33
        assert hid.command(0x06, {1: 2, 2: 6})[0] == 0x3e
        assert hid.command(0x06, {1: 2, 2: 7})[0] == 0x3e
    with raw(st, "old", protocol=1) as hid:
        assert hid.ask_token("1234", MC, "example.com")[0] == 0x02
        token = hid.pin_token("1234", None)
        assert [hid.make(token=token)[0] for _ in range(2)] == [0, 0]


def test_a_token_not_used_soon_is_void(start):
    st = start(dict(YK, pin="1234", token_window=200))
    with raw(st) as hid:
        token = hid.pin_token("1234", MC, "example.com")
        time.sleep(0.3)
        assert hid.make(token=token)[0] == 0x33
        token = hid.pin_token("1234", CM)
        assert hid.credman(1, token=token)[0] == 0
        time.sleep(0.3)
        assert hid.credman(1, token=token)[0] == 0


def test_a_new_pin_or_a_power_cycle_ends_a_token(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        token = hid.pin_token("1234", CM)
        assert hid.change_pin("1234", "12345") == 0
        assert hid.credman(1, token=token)[0] == 0x33
        token = hid.pin_token("12345", CM)
    st.replug("a")
    with raw(st) as hid:
        assert hid.credman(1, token=token)[0] == 0x33


def test_the_power_cycle_state_tells_that_a_replug_is_due(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        assert hid.command(0x06, {2: 1}) == (0, {3: 8, 4: False})
        codes = [hid.ask_token("9999", CM)[0] for _ in range(4)]
        assert codes == [0x31, 0x31, 0x34, 0x34]
        assert hid.command(0x06, {2: 1}) == (0, {3: 5, 4: True})
        assert hid.change_pin("1234", "12345") == 0x34
    st.replug("a")
    with raw(st) as hid:
        assert hid.command(0x06, {2: 1}) == (0, {3: 5, 4: False})
        assert hid.change_pin("1234", "12345") == 0
        assert hid.command(0x06, {2: 1})[1][3] == 8


def test_the_minimum_counts_code_points_and_63_bytes_are_the_most(start):
    st = start(dict(YK, min_pin=6))
    with raw(st) as hid:
        assert hid.set_pin("äöüäö") == 0x37          # ten bytes
        assert hid.set_pin("1" * 64) == 0x37
        assert hid.set_pin("äöüäöü") == 0
        assert hid.set_pin("123456") == 0x33
        assert hid.change_pin("äöüäöü", "12345") == 0x37
        assert hid.change_pin("äöüäöü", "1" * 63) == 0
        assert hid.command(0x04)[1][0x0d] == 6


def test_a_pin_that_must_be_changed_gives_no_token(start, tmp_path):
    st = start(dict(YK, pin="1234", force_pin_change=True))
    f = Fido(st, "a", tmp_path)
    assert "pin change required: true" in st.run("fido2-token", "-I", f.dev
                                                 ).stdout
    with raw(st) as hid:
        assert hid.command(0x04)[1][0x0c] is True
        assert hid.ask_token("1234", CM)[0] == 0x37
        assert hid.ask_token("1234")[0] == 0x31
        assert hid.change_pin("1234", "1234") == 0x37
    assert f.talk("fido2-token", "-C", f.dev,
                  answers=["1234", "98765", "98765"])[0] == 0
    with raw(st) as hid:
        assert hid.command(0x04)[1][0x0c] is False
        assert hid.ask_token("98765", CM)[0] == 0


def test_a_request_longer_than_the_key_takes_is_refused(st):
    with raw(st) as hid:
        most = hid.command(0x04)[1][5]
        p = hid.make_parameters()
        p[3]["displayName"] = ""
        room = most - 1 - len(cbor_encode(p)) - 2    # a longer head
        p[3]["displayName"] = "x" * room
        assert len(cbor_encode(p)) + 1 == most
        assert hid.command(0x01, p)[0] == 0
        p[3]["displayName"] += "x"
        assert hid.command(0x01, p)[0] == 0x39


# --- authenticatorConfig -----------------------------------------------------

def info_of(st, token="a"):
    with raw(st, token) as hid:
        return hid.command(0x04)[1]


def test_fido2_token_configures_the_key_and_get_info_shows_it(start,
                                                              tmp_path):
    st = start(dict(YK, pin="12345678"))
    f = Fido(st, "a", tmp_path)
    options = info_of(st)[4]
    assert options["authnrCfg"] and options["setMinPINLength"]
    assert options["ep"] is False and options["alwaysUv"] is False
    assert options["makeCredUvNotRqd"] is True
    for flags in (["-S", "-u"], ["-S", "-a"], ["-S", "-l", "6"],
                  ["-S", "-m", "example.com,example.org"]):
        rc, text = f.talk("fido2-token", *flags, f.dev, answers=["12345678"])
        assert rc == 0, text
    info = info_of(st)
    assert info[4]["alwaysUv"] and info[4]["ep"]
    assert info[4]["makeCredUvNotRqd"] is False
    assert "U2F_V2" not in info[1]
    assert info[0x0d] == 6 and info[0x0c] is False
    assert st.stats("a")["policy"]["rps"] == ["example.com", "example.org"]
    assert f.talk("fido2-token", "-D", "-u", f.dev,
                  answers=["12345678"])[0] == 0
    assert info_of(st)[4]["alwaysUv"] is False
    rc, text = f.talk("fido2-token", "-S", "-f", f.dev, answers=["12345678"])
    assert rc == 0 and info_of(st)[0x0c] is True


def test_a_longer_minimum_outdates_a_shorter_pin_and_never_shrinks(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        token = hid.pin_token("1234", ACFG)
        assert hid.config(3, {1: 3}, token) == 0x37
        assert hid.config(3, {1: 64}, token) == 0x37
        assert hid.config(3, {2: ["r"] * 9}, token) == 0x28
        assert hid.config(3, {3: 1}, token) == 0x11
        assert hid.config(3, None, token) == 0x14
        assert hid.config(3, {1: 4}, token) == 0
        assert hid.command(0x04)[1][0x0c] is False
        assert hid.config(3, {1: 5}, token) == 0
        assert hid.command(0x04)[1][0x0c] is True
        assert hid.config(3, {1: 6}, token) == 0x33
        assert hid.ask_token("1234", ACFG)[0] == 0x37
        assert hid.change_pin("1234", "9876") == 0x37
        assert hid.change_pin("1234", "98765") == 0


def test_config_needs_its_permission_where_anything_protects_the_key(start):
    st = start(YK, dict(YK, name="p", pin="1234"),
               {"name": "old", "profile": "solo"})
    with raw(st, "p") as hid:
        token = hid.pin_token("1234", CM)
        assert hid.config(2) == 0x36
        assert hid.config(2, token=token) == 0x33
        assert hid.config(2, token=b"x" * 32) == 0x33
        token = hid.pin_token("1234", ACFG)
        assert hid.config(7, token=token) == 0x02
        assert hid.command(0x0d, {3: 2})[0] == 0x14
        # the parameters are what was authorized
        p = {1: 3, 2: {1: 5}, 3: 2, 4: hid.authenticate(
            token, b"\xff" * 32 + b"\x0d\x03" + b"\xa1\x01\x04")}
        assert hid.command(0x0d, p)[0] == 0x33
    with raw(st) as hid:
        assert hid.config(3, {3: True}) == 0x35
        assert hid.config(2) == 0
        assert hid.config(3, {1: 6}) == 0x36
        assert hid.make()[0] == 0x36
        assert hid.config(2) == 0
        assert hid.config(3, {1: 6}) == 0
        assert hid.set_pin("12345") == 0x37
    with raw(st, "old") as hid:
        assert hid.config(2) == 0x01


def test_always_uv_wants_the_pin_for_everything_that_wants_a_touch(
        start, tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    cred, lines = f.make()
    pem, _ = f.verify(cred)
    with raw(st) as hid:
        _, made = hid.make()
        ids = [hid.credential_id(made)]
        u2f = b"\0\x01\0\0\0\0\x40" + bytes(64) + b"\0\0"
        assert hid.call(0x03, u2f)[-2:] == b"\x90\0"
        assert hid.config(2, token=hid.pin_token("1234", ACFG)) == 0
        assert hid.make()[0] == 0x36
        assert hid.get(ids=ids)[0] == 0x36
        assert hid.get(ids=ids, options={"up": False})[0] == 0
        token = hid.pin_token("1234", GA, "example.com")
        assert hid.get(ids=ids, token=token)[0] == 0
        assert hid.call(0x03, u2f) == b"\x69\x86"
        assert hid.call(0x03, b"\0\3\0\0\0\0\0")[:6] == b"U2F_V2"
    out, _ = f.get(lines[4], "-p", "-v", pin="1234")
    assert f.check(out, pem, "-p", "-v")


@PYTHON_FIDO2
def test_python_fido2_sets_a_minimum_that_chosen_sites_are_told(start):
    st = start(dict(YK, pin="123456"))
    assert python_fido2(st, """
p = PinProtocolV2()
pin = ClientPin(ctap, p)
c = Config(ctap, p, pin.get_pin_token('123456', PERM.AUTHENTICATOR_CFG))
c.set_min_pin_length(6, ['example.com'])
for rp in 'example.com', 'example.org':
    h = hashlib.sha256(b'x').digest()
    t = pin.get_pin_token('123456', PERM.MAKE_CREDENTIAL, rp)
    a = ctap.make_credential(h, {'id': rp}, {'id': b'alice'},
        [{'type': 'public-key', 'alg': -7}],
        extensions={'minPinLength': True}, pin_uv_protocol=2,
        pin_uv_param=p.authenticate(t, h)).auth_data
    print((a.extensions or {}).get('minPinLength'))
""") == ["6", "None"]


# --- reset -------------------------------------------------------------------

def test_a_reset_waits_for_a_touch_that_may_come_after_the_window(start):
    st = start(dict(YK, reset_window=2000, touch="withhold",
                    touch_timeout=300, pin="1234"))
    with raw(st) as hid:
        assert hid.command(0x07)[0] == 0x2f
        assert st.stats("a")["pin_set"] is True
    st.replug("a")
    st.touch("a", "delay", 2200)
    st.set("a", touch_timeout=5000)
    with raw(st) as hid:
        assert hid.command(0x07)[0] == 0
        assert hid.command(0x07)[0] == 0x30


def test_a_reset_gives_back_the_factory_settings(start):
    spec = dict(YK, pin="123456", always_uv=True, ep=True, min_pin=6,
                force_pin_change=True, pin_retries=2)
    st = start(spec)
    before = st.stats("a")
    with raw(st) as hid:
        info = hid.command(0x04)[1]
        assert info[4]["alwaysUv"] and info[4]["ep"] and info[0x0c]
        assert hid.command(0x07)[0] == 0
        info = hid.command(0x04)[1]
        assert not (info[4]["alwaysUv"] or info[4]["ep"] or info[0x0c]
                    or info[4]["clientPin"])
        assert info[0x0d] == 4
        assert hid.set_pin("1234") == 0
    after = st.stats("a")
    assert after["pin_retries"] == 8 and after["counter"] == 0
    for kept in ("aaguid", "serial", "leaf", "attestation_key"):
        assert after[kept] == before[kept]


def test_a_reset_of_fido_leaves_otp_and_oath_alone(hand):
    st, reader = hand()
    reader.select()
    assert put_account(reader, b"Example:alice") == 0x9000
    with raw(st) as hid:
        assert hid.command(0x07)[0] == 0
    assert len(st.stats("a")["accounts"]) == 1


# --- credential management ---------------------------------------------------

@pytest.mark.parametrize("way,full,preview", [
    ("full", True, False), ("preview", False, True), ("both", True, True),
    ("none", False, False)])
def test_either_command_of_credential_management_can_be_missing(
        start, way, full, preview):
    st = start(dict(YK, pin="1234", credman=way))
    with raw(st) as hid:
        options = hid.command(0x04)[1][4]
        assert options.get("credMgmt", False) == full
        assert options.get("credentialMgmtPreview", False) == preview
        if way == "none":
            assert hid.ask_token("1234", CM)[0] == 0x40
        for code, has in ((0x0a, full), (0x41, preview)):
            if not has:
                assert hid.credman(1, code=code)[0] == 0x01
                continue
            token = hid.pin_token("1234", CM)
            assert hid.credman(1, token=token, code=code) == (
                0, {1: 0, 2: 100})


def residents_of(hid, pin, rps):
    for rp, user in rps:
        token = hid.pin_token(pin, MC, rp)
        assert hid.make(rp=rp, user=user, options={"rk": True},
                        token=token)[0] == 0


def test_a_token_for_one_site_manages_no_other(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        residents_of(hid, "1234", [("example.com", b"alice"),
                                   ("example.org", b"bob")])
        ids = {r["rp"]: {"id": bytes.fromhex(r["id"]),
                         "type": "public-key"}
               for r in st.stats("a")["residents"]}
        hashes = {rp: hashlib.sha256(rp.encode()).digest()
                  for rp in ids}
        token = hid.pin_token("1234", CM, "example.com")
        for sub in (1, 2):
            assert hid.credman(sub, token=token)[0] == 0x33
        assert hid.credman(4, {1: hashes["example.org"]}, token)[0] == 0x33
        assert hid.credman(6, {2: ids["example.org"]}, token)[0] == 0x33
        assert hid.credman(4, {1: hashes["example.com"]}, token)[0] == 0
        assert hid.credman(6, {2: ids["example.com"]}, token)[0] == 0
        token = hid.pin_token("1234", CM)
        assert hid.credman(6, {2: ids["example.com"]}, token)[0] == 0x2e
        assert hid.credman(3)[0] == 0x30
        assert hid.credman(9, token=hid.pin_token("1234", CM))[0] == 0x3e
    assert [r["rp"] for r in st.stats("a")["residents"]] == ["example.org"]


@PYTHON_FIDO2
def test_python_fido2_lists_counts_renames_and_deletes(start):
    st = start(dict(YK, pin="1234", credman="full"))
    with raw(st) as hid:
        residents_of(hid, "1234", [("example.com", b"alice"),
                                   ("example.com", b"bob"),
                                   ("example.org", b"carol")])
    assert python_fido2(st, """
p = PinProtocolV2()
t = ClientPin(ctap, p).get_pin_token('1234', PERM.CREDENTIAL_MGMT)
m = CredentialManagement(ctap, p, t)
R = CredentialManagement.RESULT
meta = m.get_metadata()
print(meta[R.EXISTING_CRED_COUNT], meta[R.MAX_REMAINING_COUNT])
for rp in m.enumerate_rps():
    for c in m.enumerate_creds(rp[R.RP_ID_HASH]):
        print(rp[R.RP]['id'], c[R.USER]['id'].decode(), c[R.CRED_PROTECT])
m.update_user_info(c[R.CREDENTIAL_ID], {'id': b'carol', 'name': 'c2'})
print(m.enumerate_creds(rp[R.RP_ID_HASH])[0][R.USER]['name'])
print(refused(m.update_user_info, c[R.CREDENTIAL_ID],
              {'id': b'x', 'name': 'c3'}))
m.delete_cred(c[R.CREDENTIAL_ID])
print(m.get_metadata()[R.EXISTING_CRED_COUNT])
""") == ["3", "97", "example.com", "alice", "1", "example.com", "bob", "1",
         "example.org", "carol", "1", "c2", "02", "2"]


@needs("ykman")
def test_ykman_lists_and_deletes_resident_credentials(start):
    st = start({"name": "a", "profile": "securitykey", "pin": "1234"})
    with raw(st) as hid:
        residents_of(hid, "1234", [("example.com", b"alice"),
                                   ("example.org", b"bob")])
    base = ["ykman", "fido", "credentials"]
    r = st.run(*base, "list", "-P", "1234")
    assert "example.com" in r.stdout and "example.org" in r.stdout, r.stderr
    # version 5 wants the credential's, version 4 the site's name
    asked = next(x["id"] for x in st.stats("a")["residents"]
                 if x["rp"] == "example.com") \
        if "Credential ID" in r.stdout else "example.com"
    r = st.run(*base, "delete", "-f", "-P", "1234", asked)
    assert r.returncode == 0, r.stderr
    assert [x["rp"] for x in st.stats("a")["residents"]] == ["example.org"]


def test_fido2_token_counts_and_renames(start, tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    assert f.make("-r", "-v", pin="1234")[0]
    rc, text = f.talk("fido2-token", "-I", "-c", f.dev, answers=["1234"])
    assert rc == 0 and "existing rk(s): 1" in text, text
    assert "remaining rk(s): 99" in text
    cred_id = base64.b64encode(bytes.fromhex(
        st.stats("a")["residents"][0]["id"])).decode()
    rc, text = f.talk("fido2-token", "-S", "-c", "-i", cred_id, "-k", USER,
                      "-n", "bob", "-p", "Bob", f.dev, answers=["1234"])
    assert rc == 0, text
    assert st.stats("a")["residents"][0]["user_display"] == "Bob"


# --- algorithms --------------------------------------------------------------

@pytest.mark.parametrize("kind,cose", [
    ("es256", -7), ("eddsa", -8), ("es384", -35)])
def test_libfido2_verifies_keys_of_each_algorithm(start, tmp_path, kind,
                                                  cose):
    st = start(YK, dict(YK, name="self", attestation="self"))
    for token in ("a", "self"):
        f = Fido(st, token, tmp_path / token)
        cred, lines = f.make(kind=kind)
        assert cred, lines
        pem, text = f.verify(cred, kind=kind)
        if token == "self" and kind == "es384":
            # the file of fido2-cred does not say with what it was signed
            continue
        assert pem, text
        out, _ = f.get(lines[4], "-p")
        assert f.check(out, pem, "-p", kind=kind)
        st.misbehave(token, "wrong-key")
        out, _ = f.get(lines[4], "-p")
        assert not f.check(out, pem, "-p", kind=kind)
        st.misbehave(token, "forge-attestation")
        cred, _ = f.make(kind=kind)
        assert "INVALID_SIG" in f.verify(cred, kind=kind)[1]


def test_the_first_algorithm_of_the_list_that_the_key_knows_is_taken(start):
    st = start(YK, {"name": "e", "profile": "yubikey5",
                    "algorithms": "es256,es384"},
               {"name": "u", "profile": "yubikey5", "attestation": "u2f"})

    def made(hid, *algs):
        status, reply = hid.make(algs=algs)
        if status:
            return f"{status:02x}"
        ad = reply[2]
        n = struct.unpack(">H", ad[53:55])[0]
        return cbor_bytes(ad[55 + n:])[3]
    with raw(st) as hid:
        assert [a["alg"] for a in hid.command(0x04)[1][10]] == [-7, -8, -35]
        assert made(hid, -8, -7) == -8 and made(hid, -7, -8) == -7
        assert made(hid, -257, -35, -7) == -35
        assert made(hid, -257) == "26" and made(hid, -65535) == "26"
    with raw(st, "e") as hid:
        assert [a["alg"] for a in hid.command(0x04)[1][10]] == [-7, -35]
        assert made(hid, -8, -35) == -35 and made(hid, -8) == "26"
    with raw(st, "u") as hid:
        assert made(hid, -8, -7) == -7 and made(hid, -35) == "26"


@needs("ssh-keygen")
def test_ssh_keygen_makes_an_ed25519_key_and_signs_with_it(st, tmp_path):
    key = tmp_path / "id"
    r = st.run("ssh-keygen", "-q", "-t", "ed25519-sk", "-N", "", "-f", key)
    assert r.returncode == 0, r.stderr
    text = tmp_path / "text"
    text.write_text("hello")
    r = st.run("ssh-keygen", "-Y", "sign", "-f", key, "-n", "x", text)
    assert r.returncode == 0, r.stderr
    signers = tmp_path / "signers"
    signers.write_text("alice " + (tmp_path / "id.pub").read_text())
    verify = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "alice",
              "-n", "x", "-s", tmp_path / "text.sig"]
    assert st.run(*verify, input="hello").returncode == 0
    assert st.run(*verify, input="hallo").returncode != 0


def test_credential_management_tells_the_key_of_the_credential(start,
                                                               tmp_path):
    st = start(dict(YK, pin="1234"))
    f = Fido(st, "a", tmp_path)
    for kind in ("eddsa", "es256"):
        cred, lines = f.make("-r", "-v", rp=f"{kind}.example", pin="1234",
                             kind=kind)
        rc, text = f.talk("fido2-token", "-L", "-k", f"{kind}.example", f.dev,
                          answers=["1234"])
        assert rc == 0 and f" {kind} " in text, text


# --- attestation -------------------------------------------------------------

def libfido2_verifies(reply, rp=b"example.com", cdh=b"c" * 32):
    """fido_cred_verify() of a raw reply; 0 is success."""
    lib = ctypes.CDLL("libfido2.so.1")
    lib.fido_cred_new.restype = ctypes.c_void_p
    lib.fido_init(0)
    cred = ctypes.c_void_p(lib.fido_cred_new())
    att = cbor_encode(reply[3])
    for f, *a in (
            ("type", -7), ("clientdata_hash", cdh, ctypes.c_size_t(len(cdh))),
            ("rp", rp, None), ("fmt", reply[1].encode()),
            ("authdata_raw", reply[2], ctypes.c_size_t(len(reply[2]))),
            ("attstmt", att, ctypes.c_size_t(len(att)))):
        assert getattr(lib, "fido_cred_set_" + f)(cred, *a) == 0, f
    result = lib.fido_cred_verify(cred)
    lib.fido_cred_free(ctypes.byref(cred))
    return result


@needs("fido2-token")
def test_libfido2_verifies_a_tpm_statement(start):
    st = start(dict(YK, attestation="tpm", tpm_alg="rs1"), YK | {"name": "b"})
    with raw(st, "b") as hid:
        assert libfido2_verifies(hid.make()[1]) == 0
    with raw(st) as hid:
        reply = hid.make()[1]
        assert reply[1] == "tpm" and libfido2_verifies(reply) == 0
        for kind in ("forge-attestation", "fixed-challenge",
                     "cose-other-key"):
            st.misbehave("a", kind)
            assert libfido2_verifies(hid.make()[1]) != 0, kind
        assert libfido2_verifies(hid.make()[1]) == 0


def sized(b):
    n = struct.unpack(">H", b[:2])[0]
    return b[2:2 + n], b[2 + n:]


@pytest.mark.parametrize("alg,number", [("es256", -7), ("rs256", -257)])
@pytest.mark.parametrize("kind", [-7, -35])
def test_a_tpm_statement_holds_by_the_tpm_specification(
        start, tmp_path, alg, number, kind):
    make_ca(tmp_path / "ca", intermediate=True)
    st = start(dict(YK, attestation="tpm", tpm_alg=alg, chain=True),
               ca=tmp_path / "ca")
    with raw(st) as hid:
        assert "U2F_V2" not in hid.command(0x04)[1][1]
        status, reply = hid.make(algs=(kind,))
    assert status == 0 and reply[1] == "tpm"
    s = reply[3]
    assert s["ver"] == "2.0" and s["alg"] == number and len(s["x5c"]) == 2
    leaf = x509.load_der_x509_certificate(s["x5c"][0])
    if number == -7:
        leaf.public_key().verify(s["sig"], s["certInfo"],
                                 ec.ECDSA(hashes.SHA256()))
    else:
        leaf.public_key().verify(s["sig"], s["certInfo"],
                                 padding.PKCS1v15(), hashes.SHA256())
    info = s["certInfo"]
    assert info[:6] == b"\xff\x54\x43\x47\x80\x17"
    _, rest = sized(info[6:])
    extra, rest = sized(rest)
    assert extra == hashlib.sha256(reply[2] + b"c" * 32).digest()
    name, rest = sized(rest[25:])
    assert name == b"\0\x0b" + hashlib.sha256(s["pubArea"]).digest()
    pub = s["pubArea"]
    assert pub[:4] == b"\0\x23\0\x0b"
    policy, rest = sized(pub[8:])
    assert rest[:8] == b"\0\x10\0\x10" + (
        b"\0\3" if kind == -7 else b"\0\4") + b"\0\x10"
    x, rest = sized(rest[8:])
    y, rest = sized(rest)
    n = struct.unpack(">H", reply[2][53:55])[0]
    cose = cbor_bytes(reply[2][55 + n:])
    assert (x, y, rest) == (cose[-2], cose[-3], b"")
    # the certificate of an identity key
    assert not list(leaf.subject)
    san = leaf.extensions.get_extension_for_class(
        x509.SubjectAlternativeName)
    assert san.critical and len(list(san.value[0].value)) == 3
    eku = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert [e.dotted_string for e in eku.value] == ["2.23.133.8.3"]
    ext = leaf.extensions.get_extension_for_oid(
        x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4"))
    assert ext.value.value[2:] == reply[2][37:53]


@needs("openssl")
def test_the_identity_key_of_a_tpm_is_by_the_own_ca(start, tmp_path):
    st = start(dict(YK, attestation="tpm"))
    leaf = tmp_path / "leaf.der"
    leaf.write_bytes(bytes.fromhex(st.stats("a")["leaf"]))
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", leaf, "-out",
                    tmp_path / "leaf.pem"], check=True)
    r = subprocess.run(["openssl", "verify", "-CAfile", st.ca / "root.pem",
                        tmp_path / "leaf.pem"], capture_output=True,
                       text=True)
    assert r.returncode == 0, r.stderr


def test_u2f_attestation_over_ctap2_verifies_and_has_no_aaguid(
        start, tmp_path):
    st = start(dict(YK, attestation="u2f"))
    f = Fido(st, "a", tmp_path)
    cred, lines = f.make()
    assert lines[2] == "fido-u2f"
    pem, text = f.verify(cred)
    assert pem, text
    assert cbor_bytes(base64.b64decode(lines[3]))[37:53] == bytes(16)
    st.misbehave("a", "forge-attestation")
    assert f.verify(f.make()[0])[0] is None


def test_a_format_that_nobody_knows_is_refused_by_libfido2(start, tmp_path):
    st = start(dict(YK, attestation="unknown"))
    with raw(st) as hid:
        status, reply = hid.make()
        assert status == 0 and reply[1] == "example-future"
    cred, text = Fido(st, "a", tmp_path).make()
    assert cred is None, text


EP = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.2")


def test_enterprise_attestation_tells_the_serial_when_enabled_and_asked(
        start):
    st = start(dict(YK, ep_rps="example.com,example.net"),
               {"name": "n", "profile": "securitykey"})
    with raw(st) as hid:
        assert hid.make(enterprise=1)[0] == 0x02
        assert hid.config(1) == 0
        assert hid.command(0x04)[1][4]["ep"] is True
        assert hid.make(enterprise=3)[0] == 0x2c
        replies = [hid.make(rp=rp, enterprise=e)[1]
                   for rp, e in (("example.com", None), ("example.org", 1),
                                 ("example.com", 1), ("example.org", 2))]
    leaves = [x509.load_der_x509_certificate(r[3]["x5c"][0])
              for r in replies]
    root = x509.load_pem_x509_certificate((st.ca / "root.pem").read_bytes())
    for reply, leaf, told in zip(replies, leaves, (0, 0, 1, 1)):
        assert reply.get(4, False) == bool(told)
        leaf.public_key().verify(reply[3]["sig"], reply[2] + b"c" * 32,
                                 ec.ECDSA(hashes.SHA256()))
        serials = [e.value.value for e in leaf.extensions if e.oid == EP]
        assert serials == [b"\4\4" + struct.pack(">I", 12345678)] * told
        leaf.verify_directly_issued_by(root)
    assert leaves[0] == leaves[1] != leaves[2] == leaves[3]
    with raw(st, "n") as hid:
        assert "ep" not in hid.command(0x04)[1][4]
        assert hid.config(1) == 0x02
        assert hid.make(enterprise=1)[0] == 0x02


LEAF_SHAPES = ["no-aaguid", "critical-aaguid", "other-aaguid", "expired",
               "not-yet-valid", "is-ca", "no-ou", "preview"]


@PYTHON_FIDO2
@needs("openssl")
@pytest.mark.parametrize("shape", [None] + LEAF_SHAPES)
def test_python_fido2_and_openssl_find_what_is_wrong_with_a_leaf(
        start, tmp_path, shape):
    spec = dict(YK, chain=True)
    st = start(dict(spec, leaf=shape) if shape else spec)
    out = python_fido2(st, """
from fido2.attestation import PackedAttestation
h = hashlib.sha256(b'x').digest()
c = ctap.make_credential(h, {'id': 'example.com'}, {'id': b'alice'},
    [{'type': 'public-key', 'alg': -7}])
try:
    r = PackedAttestation().verify(statement(c), c.auth_data, h)
    print('good')
except Exception as e:
    print('bad')
print(*[x.hex() for x in statement(c)['x5c']])
""")
    bad_form = ("critical-aaguid", "other-aaguid", "no-ou", "is-ca")
    assert out[0] == ("bad" if shape in bad_form else "good")
    pem = []
    for i, der in enumerate(out[1:]):
        pem.append(tmp_path / f"{i}.pem")
        subprocess.run(["openssl", "x509", "-inform", "DER", "-out", pem[i]],
                       input=bytes.fromhex(der), check=True)
    r = subprocess.run(
        ["openssl", "verify", "-CAfile", st.ca / "root.pem"]
        + [a for p in pem[1:] for a in ("-untrusted", p)] + [pem[0]],
        capture_output=True, text=True)
    told = r.stdout + r.stderr
    want = {"expired": "has expired", "not-yet-valid": "not yet valid",
            "critical-aaguid": "unhandled critical extension"}
    assert want.get(shape, ": OK") in told, told
    if shape == "preview":
        assert len(pem) == 2
        assert "Preview CA" in subprocess.run(
            ["openssl", "x509", "-noout", "-subject", "-in", pem[1]],
            capture_output=True, text=True).stdout
    aaguid = b"\x2b\x06\x01\x04\x01\x82\xe5\x1c\x01\x01\x04"
    assert (aaguid in bytes.fromhex(out[1])) == (shape != "no-aaguid")


# --- extensions --------------------------------------------------------------

@PYTHON_FIDO2
@pytest.mark.parametrize("protocol", ["1", "2"])
def test_python_fido2_gets_one_or_two_secrets_by_hmac_secret(start,
                                                              protocol):
    st = start(dict(YK, pin="1234", pin_protocols=protocol))
    out = python_fido2(st, """
from fido2.ctap2.extensions import HmacSecretExtension
h = hashlib.sha256(b'x').digest()
p = (PinProtocolV1 if ctap.info.pin_uv_protocols == [1]
     else PinProtocolV2)()
def made(**how):
    c = ctap.make_credential(h, {'id': 'example.com'}, {'id': b'alice'},
        [{'type': 'public-key', 'alg': -7}], **how)
    print((c.auth_data.extensions or {}).get('hmac-secret'))
    return c.auth_data.credential_data.credential_id
def secrets(cred, *salts, uv=False):
    e = HmacSecretExtension(ctap, p)
    data = e.process_get_input({'hmacGetSecret': dict(zip(
        ('salt1', 'salt2'), salts))})
    how = {}
    if uv:
        t = ClientPin(ctap, p).get_pin_token('1234', PERM.GET_ASSERTION,
                                             'example.com')
        how = {'pin_uv_protocol': p.VERSION,
               'pin_uv_param': p.authenticate(t, h)}
    a = ctap.get_assertion('example.com', h, [{'id': cred,
        'type': 'public-key'}], extensions={'hmac-secret': data}, **how)
    if not a.auth_data.extensions:
        return None
    r = e.process_get_output(a if NEW else a.auth_data)['hmacGetSecret']
    return ((r.output1, r.output2) if NEW
            else (r['output1'], r.get('output2')))
with_ = made(extensions={'hmac-secret': True})
without = made()
one, two = b'1' * 32, b'2' * 32
a, none = secrets(with_, one)
b, c = secrets(with_, two, one)
print(a == c != b, none, len(a))
print(secrets(with_, one, uv=True)[0] != a)
print(secrets(without, one))
""")
    assert out == ["True", "None", "True", "None", "32", "True", "None"]


def test_hmac_secret_refuses_what_it_must(st):
    with raw(st) as hid:
        _, made = hid.make(extensions={"hmac-secret": True})
        ids = [{"id": hid.credential_id(made), "type": "public-key"}]
        cose, mac_key, aes_key = hid.agree()

        def ask(salt, mac=None, protocol=2, up=True):
            sealed = hid.encrypt(aes_key, salt)
            e = {1: cose, 2: sealed, 3: mac or hid.authenticate(
                mac_key, sealed), 4: protocol}
            return hid.command(0x02, {
                1: "example.com", 2: b"c" * 32, 3: ids, 4: {"hmac-secret": e},
                5: {"up": up}})[0]
        assert ask(b"s" * 32) == 0 and ask(b"s" * 64) == 0
        assert ask(b"s" * 48) == 0x03 and ask(b"s" * 96) == 0x03
        assert ask(b"s" * 32, mac=b"m" * 32) == 0x33
        assert ask(b"s" * 32, protocol=3) == 0x02
        assert ask(b"s" * 32, up=False) == 0x2b


# --- a fingerprint reader ----------------------------------------------------

BIO = {"name": "a", "profile": "bio", "serial": 12345678, "pin": "1234"}


def test_a_finger_is_enrolled_named_listed_and_removed(start, tmp_path):
    st = start(BIO)
    f = Fido(st, "a", tmp_path)
    options = info_of(st)[4]
    assert options["uv"] is False and options["bioEnroll"] is False
    rc, text = f.talk("fido2-token", "-S", "-e", f.dev, answers=["1234"])
    assert rc == 0, text
    finger, = st.stats("a")["fingers"]
    template = base64.b64encode(bytes.fromhex(finger["id"])).decode()
    info = info_of(st)
    assert info[4]["uv"] is True and info[4]["bioEnroll"] is True
    assert info[0x11] == 3 and info[0x12] == 2
    rc, text = f.talk("fido2-token", "-S", "-e", "-i", template, "-n",
                      "thumb", f.dev, answers=["1234"])
    assert rc == 0, text
    rc, text = f.talk("fido2-token", "-L", "-e", f.dev, answers=["1234"])
    assert rc == 0 and "thumb" in text, text
    rc, text = f.talk("fido2-token", "-D", "-e", "-i", template, f.dev,
                      answers=["1234"])
    assert rc == 0 and st.stats("a")["fingers"] == []
    assert "uv" not in st.run("fido2-token", "-I", f.dev).stdout.split(
        "options: ")[1].split("\n")[0].replace("nouv", "").split(", ")


def test_enrolling_needs_the_pin_and_room(start):
    st = start(dict(BIO, fingers=5))
    with raw(st) as hid:
        assert hid.command(0x09, {6: True}) == (0, {1: 1})
        assert hid.command(0x09, {1: 1, 2: 7})[0] == 0
        assert hid.command(0x09, {1: 1, 2: 1})[0] == 0x36
        assert hid.command(0x09, {1: 2, 2: 1})[0] == 0x02
        assert hid.command(0x09, {2: 1})[0] == 0x14

        def bio(sub, params=None, permissions=BE):
            token = hid.pin_token("1234", permissions)
            p = {1: 1, 2: sub, 4: 2}
            message = bytes([1, sub])
            if params is not None:
                p[3] = params
                message += cbor_encode(params)
            p[5] = hid.authenticate(token, message)
            return hid.command(0x09, p)[0]
        assert bio(4, permissions=CM) == 0x33
        assert bio(4) == 0
        assert bio(1) == 0x17
        assert bio(2, {1: b"\0\1"}) == 0x02
        assert bio(5, {1: b"\0\1", 2: "x" * 16}) == 0x03
        assert bio(5, {1: b"\7\7", 2: "x"}) == 0x2c
        assert bio(6, {1: b"\0\1"}) == 0
        assert bio(6, {1: b"\0\1"}) == 0x2c
        assert bio(6, {}) == 0x14
        assert bio(8) == 0x3e
        assert bio(1) == 0
        assert hid.command(0x09, {1: 1, 2: 3})[0] == 0
    assert len(st.stats("a")["fingers"]) == 4


def test_an_unfinished_enrollment_is_forgotten(start):
    st = start(BIO)
    with raw(st) as hid:
        token = hid.pin_token("1234", BE)

        def bio(sub, params):
            message = bytes([1, sub]) + cbor_encode(params)
            return hid.command(0x09, {1: 1, 2: sub, 3: params, 4: 2,
                                      5: hid.authenticate(token, message)})
        status, reply = bio(1, {3: 5000})
        assert status == 0 and reply[5] == 0 and reply[6] == 2
        assert bio(2, {1: reply[4]})[1][6] == 1
        hid.command(0x04)
        assert bio(2, {1: reply[4]})[0] == 0x02
    assert st.stats("a")["fingers"] == []


def test_libfido2_verifies_the_user_by_his_finger(start, tmp_path):
    st = start(dict(BIO, fingers=1))
    f = Fido(st, "a", tmp_path)
    cred, lines = f.make("-v")
    pem, text = f.verify(cred, "-v")
    assert pem, text
    out, _ = f.get(lines[4], "-p", "-t", "uv=true")
    assert f.check(out, pem, "-p", "-v")
    st.set("a", finger="bad")
    out, text = f.get(lines[4], "-p", "-t", "uv=true")
    assert out is None and "FIDO_ERR" in text
    assert st.stats("a")["uv_retries"] == 2


@PYTHON_FIDO2
def test_three_strange_fingers_leave_only_the_pin(start):
    st = start(dict(BIO, fingers=1, finger="bad"))
    assert python_fido2(st, """
pin = ClientPin(ctap)
h = hashlib.sha256(b'x').digest()
rp, user = {'id': 'example.com'}, {'id': b'alice'}
es256 = [{'type': 'public-key', 'alg': -7}]
print(uv_retries(pin))
for i in range(4):
    print(refused(pin.get_uv_token, PERM.MAKE_CREDENTIAL, 'example.com'),
          uv_retries(pin))
print(refused(ctap.make_credential, h, rp, user, es256,
              options={'uv': True}))
pin.get_pin_token('1234', PERM.MAKE_CREDENTIAL, 'example.com')
print(uv_retries(pin))
""") == ["3", "3f", "2", "3f", "1", "3c", "0", "3c", "0", "36", "3"]


def test_a_finger_serves_the_option_uv_and_always_uv(start):
    st = start(dict(BIO, fingers=1, always_uv=True),
               dict(BIO, name="nopin", pin="", fingers=1, finger="bad"),
               dict(BIO, name="none"))
    with raw(st) as hid:
        status, made = hid.make()
        assert status == 0 and made[2][32] & 4
        ids = [hid.credential_id(made)]
        assert hid.get(ids=ids)[1][2][32] == 5
        assert hid.get(ids=ids, options={"up": False})[1][2][32] == 0
        status, token = hid.ask_token(None, GA, "example.com")
        assert status == 0
        assert hid.get(ids=ids, token=token)[1][2][32] == 5
        assert hid.ask_token(None, ACFG)[0] == 0x40
        st.set("a", finger="bad")
        assert hid.make()[0] == 0x36
    with raw(st, "nopin") as hid:
        assert hid.make(options={"uv": True})[0] == 0x27
        assert hid.make()[1][2][32] & 4 == 0
    with raw(st, "none") as hid:
        assert hid.make(options={"uv": True})[0] == 0x2c
        assert hid.ask_token(None, MC, "example.com")[0] == 0x30


def test_a_finger_that_is_withheld_times_out_and_costs_nothing(start):
    st = start(dict(BIO, fingers=1, touch="withhold", touch_timeout=200))
    with raw(st) as hid:
        assert hid.ask_token(None, MC, "example.com")[0] == 0x2f
        assert hid.make(options={"uv": True})[0] == 0x2f
    assert st.stats("a")["uv_retries"] == 3


@needs("ykman")
def test_ykman_lists_the_fingerprints(start):
    st = start(dict(BIO, fingers=1))
    r = st.run("ykman", "fido", "fingerprints", "list", "-P", "1234")
    assert r.returncode == 0 and "0001" in r.stdout, r.stderr


# --- vendors ------------------------------------------------------------------

def test_a_u2f_key_of_another_vendor_has_no_serial_and_odd_signatures(
        start, tmp_path):
    st = start({"name": "a", "profile": "feitian", "odd_der": 2})
    f = Fido(st, "a", tmp_path)
    assert "vendor=0x096e" in st.run("fido2-token", "-L").stdout
    assert st.stats("a")["serial"] == 0
    assert "nocbor" in st.run("fido2-token", "-I", f.dev).stdout
    with raw(st) as hid:
        with pytest.raises(HidError, match="01"):
            hid.call(0x42, b"\0")
        replies = [hid.call(0x03, b"\0\x01\0\0\0\0\x40" + bytes(64)
                            + b"\0\0")[:-2] for _ in range(4)]
    odd = []
    for r in replies:
        handle = r[67:67 + r[66]]
        rest = r[67 + r[66]:]
        n = struct.unpack(">H", rest[2:4])[0] + 4
        leaf, sig = x509.load_der_x509_certificate(rest[:n]), rest[n:]
        assert all(e.oid.dotted_string != "1.3.6.1.4.1.45724.1.1.4"
                   for e in leaf.extensions)
        assert sig[0] == 0x30 and sig[1] == len(sig) - 2
        minimal = sig[4] != 0 or sig[5] & 0x80
        odd.append(not minimal)
        signed = bytes(33) + bytes(32) + handle + r[1:66]
        sig = sig if minimal else (bytes([0x30, sig[1] - 1, 2, sig[3] - 1])
                                   + sig[5:])
        leaf.public_key().verify(sig, signed, ec.ECDSA(hashes.SHA256()))
    assert odd == [False, True, False, True]


# --- false claims on credentials ------------------------------------------------

def test_an_assertion_can_be_by_a_credential_that_nobody_asked_for(
        st, fido):
    cred, lines = fido.make()
    pem, _ = fido.verify(cred)
    with raw(st) as hid:
        _, made = hid.make()
        mine = hid.credential_id(made)
        st.misbehave("a", "other-credential")
        status, reply = hid.get(ids=[mine])
        assert status == 0 and reply[1]["id"] != mine
        assert hid.get(ids=[mine])[1][1]["id"] == mine
        # it is a credential of this very key
        assert hid.get(ids=[reply[1]["id"]])[0] == 0
    st.misbehave("a", "other-credential")
    out, _ = fido.get(lines[4], "-p")
    assert not out or not fido.check(out, pem, "-p")


def test_cred_protect_can_be_ignored_and_told_falsely(start):
    st = start(dict(YK, pin="1234"))
    with raw(st) as hid:
        def protected(level):
            token = hid.pin_token("1234", MC, "example.com")
            return hid.make(token=token, options={"rk": True},
                            extensions={"credProtect": level})
        status, made = protected(3)
        assert status == 0 and made[2].endswith(b"\x6bcredProtect\x03")
        ids = [hid.credential_id(made)]
        assert hid.get(ids=ids)[0] == 0x2e and hid.get()[0] == 0x2e
        st.misbehave("a", "ignore-protect")
        assert hid.get(ids=ids)[0] == 0
        assert st.stats("a")["misbehaviour"]["ignore-protect"] == {
            "left": 0, "done": 1}
        assert hid.get(ids=ids)[0] == 0x2e
        st.misbehave("a", "ignore-protect")
        assert hid.get()[0] == 0
        st.misbehave("a", "protect-false")
        assert protected(3)[1][2].endswith(b"\x6bcredProtect\x01")


@PYTHON_FIDO2
@pytest.mark.parametrize("alg", [-7, -8])
def test_the_cose_key_can_be_another_off_the_curve_or_misnamed(start, alg):
    st = start(dict(YK, attestation="self"))
    code = f"""
from fido2.attestation import PackedAttestation
h = hashlib.sha256(b'x').digest()
c = ctap.make_credential(h, {{'id': 'example.com'}}, {{'id': b'alice'}},
    [{{'type': 'public-key', 'alg': {alg}}}])
try:
    PackedAttestation().verify(statement(c), c.auth_data, h)
    print('good')
except Exception as e:
    print('bad')
"""
    assert python_fido2(st, code) == ["good"]
    for kind in ("cose-other-key", "cose-off-curve", "cose-wrong-alg"):
        st.misbehave("a", kind)
        assert python_fido2(st, code) == ["bad"], kind
    assert python_fido2(st, code) == ["good"]


def test_backup_flags_can_be_set(st):
    with raw(st) as hid:
        _, made = hid.make()
        ids = [hid.credential_id(made)]
        assert made[2][32] & 0x18 == 0
        for at, flags in ((0, 0x18), (8, 8), (16, 16)):
            st.misbehave("a", "backed-up", at=at, count=2)
            assert hid.make()[1][2][32] & 0x18 == flags
            assert hid.get(ids=ids)[1][2][32] & 0x18 == flags
        assert hid.get(ids=ids)[1][2][32] & 0x18 == 0


def test_get_info_can_name_another_model_or_be_huge(st):
    with raw(st) as hid:
        good = hid.command(0x04)[1]
        st.misbehave("a", "info-aaguid")
        false = hid.command(0x04)[1]
        assert false[3] != good[3] == hid.make()[1][2][37:53]
        assert {k: v for k, v in false.items() if k != 3} == {
            k: v for k, v in good.items() if k != 3}
        st.misbehave("a", "info-huge", at=200)
        huge = hid.call(0x10, b"\x04")
        assert 5000 < len(huge) < 7609
        assert len(cbor_bytes(huge[1:])[2]) == 200
        assert hid.command(0x04)[1] == good
    out = st.run("fido2-token", "-I", st.hidraw("a"))
    assert out.returncode == 0


# --- an authenticator by others ---------------------------------------------

@needs("node", "npm")
def test_the_npm_authenticator_serves_the_same_transport(start, tmp_path):
    modules = os.environ.get("SOFTTOKEN_NODE_MODULES")
    if not modules:
        modules = HERE / "npm" / "node_modules"
    if not os.path.isdir(modules):
        pytest.skip("npm ci was not run in npm/")
    backend = f"NODE_PATH={modules} exec node {HERE}/npm/backend.js"
    st = start({"name": "a", "profile": "solo", "backend": backend})
    f = Fido(st, "a", tmp_path)
    cred, lines = f.make()
    assert cred, lines
    pem, _ = f.verify(cred)
    out, _ = f.get(lines[4], "-p")
    assert f.check(out, pem, "-p")
