# SPDX-License-Identifier: Apache-2.0
"""registry log: who did what, in words."""
import hashlib
import json
import os
import pwd
import re
import sqlite3
import time

import pytest

from conftest import YK
from record import done, registry
from test_tables import on_terminal

SERIAL = str(YK["serial"])
ARN = "arn:aws:iam::123456789012:"
ME = pwd.getpwuid(os.getuid()).pw_name


def told(site, *arguments):
    return done(site, "log", *arguments, "--json", "--names").json["events"]


def texts(site, *arguments):
    return [e["text"] for e in told(site, *arguments)]


@pytest.fixture
def moved(bench, site):
    """One token that went from hand to hand, and another in the stock."""
    bench(YK, {"profile": "yubikey5", "serial": 8})
    for serial, label in ((SERIAL, "blue-1"), ("8", "blue-2")):
        assert site.run("verify", "--record", "-t", serial, "--label",
                        label).code == 0
    done(site, "move", "blue-1", "--holder", "alice", "--reason", "new here",
         "--ticket", "OPS-7")
    done(site, "move", "blue-1", "--holder", "bob", "--ticket", "OPS-8")
    done(site, "move", "blue-1", "--state", "lost", "--reason",
         "left in a taxi")
    return site


def test_each_event_is_told_in_words_with_reason_and_ticket(moved):
    shown = texts(moved, "--token", "blue-1")
    assert shown[0].startswith("token recorded as stock: ")
    assert shown[1:] == [
        "credential for tokenbridge:id made",
        "verified: genuine",
        "given to alice (stock -> assigned); reason: new here; ticket: OPS-7",
        "given to bob, from alice; ticket: OPS-8",
        "lost (assigned -> lost); reason: left in a taxi"]
    assert texts(moved)[0] == "registry made, for rehearsal"
    assert "person alice written down; ticket: OPS-7" in texts(moved)


def test_the_text_has_when_which_by_whom_and_what(moved):
    lines = done(moved, "log", "--token", "blue-1").out.splitlines()
    assert lines[0].split() == ["TIME", "TOKEN", "BY", "WHAT"]
    when = told(moved, "--token", "blue-1")[-1]["time"]
    assert lines[-1].split("  ") == [
        when, "blue-1", ME, "lost (assigned -> lost); reason: left in a taxi"]


def test_wide_has_everything_in_columns(moved):
    lines = done(moved, "log", "--token", "blue-1", "--wide").out.splitlines()
    assert lines[0].split() == ["SEQ", "TIME", "TOKEN", "TYPE", "HOLDER",
                                "STATE", "BY", "HOST", "CALLER", "REQUEST",
                                "WHAT"]
    assert "assigned -> lost" in lines[-1] and os.uname().nodename in lines[-1]


@pytest.mark.parametrize("columns", [80, 100])
def test_the_log_fits_a_terminal(moved, columns):
    lines = on_terminal(moved, columns, "registry", "log")
    assert max(map(len, lines)) <= columns, lines
    assert not any(line.startswith("Left out") for line in lines), lines
    assert "ticket: OPS-7" in " ".join(" ".join(lines).split())


def test_everything_is_told_of_each_event(moved):
    entry, = [e for e in told(moved) if e["ticket"] == "OPS-8"
              and e["type"] == "token.assigned"]
    assert (entry["label"], entry["serial"]) == ("blue-1", YK["serial"])
    assert (entry["holderBefore"], entry["holder"]) == ("alice", "bob")
    assert (entry["from"], entry["to"]) == ("assigned", "assigned")
    assert (entry["uid"], entry["operator"]) == (os.getuid(), ME)
    assert entry["host"] == os.uname().nodename
    assert entry["caller"] is entry["requestId"] is entry["reason"] is None


def test_what_is_told_has_the_bytes_that_are_hashed(moved):
    shown = done(moved, "log", "--json", "--names").json
    value = bytes(32)
    for entry in shown["events"]:
        value = hashlib.sha256(value + entry["stored"].encode()).digest()
        assert entry["hash"] == value.hex()
    assert shown["head"].split(":")[2] == value.hex()
    lines = done(moved, "log", "--json").out.splitlines()
    assert lines == [entry["stored"] for entry in shown["events"]]


def test_a_person_is_the_holder_before_or_behind_or_who_did_it(moved):
    for name, want in (("alice", ["alice"]), ("bob", ["bob", "alice"]),
                       ("carol", [])):
        shown = texts(moved, "--person", name)
        for other in want:
            assert any(other in text for text in shown), (name, shown)
        assert bool(shown) == bool(want)
    assert texts(moved, "--person", "alice") == [
        "person alice written down; ticket: OPS-7",
        "given to alice (stock -> assigned); reason: new here; ticket: OPS-7",
        "given to bob, from alice; ticket: OPS-8"]
    assert len(texts(moved, "--person", ME)) == len(texts(moved))
    assert len(texts(moved, "--person", "bob", "--token", "blue-2")) == 0


