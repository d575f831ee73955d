# SPDX-License-Identifier: Apache-2.0
"""Reports as people's hands, spreadsheets and shells leave them, and accounts in
states that nobody planned: no row is a PASS or a FAIL that it is not, and every
output has the same rows."""

import base64
import datetime
import gzip
import json
import re

import pytest

from test_audit import (ACCOUNT, MADE, OTHER, ROOT, as_json, audit,
                        environment, iam, line, local_iam, make_report, read,
                        report)
from test_audit_outputs import EVERY, FORMATS, READERS, rows_of_json, run

__all__ = ['iam']

P, F, U, NA = 'PASS', 'FAIL', 'UNKNOWN', 'NOT_APPLICABLE'
USER, MFA, KEY = 'user-mfa-missing', 'root-mfa-missing', 'root-access-key'
SAFE = line(ROOT, mfa='true')
PEOPLE = (SAFE, line('alice'), line('bob', mfa='true'),
          line('carol', password='false'))
PLAIN = report(*PEOPLE)
OF_PEOPLE = [(MFA, ACCOUNT, ROOT, P), (KEY, ACCOUNT, ROOT, P),
             (USER, ACCOUNT, 'alice', F), (USER, ACCOUNT, 'bob', P),
             (USER, ACCOUNT, 'carol', P)]


def as_people_read(rows):
    """JUnit has subject and device in one name, "line 4" too."""
    return sorted((*row[:3], ' '.join(row[3:]).strip()) for row in rows)


def of_all_outputs(tmp_path, *words, **more):
    """The rows of JSON, which are those of every other output, too."""
    words = ['--status', EVERY, *words, '--output', 'text=-',
             *(f'--output={n}={tmp_path}/out.{n}' for n in FORMATS[1:])]
    done = run(*words, **more)
    assert done.returncode in (0, 3, 10), (done.returncode, done.stderr)
    files = {n: (tmp_path / f'out.{n}').read_bytes() for n in FORMATS[1:]}
    found = {n: as_people_read(READERS[n](data))
             for n, data in files.items()}
    for name, rows in found.items():
        assert rows == found['json'], name
    rows = rows_of_json(files['json'])
    # a device that finds no room goes into the lines that follow
    text = re.findall(rb'^   (?:FAIL|UNKNOWN|MUTED|PASS|N/A) +(\S+ '
                      rb'(?:line \d+|[^ \n]*[^ \n:]))', done.stdout, re.M)
    assert sorted(r.decode() for r in text) == sorted(
        f'{account or "-"} {subject}' for _, _, account, subject, _ in rows)
    statuses = {r[0] for r in rows}
    assert done.returncode == (3 if F in statuses else
                               10 if U in statuses else 0), statuses
    return rows


def in_all_outputs(tmp_path, data, *words):
    return sorted((check, account, subject, status)
                  for status, check, account, subject, _ in of_all_outputs(
                      tmp_path, '--report', '-', *words, data=data))


def edited(what, old, new, count=-1):
    made = what.replace(old, new, count)
    assert made != what
    return made


def with_columns(names, values):
    """Columns more, behind the others."""
    header, *rows = PLAIN.decode().split('\n')
    return '\n'.join([f'{header}{names}', *(f'{r}{values}' for r in rows)]
                     ).encode()


PATHS = ('/a,b/', '/a"b/', '/<i>&amp;/', "/'--/", '/=cmd|x/', '/%41/')

