/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry told a run, as evidence: the bindings and tokens that the
 * rules see, and what the tokens were judged by. docs/FORMATS.md has the form.
 */
#ifndef BRIDGE_AUDIT_KNOWN_TOLD_H
#define BRIDGE_AUDIT_KNOWN_TOLD_H

#include "bridge/audit/known/known.h"

/* All borrowed: where it is written from, or read into. */
struct known_told {
	struct known *known;
	struct registry_bindings *list;
	bool has_list; /* the bindings were read */
	struct audit_registry_source *source; /* its counts of tokens */
};

/*
 * Into *b. Of other accounts than that one only how many bindings they have; of
 * no account ("") the tokens alone.
 */
int known_told_write(const struct known_told *t, const char *account,
	struct buf *b, struct error *err);
/* What t points to is empty before, and on failure. ERROR_MALFORMED. Pure. */
int known_told_parse(const char *p, size_t n, struct known_told *t,
	struct error *err);

#endif
