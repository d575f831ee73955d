/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OATH application of a token, through the worker. join.h says which card
 * is a token's own; the applet's id, seen before, must be the same at every
 * later step.
 */
#ifndef TOKEN_WORKER_OATH_H
#define TOKEN_WORKER_OATH_H

#include "token/card/join.h"
#include "token/worker/worker.h"

struct oath_card {
	char reader[128];
	enum card_join join;    /* to the token that was looked for */
	struct devinfo devinfo; /* as the smart card reports it, where asked */
	bool has_oath;
	struct oath_applet applet;
};

/* Whether its OATH application, unlocked, has an account of that name. */
bool oath_card_holds(const struct oath_card *card, const char *name);

/* Whose card is looked for. */
struct oath_search {
	struct card_place token;
	bool config; /* Yubico's configuration too, which costs some APDUs and
	                is read otherwise only where nothing else joins */
};

/*
 * Every reader's card that is the token's, and every other one that has an
 * OATH application or is a YubiKey, and of which the kernel does not know that
 * it is another device; free() *ret. Readers that another program holds
 * exclusively are passed over; *ret_held says how many. ERROR_UNSUPPORTED
 * without PC/SC in this build or without pcscd.
 */
int oath_cards(struct worker *w, const struct oath_search *q,
	struct oath_card **ret, size_t *ret_n, size_t *ret_held, int cancel_fd,
	deadline_t until, struct error *err);

/*
 * The token's card, by the best join that there is; *ret is NULL where none is
 * there. It is waited for: 1 s, and 3 s for a key with a serial number, which
 * hides its card while it switches between its interfaces. ERROR_CONFLICT where two cards are
 * joined in the same way. free() it.
 */
int oath_find(struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *err);

/* An account on one applet. */
struct oath_target {
	struct card_place place; /* its id is the applet that is meant:
	                            ERROR_CONFLICT where it differs now */
	const char *name;
};

/*
 * From now on the applet of place->id is unlocked for every request of w.
 * ERROR_PIN_WRONG: it is not its password. Moves the password out of *password,
 * or leaves it there on failure.
 */
int oath_unlock(struct worker *w, const struct card_place *place,
	struct secret *password, int cancel_fd, deadline_t until,
	struct error *err);

/* ERROR_CONFLICT also where the name is taken. */
int oath_put(struct worker *w, const struct oath_target *t,
	const struct secret *key, int cancel_fd, deadline_t until,
	struct error *err);
/* *ret_deleted is false where there is no such account. */
int oath_delete(struct worker *w, const struct oath_target *t,
	bool *ret_deleted, int cancel_fd, deadline_t until, struct error *err);
/*
 * The answer to a challenge, after a touch: the whole HMAC where the applet
 * gives it, which proves a secret; or what a code is made of. Wipe *ret.
 */
int oath_calculate(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *err);
int oath_code(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *err);

#endif
