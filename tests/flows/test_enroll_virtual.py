# SPDX-License-Identifier: Apache-2.0
"""enroll --method virtual: a secret on the screen, and nowhere else."""
import base64
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.parse

import pytest

from broken_off import killer, strace
from faults import FAULTS
from lines import assigned, oathtool, state_of, unassigned
from test_secrets import forms_of_seed, memory_of, places_in_memory

METHOD = ("--method", "virtual", "--allow-virtual")
FIRST, SECOND = "First code of the app", "Second code of the app"
ENTER, LEAVE = "\033[?1049h", "\033[?1049l"
SCAN = "Scan it with the app."
BLOCKS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def seed_of(site, user=None):
    (device,) = site.iam.devices(user).values()
    return device["seed"]


def begin(terminal, site, *more, rows=60, **how):
    return terminal(site, "enroll", "alice", *METHOD, *more, rows=rows, **how)


def type_codes(site, t, drift=0):
    """What a phone shows whose clock is so many seconds off."""
    t.until(FIRST)
    seed = seed_of(site)
    now = site.iam.now() + drift
    t.type(oathtool(seed, now - 30) + "\n")
    t.until(SECOND)
    t.type(oathtool(seed, now) + "\n")


def frame(seen):
    """The picture of the last frame: a list of lines without colours."""
    picture = seen[:seen.rindex(SCAN)].rpartition("\033[H")[2]
    return re.sub(r"\033\[[0-9;]*m", "", picture).rstrip("\r\n").split("\r\n")


def scan(lines, folder, ink=1):
    """What a camera reads: `ink` 1 where a block is dark."""
    rows = []
    for line in lines:
        cells = [BLOCKS[c] for c in line]
        rows += [[c[0] for c in cells], [c[1] for c in cells]]
    white = 0 if ink else 1
    edge, size = 4, 6
    width = len(rows[0]) + 2 * edge
    rows = [[white] * width] * edge + [
        [white] * edge + row + [white] * edge for row in rows] + [
        [white] * width] * edge
    image = folder / "screen.pgm"
    with image.open("wb") as file:
        file.write(f"P5 {width * size} {len(rows) * size} 255\n".encode())
        for row in rows:
            line = b"".join((b"\0" if cell == ink else b"\xff") * size
                            for cell in row)
            file.write(line * size)
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                           "-Sqrcode.enable", str(image)], text=True,
                          capture_output=True)
    return done.stdout.strip()


def check_uri(uri, site, user="alice"):
    parts = urllib.parse.urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(parts.path) == f"/AWS:{user}@123456789012"
    assert urllib.parse.parse_qs(parts.query) == {
        "secret": [seed_of(site)], "issuer": ["AWS"]}


def untouched(site):
    assert site.iam.devices() == {}
    assert site.journals() == [] and bindings(site) == []
    site.check_chain()


def bindings(site):
    return [b for b in site.run("registry", "show", "--json").json["bindings"]
            if not b["removed"]]


def check(site, user="alice"):
    (device,) = assigned(site.iam, user)
    assert unassigned(site.iam) == [] and site.journals() == []
    assert [(b["device"], b["method"], b["basis"], b["token"])
            for b in bindings(site)] == [(device, "virtual", "app-codes", None)]
    site.check_chain()


# ---- the line itself ----


def test_a_phone_scans_the_screen_and_its_codes_enroll_it(aws_site, terminal,
                                                          tmp_path):
    aws_site.tokens.unplug("a")
    t = begin(terminal, aws_site)
    seen = ENTER + t.until(SCAN) + SCAN
    check_uri(scan(frame(seen), tmp_path), aws_site)
    type_codes(aws_site, t)
    t.until(LEAVE)
    assert t.end() == 0, t.seen
    assert "Enrolled" in t.seen
    assert "compared with the secret" in t.words
    assert "A token is better." in t.words
    assert seed_of(aws_site, "alice") not in t.seen
    assert t.modes() == t.before
    check(aws_site)


@pytest.mark.parametrize("columns, rows, edge", [
    (80, 24, 2), (80, 25, 2), (45, 60, 4), (41, 60, 2), (200, 60, 4)])
