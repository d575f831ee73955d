# SPDX-License-Identifier: Apache-2.0
"""The emulated world of a rehearsal: a box of keys, readers, a local IAM, and
the folder in which the program finds its settings."""
import contextlib
import csv
import fcntl
import functools
import os
import pathlib
import pty
import shlex
import shutil
import struct
import subprocess
import sys
import termios

RIG = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(RIG / "token"), str(RIG / "login")]

from iam.client import LocalIAM  # noqa: E402
from pcsc import Pcscd  # noqa: E402
from softtoken import SoftTokens  # noqa: E402
from standin import write_env  # noqa: E402

ROOT = pathlib.Path(os.environ.get("TOKENBRIDGE_ROOT", "/"))
PROGRAM = ROOT / "usr/bin/tokenbridge"
LIBEXEC = ROOT / "usr/libexec/tokenbridge"
SERIALS = 12345678
READERS = 2  # keys that are plugged in at a time; pcscd names two alike

# Runs the program, with what it needs to see the keys, and keeps a line of it
WRAPPER = """#!/bin/sh
# tokenbridge, as this rehearsal has it
. {folder}/env
words= verbs= typed=
for word; do
	case $word in
	-*) typed="$typed $word" ;;
	*) verbs="$verbs $word" ;;
	esac
	case $word in
	*[!A-Za-z0-9_./:,=@-]* | "")
		word="'$(printf %s "$word" | sed "s/'/'\\\\''/g")'" ;;
	esac
	words="$words $word"
done
# what logs in here are the hands' `login` and `sudo`, by one login.db: whatever
# publishes does so there; a person may name others
case $typed in
*" --pam-dir"* | *" --sshd-config"* | *" --login-db"* | *" -o"* | *" --output"*)
	verbs= ;;
esac
case $verbs in
" doctor tokens"* | " doctor aws"*) ;;
" doctor"*) set -- --pam-dir {folder}/pam.d --sshd-config {folder}/sshd_config \\
	"$@" ;;
" pam-enroll"* | " registry publish"* | " registry move"* | \\
" registry retire"* | " registry handover"* | " registry import"*)
	set -- --login-db {folder}/site/login.db "$@" ;;
" revoke"*)
	case $typed in
	*" --local"* | *" --token"* | *" -t"* | *" --leaver"*)
		set -- --login-db {folder}/site/login.db "$@" ;;
	esac ;;
esac
# udev and groups are the machine's, and there is no network; what comes next is
# what was typed
case $verbs in
" setup"*)
	count=$# at=0 given=
	for word in "$@" --config {folder}/tokenbridge.conf "$@"; do
		[ $at -lt $count ] || case $given,$word in
		,--without) given=next ;;
		next,*) word=tokens,group,metadata,$word given=yes ;;
		,--without=*) word=--without=tokens,group,metadata,${{word#*=}} given=yes ;;
		esac
		at=$((at + 1))
		set -- "$@" "$word"
	done
	shift $count
	[ -n "$given" ] || set -- "$@" --without tokens,group,metadata
	set -- __typed $count "$@" ;;
*)
	set -- --config {folder}/tokenbridge.conf "$@" ;;
esac
{program} "$@"
status=$?
[ -n "${{REHEARSAL_QUIET-}}" ] ||
	printf '%s %s tokenbridge%s\\n' "$(date -u +%H:%M:%S)" "$status" "$words" \\
		>>{folder}/log
exit $status
"""


def has_password(row):
    """Whether a user of the CSV signs in to the console."""
    return (row.get("password") or "yes").strip().lower() != "no"


