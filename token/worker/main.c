/* SPDX-License-Identifier: Apache-2.0 */
/* tokenbridge-worker: requests on descriptor 0, a reply to each, until the
 * parent closes it. */
#include "base/process.h"
#include "token/worker/pcsc.h"
#include "token/worker/wire.h"
#include "token/worker/yubikey.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define REPLY_MS 2000
#define CARDS_MAX 32

struct listing {
	struct buf cards;
	unsigned n;
};

/* A card that makes no sense is no card of ours: it is passed over. */
static int list_card(void *context, const char *reader, const struct card *c,
	struct error *err)
{
	struct listing *l = context;
	struct oath_card *card = calloc(1, sizeof(*card));

	if (!card)
		return error_memory(err);
	snprintf(card->reader, sizeof(card->reader), "%s", reader);
	if (ykoath_read_config(c, &card->devinfo, NULL) == 0 &&
		ykoath_select(c, &card->applet, &card->has_oath, NULL) == 0 &&
		(card->devinfo.present || card->has_oath) &&
		l->n < CARDS_MAX) {
		worker_put_card(&l->cards, card);
		l->n++;
	}
	free(card);
	return 0;
}

static int answer_cards(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct listing l = { .n = 0 };
	unsigned held;
	int r;

	(void)in;
	buf_init(&l.cards, WIRE_MAX);
	r = pcsc_each(list_card, &l, &held, err);
	if (r == 0) {
		worker_put_cards(out, &l.cards, l.n, held);
		r = buf_check(&l.cards, "the list of cards", err);
	}
	buf_done(&l.cards);
	return r;
}

/* One operation on one applet, found among the readers. */
struct operation {
	struct worker_account account;
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
	if (has_account(a, op->account.name))
		return error_set(err, ERROR_CONFLICT,
			"the token has an OATH account '%s' already",
			op->account.name);
	r = secret_set(&key, op->account.data, op->account.data_n, err);
	if (r == 0)
		r = ykoath_put(c, op->account.name, &key, err);
	secret_done(&key);
	return r;
}

static int run_delete(const struct card *c, const struct operation *op,
	const struct oath_applet *a, struct buf *out, struct error *err)
{
	bool there = has_account(a, op->account.name);
	int r;

	r = there ? ykoath_delete(c, op->account.name, err) : 0;
	if (r == 0)
		worker_put_deleted(out, there);
	return r;
}

static int run_calculate(const struct card *c, const struct operation *op,
	const struct oath_applet *a, struct buf *out, struct error *err)
{
	unsigned char hmac[20];
	int r;

	if (!has_account(a, op->account.name))
		return error_set(err, ERROR_CONFLICT,
			"the token has no OATH account '%s'", op->account.name);
	if (op->account.data_n != 8)
		return error_set(err, ERROR_FAILED, "a challenge of %zu bytes",
			op->account.data_n);
	r = ykoath_calculate(c, op->account.name, op->account.data, hmac, err);
	if (r == 0)
		worker_put_hmac(out, hmac);
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
		info.serial != op->account.serial) {
		free(a);
		return 0;
	}
	r = ykoath_select(c, a, &present, err);
	if (r == 0 && (!present || strcmp(a->id, op->account.id) != 0))
		r = error_set(err, ERROR_CONFLICT,
			"the OATH application of token %u was reset or "
			"replaced in between", op->account.serial);
	else if (r == 0 && a->locked)
		r = error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of token %u",
			op->account.serial);
	if (r == 0)
		r = op->run(c, op, a, op->out, err);
	free(a);
	op->done = true;
	return r < 0 ? r : 1;
}

static int on_target(struct operation *op, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	unsigned held;
	int r;

	op->out = out;
	r = worker_get_account(in, &op->account, err);
	if (r == 0)
		r = pcsc_each(visit_target, op, &held, err);
	if (r == 0 && !op->done)
		return error_set(err, ERROR_NO_TOKEN,
			"no smart card has serial number %u any more",
			op->account.serial);
	return r;
}

static int answer_put(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_put };

	return on_target(&op, in, out, err);
}

static int answer_delete(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_delete };

	return on_target(&op, in, out, err);
}

static int answer_calculate(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct operation op = { .run = run_calculate };

	return on_target(&op, in, out, err);
}

static int answer_otp(struct wire_reader *in, struct buf *out,
	struct error *err)
{
	struct otp_interface list[OTP_INTERFACES_MAX];
	size_t n;
	int r;

	(void)in;
	r = yubikey_read(list, &n, err);
	if (r == 0)
		worker_put_interfaces(out, list, n);
	return r;
}

static int (*const operations[])(struct wire_reader *, struct buf *,
	struct error *) = {
	[WORKER_CARDS] = answer_cards,
	[WORKER_OATH_PUT] = answer_put,
	[WORKER_OATH_DELETE] = answer_delete,
	[WORKER_OATH_CALCULATE] = answer_calculate,
	[WORKER_OTP] = answer_otp,
};

/*
 * An operation on a card whose parent is dead must not happen any more: the
 * parent's successor may be taking back what it would do. libykpers is let
 * finish: killed, it leaves the keyboard detached.
 */
static bool parent_lives(size_t op)
{
	struct pollfd p = { .fd = 0 };

	prctl(PR_SET_PDEATHSIG, op == WORKER_OTP ? 0 : SIGKILL);
	return op == WORKER_OTP || poll(&p, 1, 0) == 0; /* no hang-up */
}

/* Negative where nobody is left to answer. */
static int worker_answer(const struct buf *request)
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
		return -1;
	if (in.failed || op >= ARRAY_LEN(operations) || !operations[op])
		r = error_set(&e, ERROR_FAILED, "unknown operation %zu", op);
	else
		r = operations[op](&in, &reply, &e);
	if (r == 0)
		r = buf_check(&reply, "a reply", &e);
	if (r < 0)
		worker_put_error(&reply, &e);
	return wire_send(0, reply.p, reply.n, deadline_in(REPLY_MS), NULL);
}

int main(void)
{
	CLEANUP(buf_done) struct buf request;
	sigset_t all;
	int r = 0;

	process_harden();
	/* Ctrl-C reaches the whole group; who claimed an interface goes on */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	buf_init(&request, WIRE_MAX);
	while (r == 0) {
		r = wire_receive(0, &request, -1, DEADLINE_NEVER, NULL);
		if (r == 0)
			r = worker_answer(&request);
		buf_done(&request); /* a seed may have been in it */
	}
	return 0;
}
