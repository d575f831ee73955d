"""Organizations: which accounts there are, asked from among them."""

import base64
import binascii

from .call import action
from .iam_features import ORGANIZATION
from .model import AwsError


def _need_organization(call):
    if call.settings['organization'] is None \
            or not call.account.in_organization:
        raise AwsError('AWSOrganizationsNotInUseException', 'Your account is '
                       'not a member of an organization.', 400)


def _arn(call, kind):
    master = call.world.default
    return f'arn:{call.account.partition}:organizations::{master}:' \
           f'{kind}/{ORGANIZATION}'


def _email(account):
    return f'aws+{account.id}@example.com'


@action('organizations')
def describe_organization(call):
    """Any account of the organization may ask."""
    _need_organization(call)
    master = call.world.accounts[call.world.default]
    return {'Organization': {
        'Id': ORGANIZATION, 'Arn': _arn(call, 'organization'),
        'FeatureSet': call.settings['organization'],
        'MasterAccountArn': _arn(call, 'account') + f'/{master.id}',
        'MasterAccountId': master.id, 'MasterAccountEmail': _email(master),
        'AvailablePolicyTypes': [{'Type': 'SERVICE_CONTROL_POLICY',
                                  'Status': 'ENABLED'}]}}


@action('organizations')
def list_accounts(call):
    _need_organization(call)
    if call.account.id != call.world.default and not call.account.delegated:
        raise AwsError('AccessDeniedException', "You don't have permissions "
                       'to access this resource.', 400)
    limit = min(call['MaxResults'] or 20, call.settings['page_limit'] or 20)
    accounts = sorted(number for number, account
                      in call.world.accounts.items()
                      if account.in_organization)
    after, empty = '', 0
    if call['NextToken']:
        after, empty = _read_token(call['NextToken'])
        accounts = [number for number in accounts if number > after]
    # AWS may answer without any, and there are more all the same
    if empty < call.settings['empty_pages']:
        return {'Accounts': [], 'NextToken': _token(after, empty + 1)}
    result = {'Accounts': [_show(call, call.world.accounts[number])
                           for number in accounts[:limit]]}
    if len(accounts) > limit:
        result['NextToken'] = _token(accounts[limit - 1], 0)
    return result


def _token(after, empty):
    return base64.b64encode(f'{after}/{empty}'.encode()).decode()


def _read_token(token):
    try:
        after, empty = base64.b64decode(
            token, validate=True).decode('ascii').split('/')
        return after, int(empty)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise AwsError('InvalidInputException', 'You specified an invalid '
                       'value: NextToken', 400)


def _show(call, account):
    return {'Id': account.id, 'Name': account.name or account.alias
            or account.id, 'Arn': _arn(call, 'account') + f'/{account.id}',
            'Email': _email(account), 'State': account.status,
            'JoinedMethod': 'INVITED' if account.id == call.world.default
            else 'CREATED', 'JoinedTimestamp': account.root.created}
