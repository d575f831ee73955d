/* SPDX-License-Identifier: Apache-2.0 */
/* Whom sshd lets log in at all, and by which methods. */
#include "bridge/doctor/sshd/config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- methods ---- */

static bool is_on(const struct sshd_value *v, bool otherwise)
{
	return v->text ? strcasecmp(v->text, "yes") == 0 : otherwise;
}

/* Of one method, up to n bytes, a device of keyboard-interactive's included. */
static bool method_is_on(const struct sshd_value values[SSHD_SETTINGS],
	const char *name, size_t n, bool with_key)
{
	static const struct {
		const char *name;
		enum sshd_setting setting;
		bool otherwise;
	} rows[] = {
		{ "publickey", SSHD_PUBKEY, true },
		{ "password", SSHD_PASSWORD, true },
		{ "keyboard-interactive", SSHD_KEYBOARD, true },
		{ "hostbased", SSHD_HOSTBASED, false },
		{ "gssapi-with-mic", SSHD_GSSAPI, false },
	};
	size_t i, bare = strcspn(name, ":");

	bare = bare < n ? bare : n;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (strlen(rows[i].name) != bare ||
			memcmp(rows[i].name, name, bare) != 0)
			continue;
		/* which Linux has by PAM alone */
		if (with_key && rows[i].setting == SSHD_KEYBOARD &&
			!is_on(&values[SSHD_USE_PAM], false))
			return false;
		return is_on(&values[rows[i].setting], rows[i].otherwise);
	}
	return true;
}

/* A list of n bytes, all of which is wanted. */
static bool list_is_met(const struct sshd_value values[SSHD_SETTINGS],
	const char *list, size_t n, bool with_key)
{
	bool key = false;
	size_t k;

	for (; n > 0; list += k, n -= k) {
		k = strcspn(list, ",");
		k = k < n ? k : n;
		if (!method_is_on(values, list, k, with_key))
			return false;
		key = key || (k == 9 && memcmp(list, "publickey", 9) == 0);
		k += k < n;
	}
	return key || !with_key;
}

bool sshd_methods_met(const struct sshd_value values[SSHD_SETTINGS],
	bool with_key)
{
	const char *p = values[SSHD_METHODS].text;
	size_t n;

	if (!p || strcmp(p, "any") == 0)
		return true;
	for (; *p; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (list_is_met(values, p, n, with_key))
			return true;
	}
	return false;
}

/* ---- people ---- */

/* A pattern has no `!` of its own, and no list. */
static bool is_like(const char *name, const char *pattern)
{
	return pattern[0] != '!' && !strchr(pattern, ',') &&
		sshd_match_list(name, pattern) == 1;
}

static enum sshd_truth is_user(const char *pattern,
	const struct sshd_person *who)
{
	CLEANUP(free_p) char *name = strndup(pattern, strcspn(pattern, "@"));

	if (!name)
		return SSHD_MAYBE;
	return !is_like(who->name, name) ? SSHD_NO :
		strchr(pattern, '@') ? SSHD_MAYBE : SSHD_YES;
}

static enum sshd_truth is_group(const char *pattern,
	const struct sshd_person *who)
{
	size_t i;

	if (!who->groups)
		return SSHD_MAYBE;
	for (i = 0; i < who->groups_n; i++)
		if (is_like(who->groups[i], pattern))
			return SSHD_YES;
	return SSHD_NO;
}

typedef enum sshd_truth is_pattern(const char *pattern,
	const struct sshd_person *who);

/* Whether a line of the list is the person's. */
static enum sshd_truth has_person(const char *list,
	const struct sshd_person *who, is_pattern *is)
{
	enum sshd_truth found = SSHD_NO;
	size_t n;

	for (; found != SSHD_YES && *list; list += n + (list[n] == '\n')) {
		CLEANUP(free_p) char *pattern = NULL;
		enum sshd_truth t;

		n = strcspn(list, "\n");
		pattern = strndup(list, n);
		t = pattern ? is(pattern, who) : SSHD_MAYBE;
		found = t == SSHD_NO ? found : t;
	}
	return found;
}

static enum sshd_truth not(enum sshd_truth t)
{
	return t == SSHD_MAYBE ? SSHD_MAYBE : t == SSHD_YES ? SSHD_NO :
							      SSHD_YES;
}

enum sshd_truth sshd_admits(const struct sshd_config *c,
	const struct sshd_person *who, enum sshd_setting *ret_by)
{
	static const struct {
		enum sshd_setting setting;
		is_pattern *is;
		bool denies;
	} lists[] = {
		{ SSHD_DENY_USERS, is_user, true },
		{ SSHD_ALLOW_USERS, is_user, false },
		{ SSHD_DENY_GROUPS, is_group, true },
		{ SSHD_ALLOW_GROUPS, is_group, false },
	};
	enum sshd_truth admits = SSHD_YES, t;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lists) && admits != SSHD_NO; i++) {
		const char *list = c->value[lists[i].setting].text;

		if (!list)
			continue;
		t = has_person(list, who, lists[i].is);
		t = lists[i].denies ? not(t) : t;
		if (t == SSHD_YES)
			continue;
		admits = t;
		*ret_by = lists[i].setting;
	}
	return admits;
}
