/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of accounts: refused with a sentence, or numbers of twelve digits of
 * which none stands twice.
 */
#include "bridge/member/accounts.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct accounts list = { .n = 7 };
	struct error err;
	size_t i, k;

	if (accounts_parse((const char *)p, n, &list, &err) < 0) {
		require(list.n == 7 && !list.p);
		require(utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	require(list.n > 0 && list.n <= ACCOUNTS_MAX);
	for (i = 0; i < list.n; i++) {
		require(accounts_is_id(list.p[i].id) && list.p[i].active);
		for (k = 0; k < i && k < 100; k++)
			require(strcmp(list.p[i].id, list.p[k].id) != 0);
	}
	accounts_done(&list);
	return 0;
}
