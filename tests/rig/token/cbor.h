/*
 * CTAP2 canonical CBOR (CTAP 2.1 section 8): a strict reader and a writer.
 * Own code on purpose: the programs under test use libcbor, so a mistake in
 * one of the two shows.
 */
#ifndef TOKEN_CBOR_H
#define TOKEN_CBOR_H

#include "bytes.h"

enum cbor_major {
	CBOR_UINT, CBOR_NEGINT, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP,
	CBOR_TAG, CBOR_SIMPLE
};

/* One item. n: value, -1-n for NEGINT, length, or number of members. */
struct cbor {
	enum cbor_major major;
	uint64_t n;
	const uint8_t *s;	/* string bytes, or the first member */
	const uint8_t *raw;	/* the whole item */
	size_t rawlen;
};

/* Exactly one canonical item of at most four levels; false otherwise. */
bool cbor_read(const uint8_t *p, size_t n, struct cbor *ret);

/* Member i of an array that cbor_read() accepted. */
bool cbor_at(const struct cbor *array, uint64_t i, struct cbor *ret);
/* Member of a map by key; false when absent. */
bool cbor_int_key(const struct cbor *map, int64_t key, struct cbor *ret);
bool cbor_text_key(const struct cbor *map, const char *key, struct cbor *ret);
bool cbor_is_text(const struct cbor *c, const char *text);
bool cbor_is_bool(const struct cbor *c);
bool cbor_is_true(const struct cbor *c);
int64_t cbor_number(const struct cbor *c);

void cbor_put_int(GByteArray *b, int64_t v);
void cbor_put_bytes(GByteArray *b, const void *p, size_t n);
void cbor_put_text(GByteArray *b, const char *s);
void cbor_put_array(GByteArray *b, size_t n);
/* keys follow in canonical order: the writer of the map sees to it */
void cbor_put_map(GByteArray *b, size_t n);
void cbor_put_bool(GByteArray *b, bool v);

#endif
