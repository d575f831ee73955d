# SPDX-License-Identifier: Apache-2.0
"""past.py: in a bare root with packages of an earlier version, puts everything
on record that it can, upgrades to /new while people log in, and looks at what
became of them and of the record. Says a line a step; ends with 1 at the first
that is not as it should be."""
import ctypes
import json
import os
import pathlib
import pwd
import subprocess
import sys
import time

RIG = pathlib.Path("/srv/rig/usr")
SHARE = RIG / "share/tokenbridge-rig"
TOOLS = RIG / "libexec/tokenbridge/rig"
AUTH = "/usr/libexec/tokenbridge/tokenbridge-auth"
SITE = pathlib.Path("/srv/site")
LOGIN_DB = SITE / "login.db"
CONFIG = pathlib.Path("/etc/tokenbridge.conf")
USER, PINNED, PIN = "games", "man", "123456"
SUCCESS, SECONDS = 0, 60


# ---- a program that PAM serves ----

class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
    ctypes.POINTER(ctypes.POINTER(Response)), ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [("converse", CONVERSE), ("data", ctypes.c_void_p)]


def pamhost(service, user, uid):
    """Loads the modules, says `ready`, and authenticates when it is told to;
    at a prompt it says so and waits for the answer."""
    pam, c = ctypes.CDLL("libpam.so.0"), ctypes.CDLL("libc.so.6")
    c.calloc.restype = c.strdup.restype = ctypes.c_void_p

    @CONVERSE
    def converse(n, messages, replies, _):
        found = c.calloc(n, ctypes.sizeof(Response))
        replies[0] = ctypes.cast(found, ctypes.POINTER(Response))
        for i in range(n):
            if messages[i].contents.style in (1, 2):    # a prompt
                print("prompt", flush=True)
                replies[0][i].text = c.strdup(
                    sys.stdin.readline().strip().encode())
        return 0

    handle = ctypes.c_void_p()
    conversation = Conversation(converse, None)
    assert pam.pam_start(service.encode(), user.encode(),
                         ctypes.byref(conversation),
                         ctypes.byref(handle)) == SUCCESS
    pam.pam_set_item(handle, 3, b"/dev/tty1")   # PAM_TTY, which counted once
    if uid:
        os.setuid(uid)
    print("ready", flush=True)
    sys.stdin.readline()
    print("end", pam.pam_authenticate(handle, 0), flush=True)


