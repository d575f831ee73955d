# SPDX-License-Identifier: Apache-2.0
"""Programs that are not root's, as screen lockers: they ask by systemd's socket
for the user that they run as, and nothing else that they say is believed."""
import contextlib
import os
import pwd
import re
import socket
import struct
import subprocess
import sys
import time

import pytest

from conftest import RIG, ROOT, YK
from station import (AT_SEAT, AUTHINFO_UNAVAIL, HELPER, HOST_ENV, NO_TOKEN,
                     NOT_LOCAL, NOT_TOUCHED, SUCCESS, UNBOUND, USER_UNKNOWN,
                     module)

sys.path.insert(0, str(RIG / "login"))
from activated import Activated  # noqa: E402

USER = "games"
UID = pwd.getpwnam(USER).pw_uid
OTHER = "bin"
NOBODYS = 123454321     # a number that no user has
PIN = "123456"
LOCKER = "swaylock"
SOCKET = ROOT / "var/run/tokenbridge/auth"
CONF = ROOT / "etc/tokenbridge.conf"
NOT_ROOT = (AUTHINFO_UNAVAIL, "not-root")
NOT_LISTED = (AUTHINFO_UNAVAIL, "not-listed")
TOO_OFTEN = (AUTHINFO_UNAVAIL, "too-often")
TRIES, AT_ONCE = 60, 8

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


class Screen:
    """A station whose users have lockers, and its socket."""

    def __init__(self, at, activated):
        self.at, self.activated = at, activated
        self.tokens = at.tokens
        self.used = at.tokens.stats("a")["touch"]["used"]

    def unlock(self, *options, uid=UID, user=USER, service=LOCKER, **more):
        return self.at.log_in(user, "-U", uid, *options, service=service,
                              **more)

    def logged(self, number=1):
        """The helpers' own lines, as soon as there are so many."""
        end = time.monotonic() + 10
        while (len(self.activated.lines) < number and
               time.monotonic() < end):
            time.sleep(0.02)
        assert len(self.activated.lines) == number, self.activated.lines
        return self.activated.lines

    @property
    def touched(self):
        return self.tokens.stats("a")["touch"]["used"] - self.used


def settings(at, *lines):
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text("".join(f"{line}\n" for line in
                            (f"login_db = {at.login_db}", *lines)))


@pytest.fixture
def screen(host, request, tmp_path):
    at = host({**YK, "pin": PIN}, pin=PIN, **getattr(request, "param", {}))
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    at.helper_env()
    settings(at)
    try:
        with Activated(SOCKET, HELPER, tmp_path / "log") as sd:
            yield Screen(at, sd)
    finally:
        CONF.unlink()


pinned = pytest.mark.parametrize("screen", [{"more": ("--verify-required",)}],
                                 indirect=True)

LINE = re.compile(r"<(\d+)>user=(\S+) uid=(\d+) pid=(\d+) service=(\S+) "
                  r"token=(\S+) result=(\S+) ms=\d+(?:: (.*))?")


def told(line):
    """priority, user, uid, service, result and why of a helper's line."""
    match = LINE.fullmatch(line)
    assert match, line
    priority, user, uid, _, service, _, result, why = match.groups()
    return int(priority), user, int(uid), service, result, why


# ---- who gets in ----

def test_a_locker_is_let_in_by_the_token_of_who_runs_it(screen):
    done = screen.unlock()
    assert (done.result, done.word) == (SUCCESS, "granted"), done
    assert f"let {USER} in on " in done.said
    line, = screen.logged()
    assert told(line) == (5, USER, UID, LOCKER, "granted", None)
    assert re.search(r"token=[0-9a-f]{8} ", line)


@pinned
def test_the_pin_goes_by_a_second_call(screen):
    assert screen.unlock("-a", PIN).result == SUCCESS
    assert [told(x)[4] for x in screen.logged(2)] == ["pin-wanted", "granted"]
    before = screen.tokens.stats("a")["pin_retries"]
    done = screen.unlock("-a", "654321")
    assert done.word == "pin-wrong", done
    assert screen.tokens.stats("a")["pin_retries"] == before - 1
    assert PIN not in "".join(screen.activated.lines)


