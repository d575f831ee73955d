/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's process that sends anything, and a helper that orders anything: a
 * frame is refused, or sane and written again byte by byte.
 */
#include "bridge/login/agent/wire.h"

#include "base/text.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

#define CREDENTIALS 5

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void is_same(const struct buf *b, const uint8_t *p, size_t n)
{
	require(b->n == n && memcmp(b->p, p, n) == 0);
}

static void read_order(const uint8_t *p, size_t n)
{
	struct agent_order o;
	struct buf again;

	agent_order_init(&o);
	buf_init(&again, WIRE_MAX);
	if (agent_order_read(p, n, &o, NULL) == 0) {
		require(o.client_data.n > 0);
		agent_order_write(&o, &again);
		is_same(&again, p, n);
	} else {
		require(!o.pin.p);
	}
	buf_done(&again);
	agent_order_done(&o);
}

static void read_report(const uint8_t *p, size_t n)
{
	struct agent_report r;
	struct buf again;

	agent_report_init(&r);
	buf_init(&again, WIRE_MAX);
	if (agent_report_read(p, n, CREDENTIALS, &r, NULL) == 0) {
		require(r.credential < CREDENTIALS ||
			r.credential == AGENT_NO_CREDENTIAL);
		require(utf8_is_clean(r.text, strlen(r.text)));
		agent_report_write(&r, &again);
		is_same(&again, p, n);
	}
	buf_done(&again);
	agent_report_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	read_order(p, n);
	read_report(p, n);
	return 0;
}
