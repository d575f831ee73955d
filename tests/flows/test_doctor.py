# SPDX-License-Identifier: Apache-2.0
"""doctor login: what it says is what happens."""
import contextlib
import fcntl
import json
import os
import pathlib
import pwd
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time

import pytest

from conftest import PROGRAM, RIG, ROOT, YK
from station import (AUTHINFO_UNAVAIL, HELPER, LIBEXEC, SERVICE_ERR, SUCCESS,
                     USER_UNKNOWN, Station, module, seal)

sys.path.insert(0, str(RIG / "login"))
from activated import Activated  # noqa: E402

SOCKET = ROOT / "var/run/tokenbridge/auth"
USER = "games"      # accounts that every Debian has
OTHER = "bin"       # ... and this one has no token
KEYS = LIBEXEC / "tokenbridge-keys"


class Clinic(Station):
    """A station that can be looked at by the doctor."""

    def __init__(self, folder, cards, cloud):
        super().__init__(folder, cards, cloud)
        self.sshd = folder / "sshd_config"
        self.sshd.write_text("")

    def lines(self, name, *lines):
        """A service; OURS is our module with the record of this place."""
        ours = f"{module()} login_db={self.login_db}"
        (self.pam / name).write_text(
            "\n".join(lines).replace("OURS", ours) + "\n")

    def doctor(self, *arguments, code=None):
        done = self.run("doctor", "login", *arguments, "--pam-dir", self.pam,
                        "--sshd-config", self.sshd, "--login-db",
                        self.login_db, "--json")
        assert done.json["version"] == 1
        rows = done.json["checks"]
        seen = {row["status"] for row in rows}
        assert done.code == (3 if "fail" in seen else
                             10 if "unknown" in seen else 0), done
        if code is not None:
            assert done.code == code, done
        return rows


def said(rows, check, status=None):
    return [row for row in rows if row["check"] == check
            and status in (None, row["status"])]


def the(rows, check, status=None):
    found = said(rows, check, status)
    assert len(found) == 1, rows
    return found[0]


def text_of(rows, check, status=None):
    return the(rows, check, status)["text"]


@pytest.fixture
def clinic(tmp_path, cards):
    tmp_path.chmod(0o755)
    place = Clinic(tmp_path, cards, None)
    yield place
    place.close()


@pytest.fixture
def host(clinic):
    """USER has a token and a service that asks for it."""
    clinic.plug(YK, cards=False)
    clinic.tokens.permission("a", "0660")
    clinic.trust_vendor()
    clinic.make_registry()
    clinic.enroll_login(USER)
    clinic.lines("tbtest", "auth required OURS",
                 "account required pam_permit.so")
    return clinic


# ---- what it says is what happens ----

def test_a_good_login_is_good_and_foreseen(host):
    rows = host.doctor(USER, code=0)
    token = host.show()[0]["id"][:8]
    assert text_of(rows, "login", "ok").startswith(
        f"tbtest would ask {USER} to touch token {token}")
    assert text_of(rows, "user", "ok") == (
        f"'{host.login_db}' has 1 key for PAM, of token {token}; 0 for ssh")
    assert "nobody holds it" in text_of(rows, "node", "ok")
    for check in ("pam-control", "pam-module", "helper", "helper-user",
                  "login-counters", "login-group"):
        the(rows, check, "ok")
    assert "rehearsals" in text_of(rows, "login-db", "warn")
    assert host.log_in(USER).result == SUCCESS


def test_each_of_a_users_tokens_is_named_once(clinic):
    clinic.plug(YK, {"profile": "yubikey5", "serial": 22222222}, cards=False)
    clinic.trust_vendor()
    clinic.make_registry()
    clinic.lines("tbtest", "auth required OURS")
    for name in "ab":
        clinic.enroll_login(USER, "--token", clinic.tokens.hidraw(name))
    one, two = [row["id"][:8] for row in clinic.show()]
    where = f"'{clinic.login_db}' has"
    assert text_of(clinic.doctor(USER), "user", "ok") in [
        f"{where} 2 keys for PAM, of token {a} or {b}; 0 for ssh"
        for a, b in ((one, two), (two, one))]
    assert text_of(clinic.doctor(OTHER), "user", "ok") == (
        f"{where} 0 keys for PAM; 0 for ssh")


# What differs from place to place
PLACES = [(rf"{ROOT}/usr/lib\S*/security", "SECURITY"), (str(ROOT), ""),
          (r"\b[0-9a-f]{8}\b", "ID"), (r"\bmade [0-9]+ s ago", "made N s ago"),
          (r"/dev/hidraw[0-9]+", "NODE")]


