/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to ask again and how long to wait: pure rules, no clock, no request.
 */
#ifndef AWS_QUERY_RETRY_H
#define AWS_QUERY_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS 3          /* of requests that got no good answer */
#define RETRY_ATTEMPTS_THROTTLED 5

enum retry {
	RETRY_NO,
	RETRY_THROTTLED, /* a definite refusal for now: any request may be
	                    sent again */
	RETRY_TRANSIENT, /* no usable answer, the effect is unknown: only a
	                    request that may be repeated is */
};

/* What is known of an attempt. */
struct attempt {
	bool sent;        /* a byte of the request may have left */
	int status;       /* HTTP; 0: no reply */
	const char *code; /* of the refusal; NULL: none or not readable */
	bool limit_is_throttle; /* LimitExceeded means "later" here */
};

/* The class of a failed attempt. */
enum retry retry_class(const struct attempt *a);

/*
 * Whether attempt number `done` (1 = the first) may be followed by another.
 * `repeatable`: the operation may be sent twice though its effect is unknown;
 * what was never sent counts as repeatable. `max` is AWS_MAX_ATTEMPTS, 0 for
 * the defaults above.
 */
bool retry_again(enum retry class, const struct attempt *a, bool repeatable,
	unsigned done, unsigned max);

/*
 * Milliseconds before the attempt after number `done`: full jitter, `random`
 * (all 32 bits used) of min(2^(done-1) * base, 20 s); base is 1 s for
 * throttling and 100 ms for the rest.
 */
int64_t retry_delay(enum retry class, unsigned done, uint32_t random);

#endif
