# SPDX-License-Identifier: Apache-2.0
"""What goes wrong between a run and AWS, for all tests that disturb a command
and then run it again."""
import contextlib
import os
import pathlib
import threading

BUILD = pathlib.Path(os.environ.get("TOKENBRIDGE_BUILD", "/"))
CLOCK = BUILD / "tests/rig/clock/clock.so"
OTHER = "arn:aws:iam::123456789012:mfa/somebody-else"
WAIT = 61               # beyond the limit of one attempt

# What AWS, or something before it, does for the length of a run
FAULTS = {
    # transport
    "reset": {"drop": "before"},
    "reset-afterwards": {"drop": "after"},
    "cut": {"cut": 60},
    # time
    # nor does it take effect when the run is over
    "silent": {"delay": 120, "when": "before", "drop": "before"},
    "silent-afterwards": {"delay": 120, "when": "after"},
    "slow": {"drip": [150, 0.02]},
    # status
    "refused": {"error": "AccessDenied"},
    "throttled": {"error": "Throttling"},
    "html": {"http": 503, "body": "html"},
    "html-afterwards": {"http": 502, "body": "html", "after_effect": True},
    "blocked-afterwards": {"http": 403, "body": "html", "after_effect": True},
    # body
    "empty": {"http": 200, "body": "empty", "after_effect": True},
    "no-xml": {"http": 200, "body": "html", "after_effect": True},
    "no-serial": {"hostile": "missing-element", "element": "SerialNumber"},
    "laughs": {"hostile": "billion-laughs"},
    "other-serial": {"hostile": "other-element", "element": "SerialNumber",
                     "text": OTHER},
}
class Clock(threading.Thread):
    """Puts the program's deadlines forward beyond each attempt to which AWS is
    silent, and at no other time: tokens and people have all of theirs."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.file, self.iam = site.folder / "clock", site.iam
        self.seen = self.iam.delayed()
        self.over = threading.Event()
        self.env = {"RIG_CLOCK": str(self.file)}
        self.put(0)

    def put(self, ahead):
        """Whoever reads it meanwhile sees no empty file."""
        whole = self.file.with_suffix(".new")
        whole.write_text(str(ahead))
        whole.rename(self.file)

    def run(self):
        ahead = 0
        while not self.over.wait(0.1):
            delayed = self.iam.delayed()
            if delayed > self.seen:
                ahead, self.seen = ahead + WAIT, delayed
                self.put(ahead)


@contextlib.contextmanager
def under(site, fault):
    """The environment of a run that meets the fault; None: none."""
    env = {"AWS_MAX_ATTEMPTS": "2"}
    if fault is None or "delay" not in FAULTS[fault]:
        yield env
        return
    preload = site.env().get("LD_PRELOAD", "")
    clock = Clock(site)
    clock.start()
    try:
        yield {**env, **clock.env, "LD_PRELOAD": f"{preload} {CLOCK}".strip()}
    finally:
        clock.over.set()
        clock.join()


def run(site, *arguments, env=None, fault=None):
    with under(site, fault) as more:
        return site.run(*arguments, env={**more, **(env or {})})


def calls_in_order(site):
    """Since they were cleared: (action, how many of it before)."""
    made, found = {}, []
    for call in site.iam.calls():
        action = call["action"]
        found.append((action, made.get(action, 0)))
        made[action] = made.get(action, 0) + 1
    return found


def calls_of(site, act):
    """The calls of an undisturbed run."""
    site.iam.calls(clear=True)
    done = act(site)
    assert done.code == 0, done
    return calls_in_order(site)


def disturbed(site, act, call, fault):
    action, before = call
    site.iam.order(action, skip=before, count=None, **FAULTS[fault])
    try:
        return act(site, fault=fault)
    finally:
        site.iam.clear_orders()
