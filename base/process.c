/* SPDX-License-Identifier: Apache-2.0 */
/* This process and its helpers. */
#include "base/process.h"

#include "base/environment.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL_AGAIN_MS 20

extern char **environ;

void process_harden(void)
{
	const struct rlimit none = { 0, 0 };
	int fd;

	environment_clean();
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	umask(077);
	/* write says EPIPE and EFBIG instead */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* a file that lands on 0 to 2 would get our output */
	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR);
}

char *process_find(const char *name, const char *built_in)
{
	static const char *const folders[] = { ".", "../libexec/tokenbridge" };
	char self[4096], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	if (n <= 0)
		return strdup(built_in);
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (i = 0; i < ARRAY_LEN(folders); i++) {
		path = text_format("%s/%s/%s", self, folders[i], name);
		if (!path || access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return strdup(built_in);
}

static void actions_p(posix_spawn_file_actions_t *a)
{
	posix_spawn_file_actions_destroy(a);
}

static void attributes_p(posix_spawnattr_t *a)
{
	posix_spawnattr_destroy(a);
}

static void plug_in(posix_spawn_file_actions_t *actions, int fd)
{
	posix_spawn_file_actions_adddup2(actions, fd, 0);
	posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY,
		0);
	posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

/* The socket first: it may be one of 0 to 2 itself. */
static void plug_in_bare(posix_spawn_file_actions_t *actions, int fd)
{
	int i;

	posix_spawn_file_actions_adddup2(actions, fd, PROCESS_BARE_FD);
	for (i = 0; i < PROCESS_BARE_FD; i++)
		posix_spawn_file_actions_addopen(actions, i, "/dev/null",
			O_RDWR, 0);
	posix_spawn_file_actions_addclosefrom_np(actions, PROCESS_BARE_FD + 1);
}

void process_spawn_attributes(posix_spawnattr_t *ret)
{
	sigset_t all, none;

	posix_spawnattr_init(ret);
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(ret, &all);
	posix_spawnattr_setsigmask(ret, &none);
	posix_spawnattr_setflags(ret,
		POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* A terminal's signals are for who started it, who says when it ends. */
static void leave_group(posix_spawnattr_t *a)
{
	short flags = 0;

	posix_spawnattr_getflags(a, &flags);
	posix_spawnattr_setflags(a, (short)(flags | POSIX_SPAWN_SETPGROUP));
	posix_spawnattr_setpgroup(a, 0);
}

static int spawn_child(const char *path, char *const *words, int fd,
	bool bare, pid_t *ret)
{
	CLEANUP(actions_p) posix_spawn_file_actions_t actions;
	CLEANUP(attributes_p) posix_spawnattr_t attributes;
	char *alone[] = { (char *)path, NULL }, *nothing[] = { NULL };

	posix_spawn_file_actions_init(&actions);
	process_spawn_attributes(&attributes);
	if (words)
		leave_group(&attributes);
	(bare ? plug_in_bare : plug_in)(&actions, fd);
	return posix_spawn(ret, path, &actions, &attributes,
		words ? words : alone, bare ? nothing : environ);
}

static int start_child(struct process *ret, const char *path,
	char *const *words, bool bare, struct error *err)
{
	CLEANUP(close_p) int theirs = -1;
	int pair[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a socket pair");
	theirs = pair[1];
	e = spawn_child(path, words, theirs, bare, &ret->pid);
	if (e != 0) {
		close(pair[0]);
		return error_errno(err, ERROR_FAILED, e, "cannot start '%s'",
			path);
	}
	ret->socket = pair[0];
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	return 0;
}

int process_start(struct process *ret, const char *path, struct error *err)
{
	return start_child(ret, path, NULL, false, err);
}

int process_start_bare(struct process *ret, const char *path,
	struct error *err)
{
	return start_child(ret, path, NULL, true, err);
}

int process_start_self(struct process *ret, char *const *words,
	struct error *err)
{
	return start_child(ret, "/proc/self/exe", words, false, err);
}

/* A queue that is full is tried again: whoever listens may be busy. */
static int connect_until(int fd, const struct sockaddr_un *to, deadline_t until)
{
	int r;

	do {
		r = connect(fd, (const struct sockaddr *)to, sizeof(*to));
	} while (r < 0 && (errno == EAGAIN || errno == EINTR) &&
		!deadline_passed(until) &&
		!deadline_sleep(deadline_in(CALL_AGAIN_MS), -1));
	return r;
}

/* Of a socket that was connected to: who listens at it (unix(7)). */
static bool is_roots(int fd)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
		n == sizeof(peer) && peer.uid == 0;
}

int process_call(struct process *ret, const char *path, deadline_t until,
	struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(to.sun_path))
		return error_set(err, ERROR_FAILED,
			"'%s' is too long for a socket", path);
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect_until(fd, &to, until) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot reach '%s'", path);
	if (!is_roots(fd))
		return error_set(err, ERROR_PERMISSION,
			"it is not root who listens at '%s'", path);
	ret->socket = fd;
	fd = -1;
	return 0;
}

/* Nothing of it was reaped, so that its number is its own. */
static bool runs_still(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		0 && info.si_pid == 0;
}

/*
 * By descriptor: where somebody else reaped it, the number may be another
 * process's by now. Where none was left for it (RLIMIT_NOFILE), by asking.
 */
static bool ends_until(const struct process *p, deadline_t until)
{
	if (p->pidfd >= 0)
		return deadline_sleep(until, p->pidfd);
	while (runs_still(p->pid) && !deadline_passed(until))
		deadline_sleep(deadline_in(CALL_AGAIN_MS), -1);
	return !runs_still(p->pid);
}

static void kill_child(const struct process *p)
{
	if (p->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	else
		kill(p->pid, SIGKILL);
}

int process_stop(struct process *p, deadline_t until)
{
	int status = -1;
	bool ended;

	close_p(&p->socket);
	if (p->pid <= 0)
		return -1;
	ended = ends_until(p, until);
	if (!ended)
		kill_child(p);
	close_p(&p->pidfd);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	return ended ? status : -1;
}
