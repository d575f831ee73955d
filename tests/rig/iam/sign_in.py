"""The sign-in pages of the console: who gets in, where the event lands."""

from . import totp, trail
from .console import Refused
from .regions import region_pattern
from .state import ROOT

ROOT_REGIONS = ('us-east-1', 'us-east-2', 'us-west-2')
_FAILED = 'Failed authentication'
_LOGIN_TO = ('https://console.aws.amazon.com/console/home?'
             'hashArgs=%23&isauthcode=true')
_KINDS = {'virtual': 'Virtual MFA', 'fido': 'U2F MFA',
          'hardware': 'Hardware MFA', 'sms': 'SMS MFA'}
_SESSION = 12 * 3600


def sign_in(world, account, user, serial=None, password=True, code=None,
            region=None):
    """(session's key, event id); serial: the device that is used.

    Where the user has a device the sign-in needs one of them.
    """
    region = _region(account, user, region)
    devices = account.devices_of(user)
    if not user.password or not password:
        _tell(world, account, user, region, None, _FAILED)
        raise Refused(_FAILED)
    if devices:
        trail.add_sign_in(world, account, user, 'CheckMfa', region,
                          {'MfaType': _kind(devices)})
    if devices and serial is None:
        raise Refused('the sign-in asks for MFA')
    if serial is not None:
        if serial not in (device.serial for device in devices) \
                or not _proves(world, account.devices[serial], code):
            _tell(world, account, user, region, serial, _FAILED)
            raise Refused(_FAILED)
    user.password_last_used = world.now()
    event = _tell(world, account, user, region, serial)
    return world.add_session(account, _SESSION, kind='session', user=user.id,
                             mfa=serial is not None, browser=True), event


def _region(account, user, region):
    """The region that tells of the sign-in; refuses one that cannot."""
    home = trail.home_region(account)
    if user.id == ROOT:
        if account.partition in ('aws-cn', 'aws-us-gov'):
            raise Refused('root has no console in this partition')
        if account.partition == 'aws' and region not in (None, *ROOT_REGIONS):
            raise Refused(f'root does not sign in at {region}')
    if region is not None and not region_pattern(
            account.partition).fullmatch(region):
        raise Refused(f'{region} is no region of this partition')
    return region or home


def _kind(devices):
    kinds = {device.kind for device in devices}
    return _KINDS[kinds.pop()] if len(kinds) == 1 else 'Multiple MFA Devices'


def _proves(world, device, code):
    """code None: the person types what the device shows, or touches it."""
    if code is None or device.seed is None:
        return code is None
    here = int(world.now() // totp.STEP) + device.adjustment
    step = totp.find_one(device.seed, code, here, device.used)
    if step is None:
        return False
    device.used.append(step)
    return True


def _tell(world, account, user, region, serial, failed=None):
    more = {'LoginTo': _LOGIN_TO, 'MobileVersion': 'No',
            'MFAUsed': 'Yes' if serial else 'No'}
    if serial and not failed:
        more['MFAIdentifier'] = serial
    return trail.add_sign_in(world, account, user, 'ConsoleLogin', region,
                             more, failed)
