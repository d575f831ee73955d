"""Organizations: JSON 1.1, and the one action that lists the accounts."""

import base64
import json

from .call import action
from .model import AwsError


def read(body):
    try:
        params = json.loads(body or b'{}')
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise AwsError('SerializationException', 'Not a JSON object.', 400)
    return params


def write(result):
    return json.dumps(result).encode()


def error_body(error):
    return json.dumps({'__type': error.code,
                       'Message': error.message}).encode()


@action('organizations')
def list_accounts(call):
    limit = call['MaxResults'] or 20
    if not isinstance(limit, int) or not 1 <= limit <= 20:
        raise AwsError('InvalidInputException', 'You specified an invalid '
                       'value for MaxResults.', 400)
    master = call.world.default
    accounts = sorted(call.world.accounts)
    if call['NextToken']:
        after = base64.b64decode(call['NextToken']).decode()
        accounts = [number for number in accounts if number > after]
    shown = [_show(call.world.accounts[number], master)
             for number in accounts[:limit]]
    result = {'Accounts': shown}
    if len(accounts) > limit:
        result['NextToken'] = base64.b64encode(
            accounts[limit - 1].encode()).decode()
    return result


def _show(account, master):
    return {'Id': account.id, 'Name': account.alias or account.id,
            'Arn': f'arn:{account.partition}:organizations::{master}:account/'
                   f'o-exampleorg1/{account.id}',
            'Email': f'aws+{account.id}@example.com', 'State': 'ACTIVE',
            'JoinedMethod': 'CREATED',
            'JoinedTimestamp': account.root.created}
