# SPDX-License-Identifier: Apache-2.0
"""A registry that may not be read, or read and not written: the same words in
every command, before anything is touched or asked."""
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import PROGRAM, YK

MAKE = "makeCredential"


class Shut:
    """The system's registry in a folder of root's, and nobody's commands."""

    def __init__(self, site, folder, another):
        self.site, self.another = site, another
        self.folder = folder
        self.closed = folder / "closed"
        self.path = self.closed / "registry.db"
        self.config = folder / "system.conf"
        self.words = (f"registry '{self.path}': permission denied: use sudo "
                      "or --registry")
        folder.chmod(0o755)
        self.closed.mkdir(mode=0o700)
        site.trust_vendor()
        shutil.copytree(site.trust, folder / "trust")
        self.config.write_text(f"trust_dir = {folder}/trust\n"
                               f"registry = {self.path}\n")
        self.config.chmod(0o644)
        subprocess.run([PROGRAM, "registry", "init", "--rehearsal",
                        "--config", self.config], env=site.env(), check=True,
                       capture_output=True)

    def readable(self):
        """To everybody, and writable by root alone."""
        self.closed.chmod(0o755)
        self.path.chmod(0o644)

    def run(self, *words):
        return subprocess.run(
            [PROGRAM, *words, "--config", self.config], cwd="/", text=True,
            env=self.site.env(HOME=str(self.folder)), timeout=60,
            capture_output=True, stdin=subprocess.DEVNULL, check=False,
            **self.another)

    def made(self):
        return self.site.tokens.stats("a")["commands"].get(MAKE, 0)


@pytest.fixture
def shut(site, iam, another):
    site.iam = iam
    iam.add_user("alice", password=True)
    site.plug(YK, cards=False).permission("a", "0666")
    with tempfile.TemporaryDirectory() as name:
        yield Shut(site, pathlib.Path(name), another)


WRITES = [("verify", "--record"), ("pam-enroll", "nobody"),
          ("enroll", "alice", "--method", "fido"),
          ("registry", "adopt", "--from-aws"), ("revoke", "--orphans"),
          ("registry", "retire", "spare"),
          ("registry", "handover", "spare", "--holder", "bob")]


@pytest.mark.parametrize("how", ["closed", "readable"])
@pytest.mark.parametrize("words", WRITES, ids=" ".join)
def test_who_may_not_write_it_is_told_before_a_touch_and_before_aws(
        shut, iam, how, words):
    if how == "readable":
        shut.readable()
    before = shut.made()
    done = shut.run(*words)
    assert done.returncode == 1, done
    assert done.stderr == f"tokenbridge: {shut.words}\n"
    assert done.stdout == ""
    assert shut.made() == before
    assert not iam.calls()


def test_who_may_read_it_is_shown_it(shut):
    shut.readable()
    assert shut.run("registry", "show").returncode == 0
    done = shut.run("verify")
    assert done.returncode == 0, done
    assert "the registry does not know it" in done.stdout


@pytest.mark.parametrize("words", [("verify",), ("policy", "check"),
                                   ("info",), ("wink",)], ids=" ".join)
def test_a_label_that_cannot_be_looked_up_is_not_only_unknown(shut, words):
    done = shut.run(*words, "--token", "spare")
    assert done.returncode == 4, done
    assert shut.words in done.stderr, done
    assert "no attached token is 'spare'" in done.stderr


def test_a_node_is_no_label(shut):
    done = shut.run("verify", "--token", "/dev/hidraw99")
    assert done.returncode == 4 and "registry" not in done.stderr, done


def test_one_cannot_be_made_where_one_may_not_write(shut):
    done = shut.run("registry", "init")
    assert (done.returncode, done.stderr) == (
        1, f"tokenbridge: {shut.words}\n")
    shut.closed.chmod(0o711)  # that it is there can be seen now
    done = shut.run("registry", "init")
    assert done.returncode == 1 and "exists" in done.stderr, done


def test_doctor_says_what_to_use(shut):
    done = shut.run("doctor", "aws")
    assert done.returncode == 10, done
    assert "-> use sudo or --registry" in done.stdout
