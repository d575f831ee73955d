/* SPDX-License-Identifier: Apache-2.0 */
/* Hex, base64, base32, constant-time comparison. */
#include "base/encode.h"

#include <string.h>

void hex_encode(const void *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;
	size_t i;

	for (i = 0; i < n; i++) {
		ret[2 * i] = digits[b[i] >> 4];
		ret[2 * i + 1] = digits[b[i] & 15];
	}
	ret[2 * n] = '\0';
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

ssize_t hex_decode(const char *s, size_t n, void *ret, size_t max)
{
	unsigned char *out = ret;
	size_t i;

	if (n % 2 || n / 2 > max)
		return -1;
	for (i = 0; i < n; i++)
		if (hex_digit(s[i]) < 0)
			return -1;
	for (i = 0; i < n / 2; i++)
		out[i] = (unsigned char)(hex_digit(s[2 * i]) << 4 |
			hex_digit(s[2 * i + 1]));
	return (ssize_t)(n / 2);
}

static const char *const base64_alphabets[] = {
	[BASE64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789+/",
	[BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789-_",
};

void base64_encode(struct buf *b, enum base64_form form, const void *p,
	size_t n)
{
	const char *abc = base64_alphabets[form];
	const unsigned char *in = p;
	char out[4];
	size_t i, k;

	for (i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;

		k = n - i >= 3 ? 3 : n - i;
		if (k > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (k > 2)
			v |= in[i + 2];
		out[0] = abc[v >> 18];
		out[1] = abc[v >> 12 & 63];
		out[2] = k > 1 ? abc[v >> 6 & 63] : '=';
		out[3] = k > 2 ? abc[v & 63] : '=';
		buf_put(b, out, form == BASE64_URL ? k + 1 : 4);
	}
	wipe(out, sizeof(out));
}

/* What each byte stands for; -1 for what is not in the alphabet. */
static void base64_values(enum base64_form form, signed char ret[256])
{
	int i;

	memset(ret, -1, 256);
	for (i = 0; i < 64; i++)
		ret[(unsigned char)base64_alphabets[form][i]] = (signed char)i;
}

ssize_t base64_decode(enum base64_form form, const char *s, size_t n,
	void *ret, size_t max)
{
	unsigned char *out = ret;
	signed char values[256];
	uint32_t acc = 0;
	size_t i, o = 0, bits = 0;

	if (form == BASE64_STD) {
		if (n % 4)
			return -1;
		if (n && s[n - 1] == '=')
			n -= s[n - 2] == '=' ? 2 : 1;
	}
	if (n % 4 == 1 || n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0) > max)
		return -1;
	base64_values(form, values);
	for (i = 0; i < n; i++)
		if (values[(unsigned char)s[i]] < 0)
			return -1;
	for (i = 0; i < n; i++) {
		acc = acc << 6 | (unsigned char)values[(unsigned char)s[i]];
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[o++] = (unsigned char)(acc >> bits);
		}
	}
	if (acc & ((1u << bits) - 1))
		return -1;
	return (ssize_t)o;
}

ssize_t base32_decode(const char *s, size_t n, void *ret, size_t max)
{
	unsigned char *out = ret;
	uint32_t acc = 0;
	size_t i, o = 0, bits = 0;

	if (n * 5 / 8 > max || n * 5 % 8 >= 5)
		return -1;
	for (i = 0; i < n; i++)
		if (!((s[i] >= 'A' && s[i] <= 'Z') ||
			    (s[i] >= '2' && s[i] <= '7')))
			return -1;
	for (i = 0; i < n; i++) {
		acc = acc << 5 |
			(uint32_t)(s[i] >= 'A' ? s[i] - 'A' : s[i] - '2' + 26);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			out[o++] = (unsigned char)(acc >> bits);
		}
	}
	if (acc & ((1u << bits) - 1))
		return -1;
	return (ssize_t)o;
}

void base32_encode(const void *p, size_t n, char *ret)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const unsigned char *in = p;
	uint64_t five;
	size_t i, k;

	for (i = 0; i + 5 <= n; i += 5) {
		for (five = 0, k = 0; k < 5; k++)
			five = five << 8 | in[i + k];
		for (k = 0; k < 8; k++)
			*ret++ = letters[five >> (35 - 5 * k) & 31];
	}
	*ret = '\0';
}

bool bytes_equal(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;
	unsigned char diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}
