# SPDX-License-Identifier: Apache-2.0
"""agent.py [--session USER]: the guest's end of vm.py. Requests are JSON
lines on a virtio port: {"id", "do", arguments}; so are the answers: {"id",
"answer"} or {"id", "error"}. Each request has a thread, so that a long one
does not hold up the others.
"""
import base64
import glob
import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

RIG = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(RIG / "token"))

from softtoken import SoftTokens  # noqa: E402

TEMPORARY = "/run/vm/tmp"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MODULES = {"uhid": ["uhid", "hid-generic"],
           "vhci": ["vhci_hcd", "usbhid", "hid-generic", "evdev"]}


class Command:
    """A program under way, with its output in files: a daemon that it leaves
    behind may hold them open for as long as it likes."""

    def __init__(self, argv, user=None, input=None, env=None, tty=False,
                 answers=(), cwd=None):
        self.out = tempfile.TemporaryFile(dir=TEMPORARY)
        self.err = tempfile.TemporaryFile(dir=TEMPORARY)
        for file in (self.out, self.err):
            os.fchmod(file.fileno(), 0o666)  # a user may open /dev/stdout
        self.master = None
        self.begun = time.monotonic()
        who = pwd.getpwnam(user or "root")
        options = {"cwd": cwd or "/", "start_new_session": True,
                   "env": self.environment(who, env or {})}
        if user:
            options.update(user=who.pw_uid, group=who.pw_gid,
                           extra_groups=os.getgrouplist(user, who.pw_gid))
        start = self.on_terminal if tty else self.on_files
        start(argv, who, base64.b64decode(input or ""), options, answers)

    @staticmethod
    def environment(who, more):
        env = {"PATH": PATH, "HOME": who.pw_dir, "USER": who.pw_name,
               "LOGNAME": who.pw_name, "SHELL": "/bin/sh", "TERM": "dumb",
               "LC_ALL": "C.UTF-8", **more}
        return {name: value for name, value in env.items()
                if value is not None}

    def on_files(self, argv, who, given, options, answers):
        with tempfile.TemporaryFile(dir=TEMPORARY) as source:
            source.write(given)
            source.seek(0)
            self.process = subprocess.Popen(argv, stdin=source,
                                            stdout=self.out, stderr=self.err,
                                            **options)

    def on_terminal(self, argv, who, given, options, answers):
        self.master, slave = os.openpty()
        os.fchown(slave, who.pw_uid, -1)
        options["start_new_session"] = False
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv], stdin=slave, stdout=slave,
            stderr=slave, **options)
        os.close(slave)
        os.write(self.master, given)
        self.listener = threading.Thread(
            target=self.listen, args=(list(answers),), daemon=True)
        self.listener.start()

    def listen(self, answers):
        """Types the answers, each when its prompt has been seen."""
        fresh = b""
        while True:
            try:
                part = os.read(self.master, 4096)
            except OSError:
                part = b""
            if not part:
                return
            self.out.write(part)
            self.out.flush()
            fresh += part
            while answers and answers[0][0].encode() in fresh:
                fresh = fresh.split(answers[0][0].encode(), 1)[1]
                os.write(self.master, answers.pop(0)[1].encode() + b"\n")

    def wait(self, timeout):
        """True when it has ended in time; if not, it is ended."""
        try:
            self.process.wait(timeout)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def kill(self, number=signal.SIGKILL):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass
        if number == signal.SIGKILL:
            self.process.wait()

    @staticmethod
    def text(file):
        file.flush()
        return os.pread(file.fileno(), 1 << 26, 0).decode(errors="replace")

    def result(self, in_time=True):
        if self.master is not None and self.process.poll() is not None:
            self.listener.join(2)
        return {"code": self.process.poll(), "out": self.text(self.out),
                "err": self.text(self.err), "in_time": in_time,
                "seconds": time.monotonic() - self.begun}

    def close(self):
        self.out.close()
        self.err.close()
        if self.master is not None:
            os.close(self.master)


