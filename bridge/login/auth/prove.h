/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the user's tokens prove a login. All that are plugged in are asked side
 * by side. A PIN goes to one token only; without a PIN all of the user's blink,
 * the first that is touched decides, and the others are told to stop.
 */
#ifndef BRIDGE_LOGIN_AUTH_PROVE_H
#define BRIDGE_LOGIN_AUTH_PROVE_H

#include "bridge/login/auth/choose.h"
#include "bridge/login/auth/plugged.h"

struct prove {
	/* what is asked; borrowed */
	const struct login_credentials *credentials;
	struct plugged_list *tokens; /* STARTED, or asked by prove_ask */
	struct choose_demand demand;
	const struct secret *pin; /* NULL: none was given yet */
	int cancel_fd;            /* readable: the module is gone */
	int arrivals;             /* of arrivals_start; -1: not waited for */
	int64_t timeout_ms;       /* for all but waiting for a token */
	deadline_t wait_until;    /* for one that is the user's */
	void (*prompt)(enum login_reply_kind kind, const char *token,
		void *arg);
	void *arg;
	/* what came of it */
	const struct plugged *token; /* that is meant; NULL: none */
	uint32_t counter, flags;     /* with LOGIN_GRANTED: the signed ones */
	char alert[LOGIN_ITEM_LEN];  /* a device that answered falsely */
	/* of the run */
	deadline_t begun, until, grace_until;
	bool cued, insert_cued;
};

/*
 * Asks a token that was STARTED what it has; it stays that where it could not be
 * told, and prove_login says so. For plugged_start.
 */
void prove_ask(struct plugged *t, void *arg);

/*
 * LOGIN_GRANTED: the signature holds over a fresh challenge for our relying
 * party with the flags that are demanded; the counter is still to be judged.
 * LOGIN_READY: x->token is fit, and takes the PIN that was not given. Else
 * err->text says why. All tokens have been told to stop by then but the one that
 * was touched, whose process ends with plugged_done.
 */
enum login_result prove_login(struct prove *x, struct error *err);

#endif
