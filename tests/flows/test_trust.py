# SPDX-License-Identifier: Apache-2.0
"""trust: the vendors' certificates that verdicts rest on."""
import hashlib
import os
import stat
import subprocess

import pytest

from conftest import PROGRAM
from softtoken import make_ca

MODE_FILE, MODE_DIR = 0o644, 0o755


@pytest.fixture
def vendors(tmp_path):
    return [make_ca(tmp_path / name, name=name) / "root.pem"
            for name in ("Alpha", "Beta", "Gamma")]


def fingerprint(pem):
    der = subprocess.run(["openssl", "x509", "-in", pem, "-outform", "DER"],
                         check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


def trust(site, *arguments, **more):
    return site.run("trust", *map(str, arguments), **more)


def anchors(site):
    done = trust(site, "show", "--json")
    assert done.code == 0, done
    return {a["sha256"]: a for a in done.json["anchors"]}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_empty_store_is_said_with_what_to_do(site):
    done = trust(site, "show")
    assert (done.code, done.out) == (0, "")
    assert "trust add" in done.err and str(site.trust) in done.err
    assert trust(site, "show", "--json").json == {
        "version": 1, "anchors": [], "metadata": None}
    assert not site.trust.exists()


def test_an_added_certificate_is_shown_by_the_fingerprint_openssl_gives(
        site, vendors):
    done = trust(site, "add", vendors[0])
    assert done.code == 0 and "1 added" in done.err
    want = fingerprint(vendors[0])
    (sha, anchor), = anchors(site).items()
    assert sha == want
    assert "Alpha" in anchor["subject"]
    assert anchor["notBefore"] < "2026" < anchor["notAfter"]
    assert want[:16] in trust(site, "show").out


def test_adding_again_changes_nothing(site, vendors):
    trust(site, "add", vendors[0])
    done = trust(site, "add", vendors[0])
    assert done.code == 0 and "0 added, 1 there already" in done.err
    assert len(anchors(site)) == 1


def test_a_file_of_several_certificates_adds_them_all(site, vendors,
                                                      tmp_path):
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("# comment\n" + "\n".join(
        "text before\n" + pem.read_text() for pem in vendors))
    done = trust(site, "add", bundle)
    assert done.code == 0 and "3 added" in done.err
    assert set(anchors(site)) == {fingerprint(pem) for pem in vendors}


def test_one_bad_certificate_of_several_adds_none(site, vendors, tmp_path):
    good, bad = vendors[0].read_text(), vendors[1].read_text().split("\n")
    bad[3] = "!" * len(bad[3])
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(good + "\n".join(bad))
    done = trust(site, "add", bundle)
    assert done.code == 1 and "certificate 2" in done.err
    assert anchors(site) == {}


def test_store_and_files_may_be_read_by_all_and_written_by_the_owner(
        site, vendors):
    trust(site, "add", vendors[0])
    file, = site.trust.iterdir()
    assert file.name == fingerprint(vendors[0]) + ".pem"
    assert (mode(site.trust), mode(file)) == (MODE_DIR, MODE_FILE)


def test_removing_takes_the_first_digits_and_says_all_of_them(site, vendors):
    for pem in vendors:
        trust(site, "add", pem)
    gone = fingerprint(vendors[1])
    done = trust(site, "remove", gone[:8].upper())
    assert done.code == 0 and gone in done.err
    assert set(anchors(site)) == {fingerprint(vendors[0]),
                                  fingerprint(vendors[2])}
    done = trust(site, "remove", fingerprint(vendors[0]), "--json")
    assert done.json == {
        "version": 1, "changed": True, "removed": {
            "kind": "certificate", "sha256": fingerprint(vendors[0])}}


@pytest.mark.parametrize("prefix,code,words", [
    ("", 2, "8 to 64 hex digits"), ("abc", 2, "8 to 64 hex digits"),
    ("0" * 65, 2, "8 to 64 hex digits"),
    ("0" * 8, 1, "no anchor begins with"),
    ("../../../etc", 1, "no anchor begins with"),
    ("zzzzzzzz", 1, "no anchor begins with")])
def test_a_prefix_that_names_none_removes_none(site, vendors, prefix, code,
                                               words):
    trust(site, "add", vendors[0])
    done = trust(site, "remove", prefix)
    assert done.code == code and words in done.err, done
    assert len(anchors(site)) == 1


def test_a_file_with_a_private_key_is_refused_and_its_bytes_not_shown(
        site, vendors, tmp_path):
    both = tmp_path / "both.pem"
    key = (tmp_path / "Alpha" / "root.key").read_text()
    both.write_text(vendors[0].read_text() + key)
    done = trust(site, "add", both)
    assert done.code == 6 and "private key" in done.err
    assert key.splitlines()[1] not in done.err + done.out
    assert anchors(site) == {}


@pytest.mark.parametrize("content", [
    b"", b"\0" * 100, b"not a certificate\n", b"-----BEGIN CERTIFICATE-----",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    b"A" * 200000])
def test_garbage_is_refused_and_nothing_stored(site, tmp_path, content):
    file = tmp_path / "garbage.pem"
    file.write_bytes(content)
    done = trust(site, "add", file)
    assert done.code == 1 and "garbage.pem" in done.err, done
    assert done.out == ""
    assert not site.trust.exists() or not list(site.trust.iterdir())


def test_a_file_that_is_not_there_or_no_file_is_refused(site, tmp_path):
    for path in (tmp_path / "none.pem", tmp_path):
        done = trust(site, "add", path)
        assert done.code == 1 and str(path) in done.err


def test_a_store_that_others_may_write_to_is_not_trusted(site, vendors):
    trust(site, "add", vendors[0])
    site.trust.chmod(0o777)
    done = trust(site, "show")
    assert done.code == 1 and "writable by nobody else" in done.err
    site.trust.chmod(0o755)
    file, = site.trust.iterdir()
    file.chmod(0o666)
    done = trust(site, "show")
    assert done.code == 1 and file.name in done.err


def test_a_stored_file_with_another_content_is_not_trusted(site, vendors):
    trust(site, "add", vendors[0])
    file, = site.trust.iterdir()
    file.write_text(vendors[1].read_text())
    done = trust(site, "show")
    assert done.code == 1 and "its name says" in done.err
    file.write_text(vendors[0].read_text() + vendors[1].read_text())
    assert trust(site, "show").code == 1


def test_other_files_in_the_store_are_passed_over(site, vendors):
    trust(site, "add", vendors[0])
    (site.trust / "README").write_text("about this folder\n")
    (site.trust / "mine.pem").write_text(vendors[1].read_text())
    assert set(anchors(site)) == {fingerprint(vendors[0])}


def test_a_symbolic_link_is_no_stored_certificate(site, vendors):
    trust(site, "add", vendors[0])
    other = fingerprint(vendors[1])
    os.symlink(vendors[1], site.trust / f"{other}.pem")
    done = trust(site, "show")
    assert done.code == 1 and other in done.err


# ---- where the setting may come from ----

def test_the_store_is_set_in_the_systems_file_only(site, vendors):
    (site.home / ".config").mkdir()
    own = site.home / ".config/tokenbridge.conf"
    own.write_text(f"trust_dir = {site.folder}/mine\n")
    for command in (("trust", "show"), ("list",), ("verify",)):
        done = site.run(*command)
        assert done.code == 2, done
        assert str(own) in done.err and "line 1" in done.err
        assert "'trust_dir' may stand only in" in done.err
    done = trust(site, "add", vendors[0])
    assert done.code == 2
    assert not (site.folder / "mine").exists() and not site.trust.exists()


def test_there_is_no_option_and_no_variable_for_the_store(site, vendors):
    trust(site, "add", vendors[0])
    done = trust(site, "show", "--trust-dir", "/tmp")
    assert done.code == 2 and "unknown option" in done.err
    done = trust(site, "show", "--json",
                 env={"TOKENBRIDGE_TRUST_DIR": str(site.folder / "other")})
    assert len(done.json["anchors"]) == 1


@pytest.mark.parametrize("how", [0o666, 0o622])
def test_a_system_file_that_others_may_write_to_is_refused(site, how):
    site.config.chmod(how)
    done = trust(site, "show")
    assert done.code == 1 and str(site.config) in done.err


def test_without_the_right_to_write_the_store_nothing_is_added(site, vendors,
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
        pem.write_bytes(vendors[0].read_bytes())
        pem.chmod(0o644)

        def run(*arguments, **more):
            return subprocess.run(
                [PROGRAM, "trust", *arguments, "--config", config],
                env=site.env(HOME=name), capture_output=True, text=True,
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
def test_wrong_arguments_are_usage_errors(site, arguments):
    done = trust(site, *arguments)
    assert done.code == 2 and done.out == ""


def test_the_store_can_be_read_by_whoever_runs_verify(site):
    """Made under the strict umask of our programs, below a folder of ours."""
    site.plug("yubikey5", cards=False)
    site.config.write_text(f"trust_dir = {site.folder}/new/trust\n")
    done = site.run("trust", "add",
                    str(site.folder / "tokens/ca/root.pem"))
    assert done.code == 0, done
    assert (site.folder / "new").stat().st_mode & 0o777 == 0o711
    assert (site.folder / "new/trust").stat().st_mode & 0o777 == 0o755
    for path in (site.folder / "new/trust").iterdir():
        assert path.stat().st_mode & 0o777 == 0o644
