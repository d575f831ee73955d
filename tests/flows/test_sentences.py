# SPDX-License-Identifier: Apache-2.0
"""What people are told, to the letter, once each: warnings, and the numbers
and paths in a message. A sentence that says something else misleads, however
right the exit status is."""
import hashlib
import json
import re

import pytest

from conftest import YK, Watched
from lines import told
from test_care import AGAIN, ASK_NEW, Talk

USER = "games"


def said(done, line):
    """Exactly this line stands on standard error, once."""
    assert done.err.splitlines().count(line) == 1, (line, done)


def warned(done, text):
    said(done, f"warning: {text}")


def test_printf_s_word_for_what_is_not_there_fails_any_flow(site):
    for text in ("key (null) of alice", b"\xff(null)"):
        with pytest.raises(AssertionError):
            told(text)
    process = Watched(["printf", "(null)"], text=True, stdout=-1, stderr=-1)
    with pytest.raises(AssertionError):
        process.communicate()


# ---- the registry and its files ----

def test_a_new_registry_is_named_with_its_station(site):
    done = site.run("registry", "init", "--rehearsal", "--json")
    station = done.json["made"]["station"]
    said(done, f"Made the rehearsal registry '{site.registry}' of station "
               f"{station}.")


def test_what_was_recorded_is_named_with_the_head_that_covers_it(bench, site):
    bench()
    done = site.run("verify", "--record", "-v")
    row, = site.show()
    head = site.run("registry", "log", "--verify", "--json").json["head"]
    said(done, f"Recorded as token {row['id'][:8]}; head {head}.")
    said(site.run("verify", "--record"),
         f"Recorded as token {row['id'][:8]}.")


def test_evidence_is_named_with_its_hash_and_never_written_over(bench, site):
    bench()
    path = site.folder / "e.json"
    done = site.run("verify", "-v", "--evidence", path)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    said(done, f"Evidence: {path}, SHA-256 {sha}")
    done = site.run("verify", "--evidence", path)
    assert done.code == 1 and f"'{path}' exists: evidence goes into a new " \
        "file" in done.err
    assert site.tokens.stats("a")["touch"]["used"] == 1


def test_a_registry_that_is_no_file_is_named(site):
    site.registry.mkdir()
    done = site.run("registry", "show")
    assert done.code == 1
    assert f"registry '{site.registry}' is not a regular file" in done.err


def test_a_restored_registry_is_named_with_its_head(bench, site):
    bench()
    assert site.run("verify", "--record").code == 0
    backup, output = site.folder / "backup.db", site.folder / "new.db"
    assert site.run("registry", "backup", backup).code == 0
    done = site.run("registry", "restore", backup, "--output", output)
    assert done.code == 0, done
    head = site.run("registry", "log", "--verify", "--json", "--registry",
                    output).json["head"]
    said(done, f"Restored to '{output}'; head {head}")
    assert re.search(r"^Taken from the damaged file: \d+ pieces? of evidence, "
                     r"\d+ names?\.$", done.err, re.M)


def test_several_tokens_of_a_label_are_counted(bench, site):
    tokens = bench(YK, {**YK, "serial": 87654321})
    for name in "ab":
        assert site.run("verify", "--record", "--label", "twin", "-t",
                        tokens.hidraw(name)).code == 0
    done = site.run("registry", "retire", "twin", "--reason", "x")
    assert done.code == 2
    assert "'twin' is 2 tokens: `tokenbridge registry show` has the id of " \
        "each" in done.err


def test_an_unknown_setting_is_named_with_file_and_line(site):
    with site.config.open("a") as config:
        config.write("no_such_thing = 1\n")
    line = site.config.read_text().count("\n")
    done = site.run("list")
    assert done.code == 2
    assert f"'{site.config}', line {line}: unknown setting 'no_such_thing'" \
        in done.err


# ---- trust and policy ----

def test_an_empty_trust_store_is_named_with_both_ways_to_fill_it(site):
    done = site.run("trust", "show")
    store, = re.findall(r"the trust store '(.*)' is empty", done.err)
    assert str(site.folder) in store
    said(done, f"the trust store '{store}' is empty: every verdict will be "
               "undecided; get FIDO's metadata with `tokenbridge trust "
               "update`, or add vendors' certificates with `tokenbridge trust "
               "add FILE`")


def test_without_a_policy_file_the_defaults_are_said_to_hold(site):
    said(site.run("policy", "show"),
         "There is no policy file (the setting `policy` in "
         "tokenbridge.conf(5)): the defaults hold.")


def test_a_reason_that_accepts_and_what_it_accepts_are_in_the_warning(bench,
                                                                      site):
    bench({**YK, "attestation": "self"})
    done = site.run("pam-enroll", USER, "--force", "a rehearsal", "--login-db",
                    site.folder / "login.db")
    # of each of its two statements
    assert done.err.splitlines().count(
        "warning: accepted by --force: a rehearsal; the token is "
        "self-attested: it vouches only for itself") == 2, done


