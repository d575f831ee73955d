# SPDX-License-Identifier: Apache-2.0
"""audit's checks one by one against the local IAM: what each says, on whose
word, and what it says where something is not to be had."""

import datetime
import os
import pathlib
import subprocess
import sys
import time

import pytest

from iam.client_policy import allow, deny, document
from test_audit import (ACCOUNT, ROOT, audit, environment, later, line,
                        local_iam, read, report)
from test_audit import iam, registry  # noqa: F401 (fixtures)
from test_audit_remedies import AWS

KEY = 'root-access-key'
REMOVABLE = 'root-credentials-removable'
ADMIN = 'admin-mfa-missing'
RESISTANT = 'user-not-phishing-resistant'
CERTIFIED = 'user-passkey-uncertified'
ONE = 'user-one-device'
EVERYTHING = allow('*')


def asked(result):
    return {n['check']: n['why'] for n in result.summary['notAsked']}


def rows(result, check):
    return {r['subject']: r for r in result.rows if r['check'] == check}


def statuses(result, check):
    return {name: r['status'] for name, r in rows(result, check).items()}


# ---- root's keys ----


@pytest.mark.parametrize('active, rotated, status, words', [
    ('true', '2026-01-02T03:04:05Z', 'FAIL', '(active)'),
    ('false', '2026-01-02T03:04:05Z', 'FAIL', '(inactive)'),
    ('false', 'N/A', 'PASS', 'no access key'),
    ('FALSE', 'n/a', 'PASS', 'no access key'),
    ('not_supported', 'N/A', 'UNKNOWN', 'not_supported'),
    ('false', 'not_supported', 'UNKNOWN', 'not_supported')])
def test_a_report_tells_roots_keys_and_their_state(active, rotated, status,
                                                   words):
    for n in '12':
        row = line(ROOT, mfa='true')
        row[f'access_key_{n}_active'] = active
        row[f'access_key_{n}_last_rotated'] = rotated
        found = read(report(row)).row(KEY, ROOT)
        assert found['status'] == status and words in found['observed']
        assert found['severity'] == 'critical'
        assert found['source'] == 'credential report'


def test_without_the_column_an_inactive_key_is_not_excluded():
    header = [name for name in line(ROOT) if 'rotated' not in name]
    found = read(report(line(ROOT, mfa='true'), header=header)).row(KEY, ROOT)
    assert found['status'] == 'UNKNOWN'
    assert 'no such column' in found['observed']
    assert 'without --report' in found['remedy']


def test_the_summary_counts_roots_keys_and_root_tells_their_state(iam):
    assert audit(iam=iam).status(KEY, ROOT) == 'PASS'
    audit(iam=iam)
    iam.credentials('root')   # makes it a key, behind the report's back
    found = audit(iam=iam).row(KEY, ROOT)
    assert found['status'] == 'FAIL'
    assert found['source'] == 'iam:GetAccountSummary'
    assert 'not told' in found['observed']


def test_root_itself_is_told_its_devices_and_keys(iam):
    env = {**environment(), **iam.env('root')}
    result = audit('--checks', 'house', env=env)
    assert 'root-one-device' not in asked(result)
    assert result.status('root-one-device', ROOT) == 'FAIL'
    found = result.row(KEY, ROOT)
    assert found['status'] == 'FAIL' and '(active)' in found['observed']
    assert 'iam:ListAccessKeys' in found['source']
    iam.add_root_device('virtual', 'second')
    result = audit('--checks', 'house', env=env)
    found = result.row('root-one-device', ROOT)
    assert found['status'] == 'PASS' and '2 devices' in found['observed']
    # FIDO and virtual beside each other: one may choose the other
    assert result.status('root-mfa-virtual', ROOT) == 'FAIL'


def test_who_is_not_root_sees_a_second_device_where_two_are_virtual(iam):
    assert 'for root' in asked(audit('--checks', 'house', iam=iam))[
        'root-one-device']
    for name in ('one', 'two'):
        iam.add_root_device('virtual', name)
    result = audit('--checks', 'house', iam=iam)
    assert 'root-one-device' not in asked(result)
    assert result.status('root-one-device', ROOT) == 'PASS'


