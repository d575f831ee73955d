# SPDX-License-Identifier: Apache-2.0
"""Logging in: pam-enroll, login.db, pam_tokenbridge and its helper."""
import pytest

from conftest import YK
from station import (AUTH_ERR, AUTHINFO_UNAVAIL, IGNORE, SERVICE_ERR, SUCCESS,
                     USER_UNKNOWN, Station)

USER = "games"  # an account that every Debian has


@pytest.fixture
def station(tmp_path, cards):
    tmp_path.chmod(0o755)
    place = Station(tmp_path, cards, None)
    yield place
    place.close()


@pytest.fixture
def host(station):
    """host(token, ...): enrolled for USER."""
    def set_up(*tokens, more=()):
        station.plug(*(tokens or (YK,)), cards=False)
        station.trust_maker()
        station.make_registry()
        station.enroll_login(USER, *more)
        return station
    return set_up


def test_the_enrolled_token_lets_its_user_in(host):
    station = host()
    done = station.log_in(USER, "-c")
    assert done.result == SUCCESS, done
    assert done.end["setcred"] == SUCCESS
    assert "Touch the security key" in done.said
    assert USER in done.said and "tbtest" in done.said
