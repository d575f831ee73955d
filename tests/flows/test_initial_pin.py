# SPDX-License-Identifier: Apache-2.0
"""A random PIN for the way to its holder: encrypted for the keys that the
registry has of the holder, by the real age and gpg, then set on the token."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest

from conftest import ROOT
from test_care import Talk, by_fd, is_pin
from test_secrets import Watch, places_in_memory

YK = {"profile": "yubikey5", "serial": 12345678}
OLD = {"profile": "yubikey5-old", "serial": 12345678}
KEY = {"profile": "securitykey"}
HELPER = ROOT / "usr/libexec/tokenbridge/tokenbridge-seal"
UID = 40123
OTHER = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def make_key(folder, name="alice"):
    """An age identity; its path, and its recipient."""
    path = folder / f"{name}.key"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    done = subprocess.run(["age-keygen", "-y", path], check=True,
                          capture_output=True, text=True)
    return path, done.stdout.strip()


def decrypt(key, file):
    done = subprocess.run(["age", "--decrypt", "-i", key, file], check=True,
                          capture_output=True, text=True)
    return done.stdout


def recipient(site, *words, holder="alice"):
    return site.run("registry", "recipient", holder, *words)


def initial(site, *words, file="pin.age", **more):
    return site.run("pin", "initial", "--holder", "alice", "--output",
                    site.folder / file, *words, **more)


@pytest.fixture
def prepared(site):
    """prepared(token): a registry that has a key of alice's, and that key."""
    def set_up(token=None, registry=True):
        site.plug(token or YK, cards=False)
        site.make_registry()
        site.key, site.recipient = make_key(site.folder)
        if registry:
            done = recipient(site, site.recipient)
            assert done.code == 0, done
        return site
    return set_up


def in_place_of(site, program, script, *words):
    """The command where another program stands at /usr/bin/PROGRAM."""
    false = site.folder / f"false-{program}"
    if script is not None:
        false.write_text("#!/bin/sh\n" + script)
        false.chmod(0o755)
        inside = f'mount --bind "{false}" /usr/bin/{program}; '
    else:
        empty = site.folder / "empty"
        empty.mkdir(exist_ok=True)
        inside = (f'touch "{empty}/none"; chmod 0 "{empty}/none"; '
                  f'mount --bind "{empty}/none" /usr/bin/{program}; ')
    return ["unshare", "-m", "--propagation", "private", "sh", "-euc",
            inside + 'exec "$@"', "sh", *site.command(*words)]


def run_with(site, program, script, *more, timeout=60):
    done = subprocess.run(
        in_place_of(site, program, script, "pin", "initial", "--holder",
                    "alice", "--output", site.folder / "pin.age", *more),
        env=site.env(), capture_output=True, text=True, timeout=timeout,
        stdin=subprocess.DEVNULL, check=False)
    return done


def left_behind(site):
    return sorted(p.name for p in site.folder.glob("pin.age*"))


# ---- what is encrypted opens the token ----

def test_what_the_holder_decrypts_is_the_tokens_pin(prepared):
    site = prepared()
    done = initial(site, "--no-force", "--json")
    assert done.code == 0, done
    file = site.folder / "pin.age"
    pin = decrypt(site.key, file)
    assert re.fullmatch(r"[0-9]{8}\n", pin)
    assert is_pin(site, pin.strip())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert done.json["file"] == str(file) and done.json["length"] == 8
    assert done.json["program"] == "age" and done.json["recipients"] == 1
    assert done.json["changeForced"] is False
    assert done.json["changeForcedProblem"] is None
    assert pin.strip() not in done.out + done.err
    assert left_behind(site) == ["pin.age"] and site.journals() == []


def test_each_of_several_keys_decrypts_it_and_no_other_does(prepared):
    site = prepared()
    second, public = make_key(site.folder, "second")
    another, _ = make_key(site.folder, "another")
    ssh = site.folder / "id"
    rsa = site.folder / "rsa"
    for kind, path in (("ed25519", ssh), ("rsa", rsa)):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C",
                        "alice@example", "-f", path], check=True)
    keys = site.folder / "keys"
    keys.write_text(f"# alice's\n\n{site.recipient}\n  {public}\r\n"
                    f"{ssh.with_suffix('.pub').read_text()}"
                    f"{rsa.with_suffix('.pub').read_text()}")
    done = recipient(site, "--file", keys)
    assert done.code == 0 and "alice@example" not in done.out, done
    assert initial(site).code == 0
    file = site.folder / "pin.age"
    pins = {decrypt(key, file) for key in (site.key, second, ssh, rsa)}
    assert len(pins) == 1
    with pytest.raises(subprocess.CalledProcessError):
        decrypt(another, file)


