"""Software security keys for tests: start the softtoken daemon, talk to it.

    with SoftTokens(tmp, tokens=[{"name": "a", "profile": "yubikey5"}]) as st:
        subprocess.run(["fido2-token", "-L"], env=st.env())
        st.touch("a", "withhold")

Every verb of the control protocol is a method whose first argument is the
token's name; README.md has the table.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
NODE_SECONDS = 60  # for the kernel and udev to make a node


class SoftTokenError(Exception):
    """The daemon refused, or did not start."""


def find_binary():
    """The built daemon: $SOFTTOKEN, or some build folder near by."""
    own = os.environ.get("SOFTTOKEN")
    if own:
        return own
    for up in HERE.parents:
        for found in sorted(up.glob("build*/tests/rig/token/softtoken")):
            return str(found)
        if (up / ".git").exists():
            break
    found = shutil.which("softtoken")
    if not found:
        raise SoftTokenError("softtoken is not built; set $SOFTTOKEN")
    return found


def make_ca(folder, name="Example Tokens", intermediate=False, binary=None):
    """A vendor's CA: root.pem, root.key [, intermediate.pem, .key]."""
    command = [binary or find_binary(), "--make-ca", str(folder),
               "--ca-name", name]
    if intermediate:
        command.append("--intermediate")
    subprocess.run(command, check=True)
    return pathlib.Path(folder)