def test_names_with_root_in_them_are_nobodys_root(iam):
    """Prowler looks for the letters in the ARN, literal rules for the name."""
    iam.add_user('rooty', password=True)
    iam.add_user('bob', path='/root/', password=True)
    iam.add_virtual_device('root-account-mfa-device', 'rooty')
    iam.add_virtual_device('phone', 'bob')
    result = audit(iam=iam)
    found = result.row('root-mfa-virtual', ROOT)
    assert found['status'] == 'PASS' and "'rooty'" in found['literal']
    iam.add_root_device('virtual', 'renamed')
    found = audit(iam=iam).row('root-mfa-virtual', ROOT)
    assert found['status'] == 'FAIL'
    assert 'literal: PASS' in found['literal']


# ---- root in an organisation ----


def test_only_a_member_of_an_organisation_is_asked_to_give_root_up():
    other = '123456789013'
    with local_iam() as server:
        server.add_account(other)
        env = server.env(server.credentials('admin', account=other))

        def judged(**more):
            return audit('--checks', REMOVABLE, env={**environment(), **more}
                         ).row(REMOVABLE, ROOT)

        server.set_organization(account=other, member=False)
        found = judged(**env)
        assert found['status'] == 'NOT_APPLICABLE'
        assert 'no organisation' in found['observed']
        server.set_organization(account=other, member=True)
        found = judged(**env)
        assert found['status'] == 'FAIL' and found['severity'] == 'low'
        assert 'organizations:DescribeOrganization' in found['source']
        server.set_account(account=other, root={'password': False})
        assert judged(**env)['status'] == 'PASS'
        found = judged(**server.env())
        assert found['status'] == 'NOT_APPLICABLE'
        assert 'management account' in found['observed']


def test_an_organisation_that_may_not_be_asked_about_is_not_asked(iam):
    iam.order('DescribeOrganization', error='AccessDeniedException',
              count=None)
    result = audit('--checks', f'{REMOVABLE},{KEY}', iam=iam)
    assert 'organizations:DescribeOrganization' in asked(result)[REMOVABLE]
    assert rows(result, REMOVABLE) == {} and result.code == 0


# ---- administrators ----


def test_who_may_do_everything_of_iam_is_an_administrator(iam):
    """By the document, own or a group's, inline or attached."""
    for name in ('inline', 'attached', 'group', 'group-attached', 'iam',
                 'all-but', 'conditional', 'denied-if', 'reader', 'power',
                 'denied', 'bounded', 'within', 'device'):
        iam.add_user(name, password=True)
    iam.put_policy(EVERYTHING, user='inline')
    iam.attach_policy('boss', EVERYTHING, user='attached')
    iam.put_policy(EVERYTHING, group='admins')
    iam.join_group('group', 'admins')
    iam.attach_policy('AdministratorAccess', group='operators')
    iam.join_group('group-attached', 'operators')
    iam.put_policy(allow('s3:Get*', 'IAM:*'), user='iam')
    iam.put_policy(document({'Effect': 'Allow', 'NotAction': ['s3:*'],
                             'Resource': '*'}), user='all-but')
    mfa = {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}
    iam.put_policy(allow('*', Condition=mfa), user='conditional')
    iam.put_policy(EVERYTHING, user='denied-if')
    iam.put_policy(deny('*', Condition=mfa), name='deny', user='denied-if')
    iam.put_policy(allow('s3:*', 'iam:Get*'), user='reader')
    iam.put_policy(document({'Effect': 'Allow', 'Resource': '*',
                             'NotAction': ['iam:*', 'organizations:*']}),
                   user='power')
    iam.put_policy(EVERYTHING, user='denied')
    iam.put_policy(deny('*'), name='deny', user='denied')
    iam.put_policy(EVERYTHING, user='bounded')
    iam.set_boundary('narrow', allow('s3:*'), user='bounded')
    iam.put_policy(EVERYTHING, user='within')
    iam.set_boundary('wide', EVERYTHING, user='within')
    iam.put_policy(EVERYTHING, user='device')
    iam.add_fido_device('device')
    result = audit('--checks', ADMIN, iam=iam)
    assert result.code == 3
    assert statuses(result, ADMIN) == {
        **dict.fromkeys(('inline', 'attached', 'group', 'group-attached',
                         'iam', 'all-but', 'conditional', 'denied-if',
                         'within'), 'FAIL'),
        **dict.fromkeys(('reader', 'power', 'denied', 'bounded', 'device'),
                        'PASS')}
    found = rows(result, ADMIN)
    assert 'permissions boundary' in found['bounded']['observed']
    for name in ('inline', 'reader', 'bounded'):
        assert 'are not read' in found[name]['observed']
    assert found['inline']['severity'] == 'critical'
    assert 'iam:GetAccountAuthorizationDetails' in found['inline']['source']
    # each FAIL was confirmed, and nobody else was asked for
    failed = sorted(n for n, r in found.items() if r['status'] == 'FAIL')
    for action in ('GetUser', 'ListAccessKeys'):
        assert sorted(c['params']['UserName'] for c in iam.calls(action)
                      if 'UserName' in c['params']) == failed


