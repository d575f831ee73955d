# SPDX-License-Identifier: Apache-2.0
"""One boot of each kind for all tests."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from vm import Machine  # noqa: E402


@pytest.fixture(scope="session")
def machine():
    """A kernel, udev and an agent; the users alice and bob."""
    with Machine() as running:
        for user in ("alice", "bob"):
            running.run("useradd", "-m", "-s", "/bin/bash", user, check=True)
        yield running


@pytest.fixture(scope="session")
def station():
    """With systemd: alice is logged in at the seat, bob is not."""
    with Machine(systemd=True) as running:
        running.run("useradd", "-m", "-s", "/bin/bash", "bob", check=True)
        yield running
