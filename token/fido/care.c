/* SPDX-License-Identifier: Apache-2.0 */
/* Care of a token. */
#include "token/fido/care.h"

#include "base/random.h"
#include "base/text.h"
#include "token/fido/private.h"

#include <fido/config.h>
#include <string.h>

/* Blocks of Unicode whose characters combine with the one before them. */
static const struct {
	uint32_t first, last;
} combining[] = {
	{ 0x0300, 0x036f }, /* diacritical marks */
	{ 0x1100, 0x11ff }, /* Hangul, letter by letter */
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0x3099, 0x309a }, /* kana's sound marks */
	{ 0xfe20, 0xfe2f },
};

static bool is_combining(uint32_t cp)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(combining); i++)
		if (cp >= combining[i].first && cp <= combining[i].last)
			return true;
	return false;
}

/* Code points of clean text; -1 where one combines. */
static int64_t count_code_points(const char *p, size_t n)
{
	int64_t points = 0;
	uint32_t cp;
	size_t len;

	for (; n > 0; p += len, n -= len, points++) {
		len = utf8_next(p, n, &cp);
		if (is_combining(cp))
			return -1;
	}
	return points;
}

int care_check_pin(const char *p, size_t n, uint64_t least, struct error *err)
{
	int64_t points;

	if (least < CARE_PIN_MIN)
		least = CARE_PIN_MIN;
	if (n > CARE_PIN_MAX)
		return error_set(err, ERROR_PIN,
			"the new PIN is longer than %d bytes", CARE_PIN_MAX);
	if (!utf8_is_clean(p, n))
		return error_set(err, ERROR_PIN,
			"the new PIN holds a control character or is not "
			"UTF-8");
	points = count_code_points(p, n);
	if (points < 0)
		return error_set(err, ERROR_PIN,
			"the new PIN holds a combining character, which "
			"another program may send in another form: type the "
			"letter with its mark as one character");
	if ((uint64_t)points < least)
		return error_set(err, ERROR_PIN,
			"the new PIN is shorter than %llu characters, the "
			"least that the token takes",
				(unsigned long long)least);
	return 0;
}

int care_set_pin(struct fido *f, const struct secret *old,
	const struct secret *pin, struct error *err)
{
	const char *what = old ? "changing the PIN" : "setting a PIN";
	int r;

	fido_begin(f);
	r = fido_dev_set_pin(fido_dev_of(f), secret_str(pin),
		old ? secret_str(old) : NULL);
	if (r == FIDO_ERR_PIN_POLICY_VIOLATION)
		return error_set(err, ERROR_PIN,
			"%s: the token's own policy does not take the new "
			"PIN: too short, too simple, or used before", what);
	return r == FIDO_OK ? 0 : fido_failed(f, r, what, err);
}

/* ---- a PIN that nobody thought of ---- */

#define DIFFERENT_MIN 4

static unsigned different(const char *p, size_t n)
{
	unsigned found = 0, i;

	for (i = 0; i < 10; i++)
		found += memchr(p, '0' + (int)i, n) != NULL;
	return found;
}

/* Each is the one before and `step`, of ten. */
static bool is_row(const char *p, size_t n, int step)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (p[i] - '0' != (p[i - 1] - '0' + step) % 10)
			return false;
	return true;
}

static bool repeats(const char *p, size_t n)
{
	size_t piece;

	for (piece = 1; piece <= n / 2; piece++)
		if (memcmp(p, p + piece, n - piece) == 0)
			return true;
	return false;
}

static bool is_mirrored(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n / 2; i++)
		if (p[i] != p[n - 1 - i])
			return false;
	return true;
}

bool care_is_trivial(const char *p, size_t n)
{
	return different(p, n) < DIFFERENT_MIN || is_row(p, n, 1) ||
		is_row(p, n, 9) || repeats(p, n) || is_mirrored(p, n);
}

/* A byte below 250 is each digit as often. */
static int random_digit(unsigned char *ret, struct error *err)
{
	unsigned char byte;
	int r;

	do {
		r = random_bytes(&byte, 1, err);
		if (r < 0)
			return r;
	} while (byte >= 250);
	*ret = (unsigned char)('0' + byte % 10);
	wipe(&byte, 1);
	return 0;
}

int care_random_pin(size_t n, struct secret *ret, struct error *err)
{
	struct secret pin = SECRET_INIT;
	size_t i;
	int r;

	if (n < CARE_RANDOM_MIN || n > CARE_PIN_MAX)
		return error_set(err, ERROR_USAGE,
			"an initial PIN has %d to %d digits", CARE_RANDOM_MIN,
			CARE_PIN_MAX);
	r = secret_new(&pin, n, err);
	do {
		for (i = 0; r == 0 && i < n; i++)
			r = random_digit(&pin.p[i], err);
	} while (r == 0 && care_is_trivial((const char *)pin.p, n));
	if (r < 0)
		secret_done(&pin);
	else
		secret_move(ret, &pin);
	return r;
}

/* ---- the holder's own PIN ---- */

bool care_can_force_change(const struct fido_info *info)
{
	return info->config == FIDO_ON && info->min_pin_settable == FIDO_ON;
}

int care_force_change(struct fido *f, const struct secret *pin,
	struct error *err)
{
	int r;

	if (!care_can_force_change(fido_info(f)))
		return error_set(err, ERROR_UNSUPPORTED,
			"this token cannot be told to want another PIN");
	fido_begin(f);
	r = fido_dev_force_pin_change(fido_dev_of(f), secret_str(pin));
	return r == FIDO_OK ? 0 : fido_failed(f, r,
		"ordering another PIN", err);
}

int care_reset(struct fido *f, struct error *err)
{
	int r;

	fido_begin(f);
	r = fido_dev_reset(fido_dev_of(f));
	if (r == FIDO_ERR_NOT_ALLOWED)
		return error_set(err, ERROR_TIMEOUT,
			"too late: the token takes a reset only within 10 s "
			"of being plugged in; nothing was erased: start again");
	return r == FIDO_OK ? 0 : fido_failed(f, r, "resetting", err);
}

int care_wink(struct fido *f, struct error *err)
{
	return hid_wink(fido_hid_of(f), err);
}
