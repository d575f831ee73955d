/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that end before all is asked. */
#include "aws/many/calls-private.h"

#include <time.h>

#define RENEW_AGAIN_MS 10000 /* keys that a renewal has left as short */

/* Seconds left of the keys; INT64_MAX where they do not end. */
static int64_t keys_left(const struct calls *c)
{
	time_t expires = aws_session_credentials(c->s)->expires;
	time_t now = aws_now(c->s);

	if (!expires)
		return INT64_MAX;
	return (int64_t)expires - (int64_t)(now > 0 ? now : time(NULL));
}

bool calls_want_renewal(const struct calls *c)
{
	if (!c->options.renew)
		return false;
	return !c->begun || (keys_left(c) < CALLS_KEYS_LEFT &&
		deadline_passed(c->renew_again));
}

int calls_renew(struct calls *c, struct error *err)
{
	int r;

	c->begun = true;
	r = c->options.renew(c->options.self, err);
	if (keys_left(c) < CALLS_KEYS_LEFT)
		c->renew_again = deadline_in(RENEW_AGAIN_MS);
	return r;
}
