# SPDX-License-Identifier: Apache-2.0
"""tests/rig/shell: an hour of rehearsal, typed by a script as a person types it,
by what its own help says."""
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time

import pytest

import ptys
from conftest import RIG

ESCAPE = "\x1d"
PROMPT = "rehearsal$ "
SEEN = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")
ROWS, COLUMNS = 24, 80


def too_wide(text):
    """Lines that a terminal would break in the middle of a word; what has to
    be copied whole, a path or a command, may be longer."""
    def whole(line):
        words = re.sub(r"`[^`]*`", lambda m: "x" * len(m[0]), line).split()
        return max(map(len, words), default=0) > COLUMNS - 2
    return [line for line in text.splitlines()
            if len(line) > COLUMNS and not whole(line)
            and PROMPT.strip() not in line]


class Person:
    def __init__(self, folder, *options):
        self.folder = folder
        self.pid, self.master = ptys.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(str(RIG / "token/enter"), [
                "enter", str(RIG / "shell"), "--inside", "--folder",
                str(folder / "r"), *options],
                # a copy of the installed tree is made for this shard already
                {**{name: value for name, value in os.environ.items()
                    if not name.startswith("ENTER_")},
                 "TERM": "dumb", "PAMHOST": os.path.join(
                     os.environ["TOKENBRIDGE_BUILD"],
                     "tests/rig/login/pamhost")})
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.seen, self.mark = "", 0

    def until(self, words, seconds=60):
        """All up to the words, which come behind what was met."""
        end = time.monotonic() + seconds
        while words not in self.seen[self.mark:]:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    data = b""
                assert data, self.seen
                text = data.decode(errors="replace").replace("\r\n", "\n")
                self.seen += SEEN.sub("", text)
        at = self.seen.index(words, self.mark)
        met = self.seen[self.mark:at]
        self.mark = at + len(words)
        return met

    def type(self, line, seconds=60):
        """A command, and what it said up to the next prompt."""
        os.write(self.master, line.encode() + b"\n")
        return self.until(PROMPT, seconds)

    def hands(self, line):
        os.write(self.master, f"{ESCAPE}{line}\r".encode())

    def leave(self):
        os.write(self.master, b"exit\n")
        self.until("What was done stands in", 60)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self):
        """Hangs up, as a window that is closed: all of it ends then."""
        os.close(self.master)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
            except ChildProcessError:
                return  # it has ended before
            time.sleep(0.1)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("the rehearsal did not end when it was left")


@pytest.fixture
def person(tmp_path):
    (tmp_path / "users.csv").write_text("user,password\n" + "".join(
        f"person{n},yes\n" for n in range(1, 6)) + "service,no\n")
    who = Person(tmp_path, "--users", str(tmp_path / "users.csv"),
                 "--keys", "6")
    assert len(who.until(PROMPT).splitlines()) < ROWS
    yield who
    who.close()
    assert not (tmp_path / "r/pcscd").exists(), "pcscd was left behind"
    assert too_wide(who.seen) == []


def first_steps(person):
    """What the help says to begin with, line by line as it stands there; each
    of its pages is seen whole."""
    for page in ("help", "help begin"):
        assert len(person.type(page).splitlines()) < ROWS
    told = re.search(r"Begin with.*?\n(.*?)\nThen", person.type("help begin"),
                     re.S)
    return [line.strip() for line in told[1].splitlines()]


def roll_out(person, line, keys):
    """The line, and a key in another port whenever one is asked for."""
    os.write(person.master, line.encode() + b"\n")
    for n, key in enumerate(keys, 1):
        person.until("Insert the next key for ")
        person.hands(f"plug {key}")
        person.until("done      " if n < len(keys) else "done")
    return person.until(PROMPT)


