/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-worker: the process in which PC/SC and libykpers run. PC/SC
 * calls have no deadline and can park for ever behind another program's
 * transaction; libykpers detaches the keyboard driver. One process, one
 * request, one reply; its parent kills it at the deadline.
 *
 * Request: operation (1 byte), then what its row in worker-main.c reads.
 * Reply: 0 and the result, or an error code (1 byte) and its text.
 */
#ifndef TOKEN_WORKER_WORKER_H
#define TOKEN_WORKER_WORKER_H

#include "base/deadline.h"
#include "base/wire.h"

enum worker_operation {
	WORKER_CARDS = 1,     /* -> cards */
	WORKER_OATH_PUT,      /* serial, applet id, name, key */
	WORKER_OATH_DELETE,   /* serial, applet id, name */
	WORKER_OATH_CALCULATE, /* serial, applet id, name, challenge -> HMAC */
	WORKER_OTP,           /* -> OTP interfaces */
};

/*
 * Starts a worker, sends, receives; `reply` (reset first) gets the result
 * without its leading 0, an error comes back as one. The cancel descriptor and
 * the deadline end the wait; the worker is then killed, after `grace_ms`.
 */
int worker_call(const struct buf *request, struct buf *reply, int cancel_fd,
	deadline_t until, int grace_ms, struct error *err);

#endif
