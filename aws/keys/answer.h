/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys as JSON, from a program, a container's service or a machine's. Pure.
 */
#ifndef AWS_KEYS_ANSWER_H
#define AWS_KEYS_ANSWER_H

#include "aws/keys/credentials.h"

#include <stddef.h>

#define ANSWER_MAX 65536 /* bytes */

enum answer_form {
	ANSWER_PROCESS, /* Version 1; SessionToken and Expiration may lack */
	ANSWER_SERVICE, /* of a container or a machine: Token, Expiration */
};

/*
 * ERROR_MALFORMED for what is no such answer: not one object, a name twice,
 * another version, a part that lacks, is no text or cannot be a key, a time
 * that cannot be read; ERROR_FAILED for a service's own refusal (Code and
 * Message), which is told. `whose` names it in the text, and becomes the
 * keys' origin. What it says never stands there, for it may be secret.
 */
int answer_parse(enum answer_form form, const void *p, size_t n,
	const char *whose, struct aws_credentials *ret, struct error *err);

/* When keys end, as AWS writes it or Python does: a blank in place of the T.
 * Returns 0 or -1. */
int answer_parse_time(const char *s, time_t *ret);

/* ERROR_FAILED where the keys are over at `now`. */
int answer_check_time(const struct aws_credentials *c, time_t now,
	struct error *err);

#endif
