# SPDX-License-Identifier: Apache-2.0
"""One test's view of the virtual machine: keys, registry, PAM services, and
the system's log."""
import json

YK = {"name": "a", "profile": "yubikey5", "serial": 12345678}
OTHER = {"name": "b", "profile": "yubikey5-old", "serial": 22222222}
# by a number that libccid knows: it serves no others
CARD = {"name": "c", "profile": "oathkey", "vid": 0x20a0, "pid": 0x42d4}
SOLO = {"name": "b", "profile": "solo"}
STATE = "/var/lib/tokenbridge"
MODULE = "pam_tokenbridge.so"
LOG = "/run/vm/log"

# A login prompt's place without systemd: its control group, and its console
# (the one in front, root's, as agetty makes it). PROMPT runs words there,
# PROMPT_TTY as the leader of a session that the console controls. Up to tty6
# logind starts a prompt of its own where one comes to the front.
CONSOLE = 8
FRONT = 1       # where a machine with systemd has alice log in
PROMPT, PROMPT_TTY = "/run/vm/prompt", "/run/vm/prompt-tty"
GROUP = ("/sys/fs/cgroup/system.slice/system-getty.slice/"
         f"getty@tty{CONSOLE}.service")
PROMPT_TEXT = f"""#!/bin/bash
chown 0:5 /dev/tty{CONSOLE} && chmod 620 /dev/tty{CONSOLE} &&
mkdir -p {GROUP} && echo $$ >{GROUP}/cgroup.procs && exec "$@"
"""
PROMPT_TTY_TEXT = f"""#!/bin/bash
exec {PROMPT} setsid -w setpriv --pdeathsig KILL /usr/bin/python3 -c '
import fcntl, os, sys, termios
tty = os.open("/dev/tty{CONSOLE}", os.O_RDWR | os.O_NOCTTY)
fcntl.ioctl(tty, termios.TIOCSCTTY, 1)  # as agetty, whoever else has it
os.dup2(tty, 9)                         # it controls while it is open
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
"""
SHOW = """
import fcntl, sys
with open("/dev/tty0", "rb", buffering=0) as tty:
    fcntl.ioctl(tty, 0x5606, int(sys.argv[1]))      # VT_ACTIVATE
    fcntl.ioctl(tty, 0x5607, int(sys.argv[1]))      # VT_WAITACTIVE
"""

# A stand-in for the system's logger: what arrives at /dev/log, line by line
LOGGER = f"""
import os, socket
if os.path.lexists("/dev/log"):
    os.unlink("/dev/log")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
with open("{LOG}", "ab", buffering=0) as out:
    while True:
        out.write(s.recv(65536).replace(b"\\n", b"?") + b"\\n")
"""


def in_front(place, line):
    """The session in front, as soon as logind says that of it."""
    return place.m.shell(
        "for i in $(seq 150); do s=$(loginctl show-seat seat0 -p "
        "ActiveSession --value); [ -n \"$s\" ] && loginctl show-session $s "
        f">/tmp/front && grep -qx {line} /tmp/front && grep -qx State=active "
        "/tmp/front && echo $s && exit; sleep 0.2; done; exit 1",
        check=True).out.strip()


class Place:
    def __init__(self, machine):
        self.m = machine
        self.keys = None
        self.m.shell(f"rm -rf {STATE}/*; : >{LOG}", check=True)

    @staticmethod
    def install(machine, destdir):
        # before the rule: udevd looks its group up when it reads it
        machine.run("systemd-sysusers",
                    f"{destdir}/usr/lib/sysusers.d/tokenbridge.conf",
                    check=True)
        machine.install(destdir)
        for user in ("alice", "bob"):
            if machine.run("id", user).code:
                machine.run("useradd", "-m", "-s", "/bin/bash", user,
                            check=True)
        machine.run("mkdir", "-p", "/run/vm", check=True)
        machine.write(PROMPT, PROMPT_TEXT, 0o755)
        machine.write(PROMPT_TTY, PROMPT_TTY_TEXT, 0o755)
        machine.start("/usr/bin/python3", "-c", LOGGER)
        if not machine.systemd:
            machine.run("mount", "-t", "cgroup2", "none", "/sys/fs/cgroup",
                        check=True)
            Place.show(machine, CONSOLE)

    @staticmethod
    def show(machine, number):
        """Puts that console in front."""
        machine.run("/usr/bin/python3", "-c", SHOW, str(number), check=True)

    def await_alice(self):
        """She sits at her console, whatever the test before left."""
        self.m.run("systemctl", "start", "vm-login.service", check=True)
        self.show(self.m, FRONT)
        in_front(self, "Name=alice")

    def close(self):
        if self.keys:
            self.keys.stop()
            self.m.settle()

    def plug(self, *tokens, transport="vhci"):
        self.keys = self.m.tokens(*(tokens or (YK,)), transport=transport).start()
        self.m.settle()
        return self.keys

    def tb(self, *words, **options):
        done = self.m.run("tokenbridge", *words, **options)
        # printf's word for what is not there is none of ours
        assert "(null)" not in done.out + done.err, done
        return done

    def set_up(self, *tokens, transport="vhci"):
        """Keys, trust store and the system's registry."""
        self.plug(*tokens, transport=transport)
        for words in (("registry", "init"),
                      ("trust", "add", f"{self.keys.folder}/ca/root.pem")):
            self.tb(*words, check=True)
        return self.keys

    def enroll(self, user="alice", *more, pin=None):
        words = ["tokenbridge", "pam-enroll", user, *more]
        if pin is None:
            done = self.m.run(*words)
        else:
            done = self.m.run("bash", "-c", 'exec "$@" --pin-fd 0', "x",
                              *words, input=pin)
        assert done.code == 0, done
        return done

    def service(self, name, *lines):
        """Our line, then what lets everybody's account pass."""
        text = "\n".join(lines or (f"auth required {MODULE}",))
        self.m.write(f"/etc/pam.d/{name}",
                     f"{text}\naccount required pam_permit.so\n"
                     "session required pam_permit.so\n")

    def pamtester(self, user="alice", *more, service="tbtest", answers=(),
                  timeout=120):
        """At a login prompt; the answers come by another terminal."""
        return self.m.run(*self.authenticate(user, *more, service=service),
                          answers=answers, tty=True, timeout=timeout)

    @staticmethod
    def authenticate(user="alice", *more, service="tbtest"):
        return (PROMPT_TTY, "pamtester", *more, service, user, "authenticate")

    def console(self, *words, user=None, timeout=120):
        """Runs words at a login prompt, with its console as terminal."""
        login = ["runuser", "-u", user, "--"] if user else []
        return self.m.shell(
            f"exec {PROMPT} setsid -w -c {' '.join([*login, *words])} "
            f"</dev/tty{CONSOLE} 2>&1", timeout=timeout)

    def logged(self):
        return self.m.read(LOG).decode(errors="replace")

    def verdict(self):
        """The last result in the log, and what is said behind it."""
        line = self.logged().rsplit(" result=", 1)[1].splitlines()[0]
        word, _, why = line.partition(" ms=")
        return word, why.partition(": ")[2]

    def list(self, **options):
        return json.loads(self.tb("list", "--json", **options).out)["tokens"]
