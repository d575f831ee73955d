/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report from disk. The first byte is the size of the pieces:
 * an input read in pieces must end as the same input read whole.
 */
#include "aws/report/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

struct outcome {
	uint64_t hash; /* FNV-1a of all that was given */
	uint64_t rows;
	int result;
};

static void add(struct outcome *o, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (; n > 0; p++, n--)
		o->hash = (o->hash ^ *p) * 0x100000001b3u;
}

static int on_row(void *data, const struct report_row *row, struct error *err)
{
	struct outcome *o = data;
	time_t t = 0;
	size_t i;

	(void)err;
	add(o, &row->line, sizeof(row->line));
	add(o, &row->byte, sizeof(row->byte));
	add(o, &row->report, sizeof(row->report));
	for (i = 0; i < REPORT_COLUMNS; i++) {
		enum report_value v = report_time(row->field[i], &t);

		add(o, &v, sizeof(v));
		add(o, row->field[i].p, row->field[i].n);
	}
	return 0;
}

static int on_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	(void)err;
	add(data, &line, sizeof(line));
	add(data, why->text, strlen(why->text));
	return 0;
}

/* A piece is a block of its own, so that reading beyond it is seen. */
static int feed(struct report_input *in, const unsigned char *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	int r;

	memcpy(copy, p, n);
	r = report_input_feed(in, copy, n, NULL);
	free(copy);
	return r;
}

static struct outcome read_all(const unsigned char *p, size_t n, size_t piece)
{
	struct outcome o = { .hash = 0xcbf29ce484222325u };
	struct report_events events = { on_row, on_bad, &o };
	struct report_input *in = NULL;
	size_t at, k;

	if (report_input_new(&in, &events, NULL) < 0)
		abort();
	for (at = 0; at < n && o.result >= 0; at += k) {
		k = n - at < piece ? n - at : piece;
		o.result = feed(in, p + at, k);
	}
	if (o.result >= 0)
		o.result = report_input_finish(in, NULL);
	o.rows = report_rows(report_input_report(in));
	report_input_free(&in);
	return o;
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct outcome whole, pieces;

	if (n == 0)
		return 0;
	whole = read_all(p + 1, n - 1, SIZE_MAX);
	pieces = read_all(p + 1, n - 1, (size_t)p[0] + 1);
	if (whole.result != pieces.result)
		abort();
	/* an error may come before or after the rows beside it are given */
	if (whole.result >= 0 && (whole.hash != pieces.hash ||
				     whole.rows != pieces.rows))
		abort();
	return 0;
}
