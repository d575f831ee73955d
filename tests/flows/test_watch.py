# SPDX-License-Identifier: Apache-2.0
"""watch: one line for each key that is plugged in or out."""
import itertools
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

import pytest

from conftest import PROGRAM, YK
from dialect import check_object
from test_list import (by_node, hold, ordinary,  # noqa: F401
                       remove_fido_interface)

SECOND = {"profile": "yubikey5", "serial": 87654321}
SOLO = {"profile": "solo"}
SOON = 10           # a line that must come
QUIET = 2.2         # longer than whatever a watch waits by itself


class Watch:
    """A running `watch --json` and its lines."""

    def __init__(self, site, *options, text=False, command=None, **more):
        words = [] if text else ["--json"]
        self.text = text
        self.process = site.start("watch", *words, *options, **more)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def line(self, timeout=SOON):
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            pytest.fail(f"no line came; it ended with {self.end()}")
        return line if self.text else check_object("watch",
                                                   json.loads(line))

    def until_ready(self):
        """What was there already."""
        there = []
        while True:
            line = self.line()
            if line["event"] == "ready":
                return there
            assert line["event"] == "present", line
            there.append(line)

    def nothing(self, seconds=QUIET):
        try:
            pytest.fail(f"came: {self.lines.get(timeout=seconds)}")
        except queue.Empty:
            assert self.process.poll() is None

    def end(self, signo=signal.SIGTERM):
        """(exit code, what it said on standard error)"""
        if self.process.poll() is None and signo:
            self.process.send_signal(signo)
        self.process.wait(10)
        self.reader.join(10)
        err = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert "AddressSanitizer" not in err and "runtime error" not in err
        return self.process.returncode, err


@pytest.fixture
def watch(site):
    """watch(option, ...): begun, and over what is there already."""
    running = []

    def begin(*options, ready=True, **more):
        one = Watch(site, *options, **more)
        running.append(one)
        if ready:
            one.there = one.until_ready()
        return one
    yield begin
    for one in running:
        if not one.process.stdout.closed:
            one.end()


def of(item):
    """The members that `list` has, too."""
    return {name: value for name, value in item.items()
            if name not in ("version", "event", "time", "key", "registry")}


def listed(site):
    return {token["node"]: token
            for token in site.run("list", "--json").json["tokens"]}


# ---- what a line says ----

def test_what_is_there_comes_first_as_list_has_it(site, watch):
    site.plug(YK, SOLO, cards=False)
    seen = watch()
    assert {line["node"]: of(line) for line in seen.there} == listed(site)
    assert [line["version"] for line in seen.there] == [1, 1]
    seen.nothing()


