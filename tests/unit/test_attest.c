/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder from signature to metadata, on statements that a maker of our own
 * signs with OpenSSL: a row is one way of doing it right or wrong.
 */
#include "token/attest.h"

#include "tests/unit/maker.h"
#include "token/tcbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct maker maker, stranger;

/* What a row may spoil: the answer, the anchors, the moment. */
struct scene {
	struct maker_answer w;
	X509 *anchors[4];
	size_t anchors_n;
	time_t at;
	X509 *owned[4];       /* freed behind the row */
	EVP_PKEY *owned_key;
	void (*late)(struct attestation *); /* on the finished answer */
};

static X509 *own(struct scene *s, X509 *cert)
{
	size_t i = 0;

	while (s->owned[i])
		i++;
	assert_true(i < ARRAY_LEN(s->owned));
	return s->owned[i] = cert;
}

/* Another leaf in the place of the usual one. */
static void use_leaf(struct scene *s, const struct maker_cert *what)
{
	s->w.x5c[0] = own(s, maker_cert(what, maker.leaf_key, maker.middle,
		maker.middle_key));
}

static void use_key(struct scene *s, const char *type)
{
	s->owned_key = maker_key(type);
	s->w.sign_key = s->owned_key;
	s->w.alg = s->w.digest_alg = maker_alg_of(s->owned_key);
	s->w.x5c[0] = own(s, maker_cert(&maker_leaf_cert, s->owned_key,
		maker.middle, maker.middle_key));
}

/* ---- right ---- */

static void nothing(struct scene *s)
{
	(void)s;
}

static void anchor_is_intermediate(struct scene *s)
{
	s->anchors[0] = maker.middle;
}

static void anchor_is_intermediate_and_not_sent(struct scene *s)
{
	s->anchors[0] = maker.middle;
	s->w.x5c_n = 1;
}

static void anchor_is_leaf_alone(struct scene *s)
{
	s->anchors[0] = maker.leaf;
	s->w.x5c_n = 1;
}

static void anchor_is_leaf_with_others(struct scene *s)
{
	s->anchors[0] = maker.leaf;
}

static void anchor_is_leaf_and_root_is_sent(struct scene *s)
{
	s->anchors[0] = maker.leaf;
	s->w.x5c[2] = maker.root;
	s->w.x5c_n = 3;
}

static void root_is_sent_too(struct scene *s)
{
	s->w.x5c[2] = maker.root;
	s->w.x5c_n = 3;
}

static void many_anchors(struct scene *s)
{
	s->anchors[0] = stranger.root;
	s->anchors[1] = maker.root;
	s->anchors[2] = maker.middle;
	s->anchors_n = 3;
}

static void twin_root_before(struct scene *s)
{
	/* the same name, another key */
	s->anchors[0] = stranger.root;
	s->anchors[1] = maker.root;
	s->anchors_n = 2;
}

static void twin_root_behind(struct scene *s)
{
	s->anchors[0] = maker.root;
	s->anchors[1] = stranger.root;
	s->anchors_n = 2;
}

static void eight_certificates(struct scene *s)
{
	for (; s->w.x5c_n < 8; s->w.x5c_n++)
		s->w.x5c[s->w.x5c_n] = maker.middle;
}

static void rsa_leaf(struct scene *s)
{
	use_key(s, "RSA");
}

static void ed25519_leaf(struct scene *s)
{
	use_key(s, "ED25519");
}

static void p384_leaf(struct scene *s)
{
	use_key(s, "P-384");
}

static void ed25519_credential(struct scene *s)
{
	s->owned_key = maker_key("ED25519");
	s->w.credential_key = s->owned_key;
	s->w.credential_alg = COSE_ALG_EDDSA;
}

static void rsa_credential(struct scene *s)
{
	s->owned_key = maker_key("RSA");
	s->w.credential_key = s->owned_key;
	s->w.credential_alg = COSE_ALG_RS256;
}

static void verified_user(struct scene *s)
{
	s->w.flags |= AUTHDATA_UV;
}

static void with_extensions(struct scene *s)
{
	s->w.flags |= AUTHDATA_ED;
	s->w.extensions_hex = "a16b6372656450726f7465637402"; /* credProtect */
}

static void leaf_until_9999(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.until = "99991231235959Z";
	use_leaf(s, &c);
	s->at = MAKER_AT + 20 * 31557600ll; /* 2046, inside the others */
}

static void no_aaguid_extension(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.extensions[0].oid = NULL;
	use_leaf(s, &c);
}

static void last_second(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.until = "20260101000001Z";
	use_leaf(s, &c);
}

