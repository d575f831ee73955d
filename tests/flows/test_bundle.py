# SPDX-License-Identifier: Apache-2.0
"""registry bundle, check-bundle: what the record says of one token, checked
where there is neither registry nor token."""
import hashlib
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys

import pytest

from conftest import YK
from record import done, registry

SERIAL = str(YK["serial"])
HEAD = re.compile(r"[0-9a-f]{32}:\d+:[0-9a-f]{64}")


def sha(data):
    return hashlib.sha256(data).hexdigest()


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes()
            for p in folder.rglob("*") if p.is_file()}


def seal(folder):
    """SHA256SUMS made anew, as somebody would who changed something."""
    names = sorted(name for name in files(folder) if name != "SHA256SUMS")
    (folder / "SHA256SUMS").write_text("".join(
        f"{sha((folder / name).read_bytes())}  {name}\n" for name in names))


def problems(site, folder, *more):
    """A bundle that is not whole: what the check says of it."""
    result = registry(site, "check-bundle", folder, *more, "--json")
    assert result.code == 1, result
    assert result.json["good"] is False
    assert f"bundle '{folder}' does not verify: " in result.err
    for text in result.json["problems"]:
        assert f"warning: {text}" in result.err
    return result.json["problems"]


@pytest.fixture
def kept(bench, site):
    """A registry with alice's token, bob's, and a bundle of the first."""
    bench(YK, {"profile": "yubikey5", "serial": 8})
    for serial, label in ((SERIAL, "blue-1"), ("8", "blue-2")):
        assert site.run("verify", "--record", "-t", serial, "--label",
                        label).code == 0
    done(site, "move", "blue-2", "--holder", "bob", "--reason", "bobs")
    done(site, "move", "blue-1", "--holder", "alice", "--reason", "new here",
         "--ticket", "OPS-7")
    done(site, "handover", "blue-1", "-t", SERIAL, "--holder", "alice")
    site.bundle = site.folder / "audit"
    site.made = done(site, "bundle", "blue-1", site.bundle)
    return site


# ---- what is in it ----

def test_a_bundle_is_private_and_says_head_and_hash(kept):
    folder = kept.bundle
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = set(files(folder))
    evidence = {n for n in names if n.startswith("evidence/")}
    assert names - evidence == {"README", "SHA256SUMS", "bundle.json",
                                "chain", "names.json"}
    assert len(evidence) == 2
    for name in names:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    head = HEAD.search(done(kept, "log", "--verify").out).group()
    assert f"Head: {head}" in kept.made.err
    assert sha((folder / "SHA256SUMS").read_bytes()) in kept.made.err
    assert "It has names in it." in kept.made.err
    assert json.loads((folder / "bundle.json").read_text())["head"] == head


def test_the_log_of_a_token_can_be_had_as_a_bundle(kept):
    other = kept.folder / "again"
    assert done(kept, "log", "--token", "blue-1", "--bundle", other,
                "--json").json["changed"]
    assert set(files(other)) == set(files(kept.bundle))
    assert done(kept, "check-bundle", other)
    for words, why in ((("--bundle", other), "--token"),
                       (("--token", "blue-1", "--bundle", other, "--verify"),
                        "--verify")):
        refused = registry(kept, "log", *words)
        assert refused.code == 2 and why in refused.err, refused


def test_only_the_tokens_events_and_the_names_in_them_are_in_it(kept):
    text = b"".join(files(kept.bundle).values()).decode()
    for word in ("alice", "blue-1", "OPS-7", "new here",
                 os.uname().nodename):
        assert word in text, word
    for word in ("bob", "blue-2", "bobs"):
        assert word not in text, word
    lines = (kept.bundle / "chain").read_text().splitlines()
    log = done(kept, "log", "--json").out.splitlines()
    given = [line.split(" ", 2) for line in lines]
    assert [g[0] for g in given] == [str(n) for n in range(len(log))]
    mine = set(done(kept, "log", "--token", "blue-1",
                    "--json").out.splitlines())
    for (seq, _, *event), line in zip(given, log):
        if line in mine or seq == "0":
            assert event == [line]
        elif event:
            assert json.loads(line)["type"] == "holder.added"
    assert 0 < sum(len(g) == 2 for g in given) < len(given)


