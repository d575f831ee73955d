/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the registry, as JSON and as text. */
#ifndef BRIDGE_SHOW_ROWS_H
#define BRIDGE_SHOW_ROWS_H

#include "bridge/ledger/filter.h"
#include "bridge/registry/registry.h"
#include "bridge/terminal/table.h"

#include <jansson.h>

/* What `registry show` shows; everything is borrowed. */
struct show_rows {
	struct registry *reg;
	const struct registry_tokens *tokens;
	const struct registry_bindings *bindings; /* those of no token here */
	time_t at;          /* as they were then; 0: as they are */
	bool picked;        /* by what they say: there may be others */
	char users[FILTER_USERS_LEN]; /* who goes by a wanted name; "" */
	const json_t *counts; /* as of counts_find; NULL: not looked for */
};

int show_rows_json(const struct show_rows *rows, struct error *err);
void show_rows_text(const struct show_rows *rows,
	const struct table_view *view);
/* ERROR_USAGE where it names a column that there is not. */
int show_rows_check_view(const struct table_view *view, struct error *err);

/* Members of a binding in --json, null for no memory. New object. */
json_t *show_binding_json(const struct registry_binding *b);
/* Those in force. New array. */
json_t *show_bindings_json(const struct registry_bindings *bindings);
/* {"time", "host"} of when a token was seen last, or null. New reference. */
json_t *show_seen_json(const struct registry_token *t);

#endif
