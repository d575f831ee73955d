/* SPDX-License-Identifier: Apache-2.0 */
/* Yubico's DeviceInfo: pages as keys send them, and as none should. */
#include "token/identity.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "token/model/product.h"

static int parse(const char *hex, struct devinfo *info)
{
	unsigned char raw[256], *p;
	size_t n = strlen(hex) / 2;
	int r;

	assert_int_equal(hex_decode(hex, strlen(hex), raw, sizeof(raw)), n);
	p = copy_of(raw, n);
	r = devinfo_parse(p, n, info, &err);
	free(p);
	return r;
}

/* A YubiKey 5C NFC 5.7.4 */
#define PAGE "2e" "0102023f" "020400bc614e" "0302023f" "040103" "0503050704" \
	     "06020000" "07010f" "080100" "0d02023f" "0e02023f" "0a0100" \
	     "0f0100"

static void a_key_s_page_tells_what_it_is(void **state)
{
	struct devinfo d = { .present = false };

	(void)state;
	OK(parse(PAGE, &d));
	assert_true(d.present);
	assert_true(d.has_serial);
	assert_int_equal(d.serial, 12345678);
	assert_true(d.has_version);
	assert_memory_equal(d.version, "\5\7\4", 3);
	assert_int_equal(d.usb_supported, 0x23f);
	assert_true(d.has_usb_enabled);
	assert_int_equal(d.usb_enabled, 0x23f);
	assert_string_equal(devinfo_form_factor(&d), "USB-C keychain");
	assert_false(d.fips);
	assert_false(d.security_key);
	assert_false(d.more);
	assert_true(devinfo_enabled(&d, DEVINFO_OATH));
	assert_true(devinfo_enabled(&d, DEVINFO_FIDO2));
	assert_false(devinfo_enabled(&d, DEVINFO_HSMAUTH));
}

static void cut_off_anywhere_a_page_is_malformed(void **state)
{
	struct devinfo d = { .serial = 4711 };
	char hex[] = PAGE, cut[sizeof(hex)];
	size_t n;

	(void)state;
	for (n = 0; n + 2 < sizeof(hex); n += 2) {
		memcpy(cut, hex, n);
		cut[n] = '\0';
		SAYS(ERROR_MALFORMED, "bytes, but its length says",
			parse(cut, &d));
	}
	/* with a length byte that fits */
	SAYS(ERROR_MALFORMED, "device information: cut off at byte",
		parse("04" "05030507", &d));
	SAYS(ERROR_MALFORMED, "device information: cut off at byte",
		parse("09" "0102023f" "020400bc61", &d));
	SAYS(ERROR_MALFORMED, "bytes, but its length says",
		parse(PAGE "00", &d));
	assert_int_equal(d.serial, 4711);
	assert_false(d.present);
}

static const struct {
	const char *hex;
	bool taken;
} pages[] = {
	{ "00", true },
	{ "02fe00", true },         /* unknown, empty */
	{ "047f02aabb", true },     /* unknown */
	{ "0100", false }, { "0102", false },
	{ "02fe01", false }, { "020204", false },
	{ "020100", false },        /* applications in no byte */
	{ "03010137", true }, { "0601040000033f", true },
	{ "07010500000003ff", false },
	{ "020200", false }, { "0302017f", false }, { "0502037fffff", false },
	{ "0702057fffffff00", false },
	{ "020300", false }, { "020400", false }, { "0404020303", false },
	{ "0405020507", false }, { "0605040507" "0400", false },
	{ "021000", false }, { "0410020101", false },
};

static void members_of_the_wrong_length_are_malformed(void **state)
{
	struct devinfo d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pages); i++) {
		memset(&d, 0, sizeof(d));
		if (parse(pages[i].hex, &d) !=
			(pages[i].taken ? 0 : -ERROR_MALFORMED))
			fail_msg("%s", pages[i].hex);
		assert_int_equal(d.present, pages[i].taken);
	}
}

