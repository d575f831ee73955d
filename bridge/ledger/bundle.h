/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle: what the record says of one token, in a directory of its own that
 * is checked without the registry and without the token, years later
 * (docs/FORMATS.md).
 */
#ifndef BRIDGE_LEDGER_BUNDLE_H
#define BRIDGE_LEDGER_BUNDLE_H

#include "bridge/ledger/bundle-parts.h"
#include "bridge/registry/registry.h"
#include "bridge/verify/trust.h"

struct bundle_request {
	struct registry *reg;
	const char *token; /* a row's id */
	const char *path;  /* a directory that there is not */
	bool whole;        /* the other events too */
};

struct bundled {
	struct bundle_facts facts;
	size_t events;                 /* of the token */
	size_t evidence;               /* pieces */
	size_t absent;                 /* pieces that were pruned */
	unsigned char sha[SHA256_LEN]; /* of SHA256SUMS: it seals the rest */
};

/* Makes one, whole or not at all. ERROR_CONFLICT where the path exists. */
int bundle_write(const struct bundle_request *q, struct bundled *ret,
	struct error *err);

/* ---- checking ---- */

struct bundle_check_request {
	const char *path;
	const struct trust *trust;
	const struct registry_head *head; /* one that was written down; NULL */
	const char *sha256;               /* of SHA256SUMS, hex; NULL: any */
};

struct bundle_checked {
	bool has_facts;
	struct bundle_facts facts;
	uint64_t links;     /* events of the chain */
	uint64_t given;     /* of them with their bytes */
	json_t *events;     /* owned: entries of story_tell, of the token */
	json_t *evidence;   /* owned: {sha256, madeAt, verdict, verdictMade,
	                       verdictNow} each; verdict is what was recorded */
	json_t *problems;   /* owned: a sentence each */
	bool undecided;     /* evidence that nobody here can judge */
};

void bundle_checked_done(struct bundle_checked *c);

/*
 * Checks everything again: every file against SHA256SUMS, the chain, the
 * evidence against its names and by its signatures, as of when it was made and
 * as of now. What is wrong is a problem, which names it; an error is what keeps
 * from reading. *ret is all zeros before.
 */
int bundle_check(const struct bundle_check_request *q,
	struct bundle_checked *ret, struct error *err);

#endif
