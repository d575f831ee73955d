/* SPDX-License-Identifier: Apache-2.0 */
/* Authenticator data and COSE keys; the keys and signatures are OpenSSL's. */
#include "token/attest/authdata.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/attest/cbor.h"
#include "token/attest/private.h"

static struct vendor vendor;
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

/* ---- authenticator data ---- */

static int parse(struct authdata *ret)
{
	static unsigned char *p;

	free(p); /* ret points into it until the next call */
	p = copy_of(b.p, b.n);
	return authdata_parse(p, b.n, ret, &err);
}

static void make(uint8_t flags, const char *extensions_hex)
{
	struct vendor_answer w;

	buf_reset(&b);
	vendor_answer_init(&w, &vendor);
	w.flags = flags;
	w.counter = 0x01020304;
	w.extensions_hex = extensions_hex;
	vendor_auth_data(&w, &b);
}

static void its_members_are_found(void **state)
{
	struct authdata a;

	(void)state;
	make(AUTHDATA_UP | AUTHDATA_AT | AUTHDATA_ED, "a0");
	OK(parse(&a));
	assert_int_equal(a.flags, 0xc1);
	assert_int_equal(a.counter, 0x01020304);
	assert_memory_equal(a.aaguid, VENDOR_AAGUID, 16);
	assert_int_equal(a.credential_id_n, strlen("credential of alice"));
	assert_memory_equal(a.credential_id, "credential of alice", 19);
	assert_int_equal(a.public_key_n, 77);
	make(AUTHDATA_UV, NULL);
	OK(parse(&a));
	assert_null(a.aaguid);
	assert_null(a.credential_id);
	assert_null(a.public_key);
	assert_int_equal(a.flags, AUTHDATA_UV);
}

/* What is said of the first n bytes, of which 19 are the credential id's. */
static const char *cut_words(size_t n)
{
	static char text[128];

	if (n < 37)
		snprintf(text, sizeof(text),
			"authenticator data of %zu bytes", n);
	else if (n < 55)
		strcpy(text, "authenticator data: cut off in the AAGUID");
	else if (n < 74)
		snprintf(text, sizeof(text), "authenticator data: a credential "
			"id of 19 bytes, but %zu follow", n - 55);
	else if (n < 151)
		strcpy(text, "authenticator data: no public key behind the "
			"credential id");
	else
		strcpy(text, "authenticator data: malformed extensions");
	return text;
}

static void cut_off_anywhere_it_is_malformed(void **state)
{
	struct authdata a = { .flags = 0x55 };
	size_t n;

	(void)state;
	make(AUTHDATA_UP | AUTHDATA_AT | AUTHDATA_ED, "a16161f5");
	for (n = b.n; b.n > 0;) {
		b.n--;
		FAILS(ERROR_MALFORMED, parse(&a));
		assert_string_equal(err.text, cut_words(b.n));
	}
	assert_int_equal(a.flags, 0x55);
	b.n = n;
	OK(parse(&a));
}

static void what_the_flags_do_not_announce_is_too_many(void **state)
{
	static const struct {
		uint8_t flags;
		const char *behind;
		const char *says;
	} rows[] = {
		{ AUTHDATA_UP, "00", "1 bytes too many" },
		{ AUTHDATA_UP, "a0a0", "2 bytes too many" },
		{ AUTHDATA_UP | AUTHDATA_AT, "00", "1 bytes too many" },
		{ AUTHDATA_UP | AUTHDATA_AT, "a0", "1 bytes too many" },
		{ AUTHDATA_UP | AUTHDATA_ED, NULL, "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_ED, "a000", "1 bytes too many" },
		{ AUTHDATA_UP | AUTHDATA_ED, "80", "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_ED, "00", "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_ED, "f6", "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_ED, "a1", "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_ED, "bfff", "malformed extensions" },
		{ AUTHDATA_UP | AUTHDATA_AT | AUTHDATA_ED, "a0a0",
			"1 bytes too many" },
	};
	struct authdata a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		make(rows[i].flags, rows[i].behind);
		SAYS(ERROR_MALFORMED, rows[i].says, parse(&a));
	}
}

