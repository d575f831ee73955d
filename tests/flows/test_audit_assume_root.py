# SPDX-License-Identifier: Apache-2.0
"""audit --accounts --assume-root: root of members, asked in sessions of
AssumeRoot, whose ceiling is AWS's policy for audits."""

import pytest

from iam.client_policy import allow, deny
from test_audit import ACCOUNT, ROOT, audit, environment
from test_audit_accounts import (MEMBERS, ROLE, accounts, add_member, cloud,
                                 listed, states)

__all__ = ['cloud']

CHECKS = ('--checks', 'benchmark,root-one-device,root-credentials-removable')
ASSUMED = ' as Root, by sts:AssumeRoot'
TASK = 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials'
LOOKS = {'ListMFADevices', 'ListAccessKeys', 'ListSigningCertificates',
         'GetLoginProfile'}


def as_root(server, *arguments, **more):
    return audit('--accounts', 'org', *ROLE, '--assume-root', *CHECKS,
                 *arguments, iam=server, **more)


def refuse(server, action):
    """The caller may do everything but this."""
    server.put_policy(allow('*'), role='admin')
    server.put_policy(deny(action), 'no', role='admin')


def rows(result, check):
    return {r['account']: r for r in result.rows if r['check'] == check}


def roots(server):
    """Of which accounts root was assumed."""
    return sorted(c['params']['TargetPrincipal'].split(':')[-2]
                  if ':' in c['params']['TargetPrincipal']
                  else c['params']['TargetPrincipal']
                  for c in server.calls('AssumeRoot'))


def test_root_of_each_member_is_asked_under_the_ceiling_for_audits(cloud):
    cloud.add_root_device('fido', 'second', account=MEMBERS[1])
    cloud.add_root_device('virtual', 'phone', account=MEMBERS[2])
    result = as_root(cloud)
    assert result.code == 3, (result.out, result.err)
    assert set(states(result).values()) == {'read'}
    assert roots(cloud) == MEMBERS
    assert {c['params']['TaskPolicyArn']['arn']
            for c in cloud.calls('AssumeRoot')} == {TASK}
    second = rows(result, 'root-one-device')
    assert second[MEMBERS[0]]['status'] == 'FAIL'
    assert second[MEMBERS[1]]['status'] == 'PASS'
    assert second[MEMBERS[2]]['status'] == 'PASS'
    assert {second[n]['source'] for n in MEMBERS} == {
        'iam:ListMFADevices' + ASSUMED}
    virtual = rows(result, 'root-mfa-virtual')
    assert {n for n in MEMBERS if virtual[n]['status'] == 'FAIL'} == {
        MEMBERS[2]}
    assert virtual[MEMBERS[0]]['source'] == 'iam:ListMFADevices' + ASSUMED
    assert rows(result, 'root-mfa-missing')[MEMBERS[0]]['source'] == \
        'iam:ListMFADevices' + ASSUMED


def test_it_is_said_before_and_in_the_result(cloud):
    result = as_root(cloud)
    assert 'alarms on the use of root will go off' in result.err
    assert (f'root of {len(MEMBERS)} accounts was asked by sts:AssumeRoot'
            in result.notes())
    text = as_root(cloud, text=True)
    assert 'CloudTrail there shows' in ' '.join(text.out.split())


def test_the_caller_and_who_manages_are_never_entered_as_root(cloud):
    """By a delegate, too, whose list has the management account."""
    cloud.set_organization(MEMBERS[0], delegated=True)
    cloud.add_role('hub', account=MEMBERS[0])
    for number in (ACCOUNT, *MEMBERS[1:]):
        cloud.add_role('inner', account=number, trusts=[MEMBERS[0]])
    key = cloud.role_credentials('hub', account=MEMBERS[0])
    env = {**environment(cloud), 'AWS_ACCESS_KEY_ID': key['AccessKeyId'],
           'AWS_SECRET_ACCESS_KEY': key['SecretAccessKey'],
           'AWS_SESSION_TOKEN': key['SessionToken']}
    result = audit('--accounts', 'org', '--role', 'inner', '--assume-root',
                   *CHECKS, env=env)
    assert set(states(result).values()) == {'read'}, result.summary
    assert roots(cloud) == MEMBERS[1:]
    # of these nobody can tell, which is no finding
    second = rows(result, 'root-one-device')
    assert set(second) == set(MEMBERS[1:])


def test_keys_password_and_certificates_are_what_root_has_now(cloud):
    cloud.credentials('root', account=MEMBERS[0])
    cloud.set_account(MEMBERS[1], root={'password': False})
    for device in cloud.devices('root', account=MEMBERS[1]):
        assert device
    result = as_root(cloud)
    key = rows(result, 'root-access-key')
    assert key[MEMBERS[0]]['status'] == 'FAIL'
    assert 'active' in key[MEMBERS[0]]['observed']
    assert {key[n]['source'] for n in MEMBERS} == {
        'iam:ListAccessKeys' + ASSUMED}
    removable = rows(result, 'root-credentials-removable')
    assert removable[MEMBERS[0]]['status'] == 'FAIL'
    assert removable[MEMBERS[1]]['status'] == 'PASS'


