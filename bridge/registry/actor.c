/* SPDX-License-Identifier: Apache-2.0 */
/* The actor: who logged in, on which host. */
#include "bridge/registry/actor.h"

#include "base/person.h"
#include "base/text.h"
#include "base/utf8.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static void actor_host_name(char *ret, size_t size)
{
	if (gethostname(ret, size) < 0)
		ret[0] = '\0';
	ret[size - 1] = '\0';
	utf8_sanitise(ret);
	if (text_check(ret, "host name", NULL) < 0)
		strncpy(ret, "unknown", size);
}

int actor_make(struct registry *reg, actor_put_fn *put_name,
	const char *caller_arn, const char *ticket, struct event_actor *ret,
	struct error *err)
{
	struct event_actor a = { .uid = person_login_uid() };
	char host[HOST_NAME_MAX + 1];
	int r;

	actor_host_name(host, sizeof(host));
	r = put_name(reg, "host", host, a.host, err);
	if (r == 0 && caller_arn)
		r = put_name(reg, "caller", caller_arn, a.caller, err);
	if (r == 0 && ticket)
		r = put_name(reg, "ticket", ticket, a.ticket, err);
	if (r < 0)
		return r;
	*ret = a;
	return 0;
}

int registry_actor(struct registry *reg, const char *caller_arn,
	const char *ticket, struct event_actor *ret, struct error *err)
{
	return actor_make(reg, registry_name_put, caller_arn, ticket, ret,
		err);
}
