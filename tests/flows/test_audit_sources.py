# SPDX-License-Identifier: Apache-2.0
"""The same account by every source: a report of this run, an older one, none;
lists of AWS; the registry. A table of check, status and who said so; what no rule
may rest on stands in no row."""

import pytest

from test_audit import (ACCOUNT, ROOT, audit, iam, later, make_report,
                        registry)

__all__ = ['iam', 'registry']

REPORT, LIST, VIRTUAL = ('credential report', 'iam:ListMFADevices',
                         'iam:ListVirtualMFADevices')
LOGIN, SUMMARY, GET = ('iam:GetLoginProfile', 'iam:GetAccountSummary',
                       'iam:GetMFADevice')
P, F, U, NA = 'PASS', 'FAIL', 'UNKNOWN', 'NOT_APPLICABLE'
USER, KIND, ONE, PASSKEY = ('user-mfa-missing', 'user-not-phishing-resistant',
                            'user-one-device', 'user-passkey-uncertified')
MODES = ('fresh', 'older', 'denied')


def people(iam):
    for name in ('alice', 'bob', 'carol', 'erin'):
        iam.add_user(name, password=True)
    iam.add_user('dave')
    iam.add_fido_device('bob')
    iam.add_virtual_device('carols', 'carol')
    iam.add_virtual_device('erins', 'erin')
    iam.add_fido_device('erin', certifications={'FIDO': 'L1'})


def arrange(iam, mode):
    if mode == 'fresh':
        iam.settings(report_seconds=1.5)
    people(iam)
    if mode == 'older':
        make_report(iam)
        later(iam)
    if mode == 'denied':
        for action in ('GenerateCredentialReport', 'GetCredentialReport'):
            iam.order(action, error='AccessDenied', count=None)


def three(fresh, older, denied):
    return dict(zip(MODES, (fresh, older, denied)))


def always(status, source):
    return three(*[(status, source)] * 3)


# A virtual device that is assigned settles who it is of, a fresh report all that
# it says; an older one says nothing
BENCHMARK = {
    (USER, 'alice'): three((F, f'{LIST}, {REPORT}'), (F, f'{LIST}, {LOGIN}'),
                           (F, f'{LIST}, {LOGIN}')),
    (USER, 'bob'): three((P, REPORT), (P, LIST), (P, LIST)),
    (USER, 'carol'): three((P, REPORT), (P, VIRTUAL), (P, VIRTUAL)),
    (USER, 'erin'): three((P, REPORT), (P, VIRTUAL), (P, VIRTUAL)),
    (USER, 'dave'): three((P, REPORT), (P, LOGIN), (P, LOGIN)),
    ('root-mfa-missing', ROOT): always(P, SUMMARY),
    ('root-mfa-virtual', ROOT): always(P, f'{VIRTUAL}, {SUMMARY}'),
    ('root-access-key', ROOT): always(P, SUMMARY),
}

# Kinds are by each user's own list alone, and a password decides who is asked
HOUSE = {
    (USER, 'bob'): always(P, LIST),
    (USER, 'carol'): always(P, LIST),
    (KIND, 'alice'): always(NA, LIST),
    (KIND, 'bob'): always(P, LIST),
    (KIND, 'carol'): three((F, f'{LIST}, {REPORT}'), (F, f'{LIST}, {LOGIN}'),
                           (F, f'{LIST}, {LOGIN}')),
    (KIND, 'erin'): three((F, f'{LIST}, {REPORT}'), (F, f'{LIST}, {LOGIN}'),
                          (F, f'{LIST}, {LOGIN}')),
    (ONE, 'alice'): always(NA, LIST),
    (ONE, 'bob'): always(F, LIST),
    (ONE, 'erin'): always(P, LIST),
    (PASSKEY, 'bob'): always(F, GET),
    (PASSKEY, 'erin'): always(P, GET),
}
NAMES = ','.join(sorted({check for check, _ in HOUSE}))


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('checks, table', [('benchmark', BENCHMARK),
                                           (NAMES, HOUSE)],
                         ids=['benchmark', 'house'])
def test_who_decides_each_check(iam, mode, checks, table):
    arrange(iam, mode)
    result = audit('--checks', checks, iam=iam)
    found = {key: (row['status'], row['source']) for key, row in
             ((key, result.row(*key)) for key in table)}
    assert found == {key: by[mode] for key, by in table.items()}
    # an older report is told, and nothing rests on it
    if mode != 'fresh':
        assert not [r for r in result.rows if REPORT in r['source']]
    assert (result.source(REPORT)['problem'] is None) == (mode != 'denied')


def test_who_decides_what_the_registry_is_held_against(iam, registry):
    people(iam)
    client = iam.botocore()
    ids = {u['UserName']: u['UserId'] for u in client.list_users()['Users']}
    serials = {name: [d['SerialNumber'] for d in client.list_mfa_devices(
        UserName=name)['MFADevices']] for name in ids}
    gone = f'arn:aws:iam::{ACCOUNT}:u2f/user/alice/gone'
    registry.bind('alice', gone, user_id=ids['alice'])
    registry.bind('bob', serials['bob'][0], user_id=ids['bob'])
    registry.bind('dave', serials['carol'][0], user_id=ids['dave'])
    result = audit('--registry', registry.path, iam=iam)
    found = {(r['check'], r['device']): (r['status'], r['source'])
             for r in result.rows if r['check'].startswith('device-')}
    erins = {serial: (F, f'{LIST}, registry') for serial in serials['erin']}
    assert found == {
        ('device-gone', gone): (F, LIST),
        ('device-gone', serials['bob'][0]): (P, LIST),
        ('device-gone', serials['carol'][0]): (P, LIST),
        ('device-moved', gone): (NA, LIST),
        ('device-moved', serials['bob'][0]): (P, LIST),
        ('device-moved', serials['carol'][0]): (F, LIST),
        ('device-unknown', serials['bob'][0]): (P, f'{LIST}, registry'),
        ('device-unknown', serials['carol'][0]): (P, f'{LIST}, registry'),
        **{('device-unknown', serial): said for serial, said in
           erins.items()},
    }
    # what cannot be read of the registry is not known, whatever AWS says
    registry.db.execute('UPDATE events SET event = ? WHERE seq = 1', (b'{}',))
    registry.db.close()
    result = audit('--registry', registry.path, iam=iam)
    assert {r['status'] for r in result.rows
            if r['check'].startswith('device-')} == {U}