def test_nothing_but_looking_is_done_as_root(cloud):
    as_root(cloud)
    done = {c['action'] for c in cloud.calls()
            if (c['caller'] or '').endswith(':root')}
    assert done == LOOKS


def test_who_may_not_is_unknown_and_falls_back(cloud):
    refuse(cloud, 'sts:AssumeRoot')
    result = as_root(cloud)
    assert set(states(result).values()) == {'read'}
    second = rows(result, 'root-one-device')
    for number in MEMBERS:
        assert second[number]['status'] == 'UNKNOWN'
        assert second[number]['source'] == 'sts:AssumeRoot'
    missing = rows(result, 'root-mfa-missing')
    assert {missing[n]['status'] for n in MEMBERS} == {'PASS'}
    assert {missing[n]['source'] for n in MEMBERS} == {
        'iam:GetAccountSummary'}
    for number in MEMBERS:
        cloud.add_virtual_device('phone', user='alice-0', account=number)
    result = audit('--accounts', 'org', *ROLE, '--assume-root', '--checks',
                   'benchmark,root-one-device', iam=cloud)
    assert result.code == 10, result.out


@pytest.mark.parametrize('how', [{'organization_features': ['RootSessions']},
                                 {'trusted_access': False}])
def test_where_it_is_not_switched_on_nobody_is_asked_for_it(cloud, how):
    """One answer in place of a refusal for each account."""
    cloud.settings(**how)
    result = as_root(cloud)
    assert roots(cloud) == []
    assert len(cloud.calls('ListOrganizationsFeatures')) == 2
    assert 'is not on in the organization' in result.err
    assert 'alarms' not in result.err
    second = rows(result, 'root-one-device')
    for number in MEMBERS:
        assert second[number]['status'] == 'UNKNOWN'
        assert 'is not on' in second[number]['observed']
    assert {rows(result, 'root-mfa-missing')[n]['source']
            for n in MEMBERS} == {'iam:GetAccountSummary'}
    # who manages is told the same beside its own rows
    note, = [n for a in accounts(result).values() for n in a['notes']
             if 'ListOrganizationsFeatures' in n]
    assert 'is not on' in note


def test_who_may_not_see_what_is_on_finds_out_by_asking(cloud):
    refuse(cloud, 'iam:ListOrganizationsFeatures')
    assert set(rows(as_root(cloud), 'root-one-device')) >= set(MEMBERS)
    assert roots(cloud) == MEMBERS


def test_who_knows_of_no_management_account_is_refused(cloud):
    refuse(cloud, 'organizations:DescribeOrganization')
    result = as_root(cloud)
    assert result.out == '' and 'DescribeOrganization' in result.err
    assert cloud.calls('AssumeRoot') == cloud.calls('AssumeRole') == []


def test_who_is_throttled_waits_for_root_too(cloud):
    cloud.order('AssumeRoot', error='Throttling', skip=1, count=2)
    result = as_root(cloud)
    assert {rows(result, 'root-one-device')[n]['status']
            for n in MEMBERS} == {'FAIL'}
    assert len(roots(cloud)) == len(MEMBERS) + 2


def test_a_session_that_ends_costs_root_alone(cloud):
    cloud.order('ListMFADevices', error='ExpiredToken', about=None,
                caller=f'arn:aws:iam::{MEMBERS[0]}:root')
    result = as_root(cloud)
    assert states(result)[MEMBERS[0]] == 'read'
    second = rows(result, 'root-one-device')
    assert second[MEMBERS[0]]['status'] == 'UNKNOWN'
    assert {second[n]['status'] for n in MEMBERS[1:]} == {'FAIL'}
    assert not any(r['status'] == 'UNKNOWN' for r in result.rows
                   if r['subject'] != ROOT)


def test_what_was_kept_without_it_is_asked_again(cloud, tmp_path):
    folder = ('--state', str(tmp_path / 'state'))
    audit('--accounts', 'org', *ROLE, *CHECKS, *folder, iam=cloud)
    assert roots(cloud) == []
    result = as_root(cloud, *folder)
    assert roots(cloud) == MEMBERS
    again = as_root(cloud, *folder)
    assert roots(cloud) == MEMBERS
    assert again.rows == result.rows
    assert all(a['kept'] for a in accounts(again).values())
    assert 'sts:AssumeRoot:' not in again.notes()


def test_a_file_and_a_profile_are_entered_as_root_by_the_caller(cloud,
                                                                tmp_path):
    add_member(cloud, '310987654321')
    path = listed(tmp_path, f'{MEMBERS[0]} role=audit/reader')
    audit('--accounts', path, '--assume-root', *CHECKS, iam=cloud)
    assert roots(cloud) == [MEMBERS[0]]


@pytest.mark.parametrize('words, says', [
    (('--assume-root',), '--accounts'),
    (('--assume-root', '--report', '-'), '--accounts'),
])
def test_one_account_alone_is_not_entered_as_root(cloud, words, says):
    result = audit(*words, iam=cloud)
    assert result.code == 2 and says in result.err
    assert cloud.calls() == []
