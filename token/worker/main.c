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
	struct oath_search q;
	struct worker_key key;
	struct buf cards;
	unsigned n;
};

/* What is known of a card once it was asked. */
static struct card_place place_of(const struct pcsc_reader *reader,
	const struct oath_card *card)
{
	struct card_place p = reader->place;

	p.has_serial = card_serial(&card->applet, &card->devinfo,
		&p.serial);
	if (card->has_oath)
		memcpy(p.id, card->applet.id, sizeof(p.id));
	return p;
}

/* Nothing but the management application is left to tell a serial number. */
static bool needs_config(const struct listing *l,
	const struct pcsc_reader *reader, const struct oath_card *card)
{
	return l->q.config || !(card->applet.has_serial ||
		card_usb_decides(&l->q.token, &reader->place));
}

/* By a password that is this very applet's. */
static int unlock(const struct card *c, struct oath_applet *a,
	const struct worker_key *key, struct error *err)
{
	if (!a->locked || !key->id[0] || strcmp(a->id, key->id) != 0)
		return 0;
	return ykoath_unlock(c, a, key->p, key->n, err);
}

static int read_card(const struct listing *l, const struct pcsc_reader *reader,
	const struct card *c, struct oath_card *card)
{
	int r = ykoath_select(c, &card->applet, &card->has_oath, NULL);

	/* one that another password unlocks stays locked */
	if (r == 0 && card->has_oath)
		(void)unlock(c, &card->applet, &l->key, NULL);
	if (r == 0 && card->has_oath)
		r = ykoath_list(c, &card->applet, NULL);
	/* one that makes no sense of it tells no serial number */
	if (r == 0 && needs_config(l, reader, card))
		(void)ykoath_read_config(c, &card->devinfo, NULL);
	return r;
}

/*
 * A card that makes no sense is no card of ours: it is passed over. So is one
 * in another USB device than the token's, which is asked nothing.
 */
static int list_card(void *context, const struct pcsc_reader *reader,
	const struct card *c, struct error *err)
{
	struct listing *l = context;
	struct oath_card *card;
	struct card_place place;
	int r = PCSC_PASS;

	if (card_usb_decides(&l->q.token, &reader->place) &&
		card_join(&l->q.token, &reader->place) == CARD_OTHER)
		return PCSC_PASS;
	card = calloc(1, sizeof(*card));
	if (!card)
		return error_memory(err);
	snprintf(card->reader, sizeof(card->reader), "%s", reader->name);
	if (read_card(l, reader, c, card) == 0 && l->n < CARDS_MAX) {
		place = place_of(reader, card);
		card->join = card_join(&l->q.token, &place);
		r = card->join == CARD_OTHER ? PCSC_PASS : PCSC_KEEP;
		if (r == PCSC_KEEP || card->devinfo.present ||
			card->has_oath) {
			worker_put_card(&l->cards, card);
			l->n++;
		}
	}
	free(card);
	return r;
}

static int answer_cards(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct listing l = { .n = 0 };
	unsigned held;
	int r;

	r = worker_get_search(in, &l.q, &l.key, err);
	if (r < 0)
		return r;
	buf_init(&l.cards, WIRE_MAX);
	r = pcsc_each(pcsc, list_card, &l, &held, err);
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
	/* where the applet was seen in another USB device than before */
	char moved_to[PCSC_READER_LEN];
	bool may_have_moved; /* nothing is in the one of before */
	/* what is wrong with the token's own card, if no other slot of it has
	   the applet */
	struct error not_it;
	int (*run)(const struct card *c, const struct operation *op,
		struct oath_applet *a, struct buf *out, struct error *err);
	struct buf *out;
	bool done;
};

/* 1, 0 or an error */
static int has_account(const struct card *c, struct oath_applet *a,
	const char *name, struct error *err)
{
	int r = ykoath_list(c, a, err);
	size_t i;

	for (i = 0; r == 0 && i < a->n; i++)
		if (strcmp(a->accounts[i].name, name) == 0)
			return 1;
	return r;
}

