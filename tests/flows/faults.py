# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between a run and AWS, and what kills a run: the machinery
of all tests that disturb a command and then run it again."""
import contextlib
import os
import pathlib
import re
import shutil
import threading

import pytest

from conftest import Workstation

BUILD = pathlib.Path(os.environ.get("TOKENBRIDGE_BUILD", "/"))
CLOCK = BUILD / "tests/rig/clock/clock.so"
OTHER = "arn:aws:iam::123456789012:mfa/somebody-else"
WAIT = 61               # beyond the limit of one attempt

# What AWS, or something before it, does for the length of a run
FAULTS = {
    # transport
    "reset": {"drop": "before"},
    "reset-afterwards": {"drop": "after"},
    "cut": {"cut": 60},
    # time
    "silent": {"delay": 120, "when": "before"},
    "silent-afterwards": {"delay": 120, "when": "after"},
    "slow": {"drip": [150, 0.02]},
    # status
    "refused": {"error": "AccessDenied"},
    "throttled": {"error": "Throttling"},
    "html": {"http": 503, "body": "html"},
    "html-afterwards": {"http": 502, "body": "html", "after_effect": True},
    # body
    "empty": {"http": 200, "body": "empty", "after_effect": True},
    "no-xml": {"http": 200, "body": "html", "after_effect": True},
    "no-serial": {"hostile": "missing-element", "element": "SerialNumber"},
    "laughs": {"hostile": "billion-laughs"},
    "other-serial": {"hostile": "other-element", "element": "SerialNumber",
                     "text": OTHER},
}
class Clock(threading.Thread):
    """Puts the program's deadlines forward while AWS is silent; not while a
    file stands there that says that a person is at work."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.file, self.held = site.folder / "clock", at_work(site)
        self.file.write_text("0")
        self.over = threading.Event()
        self.env = {"RIG_CLOCK": str(self.file)}

    def run(self):
        ahead = 0
        while not self.over.wait(0.5):
            if self.held.exists():
                continue
            ahead += WAIT
            self.file.write_text(str(ahead))


def at_work(site):
    return site.folder / "clock.held"


@contextlib.contextmanager
def under(site, fault):
    """The environment of a run that meets the fault; None: none."""
    env = {"AWS_MAX_ATTEMPTS": "2"}
    if fault is None or "delay" not in FAULTS[fault]:
        yield env
        return
    preload = site.env().get("LD_PRELOAD", "")
    clock = Clock(site)
    clock.start()
    try:
        yield {**env, **clock.env, "LD_PRELOAD": f"{preload} {CLOCK}".strip()}
    finally:
        clock.over.set()
        clock.join()


def run(site, *arguments, env=None, fault=None):
    with under(site, fault) as more:
        return site.run(*arguments, env={**more, **(env or {})})


def calls_of(site, act):
    """The calls of an undisturbed run: (action, how many of it before)."""
    site.iam.calls(clear=True)
    done = act(site)
    assert done.code == 0, done
    made, found = {}, []
    for call in site.iam.calls():
        action = call["action"]
        found.append((action, made.get(action, 0)))
        made[action] = made.get(action, 0) + 1
    return found


def disturbed(site, act, call, fault):
    action, before = call
    site.iam.order(action, skip=before, count=None, **FAULTS[fault])
    try:
        return act(site, fault=fault)
    finally:
        site.iam.clear_orders()


# ---- killed at a point of a journal ----

strace = pytest.mark.skipif(not shutil.which("strace"),
                            reason="strace is not installed")
# What a run does beside computing, as far as it is the same each time
CALLS = "write,fsync,fdatasync,sendto,openat,unlink,rename,flock"
LINE = re.compile(r"write\(\d+<[^>]*\.journal>, ")
# When behind the line of a point: as it is synced, on the way, and when all is
# done but the line of the next one
MOMENTS = {"as it is written": 0.0, "on the way": 0.5, "before the next": 1.0}
TRIES = 6


class Traced(Workstation):
    """A site whose programs run under strace."""

    def __init__(self, site, *options):
        self.__dict__.update(site.__dict__)
        self.site, self.options = site, options

    def command(self, *arguments):
        preload = self.site.env().get("LD_PRELOAD")
        return ["strace", "-qq", f"--trace={CALLS}", *self.options,
                *([f"--env=LD_PRELOAD={preload}"] if preload else []),
                *self.site.command(*arguments)]

    def env(self, **more):
        env = self.site.env(**more)
        env.pop("LD_PRELOAD", None)
        return env


def words_of(line):
    """Of a journal's line, by strace or as it is: what it is of, and how far
    that came."""
    text = line.replace('\\"', '"')
    return tuple(re.findall(rf'"{name}":"([a-z-]+)"', text)[0]
                 for name in ("kind", "point"))


class Trace:
    """What an undisturbed run did, call by call."""

    def __init__(self, site, act):
        path = site.folder / "trace"
        act(Traced(site, "-y", "-s", "16384", "-o", str(path)))
        self.lines = [line for line in
                      path.read_text(errors="replace").splitlines()
                      if re.match(r"\w+\(", line)]

    def points(self):
        """Of each point of a journal: what it is of, its name, the number of
        the call that wrote it, and of the one that wrote or removed next."""
        found, ends = [], []
        for number, line in enumerate(self.lines):
            gone = line.startswith("unlink(") and '.journal"' in line
            if not gone and not LINE.match(line):
                continue
            ends.append(number)
            if not gone:
                found.append((*words_of(line), number))
        return [(kind, point, at, min([e for e in ends if e > at],
                                      default=len(self.lines) - 1))
                for kind, point, at in found]

    def kill(self, number):
        """strace's word for SIGKILL at the entry of that call; it counts
        each kind of call by itself."""
        name = self.lines[number].partition("(")[0]
        times = sum(line.startswith(f"{name}(")
                    for line in self.lines[:number + 1])
        return f"--inject={name}:signal=KILL:when={times}"


def left_at(site):
    """Where each journal stands; one without a line has not begun."""
    texts = [path.read_text().splitlines() for path in site.journals()]
    return [words_of(lines[-1]) for lines in texts if lines]


def killed_at(site, act, trace, row, moment, settle):
    """Kills `act` behind the point of the row, of trace.points(); the number
    of a call moves a little from run to run. settle() follows each kill."""
    kind, point, first, last = row
    share = MOMENTS[moment]
    for attempt in range(TRIES):
        # towards the middle, if the first one was not there yet or past it
        near = share + (0.5 - share) * attempt / TRIES
        number = first + 1 + round((last - first - 1) * near)
        done = act(Traced(site, "-o", "/dev/null", trace.kill(number)))
        hit = (kind, point) in left_at(site)
        what = (row, moment, number, left_at(site), str(done))
        settle(what)
        if hit:
            return
    raise AssertionError(f"never hit: {what}")
