# SPDX-License-Identifier: Apache-2.0
"""enroll and revoke against moto, an IAM that nobody here wrote: it takes any
code, so that only the form of what is sent and read is tried."""
import pytest

from conftest import Workstation
from iam.moto import Moto

YK = {"profile": "yubikey5", "serial": 12345678}


@pytest.fixture
def foreign(tmp_path, cards):
    """A workstation whose AWS is moto."""
    tmp_path.chmod(0o700)
    with Moto(["alice"]) as moto:
        place = Workstation(tmp_path, cards, None)
        place.plug(YK)
        place.trust_vendor()
        place.make_registry()
        place.moto = moto
        yield place
        place.close()


def devices(site):
    return [d["SerialNumber"] for d in site.moto.botocore().list_mfa_devices(
        UserName="alice")["MFADevices"]]


def test_moto_has_the_device_and_takes_it_back(foreign):
    env = foreign.moto.env()
    done = foreign.run("enroll", "alice", "--method", "totp", env=env)
    assert done.code == 0, done
    (device,) = devices(foreign)
    assert [a["name"] for a in foreign.tokens.stats("a")["accounts"]] == [
        device]
    assert [b["device"] for b in foreign.bindings()] == [device]
    done = foreign.run("revoke", "--all", "alice", "--last", "--reason",
                       "left", env=env)
    assert done.code == 0, done
    assert devices(foreign) == [] and foreign.bindings() == []
    assert list(foreign.tokens.stats("a")["accounts"]) == []
    assert foreign.journals() == []
    foreign.check_chain()
