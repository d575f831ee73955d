/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that a script gives by a descriptor: a line for each token, in the
 * order in which they are asked for. A token that is asked for again gets its
 * line again; no token ever gets another one's, which would cost it a try.
 */
#ifndef BRIDGE_TERMINAL_SCRIPT_H
#define BRIDGE_TERMINAL_SCRIPT_H

#include "base/secret.h"

/* So many tokens of one run are remembered; of the next ones, the last. */
#define SCRIPT_MAX 8
#define SCRIPT_OF_MAX 600

struct script {
	int fd;           /* borrowed; -1: there is no script */
	const char *name; /* the option, for errors; borrowed */
	const char *of;   /* what it gives, a word for errors; borrowed */
	struct {
		char of[SCRIPT_OF_MAX];
		struct secret line;
	} lines[SCRIPT_MAX];
	size_t n;         /* lines read; the place of the next is n modulo MAX */
};

/*
 * The line of `of` (as in struct people; cut at SCRIPT_OF_MAX), copied to
 * *ret, which the caller wipes. ERROR_PIN where the descriptor has no further
 * line, or one that can be no PIN; ERROR_INTERRUPTED.
 */
int script_secret(struct script *s, const char *of, struct secret *ret,
	struct error *err);

/* Wipes what was read; the next token gets the next line all the same. */
void script_forget(struct script *s);

#endif
