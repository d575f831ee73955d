/* SPDX-License-Identifier: Apache-2.0 */
/* What attestation certificates say in their extensions and form. */
#include "token/trust/certificate.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

static struct vendor vendor;

static int load_der(const unsigned char *der, size_t n, X509 **cert,
	struct leaf *ret)
{
	unsigned char *p = copy_of(der, n);
	int r = leaf_load(p, n, cert, ret, &err);

	free(p);
	return r;
}

static int load(const struct vendor_cert *what, struct leaf *ret)
{
	X509 *cert = vendor_cert(what, vendor.leaf_key, NULL, NULL), *is = NULL;
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der), r;

	r = load_der(der, (size_t)n, &is, ret);
	assert_int_equal(is != NULL, r == 0);
	X509_free(is);
	X509_free(cert);
	OPENSSL_free(der);
	return r;
}

static void a_yubikey_s_leaf_tells_model_product_and_firmware(void **state)
{
	struct leaf l;

	(void)state;
	OK(load(&vendor_leaf_cert, &l));
	assert_true(l.has_aaguid);
	assert_false(l.aaguid_critical);
	assert_memory_equal(l.aaguid, VENDOR_AAGUID, 16);
	assert_true(l.has_firmware);
	assert_memory_equal(l.firmware, "\5\7\4", 3);
	assert_string_equal(l.device_id, "1.3.6.1.4.1.41482.1.7");
	assert_false(l.fips);
	assert_string_equal(l.subject, "Example Token 1");
	assert_int_equal(strlen(l.sha256), 64);
}

static void a_leaf_without_extensions_tells_nothing(void **state)
{
	const struct vendor_cert old = { .cn = "Example U2F EE 1" };
	struct leaf l;

	(void)state;
	OK(load(&old, &l));
	assert_false(l.has_aaguid);
	assert_false(l.has_firmware);
	assert_false(l.fips);
	assert_string_equal(l.device_id, "");
}

#define AAGUID "1.3.6.1.4.1.45724.1.1.4"
#define FIRMWARE "1.3.6.1.4.1.41482.13.1"
#define DEVICE_ID "1.3.6.1.4.1.41482.2"
#define FIPS "1.3.6.1.4.1.41482.12"
#define FW_VERSION "1.3.6.1.4.1.45724.1.1.5"
#define SERIAL "1.3.6.1.4.1.45724.1.1.2"
#define TRANSPORTS "1.3.6.1.4.1.45724.2.1.1"
#define BYTES_64 "00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddeeff"

