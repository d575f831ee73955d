# SPDX-License-Identifier: Apache-2.0
"""Hosts that have no registry: what the station publishes is installed there,
and lets the same people in, until it does so no more."""
import hashlib
import json
import os
import pathlib
import sqlite3
import stat
import subprocess

import pytest

from station import LIBEXEC, SUCCESS, UNBOUND
from broken_off import run_killed_at, strace
from test_pam_enroll import fingerprint, import_keys, sk_key, told_where

USER = "games"
KEYS = LIBEXEC / "tokenbridge-keys"


class Host:
    """A machine of its own as far as the program sees it: another system's
    file, no registry, and a place for login.db."""

    def __init__(self, at, name="host"):
        self.at = at
        self.folder = at.folder / name
        self.folder.mkdir(mode=0o755)
        self.login_db = self.folder / "login.db"
        self.config = self.folder / "tokenbridge.conf"
        self.config.write_text(f"registry = {self.folder}/registry.db\n"
                               f"login_db = {self.login_db}\n")
        self.config.chmod(0o644)

    def env(self):
        return self.at.env()

    def command(self, *words):
        return [*self.at.command(*words)[:-1], str(self.config)]

    def run(self, *words, code=0):
        """As the station's, but by the host's own settings."""
        here, self.at.config = self.at.config, self.config
        try:
            done = self.at.run(*words)
        finally:
            self.at.config = here
        assert done.code == code, done
        return done

    def install(self, file, *more, code=0):
        done = self.run("login", "install", file, "--json", *more, code=code)
        return done.json if code == 0 else done.err

    def keys(self, *words):
        """What sshd is told there."""
        there, self.at.login_db = self.at.login_db, self.login_db
        try:
            with told_where(self.at):
                done = subprocess.run([KEYS, *words], text=True,
                                      capture_output=True)
        finally:
            self.at.login_db = there
        assert done.returncode == 0, done
        return done.stdout

    def log_in(self, **more):
        there, self.at.login_db = self.at.login_db, self.login_db
        try:
            (self.at.pam / "tbtest").unlink(missing_ok=True)
            return self.at.log_in(USER, **more)
        finally:
            self.at.login_db = there

    def files(self):
        return {path.name: path.read_bytes()
                for path in self.folder.iterdir()}


def publish(at, name="hosts.login"):
    file = at.folder / name
    done = at.run("registry", "publish", "--output", file, "--json")
    assert done.code == 0, done
    return file, done


def key_of(at, seed):
    done = import_keys(at, sk_key(seed=seed))
    assert done.code == 0, done
    return sk_key(seed=seed)


@pytest.fixture
def pair(host):
    """A station where USER has a token and an ssh key, and a host."""
    at = host()
    key = key_of(at, 1)
    return at, Host(at), key


@pytest.fixture
def keys_only(station):
    """The same without a token."""
    station.make_registry()
    key_of(station, 1)
    return station, Host(station)


# ---- from the station to a login, and back ----

def test_who_is_enrolled_at_the_station_logs_in_at_the_host(pair):
    at, there, key = pair
    file, done = publish(at)
    said = done.json["published"]
    assert done.json["changed"] is True and said["groupMissing"] is False
    assert said["path"] == str(file)
    assert said["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (f"sudo tokenbridge login install hosts.login --sha256 "
            f"{said['sha256']}") in done.err
    assert said["users"] == said["loginCredentials"] == said["sshKeys"] == 1
    told = there.install(file, "--sha256", said["sha256"])
    assert told["changed"] and told["installed"]["before"] is None
    assert told["installed"]["generation"] == said["generation"]
    assert told["installed"]["station"] == said["station"]
    assert there.log_in().result == SUCCESS
    assert there.keys(USER, fingerprint(key)) == key + "\n"
    # by the station's counter it would be a copy of the key, by this one not
    assert there.log_in().result == SUCCESS
    rows = there.run("doctor", "login", "--json", "--pam-dir", at.pam,
                     "--login-db", there.login_db)
    rows = [r for r in json.loads(rows.out)["checks"]
            if r["check"] == "login-db" and str(there.login_db) in
            r["subject"]]
    assert f"from generation {said['generation']}" in str(rows)

    at.revoke(USER)
    assert there.log_in().result == SUCCESS  # nobody has told this host yet
    file, done = publish(at)
    told = there.install(file)
    assert told["changed"]
    assert told["installed"]["before"]["generation"] == said["generation"]
    assert there.log_in().why == UNBOUND
    assert there.keys(USER) == ""


