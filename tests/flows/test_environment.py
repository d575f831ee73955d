# SPDX-License-Identifier: Apache-2.0
"""Variables of the libraries below us: what they would write or print if they
were obeyed is not there."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import PROGRAM, ROOT, SANITIZERS
from iam.client import LocalIAM, make_certificates

AWS = ROOT / "usr/libexec/tokenbridge/tokenbridge-aws"
# Each prints or loads something where its library sees it
LOUD = {"FIDO_DEBUG": "1", "PCSCLITE_DEBUG": "0", "LIBUSB_DEBUG": "4",
        "EXPAT_ACCOUNTING_DEBUG": "2", "EXPAT_ENTITY_DEBUG": "1",
        "SYSTEMD_LOG_LEVEL": "debug", "GNUTLS_DEBUG_LEVEL": "9",
        "P11_KIT_DEBUG": "all", "KRB5_TRACE": "/dev/stderr",
        "COMERR_DEBUG": "1", "MALLOC_TRACE": "/dev/stderr",
        "NETTLE_FAT_VERBOSE": "1", "CURL_SSL_BACKEND": "none",
        "OPENSSL_CONF": "/nonexistent/openssl.cnf",
        "OPENSSL_ENGINES": "/nonexistent", "OPENSSL_MODULES": "/nonexistent",
        "SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}


@pytest.fixture
def secure(aws_site, tmp_path):
    """A local IAM behind TLS."""
    (tmp_path / "tls").mkdir()
    with LocalIAM(tls=make_certificates(str(tmp_path / "tls"))) as iam:
        aws_site.iam = iam
        iam.add_user("alice")
        yield aws_site


def test_the_keys_of_a_connection_are_written_nowhere(secure, tmp_path):
    keys = tmp_path / "keys"
    done = secure.run("enroll", "alice", "--method", "totp",
                      env={"SSLKEYLOGFILE": str(keys)})
    assert done.code == 0, done
    assert not keys.exists()


def test_a_library_that_was_told_to_talk_is_silent(secure):
    for words in (("enroll", "alice", "--method", "totp", "--dry-run"),
                  ("info",), ("list",)):
        plain = secure.run(*words)
        loud = secure.run(*words, env=LOUD)
        assert (loud.code, loud.err) == (plain.code, plain.err), words
        assert len(loud.out) == len(plain.out), words
    done = secure.run("enroll", "alice", "--method", "totp", env=LOUD)
    assert done.code == 0, done
    for word in ("expat:", "fido_", "libusb", "accounting", "winscard", ".c:"):
        assert word not in done.err.lower(), done


def test_whom_we_start_inherits_none(secure):
    """The program that talks to AWS, and the worker."""
    trace = pathlib.Path(secure.folder / "trace")
    done = subprocess.run(
        ["strace", "-f", "-v", "-s", "4096", "-e", "trace=execve", "-o", trace,
         *secure.command("enroll", "alice", "--method", "totp")],
        env=secure.env(**LOUD, SSLKEYLOGFILE="/nonexistent"),
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
        check=False)
    assert done.returncode == 0, done
    calls = [line for line in trace.read_text().splitlines()
             if "execve(" in line and " = 0" in line]
    assert len(calls) >= 3, calls  # the program, its other half, a worker
    for call in calls[1:]:
        for name in (*LOUD, "SSLKEYLOGFILE"):
            assert f'"{name}=' not in call, call


def test_a_copy_with_another_owners_rights_obeys_nothing(another):
    """A set-uid copy would write where only root may."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenbridge-test-"))
    try:
        if os.statvfs(folder).f_flag & os.ST_NOSUID:
            pytest.skip("no set-uid program works here")
        (folder / "roots").mkdir(mode=0o700)
        folder.chmod(0o755)
        for program in (PROGRAM, AWS):
            copy = folder / program.name
            shutil.copy(program, copy)
            copy.chmod(0o4755)
            done = subprocess.run(
                [copy, "--version"], cwd="/", capture_output=True, text=True,
                env={**SANITIZERS, "SSLKEYLOGFILE": str(folder / "roots/keys"),
                     "OPENSSL_CONF": "/nonexistent", "EXPAT_ENTITY_DEBUG":
                     "1", "KRB5_TRACE": str(folder / "roots/keys")},
                **another, check=False)
            assert done.returncode == 0 and done.stderr == "", done
            assert not (folder / "roots/keys").exists()
    finally:
        shutil.rmtree(folder)


def test_an_option_behind_an_argument_is_one_whatever_libc_is_told(place):
    """POSIXLY_CORRECT ends a program's options at its first argument."""
    for words in (("registry", "show", "--json"), ("trust", "show", "--json")):
        done = place.run(*words, env={"POSIXLY_CORRECT": "1"})
        assert done.code == 0 and done.json["version"] == 1, done
