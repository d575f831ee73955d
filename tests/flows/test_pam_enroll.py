# SPDX-License-Identifier: Apache-2.0
"""pam-enroll, login.db and what sshd is told."""
import base64
import contextlib
import os
import pwd
import shutil
import sqlite3
import stat
import subprocess

import pytest

from conftest import ROOT, YK
from station import LIBEXEC, SUCCESS, UNBOUND

USER = "games"
SECOND = {"profile": "yubikey5", "serial": 22222222}
PIN = "quite-a-PIN"


def rows(at, table):
    with contextlib.closing(sqlite3.connect(at.login_db)) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


def everything_in(path):
    return path.read_bytes()


@pytest.fixture
def place(station):
    """place(token, ...): nobody is enrolled yet."""
    def set_up(*tokens):
        station.plug(*(tokens or (YK,)), cards=False)
        station.trust_vendor()
        station.make_registry()
        return station
    return set_up


# ---- pam-enroll ----

def test_two_touches_bind_a_token(place):
    at = place()
    done = at.pam_enroll(USER, "--label", "blue 7", "--json")
    assert done.code == 0, done
    said = done.json["enrolled"]
    assert said["localUser"] == USER and said["serial"] == 12345678
    assert said["verdict"] == "genuine" and said["holder"] == USER
    assert at.tokens.stats("a")["touch"]["used"] == 2
    binding, = at.bindings()
    assert binding["kind"] == "pam"
    assert binding["localUser"] == USER
    assert binding["userId"] == str(pwd.getpwnam(USER).pw_uid)
    assert "Published to" in done.err
    at.check_chain()


def test_login_db_tells_no_more_than_it_must(place):
    at = place()
    done = at.pam_enroll(USER, "--holder", "Alice Example", "--label",
                         "blue 7", "--ticket", "OPS-1")
    assert done.code == 0, done
    data = everything_in(at.login_db)
    for word in (b"Alice", b"blue", b"OPS-1", b"12345678", b"arn:"):
        assert word not in data
    token, = at.show()
    (user, short, aaguid, *_), = rows(at, "credentials")
    assert (user, short) == (USER, token["id"][:8])
    mode = stat.S_IMODE(at.login_db.stat().st_mode)
    assert mode in (0o600, 0o640)
    assert not list(at.login_db.parent.glob("login.db.??????"))


def test_no_seed_of_the_token_stays(place):
    at = place({**YK, "pin": PIN})
    at.enroll_login(USER, "--verify-required", pin=PIN)
    for path in at.registry.parent.rglob("*"):
        if path.is_file():
            assert PIN.encode() not in everything_in(path), path


def test_a_second_token_needs_the_first_to_agree(place):
    at = place(YK, SECOND)
    at.enroll_login(USER, "--token", "12345678")
    before = at.tokens.stats("a")["touch"]["used"]
    done = at.pam_enroll(USER, "--token", "22222222")
    assert done.code == 0, done
    assert "agree to another one" in done.err
    assert at.tokens.stats("a")["touch"]["used"] == before + 1
    at.tokens.unplug("a")
    assert at.log_in(USER).result == SUCCESS


def test_a_script_gives_the_pin_of_each_token_by_a_line(place):
    # asked for at each touch; a PIN that another has would cost one a try
    old, new = ({**YK, "profile": "yubikey5-old", "pin": PIN},
                {**SECOND, "profile": "yubikey5-old", "pin": "another-PIN"})
    at = place(old, new)
    words = "--verify-required", "--token"
    at.enroll_login(USER, *words, "12345678", pin=f"{PIN}\n")
    for pins, code in ((PIN, 7), (f"{PIN}\n\n", 7),
                       (f"{PIN}\r\nanother-PIN", 0)):
        done = at.pam_enroll(USER, *words, "22222222", pin=pins)
        assert done.code == code, done
        if pins == PIN:
            assert "--pin-fd gives 1 PIN and one more token wants its own: " \
                "a line for each" in done.err
        for token in "ab":
            assert at.tokens.stats(token)["pin_retries"] == 8
    at.tokens.unplug("a")
    assert at.log_in(USER, "-a", "another-PIN").result == SUCCESS


