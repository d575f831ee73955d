/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the environment, where it is to be believed. */
#include "aws/config/config.h"

#include <stdlib.h>
#include <unistd.h>

const char *config_variable(const char *name)
{
	if (getuid() != geteuid() || getgid() != getegid())
		return NULL;
	return secure_getenv(name);
}

const char *config_getenv(const char *name)
{
	const char *value = config_variable(name);

	return value && *value ? value : NULL;
}
