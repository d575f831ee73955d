# SPDX-License-Identifier: Apache-2.0
"""Many keys on the kernel's own HID: three of alice's, two that are not hers,
two that do not answer."""
import re

import pytest

from place import MODULE

PIN = "314159"
HERS, FOREIGN, SILENT = "abc", "de", "fg"


def key(name, serial, **more):
    return {"name": name, "profile": "yubikey5", "serial": serial, **more}


@pytest.fixture
def crowd(place):
    place.set_up(*[key(name, 11111111 * n) for n, name in
                   enumerate(HERS + FOREIGN + SILENT, 1)])
    for n in range(1, 4):
        place.enroll("alice", "--token", str(11111111 * n))
    for name in SILENT:
        place.keys.misbehave(name, "silence", count=-1)
    place.service("tbtest", f"auth required {MODULE} timeout=20")
    return place


def commands(place, name, command):
    return place.keys.stats(name)["commands"].get(command, 0)


def touched(place, name):
    return place.keys.stats(name)["touch"]["used"]


@pytest.mark.parametrize("chosen", HERS)
def test_any_of_her_keys_lets_alice_in_by_one_touch_in_all(crowd, chosen):
    others = HERS.replace(chosen, "") + FOREIGN
    for name in HERS + FOREIGN:
        crowd.keys.touch(name, "ask")
    before = {name: touched(crowd, name) for name in others}
    program = crowd.m.start(*crowd.authenticate(), tty=True)
    for name in HERS:      # all of hers blink, whoever else is silent
        crowd.keys.wait(name, "touch", ms=15000)
    crowd.keys.grant(chosen)
    done = program.wait(30)
    assert done.code == 0, done
    assert {name: touched(crowd, name) for name in others} == before
    for name in HERS.replace(chosen, ""):
        assert commands(crowd, name, "CANCEL") >= 1
    line, = [x for x in crowd.logged().splitlines() if "result=" in x]
    assert re.search(r"result=granted ms=\d+$", line), line


def test_list_shows_all_seven(crowd):
    done = crowd.tb("list")
    rows = done.out.splitlines()[1:]
    assert len(rows) == 7, done
    assert sum("did not answer in time" in row for row in rows) == 2, done
    # they are waited for side by side, not one after the other
    assert done.seconds < 6, done


def test_a_key_that_claims_her_credential_gets_no_pin(place):
    place.set_up(key("a", 11111111, pin=PIN), key("b", 22222222, pin=PIN))
    for n in (1, 2):
        place.enroll("alice", "--token", str(11111111 * n),
                     "--verify-required", "--force", "a rehearsal", pin=PIN)
    place.keys.misbehave("a", "wrong-signature", count=-1,
                         command="getAssertion")
    before = commands(place, "a", "clientPIN")
    place.service("tbtest")
    done = place.pamtester(answers=[("PIN of your", PIN)])
    assert done.code == 0, done
    assert "serial 22222222" in done.out
    # the question how many tries are left, and no more
    assert commands(place, "a", "clientPIN") <= before + 1
    assert place.keys.stats("a")["pin_retries"] == 8
    assert "answers falsely" in place.logged()
