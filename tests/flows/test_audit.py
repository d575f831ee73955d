# SPDX-License-Identifier: Apache-2.0
"""audit, from the command line to the local IAM and back.

The programs are found by TOKENBRIDGE_ROOT, as in conftest.py.
"""

import base64
import contextlib
import csv
import datetime
import hashlib
import io
import json
import os
import pty
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from dialect import check_object
from lines import told

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'rig'))

from iam.client import LocalIAM  # noqa: E402
from iam.client_policy import allow  # noqa: E402

PREFIX = os.environ.get('TOKENBRIDGE_ROOT', '') + '/usr'
PROGRAM = os.path.join(PREFIX, 'bin', 'tokenbridge')

ACCOUNT = '123456789012'
OTHER = '123456789013'
ROOT = '<root_account>'
BENCHMARK = ['root-mfa-missing', 'root-mfa-virtual', 'root-access-key',
             'user-mfa-missing']


class Result:
    """What one run said; rows are the JSON findings where there are any."""

    def __init__(self, done):
        self.code, self.out, self.err = (done.returncode,
                                         done.stdout.decode(),
                                         done.stderr.decode())
        self.json = None
        told(self.out, self.err)
        if self.out.startswith('{'):
            self.json = check_object('audit', json.loads(self.out))
            self.rows = self.json.get('findings')
            self.summary = self.json.get('summary')

    def row(self, check, subject):
        found = [r for r in self.rows
                 if (r['check'], r['subject']) == (check, subject)]
        assert len(found) == 1, (check, subject, found)
        return found[0]

    def status(self, check, subject):
        return self.row(check, subject)['status']

    def user(self, name):
        return self.row('user-mfa-missing', name)

    def source(self, name):
        return next(s for s in self.summary['sources']
                    if s['source'] == name)

    def notes(self):
        return ' / '.join(self.summary['notes'])


def environment(iam=None, **more):
    base = {'PATH': os.environ['PATH'], 'HOME': '/nonexistent',
            'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'}
    return {**base, **(iam.env() if iam else {}), **more}