static void a_credential_id_of_no_bytes_or_too_many_is_malformed(void **state)
{
	struct authdata a;

	(void)state;
	make(AUTHDATA_UP | AUTHDATA_AT, NULL);
	b.p[53] = b.p[54] = 0xff;
	SAYS(ERROR_MALFORMED, "65535", parse(&a));
	b.p[53] = b.p[54] = 0;
	SAYS(ERROR_MALFORMED, "a credential id of 0 bytes", parse(&a));
}

/* ---- keys ---- */

static const struct {
	const char *type;
	int alg;
} kinds[] = {
	{ "P-256", COSE_ALG_ES256 },
	{ "P-384", COSE_ALG_ES384 },
	{ "P-521", COSE_ALG_ES512 },
	{ "ED25519", COSE_ALG_EDDSA },
	{ "ED448", COSE_ALG_ED448 },
	{ "RSA", COSE_ALG_RS256 },
	{ "RSA-4096", COSE_ALG_RS256 },
};

static int load(EVP_PKEY **ret, int *ret_alg)
{
	unsigned char *p = copy_of(b.p, b.n);
	int r = cose_key_load(p, b.n, ret, ret_alg, &err);

	free(p);
	return r;
}

static void a_key_of_each_algorithm_is_openssl_s(void **state)
{
	EVP_PKEY *key, *is;
	size_t i;
	int alg;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		key = vendor_key(kinds[i].type);
		buf_reset(&b);
		vendor_cose_key(&b, key, kinds[i].alg);
		OK(load(&is, &alg));
		assert_int_equal(alg, kinds[i].alg);
		assert_int_equal(EVP_PKEY_eq(is, key), 1);
		EVP_PKEY_free(is);
		EVP_PKEY_free(key);
	}
}

static void a_signature_holds_only_as_it_was_made(void **state)
{
	EVP_PKEY *key, *other;
	struct buf sig;
	size_t i, k;

	(void)state;
	buf_init(&sig, 1024);
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		key = vendor_key(kinds[i].type);
		other = vendor_key(kinds[i].type);
		buf_reset(&sig);
		vendor_sign(key, kinds[i].alg, "ab", 2, "c", 1, &sig);
		assert_true(cose_verify(key, kinds[i].alg, "ab", 2, "c", 1,
			sig.p, sig.n));
		assert_true(cose_verify(key, kinds[i].alg, "a", 1, "bc", 2,
			sig.p, sig.n));
		assert_true(cose_verify(key, kinds[i].alg, "abc", 3, NULL, 0,
			sig.p, sig.n));
		assert_false(cose_verify(key, kinds[i].alg, "ab", 2, "d", 1,
			sig.p, sig.n));
		assert_false(cose_verify(key, kinds[i].alg, NULL, 0, NULL, 0,
			sig.p, sig.n));
		assert_false(cose_verify(other, kinds[i].alg, "ab", 2, "c", 1,
			sig.p, sig.n));
		assert_false(cose_verify(NULL, kinds[i].alg, "ab", 2, "c", 1,
			sig.p, sig.n));
		for (k = 0; k < ARRAY_LEN(kinds); k++)
			if (kinds[k].alg != kinds[i].alg)
				assert_false(cose_verify(key, kinds[k].alg,
					"ab", 2, "c", 1, sig.p, sig.n));
		assert_false(cose_verify(key, 0, "ab", 2, "c", 1, sig.p,
			sig.n));
		assert_false(cose_verify(key, kinds[i].alg, "ab", 2, "c", 1,
			sig.p, sig.n - 1));
		assert_false(cose_verify(key, kinds[i].alg, "ab", 2, "c", 1,
			sig.p, 0));
		for (k = 0; k < sig.n; k++) {
			sig.p[k] ^= 0x40;
			assert_false(cose_verify(key, kinds[i].alg, "ab", 2,
				"c", 1, sig.p, sig.n));
			sig.p[k] ^= 0x40;
		}
		EVP_PKEY_free(other);
		EVP_PKEY_free(key);
	}
	buf_done(&sig);
}

