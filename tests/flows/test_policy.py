# SPDX-License-Identifier: Apache-2.0
"""The policy file: what it refuses, where, and what nobody can override."""
import json
import pathlib
import re

import pytest

from conftest import YK

MAKE = "makeCredential"
OLD_NFC = "2fc0579f-8113-47ea-b116-bb5a8db9202a"
SOFT = "a0f1c5d2-0b5e-4e8f-9a36-57f045740001"  # of the soft YubiKey 5
OLD = {"profile": "yubikey5-old", "serial": 12345678}


def write(site, *lines, mode=0o644):
    """The policy file with these lines; the settings name it."""
    path = site.folder / "tokens.policy"
    path.write_text("".join(line + "\n" for line in lines))
    path.chmod(mode)
    if "\npolicy = " not in site.config.read_text():
        with site.config.open("a") as config:
            config.write(f"policy = {path}\n")
    return path


def enroll(site, *more):
    return site.run("enroll", "alice", "--method", "totp", *more)


def asked(site):
    """What AWS was asked."""
    return [call["action"] for call in site.iam.calls()]


def made(site):
    return site.tokens.stats("a")["commands"].get(MAKE, 0)


# ---- enroll ----

def test_without_a_policy_all_is_as_before(aws_site):
    assert enroll(aws_site).code == 0
    shown = aws_site.run("policy", "show", "--json").json["policy"]
    assert shown["path"] is None
    assert {rule["line"] for rule in shown["rules"]} == {None}


def test_what_the_policy_accepts_is_enrolled(aws_site):
    write(aws_site, "verdicts = genuine", f"models = {SOFT}", "firmware = 5.7.4",
          "firmware_signed = yes", "hardware_bound = yes", "methods = totp")
    done = enroll(aws_site)
    assert done.code == 0, done
    assert len(aws_site.bindings()) == 1


@pytest.mark.parametrize("lines,line,words", [
    (["# ours", "pin = yes"], 2, "a PIN must be set, and none is"),
    (["firmware = 5.7.5"], 1,
     "minimum firmware 5.7.5, this token has 5.7.4 (self-reported)"),
    (["firmware = 5.0.0", "firmware.yubikey-5 = 5.8.0"], 2,
     "minimum firmware 5.8.0"),
    (["models = security-key"], 1, "not among the models"),
    ([f"models = {OLD_NFC}"], 1, "not among the models"),
    (["always_uv = yes"], 1, "it must always verify the user"),
    (["pin_length = 8"], 1, "PINs of at least 8 characters"),
    (["methods = fido"], 1, "method totp is not among: fido")])
def test_what_the_tokens_own_words_decide_is_refused_before_aws_is_asked(
        aws_site, lines, line, words):
    path = write(aws_site, *lines)
    before = aws_site.registry.read_bytes()
    done = enroll(aws_site)
    assert done.code == 6, done
    assert f"{path}:{line}: " in done.err and words in done.err
    assert asked(aws_site) == [] and made(aws_site) == 0
    assert aws_site.registry.read_bytes() == before
    assert aws_site.journals() == []


@pytest.mark.parametrize("lines,words", [
    (["", "certification = L1"], "is not known (no metadata)"),
    (["", "verdicts = undecided"], "the token is genuine")])
def test_what_only_an_attestation_tells_is_refused_before_anything_is_made(
        aws_site, lines, words):
    path = write(aws_site, *lines)
    done = enroll(aws_site)
    assert done.code == 6, done
    assert f"{path}:2: " in done.err and words in done.err
    assert "CreateVirtualMFADevice" not in asked(aws_site)
    assert aws_site.show() == [] and aws_site.journals() == []
    assert not aws_site.iam.devices("alice")


