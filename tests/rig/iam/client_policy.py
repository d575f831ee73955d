"""Policies, certificates and the organization, arranged by a test.

Documents are dicts or JSON texts.  Of user, role and group one is named;
roles and groups are made when they are not there.
"""


def allow(*actions, resource='*', **more):
    """A document with one statement; more: Condition=..."""
    return document({'Effect': 'Allow', 'Action': list(actions),
                     'Resource': resource, **more})


def deny(*actions, resource='*', **more):
    return document({'Effect': 'Deny', 'Action': list(actions),
                     'Resource': resource, **more})


def document(*statements):
    return {'Version': '2012-10-17', 'Statement': list(statements)}


class Policies:
    """LocalIAM's part for who may do what."""

    def put_policy(self, document, name='inline', account=None, **owner):
        """put_policy(allow('iam:GetUser'), user='alice')"""
        self.control('put_policy', document=document, name=name,
                     account=account, **owner)

    def attach_policy(self, name, document=None, account=None, **owner):
        """AWS's own policy of that name, or a customer's that is made."""
        return self.control('attach_policy', name=name, document=document,
                            account=account, **owner)['arn']

    def set_boundary(self, name, document=None, account=None, **owner):
        """name None: none any more."""
        return self.control('set_boundary', name=name, document=document,
                            account=account, **owner)['arn']

    def join_group(self, user, group, account=None):
        self.control('join_group', user=user, group=group, account=account)

    def set_organization(self, account=None, **fields):
        """member, delegated, status, name, scps (documents), full_access"""
        self.control('set_organization', account=account, **fields)

    def add_certificate(self, user, active=True, account=None):
        """A signing certificate; gives its id."""
        return self.control('add_certificate', user=user, active=active,
                            account=account)['id']
