# SPDX-License-Identifier: Apache-2.0
"""The policy file: what it refuses, where, and what nobody can override."""
import json
import pathlib
import re

import pytest

from conftest import YK

MAKER = "makeCredential"
OLD_NFC = "2fc0579f-8113-47ea-b116-bb5a8db9202a"
SOFT = "a0f1c5d2-0b5e-4e8f-9a36-57f045740001"  # of the soft YubiKey 5
OLD = {"profile": "yubikey5-old", "serial": 12345678}


def write(desk, *lines, mode=0o644):
    """The policy file with these lines; the settings name it."""
    path = desk.folder / "tokens.policy"
    path.write_text("".join(line + "\n" for line in lines))
    path.chmod(mode)
    if "\npolicy = " not in desk.config.read_text():
        with desk.config.open("a") as config:
            config.write(f"policy = {path}\n")
    return path


def enroll(desk, *more):
    return desk.run("enroll", "alice", "--method", "totp", *more)


def asked(desk):
    """What AWS was asked."""
    return [call["action"] for call in desk.iam.calls()]


def made(desk):
    return desk.tokens.stats("a")["commands"].get(MAKER, 0)


# ---- enroll ----

def test_without_a_policy_all_is_as_before(office):
    assert enroll(office).code == 0
    shown = office.run("policy", "show", "--json").json["policy"]
    assert shown["file"] is None
    assert {rule["line"] for rule in shown["rules"]} == {None}


def test_what_the_policy_accepts_is_enrolled(office):
    write(office, "verdicts = genuine", f"models = {SOFT}", "firmware = 5.7.4",
          "firmware_signed = yes", "hardware_bound = yes", "methods = totp")
    done = enroll(office)
    assert done.code == 0, done
    assert len(office.bindings()) == 1


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
        office, lines, line, words):
    path = write(office, *lines)
    before = office.registry.read_bytes()
    done = enroll(office)
    assert done.code == 6, done
    assert f"{path}:{line}: " in done.err and words in done.err
    assert asked(office) == [] and made(office) == 0
    assert office.registry.read_bytes() == before
    assert office.journals() == []


@pytest.mark.parametrize("lines,words", [
    (["", "certification = L1"], "is not known (no metadata)"),
    (["", "verdicts = undecided"], "the token is genuine")])
def test_what_only_an_attestation_tells_is_refused_before_anything_is_made(
        office, lines, words):
    path = write(office, *lines)
    done = enroll(office)
    assert done.code == 6, done
    assert f"{path}:2: " in done.err and words in done.err
    assert "CreateVirtualMFADevice" not in asked(office)
    assert office.show() == [] and office.journals() == []
    assert not office.iam.devices("alice")


def test_a_vulnerable_token_can_be_refused(desk, iam):
    desk.iam = iam
    iam.add_user("alice")
    desk.plug(OLD)
    desk.trust_maker()
    desk.make_registry()
    write(desk, "verdicts = genuine")
    done = enroll(desk)
    assert done.code == 6, done
    assert "the token is genuine-but-vulnerable" in done.err
    write(desk, "firmware_signed = yes")
    done = enroll(desk)
    assert done.code == 6 and "the firmware must be signed" in done.err
    write(desk, "firmware = 5.4.0")
    done = enroll(desk)
    assert done.code == 0 and "warning" in done.err, done


def test_force_overrides_the_policy_and_is_recorded(office):
    path = write(office, "pin = yes", "certification = L2")
    done = enroll(office, "--force", "the first of a new batch")
    assert done.code == 0, done
    assert "accepted by --force: the first of a new batch" in done.err
    assert f"{path}:1: " in done.err and f"{path}:2: " in done.err
    log = office.run("registry", "log", "--json").out
    assert any("reason" in json.loads(line)["body"]
               for line in log.splitlines())


def test_a_forged_token_is_refused_whatever_the_policy_and_force_say(office):
    write(office, "verdicts = genuine genuine-but-vulnerable unknown-maker "
          "self-attested not-attested undecided")
    office.tokens.misbehave("a", "forge-attestation", count=-1)
    done = enroll(office, "--force", "please")
    assert done.code == 24, done
    assert "--force" not in done.err.splitlines()[-1]
    assert "CreateVirtualMFADevice" not in asked(office)


