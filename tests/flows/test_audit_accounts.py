# SPDX-License-Identifier: Apache-2.0
"""audit of many accounts: by a file, by an organization, kept and gone on
with, broken off, refused, throttled.

The programs are found by TOKENBRIDGE_ROOT, as in conftest.py.
"""

import json
import os
import pathlib
import select
import signal
import stat
import subprocess
import time

import pytest

import ptys
from iam.client_policy import allow, deny
from test_audit import (ACCOUNT, PROGRAM, ROOT, audit, environment, line,
                        local_iam, read, report)

MEMBERS = [f'2109876543{n:02}' for n in range(12)]
ROLE = ('--role', 'audit/reader')


@pytest.fixture
def cloud():
    """The caller's account, and members with a role that it may assume."""
    with local_iam() as server:
        server.add_root_device('fido')
        for number in MEMBERS:
            add_member(server, number)
        yield server


def add_member(server, number, users=1, **role):
    server.add_account(number, alias=f'team-{number[-2:]}', admin=False)
    server.add_root_device('fido', account=number)
    server.add_role('reader', path='/audit/', account=number,
                    **{'trusts': [ACCOUNT], **role})
    for n in range(users):
        server.add_user(f'alice-{n}', password=True, account=number)


def org(server, *arguments, **more):
    return audit('--accounts', 'org', *ROLE, *arguments, iam=server, **more)


def listed(tmp_path, *lines):
    path = tmp_path / 'accounts'
    path.write_text(''.join(f'{text}\n' for text in lines))
    return str(path)


def accounts(result):
    return {a['account']: a for a in result.summary['accounts']}


def states(result):
    return {number: a['state'] for number, a in accounts(result).items()}


def order_of(result):
    """The accounts of the rows, each once, as they come."""
    seen = [row['account'] for row in result.rows]
    return [number for n, number in enumerate(seen)
            if n == 0 or seen[n - 1] != number]


def calls_of(server, account, action=None):
    return [c for c in server.calls(action)
            if f':{account}:' in (c['caller'] or '')]


# ---- an organization ----

def test_an_organization_is_read_account_by_account(cloud):
    result = org(cloud)
    assert result.code == 3, (result.out, result.err)
    everyone = sorted([ACCOUNT, *MEMBERS])
    assert list(accounts(result)) == everyone == order_of(result)
    assert set(states(result).values()) == {'read'}
    for number in MEMBERS:
        told = accounts(result)[number]
        assert told['users'] == 1 and told['reportRows'] == 2
        assert told['name'] == f'team-{number[-2:]}'
        assert told['asOf'] and told['kept'] is False
        assert told['caller'] == (f'arn:aws:sts::{number}:assumed-role/reader/'
                                  + told['caller'].split('/')[-1])
        assert told['counts']['FAIL'] == 1
    assert result.summary['complete'] is True
    assert sum(r['status'] == 'FAIL' for r in result.rows) == len(MEMBERS)
    # the caller's own by the caller's own keys
    assert ':assumed-role/admin/' in accounts(result)[ACCOUNT]['caller']


def test_what_is_not_open_is_not_applicable(cloud):
    closed = {'SUSPENDED': MEMBERS[0], 'PENDING_CLOSURE': MEMBERS[1],
              'CLOSED': MEMBERS[2], 'PENDING_ACTIVATION': MEMBERS[3]}
    for word, number in closed.items():
        cloud.set_organization(number, status=word)
    cloud.set_organization(MEMBERS[4], status='SOMETHING_NEW')
    result = org(cloud)
    for word, number in closed.items():
        assert accounts(result)[number]['state'] == 'not-applicable'
        assert word in accounts(result)[number]['why']
        assert calls_of(cloud, number) == []
    assert states(result)[MEMBERS[4]] == 'read'
    assert result.summary['complete'] is True


def test_pages_go_on_past_empty_ones(cloud):
    cloud.settings(page_limit=2, empty_pages=2)
    result = org(cloud)
    assert len(accounts(result)) == len(MEMBERS) + 1
    asked = [c for c in cloud.calls('ListAccounts')]
    assert len(asked) > 7


def test_no_role_is_guessed(cloud):
    result = audit('--accounts', 'org', iam=cloud)
    assert result.code == 2 and result.out == ''
    assert 'say with --role' in result.err and MEMBERS[0] in result.err
    assert cloud.calls('AssumeRole') == []


