/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 (RFC 3629), and the one rule of which characters a line of text may
 * have.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the well-formed UTF-8 sequence (RFC 3629) at p, its code point in
 * *ret; 0 where the n bytes, at least one, begin with none.
 */
size_t utf8_next(const char *p, size_t n, uint32_t *ret);

#define UTF8_LEN 4 /* bytes of a code point, at most */

/*
 * The bytes of a code point into ret; how many. 0 for what is none: halves of a
 * pair of UTF-16, and what is above U+10FFFF.
 */
size_t utf8_encode(uint32_t cp, char ret[UTF8_LEN]);

/*
 * Whether n bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong
 * forms) without control characters (C0, DEL, C1, U+2028/9), without marks of
 * direction, which make a line read as another one, and without characters of
 * no width, which make two names look like one.
 */
bool utf8_is_clean(const char *p, size_t n);

/* In place: bytes that utf8_is_clean refuses become '?'. */
void utf8_sanitise(char *s);

#endif
