/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of registering. */
#include "bridge/mfa/enrollment.h"

#include <string.h>

static const struct mfa_method *const methods[] = {
	&mfa_totp,
};

const struct mfa_method *mfa_method_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i]->name, name) == 0)
			return methods[i];
	return NULL;
}

bool mfa_method_is_known(const char *name)
{
	return mfa_method_find(name) != NULL;
}

bool mfa_method_takes_token(const char *name)
{
	const struct mfa_method *m = mfa_method_find(name);

	return m && m->take_token;
}
