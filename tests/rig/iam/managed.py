"""Policies that AWS keeps, as far as tests attach them or sessions use them."""

import json

_FOLDER = 'arn:{}:iam::aws:policy/'
_IAM_READS = ['iam:GenerateCredentialReport',
              'iam:GenerateServiceLastAccessedDetails', 'iam:Get*',
              'iam:List*', 'iam:SimulateCustomPolicy',
              'iam:SimulatePrincipalPolicy']

_ROOT_READS = ['ListAccessKeys', 'ListSigningCertificates', 'GetLoginProfile',
               'ListMFADevices', 'GetUser', 'GetAccessKeyLastUsed']
_ROOT_DELETES = ['DeleteAccessKey', 'DeleteSigningCertificate',
                 'DeleteLoginProfile', 'DeactivateMFADevice',
                 'DeleteVirtualMFADevice']


def _document(*statements):
    return {'Version': '2012-10-17', 'Statement': list(statements)}


def _allow(*actions):
    return {'Effect': 'Allow', 'Action': list(actions), 'Resource': '*'}


def _ceiling(service, actions, anywhere=()):
    """Denies the rest, and the actions on what is not root."""
    actions = [f'{service}:{name}' for name in actions]
    rest = {'Effect': 'Deny', 'Resource': '*',
            'NotAction': actions + [f'{service}:{name}' for name in anywhere]}
    scope = {'Effect': 'Deny', 'Action': actions}
    if service == 'iam':
        scope['NotResource'] = 'arn:*:iam::*:root'
    else:
        scope.update(Resource='*', Condition={'StringNotLike': {
            'aws:PrincipalArn': 'arn:*:iam::*:root'}})
    return _document(rest, scope)


# Task of AssumeRoot: the feature of the organization that it needs, and the
# ceiling.
ROOT_TASKS = {
    'IAMAuditRootUserCredentials': (
        'RootCredentialsManagement',
        _ceiling('iam', _ROOT_READS, ['GetAccountSummary'])),
    'IAMDeleteRootUserCredentials': (
        'RootCredentialsManagement',
        _ceiling('iam', _ROOT_DELETES + _ROOT_READS)),
    'IAMCreateRootUserPassword': (
        'RootCredentialsManagement',
        _ceiling('iam', ['CreateLoginProfile', 'GetLoginProfile'])),
    'S3UnlockBucketPolicy': (
        'RootSessions',
        _ceiling('s3', ['DeleteBucketPolicy', 'PutBucketPolicy',
                        'GetBucketPolicy', 'ListAllMyBuckets'])),
    'SQSUnlockQueuePolicy': (
        'RootSessions',
        _ceiling('sqs', ['SetQueueAttributes', 'GetQueueAttributes',
                         'ListQueues', 'GetQueueUrl'])),
}

_POLICIES = {
    'AdministratorAccess': _document(_allow('*')),
    'IAMFullAccess': _document(_allow(
        'iam:*', 'organizations:DescribeAccount',
        'organizations:DescribeOrganization',
        'organizations:DescribeOrganizationalUnit',
        'organizations:DescribePolicy', 'organizations:ListChildren',
        'organizations:ListParents', 'organizations:ListPoliciesForTarget',
        'organizations:ListRoots', 'organizations:ListPolicies',
        'organizations:ListTargetsForPolicy')),
    'IAMReadOnlyAccess': _document(_allow(*_IAM_READS)),
    'PowerUserAccess': _document(
        {'Effect': 'Allow', 'Resource': '*',
         'NotAction': ['iam:*', 'organizations:*', 'account:*']},
        _allow('account:GetAccountInformation',
               'account:GetGovCloudAccountInformation',
               'account:GetPrimaryEmail', 'account:ListRegions',
               'iam:CreateServiceLinkedRole',
               'iam:DeleteServiceLinkedRole', 'iam:ListRoles',
               'organizations:DescribeEffectivePolicy',
               'organizations:DescribeOrganization')),
    'IAMUserChangePassword': _document(
        {'Effect': 'Allow', 'Action': ['iam:ChangePassword'],
         'Resource': ['arn:aws:iam::*:user/${aws:username}',
                      'arn:aws:iam::*:user/*/${aws:username}']},
        _allow('iam:GetAccountPasswordPolicy')),
    **{'root-task/' + name: document
       for name, (_, document) in ROOT_TASKS.items()},
}


def names():
    return sorted(_POLICIES)


def arn(partition, name):
    return _FOLDER.format(partition) + name


def document(partition, policy_arn):
    """The text of that policy, or None where we do not have it."""
    folder = _FOLDER.format(partition)
    found = _POLICIES.get(policy_arn.removeprefix(folder)) \
        if policy_arn.startswith(folder) else None
    return None if found is None else json.dumps(found).replace(
        'arn:aws:', f'arn:{partition}:')
