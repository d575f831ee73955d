/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of root's keys, for people and programs. */
#ifndef BRIDGE_SHOW_ROOT_INVENTORY_H
#define BRIDGE_SHOW_ROOT_INVENTORY_H

#include "base/error.h"
#include "bridge/ledger/vault.h"

int show_root_inventory(const struct vault *v, bool json, struct error *err);

/* Whether anything stands against it. */
bool show_root_inventory_found(const struct vault *v);

#endif
