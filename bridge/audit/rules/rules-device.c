/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules for devices and bindings: facts in, a reason out. */
#include "bridge/audit/rules/rules.h"

#include <string.h>

enum audit_reason audit_judge_device(const struct audit_device *d)
{
	if (d->bound.answer == AUDIT_NOT_KNOWN)
		return AUDIT_BINDINGS_NOT_READ;
	if (!d->serial)
		return AUDIT_DEVICES_NOT_LISTED;
	if (d->bound.answer == AUDIT_YES)
		return AUDIT_BOUND;
	if (d->run)
		return AUDIT_BOUND_SOON;
	if (strcmp(d->user, AUDIT_ROOT_SUBJECT) == 0)
		return AUDIT_NOT_BOUND_OF_ROOT;
	return d->alone ? AUDIT_NOT_BOUND_ALONE : AUDIT_NOT_BOUND;
}

enum audit_reason audit_judge_binding(const struct audit_binding *b)
{
	if (b->at_aws.answer == AUDIT_YES)
		return AUDIT_AT_AWS;
	if (b->run)
		return AUDIT_GOING;
	if (b->at_aws.answer == AUDIT_NO)
		return AUDIT_NOT_AT_AWS;
	if (b->erased)
		return AUDIT_DEVICE_ERASED;
	return b->device ? AUDIT_AT_AWS_NOT_KNOWN : AUDIT_BINDINGS_NOT_KNOWN;
}

enum audit_reason audit_judge_moved(const struct audit_binding *b)
{
	if (b->at_aws.answer == AUDIT_NO)
		return AUDIT_MOVED_NOWHERE;
	if (b->at_aws.answer == AUDIT_NOT_KNOWN ||
		b->moved.answer == AUDIT_NOT_KNOWN)
		return AUDIT_MOVED_NOT_KNOWN;
	return b->moved.answer == AUDIT_YES ? AUDIT_MOVED : AUDIT_NOT_MOVED;
}

enum audit_reason audit_judge_certified(const struct audit_device *d)
{
	if (!d->serial)
		return AUDIT_CERTIFIED_NOT_LISTED;
	if (d->certified.answer == AUDIT_YES)
		return AUDIT_CERTIFIED;
	if (d->vouched)
		return AUDIT_CERTIFIED_BY_US;
	return d->certified.answer == AUDIT_NO ? AUDIT_NOT_CERTIFIED :
		AUDIT_CERTIFIED_NOT_KNOWN;
}

/* One list may lag; the same list ten minutes later does not. */
static bool is_seen_twice(const struct audit_orphan *o)
{
	return o->first > 0 &&
		o->unassigned.when - o->first >= AUDIT_ORPHAN_SECONDS;
}

enum audit_reason audit_judge_orphan(const struct audit_orphan *o)
{
	if (!o->serial || o->unassigned.answer != AUDIT_YES)
		return AUDIT_ORPHAN_NOT_KNOWN;
	if (o->run)
		return AUDIT_ORPHAN_IN_RUN;
	return is_seen_twice(o) ? AUDIT_ORPHAN : AUDIT_ORPHAN_SEEN_ONCE;
}
