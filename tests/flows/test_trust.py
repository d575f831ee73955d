# SPDX-License-Identifier: Apache-2.0
"""trust: the makers' certificates that verdicts rest on."""
import hashlib
import os
import stat
import subprocess

import pytest

from conftest import PROGRAM
from softtoken import make_ca

MODE_FILE, MODE_DIR = 0o644, 0o755


@pytest.fixture
def makers(tmp_path):
    return [make_ca(tmp_path / name, name=name) / "root.pem"
            for name in ("Alpha", "Beta", "Gamma")]


def fingerprint(pem):
    der = subprocess.run(["openssl", "x509", "-in", pem, "-outform", "DER"],
                         check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


def trust(desk, *arguments, **more):
    return desk.run("trust", *map(str, arguments), **more)


def anchors(desk):
    done = trust(desk, "show", "--json")
    assert done.code == 0, done
    return {a["sha256"]: a for a in done.json["anchors"]}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_empty_store_is_said_with_what_to_do(desk):
    done = trust(desk, "show")
    assert (done.code, done.out) == (0, "")
    assert "trust add" in done.err and str(desk.trust) in done.err
    assert trust(desk, "show", "--json").json == {
        "version": 1, "anchors": [], "metadata": None}
    assert not desk.trust.exists()


def test_an_added_certificate_is_shown_by_the_fingerprint_openssl_gives(
        desk, makers):
    done = trust(desk, "add", makers[0])
    assert done.code == 0 and "1 added" in done.err
    want = fingerprint(makers[0])
    (sha, anchor), = anchors(desk).items()
    assert sha == want
    assert "Alpha" in anchor["subject"]
    assert anchor["notBefore"] < "2026" < anchor["notAfter"]
    assert want[:16] in trust(desk, "show").out


def test_adding_again_changes_nothing(desk, makers):
    trust(desk, "add", makers[0])
    done = trust(desk, "add", makers[0])
    assert done.code == 0 and "0 added, 1 there already" in done.err
    assert len(anchors(desk)) == 1


def test_a_file_of_several_certificates_adds_them_all(desk, makers,
                                                      tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("# comment\n" + "\n".join(
        "text before\n" + pem.read_text() for pem in makers))
    done = trust(desk, "add", bundle)
    assert done.code == 0 and "3 added" in done.err
    assert set(anchors(desk)) == {fingerprint(pem) for pem in makers}


def test_one_bad_certificate_of_several_adds_none(desk, makers, tmp_path):
    good, bad = makers[0].read_text(), makers[1].read_text().split("\n")
    bad[3] = "!" * len(bad[3])
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(good + "\n".join(bad))
    done = trust(desk, "add", bundle)
    assert done.code == 1 and "certificate 2" in done.err
    assert anchors(desk) == {}


def test_store_and_files_may_be_read_by_all_and_written_by_the_owner(
        desk, makers):
    trust(desk, "add", makers[0])
    file, = desk.trust.iterdir()
    assert file.name == fingerprint(makers[0]) + ".pem"
    assert (mode(desk.trust), mode(file)) == (MODE_DIR, MODE_FILE)


def test_removing_takes_the_first_digits_and_says_all_of_them(desk, makers):
    for pem in makers:
        trust(desk, "add", pem)
    gone = fingerprint(makers[1])
    done = trust(desk, "remove", gone[:8].upper())
    assert done.code == 0 and gone in done.err
    assert set(anchors(desk)) == {fingerprint(makers[0]),
                                  fingerprint(makers[2])}
    done = trust(desk, "remove", fingerprint(makers[0]), "--json")
    assert done.json == {"version": 1, "removed": fingerprint(makers[0])}


@pytest.mark.parametrize("prefix,code,words", [
    ("", 2, "8 to 64 hex digits"), ("abc", 2, "8 to 64 hex digits"),
    ("0" * 65, 2, "8 to 64 hex digits"),
    ("0" * 8, 1, "no anchor begins with"),
    ("../../../etc", 1, "no anchor begins with"),
    ("zzzzzzzz", 1, "no anchor begins with")])
def test_a_prefix_that_names_none_removes_none(desk, makers, prefix, code,
                                               words):
    trust(desk, "add", makers[0])
    done = trust(desk, "remove", prefix)
    assert done.code == code and words in done.err, done
    assert len(anchors(desk)) == 1


def test_a_file_with_a_private_key_is_refused_and_its_bytes_not_shown(
        desk, makers, tmp_path):
    both = tmp_path / "both.pem"
    key = (tmp_path / "Alpha" / "root.key").read_text()
    both.write_text(makers[0].read_text() + key)
    done = trust(desk, "add", both)
    assert done.code == 6 and "private key" in done.err
    assert key.splitlines()[1] not in done.err + done.out
    assert anchors(desk) == {}


@pytest.mark.parametrize("content", [
    b"", b"\0" * 100, b"not a certificate\n", b"-----BEGIN CERTIFICATE-----",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    b"A" * 200000])
def test_garbage_is_refused_and_nothing_stored(desk, tmp_path, content):
    file = tmp_path / "garbage.pem"
    file.write_bytes(content)
    done = trust(desk, "add", file)
    assert done.code == 1 and "garbage.pem" in done.err, done
    assert done.out == ""
    assert not desk.trust.exists() or not list(desk.trust.iterdir())


def test_a_file_that_is_not_there_or_no_file_is_refused(desk, tmp_path):
    for path in (tmp_path / "none.pem", tmp_path):
        done = trust(desk, "add", path)
        assert done.code == 1 and str(path) in done.err


def test_a_store_that_others_may_write_to_is_not_trusted(desk, makers):
    trust(desk, "add", makers[0])
    desk.trust.chmod(0o777)
    done = trust(desk, "show")
    assert done.code == 1 and "writable by nobody else" in done.err
    desk.trust.chmod(0o755)
    file, = desk.trust.iterdir()
    file.chmod(0o666)
    done = trust(desk, "show")
    assert done.code == 1 and file.name in done.err


def test_a_stored_file_with_another_content_is_not_trusted(desk, makers):
    trust(desk, "add", makers[0])
    file, = desk.trust.iterdir()
    file.write_text(makers[1].read_text())
    done = trust(desk, "show")
    assert done.code == 1 and "its name says" in done.err
    file.write_text(makers[0].read_text() + makers[1].read_text())
    assert trust(desk, "show").code == 1


def test_other_files_in_the_store_are_passed_over(desk, makers):
    trust(desk, "add", makers[0])
    (desk.trust / "README").write_text("about this folder\n")
    (desk.trust / "mine.pem").write_text(makers[1].read_text())
    assert set(anchors(desk)) == {fingerprint(makers[0])}


def test_a_symbolic_link_is_no_stored_certificate(desk, makers):
    trust(desk, "add", makers[0])
    other = fingerprint(makers[1])
    os.symlink(makers[1], desk.trust / f"{other}.pem")
    done = trust(desk, "show")
    assert done.code == 1 and other in done.err


# ---- where the setting may come from ----

def test_the_store_is_set_in_the_systems_file_only(desk, makers):
    (desk.home / ".config").mkdir()
    own = desk.home / ".config/tokenbridge.conf"
    own.write_text(f"trust_dir = {desk.folder}/mine\n")
    for command in (("trust", "show"), ("list",), ("verify",)):
        done = desk.run(*command)
        assert done.code == 2, done
        assert str(own) in done.err and "line 1" in done.err
        assert "'trust_dir' may stand only in" in done.err
    done = trust(desk, "add", makers[0])
    assert done.code == 2
    assert not (desk.folder / "mine").exists() and not desk.trust.exists()


def test_there_is_no_option_and_no_variable_for_the_store(desk, makers):
    trust(desk, "add", makers[0])
    done = trust(desk, "show", "--trust-dir", "/tmp")
    assert done.code == 2 and "unknown option" in done.err
    done = trust(desk, "show", "--json",
                 env={"TOKENBRIDGE_TRUST_DIR": str(desk.folder / "other")})
    assert len(done.json["anchors"]) == 1


@pytest.mark.parametrize("how", [0o666, 0o622])
def test_a_system_file_that_others_may_write_to_is_refused(desk, how):
    desk.config.chmod(how)
    done = trust(desk, "show")
    assert done.code == 1 and str(desk.config) in done.err


def test_without_the_right_to_write_the_store_nothing_is_added(desk, makers,
                                                               another):
    import pathlib
    import tempfile
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        config = folder / "system.conf"
        config.write_text(f"trust_dir = {folder}/trust\n")
        config.chmod(0o644)
        pem = folder / "root.pem"
        pem.write_bytes(makers[0].read_bytes())
        pem.chmod(0o644)

        def run(*arguments, **more):
            return subprocess.run(
                [PROGRAM, "trust", *arguments, "--config", config],
                env=desk.env(HOME=name), capture_output=True, text=True,
                cwd="/", **more)
        done = run("add", str(pem), **another)
        assert done.returncode == 1 and "trust" in done.stderr, done
        assert run("add", str(pem)).returncode == 0
        sha = fingerprint(pem)
        done = run("show", **another)
        assert done.returncode == 0 and sha[:16] in done.stdout, done
        done = run("remove", sha, **another)
        assert done.returncode == 1 and "cannot remove" in done.stderr
        assert (folder / "trust" / f"{sha}.pem").exists()


@pytest.mark.parametrize("arguments", [
    [], ["add"], ["show", "more"], ["remove"], ["add", "a", "b"],
    ["update", "x"], ["show", "--fresh"]])
def test_wrong_arguments_are_usage_errors(desk, arguments):
    done = trust(desk, *arguments)
    assert done.code == 2 and done.out == ""


def test_the_store_can_be_read_by_whoever_runs_verify(desk):
    """Made under the strict umask of our programs, below a folder of ours."""
    desk.plug("yubikey5", cards=False)
    desk.config.write_text(f"trust_dir = {desk.folder}/new/trust\n")
    done = desk.run("trust", "add",
                    str(desk.folder / "tokens/ca/root.pem"))
    assert done.code == 0, done
    assert (desk.folder / "new").stat().st_mode & 0o777 == 0o711
    assert (desk.folder / "new/trust").stat().st_mode & 0o777 == 0o755
    for path in (desk.folder / "new/trust").iterdir():
        assert path.stat().st_mode & 0o777 == 0o644
