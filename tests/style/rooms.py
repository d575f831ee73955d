#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rooms.py: prints the table of rooms for docs/ARCHITECTURE.md. Which folder is
for what, which other it may use, and who owns a library: data, and the one
question that is asked of it. layers.py holds the tree to it."""
import fnmatch
import posixpath

# What every file of a layer may use, whatever its room.
LAYERS = {
    "base": [],
    "udev": ["base"],
    "token": ["base"],
    "aws": ["base"],
    "bridge": ["base", "udev", "token"],
}

# Room: its sentence, and what it may use beside itself and LAYERS: rooms of its
# own layer, "aws" as a whole, a single header ("login/wire"), "*" for all.
ROOMS = {
    "base": ("Error, secret, bytes, text, files, time; the plain data of a "
             "device node.", ""),
    "udev": ("Device nodes, plug and unplug, over libudev.", ""),

    "token": ("The layer's face: list of tokens, identity, evidence files.",
              "*"),
    "token/trust": ("Certificates, anchors, JWS and FIDO metadata: what a "
                    "chain may end in.", ""),
    "token/attest": ("WebAuthn attestation, pure: CBOR, COSE, authenticator "
                     "data, formats, verdict.", "trust"),
    "token/model": ("Which product and firmware it is, and what is known "
                    "against it.", "trust attest"),
    "token/hid": ("CTAPHID: messages, reports and the nodes that carry them, "
                  "one or many at once.", "model"),
    "token/fido/newer": ("What only newer versions of libfido2 do, beside a "
                         "file that does without.", ""),
    "token/fido/io": ("libfido2 over our own reports or on a reader, and its "
                      "codes as errors.", "model hid"),
    "token/fido": ("CTAP over HID or a reader: the open token, PIN, "
                   "credentials, assertions.",
                   "trust attest model hid fido/io fido/newer"),
    "token/card": ("The smart card's applications as APDUs, and codes: pure.",
                   "model"),
    "token/worker": ("Smart card, OATH and OTP behind tokenbridge-worker.",
                     "model card"),

    "aws/http": ("HTTP over libcurl; knows no AWS.", ""),
    "aws/text": ("What the AWS tools write and read: ini files, words, URLs, "
                 "forms; pure.", ""),
    "aws/config": ("Profiles out of the shared files, endpoints, partitions, "
                   "ARNs.", "text"),
    "aws/keys": ("Keys of AWS: their form, and how others write them down; "
                 "pure.", ""),
    "aws/source": ("Where credentials come from: a file a source.",
                   "text config keys http"),
    "aws/caller": ("Settings of the person who called, resolved by a process "
                   "of that person.", "config keys source http"),
    "aws/report/csv": ("Bytes of a CSV as bits, and where its records and "
                       "fields end; pure.", ""),
    "aws/report/wrap": ("What a report comes in: JSON, base64, text, UTF-16; "
                        "pure.", ""),
    "aws/report": ("The credential report as a stream; no network.",
                   "report/csv report/wrap"),
    "aws/query": ("A signed call of a service, by forms or JSON: session, "
                  "retries, reply.", "text http config keys source caller"),
    "aws/many": ("Questions as data, asked one by one or many at once.",
                 "text query http config keys source caller"),
    "aws/api": ("IAM, STS, CloudTrail and Organizations, a function for "
                "each operation.",
                "many query config keys source caller report report/wrap"),
    "aws/rights": ("Which users have an administrator's rights: policy "
                   "documents as bits.", "query config keys source caller"),
    "aws/role": ("Signing in: roles and MFA sessions on top of a session's "
                 "keys, their renewal, and sessions given on.",
                 "api query config keys source caller http"),

    "bridge/hash": ("SHA-256 and the chain of hashes on it.", ""),
    "bridge/event": ("What an event may say, and the words in it.", "hash"),
    "bridge/registry": ("The registry's contract: rows, heads, names, asking, "
                        "writing; no store.", "event hash"),
    "bridge/registry/sqlite/file": (
        "The SQLite file of a registry: its place, connections, schema.",
        "event registry"),
    "bridge/registry/sqlite": (
        "A registry's events and rows in that file.",
        "event registry hash registry/sqlite/file"),
    "bridge/registry/sqlite/repair": (
        "Copies of that file, and what a damaged one still yields.",
        "event registry hash registry/sqlite/file registry/sqlite"),
    "bridge/run": ("What every act carries: people, ticket, touch time, "
                   "cancel descriptor; no options.", ""),
    "bridge/settings": ("The table of settings and the files they come from; "
                        "no argv.", ""),
    "bridge/seal": ("A secret encrypted for its holder, by age or gpg as the "
                    "person who called.", "run"),
    "bridge/journal": ("Journals of sequences: written, read, listed.",
                       "run"),
    "bridge/login": ("login.db, signature counters and frames; never the "
                     "registry.", "hash settings"),
    "bridge/login/host": ("The file for other hosts: written, read, and made "
                          "into a login.db.", "login event hash"),
    "bridge/login/seat": ("Where the person sits: what the kernel and logind "
                          "know of a process, and the rule.",
                          "login/pam/lines"),
    "bridge/login/peer": ("Who is at the other end of the helper's socket, "
                          "and how often he may ask.", ""),
    "bridge/login/agent": ("The process that asks one token at login, its sandbox "
                           "and its frames.", "login"),
    "bridge/login/auth": ("tokenbridge-auth, the privileged helper behind "
                          "PAM.",
                          "login login/agent login/seat login/peer hash"),
    "bridge/login/pam": ("pam_tokenbridge.so, the arguments of its line, and "
                         "lines of PAM's files.",
                         "login/wire login/result"),
    "bridge/attached": ("The tokens that are plugged in: found, named, "
                        "described, opened.", "run event registry"),
    "bridge/guide": ("The steps in AWS's console that no API does, as data.",
                     "run"),
    "bridge/account": ("The AWS account that is worked on, and its guard.",
                       "run event registry aws"),
    "bridge/accounts": ("Which accounts a command works on, and the way into "
                        "each: a file's lines, an organization's list.",
                        "run account event registry hash aws"),
    "bridge/prompt": ("PIN, password, touch, code, replug, browser: a person's "
                      "part, through run.",
                      "run attached"),
    "bridge/codes": ("Codes that an attached token makes for AWS: which token "
                     "it is, and having AWS take them.",
                     "run prompt account event registry aws"),
    "bridge/verify": ("Is it genuine, which row is it, does the policy admit "
                      "it, and recording that.",
                      "run prompt attached event registry hash"),
    "bridge/local": ("Who may log in here: bindings to local users, and "
                     "publishing login.db.",
                     "run prompt attached event registry hash verify login "
                     "login/host"),
    "bridge/adopt": ("MFA devices that stand at AWS on the first day: found, "
                     "recorded, looked for in tokens.",
                     "run attached account event registry journal verify "
                     "codes aws"),
    "bridge/mfa": ("Journaled steps on MFA devices at AWS: taken back, "
                   "finished, revoked.",
                   "run guide prompt attached account event registry journal "
                   "verify aws"),
    "bridge/enroll": ("Registering an MFA device: what every method shares, "
                      "and a file a method.",
                      "run guide prompt attached account event registry "
                      "journal verify mfa aws"),
    "bridge/revoke": ("Several things taken away at once: a user's, a token's, a "
                      "person's.",
                      "run attached account event registry journal hash "
                      "verify local mfa enroll aws"),
    "bridge/ledger": ("What the record tells: rows picked out, events told, "
                      "and bundles that prove them.",
                      "run attached event registry hash verify"),
    "bridge/plan": ("Tables of users, as spreadsheets write them: read, "
                    "checked, written; pure.", "hash aws"),
    "bridge/rollout": ("Many users from a plan, key by key; goes on where it "
                       "was.",
                       "run attached account event registry journal "
                       "plan verify mfa enroll initial seal watch "
                       "rollout/ports aws"),
    "bridge/rollout/ports": ("Keys that come and go in any port, watched by a "
                             "process of its own.",
                             "run attached event registry watch"),
    "bridge/root": ("Root's credentials and MFA: looked at, led through the "
                    "console, recorded.",
                    "run guide prompt attached account event registry journal "
                    "hash verify audit audit/rules aws"),
    "bridge/member": ("An organization's accounts: listed, entered as root, "
                      "rid of root's credentials.",
                      "run attached account event registry journal hash verify "
                      "root audit audit/rules aws"),
    "bridge/lifecycle": ("Who has which token: receiving, handover, moves, "
                         "reset.", "run prompt attached event registry journal hash "
                         "verify local"),
    "bridge/initial": ("A random PIN for the way, and the keys that its holder "
                       "has.", "run prompt attached event registry journal "
                       "hash verify seal"),
    "bridge/audit/rules": ("The audit's checks, facts, rules and words; pure.",
                           ""),
    "bridge/audit": ("One run of the audit: findings said, marked, counted.",
                     "audit/rules run"),
    "bridge/audit/file": ("A credential report in a file: read ahead by "
                          "threads, judged row by row.", "audit audit/rules run aws"),
    "bridge/audit/known": ("What registry and journals know for the audit: "
                           "tokens, their devices, runs of ours.",
                           "audit audit/rules run attached event registry journal hash "
                           "verify"),
    "bridge/audit/gather": ("Facts for the audit: live, and the registry.",
                            "audit audit/rules audit/known event registry journal run "
                            "aws"),
    "bridge/audit/accounts": ("Many accounts: a process for each, keys for it, "
                              "results kept.",
                              "audit audit/rules audit/gather run account accounts "
                              "registry event journal hash aws"),
    "bridge/audit/rows": ("Rows kept, grouped and counted by account for an "
                          "output; text escaped.", "audit audit/rules terminal"),
    "bridge/audit/output": ("One file for each output of the audit, and where "
                            "they go.",
                            "audit audit/rules audit/rows hash run plan "
                            "terminal"),
    "bridge/audit/page": ("The audit as a page for browsers, in one file.",
                          "audit audit/rules audit/rows audit/output hash run "
                          "terminal"),
    "bridge/audit/keep": ("What a run leaves behind: a record, evidence.",
                          "audit audit/rules event registry hash run aws"),
    "bridge/audit/lists": ("Files that findings are held against: mute lists, "
                           "an earlier result; pure.", "audit audit/rules run"),
    "bridge/doctor/pam": ("PAM's files, and what their lines come to; pure.",
                          "login login/pam"),
    "bridge/doctor/sshd": ("sshd's settings, as sshd reads them; pure.", ""),
    "bridge/doctor": ("Why a login or a token would not work here.",
                      "login login/pam doctor/pam doctor/sshd"),
    "bridge/doctor/aws": ("Why AWS would not do what is asked, and what is "
                          "unfinished there.",
                          "account run event registry hash journal doctor aws"),
    "bridge/doctor/tokens": ("Why a token cannot be used on this machine.",
                             "doctor"),
    "bridge/watch": ("Plug and unplug as lines.", "run attached event registry"),
    "bridge/info": ("Everything that one token tells.",
                    "run prompt attached event registry verify"),
    "bridge/terminal/screen": ("The terminal's modes, what it shows for a "
                               "moment and takes away again, codes typed.",
                               "run"),
    "bridge/terminal": ("People at a terminal: tables, colour, questions, "
                        "cleaning, JSON, exit codes.", "run terminal/screen"),
    "bridge/setup": ("The first day, led: what is looked at, asked and done.",
                     "run attached account event registry hash verify doctor "
                     "doctor/aws doctor/tokens aws"),
    "bridge/show": ("Results as JSON members and as text; for command only.",
                    "run prompt attached account event registry journal hash verify "
                    "local adopt mfa enroll revoke ledger lifecycle audit audit/rules doctor watch "
                    "info terminal "
                    "aws"),
    "bridge/show/root": ("Root as JSON members and as text; for command only.",
                         "run account registry event hash attached journal verify "
                         "audit audit/rules ledger root member terminal aws"),
    "bridge/open": ("What a command's options name, opened and checked.",
                    "run settings event registry attached account prompt "
                    "verify login"),
    "bridge/command": ("One verb for each file, and main.c; nobody uses it.",
                       "* aws"),
}

# Single files that may use more than their room.
FILES = {
    "bridge/verify/metadata.c": ["aws"],
    "bridge/seal/main.c": ["aws"],
    "bridge/open/account.c": ["aws"],
    "bridge/open/account.h": ["aws"],
    "bridge/open/mfa-code.c": ["aws"],
    "bridge/open/mfa-code.h": ["aws"],
}

SIZE = range(3, 21)                  # files of a room
ANY_SIZE = {"base", "udev", "bridge/command", "bridge/hash"}

# A room that fills in another's contract: what a header of that one declares
# is used as if it were defined there.
BEHIND = {"bridge/audit/page": "bridge/audit/output",
          "bridge/registry/sqlite": "bridge/registry",
          "bridge/registry/sqlite/file": "bridge/registry",
          "bridge/registry/sqlite/repair": "bridge/registry"}

# What is made by the build, and the room that it is of.
GENERATED = {"token/advisories.c": "token/model/advisories.c",
             "bridge/guide-steps.c": "bridge/guide/steps.c",
             "bridge/audit-page.c": "bridge/audit/page/page.c",
             "base/paths.h": "base/paths.h"}

# From where nothing may lead to where, over any number of files.
NEVER = [("bridge/login/**", ["bridge/registry/**", "bridge/command/**"])]

# Which files may include a library's headers; first match wins.
OWNERS = [
    ("curl/*", ["aws/http/exchange.h"]),
    ("expat.h", ["aws/query/xml.c"]),
    ("libudev.h", ["udev/*"]),
    ("fido.h", ["token/**"]),
    ("fido/*", ["token/**"]),
    ("cbor.h", ["token/**"]),
    ("winscard.h", ["token/worker/pcsc.c"]),
    ("reader.h", ["token/worker/pcsc.c"]),
    ("ykpers-1/*", ["token/worker/yubikey.c"]),
    ("libusb.h", ["token/worker/usb.c"]),
    ("qrencode.h", ["bridge/terminal/screen/qr-encode.c"]),
    ("sqlite3.h", ["bridge/registry/sqlite/**", "bridge/login/*"]),
    ("yaml.h", ["bridge/audit/lists/tree.c"]),
    ("jansson.h", ["token/**", "aws/**", "bridge/**"]),
    ("openssl/*", ["token/**", "aws/**", "bridge/hash/chain.c"]),
    ("security/*", ["bridge/login/pam/module.c"]),
    ("seccomp.h", ["bridge/login/agent/sandbox.c", "aws/caller/become.c"]),
    ("systemd/*", ["bridge/login/seat/logind.c"]),
    ("pthread.h", ["base/thread.h"]),
    ("threads.h", []),
    ("locale.h", []),
]

# Headers of ours that not everybody who may use their room may include: what a
# room keeps for itself, and what bridge/ must not know.
PRIVATE = [
    # the only threads of ours
    ("base/thread.h", [
        "base/thread.c", "token/hid/survey.c", "bridge/audit/file/ahead.c",
        "bridge/hash/chain.c", "bridge/hash/chain.h"]),
    ("aws/query/session-private.h", [
        "aws/query/session.c", "aws/query/call.c", "aws/query/tape.c",
        "aws/many/*", "aws/role/*"]),
    ("bridge/event/rule.h", ["bridge/event/*"]),
    ("bridge/guide/parse.h", ["bridge/guide/*"]),
    ("bridge/registry/sqlite/file/store.h", ["bridge/registry/sqlite/**"]),
    ("bridge/registry/sqlite/repair/salvage.h", [
        "bridge/registry/sqlite/repair/*"]),
    ("bridge/login/store.h", ["bridge/login/*", "bridge/login/host/*"]),
    # settings by option: what only a command line has
    ("bridge/settings/option.h", [
        "bridge/settings/*", "bridge/command/*", "bridge/open/*",
        "bridge/login/open.c"]),
    ("token/worker/pcsc.h", ["token/worker/pcsc*.c", "token/worker/main.c"]),
    ("token/worker/yubikey.h", [
        "token/worker/yubikey*.c", "token/worker/main.c"]),
    ("token/hid/hid.h", ["token/**"]),      # bridge knows no HID,
    ("token/fido/private.h", ["token/**"]),
    ("token/attest/cbor.h", ["token/**"]),  # no CBOR
    ("token/attest/authdata.h", ["token/**"]),
    ("aws/query/xml.h", ["aws/**"]),        # and no XML
    ("aws/query/reply.h", ["aws/**"]),
    ("aws/query/call.h", ["aws/**"]),
]

# The room of HTTP knows nothing of AWS.
ONLY = {
    f"aws/http/{name}": ["base/*", "aws/http/*"]
    for name in ("http.c", "reply.c", "request.c")
}

LIBC = set("""
aio.h arpa/inet.h assert.h byteswap.h ctype.h dirent.h dlfcn.h elf.h endian.h
errno.h fcntl.h fnmatch.h getopt.h glob.h grp.h iconv.h inttypes.h langinfo.h
limits.h link.h malloc.h math.h net/if.h netdb.h netinet/in.h poll.h pty.h pwd.h sched.h
regex.h shadow.h signal.h spawn.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h
stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h time.h unistd.h
wchar.h wctype.h immintrin.h
""".split())
LIBC_FOLDERS = ("sys/", "linux/", "asm/")


def layer(name):
    return name.split("/")[0]


def room(name):
    return posixpath.dirname(name)


def fits(name, patterns):
    """"*" stays within a folder; "x/**" is all below x."""
    return any(name.startswith(p[:-2]) if p.endswith("/**") else
               name.count("/") == p.count("/") and
               fnmatch.fnmatchcase(name, p) for p in patterns)


def granted(here):
    """What a room may use, written out; "x/*" is all rooms of layer x."""
    words = ROOMS[here][1].split() if here in ROOMS else []
    own = layer(here)
    return LAYERS.get(own, []) + [
        own + "/*" if word == "*" else word if word in LAYERS else
        f"{own}/{word}" for word in words]


def may(name, what):
    """Whether file `name` may use file `what`, by an include or a symbol."""
    here, there = room(name), room(what)
    if here == there:
        return True
    grants = granted(here) + FILES.get(name, [])
    return (there in grants or posixpath.splitext(what)[0] in grants or
            layer(there) in grants and layer(there) != layer(here) or
            layer(there) + "/*" in grants)


def table():
    """The rows of ARCHITECTURE.md."""
    yield "| room | what it is for | may use, beside the layers below |"
    yield "|---|---|---|"
    for name, (sentence, words) in ROOMS.items():
        uses = ", ".join(words.split()).replace("*", "all of its layer")
        yield f"| `{name}` | {sentence} | {uses or '-'} |"


if __name__ == "__main__":
    print("\n".join(table()))
