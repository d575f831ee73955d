# SPDX-License-Identifier: Apache-2.0
"""What a run of audit leaves behind: a plan for rollout, and the record of what
it counted, which only a whole run against AWS itself may write."""
import csv
import hashlib
import json
import os
import re
import stat
import subprocess
import time

import pytest

from dialect import check_object
from test_audit import (ACCOUNT, PLAIN, PROGRAM, audit, environment, iam,
                        read)
from test_way import between, by_environment, by_system, make_real_registry

__all__ = ['iam', 'between']


# ---- a plan ----

def plan_of(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_a_plan_has_who_is_seen_without_mfa_and_nobody_else(iam, tmp_path):
    for name in ('alice', 'bob', 'carol'):
        iam.add_user(name, password=name != 'carol')
    iam.add_fido_device('bob')
    path = tmp_path / 'plan.csv'
    result = audit('--plan', str(path), iam=iam)
    assert result.code == 3
    assert plan_of(path) == [{'account': ACCOUNT, 'user': 'alice',
                              'holder': '', 'method': 'totp', 'label': ''}]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert f'Plan: 1 user, in {path}' in result.err


def test_a_plan_leaves_out_what_is_muted(iam, tmp_path):
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    mutes = tmp_path / 'mutes'
    mutes.write_text(f'check = user-mfa-missing\naccount = {ACCOUNT}\n'
                     'subject = bob\nreason = leaves tomorrow\n')
    path = tmp_path / 'plan.csv'
    audit('--plan', str(path), '--mute', str(mutes), iam=iam)
    assert [r['user'] for r in plan_of(path)] == ['alice']


def test_who_is_not_known_is_in_no_plan(iam, tmp_path):
    iam.add_user('alice', password=True)
    iam.order('ListMFADevices', error='AccessDenied', count=None)
    path = tmp_path / 'plan.csv'
    result = audit('--plan', str(path), iam=iam)
    assert result.code == 10 and plan_of(path) == []
    assert path.read_text().startswith('account,user,')


def test_rollout_takes_the_plan(iam, tmp_path):
    iam.add_user('alice', password=True)
    path = tmp_path / 'plan.csv'
    audit('--plan', str(path), iam=iam)
    tmp_path.chmod(0o700)
    registry = str(tmp_path / 'registry.db')
    subprocess.run([PROGRAM, 'registry', 'init', '--rehearsal', '--registry',
                    registry], check=True, env=environment(iam))
    done = subprocess.run([PROGRAM, 'rollout', str(path), '--dry-run',
                           '--registry', registry], env=environment(iam),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert 'alice' in done.stdout + done.stderr or '1 ' in done.stdout


@pytest.mark.parametrize('more', [['--plan', 'p.csv'], ['--record']])
def test_a_report_decides_no_plan_and_is_not_recorded(more, tmp_path):
    result = read(PLAIN, *more)
    assert result.code == 2 and more[0] in result.err


# ---- the record ----

def counted(place, env):
    done = place.run('registry', 'log', '--json', env=env)
    events = [json.loads(line) for line in done.out.splitlines()]
    return [e for e in events if e['type'] == 'mfa.counted']


def names_of(place):
    users = place.iam.botocore().list_users()['Users']
    return {u['UserId']: u['UserName'] for u in users}


def record(place, env, *more):
    return place.run('audit', '--record', '--json', *more, env=env)


@pytest.fixture
def recorded(between):
    """People at AWS itself, by the system's own way, and a real registry."""
    make_real_registry(between)
    for name, kind in (('bob', 'fido'), ('carol', None)):
        between.iam.add_user(name, password=True)
        if kind:
            between.iam.add_fido_device(name)
    between.way = by_system(between)
    return between


def test_what_is_recorded_is_what_was_counted_and_when(recorded):
    done = record(recorded, recorded.way, '--ticket', 'OPS-12')
    assert done.code == 3, done
    event, = counted(recorded, recorded.way)
    body = event['body']
    assert body['account'] == ACCOUNT
    assert (body['part'], body['parts']) == (0, 1)
    by_id = {u['user']: u for u in body['users']}
    found = {names_of(recorded)[i]: (u['devices'], u['kinds'])
             for i, u in by_id.items()}
    assert found['alice'] == (0, []) and found['carol'] == (0, [])
    assert found['bob'] == (1, ['fido'])
    assert all(u['seen'].endswith('Z') for u in by_id.values())
    assert 'status' not in json.dumps(body)
    assert not any(n in json.dumps(event) for n in ('alice', 'bob', 'OPS-12'))
    assert 'Recorded: the devices of' in done.err
    assert json.loads(done.out)['changed'] is True
    plain = recorded.run('audit', '--json', env=recorded.way)
    assert json.loads(plain.out)['changed'] is False


def test_the_log_says_how_many_have_none(recorded):
    record(recorded, recorded.way)
    event, = counted(recorded, recorded.way)
    users = event['body']['users']
    none = sum(u['devices'] == 0 for u in users)
    assert 0 < none < len(users)
    log = recorded.run('registry', 'log', env=recorded.way)
    assert (f'MFA devices of {len(users)} users of account {ACCOUNT} counted: '
            f'{none} have none') in ' '.join(log.out.split())


def shown(place, *more):
    done = place.run('registry', 'show', '--json', *more, env=place.way)
    assert done.code == 0, done
    return check_object('registry-show', json.loads(done.out))


def test_the_registry_shows_when_a_user_was_counted_last(recorded):
    ids = {name: number for number, name in names_of(recorded).items()}
    assert shown(recorded, '--user', ids['bob'])['counted'] == []
    record(recorded, recorded.way)
    time.sleep(1.1)
    recorded.iam.add_virtual_device('phone', 'bob')
    record(recorded, recorded.way)
    first, last = counted(recorded, recorded.way)
    now, = shown(recorded, '--user', ids['bob'])['counted']
    assert now == {
        'account': ACCOUNT, 'userId': ids['bob'], 'user': None, 'devices': 2,
        'kinds': now['kinds'], 'recorded': last['time'],
        'seen': [u['seen'] for u in last['body']['users']
                 if u['user'] == ids['bob']][0],
        'by': now['by'], 'event': last['seq']}
    assert sorted(now['kinds']) == ['fido', 'virtual']
    assert now['by'].startswith('arn:aws:')
    then, = shown(recorded, '--user', ids['bob'], '--at',
                  first['time'])['counted']
    assert (then['devices'], then['event']) == (1, first['seq'])
    text = recorded.run('registry', 'show', '--user', ids['bob'],
                        env=recorded.way).out
    assert (f"counted  {ids['bob']} in {ACCOUNT}: 2 MFA devices "
            f"({', '.join(now['kinds'])}), by `audit --record` at "
            f"{now['seen']}, as {now['by']}, event {last['seq']}\n") == text
    # nobody else's, and none where nobody is named
    assert shown(recorded, '--user', ids['carol'])['counted'][0][
        'devices'] == 0
    assert 'counted' not in shown(recorded)


def test_every_user_is_counted_whatever_settles_the_finding(recorded):
    record(recorded, recorded.way, '--checks', 'root-mfa-missing')
    event, = counted(recorded, recorded.way)
    assert len(event['body']['users']) >= 3


def test_mutes_have_no_say_in_the_record(recorded, tmp_path):
    mutes = tmp_path / 'mutes'
    mutes.write_text('check = user-mfa-missing\naccount = *\nsubject = *\n'
                     'reason = none\n')
    done = record(recorded, recorded.way, '--mute', str(mutes))
    assert done.code in (0, 3), done
    record(recorded, recorded.way)
    one, two = counted(recorded, recorded.way)
    assert [(u['user'], u['devices'], u['kinds'])
            for u in one['body']['users']] == \
        [(u['user'], u['devices'], u['kinds']) for u in two['body']['users']]


def test_a_run_that_is_not_whole_is_not_recorded(recorded):
    recorded.iam.order('ListMFADevices', error='AccessDenied', count=1)
    done = record(recorded, recorded.way)
    assert done.code == 6, done
    assert 'nothing is recorded: the devices of 1 user are not known' in \
        done.err
    assert counted(recorded, recorded.way) == []
    recorded.iam.order('ListUsers', error='AccessDenied', count=1)
    done = record(recorded, recorded.way)
    assert done.code == 6 and 'nothing is recorded' in done.err
    assert counted(recorded, recorded.way) == []


def test_another_endpoint_is_never_recorded(iam, tmp_path):
    tmp_path.chmod(0o700)
    registry = str(tmp_path / 'registry.db')
    env = environment(iam)
    subprocess.run([PROGRAM, 'registry', 'init', '--rehearsal', '--registry',
                    registry], check=True, env=env)
    result = audit('--record', '--registry', registry, iam=iam)
    assert result.code == 6 and result.out == ''
    assert 'not AWS' in result.err and iam.calls() == []


def test_a_way_that_a_person_chose_is_not_recorded(between):
    make_real_registry(between)
    env = by_environment(between)
    done = record(between, env)
    assert done.code == 6 and 'system' in done.err, done
    assert counted(between, env) == []


def test_the_record_names_its_evidence_which_gives_the_same_again(recorded,
                                                                  tmp_path):
    place = tmp_path / 'evidence'
    done = record(recorded, recorded.way, '--bundle', str(place))
    assert done.code == 3, done
    event, = counted(recorded, recorded.way)
    sha = re.search('SHA-256 ([0-9a-f]{64})', done.err)[1]
    assert event['body']['bundle'] == sha
    manifest = (place / 'audit.json').read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == sha
    again = recorded.run('audit', '--from', str(place), '--sha256', sha,
                         '--json', env=recorded.way)
    assert again.out == done.out and again.code == done.code
    assert counted(recorded, recorded.way) == [event]
