# SPDX-License-Identifier: Apache-2.0
"""verify: verdicts, and what leads to them."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import pytest

from conftest import YK, PROGRAM

NOBODY = 65534
MAKE = "makeCredential"
ASSERT = "getAssertion"
TOUCH = "Touch the token"
OLD_NFC = "2fc0579f-8113-47ea-b116-bb5a8db9202a"  # 5.2 and 5.4


def verify(site, *more, **options):
    return site.run("verify", *more, **options)


def steps(done):
    """Steps by name as (status, verdict, text); the last of a name."""
    return {s["step"]: (s["status"], s.get("verdict"), s["text"])
            for s in done.json["steps"]}


def advisory(done, words):
    """The step "firmware" that has these words."""
    found, = [(s["status"], s.get("verdict"), s["text"])
              for s in done.json["steps"]
              if s["step"] == "firmware" and words in s["text"]]
    return found


def asked(tokens, name, before, kind):
    return (tokens.stats(name)["commands"].get(kind, 0)
            - before["commands"].get(kind, 0))


def record(site, *more, code=0):
    done = verify(site, "--record", *more)
    assert done.code == code, done
    return site.show()


# ---- what is sound ----

def test_a_sound_key_of_a_trusted_vendor_is_genuine_and_each_step_is_named(
        bench, site):
    bench()
    done = verify(site, "--json")
    assert done.code == 0, done
    assert (done.json["verdict"], done.json["verdictCode"]) == ("genuine", 0)
    shown = steps(done)
    for name in ("signature", "chain", "model", "firmware"):
        assert shown[name][0] == "pass", name
    assert shown["metadata"] == (
        "not-asked", None, "no metadata is here: `tokenbridge trust update` "
        "gets it")
    assert shown["posture"][0] == "warn"
    assert "Example Tokens FIDO Root" in shown["chain"][2]
    assert "signed firmware 5.7.4" in shown["firmware"][2]
    assert done.json["known"] is done.json["proved"] is False
    assert done.json["provedAaguid"] == "a0f1c5d2-0b5e-4e8f-9a36-57f045740001"
    assert done.json["firmwareSigned"] is True


def test_the_text_has_the_same_steps_and_ends_with_the_verdict(bench, site):
    bench()
    done = verify(site)
    lines = done.out.splitlines()
    assert lines[0] == "Yubico YubiKey OTP+FIDO+CCID, serial 12345678"
    assert lines[-1].startswith("genuine: ")
    names = [line.split()[1] for line in lines[1:-1]]
    assert names == ["signature", "chain", "model", "metadata",
                     "advisories", "firmware", "posture", "holder"]
    assert TOUCH in done.err and TOUCH not in done.out


def test_verify_writes_nothing_that_was_not_asked_for(bench, site):
    tokens = bench()
    before = site.registry.read_bytes()
    files = sorted(site.folder.rglob("*"))
    assert verify(site).code == 0
    assert site.registry.read_bytes() == before
    assert [f for f in sorted(site.folder.rglob("*"))
            if "tokens/" not in str(f)] == [
        f for f in files if "tokens/" not in str(f)]
    assert tokens.stats("a")["residents"] == []


def test_one_touch_is_what_a_new_token_is_asked_for(bench, site):
    tokens = bench()
    before = tokens.stats("a")
    done = verify(site)
    assert done.err.count(TOUCH) == 1
    assert asked(tokens, "a", before, MAKE) == 1
    assert asked(tokens, "a", before, ASSERT) == 0
    assert tokens.stats("a")["touch"]["used"] == \
        before["touch"]["used"] + 1


@pytest.mark.parametrize("profile,code,verdict", [
    ("yubikey5", 0, "genuine"), ("securitykey", 0, "genuine"),
    ("yubikey5-old", 20, "genuine-but-vulnerable"),
    ("yubikey4-fips", 20, "genuine-but-vulnerable"),
    ("neo", 20, "genuine-but-vulnerable"), ("solo", 22, "self-attested"),
    ("none-att", 23, "not-attested")])
def test_every_model_has_its_verdict_with_its_vendor_trusted(
        bench, site, profile, code, verdict):
    bench(profile)
    done = verify(site, "--json")
    assert done.code == code, done
    assert (done.json["verdict"], done.json["verdictCode"]) == (verdict, code)


@pytest.mark.parametrize("profile,code", [
    ("yubikey5", 26), ("yubikey5-old", 26), ("securitykey", 26),
    ("neo", 26), ("solo", 22), ("none-att", 23)])
def test_without_trust_data_what_a_vendor_signs_is_undecided(site, profile,
                                                            code):
    site.plug(profile, cards=False)
    site.make_registry()
    done = verify(site, "--json")
    assert done.code == code, done
    if code == 26:
        assert "trust add" in steps(done)["chain"][2]
        assert done.json["verdict"] == "undecided"


@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old", "neo"])
def test_a_vendor_who_is_not_among_the_trusted_is_unknown(site, untrusted,
                                                         profile):
    site.plug({"profile": profile, "ca": str(untrusted)}, cards=False)
    site.trust_vendor()
    site.make_registry()
    done = verify(site, "--json")
    assert done.code == 21, done
    assert done.json["provedAaguid"] is None
    assert steps(done)["signature"][0] == "pass"
    site.trust_vendor(untrusted)
    assert verify(site).code in (0, 20)


def test_a_chain_over_an_intermediate_needs_the_root_only(site, tmp_path):
    from softtoken import make_ca
    ca = make_ca(tmp_path / "deep", name="Deep", intermediate=True)
    site.plug({**YK, "ca": str(ca), "chain": True}, cards=False)
    site.trust_vendor(ca)
    site.make_registry()
    assert verify(site).code == 0
    site.tokens.set("a", chain=False)
    assert verify(site).code == 21
    assert site.run("trust", "add",
                    str(ca / "intermediate.pem")).code == 0
    assert verify(site).code == 0


def test_the_advisory_rests_on_signed_firmware_where_there_is_one(bench,
                                                                  site):
    bench({"profile": "yubikey5", "firmware": "5.6.9"},
          {"profile": "yubikey5-old"})
    done = verify(site, "--json", "-t", site.tokens.hidraw("a"))
    status, verdict, text = advisory(done, "YSA-2024-03")
    assert done.code == 20 and verdict == "genuine-but-vulnerable"
    assert status == "warn" and "EUCLEAK" in text
    assert "signed firmware 5.6.9" in text
    assert "https://" in text and "fixed in 5.7.0" in text
    assert done.json["firmwareBasis"] == "signed"
    done = verify(site, "--json", "-t", site.tokens.hidraw("b"))
    assert done.code == 20
    assert "self-reported firmware 5.4.3" in advisory(done, "YSA-2024-03")[2]
    assert done.json["firmwareSigned"] is False
    assert done.json["firmwareBasis"] == "self-reported"


def test_a_token_cannot_talk_itself_out_of_an_advisory(bench, site):
    """The signed version counts, and the contradiction is told."""
    tokens = bench({"profile": "yubikey5", "firmware": "5.6.9"})
    tokens.set("a", firmware="5.7.4", serial=12345678)
    listed = site.run("list", "--json").json["tokens"][0]["firmware"]
    assert listed == "5.7.4"
    done = verify(site, "--json")
    assert done.code == 20, done
    assert done.json["firmware"] == "5.6.9"
    status, verdict, text = advisory(done, "of itself")
    assert (status, verdict) == ("warn", None)
    assert "signed firmware 5.6.9" in text and "says 5.7.4" in text


def test_a_proved_aaguid_stands_for_the_versions_that_its_vendor_gave_it(
        bench, site):
    """Without a signed version the token's word counts only within them."""
    bench({"profile": "yubikey5-old", "firmware": "5.7.4", "aaguid": OLD_NFC},
          {"profile": "yubikey5-old", "firmware": "5.4.3", "aaguid": OLD_NFC})
    done = verify(site, "--json", "-t", site.tokens.hidraw("a"))
    assert done.code == 20, done
    assert done.json["provedAaguid"] == OLD_NFC
    assert done.json["firmwareBasis"] == "aaguid"
    assert done.json["firmware"] is None
    assert "before 5.7.0 (by its AAGUID)" in advisory(done, "YSA-2024-03")[2]
    assert "says 5.7.4 of itself" in advisory(done, "of itself")[2]
    done = verify(site, "--json", "-t", site.tokens.hidraw("b"))
    assert done.code == 20 and done.json["firmware"] == "5.4.3"
    assert not [s for s in done.json["steps"] if "of itself" in s["text"]]