def audit(*arguments, iam=None, stdin=b'', text=False, env=None, timeout=60):
    words = [PROGRAM, 'audit', *arguments, *([] if text else ['--json'])]
    if stdin is None:
        return subprocess.Popen(words, env=env or environment(iam),
                                stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    return Result(subprocess.run(words, env=env or environment(iam),
                                 input=stdin, capture_output=True,
                                 timeout=timeout))


@contextlib.contextmanager
def local_iam(**more):
    """Without a listed administrator; its reports are there at once."""
    with LocalIAM(admin=False, **more) as server:
        server.settings(report_seconds=0)
        yield server


@pytest.fixture
def iam():
    with local_iam() as server:
        server.add_root_device('fido')
        yield server


# ---- reports of our own making ----

HEADER = ('user,arn,user_creation_time,password_enabled,password_last_used,'
          'password_last_changed,password_next_rotation,mfa_active,'
          'access_key_1_active,access_key_1_last_rotated,'
          'access_key_2_active,access_key_2_last_rotated,cert_1_active,'
          'cert_2_active').split(',')
MADE = '2026-01-02T03:04:05Z'


def line(user, password='true', mfa='false', account=ACCOUNT, path='/',
         key='false', cert='false', partition='aws', **more):
    resource = 'root' if user == ROOT else f'user{path}{user}'
    row = dict.fromkeys(HEADER, 'N/A')
    row.update(user=user, arn=f'arn:{partition}:iam::{account}:{resource}',
               user_creation_time=MADE, password_enabled=password,
               mfa_active=mfa, access_key_1_active=key,
               access_key_2_active='false', cert_1_active=cert,
               cert_2_active='false')
    row.update(more)
    return row


def report(*rows, header=HEADER, end='\n', last=''):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(header)
    for row in rows:
        writer.writerow([row.get(name, 'N/A') for name in header])
    return (text.getvalue()[:-len(end)] + last).encode()


SAFE_ROOT = line(ROOT, password='true', mfa='true')
PLAIN = report(SAFE_ROOT, line('alice'), line('bob', mfa='true'),
               line('carol', password='false'))


def read(data, *arguments, **more):
    return audit('--report', '-', *arguments, stdin=data, **more)


def as_json(data, generated=MADE):
    made = {'Content': base64.b64encode(data).decode(),
            'ReportFormat': 'text/csv'}
    if generated:
        made['GeneratedTime'] = generated
    return json.dumps(made, indent=4).encode()


def check_plain(result):
    assert result.code == 3, (result.out, result.err)
    assert result.status('root-mfa-missing', ROOT) == 'PASS'
    assert [result.user(n)['status'] for n in ('alice', 'bob', 'carol')] == \
        ['FAIL', 'PASS', 'PASS']


# ---- the report alone ----

def test_a_report_is_judged_row_by_row():
    result = read(PLAIN)
    check_plain(result)
    alice = result.user('alice')
    assert alice['severity'] == 'high' and alice['account'] == ACCOUNT
    assert alice['source'] == 'credential report'
    assert 'CIS 7.0 2.10' in alice['alsoKnownAs']
    assert '`tokenbridge enroll alice --' in alice['remedy']
    assert result.summary['complete'] is True
    assert result.summary['counts']['user-mfa-missing'] == {
        'PASS': 2, 'FAIL': 1, 'UNKNOWN': 0, 'NOT_APPLICABLE': 0, 'MUTED': 0}


def test_a_report_needs_no_network_and_no_credentials(tmp_path):
    alone = tmp_path / 'bin'
    alone.mkdir()
    shutil.copy(PROGRAM, alone)     # without its libexec
    done = subprocess.run([alone / 'tokenbridge', 'audit', '--json',
                           '--report', '-'], input=PLAIN, env=environment(),
                          capture_output=True)
    check_plain(Result(done))
    needed = subprocess.run(['readelf', '-d', PROGRAM], capture_output=True,
                            text=True).stdout
    assert 'libcurl' not in needed


@pytest.mark.parametrize('spoil', [
    lambda d: d.replace(b'\n', b'\r\n'),
    lambda d: d + b'\n',
    lambda d: d + b'\r\n',
    lambda d: b'\xef\xbb\xbf' + d,
    lambda d: b'\n' + d,
    as_json,
], ids=['CRLF', 'newline', 'CRLF-newline', 'BOM', 'blank', 'JSON'])
def test_forms_of_one_report_read_the_same(spoil):
    check_plain(read(spoil(PLAIN)))


def test_columns_may_come_in_any_order_and_number():
    header = list(reversed(HEADER)) + ['password_strength']
    rows = [SAFE_ROOT, line('alice'), line('bob', mfa='true'),
            line('carol', password='false')]
    check_plain(read(report(*rows, header=header)))


@pytest.mark.parametrize('name', ['user', 'arn', 'password_enabled',
                                  'mfa_active'])
def test_a_report_without_what_everything_rests_on_is_an_error(name):
    header = [h for h in HEADER if h != name]
    result = read(report(SAFE_ROOT, line('alice'), header=header))
    assert result.code == 1 and result.out == ''
    assert name in result.err


def test_a_missing_key_column_makes_root_fail_not_pass():
    rootless = line(ROOT, password='false', mfa='false')
    header = [h for h in HEADER if h != 'access_key_2_active']
    assert read(report(rootless)).status('root-mfa-missing', ROOT) == 'PASS'
    result = read(report(rootless, header=header))
    assert result.status('root-mfa-missing', ROOT) == 'FAIL'
    assert 'access key not known' in result.row('root-mfa-missing',
                                                ROOT)['observed']


@pytest.mark.parametrize('value', ['no_information', 'N/A', 'not_supported',
                                   '', 'yes', '1'])
def test_what_is_neither_true_nor_false_is_unknown(value):
    result = read(report(SAFE_ROOT, line('alice', mfa=value),
                         line('bob', password=value)))
    assert result.code == 10
    assert result.user('alice')['status'] == 'UNKNOWN'
    assert result.user('bob')['status'] == 'UNKNOWN'


def test_upper_case_is_read_as_lower_case():
    result = read(report(line(ROOT, mfa='TRUE'), line('alice', 'TRUE',
                                                      'FALSE')))
    assert result.status('root-mfa-missing', ROOT) == 'PASS'
    assert result.user('alice')['status'] == 'FAIL'


@pytest.mark.parametrize('fields, status', [
    (dict(password='true'), 'FAIL'),
    (dict(password='false', key='true'), 'FAIL'),
    (dict(password='false', cert='true'), 'FAIL'),
    (dict(password='not_supported'), 'FAIL'),
    (dict(password='false'), 'PASS'),
    (dict(password='true', mfa='true'), 'PASS'),
    (dict(password='true', mfa='no_information'), 'UNKNOWN'),
    (dict(password='false', mfa='no_information'), 'PASS'),
])
def test_root_without_mfa_fails_unless_it_has_no_credentials(fields, status):
    result = read(report(line(ROOT, **fields)))
    assert result.status('root-mfa-missing', ROOT) == status
    assert result.code == {'FAIL': 3, 'PASS': 0, 'UNKNOWN': 10}[status]


def test_credentials_beyond_the_columns_count_as_not_known():
    header = HEADER + ['additional_credentials_info']
    row = line(ROOT, password='false')
    result = read(report(row, header=header))
    assert result.status('root-mfa-missing', ROOT) == 'PASS'
    row['additional_credentials_info'] = '1 more key'
    result = read(report(row, header=header))
    assert result.status('root-mfa-missing', ROOT) == 'FAIL'


def test_where_benchmarks_read_otherwise_both_readings_stand():
    row = read(report(line(ROOT, password='false'))).row(
        'root-mfa-missing', ROOT)
    assert row['literal'] == ('IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, '
                              'no root credentials')
    assert read(PLAIN).row('root-mfa-missing', ROOT)['literal'] is None


def test_a_report_without_roots_row_does_not_pass_root():
    result = read(report(line('bob', mfa='true')))
    assert result.status('root-mfa-missing', ROOT) == 'UNKNOWN'
    assert result.code == 10


def test_a_partition_without_root_user_is_not_asked_about_root():
    for partition, words in (('aws-cn', 'has no root user'),
                             ('aws-us-gov', 'access keys only')):
        result = read(report(line('bob', mfa='true', partition=partition)))
        root = result.row('root-mfa-missing', ROOT)
        assert root['status'] == 'NOT_APPLICABLE'
        assert words in root['observed']
        # whether GovCloud's root has a key is a question all the same
        assert result.status('root-access-key', ROOT) == (
            'NOT_APPLICABLE' if partition == 'aws-cn' else 'UNKNOWN')
        assert result.code == (0 if partition == 'aws-cn' else 10)


@pytest.mark.parametrize('password', ['not_supported', 'false', 'true', 'N/A'])
@pytest.mark.parametrize('key', ['true', 'false'])
def test_of_govclouds_root_only_the_keys_are_judged(password, key):
    """It has nothing else: nobody could follow a remedy for its MFA."""
    result = read(report(line(ROOT, password=password, key=key,
                              partition='aws-us-gov'),
                         line('bob', mfa='true', partition='aws-us-gov')))
    root = result.row('root-mfa-missing', ROOT)
    assert root['status'] == 'NOT_APPLICABLE'
    assert result.status('root-access-key', ROOT) == (
        'FAIL' if key == 'true' else 'PASS')
    assert result.code == (3 if key == 'true' else 0)
    assert 'access keys only: no sign-in, and no MFA' in root['observed']
    assert ('one is there: delete it' in root['observed']) == (key == 'true')
    # the same row where root has everything
    result = read(report(line(ROOT, password='not_supported', key='true')))
    assert result.status('root-mfa-missing', ROOT) == 'FAIL'


@pytest.mark.parametrize('account', [
    'XXXXXXXXXXXX', '1234', '************', '1234-5678-9012', 'ACCOUNT_ID',
    '1234567890123'])
def test_an_account_that_was_made_unreadable_is_judged_all_the_same(account):
    """Reports are shown to others; a command then has a place for it."""
    result = read(report(line(ROOT, mfa='true', account=account),
                         line('alice', account=account),
                         line('bob', mfa='true', account=account)))
    assert result.code == 3
    assert [(r['subject'], r['status'], r['account']) for r in result.rows
            if r['check'] != 'root-access-key'] == [
                (ROOT, 'PASS', account), ('alice', 'FAIL', account),
                ('bob', 'PASS', account)]
    assert '--account ACCOUNT`' in result.user('alice')['remedy']


@pytest.mark.parametrize('blank', [b' \n', b'\t \t\n', b'\n', b'  \r\n', b' '])
def test_a_line_of_blanks_is_no_row(blank):
    plain = report(line(ROOT, mfa='true'), line('bob', mfa='true'))
    texts = [plain + blank]
    if blank.endswith(b'\n'):
        texts += [plain.replace(b'\n', b'\n' + blank, 1), blank + plain]
    for text in texts:
        result = read(text)
        assert result.code == 0, text
        assert len([r for r in result.rows
                    if r['check'] == 'user-mfa-missing']) == 1


@pytest.mark.parametrize('words', [
    ('--output', 'json'), ('--output', 'text'),
    ('--query', 'Content', '--output', 'text'),
    ('--query', 'Content', '--output', 'json'),
    ('--query', '[Content,GeneratedTime]', '--output', 'text'),
    ('--query', '[GeneratedTime,Content]', '--output', 'text')])
def test_what_the_command_line_prints_is_read_as_it_comes(iam, words,
                                                          tmp_path):
    """The real one, with each output that a person may have set."""
    if not shutil.which('aws'):
        pytest.skip('the AWS command line is not here')
    iam.add_user('alice', password=True)
    make_report(iam)
    done = subprocess.run(
        ['aws', 'iam', 'get-credential-report', '--endpoint-url', iam.url,
         *words], env=environment(iam, HOME=str(tmp_path)),
        capture_output=True, timeout=60, check=True)
    for text in (done.stdout, b'\xef\xbb\xbf' + done.stdout,
                 done.stdout.replace(b'\n', b'\r\n')):
        result = read(text)
        assert result.user('alice')['status'] == 'FAIL', text
        told = result.source('credential report')['generated']
        assert (told is not None) == (b'20' in done.stdout and
                                      'Content' not in words), told


def test_base64_in_lines_is_read():
    plain = report(line(ROOT, mfa='true'), line('bob', mfa='true'))
    for text in (base64.encodebytes(plain), base64.b64encode(plain),
                 base64.encodebytes(plain) * 2):
        result = read(text)
        assert result.code == 0, text
        assert {r['status'] for r in result.rows
                if r['subject'] == 'bob'} == {'PASS'}


def test_json_with_more_or_less_in_it_is_read():
    content = base64.b64encode(
        report(line(ROOT, mfa='true'), line('bob', mfa='true'))).decode()
    for more in ({'ResponseMetadata': {'RetryAttempts': 0, 'x': [1, {}]}},
                 {'GeneratedTime': 'yesterday'}, {'GeneratedTime': None}, {}):
        result = read(json.dumps({'Content': content, **more}).encode())
        assert result.code == 0 and result.user('bob')['status'] == 'PASS'
        assert result.source('credential report')['generated'] is None


def test_only_a_header_is_unknown():
    result = read(','.join(HEADER).encode())
    assert result.code == 10
    assert result.row('root-mfa-missing', ROOT)['account'] is None
    assert 'no row' in result.notes()


def test_the_age_comes_from_json_or_from_the_command_line():
    assert read(PLAIN).user('bob')['time'] is None
    assert read(as_json(PLAIN)).user('bob')['time'] == MADE
    assert read(as_json(PLAIN, None)).user('bob')['time'] is None
    given = read(PLAIN, '--generated', '2026-02-03T00:00:00+00:00')
    assert given.user('bob')['time'] == '2026-02-03T00:00:00Z'
    both = read(as_json(PLAIN), '--generated', MADE)
    assert both.code == 2 and both.out == ''
    assert read(PLAIN, '--generated', 'yesterday').code == 2
    assert audit('--generated', MADE).code == 2


def test_a_report_that_is_still_to_come_is_refused_or_said():
    """Two good clocks may differ by five minutes."""
    def ahead(seconds):
        return time.strftime('%Y-%m-%dT%H:%M:%SZ',
                             time.gmtime(time.time() + seconds))

    for seconds in (400, 86400, 400 * 86400):
        typed = read(PLAIN, '--generated', ahead(seconds))
        assert typed.code == 2 and typed.out == '', typed
        assert 'still to come' in typed.err
        told = read(as_json(PLAIN, ahead(seconds)))
        assert 'still to come' in told.notes()
        assert told.source('credential report')['ageSeconds'] is None
        assert told.user('bob')['status'] == 'PASS'
    for seconds in (200, -1):
        assert read(PLAIN, '--generated', ahead(seconds)).code == 3
        told = read(as_json(PLAIN, ahead(seconds)))
        assert 'still to come' not in told.notes()
        assert told.source('credential report')['ageSeconds'] in range(60)


def test_text_says_as_of_when_or_that_the_age_is_unknown():
    result = read(as_json(PLAIN), '--verbose', text=True)
    assert re.search(rf'2 PASS\n   Source: credential report as of {MADE}'
                     rf'\n   PASS     {ACCOUNT} bob: MFA is active, by '
                     r'the credential report\n',
                     result.out), result.out
    assert f'PASS as of {MADE}' in read(as_json(PLAIN), text=True).out
    assert 'age unknown' in read(PLAIN, text=True).out


def test_text_lists_what_needs_a_look_and_counts_the_rest():
    result = read(PLAIN, text=True)
    assert result.code == 3
    assert f'\n   Seen: console password and no MFA\n' in result.out
    assert f'\n   FAIL     {ACCOUNT} alice\n' in result.out
    assert ' bob' not in result.out
    counts = next(l for l in result.out.splitlines()
                  if l.startswith('user-mfa-missing  '))
    assert counts.split() == ['user-mfa-missing', '1', '0', '2', '0']
    assert 'Not asked: root-mfa-virtual' in result.out
    assert 'IAM Identity Center' in result.out
    assert '\033' not in result.out


def test_a_file_reads_like_standard_input(tmp_path):
    for name, data in (('a.csv', PLAIN), ('a.json', as_json(PLAIN))):
        path = tmp_path / name
        path.write_bytes(data)
        result = audit('--report', str(path))
        check_plain(result)
        assert result.source('credential report')['path'] == str(path)
        with open(path, 'rb') as file:
            done = subprocess.run([PROGRAM, 'audit', '--json', '--report',
                                   '-'], stdin=file, env=environment(),
                                  capture_output=True)
        check_plain(Result(done))
    assert audit('--report', str(tmp_path / 'none')).code == 1


def test_a_large_file_reads_like_a_pipe(tmp_path):
    """Threads have their part in the one, and none in the other."""
    rows = [SAFE_ROOT] + [
        line(f'user{n}', mfa='true' if n % 7 else 'false',
             password='N/A' if n % 1000 == 3 else 'true')
        for n in range(30_000)]
    rows[17_000] = line('user16998')
    data = report(*rows)
    data = data.replace(b'\nuser20000,', b'\nus"er"20000,') + b'a,b\n'
    path = tmp_path / 'report.csv'
    path.write_bytes(data)
    assert path.stat().st_size > 3 << 20
    file = audit('--report', str(path), '--verbose', text=True)
    pipe = read(data, '--verbose', text=True)
    # lines are broken where they fit, also a name that is longer than one
    assert ''.join(file.out.split()) == ''.join(pipe.out.replace(
        'standard input', str(path)).split())
    assert file.code == pipe.code == 3
    assert 'line 20003' in file.out
    assert '1 row repeats a user of the same report' in \
        ' '.join(file.out.split())
    both = [row['status'] for row in audit('--report', str(path)).rows
            if row['subject'] == 'user16998']
    assert sorted(both) == ['FAIL', 'PASS']


def directory(tmp_path, **files):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return audit('--report', str(tmp_path))


def test_a_directory_is_read_file_by_file_in_the_order_of_names(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / '.hidden').write_bytes(b'no report')
    result = directory(
        tmp_path, b=report(line(ROOT, mfa='true', account=OTHER),
                           line('bob', account=OTHER, mfa='true')), a=PLAIN,
        c=as_json(report(line('eve', account='111111111111'))))
    users = [f['subject'] for f in result.rows
             if f['check'] == 'user-mfa-missing']
    assert users == ['alice', 'bob', 'carol', 'bob', 'eve']
    assert result.summary['complete'] is True and result.code == 3
    source, = result.summary['sources']
    assert source['path'] == str(tmp_path)
    assert (source['reports'], source['rows']) == (3, 7)
    # of the last one there is no row of root, and two are of unknown age
    assert [f['status'] for f in result.rows
            if f['check'] == 'root-mfa-missing'][-1] == 'UNKNOWN'
    assert source['generated'] is None


def test_a_file_of_a_directory_that_cannot_be_read_is_named(tmp_path):
    safe = report(SAFE_ROOT, line('bob', mfa='true'))
    result = directory(tmp_path, a=b'<html>', b=safe,
                       c=safe.replace(b'bob,', b'bob,,'))
    assert result.code == 10
    assert result.summary['complete'] is False
    note, = [n for n in result.summary['notes'] if 'not read' in n]
    assert f"'{tmp_path}/a'" in note and 'HTML' in note
    bad, = [f for f in result.rows if f['status'] == 'UNKNOWN']
    assert f"'{tmp_path}/c', " in bad['observed']
    (tmp_path / 'gone').symlink_to('/nowhere/at/all')
    again = audit('--report', str(tmp_path))
    assert any('gone' in note for note in again.summary['notes'])


def test_a_directory_without_a_report_is_an_error(tmp_path):
    assert directory(tmp_path).code not in (0, 3, 10)
    assert directory(tmp_path, a=b'<html>').code not in (0, 3, 10)


def test_checks_that_a_report_cannot_decide_are_listed_not_counted():
    safe = report(SAFE_ROOT)
    result = read(safe, '--checks', 'house')
    assert result.code == 0
    assert [n['check'] for n in result.summary['notAsked']] == \
        ['root-mfa-virtual', 'root-one-device', 'user-not-phishing-resistant',
         'user-passkey-uncertified', 'user-one-device', 'device-unknown',
         'device-gone', 'device-moved', 'token-vulnerable',
         'token-unverified', 'virtual-orphan', 'run-unfinished']
    assert [n['check'] for n in read(safe).summary['notAsked']] == \
        ['root-mfa-virtual']
    nothing = read(safe, '--checks', 'device-gone')
    assert nothing.code == 2 and 'device-gone' not in nothing.out


def test_only_the_named_checks_are_made():
    result = read(PLAIN, '--checks', 'root-mfa-missing')
    assert result.code == 0
    assert {r['check'] for r in result.rows} == {'root-mfa-missing'}
    assert read(PLAIN, '--checks', 'root-mfa-mising').code == 2


def test_a_named_registry_must_be_there_for_a_report_too(tmp_path):
    result = read(PLAIN, '--registry', str(tmp_path / 'none.db'))
    assert result.code == 1 and 'none.db' in result.err


# ---- several reports ----

def second(**more):
    return report(line(ROOT, mfa='false', account=OTHER),
                  line('carol', account=OTHER, **more))


@pytest.mark.parametrize('joint', [b'', b'\n', b'\r\n', b'\n\n'])
def test_appended_reports_are_judged_each_by_itself(joint):
    result = read(PLAIN + joint + second())
    assert result.source('credential report')['reports'] == 2
    roots = {r['account']: r['status'] for r in result.rows
             if r['check'] == 'root-mfa-missing'}
    assert roots == {ACCOUNT: 'PASS', OTHER: 'FAIL'}
    carols = [(r['account'], r['status']) for r in result.rows
              if r['subject'] == 'carol']
    assert carols == [(ACCOUNT, 'PASS'), (OTHER, 'FAIL')]
    assert '2 accounts' in result.notes()


def test_an_appended_report_may_have_other_columns():
    other = report(line(ROOT, mfa='true', account=OTHER),
                   line('carol', account=OTHER),
                   header=list(reversed(HEADER)))
    result = read(PLAIN + other)
    assert result.code == 3
    assert result.row('user-mfa-missing', 'alice')['status'] == 'FAIL'
    assert [r['status'] for r in result.rows if r['account'] == OTHER
            and r['check'] != 'root-access-key'] == ['PASS', 'FAIL']


def test_one_of_two_reports_without_root_is_unknown_for_that_one():
    result = read(PLAIN + report(line('carol', mfa='true', account=OTHER)))
    rows = {r['account']: r['status'] for r in result.rows
            if r['subject'] == ROOT}
    assert rows == {ACCOUNT: 'PASS', OTHER: 'UNKNOWN'}


def test_an_account_or_user_that_comes_twice_is_said():
    result = read(PLAIN + second() + report(SAFE_ROOT))
    assert '1 account occurs more than once' in result.notes()
    assert ACCOUNT in result.notes()
    result = read(report(SAFE_ROOT, line('alice'), line('bob'),
                         line('alice', mfa='true')))
    assert "1 row repeats a user" in result.notes()
    assert "'alice'" in result.notes()
    assert [r['status'] for r in result.rows if r['subject'] == 'alice'] == \
        ['FAIL', 'PASS']
    assert result.code == 3
    assert read(PLAIN + second()).notes().count('repeat') == 0


def test_the_guard_refuses_a_report_of_another_account():
    result = read(second(), '--account', ACCOUNT)
    assert result.code == 6 and result.out == ''
    assert ACCOUNT in result.err and OTHER in result.err
    late = read(PLAIN + second(), '--account', ACCOUNT)
    assert late.code == 6
    assert late.summary['complete'] is False and OTHER in \
        late.summary['error']
    assert not [r for r in late.rows if r['account'] == OTHER]
    assert read(PLAIN, '--account', ACCOUNT).code == 3
    assert read(PLAIN, '--account', '1234').code == 2


# ---- reports as they should not be ----

def test_quoted_commas_and_quotes_belong_to_the_field():
    result = read(report(SAFE_ROOT, line('a,lice'), line('bob', mfa='true',
                         password_last_used='x, "y"')))
    assert result.user('a,lice')['status'] == 'FAIL'
    assert result.user('bob')['status'] == 'PASS'


def test_a_row_with_shifted_columns_is_unknown_and_the_rest_is_judged():
    broken = PLAIN.replace(b'\nalice,', b'\na,lice,')
    result = read(broken)
    assert result.code == 10
    row = result.row('user-mfa-missing', 'line 3')
    assert row['status'] == 'UNKNOWN' and row['line'] == 3
    assert result.user('bob')['status'] == 'PASS'


@pytest.mark.parametrize('arn', [
    'arn:aws:iam::123456789012:user/mallory', 'alice', '', 'arn:aws:iam::12:'
    'user/alice', 'arn:aws:sts::123456789012:user/alice',
    'arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:xalice'])
def test_a_user_whose_arn_is_anothers_is_unknown(arn):
    result = read(report(SAFE_ROOT, line('alice', mfa='true', arn=arn)))
    assert result.code == 10
    assert not [r for r in result.rows if r['subject'] == 'alice']


def test_a_user_that_calls_itself_root_is_not_root():
    fake = line(ROOT, mfa='true',
                arn=f'arn:aws:iam::{ACCOUNT}:user/<root_account>')
    result = read(report(fake))
    assert result.status('root-mfa-missing', ROOT) == 'UNKNOWN'


def test_control_characters_do_not_reach_the_terminal():
    name = 'ali\033[2Jce'
    result = read(report(SAFE_ROOT, line(name)), text=True)
    assert '\033' not in result.out and 'ali?[2Jce' in result.out
    assert 'enroll USER' in result.out


@pytest.mark.parametrize('data, words', [
    (b'', 'empty'), (b'\n\n', 'empty'),
    (b'<html><body>no</body></html>', 'HTML'),
    (PLAIN.decode().encode('utf-32'), 'binary'),
    (PLAIN[:200] + b'\0' + PLAIN[200:], 'NUL'),
    (PLAIN + b'\n' + b'x' * 10_000_000, '1 MiB'),
    (PLAIN + b'\n"' + b'x\n' * 1_000_000, 'quote'),
    (b'a,b,c\n1,2,3\n', 'header'),
    (b'[]', 'JSON'), (b'{}', 'Content'), (b'{"Content": 1}', 'JSON'),
    (as_json(PLAIN)[:-40], 'JSON'),
    (as_json(PLAIN).replace(b'text/csv', b'text/html'), 'ReportFormat'),
], ids=['empty', 'blank', 'html', 'utf32', 'nul', 'long', 'quote', 'csv',
        'array', 'object', 'number', 'cut', 'member'])
def test_what_is_no_report_is_an_error_and_never_ends_well(data, words):
    result = read(data)
    assert result.code == 1, (result.code, result.out, result.err)
    assert words in result.err
    if result.out:
        assert result.summary['complete'] is False


def test_base64_that_is_cut_off_prints_no_row():
    data = json.loads(as_json(PLAIN))
    data['Content'] = data['Content'][:-6]
    result = read(json.dumps(data).encode())
    assert result.code == 1 and result.out == ''


def test_text_that_ends_early_says_so():
    result = read(PLAIN + b'\n\0', text=True)
    assert result.code == 1 and 'Not complete' in result.out


def test_a_full_disk_is_an_error():
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([PROGRAM, 'audit', '--json', '--report', '-'],
                              input=PLAIN, env=environment(), stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1


def test_a_closed_pipe_ends_the_run_before_its_input_does():
    child = audit('--report', '-', stdin=None)
    child.stdout.close()
    child.stdin.write(PLAIN + b'\n')
    with pytest.raises(BrokenPipeError):
        for _ in range(200):
            child.stdin.write(PLAIN.partition(b'\n')[2] * 500 + b'\n')
            child.stdin.flush()
            time.sleep(0.01)
    assert child.wait(timeout=10) == 1
    said = child.stderr.read().splitlines()
    assert [b'cannot write to standard output' in line
            for line in said] == [True], said
    child.stderr.close()


def test_waiting_for_standard_input_can_be_interrupted():
    child = audit('--report', '-', stdin=None)
    child.stdin.write(PLAIN + b'\n')
    child.stdin.flush()
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=10)
    assert child.returncode == 130
    assert json.loads(out)['summary']['complete'] is False if out else True


def test_memory_does_not_grow_with_the_rows():
    def feed(child, first, rows):
        for n in range(first, first + rows):
            child.stdin.write(
                f'u{n},arn:aws:iam::{ACCOUNT}:user/u{n},{MADE},false,N/A,N/A,'
                'N/A,false,false,N/A,false,N/A,false,false\n'.encode())
        child.stdin.flush()
        time.sleep(0.3)
        with open(f'/proc/{child.pid}/status') as status:
            return next(int(line.split()[1]) for line in status
                        if line.startswith('VmHWM'))
    child = audit('--report', '-', stdin=None, text=True)
    child.stdin.write(PLAIN + b'\n')
    small = feed(child, 0, 200_000)
    big = feed(child, 200_000, 200_000)
    child.communicate(timeout=60)
    assert child.returncode == 3
    assert big < small + 1024 and big < 32 * 1024


# ---- live ----

def make_report(iam):
    """As of now."""
    client = iam.botocore()
    while client.generate_credential_report()['State'] != 'COMPLETE':
        time.sleep(0.2)
    return client.get_credential_report()


def later(iam, seconds=200):
    """As far as a signature still holds."""
    iam.clock(advance=seconds)


def test_live_verdicts_rest_on_live_calls(iam):
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    iam.add_user('carol')
    result = audit(iam=iam)
    assert result.code == 3, result.err
    assert [result.user(n)['status'] for n in ('alice', 'bob', 'carol')] == \
        ['FAIL', 'PASS', 'PASS']
    assert 'iam:ListMFADevices' in result.user('alice')['source']
    assert result.user('bob')['observed'] == '1 MFA device (fido)'
    root = result.row('root-mfa-missing', ROOT)
    assert root['status'] == 'PASS'
    assert root['source'] == 'iam:GetAccountSummary'
    assert result.status('root-mfa-virtual', ROOT) == 'PASS'
    assert result.source('AWS')['alias'] == 'example'
    assert [n['check'] for n in result.summary['notAsked']] == []


def test_the_overridden_endpoint_stands_in_every_row(iam):
    iam.add_user('alice', password=True)
    result = audit(iam=iam)
    assert {r['endpoint'] for r in result.rows} == {iam.url + '/'}
    text = audit(iam=iam, text=True).out
    assert f"Not AWS's own endpoint: {iam.url}/" in text
    # once a group
    at = [' '.join(group.split()) for group in text.split('\n\n')]
    assert all((f'at {iam.url}/' in group) == bool(re.match(r'\d+\. ', group))
               for group in at[1:]), text


def test_the_guard_refuses_credentials_of_another_account(iam):
    result = audit('--account', OTHER, iam=iam)
    assert result.code == 6 and result.out == ''
    assert ACCOUNT in result.err and OTHER in result.err
    assert [c['action'] for c in iam.calls()] == ['GetCallerIdentity']
    assert audit('--account', ACCOUNT, iam=iam).code == 0


def test_mfa_that_came_after_the_report_is_no_false_alarm(iam):
    iam.add_user('alice', password=True)
    make_report(iam)
    later(iam)
    iam.add_fido_device('alice')
    result = audit(iam=iam)
    alice = result.user('alice')
    assert alice['status'] == 'PASS'
    assert 'says no MFA' in alice['observed']
    assert '1 user has got or lost MFA' in result.notes()
    assert result.source('credential report')['ageSeconds'] >= 199


def test_mfa_that_went_after_the_report_is_no_false_comfort(iam):
    iam.add_user('alice', password=True)
    serial = iam.add_fido_device('alice')
    make_report(iam)
    later(iam)
    iam.botocore().deactivate_mfa_device(UserName='alice',
                                         SerialNumber=serial)
    alice = audit(iam=iam).user('alice')
    assert alice['status'] == 'FAIL' and 'says MFA' in alice['observed']


def test_a_password_that_came_or_went_after_the_report_counts(iam):
    iam.add_user('alice')
    iam.add_user('bob', password=True)
    make_report(iam)
    later(iam)
    client = iam.botocore()
    client.create_login_profile(UserName='alice', Password='Long enough 1!')
    client.delete_login_profile(UserName='bob')
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'FAIL'
    assert result.user('bob')['status'] == 'PASS'
    assert 'GetLoginProfile' in result.user('alice')['source']


ASKED_OF_USERS = {'ListMFADevices', 'GetLoginProfile'}


def asked_of_users(iam):
    """Names of the users that something was asked about, once for each call."""
    return sorted(c['params']['UserName'] for c in iam.calls()
                  if c['action'] in ASKED_OF_USERS)


def test_a_report_of_this_very_run_leaves_one_question_for_each_fail(iam):
    iam.settings(report_seconds=1.5)
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    iam.add_user('carol', password=True)
    iam.add_user('dave')
    result = audit(iam=iam)
    assert [result.user(name)['status'] for name in
            ('alice', 'bob', 'carol', 'dave')] == \
        ['FAIL', 'PASS', 'FAIL', 'PASS']
    assert 'credential report' in result.user('bob')['source']
    assert asked_of_users(iam) == ['alice', 'carol']
    assert not iam.calls('GetLoginProfile')


def test_a_report_that_somebody_else_began_settles_nothing(iam):
    """Its making began before we asked: what it says may be older."""
    iam.settings(report_seconds=3)
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice')
    iam.botocore().generate_credential_report()
    time.sleep(1.1)
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'PASS'
    assert result.user('alice')['source'] == 'iam:ListMFADevices'
    assert [c['made'] for c in iam.calls('GenerateCredentialReport')] \
        and asked_of_users(iam) == ['alice']


def test_an_older_report_orders_the_questions_and_decides_none(iam):
    """Who had no password is asked for that; who has a virtual device is asked
    nothing; everybody else is asked for devices first."""
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    iam.add_user('carol')
    iam.add_user('dave', password=True)
    iam.add_virtual_device('daves', user='dave')
    make_report(iam)
    later(iam)
    result = audit(iam=iam)
    assert [result.user(name)['status'] for name in
            ('alice', 'bob', 'carol', 'dave')] == \
        ['FAIL', 'PASS', 'PASS', 'PASS']
    assert result.user('dave')['source'] == 'iam:ListVirtualMFADevices'
    assert sorted(c['params']['UserName'] for c in
                  iam.calls('ListMFADevices')) == ['alice', 'bob']
    assert sorted(c['params']['UserName'] for c in
                  iam.calls('GetLoginProfile')) == ['alice', 'carol']


def test_a_virtual_device_counts_by_the_users_id_alone(iam):
    """Somebody made anew under the name of the device's user is not he."""
    iam.add_user('alice', password=True)
    iam.add_virtual_device('hers', user='alice')
    make_report(iam)
    later(iam)
    iam.order('ListVirtualMFADevices', hostile='other-element',
              element='UserId', text='AIDAOTHEROTHEROTHER00', count=None)
    result = audit(iam=iam)
    assert result.user('alice')['source'] == 'iam:ListMFADevices'
    assert asked_of_users(iam) == ['alice']


def test_who_may_not_ask_is_told_what_a_fresh_report_tells(iam):
    """The first run makes the report, the next one finds it."""
    iam.settings(report_seconds=1.5)
    iam.add_user('alice', password=True)
    iam.add_user('bob')
    iam.order('GetLoginProfile', error='AccessDenied', count=None)
    first = audit(iam=iam)
    assert [first.user(n)['status'] for n in ('alice', 'bob')] == \
        ['FAIL', 'PASS']
    later(iam)
    second = audit(iam=iam)
    assert second.code == 10
    for name, said in (('alice', 'a password'), ('bob', 'no password')):
        row = second.user(name)
        assert row['status'] == 'UNKNOWN', row
        assert row['missingPermission'] == 'iam:GetLoginProfile'
        assert re.search(r'; the report of 20[-0-9TZ:]+ \(\d+ \w+ old\) '
                         f'says {said}$', row['observed']), row


# What is denied, then (check, subject, what the report says, in order)
NEWEST = [
    ('GetLoginProfile', 'admin-mfa-missing', 'alice', ['a password']),
    ('GetLoginProfile', 'user-not-phishing-resistant', 'bob',
     ['a password']),
    ('ListAccessKeys', 'admin-mfa-missing', 'carol',
     ['an active access key']),
    ('ListMFADevices', 'admin-mfa-missing', 'alice',
     ['no MFA', 'no active access key']),
    ('ListMFADevices', 'user-not-phishing-resistant', 'dave', ['MFA']),
    ('ListMFADevices', 'user-one-device', 'dave', ['MFA']),
    ('GetAccountSummary', 'root-access-key', ROOT,
     ['no active access key']),
]


@pytest.mark.parametrize('action, check, subject, said', NEWEST,
                         ids=lambda v: v if isinstance(v, str) else '')
def test_what_is_not_known_has_what_the_report_says(iam, action, check,
                                                    subject, said):
    for name, fields in (('alice', {'password': True}),
                         ('bob', {'password': True}), ('carol', {'keys': 1}),
                         ('dave', {'password': True})):
        iam.add_user(name, **fields)
    iam.add_virtual_device('bobs', user='bob')
    iam.add_fido_device('dave')
    for name in ('alice', 'carol'):
        iam.put_policy(allow('*'), user=name)
    make_report(iam)
    later(iam)
    iam.order(action, error='AccessDenied', count=None)
    row = audit('--checks', f'benchmark,{check}', iam=iam).row(check, subject)
    assert row['status'] == 'UNKNOWN', row
    assert re.findall(r'; the report of 20[-0-9TZ:]+ \(\d+ \w+ old\) says '
                      r'([^;]+)(?=;|$)', row['observed']) == said, row


def test_a_user_made_after_the_report_is_judged_and_said(iam):
    make_report(iam)
    later(iam)
    iam.add_user('alice', password=True)
    result = audit(iam=iam)
    alice = result.user('alice')
    assert alice['status'] == 'FAIL'
    assert 'not in the report: made since' in alice['observed']
    assert '1 user is not in the report' in result.notes()


def test_a_user_deleted_after_the_report_is_no_finding_and_said(iam):
    iam.add_user('alice', password=True)
    make_report(iam)
    later(iam)
    client = iam.botocore()
    client.delete_login_profile(UserName='alice')
    client.delete_user(UserName='alice')
    result = audit(iam=iam)
    assert result.code == 0
    assert result.user('alice')['status'] == 'NOT_APPLICABLE'
    assert 'no longer at AWS' in result.user('alice')['observed']
    assert '1 user was deleted' in result.notes()


def test_a_user_made_again_under_the_same_name_is_another_one(iam):
    iam.add_user('alice', password=True)
    make_report(iam)
    later(iam)
    client = iam.botocore()
    client.delete_login_profile(UserName='alice')
    client.delete_user(UserName='alice')
    client.create_user(UserName='alice')
    result = audit(iam=iam)
    alice = result.user('alice')
    assert alice['status'] == 'PASS'
    assert 'made again since the report' in alice['observed']


def test_a_new_user_that_iam_does_not_know_yet_is_unknown(iam):
    iam.add_user('alice', password=True)
    iam.order('ListMFADevices', error='NoSuchEntity', count=None)
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'UNKNOWN'
    iam.add_user('bob', password=True, created=iam.now() - 3600)
    result = audit(iam=iam)
    assert result.user('bob')['status'] == 'NOT_APPLICABLE'


def reply_with(content):
    """The answer of GetCredentialReport, as AWS gives it."""
    return ('<GetCredentialReportResponse xmlns="https://iam.amazonaws.com/doc'
            '/2010-05-08/"><GetCredentialReportResult><Content>' +
            base64.b64encode(content).decode() + '</Content><ReportFormat>'
            'text/csv</ReportFormat><GeneratedTime>2026-01-02T03:04:05Z'
            '</GeneratedTime></GetCredentialReportResult><ResponseMetadata>'
            '<RequestId>x</RequestId></ResponseMetadata>'
            '</GetCredentialReportResponse>')


@pytest.mark.parametrize('content, word', [
    (report(line(ROOT, account='999999999999', mfa='true')),
     "is of account '999999999999'"),
    (b'garbage', 'no header of a credential report'),
    (b'', 'lacks the report'), (b'<html></html>', 'HTML'),
    (report(line('bob', mfa='true')) + b'a,b\n', '1 row'),
])
def test_a_report_that_is_none_of_this_account_is_said_by_the_status(
        iam, content, word):
    """AWS itself is asked about everything, and yet something was not read."""
    iam.add_user('alice')
    iam.order('GetCredentialReport', http=200, body=reply_with(content),
              count=None)
    result = audit(iam=iam)
    assert result.status('user-mfa-missing', 'alice') == 'PASS'
    assert result.code == 10 and not result.summary['complete']
    source = result.source('credential report')
    assert word in (source['problem'] or '') + result.notes(), result.summary


@pytest.mark.parametrize('body, word', [
    ('<html><body>sign in</body></html>', 'is HTML'), ('', 'is nothing')],
    ids=['HTML', 'nothing'])
def test_who_answers_for_aws_in_place_of_a_report_is_said_by_the_status(
        iam, body, word):
    """A report that there is none of, AWS itself says so."""
    iam.add_user('alice')
    iam.order('GetCredentialReport', http=200, body=body, count=None)
    result = audit(iam=iam)
    assert result.status('user-mfa-missing', 'alice') == 'PASS'
    assert result.code == 10 and not result.summary['complete']
    assert word in result.source('credential report')['problem']


def test_a_report_whose_time_cannot_be_read_is_of_unknown_age(iam):
    iam.add_user('alice', password=True)
    content = report(line(ROOT, mfa='true'), line('alice', mfa='true'))
    iam.order('GetCredentialReport', http=200, count=None, body=reply_with(
        content).replace('2026-01-02T03:04:05Z', 'yesterday'))
    result = audit(iam=iam)
    source = result.source('credential report')
    assert (source['problem'], source['rows'], source['generated']) == (
        None, 2, None)
    # what it says decides nothing
    assert result.user('alice')['status'] == 'FAIL'
    assert result.summary['complete']


# What rests on an action: the rows that become UNKNOWN without it.
RESTS = {
    'GetAccountSummary': {('root-mfa-missing', ROOT),
                          ('root-mfa-virtual', ROOT),
                          ('root-access-key', ROOT)},
    'ListVirtualMFADevices': {('root-mfa-virtual', ROOT)},
    'ListUsers': {('user-mfa-missing', '(users not listed)')},
    'ListMFADevices': {('user-mfa-missing', 'alice'),
                       ('user-mfa-missing', 'bob')},
    'GetLoginProfile': {('user-mfa-missing', 'alice'),
                        ('user-mfa-missing', 'carol')},
    'GenerateCredentialReport': set(),
    'GetCredentialReport': set(),
    'ListAccountAliases': set(),
}


@pytest.mark.parametrize('action', RESTS)
def test_a_denied_action_makes_unknown_what_rests_on_it(iam, action):
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    iam.add_user('carol')
    make_report(iam)
    later(iam)
    iam.order(action, error='AccessDenied', count=None)
    result = audit(iam=iam)
    unknown = {(r['check'], r['subject']): r for r in result.rows
               if r['status'] == 'UNKNOWN'}
    assert set(unknown) == RESTS[action]
    for row in unknown.values():
        assert row['missingPermission'] == f'iam:{action}'
        assert action in row['observed'] and action in row['remedy']
    fails = {(r['check'], r['subject']) for r in result.rows
             if r['status'] == 'FAIL'}
    assert fails == {('user-mfa-missing', 'alice')} - set(unknown)
    assert result.code == (3 if fails else 10)


def test_a_denied_report_is_said_and_the_live_answers_count(iam):
    iam.add_user('alice', password=True)
    iam.order(['GenerateCredentialReport', 'GetCredentialReport'],
              error='AccessDenied', count=None)
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'FAIL'
    assert 'GetCredentialReport' in \
        result.source('credential report')['problem'] or \
        'GenerateCredentialReport' in \
        result.source('credential report')['problem']
    assert 'made since' not in result.notes()


def test_users_that_are_only_in_the_report_are_asked_live(iam):
    iam.add_user('alice', password=True)
    make_report(iam)
    later(iam)
    iam.order('ListUsers', error='AccessDenied', count=None)
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'FAIL'
    assert result.code == 3


def test_credentials_that_expire_half_way_leave_unknown(iam):
    for n in range(40):
        iam.add_user(f'alice{n:02}', password=True)
    iam.order('ListMFADevices', error='ExpiredToken', count=None, skip=2)
    result = audit(iam=iam)
    statuses = [result.user(f'alice{n:02}')['status'] for n in range(40)]
    # the two whose devices were told may have been asked for the password
    assert set(statuses) <= {'FAIL', 'UNKNOWN'}
    assert statuses.count('UNKNOWN') >= 38
    # what was under way when it was said, sixteen at most, is not sent again
    assert len(iam.calls('ListMFADevices')) <= 18
    assert 'not asked any more' in result.notes()


def test_a_service_that_is_away_is_not_asked_for_every_user(iam):
    iam.add_users(30, password=True)
    iam.order(['ListMFADevices', 'GetLoginProfile'], drop='before',
              count=None)
    result = audit(iam=iam)
    assert result.code == 10
    assert {r['status'] for r in result.rows
            if r['check'] == 'user-mfa-missing'} == {'UNKNOWN'}
    assert len(iam.calls()) < 30


def test_no_answer_at_all_is_exit_9():
    env = environment(AWS_ACCESS_KEY_ID='AKIAEXAMPLEEXAMPLE00',
                      AWS_SECRET_ACCESS_KEY='secret', AWS_REGION='us-east-1',
                      AWS_ENDPOINT_URL='http://127.0.0.1:9',
                      AWS_EC2_METADATA_DISABLED='true')
    result = audit(env=env)
    assert result.code == 9 and result.out == ''


HALF_WAY = {
    'drop': dict(drop='before'), 'html': dict(http=200, body='html'),
    'laughs': dict(hostile='billion-laughs'),
    'external': dict(hostile='external-entity'),
    'truncated': dict(hostile='truncated'), 'nul': dict(hostile='nul'),
    'root': dict(hostile='wrong-root'), 'deep': dict(hostile='deep'),
    'missing': dict(hostile='missing-element', element='SerialNumber'),
    'twice': dict(hostile='duplicate-element', element='SerialNumber'),
    'cut': dict(cut=100), 'utf8': dict(hostile='invalid-utf8'),
    'empty': dict(hostile='empty'),
}


@pytest.mark.parametrize('fault', HALF_WAY)
def test_a_device_list_that_breaks_off_is_unknown(iam, fault):
    iam.settings(page_limit=1)
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice', 'one')
    iam.add_fido_device('alice', 'two')
    iam.add_user('bob', password=True)
    iam.order('ListMFADevices', skip=1, count=None, **HALF_WAY[fault])
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'UNKNOWN', fault
    iam.clear_orders()
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'PASS'
    assert result.user('bob')['status'] == 'FAIL'


def test_a_users_list_that_breaks_off_is_said_and_what_came_is_judged(iam):
    iam.settings(page_limit=1)
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.order(['GenerateCredentialReport', 'GetCredentialReport'],
              error='AccessDenied', count=None)
    iam.order('ListUsers', skip=1, count=None, drop='before')
    result = audit(iam=iam)
    assert result.user('alice')['status'] == 'FAIL'
    assert result.user('(users not listed)')['status'] == 'UNKNOWN'


def test_250_users_come_in_pages(iam):
    iam.settings(page_limit=100)
    iam.add_users(250, password=True, fido=True)
    iam.add_user('zoe', password=True)
    result = audit(iam=iam)
    assert result.code == 3
    counts = result.summary['counts']['user-mfa-missing']
    assert (counts['PASS'], counts['FAIL']) == (250, 1)
    assert len(iam.calls('ListUsers')) == 3
    assert 1 < result.source('AWS')['connections'] <= 16
    names = [r['subject'] for r in result.rows
             if r['check'] == 'user-mfa-missing']
    assert names == sorted(names) and len(names) == 251


def test_ctrl_c_ends_a_live_run_with_130(iam):
    iam.add_users(200, password=True)
    iam.order('ListMFADevices', delay=0.5, count=None)
    child = audit(iam=iam, stdin=None)
    while not iam.calls('ListMFADevices'):
        time.sleep(0.1)
    time.sleep(0.7)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=10)
    assert child.returncode == 130
    assert json.loads(out)['summary']['complete'] is False


