/* CTAPHID: channels, fragments, one transaction at a time. */
#include "ctaphid.h"

#include "backend.h"
#include "ctap2.h"
#include "devinfo.h"
#include "key.h"
#include "u2f.h"

#include <string.h>

#define BROADCAST 0xffffffffu
#define MAX_MESSAGE 7609
#define CHANNELS 16
#define FRAGMENT_MS 500
#define KEEPALIVE_MS 100

enum hid_error {
	ERR_INVALID_CMD = 0x01, ERR_INVALID_LEN = 0x03,
	ERR_INVALID_SEQ = 0x04, ERR_MSG_TIMEOUT = 0x05,
	ERR_CHANNEL_BUSY = 0x06, ERR_LOCK_REQUIRED = 0x0a,
	ERR_INVALID_CHANNEL = 0x0b, ERR_OTHER = 0x7f
};

enum { PROCESSING = 1, UP_NEEDED = 2 };

struct ctaphid {
	struct token *t;
	void (*send)(void *arg, const uint8_t *report, size_t n);
	void (*unplug)(void *arg);
	void *transport;

	uint32_t channel[CHANNELS];
	unsigned newest;
	uint32_t locked;		/* channel that holds the lock */
	guint unlock;

	/* the transaction: receiving, then served (busy) */
	bool receiving, busy, silent;
	uint32_t cid;
	unsigned cmd, need, seq;
	uint8_t msg[MAX_MESSAGE + HID_REPORT];
	unsigned have;
	uint8_t status;			/* what KEEPALIVE says */
	guint fragment, keepalive, delay;
	struct touch_wait *wait;
};

static void stop(guint *timer)
{
	if (*timer)
		g_source_remove(*timer);
	*timer = 0;
}

/* forget the transaction, answer nothing */
static void idle(struct ctaphid *h)
{
	h->receiving = h->busy = false;
	stop(&h->fragment);
	stop(&h->keepalive);
	stop(&h->delay);
	touch_cancel(h->wait);
	h->wait = NULL;
}

struct ctaphid *ctaphid_new(struct token *t)
{
	struct ctaphid *h = g_new0(struct ctaphid, 1);

	h->t = t;
	return h;
}

void ctaphid_free(struct ctaphid *h)
{
	if (!h)
		return;
	idle(h);
	stop(&h->unlock);
	g_free(h);
}

void ctaphid_power_up(struct ctaphid *h)
{
	idle(h);
	stop(&h->unlock);
	h->locked = 0;
	h->silent = false;
	memset(h->channel, 0, sizeof h->channel);
}

void ctaphid_speak(struct ctaphid *h)
{
	h->silent = false;
	if (h->busy && !h->wait && !h->delay && !h->t->backend)
		idle(h);
}

void ctaphid_transport(struct ctaphid *h,
		  void (*send)(void *arg, const uint8_t *report, size_t n),
		  void (*unplug)(void *arg), void *arg)
{
	h->send = send;
	h->unplug = unplug;
	h->transport = arg;
}

/* --- out --------------------------------------------------------------- */

static void put_cid(uint8_t *r, uint32_t cid)
{
	for (int i = 0; i < 4; i++)
		r[i] = (uint8_t)(cid >> (24 - 8 * i));
}

/* the whole reply as the host will read it: 64-byte reports */
static GByteArray *frames(struct ctaphid *h, uint32_t cid, unsigned cmd,
			  const uint8_t *p, size_t n)
{
	GByteArray *out = g_byte_array_new();
	bool shuffle = cmd != HID_KEEPALIVE &&
		       token_misbehaves(h->t, M_WRONG_SEQUENCE, NULL);
	uint8_t r[HID_REPORT];
	unsigned seq = 0;
	size_t part, room = HID_REPORT - 7;

	memset(r, 0, sizeof r);
	put_cid(r, cid);
	r[4] = (uint8_t)(cmd | 0x80);
	r[5] = (uint8_t)(n >> 8);
	r[6] = (uint8_t)n;
	do {
		part = n < room ? n : room;
		if (part)
			memcpy(r + HID_REPORT - room, p, part);
		put(out, r, sizeof r);
		p += part;
		n -= part;
		memset(r + 4, 0, sizeof r - 4);
		r[4] = (uint8_t)(shuffle ? seq + 1 : seq);
		seq++;
		room = HID_REPORT - 5;
	} while (n);
	return out;
}

