# SPDX-License-Identifier: Apache-2.0
"""Loading FIDO's metadata: a blob of 16 MB and 1,000 models beside the limits
of 1 s and 64 MiB, and beside what it takes to parse it in Python."""
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "flows")]

from fido import Fido, entry  # noqa: E402

PROGRAM = str(pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
              / "usr/bin/tokenbridge")
MODELS, SIZE = 1000, 16_000_000
SECONDS, KIB = 1.0, 65536
READ_IN_PYTHON = """
import base64, json, sys
head, body, mark = open(sys.argv[1]).read().split(".")
json.loads(base64.urlsafe_b64decode(body + "=="))
"""


def once(*command):
    """Seconds, those of the processor, and peak KiB."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command}: status {status}")
    return (time.perf_counter() - begun, used.ru_utime + used.ru_stime,
            used.ru_maxrss)


def best(rounds, *command):
    """On a busy machine the processor's seconds are those to look at."""
    took, processor, kib = zip(*(once(*command) for _ in range(rounds)))
    return min(took), min(processor), max(kib)


def make(folder):
    fido = Fido(folder / "fido")
    root = fido.chain[1]
    models = [entry(f"{n:08x}-0000-4000-8000-000000000000", roots=3 * [root],
                    description=f"model {n}") for n in range(MODELS)]
    room = SIZE * 3 // 4 - len(json.dumps(models))
    for model in models:
        model["metadataStatement"]["icon"] = "A" * (room // MODELS)
    (folder / "blob.jwt").write_text(fido.blob(1, models))
    config = folder / "system.conf"
    config.write_text(f"trust_dir = {folder}/trust\n"
                      f"mds_anchors = {fido.root}\n")
    config.chmod(0o644)


def main():
    rounds = min(int(sys.argv[2]), 5)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # in a process of its own: a child's peak begins with its parent's
        vendor = multiprocessing.Process(target=make, args=(folder,))
        vendor.start()
        vendor.join()
        blob, config = folder / "blob.jwt", folder / "system.conf"
        peer = best(rounds, sys.executable, "-c", READ_IN_PYTHON, str(blob))
        print(f"blob of {blob.stat().st_size / 1e6:.1f} MB, {MODELS} models")
        for what, words in (("trust update", ("update", "--mds", str(blob))),
                            ("load and index (trust show)", ("show",))):
            took, processor, kib = best(rounds, PROGRAM, "--config",
                                        str(config), "trust", *words)
            print(f"{what:28} {took * 1000:7.1f} ms (CPU "
                  f"{processor * 1000:.1f})   limit 1 s ratio "
                  f"{took / SECONDS:.2f} (CPU {processor / SECONDS:.2f})   "
                  f"{kib / 1024:6.1f} MiB, limit 64 MiB ratio "
                  f"{kib / KIB:.2f}   Python's json {peer[0] * 1000:.0f} ms "
                  f"(CPU {peer[1] * 1000:.0f}) {peer[2] / 1024:.0f} MiB ratio "
                  f"{took / peer[0]:.2f} (CPU {processor / peer[1]:.2f})",
                  flush=True)


main()
