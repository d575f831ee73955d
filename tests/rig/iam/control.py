"""The control channel: POST /_rig/VERB with a JSON object, from loopback."""

import json

from .call import caller_arn
from .state import ROOT, Device, Role, make_id

VERBS = {}


def verb(function):
    VERBS[function.__name__] = function
    return function


def account_of(rig, ask):
    number = ask.get('account') or rig.world.default
    try:
        return rig.world.accounts[number]
    except KeyError:
        raise ValueError(f'no account {number}')


def user_of(account, name):
    if name in ('root', ROOT):
        return account.root
    user = account.user(name)
    if user is None:
        raise ValueError(f'no user {name}')
    return user


def _show(account, key):
    return {'AccessKeyId': key.id, 'SecretAccessKey': key.secret,
            'SessionToken': key.token, 'Expiration': key.expires,
            'Arn': caller_arn(account, key), 'Account': account.id}


@verb
def add_account(rig, ask):
    made = rig.world.add_account(ask['account'], alias=ask.get('alias'),
                                 admin=ask.get('admin', True))
    return {'account': made.id}


@verb
def set_account(rig, ask):
    account = account_of(rig, ask)
    if 'alias' in ask:
        account.alias = ask['alias']
    for name, value in (ask.get('root') or {}).items():
        if not hasattr(account.root, name):
            raise ValueError(f'root has no {name}')
        setattr(account.root, name, value)
    return {}


@verb
def add_user(rig, ask):
    account = account_of(rig, ask)
    fields = {k: v for k, v in ask.items()
              if k not in ('account', 'name', 'keys')}
    if ask['name'].lower() in account.users:
        raise ValueError(f'user {ask["name"]} is there already')
    user = rig.world.add_user(account, ask['name'], **fields)
    for _ in range(ask.get('keys', 0)):
        rig.world.add_key(account, user)
    return {'name': user.name, 'id': user.id, 'arn': account.user_arn(user)}


@verb
def add_users(rig, ask):
    """Many users in one go; names are the prefix and a number."""
    account = account_of(rig, ask)
    for n in range(ask['number']):
        user = rig.world.add_user(
            account, f'{ask.get("prefix", "user")}{n:05d}',
            password=ask.get('password', False))
        if ask.get('fido'):
            add_device(rig, {'account': account.id, 'kind': 'fido',
                             'user': user.name})
    return {'users': len(account.users)}


@verb
def add_device(rig, ask):
    """A device as the console, a vendor or the past would have made it."""
    account = account_of(rig, ask)
    owner = user_of(account, ask['user']) if ask.get('user') else None
    kind, serial = ask['kind'], ask.get('serial')
    if serial is None:
        name = ask.get('name') or 'key'
        if kind == 'fido':
            where = 'root' if owner is account.root \
                else f'user/{owner.name}' if owner else None
            serial = account.arn(f'u2f/{where}/{name}-{make_id("", 26)}')
        else:
            serial = account.arn({'virtual': 'mfa/', 'sms': 'sms-mfa/'}[kind]
                                 + name)
    if serial in account.devices:
        raise ValueError(f'{serial} is there already')
    if kind == 'virtual':
        device = rig.world.add_virtual_device(account, serial,
                                              ask.get('seed'))
    else:
        device = Device(serial, kind, ask.get('seed'),
                        certifications=ask.get('certifications') or {})
        account.devices[serial] = device
    if owner is not None:
        device.user = owner.id
        device.enabled = ask.get('enabled', rig.world.now())
    return {'serial': serial, 'seed': device.seed}


@verb
def sweep(rig, ask):
    """What AWS does when anybody adds a virtual device in the console."""
    return {'gone': rig.world.sweep(account_of(rig, ask))}


@verb
def add_role(rig, ask):
    account = account_of(rig, ask)
    fields = {k: v for k, v in ask.items() if k not in ('account', 'name')}
    fields.setdefault('trusts', [account.id])
    fields.setdefault('created', rig.world.now())
    role = Role(ask['name'], make_id('AROA'), **fields)
    account.roles[role.name] = role
    return {'arn': account.arn(f'role{role.path}{role.name}')}


@verb
def credentials(rig, ask):
    """Keys of a user, of root, or of the administrator."""
    account, name = account_of(rig, ask), ask.get('user') or 'admin'
    if name == 'admin' and account.user('admin') is None:
        return role_credentials(rig, {'account': account.id})
    user = user_of(account, name)
    usable = [k for k in user.keys if rig.world.keys[k].active]
    key = rig.world.keys[usable[0]] if usable else \
        rig.world.add_key(account, user)
    return _show(account, key)


@verb
def use_key(rig, ask):
    """An access key was used last at that time."""
    rig.world.keys[ask['id']].last_used = ask['at']
    return {}


def _document(ask):
    """The session policy that is asked for, as text."""
    given = ask.get('policy')
    return given if given is None or isinstance(given, str) \
        else json.dumps(given)


@verb
def role_credentials(rig, ask):
    """A session of a role that is nobody's IAM user."""
    account, name = account_of(rig, ask), ask.get('role') or 'admin'
    if name not in account.roles:
        account.roles[name] = Role(name, make_id('AROA'),
                                   created=rig.world.now())
    return _show(account, rig.world.add_session(
        account, ask.get('seconds', 3600), kind='role', role=name,
        session_name=ask.get('session_name', 'rig'),
        mfa=bool(ask.get('mfa')), session_policy=_document(ask)))


@verb
def session_credentials(rig, ask):
    """What GetSessionToken would give, with or without MFA."""
    account = account_of(rig, ask)
    user = user_of(account, ask.get('user') or 'admin')
    return _show(account, rig.world.add_session(
        account, ask.get('seconds', 3600), kind='session', user=user.id,
        mfa=bool(ask.get('mfa'))))


@verb
def order(rig, ask):
    return {'order': rig.orders.add(ask)}


@verb
def clear_orders(rig, ask):
    rig.orders.clear()
    return {}


@verb
def clock(rig, ask):
    rig.world.set_clock(**ask)
    return {'now': rig.world.now(), 'offset': rig.world.offset,
            'frozen': rig.world.frozen is not None}


@verb
def settings(rig, ask):
    unknown = set(ask) - set(rig.world.settings)
    if unknown:
        raise ValueError(f'no such setting: {sorted(unknown)}')
    rig.world.settings.update(ask)
    return rig.world.settings


@verb
def calls(rig, ask):
    found = list(rig.calls)
    if ask.get('clear'):
        rig.calls.clear()
    return {'calls': found}


@verb
def delayed(rig, ask):
    return {'delayed': rig.delayed}


@verb
def state(rig, ask):
    return {**rig.world.dump(), 'connections': rig.connections,
            'orders': [{**o.fields, 'order': o.id, 'left': o.left}
                       for o in rig.orders.list]}


@verb
def reset(rig, ask):
    rig.world.reset()
    rig.orders.clear()
    rig.calls = []      # a late request keeps writing to the old log
    rig.connections = 0
    return {}


READ_ONLY = {'order', 'clear_orders', 'clock', 'settings', 'calls', 'delayed',
             'state', 'trail_events'}
