/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of accounts: refused with a sentence, or accounts whose way in is one
 * that AWS could have, none of them twice.
 */
#include "bridge/accounts/list.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_item(const struct accounts_item *item)
{
	char arn[ROLE_ARN_MAX];
	struct arn parts;

	require(arn_is_account(item->id, strlen(item->id)));
	require(item->line > 0 && !item->state[0] && !item->name);
	require((item->way == ACCOUNTS_NOT_SAID) == !item->by);
	require(!item->by || utf8_is_clean(item->by, strlen(item->by)));
	if (accounts_role(item, "reader", "aws", arn)) {
		require(arn_parse(arn, strlen(arn), &parts));
		require(arn_part_is(parts.account, item->id));
		require(memcmp(parts.resource.p, "role/", 5) == 0);
	} else {
		require(item->way == ACCOUNTS_BY_PROFILE);
		require(!item->external_id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct accounts_list list = { .n = 7 };
	struct error err;
	size_t i, k;

	if (accounts_list_parse((const char *)p, n, &list, &err) < 0) {
		require(list.n == 7 && !list.items);
		require(utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	require(list.n > 0 && list.n <= ACCOUNTS_MAX);
	for (i = 0; i < list.n; i++) {
		check_item(&list.items[i]);
		for (k = 0; k < i && i < 50; k++)
			require(strcmp(list.items[k].id,
				list.items[i].id) != 0);
	}
	accounts_list_done(&list);
	return 0;
}
