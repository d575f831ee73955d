/* SPDX-License-Identifier: Apache-2.0 */
/* A serial number's row in the registry. */
#include "bridge/attached/row.h"

#include "bridge/registry/registry.h"
#include "bridge/run/json.h"

#include <stdio.h>

void attached_row_done(struct attached_row *row)
{
	json_decref(row->json);
	row->json = NULL;
	row->in_use = false;
}

static json_t *row_json(const struct registry_token *t)
{
	return json_pack("{s:s,s:i,s:s,s:o,s:s,s:o}", "foundBy",
		REGISTRY_ID_SERIAL, "rows", 1, "id", t->id, "label",
		json_of_text(t->label), "state", registry_state_names[t->state],
		"holder", json_of_text(t->holder_name));
}

/* Whichever is not retired; nobody chooses among several. */
static json_t *rows_json(const struct registry_tokens *list, bool *ret_in_use)
{
	const struct registry_token *t = NULL;
	size_t i, live = 0;

	for (i = 0; i < list->n; i++) {
		bool retired = list->p[i].state == REGISTRY_RETIRED;

		live += !retired;
		if (!t || !retired)
			t = &list->p[i];
	}
	*ret_in_use = live == 1 && t->state != REGISTRY_LOST;
	if (!t || live > 1)
		return json_pack("{s:s,s:i,s:n,s:n,s:n,s:n}", "foundBy",
			REGISTRY_ID_SERIAL, "rows", (int)live, "id", "label",
			"state", "holder");
	return row_json(t);
}

int attached_row_look(struct registry *reg, const struct token *t,
	struct attached_row *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	struct attached_row row = { NULL, false };
	char digits[16];
	uint32_t serial;
	int r;

	if (!token_serial(t, &serial)) {
		*ret = row;
		return 0;
	}
	snprintf(digits, sizeof(digits), "%u", serial);
	r = registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL, digits,
		&list, err);
	if (r < 0)
		return r;
	row.json = rows_json(&list, &row.in_use);
	if (!row.json)
		return error_memory(err);
	*ret = row;
	return 0;
}
