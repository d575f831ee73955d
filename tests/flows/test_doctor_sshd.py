# SPDX-License-Identifier: Apache-2.0
"""doctor login against `sshd -T -C`: over many files of settings, what doctor
calls good is good by what sshd itself takes out of them."""
import fnmatch
import os
import pathlib
import random
import shutil
import subprocess

import pytest

from conftest import Workstation
from station import LIBEXEC

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")
KEYS = str(LIBEXEC / "tokenbridge-keys")
USER = "games"
SEED = int(os.environ.get("TB_SEED", "11"))
CASES = int(os.environ.get("TB_CASES", "250"))
LISTS = {"allowusers", "denyusers", "allowgroups", "denygroups"}
SK = {"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"}

pytestmark = pytest.mark.skipif(not SSHD, reason="there is no sshd here")

COMMANDS = [f"{KEYS} %u %f"] * 8 + [
    f"{KEYS} %u", KEYS, f'"{KEYS}" %u %f', f"{KEYS} %u %f # words",
    f"{KEYS} '%u' \"%f\"", f"{KEYS} %u %f # don't", f"{KEYS} %f %u",
    f"{KEYS}\t%u  %f", "none", "NONE", "/usr/bin/other %u", "other %u",
    f"{KEYS} %u %f\\", f"{KEYS} %u '%f", f"{KEYS}\\ %u %f", f"{KEYS}x %u %f"]
ALGORITHMS = ["-ssh-rsa*", "-sk-*", "-sk-ecdsa*", "-*", "+ssh-rsa", "^ssh-rsa",
              "sk-*", "*", "sk-ssh-ed25519@openssh.com",
              "*-cert-v01@openssh.com", "ssh-ed25519,sk-*@openssh.com",
              "nosuch", "sk-nosuch*", "RSA", "ssh-*,!sk-*", "-!sk-*,*",
              "rsa-sha2-512,,sk-*", ",sk-*", "+", "sk-*,ED25519",
              "sk-ecdsa-sha2-nistp256@openssh.com,"
              "sk-ssh-ed25519@openssh.com", "?k-*", "SK-*", "'sk-*'"]
SETTINGS = {
    "AuthorizedKeysCommand": COMMANDS,
    "AuthorizedKeysCommandUser": ["nobody"] * 8 + [
        "nobody # words", "nobody x", '"nobody"', "none", "nosuch", "%u"],
    "AuthorizedKeysFile": ["none"] * 5 + [
        "none # words", "NONE", ".ssh/authorized_keys", "none .ssh/x", "''",
        "# words"],
    "PubkeyAuthentication": ["yes", "Yes", "no", "YES # no", "maybe",
                             "yes no", '"no"', "yes"],
    "DSAAuthentication": ["no", "yes"],
    "PubkeyAcceptedAlgorithms": ALGORITHMS,
    "PubkeyAcceptedKeyTypes": ALGORITHMS,
    "PubkeyAuthOptions": ["none", "touch-required", "verify-required none",
                          "nosuch", "# x"],
    "FingerprintHash": ["sha256", "SHA256", "md5", "sha512", "md4",
                        "sha256 md5"],
    "UsePAM": ["yes", "no", "no # yes", "maybe"],
    "AuthenticationMethods": ["publickey", "publickey,password password",
                              "password", "any", "any publickey",
                              "keyboard-interactive:pam", "nosuch",
                              "publickey publickey,password",
                              "publickey,password",
                              "publickey,keyboard-interactive",
                              "publickey,hostbased publickey,password",
                              "publickey,gssapi-with-mic", "none",
                              "publickey,none"],
    "TrustedUserCAKeys": ["none", "/etc/ssh/ca.pub"],
    "PasswordAuthentication": ["yes", "no"],
    "KbdInteractiveAuthentication": ["yes", "no"],
    "ChallengeResponseAuthentication": ["no", "yes"],
    "HostbasedAuthentication": ["no", "yes"],
    "RevokedKeys": ["none", "/nonexistent/revoked", "/dev/null", "/etc"],
    "AllowUsers": [f"{USER} bob", "bob", "*", "bob g?mes", "games@h",
                   "games@192.0.2.*", "games@nowhere", "!games", "# x",
                   "GAMES", "games,bob", "a@192.0.2.0/33", "''", "bob#x"],
    "DenyUsers": ["bob", USER, "*@nowhere", "*@h", "!games", "g*"],
    "AllowGroups": [f"staff {USER}", "staff", "*", "!games *"],
    "DenyGroups": ["staff", "g*", "nogroup # games"],
}
ODD = ["", "# words", "\f", "Port 22", "UseDNS no", "NoSuchKeyword yes",
       "Match", "Match all", "UsePAM", "PermitRootLogin no", '"UseDNS no',
       "Include", "Include ''", "Include /nonexistent/*", "Include ~/x",
       "Match nonsense x", "Match user", "AllowUsers *", "Banner none",
       "\xa0UseDNS no", "= UseDNS no", "UseDNS = no", "UseDNS == no",
       "ClientAliveInterval 5", "Subsystem sftp internal-sftp",
       "AcceptEnv LANG LC_*", "UsePrivilegeSeparation yes", "UseDNS\tno",
       "ClientAliveInterval 1m30s", "ClientAliveInterval 1m30", "LogLevel LOUD",
       "ClientAliveInterval soon", "LogLevel verbose", "MaxAuthTries many",
       "MaxAuthTries 3", "PermitRootLogin maybe", "PermitTunnel ethernet",
       "PermitRootLogin without-password", "AllowTcpForwarding most",
       "LoginGraceTime 1x", "LoginGraceTime 2M", "AddressFamily inet5",
       "Compression delayed", "SyslogFacility LOCAL8", "GatewayPorts none",
       "X11Forwarding yes # x", "DebianBanner no", "StrictModes 'yes'"]
