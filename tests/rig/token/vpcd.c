/* The vpcd door: u16 big-endian length and data, both ways. */
#include "vpcd.h"

#include "ccid.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_MS 100

/* vpcd's messages of one byte */
enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, GET_ATR = 4 };

struct card {
	struct token *t;
	unsigned port;
	bool in;
	int fd;
	guint source, retry, delay;
	struct touch_wait *wait;
	GByteArray *got;
	GByteArray *apdu;	/* the one being served */
};

static void stop(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void hang_up(struct card *c)
{
	stop(&c->source);
	stop(&c->delay);
	touch_cancel(c->wait);
	c->wait = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	g_byte_array_set_size(c->got, 0);
	ccid_reset(c->t->ccid);
}

static gboolean try_connect(void *arg);

static void retry(struct card *c)
{
	hang_up(c);
	if (c->in && !c->retry)
		c->retry = g_timeout_add(RETRY_MS, try_connect, c);
}

static void send_all(struct card *c, const uint8_t *p, size_t n)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	put16(b, (unsigned)n);
	put(b, p, n);
	if (send(c->fd, b->data, b->len, MSG_NOSIGNAL) != (ssize_t)b->len)
		retry(c);
}

static void serve(struct card *c);

static void finger(void *arg, bool touched)
{
	static const uint8_t timed_out[] = { 0x69, 0x82 };
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct card *c = arg;

	c->wait = NULL;
	if (!touched) {
		send_all(c, timed_out, sizeof timed_out);
		return;
	}
	ccid_apdu(c->t->ccid, c->apdu->data, c->apdu->len, true, out);
	send_all(c, out->data, out->len);
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
	send_all(c, out->data, out->len);
}

static void begin(struct card *c, const uint8_t *p, size_t n)
{
	long at = 0;

	if (n == 1) {
		if (p[0] == GET_ATR)
			send_all(c, ccid_atr, ccid_atr_size);
		else
			ccid_reset(c->t->ccid);
		return;
	}
	g_byte_array_set_size(c->apdu, 0);
	put(c->apdu, p, n);
	if (misbehave(c->t->orders, M_OATH_DELAY, NULL, &at))
		c->delay = g_timeout_add((guint)at, delayed, c);
	else
		serve(c);
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct card *c = arg;
	uint8_t chunk[4096];
	ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
	guint len;

	(void)condition;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0) {
		c->source = 0;
		retry(c);
		return G_SOURCE_REMOVE;
	}
	put(c->got, chunk, (size_t)n);
	while (c->fd == fd && c->got->len >= 2 &&
	       c->got->len >= 2 + (len = get16(c->got->data))) {
		g_autofree uint8_t *p = g_memdup2(c->got->data + 2, len);

		g_byte_array_remove_range(c->got, 0, len + 2);
		begin(c, p, len);
	}
	return c->fd == fd;
}

static gboolean try_connect(void *arg)
{
	struct card *c = arg;
	struct sockaddr_in a = { .sin_family = AF_INET };
	int one = 1;

	if (c->fd >= 0)
		return G_SOURCE_CONTINUE;
	a.sin_port = htons((uint16_t)c->port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(c->fd, (struct sockaddr *)&a, sizeof a)) {
		close(c->fd);
		c->fd = -1;
		return G_SOURCE_CONTINUE;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->source = g_unix_fd_add(c->fd, G_IO_IN | G_IO_HUP, readable, c);
	c->retry = 0;
	return G_SOURCE_REMOVE;
}

struct card *card_new(struct token *t, unsigned port)
{
	struct card *c = g_new0(struct card, 1);

	c->t = t;
	c->port = port;
	c->fd = -1;
	c->got = g_byte_array_new();
	c->apdu = g_byte_array_new();
	return c;
}

void card_free(struct card *c)
{
	if (!c)
		return;
	stop(&c->retry);
	hang_up(c);
	g_byte_array_unref(c->got);
	g_byte_array_unref(c->apdu);
	g_free(c);
}

void card_insert(struct card *c, bool in)
{
	if (!c || c->in == in)
		return;
	c->in = in;
	if (in) {
		if (try_connect(c) == G_SOURCE_CONTINUE)
			c->retry = g_timeout_add(RETRY_MS, try_connect, c);
	} else {
		stop(&c->retry);
		hang_up(c);
	}
}

bool card_is_connected(const struct card *c)
{
	return c && c->fd >= 0;
}
