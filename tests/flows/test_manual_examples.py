# SPDX-License-Identifier: Apache-2.0
"""The examples of the manual pages. Every command in them is one that the
program takes, every piece of shell is one that a shell reads, settings and PAM
lines are read by what they are for; and those that need no more than a
workstation are run by a shell as they are printed."""
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import PROGRAM, SECOND, Workstation
from lines import assigned
from test_doctor import USER, clinic, text_of  # noqa: F401

MAN = pathlib.Path(os.environ["TOKENBRIDGE_TOP"]) / "man"
ESCAPES = ((r"\e", "\\"), (r"\(dq", '"'), (r"\(aq", "'"), (r"\-", "-"),
           (r"\&", ""))
# They begin a shell's line in an example
SHELL = re.compile(r"(sudo |aws |curl |age |cat |pass |for |scp |tokenbridge )")


def examples(page):
    """Each block of a page's EXAMPLES and RECIPES as one text."""
    text = (MAN / page).read_text()
    for part in re.findall(r"^\.Sh (?:EXAMPLES|RECIPES)\n(.*?)(?=^\.Sh |\Z)",
                           text, re.S | re.M):
        for line, block in re.findall(
                r"^\.Dl ([^\n]*)$|^\.Bd -literal[^\n]*\n(.*?)^\.Ed", part,
                re.S | re.M):
            found = line or block
            for escape, sign in ESCAPES:
                found = found.replace(escape, sign)
            yield found.rstrip("\n")


EVERY = [(page.name, text) for page in sorted(MAN.glob("*.[1-9]"))
         for text in examples(page.name)]
SCRIPTS = [(page, text) for page, text in EVERY if SHELL.match(text)]
OTHERS = [(page, text) for page, text in EVERY if not SHELL.match(text)]


def commands(text):
    """The words behind each "tokenbridge" of a piece of shell."""
    text = re.sub(r"\\\n\s*", " ", text)
    for piece in re.findall(r"\btokenbridge ((?:'[^']*'|[^|<>;)\n'])*)", text):
        yield [word for word in shlex.split(re.split(r" \|\|? | \d?[<>]",
                                                     piece)[0])]


def test_pages_have_examples():
    assert len(SCRIPTS) > 60 and len({page for page, _ in EVERY}) > 20
    assert sum(len(list(commands(text))) for _, text in SCRIPTS) > 80