static void a_later_page_adds_to_the_earlier(void **state)
{
	struct devinfo d = { .present = false };

	(void)state;
	OK(parse("09" "02040000000a" "100101", &d));
	assert_true(d.more);
	OK(parse("05" "0503050704", &d));
	assert_false(d.more);
	assert_true(d.has_serial);
	assert_int_equal(d.serial, 10);
	assert_true(d.has_version);
	OK(parse("03" "100100", &d));
	assert_false(d.more);
}

static void a_security_key_has_no_serial(void **state)
{
	struct devinfo d = { .present = false };

	(void)state;
	OK(parse("08" "0503050403" "040141", &d));
	assert_false(d.has_serial);
	assert_true(d.security_key);
	assert_string_equal(devinfo_form_factor(&d), "USB-A keychain");
	OK(parse("06" "020400000000", &d)); /* zero is none */
	assert_false(d.has_serial);
}

static void fips_is_a_bit_or_firmware_4_4(void **state)
{
	static const struct {
		const char *hex;
		bool fips;
	} rows[] = {
		{ "03" "040181", true }, { "03" "040101", false },
		{ "05" "0503040400", true }, { "05" "0503040405", true },
		{ "05" "0503040305", false }, { "05" "0503050404", false },
		{ "08" "0503050402" "040183", true },
		{ "08" "040183" "0503050402", true },
	};
	struct devinfo d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(&d, 0, sizeof(d));
		OK(parse(rows[i].hex, &d));
		assert_int_equal(d.fips, rows[i].fips);
	}
}

static void form_factors_have_names_or_none(void **state)
{
	static const char *const names[16] = { NULL, "USB-A keychain",
		"USB-A nano", "USB-C keychain", "USB-C nano",
		"USB-C and Lightning", "USB-A biometric", "USB-C biometric" };
	struct devinfo d = { .present = true };
	int i;

	(void)state;
	for (i = 0; i < 16; i++) {
		const char *name;

		d.form_factor = (uint8_t)i;
		name = devinfo_form_factor(&d);
		if (names[i])
			assert_string_equal(name, names[i]);
		else
			assert_null(name);
		assert_int_equal(devinfo_is_biometric(&d), name &&
			strstr(name, "biometric") != NULL);
	}
	d.form_factor = 6;
	d.present = false;
	assert_false(devinfo_is_biometric(&d));
}

static void firmware_that_tells_wrongly_is_put_right(void **state)
{
	static const struct {
		const char *hex;
		uint16_t product;
		bool known;       /* what is switched on */
		uint32_t supported, enabled;
	} rows[] = {
		/* 4.2.4 lists less than it has */
		{ "0b" "010107" "030107" "0503040204", 0x0407, true, 0x3b,
			0x3b },
		{ "0b" "01013b" "030101" "0503040305", 0x0406, true, 0x3b,
			0x3a },
		{ "0b" "01013b" "030101" "0503040305", 0x0402, true, 0x3b,
			0x02 },
		{ "0b" "01013b" "030101" "0503040305", 0, false, 0x3b, 1 },
		/* the fifth generation tells it as it is */
		{ "0b" "01013b" "030101" "0503050407", 0x0407, true, 0x3b,
			1 },
	};
	struct devinfo d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(&d, 0, sizeof(d));
		OK(parse(rows[i].hex, &d));
		devinfo_settle(&d, rows[i].product);
		assert_int_equal(d.usb_supported, rows[i].supported);
		assert_int_equal(d.has_usb_enabled, rows[i].known);
		assert_int_equal(d.usb_enabled, rows[i].enabled);
	}
}

static void a_key_before_its_release_is_known(void **state)
{
	static const struct {
		const char *hex;
		bool preview;
	} rows[] = {
		{ "05" "0503050001", true }, { "05" "0503050101", false },
		{ "05" "0503050202", true }, { "05" "0503050203", false },
		{ "05" "0503050501", true }, { "05" "0503050502", false },
		{ "05" "0503040202", false },
		{ "0a" "0503050704" "1903020100", true },
		{ "0a" "0503050704" "1903020102", false },
		{ "0a" "0503050001" "1903020102", false },
	};
	struct devinfo d;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(&d, 0, sizeof(d));
		OK(parse(rows[i].hex, &d));
		assert_int_equal(devinfo_is_preview(&d), rows[i].preview);
	}
	SAYS(ERROR_MALFORMED, "device information:",
		parse("05" "1903020103", &d));
	SAYS(ERROR_MALFORMED, "device information:",
		parse("04" "19020201", &d));
}

