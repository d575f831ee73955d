/* The programs that have a node open. */
#include "callers.h"

#include "hidraw.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* umockdev 0.17, src/libumockdev-preload.c: what its library sends, and the
 * answers to that */
enum { ASKS_IOCTL = 1, ASKS_READ = 7, ASKS_WRITE = 8 };
enum { ANSWERS_DONE = 3, ANSWERS_TAKE = 5, ANSWERS_GIVE = 6 };
#define NOT_EMULATED (-100)

struct frame {
	unsigned long kind;
	unsigned long first, second;
};

struct callers {
	int fd;
	char *path;
	const struct callers_of *of;
	void *arg;
	gint holders;		/* the one that listens, and each program */
};

struct call {
	struct callers *of;
	int fd;
	unsigned long buffer;	/* its address in the program */
};

/* --- bytes ------------------------------------------------------------- */

static bool send_all(int fd, const void *p, size_t n)
{
	const uint8_t *from = p;
	ssize_t r;

	for (; n > 0; from += r, n -= (size_t)r) {
		r = send(fd, from, n, MSG_NOSIGNAL);
		if (r < 0 && errno == EINTR)
			r = 0;
		if (r < 0)
			return false;
	}
	return true;
}

static bool receive_all(int fd, void *ret, size_t n)
{
	uint8_t *to = ret;
	ssize_t r;

	for (; n > 0; to += r, n -= (size_t)r) {
		r = recv(fd, to, n, MSG_WAITALL);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r <= 0)
			return false;
	}
	return true;
}

static bool answer(int fd, unsigned long kind, unsigned long first,
		   unsigned long second)
{
	struct frame f = { kind, first, second };

	return send_all(fd, &f, sizeof f);
}

bool call_give(struct call *c, const void *p, size_t n)
{
	return answer(c->fd, ANSWERS_GIVE, c->buffer, n) &&
	       send_all(c->fd, p, n);
}

bool call_take(struct call *c, void *ret, size_t n)
{
	return answer(c->fd, ANSWERS_TAKE, c->buffer, n) &&
	       receive_all(c->fd, ret, n);
}

/* --- a program --------------------------------------------------------- */

static void let_go(struct callers *c)
{
	if (!g_atomic_int_dec_and_test(&c->holders))
		return;
	c->of->gone(c->arg);
	g_free(c->path);
	g_free(c);
}

static bool answer_ioctl(struct call *c, const struct frame *f)
{
	long r;

	c->buffer = f->second;
	world_lock();
	r = c->of->of->request(c->of->arg, c, (unsigned)f->first);
	world_unlock();
	return answer(c->fd, ANSWERS_DONE, (unsigned long)(r < 0 ? -1 : r),
		      (unsigned long)(r < 0 ? -r : 0));
}

static bool answer_one(struct call *c)
{
	struct frame f;

	if (!receive_all(c->fd, &f, sizeof f))
		return false;
	switch (f.kind) {
	case ASKS_IOCTL:
		return answer_ioctl(c, &f);
	case ASKS_READ:
	case ASKS_WRITE:
		return answer(c->fd, ANSWERS_DONE,
			      (unsigned long)NOT_EMULATED, 0);
	}
	g_error("umockdev's library asks %lu, which is not known here",
		f.kind);
}

static void tell(struct callers *c, void (*what)(void *arg))
{
	world_lock();
	what(c->arg);
	world_unlock();
}

static gpointer serve(gpointer arg)
{
	struct call *c = arg;

	while (answer_one(c))
		;
	close(c->fd);
	tell(c->of, c->of->of->closed);
	let_go(c->of);
	g_free(c);
	return NULL;
}

/* --- all of them ------------------------------------------------------- */

static void start(const char *what, GThreadFunc run, gpointer arg)
{
	g_thread_unref(g_thread_new(what, run, arg));
}

/* In one with telling of it, so that whoever has connected waits or is told. */
static int accept_one(struct callers *c)
{
	int fd;

	world_lock();
	fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	else
		c->of->opened(c->arg);
	world_unlock();
	return fd;
}

/* accept() of a socket that was shut down says EAGAIN as well, for ever. */
static bool has_ended(const GPollFD *p, int r)
{
	if (r == -EINTR || r == -ECONNABORTED)
		return false;
	return r != -EAGAIN || (p->revents & G_IO_HUP);
}

static gpointer listen_on(gpointer arg)
{
	struct callers *c = arg;
	GPollFD p = { c->fd, G_IO_IN, 0 };
	int fd;

	for (;;) {
		struct call *one;

		g_poll(&p, 1, -1);
		fd = accept_one(c);
		if (fd < 0 && has_ended(&p, fd))
			break;
		if (fd < 0)
			continue;
		one = g_new0(struct call, 1);
		one->of = c;
		one->fd = fd;
		g_atomic_int_inc(&c->holders);
		start("caller", serve, one);
	}
	close(c->fd);
	let_go(c);
	return NULL;
}

struct callers *callers_start(const char *path, const struct callers_of *of,
			      void *arg)
{
	struct callers *c = g_new0(struct callers, 1);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_strlcpy(a.sun_path, path, sizeof a.sun_path) >=
	    sizeof a.sun_path)
		g_error("%s: too long for a socket", path);
	c->of = of;
	c->arg = arg;
	c->path = g_strdup(path);
	c->holders = 1;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);
	if (g_mkdir_with_parents(folder, 0755) || c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&a, sizeof a) ||
	    chmod(path, 0666) || listen(c->fd, 64))
		g_error("%s: %s", path, g_strerror(errno));
	start("callers", listen_on, c);
	return c;
}

bool callers_wait(const struct callers *c)
{
	GPollFD p = { c->fd, G_IO_IN, 0 };

	return g_poll(&p, 1, 0) > 0 && !(p.revents & G_IO_HUP);
}

void callers_end(struct callers *c)
{
	unlink(c->path);
	shutdown(c->fd, SHUT_RDWR);
}
