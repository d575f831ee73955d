# SPDX-License-Identifier: Apache-2.0
"""audit --output html=FILE in a real browser: looked at, clicked through, printed,
and judged by axe-core.

Chromium is the system's; rig/page/drive.mjs tells it what to do.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from test_audit import (ACCOUNT, ROOT, as_json, environment, iam, line,
                        report)
from test_audit_outputs import HOSTILE, REPORT, crowd, hostile, run

DRIVE = pathlib.Path(__file__).parent.parent / 'rig' / 'page' / 'drive.mjs'


def look(path, *folder, **env):
    """What the browser saw."""
    if not shutil.which('chromium'):
        pytest.skip('there is no chromium here: see tests/packages')
    if not shutil.which('node') or not os.path.isdir(
            os.environ.get('TOKENBRIDGE_PAGE', '/nowhere')):
        pytest.skip('what drives the browser is not here: see setup_page')
    done = subprocess.run(
        ['node', str(DRIVE), str(path), *map(str, folder)],
        env={**os.environ, 'CHROMIUM': shutil.which('chromium'),
             'HOME': str(path.parent), **env},
        capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def page(folder, data, *words, **more):
    path = folder / 'page.html'
    done = run('--report', '-', '-o', f'html={path}', *words, data=data,
               **more)
    assert done.returncode in (0, 3, 10), done
    return path


def check_quiet(seen):
    """It asks nobody for anything, and breaks nowhere."""
    assert seen['requests'] == [] and seen['said'] == []
    assert seen['elements'] == 0
    assert seen['narrow'][0] <= seen['narrow'][1]


def check_accessible(seen):
    assert seen['violations'] == {'light': [], 'dark': []}
    assert seen['passes'] > 30


def test_a_page_is_read_filtered_and_sorted(tmp_path):
    seen = look(page(tmp_path, as_json(REPORT)), tmp_path)
    check_quiet(seen)
    check_accessible(seen)
    assert seen['title'] == 'MFA audit: 2 accounts'
    assert seen['language'] == 'en'
    assert seen['headings'] == [
        'H1 MFA audit: 2 accounts', 'H2 What to do first', 'H2 Coverage',
        'H2 All rows', 'H2 What this rests on',
        'H2 The same checks elsewhere']
    assert len(seen['first']) == 12 and seen['count'] == '12 of 12 rows'
    assert [r[0] for r in seen['first']] == \
        ['FAIL'] * 5 + ['UNKNOWN'] * 2 + ['PASS'] * 5
    assert [r[4] for r in seen['found']] == ['alice']
    assert seen['foundCount'] == '1 of 12 rows'
    assert {r[0] for r in seen['withoutFail']} == {'UNKNOWN', 'PASS'}
    assert {r[2] for r in seen['critical']} == {'root-access-key'}
    up, down = seen['sorted']
    assert (up['says'], down['says']) == ('ascending', 'descending')
    assert up['marks'] == down['marks'] == 1
    assert up['rows'] == down['rows'][::-1] or \
        sorted(up['rows']) == sorted(down['rows'])
    names = [n for n in up['rows'] if n.isalpha()]
    assert names == sorted(names) and len(names) == 4
    assert seen['byKeyboard'] == 'ascending'
    for name in ('light.png', 'dark.png', 'narrow.png', 'page.pdf'):
        assert (tmp_path / name).stat().st_size > 10_000, name


def test_a_page_is_whole_without_its_script_and_on_paper(tmp_path):
    seen = look(page(tmp_path, REPORT), tmp_path, QUICK='1')
    assert seen['withoutScript'] == 12
    assert seen['controlsWithoutScript'] == 'none'
    assert seen['printed'] == 'none'
    pdf = (tmp_path / 'page.pdf').read_bytes()
    assert pdf.startswith(b'%PDF')


def test_hostile_names_are_only_text_in_a_browser(tmp_path):
    """Nothing is run, nothing is asked for, no name breaks out."""
    seen = look(page(tmp_path, hostile(), '--verbose'), SEARCH='onerror')
    check_quiet(seen)
    check_accessible(seen)
    subjects = {row[4] for row in seen['first']}
    for name in HOSTILE:
        if not re.search('[\x00-\x1f\x7f\u202e]', name):
            assert name in subjects, (name, subjects)
    assert [row[4] for row in seen['found']] == ['<img src=x onerror=alert(1)>']


def test_coverage_is_a_picture_by_account_and_kind(tmp_path, iam):
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob', name='key')
    iam.add_virtual_device('bob', user='bob')
    iam.add_user('carol', password=True)
    iam.add_virtual_device('carol', user='carol')
    iam.add_user('dave')
    path = tmp_path / 'page.html'
    # which makes it ask for every user's own list
    done = run('-o', f'html={path}', '--checks',
               'root-mfa-missing,user-mfa-missing,user-one-device',
               env=environment(iam))
    assert done.returncode == 3, done
    seen = look(path, SEARCH='bob')
    check_quiet(seen)
    check_accessible(seen)
    assert (f'{ACCOUNT}: 2 with MFA, 1 without, 0 not known, 0 muted, '
            '1 without password') in seen['pictures']
    kinds = [p for p in seen['pictures'] if 'users with MFA' in p]
    assert any(p.startswith('virtual: ') for p in kinds), seen['pictures']
    assert seen['title'] == f'MFA audit: {ACCOUNT} (example)'


MUTES = """\
check = user-mfa-missing
account = 123456789012
subject = mallory
reason = leaves <b>soon</b>
owner = carol
expires = 2099-01-31

