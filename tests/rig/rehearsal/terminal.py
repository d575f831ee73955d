# SPDX-License-Identifier: Apache-2.0
"""The person's terminal: a shell on a terminal of its own, and an escape by
which hands act while a program waits for them."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import sys
import termios
import threading
import tty

ESCAPE = b"\x1d"  # Ctrl-]

# The verbs as commands of the shell: each hands its line over
COMMANDS = r"""
PS1='rehearsal$ '
hands() {{ python3 -c '
import shlex, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(shlex.join(sys.argv[2:]).encode() + b"\n")
s.shutdown(socket.SHUT_WR)
for said in iter(lambda: s.recv(4096), b""):
    sys.stdout.write(said.decode())
' {socket} "$@"; }}
for verb in {verbs}; do eval "$verb() {{ hands $verb \"\$@\"; }}"; done
[ ! -e {completion} ] || . {completion}
"""


class Terminal:
    def __init__(self, world, verbs):
        self.world, self.verbs = world, verbs
        self.listener = socket.socket(socket.AF_UNIX)

    def run(self):
        """Until the shell ends."""
        # the path of a unix socket is short: name it from inside the folder
        place = f"/proc/{os.getpid()}/cwd/hands"
        os.chdir(self.world.folder)
        self.listener.bind("hands")
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        rc = self.world.folder / "shellrc"
        rc.write_text(COMMANDS.format(
            socket=place, verbs=" ".join(self.verbs.table),
            completion=self._completion()))
        pid, master = pty.fork()
        if pid == 0:
            os.execvpe("bash", ["bash", "--noprofile", "--rcfile", str(rc),
                                "-i"], self.world.environment())
        with self._raw():
            self._resize(master)
            signal.signal(signal.SIGWINCH, lambda *_: self._resize(master))
            self._pump(master)
        os.close(master)
        os.waitpid(pid, 0)

    @staticmethod
    def _completion():
        from .world import ROOT
        return ROOT / "usr/share/bash-completion/completions/tokenbridge"

    def _serve(self):
        while True:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                end, _ = self.listener.accept()
                with end, end.makefile("rw") as file:
                    file.write(self.verbs.do(file.readline()))

    @staticmethod
    @contextlib.contextmanager
    def _raw():
        if not sys.stdin.isatty():
            yield
            return
        before = termios.tcgetattr(0)
        try:
            tty.setraw(0)
            yield
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, before)

    @staticmethod
    def _resize(master):
        size = struct.pack("HHHH", 24, 80, 0, 0)
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(1, termios.TIOCGWINSZ, size)
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)

    def _pump(self, master):
        ends = [0, master]
        while True:
            try:
                ready = select.select(ends, [], [])[0]
                if master in ready:
                    data = os.read(master, 65536)
                    if not data:
                        return
                    os.write(1, data)
                if 0 in ready:
                    data = os.read(0, 4096)
                    if not data:
                        ends.remove(0)
                        data = b"\x04"
                    self._typed(master, data)
            except InterruptedError:
                continue
            except OSError:
                return  # the shell has ended

    def _typed(self, master, data):
        before, escape, after = data.partition(ESCAPE)
        os.write(master, before)
        if escape:
            line, rest = self._line(after)
            os.write(1, self.verbs.do(line).replace("\n", "\r\n").encode())
            if rest:
                self._typed(master, rest)

    @staticmethod
    def _line(typed):
        """A line for hands, typed on the terminal as it is, raw."""
        os.write(1, b"\r\nhands> ")
        line = b""
        while True:
            for at in range(len(typed)):
                byte = typed[at:at + 1]
                if byte in b"\r\n":
                    os.write(1, b"\r\n")
                    return line.decode(errors="replace"), typed[at + 1:]
                if byte in b"\x7f\x08":
                    line = line[:-1]
                    os.write(1, b"\b \b")
                elif byte == b"\x03":
                    os.write(1, b"\r\n")
                    return "", typed[at + 1:]
                else:
                    line += byte
                    os.write(1, byte)
            typed = os.read(0, 4096)
            if not typed:
                return line.decode(errors="replace"), b""
