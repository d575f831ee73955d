"""IAM: customer managed policies and their versions, and AWS's own."""

from . import managed, policy
from .call import action
from .documents import quoted
from .model import AwsError
from .state import ManagedPolicy, make_id

_SIZE = 6144
_LONG_AGO = 1423000000.0    # AWS's policies are dated 2015


def users_of(account, arn):
    """{kind: owners} that have the policy attached."""
    return {'User': [u for u in account.sorted_users() if arn in u.attached],
            'Group': [g for g in account.groups.values()
                      if arn in g.attached],
            'Role': [r for r in account.roles.values() if arn in r.attached]}


def _bounded_by(account, arn):
    return [owner for owner in [*account.users.values(),
                                *account.roles.values()]
            if owner.boundary == arn]


def find(call, arn):
    """The policy, AWS's own as well; NoSuchEntity without one."""
    own = call.account.policies.get(arn)
    if own is not None:
        return own
    text = managed.document(call.account.partition, arn)
    if text is None:
        raise AwsError('NoSuchEntity', f'Policy {arn} was not found.')
    path, _, name = arn.partition(':policy')[2].rpartition('/')
    return ManagedPolicy(name, 'ANPA' + name.upper()[:17].ljust(17, 'A'),
                         path + '/', _LONG_AGO, versions={'v1': text},
                         version_dates={'v1': _LONG_AGO})


def _own(call):
    arn = call['PolicyArn']
    if arn not in call.account.policies:
        find(call, arn)
        raise AwsError('AccessDenied', 'Policy is outside your own account.')
    return call.account.policies[arn]


def show(account, arn, found):
    attached = users_of(account, arn)
    return {'PolicyName': found.name, 'PolicyId': found.id, 'Arn': arn,
            'Path': found.path, 'DefaultVersionId': found.default,
            'AttachmentCount': sum(map(len, attached.values())),
            'PermissionsBoundaryUsageCount':
                len(_bounded_by(account, arn)),
            'IsAttachable': True, 'CreateDate': found.created,
            'UpdateDate': max(found.version_dates.values())}


def show_version(found, version, document=True):
    shown = {'VersionId': version,
             'IsDefaultVersion': version == found.default,
             'CreateDate': found.version_dates[version]}
    if document:
        shown['Document'] = quoted(found.versions[version])
    return shown


def _check_document(text):
    policy.parse(text)
    if len(''.join(text.split())) > _SIZE:
        raise AwsError('LimitExceeded',
                       f'Cannot exceed quota for PolicySize: {_SIZE}')


@action('iam')
def create_policy(call):
    account, path = call.account, call['Path'] or '/'
    name, text = call['PolicyName'], call['PolicyDocument']
    _check_document(text)
    if any(p.name == name for p in account.policies.values()):
        raise AwsError('EntityAlreadyExists', f'A policy called {name} '
                       'already exists. Duplicate names are not allowed.')
    made = ManagedPolicy(name, make_id('ANPA'), path, call.now,
                         versions={'v1': text},
                         version_dates={'v1': call.now})
    arn = account.arn(f'policy{path}{name}')
    account.policies[arn] = made
    return {'Policy': show(account, arn, made)}


@action('iam')
def get_policy(call):
    found = find(call, call['PolicyArn'])
    return {'Policy': show(call.account, call['PolicyArn'], found)}


@action('iam')
def delete_policy(call):
    arn = call['PolicyArn']
    found = _own(call)
    if any(users_of(call.account, arn).values()) \
            or _bounded_by(call.account, arn):
        raise AwsError('DeleteConflict',
                       'Cannot delete a policy attached to entities.')
    if len(found.versions) > 1:
        raise AwsError('DeleteConflict', 'This policy has more than one '
                       'version. Before you delete a policy, you must delete '
                       "the policy's versions. The default version is "
                       'deleted with the policy.')
    del call.account.policies[arn]


@action('iam')
def list_policies(call):
    account = call.account
    scope, prefix = call['Scope'] or 'All', call['PathPrefix'] or '/'
    arns = sorted(account.policies) if scope != 'AWS' else []
    if scope != 'Local':
        arns += [managed.arn(account.partition, name)
                 for name in managed.names()]
    shown = [show(account, arn, find(call, arn)) for arn in sorted(arns)]
    shown = [one for one in shown if one['Path'].startswith(prefix)
             and (not call['OnlyAttached'] or one['AttachmentCount'])]
    return call.page('Policies', shown, lambda p: p['Arn'], lambda p: p)


@action('iam')
def create_policy_version(call):
    found, text = _own(call), call['PolicyDocument']
    _check_document(text)
    if len(found.versions) >= 5:
        raise AwsError('LimitExceeded', 'A managed policy can have up to 5 '
                       'versions. Before you create a new version, you must '
                       'delete an existing version.')
    found.last_version += 1
    version = f'v{found.last_version}'
    found.versions[version] = text
    found.version_dates[version] = call.now
    if call['SetAsDefault']:
        found.default = version
    return {'PolicyVersion': show_version(found, version, False)}


def _version(call, found):
    if call['VersionId'] not in found.versions:
        raise AwsError('NoSuchEntity', f'Policy {call["PolicyArn"]} version '
                       f'{call["VersionId"]} does not exist or is not '
                       'attachable.')
    return call['VersionId']


@action('iam')
def get_policy_version(call):
    found = find(call, call['PolicyArn'])
    return {'PolicyVersion': show_version(found, _version(call, found))}


@action('iam')
def list_policy_versions(call):
    found = find(call, call['PolicyArn'])
    return call.page('Versions', sorted(found.versions),
                     lambda v: v, lambda v: show_version(found, v, False))


@action('iam')
def delete_policy_version(call):
    found = _own(call)
    version = _version(call, found)
    if version == found.default:
        raise AwsError('DeleteConflict', 'Cannot delete the default version '
                       'of a policy.')
    del found.versions[version], found.version_dates[version]


@action('iam')
def set_default_policy_version(call):
    found = _own(call)
    found.default = _version(call, found)
