/* SPDX-License-Identifier: Apache-2.0 */
/* Ways of attesting, right and wrong: packed, self, none and fido-u2f. */
#include "tests/unit/vectors.h"

#include "token/attest/cbor.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct vendor vendor, untrusted;

void vectors_init(void)
{
	vendor_init(&vendor);
	vendor_untrusted(&untrusted);
}

void vectors_done(void)
{
	vendor_done(&vendor);
	vendor_done(&untrusted);
}

void vector_build(const struct vector_row *row, struct vector *ret,
	struct attestation *a)
{
	*ret = (struct vector){ .anchors = { vendor.root }, .anchors_n = 1,
		.at = VENDOR_AT };
	vendor_answer_init(&ret->w, &vendor);
	row->spoil(ret);
	attestation_init(a);
	vendor_answer_build(&ret->w, a);
	if (ret->late)
		ret->late(a);
}

void vector_done(struct vector *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(s->owned); i++)
		X509_free(s->owned[i]);
	EVP_PKEY_free(s->owned_key);
}

X509 *vector_own(struct vector *s, X509 *cert)
{
	size_t i = 0;

	while (s->owned[i])
		i++;
	MUST(i < ARRAY_LEN(s->owned));
	return s->owned[i] = cert;
}

/* Another leaf in the place of the usual one. */
static void use_leaf(struct vector *s, const struct vendor_cert *what)
{
	s->w.x5c[0] = vector_own(s, vendor_cert(what, vendor.leaf_key,
		vendor.middle, vendor.middle_key));
}

static void use_key(struct vector *s, const char *type)
{
	s->owned_key = vendor_key(type);
	s->w.sign_key = s->owned_key;
	s->w.alg = s->w.digest_alg = vendor_alg_of(s->owned_key);
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert, s->owned_key,
		vendor.middle, vendor.middle_key));
}

/* ---- right ---- */

static void nothing(struct vector *s)
{
	(void)s;
}

static void anchor_is_intermediate(struct vector *s)
{
	s->anchors[0] = vendor.middle;
}

static void anchor_is_intermediate_and_not_sent(struct vector *s)
{
	s->anchors[0] = vendor.middle;
	s->w.x5c_n = 1;
}

static void anchor_is_leaf_alone(struct vector *s)
{
	s->anchors[0] = vendor.leaf;
	s->w.x5c_n = 1;
}

static void anchor_is_leaf_with_others(struct vector *s)
{
	s->anchors[0] = vendor.leaf;
}

static void anchor_is_leaf_and_root_is_sent(struct vector *s)
{
	s->anchors[0] = vendor.leaf;
	s->w.x5c[2] = vendor.root;
	s->w.x5c_n = 3;
}

static void root_is_sent_too(struct vector *s)
{
	s->w.x5c[2] = vendor.root;
	s->w.x5c_n = 3;
}

static void many_anchors(struct vector *s)
{
	s->anchors[0] = untrusted.root;
	s->anchors[1] = vendor.root;
	s->anchors[2] = vendor.middle;
	s->anchors_n = 3;
}

static void twin_root_before(struct vector *s)
{
	/* the same name, another key */
	s->anchors[0] = untrusted.root;
	s->anchors[1] = vendor.root;
	s->anchors_n = 2;
}

static void twin_root_behind(struct vector *s)
{
	s->anchors[0] = vendor.root;
	s->anchors[1] = untrusted.root;
	s->anchors_n = 2;
}

static void eight_certificates(struct vector *s)
{
	for (; s->w.x5c_n < 8; s->w.x5c_n++)
		s->w.x5c[s->w.x5c_n] = vendor.middle;
}

static void rsa_leaf(struct vector *s)
{
	use_key(s, "RSA");
}

static void ed25519_leaf(struct vector *s)
{
	use_key(s, "ED25519");
}

static void p384_leaf(struct vector *s)
{
	use_key(s, "P-384");
}


static void p521_leaf(struct vector *s)
{
	use_key(s, "P-521");
}

static void ed448_leaf(struct vector *s)
{
	use_key(s, "ED448");
}

static void credential_of(struct vector *s, const char *type)
{
	s->owned_key = vendor_key(type);
	s->w.credential_key = s->owned_key;
	s->w.credential_alg = vendor_alg_of(s->owned_key);
}