READ_ALL = {
    'every field quoted, as LibreOffice does': '\r\n'.join(
        ','.join(f'"{field}"' for field in row.split(','))
        for row in PLAIN.decode().split('\n')).encode(),
    'empty columns behind, as a spreadsheet adds': with_columns(',,', ',,'),
    'columns that AWS may add': with_columns(',mfa_type,sso', ',fido,x'),
    'line ends of two kinds': edited(PLAIN, b'\n', b'\r\n', 2),
    'a byte order mark before JSON': b'\xef\xbb\xbf' + as_json(PLAIN),
    'JSON on one line': json.dumps(json.loads(as_json(PLAIN))).encode(),
    'a report in JSON with CRLF': as_json(PLAIN.replace(b'\n', b'\r\n')),
    'JSON with a time of Tokyo': as_json(PLAIN, '2026-01-02T12:04:05+09:00'),
    'JSON with an empty line behind': as_json(PLAIN) + b'\n\n',
    'JSON with the text itself, as of boto3': json.dumps(
        {'Content': PLAIN.decode(), 'GeneratedTime': f'{MADE}'}).encode(),
    'JSON with the text, quoted, its quotes as code points': json.dumps(
        {'Content': '\ufeff' + PLAIN.decode().replace('\nalice,', '\n"alice",')}
        ).replace('\\"', '\\u0022').encode(),
    'JSON with base64 in lines': json.dumps(
        {'Content': base64.encodebytes(PLAIN).decode()}, indent=1).encode(),
    'JSON with small letters': json.dumps(
        {'content': base64.b64encode(PLAIN).decode(),
         'generatedTime': f'{MADE}', 'reportFormat': 'text/csv'}).encode(),
    'JSON in an array': b'[' + as_json(PLAIN) + b']\n',
    'YAML': b'Content: ' + base64.b64encode(PLAIN) +
        f"\nGeneratedTime: '{MADE}'\nReportFormat: text/csv\n".encode(),
    'base64 in lines of 76 with CRLF': base64.encodebytes(PLAIN).replace(
        b'\n', b'\r\n'),
    'a header in capitals': edited(PLAIN, PLAIN.split(b'\n')[0],
                                   PLAIN.split(b'\n')[0].upper()),
    'semicolons, of a German spreadsheet': PLAIN.replace(b',', b';'),
    'tabs': PLAIN.replace(b',', b'\t'),
    'UTF-16 without a mark': PLAIN.decode().encode('utf-16-le'),
    'UTF-16 the other way round': b'\xfe\xff' + PLAIN.decode().encode(
        'utf-16-be'),
    'JSON in UTF-16, as a shell of Windows writes it':
        as_json(PLAIN).decode().encode('utf-16'),
    'base64 in UTF-16': base64.b64encode(PLAIN).decode().encode('utf-16'),
    'what Export-Csv of PowerShell 5 writes above':
        b'#TYPE System.Management.Automation.PSCustomObject\r\n' +
        PLAIN.replace(b'\n', b'\r\n'),
}


@pytest.mark.parametrize('data', READ_ALL.values(), ids=READ_ALL)
def test_what_is_the_same_report_has_the_same_rows(tmp_path, data):
    assert in_all_outputs(tmp_path, data) == sorted(OF_PEOPLE)


def spoilt(old, new):
    """bob's row alone."""
    row = next(r for r in PLAIN.split(b'\n') if r.startswith(b'bob,'))
    return edited(PLAIN, row, edited(row, old, new))


OTHERS = [r for r in OF_PEOPLE if r[2] != 'bob']
# bob's "true" is none
NOT_TRUE = ["'true", '="true"', 'true ', '\u00a0true', 'ｔｒｕｅ', 'tru\u200be',
            'yes', '1', 'TRUE;', 'truetrue', 'not_supported', 'N/A',
            'no_information']


@pytest.mark.parametrize('word', NOT_TRUE)
def test_a_word_that_is_not_true_is_no_mfa_and_no_failure(tmp_path, word):
    if '"' in word:
        word = '"' + word.replace('"', '""') + '"'
    data = report(*PEOPLE[:2], PEOPLE[3]) + \
        b'\n' + report(line('bob', mfa='MFA')).split(b'\n')[1].replace(
            b'MFA', word.encode(), 1)
    found = in_all_outputs(tmp_path, data)
    # or the row cannot be read
    assert found in [sorted(OTHERS + [(USER, ACCOUNT, name, U)])
                     for name in ('bob', 'line 5')]


BAD_ROWS = {
    'one field more': spoilt(b',true,', b',true,true,'),
    'one field less': spoilt(b',true,false,', b',true,'),
    'an unquoted comma in the name': spoilt(b'bob,', b'bo,b,'),
    'a line break in the name': spoilt(b'bob,', b'"bo\nb",'),
    'a quote that is not closed there': spoilt(b'bob,', b'"bob"x,'),
    "another's ARN": spoilt(b':user/bob', b':user/dave'),
    'a group': spoilt(b':user/bob', b':group/bob'),
    'root, by its ARN': spoilt(b':user/bob', b':root'),
    'an ARN of STS': spoilt(b':iam:', b':sts:'),
    'a name of 129 letters': spoilt(b'bob', b'b' * 129),
    'no name': spoilt(b'bob,', b','),
    'bytes that are no UTF-8': spoilt(b'bob,', b'bo\xff,'),
}


