"""Users' keys, policies, groups and certificates, as IAM tells them; what moto
has of it answers alike."""

import json
import os
from unittest import mock

import pytest

from .client_policy import allow, document
from .helpers import ACCOUNT, create, refused
from .moto import Moto

ALICE = ACCOUNT + 'user/alice'
DOCUMENT = allow('iam:GetUser')
TEXT = json.dumps(DOCUMENT)
ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'


@pytest.fixture(scope='module')
def moto():
    with mock.patch.dict(os.environ, {
            'MOTO_IAM_LOAD_MANAGED_POLICIES': 'true'}), Moto() as server:
        yield server


def people(iam):
    """The same people and policies, made by calls alone; gives the ARN of
    the managed policy."""
    iam.create_group(GroupName='staff')
    for name in ('anna', 'bert'):
        iam.create_user(UserName=name, Path='/staff/')
        iam.add_user_to_group(GroupName='staff', UserName=name)
    iam.put_user_policy(UserName='anna', PolicyName='own',
                        PolicyDocument=TEXT)
    iam.put_group_policy(GroupName='staff', PolicyName='ours',
                         PolicyDocument=TEXT)
    iam.attach_group_policy(GroupName='staff', PolicyArn=ADMIN)
    made = iam.create_policy(PolicyName='Reads', PolicyDocument=TEXT)
    arn = made['Policy']['Arn']
    iam.attach_user_policy(UserName='bert', PolicyArn=arn)
    return arn


def told(answer):
    """An answer without what differs from server to server, and without
    what is empty, which moto sometimes leaves out."""
    if isinstance(answer, dict):
        return {key: told(value) for key, value in answer.items()
                if value and key not in ('ResponseMetadata', 'CreateDate', 'UserId',
                               'UpdateDate', 'GroupId', 'PolicyId', 'Tags',
                               'Marker')}
    if isinstance(answer, list):
        return [told(value) for value in answer]
    return answer


# What moto answers too.
SAME = {
    'user policies': lambda iam, arn: iam.list_user_policies(UserName='anna'),
    'user policy': lambda iam, arn: iam.get_user_policy(
        UserName='anna', PolicyName='own'),
    'attached': lambda iam, arn: iam.list_attached_user_policies(
        UserName='bert'),
    'group policies': lambda iam, arn: iam.list_group_policies(
        GroupName='staff'),
    'group policy': lambda iam, arn: iam.get_group_policy(
        GroupName='staff', PolicyName='ours'),
    'attached to a group': lambda iam, arn: iam.list_attached_group_policies(
        GroupName='staff'),
    'groups': lambda iam, arn: iam.list_groups(),
    'groups of a user': lambda iam, arn: iam.list_groups_for_user(
        UserName='anna'),
    'group': lambda iam, arn: iam.get_group(GroupName='staff'),
    'policy': lambda iam, arn: iam.get_policy(PolicyArn=arn),
    'version': lambda iam, arn: iam.get_policy_version(
        PolicyArn=arn, VersionId='v1'),
    'local policies': lambda iam, arn: iam.list_policies(Scope='Local'),
    'details': lambda iam, arn: {
        user['UserName']: user for user in
        iam.get_account_authorization_details(
            Filter=['User'])['UserDetailList']
        if user['UserName'] in ('anna', 'bert')},
    'details of groups': lambda iam, arn:
        iam.get_account_authorization_details(Filter=['Group'])[
            'GroupDetailList'],
    'versions in details': lambda iam, arn:
        iam.get_account_authorization_details(Filter=['LocalManagedPolicy'])[
            'Policies'][0]['PolicyVersionList'],
}


def test_moto_tells_the_same(rig, moto):
    answers = []
    for iam in (rig.botocore(), moto.botocore()):
        arn = people(iam)
        answers.append({name: told(ask(iam, arn))
                        for name, ask in SAME.items()})
    assert all(answers[0].values())
    differing = {name: (mine, answers[1][name])
                 for name, mine in answers[0].items()
                 if mine != answers[1][name]}
    assert not differing


# Everything in one go.

