# SPDX-License-Identifier: Apache-2.0
"""registry handover, move, retire: who has a token, and in which state."""
import base64
import hashlib
import json
import sqlite3

import pytest

from conftest import YK
from station import IGNORE, SUCCESS

PIN = "rice-8-Zebra"
WITH_PIN = {**YK, "pin": PIN}
SERIAL = str(YK["serial"])
TOUCH = "Touch the token"


def registry(site, *arguments, pin=None):
    return site.run_with_pin("registry", *arguments, pin=pin)


def record(site, *more):
    done = site.run("verify", "--record", *more)
    assert done.code in (0, 20), done  # 20: a NEO's firmware is known for it


def row(site, number=0):
    return site.show()[number]


def state(site):
    shown = row(site)
    return shown["state"], shown["holder"]


def events(site):
    done = registry(site, "log", "--json")
    return [json.loads(line) for line in done.out.splitlines()]


def unchanged(site, *arguments, code, says, pin=None):
    """Refused with these words, and nothing was written."""
    before = len(events(site))
    done = registry(site, *arguments, pin=pin)
    assert done.code == code and done.out == "", done
    assert says in done.err, done
    assert len(events(site)) == before
    return done


@pytest.fixture
def stock(bench, site):
    """stock(token): one token, recorded."""
    def set_up(token=YK):
        tokens = bench(token)
        record(site, "--label", "blue-1")
        return tokens
    return set_up


# ---- handover ----

def test_a_handover_is_proved_by_touch_and_pin_and_kept_as_evidence(stock,
                                                                    site):
    tokens = stock()
    tokens.set("a", pin=PIN)
    tokens.replug("a")
    done = registry(site, "handover", "--holder", "alice", "--own-pin",
                    "--ticket", "OPS-9", "--json", pin=PIN)
    assert done.code == 0, done
    receipt = done.json["handedOver"]
    assert receipt["userVerified"] is True and receipt["holder"] == "alice"
    assert done.err.count(TOUCH) == 1 and receipt["head"] not in done.err
    assert "Touch the token 'blue-1' (" in done.err
    assert f", serial {SERIAL}) to prove" in done.err
    assert state(site) == ("handed-over", "alice")
    last = events(site)[-1]
    assert last["type"] == "token.state"
    assert last["body"]["state"] == "handed-over"
    assert last["body"]["evidence"] == receipt["evidence"]
    site.check_chain()


def test_the_evidence_of_a_handover_says_so_and_can_be_checked_again(stock,
                                                                     site):
    stock(WITH_PIN)
    done = registry(site, "handover", "--holder", "alice", "--own-pin",
                    "--json", pin=PIN)
    assert done.code == 0, done
    sha = done.json["handedOver"]["evidence"]
    with sqlite3.connect(site.registry) as db:
        data, = db.execute("SELECT bytes FROM evidence WHERE sha = ?",
                           (bytes.fromhex(sha),)).fetchone()
    assert hashlib.sha256(data).hexdigest() == sha
    path = site.folder / "handover.json"
    path.write_bytes(data)
    client = json.loads(data)["assertion"]["clientDataJSON"]
    client = json.loads(base64.urlsafe_b64decode(client + "=="))
    assert client["purpose"] == "handover"
    again = site.run("verify", "--from", path, "--sha256", sha, "--json")
    assert again.code == 0, again
    live, = [s for s in again.json["steps"] if s["step"] == "liveness"]
    assert live["status"] == "pass" and "user verified" in live["text"]


def test_a_wrong_pin_hands_nothing_over(stock, site):
    tokens = stock(WITH_PIN)
    left = tokens.stats("a")["pin_retries"]
    unchanged(site, "handover", "--holder", "alice", "--own-pin", code=7,
              says="PIN", pin="another")
    assert tokens.stats("a")["pin_retries"] == left - 1
    assert state(site) == ("stock", None)


def test_without_the_word_that_the_pin_is_the_holders_own_it_is_refused(
        stock, site):
    tokens = stock(WITH_PIN)
    unchanged(site, "handover", "--holder", "alice", code=6,
              says="sets a new PIN first", pin=PIN)
    assert tokens.stats("a")["touch"]["used"] == 1
    done = site.on_terminal("registry", "handover", "--holder", "alice",
                            answers=[("Has alice set a PIN", "y"),
                                     ("PIN of the token", PIN)])
    assert done.code == 0, done
    assert "proved it by PIN and touch" in done.out
    assert state(site) == ("handed-over", "alice")