def test_an_age_without_a_folder_is_refused(cloud):
    result = org(cloud, '--max-age', '1')
    assert result.code == 2 and '--max-age is of what' in result.err
    assert cloud.calls() == []


def test_nobody_becomes_root_and_every_role_is_assumed_once(cloud):
    org(cloud)
    assert cloud.calls('AssumeRoot') == []
    assert len(cloud.calls('AssumeRole')) == len(MEMBERS)


def test_the_guard_is_for_who_begins(cloud):
    result = org(cloud, '--account', MEMBERS[0])
    assert result.code == 6 or result.code != 0
    assert '(--account)' in result.err and result.out == ''
    assert org(cloud, '--account', ACCOUNT).code == 3


def test_a_plain_member_may_not_list(cloud):
    cloud.add_role('mine', account=MEMBERS[0])
    env = {**environment(cloud), **cloud.env()}
    key = cloud.role_credentials('mine', account=MEMBERS[0])
    env.update(AWS_ACCESS_KEY_ID=key['AccessKeyId'],
               AWS_SECRET_ACCESS_KEY=key['SecretAccessKey'],
               AWS_SESSION_TOKEN=key['SessionToken'])
    result = org(cloud, env=env)
    assert result.out == '' and 'ListAccounts' in result.err
    assert result.code not in (0, 3, 10)


# ---- a file ----

def test_a_file_says_who_and_how(cloud, tmp_path):
    cloud.add_role('other', account=MEMBERS[1], external_id='Zk3',
                   trusts=[ACCOUNT])
    path = listed(tmp_path, '# the team', ACCOUNT,
                  f'{MEMBERS[2]}',
                  f'{MEMBERS[1]} role=other external-id=Zk3',
                  f'{MEMBERS[0]} role=arn:aws:iam::{MEMBERS[0]}:'
                  'role/audit/reader')
    result = audit('--accounts', path, *ROLE, iam=cloud)
    assert result.code == 3
    assert list(accounts(result)) == [ACCOUNT, *MEMBERS[2::-1]] \
        == order_of(result)
    assert set(states(result).values()) == {'read'}


def test_a_profile_leads_to_its_very_account(cloud, tmp_path):
    home = tmp_path / 'home'
    (home / '.aws').mkdir(parents=True)
    text = ''
    for name, number in (('right', MEMBERS[0]), ('wrong', MEMBERS[1])):
        key = cloud.role_credentials('admin', account=number)
        text += (f'[{name}]\naws_access_key_id = {key["AccessKeyId"]}\n'
                 f'aws_secret_access_key = {key["SecretAccessKey"]}\n'
                 f'aws_session_token = {key["SessionToken"]}\n')
    (home / '.aws/credentials').write_text(text)
    path = listed(tmp_path, f'{MEMBERS[0]} profile=right',
                  f'{MEMBERS[2]} profile=wrong',
                  f'{MEMBERS[3]} profile=absent')
    env = {'PATH': os.environ['PATH'], 'HOME': str(home), 'LC_ALL': 'C.UTF-8',
           'AWS_ENDPOINT_URL': cloud.env()['AWS_ENDPOINT_URL'],
           'AWS_REGION': 'us-east-1'}
    result = audit('--accounts', path, env=env)
    assert states(result) == {MEMBERS[0]: 'read', MEMBERS[2]: 'not-read',
                              MEMBERS[3]: 'not-read'}
    assert MEMBERS[1] in accounts(result)[MEMBERS[2]]['why']
    assert 'absent' in accounts(result)[MEMBERS[3]]['why']
    assert {r['account'] for r in result.rows} == {MEMBERS[0]}
    # there was nobody else to begin with
    assert cloud.calls('AssumeRole') == []


@pytest.mark.parametrize('lines, says', [
    (['12345'], "line 1: '12345' is no account"),
    ([ACCOUNT, f'{MEMBERS[0]} rolle=x'], "line 2: 'rolle=x' is none of"),
    ([ACCOUNT, '', ACCOUNT], "line 3: account '123456789012' is in line 1"),
    (['# nobody'], 'it names no account'),
])
def test_a_file_that_is_wrong_is_refused_whole(cloud, tmp_path, lines, says):
    result = audit('--accounts', listed(tmp_path, *lines), *ROLE, iam=cloud)
    assert says in result.err and result.out == ''
    assert cloud.calls() == []


