/* SPDX-License-Identifier: Apache-2.0 */
/* Signed blobs: by whom, by which algorithm, and everything that is none. */
#include "token/trust/jws.h"
#include "token/trust/mds.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

#include <openssl/ec.h>

#define NAME "mds.example.org"
#define PAYLOAD "{\"no\":1}"

static struct vendor vendor;
static struct anchors anchors, others;
static EVP_PKEY *rsa, *small, *p256, *p384;
static X509 *by_rsa, *by_small, *by_p256, *by_p384;

static X509 *signer(EVP_PKEY *key)
{
	const struct vendor_cert what = { .cn = NAME, .basic =
		"critical,CA:FALSE", .until = "20300101000000Z" };

	return vendor_cert(&what, key, vendor.middle, vendor.middle_key);
}

/* ---- a blob, part by part ---- */

struct blob {
	const char *header;   /* NULL: of alg and certificates */
	const char *alg;      /* "": no member */
	const char *more;     /* members behind */
	X509 *x5c[9];
	const char *bad;      /* a member of x5c in place of the second one */
	bool no_x5c;
	EVP_PKEY *key;        /* that signs; NULL: by the algorithm */
	const char *payload;  /* as it stands; NULL: PAYLOAD in base64url */
	const char *signature; /* as it stands */
	bool der;             /* a signature in the form of X.509's */
	size_t spoil;         /* a byte of it, counted from 1 */
	size_t cut;           /* bytes missing */
};

static void put_x5c(struct buf *b, const struct blob *w)
{
	size_t i;

	buf_put_str(b, ",\"x5c\":[");
	for (i = 0; i < ARRAY_LEN(w->x5c) && w->x5c[i]; i++) {
		unsigned char *der = NULL;
		int n = i2d_X509(w->x5c[i], &der);

		assert_true(n > 0);
		if (i)
			buf_put_byte(b, ',');
		if (i == 1 && w->bad) {
			buf_put_str(b, w->bad);
		} else {
			buf_put_byte(b, '"');
			base64_encode(b, BASE64_STD, der, (size_t)n);
			buf_put_byte(b, '"');
		}
		OPENSSL_free(der);
	}
	buf_put_byte(b, ']');
}

static void put_header(struct buf *b, const struct blob *w)
{
	struct buf json;

	buf_init(&json, 65536);
	if (w->header) {
		buf_put_str(&json, w->header);
	} else {
		buf_put_str(&json, "{\"typ\":\"JWT\"");
		if (w->alg[0]) {
			buf_put_str(&json, ",\"alg\":\"");
			buf_put_str(&json, w->alg);
			buf_put_byte(&json, '"');
		}
		if (w->more)
			buf_put_str(&json, w->more);
		if (!w->no_x5c)
			put_x5c(&json, w);
		buf_put_byte(&json, '}');
	}
	base64_encode(b, BASE64_URL, json.p, json.n);
	buf_done(&json);
}

/* r and s side by side. */
static void put_pair(struct buf *b, const unsigned char *der, size_t n)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
	unsigned char raw[64];

	assert_non_null(pair);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32),
		32);
	buf_put(b, raw, sizeof(raw));
	ECDSA_SIG_free(pair);
}

static void put_signature(struct buf *b, const struct blob *w, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[512];
	size_t n = sizeof(der);
	struct buf raw;

	buf_init(&raw, 1024);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
		key), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &n, b->p, b->n), 1);
	EVP_MD_CTX_free(ctx);
	if (EVP_PKEY_get_bits(key) == 256 && !w->der)
		put_pair(&raw, der, n);
	else
		buf_put(&raw, der, n);
	if (w->spoil)
		raw.p[w->spoil - 1] ^= 1;
	raw.n -= w->cut;
	buf_put_byte(b, '.');
	base64_encode(b, BASE64_URL, raw.p, raw.n);
	buf_done(&raw);
}

static void build(struct buf *b, const struct blob *w)
{
	buf_init(b, 1 << 17);
	put_header(b, w);
	buf_put_byte(b, '.');
	if (w->payload)
		buf_put_str(b, w->payload);
	else
		base64_encode(b, BASE64_URL, (const unsigned char *)PAYLOAD,
			strlen(PAYLOAD));
	if (w->signature) {
		buf_put_byte(b, '.');
		buf_put_str(b, w->signature);
		return;
	}
	put_signature(b, w, w->key ? w->key : strcmp(w->alg, "ES256") == 0 ?
		p256 : rsa);
}