static void sends_no_intermediate(struct scene *s)
{
	s->w.x5c[0] = own(s, maker_cert(&maker_leaf_cert, maker.leaf_key,
		maker.root, maker.root_key));
	s->w.x5c_n = 1;
}

/* ---- wrong: signature ---- */

static void other_challenge(struct scene *s)
{
	s->w.client_data = "{\"type\":\"webauthn.create\",\"old\":1}";
}

static void other_rp(struct scene *s)
{
	s->w.rp_id = "tokenbridge:login";
}

static void nobody_present(struct scene *s)
{
	s->w.flags &= (uint8_t)~AUTHDATA_UP;
}

static void no_credential(struct scene *s)
{
	s->w.flags &= (uint8_t)~AUTHDATA_AT;
}

static void first_byte_of_sig(struct scene *s)
{
	s->w.spoil_sig = 1;
}

static void inner_byte_of_sig(struct scene *s)
{
	s->w.spoil_sig = 20;
}

static void signed_by_another(struct scene *s)
{
	s->w.sign_key = stranger.leaf_key;
}

static void signed_by_the_credential(struct scene *s)
{
	s->w.sign_key = maker.credential_key;
}

static void no_sig(struct scene *s)
{
	s->w.sign_key = NULL;
}

static void no_alg(struct scene *s)
{
	s->w.alg = 0;
}

static void alg_of_other_key_type(struct scene *s)
{
	s->w.alg = COSE_ALG_RS256;
}

static void alg_of_other_hash(struct scene *s)
{
	s->w.alg = COSE_ALG_ES384;
}

static void alg_unknown(struct scene *s)
{
	s->w.alg = -65535; /* RS1 */
}

static void alg_wraps_around(struct scene *s)
{
	s->w.alg = 0xfffffff9; /* -7 in 32 bits */
}

static void x5c_empty(struct scene *s)
{
	s->w.x5c_n = 0;
}

static void x5c_of_nine(struct scene *s)
{
	eight_certificates(s);
	s->w.x5c[s->w.x5c_n++] = maker.middle;
}

static void x5c_text(struct scene *s)
{
	s->w.x5c_is_text = true;
}

static void x5c_garbage(struct scene *s)
{
	s->w.x5c_garbage = "443003020100";
}

static void x5c_null(struct scene *s)
{
	s->w.x5c_garbage = "f6";
}

static void x5c_empty_bytes(struct scene *s)
{
	s->w.x5c_garbage = "40";
}

static void add_byte_to_leaf(struct attestation *a)
{
	/* x5c stands last: make its first certificate one byte longer */
	struct maker_answer w;
	unsigned char *der = NULL;
	struct buf *b = &a->att_stmt;
	size_t i;
	int n = i2d_X509(maker.leaf, &der);

	maker_answer_init(&w, &maker);
	for (i = 0; i + 3 < b->n; i++)
		if (memcmp(b->p + i, der, 3) == 0)
			break;
	b->n = i - 3;
	b->p[i - 4] = 0x81;
	tcbor_put_head(b, TCBOR_BYTES, (size_t)n + 1);
	buf_put(b, der, (size_t)n);
	buf_put_byte(b, 0);
	OPENSSL_free(der);
	assert_false(buf_failed(b));
}

static void trailing_byte_in_leaf(struct scene *s)
{
	s->late = add_byte_to_leaf;
}

static void leaf_of_unknown_key_type(struct scene *s)
{
	/* the public key's algorithm becomes an OID that nobody knows */
	static const unsigned char ec[] = { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01 };
	unsigned char *der = NULL;
	const unsigned char *p;
	int n = i2d_X509(maker.leaf, &der);
	unsigned char *hit = memmem(der, (size_t)n, ec, sizeof(ec));

	assert_non_null(hit);
	hit[8] = 0x7f;
	p = der;
	s->w.x5c[0] = own(s, d2i_X509(NULL, &p, n));
	OPENSSL_free(der);
	assert_non_null(s->w.x5c[0]);
}

static void cut_statement(struct attestation *a)
{
	a->att_stmt.n--;
}

static void statement_cut_off(struct scene *s)
{
	s->late = cut_statement;
}

static void cut_auth_data(struct attestation *a)
{
	a->auth_data.n--;
}

static void auth_data_cut_off(struct scene *s)
{
	s->late = cut_auth_data;
}

static void flip_counter(struct attestation *a)
{
	a->auth_data.p[36] ^= 1;
}

static void counter_changed(struct scene *s)
{
	s->late = flip_counter;
}

static void flip_credential_id(struct attestation *a)
{
	a->auth_data.p[60] ^= 1;
}

static void credential_id_changed(struct scene *s)
{
	s->late = flip_credential_id;
}