static const struct {
	struct vendor_extension extension;
	bool taken;
} extensions[] = {
	{ { AAGUID, "0410" VENDOR_AAGUID_HEX, false }, true },
	{ { AAGUID, "0410" VENDOR_AAGUID_HEX, true }, true }, /* said apart */
	{ { AAGUID, VENDOR_AAGUID_HEX, false }, false },
	{ { AAGUID, "0310" VENDOR_AAGUID_HEX, false }, false },
	{ { AAGUID, "040f" VENDOR_AAGUID_HEX, false }, false },
	{ { AAGUID, "0411" VENDOR_AAGUID_HEX, false }, false },
	{ { AAGUID, "0410" VENDOR_AAGUID_HEX "00", false }, false },
	{ { AAGUID, "0410" "d7781e5de35346aaafe23ca49f1333", false }, false },
	{ { AAGUID, "", false }, false },
	{ { AAGUID, "0500", false }, false },
	{ { FIRMWARE, "0403050704", false }, true },
	{ { FIRMWARE, "0403ffffff", false }, true },
	{ { FIRMWARE, "050704", false }, false },
	{ { FIRMWARE, "04020507", false }, false },
	{ { FIRMWARE, "040405070400", false }, false },
	{ { FIRMWARE, "040305070400", false }, false },
	{ { FIRMWARE, "0203050704", false }, false },
	{ { FIRMWARE, "", false }, false },
	{ { DEVICE_ID, "312e33", false }, true },
	{ { DEVICE_ID, "", false }, false },
	{ { DEVICE_ID, "0c03312e33", false }, false }, /* wrapped in DER */
	{ { DEVICE_ID, "312e330a", false }, false },
	{ { DEVICE_ID, "312e3300", false }, false },
	{ { DEVICE_ID, "312e2d33", false }, false },
	{ { DEVICE_ID, "1b5b324a", false }, false },
	/* 47 and 48 bytes: one is left for a NUL */
	{ { DEVICE_ID, "3131313131313131313131313131313131313131313131313131"
	    "313131313131313131313131313131313131313131", false }, true },
	{ { DEVICE_ID, "3131313131313131313131313131313131313131313131313131"
	    "31313131313131313131313131313131313131313131", false }, false },
	{ { FIPS, "020107", false }, true },
	{ { FIPS, "", false }, false },
	{ { "1.3.6.1.4.1.41482.3.7", "00", false }, true },
	{ { FW_VERSION, "020100", false }, true },
	{ { FW_VERSION, "0203050704", false }, true },
	{ { FW_VERSION, "020500ffffffff", false }, true },
	{ { FW_VERSION, "02020080", false }, true },
	{ { FW_VERSION, "02020001", false }, false }, /* needless zero */
	{ { FW_VERSION, "0201ff", false }, false }, /* -1 */
	{ { FW_VERSION, "02050100000000", false }, false }, /* 2^32 */
	{ { FW_VERSION, "0200", false }, false },
	{ { FW_VERSION, "04020507", false }, false },
	{ { FW_VERSION, "02020507ff", false }, false },
	{ { FW_VERSION, "", false }, false },
	{ { SERIAL, "040400bc614e", false }, true },
	{ { SERIAL, "040107", false }, true },
	{ { SERIAL, "0440" BYTES_64, false }, true },
	{ { SERIAL, "0441" BYTES_64 "00", false }, false },
	{ { SERIAL, "0400", false }, false },
	{ { SERIAL, "020400bc614e", false }, false },
	{ { SERIAL, "040500bc614e", false }, false },
	{ { SERIAL, "", false }, false },
	/* for people only */
	{ { TRANSPORTS, "03020430", false }, true },
	{ { TRANSPORTS, "", false }, true },
};

/* What is said of one that is wrong. */
static const char *name_of(const char *oid)
{
	static const char *const names[][2] = {
		{ AAGUID, "AAGUID" }, { FIRMWARE, "firmware version" },
		{ DEVICE_ID, "device id" }, { FIPS, "FIPS" },
		{ FW_VERSION, "firmware number" }, { SERIAL, "serial number" },
	};
	static char text[128];
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i][0], oid) == 0)
			snprintf(text, sizeof(text), "attestation certificate: "
				"malformed extension '%s'", names[i][1]);
	return text;
}

static void an_extension_is_right_or_malformed(void **state)
{
	struct vendor_cert c = { .cn = "x" };
	struct leaf l;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < ARRAY_LEN(extensions); i++) {
		c.extensions[0] = extensions[i].extension;
		r = load(&c, &l);
		if (r != (extensions[i].taken ? 0 : -ERROR_MALFORMED))
			fail_msg("row %zu: %d", i, r);
		if (r < 0)
			assert_string_equal(err.text,
				name_of(extensions[i].extension.oid));
		if (r == 0)
			assert_int_equal(l.aaguid_critical,
				extensions[i].extension.critical);
	}
	c.extensions[0] = (struct vendor_extension){ FIPS, "020107", false };
	OK(load(&c, &l));
	assert_true(l.fips);
}

static void a_serial_number_of_eight_bytes_is_a_number(void **state)
{
	struct leaf l = { .serial_n = 0 };
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(l.serial); n++)
		l.serial[n] = (uint8_t)(0x81 + n);
	assert_true(leaf_serial(&l) == 0);
	for (n = 1; n <= 8; n++) {
		l.serial_n = n;
		assert_true(leaf_serial(&l) ==
			0x8182838485868788 >> 8 * (8 - n));
	}
	for (; n <= sizeof(l.serial); n++) {
		l.serial_n = n;
		assert_true(leaf_serial(&l) == 0);
	}
}

