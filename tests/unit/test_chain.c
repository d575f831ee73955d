/* SPDX-License-Identifier: Apache-2.0 */
/* The hash chain, against digests that other programs computed. */
#include "base/encode.h"
#include "bridge/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_hex(const unsigned char hash[SHA256_LEN], const char *hex)
{
	char is[HEX_LEN(SHA256_LEN)];

	hex_encode(hash, SHA256_LEN, is);
	assert_string_equal(is, hex);
}

/* FIPS 180-2, appendix B.1 */
static void a_digest_is_sha_256(void **state)
{
	unsigned char hash[SHA256_LEN];

	(void)state;
	assert_int_equal(chain_digest("abc", 3, hash, NULL), 0);
	assert_hex(hash, "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(chain_digest("", 0, hash, NULL), 0);
	assert_hex(hash, "e3b0c44298fc1c149afbf4c8996fb924"
			 "27ae41e4649b934ca495991b7852b855");
}

/* (head -c 32 /dev/zero; printf '{}') | sha256sum, and so on from its bytes */
static void a_hash_covers_the_hash_before_it_and_the_event(void **state)
{
	unsigned char hash[SHA256_LEN];

	(void)state;
	assert_int_equal(chain_next(NULL, "{}", 2, hash, NULL), 0);
	assert_hex(hash, "fb1634c4e6cd4b1f1afe3ce2d6ef080f"
			 "7ac5d1f357d723ad4dfca782733b62db");
	assert_int_equal(chain_next(hash, "{\"a\":1}", 7, hash, NULL), 0);
	assert_hex(hash, "6b8882c8f1d94bb7545679bed986371a"
			 "884d1382c93e4d8042a259a58276551d");
}

/* Beside a thread that prepares it, too. */
static void what_is_prepared_is_the_same(void **state)
{
	struct chain_preparing p;
	int i;

	for (i = 0; i < 100; i++) {
		chain_prepare();
		a_digest_is_sha_256(state);
		chain_prepare_begin(&p);
		a_digest_is_sha_256(state);
		chain_prepare_end(&p);
		assert_false(p.runs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_prepared_is_the_same),
		cmocka_unit_test(a_digest_is_sha_256),
		cmocka_unit_test(a_hash_covers_the_hash_before_it_and_the_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
