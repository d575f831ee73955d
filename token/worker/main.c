/* SPDX-License-Identifier: Apache-2.0 */
/* tokenbridge-worker: one request on descriptor 0, one reply, the end. */
#include "base/process.h"
#include "token/worker/oath.h"
#include "token/worker/pcsc.h"
#include "token/worker/worker.h"
#include "token/worker/yubikey.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define REQUEST_MS 2000
#define CARDS_MAX 32

static void put_devinfo(struct buf *b, const struct devinfo *d)
{
	buf_put_byte(b, d->present);
	buf_put_byte(b, d->has_serial);
	buf_put_be(b, d->serial, 4);
	buf_put_byte(b, d->has_version);
	buf_put(b, d->version, 3);
	buf_put_byte(b, d->has_usb_enabled);
	buf_put_be(b, d->usb_supported, 4);
	buf_put_be(b, d->usb_enabled, 4);
	buf_put_byte(b, d->form_factor);
	buf_put_byte(b, d->fips);
}

static void put_applet(struct buf *b, const struct oath_applet *a)
{
	size_t i;

	buf_put(b, a->version, 3);
	wire_put_str(b, a->id);
	buf_put_byte(b, a->locked);
	buf_put_be(b, a->n, 2);
	for (i = 0; i < a->n; i++) {
		buf_put_byte(b, a->accounts[i].type);
		wire_put_str(b, a->accounts[i].name);
	}
}

struct listing {
	struct buf cards;
	unsigned n;
};

/* A card that makes no sense is no card of ours: it is passed over. */
static int list_card(void *context, const char *reader, const struct card *c,
	struct error *err)
{
	struct listing *l = context;
	struct oath_applet *applet = calloc(1, sizeof(*applet));
	struct devinfo info = { 0 };
	bool present = false;

	if (!applet)
		return error_memory(err);
	if (ykoath_read_config(c, &info, NULL) == 0 &&
		ykoath_select(c, applet, &present, NULL) == 0 &&
		(info.present || present) && l->n < CARDS_MAX) {
		wire_put_str(&l->cards, reader);
		put_devinfo(&l->cards, &info);
		buf_put_byte(&l->cards, present);
		if (present)
			put_applet(&l->cards, applet);
		l->n++;
	}
	free(applet);
	return 0;
}

static int cards(struct wire_reader *in, struct buf *out, struct error *err)
{
	struct listing l = { .n = 0 };
	unsigned held;
	int r;

	(void)in;
	buf_init(&l.cards, WIRE_MAX);
	r = pcsc_each(list_card, &l, &held, err);
	if (r == 0) {
		buf_put_byte(out, (unsigned char)held);
		buf_put_byte(out, (unsigned char)l.n);
		buf_put(out, l.cards.p, l.cards.n);
		r = buf_check(&l.cards, "the list of cards", err);
	}
	buf_done(&l.cards);
	return r;
}

/* One operation on one applet, found among the readers. */
struct operation {
	uint32_t serial;
	char id[OATH_ID_TEXT];
	char name[OATH_NAME_MAX + 1];
	const unsigned char *data; /* key or challenge, in the request */
	size_t data_n;
	int (*run)(const struct card *c, const struct operation *op,
		const struct oath_applet *a, struct buf *out,
		struct error *err);
	struct buf *out;
	bool done;
};

static bool has_account(const struct oath_applet *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcmp(a->accounts[i].name, name) == 0)
			return true;
	return false;
}

static int run_put(const struct card *c, const struct operation *op,
	const struct oath_applet *a, struct buf *out, struct error *err)
{
	struct secret key = SECRET_INIT;
	int r;

	(void)out;
	if (has_account(a, op->name))
		return error_set(err, ERROR_CONFLICT,
			"the token has an OATH account '%s' already",
			op->name);
	r = secret_set(&key, op->data, op->data_n, err);
	if (r == 0)
		r = ykoath_put(c, op->name, &key, err);
	secret_done(&key);
	return r;
}

static int run_delete(const struct card *c, const struct operation *op,
	const struct oath_applet *a, struct buf *out, struct error *err)
{
	bool there = has_account(a, op->name);
	int r;

	r = there ? ykoath_delete(c, op->name, err) : 0;
	if (r == 0)
		buf_put_byte(out, there);
	return r;
}

static int run_calculate(const struct card *c, const struct operation *op,
	const struct oath_applet *a, struct buf *out, struct error *err)
{
	unsigned char hmac[20];
	int r;

	if (!has_account(a, op->name))
		return error_set(err, ERROR_CONFLICT,
			"the token has no OATH account '%s'", op->name);
	if (op->data_n != 8)
		return error_set(err, ERROR_FAILED, "a challenge of %zu bytes",
			op->data_n);
	r = ykoath_calculate(c, op->name, op->data, hmac, err);
	if (r == 0)
		buf_put(out, hmac, sizeof(hmac));
	wipe(hmac, sizeof(hmac));
	return r;
}

