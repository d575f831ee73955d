/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies of tokenbridge-worker, to bytes and from bytes. */
#include "token/worker/wire.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- requests ---- */

/* A request that takes nothing, or what stands before what it takes. */
static void put_operation(struct buf *b, enum worker_operation op)
{
	buf_put_byte(b, (unsigned char)op);
}

static void put_place(struct buf *b, const struct card_place *p)
{
	buf_put_byte(b, p->usb_bus);
	buf_put_byte(b, p->usb_dev);
	buf_put_byte(b, p->has_serial);
	buf_put_be(b, p->serial, 4);
	wire_put_str(b, p->id);
}

static void get_place(struct wire_reader *r, struct card_place *p)
{
	p->usb_bus = (uint8_t)wire_get_be(r, 1);
	p->usb_dev = (uint8_t)wire_get_be(r, 1);
	p->has_serial = wire_get_be(r, 1) != 0;
	p->serial = (uint32_t)wire_get_be(r, 4);
	wire_get_str(r, p->id, sizeof(p->id));
}

static void put_access(struct buf *b, const struct worker_access *a)
{
	wire_put_str(b, a->id);
	wire_put_bytes(b, a->password.p, a->id[0] ? a->password.n : 0);
}

static void get_key(struct wire_reader *r, struct worker_key *k)
{
	wire_get_str(r, k->id, sizeof(k->id));
	k->p = wire_get_bytes(r, &k->n);
}

void worker_put_search(struct buf *b, const struct oath_search *q,
	const struct worker_access *access)
{
	put_operation(b, WORKER_CARDS);
	put_place(b, &q->token);
	buf_put_byte(b, q->config);
	put_access(b, access);
}

int worker_get_search(struct wire_reader *r, struct oath_search *ret,
	struct worker_key *ret_key, struct error *err)
{
	struct oath_search q;
	struct worker_key key;

	memset(&q, 0, sizeof(q));
	get_place(r, &q.token);
	q.config = wire_get_be(r, 1) != 0;
	get_key(r, &key);
	if (!wire_done(r))
		return error_set(err, ERROR_FAILED, "a malformed request");
	*ret = q;
	*ret_key = key;
	return 0;
}

void worker_put_account(struct buf *b, enum worker_operation op,
	const struct oath_target *t, const struct worker_access *access,
	const void *data, size_t n)
{
	put_operation(b, op);
	put_place(b, &t->place);
	wire_put_str(b, t->name);
	put_access(b, access);
	wire_put_bytes(b, data, n);
}

int worker_get_account(struct wire_reader *r, struct worker_account *ret,
	struct error *err)
{
	struct worker_account a;

	memset(&a, 0, sizeof(a));
	get_place(r, &a.place);
	wire_get_str(r, a.name, sizeof(a.name));
	get_key(r, &a.key);
	a.data = wire_get_bytes(r, &a.data_n);
	if (!wire_done(r))
		return error_set(err, ERROR_FAILED, "a malformed request");
	*ret = a;
	return 0;
}

/* ---- replies ---- */

void worker_put_error(struct buf *reply, const struct error *e)
{
	buf_reset(reply);
	buf_put_byte(reply, (unsigned char)e->code);
	wire_put_str(reply, e->text);
}

/* The worker's text is checked again: error_set makes it clean. */
int worker_get_result(struct buf *reply, struct error *err)
{
	struct wire_reader r = { reply->p, reply->n, false };
	char text[ERROR_TEXT_MAX];
	int code = (int)wire_get_be(&r, 1);

	if (r.failed)
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent an empty reply");
	if (code == 0) {
		memmove(reply->p, reply->p + 1, reply->n - 1);
		reply->n--;
		return 0;
	}
	wire_get_str(&r, text, sizeof(text));
	if (!wire_done(&r) || code > ERROR_VERDICT)
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed reply");
	return error_set(err, code, "%s", text);
}

/* ---- cards ---- */

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

static void get_version(struct wire_reader *r, uint8_t ret[3])
{
	size_t i;

	for (i = 0; i < 3; i++)
		ret[i] = (uint8_t)wire_get_be(r, 1);
}

static void get_devinfo(struct wire_reader *r, struct devinfo *d)
{
	d->present = wire_get_be(r, 1) != 0;
	d->has_serial = wire_get_be(r, 1) != 0;
	d->serial = (uint32_t)wire_get_be(r, 4);
	d->has_version = wire_get_be(r, 1) != 0;
	get_version(r, d->version);
	d->has_usb_enabled = wire_get_be(r, 1) != 0;
	d->usb_supported = (uint32_t)wire_get_be(r, 4);
	d->usb_enabled = (uint32_t)wire_get_be(r, 4);
	d->form_factor = (uint8_t)wire_get_be(r, 1);
	d->fips = wire_get_be(r, 1) != 0;
}

static void put_applet(struct buf *b, const struct oath_applet *a)
{
	size_t i;

	buf_put(b, a->version, 3);
	wire_put_str(b, a->id);
	buf_put_byte(b, a->has_serial);
	buf_put_be(b, a->serial, 4);
	buf_put_byte(b, a->locked);
	buf_put_be(b, a->n, 2);
	for (i = 0; i < a->n; i++) {
		buf_put_byte(b, a->accounts[i].type);
		wire_put_str(b, a->accounts[i].name);
	}
}

