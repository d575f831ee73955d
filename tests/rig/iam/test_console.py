"""The console: signing in, assigning and removing devices, and policies."""

import pytest

from .client import LocalIAM
from .client_policy import allow, deny, document
from .helpers import (ACCOUNT, OTHER, codes, create, enable, enrolled,
                      refused)

SEED = 'JBSWY3DPEHPK3PXP' * 4
SELF = 'To complete this action, please ensure that you are authenticated ' \
    'with an MFA device that is enabled for this user.'


@pytest.fixture
def site(rig):
    """alice and bob have passwords."""
    for name in ('alice', 'bob'):
        rig.botocore().create_login_profile(UserName=name,
                                            Password='correct horse 1!')
    return rig


def listed(rig, user):
    return {d['SerialNumber'] for d in rig.botocore().list_mfa_devices(
        UserName=user)['MFADevices']}


# Signing in.

def test_without_a_device_one_signs_in_by_password_alone(site):
    browser = site.sign_in('alice')
    assert browser.mfa is False
    report = site.botocore().get_user(UserName='alice')['User']
    assert report['PasswordLastUsed']


def test_where_a_device_is_the_sign_in_asks_for_it(site):
    serial = site.add_fido_device('alice')
    with pytest.raises(ValueError, match='the sign-in asks for MFA'):
        site.sign_in('alice')
    assert site.sign_in('alice', mfa=serial).mfa is True
    other = site.add_fido_device('bob')
    with pytest.raises(ValueError, match='Failed authentication'):
        site.sign_in('alice', mfa=other)


def test_a_wrong_password_and_no_password_are_the_same_failure(site):
    site.add_user('carol')
    for user, password in (('alice', False), ('carol', True)):
        with pytest.raises(ValueError, match='Failed authentication'):
            site.sign_in(user, password=password)


def test_a_code_of_the_device_is_checked_and_used_up(site):
    site.clock(freeze=True)
    serial, seed = enrolled(site, site.botocore())
    code = site.code(seed)
    site.sign_in('alice', mfa=serial, code=code)
    for wrong in (code, '000000'):
        with pytest.raises(ValueError, match='Failed authentication'):
            site.sign_in('alice', mfa=serial, code=wrong)


def test_root_signs_in_where_aws_says(site):
    for region in (None, 'us-east-1', 'us-east-2', 'us-west-2'):
        site.sign_in('root', region=region)
    with pytest.raises(ValueError, match='root does not sign in at eu-west-1'):
        site.sign_in('root', region='eu-west-1')
    with pytest.raises(ValueError, match='no region of this partition'):
        site.sign_in('alice', region='cn-north-1')
    site.set_account(root={'password': False})
    with pytest.raises(ValueError, match='Failed authentication'):
        site.sign_in('root')


def test_a_session_ends_by_signing_out_and_after_twelve_hours(site):
    browser = site.sign_in('alice')
    with site.sign_in('alice') as other:
        pass
    assert other.session is None
    site.clock(advance=12 * 3600)
    with pytest.raises(ValueError, match='the session is over'):
        browser.add_fido('blue')


# Assigning.

def test_a_security_key_is_registered_for_oneself(site):
    with site.sign_in('alice') as browser:
        serial = browser.add_fido('blue', {'FIDO': 'L1'})
    assert serial.startswith(ACCOUNT + 'u2f/user/alice/blue-')
    assert len(serial.rpartition('-')[2]) == 26
    assert listed(site, 'alice') == {serial}
    told = site.botocore().get_mfa_device(SerialNumber=serial)
    assert told['Certifications'] == {'FIDO': 'L1'}


def test_a_security_key_is_registered_for_root(site):
    with site.sign_in('root') as browser:
        serial = browser.add_fido('blue')
    assert serial.startswith(ACCOUNT + 'u2f/root/blue-')
    iam = site.botocore()
    assert iam.get_account_summary()['SummaryMap']['AccountMFAEnabled'] == 1
    assert not iam.list_virtual_mfa_devices()['VirtualMFADevices']
    root = site.botocore(who='root')
    assert [d['SerialNumber'] for d in root.list_mfa_devices()[
        'MFADevices']] == [serial]


