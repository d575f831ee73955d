#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shards.py [-j N] [--kind KIND] [--first] [--case ID]... RESULTS SUITE...:
runs the suites that are made of pytest cases, N shards side by side, and leaves
RESULTS/SUITE.tap and SUITE.time for tally.py. With --first no case is begun once
one has failed, and they come as they are named, of a file the shortest first.

A shard is a pytest (rig/shard.py) in a network and a mount namespace of its
own (rig/token/enter), with servers, daemons and a copy of the installed tree
of its own. It takes its cases one by one from the suite's queue, those first
that took longest the last time; --case names those that are wanted. The
virtual machines are two more shards, beside the N.

Where a few cases fail beside so many others, each is run once more, with
nothing beside it: what waits for a deadline may have waited for a processor. The
results name each one that passed only then.
"""
import argparse
import collections
import contextlib
import itertools
import json
import math
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("TOKENBRIDGE_CACHE", HERE / ".cache"))
ENTER = HERE / "rig/token/enter"
# The virtual machine's suite is in parts, each with machines of its own; the last
# one takes about as long as the others together. A file is of the first part that
# names it
PARTS = {"flows": ["flows"], "softtoken": ["rig/token"], "iam": ["rig/iam"],
         "vm.hosts": ["vm/test_hosts.py", "vm/test_login.py"],
         "vm.rig": ["rig/vm"], "vm": ["vm"]}
# Seconds, and how an id begins: for a first run, without CACHE/durations.json,
# and what --kind quick leaves out
SLOW = HERE / "slow"
# More failures than these are no matter of a busy machine
MOST_AGAIN = 6
# What the virtual machine's tests know of their environment under sudo
VM_ENV = ("TOKENBRIDGE_CACHE", "TOKENBRIDGE_ROOT", "TOKENBRIDGE_BUILD",
          "TOKENBRIDGE_STATION", "SOFTTOKEN", "TB_PYTHON",
          "PYTHONDONTWRITEBYTECODE")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Durations:
    """How long each case took the last time."""

    def __init__(self):
        self.path = CACHE / "durations.json"
        try:
            self.known = json.loads(self.path.read_text())
        except (OSError, ValueError):
            self.known = {}
        rows = [line.split(maxsplit=1) for line in
                SLOW.read_text().splitlines() if not line.startswith("#")]
        self.slow = [(start, float(seconds)) for seconds, start in rows]

    def of(self, case):
        if case in self.known:
            return self.known[case][0]
        return next((seconds for start, seconds in self.slow
                     if case.startswith(start)), 1)

    def order(self, cases):
        """The longest first; of those about as long the ones of each file
        evenly spread, as what a file needs is made once."""
        files = collections.defaultdict(list)
        for case in cases:
            files[case.partition("::")[0]].append(case)
        place = {case: n / len(file) for file in files.values()
                 for n, case in enumerate(file)}
        return sorted(cases, key=lambda case: (-math.floor(math.log2(max(
            self.of(case), 0.25))), place[case]))

    def quick(self, cases):
        """The first case of each test function but the slow ones."""
        firsts = {}
        for case in cases:
            firsts.setdefault(case.partition("[")[0], case)
        return [case for case in firsts.values() if not any(
            case.startswith(start) for start, _ in self.slow)]

    def keep(self, suites):
        for suite in suites:
            for case, how in suite.done.items():
                self.known[case] = [how["seconds"], how["cpu"]]
        self.path.write_text(json.dumps(self.known, indent=0))


def names_of(case):
    """How a case can be asked for: by its file, its function, its id."""
    return {case, case.partition("[")[0], case.partition("::")[0]}


class Suite:
    """A suite, or a part of one: its queue, and what became of each case."""

    def __init__(self, name, wanted, durations, quick=False, sort=True):
        self.name, self.wanted, self.durations = name, wanted, durations
        self.in_machine = suite_name(name) == "vm"
        self.quick, self.sort = quick, sort and not self.in_machine
        self.lock = threading.Lock()
        self.collected, self.queue, self.done = None, collections.deque(), {}
        self.stops = False      # at the first case that fails
        self.alone = []         # cases that wait until all others have run
        self.again = set()      # those that failed beside others
        self.idle_ends = 0      # shards that ended before they did anything
        self.begun = self.ended = None
        self.cpu = self.total = 0

    def paths(self):
        if self.wanted:
            return sorted({case.split("::")[0] for case in self.wanted})
        mine = PARTS[self.name]
        others = [path for part, places in PARTS.items()
                  if part != self.name for path in places
                  if any(path.startswith(f"{one}/") for one in mine)]
        return [f"{HERE.name}/{path}" for path in mine] + [
            f"--ignore={HERE.name}/{path}" for path in others]

    def wants_shard(self):
        with self.lock:
            if self.idle_ends > 1 or self.stops and self.failed():
                return False
            return self.collected is None or bool(self.queue)

    def collect(self, cases, alone):
        with self.lock:
            if self.collected is not None:
                if self.collected != cases:
                    self.finish({"done": f"{self.name}: the same cases in "
                                 "each shard", "outcome": "failed", "text":
                                 "", "seconds": 0, "cpu": 0})
                return
            self.collected = cases
            chosen = [case for case in cases if not self.wanted
                      or not names_of(case).isdisjoint(self.wanted)]
            if self.quick:
                chosen = self.durations.quick(chosen)
            self.total = len(chosen)
            if self.stops:
                chosen.sort(key=self.place_of)
            elif self.sort:
                chosen = self.durations.order(chosen)
            self.queue.extend(c for c in chosen if c not in alone)
            self.alone = [c for c in chosen if c in alone]
            for case in set(self.wanted).difference(*map(names_of, cases)):
                self.finish({"done": case, "outcome": "failed", "seconds": 0,
                             "text": "there is no such case", "cpu": 0})

    def place_of(self, case):
        """Where one failure is enough: as they were asked for, and of each
        file the shortest first."""
        return (next((n for n, name in enumerate(self.wanted)
                      if name in names_of(case)), 0),
                self.durations.of(case))

    def take(self):
        with self.lock:
            if self.stops and self.failed():
                return None
            return self.queue.popleft() if self.queue else None

    def finish(self, message):
        case = message.pop("done")
        self.done[case] = message
        if message["outcome"] == "failed":
            say(f"\nFAILED  {case}\n{message['text'][-6000:]}\n")

    def failed(self):
        return [case for case, how in self.done.items()
                if how["outcome"] == "failed"]

    def queue_again(self):
        """What failed, to be run once more."""
        self.again = set(self.failed())
        self.queue.extend(sorted(self.again))
        for case in self.again:
            del self.done[case]

    def shard_ended(self, held, has_worked, log):
        """held: cases that it took and did not finish; in the first of them
        it ended."""
        with self.lock:
            self.idle_ends = 0 if has_worked or not held else \
                self.idle_ends + 1
            if held:
                self.finish({"done": held.pop(0), "outcome": "failed", "text":
                             f"the shard ended:\n{log}", "seconds": 0,
                             "cpu": 0})
            self.queue.extendleft(reversed(held))
            if self.collected is None:
                self.idle_ends = 2
                self.collected = []
                if not self.done:
                    self.finish({"done": self.name, "outcome": "failed",
                                 "text": f"it did not start:\n{log}",
                                 "seconds": 0, "cpu": 0})

    def write(self, results):
        for case in [*self.queue, *self.alone]:
            self.finish({"done": case, "outcome": "failed", "seconds": 0,
                         "text": "it was not run", "cpu": 0})
        order = {case: n for n, case in enumerate(self.collected or [])}
        lines = []
        for case in sorted(self.done, key=lambda c: (order.get(c, -1), c)):
            how = self.done[case]
            state = "not ok" if how["outcome"] == "failed" else "ok"
            why = " ".join(how["text"].split())
            lines.append(f"{state} {len(lines) + 1} - {case}" + (
                f" # SKIP {why}" if how["outcome"] == "skipped" else
                " # AGAIN" if state == "ok" and case in self.again else ""))
        (results / f"{self.name}.tap").write_text("\n".join(lines) + "\n")
        (results / f"{self.name}.time").write_text(
            f"{(self.ended or 0) - (self.begun or 0):.1f} {self.cpu:.1f}\n")


class Runner:
    """Lanes: each runs one shard after the other."""

    def __init__(self, results, kind, own_tmp):
        self.results, self.kind, self.own_tmp = results, kind, own_tmp
        # not in /tmp, of which shards have their own
        self.folder = tempfile.mkdtemp(prefix="shards.", dir="/var/tmp")
        # what one shard has made for all
        self.shared = CACHE / "shards/shared"
        shutil.rmtree(self.shared, ignore_errors=True)
        self.shared.mkdir(parents=True)
        # to start is the work of a processor, so no more do it at a time
        self.starting = threading.Semaphore(os.cpu_count())

    def command(self, suite, lane, path):
        temporary = CACHE / (f"vm/tmp/{lane}" if suite.in_machine else
                             f"tmp/{lane}")
        if self.own_tmp and not suite.in_machine:
            temporary = pathlib.Path("/tmp/cases")
        else:
            temporary.parent.mkdir(parents=True, exist_ok=True)
        return [sys.executable, str(HERE / "rig/shard.py"), path, self.kind,
                "-p", "no:cacheprovider", "-q", "--basetemp", str(temporary),
                *suite.paths()]

    def wrapped(self, suite, lane, command):
        env = {"PYTHONDONTWRITEBYTECODE": "1", **os.environ}
        if suite.in_machine:
            # it reads files that only root may, and needs no enter, as
            # nothing in it is the host's
            if os.getuid():
                kept = [f"{k}={env[k]}" for k in VM_ENV if k in env]
                command = ["sudo", "env", *kept, *command]
            return command, env
        # the soft token starts under a preloaded library, and leaks are for
        # the unit suite to find
        env.setdefault("ASAN_OPTIONS",
                       "verify_asan_link_order=0:detect_leaks=0")
        env["TOKENBRIDGE_SHARED"] = str(self.shared)
        env["ENTER_COPY"] = str(CACHE / f"shards/{lane}")
        if self.own_tmp:
            env["ENTER_TMP"] = "yes"
        return [str(ENTER), *command], env

    def shard(self, suite, lane):
        path = f"{self.folder}/{suite.name}.{lane}"
        log = self.results / f"{suite.name}.{lane}.log"
        with socket.socket(socket.AF_UNIX) as transport, open(log, "ab") as out:
            transport.bind(path)
            transport.listen(1)
            command, env = self.wrapped(suite, lane,
                                        self.command(suite, lane, path))
            held, has_worked = [], False
            with self.starting:
                process = subprocess.Popen(
                    command, cwd=HERE.parent, env=env,
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out)
                connection = self.accept(process, transport)
                lines = connection.makefile("r") if connection else None
                first = lines.readline() if lines else ""
            if lines:
                with connection, lines:
                    has_worked = self.serve(
                        suite, connection, itertools.chain([first], lines),
                        held)
            use = self.reap(process)
        os.unlink(path)
        with suite.lock:
            suite.ended = time.monotonic()
            suite.cpu += use
        suite.shard_ended(held, has_worked, log.read_text(
            errors="replace")[-3000:])

    @staticmethod
    def accept(process, transport):
        """The shard's connection, or None where it ended before."""
        while process.poll() is None:
            if select.select([transport], [], [], 0.2)[0]:
                return transport.accept()[0]
        return None

    @staticmethod
    def reap(process):
        """Its CPU seconds, with all that it waited for."""
        if process.returncode is not None:
            return 0
        _, status, use = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return use.ru_utime + use.ru_stime

    @staticmethod
    def serve(suite, connection, lines, held):
        """Until the shard hangs up; whether it finished any case."""
        has_worked = False
        for message in map(json.loads, filter(None, lines)):
            if "collected" in message:
                suite.collect(message["collected"], message["alone"])
            elif "next" in message:
                case = suite.take()
                if case:
                    held.append(case)
                with contextlib.suppress(OSError):  # it has just ended
                    connection.sendall(
                        json.dumps({"id": case}).encode() + b"\n")
            else:
                if message["done"] in held:
                    held.remove(message["done"])
                    has_worked = True
                with suite.lock:
                    suite.finish(message)
        return has_worked

    def lane(self, suites, number):
        for suite in suites:
            while suite.wants_shard():
                with suite.lock:
                    suite.begun = suite.begun or time.monotonic()
                self.shard(suite, number)


