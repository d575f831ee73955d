/* SPDX-License-Identifier: Apache-2.0 */
/* The token that the options name. */
#ifndef BRIDGE_OPEN_TOKEN_H
#define BRIDGE_OPEN_TOKEN_H

#include "bridge/attached/attached.h"
#include "bridge/settings/option.h"

/* What --token and --readers say; reg (or NULL) knows labels. */
struct wanted open_wanted(const struct options *o, struct registry *reg);

/*
 * Finds the token that is meant. Where --token may be a label, the registry is
 * read for it.
 */
int open_token(const struct run *run, const struct options *o,
	struct attached *ret, struct error *err);

#endif
