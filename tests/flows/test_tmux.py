# SPDX-License-Identifier: Apache-2.0
"""A real terminal, tmux: what a person sees of enrolling, of a picture, of a
rollout and of tables, at 80 and at 40 columns, without colours and through a
pipe; and what the terminal still knows afterwards."""
import itertools
import shlex
import shutil
import subprocess
import time

import pytest

from lines import assigned, oathtool
from test_enroll_virtual import FIRST, METHOD, SCAN, SECOND, check_uri, scan, \
    seed_of

pytestmark = pytest.mark.skipif(not shutil.which("tmux"),
                                reason="tmux is not installed")
TOTP = ("--method", "totp")
NUMBERS = itertools.count()
HEADER = "account,user,holder,method,label\n"


class Pane:
    """A command in tmux, whose screen and history a test looks at."""

    def __init__(self, site, *words, columns=80, rows=24, before="", shell="",
                 **env):
        self.tmux_socket = site.folder / f"tmux-{next(NUMBERS)}"
        settings = site.folder / "tmux.conf"
        settings.write_text("set -g status off\n")
        # it stays when the program has ended
        line = (f"{before} {shlex.join(site.command(*words))} {shell}; "
                "echo ended $?; exec sleep 600")
        self.tmux("-f", settings, "new-session", "-d", "-x", columns, "-y",
                  rows, line, env=site.env(TERM="xterm-256color", **env))

    def tmux(self, *words, env=None):
        return subprocess.run(["tmux", "-u", "-S", self.tmux_socket,
                               *map(str, words)], env=env, text=True,
                              capture_output=True, check=True).stdout

    def screen(self, *more):
        """Its lines; -J: those that it broke as one, -e: with colours, -S -:
        with all that has gone by."""
        return self.tmux("capture-pane", "-p", *more)

    def until(self, text, *more, seconds=90):
        end = time.monotonic() + seconds
        while text not in (seen := self.screen(*more)):
            assert time.monotonic() < end, seen
            time.sleep(0.2)
        return seen

    def type(self, text):
        self.tmux("send-keys", "-l", text + "\n")

    def close(self):
        subprocess.run(["tmux", "-S", self.tmux_socket, "kill-server"],
                       check=False, capture_output=True)


@pytest.fixture
def pane():
    made = []

    def begin(*words, **how):
        made.append(Pane(*words, **how))
        return made[-1]
    yield begin
    for one in made:
        one.close()


def broken_by_tmux(seen, columns):
    """Lines that the program wrote longer than the terminal is, though no word
    in them is: commands, ARNs and addresses stay whole."""
    return [line for line in seen.splitlines() if len(line) > columns and
            "`" not in line and max(map(len, line.split())) < 24 and
            not line.startswith("  ")]


@pytest.mark.parametrize("columns", [80, 40])
def test_an_enrollment_is_read_in_tmux(aws_site, pane, columns):
    p = pane(aws_site, "enroll", "alice", *TOTP, columns=columns, rows=50)
    seen = p.until("ended 0", "-J", "-S", "-")
    assert "Enrolled" in seen and "ouch" in seen, seen
    assert broken_by_tmux(seen, columns) == []
    (device,) = assigned(aws_site.iam, "alice")
    assert device in seen.replace("\n", "")
    assert seed_of(aws_site, "alice") not in seen.replace("\n", "")


def test_lines_for_another_width_would_be_seen(aws_site, pane):
    """The program is told that there is more room than there is."""
    p = pane(aws_site, "enroll", "alice", *TOTP, columns=40, rows=50,
             before="stty cols 200;")
    seen = p.until("ended 0", "-J", "-S", "-")
    assert broken_by_tmux(seen, 40) != []


def test_a_picture_is_scanned_in_tmux_and_gone_behind_it(aws_site, pane,
                                                         tmp_path):
    aws_site.tokens.unplug("a")
    p = pane(aws_site, "enroll", "alice", *METHOD)
    seen = p.until(SCAN)
    p.until(FIRST)
    picture = [line for line in seen.splitlines() if line and
               not set(line) - set(" ▀▄█")]
    width = max(map(len, picture))
    check_uri(scan([line.ljust(width) for line in picture], tmp_path),
              aws_site)
    seed, now = seed_of(aws_site), aws_site.iam.now()
    p.type(oathtool(seed, now - 30))
    p.until(SECOND)
    p.type(oathtool(seed, now))
    p.until("ended 0")
    left = p.screen("-J", "-S", "-")
    assert "Enrolled" in left
    assert not set(left) & set("▀▄█") and seed not in left.replace(" ", "")


def test_a_narrow_tmux_gets_the_secret_as_text(aws_site, pane):
    aws_site.tokens.unplug("a")
    p = pane(aws_site, "enroll", "alice", *METHOD, columns=40)
    p.until("The QR code needs a terminal of")
    seen = p.until(FIRST)
    assert seed_of(aws_site) in "".join(seen.split())
    assert max(map(len, seen.splitlines())) <= 40


@pytest.mark.parametrize("columns", [80, 40])
def test_a_rollout_asks_for_a_key_in_tmux(aws_site, pane, columns):
    aws_site.tokens.unplug("a")
    plan = aws_site.folder / "plan.csv"
    plan.write_text(HEADER + "123456789012,alice,alice,totp,blue-1\n")
    p = pane(aws_site, "rollout", plan, columns=columns, rows=50)
    seen = p.until("nsert", "-J")
    aws_site.tokens.plug("a")
    seen = p.until("ended 0", "-J", "-S", "-")
    assert broken_by_tmux(seen, columns) == []
    assert len(assigned(aws_site.iam, "alice")) == 1


@pytest.mark.parametrize("columns", [80, 40])
def test_a_table_has_a_row_a_token_in_tmux(two_keys, pane, columns):
    p = pane(two_keys, "list", columns=columns, rows=40)
    p.until("ended 0")
    seen = p.screen("-J").splitlines()
    rows = [line for line in seen if "12345678" in line or "87654321" in line]
    assert len(rows) == 2 and all(len(row) <= 80 for row in rows), seen


def test_without_colours_there_are_none_and_a_pipe_is_as_a_file(two_keys,
                                                                pane):
    p = pane(two_keys, "list")
    p.until("ended 0")
    assert "\033[" in p.screen("-e")  # or the next lines show nothing
    p.close()
    p = pane(two_keys, "list", NO_COLOR="1")
    p.until("ended 0")
    assert "\033[" not in p.screen("-e").replace("\033[0m", "")
    p.close()
    piped = two_keys.folder / "piped"
    p = pane(two_keys, "list", shell=f"| cat >{shlex.quote(str(piped))}")
    p.until("ended 0")
    assert piped.read_text() == two_keys.run("list").out
    assert "\033" not in piped.read_text()
