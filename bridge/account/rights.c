/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller may, of what a role needs. */
#include "bridge/account/rights.h"

#include "base/buf.h"
#include "base/text.h"
#include "bridge/account/role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONESELF "${aws:username}"
/* Whom and what is asked about where a policy speaks of all of them. */
#define SAMPLE "example"

void rights_principal(const char *arn, char ret[ARN_MAX + 1])
{
	const char *role = strstr(arn, ":assumed-role/");
	struct arn a;
	const char *name, *end;

	ret[0] = '\0';
	if (arn_is_root(arn) || !arn_parse(arn, strlen(arn), &a))
		return;
	if (strstr(arn, ":user/"))
		snprintf(ret, ARN_MAX + 1, "%s", arn);
	if (!role)
		return;
	name = role + strlen(":assumed-role/");
	end = strchr(name, '/');
	snprintf(ret, ARN_MAX + 1, "arn:%.*s:iam::%.*s:role/%.*s",
		(int)a.partition.n, a.partition.p, (int)a.account.n,
		a.account.p, end ? (int)(end - name) : (int)strlen(name),
		name);
}

static int see_denied(void *data, const struct iam_decision *d,
	struct error *err)
{
	struct rights *rights = data;
	size_t n = strlen(rights->actions);

	(void)err;
	if (d->allowed)
		return 0;
	/* such as a policy that asks for MFA: the session may have it */
	if (d->depends) {
		rights->depends = true;
		return 0;
	}
	rights->missing++;
	if (n + strlen(d->action) + sizeof(", ") < sizeof(rights->actions))
		snprintf(rights->actions + n, sizeof(rights->actions) - n,
			"%s%s", n ? ", " : "", d->action);
	return 0;
}

/* ---- a statement's resources, as those of one user and one device ---- */

/* NULL without memory, and where all resources are meant. */
static char *resource_of(const char *pattern, const char *principal)
{
	const char *name = strrchr(principal, '/');
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, ARN_MAX + 1);
	if (strstr(pattern, ":user/") && strstr(pattern, ONESELF))
		return strdup(principal);
	while (*pattern) {
		if (strncmp(pattern, ONESELF, strlen(ONESELF)) == 0) {
			buf_put_str(&b, name ? name + 1 : SAMPLE);
			pattern += strlen(ONESELF);
		} else if (*pattern == '*') {
			buf_put_str(&b, SAMPLE);
			pattern++;
		} else {
			buf_put(&b, pattern++, 1);
		}
	}
	return buf_failed(&b) ? NULL : strdup(buf_str(&b));
}

static int ask_on(const struct account *c, const char *principal,
	const json_t *actions, const char *resource, struct rights *ret,
	struct error *err)
{
	const char *names[IAM_SIMULATE_MAX];
	struct iam_simulation q = { principal, names, 0, &resource,
		resource ? 1 : 0 };
	const json_t *o;
	size_t i;

	json_array_foreach(actions, i, o)
		if (q.actions_n < IAM_SIMULATE_MAX)
			names[q.actions_n++] = json_string_value(o);
	return iam_simulate_principal_policy(c->session, &q, see_denied, ret,
		err);
}

/* What a statement names twice, as a user with and without a path, is one. */
static int ask_statement(const struct account *c, const char *principal,
	const json_t *statement, struct rights *ret, struct error *err)
{
	const json_t *actions = json_object_get(statement, "Action");
	const char *pattern = json_string_value(json_array_get(
		json_object_get(statement, "Resource"), 0));
	CLEANUP(free_p) char *resource = NULL;
	bool all = strcmp(pattern ? pattern : "*", "*") == 0;

	if (!all) {
		resource = resource_of(pattern, principal);
		if (!resource)
			return error_memory(err);
	}
	return ask_on(c, principal, actions, resource, ret, err);
}

static int ask_document(const struct account *c, const json_t *document,
	struct rights *ret, struct error *err)
{
	char principal[ARN_MAX + 1];
	const json_t *statement;
	size_t i;
	int r = 0;

	rights_principal(c->caller.arn, principal);
	if (!principal[0])
		return error_set(err, ERROR_UNSUPPORTED,
			"AWS simulates users and roles only");
	json_array_foreach(json_object_get(document, "Statement"), i, statement)
		if (r == 0)
			r = ask_statement(c, principal, statement, ret, err);
	return r;
}

int rights_look(const struct account *c, const char *role, struct rights *ret,
	struct error *err)
{
	struct role_place place = { .account = c->caller.account,
		.revoker = "none" };
	char partition[16] = "aws";
	json_t *document = NULL;
	struct arn a;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (arn_parse(c->caller.arn, strlen(c->caller.arn), &a))
		snprintf(partition, sizeof(partition), "%.*s",
			(int)a.partition.n, a.partition.p);
	place.partition = partition;
	r = role_policy(role, &place, &document, err);
	if (r < 0)
		return r;
	r = ask_document(c, document, ret, &ret->why);
	json_decref(document);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &ret->why);
	ret->known = r == 0;
	return 0;
}
