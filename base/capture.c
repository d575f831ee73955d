/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running somebody else's program. It stays in our process group: in another
 * one it could not ask at the terminal.
 */
#include "base/capture.h"

#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define PIECE 4096
#define AFTER_END_MS 2000 /* for what it left running, and pipes hold */

/* A program under way: our ends of what it writes. */
struct running {
	struct process process;
	int out, words;
};

static void running_done(struct running *r)
{
	close_p(&r->out);
	close_p(&r->words);
	/* it has had its time */
	process_stop(&r->process, deadline_in(0));
}

static void plug_in(posix_spawn_file_actions_t *a, int out, int words)
{
	posix_spawn_file_actions_addopen(a, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(a, out, 1);
	posix_spawn_file_actions_adddup2(a, words, 2);
	posix_spawn_file_actions_addclosefrom_np(a, 3);
}

static int spawn(struct running *r, char *const *argv, int out, int words)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int e;

	posix_spawn_file_actions_init(&actions);
	process_spawn_attributes(&attributes);
	plug_in(&actions, out, words);
	e = posix_spawnp(&r->process.pid, argv[0], &actions, &attributes, argv,
		environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (e == 0)
		r->process.pidfd = (int)syscall(SYS_pidfd_open, r->process.pid,
			0);
	return e;
}

static int capture_start(struct running *r, char *const *argv, struct error *err)
{
	CLEANUP(close_p) int out = -1;
	CLEANUP(close_p) int words = -1;
	int pair[2], e;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a pipe");
	r->out = pair[0];
	out = pair[1];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a pipe");
	r->words = pair[0];
	words = pair[1];
	e = spawn(r, argv, out, words);
	if (e == 0)
		return 0;
	r->process.pid = 0;
	/* none along PATH, of which a part may be no folder */
	return error_errno(err, e == ENOENT || e == ENOTDIR || e == EACCES ?
		ERROR_UNSUPPORTED : ERROR_FAILED, e, "cannot run '%.200s'",
		argv[0]);
}

/* One piece of *fd into b; its end closes it. */
static void take_piece(int *fd, struct buf *b)
{
	unsigned char piece[PIECE];
	ssize_t n = read(*fd, piece, sizeof(piece));

	if (n > 0)
		buf_put(b, piece, (size_t)n);
	else if (n == 0 || errno != EINTR)
		close_p(fd);
	wipe(piece, sizeof(piece));
}

/* What does not fit any more is read and dropped. */
static void take_words(int *fd, struct buf *b, size_t max)
{
	struct buf piece;

	buf_init(&piece, PIECE);
	take_piece(fd, &piece);
	buf_put(b, piece.p, piece.n < max - b->n ? piece.n : max - b->n);
	buf_done(&piece);
}

static int stopped(const struct capture *c, struct error *err)
{
	if (c->cancel_fd >= 0 && deadline_sleep(0, c->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	if (deadline_passed(c->until))
		return error_set(err, ERROR_TIMEOUT,
			"'%.200s' did not end in time", c->argv[0]);
	return 0;
}

/*
 * Until it has closed both, or has ended: what it left running in the background
 * may keep them open for as long as that runs.
 */
static int collect(struct running *r, const struct capture *c, struct buf *out,
	struct buf *words, struct error *err)
{
	deadline_t over = DEADLINE_NEVER;
	struct pollfd fds[4];
	int bad = 0;

	while (bad == 0 && (r->out >= 0 || r->words >= 0) &&
		!deadline_passed(over)) {
		fds[0] = (struct pollfd){ .fd = r->out, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = r->words, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = c->cancel_fd,
			.events = POLLIN };
		fds[3] = (struct pollfd){ .fd = over == DEADLINE_NEVER ?
			r->process.pidfd : -1, .events = POLLIN };
		if (poll(fds, 4, deadline_left(deadline_min(c->until, over))) <
				0 && errno != EINTR)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot wait for '%.200s'", c->argv[0]);
		if (r->out >= 0 && fds[0].revents)
			take_piece(&r->out, out);
		if (r->words >= 0 && fds[1].revents)
			take_words(&r->words, words, c->words_max);
		if (fds[3].revents)
			over = deadline_in(AFTER_END_MS);
		bad = stopped(c, err);
		if (bad == 0 && buf_failed(out))
			bad = error_set(err, ERROR_MALFORMED,
				"'%.200s' writes more than %zu bytes",
				c->argv[0], out->max);
	}
	return bad;
}

/* Its status, once it has closed what it wrote to. */
static int wait_for_end(struct running *r, const struct capture *c,
	int *ret_status, struct error *err)
{
	deadline_t until = c->until;
	int status = -1;

	while (!deadline_sleep(deadline_min(until, deadline_in(200)),
		       r->process.pidfd)) {
		int bad = stopped(c, err);

		if (bad < 0)
			return bad;
	}
	status = process_stop(&r->process, until);
	*ret_status = status;
	return 0;
}

int capture_run(const struct capture *c, struct buf *out, struct buf *words,
	int *ret_status, struct error *err)
{
	CLEANUP(running_done) struct running r = { PROCESS_INIT, -1, -1 };
	int bad;

	buf_init(words, c->words_max);
	bad = capture_start(&r, c->argv, err);
	if (bad == 0)
		bad = collect(&r, c, out, words, err);
	return bad < 0 ? bad : wait_for_end(&r, c, ret_status, err);
}
