/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBOR as tokens send it, through libcbor, with the limits that libcbor lacks:
 * it allocates what a length claims before it has seen the bytes.
 */
#ifndef TOKEN_ATTEST_CBOR_H
#define TOKEN_ATTEST_CBOR_H

#include "base/buf.h"

#include <cbor.h>

#define CBOR_DEPTH_MAX 8
#define CBOR_BYTES_MAX 65536

/*
 * Length in bytes of the first data item: definite lengths only, nesting of at
 * most CBOR_DEPTH_MAX, no count larger than the bytes behind it. 0 where the
 * bytes are no such item. Pure.
 */
size_t tcbor_item_length(const unsigned char *p, size_t n);

/*
 * Loads exactly one item that fills all n bytes; ERROR_MALFORMED names the
 * byte. CLEANUP(tcbor_done).
 */
int tcbor_load(const unsigned char *p, size_t n, cbor_item_t **ret,
	struct error *err);
void tcbor_done(cbor_item_t **item);

/*
 * The value of a key of a map; NULL where item is no map or has no such key.
 * Borrowed from the map.
 */
cbor_item_t *tcbor_get(cbor_item_t *map, const char *key);
cbor_item_t *tcbor_get_int(cbor_item_t *map, int64_t key);

/* Borrowed bytes of a byte string; NULL for any other item. */
const unsigned char *tcbor_bytes(cbor_item_t *item, size_t *ret_n);
/* Copies a text string of less than size bytes without NUL; -1 otherwise. */
int tcbor_text(cbor_item_t *item, char *ret, size_t size);
/* An integer; -1 where item is none or does not fit. */
int tcbor_int(cbor_item_t *item, int64_t *ret);

/* Heads for writing canonical CBOR (RFC 8949 section 4.2.1). */
enum tcbor_major {
	TCBOR_BYTES = 2,
	TCBOR_TEXT = 3,
	TCBOR_MAP = 5,
};
void tcbor_put_head(struct buf *b, enum tcbor_major major, size_t n);
void tcbor_put_text(struct buf *b, const char *s);
void tcbor_put_bytes(struct buf *b, const void *p, size_t n);

#endif
