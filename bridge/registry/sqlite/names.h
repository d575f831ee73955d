/* SPDX-License-Identifier: Apache-2.0 */
/* Names, for what writes them inside a transaction of its own. */
#ifndef BRIDGE_REGISTRY_SQLITE_NAMES_H
#define BRIDGE_REGISTRY_SQLITE_NAMES_H

#include "bridge/registry/sqlite/file/store.h"

/* registry_name_put inside the caller's transaction, unchecked. */
int names_put(struct registry *reg, const char *kind, const char *value,
	char ret_id[ID_LEN], struct error *err);

#endif
