"""What the local IAM knows: accounts, users, devices, keys, the clock.

Plain data that turns into JSON and back.  Rules are in the actions; only
what several of them need (names, look-ups, making a user) is here.
"""

import base64
import dataclasses
import hashlib
import re
import secrets
import time
import typing

_ID = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
ROOT = '<root_account>'

SIGN_REGION = {
    'aws': 'us-east-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1',
    'aws-eusc': 'eusc-de-east-1', 'aws-iso': 'us-iso-east-1',
    'aws-iso-b': 'us-isob-east-1', 'aws-iso-e': 'eu-isoe-west-1',
    'aws-iso-f': 'us-isof-south-1',
}


def make_id(prefix, length=21):
    return prefix + ''.join(secrets.choice(_ID)
                            for _ in range(length - len(prefix)))


@dataclasses.dataclass
class Key:
    """An access key; sessions have a token and an end."""
    id: str
    secret: str
    account: str
    kind: str           # user, root, session, role or assumed-root
    user: typing.Optional[str] = None       # id of the user, or ROOT
    created: float = 0
    active: bool = True
    token: typing.Optional[str] = None
    expires: typing.Optional[float] = None
    mfa: bool = False
    role: typing.Optional[str] = None
    session_name: typing.Optional[str] = None
    task: typing.Optional[str] = None       # policy of an AssumeRoot session
    last_used: typing.Optional[float] = None
    last_service: typing.Optional[str] = None
    last_region: typing.Optional[str] = None
    session_policy: typing.Optional[str] = None     # a document
    session_arns: tuple = ()                # of managed policies, beside it
    browser: bool = False                           # of a console sign-in


@dataclasses.dataclass
class User:
    name: str
    id: str
    path: str = '/'
    created: float = 0
    password: bool = False
    password_last_used: typing.Optional[float] = None
    password_changed: typing.Optional[float] = None
    password_next_rotation: typing.Optional[float] = None
    keys: list = dataclasses.field(default_factory=list)    # ids
    tags: dict = dataclasses.field(default_factory=dict)
    certificates: list = dataclasses.field(default_factory=list)
    policies: dict = dataclasses.field(default_factory=dict)    # inline
    attached: list = dataclasses.field(default_factory=list)    # ARNs
    groups: list = dataclasses.field(default_factory=list)      # names
    boundary: typing.Optional[str] = None                       # ARN


@dataclasses.dataclass
class Group:
    name: str
    id: str
    path: str = '/'
    created: float = 0
    policies: dict = dataclasses.field(default_factory=dict)
    attached: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class ManagedPolicy:
    name: str
    id: str
    path: str = '/'
    created: float = 0
    default: str = 'v1'
    versions: dict = dataclasses.field(default_factory=dict)    # documents
    version_dates: dict = dataclasses.field(default_factory=dict)
    last_version: int = 1


@dataclasses.dataclass
class Device:
    serial: str
    kind: str                       # virtual, hardware, fido or sms
    seed: typing.Optional[str] = None       # base32
    user: typing.Optional[str] = None       # id of the user, or ROOT
    enabled: typing.Optional[float] = None
    unbound: typing.Optional[float] = None  # when the last binding ended
    last_user: typing.Optional[str] = None
    adjustment: int = 0                     # steps the device is ahead
    last_step: typing.Optional[int] = None  # second step of the last pair
    used: list = dataclasses.field(default_factory=list)    # STS steps
    tags: dict = dataclasses.field(default_factory=dict)
    certifications: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Role:
    name: str
    id: str
    path: str = '/'
    trusts: list = dataclasses.field(default_factory=list)  # ARNs, ids, '*'
    require_mfa: bool = False
    external_id: typing.Optional[str] = None
    max_duration: int = 3600
    created: float = 0
    policies: dict = dataclasses.field(default_factory=dict)
    attached: list = dataclasses.field(default_factory=list)
    boundary: typing.Optional[str] = None


@dataclasses.dataclass
class Report:
    """The one credential report of an account."""
    started: float
    content: str
    polls: int = 0                  # answers INPROGRESS given so far
    generated: typing.Optional[float] = None


