/* SPDX-License-Identifier: Apache-2.0 */
/* OATH through the worker. */
#include "token/worker/oath.h"

#include "token/worker/wire.h"

#include <string.h>

/*
 * Firmware before 5.6 keeps the smart card away for up to 3 s after FIDO or
 * OTP was used, and pcscd resets it when a client dies.
 */
#define RECLAIM_MS 3000
/* pcscd sees a card a moment after the kernel saw its key. */
#define APPEAR_MS 1000
#define RECLAIM_POLL_MS 200

int oath_cards(struct worker *w, const struct oath_search *q,
	struct oath_card **ret, size_t *ret_n, size_t *ret_held, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_search(&request, q, &w->access);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	return r < 0 ? r : worker_get_cards(&reply, ret, ret_n, ret_held, err);
}

bool oath_card_holds(const struct oath_card *card, const char *name)
{
	size_t i;

	for (i = 0; card->has_oath && i < card->applet.n; i++)
		if (strcmp(card->applet.accounts[i].name, name) == 0)
			return true;
	return false;
}

/* Of two that are joined alike the one that has what is looked for. */
static bool is_better(const struct oath_card *c, const struct oath_card *than)
{
	return !than || c->join > than->join ||
		(c->join == than->join && c->has_oath && !than->has_oath);
}

static bool is_as_good(const struct oath_card *c, const struct oath_card *as)
{
	return c != as && c->join == as->join && c->has_oath == as->has_oath;
}

/* NULL: none is the token's. */
static int choose_card(struct oath_card *cards, size_t n,
	struct oath_card **ret, struct error *err)
{
	struct oath_card *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (cards[i].join != CARD_OTHER && is_better(&cards[i], best))
			best = &cards[i];
	for (i = 0; best && i < n; i++)
		if (is_as_good(&cards[i], best))
			return error_set(err, ERROR_CONFLICT,
				"two smart cards say that they are this "
				"token's ('%s', '%s'): unplug one",
				best->reader, cards[i].reader);
	*ret = best;
	return 0;
}

static int find_once(struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *err)
{
	CLEANUP(free_p) struct oath_card *cards = NULL;
	struct oath_card *hit = NULL;
	size_t n, held;
	int r;

	r = oath_cards(w, q, &cards, &n, &held, cancel_fd, until, err);
	if (r == 0)
		r = choose_card(cards, n, &hit, err);
	if (r < 0)
		return r;
	if (!hit && held)
		return error_set(err, ERROR_BUSY,
			"another program holds a smart-card reader for itself "
			"(often gpg's scdaemon: run `gpgconf --kill "
			"scdaemon`), so the token's OATH application cannot be "
			"reached");
	if (hit) {
		cards[0] = *hit;
		*ret = steal(&cards);
	} else {
		*ret = NULL;
	}
	return 0;
}

int oath_find(struct worker *w, const struct oath_search *q,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *err)
{
	deadline_t patience = deadline_min(until,
		deadline_in(q->token.has_serial ? RECLAIM_MS : APPEAR_MS));
	struct oath_card *card = NULL;
	int r;

	for (;;) {
		r = find_once(w, q, &card, cancel_fd, until, err);
		if (r < 0 || card || deadline_passed(patience))
			break;
		if (deadline_sleep(deadline_in(RECLAIM_POLL_MS), cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	if (r == 0)
		*ret = card;
	return r;
}

int oath_unlock(struct worker *w, const struct card_place *place,
	struct secret *password, int cancel_fd, deadline_t until,
	struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	const struct oath_target t = { *place, "" };
	struct worker_access access = { "", *password };
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	memcpy(access.id, place->id, sizeof(access.id));
	worker_put_account(&request, WORKER_OATH_UNLOCK, &t, &access, NULL, 0);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	if (r < 0)
		return r;
	secret_done(&w->access.password);
	w->access = access;
	*password = (struct secret)SECRET_INIT;
	return 0;
}

int oath_put(struct worker *w, const struct oath_target *t,
	const struct secret *key, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_PUT, t, &w->access, key->p,
		key->n);
	return worker_call(w, &request, &reply, cancel_fd, until, 0, err);
}

int oath_delete(struct worker *w, const struct oath_target *t,
	bool *ret_deleted, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_DELETE, t, &w->access, NULL,
		0);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	if (r == 0)
		*ret_deleted = worker_get_deleted(&reply);
	return r;
}

static int ask(struct worker *w, enum worker_operation op,
	const struct oath_target *t, const unsigned char challenge[8],
	struct oath_response *ret, int cancel_fd, deadline_t until,
	struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, op, t, &w->access, challenge, 8);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	return r < 0 ? r : worker_get_response(&reply, ret, err);
}

int oath_calculate(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *err)
{
	return ask(w, WORKER_OATH_CALCULATE, t, challenge, ret, cancel_fd,
		until, err);
}

int oath_code(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *err)
{
	return ask(w, WORKER_OATH_CODE, t, challenge, ret, cancel_fd, until,
		err);
}