def test_the_picture_is_read_at_any_size_that_has_room(
        aws_site, terminal, tmp_path, columns, rows, edge):
    t = begin(terminal, aws_site, columns=columns, rows=rows)
    seen = ENTER + t.until(SCAN) + SCAN
    lines = frame(seen)
    assert {len(line) for line in lines} == {37 + 2 * edge}
    assert len(lines) + 3 <= rows
    check_uri(scan(lines, tmp_path), aws_site)


@pytest.mark.parametrize("columns, rows", [(80, 23), (40, 60), (20, 10)])
def test_a_terminal_without_room_gets_the_secret_as_text(aws_site, terminal,
                                                         columns, rows):
    t = begin(terminal, aws_site, columns=columns, rows=rows)
    shown = t.until("The QR code needs a terminal of 41 columns and 24 rows")
    key = shown.partition("key\r\n")[2]
    seed = seed_of(aws_site)
    assert key.replace("\r\n", "").replace(" ", "") == seed
    assert max(map(len, key.split("\r\n"))) <= columns
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    check(aws_site)


def test_a_key_shows_the_secret_and_the_picture_again(aws_site, terminal):
    t = begin(terminal, aws_site)
    t.until(SCAN)
    t.until(FIRST)
    t.type("s")
    shown = t.until("s: show the QR code")
    assert seed_of(aws_site) in shown.replace(" ", "").replace("\r\n", "")
    assert "account AWS:alice@123456789012, time based" in shown
    t.type("s")
    t.until(SCAN)


def test_the_picture_is_black_on_white_whatever_the_terminal_is(aws_site,
                                                                terminal):
    t = begin(terminal, aws_site)
    shown = t.until(SCAN).rpartition("\033[H")[2]
    rows = shown.rstrip("\r\n").split("\r\n")
    assert all(r.startswith("\033[0;30;107m") and r.endswith("\033[0m")
               for r in rows)


def test_without_colours_it_is_drawn_in_the_terminals_own(aws_site, terminal,
                                                          tmp_path):
    t = begin(terminal, aws_site, NO_COLOR="1")
    seen = ENTER + t.until(SCAN) + SCAN
    assert "\033[0;30" not in seen
    # on a dark terminal what is not ink is dark
    check_uri(scan(frame(seen), tmp_path, ink=0), aws_site)
    t.until("i: invert")
    t.until(FIRST)
    t.type("i")
    seen = t.until(SCAN) + SCAN
    check_uri(scan(frame(seen), tmp_path), aws_site)


def test_a_terminal_without_utf8_gets_the_secret_as_text(aws_site, terminal):
    t = begin(terminal, aws_site, LC_ALL="C")
    shown = t.until(FIRST)
    assert "█" not in shown and SCAN not in shown
    assert seed_of(aws_site) in shown.replace(" ", "").replace("\r\n", "")


def test_another_size_is_drawn_anew(aws_site, terminal, tmp_path):
    t = begin(terminal, aws_site, columns=40)
    t.until("The QR code needs")
    t.until(FIRST)
    t.resize(60, 80)
    seen = t.until(SCAN) + SCAN
    check_uri(scan(frame(seen), tmp_path), aws_site)


def test_a_long_name_makes_a_wider_picture(aws_site, terminal, tmp_path):
    name = "alice+ops=1,2@example.com-" + "x" * 38
    aws_site.iam.add_user(name)
    t = terminal(aws_site, "enroll", name, *METHOD, rows=60)
    seen = ENTER + t.until(SCAN) + SCAN
    check_uri(scan(frame(seen), tmp_path), aws_site, name)


# ---- where it goes, and where not ----


def test_the_secret_is_on_the_terminal_only(aws_site, terminal, tmp_path):
    out, err = tmp_path / "out", tmp_path / "err"
    t = begin(terminal, aws_site, "--json", "-v", stdout=out, stderr=err)
    t.until(SCAN)
    type_codes(aws_site, t)
    assert t.end() == 0, err.read_text()
    device = aws_site.run("registry", "log", "--json").out
    seed = seed_of(aws_site, "alice")
    written = [out.read_bytes(), err.read_bytes(), device.encode()]
    written += [path.read_bytes() for path in tmp_path.rglob("*")
                if path.is_file()]
    for form in forms_of_seed(seed).values():
        assert not any(form in text for text in written)
    assert "▀".encode() not in out.read_bytes() + err.read_bytes()
    import json
    told = json.loads(out.read_text())["enrolled"]
    assert told["method"] == "virtual" and told["token"] is None
    assert told["verdict"] is None and told["holder"] is None
    assert told["deviceKind"] == "virtual" and told["basis"] == "app-codes"