def test_all_that_is_said_of_a_login_to_the_letter(host):
    """A machine with good and bad services: doctor-login.txt; with
    TOKENBRIDGE_SAID=write it is written anew, for a person to read."""
    host.lines("sudo", "auth sufficient OURS nouserok", "auth include su")
    host.lines("su", "auth [user_unknown=ignore default=die] OURS",
               "auth required pam_deny.so")
    host.lines("login", "auth optional OURS.gone")
    host.lines("cron", "auth required OURS alwaysok")
    host.lines("other", "auth required pam_tokenbrigde.so")
    sshd_file(host)
    text = ""
    for arguments in ([], [USER], [OTHER, "sudo"], ["nosuchuser"]):
        text += f"$ doctor login {' '.join(arguments)}\n" + "".join(
            f"  {row['status']} {row['check']} {row['subject']}: "
            f"{row['text']}; {row['remedy']}\n"
            for row in host.doctor(*arguments))
    for pattern, word in [(str(host.folder), "."), *PLACES]:
        text = re.sub(pattern, word, text)
    path = pathlib.Path(__file__).with_name("doctor-login.txt")
    if os.environ.get("TOKENBRIDGE_SAID") == "write":
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("line,user,words,result", [
    ("auth required OURS", OTHER, "(PAM_USER_UNKNOWN)", USER_UNKNOWN),
    ("auth required OURS alwaysok", USER, "(PAM_SERVICE_ERR)", SERVICE_ERR),
    ("auth required OURS.gone", USER, "(PAM_AUTHINFO_UNAVAIL)",
     AUTHINFO_UNAVAIL)])
def test_a_refusal_is_foreseen_by_its_code(host, line, user, words, result):
    host.lines("tbtest", line)
    assert words in text_of(host.doctor(user), "login", "warn")
    assert host.log_in(user).result == result


def test_a_token_that_is_not_plugged_in_is_foreseen(host):
    host.tokens.unplug("a")
    rows = host.doctor(USER, code=0)
    assert "no token plugged in now" in text_of(rows, "login", "warn")
    assert "no FIDO token is plugged in" in text_of(rows, "node", "ok")
    assert host.log_in(USER).result == AUTHINFO_UNAVAIL


def test_a_pin_is_foreseen(clinic):
    clinic.plug({**YK, "pin": "1234"}, cards=False)
    clinic.trust_vendor()
    clinic.make_registry()
    clinic.lines("tbtest", "auth required OURS")
    done = clinic.on_terminal("pam-enroll", USER, "--login-db",
                              clinic.login_db, "--verify-required",
                              answers=[("PIN", "1234")])
    assert done.code == 0, done
    rows = clinic.doctor(USER, "tbtest", code=0)
    assert "for the PIN and to touch" in text_of(rows, "login", "ok")
    done = clinic.log_in(USER, "-a", "1234")
    assert "PIN" in done.said and done.result == SUCCESS, done


# OTHERS stands for all that asks for something: once content, once not.
STACKS = {
    "required": ["auth required OURS", "auth required OTHERS"],
    "requisite": ["auth requisite OURS", "auth sufficient OTHERS"],
    "optional": ["auth optional OURS", "auth required OTHERS"],
    "sufficient": ["auth sufficient OURS", "auth required OTHERS"],
    "alone": ["auth required OURS"],
    "sufficient alone": ["auth sufficient OURS"],
    "nouserok": ["auth required OURS nouserok", "auth required OTHERS"],
    "nouserok alone": ["auth required OURS nouserok"],
    "nouserok ok": ["auth [ignore=ok success=ok default=bad] OURS nouserok",
                    "auth required OTHERS"],
    "sufficient nouserok": ["auth sufficient OURS nouserok",
                            "auth sufficient OTHERS"],
    "passed over": ["auth [user_unknown=ignore default=bad] OURS",
                    "auth required OTHERS"],
    "died": ["auth [user_unknown=die default=ignore] OURS",
             "auth sufficient OTHERS"],
    "jump": ["auth [default=1] OURS", "auth requisite pam_deny.so",
             "auth required OTHERS"],
    "jump too far": ["auth [default=2] OURS", "auth required OTHERS"],
    "reset": ["auth required OTHERS", "auth [default=reset] OURS",
              "auth required pam_permit.so"],
    "unknown control": ["auth requird OURS", "auth sufficient OTHERS"],
    "broken type": ["nonsense optional pam_permit.so",
                    "auth optional OURS", "auth sufficient OTHERS"],
    "no such include": ["auth optional OURS", "auth include nowhere",
                        "auth sufficient OTHERS"],
    "include": ["auth optional OURS", "auth include HERE/inner",
                "auth required pam_deny.so"],
    "substack": ["auth optional OURS", "auth substack HERE/inner",
                 "auth required pam_permit.so"],
    "ours in a substack": ["auth substack HERE/ours", "auth required OTHERS"],
    "jump over a substack": ["auth [default=2] OURS",
                             "auth requisite pam_deny.so",
                             "auth substack HERE/inner", "auth required OTHERS"],
    "jump into a substack": ["auth [default=1] OURS",
                             "auth substack HERE/inner", "auth required OTHERS"],
    "reset in a substack": ["auth required OTHERS",
                            "auth substack HERE/reset"],
    "continued": ["auth \\", "  required \\", "OURS # words",
                  "auth sufficient OTHERS"],
}


