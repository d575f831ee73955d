/* SPDX-License-Identifier: Apache-2.0 */
/* OTP interfaces through the worker. */
#include "token/worker/otp.h"

#include "token/worker/wire.h"

/*
 * A worker killed between claim and close leaves the keyboard detached, so it
 * is given this long to finish by itself; libykpers' own waits are shorter.
 */
#define GRACE_MS 10000

int otp_interfaces(struct worker *w, const struct otp_place *place,
	struct otp_interface **ret, size_t *ret_n, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, 16);
	buf_init(&reply, WIRE_MAX);
	worker_put_place(&request, place);
	r = worker_call(w, &request, &reply, cancel_fd, until, GRACE_MS, err);
	return r < 0 ? r : worker_get_interfaces(&reply, ret, ret_n, err);
}
