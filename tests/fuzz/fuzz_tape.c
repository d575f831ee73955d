/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies that were kept: refused with a sentence, or each found by its own
 * request, once, in the order of the lines.
 */
#include "bridge/audit/keep/tape-file.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static size_t lines_of(const uint8_t *p, size_t n)
{
	size_t i, lines = 0;

	for (i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static void play_all(const struct aws_tape *t, size_t lines)
{
	struct tape_reply r, again;
	uint64_t i, found;

	for (i = 0; i < lines; i++) {
		t->take(t->self, i, &r);
		require(r.service && r.action && r.request && r.request_id);
		require(r.body || r.body_n == 0);
		require(!r.error || (r.error->code > 0 && utf8_is_clean(
			r.error->text, strlen(r.error->text))));
		/* what is taken is not found again */
		found = t->find(t->self, r.service, r.action, r.request);
		require(found == TAPE_NONE || found > i);
		if (found != TAPE_NONE) {
			t->take(t->self, found, &again);
			require(strcmp(again.request, r.request) == 0);
		}
	}
	require(t->find(t->self, "", "", "") == TAPE_NONE ||
		lines == 0 || r.request);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tape_file *t = NULL;
	struct error err;

	if (tape_file_parse(&t, (const char *)p, n, &err) < 0) {
		require(!t && utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	play_all(tape_file_tape(t), lines_of(p, n));
	tape_file_free(&t);
	return 0;
}
