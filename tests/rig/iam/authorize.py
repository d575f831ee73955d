"""Whether the policies that concern a caller let it do what it asks.

Four kinds of policy, in the order in which AWS names them when it refuses:
service control policies, identity policies, the boundary, the session's.
"""

import typing

from . import managed, policy, resources
from .model import iso_time
from .state import ROOT

# The kind's name behind "an explicit deny in" and behind "because no".
WORDS = {'scp': ('a service control policy', 'service control policy'),
         'identity': ('an identity-based policy', 'identity-based policy'),
         'boundary': ('a permissions boundary', 'permissions boundary'),
         'session': ('a session policy', 'session policy')}


class Layer(typing.NamedTuple):
    kind: str
    policies: list
    may_only_deny: bool = False


class Decision(typing.NamedTuple):
    allowed: bool
    kind: typing.Optional[str] = None       # of the policy that refused
    explicit: bool = False
    matches: tuple = ()                     # the statements that decided

    def reason(self, action):
        name, bare = WORDS[self.kind]
        return f'with an explicit deny in {name}' if self.explicit \
            else f'because no {bare} allows the {action} action'


def check(call):
    """Raises AWS's refusal unless the caller may do this."""
    what = f'{call.service}:{call.name}'
    if what == 'sts:GetCallerIdentity' or call.key.kind == 'web':
        return      # who signed nothing is judged by the action itself
    decision = decide(call.world, call.account, call.key, policy.Request(
        what, resources.matched(call), context_of(call)))
    if decision.allowed or not decision.explicit and _granted(call, what):
        return
    # Who may not assume something is not told why.
    raise call.denied('' if what in ('sts:AssumeRole', 'sts:AssumeRoot')
                      else decision.reason(what))


def _granted(call, what):
    """Is the call allowed although no policy of the caller says so?"""
    if what == 'sts:GetSessionToken':
        return True
    if what != 'sts:AssumeRole':
        return False
    # A role's trust in this very principal of its account is enough.
    account = call.account
    return any(account.arn(f'role{role.path}{role.name}') == call['RoleArn']
               and call.caller in role.trusts
               for role in account.roles.values())


def decide(world, account, key, request):
    return weigh(layers(world, account, key), request)


def weigh(found, request):
    """What layers of policies come to: any deny, else the first that lacks."""
    for layer in found:
        denials = policy.matches(layer.policies, request, 'Deny')
        if denials:
            return Decision(False, layer.kind, True, tuple(denials))
    granted = ()
    for layer in found:
        if layer.may_only_deny:
            continue
        allowing = policy.matches(layer.policies, request, 'Allow')
        if not allowing:
            return Decision(False, layer.kind)
        if layer.kind == 'identity':
            granted = tuple(allowing)
    return Decision(True, matches=granted)


def layers(world, account, key):
    """The layers over a key; a layer that says nothing is left out."""
    found = control_policies(world, account)
    if key.kind == 'role':
        found += identity_layers(world, account, account.roles[key.role])
    elif key.user != ROOT:
        found += identity_layers(world, account, account.by_id(key.user))
    if key.task:
        found.append(Layer('session', [policy.Policy(
            key.task, managed.ROOT_TASKS[key.task][1])], True))
    given = session_policies(account, key)
    if given:
        found.append(Layer('session', given))
    return found


def session_policies(account, key):
    """One layer: what none of them allows is not allowed, whatever the role
    may do."""
    own = [_parsed('session', key.session_policy)] if key.session_policy else []
    return own + [_managed(account, arn) for arn in key.session_arns]


def control_policies(world, account):
    """SCPs bind every principal of a member account, its root included."""
    if account.id == world.default or not account.in_organization \
            or world.settings['organization'] != 'ALL':
        return []
    full = [policy.Policy('FullAWSAccess', policy.parse(managed.document(
        account.partition, managed.arn(account.partition,
                                       'AdministratorAccess'))))]
    return [Layer('scp', full * account.full_access_scp + [
        _parsed(f'scp-{n}', text) for n, text in enumerate(account.scps)])]


def identity_layers(world, account, owner):
    """Of a user or role; without any policy the rig holds nobody back,
    unless told to."""
    given = identity_policies(account, owner)
    if not given and owner.boundary is None \
            and world.settings['policies'] != 'all':
        return []
    found = [Layer('identity', given)]
    if owner.boundary is not None:
        found.append(Layer('boundary', [_managed(account, owner.boundary)]))
    return found


def identity_policies(account, owner):
    found = _own_policies(account, owner, owner.name)
    for name in getattr(owner, 'groups', ()):
        found += _own_policies(account, account.groups[name], name)
    return found


def _own_policies(account, owner, name):
    kind = type(owner).__name__.lower()
    return [_parsed(f'{kind}_{name}_{inline}', text)
            for inline, text in owner.policies.items()] + [
        _managed(account, arn) for arn in owner.attached]


def _managed(account, arn):
    own = account.policies.get(arn)
    text = own.versions[own.default] if own else \
        managed.document(account.partition, arn)
    return _parsed(arn.rpartition('/')[2], text)


def _parsed(name, text):
    return policy.Policy(name, policy.parse(text))


# The context that conditions ask about.

def context_of(call):
    context = principal_context(call.world, call.account, call.key, call.now)
    context.update({
        'aws:sourceip': ['127.0.0.1'], 'aws:securetransport': ['true'],
        'aws:viaawsservice': ['false']})
    if call.region:
        context['aws:requestedregion'] = [call.region]
    tags = call['Tags'] or []
    if tags:
        context['aws:tagkeys'] = [tag['Key'] for tag in tags]
    for tag in tags:
        context['aws:requesttag/' + tag['Key'].lower()] = [tag['Value']]
    if call.name == 'AssumeRoot':
        context['sts:taskpolicyarn'] = [call['TaskPolicyArn']['arn']]
    if call['PolicyArn']:
        context['iam:policyarn'] = [call['PolicyArn']]
    if call['PermissionsBoundary']:
        context['iam:permissionsboundary'] = [call['PermissionsBoundary']]
    return {**context, **call.context}


def principal_context(world, account, key, now):
    """What is known of the caller alone."""
    context = {'aws:currenttime': [iso_time(now)],
               'aws:epochtime': [str(int(now))],
               'aws:principalaccount': [account.id]}
    if account.in_organization and world.settings['organization']:
        context['aws:principalorgid'] = ['o-exampleorg1']
    if key.kind == 'role':
        role = account.roles[key.role]
        context['aws:principalarn'] = [
            account.arn(f'role{role.path}{role.name}')]
        context['aws:userid'] = [f'{role.id}:{key.session_name}']
        context['aws:principaltype'] = ['AssumedRole']
    else:
        context.update(user_context(account, account.by_id(key.user)))
    if key.kind == 'assumed-root':
        context['aws:assumedroot'] = ['true']
    if key.token:
        context['aws:multifactorauthpresent'] = [
            'true' if key.mfa else 'false']
        context['aws:tokenissuetime'] = [iso_time(key.created)]
        if key.mfa:
            context['aws:multifactorauthage'] = [str(int(now - key.created))]
    return context


def user_context(account, user):
    if user.id == ROOT:
        return {'aws:principalarn': [account.arn('root')],
                'aws:userid': [account.id], 'aws:principaltype': ['Account']}
    context = {'aws:principalarn': [account.user_arn(user)],
               'aws:userid': [user.id], 'aws:username': [user.name],
               'aws:principaltype': ['User']}
    for name, value in user.tags.items():
        context['aws:principaltag/' + name.lower()] = [value]
    return context