@pytest.mark.parametrize("name", ["Games", "CORP\\games", "ECHO\\Games"])
def test_a_name_is_recorded_as_nss_has_it(place, name):
    at = place()
    with at.spelled():
        done = at.pam_enroll(name, "--json")
        assert done.code == 0, done
        assert f"'{name}' is the local user {USER}." in done.err
        said = done.json["enrolled"]
        assert (said["localUser"], said["holder"]) == (USER, USER)
        assert [row[0] for row in rows(at, "credentials")] == [USER]
        for spelling in (USER, name, "gAmEs"):
            done = at.log_in(spelling)
            assert (done.result, done.word) == (SUCCESS, "granted"), done
    assert at.log_in(USER).result == SUCCESS


@pytest.mark.parametrize("name", ["Games", "ECHO\\Games"])
def test_no_spelling_gets_round_the_first_token(place, name):
    at = place(YK, SECOND)
    at.enroll_login(USER, "--token", "12345678")
    at.tokens.unplug("a")
    with at.spelled():
        done = at.pam_enroll(name)
    assert done.code == 6 and "--force REASON" in done.err, done
    assert at.tokens.stats("b")["touch"]["used"] == 0


def test_who_cannot_be_looked_up_is_not_enrolled(place):
    at = place()
    with at.spelled():
        for name, words in (("DOWN\\games", "cannot look up"),
                            ("LOST\\games", "nobody's"),
                            ("CORP\\gnomes", "no local user")):
            done = at.pam_enroll(name)
            assert done.code == 1 and words in done.err, done
    assert at.tokens.stats("a")["touch"]["used"] == 0
    assert at.bindings() == []


def test_without_the_first_token_a_second_one_is_refused(place):
    at = place(YK, SECOND)
    at.enroll_login(USER, "--token", "12345678")
    at.tokens.unplug("a")
    done = at.pam_enroll(USER)
    assert done.code == 6, done
    assert "--force REASON" in done.err
    assert at.tokens.stats("b")["touch"]["used"] == 0
    assert at.pam_enroll(USER, "--force", "lost the first").code == 0


def test_a_first_token_that_signs_falsely_does_not_agree(place):
    at = place(YK, SECOND)
    at.enroll_login(USER, "--token", "12345678")
    at.tokens.misbehave("a", "wrong-signature", count=-1,
                        command="getAssertion")
    done = at.pam_enroll(USER, "--token", "22222222")
    assert done.code == 6, done
    assert at.tokens.stats("b")["touch"]["used"] == 0


@pytest.mark.parametrize("token,code,words", [
    ({}, 7, "has no PIN yet"), ({"profile": "neo"}, 1, "does U2F only"),
    ({"pin": PIN, "force_pin_change": True}, 7, "pin change")])
def test_what_cannot_verify_is_refused_before_it_is_touched(place, token,
                                                            code, words):
    at = place({**YK, **token})
    done = at.pam_enroll(USER, "--verify-required")
    assert done.code == code and words in done.err, done
    assert at.tokens.stats("a")["touch"]["used"] == 0
    assert at.show() == [] and not at.login_db.exists()


def test_a_token_is_bound_once(place):
    at = place()
    at.enroll_login(USER)
    done = at.pam_enroll(USER)
    name = at.bindings()[0]["id"][:8]
    assert done.code == 1, done
    assert f"`tokenbridge revoke --local -- {USER} {name}`" in done.err
    assert len(rows(at, "credentials")) == 1


def test_a_token_of_somebody_else_is_refused(place):
    at = place()
    at.enroll_login(USER)
    done = at.pam_enroll("bin")
    assert done.code == 6 and USER in done.err, done


def test_a_forged_token_is_refused_even_by_force(place):
    at = place()
    at.tokens.misbehave("a", "forge-attestation", count=-1)
    done = at.pam_enroll(USER, "--force", "really")
    assert done.code == 24, done
    assert not at.login_db.exists() and at.show() == []


def test_a_login_credential_with_a_forged_statement_is_refused(place):
    """The second statement only: the first touch was honest."""
    at = place()
    done = at.run("verify", "--record")
    assert done.code == 0, done
    at.tokens.misbehave("a", "forge-attestation", count=-1)
    done = at.pam_enroll(USER, "--force", "really")
    assert done.code == 24, done
    assert not at.login_db.exists() and at.bindings() == []


def test_a_local_user_who_is_not_there_is_refused_before_a_touch(place):
    at = place()
    done = at.pam_enroll("nobody-of-that-name")
    assert done.code == 1 and "no local user" in done.err, done
    assert at.tokens.stats("a")["touch"]["used"] == 0


