#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes one place of the sources at a time and asks the tests; see draw.py
for what is changed. Works on a copy of the tree, in the cache."""
import argparse
import collections
import pathlib
import random
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

import bring_back  # noqa: E402
import draw  # noqa: E402
from workshop import Workshop  # noqa: E402

# Where a mistake lets somebody in, or calls a forgery genuine
SECURITY = ["token/attest", "token/trust", "bridge/login", "bridge/verify",
            "bridge/hash", "bridge/local"]

LAYERS = ["base", "udev", "token", "aws", "bridge"]


def read_flows():
    table = {}
    for line in (HERE / "flows").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, *files = line.split()
            table[folder] = files
    return table


def flows_of(table, path):
    names = [name for name in table if path == name or
             path.startswith(f"{name}/")]
    return table[max(names, key=len)] if names else []


def read_equivalent():
    """[(pattern of the mutant's name, why)]"""
    known, name = [], None
    for line in (HERE / "equivalent").read_text().splitlines():
        if line.startswith("\t") and name:
            known.append((re.compile(name), line.strip()))
            name = None
        elif line.startswith("\t"):
            known[-1] = known[-1][0], f"{known[-1][1]} {line.strip()}"
        elif line.startswith("~ "):
            name = line[2:]
        elif line and not line.startswith("#"):
            name = re.escape(line)
    return known


def why_equivalent(known, mutant):
    return next((why for pattern, why in known
                 if pattern.fullmatch(mutant.name())), None)


def is_security(path):
    return any(path.is_relative_to(TOP / folder) for folder in SECURITY)


def candidates(folders, wanted=lambda path: True):
    found = []
    for folder in folders:
        at = TOP / folder
        if not at.exists():
            sys.exit(f"mutate: there is no {folder}")
        for path in sorted(at.rglob("*.c")) if at.is_dir() else [at]:
            if wanted(path):
                found += draw.mutants(str(path.relative_to(TOP)),
                                      path.read_text())
    return found


def judged(shop, pool, wanted, with_flows):
    """(mutant, verdict, by what, seconds) of so many. All unit programs come
    first: flows are of another build, and only what is left is built there."""
    table, equal, left, tried = read_flows(), read_equivalent(), [], 0
    for mutant in pool:
        if tried >= wanted:
            break
        begun = time.monotonic()
        verdict, by = "equivalent", why_equivalent(equal, mutant)
        if not by:
            verdict, by = shop.ask_units(mutant)
        # what does not compile, or compiles to the same, is no draw
        tried += verdict not in ("invalid", "same")
        seconds = time.monotonic() - begun
        if verdict == "survived" and with_flows and \
                flows_of(table, mutant.path):
            left.append((mutant, by, seconds))
            print(f"           {mutant.name()}  (line {mutant.line}; waits "
                  "for flows)", flush=True)
        else:
            yield mutant, verdict, by, seconds
    for mutant, ran, seconds in left:
        begun = time.monotonic()
        verdict, by = shop.ask_flows(mutant, flows_of(table, mutant.path))
        if verdict == "survived":
            by = f"{ran}, {by}"
        yield mutant, verdict, by, seconds + time.monotonic() - begun


def main():
    options = argparse.ArgumentParser(
        prog="tests/mutate", description="Changes one place of the sources "
        "at a time and says which changes no test notices.")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=20,
                         help="how many changes are tried (default 20)")
    options.add_argument("--units-only", action="store_true",
                         help="leave the flows out: quicker, and a survivor "
                         "may be one that they notice")
    options.add_argument("--elsewhere", action="store_true",
                         help="nothing of the folders that are drawn from by "
                         "default; without FOLDER all others")
    options.add_argument("--names", type=pathlib.Path, metavar="FILE",
                         help="only the changes that FILE names, as this "
                         "program prints survivors")
    options.add_argument("--faults", nargs="?", const="", metavar="WORD",
                         help="no draw: brings back the faults of "
                         "mutation/faults/ whose names have WORD, and asks the "
                         "tests that are named for each")
    options.add_argument("--list", action="store_true",
                         help="say what would be tried")
    options.add_argument("--cache", type=pathlib.Path, help=argparse.SUPPRESS)
    options.add_argument("folder", nargs="*", default=SECURITY,
                         help="folders or files; default: " +
                         " ".join(SECURITY))
    given = options.parse_args()
    if given.faults is not None:
        return min(1, bring_back.try_all(Workshop(given.cache), [
            one for one in bring_back.read() if given.faults in one.name]))
    folders = given.folder
    if given.elsewhere:
        folders = folders if folders != SECURITY else LAYERS
        pool = candidates(folders, lambda path: not is_security(path))
    else:
        pool = candidates(folders)
    random.Random(given.seed).shuffle(pool)
    if given.names:
        wanted = {line.removeprefix("survived: ") for line in
                  given.names.read_text().splitlines()}
        pool = [mutant for mutant in pool if mutant.name() in wanted]
        given.count = len(pool)
    print(f"{len(pool)} possible changes in {' '.join(folders)}; "
          f"{given.count} by seed {given.seed}", flush=True)
    if given.list:
        for mutant in pool[:given.count]:
            print(mutant.name())
        return 0
    shop = Workshop(given.cache)
    # some of them are no draw
    shop.prepare({mutant.path for mutant in pool[:2 * given.count]})
    count, survivors = collections.Counter(), []
    for mutant, verdict, by, seconds in judged(
            shop, pool, given.count, not given.units_only):
        count[verdict] += 1
        if verdict == "survived":
            survivors.append(mutant)
        if verdict not in ("invalid", "same"):
            print(f"{verdict:10} {mutant.name()}  (line {mutant.line}; {by}; "
                  f"{seconds:.0f} s)", flush=True)
    noticed = count["killed"] + count["hangs"]
    tried = noticed + count["survived"]
    print(f"\n{noticed} of {tried} noticed "
          f"({100 * noticed / max(tried, 1):.0f}%), of them "
          f"{count['hangs']} by a deadline only; {count['survived']} "
          f"survived, {count['equivalent']} equivalent by hand; not counted: "
          f"{count['same']} of which the compiler makes the same, "
          f"{count['invalid']} that do not compile")
    for mutant in survivors:
        print(f"survived: {mutant.name()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
