# SPDX-License-Identifier: Apache-2.0
"""activated.py PATH HELPER LOG: what systemd does for tokenbridge-auth.socket
(Accept=yes): each connection is descriptor 3 of a helper of its own, by the
words of sd_listen_fds(3). Says "ready", and goes on until it is ended."""
import os
import pathlib
import signal
import socket
import subprocess
import sys

START = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" 3<&"$1"'


class Activated:
    """Such a process; what its helpers log is in `lines`."""

    def __init__(self, path, helper, log):
        self.path, self.log = pathlib.Path(path), pathlib.Path(log)
        self.words = [sys.executable, __file__, path, helper, log]

    def __enter__(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.log.write_bytes(b"")
        self.process = subprocess.Popen(self.words, text=True,
                                        stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self.process.kill()     # and with it its helpers
        self.process.wait()
        self.process.stdout.close()
        self.path.unlink()

    @property
    def lines(self):
        return self.log.read_text().splitlines()

    @property
    def helpers(self):
        pid = self.process.pid
        return pathlib.Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split()


def main():
    path, helper, log = sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    os.chmod(path, 0o666)
    listening.listen(4096)
    print("ready", flush=True)
    with open(log, "ab") as log:
        while True:
            with listening.accept()[0] as line:
                os.posix_spawn("/bin/bash", [
                    "bash", "-c", START, helper, str(line.fileno())],
                    {}, file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
                        (os.POSIX_SPAWN_DUP2, line.fileno(), line.fileno())],
                    setsigdef=[signal.SIGCHLD])


if __name__ == "__main__":
    main()
