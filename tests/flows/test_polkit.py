# SPDX-License-Identifier: Apache-2.0
"""polkit's rule as installed, run by a JavaScript engine with a double of
`polkit` around it: whom it lets use smart-card readers."""
import json
import shutil
import subprocess

import pytest

from conftest import ROOT

RULE = ROOT / "usr/share/polkit-1/rules.d/70-tokenbridge.rules"
# What a rule may use of polkit(8): addRule, Result, isInGroup. Asked as polkit
# does, in an order that knows no rules beside it.
DOUBLE = """
const rules = [], ask = JSON.parse(process.argv[2]);
const polkit = {
	addRule: f => { rules.push(f); },
	Result: { NO: "no", YES: "yes", AUTH_ADMIN: "auth_admin",
		NOT_HANDLED: null },
};
new Function("polkit", require("fs").readFileSync(process.argv[1], "utf8"))(
	polkit);
console.log(JSON.stringify(ask.map(({ id, groups }) => {
	for (const rule of rules) {
		const said = rule({ id: id, lookup: () => undefined },
			{ isInGroup: name => groups.includes(name),
				user: "alice", local: false, active: false });
		if (said) return said;
	}
	return "undecided";
})));
"""
PCSC, CARD = ("org.debian.pcsc-lite.access_pcsc",
              "org.debian.pcsc-lite.access_card")


def asked(*questions):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    done = subprocess.run(
        ["node", "-e", DOUBLE, str(RULE), json.dumps([
            {"id": action, "groups": groups} for action, groups in
            questions])], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_polkit_s_rule_lets_the_group_use_readers_and_cards():
    assert asked((PCSC, ["users", "tokenbridge"]),
                 (CARD, ["tokenbridge"])) == ["yes", "yes"]


def test_polkit_s_rule_leaves_everybody_else_and_everything_else_alone():
    assert asked((PCSC, []), (CARD, ["users", "tokenbridge-login"]),
                 ("org.freedesktop.systemd1.manage-units", ["tokenbridge"]),
                 (PCSC + ".more", ["tokenbridge"]),
                 ("org.debian.pcsc-lite", ["tokenbridge"])) == \
        ["undecided"] * 5


def test_polkit_s_rule_is_one_that_doctor_knows():
    assert "org.debian.pcsc-lite" in RULE.read_text()
