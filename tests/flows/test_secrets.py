# SPDX-License-Identifier: Apache-2.0
"""Canaries: known secrets go through every flow, and must be found nowhere but
where they belong: not in argv, environment, output, files, nor in the memory
of a process that has used them."""
import base64
import os
import pathlib
import re
import subprocess
import threading
import time

import pytest

from lines import wait_for_touch, workers

PIN = "tulip-482913-canary"
OLD = {"profile": "yubikey5-old", "serial": 12345678, "pin": PIN}


def forms_of_seed(seed):
    """A seed as it may be met: raw, base32, base64 of base32, in UTF-16."""
    raw = base64.b32decode(seed)
    return {"base32": seed.encode(), "raw": raw,
            "base64": base64.b64encode(seed.encode()),
            "hex": raw.hex().encode()}


def memory_of(pid):
    """Every readable page of a process, as one piece a mapping."""
    with open(f"/proc/{pid}/maps", encoding="ascii",
              errors="replace") as maps, open(f"/proc/{pid}/mem",
                                              "rb") as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if not found or line.rstrip().endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(x, 16) for x in found.groups())
            if end - start > 1 << 32:  # terabytes of shadow
                pytest.skip("a sanitized build keeps freed memory on purpose")
            try:
                memory.seek(start)
                yield line.strip(), memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue


def places_in_memory(pid, secret):
    return [where for where, piece in memory_of(pid) if secret in piece]


class Watch(threading.Thread):
    """Collects argv and environment of every process of a session."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session = session
        self.seen = set()
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            for entry in os.listdir("/proc"):
                if entry.isdigit():
                    self.look(entry)
            time.sleep(0.002)

    def look(self, pid):
        try:
            if os.getsid(int(pid)) != self.session:
                return
            base = pathlib.Path("/proc") / pid
            name = (base / "comm").read_text().strip()
            for kind in ("cmdline", "environ"):
                self.seen.add((name, kind, (base / kind).read_bytes()))
        except (OSError, ProcessLookupError):
            pass


def start_with_pin(site, *arguments):
    reader, writer = os.pipe()
    os.write(writer, PIN.encode() + b"\n")
    os.close(writer)
    process = site.start(*arguments, "--pin-fd", str(reader),
                         pass_fds=(reader,))
    os.close(reader)
    return process


@pytest.fixture
def guarded(tmp_path, cards, iam):
    """A site with AWS whose key wants its PIN for a new credential."""
    from conftest import Workstation
    tmp_path.chmod(0o700)
    place = Workstation(tmp_path, cards, iam)
    place.plug(OLD)
    iam.add_user("alice", password=True)
    place.trust_vendor()
    place.make_registry()
    yield place
    place.close()


def seed_of(site):
    (device,) = [d for d in site.iam.devices().values()]
    return device["seed"]


def test_the_pin_is_gone_from_memory_once_it_is_used(guarded):
    guarded.tokens.touch("a", "ask")
    guarded.tokens.grant("a")
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    wait_for_touch(guarded, 2)
    time.sleep(0.3)
    found = places_in_memory(process.pid, PIN.encode())
    guarded.tokens.grant("a")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert found == []
    assert PIN not in out + err


def test_the_scan_finds_a_secret_that_is_there(guarded):
    """Else the other tests would prove nothing: the seed is in use while the
    second touch is waited for, and only in the one kind of page for it."""
    guarded.tokens.touch("a", "ask")
    guarded.tokens.grant("a")
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    wait_for_touch(guarded, 2)
    time.sleep(0.3)
    forms = forms_of_seed(seed_of(guarded))
    found = {name: places_in_memory(process.pid, form)
             for name, form in forms.items()}
    guarded.tokens.grant("a")
    process.communicate(timeout=60)
    assert len(found["raw"]) == 1 and "heap" not in found["raw"][0], found
    assert [found[n] for n in ("base32", "base64", "hex")] == [[], [], []]


def test_the_seed_is_gone_from_the_worker_once_it_is_in_the_token(guarded):
    """It serves the whole command, and waits for the second touch by then."""
    guarded.tokens.touch("a", "ask")
    guarded.tokens.grant("a")
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    wait_for_touch(guarded, 2)
    time.sleep(0.3)
    worker, = workers(process.pid)
    found = {name: places_in_memory(worker, form)
             for name, form in forms_of_seed(seed_of(guarded)).items()}
    assert places_in_memory(worker, b"tokenbridge-worker")
    guarded.tokens.grant("a")
    process.communicate(timeout=60)
    assert all(places == [] for places in found.values()), found


def test_the_seed_is_gone_from_memory_once_the_device_is_enabled(guarded):
    guarded.iam.order("ListMFADevices", skip=1, delay=3, when="before")
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    end = time.monotonic() + 30
    while len(guarded.iam.calls("EnableMFADevice")) == 0:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    time.sleep(0.7)
    assert process.poll() is None
    forms = forms_of_seed(seed_of(guarded))
    found = {name: places_in_memory(process.pid, form)
             for name, form in forms.items()}
    pin = places_in_memory(process.pid, PIN.encode())
    key = guarded.iam.env()["AWS_SECRET_ACCESS_KEY"]
    environment = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert all(places == [] for places in found.values()), found
    assert pin == []
    assert key.encode() not in environment


def test_no_secret_is_in_argv_environment_output_or_a_file(guarded):
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp",
                             "-v")
    watch = Watch(process.pid)
    watch.start()
    out, err = process.communicate(timeout=60)
    watch.ended.set()
    watch.join()
    assert process.returncode == 0, err
    key = guarded.iam.env()["AWS_SECRET_ACCESS_KEY"].encode()
    seed = forms_of_seed(seed_of(guarded))
    secrets = {"pin": PIN.encode(), **seed}
    workers = [s for s in watch.seen if s[0].startswith("tokenbridge-wor")]
    assert workers, "the worker was never seen"
    for name, kind, bytes_ in watch.seen:
        for what, secret in secrets.items():
            assert secret not in bytes_, (name, kind, what)
    for name, kind, bytes_ in workers:
        assert key not in bytes_, (name, kind)
    for what, secret in {**secrets, "key": key}.items():
        assert secret not in (out + err).encode(), what
    for folder in (guarded.folder / "site", guarded.home, guarded.trust):
        for path in folder.rglob("*"):
            if path.is_file():
                text = path.read_bytes()
                for what, secret in {**secrets, "key": key}.items():
                    assert secret not in text, (path, what)


def test_no_core_file_can_be_made(guarded):
    guarded.tokens.touch("a", "ask")
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    wait_for_touch(guarded, 1)
    limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
    core = [line for line in limits.splitlines() if "core" in line]
    process.kill()
    process.communicate()
    assert re.search(r"\s0\s+0\s", core[0]), core


def test_a_code_is_only_on_standard_output(guarded):
    process = start_with_pin(guarded, "enroll", "alice", "--method", "totp")
    process.communicate(timeout=60)
    done = guarded.run("code")
    assert done.code == 0
    code = done.out.strip()
    assert re.fullmatch(r"\d{6}", code) and code not in done.err
    assert subprocess.run(["grep", "-r", code, str(guarded.home)],
                          capture_output=True).returncode == 1
