"""The local IAM, driven by clients that we did not write."""

import base64
import csv
import datetime
import email.utils
import hashlib
import http.client
import io
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from .client import LocalIAM, make_certificates
from .helpers import codes, create, enable, enrolled, mfa_session, refused
from .moto import Moto

ACCOUNT = 'arn:aws:iam::123456789012:'
SEED = 'JBSWY3DPEHPK3PXP' * 4
INVALID_CODE = 'Authentication code for device is not valid.'
SELF = ('To complete this action, please ensure that you are authenticated '
        'with an MFA device that is enabled for this user.')
STS_WRONG = ('MultiFactorAuthentication failed with invalid MFA one time '
             'pass code. ')
STS_UNABLE = ('MultiFactorAuthentication failed, unable to validate MFA '
              'code.  Please verify your MFA serial number is valid and '
              'associated with this user.')


def raw_request(rig, form, *, key=None, service='iam', region='us-east-1',
                headers=None, spoil=None):
    """POSTs a form that botocore signed; spoil(request) may change it."""
    key = key or rig.credentials()
    request = botocore.awsrequest.AWSRequest(
        'POST', rig.url + '/', data=urllib.parse.urlencode(form).encode(),
        headers={'Content-Type': 'application/x-www-form-urlencoded',
                 **(headers or {})})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(
        key['AccessKeyId'], key['SecretAccessKey'], key['SessionToken']),
        service, region).add_auth(request)
    if spoil:
        spoil(request)
    connection = http.client.HTTPConnection('127.0.0.1', rig.port, timeout=60)
    try:
        connection.request('POST', '/', request.data, dict(request.headers))
        reply = connection.getresponse()
        return reply, reply.read()
    finally:
        connection.close()


WHO = {'Action': 'GetCallerIdentity', 'Version': '2011-06-15'}
USERS = {'Action': 'ListUsers', 'Version': '2010-05-08'}


# Signatures.

def test_a_good_signature_is_accepted(rig):
    reply, body = raw_request(rig, USERS)
    assert reply.status == 200 and b'<UserName>alice</UserName>' in body


def test_a_wrong_secret_is_refused(rig):
    key = {**rig.credentials(), 'SecretAccessKey': 'x' * 40}
    reply, body = raw_request(rig, USERS, key=key)
    assert reply.status == 403 and b'<Code>SignatureDoesNotMatch<' in body
    assert b'does not match the signature you provided' in body


def test_a_changed_body_breaks_the_signature(rig):
    def spoil(request):
        request.data = request.data.replace(b'ListUsers', b'ListRoles')
    reply, body = raw_request(rig, USERS, spoil=spoil)
    assert reply.status == 403 and b'<Code>SignatureDoesNotMatch<' in body


def test_a_changed_signed_header_breaks_the_signature(rig):
    def spoil(request):
        request.headers.replace_header('X-Custom', 'two')
    reply, body = raw_request(rig, USERS, headers={'X-Custom': 'one'},
                              spoil=spoil)
    assert reply.status == 403 and b'<Code>SignatureDoesNotMatch<' in body


def test_a_signed_header_that_was_not_sent_breaks_the_signature(rig):
    def spoil(request):
        del request.headers['X-Custom']
    reply, _ = raw_request(rig, USERS, headers={'X-Custom': ''}, spoil=spoil)
    assert reply.status == 403


def test_an_amz_header_that_was_not_signed_breaks_the_signature(rig):
    def spoil(request):
        request.headers['X-Amz-Extra'] = 'late'
    reply, body = raw_request(rig, USERS, spoil=spoil)
    assert reply.status == 403 and b'<Code>SignatureDoesNotMatch<' in body


def test_a_false_content_hash_breaks_the_signature(rig):
    wrong = hashlib.sha256(b'other').hexdigest()
    reply, _ = raw_request(rig, USERS,
                           headers={'X-Amz-Content-SHA256': wrong})
    assert reply.status == 403


def test_an_unsigned_request_is_refused(rig):
    def spoil(request):
        del request.headers['Authorization']
    reply, body = raw_request(rig, USERS, spoil=spoil)
    assert reply.status == 403 and b'<Code>MissingAuthenticationToken<' in body


def test_a_header_without_signature_is_incomplete(rig):
    def spoil(request):
        whole = request.headers['Authorization']
        request.headers.replace_header('Authorization',
                                       whole.partition(', Signature')[0])
    reply, body = raw_request(rig, USERS, spoil=spoil)
    assert reply.status == 400 and b'<Code>IncompleteSignature<' in body


def test_an_unknown_key_is_refused(rig):
    key = {**rig.credentials(), 'AccessKeyId': 'AKIAIOSFODNN7EXAMPLE'}
    reply, body = raw_request(rig, USERS, key=key)
    assert reply.status == 403 and b'<Code>InvalidClientTokenId<' in body


def test_an_inactive_key_is_refused(rig, iam):
    key = rig.credentials('alice')
    iam.update_access_key(UserName='alice', AccessKeyId=key['AccessKeyId'],
                          Status='Inactive')
    refused('InvalidClientTokenId', 403,
            rig.botocore('sts', key).get_caller_identity)


@pytest.mark.parametrize('region, status', [
    ('us-east-1', 200), ('eu-west-1', 403), ('cn-north-1', 403)])
def test_iam_is_signed_for_the_one_region_of_the_partition(rig, region,
                                                           status):
    reply, body = raw_request(rig, USERS, region=region)
    assert reply.status == status
    assert status == 200 or b'scoped to a valid region' in body


@pytest.mark.parametrize('region, status', [
    ('us-east-1', 200), ('eu-west-1', 200), ('cn-north-1', 403),
    ('nowhere', 403)])
def test_sts_is_signed_for_a_region_of_the_partition(rig, region, status):
    reply, _ = raw_request(rig, WHO, service='sts', region=region)
    assert reply.status == status


def test_sts_can_be_held_to_one_region(rig):
    rig.settings(sts_region='eu-west-1')
    assert raw_request(rig, WHO, service='sts',
                       region='eu-west-1')[0].status == 200
    assert raw_request(rig, WHO, service='sts')[0].status == 403


def test_the_service_of_the_scope_has_to_be_right(rig):
    reply, body = raw_request(rig, USERS, service='sts')
    assert reply.status == 403 and b"correct service: 'iam'" in body


@pytest.mark.parametrize('offset, text', [
    (310, 'Signature expired: '), (-310, 'Signature not yet current: ')])
def test_more_than_five_minutes_of_skew_are_refused(rig, offset, text):
    rig.clock(offset=offset)
    message = refused('SignatureDoesNotMatch', 403,
                      rig.botocore().list_users)
    assert message.startswith(text)
    assert ('is now earlier than' in message) == (offset > 0)
    assert message.endswith('5 min.)')


@pytest.mark.parametrize('offset', [290, -290])
def test_less_than_five_minutes_of_skew_are_accepted(rig, offset):
    rig.clock(offset=offset)
    assert rig.botocore().list_users()['Users']


def test_the_date_header_shows_the_clock_of_the_server(rig):
    rig.clock(offset=86400)
    reply, _ = raw_request(rig, USERS)
    shown = email.utils.parsedate_to_datetime(reply.msg['Date'])
    assert abs(shown.timestamp() - time.time() - 86400) < 5


def test_an_expired_session_is_refused(rig):
    session = rig.session_credentials('alice', mfa=True, seconds=60)
    sts = rig.botocore('sts', session)
    assert sts.get_caller_identity()['Arn'] == ACCOUNT + 'user/alice'
    rig.clock(offset=61)
    refused('ExpiredToken', 403, sts.get_caller_identity)


@pytest.mark.parametrize('token', [None, 'IQoJb3JpZ2luX2VjEXAMPLE'])
def test_a_session_without_its_own_token_is_refused(rig, token):
    session = {**rig.session_credentials('alice'), 'SessionToken': token}
    refused('InvalidClientTokenId', 403,
            rig.botocore('sts', session).get_caller_identity)