def authenticate_at_once(clinic, user):
    """{service: result}; a refusal takes PAM two seconds."""
    clinic.helper_env()
    running = {name: subprocess.Popen(
        clinic.pamhost(user, service=name),
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]}) for name in STACKS}
    return {name: json.loads(process.communicate(timeout=90)[0]
                             .splitlines()[-1])["result"]
            for name, process in running.items()}


@pytest.mark.parametrize("content", ["pam_permit.so", "pam_deny.so"])
def test_lines_end_as_in_libpam(clinic, content):
    """For a user without a token, which needs no touch. With a folder of
    one's own libpam 1.5 looks for included names in /etc/pam.d: they are
    absolute here."""
    clinic.plug(YK, cards=False)
    clinic.make_registry()
    clinic.publish()
    clinic.lines("inner", f"auth sufficient {content}",
                 "auth required pam_deny.so")
    clinic.lines("ours", "auth sufficient OURS",
                 "auth optional pam_permit.so")
    clinic.lines("reset", "auth required pam_deny.so",
                 "auth [default=reset] OURS")
    for name, lines in STACKS.items():
        clinic.lines(name, *(line.replace("OTHERS", content)
                             .replace("HERE", str(clinic.pam))
                             for line in lines))
    results, differ = authenticate_at_once(clinic, OTHER), []
    for name, lines in STACKS.items():
        row = the(clinic.doctor(OTHER, name), "login")
        foreseen = "everybody gets in" in row["text"]
        assert foreseen or "nothing else lets in" in row["text"], row
        if foreseen != (results[name] == SUCCESS):
            differ.append((name, lines, results[name], row["text"]))
    assert not differ


# ---- PAM's files ----

def test_services_are_found_and_what_they_include_is_none(host):
    host.lines("common-auth", "auth optional OURS",
               "auth required pam_unix.so")
    host.lines("sudo", "@include common-auth")
    host.lines("login", "auth required pam_unix.so")
    for name in ("sudo.dpkg-old", "sudo.pacnew", "sudo~"):
        host.lines(name, "auth optional OURS")
    rows = said(host.doctor(), "pam-control")
    assert {row["subject"] for row in rows} == {"tbtest", "sudo"}
    assert "decides nothing" in text_of(rows, "pam-control", "fail")


SDDM = ["auth requisite pam_nologin.so",
        "auth required pam_succeed_if.so user != root quiet_success",
        "auth sufficient OURS"]


@pytest.mark.parametrize("name,lines,code,check,words", [
    ("sddm", SDDM, 3, "pam-control", "everybody gets in"),
    ("x", SDDM + ["auth required pam_deny.so"], 0, "pam-control",
     "it alone is enough"),
    ("x", ["auth required BARE\r", "auth required pam_unix.so"], 3,
     "pam-file", "mentions tokenbridge"),
    ("x", ["auth required\u00a0OURS", "auth required pam_unix.so"], 3,
     "pam-file", "mentions tokenbridge"),
    ("x", ["auth required pam_tokenbrigde.so"], 3, "pam-file",
     "module 'pam_tokenbrigde.so' or its function"),
    ("x", ["auth required OURS", "auth required pam_limits.so"], 3,
     "pam-file", "module 'pam_limits.so' or its function"),
    ("x", ["auth required OURS", "auth required pam_unix.so \\"], 3,
     "pam-file", "PAM refuses everybody"),
    ("greetd", ["auth required OURS"], 3, "pam-host",
     "neither a session nor a terminal"),
    ("swaylock", ["auth required OURS"], 3, "pam-host", "runs as the user"),
    ("x", ["auth sufficient pam_listfile.so item=user sense=allow file=HERE",
           "auth required OURS"], 10, "pam-control", "pam_listfile.so"),
    ("x", ["auth sufficient pam_listfile.so item=user sense=deny "
           "file=/etc/passwd", "auth required OURS"], 3, "pam-control",
     "never reached"),
    ("x", ["auth sufficient OURS", "auth optional pam_exec.so /bin/true"], 10,
     "pam-control", "pam_exec.so"),
    # who answers no prompt, or too often, jumps over ours
    ("x", ["auth [success=ok conv_err=2 default=die] pam_unix.so",
           "auth requisite OURS", "auth required pam_unix.so",
           "auth required pam_permit.so"], 10, "pam-control", "pam_unix.so"),
    ("x", ["auth [success=ok maxtries=1 default=die] pam_unix.so",
           "auth requisite OURS", "auth required pam_permit.so"], 10,
     "pam-control", "pam_unix.so"),
    # a number of Debian's that nobody counted anew
    ("x", ["auth [success=1 default=ignore] pam_unix.so",
           "auth [success=1 default=ignore] OURS",
           "auth requisite pam_deny.so", "auth required pam_permit.so"], 3,
     "pam-control", "token and password good is kept out")])
