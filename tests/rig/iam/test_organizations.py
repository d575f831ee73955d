"""Organizations, and which root features it has."""

import pytest

from .client_policy import allow
from .helpers import ACCOUNT, OTHER, refused
from .moto import Moto


@pytest.fixture
def site(rig):
    """An organization of two."""
    rig.add_account(OTHER)
    return rig


# Features of the organization.

def test_features_are_told_to_management_and_delegate(site):
    iam = site.botocore()
    told = iam.list_organizations_features()
    assert told['OrganizationId'] == 'o-exampleorg1'
    assert set(told['EnabledFeatures']) == {'RootCredentialsManagement',
                                            'RootSessions'}
    member = site.botocore(who=site.credentials(account=OTHER))
    assert refused(
        'AccountNotManagementOrDelegatedAdministratorException', 400,
        member.list_organizations_features) == (
            f'Input account {OTHER} is neither management account nor '
            'delegated admin.')
    site.set_organization(OTHER, delegated=True)
    assert member.list_organizations_features()['EnabledFeatures']


def test_a_delegate_switches_off_and_only_management_on(site):
    iam = site.botocore()
    site.set_organization(OTHER, delegated=True)
    delegate = site.botocore(who=site.credentials(account=OTHER))
    assert delegate.disable_organizations_root_sessions()[
        'EnabledFeatures'] == ['RootCredentialsManagement']
    assert refused(
        'CallerIsNotManagementAccountException', 400,
        delegate.enable_organizations_root_sessions) == (
            f'Caller account {OTHER} is not management account of the '
            'organization and cannot enable IAM features.')
    assert iam.enable_organizations_root_sessions()['EnabledFeatures'] == [
        'RootSessions', 'RootCredentialsManagement']
    iam.disable_organizations_root_credentials_management()
    assert iam.disable_organizations_root_sessions()['EnabledFeatures'] == []
    assert iam.enable_organizations_root_credentials_management()[
        'EnabledFeatures'] == ['RootCredentialsManagement']


@pytest.mark.parametrize('settings, code', [
    ({'trusted_access': False}, 'ServiceAccessNotEnabledException'),
    ({'organization': 'CONSOLIDATED_BILLING'},
     'OrganizationNotInAllFeaturesModeException'),
    ({'organization': None}, 'OrganizationNotFoundException')])
def test_what_an_organization_lacks_is_said(site, settings, code):
    site.settings(**settings)
    refused(code, 400, site.botocore().list_organizations_features)


# Organizations.

def test_an_organization_is_described_to_each_of_its_accounts(site):
    told = site.botocore('organizations').describe_organization()
    other = site.botocore('organizations', site.credentials(account=OTHER))
    assert other.describe_organization()['Organization'] == \
        told['Organization']
    told = told['Organization']
    assert (told['Id'], told['FeatureSet'], told['MasterAccountId']) == (
        'o-exampleorg1', 'ALL', '123456789012')
    site.settings(organization='CONSOLIDATED_BILLING')
    assert other.describe_organization()['Organization'][
        'FeatureSet'] == 'CONSOLIDATED_BILLING'


def test_moto_describes_an_organization_alike(site):
    with Moto() as moto:
        theirs = moto.botocore('organizations')
        theirs.create_organization(FeatureSet='ALL')
        theirs.create_account(AccountName='b', Email='b@example.com')
        mine = site.botocore('organizations')
        one, two = (client.describe_organization()['Organization']
                    for client in (mine, theirs))
        assert set(one) == set(two)
        assert one['AvailablePolicyTypes'] == two['AvailablePolicyTypes']
        one, two = (client.list_accounts()['Accounts'][-1]
                    for client in (mine, theirs))
        assert set(one) | {'Status'} == set(two) | {'State'}


def test_who_is_in_no_organization_is_told_so(site):
    site.set_organization(OTHER, member=False)
    other = site.botocore('organizations', site.credentials(account=OTHER))
    for function in (other.describe_organization, other.list_accounts):
        refused('AWSOrganizationsNotInUseException', 400, function)
    listed = site.botocore('organizations').list_accounts()['Accounts']
    assert [a['Id'] for a in listed] == ['123456789012']
    site.settings(organization=None)
    refused('AWSOrganizationsNotInUseException', 400,
            site.botocore('organizations').describe_organization)


def test_accounts_are_listed_in_pages_with_their_state(site):
    for n in range(40):
        site.add_account(f'{n:012d}', admin=False)
    site.set_organization('000000000000', status='SUSPENDED', name='old one')
    organizations = site.botocore('organizations')
    page = organizations.list_accounts()
    assert len(page['Accounts']) == 20 and page['NextToken']
    first = page['Accounts'][0]
    assert (first['Name'], first['State']) == ('old one', 'SUSPENDED')
    assert 'Status' not in first
    assert first['Arn'] == ('arn:aws:organizations::123456789012:account/'
                            'o-exampleorg1/000000000000')
    found = [a['Id'] for p in organizations.get_paginator('list_accounts')
             .paginate(MaxResults=7) for a in p['Accounts']]
    assert len(found) == len(set(found)) == 42


def test_accounts_are_listed_for_management_and_delegate_only(site):
    other = site.botocore('organizations', site.credentials(account=OTHER))
    assert refused('AccessDeniedException', 400, other.list_accounts) == \
        "You don't have permissions to access this resource."
    site.set_organization(OTHER, delegated=True)
    assert other.list_accounts()['Accounts']
    site.put_policy(allow('iam:*'), user='alice')
    assert refused('AccessDeniedException', 400, site.botocore(
        'organizations', 'alice').list_accounts).startswith(
            f'User: {ACCOUNT}user/alice is not authorized to perform: '
            'organizations:ListAccounts on resource: *')


def test_organizations_refuses_what_the_model_does_not_allow(site):
    organizations = site.botocore('organizations',
                                  parameter_validation=False)
    for params in ({'MaxResults': 21}, {'MaxResults': 0},
                   {'NextToken': 'made up'}):
        refused('InvalidInputException', 400, organizations.list_accounts,
                **params)
    refused('SerializationException', 400, organizations.list_accounts,
            MaxResults='seven')
    refused('SerializationException', 400, organizations.list_accounts,
            MaxResults=True)
