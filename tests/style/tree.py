# SPDX-License-Identifier: Apache-2.0
"""What the style checks share: the files of the tree, and how a check says
what it found (`ok NAME`, `not ok NAME: reason`, exit status)."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("base", "udev", "token", "aws", "bridge")
CODE = (".c", ".h")


def argument(number, fallback=None):
    """A command-line argument as a path; without one the fallback."""
    if len(sys.argv) > number:
        return pathlib.Path(sys.argv[number]).resolve()
    if fallback is None:
        sys.exit(f"{sys.argv[0]}: argument {number} is missing")
    return fallback


def files(root):
    """Paths below root that belong to the project, as text, sorted: what git
    knows or would add; everything where there is no git."""
    done = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, text=True)
    if done.returncode == 0 and done.stdout:
        names = set(done.stdout.split("\0")) - {""}
    else:
        names = {str(pathlib.Path(folder, name).relative_to(root))
                 for folder, below, found in os.walk(root)
                 for name in found if "/.git" not in folder}
    return sorted(n for n in names if (root / n).is_file())


def code(root, folders=FOLDERS):
    """The C files of some folders."""
    return [n for n in files(root)
            if n.endswith(CODE) and n.split("/")[0] in folders]


def text(root, name):
    """A file's text; None where it is none (a picture, a fuzzer's input)."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


class Report:
    """Counts failures; end() gives the exit status."""

    def __init__(self):
        self.failed = 0

    def check(self, name, reasons):
        reasons = list(reasons)
        for reason in reasons:
            print(f"not ok {name}: {reason}")
        if not reasons:
            print(f"ok {name}")
        self.failed += bool(reasons)

    def end(self):
        sys.exit(1 if self.failed else 0)
