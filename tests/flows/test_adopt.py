# SPDX-License-Identifier: Apache-2.0
"""registry adopt: the devices that stand at AWS on the first day."""
import json
import pathlib
import subprocess

import pytest

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ACCOUNT = "123456789012"
ADOPT = "registry", "adopt", "--from-aws"


def adopt(site, *more):
    return site.run(*ADOPT, *more)


def adopted(site, *more, code=0):
    result = adopt(site, *more, "--json")
    assert result.code == code, result
    return result.json


def results(site, *more, code=0):
    return {d["device"]: d["result"]
            for d in adopted(site, *more, code=code)["adopted"]["devices"]}


def log(site):
    return site.run("registry", "log", "--json").out.splitlines()


@pytest.fixture
def old(aws_site):
    """An account with a device of each kind; alice has two."""
    iam = aws_site.iam
    aws_site.fido = iam.add_fido_device("alice")
    aws_site.app = iam.add_virtual_device("alice-phone",
                                          user="alice")["serial"]
    iam.add_hardware_token("GAHT12345678", SEED, user="bob")
    aws_site.root = iam.add_root_device("virtual")
    iam.add_virtual_device("nobodys")
    return aws_site


def test_what_stands_at_aws_is_taken_in_as_what_it_is(old):
    done = adopted(old)
    found = done["adopted"]
    assert done["changed"] is True and found["newCount"] == 4
    assert found["account"] == ACCOUNT and found["dryRun"] is False
    devices = {d["device"]: d for d in found["devices"]}
    assert set(devices) == {old.fido, old.app, "GAHT12345678", old.root}
    assert {d["result"] for d in devices.values()} == {"adopted"}
    assert devices[old.root]["user"] == "root"
    assert devices[old.root]["userId"] == ACCOUNT
    assert devices[old.fido]["userId"].startswith("AIDA")
    shown = old.run("registry", "show", "--json").json
    bound = {b["device"]: b for t in shown["tokens"] for b in t["bindings"]}
    assert set(bound) == {old.fido, "GAHT12345678"}
    assert bound[old.fido]["method"] == "fido"
    assert bound["GAHT12345678"]["method"] == "hardware-totp"
    for token in shown["tokens"]:
        assert (token["state"], token["holder"], token["verdict"]) == (
            "adopted", None, None)
    apps = {b["device"]: b for b in shown["bindings"]}
    assert set(apps) == {old.app, old.root}
    for binding in (*apps.values(), *bound.values()):
        assert binding["basis"] == "adopted"
        assert binding["account"] == ACCOUNT
    assert {b["method"] for b in apps.values()} == {"virtual"}
    old.check_chain()


def start_anew(site):
    """A registry that knows nothing, beside a token that has it all."""
    site.registry.rename(site.registry.with_suffix(".old"))
    done = site.run("registry", "init", "--rehearsal", "--registry",
                    site.registry)
    assert done.code == 0, done