def test_an_advisory_about_piv_is_shown_and_no_verdict(bench, site):
    bench({"profile": "yubikey4-fips", "firmware": "4.3.4"})
    local_table(site, local_row("YSA-2024-03", "none", product="yubikey-4"))
    done = verify(site, "--json")
    assert done.code == 0, done
    status, verdict, text = advisory(done, "YSA-2017-01")
    assert (status, verdict) == ("warn", None)
    assert "not about FIDO or OATH" in text


def test_the_first_firmware_behind_all_advisories_is_genuine(bench, site):
    bench({"profile": "yubikey5", "firmware": "5.7.3"},
          {"profile": "yubikey5", "firmware": "5.7.4"})
    done = verify(site, "--json", "-t", site.tokens.hidraw("a"))
    assert done.code == 20, done
    advisory(done, "YSA-2025-02")
    assert verify(site, "-t", site.tokens.hidraw("b")).code == 0


# ---- a table of one's own ----

def local_table(site, *rows, date="2026-11-20", mode=0o644):
    path = site.folder / "local.tsv"
    path.write_text(f"# date\t{date}\n" + "".join(
        "\t".join(row) + "\n" for row in rows))
    path.chmod(mode)
    if "\nadvisories = " not in site.config.read_text():
        with site.config.open("a") as config:
            config.write(f"advisories = {path}\n")
    return path


