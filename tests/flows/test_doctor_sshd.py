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
    "RevokedKeys": ["none", "/nonexistent/revoked", "/dev/null", "/etc",
                    "revoked", "NONE"],
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


OPENSSH = "@openssh.com"
# Each alone in a file that is well: values of what no key rests on, but for
# which sshd does not start
ALONE = [
    'Subsystem a /x y "z', "LoginGraceTime 1h30m5", "LoginGraceTime 1h 30m",
    "LoginGraceTime 4000000000", "ListenAddress ::", "ListenAddress ::1",
    "ListenAddress [::1]", "ListenAddress localhost",
    "ListenAddress localhost:2222", "ListenAddress 127.0.0.1 rdomain x",
    "RekeyLimit 0", "RekeyLimit 1.5G", "RekeyLimit 1k none", "IPQoS AF21 CS1",
    'SetEnv "A=b c" D=e', 'SetEnv A="b" ', "AcceptEnv LANG LC_* X",
    'AcceptEnv "A B"', "PermitListen localhost:8080 8081",
    "PermitOpen [::1]:80 a:*", "GSSAPIKexAlgorithms x",
    "GSSAPICleanupCreds maybe", "KerberosGetAFSToken maybe", "UseLogin maybe",
    "PerSourceMaxStartups -1", "StreamLocalBindMask 0o177", "Port +22",
    "Port 022", 'Port " 22"', 'MaxStartups "10"', "MaxStartups 10:30:100x",
    'Ciphers "aes256-ctr"', "Ciphers ^aes256-ctr",
    f"MACs umac-64-etm{OPENSSH},hmac-sha2-512-etm{OPENSSH}",
    f"KexAlgorithms sntrup761x25519-sha512{OPENSSH},curve25519-sha256",
    "X11DisplayOffset 10 # x", "Port 22x", "Port 0", "Port 70000", "Port ssh",
    "Port 22 23", "ListenAddress 0.0.0.0", "ListenAddress 0.0.0.0:22",
    "ListenAddress [::]:22", "ListenAddress 0.0.0.0:x", "ListenAddress",
    f"Ciphers aes256-gcm{OPENSSH}", "Ciphers nosuch", "Ciphers +nosuch",
    "Ciphers -nosuch*", "Ciphers aes*", "Ciphers aes256-ctr,,aes128-ctr",
    "MACs hmac-sha2-256", "MACs nosuch", "KexAlgorithms curve25519-sha256",
    "KexAlgorithms nosuch", "KexAlgorithms +diffie-hellman-group1-sha1",
    "CASignatureAlgorithms ssh-ed25519", "CASignatureAlgorithms nosuch",
    "CASignatureAlgorithms -nosuch", "RekeyLimit default none",
    "RekeyLimit 1G 1h", "RekeyLimit lots", "RekeyLimit 1", "RekeyLimit 1G x",
    "RekeyLimit 1G 1h 2", "IPQoS lowdelay throughput", "IPQoS nosuch",
    "IPQoS af21", "IPQoS 0x10", "MaxStartups 10:30:100", "MaxStartups 10",
    "MaxStartups 10:30", "MaxStartups 30:30:10", "MaxStartups x",
    "MaxStartups 0", "MaxStartups 10:200:100", "PerSourceMaxStartups none",
    "PerSourceMaxStartups 5", "PerSourceMaxStartups x",
    "PerSourceNetBlockSize 32:128", "PerSourceNetBlockSize 33:128",
    "PerSourceNetBlockSize 32", "PerSourceNetBlockSize x",
    "StreamLocalBindMask 0177", "StreamLocalBindMask 9",
    "StreamLocalBindMask 01777", "PermitOpen any", "PermitOpen none",
    "PermitOpen host:22", "PermitOpen host", "PermitOpen host:22 any",
    "PermitListen 8080", "PermitListen x:y", "PermitListen any", "SetEnv A=b",
    "SetEnv A", "SetEnv A=b C", "AcceptEnv LANG=x", "ChannelTimeout none",
    "ChannelTimeout session:*=5m", "ChannelTimeout x",
    "GSSAPIAuthentication maybe", "GSSAPICleanupCredentials maybe",
    "KerberosAuthentication maybe", "UnusedConnectionTimeout none",
    "UnusedConnectionTimeout 5m", "UnusedConnectionTimeout x",
    "AuthorizedPrincipalsCommand /bin/true",
    "AuthorizedPrincipalsCommand true", "AuthorizedPrincipalsCommand none",
    "AuthorizedPrincipalsCommandUser nobody", "AcceptEnv",
    "X11DisplayOffset x", "X11DisplayOffset -1", "MaxSessions -1",
    "MaxSessions 0", "ClientAliveInterval -1", "LoginGraceTime 0",
    "LoginGraceTime none", "Subsystem sftp internal-sftp", "Subsystem sftp",
    "Subsystem", "Subsystem sftp /x\nSubsystem sftp /y", 'Subsystem sftp "/x',
    "UseLogin yes", "Protocol 2", "Protocol 1", "MaxAuthTries 3 4",
    "MaxAuthTries 0", "MaxAuthTries 3x", 'MaxAuthTries " 3"',
    "MaxAuthTries +3", "MaxAuthTries 0x3", "MaxAuthTries 99999999999",
    "ClientAliveInterval 99999999999", "PerSourcePenalties yes",
    "AuthenticationMethods Publickey",
    "AuthenticationMethods publickey,PASSWORD", "StreamLocalBindMask +0177",
    "StreamLocalBindMask 0177 0177", "StreamLocalBindMask 01779",
    'StreamLocalBindMask " 0177"', "LogVerbose none x", "LogVerbose x none",
    'LogVerbose x ""', "LogVerbose NONE", "ListenAddress [::1]x",
    "ListenAddress localhost/22",
    "ListenAddress 0.0.0.0/22", "ListenAddress 0.0.0.0:SSH", "RekeyLimit -0 0",
    "RekeyLimit +1G +5", "RekeyLimit 'default none'", "RekeyLimit DEFAULT",
    "RekeyLimit default NONE", "RekeyLimit 9999999999999999999",
    "RekeyLimit 15", "RekeyLimit .5G", "RekeyLimit 1g 1H", "RekeyLimit 00",
    "ClientAliveInterval -0", "ClientAliveInterval +30",
    'ClientAliveInterval " 30"', "ClientAliveInterval 1h+30m",
    "RequiredRSASize -0", "PermitOpen ANY", 'PermitOpen "host:22 b:22"',
    "PermitOpen host/22", "PermitOpen host:SSH", "PermitListen ANY",
    'PermitListen "8080 8081"', "PermitListen host/22", 'IPQoS "af21 cs1"',
    "IPQoS 256", "IPQoS 08", "IPQoS +8", "IPQoS LowDelay", "IPQoS af21 cs1 ef",
    "PerSourceMaxStartups NONE", "PerSourceMaxStartups +5",
    "PerSourceMaxStartups 99999999999", "PerSourceNetBlockSize 032:128",
    "PerSourceNetBlockSize 32:", 'PerSourceNetBlockSize " 32"',
    "PerSourceNetBlockSize 32:129", "Ciphers +", "Ciphers ^",
    "PermitTunnel Yes", "AllowUsers a@", "Match localport 0",
    "ChannelTimeout NONE", "UnusedConnectionTimeout NONE",
    f"CASignatureAlgorithms ssh-ed25519-cert-v01{OPENSSH}",
    f"CASignatureAlgorithms ssh-ed25519-cert-v01{OPENSSH},ssh-ed25519",
    f"CASignatureAlgorithms +ssh-ed25519-cert-v01{OPENSSH}",
    "CASignatureAlgorithms *cert*", "CASignatureAlgorithms ED25519",
    "CASignatureAlgorithms -*", "CASignatureAlgorithms ssh-dss",
    "CASignatureAlgorithms !ssh-rsa,ssh-ed25519", "HostKeyAlgorithms ED25519",
    "HostKeyAlgorithms -*", "HostKeyAlgorithms webauthn*",
    "HostKeyAlgorithms ssh-ed25519,!ssh-rsa", "HostKeyAlgorithms *cert*",
    "HostbasedAcceptedAlgorithms ED25519",
    "HostbasedAcceptedAlgorithms webauthn*",
    "Match user bob\nHostbasedAcceptedAlgorithms ED25519",
    "Match user bob\nCASignatureAlgorithms *cert*"]


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
        if kind < 0.65:
            return self.random.choice(ALONE)
        if kind < 0.76:
            return self.random.choice(ODD if self.chance(0.3) else
                                      ["", "# words", "Port 22", "UseDNS no"])
        if kind < 0.90:
            return self.random.choice(MATCHES if self.chance(0.3) else
                                      MATCHES[:5])
        if depth < 3:
            return "Include " + " ".join(
                self.random.choice(["", "", "../.."]) + self.part(depth + 1)
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


@pytest.fixture
def key(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "pam.d").mkdir()
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    str(key)], check=True)
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    return key


