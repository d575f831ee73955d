/* SPDX-License-Identifier: Apache-2.0 */
/* Where a registry publishes. */
#include "bridge/open/login.h"

#include "bridge/login/db.h"

#include <string.h>

static bool is_systems(const struct options *o, const struct registry *reg)
{
	unsigned from = o->from[OPTION_REGISTRY];

	return !registry_is_rehearsal(reg) && (from == 0 ||
		from == FROM_SYSTEM_FILE ||
		strcmp(registry_path(reg), PATH_REGISTRY) == 0);
}

int open_login_db(const struct options *o, const struct registry *reg,
	const char **ret, struct error *err)
{
	const char *path = option(o, OPTION_LOGIN_DB);

	*ret = NULL;
	if (is_systems(o, reg)) {
		*ret = path;
		return 0;
	}
	if (o->from[OPTION_LOGIN_DB] != FROM_COMMAND_LINE)
		return 0;
	if (strcmp(path, LOGIN_DB_PATH) == 0)
		return error_set(err, ERROR_REFUSED,
			"'%s' lets people in on this machine, and '%s' is not "
			"the system's registry: only that one publishes there",
			path, registry_path(reg));
	*ret = path;
	return 0;
}
