# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, whose answers a test gives one by one."""
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

# What a shell does for a job: only in a session whose leader lives can a
# program be stopped
SHELL = """
import os, signal, sys
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
"""


def begin():
    """In the new process. Who runs these tests in the background has given them
    signals that are ignored, which no shell gives what it starts on a
    terminal."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """The program on a terminal of its own, read as it comes."""

    def __init__(self, site, *arguments, term="xterm", columns=80, rows=24,
                 job=False, stdout=None, stderr=None, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHELL, *site.command(*arguments)] if job
            else site.command(*arguments), env=site.env(TERM=term, **env),
            stdin=slave, stdout=self.file(stdout), stderr=self.file(stderr),
            start_new_session=True, preexec_fn=begin)

    def file(self, path):
        """Where an output goes; None: to the terminal."""
        return self.slave if path is None else path.open("wb")

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def job(self):
        """The pid of the program that was started as a job."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/"
                                f"{self.process.pid}/children")
        return int(children.read_text(encoding="ascii").split()[0])

    def modes(self):
        return termios.tcgetattr(self.slave)

    def read(self, seconds=0.2):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError:
                return

    def until(self, text, seconds=30):
        end = time.monotonic() + seconds
        while text not in self.seen:
            self.read()
            assert time.monotonic() < end, self.seen
        before, _, self.seen = self.seen.partition(text)
        return before

    @property
    def words(self):
        """What was seen, however its lines were broken."""
        return " ".join(self.seen.split())

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds=60):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read()
            assert time.monotonic() < end, self.seen
        self.read()
        return self.process.returncode

    def kill(self):
        """As a power cut would look."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        os.close(self.master)
        os.close(self.slave)
