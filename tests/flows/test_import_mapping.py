# SPDX-License-Identifier: Apache-2.0
"""registry import of pam_u2f's and pam_yubico's files: a key that was set up
with pamu2fcfg lets in by our module, held to what the file wants."""
import os
import pwd
import subprocess

import pytest

from conftest import YK
from station import AUTH_ERR, NO_TOKEN, SUCCESS, UNBOUND
from broken_off import run_killed_at, strace

USER = "games"
ORIGIN = "pam://host.example"
PIN = "quite-a-PIN"
XY = ("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W"
      "K84zV2sxXs7LtkBoN79R9Q==")
OLD_KEY = ("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
           "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def cred(handle="AAEC", options="+presence", kind="es256", key=XY):
    return f"{handle},{key},{kind},{options}"


@pytest.fixture
def place(station):
    """place(token, ...): a registry that nobody stands in."""
    def set_up(*tokens):
        station.plug(*(tokens or (YK,)), cards=False)
        station.trust_vendor()
        station.make_registry()
        station.file = station.folder / "u2f_mappings"
        return station
    return set_up


@pytest.fixture
def ready(place):
    return place()


def made(at, *more, pin=None, user=USER):
    """What pamu2fcfg writes: PAM's other module and its tool are the judges
    of the format."""
    done = at.tokens.run("pamu2fcfg", "-u", user, "-o", ORIGIN, "-i", ORIGIN,
                         *more, **({"input": f"{pin}\n"} if pin else {}))
    assert done.returncode == 0, done
    return done.stdout


def take(at, text=None, *more, format="pam_u2f"):
    if text is not None:
        at.file.write_text(text)
    return at.run("registry", "import", at.file, "--format", format,
                  *(() if format != "pam_u2f" else ("--login-db", at.login_db)),
                  *more)


def events(at):
    return at.run("registry", "log", "--json").out.splitlines()


def refused(at, text, *says, code=1, more=(), format="pam_u2f"):
    """Nothing is written, and the words name what is wrong."""
    before = events(at)
    done = take(at, text, *more, format=format)
    assert done.code == code and done.out == "", done
    for words in says:
        assert words in done.err, done
    assert events(at) == before
    assert not at.login_db.exists()
    return done


# ---- the same key lets in ----

def test_a_key_of_pam_u2fs_lets_in_by_the_same_credential(ready):
    done = take(ready, made(ready), "--origin", ORIGIN, "--json")
    assert done.code == 0, done
    assert done.json["changed"] is True
    said = done.json["imported"]
    assert (said["added"], said["present"], said["claimed"]) == (1, 0, 0)
    assert said["origin"] == ORIGIN and said["published"] is True
    key, = said["keys"]
    assert key["localUser"] == USER and key["result"] == "bound"
    assert key["relyingParty"] == ORIGIN and key["verifyRequired"] is False
    token, = ready.show()
    assert token["id"] == key["token"]
    assert token["state"] == "assigned" and token["holder"] == USER
    assert token["verdict"] is None
    binding, = ready.bindings()
    assert binding["kind"] == "pam" and binding["basis"] == "imported"
    before = ready.tokens.stats("a")["touch"]["used"]
    at = ready.log_in(USER)
    assert at.result == SUCCESS, at
    assert ready.tokens.stats("a")["touch"]["used"] == before + 1
    assert token["id"][:8] in str(at.log)
    ready.check_chain()
    # and it is taken away like any other
    ready.revoke(USER)
    assert ready.log_in(USER).why == UNBOUND


def test_another_origin_lets_nobody_in(ready):
    """The token has no credential of that relying party."""
    done = take(ready, made(ready), "--origin", "pam://elsewhere")
    assert done.code == 0, done
    assert ready.log_in(USER).why == NO_TOKEN


def test_the_default_is_pam_u2fs(ready):
    done = take(ready, f"{USER}:{cred()}\n", "--json")
    assert done.code == 0, done
    assert done.json["imported"]["origin"] == f"pam://{os.uname().nodename}"


def test_a_pin_that_the_file_wants_is_wanted(place):
    at = place({**YK, "pin": PIN})
    text = made(at, "-N", pin=PIN)
    assert "+pin" in text
    done = take(at, text, "--origin", ORIGIN)
    assert done.code == 0 and "and the token's PIN" in done.out, done
    assert at.log_in(USER).result == AUTH_ERR
    assert at.log_in(USER, "-a", PIN).result == SUCCESS


@pytest.mark.parametrize("options,verify", [
    ("", False), ("+presence", False), ("+verification", True),
    ("+pin", True), ("+presence+verification+pin", True)])
def test_it_is_never_weaker_than_the_file(ready, options, verify):
    done = take(ready, f"{USER}:{cred(options=options)}\n", "--json")
    assert done.code == 0, done
    assert done.json["imported"]["keys"][0]["verifyRequired"] is verify


def test_all_may_be_held_to_a_pin(ready):
    done = take(ready, f"{USER}:{cred()}\n", "--verify-required", "--json")
    assert done.code == 0, done
    assert done.json["imported"]["keys"][0]["verifyRequired"] is True


def test_a_key_twice_in_a_line_is_held_to_the_stricter(ready):
    done = take(ready, f"{USER}:{cred()}:{cred(options='+pin')}\n", "--json")
    assert done.code == 0, done
    said = done.json["imported"]
    assert [k["result"] for k in said["keys"]] == ["bound", "present"]
    assert all(k["verifyRequired"] for k in said["keys"])


def test_the_old_form_goes_by_the_appid(ready):
    done = take(ready, f"{USER}:-_8,{OLD_KEY}\n", "--origin", ORIGIN,
                "--appid", "pam://appid", "--json")
    assert done.code == 0, done
    assert done.json["imported"]["keys"][0]["relyingParty"] == "pam://appid"


def test_a_key_of_two_users_is_one_token(ready):
    line = made(ready).strip()
    done = take(ready, f"{line}\n{line.replace(USER, 'bin', 1)}\n",
                "--origin", ORIGIN)
    assert done.code == 0, done
    token, = ready.show()
    assert {b["localUser"] for b in ready.bindings()} == {USER, "bin"}
    for user in (USER, "bin"):
        assert ready.log_in(user).result == SUCCESS


def test_a_resident_key_is_a_claim(ready):
    done = take(ready, f"{USER}:{cred(handle='*')}\n", "--json")
    assert done.code == 0, done
    assert "resident key ('*') of the file lets nobody in" in done.err
    said = done.json["imported"]
    assert (said["added"], said["claimed"]) == (0, 1)
    assert said["published"] is False and not ready.login_db.exists()
    token, = ready.show()
    assert token["holder"] == USER
    again = take(ready, None, "--json")
    assert again.json["changed"] is False
    assert again.json["imported"]["present"] == 1


# ---- repeats, and who has one already ----

def test_a_repeat_changes_nothing(ready):
    text = made(ready)
    assert take(ready, text, "--origin", ORIGIN).code == 0
    before = events(ready)
    done = take(ready, text, "--origin", ORIGIN, "--json")
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["imported"]["present"] == 1
    assert events(ready) == before


@strace
@pytest.mark.parametrize("format, call, step", [
    ("pam_u2f", "fdatasync", 1), ("pam_u2f", "unlink", 1),
    ("authorized_yubikeys", "fdatasync", 1)])
def test_an_import_that_died_leaves_no_half_of_a_key(ready, format, call,
                                                     step):
    """The next one ends it, and lets in whom the file lets in."""
    text = made(ready) if format == "pam_u2f" else f"{USER}:vvccccbbbbbb\n"
    ready.file.write_text(text)
    more = ("--login-db", ready.login_db, "--origin", ORIGIN) \
        if format == "pam_u2f" else ()
    killed = 0
    for number in range(1, 60, step):
        for path in ready.registry.parent.glob("registry.db*"):
            if path.is_file():
                path.unlink()
        ready.login_db.unlink(missing_ok=True)
        ready.make_registry()
        if not run_killed_at(ready, call, number, "registry", "import",
                             ready.file, "--format", format, *more):
            break
        killed += 1
        for row in ready.show():
            assert format != "pam_u2f" or row["bindings"], (number, row)
        done = ready.run("registry", "import", ready.file, "--format", format,
                         *more)
        assert done.code == 0, (number, done)
        assert len(ready.show()) == 1, number
        if format == "pam_u2f":
            assert len(ready.bindings()) == 1, number
            assert ready.login_db.exists(), number
        ready.check_chain()
    assert killed >= 2, killed


def test_a_dry_run_writes_nothing(ready):
    before = events(ready)
    done = take(ready, f"{USER}:{cred()}\n", "--dry-run", "--json")
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["imported"]["added"] == 1
    assert done.json["imported"]["dryRun"] is True
    assert events(ready) == before and not ready.login_db.exists()


def test_a_file_does_not_give_a_user_another_token(ready):
    assert take(ready, f"{USER}:{cred()}\n").code == 0
    before = events(ready)
    other = f"{USER}:{cred()}:{cred(handle='BBBB')}\n"
    done = take(ready, other)
    assert done.code == 6 and events(ready) == before, done
    assert f"{USER} has a token that lets him in already" in done.err
    done = take(ready, other, "--force", "both are his", "--json")
    assert done.code == 0, done
    assert [k["result"] for k in done.json["imported"]["keys"]] == [
        "present", "bound"]
    assert "both are his" in ready.run("registry", "log").out


def test_a_stricter_file_is_a_stricter_login(ready):
    assert take(ready, f"{USER}:{cred()}\n").code == 0
    done = take(ready, f"{USER}:{cred(options='+pin')}\n", "--force", "stricter",
                "--json")
    assert done.code == 0, done
    assert done.json["imported"]["keys"][0]["result"] == "bound"
    assert len(ready.show()) == 1


def test_a_lost_key_does_not_come_back(ready):
    assert take(ready, f"{USER}:{cred()}\n").code == 0
    token, = ready.show()
    done = ready.run("registry", "move", token["id"], "--state", "lost",
                    "--login-db", ready.login_db)
    ready.revoke(USER)
    before = events(ready)
    done = take(ready, None)
    assert done.code == 6 and events(ready) == before, done
    assert "which is lost: it lets nobody in any more" in done.err


def test_a_name_is_recorded_as_nss_has_it(ready):
    with ready.spelled():
        done = take(ready, f"Games:{cred()}\n", "--json")
        assert done.code == 0, done
        assert done.json["imported"]["keys"][0]["localUser"] == USER
        assert ready.bindings()[0]["localUser"] == USER


def test_two_spellings_of_a_user_are_two_lines(ready):
    with ready.spelled():
        refused(ready, f"{USER}:{cred()}\nGames:{cred(handle='BBBB')}\n",
                "line 2: 'Games' is games, who has a line already")


# ---- what is not taken ----

@pytest.mark.parametrize("text,says", [
    (f"{USER}:{cred()}\nnobody-is-called-so:{cred()}\n", "line 2: "),
    (f"{USER}:{cred()}\n{USER}:{cred(handle='BBBB')}\n",
     "line 2, byte 7: 'games' has line 1 already"),
    (f"{USER}:{cred()}\n:{cred()}\n", "line 2, byte 1: there is no user"),
    (f"{USER}:{cred(kind='es512')}\n", "the type 'es512' is none of"),
    (f"{USER}:{cred(options='+always')}\n", "the option '+always'"),
    (f"bin:{cred()}\n{USER}:A A=,{XY},es256\n", "line 2, byte 7: the key "
     "handle is no base64"),
    (f"{USER}\n", "line 1, byte 1: nothing stands behind")])
def test_a_bad_line_ends_it_and_is_named(ready, text, says):
    refused(ready, text, f"'{ready.file}', line", says)


def test_who_may_write_the_file_says_who_logs_in(ready):
    ready.file.write_text(f"{USER}:{cred()}\n")
    ready.file.chmod(0o666)
    refused(ready, None, f"'{ready.file}'")
    refused(ready, None, "may be written by others", more=("--user", USER))
    ready.file.chmod(0o644)
    os.chown(ready.file, pwd.getpwnam("bin").pw_uid, -1)
    refused(ready, None, f"'{ready.file}'")
    refused(ready, None, f"is neither root's nor {USER}'s own",
            more=("--user", USER))


def test_a_users_own_file_speaks_of_him_alone(ready):
    text = f"{USER}:{cred()}\nroot:{cred(handle='BBBB')}\n"
    ready.file.write_text(text)
    os.chown(ready.file, pwd.getpwnam(USER).pw_uid, -1)
    refused(ready, None, f"line 2: it is of root, and this is the file of "
            f"{USER}", code=6, more=("--user", USER))
    ready.file.write_text(f"{USER}:{cred()}\n")
    done = take(ready, None, "--user", USER)
    assert done.code == 0, done


@pytest.mark.parametrize("origin", ["", "a b", 'pam://"x', "pam://\\", "ä"])
def test_an_origin_that_is_none_is_refused(ready, origin):
    refused(ready, f"{USER}:{cred()}\n", "is no origin of pam_u2f's", code=2,
            more=("--origin", origin))


@pytest.mark.parametrize("words", [("--origin", "pam://x"), ("--appid", "x"),
                                   ("--force", "x"), ("--verify-required",)])
def test_what_only_pam_u2f_has_goes_with_it(ready, words):
    refused(ready, "bin:cccccccccccb\n", f"{words[0]} goes with --format "
            "pam_u2f", code=2, more=words, format="authorized_yubikeys")


# ---- pam_yubico ----

def test_the_ids_of_yubikeys_are_claims(ready):
    text = ("# keys\nbin:cccccccccccb:ccccccbtbhnh\n"
            f"{USER}:vvccccbbbbbb\nbin:cccccccccccb\n")
    done = take(ready, text, "--json", format="authorized_yubikeys")
    assert done.code == 0, done
    said = done.json["imported"]
    assert (said["added"], said["claimed"], said["present"]) == (0, 3, 1)
    assert said["origin"] is None and said["published"] is False
    assert "they let nobody in" in done.err
    assert sorted((t["holder"], t["state"]) for t in ready.show()) == [
        ("bin", "assigned")] * 2 + [(USER, "assigned")]
    assert ready.bindings() == []
    ready.publish()
    assert ready.log_in(USER).why == UNBOUND
    before = events(ready)
    again = take(ready, None, "--json", format="authorized_yubikeys")
    assert again.json["changed"] is False and events(ready) == before


@pytest.mark.parametrize("text,says", [
    ("bin:cccccccccccb\nbin:xyz\n", "line 2, byte 5: that is no public id"),
    (f"bin:cccccccccccb\n{USER}:cccccccccccb\n",
     "line 2: the YubiKey 'cccccccccccb' is games's here and bin's already"),
    ("nobody-is-called-so:cccccccccccb\n", "line 1: ")])
def test_an_id_that_cannot_be_taken_ends_it(ready, text, says):
    refused(ready, text, f"'{ready.file}', line", says,
            format="authorized_yubikeys")


def test_an_id_that_another_has_in_the_registry_is_a_conflict(ready):
    done = take(ready, "bin:cccccccccccb\n", format="authorized_yubikeys")
    assert done.code == 0, done
    refused(ready, f"{USER}:cccccccccccb\n", "line 1: the YubiKey "
            f"'cccccccccccb' is {USER}'s here and bin's already",
            format="authorized_yubikeys")


# ---- the older formats have a dry run, too ----

def test_a_dry_run_of_sshds_keys_writes_nothing(ready, tmp_path):
    key = ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29"
           "tAAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2trAAAABHNzaDo=")
    before = events(ready)
    done = take(ready, f"{key}\n", "--user", USER, "--dry-run", "--json",
                format="authorized_keys")
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["imported"]["added"] == 1
    assert "would be imported" in done.err
    assert events(ready) == before


def test_a_dry_run_of_serials_writes_nothing(ready):
    before = events(ready)
    done = take(ready, "serial,label\n7,blue\n", "--dry-run", "--json",
                format="serials")
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["imported"]["added"] == 1
    assert events(ready) == before
