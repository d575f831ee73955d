"""Policies: who may do what, and AWS's words when one may not."""

import json

import pytest

from . import policy
from .client_policy import allow, deny, document
from .helpers import (ACCOUNT, OTHER, codes, create, enable, enrolled,
                      mfa_session, refused)
from .model import AwsError

ALICE = ACCOUNT + 'user/alice'


def no(action, resource, because=None, who=ALICE):
    """The sentence of a refusal; because None: no identity policy allows."""
    because = because or ('because no identity-based policy allows the '
                          f'{action} action')
    return f'User: {who} is not authorized to perform: {action} on ' \
           f'resource: {resource} {because}'


def own_mfa():
    """The document with which users look after their own devices."""
    return document(
        {'Effect': 'Allow', 'Resource': '*',
         'Action': 'iam:ListVirtualMFADevices'},
        {'Effect': 'Allow', 'Action': ['iam:CreateVirtualMFADevice'],
         'Resource': 'arn:aws:iam::*:mfa/*'},
        {'Effect': 'Allow', 'Resource': 'arn:aws:iam::*:user/${aws:username}',
         'Action': ['iam:DeactivateMFADevice', 'iam:EnableMFADevice',
                    'iam:ListMFADevices', 'iam:ResyncMFADevice']},
        {'Effect': 'Deny', 'Resource': '*', 'NotAction': [
            'iam:CreateVirtualMFADevice', 'iam:EnableMFADevice',
            'iam:GetUser', 'iam:ListMFADevices', 'iam:ListVirtualMFADevices',
            'iam:ResyncMFADevice', 'sts:GetSessionToken'],
         'Condition': {'BoolIfExists': {
             'aws:MultiFactorAuthPresent': 'false'}}})


def narrowed(rig, *statements, arns=(), role=None, **params):
    """What botocore does as a session of a role under these policies."""
    if statements:
        params['Policy'] = json.dumps(document(*statements))
    if arns:
        params['PolicyArns'] = [{'arn': arn} for arn in arns]
    made = rig.botocore('sts', 'alice').assume_role(
        RoleArn=role or rig.add_role('Narrow'), RoleSessionName='test',
        **params)
    return rig.botocore('iam', made['Credentials'])


AWS = 'arn:aws:iam::aws:policy/'
NARROW = 'arn:aws:sts::123456789012:assumed-role/Narrow/test'


# Which policies count.

def test_who_has_no_policy_is_held_back_by_none(rig):
    assert rig.botocore(who='alice').list_users()['Users']


def test_if_told_so_who_has_no_policy_may_do_nothing(rig):
    rig.settings(policies='all')
    alice = rig.botocore(who='alice')
    assert refused('AccessDenied', 403, alice.list_users) == no(
        'iam:ListUsers', ACCOUNT + 'user/')
    assert refused('AccessDenied', 403, rig.botocore(
        who=rig.role_credentials('Auditor')).list_account_aliases) == no(
            'iam:ListAccountAliases', '*', who='arn:aws:sts::123456789012:'
            'assumed-role/Auditor/rig')
    assert rig.botocore('sts', 'alice').get_caller_identity()
    assert rig.botocore('sts', 'alice').get_session_token()


@pytest.mark.parametrize('how', ['inline', 'attached', 'aws', 'group',
                                 'group attached'])
def test_a_policy_counts_wherever_it_is_given(rig, how):
    alice = rig.botocore(who='alice')
    rig.put_policy(allow('iam:GetUser'), name='first', user='alice')
    assert refused('AccessDenied', 403, alice.list_groups) == no(
        'iam:ListGroups', '*')
    if how == 'inline':
        rig.put_policy(allow('iam:ListGroups'), user='alice')
    elif how == 'attached':
        rig.attach_policy('Lists', allow('iam:List*'), user='alice')
    elif how == 'aws':
        rig.attach_policy('IAMReadOnlyAccess', user='alice')
    else:
        rig.join_group('alice', 'staff')
        if how == 'group':
            rig.put_policy(allow('iam:*Groups'), group='staff')
        else:
            rig.attach_policy('AdministratorAccess', group='staff')
    alice.list_groups()