def local_row(name, severity="high", concerns="fido", serials="-",
              product="yubikey-5", first="0.0.0", before="-"):
    return (name, "ours", product, "-", "-", serials, first, before, concerns,
            "something", severity, "https://www.example.com/")


def test_a_table_of_ones_own_adds_to_the_built_in_one(bench, site, tmp_path):
    bench()
    path = local_table(site, local_row("OURS-1", serials="1-99999999"))
    done = verify(site, "--json", "--evidence", tmp_path / "e.json")
    assert done.code == 20, done
    advisory(done, "OURS-1 (ours, high)")
    assert steps(done)["advisories"][0] == "pass"
    assert f"2026-11-20 ({path})" in steps(done)["advisories"][2]
    told = done.json["advisories"]
    assert told["local"] == {"path": str(path), "date": "2026-11-20"}
    basis = json.loads((tmp_path / "e.json").read_text())["basis"]
    assert basis["advisories"] == told["date"]
    assert basis["localAdvisories"] == "2026-11-20"
    local_table(site, local_row("OURS-1", serials="1-12345677"))
    assert verify(site).code == 0
    again = verify(site, "--from", tmp_path / "e.json")
    assert again.code == 0, again
    local_table(site, local_row("OURS-1", serials="12345678-12345678"))
    assert verify(site, "--from", tmp_path / "e.json").code == 20
    info = site.run("info", "--json").json["tokens"][0]["advisories"]
    assert info["local"]["date"] == "2026-11-20"
    assert any("OURS-1" in step["text"] for step in info["steps"])
    assert "OURS-1" in site.run("info").out


def test_what_is_accepted_is_muted_and_shown(bench, site):
    bench({"profile": "yubikey5", "firmware": "5.7.3"})
    assert verify(site).code == 20
    path = local_table(site, local_row("YSA-2025-02", "none"))
    done = verify(site, "--json")
    assert done.code == 0, done
    status, verdict, text = advisory(done, "YSA-2025-02")
    assert (status, verdict) == ("warn", None)
    assert f"muted by '{path}', line 2" in text
    # of another product it is not
    local_table(site, local_row("YSA-2025-02", "none",
                                product="yubikey-5-fips"))
    assert verify(site).code == 20


@pytest.mark.parametrize("change,words", [
    ("not a row", "line 2: not twelve columns"),
    ("mode", "others must not write it"), ("gone", "local.tsv")])
@pytest.mark.parametrize("command", ["verify", "info"])
def test_a_table_that_cannot_be_taken_ends_it_before_any_touch(
        bench, site, change, words, command):
    tokens = bench()
    path = local_table(site, ["x"] if change == "not a row" else
                       local_row("OURS-1"))
    if change == "mode":
        path.chmod(0o666)
    if change == "gone":
        path.unlink()
    done = site.run(command)
    assert done.code == 1, done
    assert words in done.err and done.out == ""
    assert MAKE not in tokens.stats("a")["commands"]


def test_the_table_is_the_systems_only(site):
    site.plug(YK, cards=False)
    (site.home / ".config").mkdir()
    (site.home / ".config/tokenbridge.conf").write_text(
        "advisories = /x\n")
    done = site.run("info")
    assert done.code == 2 and "may stand only in" in done.err


def test_the_old_fips_key_falls_under_its_own_advisory(bench, site):
    bench("yubikey4-fips")
    done = verify(site, "--json")
    assert done.code == 20
    for name in ("YSA-2019-02", "YSA-2024-03"):
        assert advisory(done, name)[:2] == ("warn", "genuine-but-vulnerable")


def test_an_early_key_is_of_the_product_that_its_certificate_is_for(bench,
                                                                    site):
    bench("neo")  # the device id is an extension's OID
    done = verify(site, "--json")
    assert done.code == 20
    for name, verdict in (("CVE-2021-3011", "genuine-but-vulnerable"),
                          ("YSA-2018-01", "genuine-but-vulnerable"),
                          ("CVE-2015-3298", None)):
        status, said, text = advisory(done, name)
        assert (status, said) == ("warn", verdict)
        assert "this is yubikey-neo with unknown firmware" in text
    # the certificate says so, not the USB id
    site.tokens.set("a", vid=0x1234, pid=0x5678)
    site.tokens.replug("a")
    advisory(verify(site, "--json"), "YSA-2018-01")