class Agent:
    """One method for each verb; its arguments are the request's."""

    def __init__(self):
        self.lock = threading.Lock()
        self.commands, self.tokens = {}, {}
        self.newest = 0

    def keep(self, where, what):
        with self.lock:
            self.newest += 1
            where[self.newest] = what
            return self.newest

    # --- programs ---

    def run(self, argv, timeout, **options):
        command = Command(argv, **options)
        try:
            return command.result(command.wait(timeout))
        finally:
            command.close()

    def start(self, argv, **options):
        return self.keep(self.commands, Command(argv, **options))

    def look(self, handle):
        return self.commands[handle].result()

    def wait(self, handle, timeout):
        command = self.commands[handle]
        return command.result(command.wait(timeout))

    def type(self, handle, text):
        os.write(self.commands[handle].master, text.encode())

    def kill(self, handle, number):
        self.commands[handle].kill(number)

    def stop(self, handle):
        command = self.commands.pop(handle)
        if command.process.poll() is None:
            command.kill(signal.SIGTERM)
        result = command.result(command.wait(5))
        command.close()
        return result

    # --- files ---

    def write(self, path, data, mode, user=None):
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))
        path.chmod(mode)
        if user:
            who = pwd.getpwnam(user)
            os.chown(path, who.pw_uid, who.pw_gid)

    def read(self, path):
        return base64.b64encode(pathlib.Path(path).read_bytes()).decode()

    # --- tokens ---

    def load(self, transport):
        for module in MODULES[transport]:
            subprocess.run(["modprobe", module], check=True)

    def tokens_start(self, folder, tokens, transport, binary, **options):
        self.load(transport)
        held = SoftTokens(folder, tokens=tokens, transport=transport, binary=binary,
                          **options).start()
        self.settle()
        return self.keep(self.tokens, held)

    def tokens_call(self, handle, method, args, options):
        answer = getattr(self.tokens[handle], method)(*args, **options)
        if method in ("plug", "replug"):
            self.settle()
        return answer

    def tokens_stop(self, handle):
        self.tokens.pop(handle).stop()

    # --- the machine ---

    def settle(self, seconds=120):
        subprocess.run(["udevadm", "settle", f"--timeout={seconds}"],
                       check=True)

    def listening(self, port):
        want = f":{port:04X}"
        rows = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return any(row.split()[1].endswith(want) and row.split()[3] == "0A"
                   for row in rows)

    def exists(self, path):
        return os.path.exists(path)


class Port:
    """JSON lines over the virtio port."""

    def __init__(self, name="agent"):
        self.fd = os.open(self.find(name), os.O_RDWR)
        self.lock = threading.Lock()

    @staticmethod
    def find(name):
        for path in glob.glob("/sys/class/virtio-ports/*/name"):
            if pathlib.Path(path).read_text().strip() == name:
                return "/dev/" + path.split("/")[-2]
        raise SystemExit(f"there is no virtio port '{name}'")

    def lines(self):
        got = b""
        while True:
            part = os.read(self.fd, 65536)
            if not part:
                return
            got += part
            *whole, got = got.split(b"\n")
            yield from whole

    def say(self, message):
        data = json.dumps(message).encode() + b"\n"
        with self.lock:
            while data:
                data = data[os.write(self.fd, data[:32768]):]


def serve(agent, port, request):
    number, verb = request.pop("id"), request.pop("do")
    try:
        port.say({"id": number, "answer": getattr(agent, verb)(**request)})
    except Exception as why:
        traceback.print_exc()
        port.say({"id": number, "error": f"{type(why).__name__}: {why}"})


def has_session(user):
    """Is the user's the active session of the first seat?"""
    # beside each lies its pipe, ID.ref: nothing ever comes out of that
    for path in glob.glob("/run/systemd/sessions/*[0-9]"):
        try:
            text = pathlib.Path(path).read_text().split("\n")
        except OSError:
            continue
        if {f"USER={user}", "ACTIVE=1", "SEAT=seat0"} <= set(text):
            return True
    return False


def await_session(user, seconds=120):
    end = time.monotonic() + seconds
    while not has_session(user):
        if time.monotonic() > end:
            raise SystemExit(f"{user} has no session at the seat")
        time.sleep(0.2)


def main():
    os.makedirs(TEMPORARY, exist_ok=True)
    os.environ["PATH"] = PATH
    port, agent = Port(), Agent()
    if "--session" in sys.argv:
        await_session(sys.argv[-1])
    port.say({"id": 0, "answer": "ready"})
    for line in port.lines():
        threading.Thread(target=serve, daemon=True,
                         args=(agent, port, json.loads(line))).start()


main()