static const struct vendor_extension of_ones[] = {
	{ AAGUID, "0410ffffffffffffffffffffffffffffffff", false },
	{ FIRMWARE, "0403ffffff", false },
	{ FW_VERSION, "020500ffffffff", false },
	{ SERIAL, "0404ffffffff", false },
	{ TRANSPORTS, "030200ff", false },
	{ FIPS, "ff", false },
	{ DEVICE_ID, "312e32", false },
};

/* These two of them, each whole, and no other. */
static void assert_told(const struct leaf *l, size_t a, size_t b)
{
#define HAS(i) (a == (i) || b == (i))
	assert_int_equal(l->has_aaguid, HAS(0));
	assert_false(l->aaguid_critical);
	assert_int_equal(l->aaguid[15], HAS(0) ? 0xff : 0);
	assert_int_equal(l->has_firmware, HAS(1));
	assert_int_equal(l->firmware[2], HAS(1) ? 0xff : 0);
	assert_int_equal(l->has_fw_version, HAS(2));
	assert_int_equal(l->fw_version, HAS(2) ? 0xffffffff : 0);
	assert_int_equal(l->serial_n, HAS(3) ? 4 : 0);
	assert_int_equal(l->serial[3], HAS(3) ? 0xff : 0);
	assert_int_equal(l->serial[4], 0);
	assert_int_equal(l->has_transports, HAS(4));
	assert_int_equal(l->transports, HAS(4) ? 0xff : 0);
	assert_int_equal(l->fips, HAS(5));
	assert_string_equal(l->device_id, HAS(6) ? "1.2" : "");
	assert_string_equal(l->subject, "x");
#undef HAS
}

/* Alone, and before and behind every other. */
static void an_extension_tells_what_it_names_alone(void **state)
{
	struct leaf l;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of_ones); i++)
		for (k = 0; k < ARRAY_LEN(of_ones); k++) {
			struct vendor_cert c = { .cn = "x",
				.extensions = { of_ones[i] } };

			if (k != i)
				c.extensions[1] = of_ones[k];
			OK(load(&c, &l));
			assert_told(&l, i, k);
		}
}

/* Each byte of the number counts, from the first on. */
static void a_firmware_number_is_of_one_to_four_bytes(void **state)
{
	static const struct {
		const char *hex;
		uint32_t is;
	} rows[] = {
		{ "020100", 0 }, { "020101", 1 }, { "02017f", 0x7f },
		{ "02020080", 0x80 }, { "020200ff", 0xff },
		{ "02020100", 0x100 }, { "02027fff", 0x7fff },
		{ "0203050403", 0x050403 }, { "020300ff01", 0xff01 },
		{ "020405060708", 0x05060708 }, { "02047fffffff", 0x7fffffff },
		{ "02050080000000", 0x80000000 },
		{ "020500ffffffff", 0xffffffff },
	};
	struct vendor_cert c = { .cn = "x", .extensions = {
		{ FW_VERSION, NULL, false } } };
	struct leaf l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		c.extensions[0].hex = rows[i].hex;
		OK(load(&c, &l));
		if (!l.has_fw_version || l.fw_version != rows[i].is)
			fail_msg("%s: %x", rows[i].hex, l.fw_version);
	}
}

static void a_leaf_tells_its_firmware_serial_and_transports(void **state)
{
	struct vendor_cert c = { .cn = "x", .extensions = {
		{ FW_VERSION, "020500fffffffe", false },
		{ SERIAL, "040400bc614e", false },
		{ TRANSPORTS, "03020430", false } } };
	struct leaf l;

	(void)state;
	OK(load(&c, &l));
	assert_true(l.has_fw_version);
	assert_int_equal(l.fw_version, 0xfffffffe);
	assert_int_equal(l.serial_n, 4);
	assert_memory_equal(l.serial, "\x00\xbc\x61\x4e", 4);
	assert_true(l.has_transports);
	assert_int_equal(l.transports, 0x30);
	c.extensions[2].hex = "03020830"; /* eight bits unused of eight */
	OK(load(&c, &l));
	assert_false(l.has_transports);
	OK(load(&(struct vendor_cert){ .cn = "x" }, &l));
	assert_false(l.has_fw_version || l.serial_n || l.has_transports);
}