@pytest.fixture
def gnupg(tmp_path):
    """A keyring of its own, and the fingerprint of a key in it."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    env = {**os.environ, "GNUPGHOME": str(home)}
    subprocess.run(["gpg", "--batch", "--passphrase", "", "--quick-gen-key",
                    "alice", "future-default", "default", "never"], env=env,
                   check=True, capture_output=True)
    done = subprocess.run(["gpg", "--with-colons", "-k"], env=env, check=True,
                          capture_output=True, text=True)
    yield home, re.search(r"^fpr:+([0-9A-F]{40}):", done.stdout, re.M)[1]
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False)


def test_gpg_encrypts_for_a_fingerprint_and_for_nobody_beside(prepared, gnupg):
    home, fingerprint = gnupg
    (home / "gpg.conf").write_text("encrypt-to nobody@example.com\n"
                                   "default-recipient-self\n")
    site = prepared()
    spaced = " ".join(re.findall("....", fingerprint.lower()))
    assert recipient(site, spaced).out.strip() == fingerprint
    done = initial(site, "--no-force", "--json",
                   env={"GNUPGHOME": str(home)})
    assert done.code == 0 and done.json["program"] == "gpg", done
    file = site.folder / "pin.age"
    (home / "gpg.conf").unlink()
    pin = subprocess.run(["gpg", "--batch", "--decrypt", file], check=True,
                         env={**os.environ, "GNUPGHOME": str(home)},
                         capture_output=True, text=True).stdout
    assert is_pin(site, pin.strip())
    packets = subprocess.run(
        ["gpg", "--batch", "--list-packets", file], capture_output=True,
        text=True, env={**os.environ, "GNUPGHOME": str(home)}, check=True)
    assert packets.stdout.count(":pubkey enc packet:") == 1


def test_a_fingerprint_that_is_not_in_the_keyring_is_gpgs_to_refuse(
        prepared, gnupg):
    site = prepared()
    assert recipient(site, "0123456789ABCDEF" * 2 + "01234567").code == 0
    done = initial(site, env={"GNUPGHOME": str(gnupg[0])})
    assert done.code == 1 and "gpg did not encrypt it:" in done.err, done
    assert "No public key" in done.err.replace("\n", " "), done
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == [] and site.journals() == []


@pytest.mark.parametrize("length", [6, 7, 63])
def test_the_length_is_the_one_that_was_said(prepared, length):
    site = prepared()
    assert initial(site, "--length", length).code == 0
    assert len(decrypt(site.key, site.folder / "pin.age")) == length + 1


def test_the_tokens_least_length_counts(prepared):
    site = prepared({**YK, "min_pin": 10})
    done = initial(site, "--length", "9")
    assert done.code == 2 and "for this token 10 to 63" in done.err, done
    assert initial(site).code == 0
    assert len(decrypt(site.key, site.folder / "pin.age")) == 11


@pytest.mark.parametrize("length", ["5", "0", "64", "x", "-8"])
def test_no_other_length_is_taken(prepared, length):
    site = prepared()
    done = initial(site, "--length=" + length)
    assert done.code == 2 and "length" in done.err, done
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == []


# ---- its holder changes it first ----

def test_the_token_then_takes_it_for_nothing_but_changing_it(prepared):
    site = prepared()
    done = initial(site, "--json")
    assert done.code == 0 and done.json["changeForced"] is True, done
    seen = subprocess.run(["fido2-token", "-I", site.tokens.hidraw("a")],
                          env=site.env(), capture_output=True, text=True,
                          check=True).stdout
    assert "pin change required: true" in seen
    pin = decrypt(site.key, site.folder / "pin.age").strip()
    assert by_fd(site, "change", pin_fd=pin, new_pin_fd="alice's own").code \
        == 0
    assert is_pin(site, "alice's own")


@pytest.mark.parametrize("token", [OLD, {"profile": "solo"}])
def test_a_token_that_cannot_be_told_so_is_said(prepared, token):
    site = prepared(token)
    done = initial(site, "--json")
    assert done.code == 0 and done.json["changeForced"] is False, done
    assert "cannot be told to want another PIN" in done.err.replace("\n", " ")
    assert is_pin(site, decrypt(site.key, site.folder / "pin.age").strip())


def test_where_only_the_order_fails_the_pin_is_set_and_that_is_said(prepared):
    site = prepared()
    site.tokens.misbehave("a", "wrong-status", at=0x30, command="config")
    done = initial(site, "--json")
    assert done.code == 10 and done.json["changeForced"] is False, done
    assert "ordering another PIN" in done.json["changeForcedProblem"]
    assert "the PIN is set, but need not be changed" in done.err
    pin = decrypt(site.key, site.folder / "pin.age").strip()
    assert by_fd(site, "change", pin_fd=pin, new_pin_fd=pin + "1").code == 0
    assert site.journals() == []


# ---- refused before anything is done ----

def test_a_token_with_a_pin_is_refused(prepared):
    site = prepared({**YK, "pin": "271828"})
    done = initial(site)
    assert done.code == 1 and "has a PIN already" in done.err, done
    assert left_behind(site) == [] and is_pin(site, "271828")


def test_a_holder_without_keys_or_that_nobody_knows_is_refused(prepared):
    site = prepared(registry=False)
    done = initial(site)
    assert done.code == 1 and "knows no holder 'alice'" in done.err, done
    assert recipient(site, site.recipient).code == 0
    assert recipient(site, "--remove").code == 0
    done = initial(site)
    assert done.code == 6 and "no key of 'alice'" in done.err, done
    assert site.tokens.stats("a")["pin_set"] is False


def test_another_holders_token_is_refused(prepared):
    site = prepared()
    site.trust_vendor()
    done = site.run("verify", "--record", "--label", "mine")
    assert done.code == 0, done
    assert site.run("registry", "move", "mine", "--holder", "bob").code == 0
    done = initial(site)
    assert done.code == 6 and "this token is bob's" in done.err, done
    assert site.tokens.stats("a")["pin_set"] is False


@pytest.mark.parametrize("make", [
    lambda p: p.write_text("somebody's"),
    lambda p: p.symlink_to("/dev/null"),
    lambda p: p.mkdir(),
    os.mkfifo], ids=["file", "link", "folder", "fifo"])
def test_what_is_there_already_is_not_replaced(prepared, make):
    site = prepared()
    file = site.folder / "pin.age"
    make(file)
    before = file.lstat()
    done = initial(site)
    assert done.code == 1 and "is there already" in done.err, done
    assert file.lstat() == before
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == ["pin.age"] and site.journals() == []


def test_usage_of_pin_initial(site):
    site.plug(YK, cards=False)
    for words, said in (
            (("--output", "x"), "for whom is it?"),
            (("--holder", "alice"), "one of --output FILE"),
            (("--holder", "alice", "--output", "x", "--show"), "--show"),
            (("--holder", "alice", "--show", "--pin-fd", "0"), "no option")):
        done = site.run("pin", "initial", *words)
        assert done.code == 2 and said in done.err, done


# ---- the programs ----

def test_where_age_is_absent_that_is_said(prepared):
    site = prepared()
    done = run_with(site, "age", None)
    assert done.returncode == 1, done
    assert "there is no program 'age' in /usr/local/bin" in done.stderr, done
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == [] and site.journals() == []


REAL = '-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3Yx'


@pytest.mark.parametrize("script,said", [
    ("cat >/dev/null; echo 'age: error: no such key' >&2; exit 1",
     "age did not encrypt it: age: error: no such key"),
    ("exit 1", "age did not encrypt it, and does not say why"),
    ("printf '\\033[2Jage: \\033]0;x\\007\\n' >&2; exit 1",
     "age did not encrypt it:"),
    ("cat >/dev/null; echo hello", "is no encrypted message"),
    ("cat >/dev/null", "is no encrypted message"),
    ("cat", "is no encrypted message"),
    (f"echo '{REAL}'; cat; echo '-----END AGE ENCRYPTED FILE-----'",
     "is no encrypted message"),
    ("head -c 3000000 /dev/zero", "age wrote more than 65536 bytes"),
    ("yes x | head -c 3000000 >&2; exit 3", "age did not encrypt it: x"),
    ("kill -9 $$", "age did not encrypt it, and does not say why"),
])
def test_an_age_that_fails_or_lies_sets_no_pin(prepared, script, said):
    site = prepared()
    done = run_with(site, "age", script)
    assert done.returncode == 1, done
    assert said in done.stderr.replace("\n", " "), done
    assert "\033" not in done.stderr
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == [] and site.journals() == []


def has_ended(pid):
    """Within a moment; nobody may have waited for it yet."""
    for _ in range(40):
        try:
            stat_line = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return True
        if stat_line.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_age_that_hangs_is_ended(prepared):
    site = prepared()
    begun = time.monotonic()
    done = run_with(site, "age", f"echo $$ >{site.folder}/pid; "
                    "exec 1>&- 2>&-; sleep 600")
    assert 25 < time.monotonic() - begun < 45
    assert done.returncode == 1, done
    assert "age did not end within 30 s" in done.stderr, done
    assert has_ended((site.folder / "pid").read_text().strip())
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == []


def test_interrupted_while_age_thinks_nothing_is_left(prepared):
    site = prepared()
    process = subprocess.Popen(
        in_place_of(site, "age", f"echo $$ >{site.folder}/pid; sleep 600",
                    "pin", "initial", "--holder", "alice", "--output",
                    site.folder / "pin.age"),
        env=site.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, stdin=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 20
    pid = site.folder / "pid"
    while not pid.exists() or not pid.read_text().strip():
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    err = process.communicate(timeout=20)[1]
    assert process.returncode == 130, err
    assert has_ended(pid.read_text().strip())
    assert site.tokens.stats("a")["pin_set"] is False
    assert left_behind(site) == [] and site.journals() == []


def test_a_full_disk_sets_no_pin(prepared):
    site = prepared()
    full = site.folder / "full"
    full.mkdir()
    inside = (f'mount -t tmpfs -o size=4k none "{full}"; '
              f'head -c 4096 /dev/zero >"{full}/rest"; '
              '"$@"; code=$?; ls "$0" >&2; exit $code')
    done = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-uc", inside,
         str(full), *site.command("pin", "initial", "--holder", "alice",
                                  "--output", full / "pin.age")],
        env=site.env(), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1, done
    assert "No space left on device" in done.stderr, done
    assert done.stderr.endswith("rest\n"), done
    assert site.tokens.stats("a")["pin_set"] is False
    assert site.journals() == []


# ---- as the person who called root ----

@pytest.fixture
def carol(prepared, another):
    """A prepared where root acts for carol: her folder, and root's way to it."""
    del another  # skips where nobody can become somebody else
    site = prepared()
    for folder in site.folder, *site.folder.parents:
        if folder.stat().st_uid == os.getuid() and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
    site.home = site.folder / "carol"
    site.home.mkdir(mode=0o700)
    os.chown(site.home, UID, UID)
    (site.folder / "passwd").write_text(
        pathlib.Path("/etc/passwd").read_text() +
        f"carol:*:{UID}:{UID}::{site.home}:/bin/sh\n")
    return site


def for_carol(site, file, *words, script=None, **more):
    inside = f'mount --bind "{site.folder}/passwd" /etc/passwd; '
    if script:
        false = site.folder / "false"
        false.write_text("#!/bin/sh\n" + script)
        false.chmod(0o755)
        inside += f'mount --bind "{false}" /usr/bin/age; '
    return subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-euc",
         inside + 'exec "$@"', "sh",
         *site.command("pin", "initial", "--holder", "alice", "--output",
                       file, *words)],
        env={**site.env(), "SUDO_UID": str(UID), **more},
        capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False)


def test_the_file_is_of_who_called_root(carol):
    file = carol.home / "pin.age"
    done = for_carol(carol, file)
    assert done.returncode == 0, done
    seen = file.stat()
    assert (seen.st_uid, seen.st_gid) == (UID, UID)
    assert stat.S_IMODE(seen.st_mode) == 0o600
    assert re.fullmatch(r"[0-9]{8}\n", decrypt(carol.key, file))


def test_where_only_root_may_write_the_person_makes_no_file(carol):
    closed = carol.folder / "closed"
    closed.mkdir(mode=0o755)
    (carol.home / "way").symlink_to(closed)
    for folder in closed, carol.home / "way":
        done = for_carol(carol, folder / "pin.age")
        assert done.returncode == 1, done
        assert "Permission denied" in done.stderr, done
    assert list(closed.iterdir()) == []
    assert carol.tokens.stats("a")["pin_set"] is False