static void transmit(struct ctaphid *h, const uint8_t *p, size_t n)
{
	if (h->send && !h->silent)
		h->send(h->transport, p, n);
}

static void deliver(struct ctaphid *h, GByteArray *out)
{
	struct token *t = h->t;
	long at = 0;

	if (token_misbehaves(t, M_SILENCE, NULL))
		return;
	if (token_misbehaves(t, M_UNPLUG_AT_BYTE, &at) ||
	    (token_misbehaves(t, M_UNPLUG_AT_REPORT, &at) &&
	     (at *= HID_REPORT, true))) {
		/* a HID key hands over whole reports or nothing */
		at -= at % HID_REPORT;
		transmit(h, out->data, MIN((size_t)MAX(at, 0), out->len));
		if (h->unplug)
			h->unplug(h->transport);
		return;
	}
	transmit(h, out->data, out->len);
	if (token_misbehaves(t, M_REPLY_THEN_SILENCE, NULL))
		h->silent = true;
}

static void reply_on(struct ctaphid *h, uint32_t cid, unsigned cmd,
		     const void *p, size_t n)
{
	g_autoptr(GByteArray) out = NULL;

	if (token_misbehaves(h->t, M_WRONG_CID, NULL))
		cid ^= 0x01000000;
	out = frames(h, cid, cmd, p, n);
	deliver(h, out);
}

static void error_on(struct ctaphid *h, uint32_t cid, enum hid_error code)
{
	uint8_t e = (uint8_t)code;
	g_autoptr(GByteArray) out = frames(h, cid, HID_ERROR, &e, 1);

	transmit(h, out->data, out->len);
}

static void reply(struct ctaphid *h, unsigned cmd, const void *p, size_t n)
{
	uint32_t cid = h->cid;

	idle(h);
	reply_on(h, cid, cmd, p, n);
}

static gboolean keepalive(void *arg)
{
	struct ctaphid *h = arg;
	g_autoptr(GByteArray) out = frames(h, h->cid, HID_KEEPALIVE,
					   &h->status, 1);

	transmit(h, out->data, out->len);
	return G_SOURCE_CONTINUE;
}

static void keep_alive(struct ctaphid *h, uint8_t status)
{
	bool first = !h->keepalive || h->status != status;

	h->status = status;
	if (!h->keepalive)
		h->keepalive = g_timeout_add(KEEPALIVE_MS, keepalive, h);
	if (first && status == UP_NEEDED)
		keepalive(h);
}

/* --- serving ----------------------------------------------------------- */

static uint32_t allocate(struct ctaphid *h)
{
	uint32_t cid;

	do
		random_bytes(&cid, sizeof cid);
	while (cid == 0 || cid == BROADCAST);
	h->channel[h->newest++ % CHANNELS] = cid;
	return cid;
}

static bool is_allocated(const struct ctaphid *h, uint32_t cid)
{
	for (int i = 0; cid && i < CHANNELS; i++)
		if (h->channel[i] == cid)
			return true;
	return false;
}

static void serve_init(struct ctaphid *h, uint32_t on, const uint8_t *nonce)
{
	const struct profile *p = &h->t->p;
	uint8_t r[17];

	token_seen(h->t, "INIT");
	memcpy(r, nonce, 8);
	put_cid(r + 8, on == BROADCAST ? allocate(h) : on);
	r[12] = 2;
	/* before the fourth generation it was no firmware's */
	if (p->vid == 0x1050 && p->fw[0] < 4)
		memcpy(r + 13, "\1\0\0", 3);
	else
		memcpy(r + 13, p->fw, 3);
	r[16] = 0x01;					/* WINK */
	if (token_has_fido2(h->t) || h->t->backend)
		r[16] |= 0x04;				/* CBOR */
	if (!p->u2f)
		r[16] |= 0x08;				/* no MSG */
	if (token_misbehaves(h->t, M_WRONG_NONCE, NULL))
		r[0] ^= 0xff;
	reply_on(h, on, HID_INIT, r, sizeof r);
}

