# SPDX-License-Identifier: Apache-2.0
"""audit --bundle and --from: all that a run read, and the same outputs out of
it, byte for byte, without AWS, keys or the registry."""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess

import pytest

from test_audit import (ACCOUNT, PLAIN, PROGRAM, environment, iam,
                        make_report, read)

__all__ = ['iam']

NOWHERE = {'PATH': '/usr/bin:/bin', 'HOME': '/nonexistent',
           'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'}


def run(*arguments, env, stdin=b''):
    return subprocess.run([PROGRAM, 'audit', *arguments], env=env, input=stdin,
                          capture_output=True, timeout=120)


def sha_of(done):
    return re.search(rb'SHA-256 ([0-9a-f]{64})', done.stderr)[1].decode()


def again(place, *arguments):
    """Out of the evidence alone."""
    return run('--from', str(place), *arguments, env=NOWHERE)


@pytest.fixture
def people(iam, tmp_path):
    tmp_path.chmod(0o700)
    for name in ('alice', 'bob', 'carol', 'dave'):
        iam.add_user(name, password=name != 'carol')
    iam.add_fido_device('bob')
    iam.add_virtual_device('dave', user='dave')
    return iam


def bundled(iam, place, *arguments):
    done = run('--bundle', str(place), *arguments, env=environment(iam))
    assert os.path.isdir(place), done
    return done


@pytest.mark.parametrize('how', [['--json'], [], ['--verbose']])
def test_the_same_bytes_come_out_of_the_evidence(people, tmp_path, how):
    place = tmp_path / 'evidence'
    first = bundled(people, place, *how)
    assert first.returncode == 3, first
    asked = len(people.calls())
    second = again(place, '--sha256', sha_of(first), *how)
    assert second.stdout == first.stdout
    assert second.returncode == first.returncode
    assert len(people.calls()) == asked
    assert b'not protected' not in second.stderr
    assert b'removes the folder, too' in first.stderr


def test_every_other_output_is_that_of_the_same_moment(people, tmp_path):
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    made = json.loads(first.stdout)['summary']['made']
    for _ in range(2):
        found = json.loads(again(place, '--json').stdout)
        assert found['summary']['made'] == made
    text = again(place).stdout
    assert text == again(place).stdout and b'alice' in text
    now = json.loads(again(place, '--json', '--at', 'now').stdout)
    assert now['summary']['made'] >= made
    assert [(r['subject'], r['status']) for r in now['findings']] == \
        [(r['subject'], r['status'])
         for r in json.loads(first.stdout)['findings']]


def test_without_a_hash_it_says_that_nothing_protects_it(people, tmp_path):
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    second = again(place, '--json')
    assert b'not protected' in second.stderr
    assert second.stdout == first.stdout


def test_a_cached_report_is_as_old_as_it_was(people, tmp_path):
    make_report(people)
    people.clock(advance=200)
    people.add_user('eve', password=True)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    assert b'not in the report' in first.stdout
    assert again(place, '--json').stdout == first.stdout


@pytest.mark.parametrize('action, error', [
    ('ListMFADevices', 'AccessDenied'), ('ListUsers', 'AccessDenied'),
    ('GetAccountSummary', 'AccessDenied'), ('GetLoginProfile', 'Throttling'),
    ('ListVirtualMFADevices', 'ServiceFailure')])
def test_what_was_refused_is_refused_again(people, tmp_path, action, error):
    people.order(action, error=error,
                 count=2 if error == 'Throttling' else None)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    second = again(place, '--json')
    assert second.stdout == first.stdout
    assert second.returncode == first.returncode


def test_many_users_come_in_the_same_order(people, tmp_path):
    people.add_users(60, password=True)
    people.order('ListMFADevices', error='Throttling', count=9)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    assert again(place, '--json').stdout == first.stdout


def make_registry(iam, tmp_path):
    path = str(tmp_path / 'registry.db')
    subprocess.run([PROGRAM, 'registry', 'init', '--rehearsal', '--registry',
                    path], check=True, env=environment(iam))
    return path


def test_the_registry_is_the_one_of_then(people, tmp_path):
    registry = make_registry(people, tmp_path)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json', '--registry', registry)
    found = json.loads(first.stdout)
    assert any(r['check'] == 'device-unknown' for r in found['findings'])
    assert registry in first.stdout.decode()
    facts = json.loads((place / 'audit.json').read_text())
    assert re.fullmatch(r'[0-9a-f]{32}:\d+:[0-9a-f]{64}', facts['head'])
    shutil.rmtree(tmp_path / 'registry.db.journal', ignore_errors=True)
    os.unlink(registry)
    assert again(place, '--json').stdout == first.stdout
    assert again(place).stdout == again(place).stdout