# ---- what goes wrong ----

def test_one_that_cannot_be_entered_is_named_and_costs_nothing(cloud):
    strict = '310987654321'
    add_member(cloud, strict, trusts=['999999999999'])
    cloud.order('AssumeRole', error='AccessDenied', skip=2)
    result = org(cloud)
    failed = [n for n, state in states(result).items() if state != 'read']
    assert strict in failed and len(failed) == 2
    for number in failed:
        assert states(result)[number] == 'not-read'
        assert 'sts:AssumeRole' in accounts(result)[number]['why']
    assert result.code == 3 and result.summary['complete'] is False
    assert set(order_of(result)) == set(accounts(result)) - set(failed)


def test_not_read_is_ten_where_nothing_fails(cloud):
    for number in MEMBERS:
        cloud.add_virtual_device('phone', user='alice-0', account=number)
    assert org(cloud).code == 0
    cloud.order('AssumeRole', error='AccessDenied')
    assert org(cloud).code == 10


def test_an_account_that_is_denied_is_unknown_and_no_other(cloud):
    cloud.put_policy(allow('*'), role='reader', account=MEMBERS[3])
    cloud.put_policy(deny('iam:ListMFADevices'), 'no', role='reader',
                     account=MEMBERS[3])
    result = org(cloud)
    unknown = {r['account'] for r in result.rows if r['status'] == 'UNKNOWN'}
    assert unknown == {MEMBERS[3]}
    assert states(result)[MEMBERS[3]] == 'read'


def test_throttling_of_one_account_holds_up_no_other(cloud):
    cloud.order('AssumeRole', error='Throttling', count=2)
    cloud.order('ListUsers', error='Throttling', count=3)
    result = org(cloud)
    assert set(states(result).values()) == {'read'}
    assert not any(r['status'] == 'UNKNOWN' for r in result.rows)


def hasty(server, *arguments, **more):
    """Without second attempts of a call, so that throttling shows."""
    return org(server, *arguments, env={**environment(server),
                                        'AWS_MAX_ATTEMPTS': '1'}, **more)


def test_who_was_throttled_on_the_way_in_comes_again(cloud):
    cloud.order('AssumeRole', error='Throttling', skip=2, count=3)
    result = org(cloud)
    assert set(states(result).values()) == {'read'}, result.summary
    assert order_of(result) == sorted([ACCOUNT, *MEMBERS])
    asked = [c['params']['RoleArn'].split(':')[4]
             for c in cloud.calls('AssumeRole')]
    assert len(asked) == len(MEMBERS) + 3
    # behind all others, not at once
    assert sorted(asked[:len(MEMBERS)]) == sorted(MEMBERS)


def asked_to_enter(cloud):
    return [c['params']['RoleArn'].split(':')[4]
            for c in cloud.calls('AssumeRole')]


def test_who_gets_no_answer_on_the_way_in_holds_up_no_other(cloud):
    """The server takes the request, and says nothing."""
    cloud.order('AssumeRole', delay=600, skip=2)
    begun = time.monotonic()
    result = org(cloud, timeout=120)
    assert set(states(result).values()) == {'read'}, result.summary
    # a call has 60 s elsewhere
    assert 10 < time.monotonic() - begun < 50
    # behind all others; what got no answer is not among the calls
    asked = asked_to_enter(cloud)
    assert sorted(asked) == MEMBERS and asked[-1] == MEMBERS[2]
    assert not any(r['status'] == 'UNKNOWN' for r in result.rows)


@pytest.mark.long
def test_sts_that_says_nothing_any_more_is_given_up(cloud):
    cloud.order('AssumeRole', delay=600, skip=4, count=None)
    begun = time.monotonic()
    result = org(cloud, timeout=300)
    told = accounts(result)
    lost = [a for a in told.values() if a['state'] == 'not-read']
    assert len(told) - len(lost) == 5, states(result)
    # five times, ten seconds each, and what is between
    assert 50 < time.monotonic() - begun < 120
    assert len(asked_to_enter(cloud)) == 4
    assert all('no answer' in a['why'] for a in lost)
    assert result.summary['complete'] is False


def test_sts_that_lets_in_so_many_a_second_is_not_battered(cloud):
    cloud.order('AssumeRole', rate=4)
    result = hasty(cloud)
    assert set(states(result).values()) == {'read'}, result.summary
    assert len(cloud.calls('AssumeRole')) <= len(MEMBERS) + 4


