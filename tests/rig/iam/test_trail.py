"""CloudTrail: what LookupEvents tells, where, when and how often."""

import datetime
import json
from unittest import mock

import pytest

from . import authorize, trail
from .call import Call
from .client import LocalIAM
from .client_policy import allow
from .faults import Meter
from .helpers import ACCOUNT, OTHER, create, enrolled, mfa_session, refused
from .model import Service
from .state import Key, World


@pytest.fixture
def site(rig):
    rig.settings(lookup_rate=None)
    rig.set_account(root={'password': True})
    return rig


def lookup(rig, name=None, region='us-east-1', who='admin', **more):
    """The events that are told, newest first."""
    rig.region = region
    try:
        client = rig.botocore('cloudtrail', who)
    finally:
        rig.region = 'us-east-1'
    if name:
        more['LookupAttributes'] = [{'AttributeKey': 'EventName',
                                     'AttributeValue': name}]
    return client.lookup_events(**more)['Events']


def event(told):
    return json.loads(told['CloudTrailEvent'])


def test_a_registration_at_the_console_leaves_its_event(site):
    with site.sign_in('root') as browser:
        serial = browser.add_fido('blue')
    [told] = lookup(site, 'EnableMFADevice')
    assert (told['EventSource'], told['Username'], told['ReadOnly']) == (
        'iam.amazonaws.com', 'root', 'false')
    assert {'ResourceType': 'AWS::IAM::MfaDevice',
            'ResourceName': serial} in told['Resources']
    record = event(told)
    assert record['eventID'] == told['EventId']
    assert record['userIdentity']['type'] == 'Root'
    assert record['userIdentity']['arn'] == ACCOUNT + 'root'
    assert record['requestParameters'] == {'userName': 'AWS ROOT USER',
                                           'serialNumber': serial}
    assert record['responseElements'] is None
    assert record['sessionCredentialFromConsole'] == 'true'
    assert record['userAgent'].startswith('Mozilla/5.0')
    assert record['userIdentity']['sessionContext']['attributes'][
        'mfaAuthenticated'] == 'false'
    assert record['awsRegion'] == 'us-east-1'
    assert record['recipientAccountId'] == '123456789012'
    age = datetime.datetime.now(datetime.timezone.utc) - told['EventTime']
    assert abs(age.total_seconds()) < 5


def test_the_next_sign_in_names_the_device(site):
    with site.sign_in('root') as browser:
        serial = browser.add_fido('blue')
    site.sign_in('root', mfa=serial)
    with_mfa, without = map(event, lookup(site, 'ConsoleLogin'))
    assert with_mfa['additionalEventData']['MFAUsed'] == 'Yes'
    assert with_mfa['additionalEventData']['MFAIdentifier'] == serial
    assert without['additionalEventData']['MFAUsed'] == 'No'
    assert 'MFAIdentifier' not in without['additionalEventData']
    assert with_mfa['responseElements'] == {'ConsoleLogin': 'Success'}
    assert with_mfa['eventType'] == 'AwsConsoleSignIn'
    [check] = map(event, lookup(site, 'CheckMfa'))
    assert check['additionalEventData'] == {'MfaType': 'U2F MFA'}


@pytest.mark.parametrize('kinds, said', [
    (['fido'], 'U2F MFA'), (['virtual'], 'Virtual MFA'),
    (['fido', 'fido'], 'U2F MFA'), (['fido', 'virtual'],
                                    'Multiple MFA Devices')])
def test_the_check_before_tells_the_kind(site, kinds, said):
    serials = [site.add_root_device(kind, f'{kind}-{n}')
               for n, kind in enumerate(kinds)]
    site.sign_in('root', mfa=serials[0])
    [check] = map(event, lookup(site, 'CheckMfa'))
    assert check['additionalEventData'] == {'MfaType': said}


