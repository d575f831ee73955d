/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verification steps (attest.c) and the statement formats share. A
 * format's function verifies what WebAuthn section 8 asks for below its name,
 * appends the step "signature" and says whether to go on.
 */
#ifndef TOKEN_ATTEST_PRIVATE_H
#define TOKEN_ATTEST_PRIVATE_H

#include "token/attest/attest.h"
#include "token/attest/model.h"
#include "token/attest/cbor.h"

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
