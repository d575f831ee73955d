/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the console's steps: refused with a sentence, or sequences whose
 * steps come out as bounded lines without a word left in braces.
 */
#include "bridge/guide/guide.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_steps(const struct guide *g, const char *sequence,
	const struct guide_values *values, bool is_whole)
{
	struct guide_steps steps = { .n = 0 };
	struct error err;
	size_t i;

	if (guide_steps(g, sequence, values, &steps, &err) < 0) {
		require(!steps.n && err.text[0]);
		require(!is_whole || strstr(err.text, "larger than"));
		return;
	}
	require(steps.n <= GUIDE_STEPS_MAX);
	for (i = 0; i < steps.n; i++) {
		size_t len = strlen(steps.text[i]);

		require(len > 0 && len < GUIDE_STEP_MAX);
		require(utf8_is_clean(steps.text[i], len));
		require(!strchr(steps.text[i], '{') &&
			!strchr(steps.text[i], '}'));
	}
	guide_steps_done(&steps);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct guide_values none = { .partition = "aws" }, all = none;
	struct guide *g = NULL;
	struct error err;
	size_t i;

	if (guide_parse((const char *)p, n, "FILE", &g, &err) < 0) {
		require(!g && utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	for (i = 0; i < GUIDE_WORDS; i++)
		all.value[i] = "value";
	require(strlen(guide_checked(g)) == 10 && guide_sequences(g) > 0);
	for (i = 0; i < guide_sequences(g); i++) {
		check_steps(g, guide_sequence(g, i), &all, true);
		check_steps(g, guide_sequence(g, i), &none, false);
	}
	require(!guide_sequence(g, i));
	guide_free(&g);
	return 0;
}