static void ed25519_credential(struct vector *s)
{
	credential_of(s, "ED25519");
}

static void rsa_credential(struct vector *s)
{
	credential_of(s, "RSA");
}

static void p384_credential(struct vector *s)
{
	credential_of(s, "P-384");
}

static void p521_credential(struct vector *s)
{
	credential_of(s, "P-521");
}

static void ed448_credential(struct vector *s)
{
	credential_of(s, "ED448");
}

static void long_rsa_credential(struct vector *s)
{
	credential_of(s, "RSA-3072");
}

static void verified_user(struct vector *s)
{
	s->w.flags |= AUTHDATA_UV;
}

static void with_extensions(struct vector *s)
{
	s->w.flags |= AUTHDATA_ED;
	s->w.extensions_hex = "a16b6372656450726f7465637402"; /* credProtect */
}

static void leaf_until_9999(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.until = "99991231235959Z";
	use_leaf(s, &c);
	s->at = VENDOR_AT + 20 * 31557600ll; /* 2046, inside the others */
}

static void no_aaguid_extension(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.extensions[0].oid = NULL;
	use_leaf(s, &c);
}

static void last_second(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.until = "20260101000001Z";
	use_leaf(s, &c);
}

static void sends_no_intermediate(struct vector *s)
{
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, vendor.root, vendor.root_key));
	s->w.x5c_n = 1;
}

/* ---- wrong: signature ---- */

static void other_challenge(struct vector *s)
{
	s->w.client_data = "{\"type\":\"webauthn.create\",\"old\":1}";
}

static void other_rp(struct vector *s)
{
	s->w.rp_id = "tokenbridge:login";
}

static void nobody_present(struct vector *s)
{
	s->w.flags &= (uint8_t)~AUTHDATA_UP;
}

static void no_credential(struct vector *s)
{
	s->w.flags &= (uint8_t)~AUTHDATA_AT;
}

static void first_byte_of_sig(struct vector *s)
{
	s->w.spoil_sig = 1;
}

static void inner_byte_of_sig(struct vector *s)
{
	s->w.spoil_sig = 20;
}

static void signed_by_another(struct vector *s)
{
	s->w.sign_key = untrusted.leaf_key;
}

static void signed_by_the_credential(struct vector *s)
{
	s->w.sign_key = vendor.credential_key;
}

static void no_sig(struct vector *s)
{
	s->w.sign_key = NULL;
}

static void no_alg(struct vector *s)
{
	s->w.alg = 0;
}

static void alg_of_other_key_type(struct vector *s)
{
	s->w.alg = COSE_ALG_RS256;
}

static void alg_of_other_hash(struct vector *s)
{
	s->w.alg = COSE_ALG_ES384;
}

static void alg_unknown(struct vector *s)
{
	s->w.alg = -47; /* ES256K */
}

static void rs1(struct vector *s)
{
	use_key(s, "RSA");
	s->w.alg = s->w.digest_alg = COSE_ALG_RS1;
}

static void alg_of_other_curve(struct vector *s)
{
	use_key(s, "P-384");
	s->w.alg = s->w.digest_alg = COSE_ALG_ES256;
}

static void weak_rsa_leaf(struct vector *s)
{
	use_key(s, "RSA-1024");
}

static void weak_rsa_credential(struct vector *s)
{
	credential_of(s, "RSA-1024");
}

static void strong_rsa_credential(struct vector *s)
{
	credential_of(s, "RSA-4104");
}

static void alg_wraps_around(struct vector *s)
{
	s->w.alg = 0xfffffff9; /* -7 in 32 bits */
}

static void x5c_empty(struct vector *s)
{
	s->w.x5c_n = 0;
}

static void x5c_of_nine(struct vector *s)
{
	eight_certificates(s);
	s->w.x5c[s->w.x5c_n++] = vendor.middle;
}

static void x5c_text(struct vector *s)
{
	s->w.x5c_is_text = true;
}

static void x5c_garbage(struct vector *s)
{
	s->w.x5c_garbage = "453003020100";
}

static void x5c_null(struct vector *s)
{
	s->w.x5c_garbage = "f6";
}

static void x5c_empty_bytes(struct vector *s)
{
	s->w.x5c_garbage = "40";
}

