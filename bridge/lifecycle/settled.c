/* SPDX-License-Identifier: Apache-2.0 */
/* Runs at AWS that concern a token. */
#include "bridge/lifecycle/settled.h"

#include "base/text.h"
#include "bridge/journal/journal.h"
#include "bridge/registry/lookup.h"

#include <stdio.h>
#include <string.h>

static bool concerns(const struct journal *j, const struct registry_token *row)
{
	const struct journal_facts *f = &j->facts;
	char serial[16];

	if (j->point == JOURNAL_ORPHAN)
		return false;
	if (f->token[0])
		return strcmp(f->token, row->id) == 0;
	snprintf(serial, sizeof(serial), "%u", f->token_serial);
	return (f->token_serial &&
		registry_token_is(row, REGISTRY_ID_SERIAL, serial)) ||
		(f->oath_id[0] && registry_token_is(row,
			REGISTRY_ID_OATH_DEVICE, f->oath_id));
}

static void describe(const struct journal_seen *seen,
	const struct registry_token *row, struct error *ret)
{
	const struct journal *j = &seen->journal;
	char name[REGISTRY_TOKEN_NAME_LEN], command[JOURNAL_CAUSE_LEN];
	const char *what = journal_kind_text(j->facts.kind);

	registry_token_name(row, name);
	journal_command(j, command);
	if (seen->running)
		error_set(ret, ERROR_REFUSED,
			"%s of '%s' with token %s is running: wait for it",
			what, j->facts.user, name);
	else
		error_set(ret, ERROR_REFUSED,
			"%s of '%s' with token %s is not finished; what ends "
			"it: `%s`", what, j->facts.user, name, command);
}

int lifecycle_check_settled(const struct run *run, struct registry *reg,
	const struct registry_token *row, bool insist, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	struct error why;
	size_t i;
	int r;

	r = journal_see_all(&list, registry_path(reg), err);
	if (r == 0 && list.unread.code)
		run_warn(run, "%s", list.unread.text);
	for (i = 0; r == 0 && i < list.n; i++) {
		if (list.p[i].journal.facts.kind == JOURNAL_PIN ||
			!concerns(&list.p[i].journal, row))
			continue;
		describe(&list.p[i], row, &why);
		if (!insist)
			r = error_copy(err, &why);
		else
			run_warn(run, "%s", why.text);
	}
	return r;
}
