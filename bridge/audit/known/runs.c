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

static bool run_has(const struct journal_facts *f,
	const struct known_place *at, const char *serial)
{
	return f->kind != JOURNAL_PIN &&
		strcmp(f->account, at->account) == 0 &&
		strcmp(f->endpoint, at->endpoint) == 0 &&
		(strcmp(f->serial, serial) == 0 ||
			run_made(serial, f->device_name));
}

/* Without its article. */
static const char *run_name(const struct journal_facts *f)
{
	return strchr(journal_kind_text(f->kind), ' ') + 1;
}

static bool will_bind(const struct journal_seen *seen)
{
	return seen->running || seen->journal.facts.kind == JOURNAL_ENROLL;
}

static const char *find_run(const struct known *k, const struct known_place *at,
	const char *serial, bool to_bind)
{
	const struct journal_seen *seen;
	size_t i;

	for (i = 0; i < k->runs.n; i++) {
		seen = &k->runs.p[i];
		if ((!to_bind || will_bind(seen)) &&
			run_has(&seen->journal.facts, at, serial))
			return run_name(&seen->journal.facts);
	}
	return NULL;
}

const char *known_run_of(const struct known *k, const struct known_place *at,
	const char *serial)
{
	return find_run(k, at, serial, /* to_bind= */ false);
}

const char *known_binder_of(const struct known *k, const struct known_place *at,
	const char *serial)
{
	return find_run(k, at, serial, /* to_bind= */ true);
}
