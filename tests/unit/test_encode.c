/* SPDX-License-Identifier: Apache-2.0 */
/* Hex, base64 and base32, against RFC 4648 and every rule of strictness. */
#include "base/encode.h"

#include "tests/unit/unit.h"

/* RFC 4648 section 10 */
static const struct {
	const char *plain, *base64, *base64url, *base32, *hex;
} vectors[] = {
	{ "", "", "", "", "" },
	{ "f", "Zg==", "Zg", "MY", "66" },
	{ "fo", "Zm8=", "Zm8", "MZXQ", "666f" },
	{ "foo", "Zm9v", "Zm9v", "MZXW6", "666f6f" },
	{ "foob", "Zm9vYg==", "Zm9vYg", "MZXW6YQ", "666f6f62" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB", "666f6f6261" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172" },
	{ "\xff\xff\xfe", "///+", "___-", "7777", NULL },
};

static void base64_encodes_the_vectors_of_rfc_4648(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 64);
	for (i = 0; i < ARRAY_LEN(vectors); i++) {
		buf_reset(&b);
		base64_encode(&b, BASE64_STD, vectors[i].plain,
			strlen(vectors[i].plain));
		assert_string_equal(buf_str(&b), vectors[i].base64);
		buf_reset(&b);
		base64_encode(&b, BASE64_URL, vectors[i].plain,
			strlen(vectors[i].plain));
		assert_string_equal(buf_str(&b), vectors[i].base64url);
	}
	buf_done(&b);
}

static void assert_decodes(ssize_t n, const unsigned char *is,
	const char *want)
{
	assert_int_equal(n, strlen(want));
	assert_memory_equal(is, want, strlen(want));
}

static void base64_decodes_the_vectors_of_rfc_4648(void **state)
{
	unsigned char out[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(vectors); i++) {
		n = strlen(vectors[i].plain);
		assert_decodes(base64_decode(BASE64_STD, vectors[i].base64,
			strlen(vectors[i].base64), out, n), out,
			vectors[i].plain);
		assert_decodes(base64_decode(BASE64_URL, vectors[i].base64url,
			strlen(vectors[i].base64url), out, n), out,
			vectors[i].plain);
	}
}

static void base32_decodes_the_vectors_of_rfc_4648(void **state)
{
	unsigned char out[16];
	size_t i;

	(void)state;
	for (i = 0; i + 1 < ARRAY_LEN(vectors); i++)
		assert_decodes(base32_decode(vectors[i].base32,
			strlen(vectors[i].base32), out,
			strlen(vectors[i].plain)), out, vectors[i].plain);
}

static void hex_goes_both_ways(void **state)
{
	unsigned char out[16];
	char text[HEX_LEN(16)];
	size_t i;

	(void)state;
	for (i = 0; i + 1 < ARRAY_LEN(vectors); i++) {
		hex_encode(vectors[i].plain, strlen(vectors[i].plain), text);
		assert_string_equal(text, vectors[i].hex);
		assert_decodes(hex_decode(text, strlen(text), out,
			strlen(vectors[i].plain)), out, vectors[i].plain);
	}
	assert_int_equal(hex_decode("Ff0A", 4, out, 2), 2);
	assert_memory_equal(out, "\xff\x0a", 2);
}

