# SPDX-License-Identifier: Apache-2.0
"""Faults that the program once had, brought back one at a time: whether the
tests that are named for each notice. See faults/login for the form of the
lists."""
import dataclasses
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
UNIT = "unit: "


@dataclasses.dataclass
class Fault:
    name: str
    path: str = ""
    old: list = dataclasses.field(default_factory=list)
    new: list = dataclasses.field(default_factory=list)
    tests: list = dataclasses.field(default_factory=list)

    def apply(self, text):
        old = "\n".join(self.old) + "\n"
        if text.count(old) != 1:
            sys.exit(f"mutate: '{self.name}': what it changes stands "
                     f"{text.count(old)} times in {self.path}")
        return text.replace(old, "".join(f"{line}\n" for line in self.new))


def read():
    return [fault for path in sorted((HERE / "faults").iterdir())
            for fault in read_one(path)]


def read_one(path):
    """[Fault]; ends the program where the list makes no sense."""
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        kind, rest = line[:2], line[2:]
        if not line or line.startswith("#"):
            continue
        if not line.startswith("\t"):
            found.append(Fault(line))
        elif kind == "\t-":
            found[-1].old.append(rest)
        elif kind == "\t+":
            found[-1].new.append(rest)
        elif kind == "\t?":
            found[-1].tests.append(rest.strip())
        elif found and not found[-1].path:
            found[-1].path = line.strip()
        else:
            sys.exit(f"mutate: {path}, line {number} makes no sense")
    for one in found:
        if not (one.path and one.old and one.tests):
            sys.exit(f"mutate: '{one.name}' lacks a file, a change or a test")
    return found


def passes(shop, test):
    if test.startswith(UNIT):
        return shop.unit_passes(test.removeprefix(UNIT))
    return not shop.shards([test], "-j", "1")


def try_all(shop, faults):
    """How many nobody noticed."""
    missed = 0
    shop.covered.set_up("-Db_coverage=true", left_out=())
    shop.prepare_flows()
    for test in sorted({test for one in faults for test in one.tests}):
        if not passes(shop, test):
            sys.exit(f"mutate: {test} fails without a change")
    for one in faults:
        with shop.changed(one):
            if not all(test.startswith(UNIT) for test in one.tests):
                shop.install()
            silent = [test for test in one.tests if passes(shop, test)]
        missed += bool(silent)
        print(f"{'missed' if silent else 'noticed':8} {one.name}", flush=True)
        for test in one.tests:
            print(f"         {'not ' if test in silent else ''}by {test}",
                  flush=True)
    print(f"\n{len(faults) - missed} of {len(faults)} noticed by all that is "
          "named for them")
    return missed