def test_keys_that_end_are_waited_for_where_sts_throttles(cloud, tmp_path):
    cloud.settings(role_seconds=240)
    cloud.order('AssumeRole', error='Throttling', skip=1, count=2)
    path = listed(tmp_path, MEMBERS[0])
    result = audit('--accounts', path, *ROLE,
                   env=environment(cloud))
    assert states(result) == {MEMBERS[0]: 'read'}, result.summary


@pytest.mark.long
def test_sts_that_lets_nobody_in_is_given_up(cloud):
    cloud.order('AssumeRole', error='Throttling', skip=3, count=None)
    begun = time.monotonic()
    result = hasty(cloud, timeout=120)
    told = states(result)
    assert sum(state == 'read' for state in told.values()) == 4
    assert sum(state == 'not-read' for state in told.values()) == 9
    assert 25 < time.monotonic() - begun < 90
    assert result.summary['complete'] is False


@pytest.mark.long
def test_no_report_is_begun_while_aws_makes_no_more(cloud):
    """LimitExceeded three times in a row: half a minute without one."""
    more = [f'3109876543{n:02}' for n in range(30)]
    for number in more:
        add_member(cloud, number)
    # as they come side by side, three of these come in a row
    cloud.order('GenerateCredentialReport', error='LimitExceeded', count=12)
    begun = time.monotonic()
    child = start(cloud, env={'AWS_MAX_ATTEMPTS': '1'})
    try:
        wait_for(lambda: len(cloud.calls('GenerateCredentialReport')) >= 12)
        time.sleep(10)
        then = len(cloud.calls('GenerateCredentialReport'))
        # those that were on their way, and no account that was begun since
        assert len(cloud.calls('AssumeRole')) < len(MEMBERS) + len(more)
        time.sleep(10)
        assert len(cloud.calls('GenerateCredentialReport')) == then
    finally:
        out, _err = child.communicate(timeout=120)
    assert time.monotonic() - begun >= 30
    told = json.loads(out)
    assert {a['state'] for a in told['summary']['accounts']} == {'read'}


def test_reports_that_aws_does_not_make_are_waited_for(cloud):
    cloud.settings(report_seconds=1.5)
    begun = time.monotonic()
    result = org(cloud)
    assert set(states(result).values()) == {'read'}
    assert all(a['reportRows'] for a in accounts(result).values())
    # asked for side by side: thirteen one after the other would take longer
    assert time.monotonic() - begun < 13 * 1.5


def test_keys_that_end_are_asked_for_anew(cloud, tmp_path):
    # less than five minutes are left from the beginning on
    cloud.settings(role_seconds=240)
    path = listed(tmp_path, MEMBERS[0])
    for n in range(1, 4):
        cloud.add_user(f'bob-{n}', password=True, account=MEMBERS[0])
    result = audit('--accounts', path, *ROLE, iam=cloud)
    assert states(result) == {MEMBERS[0]: 'read'}, result.summary
    assert len(cloud.calls('AssumeRole')) > 1
    assert len([r for r in result.rows if r['status'] == 'FAIL']) == 4


def test_who_may_not_renew_leaves_the_rest_unknown(cloud, tmp_path):
    cloud.settings(role_seconds=240)
    cloud.order('AssumeRole', error='AccessDenied', skip=1, count=None)
    result = audit('--accounts', listed(tmp_path, MEMBERS[0]), *ROLE,
                   iam=cloud)
    assert states(result) == {MEMBERS[0]: 'partly'}
    assert 'sts:AssumeRole' in accounts(result)[MEMBERS[0]]['why']
    assert not any(r['status'] == 'FAIL' for r in result.rows)
    assert result.code == 10


