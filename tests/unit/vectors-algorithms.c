/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms, known, by another number, not known, and contradicted. */
#include "tests/unit/vectors.h"

#include <stdlib.h>
#include <string.h>

#define ML_DSA_44 "2.16.840.1.101.3.4.3.17"

/* COSE keys {kty, alg, crv or pub, ...} of algorithms that nobody here has */
#define X32 "5820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaa"
#define COSE_ML_DSA_44 "a30107" "03382f" "204401020304"
#define COSE_ML_DSA_AS_EC "a5010203382f2001" "21" X32 "22" X32
#define COSE_ES256K "a5010203382e2008" "21" X32 "22" X32
#define COSE_NAMELESS "a30107" "0339fde7" "204401020304" /* -65000 */
#define COSE_PS256 "a401030338242041012143010001"

static void plain(struct vector *s)
{
	(void)s;
}

static void u2f(struct vector *s)
{
	vendor_answer_u2f(&s->w, &vendor);
	s->w.x5c[0] = vendor.leaf;
	s->anchors[0] = vendor.middle;
}

static void tpm(struct vector *s)
{
	vendor_answer_tpm(&s->w, &vendor);
}

static void self(struct vector *s)
{
	s->w.with_x5c = false;
	s->w.sign_key = vendor.credential_key;
}

/* Everything of a key of this type, under this number. */
static void numbered(struct vector *s, const char *type, int alg)
{
	s->owned_key = vendor_key(type);
	s->w.sign_key = s->w.credential_key = s->owned_key;
	s->w.digest_alg = vendor_alg_of(s->owned_key);
	s->w.alg = s->w.credential_alg = alg;
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert, s->owned_key,
		vendor.middle, vendor.middle_key));
}

/* Its certificate's key is of a type that OpenSSL does not know. */
static void unknown_leaf(struct vector *s, const struct vendor_cert *what,
	const char *oid)
{
	X509 *cert = vector_own(s, vendor_cert(what, vendor.leaf_key,
		vendor.middle, vendor.middle_key));
	unsigned char *key = OPENSSL_malloc(64);

	MUST(key);
	memset(key, 0x5a, 64);
	MUST(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(cert),
		OBJ_txt2obj(oid, 1), V_ASN1_UNDEF, NULL, key, 64) == 1);
	MUST(X509_sign(cert, vendor.middle_key, EVP_sha256()) > 0);
	s->w.x5c[0] = cert;
}

/* ---- the same by another number ---- */

static void esp256(struct vector *s)
{
	numbered(s, "P-256", COSE_ALG_ESP256);
}

static void esp384(struct vector *s)
{
	numbered(s, "P-384", COSE_ALG_ESP384);
}

static void esp512(struct vector *s)
{
	numbered(s, "P-521", COSE_ALG_ESP512);
}

static void ed25519(struct vector *s)
{
	numbered(s, "ED25519", COSE_ALG_ED25519);
}

static void esp256_credential(struct vector *s)
{
	s->w.credential_alg = COSE_ALG_ESP256;
}

static void self_mixed(struct vector *s)
{
	self(s);
	s->w.credential_alg = COSE_ALG_ESP256;
}

static void u2f_esp256(struct vector *s)
{
	u2f(s);
	s->w.credential_alg = COSE_ALG_ESP256;
}

static void tpm_esp256(struct vector *s)
{
	tpm(s);
	s->w.alg = s->w.credential_alg = COSE_ALG_ESP256;
}

static void esp256_on_p384(struct vector *s)
{
	numbered(s, "P-384", COSE_ALG_ESP256);
}

/* ---- a credential of an algorithm that is not verified here ---- */

static void ml_dsa_credential(struct vector *s)
{
	s->w.credential_hex = COSE_ML_DSA_44;
}

static void ml_dsa_unknown_vendor(struct vector *s)
{
	ml_dsa_credential(s);
	s->anchors[0] = untrusted.root;
}

static void ml_dsa_spoilt(struct vector *s)
{
	ml_dsa_credential(s);
	s->w.spoil_sig = 20;
}

static void ml_dsa_other_model(struct vector *s)
{
	ml_dsa_credential(s);
	s->w.aaguid[0] ^= 1;
}

static void es256k_credential(struct vector *s)
{
	s->w.credential_hex = COSE_ES256K;
}

static void nameless_credential(struct vector *s)
{
	s->w.credential_hex = COSE_NAMELESS;
}

static void nameless_without_type(struct vector *s)
{
	s->w.credential_hex = "a1" "0339fde7";
}

static void nameless_beyond_32_bits(struct vector *s)
{
	s->w.credential_hex = "a20107" "033a80000000"; /* -2147483649 */
}

static void ml_dsa_as_ec(struct vector *s)
{
	s->w.credential_hex = COSE_ML_DSA_AS_EC;
}

static void ml_dsa_and_none(struct vector *s)
{
	ml_dsa_credential(s);
	s->w.fmt = "none";
}

static void u2f_ml_dsa(struct vector *s)
{
	u2f(s);
	ml_dsa_credential(s);
}

