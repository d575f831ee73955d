# SPDX-License-Identifier: Apache-2.0
"""What a verb does not know it refuses, before anything is done; help, and what
may be meant where something is unknown."""
import hashlib
import json
import re
import subprocess
import time

import dialect
import pytest
from conftest import PROGRAM

EVERYWHERE = {"--help", "--version", "--verbose", "--config"}


def offered(*words):
    """Candidates of the last word."""
    done = subprocess.run([PROGRAM, "__complete", *words], text=True,
                          capture_output=True, check=True)
    return [line.split("\t")[0] for line in done.stdout.splitlines()[1:]]


def usage(*words):
    """What a verb takes, by its help."""
    done = subprocess.run([PROGRAM, *words, "--help"], text=True,
                          capture_output=True, check=True)
    return done.stdout.splitlines()[0].split()[2 + len(words):], done.stdout


def verbs():
    """The words of every verb."""
    for command in offered(""):
        if "\nVerbs:\n" in usage(command)[1]:
            yield from ([command, verb] for verb in offered(command, ""))
        else:
            yield [command]


def options():
    """{option: whether it takes a value} of all verbs."""
    found = {}
    for words in [*verbs(), ["options"]]:
        text = subprocess.run([PROGRAM, "help", *words], text=True,
                              capture_output=True, check=True).stdout
        for name, value in re.findall(
                r"^  +(?:-\w, )?(--[\w-]+)(?: ([A-Z]\S*))?  ", text, re.M):
            found[name] = bool(value)
    return found


def content(folder):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*") if p.is_file()
            and "tokens" not in p.parts}


# ---- help ----

def test_a_verb_that_may_be_left_out_stands_in_brackets():
    """Where one is meant without its name, an option is held against it."""
    left_out = []
    for command in offered(""):
        takes, text = usage(command)
        if "\nVerbs:\n" not in text:
            continue
        done = subprocess.run([PROGRAM, command, "--label", "x"], text=True,
                              capture_output=True, check=False)
        assert done.returncode == 2 and done.stdout == "", done
        meant = "has no option --label" in done.stderr
        assert takes[0] == ("[VERB]" if meant else "VERB"), text
        left_out += [command] if meant else []
    assert left_out == ["doctor"]


# ---- options ----

def test_every_pair_of_verb_and_option_is_known_or_refused(bench, site,
                                                           capsys):
    """Those that are refused are tried, with what the verb needs."""
    bench()
    assert site.run("verify", "--record", "--label", "blue-7").code == 0
    every, before = options(), content(site.folder)
    counted = {"taken": 0, "refused": 0}
    for words in verbs():
        known = set(offered(*words, "--"))
        needed = [a for a in usage(*words)[0] if a.isupper()]
        title = " ".join(words)
        assert EVERYWHERE <= known, title
        for option, takes_value in every.items():
            if option in known:
                counted["taken"] += 1
                continue
            counted["refused"] += 1
            done = site.run(*words, *("x" for _ in needed), option,
                            *(["1"] if takes_value else []))
            assert done.code == 2 and done.out == "", (title, option, done)
            assert f"{title} has no option {option}; " \
                f"`tokenbridge {title} --help`" in done.err, done
    assert content(site.folder) == before
    with capsys.disabled():
        print(f"\n{sum(counted.values())} pairs: {counted}")
    assert counted["refused"] > 1000


def test_every_verb_with_json_has_a_schema_and_no_other():
    spoken = {"-".join(words) for words in verbs()
              if "--json" in offered(*words, "--")}
    assert len(spoken) > 25 and dialect.names() == spoken


def test_every_verb_that_changes_something_says_whether_it_did():
    told = {name for name in dialect.names()
            if '"changed"' in json.dumps(dialect.read(name))}
    assert dialect.names() - told == {
        "code", "doctor-all", "doctor-aws", "doctor-login", "doctor-tokens",
        "info", "list", "policy-check", "policy-print", "policy-show",
        "registry-check-bundle", "registry-log", "registry-show",
        "trust-show", "watch", "wink"}


