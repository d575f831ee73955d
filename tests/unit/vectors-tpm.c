/* SPDX-License-Identifier: Apache-2.0 */
/* Ways of attesting, right and wrong: tpm. */
#include "tests/unit/vectors.h"

#include "token/attest/tpm-structures.h"

#include <openssl/core_names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tpm(struct vector *s)
{
	vendor_answer_tpm(&s->w, &vendor);
}

static void aik(struct vector *s, const struct vendor_cert *what)
{
	tpm(s);
	s->w.x5c[0] = vector_own(s, vendor_cert(what, vendor.leaf_key,
		vendor.middle, vendor.middle_key));
}

/* The TPM's own key is of this type. */
static void aik_of(struct vector *s, const char *type)
{
	tpm(s);
	s->owned_key = vendor_key(type);
	s->w.sign_key = s->owned_key;
	s->w.alg = s->w.digest_alg = vendor_alg_of(s->owned_key);
	s->w.x5c[0] = vector_own(s, vendor_cert(&vendor_aik_cert, s->owned_key,
		vendor.middle, vendor.middle_key));
}

static void credential_of(struct vector *s, const char *type)
{
	tpm(s);
	s->owned_key = vendor_key(type);
	s->w.credential_key = s->owned_key;
	s->w.credential_alg = vendor_alg_of(s->owned_key);
}

/* ---- right ---- */

static void rsa_credential(struct vector *s)
{
	credential_of(s, "RSA");
}

static void rsa_exponent(struct vector *s)
{
	credential_of(s, "RSA");
	s->w.tpm.exponent = 65537;
}

static void rsa_scheme(struct vector *s)
{
	credential_of(s, "RSA");
	s->w.tpm.scheme = TPM_RSASSA;
	s->w.tpm.scheme_hash = TPM_SHA256;
}

static void p384_credential(struct vector *s)
{
	credential_of(s, "P-384");
}

static void p521_credential(struct vector *s)
{
	credential_of(s, "P-521");
}

static void ecc_scheme(struct vector *s)
{
	tpm(s);
	s->w.tpm.scheme = TPM_ECDSA;
	s->w.tpm.scheme_hash = TPM_SHA256;
}