def test_progress_is_shown_on_a_terminal_only(iam):
    iam.add_users(40, password=True)
    iam.order('ListMFADevices', delay=0.4, count=None)
    ours, theirs = pty.openpty()
    child = subprocess.Popen([PROGRAM, 'audit', '--json'],
                             env=environment(iam), stdout=subprocess.PIPE,
                             stderr=theirs)
    os.close(theirs)
    child.communicate(timeout=30)
    assert b'of 40 users' in os.read(ours, 4096)
    os.close(ours)
    iam.clear_orders()
    assert audit(iam=iam).err == ''


# ---- root ----

def test_root_without_mfa_fails_and_without_credentials_passes():
    with local_iam() as iam:
        result = audit(iam=iam)
        assert result.status('root-mfa-missing', ROOT) == 'FAIL'
        assert result.status('root-mfa-virtual', ROOT) == 'NOT_APPLICABLE'
        iam.set_account(root={'password': False})
        result = audit(iam=iam)
        row = result.row('root-mfa-missing', ROOT)
        assert row['status'] == 'PASS' and 'IAM-014' in row['literal']
        assert result.code == 0
        iam.credentials('root')     # an access key and no password
        row = audit(iam=iam).row('root-mfa-missing', ROOT)
        assert row['status'] == 'FAIL' and 'no root password' in \
            row['literal']


