/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the registry, picked out. */
#include "bridge/ledger/filter.h"

#include <stdio.h>
#include <string.h>

/* What is not said fits everything, what is not known fits nothing. */
static bool filter_is(const char *wanted, const char *value)
{
	return !wanted || (value && strcmp(wanted, value) == 0);
}

static bool logs_in(const struct registry_binding *b)
{
	return b->kind == REGISTRY_PAM || b->kind == REGISTRY_SSH;
}

/* A local user's number is nobody's name; an IAM user's unique id is one. */
static bool is_users(const struct row_filter *f,
	const struct registry_binding *b)
{
	return !b->removed && (filter_is(f->user, b->user_name) ||
		(!logs_in(b) && filter_is(f->user, b->user)));
}

static bool has_user(const struct row_filter *f,
	const struct registry_bindings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_users(f, &list->p[i]))
			return true;
	return !f->user;
}

bool filter_fits(const struct row_filter *f, const struct registry_token *t)
{
	return filter_is(f->holder, t->holder_name) && filter_is(f->label, t->label) &&
		filter_is(f->state, registry_state_names[t->state]) &&
		has_user(f, &t->bindings);
}

bool filter_fits_binding(const struct row_filter *f,
	const struct registry_binding *b)
{
	return !f->holder && !f->label && !f->state &&
		(!f->user || is_users(f, b));
}

void filter_tokens(const struct row_filter *f, struct registry_tokens *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (filter_fits(f, &list->p[i]))
			list->p[n++] = list->p[i];
		else
			registry_token_done(&list->p[i]);
	}
	list->n = n;
}

void filter_bindings(const struct row_filter *f,
	struct registry_bindings *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (filter_fits_binding(f, &list->p[i]))
			list->p[n++] = list->p[i];
		else
			registry_binding_done(&list->p[i]);
	}
	list->n = n;
}

/* ---- who goes by the name ---- */

#define ACCOUNTS_MAX 16

struct users {
	bool local;
	char accounts[ACCOUNTS_MAX][13]; /* more of them are not told apart */
	size_t n;
};

static void add_user(struct users *u, const struct registry_binding *b)
{
	size_t i;

	if (logs_in(b)) {
		u->local = true;
		return;
	}
	for (i = 0; i < u->n; i++)
		if (strcmp(u->accounts[i], b->account) == 0)
			return;
	if (u->n < ACCOUNTS_MAX)
		memcpy(u->accounts[u->n++], b->account, sizeof(b->account));
}

static void add_users(struct users *u, const struct row_filter *f,
	const struct registry_bindings *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (is_users(f, &list->p[i]))
			add_user(u, &list->p[i]);
}

void filter_users(const struct row_filter *f,
	const struct registry_tokens *tokens,
	const struct registry_bindings *others, char ret[FILTER_USERS_LEN])
{
	struct users u = { .n = 0 };
	size_t i, used;

	ret[0] = '\0';
	if (!f->user)
		return;
	for (i = 0; i < tokens->n; i++)
		add_users(&u, f, &tokens->p[i].bindings);
	add_users(&u, f, others);
	if (u.n == 0 && !u.local)
		return;
	/* a name has at most 256 bytes, an account 12 */
	used = (size_t)snprintf(ret, FILTER_USERS_LEN, "'%.200s' is%s%s", f->user,
		u.n ? " an IAM user of account " : " a local user",
		u.n ? u.accounts[0] : "");
	for (i = 1; i < u.n; i++)
		used += (size_t)snprintf(ret + used, FILTER_USERS_LEN - used,
			"%s%s", i + 1 < u.n ? ", " : " and ", u.accounts[i]);
	if (u.n && u.local)
		snprintf(ret + used, FILTER_USERS_LEN - used,
			", and a local user");
}
