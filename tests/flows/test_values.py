# SPDX-License-Identifier: Apache-2.0
"""A wrong value of an option is told before anything is asked: every verb, each
of its options that has a form, one bad value. Neither token nor AWS nor local
user is there, and no file that is named: whoever asks for one has begun, and
ends otherwise than with 2 and the option's name."""
import re

import pytest

from test_verbs import offered, options, usage, verbs

TEXT = "a\nb"  # no name, note or label
# A value that no verb takes
BAD = {
    "--account": "12345678901", "--also": TEXT, "--appid": TEXT,
    "--bag": TEXT, "--checks": "benchmark,none", "--codes-fd": "x",
    "--columns": "NONE", "--confirm": "12", "--custodian": TEXT,
    "--fail-on": "worst", "--force": TEXT, "--format": "nice",
    "--generated": "tomorrow", "--head": "x", "--holder": TEXT,
    "--label": TEXT, "--leaver": TEXT, "--length": "x", "--max-age": "x",
    "--method": "magic", "--new-pin-fd": "x", "--oath-password-fd": "x",
    "--only-account": "12", "--origin": TEXT, "--person": TEXT,
    "--pin-fd": "x", "--place": TEXT, "--reason": TEXT, "--region": "a b",
    "--serial": "x y", "--severity": "worst", "--sha256": "12",
    "--split": "x", "--state": "nowhere", "--station": TEXT,
    "--status": "BAD", "--template": "{magic}", "--ticket": TEXT,
    "--token": TEXT, "--touch-timeout": "soon", "--until": "never",
    "--user": TEXT, "--wait": "soon", "--without": "none",
}
# Which have no form: names of files, and what only its owner can judge. A log's
# times and an audit's earlier result share --since; an --at has a word for each
# verb; --device and --role mean something at AWS.
FREE = {"--accounts", "--at", "--bundle", "--code-of", "--config", "--device",
        "--endpoint-url", "--evidence", "--file", "--from", "--initial-pin",
        "--initial-pins", "--labels", "--login-db", "--mds", "--mute",
        "--output", "--page", "--pam-dir", "--plan", "--profile",
        "--registry", "--report", "--result", "--role", "--since",
        "--sshd-config"}
# What a verb cannot be without, beside its arguments
BESIDE = {
    "enroll": {"--method": "totp"}, "replace": {"--method": "totp"},
    "policy check": {"--method": "totp"}, "root": {"--method": "fido"},
    "audit": {"--report": "r.csv"}, "registry adopt": {"--from-aws": None},
    "registry handover": {"--holder": "carol"},
    "registry move": {"--holder": "carol"},
    "registry import": {"--format": "authorized_keys", "--user": "games"},
    "pin initial": {"--holder": "carol", "--output": "f"},
    "setup": {"--without": "aws", "--dry-run": None}, "watch": {"--once": None},
}
# Of one option alone
ALSO = {"--bag": {"--place": "safe", "--custodian": "alice"},
        "--custodian": {"--place": "safe", "--bag": "A1"},
        "--serial": {"--method": "hardware-totp"},
        "--also": {"--method": "fido", "--label": "x"},
        "--wait": {"--method": "fido"},
        "--codes-fd": {"--method": "hardware-totp", "--serial": "GAKT1234567"},
        "--head": {"--verify": None}, "--max-age": {"--accounts": "list"},
        "--sha256": {"--from": "f"}, "--pin-fd": {"--credentials": None},
        "--confirm": {"--remove-credentials": None,
                      "--account": "123456789012"},
        "--at": {"--from": "f"}}
# What an option does not stand beside
WITHOUT = {"--leaver": {"ARGUMENTS"}, "--confirm": {"--method"},
           "--state": {"--holder"}, "--max-age": {"--report"},
           "--sha256": {"--report", "--from-aws"},
           "--at": {"--report"},
           ("registry import", "--format"): {"--user"},
           ("root", "--reason"): {"--method"}}
STOLEN = {"--state": "stolen"}
ONLY = {("root", "--reason"): {"--remove-credentials": None},
        ("registry move", "--method"): STOLEN,
        ("registry move", "--serial"): STOLEN,
        ("registry move", "--wait"): STOLEN}