def test_a_u2f_key_proves_no_model(bench, site):
    bench("neo")
    done = verify(site, "--json")
    assert steps(done)["model"][0] == "unknown"
    assert steps(done)["posture"][2] == "U2F only: it has no PIN"
    assert done.json["provedAaguid"] is None
    assert "fido-u2f" in steps(done)["signature"][2]


# ---- forged ----

FORGED = [
    ("forge-attestation", "signature", "forged, replayed or changed"),
    ("fixed-challenge", "signature", "forged, replayed or changed"),
    ("wrong-rpid-hash", "signature", "another relying party"),
    ("wrong-aaguid", "model", "the answer claims"),
    ("no-up", "signature", "nobody was present")]


@pytest.mark.parametrize("kind,step,words", FORGED)
def test_an_answer_that_no_genuine_token_signs_is_forged(bench, site, kind,
                                                         step, words):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1)
    done = verify(site, "--json")
    assert done.code == 24, done
    status, verdict, text = steps(done)[step]
    assert (status, verdict) == ("fail", "forged") and words in text
    tokens.clear("a")
    assert verify(site).code == 0


def test_a_replayed_attestation_is_forged(bench, site):
    tokens = bench()
    assert verify(site).code == 0
    tokens.misbehave("a", "replay-attestation", count=-1)
    done = verify(site)
    assert done.code == 24
    assert tokens.stats("a")["misbehaviour"]["replay-attestation"][
        "done"] == 1


def test_a_forged_self_attestation_is_forged_not_self_attested(bench, site):
    tokens = bench("solo")
    tokens.misbehave("a", "forge-attestation", count=-1)
    assert verify(site).code == 24


def test_a_forged_u2f_registration_is_forged(bench, site):
    tokens = bench("neo")
    tokens.misbehave("a", "forge-attestation", count=-1)
    assert verify(site).code == 24


def test_forged_stays_forged_where_nobody_is_trusted(site):
    tokens = site.plug(YK, cards=False)
    site.make_registry()
    tokens.misbehave("a", "forge-attestation", count=-1)
    assert verify(site).code == 24


@pytest.mark.parametrize("kind", [kind for kind, *_ in FORGED])
def test_a_forged_token_does_not_get_into_the_registry(bench, site, kind):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1)
    done = verify(site, "--record")
    assert done.code == 24
    assert "nothing is recorded" in done.err
    assert site.show() == []


# ---- tokens that break off ----

BROKEN = [
    # kind, at, exit, words, at least and at most so many seconds
    ("truncate-cbor", 0, 1, "cannot be parsed", 2),
    ("truncate-cbor", 1, 1, "cannot be parsed", 2),
    ("truncate-cbor", 100, 1, "cannot be parsed", 2),
    ("oversize-string", 0, 1, "cannot be parsed", 2),
    ("deep-nesting", 0, 1, "more than libfido2 takes", 2),
    ("indefinite-length", 0, 1, "cannot be parsed", 2),
    ("duplicate-keys", 0, 1, "cannot be parsed", 2),
    ("wrong-sequence", 0, 1, "sends part 1 where part 0 was due", 2),
    ("hid-error", 1, 1, "CTAPHID error 0x01", 2),
    ("hid-error", 6, 1, "busy with an earlier command", 2),
    ("wrong-status", 0x7f, 1, "making a credential: the token answers", 2),
    ("wrong-status", 0x26, 1, "does not do ES256", 2),
    ("wrong-status", 0x27, 8, "refused the operation", 2),
    ("wrong-status", 0x2f, 8, "not touched in time", 2),
    ("wrong-status", 0x31, 7, "wrong PIN", 2),
    ("silence", 0, 1, "did not answer in time", 4),
    ("wrong-cid", 0, 1, "did not answer in time", 4),
    ("unplug-on-command", 0, 4, "was unplugged", 2)]


def test_what_was_late_for_the_token_is_sent_again_before_a_touch(bench,
                                                                  site):
    """CTAPHID error 0x05: the message did not arrive whole, so nothing was
    done."""
    tokens = bench()
    for kind in (MAKE, ASSERT):
        tokens.misbehave("a", "hid-error", count=2, at=5, command=kind)
        done = verify(site, "--record", "--json")
        assert done.code == 0, done
        assert done.err.count("Touch the token") == 1
    assert done.json["proved"] is True
    tokens.misbehave("a", "hid-error", count=3, at=5, command=MAKE)
    done = verify(site, "--fresh")
    assert done.code == 1 and "CTAPHID error 0x05" in done.err, done


