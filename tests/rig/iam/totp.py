"""RFC 6238 as AWS uses it, and how much a clock may be off."""

import base64
import hmac

STEP = 30
BEHIND, AHEAD = 998, 1000       # steps around the expected one, for a pair
STS_STEPS = 2                   # steps around the expected one, for one code


def code(seed, step):
    """The six digits of a base32 seed at a step."""
    return _code(_key(seed), step)


def _key(seed):
    return base64.b32decode(seed + '=' * (-len(seed) % 8))


def _code(key, step):
    digest = hmac.digest(key, step.to_bytes(8, 'big'), 'sha1')
    at = digest[-1] & 15
    number = int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff
    return '%06d' % (number % 1000000)


def find_pair(seed, first, second, centre, newer_than):
    """The step of second, where first is the step before it; or None.

    Looks at BEHIND .. AHEAD steps around centre, nearest first.  Both codes
    have to be newer than the step newer_than (None: nothing accepted yet).
    """
    key = _key(seed)
    for step in _nearest_first(centre, BEHIND, AHEAD):
        if newer_than is not None and step - 1 <= newer_than:
            continue
        if _code(key, step) == second and _code(key, step - 1) == first:
            return step
    return None


def find_one(seed, given, centre, used):
    """The step of a code not used before, within STS_STEPS of centre."""
    key = _key(seed)
    for step in _nearest_first(centre, STS_STEPS, STS_STEPS):
        if step not in used and _code(key, step) == given:
            return step
    return None


def _nearest_first(centre, behind, ahead):
    yield centre
    for away in range(1, max(behind, ahead) + 1):
        if away <= ahead:
            yield centre + away
        if away <= behind:
            yield centre - away
