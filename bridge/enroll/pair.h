/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes that a person types off a display: for this room, and for who keeps them
 * between two enrollments.
 */
#ifndef BRIDGE_ENROLL_PAIR_H
#define BRIDGE_ENROLL_PAIR_H

#include "bridge/run/run.h"

/* Two codes, and until when they are worth sending. */
struct pair {
	char first[RUN_CODE_LEN], second[RUN_CODE_LEN];
	deadline_t until;
};

/* Wipes. */
void pair_done(struct pair *t);

/*
 * Two codes of six digits that are not the same; `second` NULL: the first alone.
 * ERROR_MALFORMED. Pure; the check of struct run_codes, of which data is not
 * looked at.
 */
int pair_check(void *data, const char *first, const char *second,
	struct error *err);

/* Asks for both. */
int pair_ask(const struct run *run, const struct run_codes *q,
	struct pair *ret, struct error *err);

/* Whether there are codes that are not too old. */
bool pair_is_fresh(const struct pair *t);

#endif
