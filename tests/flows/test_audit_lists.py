# SPDX-License-Identifier: Apache-2.0
"""audit against mute lists, ours and Prowler's, and against an earlier result:
what may be silenced, for how long, and what may be called resolved."""
import itertools
import json
import random
import re
import time

import pytest

from test_audit import (ACCOUNT, PLAIN, ROOT, SAFE_ROOT, audit, iam, line,
                        local_iam, read, report)

__all__ = ['iam']


def write(path, text):
    path.write_text(text)
    return str(path)


def mute(check, subject, **more):
    fields = {'account': ACCOUNT, 'subject': subject, 'reason': 'known',
              **more}
    return f'check = {check}\n' + ''.join(f'{n} = {v}\n'
                                          for n, v in fields.items()) + '\n'


# ---- our own list ----

def test_a_muted_failure_is_counted_and_does_not_end_in_three(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice',
                                          owner='bob', expires='9999-12-31'))
    assert read(PLAIN).code == 3
    result = read(PLAIN, '--mute', name)
    assert result.code == 0
    row = result.user('alice')
    assert (row['status'], row['mutes']) == ('MUTED', 'FAIL')
    assert row['mute'] == {'reason': 'known', 'owner': 'bob',
                           'expires': '9999-12-31', 'source': name + ', line 1'}
    assert result.user('bob')['mute'] is None
    assert result.summary['counts']['user-mfa-missing']['MUTED'] == 1
    assert result.summary['counts']['user-mfa-missing']['FAIL'] == 0
    assert result.summary['muteList'] == {
        'path': name, 'muteCount': 1, 'unusedCount': 0, 'leftOutCount': 0,
        'mutedCount': 1}
    assert result.status('mute-expired', name + ', line 1') == 'PASS'