static struct jws got;

static int judge_by(const struct blob *w, const struct anchors *by,
	const char *name, time_t at)
{
	struct buf b;
	int r;

	build(&b, w);
	r = jws_verify(buf_str(&b), b.n, by, name, at, &got, &err);
	buf_done(&b);
	return r;
}

static int judge(const struct blob *w)
{
	return judge_by(w, &anchors, NAME, VENDOR_AT);
}

#define RS256 .alg = "RS256", .x5c = { by_rsa, vendor.middle }
#define ES256 .alg = "ES256", .x5c = { by_p256, vendor.middle }

/* Refused, and what was there before stays. */
#define REFUSED(code, words, ...)                                              \
	do {                                                                   \
		const struct blob w_ = { __VA_ARGS__ };                        \
		SAYS(code, words, judge(&w_));                                 \
		assert_memory_equal(got.payload.p, PAYLOAD,                    \
			strlen(PAYLOAD));                                      \
		assert_string_equal(got.alg, "ES256");                         \
	} while (0)

static void is_good(const char *alg)
{
	assert_string_equal(got.alg, alg);
	assert_int_equal(got.payload.n, strlen(PAYLOAD));
	assert_memory_equal(got.payload.p, PAYLOAD, strlen(PAYLOAD));
	assert_string_equal(got.signer, NAME);
	assert_string_equal(got.anchor, anchors.rows[0].subject);
	assert_string_equal(got.anchor_sha256, anchors.rows[0].sha256);
}

static int begin(void **state)
{
	const struct blob es = { ES256 };

	(void)state;
	jws_done(&got);
	jws_init(&got, 4096);
	OK(judge(&es));
	is_good("ES256");
	return 0;
}

static void either_algorithm_is_good(void **state)
{
	const struct blob rs = { RS256 }, es = { ES256 };

	(void)state;
	OK(judge(&rs));
	is_good("RS256");
	OK(judge(&es));
	is_good("ES256");
	/* what is in the header beside is of no matter */
	OK(judge(&(struct blob){ RS256, .more = ",\"kid\":\"x\"" }));
}

/* FIDO's own: whose signature counts, and that it is metadata. */
static void metadata_is_opened_by_its_signers_name_alone(void **state)
{
	static const char *const payloads[] = {
		"{\"no\":5,\"nextUpdate\":\"2030-01-01\",\"entries\":[]}",
		"{\"no\":5}" };
	const struct vendor_cert what = { .cn = MDS_SIGNER, .basic =
		"critical,CA:FALSE", .until = "20300101000000Z" };
	X509 *fidos = vendor_cert(&what, p256, vendor.middle,
		vendor.middle_key);
	struct mds *m = NULL;
	struct buf b, text;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct blob w = { .alg = "ES256", .x5c = { i == 2 ? by_p256 :
			fidos, vendor.middle } };

		buf_init(&text, 1024);
		base64_encode(&text, BASE64_URL, payloads[i == 1],
			strlen(payloads[i == 1]));
		w.payload = buf_str(&text);
		build(&b, &w);
		if (i == 0) {
			OK(mds_open(buf_str(&b), b.n, &anchors, VENDOR_AT, &m,
				&err));
			assert_int_equal(mds_info(m)->number, 5);
			assert_int_equal(mds_info(m)->fetched_at, 0);
			assert_non_null(strstr(mds_info(m)->signer,
				MDS_SIGNER));
			assert_string_equal(mds_info(m)->anchor,
				anchors.rows[0].subject);
			assert_string_equal(mds_info(m)->anchor_sha256,
				anchors.rows[0].sha256);
			mds_free(&m);
		} else if (i == 1) {
			SAYS(ERROR_MALFORMED, "the blob has no 'nextUpdate'",
				mds_open(buf_str(&b), b.n, &anchors, VENDOR_AT,
					&m, &err));
		} else {
			assert_true(mds_open(buf_str(&b), b.n, i == 2 ?
				&anchors : &others, VENDOR_AT, &m, &err) < 0);
		}
		assert_null(m);
		buf_done(&b);
		buf_done(&text);
	}
	X509_free(fidos);
}

