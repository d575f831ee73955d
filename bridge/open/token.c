/* SPDX-License-Identifier: Apache-2.0 */
/* The token that the options name. */
#include "bridge/open/token.h"

#include "bridge/open/registry.h"

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

const char *open_label(const struct options *o, const struct token *t,
	char room[REGISTRY_LABEL_LEN])
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *name = option(o, OPTION_TOKEN);
	uint32_t serial;

	if (registry_open(&reg, option(o, OPTION_REGISTRY), REGISTRY_READ, NULL,
			NULL) < 0)
		return NULL;
	if (token_serial(t, &serial))
		return registry_label_by_serial(reg, serial, room);
	if (!name || name[0] == '/' ||
		registry_lookup(reg, name, &rows, NULL) < 0)
		return NULL;
	return registry_label_of(&rows, room);
}