def test_an_administrator_registers_a_key_for_another(site):
    site.botocore().create_login_profile(UserName='admin',
                                         Password='correct horse 1!')
    with site.sign_in('admin') as browser:
        one = browser.add_fido('blue', user='bob')
        two = browser.add_fido('green', user='bob')
    assert one.startswith(ACCOUNT + 'u2f/user/bob/blue-')
    assert listed(site, 'bob') == {one, two}


def test_a_vendors_token_is_known_by_its_bare_serial(site):
    site.add_hardware_token('GAHT12345678', SEED)
    with site.sign_in('alice') as browser:
        assert browser.add_hardware('GAHT12345678') == 'GAHT12345678'
    assert listed(site, 'alice') == {'GAHT12345678'}
    with site.sign_in('bob') as browser:
        with pytest.raises(ValueError, match='NoSuchEntity'):
            browser.add_hardware('GAHT87654321')
        with pytest.raises(ValueError, match='already in use'):
            browser.add_hardware('GAHT12345678')


def test_an_authenticator_app_is_a_virtual_device(site):
    with site.sign_in('root') as browser:
        made = browser.add_virtual('phone')
    assert made['serial'] == ACCOUNT + 'mfa/phone'
    found = site.botocore().list_virtual_mfa_devices()['VirtualMFADevices']
    assert [(d['SerialNumber'], d['User']['Arn']) for d in found] == [
        (made['serial'], ACCOUNT + 'root')]


def test_wrong_codes_leave_nothing_behind(site):
    with site.sign_in('alice') as browser:
        with pytest.raises(ValueError, match='InvalidAuthenticationCode'):
            browser.add_virtual('phone', codes=['000000', '000000'])
    assert not site.devices()


def test_a_wizard_left_open_leaves_an_orphan(site):
    with site.sign_in('alice') as browser:
        made = browser.add_virtual('phone', scan_only=True)
    assert site.devices()[made['serial']]['user'] is None


def test_a_name_that_no_arn_takes_is_refused(site):
    with site.sign_in('alice') as browser:
        for name in ('a b', 'a/b', '', 'ü', 'x' * 65):
            with pytest.raises(ValueError, match='is no name for a device'):
                browser.add_fido(name)


def test_a_session_without_mfa_cannot_add_the_next_device(site):
    for user in ('alice', 'root'):
        with site.sign_in(user) as browser:
            first = browser.add_fido('blue')
            with pytest.raises(ValueError, match=SELF):
                browser.add_fido('green')
            with pytest.raises(ValueError, match=SELF):
                browser.remove(first)
        with site.sign_in(user, mfa=first) as browser:
            browser.add_fido('green')
        assert len(site.devices(user)) == 2


def test_the_ninth_device_is_one_too_many(site):
    with site.sign_in('root') as browser:
        first = browser.add_fido('key')
    with site.sign_in('root', mfa=first) as browser:
        for _ in range(7):
            browser.add_fido('key')
        with pytest.raises(ValueError, match='LimitExceeded'):
            browser.add_fido('key')
        with pytest.raises(ValueError, match='LimitExceeded'):
            browser.add_virtual('phone')
    assert len(site.devices('root')) == 8


def test_a_device_is_removed_and_a_virtual_one_deleted(site):
    with site.sign_in('alice') as browser:
        made = browser.add_virtual('phone')
    with site.sign_in('alice', mfa=made['serial']) as browser:
        browser.remove(made['serial'])
    assert not site.devices()


