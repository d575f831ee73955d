/* SPDX-License-Identifier: Apache-2.0 */
/* How a finding is said: its reason's row of words, filled in. */
#include "bridge/audit/finding.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/audit/rules/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names and serials that go into commands: no shell reads more into them. */
#define NAME                                                                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"       \
	"_+=,.@-"
#define USER_MAX 128
#define SERIAL_MIN 9
#define SERIAL_MAX 256

const char *const audit_change_names[AUDIT_CHANGES] = {
	[AUDIT_NOT_COMPARED] = "",
	[AUDIT_NEW] = "new",
	[AUDIT_UNCHANGED] = "unchanged",
};

/* The places of texts, in the order of their names. */
enum place {
	PLACE_DEVICES,
	PLACE_KIND,
	PLACE_DEVICE,
	PLACE_CREDENTIALS,
	PLACE_KEYS,
	PLACE_NAMESAKE,
	PLACE_OWNER,
	PLACE_RUN,
	PLACE_AGE,
	PLACE_WHY,
	PLACE_STATE,
	PLACE_COUNT,
	PLACE_MEMBER,
	PLACE_SEEDED,
	PLACE_CERTIFICATIONS,
	PLACE_FIRMWARE,
	PLACE_ADVISORIES,
	PLACE_VERDICT,
	PLACE_DAY,
	PLACE_COMMAND_USER,
	PLACE_COMMAND_DEVICE,
	PLACE_COMMAND_ACCOUNT,
	PLACE_COMMAND_OWNER,
	PLACE_COMMAND,
	PLACES,
};

static const char *const place_names[PLACES] = {
	[PLACE_DEVICES] = "{devices}",
	[PLACE_KIND] = "{kind}",
	[PLACE_DEVICE] = "{device}",
	[PLACE_CREDENTIALS] = "{credentials}",
	[PLACE_KEYS] = "{keys}",
	[PLACE_NAMESAKE] = "{namesake}",
	[PLACE_OWNER] = "{owner}",
	[PLACE_RUN] = "{run}",
	[PLACE_AGE] = "{age}",
	[PLACE_WHY] = "{why}",
	[PLACE_STATE] = "{state}",
	[PLACE_COUNT] = "{count}",
	[PLACE_MEMBER] = "{member}",
	[PLACE_SEEDED] = "{seeded}",
	[PLACE_CERTIFICATIONS] = "{certifications}",
	[PLACE_FIRMWARE] = "{firmware}",
	[PLACE_ADVISORIES] = "{advisories}",
	[PLACE_VERDICT] = "{verdict}",
	[PLACE_DAY] = "{day}",
	[PLACE_COMMAND_USER] = "{USER}",
	[PLACE_COMMAND_DEVICE] = "{DEVICE}",
	[PLACE_COMMAND_ACCOUNT] = "{ACCOUNT}",
	[PLACE_COMMAND_OWNER] = "{OWNER}",
	[PLACE_COMMAND] = "{COMMAND}",
};

/* What a finding is about, as far as words need it; all of it is borrowed. */
struct phrase {
	const char *account;
	const char *subject;
	const char *device;
	const struct audit_fact *facts[AUDIT_BASES];
	const struct audit_reported *reported; /* NULL: nothing */
	const char *places[PLACES];            /* NULL: "" */
};

/* Adds to the text, which is cut where its array ends. */
static void finding_add(char *text, size_t size, const char *fmt, ...)
	PRINTF(3, 4);
static void finding_add(char *text, size_t size, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + n, size - n, fmt, ap);
	va_end(ap);
}

/* The same of n bytes as they are: a report has millions of rows. */
static void finding_put(char *text, size_t size, const char *p, size_t n)
{
	size_t at = strlen(text), room = size - 1 - at;

	n = n < room ? n : room;
	memcpy(text + at, p, n);
	text[at + n] = '\0';
}

/* The place that begins here; PLACES: none. */
static size_t place_at(const char *p)
{
	size_t i;

	if (*p != '{')
		return PLACES;
	for (i = 0; i < PLACES; i++)
		if (strncmp(place_names[i], p, strlen(place_names[i])) == 0)
			break;
	return i;
}