static void a_curve_or_a_size_that_does_not_fit_verifies_nothing(void **state)
{
	static const struct {
		const char *type;
		int alg;
	} rows[] = {
		{ "P-384", COSE_ALG_ES256 }, { "P-521", COSE_ALG_ES256 },
		{ "P-256", COSE_ALG_ES384 }, { "P-256", COSE_ALG_ES512 },
		{ "RSA-1024", COSE_ALG_RS256 },
	};
	struct buf sig;
	EVP_PKEY *key;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		key = vendor_key(rows[i].type);
		buf_init(&sig, 1024);
		vendor_sign(key, rows[i].alg, "ab", 2, NULL, 0, &sig);
		assert_false(cose_verify(key, rows[i].alg, "ab", 2, NULL, 0,
			sig.p, sig.n));
		buf_done(&sig);
		EVP_PKEY_free(key);
	}
}

static void sha_1_is_verified_apart_and_with_rsa_only(void **state)
{
	const unsigned char *const text = (const unsigned char *)"ab";
	EVP_PKEY *key = vendor_key("RSA"), *ec = vendor_key("P-256");
	struct buf sig;

	(void)state;
	buf_init(&sig, 1024);
	vendor_sign(key, COSE_ALG_RS1, "ab", 2, NULL, 0, &sig);
	assert_true(cose_verify_rs1(key, text, 2, sig.p, sig.n));
	assert_false(cose_verify_rs1(key, text, 1, sig.p, sig.n));
	assert_false(cose_verify_rs1(ec, text, 2, sig.p, sig.n));
	assert_false(cose_verify_rs1(NULL, text, 2, sig.p, sig.n));
	assert_false(cose_verify(key, COSE_ALG_RS1, "ab", 2, NULL, 0, sig.p,
		sig.n));
	assert_false(cose_verify(key, COSE_ALG_RS256, "ab", 2, NULL, 0, sig.p,
		sig.n));
	assert_null(cose_digest(COSE_ALG_RS1));
	buf_reset(&b);
	vendor_cose_key(&b, key, COSE_ALG_RS1);
	EVP_PKEY_free(key);
	key = NULL;
	SAYS(ERROR_UNSUPPORTED, "COSE algorithm -65535 is not supported",
		load(&key, &(int){ 0 }));
	buf_done(&sig);
	EVP_PKEY_free(ec);
}

/* An RSA key of this many bytes, its first as given, and exponent. */
static void put_rsa(size_t n, unsigned char first, const char *exponent)
{
	size_t i;

	buf_reset(&b);
	vendor_hex(&b, "a401030339010020");
	tcbor_put_head(&b, TCBOR_BYTES, n);
	buf_put_byte(&b, first);
	for (i = 1; i < n; i++)
		buf_put_byte(&b, 0xa5);
	vendor_hex(&b, "21");
	vendor_hex(&b, exponent);
}

static void an_rsa_key_is_of_a_sane_size_and_exponent(void **state)
{
	static const struct {
		size_t n;
		unsigned char first;
		const char *exponent;
		bool taken;
	} rows[] = {
		{ 256, 0x80, "43010001", true },
		{ 512, 0x01, "43010001", true },
		{ 256, 0x7f, "43010001", false }, /* 2047 bits */
		{ 255, 0x80, "43010001", false },
		{ 257, 0x00, "43010001", false },
		{ 513, 0x80, "43010001", false },
		{ 256, 0x80, "43000001", false },
		{ 256, 0x80, "43010000", false }, /* even */
		{ 256, 0x80, "4103", false },
		{ 256, 0x80, "4400010001", false },
		{ 256, 0x80, "40", false },
	};
	EVP_PKEY *key;
	size_t i;
	int alg;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		put_rsa(rows[i].n, rows[i].first, rows[i].exponent);
		key = NULL;
		if ((load(&key, &alg) == 0) != rows[i].taken)
			fail_msg("row %zu", i);
		EVP_PKEY_free(key);
	}
}

