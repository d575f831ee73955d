/* SPDX-License-Identifier: Apache-2.0 */
/* age and gpg. */
#include "bridge/seal/encrypt.h"

#include "base/deadline.h"
#include "base/process.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_MS 30000
#define TEXT_MAX_ 65536  /* of a message */
#define WORDS_MAX 4096   /* of standard error */
#define LOOK_MS 5        /* for the end of who has closed its output */

/* ---- what is started ---- */

static const char *const folders[] = { "/usr/local/bin", "/usr/bin", "/bin" };

static int find_program(const char *name, char **ret, struct error *err)
{
	char *path;
	size_t i;

	for (i = 0; i < ARRAY_LEN(folders); i++) {
		path = text_format("%s/%s", folders[i], name);
		if (!path)
			return error_memory(err);
		if (access(path, X_OK) == 0) {
			*ret = path;
			return 0;
		}
		free(path);
	}
	return error_set(err, ERROR_UNSUPPORTED,
		"there is no program '%s' in /usr/local/bin, /usr/bin or /bin: "
		"install it, or show the PIN by --show", name);
}

#define ARGUMENTS_MAX 24

/*
 * The recipient is the one that the registry has, whatever the keyring trusts,
 * and nobody beside: no settings file adds one, and no key is looked for
 * anywhere else.
 */
static const char *const before[][ARGUMENTS_MAX] = {
	[SEAL_AGE] = { "age", "--encrypt", "--armor" },
	[SEAL_GPG] = { "gpg", "--no-options", "--batch", "--no-tty", "--quiet",
		"--armor", "--trust-model", "always", "--no-auto-key-locate",
		"--disable-dirmngr", "--no-encrypt-to", "--encrypt" },
};

struct arguments {
	const char *v[ARGUMENTS_MAX + 2 * RECIPIENTS_MAX + 1];
};

static void make_arguments(const struct recipients *to, struct arguments *ret)
{
	size_t n = 0, i;

	for (; before[to->program][n]; n++)
		ret->v[n] = before[to->program][n];
	for (i = 0; i < to->n; i++) {
		ret->v[n++] = "--recipient";
		ret->v[n++] = to->text[i];
	}
	ret->v[n] = NULL;
}

/* ---- pipes ---- */

struct child {
	pid_t pid;
	int in, out, words; /* our ends; -1: closed */
};

