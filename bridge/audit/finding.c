/* SPDX-License-Identifier: Apache-2.0 */
/* What of each kind of subject goes into the words of its finding. */
#include "bridge/audit/finding.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/phrase.h"

#include <stdio.h>
#include <string.h>

const char *const audit_change_names[AUDIT_CHANGES] = {
	[AUDIT_NOT_COMPARED] = "",
	[AUDIT_NEW] = "new",
	[AUDIT_UNCHANGED] = "unchanged",
};

/* ---- users ---- */

/* By a list of others or the report: who said so, and what that tells. */
static const char *told_of_mfa(const struct audit_fact *mfa)
{
	bool listed = mfa->source &&
		strcmp(mfa->source, "iam:ListVirtualMFADevices") == 0;

	return listed ? "a virtual MFA device, by the list of all of them" :
		"MFA is active, by the credential report";
}

static void list_devices(const struct audit_user *u, char *ret, size_t size)
{
	if (u->devices == 0)
		snprintf(ret, size, "%s", told_of_mfa(&u->mfa));
	else
		snprintf(ret, size, "%zu MFA device%s (%s)", u->devices,
			u->devices == 1 ? "" : "s",
			u->kinds ? u->kinds : "kind not known");
}

/* How old this user is beside the report. */
static const char *age_of_user(const struct audit_user *u)
{
	if (!u->reported.read || u->gone)
		return "";
	if (u->reported.other)
		return "; deleted and made again since the report";
	return u->reported.has ? "" : "; not in the report: made since";
}

/* What he can act with beside devices; "" where neither is known. */
static void name_user_credentials(const struct audit_user *u, char *ret,
	size_t size)
{
	bool password = u->password.answer == AUDIT_YES;
	bool key = u->key.answer == AUDIT_YES;

	snprintf(ret, size, "%s%s%s", password ? "console password" : "",
		password && key ? ", " : "", key ? "active access key" : "");
}

void audit_say_user(const struct audit_user *u, enum audit_reason reason,
	struct audit_finding *ret)
{
	char devices[AUDIT_TEXT], credentials[64];
	struct phrase s = {
		.account = u->account,
		.subject = u->name,
		.facts = { [AUDIT_ON_MFA] = &u->mfa,
			[AUDIT_ON_PASSWORD] = &u->password,
			[AUDIT_ON_KEY] = &u->key,
			[AUDIT_ON_RIGHTS] = &u->rights,
			[AUDIT_ON_LISTED] = &u->listed },
		.reported = &u->reported,
		.places = { [PLACE_DEVICES] = devices,
			[PLACE_CREDENTIALS] = credentials,
			[PLACE_SEEDED] = u->seeded,
			[PLACE_COMMAND_USER] =
				phrase_is_plain_user(u->name) ? u->name : "USER" },
	};

	list_devices(u, devices, sizeof(devices));
	name_user_credentials(u, credentials, sizeof(credentials));
	phrase_say(&s, reason, ret);
	ret->line = u->line;
	ret->kinds = u->kinds;
	phrase_add(ret->seen, sizeof(ret->seen), "%s", age_of_user(u));
	if (u->was)
		phrase_add(ret->seen, sizeof(ret->seen), "; renamed since the "
			"report, which has '%s'", u->was);
	utf8_sanitise(ret->seen);
}

void audit_say_bad_row(const struct audit_bad_row *b, struct audit_finding *ret)
{
	const struct audit_fact report = { AUDIT_NOT_KNOWN,
		"credential report", b->generated, NULL, false };
	char subject[AUDIT_SUBJECT];
	struct phrase s = {
		.account = b->account,
		.subject = subject,
		.facts = { [AUDIT_ON_MFA] = &report },
		.places = { [PLACE_WHY] = b->why },
	};

	snprintf(subject, sizeof(subject), "line %llu",
		(unsigned long long)b->line);
	phrase_say(&s, AUDIT_ROW_NOT_READ, ret);
	ret->line = b->line;
}

/* ---- root ---- */

static void list_credentials(const struct audit_root *root, char *ret,
	size_t size)
{
	const struct {
		const struct audit_fact *fact;
		const char *name;
	} all[] = {
		{ &root->password, "password" },
		{ &root->keys, "access key" },
		{ &root->certificates, "signing certificate" },
	};
	enum audit_answer answer;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_LEN(all); i++) {
		answer = all[i].fact->answer;
		phrase_add(ret, size, "%s%s%s%s", i ? ", " : "",
			answer == AUDIT_NO ? "no " : "", all[i].name,
			answer == AUDIT_NOT_KNOWN ? " not known" : "");
	}
}

