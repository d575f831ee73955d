/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a rollout: refused with a sentence, or rows whose words are
 * clean and end where their room does.
 */
#include "bridge/rollout/state.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void require_clean(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	require(n < size && utf8_is_clean(s, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct state_file f = { .n = 7 };
	struct error err;
	size_t i;

	if (state_parse((const char *)p, n, &f, &err) < 0) {
		require(f.n == 7 && !f.rows);
		require(utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	require(f.n > 0 && f.n <= PLAN_ROWS_MAX && f.plan[0] == '/');
	require(id_is_valid(f.id) && strlen(f.digest) == 64);
	for (i = 0; i < f.n; i++) {
		const struct row_record *row = &f.rows[i];

		require((unsigned)row->state < ROW_STATES);
		require(!row->journal[0] || id_is_valid(row->journal));
		require(!row->token[0] || id_is_valid(row->token));
		require_clean(row->device, sizeof(row->device));
		require_clean(row->text, sizeof(row->text));
	}
	state_file_done(&f);
	return 0;
}