static void an_extension_that_is_there_twice_is_malformed(void **state)
{
	struct vendor_cert c = { .cn = "x", .extensions = {
		{ FIRMWARE, "0403050704", false },
		{ SERIAL, "040400bc614e", false },
		{ FIRMWARE, "0403050604", false } } };
	struct leaf l;

	(void)state;
	SAYS(ERROR_MALFORMED, "attestation certificate: an extension is there "
		"twice", load(&c, &l));
	c.extensions[2].hex = c.extensions[0].hex;
	SAYS(ERROR_MALFORMED, "twice", load(&c, &l));
	/* one that we do not know is no better */
	c.extensions[0].oid = c.extensions[2].oid = "1.3.6.1.4.1.99999.1";
	SAYS(ERROR_MALFORMED, "twice", load(&c, &l));
	c.extensions[0].oid = "1.3.6.1.4.1.99999.2";
	OK(load(&c, &l));
}

/* Of the first generations the OID itself is the id, whatever it holds. */
static void an_early_key_s_device_id_is_an_extension_s_oid(void **state)
{
	static const char *const ids[] = { "1.3.6.1.4.1.41482.1.1",
		"1.3.6.1.4.1.41482.1.2", "1.3.6.1.4.1.41482.1.3" };
	struct vendor_cert c = { .cn = "Yubico U2F EE Serial 1" };
	struct leaf l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ids); i++) {
		c.extensions[0] = (struct vendor_extension){ ids[i], "0500",
			false };
		OK(load(&c, &l));
		assert_string_equal(l.device_id, ids[i]);
	}
	/* told twice it is the same, in any order */
	c.extensions[1] = (struct vendor_extension){ DEVICE_ID,
		"312e332e362e312e342e312e34313438322e312e33", false };
	OK(load(&c, &l));
	assert_string_equal(l.device_id, ids[2]);
	c.extensions[2] = (struct vendor_extension){ ids[0], "0500", false };
	SAYS(ERROR_MALFORMED, "two device ids", load(&c, &l));
	c.extensions[0] = c.extensions[1];
	c.extensions[1] = c.extensions[2];
	c.extensions[2].oid = NULL;
	SAYS(ERROR_MALFORMED, "two device ids", load(&c, &l));
	/* and of another tree it is none */
	c.extensions[0] = (struct vendor_extension){ "1.3.6.1.4.1.41482.11",
		"0500", false };
	c.extensions[1].oid = NULL;
	OK(load(&c, &l));
	assert_string_equal(l.device_id, "");
}

static bool clear(unsigned char *der, size_t n)
{
	unsigned char *copy = copy_of(der, n);
	bool done = leaf_clear_unused_bits(copy, n);

	/* nothing but that byte */
	if (!done)
		assert_memory_equal(copy, der, n);
	free(copy);
	return done;
}

static void unused_bits_are_cleared_where_the_signature_claims_them(
	void **state)
{
	unsigned char *der = NULL, *good;
	size_t n = (size_t)i2d_X509(vendor.leaf, &der), i, at;
	struct leaf l;
	X509 *cert = NULL;

	(void)state;
	good = copy_of(der, n);
	for (at = n - 75; der[at] != 0x03 || at + 2 + der[at + 1] != n; at++)
		;
	at += 2;
	assert_false(clear(der, n));
	for (i = 1; i < 256; i++) {
		der[at] = (unsigned char)i;
		assert_true(leaf_clear_unused_bits(der, n));
		assert_memory_equal(der, good, n);
	}
	der[at] = 3;
	OK(load_der(der, n, &cert, &l)); /* as it stands, it parses ... */
	assert_int_not_equal(X509_verify(cert, vendor.middle_key), 1);
	X509_free(cert);
	assert_true(leaf_clear_unused_bits(der, n)); /* ... but holds now */
	cert = NULL;
	OK(load_der(der, n, &cert, &l));
	assert_int_equal(X509_verify(cert, vendor.middle_key), 1);
	X509_free(cert);
	der[at] = 3;
	for (i = 0; i < n; i++)
		assert_false(clear(der, i));
	free(good);
	OPENSSL_free(der);
}

