/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings: bytes come back, and text that is taken has one form only. */
#include "base/encode.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void base64(const uint8_t *p, size_t n, enum base64_form form)
{
	unsigned char *out = malloc(n / 4 * 3 + 3);
	struct buf b;
	ssize_t r;

	buf_init(&b, 2 * n + 8);
	base64_encode(&b, form, p, n);
	r = base64_decode(form, buf_str(&b), b.n, b.p, b.n);
	if (n && (r != (ssize_t)n || memcmp(b.p, p, n) != 0))
		abort();
	r = base64_decode(form, (const char *)p, n, out, n / 4 * 3 + 3);
	if (r >= 0) {
		buf_reset(&b);
		base64_encode(&b, form, out, (size_t)r);
		if (b.n != n || (n && memcmp(b.p, p, n) != 0))
			abort();
	}
	buf_done(&b);
	free(out);
}

static void hex(const uint8_t *p, size_t n)
{
	char *text = malloc(HEX_LEN(n));
	unsigned char *out = malloc(n + 1);

	hex_encode(p, n, text);
	if (hex_decode(text, 2 * n, out, n) != (ssize_t)n ||
		memcmp(out, p, n) != 0)
		abort();
	(void)hex_decode((const char *)p, n, out, n / 2);
	(void)base32_decode((const char *)p, n, out, n * 5 / 8);
	free(out);
	free(text);
}

static void texts(const uint8_t *p, size_t n)
{
	char *s = strndup((const char *)p, n), when[TEXT_TIME_LEN];
	size_t len = strlen(s);
	uint64_t v;
	time_t t, again;

	(void)text_parse_u64(s, 1000, &v);
	(void)text_parse_http_date(s, &t);
	if (text_parse_time((const char *)p, n, &t) == 0 && t >= 0 &&
		t < 253402300800) {
		text_format_time(t, when);
		if (text_parse_time(when, strlen(when), &again) < 0 ||
			again != t)
			abort();
	}
	utf8_sanitise(s);
	if (!utf8_is_clean(s, strlen(s)) || strlen(s) != len)
		abort();
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	base64(p, n, BASE64_STD);
	base64(p, n, BASE64_URL);
	hex(p, n);
	texts(p, n);
	return 0;
}
