/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex, base64 (RFC 4648 sections 4 and 5) and base32 (section 6), and a
 * comparison whose time does not depend on the bytes.
 *
 * Decoders are strict: one alphabet, no white space, padding exactly as the
 * form demands, unused bits zero. They return the number of bytes, or -1 and
 * leave the output as it was not.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/buf.h"

#include <sys/types.h>

#define HEX_LEN(n) (2 * (n) + 1)

enum base64_form {
	BASE64_STD, /* + and /, padded */
	BASE64_URL, /* - and _, without padding (JOSE, WebAuthn) */
};

/* Value of a hex digit in either case; -1: it is none. */
int hex_digit(char c);
/* Lower-case hex with a NUL. */
void hex_encode(const void *p, size_t n, char *ret);
/* Either case; at most max bytes. */
ssize_t hex_decode(const char *s, size_t n, void *ret, size_t max);

void base64_encode(struct buf *b, enum base64_form form, const void *p,
	size_t n);
/* Decoded size is at most n / 4 * 3 + 3; ret may be the input itself. */
ssize_t base64_decode(enum base64_form form, const char *s, size_t n,
	void *ret, size_t max);

/* Upper case, no padding wanted or accepted (AWS seeds are 64 characters). */
ssize_t base32_decode(const char *s, size_t n, void *ret, size_t max);

/* The same way back, with a NUL: n is a multiple of 5, and ret has room for
 * BASE32_LEN(n). */
#define BASE32_LEN(n) ((n) / 5 * 8 + 1)
void base32_encode(const void *p, size_t n, char *ret);

/* Constant time in the bytes; both are n long. */
bool bytes_equal(const void *a, const void *b, size_t n);

#endif
