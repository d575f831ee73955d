/* The vpcd transport: u16 big-endian length and data, both ways. */
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

struct vpcd {
	struct card *card;
	unsigned port;
	int fd;
	guint source, retry;
	GByteArray *got;
};

static void stop(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void hang_up(struct vpcd *v)
{
	stop(&v->source);
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	g_byte_array_set_size(v->got, 0);
	card_reset(v->card);
}

static gboolean try_connect(void *arg);

static void retry(struct vpcd *v)
{
	hang_up(v);
	if (card_is_in(v->card) && !v->retry)
		v->retry = g_timeout_add(RETRY_MS, try_connect, v);
}

static void send_all(void *arg, const uint8_t *p, size_t n)
{
	g_autoptr(GByteArray) b = g_byte_array_new();
	struct vpcd *v = arg;

	put16(b, (unsigned)n);
	put(b, p, n);
	if (send(v->fd, b->data, b->len, MSG_NOSIGNAL) != (ssize_t)b->len)
		retry(v);
}

static void message(struct vpcd *v, const uint8_t *p, size_t n)
{
	if (n != 1)
		card_apdu(v->card, p, n);
	else if (p[0] == GET_ATR)
		send_all(v, ccid_atr, ccid_atr_size);
	else
		card_reset(v->card);
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct vpcd *v = arg;
	uint8_t chunk[4096];
	ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
	int one = 1;
	guint len;

	(void)condition;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0) {
		v->source = 0;
		retry(v);
		return G_SOURCE_REMOVE;
	}
	/* vpcd sends length and data apart, and its second waits for the
	 * acknowledgment of the first: 40 ms that no card takes */
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
	put(v->got, chunk, (size_t)n);
	while (v->fd == fd && v->got->len >= 2 &&
	       v->got->len >= 2 + (len = get16(v->got->data))) {
		g_autofree uint8_t *p = g_memdup2(v->got->data + 2, len);

		g_byte_array_remove_range(v->got, 0, len + 2);
		message(v, p, len);
	}
	return v->fd == fd;
}

static gboolean try_connect(void *arg)
{
	struct vpcd *v = arg;
	struct sockaddr_in a = { .sin_family = AF_INET };
	int one = 1;

	if (v->fd >= 0)
		return G_SOURCE_CONTINUE;
	a.sin_port = htons((uint16_t)v->port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(v->fd, (struct sockaddr *)&a, sizeof a)) {
		close(v->fd);
		v->fd = -1;
		return G_SOURCE_CONTINUE;
	}
	setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	v->source = g_unix_fd_add(v->fd, G_IO_IN | G_IO_HUP, readable, v);
	v->retry = 0;
	return G_SOURCE_REMOVE;
}

static void moved(void *arg, bool in)
{
	struct vpcd *v = arg;

	if (!in) {
		stop(&v->retry);
		hang_up(v);
	} else if (try_connect(v) == G_SOURCE_CONTINUE) {
		v->retry = g_timeout_add(RETRY_MS, try_connect, v);
	}
}

static bool connected(const void *arg)
{
	return ((const struct vpcd *)arg)->fd >= 0;
}

static void vpcd_free(void *arg)
{
	struct vpcd *v = arg;

	stop(&v->retry);
	hang_up(v);
	g_byte_array_unref(v->got);
	g_free(v);
}

struct card *vpcd_card_new(struct token *t, unsigned port)
{
	static const struct reader reader = {
		send_all, moved, connected, vpcd_free
	};
	struct vpcd *v = g_new0(struct vpcd, 1);

	v->port = port;
	v->fd = -1;
	v->got = g_byte_array_new();
	v->card = card_new(t, &reader, v);
	return v->card;
}
