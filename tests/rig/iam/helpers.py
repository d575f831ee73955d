"""What several files of tests do with a local IAM."""

import botocore.exceptions
import pytest

ACCOUNT = 'arn:aws:iam::123456789012:'
OTHER = '210987654321'


def refused(code, status, function, **params):
    """The message of the error that the call has to give."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**params)
    response = caught.value.response
    assert (response['Error']['Code'],
            response['ResponseMetadata']['HTTPStatusCode']) == (code, status)
    return response['Error']['Message']


def create(iam, name='alice', **more):
    """A virtual device; (serial, seed)."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **more)
    made = made['VirtualMFADevice']
    return made['SerialNumber'], made['Base32StringSeed'].decode()


def enable(rig, iam, user, serial, seed, steps=0):
    first, second = rig.pair(seed, steps)
    iam.enable_mfa_device(UserName=user, SerialNumber=serial,
                          AuthenticationCode1=first,
                          AuthenticationCode2=second)


def enrolled(rig, iam, user='alice', name=None, steps=0):
    serial, seed = create(iam, name or user)
    enable(rig, iam, user, serial, seed, steps)
    return serial, seed


def codes(pair):
    return {'AuthenticationCode1': pair[0], 'AuthenticationCode2': pair[1]}


def mfa_session(rig, user, serial, seed):
    made = rig.botocore('sts', user).get_session_token(
        SerialNumber=serial, TokenCode=rig.code(seed))
    return made['Credentials']