static void add_byte_to_leaf(struct attestation *a)
{
	/* x5c stands last: make its first certificate one byte longer */
	struct vendor_answer w;
	unsigned char *der = NULL;
	struct buf *b = &a->att_stmt;
	size_t i;
	int n = i2d_X509(vendor.leaf, &der);

	vendor_answer_init(&w, &vendor);
	for (i = 0; i + 3 < b->n; i++)
		if (memcmp(b->p + i, der, 3) == 0)
			break;
	b->n = i - 3;
	b->p[i - 4] = 0x81;
	tcbor_put_head(b, TCBOR_BYTES, (size_t)n + 1);
	buf_put(b, der, (size_t)n);
	buf_put_byte(b, 0);
	OPENSSL_free(der);
	MUST(!buf_failed(b));
}

static void trailing_byte_in_leaf(struct vector *s)
{
	s->late = add_byte_to_leaf;
}

static void leaf_of_unknown_key_type(struct vector *s)
{
	/* the public key's algorithm becomes an OID that nobody knows */
	static const unsigned char ec[] = { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01 };
	unsigned char *der = NULL;
	const unsigned char *p;
	int n = i2d_X509(vendor.leaf, &der);
	unsigned char *hit = memmem(der, (size_t)n, ec, sizeof(ec));

	MUST(hit);
	hit[8] = 0x7f;
	p = der;
	s->w.x5c[0] = vector_own(s, d2i_X509(NULL, &p, n));
	OPENSSL_free(der);
	MUST(s->w.x5c[0]);
}

static void cut_statement(struct attestation *a)
{
	a->att_stmt.n--;
}

static void statement_cut_off(struct vector *s)
{
	s->late = cut_statement;
}

static void cut_auth_data(struct attestation *a)
{
	a->auth_data.n--;
}

static void auth_data_cut_off(struct vector *s)
{
	s->late = cut_auth_data;
}

static void flip_counter(struct attestation *a)
{
	a->auth_data.p[36] ^= 1;
}

static void counter_changed(struct vector *s)
{
	s->late = flip_counter;
}

static void flip_credential_id(struct attestation *a)
{
	a->auth_data.p[60] ^= 1;
}

static void credential_id_changed(struct vector *s)
{
	s->late = flip_credential_id;
}

static void nothing_at_all(struct attestation *a)
{
	buf_reset(&a->auth_data);
	buf_reset(&a->att_stmt);
	buf_reset(&a->client_data);
}

static void empty(struct vector *s)
{
	s->late = nothing_at_all;
}

static void wrong_cose_alg(struct vector *s)
{
	s->w.credential_alg = COSE_ALG_RS256;
}

static void unknown_cose_alg(struct vector *s)
{
	s->w.credential_alg = -47; /* ES256K */
}

/* ---- wrong: form of the certificate ---- */

static void version_1(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.version = -1;
	memset(c.extensions, 0, sizeof(c.extensions));
	c.basic = NULL;
	use_leaf(s, &c);
}

static void other_ou(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.ou = "authenticator attestation";
	use_leaf(s, &c);
}

static void no_ou(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.ou = NULL;
	use_leaf(s, &c);
}

static void leaf_is_ca(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.basic = "critical,CA:TRUE";
	use_leaf(s, &c);
}

static void no_basic_constraints(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.basic = NULL;
	use_leaf(s, &c);
}

static void no_country(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.no_c = true;
	use_leaf(s, &c);
}

static void no_organisation(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.no_o = true;
	use_leaf(s, &c);
}

static void no_common_name(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.cn = NULL;
	use_leaf(s, &c);
}

static void two_models(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.extensions[4] = c.extensions[0];
	use_leaf(s, &c);
}

static void malformed_extension(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.extensions[0].hex = VENDOR_AAGUID_HEX; /* without its inner head */
	use_leaf(s, &c);
}

/* ---- wrong: chain ---- */

static void no_anchors(struct vector *s)
{
	s->anchors_n = 0;
}

/* Keys from before production: a vendor's, and nobody's to trust. */
static void preview(struct vector *s)
{
	struct vendor_cert c = vendor_root_cert;

	c.cn = "Yubico U2F Preview CA";
	s->w.x5c[1] = vector_own(s, vendor_cert(&c, vendor.middle_key, NULL,
		NULL));
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, s->w.x5c[1], vendor.middle_key));
}

