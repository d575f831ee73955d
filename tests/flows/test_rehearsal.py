# SPDX-License-Identifier: Apache-2.0
"""tests/rig/shell: an hour of rehearsal, typed by a script as a person types it,
by what its own help says."""
import os
import re
import select
import signal
import time

import pytest

import ptys
from conftest import RIG

ESCAPE = "\x1d"
PROMPT = "rehearsal$ "
SEEN = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")


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
    (tmp_path / "plan.csv").write_text(
        "account,user,holder,method,label\n" + "".join(
            f"123456789012,person{n},Person {n},totp,blue-{n}\n"
            for n in range(1, 6)))
    who = Person(tmp_path, "--users", str(tmp_path / "users.csv"),
                 "--keys", "6")
    who.until(PROMPT)
    yield who
    who.close()
    assert not (tmp_path / "r/pcscd").exists(), "pcscd was left behind"


def test_five_users_get_their_keys_in_ten_minutes(person):
    begun = time.monotonic()
    assert "blue-1 is plugged in" in person.type("plug blue-1")
    assert "12345678" in person.type("tokenbridge list")
    assert "genuine" in person.type("tokenbridge verify")
    assert "is in the box" in person.type("unplug blue-1")
    os.write(person.master, b"tokenbridge rollout ../plan.csv\n")
    for n in range(1, 6):
        person.until(f"Insert the next key for person{n}")
        person.hands(f"plug blue-{n}")
        person.until("done      " if n < 5 else "done")
    assert "5 done" in person.until(PROMPT)
    # one key each is a finding, a low one
    shown = person.type("tokenbridge audit --fail-on high; echo status $?")
    assert "status 0" in shown and "user-one-device" in shown
    assert "games is let in" in person.type(
        "plug blue-1; tokenbridge pam-enroll games --token blue-1 "
        "--holder 'Person 1'; sudo games")
    assert "not let in" in person.type("clone blue-1; login games")
    person.type("lose blue-2; tokenbridge registry move blue-2 --state lost "
                "--reason 'left in a taxi'")
    assert "is lost" in person.type("plug blue-2")
    person.type("plug blue-6")
    assert "worthless at AWS now" in person.type(
        "tokenbridge replace person2 blue-2 --label red-1 --holder "
        "'Person 2' --token 12345683", 90)
    person.leave()
    assert time.monotonic() - begun < 600
    page = (person.folder / "r/page.txt").read_text()
    assert "rollout ../plan.csv" in page and "lose blue-2" in page
    assert "0 problems" in page and "red-1" in page
    left = {path.name for path in (person.folder / "r").iterdir()}
    assert not left & {"tokens", "pcscd"}


def test_a_fault_is_what_aws_says_next(person):
    person.type("plug blue-1; fault enroll denied 1")
    said = person.type("tokenbridge enroll person1 --label blue-1; echo=$?; "
                       "echo status $echo")
    assert "AccessDenied" in said and "status 9" in said
    assert "Enrolled" in person.type(
        "tokenbridge enroll person1 --label blue-1")


def test_what_means_nothing_is_said_and_changes_nothing(person):
    before = person.type("box")
    assert "no key blue-9" in person.type("plug blue-9")
    assert "is not plugged in" in person.type("unplug blue-1")
    assert "wants other words" in person.type("plug")
    assert "is no fault" in person.type("fault enroll wrong")
    assert person.type("box").replace("box\n", "") == before.replace(
        "box\n", "")
