"""One request, from the bytes received to the bytes of the reply.

Finds the service, has the signature checked, takes the orders that concern
the call, lets the action act, and writes the answer.  Knows no sockets.
"""

import json
import os
import re
import threading
import time
import uuid
from http.client import responses

from . import (assume_root, authorize, cloudtrail, console,
               control, control_console, control_policy, iam_account,
               iam_attached, iam_certificates, iam_details, iam_features,
               iam_groups, iam_managed, iam_mfa, iam_simulate, iam_users,
               json11, organizations, sts, trail, web_identity)
from .call import ACTIONS, Call, caller_arn
from .faults import HOSTILE, HTML, Orders
from .model import AwsError, Service, parse_form
from .regions import region_pattern
from .sign import verify
from .state import SIGN_REGION

READS = ('Get', 'List', 'Simulate', 'Describe', 'Lookup')
DROP = object()         # a reply that is a reset connection
# They enter ACTIONS, or verbs of the control channel.
_MODULES = (assume_root, cloudtrail, control_console, control_policy,
            iam_account, iam_attached, iam_certificates, iam_details,
            iam_features, iam_groups, iam_managed, iam_mfa, iam_simulate,
            iam_users, organizations, sts, web_identity)
# Services of the JSON protocol, by what X-Amz-Target begins with.
_TARGETS = {
    'AWSOrganizationsV20161128': 'organizations',
    'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101': 'cloudtrail',
}
# What CloudTrail does not hear of.
_UNHEARD = {'Throttling', 'ThrottlingException', 'NotImplemented'}


