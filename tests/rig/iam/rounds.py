# SPDX-License-Identifier: Apache-2.0
"""A network whose round trips can be counted, whatever the machine has else to
do: what clients send is held back until none of them sends any more, then all of
it goes on at once. TLS or not is none of its business, so that a handshake is a
round trip like any other."""
import asyncio
import threading
import urllib.parse


class Rounds:
    """`rounds` holds a dict for each round trip: number of the connection, how
    many times it had sent something before. `with Rounds(url) as way: way.url`"""

    def __init__(self, url, quiet=0.5):
        where = urllib.parse.urlsplit(url)
        self._to = where.hostname, where.port
        self._scheme, self._quiet = where.scheme, quiet
        self.rounds, self._held, self._last = [], {}, 0.0
        self._flights = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(
            self._serve, "127.0.0.1", 0, backlog=128))
        port = server.sockets[0].getsockname()[1]
        self.url = f"{self._scheme}://localhost:{port}"
        self._loop.create_task(self._let_go())
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(
            asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def sizes(self):
        """How many connections sent something in each round trip, from the
        first on that has more than one."""
        found = [len(r) for r in self.rounds]
        return found[next(i for i, n in enumerate(found) if n > 1):]

    async def _let_go(self):
        while True:
            await asyncio.sleep(self._quiet / 10)
            if not self._held or \
                    self._loop.time() - self._last < self._quiet:
                continue
            held, self._held = self._held, {}
            self.rounds.append({n: self._flights[n] for n in held})
            for number, (writer, parts) in held.items():
                self._flights[number] += 1
                writer.write(b"".join(parts))

    async def _serve(self, reader, writer):
        number = len(self._flights)
        self._flights.append(0)
        above = await asyncio.open_connection(*self._to)
        back = asyncio.ensure_future(self._pass(above[0], writer))
        try:
            while data := await reader.read(65536):
                self._held.setdefault(number, (above[1], []))[1].append(data)
                self._last = self._loop.time()
        except ConnectionError:
            pass
        finally:
            self._held.pop(number, None)
            above[1].close()
            back.cancel()
            writer.close()

    @staticmethod
    async def _pass(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except (ConnectionError, asyncio.CancelledError):
            pass
