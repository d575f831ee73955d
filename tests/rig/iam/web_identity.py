"""AssumeRoleWithWebIdentity: unsigned, the token says who it is.

The rig's identity provider is a table: which token may assume which roles.
"""

from .call import action, caller_arn
from .control import verb
from .model import AwsError
from .state import Key
from .sts import show_credentials

UNSIGNED = {('sts', 'AssumeRoleWithWebIdentity')}


@verb
def web_identity(rig, ask):
    """{"token": TEXT, "roles": [ARN, ...], "expired": false}"""
    _tokens(rig.world)[ask['token']] = {
        'roles': ask['roles'], 'expired': bool(ask.get('expired'))}
    return {}


def nobody(world):
    """(account, key) of a request that nobody signed."""
    account = world.accounts[world.default]
    return account, Key('-', '-', account.id, 'web')


def _tokens(world):
    if not hasattr(world, 'web_tokens'):
        world.web_tokens = {}
    return world.web_tokens


@action('sts')
def assume_role_with_web_identity(call):
    token = _tokens(call.world).get(call['WebIdentityToken'])
    if token is None:
        raise AwsError('InvalidIdentityToken', 'No OpenIDConnect provider '
                       'found in your account for the token.')
    if token['expired']:
        raise AwsError('ExpiredTokenException', 'Token expired: current date/'
                       'time must be before the expiration date/time')
    role = next((role for role in call.account.roles.values()
                 if call.account.arn(f'role{role.path}{role.name}') ==
                 call['RoleArn']), None)
    if role is None or call['RoleArn'] not in token['roles']:
        raise AwsError('AccessDenied', 'Not authorized to perform '
                       'sts:AssumeRoleWithWebIdentity', 403)
    session = call.world.add_session(
        call.account, call['DurationSeconds'] or 3600, kind='role',
        role=role.name, session_name=call['RoleSessionName'])
    return {'Credentials': show_credentials(session),
            'SubjectFromWebIdentityToken': 'system:serviceaccount:x:y',
            'AssumedRoleUser': {
                'AssumedRoleId': f'{role.id}:{session.session_name}',
                'Arn': caller_arn(call.account, session)}}
