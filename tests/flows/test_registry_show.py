# SPDX-License-Identifier: Apache-2.0
"""registry show: who has what, now and at another time."""
import datetime
import json
import time

import pytest

from conftest import YK
from record import done, registry

SERIAL = str(YK["serial"])
COLUMNS = "ID LABEL STATE HOLDER SERIAL MODEL BINDINGS VERDICT".split()


def labels(site, *arguments):
    return sorted(t["label"] for t in
                  done(site, "show", *arguments, "--json").json["tokens"])


def last_time(site):
    """When the last event was written; the next one is of a later second."""
    out = done(site, "log", "--json").out
    when = json.loads(out.splitlines()[-1])["time"]
    time.sleep(1.1)
    return when


@pytest.fixture
def three(bench, site):
    """Three tokens: in the stock, alice's, and one in a safe."""
    bench(YK, {"profile": "yubikey5", "serial": 8},
          {"profile": "yubikey5", "serial": 9})
    for serial, label in ((SERIAL, "blue-1"), ("8", "blue-2"),
                          ("9", "blue-3")):
        assert site.run("verify", "--record", "-t", serial, "--label",
                        label).code == 0
    done(site, "move", "blue-2", "--holder", "alice")
    done(site, "move", "blue-3", "--place", "safe 3")
    return site


# ---- filters ----

def test_tokens_are_shown_by_holder_label_and_state(three):
    for words, want in (
            ((), ["blue-1", "blue-2", "blue-3"]),
            (("--holder", "alice"), ["blue-2"]),
            (("--holder", "safe 3"), ["blue-3"]),
            (("--label", "blue-1"), ["blue-1"]),
            (("--state", "assigned"), ["blue-2", "blue-3"]),
            (("--state", "stock"), ["blue-1"]),
            (("--state", "assigned", "--holder", "alice"), ["blue-2"]),
            (("blue-2", "--holder", "alice"), ["blue-2"])):
        assert labels(three, *words) == want


def test_what_nobody_has_is_an_empty_list_and_a_line(three):
    for words in (("--holder", "bob"), ("--state", "lost"),
                  ("--holder", "alice", "--state", "stock"),
                  ("--label", "blue"), ("--user", "alice"),
                  ("blue-1", "--holder", "alice")):
        result = done(three, "show", *words)
        assert (result.out, result.err) == (
            "", "The registry has no such token.\n")
        shown = done(three, "show", *words, "--json").json
        assert (shown["tokens"], shown["bindings"]) == ([], [])


def test_a_registry_without_tokens_says_so(site):
    site.make_registry()
    result = done(site, "show")
    assert (result.out, result.err) == ("", "The registry has no token.\n")


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are(
        three):
    result = registry(three, "show", "--state", "gone")
    assert result.code == 2, result
    assert ("--state 'gone': adopted, stock, assigned, handed-over, lost, "
            "retired are the states") in result.err


def test_unfinished_runs_are_not_picked_by_what_tokens_say(three):
    result = registry(three, "show", "--unfinished", "--holder", "alice")
    assert result.code == 2 and "--holder" in result.err, result


def test_an_iam_user_is_found_by_name_and_unique_id_while_bound(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    binding, = aws_site.bindings()
    for name in "alice", binding["userId"]:
        result = done(aws_site, "show", "--user", name)
        assert result.err == (f"'{name}' is an IAM user of account "
                              "123456789012.\n")
        assert SERIAL in result.out
    assert done(aws_site, "show", "--user", "bob").out == ""
    assert aws_site.run("revoke", "alice", binding["device"], "--last",
                        "--reason", "left").code in (0, 10)
    assert done(aws_site, "show", "--user", "alice").out == ""


def test_a_local_user_is_found_and_said_to_be_one(host):
    at = host()
    result = done(at, "show", "--user", "games")
    assert result.err == "'games' is a local user.\n", result
    assert SERIAL in result.out
    number = at.bindings()[0]["userId"]
    assert done(at, "show", "--user", number).out == ""


# ---- at another time ----

def test_rows_are_shown_as_they_were(bench, site):
    bench(YK)
    assert site.run("verify", "--record", "--label", "blue-1").code == 0
    stock = last_time(site)
    done(site, "move", "blue-1", "--holder", "alice")
    assigned = last_time(site)
    done(site, "move", "blue-1", "--state", "lost")
    lost = last_time(site)
    for when, want in ((stock, ("stock", None)),
                       (assigned, ("assigned", "alice")),
                       (lost, ("lost", "alice")), ("now", ("lost", "alice"))):
        shown = done(site, "show", "--at", when, "--json").json
        token, = shown["tokens"]
        assert (token["state"], token["holder"]) == want
        assert shown["at"] == (None if when == "now" else when)
    result = done(site, "show", "--at", assigned, "--state", "assigned")
    assert result.err == f"As of {assigned}, with the names of today.\n"
    assert result.out.splitlines()[0].split() == COLUMNS
    assert done(site, "show", "--at", stock, "--holder", "alice").err == (
        f"The registry has no such token as of {stock}.\n")
    assert done(site, "show", "--at", "2020-01-31").err == (
        "The registry has no token as of 2020-01-31T23:59:59Z.\n")
    site.check_chain()
    assert site.show()[0]["state"] == "lost"


def test_a_binding_that_was_taken_away_was_in_force_before(host):
    at = host()
    before = last_time(at)
    assert at.run("revoke", "--local", "games", "all", "--login-db",
                  at.login_db).code == 0
    token, = done(at, "show", "--at", before, "--user", "games",
                  "--json").json["tokens"]
    assert [b["removed"] for b in token["bindings"]] == [None]
    assert done(at, "show", "--user", "games").out == ""


def test_a_time_has_an_offset_or_is_utc_and_a_day_means_its_end(three):
    now = datetime.datetime.now(datetime.timezone.utc)
    east = now.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    for when in (now.strftime("%Y-%m-%dT%H:%M:%S"),
                 now.strftime("%Y-%m-%d %H:%M"), now.strftime("%Y-%m-%d"),
                 east.isoformat(timespec="seconds")):
        assert len(labels(three, "--at", when)) == 3, when
    assert labels(three, "--at",
                  (now - datetime.timedelta(days=1)).strftime(
                      "%Y-%m-%d")) == []


@pytest.mark.parametrize("when, why", [
    ("2026-02-30", "a day such as 2026-01-31"),
    ("yesterday", "a day such as 2026-01-31"),
    ("made", "a day such as 2026-01-31"),
    ("", "a day such as 2026-01-31"),
    ("2999-01-01", "'2999-01-01' has not come yet"),
    ("2999-01-01T00:00:00Z", "has not come yet")])
def test_a_time_that_is_none_or_has_not_come_is_refused(three, when, why):
    result = registry(three, "show", f"--at={when}")
    assert result.code == 2 and why in result.err, result
    assert result.out == ""
