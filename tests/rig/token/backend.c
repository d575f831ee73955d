/* A child process that serves a token's FIDO commands. */
#include "backend.h"

#include "ctaphid.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct backend {
	struct token *t;
	GPid pid;
	int in, out;		/* its standard input and output */
	guint source;
	GByteArray *got;
};

static size_t frame_length(const GByteArray *b)
{
	const uint8_t *p = b->data;

	return p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
	       (size_t)p[3] << 24;
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct backend *b = arg;
	uint8_t chunk[4096];
	ssize_t n = read(fd, chunk, sizeof chunk);
	size_t len;

	(void)condition;
	if (n <= 0) {
		b->source = 0;
		fprintf(stderr, "softtoken: backend of '%s' has ended\n",
			b->t->name);
		return G_SOURCE_REMOVE;
	}
	put(b->got, chunk, (size_t)n);
	while (b->got->len >= 5 && b->got->len >= 4 +
	       (len = frame_length(b->got))) {
		ctaphid_backend_reply(b->t->hid, b->got->data[4],
				      b->got->data + 5, len - 1);
		g_byte_array_remove_range(b->got, 0, (guint)len + 4);
	}
	return G_SOURCE_CONTINUE;
}

struct backend *backend_start(struct token *t, const char *command)
{
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct backend *b = g_new0(struct backend, 1);
	g_autoptr(GError) e = NULL;
	g_auto(GStrv) env = g_get_environ();

	/* the testbed is not for it */
	env = g_environ_unsetenv(env, "LD_PRELOAD");
	env = g_environ_unsetenv(env, "UMOCKDEV_DIR");

	b->t = t;
	b->got = g_byte_array_new();
	if (!g_spawn_async_with_pipes(NULL, (char **)argv, env,
				      G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
				      &b->pid, &b->in, &b->out, NULL, &e)) {
		fprintf(stderr, "softtoken: %s\n", e->message);
		g_byte_array_unref(b->got);
		g_free(b);
		return NULL;
	}
	b->source = g_unix_fd_add(b->out, G_IO_IN | G_IO_HUP, readable, b);
	return b;
}

void backend_stop(struct backend *b)
{
	if (!b)
		return;
	if (b->source)
		g_source_remove(b->source);
	close(b->in);
	close(b->out);
	kill(b->pid, SIGTERM);
	waitpid(b->pid, NULL, 0);
	g_byte_array_unref(b->got);
	g_free(b);
}

void backend_send(struct backend *b, unsigned cmd, const uint8_t *p, size_t n)
{
	g_autoptr(GByteArray) f = g_byte_array_new();
	size_t len = n + 1, at = 0;

	for (int i = 0; i < 4; i++)
		put8(f, (unsigned)(len >> (8 * i)));
	put8(f, cmd);
	put(f, p, n);
	while (at < f->len) {
		ssize_t w = write(b->in, f->data + at, f->len - at);

		if (w <= 0)
			return;
		at += (size_t)w;
	}
}
