/* SPDX-License-Identifier: Apache-2.0 */
/* What goes between a rollout and the process that watches its ports. */
#include "bridge/rollout/ports/scout.h"

#include "base/wire.h"

void scout_put_request(struct buf *b, const struct scout_request *q)
{
	buf_put_byte(b, (unsigned char)q->order);
	buf_put_be(b, q->number, 4);
	wire_put_str(b, q->key);
}

void scout_put_report(struct buf *b, const struct scout_report *r)
{
	const struct card_place *p = &r->card.place;

	buf_put_byte(b, r->failed);
	buf_put_be(b, r->number, 4);
	wire_put_str(b, r->key);
	buf_put_be(b, (uint64_t)r->since, 8);
	buf_put_byte(b, r->card.found);
	buf_put_byte(b, r->card.locked);
	buf_put_byte(b, (unsigned char)r->card.join);
	buf_put_byte(b, p->usb_bus);
	buf_put_byte(b, p->usb_dev);
	buf_put_byte(b, p->has_serial);
	buf_put_be(b, p->serial, 4);
	wire_put_str(b, p->id);
	wire_put_str(b, r->text);
}

static int end_of(const struct wire_reader *in, struct error *err)
{
	return wire_done(in) ? 0 : error_set(err, ERROR_MALFORMED,
		"the process that watches the ports makes no sense");
}

int scout_get_request(const struct buf *b, struct scout_request *ret,
	struct error *err)
{
	struct wire_reader in = { b->p, b->n, false };
	struct scout_request q = { .number = 0 };
	uint64_t order = wire_get_be(&in, 1);
	int r;

	in.failed |= order < SCOUT_HOLD || order > SCOUT_AGAIN;
	q.order = (enum scout_order)order;
	q.number = (uint32_t)wire_get_be(&in, 4);
	wire_get_str(&in, q.key, sizeof(q.key));
	r = end_of(&in, err);
	if (r == 0)
		*ret = q;
	return r;
}

int scout_get_report(const struct buf *b, struct scout_report *ret,
	struct error *err)
{
	struct wire_reader in = { b->p, b->n, false };
	struct scout_report x = { .number = 0 };
	uint64_t join;
	int r;

	x.failed = wire_get_flag(&in);
	x.number = (uint32_t)wire_get_be(&in, 4);
	wire_get_str(&in, x.key, sizeof(x.key));
	x.since = (deadline_t)wire_get_be(&in, 8);
	x.card.found = wire_get_flag(&in);
	x.card.locked = wire_get_flag(&in);
	join = wire_get_be(&in, 1);
	in.failed |= join > CARD_SAME_USB;
	x.card.join = (enum card_join)join;
	x.card.place.usb_bus = (uint8_t)wire_get_be(&in, 1);
	x.card.place.usb_dev = (uint8_t)wire_get_be(&in, 1);
	x.card.place.has_serial = wire_get_flag(&in);
	x.card.place.serial = (uint32_t)wire_get_be(&in, 4);
	wire_get_str(&in, x.card.place.id, sizeof(x.card.place.id));
	wire_get_str(&in, x.text, sizeof(x.text));
	in.failed |= x.since < 0 || (!x.failed && !x.key[0]);
	r = end_of(&in, err);
	if (r == 0)
		*ret = x;
	return r;
}
