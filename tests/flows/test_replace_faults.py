# SPDX-License-Identifier: Apache-2.0
"""Failures of AWS in the calls by which replace and resync change something;
then the same command again, and nothing is orphaned, doubled or lost."""
import pytest

from faults import FAULTS, run
from lines import assigned, unassigned
from test_replace import NEW, OLD, check_replaced, enroll
from test_resync import enroll as enroll_one
from test_resync import sent

TRIES = 4


def again_until_done(site, *words):
    for _ in range(TRIES):
        done = run(site, *words)
        if done.code == 0:
            return
    raise AssertionError(done)


def replaced_under(site, action, fault):
    old = enroll(site)
    words = ("replace", "alice", old, "--method", "totp", "--token",
             "87654321")
    site.iam.order(action, count=None, **FAULTS[fault])
    done = run(site, *words, fault=fault)
    site.iam.clear_orders()
    # never without a device that there was room for
    assert len(assigned(site.iam, "alice")) >= 1, done
    if fault == "slow":
        assert done.code == 0, done
    elif done.code != 0:
        assert done.err.strip(), done
    if done.code != 0:
        again_until_done(site, *words)
    check_replaced(site, old)


@pytest.mark.parametrize("action, fault", [
    ("CreateVirtualMFADevice", "refused"),
    ("CreateVirtualMFADevice", "other-serial"),
    ("EnableMFADevice", "html-afterwards"),
    ("DeactivateMFADevice", "throttled"),
    ("DeleteVirtualMFADevice", "reset-afterwards"),
])
def test_a_replacement_is_ended_by_the_same_command(two_keys, action, fault):
    replaced_under(two_keys, action, fault)


@pytest.mark.long
@pytest.mark.parametrize("action", NEW + OLD)
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_replacement_survives_every_failure(two_keys, action, fault):
    replaced_under(two_keys, action, fault)


@pytest.mark.parametrize("fault", ["html-afterwards", "refused"])
def test_a_resync_that_fails_changes_no_record_and_can_be_run_again(aws_site,
                                                                   fault):
    device = enroll_one(aws_site)
    aws_site.iam.clock(advance=120)
    before = aws_site.bindings()
    aws_site.iam.order("ResyncMFADevice", count=None, **FAULTS[fault])
    done = run(aws_site, "resync", "alice", fault=fault)
    aws_site.iam.clear_orders()
    assert done.code != 0 and done.err.strip(), done
    assert assigned(aws_site.iam, "alice") == [device]
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []
    assert aws_site.bindings() == before
    aws_site.iam.clock(advance=90)
    again_until_done(aws_site, "resync", "alice")
    assert sent(aws_site)
    aws_site.check_chain()