static void finding_fill(const struct phrase *s, const char *text, char *ret,
	size_t size)
{
	const char *value;
	size_t n, place;

	for (; text && *text; text += n) {
		place = place_at(text);
		if (place < PLACES) {
			n = strlen(place_names[place]);
			value = s->places[place] ? s->places[place] : "";
			finding_put(ret, size, value, strlen(value));
			continue;
		}
		n = 1 + strcspn(text + 1, "{");
		finding_put(ret, size, text, n);
	}
}

/* ---- what it rests on ---- */

/* Names the fact; the older time counts. */
static void finding_rest_on(struct audit_finding *f,
	const struct audit_fact *fact)
{
	size_t n = strlen(f->source);

	if (!fact || !fact->source || strstr(f->source, fact->source))
		return;
	if (n > 0)
		finding_put(f->source, sizeof(f->source), ", ", 2);
	finding_put(f->source, sizeof(f->source), fact->source,
		strlen(fact->source));
	if (n == 0 || fact->when < f->when)
		f->when = fact->when;
}

/* What would make it certain, where the words do not tell it. */
static void say_what_would_tell(struct audit_finding *f)
{
	if (f->remedy[0])
		return;
	snprintf(f->remedy, sizeof(f->remedy), "%s",
		strcmp(f->source, "credential report") == 0 ?
			"ask AWS itself, without --report" : "run it again");
	f->remedy_kind = AUDIT_STEPS;
}

/* What stands in the way of an answer, and what to do about it. */
static void say_gap(struct audit_finding *f, const struct audit_fact *fact)
{
	if (fact && fact->why && fact->why[0])
		finding_add(f->seen, sizeof(f->seen), ": %s", fact->why);
	if (!fact || !fact->denied || !fact->source) {
		say_what_would_tell(f);
		return;
	}
	snprintf(f->missing, sizeof(f->missing), "%s", fact->source);
	snprintf(f->remedy, sizeof(f->remedy),
		"allow the caller '%s' and run it again", fact->source);
	f->remedy_kind = AUDIT_STEPS;
}

/* ---- the report, where it is not what counts ---- */

static void say_reported(struct audit_finding *f,
	const struct audit_reported *r, const char *what)
{
	char when[TEXT_TIME_LEN] = "unknown time", age[32] = "";

	if (r->generated)
		text_format_time(r->generated, when);
	if (r->generated && r->now >= r->generated)
		text_format_age(r->now - r->generated, age, sizeof(age));
	finding_add(f->seen, sizeof(f->seen), "; the report of %s%s%s%s says "
		"%s", when, age[0] ? " (" : "", age, age[0] ? " old)" : "",
		what);
}

/* Whether AWS says otherwise by now. */
static bool has_changed(const struct audit_fact *now, enum audit_answer answer)
{
	return now->answer != AUDIT_NOT_KNOWN && now->answer != answer;
}

/* What the report says of one fact, where that is to be told. */
static void say_one(struct audit_finding *f, const struct audit_reported *r,
	enum audit_beside beside, const struct audit_fact *now,
	enum audit_answer answer, const char *const what[2])
{
	if (!r->has || r->other || answer == AUDIT_NOT_KNOWN || !now)
		return;
	if (has_changed(now, answer) || (beside == AUDIT_BESIDE_NEWEST &&
			now->answer == AUDIT_NOT_KNOWN))
		say_reported(f, r, what[answer == AUDIT_YES]);
}

static void say_beside(const struct phrase *s, enum audit_beside beside,
	struct audit_finding *f)
{
	static const char *const mfa[] = { "no MFA", "MFA" };
	static const char *const password[] = { "no password", "a password" };
	const struct audit_reported *r = s->reported;

	if (!r || beside == AUDIT_BESIDE_NOTHING)
		return;
	say_one(f, r, beside, s->facts[AUDIT_ON_MFA], r->mfa, mfa);
	say_one(f, r, beside, s->facts[AUDIT_ON_PASSWORD], r->password,
		password);
}

/* ---- all of it ---- */

static void finding_sanitise(struct audit_finding *f)
{
	char *const texts[] = { f->account, f->subject, f->seen, f->source,
		f->remedy, f->literal };
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		utf8_sanitise(texts[i]);
}

/* Reports are shown around with the digits made unreadable. */
static bool is_account(const char *account)
{
	return strlen(account) == 12 && strspn(account, "0123456789") == 12;
}

