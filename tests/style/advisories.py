#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""advisories.py [ROOT]: the built-in table of advisories is sorted and well
formed, by a reader of its own: the program's is not asked."""
import datetime
import re

import tree

TABLE = "token/model/advisories.tsv"
AAGUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
ID = re.compile(r"(CVE-\d{4}-\d{4,}|YSA-\d{4}-\d{2})")
LINK = re.compile(r"https://(nvd\.nist\.gov|www\.yubico\.com)/\S+")
CONCERNS = ["fido", "oath", "piv", "openpgp", "otp"]  # in this order
SEVERITIES = ["low", "medium", "high", "critical"]
SIZES = [23, 63, 23, None, None, None, None, None, None, 127, 11, 127]
HIGHEST = (256, 0, 0)


def version(text):
    """As a tuple; None where it is none."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){2}", text):
        return None
    parts = tuple(map(int, text.split(".")))
    return parts if max(parts) < 256 else None


def listed(text, pattern):
    return text == "-" or all(pattern.fullmatch(x) for x in text.split(","))


def products(root):
    text = (root / "token/model/product.c").read_text()
    return set(re.findall(r'\{ ARC_\w+, \w+, "([a-z0-9-]+)" \}', text))


def of_row(cells, known):
    """What is wrong with one row."""
    (name, _, product, aaguids, usb, serials, first, before, concerns, _,
     severity, link) = cells
    if any(not cell for cell in cells):
        yield "an empty column"
    if not ID.fullmatch(name):
        yield f"'{name}' is no id"
    if not listed(aaguids, AAGUID) or not listed(usb, USB):
        yield "AAGUIDs or USB ids that are none"
    if product not in known and aaguids == usb == "-":
        yield f"nothing tells the product '{product}'"
    if serials != "-" and not re.fullmatch(r"\d+-\d+", serials):
        yield "serials that are none"
    low = version(first)
    high = HIGHEST if before == "-" else version(before)
    if low is None or high is None or low >= high:
        yield f"no range: {first} to {before}"
    words = concerns.split(",")
    if words != [w for w in CONCERNS if w in words]:
        yield f"concerns '{concerns}': not of {CONCERNS} in this order"
    if severity not in SEVERITIES:
        yield f"severity '{severity}'"
    if not LINK.fullmatch(link):
        yield f"'{link}' is no link to the advisory"
    for cell, size in zip(cells, SIZES):
        if size and len(cell.encode()) > size:
            yield f"'{cell}' is longer than {size} bytes"


def of_pair(before, after):
    """What is wrong with the order of two rows."""
    key = [(c[0], c[2], version(c[6]) or ()) for c in (before, after)]
    if key[0] >= key[1]:
        yield "out of order (id, product, from)"
    elif key[0][:2] == key[1][:2]:
        end = HIGHEST if before[7] == "-" else version(before[7])
        if end and end > key[1][2]:
            yield "overlaps the row before"


def of_model(cells, last):
    if len(cells) != 4 or not AAGUID.fullmatch(cells[1]):
        yield "a model line is: model, AAGUID, from, before"
        return
    if last and last[1] >= cells[1]:
        yield "out of order (AAGUID)"
    low = version(cells[2])
    high = HIGHEST if cells[3] == "-" else version(cells[3])
    if low is None or high is None or low >= high:
        yield f"no range: {cells[2]} to {cells[3]}"


def dates(lines):
    found = [line[7:] for line in lines if line.startswith("# date\t")]
    if len(found) != 1:
        yield f"{len(found)} dates"
        return
    try:
        when = datetime.date.fromisoformat(found[0])
    except ValueError:
        yield f"'{found[0]}' is no date"
        return
    if when < datetime.date(2026, 11, 22):
        yield f"{when} is older than the table"


def problems(root):
    lines = (root / TABLE).read_text(encoding="utf-8").splitlines()
    known, row, model = products(root), None, None
    if len(known) < 6:
        yield "the products in token/model/product.c cannot be read"
    yield from dates(lines)
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        cells, said = line.split("\t"), []
        if cells[0] == "model":
            said = of_model(cells, model)
            model = cells
        elif len(cells) != 12 or model:
            said = ["not twelve columns, or behind the model lines"]
        else:
            said = [*of_row(cells, known), *(of_pair(row, cells) if row
                                             else ())]
            row = cells
        yield from (f"{TABLE}:{number}: {why}" for why in said)


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    report.check("advisories: the built-in table", problems(root))
    report.end()


main()