@pytest.mark.parametrize("page", sorted({page for page, _ in SCRIPTS}))
def test_a_shell_and_the_program_take_every_example(page):
    for _, text in (one for one in SCRIPTS if one[0] == page):
        done = subprocess.run(["bash", "-n"], input=text, text=True,
                              capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr, (text, done.stderr)
        for words in commands(text):
            done = subprocess.run([str(PROGRAM), *words, "--help"], text=True,
                                  capture_output=True, check=False)
            assert done.returncode == 0, (text, words, done.stderr)
            assert done.stdout.startswith(f"Usage: tokenbridge {words[0]}")


def filters():
    """What jq is given in the examples, as its arguments."""
    for page, text in SCRIPTS:
        joined = re.sub(r"\\\n\s*", " ", text)
        for call in re.findall(r"\bjq ((?:'[^']*'|[^|<>;)\n'])*)", joined):
            yield pytest.param(shlex.split(call), id=f"{page}: {call}")


@pytest.mark.parametrize("words", list(filters()))
def test_jq_reads_every_filter(words):
    done = subprocess.run(["jq", *words], input="{}", text=True,
                          capture_output=True, check=False)
    assert done.returncode in (0, 5), done.stderr  # 5: {} has no such member


# ---- what is no shell ----

def read_settings(site, text):
    policy, told = site.folder / "policy", site.folder / "told"
    for path in (policy, told):
        path.write_text("")
        path.chmod(0o644)
    advisories = MAN.parent / "docs/advisories"
    text = text.replace("/etc/tokenbridge.policy", str(policy))
    text = re.sub(r"^advisories = .*\n?", "", text, flags=re.M) \
        if not advisories.exists() else text
    text = re.sub(r"^registry = .*$", f"registry = {site.registry}", text,
                  flags=re.M)
    kept = "" if "registry = " in text else f"registry = {site.registry}\n"
    site.config.write_text(f"trust_dir = {site.trust}\n{kept}{text}\n")
    site.config.chmod(0o644)
    done = site.run("policy", "show", "--json")
    assert done.code == 0, (text, done)


def test_settings_are_read(site):
    texts = [text for page, text in OTHERS if page == "tokenbridge.conf.5"]
    assert len(texts) == 4
    site.make_registry()
    for text in texts:
        read_settings(site, text)


def test_a_wrong_setting_is_not_read(site):
    """What the two tests beside this one rest on."""
    site.make_registry()
    with pytest.raises(AssertionError):
        read_settings(site, "no_such_setting = 7")


def test_policies_are_read(site):
    texts = [text for page, text in OTHERS if page == "tokenbridge.policy.5"]
    assert len(texts) == 2
    policy = site.folder / "policy"
    with site.config.open("a") as config:
        config.write(f"policy = {policy}\n")
    for text in texts:
        policy.write_text(text + "\n")
        policy.chmod(0o644)
        done = site.run("policy", "show", "--json")
        assert done.code == 0, (text, done)
        keys = {line.split(" = ")[0].partition(".")[0] for line in
                text.splitlines() if " = " in line}
        told = {rule["key"] for rule in done.json["policy"]["rules"]
                if rule["line"]}
        assert keys <= told, (keys, told)


def test_pam_lines_are_read(clinic):  # noqa: F811
    texts = [text for page, text in OTHERS if page == "pam_tokenbridge.8"]
    assert len(texts) == 5
    for path in pathlib.Path("/etc/pam.d").glob("common-*"):
        shutil.copy(path, clinic.pam)
    for text in texts:
        clinic.lines("tried", text.replace("pam_tokenbridge.so", "OURS"))
        said = clinic.doctor(USER, "tried")
        assert not re.search(r"argument .* is refused", str(said)), text
        assert text_of(said, "pam-control"), (text, said)


# ---- what is run ----

STUBS = {
    "tokenbridge": 'exec {program} "$@" --config {config}',
    "sudo": 'exec "$@"',
    "scp": 'mkdir -p host && cp "$1" host/',
    "ssh": 'cd host && shift 2 && exec "$@"',
}


class Place(Workstation):
    """A workstation whose shell finds what the examples name."""

    def shell(self, text, code=0, **more):
        """The text as it is printed, by bash."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        for name, body in STUBS.items():
            (programs / name).write_text("#!/bin/bash\n" + body.format(
                program=PROGRAM, config=self.config) + "\n")
            (programs / name).chmod(0o755)
        done = subprocess.run(
            ["bash", "-ec", text], cwd=self.folder, text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL,
            env=self.env(PATH=f"{programs}:{os.environ['PATH']}"), **more)
        assert done.returncode == code, (text, done)
        return done.stdout + done.stderr


@pytest.fixture
def place(tmp_path, cards, iam):
    tmp_path.chmod(0o700)
    one = Place(tmp_path, cards, iam)
    one.plug({"profile": "yubikey5", "serial": 12345678}, SECOND)
    for name in ("alice", "bob"):
        iam.add_user(name, password=True)
    one.trust_vendor()
    one.make_registry()
    yield one
    one.close()


def example(page, begins):
    """The only one of a page that begins so."""
    (text,) = [t for p, t in EVERY if p.startswith(page + ".")
               and t.startswith(begins)]
    return text


def test_what_a_person_looks_at(place):
    place.tokens.unplug("b")
    assert "12345678" in place.shell("tokenbridge list")
    assert place.shell(example("tokenbridge", "tokenbridge list --json")) == \
        "12345678\n"
    place.shell(example("tokenbridge-policy", "tokenbridge policy show"))
    place.shell(example("tokenbridge-policy", "tokenbridge policy check"))
    place.shell(example("tokenbridge-verify", "tokenbridge verify --record"))
    place.shell(example("tokenbridge-verify", "tokenbridge verify --json"))
    assert (place.folder / "verdict.json").stat().st_size
    first, _, second = example("tokenbridge-verify", "tokenbridge verify "
                               "--evidence").partition("\n")
    place.shell(first)
    evidence = (place.folder / "blue-7.json").read_bytes()
    place.shell(re.sub(r"--sha256 \w+", "--sha256 " + hashlib.sha256(
        evidence).hexdigest(), second))
    place.shell(second, code=24)  # it is not the manual's own
    (place.folder / "evidence").mkdir()
    shutil.copy(place.folder / "blue-7.json", place.folder / "evidence")
    assert "blue-7.json" not in place.shell(
        example("tokenbridge-policy", "for file"))
    place.shell(example("tokenbridge-watch", "tokenbridge watch --once"))


def test_what_a_key_goes_through(place):
    place.tokens.unplug("b")
    place.shell(example("tokenbridge-enroll",
                        "tokenbridge enroll alice --method totp --holder"))
    (old,) = assigned(place.iam, "alice")
    place.shell("tokenbridge registry handover blue-7 --holder 'Alice Example'"
                " --offline || tokenbridge registry show blue-7")
    log = example("tokenbridge-registry", "tokenbridge registry log --person")
    said = place.shell(log.replace("alice --since", "'Alice Example' --since"))
    assert "blue-7" in said
    place.tokens.unplug("a")
    place.tokens.plug("b")
    place.cards.wait_for_card(1)
    place.shell(example("tokenbridge-replace", "tokenbridge replace"), code=10)
    (new,) = assigned(place.iam, "alice")
    assert new != old


def test_what_an_auditor_types(place):
    said = place.shell(example("tokenbridge-audit",
                               "tokenbridge audit --account 1"), code=3)
    assert "user-mfa-missing" in said
    found = place.shell(example("tokenbridge-audit", "tokenbridge audit "
                                "--json"))
    assert '"FAIL"' in found and '"PASS"' not in found
    found = place.shell(example("tokenbridge-doctor", "tokenbridge doctor "
                                "login --json"))
    assert '"remedy": "' in found and '"remedy": null' not in found
    place.shell(example("tokenbridge-audit", "tokenbridge audit -o"), code=3)
    assert (place.folder / "audit.html").stat().st_size
    first, _, second = example(
        "tokenbridge-audit", "tokenbridge audit --bundle").replace(
            "/srv/audit", str(place.folder)).partition("\n")
    place.shell(first, code=3)
    assert "as it was" in place.shell(second.replace("HASH", "0" * 64), code=1)
    place.iam.set_account(root={"password": True})
    place.shell(example("tokenbridge-root", "tokenbridge root --check "
                        "--account"), code=3)


def test_what_a_plan_is_for(place):
    (place.folder / "plan.csv").write_text(
        "account,user,holder,method,label\n"
        "123456789012,alice,Alice Example,totp,blue-1\n"
        "123456789012,bob,Bob Example,totp,blue-2\n")
    (place.home / ".aws").mkdir()
    (place.home / ".aws/config").write_text("[profile admin]\n")
    keys = place.iam.credentials("admin")
    (place.home / ".aws/credentials").write_text(
        f"[admin]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
        + (f"aws_session_token = {keys['SessionToken']}\n"
           if keys.get("SessionToken") else ""))
    assert "Nothing was changed" in place.shell(
        example("tokenbridge-rollout", "tokenbridge rollout plan.csv "
                "--dry-run"))
    split, first = example("tokenbridge-rollout", "tokenbridge rollout "
                           "plan.csv --split").splitlines()
    place.shell(split)
    place.shell(first)
    assert "done" in (place.folder / "done-1.csv").read_text()
    assert len(assigned(place.iam, "alice")) == 1


def test_what_is_copied_to_hosts(place):
    text = example("tokenbridge-login", "sudo tokenbridge registry publish")
    said = place.shell(text + f" --login-db {place.folder}/host.db")
    assert "Installed at" in said and (place.folder / "host.db").exists()


def test_a_copy_of_the_registry_is_restored(place):
    init, show, backup = example("tokenbridge-registry", "tokenbridge registry "
                                 "init --registry ~/keys.db\ntokenbridge "
                                 "registry show").splitlines()
    place.shell(init)
    place.shell("tokenbridge registry log --verify --registry ~/keys.db")
    place.shell(show, code=1)  # there is none of that name yet
    place.shell(backup.replace("/var/backups", str(place.folder))
                + " --registry ~/keys.db")
    (copy,) = place.folder.glob("keys-*.db")
    place.shell(example("tokenbridge-registry", "tokenbridge registry restore")
                .replace("/var/backups/keys.db", str(copy)))


def test_what_is_read_of_a_report(place):
    done = place.run("enroll", "alice", "--method", "totp", "--label",
                     "blue-7", "--token", "12345678")
    assert done.code == 0, done
    place.shell(example("tokenbridge-audit", "tokenbridge audit --checks"), code=3)
    place.shell(example("tokenbridge-registry", "tokenbridge registry log "
                        "--person alice"))
    assert (place.folder / "audit-blue-7").is_dir()
    place.tokens.unplug("b")
    for page, begins in (("tokenbridge-policy", "tokenbridge policy check"),
                         ("tokenbridge-doctor", "tokenbridge doctor tokens")):
        place.shell(example(page, begins))
    (device,) = assigned(place.iam, "alice")
    said = place.shell(example("tokenbridge-revoke", "tokenbridge revoke alice")
                       .replace("alice-1f2e3d4c5b6a", device.rpartition("/")[2])
                       + " --last --reason left")
    assert "deactivated" in said and not assigned(place.iam, "alice")


def test_what_a_key_in_a_safe_is_for(place):
    place.tokens.unplug("b")
    place.shell(example("tokenbridge-enroll", "tokenbridge enroll bob --method "
                        "totp --place"))
    assert len(assigned(place.iam, "bob")) == 1
    place.shell(example("tokenbridge-revoke", "tokenbridge revoke --token")
                .replace("blue-7", "12345678") + " --last --reason left")
    assert not assigned(place.iam, "bob")
    assert '"arn:aws' in place.shell(
        example("tokenbridge-enroll", "tokenbridge enroll bob --method totp "
                "--account") + " --place 'safe 2, bag 17'")
