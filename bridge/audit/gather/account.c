/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a live audit's account, and what a failed call leaves. */
#include "bridge/audit/gather/account.h"

#include "bridge/audit/gather/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOST_MAX 3 /* calls in a row without an answer: AWS is away */

void live_person_done(struct live_person *p)
{
	free(p->name);
	free(p->arn);
	free(p->id);
	free(p->was);
	free(p->devices_why);
}

void live_people_done(struct live_people *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		live_person_done(&list->p[i]);
	free_p(&list->p);
	list->n = list->size = 0;
}

void live_holding_done(struct live_holding *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->p[i].serial);
		free(list->p[i].user_id);
	}
	free_p(&list->p);
	list->n = list->size = 0;
}

struct live_person *live_person_add(struct live_people *list, const char *name,
	size_t name_n, const char *arn, size_t arn_n)
{
	struct live_person *grown, *p;
	size_t size;

	if (list->n == list->size) {
		size = list->size ? 2 * list->size : 64;
		grown = reallocarray(list->p, size, sizeof(*grown));
		if (!grown)
			return NULL;
		list->p = grown;
		list->size = size;
	}
	p = &list->p[list->n];
	memset(p, 0, sizeof(*p));
	p->name = strndup(name, name_n);
	p->arn = strndup(arn, arn_n);
	list->n++;
	return p->name && p->arn ? p : NULL;
}

int live_held_add(struct live_holding *list, size_t owner, const char *serial,
	const char *kind, time_t when, struct error *err)
{
	struct live_held *grown;
	size_t size;

	if (list->n == list->size) {
		size = list->size ? 2 * list->size : 64;
		grown = reallocarray(list->p, size, sizeof(*grown));
		if (!grown)
			return error_memory(err);
		list->p = grown;
		list->size = size;
	}
	list->p[list->n].serial = strdup(serial);
	if (!list->p[list->n].serial)
		return error_memory(err);
	list->p[list->n].user_id = NULL;
	list->p[list->n].owner = owner;
	list->p[list->n].at = list->n;
	list->p[list->n].before = 0;
	list->p[list->n].kind = kind;
	list->p[list->n].when = when;
	list->n++;
	return 0;
}

int live_by_name(const void *a, const void *b)
{
	return strcmp(((const struct live_person *)a)->name,
		((const struct live_person *)b)->name);
}

struct live_person *live_find_person(const struct live_people *list,
	const char *name)
{
	struct live_person key = { .name = (char *)(uintptr_t)name };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key),
		live_by_name) : NULL;
}

static int live_by_serial(const void *a, const void *b)
{
	return strcmp(((const struct live_held *)a)->serial,
		((const struct live_held *)b)->serial);
}

const struct live_held *live_find_serial(const struct live_holding *list,
	const char *serial)
{
	struct live_held key = { .serial = (char *)(uintptr_t)serial };

	return list->n ? bsearch(&key, list->p, list->n, sizeof(key),
		live_by_serial) : NULL;
}

void live_sort(struct live_holding *list)
{
	if (list->n)
		qsort(list->p, list->n, sizeof(*list->p), live_by_serial);
}

static int live_by_owner(const void *a, const void *b)
{
	const struct live_held *x = a, *y = b;

	if (x->owner != y->owner) /* ROOT_OWNER + 1 is 0 */
		return x->owner + 1 < y->owner + 1 ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void live_sort_by_owner(struct live_holding *list)
{
	if (list->n)
		qsort(list->p, list->n, sizeof(*list->p), live_by_owner);
}

const char *live_endpoint(const struct live *l)
{
	return l->a->endpoint ? l->a->endpoint : "";
}

time_t live_time(const struct live *l)
{
	time_t t = aws_now(l->s);

	return t > 0 ? t : 0;
}

/* ---- calls that may fail ---- */

static bool is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (strcmp(code, *codes) == 0)
			return true;
	return false;
}

static bool is_denied(const struct error *e)
{
	static const char *const codes[] = { "AccessDenied",
		"AccessDeniedException", "UnauthorizedOperation", NULL };

	return e->code == ERROR_REMOTE && is_one_of(e->foreign, codes);
}