def test_a_failed_sign_in_is_told_as_one(site):
    with pytest.raises(ValueError):
        site.sign_in('root', password=False)
    [failed] = map(event, lookup(site, 'ConsoleLogin'))
    assert failed['errorMessage'] == 'Failed authentication'
    assert failed['responseElements'] == {'ConsoleLogin': 'Failure'}


def test_events_are_told_only_where_they_come_from(site):
    site.sign_in('root', region='us-west-2')
    assert not lookup(site, 'ConsoleLogin')
    [told] = lookup(site, 'ConsoleLogin', region='us-west-2')
    assert event(told)['awsRegion'] == 'us-west-2'
    create(site.botocore())
    assert not lookup(site, 'CreateVirtualMFADevice', region='us-west-2')
    assert len(lookup(site, 'CreateVirtualMFADevice')) == 1
    site.region = 'eu-west-1'
    site.botocore('sts').get_session_token()
    site.region = 'us-east-1'
    assert not lookup(site, 'GetSessionToken')
    assert len(lookup(site, 'GetSessionToken', region='eu-west-1')) == 1


def test_events_are_told_only_to_their_account(site):
    site.add_account(OTHER)
    create(site.botocore())
    other = site.credentials(account=OTHER)
    assert not lookup(site, 'CreateVirtualMFADevice', who=other)


def test_calls_of_users_roles_and_sessions_name_who_called(site):
    serial, seed = enrolled(site, site.botocore())
    session = site.botocore(who=mfa_session(site, 'alice', serial, seed))
    session.list_mfa_devices()
    [who] = [event(e)['userIdentity'] for e in lookup(site, 'ListMFADevices')]
    assert (who['type'], who['userName']) == ('IAMUser', 'alice')
    assert who['sessionContext']['attributes']['mfaAuthenticated'] == 'true'
    site.botocore(who=site.role_credentials('Auditor')).list_users()
    [told] = lookup(site, 'ListUsers')
    who = event(told)['userIdentity']
    assert who['type'] == 'AssumedRole' and told['Username'] == 'rig'
    assert who['arn'].endswith('assumed-role/Auditor/rig')
    assert who['sessionContext']['sessionIssuer']['userName'] == 'Auditor'


def test_no_secret_is_told(site):
    serial, seed = enrolled(site, site.botocore())
    mfa_session(site, 'alice', serial, seed)
    texts = ''.join(e['CloudTrailEvent'] for e in lookup(site))
    assert seed not in texts
    for call in site.calls():
        for name in ('AuthenticationCode1', 'AuthenticationCode2',
                     'TokenCode'):
            code = call['params'].get(name)
            assert code is None or f'"{code}"' not in texts
    [made] = map(event, lookup(site, 'CreateVirtualMFADevice'))
    assert made['responseElements'] == {
        'virtualMFADevice': {'serialNumber': serial}}


def test_what_was_refused_is_told_with_its_code(site):
    site.put_policy(allow('iam:ListUsers'), user='alice')
    refused('AccessDenied', 403, site.botocore(
        who='alice').deactivate_mfa_device, UserName='alice',
        SerialNumber=ACCOUNT + 'mfa/x')
    refused('NoSuchEntity', 404, site.botocore().deactivate_mfa_device,
            UserName='alice', SerialNumber=ACCOUNT + 'mfa/x')
    missing, denied = map(event, lookup(site, 'DeactivateMFADevice'))
    assert denied['errorCode'] == 'AccessDenied'
    assert 'is not authorized to perform' in denied['errorMessage']
    assert missing['errorCode'] == 'NoSuchEntityException'


def test_what_never_reached_aws_is_not_told(site):
    site.order('ListUsers', http=503, body='html')
    site.order('ListUsers', error='Throttling')
    site.order('ListUsers', drop='before')
    for _ in range(3):
        with pytest.raises(Exception):
            site.botocore().list_users()
    assert not lookup(site, 'ListUsers')