def test_who_is_not_root_binds_nobody(place, tmp_path, another):
    at = place()
    at.registry.unlink()
    done = at.run("registry", "init")
    assert done.code == 0, done
    for path in (at.folder, at.registry.parent, at.registry, at.home):
        os.chown(path, another["user"], another["group"])
    done = subprocess.run(at.command("pam-enroll", USER), text=True,
                          capture_output=True, env=at.env(), **another)
    assert done.returncode == 1 and "root" in done.stderr, done


def test_no_touch_binds_nobody(place):
    at = place()
    at.tokens.touch("a", "withhold")
    done = at.pam_enroll(USER, "--touch-timeout", "1")
    assert done.code == 8 and at.show() == [], done


def test_revoke_local_takes_it_away(place):
    at = place()
    at.enroll_login(USER)
    binding, = at.bindings()
    done = at.run("revoke", "--local", USER, "ffff", "--login-db",
                  at.login_db)
    assert done.code == 1 and f"there are: {binding['id'][:8]} (pam, token " \
        f"{binding['token'][:8]})" in done.err, done
    done = at.revoke(USER, binding["id"][:8])
    assert binding["id"][:8] in done.out
    assert at.bindings() == [] and rows(at, "credentials") == []
    done = at.run("revoke", "--local", USER, "all", "--login-db",
                  at.login_db)
    assert done.code == 1 and f"no token lets '{USER}' in here" in done.err
    at.enroll_login(USER)
    binding, = at.bindings()
    done = at.run("revoke", "--local", USER, "all", "--json", "--login-db",
                  at.login_db)
    assert done.json["changed"] is True
    assert done.json["revoked"]["localUser"] == USER
    assert done.json["revoked"]["removedBindings"] == [
        {"binding": binding["id"], "kind": "pam", "token": binding["token"]}]
    assert at.log_in(USER).why == UNBOUND
    at.enroll_login(USER)
    assert at.log_in(USER).result == SUCCESS


def with_two_keys(place, first="blue-7", second="red-1"):
    """One of a label each; gives their bindings."""
    at = place(YK, SECOND)
    for name, label in zip("ab", (first, second)):
        done = at.pam_enroll(USER, "--token", at.tokens.hidraw(name),
                             "--label", label, "--force", "a second one")
        assert done.code == 0, done
    return at, at.bindings()


@pytest.mark.parametrize("name", ["blue-7", "12345678"])
def test_revoke_local_takes_a_label_or_a_serial_number(place, name):
    at, (first, second) = with_two_keys(place)
    gone, = [b for b in (first, second) if b["token"] ==
             next(t["id"] for t in at.show() if t["label"] == "blue-7")]
    done = at.revoke(USER, name)
    assert done.out == (f"removed  {gone['id'][:8]}  pam  token "
                        f"{gone['token'][:8]}\n"), done
    assert [b["id"] for b in at.bindings()] == [
        b["id"] for b in (first, second) if b is not gone]
    # again: what there is in its place
    done = at.run("revoke", "--local", USER, name, "--login-db", at.login_db)
    assert done.code == 1 and "there are: " in done.err, done


@pytest.mark.parametrize("first, second, name", [
    ("all", "red-1", "all"), ("blue", "blue", "blue"), ("", "red-1", "id")])
def test_what_means_two_logins_is_refused_with_both_shown(place, first, second,
                                                          name):
    at, bindings = with_two_keys(place, first or "blue", second)
    if name == "id":  # the other one's label is the first one's id
        row = [t for t in at.show() if t["label"] == "red-1"][0]
        of_first = next(b for b in bindings if b["token"] != row["id"])
        name = of_first["id"][:8]
        done = at.run("verify", "--record", "--label", name, "--token",
                      at.tokens.hidraw("b"))
        assert done.code == 0, done
    done = at.run("revoke", "--local", USER, name, "--login-db", at.login_db)
    assert done.code == 6, done
    for binding in bindings:
        assert binding["id"][:8] in done.err, done
    assert at.bindings() == bindings


# ---- publish ----

def test_a_rehearsal_publishes_only_where_it_is_told(place):
    at = place()
    done = at.run("registry", "publish")
    assert done.code == 6 and "--login-db" in done.err, done
    done = at.run("pam-enroll", USER, "--json")
    assert done.code == 10 and "Not published" in done.err, done
    assert done.json["enrolled"]["published"] is False
    system = ROOT / "var/lib/tokenbridge/login.db"
    done = at.run("registry", "publish", "--login-db", system)
    assert done.code == 6 and "system's registry" in done.err, done
    assert not system.exists()
    at.publish()
    assert len(rows(at, "credentials")) == 1


