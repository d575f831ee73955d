/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to a registry's file. registry_free ends it. */
#ifndef BRIDGE_REGISTRY_SQLITE_FILE_CONNECT_H
#define BRIDGE_REGISTRY_SQLITE_FILE_CONNECT_H

#include "bridge/registry/sqlite/file/store.h"

/* A connection with every setting, but nothing checked yet. */
int store_connect(struct registry **ret, const char *path,
	enum registry_mode mode, int flags, struct error *err);

#endif