def test_an_explicit_denial_beats_every_allow(rig):
    rig.attach_policy('AdministratorAccess', user='alice')
    rig.join_group('alice', 'staff')
    rig.put_policy(deny('iam:ListUsers'), group='staff')
    alice = rig.botocore(who='alice')
    assert refused('AccessDenied', 403, alice.list_users) == no(
        'iam:ListUsers', ACCOUNT + 'user/',
        'with an explicit deny in an identity-based policy')
    alice.list_groups()


def test_a_boundary_limits_and_grants_nothing(rig):
    rig.put_policy(allow('iam:ListGroups', 'iam:GetUser'), user='alice')
    rig.set_boundary('Limit', allow('iam:GetUser', 'iam:ListUsers'),
                     user='alice')
    alice = rig.botocore(who='alice')
    alice.get_user()
    assert refused('AccessDenied', 403, alice.list_groups) == no(
        'iam:ListGroups', '*', 'because no permissions boundary allows the '
        'iam:ListGroups action')
    assert refused('AccessDenied', 403, alice.list_users) == no(
        'iam:ListUsers', ACCOUNT + 'user/')
    rig.set_boundary('Limit', document(
        {'Effect': 'Allow', 'Action': '*', 'Resource': '*'},
        {'Effect': 'Deny', 'Action': 'iam:GetUser', 'Resource': '*'}),
        user='alice')
    assert refused('AccessDenied', 403, alice.get_user) == no(
        'iam:GetUser', ALICE,
        'with an explicit deny in a permissions boundary')


def test_a_role_that_is_assumed_with_a_policy_has_no_more(rig):
    iam = narrowed(rig, {'Effect': 'Allow', 'Action': 'iam:ListUsers',
                         'Resource': '*'})
    assert iam.list_users()['Users']
    assert refused('AccessDenied', 403, iam.list_groups) == no(
        'iam:ListGroups', '*', 'because no session policy '
        'allows the iam:ListGroups action', who=NARROW)


def test_a_policy_of_the_session_gives_nothing_that_the_role_has_not(rig):
    role = rig.add_role('Narrow')
    rig.put_policy(allow('iam:ListGroups'), role='Narrow')
    iam = narrowed(rig, {'Effect': 'Allow', 'Action': '*', 'Resource': '*'},
                   role=role)
    assert iam.list_groups()
    assert refused('AccessDenied', 403, iam.list_users) == no(
        'iam:ListUsers', ACCOUNT + 'user/', who=NARROW)


def test_policies_of_a_session_add_up_and_any_of_them_denies(rig):
    iam = narrowed(rig, {'Effect': 'Allow', 'Action': 'iam:CreateUser',
                         'Resource': '*'},
                   {'Effect': 'Deny', 'Action': 'iam:ListGroups',
                    'Resource': '*'}, arns=[AWS + 'IAMReadOnlyAccess'])
    assert iam.list_users() and iam.create_user(UserName='carol')
    assert refused('AccessDenied', 403, iam.list_groups) == no(
        'iam:ListGroups', '*', 'with an explicit deny in a '
        'session policy', who=NARROW)
    assert refused('AccessDenied', 403, iam.delete_user, UserName='carol') == \
        no('iam:DeleteUser', ACCOUNT + 'user/carol', 'because no session '
           'policy allows the iam:DeleteUser action', who=NARROW)


def test_managed_policies_alone_narrow_a_session_too(rig):
    iam = narrowed(rig, arns=[AWS + 'IAMReadOnlyAccess'])
    assert iam.list_users()
    assert refused('AccessDenied', 403, iam.create_user,
                   UserName='carol').endswith('because no session policy '
                                              'allows the iam:CreateUser '
                                              'action')


def test_what_is_no_policy_of_a_session_makes_none(rig):
    role = rig.add_role('Narrow')
    long = document({'Effect': 'Allow', 'Action': 'iam:ListUsers',
                     'Resource': ALICE + 'x' * 2048})
    for code, params in (
            ('MalformedPolicyDocument', {'Policy': '{}'}),
            ('PackedPolicyTooLarge', {'Policy': json.dumps(long)}),
            ('ValidationError', {'arns': [AWS + 'NoSuchPolicy']}),
            ('ValidationError', {'arns': [AWS + 'IAMReadOnlyAccess'] * 11})):
        refused(code, 400, lambda p=params: narrowed(rig, role=role, **p))