static void what_is_not_one_certificate_is_malformed_at_every_byte(
	void **state)
{
	unsigned char *der = NULL;
	struct leaf l = { .subject = "kept" };
	X509 *cert = NULL;
	size_t n = (size_t)i2d_X509(vendor.leaf, &der), i;
	unsigned char *more = copy_of(der, n);

	(void)state;
	for (i = 0; i < n; i++)
		SAYS(ERROR_MALFORMED, "attestation certificate: not one DER "
			"certificate", load_der(der, i, &cert, &l));
	more = realloc(more, n + 1);
	more[n] = 0;
	SAYS(ERROR_MALFORMED, "attestation certificate: not one DER "
		"certificate", load_der(more, n + 1, &cert, &l));
	assert_null(cert);
	assert_string_equal(l.subject, "kept");
	OK(load_der(more, n, &cert, &l));
	X509_free(cert);
	free(more);
	OPENSSL_free(der);
}

static void a_flipped_byte_is_malformed_or_another_certificate(void **state)
{
	unsigned char *der = NULL;
	struct leaf good, l;
	X509 *cert = NULL;
	size_t n = (size_t)i2d_X509(vendor.leaf, &der), i;

	(void)state;
	OK(load_der(der, n, &cert, &good));
	X509_free(cert);
	for (i = 0; i < n; i++) {
		der[i] ^= 0x11;
		cert = NULL;
		if (load_der(der, n, &cert, &l) == 0)
			assert_string_not_equal(l.sha256, good.sha256);
		X509_free(cert);
		der[i] ^= 0x11;
	}
	OPENSSL_free(der);
}

static void a_subject_is_shown_harmless(void **state)
{
	struct vendor_cert c = { .cn = "Example\x1b[2J\nToken \xe2\x80\xae" };
	struct leaf l;

	(void)state;
	OK(load(&c, &l));
	assert_string_equal(l.subject, "Example?[2J?Token ???");
	c.cn = NULL;
	c.ou = "Unit";
	OK(load(&c, &l));
	assert_non_null(strstr(l.subject, "Unit"));
}

static const struct {
	struct vendor_cert cert;
	const char *says; /* NULL: none */
} forms[] = {
	{ { .cn = "x", .ou = "Authenticator Attestation",
	    .basic = "CA:FALSE" }, NULL },
	{ { .cn = "x", .ou = "Authenticator Attestation",
	    .basic = "critical,CA:FALSE" }, NULL },
	{ { .cn = "x", .ou = "Authenticator Attestation", .version = -1 },
	  "version 3" },
	{ { .cn = "x", .ou = "Authenticator Attestation", .version = 1 },
	  "version 3" },
	{ { .cn = "x", .basic = "CA:FALSE" }, "OU" },
	{ { .cn = "x", .ou = "Authenticator attestation",
	    .basic = "CA:FALSE" }, "OU" },
	{ { .cn = "x", .ou = "Authenticator Attestation ",
	    .basic = "CA:FALSE" }, "OU" },
	{ { .cn = "x", .ou = "Authenticator Attestation, and much more text "
	    "that fills it", .basic = "CA:FALSE" }, "OU" },
	{ { .cn = "x", .ou = "Authenticator Attestation" },
	  "basic constraints" },
	{ { .cn = "x", .ou = "Authenticator Attestation",
	    .basic = "CA:TRUE" }, "CA" },
	{ { .cn = "x", .ou = "Authenticator Attestation", .no_c = true,
	    .basic = "CA:FALSE" }, "C, O, CN" },
	{ { .cn = "x", .ou = "Authenticator Attestation", .no_o = true,
	    .basic = "CA:FALSE" }, "C, O, CN" },
	{ { .ou = "Authenticator Attestation", .basic = "CA:FALSE" },
	  "C, O, CN" },
	{ { .cn = "x", .ou = "Authenticator Attestation",
	    .basic = "critical,CA:TRUE,pathlen:0" }, "CA" },
};