class Host:
    """Such a program under way."""

    def __init__(self, service, user, uid=0):
        self.process = subprocess.Popen(
            [sys.executable, "-B", __file__, "pamhost", service, user,
             str(uid)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.expect("ready")

    def expect(self, word):
        line = self.process.stdout.readline().strip()
        must(f"a program that PAM serves says '{word}'", line == word, line)

    def say(self, line=""):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        line = self.process.stdout.readline().split()
        self.process.wait(SECONDS)
        return int(line[1]) if line[:1] == ["end"] else (
            line, self.process.returncode)


# ---- steps ----

def must(what, good, seen=""):
    print("ok     " if good else "FAILED ", what, flush=True)
    if not good:
        print(seen)
        log = pathlib.Path("/srv/attempts.log")
        print(log.read_text() if log.exists() else "")
        sys.exit(1)


class Place:
    def __init__(self, iam, tokens):
        self.iam, self.tokens = iam, tokens
        self.env = {"PATH": os.environ["PATH"], "HOME": "/srv",
                    **iam.env(), **tokens.env({})}

    def run(self, *words, pin=None):
        more = {}
        if pin:
            read, write = os.pipe()
            os.write(write, f"{pin}\n".encode())
            os.close(write)
            words, more = (*words, "--pin-fd", str(read)), {"pass_fds": [read]}
        done = subprocess.run(
            ["tokenbridge", *map(str, words)], env=self.env, text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS,
            check=False, **more)
        if pin:
            os.close(read)
        return done

    def good(self, *words, pin=None):
        done = self.run(*words, pin=pin)
        must("tokenbridge " + " ".join(map(str, words[:2])),
             done.returncode == 0, (words, done.stdout, done.stderr))
        return done.stdout

    def node(self, token):
        return self.tokens.hidraw(token)

    def journals(self):
        """Not the locks beside them."""
        return [p for p in SITE.glob("*.journal/*") if p.suffix != ".turn"]


def pamtester(service="tbtest", user=USER):
    return subprocess.Popen(["pamtester", service, user, "authenticate"],
                            stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def ends(process, let_in):
    said, _ = process.communicate(timeout=SECONDS)
    must("pamtester is " + ("let in" if let_in else "refused"),
         process.returncode == (0 if let_in else 1), said)


def install(revision):
    begun = time.monotonic()
    done = subprocess.run(
        ["dpkg", "-i", *(str(p) for p in pathlib.Path("/new").iterdir() if
                         f"-{revision}_" in p.name and "rig" not in p.name)],
        text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    must(f"revision {revision} is installed in "
         f"{time.monotonic() - begun:.1f} s", done.returncode == 0,
         done.stdout + done.stderr)


def settle(place):
    """All that the earlier version writes."""
    SITE.mkdir()
    CONFIG.write_text(f"registry = {SITE}/registry.db\nlogin_db = {LOGIN_DB}\n"
                      f"trust_dir = /srv/trust\n")
    pathlib.Path("/etc/pam.d/tbtest").write_text(
        f"auth required pam_tokenbridge.so login_db={LOGIN_DB} timeout=30\n"
        "account required pam_permit.so\n")
    pathlib.Path("/etc/pam.d/short").write_text(
        f"auth required pam_tokenbridge.so login_db={LOGIN_DB} timeout=5\n")
    place.good("registry", "init", "--rehearsal")
    place.good("trust", "add", "/srv/tokens/ca/root.pem")
    place.good("pam-enroll", USER, "--token", place.node("a"), "--holder",
               "alice", "--login-db", LOGIN_DB)
    place.good("pam-enroll", PINNED, "--token", place.node("b"), "--holder",
               "bob", "--verify-required", "--login-db", LOGIN_DB, pin=PIN)
    place.good("enroll", "alice", "--method", "totp", "--token",
               place.node("a"))
    place.iam.order("EnableMFADevice", error="AccessDenied", count=None)
    place.iam.order("DeleteVirtualMFADevice", http=503, body="html",
                    count=None)
    done = place.run("enroll", "bob", "--method", "totp", "--token",
                     place.node("b"), pin=PIN)
    must("a sequence at AWS stays half-done", done.returncode and place.journals(),
         (done.stdout, done.stderr))
    place.iam.clear_orders()
    ends(pamtester(), True)


def upgrade(place):
    """While everybody waits."""
    tokens = place.tokens
    locker, pin = Host("tbtest", USER), Host("tbtest", PINNED)
    pin.say()
    pin.expect("prompt")
    tokens.touch("a", "withhold")
    waiting = pamtester()
    tokens.wait("a", "touch", ms=20000)
    install(1)
    must("who waits for a touch still waits", waiting.poll() is None)
    tokens.grant("a")
    ends(waiting, True)
    tokens.touch("a", "give")
    locker.say()
    must("a program with the earlier module is let in", locker.end() == SUCCESS)
    pin.say(PIN)
    must("a PIN that was asked for by the earlier helper lets in",
         pin.end() == SUCCESS)
    refused = Host("short", USER)
    tokens.touch("a", "withhold")
    refused.say()
    must("who touches nothing is refused in time", refused.end() == 7)
    tokens.touch("a", "give")


def record(place, before):
    """... is read by the new version, used, and written on."""
    place.good("registry", "log", "--verify")
    now = json.loads(place.good("registry", "show", "--json"))
    must("the same tokens are on record",
         sorted(t["id"] for t in now["tokens"]) ==
         sorted(t["id"] for t in before["tokens"]), (before, now))
    ends(pamtester(), True)     # login.db and counters as they were
    place.good("verify", "--token", place.node("a"))
    place.run("enroll", "bob", "--method", "totp", "--token", place.node("b"),
              pin=PIN)
    must("what was half-done is settled", not place.journals(),
         place.journals())
    place.good("registry", "publish", "--login-db", LOGIN_DB)
    ends(pamtester(), True)
    place.good("registry", "log", "--verify")


def lockers(place):
    """A screen locker of this version over an upgrade: it is not root, and is
    answered by a helper that systemd starts."""
    from activated import Activated

    uid = pwd.getpwnam(USER).pw_uid
    pathlib.Path("/etc/pam.d/swaylock").write_text(
        "auth required pam_tokenbridge.so timeout=30\n")
    with Activated("/run/tokenbridge/auth", AUTH, "/srv/attempts.log"):
        place.tokens.touch("a", "withhold")
        asks, waits = (Host("swaylock", USER, uid) for _ in range(2))
        asks.say()
        place.tokens.wait("a", "touch", ms=20000)
        install(2)
        place.tokens.grant("a")
        must("a locker that waits for a touch is let in",
             asks.end() == SUCCESS)
        place.tokens.touch("a", "give")
        waits.say()
        must("a locker that began before is let in", waits.end() == SUCCESS)


def main():
    sys.path[:0] = [str(SHARE), str(SHARE / "token"), str(SHARE / "login"),
                    "/srv"]
    from iam.client import LocalIAM
    from pcsc import Pcscd
    from softtoken import SoftTokens
    from standin import write_env

    one = {"profile": "yubikey5", "touch": "delay:50"}
    with Pcscd("/srv/pcscd", readers=2) as cards, \
            LocalIAM(alias="rehearsal", admin=False) as iam, \
            SoftTokens("/srv/tokens", vpcd=cards.port, tokens=[
                {**one, "name": "a", "serial": 12345678},
                {**one, "name": "b", "serial": 12345679, "pin": PIN}]) as st:
        cards.wait_for_card(0)
        cards.wait_for_card(1)
        iam.add_user("alice", password=True)
        iam.add_user("bob", password=True)
        place = Place(iam, st)
        write_env(AUTH, TOOLS / "pamhost", "/srv/logind", st.env({}))
        settle(place)
        before = json.loads(place.good("registry", "show", "--json"))
        upgrade(place)
        record(place, before)
        lockers(place)
        place.good("revoke", "--local", USER, "all", "--login-db", LOGIN_DB)
        ends(pamtester(), False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["pamhost"]:
        pamhost(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif "SOFTTOKEN_ENTERED" not in os.environ:
        os.environ["SOFTTOKEN"] = str(TOOLS / "softtoken")
        os.execv(SHARE / "token/enter", ["enter", sys.executable, "-B",
                                         __file__])
    else:
        main()