def test_a_vulnerable_token_is_taken_with_a_warning(bench, site):
    bench({"profile": "yubikey5-old", "serial": 12345678})
    done = site.run("pam-enroll", USER, "--login-db", site.folder / "login.db")
    assert done.code == 0, done
    assert "warning: it is genuine, and its firmware falls under an advisory" \
        in done.err.splitlines()


def test_nothing_is_recorded_of_what_proves_nothing(bench, site):
    tokens = bench()
    tokens.misbehave("a", "forge-attestation")
    done = site.run("verify", "--record")
    assert done.code == 24
    warned(done, "a forged answer proves nothing that could be registered: "
                 "nothing is recorded")
    assert site.show() == []
    assert site.run("verify", "--record").code == 0
    tokens.misbehave("a", "wrong-signature", count=-1)
    done = site.run("verify", "--record")
    assert done.code == 27
    warned(done, "the token is not proved to be the registered one: nothing "
                 "is recorded")


# ---- tokens ----

def test_interfaces_that_disagree_are_warned_of_with_both_values(site):
    tokens = site.plug(YK)
    site.tell_usb()
    tokens.misbehave("a", "ccid-other-serial", count=-1)
    warned(site.run("info"),
           "the token's interfaces disagree: serial number: 12345678 over "
           "FIDO, 12345679 over the smart card")


def test_two_new_pins_that_differ_are_asked_for_again(site):
    site.plug(YK, cards=False)
    talk = Talk(site, "pin", "set")
    talk.say(ASK_NEW, "1234").say(AGAIN, "1235")
    talk.expect("The two are not the same.").say(ASK_NEW, "1234")
    talk.say(AGAIN, "1234")
    assert talk.end() == 0


def test_a_pin_that_is_there_is_changed_and_not_set(site):
    site.plug({**YK, "pin": "1234"}, cards=False)
    done = site.run("pin", "set")
    assert done.code == 1
    assert "the token has a PIN already: `tokenbridge pin change`" in done.err


def test_of_a_fingerprint_reader_is_said_what_its_pin_is_for(site):
    site.plug({"profile": "bio", "serial": 12345678}, cards=False)
    talk = Talk(site, "pin", "set")
    talk.expect("Fingerprints stay as they are; the PIN is what it asks for "
                "where none matches, and before one is added.")
    talk.send(b"\x03")
    talk.end()


def test_the_touch_for_a_code_names_key_and_account(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    device, = aws_site.iam.devices("alice")
    done = aws_site.run("code")
    assert done.code == 0, done
    touch, = [s for s in done.err.splitlines() if s.startswith("Touch ")]
    assert touch.endswith(f" for a code of {device}.")
    assert "12345678" in touch


# ---- login and lifecycle ----

def test_a_change_that_was_not_published_says_what_publishes_it(station):
    station.plug(YK, cards=False)
    station.trust_vendor()
    station.make_registry()
    station.enroll_login(USER)
    binding, = station.bindings()
    station.login_db.unlink()
    station.login_db.mkdir()
    (station.login_db / "in-the-way").touch()
    done = station.run("revoke", "--local", USER, "all", "--login-db",
                       station.login_db)
    assert done.code != 0
    warned(done, "the registry is changed, but login.db is as it was: run "
                 "`tokenbridge registry publish`")
    assert binding["evidence"] and station.bindings() == []


@pytest.mark.parametrize("users,words", [
    ([USER], "1 binding stays"), ([USER, "bin"], "2 bindings stay")])
def test_bindings_that_stay_by_force_are_counted_with_the_reason(
        station, users, words):
    station.plug(YK, cards=False)
    station.trust_vendor()
    station.make_registry()
    for user in users:
        station.enroll_login(user, "--holder", "alice")
    done = station.run("registry", "move", "12345678", "--holder", "bob",
                       "--force", "she left")
    assert done.code in (0, 10), done
    warned(done, f"{words} in force by --force: she left")


def test_a_published_login_db_is_named_and_counted(station):
    station.plug(YK, cards=False)
    station.trust_vendor()
    station.make_registry()
    done = station.enroll_login(USER)
    last = station.run("registry", "log", "--json").out.splitlines()[-1]
    said(done, f"Published to '{station.login_db}': 1 user, 1 login "
               "credential, 0 ssh keys, generation "
               f"{json.loads(last)['seq']}.")


# ---- AWS ----

def test_the_account_and_an_overridden_endpoint_are_said_first(aws_site):
    done = aws_site.run("enroll", "alice", "--method", "totp")
    assert done.code == 0, done
    first, second = done.err.splitlines()[:2]
    assert re.fullmatch(r"AWS account 123456789012( \(.*\))?, as arn:aws:iam::"
                        r"123456789012:user/\S+", first)
    assert re.fullmatch(r"warning: not AWS itself: IAM is http://127\.0\.0\.1:"
                        r"\d+/?, by \S.*", second)


# ---- what the registry keeps of a binding ----

def test_a_binding_shows_what_it_rests_on(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    binding = next(b for b in aws_site.bindings() if b["kind"] == "aws")
    assert binding["basis"] == "seed-proved"
    done = aws_site.run("registry", "log", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    added, = [e["body"] for e in events if e["type"] == "binding.added"
              and e["body"]["binding"] == binding["id"]]
    assert binding["evidence"] == added["evidence"]
