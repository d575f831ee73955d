#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""differential.py STATEMENTS: our verdict on attestation statements that the
program STATEMENTS makes, against programs that we did not write: the signature
by `fido2-cred -V`, the chain by `openssl verify -partial_chain`. TAP on
standard output; exit 77 where one of the two is missing."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

AT = "1767225600"  # MAKER_AT


def holds(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False
                          ).returncode == 0


def signature(place):
    return holds("fido2-cred", "-V", "-i", place / "cred", "-o", "/dev/null")


def chain(place):
    others = place / "others.pem"
    return holds("openssl", "verify", "-partial_chain", "-attime", AT,
                 "-no-CApath", "-no-CAfile", "-no-CAstore",
                 "-trusted", place / "anchors.pem",
                 *(["-untrusted", others] if others.stat().st_size else []),
                 place / "leaf.pem")


def compare(number, ours, theirs, what):
    good = ours == theirs
    says = "" if good else f" (ours {ours}, theirs {theirs})"
    print(f"{'ok' if good else 'not ok'} {number} - {what}{says}")
    return good


def main():
    for tool in "fido2-cred", "openssl":
        if not shutil.which(tool):
            print(f"1..0 # SKIP {tool} is not installed")
            return 77
    number, seen, bad = 0, set(), 0
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        rows = subprocess.run([sys.argv[1], name], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()
        for row in rows:
            i, ours, ours_chain, how = row.split("\t")
            number += 1
            seen.add(ours)
            bad += not compare(number, ours == "pass", signature(place / i),
                               f"signature of statement {i}: {how}")
            if ours == "pass" and ours_chain != "none":
                number += 1
                seen.add("chain " + ours_chain)
                bad += not compare(number, ours_chain == "pass",
                                   chain(place / i),
                                   f"chain of statement {i}: {how}")
    # nothing was compared if all of them were of one kind
    number += 1
    bad += not compare(number, {"pass", "fail", "chain pass", "chain fail"}
                       - seen, set(), "good and bad ones were compared")
    print(f"1..{number}")
    return 1 if bad else 0


sys.exit(main())
