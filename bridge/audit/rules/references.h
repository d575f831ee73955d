/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others call the audit's checks: benchmarks, standards and other tools,
 * each with how our rule lies beside it. Data, no rule reads it.
 */
#ifndef BRIDGE_AUDIT_RULES_REFERENCES_H
#define BRIDGE_AUDIT_RULES_REFERENCES_H

#include "bridge/audit/rules/checks.h"

/* How ours lies beside theirs. */
enum audit_relation {
	AUDIT_SAME,     /* but for what `literal` of a finding tells */
	AUDIT_NARROWER, /* theirs fails elsewhere, too */
	AUDIT_RELATED,  /* theirs asks for this among other things */
	AUDIT_RELATIONS, /* how many */
};
extern const char *const audit_relation_names[AUDIT_RELATIONS];

struct audit_reference {
	const char *check;     /* ours, by its name */
	const char *framework; /* "CIS AWS Foundations" */
	const char *version;   /* "7.0"; "" where it has none */
	const char *id;        /* "2.5" */
	enum audit_relation relation;
	const char *severity;  /* theirs; "" where they have none */
};

/* All of a check, one behind the other; NULL and 0 where it is in none. */
const struct audit_reference *audit_references(enum audit_check check,
	size_t *ret_n);

#endif
