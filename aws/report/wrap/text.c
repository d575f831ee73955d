/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as text: words with blanks between them, of which one is base64
 * and the others say when and what. A line that is nothing but base64 goes on
 * with the one above.
 */
#include "aws/report/wrap/text.h"

#include "aws/report/wrap/base64-stream.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 16384 /* characters decoded at once */

struct report_text {
	report_json_fn fn;
	void *data;
	uint64_t byte;        /* offset of the piece */
	bool in_content;      /* a word of base64 is under way */
	bool continues;       /* the line above was base64 */
	bool line_start;      /* no word of this line came before */
	bool word_at_start;   /* the word under way is the first of its line */
	bool word_is_base64;
	char word[REPORT_TEXT_MIN + 1];
	size_t word_n;
	bool word_long;       /* it is longer than that, and no base64 */
	struct base64_stream base64;
	unsigned contents;    /* reports begun */
	unsigned times;
	time_t time;          /* the oldest */
};

int report_text_new(struct report_text **ret, report_json_fn fn, void *data,
	struct error *err)
{
	struct report_text *t = calloc(1, sizeof(*t));

	if (!t)
		return error_memory(err);
	t->fn = fn;
	t->data = data;
	t->line_start = true;
	t->word_is_base64 = true;
	base64_stream_init(&t->base64);
	*ret = t;
	return 0;
}

void report_text_free(struct report_text **t)
{
	if (t)
		free_p(t);
}

bool report_text_generated(const struct report_text *t, time_t *ret)
{
	if (t->times == 0 || t->times < t->contents)
		return false;
	*ret = t->time;
	return true;
}

bool report_text_is_base64(unsigned char c)
{
	return isascii(c) && (isalnum(c) || c == '+' || c == '/' || c == '=');
}

/* Offsets are those of the whole input. */
static int text_malformed(uint64_t at, const char *what, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the credential report's base64, byte %llu: %s",
		(unsigned long long)at, what);
}

static int decode(struct report_text *t, const char *p, size_t n, uint64_t at,
	struct error *err)
{
	unsigned char out[BASE64_STREAM_ROOM(PIECE)];
	size_t k, room, bad;
	int r = 0;

	for (; n > 0 && r >= 0; p += k, n -= k, at += k) {
		k = n < PIECE ? n : PIECE;
		if (base64_stream_feed(&t->base64, p, k, out, &room, &bad) < 0)
			return text_malformed(at + bad, "it is none", err);
		r = t->fn(t->data, out, room, err);
	}
	return r;
}

/*
 * The word, which so far ends before `end`, becomes base64: of a new report, or
 * of the one above.
 */
static int begin_content(struct report_text *t, uint64_t end,
	struct error *err)
{
	bool goes_on = t->continues && t->word_at_start && !t->base64.ended;
	int r = 0;

	if (!goes_on) {
		if (t->contents > 0 && !base64_stream_complete(&t->base64))
			return text_malformed(end, "it is cut off", err);
		base64_stream_init(&t->base64);
		/* of the one before the last line has no end of its own */
		if (t->contents++ > 0)
			r = t->fn(t->data, (const unsigned char *)"\n", 1, err);
	}
	if (r < 0)
		return r;
	t->in_content = true;
	return decode(t, t->word, t->word_n, end - t->word_n, err);
}

static void take_time(struct report_text *t)
{
	time_t when;

	if (t->word_long || text_parse_time(t->word, t->word_n, &when) < 0)
		return;
	if (t->times == 0 || when < t->time)
		t->time = when;
	t->times++;
}

/* A blank or a quote behind a word. */
static int end_word(struct report_text *t, uint64_t at, struct error *err)
{
	int r = 0;

	if (t->in_content) {
		t->continues = true;
	} else if (t->word_n > 0) {
		t->word[t->word_n] = '\0';
		/* the last line of what was wrapped is short */
		if (t->word_is_base64 && t->word_at_start && t->continues &&
			!t->base64.ended)
			r = begin_content(t, at, err);
		else
			take_time(t);
		t->continues = t->in_content;
	}
	t->in_content = false;
	t->word_n = 0;
	t->word_long = false;
	t->word_is_base64 = true;
	return r;
}

static int take_byte(struct report_text *t, char c, uint64_t at,
	struct error *err)
{
	bool is_newline = c == '\n' || c == '\r';

	if (is_newline || strchr(" \t\"'", c)) {
		int r = end_word(t, at, err);

		if (is_newline)
			t->line_start = true;
		return r;
	}
	if (t->word_n == 0)
		t->word_at_start = t->line_start;
	t->line_start = false;
	t->word_is_base64 &= report_text_is_base64((unsigned char)c);
	if (t->word_n == REPORT_TEXT_MIN)
		t->word_long = true;
	else
		t->word[t->word_n++] = c;
	return t->word_is_base64 && t->word_n == REPORT_TEXT_MIN ?
		begin_content(t, at + 1, err) : 0;
}

/* How many bytes from p on are of the same word. */
static size_t word_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && !memchr(" \t\r\n\"'", p[i], 6))
		i++;
	return i;
}

int report_text_feed(struct report_text *t, const void *bytes, size_t n,
	struct error *err)
{
	const char *p = bytes;
	size_t i, run;
	int r = 0;

	for (i = 0; i < n && r >= 0; i += run) {
		run = t->in_content ? word_run(p + i, n - i) : 0;
		if (run > 0) {
			r = decode(t, p + i, run, t->byte + i, err);
		} else {
			run = 1;
			r = p[i] ? take_byte(t, p[i], t->byte + i, err) :
				text_malformed(t->byte + i, "a NUL byte", err);
		}
	}
	t->byte += n;
	return r;
}

int report_text_finish(struct report_text *t, struct error *err)
{
	int r = end_word(t, t->byte, err);

	if (r < 0)
		return r;
	if (!base64_stream_complete(&t->base64))
		return text_malformed(t->byte, "it is cut off", err);
	return 0;
}
