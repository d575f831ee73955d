# SPDX-License-Identifier: Apache-2.0
"""A rollout at work, and what it must come to: for every test of it."""
import base64
import json
import os
import select
import shlex
import signal
import time

import ptys
from conftest import kill_hard
from dialect import check_object
from lines import assigned, unassigned

ACCOUNT = "123456789012"
HEAD = "account,user,holder,method,label,serial\r\n"
INSERT = "Insert the next key for"


def user(number):
    return f"user{number:05}"


def serial(number):
    return 1001 + number


def token(number):
    return f"k{number}"


class Ended(AssertionError):
    """A rollout ended while its next line was waited for."""

    def by_the_rig(self):
        """umockdev ends who asks a key while it goes away."""
        return f"ended with {-signal.SIGABRT}:" in str(self) and \
            "libumockdev-preload: Error communicating" in str(self)


class Session:
    """A rollout at work: keys come and go, lines are read as they come."""

    def __init__(self, site, path, *more, words=("rollout",), **how):
        self.site = site
        self.process = site.start(*words, path, "--json", *more, **how)
        site.sessions.append(self.process)
        self.out = self.said = ""
        self.lines = []

    def read(self, pipe, seconds):
        """What has come; nothing is read ahead behind our back."""
        if not select.select([pipe], [], [], seconds)[0]:
            return ""
        data = os.read(pipe.fileno(), 65536).decode()
        if not data:
            said = self.all_said()
            raise Ended(f"it ended with {self.process.returncode}: "
                        f"{self.out}\n{said}")
        return data

    def all_said(self):
        """On standard error, by one that has ended; as far as it was read
        before a kill."""
        if not self.process.stderr.closed:
            out, err = self.process.communicate(timeout=30)
            self.out += out
            self.said += err
        return self.said

    def line(self, seconds=30):
        end = time.monotonic() + seconds
        while "\n" not in self.out:
            if time.monotonic() > end:
                said = self.said + self.read(self.process.stderr, 0)
                kill_hard(self.process)
                raise AssertionError(f"no line came: {said}")
            self.out += self.read(self.process.stdout, 0.2)
            if "\n" not in self.out:
                self.said += self.read(self.process.stderr, 0)
        line, _, self.out = self.out.partition("\n")
        self.lines.append(check_object("rollout", json.loads(line)))
        return self.lines[-1]

    def wait_for(self, words, times=1, seconds=30):
        """Until standard error has said so."""
        end = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert time.monotonic() < end, self.said + self.read(
                self.process.stdout, 0)
            self.said += self.read(self.process.stderr, 0.2)

    def key(self, number, out=True):
        """Plugs a key in, reads its line, takes it out."""
        self.site.tokens.plug(token(number))
        line = self.line()
        if out:
            self.site.tokens.unplug(token(number))
            self.site.cards.wait_for_no_card(0)
        return line["key"]

    def end(self, interrupt=False):
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        self.said += err
        found = [check_object("rollout", json.loads(one))
                 for one in (self.out + out).splitlines()]
        return (self.process.returncode,
                found[-1].get("summary") if found else None, self.said)


class Terminal:
    """A rollout on a terminal of its own."""

    def __init__(self, site, path, *more, shell=False):
        self.site, self.seen = site, ""
        self.pid, self.master = ptys.fork()
        if self.pid == 0:
            command = site.command("rollout", path, *more)
            if shell:
                words = " ".join(map(shlex.quote, command))
                command = ["/bin/bash", "-c", f"set -m; {words} & sleep 4; "
                           "read -r x; wait"]
            os.execve(command[0], command, site.env(TERM="dumb"))

    def wait_for(self, words, times=1, seconds=30):
        end = time.monotonic() + seconds
        while self.seen.count(words) < times:
            assert time.monotonic() < end, self.seen
            self.more(0.2)

    def more(self, seconds):
        """False at the end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def type(self, text):
        os.write(self.master, (text + "\n").encode())

    def key(self, number, word="done"):
        """Plugs a key in until a line begins with the word, and out."""
        times = self.seen.count(f"\n{word}  ") + 1
        self.site.tokens.plug(token(number))
        self.wait_for(f"\n{word}  ", times)
        self.site.tokens.unplug(token(number))
        self.site.cards.wait_for_no_card(0)

    def end(self):
        while self.more(1):
            pass
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


def set_up_plan(place, rows=3, keys=None, more=None):
    users = rows if isinstance(rows, int) else 3
    keys = users if keys is None else keys
    place.plug(*({"name": token(n), "profile": "yubikey5",
                  "serial": serial(n), "unplugged": True,
                  "vpcd_port": place.cards.port, **(more or {}).get(n, {})}
                 for n in range(max(keys, 1))))
    place.iam.add_users(users)
    place.trust_vendor()
    place.make_registry()
    path = place.folder / "plan.csv"
    path.write_text(rows if isinstance(rows, str) else
                    HEAD + "".join(row(n) for n in range(rows)))
    return place, path


def row(number, **changed):
    fields = {"account": ACCOUNT, "user": user(number),
              "holder": f"Person {number}", "method": "totp",
              "label": f"blue-{number}", "serial": "", **changed}
    return ",".join(map(str, fields.values())) + "\r\n"


def check_each_has_one(site, numbers):
    """By AWS's own lists, and by what each key can compute."""
    assert unassigned(site.iam) == []
    for n in numbers:
        (device,) = assigned(site.iam, user(n))
        held = site.tokens.stats(token(n))["accounts"]
        assert [a["name"] for a in held] == [device]
    assert site.journals() == []
    bound = site.bindings()
    assert len(bound) == len(list(numbers))
    site.check_chain()


def states(site):
    folder = site.registry.parent / "registry.db.journal"
    return sorted(folder.glob("*.rollout"))


def check_by_codes(site, numbers, chosen=None):
    """By AWS's own lists, and by a code of each key (or of those chosen) that
    STS takes for its user."""
    numbers = list(numbers)
    state = site.iam.state()["accounts"][site.iam.account]
    names = {u["id"]: u["name"] for u in state["users"].values()}
    owners = {serial: names[d["user"]] for serial, d in
              state["devices"].items() if d["user"] is not None}
    assert len(owners) == len(state["devices"])         # none unassigned
    assert sorted(owners.values()) == [user(n) for n in numbers]
    held = {}
    for n in numbers:
        (account,) = site.tokens.stats(token(n))["accounts"]
        held[account["name"]] = account["key"]
    assert len(held) == len(numbers) and set(owners) == set(held)
    assert site.journals() == []
    site.check_chain()
    site.iam.settings(enable_delay=0)
    for device in sorted(owners):
        if chosen is not None and owners[device] not in chosen:
            continue
        seed = base64.b32encode(bytes.fromhex(held[device])).decode()
        assert site.iam.botocore("sts", owners[device]).get_session_token(
            SerialNumber=device, TokenCode=site.iam.code(seed))