def test_an_administrator_without_password_and_key_is_not_judged(iam):
    iam.add_user('none')
    iam.add_user('key', keys=1)
    iam.add_user('off', keys=1)
    for name in ('none', 'key', 'off'):
        iam.put_policy(EVERYTHING, user=name)
    client = iam.botocore()
    (made,) = client.list_access_keys(UserName='off')['AccessKeyMetadata']
    client.update_access_key(UserName='off', Status='Inactive',
                             AccessKeyId=made['AccessKeyId'])
    result = audit('--checks', ADMIN, iam=iam)
    assert statuses(result, ADMIN) == {'none': 'NOT_APPLICABLE', 'key': 'FAIL',
                                       'off': 'NOT_APPLICABLE'}
    assert 'active access key' in result.row(ADMIN, 'key')['observed']


def test_only_the_default_version_of_a_policy_counts(iam):
    iam.add_user('was', password=True)
    iam.add_user('is', password=True)
    was = iam.attach_policy('was', EVERYTHING, user='was')
    now = iam.attach_policy('is', allow('s3:*'), user='is')
    client = iam.botocore()
    for arn, text in ((was, '{"Version":"2012-10-17","Statement":[]}'
                       .replace('[]', '[{"Effect":"Allow","Action":"s3:*",'
                                      '"Resource":"*"}]')),
                      (now, '{"Version":"2012-10-17","Statement":[{"Effect":'
                            '"Allow","Action":"*","Resource":"*"}]}')):
        client.create_policy_version(PolicyArn=arn, PolicyDocument=text,
                                     SetAsDefault=True)
    result = audit('--checks', ADMIN, iam=iam)
    assert statuses(result, ADMIN) == {'was': 'PASS', 'is': 'FAIL'}


@pytest.mark.parametrize('action, words', [
    ('GetUser', 'iam:GetUser'), ('ListAccessKeys', 'iam:ListAccessKeys'),
    ('ListMFADevices', 'iam:ListMFADevices')])
def test_a_fail_that_cannot_be_confirmed_is_unknown(iam, action, words):
    iam.add_user('alice', password=True)
    iam.put_policy(EVERYTHING, user='alice')
    iam.order(action, error='AccessDenied', count=None)
    result = audit('--checks', ADMIN, iam=iam)
    found = result.row(ADMIN, 'alice')
    if action == 'ListAccessKeys':   # the password is enough
        assert found['status'] == 'FAIL'
    else:
        assert found['status'] == 'UNKNOWN' and result.code == 10
        assert found['missingPermission'] == words


