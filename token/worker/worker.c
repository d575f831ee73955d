/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of tokenbridge-worker. */
#include "token/worker/worker.h"

#include "base/paths.h"
#include "token/worker/wire.h"

#define END_MS 1000 /* for an idle one to close its readers */

static bool has_ended(const struct worker *w)
{
	return w->process.pid > 0 && w->process.pidfd >= 0 &&
		deadline_sleep(deadline_in(0), w->process.pidfd);
}

static int start(struct worker *w, struct error *err)
{
	CLEANUP(free_p) char *path = NULL;

	if (has_ended(w)) /* killed while it was idle */
		process_stop(&w->process, deadline_in(0));
	if (w->process.pid > 0)
		return 0;
	path = process_find("tokenbridge-worker",
		PATH_LIBEXEC "/tokenbridge-worker");
	return path ? process_start(&w->process, path, err) :
		error_memory(err);
}

void worker_done(struct worker *w)
{
	process_stop(&w->process, deadline_in(END_MS));
	secret_done(&w->access.password);
	w->access.id[0] = '\0';
}

int worker_call(struct worker *w, struct buf *request, struct buf *reply,
	int cancel_fd, deadline_t until, int grace_ms, struct error *err)
{
	int r;

	r = buf_check(request, "a request", err);
	if (r == 0)
		r = start(w, err);
	if (r < 0)
		return r;
	r = wire_send(w->process.socket, request->p, request->n, until, err);
	buf_reset(request);
	if (r == 0)
		r = wire_receive(w->process.socket, reply, cancel_fd, until,
			err);
	/* what it was about to answer must not be taken for the next reply */
	if (r < 0)
		process_stop(&w->process, deadline_in(grace_ms));
	return r < 0 ? r : worker_get_result(reply, err);
}
