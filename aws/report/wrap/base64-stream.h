/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648 section 4) that arrives in pieces. Strict: no blanks,
 * padding exactly as the form demands, unused bits zero.
 */
#ifndef AWS_REPORT_WRAP_BASE64_STREAM_H
#define AWS_REPORT_WRAP_BASE64_STREAM_H

#include <stdbool.h>
#include <stddef.h>

struct base64_stream {
	unsigned char held[4]; /* characters of an unfinished group */
	size_t count;
	bool ended;            /* padding was seen */
};

/* Bytes that n characters can decode to at most, with those held. */
#define BASE64_STREAM_ROOM(n) (((n) + 3) / 4 * 3)

void base64_stream_init(struct base64_stream *s);
/*
 * Decodes n characters into ret (BASE64_STREAM_ROOM(n) bytes), *ret_n bytes of
 * it. -1 and the offset of the first bad character in *ret_bad.
 */
int base64_stream_feed(struct base64_stream *s, const char *p, size_t n,
	unsigned char *ret, size_t *ret_n, size_t *ret_bad);
/* False where the text was cut off inside a group. */
bool base64_stream_complete(const struct base64_stream *s);

#endif
