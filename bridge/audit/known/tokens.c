/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rows of tokens. */
#include "bridge/audit/known/known.h"

static const char REGISTRY[] = "registry";
static const char ADVISORIES[] = "advisories";

static void tokens_not_read(struct audit *a, const struct known *k)
{
	const struct audit_fact none = { AUDIT_NOT_KNOWN, REGISTRY, 0,
		k->why_not, false };
	const struct audit_token t = { .vulnerable = none, .accepted = none };

	audit_token(a, &t);
}

void known_judge_tokens(struct audit *a, const struct known *k)
{
	time_t now = a->started;
	struct audit_token t;
	size_t i;

	if (k->why_not[0]) {
		tokens_not_read(a, k);
		return;
	}
	for (i = 0; i < k->n; i++) {
		const struct known_token *row = &k->tokens[i];

		if (!row->in_use)
			continue;
		t = (struct audit_token){
			.name = row->name,
			.firmware = row->firmware,
			.vulnerable = { row->vulnerable, ADVISORIES, now,
				known_doubt_texts[row->doubt], false },
			.advisories = row->advisories,
			.severity = row->severity,
			.accepted = { row->accepted ? AUDIT_YES : AUDIT_NO,
				REGISTRY, row->verdict ? row->verdict_time :
				now, NULL, false },
			.verdict = row->verdict,
		};
		audit_token(a, &t);
	}
}
