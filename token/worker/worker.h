/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-worker: the process in which PC/SC and libykpers run. PC/SC
 * calls have no deadline and can park for ever behind another program's
 * transaction; libykpers detaches the keyboard driver. One process, one
 * request, one reply (wire.h); its parent kills it at the deadline.
 */
#ifndef TOKEN_WORKER_WORKER_H
#define TOKEN_WORKER_WORKER_H

#include "base/buf.h"
#include "base/deadline.h"

/*
 * Starts a worker, sends, receives; `reply` (reset first) gets the result
 * without its leading 0, an error comes back as one. The cancel descriptor and
 * the deadline end the wait; the worker is then killed, after `grace_ms`.
 */
int worker_call(const struct buf *request, struct buf *reply, int cancel_fd,
	deadline_t until, int grace_ms, struct error *err);

#endif
