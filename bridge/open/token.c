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
