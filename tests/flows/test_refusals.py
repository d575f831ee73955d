# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a command is said before anything is begun: whoever reads
it finds the option, what was given, and what may stand there or comes next;
and a file that is not trusted is named with what mends it."""
import os
import shlex

import pytest

HEAD = "1" * 32 + ":1:" + "2" * 64

# The command, what the message has to name, each in that order
USAGE = [
    ("audit --report r.csv --generated tomorrow",
     ["--generated 'tomorrow': a time like 2026-01-31T23:59:59Z is wanted"]),
    ("audit --report r.csv --generated 2999-01-01T00:00:00Z",
     ["--generated '2999-01-01T00:00:00Z': that is still to come; a report "
      "was made before it is read"]),
    ("audit --report r.csv --fail-on worst",
     ["--fail-on", "'worst'", "low, medium, high or critical"]),
    ("audit --report r.csv --severity worst",
     ["--severity", "'worst'", "low, medium, high or critical"]),
    ("audit --report r.csv --status BAD",
     ["--status", "'BAD'", "FAIL, UNKNOWN"]),
    ("audit --report r.csv --checks benchmark,none",
     ["--checks", "'none'", "benchmark, house, cis", "--list-checks"]),
    ("audit --report r.csv --output x", ["--output", "'x'", "FORMAT=FILE"]),
    ("audit --report r.csv --output nice=x",
     ["--output", "'nice=x'", "json csv", "html"]),
    ("audit --report r.csv --output html=x --output csv=x",
     ["two outputs", "'x'"]),
    ("audit --report r.csv --output csv --output json=-", ["--output", "csv"]),
    ("audit --max-age 1h", ["--max-age", "--accounts"]),
    ("audit --accounts list --max-age 24",
     ["--max-age is of what --state keeps"]),
    ("audit --accounts list --role 'a b'", [
        "--role 'a b': the name of a role is wanted, with its path before it "
        "where it has one"]),
    ("enroll alice --method magic",
     ["--method", "'magic'", "fido, totp, hardware-totp, virtual"]),
    ("enroll alice", ["say how", "--method fido", "--method totp"]),
    ("replace alice old --method magic",
     ["--method", "'magic'", "fido, totp, hardware-totp"]),
    ("replace alice old --method virtual", ["enroll USER", "revoke USER OLD"]),
    ("replace alice old --method hardware-totp", ["--serial S", "back"]),
    ("registry handover", ["--holder NAME"]),
    ("registry restore b.db", ["--output PATH", "never written to"]),
    ("registry recipient alice notakey", ["age1", "ssh-ed25519", "OpenPGP"]),
    ("registry recipient alice AB12",
     ["4 hex digits", "whole fingerprint, 40 digits"]),
    (f"registry recipient alice age1{'q' * 57}", ["62 characters"]),
    (f"registry recipient alice age1{'Q' * 58}",
     ["an age recipient has lower-case letters and digits of bech32 only"]),
    ("registry recipient alice --file x --remove", ["--remove", "--file"]),
    ("registry recipient alice age1x --remove",
     ["registry recipient takes one of KEY, --file and --remove"]),
    ("registry log --verify --head x",
     ["'x'", "STREAM:NUMBER:HASH"]),
    (f"registry log --verify --head {HEAD}0", [f"'{HEAD}0'",
                                               "STREAM:NUMBER:HASH"]),
    ("registry log --since x", ["--since", "'x'", "2026-01-31"]),
    ("registry import FILE", ["--format authorized_keys", "pam_u2f"]),
    ("root --method hardware-totp", ["hardware-totp", "--serial"]),
    ("root --method fido --serial GAKT12345678", ["--serial", "hardware-totp"]),
    ("root", ["--method fido", "--method hardware-totp", "--check"]),
    ("verify --pin-fd 99999999", [
        "--pin-fd: the number of an open file descriptor is wanted, at most "
        "1023"]),
    ("verify --pin-fd stdin", ["--pin-fd", "descriptor"]),
    ("verify --from FILE --at yesterday",
     ["--at", "'yesterday'", "made", "2026-01-31"]),
    ("help list foo", [
        "list has no verbs; `tokenbridge help list` tells of it"]),
    ("trust remove 0", ["'0'", "8 to 64 hex digits", "trust show"]),
]


def in_order(text, words):
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, (word, text)
        at = found + len(word)


def content(site):
    return {path: path.read_bytes() for path in site.folder.rglob("*")
            if path.is_file()}


@pytest.mark.parametrize("command, words", USAGE,
                         ids=[command for command, _ in USAGE])
def test_a_wrong_option_says_what_may_stand_there(place, command, words):
    before = content(place)
    done = place.run(*shlex.split(command), cwd=place.folder)
    assert done.code == 2, done
    assert done.out == ""
    line, = done.err.splitlines()
    in_order(line, words)
    assert content(place) == before


@pytest.mark.parametrize("part", ["file", "folder"])
def test_a_registry_that_others_can_write_is_named_with_what_mends_it(place,
                                                                      part):
    path = place.registry if part == "file" else place.registry.parent
    mode = path.stat().st_mode & 0o7777
    for command in (["show"], ["log"], ["log", "--verify"]):
        path.chmod(mode | 0o022)
        done = place.run("registry", *command)
        assert done.code == 1, done
        assert f"'{path}'" in done.err
        # what it says to run is enough
        command = done.err.partition("run ")[2].strip()
        assert command.startswith("chmod "), done
        assert os.system(command) == 0
        assert place.run("registry", "show").code == 0
    path.chmod(mode)


@pytest.mark.skipif(os.getuid() != 0, reason="gives a file away")
def test_a_registry_of_somebody_else_is_named_with_its_owner(place):
    os.chown(place.registry, 65534, -1)
    try:
        done = place.run("registry", "show")
        assert done.code == 1 and done.out == "", done
        in_order(done.err, [f"'{place.registry}'", "uid 65534", "root", "you"])
    finally:
        os.chown(place.registry, os.getuid(), -1)


@pytest.mark.parametrize("name, value, code, words", [
    ("AWS_PROFILE", "", 2, ["AWS_PROFILE", "names no profile", "unset it"]),
    ("AWS_MAX_ATTEMPTS", "0", 2, ["AWS_MAX_ATTEMPTS", "'0'", "from 1 to"]),
    ("AWS_MAX_ATTEMPTS", "many", 2, ["AWS_MAX_ATTEMPTS", "'many'"]),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/keys",
     6, ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "example.com", "loopback"]),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/absent/token", 2,
     ["/absent/token", "AWS_ROLE_ARN"]),
])
def test_a_variable_that_cannot_be_obeyed_is_named(place, name, value, code,
                                                   words):
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
            } if name == "AWS_MAX_ATTEMPTS" else {}
    done = place.run("audit", env={
        name: value, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1", **keys})
    assert done.code == code and done.out == "", done
    in_order(done.err, words)
