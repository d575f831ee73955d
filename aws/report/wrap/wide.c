/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16, a unit at a time. */
#include "aws/report/wrap/wide.h"

#include "base/utf8.h"

#define MARK 0xfeffu

enum wide_order wide_order_of(const unsigned char p[2])
{
	if ((p[0] == 0xff && p[1] == 0xfe) || (p[0] && !p[1]))
		return WIDE_LITTLE;
	if ((p[0] == 0xfe && p[1] == 0xff) || (!p[0] && p[1]))
		return WIDE_BIG;
	return WIDE_NONE;
}

static int wide_malformed(const struct wide *w, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "the credential report's "
		"UTF-16, byte %llu: half of a character: save it as UTF-8",
		(unsigned long long)w->byte);
}

static void put_code_point(struct buf *b, uint32_t cp)
{
	char bytes[UTF8_LEN];

	buf_put(b, bytes, utf8_encode(cp, bytes));
}

static int take_unit(struct wide *w, uint32_t unit, struct buf *ret,
	struct error *err)
{
	bool is_high = unit >= 0xd800 && unit < 0xdc00;
	bool is_low = unit >= 0xdc00 && unit < 0xe000;
	bool is_mark = unit == MARK && !w->begun;

	w->begun = true;
	if (is_low != (w->high != 0))
		return wide_malformed(w, err);
	if (is_low)
		put_code_point(ret, 0x10000 + ((w->high & 0x3ff) << 10) +
			(unit & 0x3ff));
	else if (!is_high && !is_mark)
		put_code_point(ret, unit);
	w->high = is_high ? unit : 0;
	return 0;
}

int wide_feed(struct wide *w, const unsigned char *p, size_t n,
	struct buf *ret, struct error *err)
{
	uint32_t one, two;
	int r = 0;

	for (; n > 0 && r >= 0; p++, n--, w->byte++) {
		if (!w->has_half) {
			w->half = *p;
			w->has_half = true;
			continue;
		}
		w->has_half = false;
		one = w->order == WIDE_BIG ? w->half : *p;
		two = w->order == WIDE_BIG ? *p : w->half;
		r = take_unit(w, one << 8 | two, ret, err);
	}
	return r < 0 || !buf_failed(ret) ? r : error_memory(err);
}

int wide_finish(const struct wide *w, struct error *err)
{
	return w->has_half || w->high ? wide_malformed(w, err) : 0;
}
