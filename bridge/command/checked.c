/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options and arguments, before anything else. */
#include "bridge/command/checked.h"

#include "aws/config/arn.h"
#include "aws/config/partition.h"
#include "base/text.h"
#include "bridge/enroll/enroll.h"

#include <stdio.h>
#include <string.h>

#define SHA256_DIGITS 64

/* What becomes a name, a note or a label of the registry, or finds one. */
static int check_text(const char *name, const char *value, struct error *err)
{
	char what[48];

	snprintf(what, sizeof(what), "value of --%s", name);
	return text_check(value, what, err);
}

/* "" is no label, finds no token, or is refused by who knows the form. */
static int check_text_if_any(const char *name, const char *value,
	struct error *err)
{
	return value[0] ? check_text(name, value, err) : 0;
}

/* Also several, where the option was given again. */
static int check_account_ids(const char *name, const char *value,
	struct error *err)
{
	size_t n = strcspn(value, "\n");

	for (; arn_is_account(value, n) && value[n];
		n = strcspn(value, "\n"))
		value += n + 1;
	return arn_is_account(value, n) ? 0 : error_set(err, ERROR_USAGE,
		"--%s '%.*s': twelve digits are wanted", name, (int)n, value);
}

static int check_digest(const char *name, const char *value, struct error *err)
{
	size_t n = strspn(value, "0123456789abcdefABCDEF");

	return n == SHA256_DIGITS && !value[n] ? 0 : error_set(err,
		ERROR_USAGE, "--%s '%s': 64 hex digits are wanted", name,
		value);
}

static int check_one_method(const char *name, const char *value,
	struct error *err)
{
	return mfa_method_is_known(value) ? 0 : error_set(err, ERROR_USAGE,
		"--%s '%s' is none of: " MFA_METHODS, name, value);
}

static int check_display(const char *name, const char *value,
	struct error *err)
{
	(void)name;
	/* a YubiKey's is refused by the verb, which knows it and says why */
	if (value[0] && !value[strspn(value, "0123456789")])
		return 0;
	return mfa_serial_check(value, err);
}

static int check_region(const char *name, const char *value, struct error *err)
{
	return region_is_well_formed(value) ? 0 : error_set(err, ERROR_USAGE,
		"--%s '%s' is not the name of a region, which looks like "
		"us-east-1", name, value);
}

static const struct {
	enum option_id id;
	int (*check)(const char *name, const char *value, struct error *err);
} rows[] = {
	{ OPTION_TOKEN, check_text_if_any },
	{ OPTION_LABEL, check_text },
	{ OPTION_ALSO, check_text_if_any },
	{ OPTION_HOLDER, check_text },
	{ OPTION_PLACE, check_text },
	{ OPTION_PERSON, check_text },
	{ OPTION_LEAVER, check_text },
	{ OPTION_USER, check_text },
	{ OPTION_BAG, check_text },
	{ OPTION_TICKET, check_text },
	{ OPTION_REASON, check_text },
	{ OPTION_FORCE, check_text },
	{ OPTION_STATION, check_text },
	{ OPTION_ORIGIN, check_text_if_any },
	{ OPTION_APPID, check_text_if_any },
	{ OPTION_ACCOUNT, check_account_ids },
	{ OPTION_ONLY_ACCOUNT, check_account_ids },
	{ OPTION_CONFIRM, check_account_ids },
	{ OPTION_SHA256, check_digest },
	{ OPTION_METHOD, check_one_method },
	{ OPTION_SERIAL, check_display },
	{ OPTION_REGION, check_region },
};

int options_check_values(const struct options *o, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(rows); i++)
		if (option_is_set(o, rows[i].id) &&
			o->from[rows[i].id] == FROM_COMMAND_LINE)
			r = rows[i].check(option_rows[rows[i].id].name,
				option(o, rows[i].id), err);
	return r;
}

/* With --local it is one of this machine's. */
static int check_user(const struct options *o, const char *user,
	struct error *err)
{
	if (option_is_set(o, OPTION_LOCAL) || arn_is_user_name(user))
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%.80s' is no name of an IAM user: " ARN_USER_NAME_RULE, user);
}

int arguments_check_values(const struct verb *v, char *const *arguments,
	const struct options *o, struct error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && v->arguments[i].name && arguments[i]; i++)
		if (v->arguments[i].value == VALUE_IAM_USER)
			r = check_user(o, arguments[i], err);
	return r;
}
