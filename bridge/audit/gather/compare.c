/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's devices against the registry's bindings. */
#include "bridge/audit/gather/steps.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define YOUNG_SECONDS 300   /* lists may not have what is younger */
#define ASK_AGAIN_MS 20000  /* ... and are asked again after that */

static bool is_ours_in_force(const struct live *l,
	const struct registry_binding *b)
{
	return b->kind == REGISTRY_AWS && b->removed == 0 &&
		strcmp(b->account, l->identity.account) == 0;
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Serials of the account's bindings in force, sorted; owned array of borrowed
 * strings. */
static int bound_serials(const struct live *l, const char ***ret, size_t *ret_n,
	struct error *err)
{
	const char **list = calloc(l->bindings->n + 1, sizeof(*list));
	size_t i, n = 0;

	if (!list)
		return error_memory(err);
	for (i = 0; i < l->bindings->n; i++)
		if (is_ours_in_force(l, &l->bindings->p[i]) &&
			l->bindings->p[i].device)
			list[n++] = l->bindings->p[i].device;
	qsort(list, n, sizeof(*list), by_string);
	*ret = list;
	*ret_n = n;
	return 0;
}

static const char *owner_name(const struct live *l, size_t owner)
{
	return owner == ROOT_OWNER ? AUDIT_ROOT_SUBJECT :
		l->people.p[owner].name;
}

static const char *run_of(const struct live *l, const char *serial)
{
	const struct known_place at = { l->identity.account, live_endpoint(l) };

	return l->known ? known_run_of(l->known, &at, serial) : NULL;
}

static const char *binder_of(const struct live *l, const char *serial)
{
	const struct known_place at = { l->identity.account, live_endpoint(l) };

	return l->known ? known_binder_of(l->known, &at, serial) : NULL;
}

static struct audit_fact registry_says(const struct live *l,
	enum audit_answer answer)
{
	return live_fact(answer, "registry", l->a->started);
}

static void device_gap(struct live *l, const char *user, const char *source,
	const char *why, bool denied)
{
	struct audit_device d = {
		.account = l->identity.account,
		.user = user,
		.at_aws = { AUDIT_NOT_KNOWN, source, 0, why, denied },
		.bound = registry_says(l, AUDIT_NO),
	};

	audit_device(l->a, &d);
}

/* A row for everybody whose devices are not all known. */
static void device_gaps(struct live *l)
{
	size_t i;

	for (i = 0; i < l->people.n; i++)
		if (l->people.p[i].devices_why)
			device_gap(l, l->people.p[i].name,
				"iam:ListMFADevices",
				l->people.p[i].devices_why,
				l->people.p[i].devices_denied);
	if (l->people_gap.there)
		device_gap(l, "(users not listed)", "iam:ListUsers",
			l->people_gap.why, l->people_gap.denied);
	if (l->virtual_gap.there && live_has_root(l) && !live_is_root(l))
		device_gap(l, AUDIT_ROOT_SUBJECT, "iam:ListVirtualMFADevices",
			l->virtual_gap.why, l->virtual_gap.denied);
	if (l->root_devices_gap.there)
		device_gap(l, AUDIT_ROOT_SUBJECT, "iam:ListMFADevices",
			l->root_devices_gap.why, l->root_devices_gap.denied);
}

static int judge_devices(struct live *l, struct error *err)
{
	CLEANUP(free_p) const char **bound = NULL;
	const struct live_held *h;
	struct audit_device d;
	size_t i, n = 0;
	int r;

	r = bound_serials(l, &bound, &n, err);
	if (r < 0)
		return r;
	for (i = 0; i < l->devices.n; i++) {
		h = &l->devices.p[i];
		d = (struct audit_device){
			.account = l->identity.account,
			.user = owner_name(l, h->owner),
			.serial = h->serial,
			.kind = h->kind,
			.alone = h->owner != ROOT_OWNER &&
				l->people.p[h->owner].devices == 1,
			.at_aws = live_fact(AUDIT_YES, h->owner == ROOT_OWNER &&
				!live_is_root(l) ? "iam:ListVirtualMFADevices" :
				h->owner == ROOT_OWNER ? live_own_list(l) :
				"iam:ListMFADevices", h->when),
			.bound = registry_says(l, bsearch(&h->serial, bound, n,
				sizeof(*bound), by_string) ? AUDIT_YES :
				AUDIT_NO),
			.run = binder_of(l, h->serial),
		};
		audit_device(l->a, &d);
	}
	device_gaps(l);
	return 0;
}

/*
 * Root's devices are listed for root only, and the list of virtual devices alone
 * decides nothing.
 */
static bool is_hidden(const struct live *l, const struct registry_binding *b)
{
	bool of_root = strcmp(b->user, l->identity.account) == 0 ||
		strstr(b->device, ":u2f/root/");

	return of_root && !live_is_root(l) && l->root_mfa != AUDIT_NO;
}

/* The first reason why a device that was not seen may be there. */
static struct audit_fact fact_of_absence(const struct live *l)
{
	const struct {
		const struct live_gap *gap;
		const char *source;
	} gaps[] = {
		{ &l->people_gap, "iam:ListUsers" },
		{ &l->devices_gap, "iam:ListMFADevices" },
		{ &l->root_devices_gap, "iam:ListMFADevices" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(gaps); i++)
		if (gaps[i].gap->there)
			return live_gap_fact(gaps[i].gap, gaps[i].source);
	return live_fact(AUDIT_NO, "iam:ListMFADevices", live_time(l));
}

/* By users' own lists. The list of virtual devices has what they may not have
 * yet, and then nothing is known. */
static struct audit_fact fact_of_presence(const struct live *l,
	const char *device)
{
	const struct live_held *h = live_find_serial(&l->devices, device);
	struct audit_fact f;

	if (h)
		return live_fact(AUDIT_YES, "iam:ListMFADevices", h->when);
	f = fact_of_absence(l);
	if (f.answer == AUDIT_NO && live_find_serial(&l->virtuals, device)) {
		f.answer = AUDIT_NOT_KNOWN;
		f.why = "the list of all virtual devices has it, and no "
			"user's own list";
	}
	return f;
}

/* ---- bindings that lists may not have yet ---- */

static bool is_young(const struct live *l, const struct registry_binding *b)
{
	return l->a->started - b->since < YOUNG_SECONDS;
}

/* The user that it is bound to, whatever his name is by now. */
static const struct live_person *person_of(const struct live *l,
	const struct registry_binding *b)
{
	size_t i;

	for (i = 0; i < l->people.n; i++)
		if (l->people.p[i].id && strcmp(l->people.p[i].id, b->user) ==
				0)
			return &l->people.p[i];
	return NULL;
}

static bool is_missed(const struct live *l, const struct registry_binding *b)
{
	return is_ours_in_force(l, b) && b->device && is_young(l, b) &&
		!is_hidden(l, b) &&
		fact_of_presence(l, b->device).answer == AUDIT_NO;
}

/* Adds what the list has by now. */
static int ask_again(struct live *l, const struct registry_binding *b,
	struct error *err)
{
	const struct live_person *p = person_of(l, b);
	struct live_asked asked = { .l = l };
	struct live_gap g = { .there = false };
	struct error e;
	int r;

	if (!p || live_no_more_calls(l, &g))
		return 0;
	asked.owner = (size_t)(p - l->people.p);
	r = iam_list_mfa_devices(l->s, p->name, live_on_device, &asked, &e);
	live_sort(&l->devices);
	return r < 0 ? live_call_failed(l, &e, &g, err) : 0;
}

static int ask_for_the_young(struct live *l, struct error *err)
{
	bool waited = false;
	size_t i;
	int r = 0;

	if (!audit_asks(l->a, AUDIT_DEVICE_GONE))
		return 0;
	for (i = 0; r >= 0 && i < l->bindings->n; i++) {
		if (!is_missed(l, &l->bindings->p[i]))
			continue;
		if (!waited)
			r = call_wait(l->s, ASK_AGAIN_MS, DEADLINE_NEVER, err);
		waited = true;
		if (r >= 0)
			r = ask_again(l, &l->bindings->p[i], err);
	}
	return r;
}

/* Never a false alarm of what was made a moment ago. */
static void spare_the_young(const struct live *l,
	const struct registry_binding *b,
	struct audit_fact *f)
{
	if (f->answer != AUDIT_NO || !is_young(l, b))
		return;
	f->answer = AUDIT_NOT_KNOWN;
	f->why = "it was bound less than five minutes ago, and AWS's lists "
		"may not have it yet: they were asked twice";
}

/*
 * Whether somebody else has it: by his own list, which names him, and by the
 * unique id, which outlives a new name. The list of all virtual devices alone
 * decides nothing.
 */
static struct audit_fact fact_of_owner(const struct live *l,
	const struct registry_binding *b, const char **ret_owner)
{
	const struct live_held *h = live_find_serial(&l->devices, b->device);
	struct audit_fact f = live_fact(AUDIT_NOT_KNOWN, "iam:ListMFADevices",
		h ? h->when : 0);
	const char *id;

	f.why = "the list of whoever has it could not be read";
	if (!h || !b->user)
		return f;
	id = h->owner == ROOT_OWNER ? l->identity.account :
		l->people.p[h->owner].id;
	if (!id)
		return f;
	*ret_owner = owner_name(l, h->owner);
	f.why = NULL;
	f.answer = strcmp(id, b->user) == 0 ? AUDIT_NO : AUDIT_YES;
	return f;
}

static int judge_bindings(struct live *l, struct error *err)
{
	const struct registry_binding *b;
	struct audit_registry_source *source = &l->a->registry;
	struct audit_binding row;
	size_t i, hidden = 0;
	int r;

	live_sort(&l->devices);
	live_sort(&l->virtuals);
	r = ask_for_the_young(l, err);
	if (r < 0)
		return r;
	for (i = 0; i < l->bindings->n; i++) {
		b = &l->bindings->p[i];
		if (b->kind != REGISTRY_AWS || b->removed != 0)
			continue;
		if (!is_ours_in_force(l, b)) {
			source->elsewhere++;
			continue;
		}
		source->bindings++;
		if (b->device && is_hidden(l, b)) {
			hidden++;
			continue;
		}
		row = (struct audit_binding){
			.account = l->identity.account,
			.user = b->user_name,
			.device = b->device,
			.erased = !b->device,
			.at_aws = b->device ? fact_of_presence(l, b->device) :
				registry_says(l, AUDIT_NOT_KNOWN),
		};
		spare_the_young(l, b, &row.at_aws);
		row.run = b->device ? run_of(l, b->device) : NULL;
		if (row.at_aws.answer == AUDIT_YES)
			row.moved = fact_of_owner(l, b, &row.owner);
		audit_binding(l->a, &row);
	}
	if (hidden)
		audit_note(l->a, "device-gone is not asked for %zu device%s of "
			"root: root's devices are listed for root only",
			hidden, text_plural(hidden));
	return 0;
}

/* A registry that is there and could not be read. */
static void unread_registry(struct live *l)
{
	struct audit_fact none = { AUDIT_NOT_KNOWN, "registry", 0,
		l->a->registry.why_not, false };
	struct audit_device d = {
		.account = l->identity.account,
		.user = "(all devices)",
		.bound = none,
	};
	struct audit_binding b = {
		.account = l->identity.account,
		.user = "(all bindings)",
		.at_aws = none,
	};

	audit_device(l->a, &d);
	audit_binding(l->a, &b);
	live_see_unfinished(l);
}

int live_compare_registry(struct live *l, struct error *err)
{
	int r;

	if (!l->bindings) {
		if (l->a->registry.used)
			unread_registry(l);
		return 0;
	}
	r = live_compares(l) ? judge_devices(l, err) : 0;
	if (r >= 0)
		r = judge_bindings(l, err);
	if (r >= 0)
		live_see_unfinished(l);
	return r;
}
