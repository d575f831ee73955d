"""Signature version 4 of a received request, recomputed.

What is checked here is what AWS checks before it looks at the action: the
form of the Authorization header, the scope, the date, the key, the session
token and at last the signature.
"""

import calendar
import datetime
import email.utils
import hashlib
import hmac
import re
import urllib.parse

from .model import AwsError

SKEW = 300
_STAMP = '%Y%m%dT%H%M%SZ'
_MISMATCH = ('The request signature we calculated does not match the '
             'signature you provided. Check your AWS Secret Access Key and '
             'signing method. Consult the service documentation for details.')
_INVALID_TOKEN = 'The security token included in the request is invalid.'
_EXPIRED_TOKEN = 'The security token included in the request is expired'


def verify(request, service, regions, now, find_key):
    """Returns the key that signed; raises AwsError as AWS would answer.

    request has method, target, headers and body; regions(region) says
    whether the scope's region is right; find_key(id) gives an object with
    secret, token and expires (the last two None for long-term keys), or None.
    """
    fields = _authorization(request.headers)
    key_id, day, region, scope_service, end = fields['scope']
    if scope_service != service:
        raise AwsError('SignatureDoesNotMatch', 'Credential should be scoped '
                       f"to correct service: '{service}'. ")
    if end != 'aws4_request':
        raise AwsError('SignatureDoesNotMatch', 'Credential should be scoped '
                       "with a valid terminator: 'aws4_request', not "
                       f"'{end}'. ")
    if not regions(region):
        raise AwsError('SignatureDoesNotMatch', 'Credential should be scoped '
                       f"to a valid region, not '{region}'. ")
    stamp = _date(request.headers, day, now)
    key = find_key(key_id)
    token = request.headers.get('X-Amz-Security-Token')
    if key is None or key.token != token:
        raise AwsError('InvalidClientTokenId', _INVALID_TOKEN)
    if key.expires is not None and now >= key.expires:
        raise AwsError('ExpiredToken', _EXPIRED_TOKEN)
    if not _signature_holds(request, fields, key.secret, stamp):
        raise AwsError('SignatureDoesNotMatch', _MISMATCH)
    return key


def _authorization(headers):
    values = headers.get_all('Authorization', [])
    if not values:
        raise AwsError('MissingAuthenticationToken',
                       'Request is missing Authentication Token')
    if len(values) > 1 or not values[0].startswith('AWS4-HMAC-SHA256'):
        raise AwsError('IncompleteSignature', 'Unsupported or repeated '
                       'Authorization header.')
    found = dict(re.findall(r'(\w+)=([^,\s]*)', values[0][16:]))
    missing = [name for name in ('Credential', 'Signature', 'SignedHeaders')
               if not found.get(name)]
    if missing:
        raise AwsError('IncompleteSignature', ' '.join(
            f"Authorization header requires '{name}' parameter."
            for name in missing))
    scope = found['Credential'].split('/')
    if len(scope) != 5:
        raise AwsError('IncompleteSignature', 'Credential must have exactly '
                       '5 slash-delimited elements, e.g. keyid/date/region/'
                       f"service/term, got '{found['Credential']}'")
    return {'scope': scope, 'signature': found['Signature'],
            'signed': found['SignedHeaders'].split(';')}


def _date(headers, day, now):
    """The time stamp that was signed, at most five minutes off."""
    stamp = headers.get('X-Amz-Date')
    try:
        if stamp is None:
            parsed = email.utils.parsedate_to_datetime(headers['Date'])
            stamp = parsed.astimezone(datetime.timezone.utc).strftime(_STAMP)
        at = calendar.timegm(datetime.datetime.strptime(stamp, _STAMP)
                             .timetuple())
    except (TypeError, ValueError):
        raise AwsError('IncompleteSignature', "Authorization header requires "
                       "existence of either a 'X-Amz-Date' or a 'Date' "
                       'header.')
    if stamp[:8] != day:
        raise AwsError('SignatureDoesNotMatch', 'Date in Credential scope '
                       'does not match YYYYMMDD from ISO-8601 version of '
                       f"date from HTTP: '{day}' != '{stamp[:8]}', from "
                       f"'{stamp}'.")
    here = int(now)
    if at < here - SKEW:
        raise AwsError('SignatureDoesNotMatch', 'Signature expired: '
                       f'{stamp} is now earlier than {_show(here - SKEW)} '
                       f'({_show(here)} - 5 min.)')
    if at > here + SKEW:
        raise AwsError('SignatureDoesNotMatch', 'Signature not yet current: '
                       f'{stamp} is still later than {_show(here + SKEW)} '
                       f'({_show(here)} + 5 min.)')
    return stamp


def _show(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime(_STAMP)


def _signature_holds(received, fields, secret, stamp):
    signed = fields['signed']
    must = {'host'} | {name.lower() for name in received.headers.keys()
                       if name.lower().startswith('x-amz-')}
    sent = {name.lower() for name in received.headers.keys()}
    if signed != sorted(set(signed)) or not must <= set(signed) <= sent:
        return False
    claimed = received.headers.get('X-Amz-Content-SHA256')
    if claimed and claimed != hashlib.sha256(received.body).hexdigest():
        return False
    computed = _signature(received, fields['scope'], signed, secret, stamp)
    return hmac.compare_digest(computed.encode(),
                               fields['signature'].encode('utf-8', 'replace'))


def _canonical(request, signed):
    """The canonical request, of exactly the headers that were signed."""
    path, _, query = request.target.partition('?')
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    quoted = '&'.join(f'{urllib.parse.quote(name, safe="-_.~")}='
                      f'{urllib.parse.quote(value, safe="-_.~")}'
                      for name, value in pairs)
    lines = [request.method, path, quoted]
    for name in signed:
        values = request.headers.get_all(name, [])
        lines.append(name + ':' + ','.join(' '.join(value.split())
                                           for value in values))
    return '\n'.join([*lines, '', ';'.join(signed),
                      hashlib.sha256(request.body).hexdigest()])


def _signature(request, scope, signed, secret, stamp):
    """As the documentation of signature version 4 has it, in hex."""
    hashed = hashlib.sha256(_canonical(request, signed).encode()).hexdigest()
    text = '\n'.join(['AWS4-HMAC-SHA256', stamp, '/'.join(scope[1:]), hashed])
    key = b'AWS4' + secret.encode()
    for part in [*scope[1:], text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