@pytest.mark.skipif(not shutil.which('curl'), reason='needs curl')
def test_curl_signs_as_we_expect(rig):
    key = rig.session_credentials('alice', mfa=True)
    done = subprocess.run(
        ['curl', '-sS', '--aws-sigv4', 'aws:amz:us-east-1:iam', '--user',
         f'{key["AccessKeyId"]}:{key["SecretAccessKey"]}', '-H',
         f'X-Amz-Security-Token: {key["SessionToken"]}', '--data',
         'Action=GetUser&Version=2010-05-08', rig.url + '/'],
        capture_output=True, text=True, timeout=30)
    assert f'<Arn>{ACCOUNT}user/alice</Arn>' in done.stdout, done


@pytest.mark.parametrize('partition, region', [
    ('aws-cn', 'cn-north-1'), ('aws-us-gov', 'us-gov-west-1')])
def test_other_partitions_have_their_region_and_arns(partition, region):
    with LocalIAM(partition=partition) as rig:
        iam = rig.botocore()
        assert iam.get_user()['User']['Arn'].startswith(f'arn:{partition}:')
        assert rig.env()['AWS_REGION'] == region
        assert raw_request(rig, USERS, region='us-east-1')[0].status == 403
        assert raw_request(rig, USERS, region=region)[0].status == 200
        if partition == 'aws-cn':
            rig.region = 'cn-northwest-1'
            assert rig.botocore('organizations').list_accounts()['Accounts']


# The protocol.

def test_limits_and_patterns_come_from_the_model(rig):
    iam = rig.botocore(parameter_validation=False)
    message = refused('ValidationError', 400, iam.enable_mfa_device,
                      UserName='alice', SerialNumber='short',
                      AuthenticationCode1='12345x',
                      AuthenticationCode2='1234567')
    assert message.startswith('3 validation errors detected: ')
    assert "Value 'short' at 'serialNumber'" in message
    assert 'length greater than or equal to 9' in message
    assert 'length less than or equal to 6' in message
    assert 'regular expression pattern: [\\d]+' in message


def test_a_missing_parameter_is_named(rig):
    iam = rig.botocore(parameter_validation=False)
    message = refused('ValidationError', 400, iam.enable_mfa_device,
                      UserName='alice')
    assert message.startswith('3 validation errors detected: ')
    assert "Value null at 'serialNumber' failed to satisfy constraint: " \
        'Member must not be null' in message


def test_a_value_outside_its_enumeration_is_refused(iam):
    message = refused('ValidationError', 400, iam.list_virtual_mfa_devices,
                      AssignmentStatus='Some')
    assert '[Assigned, Unassigned, Any]' in message


def test_a_list_has_a_limit_and_its_items_have_too(rig):
    iam = rig.botocore(parameter_validation=False)
    many = [{'Key': f'k{n}', 'Value': ''} for n in range(51)]
    assert 'length less than or equal to 50' in refused(
        'ValidationError', 400, iam.create_virtual_mfa_device,
        VirtualMFADeviceName='alice', Tags=many)
    assert "at 'tags.1.member.key'" in refused(
        'ValidationError', 400, iam.create_virtual_mfa_device,
        VirtualMFADeviceName='alice', Tags=[{'Key': '', 'Value': ''}])


def test_a_number_outside_its_range_is_refused(rig):
    iam = rig.botocore(parameter_validation=False)
    message = refused('ValidationError', 400, iam.list_users, MaxItems=1001)
    assert 'value less than or equal to 1000' in message
    refused('ValidationError', 400, iam.list_users, MaxItems=0)


def test_digits_of_other_scripts_are_no_digits(rig, iam):
    refused('ValidationError', 400, iam.enable_mfa_device, UserName='alice',
            SerialNumber=ACCOUNT + 'mfa/alice', AuthenticationCode1='١٢٣٤٥٦',
            AuthenticationCode2='123456')


def test_a_parameter_given_twice_is_refused(rig):
    reply, body = raw_request(rig, [('Action', 'GetUser'),
                                    ('Version', '2010-05-08'),
                                    ('UserName', 'alice'),
                                    ('UserName', 'bob')])
    assert reply.status == 404 and b'<Code>MalformedQueryString<' in body


def test_unknown_parameters_are_noted_in_the_log(rig):
    raw_request(rig, {**USERS, 'Surplus': '1'})
    assert rig.calls('ListUsers')[0]['unknown'] == ['Surplus']


@pytest.mark.parametrize('form, code', [
    ({'Action': 'ListUserz', 'Version': '2010-05-08'}, b'InvalidAction'),
    ({'Action': 'ListUsers', 'Version': '1999-01-01'}, b'InvalidAction'),
    ({'Action': 'ListUsers'}, b'InvalidAction'),
    ({'Version': '2010-05-08'}, b'InvalidAction'),
    ({}, b'MissingAction')])
def test_what_aws_does_not_know_is_an_invalid_action(rig, form, code):
    reply, body = raw_request(rig, form)
    assert reply.status == 400 and b'<Code>' + code + b'<' in body


def test_what_is_not_emulated_says_so_as_an_aws_error(iam):
    refused('NotImplemented', 501, iam.list_saml_providers)


def test_every_action_of_the_models_answers_without_a_bug(rig):
    import botocore.session
    session = botocore.session.Session()
    for service in ('iam', 'sts'):
        model = session.get_service_model(service)
        for name in model.operation_names:
            form = {'Action': name, 'Version': model.api_version}
            _, body = raw_request(rig, form, service=service)
            assert b'InternalFailure' not in body, name


def test_hostile_text_survives_the_way_through_xml(rig, iam):
    serial, _ = create(iam, Tags=[{'Key': 'k', 'Value': 'ü = /+@:- x'}])
    tags = iam.list_mfa_device_tags(SerialNumber=serial)['Tags']
    assert tags == [{'Key': 'k', 'Value': 'ü = /+@:- x'}]


def test_a_connection_is_kept_and_counted(rig):
    rig.reset()
    iam = rig.botocore()
    for _ in range(5):
        iam.list_users()
    assert {c['connection'] for c in rig.calls()} == {1}
    rig.botocore().list_users()
    assert rig.state()['connections'] == 2


def test_five_thousand_users_are_listed(rig, iam):
    rig.add_users(5000)
    pages = iam.get_paginator('list_users').paginate()
    names = [u['UserName'] for page in pages for u in page['Users']]
    assert len(names) == len(set(names)) == 5003


def test_a_reply_takes_well_under_ten_milliseconds(rig, iam):
    for _ in range(100):
        iam.list_mfa_devices(UserName='alice')
    spent = sorted(c['seconds'] for c in rig.calls('ListMFADevices'))
    assert spent[50] < 0.005


# Virtual devices.

def test_the_seed_is_sixty_four_base32_characters_for_forty_bytes(iam):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName='alice')
    made = made['VirtualMFADevice']
    assert made['SerialNumber'] == ACCOUNT + 'mfa/alice'
    assert len(made['Base32StringSeed']) == 64
    assert len(base64.b32decode(made['Base32StringSeed'])) == 40
    assert made['QRCodePNG'].startswith(b'\x89PNG\r\n\x1a\n')


def test_the_path_is_part_of_the_serial(iam):
    serial, _ = create(iam, Path='/staff/berlin/')
    assert serial == ACCOUNT + 'mfa/staff/berlin/alice'


def test_a_device_name_is_taken_only_once(iam):
    create(iam)
    message = refused('EntityAlreadyExists', 409,
                      iam.create_virtual_mfa_device,
                      VirtualMFADeviceName='alice')
    assert message == 'MFA device already exists.'


def test_the_account_has_a_quota_of_virtual_devices(rig, iam):
    rig.settings(virtual_mfa_quota=1)
    create(iam)
    refused('LimitExceeded', 409, iam.create_virtual_mfa_device,
            VirtualMFADeviceName='bob')


def test_an_assigned_device_cannot_be_deleted(rig, iam):
    serial, _ = enrolled(rig, iam)
    message = refused('DeleteConflict', 409, iam.delete_virtual_mfa_device,
                      SerialNumber=serial)
    assert message == 'MFA VirtualDevice in use. Must deactivate first.'
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    refused('NoSuchEntity', 404, iam.delete_virtual_mfa_device,
            SerialNumber=serial)


