/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one type for secrets: PINs, seeds, AWS secret keys. Pages of its own,
 * locked into memory where the limit allows, left out of core files and of
 * children, wiped before they are unmapped.
 *
 * Whoever receives a secret wipes it (secret_done).
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/error.h"

struct secret {
	unsigned char *p; /* owned; NULL while empty */
	size_t n;         /* bytes in use */
	size_t size;      /* bytes mapped */
};

#define SECRET_INIT { NULL, 0, 0 }

/* Maps room for n bytes, all zero, and sets ->n to n. n is at most 1 MiB. */
int secret_new(struct secret *ret, size_t n, struct error *err);
/* As secret_new, with a copy of p. */
int secret_set(struct secret *ret, const void *p, size_t n, struct error *err);
/* Wipes and unmaps. */
void secret_done(struct secret *s);
/* Hands over: *to must be empty. */
void secret_move(struct secret *to, struct secret *from);

/*
 * The bytes with a NUL behind them (room for it is always mapped), for C
 * functions that take a string. Valid until secret_done.
 */
const char *secret_str(const struct secret *s);

#endif
