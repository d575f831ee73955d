/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and users of an account. */
#include "bridge/account/device.h"

#include <stdio.h>
#include <string.h>

void account_device_serial(const struct account *c, const char *name,
	char ret[IAM_SERIAL_MAX + 1])
{
	snprintf(ret, IAM_SERIAL_MAX + 1, "arn:%s:iam::%s:mfa/%s",
		aws_session_partition(c->session)->name, c->caller.account,
		name);
}

bool account_device_is_named(const char *wanted, const char *serial)
{
	const char *slash = strrchr(serial, '/');

	return strcmp(serial, wanted) == 0 ||
		(slash && strcmp(slash + 1, wanted) == 0);
}

void account_device_label(struct registry *reg, const char *serial,
	char ret[TEXT_MAX + 1])
{
	struct registry_bindings bindings = { NULL, 0 };
	struct registry_tokens tokens = { NULL, 0 };
	size_t i;

	ret[0] = '\0';
	if (registry_bindings_by_device(reg, serial, &bindings, NULL) < 0)
		bindings.n = 0;
	for (i = 0; i < bindings.n && !tokens.n; i++)
		if (!bindings.p[i].removed && bindings.p[i].token[0] &&
			registry_tokens_by_id(reg, bindings.p[i].token,
				&tokens, NULL) < 0)
			tokens.n = 0;
	if (tokens.n == 1 && tokens.p[0].label)
		snprintf(ret, TEXT_MAX + 1, "%s", tokens.p[0].label);
	registry_tokens_done(&tokens);
	registry_bindings_done(&bindings);
}

void account_oath_name(const char *serial, char ret[OATH_NAME_MAX + 1])
{
	size_t n = strlen(serial);

	if (n <= OATH_NAME_MAX)
		memcpy(ret, serial, n + 1);
	else
		snprintf(ret, OATH_NAME_MAX + 1, "aws:%s",
			serial + n - (OATH_NAME_MAX - 4));
}

struct device_search {
	const char *serial;
	bool found;
};

static int see_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct device_search *s = data;

	(void)err;
	s->found |= strcmp(device->serial, s->serial) == 0;
	return 0;
}

int account_device_is_assigned(struct account *c, const char *user,
	const char *serial, bool *ret, struct error *err)
{
	struct device_search s = { serial, false };
	struct error e;
	int r;

	r = iam_list_mfa_devices(c->session, user, see_device, &s, &e);
	if (r < 0 && strcmp(e.foreign, "NoSuchEntity") != 0)
		return error_copy(err, &e);
	*ret = r == 0 && s.found;
	return 0;
}

void account_user_key(const char *account, const char *user_id,
	char ret[ACCOUNT_USER_KEY_LEN])
{
	snprintf(ret, ACCOUNT_USER_KEY_LEN, "%s/%s", account, user_id);
}

void account_user_called(const char *account, const char *user,
	char ret[ACCOUNT_USER_CALLED_LEN])
{
	snprintf(ret, ACCOUNT_USER_CALLED_LEN,
		"IAM user '%.64s' of account %.12s", user, account);
}
