/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tokens by what a person calls them. */
#ifndef BRIDGE_REGISTRY_LOOKUP_H
#define BRIDGE_REGISTRY_LOOKUP_H

#include "bridge/registry/registry.h"

/*
 * Tokens that a person names by serial number, label or the first digits (4 or
 * more) of an id. ERROR_FAILED where none is; *ret is empty before, and may
 * hold rows after a failure.
 */
int registry_lookup(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err);

/*
 * Writes the head into the system's log, so that a chain which is rewritten or
 * cut later shows even where only this machine's logs are kept.
 */
void registry_log_head(const struct registry_head *head);

/* "last seen TIME on HOST", or "" where it was not. */
void registry_seen_text(const struct registry_token *t, char *ret,
	size_t size);

#endif
