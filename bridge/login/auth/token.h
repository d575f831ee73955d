/* SPDX-License-Identifier: Apache-2.0 */
/* The helper's part that talks to tokens. */
#ifndef BRIDGE_LOGIN_AUTH_TOKEN_H
#define BRIDGE_LOGIN_AUTH_TOKEN_H

#include "base/deadline.h"
#include "base/node.h"
#include "base/secret.h"
#include "bridge/login/db.h"
#include "bridge/login/wire.h"

#define AUTH_NODES_MAX 32

/* FIDO nodes, opened while that was allowed. */
struct auth_nodes {
	struct {
		int fd; /* owned; -1 once it was handed on */
		char path[NODE_PATH_LEN];
	} p[AUTH_NODES_MAX];
	size_t n;
};

/* Opens what is plugged in. None is no error; what cannot be opened is none. */
int auth_nodes_open(struct auth_nodes *ret, struct error *err);
void auth_nodes_done(struct auth_nodes *nodes);

/* Whether a FIDO node is there; nothing is opened. */
int auth_nodes_any(bool *ret, struct error *err);

/* What one assertion is asked for, and what it gave. */
struct auth_proof {
	const struct login_credentials *credentials;
	const struct secret *pin; /* empty: none */
	bool verify;              /* demanded for every credential */
	int cancel_fd;            /* readable: the module is gone */
	deadline_t until;
	/* called before the touch is waited for; may be NULL */
	void (*prompt)(const struct login_credential *c, void *arg);
	void *arg;
	/* out */
	const struct login_credential *credential; /* found on a token */
	uint32_t counter;
	uint8_t flags;
};

/*
 * Finds the token that has one of the credentials and asks it for an
 * assertion. LOGIN_GRANTED: the signature holds over a fresh challenge for
 * our relying party with the flags that are demanded; the counter is still to
 * be judged. err->text says why not.
 */
enum login_result auth_prove(struct auth_proof *proof,
	struct auth_nodes *nodes, struct error *err);

#endif
