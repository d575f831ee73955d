/* SPDX-License-Identifier: Apache-2.0 */
/* What is so by a person's word alone. */
#ifndef BRIDGE_ROOT_STATED_H
#define BRIDGE_ROOT_STATED_H

#include "bridge/audit/rules/rules.h"
#include "bridge/run/run.h"

/* Who says it: "alice", by the login. */
void stated_by(char ret[64]);

/*
 * Asks yes or no; ? is not known. ERROR_USAGE where nobody can be
 * asked, with what to do then; ERROR_INTERRUPTED.
 */
int stated_ask(const struct run *run, const char *question,
	enum audit_answer *ret, struct error *err);

#endif