static void child_p(struct child *c)
{
	close_p(&c->in);
	close_p(&c->out);
	close_p(&c->words);
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

/* In the child: no terminal to ask on, and no life beyond ours. */
static void become_program(const int fds[3], const char *path,
	const struct arguments *a)
{
	int i;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	for (i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(127);
	closefrom(3);
	execv(path, (char *const *)a->v);
	_exit(127);
}

/* The program's ends are closed here in any case. */
static int start_program(struct child *c, int pipes[3][2], const char *path,
	const struct arguments *a, struct error *err)
{
	int theirs[3] = { pipes[0][0], pipes[1][1], pipes[2][1] }, i;

	c->in = pipes[0][1];
	c->out = pipes[1][0];
	c->words = pipes[2][0];
	c->pid = fork();
	if (c->pid == 0)
		become_program(theirs, path, a);
	i = errno;
	close(theirs[0]);
	close(theirs[1]);
	close(theirs[2]);
	return c->pid > 0 ? 0 : error_errno(err, ERROR_FAILED, i,
		"cannot start '%s'", path);
}

static int start_child(struct child *c, const char *path,
	const struct arguments *a, struct error *err)
{
	int pipes[3][2], i;

	for (i = 0; i < 3; i++)
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot make a pipe");
	return start_program(c, pipes, path, a, err);
}

/* As much as a pipe takes at once, whether or not anybody reads. */
static void give_secret(struct child *c, const struct secret *secret)
{
	(void)!write(c->in, secret->p, secret->n);
	(void)!write(c->in, "\n", 1);
	close_p(&c->in);
}

/* Into b, and nothing where it is full; closes at the end. */
static void take_piece(int *fd, struct buf *b)
{
	unsigned char piece[4096];
	ssize_t n = read(*fd, piece, sizeof(piece));

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0)
		buf_put(b, piece, (size_t)n);
	else
		close_p(fd);
}

/* How long the program has, and who it is. */
struct seal_limits {
	const char *name;
	deadline_t until;
	int cancel_fd;
};

static int too_long(const struct seal_limits *l, struct error *err)
{
	return error_set(err, ERROR_TIMEOUT,
		"%s did not end within %d s, and was ended", l->name,
		PROGRAM_MS / 1000);
}

/* Until both are closed: words beyond the first ones are not kept. */
static int take_output(struct child *c, const struct seal_limits *l,
	struct buf *b, struct buf *words, struct error *err)
{
	struct pollfd p[3];
	int ms;

	while (c->out >= 0 || c->words >= 0) {
		p[0] = (struct pollfd){ .fd = c->out, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = c->words, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = l->cancel_fd, .events = POLLIN };
		ms = deadline_left(l->until);
		if (ms == 0 || (poll(p, ARRAY_LEN(p), ms) < 0 &&
				       errno != EINTR))
			return too_long(l, err);
		if (p[2].revents)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		if (p[0].revents)
			take_piece(&c->out, b);
		if (p[1].revents)
			take_piece(&c->words, words);
		if (buf_failed(b))
			return error_set(err, ERROR_MALFORMED,
				"%s wrote more than %d bytes for one PIN",
				l->name, TEXT_MAX_);
	}
	return 0;
}

/* ---- what came of it ---- */

static const struct {
	const char *begin, *end;
} armour[] = {
	/* the first line's base64 is age-encryption.org/v1 */
	[SEAL_AGE] = { "-----BEGIN AGE ENCRYPTED FILE-----\n"
		"YWdlLWVuY3J5cHRpb24ub3JnL3Yx",
		"\n-----END AGE ENCRYPTED FILE-----\n" },
	[SEAL_GPG] = { "-----BEGIN PGP MESSAGE-----\n",
		"\n-----END PGP MESSAGE-----\n" },
};

bool seal_is_message(enum seal_program program, const unsigned char *p,
	size_t n)
{
	const char *begin = armour[program].begin, *end = armour[program].end;
	size_t i;

	if (n < strlen(begin) + strlen(end) ||
		memcmp(p, begin, strlen(begin)) != 0 ||
		memcmp(p + n - strlen(end), end, strlen(end)) != 0)
		return false;
	for (i = 0; i < n; i++)
		if ((p[i] < ' ' || p[i] > '~') && p[i] != '\n')
			return false;
	return true;
}

/* age says what is wrong first, and then where to report it; gpg last. */
static const bool says_it_last[] = {
	[SEAL_AGE] = false,
	[SEAL_GPG] = true,
};

/* One line of what the program said; error_set makes clean what is no text. */
static int refused(enum seal_program program, struct buf *words,
	struct error *err)
{
	const char *name = seal_program_names[program], *line;
	int n;

	while (words->n > 0 && words->p[words->n - 1] == '\n')
		words->n--;
	line = buf_str(words);
	if (says_it_last[program] && strrchr(line, '\n'))
		line = strrchr(line, '\n') + 1;
	n = (int)strcspn(line, "\n");
	if (n == 0)
		return error_set(err, ERROR_FAILED,
			"%s did not encrypt it, and does not say why", name);
	return error_set(err, ERROR_FAILED, "%s did not encrypt it: %.*s",
		name, n > 400 ? 400 : n, line);
}

static int wait_for_end(struct child *c, const struct seal_limits *l,
	struct error *err)
{
	int status = 0;
	pid_t got;

	while ((got = waitpid(c->pid, &status, WNOHANG)) == 0) {
		if (deadline_passed(l->until))
			return too_long(l, err);
		if (deadline_sleep(deadline_in(LOOK_MS), l->cancel_fd))
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	if (got < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot wait for %s", l->name);
	c->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int run_program(const struct seal_request *q, enum seal_program program,
	const char *path, const struct arguments *a, int cancel_fd,
	struct buf *b, struct error *err)
{
	CLEANUP(child_p) struct child c = { 0, -1, -1, -1 };
	CLEANUP(buf_done) struct buf words;
	const struct seal_limits l = { seal_program_names[program],
		deadline_in(PROGRAM_MS), cancel_fd };
	int r;

	buf_init(&words, WORDS_MAX);
	r = start_child(&c, path, a, err);
	if (r < 0)
		return r;
	give_secret(&c, &q->secret);
	r = take_output(&c, &l, b, &words, err);
	if (r == 0)
		r = wait_for_end(&c, &l, err);
	if (r < 0)
		return r;
	if (r > 0)
		return refused(program, &words, err);
	/* something that passes its input through would pass as well */
	if (!seal_is_message(program, b->p, b->n) ||
		memmem(b->p, b->n, q->secret.p, q->secret.n))
		return error_set(err, ERROR_MALFORMED,
			"what %s wrote is no encrypted message", l.name);
	return 0;
}

int seal_encrypt(const struct seal_request *q, int cancel_fd, struct buf *b,
	struct error *err)
{
	CLEANUP(recipients_done) struct recipients to = { .n = 0 };
	CLEANUP(free_p) char *path = NULL;
	struct arguments a;
	int r;

	buf_init(b, TEXT_MAX_);
	r = recipients_split(&to, q->recipients, err);
	if (r == 0)
		r = find_program(seal_program_names[to.program], &path, err);
	if (r < 0)
		return r;
	make_arguments(&to, &a);
	return run_program(q, to.program, path, &a, cancel_fd, b, err);
}