static void u2f_nameless_on_p256(struct vector *s)
{
	u2f(s);
	s->w.credential_alg = -65000;
}

static void tpm_ml_dsa(struct vector *s)
{
	tpm(s);
	ml_dsa_credential(s);
}

/* ---- a statement of one ---- */

static void ml_dsa(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, ML_DSA_44);
	ml_dsa_credential(s);
	s->w.alg = -48;
}

static void ml_dsa_over_p256(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, ML_DSA_44);
	s->w.alg = -48;
}

static void ml_dsa_of_no_packed_form(struct vector *s)
{
	struct vendor_cert what = vendor_leaf_cert;

	what.ou = "Something Else";
	unknown_leaf(s, &what, ML_DSA_44);
	s->w.alg = -48;
}

static void ml_dsa_by_p256(struct vector *s)
{
	ml_dsa_credential(s);
	s->w.alg = -48;
}

static void ml_dsa_of_other_size(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, ML_DSA_44);
	s->w.alg = -49;
}

static void es256_by_ml_dsa(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, ML_DSA_44);
	ml_dsa_credential(s);
}

static void nameless(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, "1.3.6.1.4.1.99999.1");
	nameless_credential(s);
	s->w.alg = -65000;
}

static void nameless_by_p256(struct vector *s)
{
	s->w.alg = -65000;
}

static void nameless_by_ml_dsa(struct vector *s)
{
	unknown_leaf(s, &vendor_leaf_cert, ML_DSA_44);
	s->w.alg = -65000;
}

static void ps256(struct vector *s)
{
	numbered(s, "RSA", COSE_ALG_RS256);
	s->w.alg = -37;
}

/* Its certificate's key is on this curve. */
static void curve_leaf(struct vector *s, const char *curve, int alg)
{
	s->owned_key = vendor_key(curve);
	s->w.alg = alg;
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_leaf_cert, s->owned_key,
		vendor.middle, vendor.middle_key));
}

static void es256k(struct vector *s)
{
	curve_leaf(s, "secp256k1", -47);
}

static void esb256(struct vector *s)
{
	curve_leaf(s, "brainpoolP256r1", -265);
}

static void esb320(struct vector *s)
{
	curve_leaf(s, "brainpoolP320r1", -266);
}

static void esb384(struct vector *s)
{
	curve_leaf(s, "brainpoolP384r1", -267);
}

static void esb512(struct vector *s)
{
	curve_leaf(s, "brainpoolP512r1", -268);
}

static void es256k_by_brainpool(struct vector *s)
{
	curve_leaf(s, "brainpoolP256r1", -47);
}

static void nameless_by_secp256k1(struct vector *s)
{
	curve_leaf(s, "secp256k1", -65000);
}

static void nameless_by_ed448(struct vector *s)
{
	curve_leaf(s, "ED448", -65000);
}

static void nameless_by_a_curve_without_algorithm(struct vector *s)
{
	curve_leaf(s, "secp224r1", -65000);
}

static void self_ml_dsa(struct vector *s)
{
	self(s);
	ml_dsa_credential(s);
	s->w.alg = -48;
}

static void self_ml_dsa_over_p256(struct vector *s)
{
	self(s);
	s->w.alg = -48;
}

static void self_p256_over_ml_dsa(struct vector *s)
{
	self(s);
	ml_dsa_credential(s);
}

static void tpm_ps256(struct vector *s)
{
	tpm(s);
	s->owned_key = vendor_key("RSA");
	s->w.sign_key = s->owned_key;
	s->w.digest_alg = COSE_ALG_RS256;
	s->w.alg = -37;
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_aik_cert, s->owned_key,
		vendor.middle, vendor.middle_key));
}

static void tpm_ps256_credential(struct vector *s)
{
	tpm(s);
	s->owned_key = vendor_key("RSA");
	s->w.tpm.area_key = s->owned_key;
	s->w.credential_hex = COSE_PS256;
}

static void tpm_ps256_by_p256(struct vector *s)
{
	tpm(s);
	s->w.alg = -37;
}

#define G VERDICT_GENUINE
#define OPEN VERDICT_UNDECIDED
#define FORGED VERDICT_FORGED

