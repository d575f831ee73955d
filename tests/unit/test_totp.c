/* SPDX-License-Identifier: Apache-2.0 */
/* TOTP against RFC 6238 appendix B (its last six digits) and RFC 4226. */
#include "token/card/totp.h"

#include "tests/unit/unit.h"

#define SEED "12345678901234567890"

static void codes_are_those_of_rfc_6238(void **state)
{
	static const struct {
		time_t t;
		const char *code;
	} rows[] = {
		{ 59, "287082" }, { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { 20000000000, "353130" },
	};
	struct secret key = SECRET_INIT;
	char code[TOTP_CODE_LEN];
	size_t i;

	(void)state;
	OK(secret_set(&key, SEED, strlen(SEED), &err));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		OK(totp_code(&key, totp_step(rows[i].t), code));
		assert_string_equal(code, rows[i].code);
	}
	secret_done(&key);
}

/* RFC 4226 appendix D */
static void codes_are_those_of_rfc_4226(void **state)
{
	static const char *const rows[] = { "755224", "287082", "359152",
		"969429", "338314", "254676", "287922", "162583", "399871",
		"520489" };
	struct secret key = SECRET_INIT;
	char code[TOTP_CODE_LEN];
	size_t i;

	(void)state;
	OK(secret_set(&key, SEED, strlen(SEED), &err));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		OK(totp_code(&key, i, code));
		assert_string_equal(code, rows[i]);
	}
	secret_done(&key);
}

/* RFC 4226 section 5.4 */
static void truncation_is_that_of_the_example(void **state)
{
	static const unsigned char hmac[20] = { 0x1f, 0x86, 0x98, 0x69, 0x0e,
		0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19, 0xda,
		0x8e, 0x94, 0x5b, 0x55, 0x5a };
	unsigned char last[20] = { 0 };
	char code[TOTP_DIGITS_MAX + 1];

	(void)state;
	totp_format(totp_truncate(hmac), 6, code);
	assert_string_equal(code, "872921");
	memset(last, 0xff, sizeof(last)); /* offset 15, the largest number */
	assert_int_equal(totp_truncate(last), 0x7fffffff);
	totp_format(totp_truncate(last), 6, code);
	assert_string_equal(code, "483647");
	totp_format(totp_truncate(last), 8, code);
	assert_string_equal(code, "47483647");
	memset(last, 0, sizeof(last));
	totp_format(totp_truncate(last), 7, code);
	assert_string_equal(code, "0000000");
}

static void a_step_is_thirty_seconds(void **state)
{
	unsigned char c[8];

	(void)state;
	assert_int_equal(totp_step(0), 0);
	assert_int_equal(totp_step(29), 0);
	assert_int_equal(totp_step(30), 1);
	assert_int_equal(totp_step(1767225600), 58907520);
	totp_challenge(0x0102030405060708, c);
	assert_memory_equal(c, "\1\2\3\4\5\6\7\x08", 8);
}

/* HMAC pads a short key with zeros and hashes one longer than a block. */
static void a_name_may_tell_how_long_a_step_is(void **state)
{
	static const struct {
		const char *name;
		unsigned period;
	} rows[] = {
		{ "60/shop:alice", 60 }, { "15/a", 15 }, { "1/", 1 },
		{ "86400/a", 86400 }, { "arn:aws:iam::123456789012:mfa/a", 30 },
		{ "", 30 }, { "60", 30 }, { "0/a", 30 }, { "/a", 30 },
		{ "100000/a", 30 }, { "6o/a", 30 }, { "a60/b", 30 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(totp_period(rows[i].name), rows[i].period);
}

static void keys_of_every_length_are_taken(void **state)
{
	struct secret key = SECRET_INIT;
	unsigned char a[20], b[20];

	(void)state;
	OK(secret_new(&key, 0, &err));
	OK(totp_hmac(&key, (const unsigned char *)"\0\0\0\0\0\0\0", a));
	OK(secret_new(&key, 64, &err)); /* zeros are its padding */
	OK(totp_hmac(&key, (const unsigned char *)"\0\0\0\0\0\0\0", b));
	assert_memory_equal(a, b, 20);
	OK(secret_new(&key, 65, &err));
	OK(totp_hmac(&key, (const unsigned char *)"\0\0\0\0\0\0\0", b));
	assert_memory_not_equal(a, b, 20);
	secret_done(&key);
}

/* RFC 6238's secret; codes by oathtool. */
static void codes_are_found_near_the_step_that_they_are_of(void **state)
{
	CLEANUP(secret_done) struct secret key = SECRET_INIT;
	char codes[8][TOTP_CODE_LEN];
	uint64_t at = 1000;
	int off = 99, i;

	(void)state;
	OK(secret_set(&key, "12345678901234567890", 20, &err));
	for (i = 0; i < 8; i++)
		assert_int_equal(totp_code(&key, at + (uint64_t)i, codes[i]), 0);
	assert_true(totp_find(&key, at + 1, 3, codes[0], codes[1], &off));
	assert_int_equal(off, 0);
	assert_true(totp_find(&key, at + 3, 3, codes[0], codes[1], &off));
	assert_int_equal(off, -2);
	assert_true(totp_find(&key, at + 3, 3, codes[5], codes[6], &off));
	assert_int_equal(off, 3);
	assert_true(totp_find(&key, at + 3, 3, codes[0], NULL, &off));
	assert_int_equal(off, -3);
	/* neither beyond the window, nor in another order, nor with a gap */
	assert_false(totp_find(&key, at + 3, 2, codes[5], codes[6], &off));
	assert_false(totp_find(&key, at + 1, 3, codes[1], codes[0], &off));
	assert_false(totp_find(&key, at + 1, 3, codes[0], codes[2], &off));
	assert_false(totp_find(&key, at + 1, 3, "12345", NULL, &off));
	assert_int_equal(off, -3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_rfc_6238),
		cmocka_unit_test(codes_are_those_of_rfc_4226),
		cmocka_unit_test(truncation_is_that_of_the_example),
		cmocka_unit_test(a_step_is_thirty_seconds),
		cmocka_unit_test(a_name_may_tell_how_long_a_step_is),
		cmocka_unit_test(keys_of_every_length_are_taken),
		cmocka_unit_test(codes_are_found_near_the_step_that_they_are_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