def test_what_reached_aws_is_told_though_the_reply_was_lost(site):
    site.order('CreateVirtualMFADevice', drop='after')
    with pytest.raises(Exception):
        create(site.botocore())
    assert len(lookup(site, 'CreateVirtualMFADevice')) == 1


@pytest.mark.parametrize('key, value, number', [
    ('EventName', 'EnableMFADevice', 1), ('EventName', 'enablemfadevice', 0),
    ('EventSource', 'iam.amazonaws.com', 2), ('Username', 'admin', 2),
    ('Username', 'alice', 0), ('ResourceName', ACCOUNT + 'mfa/alice', 2),
    ('ResourceType', 'AWS::IAM::User', 1), ('ReadOnly', 'false', 2)])
def test_events_are_found_by_one_attribute(site, key, value, number):
    enrolled(site, site.botocore())
    found = lookup(site, LookupAttributes=[{'AttributeKey': key,
                                            'AttributeValue': value}])
    assert len(found) == number


def test_events_are_found_by_id_and_access_key(site):
    key = site.credentials('alice')
    site.botocore(who=key).list_users()
    [told] = lookup(site, 'ListUsers')
    for name, value in (('EventId', told['EventId']),
                        ('AccessKeyId', key['AccessKeyId'])):
        assert lookup(site, LookupAttributes=[
            {'AttributeKey': name, 'AttributeValue': value}]) == [told]


def test_events_are_found_by_time(site):
    created = site.now()
    create(site.botocore())
    assert lookup(site, StartTime=created - 60, EndTime=created + 60)
    assert not lookup(site, EndTime=created - 60)
    assert not lookup(site, 'CreateVirtualMFADevice', StartTime=created + 60)
    refused('InvalidTimeRangeException', 400,
            site.botocore('cloudtrail').lookup_events, StartTime=created,
            EndTime=created - 60)


def test_events_are_told_for_ninety_days(site):
    for days in (91, 89):
        site.clock(offset=-days * 86400)
        site.sign_in('root')
    site.clock(offset=0)
    assert len(lookup(site, 'ConsoleLogin')) == 1


def test_two_attributes_are_one_too_many(site):
    refused('InvalidLookupAttributesException', 400,
            site.botocore('cloudtrail').lookup_events, LookupAttributes=[
                {'AttributeKey': 'EventName', 'AttributeValue': 'x'},
                {'AttributeKey': 'Username', 'AttributeValue': 'x'}])


def test_parameters_are_held_to_the_model(site):
    cloudtrail = site.botocore('cloudtrail', parameter_validation=False)
    refused('InvalidMaxResultsException', 400, cloudtrail.lookup_events,
            MaxResults=51)
    message = refused(
        'ValidationException', 400, cloudtrail.lookup_events,
        LookupAttributes=[{'AttributeKey': 'Name', 'AttributeValue': 'x'}])
    assert 'Member must satisfy enum value set' in message
    refused('SerializationException', 400, cloudtrail.lookup_events,
            MaxResults='many')


def test_pages_go_back_in_time_and_hold_still(site):
    iam = site.botocore()
    for n in range(7):
        create(iam, f'd{n}')
    cloudtrail = site.botocore('cloudtrail')
    ask = {'MaxResults': 3, 'LookupAttributes': [
        {'AttributeKey': 'EventName',
         'AttributeValue': 'CreateVirtualMFADevice'}]}
    page, names = cloudtrail.lookup_events(**ask), []
    while True:
        names += [event(e)['requestParameters']['virtualMFADeviceName']
                  for e in page['Events']]
        if 'NextToken' not in page:
            break
        create(iam, f'late{len(names)}')
        lookup(site)        # somebody else's, who is told of it already
        page = cloudtrail.lookup_events(NextToken=page['NextToken'], **ask)
    assert names == [f'd{n}' for n in reversed(range(7))]


