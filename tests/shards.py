#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shards.py [-j N] [--kind KIND] [--case ID]... RESULTS SUITE...: runs the
suites that are made of pytest cases, N shards side by side, and leaves
RESULTS/SUITE.tap and SUITE.time for tally.py.

A shard is a pytest (rig/shard.py) in a network and a mount namespace of its
own (rig/token/enter), with servers, daemons and a copy of the installed tree
of its own. It takes its cases one by one from the suite's queue, those first
that took longest the last time; --case names those that are wanted. The
virtual machine is one more shard, beside the N.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("TOKENBRIDGE_CACHE", HERE / ".cache"))
FOLDERS = {"flows": ["flows"], "softtoken": ["rig/token"], "iam": ["rig/iam"],
           "vm": ["rig/vm", "vm"]}
# For a first run, without CACHE/durations.json: seconds and how an id begins
SLOW = HERE / "slow"
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
        """The longest first; of those about as long the neighbours stay
        together, as they share fixtures."""
        return sorted(cases, key=lambda case: -math.floor(
            math.log2(max(self.of(case), 0.25))))

    def keep(self, suites):
        for suite in suites:
            for case, how in suite.done.items():
                self.known[case] = [how["seconds"], how["cpu"]]
        self.path.write_text(json.dumps(self.known, indent=0))


class Suite:
    """Its queue, and what became of each case."""

    def __init__(self, name, wanted, durations, sort):
        self.name, self.wanted = name, wanted
        self.durations = durations if sort else None
        self.lock = threading.Lock()
        self.collected, self.queue, self.done = None, collections.deque(), {}
        self.idle_ends = 0      # shards that ended before they did anything
        self.begun = self.ended = None
        self.cpu = 0

    def paths(self):
        if self.wanted:
            return sorted({case.split("::")[0] for case in self.wanted})
        return [f"{HERE.name}/{folder}" for folder in FOLDERS[self.name]]

    def wants_shard(self):
        with self.lock:
            if self.idle_ends > 1:
                return False
            return self.collected is None or bool(self.queue)

    def collect(self, cases):
        with self.lock:
            if self.collected is not None:
                if self.collected != cases:
                    self.finish({"done": f"{self.name}: the same cases in "
                                 "each shard", "outcome": "failed", "text":
                                 "", "seconds": 0, "cpu": 0})
                return
            self.collected = cases
            chosen = [case for case in cases
                      if not self.wanted or case in self.wanted]
            if self.durations:
                chosen = self.durations.order(chosen)
            self.queue.extend(chosen)
            for case in set(self.wanted) - set(cases):
                self.finish({"done": case, "outcome": "failed", "seconds": 0,
                             "text": "there is no such case", "cpu": 0})

    def take(self):
        with self.lock:
            return self.queue.popleft() if self.queue else None

    def finish(self, message):
        case = message.pop("done")
        self.done[case] = message
        if message["outcome"] == "failed":
            say(f"\nFAILED  {case}\n{message['text'][-6000:]}\n")

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
        for case in self.queue:
            self.finish({"done": case, "outcome": "failed", "seconds": 0,
                         "text": "it was not run", "cpu": 0})
        order = {case: n for n, case in enumerate(self.collected or [])}
        lines = []
        for case in sorted(self.done, key=lambda c: (order.get(c, -1), c)):
            how = self.done[case]
            state = "not ok" if how["outcome"] == "failed" else "ok"
            why = " ".join(how["text"].split())
            lines.append(f"{state} {len(lines) + 1} - {case}" + (
                f" # SKIP {why}" if how["outcome"] == "skipped" else ""))
        (results / f"{self.name}.tap").write_text("\n".join(lines) + "\n")
        (results / f"{self.name}.time").write_text(
            f"{(self.ended or 0) - (self.begun or 0):.1f} {self.cpu:.1f}\n")


