/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member account's root loses what it signs in with: access keys, signing
 * certificates, the password, and when these are seen to be gone, MFA. What was
 * done is looked at again before the next thing.
 */
#ifndef BRIDGE_MEMBER_REMOVAL_H
#define BRIDGE_MEMBER_REMOVAL_H

#include "aws/role/role.h"
#include "bridge/account/account.h"
#include "bridge/member/holdings.h"

#include <jansson.h>

/* A root key that was used later than so many days ago wants a reason. */
#define REMOVAL_USED_DAYS 90

/* Everything is borrowed. */
struct removal {
	const struct run *run;
	struct account *aws;     /* the management account or its delegate;
	                            guarded already */
	const char *management;  /* the organization's, which is never touched */
	struct registry *reg;    /* writable */
	struct event_actor actor;
	const char *account;     /* the member */
	struct account *there;   /* the member, entered by a role or a profile
	                            that is not root: it deletes the virtual
	                            devices, which nobody can as root; NULL */
	const char *reason;      /* NULL: none */
	const char *confirmed;   /* accounts that were confirmed before, a line
	                            each; NULL: none */
};

enum removal_outcome {
	REMOVAL_DONE, /* taken away, and seen to be gone */
	REMOVAL_OFF,  /* a virtual device: root's no more, and still there */
	REMOVAL_GONE, /* of the registry alone: AWS had it no more */
	REMOVAL_KEPT, /* not touched, because of something else */
	REMOVAL_LEFT, /* it is still there, or may be */
};

struct removal_receipt {
	char account[ARN_ACCOUNT_LEN + 1];
	json_t *rows; /* owned: {outcome, what, subject, text, command} */
	size_t done, left;
	struct registry_head head; /* stream "": nothing was written */
};
void removal_receipt_done(struct removal_receipt *r);
/* "removed", "deactivated", "gone", "kept", "not-removed" */
const char *removal_outcome_name(enum removal_outcome outcome);

/*
 * ERROR_REFUSED before anything is done: the management account, a key that
 * was used lately without a reason, somebody who does not confirm. ERROR_USAGE
 * where nobody can be asked. What could not be taken away is a row, and no
 * error; the journal stays then. *ret is whole also after a failure.
 *
 * Nothing there is success without rows.
 */
int removal_run(const struct removal *q, struct removal_receipt *ret,
	struct error *err);

#endif
