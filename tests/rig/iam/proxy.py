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

from .serving import Serving


class Proxy(Serving):
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

        super().__init__(Handler)
        self.url = f'http://127.0.0.1:{self.port}'


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
