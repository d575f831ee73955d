"""pcscd with virtual readers, for tests that run below ./enter: as many as are
wanted with the rig's driver, by vpcd alone one that has two slots.

    with Pcscd(tmp, readers=2) as pcsc, \\
         SoftTokens(tmp, tokens=["a", "b"], vpcd=pcsc.port) as st:
        pcsc.wait_for_card(0)
"""
import ctypes
import os
import pathlib
import subprocess
import time

from softtoken import find_binary

PORT = 0x8C7B
NAME = "Yubico YubiKey OTP+FIDO+CCID"
LIBRARY = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"


def driver():
    """vpcd's, behind the one that can tell USB devices where it is built."""
    own = pathlib.Path(find_binary()).with_name("libifdusb.so")
    return str(own) if own.exists() else LIBRARY


def usable():
    """None, or why there can be no pcscd of our own here."""
    if not os.path.exists(LIBRARY):
        return "vsmartcard-vpcd is not installed"
    if not os.environ.get("SOFTTOKEN_ENTERED"):
        return "not inside tests/rig/token/enter"
    return None


def _listening(port):
    want = f":{port:04X}"
    with open("/proc/net/tcp") as table:
        return any(f.split()[1].endswith(want) and f.split()[3] == "0A"
                   for f in table.readlines()[1:])


class Pcscd:
    """Reader i listens on port + i for the card of token i."""

    def __init__(self, folder, readers=1, port=PORT, name=NAME):
        self.folder = pathlib.Path(folder) / "pcscd"
        self.readers = readers
        self.port = port
        self.name = name
        self.slots = 2 if driver() == LIBRARY else 1
        self.process = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.channels = self.folder / "channels"
        self.channels.mkdir(exist_ok=True)
        entries = []
        # vpcd makes two slots of one reader, on two ports in a row
        for i in range(0, self.readers, self.slots):
            entries.append(
                f'FRIENDLYNAME "{self.name}"\n'
                f"DEVICENAME   /dev/null:0x{self.port + i:04X}\n"
                f"LIBPATH      {driver()}\n"
                f"CHANNELID    0x{self.port + i:04X}\n")
        (self.folder / "reader.conf").write_text("\n".join(entries))
        self.log = open(self.folder / "log", "wb")
        env = {k: v for k, v in os.environ.items()
               if k not in ("LD_PRELOAD", "UMOCKDEV_DIR")}
        env["IFDUSB_FOLDER"] = str(self.channels)
        # built with polkit (Debian 13) it lets in only who sits at the seat
        options = subprocess.run(["pcscd", "--help"], capture_output=True,
                                 text=True).stdout
        polkit = ["--disable-polkit"] if "-polkit" in options else []
        self.process = subprocess.Popen(
            ["pcscd", "-f", *polkit, "-c", str(self.folder)], env=env,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self._until(lambda: os.path.exists("/run/pcscd/pcscd.comm") and
                        all(_listening(self.port + i)
                            for i in range(self.readers)),
                        "pcscd's readers")
        except RuntimeError:
            self.stop()
            raise
        return self

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
            self.process = None

    __enter__ = start

    def __exit__(self, *why):
        self.stop()

    def _until(self, condition, what, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"waited in vain for {what}:\n" + (
                    self.folder / "log").read_text(errors="replace")[-1500:])
            time.sleep(0.02)

    def reader(self, i=0):
        """The name of the slot that holds the card of token i."""
        return f"{self.name} {i // self.slots:02X} {i % self.slots:02X}"

    def tell_usb(self, i, bus, device):
        """The reader says from now on that it is in this USB device."""
        (self.channels / str(i)).write_text(f"{bus} {device}\n")

    def tell_no_usb(self):
        """As vpcd by itself."""
        for file in self.channels.iterdir():
            file.unlink()

    def wait_for_card(self, i=0, seconds=15):
        self._wait(i, True, seconds)

    def wait_for_no_card(self, i=0, seconds=10):
        """pcscd looks only now and then."""
        self._wait(i, False, seconds)

    def _wait(self, i, wanted, seconds):
        """As every client does it: pcscd tells when something changes."""
        end = time.monotonic() + seconds
        context = ctypes.c_long()
        reader = _ReaderState(self.reader(i).encode())
        library = ctypes.CDLL("libpcsclite.so.1")
        if library.SCardEstablishContext(_SYSTEM, None, None,
                                         ctypes.byref(context)):
            raise RuntimeError("pcscd does not listen")
        try:
            while time.monotonic() < end:
                code = library.SCardGetStatusChange(
                    context, ctypes.c_ulong(200), ctypes.byref(reader),
                    ctypes.c_ulong(1))
                if code & 0xffffffff not in (0, _TIMEOUT):
                    time.sleep(0.02)        # it knows no such reader yet
                    continue
                if bool(reader.event & _PRESENT) == wanted:
                    return
                reader.current = reader.event & ~_CHANGED
        finally:
            library.SCardReleaseContext(context)
        state = "in" if wanted else "out of"
        raise RuntimeError(f"waited in vain for a card {state} reader {i}:\n"
                           + (self.folder / "log").read_text(
                               errors="replace")[-1500:])


# winscard.h
_SYSTEM = ctypes.c_ulong(2)
_TIMEOUT = 0x8010000A
_CHANGED, _PRESENT = 0x02, 0x20


class _ReaderState(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("user", ctypes.c_void_p),
                ("current", ctypes.c_ulong), ("event", ctypes.c_ulong),
                ("atr_size", ctypes.c_ulong), ("atr", ctypes.c_ubyte * 33)]