const struct vector_row vectors_algorithms[] = {
	{ "nothing of it is another number", plain, G, "signature", STEP_PASS },
	{ "ESP256 is ES256", esp256, G, "signature", STEP_PASS },
	{ "ESP384 is ES384", esp384, G, "signature", STEP_PASS },
	{ "ESP512 is ES512, of P-521", esp512, G, "signature", STEP_PASS },
	{ "Ed25519 is EdDSA", ed25519, G, "signature", STEP_PASS },
	{ "a credential of ESP256 under ES256 is genuine", esp256_credential, G,
		"signature", STEP_PASS },
	{ "self attestation by ES256 of ESP256 is that", self_mixed,
		VERDICT_SELF_ATTESTED, "signature", STEP_PASS },
	{ "a U2F statement of ESP256 is genuine", u2f_esp256, G, "signature",
		STEP_PASS },
	{ "a TPM by ESP256 is genuine", tpm_esp256, G, "signature",
		STEP_PASS },
	{ "ESP256 on P-384 is forged", esp256_on_p384, FORGED, "signature",
		STEP_FAIL },

	{ "a credential of ML-DSA is undecided", ml_dsa_credential, OPEN,
		"credential", STEP_UNKNOWN },
	{ "and so where the vendor is not known", ml_dsa_unknown_vendor, OPEN,
		"chain", STEP_FAIL },
	{ "under a false signature it is forged", ml_dsa_spoilt, FORGED,
		"signature", STEP_FAIL },
	{ "of another model it is forged", ml_dsa_other_model, FORGED, "model",
		STEP_FAIL },
	{ "a credential of ES256K is undecided", es256k_credential, OPEN,
		"credential", STEP_UNKNOWN },
	{ "one that has no name here is undecided", nameless_credential, OPEN,
		"credential", STEP_UNKNOWN },
	{ "one without a type is forged", nameless_without_type, FORGED,
		"signature", STEP_FAIL },
	{ "and one beyond 32 bits", nameless_beyond_32_bits, FORGED,
		"signature", STEP_FAIL },
	{ "ML-DSA on P-256 is forged", ml_dsa_as_ec, FORGED, "signature",
		STEP_FAIL },
	{ "ML-DSA without attestation is not attested", ml_dsa_and_none,
		VERDICT_NOT_ATTESTED, "signature", STEP_FAIL },
	{ "a U2F statement over ML-DSA is forged", u2f_ml_dsa, FORGED,
		"signature", STEP_FAIL },
	{ "a U2F statement over no name on P-256 is forged",
		u2f_nameless_on_p256, FORGED, "signature", STEP_FAIL },
	{ "a TPM's pubArea over ML-DSA is forged", tpm_ml_dsa, FORGED,
		"signature", STEP_FAIL },

	{ "a statement, certificate and credential of ML-DSA are undecided",
		ml_dsa, OPEN, "signature", STEP_UNKNOWN },
	{ "and so over a credential of ES256", ml_dsa_over_p256, OPEN,
		"signature", STEP_UNKNOWN },
	{ "a certificate of another form is forged all the same",
		ml_dsa_of_no_packed_form, FORGED, "signature", STEP_FAIL },
	{ "ML-DSA by a certificate of P-256 is forged", ml_dsa_by_p256, FORGED,
		"signature", STEP_FAIL },
	{ "ML-DSA-65 by a certificate of ML-DSA-44 is forged",
		ml_dsa_of_other_size, FORGED, "signature", STEP_FAIL },
	{ "ES256 by a certificate of ML-DSA is forged", es256_by_ml_dsa,
		FORGED, "signature", STEP_FAIL },
	{ "an algorithm without a name by a key without one is undecided",
		nameless, OPEN, "signature", STEP_UNKNOWN },
	{ "an algorithm without a name by P-256 is forged", nameless_by_p256,
		FORGED, "signature", STEP_FAIL },
	{ "an algorithm without a name by ML-DSA is forged",
		nameless_by_ml_dsa, FORGED, "signature", STEP_FAIL },
	{ "PS256 by an RSA certificate is undecided", ps256, OPEN, "signature",
		STEP_UNKNOWN },
	{ "ES256K by a certificate of its curve is undecided", es256k, OPEN,
		"signature", STEP_UNKNOWN },
	{ "ESB256 by one of its curve is undecided", esb256, OPEN, "signature",
		STEP_UNKNOWN },
	{ "and ESB320", esb320, OPEN, "signature", STEP_UNKNOWN },
	{ "and ESB384", esb384, OPEN, "signature", STEP_UNKNOWN },
	{ "and ESB512", esb512, OPEN, "signature", STEP_UNKNOWN },
	{ "ES256K by a certificate of another curve is forged",
		es256k_by_brainpool, FORGED, "signature", STEP_FAIL },
	{ "an algorithm without a name by ES256K's curve is forged",
		nameless_by_secp256k1, FORGED, "signature", STEP_FAIL },
	{ "and by an Ed448 certificate", nameless_by_ed448, FORGED, "signature",
		STEP_FAIL },
	{ "by a curve of no algorithm it is undecided",
		nameless_by_a_curve_without_algorithm, OPEN, "signature",
		STEP_UNKNOWN },
	{ "self attestation by ML-DSA is undecided", self_ml_dsa, OPEN,
		"signature", STEP_UNKNOWN },
	{ "self attestation by ML-DSA of ES256 is forged",
		self_ml_dsa_over_p256, FORGED, "signature", STEP_FAIL },
	{ "self attestation by ES256 of ML-DSA is forged",
		self_p256_over_ml_dsa, FORGED, "signature", STEP_FAIL },
	{ "a TPM by PS256 is undecided", tpm_ps256, OPEN, "signature",
		STEP_UNKNOWN },
	{ "a TPM's credential of PS256 is undecided", tpm_ps256_credential,
		OPEN, "credential", STEP_UNKNOWN },
	{ "a TPM by PS256 of P-256 is forged", tpm_ps256_by_p256, FORGED,
		"signature", STEP_FAIL },
};

const size_t vectors_algorithms_n = ARRAY_LEN(vectors_algorithms);
