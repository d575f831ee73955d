/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM's structures: whole, cut off at every byte, and of odd forms. */
#include "token/attest/tpm-structures.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/attest/cbor.h"

static struct vendor vendor;

/* A member of the tpm statement that the answer becomes */
static void member(const struct vendor_answer *w, const char *name,
	struct buf *ret)
{
	cbor_item_t *map = NULL;
	const unsigned char *p;
	struct attestation a;
	size_t n;

	attestation_init(&a);
	vendor_answer_build(w, &a);
	OK(tcbor_load(a.att_stmt.p, a.att_stmt.n, &map, &err));
	p = tcbor_bytes(tcbor_get(map, name), &n);
	assert_non_null(p);
	buf_init(ret, 65536);
	buf_put(ret, p, n);
	tcbor_done(&map);
	attestation_done(&a);
}

static int parse_area(const unsigned char *p, size_t n, struct tpm_public *ret)
{
	unsigned char *copy = copy_of(p, n);
	int r = tpm_public_parse(copy, n, ret, &err);

	free(copy);
	return r;
}

static int parse_info(const unsigned char *p, size_t n,
	struct tpm_certify *ret)
{
	unsigned char *copy = copy_of(p, n);
	int r = tpm_certify_parse(copy, n, ret, &err);

	free(copy);
	return r;
}

static void an_ecc_area_is_taken_apart(void **state)
{
	struct vendor_answer w;
	struct tpm_public a;
	struct buf b;

	(void)state;
	vendor_answer_tpm(&w, &vendor);
	w.tpm.attributes = 0x12345678;
	member(&w, "pubArea", &b);
	OK(tpm_public_parse(b.p, b.n, &a, &err));
	assert_int_equal(a.type, TPM_ECC);
	assert_int_equal(a.name_alg, TPM_SHA256);
	assert_int_equal(a.attributes, 0x12345678);
	assert_int_equal(a.curve, 3);
	assert_int_equal(a.x_n, 32);
	assert_int_equal(a.y_n, 32);
	assert_true(tpm_public_is(&a, vendor.credential_key));
	assert_false(tpm_public_is(&a, vendor.leaf_key));
	buf_done(&b);
}

static void an_rsa_area_is_taken_apart(void **state)
{
	EVP_PKEY *key = vendor_key("RSA"), *other = vendor_key("RSA");
	struct vendor_answer w;
	struct tpm_public a;
	struct buf b;

	(void)state;
	vendor_answer_tpm(&w, &vendor);
	w.credential_key = key;
	w.credential_alg = COSE_ALG_RS256;
	member(&w, "pubArea", &b);
	OK(tpm_public_parse(b.p, b.n, &a, &err));
	assert_int_equal(a.type, TPM_RSA);
	assert_int_equal(a.bits, 2048);
	assert_int_equal(a.exponent, 65537);
	assert_int_equal(a.x_n, 256);
	assert_true(tpm_public_is(&a, key));
	assert_false(tpm_public_is(&a, other));
	assert_false(tpm_public_is(&a, vendor.credential_key));
	a.exponent = 65539;
	assert_false(tpm_public_is(&a, key));
	buf_done(&b);
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
}

static void a_certificate_of_a_key_is_taken_apart(void **state)
{
	struct tpm_certify c;
	struct tpm_public a;
	struct vendor_answer w;
	struct buf info, area;

	(void)state;
	vendor_answer_tpm(&w, &vendor);
	member(&w, "certInfo", &info);
	member(&w, "pubArea", &area);
	OK(tpm_certify_parse(info.p, info.n, &c, &err));
	OK(tpm_public_parse(area.p, area.n, &a, &err));
	assert_int_equal(c.extra_n, 32);
	assert_int_equal(c.name_n, 34);
	assert_true(tpm_name_is(&a, area.p, area.n, c.name, c.name_n));
	assert_false(tpm_name_is(&a, area.p, area.n, c.name, c.name_n - 1));
	assert_false(tpm_name_is(&a, area.p, area.n - 1, c.name, c.name_n));
	assert_false(tpm_name_is(&a, area.p, area.n, c.name, 0));
	a.name_alg = TPM_SHA384;
	assert_false(tpm_name_is(&a, area.p, area.n, c.name, c.name_n));
	a.name_alg = 4; /* SHA-1 */
	assert_false(tpm_name_is(&a, area.p, area.n, c.name, c.name_n));
	buf_done(&area);
	buf_done(&info);
}