def test_a_session_has_no_more_than_its_own_policy_allows(rig):
    session = rig.role_credentials('Auditor', policy=allow('iam:ListUsers'))
    iam = rig.botocore(who=session)
    iam.list_users()
    assert refused('AccessDenied', 403, iam.list_groups).endswith(
        'because no session policy allows the iam:ListGroups action')


def test_control_policies_bind_members_and_their_root_too(rig):
    rig.add_account(OTHER)
    rig.set_organization(OTHER, scps=[deny(
        'iam:*', Condition={'StringLike': {
            'aws:PrincipalArn': 'arn:aws:iam::*:root'}})])
    root = rig.botocore(who=rig.credentials('root', account=OTHER))
    message = refused('AccessDenied', 403, root.get_account_summary)
    assert message == no(
        'iam:GetAccountSummary', '*',
        'with an explicit deny in a service control policy',
        f'arn:aws:iam::{OTHER}:root')
    admin = rig.botocore(who=rig.credentials(account=OTHER))
    admin.get_account_summary()
    rig.set_organization(OTHER, scps=[allow('iam:Get*')], full_access=False)
    admin.get_account_summary()
    assert refused('AccessDenied', 403, admin.list_users).endswith(
        'because no service control policy allows the iam:ListUsers action')
    # The management account is exempt, whatever is attached to it.
    rig.set_organization(scps=[deny('*')])
    rig.botocore(who='root').get_account_summary()


def test_a_denial_may_have_more_behind_it(rig):
    rig.settings(denial_suffix='. Go to https://example.com/ for details')
    rig.put_policy(allow('iam:GetUser'), user='alice')
    assert refused('AccessDenied', 403, rig.botocore(
        who='alice').list_groups).endswith('action. Go to https://example.com/'
                                           ' for details')


# What a statement speaks of.

def may(statement, action, resource, version='2012-10-17', **context):
    found = policy.Policy('p', policy.parse(json.dumps({
        'Version': version, 'Statement': {'Effect': 'Allow', **statement}})))
    request = policy.Request(action, resource, {
        key.replace('__', ':').lower(): value
        for key, value in context.items()})
    return bool(policy.matches([found], request, 'Allow'))


@pytest.mark.parametrize('pattern, action, said', [
    ('*', 'iam:GetUser', True), ('iam:*', 'iam:GetUser', True),
    ('IAM:getuser', 'iam:GetUser', True), ('iam:Get?ser', 'iam:GetUser', True),
    ('iam:Get', 'iam:GetUser', False), ('sts:*', 'iam:GetUser', False)])
def test_actions_have_wildcards_and_no_case(pattern, action, said):
    assert may({'Action': pattern, 'Resource': '*'}, action, '*') is said
    assert may({'NotAction': pattern, 'Resource': '*'}, action,
               '*') is not said


@pytest.mark.parametrize('pattern, resource, said', [
    ('*', '*', True), ('*', ALICE, True),
    (ACCOUNT + 'user/*', ALICE, True), (ACCOUNT + 'user/*', '*', False),
    ('arn:aws:iam::*:*', ALICE, True), ('arn:*:iam::*:user/alice', ALICE,
                                        True),
    ('arn:aws:iam::*:user/a?ice', ALICE, True),
    (ACCOUNT + 'user/alice', ACCOUNT + 'user/Alice', False),
    (ACCOUNT + 'user/alice', ACCOUNT + 'user/staff/alice', False),
    (ACCOUNT + 'user/*', ACCOUNT + 'user/staff/alice', True),
    ('arn:*:user/alice', ALICE, False), ('arn:aws:iam', ALICE, True),
    ('arn:aws:sts', ALICE, False),
    ('arn:aws:iam::*:alice', ACCOUNT + 'user:alice', False)])