/* P-256's generator (SEC 2 version 2, section 2.4.2) */
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
/* y + 1, and the field's prime */
#define OFF "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6"
#define PRIME "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ZERO "00000000000000000000000000000000" \
	     "00000000000000000000000000000000"

#define FIT "a COSE key that does not fit its algorithm "
#define INVALID "a COSE key that is no valid public key"

static const struct {
	const char *name;
	const char *hex;
	const char *says; /* NULL: taken */
} keys[] = {
	{ "the generator", "a501020326200121" "5820" GX "225820" GY, NULL },
	{ "members in another order", "a5" "225820" GY "215820" GX
	  "2001" "0326" "0102", NULL },
	{ "members that are cut off", "a6" "0102032620012118" "00" GX,
	  "CBOR of 42 bytes is cut off, nested too deep or of indefinite "
	  "length" },
	{ "x as a number", "a501020326200121" "00" "225820" GY, FIT "-7" },
	{ "a point off the curve", "a5010203262001215820" GX "225820" OFF,
	  INVALID },
	{ "the point at infinity", "a5010203262001215820" ZERO "225820" ZERO,
	  INVALID },
	{ "x that is the prime", "a5010203262001215820" PRIME "225820" GY,
	  INVALID },
	{ "curve P-384", "a5010203262002215820" GX "225820" GY, FIT "-7" },
	{ "curve secp256k1", "a5010203262008215820" GX "225820" GY, FIT "-7" },
	{ "curve as text", "a50102032620645032353621" "5820" GX "225820" GY,
	  FIT "-7" },
	{ "no curve", "a401020326215820" GX "225820" GY, FIT "-7" },
	{ "kty OKP", "a5010103262001215820" GX "225820" GY, FIT "-7" },
	{ "no kty", "a403262001215820" GX "225820" GY, FIT "-7" },
	{ "no alg", "a401022001215820" GX "225820" GY,
	  "a COSE key without an algorithm" },
	{ "alg as text", "a50102036545533235362001215820" GX "225820" GY,
	  "a COSE key without an algorithm" },
	{ "alg ES256K", "a501020338" "2e2001215820" GX "225820" GY,
	  "COSE algorithm -47 is not supported" },
	{ "alg beyond 64 bits", "a50102033bffffffffffffffff2001215820" GX
	  "225820" GY, "a COSE key without an algorithm" },
	{ "alg that is -7 modulo 2^32", "a50102031afffffff92001215820" GX
	  "225820" GY, "COSE algorithm 4294967289 is not supported" },
	{ "no y", "a4010203262001215820" GX, FIT "-7" },
	{ "y as sign bit (compressed)", "a5010203262001215820" GX "22f5", FIT "-7" },
	{ "x as text", "a5010203262001217820" ZERO "225820" GY, FIT "-7" },
	{ "an empty map", "a0", "a COSE key without an algorithm" },
	{ "a list", "80", "a COSE key without an algorithm" },
	{ "a number", "00", "a COSE key without an algorithm" },
	{ "nothing", "", "CBOR of 0 bytes is cut off, nested too deep or of "
	  "indefinite length" },
	{ "a byte behind it", "a5010203262001215820" GX "225820" GY "00",
	  "CBOR ends at byte 77 of 78" },
	{ "an Ed25519 key with alg ES256", "a401010326200621" "5820" GX, FIT "-7" },
	{ "an Ed25519 key of curve X25519", "a401010327200421" "5820" GX, FIT "-8" },
	{ "an Ed25519 key", "a401010327200621" "5820" GX, NULL },
	{ "an RSA key of 2048 bits cut off",
	  "a40103033901002041012143010001", FIT "-257" },
};

