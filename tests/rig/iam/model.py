"""The wire, driven by the services' own models: see shapes.py.

Requests are parsed and checked against the input shapes, replies are written
from the output shapes, and error codes find their HTTP status in the model.
Nothing here knows what an action does.
"""

import base64
import datetime
import re
from urllib.parse import unquote_plus

from .shapes import Shape, load

# Codes that the models leave out because every AWS service has them.
COMMON_STATUS = {
    'AccessDenied': 403, 'ExpiredToken': 403, 'IncompleteSignature': 400,
    'InternalFailure': 500, 'InvalidAction': 400, 'InvalidClientTokenId': 403,
    'MalformedInput': 400, 'MalformedQueryString': 404, 'MissingAction': 400,
    'MissingAuthenticationToken': 403, 'NotImplemented': 501,
    'OptInRequired': 403, 'RequestExpired': 400, 'ServiceUnavailable': 503,
    'SignatureDoesNotMatch': 403, 'Throttling': 400, 'ValidationError': 400,
}


class AwsError(Exception):
    """An error that the client gets to see."""

    def __init__(self, code, message, status=None):
        super().__init__(f'{code}: {message}')
        self.code, self.message, self.status = code, message, status


class Service:
    """One service model: its operations and its error table."""

    def __init__(self, name):
        self.name = name
        self.model = model = load()['services'][name]
        self.version = model['apiVersion']
        self.target_prefix = model['targetPrefix']
        self.namespace = model['xmlNamespace']
        self._operations = {}
        self._errors = model['errors']

    def operation(self, name):
        """The operation of that name, or None when AWS has none."""
        if name not in self._operations:
            if name not in self.model['operations']:
                return None
            self._operations[name] = Operation(self, name)
        return self._operations[name]

    def status_of(self, code):
        return self._errors.get(code, [COMMON_STATUS.get(code, 400)])[0]

    def exception_of(self, code):
        """The name of the error as CloudTrail writes it."""
        return self._errors.get(code, [None, code])[1]

    def error_body(self, error, status, request_id):
        kind = 'Receiver' if status >= 500 else 'Sender'
        return (f'<ErrorResponse xmlns="{self.namespace}">\n  <Error>\n'
                f'    <Type>{kind}</Type>\n    <Code>{error.code}</Code>\n'
                f'    <Message>{escape(error.message)}</Message>\n'
                f'  </Error>\n  <RequestId>{request_id}</RequestId>\n'
                '</ErrorResponse>\n').encode()


class Operation:
    def __init__(self, service, name):
        self.service, self.name = service, name
        model = service.model['operations'][name]
        self.input, self.output = (
            Shape(service.model['shapes'], model[side])
            if side in model else None for side in ('input', 'output'))
        query = service.target_prefix is None
        self._write = _writer(self.output) \
            if query and self.output is not None else None

    def parse(self, form):
        """(parameters, names in the form that the action does not have)"""
        used, params = {'Action', 'Version'}, {}
        if self.input is not None:
            params = _read(self.input, '', form, used) or {}
            problems = []
            check(self.input, params, '', problems)
            if problems:
                raise AwsError('ValidationError', '%d validation error%s '
                               'detected: %s' % (
                                   len(problems),
                                   's' if len(problems) > 1 else '',
                                   '; '.join(problems)))
        return params, sorted(set(form) - used)

    def render(self, result, request_id):
        out = [f'<{self.name}Response xmlns="{self.service.namespace}">\n']
        if self._write is not None:
            wrapper = self.output.serialization['resultWrapper']
            out.append(f'  <{wrapper}>\n')
            self._write(result or {}, out.append)
            out.append(f'\n  </{wrapper}>\n')
        out.append(f'  <ResponseMetadata>\n    <RequestId>{request_id}'
                   '</RequestId>\n  </ResponseMetadata>\n'
                   f'</{self.name}Response>\n')
        return ''.join(out).encode()


def parse_form(text):
    """The form as a dict; AWS refuses what is not UTF-8 or said twice."""
    form = {}
    for pair in filter(None, text.split('&')):
        key, _, value = pair.partition('=')
        try:
            key = unquote_plus(key, errors='strict')
            value = unquote_plus(value, errors='strict')
        except UnicodeDecodeError:
            raise AwsError('MalformedQueryString',
                           'The query string is malformed.')
        if key in form:
            raise AwsError('MalformedQueryString',
                           f'Duplicate parameter {key}.')
        form[key] = value
    return form


# Reading requests.

def _read(shape, prefix, form, used):
    kind = shape.type_name
    if kind == 'structure':
        value = {}
        for name, member in shape.members.items():
            wire = member.serialization.get('name', name)
            found = _read(member, f'{prefix}.{wire}' if prefix else wire,
                          form, used)
            if found is not None:
                value[name] = found
        return value or None
    if kind == 'list':
        if not shape.serialization.get('flattened'):
            if form.get(prefix) == '':
                used.add(prefix)
                return []
            prefix += '.' + shape.member.serialization.get('name', 'member')
        return _read_numbered(prefix, form, lambda at: _read(
            shape.member, at, form, used))
    if kind == 'map':
        pairs = _read_numbered(f'{prefix}.entry', form, lambda at: (
            _read(shape.key, f'{at}.key', form, used),
            _read(shape.value, f'{at}.value', form, used)))
        return None if pairs is None else dict(pairs)
    if prefix not in form:
        return None
    used.add(prefix)
    return _read_scalar(kind, form[prefix])


