/* SPDX-License-Identifier: Apache-2.0 */
/* A reason's row of words, filled in. */
#include "bridge/audit/phrase.h"

#include "base/text.h"
#include "base/utf8.h"

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

void phrase_add(char *text, size_t size, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + n, size - n, fmt, ap);
	va_end(ap);
}

/* n bytes as they are, cut the same: a report has millions of rows. */
static void phrase_put(char *text, size_t size, const char *p, size_t n)
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

static void phrase_fill(const struct phrase *s, const char *text, char *ret,
	size_t size)
{
	const char *value;
	size_t n, place;

	for (; text && *text; text += n) {
		place = place_at(text);
		if (place < PLACES) {
			n = strlen(place_names[place]);
			value = s->places[place] ? s->places[place] : "";
			phrase_put(ret, size, value, strlen(value));
			continue;
		}
		n = 1 + strcspn(text + 1, "{");
		phrase_put(ret, size, text, n);
	}
}

/* ---- what it rests on ---- */

/* Names the fact; the older time counts. */
static void phrase_rest_on(struct audit_finding *f,
	const struct audit_fact *fact)
{
	size_t n = strlen(f->source);

	if (!fact || !fact->source || strstr(f->source, fact->source))
		return;
	if (n > 0)
		phrase_put(f->source, sizeof(f->source), ", ", 2);
	phrase_put(f->source, sizeof(f->source), fact->source,
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
		phrase_add(f->seen, sizeof(f->seen), ": %s", fact->why);
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
	phrase_add(f->seen, sizeof(f->seen), "; the report of %s%s%s%s says "
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
	if (has_changed(now, answer) || (beside != AUDIT_BESIDE_CHANGE &&
			now->answer == AUDIT_NOT_KNOWN))
		say_reported(f, r, what[answer == AUDIT_YES]);
}

static void say_beside(const struct phrase *s, enum audit_beside beside,
	struct audit_finding *f)
{
	static const char *const mfa[] = { "no MFA", "MFA" };
	static const char *const password[] = { "no password", "a password" };
	static const char *const key[] = { "no active access key",
		"an active access key" };
	const struct audit_reported *r = s->reported;

	if (!r || beside == AUDIT_BESIDE_NOTHING)
		return;
	if (beside != AUDIT_BESIDE_KEY) {
		say_one(f, r, beside, s->facts[AUDIT_ON_MFA], r->mfa, mfa);
		say_one(f, r, beside, s->facts[AUDIT_ON_PASSWORD], r->password,
			password);
	}
	if (beside != AUDIT_BESIDE_KEY && beside != AUDIT_BESIDE_ALL)
		return;
	say_one(f, r, beside, s->facts[AUDIT_ON_KEY], r->key, key);
	say_one(f, r, beside, s->facts[AUDIT_ON_ANY_KEY], r->key, key);
}

/* ---- all of it ---- */

static void phrase_sanitise(struct audit_finding *f)
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
	return strlen(account) == 12 && text_is_digits(account, 12);
}

void phrase_say(struct phrase *s, enum audit_reason reason,
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
	phrase_put(f->account, sizeof(f->account), s->account,
		strlen(s->account));
	phrase_put(f->subject, sizeof(f->subject), s->subject,
		strlen(s->subject));
	f->device = w->of_device ? s->device : NULL;
	s->places[PLACE_DEVICE] = s->device;
	s->places[PLACE_COMMAND_ACCOUNT] = is_account(f->account) ?
		f->account : "ACCOUNT";
	for (i = 0; i < ARRAY_LEN(w->rests_on); i++)
		phrase_rest_on(f, s->facts[w->rests_on[i]]);
	phrase_fill(s, w->seen, f->seen, sizeof(f->seen));
	phrase_fill(s, w->remedy, f->remedy, sizeof(f->remedy));
	phrase_fill(s, w->literal, f->literal, sizeof(f->literal));
	if (w->status == AUDIT_UNKNOWN)
		say_gap(f, s->facts[w->rests_on[0]]);
	say_beside(s, w->beside, f);
	phrase_sanitise(f);
}

/* ---- names in commands ---- */

static bool is_of_alphabet(const char *s, const char *alphabet, size_t min,
	size_t max)
{
	size_t n = strlen(s);

	return n >= min && n <= max && strspn(s, alphabet) == n;
}

bool phrase_is_plain_user(const char *user)
{
	return user && user[0] != '-' &&
		is_of_alphabet(user, NAME, 1, USER_MAX);
}

bool phrase_is_plain_device(const char *serial)
{
	return serial &&
		is_of_alphabet(serial, NAME "/:", SERIAL_MIN, SERIAL_MAX);
}

void phrase_name_in_commands(struct phrase *s, const char *user)
{
	bool plain = phrase_is_plain_user(user) && phrase_is_plain_device(s->device);

	s->places[PLACE_COMMAND_USER] = plain ? user : "USER";
	s->places[PLACE_COMMAND_DEVICE] = plain ? s->device : "DEVICE";
}