def test_the_line_may_ask_for_more(screen):
    """What makes it stricter counts, whoever says it."""
    done = screen.unlock("-a", PIN, line=["userverification"])
    assert done.result == SUCCESS and "PIN of your" in done.said, done


def test_a_token_that_is_not_there_or_not_touched_lets_nobody_in(screen):
    screen.tokens.touch("a", "withhold")
    assert screen.unlock(line=["timeout=1"]).why == NOT_TOUCHED
    screen.tokens.unplug("a")
    assert screen.unlock().why == NO_TOKEN


def test_a_locker_that_ends_frees_the_token(screen):
    screen.tokens.touch("a", "withhold")
    screen.at.helper_env()
    screen.at.service(name=LOCKER)
    process = subprocess.Popen(
        screen.at.pamhost(USER, "-U", UID, service=LOCKER),
        stdout=subprocess.DEVNULL, env=HOST_ENV)
    screen.tokens.wait("a", "touch", ms=10000)
    process.kill()
    process.wait()
    assert told(screen.logged()[0])[4:] == ("error", "interrupted")
    screen.tokens.touch("a", "give")
    assert screen.unlock().result == SUCCESS


# ---- where nobody can be asked ----

def test_without_the_socket_it_is_said_why(host):
    at = host()
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    done = at.log_in(USER, "-U", UID, service=LOCKER)
    assert done.why == NOT_ROOT, done
    assert f"cannot reach '{SOCKET}': No such file" in done.log[-1][1]


def test_a_socket_that_is_not_roots_is_given_nothing(host):
    """A PIN least of all."""
    at = host()
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    SOCKET.parent.mkdir(parents=True)
    SOCKET.parent.chmod(0o777)
    os.seteuid(pwd.getpwnam(OTHER).pw_uid)
    try:
        false = socket.socket(socket.AF_UNIX)
        false.bind(str(SOCKET))
        false.listen(4)
    finally:
        os.seteuid(0)
    SOCKET.chmod(0o777)
    with false:
        done = at.log_in(USER, "-U", UID, service=LOCKER)
        assert done.why == NOT_ROOT, done
        assert f"not root who listens at '{SOCKET}'" in done.log[-1][1]
        with false.accept()[0] as line:
            assert line.recv(1) == b""
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)


# ---- nothing else that is said is believed ----

def test_whose_token_it_is_the_kernel_says(screen):
    """Whatever user the program names."""
    done = screen.unlock(user=OTHER)
    assert (done.result, done.word) == (SUCCESS, "granted"), done
    assert f"the user is '{USER}' here" in done.log[-1][1]
    assert told(screen.logged()[0])[1:3] == (USER, UID)
    uid = pwd.getpwnam(OTHER).pw_uid
    touched = screen.touched
    done = screen.unlock(uid=uid, user=USER)
    assert done.why == UNBOUND, done
    assert told(screen.logged(2)[1])[1:5] == (OTHER, uid, LOCKER,
                                            "no-token-bound")
    assert screen.touched == touched


def test_a_number_that_is_nobodys_is_refused(screen):
    done = screen.unlock(uid=NOBODYS, line=["nouserok"])
    assert done.why == (USER_UNKNOWN, "unknown-user"), done
    assert told(screen.logged()[0])[1:] == (
        "-", NOBODYS, "-", "unknown-user",
        f"this machine has no local user of the number {NOBODYS}")


@pytest.mark.parametrize("uid,why", [
    (123456790, "cannot look up whose the number 123456790 is: "),
    (123456791, "NSS gives the number 123456791 the name 'games', and that "
     f"name the number {UID}")])
def test_a_number_that_nss_does_not_answer_for_is_nobody_known(screen, uid,
                                                              why):
    """Least of all whose name it says."""
    with screen.at.spelled():
        done = screen.unlock(uid=uid, line=["nouserok"])
    assert done.why == (AUTHINFO_UNAVAIL, "no-record"), done
    assert told(screen.logged()[0])[5].startswith(why)
    assert screen.touched == 0


def test_who_has_no_token_may_be_passed_over(screen):
    """Wherever he is: the locker must not lock him out."""
    uid = pwd.getpwnam(OTHER).pw_uid
    done = screen.unlock(uid=uid, user=OTHER, line=["nouserok"], seat="")
    assert done.word == "no-token-bound" and done.result == 6, done


