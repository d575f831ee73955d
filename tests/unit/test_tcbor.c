/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR of tokens: one bounded item that claims no more than it has. */
#include "token/attest/cbor.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

static struct buf b;

static int set_up(void **state)
{
	(void)state;
	buf_init(&b, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_done(&b);
	return 0;
}

static void repeat(const char *hex, size_t times)
{
	while (times-- > 0)
		vendor_hex(&b, hex);
}

static size_t length_of(const char *hex)
{
	unsigned char *p;
	size_t len;

	buf_reset(&b);
	vendor_hex(&b, hex);
	p = copy_of(b.p, b.n);
	len = tcbor_item_length(p, b.n);
	free(p);
	return len;
}

/* RFC 8949 appendix A, and what it calls not well-formed (appendix F) */
static const struct {
	const char *hex;
	size_t length; /* 0: refused */
} items[] = {
	{ "00", 1 }, { "17", 1 }, { "1818", 2 }, { "1903e8", 3 },
	{ "1a000f4240", 5 }, { "1bffffffffffffffff", 9 }, { "20", 1 },
	{ "3bffffffffffffffff", 9 }, { "f4", 1 }, { "f5", 1 }, { "f6", 1 },
	{ "f90000", 3 }, { "fa47c35000", 5 }, { "fb3ff199999999999a", 9 },
	{ "40", 1 }, { "4401020304", 5 }, { "60", 1 }, { "6161", 2 },
	{ "80", 1 }, { "83010203", 4 }, { "8301820203820405", 8 },
	{ "a0", 1 }, { "a201020304", 5 }, { "a26161016162820203", 9 },
	{ "c074323031332d30332d32315432303a30343a30305a", 22 },
	{ "d74401020304", 6 }, { "d818456449455446", 8 },
	{ "d9d9f700", 4 }, /* a tag's number is no count */
	{ "db00000000ffffffff00", 10 },
	{ "5803010203", 5 }, /* longer head than needed */
	{ "0000", 1 }, { "a0ff", 1 }, /* more behind it */

	{ "", 0 },
	{ "18", 0 }, { "19", 0 }, { "1901", 0 }, { "1a000000", 0 },
	{ "1b00000000000000", 0 }, { "38", 0 }, { "58", 0 }, { "78", 0 },
	{ "98", 0 }, { "9a01ff00", 0 }, { "b8", 0 }, { "d8", 0 }, { "f8", 0 },
	{ "f900", 0 }, { "fa0000", 0 }, { "fb000000", 0 },
	{ "41", 0 }, { "61", 0 }, { "5affffffff00", 0 },
	{ "5bffffffffffffffff010203", 0 },
	{ "7affffffff00", 0 }, { "7b7fffffffffffffff010203", 0 },
	{ "81", 0 }, { "8200", 0 }, { "818181818181818181", 0 },
	{ "a1", 0 }, { "a20102", 0 }, { "a100", 0 }, { "a2000000", 0 },
	{ "9bffffffffffffffff00", 0 }, { "bbffffffffffffffff00", 0 },
	{ "bb80000000000000000000", 0 }, /* twice it is 0 */
	{ "c0", 0 }, { "c1c1", 0 }, { "d818", 0 },
	{ "1c", 0 }, { "1d", 0 }, { "1e", 0 }, { "3c", 0 }, { "5c00", 0 },
	{ "7d00", 0 }, { "9e00", 0 }, { "fc00", 0 }, { "fd", 0 }, { "fe", 0 },
	/* indefinite lengths, and the break alone */
	{ "5f420102ff", 0 }, { "7f6161ff", 0 }, { "9fff", 0 }, { "9f01ff", 0 },
	{ "bfff", 0 }, { "bf6161f5ff", 0 }, { "ff", 0 }, { "1f", 0 },
	{ "3f", 0 }, { "df", 0 }, { "81ff", 0 }, { "8181ff", 0 },
	{ "a1ff00", 0 }, { "a100ff", 0 }, { "c0ff", 0 }, { "829fff00", 0 },
};

static void an_item_s_length_is_known_or_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(items); i++)
		if (length_of(items[i].hex) != items[i].length)
			fail_msg("%s: %zu", items[i].hex,
				length_of(items[i].hex));
}

