/* SPDX-License-Identifier: Apache-2.0 */
/* Products of Yubico, by each of the signs that they are known by. */
#include "token/model/product.h"

#include "tests/unit/unit.h"

#define YUBICO USB_VENDOR_YUBICO
#define CLAIMS(v, ...) { .present = true, .has_version = true,                 \
	.version = { v, 4, 3 }, .has_serial = true, __VA_ARGS__ }

static void a_key_is_what_it_claims_where_nothing_is_signed(void **state)
{
	static const struct {
		struct devinfo info;
		uint16_t vendor, usb;
		const char *product; /* NULL: none */
	} cases[] = {
		{ CLAIMS(5, .fips = false), YUBICO, 0x0407, "yubikey-5" },
		{ CLAIMS(5, .fips = false), YUBICO + 1, 0x0407, NULL },
		{ CLAIMS(5, .fips = true), YUBICO, 0x0407, "yubikey-5-fips" },
		{ CLAIMS(4, .fips = true), YUBICO, 0x0407, "yubikey-4" },
		{ CLAIMS(3, .fips = false), YUBICO, 0x0407, NULL },
		{ CLAIMS(6, .fips = true), YUBICO, 0x0407, "yubikey-6" },
		{ CLAIMS(7, .fips = false), YUBICO, 0x0407, "yubikey-6" },
		{ CLAIMS(5, .form_factor = 5), YUBICO, 0x0407, "yubikey-5" },
		{ CLAIMS(5, .form_factor = 6), YUBICO, 0x0407, "yubikey-bio" },
		{ CLAIMS(5, .form_factor = 7), YUBICO, 0x0407, "yubikey-bio" },
		{ CLAIMS(5, .form_factor = 8), YUBICO, 0x0407, "yubikey-5" },
		{ CLAIMS(5, .security_key = true), YUBICO, 0x0407,
			"security-key" },
		{ { .present = true, .has_version = true,
			.version = { 5, 4, 3 } }, YUBICO, 0x0407,
			"security-key" },
		{ { .present = true, .has_serial = true }, YUBICO, 0x0407,
			NULL },
		{ { .has_version = true, .has_serial = true,
			.version = { 5, 4, 3 } }, YUBICO, 0x0407, NULL },
		{ { .present = false }, YUBICO, 0x0110, "yubikey-neo" },
		{ { .present = false }, YUBICO, 0x0116, "yubikey-neo" },
		{ { .present = false }, YUBICO, 0x010f, NULL },
		{ { .present = false }, YUBICO, 0x0117, NULL },
		{ { .present = false }, YUBICO, 0x0120, "security-key" },
		{ { .present = false }, YUBICO, 0x0410, "yubikey-plus" },
		{ { .present = false }, YUBICO, 0x0411, NULL },
	};
	const char *product;
	bool is_signed;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		is_signed = true;
		product = product_identify(NULL, &cases[i].info,
			cases[i].vendor, cases[i].usb, &is_signed);
		assert_string_equal(product ? product : "-",
			cases[i].product ? cases[i].product : "-");
		assert_false(is_signed);
	}
}

static void what_is_signed_is_a_number_of_yubico_s(void **state)
{
	static const struct {
		const char *number;
		bool fips;
		const char *product; /* NULL: none; "": the claim's */
	} cases[] = {
		{ "1", false, "security-key" }, { "2", false, "yubikey-neo" },
		{ "3", false, "yubikey-plus" }, { "4", false, "yubikey-edge" },
		{ "5", false, "yubikey-4" }, { "6", false, NULL },
		{ "7", false, "yubikey-5" }, { "7", true, "yubikey-5-fips" },
		{ "5", true, "yubikey-4" }, { "8", false, NULL },
		{ "9", false, "yubikey-bio" }, { "10", false, "yubikey-6" },
		{ "99", false, NULL }, { "100", false, "" }, { "", false, "" },
		{ "x", false, "" }, { "0", false, "" },
	};
	const struct devinfo claims = CLAIMS(4, .fips = false);
	const char *product, *want;
	struct leaf leaf;
	bool is_signed;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&leaf, 0, sizeof(leaf));
		leaf.fips = cases[i].fips;
		snprintf(leaf.device_id, sizeof(leaf.device_id), "%s%s",
			LEAF_DEVICE_IDS, cases[i].number);
		product = product_identify(&leaf, &claims, YUBICO, 0x0407,
			&is_signed);
		want = !cases[i].product ? "-" : cases[i].product[0] ?
			cases[i].product : "yubikey-4";
		assert_string_equal(product ? product : "-", want);
		assert_int_equal(is_signed, !cases[i].product ||
			cases[i].product[0]);
	}
}

