/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the caller may do what a role does with this program: what `policy
 * print` would print of that role, put to AWS's own simulation. Nothing is
 * tried.
 */
#ifndef BRIDGE_ACCOUNT_RIGHTS_H
#define BRIDGE_ACCOUNT_RIGHTS_H

#include "bridge/account/account.h"

#define RIGHTS_TEXT_MAX 400

struct rights {
	bool known;      /* false: `why` says why AWS's simulation tells nothing */
	bool depends;    /* some of it on what the simulation is not told */
	size_t missing;  /* actions that are denied */
	char actions[RIGHTS_TEXT_MAX]; /* their names, as many as there is room
	                                  for */
	struct error why;
};

/*
 * The user or role behind an ARN of GetCallerIdentity; "" where AWS can be told
 * of none, as of root.
 */
void rights_principal(const char *arn, char ret[ARN_MAX + 1]);

/*
 * What the caller lacks of a role (role.h). That AWS does not tell is no error.
 * ERROR_USAGE where there is no such role, ERROR_INTERRUPTED.
 */
int rights_look(const struct account *c, const char *role, struct rights *ret,
	struct error *err);

#endif
