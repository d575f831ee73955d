"""A local IAM for each file of tests, reset for each test."""

import time

import pytest

from .client import LocalIAM


@pytest.fixture(scope='module')
def server():
    with LocalIAM() as iam:
        yield iam


@pytest.fixture
def rig(server):
    server.reset()
    server.clock(offset=0)
    server.add_user('alice')
    server.add_user('bob')
    return server


@pytest.fixture
def frozen(rig):
    """The rig with a clock that stands still; clients sign at that time."""
    rig.clock(at=time.time(), freeze=True)
    return rig


@pytest.fixture
def iam(rig):
    return rig.botocore()