static void short_coordinate(struct vector *s)
{
	BIGNUM *x = NULL;
	char name[32];
	int bytes, i;

	tpm(s);
	for (i = 0, bytes = 32; bytes == 32; i++) {
		EVP_PKEY_free(s->owned_key);
		snprintf(name, sizeof(name), "short %d", i);
		s->owned_key = vendor_key_of(name);
		MUST(EVP_PKEY_get_bn_param(s->owned_key,
			OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1);
		bytes = BN_num_bytes(x);
		BN_free(x);
		x = NULL;
	}
	s->w.credential_key = s->owned_key;
	s->w.tpm.short_numbers = true;
}

static void name_sha384(struct vector *s)
{
	tpm(s);
	s->w.tpm.name_alg = TPM_SHA384;
}

static void name_sha512(struct vector *s)
{
	tpm(s);
	s->w.tpm.name_alg = TPM_SHA512;
}

static void rsa_aik(struct vector *s)
{
	aik_of(s, "RSA");
}

static void rs1_aik(struct vector *s)
{
	aik_of(s, "RSA");
	s->w.alg = s->w.digest_alg = COSE_ALG_RS1;
}

static void p384_aik(struct vector *s)
{
	aik_of(s, "P-384");
}

static void p521_aik(struct vector *s)
{
	aik_of(s, "P-521");
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void with_signer(struct vector *s)
{
	tpm(s);
	s->w.tpm.signer_hex = "000b" HASH;
}

/* As the TPMs of one operating system answer, which is what libfido2 knows. */
static void use_windows_form(struct vector *s)
{
	rs1_aik(s);
	s->w.tpm.policy_hex = HASH;
	s->w.tpm.signer_hex = s->w.tpm.qualified_hex = "000b" HASH;
}

static void windows_form(struct vector *s)
{
	use_windows_form(s);
}

static void windows_form_rsa(struct vector *s)
{
	use_windows_form(s);
	s->w.credential_key = s->owned_key; /* one key is as good as two */
	s->w.credential_alg = COSE_ALG_RS256;
}

static void windows_form_other_challenge(struct vector *s)
{
	use_windows_form(s);
	s->w.client_data = "{}";
}

static void windows_form_not_fixed(struct vector *s)
{
	use_windows_form(s);
	s->w.tpm.attributes = 0x60470;
}

/* ---- wrong ---- */

static void other_version(struct vector *s)
{
	tpm(s);
	s->w.tpm.ver = "1.2";
}

static void long_version(struct vector *s)
{
	tpm(s);
	s->w.tpm.ver = "2.0.0";
}

static void no_certificate(struct vector *s)
{
	tpm(s);
	s->w.with_x5c = false;
}

static void no_alg(struct vector *s)
{
	tpm(s);
	s->w.alg = 0;
}

static void no_sig(struct vector *s)
{
	tpm(s);
	s->w.sign_key = NULL;
}

static void no_area(struct vector *s)
{
	tpm(s);
	s->w.tpm.no_area = true;
}

static void no_info(struct vector *s)
{
	tpm(s);
	s->w.tpm.no_info = true;
}

static void magic(struct vector *s)
{
	tpm(s);
	s->w.tpm.magic = 0xff544348;
}

static void quote(struct vector *s)
{
	tpm(s);
	s->w.tpm.type = 0x8018;
}

static void other_challenge(struct vector *s)
{
	tpm(s);
	s->w.client_data = "{}";
}

static void extra_spoilt(struct vector *s)
{
	tpm(s);
	s->w.tpm.spoil_extra = true;
}

static void extra_of_other_hash(struct vector *s)
{
	p384_aik(s);
	s->w.tpm.sha256_extra = true;
}

static void name_spoilt(struct vector *s)
{
	tpm(s);
	s->w.tpm.spoil_name = true;
}

static void name_sha1(struct vector *s)
{
	tpm(s);
	s->w.tpm.name_alg = 4;
}

static void other_key(struct vector *s)
{
	tpm(s);
	s->w.tpm.area_key = untrusted.credential_key;
}

static void key_of_other_type(struct vector *s)
{
	credential_of(s, "RSA");
	s->w.tpm.area_key = vendor.credential_key;
}

static void rsa_other_exponent(struct vector *s)
{
	credential_of(s, "RSA");
	s->w.tpm.exponent = 3;
}

static void rsa_other_bits(struct vector *s)
{
	credential_of(s, "RSA");
	s->w.tpm.more_bits = 8;
}

static void other_curve(struct vector *s)
{
	tpm(s);
	s->w.tpm.curve = 4;
}

static void unknown_curve(struct vector *s)
{
	tpm(s);
	s->w.tpm.curve = 0x10;
}

static void ed25519_credential(struct vector *s)
{
	tpm(s);
	s->owned_key = vendor_key("ED25519");
	s->w.credential_key = s->owned_key;
	s->w.credential_alg = COSE_ALG_EDDSA;
	s->w.tpm.area_key = vendor.credential_key;
}

static void keyed_hash(struct vector *s)
{
	tpm(s);
	s->w.tpm.key_type = 8;
}

static void symmetric(struct vector *s)
{
	tpm(s);
	s->w.tpm.symmetric = 6; /* AES */
}

static void unknown_scheme(struct vector *s)
{
	tpm(s);
	s->w.tpm.scheme = 0x1a; /* ECDAA */
	s->w.tpm.scheme_hash = TPM_SHA256;
}

static void rsa_scheme_of_ecc(struct vector *s)
{
	tpm(s);
	s->w.tpm.scheme = TPM_RSASSA;
	s->w.tpm.scheme_hash = TPM_SHA256;
}

static void kdf(struct vector *s)
{
	tpm(s);
	s->w.tpm.kdf = 0x20;
}

static void area_cut(struct vector *s)
{
	tpm(s);
	s->w.tpm.area_cut = 1;
}

static void area_more(struct vector *s)
{
	tpm(s);
	s->w.tpm.area_more = "00";
}

static void info_cut(struct vector *s)
{
	tpm(s);
	s->w.tpm.info_cut = 1;
}

static void info_more(struct vector *s)
{
	tpm(s);
	s->w.tpm.info_more = "00";
}

static void long_signer(struct vector *s)
{
	tpm(s);
	s->w.tpm.signer_hex = "00112233445566778899aabbccddeeff"
		"00112233445566778899aabbccddeeff"
		"00112233445566778899aabbccddeeff"
		"00112233445566778899aabbccddeeff" "000102";
}

static void signed_by_another(struct vector *s)
{
	tpm(s);
	s->w.sign_key = untrusted.leaf_key;
}

static void signed_by_the_credential(struct vector *s)
{
	tpm(s);
	s->w.sign_key = vendor.credential_key;
}

static void sig_spoilt(struct vector *s)
{
	tpm(s);
	s->w.spoil_sig = 20;
}

static void eddsa_aik(struct vector *s)
{
	/* which has no hash that extraData could be of */
	aik_of(s, "ED25519");
}

static void weak_aik(struct vector *s)
{
	aik_of(s, "RSA-1024");
	s->w.alg = s->w.digest_alg = COSE_ALG_RS1;
}

static void rs1_of_ecc(struct vector *s)
{
	tpm(s);
	s->w.alg = COSE_ALG_RS1;
}

static void absent(struct vector *s)
{
	tpm(s);
	s->w.flags &= (uint8_t)~AUTHDATA_UP;
}

static void not_fixed(struct vector *s)
{
	tpm(s);
	s->w.tpm.attributes = 0x60470;
}

static void not_fixed_to_its_parent(struct vector *s)
{
	tpm(s);
	s->w.tpm.attributes = 0x60462;
}

static void made_elsewhere(struct vector *s)
{
	tpm(s);
	s->w.tpm.attributes = 0x60452;
}

/* ---- certificates ---- */

static void packed_leaf(struct vector *s)
{
	tpm(s);
	s->w.x5c[0] = vendor.leaf;
}

static void with_subject(struct vector *s)
{
	struct vendor_cert c = vendor_aik_cert;

	c.cn = "Example TPM";
	aik(s, &c);
}

static void is_ca(struct vector *s)
{
	struct vendor_cert c = vendor_aik_cert;

	c.basic = "CA:TRUE";
	aik(s, &c);
}

static void no_basic(struct vector *s)
{
	struct vendor_cert c = vendor_aik_cert;

	c.basic = NULL;
	aik(s, &c);
}

static void name_with(struct vector *s, const char *hex, bool critical)
{
	struct vendor_cert c = vendor_aik_cert;

	c.extensions[0].hex = hex;
	c.extensions[0].critical = critical;
	if (!hex)
		c.extensions[0].oid = NULL;
	aik(s, &c);
}

static void name_in_three(struct vector *s)
{
	name_with(s, "3041a43f303d31163014060567810502010c0b69643a464646464631"
		"443031123010060567810502020c074578616d706c65310f300d06056781"
		"0502030c0469643a31", true);
}

static void name_not_critical(struct vector *s)
{
	name_with(s, vendor_aik_cert.extensions[0].hex, false);
}

static void name_absent(struct vector *s)
{
	name_with(s, NULL, false);
}

static void name_of_a_host(struct vector *s)
{
	name_with(s, "300d820b6578616d706c652e6f7267", true);
}

static void name_without_manufacturer(struct vector *s)
{
	name_with(s,
		"3027a42530233121300d060567810502030c0469643a31301006056781"
		"0502020c074578616d706c65", true);
}

static void name_without_model(struct vector *s)
{
	name_with(s,
		"302ba42930273125300d060567810502030c0469643a31301406056781"
		"0502010c0b69643a4646464646314430", true);
}

static void name_without_version(struct vector *s)
{
	name_with(s, "302ea42c302a31283010060567810502020c074578616d706c653014"
		"060567810502010c0b69643a4646464646314430", true);
}

static void usage_is(struct vector *s, const char *hex)
{
	struct vendor_cert c = vendor_aik_cert;

	c.extensions[1].hex = hex;
	if (!hex)
		c.extensions[1].oid = NULL;
	aik(s, &c);
}

static void usage_among_others(struct vector *s)
{
	usage_is(s, "301106082b0601050507030206056781050803");
}

static void usage_absent(struct vector *s)
{
	usage_is(s, NULL);
}

static void usage_of_clients(struct vector *s)
{
	usage_is(s, "300a06082b06010505070302");
}

static void model_in_certificate(struct vector *s)
{
	struct vendor_cert c = vendor_aik_cert;

	c.extensions[2] = vendor_leaf_cert.extensions[0];
	aik(s, &c);
}

static void other_model_in_certificate(struct vector *s)
{
	model_in_certificate(s);
	s->w.aaguid[3] ^= 1;
}

#define G VERDICT_GENUINE
#define FORGED VERDICT_FORGED
#define OPEN VERDICT_UNDECIDED

const struct vector_row vectors_tpm[] = {
	{ "a TPM's statement is genuine, its model is only claimed", tpm, G,
		"model", STEP_UNKNOWN },
	{ "a TPM's RSA credential is genuine", rsa_credential, G,
		"signature", STEP_PASS },
	{ "a TPM may state its RSA exponent", rsa_exponent, G, "signature",
		STEP_PASS },
	{ "a TPM's RSA key may have a scheme", rsa_scheme, G, "signature",
		STEP_PASS },
	{ "a TPM's P-384 credential is genuine", p384_credential, G,
		"signature", STEP_PASS },
	{ "a TPM's P-521 credential is genuine", p521_credential, G,
		"signature", STEP_PASS },
	{ "a TPM's ECC key may have a scheme", ecc_scheme, G, "signature",
		STEP_PASS },
	{ "a TPM may leave out a coordinate's leading zeros",
		short_coordinate, G, "signature", STEP_PASS },
	{ "a TPM may name keys by SHA-384", name_sha384, G, "signature",
		STEP_PASS },
	{ "a TPM may name keys by SHA-512", name_sha512, G, "signature",
		STEP_PASS },
	{ "a TPM may sign by RS256", rsa_aik, G, "signature", STEP_PASS },
	{ "a TPM may sign by RS1", rs1_aik, G, "signature", STEP_PASS },
	{ "a TPM may sign by ES384", p384_aik, G, "signature", STEP_PASS },
	{ "a TPM may sign by ES512", p521_aik, G, "signature", STEP_PASS },
	{ "a TPM may name the signer", with_signer, G, "signature",
		STEP_PASS },

	{ "a TPM of Windows form is genuine", windows_form, G, "signature",
		STEP_PASS },
	{ "a TPM of Windows form with an RSA credential is genuine",
		windows_form_rsa, G, "signature", STEP_PASS },
	{ "a TPM of Windows form over another challenge is forged",
		windows_form_other_challenge, FORGED, "signature",
		STEP_FAIL },
	{ "a TPM of Windows form whose key can be copied is undecided",
		windows_form_not_fixed, OPEN, "hardware", STEP_FAIL },

	{ "a TPM of version 1.2 is forged", other_version, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM of a longer version is forged", long_version, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement without a certificate is forged",
		no_certificate, FORGED, "signature", STEP_FAIL },
	{ "a TPM's statement without alg is forged", no_alg, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement without sig is forged", no_sig, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement without pubArea is forged", no_area, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement without certInfo is forged", no_info, FORGED,
		"signature", STEP_FAIL },
	{ "what no TPM made is forged", magic, FORGED, "signature",
		STEP_FAIL },
	{ "a TPM's quote is no certificate of a key", quote, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement over another challenge is forged",
		other_challenge, FORGED, "signature", STEP_FAIL },
	{ "a TPM's extraData with a flipped bit is forged", extra_spoilt,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's extraData by another hash than alg's is forged",
		extra_of_other_hash, FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate of another area is forged", name_spoilt,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's name by SHA-1 is forged", name_sha1, FORGED, "signature",
		STEP_FAIL },
	{ "a TPM that vouches for another key is forged", other_key, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM that vouches for a key of another type is forged",
		key_of_other_type, FORGED, "signature", STEP_FAIL },
	{ "a TPM's RSA key of another exponent is forged",
		rsa_other_exponent, FORGED, "signature", STEP_FAIL },
	{ "a TPM's RSA key of other keyBits is forged", rsa_other_bits,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's key of another curve is forged", other_curve, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's key of a curve that we do not know is forged",
		unknown_curve, FORGED, "signature", STEP_FAIL },
	{ "a TPM's Ed25519 credential is forged", ed25519_credential, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's keyed hash is no key that signs", keyed_hash, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's key with a cipher is none that signs", symmetric, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's key of an unknown scheme is forged", unknown_scheme,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's ECC key of an RSA scheme is forged", rsa_scheme_of_ecc,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's key that derives keys is forged", kdf, FORGED,
		"signature", STEP_FAIL },
	{ "a pubArea that is cut off is forged", area_cut, FORGED,
		"signature", STEP_FAIL },
	{ "a pubArea with a byte behind it is forged", area_more, FORGED,
		"signature", STEP_FAIL },
	{ "a certInfo that is cut off is forged", info_cut, FORGED,
		"signature", STEP_FAIL },
	{ "a certInfo with a byte behind it is forged", info_more, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's signer of a name too long is forged", long_signer, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's statement by an untrusted vendor's key is forged",
		signed_by_another, FORGED, "signature", STEP_FAIL },
	{ "a TPM's statement by the credential is forged",
		signed_by_the_credential, FORGED, "signature", STEP_FAIL },
	{ "a TPM's signature with a flipped bit is forged", sig_spoilt,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM that signs by EdDSA is forged", eddsa_aik, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM that signs by RSA of 1024 bits is forged", weak_aik, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM that claims RS1 with an ECC key is forged", rs1_of_ecc,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's statement without presence is forged", absent, FORGED,
		"signature", STEP_FAIL },

	{ "a TPM's key that can be copied is undecided", not_fixed, OPEN,
		"hardware", STEP_FAIL },
	{ "a TPM's key that can be moved is undecided",
		not_fixed_to_its_parent, OPEN, "hardware", STEP_FAIL },
	{ "a TPM's key that was made elsewhere is undecided", made_elsewhere,
		OPEN, "hardware", STEP_FAIL },

	{ "a token's certificate is none of a TPM", packed_leaf, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's certificate with a subject is forged", with_subject,
		FORGED, "signature", STEP_FAIL },
	{ "a CA is no TPM", is_ca, FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate without basic constraints is forged", no_basic,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's name may stand in three parts", name_in_three, G,
		"signature", STEP_PASS },
	{ "a TPM's name that is not critical is forged", name_not_critical,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate without a name is forged", name_absent, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's name that is a host's is forged", name_of_a_host, FORGED,
		"signature", STEP_FAIL },
	{ "a TPM's name without its manufacturer is forged",
		name_without_manufacturer, FORGED, "signature", STEP_FAIL },
	{ "a TPM's name without its model is forged", name_without_model,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's name without its version is forged", name_without_version,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate may serve other uses too", usage_among_others,
		G, "signature", STEP_PASS },
	{ "a TPM's certificate without its use is forged", usage_absent,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate for clients is forged", usage_of_clients,
		FORGED, "signature", STEP_FAIL },
	{ "a TPM's certificate may name the model", model_in_certificate, G,
		"model", STEP_PASS },
	{ "another model than the TPM's certificate names is forged",
		other_model_in_certificate, FORGED, "model", STEP_FAIL },
};

const size_t vectors_tpm_n = ARRAY_LEN(vectors_tpm);
