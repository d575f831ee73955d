# SPDX-License-Identifier: Apache-2.0
"""audit: a remedy that is a command is run as printed, and the same finding is
PASS afterwards, or gone with what it was about; reports in any dress say the
same; and what others get wrong about MFA is right here."""

import os
import random
import sqlite3
import subprocess
import sys

import pytest

from iam.moto import Moto
from test_audit import (HEADER, ROOT, Registry, audit, environment, line,
                        read, report)
from test_audit import iam  # noqa: F401 (a fixture)


# Debian 12's does not know AWS_ENDPOINT_URL
AWS = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


def shell(command, env):
    """As a person would paste it."""
    path = os.pathsep.join([os.path.dirname(sys.executable),
                            os.environ.get('TOKENBRIDGE_ROOT', '') +
                            '/usr/bin', os.environ['PATH']])
    return subprocess.run(['bash', '-c', AWS + command], capture_output=True,
                          text=True, timeout=60,
                          env={**env, 'PATH': path, 'AWS_PAGER': ''})


def commands(row):
    """What stands in backquotes."""
    return row['remedy'].split('`')[1::2]


def test_taking_the_password_away_ends_user_mfa_missing(iam):
    iam.add_user('alice', password=True)
    row = audit(iam=iam).user('alice')
    assert row['status'] == 'FAIL' and row['remedyKind'] == 'decide'
    _, away = commands(row)
    done = shell(away, environment(iam))
    assert done.returncode == 0, done.stderr
    assert audit(iam=iam).user('alice')['status'] == 'PASS'


def test_taking_password_and_keys_away_ends_admin_mfa_missing(iam):
    iam.add_user('alice', password=True, keys=1)
    iam.attach_policy('AdministratorAccess', user='alice')
    words = ('--checks', 'admin-mfa-missing')
    row = audit(*words, iam=iam).row('admin-mfa-missing', 'alice')
    assert row['status'] == 'FAIL' and row['remedyKind'] == 'decide'
    _, password, key, listed = commands(row)
    env = environment(iam)
    assert shell(password, env).returncode == 0
    made = shell(listed + " --query 'AccessKeyMetadata[0].AccessKeyId' "
                 '--output text', env)
    assert made.returncode == 0, made.stderr
    done = shell(f'{key} {made.stdout.strip()}', env)
    assert done.returncode == 0, done.stderr
    assert audit(*words, iam=iam).row('admin-mfa-missing', 'alice')[
        'status'] == 'NOT_APPLICABLE'


class Rehearsal(Registry):
    """One that may be used with an endpoint that is not AWS's."""

    def __init__(self, path):
        done = subprocess.run(
            [os.environ.get('TOKENBRIDGE_ROOT', '') + '/usr/bin/tokenbridge',
             'registry', 'init', '--rehearsal', '--registry', str(path)],
            env=environment(), capture_output=True)
        assert done.returncode == 0, done.stderr
        self.path, self.age = str(path), 3600
        self.db = sqlite3.connect(self.path, isolation_level=None)


