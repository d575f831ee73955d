# SPDX-License-Identifier: Apache-2.0
"""verify with a PIN: how it is asked for, and that no try is wasted."""
import os
import pathlib
import select
import signal
import time

import pytest

import ptys

PIN, WRONG = "8-rice-Zürich", "not-the-pin"
OLD = {"profile": "yubikey5-old", "pin": PIN}  # wants it to make a credential
NEW = {"profile": "yubikey5", "pin": PIN}      # does not


@pytest.fixture(autouse=True)
def alarm():
    def late(*_):
        raise TimeoutError("a prompt did not come")
    before = signal.signal(signal.SIGALRM, late)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def bench(site):
    """bench(token): plugged in, its vendor trusted, a registry."""
    def set_up(token=OLD):
        site.plug(token, cards=False)
        site.trust_vendor()
        site.make_registry()
        return site.tokens
    return set_up


def by_fd(site, pin, *more):
    """verify with the PIN on a descriptor."""
    end, other = os.pipe()
    os.write(other, pin if isinstance(pin, bytes) else pin.encode())
    os.close(other)
    try:
        return site.run("verify", "--pin-fd", str(end), *more,
                        pass_fds=(end,))
    finally:
        os.close(end)


def left(tokens):
    return tokens.stats("a")["pin_retries"]


def on_terminal(site, *answers):
    signal.alarm(60)  # a prompt that never comes
    try:
        return site.on_terminal("verify", answers=answers)
    finally:
        signal.alarm(0)


ASK = "PIN of the token ("
# the prompt throws away what was typed before it: wait for the whole of it
AGAIN = "{} tries left.\r\n" + ASK


# ---- from a descriptor ----

@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_right_pin_by_descriptor_is_taken_with_or_without_a_line_end(
        bench, site, ending):
    tokens = bench()
    done = by_fd(site, PIN + ending)
    assert done.code == 20, done
    assert left(tokens) == 8


@pytest.mark.parametrize("token", [
    OLD, {"profile": "solo", "pin": PIN}, {"profile": "none-att",
                                           "pin": PIN}])
def test_keys_of_ctap_2_0_want_the_pin_and_say_so_without_a_terminal(
        bench, site, token):
    tokens = bench(token)
    done = site.run("verify")
    assert done.code == 7, done
    assert "--pin-fd" in done.err and left(tokens) == 8
    assert by_fd(site, PIN).code in (20, 22, 23)


def test_a_key_of_ctap_2_1_is_verified_without_its_pin(bench, site):
    tokens = bench(NEW)
    assert site.run("verify").code == 0
    assert site.run("verify", "--record").code == 0
    assert site.run("verify").code == 0
    tokens.misbehave("a", "wrong-status", at=0x36, command="makeCredential")
    assert by_fd(site, PIN, "--fresh").code == 0


def test_a_wrong_pin_by_descriptor_is_exit_7_and_costs_one_try(bench, site):
    tokens = bench()
    done = by_fd(site, WRONG)
    assert done.code == 7 and "wrong PIN" in done.err, done
    assert done.out == "" and left(tokens) == 7


@pytest.mark.parametrize("pin", [b"", b"\n", b"x" * 64, b"1234\0" b"5678"])
def test_what_can_be_no_pin_costs_no_try(bench, site, pin):
    tokens = bench()
    done = by_fd(site, pin)
    assert done.code == 7 and "1 to 63 bytes" in done.err, done
    assert left(tokens) == 8


@pytest.mark.parametrize("value,code", [("x", 2), ("-1", 2), ("99999", 2),
                                        ("900", 1)])
def test_a_descriptor_that_is_none_costs_no_try(bench, site, value, code):
    tokens = bench()
    done = site.run("verify", f"--pin-fd={value}")
    assert done.code == code, done
    assert "pin-fd" in done.err and left(tokens) == 8


@pytest.mark.parametrize("tries", [3, 2, 1])
def test_a_script_never_spends_one_of_the_last_three_tries(bench, site,
                                                           tries):
    tokens = bench({**OLD, "pin_retries": tries})
    done = by_fd(site, PIN)
    assert done.code == 7, done
    words = "try is" if tries == 1 else "tries are"
    assert f"only {tries} PIN {words} left" in done.err, done
    assert "by hand" in done.err
    stats = tokens.stats("a")
    assert stats["pin_retries"] == tries
    assert "makeCredential" not in stats["commands"]


def test_four_tries_left_are_enough_for_a_script(bench, site):
    tokens = bench({**OLD, "pin_retries": 4})
    assert by_fd(site, PIN).code == 20
    assert left(tokens) == 8


# ---- on a terminal ----

def test_the_right_pin_typed_is_not_shown(bench, site):
    bench()
    done = on_terminal(site, (ASK, PIN))
    assert done.code == 20, done
    assert ASK in done.out and PIN not in done.out