def test_listing_virtual_devices_hides_seeds_and_filters(rig, iam):
    one, _ = enrolled(rig, iam)
    two, _ = create(iam, 'bob')
    root = rig.add_root_device('virtual', 'root-account-mfa-device')

    def listed(**params):
        return {d['SerialNumber']: d for d in
                iam.list_virtual_mfa_devices(**params)['VirtualMFADevices']}
    assert set(listed()) == {one, two, root}
    assert set(listed(AssignmentStatus='Unassigned')) == {two}
    assert set(listed(AssignmentStatus='Assigned')) == {one, root}
    assert set(listed()[one]) == {'SerialNumber', 'User', 'EnableDate'}
    assert listed()[one]['User']['UserName'] == 'alice'
    assert listed()[root]['User']['Arn'] == ACCOUNT + 'root'
    assert 'User' not in listed()[two]


def test_tags_of_a_device_come_and_go(iam):
    serial, _ = create(iam, Tags=[{'Key': 'a', 'Value': '1'}])
    iam.tag_mfa_device(SerialNumber=serial, Tags=[
        {'Key': 'b', 'Value': '2'}, {'Key': 'a', 'Value': '3'}])
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=['b'])
    assert iam.list_mfa_device_tags(SerialNumber=serial)['Tags'] == [
        {'Key': 'a', 'Value': '3'}]
    refused('LimitExceeded', 409, iam.tag_mfa_device, SerialNumber=serial,
            Tags=[{'Key': f'k{n}', 'Value': ''} for n in range(50)])


# Enabling.

@pytest.mark.parametrize('steps', [0, 1, -1, -998, 1000])
def test_a_new_device_may_be_far_off_and_keeps_its_drift(frozen, steps):
    iam = frozen.botocore()
    serial, _ = enrolled(frozen, iam, steps=steps)
    assert frozen.devices('alice')[serial]['adjustment'] == steps


@pytest.mark.parametrize('steps', [-999, 1001])
def test_a_new_device_may_not_be_farther_off(frozen, steps):
    iam = frozen.botocore()
    serial, seed = create(iam)
    message = refused('InvalidAuthenticationCode', 403,
                      iam.enable_mfa_device, UserName='alice',
                      SerialNumber=serial, **codes(frozen.pair(seed, steps)))
    assert message == INVALID_CODE
    assert not frozen.devices('alice')


def test_the_codes_have_to_be_two_in_order_and_consecutive(frozen):
    iam = frozen.botocore()
    serial, seed = create(iam)
    first, second = frozen.pair(seed)
    for pair in ((second, first), (first, first), (second, second),
                 (frozen.code(seed, -2), second), ('000000', '000000')):
        assert refused('InvalidAuthenticationCode', 403,
                       iam.enable_mfa_device, UserName='alice',
                       SerialNumber=serial, **codes(pair)) == INVALID_CODE
    assert not frozen.devices('alice')


def test_an_accepted_pair_is_used_up_even_over_deactivation(frozen):
    iam = frozen.botocore()
    serial, seed = enrolled(frozen, iam)
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    for steps in (-5, 0, 1):
        refused('InvalidAuthenticationCode', 403, iam.enable_mfa_device,
                UserName='alice', SerialNumber=serial,
                **codes(frozen.pair(seed, steps)))
    enable(frozen, iam, 'alice', serial, seed, 2)


def test_a_device_of_the_same_user_already_exists(rig, iam):
    serial, seed = enrolled(rig, iam)
    message = refused('EntityAlreadyExists', 409, iam.enable_mfa_device,
                      UserName='alice', SerialNumber=serial,
                      **codes(rig.pair(seed, 2)))
    assert message == 'MFA Device for user alice already exists.'


def test_a_device_of_another_user_is_in_use(rig, iam):
    serial, seed = enrolled(rig, iam)
    message = refused('EntityAlreadyExists', 409, iam.enable_mfa_device,
                      UserName='bob', SerialNumber=serial,
                      **codes(rig.pair(seed, 2)))
    assert message == 'MFA Device is already in use.'


def test_the_ninth_device_of_a_user_is_one_too_many(rig, iam):
    for n in range(8):
        enrolled(rig, iam, name=f'alice-{n}')
    serial, seed = create(iam, 'alice-8')
    refused('LimitExceeded', 409, iam.enable_mfa_device, UserName='alice',
            SerialNumber=serial, **codes(rig.pair(seed)))
    assert len(rig.devices('alice')) == 8


def test_in_govcloud_the_second_device_is_one_too_many():
    with LocalIAM(partition='aws-us-gov') as rig:
        rig.add_user('alice')
        iam = rig.botocore()
        enrolled(rig, iam)
        serial, seed = create(iam, 'alice-2')
        refused('LimitExceeded', 409, iam.enable_mfa_device, UserName='alice',
                SerialNumber=serial, **codes(rig.pair(seed)))


def test_enabling_needs_a_user_and_a_device(rig, iam):
    serial, seed = create(iam)
    message = refused('NoSuchEntity', 404, iam.enable_mfa_device,
                      UserName='carol', SerialNumber=serial,
                      **codes(rig.pair(seed)))
    assert message == 'The user with name carol cannot be found.'
    refused('NoSuchEntity', 404, iam.enable_mfa_device, UserName='alice',
            SerialNumber=serial + 'x', **codes(rig.pair(seed)))


def test_hardware_tokens_are_only_those_that_a_vendor_delivered(rig, iam):
    rig.add_hardware_token('GAHT12345678', SEED)
    refused('NoSuchEntity', 404, iam.enable_mfa_device, UserName='alice',
            SerialNumber='GAHT87654321', **codes(rig.pair(SEED)))
    enable(rig, iam, 'alice', 'GAHT12345678', SEED)
    listed = iam.list_mfa_devices(UserName='alice')['MFADevices']
    assert [d['SerialNumber'] for d in listed] == ['GAHT12345678']


def test_a_fido_key_cannot_be_enabled_through_the_api(rig, iam):
    serial = rig.add_fido_device('alice')
    refused('NoSuchEntity', 404, iam.enable_mfa_device, UserName='bob',
            SerialNumber=serial, **codes(('123456', '234567')))


@pytest.mark.skipif(not shutil.which('oathtool'), reason='needs oathtool')
def test_codes_of_oathtool_are_accepted(rig, iam):
    serial, seed = create(iam)
    pair = [subprocess.run(['oathtool', '--totp', '-b', '-N',
                            f'@{int(rig.now()) + seconds}', '-'], input=seed,
                           capture_output=True, text=True,
                           check=True).stdout.strip()
            for seconds in (-30, 0)]
    iam.enable_mfa_device(UserName='alice', SerialNumber=serial,
                          **codes(pair))
    assert serial in rig.devices('alice')


# Resynchronising and deactivating.

def test_resync_searches_around_the_stored_adjustment(frozen):
    iam = frozen.botocore()
    serial, seed = enrolled(frozen, iam, steps=900)
    iam.resync_mfa_device(UserName='alice', SerialNumber=serial,
                          **codes(frozen.pair(seed, 1800)))
    assert frozen.devices('alice')[serial]['adjustment'] == 1800
    refused('InvalidAuthenticationCode', 403, iam.resync_mfa_device,
            UserName='alice', SerialNumber=serial,
            **codes(frozen.pair(seed, 1800)))
    refused('InvalidAuthenticationCode', 403, iam.resync_mfa_device,
            UserName='alice', SerialNumber=serial,
            **codes(frozen.pair(seed, 2801)))


@pytest.mark.parametrize('name', ['resync', 'deactivate'])
def test_what_is_not_bound_to_the_user_is_invalid_for_it(rig, iam, name):
    serial, seed = enrolled(rig, iam)
    more = codes(rig.pair(seed, 2)) if name == 'resync' else {}
    message = refused('NoSuchEntity', 404,
                      getattr(iam, f'{name}_mfa_device'), UserName='bob',
                      SerialNumber=serial, **more)
    assert message == 'MFA Device invalid for user.'


def test_a_fido_key_cannot_be_resynchronised(rig, iam):
    refused('NoSuchEntity', 404, iam.resync_mfa_device, UserName='alice',
            SerialNumber=rig.add_fido_device('alice'),
            **codes(('123456', '234567')))


