/* SPDX-License-Identifier: Apache-2.0 */
/* What a whole run says of the list of mutes and of the run before it. */
#include "bridge/audit/compare.h"

#include "base/text.h"
#include "bridge/audit/rules/words.h"

#include <string.h>

static void audit_muting(struct audit *a, const struct mute_rule *rule)
{
	char day[TEXT_TIME_LEN] = "";
	struct audit_muting m = {
		.account = rule->account ? rule->account : "",
		.source = rule->says.source,
		.reason = rule->says.reason,
		.owner = rule->says.owner,
		.day = day,
		.over = mute_is_over(&rule->says, a->now),
		.matched = rule->matched > 0,
		.told = { AUDIT_YES, "mute list", a->now, NULL, false },
	};
	enum audit_reason reason = audit_judge_muting(&m);
	struct audit_finding f;

	if (rule->says.expires) {
		text_format_time(rule->says.expires, day);
		day[strlen("2026-01-31")] = '\0';
	}
	audit_say_muting(&m, reason, &f);
	audit_give(a, &f);
}

/* Whether this run could have met what the rule mutes. */
static bool could_match(const struct audit *a, const struct mute_rule *r)
{
	return audit_asks_any(a, r->mutes) && (!r->account || !a->aws.used ||
		strcmp(r->account, a->aws.account) == 0);
}

static void compare_mutes(struct audit *a, bool complete)
{
	const struct mute_rule *r, *first = NULL;
	size_t i, unused = 0;

	for (i = 0; i < a->mutes->n; i++) {
		r = &a->mutes->rules[i];
		audit_muting(a, r);
		if (r->matched || !could_match(a, r) || !complete)
			continue;
		first = first ? first : r;
		unused++;
	}
	if (unused)
		audit_note(a, "%zu mute%s no finding: first %s", unused,
			unused == 1 ? " matches" : "s match",
			first->says.source);
	if (a->mutes->left_out_n)
		audit_note(a, "%zu part%s of mute list '%s' mute nothing here: "
			"first %s", a->mutes->left_out_n,
			text_plural(a->mutes->left_out_n), a->mutes->name,
			a->mutes->left_out);
}

void audit_compare(struct audit *a, bool complete)
{
	struct audit_covered c = {
		.complete = complete && !a->not_read && !a->narrowed,
		.account = a->listed ? a->aws.account : NULL,
	};
	size_t i;

	if (a->mutes)
		compare_mutes(a, complete);
	for (i = 0; i < AUDIT_CHECKS; i++)
		if (audit_asks(a, (enum audit_check)i))
			c.checks |= AUDIT_BIT(i);
	if (a->earlier)
		audit_earlier_end(a->earlier, &c);
}