def test_a_verdict_that_the_policy_accepts_needs_no_force(desk, iam):
    """No maker is trusted: undecided, and accepted by the policy."""
    desk.iam = iam
    iam.add_user("alice")
    desk.plug(YK)
    desk.make_registry()
    done = enroll(desk)
    assert done.code == 26, done
    write(desk, "verdicts = genuine undecided")
    assert enroll(desk).code == 0


def test_the_policy_names_the_method_that_is_meant(office):
    write(office, "methods = totp", "default_method = totp")
    done = office.run("enroll", "alice")
    assert done.code == 0, done
    write(office, "default_method = fido")
    done = office.run("enroll", "bob")
    assert done.code == 2 and "'fido'" in done.err


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
def test_a_bad_file_ends_every_command_before_anything(office, line, words,
                                                       command):
    path = write(office, "# ours", line)
    done = office.run(*command)
    assert done.code == 2, done
    assert f"'{path}', " in done.err and words in done.err
    assert done.out == "" and made(office) == 0 and asked(office) == []


def test_the_file_must_be_there_and_writable_by_nobody_else(bench, desk):
    tokens = bench()
    path = write(desk, "pin = no", mode=0o666)
    done = desk.run("verify")
    assert done.code == 1 and "others must not write it" in done.err
    path.unlink()
    done = desk.run("verify")
    assert done.code == 1 and str(path) in done.err
    assert MAKER not in tokens.stats("a")["commands"]


def test_it_is_a_setting_of_the_system_only(desk):
    folder = desk.home / ".config"
    folder.mkdir()
    (folder / "tokenbridge.conf").write_text("policy = /x\n")
    done = desk.run("policy", "show")
    assert done.code == 2 and "may stand only in" in done.err


# ---- verify ----

def test_verify_shows_the_policy_and_keeps_its_verdict(bench, desk):
    bench()
    done = desk.run("verify", "--json")
    assert done.json["policy"] == {"file": None, "accepted": True,
                                   "refusals": []}
    assert "policy" not in [s["step"] for s in done.json["steps"]]
    path = write(desk, "", "pin = yes", "firmware = 5.8.0")
    done = desk.run("verify", "--json")
    assert done.code == 0 and done.json["verdict"] == "genuine", done
    told = done.json["policy"]
    assert told["file"] == str(path) and told["accepted"] is False
    assert [(r["key"], r["line"]) for r in told["refusals"]] == [
        ("firmware", 3), ("pin", 2)]
    assert f"{path}:3: minimum firmware 5.8.0, this token has 5.7.4 " \
        "(signed)" == told["refusals"][0]["text"]
    shown = [s for s in done.json["steps"] if s["step"] == "policy"]
    assert [s["status"] for s in shown] == ["fail", "fail"]
    assert shown[1]["text"] == told["refusals"][1]["text"]
    write(desk, "firmware = 5.7.4")
    done = desk.run("verify")
    assert done.code == 0 and "lets it be registered" in done.out


def test_by_default_the_policy_refuses_by_verdict(desk):
    desk.plug("solo", cards=False)
    desk.make_registry()
    done = desk.run("verify", "--json")
    assert done.code == 22
    assert done.json["policy"]["accepted"] is False
    refusal, = done.json["policy"]["refusals"]
    assert (refusal["key"], refusal["line"]) == ("verdicts", None)


# ---- policy show, policy check ----

@pytest.mark.parametrize("number", [0, 1])
def test_the_manuals_examples_are_policies(desk, number):
    """Every line of them, read back."""
    page = (pathlib.Path(__file__).parents[2] /
            "man/tokenbridge.policy.5").read_text()
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page, re.S | re.M)
    lines = blocks[number].splitlines()
    write(desk, *lines)
    done = desk.run("policy", "show", "--json")
    assert done.code == 0, done
    held = {r["line"]: (r["key"], r["value"])
            for r in done.json["policy"]["rules"] if r["line"]}
    assert held == {n: tuple(line.split(" = ")) for n, line in
                    enumerate(lines, 1) if not line.startswith("#")}


