# SPDX-License-Identifier: Apache-2.0
"""What `tests/rig/shell` runs."""
import argparse
import csv
import pathlib
import signal
import sys
import tempfile
import time

from .page import write_page
from .terminal import Terminal
from .verbs import Verbs
from .world import World, has_password

WORDS = """Rehearse with tokenbridge: soft keys, a local IAM, a registry marked for
rehearsal. Nothing outside the folder is touched, nothing leaves this machine."""
USERS = [{"user": "alice", "password": "yes"}, {"user": "bob",
         "password": "yes"}, {"user": "carol", "password": "yes"}]


MOST = 8  # keys in a box


def options():
    parser = argparse.ArgumentParser(
        prog="tokenbridge-rehearsal", description=WORDS + """
Without an option: begin, and do what the first words at the prompt say; that
takes ten minutes. `help` there tells what hands can do.""",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--users", metavar="CSV", help="IAM users: a column user, and "
        "password (yes or no) where not all have one; default: alice, bob and "
        "carol")
    parser.add_argument(
        "--keys", metavar="N", type=int, choices=range(1, MOST + 1),
        help=f"how many YubiKeys are in the box (1 to {MOST}), blue-1 and so "
        "on; default: one for each user with a password, and two more")
    parser.add_argument(
        "--hands", choices=("touch", "wait"), default="touch",
        help="touch: keys are touched by themselves; wait: by `touch`")
    parser.add_argument(
        "--folder", help="where all of it lies; default: a new one below the "
        "present folder, which stays")
    return parser.parse_args()


def read_users(path):
    """Rows of the file; ValueError names what is wrong with it."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 2):
        if not (row.get("user") or "").strip():
            raise ValueError(f"{path}, line {number}: there is no user")
    if not rows:
        raise ValueError(f"{path}: there are no users")
    return rows


def main():
    chosen = options()
    try:
        users = read_users(chosen.users) if chosen.users else USERS
    except (OSError, ValueError) as error:
        sys.exit(f"tokenbridge-rehearsal: {error}")
    if chosen.folder:
        folder = pathlib.Path(chosen.folder).absolute()
        folder.mkdir(mode=0o700)
    else:
        folder = pathlib.Path(tempfile.mkdtemp(
            prefix="rehearsal.", dir=pathlib.Path.cwd()))
    begun = time.time()
    # a window that is closed: pcscd, IAM and keys end with it
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    keys = chosen.keys or min(MOST, 2 + sum(map(has_password, users)))
    with World(folder, users, keys, chosen.hands) as world:
        verbs = Verbs(world)
        print(WORDS + "\n\n" + verbs.first_words() + f"""
You are in its folder, with a plan.csv for these users and keys:
  {folder}""", flush=True)
        Terminal(world, verbs).run()
        page = write_page(world, begun)
    print(f"What was done stands in\n  {page}")


main()