@pytest.mark.parametrize('data', BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_read_is_unknown_and_the_others_are_judged(
        tmp_path, data):
    found = in_all_outputs(tmp_path, data)
    unread = [r for r in found if r not in OTHERS]
    assert sorted(set(found) & set(OTHERS)) == sorted(OTHERS)
    assert unread and {r[3] for r in unread} == {U}, unread


NO_REPORT = {
    'UTF-32': PLAIN.decode().encode('utf-32'),
    'gzip': gzip.compress(PLAIN),
    'base64 of gzip': base64.b64encode(gzip.compress(PLAIN)),
    'base64 of base64': base64.b64encode(base64.b64encode(PLAIN)),
    'a data URL': b'data:text/csv;base64,' + base64.b64encode(PLAIN),
    'a code fence': b'```\n' + PLAIN + b'\n```\n',
    'MFA twice in the header': with_columns(',mfa_active', ',true'),
    'users twice in the header': with_columns(',user', ',bob'),
    'no column of MFA': edited(PLAIN, b'mfa_active', b'mfa'),
    'two Contents': edited(as_json(PLAIN), b'{', b'{"Content": "", ', 1),
    'line ends of an old Macintosh': PLAIN.replace(b'\n', b'\r'),
    'rows alone': PLAIN.split(b'\n', 1)[1],
}


@pytest.mark.parametrize('data', NO_REPORT.values(), ids=NO_REPORT)
def test_what_cannot_be_taken_for_a_report_says_why(data):
    result = read(data)
    assert result.code in (1, 2) and result.err, result
    for row in result.rows or [] if result.json else []:
        assert row['status'] == U, row


def test_a_report_that_breaks_off_anywhere_has_no_other_verdict():
    """Downloads that were cut: at each byte of the last row."""
    begin = PLAIN.rindex(b'\n') + 1
    of_carol = {P, U}
    for end in range(begin, len(PLAIN)):
        result = read(PLAIN[:end])
        assert result.code == 3, (end, result.err)
        assert result.user('alice')['status'] == F
        assert result.user('bob')['status'] == P
        left = {r['status'] for r in result.rows
                if r['subject'] not in (ROOT, 'alice', 'bob')}
        assert left <= of_carol and (len(left) == 1) == (end > begin), end


def test_names_and_paths_of_all_letters_are_the_same_everywhere(tmp_path):
    rows = [line(f'u{n}+=,.@_-', path=path, mfa='true')
            for n, path in enumerate(PATHS)]
    found = in_all_outputs(tmp_path, report(SAFE, *rows))
    assert found == sorted(OF_PEOPLE[:2] + [
        (USER, ACCOUNT, f'u{n}+=,.@_-', P) for n in range(len(PATHS))])


def test_who_stands_there_twice_is_judged_twice(tmp_path):
    """A user deleted and made again, a root that contradicts itself."""
    data = report(SAFE, line('alice', mfa='true'), line('alice'),
                  line(ROOT, mfa='false'))
    assert in_all_outputs(tmp_path, data) == sorted([
        (MFA, ACCOUNT, ROOT, P), (KEY, ACCOUNT, ROOT, P),
        (MFA, ACCOUNT, ROOT, F), (KEY, ACCOUNT, ROOT, P),
        (USER, ACCOUNT, 'alice', P), (USER, ACCOUNT, 'alice', F)])
    assert 'repeat a user of the same report' in read(data).notes()


def test_accounts_that_alternate_keep_their_own_root(tmp_path):
    data = report(SAFE, line('alice'), line('bob', account=OTHER),
                  line(ROOT, mfa='true', account=OTHER),
                  line('carol', mfa='true'))
    found = in_all_outputs(tmp_path, data)
    assert (USER, OTHER, 'bob', F) in found
    assert (MFA, OTHER, ROOT, P) in found
    assert (USER, ACCOUNT, 'carol', P) in found
    # the part of an account that has no row of root is not PASS for it
    assert (MFA, ACCOUNT, ROOT, U) in found


@pytest.mark.parametrize('partition, mfa, password, key, wanted', [
    ('aws-cn', 'false', 'false', 'false', P),
    ('aws-cn', 'true', 'true', 'false', P),
    ('aws-cn', 'false', 'not_supported', 'false', NA),
    ('aws-cn', 'false', 'not_supported', 'true', NA),
    ('aws-us-gov', 'false', 'false', 'true', NA),
    ('aws-us-gov', 'true', 'not_supported', 'N/A', NA),
    ('aws-eusc', 'false', 'not_supported', 'false', F),
    ('aws', 'false', 'not_supported', 'false', F),
    ('aws', 'not_supported', 'true', 'false', U),
    ('aws', 'N/A', 'false', 'false', P),
    ('aws', 'no_information', 'no_information', 'no_information', U),
])
def test_root_of_every_partition_by_what_its_row_says(
        tmp_path, partition, mfa, password, key, wanted):
    root = line(ROOT, mfa=mfa, password=password, key=key,
                partition=partition)
    found = in_all_outputs(tmp_path, report(
        root, line('alice', partition=partition)))
    assert (MFA, ACCOUNT, ROOT, wanted) in found
    assert (USER, ACCOUNT, 'alice', F) in found
    assert (KEY, ACCOUNT, ROOT, {'true': F, 'false': P}.get(key, U)) in found


def test_a_folder_of_all_kinds_is_read_file_by_file(tmp_path):
    folder = tmp_path / 'reports'
    folder.mkdir()
    (folder / 'a.csv').write_bytes(PLAIN)
    (folder / 'b.json').write_bytes(as_json(report(
        line(ROOT, mfa='true', account=OTHER), line('dave', account=OTHER))))
    (folder / 'c.txt').write_bytes(base64.b64encode(report(
        line(ROOT, account='123456789014'))))
    (folder / 'd.csv').write_bytes(PLAIN.decode().encode('utf-16'))
    (folder / 'README').write_text('where these come from\n')
    result = audit('--report', str(folder))
    assert result.code == 3 and result.summary['complete'] is False
    assert {r['account'] for r in result.rows} == {
        ACCOUNT, OTHER, '123456789014'}
    assert result.status(USER, 'dave') == F
    for name in ('d.csv', 'README'):
        assert name in result.notes()


# ---- accounts ----

def live(tmp_path, server, *words, **env):
    rows = of_all_outputs(tmp_path, *words, env=environment(server, **env))
    return {(r[1], r[3]): r[0] for r in rows}


def later(server, seconds=100):
    server.clock(advance=seconds)


def test_two_users_who_swapped_their_names(tmp_path, iam):
    """By a report of before: alice had MFA and bob none."""
    iam.add_user('alice', password=True)
    later(iam)
    iam.add_user('bob', password=True)
    iam.add_fido_device('alice')
    make_report(iam)
    later(iam)
    client = iam.botocore()
    for old, new in (('alice', 'x'), ('bob', 'alice'), ('x', 'bob')):
        client.update_user(UserName=old, NewUserName=new)
    found = live(tmp_path, iam)
    assert (found[USER, 'alice'], found[USER, 'bob']) == (F, P)


def test_who_was_made_again_has_what_the_new_one_has(tmp_path, iam):
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice')
    make_report(iam)
    later(iam)
    client = iam.botocore()
    serial = client.list_mfa_devices(UserName='alice')['MFADevices'][0][
        'SerialNumber']
    client.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    client.delete_login_profile(UserName='alice')
    client.delete_user(UserName='alice')
    iam.add_user('alice', password=True)
    assert live(tmp_path, iam)[USER, 'alice'] == F
    iam.add_fido_device('alice')
    assert live(tmp_path, iam)[USER, 'alice'] == P


def test_devices_of_all_kinds_at_one_user(tmp_path, iam):
    """Eight, and a passkey that nobody certified among them."""
    iam.add_user('alice', password=True)
    for n in range(3):
        iam.add_virtual_device(f'phone{n}', 'alice')
        iam.add_fido_device('alice', f'key{n}')
    iam.add_fido_device('alice', 'passkey')
    iam.add_hardware_token('GAHT12345678', 'JBSWY3DPEHPK3PXP' * 4, 'alice')
    found = live(tmp_path, iam, '--checks',
                                'benchmark,user-one-device,'
                                'user-not-phishing-resistant,'
                                'user-passkey-uncertified')
    assert found[USER, 'alice'] == P
    assert found['user-one-device', 'alice'] == P
    assert found['user-not-phishing-resistant', 'alice'] == F


def test_a_user_called_like_roots_device(tmp_path, iam):
    iam.add_user('root-account-mfa-device', password=True)
    iam.add_virtual_device('root-account-mfa-device',
                           'root-account-mfa-device')
    iam.add_user('root', password=True)
    found = live(tmp_path, iam)
    assert found['root-mfa-virtual', ROOT] == P
    assert found[USER, 'root-account-mfa-device'] == P
    assert found[USER, 'root'] == F


def test_a_root_with_a_virtual_device_beside_a_key(tmp_path, iam):
    iam.add_root_device('virtual', 'renamed-by-somebody')
    found = live(tmp_path, iam)
    assert found['root-mfa-missing', ROOT] == P
    assert found['root-mfa-virtual', ROOT] == F


@pytest.mark.parametrize('partition, mfa, virtual', [
    ('aws', P, P), ('aws-cn', NA, NA), ('aws-us-gov', NA, NA)])
def test_partitions_with_and_without_root(tmp_path, partition, mfa, virtual):
    with local_iam(partition=partition) as server:
        if mfa == P:
            server.add_root_device('fido')
        server.add_user('alice', password=True)
        server.add_user('bob', password=True)
        server.add_virtual_device('bob', 'bob')
        found = live(tmp_path, server, AWS_REGION=server.region)
        assert found[MFA, ROOT] == mfa
        assert found['root-mfa-virtual', ROOT] == virtual
        assert (found[USER, 'alice'], found[USER, 'bob']) == (F, P)


def test_a_password_alone_a_key_alone_and_neither(tmp_path, iam):
    iam.add_user('alice', password=True)
    iam.add_user('bob', keys=2)
    iam.add_user('carol')
    found = live(tmp_path, iam)
    assert [found[USER, n] for n in ('alice', 'bob', 'carol')] == [F, P, P]


def test_a_device_that_went_while_the_report_was_made(tmp_path, iam):
    """The report is of this run and says MFA; the list is empty by now."""
    iam.settings(report_seconds=1)
    iam.add_user('alice', password=True)
    iam.add_virtual_device('phone', 'alice')
    make_report(iam)
    client = iam.botocore()
    serial = client.list_mfa_devices(UserName='alice')['MFADevices'][0][
        'SerialNumber']
    client.deactivate_mfa_device(UserName='alice', SerialNumber=serial)
    found = live(tmp_path, iam)
    assert found[USER, 'alice'] == F


def test_an_account_without_anybody(tmp_path, iam):
    found = live(tmp_path, iam)
    assert {s for _, s in found} == {ROOT} and F not in found.values()


@pytest.mark.parametrize('zone', ['Pacific/Kiritimati', 'Etc/GMT+12', 'UTC'])
def test_a_mute_ends_with_its_day_in_utc_whatever_the_zone(tmp_path, zone):
    mutes = tmp_path / 'mutes'

    def muted(day):
        mutes.write_text(f'check = {USER}\naccount = {ACCOUNT}\nsubject = '
                         f'alice\nreason = leaves\nexpires = {day}\n')
        result = read(PLAIN, '--mute', str(mutes),
                      env=environment(TZ=zone))
        return result.user('alice')['status']
    today = datetime.datetime.now(datetime.timezone.utc).date()
    one = datetime.timedelta(days=1)
    assert muted(today + one) == muted(today) == 'MUTED'
    assert muted(today - one) == F


# ---- lists that cannot be as they are ----

HOUSE = ['--checks', 'house']


def spoil(server, action, element, how='missing-element'):
    server.clear_orders()
    server.order(action, count=None, hostile=how, element=element)


def test_what_stands_on_two_pages_is_there_once(iam):
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice')
    spoil(iam, 'ListMFADevices', 'member', 'duplicate-element')
    assert audit(*HOUSE, iam=iam).status('user-one-device', 'alice') == F
    spoil(iam, 'ListUsers', 'member', 'duplicate-element')
    result = audit(*HOUSE, iam=iam)
    assert result.user('alice')['status'] == P
    assert result.status('user-one-device', 'alice') == F


def test_a_reply_without_its_list_is_no_empty_list(iam):
    iam.add_user('alice', password=True)
    iam.add_fido_device('alice')
    iam.add_root_device('virtual')
    spoil(iam, 'ListMFADevices', 'MFADevices')
    result = audit(iam=iam)
    assert result.user('alice')['status'] == U and result.code == 3
    assert "lacks MFADevices" in result.user('alice')['observed']
    spoil(iam, 'ListVirtualMFADevices', 'VirtualMFADevices')
    assert audit(iam=iam).status('root-mfa-virtual', ROOT) == U
    # nor is one that somebody has and nobody is named for certainly not root's
    spoil(iam, 'ListVirtualMFADevices', 'User')
    assert audit(iam=iam).status('root-mfa-virtual', ROOT) == U


def test_lists_that_contradict_each_other_decide_nothing(iam):
    iam.add_user('alice', password=True)
    iam.add_user('bob')
    for name in ('alice', 'bob'):
        iam.add_virtual_device(name, name)
    spoil(iam, 'ListMFADevices', 'member')
    result = audit(*HOUSE, iam=iam)
    assert {result.status(check, 'alice') for check in (
        USER, 'user-one-device', 'user-not-phishing-resistant')} == {U}
    assert "own list is empty" in result.user('alice')['observed']
    assert result.user('bob')['status'] == P  # has no password
    # root's own list, too
    result = audit(*HOUSE, env=environment(**iam.env('root')))
    assert result.status(MFA, ROOT) == U
