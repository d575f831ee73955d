/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry says of a token that is plugged in, by the serial number
 * that the token reports: that finds a row and proves nothing.
 */
#ifndef BRIDGE_ATTACHED_ROW_H
#define BRIDGE_ATTACHED_ROW_H

#include "token/token.h"

#include <jansson.h>

struct registry;

struct attached_row {
	json_t *json; /* owned: the member "registry"; NULL: cannot be told, as
	                 the token reports no serial number */
	bool in_use;  /* one row, neither lost nor retired */
};

void attached_row_done(struct attached_row *row);

int attached_row_look(struct registry *reg, const struct token *t,
	struct attached_row *ret, struct error *err);

#endif
