# SPDX-License-Identifier: Apache-2.0
"""The demo's script: arranges the emulated world, then runs the real programs
and shows what a person would type and see."""
import contextlib
import fcntl
import json
import pathlib
import pty
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
from pcsc import Pcscd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import write_env  # noqa: E402

ROOT = pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
PROGRAM = ROOT / "usr/bin/tokenbridge"
BOLD, DIM, PLAIN = (("\033[1m", "\033[2m", "\033[0m")
                    if sys.stdout.isatty() else ("", "", ""))
COLUMNS = 80


class Show:
    def __init__(self, folder, tokens, iam):
        self.folder = folder
        self.tokens = tokens
        self.config = folder / "tokenbridge.conf"
        self.config.write_text(f"trust_dir = {folder}/trust\n"
                               f"registry = {folder}/workstation/registry.db\n")
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

    def type(self, *words, expect=0):
        shown = textwrap.wrap(
            "$ tokenbridge " + " ".join(map(shlex.quote, words)), COLUMNS - 2,
            subsequent_indent="    ", break_long_words=False,
            break_on_hyphens=False)
        print(BOLD + " \\\n".join(shown) + PLAIN, flush=True)
        code = self.on_terminal([str(PROGRAM), *words, "--config",
                                 str(self.config)])
        if code != expect:
            sys.exit(f"demo: exit status {code}, expected {expect}")
        if expect:
            print(f"{DIM}(exit status {expect}){PLAIN}", flush=True)


    def on_terminal(self, command):
        """On a terminal of 80 columns, also where this one is wider or
        none; what it shows is passed on."""
        pid, master = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ,
                        struct.pack("HHHH", 24, COLUMNS, 0, 0))
            os.execve(command[0], command, self.env)
        with contextlib.suppress(OSError):  # the last one has hung up
            while shown := os.read(master, 65536):
                os.write(1, shown.replace(b"\r\n", b"\n"))
        os.close(master)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

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


def line(show, iam):
    show.tell("Two keys are plugged in. What are they?")
    show.type("list")
    show.tell("A registry for rehearsals, since this AWS is a local one.")
    show.type("registry", "init", "--rehearsal")
    show.tell("Its vendor's certificate, from the vendor. Everything else is "
              "judged by it.")
    show.type("trust", "add", str(show.folder / "tokens/ca/root.pem"))
    show.tell("Is the YubiKey genuine? (The soft token's finger touches by "
              "itself.)")
    show.type("verify", "--token", "12345678")
    show.tell("The other one only vouches for itself: that is no proof.")
    show.type("verify", "--token", show.tokens.hidraw("b"), expect=22)
    show.tell("alice's key becomes her MFA device: two touches, no waiting.")
    show.type("enroll", "alice", "--method", "totp", "--token", "12345678",
              "--label", "blue 7")
    show.tell("A code for the command line, straight from the key.")
    show.type("code", "--token", "12345678")
    show.tell("Whose is it, and is it still the same key?")
    show.type("verify", "--token", "12345678")
    show.tell("What AWS says against what we wrote down. bob has a password "
              "and no MFA.")
    show.type("audit", expect=3)
    show.tell("The same key opens a local user (here: games, which every "
              "Debian has).")
    show.type("pam-enroll", "games", "--token", "12345678", "--holder",
              "alice", "--login-db", str(show.folder / "workstation/login.db"))
    show.log_in("games")
    show.tell("Taken away, it opens nothing.")
    show.type("revoke", "--local", "games", "all", "--login-db",
              str(show.folder / "workstation/login.db"))
    show.log_in("games", expect=1)
    show.tell("The record itself: nothing in it can be changed unseen.")
    show.type("registry", "log", "--verify")


def main():
    cache = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="demo.", dir=cache))
    begun = time.monotonic()
    try:
        with LocalIAM(alias="example-corp", admin=False) as iam, \
                Pcscd(folder / "pcscd", readers=2) as cards, \
                SoftTokens(folder / "tokens", vpcd=cards.port, tokens=[
                    {"name": "a", "profile": "yubikey5", "serial": 12345678,
                     "touch": "delay:700"},
                    {"name": "b", "profile": "solo"}]) as tokens:
            cards.wait_for_card(0)
            iam.set_account(root={"password": True})
            iam.add_root_device("fido", name="safe-1")
            iam.add_user("alice", password=True)
            iam.add_user("bob", password=True)
            iam.add_user("backup", keys=1)
            line(Show(folder, tokens, iam), iam)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Show.tell(f"That took {time.monotonic() - begun:.0f} s. README.md tells "
              "how to do it with a real key and a real account.")


if __name__ == "__main__":
    main()