def test_age_gets_the_persons_ids_and_little_else(carol):
    """What it is started with, told by a program in its place."""
    seen = carol.home / "seen"
    done = for_carol(
        carol, carol.home / "pin.age", script=f"""
{{ id -u; id -G; env | sort; ls -l /proc/self/fd | sed 's/.* -> //'
tr '\\0' ' ' </proc/$$/cmdline; echo; grep -E 'NoNewPrivs|Seccomp:' \
/proc/self/status; ps -o sid= -p $$; echo $$; }} >{seen}
exit 1""", GNUPGHOME="/nowhere/gnupg", SECRET_CANARY="x")
    assert done.returncode == 1, done
    text = seen.read_text()
    lines = text.splitlines()
    assert lines[:2] == [str(UID), str(UID)]
    names = {line.split("=")[0] for line in lines if re.match("[A-Z_]+=", line)}
    assert names <= {"HOME", "USER", "LOGNAME", "PATH", "LANG", "PWD", "OLDPWD",
                     "SHLVL", "_"}, names
    assert f"HOME={carol.home}" in lines
    assert "NoNewPrivs:\t1" in text and "Seccomp:\t2" in text
    assert carol.recipient in text
    assert lines[-1].strip() == lines[-2].strip()  # a session of its own
    assert "socket:" not in text and "/dev/tty" not in text


def test_gpg_uses_the_persons_keyring_and_never_roots(carol, gnupg):
    """Root's has the key, carol's has not."""
    home, fingerprint = gnupg
    assert recipient(carol, fingerprint).code == 0
    done = for_carol(carol, carol.home / "pin.asc", GNUPGHOME=str(home))
    assert done.returncode == 1, done
    assert "No public key" in done.stderr.replace("\n", " "), done
    export = subprocess.run(["gpg", "--armor", "--export", fingerprint],
                            env={**os.environ, "GNUPGHOME": str(home)},
                            check=True, capture_output=True).stdout
    own = {"PATH": os.environ["PATH"], "HOME": str(carol.home)}
    subprocess.run(["gpg", "--batch", "--import"], input=export, env=own,
                   user=UID, group=UID, extra_groups=[], cwd="/", check=True,
                   capture_output=True)
    done = for_carol(carol, carol.home / "pin.asc", GNUPGHOME=str(home))
    assert done.returncode == 0, done
    assert (carol.home / "pin.asc").stat().st_uid == UID


# ---- killed ----

def killed_at(site, call, number):
    """True where the run came that far."""
    env = site.env()
    passed = [f"--env={n}={env.pop(n)}" for n in ("LD_PRELOAD",) if n in env]
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", *passed,
         f"--trace={call}", f"--inject={call}:signal=KILL:when={number}",
         *site.command("pin", "initial", "--holder", "alice", "--output",
                       site.folder / "pin.age")],
        env=env, capture_output=True, text=True, timeout=120,
        start_new_session=True, check=False)
    return done.returncode in (-9, 137)


def check_after_kill(site):
    """Either the token has no PIN, or the file holds it."""
    if not site.tokens.stats("a")["pin_set"]:
        return False
    pin = decrypt(site.key, site.folder / "pin.age").strip()
    assert by_fd(site, "change", pin_fd=pin, new_pin_fd=pin + "1").code == 0
    assert by_fd(site, "change", pin_fd=pin + "1", new_pin_fd=pin).code == 0
    return True


def settle(site, has_pin):
    had_journal = bool(site.journals())
    done = initial(site)
    if has_pin:
        assert done.code == 1 and "the token has a PIN" in done.err, done
        if had_journal:
            assert "broken off, which" in done.err.replace("\n", " "), done
    else:
        assert done.code == 0, done
        pin = decrypt(site.key, site.folder / "pin.age").strip()
        assert by_fd(site, "change", pin_fd=pin, new_pin_fd=pin + "1").code \
            == 0
    assert site.journals() == []
    assert left_behind(site) == ["pin.age"]


def start_anew(site):
    site.tokens.stop()
    shutil.rmtree(site.folder / "tokens", ignore_errors=True)
    (site.folder / "pin.age").unlink()
    site.plug(YK, cards=False)


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
@pytest.mark.parametrize("call,least", [("fsync", 4), ("sendto", 2),
                                        ("unlink", 1), ("write", 12)])
