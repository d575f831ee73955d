/*
 * The OTP application. A command is a frame of 70 bytes (64 of payload, the
 * slot, a CRC) that comes in ten reports of seven; the answer goes back the
 * same way, a report for each read.
 */
#include "otp.h"

#include "devinfo.h"
#include "key.h"

#include <string.h>

enum slot {
	CONFIG1 = 0x01, CONFIG2 = 0x03, UPDATE1 = 0x04, UPDATE2 = 0x05,
	SWAP = 0x06, SERIAL = 0x10, CAPABILITIES = 0x13, CHAL_OTP1 = 0x20,
	CHAL_OTP2 = 0x28, CHAL_HMAC1 = 0x30, CHAL_HMAC2 = 0x38
};

enum { PENDING = 0x40, TIMEOUT_WAIT = 0x20, WRITE = 0x80 };

/* bytes of a slot's configuration */
enum {
	AT_UID = 16, AT_KEY = 22, AT_EXT = 45, AT_TKT = 46, AT_CFG = 47,
	AT_CRC = 50
};

enum { TKT_CHAL_RESP = 0x40 };
enum { CFG_CHAL_HMAC = 0x22, CFG_HMAC_LT64 = 0x04, CFG_BTN_TRIG = 0x08 };

#define TOUCH_MS 15000

static uint16_t crc16(const uint8_t *p, size_t n)
{
	uint16_t c = 0xffff;

	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c & 1 ? (uint16_t)(c >> 1 ^ 0x8408) : c >> 1;
	}
	return c;
}

static void stop(struct otp *o)
{
	o->sending = o->waiting = false;
	touch_cancel(o->wait);
	o->wait = NULL;
}

void otp_power_up(struct token *t)
{
	stop(&t->otp);
	memset(t->otp.frame, 0, sizeof t->otp.frame);
}

static void answer(struct token *t, const void *p, size_t n)
{
	struct otp *o = &t->otp;
	uint16_t crc;

	g_byte_array_set_size(o->reply, 0);
	put(o->reply, p, n);
	crc = (uint16_t)~crc16(o->reply->data, o->reply->len);
	if (token_misbehaves(t, M_OTP_BAD_CRC, NULL))
		crc ^= 0x1111;
	put8(o->reply, crc);
	put8(o->reply, crc >> 8);
	while (o->reply->len % 7)
		put8(o->reply, 0);
	o->sent = 0;
	o->sending = true;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static void configured(struct token *t)
{
	struct otp *o = &t->otp;

	o->sequence = o->valid[0] || o->valid[1] ?
		      (uint8_t)(o->sequence + 1) : 0;
	token_save(t);
}

static void configure(struct token *t, int i, const uint8_t *payload)
{
	struct otp *o = &t->otp;
	bool erase = all_zero(payload, 52);

	/* a configuration carries a CRC of its own */
	if (!erase && crc16(payload, 52) != 0xf0b8)
		return;
	memcpy(o->slot[i], payload, 52);
	o->valid[i] = !erase;
	configured(t);
}

static void swap(struct token *t)
{
	struct otp *o = &t->otp;
	uint8_t one[52];
	bool valid = o->valid[0];

	memcpy(one, o->slot[0], 52);
	memcpy(o->slot[0], o->slot[1], 52);
	memcpy(o->slot[1], one, 52);
	o->valid[0] = o->valid[1];
	o->valid[1] = valid;
	configured(t);
}

static bool is_hmac(const struct otp *o, int i)
{
	return o->valid[i] && o->slot[i][AT_TKT] & TKT_CHAL_RESP &&
	       (o->slot[i][AT_CFG] & CFG_CHAL_HMAC) == CFG_CHAL_HMAC;
}

static void respond(struct token *t, int i)
{
	struct otp *o = &t->otp;
	const uint8_t *s = o->slot[i];
	uint8_t key[20], mac[64], last = o->frame[63];
	size_t n = 64;

	memcpy(key, s + AT_KEY, 16);
	memcpy(key + 16, s + AT_UID, 4);
	/* a shorter challenge is padded with a byte it does not end in */
	if (s[AT_CFG] & CFG_HMAC_LT64)
		while (n && o->frame[n - 1] == last)
			n--;
	hmac("SHA1", key, sizeof key, o->frame, n, mac);
	answer(t, mac, 20);
}

static void finger(void *arg, bool touched)
{
	struct token *t = arg;

	t->otp.wait = NULL;
	t->otp.waiting = false;
	if (touched)
		respond(t, t->otp.pending == CHAL_HMAC2);
}

static void challenge(struct token *t, uint8_t slot)
{
	struct otp *o = &t->otp;
	int i = slot == CHAL_HMAC2;

	if (!is_hmac(o, i))
		return;
	if (!(o->slot[i][AT_CFG] & CFG_BTN_TRIG) || touch_now(&t->touch)) {
		respond(t, i);
		return;
	}
	token_seen(t, "touch");
	o->pending = slot;
	o->waiting = true;
	o->wait = touch_want(&t->touch, MIN(TOUCH_MS, t->up_timeout), finger,
			     t);
}

static void serial(struct token *t)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	if (!t->has_serial)
		return;
	put32(b, devinfo_serial(t, DEVINFO_OTP));
	answer(t, b->data, b->len);
}

