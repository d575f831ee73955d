/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's virtual devices that nobody has. */
#include "bridge/audit/gather/steps.h"

#include "bridge/audit/known/sights.h"

#include <stdlib.h>
#include <string.h>

static const char SOURCE[] = "iam:ListVirtualMFADevices";

static void orphans_not_listed(struct live *l)
{
	const struct audit_orphan o = {
		.account = l->identity.account,
		.unassigned = live_gap_fact(&l->virtual_gap, SOURCE),
	};

	audit_orphan(l->a, &o);
}

static void orphans_judge(struct live *l, const struct sights *before)
{
	const struct known_place at = { l->identity.account, live_endpoint(l) };
	const struct live_held *h;
	struct audit_orphan o;
	size_t i;

	for (i = 0; i < l->unassigned.n; i++) {
		h = &l->unassigned.p[i];
		o = (struct audit_orphan){
			.account = l->identity.account,
			.serial = h->serial,
			.unassigned = live_fact(AUDIT_YES, SOURCE, h->when),
			.first = sights_first(before, h->serial),
			.run = l->known ? known_run_of(l->known, &at,
				h->serial) : NULL,
		};
		audit_orphan(l->a, &o);
	}
}

/* For the next run: what is there now, and since when. */
static int orphans_keep(const struct live *l, const char *path,
	const struct sights *before, struct error *err)
{
	CLEANUP(sights_done) struct sights now = { .p = NULL };
	const struct live_held *h;
	time_t first;
	size_t i;
	int r = 0;

	if (l->unassigned.n == 0 && before->n == 0)
		return 0;
	now.endpoint = strdup(live_endpoint(l));
	if (!now.endpoint)
		return error_memory(err);
	for (i = 0; r >= 0 && i < l->unassigned.n; i++) {
		h = &l->unassigned.p[i];
		first = sights_first(before, h->serial);
		r = sights_add(&now, h->serial, first ? first : h->when, err);
	}
	return r < 0 ? r : sights_write(path, &now, err);
}

void live_judge_orphans(struct live *l)
{
	CLEANUP(sights_done) struct sights before = { .p = NULL };
	CLEANUP(free_p) char *path = NULL;
	struct error e;

	if (!audit_asks(l->a, AUDIT_VIRTUAL_ORPHAN))
		return;
	if (l->virtual_gap.there) {
		orphans_not_listed(l);
		return;
	}
	path = sights_path(l->a->registry.path, l->identity.account);
	if (path && sights_read(path, live_endpoint(l), &before, &e) < 0)
		audit_note(l->a, "virtual-orphan: what was seen before cannot "
			"be read: %s", e.text);
	orphans_judge(l, &before);
	free_p(&path);
	if (!l->a->registry.keeps)
		return;
	path = sights_path(l->a->registry.keeps, l->identity.account);
	if (path && orphans_keep(l, path, &before, &e) < 0)
		audit_note(l->a, "virtual-orphan: what was seen cannot be "
			"kept, so that the next run knows nothing of it: %s",
			e.text);
}
