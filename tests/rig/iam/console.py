"""The web console as far as it signs people in and assigns MFA devices.

What the person in the browser does is a function here; each calls IAM as the
console would, under the same policies, and leaves the same events.
"""

import re
import uuid

from . import authorize, iam_mfa, totp, trail
from .call import ACTIONS, Call
from .model import AwsError
from .state import make_id

_NAME = re.compile(r'[\w+=,.@-]{1,64}', re.ASCII)


class Refused(Exception):
    """What the console does not offer, or does not let through."""


def act(rig, key, name, params, context=None, function=None, told=True):
    """An action of IAM as the console asks for it; raises AwsError."""
    world = rig.world
    if world.keys.get(key.id) is not key or key.expires <= world.now():
        raise Refused('the session is over')
    call = Call(world, world.accounts[key.account], key, 'iam', name, params,
                rig.orders)
    call.context, call.region = context or {}, trail.home_region(call.account)
    result = error = None
    try:
        authorize.check(call)
        if rig.orders.denies(call.caller, name):
            raise call.denied()
        result = (function or ACTIONS['iam', name])(call)
    except AwsError as refusal:
        error = refusal
    if told or error:
        trail.add_call(call, rig.services['iam'], str(uuid.uuid4()),
                       'iam.amazonaws.com', trail.BROWSER, result, error)
    if error:
        raise error
    return result


def _owner(rig, key, user):
    """(parameters that name the owner, the owner); user None: oneself."""
    account = rig.world.accounts[key.account]
    if user is None:
        owner = account.by_id(key.user)
        root = owner is account.root
        return ({} if root else {'UserName': owner.name}), owner
    owner = account.user(user)
    if owner is None:
        raise Refused(f'no user {user}')
    return {'UserName': user}, owner


def _open_page(rig, key, params, user, app=False):
    """What the pages before the wizard read; who may not gets no farther."""
    if user is not None:
        act(rig, key, 'ListUsers', {})
    owner = {k: params[k] for k in ('UserName',) if k in params}
    act(rig, key, 'GetUser', owner)
    act(rig, key, 'ListMFADevices', owner)
    if app:
        act(rig, key, 'ListVirtualMFADevices', {})


def _check_name(name):
    if not _NAME.fullmatch(name):
        raise Refused(f"'{name}' is no name for a device")


def _check_kind(account, kind):
    if account.partition == 'aws-cn' and kind != 'virtual':
        raise Refused('in China only an authenticator app is offered')


def add_fido(rig, key, name, user=None, certifications=None):
    """A passkey or security key: two requests, Create and Activate."""
    account = rig.world.accounts[key.account]
    _check_kind(account, 'fido')
    _check_name(name)
    params, owner = _owner(rig, key, user)
    _open_page(rig, key, params, user)
    where = 'root' if owner is account.root else f'user/{owner.name}'
    params['SerialNumber'] = account.arn(
        f'u2f/{where}/{name}-{make_id("", 26)}')
    act(rig, key, 'EnableMFADevice', params,
        {'iam:registersecuritykey': ['Create']}, iam_mfa.may_register,
        told=rig.world.settings['fido_events'] == 2)
    certifications = certifications or {}
    context = {f'iam:{kind.lower()}-certification': [level]
               for kind, level in certifications.items()}
    context['iam:registersecuritykey'] = ['Activate']
    act(rig, key, 'EnableMFADevice', params, context,
        lambda call: iam_mfa.register_security_key(call, certifications))
    return {'serial': params['SerialNumber']}


def add_virtual(rig, key, name, user=None, codes=None, scan_only=False):
    """An authenticator app; scan_only: closes the page after the QR code.

    Before it makes one, AWS deletes the account's unassigned ones.
    """
    account = rig.world.accounts[key.account]
    _check_name(name)
    params, _ = _owner(rig, key, user)
    _open_page(rig, key, params, user, app=True)
    gone = _sweep(rig, account, key)
    made = act(rig, key, 'CreateVirtualMFADevice',
               {'VirtualMFADeviceName': name, 'Path': '/'})
    serial = made['VirtualMFADevice']['SerialNumber']
    seed = account.devices[serial].seed
    if not scan_only:
        try:
            _enable(rig, key, {**params, 'SerialNumber': serial}, codes)
        except AwsError:
            _try_to_delete(rig, key, serial)
            raise
    return {'serial': serial, 'seed': seed, 'gone': gone}


def _sweep(rig, account, key):
    gone = [serial for serial, device in account.devices.items()
            if device.kind == 'virtual' and device.user is None]
    for serial in gone:
        # AWS's own doing: no policy of the person is asked.
        call = Call(rig.world, account, key, 'iam', 'DeleteVirtualMFADevice',
                    {'SerialNumber': serial}, rig.orders)
        del account.devices[serial]
        trail.add_call(call, rig.services['iam'], str(uuid.uuid4()),
                       'iam.amazonaws.com', trail.BROWSER, None, None)
    return gone


def _try_to_delete(rig, key, serial):
    """Where the person may not, the device stays, unassigned."""
    try:
        act(rig, key, 'DeleteVirtualMFADevice', {'SerialNumber': serial})
    except AwsError:
        pass


def add_hardware(rig, key, serial, user=None, codes=None):
    """A vendor's token; AWS has to know its serial number."""
    _check_kind(rig.world.accounts[key.account], 'hardware')
    params, _ = _owner(rig, key, user)
    _open_page(rig, key, params, user)
    _enable(rig, key, {**params, 'SerialNumber': serial}, codes)
    return {'serial': serial}


def _enable(rig, key, params, codes):
    first, second = codes or _shown_codes(rig, key, params['SerialNumber'])
    act(rig, key, 'EnableMFADevice', {**params, 'AuthenticationCode1': first,
                                      'AuthenticationCode2': second})


def _shown_codes(rig, key, serial):
    """What the device shows now and has shown before."""
    device = rig.world.accounts[key.account].devices.get(serial)
    if device is None or device.seed is None:
        return '000000', '000000'
    here = int(rig.world.now() // totp.STEP)
    return totp.code(device.seed, here - 1), totp.code(device.seed, here)


def remove(rig, key, serial, user=None):
    params, _ = _owner(rig, key, user)
    _open_page(rig, key, params, user)
    act(rig, key, 'DeactivateMFADevice', {**params, 'SerialNumber': serial})
    if ':mfa/' in serial:
        _try_to_delete(rig, key, serial)
    return {}


def resync(rig, key, serial, user=None, codes=None):
    params, _ = _owner(rig, key, user)
    _open_page(rig, key, params, user)
    first, second = codes or _shown_codes(rig, key, serial)
    act(rig, key, 'ResyncMFADevice', {
        **params, 'SerialNumber': serial, 'AuthenticationCode1': first,
        'AuthenticationCode2': second})
    return {}


def somebody_adds(rig, account, user=None, name=None):
    """Anybody, with MFA, adds a virtual device for user; for None the page
    is closed again.  Gives serial, seed and the serials that vanished."""
    actor = account.root
    if account.partition in ('aws-cn', 'aws-us-gov') and account.users:
        actor = account.sorted_users()[0]
    key = rig.world.add_session(account, 3600, kind='session', user=actor.id,
                                mfa=True, browser=True)
    own = user == 'root' or account.user(user or '') is actor
    made = add_virtual(rig, key, name or make_id('phone-', 12),
                       None if own else user,
                       scan_only=user is None)
    if user is None:
        _try_to_delete(rig, key, made['serial'])
        made['serial'] = made['seed'] = None
    return made