def test_the_person_is_asked_for_one_code(cloud, tmp_path):
    """Keys that want MFA: a session once, and every role out of it."""
    device = cloud.add_user('carol') and cloud.add_virtual_device(
        'carol', user='carol')
    cloud.add_role('hub', trusts=[ACCOUNT], require_mfa=True)
    home = tmp_path / 'home'
    (home / '.aws').mkdir(parents=True)
    key = cloud.credentials('carol')
    (home / '.aws/config').write_text(
        f'[profile base]\naws_access_key_id = {key["AccessKeyId"]}\n'
        f'aws_secret_access_key = {key["SecretAccessKey"]}\n'
        f'[profile hub]\nsource_profile = base\n'
        f'role_arn = arn:aws:iam::{ACCOUNT}:role/hub\n'
        f'mfa_serial = {device["serial"]}\n')
    # a role out of a role knows of no MFA: so these trust the hub alone
    for number in MEMBERS[:4]:
        cloud.add_role('open', account=number, trusts=[ACCOUNT])
    env = {'PATH': os.environ['PATH'], 'HOME': str(home), 'TERM': 'dumb',
           'LC_ALL': 'C.UTF-8', 'AWS_REGION': 'us-east-1',
           'AWS_ENDPOINT_URL': cloud.env()['AWS_ENDPOINT_URL']}
    path = listed(tmp_path, *(f'{n} role=open' for n in MEMBERS[:4]))
    pid, master = ptys.fork()
    if pid == 0:
        os.execve(PROGRAM, [PROGRAM, 'audit', '--accounts', path,
                            '--profile', 'hub', '--summary'], env)
    seen, answered, end = b'', 0, time.monotonic() + 40
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        seen += data
        if answered < seen.count(b'Code of MFA device') \
                and seen.endswith(b': '):
            os.write(master, cloud.code(device['seed']).encode() + b'\n')
            answered += 1
    else:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(master)
    assert answered == 1, seen
    assert b'Accounts: 4, 4 read' in seen, seen
    assert len([c for c in cloud.calls()
                if 'TokenCode' in (c['params'] or {})]) == 1


def test_hostile_names_come_through_as_they_are(cloud, tmp_path):
    cloud.add_user('a+=,.@_-b', password=True, account=MEMBERS[0])
    path = listed(tmp_path, MEMBERS[0])
    result = audit('--accounts', path, *ROLE, iam=cloud)
    assert result.user('a+=,.@_-b')['status'] == 'FAIL'


# ---- kept ----

def test_what_is_kept_is_not_asked_again(cloud, tmp_path):
    folder = tmp_path / 'state'
    first = org(cloud, '--state', str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = sorted(p.name for p in folder.iterdir())
    assert kept == sorted([f'{n}.jsonl' for n in (ACCOUNT, *MEMBERS)]
                          + ['lock'])
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} \
        == {0o600}
    cloud.calls(clear=True)
    again = org(cloud, '--state', str(folder))
    assert {c['action'] for c in cloud.calls()} == {
        'GetCallerIdentity', 'ListAccounts'}
    assert again.rows == first.rows and again.code == first.code == 3
    assert all(a['kept'] for a in accounts(again).values())
    for number, told in accounts(first).items():
        for name in ('asOf', 'users', 'counts', 'caller'):
            assert accounts(again)[number][name] == told[name]


def test_other_checks_another_role_and_age_are_asked_again(cloud, tmp_path):
    folder = ('--state', str(tmp_path / 'state'))

    def asked(*more, role=ROLE):
        cloud.calls(clear=True)
        result = audit('--accounts', 'org', *role, *folder, *more, iam=cloud)
        assert set(states(result).values()) == {'read'}
        return len(cloud.calls('AssumeRole'))
    assert asked() == len(MEMBERS)
    assert asked() == 0
    assert asked('--max-age', '0') == len(MEMBERS)
    assert asked('--checks', 'root-mfa-missing') == len(MEMBERS)
    assert asked('--checks', 'root-mfa-missing') == 0
    assert asked() == len(MEMBERS)
    for number in MEMBERS:
        cloud.add_role('audit2', account=number, trusts=[ACCOUNT])
    assert asked(role=('--role', 'audit2')) == len(MEMBERS)
    # an old one
    for path in (tmp_path / 'state').glob('2*.jsonl'):
        head, rest = path.read_text().split('\n', 1)
        head = json.loads(head)
        head['head']['asked'] -= 4 * 3600 + 1
        path.write_text(json.dumps(head) + '\n' + rest)
    assert asked(role=('--role', 'audit2')) == len(MEMBERS)


def test_who_was_denied_or_unknown_is_asked_again(cloud, tmp_path):
    folder = ('--state', str(tmp_path / 'state'))
    cloud.order('AssumeRole', error='AccessDenied')
    first = org(cloud, *folder)
    failed = [n for n, state in states(first).items() if state != 'read']
    assert len(failed) == 1
    cloud.calls(clear=True)
    second = org(cloud, *folder)
    assert set(states(second).values()) == {'read'}
    assert len(cloud.calls('AssumeRole')) == 1


