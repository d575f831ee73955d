/* SPDX-License-Identifier: Apache-2.0 */
/* Retry rules. */
#include "aws/query/retry.h"

#include "base/util.h"

#include <string.h>

#define DELAY_MAX_MS 20000
#define DELAY_THROTTLED_MS 1000
#define DELAY_TRANSIENT_MS 100

/* The SDKs' standard lists. */
static const struct {
	const char *code;
	enum retry class;
} codes[] = {
	{ "Throttling", RETRY_THROTTLED },
	{ "ThrottlingException", RETRY_THROTTLED },
	{ "ThrottledException", RETRY_THROTTLED },
	{ "RequestThrottled", RETRY_THROTTLED },
	{ "RequestThrottledException", RETRY_THROTTLED },
	{ "TooManyRequestsException", RETRY_THROTTLED },
	{ "RequestLimitExceeded", RETRY_THROTTLED },
	{ "BandwidthLimitExceeded", RETRY_THROTTLED },
	{ "LimitExceededException", RETRY_THROTTLED },
	{ "SlowDown", RETRY_THROTTLED },
	{ "PriorRequestNotComplete", RETRY_THROTTLED },
	{ "RequestTimeout", RETRY_TRANSIENT },
	{ "RequestTimeoutException", RETRY_TRANSIENT },
};

static const struct {
	int status;
	enum retry class;
} statuses[] = {
	{ 0, RETRY_TRANSIENT },
	{ 429, RETRY_THROTTLED },
	{ 500, RETRY_TRANSIENT },
	{ 502, RETRY_TRANSIENT },
	{ 503, RETRY_TRANSIENT },
	{ 504, RETRY_TRANSIENT },
};

enum retry retry_class(const struct attempt *a)
{
	size_t i;

	if (a->code && a->limit_is_throttle &&
		strcmp(a->code, "LimitExceeded") == 0)
		return RETRY_THROTTLED;
	for (i = 0; a->code && i < ARRAY_LEN(codes); i++)
		if (strcmp(a->code, codes[i].code) == 0)
			return codes[i].class;
	for (i = 0; i < ARRAY_LEN(statuses); i++)
		if (a->status == statuses[i].status)
			return statuses[i].class;
	return RETRY_NO;
}

/* Whether it is certain that the attempt changed nothing. */
static bool had_no_effect(const struct attempt *a)
{
	return !a->sent || (a->status >= 400 && a->status < 500);
}

bool retry_again(enum retry class, const struct attempt *a, bool repeatable,
	unsigned done, unsigned max)
{
	switch (class) {
	case RETRY_THROTTLED:
		return done < (max ? max : RETRY_ATTEMPTS_THROTTLED);
	case RETRY_TRANSIENT:
		return (repeatable || had_no_effect(a)) &&
			done < (max ? max : RETRY_ATTEMPTS);
	default:
		return false;
	}
}

int64_t retry_delay(enum retry class, unsigned done, uint32_t random)
{
	int64_t most = class == RETRY_THROTTLED ? DELAY_THROTTLED_MS :
		DELAY_TRANSIENT_MS;

	for (; done > 1 && most < DELAY_MAX_MS; done--)
		most *= 2;
	if (most > DELAY_MAX_MS)
		most = DELAY_MAX_MS;
	return (int64_t)(((uint64_t)most * random) >> 32);
}
