#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A virtual machine for tests that need a kernel: its own devices, udev,
users and logins, on this system's own files, of which it changes nothing.

    with Machine() as m, m.tokens("a", transport="vhci") as keys:
        print(m.run("fido2-token", "-I", keys.hidraw("a")).out)

By hand: vm.py [--systemd] [--transport uhid|vhci] [--token SPEC]... [--] CMD...
runs one command as root, with its output and exit status.
"""
import argparse
import base64
import collections
import dataclasses
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent
sys.path.insert(0, str(RIG / "token"))

from softtoken import find_binary  # noqa: E402

# How long a test waits before it says that the machine hangs, in seconds. A
# processor is emulated: a tenth of the host's speed, and others use it too.
BOOT, ANSWER, COMMAND = 240, 60, 120
# udev's time with what was plugged in: more than the guest itself gives it
SETTLE, PLUG = 180, 600


class MachineError(Exception):
    """The machine has died, hangs, or refused a request."""


class TimeLimit(MachineError):
    """A command ran for too long and was ended; the machine goes on."""

    def __init__(self, argv, result):
        super().__init__(f"{' '.join(argv)}: ended after "
                         f"{result.seconds:.0f} s\n{result}")
        self.result = result


@dataclasses.dataclass
class Result:
    """What a program did. On a terminal, err is in out."""

    code: int
    out: str
    err: str
    seconds: float

    def __str__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


def cache():
    """Where prepare puts what the machine boots from."""
    own = os.environ.get("TOKENBRIDGE_CACHE", RIG.parent / ".cache")
    return pathlib.Path(own) / "vm"


def can_use_kvm():
    """/dev/kvm alone says little: behind it may be a kind of KVM that runs
    only kernels made for it, and hangs with others."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^flags\s*:.*\b(vmx|svm)\b", file.read(), re.M)
    return bool(found) and os.access("/dev/kvm", os.W_OK)


