"""IAM: what concerns the account: summary, aliases, report."""

from . import report
from .call import action
from .model import AwsError
from .state import ROOT, Report


@action('iam')
def get_account_summary(call):
    account = call.account
    devices = account.devices.values()
    used = [device for device in devices if device.user is not None]
    return {'SummaryMap': {
        'Users': len(account.users), 'UsersQuota': 5000,
        'Groups': len(account.groups), 'GroupsQuota': 300,
        'Roles': len(account.roles), 'RolesQuota': 1000,
        'Policies': len(account.policies), 'PoliciesQuota': 1500,
        'MFADevices': sum(d.kind == 'virtual' or d.user is not None
                          for d in devices),
        'MFADevicesInUse': len(used),
        'AccountMFAEnabled': int(any(d.user == ROOT for d in used)),
        'AccountPasswordPresent': int(account.root.password),
        'AccountAccessKeysPresent': int(bool(account.root.keys)),
        'AccountSigningCertificatesPresent':
            int(bool(account.root.certificates)),
        'AccessKeysPerUserQuota': 2, 'GroupsPerUserQuota': 10,
        'AttachedPoliciesPerUserQuota': 10,
        'AttachedPoliciesPerGroupQuota': 10,
        'AttachedPoliciesPerRoleQuota': 20, 'PolicySizeQuota': 6144,
        'UserPolicySizeQuota': 2048, 'GroupPolicySizeQuota': 5120,
        'RolePolicySizeQuota': 10240, 'VersionsPerPolicyQuota': 5,
        'SigningCertificatesPerUserQuota': 2,
    }}


@action('iam')
def list_account_aliases(call):
    aliases = [call.account.alias] if call.account.alias else []
    return call.page('AccountAliases', aliases, lambda a: a, lambda a: a)


@action('iam')
def generate_credential_report(call):
    current = call.account.report
    if current is not None and _expired(call, current):
        current = None
    if current is None:
        call.account.report = Report(call.now, _content(call))
        return {'State': 'STARTED', 'Description': 'No report exists. '
                'Starting a new report generation task'}
    if not _complete(call, current):
        current.polls += 1
        return {'State': 'INPROGRESS'}
    return {'State': 'COMPLETE'}


@action('iam')
def get_credential_report(call):
    current = call.account.report
    if current is None:
        raise AwsError('ReportNotPresent', 'Unknown')
    if not _complete(call, current):
        raise AwsError('ReportInProgress', 'Unknown')
    if _expired(call, current):
        raise AwsError('ReportExpired', 'Unknown')
    return {'Content': current.content.encode(), 'ReportFormat': 'text/csv',
            'GeneratedTime': current.generated}


def _content(call):
    rows = call.settings['root_row']
    if rows is None:
        rows = call.account.partition != 'aws-us-gov'
    return report.make(call.account, call.world.keys, bool(rows),
                       bool(call.settings['report_extra_column']))


def _complete(call, current):
    if current.generated is None \
            and call.now >= current.started + call.settings['report_seconds'] \
            and current.polls >= call.settings['report_polls']:
        current.generated = \
            current.started + call.settings['report_seconds']
    return current.generated is not None


def _expired(call, current):
    return _complete(call, current) \
        and call.now >= current.generated + report.LIFETIME
