/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the log (ledger/story.h), as JSON and as text. */
#ifndef BRIDGE_SHOW_LOG_H
#define BRIDGE_SHOW_LOG_H

#include "bridge/registry/head.h"
#include "bridge/terminal/table.h"

#include <jansson.h>

/* ERROR_USAGE where it names a column that there is not. */
int show_log_check_view(const struct table_view *view, struct error *err);

/*
 * A row an entry. A view that says nothing shows when, which token, by whom and
 * what: the sentence has holder, states, reason and ticket in it.
 */
void show_log_text(const json_t *entries, const struct table_view *view);

/* One object with the head that they were read at. `entries` is taken over. */
int show_log_json(json_t *entries, const struct registry_head *head,
	struct error *err);

#endif