def test_a_vulnerable_token_can_be_refused(site, iam):
    site.iam = iam
    iam.add_user("alice")
    site.plug(OLD)
    site.trust_vendor()
    site.make_registry()
    write(site, "verdicts = genuine")
    done = enroll(site)
    assert done.code == 6, done
    assert "the token is genuine-but-vulnerable" in done.err
    write(site, "firmware_signed = yes")
    done = enroll(site)
    assert done.code == 6 and "the firmware must be signed" in done.err
    write(site, "firmware = 5.4.0")
    done = enroll(site)
    assert done.code == 0 and "warning" in done.err, done


def test_force_overrides_the_policy_and_is_recorded(aws_site):
    path = write(aws_site, "pin = yes", "certification = L2")
    done = enroll(aws_site, "--force", "the first of a new batch")
    assert done.code == 0, done
    assert "accepted by --force: the first of a new batch" in done.err
    assert f"{path}:1: " in done.err and f"{path}:2: " in done.err
    log = aws_site.run("registry", "log", "--json").out
    assert any("reason" in json.loads(line)["body"]
               for line in log.splitlines())


def test_a_forged_token_is_refused_whatever_the_policy_and_force_say(aws_site):
    write(aws_site, "verdicts = genuine genuine-but-vulnerable unknown-maker "
          "self-attested not-attested undecided")
    aws_site.tokens.misbehave("a", "forge-attestation", count=-1)
    done = enroll(aws_site, "--force", "please")
    assert done.code == 24, done
    assert "--force" not in done.err.splitlines()[-1]
    assert "CreateVirtualMFADevice" not in asked(aws_site)


def test_a_verdict_that_the_policy_accepts_needs_no_force(site, iam):
    """No vendor is trusted: undecided, and accepted by the policy."""
    site.iam = iam
    iam.add_user("alice")
    site.plug(YK)
    site.make_registry()
    done = enroll(site)
    assert done.code == 26, done
    write(site, "verdicts = genuine undecided")
    assert enroll(site).code == 0


def test_the_policy_names_the_method_that_is_meant(aws_site):
    write(aws_site, "methods = totp", "default_method = totp")
    done = aws_site.run("enroll", "alice")
    assert done.code == 0, done
    write(aws_site, "default_method = virtual")
    done = aws_site.run("enroll", "bob")
    assert done.code == 6 and "--allow-virtual" in done.err, done


# ---- the file ----

@pytest.mark.parametrize("line,words", [
    ("pins = yes", "line 2: 'pins': unknown key"),
    ("pin = maybe", "line 2: 'pin': yes or no"),
    ("verdicts = forged", "never"), ("pin", "not of the form"),
    ("pin = yes\npin = yes", "line 3: 'pin': it is there twice"),
    ("firmware = 5.7", "a version like")])
@pytest.mark.parametrize("command", [
    ["enroll", "alice", "--method", "totp"], ["verify"], ["policy", "show"],
    ["policy", "check"]])
def test_a_bad_file_ends_every_command_before_anything(aws_site, line, words,
                                                       command):
    path = write(aws_site, "# ours", line)
    done = aws_site.run(*command)
    assert done.code == 2, done
    assert f"'{path}', " in done.err and words in done.err
    assert done.out == "" and made(aws_site) == 0 and asked(aws_site) == []


def test_the_file_must_be_there_and_writable_by_nobody_else(bench, site):
    tokens = bench()
    path = write(site, "pin = no", mode=0o666)
    done = site.run("verify")
    assert done.code == 1 and "others must not write it" in done.err
    path.unlink()
    done = site.run("verify")
    assert done.code == 1 and str(path) in done.err
    assert MAKE not in tokens.stats("a")["commands"]


def test_it_is_a_setting_of_the_system_only(site):
    folder = site.home / ".config"
    folder.mkdir()
    (folder / "tokenbridge.conf").write_text("policy = /x\n")
    done = site.run("policy", "show")
    assert done.code == 2 and "may stand only in" in done.err


# ---- verify ----

