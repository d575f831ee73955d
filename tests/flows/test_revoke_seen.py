# SPDX-License-Identifier: Apache-2.0
"""A receipt claims what was seen, and no more. A list of a user's devices that
names something else for as long as the program asks is contradicted by what
else AWS answers: then it is listed, and the exit status is 10."""
import pytest

from faults import FAULTS, OTHER
from lines import assigned
from test_revoke_all import ACCOUNT, LAST, enroll, revoke, rows


def lie(site, serial=OTHER):
    """Every answer about one user's devices names this one."""
    site.iam.order("ListMFADevices", count=None,
                   **{**FAULTS["other-serial"], "text": serial})


def bound_fido(site):
    """A FIDO device of alice's that the registry knows, and one that it does
    not."""
    fido = site.iam.add_fido_device("alice", "blue")
    done = site.run("registry", "adopt", "--from-aws")
    assert done.code == 0, done
    return fido


def left(done):
    return [row for row in done.json["revoked"]["rows"]
            if row["outcome"] == "not-revoked"]


WAYS = {"all": ("--all", "alice", *LAST),
        "leaver": ("--leaver", "alice", "--cut-access")}


@pytest.mark.parametrize("named", ["nothing", "own", "another user's"])
@pytest.mark.parametrize("way", WAYS)
def test_a_list_that_names_another_device_never_makes_it_done(two_keys, way,
                                                              named):
    """The FIDO device stays, and no list says so."""
    own = enroll(two_keys, "alice", "a")
    others = two_keys.iam.add_fido_device("bob", "bobs")
    fido = two_keys.iam.add_fido_device("alice", "blue")
    lie(two_keys, {"nothing": OTHER, "own": own,
                   "another user's": others}[named])
    done = revoke(two_keys, *WAYS[way], "--json")
    assert assigned(two_keys.iam, "bob") == [others]
    assert fido in assigned(two_keys.iam, "alice"), done
    assert done.code == 10, done
    assert {row["what"] for row in left(done)} == {"device"}, done
    # the list tells the truth again
    two_keys.iam.clear_orders()
    done = revoke(two_keys, *WAYS[way])
    assert done.code == 0 and assigned(two_keys.iam, "alice") == [], done
    assert two_keys.journals() == []


def test_what_the_registry_knows_is_asked_for_by_its_serial(aws_site):
    """The list lacks it; GetMFADevice does not."""
    fido = bound_fido(aws_site)
    aws_site.iam.add_fido_device("alice", "spare")
    lie(aws_site)
    done = revoke(aws_site, "alice", fido, *LAST, "--json")
    assert done.code == 0, done
    assert fido not in assigned(aws_site.iam, "alice"), done
    assert len(aws_site.iam.calls("DeactivateMFADevice")) == 1, done


def test_what_is_gone_at_aws_is_gone(aws_site):
    """Both say so; who may not ask the second one takes the list's word."""
    for denied in (False, True):
        fido = bound_fido(aws_site)
        aws_site.iam.botocore("iam").deactivate_mfa_device(
            UserName="alice", SerialNumber=fido)
        if denied:
            aws_site.iam.order("GetMFADevice", error="AccessDenied",
                               count=None)
        aws_site.iam.calls(clear=True)
        done = revoke(aws_site, "alice", fido)
        assert done.code == 0 and "was gone already" in done.out, done
        assert len(aws_site.iam.calls("GetMFADevice")) == 1, done
        assert aws_site.bindings() == []


def test_an_answer_that_is_none_is_no_word_that_it_is_gone(aws_site):
    fido = bound_fido(aws_site)
    lie(aws_site)
    aws_site.iam.order("GetMFADevice", http=200, body="html", count=None)
    done = revoke(aws_site, "alice", fido, *LAST)
    assert done.code in (1, 9, 10), done
    assert [b["device"] for b in aws_site.bindings()] == [fido]


def test_a_device_that_was_not_listed_before_is_listed(aws_site):
    """The first answer named another one."""
    own = enroll(aws_site)
    fido = aws_site.iam.add_fido_device("alice", "blue")
    aws_site.iam.order("ListMFADevices", count=1, **{
        **FAULTS["other-serial"], "text": own})
    done = revoke(aws_site, "--all", "alice", *LAST, "--json")
    assert done.code == 10, done
    (row,) = left(done)
    assert row["subject"] == fido, done
    assert row["text"] == "AWS lists it now, and did not before", done
    assert row["command"] == (
        f"tokenbridge revoke --account {ACCOUNT} -- alice {fido}"), done


def test_a_list_that_lags_is_asked_again(aws_site):
    own = enroll(aws_site)
    aws_site.iam.order("ListMFADevices", stale={"seconds": 5})
    done = revoke(aws_site, "--all", "alice", *LAST, "--json")
    assert done.code == 0, done
    assert rows(done) == [("revoked", "device", own)], done
