/* SPDX-License-Identifier: Apache-2.0 */
/* Where a registry publishes who may log in. */
#ifndef BRIDGE_OPEN_LOGIN_H
#define BRIDGE_OPEN_LOGIN_H

#include "bridge/registry/registry.h"
#include "bridge/settings/option.h"

/*
 * The system's registry to the setting login_db, any to an explicit --login-db
 * that is not the system's own (ERROR_REFUSED). *ret is borrowed from the
 * options; NULL where this registry publishes nowhere.
 */
int open_login_db(const struct options *o, const struct registry *reg,
	const char **ret, struct error *err);

#endif