def progress(suites, begun):
    parts = [f"{s.name} {len(s.done)} of {s.total}"
             for s in suites if s.collected]
    say(f"{time.monotonic() - begun:6.0f} s  {', '.join(parts)}")


def main():
    options = argparse.ArgumentParser(prog="shards.py")
    options.add_argument("-j", type=int, default=4 * os.cpu_count())
    options.add_argument("--kind", default="usual",
                         choices=["usual", "quick", "long"])
    options.add_argument("--case", action="append", default=[])
    options.add_argument("--first", action="store_true")
    options.add_argument("results", type=pathlib.Path)
    options.add_argument("suites", nargs="+")
    given = options.parse_args()
    if given.j > 1 and subprocess.run([ENTER, "--check"]).returncode:
        say("This place allows no mount namespace: one case at a time")
        given.j = 1
    durations, begun = Durations(), time.monotonic()
    suites = [Suite(part, [case for case in given.case
                           if part_of(case) == part], durations,
                    given.kind == "quick", given.j > 1)
              for name in given.suites for part in PARTS
              if suite_name(part) == name]
    if given.case:
        suites = [suite for suite in suites if suite.wanted]
    for suite in suites:
        suite.stops = given.first
    plain = [suite for suite in suites if not suite.in_machine]
    machine = [suite for suite in suites if suite.in_machine]
    # One shard leaves its files behind, for a look at what failed. More have
    # theirs in memory, where they wait for no disk that all others use.
    runner = Runner(given.results, given.kind, given.j > 1 and not any(
        path.is_relative_to("/tmp") for path in (HERE, CACHE.resolve())))
    lanes = [plain] * given.j + [machine[:-1], machine[-1:]] \
        if given.j > 1 else [suites]
    threads = [threading.Thread(target=runner.lane, args=(lane, number),
                                daemon=True)
               for number, lane in enumerate(lanes) if lane]
    for thread in threads:
        thread.start()
    told, parent = begun, os.getppid()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)
        # a run that was killed; the next one has results of its own
        if os.getppid() != parent:
            shutil.rmtree(runner.folder, ignore_errors=True)
            return "the run that these shards were for has ended"
        if time.monotonic() - told > 60:
            told = time.monotonic()
            progress(suites, begun)
    for suite in suites:
        suite.queue.extend(suite.alone)
        suite.alone = []
        runner.lane([suite], 0)
    if given.j > 1 and not given.first and may_run_again(suites):
        for suite in suites:
            suite.queue_again()
            runner.lane([suite], 0)
    os.rmdir(runner.folder)
    for suite in suites:
        suite.write(given.results)
    durations.keep(suites)
    progress(suites, begun)
    return any(suite.failed() for suite in suites)


def may_run_again(suites):
    """Whether all that failed are a few cases, not the run itself."""
    failed = [(suite, case) for suite in suites for case in suite.failed()]
    return len(failed) <= MOST_AGAIN and all(
        case in (suite.collected or ()) for suite, case in failed)


def suite_name(part):
    return part.partition(".")[0]


def part_of(case):
    """The part that a case's id, or a path below tests/, is of; or None."""
    path = case.split("::")[0].removeprefix(f"{HERE.name}/")
    return next((part for part, places in PARTS.items()
                 if any(f"{path}/".startswith(f"{place}/")
                        for place in places)), None)


if __name__ == "__main__":
    sys.exit(main())