static enum outcome run(struct ctaphid *h, bool touched, GByteArray *out)
{
	if (h->cmd == HID_CBOR)
		return ctap2_handle(h->t, h->cid, h->msg, h->need, touched,
				    out);
	u2f_handle(h->t, h->msg, h->need, out);
	return DONE;
}

static void finger(void *arg, bool touched)
{
	struct ctaphid *h = arg;
	g_autoptr(GByteArray) out = g_byte_array_new();

	h->wait = NULL;
	if (touched)
		run(h, true, out);
	else
		put8(out, CTAP2_ERR_USER_ACTION_TIMEOUT);
	reply(h, h->cmd, out->data, out->len);
}

static void serve(struct ctaphid *h)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	if (h->t->backend) {
		keep_alive(h, PROCESSING);
		backend_send(h->t->backend, h->cmd, h->msg, h->need);
		return;
	}
	if (run(h, false, out) == WANT_TOUCH) {
		if (!touch_now(&h->t->touch)) {
			token_seen(h->t, "touch");
			keep_alive(h, UP_NEEDED);
			h->wait = touch_want(&h->t->touch, h->t->up_timeout,
					     finger, h);
			return;
		}
		g_byte_array_set_size(out, 0);
		run(h, true, out);
	}
	reply(h, h->cmd, out->data, out->len);
}

static gboolean slow_end(void *arg)
{
	struct ctaphid *h = arg;

	h->delay = 0;
	serve(h);
	return G_SOURCE_REMOVE;
}

/* the commands that go to an application; each may misbehave beforehand */
static void application(struct ctaphid *h)
{
	struct token *t = h->t;
	long at = 0;

	if (h->cmd == HID_CBOR)
		ctap2_name(t, h->msg, h->need);
	else
		u2f_name(t, h->msg, h->need);
	h->busy = true;
	if (token_misbehaves(t, M_UNPLUG_ON_COMMAND, NULL) && h->unplug) {
		h->unplug(h->transport);
	} else if (token_misbehaves(t, M_KEEPALIVE_FOREVER, NULL)) {
		keep_alive(h, PROCESSING);
	} else if (token_misbehaves(t, M_HID_ERROR, &at)) {
		uint8_t e = (uint8_t)at;

		reply(h, HID_ERROR, &e, 1);
	} else if (token_misbehaves(t, M_SLOW, &at)) {
		keep_alive(h, PROCESSING);
		h->delay = g_timeout_add((guint)at, slow_end, h);
	} else {
		serve(h);
	}
}

void ctaphid_backend_reply(struct ctaphid *h, unsigned cmd, const uint8_t *p,
			   size_t n)
{
	if (h->busy && cmd == h->cmd)
		reply(h, cmd, p, n);
}

static gboolean lock_over(void *arg)
{
	struct ctaphid *h = arg;

	h->unlock = 0;
	h->locked = 0;
	return G_SOURCE_REMOVE;
}

static void serve_lock(struct ctaphid *h)
{
	if (h->need != 1 || h->msg[0] > 10) {
		error_on(h, h->cid, ERR_INVALID_LEN);
		idle(h);
		return;
	}
	stop(&h->unlock);
	h->locked = h->msg[0] ? h->cid : 0;
	if (h->msg[0])
		h->unlock = g_timeout_add_seconds(h->msg[0], lock_over, h);
	reply(h, HID_LOCK, NULL, 0);
}

static void serve_config(struct ctaphid *h)
{
	g_autoptr(GByteArray) out = g_byte_array_new();

	token_seen(h->t, "READ_CONFIG");
	if (!h->t->p.config || h->need > 1) {
		error_on(h, h->cid, h->need > 1 ? ERR_INVALID_LEN :
			 ERR_INVALID_CMD);
		idle(h);
		return;
	}
	devinfo_page(h->t, h->need ? h->msg[0] : 0, DEVINFO_FIDO, out);
	reply(h, h->cmd, out->data, out->len);
}