class Rig:
    """The services, the world they act on, the orders and the log."""

    def __init__(self, world, state_file=None):
        self.world, self.state_file = world, state_file
        self.orders, self.calls = Orders(), []
        self.connections = self.delayed = 0
        self.lock = threading.RLock()
        self.services = {name: Service(name) for name in ('iam', 'sts')}
        self.versions = {s.version: s for s in self.services.values()}

    def json_service(self, name):
        if name not in self.services:
            self.services[name] = Service(name)
        return self.services[name]

    def save(self):
        if self.state_file:
            name = f'{self.state_file}.new'
            with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                              0o600), 'w') as file:
                json.dump({**self.world.dump(),
                           'trail': self.world.trail}, file, indent=1)
            os.replace(name, self.state_file)

    # Who calls.

    def authenticate(self, request, service):
        now = self.world.now()
        key = verify(request, service.name, self._region_check(service), now,
                     self._find_key)
        account = self.world.accounts[key.account]
        if key.kind != 'role' and account.by_id(key.user) is None:
            raise AwsError('InvalidClientTokenId', 'The security token '
                           'included in the request is invalid.')
        key.last_used, key.last_service = now, service.name
        key.last_region = request.region
        return account, key

    def _find_key(self, key_id):
        key = self.world.keys.get(key_id)
        return key if key is not None and key.active else None

    def _region_check(self, service):
        account = self.world.accounts[self.world.default]
        if service.name in ('sts', 'cloudtrail'):
            only = self.world.settings['sts_region'] \
                if service.name == 'sts' else None
            pattern = re.compile(re.escape(only)) if only \
                else region_pattern(account.partition)
            return lambda region: pattern.fullmatch(region) is not None
        right = SIGN_REGION[account.partition]
        if (service.name, right) == ('organizations', 'cn-north-1'):
            right = 'cn-northwest-1'
        return lambda region: region == right

    # One request.

    def answer(self, request, log):
        """(effect, status, body), or (effect, DROP, None), of a request."""
        service, perform, user = self._identify(request, log)
        known = log['caller'] is not None
        effect = self.orders.take(request.action, log['caller'], user,
                                  about=request.about,
                                  without=() if known else ('reply', 'stale'))
        log['orders'] = effect.orders
        if effect.get('when') != 'after':
            self._delay(effect)
        if effect.get('drop') == 'before':
            return effect, DROP, None
        try:
            status, body = 200, perform(effect)
        except AwsError as error:
            status = error.status or service.status_of(error.code)
            log['error'] = error.code
            body = _error_body(service, error, status, request.id)
        if effect.get('when') == 'after':
            self._delay(effect)
        if effect.get('drop') == 'after':
            return effect, DROP, None
        if 'http' in effect:
            status = effect['http']
            body = _http_body(service, effect, request.id)
        if 'hostile' in effect:
            body = HOSTILE[effect['hostile']](body, effect)
        return effect, status, body

    def _delay(self, effect):
        if effect.get('delay'):
            with self.lock:
                self.delayed += 1
            time.sleep(effect['delay'])

    def _identify(self, request, log):
        """The service, what to do (a function of effect), the user's name."""
        service = self.services['iam']
        try:
            service, form = self._addressed(request)
            log['service'], log['action'] = service.name, request.action
            with self.lock:
                if (service.name, request.action) in web_identity.UNSIGNED:
                    account, key = web_identity.nobody(self.world)
                else:
                    account, key = self.authenticate(request, service)
                log['caller'] = caller_arn(account, key)
                user = key.user and account.by_id(key.user).name
        except AwsError as error:
            return service, _raiser(error), None

        def perform(effect):
            return self._perform(request, service, account, key, form, effect,
                                 log)
        return service, perform, user

    def bug(self, request):
        """What the client gets to see of an exception of ours."""
        return _error_body(self.services['iam'], AwsError(
            'InternalFailure', 'The local IAM has a bug; see its standard '
            'error.'), 500, request.id)

    def _addressed(self, request):
        """The service a request speaks to, and its form."""
        prefix, _, action = request.headers.get(
            'X-Amz-Target', '').rpartition('.')
        if prefix in _TARGETS:
            request.action = action
            return self.json_service(_TARGETS[prefix]), None
        form = request.form()
        request.action, version = form.get('Action'), form.get('Version')
        request.about = form.get('UserName')
        service = self.versions.get(version)
        if service is not None:
            return service, form
        if not request.headers.get('Authorization'):
            raise AwsError('MissingAuthenticationToken',
                           'Request is missing Authentication Token')
        if request.action is None:
            raise AwsError('MissingAction', 'The request must contain the '
                           'parameter Action.')
        raise _invalid_action(request.action, version)

    def _perform(self, request, service, account, key, form, effect, log):
        name = request.action
        operation = service.operation(name or '')
        if operation is None:
            raise _invalid_action(name, service.version)
        if service.name == 'sts' and name == 'AssumeRoot':
            self._refuse_global(request)
        if form is None:
            params, log['unknown'] = json11.read(service, operation,
                                                 request.body)
        else:
            params, log['unknown'] = operation.parse(form)
        log['params'] = params
        _refuse_session(service, name, key)
        call = Call(self.world, account, key, service.name, name, params,
                    self.orders)
        call.region, call.order = request.region, effect
        if effect.before('http'):
            return b''
        result = self._act_and_tell(call, request, service, effect, log)
        if form is None:
            return json11.write(result)
        return operation.render(result, request.id)

    def _refuse_global(self, request):
        host = request.headers.get('Host', '').partition(':')[0]
        if host.startswith('sts.amazonaws.') \
                or self.world.settings['sts_global']:
            raise AwsError('InvalidAction', 'Unknown Operation')

    def _act_and_tell(self, call, request, service, effect, log):
        """What the action gives; CloudTrail hears of it either way."""
        result = error = None
        try:
            with self.lock:
                authorize.check(call)
            result = self._act(call, service, effect, log)
        except AwsError as refusal:
            error = refusal
        if error is None or error.code not in _UNHEARD:
            with self.lock:
                trail.add_call(call, service, request.id,
                               request.headers.get('Host'),
                               request.headers.get('User-Agent'),
                               result, error)
                self.save()
        if error is not None:
            raise error
        after = self._ordered_error(call, effect)
        if after is not None:
            raise after
        return result

    def _act(self, call, service, effect, log):
        error = self._ordered_error(call, effect)
        if error and effect.before('error'):
            raise error
        function = ACTIONS.get((service.name, call.name))
        if function is None:
            raise AwsError('NotImplemented', f'{call.name} is not emulated '
                           'by this local IAM.', 501)
        result = self._run(function, call, effect)
        log['effect'] = True
        if call.name == 'CreateVirtualMFADevice':
            made = result['VirtualMFADevice']
            log['made'] = {'serial': made['SerialNumber'],
                           'seed': made['Base32StringSeed'].decode()}
        return result

    def _ordered_error(self, call, effect):
        code = effect.get('error')
        if code is None:
            return None
        text = effect.get('message')
        if code == 'AccessDenied' and text is None:
            return call.denied()
        if text is None:
            text = 'Rate exceeded' if code == 'Throttling' else \
                'Ordered by the test.'
        if call.service in _TARGETS.values() \
                and code in ('AccessDenied', 'Throttling'):
            code += 'Exception'
        return AwsError(code, text, effect.get('status'))

    def _run(self, function, call, effect):
        with self.lock:
            call.now = self.world.now()
            self._console(effect, 'before', call)
            try:
                return self._run_alone(function, call, effect)
            finally:
                self._console(effect, 'after', call)

    def _run_alone(self, function, call, effect):
        if call.name.startswith(READS):
            seen = self.orders.view(effect.stale_order, call.now,
                                    self.world.accounts)
            call.account = seen.get(call.account.id, call.account)
            call.user = call.user and (
                call.account.by_id(call.user.id) or call.user)
            return function(call)
        before = self.orders.snapshot(self.world.accounts)
        result = function(call)
        if before is not None:
            self.orders.changed(call.now, before)
        return result

    def _console(self, effect, when, call):
        """Somebody adds a virtual device just then, if that is ordered."""
        ordered = effect.get('console_adds_virtual_device')
        if ordered is None:
            return
        ordered = {'when': ordered} if isinstance(ordered, str) else ordered
        if ordered['when'] == when:
            before = self.orders.snapshot(self.world.accounts)
            console.somebody_adds(
                self, self.world.accounts[call.account.id],
                ordered.get('user'), ordered.get('name'))
            if before is not None:
                self.orders.changed(self.world.now(), before)

    def control(self, name, ask):
        function = control.VERBS[name]
        with self.lock:
            before = None
            if name not in control.READ_ONLY:
                before = self.orders.snapshot(self.world.accounts)
            result = function(self, ask)
            if before is not None and name != 'reset':
                self.orders.changed(self.world.now(), before)
            if name not in ('calls', 'state'):
                self.save()
        return result


