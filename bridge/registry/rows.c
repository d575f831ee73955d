/* SPDX-License-Identifier: Apache-2.0 */
/* What rows answer, and how they are emptied. */
#include "bridge/registry/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking ---- */

size_t registry_bindings_in_force(const struct registry_bindings *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += list->p[i].removed == 0;
	return n;
}

bool registry_token_has_credential(const struct registry_token *t,
	const char *rp)
{
	size_t i;

	for (i = 0; i < t->credentials_n; i++)
		if (!t->credentials[i].removed &&
			strcmp(t->credentials[i].rp, rp) == 0)
			return true;
	return false;
}

void registry_token_name(const struct registry_token *t,
	char ret[REGISTRY_TOKEN_NAME_LEN])
{
	const char *serial = registry_token_identifier(t, REGISTRY_ID_SERIAL);

	if (!serial)
		serial = registry_token_identifier(t, REGISTRY_ID_TOTP_SERIAL);
	if (t->label)
		snprintf(ret, REGISTRY_TOKEN_NAME_LEN, "'%.70s'", t->label);
	else if (serial)
		snprintf(ret, REGISTRY_TOKEN_NAME_LEN, "serial %.70s", serial);
	else
		snprintf(ret, REGISTRY_TOKEN_NAME_LEN, "%.8s", t->id);
}

const char *registry_token_identifier(const struct registry_token *t,
	const char *kind)
{
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		if (strcmp(t->identifiers[i].kind, kind) == 0)
			return t->identifiers[i].value;
	return NULL;
}

bool registry_token_is(const struct registry_token *t, const char *kind,
	const char *value)
{
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		if (strcmp(t->identifiers[i].kind, kind) == 0 &&
			strcmp(t->identifiers[i].value, value) == 0)
			return true;
	return false;
}

/* ---- emptying ---- */

void registry_holder_done(struct registry_holder *h)
{
	free(h->name);
	free(h->bag);
	memset(h, 0, sizeof(*h));
}

void registry_holders_done(struct registry_holders *list)
{
	for (size_t i = 0; i < list->n; i++)
		registry_holder_done(&list->p[i]);
	free(list->p);
	memset(list, 0, sizeof(*list));
}

void registry_binding_done(struct registry_binding *b)
{
	free(b->user);
	free(b->user_name);
	free(b->device);
	free(b->rp);
	free(b->credential);
	free(b->oath_account);
	free(b->ssh_key);
	free(b->basis);
	memset(b, 0, sizeof(*b));
}

void registry_bindings_done(struct registry_bindings *list)
{
	for (size_t i = 0; i < list->n; i++)
		registry_binding_done(&list->p[i]);
	free(list->p);
	memset(list, 0, sizeof(*list));
}

static void identifier_done(struct registry_identifier *i)
{
	free(i->kind);
	free(i->value);
}

static void join_done(struct registry_join *j)
{
	free(j->a);
	free(j->b);
	free(j->by);
}

static void credential_done(struct registry_credential *c)
{
	free(c->rp);
	free(c->id);
	free(c->public_key);
}

void registry_token_done(struct registry_token *t)
{
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		identifier_done(&t->identifiers[i]);
	for (i = 0; i < t->joins_n; i++)
		join_done(&t->joins[i]);
	for (i = 0; i < t->credentials_n; i++)
		credential_done(&t->credentials[i]);
	free(t->identifiers);
	free(t->joins);
	free(t->credentials);
	registry_bindings_done(&t->bindings);
	free(t->holder_name);
	free(t->label);
	free(t->model);
	free(t->firmware);
	free(t->seen_host);
	free(t->bag);
	free(t->custodians[0]);
	free(t->custodians[1]);
	memset(t, 0, sizeof(*t));
}

void registry_candidates_done(struct registry_candidates *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->p[i].id);
	free(list->p);
	memset(list, 0, sizeof(*list));
}

void registry_tokens_done(struct registry_tokens *list)
{
	for (size_t i = 0; i < list->n; i++)
		registry_token_done(&list->p[i]);
	free(list->p);
	memset(list, 0, sizeof(*list));
}