static void complete(struct ctaphid *h)
{
	struct token *t = h->t;

	h->receiving = false;
	stop(&h->fragment);
	switch (h->cmd) {
	case HID_PING:
		token_seen(t, "PING");
		reply(h, h->cmd, h->msg, h->need);
		return;
	case HID_WINK:
		token_seen(t, "WINK");
		reply(h, h->cmd, NULL, 0);
		return;
	case HID_LOCK:
		token_seen(t, "LOCK");
		serve_lock(h);
		return;
	case HID_READ_CONFIG:
		serve_config(h);
		return;
	case HID_CBOR:
		if (!token_has_fido2(t) && !t->backend)
			break;
		if (h->need == 0) {
			error_on(h, h->cid, ERR_INVALID_LEN);
			idle(h);
			return;
		}
		application(h);
		return;
	case HID_MSG:
		if (!t->p.u2f)
			break;
		application(h);
		return;
	}
	token_seen(t, "unknown-%02x", h->cmd);
	error_on(h, h->cid, ERR_INVALID_CMD);
	idle(h);
}

/* --- in ---------------------------------------------------------------- */

static gboolean fragment_late(void *arg)
{
	struct ctaphid *h = arg;

	h->fragment = 0;
	error_on(h, h->cid, ERR_MSG_TIMEOUT);
	idle(h);
	return G_SOURCE_REMOVE;
}

static void await_fragment(struct ctaphid *h)
{
	stop(&h->fragment);
	h->fragment = g_timeout_add(FRAGMENT_MS, fragment_late, h);
}

static void cancel(struct ctaphid *h, uint32_t cid)
{
	uint8_t e = CTAP2_ERR_KEEPALIVE_CANCEL;

	token_seen(h->t, "CANCEL");
	if (!h->busy || cid != h->cid || h->cmd != HID_CBOR)
		return;		/* CANCEL itself is never answered */
	if (h->wait || h->keepalive)
		reply(h, HID_CBOR, &e, 1);
}

static void begin(struct ctaphid *h, uint32_t cid, const uint8_t *r)
{
	unsigned cmd = r[4] & 0x7f, need = get16(r + 5);

	if (cmd == HID_INIT) {
		if (need != 8) {
			error_on(h, cid, ERR_INVALID_LEN);
			return;
		}
		if (cid != BROADCAST && cid == h->cid)
			idle(h);	/* resynchronise */
		serve_init(h, cid, r + 7);
		return;
	}
	if (cmd == HID_CANCEL) {
		cancel(h, cid);
		return;
	}
	if (h->locked && h->locked != cid) {
		error_on(h, cid, ERR_CHANNEL_BUSY);
		return;
	}
	if (h->receiving && h->cid == cid) {
		error_on(h, cid, ERR_INVALID_SEQ);
		idle(h);
		return;
	}
	if (h->receiving || h->busy) {
		error_on(h, cid, ERR_CHANNEL_BUSY);
		return;
	}
	if (need > MAX_MESSAGE) {
		error_on(h, cid, ERR_INVALID_LEN);
		return;
	}
	h->cid = cid;
	h->cmd = cmd;
	h->need = need;
	h->seq = 0;
	h->have = HID_REPORT - 7;
	memcpy(h->msg, r + 7, h->have);
	h->receiving = true;
	if (h->have >= need)
		complete(h);
	else
		await_fragment(h);
}

static void carry_on(struct ctaphid *h, uint32_t cid, const uint8_t *r)
{
	if (!h->receiving || cid != h->cid)
		return;		/* stray: a key stays silent */
	if (r[4] != h->seq) {
		error_on(h, cid, ERR_INVALID_SEQ);
		idle(h);
		return;
	}
	h->seq++;
	memcpy(h->msg + h->have, r + 5, HID_REPORT - 5);
	h->have += HID_REPORT - 5;
	if (h->have >= h->need)
		complete(h);
	else
		await_fragment(h);
}

void ctaphid_report(struct ctaphid *h, const uint8_t *r)
{
	uint32_t cid = get32(r);
	bool init = r[4] == (HID_INIT | 0x80);

	if (h->silent)
		return;
	if ((cid == BROADCAST && !init) ||
	    (cid != BROADCAST && !is_allocated(h, cid)))
		error_on(h, cid, ERR_INVALID_CHANNEL);
	else if (r[4] & 0x80)
		begin(h, cid, r);
	else
		carry_on(h, cid, r);
}
