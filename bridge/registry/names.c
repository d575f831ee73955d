/* SPDX-License-Identifier: Apache-2.0 */
/* Names: their kinds, and what may be one. */
#include "bridge/registry/names.h"

#include "base/text.h"
#include "base/utf8.h"

#include <string.h>

#define NAME_ARN_MAX 2048
#define NAME_RECIPIENTS_MAX 8192
#define NAME_ID_MAX 160 /* ACCOUNT/USERID: 12 + 1 + 128 at most */

static const struct {
	const char *kind;
	const char *what;   /* in errors */
	size_t max;
	bool own_id;        /* a random one, the same value giving the same */
	bool changes;       /* people rename it */
} kinds[] = {
	{ "host", "host name", TEXT_MAX, true, false },
	{ "holder", "holder's name", TEXT_MAX, true, true },
	{ "caller", "caller's ARN", NAME_ARN_MAX, true, false },
	{ "ticket", "ticket", TEXT_MAX, true, false },
	{ "reason", "reason", TEXT_MAX, true, false },
	{ "local-user", "local user's name", TEXT_MAX, true, false },
	{ "aws-device", "device's serial", NAME_ARN_MAX, true, false },
	{ "oath-account", "OATH credential's name", TEXT_MAX, true, false },
	{ "bag", "bag number", TEXT_MAX, true, false },
	{ "recipients", "recipients", NAME_RECIPIENTS_MAX, false, true },
	{ "label", "label", TEXT_MAX, false, true },
	{ "aws-user", "IAM user's name", TEXT_MAX, false, true },
	{ "account", "account alias", TEXT_MAX, false, true },
};

static size_t name_kind(const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			break;
	return i;
}

bool name_kind_changes(const char *kind)
{
	size_t i = name_kind(kind);

	return i < ARRAY_LEN(kinds) && kinds[i].changes;
}

/* text_check; ARNs may be longer than what people type. */
static int name_check_value(size_t kind, const char *value, struct error *err)
{
	size_t n = strlen(value);

	if (n <= TEXT_MAX || kinds[kind].max <= TEXT_MAX)
		return text_check(value, kinds[kind].what, err);
	if (n > kinds[kind].max)
		return error_set(err, ERROR_USAGE,
			"the %s is longer than %zu bytes", kinds[kind].what,
			kinds[kind].max);
	if (!utf8_is_clean(value, n) || value[0] == ' ' || value[n - 1] == ' ')
		return error_set(err, ERROR_USAGE,
			"the %s holds a control character or is not UTF-8",
			kinds[kind].what);
	return 0;
}

int name_check(const char *kind, const char *id, const char *value,
	struct error *err)
{
	size_t i = name_kind(kind);
	size_t n = strlen(id);

	if (i == ARRAY_LEN(kinds))
		return error_set(err, ERROR_USAGE,
			"there is no kind of name '%s'", kind);
	if (n == 0 || n > NAME_ID_MAX || !utf8_is_clean(id, n))
		return error_set(err, ERROR_USAGE,
			"the id of the %s is not valid", kinds[i].what);
	return value ? name_check_value(i, value, err) : 0;
}

int name_check_own(const char *kind, const char *value, struct error *err)
{
	int r = name_check(kind, "-", value, err);

	if (r < 0)
		return r;
	return kinds[name_kind(kind)].own_id ? 0 : error_set(err, ERROR_USAGE,
		"names of kind '%s' need an id", kind);
}
