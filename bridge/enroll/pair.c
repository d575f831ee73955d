/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that a person types off a display. */
#include "bridge/enroll/pair.h"

#include <string.h>

/*
 * AWS takes codes of hours ago and then keeps the wrong offset: what is older
 * than a display shows a code is not sent.
 */
#define FRESH_MS 30000

void pair_done(struct pair *t)
{
	wipe(t, sizeof(*t));
}

int pair_check(void *data, const char *first, const char *second,
	struct error *err)
{
	(void)data;
	if (!run_is_code(first) || (second && !run_is_code(second)))
		return error_set(err, ERROR_MALFORMED,
			"a code has six digits");
	if (second && strcmp(first, second) == 0)
		return error_set(err, ERROR_MALFORMED,
			"that is the same code twice: wait until the display "
			"shows the next one");
	return 0;
}

int pair_ask(const struct run *run, const struct run_codes *q,
	struct pair *ret, struct error *err)
{
	struct pair t = { .until = 0 };
	int r = run_ask_codes(run, q, t.first, t.second, err);

	t.until = deadline_in(FRESH_MS);
	if (r == 0)
		*ret = t;
	pair_done(&t);
	return r;
}

bool pair_is_fresh(const struct pair *t)
{
	return t->first[0] && !deadline_passed(t->until);
}