def test_only_the_systems_record_counts(screen):
    """A path that the line names is a claim."""
    db = screen.at.login_db.with_name("elsewhere.db")
    (screen.at.pam / LOCKER).write_text(
        f"auth required {module()} login_db={db}\n"
        "account required pam_permit.so\n")
    assert screen.unlock().result == SUCCESS
    screen.at.login_db.rename(db)
    assert screen.unlock().word == "no-record"


AFAR = AT_SEAT.replace("active local", "active remote")


@pytest.mark.parametrize("seat,why", [
    ("", "the user has no session here"),
    (AFAR, "the session comes over the network"),
    (AT_SEAT.replace("active", "online"),
     "the session is not the one in front at its seat"),
    (AT_SEAT.replace("active", "closing"),
     "the session is not the one in front at its seat"),
    (AT_SEAT.replace("seat0", "-"), "the session has no seat"),
    (AT_SEAT.replace("c1 5", "c1 2").replace("display c1\n", ""),
     "the user has no session here")])
def test_who_is_not_in_front_at_a_seat_reaches_no_token(screen, seat, why):
    """Whatever the line says."""
    for line in ([], ["remote=allow", "seat=unlock", "seat=greeter",
                      "seat=peer"]):
        done = screen.unlock(seat=seat, line=line)
        assert done.why == NOT_LOCAL, done
        assert done.log[-1][1].endswith(f": {why}"), done
    assert [told(x)[3:] for x in screen.logged(2)] == [
        (LOCKER, "not-local", why)] * 2
    assert screen.touched == 0


SSH = "session c3 5 - active remote\n"


@pytest.mark.parametrize("seat", [
    AT_SEAT + SSH, AT_SEAT.replace("display c1", "display c3") + SSH,
    "peer x.service\n" + AT_SEAT])
def test_any_session_of_his_that_is_in_front_will_do(screen, seat):
    """What he has beside it must not lock him out of it."""
    done = screen.unlock("-i", "rhost=192.0.2.7", seat=seat)
    assert (done.result, done.word) == (SUCCESS, "granted"), done


def test_a_service_that_is_not_listed_is_refused(screen):
    for service in ("tbtest", "sudo", "swaylock2"):
        done = screen.unlock(service=service)
        assert done.why == NOT_LISTED, done
    assert [told(x)[3:] for x in screen.logged(3)] == [
        (service, "not-listed", "the service is not among locker_services")
        for service in ("tbtest", "sudo", "swaylock2")]
    assert screen.touched == 0
    settings(screen.at, "locker_services = tbtest, i3lock")
    assert screen.unlock(service="tbtest").result == SUCCESS
    assert screen.unlock(service="i3lock").result == SUCCESS
    assert screen.unlock().why == NOT_LISTED


# ---- hostile ----

def text(value):
    return struct.pack(">H", len(value)) + value


def request(service=LOCKER, user=USER, flags=0, timeout=3000, wait=0,
            prove=False, rhost="", db="", token=""):
    return b"\x03" + struct.pack(">BIII", prove, flags, timeout, wait) + \
        b"".join(text(x if isinstance(x, bytes) else x.encode())
                 for x in (user, service, rhost, db, token))


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def call(uid=UID):
    """A line of that user's to a helper."""
    line = socket.socket(socket.AF_UNIX)
    os.seteuid(uid)
    try:
        line.connect(str(SOCKET))
    finally:
        os.seteuid(0)
    return line


def letters(line, seconds=12):
    """The kinds and results of all that is answered, until it hangs up."""
    line.settimeout(seconds)
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := line.recv(65536):
            data += piece
    found = []
    while data:
        n, = struct.unpack(">I", data[:4])
        found.append(data[5:7].decode())
        data = data[4 + n:]
    return found


