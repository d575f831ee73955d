# SPDX-License-Identifier: Apache-2.0
"""Completion: what the program offers for a word, and each shell's script,
driven in that shell."""
import fcntl
import hashlib
import os
import pathlib
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import ptys
from conftest import PROGRAM, ROOT

SHARE = ROOT / "usr/share"
SCRIPTS = {
    "bash": SHARE / "bash-completion/completions/tokenbridge",
    "zsh": SHARE / "zsh/site-functions/_tokenbridge",
    "fish": SHARE / "fish/vendor_completions.d/tokenbridge.fish",
}
SOON = 1.5 # seconds: COMPLETE_MS, and starting a program
LABEL = "alice's key"


STATES = {"stock", "lost", "stolen", "out", "sealed"}


def ask(site, *words, **more):
    """(kind, {candidate: what it means}) of the last word."""
    done = subprocess.run([PROGRAM, "__complete", *map(str, words)],
                          env=site.env(), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=20, **more)
    assert done.returncode == 0 and done.stderr == "", done
    kind, *lines = done.stdout.splitlines() or [""]
    return kind, dict(line.split("\t", 1) for line in lines)


def offered(site, *words, **more):
    kind, candidates = ask(site, *words, **more)
    assert kind == "words", kind
    return set(candidates)


@pytest.fixture
def ledger(bench):
    """Two keys with serial numbers, of which one has a label."""
    def make(site):
        bench({"profile": "yubikey5", "serial": 12345678},
              {"profile": "yubikey5", "serial": 87654321})
        for serial, label in ((12345678, LABEL), (87654321, "blue-7")):
            done = site.run("verify", "--record", "-t", serial, "--label",
                            label)
            assert done.code == 0, done
        return site
    return make


# ---- the program ----

def test_commands_verbs_and_their_options_come_from_the_table(site):
    assert {"list", "registry", "help"} <= offered(site, "")
    assert offered(site, "re") == {"registry", "replace", "reset", "resync",
                                   "revoke"}
    assert offered(site, "registry", "re") == {"recipient", "restore",
                                                "retire"}
    assert "move" in offered(site, "help", "registry", "")
    move = offered(site, "registry", "move", "--")
    assert {"--state", "--holder", "--help"} <= move
    assert "--dry-run" not in move and "--report" not in move
    assert "--dry-run" in offered(site, "registry", "intake", "--d")
    assert "--registry" not in offered(site, "--")


def test_an_option_that_is_there_already_is_not_offered_again(site):
    for given in (["--state", "lost"], ["--state=lost"]):
        words = offered(site, "registry", "move", "x", *given, "--")
        assert "--state" not in words and "--holder" in words
    for given in (["-t", "1"], ["-d", "1"], ["-d1"], ["-vt1"]):
        words = offered(site, "verify", *given, "--")
        assert "--token" not in words and "--record" in words


def test_an_option_that_does_not_go_with_another_is_not_offered(site):
    words = offered(site, "verify", "--from", "x.json", "--")
    assert "--at" in words and not words & {"--token", "--record"}
    assert "--token" in offered(site, "verify", "--record", "--")


def test_values_are_those_of_the_option_and_the_row(site):
    assert offered(site, "registry", "move", "x", "--state", "") == STATES
    assert offered(site, "list", "--format", "") == {"text", "json"}
    assert offered(site, "registry", "import", "f", "--format=") == \
        {"--format=authorized_keys", "--format=serials", "--format=pam_u2f",
         "--format=authorized_yubikeys"}
    assert offered(site, "enroll", "alice", "--method", "") == {
        "totp", "fido", "hardware-totp", "virtual"}
    assert "house" in offered(site, "audit", "--checks", "h")
    assert "root" in offered(site, "ssh-keys", "ro")
    assert ask(site, "verify", "--from", "")[0] == "files"
    assert ask(site, "registry", "backup", "")[0] == "files"
    assert ask(site, "doctor", "login", "--pam-dir", "")[0] == "folders"


def test_behind_two_dashes_nothing_is_an_option(site):
    assert offered(site, "enroll", "--", "alice", "--") == set()


