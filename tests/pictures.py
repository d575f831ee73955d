# SPDX-License-Identifier: Apache-2.0
"""pictures.py: the README's pictures, as the program draws them now.

The terminal is a piece of the demo's own output, as an SVG of text; the page is
the audit's own, as headless Chromium shows it, in light and in dark. What is
another one at every run, times and the soft keys' root, is written as one that
was: the pictures change where the program does.
"""
import os
import pathlib
import pty
import re
import socket
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parent / "docs" / "pictures"
PROGRAM = pathlib.Path(os.environ.get("TOKENBRIDGE_ROOT", "/"),
                       "usr/bin/tokenbridge")
DAY = "2026-11-30T08:00:00Z"
# What no two runs have in common, and what stands there in its place
FIXED = ((re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"), DAY),
         (re.compile(r"\(SHA-256 [0-9a-f]{16}\)"),
          "(SHA-256 899f2eea3d666579)"),
         (re.compile(r"\btoken [0-9a-f]{8}\b"), "token e6228301"))
# Which commands of the demo are shown
SHOWN = ("tokenbridge list", "tokenbridge verify")


def fixed(text):
    for pattern, words in FIXED:
        text = pattern.sub(words, text)
    return text


# ---- the terminal ----

COLUMNS, ROW, WIDTH, MARGIN = 82, 18, 8.4, 16
NBSP = "\u00a0"     # which nobody makes one of several
STYLES = {"1": "font-weight:700", "2": "fill:#8a94a6", "31": "fill:#ff7b72",
          "32": "fill:#7ee787", "33": "fill:#f2cc60"}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b.")


def rows(text):
    """Each row as (style, text) pieces: what the last \\r of a row left."""
    style = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        pieces, at = [], 0
        for found in ESCAPE.finditer(line):
            pieces.append((style, line[at:found.start()]))
            at = found.end()
            if found[2] == "m":
                style = found[1] if found[1] not in ("", "0") else ""
            elif found[2] == "K":
                pieces = pieces if "\r" not in line[:found.start()] else []
        pieces.append((style, line[at:]))
        yield [(s, t.rpartition("\r")[2]) for s, t in pieces if t]


def plain(row):
    return "".join(text for _, text in row)


def pieces_shown(text):
    """The rows of the commands that are shown, and the words before each."""
    kept, keep, words = [], False, []
    for row in rows(text):
        line = plain(row)
        if line.startswith("# "):
            keep, words = False, [*words, row]
        elif line.startswith("$ "):
            keep = line[2:].startswith(SHOWN)
            kept += [[], *words] if keep else []
            words = []
        if keep and line.strip():
            kept.append(row)
    return kept[1:]


def svg(picked):
    height = len(picked) * ROW + 2 * MARGIN + 24
    width = int(COLUMNS * WIDTH + 2 * MARGIN)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" viewBox="0 0 {width} {height}" role="img">')
    yield "<title>tokenbridge in a terminal: a piece of tests/demo</title>"
    yield (f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>'
           '<circle cx="20" cy="18" r="5" fill="#ff5f57"/>'
           '<circle cx="38" cy="18" r="5" fill="#febc2e"/>'
           '<circle cx="56" cy="18" r="5" fill="#28c840"/>')
    yield ('<g font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" '
           'font-size="13.5" fill="#e6edf3">')
    for number, row in enumerate(picked):
        column, y = 0, MARGIN + 24 + ROW * number + 12
        for style, text in row:
            css = STYLES.get(style)
            # a length of its own keeps columns straight in any font
            if text.strip():
                yield (f'<text x="{MARGIN + column * WIDTH:.1f}" y="{y}" '
                       f'textLength="{len(text) * WIDTH:.1f}"'
                       + (f' style="{css}"' if css else "")
                       + f">{escape(text.replace(' ', NBSP))}</text>")
            column += len(text)
    yield "</g></svg>"


def see_demo(cache):
    """All that it writes, on a terminal."""
    seen = []

    def read(fd):
        data = os.read(fd, 65536)
        seen.append(data)
        return data
    status = pty.spawn([sys.executable, str(HERE / "demo.py"), str(cache)],
                       read)
    if status:
        sys.exit("pictures: the demo failed")
    text = b"".join(seen).decode()
    return fixed(text.replace(f" on {socket.gethostname()}",
                              " on workstation"))


# ---- the page ----

REPORT = """\
user,arn,user_creation_time,password_enabled,password_last_used,\
password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,\
access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated
"""
PEOPLE = [("<root_account>", "root", "not_supported", "true", "true"),
          ("alice", "user/alice", "true", "true", "false"),
          ("bob", "user/bob", "true", "true", "false"),
          ("carol", "user/carol", "true", "false", "true"),
          ("dave", "user/dave", "true", "false", "false"),
          ("backup", "user/backup", "false", "false", "true")]


def report():
    day = "2026-11-02T09:00:00+00:00"
    for user, name, password, mfa, key in PEOPLE:
        yield ",".join([
            user, f"arn:aws:iam::123456789012:{name}", day, password, day, day,
            "N/A", mfa, key, day if key == "true" else "N/A", "N/A", "N/A",
            "N/A", "false", "N/A", "N/A", "N/A", "N/A", "false", "N/A",
            "false", "N/A"]) + "\n"


def page(folder):
    """Makes the audit's page and returns its path."""
    html = folder / "audit.html"
    done = subprocess.run(
        [PROGRAM, "audit", "--report", "-", "--generated", DAY,
         "-o", f"html={html}"],
        input=REPORT + "".join(report()), text=True, check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdout=subprocess.DEVNULL)
    if done.returncode not in (3, 10):
        sys.exit(f"pictures: the audit ended with {done.returncode}")
    html.write_text(fixed(html.read_text()))
    return html


def see_page(html, path, *options):
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--hide-scrollbars", *options,
         f"--user-data-dir={html.parent}/chromium", "--window-size=1100,672",
         f"--screenshot={path}", f"file://{html}"], check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(html.parent)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)


def main():
    cache = pathlib.Path(sys.argv[1])
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER
    target.mkdir(exist_ok=True)
    picture = "\n".join(svg(pieces_shown(see_demo(cache)))) + "\n"
    (target / "terminal.svg").write_text(picture)
    with tempfile.TemporaryDirectory() as folder:
        html = page(pathlib.Path(folder))
        see_page(html, target / "audit.png")
        see_page(html, target / "audit-dark.png", "--force-dark-mode")
    for made in sorted(target.iterdir()):
        print(f"{made}: {made.stat().st_size} bytes")


if __name__ == "__main__":
    main()
