# SPDX-License-Identifier: Apache-2.0
"""The PIN in the memory of the program that somebody logs in by: gone once it
is given to the token, whatever comes of it. Hosts live for long, are large, and
have not switched their core files off."""
import os
import pathlib
import threading
import time

import pytest

from conftest import YK
from station import AUTH_ERR, COUNTER_FELL, NOT_TOUCHED, SUCCESS, module
from test_secrets import places_in_memory

USER = "games"
# the allocator writes over the first bytes of what is freed: the end of it is
# what a copy that nobody wiped still has
PIN = "tulip-482913-canary-of-an-unusual-length-0123456789"
WRONG = "daisy-482913-canary-of-an-unusual-length-9876543210"
END = 24


class Host:
    """A login whose host is looked into: its answers come through a pipe, and
    it waits before it is done."""

    def __init__(self, at):
        self.at = at
        self.fifo = at.folder / "answers"
        self.end = at.folder / "answers.end"
        for path in (self.fifo, self.end):
            os.mkfifo(path, 0o600)
        self.asked = threading.Semaphore(0)
        self.done = None
        self.blinks = threading.Event()
        self.thread = None

    def begin(self, **how):
        def run():
            self.done = self.at.log_in(USER, "-f", self.fifo, during=self.note,
                                       **how)
        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def note(self, message):
        if message["style"] == "secret":
            self.asked.release()
        elif message["style"] == "info":
            self.blinks.set()

    def open(self, path):
        """Waits until the host reads there."""
        end = time.monotonic() + 60
        while True:
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                assert time.monotonic() < end and self.thread.is_alive()
                time.sleep(0.01)

    def give(self, text):
        """Answers the next prompt."""
        assert self.asked.acquire(timeout=60)
        writer = self.open(self.fifo)
        os.write(writer, text.encode() + b"\n")
        os.close(writer)

    def pid(self):
        ours = os.readlink("/proc/self/ns/mnt")
        found = [p.parent.name for p in pathlib.Path("/proc").glob(
            "[0-9]*/cmdline") if str(self.fifo).encode() in read(p) and
            os.readlink(p.parent / "ns/mnt") == ours]
        assert len(found) == 1, found
        return int(found[0])

    def has(self, secret):
        return places_in_memory(self.pid(), secret[-END:].encode())

    def ended_with(self, secret):
        """Where the secret is once PAM has said how it ended."""
        writer = self.open(self.end)
        found = self.has(secret)
        assert places_in_memory(self.pid(), b"pam_tokenbridge"), \
            "the scan sees nothing"
        os.close(writer)
        self.thread.join(60)
        assert self.done is not None
        return found


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.fixture
def guarded(host):
    return Host(host({**YK, "pin": PIN}, more=("--verify-required",),
                     pin=PIN))


def test_the_scan_finds_an_answer_that_the_host_still_has(guarded):
    """Else the others would prove nothing: libpam keeps the password of
    pam_unix for the modules behind it."""
    guarded.at.tokens.touch("a", "ask")
    service = guarded.at.pam / "tbtest"
    service.write_text("auth optional pam_unix.so\n"
                       f"auth required {module()} "
                       f"login_db={guarded.at.login_db}\n")
    guarded.begin()
    guarded.give(WRONG)
    guarded.give(PIN)
    assert guarded.blinks.wait(60)
    assert guarded.has(WRONG) != []
    assert guarded.has(PIN) == []
    guarded.at.tokens.wait("a", "touch", ms=10000)
    guarded.at.tokens.grant("a")
    assert guarded.ended_with(WRONG) == []
    assert guarded.done.result == SUCCESS, guarded.done


def test_the_pin_is_gone_while_the_key_blinks_and_once_it_let_in(guarded):
    guarded.at.tokens.touch("a", "ask")
    guarded.begin()
    guarded.give(PIN)
    assert guarded.blinks.wait(60)
    assert guarded.has(PIN) == []
    guarded.at.tokens.wait("a", "touch", ms=10000)
    guarded.at.tokens.grant("a")
    assert guarded.ended_with(PIN) == []
    assert guarded.done.result == SUCCESS, guarded.done


def wrong_pin(tokens):
    return WRONG, (AUTH_ERR, "pin-wrong")


def too_long(tokens):
    """The module itself refuses it: no key has one of 64 bytes."""
    return WRONG.rjust(64, "x"), (AUTH_ERR, "pin-unfit")


def counter_fell(tokens):
    tokens.misbehave("a", "counter-back", count=-1, command="getAssertion")
    return PIN, COUNTER_FELL


def not_touched(tokens):
    """The host waits for the person as long as it is told to."""
    tokens.touch("a", "withhold")
    return PIN, NOT_TOUCHED


@pytest.mark.parametrize("failure", [wrong_pin, too_long, counter_fell,
                                     not_touched])
def test_the_pin_is_gone_once_it_let_nobody_in(guarded, failure):
    pin, why = failure(guarded.at.tokens)
    guarded.begin(line=["timeout=3"])
    guarded.give(pin)
    assert guarded.ended_with(pin) == []
    assert guarded.done.why == why, guarded.done
