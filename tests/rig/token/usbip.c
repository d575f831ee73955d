/* USB/IP, the device's end. */
#include "usbip.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
enum { HEADER = 48 };

/* where a header's fields are; all but setup are big-endian u32 */
enum {
	AT_COMMAND = 0, AT_SEQUENCE = 4, AT_DIRECTION = 12, AT_ENDPOINT = 16,
	AT_STATUS = 20, AT_VICTIM = 20, AT_LENGTH = 24, AT_SETUP = 40
};

#define TRANSFER_MAX (1u << 20)
#define ENDPOINTS 16
#define NUMBER(address) ((address) & 0x0fu)

/* an IN transfer that waits for something to say */
struct transfer {
	uint32_t sequence, length;
};

struct endpoint {
	bool there, forgetful;
	bool heard;		/* the host has asked, and not given up */
	GQueue transfers;	/* of struct transfer */
	GQueue messages;	/* of GByteArray */
};

struct usbip {
	int fd;
	guint source;
	const struct usbip_device *device;
	void *arg;
	GByteArray *got;
	struct endpoint in[ENDPOINTS];
	GQueue outs;	/* OUT transfers under way */
};

/* --- out --------------------------------------------------------------- */

static void set32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The kernel always reads on, so this waits for nobody. An error shows again
 * when the socket is read. */
