/* SPDX-License-Identifier: Apache-2.0 */
/* TOTP codes. */
#include "token/card/totp.h"

#include "base/encode.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define PERIOD_DIGITS 5

void totp_challenge(uint64_t step, unsigned char ret[8])
{
	int i;

	for (i = 7; i >= 0; i--, step >>= 8)
		ret[i] = (unsigned char)step;
}

int totp_random_challenge(unsigned char ret[8])
{
	return RAND_bytes(ret, 8) == 1 ? 0 : -1;
}

unsigned totp_period(const char *name)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < PERIOD_DIGITS && name[i] >= '0' && name[i] <= '9'; i++)
		n = 10 * n + (unsigned)(name[i] - '0');
	return n > 0 && name[i] == '/' ? n : TOTP_PERIOD;
}

uint64_t totp_step(time_t t)
{
	return (uint64_t)t / TOTP_PERIOD;
}

int totp_hmac(const struct secret *key, const unsigned char challenge[8],
	unsigned char ret[20])
{
	unsigned n = 0;

	if (!HMAC(EVP_sha1(), key->p, (int)key->n, challenge, 8, ret, &n))
		return -1;
	return n == 20 ? 0 : -1;
}

uint32_t totp_truncate(const unsigned char hmac[20])
{
	const unsigned char *p = hmac + (hmac[19] & 15);

	return (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];
}

void totp_format(uint32_t truncated, unsigned digits,
	char ret[TOTP_DIGITS_MAX + 1])
{
	uint32_t v = truncated;
	unsigned i;

	ret[digits] = '\0';
	for (i = digits; i > 0; i--, v /= 10)
		ret[i - 1] = (char)('0' + v % 10);
}

int totp_code(const struct secret *key, uint64_t step,
	char ret[TOTP_CODE_LEN])
{
	unsigned char challenge[8], hmac[20];
	char code[TOTP_DIGITS_MAX + 1];

	totp_challenge(step, challenge);
	if (totp_hmac(key, challenge, hmac) < 0)
		return -1;
	totp_format(totp_truncate(hmac), TOTP_CODE_LEN - 1, code);
	memcpy(ret, code, TOTP_CODE_LEN);
	wipe(code, sizeof(code));
	wipe(hmac, sizeof(hmac));
	return 0;
}

static bool is_code_of(const struct secret *key, uint64_t step,
	const char *code)
{
	char is[TOTP_CODE_LEN];
	bool same = totp_code(key, step, is) == 0 &&
		strlen(code) == TOTP_CODE_LEN - 1 &&
		bytes_equal(is, code, TOTP_CODE_LEN - 1);

	wipe(is, sizeof(is));
	return same;
}

/* Nearest first: 0, -1, +1, -2 ... of the last code. */
bool totp_find(const struct secret *key, uint64_t step, unsigned window,
	const char *first, const char *second, int *ret_off)
{
	unsigned i;

	for (i = 0; i <= 2 * window; i++) {
		int off = i % 2 ? -(int)(i / 2 + 1) : (int)(i / 2);
		uint64_t at = step + (uint64_t)(int64_t)off;

		if (second ? !is_code_of(key, at - 1, first) ||
			!is_code_of(key, at, second) :
			!is_code_of(key, at, first))
			continue;
		*ret_off = off;
		return true;
	}
	return false;
}
