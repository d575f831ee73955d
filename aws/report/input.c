/* SPDX-License-Identifier: Apache-2.0 */
/* A credential report from disk: CSV, or what the AWS command line wraps it in. */
#include "aws/report/input.h"

#include "aws/report/wrap/json.h"
#include "aws/report/wrap/text.h"
#include "aws/report/wrap/wide.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 65536 /* blanks and words before the form is known */
#define WORDS_MAX 256  /* of them, words */
#define WIDE_PIECE 65536

static const char BOM[] = "\xef\xbb\xbf";

struct report_input {
	struct wide wide;         /* of an order: all that comes is UTF-16 */
	struct report *report;    /* owned; NULL: only the time is wanted */
	struct report_json *json; /* owned; NULL: another form */
	struct report_text *text; /* owned; NULL: another form */
	bool decided;
	struct buf head;          /* what came before that */
};

void report_input_free(struct report_input **in)
{
	if (!in || !*in)
		return;
	report_free(&(*in)->report);
	report_json_free(&(*in)->json);
	report_text_free(&(*in)->text);
	buf_done(&(*in)->head);
	free_p(in);
}

int report_input_new(struct report_input **ret,
	const struct report_events *events, struct error *err)
{
	CLEANUP(report_input_free) struct report_input *in =
		calloc(1, sizeof(*in));
	int r = 0;

	if (!in)
		return error_memory(err);
	buf_init(&in->head, HEAD_MAX);
	if (events)
		r = report_new(&in->report, events, err);
	if (r < 0)
		return r;
	*ret = steal(&in);
	return 0;
}

static int feed_decoded(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	return data ? report_feed(data, p, n, err) : 0;
}

static bool input_is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * Words that may stand before base64 have no comma, and no bracket; the first
 * that is base64 for long enough decides.
 */
static enum report_form form_of_words(const unsigned char *p, size_t n)
{
	size_t i, run = 0;

	for (i = 0; i < n && i < WORDS_MAX; i++) {
		if (strchr(",<>[]", p[i]) || !p[i] || p[i] >= 0x80)
			return REPORT_FORM_CSV;
		run = report_text_is_base64(p[i]) ? run + 1 : 0;
		if (run == REPORT_TEXT_MIN)
			return REPORT_FORM_TEXT;
	}
	return i < WORDS_MAX ? REPORT_FORM_UNKNOWN : REPORT_FORM_CSV;
}

enum report_form report_form_of(const unsigned char *p, size_t n)
{
	size_t bom = strlen(BOM);

	if (n < 2 || (n < bom && memcmp(p, BOM, n) == 0))
		return REPORT_FORM_UNKNOWN;
	if (wide_order_of(p) != WIDE_NONE)
		return REPORT_FORM_WIDE;
	if (n >= bom && memcmp(p, BOM, bom) == 0)
		p += bom, n -= bom;
	while (n > 0 && input_is_blank(*p))
		p++, n--;
	if (n == 0)
		return REPORT_FORM_UNKNOWN;
	return *p == '{' || *p == '[' ? REPORT_FORM_JSON :
		form_of_words(p, n);
}

static int feed_form(struct report_input *in, const void *p, size_t n,
	struct error *err)
{
	if (in->json)
		return report_json_feed(in->json, p, n, err);
	if (in->text)
		return report_text_feed(in->text, p, n, err);
	return in->report ? report_feed(in->report, p, n, err) : 0;
}

static int begin_form(struct report_input *in, enum report_form form,
	struct error *err)
{
	const unsigned char *p = in->head.p;
	size_t n = in->head.n;
	int r = 0;

	in->decided = true;
	if (form == REPORT_FORM_WIDE) /* in UTF-16, once more: it is none */
		form = REPORT_FORM_CSV;
	if (form == REPORT_FORM_JSON)
		r = report_json_new(&in->json, feed_decoded, in->report, err);
	else if (form == REPORT_FORM_TEXT)
		r = report_text_new(&in->text, feed_decoded, in->report, err);
	if (r < 0)
		return r;
	/* the CSV counts its bytes and lines from the first one on */
	if (form != REPORT_FORM_CSV && n >= strlen(BOM) &&
		memcmp(p, BOM, strlen(BOM)) == 0)
		p += strlen(BOM), n -= strlen(BOM);
	return feed_form(in, p, n, err);
}

static int feed_narrow(struct report_input *in, const void *p, size_t n,
	struct error *err);

/* A piece of UTF-16, which as UTF-8 is of any form. */
static int feed_wide(struct report_input *in, const unsigned char *p, size_t n,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t k;
	int r = 0;

	buf_init(&b, 2 * WIDE_PIECE);
	for (; n > 0 && r >= 0; p += k, n -= k) {
		k = n < WIDE_PIECE ? n : WIDE_PIECE;
		buf_reset(&b);
		r = wide_feed(&in->wide, p, k, &b, err);
		if (r >= 0)
			r = feed_narrow(in, b.p, b.n, err);
	}
	return r;
}

static int begin_wide(struct report_input *in, struct error *err)
{
	CLEANUP(buf_done) struct buf head = in->head;

	buf_init(&in->head, HEAD_MAX);
	in->wide.order = wide_order_of(head.p);
	return feed_wide(in, head.p, head.n, err);
}

int report_input_feed(struct report_input *in, const void *p, size_t n,
	struct error *err)
{
	return in->wide.order == WIDE_NONE ? feed_narrow(in, p, n, err) :
		feed_wide(in, p, n, err);
}

static int feed_narrow(struct report_input *in, const void *p, size_t n,
	struct error *err)
{
	enum report_form form;
	size_t room = HEAD_MAX - in->head.n, k = n < room ? n : room;
	const unsigned char *rest;
	int r;

	if (in->decided)
		return feed_form(in, p, n, err);
	buf_put(&in->head, p, k);
	if (buf_failed(&in->head))
		return error_memory(err);
	form = report_form_of(in->head.p, in->head.n);
	if (form == REPORT_FORM_UNKNOWN && in->head.n == HEAD_MAX)
		form = REPORT_FORM_CSV;
	if (form == REPORT_FORM_UNKNOWN)
		return 0;
	rest = (const unsigned char *)p + k;
	if (form == REPORT_FORM_WIDE && in->wide.order == WIDE_NONE) {
		r = begin_wide(in, err);
		return r < 0 ? r : feed_wide(in, rest, n - k, err);
	}
	r = begin_form(in, form, err);
	return r < 0 || k == n ? r : feed_form(in, rest, n - k, err);
}

int report_input_finish(struct report_input *in, struct error *err)
{
	int r = 0;

	if (in->wide.order != WIDE_NONE)
		r = wide_finish(&in->wide, err);
	if (r >= 0 && !in->decided)
		r = begin_form(in, REPORT_FORM_CSV, err);
	if (r >= 0 && in->json)
		r = report_json_finish(in->json, err);
	if (r >= 0 && in->text)
		r = report_text_finish(in->text, err);
	return r < 0 || !in->report ? r : report_finish(in->report, err);
}

bool report_input_generated(const struct report_input *in, time_t *ret)
{
	return (in->json && report_json_generated(in->json, ret)) ||
		(in->text && report_text_generated(in->text, ret));
}

struct report *report_input_csv(struct report_input *in)
{
	return in->report;
}

const struct report *report_input_report(const struct report_input *in)
{
	return in->report;
}
