# SPDX-License-Identifier: Apache-2.0
"""The installed product on a machine with a kernel, users and logins."""
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig/vm"), str(HERE)]

from place import Place  # noqa: E402
from vm import Machine  # noqa: E402

STATION = os.environ.get("TOKENBRIDGE_STATION")


@pytest.fixture(scope="session")
def machine():
    """The product installed, its system users made; alice and bob."""
    assert STATION, "run through tests/run: TOKENBRIDGE_STATION is not set"
    with Machine() as running:
        Place.install(running, STATION)
        yield running


@pytest.fixture(scope="session")
def seat():
    """The same with systemd: alice has a session at the seat."""
    assert STATION, "run through tests/run: TOKENBRIDGE_STATION is not set"
    with Machine(systemd=True) as running:
        Place.install(running, STATION)
        yield running


@pytest.fixture
def place(machine):
    """place(token, ...): keys plugged in, their vendor trusted, an empty
    system registry."""
    at = Place(machine)
    yield at
    at.close()


@pytest.fixture
def seated(seat):
    at = Place(seat)
    at.await_alice()
    yield at
    at.close()
