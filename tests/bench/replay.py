# SPDX-License-Identifier: Apache-2.0
"""Services that answer many at once, as fast as the benchmark says.

The local IAM checks signatures and thinks in Python, a thread a connection: at
hundreds of calls a second it would be measured, and not who asks. So a first
run's exchanges with it are recorded, and replayed byte for byte, each after the
latency, and no more in a second than the rate lets by."""
import asyncio
import collections
import threading
import time
import urllib.parse

EACH = {"ListMFADevices", "GetLoginProfile", "GetUser", "ListAccessKeys",
        "GetMFADevice"}


async def read_message(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head, await reader.readexactly(length)


class Server:
    """`upstream` (host, port): what is recorded from for as long as
    `recording` is true. Who makes one of it says what a question is known by
    (key), what becomes of a reply (keep) and what is answered (answer)."""

    def __init__(self, upstream):
        self.upstream, self.recording = upstream, True
        self.calls = collections.Counter()
        self.under_way = self.most = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,),
                         daemon=True).start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(
            self._serve, "127.0.0.1", 0, backlog=1024))
        self.url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        above = None
        try:
            if self.recording:
                above = await asyncio.open_connection(*self.upstream)
            while True:
                head, body = await read_message(reader)
                form = dict(urllib.parse.parse_qsl(body.decode()))
                if self.recording:
                    above[1].write(head + body)
                    reply = b"".join(await read_message(above[0]))
                    self.keep(self.key(head, form), reply)
                else:
                    reply = await self.answer(head, form)
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            if above:
                above[1].close()

    def begin_call(self):
        self.under_way += 1
        self.most = max(self.most, self.under_way)


class Replay(Server):
    """One account, byte for byte."""

    def __init__(self, upstream):
        self.replies = collections.defaultdict(list)
        self.refusal = None         # a reply of Throttling
        super().__init__(upstream)
        self.begin(0, None)

    def begin(self, latency, rate):
        """From here on, figures of their own."""
        self.latency, self.rate = latency, rate
        self.times = collections.deque()
        self.at = collections.Counter()
        self.calls, self.throttled = collections.Counter(), 0
        self.under_way = self.most = 0
        self.first = self.last = None

    def _is_above_rate(self):
        now = time.monotonic()
        while self.times and self.times[0] <= now - 1:
            self.times.popleft()
        if len(self.times) >= self.rate:
            return True
        self.times.append(now)
        return False

    def key(self, head, form):
        return (form["Action"], form.get("UserName"), form.get("Marker"),
                form.get("SerialNumber"))

    def keep(self, key, reply):
        if b"<Code>Throttling</Code>" in reply:
            self.refusal = reply
        else:
            self.replies[key].append(reply)

    async def answer(self, head, form):
        key = self.key(head, form)
        each = key[0] in EACH
        self.calls[key[0]] += 1
        if each:
            self.begin_call()
            self.first = self.first or time.monotonic()
        await asyncio.sleep(self.latency / 2)
        above = each and self.rate and self._is_above_rate()
        await asyncio.sleep(self.latency / 2)
        if each:
            self.under_way -= 1
            self.last = time.monotonic()
        if above:
            self.throttled += 1
            return self.refusal
        known = self.replies[key]
        reply = known[min(self.at[key], len(known) - 1)]
        self.at[key] += 1
        return reply

    def of_users(self):
        """Calls that ask about one user."""
        return sum(n for action, n in self.calls.items() if action in EACH)

    def span(self):
        return self.last - self.first if self.first else 0.0
