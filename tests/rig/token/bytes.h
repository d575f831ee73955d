/* Byte strings: appending to a GByteArray, big-endian numbers, hex. */
#ifndef TOKEN_BYTES_H
#define TOKEN_BYTES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void put(GByteArray *b, const void *p, size_t n);
void put8(GByteArray *b, unsigned v);
void put16(GByteArray *b, unsigned v);
void put32(GByteArray *b, uint32_t v);
/* tag, one-byte length (or 81/82 forms), value */
void put_tlv(GByteArray *b, unsigned tag, const void *p, size_t n);

unsigned get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);

/* returns lower-case hex; the caller frees with g_free */
char *hex_from(const void *p, size_t n);
/* exactly n bytes from hex, dashes skipped; false leaves ret undefined */
bool hex_to(const char *s, void *ret, size_t n);
/* any number of bytes; NULL when it is not hex; caller unrefs */
GByteArray *hex_bytes(const char *s);

#endif
