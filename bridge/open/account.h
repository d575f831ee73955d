/* SPDX-License-Identifier: Apache-2.0 */
/* The AWS account that the options name. */
#ifndef BRIDGE_OPEN_ACCOUNT_H
#define BRIDGE_OPEN_ACCOUNT_H

#include "bridge/account/account.h"
#include "bridge/open/mfa-code.h"
#include "bridge/settings/option.h"

/* What a change of AWS works with. */
struct opened_account {
	struct account aws;
	struct registry *reg; /* owned */
	struct event_actor actor;
	struct code_asker codes;
	struct sign_in sign_in; /* for account_renew; borrows from codes */
};

/* How the options want it reached; q->sign_in has *codes, which must not move.
 */
struct account_request open_account_request(const struct run *run,
	const struct options *o, struct code_asker *codes);

/*
 * What every change of AWS begins with: the registry, writable, before AWS is
 * asked anything; the account, shown and guarded; who does it. The caller ends
 * *ret, also after a failure.
 */
int open_account(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err);
/* The same for a run that may outlive the caller's keys: ret->sign_in is for
 * account_renew, between two acts. */
int open_account_lasting(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err);
/*
 * The same where --account names another account than the caller's, and the run
 * may outlive the caller's keys.
 */
int open_account_of_others(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err);
/* The same for who only looks: the registry is for reading, and there is no
 * actor. */
int open_account_to_look(const struct run *run, const struct options *o,
	struct opened_account *ret, struct error *err);
void opened_account_done(struct opened_account *a);

#endif
