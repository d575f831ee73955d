/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One enrollment under way, and what a method of registering adds to what all
 * of them share. For this room only.
 */
#ifndef BRIDGE_ENROLL_ENROLLMENT_H
#define BRIDGE_ENROLL_ENROLLMENT_H

#include "bridge/account/passing.h"
#include "bridge/enroll/enroll.h"
#include "bridge/enroll/pair.h"
#include "bridge/mfa/sequence.h"
#include "bridge/verify/verify.h"
#include "token/card/join.h"

struct enrollment {
	const struct run *run;           /* borrowed */
	const struct mfa_request *q;     /* borrowed */
	const struct mfa_method *method; /* constant */
	struct worker worker;            /* owned; one for all of it */
	struct attached attached;
	struct fido *fido;               /* owned; open while it is asked */
	struct verification verification;
	struct card_place place;         /* of its smart card */
	enum card_join join;             /* by what that is its own */
	struct journal journal;
	struct iam_user user;
	struct secret seed;              /* between create and enable only */
	struct pair codes;              /* codes, until they are sent */
	/* What its row is looked for by; kind constant, NULL: nothing */
	struct { const char *kind; char value[IAM_SERIAL_MAX + 1]; } found_by;
	unsigned devices;                /* that the user had before */
	char before[sizeof(((struct journal_facts *)NULL)->before)];
	char label[TEXT_MAX + 1];        /* of the token; "" none */
	struct iam_fido_device fido_device;
	int turn;                        /* to have an unassigned device; -1 */
	bool is_gone;                    /* AWS took that device away */
	bool is_anew;                    /* it was made once more */
	bool confirmed;
	struct registry_head head;
};

/* In the order of an enrollment. */
struct mfa_method {
	const char *name;        /* of --method */
	const char *first_touch; /* on the prompt: "touch 1 of 2"; NULL: no
	                            token is attached for it */
	bool is_by_hand;         /* a person registers it in the console */
	/* Whether it can be done, before anything is begun; what is known by
	   then into the journal's facts and e->found_by. */
	int (*take)(struct enrollment *e, struct error *err);
	/* What the user has already, when earlier runs are settled; NULL: the
	   token tells. */
	int (*check)(struct enrollment *e, struct error *err);
	/* The device's name and serial number, the account in the token. */
	int (*name_device)(const struct enrollment *e,
		struct journal_facts *f, struct error *err);
	/* Up to JOURNAL_IDENTITY; NULL: there is no token. */
	int (*identify)(struct enrollment *e, struct error *err);
	/* What was learned of the token, behind its identity; NULL: nothing. */
	int (*record)(struct enrollment *e, struct record *record,
		struct error *err);
	/* From the identity to JOURNAL_ENABLED. */
	int (*make)(struct enrollment *e, struct error *err);
};

extern const struct mfa_method mfa_fido;
extern const struct mfa_method mfa_totp;
extern const struct mfa_method mfa_hardware_totp;
extern const struct mfa_method mfa_virtual;

/* By the name of --method; NULL: this version knows none of that name. */
const struct mfa_method *mfa_method_find(const char *name);

struct sequence enrollment_sequence(struct enrollment *e);

/* The rows that it is found by: not lost, nobody else's, no device of this user
 * yet. */
int enrollment_check_found(struct enrollment *e, struct error *err);
/* First touch: what the token is, and its row. For mfa_method.identify. */
int enrollment_identify(struct enrollment *e, struct error *err);

/*
 * Name and ARN of a virtual device that is to be made: by the template, with
 * digits of the journal's id at its end; or the user's name alone.
 */
int name_virtual(const struct enrollment *e, struct journal_facts *f,
	struct error *err);
/* Letters, digits and +=,.@_- of a text; others become a dash. */
void name_put(char *ret, size_t size, const char *s);
/* The label that the token is to have, else the one that it has. */
int name_find_label(struct enrollment *e, struct error *err);

/* One that nobody has by now, where its name may be others' too. */
int device_check_free(struct enrollment *e, const struct journal_facts *f,
	struct error *err);
typedef int device_step(struct enrollment *e, struct error *err);
/*
 * The steps of a method, device_create() to device_enable(). Once more where AWS
 * has taken the device away in between, which a person is told.
 */
int device_make(struct enrollment *e, device_step *const *steps, size_t n,
	struct error *err);
/* Makes it, when it is its turn; its seed into e->seed. */
int device_create(struct enrollment *e, struct error *err);
/* Enables it by two codes of e->seed, which is wiped whatever happens. */
int device_enable(struct enrollment *e, struct error *err);
/* The same by `send` with e, which is asked anew while AWS is not ready. */
int device_enable_by(struct enrollment *e, passing_fn *send, bool just_made,
	struct error *err);

#endif
