"""shapes.json is what AWS's models say, and nothing else is read of them."""

import pathlib
import subprocess
import sys

from . import make_shapes
from .shapes import load


def test_the_shapes_are_those_of_the_models():
    made = make_shapes.made()
    have = load()
    assert have['regions'] == made['regions']
    for name, service in made['services'].items():
        for part, wanted in service.items():
            assert have['services'][name][part] == wanted, (
                f'{name}, {part}: run python -m iam.make_shapes')


def test_the_server_needs_the_standard_library_alone():
    # -I -S: no site-packages, wherever this interpreter lies
    top = pathlib.Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, '-I', '-S', '-c',
         f'import sys; sys.path.insert(0, {str(top)!r})\n'
         'import iam.server\nprint("it runs")'],
        capture_output=True, text=True, check=False)
    assert done.stdout == 'it runs\n', done.stderr
