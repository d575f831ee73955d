# SPDX-License-Identifier: Apache-2.0
"""`audit --report` of five million rows beside DuckDB, polars and `wc -l`, counts
before times; files that are quoted, glued and CRLF beside a plain one; --json."""
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from figures import Figures  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")
ROWS, SMALL = 5_000_000, 1_000_000
USERS = 5000          # of an account: AWS's quota
JSON_RATE = 400e6     # bytes a second
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,"
    "password_last_changed,password_next_rotation,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,"
    "access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,"
    "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated")
DATE = "2025-03-04T05:06:07+00:00"
KEY = f"true,{DATE},{DATE},eu-central-1,s3"
NO_KEY = "false,N/A,N/A,N/A,N/A"
WHERE = "password_enabled = 'true' and mfa_active = 'false'"

# The peers, in a process of their own: the query's wall time and what it found.
DUCKDB = f"""
import sys, time, duckdb
con = duckdb.connect(config={{"threads": 2}})
con.execute("set enable_progress_bar = false")
begun = time.perf_counter()
n = con.execute("select count(*) from read_csv(?, header=true, "
                "all_varchar=true) where {WHERE}",
                [sys.argv[1]]).fetchone()[0]
print(time.perf_counter() - begun, n)
"""
POLARS = """
import sys, time, polars
begun = time.perf_counter()
n = polars.scan_csv(sys.argv[1], infer_schema=False).filter(
    (polars.col("password_enabled") == "true") &
    (polars.col("mfa_active") == "false")).select(polars.len()).collect().item()
print(time.perf_counter() - begun, n)
"""


# ---- reports ----

def account_rows(number, rng):
    arn = f"arn:aws:iam::{100000000000 + number}:"
    tail = ",false,N/A,false,N/A"
    yield (f"<root_account>,{arn}root,{DATE},true,{DATE},not_supported,"
           f"not_supported,true,{NO_KEY},{NO_KEY}{tail}")
    for n in range(USERS - 1):
        pick = rng.random()
        password = pick < 0.6
        mfa = 0.001 < pick < 0.59 or pick > 0.98
        yield (f"user{n:07},{arn}user/user{n:07},{DATE},"
               f"{'true' if password else 'false'},"
               f"{DATE if password else 'N/A'},{DATE},N/A,"
               f"{'true' if mfa else 'false'},"
               f"{KEY if 0.3 < pick < 0.7 else NO_KEY},"
               f"{KEY if 0.5 < pick < 0.6 else NO_KEY}{tail}")


def quoted(row):
    return '"' + row.replace(",", '","') + '"'


def write(path, rows, kind):
    """One report; glued: one for each account, as `>>` joins them."""
    rng = random.Random(1)
    end = "\r\n" if kind == "crlf" else "\n"
    shape = quoted if kind == "quoted" else str
    with open(path, "w", newline="") as f:
        for number in range(rows // USERS):
            if number == 0 or kind == "glued":
                f.write(shape(HEADER) + end)
            text = end.join(map(shape, account_rows(number, rng)))
            f.write(text if kind == "glued" else text + end)


def made(folder, rows, kind):
    path = folder / f"report-{kind}-{rows}.csv"
    if not path.exists():
        write(path.with_suffix(".part"), rows, kind)
        path.with_suffix(".part").rename(path)
    subprocess.run(["cat", str(path)], stdout=subprocess.DEVNULL,
                   check=True)  # the page cache has it
    return path


# ---- runs ----

class Run:
    """One run of a command: wall and CPU seconds, its words."""

    def __init__(self, command, env=None, out=subprocess.DEVNULL):
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                 env=env)
        self.text = child.stdout.read() if child.stdout else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.perf_counter() - begun
        self.cpu = usage.ru_utime + usage.ru_stime
        if child.returncode not in (0, 3):
            sys.exit(f"{command}: exit {child.returncode}")


def peak(path):
    """MiB of the program, begun by a small process: what is begun by a large
    one is charged with its size."""
    script = ("import os, subprocess, sys\n"
              "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
              "print(os.wait4(p.pid, 0)[2].ru_maxrss / 1024)")
    done = subprocess.run([sys.executable, "-c", script, PROGRAM, "audit",
                           "--report", str(path)], stdout=subprocess.PIPE,
                          check=True)
    return float(done.stdout)


