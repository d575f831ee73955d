"""A small HTTP server on 127.0.0.1, in a thread of the test."""

import http.server
import threading


class Serving:
    """`handler` is a class of http.server; the server runs within `with`."""

    def __init__(self, handler):
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                       handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever,
                         kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
