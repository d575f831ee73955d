# SPDX-License-Identifier: Apache-2.0
"""The README's pictures: small, of this program, and made anew by a script that
still understands what the demo prints."""
import os
import pathlib
import re
import sys
from xml.etree import ElementTree

TOP = pathlib.Path(os.environ["TOKENBRIDGE_TOP"])
sys.path.insert(0, str(TOP / "tests"))

import pictures  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
DEMO = """\x1b[2m# Words that go
# before.\x1b[0m
\x1b[1m$ tokenbridge registry init\x1b[0m\r
Made it.
\x1b[2m# What is here?\x1b[0m
\x1b[1m$ tokenbridge list\x1b[0m
Asking\x1b[K\r\x1b[KDEVICE  <&>\r
  \x1b[32mpass\x1b[0m      good
\x1b[2m# Later.\x1b[0m
\x1b[1m$ tokenbridge code\x1b[0m
123456
"""


def texts(svg):
    return [text.text.replace(pictures.NBSP, " ")
            for text in ElementTree.fromstring(svg).iter(SVG + "text")]


def test_the_terminal_is_drawn_as_it_is_left():
    drawn = "\n".join(pictures.svg(pictures.pieces_shown(DEMO)))
    assert texts(drawn) == ["# What is here?", "$ tokenbridge list",
                            "DEVICE  <&>", "pass", "      good"]
    assert 'style="fill:#7ee787"' in drawn and "font-weight:700" in drawn


def test_two_runs_are_drawn_alike():
    once, again = ("made 2026-01-0{0}T00:0{0}:00Z (SHA-256 {1})".format(
        n, f"{n:016x}") for n in (1, 2))
    assert pictures.fixed(once) == pictures.fixed(again) != once


def test_the_commands_that_are_shown_are_the_demos():
    demo = (TOP / "tests/demo.py").read_text()
    for command in pictures.SHOWN:
        assert f'show.type("{command.split()[1]}"' in demo, command


def test_the_pictures_are_there_small_and_named_by_the_readme():
    readme = (TOP / "README.md").read_text()
    named = set(re.findall(r"docs/pictures/[\w.-]+", readme))
    made = {str(path.relative_to(TOP)) for path in pictures.FOLDER.iterdir()}
    assert named == made == {"docs/pictures/terminal.svg",
                             "docs/pictures/audit.png",
                             "docs/pictures/audit-dark.png"}
    for name in made:
        assert (TOP / name).stat().st_size < 120_000, name
    shown = texts((TOP / "docs/pictures/terminal.svg").read_text())
    assert [s for s in shown if s.startswith("$ ")] and "genuine" in shown
