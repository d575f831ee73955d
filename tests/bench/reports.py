# SPDX-License-Identifier: Apache-2.0
"""What INIT and getInfo of the tokens whose nodes are named take when nothing else
is done: no program that asks them is quicker. Prints the seconds."""
import os
import struct
import sys
import threading
import time

REPORT = 64
BROADCAST = 0xFFFFFFFF
INIT, CBOR = 0x86, 0x90
GET_INFO = b"\x04"


def ask(fd, channel, command, payload):
    """Of one message of one report; CTAP 2.1, 11.2.4."""
    report = struct.pack(">IBH", channel, command, len(payload)) + payload
    os.write(fd, b"\0" + report.ljust(REPORT, b"\0"))
    first = os.read(fd, REPORT)
    if first[4] != command:
        sys.exit(f"command {command:#x} is answered by {first[4]:#x}")
    size = struct.unpack(">H", first[5:7])[0]
    answer = first[7:]
    while len(answer) < size:
        answer += os.read(fd, REPORT)[5:]
    return answer


def ask_all(path):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    answer = ask(fd, BROADCAST, INIT, os.urandom(8))
    channel = struct.unpack(">I", answer[8:12])[0]
    ask(fd, channel, CBOR, GET_INFO)
    os.close(fd)


def main():
    threads = [threading.Thread(target=ask_all, args=(path,))
               for path in sys.argv[1:]]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
