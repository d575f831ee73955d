# SPDX-License-Identifier: Apache-2.0
"""An initial PIN that is broken off: killed behind each line that it writes
down, or by a token that fails at any step. Then the same command again: a PIN
that is set is always one that its holder can read."""
import pytest

from broken_off import MOMENTS, killed_at, last_labels, points_of, strace
from lines import assigned
from rollouts import (HEAD, Session, check_by_codes, row, serial, states,
                      token, user)
from test_care import by_fd
from test_initial_pin import decrypt, make_key
from test_rollout_faults import ended


@pytest.fixture
def keys(site):
    """keys(n): so many keys, of which one is plugged in at a time."""
    def set_up(number):
        site.plug(*({"name": token(n), "profile": "yubikey5",
                     "serial": serial(n), "unplugged": True}
                    for n in range(number)), cards=False)
        site.make_registry()
        site.key, public = make_key(site.folder)
        done = site.run("registry", "recipient", "alice", public)
        assert done.code == 0, done
        return site
    return set_up


def words_for(site, number):
    return ("pin", "initial", "--holder", "alice", "--output",
            site.folder / f"{number}.pin")


def readable(site, number):
    """Whether the key has a PIN; then it is the one in the file."""
    if not site.tokens.stats(token(number))["pin_set"]:
        return False
    pin = decrypt(site.key, site.folder / f"{number}.pin").strip()
    done = by_fd(site, "change", pin_fd=pin, new_pin_fd=pin + "1")
    assert done.code == 0, done
    # as it was, but for the order to change it
    assert by_fd(site, "change", pin_fd=pin + "1", new_pin_fd=pin).code == 0
    return True


def settle(site, number, what):
    """The same command again, until it says that all is done."""
    had, broken_off = readable(site, number), bool(site.journals())
    done = site.run(*words_for(site, number))
    if had:
        said = "the token has a PIN: that of the run that was broken off" \
            if broken_off else "the token has a PIN already"
        assert done.code == 1 and said in done.err.replace("\n", " "), (
            what, str(done))
    else:
        assert done.code == 0, (what, str(done))
    assert readable(site, number), what
    assert site.journals() == [], what
    assert sorted(p.name for p in site.folder.glob(f"*{number}.pin*")) == [
        f"{number}.pin"], what
    return had


# ---- killed ----

@strace
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_behind_any_line_its_pin_is_readable_or_not_set(keys, moment):
    site = keys(9)
    for number in range(2):     # the first one in a registry differs
        site.tokens.plug(token(number))
        points = points_of(site, *words_for(site, number))
        site.tokens.unplug(token(number))
    assert [point.label for point in points] == [
        "pin intent", "pin sealed", "pin pin-sent"]
    for number, point in enumerate(points, 2):
        site.tokens.plug(token(number))
        assert killed_at(site, point.call(MOMENTS[moment]),
                         *words_for(site, number))
        assert last_labels(*site.journals()) == {point.label}
        # another key is for somebody else meanwhile
        site.tokens.unplug(token(number))
        site.tokens.plug(token(number + 3))
        done = site.run(*words_for(site, number + 3))
        assert done.code == 0, (point.label, moment, done)
        assert last_labels(*site.journals()) == {point.label}
        site.tokens.unplug(token(number + 3))
        site.tokens.plug(token(number))
        settle(site, number, (point.label, moment))
        site.tokens.unplug(token(number))


# ---- the token fails ----

# At the command, and behind its effect
FAILURES = {
    "error": ("hid-error", 6),
    "unplugged": ("unplug-on-command", 0),
    "status": ("wrong-status", 0x7f),
    "cut": ("truncate-cbor", 1),
    "silence": ("silence", 0),
    "unplugged afterwards": ("unplug-at-byte", 0),
}
COMMANDS = ("getInfo", "clientPIN", "config")


def commands_of(site, number):
    """What an undisturbed run asks of the token: (command, how many of it
    before)."""
    site.tokens.plug(token(number))
    before = site.tokens.stats(token(number))["commands"]
    done = site.run(*words_for(site, number))
    assert done.code == 0, done
    after = site.tokens.stats(token(number))["commands"]
    site.tokens.unplug(token(number))
    found = [(name, n) for name in COMMANDS
             for n in range(after.get(name, 0) - before.get(name, 0))]
    assert {name for name, _ in found} == set(COMMANDS), found
    return found


def failed(site, number, command, before, failure):
    kind, at = FAILURES[failure]
    site.tokens.plug(token(number))
    site.tokens.misbehave(token(number), kind, at=at, command=command,
                          skip=before)
    done = site.run(*words_for(site, number))
    what = (command, before, failure, str(done))
    assert done.err.strip() or done.code == 0, what
    site.tokens.clear(token(number))
    if site.tokens.stats(token(number))["plugged"]:
        site.tokens.unplug(token(number))
    site.tokens.plug(token(number))
    if done.code not in (0, 10):
        settle(site, number, what)
    assert readable(site, number), what
    assert site.journals() == [], what
    site.tokens.unplug(token(number))


def each_failure(site, pairs_of):
    commands = commands_of(site, 0)
    for number, (command, failure) in enumerate(pairs_of(commands), 1):
        failed(site, number, *command, failure)


def test_whatever_step_of_the_token_fails_its_pin_is_readable(keys):
    names = sorted(set(FAILURES) - {"silence"})
    each_failure(keys(40), lambda commands: [
        (c, names[n % len(names)]) for n, c in enumerate(commands)])