def test_every_output_says_that_a_list_was_used(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice'))
    out = read(PLAIN, '--mute', name, text=True).out
    assert f'Mute list {name}: 1 mute, 1 finding muted' in \
        ' '.join(out.split())
    assert 'alice' not in out
    assert 'MUTED' in read(PLAIN, '--mute', name, '--verbose', text=True).out
    assert read(PLAIN).summary['muteList'] is None


def test_another_failure_still_counts(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice'))
    data = report(SAFE_ROOT, line('alice'), line('dave'))
    result = read(data, '--mute', name)
    assert result.code == 3
    assert result.user('dave')['status'] == 'FAIL'


def test_a_mute_past_its_day_mutes_nothing_and_fails_itself(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice',
                                          expires='2026-01-01'))
    data = report(SAFE_ROOT, line('alice'))
    result = read(data, '--mute', name)
    assert result.code == 3 and result.user('alice')['status'] == 'FAIL'
    row = result.row('mute-expired', name + ', line 1')
    assert row['status'] == 'FAIL' and '2026-01-01' in row['observed']
    # nothing to match: nothing to renew
    result = read(report(SAFE_ROOT, line('alice', mfa='true')), '--mute', name)
    assert result.code == 0
    assert result.status('mute-expired',
                         name + ', line 1') == 'NOT_APPLICABLE'


def test_a_mute_that_matches_nothing_is_a_note(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice') +
                 mute('user-mfa-missing', 'nobody') +
                 mute('device-gone', 'nobody'))
    result = read(PLAIN, '--mute', name)
    assert f'1 mute matches no finding: first {name}, line 6' in \
        result.notes()
    assert result.summary['muteList']['unusedCount'] == 2


def test_unknown_is_muted_only_for_whom_it_names(tmp_path):
    data = report(SAFE_ROOT, line('alice', mfa='N/A'))
    assert read(data).code == 10
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', '*'))
    result = read(data, '--mute', name)
    assert result.code == 0 and result.user('alice')['mutes'] == 'UNKNOWN'
    # a row that could not be read may be anybody's
    spoilt = PLAIN + b'carol,not-an-arn,x,true,false\n'
    result = read(spoilt, '--mute', name)
    assert result.code == 10


@pytest.mark.parametrize('text', [
    mute('root-mfa-missing', ROOT),
    mute('root-mfa-missing', ROOT, owner='alice'),
    mute('root-mfa-missing', ROOT, expires='9999-12-31'),
    mute('no-such-check', 'alice'),
    mute('user-mfa-missing', 'alice', colour='red'),
    'Mutelist:\n  Accounts:\n    123456789012: {Checks: {}}\n',
])
def test_a_list_that_is_not_whole_ends_the_run_before_it_begins(tmp_path, text):
    name = write(tmp_path / 'mutes', text)
    result = read(PLAIN, '--mute', name)
    assert result.code == 2 and result.out == ''
    assert name in result.err and 'line' in result.err


def test_a_list_comes_from_the_command_line_alone(tmp_path):
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice'))
    config = write(tmp_path / 'conf', f'mute = {name}\n')
    result = read(PLAIN, '--config', config)
    assert result.code == 2 or result.user('alice')['status'] == 'FAIL'
    env = {'TOKENBRIDGE_MUTE': name, 'PATH': '/usr/bin', 'HOME': '/nowhere'}
    assert read(PLAIN, env=env).user('alice')['status'] == 'FAIL'


def test_root_is_muted_live_with_all_three(tmp_path):
    name = write(tmp_path / 'mutes', mute(
        'root-mfa-missing', ROOT, owner='alice', expires='9999-12-31'))
    with local_iam() as server:
        assert audit(iam=server).status('root-mfa-missing', ROOT) == 'FAIL'
        result = audit('--mute', name, iam=server)
    assert result.row('root-mfa-missing', ROOT)['mutes'] == 'FAIL'


def test_mute_expired_alone_is_no_audit(tmp_path):
    name = write(tmp_path / 'mutes', '')
    for more in ([], ['--mute', name]):
        result = read(PLAIN, '--checks', 'mute-expired', *more)
        assert result.code == 2 and '--mute' in result.err


# ---- Prowler's ----

NAMES = ['admin', 'administrator', 'svc-a', 'svc-b', 'x.y', 'xay', 'a+b',
         'aab', 'team=a', 'Bob', 'bob', 'bob2', 'a,b', 'ops@example.com',
         'under_score']


def prowler(checks, account="'*'"):
    text = f'Mutelist:\n  Accounts:\n    {account}:\n      Checks:\n'
    for name, fields in checks.items():
        text += f"        '{name}':\n"
        for key, value in fields.items():
            text += f'          {key}: {json.dumps(value)}\n'
    return text


def is_matched(patterns, value):
    """As its documentation and its code have it."""
    return any(re.search('.*' + p[1:] if p.startswith('*') else p, value)
               for p in patterns)


def muted_by(path, text, names=NAMES):
    path.write_text(text)
    result = read(report(SAFE_ROOT, *map(line, names)), '--mute', str(path))
    if result.code == 2:
        return None
    return {n for n in names if result.user(n)['status'] == 'MUTED'}


def test_patterns_mean_what_python_takes_them_for(tmp_path):
    parts = ['a', 'b', 'admin', 'svc', '.', '*', '+', '?', '^', '$', '|',
             '(', ')', '[ab]', '[^a]', '[a-c]', '{2}', '{1,3}', '-', '_',
             '\\.', '\\+', '=', '@', ',', '\\d', '\\w', '(?i)']
    some = random.Random(7)
    taken = 0
    for _ in range(150):
        pattern = ''.join(some.choices(parts, k=some.randint(1, 5)))
        found = muted_by(tmp_path / 'mutes', prowler(
            {'iam_user_mfa_enabled_console_access':
             {'Regions': ['*'], 'Resources': [pattern]}}))
        if found is None:
            continue
        taken += 1
        assert found == {n for n in NAMES if is_matched([pattern], n)}, \
            pattern
    assert taken > 40


def test_only_what_certainly_asks_the_same_is_muted(tmp_path):
    entry = {'Regions': ['*'], 'Resources': ['*'],
             'Description': 'soon owner=bob expires=9999-12-31'}
    path = tmp_path / 'mutes'
    for check, users in itertools.product(
            ['*', 'iam_*', 'iam_user', 'console_access$'], [['alice']]):
        assert muted_by(path, prowler({check: entry}), users) == set(users)
    for check in ['iam_user_hardware_mfa_enabled', 's3_*', 'iam_root_*',
                  'iam_administrator_access_with_mfa']:
        assert muted_by(path, prowler({check: entry}), ['alice']) == set()


def test_regions_tags_and_exceptions_never_mute_more(tmp_path):
    path = tmp_path / 'mutes'
    check = 'iam_user_mfa_enabled_console_access'
    for more, want in [
            ({}, {'alice', 'bob'}),
            ({'Regions': ['eu-west-1']}, set()),
            ({'Tags': ['team=a']}, set()),
            ({'Exceptions': {'Resources': ['bob']}}, {'alice'}),
            ({'Exceptions': {'Resources': ['bob'], 'Accounts': ['^9+']}},
             {'alice', 'bob'}),
            ({'Exceptions': {'Regions': ['eu-west-1']}}, set()),
            ({'Exceptions': {'Accounts': [ACCOUNT]}}, set())]:
        text = prowler({check: {'Regions': ['*'], 'Resources': ['*'], **more}})
        assert muted_by(path, text, ['alice', 'bob']) == want, more
    text = prowler({check: {'Regions': ['*'], 'Resources': ['*']}},
                   "'999999999999'")
    assert muted_by(path, text, ['alice']) == set()


def test_what_is_left_out_is_said(tmp_path):
    name = write(tmp_path / 'mutes', prowler(
        {'iam_root_mfa_enabled': {'Regions': ['*'], 'Resources': ['*']}}))
    result = read(report(line(ROOT), line('alice', mfa='true')), '--mute',
                  name)
    assert result.status('root-mfa-missing', ROOT) == 'FAIL'
    assert 'mute nothing here: first line 5: root is muted only' in \
        result.notes()


# ---- an earlier result ----

def keep(result, path):
    path.write_text(result.out)
    return str(path)


def subjects(rows):
    return [(r['check'], r['subject']) for r in rows]


def test_a_result_beside_itself_is_all_unchanged(tmp_path):
    last = keep(read(PLAIN), tmp_path / 'last.json')
    result = read(PLAIN, '--since', last)
    assert result.code == 3
    assert result.user('alice')['change'] == 'unchanged'
    assert result.user('bob')['change'] is None
    since = result.summary['since']
    assert (since['newCount'], since['unchangedCount']) == (0, 1)
    assert since['resolved'] == [] and since['notAsked'] == []
    assert since['path'] == last and since['complete'] is True
    assert since['made']


def test_new_and_resolved_are_told_apart(tmp_path):
    last = keep(read(PLAIN), tmp_path / 'last.json')
    data = report(SAFE_ROOT, line('alice', mfa='true'), line('dave'))
    result = read(data, '--since', last)
    assert result.user('dave')['change'] == 'new'
    assert subjects(result.summary['since']['resolved']) == \
        [('user-mfa-missing', 'alice')]
    out = read(data, '--since', last, text=True).out
    assert '1 new, 0 unchanged, 1 resolved, 0 not asked this time' in out
    assert 'resolved: user-mfa-missing 123456789012 alice' in out


def test_who_is_not_in_a_report_was_not_asked_about(tmp_path):
    last = keep(read(PLAIN), tmp_path / 'last.json')
    result = read(report(SAFE_ROOT, line('dave', mfa='true')), '--since',
                  last)
    assert result.summary['since']['resolved'] == []
    assert subjects(result.summary['since']['notAsked']) == \
        [('user-mfa-missing', 'alice')]
    # nor where the answer is none
    result = read(report(SAFE_ROOT, line('alice', mfa='N/A')), '--since',
                  last)
    assert result.user('alice')['change'] == 'new'
    assert subjects(result.summary['since']['notAsked']) == \
        [('user-mfa-missing', 'alice')]
    # nor by another check alone
    result = read(PLAIN, '--checks', 'root-mfa-missing', '--since', last)
    assert subjects(result.summary['since']['notAsked']) == \
        [('user-mfa-missing', 'alice')]


def test_live_a_deleted_user_is_resolved_by_the_whole_list(iam, tmp_path):
    for name in ('alice', 'bob'):
        iam.add_user(name, password=True)
    last = keep(audit(iam=iam), tmp_path / 'last.json')
    client = iam.botocore()
    client.delete_login_profile(UserName='alice')
    client.delete_user(UserName='alice')
    result = audit('--since', last, iam=iam)
    assert result.user('bob')['change'] == 'unchanged'
    assert subjects(result.summary['since']['resolved']) == \
        [('user-mfa-missing', 'alice')]


@pytest.mark.parametrize('spoil', [
    lambda s: s[:-3], lambda s: s.replace('"version": 1', '"version": 2'),
    lambda s: s.replace('"status": "FAIL"', '"status": "MUTED"').replace(
        '"status":"FAIL"', '"status":"MUTED"'),
    lambda s: '[' + s + ']', lambda s: s + 'x', lambda s: '',
    lambda s: '[' * 100000,
])
def test_what_the_audit_did_not_print_is_refused(tmp_path, spoil):
    text = spoil(read(PLAIN).out)
    last = write(tmp_path / 'last.json', text)
    result = read(PLAIN, '--since', last)
    assert result.code != 3 and result.out == ''
    assert last in result.err and 'audit --json' in result.err


def test_five_thousand_findings_are_compared_at_once(tmp_path):
    data = report(SAFE_ROOT, *(line(f'u{i}') for i in range(5000)))
    last = keep(read(data), tmp_path / 'last.json')
    start = time.monotonic()
    result = read(data, '--since', last)
    assert time.monotonic() - start < 20
    assert result.summary['since']['unchangedCount'] == 5000


def test_a_mute_and_an_earlier_result_go_together(tmp_path):
    last = keep(read(PLAIN), tmp_path / 'last.json')
    name = write(tmp_path / 'mutes', mute('user-mfa-missing', 'alice'))
    result = read(PLAIN, '--since', last, '--mute', name)
    assert result.user('alice')['status'] == 'MUTED'
    assert result.user('alice')['change'] == 'unchanged'
    again = keep(result, tmp_path / 'again.json')
    assert read(PLAIN, '--since', again).user('alice')['change'] == \
        'unchanged'
