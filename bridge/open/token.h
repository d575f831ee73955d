/* SPDX-License-Identifier: Apache-2.0 */
/* The token that the options name. */
#ifndef BRIDGE_OPEN_TOKEN_H
#define BRIDGE_OPEN_TOKEN_H

#include "bridge/attached/attached.h"
#include "bridge/registry/lookup.h"
#include "bridge/settings/option.h"

/* What --token and --readers say; reg (or NULL) knows labels. */
struct wanted open_wanted(const struct options *o, struct registry *reg);

/*
 * Finds the token that is meant. Where --token may be a label, the registry is
 * read for it.
 */
int open_token(const struct run *run, const struct options *o,
	struct attached *ret, struct error *err);

/*
 * How people call a token that open_token() chose: the label of the row that
 * --token names, else of the one with its serial number. NULL where there is
 * none, or several, or where the registry may not be read: of that nothing is
 * said, as it is for words only. Points into `room`.
 */
const char *open_label(const struct options *o, const struct token *t,
	char room[REGISTRY_LABEL_LEN]);

#endif
