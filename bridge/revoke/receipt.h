/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of taking several things away: a row for each, with what was seen
 * to be done, or why it was not and the command that does it.
 */
#ifndef BRIDGE_REVOKE_RECEIPT_H
#define BRIDGE_REVOKE_RECEIPT_H

#include "base/error.h"
#include "bridge/registry/head.h"

#include <jansson.h>

enum revoke_outcome {
	REVOKE_DONE,    /* by this run, or an earlier one that it went on with */
	REVOKE_GONE,    /* it was not there any more */
	REVOKE_KEPT,    /* only shown: nobody asked for it to go */
	REVOKE_LEFT,    /* NOT REVOKED: it still lets somebody in, or may */
	REVOKE_UNREACHED, /* NOT REACHED: another host, another account, a
	                     token that is not here */
};

/* One row; every string is borrowed, NULL where there is none. */
struct revoke_row {
	enum revoke_outcome outcome;
	const char *what;    /* a word: device, policy, access-key, password,
	                        pam, ssh, oath, custodian, user, orphan, account */
	const char *subject; /* serial number, key id, binding's id, name */
	const char *user;    /* IAM or local user */
	const char *account; /* of AWS */
	const char *text;    /* what was done, or why not */
	const char *command; /* that does it, complete */
};

struct revoke_receipt {
	json_t *rows;  /* owned: objects with the members above; NULL: no
	                  memory */
	json_t *krl;   /* owned: lines for ssh-keygen -k */
	size_t done;   /* rows of what is gone by this */
	bool changed;  /* something was, also where a row says that it stays */
	size_t left;   /* NOT REVOKED */
	size_t unreached;
	const char *sessions; /* what may live on; constant; NULL: nothing of
	                         that kind was touched */
	struct registry_head head;
};

void revoke_receipt_init(struct revoke_receipt *r);
void revoke_receipt_done(struct revoke_receipt *r);

void revoke_tell(struct revoke_receipt *r, const struct revoke_row *row);

/* "revoked", "gone", "kept", "not-revoked", "not-reached" */
const char *revoke_outcome_name(enum revoke_outcome outcome);

#endif
