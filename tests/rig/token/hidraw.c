/* One /dev/hidrawN of the testbed. */
#include "hidraw.h"

#include "callers.h"
#include "ctaphid.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <linux/hidraw.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* how long an unplug waits for the host to read, and how long nothing must be
 * unread until that is believed */
#define DRAIN_MS 500
#define CALM_MS 30

#define OUTPUT_SIZE (1 + HID_REPORT)	/* report id first */
#define FEATURE_SIZE (1 + 8)

struct hidraw {
	struct token *t;
	const struct hidraw_kind *kind;
	char *dev, *link, *pts, *name, *phys;
	int master, slave;
	guint in, out;
	GByteArray *queue;		/* on its way to the host */
	uint8_t report[OUTPUT_SIZE];
	size_t have;
	struct callers *callers;
	unsigned clients;
	bool answered;			/* bytes may lie unread in the pty */
};

/* --- the lock ---------------------------------------------------------- */

static GRecMutex world;

void world_lock(void)
{
	g_rec_mutex_lock(&world);
}

void world_unlock(void)
{
	g_rec_mutex_unlock(&world);
}

static gint poll_unlocked(GPollFD *fds, guint n, gint timeout)
{
	gint r;

	world_unlock();
	r = g_poll(fds, n, timeout);
	world_lock();
	return r;
}

void world_init(void)
{
	world_lock();
	g_main_context_set_poll_func(NULL, poll_unlocked);
}

/* --- reports ----------------------------------------------------------- */

static gboolean writable(int fd, GIOCondition condition, void *arg)
{
	struct hidraw *h = arg;
	ssize_t n = write(fd, h->queue->data, h->queue->len);

	(void)condition;
	if (n > 0)
		g_byte_array_remove_range(h->queue, 0, (guint)n);
	if (h->queue->len)
		return G_SOURCE_CONTINUE;
	h->out = 0;
	return G_SOURCE_REMOVE;
}

void hidraw_send(struct hidraw *h, const uint8_t *p, size_t n)
{
	ssize_t w = 0;

	if (!h->clients)
		return;
	h->answered = true;
	if (!h->queue->len) {
		w = write(h->master, p, n);
		w = w < 0 ? 0 : w;
	}
	put(h->queue, p + w, n - (size_t)w);
	if (h->queue->len && !h->out)
		h->out = g_unix_fd_add(h->master, G_IO_OUT, writable, h);
}

/* The kernel carries bytes to the slave in its own time: nothing there says
 * little, nothing there for a while says that all was read. */
void hidraw_drain(struct hidraw *h)
{
	int unread, calm = 0;

	for (int i = 0; i < DRAIN_MS && calm < CALM_MS; i++) {
		if (h->queue->len)
			writable(h->master, G_IO_OUT, h);
		if (!h->clients || !h->answered)
			return;
		calm++;
		if (h->queue->len || (!ioctl(h->slave, FIONREAD, &unread) &&
				      unread))
			calm = 0;
		/* the reader may need an answer from its program's thread */
		world_unlock();
		g_usleep(1000);
		world_lock();
	}
}

/*
 * Nobody reads on: the next one to open must not see old answers. It may be there
 * and have written already, which stays.
 */
static void forget_unread(struct hidraw *h)
{
	g_byte_array_set_size(h->queue, 0);
	h->have = 0;
	if (h->answered)
		tcflush(h->slave, TCIFLUSH);
	h->answered = false;
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct hidraw *h = arg;
	ssize_t n;

	(void)condition;
	/* The report may be here before it was told that its program has opened
	 * the node: the answer would then have nobody to go to, or go away with
	 * the last program, of whose end it was not told yet either. */
	for (int i = 0; i < 25000 && ((!h->clients && i < 250) ||
		     callers_wait(h->callers)); i++) {
		world_unlock();
		g_usleep(200);
		world_lock();
	}
	n = read(fd, h->report + h->have, OUTPUT_SIZE - h->have);
	if (n <= 0)
		return G_SOURCE_CONTINUE;
	h->have += (size_t)n;
	if (h->have < OUTPUT_SIZE)
		return G_SOURCE_CONTINUE;
	h->have = 0;
	if (h->kind->report)
		h->kind->report(h->t, h->report + 1);
	return G_SOURCE_CONTINUE;
}

/* --- ioctls ------------------------------------------------------------ */

/* copy to the host's buffer of size n; the length copied */
static long give(struct call *c, const void *p, size_t n)
{
	return call_give(c, p, n) ? (long)n : -EFAULT;
}

static long give_text(struct call *c, const char *s, size_t room)
{
	return give(c, s, MIN(strlen(s) + 1, room));
}

static long get_feature(struct hidraw *h, struct call *c, size_t size)
{
	uint8_t r[FEATURE_SIZE] = { 0 };

	if (!h->kind->get_feature || size < sizeof r)
		return -EINVAL;
	h->kind->get_feature(h->t, r + 1);
	return give(c, r, sizeof r);
}

