"""A proxy that leads every https request to one server, whatever host was
asked for: what stands between may do that.

    with Proxy(iam.url) as proxy:
        env = {'https_proxy': proxy.url}
        assert proxy.hosts == ['sts.us-east-1.amazonaws.com:443', ...]
"""

import http.server
import socket
import threading
import urllib.parse


class Proxy:
    def __init__(self, url):
        target = urllib.parse.urlparse(url)
        self.hosts, self.headers = [], []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                proxy.hosts.append(self.path)
                proxy.headers.append(dict(self.headers.items()))
                with socket.create_connection((target.hostname,
                                               target.port)) as behind:
                    self.send_response(200)
                    self.end_headers()
                    _join(self.connection, behind)
                self.close_connection = True

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                       Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f'http://127.0.0.1:{self.port}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever,
                         kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def _join(one, two):
    """Until one of them ends."""
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    back = threading.Thread(target=copy, args=(two, one), daemon=True)
    back.start()
    copy(one, two)
    back.join(10)
