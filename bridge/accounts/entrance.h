/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into each of many accounts: the caller's own keys, a role that is
 * assumed with them, a profile. All of it happens in the process that a person
 * started, so that who signs in by a touch touches once.
 */
#ifndef BRIDGE_ACCOUNTS_ENTRANCE_H
#define BRIDGE_ACCOUNTS_ENTRANCE_H

#include "aws/api/sts.h"
#include "bridge/account/account.h"
#include "bridge/accounts/list.h"

struct entrance {
	const struct run *run;            /* borrowed */
	const struct account_request *by; /* how the caller's own is reached */
	const char *role;                 /* for who has none of his own; NULL */
	const char *as;                   /* begins the role sessions' name */
	int64_t hand_back_ms; /* of a call of a profile's, as of aws_options */
	struct aws_session *base;         /* owned, unless: */
	bool borrowed;                    /* NULL: it was not wanted */
	struct sts_identity caller;       /* whose base is */
	char session_name[ROLE_SESSION_NAME_MAX];
};

/* Signs in; the guard of ->by holds for that account. Once. */
int entrance_open(struct entrance *e, struct error *err);
/* In place of that: an account that was opened already; it outlives *e. */
void entrance_of(struct entrance *e, struct account *own);
void entrance_done(struct entrance *e);

/* Whether the caller's own keys have to be there to enter all of the list. */
bool entrance_wants_base(const struct accounts_list *list);
/* Whether it is entered by a role, for which STS is asked with them. */
bool entrance_is_by_role(const struct entrance *e,
	const struct accounts_item *item);
/* ERROR_USAGE where one has no way in, and is open. */
int entrance_check(const struct entrance *e, const struct accounts_list *list,
	struct error *err);

/*
 * What leads into the account and where its requests go, as a text to compare
 * results by: nothing is sent, and no program of a profile is run.
 */
int entrance_text(const struct entrance *e, const struct accounts_item *item,
	struct buf *ret, struct error *err);

/* Keys of an account, and the session that has its settings. */
struct entered {
	struct aws_session *own;     /* owned: of a profile; NULL */
	struct aws_credentials keys; /* owned: of a role; key_id "": the
	                                session's */
	const struct aws_session *session; /* base, or own */
};
void entered_done(struct entered *x);

/*
 * Goes in. Errors as of every call; ERROR_REFUSED and ERROR_INTERRUPTED end the
 * whole run: the caller's renewed keys are somebody else's, a person wants it.
 */
int entrance_enter(struct entrance *e, const struct accounts_item *item,
	struct entered *ret, struct error *err);

/*
 * The same for who works there: a session with the account's keys, the caller's
 * own account by a session of its own too. *ret is to be ended by account_done
 * in any case. ERROR_REFUSED also where the keys turn out to be another account's.
 */
int entrance_visit(struct entrance *e, const struct accounts_item *item,
	struct account *ret, struct error *err);

/* The role that Organizations makes in accounts that it creates. */
#define ENTRANCE_ROLE_USUAL "OrganizationAccountAccessRole"

#endif