static void preview_without_anchors(struct vector *s)
{
	preview(s);
	s->anchors_n = 0;
}

static void preview_that_an_admin_added(struct vector *s)
{
	preview(s);
	s->anchors[0] = s->w.x5c[1];
}

static void other_anchors(struct vector *s)
{
	s->anchors[0] = untrusted.root;
}

static void intermediate_missing(struct vector *s)
{
	s->w.x5c_n = 1;
}

static void leaf_expired(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.until = "20251231235959Z";
	use_leaf(s, &c);
}

static void leaf_from_tomorrow(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.from = "20260102000000Z";
	use_leaf(s, &c);
}

static void intermediate_expired(struct vector *s)
{
	struct vendor_cert c = vendor_middle_cert;

	c.until = "20251231235959Z";
	s->w.x5c[1] = vector_own(s, vendor_cert(&c, vendor.middle_key,
		vendor.root, vendor.root_key));
}

static void root_expired(struct vector *s)
{
	struct vendor_cert c = vendor_root_cert;

	c.until = "20251231235959Z";
	s->anchors[0] = vector_own(s, vendor_cert(&c, vendor.root_key, NULL,
		NULL));
}

static void use_root(struct vector *s, const char *basic)
{
	struct vendor_cert c = vendor_root_cert;

	c.basic = basic;
	s->anchors[0] = vector_own(s, vendor_cert(&c, vendor.root_key, NULL,
		NULL));
}

static void root_is_no_ca(struct vector *s)
{
	use_root(s, "critical,CA:FALSE");
}

static void root_says_nothing(struct vector *s)
{
	use_root(s, NULL);
}

static void root_is_no_ca_and_issues_the_leaf(struct vector *s)
{
	use_root(s, "critical,CA:FALSE");
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, vendor.root, vendor.root_key));
	s->w.x5c_n = 1;
}

static void root_is_no_ca_and_not_trusted(struct vector *s)
{
	use_root(s, "critical,CA:FALSE");
	s->w.x5c[2] = s->anchors[0];
	s->w.x5c_n = 3;
	s->anchors[0] = untrusted.root;
}

static void anchored_intermediate_is_no_ca(struct vector *s)
{
	struct vendor_cert c = vendor_middle_cert;

	c.basic = "critical,CA:FALSE";
	s->anchors[0] = vector_own(s, vendor_cert(&c, vendor.middle_key,
		vendor.root, vendor.root_key));
	s->w.x5c_n = 1;
}

/* An attestation certificate that its token signed, and one under it */
static void anchored_leaf_issues(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.cn = "Example Root CA";
	s->anchors[0] = vector_own(s, vendor_cert(&c, vendor.root_key, NULL,
		NULL));
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, s->anchors[0], vendor.root_key));
	s->w.x5c_n = 1;
}

static void intermediate_is_no_ca(struct vector *s)
{
	struct vendor_cert c = vendor_middle_cert;

	c.basic = "critical,CA:FALSE";
	s->w.x5c[1] = vector_own(s, vendor_cert(&c, vendor.middle_key,
		vendor.root, vendor.root_key));
}

static void too_long_a_path(struct vector *s)
{
	/* the intermediate allows no CA below it, but for one of its own name */
	struct vendor_cert c = vendor_middle_cert;

	c.cn = "Example Lower CA";
	s->w.x5c[1] = vector_own(s, vendor_cert(&c,
		untrusted.root_key, vendor.middle, vendor.middle_key));
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, s->w.x5c[1], untrusted.root_key));
	s->w.x5c[2] = vendor.middle;
	s->w.x5c_n = 3;
}

static void self_signed_leaf(struct vector *s)
{
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, NULL, NULL));
	s->w.x5c_n = 1;
}

static void forged_intermediate(struct vector *s)
{
	/* the right names, the wrong key */
	s->w.x5c[1] = vector_own(s, vendor_cert(&vendor_middle_cert,
		untrusted.middle_key, untrusted.root, untrusted.root_key));
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert,
		vendor.leaf_key, s->w.x5c[1], untrusted.middle_key));
}

static void unknown_critical_extension(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.extensions[4] = (struct vendor_extension){ "1.3.6.1.4.1.99999.1",
		"0500", true };
	use_leaf(s, &c);
}

/* ---- wrong: model ---- */