def test_who_answers_no_takes_nothing_over(stock, site):
    stock(WITH_PIN)
    done = site.on_terminal("registry", "handover", "--holder", "alice",
                            answers=[("Has alice set a PIN", "n")])
    assert done.code == 6, done
    assert state(site) == ("stock", None)


def test_an_assertion_that_does_not_say_verified_hands_nothing_over(stock,
                                                                    site):
    tokens = stock(WITH_PIN)
    tokens.misbehave("a", "no-uv", command="getAssertion", count=-1)
    unchanged(site, "handover", "--holder", "alice", "--own-pin", code=6,
              says="do not say that the user was verified", pin=PIN)


@pytest.mark.parametrize("profile", ["yubikey5", "neo"])
def test_a_token_without_a_pin_is_handed_over_with_a_warning(stock, site,
                                                             profile):
    stock(profile)
    done = registry(site, "handover", "--holder", "alice")
    assert done.code == 0 and "has no PIN" in done.err, done
    assert done.out.splitlines()[0].endswith("who proved it by a touch")
    assert state(site) == ("handed-over", "alice")


def test_an_unknown_a_cloned_and_another_token_are_not_handed_over(bench,
                                                                   site):
    tokens = bench(YK, {"profile": "yubikey5", "serial": 8})
    unchanged(site, "handover", "-t", SERIAL, "--holder", "alice", code=6,
              says="does not know this token")
    record(site, "-t", SERIAL, "--label", "blue-1")
    record(site, "-t", "8", "--label", "blue-2")
    unchanged(site, "handover", "blue-2", "-t", SERIAL, "--holder", "alice",
              code=6, says="the attached token is")
    record(site, "-t", SERIAL)
    record(site, "-t", SERIAL)
    tokens.set("a", counter=1)
    unchanged(site, "handover", "-t", SERIAL, "--holder", "alice", code=27,
              says="not-this-token")
    assert {r["state"] for r in site.show()} == {"stock"}


def test_a_handover_to_another_than_the_holder_is_refused_before_a_touch(
        stock, site):
    stock()
    assert registry(site, "move", SERIAL, "--holder", "bob").code == 0
    done = unchanged(site, "handover", SERIAL, "--holder", "alice", code=6,
                     says="bob's")
    assert TOUCH not in done.err
    unchanged(site, "handover", "--holder", "alice", code=6, says="bob's")
    assert registry(site, "handover", "--holder", "bob").code == 0
    assert state(site) == ("handed-over", "bob")
    unchanged(site, "handover", code=2, says="--holder")


def test_a_handover_again_keeps_the_counter_rising(stock, site):
    stock()
    counters = []
    for _ in range(2):
        done = registry(site, "handover", "--holder", "alice", "--json")
        assert done.code == 0, done
        counters.append(done.json["handedOver"]["counter"])
    assert counters[1] > counters[0]
    used = [e["body"]["counter"] for e in events(site)
            if e["type"] == "credential.used"]
    assert used == counters


# ---- the counter ----

def test_a_counter_that_fell_behind_a_handover_is_a_possible_clone(stock,
                                                                   site):
    tokens = stock()
    assert registry(site, "handover", "--holder", "alice").code == 0
    assert site.run("verify").code == 0
    tokens.set("a", counter=0)
    done = site.run("verify", "--json")
    assert done.code == 27, done
    assert "may be a clone" in done.out


def test_a_counter_seen_only_in_passing_is_not_kept(stock, site):
    """verify without --record writes nothing: what it saw does not count."""
    tokens = stock()
    record(site)
    kept = max(e["body"]["counter"] for e in events(site)
               if "counter" in e["body"])
    for _ in range(3):
        assert site.run("verify").code == 0
    # each verify takes two from it: one to find it, one to prove it
    tokens.set("a", counter=kept - 1)
    assert site.run("verify").code == 0
    tokens.set("a", counter=kept - 2)
    assert site.run("verify").code == 27


def test_a_counter_that_is_always_0_is_no_clone(bench, site):
    """U2F tells none when it registers; from then on it counts none."""
    tokens = bench("neo")
    tokens.misbehave("a", "counter-zero", count=-1)
    record(site)
    for _ in range(3):
        record(site)
    done = site.run("verify", "--json")
    # 20: what is known against its firmware
    assert done.code == 20 and "it counts none" in done.out, done


