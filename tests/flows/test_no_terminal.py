# SPDX-License-Identifier: Apache-2.0
"""With --json and without a terminal a question is an error that names the
option which answers it; nothing is changed, and standard output is no half of
an answer. What asks at AWS in the middle of a run is in the files of these runs."""
import pytest

from conftest import YK
from test_oath_password import PASSWORD
from test_revoke_all import orphan
from test_unfinished import TOTP

PIN = {**YK, "profile": "yubikey5-old", "pin": "123456"}
CODES = ("enroll", "alice", "--method", "hardware-totp", "--serial",
         "GAHT12345678")


def nothing(_):
    return None


def locked(site):
    site.tokens.oath_password("a", PASSWORD)


def own_code(site):
    """Nothing here makes the codes of the device that she has."""
    site.iam.add_virtual_device("phone", user="alice")
    site.who = "alice"


def member(site):
    site.iam.add_account("210987654321")
    site.iam.credentials("root", account="210987654321")


# The question: what stands before it, the command, its exit code, the option
QUESTIONS = {
    "a new PIN": (nothing, ("pin", "set"), 7, "give it by --new-pin-fd N"),
    "a password": (locked, ("enroll", "alice", *TOTP), 6,
                   "give it by --oath-password-fd"),
    "two codes": (nothing, CODES, 2, "or give them by --codes-fd N"),
    "a phone": (nothing, ("enroll", "alice", "--method", "virtual"), 6,
                "--allow-virtual"),
    "orphans": (orphan, ("revoke", "--orphans"), 6, "on a terminal or by "
                "--yes"),
    "root": (nothing, ("root", "--check", "--without-api", "--account",
                       "123456789012"), 2, "--profile"),
    "a member's root": (member, ("root", "--remove-credentials", "--account",
                                  "210987654321"), 2,
                        "say --confirm 210987654321"),
    "a code of one's own": (own_code, ("enroll", "alice", "--method", "totp",
                                       "--exact-name"), 4,
                            "aws sts get-session-token"),
    # the one that no option answers, which it says
    "a reset": (nothing, ("reset",), 6, "no option says so"),
    "the first day": (nothing, ("setup", "auditor", "--without", "group"), 2,
                      "say --yes, or --without"),
}


def changes(site):
    return [c["action"] for c in site.iam.calls() if c["effect"] and
            not c["action"].startswith(("Get", "List", "Describe", "Assume"))]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_to_nobody_is_an_error_that_names_the_option(aws_site,
                                                               question):
    before, words, code, option = QUESTIONS[question]
    before(aws_site)
    aws_site.iam.calls(clear=True)
    done = aws_site.run(*words, "--json")
    assert (done.code, done.out) == (code, ""), done
    assert option in done.err, done
    assert changes(aws_site) == []


def test_a_pin_that_nobody_gives_is_an_error_that_names_the_option(site):
    site.plug(PIN)
    site.trust_vendor()
    site.make_registry()
    done = site.run("verify", "--json")
    assert (done.code, done.out) == (7, ""), done
    assert "--pin-fd N" in done.err, done
    assert site.tokens.stats("a")["pin_retries"] == 8
