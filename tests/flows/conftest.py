# SPDX-License-Identifier: Apache-2.0
"""What every flow starts from: the installed programs, soft tokens with
their smart cards, a local IAM, and a site (registry, trust store, settings)
in a folder of its own.

The programs are found by TOKENBRIDGE_ROOT, a DESTDIR tree. Run through
tests/run, which sets everything up, or inside tests/rig/token/enter.
"""
import dataclasses
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent / "rig"
sys.path[:0] = [str(RIG / "token"), str(RIG)]

import dialect  # noqa: E402
import lines  # noqa: E402
import pcsc  # noqa: E402
import ptys  # noqa: E402
from iam.client import LocalIAM  # noqa: E402
from softtoken import SoftTokens, make_ca  # noqa: E402

ROOT = pathlib.Path(os.environ.get("TOKENBRIDGE_ROOT", "/"))
PROGRAM = ROOT / "usr/bin/tokenbridge"
READERS = 4
YK = {"profile": "yubikey5", "serial": 12345678}
SECOND = {"profile": "yubikey5", "serial": 87654321}
TIMEOUT = 120
SANITIZED = PROGRAM.exists() and b"__asan_init" in PROGRAM.read_bytes()
# A sanitized build in the same suite: the preload library comes before it.
SANITIZERS = {"ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
              "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


class Watched(subprocess.Popen):
    """A program in the background, what it says in the end looked at."""

    def communicate(self, *arguments, **more):
        out, err = super().communicate(*arguments, **more)
        lines.told(out or "", err or "")
        return out, err


@dataclasses.dataclass
class Result:
    """What a program did."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Workstation:
    """One person's place: tokens, cloud, registry, trust store."""

    vendor = None        # the CA of all tokens of a run

    def __init__(self, folder, cards, cloud):
        self.folder = folder
        self.cards = cards
        self.iam = cloud
        self.tokens = None
        self.who = "admin"
        self.home = folder / "home"
        self.trust = folder / "trust"
        self.registry = folder / "site" / "registry.db"
        self.config = folder / "system.conf"
        self.home.mkdir(mode=0o700)
        self.registry.parent.mkdir(mode=0o700)
        self.config.write_text(f"trust_dir = {self.trust}\n"
                               f"registry = {self.registry}\n")
        self.config.chmod(0o644)

    # ---- tokens ----

    def plug(self, *tokens, cards=True):
        """Attaches soft tokens: option dictionaries or profile names."""
        options = []
        for number, token in enumerate(tokens):
            if isinstance(token, str):
                token = {"profile": token}
            options.append({"name": chr(ord("a") + number), **token})
        if not (self.folder / "tokens/ca").exists():
            shutil.copytree(self.vendor, self.folder / "tokens/ca")
        port = self.cards.port if cards and self.cards else None
        self.tokens = SoftTokens(self.folder / "tokens", tokens=options,
                                 vpcd=port)
        self.tokens.start()
        if port:
            for number, option in enumerate(options):
                if number < READERS and self.has_card(option):
                    self.cards.wait_for_card(number)
        return self.tokens

    @staticmethod
    def has_card(option):
        return (option["profile"].startswith(("yubikey", "oathkey"))
                and option.get("ccid", True) and not option.get("unplugged"))

    def tell_usb(self, count=READERS, first=2):
        """The readers say in which USB devices they are, as real ones do;
        umockdev's are numbered from 2 on."""
        for number in range(count):
            self.cards.tell_usb(number, 1, first + number)

    def trust_vendor(self, folder=None):
        folder = folder or self.folder / "tokens" / "ca"
        done = self.run("trust", "add", str(folder / "root.pem"))
        assert done.code == 0, done

    # ---- the program ----

    def env(self, **more):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home),
               "LC_ALL": "C.UTF-8", **SANITIZERS}
        if self.iam:
            env.update(self.iam.env(self.who))
        if self.tokens:
            env.update(self.tokens.env({}))
        env.update(more)
        return {name: value for name, value in env.items()
                if value is not None}

    def command(self, *arguments):
        words = [str(word) for word in arguments]
        end = words.index("--") if "--" in words else len(words)
        words[end:end] = ["--config", str(self.config)]
        return [str(PROGRAM), *words]

    def run(self, *arguments, env=None, timeout=TIMEOUT, **more):
        begun = time.monotonic()
        done = subprocess.run(self.command(*arguments),
                              env=self.env(**(env or {})), text=True,
                              capture_output=True, timeout=timeout,
                              start_new_session=True,
                              stdin=more.pop("stdin", subprocess.DEVNULL),
                              **more)
        result = Result(done.returncode, done.stdout, done.stderr,
                        time.monotonic() - begun)
        lines.told(result.out, result.err)
        assert "AddressSanitizer" not in result.err, result
        assert "runtime error" not in result.err, result
        if result.code >= 0:
            dialect.check(arguments, result.out)
        return result

    def run_with_pin(self, *arguments, pin=None):
        """With --pin-fd where there is a PIN."""
        if pin is None:
            return self.run(*arguments)
        read, write = os.pipe()
        os.write(write, pin.encode())
        os.close(write)
        try:
            return self.run(*arguments, "--pin-fd", read, pass_fds=(read,))
        finally:
            os.close(read)

    def start(self, *arguments, env=None, **more):
        return Watched(self.command(*arguments),
                       env=self.env(**(env or {})), text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       stdin=subprocess.DEVNULL, start_new_session=True,
                       **more)

    def on_terminal(self, *arguments, answers=(), timeout=TIMEOUT):
        """Runs with a terminal of its own; answers are (prompt, text), or
        (prompt, what gives the text when it is asked for)."""
        pid, master = ptys.fork()
        if pid == 0:
            command = self.command(*arguments)
            os.execve(command[0], command, self.env(TERM="dumb"))
        seen, answers, end = "", list(answers), time.monotonic() + timeout
        while True:
            if not select.select([master], [], [], 1)[0]:
                assert time.monotonic() < end, seen
                continue
            try:
                data = os.read(master, 4096)
            except OSError:
                data = b""
            if not data:
                break
            seen += data.decode(errors="replace")
            if answers and answers[0][0] in seen:
                text = answers.pop(0)[1]
                text = text() if callable(text) else text
                os.write(master, (text + "\n").encode())
                seen += "\0"
            assert time.monotonic() < end, seen
        status = os.waitpid(pid, 0)[1]
        os.close(master)
        lines.told(seen)
        return Result(os.waitstatus_to_exitcode(status),
                      seen.replace("\0", ""), "", 0)

    def make_registry(self):
        done = self.run("registry", "init", "--rehearsal")
        assert done.code == 0, done

    def show(self):
        """The registry's tokens as JSON."""
        done = self.run("registry", "show", "--json")
        assert done.code == 0, done
        return done.json["tokens"]

    def bindings(self):
        """In force, over all tokens."""
        return [binding for token in self.show()
                for binding in token["bindings"] if not binding["removed"]]

    def journals(self):
        folder = pathlib.Path(f"{self.registry}.journal")
        return sorted(folder.glob("*.journal")) if folder.exists() else []

    def check_chain(self):
        done = self.run("registry", "log", "--verify")
        assert done.code == 0, done

    def close(self):
        if self.tokens:
            self.tokens.stop()
            self.wait_for_no_card()
        if self.cards:
            self.cards.tell_no_usb()

    def wait_for_no_card(self):
        """The next site must not meet the card of this one."""
        if self.tokens.vpcd:
            for number in range(READERS):
                self.cards.wait_for_no_card(number)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A registry, and neither token nor AWS: whatever asks one has begun."""
    folder = tmp_path_factory.mktemp("place")
    folder.chmod(0o700)
    place = Workstation(folder, None, None)
    assert place.run("registry", "init").code == 0
    yield place
    place.close()


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """once(name, make): the folder that make(folder) has filled, once for
    all shards of a run."""
    shared = pathlib.Path(os.environ.get("TOKENBRIDGE_SHARED") or
                          tmp_path_factory.mktemp("shared"))

    def find(name, make):
        with open(shared / f"{name}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / name).exists():
                half = shared / f"{name}.half"
                shutil.rmtree(half, ignore_errors=True)
                half.mkdir()
                make(half)
                half.rename(shared / name)
        return shared / name
    return find


@pytest.fixture(scope="session", autouse=True)
def vendor(once):
    Workstation.vendor = once("vendor", make_ca)


@pytest.fixture(scope="session")
def cards(tmp_path_factory):
    """One pcscd for the session; None where it cannot run."""
    why = pcsc.usable()
    if why:
        pytest.exit(f"pcscd cannot run here: {why}", 1)
    with pcsc.Pcscd(tmp_path_factory.mktemp("pcscd"), readers=READERS) as p:
        yield p


@pytest.fixture(scope="session")
def shared_iam():
    with LocalIAM() as iam:
        yield iam


@pytest.fixture
def iam(shared_iam):
    shared_iam.reset()
    return shared_iam


@pytest.fixture
def site(tmp_path, cards):
    """A site without a cloud."""
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, None)
    yield place
    place.close()


@pytest.fixture
def aws_site(tmp_path, cards, iam):
    """A site with cloud, registry, a trusted key `a` (serial 12345678) and
    the users alice and bob."""
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.plug({"profile": "yubikey5", "serial": 12345678})
    iam.add_user("alice", password=True)
    iam.add_user("bob", password=True)
    place.trust_vendor()
    place.make_registry()
    yield place
    place.close()


@pytest.fixture
def two_keys(tmp_path, cards, iam):
    """As aws_site, with a second key `b`."""
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.plug({"profile": "yubikey5", "serial": 12345678}, SECOND)
    iam.add_user("alice", password=True)
    iam.add_user("bob", password=True)
    place.trust_vendor()
    place.make_registry()
    yield place
    place.close()


@pytest.fixture
def bench(site):
    """bench(token, ...): plugged in, their vendor trusted, a registry."""
    def set_up(*tokens):
        site.plug(*(tokens or (YK,)), cards=False)
        site.trust_vendor()
        site.make_registry()
        return site.tokens
    return set_up


@pytest.fixture
def untrusted(tmp_path):
    """A vendor whom nobody trusts."""
    return make_ca(tmp_path / "untrusted", name="Untrusted")


def kill_hard(process):
    """SIGKILL to the whole session, as a power cut would look."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    process.stdout.close()
    process.stderr.close()


