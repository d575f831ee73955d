# SPDX-License-Identifier: Apache-2.0
"""registry: the command, on a record that verify --record made."""
import contextlib
import fcntl
import hashlib
import json
import os
import re
import sqlite3
import stat
import subprocess

import pytest

SERIALS = 12345678, 87654321
HEAD = re.compile(r"[0-9a-f]{32}:\d+:[0-9a-f]{64}")


def registry(site, *arguments, **more):
    return site.run("registry", *map(str, arguments), **more)


def head(text):
    found = HEAD.search(text)
    assert found, text
    return found.group()


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def recorded(site, serial, label=None):
    done = site.run("verify", "--record", "-v", "-t", serial,
                    *(("--label", label) if label else ()))
    assert done.code == 0, done
    return head(done.err)


@pytest.fixture
def ledger(site):
    """A site whose registry knows two tokens."""
    site.plug(*({"profile": "yubikey5", "serial": s} for s in SERIALS),
              cards=False)
    site.trust_vendor()
    site.make_registry()
    recorded(site, SERIALS[0], "alice's key")
    recorded(site, SERIALS[1])
    return site


def events(site):
    done = registry(site, "log", "--json")
    assert done.code == 0, done
    return [json.loads(line) for line in done.out.splitlines()]


# ---- init ----

def test_init_makes_a_private_file_and_shows_station_and_head(site):
    done = registry(site, "init")
    assert done.code == 0 and done.out == "", done
    assert mode(site.registry) == 0o600
    assert head(done.err).split(":")[1] == "0"
    assert "rehearsal" not in done.err
    assert registry(site, "show", "--json").json["rehearsal"] is False


def test_init_makes_missing_folders_private(site):
    path = site.folder / "new" / "deep" / "registry.db"
    assert registry(site, "init", "--registry", path).code == 0
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


def test_a_second_init_is_refused_and_changes_nothing(ledger):
    before = sha(ledger.registry)
    for more in ((), ("--rehearsal",)):
        done = registry(ledger, "init", *more)
        assert done.code == 1 and str(ledger.registry) in done.err, done
    assert sha(ledger.registry) == before


def test_init_does_not_write_through_a_link_or_over_another_file(site):
    site.registry.symlink_to(site.folder / "elsewhere")
    assert registry(site, "init").code == 1
    assert not (site.folder / "elsewhere").exists()
    site.registry.unlink()
    site.registry.write_text("a letter")
    assert registry(site, "init").code == 1
    assert site.registry.read_text() == "a letter"


def test_the_mark_of_a_rehearsal_is_in_event_0_and_shown(site):
    done = registry(site, "init", "--rehearsal")
    assert "rehearsal registry" in done.err
    assert registry(site, "show", "--json").json["rehearsal"] is True
    first, = events(site)
    assert first["type"] == "registry.init"
    assert first["body"]["rehearsal"] is True


# ---- show ----

def test_show_finds_a_token_by_id_beginning_of_id_label_and_serial(ledger):
    rows = {row["label"]: row for row in ledger.show()}
    first, second = rows["alice's key"], rows[None]
    for name, row in ((first["id"], first), (first["id"][:8], first),
                      ("alice's key", first), (SERIALS[0], first),
                      (SERIALS[1], second), (second["id"][:4], second)):
        done = registry(ledger, "show", name, "--json")
        assert done.code == 0, done
        shown = done.json["tokens"]
        assert row["id"] in [t["id"] for t in shown]
        assert len(shown) == 1 or name == second["id"][:4]


def test_show_names_what_it_does_not_find(ledger):
    for name in ("99", "bob's key", "ffffffffffff", "", "%", "a' or '1'='1"):
        done = registry(ledger, "show", name)
        assert done.code == 1 and done.out == "", done
        assert f"'{name}'" in done.err


def test_show_as_text_has_one_row_for_each_token(ledger):
    lines = registry(ledger, "show").out.splitlines()
    assert lines[0].split() == ["ID", "LABEL", "STATE", "HOLDER", "SERIAL",
                                "MODEL", "BINDINGS", "VERDICT"]
    assert len(lines) == 3
    row, = [line for line in lines if "12345678" in line]
    assert "alice's key" in row and "stock" in row


def test_identifiers_say_what_they_rest_on(ledger):
    row = registry(ledger, "show", SERIALS[0], "--json").json["tokens"][0]
    basis = {i["kind"]: i["basis"] for i in row["identifiers"]}
    assert basis["serial"] == "self-reported"
    assert basis["aaguid"] == basis["attestation-cert"] == "attested"
    assert row["firmwareSigned"] is True and row["credentialCount"] == 1