def test_what_is_not_known_is_never_good(host, name, lines, code, check,
                                         words):
    (host.pam / "tbtest").unlink()
    host.lines(name, *(line.replace("HERE", str(host.folder / "list"))
                       .replace("BARE", str(module())) for line in lines))
    (host.folder / "list").write_text("bob\n")
    rows = [row for row in host.doctor(code=code) if row["subject"] == name]
    found = [row for row in rows if row["check"] == check]
    assert any(words in row["text"] for row in found), rows
    assert code == 0 or not any(row["status"] == "ok" for row in rows), rows


def test_a_screen_locker_s_lockout_is_seen_before_it_locks(host, tmp_path):
    """The socket is off, then there: what it says is what happens."""
    uid = pwd.getpwnam(USER).pw_uid
    subprocess.run(["rm", "-rf", SOCKET.parent], check=True)
    host.lines("swaylock", "auth required OURS",
               "account required pam_permit.so")

    def unlock():
        conf = ROOT / "etc/tokenbridge.conf"
        conf.parent.mkdir(exist_ok=True)
        conf.write_text(f"login_db = {host.login_db}\n")
        try:
            return host.log_in(USER, "-U", uid, service="swaylock")
        finally:
            conf.unlink()
    rows = host.doctor(USER, "swaylock", code=3)
    assert "nobody listens for it (tokenbridge-auth.socket)" in text_of(
        rows, "pam-host", "fail")
    assert "a service needs it: nobody listens at" in text_of(
        rows, "login-socket", "fail")
    assert f"{USER} comes by a program that runs as the user" in text_of(
        rows, "login", "warn")
    assert unlock().why == (AUTHINFO_UNAVAIL, "not-root")
    host.helper_env()
    with Activated(SOCKET, HELPER, tmp_path / "log"):
        rows = host.doctor(USER, "swaylock", code=0)
        assert "but not after the next start" in text_of(
            rows, "login-socket", "warn")
        assert not said(rows, "pam-host")
        assert "while a session of that user is in front; this service was " \
            "not tried" in text_of(rows, "login", "ok")
        assert unlock().result == SUCCESS
    host.config.write_text("locker_services = i3lock\n")
    assert "not among locker_services" in text_of(
        host.doctor(USER, "swaylock", code=3), "pam-host", "fail")
    host.config.write_text("locker_services = tbtest\n")
    assert "tbtest runs as the user" in text_of(
        host.doctor(USER, "tbtest", code=3), "pam-host", "fail")


def test_a_service_without_lines_takes_those_of_other(host):
    host.lines("other", "auth required OURS")
    host.lines("empty", "session required pam_permit.so")
    assert text_of(host.doctor(USER, "empty", code=0), "pam-control",
                   "ok").startswith("nobody gets in without")
    assert text_of(host.doctor(USER, "Nowhere", code=0), "login",
                   "ok").startswith(f"nowhere would ask {USER}")
    host.lines("other", "auth required pam_unix.so \\")
    rows = host.doctor(code=3)
    assert any(row["subject"] == "tbtest" and "PAM refuses" in row["text"]
               for row in said(rows, "pam-file", "fail")), rows


def test_no_service_and_no_sshd_is_no_failure(clinic):
    rows = clinic.doctor(code=0)
    assert "no service asks" in text_of(rows, "pam-service", "ok")
    assert "nothing asks for it" in text_of(rows, "login-db", "ok")
    assert not said(rows, "login")