static void finding_say(struct phrase *s, enum audit_reason reason,
	struct audit_finding *f)
{
	const struct audit_words *w = audit_words_of(reason);
	size_t i;

	/* its texts are long, and a report has millions of rows */
	f->account[0] = f->subject[0] = f->seen[0] = f->source[0] = '\0';
	f->remedy[0] = f->literal[0] = f->missing[0] = '\0';
	f->when = 0;
	f->line = 0;
	f->check = w->check;
	f->reason = reason;
	f->kinds = NULL;
	f->status = f->mutes = w->status;
	f->severity = w->severity != AUDIT_SEVERITY_OF_CHECK ? w->severity :
		audit_check_rows[w->check].severity;
	f->mute = NULL;
	f->change = AUDIT_NOT_COMPARED;
	f->remedy_kind = w->kind;
	finding_put(f->account, sizeof(f->account), s->account,
		strlen(s->account));
	finding_put(f->subject, sizeof(f->subject), s->subject,
		strlen(s->subject));
	f->device = w->of_device ? s->device : NULL;
	s->places[PLACE_DEVICE] = s->device;
	s->places[PLACE_COMMAND_ACCOUNT] = is_account(f->account) ?
		f->account : "ACCOUNT";
	for (i = 0; i < ARRAY_LEN(w->rests_on); i++)
		finding_rest_on(f, s->facts[w->rests_on[i]]);
	finding_fill(s, w->seen, f->seen, sizeof(f->seen));
	finding_fill(s, w->remedy, f->remedy, sizeof(f->remedy));
	finding_fill(s, w->literal, f->literal, sizeof(f->literal));
	if (w->status == AUDIT_UNKNOWN)
		say_gap(f, s->facts[w->rests_on[0]]);
	say_beside(s, w->beside, f);
	finding_sanitise(f);
}

/* ---- names in commands ---- */

static bool is_of_alphabet(const char *s, const char *alphabet, size_t min,
	size_t max)
{
	size_t n = strlen(s);

	return n >= min && n <= max && strspn(s, alphabet) == n;
}

/* A name that a shell and a reader take as it is. */
static bool is_plain_user(const char *user)
{
	return user && user[0] != '-' &&
		is_of_alphabet(user, NAME, 1, USER_MAX);
}

static bool is_plain_device(const char *serial)
{
	return serial &&
		is_of_alphabet(serial, NAME "/:", SERIAL_MIN, SERIAL_MAX);
}

static void name_in_commands(struct phrase *s, const char *user)
{
	bool plain = is_plain_user(user) && is_plain_device(s->device);

	s->places[PLACE_COMMAND_USER] = plain ? user : "USER";
	s->places[PLACE_COMMAND_DEVICE] = plain ? s->device : "DEVICE";
}

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
				is_plain_user(u->name) ? u->name : "USER" },
	};

	list_devices(u, devices, sizeof(devices));
	name_user_credentials(u, credentials, sizeof(credentials));
	finding_say(&s, reason, ret);
	ret->line = u->line;
	ret->kinds = u->kinds;
	finding_add(ret->seen, sizeof(ret->seen), "%s", age_of_user(u));
	if (u->was)
		finding_add(ret->seen, sizeof(ret->seen), "; renamed since the "
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
	finding_say(&s, AUDIT_ROW_NOT_READ, ret);
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
		finding_add(ret, size, "%s%s%s%s", i ? ", " : "",
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
	finding_say(&s, reason, ret);
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

	name_in_commands(&s, d->user);
	finding_say(&s, reason, ret);
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
				is_plain_user(b->owner) ? b->owner : "OWNER" },
	};

	name_in_commands(&s, b->user);
	finding_say(&s, reason, ret);
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
			[PLACE_COMMAND_DEVICE] = is_plain_device(o->serial) ?
				o->serial : "DEVICE" },
	};

	text_format_age(o->unassigned.when - o->first, age, sizeof(age));
	finding_say(&s, reason, ret);
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

	finding_say(&s, reason, ret);
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

	finding_say(&s, reason, ret);
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
	finding_say(&s, reason, ret);
}

bool audit_is_of_several(const struct audit_finding *f)
{
	return strpbrk(f->subject, " (") != NULL;
}