@pytest.mark.long
@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_of_every_step_of_the_token_is_survived(keys, failure):
    each_failure(keys(40), lambda commands: [(c, failure) for c in commands])


# ---- in a rollout ----

class PinSeries:
    """One user and key after the other, each with a plan of its own, whose
    holder can read one PIN."""

    def __init__(self, plan, users):
        self.site, _ = plan(users)
        self.pins = self.site.folder / "pins"
        self.pins.mkdir(mode=0o700)
        self.site.key, public = make_key(self.site.folder)
        for n in range(users):
            done = self.site.run("registry", "recipient", f"Person {n}",
                                 public)
            assert done.code == 0, done
        self.served = 0

    def next_words(self):
        number = self.served
        self.served += 1
        path = self.site.folder / f"plan{number}.csv"
        path.write_text(HEAD + row(number))
        self.site.tokens.plug(token(number))
        self.site.cards.wait_for_card(0)
        return number, ("rollout", path, "--initial-pins", self.pins)

    def take_out(self, number):
        self.site.tokens.unplug(token(number))
        self.site.cards.wait_for_no_card(0)

    def check(self, number, what):
        """The key has a PIN, which is the one in the file."""
        assert self.site.tokens.stats(token(number))["pin_set"], what
        file = self.pins / f"{serial(number)}.pin"
        pin = decrypt(self.site.key, file).strip()
        done = by_fd(self.site, "change", pin_fd=pin, new_pin_fd=pin + "1")
        assert done.code == 0, (what, str(done))
        self.take_out(number)
        assert self.site.journals() == [], what
        assert [p.name for p in self.pins.glob(f"*{serial(number)}*")] == [
            file.name], what

    def check_all(self):
        check_by_codes(self.site, range(self.served))


def killed_in_rollout(plan, moment, choose):
    series = PinSeries(plan, 20)
    for _ in range(2):
        number, words = series.next_words()
        points = points_of(series.site, *words)
        series.check(number, "undisturbed")
    labels = [point.label for point in points]
    assert labels[-5:] == ["state done", "pin intent", "pin sealed",
                           "pin pin-sent", "state done"], labels
    for point in choose(points[labels.index("state done"):]):
        number, words = series.next_words()
        assert killed_at(series.site, point.call(MOMENTS[moment]), *words)
        seen = last_labels(*series.site.journals(), *(
            s for s in states(series.site) if str(words[1]) in s.read_text()))
        what = (point.label, moment, seen)
        assert point.label in seen, what
        done = series.site.run(*words)   # with the key still plugged in
        assert done.code == 0, (what, str(done))
        assert "1 done (1 before)" in done.out, (what, str(done))
        series.check(number, what)
    series.check_all()


@strace
def test_a_rollout_killed_behind_a_line_of_a_pin_gives_the_pin(plan):
    killed_in_rollout(plan, "on the way", lambda points: points[:3])


@strace
@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_rollout_killed_behind_any_line_of_a_pin_gives_the_pin(plan, moment):
    killed_in_rollout(plan, moment, lambda points: points)


@pytest.mark.parametrize("failure", ["status", "unplugged afterwards"])
def test_a_pin_whose_answer_was_lost_is_owed_and_is_the_one_in_the_file(
        plan, failure):
    """The key has it, and nobody was told: the next run says so."""
    series = PinSeries(plan, 1)
    kind, at = FAILURES[failure]
    number, words = series.next_words()
    # key agreement is the first
    series.site.tokens.misbehave(token(0), kind, at=at, command="clientPIN",
                                 skip=1)
    _, said = ended(series.site, words[1], more=words[2:])
    assert series.site.tokens.stats(token(0))["pin_set"], said
    assert "it has no initial PIN" in said
    if series.site.tokens.stats(token(0))["plugged"]:
        series.take_out(0)
    series.site.tokens.plug(token(0))
    series.site.cards.wait_for_card(0)
    done = series.site.run(*words)
    assert done.code == 0 and "run that was broken off" in \
        done.err.replace("\n", " "), done
    series.check(number, done)


def test_a_pin_that_nobody_can_give_ends_the_run_as_incomplete(plan):
    series = PinSeries(plan, 1)
    number, words = series.next_words()
    series.pins.rmdir()
    done = series.site.run(*words)
    assert done.code == 10 and "pins   1 owed" in done.out, done
    assert len(assigned(series.site.iam, user(0))) == 1
    series.take_out(0)
    series.pins.mkdir(mode=0o700)
    session = Session(series.site, *words[1:])
    session.wait_for(f"Insert the key of {user(0)} (Person 0) with serial "
                     f"number {serial(0)} again")
    series.site.tokens.plug(token(0))
    key = session.line()["key"]
    assert (key["result"], key["user"]) == ("refused", user(0)), key
    code, summary, said = session.end()
    assert code == 0 and summary["pinsOwed"] == 0, said
    series.check(number, said)


def test_another_key_gets_nothing_where_only_a_pin_is_owed(plan):
    series = PinSeries(plan, 2)
    _, words = series.next_words()
    series.pins.rmdir()
    assert series.site.run(*words).code == 10
    series.take_out(0)
    series.pins.mkdir(mode=0o700)
    session = Session(series.site, *words[1:])
    session.wait_for("Insert the key of")
    key = session.key(1)
    assert key["result"] == "refused" and "no row waits for it" in key["text"]
    assert series.site.tokens.stats(token(1))["touch"]["used"] == 0
    code, summary, _ = session.end(interrupt=True)
    assert code == 10 and summary["pinsOwed"] == 1