def test_a_module_that_is_not_there_or_not_root_s_fails(host, tmp_path):
    copy = tmp_path / "pam_tokenbridge.so"
    host.lines("tbtest", f"auth required {copy}")
    assert "No such file" in text_of(host.doctor(code=3), "pam-module",
                                     "fail")
    shutil.copy(module(), copy)
    copy.chmod(0o664)
    assert "mode 0664" in text_of(host.doctor(code=3), "pam-module", "fail")
    copy.chmod(0o644)
    the(host.doctor(), "pam-module", "ok")
    os.chown(copy, 5, 0)
    assert "owner 5" in text_of(host.doctor(code=3), "pam-module", "fail")
    host.lines("tbtest", "auth required pam_tokenbridge.so")
    assert the(host.doctor(), "pam-module", "ok")["subject"] == str(module())


def test_a_service_that_is_not_there_is_an_error(host):
    done = host.run("doctor", "login", USER, "nosuch", "--pam-dir", host.pam)
    assert done.code == 1 and "no service 'nosuch'" in done.err
    for name in ("../tbtest", "a\nb"):
        done = host.run("doctor", "login", USER, name, "--pam-dir", host.pam)
        assert done.code == 2, done


def test_a_folder_may_be_named_from_where_one_is(host):
    host.lines("sudo", "auth required OURS")
    rows = host.doctor(USER)
    done = host.run("doctor", "login", USER, "--pam-dir",
                    f"./{host.pam.name}", "--sshd-config", host.sshd,
                    "--login-db", host.login_db, "--json", cwd=host.pam.parent)
    assert done.json["checks"] == rows, done
    done = host.run("doctor", "login", USER, "sudo", "--pam-dir",
                    host.pam.name, "--login-db", host.login_db, "--json",
                    cwd=host.pam.parent)
    assert [row["subject"] for row in said(done.json["checks"], "login")], done


def test_an_include_may_match_a_folder(host):
    (host.sshd.parent / "more.d/old").mkdir(parents=True)
    (host.sshd.parent / "more.d/own.conf").write_text("UsePAM no\n")
    host.sshd.write_text(f"Include {host.sshd.parent}/more.d/*\n")
    assert "UsePAM" in str(host.doctor(USER))


def test_one_service_can_be_named(host):
    host.lines("sudo", "auth required pam_unix.so")
    rows = host.doctor(USER, "sudo", code=0)
    assert text_of(rows, "login") == f"sudo does not ask {USER} for a token"


# ---- login.db ----

def test_a_login_db_that_is_not_there_or_not_trusted_fails(host):
    for mode, status, words in ((0o660, "fail", "others must not write"),
                                (0o644, "warn", "everybody reads"),
                                (0o600, "warn", "cannot read it")):
        host.login_db.chmod(mode)
        rows = said(host.doctor(), "login-db", status)
        assert any(words in row["text"] for row in rows), rows
    os.chown(host.login_db, 0, 0)
    host.login_db.chmod(0o640)
    assert any("cannot read it" in row["text"]
               for row in said(host.doctor(), "login-db", "warn"))
    host.login_db.unlink()
    row = the(host.doctor(USER, code=3), "login-db", "fail")
    assert row["text"].startswith("it is not there; every login by token")
    assert "registry publish" in row["remedy"]
    assert host.log_in(USER).result == AUTHINFO_UNAVAIL


def test_the_counters_are_looked_at(host):
    counters = pathlib.Path(f"{host.login_db}.counters")
    counters.chmod(0o640)
    assert "mode 0600" in text_of(host.doctor(code=3), "login-counters",
                                  "fail")
    counters.chmod(0o600)
    good = counters.read_bytes()
    counters.write_bytes(good.replace(b"-1\n", b"-1\n0", 1))
    assert "that login.db names" in text_of(host.doctor(code=3),
                                            "login-counters", "fail")
    counters.unlink()
    assert "No such file" in text_of(host.doctor(code=3), "login-counters",
                                     "fail")
    counters.write_bytes(good)
    counters.chmod(0o600)
    the(host.doctor(code=0), "login-counters", "ok")


def test_a_counter_that_a_login_would_not_find_fails(host):
    """The file is whole at its beginning."""
    counters = pathlib.Path(f"{host.login_db}.counters")
    good = counters.read_bytes()
    for bad in (good[:128], good[:128] + bytes(len(good) - 128)):
        counters.write_bytes(bad)
        rows = host.doctor(USER, code=3)
        found = [row for row in said(rows, "login-counters", "fail")
                 if row["subject"] == USER]
        assert len(found) == 1 and "1 of the user's 1" in found[0]["text"]
        assert "damaged" in found[0]["text"]
        assert "(PAM_AUTHINFO_UNAVAIL)" in text_of(rows, "login", "warn")
        assert host.log_in(USER).why == (AUTHINFO_UNAVAIL, "no-record")
    counters.write_bytes(good)
    assert "would ask" in text_of(host.doctor(USER, code=0), "login", "ok")


