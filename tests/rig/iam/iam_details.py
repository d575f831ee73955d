"""IAM: GetAccountAuthorizationDetails, who has which policies, in one go."""

from . import managed
from .call import action, show_tags, show_user
from .documents import quoted, trust_document
from .iam_attached import show_attached, show_boundary
from .iam_groups import show_group
from .iam_managed import find, show, show_version, users_of

# Filter: the list that its items are in.
_LISTS = {'User': 'UserDetailList', 'Group': 'GroupDetailList',
          'Role': 'RoleDetailList', 'LocalManagedPolicy': 'Policies',
          'AWSManagedPolicy': 'Policies'}


@action('iam')
def get_account_authorization_details(call):
    """Pages run over users, groups, roles and policies as one list."""
    wanted = call['Filter'] or list(_LISTS)
    items = [(f'{n}:{key}', name, value)
             for n, name in enumerate(_LISTS) if name in wanted
             for key, value in _ITEMS[name](call)]
    page = call.page('items', items, lambda item: item[0], lambda item: item)
    result = {'UserDetailList': [], 'GroupDetailList': [],
              'RoleDetailList': [], 'Policies': [],
              'IsTruncated': page['IsTruncated'],
              'Marker': page.get('Marker')}
    for _, name, value in page['items']:
        result[_LISTS[name]].append(_SHOW[name](call, value))
    return result


def _inline(owner):
    return [{'PolicyName': name, 'PolicyDocument': quoted(text)}
            for name, text in sorted(owner.policies.items())]


def _users(call):
    return [(user.name.lower(), user) for user in call.account.sorted_users()]


def _show_user(call, user):
    shown = {**show_user(call.account, user, False),
             'GroupList': sorted(user.groups),
             'AttachedManagedPolicies': show_attached(user.attached),
             **show_boundary(user)}
    if user.policies:
        shown['UserPolicyList'] = _inline(user)
    if user.tags:
        shown['Tags'] = show_tags(user.tags)
    return shown


def _groups(call):
    return sorted(call.account.groups.items())


def _show_group(call, group):
    return {**show_group(call.account, group),
            'GroupPolicyList': _inline(group),
            'AttachedManagedPolicies': show_attached(group.attached)}


def _roles(call):
    return sorted(call.account.roles.items())


def _show_role(call, role):
    account = call.account
    return {'Path': role.path, 'RoleName': role.name, 'RoleId': role.id,
            'Arn': account.arn(f'role{role.path}{role.name}'),
            'CreateDate': role.created, 'InstanceProfileList': [],
            'AssumeRolePolicyDocument': quoted(trust_document(account, role)),
            'RolePolicyList': _inline(role),
            'AttachedManagedPolicies': show_attached(role.attached),
            **show_boundary(role)}


def _local(call):
    return [(arn, arn) for arn in sorted(call.account.policies)]


def _aws(call):
    """Those of AWS's that somebody has, as IAM lists them."""
    account = call.account
    arns = sorted(managed.arn(account.partition, name)
                  for name in managed.names())
    bounds = {owner.boundary for owner in [*account.users.values(),
                                           *account.roles.values()]}
    return [(arn, arn) for arn in arns
            if arn in bounds or any(users_of(account, arn).values())]


def _show_policy(call, arn):
    found = find(call, arn)
    return {**show(call.account, arn, found),
            'PolicyVersionList': [show_version(found, version)
                                  for version in sorted(found.versions)]}


_ITEMS = {'User': _users, 'Group': _groups, 'Role': _roles,
          'LocalManagedPolicy': _local, 'AWSManagedPolicy': _aws}
_SHOW = {'User': _show_user, 'Group': _show_group, 'Role': _show_role,
         'LocalManagedPolicy': _show_policy, 'AWSManagedPolicy': _show_policy}
