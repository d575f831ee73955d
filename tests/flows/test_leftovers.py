# SPDX-License-Identifier: Apache-2.0
"""Whatever takes a device away, AWS may refuse its deletion when all else is
done: then the same command says so again, and ends it as soon as it may."""
import pytest

from lines import assigned, unassigned
from test_replace import TOTP, enroll

NEW = ("--token", "87654321")


def revoke(*words):
    return lambda old: ("revoke", *words, "--reason", "left")


COMMANDS = {
    "revoke": lambda old: ("revoke", "alice", old, "--last", "--reason",
                           "left"),
    "revoke --all": revoke("--all", "alice", "--last"),
    "revoke --token": revoke("--token", "blue-7", "--last"),
    "revoke --leaver": revoke("--leaver", "alice", "--cut-access"),
    "replace": lambda old: ("replace", "alice", old, *TOTP, *NEW),
    "replace --stolen": lambda old: ("replace", "alice", old, *TOTP, *NEW,
                                     "--stolen"),
    "lost": lambda old: ("registry", "move", "blue-7", "--state", "lost",
                         *TOTP, *NEW),
    "stolen": lambda old: ("registry", "move", "blue-7", "--state", "stolen",
                           *TOTP, *NEW),
    "stolen, contained": lambda old: ("registry", "move", "blue-7", "--state",
                                      "stolen"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_deletion_is_owed_by_the_same_command(two_keys, name):
    site = two_keys
    old = enroll(site, "alice", "a", "--label", "blue-7")
    words = COMMANDS[name](old)
    site.iam.order("DeleteVirtualMFADevice", error="AccessDenied", count=None)
    first = site.run(*words)
    assert first.code == 10 and unassigned(site.iam) == [old], first
    left = assigned(site.iam, "alice")
    assert old not in left
    second = site.run(*words)
    assert second.code == 10 and unassigned(site.iam) == [old], second
    site.iam.clear_orders()
    third = site.run(*words)
    assert third.code == 0, third
    assert unassigned(site.iam) == [] and site.journals() == []
    assert assigned(site.iam, "alice") == left
    assert [b["device"] for b in site.bindings()] == left
    site.check_chain()


def test_what_an_enrollment_could_not_delete_is_owed_by_the_same_command(
        two_keys):
    site = two_keys
    for action in ("EnableMFADevice", "DeleteVirtualMFADevice"):
        site.iam.order(action, error="AccessDenied", count=None)
    words = ("enroll", "alice", *TOTP, *NEW)
    first = site.run(*words)
    assert first.code == 9 and len(unassigned(site.iam)) == 1, first
    site.iam.clear_orders()
    second = site.run(*words)
    assert second.code == 0, second
    assert unassigned(site.iam) == [] and site.journals() == []
    assert len(assigned(site.iam, "alice")) == 1
