/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vendor of tokens for tests: keys, certificates, statements and assertions,
 * all made with OpenSSL. It can do every step wrong.
 */
#ifndef TESTS_VENDOR_H
#define TESTS_VENDOR_H

#include "token/evidence.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define VENDOR_RP_ID "tokenbridge:id"
#define VENDOR_AT 1767225600 /* 2026-01-01: when the tests judge */
#define VENDOR_X5C_MAX 12

/* The tests' own machinery must not fail in silence. */
#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

/*
 * "P-256", "P-384", "P-521", "ED25519", "ED448", "RSA" (2048), "RSA-3072",
 * "RSA-1024"; abort() where it cannot be had.
 */
EVP_PKEY *vendor_key(const char *type);
/* The same P-256 key for the same name, in every run. */
EVP_PKEY *vendor_key_of(const char *name);

struct vendor_extension {
	const char *oid; /* dotted; NULL: none */
	const char *hex; /* inside the extension's OCTET STRING */
	bool critical;
};

/* What a certificate says; zero members mean the usual. */
struct vendor_cert {
	const char *cn;      /* NULL: none */
	const char *ou;      /* NULL: none */
	bool no_c, no_o;     /* without country, organisation */
	const char *basic;   /* "CA:FALSE", ... NULL: no basicConstraints */
	long version;        /* as X.509 counts: 2 is version 3, -1 version 1 */
	const char *from;    /* "20200101000000Z", the default */
	const char *until;   /* "20491231235959Z", the default */
	struct vendor_extension extensions[6];
};

/* Signed by issuer_key in the name of issuer, or by itself where NULL. */
X509 *vendor_cert(const struct vendor_cert *what, EVP_PKEY *key, X509 *issuer,
	EVP_PKEY *issuer_key);

/* Root, intermediate and attestation certificate of one vendor. */
struct vendor {
	EVP_PKEY *root_key, *middle_key, *leaf_key, *credential_key;
	X509 *root, *middle, *leaf;
	X509 *aik; /* of leaf_key too, in the form of a TPM's */
};

#define VENDOR_AAGUID "\xd7\x78\x1e\x5d\xe3\x53\x46\xaa" \
		     "\xaf\xe2\x3c\xa4\x9f\x13\x33\x2a"
#define VENDOR_AAGUID_HEX "d7781e5de35346aaafe23ca49f13332a"
/* The extension of that model */
#define VENDOR_AAGUID_EXTENSION \
	{ "1.3.6.1.4.1.45724.1.1.4", "0410" VENDOR_AAGUID_HEX, false }

extern const struct vendor_cert vendor_root_cert, vendor_middle_cert,
	vendor_leaf_cert, vendor_aik_cert;

void vendor_init(struct vendor *m);
/* The same names and models, fresh keys. */
void vendor_untrusted(struct vendor *m);
void vendor_done(struct vendor *m);

/* COSE_Key with these members, whatever sense they make. */
void vendor_cose_key(struct buf *b, EVP_PKEY *key, int alg);
int vendor_alg_of(EVP_PKEY *key);

/* What a TPM states; zero members mean the usual. */
struct vendor_tpm {
	const char *ver;
	uint32_t magic;
	uint16_t type;        /* of certInfo */
	uint16_t key_type, name_alg, symmetric, scheme, scheme_hash, kdf, curve;
	uint32_t attributes;
	uint32_t exponent;    /* 0 stands in the structure as 0 */
	uint16_t more_bits;   /* added to keyBits */
	EVP_PKEY *area_key;   /* in pubArea, borrowed; NULL: the credential's */
	bool short_numbers;   /* coordinates without leading zeros */
	bool spoil_name, spoil_extra;
	bool sha256_extra;    /* whatever alg says */
	bool no_area, no_info;
	const char *policy_hex; /* authPolicy */
	const char *signer_hex; /* qualifiedSigner */
	const char *qualified_hex; /* qualifiedName */
	const char *area_more, *info_more; /* hex behind */
	size_t area_cut, info_cut; /* bytes missing at the end */
};

/* Parts of an answer of makeCredential, to be spoilt before it is built. */
struct vendor_answer {
	const char *fmt;
	const char *rp_id;      /* that is hashed into the signed data */
	const char *asked_rp_id; /* that was asked for */
	const char *client_data; /* that is signed */
	const char *asked_client_data;
	uint8_t flags;
	uint32_t counter;
	unsigned char aaguid[16];
	const char *credential_id;
	EVP_PKEY *credential_key; /* borrowed */
	int credential_alg;
	const char *credential_hex; /* a COSE_Key in its place */
	const char *extensions_hex; /* behind the key */
	EVP_PKEY *sign_key;     /* borrowed; NULL: no sig member */
	int digest_alg;         /* that the signature is made with */
	int64_t alg;            /* that the statement names; 0: no member */
	X509 *x5c[VENDOR_X5C_MAX]; /* borrowed */
	size_t x5c_n;
	bool with_x5c;          /* the member is there, maybe empty */
	bool x5c_is_text;
	const char *x5c_garbage; /* in place of certificate 0 */
	size_t spoil_sig;       /* flips this byte of sig, counted from 1 */
	bool long_integers;     /* sig's DER integers with needless zeros */
	struct vendor_tpm tpm;   /* of the format tpm */
};

/* A good packed answer of the vendor's token. */
void vendor_answer_init(struct vendor_answer *w, const struct vendor *m);
/* A good fido-u2f one. */
void vendor_answer_u2f(struct vendor_answer *w, const struct vendor *m);
/* A good tpm one. */
void vendor_answer_tpm(struct vendor_answer *w, const struct vendor *m);
void vendor_answer_build(const struct vendor_answer *w,
	struct attestation *ret);

/* Authenticator data of an answer. */
void vendor_auth_data(const struct vendor_answer *w, struct buf *b);

/* Signature of a || b. */
void vendor_sign(EVP_PKEY *key, int alg, const void *a, size_t a_n,
	const void *b, size_t b_n, struct buf *ret);

/* An assertion by key. */
void vendor_assertion(EVP_PKEY *key, const char *rp_id, const char *client_data,
	const char *credential_id, uint8_t flags, uint32_t counter,
	struct assertion *ret);

/* A set of anchors; up_ref'ed. anchors_done() */
void vendor_anchors(struct anchors *ret, X509 *const *certs, size_t n);

/* Evidence of a genuine token, with an assertion and claims. */
void vendor_evidence(const struct vendor *m, struct evidence *ret);
/* The same of any answer, whose client data a check of the origin takes. */
void vendor_evidence_of(const struct vendor *m, struct vendor_answer *w,
	struct evidence *ret);

void vendor_hex(struct buf *b, const char *hex);

#endif