def test_what_leads_nowhere_offers_nothing(site):
    for words in (["fly", ""], ["registry", "fly", ""], ["registry", "fly",
                  "--"], ["registry", "move", "x", "--touch", ""],
                  ["enroll", ""], []):
        done = subprocess.run([PROGRAM, "__complete", *words],
                              env=site.env(), capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == ""
        assert [x for x in done.stdout.splitlines()[1:]
                if not x.startswith("--")] == []


def test_tokens_are_offered_by_serial_number_path_and_label(ledger, site):
    ledger(site)
    here = ["--config", site.config]
    kind, words = ask(site, "verify", *here, "--token", "")
    assert set(words) == {"12345678", "87654321", LABEL, "blue-7"}
    assert "YubiKey" in words["12345678"]
    assert offered(site, "verify", *here, "-d", "b") == {"blue-7"}
    paths = offered(site, "verify", *here, "--token=/")
    assert paths == {f"--token={site.tokens.hidraw(x)}" for x in "ab"}
    kind, words = ask(site, "registry", "show", *here, "")
    assert set(words) == {"12345678", "87654321", LABEL, "blue-7"}


def test_holders_are_offered_people_as_people(ledger, site):
    ledger(site)
    for name, how in (("carol", "--holder"), ("safe", "--place")):
        done = site.run("registry", "move", "blue-7", how, name)
        assert done.code == 0, done
    here = ["registry", "move", "blue-7", "--config", site.config]
    assert offered(site, *here, "--holder", "") == {"carol"}
    assert offered(site, *here, "--place", "") == {"safe"}


def test_the_registry_that_is_named_is_the_one_that_is_asked(ledger, site):
    ledger(site)
    home = site.env()["HOME"]
    shutil.copy(site.registry, pathlib.Path(home, "mine.db"))
    assert "blue-7" in offered(site, "registry", "show", "--registry",
                               "~/mine.db", "b")
    assert offered(site, "registry", "show", "--registry", "~/no.db",
                   "b") == set()


def tree(folder):
    return {str(p): (p.stat().st_mtime_ns, hashlib.sha256(
        p.read_bytes()).hexdigest() if p.is_file() else "")
        for p in sorted(folder.rglob("*")) if "tokens" not in p.parts}


def test_nothing_is_written(ledger, site):
    ledger(site)
    before = tree(site.folder)
    for words in (["registry", "show", ""], ["verify", "--token", ""],
                  ["registry", "move", "x", "--holder", ""]):
        offered(site, *words[:-1], "--config", site.config, words[-1])
        opened = subprocess.run(
            ["strace", "-f", "-e", "trace=openat,mkdir,rename,unlink,pwrite64,"
             "ftruncate", PROGRAM, "__complete", *words[:-1], "--config", site.config,
             words[-1]], env=site.env(), capture_output=True, text=True)
        written = [line for line in opened.stderr.splitlines() if re.search(
            r"O_WRONLY|O_CREAT|mkdir\(|rename|unlink|pwrite64|truncate",
            line)]
        assert written == [], written
    assert tree(site.folder) == before


def test_a_cut_write_is_left_to_others(ledger, site):
    ledger(site)
    journal = pathlib.Path(f"{site.registry}-journal")
    journal.write_bytes(b"\0" * 512)
    assert offered(site, "registry", "show", "--config", site.config,
                   "") == set()
    assert journal.exists()


def test_a_registry_that_is_locked_takes_no_time(ledger, site):
    ledger(site)
    db = sqlite3.connect(site.registry, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    words = offered(site, "verify", "--config", site.config, "--token", "")
    assert time.monotonic() - begun < SOON
    assert words == {"12345678", "87654321"}
    db.execute("ROLLBACK")


def test_a_token_that_another_program_holds_is_not_waited_for(bench, site):
    bench({"profile": "yubikey5", "serial": 12345678})
    node = site.tokens.hidraw("a")
    done = subprocess.run(
        ["python3", "-c", "import fcntl, subprocess, sys\n"
         "held = open(sys.argv[1], 'rb+', buffering=0)\n"
         "fcntl.flock(held, fcntl.LOCK_EX)\n"
         "sys.exit(subprocess.run(sys.argv[2:]).returncode)", node,
         PROGRAM, "__complete", "verify", "--token", ""],
        env=site.env(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stderr == "", done
    assert done.stdout.splitlines()[0] == "words"


def test_settings_that_cannot_be_read_are_no_words_for_a_shell(site):
    site.config.write_text("nonsense = 1\n")
    assert offered(site, "registry", "show", "--config", site.config,
                   "") == set()
    assert offered(site, "registry", "show", "--config", "/none", "") == set()


# ---- shells ----

def needs(shell):
    assert shutil.which(shell), f"there is no {shell}: tests/packages has it"
    assert SCRIPTS[shell].is_file(), SCRIPTS[shell]


def shell_env(site, **more):
    return site.env(PATH=f"{PROGRAM.parent}:{os.environ['PATH']}",
                    TERM="dumb", TOKENBRIDGE_REGISTRY=str(site.registry),
                    **more)


def in_bash(site, line):
    """COMPREPLY of the installed function, for a line as bash divides it."""
    breaks = re.findall(r"[=:]+|[^\s=:]+", line)
    if line.endswith((" ", "=")):
        breaks.append("") if line.endswith(" ") else None
    script = (f". '{SCRIPTS['bash']}'\n"
              'COMP_LINE=$1 COMP_POINT=${#1}; shift\n'
              'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n'
              'found=$(complete -p tokenbridge)\n'
              '[[ $found == "complete -F _tokenbridge tokenbridge" ]]'
              ' || exit 9\n'
              '_tokenbridge tokenbridge "${COMP_WORDS[-1]}" "" 2>/dev/null\n'
              'printf "%s\\n" "${COMPREPLY[@]}"\n')
    done = subprocess.run(["bash", "--norc", "--noprofile", "-c", script,
                           "bash", line, *breaks], env=shell_env(site),
                          cwd=site.folder, capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 0, done
    return set(done.stdout.splitlines()) - {""}


def in_fish(site, line):
    script = f"source {SCRIPTS['fish']}; complete -C'{line}'"
    done = subprocess.run(["fish", "--no-config", "-c", script],
                          env=shell_env(site), cwd=site.folder,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == "", done
    return {x.split("\t")[0] for x in done.stdout.splitlines()}


LISTS = {"bash": in_bash, "fish": in_fish}


@pytest.mark.parametrize("shell", LISTS)
def test_a_shell_lists_what_the_program_offers(site, shell):
    needs(shell)
    said = LISTS[shell]
    assert said(site, "tokenbridge re") == {"registry", "replace", "reset",
                                            "resync", "revoke"}
    assert said(site, "tokenbridge registry re") == {"recipient", "restore",
                                                "retire"}
    assert said(site, "tokenbridge registry move x --sta") == {"--state"}
    assert said(site, "tokenbridge registry move x --state ") == STATES
    assert said(site, "tokenbridge fly ") == set()
    whole = {f"--state={word}" for word in STATES}
    assert said(site, "tokenbridge registry move x --state=") == \
        (whole if shell == "fish" else STATES)


@pytest.mark.parametrize("shell", LISTS)
def test_a_shell_offers_files_where_a_file_is_wanted(site, shell):
    needs(shell)
    (site.folder / "evidence.json").write_text("")
    (site.folder / "evidence.d").mkdir()
    said = LISTS[shell]
    found = said(site, "tokenbridge verify --from evid")
    assert {x.rstrip("/") for x in found} == {"evidence.json", "evidence.d"}
    found = said(site, "tokenbridge doctor login --pam-dir evid")
    assert {x.rstrip("/") for x in found} == {"evidence.d"}
    found = said(site, "tokenbridge verify --from=evidence.j")
    assert found == {("--from=" if shell == "fish" else "") + "evidence.json"}


FORMATS = {"text=", "json=", "csv=", "csv-raw=", "ocsf=", "ocsf-array=",
           "sarif=", "junit=", "html="}


@pytest.mark.parametrize("shell", LISTS)
@pytest.mark.parametrize("option", ["-o ", "--output "])
def test_a_shell_offers_formats_of_an_output_and_then_files(site, shell,
                                                            option):
    needs(shell)
    (site.folder / "found.json").write_text("")
    said = LISTS[shell]
    assert said(site, f"tokenbridge audit {option}") == FORMATS
    assert said(site, f"tokenbridge audit {option}js") == {"json="}
    found = said(site, f"tokenbridge audit {option}json=fou")
    assert found == {("json=" if shell == "fish" else "") + "found.json"}


def test_bash_quotes_a_label_that_has_blanks(ledger, site):
    needs("bash")
    ledger(site)
    assert in_bash(site, "tokenbridge registry show al") == \
        {r"alice\'s\ key"}


STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f". '{SCRIPTS['bash']}'"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=('{SCRIPTS['zsh'].parent}' $fpath); "
            "autoload -Uz compinit; compinit -u -D; bindkey -e; "
            "unsetopt auto_menu list_beep"),
}


class Terminal:
    """A shell at a terminal of its own, typed into."""

    def __init__(self, site, command):
        self.pid, self.fd = ptys.fork()
        if self.pid == 0:
            os.chdir(site.folder)
            os.execvpe(command[0], command, shell_env(
                site, PS1="$ ", INPUTRC="/dev/null"))
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            assert time.monotonic() < end, self.seen
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
        return re.search(pattern, self.seen)

    def close(self, seconds=20):
        """It ends when its terminal is gone, unless somebody else has it."""
        os.close(self.fd)
        end = time.monotonic() + seconds
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError("the shell outlives its terminal")
            time.sleep(0.02)


@pytest.fixture
def typed(site):
    """typed(shell, text): the words that the shell has after the text, in
    which a tab completes."""
    open_ones = []

    def run(shell, text):
        needs(shell)
        command, start = STARTS[shell]
        terminal = Terminal(site, command)
        open_ones.append(terminal)
        terminal.type(f"{start}; said() {{ printf '<%s>' \"$@\" end; }}; "
                      "echo rea''dy\n")
        terminal.wait_for("ready")
        terminal.seen = ""
        # what is typed behind ^A goes before the line
        terminal.type(text + "\x01said \n")
        words = terminal.wait_for(r"((?:<[^<>\r\n]*>)+)<end>")[1]
        return re.findall("<([^<>]*)>", words)
    yield run
    for terminal in open_ones:
        terminal.close()


@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_commands_verbs_options_and_values(typed, shell):
    assert typed(shell, "tokenbridge regis\tmov\tx --sta\tlo\t") == [
        "tokenbridge", "registry", "move", "x", "--state", "lost"]


@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_a_value_behind_its_equal_sign(typed, shell):
    assert typed(shell, "tokenbridge list --format=j\t") == [
        "tokenbridge", "list", "--format=json"]


def test_two_terminals_side_by_side_are_two(typed):
    for shell in STARTS:
        assert typed(shell, "tokenbridge lis\t") == ["tokenbridge", "list"]


@pytest.mark.parametrize("option", ["-o ", "--output="])
@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_an_output_format_and_its_file(typed, site, shell,
                                                       option):
    (site.folder / "found.json").write_text("")
    assert typed(shell, f"tokenbridge audit {option}js\tfou\t") == [
        "tokenbridge", "audit", *f"{option}json=found.json".split()]


@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_a_file(typed, site, shell):
    (site.folder / "evidence.json").write_text("")
    assert typed(shell, "tokenbridge verify --from evi\t") == [
        "tokenbridge", "verify", "--from", "evidence.json"]


@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_a_label_with_blanks_as_one_word(
        typed, ledger, site, shell):
    ledger(site)
    assert typed(shell, "tokenbridge registry show al\t") == [
        "tokenbridge", "registry", "show", LABEL]


def test_fish_offers_labels_and_what_they_mean(ledger, site):
    needs("fish")
    ledger(site)
    assert in_fish(site, "tokenbridge registry show bl") == {"blue-7"}
