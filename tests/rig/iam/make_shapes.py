"""make_shapes.py: writes shapes.json out of the models that botocore carries.
Of each action that the local IAM acts on all that is on the wire, of the others
the name; no text of the models' documentation."""

import json
import pathlib

from botocore.loaders import Loader

from . import rig  # noqa: F401: its modules say what they act on
from .call import ACTIONS

SERVICES = ('iam', 'sts', 'organizations', 'cloudtrail')
_KEPT = ('type', 'required', 'min', 'max', 'pattern', 'enum', 'flattened')
_PLACE = pathlib.Path(__file__).parent / 'shapes.json'


def _reference(given):
    return {name: given[name] for name in ('shape', 'locationName')
            if name in given}


def _shape(given):
    kept = {name: given[name] for name in _KEPT if name in given}
    for name in ('member', 'key', 'value'):
        if name in given:
            kept[name] = _reference(given[name])
    if 'members' in given:
        kept['members'] = {name: _reference(member)
                           for name, member in given['members'].items()}
    return kept


def _reached(shapes, names):
    """Those shapes, and what they are made of."""
    found = {}
    names = list(names)
    while names:
        name = names.pop()
        if name in found:
            continue
        found[name] = kept = _shape(shapes[name])
        names += [r['shape'] for r in kept.get('members', {}).values()]
        names += [kept[inner]['shape'] for inner in ('member', 'key', 'value')
                  if inner in kept]
    return dict(sorted(found.items()))


def _service(name, model):
    shapes, operations, needed = model['shapes'], {}, []
    for action, given in sorted(model['operations'].items()):
        operations[action] = kept = {}
        if (name, action) not in ACTIONS:
            continue
        if 'input' in given:
            kept['input'] = {'shape': given['input']['shape']}
        if 'output' in given:
            kept['output'] = {key: given['output'][key]
                              for key in ('shape', 'resultWrapper')
                              if key in given['output']}
        needed += [inner['shape'] for inner in kept.values()]
        kept['acts'] = True
    metadata = model['metadata']
    return {
        'apiVersion': metadata['apiVersion'],
        'targetPrefix': metadata.get('targetPrefix'),
        'xmlNamespace': metadata.get('xmlNamespace'),
        'errors': {shape['error']['code']:
                   [shape['error']['httpStatusCode'], code]
                   for code, shape in sorted(shapes.items())
                   if shape.get('exception') and 'error' in shape},
        'operations': operations,
        'shapes': _reached(shapes, needed),
    }


def made():
    """What shapes.json has to be."""
    loader = Loader()
    return {
        'services': {name: _service(
            name, loader.load_service_model(name, 'service-2'))
            for name in SERVICES},
        'regions': {row['id']: row['regionRegex'] for row in
                    loader.load_data('partitions')['partitions']},
    }


if __name__ == '__main__':
    _PLACE.write_text(json.dumps(made(), indent=1) + '\n')
