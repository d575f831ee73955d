/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that a person takes in AWS's console, as data: what no API does.
 * bridge/guide/steps.txt, built into the program, has all their words and
 * addresses, and its head says how it is written. Labels of the console are
 * hints, since they drift.
 */
#ifndef BRIDGE_GUIDE_GUIDE_H
#define BRIDGE_GUIDE_GUIDE_H

#include "bridge/run/run.h"

#define GUIDE_TEXT_MAX (64u * 1024) /* bytes of a file */
#define GUIDE_STEP_MAX 1024         /* bytes of a step's text, both as it is
                                       written and filled in */
#define GUIDE_STEPS_MAX 64          /* of a sequence, with what it takes in */
#define GUIDE_NAME_MAX 40           /* bytes of a sequence's name, with NUL */
#define GUIDE_DATE_LEN 11           /* "2026-11-29" */

/* What may stand in braces. */
enum guide_word {
	GUIDE_ACCOUNT,      /* {account}: number of the account */
	GUIDE_DEVICE_NAME,  /* {device-name}: the name to type */
	GUIDE_SERIAL,       /* {serial}: of a hardware TOTP token */
	GUIDE_TOKEN,        /* {token}: which key: "the key 12345678" */
	GUIDE_DEVICE,       /* {device}: one that is there, as the list has it */
	GUIDE_USER,         /* {user}: name of the IAM user */
	GUIDE_EMAIL_HINT,   /* {email-hint}: "r...@example.com" */
	GUIDE_ROOT_SIGN_IN, /* {root-sign-in}: an address, by `link` */
	GUIDE_USER_SIGN_IN, /* {user-sign-in}: as well */
	GUIDE_WORDS,
};

/* What the words are this time; borrowed, NULL: not known. The addresses come
 * from the file, by the partition ("aws"). */
struct guide_values {
	const char *partition;
	const char *value[GUIDE_WORDS];
};

struct guide;

/*
 * Reads a file. `name` is for errors; ERROR_MALFORMED names it and the line: of
 * an unknown word or sequence, a quote or brace that is not closed, a step
 * outside of a sequence, a sequence that stands twice or has no step. Pure.
 */
int guide_parse(const char *p, size_t n, const char *name, struct guide **ret,
	struct error *err);
/* The one that is built in. */
int guide_load(struct guide **ret, struct error *err);
const char *guide_builtin(size_t *ret_n);
void guide_free(struct guide **g);

/* When it was last held against the console: "2026-11-29". */
const char *guide_checked(const struct guide *g);
size_t guide_sequences(const struct guide *g);
/* NULL behind the last one. */
const char *guide_sequence(const struct guide *g, size_t i);

struct guide_steps {
	char *text[GUIDE_STEPS_MAX]; /* owned; one line each, without a number */
	size_t n;
};
void guide_steps_done(struct guide_steps *steps);

/*
 * The steps of a sequence, words filled in. ERROR_UNSUPPORTED where the
 * partition has no such address, ERROR_FAILED for a sequence that there is not
 * and a word whose value is not known. *ret is empty before, and on failure.
 * Pure.
 */
int guide_steps(const struct guide *g, const char *sequence,
	const struct guide_values *values, struct guide_steps *ret,
	struct error *err);

/* The address {word} in that partition, owned; errors as of guide_steps. */
int guide_address(enum guide_word word, const struct guide_values *values,
	char **ret, struct error *err);

/* Says them to the person, numbered from *number + 1, and counts them there:
 * guide_steps of the built-in file. NULL counts from 1. */
int guide_tell(const struct run *run, const char *sequence,
	const struct guide_values *values, unsigned *number,
	struct error *err);

#endif