static void a_key_that_does_not_fit_is_refused(void **state)
{
	EVP_PKEY *key;
	size_t i;
	int alg, r;

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		buf_reset(&b);
		vendor_hex(&b, keys[i].hex);
		key = NULL;
		alg = 4711;
		r = load(&key, &alg);
		if (!keys[i].says != (r == 0) || (r < 0 &&
			(strncmp(err.text, keys[i].says,
				strlen(keys[i].says)) != 0 ||
			r != (strstr(err.text, "not supported") ?
				-ERROR_UNSUPPORTED : -ERROR_MALFORMED))))
			fail_msg("%s: %d %s", keys[i].name, r, err.text);
		assert_int_equal(key != NULL, r == 0);
		assert_int_equal(alg == 4711, r < 0);
		EVP_PKEY_free(key);
	}
}

/* {1: 3, 3: -257, -1: n bytes, -2: e bytes} */
static int load_rsa(size_t n, size_t e)
{
	static const unsigned char ones[600] = { 1 };
	EVP_PKEY *key = NULL;
	int alg, r;

	buf_reset(&b);
	vendor_hex(&b, "a401030339010020");
	tcbor_put_bytes(&b, ones, n);
	vendor_hex(&b, "21");
	tcbor_put_bytes(&b, "\x01\x00\x01\x01", e);
	r = load(&key, &alg);
	EVP_PKEY_free(key);
	return r;
}

static void rsa_keys_have_an_exponent_and_a_size_that_are_used(void **state)
{
	static const char beyond[] = "an RSA key of more than 4096 bits, or "
		"with a public exponent that nobody uses";

	(void)state;
	SAYS(ERROR_UNSUPPORTED, beyond, load_rsa(513, 3));
	SAYS(ERROR_UNSUPPORTED, beyond, load_rsa(256, 2));
	SAYS(ERROR_UNSUPPORTED, beyond, load_rsa(256, 4));
	SAYS(ERROR_UNSUPPORTED, beyond, load_rsa(256, 1));
	SAYS(ERROR_MALFORMED, FIT "-257", load_rsa(255, 3));
	SAYS(ERROR_MALFORMED, FIT "-257", load_rsa(256, 0));
	SAYS(ERROR_MALFORMED, FIT "-257", load_rsa(255, 4));
}

static int key_alg(const char *hex, int *ret)
{
	unsigned char *p;
	int r;

	buf_reset(&b);
	vendor_hex(&b, hex);
	p = copy_of(b.p, b.n);
	r = algorithm_of_key(p, b.n, ret, &err);
	free(p);
	return r;
}

static void a_key_that_is_not_verified_has_the_type_of_its_algorithm(
	void **state)
{
	static const char lacks[] = "a COSE key without a type or an algorithm";
	static const struct {
		const char *hex;
		int alg; /* 0: refused */
		const char *says;
	} rows[] = {
		{ "a20103033824", -37, NULL },
		{ "a3010203382e2008", -47, NULL },
		{ "a2010703382f", -48, NULL },
		/* of one that nobody has named here, whatever its type */
		{ "a20118630319fffe", 65534, NULL },
		{ "a1033824", 0, lacks }, { "a10103", 0, lacks },
		{ "a201037003616263", 0, "CBOR of 8 bytes" },
		{ "a2010303613a", 0, lacks }, { "a20161330338" "24", 0, lacks },
		{ "a20103031a80000000", 0, lacks },
		{ "a20103033a80000000", 0, lacks },
		{ "a20103031a7fffffff", INT32_MAX, NULL },
		{ "a20103033a7fffffff", INT32_MIN, NULL },
		{ "a20102033824", 0, FIT "PS256 (-37)" },
		{ "a3010203382e2001", 0, FIT "ES256K (-47)" },
		{ "a2010203382e", 0, FIT "ES256K (-47)" },
		{ "80", 0, lacks }, { "", 0, "CBOR of 0 bytes" },
	};
	size_t i;
	int alg;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		alg = 4711;
		if (!rows[i].says) {
			OK(key_alg(rows[i].hex, &alg));
			assert_int_equal(alg, rows[i].alg);
		} else {
			SAYS(ERROR_MALFORMED, rows[i].says,
				key_alg(rows[i].hex, &alg));
			assert_int_equal(alg, 4711);
		}
	}
}

