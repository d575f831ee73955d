/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own mute lists: lines of `name = value`, of which each `check` begins a
 * mute.
 */
#include "bridge/audit/lists/mutes.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/text.h"
#include "bridge/audit/lists/lists.h"

#include <stdlib.h>
#include <string.h>

#define REASON_MAX 512

/* One mute as its lines are read. */
struct reading {
	struct audit_mutes *list;
	struct mute_rule rule;
	enum audit_check check;
	bool open;
	size_t line;       /* of its `check` */
	unsigned has;      /* bits of fields[] */
};

/* ---- values: each says why one is none, or NULL ---- */

static char *copy(const struct keyvalue *kv)
{
	return strndup(kv->value, kv->value_n);
}

static const char *take_account(struct reading *r, const struct keyvalue *kv)
{
	size_t i;

	if (kv->value_n == 1 && kv->value[0] == '*')
		return NULL;
	for (i = 0; i < kv->value_n; i++)
		if (kv->value[i] < '0' || kv->value[i] > '9')
			break;
	if (i != 12 || kv->value_n != 12)
		return "twelve digits, or * for every account";
	r->rule.account = copy(kv);
	return r->rule.account ? NULL : "no memory";
}

static const char *take_subject(struct reading *r, const struct keyvalue *kv)
{
	if (kv->value_n > MUTE_PATTERN_MAX)
		return "at most 256 bytes";
	return mute_pattern_add(&r->rule.subjects, kv->value, kv->value_n,
		NULL, NULL) < 0 ? "no memory" : NULL;
}

static const char *mute_take_device(struct reading *r, const struct keyvalue *kv)
{
	if (kv->value_n > MUTE_PATTERN_MAX)
		return "at most 256 bytes";
	r->rule.device = copy(kv);
	return r->rule.device ? NULL : "no memory";
}

static const char *take_reason(struct reading *r, const struct keyvalue *kv)
{
	if (kv->value_n > REASON_MAX)
		return "at most 512 bytes";
	r->rule.says.reason = copy(kv);
	return r->rule.says.reason ? NULL : "no memory";
}

static const char *take_owner(struct reading *r, const struct keyvalue *kv)
{
	if (kv->value_n > TEXT_MAX)
		return "at most 256 bytes";
	r->rule.says.owner = copy(kv);
	return r->rule.says.owner ? NULL : "no memory";
}

static const char *take_expires(struct reading *r, const struct keyvalue *kv)
{
	return mutes_parse_day(kv->value, kv->value_n,
		&r->rule.says.expires) ? NULL : "a day like 2027-01-31";
}

enum field { ACCOUNT, SUBJECT, DEVICE, REASON, OWNER, EXPIRES, FIELDS };

static const struct {
	const char *name;
	const char *(*take)(struct reading *r, const struct keyvalue *kv);
} fields[FIELDS] = {
	[ACCOUNT] = { "account", take_account },
	[SUBJECT] = { "subject", take_subject },
	[DEVICE] = { "device", mute_take_device },
	[REASON] = { "reason", take_reason },
	[OWNER] = { "owner", take_owner },
	[EXPIRES] = { "expires", take_expires },
};

#define BIT(field) (1u << (field))
#define NEEDED (BIT(ACCOUNT) | BIT(SUBJECT) | BIT(REASON))
#define NEEDED_OF_ALL (NEEDED | BIT(OWNER) | BIT(EXPIRES))

/* ---- mutes ---- */

static int mutes_refuse(const struct reading *r, size_t line, const char *what,
	const char *why, struct error *err)
{
	return error_set(err, ERROR_USAGE, "'%s', line %zu: %s%s%s",
		r->list->name, line, what, why ? ": " : "", why ? why : "");
}

static int end_mute(struct reading *r, struct error *err)
{
	unsigned needed = mute_needs_all(r->check) ? NEEDED_OF_ALL : NEEDED;
	size_t i;

	if (!r->open)
		return 0;
	for (i = 0; i < FIELDS; i++)
		if ((needed & BIT(i)) && !(r->has & BIT(i)))
			return mutes_refuse(r, r->line, "a mute of this check "
				"needs a line of its own for", fields[i].name,
				err);
	if (!r->rule.says.owner)
		r->rule.says.owner = strdup("");
	r->rule.says.source = mutes_place(r->list, r->line);
	if (!r->rule.says.owner || !r->rule.says.source)
		return error_memory(err);
	r->open = false;
	return audit_mutes_add(r->list, &r->rule, err);
}