static void names_are_those_that_there_are(void **state)
{
	const char *name = PRODUCT_NAMES;
	char one[32];
	size_t n, count = 0;

	(void)state;
	for (; *name; name += n + strspn(name + n, ", "), count++) {
		n = strcspn(name, ",");
		snprintf(one, sizeof(one), "%.*s", (int)n, name);
		assert_non_null(product_by_name(one));
		assert_string_equal(product_by_name(one), one);
	}
	assert_int_equal(count, 9);
	assert_null(product_by_name("yubikey"));
	assert_null(product_by_name(""));
}

static void firmware_is_three_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t version; /* -1: none */
	} cases[] = {
		{ "5.7.4", 0x050704 }, { "0.0.0", 0 },
		{ "255.255.255", 0xffffff }, { "256.0.0", -1 },
		{ "0.256.0", -1 }, { "0.0.256", -1 }, { "5.7", -1 },
		{ "5.7.4.1", -1 }, { "5.7.", -1 }, { ".7.4", -1 },
		{ "5..4", -1 }, { "", -1 }, { "5.7.x", -1 }, { "5.7.4 ", -1 },
	};
	char text[PRODUCT_FIRMWARE_LEN];
	unsigned char *p;
	uint32_t v;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		p = copy_of(cases[i].text, strlen(cases[i].text));
		v = 4711;
		r = product_firmware_parse((char *)p, strlen(cases[i].text),
			&v);
		free(p);
		assert_int_equal(r, cases[i].version < 0 ? -1 : 0);
		assert_int_equal(v, r < 0 ? 4711 : cases[i].version);
		if (r < 0)
			continue;
		product_firmware_format(v, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void a_number_is_yubico_s_version_or_nothing(void **state)
{
	static const uint8_t four[3] = { 4, 0, 0 }, three[3] = { 3, 9, 9 };
	uint8_t v[3] = { 9, 9, 9 };

	(void)state;
	assert_false(product_getinfo_firmware(YUBICO + 1, 0x050704, v));
	assert_false(product_getinfo_firmware(YUBICO, 0, v));
	assert_false(product_getinfo_firmware(YUBICO, 0x1000000, v));
	assert_memory_equal(v, "\x9\x9\x9", 3);
	assert_true(product_getinfo_firmware(YUBICO, 0xffffff, v));
	assert_memory_equal(v, "\xff\xff\xff", 3);
	assert_true(product_getinfo_firmware(YUBICO, 0x050704, v));
	assert_memory_equal(v, "\5\7\4", 3);
	assert_ptr_equal(product_hid_firmware(YUBICO, four), four);
	assert_null(product_hid_firmware(YUBICO, three));
	assert_null(product_hid_firmware(YUBICO, NULL));
	assert_null(product_hid_firmware(YUBICO + 1, four));
}

static void a_certificate_and_a_vendor_may_differ(void **state)
{
	struct leaf leaf;
	const char *name;
	uint16_t vendor;

	(void)state;
	memset(&leaf, 0, sizeof(leaf));
	assert_false(product_vendor_differs(&leaf, 0x20a0, &name, &vendor));
	assert_true(product_vendor_differs(&leaf, YUBICO, &name, &vendor));
	assert_string_equal(name, "Yubico");
	assert_int_equal(vendor, YUBICO);
	strcpy(leaf.device_id, LEAF_DEVICE_IDS "7");
	assert_false(product_vendor_differs(&leaf, YUBICO, &name, &vendor));
	assert_true(product_vendor_differs(&leaf, 0x20a0, &name, &vendor));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_key_is_what_it_claims_where_nothing_is_signed),
		cmocka_unit_test(what_is_signed_is_a_number_of_yubico_s),
		cmocka_unit_test(names_are_those_that_there_are),
		cmocka_unit_test(firmware_is_three_numbers),
		cmocka_unit_test(a_number_is_yubico_s_version_or_nothing),
		cmocka_unit_test(a_certificate_and_a_vendor_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
