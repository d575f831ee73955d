# SPDX-License-Identifier: Apache-2.0
"""A person leaves while the program waits for bytes that never come."""
import contextlib
import os
import signal
import subprocess
import time

import pytest

from conftest import YK, Workstation

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@contextlib.contextmanager
def silent_pipe():
    ends = os.pipe()
    try:
        yield ends[0]
    finally:
        for end in ends:
            os.close(end)


def waits_in(pid):
    try:
        with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def is_left(place, words, number, out):
    """What was said; PIPE is the pipe's name, and FD its number."""
    words = [word.replace("PIPE", f"/dev/fd/{out}").replace("FD", str(out))
             for word in words]
    process = subprocess.Popen(place.command(*words), pass_fds=(out,),
                               env=place.env(), text=True,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 5   # not every kernel says where it waits
        while "pipe" not in waits_in(process.pid) and \
                time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        said = process.communicate(timeout=10)[1]
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert "interrupted while" in said


@SIGNALS
@pytest.mark.parametrize("words", [
    ["verify", "--from", "PIPE"], ["trust", "add", "PIPE"]])
def test_a_silent_pipe_can_be_left(tmp_path, words, number):
    with silent_pipe() as out:
        is_left(Workstation(tmp_path, None, None), words, number, out)


@SIGNALS
@pytest.mark.parametrize("words", [
    ["pin", "set", "--new-pin-fd", "FD"],
    ["registry", "import", "PIPE", "--format", "serials"]])
def test_a_pipe_that_gives_no_pin_and_no_list_can_be_left(site, words, number):
    site.plug(YK, cards=False)
    site.make_registry()
    with silent_pipe() as out:
        is_left(site, words, number, out)
