"""Orders: what the server is told to do wrong, when, and how often."""

import base64
import copy
import re
import threading
import time

# Each order fills one or more slots; the first live order for a slot wins.
SLOTS = {
    'reply': {'error', 'http', 'drop', 'hostile'},
    'delay': {'delay'}, 'wire': {'cut', 'drip'}, 'close': {'close'},
    'date': {'date'}, 'stale': {'stale'}, 'rate': {'rate'},
    'late': {'late'}, 'doubled': {'doubled'},
    'console': {'console_adds_virtual_device'},
}
LASTING = {'stale', 'rate', 'late', 'doubled'}      # for ever unless counted
EXTRA = {'action', 'caller', 'about', 'count', 'skip', 'after_effect', 'status',
         'message', 'body', 'element', 'size', 'text', 'when'}
FIELDS = EXTRA.union(*SLOTS.values())


class Meter:
    """Counts calls by this machine's time: how many a second are let by."""

    def __init__(self, rate):
        self.number = max(1, int(rate))
        self.window = self.number / rate
        self.times = []

    def exceeds(self):
        """Is one more call now above the rate?  If not, it is counted."""
        now = time.monotonic()
        self.times = [at for at in self.times if at > now - self.window]
        if len(self.times) >= self.number:
            return True
        self.times.append(now)
        return False


class Order:
    def __init__(self, number, fields):
        unknown = set(fields) - FIELDS
        if unknown:
            raise ValueError(f'no such field in an order: {sorted(unknown)}')
        self.slots = {slot for slot, names in SLOTS.items()
                      if names & set(fields)}
        if not self.slots:
            raise ValueError('the order orders nothing')
        if 'hostile' in fields and fields['hostile'] not in HOSTILE:
            raise ValueError(f'hostile is one of {sorted(HOSTILE)}')
        self._check_console(fields.get('console_adds_virtual_device',
                                       'before'))
        if fields.get('drop', 'before') not in ('before', 'after'):
            raise ValueError("drop is 'before' or 'after'")
        self.id, self.fields = number, fields
        actions = fields.get('action', '*')
        self.actions = {actions} if isinstance(actions, str) else set(actions)
        self.left = fields.get('count',
                               None if LASTING & set(fields) else 1)
        self.skip = fields.get('skip', 0)
        self.reads = 0              # stale: reads since the last change
        self.meter = Meter(fields['rate']) if 'rate' in fields else None

    @staticmethod
    def _check_console(ordered):
        when = ordered.get('when') if isinstance(ordered, dict) else ordered
        if when not in ('before', 'after'):
            raise ValueError("a device is added 'before' or 'after'")

    def concerns(self, action, caller, user, about=None):
        if '*' not in self.actions and action not in self.actions:
            return False
        if self.fields.get('about') not in (None, about):
            return False
        wanted = self.fields.get('caller')
        return self.left != 0 and wanted in (None, caller, user)

    def take(self):
        """Uses the order once; False while it still lets calls pass."""
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Effect(dict):
    """What the orders taken by one request come to."""
    orders = ()

    def before(self, *names):
        return not self.get('after_effect') and any(n in self for n in names)


class Orders:
    """The orders, and the past that stale reads are answered from."""

    def __init__(self):
        self._lock = threading.Lock()
        self._number = 0
        self.clear()

    def clear(self):
        with self._lock:
            self.list, self.past = [], []

    def add(self, fields):
        with self._lock:
            self._number += 1
            self.list.append(Order(self._number, fields))
            return self._number

    def take(self, action, caller, user, about=None, without=()):
        """The Effect for one request; without names slots left alone."""
        effect, filled = Effect(), set(without)
        taken = []
        with self._lock:
            for order in self.list:
                if order.slots & filled \
                        or not order.concerns(action, caller, user, about):
                    continue
                if order.take():
                    filled |= order.slots
                    taken.append(order)
                    effect.update(order.fields)
                    if order.meter and order.meter.exceeds():
                        effect['error'] = 'Throttling'
        effect.orders = [order.id for order in taken]
        effect.stale_order = next(
            (o for o in taken if 'stale' in o.slots), None)
        return effect

    def denies(self, caller, action):
        """Would an AccessDenied order, live now, refuse the action?"""
        user = caller.rpartition('/')[2]
        with self._lock:
            return any(o.fields.get('error') == 'AccessDenied'
                       and o.concerns(action, caller, user)
                       for o in self.list)

    # Stale reads.

    @property
    def keep_past(self):
        return any('stale' in o.slots and o.left != 0 for o in self.list)

    def changed(self, now, accounts_before):
        with self._lock:
            self.past.append((now, accounts_before))
            for order in self.list:
                order.reads = 0

    def snapshot(self, accounts):
        return copy.deepcopy(accounts) if self.keep_past else None

    def view(self, order, now, accounts):
        """The accounts as a read under a stale order sees them."""
        if order is None or not self.past:
            return accounts
        stale = order.fields['stale']
        if 'reads' in stale:
            order.reads += 1
            return self.past[-1][1] if order.reads <= stale['reads'] \
                else accounts
        then = now - stale['seconds']
        return next((before for at, before in self.past if at > then),
                    accounts)


