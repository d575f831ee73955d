/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of MFA devices. */
#include "aws/api/device.h"

#include "aws/config/arn.h"
#include "base/util.h"

#include <string.h>

static const struct {
	const char *prefix; /* of the ARN's resource */
	enum device_kind kind;
} resources[] = {
	{ "mfa/", DEVICE_VIRTUAL },
	{ "u2f/", DEVICE_FIDO },
	{ "sms-mfa/", DEVICE_SMS },
};

enum device_kind device_kind(const char *serial)
{
	struct arn a;
	size_t i;

	if (!arn_parse(serial, strlen(serial), &a))
		return DEVICE_HARDWARE;
	for (i = 0; i < ARRAY_LEN(resources); i++)
		if (arn_part_begins(a.resource, resources[i].prefix))
			return resources[i].kind;
	return DEVICE_UNKNOWN;
}

const char *device_kind_name(enum device_kind kind)
{
	static const char *const names[] = {
		[DEVICE_HARDWARE] = "hardware",
		[DEVICE_VIRTUAL] = "virtual",
		[DEVICE_FIDO] = "fido",
		[DEVICE_SMS] = "sms",
		[DEVICE_UNKNOWN] = "unknown",
	};

	return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}