def test_the_file_tells_no_more_than_a_host_needs(pair):
    at, there, _ = pair
    file, _ = publish(at)
    data = file.read_bytes()
    for word in (b"12345678", b"arn:", b"holder", os.uname().nodename.encode(),
                 at.show()[0]["id"].encode()):
        assert word not in data, word
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(file.parent.glob("hosts.login?*"))
    # neither does it take slots of the station's counters
    head, digest = data[:data.rindex(b"end\t")], data.split(b"end\t")[-1]
    assert hashlib.sha256(head).hexdigest() == digest.decode().strip()


def test_publishing_for_hosts_leaves_the_stations_own_alone(pair):
    at, *_ = pair
    before = at.login_db.stat().st_ino
    publish(at)
    assert at.login_db.stat().st_ino == before
    done = at.run("registry", "publish", "--output", "x", "--login-db", "y")
    assert done.code == 2 and "does not go with" in done.err, done


# ---- what the host keeps ----

def test_counters_of_the_host_stay_and_never_fall(pair):
    at, there, _ = pair
    there.install(publish(at)[0])
    counters = pathlib.Path(f"{there.login_db}.counters")
    assert there.log_in().result == SUCCESS
    before = counters.read_bytes()
    key_of(at, 2)                      # something new to publish
    assert there.install(publish(at)[0])["changed"]
    assert counters.read_bytes() == before
    assert there.log_in().result == SUCCESS


def test_the_same_file_again_changes_nothing(keys_only):
    at, there = keys_only
    file, _ = publish(at)
    assert there.install(file)["changed"] is True
    before = there.login_db.stat()
    told = there.install(file)
    assert told["changed"] is False and told["dryRun"] is False
    assert there.login_db.stat() == before
    done = there.run("login", "install", file)
    assert "Nothing to do" in done.err and done.out == ""


def test_a_dry_run_says_what_would_be_and_changes_nothing(keys_only):
    at, there = keys_only
    file, _ = publish(at)
    before = there.files()
    told = there.install(file, "--dry-run")
    assert told["changed"] is True and told["dryRun"] is True
    assert there.files() == before
    there.install(file)
    assert there.install(file, "--dry-run")["changed"] is False


def test_login_db_is_as_publishing_makes_it(keys_only):
    at, there = keys_only
    there.install(publish(at)[0])
    ours, theirs = there.login_db.stat(), at.login_db.stat()
    assert (ours.st_mode, ours.st_uid, ours.st_gid) == \
        (theirs.st_mode, theirs.st_uid, theirs.st_gid)
    counters = pathlib.Path(f"{there.login_db}.counters").stat()
    assert stat.S_IMODE(counters.st_mode) == 0o600


# ---- what is refused ----

def refused(there, file, *more, code=6):
    """Nothing is changed by it."""
    before = there.files()
    said = there.install(file, *more, code=code)
    assert there.files() == before
    return said


def test_an_older_file_is_refused_with_both_generations(keys_only):
    at, there = keys_only
    old, first = publish(at, "old")
    key_of(at, 2)
    new, second = publish(at, "new")
    there.install(new)
    said = refused(there, old)
    for done in (first, second):
        assert f"generation {done.json['published']['generation']} " in said
    assert "Publish anew at the station" in said
    assert len(there.keys(USER).splitlines()) == 2


def test_another_registrys_file_is_refused_until_it_is_named(keys_only):
    at, there = keys_only
    there.install(publish(at)[0])
    at.registry.unlink()
    at.make_registry()
    key_of(at, 3)
    file, done = publish(at, "other")
    station = done.json["published"]["station"]
    assert f"add --station {station}" in " ".join(
        refused(there, file).split())
    refused(there, file, "--station", "0" * 32)
    assert there.install(file, "--station", station)["changed"]
    assert there.keys(USER) == sk_key(seed=3) + "\n"


