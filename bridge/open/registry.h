/* SPDX-License-Identifier: Apache-2.0 */
/* The registry that the settings name. */
#ifndef BRIDGE_OPEN_REGISTRY_H
#define BRIDGE_OPEN_REGISTRY_H

#include "bridge/registry/registry.h"
#include "bridge/run/run.h"
#include "bridge/settings/option.h"

/*
 * For commands that can do without: *ret is NULL where nobody named a registry
 * and the system's is not there, or where it may not be read or others could
 * have written it: then *ret_unknown is true and a line says so. A damaged or a
 * named and missing one is an error.
 */
int open_registry_if_any(const struct run *run, const struct options *o,
	struct registry **ret, bool *ret_unknown, struct error *err);

/*
 * The same for who tells it in another place: no line, but where the system's
 * may not be read the reason is in *ret_closed, whose code is 0 else.
 */
int open_registry_if_open(const struct run *run, const struct options *o,
	struct registry **ret, bool *ret_unknown, struct error *ret_closed,
	struct error *err);

/*
 * For commands that need only labels: *ret is NULL unless --token names
 * something that is neither a serial number nor a node.
 */
int open_registry_for_label(const struct run *run, const struct options *o,
	struct registry **ret, struct error *err);

/* For commands that write: it must be there and writable. */
int open_registry_write(const struct options *o, struct registry **ret,
	struct error *err);

/* For commands that show it. */
int open_registry_read(const struct options *o, struct registry **ret,
	struct error *err);

#endif
