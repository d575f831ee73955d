/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tokens by what a person calls them. */
#ifndef BRIDGE_REGISTRY_LOOKUP_H
#define BRIDGE_REGISTRY_LOOKUP_H

#include "base/text.h"
#include "bridge/registry/registry.h"

/*
 * Tokens that a person names by serial number, label or the first digits (4 or
 * more) of an id. ERROR_FAILED where none is, ERROR_USAGE where it is one thing
 * of one token and another of another; *ret is empty before, and may hold rows
 * after a failure.
 */
int registry_lookup(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err);

/* The one that is meant; ERROR_USAGE where several are. */
int registry_lookup_one(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err);

/*
 * "; did you mean 'blue-7'?" where no token has the label `what` and one's is
 * near enough, else "".
 */
#define REGISTRY_HINT_LEN (TEXT_MAX + 24)
void registry_hint_label(struct registry *reg, const char *what,
	char ret[REGISTRY_HINT_LEN]);

/*
 * The label of the row with this serial number, retired ones aside, in `room`;
 * NULL where there is none, or several rows, or none can be read: for words only.
 */
#define REGISTRY_LABEL_LEN (TEXT_MAX + 1)
const char *registry_label_by_serial(struct registry *reg, uint32_t serial,
	char room[REGISTRY_LABEL_LEN]);
/* The same of rows that were found. */
const char *registry_label_of(const struct registry_tokens *rows,
	char room[REGISTRY_LABEL_LEN]);

/* "last seen TIME on HOST", or "" where it was not. */
void registry_seen_text(const struct registry_token *t, char *ret,
	size_t size);

#endif
