#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tally.py RESULTS "SUITE ...": counts all results. It names each case that
was skipped and why, each that passed only when it ran alone, each that failed
and how to run it alone, how long the suites took; the last line says how many passed, failed and were skipped. A
suite without any result has failed."""
import os
import pathlib
import re
import shlex
import sys

RUN = os.environ.get("TOKENBRIDGE_RUN", "tests/run")


def count_tap(path):
    """How many passed, and the names of those that failed, were skipped or
    passed at their second run, as the file has them."""
    passed, failed, skipped, second = 0, [], [], []
    for line in path.read_text().splitlines():
        name = re.sub(r"^(not )?ok (\d+ (- )?)?", "", line)
        # cmocka says "not ok N # SKIP name"
        if re.search(r"# skip", line, re.I):
            skipped.append(name)
        elif line.startswith("not ok"):
            failed.append(name)
        elif line.startswith("ok"):
            passed += 1
            if name.endswith("# AGAIN"):
                second.append(name.removesuffix(" # AGAIN"))
    return passed, failed, skipped, second


def again(suite, program, name):
    """The command that runs a case, or the least that it is part of."""
    if suite == "style":
        return f"{RUN} --only style"
    case = f"unit: {program}" if suite == "unit" else name
    return f"{RUN} --case {shlex.quote(case)}"


def times(paths):
    """Wall and CPU seconds of what ran side by side; None for nothing."""
    rows = [tuple(map(float, path.read_text().split())) for path in paths]
    return (max(row[0] for row in rows), sum(row[1] for row in rows)) \
        if rows else None


def main():
    results = pathlib.Path(sys.argv[1])
    passed, failed, skipped, second, table = 0, [], [], [], []
    for suite in sys.argv[2].split():
        counted = 0
        for path in sorted(results.glob(f"{suite}.*tap")):
            good, bad, left, late = count_tap(path)
            program = path.stem.partition(".")[2]
            passed += good
            failed += [(f"{path.stem}: {name}", again(suite, program, name))
                       for name in bad]
            skipped += [f"{path.stem}: {name}" for name in left]
            second += [f"{path.stem}: {name}" for name in late]
            counted += good + len(bad) + len(left)
        if counted == 0:
            failed.append((f"{suite}: it ran no test",
                           f"{RUN} --only {suite}"))
        table.append((suite, counted, times(results.glob(f"{suite}.*time"))))
    for line in skipped:
        print(f"skipped  {line}")
    for line in second:
        print(f"again    {line}: failed beside others, passed alone")
    for line, command in failed:
        print(f"FAILED   {line}\n         {command}")
    table.insert(0, ("set-up", "", times(results.glob("set-up.time"))))
    table.append(("all", sum(row[1] or 0 for row in table),
                  times(results.glob("all.time"))))
    print(f"{'':10}  cases  wall s   CPU s")
    for suite, counted, took in table:
        wall, cpu = (f"{s:7.0f}" for s in took) if took else ("-", "-")
        print(f"{suite:10} {counted:>6} {wall:>7} {cpu:>7}")
    tail = f", {len(skipped)} skipped" if skipped else ""
    print(f"{passed} passed, {len(failed)} failed{tail}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
