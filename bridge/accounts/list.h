/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which AWS accounts a command works on, one after the other, and how each is
 * entered: the lines of a file, or all of an organization.
 *
 * A line is an account's id and what is known of the way in:
 *
 *	# of the platform team
 *	123456789012
 *	210987654321 role=audit/reader external-id=Zk3
 *	222222222222 role=arn:aws:iam::222222222222:role/reader
 *	333333333333 profile=prod
 */
#ifndef BRIDGE_ACCOUNTS_LIST_H
#define BRIDGE_ACCOUNTS_LIST_H

#include "aws/config/arn.h"
#include "aws/source/recipe.h"

#define ACCOUNTS_MAX 20000
#define ACCOUNTS_FILE_MAX 8388608

enum accounts_way {
	ACCOUNTS_NOT_SAID,
	ACCOUNTS_BY_ROLE,
	ACCOUNTS_BY_PROFILE,
};

struct accounts_item {
	char id[ARN_ACCOUNT_LEN + 1];
	enum accounts_way way;
	char *by;          /* owned: a profile; a role's ARN, or its name with
	                      its path; NULL: not said */
	char *external_id; /* owned; NULL */
	char *name;        /* owned: in the organization; NULL */
	char state[32];    /* there: "SUSPENDED"; "": not told */
	size_t line;       /* of the file; 0: none */
};

/* In the file's order; of an organization by id. No id is there twice. */
struct accounts_list {
	struct accounts_item *items; /* owned */
	size_t n, size;
};

void accounts_list_done(struct accounts_list *list);

/*
 * The lines of a file, one account or more. Pure. ERROR_MALFORMED names the
 * line; *ret is untouched then.
 */
int accounts_list_parse(const char *p, size_t n, struct accounts_list *ret,
	struct error *err);
/* The same of a file; errors name it. */
int accounts_list_read(const char *path, struct accounts_list *ret,
	struct error *err);

struct aws_session;

/*
 * What --accounts says: `org`, all that the organization of this session has, or
 * the file of that name.
 */
int accounts_list_of(const char *what, struct aws_session *s,
	struct accounts_list *ret, struct error *err);

/*
 * ListAccounts with the keys of the management account or of a delegated
 * administrator; errors as of every call.
 */
int accounts_of_organization(struct aws_session *s, struct accounts_list *ret,
	struct error *err);

/* The organization says that it cannot be entered: suspended, on its way in or
 * out. A state that is not known is none of these. */
bool accounts_is_closed(const struct accounts_item *item);

/* Role names, with a path before them: "reader", "audit/reader". */
bool accounts_is_role_name(const char *s, size_t n);

/*
 * The role by which an account is entered: the item's own, else `role` (a name;
 * NULL: none). False where there is neither.
 */
bool accounts_role(const struct accounts_item *item, const char *role,
	const char *partition, char ret[ROLE_ARN_MAX]);

/* ---- for who makes a list ---- */

/* Room for one more, all zero but the id. NULL without memory. */
struct accounts_item *accounts_list_add(struct accounts_list *list,
	const char *id);

#endif
