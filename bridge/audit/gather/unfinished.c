/* SPDX-License-Identifier: Apache-2.0 */
/* The live audit's unfinished runs: what the registry's journals tell. */
#include "bridge/audit/gather/steps.h"

#include "base/text.h"
#include "bridge/journal/journal.h"

#include <string.h>

static const char SOURCE[] = "journal";

static bool is_of(const struct live *l, const struct journal_facts *f)
{
	return strcmp(f->account, l->identity.account) == 0 &&
		strcmp(f->endpoint, live_endpoint(l)) == 0;
}

static void unfinished_judge(struct live *l, const struct journal *j)
{
	char age[32], command[JOURNAL_CAUSE_LEN];
	struct audit_unfinished u = {
		.account = j->facts.account,
		.user = j->facts.user,
		.device = j->facts.serial,
		/* without its article */
		.kind = strchr(journal_kind_text(j->facts.kind), ' ') + 1,
		.age = age,
		.why = j->cause[0] ? j->cause : NULL,
		.command = command,
		.told = live_fact(AUDIT_YES, SOURCE, j->since),
	};

	text_format_age(l->a->started - j->begun, age, sizeof(age));
	journal_command(j, command);
	audit_unfinished(l->a, &u);
}

static void unfinished_gap(struct live *l, const struct error *why)
{
	struct audit_unfinished u = {
		.account = l->identity.account,
		.user = "(unfinished runs)",
		.told = { AUDIT_NOT_KNOWN, SOURCE, 0, why->text, false },
	};

	audit_unfinished(l->a, &u);
}

void live_see_unfinished(struct live *l)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	struct error e;
	size_t i;

	if (!audit_asks(l->a, AUDIT_RUN_UNFINISHED))
		return;
	if (journal_see_all(&list, l->a->registry.path, &e) < 0) {
		unfinished_gap(l, &e);
		return;
	}
	for (i = 0; i < list.n; i++)
		if (!list.p[i].running &&
			list.p[i].journal.facts.kind != JOURNAL_PIN &&
			is_of(l, &list.p[i].journal.facts))
			unfinished_judge(l, &list.p[i].journal);
	if (list.unread.code)
		unfinished_gap(l, &list.unread);
}
