#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes one place of the sources at a time and asks the tests; see draw.py
for what is changed. Works on a copy of the tree, in the cache."""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

import draw  # noqa: E402

# Where a mistake lets somebody in, or calls a forgery genuine
SECURITY = ["token/attest", "token/trust", "bridge/login", "bridge/verify",
            "bridge/hash", "bridge/local"]
UNIT_SECONDS = 60       # for one program; one that hangs is noticed too
FLOWS_SECONDS = 900


def quiet(command, **options):
    """Whether it succeeds."""
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **options).returncode == 0


class Workshop:
    """A copy of the tree, built, and which unit program executes what."""

    def __init__(self, cache):
        self.cache = cache / "mutate"
        self.tree = self.cache / "tree"
        self.own = self.cache / "cache"         # of the copy's tests/run
        self.build = self.own / "build-plain"
        self.covered = self.cache / "covered"   # a build that counts lines
        self.lines = {}                         # (program, file): lines
        self.copy()
        self.share(cache)

    def copy(self):
        """As it stands, committed or not; times of what did not change stay,
        so that little is built again."""
        listed = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others",
             "--exclude-standard"], check=True, capture_output=True).stdout
        wanted = {name for name in listed.decode().split("\0") if name}
        for name in wanted:
            old, new = TOP / name, self.tree / name
            if not old.is_file():
                continue
            if new.exists() and new.read_bytes() == old.read_bytes():
                continue
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(old, new)
            shutil.copymode(old, new)
        for path in self.tree.rglob("*"):
            if path.is_file() and str(path.relative_to(self.tree)) \
                    not in wanted:
                path.unlink()

    def share(self, cache):
        """What the set-up fetched."""
        self.own.mkdir(parents=True, exist_ok=True)
        for name in ("venv", "venv.stamp", "npm", "npm.stamp", "judge",
                     "judge.stamp", "absent"):
            if (cache / name).exists() and not (self.own / name).exists():
                (self.own / name).symlink_to(cache / name)

    def env(self):
        return {**os.environ, "TOKENBRIDGE_CACHE": str(self.own)}

    def prepare(self):
        """Builds both; the unchanged tests must pass."""
        print("Building, and running the unit programs once", flush=True)
        # any case: for the set-up and the build that tests/run knows
        done = subprocess.run(
            [self.tree / "tests/run", "--case", "unit: error"],
            env=self.env(), stdin=subprocess.DEVNULL, capture_output=True,
            text=True)
        if done.returncode:
            sys.exit(f"tests/run fails without a change:\n{done.stdout}"
                     f"{done.stderr}")
        again = ["--reconfigure"] if (self.covered / "build.ninja").exists() \
            else []
        for command in (["meson", "setup", *again, self.covered, self.tree,
                         "-Db_coverage=true", "-Dbuildtype=debug",
                         "-Dlogin_user=nobody", "-Dlogin_group=nogroup"],
                        ["ninja", "-C", self.covered]):
            if not quiet(command):
                sys.exit(f"{' '.join(map(str, command))} fails")
        self.programs = {t["name"]: t for t in self.tests(self.build)
                         if "unit" in t["suite"][0] or len(t["suite"]) == 1}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.count, self.tests(self.covered)))

    @staticmethod
    def tests(build):
        told = subprocess.run(["meson", "introspect", "--tests", build],
                              check=True, capture_output=True, text=True)
        return json.loads(told.stdout)

    def counted(self, program):
        return self.cache / "counts" / re.sub(r"\W+", "-", program)

    def count(self, test):
        """One program alone, its counts in a folder of their own."""
        folder = self.counted(test["name"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        quiet(test["cmd"], cwd=test["workdir"] or self.covered,
              env={**os.environ, **test["env"], "GCOV_PREFIX": str(folder)})

    def executed(self, program, path):
        """Lines of a source file that the program executes."""
        key = program, path
        if key in self.lines:
            return self.lines[key]
        lines = set()
        stem = path.split("/", 1)[1].replace("/", "_")
        for data in self.counted(program).rglob(f"{stem}.gcda"):
            notes = pathlib.Path("/", *data.relative_to(
                self.counted(program)).parts).with_suffix(".gcno")
            beside = data.with_suffix(".gcno")
            if not beside.exists():
                beside.symlink_to(notes)
            told = subprocess.run(["gcov", "--json-format", "--stdout", data],
                                  capture_output=True, text=True)
            for line in told.stdout.splitlines():
                for file in json.loads(line)["files"]:
                    if file["file"].endswith(path):
                        lines |= {x["line_number"] for x in file["lines"]
                                  if x["count"]}
        self.lines[key] = lines
        return lines

    def programs_for(self, mutant, text):
        """Those that execute a line of the change, or at least its file."""
        last = mutant.line + text.count("\n", mutant.start, mutant.end)
        wanted = set(range(mutant.line, last + 1))
        return [name for name in self.programs
                if wanted & self.executed(name, mutant.path)]

    # ---- one change ----

    def judge(self, mutant, flows):
        """("killed", by what), ("survived", what ran) or ("invalid", "")."""
        path = self.tree / mutant.path
        text = path.read_text()
        try:
            path.write_text(mutant.apply(text))
            if not quiet(["ninja", "-C", self.build, self.object_of(mutant)]):
                return "invalid", ""
            units = self.programs_for(mutant, text)
            by = self.units(units)
            if not by:
                by = self.flows(flows)
        finally:
            path.write_text(text)
        if by:
            return "killed", by
        return "survived", ", ".join([*units, *flows]) or "nothing"

    def object_of(self, mutant):
        layer, rest = mutant.path.split("/", 1)
        return f"{layer}/lib{layer}.a"

    def units(self, names):
        """The first that notices, or None."""
        commands = {name: self.programs[name] for name in names}
        targets = [str(pathlib.Path(t["cmd"][0]).relative_to(self.build))
                   for t in commands.values()
                   if t["cmd"][0].startswith(str(self.build))]
        if targets and not quiet(["ninja", "-C", self.build, *targets]):
            return "the link"
        for name, test in commands.items():
            try:
                if not quiet(test["cmd"], timeout=UNIT_SECONDS,
                             cwd=test["workdir"] or self.build,
                             env={**os.environ, **test["env"]}):
                    return name
            except subprocess.TimeoutExpired:
                return f"{name} (hangs)"
        return None

    def flows(self, names):
        words = [word for name in names
                 for word in ("--case", f"tests/flows/{name}")]
        if not words:
            return None
        try:
            done = subprocess.run(
                [self.tree / "tests/run", *words, "-j", "8"], env=self.env(),
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=FLOWS_SECONDS)
        except subprocess.TimeoutExpired:
            return "the flows (they hang)"
        if done.returncode == 0:
            return None
        failed = re.search(r"FAILED +(?:flows: )?(\S+)", done.stdout +
                           done.stderr)
        return failed.group(1) if failed else "the build"


def read_flows():
    table = {}
    for line in (HERE / "flows").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, *files = line.split()
            table[folder] = files
    return table


def flows_of(table, path):
    folders = [f for f in table if path.startswith(f + "/")]
    return table[max(folders, key=len)] if folders else []


def read_equivalent():
    """{name of the mutant: why}"""
    known, name = {}, None
    for line in (HERE / "equivalent").read_text().splitlines():
        if line.startswith("\t"):
            known[name] = line.strip()
        elif line and not line.startswith("#"):
            name = line
    return known


def candidates(folders):
    found = []
    for folder in folders:
        at = TOP / folder
        if not at.exists():
            sys.exit(f"mutate: there is no {folder}")
        for path in sorted(at.rglob("*.c")) if at.is_dir() else [at]:
            found += draw.mutants(str(path.relative_to(TOP)),
                                  path.read_text())
    return found


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
    options.add_argument("--list", action="store_true",
                         help="say what would be tried")
    options.add_argument("--cache", type=pathlib.Path, help=argparse.SUPPRESS)
    options.add_argument("folder", nargs="*", default=SECURITY,
                         help="folders or files; default: " +
                         " ".join(SECURITY))
    given = options.parse_args()
    pool = candidates(given.folder or SECURITY)
    random.Random(given.seed).shuffle(pool)
    print(f"{len(pool)} possible changes in {' '.join(given.folder)}; "
          f"{given.count} by seed {given.seed}", flush=True)
    if given.list:
        for mutant in pool[:given.count]:
            print(mutant.name())
        return 0
    shop = Workshop(given.cache)
    shop.prepare()
    table, equal = read_flows(), read_equivalent()
    count, survivors = collections.Counter(), []
    for mutant in pool:
        if sum(count[x] for x in ("killed", "survived", "equivalent")) == \
                given.count:
            break
        begun = time.monotonic()
        if mutant.name() in equal:
            verdict, by = "equivalent", equal[mutant.name()]
        else:
            verdict, by = shop.judge(mutant, [] if given.units_only else
                                     flows_of(table, mutant.path))
        count[verdict] += 1
        if verdict == "survived":
            survivors.append(mutant)
        if verdict != "invalid":
            print(f"{verdict:10} {mutant.name()}  (line {mutant.line}; {by}; "
                  f"{time.monotonic() - begun:.0f} s)", flush=True)
    tried = count["killed"] + count["survived"]
    print(f"\n{count['killed']} of {tried} noticed "
          f"({100 * count['killed'] / max(tried, 1):.0f}%), "
          f"{count['survived']} survived, {count['equivalent']} equivalent, "
          f"{count['invalid']} did not compile")
    for mutant in survivors:
        print(f"survived: {mutant.name()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