def _read_numbered(prefix, form, read):
    numbers = set()
    for key in form:
        if key.startswith(prefix + '.'):
            head = key[len(prefix) + 1:].partition('.')[0]
            if head.isascii() and head.isdigit():
                numbers.add(int(head))
    return [read(f'{prefix}.{n}') for n in sorted(numbers)] or None


def _read_scalar(kind, text):
    try:
        if kind in ('integer', 'long'):
            if not re.fullmatch(r'-?\d+', text, re.ASCII):
                raise ValueError
            return int(text)
        if kind == 'boolean':
            return {'true': True, 'false': False}[text.lower()]
        if kind == 'blob':
            return base64.b64decode(text, validate=True)
    except (ValueError, KeyError):
        raise AwsError('MalformedInput', f'{text} is not of type {kind}.')
    return text


# Checking requests.

_SEPARATORS = ' \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000'
_patterns = {}


def _pattern(text):
    """Java's pattern as Python's: \\w and \\d are ASCII unless \\p is used."""
    if text not in _patterns:
        flags = 0 if '\\p{' in text else re.ASCII
        python = (text.replace(r'\p{L}', r'\w').replace(r'\p{N}', r'\d')
                  .replace(r'\p{Z}', _SEPARATORS))
        _patterns[text] = re.compile(python, flags)
    return _patterns[text]


def check(shape, value, where, problems):
    def refuse(rule):
        problems.append(f"Value '{value}' at '{where}' failed to satisfy "
                        f'constraint: {rule}')

    kind = shape.type_name
    if kind == 'structure':
        for name, member in shape.members.items():
            inner = name[:1].lower() + name[1:]
            inner = f'{where}.{inner}' if where else inner
            if name in value:
                check(member, value[name], inner, problems)
            elif name in shape.required_members:
                problems.append(f"Value null at '{inner}' failed to satisfy "
                                'constraint: Member must not be null')
        return
    low, high = shape.metadata.get('min'), shape.metadata.get('max')
    if kind in ('list', 'string'):
        if high is not None and len(value) > high:
            refuse(f'Member must have length less than or equal to {high}')
        if low is not None and len(value) < low:
            refuse(f'Member must have length greater than or equal to {low}')
    if kind == 'list':
        for n, item in enumerate(value, 1):
            at = f'{where}.{n}.member'
            if item is None:
                problems.append(f"Value null at '{at}' failed to satisfy "
                                'constraint: Member must not be null')
            else:
                check(shape.member, item, at, problems)
    elif kind == 'string':
        pattern = shape.metadata.get('pattern')
        if pattern and not _pattern(pattern).fullmatch(value):
            refuse('Member must satisfy regular expression pattern: '
                   + pattern)
        enum = shape.metadata.get('enum')
        if enum and value not in enum:
            refuse(f'Member must satisfy enum value set: [{", ".join(enum)}]')
    elif kind in ('integer', 'long'):
        if high is not None and value > high:
            refuse(f'Member must have value less than or equal to {high}')
        if low is not None and value < low:
            refuse(f'Member must have value greater than or equal to {low}')


# Writing replies.

def escape(text):
    return (text.replace('&', '&amp;').replace('<', '&lt;')
            .replace('>', '&gt;').replace('"', '&quot;'))


def iso_time(seconds):
    moment = datetime.datetime.fromtimestamp(int(seconds),
                                             datetime.timezone.utc)
    return moment.strftime('%Y-%m-%dT%H:%M:%SZ')


_SCALARS = {
    'string': lambda v: escape(v),
    'timestamp': iso_time,
    'boolean': lambda v: 'true' if v else 'false',
    'blob': lambda v: base64.b64encode(v).decode(),
}


def _writer(shape):
    """A function (value, emit) that writes the inside of the element."""
    kind = shape.type_name
    if kind == 'structure':
        members = _Members(shape)
        return members.write
    if kind == 'list':
        item = _writer(shape.member)

        def write_list(value, emit):
            for one in value:
                emit('<member>')
                item(one, emit)
                emit('</member>\n')
        return write_list
    if kind == 'map':
        inner = _writer(shape.value)

        def write_map(value, emit):
            for key, one in value.items():
                emit(f'<entry><key>{escape(key)}</key><value>')
                inner(one, emit)
                emit('</value></entry>\n')
        return write_map
    convert = _SCALARS.get(kind, str)
    return lambda value, emit: emit(convert(value))


class _Members:
    """A structure's members; made on first use, since shapes may recurse."""

    def __init__(self, shape):
        self.shape, self.writers = shape, None

    def write(self, value, emit):
        if self.writers is None:
            self.writers = [
                (name, member.serialization.get('name', name),
                 _writer(member))
                for name, member in self.shape.members.items()]
        for name, wire, write in self.writers:
            inner = value.get(name)
            if inner is not None:
                emit(f'<{wire}>')
                write(inner, emit)
                emit(f'</{wire}>')