def test_with_whole_the_chain_follows_from_the_bytes(kept):
    folder = kept.folder / "whole"
    result = done(kept, "bundle", "blue-1", folder, "--whole", "--json")
    log = done(kept, "log", "--json").out.splitlines()
    lines = (folder / "chain").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == log
    assert "bob" not in b"".join(files(folder).values()).decode()
    checked = done(kept, "check-bundle", folder, "--json").json
    assert checked["eventCount"] == checked["givenCount"] == len(log)
    assert [e["token"] for e in checked["events"]] == [
        result.json["bundled"]["token"]] * len(checked["events"])


def test_it_is_checked_by_hand_as_its_readme_says(kept):
    readme = (kept.bundle / "README").read_text()
    assert "sha256sum -c SHA256SUMS" in readme
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"],
                   cwd=kept.bundle, check=True)
    code = "\n".join(line[4:] for line in readme.splitlines()
                     if line.startswith("    ") and "bundle" not in line
                     and "sha256sum" not in line)
    result = subprocess.run([sys.executable, "-c", code], cwd=kept.bundle,
                            capture_output=True, text=True, check=True)
    seq, value = HEAD.search(kept.made.err).group().split(":")[1:]
    assert result.stdout == f"head {seq} {value}\n"
    chain = kept.bundle / "chain"
    chain.write_text(chain.read_text().replace('"step":', '"step" :', 1))
    result = subprocess.run([sys.executable, "-c", code], cwd=kept.bundle,
                            capture_output=True, text=True, check=True)
    assert result.stdout.startswith("event 0 was changed\n")


def test_the_evidence_in_it_is_verified_alone(kept):
    for path in (kept.bundle / "evidence").iterdir():
        assert sha(path.read_bytes()) == path.stem
        assert kept.run("verify", "--from", path, "--at", "made",
                        "--sha256", path.stem).code == 0


# ---- checking ----

def test_the_check_tells_what_happened_and_what_the_evidence_is_worth(kept):
    kept.registry.unlink()
    result = done(kept, "check-bundle", kept.bundle)
    assert "handed over to alice, who proved to have it (assigned -> " \
        "handed-over)" in result.out
    assert "reason: new here; ticket: OPS-7" in result.out
    assert result.out.count("recorded as genuine, as of then genuine, now "
                            "genuine") == 2
    assert "of a registry for rehearsal" in result.out
    assert "0 problems" in result.out and result.err == ""
    checked = done(kept, "check-bundle", kept.bundle, "--json").json
    assert checked["good"] is True and checked["problems"] == []
    assert checked["events"][-1]["host"] == os.uname().nodename
    assert checked["events"][-1]["operator"] is None