def test_details_say_who_has_which_policies(rig, iam):
    arn = people(iam)
    iam.put_user_permissions_boundary(UserName='bert',
                                      PermissionsBoundary=arn)
    found = iam.get_account_authorization_details()
    users = {u['UserName']: u for u in found['UserDetailList']}
    assert set(users) == {'admin', 'alice', 'bob', 'anna', 'bert'}
    assert users['anna']['UserPolicyList'] == [
        {'PolicyName': 'own', 'PolicyDocument': DOCUMENT}]
    assert users['anna']['GroupList'] == ['staff']
    assert users['bert']['AttachedManagedPolicies'] == [
        {'PolicyName': 'Reads', 'PolicyArn': arn}]
    assert users['bert']['PermissionsBoundary'] == {
        'PermissionsBoundaryType': 'Policy', 'PermissionsBoundaryArn': arn}
    [group] = found['GroupDetailList']
    assert group['GroupPolicyList'] == [
        {'PolicyName': 'ours', 'PolicyDocument': DOCUMENT}]
    policies = {p['Arn']: p for p in found['Policies']}
    assert set(policies) == {arn, ADMIN}
    [version] = policies[arn]['PolicyVersionList']
    assert version['Document'] == DOCUMENT and version['IsDefaultVersion']
    assert (policies[arn]['AttachmentCount'],
            policies[arn]['PermissionsBoundaryUsageCount']) == (1, 1)


def test_details_show_roles_with_whom_they_trust(rig, iam):
    rig.add_role('Audit', trusts=['123456789012', ALICE], require_mfa=True,
                 external_id='secret')
    rig.put_policy(DOCUMENT, role='Audit')
    found = iam.get_account_authorization_details(Filter=['Role'])
    [role] = found['RoleDetailList']
    assert role['RolePolicyList'] == [
        {'PolicyName': 'inline', 'PolicyDocument': DOCUMENT}]
    [statement] = role['AssumeRolePolicyDocument']['Statement']
    assert statement['Principal'] == {'AWS': [ACCOUNT + 'root', ALICE]}
    assert statement['Condition'] == {
        'Bool': {'aws:MultiFactorAuthPresent': 'true'},
        'StringEquals': {'sts:ExternalId': 'secret'}}


@pytest.mark.parametrize('wanted, lists', [
    ('User', {'UserDetailList'}), ('Group', {'GroupDetailList'}),
    ('Role', {'RoleDetailList'}), ('LocalManagedPolicy', {'Policies'}),
    ('AWSManagedPolicy', {'Policies'})])
def test_details_are_filtered(rig, iam, wanted, lists):
    people(iam)
    rig.add_role('Audit')
    found = iam.get_account_authorization_details(Filter=[wanted])
    filled = {name for name in ('UserDetailList', 'GroupDetailList',
                                'RoleDetailList', 'Policies') if found[name]}
    assert filled == lists
    if lists == {'Policies'}:
        own = ACCOUNT in found['Policies'][0]['Arn']
        assert own == (wanted == 'LocalManagedPolicy')


def test_details_are_paged_over_all_that_there_is(rig, iam):
    people(iam)
    rig.add_role('Audit')
    rig.add_users(10)
    seen = []
    for page in iam.get_paginator('get_account_authorization_details') \
            .paginate(PaginationConfig={'PageSize': 4}):
        names = [one.get('UserName') or one.get('GroupName')
                 or one.get('RoleName') or one['Arn']
                 for name in ('UserDetailList', 'GroupDetailList',
                              'RoleDetailList', 'Policies')
                 for one in page[name]]
        assert len(names) <= 4
        seen += names
    assert len(seen) == len(set(seen)) == 15 + 1 + 1 + 2


def test_details_are_validated_and_may_be_denied(rig):
    iam = rig.botocore(parameter_validation=False)
    refused('ValidationError', 400, iam.get_account_authorization_details,
            Filter=['Users'])
    rig.put_policy(DOCUMENT, user='alice')
    assert 'on resource: * because' in refused(
        'AccessDenied', 403,
        rig.botocore(who='alice').get_account_authorization_details)


# Policies.

def test_inline_policies_come_and_go(rig, iam):
    iam.put_user_policy(UserName='alice', PolicyName='p', PolicyDocument=TEXT)
    assert iam.get_user_policy(UserName='alice', PolicyName='p')[
        'PolicyDocument'] == DOCUMENT
    refused('DeleteConflict', 409, iam.delete_user, UserName='alice')
    iam.delete_user_policy(UserName='alice', PolicyName='p')
    assert refused('NoSuchEntity', 404, iam.get_user_policy, UserName='alice',
                   PolicyName='p') == \
        'The user policy with name p cannot be found.'
    refused('NoSuchEntity', 404, iam.put_user_policy, UserName='nobody',
            PolicyName='p', PolicyDocument=TEXT)