static void other_model(struct vector *s)
{
	s->w.aaguid[15] ^= 1;
}

static void zero_model(struct vector *s)
{
	memset(s->w.aaguid, 0, sizeof(s->w.aaguid));
}

static void critical_aaguid(struct vector *s)
{
	struct vendor_cert c = vendor_leaf_cert;

	c.extensions[0].critical = true;
	use_leaf(s, &c);
}

static void critical_aaguid_anchored(struct vector *s)
{
	critical_aaguid(s);
	s->anchors[0] = s->w.x5c[0];
}

/* ---- wrong: hardware ---- */

static void backup_eligible(struct vector *s)
{
	s->w.flags |= AUTHDATA_BE;
}

static void backed_up(struct vector *s)
{
	s->w.flags |= AUTHDATA_BE | AUTHDATA_BS;
}

/* ---- self, none, unknown ---- */

static void self(struct vector *s)
{
	s->w.with_x5c = false;
	s->w.sign_key = vendor.credential_key;
}

static void self_no_anchors(struct vector *s)
{
	self(s);
	s->anchors_n = 0;
}

static void self_wrong_alg(struct vector *s)
{
	self(s);
	s->w.alg = COSE_ALG_ES384;
}

static void self_signed_by_another(struct vector *s)
{
	self(s);
	s->w.sign_key = untrusted.credential_key;
}

static void none(struct vector *s)
{
	s->w.fmt = "none";
	s->w.sign_key = NULL;
	s->w.alg = 0;
	s->w.with_x5c = false;
}

static void none_wrong_rp(struct vector *s)
{
	none(s);
	s->w.rp_id = "example.org";
}

/* All else is as packed asks for it, and none of these is read as packed. */
static void android_key(struct vector *s)
{
	s->w.fmt = "android-key";
}

static void android_safetynet(struct vector *s)
{
	s->w.fmt = "android-safetynet";
}

static void apple(struct vector *s)
{
	s->w.fmt = "apple";
}

static void compound(struct vector *s)
{
	s->w.fmt = "compound";
}

static void made_up(struct vector *s)
{
	s->w.fmt = "packed2";
}

static void no_format(struct vector *s)
{
	s->w.fmt = "";
}

static void unknown_and_cut_off(struct vector *s)
{
	apple(s);
	s->late = cut_statement;
}

static void format_in_upper_case(struct vector *s)
{
	s->w.fmt = "PACKED";
}

static void format_with_escapes(struct vector *s)
{
	s->w.fmt = "\x1b[2Jpacked\n\xff";
}

/* ---- fido-u2f ---- */

static void u2f_leaf(struct vector *s, const struct vendor_cert *what)
{
	vendor_answer_u2f(&s->w, &vendor);
	s->w.x5c[0] = vector_own(s, vendor_cert(what, vendor.leaf_key,
		vendor.root, vendor.root_key));
}

/* Leaves of the first generations have a common name and nothing else. */
static const struct vendor_cert old_leaf = { .cn = "Example U2F EE 1" };

static void u2f(struct vector *s)
{
	u2f_leaf(s, &old_leaf);
}

static void u2f_of_a_newer_token(struct vector *s)
{
	/* its leaf names the model, a U2F answer has no room for it */
	u2f_leaf(s, &vendor_leaf_cert);
}

static void u2f_names_other_model(struct vector *s)
{
	u2f_leaf(s, &vendor_leaf_cert);
	memcpy(s->w.aaguid, VENDOR_AAGUID, 16);
	s->w.aaguid[0] ^= 1;
}

static void u2f_long_integers(struct vector *s)
{
	u2f(s);
	s->w.long_integers = true;
}

static void u2f_long_integers_spoilt(struct vector *s)
{
	u2f_long_integers(s);
	s->w.spoil_sig = 30;
}

/* A leaf whose signature claims `byte` unused bits. */
static void claim_unused(struct attestation *a, unsigned char byte)
{
	unsigned char *end = a->att_stmt.p + a->att_stmt.n, *bits;

	/* the signature stands last in the certificate, x5c in the statement */
	for (bits = end - 75; bits[0] != 0x03 || bits + 2 + bits[1] != end;
		bits++)
		MUST(bits + 2 < end);
	MUST(bits[2] == 0);
	bits[2] = byte;
}

