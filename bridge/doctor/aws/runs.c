/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what is not finished at AWS. */
#include "bridge/doctor/aws/aws.h"

#include "base/text.h"
#include "bridge/journal/journal.h"

#include <stdio.h>
#include <time.h>

static const char CHECK[] = "unfinished-run";

/* One that somebody runs just now is well. */
static enum finding_status status_of(const struct journal_seen *seen)
{
	if (seen->running)
		return FINDING_OK;
	return seen->journal.point == JOURNAL_ORPHAN ? FINDING_WARN :
		FINDING_FAIL;
}

static void look_at_run(struct findings *f, const struct journal_seen *seen)
{
	const struct journal *j = &seen->journal;
	char subject[160], age[32], command[JOURNAL_CAUSE_LEN];
	char device[sizeof(j->facts.serial) + 4] = ""; /* not named yet */

	snprintf(subject, sizeof(subject), "%s of '%.100s'",
		journal_kind_name(j->facts.kind), j->facts.user);
	if (j->facts.serial[0])
		snprintf(device, sizeof(device), "'%s' ", j->facts.serial);
	text_format_age(time(NULL) - j->begun, age, sizeof(age));
	journal_command(j, command);
	if (seen->running)
		findings_add(f, FINDING_OK, CHECK, subject, NULL,
			"is running, began %s ago", age);
	else
		findings_add(f, status_of(seen), CHECK, subject, command,
			"%sin account %s, began %s ago and is not finished: "
			"%s", device, j->facts.account, age,
			j->cause[0] ? j->cause : "it was broken off");
}

int doctor_runs(const char *registry, struct findings *f, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	struct error e;
	size_t i;

	if (journal_see_all(&list, registry, &e) < 0) {
		findings_add(f, FINDING_UNKNOWN, CHECK, registry,
			"use sudo or --registry", "%s", e.text);
		return f->failed ? error_memory(err) : 0;
	}
	for (i = 0; i < list.n; i++)
		if (list.p[i].journal.facts.kind != JOURNAL_PIN)
			look_at_run(f, &list.p[i]);
	if (list.unread.code)
		findings_add(f, FINDING_UNKNOWN, CHECK, registry, NULL, "%s",
			list.unread.text);
	else if (list.n == 0)
		findings_add(f, FINDING_OK, CHECK, registry, NULL,
			"no enrollment and no revocation is unfinished");
	return f->failed ? error_memory(err) : 0;
}