class SoftTokens:
    """One testbed with any number of tokens.

    folder   where CA, state and socket go (made when absent); a later
             SoftTokens on the same folder continues the same tokens
    tokens   option dictionaries, or names (then of profile yubikey5)
    vpcd     port of the first card reader, the next token's is one higher;
             None: no cards
    ca       the vendor's CA folder; None: folder/ca, made when absent
    transport     "umockdev"; where the kernel has them loaded and we are root,
             "uhid" (HID devices) or "vhci" (whole USB devices)
    """

    def __init__(self, folder, tokens=("a",), vpcd=None, ca=None,
                 binary=None, wrapper=(), transport="umockdev"):
        self.folder = pathlib.Path(folder)
        self.specs = [{"name": t} if isinstance(t, str) else dict(t)
                      for t in tokens]
        self.vpcd = vpcd
        self.ca = pathlib.Path(ca) if ca else self.folder / "ca"
        self.binary = binary or find_binary()
        self.wrapper = list(wrapper)
        self.transport = transport
        self.process = None
        self.lock = threading.Lock()

    # --- life ----------------------------------------------------------

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.ca / "root.pem").exists():
            make_ca(self.ca, binary=self.binary)
        # the path of a unix socket is short: name it from inside the folder
        command = self.wrapper + [
            self.binary, "--transport", self.transport, "--ca", str(self.ca),
            "--state", str(self.folder / "state")]
        if self.vpcd:
            command += ["--vpcd", str(self.vpcd)]
        for spec in self.specs:
            command += ["--token", json.dumps(spec)]
        env = {k: v for k, v in os.environ.items()
               if k not in ("LD_PRELOAD", "UMOCKDEV_DIR",
                            "SOFTTOKEN_PRELOADED")}
        self.errors = open(self.folder / "softtoken.log", "ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, env=env)
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise SoftTokenError(
                (self.folder / "softtoken.log").read_text()[-2000:])
        self.ready = json.loads(line)
        self.umockdev_dir = self.ready.get("umockdev_dir")
        self.tokens = {t["name"]: t for t in self.ready["tokens"]}
        self.socket, self.file = self._connect()
        for name, token in self.tokens.items():
            if token["plugged"]:
                self._await_node(name)
        return self

    def stop(self):
        if not self.process:
            return
        for end in ("file", "socket"):
            if hasattr(self, end):
                getattr(self, end).close()
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *why):
        self.stop()

    # --- clients -------------------------------------------------------

    def env(self, base=None, **more):
        """Environment in which programs see the tokens."""
        env = dict(os.environ if base is None else base)
        if not self.umockdev_dir:
            return {**env, **more}
        had = env.get("LD_PRELOAD")
        preload = self.ready["preload"]
        env["LD_PRELOAD"] = f"{preload}:{had}" if had else preload
        env["UMOCKDEV_DIR"] = self.umockdev_dir
        env.update(more)
        return env

    def run(self, *command, timeout=20, check=False, **options):
        """subprocess.run() of a program that sees the tokens, as text."""
        options.setdefault("stdin", None if "input" in options
                           else subprocess.DEVNULL)
        if "input" in options:
            del options["stdin"]
        return subprocess.run([str(c) for c in command], env=self.env(),
                              text=True, capture_output=True,
                              timeout=timeout, check=check, **options)

    def hidraw(self, token):
        """The FIDO node; the kernel may give another at each plug."""
        if self.umockdev_dir:
            return self.tokens[token]["hidraw"]
        return self.stats(token)["hidraw"]

    def real_path(self, token, node="hidraw"):
        """The token's node outside of the testbed's eyes."""
        return self.umockdev_dir + self.tokens[token][node]

    def open_node(self, token):
        """The node as a file that is open for reading; it is a terminal's,
        which would end us as the leader of a session."""
        return open(self.real_path(token), "rb", buffering=0,
                    opener=lambda path, flags: os.open(
                        path, flags | os.O_NOCTTY))

    # --- control -------------------------------------------------------

    def _connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.ready["control"])
        return s, s.makefile("rw")

    def _ask(self, file, token, do, args):
        message = dict(args, do=do)
        if token is not None:
            message["token"] = token
        file.write(json.dumps(message) + "\n")
        file.flush()
        line = file.readline()
        if not line:
            raise SoftTokenError("softtoken has ended")
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise SoftTokenError(f"{do}: {answer['error']}")
        return answer

    def ctl(self, token, do, **args):
        """Any verb; returns the answer, raises SoftTokenError."""
        with self.lock:
            return self._ask(self.file, token, do, args)

    def _await_node(self, token, seconds=NODE_SECONDS):
        """The kernel makes nodes in its own time, and a busy machine's is
        long."""
        end = time.monotonic() + seconds
        while not self.stats(token)["hidraw"]:
            if time.monotonic() > end or self.process.poll() is not None:
                raise SoftTokenError(f"no hidraw node for {token}")
            time.sleep(0.02)

    def touch(self, token, mode="give", ms=0):
        return self.ctl(token, "touch", mode=mode, ms=ms)

    def grant(self, token):
        return self.ctl(token, "grant")

    def plug(self, token):
        answer = self.ctl(token, "plug")
        self._await_node(token)
        return answer

    def unplug(self, token):
        return self.ctl(token, "unplug")

    def replug(self, token):
        answer = self.ctl(token, "replug")
        self._await_node(token)
        return answer

    def card(self, token, inserted=True):
        return self.ctl(token, "card", **{"in": inserted})

    def misbehave(self, token, kind, count=1, at=0, command="", skip=0):
        return self.ctl(token, "misbehave", kind=kind, count=count, at=at,
                        command=command, skip=skip)

    def clear(self, token):
        return self.ctl(token, "clear")

    def stats(self, token):
        return self.ctl(token, "stats")

    def set(self, token, **options):
        return self.ctl(token, "set", **options)

    def oath_password(self, token, password=""):
        return self.ctl(token, "oath_password", password=password)

    def fill_oath(self, token, n=None):
        args = {} if n is None else {"n": n}
        return self.ctl(token, "fill_oath", **args)

    def permission(self, token, mode="ok"):
        return self.ctl(token, "permission", mode=mode)

    def event(self, token, action="change"):
        return self.ctl(token, "event", action=action)

    def wait(self, token, kind="touch", ms=5000):
        """Until a command of that kind has come (each arrival once). On a
        connection of its own: other verbs go on meanwhile."""
        s, file = self._connect()
        try:
            return self._ask(file, token, "wait", {"for": kind, "ms": ms})
        finally:
            file.close()
            s.close()
