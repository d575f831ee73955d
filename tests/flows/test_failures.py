# SPDX-License-Identifier: Apache-2.0
"""Every failure of AWS in every call that enroll, revoke and audit make. Which
calls these are is what a run that nothing disturbs has made, so that a call
that is added later is failed, too."""
import pytest

from faults import FAULTS, calls_of, disturbed, run
from lines import all_assigned, assigned, check_consistent

NOBODY = "http://127.0.0.1:1"
DONE, FOUND, REFUSED, AWS, INCOMPLETE = 0, 3, 6, 9, 10
READS = ("Get", "List", "Generate")


def enroll(site, **how):
    return run(site, "enroll", "alice", "--method", "totp", **how)


def revoke(site, **how):
    (device,) = assigned(site.iam, "alice")
    return run(site, "revoke", "alice", device, "--last", "--reason", "left",
               **how)


def audit(site, **how):
    return run(site, "audit", "--json", **how)


# ---- what may come of it ----

def is_read(call):
    return call[0].startswith(READS)


def check_enroll(site, call, fault, done):
    """Success is all of it: at AWS, in the token and in the registry."""
    what = (call, fault, str(done))
    if done.code == DONE:
        assert len(assigned(site.iam, "alice")) == 1, what
        check_consistent(site)
    else:
        assert done.code in (1, REFUSED, AWS, INCOMPLETE), what
        assert done.err.strip(), what
        if done.code != INCOMPLETE:
            assert assigned(site.iam, "alice") == [] or site.journals(), what
    if fault == "slow":
        assert done.code == DONE, what
    # what AWS has not done is never taken for done
    if call[0] in ("CreateVirtualMFADevice", "EnableMFADevice") and fault in (
            "reset", "silent", "refused", "throttled", "html"):
        assert done.code == AWS, what


def check_revoke(site, call, fault, done):
    what = (call, fault, str(done))
    if done.code == DONE:
        assert assigned(site.iam, "alice") == [], what
        check_consistent(site)
    else:
        assert done.code in (1, REFUSED, AWS, INCOMPLETE), what
        assert done.err.strip(), what
    if fault == "slow":
        assert done.code == DONE, what
    if call[0] in ("DeactivateMFADevice", "DeleteVirtualMFADevice") and \
            fault in ("reset", "silent", "refused", "throttled", "html"):
        assert done.code in (AWS, INCOMPLETE), what


def settled(site):
    """The next runs, undisturbed, leave nothing behind."""
    if not assigned(site.iam, "alice"):
        done = enroll(site)
        assert done.code == DONE, done
    elif site.journals() or len(site.bindings()) != len(
            all_assigned(site.iam)):
        enroll(site)
    check_consistent(site)


def each(site, verb, pairs):
    for call, fault in pairs:
        if verb == "enroll":
            for _ in assigned(site.iam, "alice"):
                assert revoke(site).code == DONE
            check_enroll(site, call, fault, disturbed(site, enroll, call,
                                                      fault))
        else:
            settled(site)
            check_revoke(site, call, fault, disturbed(site, revoke, call,
                                                      fault))
        settled(site)


def calls_of_verb(site, verb):
    calls = calls_of(site, enroll)
    return calls if verb == "enroll" else calls_of(site, revoke)


# Of each row and column: the changing calls by what is lost for certain, too
SAMPLE = ("html-afterwards", "blocked-afterwards", "silent-afterwards",
          "no-xml", "reset", "slow", "refused", "other-serial", "empty",
          "no-serial", "html")


@pytest.mark.parametrize("verb", ["enroll", "revoke"])
def test_some_failures_of_each_call_settle(aws_site, verb):
    calls = calls_of_verb(aws_site, verb)
    changing = [c for c in calls if not is_read(c)]
    reading = [c for c in calls if is_read(c)]
    pairs = [(call, "silent") for call in changing]
    pairs += [(changing[n % len(changing)], fault)
              for n, fault in enumerate(SAMPLE)]
    pairs += [(call, SAMPLE[n % len(SAMPLE)])
              for n, call in enumerate(reading)]
    each(aws_site, verb, pairs)


@pytest.mark.long
@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("verb", ["enroll", "revoke"])
def test_every_failure_of_every_call_settles(aws_site, verb, fault):
    calls = calls_of_verb(aws_site, verb)
    each(aws_site, verb, [(call, fault) for call in calls])


@pytest.mark.parametrize("verb", ["enroll", "revoke", "audit"])
def test_a_refused_connection_is_an_answer_of_aws(aws_site, verb):
    act = {"enroll": enroll, "revoke": revoke, "audit": audit}[verb]
    if verb == "revoke":
        assert enroll(aws_site).code == DONE
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = act(aws_site, env={name: NOBODY for name in aws_site.iam.env()
                              if name.startswith("AWS_ENDPOINT_URL")})
    assert done.code == AWS, done
    assert f"cannot reach '{NOBODY}/': Failed to connect" in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == used
    assert aws_site.journals() == []
    assert len(assigned(aws_site.iam, "alice")) == (verb == "revoke")


# ---- audit ----

# what leaves no answer, whoever asks
WITHOUT_ANSWER = sorted(set(FAULTS) - {"slow", "no-serial", "other-serial"})


# what another call tells as well, or nothing rests on
SPARED = ("GenerateCredentialReport", "GetCredentialReport",
          "ListAccountAliases")


def findings(done):
    return {(row["check"], row["subject"]): row["status"]
            for row in done.json["findings"]} if done.out.strip() else {}


def check_audit(call, fault, done, before):
    """What was not answered is no pass, and is said to be unknown; what was
    found all the same comes first."""
    what = (call, fault, str(done))
    passed = {key for key, status in findings(done).items()
              if status == "PASS"}
    assert passed <= {key for key, status in findings(before).items()
                      if status == "PASS"}, what
    if fault == "slow" or call in SPARED:
        assert done.code == before.code, what
        assert findings(done) == findings(before), what
    elif fault in WITHOUT_ANSWER:
        unknown = "UNKNOWN" in findings(done).values()
        assert done.code in (AWS, INCOMPLETE) or (
            done.code == FOUND and unknown), what
        assert done.err.strip() or unknown, what


def audited(site, choose):
    """`choose(action)` is how a call fails."""
    assert enroll(site).code == DONE
    # asked for only until there is one
    report = "GenerateCredentialReport"
    faults = {report: choose(report)}
    done = {report: disturbed(site, audit, (report, 0), faults[report])}
    site.iam.calls(clear=True)
    before = audit(site)
    assert before.code == FOUND, before  # bob has a password and no device
    for action in sorted({call["action"] for call in site.iam.calls()} -
                         {report}):
        faults[action] = choose(action)
        done[action] = disturbed(site, audit, (action, 0), faults[action])
    assert len(done) > 5
    for action, fault in faults.items():
        check_audit(action, fault, done[action], before)


def test_some_failures_of_each_call_are_no_pass(aws_site):
    chosen = iter(WITHOUT_ANSWER * 2)
    audited(aws_site, lambda action: next(chosen))


@pytest.mark.long
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_no_failure_of_any_call_is_a_pass(aws_site, fault):
    audited(aws_site, lambda action: fault)
