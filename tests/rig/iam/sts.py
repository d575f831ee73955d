"""STS: who calls, and sessions with and without MFA."""

from . import managed, policy
from .call import action, caller_arn
from .iam_mfa import check_sts_code
from .model import AwsError

@action('sts')
def get_caller_identity(call):
    key = call.key
    if key.kind == 'role':
        identity = f'{call.account.roles[key.role].id}:{key.session_name}'
    else:
        identity = call.account.id if call.user is call.account.root \
            else call.user.id
    return {'UserId': identity, 'Account': call.account.id,
            'Arn': call.caller}


@action('sts')
def get_session_token(call):
    if call.key.kind not in ('user', 'root'):
        raise AwsError('AccessDenied', 'Cannot call GetSessionToken with '
                       'session credentials')
    mfa = check_sts_code(call)
    longest = 3600 if call.key.kind == 'root' else 129600
    duration = min(call['DurationSeconds'] or 43200, longest)
    session = call.world.add_session(call.account, duration, kind='session',
                                     user=call.key.user, mfa=mfa)
    return {'Credentials': show_credentials(session)}


@action('sts')
def assume_role(call):
    if call.key.kind == 'root':
        raise AwsError('AccessDenied',
                       'Roles may not be assumed by root accounts.')
    mfa = check_sts_code(call) or call.key.mfa
    account, role = _find_role(call)
    if role is None or not _trusted(call, role, mfa):
        raise AwsError('AccessDenied', f'User: {call.caller} is not '
                       'authorized to perform: sts:AssumeRole on resource: '
                       f'{call["RoleArn"]}')
    duration = call['DurationSeconds'] or 3600
    if call.key.kind == 'role' and duration > 3600:
        raise AwsError('ValidationError', 'The requested DurationSeconds '
                       'exceeds the 1 hour session limit for roles assumed '
                       'by role chaining')
    if duration > role.max_duration:
        raise AwsError('ValidationError', 'The requested DurationSeconds '
                       'exceeds the MaxSessionDuration set for this role.')
    duration = call.settings['role_seconds'] or duration
    session = call.world.add_session(
        account, duration, kind='role', role=role.name,
        session_name=call['RoleSessionName'], **_session_policies(call, account))
    return {'Credentials': show_credentials(session),
            'SourceIdentity': call['SourceIdentity'],
            'AssumedRoleUser': {
                'AssumedRoleId': f'{role.id}:{session.session_name}',
                'Arn': caller_arn(account, session)}}


def _session_policies(call, account):
    """What the session is narrowed to: a document, ten managed ones at most,
    of the role's account or AWS's. The words of AWS's refusals of an ARN were
    seen by nobody here."""
    if call['Policy'] is not None:
        policy.parse(call['Policy'])
    arns = tuple(one.get('arn', '') for one in call['PolicyArns'] or [])
    if len(arns) > 10:
        raise AwsError('ValidationError', 'Number of PolicyArns must not '
                       'exceed 10')
    for arn in arns:
        if arn not in account.policies \
                and managed.document(account.partition, arn) is None:
            raise AwsError('ValidationError', f'Policy {arn} does not exist or '
                           'is not attachable.')
    if len(call['Policy'] or '') > 2048:
        raise AwsError('PackedPolicyTooLarge', 'Packed policy consumes more '
                       'than 100% of the space that a session has')
    return {'session_policy': call['Policy'], 'session_arns': arns}


def show_credentials(session):
    return {'AccessKeyId': session.id, 'SecretAccessKey': session.secret,
            'SessionToken': session.token, 'Expiration': session.expires}


def _find_role(call):
    for account in call.world.accounts.values():
        for role in account.roles.values():
            if account.arn(f'role{role.path}{role.name}') == call['RoleArn']:
                return account, role
    return None, None


def _trusted(call, role, mfa):
    account = call.account
    principals = {'*', account.id, account.arn('root'), call.caller}
    if not principals & set(role.trusts):
        return False
    if role.require_mfa and not mfa:
        return False
    return role.external_id is None or role.external_id == call['ExternalId']
