# SPDX-License-Identifier: Apache-2.0
"""registry intake: a delivery against its list, key by key."""
import json
import os
import select
import signal
import subprocess
import time

import pytest

from conftest import kill_hard
from dialect import check_object

TOUCH = "Touch the token"
SERIALS = {"a": 1001, "b": 1002, "c": 1003}
GENUINE = "a0f1c5d2-0b5e-4e8f-9a36-57f045740001"


class Session:
    """intake at work: keys come and go, lines are read as they come."""

    def __init__(self, site, path, *more):
        self.site = site
        self.process = site.start("registry", "intake", path, "--json", *more)
        self.out = self.said = ""
        self.keys = 1

    def read(self, pipe, seconds):
        """What has come; nothing is read ahead behind our back."""
        if select.select([pipe], [], [], seconds)[0]:
            return os.read(pipe.fileno(), 65536).decode()
        return ""

    def line(self, seconds=15):
        end = time.monotonic() + seconds
        while "\n" not in self.out:
            if time.monotonic() > end:
                kill_hard(self.process)
                raise AssertionError(f"no line came: {self.said}")
            self.out += self.read(self.process.stdout, 1)
        line, _, self.out = self.out.partition("\n")
        return check_object("registry-intake", json.loads(line))

    def wait_for(self, words, times=1, seconds=15):
        """Until standard error has said so."""
        end = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert time.monotonic() < end, self.said
            self.said += self.read(self.process.stderr, 1)

    def key(self, name, last=False):
        """Plugs a key in, reads its line, takes it out."""
        self.wait_for("Plug in the next key", self.keys)
        self.keys += 1
        self.site.tokens.plug(name)
        line = self.line()
        if not last:
            self.site.tokens.unplug(name)
        return line["key"]

    def end(self, interrupt=False):
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        self.said += err
        last = check_object("registry-intake", json.loads(self.out + out))
        return self.process.returncode, last["summary"], self.said


@pytest.fixture
def delivery(site):
    """delivery(rows, token, ...): a list, and its keys, still in the box."""
    def set_up(text, *tokens):
        site.plug(*({**t, "unplugged": True} for t in tokens or
                    ({"profile": "yubikey5", "serial": n}
                     for n in SERIALS.values())), cards=False)
        site.trust_vendor()
        site.make_registry()
        path = site.folder / "delivery.csv"
        path.write_text(text)
        return path
    return set_up


def full():
    return "serial,label,aaguid,lot\n" + "".join(
        f"{serial},blue-{name},{GENUINE},L7\n"
        for name, serial in SERIALS.items())


def rows(site):
    return {row["label"]: row for row in site.show()}


# ---- a whole delivery ----

def test_a_delivery_is_taken_key_by_key_into_the_stock(site, delivery):
    session = Session(site, delivery(full()), "--ticket", "OPS-7")
    session.wait_for("3 of 3 left")
    for name in ("b", "a", "c"):
        key = session.key(name, last=name == "c")
        assert key["result"] == "taken", key
        assert key["serial"] == SERIALS[name]
        assert key["row"]["label"] == f"blue-{name}"
        assert key["verdict"] == "genuine"
    code, summary, said = session.end()
    assert code == 0, said
    assert summary["missing"] == [] and summary["counts"]["taken"] == 3
    assert said.count(TOUCH) == 3
    assert summary["head"] in said
    shown = rows(site)
    assert sorted(shown) == ["blue-a", "blue-b", "blue-c"]
    for name, serial in SERIALS.items():
        row = shown[f"blue-{name}"]
        assert (row["state"], row["holder"], row["verdict"]) == (
            "stock", None, "genuine")
        values = {i["kind"]: i["value"] for i in row["identifiers"]}
        assert values["serial"] == str(serial) and values["lot"] == "L7"
        assert row["credentialCount"] == 1
    site.check_chain()


def test_what_is_in_the_registry_is_done_and_the_rest_goes_on(site, delivery):
    path = delivery(full())
    session = Session(site, path)
    assert session.key("a")["result"] == "taken"
    session.wait_for("2 of 3 left")
    code, summary, said = session.end(interrupt=True)
    assert code == 10, said
    assert [m["serial"] for m in summary["missing"]] == [1002, 1003]
    assert [m["line"] for m in summary["missing"]] == [3, 4]

    session = Session(site, path)
    session.wait_for("2 of 3 left")
    key = session.key("a")
    assert key["result"] == "again" and TOUCH not in session.said
    assert session.key("c")["result"] == "taken"
    assert session.key("b", last=True)["result"] == "taken"
    code, summary, _ = session.end()
    assert code == 0 and summary["before"] == 1
    assert len(site.show()) == 3

    done = site.run("registry", "intake", path)
    assert done.code == 0 and TOUCH not in done.err, done
    assert done.out.splitlines()[-1] == \
        "3 of 3: 0 taken now, 3 before, 0 missing"


