/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts that an audit's rows are of. */
#include "bridge/audit/rows/accounts.h"

#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_account_at(const struct audit_accounts *list, size_t i,
	const char *name)
{
	return i < list->n && strcmp(list->p[i].name, name) == 0;
}

static struct audit_account *add_account(struct audit_accounts *list,
	const char *name)
{
	size_t size = list->size ? 2 * list->size : 8;
	struct audit_account *more;

	if (list->n == list->size) {
		more = realloc(list->p, size * sizeof(*more));
		if (!more) {
			ui_fail();
			return NULL;
		}
		list->p = more;
		list->size = size;
	}
	list->last = list->n++;
	list->p[list->last] = (struct audit_account){ .name = "" };
	snprintf(list->p[list->last].name, AUDIT_ACCOUNT, "%s", name);
	return &list->p[list->last];
}

/* Rows of an account mostly stand together. */
static struct audit_account *account_of(struct audit_accounts *list,
	const char *name)
{
	size_t i;

	if (is_account_at(list, list->last, name))
		return &list->p[list->last];
	if (list->n == AUDIT_ACCOUNTS_MAX &&
		strcmp(list->others.name, name) == 0)
		return &list->others;
	for (i = 0; i < list->n; i++)
		if (is_account_at(list, i, name)) {
			list->last = i;
			return &list->p[i];
		}
	if (list->n < AUDIT_ACCOUNTS_MAX)
		return add_account(list, name);
	snprintf(list->others.name, AUDIT_ACCOUNT, "%s", name);
	return &list->others;
}

struct audit_account *audit_accounts_count(struct audit_accounts *list,
	const struct audit_finding *f)
{
	struct audit_account *one = account_of(list, f->account);

	if (!one)
		return NULL;
	one->counts[f->status]++;
	if (f->check != AUDIT_USER_MFA_MISSING)
		return one;
	one->users[f->status]++;
	if (f->reason == AUDIT_NO_PASSWORD)
		one->without_password++;
	return one;
}

void audit_accounts_done(struct audit_accounts *list)
{
	free(list->p);
	*list = (struct audit_accounts){ .p = NULL };
}