HOUSE = ('--checks', 'house,cis')
OUTPUTS = ('json', 'csv', 'csv-raw', 'ocsf', 'ocsf-array', 'sarif', 'junit',
           'html')


def enrolled(site):
    """alice's device, whose seed sits in carol's key."""
    done = site.run('enroll', 'alice', '--method', 'totp', '--holder', 'carol')
    assert done.code == 0, done


def outputs_of(folder):
    return [word for name in OUTPUTS
            for word in ('-o', f'{name}={folder / name}')]


def test_tokens_are_those_of_then_on_a_host_that_trusts_nobody(aws_site,
                                                               tmp_path):
    enrolled(aws_site)
    place, one, two = (tmp_path / n for n in ('evidence', 'one', 'two'))
    one.mkdir()
    two.mkdir()
    first = aws_site.run('audit', *HOUSE, '--bundle', place, '-o', 'text=-',
                         *outputs_of(one))
    told = json.loads((place / 'registry.json').read_text())
    assert told['tokens'][0]['firmware'].startswith('signed firmware')
    second = again(place, '-o', 'text=-', *outputs_of(two))
    assert second.stdout.decode() == first.out
    assert 'token-vulnerable' in first.out
    for name in OUTPUTS:
        assert (two / name).read_bytes() == (one / name).read_bytes(), name
        assert b'alice' in (one / name).read_bytes()


def test_no_more_names_of_the_registry_than_rows_need(aws_site, tmp_path):
    enrolled(aws_site)
    aws_site.run('registry', 'intake', '--label', 'spare-in-the-safe')
    place = tmp_path / 'evidence'
    aws_site.run('audit', *HOUSE, '--bundle', place, '--json')
    names = {os.path.relpath(n, place) for n in files_of(place)}
    assert 'registry.json' in names and 'registry.db' not in names
    for name in files_of(place):
        assert b'carol' not in open(name, 'rb').read(), name
    told = json.loads((place / 'registry.json').read_text())
    assert [b['userName'] for b in told['bindings']] == ['alice']
    assert told['account'] == ACCOUNT
    head = json.loads((place / 'audit.json').read_text())['head']
    log = aws_site.run('registry', 'log', '--verify', '--json').json
    assert head == log['head']


def test_nothing_of_another_account_is_in_it(aws_site, tmp_path):
    """Journals and what earlier runs remember stand beside the registry for all
    accounts; a report is held against none of them."""
    other = '210987654321'
    aws_site.iam.order('EnableMFADevice', error='AccessDenied', count=None)
    aws_site.iam.order('DeleteVirtualMFADevice', error='AccessDenied',
                       count=None)
    assert aws_site.run('enroll', 'alice', '--method', 'totp', '--holder',
                        'carol').code != 0
    aws_site.iam.clear_orders()
    aws_site.run('audit', *HOUSE, '--json')
    beside = f'{aws_site.registry}.journal'
    journal, = [n for n in os.listdir(beside) if ACCOUNT not in n and
                ACCOUNT in open(os.path.join(beside, n)).read()]
    spoilt = '0' + journal[1:] if journal[0] != '0' else '1' + journal[1:]
    with open(os.path.join(beside, journal)) as own:
        text = own.read()
    for name in (spoilt, f'{other}.orphans'):
        with open(os.open(os.path.join(beside, name),
                          os.O_WRONLY | os.O_CREAT, 0o600), 'w') as to:
            if name == spoilt:
                to.write(text.replace(ACCOUNT, other).replace(
                    journal.split('.')[0], spoilt.split('.')[0]))
    place = tmp_path / 'evidence'
    first = aws_site.run('audit', *HOUSE, '--bundle', place, '--json')
    assert first.code in (3, 10), first
    assert 'run-unfinished' in first.out
    names = {os.path.relpath(n, place) for n in files_of(place)}
    assert f'registry.journal/{journal}' in names
    assert not {n for n in names if other in n or spoilt in n}
    for name in files_of(place):
        assert other.encode() not in open(name, 'rb').read(), name
    assert again(place, '--json').stdout.decode() == first.out
    report = tmp_path / 'report.csv'
    report.write_bytes(PLAIN)
    place = tmp_path / 'of-a-report'
    aws_site.run('audit', '--report', report, '--json', '--bundle', place)
    assert not any('journal' in os.path.relpath(n, place)
                   for n in files_of(place))