@pytest.mark.parametrize('spoil', [
    lambda text: text[:-20],
    lambda text: text.replace('"FAIL"', '"PASS"', 0) + '{}\n',
    lambda text: text.replace('"alice-0"', '"alice-0","more":1', 1),
    lambda text: '',
    lambda text: text.replace(MEMBERS[0], MEMBERS[1]),
    lambda text: '\n'.join(text.split('\n')[1:]),
    lambda text: '\n'.join(text.split('\n')[:-2]) + '\n',
    lambda text: 'x' * 100000,
], ids=['cut', 'more', 'member', 'empty', 'other', 'headless', 'endless',
        'garbage'])
def test_what_is_spoiled_is_asked_again(cloud, tmp_path, spoil):
    path = listed(tmp_path, MEMBERS[0])
    folder = tmp_path / 'state'

    def run():
        return audit('--accounts', path, *ROLE, '--state', str(folder),
                     iam=cloud)
    first = run()
    kept = folder / f'{MEMBERS[0]}.jsonl'
    kept.write_text(spoil(kept.read_text()))
    again = run()
    assert accounts(again)[MEMBERS[0]]['kept'] is False
    assert [r['status'] for r in again.rows] == \
        [r['status'] for r in first.rows]
    assert accounts(run())[MEMBERS[0]]['kept'] is True


def test_a_folder_that_others_may_look_into_is_refused(cloud, tmp_path):
    folder = tmp_path / 'state'
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    result = org(cloud, '--state', str(folder))
    assert 'chmod 700' in result.err and result.out == ''
    assert cloud.calls() == []
    folder.chmod(0o700)
    link = tmp_path / 'link'
    link.symlink_to(folder)
    assert org(cloud, '--state', str(link)).out == ''


