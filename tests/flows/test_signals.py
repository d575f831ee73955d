# SPDX-License-Identifier: Apache-2.0
"""A person leaves while the program waits for bytes that never come."""
import os
import signal
import subprocess
import time

import pytest

from conftest import Workstation


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [
    ["verify", "--from", "PIPE"], ["trust", "add", "PIPE"]])
def test_a_silent_pipe_can_be_left(tmp_path, words, number):
    place = Workstation(tmp_path, None, None)
    out, into = os.pipe()
    try:
        words = [word.replace("PIPE", f"/dev/fd/{out}") for word in words]
        process = subprocess.Popen(place.command(*words), pass_fds=(out,),
                                   env=place.env(), text=True,
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        end = time.monotonic() + 5   # not every kernel says where it waits
        while "pipe" not in waits_in(process.pid) and \
                time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        said = process.communicate(timeout=10)[1]
    finally:
        process.kill()
        os.close(out)
        os.close(into)
    assert process.returncode == 130, said
    assert "interrupted while" in said


def waits_in(pid):
    try:
        with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