static void the_second_page_tells_more(void **state)
{
	struct devinfo d = { .present = false };

	(void)state;
	OK(parse("1d" "130441424344" "14020210" "15020200" "160101" "170101"
		"18020008" "2003080706", &d));
	assert_string_equal(d.part_number, "ABCD");
	assert_int_equal(d.fips_capable, 0x210);
	assert_int_equal(d.fips_approved, 0x200);
	assert_true(d.pin_complexity);
	assert_true(d.nfc_restricted);
	assert_int_equal(d.reset_blocked, 8);
	assert_memory_equal(d.fingerprint_version, "\10\7\6", 3);
	OK(parse("07" "130561200a1b62", &d));
	assert_string_equal(d.part_number, "a ??b");
}

static void interfaces_that_disagree_are_told(void **state)
{
	const struct devinfo fido = { .present = true, .has_serial = true,
		.serial = 7, .has_version = true, .version = { 5, 7, 4 },
		.form_factor = 1 };
	struct devinfo card = fido;
	struct otp_interface otp = { .has_serial = true, .serial = 7,
		.version = { 5, 7, 4 } };
	uint8_t hid[3] = { 5, 7, 4 };
	const struct identity_interfaces all = { &fido, &card, &otp, hid };
	struct identity_differences d;

	(void)state;
	identity_compare(&all, &d);
	assert_int_equal(d.n, 0);
	card.serial = 8;
	otp.version[2] = 3;
	hid[1] = 4;
	card.form_factor = 2;
	identity_compare(&all, &d);
	assert_int_equal(d.n, 4);
	assert_string_equal(d.text[0],
		"serial number: 7 over FIDO, 8 over the smart card");
	assert_string_equal(d.text[1],
		"firmware: 5.7.4 over FIDO, 5.7.3 over OTP");
	assert_string_equal(d.text[2],
		"firmware: 5.7.4 over FIDO, 5.4.4 over CTAPHID");
	assert_string_equal(d.text[3], "form factor: USB-A keychain over "
		"FIDO, USB-A nano over the smart card");
	/* a NEO's INIT tells the protocol's version */
	hid[0] = 2;
	assert_null(product_hid_firmware(USB_VENDOR_YUBICO, hid));
	identity_compare(&(struct identity_interfaces){ .otp = &otp }, &d);
	assert_int_equal(d.n, 0);
	hid[0] = 4;
	assert_ptr_equal(product_hid_firmware(USB_VENDOR_YUBICO, hid), hid);
	assert_null(product_hid_firmware(0x20a0, hid));
	assert_null(product_hid_firmware(USB_VENDOR_YUBICO, NULL));
}

static void without_a_page_nothing_is_known_to_be_on(void **state)
{
	struct devinfo d = { .usb_supported = 0x3f };

	(void)state;
	assert_false(devinfo_enabled(&d, DEVINFO_OATH));
	d.present = true;
	assert_true(devinfo_enabled(&d, DEVINFO_OATH));
	d.has_usb_enabled = true;
	assert_false(devinfo_enabled(&d, DEVINFO_OATH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_s_page_tells_what_it_is),
		cmocka_unit_test(cut_off_anywhere_a_page_is_malformed),
		cmocka_unit_test(members_of_the_wrong_length_are_malformed),
		cmocka_unit_test(a_later_page_adds_to_the_earlier),
		cmocka_unit_test(a_security_key_has_no_serial),
		cmocka_unit_test(fips_is_a_bit_or_firmware_4_4),
		cmocka_unit_test(form_factors_have_names_or_none),
		cmocka_unit_test(firmware_that_tells_wrongly_is_put_right),
		cmocka_unit_test(a_key_before_its_release_is_known),
		cmocka_unit_test(the_second_page_tells_more),
		cmocka_unit_test(interfaces_that_disagree_are_told),
		cmocka_unit_test(without_a_page_nothing_is_known_to_be_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