def audit(path, *more, **how):
    return Run([PROGRAM, "audit", "--report", str(path), *more], **how)


def best(rounds, run):
    """The median, of the CPU time by itself."""
    done = [run() for _ in range(rounds)]
    return (statistics.median(r.wall for r in done),
            statistics.median(r.cpu for r in done))


def counts(path):
    text = audit(path, "--json", out=subprocess.PIPE).text
    after = text[text.index(b'"summary":') + 10:].decode().lstrip()
    summary, _ = json.JSONDecoder().raw_decode(after)
    return summary["counts"]["user-mfa-missing"]["FAIL"], len(text)


def peer(python, script, path, env):
    run = Run([python, "-c", script, str(path)], env, subprocess.PIPE)
    run.wall, run.found = map(float, run.text.split())
    return run


# ---- parts ----

def beside_peers(figures, folder, rounds, python):
    path = made(folder, ROWS, "plain")
    env = {**os.environ, "POLARS_MAX_THREADS": "2"}
    ours, _ = counts(path)
    scripts = {"duckdb, 2 threads": DUCKDB, "polars, 2 threads": POLARS}
    for name, script in scripts.items():
        found = peer(python, script, path, env).found
        if found != ours:
            sys.exit(f"{name} finds {found:.0f} users, we {ours}")
    print(f"     {path.stat().st_size / 1e6:.0f} MB, {ROWS} rows, and all find "
          f"{ours} users")
    wall, cpu = best(rounds, lambda: audit(path))
    for name, script in scripts.items():
        theirs, their_cpu = best(rounds, lambda: peer(python, script, path,
                                                      env))
        figures.report("audit --report, 5 million rows", wall, name, theirs,
                       0.5)
        figures.report("  CPU time", cpu, f"{name}, and start", their_cpu)
    theirs, their_cpu = best(rounds, lambda: Run(["wc", "-l", str(path)]))
    figures.report("audit --report, 5 million rows", wall, "wc -l", theirs)
    figures.report("  CPU time", cpu, "wc -l", their_cpu)
    beside_zsv(figures, path, rounds, cpu)
    memory = [peak(made(folder, n, "plain")) for n in (SMALL, ROWS)]
    print(f"     peak memory: {memory[0]:.1f} MiB of {SMALL} rows, "
          f"{memory[1]:.1f} MiB of {ROWS}")


def beside_zsv(figures, path, rounds, cpu):
    if not shutil.which("zsv"):
        print("     zsv is not here: Debian has it in unstable, and that was "
              "not to be had: no comparison")
        return
    _, theirs = best(rounds, lambda: Run(
        ["zsv", "select", str(path), "--", "user", "password_enabled",
         "mfa_active"]))
    figures.report("  CPU time", cpu, "zsv select of 3 columns", theirs, 1)


def of_each_kind(figures, folder, rounds):
    """By the byte, so that quotes are not held against a file."""
    rate = {}
    for kind in ("plain", "quoted", "glued", "crlf"):
        path = made(folder, SMALL, kind)
        if counts(path)[0] != counts(made(folder, SMALL, "plain"))[0]:
            sys.exit(f"the {kind} file is read otherwise")
        rate[kind] = best(rounds, lambda: audit(path))[0] / SMALL
    for kind in ("quoted", "glued", "crlf"):
        figures.report(f"a {kind} file, 1 million rows", rate[kind] * SMALL,
                       "a plain one", rate["plain"] * SMALL, 2)


def as_json(figures, folder, rounds):
    path = made(folder, SMALL, "plain")
    _, size = counts(path)
    wall, _ = best(rounds, lambda: audit(path, "--json"))
    print(f"     --json: {size / 1e6:.0f} MB, {size / wall / 1e6:.0f} MB/s")
    figures.report("audit --report --json, 1 million rows", wall,
                   "400 MB/s", size / JSON_RATE, 1)


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), min(int(sys.argv[2]), 7)
    folder = cache / "bench"
    folder.mkdir(exist_ok=True)
    python = str(folder / "venv/bin/python")
    pinned = (HERE / "requirements.txt").read_text().split("\n")
    figures = Figures(cache, "report", ["zsv"], dict(
        line.split("==") for line in pinned if "==" in line))
    beside_peers(figures, folder, rounds, python)
    of_each_kind(figures, folder, rounds)
    as_json(figures, folder, rounds)
    figures.keep()


if __name__ == "__main__":
    main()