void audit_say_root(const struct audit_root *root, enum audit_reason reason,
	struct audit_finding *ret)
{
	static const char *const states[] = {
		[AUDIT_KEY_NOT_TOLD] = "whether active: not told",
		[AUDIT_KEY_INACTIVE] = "inactive",
		[AUDIT_KEY_ACTIVE] = "active",
	};
	char credentials[AUDIT_TEXT], count[24];
	struct phrase s = {
		.account = root->account,
		.subject = AUDIT_ROOT_SUBJECT,
		.device = root->serial,
		.facts = { [AUDIT_ON_MFA] = &root->mfa,
			[AUDIT_ON_PASSWORD] = &root->password,
			[AUDIT_ON_VIRTUAL] = &root->is_virtual,
			[AUDIT_ON_ANY_KEY] = &root->any_key,
			[AUDIT_ON_SECOND] = &root->second,
			[AUDIT_ON_MEMBER] = &root->member },
		.reported = &root->reported,
		.places = { [PLACE_CREDENTIALS] = credentials,
			[PLACE_STATE] = states[root->key_state],
			[PLACE_COUNT] = count,
			[PLACE_MEMBER] = root->no_member,
			[PLACE_KEYS] = root->keys.answer == AUDIT_YES ?
				"; one is there: delete it where nobody needs "
				"it" : "",
			[PLACE_NAMESAKE] = root->namesake },
	};

	list_credentials(root, credentials, sizeof(credentials));
	snprintf(count, sizeof(count), "%zu", root->devices);
	phrase_say(&s, reason, ret);
}

/* ---- devices ---- */

void audit_say_device(const struct audit_device *d, enum audit_reason reason,
	struct audit_finding *ret)
{
	struct phrase s = {
		.account = d->account,
		.subject = d->user,
		.device = d->serial,
		.facts = { [AUDIT_ON_AT_AWS] = &d->at_aws,
			[AUDIT_ON_BOUND] = &d->bound,
			[AUDIT_ON_CERTIFIED] = &d->certified },
		.places = { [PLACE_KIND] = d->kind,
			[PLACE_RUN] = d->run,
			[PLACE_CERTIFICATIONS] = d->certifications },
	};

	phrase_name_in_commands(&s, d->user);
	phrase_say(&s, reason, ret);
}

void audit_say_binding(const struct audit_binding *b, enum audit_reason reason,
	struct audit_finding *ret)
{
	struct phrase s = {
		.account = b->account,
		.subject = b->user ? b->user : "(erased)",
		.device = b->device,
		.facts = { [AUDIT_ON_AT_AWS] = &b->at_aws,
			/* what is not at AWS for certain is nobody's */
			[AUDIT_ON_MOVED] = b->at_aws.answer == AUDIT_YES ?
				&b->moved : &b->at_aws },
		.places = { [PLACE_OWNER] = b->owner,
			[PLACE_RUN] = b->run,
			[PLACE_COMMAND_OWNER] =
				phrase_is_plain_user(b->owner) ? b->owner : "OWNER" },
	};

	phrase_name_in_commands(&s, b->user);
	phrase_say(&s, reason, ret);
}

void audit_say_orphan(const struct audit_orphan *o, enum audit_reason reason,
	struct audit_finding *ret)
{
	char age[32];
	struct phrase s = {
		.account = o->account,
		.subject = o->serial ? o->serial : "(virtual devices)",
		.device = o->serial,
		.facts = { [AUDIT_ON_UNASSIGNED] = &o->unassigned },
		.places = { [PLACE_RUN] = o->run,
			[PLACE_AGE] = age,
			[PLACE_COMMAND_DEVICE] = phrase_is_plain_device(o->serial) ?
				o->serial : "DEVICE" },
	};

	text_format_age(o->unassigned.when - o->first, age, sizeof(age));
	phrase_say(&s, reason, ret);
}

void audit_say_token(const struct audit_token *t, enum audit_reason reason,
	struct audit_finding *ret)
{
	struct phrase s = {
		.account = "",
		.subject = t->name ? t->name : "(tokens)",
		.facts = { [AUDIT_ON_VULNERABLE] = &t->vulnerable,
			[AUDIT_ON_ACCEPTED] = &t->accepted },
		.places = { [PLACE_FIRMWARE] = t->firmware,
			[PLACE_ADVISORIES] = t->advisories,
			[PLACE_VERDICT] = t->verdict },
	};

	phrase_say(&s, reason, ret);
	if (reason == AUDIT_VULNERABLE)
		ret->severity = t->severity;
}

void audit_say_unfinished(const struct audit_unfinished *u,
	enum audit_reason reason, struct audit_finding *ret)
{
	struct phrase s = {
		.account = u->account,
		.subject = u->user,
		.device = u->device,
		.facts = { [AUDIT_ON_RUN] = &u->told },
		.places = { [PLACE_RUN] = u->kind,
			[PLACE_AGE] = u->age,
			[PLACE_WHY] = u->why ? u->why : "it was broken off",
			[PLACE_COMMAND] = u->command },
	};

	phrase_say(&s, reason, ret);
}

/* ---- mutes ---- */

void audit_say_muting(const struct audit_muting *m, enum audit_reason reason,
	struct audit_finding *ret)
{
	char owner[AUDIT_TEXT] = "", day[64] = "";
	struct phrase s = {
		.account = m->account,
		.subject = m->source,
		.facts = { [AUDIT_ON_MUTE] = &m->told },
		.places = { [PLACE_OWNER] = owner, [PLACE_DAY] = day,
			[PLACE_WHY] = *m->reason ? m->reason :
				"no reason is told" },
	};

	if (*m->owner)
		snprintf(owner, sizeof(owner), " of %s", m->owner);
	if (*m->day)
		snprintf(day, sizeof(day), " until %s", m->day);
	phrase_say(&s, reason, ret);
}

bool audit_is_of_several(const struct audit_finding *f)
{
	return strpbrk(f->subject, " (") != NULL;
}