def words_of(verb, option, value):
    """The verb with what it needs and one value of an option, or without one
    as its first argument."""
    words = verb.split()
    needed = ["x" for a in usage(*words)[0] if re.fullmatch("[A-Z0-9|]+", a)]
    beside = {**BESIDE.get(verb, {}), **ALSO.get(option, {}),
              **ONLY.get((verb, option), {})}
    without = {*WITHOUT.get(option, ()), *WITHOUT.get((verb, option), ()),
               *(["--holder"] if "--state" in beside else [])}
    beside = {n: v for n, v in beside.items() if n not in without}
    known = set(offered(*words, "--"))
    arguments = [] if "ARGUMENTS" in without else needed
    found = [*words, *(arguments if option else [value, *needed[1:]])]
    for name, other in beside.items():
        if name != option and name in known:
            found += [name] if other is None else [name, other]
    return [*found, option, value] if option else found


def pairs():
    for words in verbs():
        text = usage(*words)[1]
        named = set(re.findall(r"(--[\w-]+) [A-Z]", text))
        for option in sorted(offered(*words, "--")):
            if option in BAD or option in named - FREE:
                yield " ".join(words), option


def test_every_wrong_value_is_told_before_anything_is_asked(place):
    wrong, count = [], 0
    for verb, option in pairs():
        assert option in BAD, f"{verb} {option}: what is a bad value of it?"
        done = place.run(*words_of(verb, option, BAD[option]),
                         cwd=place.folder)
        count += 1
        if done.code != 2 or option.lstrip("-") not in done.err or \
                "credentials" in done.err:
            wrong.append((verb, option, done.code, done.err))
    assert not wrong, "\n".join(map(str, wrong))
    assert count > 200, count


def offers():
    """(the word that is offered, a line that has it)"""
    valued = {name for name, takes_value in options().items() if takes_value}
    for words in verbs():
        verb = " ".join(words)
        for option in valued.intersection(offered(*words, "--")):
            for word in offered(*words, option, ""):
                yield word, words_of(verb, option, word + "f" * (
                    word[-1] == "="))
        takes = usage(*words)[0]
        for word in offered(*words, "") if takes else ():
            if not word.startswith("-"):
                yield word, words_of(verb, None, word)


def test_what_is_offered_for_a_value_or_an_argument_is_taken(place):
    """What it must stand beside is another matter, and told in other words."""
    wrong, count = [], 0
    for word, line in offers():
        done = place.run(*line, cwd=place.folder)
        count += 1
        beside = re.search("goes? with|needs|say with|can be decided",
                           done.err)
        if done.code == 2 and not beside and re.search(
                rf"'{re.escape(word)}'|{line[-2]} {word} ", done.err):
            wrong.append((line, done.err))
    assert not wrong, "\n".join(map(str, wrong))
    assert count > 100, count


@pytest.mark.parametrize("method", ["magic", "totp"])
def test_a_method_that_root_has_not_is_told_before_credentials_are_looked_for(
        place, method):
    done = place.run("root", "--method", method)
    assert done.code == 2 and "credentials" not in done.err, done
    assert f"--method '{method}'" in done.err


def takes_user():
    for words in verbs():
        if {"USER", "[USER]"} & set(usage(*words)[0]):
            yield " ".join(words)


@pytest.mark.parametrize("name", ["a b", "x" * 65, "b\u00e4r", "a/b", "a:b"])
def test_a_name_that_no_iam_user_has_is_told_before_anything_is_asked(
        place, name):
    known = sorted(takes_user())
    assert known == ["enroll", "registry adopt", "replace", "resync",
                     "revoke"]
    for verb in known:
        rest = ["DEVICE"] if verb in ("replace", "revoke") else []
        method = ["--method", "totp"] if verb in ("enroll", "replace") else []
        done = place.run(*verb.split(), name, *rest, *method)
        assert done.code == 2, (verb, done)
        assert done.err.splitlines()[-1] == (
            f"tokenbridge: '{name}' is no name of an IAM user: 1 to 64 "
            "letters, digits and _+=,.@-"), (verb, done)


def test_a_name_of_64_characters_with_every_mark_is_looked_for(place):
    name = "aZ0_+=,.@-".ljust(64, "x")
    done = place.run("resync", name)
    assert "no AWS credentials" in done.err, done
    # of this machine's users PAM's rules count
    done = place.run("revoke", "--local", "a b", "x")
    assert "is no name of an IAM user" not in done.err, done
