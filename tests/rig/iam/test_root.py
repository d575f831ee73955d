"""AssumeRoot, and what its sessions may do."""

import pytest

from .client_policy import allow, deny
from .helpers import ACCOUNT, OTHER, enrolled, mfa_session, refused

TASK = 'arn:aws:iam::aws:policy/root-task/'
ROOT = f'arn:aws:iam::{OTHER}:root'
NOT_MEMBER = '111111111111'


@pytest.fixture
def site(rig):
    """A member account whose root has one of everything."""
    rig.add_account(OTHER)
    rig.add_certificate('root', account=OTHER)
    rig.credentials('root', account=OTHER)
    rig.add_root_device(account=OTHER)
    return rig


def assume(rig, task='IAMAuditRootUserCredentials', who='admin', target=OTHER,
           **more):
    return rig.botocore('sts', who).assume_root(
        TargetPrincipal=target, TaskPolicyArn={'arn': TASK + task},
        **more)['Credentials']


def as_root(rig, task):
    return rig.botocore('iam', assume(rig, task))


def no_root(rig, message, code='AccessDenied', status=403, **ask):
    assert refused(code, status, lambda: assume(rig, **ask)) == message


def unauthorized(who=ACCOUNT + 'user/admin', target=OTHER):
    return f'User: {who} is not authorized to perform: sts:AssumeRoot on ' \
           f'resource: arn:aws:iam::{target}:root'


# The request.

def test_a_session_is_the_members_root_for_a_quarter_of_an_hour(site):
    made = assume(site)
    said = site.botocore('sts', made).get_caller_identity()
    assert (said['Account'], said['Arn']) == (OTHER, ROOT)
    assert 800 < made['Expiration'].timestamp() - site.now() <= 900
    assert assume(site, target=ROOT)
    short = assume(site, DurationSeconds=60)
    site.clock(offset=61)
    refused('ExpiredToken', 403,
            site.botocore('sts', short).get_caller_identity)
    assert site.botocore('sts', made).get_caller_identity()


def test_a_session_of_no_seconds_is_over_at_once(site):
    made = assume(site, DurationSeconds=0)
    refused('ExpiredToken', 403, site.botocore('iam', made).get_user)


def test_more_than_a_quarter_of_an_hour_is_not_valid(site):
    no_root(site, "1 validation error detected: Value '901' at "
            "'durationSeconds' failed to satisfy constraint: Member must "
            'have value less than or equal to 900', 'ValidationError', 400,
            DurationSeconds=901)


@pytest.mark.parametrize('target', [
    f'arn:aws:iam::{OTHER}:user/admin', 'arn:aws:iam::2109:root',
    '2109876543210', f'{OTHER}:root', 'my-member-account'])
def test_the_target_is_an_account_or_its_root(site, target):
    no_root(site, 'Request must contain a valid target principal',
            'ValidationError', 400, target=target)


@pytest.mark.parametrize('task', ['../ReadOnlyAccess', 'IAMAudit', ''])
def test_the_task_is_one_of_five(site, task):
    no_root(site, 'Request must contain valid AWS managed task policy ARN',
            'ValidationError', 400, task=task)


def test_the_global_endpoint_does_not_know_the_action(site):
    site.settings(sts_global=True)
    no_root(site, 'Unknown Operation', 'InvalidAction', 400)
    assert site.botocore('sts').get_session_token()


def test_the_caller_needs_the_explicit_right(site):
    site.put_policy(allow('iam:*'), user='alice')
    alice = unauthorized(ACCOUNT + 'user/alice')
    no_root(site, alice, who='alice')
    site.put_policy(allow('sts:AssumeRoot', resource=ROOT, Condition={
        'StringEquals': {'sts:TaskPolicyArn':
                         TASK + 'IAMAuditRootUserCredentials'}}),
        user='alice')
    assert assume(site, who='alice')
    no_root(site, alice, task='IAMDeleteRootUserCredentials', who='alice')
    # Who is denied explicitly is told no more.
    site.put_policy(deny('sts:AssumeRoot'), name='no', user='alice')
    no_root(site, alice, who='alice')


