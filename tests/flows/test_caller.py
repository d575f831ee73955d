# SPDX-License-Identifier: Apache-2.0
"""Root's command, the caller's AWS settings: resolved by a process of the
person who called sudo, which opens what that person may open and nothing else.
alice is a user of these tests alone: a line of /etc/passwd that only their
processes see."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from conftest import PROGRAM, ROOT, SANITIZERS
from iam.client import LocalIAM, make_certificates
from iam.metadata import Metadata

UID = 40123
OTHER = 40124
HELPER = ROOT / "usr/libexec/tokenbridge/tokenbridge-settings"
INSIDE = """
mount --bind "$1/passwd" /etc/passwd
[ ! -e "$1/sudoers" ] || mount --bind "$1/sudoers" /etc/sudoers
shift
exec "$@"
"""


class Person:
    """alice's home, and root's way to run a command on her behalf."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "alice"
        self.roots = folder / "root"
        (self.home / ".aws").mkdir(parents=True)
        (folder / "passwd").write_text(
            pathlib.Path("/etc/passwd").read_text() +
            f"alice:*:{UID}:{UID}::{self.home}:/bin/sh\n"
            f"bob:*:{OTHER}:{OTHER}::/nonexistent:/bin/sh\n")
        self.write(".aws/config", "")
        self.write(".aws/credentials", "")

    def write(self, name, text, mode=0o600, owner=UID):
        path = self.home / name
        path.write_text(text)
        path.chmod(mode)
        for one in (path, self.home, self.home / ".aws"):
            os.chown(one, owner if one == path else UID, UID)
        return path

    def keys(self, profile, who, more=""):
        """A profile with somebody's keys."""
        self.write(".aws/credentials", f"[{profile}]\n"
                   f"aws_access_key_id = {who['AccessKeyId']}\n"
                   f"aws_secret_access_key = {who['SecretAccessKey']}\n{more}")

    def command(self, *words):
        return ["unshare", "-m", "--propagation", "private", "sh", "-euc",
                INSIDE, "sh", str(self.folder), *map(str, words)]

    def env(self, called_by=None, **more):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.roots),
               "LC_ALL": "C.UTF-8", **SANITIZERS,
               **(called_by or {"SUDO_UID": str(UID)}), **more}
        return {name: value for name, value in env.items() if value}

    def audit(self, *options, called_by=None, **more):
        return subprocess.run(
            self.command(PROGRAM, "audit", "--checks", "root-mfa-virtual",
                         *options), env=self.env(called_by, **more),
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=60, check=False)


@pytest.fixture
def alice(another):
    del another  # skips where nobody can become somebody else
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenbridge-test-"))
    folder.chmod(0o755)
    yield Person(folder)
    shutil.rmtree(folder)


@pytest.fixture
def admin(alice, iam):
    """alice with the profile `admin` of a local IAM."""
    alice.keys("admin", iam.credentials())
    alice.write(".aws/config", f"[profile admin]\nregion = {iam.region}\n"
                f"endpoint_url = {iam.url}\n")
    return alice


@pytest.mark.parametrize("called_by", [
    {"SUDO_UID": str(UID)}, {"DOAS_USER": "alice"},
    {"PKEXEC_UID": str(UID)},
    {"SUDO_UID": str(UID), "DOAS_USER": "alice"}])
def test_the_profile_is_of_who_called(admin, called_by):
    done = admin.audit("--profile", "admin", called_by=called_by)
    assert done.returncode == 0, done
    assert done.stderr.count("AWS profile 'admin' of alice (keys: profile "
                             "'admin' of the credentials file)") == 1, done
    done = admin.audit("--profile", "admin", called_by={"SUDO_UID": "0"})
    assert done.returncode == 2, done
    assert f"neither in '{admin.roots}/.aws/config'" in done.stderr, done


