#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""programs.py [-j N] [--program NAME]... RESULTS SUITE...: the suites that
are programs, which say TAP: style, and unit (meson's tests). As many as there
are processors run side by side; leaves RESULTS/unit.NAME.tap, style.NAME.tap,
unit.time and style.time for tally.py.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = os.environ.get("TOKENBRIDGE_BUILD")
# These first: they take longest
LONG = ("differential", "registry crash", "login db", "memory")


def plain(name):
    return re.sub(r"[^A-Za-z0-9]+", "-", name)


class Run:
    """A program that has ended: what it printed, its code or "late", and the
    CPU seconds of it and all that it waited for."""

    def __init__(self, command, env=None, cwd=None, timeout=None):
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        late = threading.Event()

        def end():
            late.set()
            process.kill()
        timer = threading.Timer(timeout or 3600, end)
        timer.start()
        with process.stdout:
            self.out = process.stdout.read().decode(errors="replace")
        _, status, use = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.code = "late" if late.is_set() else process.returncode
        self.cpu = use.ru_utime + use.ru_stime


def run_style(results):
    """Each check leaves its own file."""
    done = Run([HERE / "style/run", results])
    sys.stderr.write(f"{'FAILED' if done.code else 'ok':6}  style\n"
                     f"{done.out if done.code else ''}")
    return done


def run_unit(results, test):
    """Each program by itself, so that every case of it is counted."""
    env = {**os.environ, **test["env"], "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    done = Run(test["cmd"], env, test["workdir"] or BUILD,
               test["timeout"] * 5)
    lines = [line for line in done.out.splitlines()
             if re.match(r"(not )?ok\b", line)]
    if done.code == 77:
        lines = [f"ok 1 - {test['name']} # SKIP {done.out.strip()[-120:]}"]
    elif done.code != 0 and not any(l.startswith("not ok") for l in lines):
        lines.append(f"not ok {len(lines) + 1} - {test['name']}: "
                     f"exit {done.code}")
    elif not lines:
        lines = [f"ok 1 - {test['name']}"]
    failed = any(line.startswith("not ok") and "# SKIP" not in line
                 for line in lines)
    (results / f"unit.{plain(test['name'])}.tap").write_text(
        "\n".join(lines) + "\n")
    sys.stderr.write(f"{'FAILED' if failed else 'ok':6}  {test['name']} "
                     f"({len(lines)})\n{done.out[-4000:] if failed else ''}")
    return done


def unit_tests(wanted):
    told = subprocess.run(["meson", "introspect", "--tests", BUILD],
                          check=True, capture_output=True, text=True)
    tests = [test for test in json.loads(told.stdout)
             if not wanted or plain(test["name"]) in map(plain, wanted)]
    return sorted(tests, key=lambda test: test["name"] not in LONG)


def main():
    options = argparse.ArgumentParser(prog="programs.py")
    options.add_argument("-j", type=int, default=os.cpu_count())
    options.add_argument("--program", action="append", default=[])
    options.add_argument("results", type=pathlib.Path)
    options.add_argument("suites", nargs="+")
    given = options.parse_args()
    begun = time.monotonic()
    cpu = dict.fromkeys(given.suites, 0)
    last = dict.fromkeys(given.suites, begun)
    with concurrent.futures.ThreadPoolExecutor(given.j) as pool:
        work = {}
        if "style" in given.suites:
            work[pool.submit(run_style, given.results)] = "style"
        if "unit" in given.suites:
            for test in unit_tests(given.program):
                work[pool.submit(run_unit, given.results, test)] = "unit"
        for done in concurrent.futures.as_completed(work):
            cpu[work[done]] += done.result().cpu
            last[work[done]] = time.monotonic()
    for suite in given.suites:
        (given.results / f"{suite}.time").write_text(
            f"{last[suite] - begun:.1f} {cpu[suite]:.1f}\n")


if __name__ == "__main__":
    main()