def test_publishing_again_keeps_the_counters(place):
    at = place()
    at.enroll_login(USER)
    before = at.tokens.stats("a")["counter"]
    assert at.log_in(USER).result == SUCCESS
    at.publish()
    at.tokens.set("a", counter=before)
    assert at.log_in(USER).result != SUCCESS


def test_a_publish_that_fails_leaves_the_old_one(place):
    at = place()
    at.enroll_login(USER)
    old = everything_in(at.login_db)
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *at.command(
            "registry", "publish", "--login-db", at.login_db)],
        text=True, capture_output=True, env=at.env())
    assert done.returncode == 1, done
    assert everything_in(at.login_db) == old
    assert not list(at.login_db.parent.glob("login.db.??????"))
    assert at.log_in(USER).result == SUCCESS


# ---- ssh ----

# P-256's (FIPS 186-4 D.1.2.3): ssh-keygen looks whether it is on the curve
BASE_POINT = bytes.fromhex(
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def sk_key(kind="ecdsa", application="ssh:", seed=1):
    """A public key as ssh writes it; nobody signs with it here."""
    def string(data):
        return len(data).to_bytes(4, "big") + data
    if kind == "ecdsa":
        name = b"sk-ecdsa-sha2-nistp256@openssh.com"
        blob = (string(name) + string(b"nistp256") +
                string(b"\4" + BASE_POINT) +
                string(application.encode() + b"x" * (seed - 1)))
    else:
        name = b"sk-ssh-ed25519@openssh.com"
        blob = (string(name) + string(bytes([seed]) * 32) +
                string(application.encode()))
    return f"{name.decode()} {base64.b64encode(blob).decode()}"


def fingerprint(line):
    done = subprocess.run(["ssh-keygen", "-lf", "-"], input=line, text=True,
                          capture_output=True, check=True)
    return done.stdout.split()[1]


def import_keys(at, text, user=USER, *more):
    path = at.folder / "authorized_keys"
    path.write_text(text)
    return at.run("registry", "import", "--format", "authorized_keys", path,
                  "--user", user, "--login-db", at.login_db, *more)


@contextlib.contextmanager
def told_where(at):
    """The system's file of this build names the login.db."""
    conf = ROOT / "etc/tokenbridge.conf"
    conf.parent.mkdir(exist_ok=True)
    conf.write_text(f"login_db = {at.login_db}\n")
    try:
        yield
    finally:
        conf.unlink()


def keys(at, *arguments, **more):
    with told_where(at):
        return subprocess.run([LIBEXEC / "tokenbridge-keys", *arguments],
                              text=True, capture_output=True, **more)


@pytest.fixture
def told(station):
    station.make_registry()
    return station


def test_what_was_imported_is_told_in_json(told):
    for changed in (True, False):
        done = import_keys(told, sk_key() + "\n", USER, "--json")
        assert done.json == {"version": 1, "changed": changed, "imported": {
            "localUser": USER, "path": str(told.folder / "authorized_keys"),
            "dryRun": False, "added": int(changed), "claimed": 0,
            "present": int(not changed), "published": True, "origin": None,
            "keys": None}}
    assert "its own" not in done.err


def test_imported_keys_are_told_by_fingerprint_and_all_together(told):
    first, second = sk_key(), sk_key("ed25519", seed=2)
    done = import_keys(told, f"# mine\n{first} alice@host\r\n\n"
                             f"verify-required {second}\n")
    assert done.code == 0 and "2 keys" in done.err, done
    assert keys(told, USER, fingerprint(first)).stdout == first + "\n"
    assert keys(told, USER, fingerprint(second)).stdout == \
        f"verify-required {second}\n"
    both = keys(told, USER)
    assert both.returncode == 0
    assert sorted(both.stdout.splitlines()) == sorted(
        [first, f"verify-required {second}"])
    told.check_chain()


def test_who_is_not_known_is_told_nothing_and_that_is_no_error(told):
    import_keys(told, sk_key())
    for words in (("bin",), (USER, fingerprint(sk_key(seed=9))),
                  ("nobody-of-that-name", fingerprint(sk_key()))):
        done = keys(told, *words)
        assert (done.returncode, done.stdout) == (0, ""), words


@pytest.mark.parametrize("name", ["Games", "CORP\\games", "ECHO\\Games"])
def test_keys_are_the_users_under_every_spelling(told, name):
    key = sk_key()
    with told.spelled():
        done = import_keys(told, key, name, "--json")
        assert done.json["imported"]["localUser"] == USER, done
        done = import_keys(told, key, USER, "--json")
        assert done.json["imported"]["present"] == 1, done
        for asked in (USER, name, "gAmEs"):
            for words in ((asked,), (asked, fingerprint(key))):
                done = keys(told, *words, env={**os.environ, **told.nss})
                assert (done.returncode, done.stdout) == (0, f"{key}\n"), done


def test_keys_are_not_told_where_nss_cannot_be_asked(told):
    import_keys(told, sk_key())
    with told.spelled():
        done = keys(told, f"DOWN\\{USER}", env={**os.environ, **told.nss})
    assert (done.returncode, done.stdout) == (1, ""), done
    assert "cannot look up the local user" in done.stderr


def test_importing_twice_changes_nothing(told):
    import_keys(told, sk_key())
    done = import_keys(told, sk_key())
    assert done.code == 0 and "0 keys" in done.err, done
    assert len(keys(told, USER).stdout.splitlines()) == 1


@pytest.mark.parametrize("line,why", [
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "security key"),
    ("no-touch-required SK", "no-touch-required"),
    ('command="/bin/sh" SK', "command="),
    ('from="192.0.2.*",verify-required SK', "from="),
    ("sk-ssh-ed25519@openssh.com !!!!", "base64"),
    ("sk-ssh-ed25519@openssh.com", "no key"),
    ("nonsense", "nonsense"),
    ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2g=",
     "cut off")])
