"""The HTTP side: connections, TLS, the control channel, broken replies.

    python -m iam.server --port 0

prints `ready http://127.0.0.1:PORT` and serves until it is told to stop or
the process given with --parent-pid is gone.
"""

import argparse
import email.utils
import json
import os
import select
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import traceback
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import control
from .rig import DROP, Request, Rig
from .state import SIGN_REGION, World

_BODY_LIMIT = 1 << 20


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    timeout = 120
    disable_nagle_algorithm = True

    number = None       # of the connection; control does not count

    @property
    def rig(self):
        return self.server.rig

    def log_message(self, *args):
        pass

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def _serve(self):
        try:
            length = int(self.headers.get('Content-Length') or 0)
        except ValueError:
            length = -1
        if self.headers.get('Transfer-Encoding') or length < 0:
            return self._refuse(411)
        if length > _BODY_LIMIT:
            return self._refuse(413)
        body = self.rfile.read(length) if length else b''
        if self.path.startswith('/_rig/'):
            return self._control(body)
        if len(body) < length:
            self.close_connection = True
            return
        if self.number is None:
            with self.rig.lock:
                self.rig.connections += 1
                self.number = self.rig.connections
        request = Request(self.command, self.path, self.headers, body)
        log = {'time': self.rig.world.now(), 'connection': self.number,
               'service': None, 'action': None, 'caller': None, 'params': {},
               'unknown': [], 'orders': [], 'effect': False, 'error': None,
               'status': None, 'made': None, 'tls': self.server.tls,
               'headers': dict(self.headers.items()),
               'request_id': request.id}
        started, calls = time.monotonic(), self.rig.calls
        try:
            effect, status, reply = self.rig.answer(request, log)
        except Exception:
            traceback.print_exc()
            effect, status, reply = {}, 500, self.rig.bug(request)
        log['seconds'] = time.monotonic() - started
        log['status'] = None if status is DROP else status
        calls.append(log)
        if status is DROP:
            return self._reset()
        self._reply(effect, status, reply, request)

    def _reply(self, effect, status, body, request):
        kind = 'text/xml'
        if body[:15].lower() == b'<!doctype html>':
            kind = 'text/html'
        elif 'X-Amz-Target' in request.headers:
            kind = 'application/x-amz-json-1.1'
        lines = [f'HTTP/1.1 {status} {responses.get(status, "Ordered")}',
                 f'x-amzn-RequestId: {request.id}', f'Content-Type: {kind}',
                 f'Content-Length: {len(body)}']
        lines += self._date_line(effect.get('date'))
        if effect.get('close') or self.close_connection:
            self.close_connection = True
            if effect.get('close') != 'silent':
                lines.append('Connection: close')
        head = ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')
        try:
            self._write(head, body, effect)
        except OSError:
            self.close_connection = True

    def _date_line(self, order):
        if order == 'missing':
            return []
        if order == 'garbage':
            return ['Date: the day before yesterday']
        now = self.rig.world.now() + (order or 0)
        return ['Date: ' + email.utils.formatdate(now, usegmt=True)]

    def _write(self, head, body, effect):
        if 'cut' in effect:
            self.close_connection = True
            self.connection.sendall(head + body[:effect['cut']])
        elif 'drip' in effect:
            size, pause = effect['drip']
            self.connection.sendall(head)
            for at in range(0, len(body), size):
                self.connection.sendall(body[at:at + size])
                time.sleep(pause)
        else:
            self.connection.sendall(head + body)

    def _reset(self):
        """Ends the connection with RST instead of a reply."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack('ii', 1, 0))
        os.close(self.connection.detach())

    def _refuse(self, status):
        self.close_connection = True
        self._send_json(status, {'error': responses[status]})

    def _control(self, body):
        if not self.client_address[0].startswith('127.'):
            return self._send_json(403, {'error': 'loopback only'})
        name = self.path[len('/_rig/'):]
        if name not in control.VERBS or self.command != 'POST':
            return self._send_json(404, {'error': f'no verb {name}'})
        try:
            result = self.rig.control(name, json.loads(body or b'{}'))
        except Exception as error:
            return self._send_json(400, {
                'error': f'{type(error).__name__}: {error}'})
        self._send_json(200, result)

    def _send_json(self, status, value):
        body = json.dumps(value, default=str).encode()
        self.connection.sendall((
            f'HTTP/1.1 {status} {responses[status]}\r\n'
            'Content-Type: application/json\r\n'
            f'Content-Length: {len(body)}\r\n'
            + ('Connection: close\r\n' if self.close_connection else '')
            + '\r\n').encode() + body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, rig, tls=None):
        self.rig, self.tls, self._context = rig, bool(tls), None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        super().__init__(address, Handler)

    def get_request(self):
        connection, address = super().get_request()
        if self._context:
            # The handshake is left to the connection's own thread.
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def server_bind(self):
        # Not HTTPServer's: it would ask the resolver for a name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def stop_with(pid, stop):
    """Calls stop() when the process pid ends."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return stop()
    select.select([descriptor], [], [])
    stop()


def main():
    options = argparse.ArgumentParser(prog='iam.server')
    options.add_argument('--port', type=int, default=0)
    options.add_argument('--tls', nargs=2, metavar=('CERT', 'KEY'))
    options.add_argument('--account', default='123456789012')
    options.add_argument('--alias', default='example')
    options.add_argument('--partition', default='aws',
                         choices=sorted(SIGN_REGION))
    options.add_argument('--no-admin', action='store_true',
                         help='without the IAM user admin')
    options.add_argument('--state', metavar='FILE',
                         help='read at start, kept up to date')
    options.add_argument('--parent-pid', type=int, nargs='?', metavar='PID',
                         const=os.getppid(), help='end when PID ends')
    given = options.parse_args()
    world = World(given.account, given.partition, given.alias,
                  not given.no_admin)
    if given.state and os.path.exists(given.state):
        with open(given.state) as file:
            world.load(json.load(file))
    server = Server(('127.0.0.1', given.port), Rig(world, given.state),
                    given.tls)
    if given.parent_pid:
        threading.Thread(target=stop_with, daemon=True, args=(
            given.parent_pid, lambda: os._exit(0))).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    print(f'ready {"https" if given.tls else "http"}://127.0.0.1:'
          f'{server.server_port}', flush=True)
    server.serve_forever(poll_interval=60)


if __name__ == '__main__':
    main()