static void transmit(struct usbip *u, const uint8_t *p, size_t n)
{
	ssize_t sent;

	for (; n; p += sent, n -= (size_t)sent) {
		sent = send(u->fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			sent = 0;
		else if (sent < 0)
			return;
	}
}

static void end_transfer(struct usbip *u, uint32_t sequence, int status,
			 uint32_t length, const uint8_t *data)
{
	g_autoptr(GByteArray) b = g_byte_array_new();
	uint8_t h[HEADER] = { 0 };

	set32(h + AT_COMMAND, RET_SUBMIT);
	set32(h + AT_SEQUENCE, sequence);
	set32(h + AT_STATUS, (uint32_t)status);
	set32(h + AT_LENGTH, length);
	put(b, h, sizeof h);
	if (data)
		put(b, data, length);
	transmit(u, b->data, b->len);
}

static void end_unlink(struct usbip *u, uint32_t sequence, int status)
{
	uint8_t h[HEADER] = { 0 };

	set32(h + AT_COMMAND, RET_UNLINK);
	set32(h + AT_SEQUENCE, sequence);
	set32(h + AT_STATUS, (uint32_t)status);
	transmit(u, h, sizeof h);
}

static void forget_messages(struct endpoint *e)
{
	GByteArray *m;

	while ((m = g_queue_pop_head(&e->messages)))
		g_byte_array_unref(m);
}

/* a message longer than the transfer goes on in the next one */
static void answer_one(struct usbip *u, struct endpoint *e)
{
	g_autofree struct transfer *t = g_queue_pop_head(&e->transfers);
	GByteArray *m = g_queue_peek_head(&e->messages);
	guint n = MIN(m->len, t->length);

	end_transfer(u, t->sequence, 0, n, m->data);
	g_byte_array_remove_range(m, 0, n);
	if (!m->len)
		g_byte_array_unref(g_queue_pop_head(&e->messages));
}

static void pump(struct usbip *u, struct endpoint *e)
{
	while (!g_queue_is_empty(&e->transfers) &&
	       !g_queue_is_empty(&e->messages))
		answer_one(u, e);
}

void usbip_send(struct usbip *u, unsigned address, const uint8_t *p, size_t n)
{
	struct endpoint *e;
	GByteArray *m;

	if (!u || !n)
		return;
	e = &u->in[NUMBER(address)];
	if (e->forgetful && !e->heard)
		return;
	m = g_byte_array_new();
	put(m, p, n);
	g_queue_push_tail(&e->messages, m);
	pump(u, e);
}

bool usbip_taken(const struct usbip *u, unsigned address)
{
	return !u || !u->in[NUMBER(address)].messages.length;
}

/* --- in ---------------------------------------------------------------- */

static void control(struct usbip *u, const uint8_t *h, const uint8_t *data,
		    uint32_t length)
{
	g_autoptr(GByteArray) in = g_byte_array_new();
	bool reads = get32(h + AT_DIRECTION);
	uint32_t sequence = get32(h + AT_SEQUENCE);

	if (u->device->control(u->arg, h + AT_SETUP, data,
			       reads ? 0 : length, in))
		end_transfer(u, sequence, -EPIPE, 0, NULL);
	else if (reads)
		end_transfer(u, sequence, 0, MIN(length, in->len), in->data);
	else
		end_transfer(u, sequence, 0, length, NULL);
}

/* an OUT transfer that takes its time */
struct out {
	struct usbip *u;
	uint32_t sequence, length;
	unsigned number;
	uint8_t *data;
	guint timer;
};

static void out_free(void *arg)
{
	struct out *o = arg;

	if (o->timer)
		g_source_remove(o->timer);
	g_free(o->data);
	g_free(o);
}

/* ended first: what it brings on comes after it */
static void end_out(struct usbip *u, uint32_t sequence, unsigned number,
		    const uint8_t *data, uint32_t length)
{
	end_transfer(u, sequence, 0, length, NULL);
	u->device->out(u->arg, number, data, length);
}

static gboolean out_is_over(void *arg)
{
	struct out *o = arg;

	o->timer = 0;
	g_queue_remove(&o->u->outs, o);
	end_out(o->u, o->sequence, o->number, o->data, o->length);
	out_free(o);
	return G_SOURCE_REMOVE;
}

static void take_out(struct usbip *u, uint32_t sequence, unsigned number,
		     const uint8_t *data, uint32_t length)
{
	unsigned ms = u->device->out_ms(u->arg, number);
	struct out *o;

	if (!ms) {
		end_out(u, sequence, number, data, length);
		return;
	}
	o = g_new0(struct out, 1);
	*o = (struct out){ u, sequence, length, number,
			   g_memdup2(data, length), 0 };
	o->timer = g_timeout_add(ms, out_is_over, o);
	g_queue_push_tail(&u->outs, o);
}

static void submit(struct usbip *u, const uint8_t *h, const uint8_t *data)
{
	uint32_t sequence = get32(h + AT_SEQUENCE);
	uint32_t length = get32(h + AT_LENGTH);
	unsigned number = NUMBER(get32(h + AT_ENDPOINT));
	struct endpoint *e = &u->in[number];
	struct transfer *t;

	if (!number) {
		control(u, h, data, length);
	} else if (!get32(h + AT_DIRECTION)) {
		take_out(u, sequence, number, data, length);
	} else if (!e->there) {
		end_transfer(u, sequence, -EPIPE, 0, NULL);
	} else {
		t = g_new0(struct transfer, 1);
		t->sequence = sequence;
		t->length = length;
		e->heard = true;
		g_queue_push_tail(&e->transfers, t);
		pump(u, e);
	}
}

static int find_transfer(const void *transfer, const void *sequence)
{
	const struct transfer *t = transfer;

	return t->sequence != *(const uint32_t *)sequence;
}

static int find_out(const void *out, const void *sequence)
{
	const struct out *o = out;

	return o->sequence != *(const uint32_t *)sequence;
}

/* A transfer that is given up: -ECONNRESET where it was still waiting (it is
 * not answered otherwise), 0 where its answer is on its way. */
static void unlink_transfer(struct usbip *u, const uint8_t *h)
{
	uint32_t victim = get32(h + AT_VICTIM);
	int status = 0;
	GList *out = g_queue_find_custom(&u->outs, &victim, find_out);

	if (out) {
		status = -ECONNRESET;
		out_free(out->data);
		g_queue_delete_link(&u->outs, out);
	}
	for (unsigned i = 0; i < ENDPOINTS; i++) {
		struct endpoint *e = &u->in[i];
		GList *l = g_queue_find_custom(&e->transfers, &victim,
					       find_transfer);

		if (!l)
			continue;
		status = -ECONNRESET;
		g_free(l->data);
		g_queue_delete_link(&e->transfers, l);
		e->heard = !g_queue_is_empty(&e->transfers);
		if (e->forgetful && !e->heard)
			forget_messages(e);
	}
	end_unlink(u, get32(h + AT_SEQUENCE), status);
}

/* how long the message at the buffer's beginning is; 0: it is nonsense */
static size_t message_size(const uint8_t *h)
{
	uint32_t length = get32(h + AT_LENGTH);

	switch (get32(h + AT_COMMAND)) {
	case CMD_UNLINK:
		return HEADER;
	case CMD_SUBMIT:
		if (length > TRANSFER_MAX)
			return 0;
		return get32(h + AT_DIRECTION) ? HEADER : HEADER + length;
	}
	return 0;
}

/* false when nothing sensible will come any more */
static bool take_messages(struct usbip *u)
{
	size_t n;

	while (u->got->len >= HEADER) {
		g_autofree uint8_t *m = NULL;

		n = message_size(u->got->data);
		if (!n)
			return false;
		if (u->got->len < n)
			break;
		m = g_memdup2(u->got->data, n);
		g_byte_array_remove_range(u->got, 0, (guint)n);
		if (get32(m + AT_COMMAND) == CMD_SUBMIT)
			submit(u, m, m + HEADER);
		else
			unlink_transfer(u, m);
	}
	return true;
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct usbip *u = arg;
	uint8_t chunk[8192];
	ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);

	(void)condition;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n > 0) {
		put(u->got, chunk, (size_t)n);
		if (take_messages(u))
			return G_SOURCE_CONTINUE;
		fprintf(stderr, "softtoken: USB/IP: not understood\n");
	}
	u->source = 0;
	u->device->gone(u->arg);
	return G_SOURCE_REMOVE;
}

/* --- life -------------------------------------------------------------- */

struct usbip *usbip_new(int fd, const struct usbip_device *device, void *arg)
{
	struct usbip *u = g_new0(struct usbip, 1);

	u->fd = fd;
	u->device = device;
	u->arg = arg;
	u->got = g_byte_array_new();
	u->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, readable, u);
	return u;
}

void usbip_endpoint(struct usbip *u, unsigned address, bool forgetful)
{
	struct endpoint *e = &u->in[NUMBER(address)];

	e->there = true;
	e->forgetful = forgetful;
}

void usbip_free(struct usbip *u)
{
	if (!u)
		return;
	if (u->source)
		g_source_remove(u->source);
	close(u->fd);
	g_queue_clear_full(&u->outs, out_free);
	for (unsigned i = 0; i < ENDPOINTS; i++) {
		g_queue_clear_full(&u->in[i].transfers, g_free);
		forget_messages(&u->in[i]);
	}
	g_byte_array_unref(u->got);
	g_free(u);
}