def eventually(condition, seconds):
    """True as soon as the condition is, within the time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Machine:
    """One boot; use it for as many tests as possible."""

    def __init__(self, systemd=False, memory=1024, folder=None,
                 processors=1):
        self.systemd = systemd
        self.memory = memory
        self.processors = processors
        self.boot_limit = BOOT
        self.folder = pathlib.Path(folder or cache())
        self.qemu = None
        self.numbers = itertools.count(1)
        self.console = collections.deque(maxlen=200)
        self.answers = {}
        self.news = threading.Condition()
        self.dead = None

    # --- life ------------------------------------------------------------

    def command(self, fd):
        kernel = ["console=ttyS0", "panic=-1", "quiet", "nokaslr",
                  "mitigations=off", "no_timer_check", "tsc=reliable",
                  "random.trust_cpu=on", "audit=0"]
        if self.systemd:
            kernel.append("vm.systemd")
        shares = {"root": "/", "boot": self.folder, "rig": RIG}
        command = [
            # qemu ends when this process does, however that comes
            "setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64",
            "-accel", "kvm" if can_use_kvm() else "tcg,thread=multi",
            "-M", "q35", "-cpu", "max", "-smp",
            str(self.processors), "-m", str(self.memory),
            "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", f"{self.folder / 'vmlinux'}",
            "-initrd", f"{self.folder / 'initrd'}",
            "-append", " ".join(kernel),
            "-chardev", "stdio,id=console,signal=off",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=agent,fd={fd}",
            "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=agent,name=agent",
            "-object", "rng-random,id=rng,filename=/dev/urandom",
            "-device", "virtio-rng-pci,rng=rng"]
        for tag, path in shares.items():
            path = str(path).replace(",", ",,")
            command += ["-fsdev", f"local,id={tag},path={path},readonly=on,"
                        "security_model=none,multidevs=remap",
                        "-device", f"virtio-9p-pci,fsdev={tag},"
                        f"mount_tag={tag}"]
        return command

    def boot(self):
        if os.getuid():
            raise MachineError("the machine shows this system's files: only "
                               "root can start it")
        subprocess.run([sys.executable, HERE / "prepare", self.folder],
                       check=True)
        self.port, theirs = socket.socketpair()
        begun = time.monotonic()
        # from the main thread: setpriv's signal comes when the *thread* ends
        self.qemu = subprocess.Popen(
            self.command(theirs.fileno()), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        for work in (self.read_console, self.read_answers):
            threading.Thread(target=work, daemon=True).start()
        try:
            self.await_answer(0, self.boot_limit)
        except BaseException:
            self.stop()
            raise
        self.boot_seconds = time.monotonic() - begun
        return self

    def stop(self):
        """Nothing of the machine is kept, so it just ends."""
        if self.qemu:
            self.die("it was stopped")
            self.qemu.kill()
            self.qemu.wait()
            self.port.close()
            self.qemu = None

    __enter__ = boot

    def __exit__(self, *why):
        self.stop()

    # --- the agent -------------------------------------------------------

    def die(self, why):
        with self.news:
            self.dead = self.dead or why
            self.news.notify_all()

    def read_console(self):
        for line in self.qemu.stdout:
            self.console.append(line.decode(errors="replace").rstrip())

    def read_answers(self):
        try:
            with self.port.makefile("rb") as lines:
                for line in lines:
                    answer = json.loads(line)
                    with self.news:
                        self.answers[answer["id"]] = answer
                        self.news.notify_all()
        except (OSError, ValueError) as why:
            self.die(f"its answers are broken: {why}")
        self.die("it has ended")

    def trouble(self, what):
        time.sleep(0.2)         # the console's last words
        tail = "\n".join(list(self.console)[-100:])
        return MachineError(f"the virtual machine: {what}\n{tail}")

    def await_answer(self, number, seconds):
        with self.news:
            came = self.news.wait_for(
                lambda: number in self.answers or self.dead, seconds)
            answer = self.answers.pop(number, None)
        if answer:
            return answer
        if not came:
            self.die(f"no answer for {seconds:.0f} s")
            self.qemu.kill()
        raise self.trouble(self.dead)

    def ask(self, verb, patience=ANSWER, **arguments):
        """One request to the agent, and its answer."""
        number = next(self.numbers)
        request = {"id": number, "do": verb, **arguments}
        if self.dead:
            raise self.trouble(self.dead)
        try:
            self.port.sendall(json.dumps(request).encode() + b"\n")
        except OSError as why:
            raise self.trouble(f"does not listen: {why}") from why
        answer = self.await_answer(number, patience)
        if "error" in answer:
            raise MachineError(f"{verb}: {answer['error']}")
        return answer["answer"]

    def kill(self):
        """As a power cut."""
        self.qemu.kill()

    # --- programs --------------------------------------------------------

    @staticmethod
    def options(user, input, env, tty, answers, cwd):
        if isinstance(input, str):
            input = input.encode()
        return {"user": user, "env": env or {}, "tty": tty or bool(answers),
                "input": base64.b64encode(input or b"").decode(),
                "answers": list(answers), "cwd": cwd}

    def run(self, *argv, user=None, input=None, timeout=COMMAND, env=None,
            tty=False, answers=(), cwd=None, check=False):
        """Runs a program; answers (prompt, text) are typed on a terminal.
        Raises TimeLimit when it takes too long."""
        argv = [str(a) for a in argv]
        told = self.ask("run", patience=timeout + ANSWER, argv=argv,
                        timeout=timeout, **self.options(
                            user, input, env, tty, answers, cwd))
        return self.finish(argv, told, check)

    @staticmethod
    def finish(argv, told, check=False):
        in_time = told.pop("in_time")
        result = Result(**told)
        if not in_time:
            raise TimeLimit(argv, result)
        if check and result.code:
            raise MachineError(f"{' '.join(argv)}: {result}")
        return result

    def shell(self, script, **options):
        return self.run("bash", "-c", script, **options)

    def start(self, *argv, user=None, input=None, env=None,
              tty=False, answers=(), cwd=None):
        """A program in the background."""
        argv = [str(a) for a in argv]
        handle = self.ask("start", argv=argv, **self.options(
            user, input, env, tty, answers, cwd))
        return Program(self, argv, handle)

    # --- files -----------------------------------------------------------

    def write(self, path, text, mode=0o644, user=None):
        data = text.encode() if isinstance(text, str) else text
        self.ask("write", path=str(path), mode=mode, user=user,
                 data=base64.b64encode(data).decode())

    def read(self, path):
        """Bytes."""
        return base64.b64decode(self.ask("read", path=str(path)))

    def exists(self, path):
        return self.ask("exists", path=str(path))

    def install(self, destdir):
        """Puts a DESTDIR tree over the guest's own files."""
        self.run("bash", "-c", 'tar -C "$1" -cf - --owner=root --group=root . '
                 "| tar -C / --keep-directory-symlink -xpf -", "install",
                 destdir, check=True)
        self.run("udevadm", "control", "--reload", check=True)
        if self.systemd:
            self.run("systemctl", "daemon-reload", check=True)

    # --- devices and services --------------------------------------------

    def settle(self):
        """Until udev has dealt with all events."""
        self.ask("settle", patience=SETTLE)

    def tokens(self, *tokens, transport="vhci", folder=None, **options):
        """Soft tokens (dictionaries or names, as SoftTokens takes them) in
        the guest."""
        number = next(self.numbers)
        return Tokens(self, transport, folder or f"/run/vm/tokens{number}",
                      tokens or ("a",), options)

    def service(self, program, ready, what):
        if eventually(lambda: ready() or not program.running, 30) \
                and program.running:
            return program
        raise MachineError(f"waited in vain for {what}: {program.stop()}")

    def pcscd(self):
        """The real one, with USB readers only."""
        path, readers = "/run/pcscd/pcscd.comm", "/run/vm/readers"
        self.run("mkdir", "-p", "/run/pcscd", readers, check=True)
        self.run("rm", "-f", path)
        # where it would ask polkit, which does not run here
        polkit = ["--disable-polkit"] if "--disable-polkit" in self.run(
            "pcscd", "--help").out else []
        daemon = self.start("pcscd", "--foreground", *polkit, "--config",
                            readers)
        return self.service(daemon, lambda: self.exists(path), "pcscd")

    def sshd(self, config="", port=22):
        """An ssh server on 127.0.0.1; the config's lines come first."""
        key, path = "/etc/ssh/vm_host_key", "/run/vm/sshd_config"
        self.shell(f"""
            mkdir -p /run/sshd
            id sshd >/dev/null 2>&1 || useradd -r -M -d /run/sshd \\
                -s /usr/sbin/nologin sshd
            [ -e {key} ] || ssh-keygen -q -t ed25519 -N '' -f {key}
            """, check=True)
        self.write(path, f"{config}\nListenAddress 127.0.0.1\nPort {port}\n"
                   f"HostKey {key}\nPidFile none\nUsePAM yes\n", 0o600)
        daemon = self.start("/usr/sbin/sshd", "-D", "-e", "-f", path)
        return self.service(daemon, lambda: self.ask("listening", port=port),
                            "sshd")


