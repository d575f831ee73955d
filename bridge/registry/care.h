/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Care of a registry: verified, made anew, copied, brought back. Errors that
 * are not named here are those of registry.h.
 */
#ifndef BRIDGE_REGISTRY_CARE_H
#define BRIDGE_REGISTRY_CARE_H

#include "bridge/registry/registry.h"

struct registry_report {
	uint64_t events;           /* read and found good */
	uint64_t evidence;         /* pieces that match their names */
	uint64_t evidence_absent;  /* named by an event, not here (pruned) */
	uint64_t problems;
	bool has_bad_seq;
	uint64_t bad_seq;          /* first event that is wrong */
	struct registry_head head; /* as far as the chain holds; stream "" if
	                              not even event 0 */
};

/* One sentence for each problem, borrowed. */
typedef void registry_problem_fn(const char *text, void *arg);

/*
 * Reads everything: the store's own check, every event and link of the chain,
 * evidence against its names, and the projections against ones made anew.
 * With `expected` (a head that was written down elsewhere) also that the
 * stream still holds exactly that event: a chain rewritten or cut throughout
 * shows only so. ERROR_CORRUPT with the first problem where there is one;
 * *ret is filled in then, too. `each` may be NULL.
 */
int registry_verify(struct registry *reg, const struct registry_head *expected,
	registry_problem_fn *each, void *arg, struct registry_report *ret,
	struct error *err);

/* Makes all projections anew from the events. Needs REGISTRY_WRITE. */
int registry_rebuild(struct registry *reg, struct error *err);

/*
 * A consistent copy with everything in it as a new file (0600), synced, and
 * opened once to see that it holds. ERROR_CONFLICT where path exists.
 */
int registry_backup(struct registry *reg, const char *path, struct error *err);

struct registry_restored {
	bool has_backup;
	struct registry_head backup; /* head of the backup */
	struct registry_head head;   /* head of the result */
	bool has_lost;
	uint64_t lost_first, lost_last; /* numbers that could not be brought
	                                   back: unreadable, or behind one */
	uint64_t lost_readable; /* how many of these can be read, but hang on
	                           one that cannot */
	bool has_no_damaged; /* it was not there: the result is the backup */
	uint64_t evidence; /* pieces and names taken from the damaged file */
	uint64_t names;
};

/*
 * Makes a new registry at `output`: everything in the backup (NULL: there is
 * none), and whatever `damaged` still yields behind it: events as long as the
 * chain is unbroken, evidence that matches its name, names that were not
 * erased. Where that file is not there the backup is all. Neither input is
 * written to. ERROR_CONFLICT where output exists or
 * the backup is of another registry, ERROR_CORRUPT where the backup itself is
 * damaged or, without one, event 0 cannot be read.
 */
int registry_restore(const char *damaged, const char *backup,
	const char *output, struct registry_restored *ret, struct error *err);

#endif
