# SPDX-License-Identifier: Apache-2.0
"""CloudTrail as the witness of a key that a person registered in the console:
a binding that rests on name and time is upgraded by AWS's own event."""
import functools
import hashlib
import json

import pytest

from iam.client_policy import document
from lines import assigned
from test_bundle import seal
from test_enroll_fido import METHOD, NAME, Person
from test_root import WAITS, evidence, lead, sign_ins
from test_way import between, by_system, make_real_registry

__all__ = ["between"]

NAMED, SEEN = "name-and-time", "seen-in-trail"
LATER = "CloudTrail does not tell of the enabling yet"


def at_the_console(site, name=NAME, user="alice"):
    def act():
        with site.iam.sign_in(user) as browser:
            browser.add_fido(name)
    return act


def enroll(site, *more, act=None):
    person = Person(site, act or at_the_console(site))
    done = site.run("enroll", "alice", *METHOD, "--wait", "20", *more)
    person.leave()
    assert person.failed is None and done.code == 0, (person.failed, done)
    assert "this key" not in done.out + done.err
    return done


def basis(site):
    (binding,) = site.bindings()
    return binding["basis"]


def witnessed(site):
    done = site.run("registry", "log", "--json")
    assert done.code == 0, done
    events = [json.loads(line) for line in done.out.splitlines()]
    return [e for e in events if e.get("type") == "binding.witnessed"]


def look_again(site, *more):
    done = site.run("registry", "adopt", "--from-aws", *more)
    assert done.code == 0, done
    return done


def test_what_cloudtrail_tells_at_once_is_what_it_rests_on(aws_site):
    done = enroll(aws_site, "--json")
    assert done.json["enrolled"]["basis"] == SEEN
    assert basis(aws_site) == SEEN
    assert "CloudTrail tells of 1 device that rested" in done.err
    head = aws_site.run("registry", "log", "--verify", "--head",
                        done.json["enrolled"]["head"])
    assert head.code == 0, head
    (event,) = witnessed(aws_site)
    (told,) = aws_site.iam.trail("EnableMFADevice")
    assert len(event["body"]["trail"]) == 64
    text = aws_site.run("registry", "log").out
    assert "told by CloudTrail: MFA device" in text
    assert told["requestParameters"]["serialNumber"] == \
        assigned(aws_site.iam, "alice")[0]


def test_the_receipt_says_that_nobody_tells_which_key_it_is(aws_site):
    done = enroll(aws_site)
    assert "CloudTrail tells that this device was enabled then; which key it " \
        "is nobody tells" in " ".join(done.out.split())


@pytest.mark.parametrize("command", ["adopt", "enroll"])
def test_an_event_that_comes_late_is_found_by_a_later_run(aws_site, command):
    aws_site.iam.order("LookupEvents", late={"reads": 1}, count=None)
    done = enroll(aws_site)
    assert LATER in done.err and basis(aws_site) == NAMED
    if command == "adopt":
        done = look_again(aws_site)
    else:
        aws_site.iam.add_user("carol")
        aws_site.iam.add_hardware_token("GAKT12345678", "A" * 64)
        done = aws_site.run("enroll", "alice", "--method", "totp", "--label",
                            "blue-7")
        assert done.code == 0, done
    assert "CloudTrail tells of 1 device" in done.err
    bases = {b["device"]: b["basis"] for b in aws_site.bindings()}
    assert [b for d, b in bases.items() if ":u2f/" in d] == [SEEN]
    aws_site.check_chain()


@pytest.fixture
def late(between):
    """A key at AWS itself, whose event CloudTrail does not tell of yet, in a
    real registry: `audit --record` writes into no other."""
    make_real_registry(between)
    way = by_system(between)
    between.run = functools.partial(between.run, env=way)
    between.iam.order("LookupEvents", late={"reads": 1}, count=None)
    done = enroll(between)
    assert LATER in done.err and basis(between) == NAMED
    between.iam.calls(clear=True)
    return between


def test_the_record_of_an_audit_looks_for_events_that_came_late(late):
    said = late.run("registry", "show").err
    assert "1 device here does not rest on an event of CloudTrail" in said
    done = late.run("audit", "--record", "--json")
    assert done.code in (0, 3), done
    assert "CloudTrail tells of 1 device that rested" in done.err
    assert len(late.iam.calls("LookupEvents")) == 1
    assert basis(late) == SEEN and len(witnessed(late)) == 1
    assert "CloudTrail" not in late.run("registry", "show").err
    late.check_chain()
    # and where nothing is open any more nothing is asked
    late.iam.calls(clear=True)
    assert late.run("audit", "--record").code in (0, 3)
    assert late.iam.calls("LookupEvents") == []


@pytest.fixture
def roots_key(between):
    """A key of root's at AWS itself; CloudTrail was not asked for its sign-in
    when it was set up."""
    make_real_registry(between)
    way = by_system(between)
    for verb in ("run", "start"):
        setattr(between, verb, functools.partial(getattr(between, verb),
                                                 env=way))
    between.who = "root"
    between.iam.order("LookupEvents", error="AccessDeniedException",
                      count=None)
    walker = lead(between, "--stated", "--json")
    walker.walk_until(WAITS)
    assert walker.end()[0] == 10, walker.heard
    between.who = "admin"
    between.iam.clear_orders()
    (between.device,) = between.iam.devices("root")
    return between


