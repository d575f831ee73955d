/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Length-prefixed frames between our own processes over a socketpair: four
 * bytes of length (big endian), then the payload. Replies of a helper are
 * input like any other: bounded, checked, never trusted.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/buf.h"
#include "base/deadline.h"

#include <sys/types.h>

#define WIRE_MAX 65536 /* largest payload */

/* Sends one frame (MSG_NOSIGNAL: a dead peer is an error, not a signal). */
int wire_send(int fd, const void *p, size_t n, deadline_t until,
	struct error *err);
/*
 * Receives one frame into b (reset first). ERROR_TIMEOUT at the deadline,
 * ERROR_FAILED when the peer hung up or claims more than WIRE_MAX;
 * ERROR_INTERRUPTED when cancel_fd (or -1) becomes readable.
 */
int wire_receive(int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *err);

/* A cursor over received bytes; `failed` sticks. */
struct wire_reader {
	const unsigned char *p;
	size_t n;
	bool failed;
};

void wire_put_bytes(struct buf *b, const void *p, size_t n); /* u16 length */
void wire_put_str(struct buf *b, const char *s);
uint64_t wire_get_be(struct wire_reader *r, size_t bytes);
/* A byte that is 0 or 1. */
bool wire_get_flag(struct wire_reader *r);
/* Points into the frame; NULL and n = 0 after a failure. */
const unsigned char *wire_get_bytes(struct wire_reader *r, size_t *ret_n);
/* Copies a string of less than `size` bytes without NUL inside. */
void wire_get_str(struct wire_reader *r, char *ret, size_t size);
/* All consumed and nothing failed. */
bool wire_done(const struct wire_reader *r);

#endif