def test_events_are_picked_by_their_time(moved):
    when = told(moved)[-1]["time"]
    time.sleep(1.1)
    done(moved, "move", "blue-1", "--state", "stock")
    before, after = texts(moved, "--until", when), texts(moved)
    assert after == before + ["back in the stock, from bob (lost -> stock)"]
    assert texts(moved, "--since", told(moved)[-1]["time"]) == after[-1:]
    assert texts(moved, "--since", "2020-01-01", "--until", when) == before
    assert texts(moved, "--until", "2020-01-01") == []


def test_filters_pick_the_lines_that_were_written_too(moved):
    lines = done(moved, "log", "--token", "blue-1", "--json").out.splitlines()
    assert lines == [e["stored"] for e in told(moved, "--token", "blue-1")]
    assert len(lines) == 6


def test_what_nobody_did_is_a_line_and_no_error(moved):
    result = done(moved, "log", "--person", "carol")
    assert (result.out, result.err) == (
        "", "The registry has no such event.\n")
    assert told(moved, "--person", "carol") == []


@pytest.mark.parametrize("words, why", [
    (("--since", "soon"), "--since 'soon': a day such as 2026-01-31"),
    (("--until", "2999-01-01"), "--until '2999-01-01' has not come yet"),
    (("--names",), "--names says how --json tells it"),
    (("--verify", "--person", "alice"), "--person"),
    (("--columns", "COLOUR"), "there is no column 'COLOUR'")])
def test_bad_words_are_usage(moved, words, why):
    result = registry(moved, "log", *words)
    assert result.code == 2 and why in result.err, result
    assert result.out == ""


def test_a_token_that_is_not_there_is_named(moved):
    result = registry(moved, "log", "--token", "blue-9")
    assert result.code == 1 and "'blue-9'" in result.err, result


def test_the_setting_of_a_token_picks_no_events(moved):
    result = moved.run("registry", "log", "--json",
                       env={"TOKENBRIDGE_TOKEN": "blue-9"})
    assert result.code == 0, result
    assert len(result.out.splitlines()) == len(told(moved))


def test_a_text_that_names_two_tokens_is_refused_with_both_shown(moved):
    assert moved.run("verify", "--record", "-t", "8", "--label",
                     SERIAL).code == 0
    rows = {t["serial"]: t["id"][:8] for t in moved.show()}
    both = (f"'{SERIAL}' is the serial number of token 'blue-1' "
            f"({rows[YK['serial']]}) and the label of token '{SERIAL}' "
            f"({rows[8]}): name the one that is meant by the digits of its id")
    for words in (("show", SERIAL), ("log", "--token", SERIAL),
                  ("move", SERIAL, "--state", "stock"), ("retire", SERIAL),
                  ("handover", SERIAL, "-t", SERIAL, "--holder", "alice")):
        result = registry(moved, *words)
        assert result.code == 2 and both in result.err, result
    assert len(done(moved, "show", rows[8], "--json").json["tokens"]) == 1


def test_names_that_were_erased_are_not_told(moved):
    with sqlite3.connect(moved.registry) as db:
        db.execute("delete from names where kind in ('holder', 'reason')")
    assert texts(moved, "--token", "blue-1")[3:] == [
        "given to (name erased) (stock -> assigned); the reason was erased; "
        "ticket: OPS-7",
        "given to (name erased); ticket: OPS-8",
        "lost (assigned -> lost); the reason was erased"]


def test_enrollment_and_revocation_name_the_caller(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp", "--holder",
                        "alice", "--ticket", "OPS-9").code == 0
    device = aws_site.bindings()[0]["device"]
    assert aws_site.run("revoke", "alice", device, "--last", "--reason",
                        "left").code in (0, 10)
    bound, = [e for e in told(aws_site) if e["type"] == "binding.added"]
    gone, = [e for e in told(aws_site) if e["type"] == "binding.removed"]
    assert bound["text"] == (
        f"bound: MFA device {device} of alice in 123456789012 (totp), "
        "seed-proved; ticket: OPS-9")
    assert gone["text"] == (
        f"taken away: MFA device {device} of alice in 123456789012 (totp); "
        "reason: left")
    for entry in bound, gone:
        assert entry["caller"] == ARN + "user/admin"
        assert (entry["user"], entry["device"]) == ("alice", device)
        assert entry["serial"] == YK["serial"]
        assert re.fullmatch("[0-9a-f-]{36}", entry["requestId"]), entry
    assert bound["requestId"] != gone["requestId"]
    sent = {c["request_id"]: c["action"] for c in aws_site.iam.calls()}
    assert sent[bound["requestId"]] == "EnableMFADevice"
    assert sent[gone["requestId"]] == "DeactivateMFADevice"
    assert {e["type"] for e in told(aws_site, "--person", "admin")} >= {
        "binding.added", "binding.removed"}


def test_a_login_is_told_with_its_local_user(host):
    at = host()
    assert at.run("revoke", "--local", "games", "all", "--login-db",
                  at.login_db).code == 0
    shown = texts(at)
    assert any(t.startswith("bound: login of games (pam)") for t in shown)
    assert "taken away: login of games (pam)" in shown


def test_every_line_is_an_event_on_its_own(moved):
    for line in done(moved, "log", "--json").out.splitlines():
        assert json.loads(line)["v"] == 1
