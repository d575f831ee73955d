"""The resource that a call is about: what policies are held against."""

# Actions that know no resource: only '*' speaks of them.
_NONE = {
    'GenerateCredentialReport', 'GetCredentialReport', 'GetAccountSummary',
    'GetAccountAuthorizationDetails', 'ListAccountAliases', 'ListUsers',
    'ListGroups', 'ListRoles', 'ListPolicies', 'ListVirtualMFADevices',
    'ListOrganizationsFeatures',
    'EnableOrganizationsRootCredentialsManagement',
    'DisableOrganizationsRootCredentialsManagement',
    'EnableOrganizationsRootSessions', 'DisableOrganizationsRootSessions',
}
_DEVICE = {'DeleteVirtualMFADevice', 'TagMFADevice', 'UntagMFADevice',
           'ListMFADeviceTags'}
_POLICY = {'GetPolicy', 'DeletePolicy', 'GetPolicyVersion',
           'CreatePolicyVersion', 'ListPolicyVersions', 'DeletePolicyVersion',
           'SetDefaultPolicyVersion', 'ListEntitiesForPolicy'}


def matched(call):
    """What policies are held against: an ARN, or '*' where there is none."""
    if call.service in ('cloudtrail', 'organizations') \
            or call.service == 'iam' and call.name in _NONE \
            or call.name in ('GetSessionToken', 'GetCallerIdentity'):
        return '*'
    return shown(call)


def shown(call):
    """What AWS names when it refuses the call."""
    if call.service == 'sts':
        if call.name == 'AssumeRoot':
            return target_root(call)
        return call['RoleArn'] or '*'
    if call.service != 'iam':
        return '*'
    if call.name == 'ListUsers':
        return call.account.arn('user' + (call['PathPrefix'] or '/'))
    if call.name in _NONE:
        return '*'
    if call.name in _DEVICE:
        return call['SerialNumber']
    if call.name in _POLICY:
        return call['PolicyArn']
    if call.name == 'SimulatePrincipalPolicy':
        return call['PolicySourceArn']
    return _made(call) or _named(call)


def target_root(call):
    target = call['TargetPrincipal']
    return call.account.arn('root').replace(call.account.id, target) \
        if target.isdigit() else target


def _made(call):
    """Of actions that make something with a path and a name."""
    for action, kind, name in (
            ('CreateVirtualMFADevice', 'mfa', 'VirtualMFADeviceName'),
            ('CreateUser', 'user', 'UserName'),
            ('CreateGroup', 'group', 'GroupName'),
            ('CreatePolicy', 'policy', 'PolicyName')):
        if call.name == action:
            return call.account.arn(kind + (call['Path'] or '/') + call[name])
    return None


def _named(call):
    account = call.account
    if call.name == 'GetAccessKeyLastUsed':
        return _owner_of_key(call)
    if call['GroupName']:
        group = account.groups.get(call['GroupName'])
        return account.arn(f'group{group.path if group else "/"}'
                           f'{call["GroupName"]}')
    if call['RoleName']:
        role = account.roles.get(call['RoleName'])
        return account.arn(f'role{role.path if role else "/"}'
                           f'{call["RoleName"]}')
    if call['UserName']:
        user = account.user(call['UserName'])
        return account.user_arn(user) if user else \
            account.arn('user/' + call['UserName'])
    return account.user_arn(call.user) if call.user else '*'


def _owner_of_key(call):
    key = call.world.keys.get(call['AccessKeyId'])
    if key is None or key.account != call.account.id or not key.user:
        return call.account.arn('user/')
    return call.account.user_arn(call.account.by_id(key.user))