def test_verify_shows_the_policy_and_keeps_its_verdict(bench, site):
    bench()
    done = site.run("verify", "--json")
    assert done.json["policy"] == {"path": None, "accepted": True,
                                   "refusals": []}
    assert "policy" not in [s["step"] for s in done.json["steps"]]
    path = write(site, "", "pin = yes", "firmware = 5.8.0")
    done = site.run("verify", "--json")
    assert done.code == 0 and done.json["verdict"] == "genuine", done
    told = done.json["policy"]
    assert told["path"] == str(path) and told["accepted"] is False
    assert [(r["key"], r["line"]) for r in told["refusals"]] == [
        ("firmware", 3), ("pin", 2)]
    assert f"{path}:3: minimum firmware 5.8.0, this token has 5.7.4 " \
        "(signed)" == told["refusals"][0]["text"]
    shown = [s for s in done.json["steps"] if s["step"] == "policy"]
    assert [s["status"] for s in shown] == ["fail", "fail"]
    assert shown[1]["text"] == told["refusals"][1]["text"]
    write(site, "firmware = 5.7.4")
    done = site.run("verify")
    assert done.code == 0 and "lets it be registered" in done.out


def test_by_default_the_policy_refuses_by_verdict(site):
    site.plug("solo", cards=False)
    site.make_registry()
    done = site.run("verify", "--json")
    assert done.code == 22
    assert done.json["policy"]["accepted"] is False
    refusal, = done.json["policy"]["refusals"]
    assert (refusal["key"], refusal["line"]) == ("verdicts", None)


# ---- policy show, policy check ----

@pytest.mark.parametrize("number", [0, 1])
def test_the_manuals_examples_are_policies(site, number):
    """Every line of them, read back."""
    page = (pathlib.Path(__file__).parents[2] /
            "man/tokenbridge.policy.5").read_text()
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page, re.S | re.M)
    lines = blocks[number].splitlines()
    write(site, *lines)
    done = site.run("policy", "show", "--json")
    assert done.code == 0, done
    held = {r["line"]: (r["key"], r["value"])
            for r in done.json["policy"]["rules"] if r["line"]}
    assert held == {n: tuple(line.split(" = ")) for n, line in
                    enumerate(lines, 1) if not line.startswith("#")}


def test_show_prints_each_rule_with_its_line(site):
    path = write(site, "pin = yes", "# more", "firmware = 5.7.0",
                 "firmware.yubikey-5-fips = 5.7.2")
    done = site.run("policy", "show", "--json")
    assert done.code == 0, done
    rules = {r["key"]: (r["value"], r["line"])
             for r in done.json["policy"]["rules"]}
    assert done.json["policy"]["path"] == str(path)
    assert rules["pin"] == ("yes", 1) and rules["firmware"] == ("5.7.0", 3)
    assert rules["firmware.yubikey-5-fips"] == ("5.7.2", 4)
    assert rules["verdicts"] == ("genuine genuine-but-vulnerable", None)
    assert rules["always_uv"] == ("no", None)
    text = site.run("policy", "show").out
    line, = [x for x in text.splitlines() if x.startswith("pin ")]
    assert line.split() == ["pin", "yes", f"{path}:1"]
    assert "default" in text


def test_check_decides_the_attached_token(bench, site):
    bench()
    done = site.run("policy", "check")
    assert done.code == 0 and "accepted: the defaults" in done.out, done
    path = write(site, "methods = fido", "pin = yes")
    done = site.run("policy", "check")
    assert done.code == 6, done
    assert f"  {path}:2: a PIN must be set" in done.out
    assert "method" not in done.out and "refused: " in done.out
    done = site.run("policy", "check", "--method", "totp", "--json")
    assert done.code == 6
    assert [r["key"] for r in done.json["policy"]["refusals"]] == [
        "pin", "methods"]
    assert done.json["verdict"] == "genuine"
    write(site, "methods = fido")
    assert site.run("policy", "check").code == 0


def test_a_u2f_key_is_of_the_model_that_its_leaf_proves(bench, site):
    bench("securitykey-u2f")
    model = "a0f1c5d2-0b5e-4e8f-9a36-57f045120002"
    write(site, f"models = {model}")
    done = site.run("policy", "check", "--json")
    assert done.code == 0, done
    write(site, f"models = {SOFT}")
    done = site.run("policy", "check")
    assert done.code == 6 and f"security-key, {model}" in done.out + done.err
    assert "not proved" not in done.out + done.err


