"""CloudTrail's records: who did what, from where, and how it went.

An event is kept as it will be told, with the account and the region that
tell it.  Nothing secret enters one.
"""

import uuid

from .call import caller_arn
from .model import iso_time
from .state import ROOT, SIGN_REGION

BROWSER = ('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like '
           'Gecko) Chrome/142.0.0.0 Safari/537.36')
_SECRET = {'AuthenticationCode1', 'AuthenticationCode2', 'TokenCode',
           'Password', 'OldPassword', 'NewPassword', 'WebIdentityToken'}
_ROOT_NAME = 'AWS ROOT USER'
_READS = ('Get', 'List', 'Describe', 'Simulate', 'Lookup', 'Generate')
_RESOURCES = (('UserName', 'AWS::IAM::User'), ('RoleArn', 'AWS::IAM::Role'),
              ('SerialNumber', 'AWS::IAM::MfaDevice'),
              ('AccessKeyId', 'AWS::IAM::AccessKey'),
              ('PolicyArn', 'AWS::IAM::Policy'),
              ('GroupName', 'AWS::IAM::Group'))


def home_region(account):
    """Where IAM's events are told."""
    return SIGN_REGION[account.partition]


def add_call(call, service, request_id, host, agent, result, error):
    """A call of the API, or of the console where the key is a browser's."""
    region = call.region or home_region(call.account)
    if service.name in ('iam', 'organizations'):
        region = home_region(call.account)
    event = {
        'eventVersion': '1.11',
        'userIdentity': identity(call.account, call.key),
        'eventTime': iso_time(call.now),
        'eventSource': f'{service.name}.amazonaws.com',
        'eventName': call.name, 'awsRegion': region,
        'sourceIPAddress': '127.0.0.1', 'userAgent': agent,
        'requestParameters': _parameters(call),
        'responseElements': None if error else _elements(call, result),
        'requestID': request_id, 'eventID': str(uuid.uuid4()),
        'readOnly': call.name.startswith(_READS),
        'eventType': 'AwsApiCall', 'managementEvent': True,
        'recipientAccountId': call.account.id,
        'eventCategory': 'Management',
        'tlsDetails': {'tlsVersion': 'TLSv1.3',
                       'cipherSuite': 'TLS_AES_128_GCM_SHA256',
                       'clientProvidedHostHeader': host}}
    if error:
        event['errorCode'] = service.exception_of(error.code)
        event['errorMessage'] = error.message
    if call.key.browser:
        event['sessionCredentialFromConsole'] = 'true'
    _keep(call.world, call.account, event, _named(call, result))


def add_sign_in(world, account, user, name, region, more, failed=None):
    """ConsoleLogin, CheckMfa: events of the sign-in pages."""
    who = identity_of_user(account, user)
    who['accessKeyId'] = ''
    event = {
        'eventVersion': '1.11', 'userIdentity': who,
        'eventTime': iso_time(world.now()),
        'eventSource': 'signin.amazonaws.com', 'eventName': name,
        'awsRegion': region, 'sourceIPAddress': '127.0.0.1',
        'userAgent': BROWSER, 'requestParameters': None,
        'responseElements': {name: 'Failure' if failed else 'Success'},
        'additionalEventData': more, 'eventID': str(uuid.uuid4()),
        'readOnly': False, 'eventType': 'AwsConsoleSignIn',
        'managementEvent': True, 'recipientAccountId': account.id,
        'eventCategory': 'Management'}
    if failed:
        event['errorMessage'] = failed
    _keep(world, account, event, [])
    return event['eventID']


def _keep(world, account, event, resources):
    world.trail.append({'account': account.id, 'at': int(world.now()),
                        'region': event['awsRegion'], 'event': event,
                        'resources': resources, 'lookups': 0})


def identity_of_user(account, user):
    if user.id == ROOT:
        return {'type': 'Root', 'principalId': account.id,
                'arn': account.arn('root'), 'accountId': account.id}
    return {'type': 'IAMUser', 'principalId': user.id,
            'arn': account.user_arn(user), 'accountId': account.id,
            'userName': user.name}


def identity(account, key):
    """userIdentity of who holds the key."""
    if key.kind == 'web':
        return {'type': 'WebIdentityUser', 'accountId': account.id}
    if key.kind == 'role':
        role = account.roles[key.role]
        who = {'type': 'AssumedRole',
               'principalId': f'{role.id}:{key.session_name}',
               'arn': caller_arn(account, key), 'accountId': account.id}
        issuer = {'type': 'Role', 'principalId': role.id,
                  'arn': account.arn(f'role{role.path}{role.name}'),
                  'accountId': account.id, 'userName': role.name}
    else:
        who, issuer = identity_of_user(account, account.by_id(key.user)), None
    who['accessKeyId'] = key.id
    if key.token:
        who['sessionContext'] = {'attributes': {
            'creationDate': iso_time(key.created),
            'mfaAuthenticated': 'true' if key.mfa else 'false'}}
        if issuer:
            who['sessionContext']['sessionIssuer'] = issuer
        if key.task:
            who['sessionContext']['assumedRoot'] = 'true'
    return who


def _lower(name):
    return name[:1].lower() + name[1:]


def _parameters(call):
    shown = {_lower(name): _show(value)
             for name, value in call.params.items() if name not in _SECRET}
    if call.key.browser and call.user is call.account.root \
            and 'SerialNumber' in call.params \
            and 'UserName' not in call.params:
        shown = {'userName': _ROOT_NAME, **shown}
    return shown or None


def _show(value):
    if isinstance(value, dict):
        return {_lower(name): _show(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_show(inner) for inner in value]
    return value


def _elements(call, result):
    """responseElements of the few calls whose answer is told."""
    if call.name == 'CreateVirtualMFADevice':
        return {'virtualMFADevice': {
            'serialNumber': result['VirtualMFADevice']['SerialNumber']}}
    if call.service == 'sts' and result and 'Credentials' in result:
        made = result['Credentials']
        shown = {'credentials': {
            'accessKeyId': made['AccessKeyId'],
            'sessionToken': made['SessionToken'],
            'expiration': iso_time(made['Expiration'])}}
        if result.get('AssumedRoleUser'):
            shown['assumedRoleUser'] = _show(result['AssumedRoleUser'])
        return shown
    return None


def _named(call, result):
    """[(type, name)] of the resources that a look-up can go by."""
    found = [[kind, call.params[name]] for name, kind in _RESOURCES
             if isinstance(call.params.get(name), str)]
    if result and call.name == 'CreateVirtualMFADevice':
        found.append(['AWS::IAM::MfaDevice',
                      result['VirtualMFADevice']['SerialNumber']])
    return found
