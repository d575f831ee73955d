/* CCID by USB: PC_to_RDR messages in, RDR_to_PC messages out. */
#include "usbccid.h"

#include "card.h"
#include "ccid.h"
#include "usbdesc.h"

#include <string.h>

enum { HEADER = 10 };
/* where a message's fields are; lengths are little-endian */
enum { AT_TYPE, AT_LENGTH, AT_SLOT = 5, AT_SEQUENCE, AT_LEVEL = 8 };

enum reply {
	DATA_BLOCK = 0x80, SLOT_STATUS, PARAMETERS, ESCAPE, DATA_RATE
};
/* bmCommandStatus */
enum { FAILED = 0x40, TIME_EXTENSION = 0x80 };
/* bError; UNSUPPORTED says that the message type is unknown */
enum {
	NO_ERROR = 0, UNSUPPORTED = 0, BAD_LENGTH = 1, NO_SLOT = 5,
	SLOT_BUSY = 0xe0, CARD_MUTE = 0xfe
};
/* wLevelParameter and bChainParameter: which part of a long APDU */
enum { WHOLE, BEGINS, ENDS, CONTINUES, ASKS_FOR_MORE = 0x10 };

#define APDU_MAX 65544
/* The host waits 3 s, or as long again after each time extension. */
#define EXTENSION_MS 1000

struct usbccid {
	struct token *t;
	struct card *card;
	void (*send)(struct token *t, unsigned endpoint, const uint8_t *p,
		     size_t n);
	GByteArray *got;	/* from the host, not yet a whole message */
	uint8_t sequence;	/* of the message being answered */
	bool powered;
	bool busy;		/* an APDU is with the card */
	guint extension;
	GByteArray *command;	/* parts of a long APDU */
	GByteArray *rest;	/* of a long reply */
};

static void calm(struct usbccid *u)
{
	if (u->extension)
		g_source_remove(u->extension);
	u->extension = 0;
	u->busy = false;
	g_byte_array_set_size(u->command, 0);
	g_byte_array_set_size(u->rest, 0);
}

/* --- replies ----------------------------------------------------------- */

static uint8_t card_status(const struct usbccid *u)
{
	return !card_is_in(u->card) ? 2 : !u->powered;
}

static void reply(struct usbccid *u, enum reply type, uint8_t status,
		  uint8_t error, uint8_t parameter, const uint8_t *p, size_t n)
{
	g_autoptr(GByteArray) b = g_byte_array_new();
	const uint8_t h[HEADER] = {
		(uint8_t)type, (uint8_t)n, (uint8_t)(n >> 8),
		(uint8_t)(n >> 16), 0, 0, u->sequence,
		status | card_status(u), error, parameter
	};

	put(b, h, sizeof h);
	put(b, p, n);
	u->send(u->t, EP_CCID_IN, b->data, b->len);
}

static void done(struct usbccid *u, enum reply type, const uint8_t *p,
		 size_t n)
{
	reply(u, type, 0, NO_ERROR, type == PARAMETERS, p, n);
}

static void failed(struct usbccid *u, enum reply type, uint8_t error)
{
	reply(u, type, FAILED, error, 0, NULL, 0);
}

/* as much of the rest as a message holds */
static void send_part(struct usbccid *u, bool first)
{
	guint n = MIN(u->rest->len, CCID_MESSAGE_MAX - HEADER);
	bool last = n == u->rest->len;
	uint8_t part = first ? (last ? WHOLE : BEGINS) :
			       (last ? ENDS : CONTINUES);

	reply(u, DATA_BLOCK, 0, NO_ERROR, part, u->rest->data, n);
	g_byte_array_remove_range(u->rest, 0, n);
}

static gboolean extend(void *arg)
{
	struct usbccid *u = arg;

	reply(u, DATA_BLOCK, TIME_EXTENSION, 1, 0, NULL, 0);
	return G_SOURCE_CONTINUE;
}

/* --- messages ---------------------------------------------------------- */

static void power_on(struct usbccid *u, const uint8_t *m, size_t n)
{
	(void)m, (void)n;
	if (!card_is_in(u->card)) {
		failed(u, DATA_BLOCK, CARD_MUTE);
		return;
	}
	calm(u);
	card_reset(u->card);
	u->powered = true;
	done(u, DATA_BLOCK, ccid_atr, ccid_atr_size);
}

static void power_off(struct usbccid *u, const uint8_t *m, size_t n)
{
	(void)m, (void)n;
	calm(u);
	card_reset(u->card);
	u->powered = false;
	done(u, SLOT_STATUS, NULL, 0);
}

static void get_status(struct usbccid *u, const uint8_t *m, size_t n)
{
	(void)m, (void)n;
	done(u, SLOT_STATUS, NULL, 0);
}

static void begin(struct usbccid *u)
{
	g_autoptr(GByteArray) apdu = u->command;

	u->command = g_byte_array_new();
	u->busy = true;
	u->extension = g_timeout_add(EXTENSION_MS, extend, u);
	card_apdu(u->card, apdu->data, apdu->len);
}

