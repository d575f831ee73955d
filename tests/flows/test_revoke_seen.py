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


# ---- a vendor's number, which no other list has ----

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NUMBER = "GAHT12345678"


@pytest.fixture
def display(aws_site):
    """alice has a token with a display, which the registry knows."""
    aws_site.iam.add_hardware_token(NUMBER, SEED, user="alice")
    done = aws_site.run("registry", "adopt", "--from-aws")
    assert done.code == 0, done
    aws_site.iam.calls(clear=True)
    return aws_site


def sent(site):
    return [c["error"] for c in site.iam.calls("DeactivateMFADevice")]


def test_a_number_that_a_list_lacks_is_answered_for_by_its_deactivation(
        display):
    lie(display)
    done = revoke(display, "alice", NUMBER, *LAST)
    assert done.code == 0 and "  at AWS       deactivated\n" in done.out, done
    assert assigned(display.iam, "alice") == [] and sent(display) == [None]
    assert display.bindings() == [] and display.journals() == []


def test_a_number_that_both_say_is_gone_is_gone(display):
    display.iam.botocore("iam").deactivate_mfa_device(
        UserName="alice", SerialNumber=NUMBER)
    display.iam.calls(clear=True)
    done = revoke(display, "alice", NUMBER, *LAST)
    assert done.code == 0 and "was gone already" in done.out, done
    assert sent(display) == ["NoSuchEntity"]
    assert display.bindings() == [] and display.journals() == []
    # and a second time there is nothing to ask
    done = revoke(display, "alice", NUMBER)
    assert done.code == 0 and sent(display) == ["NoSuchEntity"], done


def test_a_number_that_was_not_seen_is_not_called_gone(display):
    lie(display)
    display.iam.order("DeactivateMFADevice", error="AccessDenied", count=None)
    done = revoke(display, "alice", NUMBER, *LAST)
    assert done.code == 9 and "gone" not in done.out + done.err, done
    assert [b["device"] for b in display.bindings()] == [NUMBER]
    display.iam.calls(clear=True)
    # nor is it taken for nobody's last one
    done = revoke(display, "alice", NUMBER)
    assert done.code == 6 and f"'{NUMBER}' was not seen: " in done.err, done
    assert sent(display) == []
    assert display.journals() == []


@pytest.mark.parametrize("action", ["DeactivateMFADevice",
                                    "DeleteVirtualMFADevice"])
def test_a_device_that_stays_has_one_row(aws_site, action):
    """Refused, and listed by AWS still; also in a second run."""
    own = enroll(aws_site)
    aws_site.iam.order(action, error="AccessDenied", count=None)
    for _ in range(2):
        done = revoke(aws_site, "--all", "alice", *LAST, "--json")
        assert done.code == 10, done
        assert [row["subject"] for row in left(done)] == [own], done
