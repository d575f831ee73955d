"""The credential report: one CSV an account, up to four hours old."""

import csv
import io

from .model import iso_time
from .state import ROOT

LIFETIME = 4 * 3600
EXTRA = 'additional_credentials_info'
HEADER = (
    'user,arn,user_creation_time,password_enabled,password_last_used,'
    'password_last_changed,password_next_rotation,mfa_active,'
    'access_key_1_active,access_key_1_last_rotated,'
    'access_key_1_last_used_date,access_key_1_last_used_region,'
    'access_key_1_last_used_service,access_key_2_active,'
    'access_key_2_last_rotated,access_key_2_last_used_date,'
    'access_key_2_last_used_region,access_key_2_last_used_service,'
    'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'
).split(',')


def make(account, keys, root_row, extra_column):
    """The whole text: LF between lines, none after the last."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(HEADER + [EXTRA] * extra_column)
    with_mfa = {d.user for d in account.devices.values() if d.user}
    rows = [account.root] * root_row + account.sorted_users()
    for user in rows:
        row = _row(account, user, keys, user.id in with_mfa)
        writer.writerow(row + ['N/A'] * extra_column)
    return text.getvalue().removesuffix('\n')


def _row(account, user, keys, mfa):
    root = user is account.root
    row = [ROOT if root else user.name, account.user_arn(user),
           iso_time(user.created), _bool(user.password)]
    row += _password(user, root)
    row.append(_bool(mfa))
    own = [keys[k] for k in user.keys[:2]]
    for key in own + [None] * (2 - len(own)):
        row += _key(key)
    certificates = list(user.certificates[:2])
    for cert in certificates + [None] * (2 - len(certificates)):
        row += [_bool(bool(cert and cert['active'])),
                _when(cert and cert['uploaded'])]
    return row


def _password(user, root):
    """last used, last changed, next rotation"""
    rotation = 'not_supported' if root else _when(user.password_next_rotation)
    if not user.password:
        return ['N/A', 'N/A', rotation]
    used = user.password_last_used
    return ['no_information' if used is None else iso_time(used),
            _when(user.password_changed), rotation]


def _key(key):
    if key is None:
        return ['false', 'N/A', 'N/A', 'N/A', 'N/A']
    return [_bool(key.active), iso_time(key.created), _when(key.last_used),
            key.last_region or 'N/A', key.last_service or 'N/A']


def _bool(value):
    return 'true' if value else 'false'


def _when(seconds):
    return 'N/A' if seconds is None else iso_time(seconds)
