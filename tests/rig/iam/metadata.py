"""What gives a machine and a container their credentials: the metadata service
of EC2, version 2 only, and a container's service. On 127.0.0.1, in a thread of
the test, strict about what a client has to send.

    with Metadata(iam.role_credentials('auditor')) as service:
        env = {**service.env(), ...}
        assert service.requests == [('PUT', '/latest/api/token'), ...]
"""

import datetime
import http.server
import json
import secrets
import time

from .serving import Serving

_ROLES = '/latest/meta-data/iam/security-credentials/'


class Metadata(Serving):
    """`role` is its name; `keys` what it gives (AccessKeyId, ...); `answers`
    are (status, bytes) by path, which go before what would be given; `delay`
    seconds before each answer; `token` what a container's client has to
    send."""

    def __init__(self, keys=None, role='machine', seconds=21600, token=None,
                 delay=0):
        self.keys, self.role, self.seconds = keys, role, seconds
        self.token, self.delay, self.answers = token, delay, {}
        self.requests, self.headers, self._given = [], [], set()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                service.serve(self, 'GET')

            def do_PUT(self):
                service.serve(self, 'PUT')

            def log_message(self, *args):
                pass

        super().__init__(Handler)
        self.url = f'http://127.0.0.1:{self.port}/'

    def env(self):
        """For a machine."""
        return {'AWS_EC2_METADATA_SERVICE_ENDPOINT': self.url,
                'AWS_EC2_METADATA_DISABLED': None}

    def container_env(self, path='credentials'):
        found = {'AWS_CONTAINER_CREDENTIALS_FULL_URI': self.url + path}
        if self.token:
            found['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = self.token
        return found

    def document(self):
        end = datetime.datetime.fromtimestamp(
            int(time.time()) + self.seconds, datetime.timezone.utc)
        return {'Code': 'Success', 'LastUpdated': '2026-01-01T00:00:00Z',
                'Type': 'AWS-HMAC', 'AccessKeyId': self.keys['AccessKeyId'],
                'SecretAccessKey': self.keys['SecretAccessKey'],
                'Token': self.keys['SessionToken'],
                'Expiration': end.strftime('%Y-%m-%dT%H:%M:%SZ')}

    # Answering.

    def serve(self, handler, method):
        self.requests.append((method, handler.path))
        self.headers.append({name.lower(): value for name, value
                             in handler.headers.items()})
        length = int(handler.headers.get('Content-Length') or 0)
        handler.rfile.read(length)
        if self.delay:
            time.sleep(self.delay)
        status, body = self.answers.get(handler.path) or self._answer(
            method, handler.path, handler.headers)
        try:
            handler.send_response(status)
            handler.send_header('Content-Length', str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            handler.close_connection = True

    def _answer(self, method, path, headers):
        if path == '/latest/api/token':
            return self._make_token(method, headers)
        if not path.startswith(_ROLES):
            return self._container(method, headers)
        if headers.get('X-aws-ec2-metadata-token') not in self._given:
            return 401, b''         # version 1, or a token that is none
        if self.keys is None:
            return 404, b''
        if path == _ROLES:
            return 200, self.role.encode()
        if path == _ROLES + self.role:
            return 200, json.dumps(self.document()).encode()
        return 404, b''

    def _make_token(self, method, headers):
        ttl = headers.get('X-aws-ec2-metadata-token-ttl-seconds') or ''
        if method != 'PUT':
            return 405, b''
        if headers.get('X-Forwarded-For'):
            return 403, b''
        if not ttl.isdigit() or not 1 <= int(ttl) <= 21600:
            return 400, b''
        token = secrets.token_urlsafe(40) + '=='
        self._given.add(token)
        return 200, token.encode()

    def _container(self, method, headers):
        if method != 'GET' or headers.get('Accept') != 'application/json':
            return 400, b'{}'
        if self.token and headers.get('Authorization') != self.token:
            return 401, b'{"code":"InvalidAuthorization","message":"no"}'
        document = self.document()
        for name in ('Code', 'LastUpdated', 'Type'):
            del document[name]
        return 200, json.dumps({'RoleArn': 'arn:aws:iam::123456789012:role/x',
                                **document}).encode()