def test_deactivating_without_a_name_means_the_caller(rig, iam):
    serial, seed = enrolled(rig, iam)
    own = rig.botocore(who=mfa_session(rig, 'alice', serial, seed))
    own.deactivate_mfa_device(SerialNumber=serial)
    assert not rig.devices('alice')
    refused('ValidationError', 400, rig.botocore(
        who=rig.role_credentials()).deactivate_mfa_device,
        SerialNumber=serial)


def test_deactivating_a_fido_key_forgets_it(rig, iam):
    serial = rig.add_fido_device('alice')
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    assert serial not in rig.devices()


def test_a_user_with_a_device_cannot_be_deleted(rig, iam):
    serial, _ = enrolled(rig, iam)
    message = refused('DeleteConflict', 409, iam.delete_user,
                      UserName='alice')
    assert message == \
        'Cannot delete entity, must remove tokens from principal first.'
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    iam.delete_user(UserName='alice')


# Users and their own devices.

def test_the_first_device_may_be_enabled_with_long_term_keys(rig):
    enrolled(rig, rig.botocore(who='alice'))
    assert rig.devices('alice')


def test_later_devices_need_mfa_and_that_check_comes_first(rig, iam):
    serial, _ = enrolled(rig, iam)
    own = rig.botocore(who='alice')
    assert refused('AccessDenied', 403, own.enable_mfa_device,
                   UserName='alice', SerialNumber='arn:no:such:device',
                   **codes(('000000', '000000'))) == SELF
    assert refused('AccessDenied', 403, own.deactivate_mfa_device,
                   UserName='alice', SerialNumber=serial) == SELF
    assert refused('AccessDenied', 403, own.deactivate_mfa_device,
                   SerialNumber='arn:no:such:device') == SELF


def test_with_keys_and_a_device_one_may_resync_and_serve_others(frozen):
    iam = frozen.botocore()
    serial, seed = enrolled(frozen, iam)
    own = frozen.botocore(who='alice')
    own.resync_mfa_device(UserName='alice', SerialNumber=serial,
                          **codes(frozen.pair(seed, 2)))
    enrolled(frozen, own, 'bob')


def test_an_mfa_session_may_remove_the_last_device(rig, iam):
    serial, seed = enrolled(rig, iam)
    own = rig.botocore(who=mfa_session(rig, 'alice', serial, seed))
    enrolled(rig, own, name='alice-2')
    for left in rig.devices('alice'):
        own.deactivate_mfa_device(UserName='alice', SerialNumber=left)
    assert not rig.devices('alice')


# STS.

def test_the_caller_is_named_for_every_kind_of_key(rig):
    role = rig.role_credentials('Auditor')
    for who, arn in (('alice', ACCOUNT + 'user/alice'),
                     ('root', ACCOUNT + 'root'),
                     (role, 'arn:aws:sts::123456789012:assumed-role/Auditor/'
                            'rig')):
        said = rig.botocore('sts', who).get_caller_identity()
        assert (said['Arn'], said['Account']) == (arn, '123456789012')


@pytest.mark.parametrize('steps, good', [(-3, False), (-2, True), (0, True),
                                         (2, True), (3, False)])
def test_sts_takes_codes_two_steps_around(frozen, steps, good):
    serial, seed = enrolled(frozen, frozen.botocore(), steps=40)
    sts = frozen.botocore('sts', 'alice')
    params = {'SerialNumber': serial,
              'TokenCode': frozen.code(seed, 40 + steps)}
    if good:
        sts.get_session_token(**params)
    else:
        assert refused('AccessDenied', 403, sts.get_session_token,
                       **params) == STS_WRONG


def test_sts_takes_each_code_once_but_enrollment_uses_none_up(frozen):
    serial, seed = enrolled(frozen, frozen.botocore())
    sts = frozen.botocore('sts', 'alice')
    params = {'SerialNumber': serial, 'TokenCode': frozen.code(seed)}
    sts.get_session_token(**params)
    assert refused('AccessDenied', 403, sts.get_session_token,
                   **params) == STS_WRONG
    sts.get_session_token(SerialNumber=serial,
                          TokenCode=frozen.code(seed, -1))


def test_sts_does_not_know_devices_of_others(rig, iam):
    serial, seed = enrolled(rig, iam)
    assert refused('AccessDenied', 403,
                   rig.botocore('sts', 'bob').get_session_token,
                   SerialNumber=serial,
                   TokenCode=rig.code(seed)) == STS_UNABLE