def test_who_may_not_delete_leaves_a_virtual_device_unassigned(site):
    site.put_policy(document(
        {'Effect': 'Allow', 'Action': '*', 'Resource': '*'},
        {'Effect': 'Deny', 'Action': 'iam:DeleteVirtualMFADevice',
         'Resource': '*'}), user='alice')
    with site.sign_in('alice') as browser:
        made = browser.add_virtual('phone')
    with site.sign_in('alice', mfa=made['serial']) as browser:
        browser.remove(made['serial'])
    assert site.devices()[made['serial']]['user'] is None


def test_a_device_that_is_off_is_resynchronised(site):
    site.clock(freeze=True)
    serial, seed = enrolled(site, site.botocore())
    with site.sign_in('alice', mfa=serial) as browser:
        browser.resync(serial, codes=site.pair(seed, 100))
    assert site.devices()[serial]['adjustment'] == 100


# Unassigned virtual devices vanish.

def test_adding_a_virtual_device_sweeps_the_unassigned_ones(site):
    iam = site.botocore()
    kept, _ = enrolled(site, iam)
    gone, seed = create(iam, 'orphan')
    with site.sign_in('bob') as browser:
        made = browser.add_virtual('phone')
    assert made['gone'] == [gone]
    assert set(site.devices()) == {kept, made['serial']}
    refused('NoSuchEntity', 404, iam.enable_mfa_device, UserName='alice',
            SerialNumber=gone, **codes(site.pair(seed)))


def test_a_security_key_sweeps_nothing(site):
    orphan, _ = create(site.botocore(), 'orphan')
    with site.sign_in('bob') as browser:
        browser.add_fido('blue')
    assert orphan in site.devices()


def test_somebody_adds_a_virtual_device(site):
    orphan, _ = create(site.botocore(), 'orphan')
    made = site.console_adds_virtual_device('bob', 'phone')
    assert made['gone'] == [orphan]
    assert set(site.devices()) == set(site.devices('bob')) == {made['serial']}
    orphan, _ = create(site.botocore(), 'orphan')
    assert site.console_adds_virtual_device()['gone'] == [orphan]
    assert set(site.devices()) == {made['serial']}


@pytest.mark.parametrize('when', ['before', 'after'])
def test_a_device_may_vanish_between_two_calls(site, when):
    iam = site.botocore()
    action = 'CreateVirtualMFADevice' if when == 'after' else 'EnableMFADevice'
    site.order(action, console_adds_virtual_device=when)
    serial, seed = create(iam)
    refused('NoSuchEntity', 404, iam.enable_mfa_device, UserName='alice',
            SerialNumber=serial, **codes(site.pair(seed)))
    serial, seed = create(iam)
    enable(site, iam, 'alice', serial, seed)


def test_the_device_that_somebody_adds_may_be_ordered_too(site):
    site.order('ListUsers', console_adds_virtual_device={
        'when': 'before', 'user': 'bob', 'name': 'phone'})
    site.botocore().list_users()
    assert list(site.devices('bob')) == [ACCOUNT + 'mfa/phone']
    with pytest.raises(ValueError, match="'before' or 'after'"):
        site.order(console_adds_virtual_device='sometimes')


# Policies bind the console as well.

REGISTER = 'iam:RegisterSecurityKey'
BASE = {'Effect': 'Allow', 'Resource': '*', 'Action': 'iam:*'}


def certified(level):
    return document({**BASE, 'Action': ['iam:EnableMFADevice'], 'Condition': {
        'StringEquals': {REGISTER: 'Create'}}},
        {**BASE, 'Action': ['iam:EnableMFADevice'], 'Condition': {
            'StringEquals': {REGISTER: 'Activate',
                             'iam:FIDO-certification': level}}},
        {**BASE, 'Action': ['iam:*VirtualMFADevice', 'iam:List*',
                            'iam:GetUser']})