def test_rights_that_may_not_be_read_are_not_asked_about(iam):
    iam.add_user('alice', password=True)
    iam.order('GetAccountAuthorizationDetails', error='AccessDenied',
              count=None)
    result = audit('--checks', f'{ADMIN},{KEY}', iam=iam)
    assert 'iam:GetAccountAuthorizationDetails' in asked(result)[ADMIN]
    assert rows(result, ADMIN) == {} and result.code == 0
    iam.clear_orders()
    iam.order('GetAccountAuthorizationDetails', error='ServiceFailure',
              count=None)
    result = audit('--checks', f'{ADMIN},{KEY}', iam=iam)
    assert ADMIN in asked(result) and result.code == 10


# ---- kinds of devices ----


def test_kinds_are_by_each_users_own_list(iam):
    for name in ('none', 'fido', 'app', 'both', 'token', 'keyless'):
        iam.add_user(name, password=name != 'keyless')
    iam.add_fido_device('fido')
    iam.add_virtual_device('app', 'app')
    iam.add_virtual_device('keyless', 'keyless')
    iam.add_fido_device('both', 'one')
    iam.add_virtual_device('both', 'both')
    iam.add_hardware_token('GAHT12345678', 'A' * 32, 'token')
    result = audit('--checks', f'{RESISTANT},{ONE}', iam=iam)
    assert statuses(result, RESISTANT) == {
        'none': 'NOT_APPLICABLE', 'keyless': 'NOT_APPLICABLE',
        'fido': 'PASS', 'app': 'FAIL', 'token': 'FAIL', 'both': 'FAIL'}
    assert rows(result, RESISTANT)['both']['severity'] == 'low'
    assert rows(result, RESISTANT)['app']['severity'] == 'medium'
    assert statuses(result, ONE) == {
        'none': 'NOT_APPLICABLE', 'fido': 'FAIL', 'app': 'FAIL',
        'token': 'FAIL', 'both': 'PASS', 'keyless': 'FAIL'}


@pytest.mark.parametrize('partition', ['aws-cn', 'aws-us-gov'])
def test_partitions_that_cannot_have_it_are_not_judged(partition):
    with local_iam(partition=partition) as server:
        server.add_user('alice', password=True)
        server.add_virtual_device('app', 'alice')
        result = audit('--checks', f'{RESISTANT},{ONE},root-one-device,'
                       f'{REMOVABLE}', iam=server)
        want = 'NOT_APPLICABLE'
        assert result.status(RESISTANT, 'alice') == (
            want if partition == 'aws-cn' else 'FAIL')
        assert result.status(ONE, 'alice') == (
            want if partition == 'aws-us-gov' else 'FAIL')
        for check in ('root-one-device', REMOVABLE):
            assert result.status(check, ROOT) == want


def test_certifications_are_what_aws_holds(iam):
    iam.add_user('alice', password=True)
    good = iam.add_fido_device('alice', 'good', {'FIDO': 'L1'})
    bare = iam.add_fido_device('alice', 'bare')
    result = audit('--checks', CERTIFIED, iam=iam)
    found = {r['device']: r for r in result.rows}
    assert found[good]['status'] == 'PASS'
    assert 'FIDO L1' in found[good]['observed']
    assert found[bare]['status'] == 'FAIL'
    assert 'nothing follows' in found[bare]['observed']
    assert found[bare]['remedyKind'] == 'decide'
    iam.order('GetMFADevice', error='AccessDenied', count=None)
    result = audit('--checks', f'{CERTIFIED},{ONE}', iam=iam)
    assert 'iam:GetMFADevice' in asked(result)[CERTIFIED]
    assert rows(result, CERTIFIED) == {}
    assert len(iam.calls('GetMFADevice')) == 3


def test_certifications_of_many_are_asked_at_once_and_all_told(iam):
    iam.add_users(30, fido=True)
    iam.order('GetMFADevice', delay=0.2, count=None)
    begun = time.monotonic()
    result = audit('--checks', CERTIFIED, iam=iam)
    assert len(rows(result, CERTIFIED)) == 30
    assert time.monotonic() - begun < 30 * 0.2
    iam.clear_orders()
    iam.order('GetMFADevice', error='ServiceFailure', count=None)
    found = rows(audit('--checks', CERTIFIED, iam=iam), CERTIFIED)
    assert {r['status'] for r in found.values()} == {'UNKNOWN'}


