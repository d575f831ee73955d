# SPDX-License-Identifier: Apache-2.0
"""Care of a token: its PIN, a reset, a light to find it by, and all that it
says of itself."""
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import termios
import time

import pytest

import ptys
import raw
from dialect import check_object
from lines import told
from test_secrets import places_in_memory

YK = {"profile": "yubikey5", "serial": 12345678}
OLD = {"profile": "yubikey5-old", "serial": 12345678}
KEY = {"profile": "securitykey"}
PIN, NEW, WRONG = "8-rice-Zürich", "ßtulip-canary-77", "not-the-pin"
ASK, ASK_NEW, AGAIN = "PIN of the token (", "New PIN: ", "The new PIN again: "


class Talk:
    """The program on a terminal of its own, spoken with word by word."""

    def __init__(self, site, *arguments, command=None):
        self.pid, self.master = ptys.fork()
        if self.pid == 0:
            # which a shell lets its background jobs ignore
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
                signal.signal(number, signal.SIG_DFL)
            command = command or site.command(*arguments)
            os.execve(command[0], command, site.env(TERM="dumb"))
        self.seen, self.mark = "", 0

    def expect(self, words, seconds=30):
        """Everything up to the words, which come behind what was met."""
        end = time.monotonic() + seconds
        while words not in self.seen[self.mark:]:
            assert time.monotonic() < end, self.seen
            assert self.read(), self.seen
        self.mark = self.seen.index(words, self.mark) + len(words)
        return self

    def read(self):
        if not select.select([self.master], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self.master, 4096)
        except OSError:
            return False
        self.seen += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def send(self, text):
        os.write(self.master, text if isinstance(text, bytes)
                 else text.encode() + b"\n")
        return self

    def say(self, prompt, text):
        return self.expect(prompt).send(text)

    def echo(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def end(self, seconds=30):
        """The exit status, negative for a signal."""
        until = time.monotonic() + seconds
        while self.read():
            assert time.monotonic() < until, self.seen
        os.close(self.master)
        told(self.seen)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextlib.contextmanager
def descriptors(**pins):
    """--name N for each PIN, and the descriptors to hand over."""
    words, ends = [], []
    for name, pin in pins.items():
        end, other = os.pipe()
        os.write(other, pin if isinstance(pin, bytes) else pin.encode())
        os.close(other)
        words += ["--" + name.replace("_", "-"), str(end)]
        ends.append(end)
    try:
        yield words, ends
    finally:
        for end in ends:
            os.close(end)


def by_fd(site, verb, *more, **pins):
    with descriptors(**pins) as (words, ends):
        return site.run("pin", verb, *words, *more, pass_fds=ends)


def is_pin(site, pin):
    """Whether the token takes it, asked by another program's eyes: the
    soft token's own counter of tries."""
    before = site.tokens.stats("a")["pin_retries"]
    done = by_fd(site, "change", pin_fd=pin, new_pin_fd=pin)
    return done.code == 0 and site.tokens.stats("a")["pin_retries"] >= before


# ---- pin set ----

def test_a_pin_is_set_on_a_terminal_typed_twice_and_not_shown(site):
    tokens = site.plug(YK, cards=False)
    talk = Talk(site, "pin", "set")
    talk.expect("serial 12345678: a new PIN of 4 characters or more.")
    talk.say(ASK_NEW, PIN).say(AGAIN, PIN).expect("now has a PIN")
    assert talk.end() == 0
    assert PIN not in talk.seen
    assert tokens.stats("a")["pin_set"] is True
    assert is_pin(site, PIN) and not is_pin(site, WRONG)


def test_the_pin_that_was_set_is_the_one_that_libfido2_tools_take(site):
    tokens = site.plug(YK, cards=False)
    assert by_fd(site, "set", new_pin_fd="rice 1234\n").code == 0
    pid, master = ptys.fork()
    if pid == 0:
        command = [shutil.which("fido2-token"), "-L", "-r",
                   tokens.hidraw("a")]
        os.execve(command[0], command, site.env())
    seen = b""
    while b"PIN" not in seen:
        seen += os.read(master, 999)
    os.write(master, b"rice 1234\n")
    with contextlib.suppress(OSError):
        while data := os.read(master, 999):
            seen += data
    os.close(master)
    os.waitpid(pid, 0)
    assert b"NO_CREDENTIALS" in seen  # which only the right PIN can tell
    assert tokens.stats("a")["pin_retries"] == 8


def test_two_different_new_pins_are_asked_for_again(site):
    tokens = site.plug(YK, cards=False)
    talk = Talk(site, "pin", "set")
    talk.say(ASK_NEW, PIN).say(AGAIN, PIN + "x").expect("not the same")
    talk.say(ASK_NEW, NEW).say(AGAIN, NEW)
    assert talk.end() == 0
    assert is_pin(site, NEW)
    assert tokens.stats("a")["commands"]["clientPIN"] > 0


def test_after_three_rounds_nothing_was_set(site):
    tokens = site.plug(YK, cards=False)
    talk = Talk(site, "pin", "set")
    for _ in range(3):
        talk.say(ASK_NEW, "123").expect("shorter than 4 characters")
    assert talk.end() == 7
    assert tokens.stats("a")["pin_set"] is False


BAD = [
    ("123", "shorter than 4"),
    ("äöü", "shorter than 4"),               # 6 bytes, 3 characters
    ("𝟏𝟐𝟑", "shorter than 4"),                # 12 bytes
    ("x" * 64, "1 to 63 bytes"),
    ("ß" * 32, "1 to 63 bytes"),
    (b"\xffabcd", "not UTF-8"),
    (b"abcd\xc3", "not UTF-8"),
    (b"abcd\xed\xa0\x80", "not UTF-8"),
    (b"ab\tcd", "control character"),
    ("cafe\u0301", "combining"),
    (b"", "1 to 63 bytes"),
    (b"1234\x005678", "1 to 63 bytes"),
]


@pytest.mark.parametrize("pin,words", BAD)
def test_what_can_be_no_new_pin_is_refused_before_the_token_is_asked(
        site, pin, words):
    tokens = site.plug(YK, cards=False)
    done = by_fd(site, "set", new_pin_fd=pin)
    assert done.code == 7 and words in done.err, done
    assert done.out == ""
    stats = tokens.stats("a")
    assert stats["pin_set"] is False
    assert "clientPIN" not in stats["commands"]


@pytest.mark.parametrize("pin", ["äöüß", "𝟏𝟐𝟑𝟒", "x" * 63, "ß" * 31 + "x",
                                 "1234\r\n", "caf\u00e9"])
def test_lengths_are_counted_in_characters_and_in_bytes(site, pin):
    site.plug(YK, cards=False)
    assert by_fd(site, "set", new_pin_fd=pin).code == 0
    assert is_pin(site, pin.rstrip())


def test_setting_a_pin_where_there_is_one_points_to_change(site):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    done = by_fd(site, "set", new_pin_fd=NEW)
    assert done.code == 1 and "pin change" in done.err, done
    assert is_pin(site, PIN) and tokens.stats("a")["pin_retries"] == 8


@pytest.mark.parametrize("profile", ["neo", "yubikey4-fips"])
def test_a_key_that_does_u2f_only_has_no_pin_and_no_reset(site, profile):
    site.plug(profile, cards=False)
    site.make_registry()
    for command in (("pin", "set"), ("pin", "change"), ("reset",)):
        done = site.run(*command)
        assert done.code == 1 and "U2F only" in done.err, done


# ---- pin change ----

@pytest.mark.parametrize("token", [YK, OLD, {"profile": "solo"}])
def test_a_pin_is_changed_on_a_terminal(site, token):
    tokens = site.plug({**token, "pin": PIN}, cards=False)
    talk = Talk(site, "pin", "change")
    talk.say(ASK, PIN).say(ASK_NEW, NEW).say(AGAIN, NEW)
    talk.expect("has a new PIN")
    assert talk.end() == 0
    assert PIN not in talk.seen and NEW not in talk.seen
    assert is_pin(site, NEW)
    assert by_fd(site, "change", pin_fd=PIN, new_pin_fd=NEW).code == 7
    assert tokens.stats("a")["pin_retries"] == 7


def test_a_mistyped_present_pin_is_asked_for_again_and_the_new_one_kept(site):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    talk = Talk(site, "pin", "change")
    talk.say(ASK, WRONG).say(ASK_NEW, NEW).say(AGAIN, NEW)
    talk.expect("Wrong PIN: 7 tries left.").say(ASK, PIN)
    assert talk.end() == 0
    assert talk.seen.count(ASK_NEW) == 1
    assert tokens.stats("a")["pin_retries"] == 8 and is_pin(site, NEW)


def test_a_bad_new_pin_costs_no_try(site):
    tokens = site.plug({**YK, "pin": PIN, "pin_retries": 6}, cards=False)
    done = by_fd(site, "change", pin_fd=WRONG, new_pin_fd="123")
    assert done.code == 7 and "shorter" in done.err
    assert tokens.stats("a")["pin_retries"] == 6


@pytest.mark.parametrize("tries", [3, 2, 1])
def test_none_of_the_last_tries_is_spent_by_a_script_or_unasked(site, tries):
    tokens = site.plug({**YK, "pin": PIN, "pin_retries": tries}, cards=False)
    done = by_fd(site, "change", pin_fd=PIN, new_pin_fd=NEW)
    assert done.code == 7 and "by hand" in done.err, done
    talk = Talk(site, "pin", "change").say("[y/N]", "n")
    assert talk.end() == 7 and ASK_NEW not in talk.seen
    assert tokens.stats("a")["pin_retries"] == tries
    talk = Talk(site, "pin", "change").say("[y/N]", "y")
    talk.say(ASK, PIN).say(ASK_NEW, NEW).say(AGAIN, NEW)
    assert talk.end() == 0
    assert tokens.stats("a")["pin_retries"] == 8


def test_a_blocked_pin_is_said_with_its_remedy(site):
    site.plug({**YK, "pin": PIN, "pin_retries": 0}, cards=False)
    done = by_fd(site, "change", pin_fd=PIN, new_pin_fd=NEW)
    assert done.code == 7 and "reset" in done.err, done


def test_three_wrong_ones_in_a_row_want_the_key_plugged_in_again(site):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    for _ in range(3):
        done = by_fd(site, "change", pin_fd=WRONG, new_pin_fd=NEW)
        assert done.code == 7
    assert "plug it in again" in done.err.replace("\n", " ")
    assert tokens.stats("a")["pin_retries"] == 5
    tokens.replug("a")
    assert by_fd(site, "change", pin_fd=PIN, new_pin_fd=NEW).code == 0


def test_changing_a_pin_that_is_not_set_points_to_set(site):
    site.plug(YK, cards=False)
    done = by_fd(site, "change", pin_fd=PIN, new_pin_fd=NEW)
    assert done.code == 7 and "pin set" in done.err, done


def test_a_policy_of_the_token_is_said(site):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    tokens.misbehave("a", "slow", count=-1, at=200)
    with descriptors(pin_fd=PIN, new_pin_fd=NEW) as (words, ends):
        process = site.start("pin", "change", *words, pass_fds=ends)
    for _ in ("tries", "key agreement", "the change itself"):
        tokens.wait("a", "clientPIN")
    tokens.misbehave("a", "wrong-status", at=0x37, command="clientPIN")
    err = process.communicate(timeout=30)[1]
    assert process.returncode == 7 and "own policy" in err, err


def test_json_shows_the_token_as_it_is_now(site):
    site.plug(YK, cards=False)
    done = by_fd(site, "set", "--json", new_pin_fd=PIN)
    token, = done.json["tokens"]
    assert token["serial"] == 12345678 and token["pinSet"] is True
    assert PIN not in done.out + done.err


def test_usage_of_pin(site):
    site.plug(YK, cards=False)
    for words, said in ((("pin",), "set, change"),
                        (("pin", "show"), "set, change"),
                        (("pin", "set", "x"), "no argument"),
                        (("pin", "set", "--new-pin-fd", "x"), "new-pin-fd"),
                        (("pin", "set", "--pin-fd", "0"),
                         "pin set has no option --pin-fd"),
                        (("pin", "change", "--pin-fd", "0",
                          "--new-pin-fd", "0"), "two descriptors")):
        done = site.run(*words)
        assert done.code == 2 and said in done.err, done
    done = site.run("pin", "set")
    assert done.code == 7 and "--new-pin-fd" in done.err, done


def test_of_two_keys_none_is_guessed(site):
    tokens = site.plug(YK, KEY, cards=False)
    site.make_registry()
    for command in (("pin", "set"), ("wink",), ("reset",)):
        done = site.run(*command)
        assert done.code == 4 and "--token 12345678" in done.err, done
    done = by_fd(site, "set", "-t", tokens.hidraw("b"), new_pin_fd=PIN)
    assert done.code == 0, done
    assert tokens.stats("b")["pin_set"] is True
    assert tokens.stats("a")["pin_set"] is False


# ---- the terminal and its signals ----

@pytest.mark.parametrize("key,code", [(b"\x03", 130), (b"\x04", 7),
                                      (b"\x1c", -signal.SIGQUIT)])
@pytest.mark.parametrize("prompt", [ASK, ASK_NEW, AGAIN])
def test_however_a_prompt_is_left_the_echo_comes_back(site, prompt, key,
                                                      code):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    talk = Talk(site, "pin", "change")
    for text, answer in ((ASK, PIN), (ASK_NEW, NEW), (AGAIN, NEW)):
        talk.expect(text)
        if text == prompt:
            break
        talk.send(answer)
    assert not talk.echo()
    talk.send(key)
    end = time.monotonic() + 10
    while not talk.echo():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert talk.end() == code
    assert tokens.stats("a")["pin_retries"] == 8 and is_pin(site, PIN)


def test_stopped_at_a_prompt_the_terminal_shows_what_is_typed(site):
    """Ctrl-Z in a shell with job control that does not itself set the
    terminal right, and fg."""
    site.plug(YK, cards=False)
    words = " ".join(site.command("pin", "set"))
    talk = Talk(site, command=["/bin/bash", "-c", "set -m\n" + words +
                               "\necho it is stopped; read; fg"])
    talk.expect(ASK_NEW)
    assert not talk.echo()
    talk.send(b"\x1a").expect("it is stopped")
    assert talk.echo()
    talk.send("").expect(ASK_NEW)
    assert not talk.echo()
    talk.send(PIN).say(AGAIN, PIN).expect("now has a PIN")
    assert talk.end() == 0 and is_pin(site, PIN)
    assert PIN not in talk.seen


# ---- where a PIN never is ----

def test_neither_pin_is_in_argv_environment_output_or_files(site):
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    tokens.misbehave("a", "slow", count=-1, at=150)
    with descriptors(pin_fd=PIN, new_pin_fd=NEW) as (words, ends):
        process = site.start("pin", "change", *words, "-v", pass_fds=ends)
    proc = pathlib.Path(f"/proc/{process.pid}")
    for name in ("cmdline", "environ"):
        for pin in (PIN, NEW):
            assert pin.encode() not in (proc / name).read_bytes()
    time.sleep(0.3)
    limits = (proc / "limits").read_text()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    core, = [line for line in limits.splitlines() if "core" in line]
    assert core.split()[4:6] == ["0", "0"], core
    for pin in (PIN, NEW):
        assert pin not in out + err
        for path in site.folder.rglob("*"):
            if path.is_file() and "tokens" not in path.parts:
                assert pin.encode() not in path.read_bytes(), path


def test_both_pins_are_gone_from_memory_when_they_were_sent(site):
    """Looked at while the process writes its last line into a full pipe."""
    site.plug({**YK, "pin": PIN}, cards=False)
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 4096)
    os.set_blocking(write, True)
    pid = os.fork()
    if pid == 0:
        a, b = os.pipe(), os.pipe()
        os.write(a[1], PIN.encode()), os.write(b[1], NEW.encode())
        os.close(a[1]), os.close(b[1])
        os.dup2(write, 2)
        for end in (a[0], b[0]):
            os.set_inheritable(end, True)
        command = site.command("pin", "change", "--pin-fd", a[0],
                               "--new-pin-fd", b[0])
        os.execve(command[0], command, site.env())
    os.close(write)
    end = time.monotonic() + 30
    while "pipe" not in pathlib.Path(f"/proc/{pid}/wchan").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    found = {pin: places_in_memory(pid, pin.encode()) for pin in (PIN, NEW)}
    with open(read, "rb") as rest:
        assert b"has a new PIN" in rest.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert found == {PIN: [], NEW: []}


