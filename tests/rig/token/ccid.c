/* The smart card side. */
#include "ccid.h"

#include "ctap2.h"
#include "devinfo.h"
#include "oath.h"
#include "u2f.h"

#include <stdio.h>
#include <string.h>

/* the historical bytes say "YubiKey" */
const uint8_t ccid_atr[] = {
	0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73,
	0xc0, 0x21, 0xc0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4b, 0x65, 0x79,
	0x40
};
const size_t ccid_atr_size = sizeof ccid_atr;

#define CHUNK 256		/* of a reply; the rest on SEND REMAINING */
#define CHAIN_MAX 4096

enum applet { NO_APPLET, MANAGEMENT, OATH, FIDO };

struct ccid {
	struct token *t;
	enum applet applet;
	GByteArray *chain;	/* data of a chained command */
	GByteArray *rest;	/* of a long reply */
};

static const struct {
	enum applet applet;
	const uint8_t *aid;
	size_t n;
} applets[] = {
	{ MANAGEMENT, (const uint8_t *)"\xa0\0\0\x05\x27\x47\x11\x17", 8 },
	{ OATH, (const uint8_t *)"\xa0\0\0\x05\x27\x21\x01", 7 },
	{ FIDO, (const uint8_t *)"\xa0\0\0\x06\x47\x2f\0\x01", 8 },
};

struct ccid *ccid_new(struct token *t)
{
	struct ccid *c = g_new0(struct ccid, 1);

	c->t = t;
	c->chain = g_byte_array_new();
	c->rest = g_byte_array_new();
	return c;
}

void ccid_free(struct ccid *c)
{
	if (!c)
		return;
	g_byte_array_unref(c->chain);
	g_byte_array_unref(c->rest);
	g_free(c);
}

void ccid_reset(struct ccid *c)
{
	c->applet = NO_APPLET;
	c->t->oath.open = false;
	g_byte_array_set_size(c->chain, 0);
	g_byte_array_set_size(c->rest, 0);
}

static unsigned select_applet(struct ccid *c, const struct apdu *a,
			      GByteArray *out)
{
	struct token *t = c->t;

	if (a->p1 != 0x04)
		return SW_WRONG_P1P2;
	for (size_t i = 0; i < G_N_ELEMENTS(applets); i++) {
		/* a shorter AID selects by its beginning, as cards do */
		if (a->n < 5 || a->n > applets[i].n ||
		    memcmp(a->data, applets[i].aid, a->n))
			continue;
		if (applets[i].applet == OATH && !(t->p.caps & 0x20))
			break;
		if (applets[i].applet == FIDO && !t->p.fido_card)
			break;
		if (applets[i].applet == MANAGEMENT && !t->p.config)
			break;
		c->applet = applets[i].applet;
		/* what was left of a reply is not for the next one */
		g_byte_array_set_size(c->rest, 0);
		if (c->applet == OATH) {
			token_seen(t, "oath-select");
			return oath_select(t, out);
		}
		if (c->applet == FIDO) {
			token_seen(t, "fido-select");
			put(out, t->p.u2f ? "U2F_V2" : "FIDO_2_0",
			    t->p.u2f ? 6 : 8);
			return SW_OK;
		}
		token_seen(t, "mgmt-select");
		g_autofree char *s = g_strdup_printf(
			"Virtual mgr - FW version %d.%d.%d", t->p.fw[0],
			t->p.fw[1], t->p.fw[2]);
		put(out, s, strlen(s));
		return SW_OK;
	}
	/* the applet selected before stays */
	token_seen(t, "ccid-select-unknown");
	return SW_NO_FILE;
}

static unsigned management(struct token *t, const struct apdu *a,
			   GByteArray *out)
{
	if (a->ins != 0x1d) {
		token_seen(t, "mgmt-%02x", a->ins);
		return SW_INS;
	}
	token_seen(t, "mgmt-config");
	devinfo_page(t, a->p1, DEVINFO_CCID, out);
	return SW_OK;
}

static unsigned chunk(struct ccid *c, GByteArray *out)
{
	guint n = MIN(c->rest->len, CHUNK);

	put(out, c->rest->data, n);
	g_byte_array_remove_range(c->rest, 0, n);
	if (!c->rest->len)
		return SW_OK;
	return 0x6100 | (c->rest->len > 255 ? 0 : c->rest->len);
}

/* an OATH reply, in the way it was told to be wrong */
static unsigned spoil(struct ccid *c, unsigned sw, GByteArray *out)
{
	struct token *t = c->t;
	long at = 0;

	if (token_misbehaves(t, M_OATH_SW_6F00, NULL)) {
		g_byte_array_set_size(out, 0);
		return 0x6f00;
	}
	if (token_misbehaves(t, M_OATH_WRONG_STATUS, &at)) {
		g_byte_array_set_size(out, 0);
		return (unsigned)at;
	}
	if (out->len && token_misbehaves(t, M_OATH_SHORT_REPLY, &at))
		g_byte_array_set_size(out, at > 0 && at < (long)out->len ?
				      (guint)at : out->len / 2);
	if (token_misbehaves(t, M_OATH_ENDLESS, NULL)) {
		g_byte_array_set_size(c->rest, 0);
		g_byte_array_set_size(out, CHUNK);
		memset(out->data, 0x71, CHUNK);
		return 0x61ff;
	}
	return sw;
}

