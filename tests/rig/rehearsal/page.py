# SPDX-License-Identifier: Apache-2.0
"""The page of a rehearsal: what was typed, and what is so at its end."""
import time


def write_page(world, begun):
    """Writes FOLDER/page.txt and returns its path."""
    lines = [time.strftime("Rehearsal of %Y-%m-%d %H:%M UTC",
                           time.gmtime(begun)), "",
             "What was done (time, exit status, command):"]
    done = (world.folder / "log").read_text(encoding="utf-8").splitlines()
    lines += [f"  {line}" for line in done] or ["  nothing"]
    for title, words in (
            ("Who has what", ("registry", "show", "--wide")),
            ("What is at AWS, beside the registry", ("audit",)),
            ("Whether the record holds", ("registry", "log", "--verify"))):
        said = world.run(*words, quiet=True)
        lines += ["", f"{title}:",
                  *(f"  {line}" for line in
                    (said.stdout + said.stderr).splitlines())]
    page = world.folder / "page.txt"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page
