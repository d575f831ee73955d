#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tally.py --unit BUILD RESULTS: runs meson's tests, a TAP file each.
tally.py RESULTS "SUITE ...": counts all results; the last line says how many
passed, failed and were skipped. A suite without any result has failed."""
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def run_unit(build, results):
    """Each program by itself, so that every case of it is counted."""
    told = subprocess.run(["meson", "introspect", "--tests", build],
                          check=True, capture_output=True, text=True)
    bad = False
    for test in json.loads(told.stdout):
        name = re.sub(r"[^A-Za-z0-9]+", "-", test["name"])
        env = {**os.environ, **test["env"], "CMOCKA_MESSAGE_OUTPUT": "TAP"}
        try:
            done = subprocess.run(test["cmd"], env=env, text=True,
                                  cwd=test["workdir"] or build,
                                  timeout=test["timeout"] * 5,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, errors="replace")
            out, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            out, code = (late.stdout or b"").decode(errors="replace"), "late"
        lines = [line for line in out.splitlines()
                 if re.match(r"(not )?ok\b", line)]
        if code == 77:
            lines = [f"ok 1 - {test['name']} # SKIP {out.strip()[-120:]}"]
        elif code != 0 and not any(l.startswith("not ok") for l in lines):
            lines.append(f"not ok {len(lines) + 1} - {test['name']}: "
                         f"exit {code}")
        elif not lines:
            lines = [f"ok 1 - {test['name']}"]
        failed = any(line.startswith("not ok") and "# SKIP" not in line
                     for line in lines)
        bad |= failed
        (results / f"unit.{name}.tap").write_text("\n".join(lines) + "\n")
        print(f"{'FAILED' if failed else 'ok':6}  {test['name']} "
              f"({len(lines)})", file=sys.stderr)
        if failed:
            print(out[-4000:], file=sys.stderr)
    return bad


def count_tap(path):
    passed, failed, skipped = 0, [], []
    for line in path.read_text().splitlines():
        # cmocka says "not ok N # SKIP name"
        if re.search(r"# skip", line, re.I):
            skipped.append(f"{path.stem}: {line.split(' ', 1)[1]}")
        elif line.startswith("not ok"):
            failed.append(f"{path.stem}: {line[7:]}")
        elif line.startswith("ok"):
            passed += 1
    return passed, failed, skipped


def count_xml(path):
    passed, failed, skipped = 0, [], []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        why = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif why is not None:
            skipped.append(f"{name}: {why.get('message')}")
        else:
            passed += 1
    return passed, failed, skipped


def main():
    if sys.argv[1] == "--unit":
        return run_unit(sys.argv[2], pathlib.Path(sys.argv[3]))
    results = pathlib.Path(sys.argv[1])
    passed, failed, skipped = 0, [], []
    for suite in sys.argv[2].split():
        files = [path for path in sorted(results.iterdir())
                 if path.name.startswith(suite + ".")]
        counted = 0
        for path in files:
            count = count_xml if path.suffix == ".xml" else count_tap
            good, bad, left = count(path)
            passed += good
            failed += bad
            skipped += left
            counted += good + len(bad) + len(left)
        if counted == 0:
            failed.append(f"{suite}: it ran no test")
    for line in skipped:
        print(f"skipped  {line}")
    for line in failed:
        print(f"FAILED   {line}")
    tail = f", {len(skipped)} skipped" if skipped else ""
    print(f"{passed} passed, {len(failed)} failed{tail}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