# ---- log ----

def test_the_log_has_every_event_in_order_with_its_chain_number(ledger):
    shown = events(ledger)
    assert [e["seq"] for e in shown] == list(range(len(shown)))
    assert [e["type"] for e in shown] == ["registry.init"] + [
        "token.added", "credential.added", "token.verified"] * 2
    lines = registry(ledger, "log", "--columns",
                     "seq,type").out.splitlines()[1:]
    assert [line.split() for line in lines] == [
        [str(e["seq"]), e["type"]] for e in shown]


def test_the_chain_can_be_computed_by_somebody_else(ledger):
    """Hash = SHA-256(previous hash, zeros at first, and the blob)."""
    done = registry(ledger, "log", "--json")
    value = bytes(32)
    for blob in done.out.splitlines():
        value = hashlib.sha256(value + blob.encode()).digest()
    verified = registry(ledger, "log", "--verify", "--json").json
    assert verified["head"].split(":")[2] == value.hex()
    assert verified["good"] is True
    assert verified["eventCount"] == 7 and verified["evidenceCount"] == 2


def test_events_name_no_person_label_or_ticket(ledger):
    done = ledger.run("verify", "--record", "-t", SERIALS[0], "--label",
                      "bob's key", "--ticket", "CHG-1234")
    assert done.code == 0, done
    text = registry(ledger, "log", "--json").out
    for word in ("alice", "bob", "CHG-1234", os.uname().nodename):
        assert f'"{word}' not in text and f"{word}'" not in text
    assert registry(ledger, "show", "bob's key").code == 0


def test_a_head_that_was_written_down_still_holds_later(ledger):
    early = recorded(ledger, SERIALS[0])
    recorded(ledger, SERIALS[0])
    late = head(registry(ledger, "log", "--verify").out)
    assert early != late
    for text in (early, late):
        done = registry(ledger, "log", "--verify", "--head", text)
        assert done.code == 0, done


def test_a_head_that_does_not_hold_says_that_the_chain_was_rewritten(ledger):
    now = head(registry(ledger, "log", "--verify").out)
    stream, seq, value = now.split(":")
    other = ("0" if value[0] != "0" else "1") + value[1:]
    for text in (f"{stream}:{seq}:{other}", f"{stream}:{int(seq) + 5}:{value}",
                 f"{'0' * 32}:{seq}:{value}"):
        done = registry(ledger, "log", "--verify", "--head", text)
        assert done.code == 1, done
        assert "tokenbridge: " in done.err
    for text in ("", "x", now + "0", f"{stream}:-1:{value}"):
        assert registry(ledger, "log", "--verify", f"--head={text}").code == 2


def test_an_older_copy_put_back_is_found_by_a_later_head(ledger):
    old = ledger.registry.read_bytes()
    later = recorded(ledger, SERIALS[0])
    ledger.registry.write_bytes(old)
    assert registry(ledger, "log", "--verify").code == 0
    done = registry(ledger, "log", "--verify", "--head", later)
    assert done.code == 1, done


def test_head_goes_with_verify_only(ledger):
    assert registry(ledger, "log", "--head", "x").code == 2


# ---- tampering ----

def test_a_changed_byte_in_an_event_is_found_and_the_file_left_alone(ledger):
    good = ledger.registry.read_bytes()
    for found in re.finditer(rb'"type":"(token|credential)\.', good):
        for at in (found.start() + 9, found.end() + 40):
            bad = bytearray(good)
            bad[at] ^= 1
            ledger.registry.write_bytes(bad)
            done = registry(ledger, "log", "--verify")
            assert done.code == 1, (at, done)
            assert ledger.registry.read_bytes() == bytes(bad)
    ledger.registry.write_bytes(good)
    assert registry(ledger, "log", "--verify").code == 0


def alter(ledger, statement):
    """As somebody who can write the file but not the chain."""
    with contextlib.closing(sqlite3.connect(ledger.registry)) as db:
        before = db.total_changes
        db.execute(statement)
        assert db.total_changes > before
        db.commit()


def tables(ledger):
    with contextlib.closing(sqlite3.connect(ledger.registry)) as db:
        return {name: [row[1] for row in db.execute(
            f"pragma table_info({name})")] for name, in db.execute(
                "select name from sqlite_master where type = 'table'")}