static void what_is_no_signed_blob_is_told_apart(void **state)
{
	struct buf b;

	(void)state;
	SAYS(ERROR_MALFORMED, "not a signed blob but JSON, which nobody "
		"signed: give the blob as it was served, before it was "
		"decoded", jws_verify("{\"a.b.c\":1}", 11, &anchors, NAME, 0,
		&got, &err));
	SAYS(ERROR_MALFORMED, "not a signed blob: no header, payload and "
		"signature with dots between them", jws_verify("abc", 3,
		&anchors, NAME, 0, &got, &err));
	SAYS(ERROR_MALFORMED, "with dots between them", jws_verify("a.b", 3,
		&anchors, NAME, 0, &got, &err));
	SAYS(ERROR_MALFORMED, "with dots between them", jws_verify("", 0,
		&anchors, NAME, 0, &got, &err));
	SAYS(ERROR_MALFORMED, "the blob's header is not base64url",
		jws_verify("?.b.c", 5, &anchors, NAME, 0, &got, &err));
	buf_init(&b, 1 << 20);
	while (b.n < 300000)
		buf_put_byte(&b, 'A');
	buf_put_str(&b, ".b.c");
	assert_true(jws_verify(buf_str(&b), b.n, &anchors, NAME, 0, &got,
		&err) < 0);
	buf_done(&b);
}

static void a_header_must_be_understood(void **state)
{
	(void)state;
	REFUSED(ERROR_MALFORMED, "the blob's header is no JSON object",
		.header = "[]", .alg = "RS256");
	REFUSED(ERROR_MALFORMED, "the blob's header is no JSON object",
		.header = "{", .alg = "RS256");
	REFUSED(ERROR_MALFORMED, "the blob's header is no JSON object",
		.header = "{\"alg\":\"RS256\",\"alg\":\"ES256\"}",
		.alg = "RS256");
	REFUSED(ERROR_UNSUPPORTED, "the blob's header has critical extensions",
		RS256, .more = ",\"crit\":[\"b64\"]");
}

static void an_algorithm_must_be_known(void **state)
{
	(void)state;
	REFUSED(ERROR_REFUSED, "the blob is signed by algorithm 'none': RS256 "
		"and ES256 are known", .alg = "none", .x5c = { by_rsa });
	REFUSED(ERROR_REFUSED, "by algorithm 'HS256'", .alg = "HS256",
		.x5c = { by_rsa });
	REFUSED(ERROR_REFUSED, "by algorithm ''", .alg = "",
		.x5c = { by_rsa });
	REFUSED(ERROR_REFUSED, "by algorithm 'RS25'", .alg = "RS25",
		.x5c = { by_rsa });
}

static void certificates_must_be_brought(void **state)
{
	struct blob many = { RS256 };
	size_t i;

	(void)state;
	REFUSED(ERROR_MALFORMED, "the blob brings no list of 1 to 8 "
		"certificates (x5c)", RS256, .no_x5c = true);
	REFUSED(ERROR_MALFORMED, "the blob brings no list of 1 to",
		.alg = "RS256");
	for (i = 2; i < 8; i++)
		many.x5c[i] = vendor.middle;
	OK(judge(&many));
	begin(NULL);
	many.x5c[8] = vendor.middle;
	SAYS(ERROR_MALFORMED, "the blob brings no list of 1 to", judge(&many));
	REFUSED(ERROR_MALFORMED, "the blob's certificate 2 is not one in DER "
		"and base64", RS256, .bad = "5");
	REFUSED(ERROR_MALFORMED, "the blob's certificate 2 is not one",
		RS256, .bad = "\"AAAA\"");
}

static void the_signer_must_lead_to_an_anchor(void **state)
{
	const struct blob w = { RS256 };

	(void)state;
	SAYS(ERROR_REFUSED, "the blob's signer '" NAME "' leads to none of the "
		"1 anchors: ", judge_by(&w, &others, NAME, VENDOR_AT));
	REFUSED(ERROR_REFUSED, "leads to none of the 1 anchors",
		.alg = "RS256", .x5c = { by_rsa });
	SAYS(ERROR_EXPIRED, "leads to none of the 1 anchors: certificate has "
		"expired", judge_by(&w, &anchors, NAME, 1924992000));
	SAYS(ERROR_REFUSED, "the blob is signed by '" NAME "', not by "
		"'other.example.org'", judge_by(&w, &anchors,
		"other.example.org", VENDOR_AT));
	assert_string_equal(got.alg, "ES256");
}