MATCHES = [f"Match user {USER}", f"Match user *,!{USER}", "Match user bob",
           f"Match User {USER} # x", f"Match group {USER}",
           "Match group wheel,staff", f"Match user={USER}", "Match host h",
           "Match address 192.0.2.0/24", "Match address 192.0.2.1/24",
           f"Match user g* group *,!{USER}", "Match all",
           "Match user alice,g?mes", f'Match user "{USER}"',
           "Match localport 22", "Match invalid-user", "Match version *",
           f"Match user {USER} invalid-user", "Match all user x", "Match user bob all"]


class Generator:
    def __init__(self, seed, folder):
        self.random, self.folder = random.Random(seed), folder
        self.parts = 0

    def chance(self, share):
        return self.random.random() < share

    def keyword(self, name):
        if self.chance(0.2):
            return self.random.choice([name.lower(), name.upper(),
                                       f'"{name}"', f" {name}",
                                       f'{name[:3]}"{name[3:]}"'])
        return name

    def setting(self, name):
        blank = self.random.choice([" "] * 8 + ["\t", "  ", "=", " = "])
        end = self.random.choice([""] * 9 + [" ", "\t", "\r", " \\", "\f"])
        # most are well, so that not all files are refused for some line
        value = SETTINGS[name][0] if self.chance(0.6) else \
            self.random.choice(SETTINGS[name])
        return self.keyword(name) + blank + value + end

    def line(self, depth):
        kind = self.random.random()
        if kind < 0.62:
            return self.setting(self.random.choice(list(SETTINGS)))
        if kind < 0.76:
            return self.random.choice(ODD if self.chance(0.3) else
                                      ["", "# words", "Port 22", "UseDNS no"])
        if kind < 0.90:
            return self.random.choice(MATCHES if self.chance(0.3) else
                                      MATCHES[:5])
        if depth < 3:
            return "Include " + " ".join(
                self.part(depth + 1)
                for _ in range(self.random.choice([1, 1, 2])))
        return "# words"

    def lines(self, depth, most):
        lines = [self.line(depth)
                 for _ in range(self.random.randint(0, most))]
        if depth == 0:
            for name in ("AuthorizedKeysCommand", "AuthorizedKeysFile",
                         "AuthorizedKeysCommandUser"):
                if self.chance(0.95):
                    lines.insert(self.random.randint(0, 1) *
                                 self.random.randint(0, len(lines)),
                                 self.setting(name))
        text = "\n".join(lines) + self.random.choice(["\n"] * 5 + [""])
        if self.chance(0.02):
            text = "\ufeff" + text
        if self.chance(0.02):
            text = text.replace("\n", "\0\n", 1)
        return text

    def part(self, depth):
        self.parts += 1
        path = self.folder / f"part{self.parts}"
        path.write_text(self.lines(depth, 3), newline="")
        return str(path)


def sshd_says(path, key):
    """{keyword: value} by sshd, for one person; None where it refuses."""
    done = subprocess.run(
        [SSHD, "-T", "-f", str(path), "-h", str(key), "-C",
         f"user={USER},host=h,addr=192.0.2.1,laddr=192.0.2.2,lport=22"],
        capture_output=True, text=True, errors="replace", timeout=60)
    if done.returncode != 0:
        return None
    says = {}
    for line in done.stdout.split("\n"):
        name, _, value = line.partition(" ")
        # a line for each word of a list
        says[name] = f"{says[name]} {value}" if name in LISTS and \
            name in says else value
    return says


def split(command):
    """As sshd makes arguments of a command; None where a quote is open."""
    words, word, quote, n = [], None, "", 0
    while n < len(command):
        c, after = command[n], command[n + 1:n + 2]
        if c == "\\" and after and (after in "'\"\\" or
                                    (not quote and after == " ")):
            word, n = (word or "") + after, n + 1
        elif not quote and c in " \t":
            words, word = words + ([] if word is None else [word]), None
        elif not quote and c in "'\"":
            quote, word = c, word or ""
        elif quote and c == quote:
            quote = ""
        else:
            word = (word or "") + c
        n += 1
    return None if quote else words + ([] if word is None else [word])