class Runner:
    """Lanes: each runs one shard after the other."""

    def __init__(self, results, kind):
        self.results, self.kind = results, kind
        self.folder = tempfile.mkdtemp(prefix="shards.")
        self.lock = threading.Lock()

    def command(self, suite, lane, path):
        temporary = CACHE / ("vm/tmp" if suite.name == "vm" else
                             f"tmp/{lane}")
        temporary.parent.mkdir(parents=True, exist_ok=True)
        return [sys.executable, str(HERE / "rig/shard.py"), path, self.kind,
                "-p", "no:cacheprovider", "-q", "--basetemp", str(temporary),
                *suite.paths()]

    def wrapped(self, suite, lane, command):
        env = {"PYTHONDONTWRITEBYTECODE": "1", **os.environ}
        if suite.name == "vm":
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
        env["ENTER_COPY"] = str(CACHE / f"shards/{lane}")
        return [str(HERE / "rig/token/enter"), *command], env

    def shard(self, suite, lane):
        path = f"{self.folder}/{suite.name}.{lane}"
        log = self.results / f"{suite.name}.{lane}.log"
        with socket.socket(socket.AF_UNIX) as door, open(log, "ab") as out:
            door.bind(path)
            door.listen(1)
            command, env = self.wrapped(suite, lane,
                                        self.command(suite, lane, path))
            process = subprocess.Popen(command, cwd=HERE.parent, env=env,
                                       stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=out)
            held, has_worked = [], False
            while process.poll() is None and not has_worked:
                if select.select([door], [], [], 0.2)[0]:
                    has_worked = self.serve(suite, door.accept()[0], held)
                    break
            use = self.reap(process)
        os.unlink(path)
        with suite.lock:
            suite.ended = time.monotonic()
            suite.cpu += use
        suite.shard_ended(held, has_worked, log.read_text(
            errors="replace")[-3000:])

    @staticmethod
    def reap(process):
        """Its CPU seconds, with all that it waited for."""
        if process.returncode is not None:
            return 0
        _, status, use = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return use.ru_utime + use.ru_stime

    @staticmethod
    def serve(suite, connection, held):
        """Until the shard hangs up; whether it finished any case."""
        has_worked = False
        with connection, connection.makefile("r") as lines:
            for line in lines:
                message = json.loads(line)
                if "collected" in message:
                    suite.collect(message["collected"])
                elif "next" in message:
                    case = suite.take()
                    if case:
                        held.append(case)
                    connection.sendall(json.dumps({"id": case}).encode()
                                       + b"\n")
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
    parts = [f"{s.name} {len(s.done)} of {len(s.collected)}"
             for s in suites if s.collected]
    say(f"{time.monotonic() - begun:6.0f} s  {', '.join(parts)}")


def main():
    options = argparse.ArgumentParser(prog="shards.py")
    options.add_argument("-j", type=int, default=4 * os.cpu_count())
    options.add_argument("--kind", default="usual")
    options.add_argument("--case", action="append", default=[])
    options.add_argument("results", type=pathlib.Path)
    options.add_argument("suites", nargs="+")
    given = options.parse_args()
    durations, begun = Durations(), time.monotonic()
    suites = [Suite(name, [case for case in given.case if suite_of(case) ==
                           name], durations, given.j > 1 and name != "vm")
              for name in given.suites]
    plain = [suite for suite in suites if suite.name != "vm"]
    machine = [suite for suite in suites if suite.name == "vm"]
    runner = Runner(given.results, given.kind)
    lanes = [plain] * given.j + [machine] if given.j > 1 else \
        [plain + machine]
    threads = [threading.Thread(target=runner.lane, args=(lane, number),
                                daemon=True)
               for number, lane in enumerate(lanes) if lane]
    for thread in threads:
        thread.start()
    told = begun
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            progress(suites, begun)
    os.rmdir(runner.folder)
    for suite in suites:
        suite.write(given.results)
    durations.keep(suites)
    progress(suites, begun)
    return any(how["outcome"] == "failed" for suite in suites
               for how in suite.done.values())


def suite_of(case):
    """The suite of a case's id, or None."""
    path = case.split("::")[0].removeprefix(f"{HERE.name}/")
    return next((name for name, folders in FOLDERS.items()
                 if any(path.startswith(f"{folder}/") for folder in folders)),
                None)


if __name__ == "__main__":
    sys.exit(main())