static void what_is_not_exactly_base64_is_refused(void **state)
{
	static const struct {
		enum base64_form form;
		const char *text;
	} rows[] = {
		{ BASE64_STD, "Z" }, { BASE64_STD, "Zg" },
		{ BASE64_STD, "Zg=" }, { BASE64_STD, "=" },
		{ BASE64_STD, "====" }, { BASE64_STD, "Z===" },
		{ BASE64_STD, "Zg===" }, { BASE64_STD, "Zg==Zg==" },
		{ BASE64_STD, "Zg=v" }, { BASE64_STD, "=Zg=" },
		{ BASE64_STD, "Zh==" }, /* unused bits */
		{ BASE64_STD, "Zm9=" }, { BASE64_STD, "Zm 9v" },
		{ BASE64_STD, "Zm9v\n" }, { BASE64_STD, "Zm9\n" },
		{ BASE64_STD, "__-_" }, { BASE64_STD, "Zm9*" },
		{ BASE64_STD, "Zm9\xc3" },
		{ BASE64_URL, "Z" }, { BASE64_URL, "Zg==" },
		{ BASE64_URL, "Zm8=" }, { BASE64_URL, "Zh" },
		{ BASE64_URL, "Zm9" }, { BASE64_URL, "///+" },
		{ BASE64_URL, "Zm9vY" }, { BASE64_URL, "Zm9v " },
	};
	unsigned char out[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (base64_decode(rows[i].form, rows[i].text,
			    strlen(rows[i].text), out, sizeof(out)) != -1)
			fail_msg("'%s' is taken", rows[i].text);
	assert_int_equal(base64_decode(BASE64_URL, "Zg\0v", 4, out, 16), -1);
}

static void base32_goes_back_to_what_it_was(void **state)
{
	static const char text[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		"MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";
	unsigned char raw[40];
	char back[BASE32_LEN(40)];

	(void)state;
	assert_int_equal(base32_decode(text, 64, raw, sizeof(raw)), 40);
	base32_encode(raw, sizeof(raw), back);
	assert_string_equal(back, text);
	base32_encode("foobarbazq", 10, back); /* RFC 4648's, and by base32(1) */
	assert_string_equal(back, "MZXW6YTBOJRGC6TR");
}

static void what_is_not_exactly_base32_is_refused(void **state)
{
	static const char *const rows[] = { "M", "MZX", "MZXW6Y", "MY======",
		"my", "MZ0Q", "MZ1Q", "MZ8Q", "MZ9Q", "M Y", "MZ", /* bits */
		"MZXR", "MZXW7", "MZXW6YR" };
	unsigned char out[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (base32_decode(rows[i], strlen(rows[i]), out,
			    sizeof(out)) != -1)
			fail_msg("'%s' is taken", rows[i]);
}

static void what_is_not_exactly_hex_is_refused(void **state)
{
	static const char *const rows[] = { "0", "0g", " 0", "0x", "000", "+1",
		"0\n" };
	unsigned char out[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (hex_decode(rows[i], strlen(rows[i]), out,
			    sizeof(out)) != -1)
			fail_msg("'%s' is taken", rows[i]);
}

static void decoders_never_write_more_than_they_may(void **state)
{
	unsigned char *out = copy_of("xy", 2);

	(void)state;
	assert_int_equal(base64_decode(BASE64_STD, "Zm9v", 4, out, 2), -1);
	assert_int_equal(base64_decode(BASE64_STD, "Zm8=", 4, out, 2), 2);
	assert_int_equal(base64_decode(BASE64_URL, "Zm9v", 4, out, 2), -1);
	assert_int_equal(base32_decode("MZXW6", 5, out, 2), -1);
	assert_int_equal(base32_decode("MZXQ", 4, out, 2), 2);
	assert_int_equal(hex_decode("666f6f", 6, out, 2), -1);
	assert_int_equal(hex_decode("666f", 4, out, 2), 2);
	free(out);
}

static void base64_may_be_decoded_in_its_place(void **state)
{
	char text[] = "Zm9vYmFyZm9vYmFyZm9vYmFy";

	(void)state;
	assert_int_equal(base64_decode(BASE64_STD, text, strlen(text), text,
		sizeof(text)), 18);
	assert_memory_equal(text, "foobarfoobarfoobar", 18);
}

static void a_seed_of_aws_is_forty_bytes(void **state)
{
	const char seed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char out[40];

	(void)state;
	assert_int_equal(base32_decode(seed, 64, out, sizeof(out)), 40);
	assert_memory_equal(out, "\x00\x44\x32\x14\xc7\x42\x54\xb6\x35\xcf",
		10);
}

static void every_byte_survives_every_encoding(void **state)
{
	unsigned char in[256], out[256];
	char hex[HEX_LEN(256)];
	struct buf b;
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 167);
	buf_init(&b, 1024);
	for (n = 0; n <= sizeof(in); n++) {
		buf_reset(&b);
		base64_encode(&b, BASE64_STD, in, n);
		assert_int_equal(base64_decode(BASE64_STD, buf_str(&b), b.n,
			out, n), n);
		assert_memory_equal(out, in, n);
		buf_reset(&b);
		base64_encode(&b, BASE64_URL, in, n);
		assert_int_equal(base64_decode(BASE64_URL, buf_str(&b), b.n,
			out, n), n);
		assert_memory_equal(out, in, n);
		hex_encode(in, n, hex);
		assert_int_equal(hex_decode(hex, 2 * n, out, n), n);
		assert_memory_equal(out, in, n);
	}
	buf_done(&b);
}

static void bytes_are_equal_only_when_all_are(void **state)
{
	unsigned char a[32] = { 1 }, b[32] = { 1 };
	size_t i;

	(void)state;
	assert_true(bytes_equal(a, b, 32));
	assert_true(bytes_equal(a, b, 0));
	for (i = 0; i < 32 * 8; i++) {
		b[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_false(bytes_equal(a, b, 32));
		assert_int_equal(bytes_equal(a, b, i / 8), 1);
		b[i / 8] ^= (unsigned char)(1 << i % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_encodes_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_decodes_the_vectors_of_rfc_4648),
		cmocka_unit_test(base32_decodes_the_vectors_of_rfc_4648),
		cmocka_unit_test(hex_goes_both_ways),
		cmocka_unit_test(what_is_not_exactly_base64_is_refused),
		cmocka_unit_test(base32_goes_back_to_what_it_was),
		cmocka_unit_test(what_is_not_exactly_base32_is_refused),
		cmocka_unit_test(what_is_not_exactly_hex_is_refused),
		cmocka_unit_test(decoders_never_write_more_than_they_may),
		cmocka_unit_test(base64_may_be_decoded_in_its_place),
		cmocka_unit_test(a_seed_of_aws_is_forty_bytes),
		cmocka_unit_test(every_byte_survives_every_encoding),
		cmocka_unit_test(bytes_are_equal_only_when_all_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
