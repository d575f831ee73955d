# SPDX-License-Identifier: Apache-2.0
"""Wall times of `list`, `info` and `enroll` beside those of what people use today, on
the same soft tokens and the same local IAM, in one run."""
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent / "rig"
sys.path[:0] = [str(RIG / "token"), str(RIG), str(HERE)]

from figures import Figures, median, once  # noqa: E402
from iam.client import LocalIAM  # noqa: E402
from pcsc import Pcscd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = str(ROOT / "usr/bin/tokenbridge")


PEERS = ["libfido2", "fido2-token", "ykman", "aws"]
REPORT_MS = 4  # of a real key


def reports_alone(tokens, env, rounds):
    """Seconds that the emulation itself takes for nearly what `list` asks."""
    command = [sys.executable, str(HERE / "reports.py"),
               *(tokens.hidraw(name) for name in tokens.tokens)]
    return statistics.median(float(once(command, env)[1])
                             for _ in range(rounds))


def bench_list(figures, tokens, env, rounds):
    ours = median([PROGRAM, "list"], env, rounds)
    floor = reports_alone(tokens, env, rounds) + median(["true"], env, rounds)
    figures.report("list, 2 tokens", ours, "reports alone, and `true`", floor)
    figures.report("list, 2 tokens", ours, "fido2-token -L",
                   median(["fido2-token", "-L"], env, rounds))
    figures.report("list, 2 tokens", ours, "tokenbridge --version",
                   median([PROGRAM, "--version"], env, rounds))
    # what every command but these two begins with
    figures.report("tokenbridge version",
                   median([PROGRAM, "version"], env, rounds),
                   "tokenbridge --version",
                   median([PROGRAM, "--version"], env, rounds))
    if shutil.which("ykman"):
        theirs = median(["ykman", "list"], env, max(3, rounds // 5))
        figures.report("list, 2 tokens", ours, "ykman list",
                       theirs, 1 / 50)
        figures.report("reports alone, and `true`", floor, "ykman list",
                       theirs)
    else:
        print("ykman is not installed: no comparison")


def list_many(folder, n, rounds):
    """Of so many tokens; their reports take their time side by side, as those
    of real keys do."""
    keys = [{"name": f"k{i}", "profile": "yubikey5", "serial": 10000000 + i,
             "report_ms": REPORT_MS} for i in range(n)]
    with SoftTokens(folder / f"many-{n}", tokens=keys) as tokens:
        env = {"PATH": os.environ["PATH"], "HOME": str(folder),
               "LC_ALL": "C.UTF-8", **tokens.env({})}
        _, said = once([PROGRAM, "list", "--json"], env)
        if said.count('"usable"') != n:
            sys.exit(f"of {n} tokens not all are usable:\n{said}")
        return median([PROGRAM, "list"], env, rounds)


def bench_many(figures, folder, rounds):
    one = list_many(folder, 1, rounds)
    for n in (7, 16):
        figures.report(f"list, {n} tokens, {REPORT_MS} ms",
                       list_many(folder, n, rounds), "list, 1 token", one, 1.5)


def bench_info(figures, tokens, env, config, rounds):
    """One token by FIDO only, beside fido2-token; one through all that it has
    (FIDO, smart card, keyboard), beside ykman, which asks the same ones."""
    def info(token):
        return median([PROGRAM, "info", "--token", token, "--config",
                       str(config)], env, rounds)

    node = tokens.hidraw("b")
    figures.report("info, FIDO only", info(node), "fido2-token -I",
                   median(["fido2-token", "-I", node], env, rounds), 1.5)
    ours = info("12345678")
    if shutil.which("ykman"):
        figures.report("info, all interfaces", ours, "ykman info",
                       median(["ykman", "info"], env, max(3, rounds // 5)),
                       0.4)
    else:
        print(f"info, all interfaces               {ours * 1000:9.1f} ms   "
              "(ykman is not installed: no comparison)")
    figures.report("info, all interfaces", ours, "fido2-token -I",
                   median(["fido2-token", "-I", tokens.hidraw("a")], env,
                          rounds))


def enroll_by_script(env, user, reader, published):
    """The steps of the scripts that go round: create, store the seed by
    ykman, a code, wait for the next step, another code, enable. The part that
    a finger takes is left out: the soft token touches at once.

    `published`: those of contrib/scripts/aws-iam-create-yubikey-mfa.sh in
    aws-vault's repository, which asks first who the caller is, whose keys
    they are, and sleeps for 30 s whenever that is. Its `ykman oath` is `ykman
    oath accounts` by now."""
    begun = time.perf_counter()
    serial = f"arn:aws:iam::123456789012:mfa/{user}"
    seed = pathlib.Path(env["HOME"]) / "seed"
    url = ("--endpoint-url", env["AWS_ENDPOINT_URL"])  # older ones need it

    def run(*command, **more):
        return subprocess.run(command, env=env, text=True, check=True,
                              capture_output=True, **more).stdout

    def code():
        return run("ykman", "--reader", reader, "oath", "accounts", "code",
                   "-s", serial).strip()

    if published:
        run("aws", *url, "sts", "get-caller-identity", "--query", "Arn",
            "--output", "text")
    run("aws", *url, "iam", "create-virtual-mfa-device",
        "--virtual-mfa-device-name", user, "--outfile", str(seed),
        "--bootstrap-method", "Base32StringSeed")
    run("ykman", "--reader", reader, "oath", "accounts", "add", "-t", "-f",
        serial, input=seed.read_text() + "\n")
    seed.unlink()
    first = code()
    time.sleep(30 if published else 30 - time.time() % 30 + 0.1)
    second = code()
    run("aws", *url, "iam", "enable-mfa-device", "--user-name", user,
        "--serial-number", serial, "--authentication-code1", first,
        "--authentication-code2", second)
    return time.perf_counter() - begun


def report_scripts(figures, iam, env, reader, ours):
    iam.add_user("peer")
    figures.report("enroll --method totp", ours, "aws + ykman + sleep",
                   enroll_by_script(env, "peer", reader, False), 1 / 50)
    iam.add_user("vault")
    theirs = enroll_by_script({**env, **iam.env("vault")}, "vault", reader,
                              True)
    figures.report("enroll --method totp", ours, "aws-vault's script", theirs)
    figures.report("enroll --method totp", ours,
                   "... without its 30 s of sleep", theirs - 30)
    print("  The script's own steps, as the user whose keys they are; neither "
          "side's touches,\n  and not `aws-vault exec`, which only hands the "
          "keys on. `enroll` also verifies\n  the token and writes registry "
          "and journal; the script does not.")


def bench_enroll(figures, iam, env, config, reader, rounds):
    ours = []
    for number in range(rounds):
        user = f"user{number}"
        iam.add_user(user)
        took, _ = once([PROGRAM, "enroll", user, "--method", "totp",
                        "--holder", "alice", "--token", "12345678",
                        "--config", str(config)], env)
        ours.append(took)
    ours = statistics.median(ours)
    calls = [c["connection"] for c in iam.calls()][-7:]
    print(f"enroll: {len(set(calls))} connection for the last run's calls")
    if not shutil.which("aws") or not shutil.which("ykman"):
        print(f"enroll --method totp              {ours * 1000:9.1f} ms   "
              "(aws or ykman is not installed: no comparison)")
        return
    report_scripts(figures, iam, env, reader, ours)


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    figures = Figures(cache, "bench", PEERS)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=cache))
    config = folder / "system.conf"
    config.write_text(f"trust_dir = {folder}/trust\n"
                      f"registry = {folder}/workstation/registry.db\n")
    try:
        with LocalIAM() as iam, Pcscd(folder / "p", readers=2) as cards, \
                SoftTokens(folder / "t", vpcd=cards.port, tokens=[
                    {"name": "a", "profile": "yubikey5", "serial": 12345678},
                    {"name": "b", "profile": "solo"}]) as tokens:
            cards.wait_for_card(0)
            env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                   "LC_ALL": "C.UTF-8", **iam.env(), **tokens.env({})}
            bench_list(figures, tokens, env, rounds)
            for command in (["registry", "init", "--rehearsal"],
                            ["trust", "add", str(folder / "t/ca/root.pem")]):
                once([PROGRAM, *command, "--config", str(config)], env)
            bench_info(figures, tokens, env, config, rounds)
            bench_enroll(figures, iam, env, config, cards.reader(0),
                         min(rounds, 10))
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print(f"largest process of this run: {peak / 1024:.1f} MiB "
                  "(aws and ykman included)")
        bench_many(figures, folder, rounds)
        figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
