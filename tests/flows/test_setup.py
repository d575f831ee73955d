# SPDX-License-Identifier: Apache-2.0
"""setup: what the first day lacks is said, done and left; again it changes
nothing, and what broke half-way goes on."""
import json
import os
import pathlib
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import types

import pytest

from conftest import PROGRAM, ROOT, Workstation, YK
from fido import YK5, Fido, entry
from terminal import Terminal

ACCOUNT = "123456789012"
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def fresh(tmp_path, cards, iam):
    """Nothing is there but a key, keys of AWS and where metadata is."""
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.fido = Fido(tmp_path / "fido")
    place.blob = tmp_path / "blob.jwt"
    place.blob.write_text(place.fido.blob(1, [entry(YK5)]))
    with place.config.open("a") as f:
        f.write(f"mds_anchors = {place.fido.root}\n")
    place.plug(YK)
    yield place
    place.close()


def setup(site, *words, code=0, **more):
    done = site.run("setup", *words, "--without", "group", "--mds", site.blob,
                    "--json", **more)
    assert done.code == code, done
    return done.json


def outcomes(said):
    """Of each part the one that weighs most; notes do not."""
    found = {}
    for row in said["parts"]:
        if row["outcome"] != "note" and found.get(row["part"]) != "left":
            found[row["part"]] = row["outcome"]
    return found


def left(said):
    return [row for row in said["parts"] if row["outcome"] == "left"]


def content(site):
    return {p: (p.stat().st_mtime_ns, p.read_bytes())
            for folder in (site.registry.parent, site.trust)
            if folder.exists() for p in folder.rglob("*") if p.is_file()}


# ---- scripted ----

def test_the_first_run_does_all_and_the_second_nothing(fresh):
    said = setup(fresh, "enroller", "--yes")
    assert said["changed"] and said["complete"]
    assert outcomes(said) == {
        "group": "skipped", "registry": "done", "metadata": "done",
        "aws": "already", "clock": "already", "rights": "already"} | (
        {"tokens": "already"} if "tokens" in outcomes(said) else {})
    assert said["account"] == ACCOUNT and said["caller"].endswith("/admin")
    assert said["next"] == "tokenbridge verify --record"
    assert stat.S_IMODE(fresh.registry.stat().st_mode) == 0o600
    before = content(fresh)
    again = setup(fresh, "enroller", "--yes")
    assert not again["changed"] and again["complete"]
    assert outcomes(again)["registry"] == "already"
    assert outcomes(again)["metadata"] == "already"
    assert content(fresh) == before
    # what was said to be next is a command that works
    fresh.trust_vendor()
    assert fresh.run(*shlex.split(again["next"])[1:]).code == 0


def test_people_read_a_row_each_and_what_is_next(fresh):
    words = ("setup", "enroller", "--yes", "--without", "group", "--mds",
             fresh.blob)
    done = fresh.run(*words)
    assert done.code == 0 and done.err == "", done
    lines = done.out.splitlines()
    assert lines[-1] == "Next: `tokenbridge verify --record`"
    assert lines[-2].endswith(" 2 done, 0 left")
    # the endpoint of these tests stands for four services, and is told once
    assert sum("not AWS's own" in line for line in lines) == 1, done
    fresh.tokens.unplug("a")
    last = fresh.run(*words).out.splitlines()[-1]
    assert last == "Next: plug a key in, then `tokenbridge verify --record`"


def test_a_dry_run_says_what_it_would_do_and_does_nothing(fresh):
    said = setup(fresh, "auditor", "--dry-run")
    assert not said["changed"]
    assert outcomes(said)["registry"] == "would"
    assert outcomes(said)["metadata"] == "would"
    assert not content(fresh) and not fresh.registry.exists()
    assert not {c["action"] for c in fresh.iam.calls()} - {
        "GetCallerIdentity", "ListAccountAliases", "SimulatePrincipalPolicy"}
    # the very line that does it comes next
    assert said["next"].startswith("tokenbridge setup auditor ")
    assert "--dry-run" not in said["next"]
    lines = fresh.run("setup", "auditor", "--dry-run", "--yes", "--without",
                      "group").out.splitlines()
    assert lines[-1].startswith("Next: `tokenbridge setup auditor --yes "
                                "--without group")
    assert "--dry-run" not in lines[-1]
    assert " 2 would be done, " in lines[-2]


def test_without_a_terminal_a_question_is_an_error_and_nothing_is_done(fresh):
    for words, steps, option in (
            (["enroller"], "group", "say --yes, or --without registry"),
            ([], "group", "--without aws"),
            ([], "group,registry,aws", "say --yes, or --without metadata")):
        done = fresh.run("setup", *words, "--without", steps)
        assert done.code == 2 and option in done.err, done
        assert done.out == "" and not content(fresh)


def test_a_role_or_a_step_that_is_none_is_refused(fresh):
    for words, says in ((["king"], "there is no role 'king'"),
                        (["scp"], "there is no role 'scp' that a person has"),
                        (["self", "--without", "coffee"],
                         "there is no step 'coffee'")):
        done = fresh.run("setup", *words, "--yes")
        assert done.code == 2 and says in done.err, done
        assert not content(fresh)


