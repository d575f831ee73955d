# SPDX-License-Identifier: Apache-2.0
"""code: which account is meant, and how long its code is good for."""
import fcntl
import json
import time

import pytest

from lines import assigned, oathtool, wait_for_touch

STEP = 30


def enroll(site, user="alice", *more):
    done = site.run("enroll", user, "--method", "totp", *more)
    assert done.code == 0, done
    (device,) = assigned(site.iam, user)
    return device, site.iam.devices(user)[device]["seed"]


def test_a_code_that_was_over_before_the_touch_is_not_given(aws_site):
    _, seed = enroll(aws_site)
    aws_site.tokens.touch("a", "ask")
    used = aws_site.tokens.stats("a")["touch"]["used"]
    time.sleep((STEP - 4 - time.time()) % STEP)
    process = aws_site.start("code", "--json")
    wait_for_touch(aws_site, used + 1)
    time.sleep(STEP + 1 - time.time() % STEP)
    aws_site.tokens.touch("a", "give")
    out, err = process.communicate(timeout=30)
    now = time.time()
    assert process.returncode == 0, err
    told = json.loads(out)["code"]
    assert told["code"] == oathtool(seed, now)
    assert abs(told["validSeconds"] - (STEP - now % STEP)) < 3, told
    assert "over before the touch came" in err


def test_a_code_is_good_until_its_own_step_ends(aws_site):
    enroll(aws_site)
    aws_site.tokens.touch("a", "ask")
    used = aws_site.tokens.stats("a")["touch"]["used"]
    time.sleep((3 - time.time()) % STEP)
    process = aws_site.start("code", "--json")
    wait_for_touch(aws_site, used + 1)
    time.sleep(5)
    aws_site.tokens.grant("a")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    left = json.loads(out)["code"]["validSeconds"]
    assert abs(left - (STEP - time.time() % STEP)) < 3


@pytest.mark.parametrize("words", [[], ["--token", "blue-7"]], ids=len)
def test_the_prompt_calls_the_token_by_its_label(aws_site, words):
    enroll(aws_site, "alice", "--label", "blue-7")
    done = aws_site.run("code", *words)
    assert done.code == 0 and done.err.startswith(
        "Touch the token 'blue-7' (Yubico YubiKey OTP+FIDO+CCID, serial "
        "12345678) for a code of "), done


def test_a_token_that_another_program_holds_is_said_to_be_held(aws_site):
    enroll(aws_site)
    with aws_site.tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        done = aws_site.run("code")
    assert done.code == 1 and done.out == "", done
    assert "is held by" in done.err and "OATH" not in done.err, done


def test_the_arn_that_enroll_printed_names_the_account(aws_site):
    long = "alice.with-a-name-of-sixty-four-characters-" + "x" * 20
    aws_site.iam.add_user(long)
    device, seed = enroll(aws_site, long, "--holder", "alice")
    enroll(aws_site, "bob", "--holder", "alice")
    assert len(device) > 64
    before = time.time()
    done = aws_site.run("code", device)
    assert done.code == 0, done
    assert done.out.strip() in {oathtool(seed, before),
                                oathtool(seed, time.time())}
    done = aws_site.run("code", device + "x")
    assert done.code == 1 and device + "x" in done.err, done


CONSOLE = "Amazon Web Services:alice@example"


def add_by_ykman(site, name, seed, *more):
    """As ykman puts what it read from the console's QR code; with the system's
    Python, where Debian puts it."""
    issuer, _, user = name.partition(":")
    done = site.tokens.run("ykman", "--reader", site.cards.reader(0), "oath",
                           "accounts", "add", "--issuer", issuer, "--touch",
                           user, seed, *more)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("argument", [[], [CONSOLE], ["alice@"]])
def test_the_console_s_qr_code_makes_an_account_of_aws(aws_site, argument):
    made = aws_site.iam.add_virtual_device("phone", user="alice")
    add_by_ykman(aws_site, CONSOLE, made["seed"])
    before = time.time()
    done = aws_site.run("code", *argument)
    assert done.code == 0, done
    assert CONSOLE in done.err
    assert done.out.strip() in {oathtool(made["seed"], before),
                                oathtool(made["seed"], time.time())}


@pytest.mark.parametrize("period", [15, 60])
def test_a_code_is_of_the_period_that_its_name_tells(aws_site, period):
    seed = aws_site.iam.add_virtual_device("phone", user="alice")["seed"]
    add_by_ykman(aws_site, "shop:alice", seed, "--period", str(period))
    before = time.time()
    done = aws_site.run("code", "shop:alice", "--json")
    assert done.code == 0, done
    told = done.json["code"]
    assert told["oathCredential"] == f"{period}/shop:alice"
    assert told["code"] in {oathtool(seed, before, period),
                            oathtool(seed, time.time(), period)}
    left = period - time.time() % period
    assert abs(told["validSeconds"] - left) < 3 or left > period - 3, told


@pytest.mark.parametrize("name", ["shop:alice", "shop"])
def test_a_credential_that_counts_is_not_asked(aws_site, name):
    """Each answer of it would use one of its codes up."""
    seed = aws_site.iam.add_virtual_device("phone", user="alice")["seed"]
    add_by_ykman(aws_site, "shop:alice", seed, "--oath-type", "HOTP")
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = aws_site.run("code", name)
    assert done.code == 1 and done.out == "", done
    assert ("counts (HOTP)" if ":" in name else "no TOTP") in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == used
