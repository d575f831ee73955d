/* SPDX-License-Identifier: Apache-2.0 */
/* The token that the options name. */
#include "bridge/open/token.h"

#include "bridge/open/registry.h"
#include "bridge/registry/lookup.h"

#include <stdio.h>

struct wanted open_wanted(const struct options *o, struct registry *reg)
{
	return (struct wanted){ option(o, OPTION_TOKEN),
		option_is_set(o, OPTION_READERS), reg };
}

int open_token(const struct run *run, const struct options *o,
	struct attached *ret, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct wanted w;
	int r;

	r = open_registry_for_label(run, o, &reg, err);
	if (r < 0)
		return r;
	w = open_wanted(o, reg);
	return attached_find(run, &w, ret, err);
}

static int rows_of(const struct options *o, struct registry *reg,
	const struct token *t, struct registry_tokens *ret)
{
	const char *name = option(o, OPTION_TOKEN);
	char digits[16];
	uint32_t serial;

	if (token_serial(t, &serial)) {
		snprintf(digits, sizeof(digits), "%u", serial);
		return registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL,
			digits, ret, NULL);
	}
	return name && name[0] != '/' ? registry_lookup(reg, name, ret, NULL) :
		0;
}

const char *open_label(const struct options *o, const struct token *t,
	char room[OPEN_LABEL_LEN])
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *label = NULL;
	size_t i, live = 0;

	if (registry_open(&reg, option(o, OPTION_REGISTRY), REGISTRY_READ, NULL,
			NULL) < 0 || rows_of(o, reg, t, &rows) < 0)
		return NULL;
	for (i = 0; i < rows.n; i++)
		if (rows.p[i].state != REGISTRY_RETIRED) {
			label = rows.p[i].label;
			live++;
		}
	if (live != 1 || !label)
		return NULL;
	snprintf(room, OPEN_LABEL_LEN, "%s", label);
	return room;
}
