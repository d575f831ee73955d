/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a registry, whole. */
#ifndef BRIDGE_REGISTRY_SQLITE_REPAIR_BACKUP_H
#define BRIDGE_REGISTRY_SQLITE_REPAIR_BACKUP_H

#include "bridge/registry/sqlite/file/store.h"

/* A copy of everything into the empty file `scratch`, synced. */
int backup_into(struct registry *reg, const char *scratch, struct error *err);

#endif