static void nothing_at_all(struct attestation *a)
{
	buf_reset(&a->auth_data);
	buf_reset(&a->att_stmt);
	buf_reset(&a->client_data);
}

static void empty(struct scene *s)
{
	s->late = nothing_at_all;
}

static void wrong_cose_alg(struct scene *s)
{
	s->w.credential_alg = COSE_ALG_RS256;
}

static void unknown_cose_alg(struct scene *s)
{
	s->w.credential_alg = -47; /* ES256K */
}

/* ---- wrong: form of the certificate ---- */

static void version_1(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.version = -1;
	memset(c.extensions, 0, sizeof(c.extensions));
	c.basic = NULL;
	use_leaf(s, &c);
}

static void other_ou(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.ou = "authenticator attestation";
	use_leaf(s, &c);
}

static void no_ou(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.ou = NULL;
	use_leaf(s, &c);
}

static void leaf_is_ca(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.basic = "critical,CA:TRUE";
	use_leaf(s, &c);
}

static void no_basic_constraints(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.basic = NULL;
	use_leaf(s, &c);
}

static void malformed_extension(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.extensions[0].hex = MAKER_AAGUID_HEX; /* without its inner head */
	use_leaf(s, &c);
}

/* ---- wrong: chain ---- */

static void no_anchors(struct scene *s)
{
	s->anchors_n = 0;
}

static void other_anchors(struct scene *s)
{
	s->anchors[0] = stranger.root;
}

static void intermediate_missing(struct scene *s)
{
	s->w.x5c_n = 1;
}

static void leaf_expired(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.until = "20251231235959Z";
	use_leaf(s, &c);
}

static void leaf_from_tomorrow(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.from = "20260102000000Z";
	use_leaf(s, &c);
}

static void intermediate_expired(struct scene *s)
{
	struct maker_cert c = maker_middle_cert;

	c.until = "20251231235959Z";
	s->w.x5c[1] = own(s, maker_cert(&c, maker.middle_key, maker.root,
		maker.root_key));
}

static void root_expired(struct scene *s)
{
	struct maker_cert c = maker_root_cert;

	c.until = "20251231235959Z";
	s->anchors[0] = own(s, maker_cert(&c, maker.root_key, NULL, NULL));
}

static void intermediate_is_no_ca(struct scene *s)
{
	struct maker_cert c = maker_middle_cert;

	c.basic = "critical,CA:FALSE";
	s->w.x5c[1] = own(s, maker_cert(&c, maker.middle_key, maker.root,
		maker.root_key));
}

static void too_long_a_path(struct scene *s)
{
	/* the intermediate allows no CA below it */
	s->w.x5c[1] = own(s, maker_cert(&maker_middle_cert, stranger.root_key,
		maker.middle, maker.middle_key));
	s->w.x5c[0] = own(s, maker_cert(&maker_leaf_cert, maker.leaf_key,
		s->w.x5c[1], stranger.root_key));
	s->w.x5c[2] = maker.middle;
	s->w.x5c_n = 3;
}

static void self_signed_leaf(struct scene *s)
{
	s->w.x5c[0] = own(s, maker_cert(&maker_leaf_cert, maker.leaf_key, NULL,
		NULL));
	s->w.x5c_n = 1;
}

static void forged_intermediate(struct scene *s)
{
	/* the right names, the wrong key */
	s->w.x5c[1] = own(s, maker_cert(&maker_middle_cert,
		stranger.middle_key, stranger.root, stranger.root_key));
	s->w.x5c[0] = own(s, maker_cert(&maker_leaf_cert, maker.leaf_key,
		s->w.x5c[1], stranger.middle_key));
}

static void unknown_critical_extension(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.extensions[4] = (struct maker_extension){ "1.3.6.1.4.1.99999.1",
		"0500", true };
	use_leaf(s, &c);
}

/* ---- wrong: model ---- */

static void other_model(struct scene *s)
{
	s->w.aaguid[15] ^= 1;
}

static void zero_model(struct scene *s)
{
	memset(s->w.aaguid, 0, sizeof(s->w.aaguid));
}

static void critical_aaguid(struct scene *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.extensions[0].critical = true;
	use_leaf(s, &c);
}

static void critical_aaguid_anchored(struct scene *s)
{
	critical_aaguid(s);
	s->anchors[0] = s->w.x5c[0];
}

/* ---- wrong: hardware ---- */

static void backup_eligible(struct scene *s)
{
	s->w.flags |= AUTHDATA_BE;
}

static void backed_up(struct scene *s)
{
	s->w.flags |= AUTHDATA_BE | AUTHDATA_BS;
}

/* ---- self, none, unknown ---- */