@dataclasses.dataclass
class Account:
    id: str
    partition: str = 'aws'
    alias: typing.Optional[str] = None
    root: User = None
    users: dict = dataclasses.field(default_factory=dict)   # by lower name
    devices: dict = dataclasses.field(default_factory=dict) # by serial
    roles: dict = dataclasses.field(default_factory=dict)
    report: typing.Optional[Report] = None
    groups: dict = dataclasses.field(default_factory=dict)      # by name
    policies: dict = dataclasses.field(default_factory=dict)    # by ARN
    in_organization: bool = True
    delegated: bool = False         # delegated administrator for IAM
    status: str = 'ACTIVE'          # in the organization
    name: typing.Optional[str] = None
    scps: list = dataclasses.field(default_factory=list)        # documents
    full_access_scp: bool = True
    # By serial, because the limit outlives the device: window, verifications.
    verifications: dict = dataclasses.field(default_factory=dict)

    def arn(self, rest, service='iam'):
        return f'arn:{self.partition}:{service}::{self.id}:{rest}'

    def user_arn(self, user):
        if user is self.root or user.id == ROOT:
            return self.arn('root')
        return self.arn(f'user{user.path}{user.name}')

    def user(self, name):
        found = self.users.get(name.lower())
        return found if found and found.name == name else None

    def by_id(self, user_id):
        if user_id == ROOT:
            return self.root
        return next((u for u in self.users.values() if u.id == user_id), None)

    def sorted_users(self):
        return [self.users[name] for name in sorted(self.users)]

    def devices_of(self, user):
        return sorted((d for d in self.devices.values()
                       if d.user == user.id), key=lambda d: d.serial)


DEFAULTS = {
    'report_seconds': 1.0,      # STARTED to COMPLETE, by the server's clock
    'report_polls': 0,          # INPROGRESS answers at least
    'report_extra_column': False,   # additional_credentials_info
    'root_row': None,           # None: wherever the partition has a root
    'page_limit': None,         # short pages: never more items than this
    'virtual_mfa_quota': 5000,
    'devices_per_user': None,   # None: 8, in GovCloud 1
    'enable_delay': 0.0,        # seconds until STS knows a new device
    'remove_delay': 0.0,        # seconds that STS still knows a removed one
    'organization_features': ['RootCredentialsManagement', 'RootSessions'],
    'sts_region': None,         # None: every region of the partition
    'sts_global': False,        # this is the global endpoint, sts.DOMAIN
    'policies': 'given',        # 'all': who has no policy may do nothing
    'denial_suffix': '',        # what AWS may add behind a denial
    'organization': 'ALL',      # or CONSOLIDATED_BILLING, or None
    'empty_pages': 0,           # of ListAccounts, before each that is not
    'trusted_access': True,     # of IAM in the organization
    'lookup_rate': 2.0,         # LookupEvents a second; None: any number
    'fido_events': 1,           # EnableMFADevice events of a FIDO key: 1 or 2
    'role_seconds': None,       # None: what AssumeRole asks for
}


