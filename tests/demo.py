# SPDX-License-Identifier: Apache-2.0
"""The demo's script: arranges the emulated world, then runs the real programs
and shows what a person would type and see."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
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
                    "TERM": os.environ.get("TERM", "dumb"),
                    **iam.env(), **tokens.env({})}

    def tell(self, text):
        print(f"\n{DIM}# {text}{PLAIN}", flush=True)

    def type(self, *words, expect=0):
        shown = " ".join(f"'{w}'" if " " in w else w for w in words)
        print(f"{BOLD}$ tokenbridge {shown}{PLAIN}", flush=True)
        done = subprocess.run([str(PROGRAM), *words, "--config",
                               str(self.config)], env=self.env,
                              stdin=subprocess.DEVNULL)
        if done.returncode != expect:
            sys.exit(f"demo: exit status {done.returncode}, expected "
                     f"{expect}")
        if expect:
            print(f"{DIM}(exit status {expect}){PLAIN}", flush=True)


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
    print(f"\n{DIM}# That took {time.monotonic() - begun:.0f} s. README.md "
          f"tells how to do it with a real key and a real account.{PLAIN}")


if __name__ == "__main__":
    main()
