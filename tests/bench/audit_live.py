# SPDX-License-Identifier: Apache-2.0
"""The live audit of 5,000 users over a network of 50 ms: how many calls, how
many at once, how long beside what the network alone takes, and what becomes of
it where the service lets 20 calls a second by."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig"), str(HERE)]

from figures import Figures  # noqa: E402
from iam.client import LocalIAM, make_certificates  # noqa: E402
from iam.rounds import Rounds  # noqa: E402
from replay import Replay  # noqa: E402

PROGRAM = str(pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
              / "usr/bin/tokenbridge")
USERS, AT_ONCE, LATENCY = 5000, 16, 0.05
VIRTUAL, FAILING = 4000, 50     # of the users; the rest have a FIDO key
SLOW_USERS, SLOW_RATE = 600, 20
FEW = 20                        # calls that no user costs
MIB = 32


def peak_of(pid):
    """MiB of its own so far. The kernel's figure at its end (ru_maxrss) holds
    what we had when it was begun, too."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").open():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def audit(env, config, *words):
    """What it said, seconds, peak MiB (looked at 100 times a second)."""
    begun, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [PROGRAM, "audit", "--json", "--config", str(config), *words],
            env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        while process.poll() is None:
            peak = max(peak, peak_of(process.pid))
            time.sleep(0.01)
        took = time.perf_counter() - begun
        out.seek(0)
        err.seek(0)
        text, complaint = out.read().decode(), err.read().decode()
    if process.returncode not in (0, 3):
        sys.exit(f"audit {words}: exit {process.returncode}: {complaint}")
    return json.loads(text), took, peak


def people(iam, users, virtual, failing):
    iam.add_root_device("fido")
    if virtual:
        iam.add_users(virtual, prefix="virtual", password=True)
        for n in range(virtual):
            iam.add_virtual_device(f"app{n:05}", user=f"virtual{n:05}")
    iam.add_users(users - virtual - failing, prefix="key", password=True,
                  fido=True)
    if failing:
        iam.add_users(failing, prefix="none", password=True)


def one(name, figures, folder, words=(), users=USERS, virtual=VIRTUAL,
        failing=FAILING, fresh=False, rate=None, most_calls=None):
    """Records one run, and measures the next one."""
    config = folder / "system.conf"
    with LocalIAM(admin=False) as iam:
        people(iam, users, virtual, failing)
        iam.settings(report_seconds=2 if fresh else 0)
        where = urllib.parse.urlsplit(iam.url)
        service = Replay((where.hostname, where.port))
        env = {"PATH": os.environ["PATH"], "HOME": str(folder),
               "LC_ALL": "C.UTF-8", **iam.env(),
               "AWS_ENDPOINT_URL": service.url}
        if rate:
            iam.order("ListMFADevices", error="Throttling", count=1)
        audit(env, config, *words)
    service.recording = False
    service.begin(LATENCY, rate)
    said, took, memory = audit(env, config, *words)
    counts = said["summary"]["counts"]["user-mfa-missing"]
    calls = sum(service.calls.values())
    print(f"  {name}: {counts['PASS']} PASS, {counts['FAIL']} FAIL, "
          f"{counts['UNKNOWN']} UNKNOWN; {calls} calls"
          + (f" (bar {most_calls})" if most_calls else "")
          + f", {service.of_users()} of them about users, {service.most} at "
          f"once, {said['summary']['sources'][0].get('connections', '?')} "
          f"connections; {memory:.1f} MiB (bar {MIB})", flush=True)
    if rate:
        share = 100 * service.throttled / service.of_users()
        print(f"  {name}: {service.throttled} throttled, {share:.1f} % (bar "
              "5 %)")
        answered = service.of_users() - service.throttled
        figures.report(f"{name}: users", service.span(),
                       f"{answered} calls / {rate} a second",
                       answered / rate, 1.2)
    elif service.of_users() > AT_ONCE:
        report_users(name, figures, service)
    figures.report(f"{name}: whole run", took, "calls x latency, one by one",
                   calls * LATENCY)


def report_users(name, figures, service):
    """Beside calls x latency / 16; few calls are no whole round trips of that,
    and are measured beside as many as they are at least: fifty take four,
    which are 1.28 times 50 x latency / 16, whoever asks."""
    calls = service.of_users()
    share, rounds = calls * LATENCY / AT_ONCE, -(-calls // AT_ONCE)
    if rounds * LATENCY > 1.05 * share:
        print(f"  {name}: {calls} calls, {AT_ONCE} at once, are {rounds} round "
              f"trips at least: {rounds * LATENCY / share:.2f} x {calls} x "
              f"{LATENCY * 1000:.0f} ms / {AT_ONCE}; it took "
              f"{service.span() / share:.2f} x that", flush=True)
        figures.report(f"{name}: users", service.span(),
                       f"{rounds} round trips of {LATENCY * 1000:.0f} ms",
                       rounds * LATENCY, 1.3)
    else:
        figures.report(f"{name}: users", service.span(),
                       f"{calls} x {LATENCY * 1000:.0f} ms / {AT_ONCE}", share,
                       1.3)


def in_round_trips(folder):
    """The phase of few calls in counts, which no other load changes: how many
    connections had something to say in each round trip, and of them how many
    began one. Over TLS a handshake is one more (and TCP's, which is not
    counted); what is connected goes on meanwhile."""
    for name, tls in (("plain", None), ("TLS 1.3",
                                        make_certificates(str(folder)))):
        with LocalIAM(admin=False, tls=tls) as iam, Rounds(iam.url) as way:
            iam.settings(report_seconds=0)
            people(iam, FAILING, 0, FAILING)
            env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                   "LC_ALL": "C.UTF-8", **iam.env(),
                   "AWS_ENDPOINT_URL": way.url,
                   **({"AWS_CA_BUNDLE": tls.ca} if tls else {})}
            config = folder / "system.conf"
            audit(env, config, "--checks", "root-mfa-missing,"
                  "user-not-phishing-resistant")
        shown = way.sizes()
        began = [sum(n == 0 for n in r.values())
                 for r in way.rounds[-len(shown):]]
        print(f"  {FAILING} users, {name}: {len(shown)} round trips, of "
              f"{', '.join(map(str, shown))} calls and handshakes; they began "
              f"{', '.join(map(str, began))} connections", flush=True)


def main():
    figures = Figures(sys.argv[1], "audit_live")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=sys.argv[1]))
    config = folder / "system.conf"
    config.write_text("# nothing\n")
    registry = ("--registry", str(folder / "workstation/registry.db"))
    config.chmod(0o644)
    try:
        one("benchmark, fresh report", figures, folder, fresh=True,
            most_calls=FEW + FAILING)
        one("benchmark, older report", figures, folder,
            most_calls=FEW + USERS - VIRTUAL + FAILING)
        subprocess.run([PROGRAM, "registry", "init", "--rehearsal",
                        "--config", str(config), *registry], check=True,
                       capture_output=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        # one for each user and each FIDO device; a report that is not fresh
        # does not say who has a password, which devices of codes want to know
        house = FEW + USERS + (USERS - VIRTUAL - FAILING) + FAILING
        one("house, fresh report", figures, folder, words=registry,
            fresh=True, most_calls=house)
        one("house, older report", figures, folder, words=registry,
            most_calls=house + VIRTUAL)
        in_round_trips(folder)
        one("20 calls a second", figures, folder,
            words=("--checks", "benchmark"), users=SLOW_USERS, virtual=0,
            failing=0, rate=SLOW_RATE)
        figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