def test_check_is_6_for_a_forged_token_too(bench, site):
    tokens = bench()
    tokens.misbehave("a", "forge-attestation", count=-1)
    done = site.run("policy", "check")
    assert done.code == 6 and "the token is forged" in done.out


def test_check_writes_nothing(bench, site):
    bench()
    before = site.registry.read_bytes()
    assert site.run("policy", "check").code == 0
    assert site.registry.read_bytes() == before


def test_check_decides_saved_evidence_and_what_it_does_not_say_is_refused(
        bench, site, tmp_path):
    tokens = bench()
    saved = tmp_path / "e.json"
    assert site.run("verify", "--evidence", saved).code == 0
    tokens.unplug("a")
    write(site, "firmware = 5.7.4", "firmware_signed = yes",
          f"models = {SOFT}", "hardware_bound = yes")
    done = site.run("policy", "check", "--from", saved)
    assert done.code == 0 and "saved evidence, genuine" in done.out, done
    write(site, "pin = yes", "pin_length = 6", "always_uv = yes")
    done = site.run("policy", "check", "--from", saved, "--json")
    assert [r["text"].split(": ")[1] for r in
            done.json["policy"]["refusals"]] == [
        "a PIN must be set, and none is",
        "PINs of at least 6 characters, this token takes 4",
        "it must always verify the user, and does not"], done
    # evidence that was made before it kept how a token is set up
    whole = json.loads(saved.read_text())
    for name in ("clientPin", "alwaysUv", "minPINLength"):
        del whole["getInfo"][name]
    saved.write_text(json.dumps(whole))
    path = write(site, "pin = yes", "firmware = 5.7.5")
    done = site.run("policy", "check", "--from", saved, "--json")
    assert done.code == 6, done
    assert [r["text"].split(": ")[0] for r in
            done.json["policy"]["refusals"]] == [f"{path}:2", f"{path}:1"]
    whole = json.loads(saved.read_text())
    whole["clientDataJSON"] = whole["clientDataJSON"][:-4] + "AAAA"
    saved.write_text(json.dumps(whole))
    done = site.run("policy", "check", "--from", saved)
    assert done.code == 6 and "forged" in done.out


@pytest.mark.parametrize("arguments", [
    ["print"], ["show", "--from", "x"], ["show", "--method", "totp"],
    ["check", "--at", "now"], ["check", "--sha256", "00"],
    ["check", "--from", "x", "--fresh"], ["check", "more"], []])
def test_what_makes_no_sense_is_a_usage_error(site, arguments):
    done = site.run("policy", *arguments)
    assert done.code == 2 and done.out == "", done


# ---- pam-enroll ----

def test_pam_enroll_obeys_and_force_overrides(station):
    station.plug(YK, cards=False)
    station.trust_vendor()
    station.make_registry()
    path = write(station, "pin = yes", "methods = fido")
    done = station.pam_enroll("games")
    assert done.code == 6, done
    assert f"{path}:1: " in done.err and "method" not in done.err
    assert made(station) == 0 and station.show() == []
    write(station, "certification = L1", "methods = fido")
    done = station.pam_enroll("games")
    assert done.code == 6 and "no metadata" in done.err, done
    assert station.show() == []
    done = station.pam_enroll("games", "--force", "a rehearsal")
    assert done.code == 0, done
    assert "accepted by --force" in done.err


def test_a_pin_that_is_set_satisfies_the_policy(bench, site, tmp_path):
    bench({**YK, "pin": "123456"})
    write(site, "pin = yes")
    with open(tmp_path / "pin", "w+") as pin:
        pin.write("123456\n")
        pin.flush()
        pin.seek(0)
        done = site.run("policy", "check", "--pin-fd", str(pin.fileno()),
                        pass_fds=[pin.fileno()])
    assert done.code == 0, done
