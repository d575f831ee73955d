/* SPDX-License-Identifier: Apache-2.0 */
/* A growing, bounded, wiped byte buffer. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void buf_done(struct buf *b)
{
	wipe(b->p, b->size);
	free(b->p);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	wipe(b->p, b->n);
	b->n = 0;
	b->failed = false;
}

/* Room for n more bytes and a NUL. A new block, so that the old is wiped. */
static bool buf_reserve(struct buf *b, size_t n)
{
	unsigned char *p;
	size_t want, size;

	if (b->failed)
		return false;
	if (n > b->max || b->n > b->max - n) {
		b->failed = true;
		return false;
	}
	want = b->n + n + 1;
	if (want <= b->size)
		return true;
	size = b->size * 2 > want ? b->size * 2 : want;
	if (size < 64)
		size = 64;
	p = malloc(size);
	if (!p) {
		b->failed = true;
		return false;
	}
	if (b->n)
		memcpy(p, b->p, b->n);
	wipe(b->p, b->size);
	free(b->p);
	b->p = p;
	b->size = size;
	return true;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	if (!buf_reserve(b, n) || n == 0)
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_put_byte(struct buf *b, unsigned char byte)
{
	buf_put(b, &byte, 1);
}

void buf_put_be(struct buf *b, uint64_t v, size_t bytes)
{
	while (bytes-- > 0)
		buf_put_byte(b, (unsigned char)(v >> (8 * bytes)));
}

void buf_put_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

const char *buf_str(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

char *buf_steal(struct buf *b)
{
	char *s;

	if (!buf_reserve(b, 0))
		return NULL;
	b->p[b->n] = '\0';
	s = (char *)b->p;
	b->p = NULL;
	buf_init(b, b->max);
	return s;
}

int buf_check(const struct buf *b, const char *what, struct error *err)
{
	if (!b->failed)
		return 0;
	return error_set(err, ERROR_FAILED, "%s is larger than %zu bytes", what,
		b->max);
}
