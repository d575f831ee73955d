# SPDX-License-Identifier: Apache-2.0
"""The demo's script: arranges the emulated world, then runs the real programs
and shows what a person would type and see."""
import contextlib
import fcntl
import json
import pathlib
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "rig" / "token"), str(HERE / "rig" / "login"),
                str(HERE / "rig")]

import os  # noqa: E402

from iam.client import LocalIAM  # noqa: E402
import ptys  # noqa: E402
from pcsc import Pcscd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import write_env  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = ROOT / "usr/bin/tokenbridge"
BOLD, DIM, PLAIN = (("\033[1m", "\033[2m", "\033[0m")
                    if sys.stdout.isatty() else ("", "", ""))
COLUMNS = 80
KEYS = {12345678: "a", 22222222: "b", 33333333: "c"}


class Show:
    def __init__(self, folder, tokens, cards, iam):
        self.folder = folder
        self.tokens, self.cards = tokens, cards
        self.config = folder / "tokenbridge.conf"
        self.config.write_text(f"trust_dir = {folder}/trust\n"
                               f"registry = {folder}/workstation/registry.db\n")
        (folder / "delivery.csv").write_text(
            "serial,lot\n" + "".join(f"{serial},L7\n" for serial in KEYS))
        (folder / "plan.csv").write_text(
            "account,user,holder,method,label\n" + "".join(
                f"123456789012,{user},{user},totp,{label}\n"
                for user, label in (("alice", "blue-1"), ("bob", "blue-2"))))
        home = folder / "home"
        home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home),
                    "TERM": os.environ.get("TERM", "xterm")
                    if sys.stdout.isatty() else "dumb",
                    **iam.env(), **tokens.env({})}

    @staticmethod
    def tell(text):
        lines = textwrap.wrap(text, COLUMNS - 2)
        print("\n" + DIM + "\n".join(f"# {line}" for line in lines) + PLAIN,
              flush=True)

    def type(self, *words, expect=0, hands=()):
        shown = textwrap.wrap(
            "$ tokenbridge " + " ".join(map(shlex.quote, words)), COLUMNS - 2,
            subsequent_indent="    ", break_long_words=False,
            break_on_hyphens=False)
        print(BOLD + " \\\n".join(shown) + PLAIN, flush=True)
        code = self.on_terminal([str(PROGRAM), *words, "--config",
                                 str(self.config)], hands)
        if code != expect:
            sys.exit(f"demo: exit status {code}, expected {expect}")
        if expect:
            print(f"{DIM}(exit status {expect}){PLAIN}", flush=True)


    def on_terminal(self, command, hands=()):
        """On a terminal of 80 columns, also where this one is wider or
        none; what it shows is passed on. Each of `hands` is what a person
        does, once the words before it stand there: (words, do)."""
        pid, master = ptys.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ,
                        struct.pack("HHHH", 24, COLUMNS, 0, 0))
            os.chdir(self.folder)
            os.execve(command[0], command, self.env)
        seen, hands = "", list(hands)
        with contextlib.suppress(OSError):  # the last one has hung up
            while shown := os.read(master, 65536):
                os.write(1, shown.replace(b"\r\n", b"\n"))
                seen = " ".join((seen + shown.decode(errors="replace")).split())
                while hands and hands[0][0] in seen:
                    words, do = hands.pop(0)
                    seen = seen.partition(words)[2]
                    do()
        os.close(master)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def insert(self, name):
        def do():
            for other in "abc":
                if self.tokens.stats(other)["plugged"]:
                    self.tokens.unplug(other)
                    self.cards.wait_for_no_card(0)
            if name:
                self.tokens.plug(name)
        return do

    def log_in(self, user, expect=0):
        """What a console login does: PAM asks the installed module, which
        asks its helper. The PAM service is one of the demo's own."""
        helper = ROOT / "usr/libexec/tokenbridge/tokenbridge-auth"
        write_env(helper, os.environ["PAMHOST"], self.folder / "logind",
                  self.tokens.env({}))
        module = next((ROOT / "usr").glob("**/security/pam_tokenbridge.so"))
        services = self.folder / "pam.d"
        services.mkdir(exist_ok=True)
        (services / "login").write_text(
            f"auth required {module} login_db={self.folder}/workstation/login.db\n"
            "account required pam_permit.so\n")
        print(f"{BOLD}$ login {user}{PLAIN}", flush=True)
        with subprocess.Popen([os.environ["PAMHOST"], str(services), "login",
                               user], text=True,
                              stdout=subprocess.PIPE) as host:
            for said in map(json.loads, host.stdout):
                if "text" in said:
                    print(said["text"], flush=True)
        if host.returncode != expect:
            sys.exit(f"demo: the login ended with {host.returncode}")
        print(f"{DIM}({'logged in' if expect == 0 else 'not let in'})"
              f"{PLAIN}", flush=True)