def test_plug_and_unplug_are_one_line_each_with_one_key(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    assert seen.there == []
    tokens.plug("a")
    added = seen.line()
    assert added["event"] == "add" and added["serial"] == 12345678
    assert of(added) == listed(site)[tokens.hidraw("a")]
    assert time.strptime(added["time"], "%Y-%m-%dT%H:%M:%SZ")
    tokens.unplug("a")
    removed = seen.line()
    assert removed["event"] == "remove"
    assert (removed["key"], of(removed)) == (added["key"], of(added))
    seen.nothing()


def test_a_replug_is_a_remove_and_an_add(site, watch):
    tokens = site.plug(YK, cards=False)
    seen = watch()
    tokens.replug("a")
    assert [seen.line()["event"] for _ in range(2)] == ["remove", "add"]
    seen.nothing()


def test_a_change_of_nothing_is_no_line(site, watch):
    tokens = site.plug(YK, cards=False)
    seen = watch()
    before = tokens.stats("a")["commands"]
    for action in ("change", "remove", "add", "bind", "unbind"):
        tokens.event("a", action)
    seen.nothing()
    assert tokens.stats("a")["commands"] == before


def otp_node(tokens, name):
    """(link to the keyboard's hidraw device in sysfs, where it leads)"""
    number = pathlib.Path(tokens.tokens[name]["otp_hidraw"]).name
    link = pathlib.Path(tokens.umockdev_dir, "sys/class/hidraw", number)
    return link, os.readlink(link)


def test_a_keyboard_node_that_goes_and_comes_is_no_line(site, watch):
    """As it does when libykpers takes the keyboard from the kernel."""
    tokens = site.plug(YK, cards=False)
    seen = watch()
    link, target = otp_node(tokens, "a")
    link.unlink()
    tokens.event("a", "remove")
    seen.nothing()
    link.symlink_to(target)
    tokens.event("a", "add")
    seen.nothing()
    assert [line["event"] for line in seen.there] == ["present"]
    tokens.unplug("a")
    assert seen.line()["event"] == "remove"


def test_events_that_do_not_end_are_not_waited_for(site, watch):
    tokens = site.plug(SOLO, {**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.plug("b")
    begun = time.monotonic()
    while seen.lines.empty() and time.monotonic() < begun + 5:
        tokens.event("a", "change")
        time.sleep(0.05)
    assert seen.line()["serial"] == 12345678
    assert time.monotonic() < begun + 3


def test_in_words_for_people(site, watch):
    tokens = site.plug(YK, {**SOLO, "unplugged": True}, cards=False)
    seen = watch(text=True, ready=False)
    line = seen.line()
    assert "  present  " in line and "Z  " in line, line
    for words in (tokens.hidraw("a"), "YubiKey", ", serial 12345678",
                  ", firmware 5.7.4"):
        assert words in line
    while not seen.lines.empty() or time.monotonic() % 1 > 0.5:
        time.sleep(0.05)
    tokens.plug("b")
    assert "  add      " in seen.line()
    tokens.unplug("b")
    assert "  remove   " in seen.line()


# ---- what cannot be used, and why ----

def test_access_that_comes_late_is_waited_for(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.plug("a")
    tokens.permission("a", "deny")
    time.sleep(0.8)
    assert seen.lines.empty()
    tokens.permission("a", "ok")
    line = seen.line()
    assert (line["event"], line["status"]) == ("add", "usable")
    seen.nothing()


def test_access_that_does_not_come_is_said_and_when_it_comes_too(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.plug("a")
    tokens.permission("a", "deny")
    line = seen.line()
    assert (line["event"], line["status"]) == ("add", "no-permission")
    assert line["problem"].startswith("no permission to open")
    seen.nothing()      # it is tried again, and nothing is new
    tokens.permission("a", "ok")
    again = seen.line()
    assert (again["event"], again["status"]) == ("change", "usable")
    assert (again["key"], again["serial"]) == (line["key"], 12345678)
    seen.nothing()


def test_a_holder_is_named_and_when_he_lets_go_the_token_is_asked(
        site, watch, hold):
    tokens = site.plug(YK, cards=False)
    holder = hold(tokens, "a")
    seen = watch()
    line, = seen.there
    assert line["status"] == "held" and f"(pid {holder.pid})" in \
        line["problem"]
    assert line["serial"] is None
    holder.stdin.close()
    holder.wait()
    line = seen.line()
    assert (line["event"], line["serial"]) == ("change", 12345678)


def test_a_token_that_does_not_answer_is_said_and_others_go_on(site, watch):
    tokens = site.plug({**YK, "unplugged": True},
                       {**SOLO, "unplugged": True}, cards=False)
    seen = watch()
    tokens.misbehave("a", "silence", count=-1, command="getInfo")
    tokens.plug("a")
    line = seen.line()
    assert "did not answer in time" in line["problem"]
    tokens.plug("b")
    assert seen.line()["node"] == tokens.hidraw("b")
    tokens.unplug("a")
    assert seen.line()["event"] == "remove"


def test_a_key_pulled_out_while_it_is_asked_never_was_there(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.misbehave("a", "unplug-on-command", command="getInfo")
    tokens.plug("a")
    seen.nothing(4)


def test_a_yubikey_with_fido_off_is_one_line_with_what_to_do(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.plug("a")
    remove_fido_interface(tokens, "a")
    line = seen.line()
    assert (line["event"], line["status"]) == ("add", "no-fido")
    assert "ykman config usb" in line["problem"]


def test_a_keyboard_of_another_vendor_is_no_line(site, watch):
    tokens = site.plug({**SOLO, "otp": True, "unplugged": True}, cards=False)
    seen = watch()
    tokens.plug("a")
    remove_fido_interface(tokens, "a")
    tokens.event("a", "change")
    seen.nothing()


# ---- several keys, in every order ----

KEYS = {"a": YK, "b": SECOND, "c": SOLO}
ORDERS = list(itertools.permutations(KEYS))


def right(site, tokens, there):
    """`list` has exactly these."""
    assert set(listed(site)) == {tokens.hidraw(name) for name in there}


@pytest.fixture
def three(site, watch):
    tokens = site.plug(*({**key, "unplugged": True}
                         for key in KEYS.values()), cards=False)
    return tokens, watch()


def test_keys_plugged_and_unplugged_one_by_one_in_every_order(site, three):
    tokens, seen = three
    for plug, unplug in zip(ORDERS, ORDERS[1:] + ORDERS[:1]):
        there, keys = set(), {}
        for name in plug:
            tokens.plug(name)
            line = seen.line()
            assert line["event"] == "add"
            assert line.get("serial") == KEYS[name].get("serial")
            assert line["node"] == tokens.hidraw(name)
            there.add(name)
            keys[name] = line["key"]
            right(site, tokens, there)
        assert len(set(keys.values())) == 3
        for name in unplug:
            tokens.unplug(name)
            line = seen.line()
            assert (line["event"], line["key"]) == ("remove", keys[name])
            there.remove(name)
            right(site, tokens, there)
    seen.nothing()


@pytest.mark.parametrize("plug", ORDERS, ids="".join)
def test_keys_plugged_and_unplugged_all_at_once_in_every_order(
        site, three, plug):
    tokens, seen = three
    for unplug in ORDERS:
        for name in plug:
            tokens.plug(name)
        lines = [seen.line() for _ in KEYS]
        assert {line["event"] for line in lines} == {"add"}
        assert {line.get("serial") for line in lines} == {
            12345678, 87654321, None}
        right(site, tokens, KEYS)
        for name in unplug:
            tokens.unplug(name)
        gone = [seen.line() for _ in KEYS]
        assert {line["event"] for line in gone} == {"remove"}
        assert {line["key"] for line in gone} == {
            line["key"] for line in lines}
    right(site, tokens, ())
    seen.nothing()


def test_one_key_out_and_another_in_at_once(site, three):
    tokens, seen = three
    tokens.plug("a")
    first = seen.line()
    tokens.unplug("a")
    tokens.plug("b")
    removed, added = seen.line(), seen.line()
    assert (removed["event"], removed["key"]) == ("remove", first["key"])
    assert (added["event"], added["serial"]) == ("add", 87654321)
    seen.nothing()


# ---- how it ends ----

@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM,
                                   signal.SIGHUP])
def test_a_signal_ends_it_with_130(site, watch, signo):
    site.plug(YK, cards=False)
    code, err = watch().end(signo)
    assert code == 130 and "interrupted" in err


def test_a_signal_while_a_token_is_silent_ends_it_at_once(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    tokens.misbehave("a", "silence", count=-1, command="getInfo")
    tokens.plug("a")
    tokens.wait("a", "getInfo")
    begun = time.monotonic()
    assert seen.end()[0] == 130
    assert time.monotonic() < begun + 1


def test_a_reader_that_goes_away_ends_it_quietly(site):
    tokens = site.plug(YK, cards=False)
    process = site.start("watch", "--json")
    assert json.loads(process.stdout.readline())["event"] == "present"
    process.stdout.close()
    process.wait(5)
    assert process.returncode == 0
    assert "cannot write" not in process.stderr.read()
    process.stderr.close()
    assert tokens.stats("a")["plugged"]


def test_a_full_disk_is_an_error(site):
    site.plug(YK, cards=False)
    with open("/dev/full", "w") as full:
        done = subprocess.run(site.command("watch", "--once"),
                              env=site.env(), stdout=full, text=True,
                              stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 1
    assert "cannot write to standard output" in done.stderr


def test_a_reader_that_has_stopped_reading_does_not_keep_it(site):
    """Nobody takes what it prints; a signal ends it all the same."""
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    try:
        while True:
            os.write(theirs, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(theirs, True)
    process = subprocess.Popen(site.command("watch", "--json"),
                               env=site.env(), stdout=theirs,
                               stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    tokens.plug("a")
    time.sleep(1)
    process.terminate()
    assert process.wait(5) == 130
    process.stderr.close()
    os.close(ours)
    os.close(theirs)


# ---- what it leaves alone ----

def test_it_asks_only_what_list_asks_and_leaves_no_lock(site, watch):
    tokens = site.plug({**YK, "unplugged": True}, cards=False)
    seen = watch()
    before = tokens.stats("a")["commands"]
    tokens.plug("a")
    seen.line()
    seen.nothing()
    after = tokens.stats("a")["commands"]
    asked = {kind: after[kind] - before.get(kind, 0) for kind in after
             if after[kind] != before.get(kind, 0)}
    assert set(asked) == {"INIT", "READ_CONFIG", "getInfo"}
    site.run("list")
    once = {kind: n - after[kind] for kind, n in
            tokens.stats("a")["commands"].items() if n != after[kind]}
    assert asked == once
    assert tokens.stats("a")["touch"]["used"] == 0
    assert by_node(site)[tokens.hidraw("a")]["status"] == "usable"


# ---- a choice of tokens ----

def test_once_shows_what_is_there_and_ends(site):
    site.plug(YK, SOLO, cards=False)
    done = site.run("watch", "--once", "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [line["event"] for line in lines] == ["present", "present"]
    assert {line["node"]: of(line) for line in lines} == listed(site)


def test_once_without_a_token_says_nothing_and_is_no_error(site):
    site.plug({**YK, "unplugged": True}, cards=False)
    done = site.run("watch", "--once")
    assert (done.code, done.out) == (0, "")


def test_once_without_the_token_that_is_named_ends_with_4(site):
    tokens = site.plug(YK, cards=False)
    done = site.run("watch", "--once", "--token", "87654321")
    assert (done.code, done.out) == (4, "") and "87654321" in done.err
    for name in ("12345678", tokens.hidraw("a")):
        done = site.run("watch", "--once", "--token", name)
        assert done.code == 0 and len(done.out.splitlines()) == 1


def test_only_the_token_that_is_named_is_followed(site, watch):
    tokens = site.plug({**YK, "unplugged": True},
                       {**SECOND, "unplugged": True}, cards=False)
    seen = watch("--token", "87654321")
    tokens.plug("a")
    tokens.plug("b")
    assert seen.line()["serial"] == 87654321
    tokens.unplug("a")
    tokens.unplug("b")
    line = seen.line()
    assert (line["event"], line["serial"]) == ("remove", 87654321)
    seen.nothing()


# ---- the registry ----

@pytest.fixture
def known(bench, site):
    """Key `a` has a row with label and holder."""
    tokens = bench(YK, SECOND, SOLO)
    done = site.run("verify", "--record", "--label", "blue", "--token",
                    tokens.hidraw("a"))
    assert done.code == 0, done
    return tokens


def test_a_row_of_the_registry_is_found_by_serial_number(site, known, watch):
    there = {line["node"]: line for line in watch().there}
    row = there[known.hidraw("a")]["registry"]
    assert row["id"] == site.show()[0]["id"]
    assert (row["label"], row["foundBy"]) == ("blue", "serial")
    assert row["state"] == site.show()[0]["state"]
    assert there[known.hidraw("b")]["registry"]["rows"] == 0
    assert there[known.hidraw("c")]["registry"] is None  # it has no serial


def test_a_label_chooses_a_token(site, known):
    done = site.run("watch", "--once", "--token", "blue", "--json")
    line, = map(json.loads, done.out.splitlines())
    assert line["node"] == known.hidraw("a")


def test_registered_tells_by_its_exit_status(site, known):
    for name, code in (("a", 0), ("b", 4), ("c", 4)):
        done = site.run("watch", "--once", "--registered", "--token",
                        known.hidraw(name))
        assert done.code == code, done
        assert (done.out == "") == (code != 0)
    done = site.run("watch", "--once", "--registered", "--json")
    assert len(done.out.splitlines()) == 1


def test_a_row_that_is_written_while_it_watches_counts(site, known, watch):
    seen = watch("--registered")
    assert [line["serial"] for line in seen.there] == [12345678]
    known.unplug("b")
    done = site.run("verify", "--record", "--token", "12345678")
    assert done.code == 0, done
    known.plug("b")
    seen.nothing()
    done = site.run("verify", "--record", "--token", "87654321")
    assert done.code == 0, done
    known.replug("b")
    assert seen.line()["serial"] == 87654321


def test_a_registry_that_is_not_there_is_said_and_watch_goes_on(site, watch):
    site.plug(YK, cards=False)
    seen = watch()
    assert seen.there[0]["registry"] is None
    assert str(site.registry) in seen.end()[1]
    done = site.run("watch", "--once", "--registered")
    assert done.code == 1 and str(site.registry) in done.err
    done = site.run("watch", "--once", "--registry", site.folder / "no.db")
    assert done.code == 1 and done.out == ""


def test_a_damaged_registry_lets_nobody_in(site, known):
    data = bytearray(site.registry.read_bytes())
    data[4096:8192] = bytes(4096)
    site.registry.write_bytes(data)
    done = site.run("watch", "--once", "--registered")
    assert done.code not in (0, 4) and done.out == "", done
