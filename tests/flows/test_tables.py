# SPDX-License-Identifier: Apache-2.0
"""Tables: whole where a program reads them, and as wide as a terminal where a
person does."""
import contextlib
import fcntl
import os
import re
import struct
import termios

import pytest

import ptys
from conftest import YK

SOLO = {"profile": "solo"}


def on_terminal(site, columns, *words, code=0):
    """What a terminal of so many columns shows, without colours."""
    pid, master = ptys.fork()
    if pid == 0:
        # before it writes anything
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        command = site.command(*words)
        os.execve(command[0], command, site.env(TERM="xterm"))
    seen = b""
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            seen += data
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code, seen
    return re.sub("\x1b\\[[0-9]+m", "",
                  seen.decode().replace("\r\n", "\n")).splitlines()


@pytest.fixture
def shown(site):
    """Two keys, one of them in the registry with a label."""
    tokens = site.plug(YK, SOLO, cards=False)
    site.trust_vendor()
    site.make_registry()
    for name, label in (("a", "blue-10"), ("b", "blue-9")):
        site.run("verify", "--record", "--label", label, "--token",
                 tokens.hidraw(name))
    return site


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
@pytest.mark.parametrize("words", [("list",), ("registry", "show")])
def test_a_table_fits_the_terminal(shown, columns, words):
    lines = on_terminal(shown, columns, *words)
    table = [line for line in lines if not line.startswith("Left out")]
    assert max(len(line) for line in table) <= columns, lines
    assert any(line.startswith("Left out to fit: ") for line in lines) == \
        (columns < 100 or words[0] == "list"), lines


def test_at_80_columns_a_token_is_one_row(shown):
    lines = on_terminal(shown, 80, "list")
    assert "Left out to fit: APPLICATIONS (--wide shows all)." in lines
    rows = [line for line in lines if line.startswith("/dev/")]
    assert len(rows) == 2 and len(lines) == 4, lines
    assert "12345678" in rows[0] and "no PIN set" in rows[0]


def test_wide_leaves_nothing_out(shown):
    lines = on_terminal(shown, 80, "list", "--wide")
    assert "APPLICATIONS" in lines[0] and len(lines) == 3
    assert lines == shown.run("list").out.splitlines()


def test_a_long_remark_goes_on_in_the_next_line(site):
    tokens = site.plug(YK, cards=False)
    tokens.misbehave("a", "silence", count=-1)
    lines = on_terminal(site, 80, "list")
    assert len(lines) > 3 and max(map(len, lines)) <= 80, lines
    remark = " ".join(line.split("  ")[-1].strip() for line in lines)
    assert "did not answer in time" in remark, lines


def test_columns_are_chosen_by_name(shown):
    out = shown.run("list", "--columns", "serial,DEVICE").out.splitlines()
    assert out[0].split() == ["SERIAL", "DEVICE"]
    assert out[1].split()[0] == "12345678"
    done = shown.run("list", "--columns", "serial,colour")
    assert done.code == 2 and "no column 'colour'" in done.err
    assert "APPLICATIONS" in done.err
    done = shown.run("registry", "show", "--columns", "x")
    assert done.code == 2 and "VERDICT" in done.err


def test_the_registry_is_sorted_and_says_verdicts_in_words(shown):
    out = shown.run("registry", "show").out.splitlines()
    assert [line.split()[1] for line in out[1:3]] == ["blue-9", "blue-10"]
    assert "genuine" in out[2]
    assert re.search("unknown-maker|self-attested", out[1]), out


def test_sentences_are_broken_at_the_terminal_and_commands_are_not(site):
    lines = on_terminal(site, 40, "registry", "show", code=1)
    assert "registry init" in " ".join(lines)
    assert any(line.count("`") == 2 for line in lines), lines
    site.plug(YK, cards=False)
    site.make_registry()
    for columns in (40, 80):
        lines = on_terminal(site, columns, "verify", "--token", "12345678",
                            code=26)
        assert max(map(len, lines)) <= columns, lines
    # under its column
    at = next(i for i, line in enumerate(lines) if "signature" in line)
    column = lines[at].index("signature") + len("signature  ")
    assert lines[at + 1].startswith(" " * column), lines