def test_killed_at_any_call_there_is_no_pin_or_its_file(prepared, call, least):
    site = prepared()
    killed, seen = 0, set()
    for number in range(1, 200):
        if not killed_at(site, call, number):
            break
        killed += 1
        has_pin = check_after_kill(site)
        seen.add(has_pin)
        settle(site, has_pin)
        start_anew(site)
    assert killed >= least
    if call == "write":
        assert seen == {False, True}


def at_sent(site):
    return [j for j in site.journals() if '"pin-sent"' in j.read_text()]


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_a_kill_with_a_token_without_a_number_keeps_no_name_for_ever(prepared):
    """Which token that was nobody knows: its file stays until a person gives
    it up, by the command that is printed; then the name is free again."""
    site = prepared(KEY)
    file = site.folder / "pin.age"
    given_up = told = 0
    for number in range(1, 200):
        if not killed_at(site, "write", number):
            break
        has_pin = site.tokens.stats("a")["pin_set"]
        sent, had = bool(at_sent(site)), file.exists()
        before = file.read_bytes() if had else None
        done = initial(site)
        said = done.err.replace("\n", " ")
        if has_pin:
            assert done.code == 1 and "the token has a PIN" in said, done
            assert not sent or "if it is the same token" in said, done
            told += sent
        elif sent:
            assert done.code == 1 and f"`rm -- {file}`" in said, done
            assert file.read_bytes() == before and at_sent(site)
            # beside it another name does as well
            assert initial(site, file="other.age").code == 0
            assert file.read_bytes() == before and at_sent(site)
            site.tokens.stop()
            shutil.rmtree(site.folder / "tokens")
            (site.folder / "other.age").unlink()
            site.plug(KEY, cards=False)
            file.unlink()
            assert initial(site).code == 0
            given_up += 1
        else:
            assert done.code == 0, done
        assert site.journals() == []
        if site.tokens.stats("a")["pin_set"] and file.exists():
            pin = decrypt(site.key, file).strip()
            assert by_fd(site, "change", pin_fd=pin,
                         new_pin_fd=pin + "1").code == 0
        site.tokens.stop()
        shutil.rmtree(site.folder / "tokens", ignore_errors=True)
        file.unlink()
        site.plug(KEY, cards=False)
    assert given_up >= 1 and told >= 1


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_a_file_that_was_removed_is_owed_to_nobody(prepared):
    """... also where another name is taken the next time."""
    site = prepared(KEY)
    file = site.folder / "pin.age"
    for number in range(1, 200):
        assert killed_at(site, "write", number)
        if at_sent(site) and not site.tokens.stats("a")["pin_set"]:
            break
        for journal in site.journals():
            journal.unlink()
        file.unlink(missing_ok=True)
    file.unlink()
    assert initial(site, file="other.age").code == 0
    assert site.journals() == []


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_another_token_s_pin_is_not_said_to_be_in_the_file(prepared):
    """A journal is ended by the token that it is of alone."""
    site = prepared()
    for number in range(1, 200):
        assert killed_at(site, "write", number)
        if at_sent(site):
            break
        (site.folder / "pin.age").unlink(missing_ok=True)
        for journal in site.journals():
            journal.unlink()
    site.tokens.stop()
    site.plug({"profile": "yubikey5", "serial": 7654321, "name": "b"},
              cards=False)
    done = initial(site)
    assert done.code == 1 and "serial number 12345678" in done.err.replace(
        "\n", " "), done
    assert by_fd(site, "set", new_pin_fd="somebody").code == 0
    done = initial(site)
    assert done.code == 1 and "the token has a PIN already" in \
        done.err.replace("\n", " "), done
    assert at_sent(site)


@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
@pytest.mark.parametrize("call", ["fsync", "renameat2", "sendto", "execve"])
def test_a_helper_that_is_killed_sets_no_pin_without_its_file(prepared, call):
    """Injected into all processes of the run, from the helper's first on."""
    site = prepared()
    killed = 0
    for number in range(1, 60):
        env = site.env()
        passed = [f"--env={n}={env.pop(n)}" for n in ("LD_PRELOAD",)
                  if n in env]
        done = subprocess.run(
            ["strace", "-qq", "-f", "-o", "/dev/null", *passed,
             f"--trace={call}",
             f"--inject={call}:signal=KILL:when={number}",
             *site.command("pin", "initial", "--holder", "alice", "--output",
                           site.folder / "pin.age")],
            env=env, capture_output=True, text=True, timeout=120,
            start_new_session=True, check=False)
        if done.returncode == 0:
            break
        killed += 1
        has_pin = check_after_kill(site)
        settle(site, has_pin)
        start_anew(site)
    assert killed >= 1