static void self(struct scene *s)
{
	s->w.with_x5c = false;
	s->w.sign_key = maker.credential_key;
}

static void self_no_anchors(struct scene *s)
{
	self(s);
	s->anchors_n = 0;
}

static void self_wrong_alg(struct scene *s)
{
	self(s);
	s->w.alg = COSE_ALG_ES384;
}

static void self_signed_by_another(struct scene *s)
{
	self(s);
	s->w.sign_key = stranger.credential_key;
}

static void none(struct scene *s)
{
	s->w.fmt = "none";
	s->w.sign_key = NULL;
	s->w.alg = 0;
	s->w.with_x5c = false;
}

static void none_wrong_rp(struct scene *s)
{
	none(s);
	s->w.rp_id = "example.org";
}

static void unknown_format(struct scene *s)
{
	s->w.fmt = "android-key";
}

static void format_in_upper_case(struct scene *s)
{
	s->w.fmt = "PACKED";
}

static void format_with_escapes(struct scene *s)
{
	s->w.fmt = "\x1b[2Jpacked\n\xff";
}

/* ---- fido-u2f ---- */

static void u2f_leaf(struct scene *s, const struct maker_cert *what)
{
	maker_answer_u2f(&s->w, &maker);
	s->w.x5c[0] = own(s, maker_cert(what, maker.leaf_key, maker.root,
		maker.root_key));
}

/* Leaves of the first generations have a common name and nothing else. */
static const struct maker_cert old_leaf = { .cn = "Example U2F EE 1" };

static void u2f(struct scene *s)
{
	u2f_leaf(s, &old_leaf);
}

static void u2f_of_a_newer_token(struct scene *s)
{
	/* its leaf names the model, a U2F answer has no room for it */
	u2f_leaf(s, &maker_leaf_cert);
}

static void u2f_names_other_model(struct scene *s)
{
	u2f_leaf(s, &maker_leaf_cert);
	memcpy(s->w.aaguid, MAKER_AAGUID, 16);
	s->w.aaguid[0] ^= 1;
}

static void u2f_long_integers(struct scene *s)
{
	u2f(s);
	s->w.long_integers = true;
}

static void u2f_long_integers_spoilt(struct scene *s)
{
	u2f_long_integers(s);
	s->w.spoil_sig = 30;
}

static void u2f_other_challenge(struct scene *s)
{
	u2f(s);
	s->w.client_data = "{}";
}

static void u2f_two_certificates(struct scene *s)
{
	u2f(s);
	s->w.x5c[1] = maker.root;
	s->w.x5c_n = 2;
}

static void u2f_no_certificate(struct scene *s)
{
	u2f(s);
	s->w.with_x5c = false;
	s->w.sign_key = maker.credential_key;
}

static void u2f_ed25519_credential(struct scene *s)
{
	u2f(s);
	ed25519_credential(s);
}

static void u2f_p384_leaf(struct scene *s)
{
	maker_answer_u2f(&s->w, &maker);
	s->owned_key = maker_key("P-384");
	s->w.sign_key = s->owned_key;
	s->w.x5c[0] = own(s, maker_cert(&old_leaf, s->owned_key, maker.root,
		maker.root_key));
}

static void u2f_credential_id_changed(struct scene *s)
{
	u2f(s);
	s->late = flip_credential_id;
}

#define G VERDICT_GENUINE
#define MAKER VERDICT_UNKNOWN_MAKER
#define SELF VERDICT_SELF_ATTESTED
#define NONE VERDICT_NOT_ATTESTED
#define FORGED VERDICT_FORGED
#define OPEN VERDICT_UNDECIDED

