#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One shard of a suite: a pytest that asks for its next case, and tells how
each one went.

    shard.py SOCKET KIND PYTEST-ARGUMENT...

SOCKET is tests/shards.py's; KIND "long" means the cases that are marked so,
any other KIND all but those. A line of JSON each way: {"collected": [id...],
"alone": [id...]}, {"next": true} answered by {"id": id or null}, {"done": id,
"outcome": ..., ...}.
"""
import json
import resource
import socket
import sys
import time

import pytest


def cpu_seconds():
    """Of this process and of all children that it has waited for."""
    return sum(use.ru_utime + use.ru_stime for use in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Shard:
    """The plugin in place of pytest's own loop over all cases."""

    def __init__(self, path, kind):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r")
        self.kind = kind
        self.reports = []

    def tell(self, **message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    @staticmethod
    def pytest_configure(config):
        config.addinivalue_line("markers", "long: only in tests/run --long")
        config.addinivalue_line("markers", "alone: with no other case of the "
                                "run beside it, as it measures time")

    def pytest_collection_modifyitems(self, config, items):
        wanted, other = [], []
        for item in items:
            is_long = item.get_closest_marker("long") is not None
            (wanted if is_long == (self.kind == "long") else other).append(
                item)
        config.hook.pytest_deselected(items=other)
        items[:] = wanted

    def pytest_collectreport(self, report):
        if report.failed:
            self.tell(done=report.nodeid or "collection", outcome="failed",
                      text=report.longreprtext, seconds=0, cpu=0)

    def pytest_runtestloop(self, session):
        if session.testsfailed:
            raise session.Interrupted("not all files could be read")
        cases = {item.nodeid: item for item in session.items}
        self.tell(collected=list(cases), alone=[
            name for name, item in cases.items()
            if item.get_closest_marker("alone")])
        item = self.take(cases)
        while item:
            # pytest ends the fixtures that the next case does not share
            following = self.take(cases)
            self.run(item, following)
            item = following
        return True

    def take(self, cases):
        self.tell(next=True)
        name = json.loads(self.lines.readline())["id"]
        return cases[name] if name else None

    def run(self, item, following):
        self.reports = []
        begun, used = time.monotonic(), cpu_seconds()
        item.config.hook.pytest_runtest_protocol(item=item,
                                                 nextitem=following)
        outcomes = {report.outcome for report in self.reports}
        outcome = next(name for name in ("failed", "skipped", "passed")
                       if name in outcomes)
        self.tell(done=item.nodeid, outcome=outcome, text=self.text(outcome),
                  seconds=round(time.monotonic() - begun, 3),
                  cpu=round(cpu_seconds() - used, 3))

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)

    def text(self, outcome):
        """Why it failed, with what it printed, or why it was skipped."""
        found = [r for r in self.reports if r.outcome == outcome]
        if outcome == "skipped":
            return str(found[0].longrepr[2]).removeprefix("Skipped: ")
        if outcome == "passed":
            return ""
        parts = [f"in its {r.when}:\n{r.longreprtext}" for r in found]
        parts += [f"--- {title}\n{said}" for title, said in found[-1].sections]
        return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(pytest.main(sys.argv[3:], plugins=[Shard(*sys.argv[1:3])]))
