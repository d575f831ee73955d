/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry says of a token whose FIDO side is to be erased. */
#ifndef BRIDGE_LIFECYCLE_RESET_H
#define BRIDGE_LIFECYCLE_RESET_H

#include "bridge/attached/attached.h"
#include "bridge/registry/registry.h"

struct reset_rows {
	struct registry_tokens all;  /* every row; owned */
	const struct registry_token **rows; /* those that are this token */
	size_t rows_n;
	const struct registry_credential **held; /* what it holds of them */
	size_t held_n;
};

void reset_rows_done(struct reset_rows *s);

/*
 * Rows that are this token: those with its serial number, and those without
 * any one of whose credentials it says that it holds (asked without a touch).
 * Found, not proved: the more rows, the more reasons to refuse.
 */
int reset_find_rows(struct registry *reg, const struct token *t,
	struct fido *f, struct reset_rows *ret, struct error *err);

/*
 * ERROR_REFUSED where bindings in force rest on the token; each is told in a
 * line before, with who would be locked out.
 */
int reset_check_bindings(const struct run *run, const struct reset_rows *s,
	struct error *err);

/* The same, as the registry is by now: people take their time to plug in. */
int reset_check_again(const struct run *run, struct registry *reg,
	const struct reset_rows *s, struct error *err);

/* ERROR_FAILED where the token still says that it holds one of them. */
int reset_check_gone(const struct reset_rows *s, struct fido *f,
	struct error *err);

/*
 * Writes down that the credentials are gone, so that a new one may join the
 * row. `reason` may be NULL.
 */
int reset_record(const struct run *run, struct registry *reg,
	const struct reset_rows *s, const char *reason, struct error *err);

#endif
