# SPDX-License-Identifier: Apache-2.0
"""The recipes of tokenbridge-audit(1): each line is run by a shell as it is
printed, in a folder with what it names."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from test_audit import (ACCOUNT, OTHER, PREFIX, ROOT, environment, line,
                        local_iam, make_report, report)

MANUAL = pathlib.Path(__file__).parents[2] / 'man' / 'tokenbridge-audit.1'


def recipes():
    section = re.search(r'^\.Sh RECIPES\n(.*?)^\.Sh ', MANUAL.read_text(),
                        re.S | re.M)[1]
    return [one.replace(r'\(dq', '"').replace(r'\(aq', "'").replace(r'\-', '-')
            for one in re.findall(r'^\.Dl (.*)$', section, re.M)]


@pytest.fixture
def iam():
    """Root has no device."""
    with local_iam() as server:
        yield server


@pytest.fixture
def place(tmp_path, iam):
    """An account where alice has a password and no MFA and root has no MFA; its
    report at AWS, decoded, and others'; the programs on the path."""
    iam.add_user('alice', password=True)
    iam.add_user('bob', password=True)
    iam.add_fido_device('bob', name='key')
    make_report(iam)
    folder = tmp_path / 'reports'
    folder.mkdir()
    mine = report(line(ROOT), line('alice'), line('bob', mfa='true'))
    (tmp_path / 'report.csv').write_bytes(mine)
    (folder / 'a.csv').write_bytes(mine)
    (folder / 'b.csv').write_bytes(report(line(ROOT, account=OTHER),
                                          line('carol', account=OTHER)))
    programs = tmp_path / 'bin'
    programs.mkdir()
    if shutil.which('aws'):
        (programs / 'aws').write_text(
            f'#!/bin/sh\nexec {shutil.which("aws")} --endpoint-url {iam.url} '
            '"$@"\n')
        (programs / 'aws').chmod(0o755)
    return tmp_path, environment(
        iam, HOME=str(tmp_path),
        PATH=f'{programs}:{PREFIX}/bin:{os.environ["PATH"]}')


# what each finds: (text of the line, exit status, told, not told)
FINDS = [
    (r'audit --checks root-mfa-missing$', 3, {ROOT}, {'alice'}),
    (r'^aws .*credential-report \| .*root-mfa-missing$', 3, {ROOT}, {'alice'}),
    (r'^cat reports', 3, {ROOT, ACCOUNT, OTHER}, {'alice', 'carol'}),
    (r'^aws .*base64 -d .*user-mfa-missing$', 3, {'alice'}, {'bob'}),
    (r'cut -d, -f2,5$', 3, {'"FAIL","alice"'}, {'bob', ROOT}),
    (r'--fail-on critical', 0, {'to put right'}, {'alice'}),
]


def test_there_is_a_row_for_each_recipe():
    assert len(recipes()) == len(FINDS)
    for words, *_ in FINDS:
        assert len([r for r in recipes() if re.search(words, r)]) == 1, words


@pytest.mark.parametrize('words, code, told, not_told', FINDS,
                         ids=[words for words, *_ in FINDS])
def test_a_recipe_does_what_the_manual_says(place, words, code, told,
                                            not_told):
    folder, env = place
    recipe = next(r for r in recipes() if re.search(words, r))
    if recipe.startswith('aws') and not shutil.which('aws'):
        pytest.skip('the AWS command line is not here')
    done = subprocess.run(['bash', '-o', 'pipefail', '-c', recipe], env=env,
                          cwd=folder, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == code, (recipe, done)
    for word in told:
        assert word in done.stdout, (recipe, done.stdout)
    for word in not_told:
        assert word not in done.stdout, (recipe, done.stdout)


def test_the_gate_leaves_its_files(place):
    folder, env = place
    recipe = next(r for r in recipes() if '--fail-on' in r)
    subprocess.run(['bash', '-c', recipe], env=env, cwd=folder,
                   capture_output=True, timeout=120, check=True)
    assert '<testsuites' in (folder / 'audit.xml').read_text()
    assert len(json.loads((folder / 'audit.sarif').read_text())['runs']) == 1
