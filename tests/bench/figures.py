# SPDX-License-Identifier: Apache-2.0
"""What a benchmark prints and keeps: a line for each figure beside its peer's,
and one JSON file in the cache that the next run is compared with."""
import ctypes
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

# How a peer tells its version, where it is not `NAME --version`
VERSIONS = {
    "fido2-token": ["fido2-token", "-V"],
    "libfido2": ["dpkg-query", "-W", "-f", "${Version}", "libfido2-1"],
    "pam_u2f": ["dpkg-query", "-W", "-f", "${Version}", "libpam-u2f"],
    "ykman": ["ykman", "--version"],
    "aws": ["aws", "--version"],
    "sqlite": ["sqlite3", "--version"],
    "zsv": ["zsv", "version"],
}


def sleep_exactly():
    """For this process and all that it starts: umockdev's library sleeps for 0 s
    at each report, of which the kernel makes 50 us or more (PR_SET_TIMERSLACK,
    prctl(2)). That would be most of what a report costs here."""
    ctypes.CDLL(None).prctl(29, 1, 0, 0, 0)


def once(command, env):
    """Seconds, and what it said; ends the benchmark where it fails."""
    begun = time.perf_counter()
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    took = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout}"
                 f"{done.stderr}")
    return took, done.stdout


def median(command, env, rounds):
    once(command, env)  # caches warm
    return statistics.median(once(command, env)[0] for _ in range(rounds))


def medians_in_turn(pairs, rounds):
    """Of (command, env) each, one after the other in each round: what else
    the machine does is in all of them alike."""
    for command, env in pairs:
        once(command, env)
    took = [[once(command, env)[0] for command, env in pairs]
            for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*took)]


def version_of(name):
    if name not in VERSIONS or not shutil.which(VERSIONS[name][0]):
        return "not installed"
    done = subprocess.run(VERSIONS[name], capture_output=True, text=True)
    lines = (done.stdout or done.stderr).split("\n")
    return lines[0].strip() if done.returncode == 0 else "not installed"


class Figures:
    """Those of one part, kept as CACHE/bench/PART.json; `bar` is the largest
    ratio that the product promises."""

    def __init__(self, cache, part, peers=(), versions=None):
        sleep_exactly()
        self.path = pathlib.Path(cache) / "bench" / f"{part}.json"
        self.rows, self.before = {}, {}
        if self.path.exists():
            self.before = json.loads(self.path.read_text())["figures"]
        self.versions = {name: version_of(name) for name in peers}
        self.versions.update(versions or {})
        print(f"---- {part}: {platform.machine()}, {os.cpu_count()} "
              f"processors, load {os.getloadavg()[0]:.1f}")
        for name, version in self.versions.items():
            print(f"     {name} {version}")

    def report(self, what, ours, peer, theirs, bar=None):
        """Seconds."""
        ratio = ours / theirs
        key = f"{what} / {peer}"
        last = self.before.get(key, {}).get("ratio")
        words = [f"{what:38} {ours * 1000:9.2f} ms  {peer:28} "
                 f"{theirs * 1000:9.2f} ms  ratio {ratio:.3f}"]
        if ratio < 0.1:
            words.append(f"(1/{1 / ratio:.0f})")
        if bar is not None:
            words.append(f"bar {bar:.3g}")
        if last:
            words.append(f"last {last:.3f}")
        print("  ".join(words), flush=True)
        self.rows[key] = {"ours": ours, "theirs": theirs, "ratio": ratio,
                          "bar": bar}

    def keep(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(
            {"version": 1, "madeAt": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                   time.gmtime()),
             "versions": self.versions, "figures": self.rows},
            indent=1, sort_keys=True) + "\n")