def test_a_token_that_got_a_pin_meanwhile_is_refused_with_words(prepared):
    site = prepared()
    for number in range(1, 60):
        assert killed_at(site, "fsync", number)
        if (site.folder / "pin.age").exists():
            break
        for journal in site.journals():
            journal.unlink()
    assert site.tokens.stats("a")["pin_set"] is False
    assert by_fd(site, "set", new_pin_fd="somebody").code == 0
    shown = site.run("registry", "show", "--unfinished", "--json")
    run, = shown.json["unfinished"]
    assert run["kind"] == "pin" and run["holder"] == "alice"
    assert run["file"] == str(site.folder / "pin.age")
    assert "pin initial --holder alice" in run["command"]
    done = initial(site)
    assert done.code == 1 and "the token has a PIN" in done.err, done
    assert site.journals() == [] and is_pin(site, "somebody")


# ---- shown ----

def show(site, *words):
    return Talk(site, "pin", "initial", "--holder", "alice", "--show", *words)


ON, OFF = "\x1b[?1049h", "\x1b[?1049l"
PRESS = "Press a key when it is written down."


def shown_pin(talk):
    talk.expect(PRESS)
    inside = talk.seen[talk.seen.index(ON):]
    return re.search(r"\n\s+([0-9]{6,})\s", inside)[1]


def test_shown_once_on_the_terminal_until_a_key_is_pressed(prepared):
    site = prepared(registry=False)
    assert recipient(site, OTHER).code == 0
    assert recipient(site, "--remove").code == 0
    talk = show(site, "--no-force")
    pin = shown_pin(talk)
    assert not talk.echo()
    assert site.tokens.stats("a")["pin_set"] is False
    talk.send(b" ")
    talk.expect("now has an initial PIN")
    assert talk.end() == 0
    assert talk.seen.count(pin) == 1
    assert talk.seen.index(pin) < talk.seen.index(OFF)
    assert talk.seen.count(ON) == talk.seen.count(OFF) == 1
    assert is_pin(site, pin)
    assert site.journals() == []


def test_json_of_what_is_shown_does_not_tell_it(prepared):
    site = prepared()
    talk = show(site, "--json")
    pin = shown_pin(talk)
    talk.send(b"x")
    talk.expect("}\n")
    assert talk.end() == 0
    rest = talk.seen[talk.seen.index(OFF):]
    found = json.loads(rest[rest.index("{\n"):])
    assert found["file"] is None and found["program"] is None
    assert found["changeForced"] is True and pin not in rest


def test_without_a_terminal_it_is_not_shown_and_not_set(prepared):
    site = prepared()
    done = site.run("pin", "initial", "--holder", "alice", "--show")
    assert done.code == 7, done
    assert "there is no terminal to show it on" in done.err and done.out == ""
    assert not re.search(r"\b[0-9]{8}\b", done.err.replace("12345678", ""))
    assert site.tokens.stats("a")["pin_set"] is False


@pytest.mark.parametrize("number,code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130),
    (signal.SIGQUIT, -signal.SIGQUIT), (signal.SIGUSR1, -signal.SIGUSR1),
    (signal.SIGALRM, -signal.SIGALRM)])
def test_gone_from_the_screen_on_every_signal(prepared, number, code):
    site = prepared()
    talk = show(site)
    shown_pin(talk)
    os.kill(talk.pid, number)
    talk.expect(OFF)
    assert talk.end() == code
    assert "\x1b[2J" in talk.seen[talk.seen.index(PRESS):]
    assert site.tokens.stats("a")["pin_set"] is False


# ---- where a PIN never is ----

