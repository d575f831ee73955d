/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that are worked on one after the other: out of a file, or all of an
 * organization. */
#ifndef BRIDGE_MEMBER_ACCOUNTS_H
#define BRIDGE_MEMBER_ACCOUNTS_H

#include "aws/config/arn.h"
#include "aws/query/session.h"

#include <stdbool.h>
#include <stddef.h>

#define ACCOUNTS_FILE_MAX (1024u * 1024) /* bytes */
#define ACCOUNTS_MAX 20000

struct member_account {
	char id[ARN_ACCOUNT_LEN + 1];
	char name[160]; /* "" where it is not told */
	bool active;    /* not suspended or about to be closed; of a file: true */
};

struct accounts {
	struct member_account *p; /* owned */
	size_t n;
};
void accounts_done(struct accounts *list);

/* Whether s is an account's number: twelve digits. */
bool accounts_is_id(const char *s);

/*
 * A list as people write it: an account's number a line, and behind a blank or
 * a comma what is not looked at; # begins a remark. ERROR_MALFORMED names the
 * line: what is no number, an account that stands twice, a list without any.
 * Pure.
 */
int accounts_parse(const char *p, size_t n, struct accounts *ret,
	struct error *err);

/*
 * What --accounts says: `org`, all that AWS Organizations lists to this
 * session, by number; else the file of that name.
 */
int accounts_read(const char *what, struct aws_session *s,
	struct accounts *ret, struct error *err);

#endif
