/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts of an organization. */
#include "bridge/accounts/list.h"

#include "aws/api/organizations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int on_account(void *data, const struct organization_account *account,
	struct error *err)
{
	struct accounts_list *list = data;
	struct accounts_item *item;

	if (list->n == ACCOUNTS_MAX)
		return error_set(err, ERROR_MALFORMED, "the organization has "
			"more than %d accounts", ACCOUNTS_MAX);
	item = accounts_list_add(list, account->id);
	if (!item)
		return error_memory(err);
	snprintf(item->state, sizeof(item->state), "%s", account->state);
	item->name = strdup(account->name);
	return item->name ? 0 : error_memory(err);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct accounts_item *)a)->id,
		((const struct accounts_item *)b)->id);
}

/* Who joins or leaves while pages are read may be on two of them. */
static void drop_twice(struct accounts_list *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (n > 0 && strcmp(list->items[n - 1].id,
				     list->items[i].id) == 0)
			free(list->items[i].name);
		else
			list->items[n++] = list->items[i];
	}
	list->n = n;
}

int accounts_of_organization(struct aws_session *s, struct accounts_list *ret,
	struct error *err)
{
	CLEANUP(accounts_list_done) struct accounts_list list = { NULL, 0, 0 };
	int r = organizations_list_accounts(s, on_account, &list, err);

	if (r == 0 && list.n == 0)
		r = error_set(err, ERROR_MALFORMED,
			"AWS lists no account of this organization");
	if (r < 0)
		return r;
	qsort(list.items, list.n, sizeof(*list.items), by_id);
	drop_twice(&list);
	*ret = list;
	list = (struct accounts_list){ NULL, 0, 0 };
	return 0;
}

int accounts_list_of(const char *what, struct aws_session *s,
	struct accounts_list *ret, struct error *err)
{
	return strcmp(what, "org") == 0 ? accounts_of_organization(s, ret, err) :
		accounts_list_read(what, ret, err);
}