def test_it_is_what_sudo_itself_says(admin):
    """sudo, with the environment that it makes."""
    if not shutil.which("sudo"):
        pytest.skip("sudo is not here")
    (admin.folder / "sudoers").write_text(
        "Defaults !requiretty\nDefaults secure_path=/usr/bin:/bin\n"
        "alice ALL=(root) NOPASSWD: ALL\n")
    (admin.folder / "sudoers").chmod(0o440)
    done = subprocess.run(
        admin.command("setpriv", "--reuid", str(UID), "--regid", str(UID),
                      "--clear-groups", "sudo", "-n", PROGRAM, "audit",
                      "--profile", "admin", "--checks", "root-mfa-virtual"),
        env=admin.env({"HOME": str(admin.home)}), capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert done.returncode == 0, done
    assert "AWS profile 'admin' of alice" in done.stderr, done


@pytest.mark.parametrize("called_by, word", [
    ({"SUDO_UID": "40999"}, "SUDO_UID is '40999', which is no user"),
    ({"SUDO_UID": "alice"}, "SUDO_UID is 'alice', which is no user"),
    ({"SUDO_UID": "-1"}, "SUDO_UID is '-1', which is no user"),
    ({"SUDO_UID": "4294967295"}, "which is no user"),
    ({"SUDO_UID": " 40123"}, "which is no user"),
    ({"DOAS_USER": "carol"}, "DOAS_USER is 'carol', which is no user"),
    ({"SUDO_UID": str(UID), "DOAS_USER": "bob"},
     "SUDO_UID and DOAS_USER name different people"),
    ({"SUDO_UID": "0", "PKEXEC_UID": str(UID)},
     "SUDO_UID and PKEXEC_UID name different people")])
def test_a_caller_who_is_none_is_refused(admin, called_by, word):
    done = admin.audit("--profile", "admin", called_by=called_by)
    assert done.returncode == 2 and word in done.stderr, done


def test_who_is_not_root_cannot_name_a_caller(admin, another):
    done = subprocess.run(
        [PROGRAM, "audit", "--profile", "admin"], cwd="/", text=True,
        env=admin.env(HOME="/nonexistent"), capture_output=True, **another,
        check=False)
    assert done.returncode == 2, done
    assert "neither in '/nonexistent/.aws/config' (which is not there)" \
        in done.stderr, done
    assert "alice" not in done.stderr, done


def test_a_profile_that_is_nowhere_names_the_files_that_were_read(admin):
    done = admin.audit("--profile", "none")
    assert done.returncode == 2, done
    assert (f"the profile 'none' is neither in '{admin.home}/.aws/config' nor "
            f"in '{admin.home}/.aws/credentials'") in done.stderr, done


@pytest.mark.parametrize("how", ["variable", "link", "bundle", "boto"])
def test_root_opens_nothing_that_the_caller_may_not(admin, how):
    """Files of root's, named in each way that there is."""
    secret = admin.write("secret", (admin.home / ".aws/credentials")
                         .read_text(), 0o600, owner=0)
    more = {}
    if how == "variable":
        more["AWS_SHARED_CREDENTIALS_FILE"] = str(secret)
    elif how == "link":
        (admin.home / ".aws/credentials").unlink()
        (admin.home / ".aws/credentials").symlink_to(secret)
    elif how == "bundle":
        more["AWS_CA_BUNDLE"] = str(secret)
    else:
        (admin.home / ".aws/credentials").unlink()
        more["BOTO_CONFIG"] = str(secret)
    done = admin.audit("--profile", "admin", **more)
    assert done.returncode in (1, 2), done
    assert "Permission denied" in done.stderr, done
    # root's own settings are root's to read
    if how == "variable":
        done = admin.audit("--profile", "admin",
                           called_by={"SUDO_UID": "0"},
                           AWS_CONFIG_FILE=str(admin.home / ".aws/config"),
                           **more)
        assert done.returncode == 0, done


def test_a_named_file_is_seen_from_the_callers_home(admin):
    shutil.copy(admin.home / ".aws/credentials", admin.home / "alt")
    os.chown(admin.home / "alt", UID, UID)
    admin.write(".aws/credentials", "")
    done = admin.audit("--profile", "admin",
                       AWS_SHARED_CREDENTIALS_FILE="$HOME/alt")
    assert done.returncode == 0, done
    done = admin.audit("--profile", "admin",
                       AWS_SHARED_CREDENTIALS_FILE="~bob/alt")
    assert done.returncode == 2, done
    assert "names '/nonexistent/alt', which is not there" in done.stderr, done


def test_a_ca_bundle_of_the_caller_counts(alice):
    """Its certificates come up, not its name: TLS to a server under it."""
    (alice.home / "tls").mkdir()
    made = make_certificates(str(alice.home / "tls"))
    bundle = alice.write("ca.pem", pathlib.Path(made.ca).read_text() * 40)
    assert bundle.stat().st_size > 20000
    with LocalIAM(tls=made) as secure:
        alice.keys("admin", secure.credentials())
        for line, code in ((f"ca_bundle = {bundle}\n", 0), ("", 9)):
            alice.write(".aws/config", "[profile admin]\nregion = us-east-1\n"
                        f"endpoint_url = {secure.url}\n{line}")
            done = alice.audit("--profile", "admin")
            assert done.returncode == code, done
        done = alice.audit("--profile", "admin", CURL_CA_BUNDLE=str(bundle))
        assert done.returncode == 0, done


def test_keys_of_roots_environment_stay_with_root(admin, iam):
    """And the rest is the caller's still: the endpoint is in the profile."""
    own = iam.env()
    env = {name: own[name] for name in ("AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY")}
    admin.write(".aws/credentials", "")
    done = admin.audit(AWS_PROFILE="admin", **env)
    assert done.returncode == 0, done
    assert "AWS profile 'admin' of alice (keys: environment)" in done.stderr


def test_the_callers_program_runs_as_the_caller(admin, iam):
    """Its user, groups and home; and no descriptor of root's."""
    who = iam.role_credentials()
    program = admin.write("give", "#!/bin/sh\nid -u >$HOME/who; id -G "
                          ">>$HOME/who; echo $PPID >>$HOME/who\nenv | sort "
                          ">$HOME/env\necho '" + json.dumps({
                              "Version": 1, "AccessKeyId":
                              who["AccessKeyId"], "SecretAccessKey":
                              who["SecretAccessKey"], "SessionToken":
                              who["SessionToken"]}) + "'\n", 0o700)
    admin.write(".aws/credentials", "")
    admin.write(".aws/config", f"[profile admin]\nregion = {iam.region}\n"
                f"endpoint_url = {iam.url}\ncredential_process = {program}\n")
    done = admin.audit("--profile", "admin", SECRET="of root")
    assert done.returncode == 0, done
    assert "AWS profile 'admin' of alice (keys: credential_process of profile " \
        "'admin')" in done.stderr, done
    said = (admin.home / "who").read_text().split("\n")
    assert said[:2] == [str(UID), str(UID)], said
    env = (admin.home / "env").read_text()
    assert "SECRET" not in env and f"HOME={admin.home}\n" in env, env


def test_the_callers_roles_come_up_and_are_assumed(admin, iam):
    role = iam.add_role("auditor", external_id="4711")
    admin.write(".aws/config", f"[profile corp]\nregion = {iam.region}\n"
                f"endpoint_url = {iam.url}\nrole_arn = {role}\n"
                "source_profile = admin\nexternal_id = 4711\n"
                "role_session_name = alice\n")
    done = admin.audit("--profile", "corp")
    assert done.returncode == 0, done
    assert iam.calls("GetCallerIdentity")[0]["caller"] == \
        "arn:aws:sts::123456789012:assumed-role/auditor/alice"


def test_the_callers_token_file_is_opened_by_the_caller(admin, iam):
    role = iam.add_role("pod")
    iam.web_identity("a.b.c", role)
    token = admin.write("jwt", "a.b.c\n", owner=0)
    admin.write(".aws/config", f"[profile pod]\nregion = {iam.region}\n"
                f"endpoint_url = {iam.url}\nrole_arn = {role}\n"
                f"web_identity_token_file = {token}\n")
    done = admin.audit("--profile", "pod")
    assert done.returncode == 1 and "Permission denied" in done.stderr, done
    os.chown(token, UID, UID)
    done = admin.audit("--profile", "pod")
    assert done.returncode == 0, done


def test_a_machines_role_is_asked_for_by_the_caller(admin, iam):
    with Metadata(iam.role_credentials()) as service:
        admin.write(".aws/credentials", "")
        done = admin.audit(AWS_ENDPOINT_URL=iam.url, AWS_REGION=iam.region,
                           **{name: value for name, value
                              in service.env().items() if value})
        assert done.returncode == 0, done
        assert "(keys: this machine's role 'machine')" in done.stderr, done
        assert len(service.requests) == 3


def test_a_program_that_does_not_end_ends_with_the_run(admin, iam):
    """Ctrl-C, while alice's program waits."""
    program = admin.write("give", "#!/bin/sh\necho $$ >$HOME/pid\nexec sleep "
                          "600\n", 0o700)
    admin.write(".aws/config", f"[profile admin]\nregion = {iam.region}\n"
                f"credential_process = {program}\n")
    admin.write(".aws/credentials", "")
    process = subprocess.Popen(
        admin.command(PROGRAM, "audit", "--profile", "admin"),
        env=admin.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, stdin=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 30
    while not (admin.home / "pid").exists() or not (
            admin.home / "pid").read_text():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    pid = int((admin.home / "pid").read_text())
    # unshare stays the same process through its exec
    os.kill(process.pid, signal.SIGTERM)
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 130 and "interrupted" in err, err
    end = time.monotonic() + 10
    while pathlib.Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end, "the program outlives the run"
        time.sleep(0.05)


# ---- the process itself, held at a file that does not end ----

@pytest.fixture
def held(admin):
    """(program, pid of the process that reads alice's settings)."""
    fifo = admin.home / ".aws/config"
    fifo.unlink()
    os.mkfifo(fifo)
    os.chown(fifo, UID, UID)
    keep = os.open(fifo, os.O_RDWR)
    more = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(more, True)
    process = subprocess.Popen(
        admin.command(PROGRAM, "audit", "--profile", "admin"),
        env=admin.env(AWS_REGION="eu-west-1", SSLKEYLOGFILE="/nonexistent"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=(more,))
    os.close(more)
    yield process, wait_for_reader(process, fifo)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    os.close(keep)


def wait_for_reader(process, fifo):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or entry == str(os.getpid()):
                continue
            try:
                folder = f"/proc/{entry}/fd"
                if os.getsid(int(entry)) == process.pid and any(
                        os.readlink(f"{folder}/{fd}") == str(fifo)
                        for fd in os.listdir(folder)):
                    return int(entry)
            except OSError:
                continue
        time.sleep(0.01)
    raise AssertionError("nobody reads the settings")


def test_it_is_the_callers_process_and_nothing_of_roots(held):
    _, pid = held
    status = dict(line.split(":\t", 1) for line in pathlib.Path(
        f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    assert status["Name"].startswith("tokenbridge-set"), status
    assert status["Uid"].split() == [str(UID)] * 4, status
    assert status["Gid"].split() == [str(UID)] * 4, status
    assert status["Groups"].split() == [str(UID)], status
    assert status["NoNewPrivs"] == "1", status
    assert status["Seccomp"] == "2", status
    assert int(status["CapPrm"], 16) == int(status["CapEff"], 16) == 0
    # not dumpable: its /proc entries are root's
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0
    links = {fd: os.readlink(f"/proc/{pid}/fd/{fd}")
             for fd in os.listdir(f"/proc/{pid}/fd")}
    assert all(links.pop(str(fd)) == "/dev/null" for fd in (0, 1, 2)), links
    assert links.pop("3").startswith("socket:"), links
    assert len(links) == 1, links  # the file that it reads
    assert pathlib.Path(f"/proc/{pid}/environ").read_bytes() == b""


def test_ctrl_c_ends_it(held):
    process, pid = held
    os.killpg(process.pid, signal.SIGINT)
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 130 and "interrupted" in err, err
    assert not pathlib.Path(f"/proc/{pid}").exists()


def test_it_dies_with_root_and_root_does_not_wait_for_the_dead(held):
    process, pid = held
    os.kill(pid, signal.SIGKILL)
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 1, err
    assert "a helper process ended before it answered" in err, err


def test_it_does_not_outlive_root(held):
    process, pid = held
    parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text()
                 .rsplit(")", 1)[1].split()[1])
    os.kill(parent, signal.SIGKILL)
    process.communicate(timeout=20)
    end = time.monotonic() + 10
    while pathlib.Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- an answer that nobody asked for ----

FALSE = """#!{python}
import os, socket, struct, sys
s = socket.socket(fileno=3)
def take(n):
    got = b""
    while len(got) < n:
        got += s.recv(n - len(got))
    return got
take(struct.unpack(">I", take(4))[0])
def word(text):
    return struct.pack(">H", len(text)) + text
def keys():
    return (b"\\1" + word(b"AKIAEXAMPLEEXAMPLE00") + word(b"x" * 40) +
            word(b"") + bytes(8) + b"\\0" + word(b"profile"))
def step(arn, name=b"", more=b"", serial=b"", seconds=0):
    return (word(arn) + word(name) + word(more) + word(serial) +
            struct.pack(">I", seconds))
ROLE = b"arn:aws:iam::123456789012:role/x"
def answer(region=b"us-east-1", url=b"", origin=b"", found=keys(), ca=0,
           token=b"", steps=(), way=(b"",) * 5):
    return (b"\\0" + word(b"admin") + word(region) + word(b"") + bytes(4) +
            (word(url) + word(origin)) * 4 + b"".join(map(word, way)) +
            found + word(token) +
            bytes([len(steps)]) + b"".join(steps) + struct.pack(">I", ca))
def send(data):
    s.sendall(struct.pack(">I", len(data)) + data)
{what}
"""


@pytest.mark.parametrize("what, code, word", [
    ("send(b'')", 1, "malformed answer"),
    ("send(answer() + b'x')", 1, "malformed answer"),
    ("send(answer()[:-1])", 1, "malformed answer"),
    ("send(b'\\xff' + word(b'x'))", 1, "malformed answer"),
    ("send(b'\\2' + word(b'a\\nb\\x1b[0m'))", 2, "a?b?[0m"),
    ("send(answer(region=b'x y'))", 1, "malformed answer"),
    ("send(answer(url=b'http://192.0.2.1/', origin=b'x'))", 6,
     "plain http to another machine"),
    ("send(answer(url=b'https://a/b', origin=b'x'))", 2, "not of the form"),
    ("send(answer(url=b'https://a/', origin=b'x\\n'))", 1,
     "malformed answer"),
    ("send(answer(found=b'\\0'))", 1, "answered without keys"),
    ("send(answer(found=b'\\1' + word(b'short') + word(b'x') + word(b'') + "
     "bytes(8) + b'\\0' + word(b'profile')))", 1, "access key id"),
    ("send(answer(steps=[step(b'x')]))", 2, "the role_arn of the caller's"),
    ("send(answer(steps=[step(ROLE, b'a b')]))", 2, "role_session_name of"),
    ("send(answer(steps=[step(ROLE, b'', b' x')]))", 2, "external_id of"),
    ("send(answer(steps=[step(ROLE, b'', b'', b'a b c d e f')]))", 2,
     "mfa_serial of"),
    ("send(answer(steps=[step(ROLE, seconds=7)]))", 2, "duration_seconds of"),
    ("send(answer(steps=[step(ROLE)] * 9))", 1, "malformed answer"),
    ("send(answer(token=b'a.b.c'))", 1, "malformed answer"),
    ("send(answer(token=b'a.b.c', steps=[step(ROLE)]))", 1,
     "malformed answer"),
    ("send(answer(ca=1 << 24))", 1, "malformed answer"),
    ("send(answer(ca=5, way=(b'/x', b'x', b'', b'', b''))); "
     "send(b'123456')", 1, "another CA bundle"),
    ("send(answer(ca=5)); send(b'12345')", 1, "malformed answer"),
    ("send(answer(way=(b'/x', b'x', b'', b'', b'')))", 1,
     "malformed answer"),
    ("send(answer(way=(b'/x', b'', b'', b'', b''), ca=1))", 1,
     "malformed answer"),
    ("send(answer(way=(b'', b'', b'ftp://a', b'x', b'')))", 2,
     "the proxy that x names is not of the form"),
    ("s.sendall(b'\\xff\\xff\\xff\\xff')", 1, "a frame of 4294967295 bytes"),
    ("sys.exit(0)", 1, "ended before it answered"),
])
def test_a_false_answer_is_refused(alice, tmp_path, what, code, word):
    """In the helper's place a program that says what it likes."""
    false = tmp_path / "false"
    false.write_text(FALSE.format(python=sys.executable, what=what))
    false.chmod(0o755)
    command = alice.command("sh", "-euc", f'mount --bind "{false}" "{HELPER}"'
                            '; exec "$@"', "sh", PROGRAM, "audit",
                            "--profile", "admin")
    done = subprocess.run(command, env=alice.env(), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=60,
                          check=False)
    assert done.returncode == code and word in done.stderr, done
    assert "\x1b" not in done.stderr, done


@pytest.mark.parametrize("what", [
    "send(answer())", "send(answer(found=b'\\0', steps=[step(ROLE)]))",
    "send(answer(found=b'\\0', steps=[step(ROLE)], token=b'a.b.c'))"])
def test_keys_that_were_not_asked_for_are_refused(alice, iam, tmp_path, what):
    """Root has its own; another's are not taken in their place, and no role of
    another's is assumed with them."""
    false = tmp_path / "false"
    false.write_text(FALSE.format(python=sys.executable,
                                  what=what))
    false.chmod(0o755)
    own = iam.env()
    command = alice.command("sh", "-euc", f'mount --bind "{false}" "{HELPER}"'
                            '; exec "$@"', "sh", PROGRAM, "audit")
    done = subprocess.run(
        command, env=alice.env(**{name: own[name] for name in (
            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}),
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
        check=False)
    assert done.returncode == 1 and "malformed answer" in done.stderr, done
    assert not iam.calls()


def test_the_actor_of_an_event_stays_who_logged_in(aws_site, admin):
    """The settings are alice's; the record does not say that she acted."""
    for place in (aws_site.folder, aws_site.registry.parent):
        place.chmod(0o755)
    path = pathlib.Path("/proc/self/loginuid")
    login = int(path.read_text()) if path.exists() else 2 ** 32 - 1
    env = {**aws_site.env(), **admin.env()}
    for name in [n for n in env if n.startswith("AWS_")]:
        del env[name]
    done = subprocess.run(
        admin.command(*aws_site.command("enroll", "alice", "--method", "totp",
                                        "--profile", "admin")),
        env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        timeout=120, check=False)
    assert done.returncode == 0, done
    assert "AWS profile 'admin' of alice" in done.stderr, done
    done = aws_site.run("registry", "log", "--json")
    uids = {json.loads(line)["actor"]["uid"]
            for line in done.out.splitlines()}
    assert uids == {login if login != 2 ** 32 - 1 else 0}, done