static enum outcome oath(struct ccid *c, const struct apdu *a, bool touched,
			 GByteArray *out, unsigned *sw)
{
	g_autoptr(GByteArray) whole = g_byte_array_new();

	if (a->ins == 0xa5) {
		token_seen(c->t, "oath-send-remaining");
		*sw = c->rest->len ? chunk(c, out) : SW_NOT_SATISFIED;
	} else {
		if (!touched)
			oath_name(c->t, a);
		if (oath_command(c->t, a, touched, whole, sw) == WANT_TOUCH)
			return WANT_TOUCH;
		g_byte_array_set_size(c->rest, 0);
		put(c->rest, whole->data, whole->len);
		if (*sw == SW_OK)
			*sw = chunk(c, out);
	}
	*sw = spoil(c, *sw, out);
	return DONE;
}

/* NFCCTAP_MSG, a U2F command, or the rest of a reply. Lying in the field is
 * the touch (CTAP 2.1 section 11.3). */
static unsigned fido(struct ccid *c, const struct apdu *a, GByteArray *out)
{
	g_autoptr(GByteArray) whole = g_byte_array_new();
	struct token *t = c->t;

	if (a->ins == 0xc0)
		return c->rest->len ? chunk(c, out) : SW_NOT_SATISFIED;
	if (a->cla == 0x80 && a->ins == 0x10 && token_has_fido2(t)) {
		ctap2_name(t, a->data, a->n);
		ctap2_handle(t, 0, a->data, a->n, true, whole);
	} else if (a->cla == 0) {
		const uint8_t head[] = {
			0, (uint8_t)a->ins, (uint8_t)a->p1, (uint8_t)a->p2,
			0, (uint8_t)(a->n >> 8),
			(uint8_t)a->n
		};
		g_autoptr(GByteArray) message = g_byte_array_new();

		put(message, head, sizeof head);
		put(message, a->data, a->n);
		u2f_name(t, message->data, message->len);
		u2f_handle(t, message->data, message->len, out);
		return 0;
	} else {
		return SW_INS;
	}
	g_byte_array_set_size(c->rest, 0);
	put(c->rest, whole->data, whole->len);
	return chunk(c, out);
}

static bool parse(const uint8_t *p, size_t n, struct apdu *a)
{
	if (n < 4)
		return false;
	*a = (struct apdu){ p[0], p[1], p[2], p[3], p, 0 };
	if (n <= 5)
		return true;
	if (p[4] == 0) {
		if (n == 7)
			return true;
		if (n < 7)
			return false;
		a->data = p + 7;
		a->n = get16(p + 5);
		return n - 7 >= a->n && n - 7 - a->n <= 2;
	}
	a->data = p + 5;
	a->n = p[4];
	return n - 5 >= a->n && n - 5 - a->n <= 1;
}

static enum outcome dispatch(struct ccid *c, const struct apdu *a,
			     bool touched, GByteArray *out, unsigned *sw)
{
	if (a->ins == 0xa4 && a->p1 == 0x04) {
		*sw = select_applet(c, a, out);
		if (c->applet == OATH)
			*sw = spoil(c, *sw, out);
	} else if (c->applet == OATH) {
		return oath(c, a, touched, out, sw);
	} else if (c->applet == FIDO) {
		*sw = fido(c, a, out);
	} else if (c->applet == MANAGEMENT) {
		*sw = management(c->t, a, out);
	} else {
		*sw = SW_INS;
	}
	return DONE;
}

enum outcome ccid_apdu(struct ccid *c, const uint8_t *p, size_t n,
		       bool touched, GByteArray *out)
{
	unsigned sw = SW_WRONG_LENGTH;
	enum outcome r = DONE;
	struct apdu a;
	guint kept = c->chain->len;

	if (!parse(p, n, &a)) {
		g_byte_array_set_size(c->chain, 0);
	} else if (a.cla & (c->applet == FIDO ? 0x6fu : 0xefu)) {
		sw = SW_CLA;
	} else if (a.cla & 0x10) {
		put(c->chain, a.data, a.n);
		sw = c->chain->len > CHAIN_MAX ? SW_WRONG_LENGTH : SW_OK;
	} else {
		if (kept) {
			put(c->chain, a.data, a.n);
			a.data = c->chain->data;
			a.n = c->chain->len;
		}
		r = dispatch(c, &a, touched, out, &sw);
		/* the same APDU comes again after the touch */
		g_byte_array_set_size(c->chain, r == WANT_TOUCH ? kept : 0);
	}
	/* 0: U2F has put its own */
	if (r == DONE && sw)
		put16(out, sw);
	return r;
}
