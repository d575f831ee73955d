/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OATH application of a token, through the worker. A card is joined to a
 * token by its serial number, self-reported on both sides; the applet's id,
 * seen before, must be the same at every later step.
 */
#ifndef TOKEN_WORKER_OATH_H
#define TOKEN_WORKER_OATH_H

#include "token/card/ykoath.h"
#include "token/worker/worker.h"

struct oath_card {
	char reader[128];
	struct devinfo devinfo; /* as the smart card reports it */
	bool has_oath;
	struct oath_applet applet;
};

/*
 * Every reader's card that is a YubiKey or has an OATH application; free()
 * *ret. Readers that another program holds exclusively are passed over;
 * *ret_held says how many. ERROR_UNSUPPORTED without PC/SC in this build or
 * without pcscd.
 */
int oath_cards(struct worker *w, struct oath_card **ret, size_t *ret_n,
	size_t *ret_held, int cancel_fd, deadline_t until, struct error *err);

/*
 * The card of the token with this serial number; *ret is NULL where none is
 * there, also not 3 s later: a key that switches between its interfaces hides
 * its card for so long. ERROR_CONFLICT where two readers show the same serial.
 * free() it.
 */
int oath_find(struct worker *w, uint32_t serial, struct oath_card **ret,
	int cancel_fd, deadline_t until, struct error *err);

/* An account on one applet. */
struct oath_target {
	uint32_t serial;
	const char *id;   /* applet id: ERROR_CONFLICT where it differs now */
	const char *name;
};

/* ERROR_CONFLICT also where the name is taken. */
int oath_put(struct worker *w, const struct oath_target *t,
	const struct secret *key, int cancel_fd, deadline_t until, struct error *err);
/* *ret_deleted is false where there is no such account. */
int oath_delete(struct worker *w, const struct oath_target *t,
	bool *ret_deleted, int cancel_fd, deadline_t until, struct error *err);
/* Full HMAC-SHA-1; needs a touch. */
int oath_calculate(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], unsigned char ret[20], int cancel_fd,
	deadline_t until, struct error *err);

#endif