static int run_put(const struct card *c, const struct operation *op,
	struct oath_applet *a, struct buf *out, struct error *err)
{
	struct secret key = SECRET_INIT;
	int r;

	(void)out;
	r = has_account(c, a, op->account.name, err);
	if (r > 0)
		r = error_set(err, ERROR_CONFLICT,
			"the token has an OATH credential '%s' already",
			op->account.name);
	if (r < 0)
		return r;
	r = secret_set(&key, op->account.data, op->account.data_n, err);
	if (r == 0)
		r = ykoath_put(c, op->account.name, &key, err);
	secret_done(&key);
	return r;
}

static int run_delete(const struct card *c, const struct operation *op,
	struct oath_applet *a, struct buf *out, struct error *err)
{
	int there = has_account(c, a, op->account.name, err);
	int r = there;

	if (there > 0)
		r = ykoath_delete(c, op->account.name, err);
	if (r == 0)
		worker_put_deleted(out, there > 0);
	return r;
}

/* That it is unlocked is all. */
static int run_unlock(const struct card *c, const struct operation *op,
	struct oath_applet *a, struct buf *out, struct error *err)
{
	(void)c;
	(void)op;
	(void)a;
	(void)out;
	(void)err;
	return 0;
}

static int calculate(const struct card *c, const struct operation *op,
	bool whole, struct buf *out, struct error *err)
{
	struct oath_response x;
	int r;

	if (op->account.data_n != 8)
		return error_set(err, ERROR_FAILED, "a challenge of %zu bytes",
			op->account.data_n);
	r = ykoath_calculate(c, op->account.name, op->account.data, whole, &x,
		err);
	if (r == 0)
		worker_put_response(out, &x);
	wipe(&x, sizeof(x));
	return r;
}

static int run_calculate(const struct card *c, const struct operation *op,
	struct oath_applet *a, struct buf *out, struct error *err)
{
	(void)a;
	return calculate(c, op, true, out, err);
}

static int run_code(const struct card *c, const struct operation *op,
	struct oath_applet *a, struct buf *out, struct error *err)
{
	(void)a;
	return calculate(c, op, false, out, err);
}

/* The applet of before, in a device where it may be now. */
static int act(struct operation *op, const struct card *c,
	struct oath_applet *a, struct error *err)
{
	int r;

	op->done = true;
	r = unlock(c, a, &op->account.key, err);
	if (r == 0 && a->locked)
		r = error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of the "
			"token");
	if (r == 0)
		r = op->run(c, op, a, op->out, err);
	return r < 0 ? r : PCSC_DONE;
}

/*
 * Another applet, or none. Where that is the token's own card, its OATH
 * application is not what it was; `why` is what became of selecting it.
 */
static void consider_other(struct operation *op, const struct card *c,
	struct oath_card *card, struct card_place place, int r,
	const struct error *why)
{
	if (!card_usb_decides(&op->account.place, &place)) {
		(void)ykoath_read_config(c, &card->devinfo, NULL);
		place.has_serial = card_serial(&card->applet,
			&card->devinfo, &place.serial);
	}
	if (card_join(&op->account.place, &place) == CARD_OTHER)
		return;
	if (r < 0)
		op->not_it = *why;
	else
		error_set(&op->not_it, ERROR_CONFLICT,
			"the OATH application of the token was reset or "
			"replaced in between");
}

/*
 * The applet's id says that it is the one of before. The card of another USB
 * device with the same id is that one only where the token was plugged in
 * again, that is where no reader is in the device of before.
 */
