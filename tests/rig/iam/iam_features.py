"""IAM: which root features the organization has switched on."""

from .call import ACTIONS, action
from .model import AwsError

ORGANIZATION = 'o-exampleorg1'


def _need_authority(call, enable=False):
    """The caller's account may ask, or switch on: only the management one."""
    account, settings = call.account, call.settings
    if not account.in_organization or settings['organization'] is None:
        raise AwsError('OrganizationNotFoundException', 'No organization '
                       f'found for input account {account.id}.', 400)
    if settings['organization'] != 'ALL':
        raise AwsError('OrganizationNotInAllFeaturesModeException',
                       'Organization of input account '
                       f'{account.id} is not in all features mode.', 400)
    management = account.id == call.world.default
    if not management and not account.delegated:
        raise AwsError('AccountNotManagementOrDelegatedAdministrator'
                       'Exception', f'Input account {account.id} is neither '
                       'management account nor delegated admin.', 400)
    if not settings['trusted_access']:
        raise AwsError('ServiceAccessNotEnabledException', 'Trusted Access '
                       'for IAM not enabled by organization of input account '
                       f'{account.id}.', 400)
    if enable and not management:
        raise AwsError('CallerIsNotManagementAccountException', 'Caller '
                       f'account {account.id} is not management account of '
                       'the organization and cannot enable IAM features.',
                       400)


def _features(call):
    return {'OrganizationId': ORGANIZATION,
            'EnabledFeatures': list(call.settings['organization_features'])}


@action('iam')
def list_organizations_features(call):
    _need_authority(call)
    return _features(call)


def _switch(feature, on):
    def switch(call):
        _need_authority(call, on)
        enabled = [f for f in call.settings['organization_features']
                   if f != feature]
        call.settings['organization_features'] = \
            ([feature] if on else []) + enabled
        return _features(call)
    return switch


for _feature, _suffix in (
        ('RootCredentialsManagement',
         'OrganizationsRootCredentialsManagement'),
        ('RootSessions', 'OrganizationsRootSessions')):
    ACTIONS['iam', 'Enable' + _suffix] = _switch(_feature, True)
    ACTIONS['iam', 'Disable' + _suffix] = _switch(_feature, False)
