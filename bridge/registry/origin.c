/* SPDX-License-Identifier: Apache-2.0 */
/* Which run wrote a binding down. */
#include "bridge/registry/origin.h"

#include <stdio.h>
#include <string.h>

struct origin_search {
	const char *journal, *binding;
	struct binding_origin *ret;
};

static bool is_wanted(const char *wanted, const char *id)
{
	return !wanted || strcmp(wanted, id) == 0;
}

static int see_origin(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct origin_search *s = arg;
	const char *id = event_str(e->body, "binding");

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type != EVENT_BINDING_ADDED || !id ||
		!is_wanted(s->journal, e->journal) ||
		!is_wanted(s->binding, id))
		return 0;
	snprintf(s->ret->binding, sizeof(s->ret->binding), "%s", id);
	memcpy(s->ret->journal, e->journal, sizeof(s->ret->journal));
	return 1;
}

int registry_origin(struct registry *reg, const char *journal,
	const char *binding, struct binding_origin *ret, struct error *err)
{
	struct origin_search s = { journal, binding, ret };
	int r;

	*ret = (struct binding_origin){ "", "" };
	r = registry_events(reg, 0, see_origin, &s, err);
	return r < 0 ? r : 0;
}
