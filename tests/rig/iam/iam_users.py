"""IAM: users, console passwords and access keys."""

from .call import action, read_tags, show_tags, show_user
from .iam_attached import exists, show_boundary
from .model import AwsError
from .state import ROOT


@action('iam')
def list_users(call):
    prefix = call['PathPrefix'] or '/'
    users = [user for user in call.account.sorted_users()
             if user.path.startswith(prefix)]
    return call.page('Users', users, lambda u: u.name.lower(),
                     lambda u: show_user(call.account, u))


@action('iam')
def get_user(call):
    user = call.target()
    shown = show_user(call.account, user)
    if user.tags:
        shown['Tags'] = show_tags(user.tags)
    if user.boundary:
        shown.update(show_boundary(user))
    return {'User': shown}


@action('iam')
def create_user(call):
    name = call['UserName']
    tags = read_tags(call['Tags'], {})
    if name.lower() in call.account.users:
        raise AwsError('EntityAlreadyExists',
                       f'User with name {name} already exists.')
    boundary = call['PermissionsBoundary']
    if boundary is not None and not exists(call, boundary):
        raise AwsError('NoSuchEntity', f'Scope ARN: {boundary} does not '
                       'exist or is not attachable.')
    user = call.world.add_user(call.account, name, call['Path'] or '/',
                               tags=tags, boundary=boundary)
    shown = show_user(call.account, user)
    if tags:
        shown['Tags'] = show_tags(tags)
    return {'User': shown}


@action('iam')
def update_user(call):
    account, user = call.account, call.target()
    new = call['NewUserName'] or user.name
    there = account.users.get(new.lower())
    if there is not None and there is not user:
        raise AwsError('EntityAlreadyExists', f'User with name {new} already '
                       'exists.')
    del account.users[user.name.lower()]
    user.name, user.path = new, call['NewPath'] or user.path
    account.users[new.lower()] = user


@action('iam')
def delete_user(call):
    user = call.target()
    for left, what in ((call.account.devices_of(user), 'remove tokens from '
                        'principal'),
                       (user.keys, 'delete access keys'),
                       (user.certificates, 'delete signing certificates'),
                       (user.policies, 'delete policies'),
                       (user.attached, 'detach all policies'),
                       (user.groups, 'remove users from group'),
                       (user.password, 'delete login profile')):
        if left:
            raise AwsError('DeleteConflict',
                           f'Cannot delete entity, must {what} first.')
    call.world.remove_user(call.account, user)


@action('iam')
def tag_user(call):
    user = call.target()
    user.tags = read_tags(call['Tags'], user.tags)


@action('iam')
def untag_user(call):
    user = call.target()
    for key in call['TagKeys']:
        user.tags.pop(key, None)


@action('iam')
def list_user_tags(call):
    tags = show_tags(dict(sorted(call.target().tags.items())))
    return call.page('Tags', tags, lambda t: t['Key'], lambda t: t)


@action('iam')
def get_login_profile(call):
    user = call.target()
    _need_password(user)
    return _show_profile(user, False)


@action('iam')
def create_login_profile(call):
    """Of root it only opens the way to a password by mail."""
    user = call.target()
    root = user.id == ROOT
    if not root and call['Password'] is None:
        raise AwsError('ValidationError', "1 validation error detected: "
                       "Value null at 'password' failed to satisfy "
                       'constraint: Member must not be null')
    if user.password:
        whose = f'account {call.account.id}' if root else f'user {user.name}'
        raise AwsError('EntityAlreadyExists',
                       f'Login Profile for {whose} already exists.')
    user.password, user.password_changed = True, call.now
    user.password_last_used = None
    return _show_profile(user, bool(call['PasswordResetRequired']))


def _show_profile(user, reset):
    shown = {'CreateDate': user.password_changed,
             'PasswordResetRequired': reset}
    if user.id != ROOT:
        shown['UserName'] = user.name
    return {'LoginProfile': shown}


@action('iam')
def delete_login_profile(call):
    user = call.target()
    _need_password(user)
    user.password = False
    user.password_changed = user.password_last_used = None


@action('iam')
def list_access_keys(call):
    user = call.target()
    return call.page('AccessKeyMetadata', sorted(user.keys), lambda k: k,
                     lambda k: _show_key(call, user, k))


@action('iam')
def create_access_key(call):
    user = call.target()
    if len(user.keys) >= 2:
        raise AwsError('LimitExceeded',
                       'Cannot exceed quota for AccessKeysPerUser: 2')
    key = call.world.add_key(call.account, user)
    return {'AccessKey': {**_show_key(call, user, key.id),
                          'SecretAccessKey': key.secret}}


@action('iam')
def update_access_key(call):
    _own_key(call, call.target()).active = call['Status'] == 'Active'


@action('iam')
def delete_access_key(call):
    user = call.target()
    key = _own_key(call, user)
    user.keys.remove(key.id)
    del call.world.keys[key.id]


@action('iam')
def get_access_key_last_used(call):
    key = call.world.keys.get(call['AccessKeyId'])
    if key is None or key.account != call.account.id \
            or key.kind not in ('user', 'root'):
        raise AwsError('AccessDenied', call.denied().message)
    used = {'Region': key.last_region or 'N/A',
            'ServiceName': key.last_service or 'N/A',
            'LastUsedDate': key.last_used}
    owner = call.account.by_id(key.user)
    name = {} if owner.id == ROOT else {'UserName': owner.name}
    return {**name, 'AccessKeyLastUsed': used}


def _need_password(user):
    if not user.password:
        name = 'null' if user.id == ROOT else user.name
        raise AwsError('NoSuchEntity', f'Login Profile for User {name} '
                       'cannot be found.')


def _own_key(call, user):
    if call['AccessKeyId'] not in user.keys:
        raise AwsError('NoSuchEntity', 'The Access Key with id '
                       f'{call["AccessKeyId"]} cannot be found.')
    return call.world.keys[call['AccessKeyId']]


def _show_key(call, user, key_id):
    key = call.world.keys[key_id]
    shown = {'AccessKeyId': key_id, 'CreateDate': key.created,
             'Status': 'Active' if key.active else 'Inactive'}
    if user.id != ROOT:
        shown['UserName'] = user.name
    return shown