def test_while_codes_are_typed_the_secret_is_in_locked_pages_only(aws_site,
                                                                  terminal):
    t = begin(terminal, aws_site)
    t.until(FIRST)
    time.sleep(0.3)
    forms = forms_of_seed(seed_of(aws_site))
    pid = t.process.pid
    found = {name: places_in_memory(pid, form)
             for name, form in forms.items()}
    assert len(found["raw"]) == 1 and "heap" not in found["raw"][0], found
    assert all("heap" not in place and "stack" not in place
               for place in found["base32"]), found
    assert found["base64"] == [] and found["hex"] == []
    assert any(True for _ in memory_of(pid))
    argv = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    env = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
    assert not any(form in argv + env for form in forms.values())


def test_once_typed_the_secret_is_gone_from_memory(aws_site, terminal):
    """AWS takes its time with the list behind the enabling."""
    aws_site.iam.order("ListMFADevices", skip=1, delay=3, when="before")
    t = begin(terminal, aws_site)
    type_codes(aws_site, t)
    t.until(LEAVE)
    end = time.monotonic() + 20
    while not assigned(aws_site.iam, "alice"):
        assert time.monotonic() < end
    time.sleep(0.5)
    forms = forms_of_seed(seed_of(aws_site))
    found = {name: places_in_memory(t.process.pid, form)
             for name, form in forms.items()}
    assert found == {name: [] for name in forms}
    assert t.end() == 0, t.seen


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_take_it_away_is_refused(aws_site, terminal,
                                                        term):
    t = begin(terminal, aws_site, term=term)
    assert t.end() == 2, t.seen
    assert f"a terminal of kind '{term}' (TERM) cannot take away what it " \
        "shows" in t.words
    untouched(aws_site)


def test_without_a_terminal_it_is_refused(aws_site):
    done = aws_site.run("enroll", "alice", *METHOD)
    assert done.code == 2, done
    assert "there is no terminal" in done.err
    assert "CreateVirtualMFADevice" not in [
        c["action"] for c in aws_site.iam.calls()]
    untouched(aws_site)


@pytest.mark.parametrize("signo, code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130),
    (signal.SIGQUIT, -3), (signal.SIGUSR1, -10), (signal.SIGABRT, -6),
    (signal.SIGSEGV, -11), (signal.SIGXCPU, -24)])
def test_every_signal_takes_the_screen_away(aws_site, terminal, signo, code):
    t = begin(terminal, aws_site)
    t.until(FIRST)
    t.type("123")
    t.read()
    t.process.send_signal(signo)
    t.until("\033[2J\033[H" + LEAVE)
    assert t.end() == code, t.seen
    assert "▀" not in t.seen and t.modes() == t.before
    assert "EnableMFADevice" not in [c["action"]
                                     for c in aws_site.iam.calls()]
    # what there was no time for is taken back by the next run
    done = aws_site.run("enroll", "bob", "--method", "totp", timeout=100)
    assert done.code == 0, done
    assert assigned(aws_site.iam, "alice") == []
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []


def test_a_stop_takes_the_screen_away_until_it_goes_on(aws_site, terminal):
    t = begin(terminal, aws_site, job=True)
    t.until(FIRST)
    t.seen = ""
    os.kill(t.job(), signal.SIGTSTP)
    t.until(LEAVE)
    end = time.monotonic() + 20
    while state_of(t.job()) != "T":
        time.sleep(0.05)
        assert time.monotonic() < end
    assert t.modes() == t.before
    os.kill(t.job(), signal.SIGCONT)
    t.until(ENTER)
    t.until(SCAN)
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    check(aws_site)


# ---- codes ----


def in_the_middle(site):
    """Of a step: AWS tells its time in whole seconds."""
    while not 3 < site.iam.now() % 30 < 20:
        time.sleep(0.5)


