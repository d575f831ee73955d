# SPDX-License-Identifier: Apache-2.0
"""Whom tokenbridge-auth obeys, each guard without the other: the creator of its
socket, as the kernel tells it, and who it runs as; and when it ends."""
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from station import HELPER

REAL = f"{HELPER}.real"
NOBODY = 65534
NOT_ROOT = b"the caller is not root"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def pair(creator=0):
    """A line to a helper that this uid has made."""
    os.seteuid(creator)
    try:
        return socket.socketpair()
    finally:
        os.seteuid(0)


def start(theirs, words="exec", then="", **who):
    """The helper with its end of the line."""
    return subprocess.Popen(
        ["bash", "-c", f'{words} "$0" 3<&{theirs.fileno()}{then}', REAL],
        pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env={},
        **who)


def answer(ours, seconds):
    """All that comes through the line, None where nothing does in time."""
    ours.settimeout(seconds)
    text = b""
    try:
        while piece := ours.recv(65536):
            text += piece
    except TimeoutError:
        pass
    return text or None


def ask(creator=0, seconds=10, **who):
    ours, theirs = pair(creator)
    with ours, theirs:
        helper = start(theirs, **who)
        theirs.close()
        try:
            return answer(ours, seconds)
        finally:
            helper.kill()
            helper.wait()


def test_root_on_both_sides_is_listened_to(station):
    """Else the others would prove nothing: it waits for the question."""
    assert ask(seconds=1.5) is None


def test_the_creator_of_the_socket_must_be_root(station):
    """Whoever it runs as: a program with root's rights may hand on a line
    that somebody else has made."""
    assert NOT_ROOT in (ask(creator=NOBODY) or b"")


def test_the_helper_itself_must_be_root(station):
    """Whoever has made its socket."""
    assert NOT_ROOT in (ask(user=NOBODY, group=NOBODY, extra_groups=[]) or
                        b"")


def status(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


def child_of(parent):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            now = status(entry.name)
            # hardened, and asleep in the wait for its question
            if now.get("PPid") == str(parent) and int(
                    now["SigIgn"], 16) >> (signal.SIGPIPE - 1) & 1 and \
                    now["State"].startswith("S"):
                return int(entry.name)
        time.sleep(0.02)
    raise AssertionError("the helper never waits")


def test_the_helper_dies_with_its_host_though_the_line_is_open(station):
    """It would give up by itself after five seconds."""
    ours, theirs = pair()
    with ours, theirs:
        host = start(theirs, words="", then="; true")
        helper = child_of(host.pid)
        begun = time.monotonic()
        host.kill()
        host.wait()
        while status(helper) and not status(helper).get(
                "State", "Z").startswith("Z"):
            assert time.monotonic() - begun < 3, "it outlives its host"
            time.sleep(0.02)
