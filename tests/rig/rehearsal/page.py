# SPDX-License-Identifier: Apache-2.0
"""The page of a rehearsal: what was typed, and what is so at its end."""
import textwrap
import time

COLUMNS = 80
INDENT = 2


def told(line):
    """A line of the log, in as many as it takes."""
    return textwrap.wrap(line, COLUMNS, initial_indent=" " * INDENT,
                         subsequent_indent=" " * 8, break_on_hyphens=False)


def summary(world, begun, lines):
    """What the time was good for, in a line each."""
    programs = [line.split()[1] for line in lines if " tokenbridge " in line]
    people = [user for user, password in world.people() if password]
    safe = [user for user in people if world.iam.devices(user)]
    yield (f"{(time.time() - begun) / 60:.0f} minutes, {len(programs)} commands "
           f"of tokenbridge, {programs.count('0')} of them with status 0")
    yield (f"{len(safe)} of {len(people)} users with a password have MFA"
           + (f", without: {', '.join(set(people) - set(safe))}"
              if len(safe) < len(people) else ""))
    yield f"Lost keys: {', '.join(sorted(world.lost)) or 'none'}"


def write_page(world, begun):
    """Writes FOLDER/page.txt, of 80 columns, and returns its path."""
    done = (world.folder / "log").read_text(encoding="utf-8").splitlines()
    lines = [time.strftime("Rehearsal of %Y-%m-%d %H:%M UTC",
                           time.gmtime(begun)), ""]
    for line in summary(world, begun, done):
        lines += textwrap.wrap(line, COLUMNS, subsequent_indent="  ")
    lines += ["", "What was done (time UTC, exit status, command; - is of hands):"]
    lines += [piece for line in done for piece in told(line)] or ["  nothing"]
    for title, words in (
            ("Who has what", ("registry", "show")),
            ("What is at AWS, beside the registry", ("audit",)),
            ("Whether the record holds", ("registry", "log", "--verify"))):
        said = world.shown(COLUMNS - INDENT, *words)
        lines += ["", f"{title}:",
                  *(f"{'':{INDENT}}{line}" for line in said.splitlines())]
    page = world.folder / "page.txt"
    page.write_text("".join(f"{line.rstrip()}\n" for line in lines),
                    encoding="utf-8")
    return page
