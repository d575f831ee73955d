# SPDX-License-Identifier: Apache-2.0
"""list: what is plugged in, and why something cannot be used."""
import fcntl
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

from conftest import PROGRAM

YK = {"profile": "yubikey5", "serial": 12345678}
# token_list's wait for one silent token, the drain after CANCEL, and slack
ONE_TOKEN_SECONDS = 3.3 + 1.5


def rows(result):
    """The table's rows by device node, as text."""
    assert result.code == 0, result
    lines = result.out.splitlines()
    assert lines[0].split()[0] == "DEVICE", result
    return {line.split()[0]: line for line in lines[1:]}


def by_node(site, *more):
    done = site.run("list", "--json", *more)
    assert done.code == 0, done
    return {token["node"]: token for token in done.json["tokens"]}


def nodes_of_libfido2(tokens):
    out = tokens.run("fido2-token", "-L").stdout
    return {line.split(": ")[0] for line in out.splitlines()}


def until_no_card():
    """pcscd takes a moment to see that the last test's cards are gone."""
    end = time.monotonic() + 10
    while " Yes " in subprocess.run(["opensc-tool", "-l"], text=True,
                                    capture_output=True).stdout:
        assert time.monotonic() < end
        time.sleep(0.05)


def remove_fido_interface(tokens, name):
    """As a YubiKey looks whose FIDO applications are switched off: only the
    keyboard's hidraw node is there."""
    number = pathlib.Path(tokens.hidraw(name)).name
    root = pathlib.Path(tokens.umockdev_dir)
    link = root / "sys/class/hidraw" / number
    hid = link.resolve().parents[1]
    link.unlink()
    (root / "sys/bus/hid/devices" / hid.name).unlink()
    shutil.rmtree(hid)


# ---- what there is ----

def test_no_token_is_said_and_is_no_error(site):
    site.plug({**YK, "unplugged": True})
    done = site.run("list")
    assert (done.code, done.out) == (0, "")
    assert "no token is plugged in" in done.err
    assert site.run("list", "--json").json == {"version": 1, "tokens": []}


def test_a_key_with_three_interfaces_is_one_row(site):
    tokens = site.plug(YK)
    (node, row), = rows(site.run("list")).items()
    assert node == tokens.hidraw("a")
    for word in ("Yubico YubiKey OTP+FIDO+CCID", "12345678", "5.7.4", "FIDO2",
                 "OATH", "no PIN set"):
        assert word in row


def test_two_keys_of_one_model_are_two_rows_each_with_its_serial(site):
    tokens = site.plug(YK, {"profile": "yubikey5", "serial": 87654321})
    shown = rows(site.run("list"))
    assert set(shown) == {tokens.hidraw("a"), tokens.hidraw("b")}
    for name, serial, other in (("a", "12345678", "87654321"),
                                ("b", "87654321", "12345678")):
        assert serial in shown[tokens.hidraw(name)]
        assert other not in shown[tokens.hidraw(name)]


def test_three_kinds_of_keys_are_shown_at_once_each_as_what_it_is(site):
    tokens = site.plug(YK, "yubikey4-fips", "securitykey", "neo", "solo")
    shown = rows(site.run("list"))
    want = {"a": ["YubiKey OTP+FIDO+CCID", "5.7.4", "no PIN set"],
            "b": ["Yubikey 4 OTP+U2F+CCID", "4.4.2", "U2F only"],
            "c": ["YubiKey FIDO", "5.7.4", "FIDO2 U2F"],
            "d": ["Yubikey NEO U2F  ", "  -  ", "U2F only"],
            "e": ["Example Keys Solo Example", "FIDO2 U2F"]}
    assert len(shown) == len(want)
    for name, words in want.items():
        for word in words:
            assert word in shown[tokens.hidraw(name)], name


def test_a_pin_that_is_set_is_no_remark(site):
    site.plug({**YK, "pin": "1234"})
    done = site.run("list")
    assert "PIN" not in done.out, done
    assert site.run("list", "--json").json["tokens"][0]["pinSet"] is True


def test_json_has_the_members_that_scripts_read(site):
    site.plug({**YK, "pin": "1234"})
    done = site.run("list", "--json")
    assert done.json == {"version": 1, "tokens": [{
        "node": site.tokens.hidraw("a"),
        "product": "Yubico YubiKey OTP+FIDO+CCID",
        "transport": "usb",
        "usb": "1050:0407",
        "serial": 12345678,
        "firmware": "5.7.4",
        "formFactor": "USB-A keychain",
        "applications": ["FIDO2", "U2F", "OTP", "OATH", "PIV", "OpenPGP"],
        "fips": False,
        "protocol": "FIDO2",
        "aaguid": "a0f1c5d2-0b5e-4e8f-9a36-57f045740001",
        "pinSet": True,
        "smartCard": True,
        "otpInterface": True,
        "joinedBy": "same-usb-parent",
        "status": "usable",
        "problem": None}]}
    assert done.err == ""
    assert site.run("list", "--format", "json").json == done.json