def is_met(says):
    """Whether a list of methods with publickey has nothing switched off; on
    Linux keyboard-interactive is PAM's."""
    on = {"publickey": says["pubkeyauthentication"],
          "password": says["passwordauthentication"],
          "hostbased": says["hostbasedauthentication"],
          "gssapi-with-mic": says.get("gssapiauthentication", "no"),
          "keyboard-interactive": "yes" if says["usepam"] == "yes" and
          says["kbdinteractiveauthentication"] == "yes" else "no"}
    methods = says["authenticationmethods"]
    return methods == "any" or any(
        "publickey" in names.split(",") and
        all(on.get(name.partition(":")[0], "yes") == "yes"
            for name in names.split(","))
        for names in methods.split())


def is_admitted(says):
    """The person, who comes from host h."""
    def user(pattern):
        name, at, host = pattern.partition("@")
        return name[:1] != "!" and fnmatch.fnmatchcase(USER, name) and (
            not at or any(fnmatch.fnmatchcase(come, host)
                          for come in ("h", "192.0.2.1")))

    def group(pattern):
        return pattern[:1] != "!" and fnmatch.fnmatchcase(USER, pattern)

    def has(name, like):
        return any(like(pattern) for pattern in says.get(name, "").split())
    return (not has("denyusers", user) and not has("denygroups", group)
            and ("allowusers" not in says or has("allowusers", user))
            and ("allowgroups" not in says or has("allowgroups", group)))


def is_good(says):
    """Whether by what sshd says the keys of login.db, and no others, count."""
    return (split(says["authorizedkeyscommand"]) == [KEYS, "%u", "%f"]
            and says["authorizedkeyscommanduser"] == "nobody"
            and says["pubkeyauthentication"] == "yes"
            and says["fingerprinthash"] == "SHA256"
            and SK <= set(says["pubkeyacceptedalgorithms"].split(","))
            and is_met(says) and is_admitted(says)
            and says.get("revokedkeys", "none") in ("none", "/dev/null")
            and says["authorizedkeysfile"].lower() == "none"
            and says.get("trustedusercakeys", "none") == "none")


def wrongs(rows, says):
    worst = {row["status"] for row in rows}
    ours = any(row["check"] == "sshd-command" and row["subject"] == KEYS
               for row in rows)
    if says is None:
        if worst == {"ok"}:
            yield "ok, and sshd does not start"
        return
    is_ours = (split(says["authorizedkeyscommand"]) or [""])[0] == KEYS
    unsure = any(row["subject"] == "Match" for row in rows)
    if worst == {"ok"} and ours and not is_good(says):
        yield "ok, and sshd has it otherwise"
    if worst == {"ok"} and not ours and is_ours:
        yield "ok, and sshd asks tokenbridge-keys"
    if any(row["text"].endswith("sshd does not start") or
           "sshd does not start with" in row["text"] for row in rows) and \
            says["authorizedkeyscommanduser"] != "none":
        yield "sshd starts"
    if is_good(says) and "fail" in worst and not unsure:
        yield "fail, and all is well"
    if is_good(says) and not ours and not unsure:
        yield "sshd asks tokenbridge-keys"


def test_what_it_calls_good_is_good_by_sshd(tmp_path, capsys):
    tmp_path.chmod(0o755)
    (tmp_path / "pam.d").mkdir()
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    str(key)], check=True)
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    place, make = Workstation(tmp_path, None, None), Generator(SEED, tmp_path)
    differ, count = [], {"good": 0, "other": 0, "refused": 0, "ok": 0}
    for number in range(CASES):
        path = tmp_path / f"config{number}"
        path.write_text(make.lines(0, 5), newline="")
        says = sshd_says(path, key)
        done = place.run("doctor", "login", USER, "--pam-dir",
                         tmp_path / "pam.d", "--sshd-config", path,
                         "--login-db", tmp_path / "no.db", "--json")
        rows = [row for row in done.json["checks"]
                if row["check"].startswith("sshd-")]
        count["refused" if says is None else
              "good" if is_good(says) else "other"] += 1
        count["ok"] += all(row["status"] == "ok" for row in rows)
        differ += [(path.name, path.read_text(), wrong, rows)
                   for wrong in wrongs(rows, says)]
    with capsys.disabled():
        print(f"\n{CASES} files by sshd -T -C: {count['good']} good, "
              f"{count['other']} otherwise, {count['refused']} refused; "
              f"doctor calls {count['ok']} ok; {len(differ)} otherwise")
    assert not differ, differ[:3]
    assert count["good"] > 0 and count["ok"] > 0
