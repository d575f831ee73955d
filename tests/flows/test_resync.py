# SPDX-License-Identifier: Apache-2.0
"""resync: two codes of the token, of steps that have begun and that AWS has not
taken before, and a proof where one can be had."""
import pytest

from iam import totp
from lines import assigned, oathtool

TOTP = ("--method", "totp")
STEP = 30


def enroll(site, user="alice", *more):
    done = site.run("enroll", user, *TOTP, *more)
    assert done.code == 0, done
    return assigned(site.iam, user)[0]


def drift(site, device, steps):
    """The device as it is at AWS once its clock was `steps` off, its last
    pair long ago."""
    seed = site.iam.devices()[device]["seed"]
    iam = site.iam.botocore("iam")
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=device)
    site.iam.clock(advance=2 * STEP)
    first, second = site.iam.pair(seed, steps=steps)
    iam.enable_mfa_device(UserName="alice", SerialNumber=device,
                          AuthenticationCode1=first,
                          AuthenticationCode2=second)
    site.iam.clock(advance=(steps + 3) * STEP)
    assert site.iam.devices()[device]["adjustment"] == steps
    return seed


def sent(site):
    return site.iam.calls("ResyncMFADevice")


def check_pair(site, seed, call):
    """Of two steps that had begun, by a program that nobody here wrote."""
    now = call["time"]
    codes = [call["params"][f"AuthenticationCode{n}"] for n in (1, 2)]
    pairs = [[oathtool(seed, now - STEP - back), oathtool(seed, now - back)]
             for back in (0, STEP)]
    assert codes in pairs, (codes, pairs)


def test_a_device_whose_clock_is_off_is_set_right(aws_site):
    device = enroll(aws_site)
    seed = drift(aws_site, device, 1)
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = aws_site.run("resync", "alice", "--json")
    assert done.code == 0, done
    assert done.json["resynced"]["device"] == device
    assert done.json["resynced"]["confirmed"] is None
    (call,) = sent(aws_site)
    check_pair(aws_site, seed, call)
    assert aws_site.iam.devices()[device]["adjustment"] in (0, -1)
    said = [line for line in done.err.splitlines() if "ouch" in line]
    assert said == [
        "Touch token 12345678 (touch 1 of 2) for the last code of "
        f"{device}.",
        "Touch token 12345678 (touch 2 of 2) for the present code of "
        f"{device}."], done
    assert used + 2 == aws_site.tokens.stats("a")["touch"]["used"]


def test_the_prompt_calls_the_token_by_its_label(aws_site):
    drift(aws_site, enroll(aws_site, "alice", "--label", "blue-7"), 1)
    done = aws_site.run("resync", "alice", "blue-7")
    assert done.code == 0, done
    assert "Touch token 'blue-7' (touch 1 of 2) for the last code" in done.err
    assert "Touch token 'blue-7' (touch 2 of 2) for the " in done.err