def test_the_target_is_an_active_member_and_not_the_management_account(site):
    no_root(site, unauthorized(target='123456789012'), target='123456789012')
    no_root(site, unauthorized(target=NOT_MEMBER), target=NOT_MEMBER)
    site.add_account(NOT_MEMBER)
    assert assume(site, target=NOT_MEMBER)
    site.set_organization(NOT_MEMBER, status='SUSPENDED')
    no_root(site, unauthorized(target=NOT_MEMBER), target=NOT_MEMBER)
    site.set_organization(NOT_MEMBER, status='ACTIVE', member=False)
    no_root(site, unauthorized(target=NOT_MEMBER), target=NOT_MEMBER)


def test_only_management_and_delegate_may_assume(site):
    site.add_account(NOT_MEMBER)
    admin = site.credentials(account=NOT_MEMBER)
    sentence = unauthorized(f'arn:aws:iam::{NOT_MEMBER}:user/admin')
    no_root(site, sentence, who=admin)
    site.set_organization(NOT_MEMBER, delegated=True)
    assert assume(site, who=admin)


def test_root_and_sessions_of_get_session_token_may_not(site):
    no_root(site, unauthorized(ACCOUNT + 'root'), who='root')
    serial, seed = enrolled(site, site.botocore())
    session = mfa_session(site, 'alice', serial, seed)
    refused('AccessDenied', 403, lambda: assume(site, who=session))
    assert assume(site, who=site.role_credentials())


@pytest.mark.parametrize('task, feature, name', [
    ('IAMAuditRootUserCredentials', 'RootCredentialsManagement',
     'Root credentials management'),
    ('IAMDeleteRootUserCredentials', 'RootCredentialsManagement',
     'Root credentials management'),
    ('IAMCreateRootUserPassword', 'RootCredentialsManagement',
     'Root credentials management'),
    ('S3UnlockBucketPolicy', 'RootSessions', 'Root sessions'),
    ('SQSUnlockQueuePolicy', 'RootSessions', 'Root sessions')])
def test_each_task_needs_its_feature(site, task, feature, name):
    site.settings(organization_features=[feature])
    assert assume(site, task)
    other = {'RootCredentialsManagement', 'RootSessions'} - {feature}
    site.settings(organization_features=list(other))
    no_root(site, f'{name} feature is not enabled for your AWS '
            'Organization.', task=task)


# The ceilings.

AUDIT = ('list_access_keys', 'list_signing_certificates', 'get_login_profile',
         'list_mfa_devices', 'get_account_summary', 'get_user')


def test_an_audit_session_reads_root_and_nothing_else(site):
    root = as_root(site, 'IAMAuditRootUserCredentials')
    for name in AUDIT:
        getattr(root, name)()
    keys = root.list_access_keys()['AccessKeyMetadata']
    assert 'UserName' not in keys[0]
    assert root.get_access_key_last_used(AccessKeyId=keys[0]['AccessKeyId'])
    user = root.get_user()['User']
    assert (user['UserId'], user['Arn']) == (OTHER, ROOT)
    assert 'UserName' not in user and 'Path' not in user
    serial = root.list_mfa_devices()['MFADevices'][0]['SerialNumber']
    ceiling = 'with an explicit deny in a session policy'
    for function, params in (
            (root.get_mfa_device, {'SerialNumber': serial}),
            (root.deactivate_mfa_device, {'SerialNumber': serial}),
            (root.delete_login_profile, {}), (root.list_users, {}),
            (root.list_virtual_mfa_devices, {}),
            (root.list_mfa_devices, {'UserName': 'admin'}),
            (root.get_user, {'UserName': 'admin'})):
        assert refused('AccessDenied', 403, function,
                       **params).endswith(ceiling)


def test_a_delete_session_takes_everything_of_root(site):
    root = as_root(site, 'IAMDeleteRootUserCredentials')
    audit = as_root(site, 'IAMAuditRootUserCredentials')
    before = audit.get_account_summary()['SummaryMap']
    fields = ['AccountPasswordPresent', 'AccountAccessKeysPresent',
              'AccountSigningCertificatesPresent', 'AccountMFAEnabled']
    assert [before[f] for f in fields] == [1, 1, 1, 1]
    refused('AccessDenied', 403, root.get_account_summary)
    for key in root.list_access_keys()['AccessKeyMetadata']:
        root.delete_access_key(AccessKeyId=key['AccessKeyId'])
    for cert in root.list_signing_certificates()['Certificates']:
        root.delete_signing_certificate(CertificateId=cert['CertificateId'])
    for device in root.list_mfa_devices()['MFADevices']:
        root.deactivate_mfa_device(SerialNumber=device['SerialNumber'])
    root.delete_login_profile()
    after = audit.get_account_summary()['SummaryMap']
    assert [after[f] for f in fields] == [0, 0, 0, 0]
    assert refused('NoSuchEntity', 404, root.get_login_profile) == \
        'Login Profile for User null cannot be found.'
    refused('NoSuchEntity', 404, root.delete_login_profile)
    refused('NoSuchEntity', 404, root.delete_access_key,
            AccessKeyId='AKIAIOSFODNN7EXAMPLE')


