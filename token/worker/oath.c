/* SPDX-License-Identifier: Apache-2.0 */
/* OATH through the worker. */
#include "token/worker/oath.h"

#include "base/text.h"
#include "token/worker/worker.h"

#include <stdlib.h>
#include <string.h>

/*
 * Firmware before 5.6 keeps the smart card away for up to 3 s after FIDO or
 * OTP was used, and pcscd resets it when a client dies.
 */
#define RECLAIM_MS 3000
#define RECLAIM_POLL_MS 200

static void put_target(struct buf *b, enum worker_operation op,
	const struct oath_target *t)
{
	buf_put_byte(b, (unsigned char)op);
	buf_put_be(b, t->serial, 4);
	wire_put_str(b, t->id);
	wire_put_str(b, t->name);
}

/* The wire form of DeviceInfo is its raw members: both ends are one build. */
static void get_devinfo(struct wire_reader *r, struct devinfo *d)
{
	d->present = wire_get_be(r, 1) != 0;
	d->has_serial = wire_get_be(r, 1) != 0;
	d->serial = (uint32_t)wire_get_be(r, 4);
	d->has_version = wire_get_be(r, 1) != 0;
	d->version[0] = (uint8_t)wire_get_be(r, 1);
	d->version[1] = (uint8_t)wire_get_be(r, 1);
	d->version[2] = (uint8_t)wire_get_be(r, 1);
	d->has_usb_enabled = wire_get_be(r, 1) != 0;
	d->usb_supported = (uint32_t)wire_get_be(r, 4);
	d->usb_enabled = (uint32_t)wire_get_be(r, 4);
	d->form_factor = (uint8_t)wire_get_be(r, 1);
	d->fips = wire_get_be(r, 1) != 0;
}

static void get_applet(struct wire_reader *r, struct oath_applet *a)
{
	size_t i;

	a->version[0] = (uint8_t)wire_get_be(r, 1);
	a->version[1] = (uint8_t)wire_get_be(r, 1);
	a->version[2] = (uint8_t)wire_get_be(r, 1);
	wire_get_str(r, a->id, sizeof(a->id));
	a->locked = wire_get_be(r, 1) != 0;
	a->n = (size_t)wire_get_be(r, 2);
	if (a->n > OATH_ACCOUNTS_MAX)
		r->failed = true;
	for (i = 0; !r->failed && i < a->n; i++) {
		a->accounts[i].type = (uint8_t)wire_get_be(r, 1);
		wire_get_str(r, a->accounts[i].name,
			sizeof(a->accounts[i].name));
	}
}

static int get_cards(const struct buf *reply, struct oath_card **ret,
	size_t *ret_n, size_t *ret_held, struct error *err)
{
	struct wire_reader r = { reply->p, reply->n, false };
	CLEANUP(free_p) struct oath_card *cards = NULL;
	size_t i, n, held;

	held = (size_t)wire_get_be(&r, 1);
	n = (size_t)wire_get_be(&r, 1);
	cards = calloc(n + 1, sizeof(*cards));
	if (!cards)
		return error_memory(err);
	for (i = 0; !r.failed && i < n; i++) {
		wire_get_str(&r, cards[i].reader, sizeof(cards[i].reader));
		text_sanitise(cards[i].reader);
		get_devinfo(&r, &cards[i].devinfo);
		cards[i].has_oath = wire_get_be(&r, 1) != 0;
		if (cards[i].has_oath)
			get_applet(&r, &cards[i].applet);
	}
	if (!wire_done(&r))
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed list of cards");
	*ret_n = n;
	*ret_held = held;
	*ret = steal(&cards);
	return 0;
}

int oath_cards(struct oath_card **ret, size_t *ret_n, size_t *ret_held,
	int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, 16);
	buf_init(&reply, WIRE_MAX);
	buf_put_byte(&request, WORKER_CARDS);
	r = worker_call(&request, &reply, cancel_fd, until, 0, err);
	return r < 0 ? r : get_cards(&reply, ret, ret_n, ret_held, err);
}

static int find_once(uint32_t serial, struct oath_card **ret, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(free_p) struct oath_card *cards = NULL;
	struct oath_card *hit = NULL;
	size_t i, n, held;
	int r;

	r = oath_cards(&cards, &n, &held, cancel_fd, until, err);
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

int oath_find(uint32_t serial, struct oath_card **ret, int cancel_fd,
	deadline_t until, struct error *err)
{
	deadline_t patience = deadline_min(until, deadline_in(RECLAIM_MS));
	struct oath_card *card = NULL;
	int r;

	for (;;) {
		r = find_once(serial, &card, cancel_fd, until, err);
		if (r < 0 || card || deadline_passed(patience))
			break;
		if (deadline_sleep(deadline_in(RECLAIM_POLL_MS), cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	if (r == 0)
		*ret = card;
	return r;
}

int oath_put(const struct oath_target *t, const struct secret *key,
	int cancel_fd, deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	put_target(&request, WORKER_OATH_PUT, t);
	wire_put_bytes(&request, key->p, key->n);
	return worker_call(&request, &reply, cancel_fd, until, 0, err);
}

int oath_delete(const struct oath_target *t, bool *ret_deleted, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	put_target(&request, WORKER_OATH_DELETE, t);
	r = worker_call(&request, &reply, cancel_fd, until, 0, err);
	if (r == 0)
		*ret_deleted = reply.n == 1 && reply.p[0] == 1;
	return r;
}

int oath_calculate(const struct oath_target *t,
	const unsigned char challenge[8], unsigned char ret[20], int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(buf_done) struct buf request, reply;
	int r;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	put_target(&request, WORKER_OATH_CALCULATE, t);
	wire_put_bytes(&request, challenge, 8);
	r = worker_call(&request, &reply, cancel_fd, until, 0, err);
	if (r < 0)
		return r;
	if (reply.n != 20)
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed code");
	memcpy(ret, reply.p, 20);
	return 0;
}
