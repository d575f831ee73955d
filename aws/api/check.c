/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments against AWS's model. */
#include "aws/api/check.h"

#include <string.h>

#define DIGITS "0123456789"
#define WORD DIGITS "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME WORD "+=,.@-"

static const struct shape {
	const char *what;
	const char *alphabet;
	size_t least, most;
	const char *form;
} shapes[] = {
	{ "IAM user name", NAME, 1, 128,
		"1 to 128 of letters, digits and _+=,.@-" },
	{ "device name", NAME, 1, 226,
		"1 to 226 of letters, digits and _+=,.@-" },
	{ "device's serial number", NAME "/:", 9, 256,
		"9 to 256 of letters, digits and _+=/:,.@-" },
	{ "code", DIGITS, 6, 6, "six digits" },
	{ "policy name", NAME, 1, 128,
		"1 to 128 of letters, digits and _+=,.@-" },
	{ "access key id", WORD, 16, 128,
		"16 to 128 of letters, digits and _" },
};

enum { USER, DEVICE_NAME, SERIAL, CODE, POLICY_NAME, KEY_ID };

static int check_text(const char *s, const struct shape *shape,
	struct error *err)
{
	size_t n = strlen(s);

	if (n >= shape->least && n <= shape->most &&
		strspn(s, shape->alphabet) == n)
		return 0;
	/* a code is a secret for half a minute */
	if (shape == &shapes[CODE])
		return error_set(err, ERROR_USAGE, "a %s is not %s",
			shape->what, shape->form);
	return error_set(err, ERROR_USAGE, "the %s '%.80s' is not %s",
		shape->what, s, shape->form);
}

int check_user(const char *s, bool optional, struct error *err)
{
	if (!s && optional)
		return 0;
	return check_text(s, &shapes[USER], err);
}

int check_device_name(const char *s, struct error *err)
{
	return check_text(s, &shapes[DEVICE_NAME], err);
}

int check_serial(const char *s, struct error *err)
{
	return check_text(s, &shapes[SERIAL], err);
}

int check_code(const char *s, struct error *err)
{
	return check_text(s, &shapes[CODE], err);
}

int check_policy_name(const char *s, struct error *err)
{
	return check_text(s, &shapes[POLICY_NAME], err);
}

int check_key_id(const char *s, struct error *err)
{
	return check_text(s, &shapes[KEY_ID], err);
}

int check_path(const char *s, struct error *err)
{
	size_t n = s ? strlen(s) : 0, i;
	bool good = !s || (n >= 1 && n <= 512 && s[0] == '/' &&
		s[n - 1] == '/');

	for (i = 0; good && i < n; i++)
		good = s[i] >= '!' && s[i] <= '~';
	if (good)
		return 0;
	return error_set(err, ERROR_USAGE,
		"the path '%.80s' does not begin and end with '/' or holds a "
		"blank", s);
}