# ---- users beside the report ----


def test_a_renamed_user_is_one_row_and_not_deleted(iam):
    iam.add_user('before', password=True)
    iam.add_fido_device('before')
    audit(iam=iam)   # makes the report
    iam.botocore().update_user(UserName='before', NewUserName='after')
    later(iam)
    result = audit(iam=iam)
    assert list(rows(result, 'user-mfa-missing')) == ['after']
    found = result.user('after')
    assert found['status'] == 'PASS'
    assert "the report, which has 'before'" in found['observed']
    assert '1 user was renamed' in result.notes()


def test_two_users_of_one_second_are_not_taken_for_each_other(iam):
    iam.clock(freeze=True)
    for name in ('one', 'two'):
        iam.add_user(name, password=True)
    iam.clock(freeze=False)
    audit(iam=iam)
    client = iam.botocore()
    client.update_user(UserName='one', NewUserName='three')
    client.update_user(UserName='two', NewUserName='four')
    later(iam)
    result = audit(iam=iam)
    found = statuses(result, 'user-mfa-missing')
    assert found['three'] == found['four'] == 'FAIL'
    assert not any('renamed' in r['observed'] for r in result.rows)


def test_a_new_path_is_the_same_user(iam):
    iam.add_user('alice', password=True)
    audit(iam=iam)
    iam.botocore().update_user(UserName='alice', NewPath='/sales/')
    later(iam)
    found = audit(iam=iam).user('alice')
    assert found['status'] == 'FAIL'
    assert 'made again' not in found['observed']


# ---- the registry ----


def test_a_device_bound_a_moment_ago_is_asked_for_again(iam, registry):
    """Never a false alarm of what lists may not have yet."""
    iam.add_user('alice', password=True)
    registry.age = 60
    registry.bind('alice', f'arn:aws:iam::{ACCOUNT}:u2f/user/alice/new',
                  user_id=iam.botocore().get_user(UserName='alice')[
                      'User']['UserId'])
    begun = time.monotonic()
    result = audit('--registry', registry.path, '--checks', 'device-gone',
                   iam=iam)
    found = result.row('device-gone', 'alice')
    assert found['status'] == 'UNKNOWN' and time.monotonic() - begun >= 20
    assert 'five minutes ago' in found['observed']


def test_a_list_of_virtual_devices_alone_makes_nothing_gone(iam, registry):
    iam.add_user('alice', password=True)
    registry.bind('alice', f'arn:aws:iam::{ACCOUNT}:mfa/away')
    iam.order('ListMFADevices', error='AccessDenied', count=None)
    result = audit('--registry', registry.path, '--checks', 'device-gone',
                   iam=iam)
    assert result.row('device-gone', 'alice')['status'] == 'UNKNOWN'
    iam.clear_orders()
    result = audit('--registry', registry.path, '--checks', 'device-gone',
                   iam=iam)
    assert result.row('device-gone', 'alice')['status'] == 'FAIL'


def seen_before(registry, serial, seconds):
    """As a run of so long ago would have left it, as FORMATS.md has it."""
    path = pathlib.Path(f'{registry.path}.journal/{ACCOUNT}.orphans')
    lines = path.read_text().splitlines()
    assert lines[-1].endswith(f' = {serial}')
    when = datetime.datetime.now(datetime.timezone.utc) - \
        datetime.timedelta(seconds=seconds)
    path.write_text(lines[0] + when.strftime('\n%Y-%m-%dT%H:%M:%SZ') +
                    f' = {serial}\n')


def orphan(result, serial):
    return next(r for r in result.rows if r['check'] == 'virtual-orphan'
                and r['device'] == serial)


