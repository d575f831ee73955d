#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""words.py [ROOT]: what must not stand in the tree: paths and hosts of one
machine, unfinished business, people and accounts of real life; and how long
functions and lines may be."""
import ipaddress
import re

import tree

LINE_MAX = 100      # columns, tabs of 8; .clang-format aims at 80
FUNCTION_MAX = 80   # lines from brace to brace

# Functions that may be longer: "file: function". A row needs a reason.
LONG_FUNCTIONS = set()

# Written by tools.
GENERATED = ("tests/rig/requirements.txt",
             "tests/rig/token/npm/package-lock.json")

# The people of all examples, and the accounts.
PEOPLE = {"alice", "bob", "carol"}
ACCOUNTS = {"123456789012", "210987654321", "111111111111", "222222222222",
            "333333333333", "000000000000", "999999999999"}

# Hosts that a URL may name: reserved for examples (RFC 2606, RFC 6761), and
# public sites that a reader is sent to.
HOSTS = re.compile(r"""(?ix)
    ^( [^.]+                                      # a placeholder: host, x
     | (.+\.)?(example|invalid|test|localhost)
     | (.+\.)?example\.(com|org|net)
     | (.+\.)?(amazonaws\.com(\.cn)?|api\.aws|amazonwebservices\.com\.cn)
     | (docs|console)\.aws\.amazon\.com
     | (.+\.)?signin\.aws(\.amazon\.com)?
     | (www|developers|support)\.yubico\.com | yubi\.co | nvd\.nist\.gov
     | ninjalab\.io
     | fidoalliance\.org | mds3?\.fidoalliance\.org
     | www\.w3\.org | www\.rfc-editor\.org | json-schema\.org
     | www\.apache\.org | json\.schemastore\.org
     | www\.debian\.org                          # the form of copyright
     | registry\.npmjs\.org                       # the lock file's own
     )$""")

# Key types of OpenSSH that look like addresses (PROTOCOL.u2f).
KEY_TYPES = {name + "@" + "openssh.com" for name in (
    "sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256", "-cert-v01",
    "webauthn-sk-ecdsa-sha2-nistp256")}

# Instances of systemd's units, as well.
UNIT = re.compile(r"\.(service|scope|socket)$")

# Pieces, so that this file does not find itself.
HOME = re.compile(r"(?<![\w}])/(?:" + "home|Users" + r")/([a-z][\w.-]*)")
FOLDERS = re.compile(r"(?<![\w.}*)-])/(?:" + "|".join(
    ["ro" + "ot", "wo" + "rk", "op" + "t", "mn" + "t", "builds",
     "work" + "space"]) + r")/[\w.]")
UNFINISHED = re.compile(r"\b(" + "|".join(
    ["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b")
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})\b")
URL = re.compile(r"\bhttps?://(?:[\w.-]*@)?([\w.-]+)", re.I)
ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]|\.\d)")
ARN = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12})\b")
KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
INDEX = re.compile(r"--(?:extra-)?index-url|trusted-host|registry\s*=")

# RFC 5737, and 0.0.0.0/8
FOR_EXAMPLES = [ipaddress.ip_network(n) for n in (
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "0.0.0.0/8")]


def line_words(line):
    """Reasons against one line."""
    for who in HOME.findall(line):
        if who not in PEOPLE:
            yield f"the home folder of '{who}'"
    if FOLDERS.search(line):
        yield f"a path of one machine: '{FOLDERS.search(line)[0]}...'"
    if UNFINISHED.search(line):
        yield f"'{UNFINISHED.search(line)[0]}': say it in an issue"
    for mail in MAIL.finditer(line):
        if mail[0] not in KEY_TYPES and not HOSTS.match(mail[1]) and \
                not UNIT.search(mail[1]):
            yield f"an e-mail address at {mail[1]}"
    for host in URL.findall(line):
        if not HOSTS.match(host.rstrip(".")) and not is_address(host):
            yield f"the host {host}"
    for address in ADDRESS.findall(line):
        if is_private(address):
            yield f"the address {address} of somebody's network"
    for account in ARN.findall(line):
        if account not in ACCOUNTS:
            yield f"AWS account {account}"
    for key in KEY.findall(line):
        if "EXAMPLE" not in key:
            yield f"an access key id, {key[:8]}..."


def is_address(host):
    return re.fullmatch(r"[0-9.]+", host) is not None


def is_private(address):
    try:
        where = ipaddress.ip_address(address)
    except ValueError:
        return False
    if where.is_loopback or where.is_link_local or not where.is_private:
        return False
    return not any(where in network for network in FOR_EXAMPLES)


def words(root):
    for name in tree.files(root):
        content = tree.text(root, name)
        for number, line in enumerate((content or "").split("\n"), 1):
            for why in line_words(line):
                yield f"{name}:{number}: {why}"
            if name in GENERATED and INDEX.search(line):
                yield f"{name}:{number}: where packages come from is not ours"


def long_lines(root):
    for name in c_files(root):
        for number, line in enumerate(tree.text(root, name).split("\n"), 1):
            columns = len(line.expandtabs(8))
            if columns > LINE_MAX:
                yield f"{name}:{number}: {columns} columns"


def c_files(root):
    return [n for n in tree.files(root) if n.endswith(tree.CODE)]


def functions(lines):
    """(name, first line, length) of each: a brace alone in column 0."""
    start = None
    for number, line in enumerate(lines):
        if line == "{" and start is None:
            start = number
        elif line.startswith("}") and start is not None:
            head = "\n".join(lines[max(0, start - 12):start])
            found = re.findall(r"^[\w].*?\b(\w+)\(", head, re.M)
            yield (found or ["?"])[-1], start + 1, number - start + 1
            start = None


def long_functions(root):
    seen = set()
    for name in c_files(root):
        lines = tree.text(root, name).split("\n")
        for function, number, length in functions(lines):
            key = f"{name}: {function}"
            if length <= FUNCTION_MAX:
                continue
            seen.add(key)
            if key not in LONG_FUNCTIONS:
                yield f"{name}:{number}: {function} has {length} lines"
    for key in sorted(LONG_FUNCTIONS - seen):
        yield f"'{key}' is in the list and not long any more"


def licences(root):
    """The first lines name the licence; the manual's too."""
    for name in tree.files(root):
        if not name.endswith((".c", ".h", ".py", ".1", ".5", ".8")):
            continue
        if name.startswith("tests/rig/"):
            continue
        head = (tree.text(root, name) or "").split("\n")[:3]
        if not any("SPDX-License-Identifier: Apache-2.0" in x for x in head):
            yield f"{name} does not say its licence"


def main():
    root, report = tree.argument(1, tree.ROOT), tree.Report()
    report.check("words", words(root))
    report.check("words: length of lines", long_lines(root))
    report.check("words: length of functions", long_functions(root))
    report.check("words: licence", licences(root))
    report.end()


main()