def test_what_the_summary_does_not_say_is_not_taken_for_zero():
    with local_iam() as iam:
        iam.order('GetAccountSummary', hostile='missing-element',
                  element='entry', count=None)
        result = audit(iam=iam)
        assert result.status('root-mfa-missing', ROOT) == 'UNKNOWN'


@pytest.mark.parametrize('name', ['root-account-mfa-device', 'phone',
                                  'u2f', 'hardware-key'])
def test_a_virtual_device_of_root_fails_whatever_its_name(name):
    with local_iam() as iam:
        serial = iam.add_root_device('virtual', name)
        result = audit(iam=iam)
        row = result.row('root-mfa-virtual', ROOT)
        assert row['status'] == 'FAIL' and row['device'] == serial
        assert (row['literal'] is None) == (
            name == 'root-account-mfa-device')
        iam.add_root_device('fido')
        assert audit(iam=iam).status('root-mfa-virtual', ROOT) == 'FAIL'


def test_a_key_of_root_is_not_virtual_and_not_called_hardware(iam):
    row = audit(iam=iam).row('root-mfa-virtual', ROOT)
    assert row['status'] == 'PASS' and 'not virtual' in row['observed']
    assert 'hardware' not in row['observed']


@pytest.mark.parametrize('user', ['root1', '2root', 'chroot'])
def test_a_users_virtual_device_is_not_roots(iam, user):
    iam.add_user(user, password=True, path='/root/')
    iam.add_virtual_device('root-account-mfa-device', user)
    row = audit(iam=iam).row('root-mfa-virtual', ROOT)
    assert row['status'] == 'PASS'
    assert f"'{user}'" in row['literal']


