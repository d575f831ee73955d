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

# A stand-in for the system's logger: what arrives at /dev/log, line by line
LOGGER = f"""
import os, socket
if os.path.exists("/dev/log"):
    os.unlink("/dev/log")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
with open("{LOG}", "ab", buffering=0) as out:
    while True:
        out.write(s.recv(65536).replace(b"\\n", b"?") + b"\\n")
"""


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
        if not machine.systemd:
            machine.start("/usr/bin/python3", "-c", LOGGER)

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

    def pamtester(self, user="alice", *more, service="tbtest",
                  tty="/dev/tty1", answers=(), timeout=120):
        return self.m.run("pamtester", "-I", f"tty={tty}", *more, service,
                          user, "authenticate", answers=answers,
                          tty=True, timeout=timeout)

    def console(self, *words, user=None, number=3, timeout=120):
        """Runs words with a virtual console as controlling terminal."""
        login = ["runuser", "-u", user, "--"] if user else []
        return self.m.shell(
            f"""exec setsid -w -c {' '.join(login)} "$@" \\
                </dev/tty{number} 2>&1""".replace('"$@"', " ".join(words)),
            timeout=timeout)

    def logged(self):
        return self.m.read(LOG).decode(errors="replace")

    def list(self, **options):
        return json.loads(self.tb("list", "--json", **options).out)["tokens"]
