# SPDX-License-Identifier: Apache-2.0
"""The role of docs/examples/ansible: two hosts take what a station published,
once; looking changes nothing; PAM and sshd only where they are asked for.

A host is a mount namespace with files of its own in the places that the role
and the program write to. Ansible runs its modules by a Python of the host's,
which enters it.
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(os.environ["TOKENBRIDGE_TOP"])
ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
ANSIBLE = pathlib.Path(os.environ["TOKENBRIDGE_ANSIBLE"])
PROGRAM = ROOT / "usr/bin/tokenbridge"
LIBEXEC = ROOT / "usr/libexec/tokenbridge"
EXAMPLE = TOP / "docs/examples/ansible"
USER = "games"
SUDO = "#%PAM-1.0\nauth required pam_env.so\n@include common-auth\n"
# What is a host's own
PLACES = (("etc", ROOT / "etc"), ("state", ROOT / "var/lib/tokenbridge"),
          ("pam.d", "/etc/pam.d"), ("ssh", "/etc/ssh"))
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def sk_line(seed):
    """An sk key that nobody has."""
    kind = b"sk-ssh-ed25519@openssh.com"
    blob = b"".join(len(part).to_bytes(4, "big") + part
                    for part in (kind, bytes([seed]) * 32, b"ssh:"))
    return f"{kind.decode()} {base64.b64encode(blob).decode()}"


class Station:
    def __init__(self, folder):
        self.registry = folder / "registry.db"
        self.file = folder / "hosts.login"
        self.folder = folder
        self.run("registry", "init")
        self.bind(1)

    def run(self, *words):
        done = subprocess.run(
            [PROGRAM, *map(str, words), "--registry", self.registry],
            env={**ENV, "HOME": str(self.folder)}, text=True,
            capture_output=True)
        assert done.returncode in (0, 10), done
        return done

    def bind(self, seed):
        keys = self.folder / "keys"
        keys.write_text(sk_line(seed) + "\n")
        self.run("registry", "import", keys, "--format", "authorized_keys",
                 "--user", USER)

    def publish(self):
        done = self.run("registry", "publish", "--output", self.file, "--json")
        return json.loads(done.stdout)["published"]


class Host:
    def __init__(self, folder):
        self.folder = folder
        for name, path in PLACES:
            pathlib.Path(path).mkdir(parents=True, exist_ok=True)
            (folder / name).mkdir(parents=True, mode=0o755)
        (folder / "pam.d/sudo").write_text(SUDO)
        (folder / "ssh/sshd_config.d").mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        folder / "ssh/ssh_host_ed25519_key"], check=True)
        mounts = " && ".join(f"mount --bind {folder / name} {path}"
                             for name, path in PLACES)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c",
             f"{mounts} && mount -t tmpfs none /run && mkdir /run/sshd && "
             "echo ready && exec sleep 3600"],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.python = folder / "python"
        self.python.write_text(
            "#!/bin/sh\nexec nsenter --mount --target "
            f"{self.process.pid} /usr/bin/python3 \"$@\"\n")
        self.python.chmod(0o755)

    def files(self):
        return {str(path.relative_to(self.folder)): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()}

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def keys(self):
        """What sshd is told there."""
        done = subprocess.run(
            ["nsenter", "--mount", "--target", str(self.process.pid),
             LIBEXEC / "tokenbridge-keys", USER], text=True,
            capture_output=True)
        assert done.returncode == 0, done
        return done.stdout.splitlines()


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.station = Station(folder)
        self.hosts = {name: Host(folder / name) for name in ("one", "two")}
        self.inventory = folder / "inventory.ini"
        self.inventory.write_text("[tokenbridge_hosts]\n" + "".join(
            f"{name} ansible_connection=local "
            f"ansible_python_interpreter={host.python}\n"
            for name, host in self.hosts.items()))

    def play(self, *more, code=0, **variables):
        """{host: how many of ok, changed, failed}, and what was said."""
        variables = {"tokenbridge_login_file": str(self.station.file),
                     "tokenbridge_login_program": str(PROGRAM),
                     "tokenbridge_login_libexec": str(LIBEXEC),
                     "tokenbridge_login_settings":
                         str(ROOT / "etc/tokenbridge.conf"),
                     "tokenbridge_login_sshd_service": "", **variables}
        done = subprocess.run(
            [ANSIBLE / "ansible-playbook", "-i", self.inventory,
             EXAMPLE / "login.yml", "-e", json.dumps(variables), "-e",
             "ansible_become=false", *more], text=True, capture_output=True,
            stdin=subprocess.DEVNULL, cwd=self.folder,
            env={**ENV, "HOME": str(self.folder), "ANSIBLE_NOCOLOR": "1",
                 "ANSIBLE_LOCALHOST_WARNING": "0"})
        assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
        assert "[WARNING]" not in done.stderr, done.stderr
        recap = {name: dict(re.findall(r"(\w+)=(\d+)", rest)) for name, rest in
                 re.findall(r"^(\w+) +: (ok=.*)$", done.stdout, re.M)}
        assert set(recap) == set(self.hosts), done.stdout
        return recap, done.stdout

    def changed(self, *more, **variables):
        recap, _ = self.play(*more, **variables)
        return [int(recap[name]["changed"]) for name in self.hosts]

    def files(self):
        return [host.files() for host in self.hosts.values()]


@pytest.fixture
def site(tmp_path):
    tmp_path.chmod(0o755)
    place = Site(tmp_path)
    place.station.publish()
    yield place
    for host in place.hosts.values():
        host.close()


def test_two_hosts_take_the_file_once(site):
    assert site.changed() == [1, 1]
    for host in site.hosts.values():
        assert host.keys() == [sk_line(1)]
    before = site.files()
    assert site.changed() == [0, 0]
    assert site.files() == before
    # PAM and sshd are as they were
    for host in site.hosts.values():
        assert (host.folder / "pam.d/sudo").read_text() == SUDO
        assert not list((host.folder / "ssh/sshd_config.d").iterdir())


def test_looking_says_what_would_change_and_changes_nothing(site):
    before = site.files()
    assert site.changed("--check", "--diff") == [1, 1]
    assert site.files() == before
    site.changed()
    assert site.changed("--check") == [0, 0]
    site.station.bind(2)
    site.station.publish()
    before = site.files()
    assert site.changed("--check") == [1, 1]
    assert site.files() == before


def test_who_was_revoked_is_gone_after_the_next_run(site):
    site.station.bind(2)
    site.station.publish()
    site.changed()
    assert len(site.hosts["two"].keys()) == 2
    site.station.run("revoke", "--local", USER, "all")
    site.station.publish()
    assert site.changed() == [1, 1]
    assert [host.keys() for host in site.hosts.values()] == [[], []]


def test_an_older_file_fails_and_leaves_nothing_behind(site):
    old = site.folder / "old.login"
    shutil.copy(site.station.file, old)
    site.station.bind(2)
    site.station.publish()
    site.changed()
    before = site.files()
    recap, said = site.play(code=2, tokenbridge_login_file=str(old))
    assert [recap[name]["failed"] for name in recap] == ["1", "1"]
    assert "is older than what is installed" in said
    assert site.files() == before
    assert not list(pathlib.Path("/tmp").glob("ansible.*.login"))


def test_hash_and_station_are_held_to(site):
    said = site.station.publish()
    site.play(code=2, tokenbridge_login_sha256="0" * 64)
    site.play(code=2, tokenbridge_login_station="0" * 32)
    assert site.changed(tokenbridge_login_sha256=said["sha256"],
                        tokenbridge_login_station=said["station"]) == [1, 1]


def test_pam_and_sshd_and_the_age_by_option(site):
    how = {"tokenbridge_login_pam_services": ["sudo"],
           "tokenbridge_login_sshd": True, "tokenbridge_login_max_age": 30}
    before = site.files()
    site.play("--check", **how)
    assert site.files() == before
    assert site.changed(**how) == [4, 4]
    assert site.changed(**how) == [0, 0]
    for host in site.hosts.values():
        lines = (host.folder / "pam.d/sudo").read_text().splitlines()
        assert lines[1] == "auth sufficient pam_tokenbridge.so"
        assert lines[:1] + lines[2:] == SUDO.splitlines()
        text = (host.folder / "ssh/sshd_config.d/tokenbridge.conf").read_text()
        assert f"AuthorizedKeysCommand {LIBEXEC}/tokenbridge-keys %u %f" in text
        assert "login_max_age = 30" in (
            host.folder / "etc/tokenbridge.conf").read_text()
        assert host.keys() == [sk_line(1)]


def test_without_a_file_nothing_is_done(site):
    before = site.files()
    _, said = site.play(code=2, tokenbridge_login_file="")
    assert "tokenbridge_login_file is not set" in said
    assert site.files() == before


def test_the_examples_are_whole_and_plain():
    """What a person reads first runs as it stands, to the first contact."""
    done = subprocess.run(
        [ANSIBLE / "ansible-playbook", "-i", EXAMPLE / "inventory.ini",
         EXAMPLE / "login.yml", "--list-hosts", "--list-tasks"], text=True,
        capture_output=True, env={**ENV, "HOME": "/nonexistent"})
    assert done.returncode == 0, done
    assert "web-1.example" in done.stdout and "login.db" in done.stdout