static void capabilities(struct token *t)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	if (!t->p.config)
		return;
	devinfo_page(t, t->otp.frame[0], DEVINFO_OTP, b);
	answer(t, b->data, b->len);
}

static void command(struct token *t)
{
	struct otp *o = &t->otp;
	uint8_t slot = o->frame[64];

	token_seen(t, "otp-%02x", slot);
	if (crc16(o->frame, 64) != (o->frame[65] | o->frame[66] << 8))
		return;
	switch (slot) {
	case CONFIG1:
	case CONFIG2:
		configure(t, slot == CONFIG2, o->frame);
		return;
	case UPDATE1:
	case UPDATE2:
		if (o->valid[slot == UPDATE2])
			configured(t);
		return;
	case SWAP:
		swap(t);
		return;
	case SERIAL:
		serial(t);
		return;
	case CAPABILITIES:
		capabilities(t);
		return;
	case CHAL_HMAC1:
	case CHAL_HMAC2:
		challenge(t, slot);
		return;
	}
}

void otp_set_report(struct token *t, const uint8_t r[8])
{
	struct otp *o = &t->otp;
	unsigned i = r[7] & 0x1f;

	if (!(r[7] & WRITE))
		return;
	stop(o);
	if (i > 9)		/* 8f, ff: give up what is under way */
		return;
	if (i == 0)
		memset(o->frame, 0, sizeof o->frame);
	memcpy(o->frame + 7 * i, r, 7);
	if (i == 9)
		command(t);
}

static uint8_t touch_level(const struct otp *o)
{
	uint8_t level = 0;

	for (int i = 0; i < 2; i++)
		if (o->valid[i]) {
			level |= (uint8_t)(1 << i);
			/* CONFIGn_TOUCH: a keypress slot, or one that asks */
			if (!is_hmac(o, i) ||
			    o->slot[i][AT_CFG] & CFG_BTN_TRIG)
				level |= (uint8_t)(4 << i);
		}
	return level;
}

void otp_get_report(struct token *t, uint8_t ret[8])
{
	struct otp *o = &t->otp;

	memset(ret, 0, 8);
	if (o->waiting) {
		ret[7] = TIMEOUT_WAIT | 15;
	} else if (o->sending && o->sent < o->reply->len) {
		memcpy(ret, o->reply->data + o->sent, 7);
		ret[7] = (uint8_t)(PENDING | o->sent / 7);
		o->sent += 7;
	} else if (o->sending) {
		ret[7] = PENDING;
		o->sending = false;
	} else {
		memcpy(ret + 1, t->p.fw, 3);
		ret[4] = o->sequence;
		ret[5] = touch_level(o);
	}
}
