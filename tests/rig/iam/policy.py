"""Policy documents: read, refused when malformed, and matched to a request.

Pure: nothing here knows who calls or which documents concern them.
"""

import datetime
import ipaddress
import json
import re
import typing

from .model import AwsError

VERSIONS = ('2012-10-17', '2008-10-17')
_VARIABLE = re.compile(r'\$\{([^}]*)\}')


class Request(typing.NamedTuple):
    """action is 'iam:GetUser'; context has lists of text by lower-case key."""
    action: str
    resource: str
    context: dict


class Policy(typing.NamedTuple):
    """A parsed document with the name that shows where it came from."""
    name: str
    document: dict

    def statements(self):
        return as_list(self.document['Statement'])


class Match(typing.NamedTuple):
    policy: Policy
    statement: dict


def as_list(value):
    return value if isinstance(value, list) else [value]


def parse(text, resources=True):
    """The document of a JSON text; MalformedPolicyDocument unless it is one."""
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed('Syntax errors in policy.')
    if not isinstance(document, dict) or 'Statement' not in document \
            or document.get('Version', VERSIONS[1]) not in VERSIONS:
        raise _malformed('Syntax errors in policy.')
    for statement in as_list(document['Statement']):
        _check_statement(statement, resources)
    return document


def _check_statement(statement, resources):
    if not isinstance(statement, dict) \
            or statement.get('Effect') not in ('Allow', 'Deny'):
        raise _malformed('Syntax errors in policy.')
    if ('Action' in statement) == ('NotAction' in statement):
        raise _malformed('Policy statement must contain actions.')
    if resources and ('Resource' in statement) == ('NotResource' in statement):
        raise _malformed('Policy statement must contain resources.')
    for name in ('Action', 'NotAction', 'Resource', 'NotResource'):
        for text in as_list(statement.get(name, [])):
            _check_pattern(name, text)
    for operator in statement.get('Condition') or {}:
        if _base(operator) not in _OPERATORS:
            raise _malformed(f'Invalid Condition type : {operator}.')


def _check_pattern(name, text):
    if not isinstance(text, str):
        raise _malformed('Syntax errors in policy.')
    if text == '*':
        return
    if name.endswith('Action') and not re.fullmatch(
            r'[\w*?-]+:[\w*?]+', text):
        raise _malformed('Actions/Conditions must be prefaced by a vendor, '
                         'e.g., iam, sdb, ec2, etc.')
    if name.endswith('Resource') and not text.startswith('arn:'):
        raise _malformed(f'Resource {text} must be in ARN format or "*".')


def _malformed(message):
    return AwsError('MalformedPolicyDocument', message, 400)


# A request held against documents.

def matches(policies, request, effect):
    """The statements of that effect which speak of the request."""
    return [Match(policy, statement) for policy in policies
            for statement in policy.statements()
            if statement['Effect'] == effect
            and _speaks_of(statement, request, policy.document)]


def _speaks_of(statement, request, document):
    # Variables came with that version; in older ones they are plain text.
    context = request.context \
        if document.get('Version') == VERSIONS[0] else None
    if 'Action' in statement:
        if not _any_action(statement['Action'], request.action):
            return False
    elif _any_action(statement['NotAction'], request.action):
        return False
    if 'NotResource' in statement:
        if _any_resource(statement['NotResource'], request.resource, context):
            return False
    elif 'Resource' in statement and not _any_resource(
            statement['Resource'], request.resource, context):
        return False
    return all(_holds(operator, key, wanted, request.context, context)
               for operator, keys in (statement.get('Condition') or {}).items()
               for key, wanted in keys.items())


def _any_action(patterns, action):
    return any(glob(pattern.lower()).fullmatch(action.lower())
               for pattern in as_list(patterns))


def _any_resource(patterns, resource, context):
    return any(matches_arn(pattern, resource, context)
               for pattern in as_list(patterns))


def glob(text):
    """* and ? as in file names, over every character."""
    return re.compile(_glob(text, '.'), re.DOTALL)


def _glob(text, character):
    return ''.join(character + '*' if c == '*' else
                   character if c == '?' else re.escape(c) for c in text)


def matches_arn(pattern, arn, context):
    """A wildcard stays within its part of the ARN; '*' alone is anything."""
    if pattern == '*':
        return True
    pieces = _pieces(pattern, context)
    if pieces is None:
        return False
    out, colons = [], 0
    for literal, text in pieces:
        if literal:
            out.append(re.escape(text))
            continue
        for part in re.split('(:)', text):
            colons += part == ':'
            out.append(_glob(part, '[^:]' if colons < 5 else '.'))
    if colons < 5:
        out.append(':.*')       # AWS completes a short one with wildcards
    return re.fullmatch(''.join(out), arn, re.DOTALL) is not None