class World:
    """Everything that is there at the prompt; a context."""

    def __init__(self, folder, users, keys, hands):
        self.folder, self.users, self.hands = folder, users, hands
        self.keys = {f"blue-{n + 1}": SERIALS + n for n in range(keys)}
        self.lost = set()
        self.ends = contextlib.ExitStack()

    def __enter__(self):
        try:
            self.cards = self.ends.enter_context(
                Pcscd(self.folder / "pcscd", readers=READERS))
            self.iam = self.ends.enter_context(
                LocalIAM(alias="rehearsal", admin=False))
            self.tokens = self.ends.enter_context(
                SoftTokens(self.folder / "tokens", tokens=[
                    self._spec(number, name, serial) for
                    number, (name, serial) in enumerate(self.keys.items())]))
            self._people()
            self._files()
        except BaseException:
            self.ends.close()
            raise
        return self

    def __exit__(self, *why):
        self.ends.close()
        shutil.rmtree(self.folder / "tokens", ignore_errors=True)
        shutil.rmtree(self.folder / "pcscd", ignore_errors=True)

    def _spec(self, number, name, serial):
        return {"name": name, "profile": "yubikey5", "serial": serial,
                "unplugged": True,
                "vpcd_port": self.cards.port + number % READERS,
                "touch": "delay:300" if self.hands == "touch" else "withhold"}

    def _people(self):
        self.iam.set_account(root={"password": True})
        self.iam.add_root_device("fido", name="safe-1")
        for user, password in self.people():
            self.iam.add_user(user, password=password)

    def _plan(self):
        """A key for each who has a password; the first key and the first user
        are for the first steps of the help."""
        users = [user for user, password in self.people()
                 if password and user != self.first_user()]
        with open(self.folder / "plan.csv", "w", newline="",
                  encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("account", "user", "holder", "method", "label"))
            rows.writerows((self.iam.account, user, user, "totp", key) for
                           user, key in zip(users, list(self.keys)[1:]))

    def _files(self):
        (self.folder / "home").mkdir()
        self._plan()
        (self.folder / "bin").mkdir()
        (self.folder / "log").touch()
        (self.folder / "pam.d").mkdir()
        if self.module():
            for service in ("login", "sudo"):
                self._service(service)
        (self.folder / "sshd_config").write_text("# nobody comes by ssh here\n")
        config = self.folder / "tokenbridge.conf"
        config.write_text(f"registry = {self.folder}/site/registry.db\n"
                          f"login_db = {self.folder}/site/login.db\n"
                          f"trust_dir = {self.folder}/trust\n"
                          "account = 123456789012\nmethod = totp\n")
        env = {**self.iam.env(), **self.tokens.env({})}
        path = self.folder / "env"
        path.write_text("".join(f"export {name}={shlex.quote(str(value))}\n"
                                for name, value in env.items()))
        path.chmod(0o600)
        wrapper = self.folder / "bin/tokenbridge"
        wrapper.write_text(WRAPPER.format(
            folder=shlex.quote(str(self.folder)), program=PROGRAM))
        wrapper.chmod(0o755)
        for words in (("registry", "init", "--rehearsal"),
                      ("trust", "add", self.folder / "tokens/ca/root.pem")):
            done = self.run(*words, quiet=True)
            if done.returncode:
                raise RuntimeError(done.stderr)

    def environment(self):
        """Of the person's shell: the keys are the program's alone to see."""
        return {**{name: os.environ[name] for name in
                   ("TERM", "LANG", "LC_ALL") if name in os.environ},
                "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
                "HOME": str(self.folder / "home"),
                "REHEARSAL": str(self.folder)}

    def run(self, *words, quiet=False):
        """What the person might type; quiet: no line is kept of it."""
        return subprocess.run(
            [str(self.folder / "bin/tokenbridge"), *map(str, words)],
            env={**self.environment(), "REHEARSAL_QUIET": "1" if quiet else ""},
            cwd=self.folder, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, check=False)

    def shown(self, columns, *words):
        """What a terminal of so many columns shows; no line is kept of it."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        seen = []
        with subprocess.Popen(
                [str(self.folder / "bin/tokenbridge"), *words],
                env={**self.environment(), "REHEARSAL_QUIET": "1",
                     "TERM": "dumb"},
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=slave,
                stderr=slave):
            os.close(slave)
            with contextlib.suppress(OSError):  # the last one has hung up
                while data := os.read(master, 65536):
                    seen.append(data)
        os.close(master)
        return b"".join(seen).decode().replace("\r\n", "\n")

    # The people.

    def people(self):
        """(user, whether with a password), as the CSV has them."""
        return [(row["user"].strip(), has_password(row))
                for row in self.users]

    def first_user(self):
        return next((user for user, password in self.people() if password),
                    self.people()[0][0])

    # What hands do.

    def plugged(self):
        return [name for name in self.keys
                if self.tokens.stats(name)["plugged"]]

    def plug(self, name):
        for other in self.plugged():
            if self._reader(other) == self._reader(name) and other != name:
                self.unplug(other)  # its reader is wanted
        self.tokens.plug(name)
        self.cards.wait_for_card(self._reader(name))

    def unplug(self, name):
        self.tokens.unplug(name)
        self.cards.wait_for_no_card(self._reader(name))

    def _reader(self, name):
        return list(self.keys).index(name) % READERS

    # Logins, by the installed module and helper.

    @functools.cache
    def module(self):
        """It may be of a package that is not here."""
        return next((ROOT / "usr").glob(
            "lib*/**/security/pam_tokenbridge.so"), None)

    def _service(self, name):
        (self.folder / "pam.d" / name).write_text(
            f"auth required {self.module()} "
            f"login_db={self.folder}/site/login.db\n"
            "account required pam_permit.so\n")

    def login(self, user, service):
        """A program that PAM asks, with what the registry says by now."""
        if not self.module():
            raise ValueError("pam_tokenbridge.so is not installed")
        done = self.run("registry", "publish", quiet=True)
        if done.returncode:
            raise ValueError(done.stderr.strip())
        write_env(LIBEXEC / "tokenbridge-auth", os.environ["PAMHOST"],
                  self.folder / "logind", self.tokens.env({}))
        self._service(service)
        return subprocess.Popen(
            [os.environ["PAMHOST"], str(self.folder / "pam.d"), service, user],
            text=True, stdout=subprocess.PIPE)