static void get_applet(struct wire_reader *r, struct oath_applet *a)
{
	size_t i;

	get_version(r, a->version);
	wire_get_str(r, a->id, sizeof(a->id));
	a->has_serial = wire_get_be(r, 1) != 0;
	a->serial = (uint32_t)wire_get_be(r, 4);
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

void worker_put_card(struct buf *cards, const struct oath_card *card)
{
	wire_put_str(cards, card->reader);
	buf_put_byte(cards, (unsigned char)card->join);
	put_devinfo(cards, &card->devinfo);
	buf_put_byte(cards, card->has_oath);
	if (card->has_oath)
		put_applet(cards, &card->applet);
}

static void get_card(struct wire_reader *r, struct oath_card *card)
{
	uint64_t join;

	wire_get_str(r, card->reader, sizeof(card->reader));
	utf8_sanitise(card->reader);
	join = wire_get_be(r, 1);
	if (join > CARD_SAME_USB)
		r->failed = true;
	else
		card->join = (enum card_join)join;
	get_devinfo(r, &card->devinfo);
	card->has_oath = wire_get_be(r, 1) != 0;
	if (card->has_oath)
		get_applet(r, &card->applet);
}

void worker_put_cards(struct buf *b, const struct buf *cards, unsigned n,
	unsigned held)
{
	buf_put_byte(b, (unsigned char)held);
	buf_put_byte(b, (unsigned char)n);
	buf_put(b, cards->p, cards->n);
}

int worker_get_cards(const struct buf *reply, struct oath_card **ret,
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
	for (i = 0; !r.failed && i < n; i++)
		get_card(&r, &cards[i]);
	if (!wire_done(&r))
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed list of cards");
	*ret_n = n;
	*ret_held = held;
	*ret = steal(&cards);
	return 0;
}

/* ---- accounts ---- */

void worker_put_deleted(struct buf *b, bool deleted)
{
	buf_put_byte(b, deleted);
}

bool worker_get_deleted(const struct buf *reply)
{
	return reply->n == 1 && reply->p[0] == 1;
}

void worker_put_response(struct buf *b, const struct oath_response *x)
{
	buf_put_byte(b, x->whole);
	buf_put(b, x->hmac, sizeof(x->hmac));
	buf_put_be(b, x->truncated, 4);
	buf_put_byte(b, (unsigned char)x->digits);
}

int worker_get_response(const struct buf *reply, struct oath_response *ret,
	struct error *err)
{
	struct wire_reader r = { reply->p, reply->n, false };
	struct oath_response x;
	size_t i;

	x.whole = wire_get_be(&r, 1) != 0;
	for (i = 0; i < sizeof(x.hmac); i++)
		x.hmac[i] = (unsigned char)wire_get_be(&r, 1);
	x.truncated = (uint32_t)wire_get_be(&r, 4);
	x.digits = (unsigned)wire_get_be(&r, 1);
	if (wire_done(&r))
		*ret = x;
	wipe(&x, sizeof(x));
	return wire_done(&r) ? 0 : error_set(err, ERROR_FAILED,
		"tokenbridge-worker sent a malformed code");
}

/* ---- OTP interfaces ---- */

void worker_put_place(struct buf *b, const struct otp_place *place)
{
	put_operation(b, WORKER_OTP);
	buf_put_byte(b, place->bus);
	buf_put_byte(b, place->dev);
}

int worker_get_place(struct wire_reader *r, struct otp_place *ret,
	struct error *err)
{
	ret->bus = (uint8_t)wire_get_be(r, 1);
	ret->dev = (uint8_t)wire_get_be(r, 1);
	return wire_done(r) ? 0 : error_set(err, ERROR_FAILED,
		"a malformed request for OTP interfaces");
}

static void put_interface(struct buf *b, const struct otp_interface *o)
{
	size_t i;

	buf_put_byte(b, o->has_serial);
	buf_put_be(b, o->serial, 4);
	buf_put(b, o->version, 3);
	buf_put_be(b, o->programming_sequence, 2);
	for (i = 0; i < 2; i++) {
		buf_put_byte(b, o->slots[i].configured);
		buf_put_byte(b, o->slots[i].touch);
	}
}

static void get_interface(struct wire_reader *r, struct otp_interface *o)
{
	size_t i;

	o->has_serial = wire_get_be(r, 1) != 0;
	o->serial = (uint32_t)wire_get_be(r, 4);
	get_version(r, o->version);
	o->programming_sequence = (unsigned)wire_get_be(r, 2);
	for (i = 0; i < 2; i++) {
		o->slots[i].configured = wire_get_be(r, 1) != 0;
		o->slots[i].touch = wire_get_be(r, 1) != 0;
	}
}

void worker_put_interfaces(struct buf *b, const struct otp_interface *list,
	size_t n)
{
	size_t i;

	buf_put_byte(b, (unsigned char)n);
	for (i = 0; i < n; i++)
		put_interface(b, &list[i]);
}

int worker_get_interfaces(const struct buf *reply, struct otp_interface **ret,
	size_t *ret_n, struct error *err)
{
	struct wire_reader r = { reply->p, reply->n, false };
	CLEANUP(free_p) struct otp_interface *list = NULL;
	size_t i, n = (size_t)wire_get_be(&r, 1);

	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return error_memory(err);
	for (i = 0; !r.failed && i < n; i++)
		get_interface(&r, &list[i]);
	if (!wire_done(&r))
		return error_set(err, ERROR_FAILED,
			"tokenbridge-worker sent a malformed list");
	*ret_n = n;
	*ret = steal(&list);
	return 0;
}