static void the_key_must_be_of_the_algorithm(void **state)
{
	(void)state;
	REFUSED(ERROR_REFUSED, "the blob's signer has no key for ES256",
		.alg = "ES256", .x5c = { by_rsa, vendor.middle }, .key = rsa);
	REFUSED(ERROR_REFUSED, "the blob's signer has no key for RS256",
		.alg = "RS256", .x5c = { by_p256, vendor.middle },
		.key = p256);
	REFUSED(ERROR_REFUSED, "the blob's signer has no key for ES256",
		.alg = "ES256", .x5c = { by_p384, vendor.middle },
		.key = p384);
	REFUSED(ERROR_REFUSED, "", .alg = "RS256",
		.x5c = { by_small, vendor.middle }, .key = small);
}

static void a_signature_must_hold(void **state)
{
	static const char *const says = "the blob's signature does not hold: "
		"it was changed";

	(void)state;
	REFUSED(ERROR_REFUSED, says, RS256, .spoil = 1);
	REFUSED(ERROR_REFUSED, says, RS256, .spoil = 256);
	REFUSED(ERROR_REFUSED, says, RS256, .cut = 1);
	REFUSED(ERROR_REFUSED, says, ES256, .spoil = 1);
	REFUSED(ERROR_REFUSED, says, ES256, .spoil = 64);
	REFUSED(ERROR_REFUSED, says, ES256, .cut = 1);
	REFUSED(ERROR_REFUSED, says, ES256, .cut = 64);
	REFUSED(ERROR_REFUSED, says, ES256, .der = true);
	REFUSED(ERROR_REFUSED, says, ES256, .key = vendor.leaf_key);
	REFUSED(ERROR_REFUSED, says, RS256, .signature = "AAAA");
	REFUSED(ERROR_MALFORMED, "the blob's signature is not base64url",
		RS256, .signature = "A+/=");
}

static void what_was_signed_must_be_a_payload(void **state)
{
	struct buf payload;

	(void)state;
	REFUSED(ERROR_MALFORMED, "the blob's payload is not base64url",
		RS256, .payload = "a b");
	buf_init(&payload, 64);
	OK(jws_payload("a.eyJubyI6MX0.c", 15, &payload, &err));
	assert_int_equal(payload.n, strlen(PAYLOAD));
	assert_memory_equal(payload.p, PAYLOAD, payload.n);
	SAYS(ERROR_MALFORMED, "the blob's payload is not base64url",
		jws_payload("a.?.c", 5, &payload, &err));
	SAYS(ERROR_MALFORMED, "with dots", jws_payload("a.b", 3, &payload,
		&err));
	buf_done(&payload);
	/* one that has no room is none */
	jws_done(&got);
	jws_init(&got, 4);
	assert_true(judge(&(struct blob){ RS256 }) < 0);
	assert_int_equal(got.payload.n, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(either_algorithm_is_good),
		TEST(metadata_is_opened_by_its_signers_name_alone),
		TEST(what_is_no_signed_blob_is_told_apart),
		TEST(a_header_must_be_understood),
		TEST(an_algorithm_must_be_known),
		TEST(certificates_must_be_brought),
		TEST(the_signer_must_lead_to_an_anchor),
		TEST(the_key_must_be_of_the_algorithm),
		TEST(a_signature_must_hold),
		TEST(what_was_signed_must_be_a_payload),
	};
	struct vendor m;
	int r;

	vendor_init(&vendor);
	vendor_init(&m);
	vendor_anchors(&anchors, &vendor.root, 1);
	vendor_anchors(&others, &m.leaf, 1);
	rsa = vendor_key("RSA");
	small = vendor_key("RSA-1024");
	p256 = vendor_key("P-256");
	p384 = vendor_key("P-384");
	by_rsa = signer(rsa);
	by_small = signer(small);
	by_p256 = signer(p256);
	by_p384 = signer(p384);
	jws_init(&got, 4096);
	r = cmocka_run_group_tests_name("jws", tests, NULL, NULL);
	jws_done(&got);
	anchors_done(&anchors);
	anchors_done(&others);
	X509_free(by_rsa);
	X509_free(by_small);
	X509_free(by_p256);
	X509_free(by_p384);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(small);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	vendor_done(&vendor);
	vendor_done(&m);
	return r;
}