static void each_defect_of_form_is_named(void **state)
{
	const char *defect;
	X509 *cert;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		cert = vendor_cert(&forms[i].cert, vendor.leaf_key, NULL, NULL);
		defect = leaf_packed_defect(cert);
		if (!forms[i].says != !defect ||
			(defect && !strstr(defect, forms[i].says)))
			fail_msg("row %zu: %s", i, defect);
		X509_free(cert);
	}
}

static void an_aaguid_is_written_with_dashes(void **state)
{
	char s[AAGUID_TEXT_LEN];

	(void)state;
	aaguid_format((const uint8_t *)VENDOR_AAGUID, s);
	assert_string_equal(s, "d7781e5d-e353-46aa-afe2-3ca49f13332a");
}

static void an_aaguid_is_read_with_its_dashes_only(void **state)
{
	static const char *const bad[] = { "",
		"d7781e5de35346aaafe23ca49f13332a",
		"d7781e5d-e353-46aa-afe2-3ca49f13332",
		"d7781e5d-e353-46aa-afe2-3ca49f13332ab",
		"d7781e5d-e353-46aa-afe2-3ca49f13332g",
		"d7781e5de-353-46aa-afe2-3ca49f13332a",
		"d7781e5d-e353-46aa-afe2-3ca49f1333-a",
		"------------------------------------",
		" d7781e5d-e353-46aa-afe2-3ca49f13332" };
	uint8_t aaguid[16], before[16];
	size_t i;

	(void)state;
	assert_int_equal(aaguid_parse("d7781e5d-E353-46aa-afe2-3ca49f13332a-x",
		36, aaguid), 0);
	assert_memory_equal(aaguid, VENDOR_AAGUID, 16);
	memcpy(before, aaguid, 16);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		unsigned char *p = copy_of(bad[i], strlen(bad[i]));

		assert_int_equal(aaguid_parse((char *)p, strlen(bad[i]),
			aaguid), -1);
		assert_memory_equal(aaguid, before, 16);
		free(p);
	}
}

static int set_up(void **state)
{
	(void)state;
	vendor_init(&vendor);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vendor_done(&vendor);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_yubikey_s_leaf_tells_model_product_and_firmware),
		cmocka_unit_test(a_leaf_without_extensions_tells_nothing),
		cmocka_unit_test(an_extension_is_right_or_malformed),
		cmocka_unit_test(a_serial_number_of_eight_bytes_is_a_number),
		cmocka_unit_test(an_extension_tells_what_it_names_alone),
		cmocka_unit_test(a_firmware_number_is_of_one_to_four_bytes),
		cmocka_unit_test(
			a_leaf_tells_its_firmware_serial_and_transports),
		cmocka_unit_test(
			an_extension_that_is_there_twice_is_malformed),
		cmocka_unit_test(
			an_early_key_s_device_id_is_an_extension_s_oid),
		cmocka_unit_test(
		      unused_bits_are_cleared_where_the_signature_claims_them),
		cmocka_unit_test(
			what_is_not_one_certificate_is_malformed_at_every_byte),
		cmocka_unit_test(
			a_flipped_byte_is_malformed_or_another_certificate),
		cmocka_unit_test(a_subject_is_shown_harmless),
		cmocka_unit_test(each_defect_of_form_is_named),
		cmocka_unit_test(an_aaguid_is_written_with_dashes),
		cmocka_unit_test(an_aaguid_is_read_with_its_dashes_only),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
