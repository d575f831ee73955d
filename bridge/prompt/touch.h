/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a token for something that takes a touch: the prompt, the PIN where
 * there is no way without it, and the PIN again while a person mistypes it.
 */
#ifndef BRIDGE_PROMPT_TOUCH_H
#define BRIDGE_PROMPT_TOUCH_H

#include "bridge/attached/attached.h"
#include "token/attest/attest.h"
#include "token/fido/proof.h"

struct touch {
	const struct token *token;
	const char *label; /* the registry's name for it; NULL: none, unknown */
	struct fido *fido;
	const char *rp_id;
	const char *purpose; /* in the client data: "identity" */
	const char *what;    /* on the prompt: "to prove what it is" */
	bool verify;         /* the PIN is wanted in any case */
	const void *credential; /* the one that asserts */
	size_t credential_n;
};

/* A new credential over fresh client data; *ret must be initialised. */
int touch_make_credential(const struct run *run, const struct touch *t,
	struct attestation *ret, struct error *err);

/*
 * An assertion by t->credential. *ret_found is false where the token says
 * that it does not have it.
 */
int touch_get_assertion(const struct run *run, const struct touch *t,
	struct assertion *ret, bool *ret_found, struct error *err);

#endif