static void a_length_off_by_one_is_refused(void **state)
{
	static const char *const rows[] = {
		"a5010203262001" "21581f" "225820" GY,
		"a5010203262001" "215821" "225820" GY,
		"a5010203262001" "215820" GX "22581f",
		"a5010203262001" "215820" GX "225821",
	};
	EVP_PKEY *key = NULL;
	size_t i, missing;
	int alg;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		/* the bytes that the head announces, put where they belong */
		const char *head = strstr(rows[i], i < 2 ? "2158" : "2258");

		missing = i % 2 ? 33 : 31;
		buf_reset(&b);
		for (const char *h = rows[i]; h < head + 6; h += 2) {
			char two[3] = { h[0], h[1], 0 };

			vendor_hex(&b, two);
		}
		while (missing-- > 0)
			buf_put_byte(&b, 1);
		vendor_hex(&b, head + 6);
		SAYS(ERROR_MALFORMED, FIT "-7", load(&key, &alg));
		assert_null(key);
	}
}

static void a_point_is_uncompressed(void **state)
{
	unsigned char point[65];
	struct buf want;

	(void)state;
	vendor_hex(&b, "a5010203262001215820" GX "225820" GY);
	buf_init(&want, 65);
	vendor_hex(&want, "04" GX GY);
	OK(cose_key_point(b.p, b.n, point));
	assert_memory_equal(point, want.p, 65);
	assert_int_equal(cose_key_point(b.p, b.n - 1, point), -1);
	assert_int_equal(cose_key_point(NULL, 0, point), -1);
	buf_done(&want);
}

/* Numbers that are longer than DER would have them, as some tokens sign. */
static void needless_zeros_of_a_signature_are_dropped(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: as it was not of that form */
	} rows[] = {
		{ "3006020101020102", "3006020101020102" },
		{ "300902030000010202007f", "300602010102017f" },
		/* the sign's zero stays, and zero itself */
		{ "30080202008002020080", "30080202008002020080" },
		{ "3008020180020180" "0000", NULL },
		{ "3006020180020181", "30080202008002020081" },
		{ "3006020100020100", "3006020100020100" },
		{ "300902030000000202" "0000", "3006020100020100" },
		{ "", NULL }, { "30", NULL }, { "3000", NULL },
		{ "3003020101", NULL }, { "30040201010201", NULL },
		{ "3005020101020102", NULL }, { "3007020101020102", NULL },
		{ "3106020101020102", NULL }, { "3006030101020102", NULL },
		{ "3006020101030102", NULL }, { "3005020002" "0102", NULL },
		{ "3006020101020202", NULL }, { "300702010102010200", NULL },
		{ "300402010102", NULL },
	};
	struct buf from, to, want;
	unsigned char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_init(&from, 64);
		buf_init(&to, 64);
		buf_init(&want, 64);
		vendor_hex(&from, rows[i].from);
		vendor_hex(&want, rows[i].to);
		copy = copy_of(from.p, from.n);
		cose_shorten_ecdsa(copy, from.n, &to);
		free(copy);
		if (to.n != want.n || (to.n && memcmp(to.p, want.p, to.n) != 0))
			fail_msg("row %zu", i);
		buf_done(&from);
		buf_done(&to);
		buf_done(&want);
	}
}