static void nesting_is_bounded(void **state)
{
	static const char *const openers[] = { "81", "a100", "c0", "d818" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(openers); i++) {
		buf_reset(&b);
		repeat(openers[i], CBOR_DEPTH_MAX);
		vendor_hex(&b, "00");
		assert_int_equal(tcbor_item_length(b.p, b.n), b.n);
		buf_reset(&b);
		repeat(openers[i], CBOR_DEPTH_MAX + 1);
		vendor_hex(&b, "00");
		assert_int_equal(tcbor_item_length(b.p, b.n), 0);
		buf_reset(&b);
		repeat(openers[i], 30000);
		vendor_hex(&b, "00");
		assert_int_equal(tcbor_item_length(b.p, b.n), 0);
	}
	/* a map's key counts as well */
	buf_reset(&b);
	repeat("a1", CBOR_DEPTH_MAX + 1);
	repeat("00", 2 * CBOR_DEPTH_MAX);
	assert_int_equal(tcbor_item_length(b.p, b.n), 0);
}

static void size_is_bounded(void **state)
{
	(void)state;
	tcbor_put_head(&b, TCBOR_BYTES, CBOR_BYTES_MAX - 5);
	repeat("00", CBOR_BYTES_MAX - b.n);
	assert_int_equal(tcbor_item_length(b.p, b.n),
		CBOR_BYTES_MAX - 5 + 3);
	repeat("00", 1);
	assert_int_equal(tcbor_item_length(b.p, b.n), 0);
}

static int load(const char *hex, cbor_item_t **ret)
{
	unsigned char *p;
	int r;

	buf_reset(&b);
	vendor_hex(&b, hex);
	p = copy_of(b.p, b.n);
	r = tcbor_load(p, b.n, ret, &err);
	free(p);
	return r;
}

static void loading_takes_exactly_one_item(void **state)
{
	cbor_item_t *item = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(items); i++) {
		bool whole = items[i].length &&
			items[i].length == strlen(items[i].hex) / 2;
		int r = load(items[i].hex, &item);

		if (whole != (r == 0))
			fail_msg("%s: %d", items[i].hex, r);
		if (r < 0)
			assert_int_equal(err.code, ERROR_MALFORMED);
		assert_int_equal(item != NULL, whole);
		tcbor_done(&item);
		assert_null(item);
	}
	SAYS(ERROR_MALFORMED, "ends at byte 1 of 2", load("0000", &item));
}

static void reserved_simple_values_are_malformed(void **state)
{
	cbor_item_t *item = NULL;

	(void)state;
	SAYS(ERROR_MALFORMED, "CBOR is malformed at byte 0", load("f818", &item));
	assert_null(item);
}

static void a_map_is_asked_by_text_and_by_number(void **state)
{
	/* {"a": 1, 1: 2, -1: 3, "ab": 4, "a": 5, h'61': 6} */
	const char *hex = "a6" "616101" "0102" "2003" "62616204" "616105"
			  "416106";
	cbor_item_t *map = NULL;
	int64_t v;

	(void)state;
	OK(load(hex, &map));
	OK(tcbor_int(tcbor_get(map, "a"), &v)); /* the first of two */
	assert_int_equal(v, 1);
	OK(tcbor_int(tcbor_get(map, "ab"), &v));
	assert_int_equal(v, 4);
	OK(tcbor_int(tcbor_get_int(map, 1), &v));
	assert_int_equal(v, 2);
	OK(tcbor_int(tcbor_get_int(map, -1), &v));
	assert_int_equal(v, 3);
	assert_null(tcbor_get(map, ""));
	assert_null(tcbor_get(map, "b"));
	assert_null(tcbor_get_int(map, 0));
	assert_null(tcbor_get(NULL, "a"));
	assert_null(tcbor_get_int(NULL, 1));
	assert_null(tcbor_get(tcbor_get(map, "a"), "a"));
	assert_null(tcbor_get_int(tcbor_get(map, "a"), 1));
	tcbor_done(&map);
}

