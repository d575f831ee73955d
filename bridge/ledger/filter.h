/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the registry that a person wants to see, by what they say. Pure. */
#ifndef BRIDGE_LEDGER_FILTER_H
#define BRIDGE_LEDGER_FILTER_H

#include "bridge/registry/rows.h"

/* All that is said must fit. Borrowed; NULL: not said. */
struct row_filter {
	const char *holder; /* name of the person or the place */
	const char *user;   /* of a binding in force: IAM user, by name or unique
	                       id, or local user, by name */
	const char *label;
	const char *state;  /* a word of registry_state_names */
};

/* Whether a token's row fits. */
bool filter_fits(const struct row_filter *f, const struct registry_token *t);
/* Whether a binding that no token is known of fits: it has no more than a
 * user. */
bool filter_fits_binding(const struct row_filter *f,
	const struct registry_binding *b);

/* Empties and takes out what does not fit. */
void filter_tokens(const struct row_filter *f, struct registry_tokens *list);
void filter_bindings(const struct row_filter *f,
	struct registry_bindings *list);

/*
 * Which users go by f->user in the bindings that fit: "'alice' is an IAM user of
 * account 123456789012, and a local user"; "" where there are none.
 */
#define FILTER_USERS_LEN 512
void filter_users(const struct row_filter *f,
	const struct registry_tokens *tokens,
	const struct registry_bindings *others, char ret[FILTER_USERS_LEN]);

#endif