def test_a_token_without_a_serial_number_has_none_in_json(site):
    site.plug("securitykey", "solo")
    for token in by_node(site).values():
        assert token["serial"] is None
        assert token["smartCard"] is token["otpInterface"] is False
        assert token["joinedBy"] is None


def test_an_fips_key_is_called_one(site):
    site.plug("yubikey4-fips")
    token, = by_node(site).values()
    assert (token["fips"], token["protocol"]) == (True, "U2F")
    assert token["pinSet"] is token["aaguid"] is None


@pytest.mark.parametrize("words", [
    ["list"], ["list", "--json"], ["list", "--format", "json"],
    ["list", "--wide"], ["list", "--columns", "serial,device"],
    ["list", "--columns", "nothing"], ["list", "--format", "csv"],
    ["list", "--readers"], ["list", "more"], ["--version"]])
def test_the_program_that_has_every_verb_says_the_same(site, words):
    """What is typed first loads less, and does only what it knows."""
    site.plug(YK, "solo")
    other = PROGRAM.parents[1] / "libexec/tokenbridge/tokenbridge-aws"
    ours = site.run(*words)
    done = subprocess.run([other, *words, "--config", site.config],
                          env=site.env(), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    assert (ours.code, ours.out, ours.err) == (
        done.returncode, done.stdout, done.stderr)


def test_a_module_that_cannot_be_loaded_is_said(site, tmp_path):
    """What needs nothing of it works on."""
    site.plug(YK)
    alone = shutil.copy(PROGRAM, tmp_path)
    (tmp_path / "tokenbridge-verbs.so").write_bytes(b"")
    run = functools.partial(subprocess.run, env=site.env(), text=True,
                            capture_output=True, stdin=subprocess.DEVNULL,
                            timeout=60)
    done = run([alone, "info"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot load what does it: " in done.stderr
    assert "tokenbridge-verbs.so: file too short" in done.stderr
    done = run([alone, "list"])
    assert done.returncode == 0 and "12345678" in done.stdout


# ---- beside other programs ----

def test_the_nodes_are_those_that_libfido2_finds(site):
    tokens = site.plug(YK, "yubikey4-fips", "securitykey", "neo", "none-att")
    assert len(nodes_of_libfido2(tokens)) == 5
    assert set(by_node(site)) == nodes_of_libfido2(tokens)
    tokens.unplug("c")
    assert set(by_node(site)) == nodes_of_libfido2(tokens)
    assert tokens.hidraw("c") not in by_node(site)


@pytest.mark.skipif(not shutil.which("ykman"), reason="no ykman")
def test_serials_are_those_that_ykman_lists(site):
    tokens = site.plug(YK, {"profile": "yubikey5", "serial": 87654321})
    theirs = tokens.run("ykman", "list", "--serials").stdout.split()
    ours = [str(t["serial"]) for t in by_node(site).values()]
    assert sorted(ours) == sorted(theirs) == ["12345678", "87654321"]


@pytest.mark.skipif(not shutil.which("ykman"), reason="no ykman")
@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old",
                                     "securitykey"])
def test_firmware_and_serial_are_those_that_ykman_shows(site, profile):
    until_no_card()
    tokens = site.plug(profile)
    theirs = tokens.run("ykman", "list").stdout
    token, = by_node(site).values()
    assert f"({token['firmware']})" in theirs, theirs
    assert ("Serial" in theirs) == (token["serial"] is not None)
    if token["serial"]:
        assert f"Serial: {token['serial']}" in theirs


# ---- what cannot be used, and why ----

def test_without_permission_the_row_says_which_node_mode_and_what_to_do(site):
    tokens = site.plug(YK, "solo")
    tokens.permission("a", "deny")
    shown = rows(site.run("list"))
    row = shown[tokens.hidraw("a")]
    for words in (f"no permission to open '{tokens.hidraw('a')}'", "mode 0",
                  "udev", "plug the token in again"):
        assert words in row, row
    assert "no permission" not in shown[tokens.hidraw("b")]
    tokens.permission("a", "ok")
    assert "no permission" not in site.run("list").out


def test_a_problem_has_a_name_and_a_text_in_json(site):
    tokens = site.plug(YK)
    tokens.permission("a", "deny")
    token, = by_node(site).values()
    assert token["status"] == "no-permission"
    assert token["problem"].startswith("no permission to open")
    assert token["protocol"] is token["serial"] is None


@pytest.fixture
def ordinary(site, another):
    """Runs the program as a user who is not root."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        config = pathlib.Path(folder, "system.conf")
        config.write_text(f"trust_dir = {folder}/trust\n")
        config.chmod(0o644)

        def run(*arguments):
            return subprocess.run(
                [str(PROGRAM), *arguments, "--config", str(config)],
                env=site.env(HOME=folder), capture_output=True, text=True,
                timeout=60, cwd="/", stdin=subprocess.DEVNULL,
                start_new_session=True, **another)
        yield run


def test_a_user_without_rights_is_told_mode_and_group(site, ordinary):
    tokens = site.plug(YK)
    tokens.permission("a", "0600")
    done = ordinary("list")
    assert done.returncode == 0, done
    assert f"no permission to open '{tokens.hidraw('a')}' (mode 0600, " \
        "group " in done.stdout, done
    assert "60-fido-id.rules" in done.stdout


def test_a_user_with_rights_sees_what_root_sees(site, ordinary):
    tokens = site.plug(YK)
    tokens.permission("a", "0666")
    done = ordinary("list")
    assert done.returncode == 0, done
    assert done.stdout == site.run("list").out
    assert "12345678" in done.stdout


HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold():
    """hold(tokens, name): another process keeps the node."""
    holders = []

    def run(tokens, name):
        p = subprocess.Popen([sys.executable, "-c", HOLD,
                              tokens.real_path(name)], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holders.append(p)
        assert p.stdout.readline() == "held\n"
        return p
    yield run
    for p in holders:
        p.stdin.close()
        p.wait()
        p.stdout.close()


def test_a_held_token_is_said_at_once_with_pid_and_program(site, hold):
    tokens = site.plug(YK, "solo")
    holder = hold(tokens, "a")
    program = pathlib.Path(f"/proc/{holder.pid}/comm").read_text().strip()
    done = site.run("list")
    assert done.seconds < 3
    shown = rows(done)
    assert f"is held by {program} (pid {holder.pid})" in \
        shown[tokens.hidraw("a")]
    assert "held" not in shown[tokens.hidraw("b")]
    assert by_node(site)[tokens.hidraw("a")]["status"] == "held"


def test_a_token_held_for_reading_only_is_held_too(site):
    tokens = site.plug(YK)
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_SH)
        token, = by_node(site).values()
    assert token["status"] == "held"
    assert f"(pid {os.getpid()})" in token["problem"]


def test_list_leaves_no_lock_behind(site):
    tokens = site.plug(YK)
    for _ in range(3):
        site.run("list")
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_yubikey_with_fido_off_is_shown_with_what_to_do(site):
    tokens = site.plug(YK, "solo")
    remove_fido_interface(tokens, "a")
    done = site.run("list")
    row = rows(done)[tokens.tokens["a"]["otp_hidraw"]]
    assert "no FIDO interface" in row and "ykman config usb" in row
    assert len(rows(done)) == 2
    token = by_node(site)[tokens.tokens["a"]["otp_hidraw"]]
    assert token["status"] == "no-fido"


def test_a_keyboard_of_another_vendor_is_no_token(site):
    tokens = site.plug({"profile": "solo", "otp": True})
    assert set(by_node(site)) == {tokens.hidraw("a")}
    remove_fido_interface(tokens, "a")
    assert by_node(site) == {}


# ---- tokens that do not behave ----

@pytest.mark.parametrize("kind,command", [
    ("silence", "INIT"), ("silence", "READ_CONFIG"), ("silence", "getInfo"),
    ("keepalive-forever", "getInfo"), ("wrong-cid", ""), ("wrong-nonce", ""),
    ("reply-then-silence", "")])
def test_a_silent_token_is_waited_for_briefly_and_the_others_are_shown(
        site, kind, command):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", kind, count=-1, command=command)
    done = site.run("list")
    shown = rows(done)
    assert done.seconds < ONE_TOKEN_SECONDS
    assert "did not answer in time" in shown[tokens.hidraw("a")]
    assert "no PIN set" in shown[tokens.hidraw("b")]
    tokens.clear("a")
    tokens.replug("a")
    assert by_node(site)[tokens.hidraw("a")]["status"] == "usable"


def test_a_token_that_stays_busy_is_waited_for_briefly_and_said(site):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", "hid-error", count=-1, at=6, command="getInfo")
    done = site.run("list")
    shown = rows(done)
    assert done.seconds < ONE_TOKEN_SECONDS
    assert "busy with an earlier command" in shown[tokens.hidraw("a")]
    assert "no PIN set" in shown[tokens.hidraw("b")]
    tokens.misbehave("a", "hid-error", count=2, at=6, command="getInfo")
    assert by_node(site)[tokens.hidraw("a")]["status"] == "usable"


@pytest.mark.parametrize("command", ["getInfo", ""])
def test_a_report_that_was_late_for_the_token_is_sent_again(site, command):
    """CTAPHID error 0x05, twice; the third one is believed."""
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", "hid-error", count=2, at=5, command=command)
    assert by_node(site)[tokens.hidraw("a")]["status"] == "usable"
    tokens.misbehave("a", "hid-error", count=3, at=5, command="getInfo")
    assert "CTAPHID error 0x05" in rows(site.run("list"))[tokens.hidraw("a")]


@pytest.mark.parametrize("kind,words", [
    ("config-garbage", "device information: "),
    ("config-truncated", "device information: cut off"),
    ("config-too-long", "its length says 255")])
def test_senseless_device_information_is_said_and_no_serial_is_made_up(
        site, kind, words):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", kind, count=-1)
    done = site.run("list")
    assert words in rows(done)[tokens.hidraw("a")], done
    assert "no PIN set" in rows(done)[tokens.hidraw("b")]
    token = by_node(site)[tokens.hidraw("a")]
    assert token["status"] == "usable" and token["serial"] is None


@pytest.mark.parametrize("kind,at", [
    ("truncate-cbor", 0), ("truncate-cbor", 1), ("truncate-cbor", 40),
    ("oversize-string", 0), ("deep-nesting", 0), ("indefinite-length", 0),
    ("duplicate-keys", 0), ("wrong-status", 0x7f)])
def test_a_senseless_getinfo_is_said_and_the_others_are_shown(site, kind, at):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", kind, count=-1, at=at, command="getInfo")
    done = site.run("list")
    shown = rows(done)
    assert done.seconds < 3
    assert "does not answer as a FIDO token should: " in \
        shown[tokens.hidraw("a")], done
    assert "no PIN set" in shown[tokens.hidraw("b")]


def test_a_token_that_refuses_getinfo_is_said_and_the_others_are_shown(site):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", "hid-error", count=-1, at=1, command="getInfo")
    shown = rows(site.run("list"))
    assert "CTAPHID error 0x01" in shown[tokens.hidraw("a")]
    assert "no PIN set" in shown[tokens.hidraw("b")]


@pytest.mark.parametrize("kind,command,at", [
    ("unplug-on-command", "getInfo", 0), ("unplug-at-report", "", 1),
    ("unplug-at-report", "", 3), ("unplug-at-byte", "", 30)])
def test_a_token_pulled_out_meanwhile_is_said_or_gone(site, kind, command,
                                                      at):
    tokens = site.plug(YK, "securitykey")
    tokens.misbehave("a", kind, at=at, command=command)
    done = site.run("list")
    shown = rows(done)
    assert done.seconds < 3
    assert not tokens.stats("a")["plugged"]
    assert "was unplugged" in shown[tokens.hidraw("a")], done
    assert "no PIN set" in shown[tokens.hidraw("b")]
    assert tokens.hidraw("a") not in by_node(site)


def test_product_names_with_control_characters_stay_on_their_line(site):
    site.plug({"profile": "solo", "product": "Evil\x1b[2J\rKey",
               "manufacturer": "Ex"})
    done = site.run("list")
    assert len(done.out.splitlines()) == 2
    assert "\x1b" not in done.out and "\r" not in done.out
    assert "Evil" in done.out


def test_an_interrupt_while_a_token_is_silent_ends_it_at_once(site):
    tokens = site.plug(YK)
    tokens.misbehave("a", "silence", count=-1, command="getInfo")
    process = site.start("list")
    tokens.wait("a", "getInfo")
    process.terminate()
    out, err = process.communicate(timeout=2)
    assert process.returncode == 130, (out, err)
    assert out == "" and "interrupted" in err


# ---- what it leaves alone ----

def test_list_asks_neither_the_keyboard_interface_nor_the_card(site):
    tokens = site.plug(YK)
    before = tokens.stats("a")["commands"]
    site.run("list")
    after = tokens.stats("a")["commands"]
    asked = {kind for kind in after if after[kind] != before.get(kind, 0)}
    assert asked == {"INIT", "READ_CONFIG", "getInfo"}
    assert tokens.stats("a")["touch"]["used"] == 0


def test_list_takes_no_argument_and_no_option_of_others(site):
    site.plug({**YK, "unplugged": True})
    assert site.run("list", "more").code == 2
    done = site.run("list", "--fresh")
    assert done.code == 2 and "list has no option --fresh" in done.err
