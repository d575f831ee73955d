/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash chain: each event's hash covers its bytes and the hash before it,
 * so that no event can be changed, left out or moved without all later hashes
 * changing.
 *
 *   hash(0) = SHA-256(32 zero bytes || event 0)
 *   hash(n) = SHA-256(hash(n - 1)   || event n)
 */
#ifndef BRIDGE_HASH_CHAIN_H
#define BRIDGE_HASH_CHAIN_H

#include "base/id.h"
#include "base/thread.h"

/* SHA-256 of p; evidence is named by it. */
int chain_digest(const void *p, size_t n, unsigned char ret[SHA256_LEN],
	struct error *err);

/*
 * The hash of an event behind `previous` (NULL: there is none, zeros). `ret`
 * may be `previous` itself.
 */
int chain_next(const unsigned char previous[SHA256_LEN], const void *event,
	size_t n, unsigned char ret[SHA256_LEN], struct error *err);

/*
 * Has libcrypto read its settings and set up SHA-256 beside the caller, for which
 * the first hash would wait: for who has something else to do first. What
 * libcrypto holds is left to the end of the process.
 */
void chain_prepare(void);

/* The same for who forks later, with no lock of libcrypto's held: by the end of
 * chain_prepare_end it is done. Where no thread can be had nothing is. */
struct chain_preparing {
	pthread_t thread;
	bool runs;
};
void chain_prepare_begin(struct chain_preparing *ret);
void chain_prepare_end(struct chain_preparing *p);

#endif