def test_rows_that_were_changed_by_hand_fail_for_everybody(host):
    with contextlib.closing(sqlite3.connect(host.login_db)) as db:
        db.execute("UPDATE credentials SET user = ?", (OTHER,))
        db.commit()
    row = the(host.doctor(code=3), "login-db", "fail")
    assert "every login by token is refused" in row["text"], row
    for user in (USER, OTHER):
        assert host.log_in(user).why == (AUTHINFO_UNAVAIL, "no-record")


@pytest.mark.parametrize("hours,status,words", [
    (1, "ok", "login_max_age is 2 days"), (23, "ok", "made 23 h ago"),
    (25, "warn", "more than half"), (49, "fail", "more than login_max_age"),
    (-1, "fail", "made in the future")])
def test_the_age_of_login_db_is_told(host, hours, status, words):
    with host.config.open("a") as config:
        config.write("login_max_age = 2\n")
    db = sqlite3.connect(host.login_db)
    db.execute("UPDATE made SET made_at = ?",
               (int(time.time()) - hours * 3600,))
    db.commit()
    db.close()
    rows = said(host.doctor(), "login-db", status)
    assert any(words in row["text"] for row in rows), rows


def test_a_rehearsal_in_the_system_s_place_fails(host):
    host.lines("tbtest", f"auth required {module()}")
    call = ("doctor", "login", "--pam-dir", host.pam, "--sshd-config",
            host.sshd, "--json")
    done = host.run(*call)
    place = pathlib.Path(said(done.json["checks"], "login-db")[0]["subject"])
    assert ROOT in place.parents
    place.unlink(missing_ok=True)   # another case may have published there
    copies = [shutil.copy(host.login_db, place),
              shutil.copy(f"{host.login_db}.counters", f"{place}.counters")]
    try:
        place.chmod(0o640)
        os.chmod(copies[1], 0o600)
        done = host.run(*call)
    finally:
        for copy in copies:
            os.unlink(copy)
    assert done.code == 3
    rows = said(done.json["checks"], "login-db", "fail")
    assert any("lets people in" in row["text"] for row in rows), rows


# ---- sshd ----

def sshd_file(host, command=None, user="nobody", more=""):
    (host.folder / "sshd.d").mkdir(exist_ok=True)
    (host.folder / "sshd.d/10.conf").write_text(
        f"AuthorizedKeysCommand {command or KEYS} %u %f\n"
        f"AuthorizedKeysCommandUser {user}\n{more}")
    host.sshd.write_text(f"Include ../..{host.folder}/sshd.d/*.conf\n"
                         "AuthorizedKeysCommandUser root\n")


def test_sshd_s_settings_are_read_with_what_they_include(host):
    sshd_file(host)
    rows = host.doctor()
    assert the(rows, "sshd-user", "ok")["subject"] == "nobody"
    assert the(rows, "sshd-command")["subject"] == str(KEYS)
    sshd_file(host, user="games")
    assert "is not in group" in text_of(host.doctor(code=3), "sshd-user",
                                        "fail")
    sshd_file(host, user="nosuchuser")
    assert "no such user" in text_of(host.doctor(code=3), "sshd-user",
                                     "fail")
    sshd_file(host, more="FingerprintHash md5\n")
    assert "md5" in text_of(host.doctor(code=3), "sshd-settings", "fail")