def test_a_mistyped_pin_is_asked_for_again_with_the_tries_left(bench, site):
    tokens = bench()
    done = on_terminal(site, (ASK, WRONG), (AGAIN.format(7), PIN))
    assert done.code == 20, done
    assert done.out.count(ASK) == 2
    assert "Wrong PIN: 7 tries left." in done.out
    assert left(tokens) == 8


def test_three_wrong_pins_end_it_and_say_to_plug_in_again(bench, site):
    tokens = bench()
    done = on_terminal(site, (ASK, WRONG), (AGAIN.format(7), WRONG),
                       (AGAIN.format(6), WRONG))
    assert done.code == 7, done
    assert "plug it in again" in done.out.replace("\r\n", " ")
    assert left(tokens) == 5
    # until then not even the right one is spent
    assert on_terminal(site, (ASK, PIN)).code == 7
    assert left(tokens) == 5
    tokens.replug("a")
    assert on_terminal(site, (ASK, PIN)).code == 20


def test_with_few_tries_left_a_person_is_asked_first(bench, site):
    tokens = bench({**OLD, "pin_retries": 3})
    for answer in ("", "n", "no"):
        done = on_terminal(site, ("[y/N]", answer))
        assert done.code == 7, done
        assert "Only 3 PIN tries are left" in done.out
        assert ASK not in done.out
    assert left(tokens) == 3
    done = on_terminal(site, ("[y/N]", "y"), (ASK, PIN))
    assert done.code == 20, done
    assert left(tokens) == 8


def test_a_wrong_pin_that_leaves_three_tries_is_asked_about_again(bench,
                                                                  site):
    tokens = bench({**OLD, "pin_retries": 4})
    done = on_terminal(site, (ASK, WRONG), ("[y/N]", "n"))
    assert done.code == 7, done
    assert left(tokens) == 3


def test_an_empty_answer_costs_no_try(bench, site):
    tokens = bench()
    done = on_terminal(site, (ASK, ""))
    assert done.code == 7 and left(tokens) == 8


@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
def test_leaving_the_prompt_gives_the_terminal_its_echo_back(bench, site,
                                                             key):
    """Ctrl-C and Ctrl-D at the PIN prompt."""
    import termios
    tokens = bench()
    pid, master = ptys.fork()
    if pid == 0:
        command = site.command("verify")
        os.execve(command[0], command, site.env(TERM="dumb"))
    seen, end = b"", time.monotonic() + 20
    while ASK.encode() not in seen:
        assert time.monotonic() < end, seen
        if select.select([master], [], [], 1)[0]:
            seen += os.read(master, 4096)
    assert not termios.tcgetattr(master)[3] & termios.ECHO
    os.write(master, key)
    status = None
    while status is None:
        assert time.monotonic() < end, seen
        done, code = os.waitpid(pid, os.WNOHANG)
        status = code if done else None
        echo = termios.tcgetattr(master)[3] & termios.ECHO
        time.sleep(0.02)
    os.close(master)
    assert echo
    assert os.waitstatus_to_exitcode(status) == (130 if key == b"\x03"
                                                 else 7)
    assert left(tokens) == 8


# ---- blocked ----

def test_a_blocked_pin_is_said_with_the_only_remedy(bench, site):
    tokens = bench({**OLD, "pin_retries": 0})
    for done in (by_fd(site, PIN), on_terminal(site)):
        assert done.code == 7, done
        assert "blocked for good" in (done.err + done.out)
        assert "reset" in (done.err + done.out)
    assert "makeCredential" not in tokens.stats("a")["commands"]


# ---- where the PIN never is ----

def test_the_pin_is_never_in_output_argv_environment_or_files(bench, site):
    tokens = bench()
    tokens.touch("a", "ask")
    end, other = os.pipe()
    os.write(other, PIN.encode())
    os.close(other)
    process = site.start("verify", "--pin-fd", str(end), "--record",
                         "--evidence", str(site.folder / "e.json"), "-v",
                         pass_fds=(end,))
    os.close(end)
    tokens.wait("a")
    proc = pathlib.Path(f"/proc/{process.pid}")
    for name in ("cmdline", "environ"):
        assert PIN.encode() not in (proc / name).read_bytes()
    tokens.grant("a")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 20, err
    assert PIN not in out + err
    for path in site.folder.rglob("*"):
        if path.is_file() and "tokens" not in path.parts:
            assert PIN.encode() not in path.read_bytes(), path


def test_there_is_no_option_that_takes_a_pin_itself(bench, site):
    tokens = bench()
    for option in ("--pin", "--pin=1234", "-p1234"):
        done = site.run("verify", option)
        assert done.code == 2, done
    assert left(tokens) == 8
    assert "TOKENBRIDGE_PIN" not in site.run("verify", "--help").out