def test_killed_at_any_moment_the_next_run_goes_on(site, delivery):
    path = delivery(full())
    session = Session(site, path)
    assert session.key("a")["result"] == "taken"
    site.tokens.touch("b", "withhold")
    site.tokens.plug("b")
    session.wait_for(TOUCH)
    session.wait_for("blue-b")
    kill_hard(session.process)
    site.tokens.unplug("b")
    site.tokens.touch("b", "give")
    session = Session(site, path)
    session.wait_for("2 of 3 left")
    assert session.key("b")["result"] == "taken"
    assert session.key("c", last=True)["result"] == "taken"
    assert session.end()[0] == 0
    assert len(site.show()) == 3
    site.check_chain()


def test_a_dry_run_asks_no_token_and_writes_nothing(site, delivery):
    path = delivery(full())
    before = site.registry.read_bytes()
    done = site.run("registry", "intake", path, "--dry-run")
    assert done.code == 10, done
    assert done.out.count("missing  ") == 3 and "line 4" in done.out
    assert site.registry.read_bytes() == before
    assert site.run("registry", "intake", path, "--dry-run",
                    "--json").json["summary"]["counts"]["taken"] == 0


# ---- keys that are not as the list says ----

def test_a_key_that_is_not_on_the_list_is_not_taken(site, delivery):
    text = full().replace("1003,", "9999,")
    session = Session(site, delivery(text))
    key = session.key("c")
    assert key["result"] == "not-on-list" and key["row"] is None
    assert session.key("a")["result"] == "taken"
    code, summary, said = session.end(interrupt=True)
    assert code == 10 and said.count(TOUCH) == 1
    assert summary["counts"]["not-on-list"] == 1
    assert [r["label"] for r in site.show()] == ["blue-a"]


def test_the_same_key_twice_is_taken_once(site, delivery):
    session = Session(site, delivery(full()))
    assert session.key("a")["result"] == "taken"
    key = session.key("a")
    assert key["result"] == "again" and key["row"]["line"] == 2
    assert session.end(interrupt=True)[0] == 10
    assert len(site.show()) == 1


def test_a_key_that_stays_plugged_in_is_asked_once(site, delivery):
    session = Session(site, delivery(full()))
    assert session.key("a", last=True)["result"] == "taken"
    session.wait_for("Unplug it.")
    time.sleep(1)
    assert session.read(session.process.stdout, 0) == ""
    assert session.said.count("Plug in the next key") == 1
    site.tokens.unplug("a")
    assert session.key("b")["result"] == "taken"
    session.end(interrupt=True)


def test_a_key_of_another_model_than_the_list_says_is_not_taken(site,
                                                                delivery):
    text = full().replace(GENUINE, "00000000000000000000000000000001", 1)
    session = Session(site, delivery(text))
    assert session.key("a")["result"] == "wrong-model"
    session.wait_for("Plug in the next key", 2)
    assert TOUCH not in session.said
    assert session.key("b")["result"] == "taken"
    session.end(interrupt=True)
    assert [r["label"] for r in site.show()] == ["blue-b"]


def test_a_key_that_claims_a_model_which_its_attestation_does_not_name(
        site, delivery):
    session = Session(site, delivery(full()))
    site.tokens.misbehave("a", "wrong-aaguid", command="makeCredential")
    key = session.key("a")
    assert (key["result"], key["verdict"]) == ("refused", "forged")
    session.end(interrupt=True)
    assert site.show() == []


@pytest.mark.parametrize("more,verdict", [
    ({"ca": "untrusted"}, "unknown-maker"),
    ({"attestation": "self"}, "self-attested")])
def test_a_key_that_is_not_genuine_is_refused_unless_forced(
        site, delivery, untrusted, more, verdict):
    more = {k: str(untrusted) if v == "untrusted" else v
            for k, v in more.items()}
    path = delivery("serial\n1001\n",
                    {"profile": "yubikey5", "serial": 1001, **more})
    session = Session(site, path)
    key = session.key("a")
    assert (key["result"], key["verdict"]) == ("refused", verdict), key
    assert session.end(interrupt=True)[0] == 10
    assert site.show() == []
    session = Session(site, path, "--force", "a test batch")
    assert session.key("a", last=True)["result"] == "taken"
    assert session.end()[0] == 0


def test_a_vulnerable_key_is_taken_with_a_warning(site, delivery):
    session = Session(site, delivery(
        "serial\n5\n", {"profile": "yubikey5-old", "serial": 5}))
    key = session.key("a", last=True)
    assert (key["result"], key["verdict"]) == (
        "taken", "genuine-but-vulnerable")
    code, _, said = session.end()
    assert code == 0 and "warning" in said.lower()


def test_a_key_that_nobody_touches_can_come_again(site, delivery):
    session = Session(site, delivery(full()), "--touch-timeout", "1")
    site.tokens.touch("a", "withhold")
    key = session.key("a")
    assert key["result"] == "failed" and "touched" in key["text"]
    site.tokens.touch("a", "give")
    assert session.key("a")["result"] == "taken"
    session.end(interrupt=True)