def _pieces(text, context):
    """[(literal, text)] with variables filled in; None if one has no value.

    context None means that ${...} is plain text.
    """
    if context is None:
        return [(False, text)]
    pieces, at = [], 0
    for found in _VARIABLE.finditer(text):
        value = _variable(found[1], context)
        if value is None:
            return None
        pieces += [(False, text[at:found.start()]), (True, value)]
        at = found.end()
    return pieces + [(False, text[at:])]


def _variable(inside, context):
    if inside in ('*', '?', '$'):
        return inside
    name, comma, default = inside.partition(',')
    values = context.get(name.strip().lower())
    if values and len(values) == 1:
        return values[0]
    return default.strip().strip("'") if comma else None


# Conditions.

def _base(operator):
    return operator.rpartition(':')[2].removesuffix('IfExists')


def _holds(operator, key, wanted, values_by_key, context):
    qualifier = operator.rpartition(':')[0]
    base = _base(operator)
    wanted = [_text(value) for value in as_list(wanted)]
    values = values_by_key.get(key.lower())
    if base == 'Null':
        return any((not values) == (value.lower() == 'true')
                   for value in wanted)
    compare, negated = _OPERATORS[base]
    if not values:
        return qualifier != 'ForAnyValue' and (
            negated or operator.endswith('IfExists')
            or qualifier == 'ForAllValues')
    found = [any(compare(value, text, context) for text in wanted)
             for value in values]
    if qualifier == 'ForAllValues' or (negated and not qualifier):
        return all(hit != negated for hit in found)
    return any(hit != negated for hit in found)


def _text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def _filled(text, context):
    pieces = _pieces(text, context)
    return None if pieces is None else ''.join(piece for _, piece in pieces)


def _equal(value, wanted, context):
    return value == _filled(wanted, context)


def _equal_any_case(value, wanted, context):
    return value.lower() == (_filled(wanted, context) or '').lower()


def _like(value, wanted, context):
    pieces = _pieces(wanted, context)
    return pieces is not None and re.fullmatch(''.join(
        re.escape(text) if literal else _glob(text, '.')
        for literal, text in pieces), value, re.DOTALL) is not None


def _arn(value, wanted, context):
    return matches_arn(wanted, value, context)


def _bool(value, wanted, context):
    return value.lower() == wanted.lower()


def _address(value, wanted, context):
    return ipaddress.ip_address(value) in ipaddress.ip_network(
        wanted, strict=False)


def _number(test):
    def compare(value, wanted, context):
        try:
            return test(float(value), float(wanted))
        except ValueError:
            return False
    return compare


def _date(test):
    def compare(value, wanted, context):
        try:
            return test(_seconds(value), _seconds(wanted))
        except ValueError:
            return False
    return compare


def _seconds(text):
    if re.fullmatch(r'\d+(\.\d+)?', text):
        return float(text)
    moment = datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))
    return moment.replace(tzinfo=moment.tzinfo
                          or datetime.timezone.utc).timestamp()


_ORDERED = {'LessThan': lambda a, b: a < b,
            'LessThanEquals': lambda a, b: a <= b,
            'GreaterThan': lambda a, b: a > b,
            'GreaterThanEquals': lambda a, b: a >= b}


def _same(a, b):
    return a == b


# operator: (comparison of one value with one of the policy, negated)
_OPERATORS = {
    'StringEquals': (_equal, False), 'StringNotEquals': (_equal, True),
    'StringEqualsIgnoreCase': (_equal_any_case, False),
    'StringNotEqualsIgnoreCase': (_equal_any_case, True),
    'StringLike': (_like, False), 'StringNotLike': (_like, True),
    'ArnEquals': (_arn, False), 'ArnNotEquals': (_arn, True),
    'ArnLike': (_arn, False), 'ArnNotLike': (_arn, True),
    'Bool': (_bool, False), 'BinaryEquals': (_equal, False),
    'IpAddress': (_address, False), 'NotIpAddress': (_address, True),
    'NumericEquals': (_number(_same), False),
    'NumericNotEquals': (_number(_same), True),
    'DateEquals': (_date(_same), False),
    'DateNotEquals': (_date(_same), True),
    'Null': (None, False),
    **{'Numeric' + name: (_number(test), False)
       for name, test in _ORDERED.items()},
    **{'Date' + name: (_date(test), False)
       for name, test in _ORDERED.items()},
}