def test_a_wildcard_of_a_resource_stays_in_its_part(pattern, resource, said):
    assert may({'Action': '*', 'Resource': pattern}, 'iam:GetUser',
               resource) is said
    assert may({'Action': '*', 'NotResource': pattern}, 'iam:GetUser',
               resource) is not said


def test_variables_are_filled_in_and_are_no_wildcards():
    own = {'Action': '*', 'Resource': ACCOUNT + 'user/${aws:username}'}
    assert may(own, 'iam:GetUser', ALICE, aws__username=['alice'])
    assert not may(own, 'iam:GetUser', ALICE, aws__username=['bob'])
    assert not may(own, 'iam:GetUser', ALICE, aws__username=['*'])
    assert not may(own, 'iam:GetUser', ALICE)
    assert not may(own, 'iam:GetUser', ALICE, version='2008-10-17',
                   aws__username=['alice'])
    other = {'Action': '*', 'Resource':
             ACCOUNT + "user/${aws:username, 'alice'}"}
    assert may(other, 'iam:GetUser', ALICE)
    star = {'Action': '*', 'Resource': ACCOUNT + 'user/${*}'}
    assert not may(star, 'iam:GetUser', ALICE)
    assert may(star, 'iam:GetUser', ACCOUNT + 'user/*')


MFA = 'aws:MultiFactorAuthPresent'


@pytest.mark.parametrize('condition, values, said', [
    ({'Bool': {MFA: 'true'}}, ['true'], True),
    ({'Bool': {MFA: True}}, ['true'], True),
    ({'Bool': {MFA: 'false'}}, None, False),
    ({'BoolIfExists': {MFA: 'false'}}, None, True),
    ({'BoolIfExists': {MFA: 'false'}}, ['true'], False),
    ({'Null': {MFA: 'true'}}, None, True),
    ({'Null': {MFA: 'true'}}, ['true'], False),
    ({'Null': {MFA: 'false'}}, ['true'], True),
    ({'StringEquals': {MFA: ['a', 'b']}}, ['b'], True),
    ({'StringEquals': {MFA: 'B'}}, ['b'], False),
    ({'StringEqualsIgnoreCase': {MFA: 'B'}}, ['b'], True),
    ({'StringNotEquals': {MFA: ['a', 'b']}}, ['b'], False),
    ({'StringNotEquals': {MFA: 'a'}}, None, True),
    ({'StringLike': {MFA: 'L1*'}}, ['L1plus'], True),
    ({'StringNotLike': {MFA: 'L1*'}}, ['L1plus'], False),
    ({'StringEquals': {MFA: 'L1*'}}, ['L1plus'], False),
    ({'ArnLike': {MFA: 'arn:aws:iam::*:root'}},
     ['arn:aws:iam::210987654321:root'], True),
    ({'ArnEquals': {MFA: 'arn:aws:iam::*:root'}}, [ALICE], False),
    ({'ArnNotLike': {MFA: 'arn:aws:iam::*:root'}}, [ALICE], True),
    ({'NumericLessThan': {MFA: '3600'}}, ['3599'], True),
    ({'NumericLessThan': {MFA: '3600'}}, ['x'], False),
    ({'DateGreaterThan': {MFA: '2026-01-01T00:00:00Z'}},
     ['2026-06-01T00:00:00Z'], True),
    ({'IpAddress': {MFA: '127.0.0.0/8'}}, ['127.0.0.1'], True),
    ({'NotIpAddress': {MFA: '127.0.0.0/8'}}, ['127.0.0.1'], False),
    ({'ForAllValues:StringEquals': {MFA: ['a', 'b']}}, ['a', 'c'], False),
    ({'ForAllValues:StringEquals': {MFA: ['a', 'b']}}, None, True),
    ({'ForAnyValue:StringEquals': {MFA: ['a', 'b']}}, ['a', 'c'], True),
    ({'ForAnyValue:StringEquals': {MFA: ['a', 'b']}}, None, False),
    ({'Bool': {MFA: 'true'}, 'Null': {'aws:Other': 'false'}}, ['true'],
     False)])