def test_sts_verifies_nine_codes_in_three_minutes(rig):
    rig.clock(at=int(time.time()) // 180 * 180 + 1, freeze=True)
    iam = rig.botocore()
    serial, seed = enrolled(rig, iam)
    sts = rig.botocore('sts', 'alice')
    good = {'SerialNumber': serial, 'TokenCode': rig.code(seed)}
    for _ in range(9):
        assert refused('AccessDenied', 403, sts.get_session_token,
                       SerialNumber=serial, TokenCode='000000') == STS_WRONG
    assert refused('AccessDenied', 403, sts.get_session_token,
                   **good) == STS_UNABLE
    rig.clock(advance=180)
    sts.get_session_token(SerialNumber=serial, TokenCode=rig.code(seed))


def test_good_codes_count_and_each_device_has_its_own_nine(rig):
    rig.clock(at=int(time.time()) // 180 * 180 + 1, freeze=True)
    iam = rig.botocore()
    serial, seed = enrolled(rig, iam)
    other, other_seed = enrolled(rig, iam, name='alice-2')
    sts = rig.botocore('sts', 'alice')
    role = rig.add_role('Audit', require_mfa=True)
    for steps in (-2, -1, 0, 1, 2):
        sts.get_session_token(SerialNumber=serial,
                              TokenCode=rig.code(seed, steps))
    for _ in range(4):
        refused('AccessDenied', 403, sts.assume_role, RoleArn=role,
                RoleSessionName='test', SerialNumber=serial,
                TokenCode='000000')
    assert refused('AccessDenied', 403, sts.get_session_token,
                   SerialNumber=serial, TokenCode='000000') == STS_UNABLE
    sts.get_session_token(SerialNumber=other,
                          TokenCode=rig.code(other_seed))


def test_sts_hears_of_devices_late_when_told_to(frozen):
    frozen.settings(enable_delay=8, remove_delay=3)
    iam = frozen.botocore()
    serial, seed = enrolled(frozen, iam)
    sts = frozen.botocore('sts', 'alice')

    def ask(steps=0):
        return sts.get_session_token(SerialNumber=serial,
                                     TokenCode=frozen.code(seed, steps))
    assert refused('AccessDenied', 403, ask) == STS_UNABLE
    frozen.clock(advance=8)
    ask()
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    ask(1)
    frozen.clock(advance=3)
    assert refused('AccessDenied', 403, lambda: ask(2)) == STS_UNABLE


def test_sts_needs_serial_and_code_together(rig, iam):
    serial, seed = enrolled(rig, iam)
    sts = rig.botocore('sts', 'alice')
    refused('AccessDenied', 403, sts.get_session_token, SerialNumber=serial)
    refused('AccessDenied', 403, sts.get_session_token, TokenCode='123456')


def test_a_session_without_mfa_cannot_call_iam(rig):
    session = rig.botocore('sts', 'alice').get_session_token()['Credentials']
    refused('InvalidClientTokenId', 403,
            rig.botocore(who=session).list_users)
    sts = rig.botocore('sts', session)
    refused('AccessDenied', 403, sts.get_session_token)
    refused('AccessDenied', 403, sts.get_federation_token, Name='alice')
    assert sts.get_caller_identity()


def test_a_session_lasts_as_long_as_asked(rig):
    made = rig.botocore('sts', 'alice').get_session_token(
        DurationSeconds=900)['Credentials']
    assert 890 < made['Expiration'].timestamp() - time.time() <= 900


def test_a_role_is_assumed_only_as_its_trust_allows(rig, iam):
    serial, seed = enrolled(rig, iam)
    free = rig.add_role('Free')
    strict = rig.add_role('Strict', require_mfa=True, external_id='abc')
    outside = rig.add_role('Outside', external_id='abc')
    other = rig.add_role('Other', trusts=[ACCOUNT + 'user/bob'])
    sts = rig.botocore('sts', 'alice')

    def assume(arn, **more):
        return sts.assume_role(RoleArn=arn, RoleSessionName='test', **more)
    made = assume(free)
    assert rig.botocore('iam', made['Credentials']).list_users()['Users']
    for params in ({'arn': other}, {'arn': strict}, {'arn': free + 'x'},
                   {'arn': strict, 'ExternalId': 'abc'}, {'arn': outside},
                   {'arn': outside, 'ExternalId': 'abcd'}):
        message = refused('AccessDenied', 403, assume, **params)
        assert message.startswith(f'User: {ACCOUNT}user/alice is not '
                                  'authorized to perform: sts:AssumeRole')
    assume(outside, ExternalId='abc')
    assume(strict, ExternalId='abc', SerialNumber=serial,
           TokenCode=rig.code(seed))


def test_a_role_leads_into_another_account(rig):
    rig.add_account('210987654321', alias='other')
    arn = rig.add_role('Audit', trusts=['123456789012'],
                       account='210987654321')
    made = rig.botocore('sts', 'alice').assume_role(
        RoleArn=arn, RoleSessionName='test')['Credentials']
    iam = rig.botocore('iam', made)
    assert iam.list_account_aliases()['AccountAliases'] == ['other']
    listed = rig.botocore('organizations').list_accounts()['Accounts']
    assert [a['Id'] for a in listed] == ['123456789012', '210987654321']


def test_a_root_session_audits_or_clears_root_and_no_more(rig):
    rig.add_account('210987654321')
    serial = rig.add_root_device(account='210987654321')
    policy = 'arn:aws:iam::aws:policy/root-task/IAM%sRootUserCredentials'
    sts = rig.botocore('sts')

    def root(task):
        made = sts.assume_root(TargetPrincipal='210987654321',
                               TaskPolicyArn={'arn': policy % task})
        return rig.botocore('iam', made['Credentials'])
    audit = root('Audit')
    listed = audit.list_mfa_devices()['MFADevices']
    assert [d['SerialNumber'] for d in listed] == [serial]
    refused('AccessDenied', 403, audit.get_mfa_device, SerialNumber=serial)
    refused('AccessDenied', 403, audit.deactivate_mfa_device,
            SerialNumber=serial)
    root('Delete').deactivate_mfa_device(SerialNumber=serial)
    assert not audit.list_mfa_devices()['MFADevices']
    outsider = rig.botocore('sts', rig.credentials(account='210987654321'))
    refused('AccessDenied', 403, outsider.assume_root,
            TargetPrincipal='210987654321',
            TaskPolicyArn={'arn': policy % 'Audit'})
    rig.settings(organization_features=[])
    refused('AccessDenied', 403, root, task='Audit')
    assert not rig.botocore().list_organizations_features()[
        'EnabledFeatures']


# Reading.

def test_devices_of_all_kinds_are_listed_for_a_user(rig, iam):
    serial, _ = enrolled(rig, iam)
    fido = rig.add_fido_device('alice', 'blue')
    assert fido.startswith(ACCOUNT + 'u2f/user/alice/blue-')
    listed = iam.list_mfa_devices(UserName='alice')['MFADevices']
    assert {d['SerialNumber'] for d in listed} == {serial, fido}
    assert {d['UserName'] for d in listed} == {'alice'}
    own = rig.botocore(who='alice').list_mfa_devices()['MFADevices']
    assert own == listed


def test_root_without_a_name_sees_the_devices_of_root(rig):
    serial = rig.add_root_device()
    listed = rig.botocore(who='root').list_mfa_devices()['MFADevices']
    assert [d['SerialNumber'] for d in listed] == [serial]
    assert serial.startswith(ACCOUNT + 'u2f/root/root-key-')


def test_certifications_are_told_for_fido_keys_only(rig, iam):
    plain = rig.add_fido_device('alice')
    serial = rig.add_fido_device('alice', certifications={
        'FIDO': 'L1', 'FIDO-FIPS-140-2': 'L2'})
    told = iam.get_mfa_device(SerialNumber=serial, UserName='alice')
    assert told['Certifications'] == {'FIDO': 'L1', 'FIDO-FIPS-140-2': 'L2'}
    assert told['UserName'] == 'alice' and told['EnableDate']
    assert not iam.get_mfa_device(SerialNumber=plain).get('Certifications')
    virtual, _ = create(iam)
    message = refused('ValidationError', 400, iam.get_mfa_device,
                      SerialNumber=virtual)
    assert message == (
        'The MFA device serial number sent in the request is invalid or not '
        'supported by this API. Currently, only hardware FIDO security keys '
        'are supported. Please use the compatible device or API.')
    refused('NoSuchEntity', 404, iam.get_mfa_device, SerialNumber=serial,
            UserName='bob')


def test_pages_are_followed_by_their_marker(rig, iam):
    rig.add_users(25)
    seen, marker, pages = [], {}, 0
    while True:
        page = iam.list_users(MaxItems=7, **marker)
        seen += [u['UserName'] for u in page['Users']]
        pages += 1
        if not page['IsTruncated']:
            assert 'Marker' not in page
            break
        assert len(page['Users']) == 7
        marker = {'Marker': page['Marker']}
    assert pages == 4 and len(seen) == len(set(seen)) == 28


def test_a_full_last_page_is_not_truncated(rig, iam):
    assert not iam.list_users(MaxItems=3)['IsTruncated']
    assert iam.list_users(MaxItems=2)['IsTruncated']


def test_pages_may_be_shorter_than_asked_for(rig, iam):
    rig.settings(page_limit=1)
    page = iam.list_users(MaxItems=100)
    assert len(page['Users']) == 1 and page['IsTruncated']


def test_a_marker_of_another_listing_is_invalid(rig, iam):
    marker = iam.list_users(MaxItems=1)['Marker']
    refused('ValidationError', 400, iam.list_virtual_mfa_devices,
            Marker=marker)
    refused('ValidationError', 400, iam.list_users, Marker='made up')


def test_a_hundred_items_are_a_page_unless_asked_otherwise(rig, iam):
    rig.add_users(200)
    assert len(iam.list_users()['Users']) == 100


def test_the_summary_counts_devices_and_root(rig, iam):
    enrolled(rig, iam)
    create(iam, 'spare')
    before = iam.get_account_summary()['SummaryMap']
    rig.add_root_device()
    after = iam.get_account_summary()['SummaryMap']
    assert (before['MFADevices'], before['MFADevicesInUse'],
            before['AccountMFAEnabled']) == (2, 1, 0)
    assert (after['MFADevices'], after['MFADevicesInUse'],
            after['AccountMFAEnabled']) == (3, 2, 1)
    assert after['AccountPasswordPresent'] == 1
    rig.set_account(root={'password': False})
    assert iam.get_account_summary()['SummaryMap'][
        'AccountPasswordPresent'] == 0


def test_users_passwords_and_keys_come_and_go(rig, iam):
    iam.create_user(UserName='carol', Path='/staff/')
    assert iam.get_user(UserName='carol')['User']['Arn'] == \
        ACCOUNT + 'user/staff/carol'
    assert refused('EntityAlreadyExists', 409, iam.create_user,
                   UserName='Carol') == 'User with name Carol already exists.'
    refused('NoSuchEntity', 404, iam.get_login_profile, UserName='carol')
    iam.create_login_profile(UserName='carol', Password='correct horse 1!')
    assert iam.get_login_profile(UserName='carol')
    for _ in range(2):
        key = iam.create_access_key(UserName='carol')['AccessKey']
    refused('LimitExceeded', 409, iam.create_access_key, UserName='carol')
    refused('DeleteConflict', 409, iam.delete_user, UserName='carol')
    for shown in iam.list_access_keys(UserName='carol')['AccessKeyMetadata']:
        iam.delete_access_key(UserName='carol',
                              AccessKeyId=shown['AccessKeyId'])
    refused('InvalidClientTokenId', 403, rig.botocore('sts', {
        **key, 'SessionToken': None}).get_caller_identity)
    refused('DeleteConflict', 409, iam.delete_user, UserName='carol')
    iam.delete_login_profile(UserName='carol')
    iam.delete_user(UserName='carol')
    refused('NoSuchEntity', 404, iam.get_user, UserName='carol')


def test_the_last_use_of_a_key_is_known(rig, iam):
    key = rig.credentials('alice')

    def used():
        told = iam.get_access_key_last_used(AccessKeyId=key['AccessKeyId'])
        assert told['UserName'] == 'alice'
        return told['AccessKeyLastUsed']
    assert used()['ServiceName'] == 'N/A' and 'LastUsedDate' not in used()
    rig.botocore('sts', key).get_caller_identity()
    assert used()['ServiceName'] == 'sts' and used()['LastUsedDate']
    assert used()['Region'] == 'us-east-1'


def test_users_have_tags_a_path_and_a_last_sign_in(rig, iam):
    rig.add_user('carol', '/staff/', password=True, password_last_used=1e9)
    iam.tag_user(UserName='carol', Tags=[{'Key': 'a', 'Value': '1'},
                                         {'Key': 'b', 'Value': '2'}])
    iam.untag_user(UserName='carol', TagKeys=['a'])
    tags = [{'Key': 'b', 'Value': '2'}]
    assert iam.list_user_tags(UserName='carol')['Tags'] == tags
    user = iam.get_user(UserName='carol')['User']
    assert user['Tags'] == tags
    assert user['PasswordLastUsed'].timestamp() == 1e9
    listed = iam.list_users(PathPrefix='/staff/')['Users']
    assert [u['UserName'] for u in listed] == ['carol']
    assert 'Tags' not in listed[0]


# The credential report.

def report(rig, iam):
    """Generates a report, waits by moving the clock, and parses it."""
    assert iam.generate_credential_report()['State'] == 'STARTED'
    rig.clock(advance=2)
    assert iam.generate_credential_report()['State'] == 'COMPLETE'
    text = iam.get_credential_report()['Content'].decode()
    return text, list(csv.DictReader(io.StringIO(text)))


def test_a_report_goes_from_absent_through_progress_to_complete(frozen):
    frozen.settings(report_polls=2, report_seconds=2)
    iam = frozen.botocore()
    assert refused('ReportNotPresent', 410,
                   iam.get_credential_report) == 'Unknown'
    made = iam.generate_credential_report()
    assert made['State'] == 'STARTED' and made['Description'] == \
        'No report exists. Starting a new report generation task'
    assert refused('ReportInProgress', 404,
                   iam.get_credential_report) == 'Unknown'
    frozen.clock(advance=2)
    for state in ('INPROGRESS', 'INPROGRESS', 'COMPLETE', 'COMPLETE'):
        assert iam.generate_credential_report()['State'] == state
    assert iam.get_credential_report()['ReportFormat'] == 'text/csv'


def test_a_report_is_kept_four_hours_and_then_expires(frozen):
    iam = frozen.botocore()
    report(frozen, iam)
    made = iam.get_credential_report()
    frozen.add_user('carol')
    frozen.clock(offset=4 * 3600 - 10, freeze=True)
    iam = frozen.botocore()
    again = raw_request_at(frozen, 'GetCredentialReport')
    assert base64.b64encode(made['Content']) in again[1]
    assert b'<State>COMPLETE<' in raw_request_at(
        frozen, 'GenerateCredentialReport')[1]
    frozen.clock(advance=30)
    reply, body = raw_request_at(frozen, 'GetCredentialReport')
    assert reply.status == 410 and b'<Code>ReportExpired<' in body
    assert b'<State>STARTED<' in raw_request_at(
        frozen, 'GenerateCredentialReport')[1]
    assert b'<Code>ReportInProgress<' in raw_request_at(
        frozen, 'GetCredentialReport')[1]
    frozen.clock(advance=10)
    _, body = raw_request_at(frozen, 'GetCredentialReport')
    content = body.split(b'<Content>')[1].split(b'<')[0]
    assert b'\ncarol,' in base64.b64decode(content)


def raw_request_at(rig, action):
    """A request signed at the time of the server's clock."""
    now = datetime.datetime.fromtimestamp(rig.now(), datetime.timezone.utc)
    with mock.patch('botocore.auth.get_current_datetime',
                    lambda *_, **__: now):
        return raw_request(rig, {'Action': action, 'Version': '2010-05-08'})


def test_the_report_has_the_known_header_and_no_last_newline(frozen):
    text, rows = report(frozen, frozen.botocore())
    header = text.split('\n')[0]
    assert header == (
        'user,arn,user_creation_time,password_enabled,password_last_used,'
        'password_last_changed,password_next_rotation,mfa_active,'
        'access_key_1_active,access_key_1_last_rotated,'
        'access_key_1_last_used_date,access_key_1_last_used_region,'
        'access_key_1_last_used_service,access_key_2_active,'
        'access_key_2_last_rotated,access_key_2_last_used_date,'
        'access_key_2_last_used_region,access_key_2_last_used_service,'
        'cert_1_active,cert_1_last_rotated,cert_2_active,'
        'cert_2_last_rotated')
    assert not text.endswith('\n') and '\r' not in text
    assert [row['user'] for row in rows] == ['<root_account>', 'admin',
                                             'alice', 'bob']
    root = rows[0]
    assert root['arn'] == ACCOUNT + 'root'
    assert root['password_next_rotation'] == 'not_supported'
    assert rows[2]['password_enabled'] == 'false'
    assert rows[2]['password_last_used'] == 'N/A'
    assert rows[2]['user_creation_time'].endswith('Z')


def test_the_report_quotes_names_and_knows_mfa_keys_and_passwords(frozen):
    frozen.add_user('smith,john', password=True, keys=1)
    frozen.add_fido_device('alice')
    _, rows = report(frozen, frozen.botocore())
    by_name = {row['user']: row for row in rows}
    assert by_name['alice']['mfa_active'] == 'true'
    assert by_name['bob']['mfa_active'] == 'false'
    john = by_name['smith,john']
    assert john['arn'] == ACCOUNT + 'user/smith,john'
    assert john['password_enabled'] == 'true'
    assert john['password_last_used'] == 'no_information'
    assert john['access_key_1_active'] == 'true'
    assert john['access_key_1_last_used_date'] == 'N/A'
    assert by_name['admin']['access_key_1_last_used_service'] == 'iam'


def test_the_report_may_have_a_column_more(frozen):
    frozen.settings(report_extra_column=True)
    _, rows = report(frozen, frozen.botocore())
    assert rows[0]['additional_credentials_info'] == 'N/A'


def test_report_generation_can_run_out_of_capacity(rig, iam):
    rig.order('GenerateCredentialReport', error='LimitExceeded', count=2)
    for _ in range(2):
        refused('LimitExceeded', 409, iam.generate_credential_report)
    assert iam.generate_credential_report()['State'] == 'STARTED'


# Orders.

def test_access_is_denied_to_one_caller_for_one_action(rig):
    rig.order('ListUsers', error='AccessDenied', caller='alice', count=None)
    message = refused('AccessDenied', 403,
                      rig.botocore(who='alice').list_users)
    assert message.startswith(
        f'User: {ACCOUNT}user/alice is not authorized to perform: '
        f'iam:ListUsers on resource: {ACCOUNT}user/ because no')
    rig.botocore(who='alice').get_user()
    rig.botocore(who='bob').list_users()


def test_an_order_may_be_about_one_user_alone(rig, iam):
    rig.order('ListMFADevices', error='ServiceFailure', about='alice',
              count=None)
    iam.list_mfa_devices(UserName='bob')
    refused('ServiceFailure', 500, iam.list_mfa_devices, UserName='alice')
    iam.list_mfa_devices(UserName='bob')


def test_a_simulated_policy_agrees_with_the_orders(rig, iam):
    rig.order('EnableMFADevice', error='AccessDenied', caller='alice',
              count=None)
    results = iam.simulate_principal_policy(
        PolicySourceArn=ACCOUNT + 'user/alice',
        ActionNames=['iam:EnableMFADevice', 'iam:ListUsers'])
    assert [r['EvalDecision'] for r in results['EvaluationResults']] == [
        'implicitDeny', 'allowed']


def test_an_order_lasts_as_often_as_it_says(rig, iam):
    rig.order('ListUsers', error='Throttling', count=2, skip=1)
    iam.list_users()
    for _ in range(2):
        assert refused('Throttling', 400, iam.list_users) == 'Rate exceeded'
    iam.list_users()


def test_orders_for_one_action_follow_each_other(rig, iam):
    rig.order('ListUsers', error='Throttling')
    rig.order('ListUsers', error='ServiceFailure')
    refused('Throttling', 400, iam.list_users)
    refused('ServiceFailure', 500, iam.list_users)
    iam.list_users()


def test_botocore_retries_what_is_throttled(rig):
    rig.order('ListUsers', error='Throttling', count=1)
    rig.botocore(retries={'total_max_attempts': 2,
                          'mode': 'standard'}).list_users()
    assert [c['status'] for c in rig.calls('ListUsers')] == [400, 200]


def test_an_error_may_come_after_the_effect(rig, iam):
    rig.order('CreateUser', error='ServiceFailure', after_effect=True)
    refused('ServiceFailure', 500, iam.create_user, UserName='carol')
    assert iam.get_user(UserName='carol')
    rig.order('CreateUser', error='ServiceFailure')
    refused('ServiceFailure', 500, iam.create_user, UserName='dave')
    refused('NoSuchEntity', 404, iam.get_user, UserName='dave')


@pytest.mark.parametrize('status', [500, 502, 503, 200])
@pytest.mark.parametrize('body, text', [
    ('xml', b'<ErrorResponse'), ('html', b'<!DOCTYPE html>'), ('empty', b''),
    ('out of order', b'out of order')])
def test_a_proxy_may_answer_instead(rig, status, body, text):
    rig.order('ListUsers', http=status, body=body)
    reply, got = raw_request(rig, USERS)
    assert reply.status == status and got.startswith(text)
    assert bool(got) == bool(text)


def test_a_reply_may_be_dropped_after_its_effect(rig, iam):
    rig.order('CreateUser', drop='after')
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        iam.create_user(UserName='carol')
    assert iam.get_user(UserName='carol')
    call = rig.calls('CreateUser')[0]
    assert call['effect'] and call['status'] is None


def test_a_request_may_be_dropped_before_its_effect(rig, iam):
    rig.order('CreateUser', drop='before')
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        iam.create_user(UserName='carol')
    refused('NoSuchEntity', 404, iam.get_user, UserName='carol')


@pytest.mark.parametrize('when', ['before', 'after'])
def test_a_reply_may_be_late(rig, iam, when):
    rig.order('CreateUser', delay=0.4, when=when)
    hasty, delayed = rig.botocore(read_timeout=0.15), rig.delayed()
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        hasty.create_user(UserName='carol')
    assert rig.delayed() == delayed + 1
    there = 'carol' in rig.state()['accounts']['123456789012']['users']
    assert there == (when == 'after')


def test_a_body_may_be_cut_short(rig):
    rig.order('ListUsers', cut=20)
    with pytest.raises(http.client.IncompleteRead) as caught:
        raw_request(rig, USERS)
    assert len(caught.value.partial) == 20


def test_a_body_may_drip(rig):
    rig.order('GetCallerIdentity', drip=[100, 0.05])
    started = time.monotonic()
    reply, body = raw_request(rig, WHO, service='sts')
    assert time.monotonic() - started > 0.1
    assert body.endswith(b'</GetCallerIdentityResponse>\n')


def test_a_connection_may_close_after_each_reply(rig, iam):
    rig.order(close=True, count=None)
    for _ in range(3):
        iam.list_users()
    assert len({c['connection'] for c in rig.calls()}) == 3


@pytest.mark.parametrize('how, said', [(True, 'close'), ('silent', None)])
def test_a_connection_may_close_without_saying_so(rig, how, said):
    rig.order(close=how)
    connection = http.client.HTTPConnection('127.0.0.1', rig.port, timeout=5)
    connection.request('POST', '/', b'')
    plain = connection.sock
    reply = connection.getresponse()
    assert reply.read() and reply.msg['Connection'] == said
    assert said or plain.recv(1) == b''
    connection.close()


@pytest.mark.parametrize('date, check', [
    ('missing', lambda date: date is None),
    ('garbage', lambda date: date == 'the day before yesterday'),
    (86400, lambda date: abs(email.utils.parsedate_to_datetime(
        date).timestamp() - time.time() - 86400) < 5)])
def test_the_date_header_may_be_wrong(rig, date, check):
    rig.order('ListUsers', date=date)
    reply, _ = raw_request(rig, USERS)
    assert check(reply.msg['Date'])


HOSTILE = {
    'doctype': b'<!DOCTYPE', 'billion-laughs': b'&lol9;',
    'external-entity': b'SYSTEM', 'wrong-root': b'<StrangeResponse',
    'wrong-namespace': b'example.com', 'invalid-utf8': b'\xff',
    'nul': b'\0', 'trailing': b'Response>\n<more/>',
    'char-references': b'<UserName>&#97;',
}


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_xml_is_sent_as_ordered(rig, name):
    rig.order('ListUsers', hostile=name)
    reply, body = raw_request(rig, USERS)
    assert reply.status == 200 and HOSTILE[name] in body
    assert HOSTILE[name] not in raw_request(rig, USERS)[1]


def test_hostile_xml_may_leave_things_out_or_say_them_twice(rig):
    _, whole = raw_request(rig, USERS)
    for name, times in (('missing-element', 0), ('empty-element', 0),
                        ('duplicate-element', 2)):
        rig.order('ListUsers', hostile=name, element='IsTruncated')
        _, body = raw_request(rig, USERS)
        assert body.count(b'<IsTruncated>') == times
        assert whole.count(b'<IsTruncated>') == 1
    rig.order('ListUsers', hostile='no-namespace')
    assert b'xmlns' not in raw_request(rig, USERS)[1]
    rig.order('ListUsers', hostile='empty')
    assert raw_request(rig, USERS)[1] == b''
    rig.order('ListUsers', hostile='truncated')
    assert 0 < len(raw_request(rig, USERS)[1]) < len(whole)


def test_an_element_may_say_something_else(rig):
    rig.order('CreateVirtualMFADevice', hostile='other-element',
              element='SerialNumber', text=ACCOUNT + 'mfa/bob')
    _, body = raw_request(rig, {'Action': 'CreateVirtualMFADevice',
                                'Version': '2010-05-08',
                                'VirtualMFADeviceName': 'alice'})
    assert b'<SerialNumber>arn:aws:iam::123456789012:mfa/bob<' in body
    assert set(rig.devices()) == {ACCOUNT + 'mfa/alice'}


def test_aws_sweeps_unassigned_virtual_devices_away(rig, iam):
    kept, _ = enrolled(rig, iam)
    loose = rig.add_virtual_device('loose')['serial']
    rig.add_fido_device('alice')
    assert rig.sweep() == [loose]
    assert kept in rig.devices() and len(rig.devices()) == 2


def test_a_user_is_renamed_and_keeps_id_and_devices(rig, iam):
    serial, _ = enrolled(rig, iam)
    before = iam.get_user(UserName='alice')['User']['UserId']
    iam.update_user(UserName='alice', NewUserName='alice2')
    refused('NoSuchEntity', 404, iam.get_user, UserName='alice')
    assert iam.get_user(UserName='alice2')['User']['UserId'] == before
    assert serial in rig.devices('alice2')
    iam.create_user(UserName='carol')
    refused('EntityAlreadyExists', 409, iam.update_user, UserName='carol',
            NewUserName='ALICE2')


def test_hostile_xml_may_be_deep_or_big(rig):
    rig.order('ListUsers', hostile='deep')
    assert raw_request(rig, USERS)[1].count(b'<deep>') == 10000
    rig.order('ListUsers', hostile='big')
    assert len(raw_request(rig, USERS)[1]) > 50_000_000


@pytest.mark.parametrize('name, length', [
    ('seed-not-base64', None), ('seed-short', 32), ('seed-long', 128),
    ('seed-not-base32', 64), ('seed-empty', 0)])
def test_a_seed_may_be_spoilt(rig, name, length):
    rig.order('CreateVirtualMFADevice', hostile=name)
    _, body = raw_request(rig, {'Action': 'CreateVirtualMFADevice',
                                'Version': '2010-05-08',
                                'VirtualMFADeviceName': 'alice'})
    seed = body.split(b'<Base32StringSeed>')[1].split(b'<')[0]
    if length is None:
        with pytest.raises(ValueError):
            base64.b64decode(seed, validate=True)
    else:
        seed = base64.b64decode(seed, validate=True)
        assert len(seed) == length
        if name == 'seed-not-base32':
            with pytest.raises(ValueError):
                base64.b32decode(seed)


def test_reads_may_show_the_past_for_some_reads(rig, iam):
    rig.order(['ListMFADevices', 'ListVirtualMFADevices'],
              stale={'reads': 2})
    serial, _ = enrolled(rig, iam)

    def seen():
        return len(iam.list_mfa_devices(UserName='alice')['MFADevices'])
    assert [seen() for _ in range(4)] == [0, 0, 1, 1]
    iam.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    assert [seen() for _ in range(4)] == [1, 1, 0, 0]


def test_reads_may_show_the_past_for_some_seconds(frozen):
    iam = frozen.botocore()
    frozen.order('ListMFADevices', stale={'seconds': 10})
    enrolled(frozen, iam)

    def seen():
        return len(iam.list_mfa_devices(UserName='alice')['MFADevices'])
    assert seen() == 0
    frozen.clock(advance=9)
    assert seen() == 0
    frozen.clock(advance=2)
    assert seen() == 1


def test_cleared_orders_are_gone(rig, iam):
    rig.order(error='Throttling', count=None)
    refused('Throttling', 400, iam.list_users)
    rig.clear_orders()
    iam.list_users()


def test_an_order_that_makes_no_sense_is_refused(rig):
    for fault in ({}, {'eror': 'Throttling'}, {'hostile': 'nice'},
                  {'drop': 'sometimes'}):
        with pytest.raises(ValueError):
            rig.order('ListUsers', **fault)


# The control channel and the process.

def test_the_clock_is_set_moved_stopped_and_let_go(rig):
    assert abs(rig.clock(offset=1000) - time.time() - 1000) < 2
    assert abs(rig.clock(at=5e8) - 5e8) < 2
    assert abs(rig.clock(advance=-100) - 5e8 + 100) < 2
    stopped = rig.clock(freeze=True)
    time.sleep(0.02)
    assert rig.now() == stopped
    assert rig.clock(advance=7) == stopped + 7 == rig.now()
    going = rig.clock(freeze=False)
    time.sleep(0.02)
    assert stopped + 7 <= going < rig.now() < going + 2


def test_many_users_are_made_at_once_with_keys_if_wanted(rig, iam):
    rig.add_users(3, 'crowd', password=True, fido=True)
    listed = iam.list_mfa_devices(UserName='crowd00002')['MFADevices']
    assert len(listed) == 1
    assert listed[0]['SerialNumber'].startswith(
        ACCOUNT + 'u2f/user/crowd00002/')
    assert iam.get_login_profile(UserName='crowd00000')


def test_the_log_keeps_what_was_sent_and_made(rig, iam):
    serial, seed = enrolled(rig, iam)
    made = rig.calls('CreateVirtualMFADevice')[0]
    assert made['made'] == {'serial': serial, 'seed': seed}
    call = rig.calls('EnableMFADevice')[0]
    assert call['params']['AuthenticationCode2'].isdigit()
    assert call['params']['SerialNumber'] == serial
    assert call['caller'] == ACCOUNT + 'user/admin'
    assert call['status'] == 200 and call['error'] is None
    assert rig.calls(clear=True) and not rig.calls()


def test_a_reset_forgets_everything(rig, iam):
    enrolled(rig, iam)
    rig.order(error='Throttling', count=None)
    rig.clock(offset=1000)
    rig.reset()
    state = rig.state()
    assert set(state['accounts']['123456789012']['users']) == {'admin'}
    assert not rig.devices() and not state['orders'] and not rig.calls()
    assert state['clock']['offset'] == 0


def test_without_an_admin_user_the_admin_is_a_role():
    with LocalIAM(admin=False) as rig:
        assert rig.botocore().list_users()['Users'] == []
        assert rig.env()['AWS_SESSION_TOKEN']


def test_the_state_outlives_the_server(tmp_path):
    with LocalIAM(state=tmp_path / 'state.json') as rig:
        rig.add_user('alice')
        key = rig.credentials('alice')
        serial, seed = enrolled(rig, rig.botocore())
    with LocalIAM(state=tmp_path / 'state.json') as rig:
        assert rig.devices('alice')[serial]['seed'] == seed
        mfa = rig.botocore('sts', key).get_session_token(
            SerialNumber=serial, TokenCode=rig.code(seed))
        assert mfa['Credentials']['SessionToken']
    assert (tmp_path / 'state.json').stat().st_mode & 0o77 == 0


def test_tls_is_served_with_a_certificate_that_verifies(tmp_path):
    with LocalIAM(tls=make_certificates(str(tmp_path))) as rig:
        assert rig.url.startswith('https://')
        assert rig.botocore().list_users()['Users']
        assert rig.calls('ListUsers')[0]['tls']
        with pytest.raises(ssl.SSLCertVerificationError):
            with socket.create_connection(('127.0.0.1', rig.port)) as plain:
                ssl.create_default_context().wrap_socket(
                    plain, server_hostname='127.0.0.1')
        assert rig.botocore().list_users()['Users']


def test_a_client_that_never_shakes_hands_holds_up_nobody(tmp_path):
    with LocalIAM(tls=make_certificates(str(tmp_path))) as rig, \
            socket.create_connection(('127.0.0.1', rig.port)):
        assert rig.botocore(read_timeout=5).list_users()['Users']


@pytest.mark.alone
def test_the_server_is_up_well_under_two_seconds():
    def start():
        started = time.monotonic()
        with LocalIAM():
            return time.monotonic() - started
    assert min(start() for _ in range(3)) < 1.5


def test_the_server_ends_with_its_parent():
    program = ('import sys, time; from iam.client import LocalIAM\n'
               'iam = LocalIAM().start()\n'
               'print(iam.process.pid, flush=True); time.sleep(60)')
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.pathsep.join([here, os.environ.get('PYTHONPATH', here)])
    parent = subprocess.Popen([sys.executable, '-c', program],
                              stdout=subprocess.PIPE, text=True,
                              env={**os.environ, 'PYTHONPATH': path})
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        try:
            with open(f'/proc/{child}/stat') as file:
                if file.read().rpartition(')')[2].split()[0] == 'Z':
                    break
        except FileNotFoundError:
            break
        time.sleep(0.05)
    else:
        os.kill(child, signal.SIGKILL)
        pytest.fail('the server outlived its parent')


@pytest.mark.skipif(not shutil.which('aws'), reason='needs the aws command')
def test_the_aws_command_enrolls_a_device(rig, tmp_path):
    def aws(*words):
        return subprocess.run(
            ['aws', *words, '--output', 'text', '--endpoint-url', rig.url],
            capture_output=True, text=True, check=True, timeout=60,
            env={**os.environ, **rig.env(), 'HOME': str(tmp_path)}).stdout
    seed = tmp_path / 'seed'
    serial = aws('iam', 'create-virtual-mfa-device',
                 '--virtual-mfa-device-name', 'alice', '--outfile', str(seed),
                 '--bootstrap-method', 'Base32StringSeed', '--query',
                 'VirtualMFADevice.SerialNumber').strip()
    first, second = rig.pair(seed.read_text())
    aws('iam', 'enable-mfa-device', '--user-name', 'alice',
        '--serial-number', serial, '--authentication-code1', first,
        '--authentication-code2', second)
    assert serial in aws('iam', 'list-mfa-devices', '--user-name', 'alice')


def test_moto_starts_in_the_same_style():
    with Moto(['alice']) as moto:
        users = moto.botocore().list_users()['Users']
        assert [u['UserName'] for u in users] == ['alice']
        moto.reset()
        assert not moto.botocore().list_users()['Users']
