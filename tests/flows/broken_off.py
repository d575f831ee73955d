# SPDX-License-Identifier: Apache-2.0
"""A command that is killed: at a call, or behind each line that it writes down
for the next run, into a journal or into the state of a rollout."""
import json
import re
import shutil
import subprocess

import pytest

from conftest import Workstation

strace = pytest.mark.skipif(not shutil.which("strace"),
                            reason="strace is not installed")
# What a run does beside computing, as far as it is the same each time
CALLS = "write,fsync,fdatasync,sendto,unlink,rename,flock"
LINE = re.compile(r'write\(\d+<[^>]*\.(journal|rollout)>, "(.*)", \d+\)')
GONE = re.compile(r'unlink\("[^"]*\.journal"')
# When behind such a line: as it is synced, on the way, and when all is done but
# the next one
MOMENTS = {"as it is written": 0.0, "on the way": 0.5, "before the next": 1.0}
TRIES = 6


def label_of(line):
    """How far a line says that something is: "enroll created", "row done"."""
    fields = json.loads(line)
    if "point" in fields:
        return f"{fields['kind']} {fields['point']}"
    return next(f"{name} {fields[name]}" if name == "state" else name
                for name in ("state", "checked", "rollout") if name in fields)


def last_labels(*paths):
    """How far the files say that things are."""
    return {label_of(path.read_text().splitlines()[-1]) for path in paths
            if path.read_text()}


class Traced(Workstation):
    """A site whose programs run under strace."""

    def __init__(self, site, *options):
        self.__dict__.update(site.__dict__)
        self.site, self.options = site, list(map(str, options))

    def command(self, *words):
        preload = self.site.env().get("LD_PRELOAD")
        return ["/usr/bin/strace", "-qq", f"--trace={CALLS}", *self.options,
                *([f"--env=LD_PRELOAD={preload}"] if preload else []),
                *self.site.command(*words)]

    def env(self, **more):
        env = self.site.env(**more)
        env.pop("LD_PRELOAD", None)
        return env


class Point:
    """A line that a run wrote, and its calls behind that up to the next line
    that counts. A call is its name and how many of that name there were up to
    it: strace counts each name by itself."""

    def __init__(self, label, calls):
        self.label, self.calls = label, calls

    def call(self, part):
        return self.calls[round((len(self.calls) - 1) * part)]


def run_words(site, words):
    """A run until its end."""
    return subprocess.run(
        site.command(*words), env=site.env(), capture_output=True, text=True,
        timeout=120, start_new_session=True, stdin=subprocess.DEVNULL,
        check=False)


def points_of(site, *words, act=None):
    """The points of a run (of act(site)), in order. The first run of a site
    makes some calls more."""
    trace = site.folder / "trace"
    tracing = Traced(site, "-y", "-s", "16384", "-o", trace)
    if act:
        act(tracing)
    else:
        done = run_words(tracing, words)
        assert done.returncode == 0, done
    calls, found, ends = [], [], []
    for line in trace.read_text(errors="replace").splitlines():
        name = line.partition("(")[0]
        if name not in CALLS.split(","):
            continue
        written = LINE.match(line)
        if written or GONE.match(line):
            ends.append(len(calls))
        if written:
            text = written[2].encode().decode("unicode_escape")
            found.append((label_of(text.splitlines()[-1]), len(calls)))
        calls.append((name, sum(n == name for n, _ in calls) + 1))
    ends.append(len(calls) - 1)
    return [Point(label, calls[at + 1:min(e for e in ends if e > at) + 1])
            for label, at in found]


def killer(site, call):
    """A site whose programs are killed as they make that call."""
    name, number = call
    return Traced(site, "-o", "/dev/null",
                  f"--inject={name}:signal=KILL:when={number}")


def killed_at(site, call, *words):
    """Whether the run came that far."""
    done = run_words(killer(site, call), words)
    assert done.returncode in (-9, 137, 0), done
    return done.returncode != 0


def kill_behind(site, act, point, moment, settle):
    """Kills act(site) behind the point. The number of a call moves a little
    from run to run: it is tried until a journal stands at the point, each time
    nearer to the middle. settle() follows each kill."""
    share = MOMENTS[moment]
    for attempt in range(TRIES):
        call = point.call(share + (0.5 - share) * attempt / TRIES)
        done = act(killer(site, call))
        seen = last_labels(*site.journals())
        what = (point.label, moment, call, seen, str(done))
        settle(what)
        if point.label in seen:
            return
    raise AssertionError(f"never hit: {what}")


def run_killed_at(site, call, number, *arguments, ends=0, **more):
    """True where the run came that far, so that it was killed; else it came to
    its end, with that exit code."""
    env = site.env()
    passed = [f"--env={n}={env.pop(n)}" for n in ("LD_PRELOAD",)
              if n in env]
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", *passed,
         f"--trace={call}", f"--inject={call}:signal=KILL:when={number}",
         *site.command(*arguments)],
        env=env, capture_output=True, text=True, timeout=120,
        start_new_session=True, **more)
    assert done.returncode in (-9, 137, ends), done
    return done.returncode != ends
