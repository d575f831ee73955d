/* SPDX-License-Identifier: Apache-2.0 */
/* registry show: tokens and what they are bound to. */
#ifndef BRIDGE_LIFECYCLE_SHOW_H
#define BRIDGE_LIFECYCLE_SHOW_H

#include "bridge/command/command.h"
#include "bridge/registry/registry.h"

/* All, with bindings that no token is known of; or the one that is named. */
int show_run(struct app *app, struct error *err);

/*
 * Tokens that a person names by serial number, label or the first digits of an
 * id. ERROR_FAILED where none is.
 */
int show_find(struct registry *reg, const char *what,
	struct registry_tokens *ret, struct error *err);

/* Members of a binding in --json, null for no memory. New object. */
json_t *show_binding_json(const struct registry_binding *b);
/* {"time", "host"} of when a token was seen last, or null. New reference. */
json_t *show_seen_json(const struct registry_token *t);
/* "last seen TIME on HOST", or "" where it was not. */
void show_seen_text(const struct registry_token *t, char *ret, size_t size);

#endif