static void transfer(struct usbccid *u, const uint8_t *m, size_t n)
{
	unsigned level = m[AT_LEVEL];

	if (!card_is_in(u->card) || !u->powered) {
		failed(u, DATA_BLOCK, CARD_MUTE);
		return;
	}
	if (level == ASKS_FOR_MORE) {
		send_part(u, false);
		return;
	}
	if (level == WHOLE || level == BEGINS)
		g_byte_array_set_size(u->command, 0);
	put(u->command, m + HEADER, n - HEADER);
	if (level > CONTINUES || u->command->len > APDU_MAX)
		failed(u, DATA_BLOCK, level > CONTINUES ? AT_LEVEL :
							  BAD_LENGTH);
	else if (level == WHOLE || level == ENDS)
		begin(u);
	else
		reply(u, DATA_BLOCK, 0, NO_ERROR, ASKS_FOR_MORE, NULL, 0);
}

/* T=1; what the host sets is what we do anyway */
static void parameters(struct usbccid *u, const uint8_t *m, size_t n)
{
	static const uint8_t t1[] = { 0x13, 0x10, 0x00, 0x15, 0x00, 0xfe, 0 };

	(void)m, (void)n;
	done(u, PARAMETERS, t1, sizeof t1);
}

static void abort_apdu(struct usbccid *u, const uint8_t *m, size_t n)
{
	(void)m, (void)n;
	calm(u);
	if (card_is_in(u->card))
		card_reset(u->card);
	done(u, SLOT_STATUS, NULL, 0);
}

static const struct message {
	uint8_t type;
	enum reply reply;
	void (*serve)(struct usbccid *u, const uint8_t *m, size_t n);
	bool always;		/* even while an APDU is with the card */
} messages[] = {
	{ 0x62, DATA_BLOCK, power_on, false },
	{ 0x63, SLOT_STATUS, power_off, true },
	{ 0x65, SLOT_STATUS, get_status, true },
	{ 0x6f, DATA_BLOCK, transfer, false },
	{ 0x6c, PARAMETERS, parameters, false },	/* get, */
	{ 0x6d, PARAMETERS, parameters, false },	/* reset, */
	{ 0x61, PARAMETERS, parameters, false },	/* set */
	{ 0x72, SLOT_STATUS, abort_apdu, true },
	{ 0x6b, ESCAPE, NULL, false },
	{ 0x6e, SLOT_STATUS, NULL, false },		/* IccClock */
	{ 0x6a, SLOT_STATUS, NULL, false },		/* T0APDU */
	{ 0x69, DATA_BLOCK, NULL, false },		/* Secure */
	{ 0x71, SLOT_STATUS, NULL, false },		/* Mechanical */
	{ 0x73, DATA_RATE, NULL, false },
};

static const struct message *find_message(uint8_t type)
{
	static const struct message unknown = { .reply = SLOT_STATUS };

	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
		if (messages[i].type == type)
			return &messages[i];
	return &unknown;
}

static void serve(struct usbccid *u, const uint8_t *m, size_t n)
{
	const struct message *row = find_message(m[AT_TYPE]);
	uint8_t kept = u->sequence;
	bool was_busy = u->busy;

	u->sequence = m[AT_SEQUENCE];
	if (u->busy && !row->always)
		failed(u, row->reply, SLOT_BUSY);
	else if (m[AT_SLOT])
		failed(u, row->reply, NO_SLOT);
	else if (!row->serve)
		failed(u, row->reply, UNSUPPORTED);
	else
		row->serve(u, m, n);
	/* the APDU that is with the card is answered under its own number */
	if (was_busy && u->busy)
		u->sequence = kept;
}

static size_t message_size(const uint8_t *m)
{
	return HEADER + ((size_t)m[1] | (size_t)m[2] << 8 |
			 (size_t)m[3] << 16 | (size_t)m[4] << 24);
}

void usbccid_out(struct usbccid *u, const uint8_t *p, size_t n)
{
	size_t size;

	put(u->got, p, n);
	while (u->got->len >= HEADER &&
	       u->got->len >= (size = message_size(u->got->data))) {
		g_autofree uint8_t *m = g_memdup2(u->got->data, size);

		g_byte_array_remove_range(u->got, 0, (guint)size);
		serve(u, m, size);
	}
}

/* --- the reader of the card -------------------------------------------- */

static void answer(void *arg, const uint8_t *p, size_t n)
{
	struct usbccid *u = arg;

	calm(u);
	put(u->rest, p, n);
	send_part(u, true);
}

static void moved(void *arg, bool in)
{
	struct usbccid *u = arg;
	const uint8_t event[] = { 0x50, (uint8_t)(in | 2) };
	bool was_busy = u->busy;

	calm(u);
	u->powered = false;
	g_byte_array_set_size(u->got, 0);
	if (was_busy)
		failed(u, DATA_BLOCK, CARD_MUTE);
	u->send(u->t, EP_CCID_EVENT, event, sizeof event);
}

static bool connected(const void *arg)
{
	return ((const struct usbccid *)arg)->powered;
}

static void usbccid_free(void *arg)
{
	struct usbccid *u = arg;

	calm(u);
	g_byte_array_unref(u->got);
	g_byte_array_unref(u->command);
	g_byte_array_unref(u->rest);
	g_free(u);
}

struct usbccid *usbccid_new(struct token *t,
			    void (*send)(struct token *t, unsigned endpoint,
					 const uint8_t *p, size_t n))
{
	static const struct reader reader = {
		answer, moved, connected, usbccid_free
	};
	struct usbccid *u = g_new0(struct usbccid, 1);

	u->t = t;
	u->send = send;
	u->got = g_byte_array_new();
	u->command = g_byte_array_new();
	u->rest = g_byte_array_new();
	u->card = t->card = card_new(t, &reader, u);
	return u;
}
