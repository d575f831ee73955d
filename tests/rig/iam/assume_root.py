"""STS: AssumeRoot, a quarter of an hour as a member's root, under a task."""

import re

from . import managed
from .call import action
from .model import AwsError
from .state import ROOT

_FEATURES = {'RootCredentialsManagement': 'Root credentials management',
             'RootSessions': 'Root sessions'}


@action('sts')
def assume_root(call):
    number = _target(call['TargetPrincipal'])
    feature, task = _task(call)
    target = call.world.accounts.get(number)
    if call.key.kind not in ('user', 'role', 'session') \
            or call.user is call.account.root or not _may_order(call) \
            or not _is_member(call, target):
        raise call.denied('')
    if feature not in call.settings['organization_features'] \
            or not call.settings['trusted_access']:
        raise AwsError('AccessDenied', f'{_FEATURES[feature]} feature is not '
                       'enabled for your AWS Organization.')
    duration = call['DurationSeconds']
    session = call.world.add_session(
        target, 900 if duration is None else duration, kind='assumed-root',
        user=ROOT, task=task)
    return {'Credentials': {
        'AccessKeyId': session.id, 'SecretAccessKey': session.secret,
        'SessionToken': session.token, 'Expiration': session.expires}}


def _target(text):
    found = re.fullmatch(r'(?:arn:[\w-]+:iam::)?(\d{12})(:root)?', text,
                         re.ASCII)
    if found is None or text.startswith('arn:') != bool(found[2]):
        raise AwsError('ValidationError',
                       'Request must contain a valid target principal')
    return found[1]


def _task(call):
    """(feature it needs, name) of the task policy."""
    arn = call['TaskPolicyArn'].get('arn', '')
    folder = managed.arn(call.account.partition, 'root-task/')
    name = arn.removeprefix(folder)
    if not arn.startswith(folder) or name not in managed.ROOT_TASKS:
        raise AwsError('ValidationError', 'Request must contain valid AWS '
                       'managed task policy ARN')
    return managed.ROOT_TASKS[name][0], name


def _may_order(call):
    account = call.account
    return call.settings['organization'] == 'ALL' \
        and account.in_organization \
        and (account.id == call.world.default or account.delegated)


def _is_member(call, target):
    """Of the organization, active, and not the management account."""
    return target is not None and target.in_organization \
        and target.id != call.world.default and target.status == 'ACTIVE'
