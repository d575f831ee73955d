/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of tokenbridge-worker. */
#include "token/worker/worker.h"

#include "base/paths.h"
#include "base/process.h"
#include "token/worker/wire.h"

int worker_call(const struct buf *request, struct buf *reply, int cancel_fd,
	deadline_t until, int grace_ms, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-worker",
		PATH_LIBEXEC "/tokenbridge-worker");
	struct process p = PROCESS_INIT;
	int r;

	if (!path)
		return error_memory(err);
	r = buf_check(request, "a request", err);
	if (r == 0)
		r = process_start(&p, path, err);
	if (r < 0)
		return r;
	r = wire_send(p.socket, request->p, request->n, until, err);
	if (r == 0)
		r = wire_receive(p.socket, reply, cancel_fd, until, err);
	process_stop(&p, deadline_in(r < 0 ? grace_ms : 1000));
	return r < 0 ? r : worker_get_result(reply, err);
}
