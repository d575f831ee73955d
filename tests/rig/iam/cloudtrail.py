"""CloudTrail: LookupEvents over what trail.py has kept."""

import base64
import binascii
import hashlib
import json

from .call import action
from .faults import Meter
from .model import AwsError

_DAYS = 90 * 86400
_PAGE = 50


@action('cloudtrail')
def lookup_events(call):
    _hold_rate(call)
    attribute = _attribute(call)
    start, end = call['StartTime'], call['EndTime']
    if start is not None and end is not None and end < start:
        raise AwsError('InvalidTimeRangeException', 'The start time must be '
                       'before the end time.', 400)
    if call['EventCategory']:
        return {'Events': []}       # Insights: none are ever made here
    last, offset = _read_token(call)
    found = [(n, record) for n, record in _delivered(call)
             if (last is None or n <= last)
             and (start is None or record['at'] >= int(start))
             and (end is None or record['at'] <= end)
             and (attribute is None or _has(record, *attribute))]
    found.sort(key=lambda item: (item[1]['at'], item[0]), reverse=True)
    if call.order.get('doubled'):
        found = [item for item in found for _ in range(2)]
    size = call['MaxResults'] or _PAGE
    size = min(size, call.settings['page_limit'] or _PAGE)
    page = found[offset:offset + size]
    result = {'Events': [_show(record) for _, record in page]}
    if len(found) > offset + size:
        newest = max(n for n, _ in found) if last is None else last
        result['NextToken'] = _token(call, newest, offset + size)
    return result


def _hold_rate(call):
    rate = call.settings['lookup_rate']
    if rate is None:
        return
    meter = call.world.lookups.setdefault(
        (call.account.id, call.region, rate), Meter(rate))
    if meter.exceeds():
        raise AwsError('ThrottlingException', 'Rate exceeded', 400)


def _attribute(call):
    given = call['LookupAttributes'] or []
    if len(given) > 1:
        raise AwsError('InvalidLookupAttributesException', 'Only one lookup '
                       'attribute may be given.', 400)
    return (given[0]['AttributeKey'], given[0]['AttributeValue']) \
        if given else None


def _delivered(call):
    """[(number, record)] that CloudTrail tells by now, in this region."""
    late = call.order.get('late') or {}
    for n, record in enumerate(call.world.trail):
        if record['account'] != call.account.id \
                or record['region'] != call.region \
                or record['at'] < call.now - _DAYS:
            continue
        if call['NextToken'] is None:
            record['lookups'] += 1
        if record['lookups'] > late.get('reads', 0) \
                and call.now >= record['at'] + late.get('seconds', 0):
            yield n, record


def _has(record, key, value):
    shown = _show(record)
    if key in ('ResourceType', 'ResourceName'):
        return any(one[key] == value for one in shown['Resources'])
    return shown.get(key) == value


def _show(record):
    event = record['event']
    who = event['userIdentity']
    shown = {'EventId': event['eventID'], 'EventName': event['eventName'],
             'ReadOnly': 'true' if event['readOnly'] else 'false',
             'EventTime': float(record['at']),
             'EventSource': event['eventSource'],
             'Username': _user_name(who),
             'Resources': [{'ResourceType': kind, 'ResourceName': name}
                           for kind, name in record['resources']],
             'CloudTrailEvent': json.dumps(event)}
    if who.get('accessKeyId'):
        shown['AccessKeyId'] = who['accessKeyId']
    return shown


def _user_name(who):
    if who['type'] == 'Root':
        return 'root'
    return who.get('userName') or who.get('arn', '').rpartition('/')[2]


def _same_question(call):
    asked = {k: v for k, v in call.params.items() if k != 'NextToken'}
    return hashlib.sha256(json.dumps(
        [call.account.id, call.region, asked], sort_keys=True)
        .encode()).hexdigest()


def _token(call, newest, offset):
    return base64.b64encode(json.dumps(
        [_same_question(call), newest, offset]).encode()).decode()


def _read_token(call):
    """(newest record that belongs to the pages, how many were shown)"""
    if call['NextToken'] is None:
        return None, 0
    try:
        question, newest, offset = json.loads(
            base64.b64decode(call['NextToken'], validate=True))
        if question == _same_question(call):
            return newest, offset
    except (binascii.Error, ValueError, TypeError):
        pass
    raise AwsError('InvalidNextTokenException', 'The token is not valid for '
                   'this request.', 400)
