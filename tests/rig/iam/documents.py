"""Policy documents on the wire."""

import json
import urllib.parse


def quoted(text):
    """As IAM sends a document: percent-encoded."""
    return urllib.parse.quote(text, safe='')


def trust_document(account, role):
    """The trust policy that says what the rig's role fields say."""
    principals = [name if ':' in name or name == '*'
                  else f'arn:{account.partition}:iam::{name}:root'
                  for name in role.trusts]
    statement = {'Effect': 'Allow', 'Action': 'sts:AssumeRole',
                 'Principal': {'AWS': principals}}
    condition = {}
    if role.require_mfa:
        condition['Bool'] = {'aws:MultiFactorAuthPresent': 'true'}
    if role.external_id is not None:
        condition['StringEquals'] = {'sts:ExternalId': role.external_id}
    if condition:
        statement['Condition'] = condition
    return json.dumps({'Version': '2012-10-17', 'Statement': [statement]})