def test_what_no_schema_names_is_found(bench, site):
    """By the check that every output of these tests goes through."""
    bench()
    done = site.run("list", "--json").json
    dialect.check_object("list", done)
    for spoil in ({"serial": "12345678"}, {"status": "fine"}, {"extra": 1}):
        wrong = {"version": 1, "tokens": [{**done["tokens"][0], **spoil}]}
        with pytest.raises(AssertionError, match="tokens"):
            dialect.check("list --json".split(), json.dumps(wrong))
    del done["tokens"][0]["serial"]
    with pytest.raises(AssertionError, match="'serial' is a required"):
        dialect.check_object("list", done)


def test_an_option_of_another_verb_does_nothing(bench, site):
    """What was done once, or shown, whatever the option said."""
    bench()
    assert site.run("verify", "--record", "--label", "blue-7").code == 0
    for words in (["registry", "retire", "blue-7", "--dry-run"],
                  ["registry", "move", "blue-7", "--state", "lost",
                   "--dry-run"],
                  ["registry", "handover", "--holder", "bob", "--dry-run"],
                  ["registry", "backup", site.folder / "copy", "--dry-run"],
                  ["registry", "init", "--registry", site.folder / "new.db",
                   "--dry-run"],
                  ["registry", "show", "--place", "safe 3"],
                  ["registry", "log", "--state", "lost"],
                  ["audit", "--token", "1"], ["trust", "show", "-t", "1"],
                  ["ssh-keys", "alice", "--json"],
                  ["list", "--profile", "x"]):
        done = site.run(*words)
        assert done.code == 2 and done.out == "", done
        assert "has no option" in done.err, done
    assert site.show()[0]["state"] == "stock"
    assert not (site.folder / "copy").exists()
    assert not (site.folder / "new.db").exists()


def test_a_dry_run_writes_nothing(aws_site):
    """Wherever it is offered."""
    site = aws_site
    site.iam.add_fido_device("alice")
    (site.folder / "delivery.csv").write_text("serial\n12345678\n")
    (site.folder / "plan.csv").write_text(
        "account,user,holder,method,label\n123456789012,alice,,totp,x\n")
    dry = [words for words in verbs() if "--dry-run" in offered(*words, "--")]
    file = site.folder / "hosts.login"
    done = site.run("registry", "publish", "--output", file)
    assert done.code == 0, done
    arguments = {("setup",): ["enroller"],
                 ("rollout",): [site.folder / "plan.csv"],
                 ("login", "install"): [file, "--login-db",
                                        site.folder / "login.db"],
                 ("registry", "import"): [site.folder / "delivery.csv",
                                          "--format", "serials"],
                 ("registry", "intake"): [site.folder / "delivery.csv"],
                 ("registry", "adopt"): ["--from-aws"]}
    assert [tuple(words) for words in dry] == list(arguments)
    before = content(site.folder)
    for words in dry:
        done = site.run(*words, *arguments[tuple(words)], "--dry-run")
        assert done.code in (0, 10), done
    assert content(site.folder) == before


def test_a_setting_that_a_verb_does_not_use_is_no_error(site):
    done = site.run("trust", "show", env={"TOKENBRIDGE_TOKEN": "12345678"})
    assert done.code == 0, done


# ---- help ----

def test_help_is_the_same_behind_a_verb_and_before_it(site):
    for words in [[], *verbs(), ["registry"], ["pin"]]:
        told = site.run("help", *words)
        assert told.code == 0 and told.err == "", told
        assert site.run(*words, "--help").out == told.out
        assert site.run("-h", *words).out == told.out
        lines = told.out.splitlines()
        assert len(lines) <= 24, (words, len(lines))


def test_help_of_the_shared_options_has_them_on_one_screen(site):
    done = site.run("help", "options")
    assert done.code == 0 and len(done.out.splitlines()) <= 24
    assert max(map(len, done.out.splitlines())) <= 80
    for option in ("--token", "--json", "--account", "--pin-fd"):
        assert f"{option} " in done.out


def test_help_of_what_is_not_there_says_what_is(site):
    for words, says in ((["fly"], "unknown command 'fly'"),
                        (["regsitry"], "did you mean 'registry'?"),
                        (["registry", "mvoe"], "did you mean 'move'?"),
                        (["list", "all"], "list has no verbs")):
        done = site.run("help", *words)
        assert done.code == 2 and says in done.err, done
        assert done.out == ""
    done = site.run("regsitry", "--help")
    assert done.code == 2 and "did you mean 'registry'?" in done.err, done


