/* SPDX-License-Identifier: Apache-2.0 */
/* Which sequences of ours have a device in hand. */
#include "bridge/audit/known/known.h"

#include <stdio.h>
#include <string.h>

void known_read_runs(struct known *k, const char *registry_path)
{
	struct error e;

	journal_sights_done(&k->runs);
	if (journal_see_all(&k->runs, registry_path, &e) < 0) {
		memset(&k->runs, 0, sizeof(k->runs));
		snprintf(k->runs_why_not, sizeof(k->runs_why_not), "%s",
			e.text);
	} else if (k->runs.unread.code) {
		snprintf(k->runs_why_not, sizeof(k->runs_why_not), "%s",
			k->runs.unread.text);
	}
}

/* A virtual device's name, where its ARN was not told before the run broke
 * off. */
static bool run_made(const char *serial, const char *name)
{
	size_t n = strlen(serial), name_n = strlen(name);

	return name_n > 0 && n > name_n && serial[n - name_n - 1] == '/' &&
		strcmp(serial + n - name_n, name) == 0;
}

const char *known_run_of(const struct known *k, const struct known_place *at,
	const char *serial)
{
	const struct journal_facts *f;
	size_t i;

	for (i = 0; i < k->runs.n; i++) {
		f = &k->runs.p[i].journal.facts;
		if (f->kind == JOURNAL_PIN ||
			strcmp(f->account, at->account) != 0 ||
			strcmp(f->endpoint, at->endpoint) != 0)
			continue;
		if (strcmp(f->serial, serial) == 0 ||
			run_made(serial, f->device_name))
			/* without its article */
			return strchr(journal_kind_text(f->kind), ' ') + 1;
	}
	return NULL;
}