def test_an_uncertified_key_fails_when_it_is_activated(site):
    site.settings(fido_events=2)
    site.put_policy(certified('L1'), user='alice')
    with site.sign_in('alice') as browser:
        for certifications in (None, {'FIDO': 'L2'},
                               {'FIDO-FIPS-140-2': 'L1'}):
            with pytest.raises(ValueError, match='not authorized to perform: '
                               'iam:EnableMFADevice'):
                browser.add_fido('blue', certifications)
        # Certification policies let no TOTP device through either.
        with pytest.raises(ValueError, match='because no identity-based'):
            browser.add_virtual('phone')
        browser.add_fido('blue', {'FIDO': 'L1'})
    told = [e.get('errorCode') for e in site.trail('EnableMFADevice')]
    assert told[:2] == [None, 'AccessDenied']


def test_totp_only_refuses_a_security_key_before_the_touch(site):
    site.put_policy(document({**BASE, 'Condition': {
        'Null': {REGISTER: 'true'}}}), user='alice')
    with site.sign_in('alice') as browser:
        with pytest.raises(ValueError, match='iam:EnableMFADevice'):
            browser.add_fido('blue', {'FIDO': 'L1'})
        browser.add_virtual('phone')


def test_a_control_policy_stops_a_members_root(site):
    site.add_account(OTHER)
    site.set_organization(OTHER, scps=[deny('*', Condition={
        'StringLike': {'aws:PrincipalArn': 'arn:aws:iam::*:root'},
        'Null': {'aws:AssumedRoot': 'true'}})])
    with site.sign_in('root', account=OTHER) as browser:
        with pytest.raises(ValueError, match='with an explicit deny in a '
                           'service control policy'):
            browser.add_fido('blue')
    with site.sign_in('root') as browser:
        browser.add_fido('blue')


def test_an_order_that_denies_binds_the_console(site):
    site.order('EnableMFADevice', error='AccessDenied', count=None)
    with site.sign_in('alice') as browser:
        with pytest.raises(ValueError, match='AccessDenied'):
            browser.add_fido('blue')


@pytest.mark.parametrize('allowed, missing', [
    ((), 'iam:GetUser'), (('iam:GetUser',), 'iam:ListMFADevices'),
    (('iam:GetUser', 'iam:ListMFADevices'), 'iam:EnableMFADevice')])
def test_ones_own_page_needs_its_rights(site, allowed, missing):
    site.put_policy(allow('iam:ListGroups', *allowed), user='alice')
    with site.sign_in('alice') as browser:
        with pytest.raises(ValueError, match='because no identity-based '
                           f'policy allows the {missing} action'):
            browser.add_fido('blue')


def test_an_app_and_another_user_need_more_rights(site):
    rights = ['iam:GetUser', 'iam:ListMFADevices', 'iam:*MFADevice']
    site.put_policy(allow(*rights), user='alice')
    with site.sign_in('alice') as browser:
        with pytest.raises(ValueError, match='iam:ListVirtualMFADevices'):
            browser.add_virtual('phone')
        with pytest.raises(ValueError, match='iam:ListUsers'):
            browser.add_fido('blue', user='bob')
        browser.add_fido('blue')


# Other partitions.

def test_in_china_there_are_apps_and_no_root():
    with LocalIAM(partition='aws-cn') as rig:
        rig.add_user('alice', password=True)
        with pytest.raises(ValueError, match='root has no console'):
            rig.sign_in('root')
        with rig.sign_in('alice') as browser:
            with pytest.raises(ValueError, match='only an authenticator app'):
                browser.add_fido('blue')
            made = browser.add_virtual('phone')
        assert made['serial'] == 'arn:aws-cn:iam::123456789012:mfa/phone'
        assert rig.trail('ConsoleLogin')[0]['awsRegion'] == 'cn-north-1'
        assert rig.console_adds_virtual_device('admin', 'other')['serial']


def test_root_of_govcloud_has_no_console():
    with LocalIAM(partition='aws-us-gov') as rig:
        with pytest.raises(ValueError, match='root has no console'):
            rig.sign_in('root')
