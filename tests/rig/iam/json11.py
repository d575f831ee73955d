"""The JSON 1.1 protocol, driven by the services' own models: see shapes.py."""

import json

from .model import AwsError, check

_TYPES = {'string': str, 'integer': int, 'long': int, 'boolean': bool,
          'timestamp': (int, float), 'structure': dict, 'list': list,
          'map': dict}


def find(services, target):
    """(service, action) that an X-Amz-Target names, else None."""
    prefix, _, action = target.rpartition('.')
    for service in services:
        if service.target_prefix == prefix:
            return service, action
    return None


def read(service, operation, body):
    """The parameters, checked against the input shape."""
    try:
        given = json.loads(body or b'{}')
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise AwsError('SerializationException', 'Not a JSON object.', 400)
    shape = operation.input
    params = _read(shape, given, '') if shape is not None else {}
    problems = []
    if shape is not None:
        check(shape, params, '', problems)
    if problems:
        raise _refusal(service, problems)
    return params, sorted(set(given) - set(params))


def _read(shape, value, where):
    """Known members only; SerializationException where a type is wrong."""
    kind = shape.type_name
    if not isinstance(value, _TYPES[kind]) \
            or isinstance(value, bool) and kind != 'boolean':
        raise AwsError('SerializationException',
                       f'{where or "The request"} is not of type {kind}.',
                       400)
    if kind == 'structure':
        return {name: _read(shape.members[name], inner, name)
                for name, inner in value.items()
                if name in shape.members and inner is not None}
    if kind == 'list':
        return [_read(shape.member, inner, where) for inner in value]
    return value


def _refusal(service, problems):
    text = ('%d validation error%s detected: %s' % (
        len(problems), 's' if len(problems) > 1 else '',
        '; '.join(problems)))
    if service.name == 'organizations':
        return AwsError('InvalidInputException', 'You specified an invalid '
                        f'value: {text}', 400)
    if all("'maxResults'" in problem for problem in problems):
        return AwsError('InvalidMaxResultsException', text, 400)
    return AwsError('ValidationException', text, 400)


def write(result):
    return json.dumps(result or {}).encode()


def error_body(error):
    return json.dumps({'__type': error.code,
                       'Message': error.message}).encode()