static int visit_target(void *context, const char *reader,
	const struct card *c, struct error *err)
{
	struct oath_applet *a = calloc(1, sizeof(*a));
	struct operation *op = context;
	struct devinfo info = { 0 };
	bool present = false;
	int r;

	(void)reader;
	if (!a)
		return error_memory(err);
	if (ykoath_read_config(c, &info, NULL) < 0 || !info.has_serial ||
		info.serial != op->serial) {
		free(a);
		return 0;
	}
	r = ykoath_select(c, a, &present, err);
	if (r == 0 && (!present || strcmp(a->id, op->id) != 0))
		r = error_set(err, ERROR_CONFLICT,
			"the OATH application of token %u was reset or "
			"replaced in between", op->serial);
	else if (r == 0 && a->locked)
		r = error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of token %u",
			op->serial);
	if (r == 0)
		r = op->run(c, op, a, op->out, err);
	free(a);
	op->done = true;
	return r < 0 ? r : 1;
}

static int on_target(struct operation *op, struct wire_reader *in,
	bool has_data, struct buf *out, struct error *err)
{
	unsigned held;
	int r;

	op->serial = (uint32_t)wire_get_be(in, 4);
	wire_get_str(in, op->id, sizeof(op->id));
	wire_get_str(in, op->name, sizeof(op->name));
	if (has_data)
		op->data = wire_get_bytes(in, &op->data_n);
	op->out = out;
	if (!wire_done(in))
		return error_set(err, ERROR_FAILED, "a malformed request");
	r = pcsc_each(visit_target, op, &held, err);
	if (r == 0 && !op->done)
		return error_set(err, ERROR_NO_TOKEN,
			"no smart card has serial number %u any more",
			op->serial);
	return r;
}

static int oath_put_(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_put };

	return on_target(&op, in, /* has_data= */ true, out, err);
}

static int oath_delete_(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_delete };

	return on_target(&op, in, /* has_data= */ false, out, err);
}

static int oath_calculate_(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_calculate };

	return on_target(&op, in, /* has_data= */ true, out, err);
}

static int otp(struct wire_reader *in, struct buf *out, struct error *err)
{
	struct otp_interface list[OTP_INTERFACES_MAX];
	size_t i, k, n;
	int r;

	(void)in;
	r = yubikey_read(list, &n, err);
	if (r < 0)
		return r;
	buf_put_byte(out, (unsigned char)n);
	for (i = 0; i < n; i++) {
		buf_put_byte(out, list[i].has_serial);
		buf_put_be(out, list[i].serial, 4);
		buf_put(out, list[i].version, 3);
		buf_put_be(out, list[i].programming_sequence, 2);
		for (k = 0; k < 2; k++) {
			buf_put_byte(out, list[i].slots[k].configured);
			buf_put_byte(out, list[i].slots[k].touch);
		}
	}
	return 0;
}

static int (*const operations[])(struct wire_reader *, struct buf *,
	struct error *) = {
	[WORKER_CARDS] = cards,
	[WORKER_OATH_PUT] = oath_put_,
	[WORKER_OATH_DELETE] = oath_delete_,
	[WORKER_OATH_CALCULATE] = oath_calculate_,
	[WORKER_OTP] = otp,
};

/*
 * An operation on a card whose parent is dead must not happen any more: the
 * parent's successor may be taking back what it would do. libykpers is let
 * finish: killed, it leaves the keyboard detached.
 */
static bool parent_lives(size_t op)
{
	struct pollfd p = { .fd = 0 };

	if (op == WORKER_OTP)
		return true;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return poll(&p, 1, 0) == 0; /* no hang-up */
}

static void answer(const struct buf *request)
{
	struct wire_reader in = { request->p, request->n, false };
	CLEANUP(buf_done) struct buf reply;
	struct error e;
	size_t op;
	int r;

	buf_init(&reply, WIRE_MAX);
	buf_put_byte(&reply, 0);
	op = (size_t)wire_get_be(&in, 1);
	if (!parent_lives(op))
		return;
	if (in.failed || op >= ARRAY_LEN(operations) || !operations[op])
		r = error_set(&e, ERROR_FAILED, "unknown operation %zu", op);
	else
		r = operations[op](&in, &reply, &e);
	if (r == 0)
		r = buf_check(&reply, "a reply", &e);
	if (r < 0) {
		buf_reset(&reply);
		buf_put_byte(&reply, (unsigned char)e.code);
		wire_put_str(&reply, e.text);
	}
	(void)wire_send(0, reply.p, reply.n, deadline_in(REQUEST_MS), NULL);
}

int main(void)
{
	CLEANUP(buf_done) struct buf request;
	sigset_t all;

	process_harden();
	/* Ctrl-C reaches the whole group; who claimed an interface goes on */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	buf_init(&request, WIRE_MAX);
	if (wire_receive(0, &request, -1, deadline_in(REQUEST_MS), NULL) < 0)
		return 1;
	answer(&request);
	return 0;
}