def test_rights_that_a_role_lacks_are_named_with_what_gives_them(fresh):
    fresh.iam.add_user("carol")
    fresh.who = "carol"
    document = fresh.run("policy", "print", "auditor").json
    document["Statement"].append({
        "Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy",
        "Resource": "*"})
    fresh.iam.put_policy(document, user="carol")
    assert outcomes(setup(fresh, "auditor", "--yes"))["rights"] == "already"
    said = setup(fresh, "enroller", "--yes", code=10)
    row, = left(said)
    assert row["part"] == "rights" and not said["complete"]
    assert "iam:EnableMFADevice" in row["text"]
    assert "iam:ListUsers" not in row["text"]
    assert said["next"] == row["command"]
    # that command prints what is enough
    printed = fresh.run(*shlex.split(said["next"])[1:]).json
    printed["Statement"] += document["Statement"]
    fresh.iam.put_policy(printed, user="carol")
    assert setup(fresh, "enroller", "--yes")["complete"]


def test_rights_that_nobody_tells_are_no_failure(fresh):
    fresh.iam.order("SimulatePrincipalPolicy", error="AccessDenied",
                    status=403)
    said = setup(fresh, "enroller", "--yes")
    row, = (r for r in said["parts"] if r["part"] == "rights")
    assert row["outcome"] == "note" and "not known" in row["text"]
    assert row["command"] == \
        f"tokenbridge policy print enroller --account {ACCOUNT}"


def test_a_clock_that_is_off_is_left_to_be_set(fresh):
    fresh.iam.clock(offset=120)
    said = setup(fresh, "enroller", "--yes", code=10)
    row, = left(said)
    assert row["part"] == "clock" and "behind AWS's" in row["text"]
    assert said["next"] == "sudo timedatectl set-ntp true"


# ---- failure, and again ----

def test_what_fails_half_way_is_left_and_done_by_the_same_command(fresh):
    good = fresh.blob.read_text()
    fresh.blob.write_text("no blob")
    said = setup(fresh, "enroller", "--yes", code=10)
    assert said["changed"] and outcomes(said)["registry"] == "done"
    row, = left(said)
    assert row["part"] == "metadata"
    # the very same line
    assert shlex.split(said["next"])[:4] == [
        "tokenbridge", "setup", "enroller", "--yes"]
    fresh.blob.write_text(good)
    again = subprocess.run(
        [PROGRAM, *shlex.split(said["next"])[1:]], env=fresh.env(), text=True,
        capture_output=True, check=True, stdin=subprocess.DEVNULL)
    again = json.loads(again.stdout)
    assert again["changed"] and again["complete"]
    assert outcomes(again)["registry"] == "already"
    assert outcomes(again)["metadata"] == "done"


def test_no_credentials_are_left_and_the_rest_is_done(fresh):
    fresh.iam, cloud = None, fresh.iam
    said = setup(fresh, "enroller", "--yes", code=10)
    fresh.iam = cloud
    row, = left(said)
    assert row["part"] == "aws" and said["account"] is None
    assert said["next"] == "tokenbridge doctor aws"
    assert outcomes(said)["registry"] == outcomes(said)["metadata"] == "done"
    assert setup(fresh, "enroller", "--yes")["complete"]


def test_a_registry_that_is_no_rehearsal_is_not_made_one(fresh):
    assert setup(fresh, "self", "--yes")["complete"]
    row, = left(setup(fresh, "self", "--yes", "--rehearsal", code=10))
    assert "not marked for rehearsal" in row["text"]


# ---- on a terminal ----

@pytest.fixture
def terminal(fresh):
    opened = []

    def start(*words, **more):
        opened.append(Terminal(fresh, "setup", *words, "--mds", fresh.blob,
                               **more))
        return opened[-1]
    yield start
    for one in opened:
        one.close()


def test_on_a_terminal_it_asks_and_then_does(terminal, fresh):
    t = terminal("--without", "group")
    t.until("Role: ")
    t.type("king\n")
    t.until("'king' is none of them.")
    t.type("enroller\n")
    t.until("alone may write? [y/N]")
    assert not fresh.registry.exists()
    t.type("y\n")
    t.until("[y/N]")
    assert not fresh.registry.exists()     # all is asked before
    t.type("n\n")
    assert t.end() == 0, t.seen
    assert fresh.registry.exists() and not fresh.trust.exists()
    assert "not wanted now: get FIDO's metadata" in t.words
    assert "Next: `tokenbridge verify --record`" in t.words
    shown = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", t.seen.replace("\r\n", "\n"))
    # but for a path that no line has room for
    assert not [line for line in shown.split("\n") if "/" not in line and
                len(line.rpartition("\r")[2]) > 80]


def test_a_question_without_an_answer_is_no_matter_of_a_pin(terminal, fresh):
    t = terminal("--without", "group")
    t.until("Role: ")
    t.type("\x04")
    assert t.end() == 1, t.seen
    # on a line of its own, behind the question
    assert re.search(r"^(\x1b\[\d+m)?tokenbridge: no answer",
                     t.seen.replace("\r", ""), re.M)
    assert not content(fresh)