@pytest.mark.parametrize("kind,at,code,words,most", BROKEN)
def test_a_token_that_breaks_off_ends_it_with_a_sentence_in_bounded_time(
        bench, site, kind, at, code, words, most):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1, at=at, command=MAKE)
    done = verify(site, "--touch-timeout", "1")
    assert done.code == code, done
    assert words in done.err.splitlines()[-1], done
    assert done.out == "" and done.seconds < most
    if not tokens.stats("a")["plugged"]:
        tokens.plug("a")
    tokens.clear("a")
    assert verify(site).code == 0


@pytest.mark.parametrize("kind,at", [
    ("unplug-at-report", 4), ("unplug-at-report", 8),
    ("unplug-at-report", 11), ("unplug-at-byte", 300),
    ("unplug-at-byte", 700), ("unplug-at-byte", 1100)])
def test_unplugged_at_any_point_is_never_a_verdict(bench, site, kind, at):
    tokens = bench()
    tokens.misbehave("a", kind, at=at)
    done = verify(site, "--touch-timeout", "5")
    assert done.code in (1, 4), done
    assert "was unplugged" in done.err
    assert done.out == "" and done.seconds < 3


@pytest.mark.parametrize("kind", ["trailing-bytes", "non-canonical"])
def test_what_is_signed_decides_not_how_it_is_wrapped(bench, site, kind):
    """Sloppy CBOR around a good signature is either taken or refused."""
    tokens = bench()
    tokens.misbehave("a", kind, count=-1, command=MAKE)
    assert verify(site).code in (0, 1)
    tokens.misbehave("a", "forge-attestation", count=-1)
    assert verify(site).code in (24, 1)


# ---- touch ----

def test_a_touch_that_does_not_come_is_exit_8_within_the_timeout(bench,
                                                                  site):
    tokens = bench()
    tokens.touch("a", "withhold")
    done = verify(site, "--touch-timeout", "1")
    assert done.code == 8, done
    assert "not touched in time" in done.err
    assert 1 <= done.seconds < 3
    assert tokens.stats("a")["commands"]["CANCEL"] == 1
    tokens.touch("a", "give")
    assert verify(site).code == 0


def test_a_u2f_key_that_is_not_touched_is_exit_8_too(bench, site):
    tokens = bench("neo")
    tokens.touch("a", "withhold")
    done = verify(site, "--touch-timeout", "1")
    assert done.code == 8, done
    assert 1 <= done.seconds < 3
    tokens.touch("a", "give")
    assert verify(site).code == 20


def test_the_tokens_own_touch_timeout_is_exit_8(bench, site):
    tokens = bench({**YK, "touch_timeout": 500})
    tokens.touch("a", "withhold")
    done = verify(site)
    assert done.code == 8 and "not touched in time" in done.err
    assert done.seconds < 5


def test_a_late_touch_is_waited_for(bench, site):
    tokens = bench()
    tokens.touch("a", "delay", 1200)
    done = verify(site, "--touch-timeout", "10")
    assert done.code == 0 and done.seconds > 1.2


def test_the_touch_is_announced_before_it_is_waited_for(bench, site):
    tokens = bench()
    tokens.touch("a", "ask")
    process = site.start("verify")
    tokens.wait("a")
    assert process.stderr.readline() == (
        "Touch the token (Yubico YubiKey OTP+FIDO+CCID, serial 12345678) "
        "to prove what it is.\n")
    tokens.grant("a")
    process.communicate(timeout=10)
    assert process.returncode == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM,
                                 signal.SIGHUP])
def test_an_interrupt_while_waiting_cancels_and_frees_the_token_at_once(
        bench, site, how):
    tokens = bench()
    tokens.touch("a", "withhold")
    process = site.start("verify")
    tokens.wait("a")
    process.send_signal(how)
    out, err = process.communicate(timeout=2)
    assert process.returncode == 130, err
    assert out == "" and "interrupted" in err
    assert tokens.stats("a")["commands"]["CANCEL"] == 1
    tokens.touch("a", "give")
    done = verify(site)
    assert done.code == 0 and done.seconds < 4


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "601", ""])
def test_a_senseless_touch_timeout_is_a_usage_error_before_any_touch(
        bench, site, value):
    tokens = bench()
    done = verify(site, f"--touch-timeout={value}")
    assert done.code == 2, done
    assert "touch-timeout" in done.err
    assert MAKE not in tokens.stats("a")["commands"]


