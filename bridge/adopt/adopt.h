/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adoption: the MFA devices that stand at AWS on the first day go into the
 * registry, as what they are: nobody has verified them. Changes nothing at AWS.
 */
#ifndef BRIDGE_ADOPT_ADOPT_H
#define BRIDGE_ADOPT_ADOPT_H

#include "bridge/account/account.h"
#include "token/card/ykoath.h"

enum adoption {
	ADOPT_NEW,       /* is adopted, or would be; with a proof also one that
	                    the registry had without its token */
	ADOPT_PRESENT,   /* the registry has it for that user */
	ADOPT_ELSEWHERE, /* the registry has it for another user id */
	ADOPT_UNDERWAY,  /* a run of ours is not finished with it, or took it
	                    away a moment ago */
	ADOPT_NOT_PROVED, /* AWS took no code of its token's: nothing is written */
	ADOPT_OTHER,     /* no device that the registry keeps */
};
/* "adopted", "present" ... */
const char *adoption_name(enum adoption a);

/* How it is known that an attached token makes a virtual device's codes. */
enum adopt_proof {
	ADOPT_UNPROVED,
	ADOPT_CODE_TAKEN,  /* STS took one: GetSessionToken */
	ADOPT_CODES_TAKEN, /* IAM took two in a row: ResyncMFADevice */
};

/* "code-taken", "codes-taken", as the binding's basis has it; NULL: unproved. */
const char *adopt_proof_name(enum adopt_proof proof);

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
	enum adopt_proof proof; /* of `token`, by this run */
	char oath_account[OATH_NAME_MAX + 1]; /* ... its credential; "" none */
	char oath_id[OATH_ID_TEXT];           /* ... and its application */
};

struct adopt_request {
	struct account *aws;
	struct registry *reg;     /* writable, unless only_look */
	struct event_actor actor;
	bool only_look;
	const char *user;   /* with mfa_adopt_proved: IAM user */
	const char *device; /* ... its serial number, or the name at its end;
	                       NULL: the only virtual one */
};

struct adopted {
	struct adopted_device *p; /* owned; by user, as AWS lists them */
	size_t n;
	size_t count[ADOPT_OTHER + 1];
	size_t users;             /* that were asked */
	struct registry_head head;
	struct error why;         /* with ADOPT_NOT_PROVED: AWS's last word */
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
 * One virtual device of a user's, whose codes an attached token makes. STS is
 * asked to take one where the caller is that user, else, or where it does not,
 * IAM is asked to take two in a row, which sets right what AWS keeps of the
 * device's clock and changes nothing else. Where AWS takes them the binding has
 * the token, its OATH credential and a basis that says which: that this token has
 * the secret, not that no other has it, nor that it is genuine. Where it takes
 * none, or may not be asked, nothing is recorded. A token that the registry does
 * not know gets a row in state adopted. Nothing is asked where the registry has
 * a token for the device already. With only_look nothing is touched.
 *
 * ERROR_CONFLICT where the token is lost or retired, or several rows have its
 * number; errors are those of code_proof_find_device() and code_source_find().
 */
int mfa_adopt_proved(const struct run *run, const struct adopt_request *q,
	struct adopted *ret, struct error *err);

/*
 * Behind it: asks the OATH applications of the tokens that are plugged in, without
 * a touch, whether one has a credential by the name of a virtual device that no
 * token is known for. A name is no proof, so nothing is recorded; where they
 * cannot be asked a line says so.
 */
void mfa_adopt_look(const struct run *run, struct adopted *a);

#endif
