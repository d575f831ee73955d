#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""transcripts.py PROGRAM FILE: runs the commands of FILE in a folder of their
own, with PROGRAM, which finds the others. All that they say has to be
what stands there. With TOKENBRIDGE_SAID=write FILE is written anew, for a person
to read the difference.

A line `$ WORDS` is a command's arguments, `= NAME` a file, which is put there
(FOLDER in it is where), `! WORDS` is the shell's, to which TESTS names the
folder of all tests, `@ WORDS` changes what is around: see world.py. What belongs
to either is indented by two blanks: what the file has in it, or what was said on
both streams (by a shell on the first) and, where it is not 0, the exit status in
brackets. What differs
from run to run (ids, hashes, the time, who and where) is told by a word, and
blanks within a line are two at most. No terminal, no token and no AWS but
world.py's.
"""
import datetime
import difflib
import getpass
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from world import World

TESTS = str(pathlib.Path(__file__).resolve().parents[1])
NOW = datetime.datetime.now(datetime.timezone.utc)
DAYS = "|".join(f"{NOW + datetime.timedelta(days=n):%Y-%m-%d}"
                for n in (-1, 0, 1))
WORDS = [(re.compile(pattern), word) for pattern, word in (
    (r"\b[0-9a-f]{64}\b", "HASH"),
    # of the table of advisories
    (r'(\btable of |"date": ")[0-9-]{10}\b', r"\1DAY"),
    (rf"\b(?:{DAYS})T[0-9:.]*[0-9]Z\b", "TIME"),
    (rf"\b(?:{DAYS})\b", "TODAY"),
    (r"\b[0-9]+ s ago\b", "N s ago"),
    (r"\b[0-9]+ days(?=\s+old\b)", "N days"),
    (r"\b[0-9]+ s old\b", "N s old"),
    (r"\buid [0-9]+\b", "uid N"),
    # where this build has it
    (r"'[^'\n]*(?=/var/lib/tokenbridge/)", "'"),
    (r'(\\?"uid\\?": ?)[0-9]+', r"\1N"),
    (rf"\b{re.escape(os.uname().nodename)}\b", "HOST"),
    (r"(?<=\S)  +", "  "),
    # of a line of the log
    (rf"(?m)^((?:[0-9]+  )?TIME  .*?  ){re.escape(getpass.getuser())}(?=  )",
     r"\1WHO"),
)]
ID = re.compile(r"\b[0-9a-f]{32}\b")
SOME_ID = re.compile(r"\b[0-9a-f]{8}\b")


class Place:
    """A folder, and what commands say there."""

    def __init__(self, program, folder, world):
        self.program, self.folder = program, pathlib.Path(folder)
        self.world = world
        self.ids = set()
        self.version = None
        (self.folder / "home").mkdir(mode=0o700)
        (self.folder / "site").mkdir(mode=0o700)
        config = self.folder / "tokenbridge.conf"
        config.write_text(f"trust_dir = {folder}/trust\n"
                          f"registry = {folder}/site/registry.db\n")
        config.chmod(0o644)
        self.version = self.run(["-V"])[0].split()[-1]

    def run(self, words):
        env = {"PATH": os.environ["PATH"], "HOME": f"{self.folder}/home",
               "LC_ALL": "C.UTF-8"}
        for name in ("GCOV_PREFIX", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if not words[0].startswith("__"):   # what a shell's completion calls
            words = ["--config", f"{self.folder}/tokenbridge.conf", *words]
        return self.world.run([self.program, *words], env)

    def learn(self):
        """The ids that are there: their first digits stand in tables."""
        for words in (["registry", "show", "--json"],
                      ["registry", "log", "--json"]):
            self.ids.update(ID.findall(self.run(words)[0]))

    def without_ids(self, text):
        for one in self.ids:
            text = text.replace(one, "ID").replace(one[:8], "ID")
        return ID.sub("ID", text)

    def plain(self, text):
        text = self.world.plain(text)
        text = text.replace(str(self.folder), ".")
        text = re.sub(rf"(?<![\w.]){re.escape(self.version)}\b", "VERSION", text)
        text = self.without_ids(text)
        if SOME_ID.search(text) and (self.folder / "site/registry.db").exists():
            self.learn()
            text = self.without_ids(text)
        for pattern, word in WORDS:
            text = pattern.sub(word, text)
        return text

    def put(self, name, lines):
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines).replace(
            "FOLDER", str(self.folder)))
        path.chmod(0o644)

    def said(self, line):
        said, status = self.run(shlex.split(line.replace("FOLDER",
                                                         str(self.folder))))
        text = self.plain(said)
        return text.splitlines() + ([f"[{status}]"] if status else [])


def blocks(text):
    """(line that begins it, what belongs to it)."""
    found = []
    for line in text.splitlines():
        if line.startswith("  ") or not line:
            found[-1][1].append(line[2:])
        else:
            found.append((line, []))
    return found


def played(program, text):
    """The text as it is now."""
    out = []
    with tempfile.TemporaryDirectory(prefix="tokenbridge-unit-") as folder, \
            World(program, pathlib.Path(folder)) as world:
        place = Place(program, folder, world)
        for first, belongs in blocks(text):
            if first.startswith("= "):
                place.put(first[2:], belongs)
            elif first.startswith("! "):
                belongs = place.plain(subprocess.run(
                    ["sh", "-c", first[2:]], cwd=folder, check=True,
                    env={**os.environ, "TESTS": TESTS}, text=True,
                    stdout=subprocess.PIPE).stdout).splitlines()
            elif first.startswith("@ "):
                world.change(first[2:])
            elif first.startswith("$ "):
                belongs = place.said(first[2:])
            out += [first, *(f"  {line}".rstrip() for line in belongs)]
    return "".join(f"{line}\n" for line in out)


def main():
    program, path = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[-1])
    os.umask(0o022)
    text = path.read_text()
    now = played(program, text)
    if os.environ.get("TOKENBRIDGE_SAID") == "write":
        path.write_text(now)
        return
    sys.stdout.writelines(difflib.unified_diff(
        text.splitlines(True), now.splitlines(True), str(path), "now"))
    sys.exit(text != now)


if __name__ == "__main__":
    main()
