/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of many accounts: a process for each, so many at once, whose
 * findings come out in the order of the list. An account that cannot be read is
 * named, and costs the others nothing.
 */
#ifndef BRIDGE_AUDIT_ACCOUNTS_MANY_H
#define BRIDGE_AUDIT_ACCOUNTS_MANY_H

#include "bridge/account/account.h"
#include "bridge/audit/run.h"
#include "bridge/journal/journal.h"

#define MANY_AT_ONCE 16 /* accounts that are asked */
#define MANY_AHEAD 16   /* whose report AWS is making meanwhile */

/* Everything is borrowed. */
struct audit_many {
	const char *what;   /* "org", or a file's name */
	const char *role;   /* see accounts/entrance.h; NULL */
	bool assume_root;   /* root of members is asked, too, by the keys of
	                       ->by */
	const char *state;  /* the folder that keeps results; NULL: none does */
	time_t max_age;     /* seconds for which one is used again */
	const char *basis;  /* what else they rest on: checks, registry, policy */
	const struct journal_sights *runs; /* of ours, not at their end: what an
	                       account's result rests on where they are of it */
	size_t bindings;    /* in force, of all accounts: see registry.elsewhere */
	char *const *words; /* of the processes: ASKED_COMMAND and the same
	                       arguments behind it, NULL at the end */
	const struct account_request *by;
};

/*
 * Fills a->accounts. Negative where nothing could begin (ERROR_USAGE,
 * ERROR_MALFORMED and the like) and where it was broken off: what was known by
 * then has been printed.
 */
int audit_ask_accounts(struct audit *a, const struct audit_many *q,
	struct error *err);

#endif
