/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sequence does next: decided from how far its journal came and from who
 * has the device by AWS's own lists, each time anew. Pure.
 */
#ifndef BRIDGE_MFA_DECIDE_H
#define BRIDGE_MFA_DECIDE_H

#include "bridge/account/sight.h"
#include "bridge/journal/journal.h"

/* Stretches of a sequence in which the same is to be done. */
enum decide_stage {
	STAGE_NOTHING,  /* enroll: nothing left this machine */
	STAGE_MADE,     /* enroll: the device may be there, never enabled by us */
	STAGE_ENABLING, /* enroll: whether it is enabled is not known */
	STAGE_ENABLED,
	STAGE_UNDOING,  /* enroll: the seed may be gone already */
	STAGE_REVOKING, /* AWS's part is not done yet */
	STAGE_REVOKED,  /* it is: the rest is here */
	STAGE_ORPHAN,   /* all but the deletion of an unassigned device */
	STAGES,         /* how many */
};

enum decide_next {
	NEXT_END,        /* nothing is owed any more */
	NEXT_LOCAL,      /* AWS's part is done: go on with the token */
	NEXT_DELETE,     /* the device that nobody has */
	NEXT_DEACTIVATE,
	NEXT_BIND,       /* forward */
	/* It cannot go on: */
	NEXT_UNKNOWN,    /* AWS does not tell who has the device */
	NEXT_MOVED,      /* somebody else has it */
	NEXT_AGAIN,      /* enabled again since the revocation began */
	NEXT_FOREIGN,    /* enabled by somebody else while an enrollment was
	                    under way */
	NEXT_UNCLAIMED,  /* its name may be others', and nobody has seen AWS
	                    say that we made it */
};

/* Everything that the decision rests on. */
struct decide_facts {
	enum journal_kind kind;
	enum journal_point point;
	bool is_virtual; /* the device can be deleted */
	bool is_anybodys; /* its name is not ours alone, and nobody has seen AWS
	                     say that we made it */
	enum sight_at at;
	time_t enabled;  /* the device, as AWS tells it now; 0: it does not */
	time_t known;    /* revoke: ... when the revocation began; 0: not told */
	time_t begun;    /* the sequence */
};

enum decide_stage decide_stage(enum journal_kind kind,
	enum journal_point point);
enum decide_next decide_next(const struct decide_facts *f);

/* When the device that a sequence is about was enabled; 0: not known. */
time_t decide_known(const struct journal_facts *f);
/* The facts of a journal and of a look. */
struct decide_facts decide_facts(const struct journal *j,
	const struct sight *s);

/* Whether it can only wait for somebody. */
bool decide_is_stuck(enum decide_next next);

/* What a journal that could not be settled keeps others from. */
struct decide_claim {
	uint32_t token_serial; /* 0: none */
	const char *oath_id;   /* NULL or "": none */
	const char *account;   /* of AWS */
	const char *endpoint;  /* "": AWS's own */
	const char *user;      /* IAM name; NULL: none */
	const char *user_id;   /* "": not known */
};

/*
 * Whether it concerns that token (an account of it is owed back) or that user.
 * An orphan is an administrator's business, and nobody is kept waiting for it.
 */
bool decide_concerns(const struct journal *j, const struct decide_claim *c);

#endif
