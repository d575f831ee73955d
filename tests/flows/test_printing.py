# SPDX-License-Identifier: Apache-2.0
"""What reaches a terminal is clean, whoever wrote it: a registry that somebody
has tampered with, a token's own strings, AWS's answers."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess

import pytest

import ptys
from conftest import YK

# an order to a terminal, a bell, C1's CSI, a direction, nothing wide, a line
EVIL = ("x\x1b[2J\x1b]0;owned\x07\u009b31m\u202etxt\u2066\u200bz\ufeff\n"
        "granted\r")
UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f"
                     "\u2028-\u202e\u2060-\u206f\ufeff]")


def is_clean(text):
    found = UNCLEAN.search(text)
    assert not found, (found, text)


@pytest.fixture
def tampered(site):
    """A registry whose names, and columns of its rows, say what they like."""
    site.plug(YK, cards=False)
    site.trust_vendor()
    site.make_registry()
    assert site.run("verify", "--record", "--label", "blue").code == 0
    with contextlib.closing(sqlite3.connect(site.registry)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE "
                                   "type = 'table'").fetchall():
            for _, column, kind, *_ in db.execute(
                    f"PRAGMA table_info({table})").fetchall():
                if table == "names" and column == "value" or \
                        (table, column) == ("tokens", "model"):
                    db.execute(f"UPDATE {table} SET {column} = ?", (EVIL,))
        db.commit()
    return site


@pytest.mark.parametrize("words", [
    ("registry", "show"), ("registry", "log"), ("registry", "log", "--verify"),
    ("info",), ("list",), ("verify",), ("registry", "show", "blue")])
@pytest.mark.parametrize("json_too", [False, True])
def test_a_tampered_registry_writes_nothing_to_a_terminal(tampered, words,
                                                          json_too):
    done = tampered.run(*words, *(["--json"] if json_too else []))
    is_clean(done.out)
    is_clean(done.err)
    if json_too and done.out and words[:2] != ("registry", "log"):
        json.loads(done.out)


def test_json_keeps_what_a_terminal_may_not_have(tampered):
    """Escaped, not lost: who parses it gets what stands there."""
    done = tampered.run("registry", "show", "--json")
    assert json.loads(done.out)["tokens"][0]["label"] == EVIL, done


def test_a_terminal_gets_no_order_either(tampered):
    """With colours on, only the program's own."""
    pid, master = ptys.fork()
    if pid == 0:
        command = tampered.command("registry", "show")
        os.execve(command[0], command, tampered.env(TERM="xterm"))
    seen = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            seen += data
    os.close(master)
    os.waitpid(pid, 0)
    text = seen.decode().replace("\r\n", "\n")
    assert "\x1b[1m" in text     # the heading is bold
    is_clean(re.sub("\x1b\\[[0-9]+m", "", text))
    assert "\x1b[2J" not in text and "owned" in text


def test_a_tokens_own_strings_are_clean(site):
    site.plug({**YK, "product": "Key\x1b[2J\u202e", "manufacturer": "\u200bAcme"},
              cards=False)
    for words in (("list",), ("info",), ("list", "--json")):
        done = site.run(*words)
        is_clean(done.out)
        is_clean(done.err)


def test_what_was_typed_is_clean_in_an_error(site):
    done = site.run("registry", "show", "blue\x1b[2J\u202e")
    is_clean(done.err)
    done = site.run("li\x1b[2Jst")
    is_clean(done.err)


def test_a_reader_that_is_gone_is_an_error(site):
    site.plug(YK, cards=False)
    command = site.command("list")
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, env=site.env(), stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr
