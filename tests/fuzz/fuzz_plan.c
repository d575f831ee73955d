/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a rollout: refused with a sentence, or rows whose fields are as
 * many as the columns, and which read the same once they were written.
 */
#include "bridge/plan/plan.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void put_record(struct buf *b, char *const *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		csv_put(b, fields[i], i == 0);
	csv_end(b);
}

static void check_again(const struct plan *p)
{
	struct plan again;
	struct error err;
	struct buf b;
	size_t i, k;

	buf_init(&b, 64 << 20);
	put_record(&b, p->names, p->columns_n);
	for (i = 0; i < p->n; i++)
		put_record(&b, p->rows[i].fields, p->columns_n);
	require(!buf_failed(&b));
	if (b.n < CSV_FILE_MAX) {
		require(plan_parse(buf_str(&b), b.n, &again, &err) == 0);
		require(again.n == p->n && again.columns_n == p->columns_n);
		for (i = 0; i < p->n; i++)
			for (k = 0; k < p->columns_n; k++)
				require(strcmp(again.rows[i].fields[k],
					p->rows[i].fields[k]) == 0);
		plan_done(&again);
	}
	buf_done(&b);
}

static void check_row(const struct plan_row *row)
{
	require(row->line > 1);
	require(strlen(row->account) == 12);
	require(*row->user && *row->method);
	require(text_check(row->holder, "holder", NULL) == 0);
	require(!*row->label || text_check(row->label, "label", NULL) == 0);
	require(!strchr("=+-@", row->holder[0]) || row->holder == row->user);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct plan plan = { .n = 7 };
	struct error err;
	char text[600];
	size_t i;

	if (plan_parse((const char *)p, n, &plan, &err) < 0) {
		require(plan.n == 7 && !plan.rows);
		require(utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	require(plan.n > 0 && plan.n <= PLAN_ROWS_MAX);
	for (i = 0; i < plan.problems_n && i < PLAN_PROBLEMS_MAX; i++) {
		plan_problem_text(&plan, &plan.problems[i], text,
			sizeof(text));
		require(strncmp(text, "line ", 5) == 0);
		require(utf8_is_clean(plan.problems[i].text,
			strlen(plan.problems[i].text)));
	}
	for (i = 0; plan.problems_n == 0 && i < plan.n; i++)
		check_row(&plan.rows[i]);
	check_again(&plan);
	plan_done(&plan);
	return 0;
}
