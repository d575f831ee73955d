# SPDX-License-Identifier: Apache-2.0
"""docs/RECIPES.md: each line as it stands there, and what it is for is so
then."""
import os
import pathlib
import re
import shlex
import shutil

import pytest

from conftest import ROOT, YK, Workstation
from lines import assigned, unassigned
from test_doctor import clinic, text_of  # noqa: F401
from test_pam_enroll import import_keys, sk_key, told_where
from test_root import ACCOUNT, lead_through, vault  # noqa: F401

DOCS = pathlib.Path(os.environ["TOKENBRIDGE_TOP"]) / "docs"
PARTS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)",
                        (DOCS / "RECIPES.md").read_text(), re.S | re.M))
SECOND = {**YK, "serial": 22222222}


def lines(title):
    return [line.strip() for line in PARTS[title].splitlines()
            if line.startswith("    ")]


def words(line):
    """Of a line that is the program's own."""
    found = shlex.split(line.removeprefix("sudo "))
    assert found[0] == "tokenbridge", line
    return found[1:]


def run(site, line, *more, code=0):
    done = site.run(*words(line), *more, cwd=site.folder)
    assert done.code == code, done
    return done


def run_all(site, title, *codes):
    every = lines(title)
    codes = codes or (0,) * len(every)
    return [run(site, line, code=code)
            for line, code in zip(every, codes, strict=True)]


def test_a_first_day_is_led(workplace):
    """The group of this machine is left alone: test_setup.py has it."""
    first, second = lines("Begin")
    assert words(first) == ["setup"]
    done = workplace.run(*words(second)[:-3], "--without", "metadata,group",
                         "--json")
    assert words(second)[-3:] == ["--without", "metadata", "--json"]
    assert done.code == 0 and done.json["complete"], done
    assert not done.json["changed"] and workplace.registry.exists()


@pytest.fixture
def workplace(tmp_path, cards, iam):
    """Two keys with cards, a registry, users."""
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.plug(YK, SECOND)
    place.trust_vendor()
    place.make_registry()
    for name in ("alice", "bob", "carol"):
        iam.add_user(name, password=True)
    yield place
    place.close()


def test_twelve_recipes_stand_there():
    assert len(PARTS) == 12 and all(lines(title) for title in PARTS)
    assert "\nTwelve short ones. " in (DOCS / "RECIPES.md").read_text()


def test_a_key_is_handed_to_a_person(workplace):
    workplace.tokens.unplug("b")
    *_, code = run_all(workplace, "Hand a key to a person")
    assert re.fullmatch(r"\d{6}\n", code.out)
    assert len(assigned(workplace.iam, "alice")) == 1


def test_a_list_is_rolled_out(workplace):
    (workplace.folder / "plan.csv").write_text(
        "account,user,holder,method,label\n"
        f"{ACCOUNT},alice,Alice Example,totp,blue-1\n"
        f"{ACCOUNT},bob,Bob Example,totp,blue-2\n")
    run_all(workplace, "Roll out many from a list")
    assert len(assigned(workplace.iam, "alice")) == 1
    assert len(assigned(workplace.iam, "bob")) == 1
    assert (workplace.folder / "done.csv").read_text().count("done") == 2


def test_root_gets_a_key(vault):  # noqa: F811
    vault.iam.set_account(root={"password": True})
    first, second = lines("Give root its keys")
    run(vault, first, code=3)
    options = words(second)
    assert options[:3] == ["root", "--method", "fido"]
    at = options.index("page.txt")
    options[at] = str(vault.folder / "page.txt")
    code, out, heard = lead_through(vault, *options[3:])
    assert code in (0, 10), (out, heard)
    assert "safe-1" in (vault.folder / "page.txt").read_text()
    run(vault, first)


def test_a_lost_key_is_replaced(workplace):
    done = workplace.run("enroll", "bob", "--method", "totp", "--label", "blue-2",
                    "--token", "12345678")
    assert done.code == 0, done
    (old,) = assigned(workplace.iam, "bob")
    workplace.tokens.unplug("a")
    run_all(workplace, "Replace a key that is lost", 10, 10)
    (new,) = assigned(workplace.iam, "bob")
    assert new != old and unassigned(workplace.iam) == []


def test_a_leaver_loses_everything(workplace):
    done = workplace.run("enroll", "carol", "--method", "totp", "--label", "blue-3",
                    "--holder", "carol", "--token", "12345678")
    assert done.code == 0, done
    run_all(workplace, "Take everything from a person who leaves")
    assert assigned(workplace.iam, "carol") == []


@pytest.mark.parametrize("title,service,says", [
    ("Let a key stand for the password of sudo", "sudo",
     "token or password: either alone is enough"),
    ("Ask for a key at the desktop", "gdm-password",
     "who has a token needs it"),
])
def test_a_key_lets_in_by_pam(clinic, title, service, says):  # noqa: F811
    clinic.plug(YK, cards=False)
    clinic.trust_vendor()
    clinic.make_registry()
    clinic.run("registry", "import", "--format", "serials",
               serials(clinic))
    for path in pathlib.Path("/etc/pam.d").glob("common-*"):
        shutil.copy(path, clinic.pam)
    clinic.lines(service, (DOCS / "examples/pam.d" / service).read_text()
                 .replace("pam_tokenbridge.so", "OURS"))
    first, second = lines(title)
    run(clinic, first, "--login-db", clinic.login_db)
    assert words(second) == ["doctor", "login", "games", service]
    assert says in text_of(clinic.doctor("games", service), "pam-control")


def serials(site):
    """blue-1 is known before it is bound."""
    path = site.folder / "serials.csv"
    path.write_text("serial,label\n12345678,blue-1\n")
    return path


def test_sshd_takes_a_key_from_the_record(station):
    station.make_registry()
    key = sk_key("ed25519")
    (station.folder / "id_ed25519_sk.pub").write_text(key + " a key\n")
    first, second = lines("Let sshd take keys from the record")
    run(station, first, "--login-db", station.login_db)
    with told_where(station):
        assert key.split()[1] in run(station, second).out


def test_many_hosts_let_the_same_keys_in(station):
    station.make_registry()
    done = import_keys(station, sk_key())
    assert done.code == 0, done
    first, second = lines("Let the same keys in on many hosts")
    run(station, first)
    done = run(station, second, "--login-db", station.folder / "login.db")
    assert "Installed at" in done.err


def test_an_audit_goes_on_by_a_timer(workplace):
    first, second = lines("Audit every week")
    done = run(workplace, first, code=3)
    assert "user-mfa-missing" in done.out
    unit = second.split()[-1]
    assert second == f"sudo systemctl enable --now {unit}"
    text = next(ROOT.rglob(unit.replace(".timer", ".service"))).read_text()
    assert next(ROOT.rglob(unit)).exists() and "tokenbridge audit" in text


def test_a_registry_comes_back(workplace):
    done = workplace.run("enroll", "bob", "--method", "totp", "--label",
                         "blue-2", "--token", "12345678")
    assert done.code == 0, done
    backup, restore, verify = lines("Restore the registry")
    run(workplace, backup)
    before = workplace.bindings()
    for path in workplace.registry.parent.glob("registry.db*"):
        if path.is_file():
            path.unlink()
    run(workplace, restore, code=10)
    assert "0 problems" in run(workplace, verify).out
    workplace.registry = workplace.folder / "new.db"
    done = workplace.run("registry", "show", "--json", "--registry",
                         workplace.registry)
    assert [binding for token in done.json["tokens"] for binding in
            token["bindings"]] == before != []
