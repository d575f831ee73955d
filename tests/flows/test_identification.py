# SPDX-License-Identifier: Apache-2.0
"""Whose key is this: among many registered tokens, in one touch."""
import re
import signal
import subprocess
import time

import pytest

from crowd import crowd, put_in_lot

ASSERT, MAKE, U2F = "getAssertion", "makeCredential", "u2f-authenticate"
TOUCH = "Touch the token"
# lists of 8: a Security Key says so; a Solo does not say
LIST = {"securitykey": 8, "solo": 1, "none-att": 1}
EVERY = ["yubikey5", "yubikey5-old", "yubikey4-fips", "securitykey", "neo",
         "securitykey-u2f", "feitian", "solo", "none-att"]


def verify(site, *more):
    return site.run("verify", "--json", *more)


def record(site, *more):
    done = verify(site, "--record", *more)
    assert "Recorded" in done.err, done
    return done


def commands(site, kind, name="a"):
    return site.tokens.stats(name)["commands"].get(kind, 0)


def is_known(done):
    return done.json["known"], done.json["proved"]


def identity(site):
    """A registry that knows the token `a`, which is the whole site."""
    record(site)
    row, = site.show()
    return row["id"]


# ---- the same token again ----

@pytest.mark.parametrize("profile", EVERY)
def test_every_model_is_one_row_that_is_found_again_after_a_replug(
        bench, site, profile):
    tokens = bench(profile)
    first = record(site)
    assert is_known(first) == (False, False)
    for _ in range(2):
        tokens.replug("a")
        done = record(site)
        assert is_known(done) == (True, True), done
        assert done.err.count(TOUCH) == 1
        assert done.json["verdictCode"] == first.json["verdictCode"]
    row, = site.show()
    assert row["id"] == done.json["token"]
    assert row["credentialCount"] == 1


@pytest.mark.parametrize("profile", ["securitykey", "neo", "solo",
                                     "securitykey-u2f"])
def test_two_tokens_of_a_model_without_serial_are_two_rows(bench, site,
                                                           profile):
    tokens = bench(profile, profile)
    ids = {}
    for name in ("a", "b"):
        record(site, "-t", tokens.hidraw(name))
    assert len(site.show()) == 2
    for name in ("b", "a"):
        done = verify(site, "-t", tokens.hidraw(name))
        assert is_known(done) == (True, True), done
        ids[name] = done.json["token"]
    assert ids["a"] != ids["b"]


def test_a_key_of_the_model_that_nobody_registered_is_not_known(bench, site):
    tokens = bench("securitykey", "securitykey")
    record(site, "-t", tokens.hidraw("a"))
    done = verify(site, "-t", tokens.hidraw("b"))
    assert is_known(done) == (False, False)
    assert done.json["verdictCode"] == 0


# ---- among many ----