# ---- move ----

def test_a_token_goes_from_hand_to_hand(stock, site):
    stock()
    for arguments, want in (
            (("--holder", "alice"), ("assigned", "alice")),
            (("--holder", "bob", "--reason", "team"), ("assigned", "bob")),
            (("--state", "stock"), ("stock", None)),
            (("--place", "safe 3"), ("assigned", "safe 3")),
            (("--state", "lost"), ("lost", "safe 3")),
            (("--state", "stock"), ("stock", None))):
        done = registry(site, "move", "blue-1", *arguments, "--json", "-v")
        assert done.code == 0, done
        moved = done.json["moved"]
        assert (moved["to"], moved["holder"]) == want
        assert moved["head"] in done.err
        assert state(site) == want
    site.check_chain()


def test_a_move_that_changes_nothing_writes_nothing(stock, site):
    stock()
    assert registry(site, "move", SERIAL, "--holder", "alice").code == 0
    before = len(events(site))
    done = registry(site, "move", SERIAL, "--holder", "alice")
    assert done.code == 0 and "nothing was written" in done.err, done
    assert len(events(site)) == before


def test_what_cannot_follow_is_refused_with_what_can(stock, site):
    stock()
    assert registry(site, "move", SERIAL, "--state", "lost").code == 0
    unchanged(site, "handover", SERIAL, "--holder", "alice", code=6,
              says="only stock, assigned, retired")
    assert registry(site, "retire", SERIAL).code == 0
    unchanged(site, "move", "blue-1", "--holder", "alice", code=6,
              says="nothing follows")


def test_bad_commands_are_usage(stock, site):
    stock()
    for words in (("move", SERIAL), ("move",), ("retire",),
                  ("move", SERIAL, "--holder", "a", "--place", "b"),
                  ("move", SERIAL, "--holder", "a", "--state", "lost"),
                  ("move", SERIAL, "--state", "retired"),
                  ("move", SERIAL, "--state", "handed-over"),
                  ("move", SERIAL, "--state", ""),
                  ("move", SERIAL, "--holder", "a\nb"),
                  ("move", SERIAL, "--holder", "")):
        unchanged(site, *words, code=2, says="")
    unchanged(site, "move", "red-9", "--holder", "a", code=1, says="'red-9'")
    assert state(site) == ("stock", None)


def test_a_label_that_two_tokens_have_names_none(bench, site):
    bench(YK, {"profile": "yubikey5", "serial": 8})
    for serial in (SERIAL, "8"):
        record(site, "-t", serial, "--label", "blue")
    unchanged(site, "retire", "blue", code=2, says="2 tokens")


# ---- what is bound ----

def test_a_bound_token_goes_to_nobody_else_and_is_not_retired(host):
    at = host()
    user, = [b["localUser"] for b in at.bindings()]
    seen = at.run("verify", "--json")
    assert [b["localUser"] for b in seen.json["bindings"]] == [user]
    assert any("1 binding," in s["text"] for s in seen.json["steps"]
               if s["step"] == "holder"), seen
    for words in (("move", SERIAL, "--holder", "bob"),
                  ("move", SERIAL, "--state", "stock"), ("retire", SERIAL)):
        unchanged(at, *words, code=6, says=f"still bound: pam of {user} (")
    done = registry(at, "move", SERIAL, "--holder", "bob", "--force",
                    "bob takes the account over", "--login-db", at.login_db)
    assert done.code == 0 and "stays in force" in done.err, done
    assert at.bindings() and row(at)["holder"] == "bob"
    unchanged(at, "retire", SERIAL, "--force", "x", code=2, says="--force")


def test_a_lost_token_lets_nobody_in_from_then_on(host):
    at = host()
    assert at.log_in("games").result == SUCCESS
    done = registry(at, "move", SERIAL, "--state", "lost", "--reason",
                    "left in a taxi", "--login-db", at.login_db)
    assert done.code == 0, done
    assert at.log_in("games").result not in (SUCCESS, IGNORE)
    done = registry(at, "move", SERIAL, "--holder", "games", "--force",
                    "found again", "--login-db", at.login_db)
    assert done.code == 0, done
    assert at.log_in("games").result == SUCCESS