static const struct row {
	const char *name;
	void (*spoil)(struct scene *);
	enum verdict verdict;
	const char *step;   /* that must stand in the list ... */
	enum step_status status; /* ... with this status */
} rows[] = {
	{ "a packed statement with an intermediate is genuine", nothing, G,
		"chain", STEP_PASS },
	{ "an intermediate may be the anchor", anchor_is_intermediate, G,
		"chain", STEP_PASS },
	{ "an intermediate that is an anchor need not be sent",
		anchor_is_intermediate_and_not_sent, G, "chain", STEP_PASS },
	{ "the leaf itself may be the anchor", anchor_is_leaf_alone, G,
		"chain", STEP_PASS },
	{ "the leaf may be the anchor though an intermediate is sent",
		anchor_is_leaf_with_others, G, "chain", STEP_PASS },
	{ "the leaf may be the anchor though an unknown root is sent",
		anchor_is_leaf_and_root_is_sent, G, "chain", STEP_PASS },
	{ "the root may be sent too", root_is_sent_too, G, "chain",
		STEP_PASS },
	{ "the right anchor is found among others", many_anchors, G, "chain",
		STEP_PASS },
	{ "an anchor of the same name before it does no harm",
		twin_root_before, G, "chain", STEP_PASS },
	{ "an anchor of the same name behind it does no harm",
		twin_root_behind, G, "chain", STEP_PASS },
	{ "eight certificates are taken", eight_certificates, G, "chain",
		STEP_PASS },
	{ "a chain without an intermediate is genuine", sends_no_intermediate,
		G, "chain", STEP_PASS },
	{ "an RSA attestation key verifies", rsa_leaf, G, "signature",
		STEP_PASS },
	{ "an Ed25519 attestation key verifies", ed25519_leaf, G, "signature",
		STEP_PASS },
	{ "a P-384 attestation key verifies", p384_leaf, G, "signature",
		STEP_PASS },
	{ "an Ed25519 credential can be attested", ed25519_credential, G,
		"signature", STEP_PASS },
	{ "an RSA credential can be attested", rsa_credential, G, "signature",
		STEP_PASS },
	{ "user verification does no harm", verified_user, G, "signature",
		STEP_PASS },
	{ "extensions in the signed data are taken", with_extensions, G,
		"signature", STEP_PASS },
	{ "a certificate without an end (year 9999) is taken",
		leaf_until_9999, G, "chain", STEP_PASS },
	{ "a certificate is good until its end", last_second, G, "chain",
		STEP_PASS },
	{ "without the AAGUID extension the model stays unknown",
		no_aaguid_extension, G, "model", STEP_UNKNOWN },

	{ "a statement over another challenge is forged", other_challenge,
		FORGED, "signature", STEP_FAIL },
	{ "an answer for another relying party is forged", other_rp, FORGED,
		"signature", STEP_FAIL },
	{ "an answer without presence is forged", nobody_present, FORGED,
		"signature", STEP_FAIL },
	{ "an answer without a credential is forged", no_credential, FORGED,
		"signature", STEP_FAIL },
	{ "a signature with a broken head is forged", first_byte_of_sig,
		FORGED, "signature", STEP_FAIL },
	{ "a signature with a flipped bit is forged", inner_byte_of_sig,
		FORGED, "signature", STEP_FAIL },
	{ "a signature by another's key is forged", signed_by_another, FORGED,
		"signature", STEP_FAIL },
	{ "a stolen certificate over a self-made signature is forged",
		signed_by_the_credential, FORGED, "signature", STEP_FAIL },
	{ "a packed statement without sig is forged", no_sig, FORGED,
		"signature", STEP_FAIL },
	{ "a packed statement without alg is forged", no_alg, FORGED,
		"signature", STEP_FAIL },
	{ "an alg of another key type is forged", alg_of_other_key_type,
		FORGED, "signature", STEP_FAIL },
	{ "an alg of another hash is forged", alg_of_other_hash, FORGED,
		"signature", STEP_FAIL },
	{ "an alg that is not known is forged", alg_unknown, FORGED,
		"signature", STEP_FAIL },
	{ "an alg that is ES256 only modulo 2^32 is forged", alg_wraps_around,
		FORGED, "signature", STEP_FAIL },
	{ "an empty x5c is forged, not self-attested", x5c_empty, FORGED,
		"signature", STEP_FAIL },
	{ "nine certificates are refused", x5c_of_nine, FORGED, "signature",
		STEP_FAIL },
	{ "an x5c that is no list is forged", x5c_text, FORGED, "signature",
		STEP_FAIL },
	{ "a certificate that is none is forged", x5c_garbage, FORGED,
		"signature", STEP_FAIL },
	{ "an x5c that holds null is forged", x5c_null, FORGED, "signature",
		STEP_FAIL },
	{ "an x5c that holds no bytes is forged", x5c_empty_bytes, FORGED,
		"signature", STEP_FAIL },
	{ "a byte behind the certificate is forged", trailing_byte_in_leaf,
		FORGED, "signature", STEP_FAIL },
	{ "a certificate with a key of unknown type is forged",
		leaf_of_unknown_key_type, FORGED, "signature", STEP_FAIL },
	{ "a statement that is cut off is forged", statement_cut_off, FORGED,
		"signature", STEP_FAIL },
	{ "signed data that is cut off is forged", auth_data_cut_off, FORGED,
		"signature", STEP_FAIL },
	{ "a changed counter is forged", counter_changed, FORGED, "signature",
		STEP_FAIL },
	{ "a changed credential id is forged", credential_id_changed, FORGED,
		"signature", STEP_FAIL },
	{ "an answer of no bytes is forged", empty, FORGED, "signature",
		STEP_FAIL },
	{ "a credential that does not fit its alg is forged", wrong_cose_alg,
		FORGED, "signature", STEP_FAIL },
	{ "a credential of unknown alg is forged", unknown_cose_alg, FORGED,
		"signature", STEP_FAIL },

	{ "a certificate of version 1 is no packed one", version_1, FORGED,
		"signature", STEP_FAIL },
	{ "another OU is no packed certificate", other_ou, FORGED,
		"signature", STEP_FAIL },
	{ "no OU is no packed certificate", no_ou, FORGED, "signature",
		STEP_FAIL },
	{ "a CA is no packed certificate", leaf_is_ca, FORGED, "signature",
		STEP_FAIL },
	{ "no basic constraints are no packed certificate",
		no_basic_constraints, FORGED, "signature", STEP_FAIL },
	{ "a malformed AAGUID extension is forged", malformed_extension,
		FORGED, "signature", STEP_FAIL },

	{ "without anchors it is undecided, not an unknown maker", no_anchors,
		OPEN, "chain", STEP_UNKNOWN },
	{ "under another's anchor the maker is unknown", other_anchors, MAKER,
		"chain", STEP_FAIL },
	{ "a missing intermediate is an unknown maker", intermediate_missing,
		MAKER, "chain", STEP_FAIL },
	{ "an expired leaf is undecided", leaf_expired, OPEN, "chain",
		STEP_FAIL },
	{ "a leaf that is not yet valid is undecided", leaf_from_tomorrow,
		OPEN, "chain", STEP_FAIL },
	{ "an expired intermediate is undecided", intermediate_expired, OPEN,
		"chain", STEP_FAIL },
	{ "an expired anchor is undecided", root_expired, OPEN, "chain",
		STEP_FAIL },
	{ "an intermediate that is no CA is an unknown maker",
		intermediate_is_no_ca, MAKER, "chain", STEP_FAIL },
	{ "a path longer than a CA allows is an unknown maker",
		too_long_a_path, MAKER, "chain", STEP_FAIL },
	{ "a self-signed certificate is an unknown maker", self_signed_leaf,
		MAKER, "chain", STEP_FAIL },
	{ "an intermediate of the right name only is an unknown maker",
		forged_intermediate, MAKER, "chain", STEP_FAIL },
	{ "a critical extension that nobody knows is an unknown maker",
		unknown_critical_extension, MAKER, "chain", STEP_FAIL },

	{ "another model than the certificate's is forged", other_model,
		FORGED, "model", STEP_FAIL },
	{ "no model where the certificate names one is forged", zero_model,
		FORGED, "model", STEP_FAIL },
	{ "a critical AAGUID extension is forged", critical_aaguid, FORGED,
		"model", STEP_FAIL },
	{ "a critical AAGUID extension is forged in an anchor too",
		critical_aaguid_anchored, FORGED, "model", STEP_FAIL },

	{ "a credential that may be copied is undecided", backup_eligible,
		OPEN, "hardware", STEP_FAIL },
	{ "a credential that was copied is undecided", backed_up, OPEN,
		"hardware", STEP_FAIL },

	{ "self attestation is called that", self, SELF, "signature",
		STEP_PASS },
	{ "self attestation needs no anchors to be called that",
		self_no_anchors, SELF, "chain", STEP_FAIL },
	{ "self attestation with another alg is forged", self_wrong_alg,
		FORGED, "signature", STEP_FAIL },
	{ "self attestation by another key is forged", self_signed_by_another,
		FORGED, "signature", STEP_FAIL },
	{ "format none is not attested", none, NONE, "signature", STEP_FAIL },
	{ "format none for another relying party is forged", none_wrong_rp,
		FORGED, "signature", STEP_FAIL },
	{ "a format that is not known is not attested", unknown_format, NONE,
		"signature", STEP_FAIL },
	{ "formats are compared letter by letter", format_in_upper_case, NONE,
		"signature", STEP_FAIL },
	{ "a format of control characters is shown harmless",
		format_with_escapes, NONE, "signature", STEP_FAIL },

	{ "a U2F statement is genuine", u2f, G, "model", STEP_UNKNOWN },
	{ "a U2F statement of a token whose leaf names the model is genuine",
		u2f_of_a_newer_token, G, "model", STEP_PASS },
	{ "a U2F statement that claims another model is forged",
		u2f_names_other_model, FORGED, "model", STEP_FAIL },
	{ "U2F signatures with needless zeros hold", u2f_long_integers, G,
		"signature", STEP_PASS },
	{ "U2F signatures with needless zeros can be wrong",
		u2f_long_integers_spoilt, FORGED, "signature", STEP_FAIL },
	{ "a U2F statement over another challenge is forged",
		u2f_other_challenge, FORGED, "signature", STEP_FAIL },
	{ "a U2F statement with two certificates is forged",
		u2f_two_certificates, FORGED, "signature", STEP_FAIL },
	{ "a U2F statement without a certificate is forged",
		u2f_no_certificate, FORGED, "signature", STEP_FAIL },
	{ "a U2F statement over an Ed25519 key is forged",
		u2f_ed25519_credential, FORGED, "signature", STEP_FAIL },
	{ "a U2F certificate with a P-384 key is forged", u2f_p384_leaf,
		FORGED, "signature", STEP_FAIL },
	{ "a U2F statement with a changed credential id is forged",
		u2f_credential_id_changed, FORGED, "signature", STEP_FAIL },
};