def test_a_root_without_mfa_fails_by_the_letter_of_the_benchmark():
    """Ours is one row, of root-mfa-missing; theirs are two."""
    with local_iam() as iam:
        result = audit(iam=iam)
        assert result.status('root-mfa-missing', ROOT) == 'FAIL'
        row = result.row('root-mfa-virtual', ROOT)
        assert row['status'] == 'NOT_APPLICABLE'
        assert row['literal'] == 'CIS 7.0 2.6 literal: FAIL, no MFA is enabled'


@pytest.mark.parametrize('fresh, words', [
    (True, 'MFA is active, by the credential report'),
    (False, 'a virtual MFA device, by the list of all of them')])
def test_who_said_that_a_user_has_mfa_is_in_the_row(iam, fresh, words):
    iam.add_user('alice', password=True)
    if fresh:
        iam.settings(report_seconds=1.5)
    else:
        make_report(iam)
    iam.add_virtual_device('alice', 'alice')
    row = audit(iam=iam).user('alice')
    assert row['status'] == 'PASS'
    assert re.match(re.escape(words) + '(;|$)', row['observed']), row


def test_an_unassigned_device_with_roots_name_is_not_roots(iam):
    iam.add_virtual_device('root-account-mfa-device')
    assert audit(iam=iam).status('root-mfa-virtual', ROOT) == 'PASS'


