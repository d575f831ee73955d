# SPDX-License-Identifier: Apache-2.0
"""The FIDO side on the kernel's own HID (USB/IP in a virtual machine), where
no emulation of sysfs and ioctl costs anything: each figure at 0 ms and at the
few milliseconds that a report of a real key takes. The machine's processor is
emulated: milliseconds are not those of a host, ratios within a row are."""
import contextlib
import os
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig/token"), str(HERE.parent / "rig/vm"),
                str(HERE.parent / "vm"), str(HERE)]

from figures import Figures  # noqa: E402
from place import MODULE, PROMPT_TTY, Place  # noqa: E402
from vm import Machine  # noqa: E402

STATION = os.environ["TOKENBRIDGE_STATION"]
SERIAL = 10000000
TOUCH_MS = 1500
# a workstation has more than one, and the tokens take theirs
PROCESSORS = min(2, os.cpu_count() or 1)
PEERS = ["libfido2", "fido2-token", "pam_u2f", "ykman"]
U2F = "origin=pam://x appid=pam://x"


def keys(n, ms):
    return [{"name": f"k{i}", "profile": "yubikey5", "serial": SERIAL + i,
             "report_ms": ms} for i in range(n)]


class Guest:
    def __init__(self, machine, rounds):
        self.m, self.rounds = machine, rounds

    @contextlib.contextmanager
    def plugged(self, n, ms, tokens=None, transport="vhci"):
        place = Place(self.m)
        try:
            place.plug(*(tokens or keys(n, ms)), transport=transport)
            yield place
        finally:
            place.close()

    def took(self, *words, rounds=None):
        """Seconds; ends the benchmark where it fails."""
        self.m.run(*words, check=True)  # caches warm
        return statistics.median(self.m.run(*words, check=True).seconds
                                 for _ in range(rounds or self.rounds))

    def at_the_prompt(self, script):
        """The median of the microseconds that `script` prints, which runs
        where people log in: whoever sits elsewhere is refused."""
        said = self.m.run(PROMPT_TTY, "bash", "-c", f"""
            for i in $(seq {self.rounds + 1}); do
                {script}
            done""", check=True)
        return statistics.median(
            [int(line) / 1e6 for line in said.out.split()][1:])

    def login(self, service):
        return self.at_the_prompt(f"""
            begun=${{EPOCHREALTIME/./}}
            pamtester {service} alice authenticate >/run/vm/said 2>&1 ||
                {{ cat /run/vm/said >&2; exit 1; }}
            echo $((${{EPOCHREALTIME/./}} - begun))""")

    def to_the_prompt(self, place):
        """Of a key that waits: one that is touched at once may have signed
        before anybody is told to touch it. pamtester writes into a pipe only
        as it ends, if nobody has it write lines."""
        place.keys.touch("k0", "delay", TOUCH_MS)
        took = self.at_the_prompt("""
            coproc { exec stdbuf -oL pamtester tbtest alice authenticate 2>&1; }
            begun=${EPOCHREALTIME/./}
            read -r line <&"${COPROC[0]}"
            echo $((${EPOCHREALTIME/./} - begun))
            wait $COPROC_PID""")
        place.keys.touch("k0")
        return took


def bench_list(figures, guest, ms):
    with guest.plugged(1, ms):
        one = guest.took("tokenbridge", "list")
    # one that has no card or keyboard to be asked too
    with guest.plugged(1, ms, [{"name": "k0", "profile": "securitykey",
                                "report_ms": ms}]) as place:
        figures.report(f"info by FIDO, {ms} ms",
                       guest.took("tokenbridge", "info"), "fido2-token -I",
                       guest.took("fido2-token", "-I",
                                  place.keys.hidraw("k0")), 1.5)
    with guest.plugged(2, ms) as place:
        theirs = guest.took("fido2-token", "-L") + sum(
            guest.took("fido2-token", "-I", place.keys.hidraw(f"k{i}"))
            for i in range(2))
        ours = guest.took("tokenbridge", "list")
        figures.report(f"list, 2 tokens, {ms} ms", ours,
                       "fido2-token -L, -I of each", theirs, 0.7)
        # no pcscd runs: it asks no smart card, which would take longer
        figures.report(f"list, 2 tokens, {ms} ms", ours, "ykman list",
                       guest.took("ykman", "list", rounds=3), 1 / 50)
    with guest.plugged(7, ms):  # the ports of a virtual hub
        figures.report(f"list, 7 tokens, {ms} ms",
                       guest.took("tokenbridge", "list"), "list, 1 token",
                       one, 1.5)
    # HID devices alone: there are no ports for as many whole ones
    with guest.plugged(1, ms, transport="uhid"):
        one = guest.took("tokenbridge", "list")
    with guest.plugged(16, ms, transport="uhid"):
        figures.report(f"list, 16 tokens by uhid, {ms} ms",
                       guest.took("tokenbridge", "list"),
                       "list, 1 token by uhid", one, 1.5)


def set_up_login(place):
    """alice's key is k0."""
    for words in (("registry", "init"),
                  ("trust", "add", f"{place.keys.folder}/ca/root.pem")):
        place.tb(*words, check=True)
    place.enroll("alice", "--token", str(SERIAL))
    place.service("tbtest", f"auth required {MODULE}")


def set_up_pam_u2f(place):
    """The same with the only key that is there."""
    mapping = place.m.run("pamu2fcfg", "-u", "alice", "-o", "pam://x", "-i",
                          "pam://x", check=True).out
    place.m.write("/run/vm/u2f", mapping)
    place.service("theirs", f"auth required pam_u2f.so authfile=/run/vm/u2f "
                  f"cue {U2F}")


def bench_login(figures, guest, ms):
    with guest.plugged(1, ms) as place:
        set_up_login(place)
        set_up_pam_u2f(place)
        one, prompt = guest.login("tbtest"), guest.to_the_prompt(place)
        figures.report(f"login by PAM, {ms} ms", one, "pam_u2f",
                       guest.login("theirs"), 1)
    with guest.plugged(7, ms) as place:
        set_up_login(place)
        figures.report(f"login, 7 plugged in, {ms} ms", guest.login("tbtest"),
                       "login, 1 plugged in", one, 1.5)
        for i in range(1, 7):
            if i < 5:
                place.keys.misbehave(f"k{i}", "silence", count=-1)
            else:
                place.keys.unplug(f"k{i}")
        place.m.settle()
        figures.report(f"touch prompt, 4 silent neighbours, {ms} ms",
                       guest.to_the_prompt(place), "touch prompt, none",
                       prompt, 1)
    took = []
    for n in (1, 8):
        with guest.plugged(n, ms, transport="uhid") as place:
            set_up_login(place)
            took.append(guest.login("tbtest"))
    figures.report(f"login, 8 plugged in by uhid, {ms} ms", took[1],
                   "login, 1 plugged in by uhid", took[0], 1.5)


def main():
    cache, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    figures = Figures(cache, "vm", PEERS)
    with Machine(processors=PROCESSORS) as machine:
        Place.install(machine, STATION)
        guest = Guest(machine, rounds)
        for ms in (0, 4):
            bench_list(figures, guest, ms)
            bench_login(figures, guest, ms)
    figures.keep()


if __name__ == "__main__":
    main()