GARBAGE = {
    "nothing": b"",
    "half a length": b"\0\0",
    "huge": b"\xff\xff\xff\xff" + b"x" * 1000,
    "too long": frame(b"\x03" * 65536)[:4] + b"x" * 60000,
    "empty": frame(b""),
    "garbage": frame(os.urandom(200)),
    "another version": frame(b"\x02" + request()[1:]),
    "no user": frame(request(user="")),
    "a line break": frame(request(service="swaylock\nresult=granted")),
    "unknown flags": frame(request(flags=1 << 31)),
    "more than one": frame(request() + b"x"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_who_says_nothing_of_sense_is_refused_in_time(screen, kind):
    with call() as line:
        with contextlib.suppress(BrokenPipeError):
            line.sendall(GARBAGE[kind])
        begun = time.monotonic()
        # nobody waits for it
        assert screen.unlock().result == SUCCESS
        assert letters(line) == ["Ax"]
        assert time.monotonic() - begun < 9
    lines = [told(x)[1:5] for x in screen.logged(2)]
    assert (USER, UID, "-", "error") in lines, lines


def test_a_service_is_one_word_of_the_log(screen):
    with call() as line:
        line.sendall(frame(request(service="x result=granted h\xf6st")))
        assert letters(line) == ["Ai"]
    assert told(screen.logged()[0])[3:5] == ("x?result?granted?h??st",
                                           "not-listed")


def test_who_says_nothing_reaches_no_token_and_has_an_end(screen):
    with call() as line:
        begun = time.monotonic()
        assert letters(line) == ["Ax"]
        assert 4 < time.monotonic() - begun < 8
    assert told(screen.logged()[0])[4:] == (
        "error", "a helper process did not answer in time")
    assert screen.touched == 0


def test_who_hangs_up_ends_it_at_once(screen):
    screen.tokens.touch("a", "withhold")
    with call() as line:
        line.sendall(frame(request(timeout=300000, wait=300000)))
        screen.tokens.wait("a", "touch", ms=10000)
    begun = time.monotonic()
    screen.logged()
    assert time.monotonic() - begun < 3
    screen.tokens.touch("a", "give")
    assert screen.unlock().result == SUCCESS


def test_a_pin_that_was_never_asked_for_is_one_try(screen):
    """... of the token that is named; what is no token's is none."""
    before = screen.tokens.stats("a")["pin_retries"]
    with call() as line:
        line.sendall(frame(request(prove=True, token="0123abcd")) +
                     frame(b"654321"))
        assert letters(line) == ["At"]
    assert screen.tokens.stats("a")["pin_retries"] == before
    with call() as line:    # the PIN does not come
        line.sendall(frame(request(prove=True, token="0123abcd")))
        assert letters(line) == ["Ax"]
    assert screen.touched == 0


def test_a_user_asks_so_often_and_the_next_one_is_not_concerned(screen):
    for number in range(TRIES):
        call().close()
        screen.logged(number + 1)
    done = screen.unlock()
    assert done.why == TOO_OFTEN, done
    assert done.said == ("The security key was asked for too often. "
                         "Wait a minute.")
    assert screen.unlock().why == TOO_OFTEN
    assert told(screen.logged(TRIES + 1)[-1]) == (
        4, USER, UID, "-", "too-often",
        "the user's programs have asked too often")    # said once
    uid = pwd.getpwnam(OTHER).pw_uid
    assert screen.unlock(uid=uid, user=OTHER).why == UNBOUND


def dev_is_the_kernels():
    """pam_tokenbridge(8): else root's programs, too, go by the socket."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return any(line.split()[4] == "/dev" and " - devtmpfs " in line
                   for line in mounts)


@pytest.mark.skipif(not dev_is_the_kernels(), reason="/dev is no devtmpfs")
def test_roots_programs_start_a_helper_of_their_own(screen):
    for number in range(TRIES):
        call().close()
        screen.logged(number + 1)
    assert screen.unlock().why == TOO_OFTEN
    done = screen.at.log_in(USER)
    assert done.result == SUCCESS, done


def test_so_many_of_a_user_s_programs_ask_at_once(screen):
    with contextlib.ExitStack() as held:
        for _ in range(AT_ONCE):
            held.enter_context(call())
        time.sleep(1)
        done = screen.unlock()
        assert done.why == TOO_OFTEN, done
        uid = pwd.getpwnam(OTHER).pw_uid
        assert screen.unlock(uid=uid, user=OTHER).why == UNBOUND
    screen.logged(AT_ONCE + 2)
    assert screen.unlock().result == SUCCESS


def test_hundreds_of_calls_hold_up_nobody_else(screen):
    """Of a user, and of numbers that are nobody's."""
    with contextlib.ExitStack() as held:
        for uid in (65534, NOBODYS, NOBODYS + 1):
            for _ in range(50):
                held.enter_context(call(uid))
        done = screen.unlock(timeout=120)
        assert (done.result, done.word) == (SUCCESS, "granted"), done
        end = time.monotonic() + 30
        while screen.activated.helpers and time.monotonic() < end:
            time.sleep(0.05)
        assert not screen.activated.helpers
    results = [told(x)[4] for x in screen.activated.lines if f"uid={UID} "
               not in x]
    assert set(results) <= {"error", "too-often", "unknown-user"}
    assert 0 < results.count("unknown-user") <= TRIES
    assert results.count("error") <= AT_ONCE


def reply(letter):
    return frame(b"\x03A" + letter + b"\0\0" + text(b"") * 2 + bytes(4) +
                 text(b"") + bytes(8) + text(b"") * 2)


@pytest.mark.parametrize("letter,word", [
    (b"y", "too-often"), (b"G", "error"), (b"r", "error")])
def test_a_refusal_counts_though_nothing_was_read(host, letter, word):
    """Who refuses may be gone before the question could be sent; who grants
    has to have heard it."""
    at = host()
    at.service(name=LOCKER)
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    SOCKET.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(SOCKET))
        SOCKET.chmod(0o666)
        listening.listen(1)
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto",
             "-e", "inject=sendto:delay_enter=1000000:when=1",
             *at.pamhost(USER, "-U", UID, service=LOCKER)],
            stdout=subprocess.PIPE, text=True, env=HOST_ENV)
        with listening.accept()[0] as line:
            line.sendall(reply(letter))
        out = process.communicate(timeout=60)[0]
    assert f"result={word} " in out, out


