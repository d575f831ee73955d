# SPDX-License-Identifier: Apache-2.0
"""The audit of 300 accounts of 50 users over a network of 50 ms, beside the
longest account alone and beside all of them divided by how many are asked at
once.

The local IAM thinks in Python, a thread a connection: at hundreds of calls a
second it would be measured, and not who asks. So what it answered about one
member is recorded, and replayed for each, with that account's number in it."""
import asyncio
import base64
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig"), str(HERE)]

from figures import Figures  # noqa: E402
from iam.client import LocalIAM  # noqa: E402
from replay import Server  # noqa: E402

PROGRAM = str(pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
              / "usr/bin/tokenbridge")
ACCOUNTS, USERS, AT_ONCE, LATENCY = 300, 50, 16, 0.05
CALLER, MEMBER = "123456789012", "210987654321"


def number(n):
    return f"4{n:011}"


def of_account(reply, account):
    """The same reply about another account: a number is as long as the other,
    in the report's base64, too."""
    old, new = MEMBER.encode(), account.encode()
    reply = reply.replace(old, new)
    found = re.search(rb"<Content>([^<]+)</Content>", reply)
    if found:
        text = base64.b64decode(found[1]).replace(old, new)
        reply = (reply[:found.start(1)] + base64.b64encode(text)
                 + reply[found.end(1):])
    return reply


class Members(Server):
    """Records what is said of one member, and says it of all of them."""

    def __init__(self, upstream):
        self.replies = {}
        super().__init__(upstream)

    @staticmethod
    def _account(head):
        """Whose key has signed it: see the answer to AssumeRole."""
        found = re.search(rb"Credential=ASIAKEYS(\d{12})/", head)
        return found and found[1].decode()

    def key(self, head, form):
        mine = b"Credential=%s/" % self.caller.encode() in head
        return (mine, form["Action"], form.get("UserName"),
                form.get("Marker"))

    def keep(self, key, reply):
        self.replies[key] = reply

    async def answer(self, head, form):
        self.calls[form["Action"]] += 1
        self.begin_call()
        await asyncio.sleep(LATENCY)
        self.under_way -= 1
        reply = self.replies[self.key(head, form)]
        if form["Action"] != "AssumeRole":
            account = self._account(head)
            return of_account(reply, account) if account else reply
        account = form["RoleArn"].split(":")[4]
        return re.sub(rb"<AccessKeyId>[^<]{20}<", b"<AccessKeyId>ASIAKEYS"
                      + account.encode() + b"<", of_account(reply, account))


def audit(env, folder, accounts, *words):
    path = folder / "accounts"
    path.write_text("".join(f"{a} role=reader\n" for a in accounts))
    begun = time.perf_counter()
    done = subprocess.run(
        [PROGRAM, "audit", "--json", "--checks", "benchmark", "--accounts",
         str(path), "--config", str(folder / "system.conf"), *words],
        env=env, capture_output=True)
    took = time.perf_counter() - begun
    if done.returncode not in (0, 3):
        sys.exit(f"exit {done.returncode}: {done.stderr.decode()}")
    said = json.loads(done.stdout)
    read = [a for a in said["summary"]["accounts"] if a["state"] == "read"]
    if len(read) != len(accounts):
        sys.exit(f"{len(read)} of {len(accounts)} accounts were read")
    return said, took


def main():
    figures = Figures(sys.argv[1], "audit_accounts")
    count = int(os.environ.get("BENCH_ACCOUNTS", ACCOUNTS))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=sys.argv[1]))
    (folder / "system.conf").write_text("# nothing\n")
    (folder / "system.conf").chmod(0o644)
    try:
        with LocalIAM(admin=False) as iam:
            iam.settings(report_seconds=0)
            iam.add_account(MEMBER, admin=False)
            iam.add_root_device("fido", account=MEMBER)
            iam.add_role("reader", account=MEMBER, trusts=[CALLER])
            iam.add_users(USERS - 5, prefix="key", password=True, fido=True,
                          account=MEMBER)
            iam.add_users(5, prefix="none", password=True, account=MEMBER)
            where = urllib.parse.urlsplit(iam.url)
            service = Members((where.hostname, where.port))
            keys = iam.env()
            service.caller = keys["AWS_ACCESS_KEY_ID"]
            env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                   "LC_ALL": "C.UTF-8", **keys,
                   "AWS_ENDPOINT_URL": service.url}
            audit(env, folder, [MEMBER])
        service.recording = False
        _, alone = audit(env, folder, [number(0)])
        service.calls.clear()
        service.most = 0
        everyone = [number(n) for n in range(count)]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        said, took = audit(env, folder, everyone)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        counts = said["summary"]["counts"]["user-mfa-missing"]
        calls = sum(service.calls.values())
        print(f"  {count} accounts: {counts['PASS']} PASS, {counts['FAIL']} "
              f"FAIL, {counts['UNKNOWN']} UNKNOWN; {calls} calls, "
              f"{service.most} at once; CPU of ours "
              f"{after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime:.1f} s",
              flush=True)
        if counts["FAIL"] != 5 * count or counts["UNKNOWN"]:
            sys.exit("a wrong result")
        figures.report(f"{count} accounts of {USERS}", took,
                       f"the longest alone x {count} / {AT_ONCE}",
                       max(alone, alone * count / AT_ONCE), 1.3)
        figures.report(f"{count} accounts of {USERS}", took,
                       "calls x latency, one by one", calls * LATENCY)
        state = folder / "state"
        audit(env, folder, everyone, "--state", str(state))
        service.calls.clear()
        _, again = audit(env, folder, everyone, "--state", str(state))
        print(f"  again, kept: {sum(service.calls.values())} calls",
              flush=True)
        figures.report(f"{count} accounts, kept", again, "asked", took)
        figures.keep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