static const struct step *find(const struct steps *steps, const char *name)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, name) == 0)
			return &steps->rows[i];
	return NULL;
}

static void print(const struct steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		print_error("  %s %s %s: %s\n", steps->rows[i].name,
			step_status_name(steps->rows[i].status),
			verdict_name(steps->rows[i].verdict),
			steps->rows[i].text);
}

/* What must hold of every answer, whatever its verdict. */
static void check_facts(const struct scene *s, const struct steps *steps,
	const struct attest_facts *f)
{
	const struct step *chain = find(steps, "chain");
	size_t i;

	assert_int_equal(f->attested, chain && chain->status == STEP_PASS);
	if (f->aaguid_proved)
		assert_true(f->attested && f->has_leaf && f->leaf.has_aaguid);
	assert_int_equal(f->attested, f->anchor_sha256[0] != '\0');
	for (i = 0; i < steps->n; i++)
		assert_null(strpbrk(steps->rows[i].text, "\n\x1b\xff"));
	if (steps_verdict(steps) != VERDICT_GENUINE)
		return;
	assert_int_equal(f->flags, s->w.flags);
	assert_int_equal(f->counter, s->w.counter);
	assert_int_equal(f->alg, s->w.credential_alg);
	assert_int_equal(f->credential_id.n, strlen(s->w.credential_id));
	assert_memory_equal(f->aaguid, s->w.aaguid, 16);
}