static int begin_mute(struct reading *r, const struct keyvalue *kv,
	struct error *err)
{
	int found, e = end_mute(r, err);

	if (e < 0)
		return e;
	found = audit_check_of(kv->value, kv->value_n);
	if (found < 0 || found == AUDIT_MUTE_EXPIRED)
		return mutes_refuse(r, kv->line, "check",
			found < 0 ? "one of `tokenbridge audit --list-checks`" :
			"this one is not muted, its mute is changed", err);
	mute_rule_done(&r->rule);
	r->check = (enum audit_check)found;
	r->rule.checks = r->rule.mutes = AUDIT_BIT(found);
	r->rule.statuses = 1u << AUDIT_FAIL | 1u << AUDIT_UNKNOWN;
	r->rule.block = (unsigned)r->list->n + 1;
	r->open = true;
	r->line = kv->line;
	r->has = 0;
	return 0;
}

static bool kv_is(const struct keyvalue *kv, const char *name)
{
	return strlen(name) == kv->name_n &&
		memcmp(name, kv->name, kv->name_n) == 0;
}

static int mute_take_line(struct reading *r, const struct keyvalue *kv,
	struct error *err)
{
	const char *why;
	size_t i;

	if (kv->value_n == 0)
		return mutes_refuse(r, kv->line, "a value is missing", NULL,
			err);
	if (kv_is(kv, "check"))
		return begin_mute(r, kv, err);
	for (i = 0; i < FIELDS; i++)
		if (kv_is(kv, fields[i].name))
			break;
	if (i == FIELDS)
		return mutes_refuse(r, kv->line, "the lines of a mute are "
			"check, account, subject, device, reason, owner and "
			"expires", NULL, err);
	if (!r->open)
		return mutes_refuse(r, kv->line, "a mute begins with its "
			"check", NULL, err);
	if (r->has & BIT(i))
		return mutes_refuse(r, kv->line, "a mute has this once",
			fields[i].name, err);
	r->has |= BIT(i);
	why = fields[i].take(r, kv);
	return why ? mutes_refuse(r, kv->line, fields[i].name, why, err) : 0;
}

static void reading_done(struct reading *r)
{
	mute_rule_done(&r->rule);
}

static int mutes_parse_own(struct audit_mutes *m, const char *p, size_t n,
	struct error *err)
{
	CLEANUP(reading_done) struct reading r = { .list = m };
	struct keyvalue_reader lines = { p, n, m->name, 0 };
	struct keyvalue kv;
	int e;

	while ((e = keyvalue_next(&lines, &kv, err)) > 0) {
		e = mute_take_line(&r, &kv, err);
		if (e < 0)
			return e;
	}
	return e < 0 ? e : end_mute(&r, err);
}

/* ---- which of both ---- */

/* The first line that says something, but where a document begins. */
static bool is_prowler(const char *p, size_t n)
{
	static const char key[] = "Mutelist";
	const char *end = p + n;

	while (p < end) {
		if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n') {
			p++;
		} else if (*p == '#' || (end - p >= 3 &&
				   memcmp(p, "---", 3) == 0)) {
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				return false;
		} else {
			break;
		}
	}
	if (p < end && (*p == '"' || *p == '\''))
		p++;
	return (size_t)(end - p) > strlen(key) &&
		memcmp(p, key, strlen(key)) == 0;
}

int audit_mutes_parse(struct audit_mutes **ret, const char *name,
	const char *p, size_t n, struct error *err)
{
	CLEANUP(audit_mutes_free) struct audit_mutes *m = calloc(1, sizeof(*m));
	int r;

	if (m)
		m->name = strdup(name);
	if (!m || !m->name)
		return error_memory(err);
	r = is_prowler(p, n) ? mutes_parse_prowler(m, p, n, err) :
		mutes_parse_own(m, p, n, err);
	if (r < 0)
		return r;
	*ret = steal(&m);
	return 0;
}

int audit_mutes_read(struct audit_mutes **ret, const char *path,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, MUTES_FILE_MAX);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	return audit_mutes_parse(ret, path, buf_str(&b), b.n, err);
}
