/* SPDX-License-Identifier: Apache-2.0 */
/* What the facts of root come to. */
#include "bridge/root/sight.h"

#include <string.h>

static const char OLD_NAME[] = ":mfa/root-account-mfa-device";

const char *const root_fact_names[ROOT_FACTS] = {
	[ROOT_PASSWORD] = "password",
	[ROOT_KEYS] = "accessKeys",
	[ROOT_CERTIFICATES] = "certificates",
	[ROOT_MFA] = "mfa",
	[ROOT_VIRTUAL] = "virtualDevice",
};

const char *root_device_words(enum device_kind kind)
{
	static const char *const words[] = {
		[DEVICE_HARDWARE] = "hardware TOTP",
		[DEVICE_VIRTUAL] = "virtual",
		[DEVICE_FIDO] = "passkey or security key",
		[DEVICE_SMS] = "not virtual: text messages",
		[DEVICE_UNKNOWN] = "not virtual",
	};

	return words[kind];
}

enum audit_answer root_has_credentials(const struct root_sight *s)
{
	static const enum root_fact all[] = { ROOT_PASSWORD, ROOT_KEYS,
		ROOT_CERTIFICATES };
	enum audit_answer answer = AUDIT_NO;
	size_t i;

	if (s->partition->root == ROOT_NONE)
		return AUDIT_NO;
	for (i = 0; i < ARRAY_LEN(all); i++) {
		if (s->fact[all[i]].answer == AUDIT_YES)
			return AUDIT_YES;
		if (s->fact[all[i]].answer == AUDIT_NOT_KNOWN)
			answer = AUDIT_NOT_KNOWN;
	}
	return answer;
}

static const struct root_device *first_virtual(const struct root_sight *s)
{
	size_t i;

	for (i = 0; i < s->devices_n; i++)
		if (s->devices[i].kind == DEVICE_VIRTUAL)
			return &s->devices[i];
	return NULL;
}

static bool has_old_name(const char *serial)
{
	size_t n = strlen(serial), old = strlen(OLD_NAME);

	return n > old && strcmp(serial + n - old, OLD_NAME) == 0;
}

/* A second device: by root's own list, or where two are seen anyhow. */
static struct audit_fact fact_of_second(const struct root_sight *s)
{
	struct audit_fact f = { AUDIT_NOT_KNOWN, "iam:ListMFADevices",
		s->fact[ROOT_MFA].when, NULL, false };

	if (s->all_devices || s->devices_n > 1)
		f.answer = s->devices_n > 1 ? AUDIT_YES : AUDIT_NO;
	return f;
}

struct audit_root root_facts(const struct root_sight *s)
{
	const struct root_device *d = first_virtual(s);

	return (struct audit_root){
		.account = s->account,
		.absent = s->partition->root == ROOT_NONE,
		.keys_only = s->partition->root == ROOT_KEYS_ONLY,
		.mfa = s->fact[ROOT_MFA],
		.password = s->fact[ROOT_PASSWORD],
		.keys = s->fact[ROOT_KEYS],
		.certificates = s->fact[ROOT_CERTIFICATES],
		.is_virtual = s->fact[ROOT_VIRTUAL],
		.any_key = s->fact[ROOT_KEYS],
		.second = fact_of_second(s),
		.devices = s->devices_n,
		.serial = d ? d->serial : NULL,
		.old_name = d && has_old_name(d->serial),
		.reported = s->reported,
	};
}