def test_a_wrong_hash_is_refused(keys_only):
    at, there = keys_only
    file, done = publish(at)
    said = refused(there, file, "--sha256", "0" * 64, code=1)
    assert done.json["published"]["sha256"] in said


@pytest.mark.parametrize("change,words", [
    (lambda d: d[:-1], "in the middle"),
    (lambda d: d[:200], "line "),
    (lambda d: d.replace(b"ssh-key\t", b"ssh-key\t\x1b", 1), "line 7"),
    (lambda d: d.replace(b"generation\t", b"generation\t1"), "line "),
    (lambda d: b"SQLite format 3\0" + bytes(4096), "begins otherwise"),
    (lambda d: d.replace(b"-login 1", b"-login 2"), "version 2"),
    (lambda d: b"", "begins otherwise")])
def test_a_hostile_file_changes_nothing(keys_only, change, words):
    at, there = keys_only
    there.install(publish(at)[0])
    key_of(at, 2)
    file, _ = publish(at)
    file.write_bytes(change(file.read_bytes()))
    assert words in refused(there, file, code=1)


def test_an_option_of_ssh_gets_in_by_no_digest(keys_only):
    """Who can make a whole file still cannot make sshd run a command."""
    at, there = keys_only
    file, _ = publish(at)
    data = file.read_bytes().replace(b"\tsk-", b'\tcommand="id" sk-', 1)
    data = data[:data.rindex(b"end\t")]
    file.write_bytes(data + b"end\t" +
                     hashlib.sha256(data).hexdigest().encode() + b"\n")
    assert "line 7" in refused(there, file, code=1)


def test_a_damaged_login_db_is_moved_away_by_a_person(keys_only):
    at, there = keys_only
    file, _ = publish(at)
    there.install(file)
    there.login_db.write_bytes(b"x" * 4096)
    said = refused(there, file, code=1)
    assert "nobody knows whether" in said and "move it away" in said
    there.login_db.rename(there.folder / "away")
    assert there.install(file)["changed"]


def test_who_is_not_root_is_told_so(keys_only, another):
    at, there = keys_only
    file, _ = publish(at)
    file.chmod(0o644)
    at.folder.chmod(0o755)
    done = subprocess.run(
        there.command("login", "install", file), text=True,
        capture_output=True, cwd="/", env={"PATH": os.environ["PATH"]},
        **another)
    assert done.returncode == 1 and "Permission denied" in done.stderr, done
    assert not there.login_db.exists()


# ---- killed ----

def generation_of(there):
    db = sqlite3.connect(f"file:{there.login_db}?immutable=1", uri=True)
    try:
        return db.execute("SELECT generation FROM made").fetchone()[0]
    finally:
        db.close()


@strace
@pytest.mark.parametrize("call,every,least", [
    ("fsync", 1, 2), ("fdatasync", 1, 0), ("rename", 1, 1),
    ("unlink", 1, 1), ("pwrite64", 3, 4), ("openat", 9, 30)])
def test_killed_anywhere_the_old_or_the_new_is_there(pair, call, every, least):
    at, there, _ = pair
    old, _ = publish(at, "old")
    key_of(at, 2)
    new, done = publish(at, "new")
    generation = done.json["published"]["generation"]
    number = 1
    while True:
        for path in there.folder.glob("login.db*"):
            path.unlink()
        there.install(old)
        before = generation_of(there)
        if not run_killed_at(there, call, number, "login", "install", new):
            break
        found = generation_of(there)
        assert found in (before, generation)
        assert len(there.keys(USER).splitlines()) == \
            (2 if found == generation else 1)
        assert there.install(new)["changed"] is (found == before)
        assert not there.install(new)["changed"]
        assert sorted(path.name for path in there.folder.iterdir()) == [
            "login.db", "login.db.counters", "tokenbridge.conf"]
        number += every
    assert number > least
    assert there.log_in().result == SUCCESS