def test_a_changed_byte_anywhere_is_found_and_its_file_named(kept):
    tried = 0
    for name, data in files(kept.bundle).items():
        path = kept.bundle / name
        for at in range(0, len(data), max(1, len(data) // 12)):
            bad = bytearray(data)
            bad[at] ^= 1
            path.write_bytes(bad)
            found = problems(kept, kept.bundle)
            assert any(text.startswith(name) for text in found) or \
                name == "SHA256SUMS", (name, at, found)
            tried += 1
        path.write_bytes(data[:-1])
        assert problems(kept, kept.bundle)
        path.write_bytes(data)
    assert tried > 60
    done(kept, "check-bundle", kept.bundle)


def test_what_is_added_taken_away_or_a_link_is_named(kept):
    folder = kept.bundle
    (folder / "notes").write_text("mine")
    assert problems(kept, folder) == ["notes: it is not in SHA256SUMS"]
    (folder / "notes").unlink()
    (folder / "evidence" / "x.json").write_text("{}")
    assert problems(kept, folder) == [
        "evidence/x.json: it is not in SHA256SUMS"]
    seal(folder)
    assert problems(kept, folder) == ["evidence/x.json: no event names it"]
    (folder / "evidence" / "x.json").unlink()
    seal(folder)
    done(kept, "check-bundle", folder)
    (folder / "names.json").rename(kept.folder / "names.json")
    assert "names.json: it is missing" in problems(kept, folder)
    (folder / "names.json").symlink_to(kept.folder / "names.json")
    assert "names.json: it is no file that can be read" in problems(
        kept, folder)


def altered(folder, old, new):
    """One place of the chain changed, and the sums made to fit."""
    chain = folder / "chain"
    text = chain.read_text()
    assert old in text
    chain.write_text(text.replace(old, new, 1))
    seal(folder)


def test_an_event_that_was_changed_is_named_though_the_sums_were_made_to_fit(
        kept):
    altered(kept.bundle, '"state":"handed-over"', '"state":"stock"')
    assert len(problems(kept, kept.bundle)) == 1
    assert re.fullmatch(r"chain: event \d+ does not fit the chain",
                        problems(kept, kept.bundle)[0])


def test_events_in_another_order_or_left_out_are_named(kept):
    chain = kept.bundle / "chain"
    lines = chain.read_text().splitlines(keepends=True)
    chain.write_text("".join(lines[:2] + lines[3:]))
    seal(kept.bundle)
    assert "chain: event 3 stands where event 2 should" in problems(
        kept, kept.bundle)
    chain.write_text("".join(lines[:-1]))
    seal(kept.bundle)
    assert problems(kept, kept.bundle) == [
        "chain: it does not end at the head that stands in bundle.json"]


def test_a_hash_of_an_event_that_is_not_given_is_only_as_good_as_the_seal(
        kept):
    """It cannot be computed: that is what --whole and --head are for."""
    lines = (kept.bundle / "chain").read_text().splitlines()
    bare = [n for n, line in enumerate(lines)
            if line.count(" ") == 1 and lines[n + 1].count(" ") == 1]
    value = lines[bare[0]].split()[1]
    altered(kept.bundle, value, value[::-1])
    done(kept, "check-bundle", kept.bundle)
    seal_then = HEAD.sub("", kept.made.err)
    want = re.search(r"[0-9a-f]{64}", seal_then).group()
    assert problems(kept, kept.bundle, "--sha256", want) == [
        "SHA256SUMS: it does not have the SHA-256 that was given"]
    head = json.loads((kept.bundle / "bundle.json").read_text())["head"]
    head = f"{head.split(':')[0]}:{bare[0]}:{value}"
    assert problems(kept, kept.bundle, "--head", head) == [
        f"chain: event {bare[0]} is not the one of the head that was given"]
    whole = kept.folder / "whole"
    done(kept, "bundle", "blue-1", whole, "--whole")
    altered(whole, value, value[::-1])
    assert f"chain: event {bare[0]} does not fit the chain" in problems(
        kept, whole)


def test_heads_and_hashes_that_were_written_down_hold(kept):
    value = sha((kept.bundle / "SHA256SUMS").read_bytes())
    head = HEAD.search(kept.made.err).group()
    done(kept, "check-bundle", kept.bundle, "--head", head, "--sha256", value)
    stream, seq, text = head.split(":")
    later = f"{stream}:{int(seq) + 1}:{text}"
    assert problems(kept, kept.bundle, "--head", later) == [
        f"chain: it ends before event {int(seq) + 1}, which the head that "
        "was given is of"]
    other = f"{'0' * 32}:{seq}:{text}"
    assert f"the one that was given of {'0' * 32}" in problems(
        kept, kept.bundle, "--head", other)[0]
    for words in (("--head", "x"), ("--sha256", "x")):
        assert registry(kept, "check-bundle", kept.bundle, *words).code == 2


def test_evidence_of_another_is_named(kept):
    one, other = sorted((kept.bundle / "evidence").iterdir())
    other.write_bytes(one.read_bytes())
    seal(kept.bundle)
    assert problems(kept, kept.bundle) == [
        f"evidence/{other.name}: it is forged"]


def test_without_trusted_vendors_the_evidence_is_undecided(kept):
    for path in kept.trust.iterdir():
        path.unlink()
    result = registry(kept, "check-bundle", kept.bundle)
    assert result.code == 10, result
    assert "recorded as genuine, as of then undecided" in result.out


def test_evidence_that_was_pruned_is_told(kept):
    gone = sorted((kept.bundle / "evidence").iterdir())[0].stem
    with sqlite3.connect(kept.registry) as db:
        db.execute("delete from evidence where sha = ?",
                   (bytes.fromhex(gone),))
    folder = kept.folder / "again"
    result = registry(kept, "bundle", "blue-1", folder, "--json")
    assert result.code == 10 and result.json["bundled"]["evidenceAbsent"] == 1
    assert "1 piece of evidence was pruned: not in it" in result.err
    checked = done(kept, "check-bundle", folder)
    assert f"evidence {gone[:16]}  is not here: it was pruned before" in \
        checked.out


def test_the_evidence_of_a_login_is_judged_as_such(host):
    at = host()
    folder = at.folder / "audit"
    done(at, "bundle", SERIAL, folder)
    result = done(at, "check-bundle", folder, "--json").json
    assert len(result["evidence"]) == 2
    assert {e["verdictMade"] for e in result["evidence"]} == {"genuine"}
    assert {e["verdictNow"] for e in result["evidence"]} == {"genuine"}
    assert any("login of games" in e["text"] for e in result["events"])


def test_what_was_done_at_aws_is_in_it(aws_site):
    assert aws_site.run("enroll", "alice", "--method", "totp").code == 0
    folder = aws_site.folder / "audit"
    done(aws_site, "bundle", SERIAL, folder)
    bound, = [e for e in done(aws_site, "check-bundle", folder,
                              "--json").json["events"]
              if e["type"] == "binding.added"]
    assert bound["user"] == "alice" and bound["requestId"]
    assert bound["caller"] == "arn:aws:iam::123456789012:user/admin"
    assert bound["device"] == aws_site.bindings()[0]["device"]


# ---- whole or not at all ----

def test_nothing_that_is_there_is_replaced(kept):
    before = files(kept.bundle)
    result = registry(kept, "bundle", "blue-1", kept.bundle)
    assert result.code == 1 and f"'{kept.bundle}' exists" in result.err
    assert files(kept.bundle) == before
    empty = kept.folder / "empty"
    empty.mkdir()
    assert registry(kept, "bundle", "blue-1", f"{empty}/").code == 1
    assert not list(empty.iterdir())
    result = registry(kept, "bundle", "blue-9", kept.folder / "none")
    assert result.code == 1 and "'blue-9'" in result.err
    assert not (kept.folder / "none").exists()


def test_a_bundle_that_cannot_be_written_leaves_nothing(kept):
    place = kept.folder / "place"
    place.mkdir()
    path = place / "audit"
    trace = ["strace", "-f", "-qq", "-o", kept.folder / "trace", "-e",
             "trace=fsync", "-e"]
    command = kept.command("registry", "bundle", "blue-1", path)
    failed = subprocess.run([*trace, "inject=fsync:error=ENOSPC:when=5",
                             *command], env=kept.env(), text=True,
                            stdin=subprocess.DEVNULL, capture_output=True)
    assert failed.returncode == 1, failed
    assert "No space left on device" in failed.stderr
    assert not list(place.iterdir())


def test_what_a_killed_bundle_leaves_the_next_one_removes(kept):
    place = kept.folder / "place"
    place.mkdir()
    path = place / "audit"
    (place / "audit.new-abcdef").write_text("mine")
    killed = subprocess.run(
        ["strace", "-f", "-qq", "-o", kept.folder / "trace", "-e",
         "trace=renameat2", "-e",
         "inject=renameat2:signal=KILL:error=EIO",
         *kept.command("registry", "bundle", "blue-1", path)],
        env=kept.env(), stdin=subprocess.DEVNULL, capture_output=True)
    assert killed.returncode in (-9, 137), killed
    assert len(list(place.iterdir())) == 2 and not path.exists()
    done(kept, "bundle", "blue-1", path)
    assert sorted(p.name for p in place.iterdir()) == [
        "audit", "audit.new-abcdef"]
    done(kept, "check-bundle", path)


def test_what_is_no_bundle_is_said_to_be_none(kept):
    result = registry(kept, "check-bundle", kept.folder / "nowhere")
    assert result.code == 1 and "nowhere" in result.err
    result = registry(kept, "check-bundle", kept.registry)
    assert "is no directory" in result.err
    (kept.folder / "empty").mkdir()
    assert problems(kept, kept.folder / "empty") == [
        "SHA256SUMS: it is missing", "bundle.json: it is missing",
        "names.json: it is missing"]
