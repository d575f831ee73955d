"""The control channel's verbs by which a test is the person in a browser."""

from . import console
from .control import account_of, user_of, verb
from .sign_in import sign_in


def _session(rig, ask):
    key = rig.world.keys.get(ask.pop('session'))
    if key is None or not key.browser:
        raise ValueError('no such session of a browser')
    return key


@verb
def console_sign_in(rig, ask):
    account = account_of(rig, ask)
    user = user_of(account, ask['user'])
    key, event = sign_in(rig.world, account, user, ask.get('mfa'),
                         ask.get('password', True), ask.get('code'),
                         ask.get('region'))
    return {'session': key.id, 'event': event, 'mfa': key.mfa}


@verb
def console_sign_out(rig, ask):
    del rig.world.keys[_session(rig, ask).id]
    return {}


def _enter(name, function):
    """A verb console_NAME whose members, but session, are the arguments."""
    def run(rig, ask):
        key = _session(rig, ask)
        return function(rig, key, **ask)
    run.__name__ = f'console_{name}'
    verb(run)


for _name in ('add_fido', 'add_virtual', 'add_hardware', 'remove', 'resync'):
    _enter(_name, getattr(console, _name))


@verb
def console_adds_virtual_device(rig, ask):
    return console.somebody_adds(rig, account_of(rig, ask), ask.get('user'),
                                 ask.get('name'))
