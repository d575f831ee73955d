"""What AWS's services take and give, out of shapes.json: the part of their
service models that the local IAM needs. make_shapes.py makes it.

A shape is seen as it is where it is used: a member's own name on the wire goes
before its type's.
"""

import functools
import json
import pathlib

_PLACE = pathlib.Path(__file__).parent / 'shapes.json'
_LIMITS = ('min', 'max', 'pattern', 'enum')


@functools.cache
def load():
    return json.loads(_PLACE.read_text())


class Shape:
    """A type, as a member of another or alone."""

    def __init__(self, shapes, reference):
        row = {**shapes[reference['shape']], **reference}
        self._shapes, self._row = shapes, row
        self.type_name = row['type']
        self.required_members = row.get('required', [])
        self.metadata = {name: row[name] for name in _LIMITS if name in row}
        self.serialization = {}
        if 'locationName' in row:
            self.serialization['name'] = row['locationName']
        if row.get('flattened'):
            self.serialization['flattened'] = True
        if 'resultWrapper' in row:
            self.serialization['resultWrapper'] = row['resultWrapper']

    def _other(self, name):
        return Shape(self._shapes, self._row[name])

    @functools.cached_property
    def members(self):
        return {name: Shape(self._shapes, reference)
                for name, reference in self._row.get('members', {}).items()}

    @functools.cached_property
    def member(self):
        return self._other('member')

    @functools.cached_property
    def key(self):
        return self._other('key')

    @functools.cached_property
    def value(self):
        return self._other('value')
