# SPDX-License-Identifier: Apache-2.0
"""doctor tokens: why a token cannot be used, and what to do."""
import os
import pathlib

import pytest

from conftest import YK
from test_list import (hold, ordinary,  # noqa: F401
                       remove_fido_interface, rows)


@pytest.fixture
def doctor(site):
    """doctor(): the rows; its exit status fits them."""
    def run(code=None):
        done = site.run("doctor", "tokens", "--json")
        assert done.json["version"] == 1
        found = done.json["checks"]
        seen = {row["status"] for row in found}
        assert done.code == (3 if "fail" in seen else
                             10 if "unknown" in seen else 0), done
        assert code in (None, done.code), done
        return found
    return run


def said(found, check, status=None):
    return [row for row in found if row["check"] == check
            and status in (None, row["status"])]


def the(found, check, status=None):
    row, = said(found, check, status)
    return row


def test_tokens_that_can_be_used_are_said_to_answer(site, doctor):
    tokens = site.plug(YK, "solo", cards=False)
    for name in "ab":
        tokens.permission(name, "0660")
    found = doctor(code=0)
    good = {row["subject"]: row["text"] for row in said(found, "token", "ok")}
    assert set(good) == {tokens.hidraw("a"), tokens.hidraw("b")}
    assert "YubiKey OTP+FIDO+CCID answers root" in good[tokens.hidraw("a")]
    assert {row["subject"] for row in said(found, "node", "ok")} == set(good)
    assert not said(found, "usb-driver")


def test_without_a_token_it_says_so(site, doctor):
    site.plug({**YK, "unplugged": True}, cards=False)
    row = the(doctor(code=0), "token", "warn")
    assert "no token is plugged in" in row["text"]
    assert "lsusb" in row["remedy"]
    last = " ".join(site.run("doctor", "tokens").out.split())
    assert last.endswith("Tokens: nothing fails. Of what is warned of, begin "
                         f"with {row['subject']}: {row['remedy']}."), last


def test_a_problem_is_said_in_the_words_of_list(site, doctor, hold):
    tokens = site.plug(YK, "solo", {**YK, "serial": 87654321}, cards=False)
    tokens.permission("a", "deny")
    holder = hold(tokens, "b")
    remove_fido_interface(tokens, "c")
    listed = {token["node"]: token for token in
              site.run("list", "--json").json["tokens"]}
    found = doctor(code=3)
    bad = {row["subject"]: row for row in said(found, "token", "fail")}
    assert set(bad) >= {tokens.hidraw("a"), tokens.hidraw("b")}
    for device in (tokens.hidraw("a"), tokens.hidraw("b")):
        assert bad[device]["text"] == listed[device]["problem"]
        assert bad[device]["remedy"]
    assert f"(pid {holder.pid})" in bad[tokens.hidraw("b")]["text"]
    assert any("no FIDO interface" in row["text"] for row in bad.values())


def test_a_node_for_everybody_is_a_warning(site, doctor):
    tokens = site.plug(YK, cards=False)
    tokens.permission("a", "0666")
    assert "everybody" in the(doctor(code=0), "node", "warn")["text"]


def test_a_program_that_has_the_node_open_is_named(site, doctor):
    tokens = site.plug(YK, cards=False)
    with tokens.open_node("a"):
        texts = [row["text"] for row in said(doctor(), "opened", "warn")]
    assert any(f"(pid {os.getpid()})" in text for text in texts), texts


def test_usb_trouble_is_read_from_sysfs(site, doctor):
    tokens = site.plug(YK, cards=False)
    assert not said(doctor(), "usb-driver")
    usb = pathlib.Path(tokens.umockdev_dir, "sys/devices",
                       tokens.stats("a")["devpath"])
    interface = next(usb.glob("*:1.0"))
    text = (interface / "uevent").read_text()
    assert "DRIVER=usbhid\n" in text
    (interface / "uevent").write_text(text.replace("usbhid", "usbfs"))
    (usb / "authorized").write_text("0\n")
    (usb / "power").mkdir()
    (usb / "power/runtime_status").write_text("error\n")
    found = doctor(code=3)
    the(found, "usb-driver", "fail")
    assert "does not let" in the(found, "usb", "fail")["text"]
    assert "power saving" in the(found, "usb-power", "fail")["text"]


def test_the_rules_of_udev_are_looked_for(site, doctor):
    site.plug(YK, cards=False)
    rules = {row["subject"]: row["status"] for row in said(doctor(), "rules")}
    assert set(rules) == {"60-fido-id.rules", "70-uaccess.rules",
                          "70-tokenbridge.rules"}
    for name, status in rules.items():
        there = any(pathlib.Path(folder, "udev/rules.d", name).exists()
                    for folder in ("/etc", "/run", "/usr/lib", "/lib"))
        assert (status == "ok") == there, name


def test_pcscd_is_looked_for_only_where_a_token_has_a_card(site, doctor):
    tokens = site.plug(YK, "solo", cards=False)
    row, = [r for r in said(doctor(), "smart-card")
            if r["subject"] == "pcscd"]
    assert row["status"] == "ok"        # the suite's own
    tokens.unplug("a")
    assert not said(doctor(), "smart-card")


def test_whoever_is_not_root_is_told_about_himself(site, ordinary):
    tokens = site.plug(YK, cards=False)
    tokens.permission("a", "0600")
    done = ordinary("doctor", "tokens")
    assert done.returncode == 3, done
    assert f"no permission to open '{tokens.hidraw('a')}'" in done.stdout
    assert "group tokenbridge" in done.stdout or \
        "tokenbridge: " in done.stdout
    tokens.permission("a", "0666")
    done = ordinary("doctor", "tokens")
    assert "answers nobody" in done.stdout, done


def test_it_asks_only_what_list_asks(site, doctor):
    tokens = site.plug(YK, cards=False)
    before = tokens.stats("a")["commands"]
    doctor()
    after = tokens.stats("a")["commands"]
    asked = {kind for kind in after if after[kind] != before.get(kind, 0)}
    assert asked == {"INIT", "READ_CONFIG", "getInfo"}


@pytest.mark.parametrize("words", [("tokens", "more"),
                                   ("tokens", "--pam-dir", "/etc/pam.d"),
                                   ("nothing",)])
def test_wrong_words_are_usage_errors(site, words):
    done = site.run("doctor", *words)
    assert (done.code, done.out) == (2, "") and "doctor" in done.err