def test_roots_device_on_a_late_page_is_found():
    with local_iam() as iam:
        iam.settings(page_limit=2)
        for n in range(5):
            iam.add_user(f'alice{n}')
            iam.add_virtual_device(f'alice{n}', f'alice{n}')
        iam.add_root_device('virtual', 'zzz')
        assert audit(iam=iam).status('root-mfa-virtual', ROOT) == 'FAIL'


@pytest.mark.parametrize('partition, words', [
    ('aws-us-gov', 'access keys only'), ('aws-cn', 'has no root user')])
def test_a_root_without_sign_in_is_not_judged(partition, words):
    with local_iam(partition=partition) as iam:
        iam.add_user('alice', password=True)
        result = audit(iam=iam)
        assert result.status('root-mfa-missing', ROOT) == 'NOT_APPLICABLE'
        assert result.status('root-mfa-virtual', ROOT) == 'NOT_APPLICABLE'
        for check in ('root-mfa-missing', 'root-mfa-virtual'):
            assert words in result.row(check, ROOT)['observed']
        assert result.user('alice')['status'] == 'FAIL'
        # whose keys are counted all the same
        assert len(iam.calls('GetAccountSummary')) == \
            (partition == 'aws-us-gov')
        assert result.status('root-access-key', ROOT) == (
            'PASS' if partition == 'aws-us-gov' else 'NOT_APPLICABLE')