def test_yes_asks_nothing_on_a_terminal_too(terminal, fresh):
    t = terminal("--yes", "--without", "group")
    assert t.end() == 2, t.seen
    assert "nobody is asked what you will do at AWS" in " ".join(
        t.seen.split())
    assert not content(fresh)


def test_interrupted_at_a_question_it_did_nothing(terminal, fresh):
    t = terminal("enroller", "--without", "group")
    t.until("[y/N]")
    t.type("\x03")
    assert t.end() == 130, t.seen
    assert not content(fresh)


# ---- who is not root, and the group ----

def as_nobody(site, *words):
    """Of a place that nobody may read; the program is copied there."""
    return ["setpriv", f"--reuid={NOBODY.pw_uid}",
            f"--regid={NOBODY.pw_gid}", "--clear-groups", *words]


def test_who_is_not_root_says_where_ones_registry_is(fresh, tmp_path):
    place = pathlib.Path("/tmp") / f"setup-{os.getpid()}"
    place.mkdir(mode=0o755)
    try:
        shutil.copytree(ROOT / "usr", place / "usr", symlinks=True)
        home = place / "home"
        home.mkdir()
        os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
        config = place / "system.conf"
        config.write_text(f"trust_dir = {place}/trust\n")

        def command(*words):
            return as_nobody(fresh, place / "usr/bin/tokenbridge", "setup",
                             "--config", config, "--without", "aws", *words)

        def env(**more):
            return {"PATH": os.environ["PATH"], "HOME": str(home), **more}

        def run(*words):
            return subprocess.run(
                command(*words), env=env(),
                text=True, capture_output=True, check=False,
                stdin=subprocess.DEVNULL, start_new_session=True)
        done = run("--yes")
        assert done.returncode == 2 and "--registry PATH" in done.stderr
        registry = home / "keys/registry.db"
        done = run("--yes", "--registry", registry)
        assert done.returncode == 10, done
        assert registry.stat().st_uid == NOBODY.pw_uid
        assert "`sudo tokenbridge trust update`" in done.stdout
        done = run("--yes", "--registry", registry, "--user", "games")
        assert done.returncode == 2 and "only root puts" in done.stderr
        # and is no less one's own where it is typed in answer
        t = Terminal(types.SimpleNamespace(command=command, env=env))
        t.until("Registry: ")
        t.type(f"{home}/typed.db\n")
        t.until("which you alone may write? [y/N]")
        t.type("y\n")
        assert t.end() == 10, t.seen
        t.close()
        assert (home / "typed.db").stat().st_uid == NOBODY.pw_uid
    finally:
        shutil.rmtree(place)


GROUP_TEST = """
mount --bind "$1/etc" /etc
shift
exec "$@"
"""


def test_root_puts_somebody_into_the_group(fresh):
    """In an /etc of its own; usermod and systemd-sysusers are the system's."""
    etc = fresh.folder / "etc"
    subprocess.run(["cp", "-a", "/etc", etc], check=True)
    group = etc / "group"
    group.write_text("".join(
        line for line in group.read_text().splitlines(keepends=True)
        if not line.startswith("tokenbridge:")) + "tokenbridge:x:64123:\n")
    gshadow = etc / "gshadow"
    gshadow.write_text("".join(
        line for line in gshadow.read_text().splitlines(keepends=True)
        if not line.startswith("tokenbridge:")) + "tokenbridge:!::\n")

    def run(*words):
        return subprocess.run(
            ["unshare", "-m", "--propagation", "private", "sh", "-euc",
             GROUP_TEST, "sh", fresh.folder, *fresh.command(
                 "setup", "--without", "aws,metadata,registry", "--yes",
                 "--json", *words)], env=fresh.env(), text=True,
            capture_output=True, stdin=subprocess.DEVNULL, check=False)

    done = run("--user", "noone-here")
    assert done.returncode == 2 and "no local user 'noone-here'" in done.stderr
    done = run("--user", "games")
    assert done.returncode == 0, done
    assert "tokenbridge:x:64123:games\n" in group.read_text()
    assert '"put \'games\' into the group tokenbridge"' in done.stdout
    done = run("--user", "games")
    assert done.returncode == 0 and '"changed": false' in done.stdout, done

    # without the group: systemd's own program makes it, where ours says how
    group.write_text("".join(
        line for line in group.read_text().splitlines(keepends=True)
        if not line.startswith("tokenbridge:")))
    gshadow.write_text("".join(
        line for line in gshadow.read_text().splitlines(keepends=True)
        if not line.startswith("tokenbridge:")))
    wants = etc / "sysusers.d/tokenbridge.conf"
    wants.parent.mkdir(exist_ok=True)
    wants.write_text("# nothing\n")
    done = run("--user", "games")
    assert done.returncode == 10, done
    assert "made no group tokenbridge" in done.stdout
    wants.write_text("g tokenbridge - -\n")
    done = run("--user", "games")
    assert done.returncode == 0, done
    assert "made the group tokenbridge; put 'games' into" in done.stdout, done
    assert re.search(r"^tokenbridge:\w+:\d+:games$", group.read_text(), re.M)
