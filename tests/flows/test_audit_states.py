# SPDX-License-Identifier: Apache-2.0
"""Every state that a row of a credential report can be in, against a second
reading of the rules that shares no code with the first: no verdict is a PASS or a
FAIL that it is not."""

import collections
import itertools
import random

import pytest

from test_audit import MADE, ROOT, line, read, report

# Of a column: what AWS, spreadsheets and hands write there
WORDS = ['true', 'false', 'TRUE', 'False', 'N/A', 'no_information',
         'not_supported', '', ' true', 'yes', '1', 'tru', 'é']
# Of a key: its columns "active" and "last rotated"
KEYS = {'none': ('false', 'N/A'), 'active': ('true', MADE),
        'inactive': ('false', MADE), 'not told': ('N/A', 'N/A'),
        'odd': ('false', 'no_information')}
PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b', 'aws-eusc',
              'aws-elsewhere']


def said(word):
    """None: neither yes nor no."""
    return {'true': True, 'false': False}.get(word.lower())


def any_of(*answers):
    if True in answers:
        return True
    return None if None in answers else False


def wanted_of_user(row):
    mfa, password = said(row['mfa_active']), said(row['password_enabled'])
    if mfa or password is False:
        return 'PASS'
    return 'FAIL' if mfa is False and password else 'UNKNOWN'


def wanted_of_root(row):
    mfa = said(row['mfa_active'])
    credentials = any_of(*(said(row[name]) for name in (
        'password_enabled', 'access_key_1_active', 'access_key_2_active',
        'cert_1_active', 'cert_2_active')))
    if ':aws-us-gov:' in row['arn'] or (
            ':aws-cn:' in row['arn']
            and row['password_enabled'] == 'not_supported'):
        return 'NOT_APPLICABLE'
    if mfa or credentials is False:
        return 'PASS'
    return 'UNKNOWN' if mfa is None else 'FAIL'


def wanted_of_key(row):
    def there(n):
        active = said(row[f'access_key_{n}_active'])
        rotated = row[f'access_key_{n}_last_rotated']
        if active or rotated == MADE:
            return True
        return False if active is False and rotated == 'N/A' else None
    return {True: 'FAIL', False: 'PASS', None: 'UNKNOWN'}[
        any_of(there(1), there(2))]


def counted(rows):
    wanted = collections.Counter()
    for row in rows:
        who = row['arn'].split(':')[4], row['user']
        if row['user'] == ROOT:
            wanted['root-mfa-missing', *who, wanted_of_root(row)] += 1
            wanted['root-access-key', *who, wanted_of_key(row)] += 1
        else:
            wanted['user-mfa-missing', *who, wanted_of_user(row)] += 1
    return wanted


def told(result):
    assert result.code in (0, 3, 10), result.err
    return collections.Counter(
        (r['check'], r['account'], r['subject'], r['status'])
        for r in result.rows)


def check(rows, text, *words):
    found = told(read(text, '--checks', 'benchmark', *words))
    assert found == counted(rows), (
        (counted(rows) - found).most_common(5),
        (found - counted(rows)).most_common(5))


def test_every_state_of_a_user_has_the_verdict_of_the_rules():
    rows = [line(ROOT, mfa='true')]
    for n, (password, mfa) in enumerate(itertools.product(WORDS, WORDS)):
        rows.append(line(f'user{n}', password=password, mfa=mfa,
                         path=('/', '/a/b/')[n % 2]))
    assert len(rows) == 170
    statuses = {status for *_, status in counted(rows)}
    assert statuses == {'PASS', 'FAIL', 'UNKNOWN'}
    check(rows, report(*rows))
    # root need not come first
    check(rows, report(*rows[1:], rows[0]))


@pytest.mark.parametrize('partition', PARTITIONS)
def test_every_state_of_root_has_the_verdict_of_the_rules(partition):
    """One account each; the reports stand one behind the other, each with its
    header."""
    words = ['true', 'false', 'N/A', 'not_supported']
    rows = []
    for n, (password, mfa, one, two, cert) in enumerate(itertools.product(
            words, ['true', 'false', 'no_information'], KEYS, KEYS,
            ['true', 'false', 'N/A'])):
        rows.append(line(
            ROOT, password=password, mfa=mfa, cert=cert,
            account=f'{n + 1:012}', partition=partition,
            access_key_1_active=KEYS[one][0],
            access_key_1_last_rotated=KEYS[one][1],
            access_key_2_active=KEYS[two][0],
            access_key_2_last_rotated=KEYS[two][1]))
    assert len(rows) == 900
    check(rows, b''.join(report(row, last='\n') for row in rows))


@pytest.mark.parametrize('seed', range(8))
def test_reports_as_they_come_have_the_verdicts_of_the_rules(seed):
    """Several accounts, users twice, line ends of two kinds, a byte order mark,
    root anywhere, a report glued to the one before."""
    dice = random.Random(seed)
    rows, parts = [], []
    for n in range(40):
        more = {'account': f'{dice.randrange(10 ** 12):012}',
                'partition': dice.choice(PARTITIONS)}
        of = [line(dice.choice(['alice', 'bob', 'a+b=c,d.e@f_g-h', 'root',
                                'root-account-mfa-device', 'user', 'true']),
                   password=dice.choice(WORDS), mfa=dice.choice(WORDS),
                   key=dice.choice(WORDS), **more)
              for _ in range(dice.randrange(6))]
        of.insert(dice.randrange(len(of) + 1),
                  line(ROOT, password=dice.choice(WORDS),
                       mfa=dice.choice(WORDS), cert=dice.choice(WORDS),
                       **more))
        end = dice.choice(['\n', '\r\n'])
        rows += of
        parts.append(dice.choice([b'', b'\xef\xbb\xbf']) + report(
            *of, end=end, last=dice.choice(['', end, end + end])))
    check(rows, b''.join(parts))


@pytest.mark.parametrize('spoil', [
    lambda r: r.update(arn=r['arn'].replace('alice', 'bob')),
    lambda r: r.update(arn=r['arn'].replace(':iam:', ':sts:')),
    lambda r: r.update(arn=r['arn'].replace(':aws:', ':aws-cn:')),
    lambda r: r.update(arn='arn:aws:iam::123456789012:root'),
    lambda r: r.update(arn=''),
    lambda r: r.update(user=''),
    lambda r: r.update(user='al"ice'),
    lambda r: r.update(user='x' * 200),
    lambda r: r.update(user=ROOT),
])
def test_a_row_that_contradicts_itself_is_never_a_pass(spoil):
    row = line('alice', mfa='true')
    spoil(row)
    result = read(report(line(ROOT, mfa='true'), row, line('carol')),
                  '--checks', 'benchmark')
    found = {r['status'] for r in result.rows if r['subject'] == 'line 3'}
    assert found == {'UNKNOWN'}, result.rows
    assert result.status('user-mfa-missing', 'carol') == 'FAIL'
    assert [r['status'] for r in result.rows if r['subject'] == ROOT] == \
        ['PASS', 'PASS']