@pytest.mark.parametrize("profile", ["securitykey", "solo", "neo"])
def test_one_among_many_is_found_in_lists_and_proved_by_one_touch(
        bench, site, profile):
    tokens = bench(profile)
    row = identity(site)
    crowd(site.registry, 100)
    kind = U2F if profile == "neo" else ASSERT
    before, touched = commands(site, kind), tokens.stats("a")["touch"]["used"]
    done = verify(site)
    assert is_known(done) == (True, True), done
    assert done.json["token"] == row
    assert done.err.count(TOUCH) == 1
    assert tokens.stats("a")["touch"]["used"] == touched + 1
    # 101 candidates, its own last; then the assertion itself
    asked = commands(site, kind) - before
    if profile == "securitykey":
        assert asked == -(-101 // LIST[profile]) + 1
    else:
        assert 101 < asked < 2 * 101


def test_what_was_seen_last_is_asked_for_first(bench, site):
    tokens = bench("securitykey")
    row = identity(site)
    crowd(site.registry, 100, later=-3600)
    before = commands(site, ASSERT)
    assert verify(site).json["token"] == row
    assert commands(site, ASSERT) - before == 2
    assert tokens.stats("a")["touch"]["wanted"] is False


def test_other_firmware_and_other_models_with_serials_come_last(bench, site):
    bench("securitykey")
    row = identity(site)
    crowd(site.registry, 40, firmware="5.4.3")
    crowd(site.registry, 40, serial=99)
    before = commands(site, ASSERT)
    assert verify(site).json["token"] == row
    assert commands(site, ASSERT) - before == 2


def test_whose_it_should_be_is_asked_for_first(bench, site):
    bench("securitykey")
    row = identity(site)
    assert site.run("registry", "move", row, "--holder", "alice").code == 0
    crowd(site.registry, 100)
    before = commands(site, ASSERT)
    done = site.run("registry", "handover", "--holder", "alice")
    assert done.code == 0, done
    assert commands(site, ASSERT) - before == 2
    assert verify(site).json["token"] == row
    assert commands(site, ASSERT) - before > 10, "nobody said whose it is"


def test_the_delivery_that_was_seen_last_is_asked_for_first(bench, site):
    bench("securitykey")
    row = identity(site)
    put_in_lot(site.registry, row, "L7")
    crowd(site.registry, 100, lot="L6")
    crowd(site.registry, 1, later=120, lot="L7")
    before = commands(site, ASSERT)
    assert verify(site).json["token"] == row
    assert commands(site, ASSERT) - before == 2


def test_a_serial_number_spares_the_search(bench, site):
    bench({"profile": "yubikey5", "serial": 12345678})
    row = identity(site)
    crowd(site.registry, 100)
    before = commands(site, ASSERT)
    done = verify(site)
    assert done.json["token"] == row and is_known(done) == (True, True)
    assert commands(site, ASSERT) - before == 2


def test_long_ids_make_shorter_lists_so_that_a_message_holds_them(bench,
                                                                  site):
    """1200 bytes: 7 entries of 128 bytes, not 8."""
    bench("securitykey")
    identity(site)
    crowd(site.registry, 70, id_size=128)
    before = commands(site, ASSERT)
    done = verify(site)
    assert is_known(done) == (True, True), done
    assert 70 / 8 + 2 < commands(site, ASSERT) - before <= 70 / 6 + 2


def test_an_id_longer_than_the_token_makes_is_not_asked_for(bench, site):
    bench("securitykey")
    identity(site)
    crowd(site.registry, 80, id_size=200)
    before = commands(site, ASSERT)
    assert is_known(verify(site)) == (True, True)
    assert commands(site, ASSERT) - before == 2


def test_a_token_that_has_none_of_many_is_new_after_one_touch(bench, site):
    tokens = bench("securitykey", "securitykey")
    record(site, "-t", tokens.hidraw("a"))
    crowd(site.registry, 63)
    before = commands(site, ASSERT, "b")
    done = verify(site, "-t", tokens.hidraw("b"))
    assert is_known(done) == (False, False)
    assert done.err.count(TOUCH) == 1
    assert commands(site, ASSERT, "b") - before == 8
    assert commands(site, MAKE, "b") == 1


def test_a_long_search_says_how_far_it_is_and_can_be_interrupted(bench,
                                                                 site):
    tokens = bench("securitykey")
    identity(site)
    crowd(site.registry, 400)
    tokens.misbehave("a", "slow", count=-1, at=250, command=ASSERT)
    process = site.start("verify", "--json")
    line = process.stderr.readline()
    assert re.search(r"Asking .*: \d+ of 401, about \d+ s left$", line), line
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert time.monotonic() - begun < 5
    assert out == "" and TOUCH not in err
    tokens.clear("a")
    assert is_known(verify(site)) == (True, True)


def test_a_list_that_the_token_will_not_take_is_asked_one_by_one(bench,
                                                                 site):
    tokens = bench("securitykey")
    identity(site)
    crowd(site.registry, 20)
    # CTAP2_ERR_LIMIT_EXCEEDED
    tokens.misbehave("a", "wrong-status", at=0x15, command=ASSERT)
    before = commands(site, ASSERT)
    done = verify(site)
    assert is_known(done) == (True, True), done
    assert commands(site, ASSERT) - before == 1 + 21 + 1


MESSAGE_TIMEOUT = {"kind": "hid-error", "at": 5}


@pytest.mark.parametrize("profile,fault,times", [
    ("securitykey", MESSAGE_TIMEOUT, 1), ("neo", MESSAGE_TIMEOUT, 1),
    ("solo", MESSAGE_TIMEOUT, 5), ("neo", {"kind": "hid-error", "at": 6}, 2),
    ("solo", {"kind": "hid-error", "at": 0x7f}, 3),
    # it has nothing to cut off before the answer for its own
    ("securitykey", {"kind": "truncate-cbor", "at": 9, "skip": 0}, 1),
    ("solo", {"kind": "wrong-sequence"}, 1)])
def test_a_question_that_fails_in_the_search_is_asked_again(
        bench, site, profile, fault, times):
    """A report that was late for the token is CTAPHID error 0x05."""
    tokens = bench(profile)
    row = identity(site)
    crowd(site.registry, 20)
    kind = U2F if profile == "neo" else ASSERT
    tokens.misbehave("a", count=times, command=kind, **{"skip": 2, **fault})
    done = verify(site)
    assert is_known(done) == (True, True), done
    assert done.json["token"] == row
    assert "did not answer" not in done.err, done
    done, = tokens.stats("a")["misbehaviour"].values()
    assert done["done"] == times


@pytest.mark.parametrize("profile", ["securitykey", "neo", "solo"])
def test_a_candidate_that_it_never_answers_for_is_passed_over_and_said(
        bench, site, profile):
    tokens = bench(profile)
    row = identity(site)
    crowd(site.registry, 20)
    kind = U2F if profile == "neo" else ASSERT
    # each is asked four times; a list that fails is asked one by one
    tokens.misbehave("a", "hid-error", at=0x7f, skip=1, command=kind,
                     count=8 if profile == "securitykey" else 4)
    done = verify(site)
    assert is_known(done) == (True, True), done
    assert done.json["token"] == row
    assert re.search(r"did not answer for 1 of 21 registered credentials: .*"
                     r"0x7f", done.err), done


def test_none_of_those_that_it_answered_for_is_not_none_of_them(bench, site):
    tokens = bench("securitykey", "securitykey")
    record(site, "-t", tokens.hidraw("a"))
    crowd(site.registry, 20)
    tokens.misbehave("b", "hid-error", at=0x7f, skip=1, command=ASSERT,
                     count=8)
    done = site.run("verify", "--record", "--json", "-t", tokens.hidraw("b"))
    assert done.code == 1 and done.out == "", done
    assert "did not answer for 1 of 21" in done.err, done
    assert "it may be one of those" in done.err, done
    assert len(site.show()) == 21


def test_a_token_that_fails_in_the_search_is_no_foreign_one(bench, site):
    tokens = bench("securitykey")
    identity(site)
    crowd(site.registry, 100)
    tokens.misbehave("a", "hid-error", at=0x7f, skip=1, count=-1,
                     command=ASSERT)
    before = commands(site, ASSERT)
    done = site.run("verify", "--json")
    assert done.code == 1 and done.out == "", done
    assert "0x7f" in done.err, done
    # one good list; four questions, each asked four times
    assert commands(site, ASSERT) - before == 1 + 16


def test_unplugged_in_the_search_is_said_and_nothing_is_recorded(bench,
                                                                 site):
    tokens = bench("securitykey")
    identity(site)
    crowd(site.registry, 20)
    tokens.misbehave("a", "unplug-on-command", command=ASSERT)
    done = site.run("verify", "--record")
    assert done.code == 4, done
    tokens.plug("a")
    assert is_known(verify(site)) == (True, True)


# ---- when and where ----

def test_verify_and_show_say_when_and_where_it_was_seen_last(bench, site):
    bench("securitykey")
    row = identity(site)
    host = subprocess.run(["uname", "-n"], text=True, check=True,
                          capture_output=True).stdout.strip()
    done = verify(site)
    assert done.json["seen"]["host"] == host
    step, = [s for s in done.json["steps"] if s["step"] == "holder"]
    assert f"last seen {done.json['seen']['time']} on {host}" in step["text"]
    shown = site.run("registry", "show", row[:8], "--json").json["tokens"][0]
    assert shown["seen"] == done.json["seen"]
    text = site.run("registry", "show", row[:8]).out
    assert f"last seen {done.json['seen']['time']} on {host}" in text