def test_a_token_that_has_a_credential_of_that_name_is_told_and_no_more(
        aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    app = aws_site.iam.add_virtual_device("bob-phone", user="bob")["serial"]
    start_anew(aws_site)
    touches = aws_site.tokens.stats("a")["touch"]["used"]
    found = {d["device"]: d for d in adopted(aws_site)["adopted"]["devices"]}
    assert aws_site.tokens.stats("a")["touch"]["used"] == touches
    (device,) = set(found) - {app}
    assert (found[device]["heldByName"], found[device]["serial"]) == (
        True, 12345678)
    assert (found[app]["heldByName"], found[app]["serial"]) == (False, None)
    # a name is no proof: what is recorded is what AWS said
    assert found[device]["token"] is None and aws_site.show() == []
    binding = next(b for b in aws_site.run("registry", "show", "--json").json[
        "bindings"] if b["device"] == device)
    assert (binding["method"], binding["basis"]) == ("virtual", "adopted")
    said = adopt(aws_site)
    assert f"Token 12345678 has an OATH credential by the name of '{device}'" \
        in said.err
    assert f"`tokenbridge registry adopt -- alice {device}`" in said.err
    aws_site.tokens.unplug("a")
    found = {d["device"]: d for d in adopted(aws_site)["adopted"]["devices"]}
    assert found[device]["heldByName"] is False


def test_the_account_is_shown_first_and_nothing_is_changed_at_aws(old):
    old.iam.calls(clear=True)
    result = adopt(old)
    assert result.code == 0, result
    assert result.err.startswith(f"AWS account {ACCOUNT}")
    assert "4 devices of 3 users and root: 4 adopted, 0 in the registry " \
        "already." in result.err
    assert {c["action"] for c in old.iam.calls()} == {
        "GetCallerIdentity", "ListAccountAliases", "ListUsers",
        "ListMFADevices", "ListVirtualMFADevices"}
    lines = result.out.splitlines()
    assert lines[0].split() == ["USER", "KIND", "ENABLED", "TOKEN", "RESULT",
                                "DEVICE"]
    assert sum("adopted" in line for line in lines) == 4


def test_another_account_is_refused_before_anything_is_read(old):
    old.iam.calls(clear=True)
    before = log(old)
    result = adopt(old, "--account", "210987654321")
    assert result.code == 6, result
    assert "--account says 210987654321" in result.err
    assert "ListUsers" not in {c["action"] for c in old.iam.calls()}
    assert log(old) == before


def test_a_dry_run_shows_the_same_and_writes_nothing(old):
    before = old.registry.read_bytes()
    found = adopted(old, "--dry-run")
    assert found["changed"] is False and found["adopted"]["dryRun"] is True
    assert found["adopted"]["newCount"] == 4
    assert {d["token"] for d in found["adopted"]["devices"]} == {None}
    result = adopt(old, "--dry-run")
    assert "4 would be adopted" in result.err
    assert sum(" new " in line for line in result.out.splitlines()) == 4
    assert old.registry.read_bytes() == before


def test_a_repeat_adds_only_what_is_new(old):
    assert adopted(old)["adopted"]["newCount"] == 4
    before = len(log(old))
    found = adopted(old)
    assert found["changed"] is False and found["adopted"]["newCount"] == 0
    assert {d["result"] for d in found["adopted"]["devices"]} == {"present"}
    assert len(log(old)) == before
    more = old.iam.add_fido_device("bob", name="second")
    assert {device for device, result in results(old).items()
            if result == "adopted"} == {more}


def test_a_user_is_known_by_the_unique_id(old):
    adopted(old)
    iam = old.iam.botocore()
    iam.update_user(UserName="alice", NewUserName="alicia")
    found = adopted(old)
    assert found["adopted"]["newCount"] == 0
    assert {d["user"] for d in found["adopted"]["devices"]} >= {"alicia"}
    iam.deactivate_mfa_device(UserName="bob", SerialNumber="GAHT12345678")
    one, two = old.iam.pair(SEED)
    iam.enable_mfa_device(UserName="alicia", SerialNumber="GAHT12345678",
                          AuthenticationCode1=one, AuthenticationCode2=two)
    result = adopt(old)
    assert result.code == 10, result
    assert "1 device is bound to another user in the registry than AWS " \
        "says" in result.err
    assert results(old, code=10)["GAHT12345678"] == "elsewhere"


def test_what_was_enrolled_here_is_there_already(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    device = aws_site.bindings()[0]["device"]
    assert results(aws_site) == {device: "present"}
    assert len(aws_site.bindings()) == 1


def test_what_a_run_is_not_finished_with_is_left_to_it(old):
    """A run that died while it enabled the device: it, or its recovery, will
    write down whose that is."""
    name = "7358b13861fd5c569308ac8234f0b889"
    folder = pathlib.Path(f"{old.registry}.journal")
    folder.mkdir(mode=0o700)
    path = folder / f"{name}.journal"
    path.touch(mode=0o600)
    path.write_text(json.dumps({
        "v": 1, "journal": name, "kind": "enroll", "point": "enable-sent",
        "time": "2026-01-31T12:00:00Z", "account": ACCOUNT,
        "partition": "aws", "user": "alice", "userId": "AIDAALICE",
        "serial": old.app}) + "\n")
    result = adopt(old)
    assert result.code == 10, result
    assert "1 device is under way: run it again later" in result.err
    assert results(old, code=10)[old.app] == "underway"
    path.unlink()
    assert results(old)[old.app] == "adopted"


def test_where_a_user_cannot_be_asked_nothing_is_written(old):
    before = log(old)
    old.iam.order("ListMFADevices", error="AccessDenied", count=99)
    result = adopt(old)
    assert result.code == 9 and "ListMFADevices" in result.err, result
    assert log(old) == before


def test_an_adopted_token_gets_its_first_holder_while_it_is_bound(old):
    adopted(old)
    token = next(t for t in old.show() if t["bindings"][0]["device"] ==
                 old.fido)
    name = token["id"][:8]
    done = old.run("registry", "move", name, "--holder", "alice", "--json")
    assert done.code == 0 and done.json["moved"]["from"] == "adopted", done
    result = old.run("registry", "move", name, "--holder", "bob")
    assert result.code == 6 and "is still bound" in result.err, result
    text = old.run("registry", "log", "--token", name).out
    assert "token recorded as adopted" in text
    assert f"bound: MFA device {old.fido} of alice in {ACCOUNT} (fido), " \
        "adopted" in text
    assert "given to alice (adopted -> assigned)" in text


def fido_rows(site):
    """(state, verified, device in force) of the tokens of the FIDO device."""
    return sorted((t["state"], t["verdict"] is not None, not b["removed"])
                  for t in site.show() for b in t["bindings"]
                  if b["device"] == site.fido)


def test_an_adopted_key_becomes_the_verified_one_that_is_enrolled(old):
    """The row of AWS's list alone is retired, and keeps its history."""
    adopted(old)
    done = old.run("enroll", "alice", "--method", "fido", "--device",
                   old.fido)
    assert done.code == 0, done
    assert fido_rows(old) == [("assigned", True, True),
                              ("retired", False, False)]
    old.check_chain()
    # a second run finds nothing to do
    again = old.run("enroll", "alice", "--method", "fido", "--device",
                    old.fido)
    assert again.code == 1, again
    assert len(fido_rows(old)) == 2


def test_an_adopted_key_of_somebody_else_stays_his(old):
    adopted(old)
    token = next(t for t in old.show() if t["bindings"][0]["device"] ==
                 old.fido)
    done = old.run("registry", "move", token["id"][:8], "--holder", "bob")
    assert done.code == 0, done
    done = old.run("enroll", "alice", "--method", "fido", "--device",
                   old.fido)
    assert done.code == 1 and "another token already" in done.err, done
    assert len(old.bindings()) >= 1 and fido_rows(old) == [
        ("assigned", False, True)]


def test_an_adopted_display_token_is_found_by_its_number(old):
    adopted(old)
    (row,) = [t for t in old.show() if t["bindings"][0]["method"] ==
              "hardware-totp"]
    serial = row["bindings"][0]["device"]
    assert [(i["kind"], i["value"]) for i in row["identifiers"]] == [
        ("totp-serial", serial)]


def test_what_was_adopted_is_no_finding_of_the_audit(old):
    assert old.run("audit", "--checks", "device-unknown").code == 3
    adopted(old)
    result = old.run("audit", "--checks", "device-unknown,device-gone")
    assert result.code == 0, result


def test_an_adopted_device_is_revoked_as_any_other(old):
    adopted(old)
    result = old.run("revoke", "alice", old.app)
    assert result.code == 0, result
    assert old.app not in {b["device"] for b in old.run(
        "registry", "show", "--json").json["bindings"] if not b["removed"]}


def test_it_says_where_from_and_writes_only_to_its_registry(old):
    result = old.run("registry", "adopt")
    assert result.code == 2 and "from where? --from-aws" in result.err
    other = old.folder / "other.db"
    assert old.run("registry", "init", "--registry", other).code == 0
    result = adopt(old, "--registry", other)
    assert result.code == 6 and "is not one for rehearsal" in result.err


def test_two_at_once_adopt_each_device_once(old):
    running = [subprocess.Popen(old.command(*ADOPT), env=old.env(),
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
               for _ in range(2)]
    ended = [p.communicate()[1] for p in running]
    codes = sorted(p.returncode for p in running)
    assert codes[0] == 0, ended
    adopted(old)
    events = [json.loads(line) for line in log(old)]
    assert sum(e["type"] == "binding.added" for e in events) == 4


def test_a_killed_adoption_is_gone_on_with(old):
    killed = subprocess.run(
        ["strace", "-f", "-qq", "-o", old.folder / "trace", "-e",
         "trace=fdatasync,fsync", "-e",
         "inject=fdatasync,fsync:signal=KILL:when=12",
         *old.command(*ADOPT)], env=old.env(), stdin=subprocess.DEVNULL,
        capture_output=True)
    assert killed.returncode in (-9, 137), killed
    written = len(log(old))
    result = adopt(old)
    assert result.code in (0, 1), result
    if result.code:
        assert "reserved" in result.err, result
    assert len(log(old)) >= written
    old.check_chain()


# ---- one device, and the token that makes its codes ----

@pytest.fixture
def held(aws_site):
    """A token with the secret of alice's device, of which the registry knows
    nothing; the codes of its enabling are long over."""
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    (aws_site.device,) = aws_site.iam.devices("alice")
    start_anew(aws_site)
    aws_site.iam.clock(advance=120)
    aws_site.iam.calls(clear=True)
    aws_site.used = touches(aws_site)
    return aws_site


def touches(site):
    return site.tokens.stats("a")["touch"]["used"]


def prove(site, *more, code=0, **how):
    result = site.run("registry", "adopt", "alice", *more, "--json",
                      timeout=200, **how)
    assert result.code == code, result
    (device,) = result.json["adopted"]["devices"]
    return result, device


def one_token(site):
    (token,) = site.show()
    (binding,) = [b for b in token["bindings"] if not b["removed"]]
    return token, binding


def test_the_users_own_device_is_proved_by_a_code_that_sts_takes(held):
    held.who = "alice"
    result, device = prove(held)
    assert (device["result"], device["proof"]) == ("adopted", "code-taken")
    assert touches(held) == held.used + 1
    (call,) = held.iam.calls("GetSessionToken")
    assert call["params"]["SerialNumber"] == held.device
    assert held.iam.calls("ResyncMFADevice") == []
    token, binding = one_token(held)
    assert (token["state"], token["holder"], token["verdict"]) == (
        "adopted", None, None)
    assert ("serial", "12345678", "self-reported") in {
        (i["kind"], i["value"], i["basis"]) for i in token["identifiers"]}
    assert (binding["method"], binding["basis"], binding["device"]) == (
        "totp", "code-taken", held.device)
    said = result.err
    assert said.index("The code is spent, and nothing else changes.") < \
        said.index(f"Touch token 12345678 for a code of {held.device}.")
    assert "that nothing else has the secret, is not proved by that" in said
    held.check_chain()


def test_who_is_not_that_user_has_iam_take_two_codes(held):
    result, device = prove(held)
    assert (device["result"], device["proof"]) == ("adopted", "codes-taken")
    assert touches(held) == held.used + 2
    assert held.iam.calls("GetSessionToken") == []
    (call,) = held.iam.calls("ResyncMFADevice")
    assert call["error"] is None
    assert one_token(held)[1]["basis"] == "codes-taken"
    assert result.err.index("sets right what AWS keeps of the device's clock, "
                            "and changes nothing else") < \
        result.err.index("(touch 1 of 2)")


def test_what_sts_does_not_take_iam_may(held):
    held.who = "alice"
    held.iam.order("GetSessionToken", error="AccessDenied", count=None)
    result, device = prove(held)
    assert device["proof"] == "codes-taken"
    assert len(held.iam.calls("GetSessionToken")) == 4
    assert "STS does not take it: " in result.err
    assert touches(held) == held.used + 3


def test_where_no_proof_can_be_had_nothing_is_recorded(held):
    held.iam.order("ResyncMFADevice", error="AccessDenied", count=None)
    before = log(held)
    result, device = prove(held, code=10)
    assert (device["result"], device["proof"]) == ("not-proved", None)
    assert result.json["changed"] is False
    assert result.json["adopted"]["newCount"] == 0
    assert "not proved, and nothing is recorded: " in result.err
    assert "iam:ResyncMFADevice" in result.err
    assert log(held) == before and held.show() == []


def test_a_credential_of_that_name_alone_proves_nothing(held):
    """The device was made anew at AWS, with another secret."""
    iam = held.iam.botocore()
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=held.device)
    iam.delete_virtual_mfa_device(SerialNumber=held.device)
    again = held.iam.add_virtual_device(held.device.rpartition("/")[2],
                                        user="alice")["serial"]
    assert again == held.device
    held.iam.clock(advance=120)
    result, device = prove(held, code=10)
    assert device["result"] == "not-proved" and held.show() == []
    assert {c["error"] for c in held.iam.calls("ResyncMFADevice")} == {
        "InvalidAuthenticationCode"}
    assert "not proved, and nothing is recorded: " in result.err


def test_the_binding_without_its_token_gives_way(held):
    assert adopted(held)["adopted"]["newCount"] == 1
    result, device = prove(held, held.device.rpartition("/")[2])
    assert result.json["changed"] is True
    (in_force,) = [b for b in (*held.bindings(), *held.run(
        "registry", "show", "--json").json["bindings"])
        if not b["removed"]]
    assert in_force["id"] == device["binding"]
    assert in_force["basis"] == "codes-taken"
    assert results(held) == {held.device: "present"}
    used = touches(held)
    _, device = prove(held)
    assert (device["result"], device["proof"]) == ("present", None)
    assert touches(held) == used
    assert held.run("audit", "--checks", "device-unknown,device-gone"
                    ).code == 0
    # and its secret is taken out of the token as any other
    gone = held.run("revoke", "alice", held.device, "--last", "--reason", "r")
    assert gone.code == 0, gone
    assert held.tokens.stats("a")["accounts"] == []
    held.check_chain()


def test_a_dry_run_says_what_the_proof_would_be(held):
    before = held.registry.read_bytes()
    held.who = "alice"
    result, device = prove(held, "--dry-run")
    assert device["proof"] is None and device["serial"] == 12345678
    assert result.json["changed"] is False
    assert "STS is asked to take a code" in result.err
    held.who = "admin"
    assert "IAM is asked to take two codes" in prove(held, "--dry-run")[0].err
    assert touches(held) == held.used
    assert held.registry.read_bytes() == before


def kept_list(site):
    """The registry knows the key's number, and nobody has seen it."""
    path = site.folder / "keys.csv"
    path.write_text("serial\n12345678\n")
    done = site.run("registry", "import", path, "--format", "serials")
    assert done.code == 0, done


def test_a_lost_token_is_told_of_before_it_is_touched(held):
    kept_list(held)
    token = held.show()[0]["id"][:8]
    assert held.run("registry", "move", token, "--state", "lost",
                    "--reason", "taxi").code == 0
    result = held.run("registry", "adopt", "alice")
    assert result.code == 1 and "is lost by the registry" in result.err, result
    assert touches(held) == held.used


def test_a_known_key_gets_the_device_in_its_own_row(held):
    kept_list(held)
    prove(held)
    token, binding = one_token(held)
    assert token["state"] == "stock" and binding["device"] == held.device


def test_all_or_one_users(old):
    result = old.run("registry", "adopt", "alice", "--from-aws")
    assert result.code == 2 and "give one of both" in result.err, result
    result = old.run("registry", "adopt", "bob", "GAHT12345678")
    assert result.code == 2 and "is no virtual device" in result.err, result