# Replies as nobody should send them: functions (body, effect) -> body.

def _entity(definitions, use):
    def spoil(body, effect):
        head, _, rest = body.partition(b'>')
        doctype = b'<?xml version="1.0"?>\n<!DOCTYPE r [\n%s]>\n' \
            % definitions.encode()
        return doctype + head + b'>' + use.encode() + rest
    return spoil


def _laughs():
    lines = ['<!ENTITY lol0 "lol">\n']
    for n in range(1, 10):
        lines.append(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">\n')
    return ''.join(lines)


def _inside(text):
    def spoil(body, effect):
        head, _, rest = body.partition(b'>')
        return head + b'>' + text(effect) + rest
    return spoil


def _replace(old, new):
    return lambda body, effect: re.sub(old, new, body)


def _each_element(change):
    def spoil(body, effect):
        name = re.escape(effect['element'].encode())
        return re.sub(b'<%s(?: [^>]*)?>.*?</%s>' % (name, name), change, body,
                      flags=re.DOTALL)
    return spoil


def _other_element(body, effect):
    """The element says something else: effect['text']."""
    name = re.escape(effect['element'].encode())
    return re.sub(b'<%s>.*?</%s>' % (name, name), b'<%s>%s</%s>' % (
        name, effect['text'].encode(), name), body, flags=re.DOTALL)


def _seed(change):
    def spoil(body, effect):
        return re.sub(b'(<Base32StringSeed>)(.*?)(</Base32StringSeed>)',
                      lambda m: m[1] + change(m[2]) + m[3], body)
    return spoil


def _recode(seed, change):
    return base64.b64encode(change(base64.b64decode(seed)))


def _deep(effect):
    depth = effect.get('size', 10000)
    return b'<deep>' * depth + b'</deep>' * depth


def _big(effect):
    return b'<Padding>' + b'x' * effect.get('size', 50_000_000) + \
        b'</Padding>'


def _references(match):
    name, text = match[1], match[2].decode()
    return b'<%s>%s</%s>' % (
        name, ''.join(f'&#{ord(c)};' for c in text).encode(), name)


HOSTILE = {
    'doctype': _entity('<!ENTITY e "text">\n', '<x>&e;</x>'),
    'billion-laughs': _entity(_laughs(), '<x>&lol9;</x>'),
    'external-entity': _entity('<!ENTITY e SYSTEM "file:///etc/hostname">\n',
                               '<x>&e;</x>'),
    'big': _inside(_big),
    'deep': _inside(_deep),
    'wrong-root': _replace(rb'(</?)\w+(Response)\b', rb'\1Strange\2'),
    'wrong-namespace': _replace(rb'xmlns="[^"]*"',
                                b'xmlns="https://example.com/doc/"'),
    'no-namespace': _replace(rb' xmlns="[^"]*"', b''),
    'missing-element': _each_element(b''),
    'empty-element': _each_element(
        lambda m: re.match(rb'<\w+', m[0])[0] + b'/>'),
    'duplicate-element': _each_element(lambda m: m[0] + m[0]),
    'other-element': _other_element,
    'invalid-utf8': _inside(lambda e: b'<x>\xc3\x28\xff</x>'),
    'nul': _inside(lambda e: b'<x>a\0b</x>'),
    'truncated': lambda body, e: body[:e.get('size', len(body) // 2)],
    'trailing': lambda body, e: body + b'<more/>',
    'empty': lambda body, e: b'',
    'char-references': _replace(
        rb'<(SerialNumber|UserName|AccessKeyId)>([^<]*)</\1>', _references),
    'seed-not-base64': _seed(lambda seed: b'!' + seed[1:]),
    'seed-short': _seed(lambda seed: _recode(seed, lambda s: s[:32])),
    'seed-long': _seed(lambda seed: _recode(seed, lambda s: s * 2)),
    'seed-not-base32': _seed(lambda seed: _recode(
        seed, lambda s: b'0189' + s[4:])),
    'seed-empty': _seed(lambda seed: b''),
}

HTML = (b'<!DOCTYPE html>\n<html><head><title>Proxy</title></head>'
        b'<body><h1>Something is in the way</h1></body></html>\n')