static int visit_target(void *context, const struct pcsc_reader *reader,
	const struct card *c, struct error *err)
{
	struct operation *op = context;
	struct card_place place = reader->place;
	struct oath_card *card;
	struct error why;
	bool same, moved;
	int r;

	if (op->may_have_moved && strcmp(op->moved_to, reader->name) != 0)
		return PCSC_PASS;
	card = calloc(1, sizeof(*card));
	if (!card)
		return error_memory(err);
	r = ykoath_select(c, &card->applet, &card->has_oath, &why);
	same = r == 0 && card->has_oath &&
		strcmp(card->applet.id, op->account.place.id) == 0;
	moved = card_usb_decides(&op->account.place, &place) &&
		card_join(&op->account.place, &place) == CARD_OTHER;
	if (same && (!moved || op->may_have_moved)) {
		r = act(op, c, &card->applet, err);
	} else if (same) {
		snprintf(op->moved_to, sizeof(op->moved_to), "%s",
			reader->name);
		r = PCSC_PASS;
	} else {
		consider_other(op, c, card, place, r, &why);
		r = PCSC_PASS;
	}
	free(card);
	return r;
}

static int on_target(struct operation *op, struct pcsc *pcsc,
	struct wire_reader *in, struct buf *out, struct error *err)
{
	unsigned held;
	int r;

	op->out = out;
	r = worker_get_account(in, &op->account, err);
	if (r == 0)
		r = pcsc_each(pcsc, visit_target, op, &held, err);
	if (r == 0 && !op->done && op->not_it.code)
		return error_copy(err, &op->not_it);
	if (r == 0 && !op->done && op->moved_to[0]) {
		op->may_have_moved = true;
		r = pcsc_each(pcsc, visit_target, op, &held, err);
	}
	if (r == 0 && !op->done)
		return error_set(err, ERROR_NO_TOKEN,
			"no smart card is the token's any more");
	return r;
}

static int answer_put(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct operation op = { .run = run_put };

	return on_target(&op, pcsc, in, out, err);
}

static int answer_delete(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct operation op = { .run = run_delete };

	return on_target(&op, pcsc, in, out, err);
}

static int answer_calculate(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct operation op = { .run = run_calculate };

	return on_target(&op, pcsc, in, out, err);
}

static int answer_code(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct operation op = { .run = run_code };

	return on_target(&op, pcsc, in, out, err);
}

static int answer_unlock(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct operation op = { .run = run_unlock };

	return on_target(&op, pcsc, in, out, err);
}

static int answer_otp(struct pcsc *pcsc, struct wire_reader *in,
	struct buf *out, struct error *err)
{
	struct otp_interface list[OTP_INTERFACES_MAX];
	struct otp_place place;
	size_t n;
	int r;

	(void)pcsc;
	r = worker_get_place(in, &place, err);
	if (r == 0)
		r = yubikey_read(&place, list, &n, err);
	if (r == 0)
		worker_put_interfaces(out, list, n);
	return r;
}

static int (*const operations[])(struct pcsc *, struct wire_reader *,
	struct buf *, struct error *) = {
	[WORKER_CARDS] = answer_cards,
	[WORKER_OATH_PUT] = answer_put,
	[WORKER_OATH_DELETE] = answer_delete,
	[WORKER_OATH_CALCULATE] = answer_calculate,
	[WORKER_OATH_CODE] = answer_code,
	[WORKER_OTP] = answer_otp,
	[WORKER_OATH_UNLOCK] = answer_unlock,
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
static int worker_answer(struct pcsc *pcsc, const struct buf *request)
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
		r = operations[op](pcsc, &in, &reply, &e);
	if (r == 0)
		r = buf_check(&reply, "a reply", &e);
	if (r < 0)
		worker_put_error(&reply, &e);
	return wire_send(0, reply.p, reply.n, deadline_in(REPLY_MS), NULL);
}

int main(void)
{
	CLEANUP(pcsc_free) struct pcsc *pcsc = NULL;
	CLEANUP(buf_done) struct buf request;
	sigset_t all;
	int r;

	process_harden();
	/* Ctrl-C reaches the whole group; who claimed an interface goes on */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	buf_init(&request, WIRE_MAX);
	r = pcsc_new(&pcsc, NULL);
	while (r == 0) {
		r = wire_receive(0, &request, -1, DEADLINE_NEVER, NULL);
		if (r == 0)
			r = worker_answer(pcsc, &request);
		buf_done(&request); /* a seed may have been in it */
	}
	return 0;
}