# ---- the registry ----

class Registry:
    """Events are appended as docs and headers describe them: the hash chain
    over the bytes, names apart."""

    def __init__(self, path):
        self.path = str(path)
        done = subprocess.run([PROGRAM, 'registry', 'init', '--registry',
                               self.path], env=environment(),
                              capture_output=True)
        assert done.returncode == 0, done.stderr
        self.db = sqlite3.connect(self.path, isolation_level=None)
        # lists may not have yet what was bound a moment ago
        self.age = 3600

    def name(self, kind, value, name_id=None):
        name_id = name_id or secrets.token_hex(16)
        self.db.execute('INSERT INTO names (kind, id, made, value) '
                        'VALUES (?, ?, ?, ?)',
                        (kind, name_id, int(time.time()), value))
        return name_id

    def event(self, kind, body):
        stream, seq, previous = self.db.execute(
            'SELECT stream, seq, hash FROM events ORDER BY seq DESC '
            'LIMIT 1').fetchone()
        journal = secrets.token_hex(16)
        now = datetime.datetime.now(datetime.timezone.utc) - \
            datetime.timedelta(seconds=self.age)
        blob = json.dumps({
            'v': 1, 'stream': stream, 'seq': seq + 1, 'journal': journal,
            'step': 1, 'time': now.strftime('%Y-%m-%dT%H:%M:%SZ'),
            'type': kind, 'actor': {'uid': 0}, 'body': body}).encode()
        self.db.execute(
            'INSERT INTO events (stream, seq, journal, step, hash, event) '
            'VALUES (?, ?, ?, 1, ?, ?)',
            (stream, seq + 1, journal,
             hashlib.sha256(previous + blob).digest(), blob))

    def bind(self, user, serial, account=ACCOUNT, user_id='AIDAEXAMPLE'):
        binding = secrets.token_hex(16)
        device = self.name('aws-device', serial)
        if user and not self.db.execute(
                'SELECT 1 FROM names WHERE kind = ? AND id = ?',
                ('aws-user', f'{account}/{user_id}')).fetchone():
            self.name('aws-user', user, f'{account}/{user_id}')
        self.event('binding.added', {
            'binding': binding, 'kind': 'aws', 'user': user_id,
            'account': account, 'device': device, 'method': 'fido'})
        return binding, device

    def unbind(self, binding):
        self.event('binding.removed', {'binding': binding})