static void three_unused(struct attestation *a)
{
	claim_unused(a, 3);
}

static void ninety_unused(struct attestation *a)
{
	claim_unused(a, 90);
}

static void u2f_unused_bits(struct vector *s)
{
	u2f(s);
	s->late = three_unused;
}

static void u2f_many_unused_bits(struct vector *s)
{
	u2f(s);
	s->late = ninety_unused;
}

static void u2f_unused_bits_and_forged(struct vector *s)
{
	u2f(s);
	s->w.x5c[0] = vector_own(s, vendor_cert(&old_leaf, vendor.leaf_key,
		vendor.root, untrusted.root_key));
	s->late = three_unused;
}

static void packed_unused_bits(struct vector *s)
{
	sends_no_intermediate(s);
	s->late = three_unused;
}

static void u2f_other_challenge(struct vector *s)
{
	u2f(s);
	s->w.client_data = "{}";
}

static void u2f_two_certificates(struct vector *s)
{
	u2f(s);
	s->w.x5c[1] = vendor.root;
	s->w.x5c_n = 2;
}

static void u2f_no_certificate(struct vector *s)
{
	u2f(s);
	s->w.with_x5c = false;
	s->w.sign_key = vendor.credential_key;
}

static void u2f_ed25519_credential(struct vector *s)
{
	u2f(s);
	ed25519_credential(s);
}

static void u2f_p384_leaf(struct vector *s)
{
	vendor_answer_u2f(&s->w, &vendor);
	s->owned_key = vendor_key("P-384");
	s->w.sign_key = s->owned_key;
	s->w.x5c[0] = vector_own(s, vendor_cert(&old_leaf, s->owned_key,
		vendor.root, vendor.root_key));
}

static void u2f_credential_id_changed(struct vector *s)
{
	u2f(s);
	s->late = flip_credential_id;
}

#define G VERDICT_GENUINE
#define VENDOR VERDICT_UNKNOWN_VENDOR
#define SELF VERDICT_SELF_ATTESTED
#define NONE VERDICT_NOT_ATTESTED
#define FORGED VERDICT_FORGED
#define OPEN VERDICT_UNDECIDED

