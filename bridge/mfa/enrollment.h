/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One enrollment under way, and what a method of registering adds to what all
 * of them share. For this room only.
 */
#ifndef BRIDGE_MFA_ENROLLMENT_H
#define BRIDGE_MFA_ENROLLMENT_H

#include "bridge/mfa/enroll.h"
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
	bool confirmed;
	struct registry_head head;
};

/* In the order of an enrollment. */
struct mfa_method {
	const char *name;        /* of --method */
	const char *first_touch; /* on the prompt: "touch 1 of 2" */
	/* Whether the chosen token can do it, before anything is begun; its
	   facts into the journal. */
	int (*take_token)(struct enrollment *e, struct error *err);
	/* The account in the token, from the device's serial. */
	void (*name_account)(struct journal_facts *f);
	/* What was learned of the token, behind its identity. */
	int (*record)(struct enrollment *e, struct record *record,
		struct error *err);
	/* From the identity to JOURNAL_ENABLED. */
	int (*make)(struct enrollment *e, struct error *err);
};

extern const struct mfa_method mfa_totp;

/* By the name of --method; NULL: this version knows none of that name. */
const struct mfa_method *mfa_method_find(const char *name);

struct sequence enrollment_sequence(struct enrollment *e);

/* Makes the virtual device; its seed into e->seed. */
int device_create(struct enrollment *e, struct error *err);
/* Enables it by two codes of e->seed, which is wiped whatever happens. */
int device_enable(struct enrollment *e, struct error *err);

#endif