def test_five_users_get_their_keys_in_ten_minutes(person):
    begun = time.monotonic()
    plug, look, verify, enroll, unplug, rollout, audit = first_steps(person)
    assert "person5" in person.type("users")
    assert "blue-1 is plugged in" in person.type(plug)
    assert "12345678" in person.type(look)
    assert "genuine" in person.type(verify)
    assert "Enrolled" in person.type(enroll)
    assert "is in the box" in person.type(unplug)
    rollout, asks, plugs = rollout.partition("where it asks for a key: ")
    assert asks and plugs == "Ctrl-] plug blue-2"
    assert "4 done" in roll_out(person, rollout.strip(),
                                [f"blue-{n}" for n in range(2, 6)])
    assert person.type("users").count("MFA: person") == 5
    # one key each is a finding, a low one
    shown = person.type(f"{audit} --fail-on high; echo status $?")
    assert "status 0" in shown and "user-one-device" in shown
    assert "games is let in" in person.type(
        "plug blue-1; tokenbridge pam-enroll games --token blue-1 "
        "--holder person1; sudo games")
    shown = person.type("clone blue-1; login games")
    assert "not let in" in shown and "log: " in shown and "counter" in shown
    moved = person.type("lose blue-2").partition("Next: ")[2].splitlines()[0]
    assert "replace person2" in person.type(moved)
    assert "is lost" in person.type("plug blue-2")
    person.type("plug blue-6")
    assert "worthless at AWS now" in person.type(
        "tokenbridge replace person2 blue-2 --label red-1 --holder "
        "person2 --token 12345683", 90)
    for line in ("registry move blue-1 --state lost",
                 "revoke --local games all"):
        assert "Not published" not in person.type(f"tokenbridge {line}"), line
    person.leave()
    assert time.monotonic() - begun < 600
    page = (person.folder / "r/page.txt").read_text()
    assert "rollout plan.csv" in page and "lose blue-2" in page
    assert "5 of 5 users with a password have MFA\n" in page
    assert "Lost keys: blue-2\n" in page
    assert re.search(r"^  [0-9:]{8} 0 sudo games$", page, re.M)
    assert re.search(r"^  [0-9:]{8} [1-9][0-9]* login games$", page, re.M)
    assert "0 problems" in page and "red-1" in page
    assert too_wide(page) == []
    left = {path.name for path in (person.folder / "r").iterdir()}
    assert not left & {"tokens", "pcscd"}


def test_a_key_waits_for_its_touch(tmp_path):
    who = Person(tmp_path, "--hands", "wait")
    who.until(PROMPT)
    who.type("plug blue-1")
    os.write(who.master, b"tokenbridge verify\n")
    who.until("Touch the token")
    who.hands("touch blue-1")
    assert "genuine" in who.until(PROMPT)
    who.leave()


def test_a_fault_is_what_aws_says_next(person):
    person.type("plug blue-1; fault enroll denied 1")
    said = person.type("tokenbridge enroll person1 --label blue-1; echo=$?; "
                       "echo status $echo")
    assert "AccessDenied" in said and "status 9" in said
    assert "Enrolled" in person.type(
        "tokenbridge enroll person1 --label blue-1")


@pytest.mark.parametrize("without", ["", " --without=registry",
                                     " --without registry"])
def test_setup_leaves_the_machine_as_it_is(person, without):
    """Its groups, its udev, and what it would fetch."""
    said = person.type(f"tokenbridge setup enroller --yes{without}")
    for step in ("registry", "rights"):
        assert bool(re.search(rf"^already +{step} ", said, re.M)) == (
            step not in without), said
    assert not re.search("^(note|left|done) +(tokens|group|metadata)", said,
                         re.M), said
    assert "0 left" in said, said


@pytest.mark.parametrize("words", ["enroller", "--without tokens enroller",
                                   "self --rehearsal --without=tokens,aws"])
def test_what_setup_says_is_next_has_the_person_s_words_alone(person, words):
    said = person.type(f"mv site gone; tokenbridge setup --dry-run {words}")
    assert f"Next: `tokenbridge setup {words}`\n" in said, said


def test_what_means_nothing_is_said_and_changes_nothing(person):
    before = person.type("box")
    assert "no key blue-9" in person.type("plug blue-9")
    assert "is not plugged in" in person.type("unplug blue-1")
    assert "wants other words: plug KEY" in person.type("plug")
    assert "is no fault" in person.type("fault enroll wrong")
    assert "no record has it" in person.type("lose blue-6")
    assert "revok is no step: enroll" in person.type("fault revok denied")
    lost = before.replace("12345683  in the box", "12345683  lost")
    assert lost != before and person.type("box").replace(
        "box\n", "") == lost.replace("box\n", "")


@pytest.mark.parametrize("words", ["doctor login games", "doctor",
                                   "--json doctor all"])
def test_the_doctor_looks_at_the_logins_of_the_rehearsal(person, words):
    """And not at what the machine has beneath it."""
    done = person.type("plug blue-1; tokenbridge verify --record --label "
                       "blue-1; tokenbridge pam-enroll games --token blue-1 "
                       "--holder person1")
    assert "Bound blue-1 (Yubico" in done and "Not published" not in done, done
    person.type(f"tokenbridge {words} >seen 2>&1")
    said = (person.folder / "r/seen").read_text()
    assert "/etc/" not in said and "/var/lib" not in said, said
    for service in ("login", "sudo"):
        assert re.search(rf"\b{service}\b.*nobody gets in without the token",
                         said.replace("\n", " ")), said
    assert f"{person.folder}/r/site/login.db" in said
    if "games" in words:
        assert "sudo would ask games to touch token" in said, said
        other = person.type("mkdir other; tokenbridge doctor login games "
                            "--pam-dir other --login-db other/login.db")
        assert "/r/other: no service asks for a token" in \
            " ".join(other.split()), other