check = user-mfa-missing
account = 123456789012
subject = nobody-of-ours
reason = over long ago
owner = carol
expires = 2020-01-31
"""


def test_a_page_has_what_is_resolved_and_the_mutes_in_force(tmp_path):
    """The lists that text and JSON have beside their rows."""
    def people(mfa):
        return report(line(ROOT, mfa='true'), line('alice'),
                      line('<i>bob', mfa=mfa), line('mallory'))

    last, mutes = tmp_path / 'last.json', tmp_path / 'mutes'
    last.write_bytes(run('--report', '-', '--json', data=people('false')).stdout)
    mutes.write_text(MUTES)
    path = page(tmp_path, people('true'), '--since', str(last), '--mute',
                str(mutes))
    html = path.read_text()
    since, held = (html[html.index(f'id="{one}"'):html.index(f'id="{two}"')]
                   for one, two in (('since', 'mutes'), ('mutes', 'sources')))
    assert '<td>resolved</td>' in since and '&lt;i&gt;bob' in since
    assert 'alice' not in since
    assert 'leaves &lt;b&gt;soon' in held and 'carol' in held
    assert '2099-01-31' in held and 'over long ago' not in held
    plain = page(tmp_path, people('true')).read_text()
    assert 'id="since"' not in plain and 'id="mutes"' not in plain
    path = page(tmp_path, people('true'), '--since', str(last), '--mute',
                str(mutes))
    seen = look(path, SEARCH='mallory')
    check_quiet(seen)
    check_accessible(seen)
    assert 'H2 Since the earlier run' in seen['headings']
    assert 'H2 Mutes in force' in seen['headings']


@pytest.mark.parametrize('n, more', [(1000, None), (1003, 3)])
def test_a_list_beside_the_rows_says_how_many_it_does_not_show(
        tmp_path, n, more):
    def people(mfa):
        return report(line(ROOT, mfa='true'),
                      *(line(f'user{i:04}', mfa=mfa) for i in range(n)))

    last = tmp_path / 'last.json'
    last.write_bytes(run('--report', '-', '--json', data=people('false')).stdout)
    html = page(tmp_path, people('true'), '--since', str(last)).read_text()
    assert html.count('<td>resolved</td>') == 1000
    assert re.findall(r'<p>(\d+) more are not shown', html) == (
        [str(more)] if more else [])


def test_a_large_page_is_5000_rows_and_works(tmp_path):
    path = page(tmp_path, crowd(6000))
    assert path.stat().st_size < 8 << 20
    seen = look(path, SEARCH='user42', QUICK='1')
    check_quiet(seen)
    assert seen['count'] == '5000 of 5000 rows'
    assert len(seen['found']) == 111 and seen['load'] < 60_000
    assert '1002 more are counted above' in path.read_text()


def test_the_policy_of_a_page_names_what_is_in_it(tmp_path):
    """A browser takes these two by their hashes, and nothing from anywhere."""
    import base64
    import hashlib
    text = page(tmp_path, REPORT).read_text()
    policy = re.search('http-equiv="Content-Security-Policy" content="(.*?)"',
                       text)[1].replace('&#39;', "'")
    assert policy.startswith("default-src 'none'; ")
    for tag in ('style', 'script'):
        inside = re.findall(f'<{tag}>(.*?)</{tag}>', text, re.S)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest())
        assert f"{tag}-src 'sha256-{digest.decode()}'" in policy
    assert 'unsafe' not in policy and ' http' not in policy


def test_root_and_users_who_pass_make_a_page_that_says_so(tmp_path):
    data = report(line(ROOT, mfa='true'), line('bob', mfa='true'))
    text = page(tmp_path, data).read_text()
    assert 'Nothing to put right' in text and 'What to do first' not in text