def line(show):
    login_db = ("--login-db", str(show.folder / "workstation/login.db"))
    show.tell("A registry for rehearsals, since this AWS is a local one; and "
              "the vendor's certificate, by which all is judged.")
    show.type("registry", "init", "--rehearsal")
    show.type("trust", "add", str(show.folder / "tokens/ca/root.pem"))
    show.tell("Three keys have come, with the vendor's list. Each is plugged "
              "in, verified and ticked off. (The soft keys' fingers touch by "
              "themselves.)")
    show.type("registry", "intake", "delivery.csv", hands=[
        hand for name in "abc" for hand in (
            ("Plug in the next key", show.insert(name)),
            ("Unplug it.", show.insert(None)))])
    show.tell("What does that rest on? One of them again, step by step.")
    show.insert("a")()
    show.type("list")
    show.type("verify", "--token", "12345678")
    show.tell("Two people get theirs, from a plan: two touches each, no "
              "waiting for codes.")
    show.insert(None)()
    show.type("rollout", "plan.csv", "--account", "123456789012", hands=[
        ("Insert the next key for alice", show.insert("a")),
        ("Insert the next key for bob", show.insert("b"))])
    show.tell("A code for the command line, straight from bob's key.")
    show.type("code", "--token", "22222222")
    show.tell("Root: is there anything to do?")
    show.type("root", "--check")
    show.tell("alice's key opens a local user, too (here: games, which every "
              "Debian has).")
    show.insert("a")()
    show.type("pam-enroll", "games", "--token", "12345678", "--holder",
              "alice", *login_db)
    show.log_in("games")
    show.tell("bob has lost his. The third key takes its place.")
    show.insert("c")()
    show.type("registry", "move", "blue-2", "--state", "lost", "--reason",
              "left in a taxi", *login_db, expect=10)
    show.type("replace", "bob", "blue-2", "--method", "totp", "--holder",
              "bob", "--label", "red-1", "--token", "33333333",
              expect=10)
    show.tell("What AWS says against what was written down. carol has a "
              "password and no MFA.")
    show.type("audit", expect=3)
    show.tell("Who did what, to the lost one.")
    show.type("registry", "log", "--token", "blue-2")
    show.tell("And who has what. Nothing in it can be changed unseen.")
    show.type("registry", "show")


def main():
    cache = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="demo.", dir=cache))
    begun = time.monotonic()
    try:
        with LocalIAM(alias="example-corp", admin=False) as iam, \
                Pcscd(folder / "pcscd", readers=1) as cards, \
                SoftTokens(folder / "tokens", tokens=[
                    {"name": name, "profile": "yubikey5", "serial": serial,
                     "touch": "delay:300", "unplugged": True,
                     "vpcd_port": cards.port}
                    for serial, name in KEYS.items()]) as tokens:
            iam.set_account(root={"password": True})
            iam.add_root_device("fido", name="safe-1")
            iam.add_user("alice", password=True)
            iam.add_user("bob", password=True)
            iam.add_user("carol", password=True)
            iam.add_user("backup", keys=1)
            line(Show(folder, tokens, cards, iam))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Show.tell(f"That took {time.monotonic() - begun:.0f} s. By hand: "
              "tests/rig/shell. With a real key and a real account: sudo "
              "tokenbridge setup, and README.md.")


if __name__ == "__main__":
    main()