def test_a_line_that_cannot_be_kept_imports_nothing(told, line, why):
    done = import_keys(told, f"{sk_key()}\n{line.replace('SK', sk_key())}\n")
    assert done.code == 1 and "line 2" in done.err and why in done.err, done
    assert keys(told, USER).stdout == ""


def test_a_revoked_key_is_told_no_more(told):
    import_keys(told, sk_key())
    told.revoke(USER)
    assert keys(told, USER).stdout == ""


@pytest.mark.parametrize("damage", ["absent", "garbage", "unreadable"])
def test_a_damaged_record_tells_nothing_and_is_an_error(told, damage):
    import_keys(told, sk_key())
    if damage == "absent":
        told.login_db.unlink()
    elif damage == "garbage":
        told.login_db.write_bytes(os.urandom(8192))
    else:
        os.chown(told.login_db, 65534, 65534)
    done = keys(told, USER)
    assert done.returncode == 1 and done.stdout == "" and done.stderr, done
    # the same words, and what to do next, for who asks at a terminal
    with told_where(told):
        shown = told.run("ssh-keys", USER)
    assert shown.code == 1 and shown.out == "", shown
    assert shown.err == done.stderr
    if damage == "absent":
        assert f"'{told.login_db}' is not there: make it with `tokenbridge " \
            "registry publish` as root" in shown.err
        assert "`tokenbridge login install`" in shown.err


def test_a_reader_that_hangs_up_is_no_failure(told):
    lines = "\n".join(sk_key("ed25519", seed=n) for n in range(1, 200))
    assert import_keys(told, lines).code == 0
    read, write = os.pipe()
    os.close(read)
    with told_where(told):
        done = subprocess.run([LIBEXEC / "tokenbridge-keys", USER],
                              stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 0


def test_an_answer_that_cannot_be_written_is_a_failure(told):
    import_keys(told, sk_key())
    with told_where(told), open("/dev/full", "wb") as full:
        done = subprocess.run([LIBEXEC / "tokenbridge-keys", USER],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "cannot answer: No space left on device" in done.stderr


def test_ssh_keys_shows_people_the_same(told):
    import_keys(told, sk_key())
    with told_where(told):
        done = told.run("ssh-keys", USER)
    assert done.code == 0 and done.out == sk_key() + "\n", done


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen")
def test_a_key_that_ssh_keygen_makes_in_a_token_is_told(told, tmp_path):
    tokens = told.plug(YK, cards=False)
    done = tokens.run("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f",
                      str(tmp_path / "id"))
    assert done.returncode == 0, done
    line = (tmp_path / "id.pub").read_text()
    assert import_keys(told, line).code == 0
    done = keys(told, USER, fingerprint(line))
    assert done.stdout.split() == line.split()[:2]