def test_without_a_folder_nothing_is_left_behind(cloud, tmp_path):
    org(cloud, env={**environment(cloud), 'TMPDIR': str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


# ---- broken off ----

def children_of(pid):
    done = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(pid)],
                          capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def start(server, *arguments, env=(), **more):
    return subprocess.Popen(
        [PROGRAM, 'audit', '--accounts', 'org', *ROLE, '--json', *arguments],
        env={**environment(server), **dict(env)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True, **more)


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_run_that_was_killed_goes_on(cloud, tmp_path):
    folder = tmp_path / 'state'
    # the later half does not answer in time
    cloud.order('ListUsers', delay=30, skip=6, count=None)
    child = start(cloud, '--state', str(folder))
    wait_for(lambda: len(list(folder.glob('*.jsonl'))) >= 3)
    started = children_of(child.pid)
    child.kill()
    child.communicate()
    # whoever asks dies with it
    wait_for(lambda: not any(pathlib.Path(f'/proc/{pid}').exists()
                             for pid in started))
    assert started
    kept = {p.stem for p in folder.glob('*.jsonl')}
    assert 0 < len(kept) < len(MEMBERS) + 1
    cloud.clear_orders()
    cloud.calls(clear=True)
    result = org(cloud, '--state', str(folder))
    assert set(states(result).values()) == {'read'}
    assert {n for n, a in accounts(result).items() if a['kept']} == kept
    assert list(folder.glob('*.part')) == []
    for number in kept - {ACCOUNT}:
        assert calls_of(cloud, number, 'ListUsers') == []


@pytest.mark.parametrize('signo', [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_prints_what_is_known(cloud, tmp_path, signo):
    folder = tmp_path / 'state'
    cloud.order('ListUsers', delay=20, skip=5, count=None)
    child = start(cloud, '--state', str(folder))
    wait_for(lambda: len(list(folder.glob('*.jsonl'))) >= 3)
    os.killpg(child.pid, signo)
    begun = time.monotonic()
    out, err = child.communicate(timeout=30)
    assert time.monotonic() - begun < 10
    told = json.loads(out)
    assert told['summary']['complete'] is False
    assert 'interrupted' in told['summary']['error']
    by_state = {}
    for a in told['summary']['accounts']:
        by_state.setdefault(a['state'], []).append(a['account'])
        if a['state'] not in ('read', 'not-applicable'):
            assert a['why'] == 'the audit was broken off'
    assert len(by_state['read']) >= 3
    assert len(by_state['read']) < len(MEMBERS) + 1
    assert set(by_state['read']) <= {r['account'] for r in told['findings']}
    assert child.returncode not in (0, 3)


def test_two_runs_do_not_share_a_folder(cloud, tmp_path):
    folder = tmp_path / 'state'
    cloud.order('ListUsers', delay=5, count=None)
    child = start(cloud, '--state', str(folder))
    wait_for(lambda: (folder / 'lock').exists()
             and list(folder.glob('*.part')))
    result = org(cloud, '--state', str(folder))
    assert 'another audit works with' in result.err
    child.kill()
    child.communicate()


def test_one_that_crashes_is_named(cloud):
    cloud.order('ListUsers', delay=60, skip=2)
    child = start(cloud)
    wait_for(lambda: len(cloud.calls('ListUsers')) >= len(MEMBERS)
             and len(children_of(child.pid)) == 1, 40)
    left = children_of(child.pid)
    os.kill(left[0], signal.SIGKILL)
    out, err = child.communicate(timeout=60)
    told = json.loads(out)
    failed = [a for a in told['summary']['accounts'] if a['state'] != 'read']
    assert len(failed) == 1
    assert failed[0]['why'] == ('the process that asked it ended by '
                                'signal 9')
    assert child.returncode in (3, 10)


# ---- what others can see, and what is shown ----

def test_no_key_is_in_an_argument_a_variable_or_a_file(cloud, tmp_path):
    folder = tmp_path / 'state'
    cloud.order('ListUsers', delay=3, count=None)
    child = start(cloud, '--state', str(folder))
    wait_for(lambda: len(children_of(child.pid)) >= 8)
    keys = [k for k in cloud.state()['keys'].values()]
    seen = b''
    for pid in (child.pid, *children_of(child.pid)):
        for name in ('cmdline', 'environ'):
            try:
                seen += pathlib.Path(f'/proc/{pid}/{name}').read_bytes()
            except OSError:
                pass
    cloud.clear_orders()
    child.communicate(timeout=60)
    for path in folder.iterdir():
        seen += path.read_bytes()
    assert len(keys) > len(MEMBERS) / 2
    for key in keys:
        assert key['secret'].encode() not in seen
        assert not key['token'] or key['token'].encode() not in seen


def test_only_account_changes_what_is_shown_alone(cloud):
    result = org(cloud, '--only-account', MEMBERS[2])
    assert order_of(result) == [MEMBERS[2]]
    assert result.code == 3
    assert result.summary['counts']['user-mfa-missing']['FAIL'] == len(MEMBERS)
    nobody = org(cloud, '--only-account', '999999999999')
    assert nobody.rows == [] and nobody.code == 3
    wrong = org(cloud, '--only-account', 'team-02')
    assert 'twelve digits' in wrong.err and wrong.out == ''


def test_people_see_who_was_not_read(cloud):
    cloud.order('AssumeRole', error='AccessDenied')
    cloud.set_organization(MEMBERS[-1], status='SUSPENDED')
    text = audit('--accounts', 'org', *ROLE, iam=cloud, text=True).out
    assert f'{len(MEMBERS) + 1} accounts, entered by arn:' in text
    assert ('Accounts: 13, 11 read, 1 not read, 1 not applicable'
            in ' '.join(text.split()))
    assert 'not read: ' in text and 'Not complete' in text


def test_sarif_leaves_out_who_was_not_read(cloud):
    cloud.order('AssumeRole', error='AccessDenied')
    done = subprocess.run([PROGRAM, 'audit', '--accounts', 'org', *ROLE,
                           '--format', 'sarif'], env=environment(cloud),
                          capture_output=True, timeout=60)
    runs = json.loads(done.stdout)['runs']
    assert len(runs) == len(MEMBERS)


# ---- a thousand, by files ----

def test_a_thousand_accounts_by_files():
    rows = []
    for n in range(1000):
        number = f'3{n:011}'
        rows += [line(ROOT, mfa='true', account=number),
                 line('alice', account=number),
                 line('bob', mfa='true', account=number)]
    result = read(report(*rows))
    assert result.code == 3
    assert len(order_of(result)) == 1000
    assert result.summary['counts']['user-mfa-missing']['FAIL'] == 1000
    assert result.summary['accounts'] == []
    assert 'the report is of 1000 accounts' in result.notes()