static void run_row(void **state)
{
	const struct row *row = *state;
	struct scene s = { .anchors = { maker.root }, .anchors_n = 1,
		.at = MAKER_AT };
	struct anchors anchors;
	struct attest_facts facts;
	struct attestation a;
	struct steps steps = { .n = 0 };
	const struct step *step;
	size_t i;

	maker_answer_init(&s.w, &maker);
	row->spoil(&s);
	attestation_init(&a);
	maker_answer_build(&s.w, &a);
	if (s.late)
		s.late(&a);
	maker_anchors(&anchors, s.anchors, s.anchors_n);
	attest_facts_init(&facts);
	attest_verify(&a, &anchors, s.at, &steps, &facts);
	step = find(&steps, row->step);
	if (steps_verdict(&steps) != row->verdict || !step ||
		step->status != row->status)
		print(&steps);
	assert_string_equal(verdict_name(steps_verdict(&steps)),
		verdict_name(row->verdict));
	assert_non_null(step);
	assert_int_equal(step->status, row->status);
	check_facts(&s, &steps, &facts);
	attest_facts_done(&facts);
	anchors_done(&anchors);
	attestation_done(&a);
	for (i = 0; i < ARRAY_LEN(s.owned); i++)
		X509_free(s.owned[i]);
	EVP_PKEY_free(s.owned_key);
}

/* ---- the attestation object ---- */

static void good(struct attestation *ret)
{
	struct maker_answer w;

	attestation_init(ret);
	maker_answer_init(&w, &maker);
	maker_answer_build(&w, ret);
}

static void assert_same(const struct attestation *a,
	const struct attestation *b)
{
	assert_string_equal(a->fmt, b->fmt);
	assert_int_equal(a->auth_data.n, b->auth_data.n);
	assert_memory_equal(a->auth_data.p, b->auth_data.p, b->auth_data.n);
	assert_int_equal(a->att_stmt.n, b->att_stmt.n);
	assert_memory_equal(a->att_stmt.p, b->att_stmt.p, b->att_stmt.n);
}

