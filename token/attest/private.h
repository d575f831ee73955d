/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verification steps (attest.c) and the statement formats share. A
 * format's function verifies what WebAuthn section 8 asks for below its name,
 * appends the step "signature" and says whether to go on.
 */
#ifndef TOKEN_ATTEST_PRIVATE_H
#define TOKEN_ATTEST_PRIVATE_H

#include "token/attest/attest.h"
#include "token/attest/cbor.h"

#include <openssl/x509.h>

/*
 * ---- algorithm.c: COSE algorithms that are not verified here (IANA's registry
 * "COSE Algorithms"), what they are called, and whether a key can be one of
 * theirs. What is not supported is not forged; what contradicts itself is. Pure.
 */

/* "ML-DSA-44 (-48)"; the number alone where it has no name here. */
#define ALGORITHM_NAME_LEN 40
void algorithm_name(int64_t alg, char ret[ALGORITHM_NAME_LEN]);

/*
 * The algorithm of a COSE_Key that cose_key_load() does not support.
 * ERROR_MALFORMED where the key's type or curve is not the algorithm's; of one
 * that has no name here nothing contradicts that.
 */
int algorithm_of_key(const unsigned char *p, size_t n, int *ret_alg,
	struct error *err);

/*
 * Whether a certificate's key can be of an algorithm that is not verified here.
 * One that has no name here fits only a key whose type has none either: all
 * algorithms of the others are known.
 */
bool algorithm_fits(int64_t alg, X509 *cert);

/*
 * ---- model.c: which trusted certificate an attestation leads to, and which
 * metadata entry speaks of its model.
 */

struct model_question {
	X509 *leaf;
	STACK_OF(X509) *others;
	const uint8_t *aaguid;      /* as signed; all zero for U2F */
	const uint8_t *leaf_aaguid; /* of the certificate; NULL: none */
	const struct anchors *anchors;
	const struct mds *mds;      /* NULL: no metadata */
	time_t at;
};

#define MODEL_KEYS_MAX 16

struct model {
	bool holds;            /* the chain does */
	int why;               /* why not: X509_V_... */
	char anchor_sha256[65];
	char anchor_subject[160];
	bool by_metadata;      /* the anchor is of the model's own entry */
	bool unreadable;       /* an entry for it cannot be read */
	bool has_entry;
	struct mds_entry entry; /* owned where there */
	/* identifiers of the keys in the chain */
	unsigned char key_ids[MODEL_KEYS_MAX][MDS_KEY_ID_LEN];
	size_t key_ids_n;
};

/* *ret is to be ended by model_done(). */
void model_find(const struct model_question *q, struct model *ret);
void model_done(struct model *m);

/* ---- the steps and the formats ---- */

/* A statement taken apart; everything but certs points into att_stmt's map. */
struct statement {
	cbor_item_t *map; /* owned */
	int64_t alg;
	bool has_alg;
	const unsigned char *sig;
	size_t sig_n;
	X509 *leaf;             /* owned */
	STACK_OF(X509) *others; /* owned, intermediates in their order */
	bool movable;           /* a TPM says that the key may leave it */
};

/* What the steps work on. */
struct verification {
	const struct attestation *a;
	const struct anchors *anchors;
	const struct mds *mds; /* may be NULL */
	time_t at;
	struct authdata auth;
	unsigned char client_data_hash[32];
	struct statement st;
	EVP_PKEY *key; /* the credential's; owned */
	struct model model; /* owned */
	struct steps *steps;
	struct attest_facts *facts;
};

/* Fills c->st; false where a failed step "signature" was appended. */
bool statement_load(struct verification *c);
void statement_done(struct statement *st);

/*
 * Loads the statement and gives it to what knows its format. One of a format
 * that is not known is not loaded, and not attested.
 */
bool statement_verify(struct verification *c);

/* The step "signature", each in one way; the last two return false. */
void statement_passes(struct verification *c, const char *by);
bool statement_malformed(struct verification *c, const char *text);
bool statement_forged(struct verification *c);

/*
 * Whether the statement's algorithm is one that is not verified here and that
 * its certificate's key can be of; without a certificate, the credential's. It
 * cannot be judged then, and statement_unjudged() says so: false.
 */
bool statement_is_open(const struct verification *c);
bool statement_unjudged(struct verification *c);

bool attest_verify_packed(struct verification *c);
bool attest_verify_u2f(struct verification *c);
bool attest_verify_tpm(struct verification *c);

#endif
