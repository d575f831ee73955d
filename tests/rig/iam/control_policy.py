"""The control channel's verbs for policies, certificates, organizations."""

import json

from . import iam_certificates, managed, policy
from .control import account_of, user_of, verb
from .state import Group, ManagedPolicy, Role, make_id


def _text(document):
    text = document if isinstance(document, str) else json.dumps(document)
    policy.parse(text)
    return text


def _owner(rig, account, ask):
    """The user, role or group; roles and groups are made when missing."""
    if 'role' in ask:
        return account.roles.setdefault(ask['role'], Role(
            ask['role'], make_id('AROA'), trusts=[account.id],
            created=rig.world.now()))
    if 'group' in ask:
        return account.groups.setdefault(ask['group'], Group(
            ask['group'], make_id('AGPA'), created=rig.world.now()))
    return user_of(account, ask['user'])


def _arn(rig, account, ask):
    """Of the managed policy: AWS's by its name, else made of document."""
    name, now = ask['name'], rig.world.now()
    if ask.get('document') is None:
        arn = name if name.startswith('arn:') \
            else managed.arn(account.partition, name)
        if arn not in account.policies \
                and managed.document(account.partition, arn) is None:
            raise ValueError(f'no policy {arn}')
        return arn
    arn = account.arn(f'policy/{name}')
    account.policies[arn] = ManagedPolicy(
        name, make_id('ANPA'), created=now,
        versions={'v1': _text(ask['document'])}, version_dates={'v1': now})
    return arn


@verb
def put_policy(rig, ask):
    """An inline policy, as in Put{User,Role,Group}Policy but of any size."""
    owner = _owner(rig, account_of(rig, ask), ask)
    owner.policies[ask.get('name') or 'inline'] = _text(ask['document'])
    return {}


@verb
def attach_policy(rig, ask):
    account = account_of(rig, ask)
    owner = _owner(rig, account, ask)
    arn = _arn(rig, account, ask)
    if arn not in owner.attached:
        owner.attached.append(arn)
    return {'arn': arn}


@verb
def set_boundary(rig, ask):
    account = account_of(rig, ask)
    owner = _owner(rig, account, ask)
    owner.boundary = _arn(rig, account, ask) if ask.get('name') else None
    return {'arn': owner.boundary}


@verb
def join_group(rig, ask):
    account = account_of(rig, ask)
    group = _owner(rig, account, {'group': ask['group']})
    user = user_of(account, ask['user'])
    if group.name not in user.groups:
        user.groups.append(group.name)
    return {}


@verb
def set_organization(rig, ask):
    """Of an account: member, delegated, status, name, scps, full_access."""
    account = account_of(rig, ask)
    for name, field in (('member', 'in_organization'),
                        ('delegated', 'delegated'), ('status', 'status'),
                        ('name', 'name'),
                        ('full_access', 'full_access_scp')):
        if ask.get(name) is not None:
            setattr(account, field, ask[name])
    if ask.get('scps') is not None:
        account.scps = [_text(document) for document in ask['scps']]
    return {}


@verb
def add_certificate(rig, ask):
    user = user_of(account_of(rig, ask), ask['user'])
    made = iam_certificates.make(
        '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
        rig.world.now(), ask.get('active', True))
    user.certificates.append(made)
    return {'id': made['id']}


@verb
def trail_events(rig, ask):
    """Everything that CloudTrail will ever tell, at once."""
    return {'events': [record['event'] for record in rig.world.trail]}
