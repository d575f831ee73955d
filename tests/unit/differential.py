#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""differential.py STATEMENTS VECTORS: our verdict on attestation statements
that the program STATEMENTS makes, and on those of the file VECTORS, against
programs that we did not write: the signature by libfido2 and `fido2-cred -V`,
the chain by `openssl verify -partial_chain`, and all that a statement says by
python-fido2. TAP on standard output; exit 77 where a program is missing. What
python-fido2 does not answer for want of it is a skipped line, not a passed one.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import judge  # noqa: E402

AT = "1767225600"  # VENDOR_AT

# It reads apple too, and of tpm.ES256 it refuses a clock whose byte `safe` is
# 0x33, of which nothing here depends on.
PYTHON_VECTORS = {"packed-self.ES256", "packed.ES256", "packed.ES384",
                  "packed.ES512", "packed.RS256", "packed.EdDSA",
                  "packed.Ed448", "fido-u2f.ES256", "apple.ES256"}


# Where we disagree, and mean to: who, pattern of how it was made or of what
# our verdict rests on, what we say (False: we refuse what they accept), why.
DISAGREE = [
    # ---- libfido2 and fido2-cred: the signature alone
    ("libfido2", r"^its certificate", False,
     "it leaves the form of certificates (8.2.1, 8.3.1) to its caller"),
    ("libfido2", r"certificate: (an extension|malformed extension|not one)",
     False, "it reads one certificate, and no extension of it; what does not "
     "parse, or in two ways, has no issuer either"),
    ("libfido2", r"^a packed statement without alg or sig", False,
     "it takes ES256 for a missing alg; 8.2 wants one"),
    ("libfido2", r"alg of another curve|attestation key of 1024 bits", False,
     "RFC 9053 ties ES256 to P-256; RSA below 2048 bits is no evidence"),
    ("libfido2", r"nine certificates", False,
     "it looks at the first certificate only; we have a limit"),
    ("libfido2", r"^self attestation with another alg", False,
     "8.2: alg must be the credential's"),
    ("libfido2", r"^a fido-u2f statement without one certificate", False,
     "8.6: x5c has exactly one element, and its key is on P-256"),
    ("libfido2", r"P-521|Ed448|3072 bits", True,
     "it knows no P-521, Ed448 or RSA but of 2048 bits"),
    ("libfido2", r"needless zeros hold", True,
     "old tokens write more zeros than DER allows; same two numbers"),
    ("libfido2", r"extensions in the signed data are taken", True,
     "it refuses extensions that its caller did not ask for"),
    ("libfido2", r"claims 90 unused bits is repaired", True,
     "early tokens: a byte that nobody signed, and no library takes it"),
    ("libfido2", r"TPM(?! of Windows form (is|with))", True,
     "its TPM is of one form: RS1, a policy, SHA-256 names, a fixed key"),
    ("libfido2", r"ESP256|ESP384|Ed25519 is", True,
     "it knows the numbers before RFC 9864 only"),
    ("libfido2", r"algorithm \S+( \S+)? cannot be judged|^of another model it",
     True, "it reads no credential of a type that it does not know; the "
     "certificate signs what is there all the same"),
    # ---- openssl
    ("openssl", r"an anchor of the same name before it", True,
     "it gives up at the first of two anchors of one name"),
    ("openssl", r"claims (90 )?unused bits is repaired", True,
     "early tokens: a byte that nobody signed, and no library takes it"),
    # ---- python-fido2: the signature, the certificate's form, the model
    ("python", r"certificate: (an extension|malformed extension|not one)",
     False, "it reads one certificate, and one extension of it"),
    ("python", r"RS1 is forged in packed", False,
     "SHA-1 is for TPMs, which know no better"),
    ("python", r"of 1024 bits is forged", False,
     "RSA below 2048 bits is no evidence"),
    ("python", r"^the new credential: ", False,
     "it does not load the credential's key where a certificate vouches"),
    ("python", r"fido-u2f statement without one certificate", False,
     "8.6: x5c has exactly one element"),
    ("python", r"^the certificate is one for AAGUID .* claims", False,
     "it does not compare the models in fido-u2f"),
    ("python", r"needless zeros hold", True,
     "old tokens write more zeros than DER allows; same two numbers"),
    ("python", r"claims (90 )?unused bits is repaired", True,
     "early tokens: a byte that nobody signed, and no library takes it"),
    ("python", r"P-384|P-521|Ed448|ES384|ES512", True,
     "version 0.9.1 knows no such algorithm"),
    ("python", r"ESP256|Ed25519 is", True,
     "version 0.9.1 knows the numbers before RFC 9864 only"),
    ("python", r"may have a scheme", True,
     "it reads no hash behind a scheme, part 2 of the TPM library has one"),
    ("python", r"^a tpm statement of another version", False,
     "8.3: ver is 2.0"),
    ("python", r"name by SHA-1 is forged", False,
     "a name must not collide: it is what ties the key to the TPM"),
    ("python", r"^the statement's pubArea: a key derivation scheme", False,
     "a key that signs derives none"),
    ("python", r"^the statement's certInfo: (1 bytes too many|cut off, or)",
     False, "it reads past no structure's end, nor a name's limit"),
    ("openssl", r"^a root that (says it is no|does not say it is a) CA", True,
     "RFC 5280, 6.1.1: an anchor is a name and a key"),
    ("python", r"^its certificate('s subject is| has no critical alt)", False,
     "8.3.1: an empty subject, a critical name of manufacturer, model and "
     "version"),
    ("python", r"modulus that is not of keyBits", False,
     "it does not compare the modulus with its size"),
]


