# SPDX-License-Identifier: Apache-2.0
"""A program that PAM serves keeps the module that it began with while tokenbridge
is upgraded: the helper of today answers what earlier modules ask, in their
frames, and by today's rules."""
import contextlib
import socket
import struct
import subprocess

import pytest

from conftest import YK
from station import AT_SEAT, HELPER

USER, PIN = "games", "123456"
WITH_PIN = {**YK, "pin": PIN}
VERSIONS = (1, 2)


def text(word):
    return struct.pack(">H", len(word)) + word


def request(version, db, prove=False, last=b"", flags=0):
    """As the module of that version wrote it; last: a PIN, or a token."""
    return bytes([version, prove]) + struct.pack(">III", flags, 4000, 0) + \
        b"".join(map(text, (USER.encode(), b"login", b"/dev/tty1", b"",
                            str(db).encode(), last)))


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def ask(at, *frames):
    """Everything that is answered to a module, frame by frame."""
    at.helper_env()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        helper = subprocess.Popen(
            ["bash", "-c", f'exec "$0" 3<&{theirs.fileno()}', HELPER],
            pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env={})
        theirs.close()
        ours.settimeout(20)
        data = b""
        for one in frames:
            ours.sendall(frame(one))
        with contextlib.suppress(ConnectionResetError):
            while piece := ours.recv(65536):
                data += piece
        helper.wait(20)
    answers = []
    while data:
        n, = struct.unpack(">I", data[:4])
        answers.append(data[4:4 + n])
        data = data[4 + n:]
    return answers


def letters(answers):
    return [a[1:3].decode() for a in answers]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_user_s_token_lets_in(host, version):
    at = host()
    answers = ask(at, request(version, at.login_db))
    assert letters(answers) == ["Tr", "AG"]
    assert {a[0] for a in answers} == {version}


@pytest.mark.parametrize("version", VERSIONS)
def test_who_is_not_at_the_machine_is_refused_as_today(host, version):
    """Whatever terminal the module tells of."""
    at = host()
    at.seat = AT_SEAT.replace("local", "remote")
    assert letters(ask(at, request(version, at.login_db))) == ["Al"]
    assert at.tokens.stats("a")["touch"]["used"] == 2   # of pam-enroll


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pin_that_was_asked_for_before_the_upgrade_counts(host, version):
    at = host(WITH_PIN, more=("--verify-required",), pin=PIN)
    first, = ask(at, request(version, at.login_db))
    assert first[:4] == bytes([version]) + b"Ar\1"
    token = first[7:15]     # behind its length
    if version == 1:
        frames = [request(1, at.login_db, True, PIN.encode())]
    else:
        frames = [request(2, at.login_db, True, token), PIN.encode()]
    assert letters(ask(at, *frames)) == ["Tr", "AG"]


def test_a_pin_for_one_of_several_tokens_is_tried_on_none(host):
    """Version 1 does not say whose it is."""
    at = host(WITH_PIN, {**WITH_PIN, "serial": 12345679}, token="a",
              more=("--verify-required",), pin=PIN)
    done = at.pam_enroll(USER, "--token", at.tokens.hidraw("b"),
                         "--verify-required", "--force", "a test", pin=PIN)
    assert done.code == 0, done
    before = [at.tokens.stats(x)["pin_retries"] for x in "ab"]
    answer, = ask(at, request(1, at.login_db, True, b"654321"))
    assert answer[1:3] == b"Ax" and b"log in anew" in answer
    assert [at.tokens.stats(x)["pin_retries"] for x in "ab"] == before


def test_a_flag_of_later_versions_is_none_of_theirs(host):
    at = host()
    for version in VERSIONS:
        assert letters(ask(at, request(version, at.login_db, flags=4))) == \
            ["Ax"]
