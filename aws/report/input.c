/* SPDX-License-Identifier: Apache-2.0 */
/* A credential report from disk, CSV or JSON. */
#include "aws/report/input.h"

#include "aws/report/json.h"
#include "base/buf.h"

#include <stdlib.h>

struct report_input {
	struct report *report;    /* owned */
	struct report_json *json; /* owned; NULL: CSV, or not known yet */
	bool decided;
	struct buf blanks;        /* before the first byte that is none */
};

#define BLANKS_MAX 65536

void report_input_free(struct report_input **in)
{
	if (!in || !*in)
		return;
	report_free(&(*in)->report);
	report_json_free(&(*in)->json);
	buf_done(&(*in)->blanks);
	free_p(in);
}

int report_input_new(struct report_input **ret,
	const struct report_events *events, struct error *err)
{
	CLEANUP(report_input_free) struct report_input *in =
		calloc(1, sizeof(*in));
	int r;

	if (!in)
		return error_memory(err);
	buf_init(&in->blanks, BLANKS_MAX);
	r = report_new(&in->report, events, err);
	if (r < 0)
		return r;
	*ret = steal(&in);
	return 0;
}

static int feed_decoded(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	return report_feed(data, p, n, err);
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum report_form report_form_of(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_blank(p[i]))
		i++;
	return i == n ? REPORT_FORM_UNKNOWN :
		p[i] == '{' ? REPORT_FORM_JSON : REPORT_FORM_CSV;
}

/* Blanks wait for what comes behind them: the CSV counts its lines. */
static int decide_form(struct report_input *in, const unsigned char *p,
	size_t n, struct error *err)
{
	enum report_form form = report_form_of(p, n);

	if (form == REPORT_FORM_UNKNOWN) {
		buf_put(&in->blanks, p, n);
		return buf_check(&in->blanks, "the blank before the report",
			err);
	}
	in->decided = true;
	if (form == REPORT_FORM_JSON)
		return report_json_new(&in->json, feed_decoded, in->report,
			err);
	return report_feed(in->report, in->blanks.p, in->blanks.n, err);
}

int report_input_feed(struct report_input *in, const void *p, size_t n,
	struct error *err)
{
	int r = 0;

	if (!in->decided)
		r = decide_form(in, p, n, err);
	if (r < 0 || !in->decided)
		return r;
	if (in->json)
		return report_json_feed(in->json, p, n, err);
	return report_feed(in->report, p, n, err);
}

int report_input_finish(struct report_input *in, struct error *err)
{
	int r = 0;

	if (in->json)
		r = report_json_finish(in->json, err);
	return r < 0 ? r : report_finish(in->report, err);
}

bool report_input_generated(const struct report_input *in, time_t *ret)
{
	return in->json && report_json_generated(in->json, ret);
}

const struct report *report_input_report(const struct report_input *in)
{
	return in->report;
}
