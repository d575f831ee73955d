/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose key is this: which row of the registry an attached token is, found
 * without a touch.
 *
 * A serial number points at a row; a token without one is asked, in lists as
 * long as it takes, for the identity credentials of all registered tokens of
 * its model. Identity credentials are not resident, so there is no shorter
 * way. Found is not proved: that takes an assertion with a touch.
 */
#ifndef BRIDGE_VERIFY_IDENTIFY_H
#define BRIDGE_VERIFY_IDENTIFY_H

#include "bridge/attached/attached.h"
#include "bridge/registry/registry.h"

struct identify_request {
	const struct token *token; /* borrowed, as everything here */
	struct fido *fido;
	struct registry *reg;
	const char *holder; /* whose it should be; NULL: nobody knows */
};

struct identification {
	bool found;
	struct registry_token row;
	/* in row: the one that the token says it has; NULL where only the
	   serial number points at the row */
	struct registry_credential *credential;
};

void identification_done(struct identification *m);

/*
 * Fills *ret, which is all zeros before. A retired row is found by its
 * credential only: a token that was reset begins a new life. Says
 * how far it is where that takes long. A question that fails is asked again;
 * a candidate for which it fails each time is passed over and said. Not found
 * is said only of a token that answered for all of them, else what it
 * answered is the error. ERROR_INTERRUPTED, ERROR_NO_TOKEN.
 */
int identification_find(const struct run *run, const struct identify_request *q,
	struct identification *ret, struct error *err);

#endif
