/* SPDX-License-Identifier: Apache-2.0 */
/* The holder proves to have the token, by a PIN of his own where it has one. */
#ifndef BRIDGE_LIFECYCLE_HANDOVER_H
#define BRIDGE_LIFECYCLE_HANDOVER_H

#include "base/encode.h"
#include "bridge/attached/attached.h"
#include "bridge/lifecycle/state.h"
#include "bridge/verify/trust.h"

/* Everything is borrowed. */
struct handover_request {
	struct change_place place;
	const struct trust *trust;
	struct wanted wanted;
	const char *what;   /* the row that it has to be; NULL: whichever */
	const char *holder; /* who takes it over */
	const char *label;  /* NULL: none */
	const char *reason; /* NULL: none */
	const char *force;  /* the reason; NULL: what is refused stays so */
	bool own_pin;       /* a PIN that nobody else knows was set */
};

struct handed_over {
	bool changed;             /* it is written down */
	char token[ID_LEN];      /* the row's id */
	char name[REGISTRY_TOKEN_NAME_LEN];
	enum verdict verdict;
	bool user_verified;
	uint32_t counter;
	char evidence[HEX_LEN(SHA256_LEN)]; /* "" if none */
	struct registry_head head;
};

/*
 * ERROR_REFUSED where the record, the policy or the holder's word is against
 * it, ERROR_VERDICT; what the token answers. *ret is filled also where only
 * publishing failed.
 */
int lifecycle_handover(const struct run *run,
	const struct handover_request *q, struct handed_over *ret,
	struct error *err);

#endif