@pytest.fixture
def registry(tmp_path):
    tmp_path.chmod(0o700)
    return Registry(tmp_path / 'registry.db')


def devices(result, check):
    return {r['device']: r['status'] for r in result.rows
            if r['check'] == check}


def test_a_registry_makes_house_the_default(iam, registry):
    result = audit('--registry', registry.path, iam=iam)
    assert sorted(result.summary['counts']) == sorted(
        BENCHMARK + ['user-not-phishing-resistant',
                     'user-passkey-uncertified', 'user-one-device',
                     'device-unknown', 'device-gone', 'device-moved',
                     'token-vulnerable', 'token-unverified',
                     'virtual-orphan', 'run-unfinished'])
    assert [n['check'] for n in result.summary['notAsked']] == \
        ['root-one-device']
    assert sorted(audit(iam=iam).summary['counts']) == sorted(BENCHMARK)
    house = audit('--checks', 'house', iam=iam)
    assert [n['check'] for n in house.summary['notAsked']] == \
        ['root-one-device', 'device-unknown', 'device-gone', 'device-moved',
         'token-vulnerable', 'token-unverified', 'virtual-orphan',
         'run-unfinished']
    assert house.code == 0


def test_the_remedy_for_an_only_device_gives_another_one_first(iam, registry):
    """Taking it away alone would be refused."""
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_virtual_device('alone', 'alice')
    for name in ('one', 'two'):
        iam.add_virtual_device(name, 'bob')
    result = audit('--registry', registry.path, iam=iam)
    remedies = {r['device'].split('/')[-1]: r for r in result.rows
                if r['check'] == 'device-unknown'}
    assert 'it is the only one of the user' in remedies['alone']['observed']
    for word in ('`tokenbridge enroll alice --method totp --account '
                 f'{ACCOUNT}`, then', '--last --reason'):
        assert word in remedies['alone']['remedy']
    for name in ('one', 'two'):
        assert 'only one' not in remedies[name]['observed']
        assert 'enroll' not in remedies[name]['remedy']
        assert ('`tokenbridge registry adopt --from-aws --account '
                f'{ACCOUNT}` records it') in remedies[name]['remedy']


def test_devices_are_read_against_bindings_in_both_directions(iam, registry):
    iam.add_user('alice', password=True)
    known = iam.add_fido_device('alice', 'known')
    strange = iam.add_fido_device('alice', 'strange')
    gone = f'arn:aws:iam::{ACCOUNT}:u2f/user/alice/gone'
    ended = f'arn:aws:iam::{ACCOUNT}:u2f/user/alice/ended'
    registry.bind('alice', known)
    registry.bind('alice', gone)
    registry.unbind(registry.bind('alice', ended)[0])
    left = iam.add_fido_device('alice', 'left')
    registry.unbind(registry.bind('alice', left)[0])
    result = audit('--registry', registry.path, iam=iam)
    assert result.code == 3, result.err
    assert devices(result, 'device-unknown') == {
        known: 'PASS', strange: 'FAIL', left: 'FAIL'}
    assert devices(result, 'device-gone') == {known: 'PASS', gone: 'FAIL'}
    row = next(r for r in result.rows if r['device'] == strange
               and r['check'] == 'device-unknown')
    assert row['severity'] == 'medium' and row['subject'] == 'alice'
    assert f'revoke alice {strange}' in row['remedy']
    assert result.source('registry')['bindingCount'] == 2


def test_bindings_of_other_accounts_are_not_judged_and_said(iam, registry):
    iam.add_user('alice', password=True)
    serial = iam.add_fido_device('alice')
    registry.bind('alice', serial, account=OTHER)
    result = audit('--registry', registry.path, iam=iam)
    assert devices(result, 'device-unknown') == {serial: 'FAIL'}
    assert devices(result, 'device-gone') == {}
    assert '1 binding of other accounts is not' in result.notes()


@pytest.mark.parametrize('action', ['ListMFADevices', 'ListUsers'])
def test_an_incomplete_list_makes_no_device_gone(iam, registry, action):
    iam.add_user('alice', password=True)
    serial = iam.add_fido_device('alice')
    gone = f'arn:aws:iam::{ACCOUNT}:u2f/user/alice/gone'
    registry.bind('alice', gone)
    iam.order([action, 'GetCredentialReport'], error='AccessDenied',
              count=None)
    result = audit('--registry', registry.path, iam=iam)
    assert devices(result, 'device-gone') == {gone: 'UNKNOWN'}
    unknown = [r for r in result.rows if r['check'] == 'device-unknown']
    assert unknown and {r['status'] for r in unknown} == {'UNKNOWN'}
    assert serial not in devices(result, 'device-unknown')
    assert {r['missingPermission'] for r in unknown} == {f'iam:{action}'}


def test_devices_before_the_break_are_judged_the_rest_is_unknown(iam,
                                                                 registry):
    iam.settings(page_limit=1)
    iam.add_user('alice', password=True)
    serials = sorted([iam.add_fido_device('alice', 'one'),
                      iam.add_fido_device('alice', 'two')])
    iam.order('ListMFADevices', skip=1, count=None, drop='before')
    result = audit('--registry', registry.path, iam=iam)
    assert devices(result, 'device-unknown') == {serials[0]: 'FAIL',
                                                 None: 'UNKNOWN'}


def test_roots_key_is_gone_only_where_that_can_be_known(iam, registry):
    serial = next(iter(iam.devices('root')))
    registry.bind(None, serial, user_id=ACCOUNT)
    result = audit('--registry', registry.path, iam=iam)
    assert devices(result, 'device-gone') == {}
    assert 'listed for root only' in result.notes()
    assert result.code == 0
    result = audit('--registry', registry.path,
                   env=environment(**iam.env('root')))
    assert result.json, result.err
    assert devices(result, 'device-gone') == {serial: 'PASS'}
    assert devices(result, 'device-unknown') == {serial: 'PASS'}


def test_a_binding_whose_device_was_erased_is_unknown(iam, registry):
    _, device = registry.bind('alice', 'GAHT12345678')
    registry.db.execute('DELETE FROM names WHERE id = ?', (device,))
    result = audit('--registry', registry.path, iam=iam)
    assert devices(result, 'device-gone') == {None: 'UNKNOWN'}


@pytest.mark.parametrize('spoil', ['corrupt', 'empty', 'permission'])
def test_a_registry_that_cannot_be_read_is_unknown(iam, registry, spoil):
    registry.db.close()
    if spoil == 'permission':
        os.chmod(registry.path, 0o666)
    else:
        with open(registry.path, 'r+b') as file:
            if spoil == 'empty':
                file.truncate(0)
            else:
                file.write(b'this is no database' * 50)
    result = audit('--registry', registry.path, iam=iam)
    assert result.code == 10, (result.out, result.err)
    for check in ('device-unknown', 'device-gone'):
        rows = [r for r in result.rows if r['check'] == check]
        assert [r['status'] for r in rows] == ['UNKNOWN']
    assert result.source('registry')['problem']


def test_a_named_registry_that_is_not_there_is_an_error(iam, tmp_path):
    result = audit('--registry', str(tmp_path / 'none.db'), iam=iam)
    assert result.code == 1 and 'none.db' in result.err
    assert not iam.calls()


# ---- against the aws command ----

def test_what_the_aws_command_prints_can_be_piped_in(iam):
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob')
    made = make_report(iam)
    try:
        done = subprocess.run(['aws', 'iam', 'get-credential-report',
                               '--output', 'json', '--endpoint-url',
                               iam.url], capture_output=True,
                              env={**os.environ, **iam.env()})
    except FileNotFoundError:
        pytest.skip('no aws command')
    assert done.returncode == 0, done.stderr
    result = read(done.stdout)
    assert result.code == 3
    assert result.user('alice')['status'] == 'FAIL'
    assert result.user('bob')['status'] == 'PASS'
    assert result.user('bob')['time'] == \
        made['GeneratedTime'].strftime('%Y-%m-%dT%H:%M:%SZ')
    assert {r['subject'] for r in result.rows} == {ROOT, 'alice', 'bob'}
