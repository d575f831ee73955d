"""The local IAM from the side of a test: start it, arrange, look.

    with LocalIAM() as iam:
        iam.add_user('alice')
        subprocess.run(['tokenbridge', ...], env={**os.environ, **iam.env()})
        assert iam.devices('alice')

Needs nothing but the standard library; botocore only for botocore().
"""

import functools
import os
import ssl
import subprocess
import tempfile
import typing

from . import totp
from .client_console import Consoles
from .client_policy import Policies
from .process import Child, post_json

SIGN_REGION = {'aws': 'us-east-1', 'aws-cn': 'cn-north-1',
               'aws-us-gov': 'us-gov-west-1'}


# Orders that last unless they are counted.
LASTING = {'stale', 'rate', 'late', 'doubled'}


class LocalIAM(Consoles, Policies, Child):
    """A server of its own; every method but start and stop talks to it."""

    module = 'iam.server'

    def __init__(self, *, account='123456789012', partition='aws',
                 alias='example', admin=True, tls=None, state=None, port=0,
                 python=None, log=None):
        super().__init__(python, log)
        self.account, self.partition, self.tls = account, partition, tls
        self.region = SIGN_REGION.get(partition, 'us-east-1')
        self._arguments = ['--port', str(port), '--account', account,
                           '--partition', partition, '--alias', alias or '']
        if not admin:
            self._arguments.append('--no-admin')
        if tls:
            self._arguments += ['--tls', tls.cert, tls.key]
        if state:
            self._arguments += ['--state', os.path.abspath(state)]

    def arguments(self):
        return self._arguments

    def control(self, verb, **ask):
        """One POST /_rig/VERB; ValueError says what was wrong with it."""
        context = self.tls and ssl.create_default_context(cafile=self.tls.ca)
        return post_json(f'{self.url}/_rig/{verb}', ask, context)

    # Arranging. Wherever account is None it is the first one.

    def add_account(self, account, alias=None, admin=True):
        """One more account, in the same partition."""
        self.control('add_account', account=account, alias=alias, admin=admin)

    def set_account(self, account=None, **fields):
        """alias='name'; root={'password': False, ...}"""
        self.control('set_account', account=account, **fields)

    def add_user(self, name, path='/', password=False, keys=0, account=None,
                 **fields):
        """Gives name, id, arn. Dates in fields are seconds since 1970."""
        return self.control('add_user', name=name, path=path, keys=keys,
                            password=password, account=account, **fields)

    def add_users(self, number, prefix='user', password=False, fido=False,
                  account=None):
        """user00000 and so on, each with a FIDO key if wanted."""
        self.control('add_users', number=number, prefix=prefix, fido=fido,
                     password=password, account=account)

    def add_virtual_device(self, name, user=None, seed=None, account=None):
        """As if made long ago; gives serial and seed (base32)."""
        return self.control('add_device', kind='virtual', name=name,
                            user=user, seed=seed, account=account)

    def add_hardware_token(self, serial, seed, user=None, account=None):
        """A vendor's TOTP token whose seed (base32) AWS has."""
        return self.control('add_device', kind='hardware', serial=serial,
                            seed=seed, user=user, account=account)

    def add_fido_device(self, user, name='key', certifications=None,
                        account=None, enabled=None):
        """As if registered in the console; gives the serial."""
        ask = {} if enabled is None else {'enabled': enabled}
        return self.control('add_device', kind='fido', user=user, name=name,
                            certifications=certifications, account=account,
                            **ask)['serial']

    def add_root_device(self, kind='fido', name='root-key',
                        certifications=None, account=None):
        """kind is 'fido' or 'virtual'; gives the serial."""
        return self.control('add_device', kind=kind, user='root', name=name,
                            certifications=certifications,
                            account=account)['serial']

    def sweep(self, account=None):
        """AWS deletes the account's unassigned virtual devices, as it does
        when anybody adds one in the console; gives their serials."""
        return self.control('sweep', account=account)['gone']

    def add_role(self, name, trusts=None, require_mfa=False, external_id=None,
                 account=None, **fields):
        """trusts: ARNs, account ids or '*'; the own account if None."""
        if trusts is not None:
            fields['trusts'] = trusts
        return self.control('add_role', name=name, require_mfa=require_mfa,
                            external_id=external_id, account=account,
                            **fields)['arn']

    def web_identity(self, token, *roles, expired=False):
        """A token that may assume roles (ARNs)."""
        self.control('web_identity', token=token, roles=roles,
                     expired=expired)

    # Credentials: AccessKeyId, SecretAccessKey, SessionToken (or None).

    def credentials(self, user='admin', account=None):
        """Long-term keys of a user, 'root' or 'admin'."""
        return self.control('credentials', user=user, account=account)

    def use_key(self, key_id, at):
        """An access key was used last then (seconds since 1970)."""
        self.control('use_key', id=key_id, at=at)

    def session_credentials(self, user='admin', mfa=False, seconds=3600,
                            account=None):
        """What GetSessionToken gives."""
        return self.control('session_credentials', user=user, mfa=mfa,
                            seconds=seconds, account=account)

    def role_credentials(self, role='admin', seconds=3600, account=None,
                         mfa=False, policy=None):
        """A session of the role; policy: the session's own."""
        return self.control('role_credentials', role=role, seconds=seconds,
                            account=account, mfa=mfa, policy=policy)

    def env(self, who='admin', **more):
        """AWS_* for a program; who is a user's name or credentials."""
        if isinstance(who, str):
            who = self.credentials(who)
        made = {'AWS_ACCESS_KEY_ID': who['AccessKeyId'],
                'AWS_SECRET_ACCESS_KEY': who['SecretAccessKey'],
                'AWS_REGION': self.region, 'AWS_DEFAULT_REGION': self.region,
                'AWS_ENDPOINT_URL': self.url,
                'AWS_EC2_METADATA_DISABLED': 'true'}
        if who.get('SessionToken'):
            made['AWS_SESSION_TOKEN'] = who['SessionToken']
        if self.tls:
            made['AWS_CA_BUNDLE'] = self.tls.ca
        return {**made, **more}

    def botocore(self, service='iam', who='admin', **config):
        """A botocore client that tries once, with those credentials."""
        import botocore.config
        if isinstance(who, str):
            who = self.credentials(who)
        config = {'retries': {'total_max_attempts': 1}, **config}
        return _session().create_client(
            service, region_name=self.region, endpoint_url=self.url,
            aws_access_key_id=who['AccessKeyId'],
            aws_secret_access_key=who['SecretAccessKey'],
            aws_session_token=who.get('SessionToken'),
            verify=self.tls.ca if self.tls else None,
            config=botocore.config.Config(**config))

    # Orders; README.md lists them.

    def order(self, action='*', *, count=1, **fault):
        """count=None: for ever. Gives the order's number."""
        if LASTING & set(fault) and count == 1:
            count = None
        return self.control('order', action=action, count=count,
                            **fault)['order']

    def clear_orders(self):
        self.control('clear_orders')

    def settings(self, **changed):
        """Changes settings; gives all of them."""
        return self.control('settings', **changed)

    def clock(self, offset=None, at=None, advance=None, freeze=None):
        """Sets the server's clock (seconds); gives its time."""
        ask = dict(offset=offset, at=at, advance=advance, freeze=freeze)
        return self.control('clock', **{k: v for k, v in ask.items()
                                        if v is not None})['now']

    def now(self):
        return self.clock()

    def code(self, seed, steps=0):
        """The code that a device shows, steps of 30 s from the server's."""
        return totp.code(seed, int(self.now() // totp.STEP) + steps)

    def pair(self, seed, steps=0):
        """The codes before and at that step, as enabling wants them."""
        here = int(self.now() // totp.STEP) + steps
        return totp.code(seed, here - 1), totp.code(seed, here)

    # Looking.

    def calls(self, action=None, clear=False):
        """The log: a dict for each request, seeds and codes in clear."""
        found = self.control('calls', clear=clear)['calls']
        return [c for c in found if action in (None, c['action'])]

    def delayed(self):
        """How many requests were delayed by an order, since the start."""
        return self.control('delayed')['delayed']

    def trail(self, name=None):
        """CloudTrail's events, at once and of all regions and accounts."""
        return [event for event in self.control('trail_events')['events']
                if name in (None, event['eventName'])]

    def state(self):
        return self.control('state')

    def devices(self, user=None, account=None):
        """The devices of a user ('root': root's), or all, by serial."""
        state = self.state()['accounts'][account or self.account]
        found = state['devices']
        if user is None:
            return found
        owner = state['root'] if user == 'root' \
            else state['users'][user.lower()]
        return {s: d for s, d in found.items() if d['user'] == owner['id']}

    def reset(self):
        """As just started, but for the port."""
        self.control('reset')


@functools.cache
def _session():
    import botocore.session
    return botocore.session.Session()


class Certificates(typing.NamedTuple):
    """Paths of PEM files."""
    ca: str
    cert: str
    key: str


def make_certificates(directory, names=('localhost',),
                      addresses=('127.0.0.1',), days=2):
    """A throw-away CA and a certificate from it, by the openssl command."""
    def path(name):
        return os.path.join(directory, name)

    def openssl(*words):
        subprocess.run(['openssl', *words], check=True, capture_output=True)
    key = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
           '-nodes')
    openssl('req', '-x509', *key, '-keyout', path('ca.key'), '-out',
            path('ca.pem'), '-subj', '/CN=rig CA', '-days', str(days),
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
    openssl('req', '-new', *key, '-keyout', path('server.key'), '-out',
            path('server.csr'), '-subj', f'/CN={names[0]}')
    also = ','.join([f'DNS:{n}' for n in names]
                    + [f'IP:{a}' for a in addresses])
    with tempfile.NamedTemporaryFile('w', suffix='.cnf') as extensions:
        extensions.write(f'subjectAltName={also}\n'
                         'basicConstraints=critical,CA:FALSE\n'
                         'keyUsage=critical,digitalSignature\n'
                         'extendedKeyUsage=serverAuth\n'
                         'subjectKeyIdentifier=hash\n'
                         'authorityKeyIdentifier=keyid\n')
        extensions.flush()
        openssl('x509', '-req', '-in', path('server.csr'), '-CA',
                path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial',
                '-extfile', extensions.name, '-out', path('server.pem'),
                '-days', str(days))
    return Certificates(path('ca.pem'), path('server.pem'),
                        path('server.key'))