def test_removing_the_last_event_is_found_by_its_projections_or_the_head(
        ledger):
    late = head(registry(ledger, "log", "--verify").out)
    name, = [t for t, columns in tables(ledger).items()
             if {"stream", "seq", "blob"} <= set(columns)
             or {"stream", "seq", "hash"} <= set(columns)][:1]
    alter(ledger, f"delete from {name} where seq = "
          f"(select max(seq) from {name})")
    done = registry(ledger, "log", "--verify", "--head", late)
    assert done.code == 1, done


def test_a_changed_projection_is_found(ledger):
    name, column = next(
        (t, c) for t, columns in tables(ledger).items() for c in columns
        if c == "state")
    alter(ledger, f"update {name} set {column} = 4")
    done = registry(ledger, "log", "--verify")
    assert done.code == 1, done


@pytest.mark.parametrize("damage", ["truncated", "zero-header", "empty",
                                    "text", "zero-page", "half"])
def test_a_damaged_file_is_exit_1_with_the_remedy_and_stays_as_it_is(ledger,
                                                                     damage):
    good = ledger.registry.read_bytes()
    bad = {"truncated": good[:-4096], "zero-header": bytes(100) + good[100:],
           "empty": b"", "text": b"not a database\n" * 400,
           "zero-page": good[:4096] + bytes(4096) + good[8192:],
           "half": good[:len(good) // 2 + 100]}[damage]
    ledger.registry.write_bytes(bad)
    for command in (("show",), ("log",), ("log", "--verify"),
                    ("backup", ledger.folder / "b.db")):
        done = registry(ledger, *command)
        assert done.code == 1, (command, done)
        assert str(ledger.registry) in done.err, (command, done)
    done = ledger.run("verify", "--record", "-t", SERIALS[0])
    assert done.code == 1, done
    assert ledger.registry.read_bytes() == bad
    assert [p.name for p in ledger.registry.parent.iterdir()] == [
        ledger.registry.name]
    assert not (ledger.folder / "b.db").exists()


# ---- backup and restore ----

def test_a_backup_is_a_whole_private_registry_of_its_own(ledger):
    path = ledger.folder / "last.backup"
    done = registry(ledger, "backup", path)
    assert done.code == 0 and mode(path) == 0o600
    want = head(registry(ledger, "log", "--verify").out)
    assert head(done.err) == want
    other = registry(ledger, "log", "--verify", "--registry", path)
    assert other.code == 0 and head(other.out) == want
    shown = registry(ledger, "show", "--json", "--registry", path).json
    assert shown["tokens"] == ledger.show()


def test_what_was_made_copied_and_restored_is_told_in_json(ledger):
    folder = ledger.folder
    new, copy, back = folder / "new.db", folder / "copy", folder / "back.db"
    done = registry(ledger, "init", "--rehearsal", "--registry", new, "--json")
    made = done.json["made"]
    assert done.json["changed"] is True and made["path"] == str(new)
    assert made["rehearsal"] is True and made["head"] in done.err
    assert made["head"].split(":")[:2] == [made["station"], "0"]
    done = registry(ledger, "backup", copy, "--format", "json")
    assert done.json["backedUp"]["path"] == str(copy)
    assert done.json["backedUp"]["head"] in done.err
    done = registry(ledger, "restore", copy, "--output", back, "--json")
    restored = done.json["restored"]
    assert done.code == 0 and restored["lost"] is None, done
    assert (restored["path"], restored["head"]) == (
        str(back), registry(ledger, "backup", folder / "again",
                            "--json").json["backedUp"]["head"])
    done = registry(ledger, "publish", "--json", "--login-db",
                    folder / "login.db")
    published = done.json["published"]
    assert published["path"] == str(folder / "login.db")
    assert str(published["generation"]) == restored["head"].split(":")[1]
    assert published["users"] == published["sshKeys"] == 0
    for again in (["init", "--registry", new], ["backup", copy]):
        done = registry(ledger, *again, "--json")
        assert done.code == 1 and done.out == "", done


def test_what_is_lost_for_good_is_told_in_json(ledger):
    copy, back = ledger.folder / "copy", ledger.folder / "back.db"
    assert registry(ledger, "backup", copy).code == 0
    recorded(ledger, SERIALS[0], "bob's key")
    with contextlib.closing(sqlite3.connect(ledger.registry)) as db:
        db.execute("update events set event = x'00' where seq = "
                   "(select max(seq) from events)")
        db.commit()
    done = registry(ledger, "restore", copy, "--output", back, "--json")
    assert done.code == 10, done
    lost = done.json["restored"]["lost"]
    assert lost["first"] <= lost["last"]
    assert f"events {lost['first']} to {lost['last']}" in done.err


def test_what_a_killed_backup_leaves_the_next_one_removes(ledger):
    """And nothing else: neither what another one is writing, nor a file of
    the person's with a name like it."""
    folder = ledger.folder / "backups"
    folder.mkdir(mode=0o700)
    path = folder / "keys.db"
    trace = ledger.folder / "trace"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", trace, "-e", "trace=link,linkat", "-e",
         "inject=link,linkat:signal=KILL:error=EIO",
         *ledger.command("registry", "backup", path)],
        env=ledger.env(), stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == -9 or done.returncode == 137, done
    left, = folder.iterdir()
    assert left.name.startswith("keys.db.scratch-")
    own, busy = folder / "keys.db.scratch", folder / "keys.db.scratch-busy12"
    own.write_text("mine")
    with busy.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = registry(ledger, "backup", path)
        assert done.code == 0, done
    assert sorted(p.name for p in folder.iterdir()) == [
        "keys.db", own.name, busy.name]


def test_a_backup_never_replaces_a_file(ledger):
    path = ledger.folder / "letter"
    path.write_text("a letter")
    done = registry(ledger, "backup", path)
    assert done.code == 1 and str(path) in done.err
    assert path.read_text() == "a letter"
    before = sha(ledger.registry)
    assert registry(ledger, "backup", ledger.registry).code == 1
    assert sha(ledger.registry) == before


def zero_page(path, number):
    with open(path, "r+b") as f:
        f.seek(number * 4096)
        f.write(bytes(4096))


def page_of(path, needle):
    return path.read_bytes().index(needle) // 4096


def restore(ledger, *backup):
    output = ledger.folder / "restored.db"
    done = registry(ledger, "restore", *backup, "--output", output)
    return done, output


@pytest.mark.parametrize("later", [False, True])
def test_after_a_zeroed_page_a_backup_gives_everything_it_had(ledger, later):
    backup = ledger.folder / "last.backup"
    assert registry(ledger, "backup", backup).code == 0
    rows = ledger.show()
    if later:
        recorded(ledger, SERIALS[0], "bob's key")
    zero_page(ledger.registry, page_of(ledger.registry,
                                       b'"type":"token.added"'))
    before = sha(ledger.registry)
    done, output = restore(ledger, backup)
    assert done.code in (0, 10), done
    assert sha(ledger.registry) == before
    assert mode(output) == 0o600
    assert registry(ledger, "log", "--verify", "--registry",
                    output).code == 0
    shown = registry(ledger, "show", "--json", "--registry", output).json
    ids = {row["id"] for row in shown["tokens"]}
    assert ids == {row["id"] for row in rows}
    if done.code == 10:
        assert "lost: events" in done.err
    # and it goes on being used
    done = ledger.run("verify", "--record", "-t", SERIALS[1], "--registry",
                      output)
    assert done.code == 0, done


def test_without_a_backup_what_is_lost_is_named(ledger):
    recorded(ledger, SERIALS[0])
    zero_page(ledger.registry, page_of(ledger.registry,
                                       b'"type":"token.added"'))
    done, output = restore(ledger)
    if done.code == 1:  # nothing before the damage could be read
        assert "restore" in done.err or "event" in done.err, done
        assert not output.exists()
    else:
        assert done.code == 10 and "lost: events" in done.err, done
        assert registry(ledger, "log", "--verify", "--registry",
                        output).code == 0


def test_restoring_a_sound_registry_loses_nothing(ledger):
    want = head(registry(ledger, "log", "--verify").out)
    done, output = restore(ledger)
    assert done.code == 0 and head(done.err) == want
    shown = registry(ledger, "show", "--json", "--registry", output).json
    assert shown["tokens"] == ledger.show()


def test_where_the_registry_is_gone_a_backup_is_all_there_is(ledger):
    backup, output = ledger.folder / "last.backup", ledger.folder / "new.db"
    assert registry(ledger, "backup", backup).code == 0
    rows = ledger.show()
    want = head(registry(ledger, "log", "--verify").out)
    gone = ledger.folder / "gone.db"
    done = registry(ledger, "restore", backup, "--output", output, "--json",
                    "--registry", gone)
    assert done.code == 10 and done.json["restored"]["fromBackupAlone"]
    assert f"'{gone}' is not there: what was written after" in done.err
    assert head(done.err) == want and not gone.exists()
    shown = registry(ledger, "show", "--json", "--registry", output).json
    assert shown["tokens"] == rows != []
    # without one there is nothing to restore from
    other = ledger.folder / "other.db"
    done = registry(ledger, "restore", "--output", other, "--registry", gone)
    assert done.code == 1 and not other.exists()


def test_restore_writes_a_new_file_only(ledger):
    assert registry(ledger, "restore").code == 2
    before = sha(ledger.registry)
    done = registry(ledger, "restore", "--output", ledger.registry)
    assert done.code == 1, done
    assert sha(ledger.registry) == before
    other = ledger.folder / "letter"
    other.write_text("a letter")
    assert registry(ledger, "restore", "--output", other).code == 1
    assert other.read_text() == "a letter"


def test_a_backup_of_another_registry_is_refused(ledger):
    other = ledger.folder / "other.db"
    assert registry(ledger, "init", "--registry", other).code == 0
    done, output = restore(ledger, other)
    assert done.code == 1, done
    assert not output.exists()


# ---- who may, and where ----

def test_an_absent_registry_is_an_error_with_the_command_to_run(site):
    for command in (("show",), ("log",), ("backup", site.folder / "b")):
        done = registry(site, *command)
        assert done.code == 1 and done.out == "", done
        assert "tokenbridge registry init --registry" in done.err
        assert str(site.registry) in done.err
    assert not site.registry.exists()


@pytest.mark.parametrize("what,bits", [
    ("file", 0o666), ("file", 0o620), ("file", 0o602), ("folder", 0o777),
    ("folder", 0o770)])
def test_a_registry_that_others_may_write_to_is_refused(ledger, what, bits):
    path = ledger.registry if what == "file" else ledger.registry.parent
    path.chmod(bits)
    for command in (("show",), ("log", "--verify")):
        done = registry(ledger, *command)
        assert done.code == 1 and str(path) in done.err, done
    path.chmod(0o600 if what == "file" else 0o700)
    assert registry(ledger, "show").code == 0


def test_a_registry_of_another_user_is_refused(ledger):
    if os.geteuid() != 0:
        pytest.skip("needs root, to give a file away")
    try:
        os.chown(ledger.registry, 65534, 65534)
    except OSError as why:
        pytest.skip(str(why))
    done = registry(ledger, "show")
    assert done.code == 1 and "belong" in done.err, done


def test_two_writers_at_once_both_write_and_the_chain_holds(ledger):
    before = len(events(ledger))
    for _ in range(3):
        running = [ledger.start("verify", "--record", "-t", str(serial))
                   for serial in SERIALS]
        for process in running:
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
    assert len(events(ledger)) == before + 3 * 2 * 2
    ledger.check_chain()


def test_a_writer_waits_for_another_program_that_reads_or_writes(ledger):
    with contextlib.closing(sqlite3.connect(ledger.registry)) as db:
        db.execute("begin exclusive")
        process = ledger.start("verify", "--record", "-t", str(SERIALS[0]))
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        db.rollback()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    ledger.check_chain()


@pytest.fixture
def small(site):
    """A small file system for the site's registry."""
    place = site.registry.parent
    done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                           "size=1m,mode=700", "small", place],
                          capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no tmpfs: {done.stderr}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_while_recording_leaves_a_sound_registry(site, small):
    site.plug({"profile": "yubikey5", "serial": SERIALS[0]}, cards=False)
    site.trust_vendor()
    site.make_registry()
    recorded(site, SERIALS[0])
    filler = small / "filler"
    codes = []
    for pages in (0, 1, 2, 3, 4, 6, 8, 12, 16, 32):
        filler.unlink(missing_ok=True)
        room = os.statvfs(small)
        filler.write_bytes(bytes((room.f_bavail - pages) * room.f_frsize))
        done = site.run("verify", "--record")
        codes.append(done.code)
        assert done.code in (0, 1), done
        if done.code == 1:
            assert "full" in done.err or "space" in done.err, done
            assert "Recorded" not in done.err
        filler.unlink()
        site.check_chain()
        assert len(site.show()) == 1
    assert codes[0] == 1 and codes[-1] == 0
    recorded(site, SERIALS[0])


@pytest.mark.parametrize("arguments", [
    [], ["shew"], ["init", "x"], ["show", "a", "b"], ["log", "x"],
    ["backup"], ["backup", "a", "b"], ["show", "--fresh"]])
def test_wrong_arguments_are_usage_errors(site, arguments):
    done = registry(site, *arguments)
    assert done.code == 2 and done.out == "", done
