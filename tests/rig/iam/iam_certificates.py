"""IAM: signing certificates, users' and root's."""

from .call import action
from .model import AwsError
from .state import ROOT, make_id


def make(body, uploaded, active=True):
    return {'id': make_id('', 32), 'body': body, 'uploaded': uploaded,
            'active': active}


def _show(user, certificate):
    shown = {'CertificateId': certificate['id'],
             'CertificateBody': certificate['body'],
             'Status': 'Active' if certificate['active'] else 'Inactive',
             'UploadDate': certificate['uploaded']}
    if user.id != ROOT:
        shown['UserName'] = user.name
    return shown


def _named(call, user):
    for certificate in user.certificates:
        if certificate['id'] == call['CertificateId']:
            return certificate
    raise AwsError('NoSuchEntity', 'The Certificate with id '
                   f'{call["CertificateId"]} cannot be found.')


@action('iam')
def list_signing_certificates(call):
    user = call.target()
    return call.page('Certificates',
                     sorted(user.certificates, key=lambda c: c['id']),
                     lambda c: c['id'], lambda c: _show(user, c))


@action('iam')
def upload_signing_certificate(call):
    user, body = call.target(), call['CertificateBody']
    if '-----BEGIN CERTIFICATE-----' not in body:
        raise AwsError('MalformedCertificate', 'Certificate is malformed.')
    if any(c['body'] == body for c in user.certificates):
        raise AwsError('DuplicateCertificate',
                       'The certificate is already there.')
    if len(user.certificates) >= 2:
        raise AwsError('LimitExceeded', 'Cannot exceed quota for '
                       'SigningCertificatesPerUser: 2')
    user.certificates.append(make(body, call.now))
    return {'Certificate': _show(user, user.certificates[-1])}


@action('iam')
def update_signing_certificate(call):
    _named(call, call.target())['active'] = call['Status'] == 'Active'


@action('iam')
def delete_signing_certificate(call):
    user = call.target()
    user.certificates.remove(_named(call, user))