@pytest.mark.parametrize("lines,code,check,words", [
    ('AuthorizedKeysCommand "KEYS" %u %f', 3, "sshd-settings",
     "takes no quotes; sshd does not start"),
    ("AuthorizedKeysCommand KEYS %u %f # comment", 3, "sshd-command",
     "its arguments are not"),
    ("\ufeffAuthorizedKeysCommand KEYS %u %f", 3, "sshd-settings",
     "that is no keyword; sshd does not start"),
    ("AuthorizedKeysCommand /usr/bin/other %u\n"
     "AuthorizedKeysCommand KEYS %u %f", 3, "sshd-command",
     "does not count"),
    ("Include OTHER\nAuthorizedKeysCommand KEYS %u %f", 3, "sshd-command",
     "does not count"),
    ("AuthorizedKeysCommand KEYS %u %f\n"
     "PubkeyAcceptedAlgorithms -sk-ssh-ed25519@*", 0,
     "sshd-settings", "leaves out keys of type sk-ssh-ed25519"),
    ("AuthorizedKeysCommand KEYS %u %f\n"
     "PubkeyAcceptedAlgorithms *-cert-*", 3, "sshd-settings",
     "leaves out the sk keys"),
    ("AuthorizedKeysCommand KEYS %u %f\nNoSuchKeyword x", 10,
     "sshd-settings", "is not known here"),
    ("AuthorizedKeysCommand KEYS %u %f\nMatch user games\n"
     "PubkeyAuthentication no", 3, "sshd-settings", "no key lets anybody"),
    ("AuthorizedKeysCommand KEYS %u %f\nMatch host x\n"
     "PubkeyAuthentication no", 10, "sshd-settings",
     "PubkeyAuthentication is set by a Match block"),
    ("AuthorizedKeysCommand KEYS %u %f\nAllowUsers bin", 3, "sshd-settings",
     "games may not log in by ssh at all"),
    ("AuthorizedKeysCommand KEYS %u %f\nRevokedKeys /nonexistent", 3,
     "sshd-settings", "sshd then refuses every key"),
    ("AuthorizedKeysCommand KEYS %u %f\nAuthenticationMethods publickey,"
     "password\nPasswordAuthentication no", 3, "sshd-settings",
     "sshd does not start"),
    ("AuthorizedKeysCommand KEYS %u %f", 0, "sshd-settings",
     ".ssh/authorized_keys count, too")])
def test_sshd_s_file_is_read_as_sshd_reads_it(host, lines, code, check,
                                              words):
    other = host.folder / "other.conf"
    other.write_text("AuthorizedKeysCommand /usr/bin/other %u\n")
    text = lines.replace("KEYS", str(KEYS)).replace("OTHER", str(other))
    before, match, block = text.partition("Match")
    host.sshd.write_text(f"{before}\nAuthorizedKeysCommandUser nobody\n"
                         f"{match}{block}\n")
    rows = said(host.doctor(USER, code=code), check)
    assert any(words in row["text"] for row in rows), rows


def test_a_comment_behind_sshd_s_values_is_none(host):
    host.sshd.write_text(f"AuthorizedKeysCommand {KEYS} %u %f\n"
                         "AuthorizedKeysCommandUser nobody # words\n"
                         "AuthorizedKeysFile none # words\n"
                         "PubkeyAcceptedAlgorithms -ssh-rsa*\n")
    rows = host.doctor(USER, code=0)
    assert the(rows, "sshd-user", "ok")["subject"] == "nobody"
    assert not said(rows, "sshd-settings")


def test_a_folder_above_sshd_s_command_that_others_write_fails(host):
    folder = host.folder / "open"
    folder.mkdir()
    folder.chmod(0o777)
    command = folder / "tokenbridge-keys"
    shutil.copy(KEYS, command)
    sshd_file(host, command)
    assert f"'{folder}' has owner 0 and mode 0777" in text_of(
        host.doctor(code=3), "sshd-command", "fail")
    command.chmod(0o775)
    assert f"'{command}'" in text_of(host.doctor(code=3), "sshd-command",
                                     "fail")
    command.unlink()
    assert "no such program" in text_of(host.doctor(code=3), "sshd-command",
                                        "fail")


def test_login_db_that_sshd_cannot_read_fails_where_sshd_asks(host):
    sshd_file(host)
    host.login_db.chmod(0o600)
    rows = said(host.doctor(code=3), "login-db", "fail")
    assert any("cannot read it" in row["text"] for row in rows), rows


# ---- the rest of the machine ----

def test_a_helper_that_is_not_root_s_fails(host):
    the(host.doctor(), "helper", "ok")
    mode = stat.S_IMODE(HELPER.stat().st_mode)
    try:
        for bad, words in ((mode | 0o020, "it runs as root"),
                           (mode & ~0o111, "may not be executed")):
            HELPER.chmod(bad)
            assert words in text_of(host.doctor(code=3), "helper", "fail")
        HELPER.chmod(mode)
        os.chown(HELPER, 5, 0)
        assert "owner 5" in text_of(host.doctor(code=3), "helper", "fail")
    finally:
        os.chown(HELPER, 0, 0)
        HELPER.chmod(mode)


@pytest.mark.parametrize("enforce, rows", [("1", 1), ("0", 0), (None, 0)])
def test_selinux_that_is_enforcing_is_a_warning(host, enforce, rows):
    kernel = pathlib.Path(host.tokens.umockdev_dir) / "sys/fs/selinux"
    if enforce:
        kernel.mkdir(parents=True)
        (kernel / "enforce").write_text(enforce)
    found = said(host.doctor(), "selinux", "warn")
    assert len(found) == rows
    assert not rows or "is enforcing" in found[0]["text"]