def holds(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False
                          ).returncode == 0


def fido2_cred(place):
    return holds("fido2-cred", "-V", "-i", place / "cred", "-o", "/dev/null")


def chain(place):
    others = place / "others.pem"
    return holds("openssl", "verify", "-partial_chain", "-attime", AT,
                 "-no-CApath", "-no-CAfile", "-no-CAstore",
                 "-trusted", place / "anchors.pem",
                 *(["-untrusted", others] if others.stat().st_size else []),
                 place / "leaf.pem")


class Report:
    def __init__(self):
        self.number, self.bad, self.seen, self.used = 0, 0, set(), set()

    def line(self, good, what, skip=None):
        self.number += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {what}"
              f"{' # SKIP ' + skip if skip else ''}")

    def compare(self, who, ours, theirs, how, reason=""):
        """They agree, or a row of DISAGREE says why not."""
        self.seen.add((who, ours, theirs))
        what = f"{who}: {how}"
        if ours == theirs:
            self.line(True, what)
            return
        table = "libfido2" if who == "fido2-cred" else who
        for i, (whose, pattern, ours_is, why) in enumerate(DISAGREE):
            if whose == table and ours_is == ours and (
                    re.search(pattern, how) or re.search(pattern, reason)):
                self.used.add(i)
                self.line(True, f"{what}: we differ: {why}")
                return
        self.line(False, f"{what} (ours {ours}, theirs {theirs}: {reason})")


def check(report, place, row):
    number, signature, linked, verdict, libfido2, reason, how = row
    place = place / number
    how = f"statement {number}: {how}"
    bare = how.split(": ", 1)[1]
    ours = signature == "pass"

    def compare(who, mine, theirs):
        report.compare(who, mine, theirs, bare, reason)

    compare("libfido2", ours, libfido2 == "pass")
    if (place / "cred").exists():
        compare("fido2-cred", ours, fido2_cred(place))
    if ours and linked in ("pass", "fail"):
        compare("openssl", linked == "pass", chain(place))
    if judge.MISSING:
        report.line(True, f"python: {bare}", judge.MISSING)
    else:
        theirs = judge.holds(*[(place / member).read_bytes() for member in
                                ("object", "client", "rp")])
        evidence = place / "evidence.json"
        if evidence.exists() and theirs:
            why = judge.defect(evidence.read_text())
            report.line(not why or why == judge.UNKNOWN,
                        f"python: {bare}, as evidence", why)
        # it knows no chain: what it takes may be unknown here, never forged,
        # and what it refuses is anything but genuine
        compare("python", verdict not in ("forged", "not-attested")
                if theirs else verdict in ("genuine", "self-attested"),
                theirs)


def check_vectors(report, path):
    """The published vectors: what they were registered with."""
    whole = json.loads(pathlib.Path(path).read_text())
    accepted = set()
    for vector in whole["vectors"]:
        made = {name: bytes.fromhex("".join(lines)) for name, lines
                in vector["registration"].items()}
        if judge.holds(made["attestationObject"], made["clientDataJSON"],
                        whole["rpId"].encode()):
            accepted.add(vector["name"])
    report.line(accepted == PYTHON_VECTORS, "python takes the vectors: " +
                " ".join(sorted(accepted ^ PYTHON_VECTORS)))


def main():
    for tool in "fido2-cred", "openssl":
        if not shutil.which(tool):
            print(f"1..0 # SKIP {tool} is not installed")
            return 77
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        rows = subprocess.run([sys.argv[1], name], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()
        for row in rows:
            check(report, pathlib.Path(name), row.split("\t"))
    if judge.MISSING:
        report.line(True, "python and the vectors", judge.MISSING)
    else:
        check_vectors(report, sys.argv[2])
    # nothing was compared if all of them were of one kind
    for who in ["libfido2", "fido2-cred", "openssl"] + \
            ([] if judge.MISSING else ["python"]):
        report.line({(who, True, True), (who, False, False)} <= report.seen,
                    f"{who} saw good and bad ones")
    for i, row in enumerate(DISAGREE):
        # the table is of Debian 12's; a later one may know more
        if row[0] != "python" or judge.VERSION == "0.9.1":
            report.line(i in report.used, f"a disagreement that is none any "
                        f"more is taken out of the table: {row[1]}")
    print(f"1..{report.number}")
    return 1 if report.bad else 0


sys.exit(main())