def test_a_bound_token_is_kept_and_the_way_out_is_a_command(aws_site):
    """Of `retire`, `move` and `reset`, the same."""
    assert aws_site.run("enroll", "alice", "--method", "totp", "--holder",
                        "alice").code == 0
    line = f"tokenbridge revoke --token {aws_site.show()[0]['id'][:8]}"
    for done in (registry(aws_site, "retire", SERIAL),
                 registry(aws_site, "move", SERIAL, "--state", "stock"),
                 aws_site.run("reset")):
        assert done.code == 6, done
        assert f"take them away first: `{line}`" in done.err, done
    # which asks for a word of why where it is the last one
    words = line.split()[1:]
    assert "give --last --reason" in " ".join(
        aws_site.run(*words).out.split())
    assert aws_site.run(*words, "--last", "--reason", "left").code == 0
    assert registry(aws_site, "retire", SERIAL).code == 0


def test_a_lost_token_that_aws_still_takes_is_incomplete(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp", "--holder",
                      "alice").code == 0
    unchanged(aws_site, "move", SERIAL, "--holder", "bob", code=6,
              says="aws of alice in 123456789012")
    done = registry(aws_site, "move", SERIAL, "--state", "lost", "--json")
    assert done.code == 10 and "AWS still lets it in" in done.err, done
    assert [b["kind"] for b in done.json["moved"]["bindings"]] == ["aws"]
    device = done.json["moved"]["bindings"][0]["device"]
    assert aws_site.run("enroll", "bob", "--method", "totp").code == 6
    assert aws_site.run("revoke", "alice", device, "--last", "--reason",
                      "lost").code == 0
    assert registry(aws_site, "retire", SERIAL).code == 0


# ---- retire ----

def test_a_retired_token_is_known_and_registered_for_nothing(stock, site):
    stock()
    done = registry(site, "retire", "blue-1", "--reason", "worn out",
                    "--json")
    assert done.code == 0 and done.json["retired"]["to"] == "retired", done
    done = site.run("verify", "--json")
    assert (done.json["known"], done.json["proved"]) == (True, True)
    assert done.json["state"] == "retired"
    unchanged(site, "handover", "--holder", "alice", code=6,
              says="nothing follows")
    before = len(events(site))
    again = registry(site, "retire", "blue-1")
    assert again.code == 0 and "already" in again.err
    assert len(events(site)) == before


def test_a_retired_token_that_was_reset_is_a_new_one(stock, site):
    tokens = stock()
    assert registry(site, "retire", SERIAL).code == 0
    tokens.replug("a")
    reset = tokens.run("fido2-token", "-R", tokens.hidraw("a"))
    assert reset.returncode == 0, reset
    done = site.run("verify", "--record", "--json")
    assert done.code == 0 and done.json["known"] is False, done
    assert sorted(r["state"] for r in site.show()) == ["retired", "stock"]
    done = site.run("verify", "--json")
    assert (done.json["state"], done.json["proved"]) == ("stock", True)


def test_reasons_stand_beside_the_chain_and_not_in_it(stock, site):
    stock()
    assert registry(site, "retire", SERIAL, "--reason",
                    "alice dropped it").code == 0
    event = events(site)[-1]
    assert "dropped" not in json.dumps(event)
    assert len(event["body"]["reason"]) == 32


# ---- what the audit makes of it ----

def test_the_audit_counts_keys_handed_over_of_keys_registered(two_keys):
    """Whoever reads its page sees how far a rollout is."""
    site, page = two_keys, two_keys.folder / "audit.html"
    for number, name in enumerate(("a", "b"), 1):
        record(site, "--label", f"blue-{number}", "--token",
               site.tokens.hidraw(name))

    def counts():
        done = site.run("audit", "--json", "--output", f"html={page}")
        assert done.code in (3, 10), done
        source = next(s for s in done.json["summary"]["sources"]
                      if s["source"] == "registry")
        return source["tokensHandedOver"], source["tokens"]
    assert counts() == (0, 2)
    site.tokens.set("a", pin=PIN)
    site.tokens.replug("a")
    done = registry(site, "handover", "--holder", "alice", "--own-pin",
                    "--token", "blue-1", pin=PIN)
    assert done.code == 0, done
    assert counts() == (1, 2)
    assert "<title>1 of 2 keys are handed over</title>" in page.read_text()
    assert "Keys: 1 of 2 in the registry are handed over" in \
        site.run("audit", "--summary").out
    assert registry(site, "retire", "blue-2").code == 0
    assert counts() == (1, 1)
