/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit's rules for root, and two more that ask what only this command
 * reads: access keys, and a second device.
 */
#include "bridge/root/judge.h"

#include <stdio.h>
#include <string.h>

#define KEY_SEEN                                                               \
	"root has an access key: whoever has it can do everything, and no "    \
	"MFA stands before it"

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

static void judge_keys(struct root_judgement *j, const struct root_sight *s)
{
	static const char *const seen[] = {
		[AUDIT_YES] = KEY_SEEN,
		[AUDIT_NO] = "root has no access key",
		[AUDIT_NOT_KNOWN] = "whether root has access keys is not known",
	};
	static const enum audit_status statuses[] = {
		[AUDIT_YES] = AUDIT_FAIL,
		[AUDIT_NO] = AUDIT_PASS,
		[AUDIT_NOT_KNOWN] = AUDIT_UNKNOWN,
	};
	const struct audit_fact *fact = &s->fact[ROOT_KEYS];
	struct root_finding *f = next_finding(j, "root-access-key",
		"critical");

	f->status = s->partition->root == ROOT_NONE ? AUDIT_NOT_APPLICABLE :
		statuses[fact->answer];
	snprintf(f->seen, sizeof(f->seen), "%s",
		s->partition->root == ROOT_NONE ? "the partition has no root "
			"user" : seen[fact->answer]);
	snprintf(f->source, sizeof(f->source), "%s",
		fact->source ? fact->source : "");
	f->when = fact->when;
	if (f->status == AUDIT_FAIL)
		snprintf(f->remedy, sizeof(f->remedy), "%s", s->partition->root
			== ROOT_KEYS_ONLY ? "have AWS Support take it away" :
			"sign in as root, open \"Security credentials\", and "
			"delete it under \"Access keys\"");
}

/* Judged where the whole list is known, or two are. */
static void judge_second_device(struct root_judgement *j, const struct root_sight *s)
{
	struct root_finding *f;

	if (s->fact[ROOT_MFA].answer != AUDIT_YES ||
		(!s->all_devices && s->devices_n < 2))
		return;
	j->one_device_asked = true;
	f = next_finding(j, "root-one-device", "low");
	f->status = s->devices_n > 1 ? AUDIT_PASS : AUDIT_FAIL;
	snprintf(f->seen, sizeof(f->seen), "root has %zu device%s",
		s->devices_n, s->devices_n == 1 ? " and no second one: when "
		"it is lost, only AWS Support opens the account" : "s");
	snprintf(f->source, sizeof(f->source), "iam:ListMFADevices");
	if (f->status == AUDIT_FAIL)
		snprintf(f->remedy, sizeof(f->remedy), "register a second key "
			"and keep it elsewhere: `tokenbridge root --method "
			"fido --account %s`", s->account);
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
	judge_keys(ret, s);
	judge_second_device(ret, s);
	ret->outcome = outcome_of(ret, s);
}