def _raiser(error):
    def fail(effect):
        raise error
    return fail


def _invalid_action(action, version):
    return AwsError('InvalidAction', f'Could not find operation {action} for '
                    f'version {version or "NO_VERSION_SPECIFIED"}')


def _refuse_session(service, name, key):
    """What a session of GetSessionToken may not do."""
    if key.kind != 'session':
        return
    if service.name == 'iam' and not key.mfa:
        raise AwsError('InvalidClientTokenId', 'The security token included '
                       'in the request is invalid')
    if service.name == 'sts' and name not in (
            'AssumeRole', 'GetCallerIdentity', 'GetSessionToken'):
        raise AwsError('AccessDenied', f'Cannot call {name} with session '
                       'credentials')


def _error_body(service, error, status, request_id):
    if service.target_prefix:
        return json11.error_body(error)
    return service.error_body(error, status, request_id)


def _http_body(service, effect, request_id):
    kind, status = effect.get('body', 'xml'), effect['http']
    if kind == 'xml':
        code = 'InternalFailure' if status == 500 else 'ServiceUnavailable'
        return service.error_body(AwsError(code, responses.get(status, '')),
                                  status, request_id)
    return {'html': HTML, 'empty': b''}.get(kind, kind.encode())


class Request:
    """A received request, as sign.verify wants it."""

    def __init__(self, method, target, headers, body):
        self.method, self.target = method, target
        self.headers, self.body = headers, body
        self.id, self.action = str(uuid.uuid4()), None
        self.about = None           # the UserName asked for

    @property
    def region(self):
        scope = re.search(r'Credential=[^/]*/\d*/([^/]*)/',
                          self.headers.get('Authorization', ''))
        return scope[1] if scope else None

    def form(self):
        query = self.target.partition('?')[2]
        if self.method == 'GET':
            return parse_form(query)
        if self.headers.get_content_type() != \
                'application/x-www-form-urlencoded':
            return {}
        try:
            return parse_form(self.body.decode('ascii'))
        except UnicodeDecodeError:
            raise AwsError('MalformedQueryString',
                           'The query string is malformed.')
