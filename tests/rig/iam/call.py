"""One call as the actions see it, the table of actions, and paging."""

import base64
import binascii
import json

from . import resources
from .model import AwsError
from .state import ROOT

ACTIONS = {}        # (service, action) -> function(call) giving the result


def action(service):
    """Enters a function under its name: get_user is GetUser of service."""
    def enter(function):
        name = ''.join({'mfa': 'MFA', 'aws': 'AWS'}.get(word, word.capitalize())
                       for word in function.__name__.split('_'))
        ACTIONS[service, name] = function
        return function
    return enter


class Call:
    """Who calls what with which parameters, and on which state."""

    def __init__(self, world, account, key, service, name, params, orders):
        self.world, self.account, self.key = world, account, key
        self.service, self.name, self.params = service, name, params
        self.orders = orders
        self.now = world.now()
        self.context = {}       # what the console adds for policies
        self.region, self.order = None, {}
        self.user = account.by_id(key.user) if key.user else None

    def __getitem__(self, name):
        return self.params.get(name)

    @property
    def settings(self):
        return self.world.settings

    @property
    def caller(self):
        return caller_arn(self.account, self.key)

    # Finding what the parameters name.

    def target(self):
        """The user that UserName names, else the caller."""
        name = self['UserName']
        if name is None:
            if self.user is None:
                raise AwsError('ValidationError', 'Must specify userName when '
                               'calling with non-User credentials')
            return self.user
        user = self.account.user(name)
        if user is None:
            raise AwsError('NoSuchEntity', f'The user with name {name} '
                           'cannot be found.')
        return user

    def denied(self, reason=None):
        """What AWS answers when policies do not let the call through."""
        what = f'{self.service}:{self.name}'
        if reason is None:
            reason = f'because no identity-based policy allows the {what} ' \
                'action'
        code = 'AccessDenied' if self.service in ('iam', 'sts') \
            else 'AccessDeniedException'
        return AwsError(code, ' '.join(filter(None, (
            f'User: {self.caller} is not authorized to perform: {what} on '
            f'resource: {resources.shown(self)}', reason)))
            + self.settings['denial_suffix'])

    def page(self, member, items, key_of, show):
        """The page of sorted items that Marker and MaxItems ask for."""
        if self['Marker'] is not None:
            after = self._read_marker(self['Marker'])
            items = [item for item in items if key_of(item) > after]
        limit = min(self['MaxItems'] or 100,
                    self.settings['page_limit'] or 1000)
        chunk = items[:limit]
        result = {member: [show(item) for item in chunk],
                  'IsTruncated': len(items) > len(chunk)}
        if result['IsTruncated']:
            result['Marker'] = base64.b64encode(json.dumps(
                [self.name, key_of(chunk[-1])]).encode()).decode()
        return result

    def _read_marker(self, marker):
        try:
            name, after = json.loads(base64.b64decode(marker, validate=True))
            if name == self.name and isinstance(after, str):
                return after
        except (binascii.Error, ValueError, TypeError):
            pass
        raise AwsError('ValidationError', 'Invalid Marker.')


def caller_arn(account, key):
    if key.kind == 'role':
        return account.arn(f'assumed-role/{key.role}/{key.session_name}',
                           'sts')
    user = account.by_id(key.user)
    return account.user_arn(user) if user else account.arn('user/?')


def show_user(account, user, last_used=True):
    """A User structure; root has neither name nor path."""
    root = user.id == ROOT
    shown = {'UserId': account.id if root else user.id,
             'Arn': account.user_arn(user), 'CreateDate': user.created}
    if not root:
        shown.update(UserName=user.name, Path=user.path)
    if last_used and user.password and user.password_last_used is not None:
        shown['PasswordLastUsed'] = user.password_last_used
    return shown


def show_tags(tags):
    return [{'Key': key, 'Value': value} for key, value in tags.items()]


def read_tags(given, tags):
    """tags with those of the request merged in; fifty at most."""
    keys = [tag['Key'] for tag in given or ()]
    if len({key.lower() for key in keys}) != len(keys):
        raise AwsError('InvalidInput', 'Duplicate tag keys found. Please '
                       'note that Tag keys are case insensitive.')
    merged = dict(tags)
    merged.update((tag['Key'], tag['Value']) for tag in given or ())
    if len(merged) > 50:
        raise AwsError('LimitExceeded', 'The number of tags has reached the '
                       'maximum limit.')
    return merged