# ---- which token, which state ----

def test_several_tokens_and_none_named_is_exit_4(bench, site):
    tokens = bench(YK, "securitykey")
    done = verify(site)
    assert done.code == 4 and "--token 12345678" in done.err
    assert MAKE not in tokens.stats("a")["commands"]
    assert verify(site, "-t", tokens.hidraw("b")).code == 0


@pytest.mark.parametrize("kind", ["config-garbage", "config-truncated",
                                  "config-too-long"])
def test_a_configuration_that_makes_no_sense_is_a_warning_and_no_verdict(
        bench, site, kind):
    tokens = bench()
    tokens.misbehave("a", kind, count=-1)
    done = site.run("verify", "--json")
    assert done.code == 0 and done.json["verdict"] == "genuine", done
    assert "warning: the token's configuration cannot be read, so its serial " \
        "number is not known: device information: " in done.err, done


def test_without_permission_it_is_exit_1_with_the_reason(bench, site):
    tokens = bench()
    tokens.permission("a", "deny")
    done = verify(site)
    assert done.code == 1 and "no permission to open" in done.err


def test_a_held_token_is_waited_for_a_while_then_named(bench, site):
    import fcntl
    tokens = bench()
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        process = site.start("verify", "-t", tokens.hidraw("a"))
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        fcntl.flock(node, fcntl.LOCK_UN)
        process.communicate(timeout=10)
        assert process.returncode == 0
        fcntl.flock(node, fcntl.LOCK_EX)
        done = verify(site)
    assert done.code == 1 and f"(pid {os.getpid()})" in done.err
    assert done.seconds < 8


# ---- what the registry knows ----

def test_json_says_whether_anything_was_written(bench, site):
    bench()
    assert verify(site, "--json").json["changed"] is False
    done = verify(site, "--record", "--json")
    assert done.json["changed"] is True and done.json["known"] is False
    assert verify(site, "--json").json["changed"] is False


def test_a_recorded_token_is_asserted_not_attested_again(bench, site):
    tokens = bench()
    row, = record(site, "--label", "the lab's")
    assert row["label"] == "the lab's" and row["verdict"] == "genuine"
    before = tokens.stats("a")
    done = verify(site, "--json")
    assert done.code == 0 and done.json["proved"] is True
    assert done.json["token"] == row["id"]
    assert asked(tokens, "a", before, MAKE) == 0
    assert asked(tokens, "a", before, ASSERT) == 2  # silent, then touched
    assert tokens.stats("a")["touch"]["used"] - before["touch"]["used"] == 1
    assert steps(done)["liveness"][0] == "pass"
    assert steps(done)["signature"][0] == "pass"
    assert "registered one" in done.err


def test_recording_again_makes_no_second_row_and_counts_on(bench, site):
    bench()
    record(site)
    for _ in range(2):
        rows = record(site)
    assert len(rows) == 1 and rows[0]["credentialCount"] == 1
    types = [json.loads(line)["type"] for line in site.run(
        "registry", "log", "--json").out.splitlines()]
    assert types == ["registry.init", "token.added", "credential.added",
                     "token.verified"] + [
        "credential.used", "token.verified"] * 2
    site.check_chain()


def test_fresh_attests_a_known_token_once_more_with_a_second_touch(bench,
                                                                    site):
    tokens = bench()
    record(site)
    before = tokens.stats("a")
    done = verify(site, "--fresh", "--json")
    assert done.code == 0
    assert asked(tokens, "a", before, MAKE) == 1
    assert done.err.count(TOUCH) == 2
    tokens.misbehave("a", "forge-attestation", count=-1, command=MAKE)
    assert verify(site).code == 0
    assert verify(site, "--fresh").code == 24


@pytest.mark.parametrize("profile,kind", [
    ("yubikey5", "counter-back"), ("yubikey5", "counter-zero"),
    ("yubikey5", "wrong-key"), ("yubikey5", "wrong-signature"),
    ("yubikey5", "no-up"), ("yubikey5", "wrong-rpid-hash"),
    ("securitykey", "counter-back"), ("securitykey", "wrong-key"),
    ("neo", "counter-back"), ("neo", "wrong-signature"), ("neo", "no-up")])
def test_a_known_token_that_fails_its_proof_is_not_this_token(
        bench, site, profile, kind):
    tokens = bench({"profile": profile})
    code = 20 if profile == "neo" else 0
    record(site, code=code)
    # a U2F registration tells no counter, an assertion does
    record(site, code=code)
    before = site.registry.read_bytes()
    tokens.misbehave("a", kind, count=-1)
    done = verify(site, "--json", "--record")
    assert done.code == 27, done
    assert done.json["verdict"] == "not-this-token"
    assert steps(done)["liveness"][0] == "fail"
    assert done.json["proved"] is False
    assert "nothing is recorded" in done.err
    assert site.registry.read_bytes() == before
    tokens.clear("a")


