/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a token and what its assertion proves (WebAuthn Level 3
 * sections 5.8.1 and 7.2). Two relying parties that no web site can claim: a
 * colon is in no host name.
 */
#ifndef TOKEN_FIDO_PROOF_H
#define TOKEN_FIDO_PROOF_H

#include "token/fido/fido.h"

#define PROOF_RP_ID "tokenbridge:id"       /* whose is it, the same token */
#define PROOF_RP_LOGIN "tokenbridge:login" /* PAM */

enum proof_type {
	PROOF_CREATE, /* webauthn.create */
	PROOF_GET,    /* webauthn.get */
};

/*
 * clientDataJSON {type, challenge, origin, purpose} with 32 fresh random
 * bytes; origin is rp_id. b is reset first.
 */
int proof_client_data(struct buf *b, enum proof_type type, const char *rp_id,
	const char *purpose, struct error *err);

/*
 * Whether the token says that it has a credential: takes neither touch nor PIN
 * and proves nothing. The token answers by `until`, which stays its deadline.
 */
int proof_has_credential(struct fido *f, const char *rp_id,
	const struct fido_id *id, deadline_t until, bool *ret_has,
	struct error *err);

/*
 * Has libcrypto check a signature that is nobody's by that key: the first one
 * that counts would wait for code to be read and tables to be made. For while a
 * token is waited for.
 */
void proof_prepare_key(const unsigned char *public_key, size_t n);

/* What the signed part of an assertion says. */
struct proof_facts {
	uint8_t flags;
	uint32_t counter;
};

/*
 * Whether the assertion is for its relying party and signed with public_key
 * over its client data; facts are what the signed part says then. ERROR_FAILED
 * says what it is not; ERROR_UNSUPPORTED and ERROR_MALFORMED are cose_key_load's
 * on the key. Presence and counter are not judged. Pure.
 */
int proof_check_signature(const struct assertion *a,
	const unsigned char *public_key, size_t public_key_n,
	struct proof_facts *facts, struct error *err);

/*
 * Whether a signature can be judged by that COSE_Key, with the same errors of
 * it. Pure.
 */
int proof_check_key(const unsigned char *public_key, size_t n,
	struct error *err);

/*
 * Appends the step "liveness". `last_counter` is the last one seen, -1 for
 * never: one that fell stands for NOT_THIS_TOKEN, a constant 0 does not. By a
 * key of an algorithm that is not verified here it is UNDECIDED. Pure.
 * facts are filled where the signature holds.
 */
void proof_verify(const struct assertion *a, const unsigned char *public_key,
	size_t public_key_n, int64_t last_counter, struct steps *steps,
	struct proof_facts *facts);

#endif
