/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that watches the ports while this one serves a key: it claims
 * those that come, asks them what they are, and finds the smart card of each
 * that has to wait, so that nothing of that is done while a person waits. It
 * is given no secret, makes nothing on a key, and ends with who started it.
 */
#ifndef BRIDGE_ROLLOUT_PORTS_SCOUT_H
#define BRIDGE_ROLLOUT_PORTS_SCOUT_H

#include "base/process.h"
#include "bridge/rollout/ports/ports.h"

struct scout {
	const struct run *run; /* borrowed */
	struct process process;
	uint32_t number;       /* of the last time that a key was asked for */
	bool asked;            /* ... and none was taken since */
	bool held;             /* it was told to wait */
};

#define SCOUT_INIT { NULL, PROCESS_INIT, 0, false, true }

/* `cards`: keys are wanted with their smart cards. */
int scout_start(struct scout *s, const struct run *run, const char *dir,
	bool cards, struct error *err);
/* Ends it at once; its ports are free again. */
void scout_done(struct scout *s);

/*
 * As ports_wait, of keys that are asked once more here: one that was unplugged
 * or exchanged while it waited is passed over. Until the next call others that
 * come are prepared, unless `keys` was false: then nobody touches them.
 */
int scout_wait(struct scout *s, int typed_fd, bool keys, struct arrival *ret,
	struct error *err);

/* That key, which was taken, comes once more if it is plugged in still. */
int scout_offer_again(struct scout *s, const char *key, struct error *err);

/* What stands in front of the words that it is started with. */
#define SCOUT_COMMAND "__ports"
/* Its main function, and the exit status: words are what stands behind that. */
int scout_run(char *const *words);

/* ---- what goes over the socket (scout-wire.c) ---- */

enum scout_order {
	SCOUT_HOLD = 1, /* nobody's key is asked any more */
	SCOUT_NEXT,     /* the next key is wanted */
	SCOUT_TAKEN,    /* that key is served now; others may be prepared */
	SCOUT_AGAIN,    /* that key comes once more, if it is there still */
};

struct scout_request {
	enum scout_order order;
	uint32_t number;        /* of SCOUT_NEXT */
	char key[PLUG_KEY_LEN]; /* of SCOUT_TAKEN, SCOUT_AGAIN */
};

struct scout_report {
	bool failed;
	uint32_t number;        /* of the request that it answers */
	char key[PLUG_KEY_LEN];
	deadline_t since;
	struct attached_card card;
	char text[1024];        /* where it failed */
};

void scout_put_request(struct buf *b, const struct scout_request *q);
void scout_put_report(struct buf *b, const struct scout_report *r);
/* ERROR_MALFORMED; on failure *ret is untouched. Pure. */
int scout_get_request(const struct buf *b, struct scout_request *ret,
	struct error *err);
int scout_get_report(const struct buf *b, struct scout_report *ret,
	struct error *err);

#endif
