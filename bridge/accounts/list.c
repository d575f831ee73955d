/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of accounts: their items, and the role that leads into one. */
#include "bridge/accounts/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_NAME_MAX 576 /* a path of 512, a name of 64 */

void accounts_list_done(struct accounts_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->items[i].by);
		free(list->items[i].external_id);
		free(list->items[i].name);
	}
	free_p(&list->items);
	list->n = list->size = 0;
}

struct accounts_item *accounts_list_add(struct accounts_list *list,
	const char *id)
{
	size_t size = list->size ? 2 * list->size : 32;
	struct accounts_item *grown, *item;

	if (list->n == list->size) {
		grown = reallocarray(list->items, size, sizeof(*grown));
		if (!grown)
			return NULL;
		list->items = grown;
		list->size = size;
	}
	item = &list->items[list->n++];
	memset(item, 0, sizeof(*item));
	memcpy(item->id, id, ARN_ACCOUNT_LEN);
	return item;
}

bool accounts_is_closed(const struct accounts_item *item)
{
	static const char *const closed[] = { "SUSPENDED", "PENDING_CLOSURE",
		"CLOSED", "PENDING_ACTIVATION" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(closed); i++)
		if (strcmp(item->state, closed[i]) == 0)
			return true;
	return false;
}

bool accounts_is_role_name(const char *s, size_t n)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
	size_t i, part = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '/' && part == 0)
			return false;
		part = s[i] == '/' ? 0 : part + 1;
		if (s[i] != '/' && !memchr(allowed, s[i], sizeof(allowed) - 1))
			return false;
	}
	return part > 0 && part <= 64 && n <= ROLE_NAME_MAX;
}

bool accounts_role(const struct accounts_item *item, const char *role,
	const char *partition, char ret[ROLE_ARN_MAX])
{
	const char *name = item->way == ACCOUNTS_BY_ROLE ? item->by : role;

	if (!name || item->way == ACCOUNTS_BY_PROFILE)
		return false;
	if (strncmp(name, "arn:", 4) == 0)
		snprintf(ret, ROLE_ARN_MAX, "%s", name);
	else
		snprintf(ret, ROLE_ARN_MAX, "arn:%s:iam::%s:role/%s", partition,
			item->id, name);
	return true;
}