/* Whether the next call would fail, too. */
static bool is_final(const struct live *l, const struct error *e)
{
	static const char *const codes[] = { "ExpiredToken",
		"ExpiredTokenException", "InvalidClientTokenId",
		"SignatureDoesNotMatch", "RequestExpired", NULL };

	if (e->code == ERROR_REMOTE)
		return is_one_of(e->foreign, codes);
	return e->code == ERROR_TIMEOUT || l->lost >= LOST_MAX;
}

void live_gap_set(struct live_gap *g, const struct error *e)
{
	g->there = true;
	g->denied = is_denied(e);
	snprintf(g->why, sizeof(g->why), "%s", e->text);
}

int live_call_failed(struct live *l, const struct error *e,
	struct live_gap *ret, struct error *err)
{
	if (e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED)
		return error_copy(err, e);
	live_gap_set(ret, e);
	l->lost = e->code == ERROR_UNREACHABLE ? l->lost + 1 : 0;
	if (is_final(l, e))
		l->stopped = *ret;
	return 0;
}

bool live_no_more_calls(const struct live *l, struct live_gap *ret)
{
	if (l->stopped.there)
		*ret = l->stopped;
	return l->stopped.there;
}

int live_stay_signed_in(struct live *l, struct error *err)
{
	struct error e;
	int r = l->stopped.there ? 0 :
		l->renewal->renew(l->renewal->self, &l->identity, &e);

	if (r == -ERROR_REFUSED || r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0)
		live_gap_set(&l->stopped, &e);
	return 0;
}

struct audit_fact live_gap_fact(const struct live_gap *g, const char *source)
{
	return (struct audit_fact){ AUDIT_NOT_KNOWN, source, 0, g->why,
		g->denied };
}

struct audit_fact live_fact(enum audit_answer answer, const char *source,
	time_t when)
{
	return (struct audit_fact){ answer, source, when, NULL, false };
}

bool live_compares(const struct live *l)
{
	return l->bindings && audit_asks_any(l->a,
		AUDIT_BIT(AUDIT_DEVICE_UNKNOWN) | AUDIT_BIT(AUDIT_DEVICE_GONE) |
		AUDIT_BIT(AUDIT_DEVICE_MOVED));
}

bool live_asks_devices(const struct live *l)
{
	return l->a->counted || live_compares(l) || audit_asks_any(l->a,
		AUDIT_BIT(AUDIT_USER_NOT_RESISTANT) |
		AUDIT_BIT(AUDIT_USER_UNCERTIFIED) |
		AUDIT_BIT(AUDIT_USER_ONE_DEVICE));
}

/* The token that the registry knows the seed of this device to sit in. */
static void note_seed(struct live_asked *asked, const char *serial)
{
	size_t n = strlen(asked->seeded);
	const struct known *known = asked->l->known;
	const struct known_token *t;
	bool is_totp = false;

	t = known ? known_token_of(known, asked->l->identity.account, serial,
		&is_totp) : NULL;
	if (t && is_totp)
		snprintf(asked->seeded + n, sizeof(asked->seeded) - n, "%s%s",
			n ? ", " : "", t->name);
}

/* Pages may overlap: two devices are not one that comes twice. */
static bool is_listed_before(const struct live_asked *asked,
	const char *serial)
{
	const struct live_held *all = asked->l->devices.p;
	size_t i;

	for (i = asked->last; i > 0; i = all[i - 1].before)
		if (strcmp(all[i - 1].serial, serial) == 0)
			return true;
	return false;
}

int live_on_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct live_asked *asked = data;
	struct live_holding *all = &asked->l->devices;
	const char *kind = device_kind_name(device->kind);
	size_t n = strlen(asked->kinds);
	int r;

	if (is_listed_before(asked, device->serial))
		return 0;
	asked->n++;
	asked->fido += device->kind == DEVICE_FIDO;
	note_seed(asked, device->serial);
	if (!strstr(asked->kinds, kind))
		snprintf(asked->kinds + n, sizeof(asked->kinds) - n, "%s%s",
			n ? ", " : "", kind);
	r = live_held_add(all, asked->owner, device->serial, kind,
		live_time(asked->l), err);
	if (r < 0)
		return r;
	all->p[all->n - 1].before = asked->last;
	asked->last = all->n;
	return 0;
}