@pytest.fixture
def plan(tmp_path, cards, iam):
    """plan(rows, keys): a site with so many users and keys, all in one
    reader, and the plan's path; rows are its text or how many users."""
    from rollouts import set_up_plan
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.sessions = []
    yield lambda *words, **more: set_up_plan(place, *words, **more)
    for process in place.sessions:
        if process.poll() is None:  # the test failed before its end
            kill_hard(process)
    place.close()


@pytest.fixture
def terminal():
    """terminal(site, word, ...): the program on a terminal, see there."""
    from terminal import Terminal

    open_ones = []

    def start(*arguments, **more):
        open_ones.append(Terminal(*arguments, **more))
        return open_ones[-1]
    yield start
    for one in open_ones:
        one.close()


@pytest.fixture
def station(tmp_path, cards):
    """A site that publishes a login.db, and PAM services."""
    from station import Station

    tmp_path.chmod(0o755)
    place = Station(tmp_path, cards, None)
    yield place
    place.close()


@pytest.fixture
def host(station):
    """host(token, ...): a station where the first token, or the one named,
    lets the user `games` in."""
    def set_up(*tokens, more=(), token=None, pin=None):
        station.plug(*(tokens or (YK,)), cards=False)
        station.trust_vendor()
        station.make_registry()
        if token:
            more = (*more, "--token", station.tokens.hidraw(token))
        station.enroll_login("games", *more, pin=pin)
        return station
    return set_up


@pytest.fixture
def another():
    """How subprocess.run() runs the program as who is not root."""
    other = {"user": 65534, "group": 65534, "extra_groups": []}
    try:
        subprocess.run(["true"], cwd="/", **other)
    except OSError:
        pytest.skip("needs root, to become somebody else")
    try:
        subprocess.run([PROGRAM, "--version"], cwd="/", capture_output=True,
                       **other)
    except PermissionError:
        pytest.skip(f"other users may not enter where '{PROGRAM}' is")
    return other