class World:
    """All accounts, all keys, the clock and the settings."""

    def __init__(self, account='123456789012', partition='aws',
                 alias='example', admin=True):
        self.first = dict(account=account, partition=partition, alias=alias,
                          admin=admin)
        self.reset()

    def reset(self):
        self.accounts, self.keys = {}, {}
        self.settings, self.trail = dict(DEFAULTS), []
        self.lookups = {}       # when CloudTrail was asked; not kept
        self.offset, self.frozen = 0.0, None
        self.add_account(**self.first)

    # The clock.

    def now(self):
        return time.time() + self.offset if self.frozen is None \
            else self.frozen

    def set_clock(self, offset=None, at=None, advance=None, freeze=None):
        now = self.now()
        if offset is not None:
            now = time.time() + offset
        if at is not None:
            now = at
        if advance is not None:
            now += advance
        if freeze is None:
            freeze = self.frozen is not None
        if (offset, at, advance) != (None, None, None) or not freeze:
            self.offset = now - time.time()
        self.frozen = now if freeze else None

    # Making things.

    @property
    def default(self):
        return next(iter(self.accounts))

    def add_account(self, account, partition=None, alias=None, admin=True):
        """All accounts are in the partition of the first."""
        partition = partition or self.accounts[self.default].partition
        if partition not in SIGN_REGION:
            raise ValueError(f'unknown partition {partition}')
        if not re.fullmatch(r'\d{12}', account):
            raise ValueError('an account id has twelve digits')
        made = Account(account, partition, alias)
        made.root = User('root', ROOT, created=self.now() - 365 * 86400,
                         password=True)
        made.root.password_changed = made.root.created
        self.accounts[account] = made
        if admin:
            self.add_user(made, 'admin')
        return made

    def add_user(self, account, name, path='/', **fields):
        user = User(name, make_id('AIDA'), path, created=self.now())
        for field, value in fields.items():
            setattr(user, field, value)
        if user.password and user.password_changed is None:
            user.password_changed = user.created
        account.users[name.lower()] = user
        return user

    def add_key(self, account, user):
        root = user is account.root
        key = Key(make_id('AKIA', 20), make_secret(), account.id,
                  'root' if root else 'user', user.id, self.now())
        user.keys.append(key.id)
        self.keys[key.id] = key
        return key

    def add_session(self, account, duration, **fields):
        key = Key(make_id('ASIA', 20), make_secret(), account.id,
                  created=self.now(), expires=float(int(self.now()
                                                        + duration)),
                  token='IQoJ' + base64.b64encode(
                      secrets.token_bytes(600)).decode(), **fields)
        self.keys[key.id] = key
        return key

    def remove_user(self, account, user):
        for key in user.keys:
            self.keys.pop(key, None)
        del account.users[user.name.lower()]

    def sweep(self, account):
        """Unassigned virtual devices go; gives their serials."""
        gone = [serial for serial, device in account.devices.items()
                if device.kind == 'virtual' and device.user is None]
        for serial in gone:
            del account.devices[serial]
        return gone

    def add_virtual_device(self, account, serial, seed=None):
        if seed is None:
            seed = base64.b32encode(secrets.token_bytes(40)).decode()
        device = Device(serial, 'virtual', seed)
        account.devices[serial] = device
        return device

    # To JSON and back.

    def dump(self):
        """All but the trail, which may be long."""
        return {
            'clock': {'offset': self.offset, 'frozen': self.frozen,
                      'now': self.now()},
            'settings': self.settings,
            'accounts': {a: dataclasses.asdict(x)
                         for a, x in self.accounts.items()},
            'keys': {k: dataclasses.asdict(x) for k, x in self.keys.items()},
        }

    def load(self, saved):
        self.offset = saved['clock']['offset']
        self.frozen = saved['clock']['frozen']
        self.settings = {**DEFAULTS, **saved['settings']}
        self.keys = {k: Key(**x) for k, x in saved['keys'].items()}
        self.trail = saved.get('trail', [])
        self.accounts = {}
        for number, fields in saved['accounts'].items():
            fields = dict(fields)
            fields['root'] = User(**fields['root'])
            for name, kind in (('users', User), ('devices', Device),
                               ('roles', Role), ('groups', Group),
                               ('policies', ManagedPolicy)):
                fields[name] = {k: kind(**x)
                                for k, x in fields.get(name, {}).items()}
            if fields['report']:
                fields['report'] = Report(**fields['report'])
            self.accounts[number] = Account(**fields)


def make_secret():
    return base64.b64encode(secrets.token_bytes(30)).decode()


def small_png(text):
    """A real 33 x 33 black and white picture, different for each text.

    It is not a QR code: nothing in the rig has eyes.
    """
    import struct
    import zlib

    def chunk(kind, data):
        return (struct.pack('>I', len(data)) + kind + data
                + struct.pack('>I', zlib.crc32(kind + data)))
    noise = hashlib.shake_128(text.encode()).digest(33 * 5)
    rows = b''.join(b'\0' + noise[n * 5:n * 5 + 5] for n in range(33))
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', 33, 33, 1, 0, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