def test_a_token_belongs_to_its_question(site):
    for n in range(3):
        create(site.botocore(), f'd{n}')
    cloudtrail = site.botocore('cloudtrail')
    token = cloudtrail.lookup_events(MaxResults=1)['NextToken']
    for more in ({'MaxResults': 2, 'NextToken': token},
                 {'MaxResults': 1, 'NextToken': 'made up'}):
        refused('InvalidNextTokenException', 400, cloudtrail.lookup_events,
                **more)


def test_events_may_be_late_by_reads(site):
    site.order('LookupEvents', late={'reads': 2})
    create(site.botocore())
    seen = [len(lookup(site, 'CreateVirtualMFADevice')) for _ in range(4)]
    assert seen == [0, 0, 1, 1]


def test_events_may_be_late_by_seconds(site):
    site.order('LookupEvents', late={'seconds': 120})
    create(site.botocore())
    assert not lookup(site, 'CreateVirtualMFADevice')
    site.clock(offset=121)
    assert lookup(site, 'CreateVirtualMFADevice')


def test_events_may_be_told_twice(site):
    site.order('LookupEvents', doubled=True)
    create(site.botocore())
    one, two = lookup(site, 'CreateVirtualMFADevice')
    assert one == two


def test_lookups_above_the_rate_are_throttled_for_each_region(rig):
    assert rig.settings()['lookup_rate'] == 2.0
    # Slow enough for a busy machine: one in 1000 seconds.
    rig.settings(lookup_rate=0.001)
    lookup(rig)
    assert refused('ThrottlingException', 400,
                   rig.botocore('cloudtrail').lookup_events) == \
        'Rate exceeded'
    lookup(rig, region='us-east-2')


@pytest.mark.parametrize('rate, times, throttled', [
    (2, (10.0, 10.5, 10.9, 11.1, 11.2, 11.6),
     [False, False, True, False, True, False]),
    (0.5, (10.0, 11.5, 12.1, 13.9), [False, True, False, True])])
def test_a_rate_is_so_many_in_a_second(rate, times, throttled):
    meter, said = Meter(rate), []
    with mock.patch('time.monotonic') as clock:
        for clock.return_value in times:
            said.append(meter.exceeds())
    assert said == throttled


def test_any_action_may_be_throttled_by_order(site):
    site.order('ListMFADevices', rate=0.001)
    iam = site.botocore()
    iam.list_mfa_devices(UserName='alice')
    refused('Throttling', 400, iam.list_mfa_devices, UserName='alice')
    iam.list_users()


def test_looking_up_can_be_denied(site):
    site.put_policy(allow('iam:*'), user='alice')
    message = refused('AccessDeniedException', 400, site.botocore(
        'cloudtrail', 'alice').lookup_events)
    assert message == (
        f'User: {ACCOUNT}user/alice is not authorized to perform: '
        'cloudtrail:LookupEvents on resource: * because no identity-based '
        'policy allows the cloudtrail:LookupEvents action')


def test_the_trail_outlives_the_server(tmp_path):
    with LocalIAM(state=tmp_path / 'state.json') as rig:
        rig.add_user('alice')
        create(rig.botocore())
        rig.add_user('bob')
    with LocalIAM(state=tmp_path / 'state.json') as rig:
        assert rig.trail('CreateVirtualMFADevice')


def test_a_request_that_nobody_signed_is_told_of_no_arn():
    world = World()
    account = world.accounts[world.default]
    call = Call(world, account, Key('-', '-', account.id, 'web'), 'sts',
                'AssumeRoleWithWebIdentity', {'RoleArn': ACCOUNT + 'role/x',
                                              'WebIdentityToken': 'eyJ.x.y'},
                None)
    call.region = 'eu-west-1'
    authorize.check(call)
    trail.add_call(call, Service('sts'), 'id', 'localhost', 'test', None,
                   None)
    [record] = world.trail
    assert record['region'] == 'eu-west-1'
    assert record['event']['userIdentity'] == {
        'type': 'WebIdentityUser', 'accountId': '123456789012'}
    assert 'eyJ' not in str(record)