def test_conditions_hold_as_documented(condition, values, said):
    context = {} if values is None else {'aws__MultiFactorAuthPresent': values}
    assert may({'Action': '*', 'Resource': '*', 'Condition': condition},
               'iam:GetUser', '*', **context) is said


@pytest.mark.parametrize('text, message', [
    ('{', 'Syntax errors in policy.'), ('[]', 'Syntax errors in policy.'),
    ('{"Version": "2020-01-01", "Statement": []}',
     'Syntax errors in policy.'),
    ('{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}',
     'Syntax errors in policy.'),
    ('{"Statement": {"Effect": "Allow", "Resource": "*"}}',
     'Policy statement must contain actions.'),
    ('{"Statement": {"Effect": "Allow", "Action": "*"}}',
     'Policy statement must contain resources.'),
    ('{"Statement": {"Effect": "Allow", "Action": "GetUser", '
     '"Resource": "*"}}', 'Actions/Conditions must be prefaced by a vendor, '
     'e.g., iam, sdb, ec2, etc.'),
    ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "alice"}}',
     'Resource alice must be in ARN format or "*".'),
    ('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", '
     '"Condition": {"StringIs": {"a:b": "c"}}}}',
     'Invalid Condition type : StringIs.')])
def test_a_malformed_document_is_refused(iam, text, message):
    with pytest.raises(AwsError, match='MalformedPolicyDocument'):
        policy.parse(text)
    assert refused('MalformedPolicyDocument', 400, iam.put_user_policy,
                   UserName='alice', PolicyName='p',
                   PolicyDocument=text) == message


# What AWS's own examples come to.

def test_users_look_after_their_own_devices_only(rig):
    rig.put_policy(own_mfa(), user='alice')
    alice = rig.botocore(who='alice')
    enrolled(rig, alice)
    _, seed = create(rig.botocore(), 'bob')
    assert refused(
        'AccessDenied', 403, alice.enable_mfa_device, UserName='bob',
        SerialNumber=ACCOUNT + 'mfa/bob', **codes(rig.pair(seed))) == no(
            'iam:EnableMFADevice', ACCOUNT + 'user/bob')
    # No such document lets its user delete what was made.
    assert refused(
        'AccessDenied', 403, alice.delete_virtual_mfa_device,
        SerialNumber=ACCOUNT + 'mfa/bob') == no(
            'iam:DeleteVirtualMFADevice', ACCOUNT + 'mfa/bob',
            'with an explicit deny in an identity-based policy')


def test_what_needs_mfa_is_denied_to_keys_and_granted_to_a_session(rig):
    rig.put_policy(own_mfa(), user='alice')
    serial, seed = enrolled(rig, rig.botocore(who='alice'))
    assert refused(
        'AccessDenied', 403, rig.botocore(who='alice').deactivate_mfa_device,
        UserName='alice', SerialNumber=serial) == no(
            'iam:DeactivateMFADevice', ALICE,
            'with an explicit deny in an identity-based policy')
    session = rig.botocore(who=mfa_session(rig, 'alice', serial, seed))
    session.deactivate_mfa_device(UserName='alice', SerialNumber=serial)


def test_a_denial_of_get_session_token_counts_but_no_permission_is_needed(
        rig):
    sts = rig.botocore('sts', 'alice')
    rig.put_policy(allow('iam:GetUser'), user='alice')
    sts.get_session_token()
    rig.put_policy(document({
        'Effect': 'Deny', 'NotAction': 'iam:ListMFADevices', 'Resource': '*',
        'Condition': {'BoolIfExists': {MFA: 'false'}}}), user='alice')
    assert refused('AccessDenied', 403, sts.get_session_token).endswith(
        'with an explicit deny in an identity-based policy')
    assert sts.get_caller_identity()


def test_plain_bool_does_not_deny_long_term_keys(rig):
    for operator, allowed in (('Bool', True), ('BoolIfExists', False)):
        rig.put_policy(document(
            {'Effect': 'Allow', 'Action': '*', 'Resource': '*'},
            {'Effect': 'Deny', 'Action': '*', 'Resource': '*',
             'Condition': {operator: {MFA: 'false'}}}), user='alice')
        alice = rig.botocore(who='alice')
        if allowed:
            alice.get_user()
        else:
            refused('AccessDenied', 403, alice.get_user)


