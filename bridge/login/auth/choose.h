/* SPDX-License-Identifier: Apache-2.0 */
/* What a token of the user's can do for a login, and what is told where none
 * can. Pure. */
#ifndef BRIDGE_LOGIN_AUTH_CHOOSE_H
#define BRIDGE_LOGIN_AUTH_CHOOSE_H

#include "bridge/login/agent/wire.h"
#include "bridge/login/db.h"
#include "bridge/login/wire.h"

/* What the PAM line and the place of the person demand. */
struct choose_demand {
	bool verify;    /* the user must be verified */
	bool from_afar; /* no PIN may be asked for */
};

/*
 * LOGIN_READY where the token can log the user in by this credential;
 * *ret_pin says whether it takes the PIN for that. Else why not, with a
 * sentence in *err. `is_signed`: the token has proved that it has the
 * credential; a PIN is for no other.
 */
enum login_result choose_fitness(const struct choose_demand *demand,
	const struct login_credential *c, const struct agent_facts *facts,
	bool is_signed, bool *ret_pin, struct error *err);

/* Which of two reasons a person is told: the more telling one. */
enum login_result choose_reason(enum login_result a, enum login_result b);

#endif