static void what_is_cut_off_or_too_long_is_malformed_at_every_byte(
	void **state)
{
	struct tpm_certify c = { .name_n = 4711 };
	struct tpm_public a = { .type = 4711 };
	struct vendor_answer w;
	struct buf info, area;
	size_t n;

	(void)state;
	vendor_answer_tpm(&w, &vendor);
	member(&w, "certInfo", &info);
	member(&w, "pubArea", &area);
	for (n = 0; n < area.n; n++)
		FAILS(ERROR_MALFORMED, parse_area(area.p, n, &a));
	for (n = 0; n < info.n; n++)
		FAILS(ERROR_MALFORMED, parse_info(info.p, n, &c));
	buf_put_byte(&area, 0);
	buf_put_byte(&info, 0);
	SAYS(ERROR_MALFORMED, "1 bytes too many",
		parse_area(area.p, area.n, &a));
	SAYS(ERROR_MALFORMED, "1 bytes too many",
		parse_info(info.p, info.n, &c));
	assert_int_equal(a.type, 4711);
	assert_int_equal(c.name_n, 4711);
	buf_done(&area);
	buf_done(&info);
}

#define HEAD "0023" "000b" "00060472" "0000"
#define POINT "0001" "11" "0001" "22"

static const struct {
	const char *hex;
	const char *says; /* NULL: taken */
} areas[] = {
	{ HEAD "0010" "0010" "0003" "0010" POINT, NULL },
	{ HEAD "0010" "0018000b" "0003" "0010" POINT, NULL },
	{ "0023" "000b" "00060472" "0002aabb" "0010" "0010" "0003" "0010"
	  POINT, NULL },
	{ "0008" "000b" "00060472" "0000" "0010" "0010" "0003" "0010" POINT,
	  "neither RSA nor ECC" },
	{ HEAD "0006" "0010" "0003" "0010" POINT, "does not sign" },
	{ HEAD "0010" "0014000b" "0003" "0010" POINT, "scheme" },
	{ HEAD "0010" "001a000b" "0003" "0010" POINT, "scheme" },
	{ HEAD "0010" "0010" "0003" "0020" POINT, "derivation" },
	{ HEAD "0010" "0010" "0003" "0010" "ffff" "11", "cut off" },
	{ "0001" "000b" "00060472" "0000" "0010" "0010" "0008" "00000000"
	  "0001" "ff", NULL },
	{ "0001" "000b" "00060472" "0000" "0010" "0016000b" "0008" "00000000"
	  "0001" "ff", NULL },
	{ "0001" "000b" "00060472" "0000" "0010" "0018000b" "0008" "00000000"
	  "0001" "ff", "scheme" },
	{ "0001" "000b" "00060472" "0000" "0010" "0010" "0010" "00000000"
	  "0001" "ff", "keyBits" },
	{ "0001" "000b" "00060472" "0000" "0010" "0010" "0008" "00000000"
	  "0002" "ffff", "keyBits" },
};

static void an_area_of_another_form_is_named(void **state)
{
	struct tpm_public a;
	struct buf b;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < ARRAY_LEN(areas); i++) {
		buf_init(&b, 4096);
		vendor_hex(&b, areas[i].hex);
		r = parse_area(b.p, b.n, &a);
		if ((r == 0) != !areas[i].says ||
			(r < 0 && !strstr(err.text, areas[i].says)))
			fail_msg("row %zu: %s", i, r ? err.text : "taken");
		buf_done(&b);
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
		cmocka_unit_test(an_ecc_area_is_taken_apart),
		cmocka_unit_test(an_rsa_area_is_taken_apart),
		cmocka_unit_test(a_certificate_of_a_key_is_taken_apart),
		cmocka_unit_test(
			what_is_cut_off_or_too_long_is_malformed_at_every_byte),
		cmocka_unit_test(an_area_of_another_form_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
