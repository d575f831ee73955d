/* The smart card in a reader. */
#include "card.h"

#include "ccid.h"

struct card {
	struct token *t;
	const struct reader *reader;
	void *arg;
	bool in;
	guint delay;
	struct touch_wait *wait;
	GByteArray *apdu;	/* the one being served */
};

struct card *card_new(struct token *t, const struct reader *reader, void *arg)
{
	struct card *c = g_new0(struct card, 1);

	c->t = t;
	c->reader = reader;
	c->arg = arg;
	c->apdu = g_byte_array_new();
	return c;
}

void card_free(struct card *c)
{
	if (!c)
		return;
	card_reset(c);
	c->reader->free(c->arg);
	g_byte_array_unref(c->apdu);
	g_free(c);
}

void card_reset(struct card *c)
{
	if (c->delay)
		g_source_remove(c->delay);
	c->delay = 0;
	touch_cancel(c->wait);
	c->wait = NULL;
	ccid_reset(c->t->ccid);
}

void card_insert(struct card *c, bool in)
{
	if (!c)
		return;
	if (!in)
		card_reset(c);
	if (c->in == in)
		return;
	c->in = in;
	c->reader->moved(c->arg, in);
}

bool card_is_in(const struct card *c)
{
	return c && c->in;
}

bool card_is_connected(const struct card *c)
{
	return c && c->reader->connected(c->arg);
}

/* --- serving ----------------------------------------------------------- */

static void serve(struct card *c);

static void answer(struct card *c, const uint8_t *p, size_t n)
{
	c->reader->answer(c->arg, p, n);
}

static void finger(void *arg, bool touched)
{
	static const uint8_t timed_out[] = { 0x69, 0x82 };
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct card *c = arg;

	c->wait = NULL;
	if (!touched) {
		answer(c, timed_out, sizeof timed_out);
		return;
	}
	ccid_apdu(c->t->ccid, c->apdu->data, c->apdu->len, true, out);
	answer(c, out->data, out->len);
}

static gboolean delayed(void *arg)
{
	struct card *c = arg;

	c->delay = 0;
	serve(c);
	return G_SOURCE_REMOVE;
}

static gboolean back_in(void *arg)
{
	struct card *c = arg;

	c->delay = 0;
	card_insert(c, true);
	return G_SOURCE_REMOVE;
}

static void serve(struct card *c)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct token *t = c->t;
	long at = 0;

	if (ccid_apdu(t->ccid, c->apdu->data, c->apdu->len, false, out) ==
	    WANT_TOUCH) {
		if (!touch_now(&t->touch)) {
			token_seen(t, "touch");
			c->wait = touch_want(&t->touch, t->oath_timeout,
					     finger, c);
			return;
		}
		g_byte_array_set_size(out, 0);
		ccid_apdu(t->ccid, c->apdu->data, c->apdu->len, true, out);
	}
	if (token_misbehaves(t, M_CARD_REMOVED, &at)) {
		card_insert(c, false);
		if (at > 0)
			c->delay = g_timeout_add((guint)at, back_in, c);
		return;
	}
	answer(c, out->data, out->len);
}

void card_apdu(struct card *c, const uint8_t *p, size_t n)
{
	long at = 0;

	g_byte_array_set_size(c->apdu, 0);
	put(c->apdu, p, n);
	if (misbehave(c->t->orders, M_OATH_DELAY, NULL, &at))
		c->delay = g_timeout_add((guint)at, delayed, c);
	else
		serve(c);
}
