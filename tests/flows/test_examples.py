# SPDX-License-Identifier: Apache-2.0
"""docs/examples: each file is read by the program that it is for, and does what
its comments say."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT
from test_doctor import USER, clinic, text_of  # noqa: F401

EXAMPLES = pathlib.Path(os.environ["TOKENBRIDGE_TOP"]) / "docs/examples"
READ = {"tokenbridge.conf", "tokenbridge.policy", "delivery.csv", "plan.csv",
        "sshd.conf", "default", "meson.build", "pam.d/sudo", "pam.d/login",
        "pam.d/gdm-password"}
ROLES = sorted(path.stem for path in (EXAMPLES / "iam").iterdir())


def test_every_example_is_read_here_and_installed():
    have = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*")
            if path.is_file()}
    ansible = {name for name in have if name.startswith("ansible/")}
    assert "ansible/login.yml" in ansible  # those are read by tests/ansible
    assert have - ansible == READ | {f"iam/{role}.json" for role in ROLES}
    installed = ROOT / "usr/share/doc/tokenbridge/examples"
    assert {str(path.relative_to(installed)) for path in installed.rglob("*")
            if path.is_file()} == have - {"meson.build"}


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_of_iam_is_what_the_program_prints(site, role):
    done = site.run("policy", "print", role)
    assert done.code == 0, done
    assert json.loads((EXAMPLES / f"iam/{role}.json").read_text()) == done.json


def use_settings(site):
    """The example's settings and policy behind the site's own."""
    policy = site.folder / "tokenbridge.policy"
    shutil.copy(EXAMPLES / "tokenbridge.policy", policy)
    policy.chmod(0o644)
    text = (EXAMPLES / "tokenbridge.conf").read_text()
    assert "policy = /etc/tokenbridge.policy" in text
    with site.config.open("a") as config:
        config.write(text.replace("/etc/tokenbridge.policy", str(policy)))


def test_settings_and_policy_are_read(site):
    use_settings(site)
    done = site.run("policy", "show", "--json")
    assert done.code == 0, done
    rules = {rule["key"]: rule for rule in done.json["policy"]["rules"]}
    assert rules["verdicts"]["line"] and rules["firmware"]["line"]
    assert done.json["policy"]["path"].endswith("tokenbridge.policy")


def test_the_delivery_is_read(site):
    site.plug({"profile": "yubikey5", "serial": 12345678})
    site.make_registry()
    site.trust_vendor()
    done = site.run("registry", "intake", EXAMPLES / "delivery.csv",
                    "--dry-run")
    assert done.code in (0, 10), done
    assert "blue-3" in done.out + done.err and "lot" not in done.err


def test_the_plan_is_read(aws_site):
    aws_site.iam.add_user("carol")
    done = aws_site.run("rollout", EXAMPLES / "plan.csv", "--dry-run",
                        "--json")
    assert done.code == 0, done
    assert [(row["user"], row["holder"]) for row in
            done.json["plan"]["left"]] == [
        ("alice", "Alice Example"), ("bob", "Bob Example"),
        ("carol", "Carol Example")]


@pytest.mark.parametrize("service,words", [
    ("sudo", "token or password: either alone is enough"),
    ("login", "nobody gets in without the token"),
    ("gdm-password", "who has a token needs it; who certainly has none"),
])
def test_pam_lines_do_what_they_say(clinic, service, words):  # noqa: F811
    for path in pathlib.Path("/etc/pam.d").glob("common-*"):
        shutil.copy(path, clinic.pam)
    text = (EXAMPLES / "pam.d" / service).read_text()
    assert text.count("pam_tokenbridge.so") == 1
    clinic.lines(service, text.replace("pam_tokenbridge.so", "OURS"))
    assert words in text_of(clinic.doctor(USER, service), "pam-control")


def test_sshd_takes_its_lines():
    pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    done = subprocess.run(
        [sshd, "-T", "-f", EXAMPLES / "sshd.conf", "-C", "user=root"],
        capture_output=True, text=True, check=False)
    assert "authorizedkeyscommand /usr/libexec/tokenbridge/tokenbridge-keys " \
        "%u %f" in done.stdout, done.stderr


def test_a_timer_is_told_what_the_program_takes(site):
    words = dict(line.split("=", 1) for line in
                 (EXAMPLES / "default").read_text().splitlines()
                 if line.startswith("TOKENBRIDGE_"))
    assert words["TOKENBRIDGE_AUDIT"] == '"--checks house"'
    for unit, name in (("audit", "TOKENBRIDGE_AUDIT"),
                       ("check", "TOKENBRIDGE_CHECK"),
                       ("backup", "TOKENBRIDGE_BACKUP")):
        text = next(ROOT.rglob(f"tokenbridge-{unit}.service")).read_text()
        assert "EnvironmentFile=-/etc/default/tokenbridge" in text
        assert f"${name}" in text or f"${{{name}}}" in text