def test_the_record_of_an_audit_finds_roots_sign_in_that_came_late(roots_key):
    def record():
        roots_key.iam.calls(clear=True)
        done = roots_key.run("audit", "--record")
        assert done.code in (0, 3) and "Recorded: " in done.err, done
        return done.err, len(roots_key.iam.calls("LookupEvents"))

    assert "not tell yet that root has signed in with 1" in record()[0]
    with roots_key.iam.sign_in("root", mfa=roots_key.device,
                               region="us-west-2"):
        pass
    roots_key.iam.order("LookupEvents", late={"reads": 1}, count=None)
    assert "not tell yet that root has signed in with 1" in record()[0]
    assert sign_ins(roots_key) == []
    said, asked = record()
    assert "root has signed in with 1 of its devices: kept as evidence" in said
    assert asked > 0
    (told,) = sign_ins(roots_key)
    kept = json.loads(evidence(roots_key, told["trail"]))
    assert kept["eventName"] == "ConsoleLogin"
    assert kept["additionalEventData"]["MFAIdentifier"] == roots_key.device
    roots_key.check_chain()
    # and nothing is asked for it any more
    said, asked = record()
    assert "signed in" not in said and asked == 0
    assert len(sign_ins(roots_key)) == 1


@pytest.mark.parametrize("words", [(), ("--checks", "benchmark")])
def test_an_audit_that_records_nothing_asks_for_no_event(late, words):
    done = late.run("audit", *words)
    assert done.code in (0, 3, 10), done
    assert late.iam.calls("LookupEvents") == []
    assert basis(late) == NAMED


def test_a_trail_that_may_not_be_asked_is_no_failure_of_the_record(late):
    late.iam.order("LookupEvents", error="AccessDeniedException", count=None)
    done = late.run("audit", "--record")
    assert done.code in (0, 3), done
    assert "Recorded: " in done.err
    assert "CloudTrail was not asked for the enabling: " in done.err
    assert basis(late) == NAMED


def test_events_that_come_doubled_are_recorded_once(aws_site):
    aws_site.iam.settings(fido_events=2)
    aws_site.iam.order("LookupEvents", doubled=True, count=None)
    enroll(aws_site)
    assert basis(aws_site) == SEEN and len(witnessed(aws_site)) == 1
    aws_site.iam.calls(clear=True)
    look_again(aws_site)
    # nothing is wanted any more, so that nothing is asked
    assert aws_site.iam.calls("LookupEvents") == []
    assert len(witnessed(aws_site)) == 1


def test_a_dry_run_looks_at_nothing(aws_site):
    aws_site.iam.order("LookupEvents", late={"reads": 1}, count=None)
    enroll(aws_site)
    look_again(aws_site, "--dry-run")
    assert basis(aws_site) == NAMED


def test_a_refused_enabling_and_another_device_are_no_witnesses(aws_site):
    def act():
        # without an event of its own, beside one of another name
        aws_site.iam.add_fido_device("alice", NAME)

    enroll(aws_site, act=act)
    with aws_site.iam.sign_in("bob") as browser:
        browser.add_fido(NAME)
    done = look_again(aws_site)
    assert LATER in done.err
    assert {b["user"]: b["basis"] for b in aws_site.bindings()}["alice"] == \
        NAMED


def test_without_the_right_to_ask_it_is_said_and_no_failure(aws_site):
    aws_site.iam.put_policy(document(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "cloudtrail:LookupEvents",
         "Resource": "*"}), user="admin")
    done = enroll(aws_site)
    assert "CloudTrail was not asked for the enabling: " in done.err
    assert "cloudtrail:LookupEvents" in done.err
    assert basis(aws_site) == NAMED


@pytest.mark.parametrize("fault", [
    {"http": 503, "body": "html", "count": None}, {"drop": "before",
                                                   "count": None},
    {"http": 200, "body": "html"}, {"error": "ThrottlingException",
                                    "count": 2}])
def test_a_trail_that_fails_is_no_failure_of_what_is_done(aws_site, fault):
    aws_site.iam.order("LookupEvents", **fault)
    enroll(aws_site)
    assert basis(aws_site) in (NAMED, SEEN)
    aws_site.iam.clear_orders()
    if basis(aws_site) == NAMED:
        look_again(aws_site)
    assert basis(aws_site) == SEEN
    aws_site.check_chain()


def test_a_bundle_has_the_event_as_aws_told_it(aws_site, tmp_path):
    enroll(aws_site)
    (event,) = witnessed(aws_site)
    (token,) = aws_site.show()
    folder = tmp_path / "bundle"
    done = aws_site.run("registry", "bundle", token["id"], folder)
    assert done.code == 0, done
    path = folder / "evidence" / f"{event['body']['trail']}.json"
    raw = path.read_bytes()
    assert hashlib.sha256(raw).hexdigest() == event["body"]["trail"]
    assert json.loads(raw) == aws_site.iam.trail("EnableMFADevice")[0]
    done = aws_site.run("registry", "check-bundle", folder)
    assert done.code == 0, done
    path.rename(folder / "evidence" / ("0" * 64 + ".json"))
    seal(folder)
    done = aws_site.run("registry", "check-bundle", folder)
    assert done.code == 1 and "no event names it" in done.err, done
