"""IAM: SimulatePrincipalPolicy, by the evaluation that calls go through.

Orders that deny count as well: a test that refuses an action by order finds
the simulation agreeing.
"""

from . import authorize, policy
from .call import action
from .model import AwsError


@action('iam')
def simulate_principal_policy(call):
    source, owner, context = _source(call)
    context = {**context, **_entries(call)}
    found = _layers(call, owner)
    results = []
    for name in call['ActionNames']:
        for resource in call['ResourceArns'] or ['*']:
            results.append(_simulate(call, source, found, policy.Request(
                name, resource, context)))
    # AWS pages by evaluation; the key keeps the order of the request.
    numbered = list(enumerate(results))
    return call.page('EvaluationResults', numbered,
                     lambda item: f'{item[0]:06d}', lambda item: item[1])


def _source(call):
    """(ARN, owner, what is known of it) of the principal asked about."""
    arn, account = call['PolicySourceArn'], call.account
    for user in account.users.values():
        if account.user_arn(user) == arn:
            return arn, user, authorize.user_context(account, user)
    for kind, found in (('role', account.roles), ('group', account.groups)):
        for owner in found.values():
            if account.arn(f'{kind}{owner.path}{owner.name}') == arn:
                return arn, owner, {'aws:principalarn': [arn]}
    raise AwsError('NoSuchEntity', f'The policy source {arn} cannot be '
                   'found.')


def _entries(call):
    return {entry['ContextKeyName'].lower(): entry['ContextKeyValues']
            for entry in call['ContextEntries'] or []
            if entry.get('ContextKeyName') and entry.get('ContextKeyValues')}


def _layers(call, owner):
    """Identity policies and those given; SCPs are the account's."""
    found = authorize.control_policies(call.world, call.account)
    if hasattr(owner, 'boundary'):
        found += authorize.identity_layers(call.world, call.account, owner)
    else:
        found.append(authorize.Layer('identity', authorize.identity_policies(
            call.account, owner)))
    given = [policy.Policy(f'PolicyInputList.{n}', policy.parse(text))
             for n, text in enumerate(call['PolicyInputList'] or [], 1)]
    if given:
        found = [layer if layer.kind != 'identity' else authorize.Layer(
            'identity', layer.policies + given) for layer in found]
    bounds = [policy.Policy(f'PermissionsBoundaryPolicyInputList.{n}',
                            policy.parse(text)) for n, text in enumerate(
        call['PermissionsBoundaryPolicyInputList'] or [], 1)]
    if bounds:
        found = [layer for layer in found if layer.kind != 'boundary'] + [
            authorize.Layer('boundary', bounds)]
    return found


def _simulate(call, source, found, request):
    decision = authorize.weigh(found, request)
    word = 'allowed' if decision.allowed else \
        'explicitDeny' if decision.explicit else 'implicitDeny'
    if decision.allowed and call.orders.denies(
            source, request.action.partition(':')[2]):
        word = 'implicitDeny'
    result = {'EvalActionName': request.action,
              'EvalResourceName': request.resource, 'EvalDecision': word,
              'MatchedStatements': [
                  {'SourcePolicyId': match.policy.name}
                  for match in decision.matches],
              'MissingContextValues': _missing(found, request)}
    for layer in found:
        if layer.kind == 'scp':
            result['OrganizationsDecisionDetail'] = {
                'AllowedByOrganizations': authorize.weigh(
                    [layer], request).allowed}
        if layer.kind == 'boundary':
            result['PermissionsBoundaryDecisionDetail'] = {
                'AllowedByPermissionsBoundary': authorize.weigh(
                    [layer], request).allowed}
    return result


def _missing(found, request):
    """Keys that conditions ask about and nobody has given."""
    return sorted({key for layer in found for one in layer.policies
                   for statement in one.statements()
                   for keys in (statement.get('Condition') or {}).values()
                   for key in keys if key.lower() not in request.context})