def test_an_orphan_is_one_that_two_lists_show_and_its_command_ends_it(
        iam, registry):
    iam.add_user('alice', password=True)
    serial = iam.add_virtual_device('left')['serial']
    had = iam.add_virtual_device('had', 'alice')['serial']
    words = ('--registry', registry.path, '--checks', 'virtual-orphan')
    result = audit(*words, iam=iam)
    assert orphan(result, serial)['status'] == 'UNKNOWN'
    assert had not in {r['device'] for r in result.rows}
    seen_before(registry, serial, 580)
    assert orphan(audit(*words, iam=iam), serial)['status'] == 'UNKNOWN'
    seen_before(registry, serial, 700)
    found = orphan(audit(*words, iam=iam), serial)
    assert found['status'] == 'FAIL' and found['remedyKind'] == 'command'
    command = found['remedy'].strip('`')
    done = subprocess.run(['bash', '-c', AWS + command], capture_output=True,
                          env=aws_environment(iam), text=True)
    assert done.returncode == 0, done.stderr
    after = audit(*words, iam=iam)
    assert after.rows == [] and after.code == 0
    # what somebody took meanwhile stays
    again = subprocess.run(['bash', '-c', AWS + command.replace(serial, had)],
                           capture_output=True, env=aws_environment(iam))
    assert again.returncode != 0
    assert iam.devices('alice')


def test_an_orphan_of_another_day_is_a_new_one(iam, registry):
    words = ('--registry', registry.path, '--checks', 'virtual-orphan')
    serial = iam.add_virtual_device('left')['serial']
    audit(*words, iam=iam)
    iam.botocore().delete_virtual_mfa_device(SerialNumber=serial)
    assert audit(*words, iam=iam).rows == []
    later(iam)
    iam.add_virtual_device('left')
    assert orphan(audit(*words, iam=iam), serial)['status'] == 'UNKNOWN'


def aws_environment(iam):
    """The AWS command line, as printed, finds the local IAM."""
    return {**environment(iam), 'AWS_PAGER': '', 'PATH': os.pathsep.join(
        [os.path.dirname(sys.executable), os.environ['PATH']])}


# ---- the table ----


def test_the_table_of_checks_is_shown_without_asking_anybody():
    done = audit('--list-checks')
    assert done.code == 0
    names = [c['check'] for c in done.json['checks']]
    assert len(names) == len(set(names)) == 18
    text = audit('--list-checks', text=True)
    assert all(name in text.out for name in names)
    for check in done.json['checks']:
        assert check['sets'] and check['means']
        assert bool(check['permissions']) == (
            check['needs'] != ['registry'] and check['check'] not in
            ('run-unfinished', 'mute-expired'))
        assert bool(check['assumeRootPermissions']) == \
            check['check'].startswith('root-'), check
        assert set(check['assumeRootPermissions']) <= {
            'sts:AssumeRoot', 'organizations:DescribeOrganization',
            'iam:ListOrganizationsFeatures'}
    assert 'sts:AssumeRoot' in text.out
    assert audit('--list-checks', '--report', '-').code == 2


def test_a_partition_that_is_not_known_is_judged_as_full_and_said():
    for partition in ('aws-eusc', 'aws-elsewhere'):
        result = read(report(line(ROOT, partition=partition)))
        assert result.status('root-mfa-missing', ROOT) == 'FAIL'
        assert f"'{partition}'" in result.notes()
        assert 'judged as if it had everything' in result.notes()
    assert 'everything' not in read(report(line(ROOT))).notes()


def test_rights_are_read_over_all_pages(iam):
    iam.add_users(450, prefix='a')
    iam.add_user('zz', password=True)
    iam.attach_policy('zz-boss', EVERYTHING, user='zz')
    iam.add_user('aa', password=True)
    iam.attach_policy('zz-boss', EVERYTHING, user='aa')
    result = audit('--checks', ADMIN, iam=iam)
    assert len(iam.calls('GetAccountAuthorizationDetails')) >= 3
    found = statuses(result, ADMIN)
    assert len(found) == 452
    assert [name for name, status in found.items() if status == 'FAIL'] == [
        'aa', 'zz']