const struct vector_row vectors[] = {
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
	{ "a root that says it is no CA is an anchor", root_is_no_ca, G,
		"chain", STEP_PASS },
	{ "a root that does not say it is a CA is an anchor",
		root_says_nothing, G, "chain", STEP_PASS },
	{ "a root that says it is no CA may issue the leaf",
		root_is_no_ca_and_issues_the_leaf, G, "chain", STEP_PASS },
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
	{ "a P-521 attestation key verifies", p521_leaf, G, "signature",
		STEP_PASS },
	{ "an Ed448 attestation key verifies", ed448_leaf, G, "signature",
		STEP_PASS },
	{ "a P-384 credential can be attested", p384_credential, G,
		"signature", STEP_PASS },
	{ "a P-521 credential can be attested", p521_credential, G,
		"signature", STEP_PASS },
	{ "an Ed448 credential can be attested", ed448_credential, G,
		"signature", STEP_PASS },
	{ "an RSA credential of 3072 bits can be attested",
		long_rsa_credential, G, "signature", STEP_PASS },
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
	{ "ES256K by a certificate of P-256 is forged", alg_unknown, FORGED,
		"signature", STEP_FAIL },
	{ "RS1 is forged in packed", rs1, FORGED, "signature", STEP_FAIL },
	{ "an alg of another curve is forged", alg_of_other_curve, FORGED,
		"signature", STEP_FAIL },
	{ "an RSA attestation key of 1024 bits is forged", weak_rsa_leaf,
		FORGED, "signature", STEP_FAIL },
	{ "an RSA credential of 1024 bits is forged", weak_rsa_credential,
		FORGED, "signature", STEP_FAIL },
	{ "an RSA credential of 4104 bits cannot be judged",
		strong_rsa_credential, OPEN, "credential", STEP_UNKNOWN },
	{ "an alg that is ES256 only modulo 2^32 is forged", alg_wraps_around,
		FORGED, "signature", STEP_FAIL },
	{ "an empty x5c is forged, not self-attested", x5c_empty, FORGED,
		"signature", STEP_FAIL },
	{ "nine certificates cannot be judged", x5c_of_nine, OPEN, "signature",
		STEP_UNKNOWN },
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
	{ "a credential of ES256K on P-256 is forged", unknown_cose_alg, FORGED,
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
	{ "no country is no packed certificate", no_country, FORGED,
		"signature", STEP_FAIL },
	{ "no organisation is no packed certificate", no_organisation, FORGED,
		"signature", STEP_FAIL },
	{ "no common name is no packed certificate", no_common_name, FORGED,
		"signature", STEP_FAIL },
	{ "a certificate that names the model twice is forged", two_models,
		FORGED, "signature", STEP_FAIL },
	{ "a malformed AAGUID extension is forged", malformed_extension,
		FORGED, "signature", STEP_FAIL },

	{ "without anchors it is undecided, not an unknown vendor", no_anchors,
		OPEN, "chain", STEP_UNKNOWN },
	{ "a preview CA is an unknown vendor", preview, VENDOR, "chain",
		STEP_FAIL },
	{ "a preview CA is undecided where nothing is trusted",
		preview_without_anchors, OPEN, "chain", STEP_UNKNOWN },
	{ "a preview CA is trusted only where an admin added it",
		preview_that_an_admin_added, G, "chain", STEP_PASS },
	{ "under another's anchor the vendor is unknown", other_anchors, VENDOR,
		"chain", STEP_FAIL },
	{ "a missing intermediate is an unknown vendor", intermediate_missing,
		VENDOR, "chain", STEP_FAIL },
	{ "an expired leaf is undecided", leaf_expired, OPEN, "chain",
		STEP_FAIL },
	{ "a leaf that is not yet valid is undecided", leaf_from_tomorrow,
		OPEN, "chain", STEP_FAIL },
	{ "an expired intermediate is undecided", intermediate_expired, OPEN,
		"chain", STEP_FAIL },
	{ "an expired anchor is undecided", root_expired, OPEN, "chain",
		STEP_FAIL },
	{ "a root that is no CA has to be trusted first",
		root_is_no_ca_and_not_trusted, VENDOR, "chain", STEP_FAIL },
	{ "an anchor that another issued issues nothing unless it is a CA",
		anchored_intermediate_is_no_ca, VENDOR, "chain", STEP_FAIL },
	{ "an attestation certificate that signed itself issues nothing",
		anchored_leaf_issues, VENDOR, "chain", STEP_FAIL },
	{ "an intermediate that is no CA is an unknown vendor",
		intermediate_is_no_ca, VENDOR, "chain", STEP_FAIL },
	{ "a path longer than a CA allows is an unknown vendor",
		too_long_a_path, VENDOR, "chain", STEP_FAIL },
	{ "a self-signed certificate is an unknown vendor", self_signed_leaf,
		VENDOR, "chain", STEP_FAIL },
	{ "an intermediate of the right name only is an unknown vendor",
		forged_intermediate, VENDOR, "chain", STEP_FAIL },
	{ "a critical extension that nobody knows is an unknown vendor",
		unknown_critical_extension, VENDOR, "chain", STEP_FAIL },

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
	{ "android-key is not understood", android_key, NONE, "signature",
		STEP_FAIL },
	{ "android-safetynet is not understood", android_safetynet, NONE,
		"signature", STEP_FAIL },
	{ "apple is not understood", apple, NONE, "signature", STEP_FAIL },
	{ "compound is not understood", compound, NONE, "signature",
		STEP_FAIL },
	{ "a made-up format is not understood", made_up, NONE, "signature",
		STEP_FAIL },
	{ "a format without a name is not understood", no_format, NONE,
		"signature", STEP_FAIL },
	{ "a format that is not understood is not read", unknown_and_cut_off,
		NONE, "signature", STEP_FAIL },
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
	{ "a U2F leaf that claims unused bits is repaired", u2f_unused_bits,
		G, "chain", STEP_PASS },
	{ "a U2F leaf that claims 90 unused bits is repaired",
		u2f_many_unused_bits, G, "chain", STEP_PASS },
	{ "a U2F leaf that claims unused bits can be wrong",
		u2f_unused_bits_and_forged, VENDOR, "chain", STEP_FAIL },
	{ "a packed leaf that claims unused bits is not repaired",
		packed_unused_bits, VENDOR, "chain", STEP_FAIL },
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

const size_t vectors_n = ARRAY_LEN(vectors);