/* A number has at most 127 bytes, and both together no more either. */
static void a_signature_of_long_numbers_is_not_shortened(void **state)
{
	static const struct {
		size_t first, second;
		bool shortened;
	} rows[] = {
		{ 61, 62, true }, { 120, 3, true }, { 122, 1, true },
		{ 123, 1, false }, { 1, 126, false }, { 62, 62, false },
	};
	unsigned char der[300];
	struct buf to;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(der, 1, sizeof(der));
		n = 2 + rows[i].first + 2 + rows[i].second;
		der[0] = 0x30;
		der[1] = (unsigned char)n;
		der[2] = 0x02;
		der[3] = (unsigned char)rows[i].first;
		der[4 + rows[i].first] = 0x02;
		der[5 + rows[i].first] = (unsigned char)rows[i].second;
		buf_init(&to, 512);
		cose_shorten_ecdsa(der, 2 + n, &to);
		if ((to.n == 2 + n) != rows[i].shortened ||
			(to.n && !rows[i].shortened))
			fail_msg("row %zu: %zu bytes", i, to.n);
		buf_done(&to);
	}
}

/* The numbers alone, as other programs keep keys, are the same keys. */
static void a_bare_key_becomes_the_same_in_cose(void **state)
{
	static const struct {
		const char *type, *raw, *cose;
		int alg;
	} rows[] = {
		{ "es256", GX GY, "a5010203262001215820" GX "225820" GY, -7 },
		{ "eddsa", GX, "a4010103272006215820" GX, -8 },
	};
	struct buf raw, cose;
	size_t i;
	int alg;

	(void)state;
	buf_init(&raw, 1024);
	buf_init(&cose, 1024);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&raw);
		buf_reset(&b);
		vendor_hex(&raw, rows[i].raw);
		vendor_hex(&b, rows[i].cose);
		alg = 0;
		OK(cose_key_of_raw(rows[i].type, raw.p, raw.n, &cose, &alg,
			&err));
		assert_int_equal(alg, rows[i].alg);
		assert_int_equal(cose.n, b.n);
		assert_memory_equal(cose.p, b.p, b.n);
		SAYS(ERROR_MALFORMED, i ? "the key has 31 bytes, and 32 are "
			"wanted" : "the key has 63 bytes, and 64 are wanted",
			cose_key_of_raw(rows[i].type, raw.p, raw.n - 1, &cose,
				&alg, &err));
	}
	/* no point of the curve */
	buf_reset(&raw);
	vendor_hex(&raw, GX OFF);
	SAYS(ERROR_MALFORMED, INVALID, cose_key_of_raw("es256", raw.p, raw.n,
		&cose, &alg, &err));
	SAYS(ERROR_UNSUPPORTED, "there is no bare form of a key of type "
		"'es512'", cose_key_of_raw("es512", raw.p, raw.n, &cose, &alg,
		&err));
	buf_done(&raw);
	buf_done(&cose);
}

static int make_vendor(void **state)
{
	(void)state;
	vendor_init(&vendor);
	return 0;
}

static int drop_vendor(void **state)
{
	struct authdata a;

	(void)state;
	buf_init(&b, 0);
	parse(&a); /* drops its copy */
	vendor_done(&vendor);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_members_are_found),
		TEST(cut_off_anywhere_it_is_malformed),
		TEST(what_the_flags_do_not_announce_is_too_many),
		TEST(a_credential_id_of_no_bytes_or_too_many_is_malformed),
		TEST(a_key_of_each_algorithm_is_openssl_s),
		TEST(a_signature_holds_only_as_it_was_made),
		TEST(a_curve_or_a_size_that_does_not_fit_verifies_nothing),
		TEST(sha_1_is_verified_apart_and_with_rsa_only),
		TEST(an_rsa_key_is_of_a_sane_size_and_exponent),
		TEST(a_key_that_does_not_fit_is_refused),
		TEST(rsa_keys_have_an_exponent_and_a_size_that_are_used),
		TEST(a_key_that_is_not_verified_has_the_type_of_its_algorithm),
		TEST(a_length_off_by_one_is_refused),
		TEST(a_point_is_uncompressed),
		TEST(needless_zeros_of_a_signature_are_dropped),
		TEST(a_signature_of_long_numbers_is_not_shortened),
		TEST(a_bare_key_becomes_the_same_in_cose),
	};

	return cmocka_run_group_tests(tests, make_vendor, drop_vendor);
}