def test_inline_policies_have_a_size_all_together(iam):
    long = json.dumps(document(*[{
        'Effect': 'Allow', 'Action': 'iam:GetUser', 'Resource':
        f'{ACCOUNT}user/{"x" * 50}{n}'} for n in range(7)]))
    iam.put_user_policy(UserName='alice', PolicyName='p', PolicyDocument=long)
    iam.put_user_policy(UserName='alice', PolicyName='r', PolicyDocument=long)
    assert refused('LimitExceeded', 409, iam.put_user_policy,
                   UserName='alice', PolicyName='q', PolicyDocument=long) == \
        'Maximum policy size of 2048 bytes exceeded for user alice'


def test_managed_policies_are_attached_and_detached(iam):
    arn = people(iam)
    refused('DeleteConflict', 409, iam.delete_policy, PolicyArn=arn)
    refused('DeleteConflict', 409, iam.delete_user, UserName='bert')
    iam.detach_user_policy(UserName='bert', PolicyArn=arn)
    refused('NoSuchEntity', 404, iam.detach_user_policy, UserName='bert',
            PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName='bert',
                                      PermissionsBoundary=arn)
    refused('DeleteConflict', 409, iam.delete_policy, PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName='bert')
    refused('NoSuchEntity', 404, iam.delete_user_permissions_boundary,
            UserName='bert')
    iam.delete_policy(PolicyArn=arn)
    for function in (iam.attach_user_policy, iam.get_policy):
        more = {'UserName': 'bert'} if 'attach' in function.__name__ else {}
        refused('NoSuchEntity', 404, function, PolicyArn=arn, **more)


def test_a_policy_has_versions_and_one_counts(rig, iam):
    arn = rig.attach_policy('Reads', DOCUMENT, user='alice')
    alice = rig.botocore(who='alice')
    refused('AccessDenied', 403, alice.list_users)
    version = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(allow('iam:ListUsers')),
        SetAsDefault=True)['PolicyVersion']
    assert version['VersionId'] == 'v2'
    alice.list_users()
    iam.set_default_policy_version(PolicyArn=arn, VersionId='v1')
    refused('AccessDenied', 403, alice.list_users)
    assert [v['VersionId'] for v in iam.list_policy_versions(PolicyArn=arn)[
        'Versions']] == ['v1', 'v2']
    refused('DeleteConflict', 409, iam.delete_policy_version, PolicyArn=arn,
            VersionId='v1')
    iam.delete_policy_version(PolicyArn=arn, VersionId='v2')
    refused('NoSuchEntity', 404, iam.get_policy_version, PolicyArn=arn,
            VersionId='v2')


def test_policies_are_listed_by_who_made_them(iam):
    arn = people(iam)
    local = iam.list_policies(Scope='Local')['Policies']
    assert [p['Arn'] for p in local] == [arn]
    aws = iam.list_policies(Scope='AWS')['Policies']
    assert {p['Arn'].split(':')[4] for p in aws} == {'aws'}
    used = iam.list_policies(OnlyAttached=True)['Policies']
    assert {p['Arn'] for p in used} == {arn, ADMIN}


def test_what_we_have_of_awss_policies_is_what_moto_has(rig, moto):
    iam, other = rig.botocore(), moto.botocore()
    for name in ('AdministratorAccess', 'IAMReadOnlyAccess', 'IAMFullAccess',
                 'PowerUserAccess', 'IAMUserChangePassword'):
        arn = f'arn:aws:iam::aws:policy/{name}'
        documents = []
        for client in (iam, other):
            version = client.get_policy(PolicyArn=arn)['Policy'][
                'DefaultVersionId']
            documents.append(client.get_policy_version(
                PolicyArn=arn, VersionId=version)['PolicyVersion'][
                    'Document']['Statement'])
        mine, theirs = ([{k: v if k != 'Action' else
                          set([v] if isinstance(v, str) else v)
                          for k, v in s.items() if k != 'Sid'}
                         for s in d] for d in documents)
        assert mine == theirs


# Groups, keys, certificates.

