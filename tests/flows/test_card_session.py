# SPDX-License-Identifier: Apache-2.0
"""One worker and one card session for the life of a command."""
import os
import pathlib
import signal
import time

import pytest

from lines import check_consistent, wait_for_touch, workers

TOTP = ("--method", "totp")


@pytest.fixture
def enrolling(aws_site):
    """An enrollment whose every touch waits for grant()."""
    aws_site.tokens.touch("a", "ask")
    return aws_site.start("enroll", "alice", *TOTP)


def end(site, process, code=0):
    site.tokens.grant("a")
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)


def test_one_worker_serves_an_enrollment_from_its_first_look_to_its_end(
        aws_site, enrolling):
    wait_for_touch(aws_site, 1)
    first = workers(enrolling.pid)
    assert len(first) == 1
    aws_site.tokens.grant("a")
    wait_for_touch(aws_site, 2)
    assert workers(enrolling.pid) == first
    end(aws_site, enrolling)
    assert not pathlib.Path(f"/proc/{first[0]}").exists()
    check_consistent(aws_site)


def test_a_worker_that_was_killed_is_started_again_at_the_next_need(
        aws_site, enrolling):
    wait_for_touch(aws_site, 1)
    first, = workers(enrolling.pid)
    os.kill(first, signal.SIGKILL)
    aws_site.tokens.grant("a")
    wait_for_touch(aws_site, 2)
    second, = workers(enrolling.pid)
    assert second != first
    end(aws_site, enrolling)
    check_consistent(aws_site)


def test_an_idle_worker_ends_with_its_parent(aws_site, enrolling):
    wait_for_touch(aws_site, 1)
    worker, = workers(enrolling.pid)
    enrolling.kill()
    enrolling.communicate()
    ended = time.monotonic() + 5
    while pathlib.Path(f"/proc/{worker}").exists():
        assert time.monotonic() < ended
        time.sleep(0.02)