def test_what_knows_no_resource_wants_the_star(rig):
    rig.put_policy(allow('iam:ListUsers', 'iam:ListVirtualMFADevices',
                         resource=ACCOUNT + '*'), user='alice')
    alice = rig.botocore(who='alice')
    refused('AccessDenied', 403, alice.list_users)
    refused('AccessDenied', 403, alice.list_virtual_mfa_devices)


def test_a_path_is_part_of_the_resource(rig):
    rig.add_user('carol', path='/staff/')
    rig.put_policy(own_mfa(), user='carol')
    assert refused('AccessDenied', 403, rig.botocore(
        who='carol').list_mfa_devices, UserName='carol') == no(
            'iam:ListMFADevices', ACCOUNT + 'user/staff/carol',
            who=ACCOUNT + 'user/staff/carol')


def test_tags_need_their_own_permission_by_their_own_condition(rig):
    rig.put_policy(allow('iam:CreateVirtualMFADevice', Condition={
        'ForAllValues:StringEquals': {'aws:TagKeys': ['owner']}}),
        user='alice')
    alice = rig.botocore(who='alice')
    create(alice, 'a', Tags=[{'Key': 'owner', 'Value': 'x'}])
    refused('AccessDenied', 403, alice.create_virtual_mfa_device,
            VirtualMFADeviceName='b', Tags=[{'Key': 'other', 'Value': 'x'}])


def test_what_is_denied_has_no_effect_and_hides_what_is_there(rig):
    serial, seed = create(rig.botocore())
    rig.put_policy(allow('iam:GetUser'), user='alice')
    alice = rig.botocore(who='alice')
    refused('AccessDenied', 403, alice.enable_mfa_device, UserName='alice',
            SerialNumber=serial, **codes(rig.pair(seed)))
    assert not rig.devices('alice')
    refused('NoSuchEntity', 404, alice.get_user, UserName='nobody')
    rig.put_policy(allow('iam:GetUser', resource=ALICE), user='alice')
    assert refused('AccessDenied', 403, alice.get_user,
                   UserName='nobody') == no('iam:GetUser',
                                            ACCOUNT + 'user/nobody')


def test_a_role_that_trusts_the_caller_by_name_is_enough(rig):
    rig.put_policy(allow('iam:GetUser'), user='alice')
    by_name = rig.add_role('ByName', trusts=[ALICE])
    by_account = rig.add_role('ByAccount')
    sts = rig.botocore('sts', 'alice')
    sts.assume_role(RoleArn=by_name, RoleSessionName='test')
    refused('AccessDenied', 403, sts.assume_role, RoleArn=by_account,
            RoleSessionName='test')
    rig.put_policy(allow('sts:AssumeRole', resource=by_account),
                   user='alice')
    sts.assume_role(RoleArn=by_account, RoleSessionName='test')


# The simulator says the same.

def simulated(iam, *actions, source=ALICE, **more):
    found = iam.simulate_principal_policy(
        PolicySourceArn=source, ActionNames=list(actions), **more)
    return [r['EvalDecision'] for r in found['EvaluationResults']]


def test_the_simulator_evaluates_the_policies(rig, iam):
    rig.put_policy(own_mfa(), user='alice')
    what = ('iam:EnableMFADevice', 'iam:GetUser', 'iam:DeleteUser')
    assert simulated(iam, *what, ResourceArns=[ALICE]) == [
        'allowed', 'implicitDeny', 'explicitDeny']
    with_mfa = [{'ContextKeyName': MFA, 'ContextKeyType': 'boolean',
                 'ContextKeyValues': ['true']}]
    assert simulated(iam, *what, ResourceArns=[ALICE],
                     ContextEntries=with_mfa) == [
        'allowed', 'implicitDeny', 'implicitDeny']
    assert simulated(iam, 'iam:EnableMFADevice',
                     ResourceArns=[ACCOUNT + 'user/bob']) == ['implicitDeny']
    found = iam.simulate_principal_policy(
        PolicySourceArn=ALICE, ActionNames=['iam:EnableMFADevice'],
        ResourceArns=[ALICE])['EvaluationResults'][0]
    assert MFA in found['MissingContextValues']
    assert found['MatchedStatements'] == [
        {'SourcePolicyId': 'user_alice_inline'}]