def test_a_virtual_device_of_root_stays_unassigned_for_want_of_the_right(
        site):
    serial = site.add_root_device('virtual', 'phone', account=OTHER)
    root = as_root(site, 'IAMDeleteRootUserCredentials')
    root.deactivate_mfa_device(SerialNumber=serial)
    # The ceiling names DeleteVirtualMFADevice, but on root alone.
    refused('AccessDenied', 403, root.delete_virtual_mfa_device,
            SerialNumber=serial)


def test_recovery_opens_the_way_to_a_password(site):
    site.set_account(OTHER, root={'password': False})
    root = as_root(site, 'IAMCreateRootUserPassword')
    made = root.create_login_profile()['LoginProfile']
    assert made['PasswordResetRequired'] is False and 'UserName' not in made
    assert root.get_login_profile()['LoginProfile']['CreateDate'] == \
        made['CreateDate']
    assert refused('EntityAlreadyExists', 409, root.create_login_profile) == \
        f'Login Profile for account {OTHER} already exists.'
    refused('AccessDenied', 403, root.delete_login_profile)
    refused('AccessDenied', 403, root.list_access_keys)
    admin = site.botocore(who=site.credentials(account=OTHER))
    assert admin.get_account_summary()['SummaryMap'][
        'AccountPasswordPresent'] == 1


def test_an_unlock_session_reaches_no_iam(site):
    refused('AccessDenied', 403, as_root(site, 'S3UnlockBucketPolicy')
            .get_user)


def test_the_members_control_policies_apply(site):
    stop = {'StringLike': {'aws:PrincipalArn': 'arn:aws:iam::*:root'}}
    site.set_organization(OTHER, scps=[deny('*', Condition=stop)])
    assert refused('AccessDenied', 403, as_root(
        site, 'IAMAuditRootUserCredentials').get_user).endswith(
            'with an explicit deny in a service control policy')
    site.set_organization(OTHER, scps=[deny('*', Condition={
        **stop, 'Null': {'aws:AssumedRoot': 'true'}})])
    as_root(site, 'IAMAuditRootUserCredentials').get_user()


def test_issued_sessions_outlive_the_feature(site):
    root = as_root(site, 'IAMAuditRootUserCredentials')
    site.settings(organization_features=[], trusted_access=False)
    root.get_user()


def test_root_with_keys_names_nobody_implicitly_when_it_deactivates(site):
    serial = site.add_root_device()
    refused('ValidationError', 400, site.botocore(
        who='root').deactivate_mfa_device, SerialNumber=serial)


def test_both_accounts_hear_of_it(site):
    made = assume(site)
    site.botocore('iam', made).list_mfa_devices()
    no_root(site, unauthorized(target='123456789012'), target='123456789012')
    refusals, here = [], []
    for event in site.trail('AssumeRoot'):
        (refusals if 'errorCode' in event else here).append(event)
    assert [e['recipientAccountId'] for e in refusals + here] == \
        ['123456789012'] * 2
    assert here[0]['requestParameters'] == {
        'targetPrincipal': OTHER, 'taskPolicyArn': {
            'arn': TASK + 'IAMAuditRootUserCredentials'}}
    assert here[0]['responseElements']['credentials']['accessKeyId'] == \
        made['AccessKeyId']
    [there] = site.trail('ListMFADevices')
    assert there['recipientAccountId'] == OTHER
    who = there['userIdentity']
    assert (who['type'], who['accessKeyId']) == ('Root', made['AccessKeyId'])
    assert who['sessionContext']['attributes']['mfaAuthenticated'] == 'false'
