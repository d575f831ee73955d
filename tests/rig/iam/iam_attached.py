"""IAM: policies inside users, groups and roles, attached to them, and the
boundary over users and roles."""

import functools

from . import managed, policy
from .call import ACTIONS
from .documents import quoted
from .model import AwsError

SIZES = {'User': 2048, 'Group': 5120, 'Role': 10240}    # inline, all together
_ATTACHED = {'User': 10, 'Group': 10, 'Role': 20}


def owner_of(call, kind):
    """The user, group or role that the parameters name."""
    if kind == 'User':
        return call.target()
    name = call[f'{kind}Name']
    found = getattr(call.account, f'{kind.lower()}s').get(name)
    if found is None:
        raise AwsError('NoSuchEntity', f'The {kind.lower()} with name {name} '
                       'cannot be found.')
    return found


def _put(kind, call):
    owner, text = owner_of(call, kind), call['PolicyDocument']
    policy.parse(text)
    others = [t for n, t in owner.policies.items() if n != call['PolicyName']]
    size = sum(len(''.join(t.split())) for t in others + [text])
    if size > SIZES[kind]:
        raise AwsError('LimitExceeded', f'Maximum policy size of '
                       f'{SIZES[kind]} bytes exceeded for {kind.lower()} '
                       f'{owner.name}')
    owner.policies[call['PolicyName']] = text


def _inline(kind, call):
    owner = owner_of(call, kind)
    if call['PolicyName'] not in owner.policies:
        raise AwsError('NoSuchEntity', f'The {kind.lower()} policy with name '
                       f'{call["PolicyName"]} cannot be found.')
    return owner


def _get(kind, call):
    owner, name = _inline(kind, call), call['PolicyName']
    return {f'{kind}Name': owner.name, 'PolicyName': name,
            'PolicyDocument': quoted(owner.policies[name])}


def _delete(kind, call):
    del _inline(kind, call).policies[call['PolicyName']]


def _list(kind, call):
    return call.page('PolicyNames', sorted(owner_of(call, kind).policies),
                     lambda n: n, lambda n: n)


def exists(call, arn):
    return arn in call.account.policies \
        or managed.document(call.account.partition, arn) is not None


def _need_attachable(call, arn):
    if not exists(call, arn):
        raise AwsError('NoSuchEntity', f'Policy {arn} does not exist or is '
                       'not attachable.')


def _attach(kind, call):
    owner, arn = owner_of(call, kind), call['PolicyArn']
    _need_attachable(call, arn)
    if arn in owner.attached:
        return
    if len(owner.attached) >= _ATTACHED[kind]:
        raise AwsError('LimitExceeded', f'Cannot exceed quota for '
                       f'PoliciesPer{kind}: {_ATTACHED[kind]}')
    owner.attached.append(arn)


def _detach(kind, call):
    owner, arn = owner_of(call, kind), call['PolicyArn']
    if arn not in owner.attached:
        raise AwsError('NoSuchEntity', f'Policy {arn} was not found.')
    owner.attached.remove(arn)


def show_attached(arns):
    return [{'PolicyName': arn.rpartition('/')[2], 'PolicyArn': arn}
            for arn in sorted(arns)]


def _list_attached(kind, call):
    prefix = call['PathPrefix'] or '/'
    found = [one for one in show_attached(owner_of(call, kind).attached)
             if one['PolicyArn'].partition(':policy')[2].startswith(prefix)]
    return call.page('AttachedPolicies', found, lambda p: p['PolicyArn'],
                     lambda p: p)


def _put_boundary(kind, call):
    owner = owner_of(call, kind)
    _need_attachable(call, call['PermissionsBoundary'])
    owner.boundary = call['PermissionsBoundary']


def _delete_boundary(kind, call):
    owner = owner_of(call, kind)
    if owner.boundary is None:
        raise AwsError('NoSuchEntity', f'{kind} {owner.name} has no '
                       'permissions boundary.')
    owner.boundary = None


def show_boundary(owner):
    if owner.boundary is None:
        return {}
    return {'PermissionsBoundary': {
        'PermissionsBoundaryType': 'Policy',
        'PermissionsBoundaryArn': owner.boundary}}


for _kind in ('User', 'Group', 'Role'):
    for _name, _function in (
            ('Put{}Policy', _put), ('Get{}Policy', _get),
            ('Delete{}Policy', _delete), ('List{}Policies', _list),
            ('Attach{}Policy', _attach), ('Detach{}Policy', _detach),
            ('ListAttached{}Policies', _list_attached)):
        ACTIONS['iam', _name.format(_kind)] = functools.partial(_function,
                                                                _kind)
for _kind in ('User', 'Role'):
    ACTIONS['iam', f'Put{_kind}PermissionsBoundary'] = functools.partial(
        _put_boundary, _kind)
    ACTIONS['iam', f'Delete{_kind}PermissionsBoundary'] = functools.partial(
        _delete_boundary, _kind)
