/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules for root, and what they come to. */
#include "bridge/root/judge.h"

#include <string.h>

const char *const root_outcome_names[] = {
	[ROOT_IN_ORDER] = "in-order",
	[ROOT_NOTHING] = "nothing-to-do",
	[ROOT_FAILS] = "findings",
	[ROOT_OPEN] = "not-known",
};

static struct root_finding *next_finding(struct root_judgement *j,
	const char *check, const char *severity)
{
	struct root_finding *f = &j->p[j->n++];

	memset(f, 0, sizeof(*f));
	f->check = check;
	f->severity = severity;
	return f;
}

static void judge_by_audit(struct root_judgement *j,
	const struct audit_root *facts, enum audit_reason reason)
{
	struct audit_finding said;
	struct root_finding *f;

	memset(&said, 0, sizeof(said));
	audit_say_root(facts, reason, &said);
	f = next_finding(j, audit_check_rows[said.check].name,
		audit_severity_names[said.severity]);
	f->status = said.status;
	memcpy(f->seen, said.seen, sizeof(f->seen));
	memcpy(f->source, said.source, sizeof(f->source));
	memcpy(f->remedy, said.remedy, sizeof(f->remedy));
	f->when = said.when;
}

/* Judged where the whole list is known, or two are. */
static void judge_second_device(struct root_judgement *j,
	const struct root_sight *s, const struct audit_root *facts)
{
	if (s->fact[ROOT_MFA].answer != AUDIT_YES ||
		facts->second.answer == AUDIT_NOT_KNOWN)
		return;
	j->one_device_asked = true;
	judge_by_audit(j, facts, audit_judge_root_second(facts));
}

static enum root_outcome outcome_of(const struct root_judgement *j,
	const struct root_sight *s)
{
	enum root_outcome outcome = ROOT_IN_ORDER;
	size_t i;

	for (i = 0; i < j->n; i++) {
		if (j->p[i].status == AUDIT_FAIL)
			return ROOT_FAILS;
		if (j->p[i].status == AUDIT_UNKNOWN)
			outcome = ROOT_OPEN;
	}
	if (outcome == ROOT_IN_ORDER && root_has_credentials(s) == AUDIT_NO)
		return ROOT_NOTHING;
	return outcome;
}

void root_judge(const struct root_sight *s, struct root_judgement *ret)
{
	const struct audit_root facts = root_facts(s);

	memset(ret, 0, sizeof(*ret));
	judge_by_audit(ret, &facts, audit_judge_root(&facts));
	judge_by_audit(ret, &facts, audit_judge_root_virtual(&facts));
	judge_by_audit(ret, &facts, audit_judge_root_key(&facts));
	judge_second_device(ret, s, &facts);
	ret->outcome = outcome_of(ret, s);
}
