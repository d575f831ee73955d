# SPDX-License-Identifier: Apache-2.0
"""registry import --format serials: the list that somebody kept so far."""
import json
import stat
import subprocess

import pytest

from broken_off import run_killed_at, strace
from conftest import YK

SERIAL = str(YK["serial"])
LIST = """\
serial,label,holder,product,lot,price
12345678,blue-1,alice,YubiKey 5,7,50
8,blue-2,,YubiKey 5,7,50
9,,bob,,,
"""


@pytest.fixture
def listed(bench, site):
    bench(YK)
    site.list = site.folder / "keys.csv"
    site.list.write_text(LIST)
    return site


def take(site, *more):
    return site.run("registry", "import", site.list, "--format", "serials",
                    *more)


def events(site):
    return site.run("registry", "log", "--json").out.splitlines()


def refused(site, text, *says):
    """Nothing is written, and the words name what is wrong."""
    before = events(site)
    site.list.write_text(text)
    done = take(site)
    assert done.code == 1 and done.out == "", done
    for words in (f"'{site.list}'", *says):
        assert words in done.err, done
    assert events(site) == before
    return done


def test_each_key_becomes_a_row_that_nobody_has_verified(listed):
    done = take(listed, "--ticket", "OPS-7", "--json")
    assert done.code == 0, done
    assert done.json["changed"] is True
    assert done.json["imported"]["added"] == 3
    assert "Columns that are not read: price" in done.err
    assert "3 keys of" in done.err and "Nobody has verified them." in done.err
    rows = {t["serial"]: t for t in listed.show()}
    told = {n: (t["label"], t["state"], t["holder"], t["product"],
                t["verdict"]) for n, t in rows.items()}
    assert told == {
        12345678: ("blue-1", "assigned", "alice", "YubiKey 5", None),
        8: ("blue-2", "stock", None, "YubiKey 5", None),
        9: (None, "assigned", "bob", None, None)}
    for row in rows.values():
        assert {i["basis"] for i in row["identifiers"]} == {"self-reported"}
    assert {"kind": "lot", "value": "7", "basis": "self-reported"} in \
        rows[8]["identifiers"]
    text = listed.run("registry", "log").out
    assert "token recorded as stock: YubiKey 5; ticket: OPS-7" in text
    assert "given to alice (stock -> assigned); ticket: OPS-7" in text
    listed.check_chain()


def test_what_is_there_already_is_passed_over(listed):
    assert take(listed).code == 0
    before = events(listed)
    done = take(listed, "--json")
    assert done.code == 0 and done.json["changed"] is False, done
    assert done.json["imported"]["present"] == 3
    assert events(listed) == before
    listed.list.write_text(LIST + "10,blue-4,,,,\n")
    assert take(listed, "--json").json["imported"]["added"] == 1


def test_the_key_with_that_number_joins_its_row_when_it_is_verified(listed):
    assert take(listed).code == 0
    row = {t["serial"]: t["id"] for t in listed.show()}[YK["serial"]]
    done = listed.run("verify", "--record", "--json")
    assert done.code == 0, done
    again = {t["serial"]: t for t in listed.show()}[YK["serial"]]
    assert again["id"] == row and len(listed.show()) == 3
    assert (again["verdict"], again["holder"], again["label"]) == (
        "genuine", "alice", "blue-1")
    assert listed.run("verify").code == 0


@pytest.mark.parametrize("text, says", [
    ("serial\n12x\n", "line 2, column 1: a serial number has other"),
    ("serial,label\n7,=cmd()\n",
     "line 2, column 2: a field begins like a formula"),
    ("serial,holder\n7,@alice\n", "line 2, column 2: a field begins like"),
    ("serial,label\n7,a\n,b\n", "line 3: no serial number"),
    ("label\nblue-1\n", "line 1: the first line names the columns, and one "
     "of them is 'serial'"),
    ("serial\n7\n8\n7\n", "lines 2 and 4 have the same serial number"),
    ("serial,label\n7,a\n8,a\n", "lines 2 and 3 have the same label"),
    ("serial,label\n7,\"a\n", "line 2, column 2: a quote is not closed"),
    ("serial\n7,8\n", "line 2: not as many fields"),
    ("", "line 1")])
def test_a_wrong_line_is_named_with_its_column_and_nothing_is_written(
        listed, text, says):
    refused(listed, text, says)


def test_a_list_that_says_another_than_the_registry_is_refused(listed):
    assert listed.run("verify", "--record", "--label", "red-1").code == 0
    assert listed.run("registry", "move", "red-1", "--holder",
                      "bob").code == 0
    refused(listed, f"serial,label\n8,x\n{SERIAL},blue-1\n",
            f"line 3: the list says the label 'blue-1' of serial {SERIAL}, "
            "the registry says 'red-1': nothing was imported")
    refused(listed, f"serial,holder\n{SERIAL},alice\n",
            "line 2: the list says the holder 'alice' of serial "
            f"{SERIAL}, the registry says 'bob'")
    refused(listed, "serial,label\n8,red-1\n",
            "line 2: the label 'red-1' is that of token")
    assert len(listed.show()) == 1


def test_whose_they_are_is_said_by_the_list(listed):
    done = take(listed, "--user", "alice")
    assert done.code == 2, done
    assert "the list says who has each key" in done.err
    done = listed.run("registry", "import", listed.list)
    assert done.code == 2 and "--format serials" in done.err, done


def test_the_list_may_be_a_spreadsheets_and_is_left_alone(listed):
    listed.list.write_bytes(b"\xef\xbb\xbf" + LIST.replace(
        ",", ";").replace("\n", "\r\n").encode())
    listed.list.chmod(0o400)
    before = listed.list.read_bytes()
    assert take(listed).code == 0
    assert len(listed.show()) == 3
    assert listed.list.read_bytes() == before
    assert stat.S_IMODE(listed.list.stat().st_mode) == 0o400
    kinds = [json.loads(line)["type"] for line in events(listed)]
    assert kinds.count("token.added") == 3


FILES = {
    "serials": "serial,label,holder\n" + "".join(
        f"{number},key-{number},alice\n" for number in range(100, 140)),
    "authorized_yubikeys": "games" + "".join(
        f":cccccccccc{a}{b}" for a in "bcdefghi" for b in "bcdef") + "\n",
}


@strace
@pytest.mark.parametrize("form", FILES)
def test_a_file_is_flushed_once_and_not_line_by_line(listed, form):
    listed.list.write_text(FILES[form])
    counts = listed.folder / "counts"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", counts,
         *listed.command("registry", "import", listed.list, "--format",
                         form)], env=listed.env(LD_PRELOAD=None),
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert len(listed.show()) == 40
    assert 0 < len(counts.read_text().splitlines()) <= 20
    listed.check_chain()


@strace
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_a_killed_import_has_taken_all_of_the_list_or_nothing(listed, call):
    before, killed, seen = len(events(listed)), 0, set()
    while run_killed_at(listed, call, killed + 1, "registry", "import",
                        listed.list, "--format", "serials"):
        killed += 1
        seen.add((len(listed.show()), len(events(listed)) > before))
        if seen == {(0, False), (3, True)}:
            return
    assert killed > 3 and seen == {(0, False)}, (killed, seen)