@pytest.mark.parametrize("drift, words", [
    (-30, "behind AWS's"), (30, "ahead of AWS's")])
def test_a_drift_of_one_step_is_told(aws_site, terminal, drift, words):
    t = begin(terminal, aws_site)
    t.until(SCAN)
    in_the_middle(aws_site)
    type_codes(aws_site, t, drift)
    assert t.end() == 0, t.seen
    assert f"The phone's clock is up to 30 s {words}" in t.words
    check(aws_site)


@pytest.mark.parametrize("drift, words", [
    (-300, "300 s behind"), (300, "300 s ahead")])
def test_more_than_one_step_is_refused_and_asked_anew(aws_site, terminal,
                                                      drift, words):
    t = begin(terminal, aws_site)
    t.until(SCAN)
    in_the_middle(aws_site)
    type_codes(aws_site, t, drift)
    t.until(f"the phone's clock is {words}")
    assert "EnableMFADevice" not in [c["action"]
                                     for c in aws_site.iam.calls()]
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    check(aws_site)


def test_codes_that_are_wrong_are_told_apart_before_aws_is_asked(aws_site,
                                                                 terminal):
    t = begin(terminal, aws_site)
    t.until(FIRST)
    seed, now = seed_of(aws_site), aws_site.iam.now()
    earlier, code = oathtool(seed, now - 30), oathtool(seed, now)
    t.type("000000\n")
    t.until("that is no code of this secret")
    t.until(FIRST)
    t.type(code + "\n")
    t.until(SECOND)
    t.type(earlier + "\n")
    t.until("these codes are in the wrong order")
    t.until(FIRST)
    t.type(oathtool(seed, now - 90) + "\n")
    t.until(SECOND)
    t.type(code + "\n")
    t.until("these codes do not follow each other")
    t.until(FIRST)
    t.type("12345\n")
    t.until("a code has six digits")
    assert "EnableMFADevice" not in [c["action"]
                                     for c in aws_site.iam.calls()]
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    check(aws_site)


# ---- who may ----


def test_a_phone_is_refused_unless_it_is_allowed(aws_site):
    aws_site.iam.calls(clear=True)
    done = aws_site.run("enroll", "alice", "--method", "virtual")
    assert done.code == 6, done
    assert "a token is better" in done.err and "--allow-virtual" in done.err
    assert aws_site.iam.calls() == []


def test_the_policys_list_decides(aws_site, terminal):
    policy = aws_site.folder / "policy"
    with aws_site.config.open("a") as config:
        config.write(f"policy = {policy}\n")
    policy.write_text("methods = totp fido\n")
    done = aws_site.run("enroll", "alice", *METHOD)
    assert done.code == 6 and "method virtual is not among" in done.err, done
    policy.write_text("methods = totp virtual\n")
    t = terminal(aws_site, "enroll", "alice", "--method", "virtual", rows=60)
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    check(aws_site)


def test_a_phone_has_no_options_of_tokens(aws_site):
    for option in (("--holder", "x"), ("--label", "x"), ("--token", "x"),
                   ("--serial", "GAKT1234567"), ("--codes-fd", "0"),
                   ("--fresh",)):
        done = aws_site.run("enroll", "alice", *METHOD, *option)
        assert done.code == 2, done
        assert f"{option[0]} means nothing with --method virtual" in done.err
    done = aws_site.run("enroll", "alice", "--method", "totp",
                        "--allow-virtual")
    assert done.code == 2, done


def test_a_second_phone_is_made_only_for_a_reason(aws_site, terminal):
    t = begin(terminal, aws_site)
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    (device,) = assigned(aws_site.iam, "alice")
    t = begin(terminal, aws_site)
    assert t.end() == 1, t.seen
    assert f"'alice' has an app's device already: '{device}'" in t.words
    check(aws_site)
    t = begin(terminal, aws_site, "--force", "a phone for travel")
    t.until(FIRST)
    (seed,) = [d["seed"] for d in aws_site.iam.devices().values()
               if d["user"] is None]
    t.type(oathtool(seed, aws_site.iam.now() - 30) + "\n")
    t.until(SECOND)
    t.type(oathtool(seed, aws_site.iam.now()) + "\n")
    assert t.end() == 0, t.seen
    assert len(assigned(aws_site.iam, "alice")) == 2


