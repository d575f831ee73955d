/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of a delivery: refused with a sentence, or rows of clean text whose
 * numbers and labels stand once.
 */
#include "bridge/lifecycle/delivery.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_text(const char *s)
{
	if (s)
		require(text_check(s, "a field", NULL) == 0 &&
			!strchr("=+-@", s[0]));
}

static void check_rows(const struct intake_list *list, size_t n)
{
	size_t i, k, most = list->n < 100 ? list->n : 100;

	for (i = 0; i < list->n; i++) {
		const struct intake_row *row = &list->p[i];

		require(row->has_serial || row->label);
		require(row->line > 1);
		check_text(row->label);
		check_text(row->holder);
		require(n % 2 == 0 ? !row->holder : row->has_serial);
		check_text(row->product);
		check_text(row->lot);
	}
	for (i = 0; i < most; i++)
		for (k = 0; k < i; k++) {
			const struct intake_row *a = &list->p[i];
			const struct intake_row *b = &list->p[k];

			require(a->line > b->line);
			require(!a->has_serial || !b->has_serial ||
				a->serial != b->serial);
			require(!a->label || !b->label ||
				strcmp(a->label, b->label) != 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct intake_list list = { .n = 7 };
	struct error err;

	if (intake_list_parse((const char *)p, n, n % 2 ? INTAKE_KEPT :
			INTAKE_DELIVERY, &list, &err) < 0) {
		require(list.n == 7 && !list.p);
		require(utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	require(list.n > 0 && list.n <= INTAKE_ROWS_MAX);
	require(utf8_is_clean(list.ignored, strlen(list.ignored)));
	check_rows(&list, n);
	intake_list_done(&list);
	return 0;
}