def test_ending_the_binding_ends_device_gone(iam, tmp_path):
    tmp_path.chmod(0o700)
    registry = Rehearsal(tmp_path / 'registry.db')
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice', 'other')
    user = iam.botocore().get_user(UserName='alice')['User']['UserId']
    gone = 'arn:aws:iam::123456789012:mfa/away-from-here'
    registry.bind('alice', gone, user_id=user)
    words = ('--registry', registry.path, '--checks', 'device-gone')
    row = audit(*words, iam=iam).row('device-gone', 'alice')
    assert row['status'] == 'FAIL'
    (command,) = commands(row)
    env = {**environment(iam), 'TOKENBRIDGE_REGISTRY': registry.path}
    done = shell(command, env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert audit(*words, iam=iam).rows == []


def test_adopting_what_stands_at_aws_ends_device_unknown(iam, tmp_path):
    tmp_path.chmod(0o700)
    registry = Rehearsal(tmp_path / 'registry.db')
    iam.add_user('alice', password=True)
    iam.add_virtual_device('alone', 'alice')
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    iam.add_virtual_device('two', 'bob')
    words = ('--registry', registry.path, '--checks', 'device-unknown')
    rows = audit(*words, iam=iam).rows
    assert [r['status'] for r in rows] == ['FAIL'] * 3
    adoptions = {commands(row)[0] for row in rows}
    assert len(adoptions) == 1  # one for all
    env = {**environment(iam), 'TOKENBRIDGE_REGISTRY': registry.path}
    done = shell(adoptions.pop(), env)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = audit(*words, iam=iam).rows
    assert [r['status'] for r in rows] == ['PASS'] * 3


# ---- a report in any dress ----


def findings(text):
    return sorted((r['check'], r['account'], r['subject'], r['status'])
                  for r in read(text).rows)


@pytest.mark.parametrize('seed', range(12))
def test_a_report_in_any_dress_says_the_same(seed):
    """Columns and rows in another order, words in another case, columns that
    nobody knows, delimiters and line ends in quotes."""
    dice = random.Random(seed)
    rows = [line(ROOT, mfa=dice.choice(['true', 'false']),
                 password=dice.choice(['true', 'false', 'not_supported']),
                 key=dice.choice(['true', 'false']))]
    rows += [line(f'user{n}', password=dice.choice(['true', 'false', 'N/A']),
                  mfa=dice.choice(['true', 'false']),
                  path=dice.choice(['/', '/a/b/'])) for n in range(20)]
    plain = findings(report(*rows))
    header = list(HEADER)
    dice.shuffle(header)
    dice.shuffle(rows)
    assert findings(report(*rows, header=header)) == plain
    for name in ('zzz', 'note, with a comma', 'line\nend'):
        header.insert(dice.randrange(len(header) + 1), name)
        for row in rows:
            row[name] = dice.choice(['', 'a,b', '"quoted"', 'two\nlines',
                                     'x'])
    assert findings(report(*rows, header=header)) == plain
    for row in rows:
        for name in ('password_enabled', 'mfa_active',
                     'access_key_1_active'):
            row[name] = dice.choice([str.upper, str.title, str.lower])(
                row[name])
    assert findings(report(*rows, header=header)) == plain
    assert findings(report(*rows, header=header, end='\r\n')) == plain


# ---- what others get wrong ----


def test_a_user_with_a_passkey_or_a_token_alone_has_mfa(iam):
    """steampipe looks for virtual devices only, ScoutSuite takes any ARN for
    a virtual one."""
    for name in ('fido', 'token'):
        iam.add_user(name, password=True)
    iam.add_fido_device('fido')
    iam.add_hardware_token('GAHT12345678', 'A' * 32, 'token')
    result = audit('--checks', 'house', iam=iam)
    for name in ('fido', 'token'):
        assert result.user(name)['status'] == 'PASS'
    assert result.status('user-not-phishing-resistant', 'fido') == 'PASS'


def test_an_old_report_and_no_report_make_no_verdict(iam):
    """Prowler believes a report of four hours ago, and says nothing at all
    where there is none."""
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    audit(iam=iam)
    iam.add_fido_device('alice')
    client = iam.botocore()
    (had,) = client.list_mfa_devices(UserName='bob')['MFADevices']
    client.deactivate_mfa_device(UserName='bob',
                                 SerialNumber=had['SerialNumber'])
    for error in (None, 'LimitExceeded', 'AccessDenied'):
        if error:
            iam.order(['GenerateCredentialReport', 'GetCredentialReport'],
                      error=error, count=None)
        result = audit(iam=iam)
        assert result.user('alice')['status'] == 'PASS', error
        assert result.user('bob')['status'] == 'FAIL', error


def test_root_without_a_password_is_judged_by_its_keys(iam):
    """A root that has keys only is no PASS, whatever its MFA: no MFA stands
    before a key."""
    iam.set_account(root={'password': False})
    iam.credentials('root')
    result = audit(iam=iam)
    assert result.status('root-access-key', ROOT) == 'FAIL'
    assert result.status('root-mfa-missing', ROOT) == 'PASS'
    text = report(line(ROOT, password='false', key='true'))
    found = read(text).row('root-mfa-missing', ROOT)
    assert found['status'] == 'FAIL'
    assert "delete root's keys" in found['remedy']


def test_a_failing_list_of_virtual_devices_is_no_pass(iam):
    iam.order('ListVirtualMFADevices', error='AccessDenied', count=None)
    assert audit(iam=iam).status('root-mfa-virtual', ROOT) == 'UNKNOWN'


def test_the_second_page_of_virtual_devices_is_read(iam):
    """ScoutSuite reads one."""
    for n in range(120):
        iam.add_user(f'x{n}')
        iam.add_virtual_device(f'a{n:03}', f'x{n}')
    iam.add_root_device('virtual', 'zzz')
    assert audit(iam=iam).status('root-mfa-virtual', ROOT) == 'FAIL'


# ---- an emulator that we did not write ----


def test_moto_is_audited_by_every_check_that_it_answers():
    with Moto(users=('alice', 'bob')) as moto:
        client = moto.botocore()
        client.create_login_profile(UserName='alice', Password='Pa55word!x')
        client.attach_user_policy(UserName='alice', PolicyArn=client
                                  .create_policy(
            PolicyName='boss', PolicyDocument='{"Version":"2012-10-17",'
            '"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}')[
                'Policy']['Arn'])
        result = audit('--checks', 'house,cis',
                       env={**environment(), **moto.env()})
        assert result.json is not None, result.err
        assert result.user('alice')['status'] == 'FAIL'
        assert result.user('bob')['status'] == 'PASS'
        assert result.status('admin-mfa-missing', 'alice') == 'FAIL'
        assert result.status('admin-mfa-missing', 'bob') == 'PASS'