class Program:
    """Runs in the background."""

    def __init__(self, machine, argv, handle):
        self.machine, self.argv, self.handle = machine, argv, handle
        self.stopped = None

    def look(self):
        """What it has done so far; code is None while it runs."""
        if self.stopped:
            return self.stopped
        told = self.machine.ask("look", handle=self.handle)
        return self.machine.finish(self.argv, told)

    @property
    def running(self):
        return self.look().code is None

    def await_text(self, text, seconds=60):
        """Until it has said that."""
        def said():
            seen = self.look()
            return text in seen.out or text in seen.err
        if not eventually(said, seconds):
            raise MachineError(f"'{text}' was not said:\n{self.look()}")

    def wait(self, timeout=COMMAND):
        told = self.machine.ask("wait", patience=timeout + ANSWER,
                                handle=self.handle, timeout=timeout)
        return self.machine.finish(self.argv, told)

    def type(self, text):
        """On its terminal."""
        self.machine.ask("type", handle=self.handle, text=text)

    def kill(self, number):
        """A signal, to it and its children."""
        self.machine.ask("kill", handle=self.handle, number=int(number))

    def stop(self):
        """Ends it, if it has not; what it did."""
        if not self.stopped:
            told = self.machine.ask("stop", handle=self.handle)
            self.stopped = self.machine.finish(self.argv, told)
        return self.stopped

    def __enter__(self):
        return self

    def __exit__(self, *why):
        if not self.machine.dead:
            self.stop()


class Tokens:
    """The verbs of softtoken.SoftTokens, carried out in the guest."""

    def __init__(self, machine, transport, folder, tokens, options):
        self.machine = machine
        self.arguments = {"folder": folder, "tokens": list(tokens),
                          "transport": transport, "binary": find_binary(), **options}
        self.folder = folder
        self.handle = None

    def start(self):
        self.handle = self.machine.ask("tokens_start", patience=PLUG,
                                       **self.arguments)
        return self

    def stop(self):
        if self.handle is not None and not self.machine.dead:
            self.machine.ask("tokens_stop", handle=self.handle)
        self.handle = None

    __enter__ = start

    def __exit__(self, *why):
        self.stop()

    def wait(self, token, kind="touch", ms=30000):
        """Until a command of that kind has come (each arrival once)."""
        return self.machine.ask("tokens_call", patience=ANSWER + ms / 1000,
                                handle=self.handle, method="wait",
                                args=[token, kind], options={"ms": ms})

    def __getattr__(self, verb):
        if verb.startswith("_"):
            raise AttributeError(verb)

        def call(*args, **options):
            return self.machine.ask(
                "tokens_call", handle=self.handle, method=verb, args=args,
                options=options,
                patience=PLUG if verb in ("plug", "replug") else ANSWER)
        return call


def main():
    own = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    own.add_argument("--systemd", action="store_true")
    own.add_argument("--transport", choices=["uhid", "vhci"], default="vhci")
    own.add_argument("--token", action="append", default=[],
                     help="a profile's name, or a JSON object")
    own.add_argument("--timeout", type=int, default=600)
    own.add_argument("--user")
    own.add_argument("argv", nargs="+", metavar="CMD")
    given = own.parse_args()
    tokens = [json.loads(t) if t.startswith("{") else
              {"name": chr(ord("a") + n), "profile": t}
              for n, t in enumerate(given.token)]
    with Machine(systemd=given.systemd) as machine:
        if tokens:
            machine.tokens(*tokens, transport=given.transport).start()
        result = machine.run(*given.argv, timeout=given.timeout,
                             user=given.user, cwd=os.getcwd())
    sys.stdout.write(result.out)
    sys.stderr.write(result.err)
    return result.code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MachineError as why:
        sys.exit(f"vm.py: {why}")
