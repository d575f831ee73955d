/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to tokenbridge-auth, and which of them are looked into at all: by
 * who has made the socket, as the kernel tells, how often he has asked, and
 * whether he is at this machine.
 */
#ifndef BRIDGE_LOGIN_AUTH_ADMISSION_H
#define BRIDGE_LOGIN_AUTH_ADMISSION_H

#include "base/secret.h"
#include "bridge/login/auth/plugged.h"
#include "bridge/login/auth/who.h"
#include "bridge/login/counter.h"
#include "bridge/login/db.h"
#include "bridge/login/peer/peer.h"

struct auth {
	struct login_request q;
	unsigned past;       /* the version that it is of; 0: today's */
	struct peer peer;
	int turn;            /* of limit_take */
	deadline_t begun;
	bool quiet;          /* it was logged already */
	deadline_t until;    /* of all but waiting for a token: what NSS takes
	                        is not there for the touch */
	struct who who;
	struct login_db *db;
	struct error record_error; /* why it could not be opened; code 0: it was */
	struct login_credentials credentials;
	struct counters counters;
	struct plugged_list tokens;
	int arrivals;
	bool from_afar;
	struct secret pin;
	struct login_reply answer;
};

/* What the answer says for the log. */
void auth_say(struct auth *a, const char *text);
/* The same of an error; returns result. */
enum login_result auth_refuse(struct auth *a, enum login_result result,
	const struct error *why);

/*
 * Each says LOGIN_READY, or why not. In this order: who is at the other end;
 * where he is not root, all that can be known of him without reading a byte;
 * what his request may claim; and, when the record was read, whether the person
 * is at this machine.
 */
enum login_result auth_take_root(struct auth *a);
enum login_result auth_admit_user(struct auth *a);
enum login_result auth_check_claims(struct auth *a);
enum login_result auth_check_place(struct auth *a);

/* He is not root: systemd's socket has brought him. */
bool auth_is_for_himself(const struct auth *a);

#endif