def test_version_is_said_in_three_ways(site):
    said = {site.run(*words).out for words in
            (["version"], ["--version"], ["-V"], ["list", "-V"])}
    assert len(said) == 1
    assert re.fullmatch(r"tokenbridge \d+\.\d+\.\d+\n", said.pop())


def test_without_a_word_it_shows_what_there_is_and_is_no_success(site):
    done = site.run()
    assert done.code == 2 and done.out == site.run("help").out
    done = site.run("registry")
    assert done.code == 2 and "registry needs a verb: init, show" in done.err


def test_the_program_with_http_tells_the_same(site):
    other = PROGRAM.parents[1] / "libexec/tokenbridge/tokenbridge-aws"
    for words in (["help"], ["help", "enroll"], ["version"]):
        done = subprocess.run([other, *words], capture_output=True, text=True)
        assert done.stdout == site.run(*words).out


# ---- did you mean ----

def test_what_is_unknown_gets_the_nearest_that_there_is(site):
    for words, says in (
            (["lst"], "did you mean 'list'?"),
            (["list", "--jsno"], "did you mean --json? `tokenbridge list "),
            (["registry", "move", "x", "--stat=lost"], "--state"),
            (["registry", "move", "x", "--dry-rnu"], "`tokenbridge registry "
             "move --help` lists the options"),
            (["verify", "--evidenc=x"], "'--evidenc'"),
            (["audit", "--chekcs", "house"], "did you mean --checks?")):
        done = site.run(*words)
        assert done.code == 2 and says in done.err, done
    # one that the verb does not have is no help
    done = site.run("registry", "move", "x", "--dry-rnu")
    assert "did you mean" not in done.err


def test_a_label_of_the_registry_is_offered_for_one_that_is_none(bench, site):
    bench()
    assert site.run("verify", "--record", "--label", "blue-7").code == 0
    for words in (["info", "--token", "bleu-7"], ["verify", "-t", "blue-8"],
                  ["wink", "-t", "blu-7"], ["registry", "show", "blue7"],
                  ["registry", "retire", "blue-77"]):
        done = site.run(*words)
        assert done.code in (1, 4), done
        assert "did you mean 'blue-7'?" in done.err, done
    for words in (["info", "--token", "green"], ["registry", "show", "green"]):
        assert "did you mean" not in site.run(*words).err
    site.tokens.unplug("a")
    end = time.monotonic() + 10
    while site.run("list", "--json").json["tokens"]:
        assert time.monotonic() < end
    done = site.run("info", "--token", "blue-7")
    assert done.code == 4 and "did you mean" not in done.err, done


def test_an_argument_too_many_gets_its_option(site):
    for words, says in (
            (["verify", "12345678"], "a token is named by --token 12345678"),
            (["info", "/dev/hidraw3"], "--token /dev/hidraw3"),
            (["verify", "alice.json"], "--from alice.json"),
            (["enroll", "alice", "totp"], "--method totp"),
            (["registry", "move", "blue-7", "lost"], "--state lost"),
            (["registry", "publish", "x"], "'x' is one too many")):
        done = site.run(*words)
        assert done.code == 2 and says in done.err, done
        assert "--help`" in done.err


@pytest.mark.parametrize("words", [
    ["pin", "set", "271828"], ["pin", "271828"], ["pin", "change", "271828"],
    ["pin", "set", "--new-pin-fd", "271828"], ["info", "--credentials",
     "--pin-fd", "271828"], ["info", "--pin=271828"], ["verify",
     "--pin271828"], ["verify", "--pin-fd271828"], ["pin", "set",
     "--new-pin=271828"], ["list", "--json=271828"], ["271828"],
    ["verify", "--pin-fd", "27", "--pin-fd", "271828"]])
def test_what_may_be_a_pin_is_not_repeated(site, words):
    site.plug({"profile": "yubikey5", "serial": 12345678}, cards=False)
    done = site.run(*words)
    assert done.code == 2 and "271828" not in done.out + done.err, done