def judged(place, path):
    """doctor's rows about sshd"""
    done = place.run("doctor", "login", USER, "--pam-dir",
                     place.folder / "pam.d", "--sshd-config", path,
                     "--login-db", place.folder / "no.db", "--json")
    return [row for row in done.json["checks"]
            if row["check"].startswith("sshd-")]


GOOD = (f"AuthorizedKeysCommand {KEYS} %u %f\n"
        "AuthorizedKeysCommandUser nobody\nAuthorizedKeysFile none\n")


def test_where_sshd_does_not_start_nothing_is_good(tmp_path, key):
    place, path = Workstation(tmp_path, None, None), tmp_path / "config"
    differ, refused = [], 0
    for line in ALONE:
        path.write_text(line + "\n" + GOOD)
        says, rows = sshd_says(path, key), judged(place, path)
        refused += says is None
        told = any("sshd does not start" in row["text"] and
                   row["status"] == "fail" for row in rows)
        if told != (says is None) and not any(row["status"] == "unknown"
                                              for row in rows):
            differ.append((line, says is not None, rows))
    assert not differ, differ
    assert 30 < refused < len(ALONE) - 30


@pytest.mark.parametrize("line", [
    "ListenAddress no.such.host.invalid", "ListenAddress ,0.0.0.0",
    "ListenAddress 0.0.0.0:22:22", "ListenAddress 256.1.1.1",
    "ListenAddress [fe80::1%nowhere]:22", "RevokedKeys revoked",
    "GSSAPIKexAlgorithms -gss-group14-sha256-"])