def test_a_held_token_is_told_with_pid_and_program(host):
    with host.tokens.open_node("a") as node:
        fcntl.flock(node, fcntl.LOCK_EX)
        row = the(host.doctor(), "node", "warn")
    assert f"(pid {os.getpid()}) holds the token" in row["text"]
    assert row["subject"] == host.tokens.hidraw("a")
    the(host.doctor(), "node", "ok")


def test_a_node_that_everybody_may_open_is_a_warning(host):
    host.tokens.permission("a", "0666")
    assert "everybody on this machine" in text_of(host.doctor(), "node",
                                                  "warn")


def test_a_user_whom_the_machine_does_not_know_fails(host):
    rows = host.doctor("nosuchuser", code=3)
    assert "knows no such user" in text_of(rows, "user", "fail")


@pytest.mark.parametrize("name", ["Games", "CORP\\games"])
def test_another_spelling_of_a_name_is_told_as_the_user(host, name):
    host.lines("sudo", "auth required OURS")
    with host.spelled():
        rows = host.doctor(name, "sudo")
    name_row, key_row = said(rows, "user", "ok")
    assert f"the user is '{USER}' here" in name_row["text"]
    assert "has 1 key for PAM" in key_row["text"]
    assert f"ask {name} to touch token" in text_of(rows, "login", "ok")


def test_a_name_that_cannot_be_looked_up_is_unknown_and_not_without_token(
        host):
    host.lines("sudo", "auth required OURS nouserok")
    with host.spelled():
        rows = host.doctor("DOWN\\bin", "sudo", code=10)
    assert "cannot look up the local user" in text_of(rows, "user", "unknown")
    assert "cannot be looked up" in text_of(rows, "login", "warn")
    assert "PAM_AUTHINFO_UNAVAIL" in text_of(rows, "login", "warn")


def test_a_name_in_the_record_that_is_not_the_users_fails(host):
    """As one that was bound before names were looked up."""
    assert said(host.doctor(), "login-name") == []
    for name, status, words in (
            ("CORP\\games", "fail", f"NSS calls the user '{USER}'"),
            ("carol", "warn", "whom the machine does not know"),
            ("DOWN\\bin", "unknown", "cannot look up")):
        with contextlib.closing(sqlite3.connect(host.login_db)) as db:
            db.execute("UPDATE credentials SET user = ?", (name,))
            db.commit()
        seal(host.login_db)
        with host.spelled():
            row = the(host.doctor(), "login-name", status)
        assert row["subject"] == name and words in row["text"]


# ---- how it behaves ----

def state_of(folder):
    return {path: (s.st_mtime_ns, s.st_size, s.st_mode, s.st_uid)
            for path in sorted(folder.rglob("*"))
            if stat.S_ISREG((s := path.lstat()).st_mode)
            and "tokens" not in path.parts}


def test_nothing_is_changed_and_no_token_is_asked(host):
    before = state_of(host.folder), host.tokens.stats("a")
    host.doctor(USER)
    assert (state_of(host.folder), host.tokens.stats("a")) == before


def test_what_may_not_be_read_is_unknown(host, another):
    """As a user who may not look into root's places."""
    folder = pathlib.Path(host.folder)
    for place in [folder, *folder.parents]:
        mode = place.stat().st_mode
        if not mode & 0o001:    # pytest's own
            place.chmod(mode | 0o011)
    host.registry.parent.chmod(0o711)
    done = subprocess.run(
        [str(PROGRAM), "doctor", "login", USER, "--pam-dir", str(host.pam),
         "--sshd-config", str(host.sshd), "--json"],
        user="games", group="games", extra_groups=[],
        env=host.env(HOME="/"), capture_output=True, text=True)
    rows = json.loads(done.stdout)["checks"]
    assert done.returncode == 10, rows
    assert "Permission denied" in text_of(rows, "login-db", "unknown")


def test_text_says_what_json_says(host):
    rows = host.doctor(USER)
    done = host.run("doctor", "login", USER, "--pam-dir", host.pam,
                    "--sshd-config", host.sshd, "--login-db", host.login_db)
    for row in rows:
        text = row["text"].partition(" ago from ")  # it gets older
        assert text[2] in done.out if text[2] else text[0] in done.out
        assert not row["remedy"] or row["remedy"] in done.out
    count = len(said(rows, "login-db", "warn"))
    assert f" {count} warn, " in done.out


@pytest.mark.parametrize("words, says", [
    (["network"], "login, tokens"), (["logins", "alice"], "mean 'login'")])
def test_other_words_are_told_what_there_is(clinic, words, says):
    done = clinic.run("doctor", *words)
    assert done.code == 2 and says in done.err
