/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events from a file that somebody else may have written: whatever is taken
 * says the same when it is written again.
 */
#include "bridge/event/event.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_again(const struct event *e)
{
	struct event_draft d = { .type = e->type, .journal = e->journal,
		.step = e->step, .time = e->time, .actor = e->actor,
		.body = e->body };
	struct event again = EVENT_INIT;
	struct buf b;

	buf_init(&b, 8 * EVENT_MAX); /* "\u00e9" shrinks, 1e3 may grow */
	if (event_build(&b, e->stream, e->seq, &d, NULL) < 0)
		abort();
	if (b.n <= EVENT_MAX) {
		if (event_parse(b.p, b.n, &again, NULL) < 0 ||
			!event_says(&again, &d) || again.seq != e->seq ||
			again.time != e->time || memcmp(&again.actor,
			&e->actor, sizeof(e->actor)) != 0)
			abort();
	}
	event_done(&again);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct event e = EVENT_INIT;
	struct error err;

	if (event_parse(p, n, &e, &err) == 0) {
		if (e.type != EVENT_UNKNOWN && e.time > 0)
			check_again(&e);
		event_done(&e);
	}
	return 0;
}
