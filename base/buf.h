/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer that is told its largest size at birth and is wiped
 * whenever memory of it goes back to the heap.
 *
 * The first failure (no memory, too large) sticks: later calls do nothing and
 * buf_failed() says so, so that a writer checks once at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/error.h"

#include <stdint.h>

struct buf {
	unsigned char *p; /* owned; NULL while empty */
	size_t n;
	size_t size; /* allocated */
	size_t max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
/* Wipes and frees; the buffer can be used again with the same maximum. */
void buf_done(struct buf *b);
/* Wipes, keeps the memory. Clears a failure. */
void buf_reset(struct buf *b);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_byte(struct buf *b, unsigned char byte);
void buf_put_be(struct buf *b, uint64_t v, size_t bytes);
void buf_put_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

/* The contents with a NUL behind them that does not count; "" when empty. */
const char *buf_str(struct buf *b);

/* Hands over the contents, NUL behind them; the buffer is empty afterwards. */
char *buf_steal(struct buf *b);

/* ERROR_FAILED with "`what` is larger than N bytes" where a put failed. */
int buf_check(const struct buf *b, const char *what, struct error *err);

#endif
