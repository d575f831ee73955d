/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-worker: the process in which PC/SC and libykpers run. PC/SC
 * calls have no deadline and can park for ever behind another program's
 * transaction; libykpers detaches the keyboard driver.
 *
 * One process serves a whole command (wire.h: a request, a reply, the next
 * one), so that a card is powered and its reader opened once. Its parent kills
 * it at the deadline of a request, and starts another for the next.
 */
#ifndef TOKEN_WORKER_WORKER_H
#define TOKEN_WORKER_WORKER_H

#include "base/buf.h"
#include "base/deadline.h"
#include "base/process.h"
#include "token/card/ykoath.h"

/* Belongs to who opens it; handed down as a pointer. No process before the
 * first call. */
struct worker {
	struct process process;
	/* What unlocks one OATH application, by its id: goes with every
	   request, and is used on that application alone */
	struct worker_access {
		char id[OATH_ID_TEXT];  /* "": none */
		struct secret password; /* owned */
	} access;
};

#define WORKER_INIT { PROCESS_INIT, { "", SECRET_INIT } }

/* Ends it: at once where it is idle, as it is between two calls. Wipes. */
void worker_done(struct worker *w);

/*
 * Sends the request, resets it, as a secret may be in it, and receives: `reply`
 * (reset first) gets the result without its leading 0, an error comes back as
 * one. The cancel descriptor and the deadline end the wait; the worker is then
 * killed, after `grace_ms`.
 */
int worker_call(struct worker *w, struct buf *request, struct buf *reply,
	int cancel_fd, deadline_t until, int grace_ms, struct error *err);

#endif
