"""IAM: MFA devices, as strict about codes and owners as AWS."""

from . import totp
from .call import action, read_tags, show_tags, show_user
from .model import AwsError
from .state import ROOT, Device, small_png

_SELF = ('To complete this action, please ensure that you are authenticated '
         'with an MFA device that is enabled for this user.')


@action('iam')
def create_virtual_mfa_device(call):
    account = call.account
    serial = account.arn('mfa' + (call['Path'] or '/')
                         + call['VirtualMFADeviceName'])
    tags = read_tags(call['Tags'], {})
    if serial in account.devices:
        raise AwsError('EntityAlreadyExists', 'MFA device already exists.')
    quota = call.settings['virtual_mfa_quota']
    if sum(d.kind == 'virtual' for d in account.devices.values()) >= quota:
        raise AwsError('LimitExceeded', 'Cannot exceed quota for '
                       f'VirtualMFADevicesPerAccount: {quota}')
    device = call.world.add_virtual_device(account, serial)
    device.tags = tags
    made = {'SerialNumber': serial, 'Base32StringSeed': device.seed.encode(),
            'QRCodePNG': small_png(serial + device.seed)}
    if tags:
        made['Tags'] = show_tags(tags)
    return {'VirtualMFADevice': made}


@action('iam')
def delete_virtual_mfa_device(call):
    device = _virtual(call)
    if device.user is not None:
        raise AwsError('DeleteConflict', 'MFA VirtualDevice in use. Must '
                       'deactivate first.')
    del call.account.devices[device.serial]


@action('iam')
def enable_mfa_device(call):
    _refuse_self_management(call)
    user = call.target()
    device = call.account.devices.get(call['SerialNumber'])
    if device is None or device.kind not in ('virtual', 'hardware'):
        raise _unknown(call['SerialNumber'])
    if device.user == user.id:
        raise AwsError('EntityAlreadyExists', 'MFA Device for user '
                       f'{user.name} already exists.')
    if device.user is not None:
        raise AwsError('EntityAlreadyExists', 'MFA Device is already in use.')
    refuse_one_more(call, user)
    _accept_pair(call, device, 0)
    device.user, device.enabled = user.id, call.now


def refuse_one_more(call, user):
    """LimitExceeded where the user has as many devices as one may."""
    limit = call.settings['devices_per_user'] or \
        (1 if call.account.partition == 'aws-us-gov' else 8)
    if len(call.account.devices_of(user)) >= limit:
        raise AwsError('LimitExceeded', 'Cannot exceed quota for '
                       f'MFADevicesPerUser: {limit}')


def may_register(call):
    """What is refused before the person's key is touched."""
    _refuse_self_management(call)
    refuse_one_more(call, call.target())


def register_security_key(call, certifications):
    """The console's registration of a FIDO key, touched."""
    may_register(call)
    serial = call['SerialNumber']
    call.account.devices[serial] = Device(
        serial, 'fido', user=call.target().id, enabled=call.now,
        certifications=certifications)


@action('iam')
def resync_mfa_device(call):
    device = _bound(call, call.target())
    if device.seed is None:
        raise _not_bound()
    _accept_pair(call, device, device.adjustment)


@action('iam')
def deactivate_mfa_device(call):
    _refuse_self_management(call)
    if call.key.kind == 'root' and call['UserName'] is None:
        raise AwsError('ValidationError', 'Must specify userName when '
                       'calling with non-User credentials')
    device = _bound(call, call.target())
    device.last_user, device.unbound = device.user, call.now
    device.user = device.enabled = None
    if device.kind in ('fido', 'sms'):
        del call.account.devices[device.serial]


@action('iam')
def list_mfa_devices(call):
    user = call.target()

    def show(device):
        name = {} if user.id == ROOT else {'UserName': user.name}
        return {**name, 'SerialNumber': device.serial,
                'EnableDate': device.enabled}
    return call.page('MFADevices', call.account.devices_of(user),
                     lambda d: d.serial, show)


@action('iam')
def list_virtual_mfa_devices(call):
    account = call.account
    wanted = {'Assigned': [True], 'Unassigned': [False]}.get(
        call['AssignmentStatus'], [True, False])
    found = [account.devices[s] for s in sorted(account.devices)]
    owners = {user.id: user for user in account.users.values()}
    owners[ROOT] = account.root

    def show(device):
        shown = {'SerialNumber': device.serial}
        if device.user is not None:
            shown['User'] = show_user(account, owners[device.user])
            shown['EnableDate'] = device.enabled
        return shown
    return call.page('VirtualMFADevices',
                     [d for d in found if d.kind == 'virtual'
                      and (d.user is not None) in wanted],
                     lambda d: d.serial, show)