def test_tokens_beside_a_report_are_evidence_too(aws_site, tmp_path):
    enrolled(aws_site)
    place = tmp_path / 'evidence'
    report = tmp_path / 'report.csv'
    report.write_bytes(PLAIN)
    first = aws_site.run('audit', '--report', report, '--json', '--bundle',
                         place)
    assert 'token-unverified' in first.out
    assert again(place, '--json').stdout.decode() == first.out


@pytest.mark.parametrize('change', [
    {'v': 2}, {'bindings': [{}]}, {'bindings': 1}, {'inUse': -1},
    {'devices': [{'serial': 'x', 'token': 7, 'totp': True}]},
    {'tokens': [{'name': 'x'}]}, {'elsewhere': 1 << 60}, {'judgedBy': 1}])
def test_what_the_registry_did_not_tell_is_refused(people, tmp_path, change):
    registry = make_registry(people, tmp_path)
    place = tmp_path / 'evidence'
    bundled(people, place, '--registry', registry)
    told = json.loads((place / 'registry.json').read_text())
    text = json.dumps({**told, **change}).encode()
    (place / 'registry.json').write_bytes(text)
    facts = json.loads((place / 'audit.json').read_text())
    facts['files']['registry.json'] = hashlib.sha256(text).hexdigest()
    (place / 'audit.json').write_text(json.dumps(facts))
    done = again(place)
    assert done.returncode == 1 and done.stdout == b'', done
    assert b'what the registry told' in done.stderr


def test_evidence_of_an_older_form_is_refused_by_its_number(people, tmp_path):
    place = tmp_path / 'evidence'
    bundled(people, place)
    facts = json.loads((place / 'audit.json').read_text())
    (place / 'audit.json').write_text(json.dumps({**facts, 'v': 1}))
    done = again(place, '--other-version')
    assert done.returncode == 1 and done.stdout == b'', done
    assert b'version 1 of the form of evidence' in done.stderr


def test_lists_are_those_of_then(people, tmp_path):
    mutes = tmp_path / 'mutes'
    mutes.write_text(f'check = user-mfa-missing\naccount = {ACCOUNT}\n'
                     'subject = alice\nreason = known\n')
    last = tmp_path / 'last.json'
    last.write_bytes(run('--json', env=environment(people)).stdout)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json', '--mute', str(mutes), '--since',
                    str(last))
    assert b'MUTED' in first.stdout and b'unchanged' in first.stdout
    mutes.unlink()
    last.unlink()
    second = again(place, '--json')
    assert second.stdout == first.stdout, second.stderr


def test_a_report_is_evidence_too(tmp_path):
    tmp_path.chmod(0o700)
    place = tmp_path / 'evidence'
    first = run('--report', '-', '--generated', '2026-01-31T10:00:00Z',
                '--bundle', str(place), '--json', env=NOWHERE, stdin=PLAIN)
    assert first.returncode == 3, first
    assert (place / 'report').read_bytes() == PLAIN
    second = again(place, '--json')
    assert second.stdout == first.stdout
    plain = json.loads(first.stdout)
    assert plain['summary']['sources'][0]['path'] == 'standard input'
    assert [r['status'] for r in plain['findings']] == \
        [r['status'] for r in read(PLAIN).rows]


def test_a_plan_comes_out_of_evidence_as_it_did(people, tmp_path):
    place, one, two = (tmp_path / n for n in ('evidence', 'one', 'two'))
    bundled(people, place, '--plan', str(one))
    again(place, '--plan', str(two))
    assert one.read_bytes() == two.read_bytes()
    assert b'alice' in one.read_bytes()


# ---- what protects it, and what it holds ----

def files_of(place):
    return sorted(os.path.join(d, n) for d, _, names in os.walk(place)
                  for n in names)


def test_it_is_its_owners_alone_and_the_hash_covers_all(people, tmp_path):
    registry = make_registry(people, tmp_path)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--registry', registry)
    assert stat.S_IMODE(os.stat(place).st_mode) == 0o700
    for name in files_of(place):
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o600, name
    manifest = (place / 'audit.json').read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == sha_of(first)
    facts = json.loads(manifest)
    listed = {os.path.join(place, n) for n in facts['files']}
    assert listed | {str(place / 'audit.json')} == set(files_of(place))
    for name, sha in facts['files'].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == sha