static void an_attestation_object_comes_back_as_it_was(void **state)
{
	struct attestation a, b;
	struct buf o;

	(void)state;
	good(&a);
	attestation_init(&b);
	buf_init(&o, ATTEST_BYTES_MAX);
	attestation_put_object(&o, &a);
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_same(&b, &a);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

static void the_order_of_the_members_does_not_matter(void **state)
{
	struct attestation a, b;
	struct buf o;

	(void)state;
	good(&a);
	attestation_init(&b);
	buf_init(&o, ATTEST_BYTES_MAX);
	tcbor_put_head(&o, TCBOR_MAP, 4);
	tcbor_put_text(&o, "authData");
	tcbor_put_bytes(&o, a.auth_data.p, a.auth_data.n);
	tcbor_put_text(&o, "unknown");
	tcbor_put_text(&o, "attStmt");
	tcbor_put_text(&o, "attStmt");
	buf_put(&o, a.att_stmt.p, a.att_stmt.n);
	tcbor_put_text(&o, "fmt");
	tcbor_put_text(&o, a.fmt);
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_same(&b, &a);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

static void a_cut_attestation_object_is_malformed_at_every_byte(void **state)
{
	struct attestation a, b;
	struct error e;
	struct buf o;
	size_t n;

	(void)state;
	good(&a);
	good(&b);
	strcpy(b.fmt, "kept");
	buf_init(&o, ATTEST_BYTES_MAX);
	attestation_put_object(&o, &a);
	for (n = 0; n < o.n; n++) {
		/* a copy of its own, so that a byte too far is seen */
		unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, o.p, n);
		assert_int_equal(attestation_parse_object(cut, n, &b, &e),
			-ERROR_MALFORMED);
		free(cut);
	}
	assert_string_equal(b.fmt, "kept");
	assert_int_equal(b.auth_data.n, a.auth_data.n);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

static void other_items_are_no_attestation_object(void **state)
{
	static const char *const hex[] = {
		"", "00", "a0", "80", "60", "f6", "a1",
		/* {"fmt":"none","attStmt":{},"authData":"x"} */
		"a363666d74646e6f6e656761747453746d74a068617574684461746161"
		"78",
		/* attStmt is a list */
		"a363666d74646e6f6e656761747453746d74806861757468446174614178",
		/* fmt is bytes */
		"a363666d74446e6f6e656761747453746d74a06861757468446174614178",
		/* fmt holds a NUL */
		"a363666d746461006e656761747453746d74a06861757468446174614178",
		/* indefinite */
		"bf63666d74646e6f6e656761747453746d74a06861757468446174614178"
		"ff",
		/* a byte behind it */
		"a363666d74646e6f6e656761747453746d74a06861757468446174614178"
		"00",
		/* the key authData in indefinite pieces */
		"a363666d74646e6f6e656761747453746d74a07f6861757468446174"
		"61ff4178",
	};
	struct attestation b;
	struct error e;
	struct buf o;
	size_t i;

	(void)state;
	attestation_init(&b);
	buf_init(&o, 4096);
	for (i = 0; i < ARRAY_LEN(hex); i++) {
		buf_reset(&o);
		maker_hex(&o, hex[i]);
		assert_int_equal(attestation_parse_object(o.p, o.n, &b, &e),
			-ERROR_MALFORMED);
		assert_true(e.text[0]);
	}
	buf_done(&o);
	attestation_done(&b);
}

static void an_empty_fmt_none_object_is_parsed(void **state)
{
	struct attestation b;
	struct buf o;

	(void)state;
	attestation_init(&b);
	buf_init(&o, 4096);
	maker_hex(&o, "a363666d74646e6f6e656761747453746d74a068617574684461"
		      "74614178");
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_string_equal(b.fmt, "none");
	assert_int_equal(b.att_stmt.n, 1);
	assert_int_equal(b.auth_data.n, 1);
	buf_done(&o);
	attestation_done(&b);
}

static int set_up(void **state)
{
	(void)state;
	maker_init(&maker);
	/* the same names and models, keys of his own */
	stranger.root_key = maker_key("P-256");
	stranger.middle_key = maker_key("P-256");
	stranger.leaf_key = maker_key("P-256");
	stranger.credential_key = maker_key("P-256");
	stranger.root = maker_cert(&maker_root_cert, stranger.root_key, NULL,
		NULL);
	stranger.middle = maker_cert(&maker_middle_cert, stranger.middle_key,
		stranger.root, stranger.root_key);
	stranger.leaf = maker_cert(&maker_leaf_cert, stranger.leaf_key,
		stranger.middle, stranger.middle_key);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_done(&maker);
	maker_done(&stranger);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(an_attestation_object_comes_back_as_it_was),
		cmocka_unit_test(the_order_of_the_members_does_not_matter),
		cmocka_unit_test(
			a_cut_attestation_object_is_malformed_at_every_byte),
		cmocka_unit_test(other_items_are_no_attestation_object),
		cmocka_unit_test(an_empty_fmt_none_object_is_parsed),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)&rows[i] };
	memcpy(tests + i, others, sizeof(others));
	return cmocka_run_group_tests_name("attest", tests, set_up, tear_down);
}
