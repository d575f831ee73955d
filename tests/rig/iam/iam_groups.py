"""IAM: groups and who is in them."""

from .call import action, show_user
from .iam_attached import owner_of
from .model import AwsError
from .state import Group, make_id


def show_group(account, group):
    return {'Path': group.path, 'GroupName': group.name, 'GroupId': group.id,
            'Arn': account.arn(f'group{group.path}{group.name}'),
            'CreateDate': group.created}


def _members(account, group):
    return [user for user in account.sorted_users()
            if group.name in user.groups]


@action('iam')
def create_group(call):
    name = call['GroupName']
    if name.lower() in (n.lower() for n in call.account.groups):
        raise AwsError('EntityAlreadyExists',
                       f'Group with name {name} already exists.')
    group = Group(name, make_id('AGPA'), call['Path'] or '/', call.now)
    call.account.groups[name] = group
    return {'Group': show_group(call.account, group)}


@action('iam')
def get_group(call):
    group = owner_of(call, 'Group')
    page = call.page('Users', _members(call.account, group),
                     lambda u: u.name.lower(),
                     lambda u: show_user(call.account, u, False))
    return {'Group': show_group(call.account, group), **page}


@action('iam')
def delete_group(call):
    group = owner_of(call, 'Group')
    for left, what in ((_members(call.account, group),
                        'remove users from group'),
                       (group.policies, 'delete policies'),
                       (group.attached, 'detach all policies')):
        if left:
            raise AwsError('DeleteConflict',
                           f'Cannot delete entity, must {what} first.')
    del call.account.groups[group.name]


@action('iam')
def list_groups(call):
    prefix = call['PathPrefix'] or '/'
    groups = [call.account.groups[name]
              for name in sorted(call.account.groups)
              if call.account.groups[name].path.startswith(prefix)]
    return call.page('Groups', groups, lambda g: g.name,
                     lambda g: show_group(call.account, g))


@action('iam')
def add_user_to_group(call):
    group, user = owner_of(call, 'Group'), call.target()
    if group.name in user.groups:
        return
    if len(user.groups) >= 10:
        raise AwsError('LimitExceeded',
                       'Cannot exceed quota for GroupsPerUser: 10')
    user.groups.append(group.name)


@action('iam')
def remove_user_from_group(call):
    group, user = owner_of(call, 'Group'), call.target()
    if group.name not in user.groups:
        raise AwsError('NoSuchEntity', f'User {user.name} is not in group '
                       f'{group.name}.')
    user.groups.remove(group.name)


@action('iam')
def list_groups_for_user(call):
    return call.page('Groups', sorted(call.target().groups), lambda n: n,
                     lambda n: show_group(call.account,
                                          call.account.groups[n]))