def test_no_key_is_in_it(people, tmp_path):
    place = tmp_path / 'evidence'
    env = environment(people)
    bundled(people, place)
    session = {**env, **people.env('admin')}
    for name in files_of(place):
        data = open(name, 'rb').read()
        for word in ('AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN',
                     'AWS_ACCESS_KEY_ID'):
            if session.get(word):
                assert session[word].encode() not in data, (name, word)
        assert b'Authorization' not in data and b'SecretAccessKey' not in data
    actions = {json.loads(line)['action']
               for line in open(place / 'replies.jsonl', encoding='utf-8')}
    assert 'ListUsers' in actions
    assert not actions & {'AssumeRole', 'GetSessionToken', 'AssumeRoot'}


def test_a_changed_byte_anywhere_is_seen(people, tmp_path):
    registry = make_registry(people, tmp_path)
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--registry', registry)
    for name in files_of(place):
        data = open(name, 'rb').read()
        with open(name, 'r+b') as file:
            file.seek(len(data) // 2)
            file.write(bytes([data[len(data) // 2] ^ 1]))
        done = again(place, '--sha256', sha_of(first))
        assert done.returncode == 1 and done.stdout == b'', (name, done)
        with open(name, 'wb') as file:
            file.write(data)
    assert again(place, '--sha256', sha_of(first)).returncode == 3
    os.unlink(place / 'replies.jsonl')
    assert again(place).stdout == b''


def test_a_manifest_of_ones_own_is_not_the_one_that_was_printed(people,
                                                                tmp_path):
    place = tmp_path / 'evidence'
    first = bundled(people, place)
    replies = place / 'replies.jsonl'
    replies.write_text(replies.read_text().replace('alice', 'mario'))
    facts = json.loads((place / 'audit.json').read_text())
    facts['files']['replies.jsonl'] = hashlib.sha256(
        replies.read_bytes()).hexdigest()
    (place / 'audit.json').write_text(json.dumps(facts))
    done = again(place)
    assert b'not protected' in done.stderr and done.stdout
    done = again(place, '--sha256', sha_of(first))
    assert done.stdout == b'' and b'not as it was' in done.stderr


@pytest.mark.parametrize('change', [
    {'v': '2'}, {'made': None}, {'files': {'../x': '0' * 64}},
    {'files': {'a/b/c': '0' * 64}}, {'files': {'/etc/passwd': '0' * 64}},
    {'requests': -1}, {'live': 'yes'}, {'partition': 'a\nb'},
    {'files': {'report': 'x'}}])
def test_a_manifest_that_is_none_is_refused(people, tmp_path, change):
    place = tmp_path / 'evidence'
    bundled(people, place)
    facts = json.loads((place / 'audit.json').read_text())
    (place / 'audit.json').write_text(json.dumps({**facts, **change}))
    done = again(place)
    assert done.returncode == 1 and done.stdout == b'', done


def test_another_version_is_read_only_when_asked(people, tmp_path):
    place = tmp_path / 'evidence'
    first = bundled(people, place, '--json')
    facts = json.loads((place / 'audit.json').read_text())
    facts['program'] = '9.9.9'
    (place / 'audit.json').write_text(json.dumps(facts))
    done = again(place, '--json')
    assert done.returncode == 6 and done.stdout == b''
    assert b'9.9.9' in done.stderr and b'--other-version' in done.stderr
    assert again(place, '--json', '--other-version').stdout == first.stdout


@pytest.mark.parametrize('more', [
    ['--record'], ['--report', 'x'], ['--checks', 'house'],
    ['--mute', 'x'], ['--since', 'x'], ['--registry', 'x'],
    ['--profile', 'x'], ['--account', ACCOUNT], ['--bundle', 'x']])
def test_evidence_goes_with_nothing_that_it_says_itself(people, tmp_path,
                                                        more):
    place = tmp_path / 'evidence'
    bundled(people, place)
    done = again(place, *more)
    assert done.returncode == 2 and done.stdout == b'', done


def test_what_stands_there_is_not_overwritten(people, tmp_path):
    place = tmp_path / 'evidence'
    place.mkdir()
    done = run('--bundle', str(place), env=environment(people))
    assert done.returncode == 1 and done.stdout == b'', done
    assert list(place.iterdir()) == [] and people.calls() == []


def test_a_run_that_fails_leaves_no_evidence(people, tmp_path):
    place = tmp_path / 'evidence'
    people.order('GetCallerIdentity', error='AccessDenied', count=None)
    done = run('--bundle', str(place), env=environment(people))
    assert done.returncode != 0
    assert not place.exists()
    assert [n for n in os.listdir(tmp_path) if 'evidence' in n] == []