@action('iam')
def get_mfa_device(call):
    account = call.account
    device = account.devices.get(call['SerialNumber'])
    if device.kind != 'fido' if device else \
            ':u2f/' not in call['SerialNumber']:
        raise AwsError('ValidationError', 'The MFA device serial number sent '
                       'in the request is invalid or not supported by this '
                       'API. Currently, only hardware FIDO security keys are '
                       'supported. Please use the compatible device or API.')
    if device is None:
        raise _unknown(call['SerialNumber'])
    if call['UserName'] and call.target().id != device.user:
        raise _not_bound()
    owner = account.by_id(device.user)
    shown = {'SerialNumber': device.serial, 'EnableDate': device.enabled,
             'Certifications': device.certifications or None}
    if owner.id != ROOT:
        shown['UserName'] = owner.name
    return shown


@action('iam')
def tag_mfa_device(call):
    device = _virtual(call)
    device.tags = read_tags(call['Tags'], device.tags)


@action('iam')
def untag_mfa_device(call):
    device = _virtual(call)
    for key in call['TagKeys']:
        device.tags.pop(key, None)


@action('iam')
def list_mfa_device_tags(call):
    tags = show_tags(dict(sorted(_virtual(call).tags.items())))
    return call.page('Tags', tags, lambda t: t['Key'], lambda t: t)


def check_sts_code(call):
    """Raises unless SerialNumber and TokenCode prove the calling user's MFA.

    Gives True when they do and False when the request has neither.
    """
    serial, code = call['SerialNumber'], call['TokenCode']
    if serial is None and code is None:
        return False
    if serial is None or code is None:
        raise _sts('MultiFactorAuthentication failed, must provide both MFA '
                   'serial number and one time pass code.')
    device = call.account.devices.get(serial)
    if not _sts_knows(call, device) or not _may_verify(call, serial):
        raise _sts('MultiFactorAuthentication failed, unable to validate MFA '
                   'code.  Please verify your MFA serial number is valid and '
                   'associated with this user.')
    expected = int(call.now // totp.STEP) + device.adjustment
    step = totp.find_one(device.seed, code, expected, device.used)
    if step is None:
        raise _sts('MultiFactorAuthentication failed with invalid MFA one '
                   'time pass code. ')
    device.used = [s for s in device.used if s > expected - 100] + [step]
    return True


def _sts(message):
    return AwsError('AccessDenied', message, 403)


def _sts_knows(call, device):
    """Is the device bound to the caller, as far as STS has heard?"""
    if device is None or device.seed is None or call.user is None:
        return False
    if device.user == call.user.id:
        return call.now >= device.enabled + call.settings['enable_delay']
    return (device.last_user == call.user.id and device.unbound is not None
            and call.now < device.unbound + call.settings['remove_delay'])


def _may_verify(call, serial):
    """Nine verifications of a device in three minutes of the clock."""
    window = int(call.now // 180)
    seen, count = call.account.verifications.get(serial, (window, 0))
    count = count if seen == window else 0
    call.account.verifications[serial] = [window, count + 1]
    return count < 9


def _refuse_self_management(call):
    """Who has a device needs MFA to change their own devices.

    Of sessions only the console's come here without MFA; that root's are
    held to the rule too is our inference.
    """
    key, user = call.key, call.user
    if key.mfa or not (key.kind == 'user' or key.browser):
        return
    own = call['UserName'] is None \
        or user.id != ROOT and call['UserName'] == user.name
    if own and call.account.devices_of(user):
        raise AwsError('AccessDenied', _SELF)


def _accept_pair(call, device, adjustment):
    """Checks both codes and keeps what they say about the device's clock."""
    here = int(call.now // totp.STEP)
    step = totp.find_pair(device.seed, call['AuthenticationCode1'],
                          call['AuthenticationCode2'], here + adjustment,
                          device.last_step)
    if step is None:
        raise AwsError('InvalidAuthenticationCode',
                       'Authentication code for device is not valid.')
    device.adjustment, device.last_step = step - here, step


def _bound(call, user):
    device = call.account.devices.get(call['SerialNumber'])
    if device is None or device.user != user.id:
        raise _not_bound()
    return device


def _virtual(call):
    device = call.account.devices.get(call['SerialNumber'])
    if device is None or device.kind != 'virtual':
        raise _unknown(call['SerialNumber'])
    return device


def _not_bound():
    return AwsError('NoSuchEntity', 'MFA Device invalid for user.')


def _unknown(serial):
    return AwsError('NoSuchEntity', 'VirtualMFADevice with serial number '
                    f"{serial} doesn't exist.")
