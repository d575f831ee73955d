/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came back to a session's requests, kept as it came, and given again
 * later in the same order: the code that reads the answers is the same both
 * times, and AWS's clock then stands where each answer put it.
 *
 * Only what reads is kept, and never what AWS answers with keys in it: of STS
 * GetCallerIdentity alone.
 */
#ifndef AWS_QUERY_TAPE_H
#define AWS_QUERY_TAPE_H

#include "base/error.h"

#include <stdint.h>
#include <time.h>

/* One attempt. All is borrowed. */
struct tape_reply {
	const char *service;  /* "iam" */
	const char *action;   /* "ListUsers" */
	const char *request;  /* the form, or the JSON, NUL behind it */
	int status;           /* of HTTP; 0: no reply */
	const char *request_id;
	time_t date;          /* that AWS's clock was set by; 0: it was not */
	bool sent;            /* a byte of the request may have left */
	const struct error *error; /* what it was read as; NULL: an answer */
	const void *body;
	size_t body_n;
};

#define TAPE_NONE UINT64_MAX

struct aws_tape {
	/* Keeps one; NULL: this is a tape that is played. A failure is told by
	   the keeper itself when it is asked. */
	void (*keep)(void *self, const struct tape_reply *reply);
	/* Number of the next one to this request, in the order in which they
	   came; TAPE_NONE: there is none. */
	uint64_t (*find)(void *self, const char *service, const char *action,
		const char *request);
	/* That one, which is taken: valid until the tape ends. */
	void (*take)(void *self, uint64_t number, struct tape_reply *ret);
	void *self;
};

#endif