def test_codes_that_aws_took_at_enabling_are_not_sent_again(aws_site):
    device = enroll(aws_site)
    seed = aws_site.iam.devices()[device]["seed"]
    enabled = aws_site.iam.devices()[device]["enabled"]
    done = aws_site.run("resync", "alice", timeout=120)
    assert done.code == 0, done
    assert "AWS may have taken the codes of now already: waiting " in done.err
    (call,) = sent(aws_site)
    check_pair(aws_site, seed, call)
    assert call["params"]["AuthenticationCode1"] not in (
        totp.code(seed, int(enabled // STEP)),
        totp.code(seed, int(enabled // STEP) - 1))
    assert call["error"] is None


def test_a_refused_pair_is_followed_by_a_later_one(aws_site):
    device = enroll(aws_site)
    seed = drift(aws_site, device, 0)
    aws_site.iam.order("ResyncMFADevice", error="InvalidAuthenticationCode")
    done = aws_site.run("resync", "alice", timeout=120)
    assert done.code == 0, done
    first, second = sent(aws_site)
    check_pair(aws_site, seed, second)
    assert first["params"]["AuthenticationCode2"] not in second[
        "params"].values()


@pytest.mark.parametrize("fault", [{"drop": "after"},
                                   {"http": 503, "body": "html"}],
                         ids=["reset-afterwards", "html"])
def test_a_lost_answer_is_followed_by_a_later_pair(aws_site, fault):
    device = enroll(aws_site)
    drift(aws_site, device, 0)
    aws_site.iam.order("ResyncMFADevice", count=1, **fault)
    done = aws_site.run("resync", "alice", timeout=120,
                        env={"AWS_MAX_ATTEMPTS": "1"})
    assert done.code == 0, done
    assert len(sent(aws_site)) == 2
    assert sent(aws_site)[1]["error"] is None


def test_what_aws_refuses_otherwise_is_said_at_once(aws_site):
    device = enroll(aws_site)
    drift(aws_site, device, 0)
    aws_site.iam.order("ResyncMFADevice", error="AccessDenied", count=None)
    done = aws_site.run("resync", "alice", device)
    assert done.code == 9, done
    assert "iam:ResyncMFADevice" in done.err, done
    assert len(sent(aws_site)) == 1


def prove(site, *more):
    device = enroll(site)
    drift(site, device, 0)
    site.who = "alice"
    return device, lambda: site.run("resync", "alice", *more, timeout=120)


def test_the_users_own_resync_is_proved_by_sts(aws_site):
    device, resync = prove(aws_site)
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = resync()
    assert done.code == 0, done
    assert "  proof     STS took a code of it\n" in done.out, done
    (call,) = aws_site.iam.calls("GetSessionToken")
    assert call["params"]["SerialNumber"] == device
    assert aws_site.tokens.stats("a")["touch"]["used"] == used + 2


def test_sts_is_asked_again_while_it_has_not_heard(aws_site):
    _, resync = prove(aws_site, "--json")
    aws_site.iam.order("GetSessionToken", error="AccessDenied", count=2)
    done = resync()
    assert done.code == 0, done
    assert done.json["resynced"]["confirmed"] is True
    assert len(aws_site.iam.calls("GetSessionToken")) == 3


def test_what_sts_never_takes_is_not_confirmed_yet(aws_site):
    _, resync = prove(aws_site)
    aws_site.iam.order("GetSessionToken", error="AccessDenied", count=None)
    done = resync()
    assert done.code == 10, done
    assert "  proof     not confirmed yet: " in done.out, done
    calls = aws_site.iam.calls("GetSessionToken")
    assert len(calls) == 4
    assert calls[-1]["time"] - calls[0]["time"] < 30.5


def test_a_token_that_is_not_here_is_asked_for(aws_site):
    device = enroll(aws_site)
    aws_site.tokens.unplug("a")
    aws_site.wait_for_no_card()
    done = aws_site.run("resync", "alice")
    assert done.code == 4, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: no token here holds the OATH credential "
        f"'{device}': plug it in"), done
    assert sent(aws_site) == []


def test_one_of_two_tokens_is_named(two_keys):
    first = two_keys.run("enroll", "alice", *TOTP, "--label", "blue",
                         "--token", two_keys.tokens.hidraw("a"))
    assert first.code == 0, first
    (device,) = assigned(two_keys.iam, "alice")
    second = two_keys.run("enroll", "alice", *TOTP, "--label", "red",
                          "--token", two_keys.tokens.hidraw("b"))
    assert second.code == 0, second
    done = two_keys.run("resync", "alice")
    assert done.code == 2, done
    assert done.err.splitlines()[-1] == (
        "tokenbridge: 'alice' has 2 virtual devices: name one"), done
    two_keys.iam.clock(advance=3 * STEP)
    used = two_keys.tokens.stats("b")["touch"]["used"]
    done = two_keys.run("resync", "alice", "blue")
    assert done.code == 0, done
    assert sent(two_keys)[0]["params"]["SerialNumber"] == device
    # as enroll prints it, behind the last slash of the ARN
    two_keys.iam.clock(advance=3 * STEP)
    done = two_keys.run("resync", "alice", device.rpartition("/")[2])
    assert done.code == 0, done
    assert sent(two_keys)[1]["params"]["SerialNumber"] == device
    assert two_keys.tokens.stats("b")["touch"]["used"] == used


def test_nobody_touches_in_time(aws_site):
    device = enroll(aws_site)
    drift(aws_site, device, 0)
    aws_site.tokens.touch("a", "ask")
    done = aws_site.run("resync", "alice", "--touch-timeout", "2")
    assert done.code == 8, done
    assert "the token was not touched in time" in done.err, done
    assert sent(aws_site) == []
