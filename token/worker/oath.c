/* SPDX-License-Identifier: Apache-2.0 */
/* OATH through the worker. */
#include "token/worker/oath.h"

#include "token/worker/wire.h"

/*
 * Firmware before 5.6 keeps the smart card away for up to 3 s after FIDO or
 * OTP was used, and pcscd resets it when a client dies.
 */
#define RECLAIM_MS 3000
#define RECLAIM_POLL_MS 200

int oath_cards(struct worker *w, struct oath_card **ret, size_t *ret_n,
	size_t *ret_held, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, 16);
	buf_init(&reply, WIRE_MAX);
	worker_put_request(&request, WORKER_CARDS);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	return r < 0 ? r : worker_get_cards(&reply, ret, ret_n, ret_held, err);
}

static int find_once(struct worker *w, uint32_t serial,
	struct oath_card **ret, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(free_p) struct oath_card *cards = NULL;
	struct oath_card *hit = NULL;
	size_t i, n, held;
	int r;

	r = oath_cards(w, &cards, &n, &held, cancel_fd, until, err);
	if (r < 0)
		return r;
	for (i = 0; i < n; i++) {
		if (!cards[i].devinfo.has_serial ||
			cards[i].devinfo.serial != serial)
			continue;
		if (hit)
			return error_set(err, ERROR_CONFLICT,
				"two smart cards say that they have serial "
				"number %u: unplug one", serial);
		hit = &cards[i];
	}
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

int oath_find(struct worker *w, uint32_t serial, struct oath_card **ret,
	int cancel_fd, deadline_t until, struct error *err)
{
	deadline_t patience = deadline_min(until, deadline_in(RECLAIM_MS));
	struct oath_card *card = NULL;
	int r;

	for (;;) {
		r = find_once(w, serial, &card, cancel_fd, until, err);
		if (r < 0 || card || deadline_passed(patience))
			break;
		if (deadline_sleep(deadline_in(RECLAIM_POLL_MS), cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	if (r == 0)
		*ret = card;
	return r;
}

int oath_put(struct worker *w, const struct oath_target *t,
	const struct secret *key, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_PUT, t, key->p, key->n);
	return worker_call(w, &request, &reply, cancel_fd, until, 0, err);
}

int oath_delete(struct worker *w, const struct oath_target *t,
	bool *ret_deleted, int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_DELETE, t, NULL, 0);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	if (r == 0)
		*ret_deleted = worker_get_deleted(&reply);
	return r;
}

int oath_calculate(struct worker *w, const struct oath_target *t,
	const unsigned char challenge[8], unsigned char ret[20], int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_CALCULATE, t, challenge, 8);
	r = worker_call(w, &request, &reply, cancel_fd, until, 0, err);
	return r < 0 ? r : worker_get_hmac(&reply, ret, err);
}
