/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of tokenbridge-settings, and what it answers: frames of
 * base/wire.h. Pure. Neither side believes the other: strings are bounded and
 * clean, counts are limited, and nothing may be left over.
 *
 * The answer is one frame, and where it says that there is a CA bundle, that
 * bundle in pieces behind it.
 */
#ifndef AWS_CALLER_WIRE_H
#define AWS_CALLER_WIRE_H

#include "aws/caller/settings.h"
#include "base/wire.h"

#define SETTINGS_VALUE_MAX 4096  /* bytes of an option or a variable */
#define SETTINGS_PIECE 32768     /* bytes of a CA bundle in one frame */

/*
 * Variables that are handed down, ends with NULL: what says which settings,
 * and no key. The rest of the environment is the person's own affair.
 */
extern const char *const settings_variables[];

/* A request as it was received: strings point into `room`. */
struct settings_request {
	uint32_t uid;
	struct aws_options options; /* profile, region, endpoint_url,
	                               without_credentials */
	const char *values[64];     /* by settings_variables; NULL: not set */
	struct buf room;            /* owned */
};

/* Appends a request. Variables are those of this process. */
void settings_put_request(struct buf *b, uint32_t uid,
	const struct aws_options *options);
/* ERROR_MALFORMED. *ret is to be ended by settings_request_done. */
int settings_get_request(const struct buf *b, struct settings_request *ret,
	struct error *err);
void settings_request_done(struct settings_request *q);

/* Appends an answer: of a failure where e is not NULL. */
void settings_put_answer(struct buf *b, const struct aws_settings *s,
	const struct error *e);
/*
 * Reads one: the error that it tells, or ERROR_MALFORMED, or *ret filled but
 * for the CA bundle, whose size is *ret_ca. Regions, URLs and keys are checked
 * as if a person had typed them; endpoints that are AWS's own are not taken
 * from the answer, but made here.
 */
int settings_get_answer(const struct buf *b, struct aws_settings *ret,
	size_t *ret_ca, struct error *err);

#endif