static void integers_fit_64_bits_with_sign_or_are_none(void **state)
{
	static const struct {
		const char *hex;
		int r;
		int64_t v;
	} rows[] = {
		{ "00", 0, 0 }, { "20", 0, -1 }, { "390100", 0, -257 },
		{ "1b7fffffffffffffff", 0, INT64_MAX },
		{ "1b8000000000000000", -1, 0 },
		{ "1bffffffffffffffff", -1, 0 },
		{ "3b7fffffffffffffff", 0, INT64_MIN },
		{ "3b8000000000000000", -1, 0 },
		{ "f4", -1, 0 }, { "f90000", -1, 0 }, { "40", -1, 0 },
		{ "6131", -1, 0 }, { "c100", -1, 0 },
	};
	cbor_item_t *item = NULL;
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		OK(load(rows[i].hex, &item));
		v = 4711;
		assert_int_equal(tcbor_int(item, &v), rows[i].r);
		assert_true(v == (rows[i].r ? 4711 : rows[i].v));
		tcbor_done(&item);
	}
	assert_int_equal(tcbor_int(NULL, &v), -1);
}

static void text_fits_and_holds_no_nul(void **state)
{
	cbor_item_t *item = NULL;
	char s[4] = "old";

	(void)state;
	OK(load("63616263", &item));
	OK(tcbor_text(item, s, sizeof(s)));
	assert_string_equal(s, "abc");
	assert_int_equal(tcbor_text(item, s, 3), -1);
	tcbor_done(&item);
	OK(load("60", &item));
	OK(tcbor_text(item, s, 1));
	assert_string_equal(s, "");
	tcbor_done(&item);
	OK(load("63610062", &item));
	assert_int_equal(tcbor_text(item, s, sizeof(s)), -1);
	tcbor_done(&item);
	OK(load("43616263", &item));
	assert_int_equal(tcbor_text(item, s, sizeof(s)), -1);
	tcbor_done(&item);
	assert_int_equal(tcbor_text(NULL, s, sizeof(s)), -1);
}

static void bytes_are_bytes_only(void **state)
{
	cbor_item_t *item = NULL;
	size_t n = 5;

	(void)state;
	OK(load("43010203", &item));
	assert_memory_equal(tcbor_bytes(item, &n), "\1\2\3", 3);
	assert_int_equal(n, 3);
	tcbor_done(&item);
	OK(load("63616263", &item));
	assert_null(tcbor_bytes(item, &n));
	assert_int_equal(n, 0);
	tcbor_done(&item);
	assert_null(tcbor_bytes(NULL, &n));
}

static void heads_are_written_as_short_as_they_can_be(void **state)
{
	static const struct {
		size_t n;
		const char *hex;
	} rows[] = {
		{ 0, "40" }, { 23, "57" }, { 24, "5818" }, { 255, "58ff" },
		{ 256, "590100" }, { 65535, "59ffff" }, { 65536, "5a00010000" },
	};
	struct buf want;
	size_t i;

	(void)state;
	buf_init(&want, 16);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&b);
		buf_reset(&want);
		tcbor_put_head(&b, TCBOR_BYTES, rows[i].n);
		vendor_hex(&want, rows[i].hex);
		assert_int_equal(b.n, want.n);
		assert_memory_equal(b.p, want.p, want.n);
	}
	buf_done(&want);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_item_s_length_is_known_or_refused),
		TEST(nesting_is_bounded),
		TEST(size_is_bounded),
		TEST(loading_takes_exactly_one_item),
		TEST(reserved_simple_values_are_malformed),
		TEST(a_map_is_asked_by_text_and_by_number),
		TEST(integers_fit_64_bits_with_sign_or_are_none),
		TEST(text_fits_and_holds_no_nul),
		TEST(bytes_are_bytes_only),
		TEST(heads_are_written_as_short_as_they_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
