/* SPDX-License-Identifier: Apache-2.0 */
/* An earlier run's findings beside this one's. */
#include "bridge/audit/earlier.h"

#include <stdlib.h>
#include <string.h>

const char *const audit_outcome_names[AUDIT_OUTCOMES] = {
	[AUDIT_STILL] = "unchanged",
	[AUDIT_RESOLVED] = "resolved",
	[AUDIT_NOT_ASKED] = "not-asked",
};

void audit_past_done(struct audit_past *p)
{
	free(p->check_name);
	free(p->account);
	free(p->subject);
	free(p->device);
	free(p->severity);
	memset(p, 0, sizeof(*p));
}

void audit_earlier_done(struct audit_earlier *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		audit_past_done(&e->p[i]);
	free_p(&e->p);
	free_p(&e->name);
	e->n = e->size = 0;
}

void audit_earlier_free(struct audit_earlier **e)
{
	if (!e || !*e)
		return;
	audit_earlier_done(*e);
	free_p(e);
}

int audit_earlier_add(struct audit_earlier *e, struct audit_past *row,
	struct error *err)
{
	struct audit_past *grown;
	size_t size;

	if (e->n == EARLIER_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' has more than %d findings that are no PASS",
			e->name, EARLIER_MAX);
	if (e->n == e->size) {
		size = e->size ? 2 * e->size : 64;
		grown = reallocarray(e->p, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		e->p = grown;
		e->size = size;
	}
	e->p[e->n++] = *row;
	memset(row, 0, sizeof(*row));
	return 0;
}

/* ---- finding rows: by account and subject, then check and device ---- */

static int by_subject(const void *a, const void *b)
{
	const struct audit_past *x = a, *y = b;
	int r = strcmp(x->account, y->account);

	return r ? r : strcmp(x->subject, y->subject);
}

static int by_all(const void *a, const void *b)
{
	const struct audit_past *x = a, *y = b;
	int r = by_subject(a, b);

	if (r == 0)
		r = (x->check > y->check) - (x->check < y->check);
	return r ? r : strcmp(x->device, y->device);
}

void audit_earlier_sort(struct audit_earlier *e)
{
	if (e->n)
		qsort(e->p, e->n, sizeof(*e->p), by_all);
}

/* The first row that is not before the key. */
static size_t first_of(const struct audit_earlier *e,
	const struct audit_past *key)
{
	size_t low = 0, high = e->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_subject(&e->p[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- rows of this run ---- */

static enum audit_status status_beneath(const struct audit_finding *f)
{
	return f->status == AUDIT_MUTED ? f->mutes : f->status;
}

/* Whether the row of then said the same as this one. */
static bool past_meet(struct audit_past *p, const struct audit_finding *f,
	const struct audit_past *key)
{
	enum audit_status now = status_beneath(f);

	p->subject_read |= now != AUDIT_UNKNOWN;
	if (p->check != (int)f->check)
		return false;
	p->subject_open |= now == AUDIT_UNKNOWN;
	if (strcmp(p->device, key->device) != 0)
		return false;
	p->met = true;
	p->now = now;
	return p->status == now;
}

enum audit_change audit_earlier_meet(struct audit_earlier *e,
	const struct audit_finding *f)
{
	struct audit_past key = {
		.account = (char *)(uintptr_t)f->account,
		.subject = (char *)(uintptr_t)f->subject,
		.device = (char *)(uintptr_t)(f->device ? f->device : ""),
	};
	enum audit_status now = status_beneath(f);
	bool same = false;
	size_t i;

	if (now == AUDIT_UNKNOWN && audit_is_of_several(f))
		e->open |= AUDIT_BIT(f->check);
	for (i = first_of(e, &key); i < e->n &&
		by_subject(&e->p[i], &key) == 0; i++)
		same |= past_meet(&e->p[i], f, &key);
	if (now != AUDIT_FAIL && now != AUDIT_UNKNOWN)
		return AUDIT_NOT_COMPARED;
	e->same += same;
	e->fresh += !same;
	return same ? AUDIT_UNCHANGED : AUDIT_NEW;
}

/* ---- the end ---- */

/* No row is about it any more: whether that was read. */
static bool is_gone(const struct audit_earlier *e, const struct audit_past *p,
	const struct audit_covered *c)
{
	bool is_users = !strpbrk(p->subject, " (");

	if (p->check < 0 || !(c->checks & AUDIT_BIT(p->check)) ||
		(e->open & AUDIT_BIT(p->check)) || p->subject_open ||
		!c->complete)
		return false;
	if (p->subject_read)
		return true;
	/* a user who is not in a whole list is no user any more */
	return is_users && c->account && strcmp(c->account, p->account) == 0;
}

static enum audit_outcome outcome_of(const struct audit_earlier *e,
	const struct audit_past *p, const struct audit_covered *c)
{
	if (p->met && p->now == p->status)
		return AUDIT_STILL;
	if (p->met)
		return p->now == AUDIT_UNKNOWN ? AUDIT_NOT_ASKED :
			AUDIT_RESOLVED;
	return is_gone(e, p, c) ? AUDIT_RESOLVED : AUDIT_NOT_ASKED;
}

void audit_earlier_end(struct audit_earlier *e, const struct audit_covered *c)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		e->p[i].outcome = outcome_of(e, &e->p[i], c);
		if (e->p[i].status == AUDIT_FAIL)
			e->ended[e->p[i].outcome]++;
	}
}