def test_the_pin_is_in_no_argv_environment_log_or_file(prepared):
    site = prepared()
    real = shutil.copy("/usr/bin/age", site.folder / "age")
    # slow enough for its caller to be seen, too
    process = subprocess.Popen(
        in_place_of(site, "age", f'sleep 0.5\nexec "{real}" "$@"', "pin",
                    "initial", "--holder", "alice", "--output",
                    site.folder / "pin.age", "--no-force", "-v"),
        env=site.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    watch = Watch(process.pid)
    watch.start()
    out, err = process.communicate(timeout=60)
    watch.ended.set()
    watch.join()
    assert process.returncode == 0, err
    pin = decrypt(site.key, site.folder / "pin.age").strip().encode()
    assert {"tokenbridge", "tokenbridge-sea"} <= {
        name for name, _, _ in watch.seen}
    for name, kind, data in watch.seen:
        assert pin not in data, (name, kind)
    assert pin.decode() not in out + err
    for path in site.folder.rglob("*"):
        if path.is_file() and "tokens" not in path.parts:
            assert pin not in path.read_bytes(), path


def test_the_pin_is_gone_from_memory_once_it_is_set(prepared):
    """The last line is held up by a pipe that is full."""
    site = prepared()
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 4096)
    os.set_blocking(write, True)
    process = subprocess.Popen(
        site.command("pin", "initial", "--holder", "alice", "--output",
                     site.folder / "pin.age"), env=site.env(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write)
    os.close(write)
    end = time.monotonic() + 30
    while "pipe" not in pathlib.Path(
            f"/proc/{process.pid}/wchan").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    pin = decrypt(site.key, site.folder / "pin.age").strip().encode()
    found = places_in_memory(process.pid, pin)
    assert places_in_memory(process.pid, b"pin.age")
    with open(read, "rb") as rest:
        assert b"now has an initial PIN" in rest.read()
    assert process.wait() == 0
    assert found == []


# ---- the holder's keys ----

def test_keys_are_shown_replaced_and_taken_away(prepared):
    site = prepared()
    assert recipient(site).out.strip() == site.recipient
    done = recipient(site, OTHER, "--json")
    assert done.json["changed"] is True and done.json["program"] == "age"
    assert done.json["recipients"] == [OTHER], done
    assert recipient(site).out.strip() == OTHER
    assert recipient(site, "--remove").code == 0
    done = recipient(site, "--json")
    assert done.json["recipients"] == [] and done.json["program"] is None
    done = recipient(site, "--remove", "--json")
    assert done.json["changed"] is False
    site.check_chain()


def test_the_event_says_that_they_changed_and_no_key(prepared):
    site = prepared()
    done = site.run("registry", "log", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    event, = [e for e in events if e["type"] == "holder.recipients"]
    assert set(event["body"]) == {"holder", "count"}
    assert event["body"]["count"] == 1
    assert re.fullmatch("[0-9a-f]{32}", event["body"]["holder"])
    assert site.recipient not in done.out and "alice" not in done.out
    assert "1 key of alice to encrypt for" in site.run("registry", "log").out
    assert recipient(site, "--remove").code == 0
    assert "nothing is encrypted for alice any more" in \
        site.run("registry", "log").out
    site.check_chain()


@pytest.mark.parametrize("key,said", [
    ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
     "a recipient of an age plugin"),
    ("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q",
     "checksum is wrong"),
    ("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
     "an age secret key"),
    ("ecdsa-sha2-nistp256 AAAA", "ssh-ed25519 and ssh-rsa only"),
    ("sk-ssh-ed25519@openssh.com AAAA", "can sign, but not decrypt"),
    ("ssh-ed25519 AAAAB3NzaC1yc2EAAAA=", "ssh key is"),
    ("0123456789ABCDEF", "16 hex digits"),
    ("alice@example.com", "a recipient is age1..."),
    ("", "a recipient is age1..."),
])
def test_what_is_no_recipient_is_refused_and_not_repeated(prepared, key, said):
    site = prepared()
    done = recipient(site, key)
    assert done.code == 2 and said in done.err.replace("\n", " "), done
    assert not key[5:] or key[5:] not in done.err
    assert recipient(site).out.strip() == site.recipient
    file = site.folder / "keys"
    file.write_text(f"{OTHER}\n{key or 'x'}\n")
    done = recipient(site, "--file", file)
    assert done.code == 2 and "line 2: " in done.err, done
    assert recipient(site).out.strip() == site.recipient


def test_age_and_openpgp_do_not_mix(prepared):
    site = prepared()
    file = site.folder / "keys"
    file.write_text(f"{OTHER}\n{'AB' * 20}\n")
    done = recipient(site, "--file", file)
    assert done.code == 2 and "do not go together" in \
        done.err.replace("\n", " "), done