def test_a_token_is_called_by_its_label_where_that_is_known(site):
    """By its serial number where the registry may not be read or has two."""
    tokens = site.plug({**YK, "pin": PIN}, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run_with_pin(*VERIFY, "--label", "blue-7", pin=PIN).code == 0
    called = "blue-7 (Yubico YubiKey OTP+FIDO+CCID, serial 12345678)"
    done = by_fd(site, "change", pin_fd=PIN, new_pin_fd=PIN)
    assert done.err == f"{called} has a new PIN.\n", done
    for words in ([], ["-t", "blue-7"], ["-t", "12345678"],
                  ["-t", tokens.hidraw("a")]):
        assert site.run("wink", *words).err == f"{called} winks.\n", words
    talk = Talk(site, "pin", "change")
    talk.say(f"PIN of the token 'blue-7' ({called[8:]}:", PIN)
    talk.expect(f"{called}: a new PIN of 4 characters")
    talk.say(ASK_NEW, PIN).say(AGAIN, PIN).expect(f"{called} has a new PIN.")
    assert talk.end() == 0
    site.registry.chmod(0o666)
    assert site.run("wink").err == f"{called[8:-1]} winks.\n"


# ---- wink ----

def test_wink_makes_the_key_that_is_named_blink_without_a_touch(site):
    tokens = site.plug(YK, KEY, cards=False)
    tokens.touch("a", "withhold")
    done = site.run("wink", "-t", "12345678")
    assert done.code == 0 and "12345678 winks" in done.err, done
    assert tokens.stats("a")["commands"]["WINK"] == 1
    assert "WINK" not in tokens.stats("b")["commands"]
    done = site.run("wink", "-t", tokens.hidraw("b"), "--json")
    assert done.json["tokens"][0]["node"] == tokens.hidraw("b")
    assert tokens.stats("b")["commands"]["WINK"] == 1


def test_a_u2f_key_winks_too(site):
    tokens = site.plug("neo", cards=False)
    assert site.run("wink").code == 0
    assert tokens.stats("a")["commands"]["WINK"] == 1


def test_a_key_that_is_away_or_held_does_not_wink(site):
    tokens = site.plug(YK, cards=False)
    with tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        done = site.run("wink")
    assert done.code == 1 and "is held by" in done.err, done
    tokens.unplug("a")
    assert site.run("wink").code == 4


# ---- everything of getInfo ----

def getinfo(site):
    done = site.run("info", "--json")
    assert done.code == 0, done
    token, = done.json["tokens"]
    return token["fido"]


NAMES = {1: "versions", 2: "extensions", 3: "aaguid", 4: "options",
         5: "maxMsgSize", 6: "pinUvAuthProtocols",
         7: "maxCredentialCountInList", 8: "maxCredentialIdLength",
         9: "transports", 10: "algorithms",
         11: "maxSerializedLargeBlobArray", 12: "forcePINChange",
         13: "minPINLength", 14: "firmwareVersion", 15: "maxCredBlobLength",
         16: "maxRPIDsForSetMinPINLength", 17: "preferredPlatformUvAttempts",
         18: "uvModality", 20: "remainingDiscoverableCredentials"}


def theirs(answer):
    """A CBOR map as python-fido2 reads it: the system's, which is ykman's."""
    script = ("import sys, json; from fido2 import cbor; print(json.dumps("
              "cbor.decode(bytes.fromhex(sys.argv[1])), default=bytes.hex))")
    done = subprocess.run(["/usr/bin/python3", "-c", script, answer.hex()],
                          capture_output=True, text=True)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("no python3-fido2")
    return {int(n): v for n, v in json.loads(done.stdout).items()}


@pytest.mark.parametrize("profile", ["yubikey5", "yubikey5-old", "solo",
                                     "none-att", "securitykey"])
def test_every_member_is_what_another_reader_finds(site, profile):
    tokens = site.plug({"profile": profile, "pin": PIN}, cards=False)
    ours = getinfo(site)["getInfo"]
    with contextlib.closing(raw.CtapHid(tokens, "a")) as key:
        answer = key.call(0x10, b"\x04")
    want = {NAMES[n]: v for n, v in theirs(answer[1:]).items()}
    ours["aaguid"] = ours["aaguid"].replace("-", "")
    assert ours == want


def test_ctaphid_says_version_and_capabilities(site):
    site.plug(YK, cards=False)
    assert getinfo(site)["ctapHid"] == {
        "protocol": 2, "deviceVersion": "5.7.4",
        "capabilities": ["wink", "cbor", "msg"]}
    text = site.run("info").out
    assert "deviceVersion=5.7.4" in text and "wink cbor msg" in text
    assert "rk=yes" in text and "clientPin=no" in text


def test_a_u2f_key_has_a_channel_and_no_getinfo(site):
    site.plug("neo", cards=False)
    fido = getinfo(site)
    assert fido["ctapHid"]["capabilities"] == ["wink", "msg"]
    assert fido["getInfo"] is fido["getInfoProblem"] is None


@pytest.mark.parametrize("command", ["list", "info"])
def test_a_token_is_asked_for_getinfo_once(site, command):
    tokens = site.plug(YK, cards=False)
    site.run(command)
    assert tokens.stats("a")["commands"]["getInfo"] == 1


@pytest.mark.parametrize("kind,words", [
    ("duplicate-keys", "twice"),
    ("truncate-cbor", "cut off"), ("indefinite-length", "indefinite"),
    ("wrong-status", "status 0x")])
def test_a_getinfo_that_makes_no_sense_is_said_with_its_reason(site, kind,
                                                               words):
    tokens = site.plug(YK, cards=False)
    tokens.misbehave("a", kind, at=20, command="getInfo")
    done = site.run("info", "--json")
    assert done.code == 10, done
    (token,) = json.loads(done.out)["tokens"]
    assert words in token["problem"] and token["status"] == "broken"
    assert token["fido"] is None


def test_what_stands_behind_a_getinfo_is_said_beside_the_rest(site):
    tokens = site.plug(YK, cards=False)
    tokens.misbehave("a", "trailing-bytes", at=20, command="getInfo")
    done = site.run("info", "--json")
    assert done.code == 10, done
    fido = json.loads(done.out)["tokens"][0]["fido"]
    assert "CBOR ends at byte" in fido["getInfoProblem"]
    assert fido["getInfo"] is None and fido["minPinLength"] == 4


# ---- reset ----

WORD = "Type its serial number to go on: "
UNPLUG, TOUCH = "Unplug the token", ") now to erase it"
VERIFY = ("verify", "--record")


def start_reset(site, typed="12345678", prompt=WORD, *more):
    return Talk(site, "reset", *more).say(prompt, typed)


def resident(tokens, name="a"):
    """A credential that lives in the token, made by libfido2's own tools."""
    with contextlib.closing(raw.CtapHid(tokens, name)) as key:
        status, _ = key.command(1, key.make_parameters(options={"rk": True}))
    assert status == 0
    assert len(tokens.stats(name)["residents"]) == 1


def test_a_reset_is_confirmed_typed_waits_for_the_key_and_erases(site):
    tokens = site.plug({**YK, "pin": ""}, cards=False)
    site.make_registry()
    resident(tokens)
    assert by_fd(site, "set", new_pin_fd=PIN).code == 0
    tokens.touch("a", "ask")
    talk = start_reset(site).expect(UNPLUG)
    assert "every FIDO credential" in talk.seen and "its PIN" in talk.seen
    time.sleep(0.5)  # nothing happens before it is plugged in anew
    assert "reset" not in tokens.stats("a")["commands"]
    tokens.unplug("a")
    time.sleep(0.3)
    tokens.plug("a")
    talk.expect(TOUCH)
    tokens.wait("a")
    assert len(tokens.stats("a")["residents"]) == 1
    tokens.grant("a")
    talk.expect("was reset")
    assert talk.end() == 0
    stats = tokens.stats("a")
    assert stats["residents"] == [] and stats["pin_set"] is False
    assert by_fd(site, "set", new_pin_fd=NEW).code == 0


def test_a_key_that_comes_back_between_two_looks_is_found_too(site):
    tokens = site.plug(YK, cards=False)
    site.make_registry()
    talk = start_reset(site, "12345678", WORD, "--json").expect(UNPLUG)
    tokens.replug("a")
    talk.expect("was reset")
    assert talk.end() == 0
    told = check_object("reset", json.loads(
        talk.seen[talk.seen.index("{\n"):]))
    assert told["changed"] is True and told["credentialsRemoved"] == 0
    assert tokens.stats("a")["commands"]["reset"] == 1


def test_a_key_without_a_serial_number_is_known_again_by_its_port(site):
    tokens = site.plug({**KEY, "pin": PIN}, cards=False)
    site.make_registry()
    talk = start_reset(site, "erase", "Type the word erase to go on: ")
    talk.expect("same port")
    tokens.replug("a")
    assert talk.end() == 0
    assert tokens.stats("a")["pin_set"] is False


def test_a_key_that_is_back_as_soon_as_it_is_asked_for_is_seen(site):
    tokens = site.plug({**KEY, "pin": PIN}, cards=False)
    site.make_registry()
    # whoever writes a line is then held up for longer than a replug takes
    talk = Talk(site, command=[
        shutil.which("strace"), "-qq", "-o", "/dev/null",
        "--trace=write", "--inject=write:delay_exit=300ms",
        *site.command("reset")])
    talk.say("Type the word erase to go on: ", "erase").expect("same port")
    tokens.replug("a")
    assert talk.end() == 0
    assert tokens.stats("a")["pin_set"] is False


def test_another_key_that_is_plugged_in_meanwhile_is_left_alone(site):
    other = {**YK, "serial": 87654321, "unplugged": True, "pin": PIN}
    tokens = site.plug({**YK, "pin": PIN}, other, KEY, cards=False)
    site.make_registry()
    talk = start_reset(site, "12345678", WORD, "-t", "12345678")
    talk.expect(UNPLUG)
    tokens.unplug("a")
    tokens.plug("b")
    talk.expect("another token").expect("87654321")
    tokens.plug("a")
    talk.expect("was reset")
    assert talk.end() == 0
    assert tokens.stats("a")["pin_set"] is False
    assert tokens.stats("b")["pin_set"] is True
    for name in "bc":
        assert "reset" not in tokens.stats(name)["commands"]


@pytest.mark.parametrize("typed", ["", "1234567", "erase", "yes", "87654321",
                                   "12345678 "])
def test_what_is_not_the_serial_number_erases_nothing(site, typed):
    tokens = site.plug(YK, cards=False)
    site.make_registry()
    talk = start_reset(site, typed)
    assert talk.end() == 6
    assert "not what was asked for" in talk.seen and UNPLUG not in talk.seen
    assert "reset" not in tokens.stats("a")["commands"]


ALWAYS = ("every FIDO credential: passkeys, U2F registrations, ssh keys (the "
          "registry knows 1, the token tells no number)")


@pytest.mark.parametrize("token,lost,stays", [
    (YK, [], "OATH credentials, OTP slots, PIV and OpenPGP stay as they are."),
    ({**YK, "pin": PIN}, ["its PIN"],
     "OATH credentials, OTP slots, PIV and OpenPGP stay as they are."),
    ({"profile": "bio", "serial": 12345678, "pin": PIN, "fingers": 1},
     ["its PIN", "its fingerprints"], None),
    ({"profile": "oathkey"}, [], None),
    ({"profile": "securitykey"}, [], None)], ids=str)
def test_what_a_reset_erases_and_what_it_leaves_is_said_before(site, token,
                                                               lost, stays):
    tokens = site.plug(token, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run_with_pin(*VERIFY, "--label", "mine",
                             pin=token.get("pin")).code == 0
    talk = start_reset(site, "no", "to go on: ")
    assert talk.end() == 6
    said = talk.seen.splitlines()
    name = "/dev/hidraw" if "serial" not in token else "serial 12345678"
    assert said[0].startswith("A reset erases for good, from mine (")
    assert name in said[0] and said[0].endswith(":")
    assert said[1:2 + len(lost)] == ["  " + one for one in [ALWAYS, *lost]]
    assert [one for one in said if "stay" in one] == ([stays] if stays else [])
    assert "'no' is not what was asked for" in talk.seen
    assert "reset" not in tokens.stats("a")["commands"]


def test_without_a_terminal_nothing_is_reset_and_no_option_helps(site):
    tokens = site.plug(YK, cards=False)
    site.make_registry()
    done = site.run("reset")
    assert done.code == 6 and "nobody typed" in done.err, done
    for option in ("--yes", "--force=x", "-y"):
        assert site.run("reset", option).code == 2
    assert "reset" not in tokens.stats("a")["commands"]


def test_too_late_after_plugging_in_is_said(site):
    tokens = site.plug({**YK, "reset_window": 0, "pin": PIN}, cards=False)
    site.make_registry()
    talk = start_reset(site).expect(UNPLUG)
    tokens.replug("a")
    talk.expect("too late").expect("start again")
    assert talk.end() == 1
    assert tokens.stats("a")["pin_set"] is True


def test_a_reset_that_is_not_touched_erases_nothing(site):
    tokens = site.plug({**YK, "pin": PIN, "touch": "withhold"}, cards=False)
    site.make_registry()
    talk = start_reset(site, "12345678", WORD, "--touch-timeout", "1")
    talk.expect(UNPLUG)
    tokens.replug("a")
    talk.expect("not touched")
    assert talk.end() == 8
    assert tokens.stats("a")["pin_set"] is True


@pytest.mark.parametrize("where", [WORD, UNPLUG, TOUCH])
def test_a_reset_that_is_interrupted_erases_nothing(site, where):
    tokens = site.plug({**YK, "pin": PIN, "touch": "withhold"}, cards=False)
    site.make_registry()
    talk = Talk(site, "reset").expect(WORD)
    if where != WORD:
        talk.send("12345678").expect(UNPLUG)
    if where == TOUCH:
        tokens.replug("a")
        talk.expect(TOUCH)
        tokens.wait("a")
    talk.send(b"\x03")
    assert talk.end() == 130
    assert tokens.stats("a")["pin_set"] is True


def test_a_key_that_is_pulled_out_instead_of_touched_is_gone(site):
    tokens = site.plug({**YK, "pin": PIN, "touch": "withhold"}, cards=False)
    site.make_registry()
    talk = start_reset(site).expect(UNPLUG)
    tokens.replug("a")
    talk.expect(TOUCH)
    tokens.wait("a")
    tokens.unplug("a")
    assert talk.end() == 4
    assert tokens.stats("a")["pin_set"] is True


# ---- reset and the registry ----

def test_a_bound_key_is_not_reset_and_who_would_be_locked_out_is_named(host):
    at = host(YK)
    done = at.run("reset")
    assert done.code == 6, done
    assert "local user games (pam)" in done.err
    assert "tokenbridge revoke" in done.err
    assert "reset" not in at.tokens.stats("a")["commands"]
    at.revoke("games")
    assert at.run("reset").code == 6  # for want of a terminal
    assert "locked out" not in at.run("reset").err


def test_a_binding_that_came_while_the_key_was_waited_for_counts(station):
    station.plug(YK, cards=False)
    station.trust_vendor()
    station.make_registry()
    assert station.run(*VERIFY).code == 0
    talk = start_reset(station).expect(UNPLUG)
    station.enroll_login("games")
    station.tokens.replug("a")
    talk.expect("local user games (pam)")
    assert talk.end() == 6
    assert "reset" not in station.tokens.stats("a")["commands"]


def test_iam_users_and_accounts_are_named_too(aws_site):
    done = aws_site.run("enroll", "alice", "--method", "totp")
    assert done.code == 0, done
    done = aws_site.run("reset")
    assert done.code == 6, done
    account = aws_site.bindings()[0]["account"]
    assert f"IAM user alice of account {account} (totp)" in done.err
    assert "reset" not in aws_site.tokens.stats("a")["commands"]


def test_a_key_without_serial_is_found_by_the_credential_it_holds(host):
    at = host(KEY)
    done = at.run("reset")
    assert done.code == 6 and "local user games (pam)" in done.err, done
    assert at.tokens.stats("a")["touch"]["wanted"] is False


def test_another_key_of_the_same_model_may_be_reset(host):
    at = host(KEY, {**KEY, "unplugged": True})
    at.tokens.unplug("a")
    at.tokens.plug("b")
    done = at.run("reset")
    assert done.code == 6 and "nobody typed" in done.err, done
    assert "games" not in done.err


def log_of(site):
    done = site.run("registry", "log", "--json")
    assert done.code == 0, done
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_registry_that_one_may_not_read_is_exit_6_and_says_what_to_do(site):
    tokens = site.plug(YK, cards=False)
    site.make_registry()
    os.chown(site.registry, 65534, 65534)
    done = site.run("reset")
    assert done.code == 6 and "may show bindings" in done.err, done
    assert "--registry" in done.err
    assert "reset" not in tokens.stats("a")["commands"]


def test_a_registry_that_cannot_be_read_is_a_reason_to_refuse(site):
    tokens = site.plug(YK, cards=False)
    done = site.run("reset")
    assert done.code == 1 and "no registry" in done.err, done
    site.make_registry()
    site.registry.write_bytes(b"x" * 4096)
    done = site.run("reset")
    assert done.code == 1 and "registry" in done.err, done
    site.registry.unlink()
    site.registry.mkdir()
    done = site.run("reset")
    assert done.code != 0 and "registry" in done.err, done
    assert "reset" not in tokens.stats("a")["commands"]


def test_after_a_reset_a_new_credential_joins_the_row_and_all_is_logged(site):
    tokens = site.plug(YK, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run(*VERIFY, "--label", "mine").code == 0
    row, = site.show()
    talk = start_reset(site, "12345678", WORD, "--reason", "for carol",
                       "--ticket", "T-7", "-t", "mine")
    talk.expect(UNPLUG)
    assert "the registry knows 1" in talk.seen
    tokens.replug("a")
    talk.expect("joins it by `tokenbridge verify --record`")
    assert talk.end() == 0
    removed, = [e for e in log_of(site) if e["type"] == "credential.removed"]
    assert removed["body"]["token"] == row["id"]
    assert removed["body"]["rp"] == "tokenbridge:id"
    # it is neither the one of before nor a foreign one
    done = site.run("verify", "--json")
    assert done.json["known"] is True and done.json["token"] == row["id"]
    assert site.run(*VERIFY).code == 0
    again, = site.show()
    assert again["id"] == row["id"] and again["label"] == "mine"
    assert site.run("verify", "--json").json["proved"] is True
    site.check_chain()


def test_a_reset_key_without_a_serial_names_what_retires_its_old_row(site):
    tokens = site.plug("securitykey", cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run(*VERIFY, "--label", "mine").code == 0
    row, = site.show()
    talk = start_reset(site, "erase", "Type the word erase to go on: ", "-t",
                       "mine")
    talk.expect(UNPLUG)
    tokens.replug("a")
    command = f"tokenbridge registry retire {row['id'][:8]}"
    talk.expect(f"The old one goes by `{command}`")
    assert talk.end() == 0
    assert site.run(*command.split()[1:], "--reason", "reset").code == 0
    assert site.run(*VERIFY).code == 0
    assert sorted(r["state"] for r in site.show()) == ["retired", "stock"]


def test_a_reset_that_fails_leaves_the_registry_as_it_was(site):
    tokens = site.plug({**YK, "reset_window": 0}, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run(*VERIFY).code == 0
    before = log_of(site)
    talk = start_reset(site).expect(UNPLUG)
    tokens.replug("a")
    assert talk.end() == 1
    assert log_of(site) == before
    assert site.run("verify", "--json").json["proved"] is True