def test_a_counter_that_fell_is_said_to_be_maybe_a_clone(bench, site):
    tokens = bench()
    record(site)
    record(site)
    tokens.set("a", counter=1)
    done = verify(site, "--json")
    assert done.code == 27
    assert "may be a clone" in steps(done)["liveness"][2]


@pytest.mark.parametrize("kind,code,words", [
    ("truncate-cbor", 1, "cannot be parsed"),
    ("deep-nesting", 1, "more than libfido2 takes"),
    ("oversize-string", 1, "cannot be parsed"),
    ("duplicate-keys", 1, "cannot be parsed"),
    ("hid-error", 1, "CTAPHID error 0x1e"),
    ("silence", 1, "did not answer in time"),
    ("unplug-on-command", 4, "was unplugged")])
def test_a_known_token_that_breaks_off_is_no_verdict(bench, site, kind, code,
                                                     words):
    tokens = bench()
    record(site)
    tokens.misbehave("a", kind, count=-1, at=30, command=ASSERT)
    done = verify(site, "--touch-timeout", "1")
    assert done.code == code, done
    assert words in done.err and done.seconds < 12


def test_a_known_token_that_is_not_touched_is_exit_8(bench, site):
    tokens = bench()
    record(site)
    tokens.touch("a", "withhold")
    done = verify(site, "--touch-timeout", "1")
    assert done.code == 8, done
    assert "not touched in time" in done.err


def test_after_a_fido_reset_the_way_on_is_told_and_leads_there(bench, site):
    tokens = bench({**YK, "reset_window": 60000})
    row, = record(site)
    reset = tokens.run("fido2-token", "-R", tokens.hidraw("a"))
    assert reset.returncode == 0, reset
    done = verify(site, "--json")
    told = f"registry retire {row['id'][:8]}"
    assert done.code == 27 and told in steps(done)["liveness"][2], done
    assert site.run(*told.split()).code == 0
    assert verify(site, "--record").code == 0
    assert verify(site).code == 0


def test_after_a_fido_reset_it_is_not_this_token(bench, site):
    tokens = bench({**YK, "reset_window": 60000})
    record(site)
    tokens.replug("a")
    done = tokens.run("fido2-token", "-R", tokens.hidraw("a"))
    assert done.returncode == 0, done
    before = tokens.stats("a")
    done = verify(site, "--json")
    assert done.code == 27, done
    assert "FIDO was reset" in steps(done)["liveness"][2]
    assert done.json["known"] is True and done.json["proved"] is False
    assert asked(tokens, "a", before, MAKE) == 0


def test_another_key_with_the_same_serial_number_is_not_this_token(bench,
                                                                   site):
    tokens = bench(YK, {**YK, "unplugged": True})
    row, = record(site, "--label", "mine")
    tokens.unplug("a")
    tokens.plug("b")
    assert site.run("list", "--json").json["tokens"][0]["serial"] == 12345678
    done = verify(site, "--json", "--record")
    assert done.code == 27, done
    assert "another token" in steps(done)["liveness"][2]
    assert "found, not proved" in steps(done)["holder"][2]
    assert len(site.show()) == 1


def test_two_security_keys_without_serials_are_two_rows_found_again(bench,
                                                                    site):
    tokens = bench("securitykey", "securitykey")
    for name in "ab":
        record(site, "-t", tokens.hidraw(name), "--label", name)
    assert len(site.show()) == 2
    ids = {row["label"]: row["id"] for row in site.show()}
    for name in "ab":
        done = verify(site, "--json", "-t", tokens.hidraw(name))
        assert done.code == 0
        assert done.json["token"] == ids[name]
        assert done.json["proved"] is True


def test_a_known_token_whose_vendor_is_not_trusted_any_more_is_undecided(
        bench, site, untrusted):
    bench()
    record(site)
    anchor = site.run("trust", "show", "--json").json["anchors"][0]["sha256"]
    assert site.run("trust", "remove", anchor).code == 0
    assert verify(site).code == 26
    site.trust_vendor(untrusted)
    assert verify(site).code == 21


def test_the_holder_is_shown_and_said_to_be_proved(aws_site):
    done = aws_site.run("enroll", "alice", "--method", "totp")
    assert done.code == 0, done
    done = aws_site.run("verify", "--json")
    assert done.code == 0, done
    assert done.json["holder"] == "alice"
    status, _, text = steps(done)["holder"]
    assert status == "pass" and text.startswith("alice, assigned")