def test_what_rests_on_the_machine_is_not_good(tmp_path, key, line):
    place, path = Workstation(tmp_path, None, None), tmp_path / "config"
    path.write_text(line + "\n" + GOOD)
    says, rows = sshd_says(path, key), judged(place, path)
    assert says is None or not is_good(says)
    assert any(row["status"] == "unknown" for row in rows), rows


def test_what_is_included_lies_where_sshd_looks_for_it(tmp_path, key):
    """... in /etc/ssh, whichever folder the file itself is in."""
    place, path = Workstation(tmp_path, None, None), tmp_path / "config"
    (tmp_path / "more").mkdir()
    (tmp_path / "more/10.conf").write_text("PubkeyAuthentication no\n")

    def agree(include):
        path.write_text(f"Include {include}\n{GOOD}")
        says, rows = sshd_says(path, key), judged(place, path)
        worst = {row["status"] for row in rows} - {"ok"}
        assert (worst == set()) == (says is not None and is_good(says)), rows
        return says
    assert agree("more/*.conf")["pubkeyauthentication"] == "yes"
    assert agree(f"../..{tmp_path}/more/*.conf")[
        "pubkeyauthentication"] == "no"
    # a folder has no lines, and a link to nothing stops sshd
    assert agree(f"{tmp_path}/more")["pubkeyauthentication"] == "yes"
    (tmp_path / "more/20.conf").symlink_to("nowhere")
    assert agree(f"{tmp_path}/more/2*.conf") is None


def test_what_it_calls_good_is_good_by_sshd(tmp_path, key, capsys):
    place, make = Workstation(tmp_path, None, None), Generator(SEED, tmp_path)
    differ, count = [], {"good": 0, "other": 0, "refused": 0, "ok": 0}
    for number in range(CASES):
        path = tmp_path / f"config{number}"
        path.write_text(make.lines(0, 5), newline="")
        says, rows = sshd_says(path, key), judged(place, path)
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
