/* SPDX-License-Identifier: Apache-2.0 */
/* OTP interfaces through the worker. */
#include "token/worker/otp.h"

#include "token/worker/worker.h"

#include <stdlib.h>

/*
 * A worker killed between claim and close leaves the keyboard detached, so it
 * is given this long to finish by itself; libykpers' own waits are shorter.
 */
#define GRACE_MS 10000

static void get_interface(struct wire_reader *r, struct otp_interface *o)
{
	size_t i;

	o->has_serial = wire_get_be(r, 1) != 0;
	o->serial = (uint32_t)wire_get_be(r, 4);
	for (i = 0; i < 3; i++)
		o->version[i] = (uint8_t)wire_get_be(r, 1);
	o->programming_sequence = (unsigned)wire_get_be(r, 2);
	for (i = 0; i < 2; i++) {
		o->slots[i].configured = wire_get_be(r, 1) != 0;
		o->slots[i].touch = wire_get_be(r, 1) != 0;
	}
}

int otp_interfaces(struct otp_interface **ret, size_t *ret_n, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(free_p) struct otp_interface *list = NULL;
	CLEANUP(buf_done) struct buf request, reply;
	struct wire_reader reader;
	size_t i, n;
	int r;

	buf_init(&request, 16);
	buf_init(&reply, WIRE_MAX);
	buf_put_byte(&request, WORKER_OTP);
	r = worker_call(&request, &reply, cancel_fd, until, GRACE_MS, err);
	if (r < 0)
		return r;
	reader = (struct wire_reader){ reply.p, reply.n, false };
	n = (size_t)wire_get_be(&reader, 1);
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return error_memory(err);
	for (i = 0; !reader.failed && i < n; i++)
		get_interface(&reader, &list[i]);
	if (!wire_done(&reader))
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed list");
	*ret_n = n;
	*ret = steal(&list);
	return 0;
}