def test_a_group_with_people_or_policies_stays(iam):
    people(iam)
    assert [u['UserName'] for u in iam.get_group(GroupName='staff')[
        'Users']] == ['anna', 'bert']
    refused('DeleteConflict', 409, iam.delete_group, GroupName='staff')
    for name in ('anna', 'bert'):
        iam.remove_user_from_group(GroupName='staff', UserName=name)
    refused('DeleteConflict', 409, iam.delete_group, GroupName='staff')
    iam.delete_group_policy(GroupName='staff', PolicyName='ours')
    iam.detach_group_policy(GroupName='staff', PolicyArn=ADMIN)
    iam.delete_group(GroupName='staff')
    assert refused('NoSuchEntity', 404, iam.get_group, GroupName='staff') == \
        'The group with name staff cannot be found.'
    refused('NoSuchEntity', 404, iam.remove_user_from_group,
            GroupName='staff', UserName='anna')


def test_keys_are_listed_switched_off_and_deleted(rig, iam):
    rig.add_user('carol', keys=2)
    found = iam.list_access_keys(UserName='carol', MaxItems=1)
    assert found['IsTruncated'] and len(found['AccessKeyMetadata']) == 1
    rest = iam.list_access_keys(UserName='carol', Marker=found['Marker'])
    first, second = found['AccessKeyMetadata'] + rest['AccessKeyMetadata']
    assert set(first) == {'UserName', 'AccessKeyId', 'Status', 'CreateDate'}
    iam.update_access_key(UserName='carol', Status='Inactive',
                          AccessKeyId=first['AccessKeyId'])
    assert {k['Status'] for k in iam.list_access_keys(UserName='carol')[
        'AccessKeyMetadata']} == {'Active', 'Inactive'}
    refused('NoSuchEntity', 404, iam.delete_access_key, UserName='alice',
            AccessKeyId=second['AccessKeyId'])
    for key in (first, second):
        iam.delete_access_key(UserName='carol',
                              AccessKeyId=key['AccessKeyId'])
    assert not iam.list_access_keys(UserName='carol')['AccessKeyMetadata']
    plain = rig.botocore(parameter_validation=False)
    assert '[Active, Inactive' in refused(
        'ValidationError', 400, plain.update_access_key, UserName='carol',
        AccessKeyId=first['AccessKeyId'], Status='Off')


def test_a_password_is_taken_away(rig, iam):
    refused('ValidationError', 400, iam.create_login_profile,
            UserName='alice')
    iam.create_login_profile(UserName='alice', Password='correct horse 1!')
    assert iam.get_login_profile(UserName='alice')['LoginProfile'][
        'PasswordResetRequired'] is False
    iam.delete_login_profile(UserName='alice')
    for function in (iam.get_login_profile, iam.delete_login_profile):
        assert refused('NoSuchEntity', 404, function, UserName='alice') == \
            'Login Profile for User alice cannot be found.'


def test_certificates_come_and_go_and_are_summed_up(rig, iam):
    made = rig.add_certificate('alice')
    [shown] = iam.list_signing_certificates(UserName='alice')['Certificates']
    assert (shown['CertificateId'], shown['Status']) == (made, 'Active')
    iam.update_signing_certificate(UserName='alice', CertificateId=made,
                                   Status='Inactive')
    refused('DeleteConflict', 409, iam.delete_user, UserName='alice')
    assert refused('NoSuchEntity', 404, iam.delete_signing_certificate,
                   UserName='bob', CertificateId=made) == \
        f'The Certificate with id {made} cannot be found.'
    iam.delete_signing_certificate(UserName='alice', CertificateId=made)
    assert not iam.list_signing_certificates(UserName='alice')['Certificates']
    refused('MalformedCertificate', 400, iam.upload_signing_certificate,
            UserName='alice', CertificateBody='none')
    rig.add_certificate('root')
    assert iam.get_account_summary()['SummaryMap'][
        'AccountSigningCertificatesPresent'] == 1


def test_a_boundary_is_shown_by_get_user_alone(rig, iam):
    arn = rig.set_boundary('Limit', DOCUMENT, user='alice')
    assert iam.get_user(UserName='alice')['User']['PermissionsBoundary'] == {
        'PermissionsBoundaryType': 'Policy', 'PermissionsBoundaryArn': arn}
    assert not any('PermissionsBoundary' in u
                   for u in iam.list_users()['Users'])
    iam.create_user(UserName='carol', PermissionsBoundary=arn)
    refused('NoSuchEntity', 404, iam.create_user, UserName='david',
            PermissionsBoundary=arn + 'x')


def test_the_summary_counts_groups_and_policies(rig, iam):
    people(iam)
    create(iam)
    told_now = iam.get_account_summary()['SummaryMap']
    assert (told_now['Groups'], told_now['Policies'],
            told_now['MFADevices']) == (1, 1, 1)