static long set_feature(struct hidraw *h, struct call *c, size_t size)
{
	uint8_t r[FEATURE_SIZE];

	if (!h->kind->set_feature || size < sizeof r)
		return -EINVAL;
	if (!call_take(c, r, sizeof r))
		return -EFAULT;
	h->kind->set_feature(h->t, r + 1);
	return (long)size;
}

static long raw_info(struct hidraw *h, struct call *c)
{
	struct hidraw_devinfo i = {
		3, (__s16)h->t->p.vid, (__s16)h->t->p.pid
	};

	return give(c, &i, sizeof i) < 0 ? -EFAULT : 0;
}

static long descriptor(struct hidraw *h, struct call *c)
{
	struct hidraw_report_descriptor d = { .size = (__u32)h->kind->n };

	memcpy(d.value, h->kind->descriptor, h->kind->n);
	return give(c, &d, sizeof d.size + h->kind->n) < 0 ? -EFAULT : 0;
}

static long answer_ioctl(void *arg, struct call *c, unsigned request)
{
	struct hidraw *h = arg;
	size_t size = _IOC_SIZE(request);
	int n = (int)h->kind->n;

	if (_IOC_TYPE(request) != 'H')
		return -ENOTTY;
	switch (_IOC_NR(request)) {
	case 1: return give(c, &n, sizeof n) < 0 ? -EFAULT : 0;
	case 2: return descriptor(h, c);
	case 3: return raw_info(h, c);
	case 4: return give_text(c, h->name, size);
	case 5: return give_text(c, h->phys, size);
	case 6: return set_feature(h, c, size);
	case 7: return get_feature(h, c, size);
	case 8: return give_text(c, "", size);
	}
	return -ENOTTY;
}

static void on_closed(void *arg)
{
	struct hidraw *h = arg;

	if (h->clients && --h->clients == 0)
		forget_unread(h);
}

static void on_open(void *arg)
{
	struct hidraw *h = arg;

	h->clients++;
}

static void on_gone(void *arg)
{
	struct hidraw *h = arg;

	g_free(h->dev);
	g_free(h->link);
	g_free(h->pts);
	g_free(h->name);
	g_free(h->phys);
	g_byte_array_unref(h->queue);
	g_free(h);
}

/* --- life -------------------------------------------------------------- */

static void open_pty(struct hidraw *h)
{
	struct termios raw;
	char name[64];

	if (openpty(&h->master, &h->slave, name, NULL, NULL))
		g_error("openpty: %s", g_strerror(errno));
	tcgetattr(h->slave, &raw);
	cfmakeraw(&raw);
	tcsetattr(h->slave, TCSANOW, &raw);
	g_unix_set_fd_nonblocking(h->master, TRUE, NULL);
	fcntl(h->master, F_SETFD, FD_CLOEXEC);
	fcntl(h->slave, F_SETFD, FD_CLOEXEC);
	h->pts = g_strdup(name);
	chmod(name, 0666);	/* what uaccess does for the one at the seat */
}

static void attach(struct hidraw *h, const char *root)
{
	static const struct callers_of of = {
		.opened = on_open,
		.closed = on_closed,
		.request = answer_ioctl,
		.gone = on_gone,
	};
	g_autofree char *socket = g_strconcat(root, "/ioctl", h->dev, NULL);

	h->callers = callers_start(socket, &of, h);
	/* last: who looks for nodes all the time opens it at once, and the
	 * preloaded library ends programs that find nobody at the socket */
	h->link = g_strconcat(root, h->dev, NULL);
	if (symlink(h->pts, h->link))
		g_error("%s: %s", h->link, g_strerror(errno));
}

struct hidraw *hidraw_new(struct token *t, const char *root,
			  const struct hidraw_kind *kind, unsigned number,
			  const char *phys)
{
	struct hidraw *h = g_new0(struct hidraw, 1);

	h->t = t;
	h->kind = kind;
	h->dev = g_strdup_printf("/dev/hidraw%u", number);
	h->name = g_strdup_printf("%s %s", t->p.manufacturer, t->p.product);
	h->phys = g_strdup(phys);
	h->queue = g_byte_array_new();
	open_pty(h);
	attach(h, root);
	h->in = g_unix_fd_add(h->master, G_IO_IN, readable, h);
	return h;
}

void hidraw_free(struct hidraw *h)
{
	if (!h)
		return;
	unlink(h->link);
	g_source_remove(h->in);
	if (h->out)
		g_source_remove(h->out);
	close(h->master);
	close(h->slave);
	h->slave = h->master = -1;
	h->clients = 0;
	/* last: where nobody has it open that frees it */
	callers_end(h->callers);
}

bool hidraw_permission(struct hidraw *h, const char *mode)
{
	/* kernel attributes without a write method refuse O_RDWR to root */
	static const char *const refusing = "/sys/kernel/uevent_seqnum";
	bool deny = !strcmp(mode, "deny");
	char *end;
	long bits = strtol(mode, &end, 8);

	if (!deny && strcmp(mode, "ok") && (*end || end == mode))
		return false;
	unlink(h->link);
	if (symlink(deny ? refusing : h->pts, h->link))
		return false;
	if (!deny)
		chmod(h->pts, strcmp(mode, "ok") ? (mode_t)bits : 0666);
	return true;
}
