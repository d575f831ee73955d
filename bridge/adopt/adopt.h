/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adoption: the MFA devices that stand at AWS on the first day go into the
 * registry, as what they are: nobody has verified them. Changes nothing at AWS.
 */
#ifndef BRIDGE_ADOPT_ADOPT_H
#define BRIDGE_ADOPT_ADOPT_H

#include "bridge/account/account.h"

enum adoption {
	ADOPT_NEW,       /* is adopted, or would be */
	ADOPT_PRESENT,   /* the registry has it for that user */
	ADOPT_ELSEWHERE, /* the registry has it for another user id */
	ADOPT_UNDERWAY,  /* a run of ours is not finished with it, or took it
	                    away a moment ago */
	ADOPT_OTHER,     /* no device that the registry keeps */
};
/* "adopted", "present" ... */
const char *adoption_name(enum adoption a);

struct adopted_device {
	char user[IAM_NAME_MAX + 1];  /* "root" of the account's root */
	char user_id[IAM_ID_MAX + 1]; /* of root the account's id */
	char serial[IAM_SERIAL_MAX + 1];
	enum device_kind kind;
	time_t enabled;               /* 0: not told */
	enum adoption what;
	char token[ID_LEN];   /* the row; "" for a phone app, or none */
	char binding[ID_LEN]; /* "" none */
	bool is_held;         /* an attached token has a credential by its name:
	                         nobody has seen that the seed is the device's */
	uint32_t held_by;     /* ... serial number; 0: it tells none */
};

struct adopt_request {
	struct account *aws;
	struct registry *reg;     /* writable, unless only_look */
	struct event_actor actor;
	bool only_look;
};

struct adopted {
	struct adopted_device *p; /* owned; by user, as AWS lists them */
	size_t n;
	size_t count[ADOPT_OTHER + 1];
	size_t users;             /* that were asked */
	struct registry_head head;
};

void adopted_done(struct adopted *a);

/*
 * Lists all users and their devices first; where one cannot be asked nothing is
 * written. Then each device that the registry does not have becomes a binding
 * with basis `adopted`, known by the user's unique id; a FIDO device or a
 * vendor's token also a token's row, in state adopted. A virtual device may
 * be an app or a token that nobody can see from here: it gets none. A repeat
 * adds what is new. *ret is all zeros before.
 */
int mfa_adopt(const struct run *run, const struct adopt_request *q,
	struct adopted *ret, struct error *err);

/*
 * Behind it: asks the OATH applications of the tokens that are plugged in, without
 * a touch, whether one has a credential by the name of a virtual device that no
 * token is known for. A name is no proof, so nothing is recorded; where they
 * cannot be asked a line says so.
 */
void mfa_adopt_look(const struct run *run, struct adopted *a);

#endif