def test_revoke_takes_a_phone_away(aws_site, terminal):
    t = begin(terminal, aws_site)
    type_codes(aws_site, t)
    assert t.end() == 0, t.seen
    (device,) = assigned(aws_site.iam, "alice")
    done = aws_site.run("revoke", "alice", device, "--last", "--reason", "x")
    assert done.code == 0, done
    untouched(aws_site)


# ---- AWS misbehaves; kills ----


@pytest.mark.parametrize("action", ["CreateVirtualMFADevice",
                                    "EnableMFADevice"])
@pytest.mark.parametrize("fault", ["reset", "refused", "html",
                                   "html-afterwards", "empty", "no-xml",
                                   "reset-afterwards", "slow"])
def test_what_aws_refuses_or_loses_is_settled(aws_site, terminal, action,
                                              fault):
    aws_site.iam.order(action, count=None, **FAULTS[fault])
    t = begin(terminal, aws_site, AWS_MAX_ATTEMPTS="2")
    if action == "EnableMFADevice" or fault == "slow":
        type_codes(aws_site, t)
    code = t.end(100)
    aws_site.iam.clear_orders()
    assert code in (0, 1, 9, 10), t.seen
    if code == 0:
        check(aws_site)
    else:
        untouched(aws_site)


def typed_and_killed(terminal, site, call, number):
    """Whether it came that far."""
    t = begin(terminal, killer(site, (call, number)))
    end = time.monotonic() + 30
    while t.process.poll() is None and FIRST not in t.seen:
        t.read()
        assert time.monotonic() < end, t.seen
    if t.process.poll() is None:
        seed, now = seed_of(site), site.iam.now()
        t.type(oathtool(seed, now - 30) + "\n")
        while t.process.poll() is None and SECOND not in t.seen:
            t.read()
            assert time.monotonic() < end, t.seen
        if t.process.poll() is None:
            t.type(oathtool(seed, now) + "\n")
    return t.end() != 0


@strace
@pytest.mark.parametrize("time_", [1, 2, 3])
@pytest.mark.parametrize("call, least", [("fsync", 5), ("sendto", 2)])
def test_killed_at_each_point_nothing_is_orphaned_doubled_or_lost(
        aws_site, terminal, call, least, time_):
    """Each point of the journal is a sync of it; by another way each time."""
    killed = 0
    for number in range(1, 60):
        if not typed_and_killed(terminal, aws_site, call, number):
            break
        killed += 1
        # the next run, of whoever it is, settles it
        done = aws_site.run("enroll", "bob", "--method", "totp", "--holder",
                            "alice")
        assert done.code == 0, (number, done)
        assert unassigned(aws_site.iam) == [] and aws_site.journals() == []
        devices = assigned(aws_site.iam, "alice")
        assert sorted(b["device"] for b in bindings(aws_site)
                      if b["user"] == "alice") == devices, number
        for user in ("alice", "bob"):
            for device in assigned(aws_site.iam, user):
                done = aws_site.run("revoke", user, device, "--last",
                                    "--reason", "again")
                assert done.code == 0, done
        untouched(aws_site)
    assert killed >= least, time_


@pytest.mark.parametrize("moment", ["shown", "first", "typed"])
def test_killed_at_the_screen_the_device_is_taken_back(aws_site, terminal,
                                                       moment):
    t = begin(terminal, aws_site)
    t.until(FIRST)
    seed, now = seed_of(aws_site), aws_site.iam.now()
    if moment != "shown":
        t.type(oathtool(seed, now - 30) + "\n")
        t.until(SECOND)
    if moment == "typed":
        aws_site.iam.order("EnableMFADevice", delay=1.5, when="after")
        t.type(oathtool(seed, now) + "\n")
        time.sleep(0.5)
    t.kill()
    time.sleep(1.5)
    done = aws_site.run("enroll", "bob", "--method", "totp", timeout=100)
    assert done.code == 0, done
    assert unassigned(aws_site.iam) == [] and aws_site.journals() == []
    assert len(assigned(aws_site.iam, "alice")) == (moment == "typed")
    assert len(bindings(aws_site)) == (moment == "typed")
    aws_site.check_chain()
    assert base64.b32decode(seed)