# ---- programs of root's that see no devices ----

HIDDEN = """mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 &&
mknod -m 666 /dev/urandom c 1 9 && exec "$@"
"""


def without_devices(at, *options, seat):
    """As under PrivateDevices=: its own child would see no token."""
    at.seat = seat
    at.helper_env()
    return subprocess.run(
        ["unshare", "-m", "bash", "-c", HIDDEN, "-", *at.pamhost(
            USER, *options, service="polkit-1")],
        capture_output=True, text=True, env=HOST_ENV, timeout=60,
        stdin=subprocess.DEVNULL)


def test_roots_program_without_devices_asks_by_the_socket(screen):
    """And is believed whom and by which service it asks for."""
    screen.at.service(name="polkit-1")
    done = without_devices(screen.at, "-v",
                           seat=AT_SEAT.replace("unit", "peer"))
    assert done.returncode == 64, done
    assert told(screen.logged()[0])[1:5] == (USER, 0, "polkit-1", "granted")
    done = without_devices(screen.at, seat="peer x.service\n")
    assert '"result":9' in done.stdout, done
    assert told(screen.logged(2)[1])[1:] == (
        USER, 0, "polkit-1", "not-local",
        "it runs in no session of this machine")
    done = without_devices(screen.at, "-i", "rhost=192.0.2.7",
                           seat=AT_SEAT.replace("unit", "peer"))
    assert told(screen.logged(3)[2])[5] == "the login comes over the network"
    assert screen.touched == 1


def test_roots_program_without_devices_and_socket_starts_its_own(host):
    at = host()
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    at.service(name="polkit-1")
    done = without_devices(at, seat=AT_SEAT)
    assert "result=no-token " in done.stdout, done


def test_the_helper_takes_no_word_for_a_socket_of_systemds(screen):
    """Whoever hands it a line must say so as systemd does: else one of a
    user's, handed on by a program of root's, would be his to use."""
    os.seteuid(UID)
    try:
        ours, theirs = socket.socketpair()
    finally:
        os.seteuid(0)
    with ours, theirs:
        process = subprocess.Popen(
            ["bash", "-c", 'exec "$0" 3<&"$1"', HELPER,
             str(theirs.fileno())], pass_fds=(theirs.fileno(),), cwd="/",
            env={})
        theirs.close()
        assert letters(ours) == ["Au"]
        process.wait()
