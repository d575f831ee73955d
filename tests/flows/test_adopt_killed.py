# SPDX-License-Identifier: Apache-2.0
"""registry adopt of one user's device, killed three times in a row at every
moment; then the same command again, and the device is bound once, to its token,
by a proof of that run. Nobody waits for a run that died."""
import os

import pytest

from broken_off import run_killed_at, strace
from lines import assigned
from test_adopt import held, log, start_anew
from test_oath_password import PASSWORD, descriptor

__all__ = ["held"]

TIMES = 3
STEPS = 60  # s: the codes of one run are no other run's
WORDS = ("registry", "adopt", "alice")
# Of each kind of call, how many there are at least; an unlink is a commit
KILLS = {"fdatasync": 6, "sendto": 4, "unlink": 2, "pwrite64": 9}


def make_anew(site):
    """The device, so that AWS has taken none of its codes, at a time behind
    which there are enough."""
    site.iam.clock(offset=-STEPS * (TIMES + 1))
    serial = site.device
    seed = site.iam.devices("alice")[serial]["seed"]
    iam = site.iam.botocore()
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    site.iam.add_virtual_device(serial.rpartition("/")[2], user="alice",
                                seed=seed)


class Way:
    """One way to the proof: who asks, and what stood in the registry."""

    def __init__(self, who, *bases, bound=False, locked=False):
        self.who, self.bases = who, bases
        self.bound, self.locked = bound, locked

    def words(self):
        """With a descriptor of its own for each run: they read it empty."""
        if not self.locked:
            return WORDS, None
        fd = descriptor(PASSWORD)
        return (*WORDS, "--oath-password-fd", fd), fd

    def prepare(self, site):
        make_anew(site)
        start_anew(site)
        if self.bound:
            done = site.run("registry", "adopt", "--from-aws")
            assert done.code == 0, done
        site.who = self.who

    def kill(self, site, call, number):
        site.iam.clock(advance=STEPS)
        words, fd = self.words()
        try:
            return run_killed_at(site, call, number, *words,
                                 **({"pass_fds": (fd,)} if fd else {}))
        finally:
            if fd:
                os.close(fd)

    def end(self, site, what):
        site.iam.clock(advance=STEPS)
        words, fd = self.words()
        try:
            done = site.run(*words, "--json", timeout=200,
                            **({"pass_fds": (fd,)} if fd else {}))
        finally:
            if fd:
                os.close(fd)
        assert done.code == 0, (what, str(done))
        (told,) = done.json["adopted"]["devices"]
        assert told["result"] in ("adopted", "present"), (what, told)
        self.check(site, what)

    def check(self, site, what):
        (device,) = assigned(site.iam, "alice")
        site.who = "admin"
        (token,) = site.show()
        (binding,) = [b for b in token["bindings"] if not b["removed"]]
        assert binding["device"] == device, what
        assert binding["basis"] in self.bases, what
        added = [line for line in log(site) if '"binding.added"' in line]
        assert len(added) == (2 if self.bound else 1), (what, added)
        others = [b for b in site.run("registry", "show", "--json").json[
            "bindings"] if not b["removed"]]
        assert others == [] and site.journals() == [], what
        site.check_chain()


WAYS = {
    # a code that STS has had enough of IAM takes with its next one
    "by STS": Way("alice", "code-taken", "codes-taken"),
    "by IAM": Way("admin", "codes-taken"),
    "bound before": Way("admin", "codes-taken", bound=True),
    "with a password": Way("admin", "codes-taken", locked=True),
}


@pytest.fixture
def ready(held):
    def prepare(name):
        if WAYS[name].locked:
            held.tokens.oath_password("a", PASSWORD)
        return WAYS[name]
    return prepare


def killed_at(site, way, call, numbers, least):
    killed = 0
    for number in numbers:
        way.prepare(site)
        hits = sum(way.kill(site, call, number) for _ in range(TIMES))
        if not hits:
            break
        killed += 1
        way.end(site, (call, number))
    assert killed >= least, killed


@strace
@pytest.mark.parametrize("name", WAYS)
def test_killed_three_times_at_its_commits_the_next_run_ends_it(held, ready,
                                                                name):
    """An unlink ends a transaction: of the reservation, then of the record,
    where the account is reserved already."""
    for call, number in (("unlink", 2), ("unlink", 3)):
        killed_at(held, ready(name), call, [number], 1)


@strace
@pytest.mark.long
@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("call", KILLS)
def test_killed_three_times_at_any_moment_the_next_run_ends_it(held, ready,
                                                               name, call):
    killed_at(held, ready(name), call, range(1, 200), KILLS[call])