def test_the_simulator_knows_boundaries_and_control_policies(rig, iam):
    rig.attach_policy('AdministratorAccess', user='alice')
    rig.set_boundary('Limit', allow('iam:Get*'), user='alice')
    found = iam.simulate_principal_policy(
        PolicySourceArn=ALICE, ActionNames=['iam:GetUser', 'iam:ListUsers'])
    assert [(r['EvalDecision'], r['PermissionsBoundaryDecisionDetail'][
        'AllowedByPermissionsBoundary'])
        for r in found['EvaluationResults']] == [
            ('allowed', True), ('implicitDeny', False)]
    rig.add_account(OTHER)
    rig.set_organization(OTHER, scps=[deny('iam:DeleteUser')])
    other = rig.botocore(who=rig.credentials(account=OTHER))
    found = other.simulate_principal_policy(
        PolicySourceArn=f'arn:aws:iam::{OTHER}:user/admin',
        ActionNames=['iam:DeleteUser'])['EvaluationResults'][0]
    assert found['EvalDecision'] == 'explicitDeny'
    assert found['OrganizationsDecisionDetail'] == {
        'AllowedByOrganizations': False}


def test_the_simulator_takes_roles_groups_and_more_policies(rig, iam):
    rig.put_policy(allow('iam:GetUser'), role='Auditor')
    rig.put_policy(allow('iam:GetUser'), group='staff')
    for source in ('role/Auditor', 'group/staff'):
        assert simulated(iam, 'iam:GetUser', 'iam:ListUsers',
                         source=ACCOUNT + source) == [
            'allowed', 'implicitDeny']
    assert simulated(
        iam, 'iam:ListUsers', source=ACCOUNT + 'role/Auditor',
        PolicyInputList=['{"Version": "2012-10-17", "Statement": {"Effect": '
                         '"Allow", "Action": "iam:*", "Resource": "*"}}']) \
        == ['allowed']
    refused('NoSuchEntity', 404, iam.simulate_principal_policy,
            PolicySourceArn=ACCOUNT + 'user/nobody',
            ActionNames=['iam:GetUser'])


def test_a_simulation_is_paged(rig, iam):
    page = iam.simulate_principal_policy(
        PolicySourceArn=ALICE, MaxItems=1,
        ActionNames=['iam:GetUser', 'iam:ListUsers'])
    assert page['IsTruncated'] and len(page['EvaluationResults']) == 1
    page = iam.simulate_principal_policy(
        PolicySourceArn=ALICE, MaxItems=1, Marker=page['Marker'],
        ActionNames=['iam:GetUser', 'iam:ListUsers'])
    assert not page['IsTruncated']
    assert page['EvaluationResults'][0]['EvalActionName'] == 'iam:ListUsers'


def test_an_enroller_needs_no_more_than_the_documented_rights(rig):
    rig.put_policy(document(
        {'Effect': 'Allow', 'Resource': ACCOUNT + 'mfa/tb-*',
         'Action': ['iam:CreateVirtualMFADevice',
                    'iam:DeleteVirtualMFADevice']},
        {'Effect': 'Allow', 'Resource': 'arn:aws:iam::*:user/*',
         'Action': ['iam:EnableMFADevice', 'iam:ListMFADevices',
                    'iam:GetUser'],
         'Condition': {'Null': {'iam:RegisterSecurityKey': 'true'}}}),
        user='alice')
    alice = rig.botocore(who='alice')
    serial, seed = create(alice, 'tb-1')
    enable(rig, alice, 'bob', serial, seed)
    assert alice.list_mfa_devices(UserName='bob')['MFADevices']
    refused('AccessDenied', 403, alice.create_virtual_mfa_device,
            VirtualMFADeviceName='other')