def test_a_label_names_the_token(bench, site):
    bench(YK, {"profile": "yubikey5", "serial": 87654321})
    record(site, "-t", "87654321", "--label", "safe 7")
    done = verify(site, "--json", "-t", "safe 7")
    assert done.code == 0
    assert done.json["attached"]["serial"] == 87654321


@pytest.mark.parametrize("label", ["two\nlines", "bell\a", "x" * 5000])
def test_a_label_that_could_break_a_line_is_refused(bench, site, label):
    bench()
    done = verify(site, "--record", "--label", label)
    assert done.code not in (0, 20), done
    assert site.show() == [] or site.show()[0]["label"] is None


# ---- no registry, or one that may not be read ----

def test_a_registry_that_others_may_write_to_is_unknown_and_exit_10(bench,
                                                                    site):
    bench()
    site.registry.chmod(0o666)
    done = verify(site, "--json")
    assert done.code == 10, done
    assert done.json["verdict"] == "genuine"
    assert steps(done)["holder"][:2] == ("unknown", None)
    assert str(site.registry) in done.err
    done = verify(site, "--registry", str(site.registry))
    assert done.code == 1 and done.out == ""


def test_a_bad_verdict_goes_before_an_unreadable_registry(bench, site):
    bench("solo")
    site.registry.chmod(0o666)
    assert verify(site).code == 22


def test_who_may_not_read_the_systems_registry_gets_the_verdict(bench, site):
    if os.geteuid() != 0 or subprocess.run(
            ["true"], user=NOBODY, group=NOBODY,
            extra_groups=[]).returncode:
        pytest.skip("needs root, to become somebody else")
    tokens = bench()
    tokens.permission("a", "0666")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        config = folder / "system.conf"
        config.write_text(f"trust_dir = {folder}/trust\n"
                          f"registry = {folder}/closed/registry.db\n")
        config.chmod(0o644)
        root = site.folder / "tokens/ca/root.pem"
        for command in (["trust", "add", str(root)], ["registry", "init"]):
            subprocess.run([PROGRAM, *command, "--config", config],
                           env=site.env(), check=True, capture_output=True)
        def as_nobody(*words):
            return subprocess.run(
                [PROGRAM, *words, "--config", config], user=NOBODY,
                group=NOBODY, extra_groups=[], env=site.env(HOME=name),
                capture_output=True, text=True, cwd="/", timeout=60,
                stdin=subprocess.DEVNULL)

        def closed(path):
            return (f"registry '{path}': permission denied: use sudo or "
                    "--registry")

        for mode in (0o700, 0o711):  # of the folder, then of the file
            (folder / "closed").chmod(mode)
            done = as_nobody("verify")
            assert done.returncode == 0, done
            assert done.stdout.splitlines()[-2].startswith("genuine: ")
            assert done.stdout.splitlines()[-1].endswith(
                closed(folder / "closed/registry.db"))
            assert re.search(r"not-asked +holder +registry", done.stdout), done
            assert "permission denied" not in done.stderr
        named = str(folder / "closed/registry.db")
        for words in (["verify"], ["registry", "show"], ["registry", "log"],
                      ["registry", "backup", "/tmp/copy"],
                      ["registry", "publish"]):
            done = as_nobody(*words, "--registry", named)
            assert done.returncode == 1, done
            assert closed(named) in done.stderr, done


def test_a_named_registry_that_is_not_there_is_an_error_with_the_command(
        site):
    tokens = site.plug(YK, cards=False)
    done = verify(site)
    assert done.code == 1
    assert "tokenbridge registry init --registry" in done.err
    assert MAKE not in tokens.stats("a")["commands"]


def test_a_damaged_registry_is_an_error_before_any_touch(bench, site):
    tokens = bench()
    damaged = bytearray(site.registry.read_bytes())
    damaged[4096:8192] = bytes(4096)
    site.registry.write_bytes(damaged)
    done = verify(site)
    assert done.code == 1, done
    assert MAKE not in tokens.stats("a")["commands"]
    assert site.registry.read_bytes() == bytes(damaged)


# ---- usage ----

@pytest.mark.parametrize("arguments", [
    ["extra"], ["--from", "x", "--fresh"], ["--from", "x", "--record"],
    ["--from", "x", "--token", "1"], ["--at", "made"],
    ["--sha256", "00"], ["--from", "x", "--evidence", "y"],
    ["--head", "x"], ["--format", "xml"], ["--touch-timeout"]])
def test_options_that_make_no_sense_together_are_usage_errors(site,
                                                              arguments):
    done = site.run("verify", *arguments)
    assert done.code == 2, done
    assert done.out == ""