def test_show_prints_each_rule_with_its_line(desk):
    path = write(desk, "pin = yes", "# more", "firmware = 5.7.0",
                 "firmware.yubikey-5-fips = 5.7.2")
    done = desk.run("policy", "show", "--json")
    assert done.code == 0, done
    rules = {r["key"]: (r["value"], r["line"])
             for r in done.json["policy"]["rules"]}
    assert done.json["policy"]["file"] == str(path)
    assert rules["pin"] == ("yes", 1) and rules["firmware"] == ("5.7.0", 3)
    assert rules["firmware.yubikey-5-fips"] == ("5.7.2", 4)
    assert rules["verdicts"] == ("genuine genuine-but-vulnerable", None)
    assert rules["always_uv"] == ("no", None)
    text = desk.run("policy", "show").out
    line, = [x for x in text.splitlines() if x.startswith("pin ")]
    assert line.split() == ["pin", "yes", f"{path}:1"]
    assert "default" in text


def test_check_decides_the_attached_token(bench, desk):
    bench()
    done = desk.run("policy", "check")
    assert done.code == 0 and "accepted: the defaults" in done.out, done
    path = write(desk, "methods = fido", "pin = yes")
    done = desk.run("policy", "check")
    assert done.code == 6, done
    assert f"  {path}:2: a PIN must be set" in done.out
    assert "method" not in done.out and "refused: " in done.out
    done = desk.run("policy", "check", "--method", "totp", "--json")
    assert done.code == 6
    assert [r["key"] for r in done.json["policy"]["refusals"]] == [
        "pin", "methods"]
    assert done.json["verdict"] == "genuine"
    write(desk, "methods = fido")
    assert desk.run("policy", "check").code == 0


def test_check_is_6_for_a_forged_token_too(bench, desk):
    tokens = bench()
    tokens.misbehave("a", "forge-attestation", count=-1)
    done = desk.run("policy", "check")
    assert done.code == 6 and "the token is forged" in done.out


def test_check_writes_nothing(bench, desk):
    bench()
    before = desk.registry.read_bytes()
    assert desk.run("policy", "check").code == 0
    assert desk.registry.read_bytes() == before


def test_check_decides_saved_evidence_and_what_it_does_not_say_is_refused(
        bench, desk, tmp_path):
    tokens = bench()
    saved = tmp_path / "e.json"
    assert desk.run("verify", "--evidence", saved).code == 0
    tokens.unplug("a")
    write(desk, "firmware = 5.7.4", "firmware_signed = yes",
          f"models = {SOFT}", "hardware_bound = yes")
    done = desk.run("policy", "check", "--from", saved)
    assert done.code == 0 and "saved evidence, genuine" in done.out, done
    write(desk, "pin = yes", "pin_length = 6", "always_uv = yes")
    done = desk.run("policy", "check", "--from", saved, "--json")
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
    path = write(desk, "pin = yes", "firmware = 5.7.5")
    done = desk.run("policy", "check", "--from", saved, "--json")
    assert done.code == 6, done
    assert [r["text"].split(": ")[0] for r in
            done.json["policy"]["refusals"]] == [f"{path}:2", f"{path}:1"]
    whole = json.loads(saved.read_text())
    whole["clientDataJSON"] = whole["clientDataJSON"][:-4] + "AAAA"
    saved.write_text(json.dumps(whole))
    done = desk.run("policy", "check", "--from", saved)
    assert done.code == 6 and "forged" in done.out


@pytest.mark.parametrize("arguments", [
    ["print"], ["show", "--from", "x"], ["show", "--method", "totp"],
    ["check", "--at", "now"], ["check", "--sha256", "00"],
    ["check", "--from", "x", "--fresh"], ["check", "more"], []])
def test_what_makes_no_sense_is_a_usage_error(desk, arguments):
    done = desk.run("policy", *arguments)
    assert done.code == 2 and done.out == "", done


# ---- pam-enroll ----

def test_pam_enroll_obeys_and_force_overrides(station):
    station.plug(YK, cards=False)
    station.trust_maker()
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


def test_a_pin_that_is_set_satisfies_the_policy(bench, desk, tmp_path):
    bench({**YK, "pin": "123456"})
    write(desk, "pin = yes")
    with open(tmp_path / "pin", "w+") as pin:
        pin.write("123456\n")
        pin.flush()
        pin.seek(0)
        done = desk.run("policy", "check", "--pin-fd", str(pin.fileno()),
                        pass_fds=[pin.fileno()])
    assert done.code == 0, done