def test_two_keys_at_once_are_not_guessed_between(site, delivery):
    path = delivery(full())
    site.tokens.plug("a")
    site.tokens.plug("b")
    session = Session(site, path)
    session.wait_for("2 tokens are plugged in")
    site.tokens.unplug("b")
    assert session.line()["key"]["serial"] == SERIALS["a"]
    session.end(interrupt=True)


# ---- keys without a number ----

LABELS = "label\ngreen-1\ngreen-2\n"


@pytest.mark.parametrize("profile", ["securitykey", "neo"])
def test_keys_without_a_number_get_the_labels_in_their_order(site, delivery,
                                                             profile):
    path = delivery(LABELS, {"profile": profile}, {"profile": profile})
    session = Session(site, path)
    key = session.key("b")
    assert key["result"] == "taken" and key["row"]["label"] == "green-1"
    assert key["serial"] is None
    again = session.key("b")
    assert again["result"] == "again" and again["token"] == key["token"]
    assert session.key("a", last=True)["row"]["label"] == "green-2"
    code, _, said = session.end()
    assert code == 0 and said.count(TOUCH) == 2
    assert rows(site)["green-1"]["id"] == key["token"]
    site.tokens.replug("a")
    assert site.run("verify", "--json").json["proved"] is True


def test_a_mixed_list_gives_labels_to_keys_without_a_number_only(site,
                                                                 delivery):
    path = delivery("serial,label\n1001,blue-1\n,green-1\n",
                    {"profile": "yubikey5", "serial": 1001},
                    {"profile": "yubikey5", "serial": 7},
                    {"profile": "securitykey"})
    session = Session(site, path)
    assert session.key("b")["result"] == "not-on-list"
    assert session.key("c")["row"]["label"] == "green-1"
    assert session.key("a", last=True)["row"]["label"] == "blue-1"
    assert session.end()[0] == 0


def test_a_label_with_a_model_waits_for_a_key_of_that_model(site, delivery):
    path = delivery(f"label,aaguid\nred-1,{GENUINE}\ngreen-1,\n",
                    {"profile": "securitykey"}, {"profile": "securitykey"})
    session = Session(site, path)
    assert session.key("a")["row"]["label"] == "green-1"
    assert session.key("b")["result"] == "not-on-list"
    code, summary, _ = session.end(interrupt=True)
    assert code == 10
    assert [m["label"] for m in summary["missing"]] == ["red-1"]


U2F = {"profile": "securitykey-u2f"}
U2F_MODEL = "a0f1c5d2-0b5e-4e8f-9a36-57f045120002"


def test_a_u2f_key_gets_the_label_of_the_model_that_its_leaf_proves(
        site, delivery):
    path = delivery(f"label,aaguid\nred-1,{GENUINE}\ngreen-1,{U2F_MODEL}\n",
                    U2F, U2F)
    session = Session(site, path)
    key = session.key("a")
    assert (key["result"], key["verdict"]) == ("taken",
                                               "genuine-but-vulnerable"), key
    assert key["row"]["label"] == "green-1"
    key = session.key("b")
    assert key["result"] == "not-on-list"
    assert "no label of the list is left for a key of this model" in key[
        "text"]
    code, summary, _ = session.end(interrupt=True)
    assert code == 10
    assert [m["label"] for m in summary["missing"]] == ["red-1"]


@pytest.mark.parametrize("model,result", [
    (U2F_MODEL, "taken"), (GENUINE, "wrong-model")])
def test_a_u2f_key_with_a_number_is_compared_by_what_its_leaf_proves(
        site, delivery, model, result):
    path = delivery(f"serial,label,aaguid\n1001,blue-1,{model}\n",
                    {**U2F, "serial": 1001})
    session = Session(site, path)
    key = session.key("a", last=result == "taken")
    assert key["result"] == result, key
    assert key["row"]["label"] == "blue-1"
    session.end(interrupt=result != "taken")


# ---- the list ----

def test_a_bad_list_is_refused_with_file_and_line_before_any_key(site,
                                                                 delivery):
    for text, words in (("serial\n1\n1\n", "lines 2 and 3"),
                        ("serial\nx\n", "line 2"),
                        ("label\n=cmd\n", "line 2"), ("", "line 1")):
        path = site.folder / "delivery.csv"
        path.write_text(text)
        done = site.run("registry", "intake", path)
        assert done.code == 1 and done.out == "", done
        assert f"'{path}'" in done.err and words in done.err
    assert site.run("registry", "intake", site.folder / "none").code == 1
    assert site.run("registry", "intake").code == 2


def test_as_text_each_key_is_a_line(site, delivery):
    path = delivery("serial,label,price\n1001,blue-1,5\n1002,blue-2,5\n")
    process = subprocess.Popen(
        site.command("registry", "intake", path), env=site.env(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL)
    site.tokens.plug("a")
    line = process.stdout.readline()
    assert line.split()[:3] == ["taken", "1001", "blue-1"], line
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 10
    assert out.splitlines() == [
        "missing      1002        blue-2  line 3",
        "1 of 2: 1 taken now, 0 before, 1 missing"]
    assert "not read: price" in err
