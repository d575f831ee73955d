/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least IAM policy of each role that people have with this program, as a
 * document that AWS takes. Pure.
 */
#ifndef BRIDGE_ACCOUNT_ROLE_H
#define BRIDGE_ACCOUNT_ROLE_H

#include "base/error.h"

#include <jansson.h>

/* What the resources of a document are named by. Borrowed. */
struct role_place {
	const char *partition; /* "aws" */
	const char *account;   /* twelve digits, or "*" */
	const char *revoker;   /* scp: the role, with its path, that alone may
	                          take devices away */
};

/* Divided by blanks: roles whose work is a person's, and all of them. */
extern const char role_words_of_people[], role_words[];

/* ERROR_USAGE where it is no role whose work is a person's (as scp's is none). */
int role_check_person(const char *role, struct error *err);
/* The same, for who says it in other words. */
bool role_is_persons(const char *word);

/*
 * The document of a role, a new reference. ERROR_USAGE where there is no such
 * role, or a name in `place` could not be one.
 */
int role_policy(const char *role, const struct role_place *place, json_t **ret,
	struct error *err);

/* What whoever attaches it should know, as sentences; "" where it is plain. */
const char *role_note(const char *role);

#endif
