/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the login helper gives up, each by itself: what the list of system calls
 * forbids is something that the same user may do without it, and what the drop
 * of privileges sets is looked at without the list. Everything is done in
 * processes of their own.
 */
#include "bridge/login/agent/sandbox.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of any build: that of the helper's own is made when it is installed. */
#define SOMEBODY "nobody"

static bool no_filter;    /* the list is not loaded */
static bool made_before;  /* the list, as the helper does */
static bool dumps_suid;   /* as with fs.suid_dumpable=1 */
static int privileges_fail_at; /* the n-th call that gives something up */
static char place[] = "/tmp/sandbox.XXXXXX";

/* ---- the wrapped functions ---- */

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
ssize_t __real_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);
int __real_seccomp_export_bpf(const scmp_filter_ctx ctx, int fd);
int __wrap_seccomp_export_bpf(const scmp_filter_ctx ctx, int fd);
int __real_setgroups(size_t n, const gid_t *list);
int __wrap_setgroups(size_t n, const gid_t *list);
int __real_setresgid(gid_t r, gid_t e, gid_t s);
int __wrap_setresgid(gid_t r, gid_t e, gid_t s);
int __real_setresuid(uid_t r, uid_t e, uid_t s);
int __wrap_setresuid(uid_t r, uid_t e, uid_t s);

static bool fails(void)
{
	if (privileges_fail_at == 0 || --privileges_fail_at > 0)
		return false;
	errno = EAGAIN;
	return true;
}

int __wrap_memfd_create(const char *name, unsigned flags)
{
	return fails() ? -1 : __real_memfd_create(name, flags);
}

int __wrap_seccomp_export_bpf(const scmp_filter_ctx ctx, int fd)
{
	return fails() ? -ENOMEM : __real_seccomp_export_bpf(ctx, fd);
}

ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at)
{
	return fails() ? (ssize_t)n - 8 : __real_pread64(fd, p, n, at);
}

int __wrap_prctl(int option, ...)
{
	unsigned long p[4];
	va_list args;

	va_start(args, option);
	for (size_t i = 0; i < 4; i++)
		p[i] = va_arg(args, unsigned long);
	va_end(args);
	if (option != PR_SET_SECCOMP)
		return __real_prctl(option, p[0], p[1], p[2], p[3]);
	if (fails())
		return -1;
	return no_filter ? 0 : __real_prctl(option, p[0], p[1], p[2], p[3]);
}

int __wrap_setgroups(size_t n, const gid_t *list)
{
	return fails() ? -1 : __real_setgroups(n, list);
}

int __wrap_setresgid(gid_t r, gid_t e, gid_t s)
{
	return fails() ? -1 : __real_setresgid(r, e, s);
}

int __wrap_setresuid(uid_t r, uid_t e, uid_t s)
{
	int result = fails() ? -1 : __real_setresuid(r, e, s);

	if (result == 0 && dumps_suid)
		prctl(PR_SET_DUMPABLE, 1);
	return result;
}

/* ---- processes ---- */

enum { IS_SO = 64, IS_NOT = 65, NOT_ENTERED = 66 };

static int exit_of(pid_t pid)
{
	int status;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

static int prepare(struct sandbox *ret, const char *user, struct error *e)
{
	sandbox_look(user, ret);
	return sandbox_check(ret, user, e);
}

static bool enter(bool with_parent)
{
	struct sandbox s;

	if (prepare(&s, SOMEBODY, NULL) < 0)
		return false;
	if (made_before)
		sandbox_prepare(&s);
	return sandbox_enter(&s, with_parent, NULL) == 0;
}

/* What a process of its own finds once it has given all up. */
static int in_sandbox(bool filtered, bool (*check)(void))
{
	pid_t pid = fork();

	if (pid > 0)
		return exit_of(pid);
	no_filter = !filtered;
	if (!enter(true))
		_exit(NOT_ENTERED);
	_exit(check() ? IS_SO : IS_NOT);
}

/* ---- what is forbidden ---- */

static bool opened(const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", place, name);
	fd = open(path, flags, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool may_make_a_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool may_use_the_network(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}

static bool may_make_a_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

static bool may_run_a_program(void)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exit 64", NULL };

	execv("/bin/sh", argv);
	return false;
}

static bool may_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool may_write_a_file(void)
{
	return opened("open-to-all", O_WRONLY);
}

static bool may_read_and_write_a_file(void)
{
	return opened("open-to-all", O_RDWR);
}

static bool may_cut_a_file(void)
{
	return opened("open-to-all", O_RDONLY | O_TRUNC);
}

static bool may_make_a_file(void)
{
	return opened("new", O_RDONLY | O_CREAT);
}

static bool may_make_a_file_by_open(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/new2", place);
#ifdef SYS_open
	return syscall(SYS_open, path, O_WRONLY | O_CREAT, 0600) >= 0;
#else
	return syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT,
		       0600) >= 0;
#endif
}

static bool may_remove_a_file(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/to-remove", place);
	return unlink(path) == 0;
}

static bool may_rename_a_file(void)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "%s/to-rename", place);
	snprintf(to, sizeof(to), "%s/renamed", place);
	return rename(from, to) == 0;
}

static bool may_make_a_directory(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/folder", place);
	return mkdir(path, 0700) == 0;
}

static bool may_signal(void)
{
	return kill(getpid(), 0) == 0;
}

static bool may_be_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool may_set_itself(void)
{
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static bool may_change_its_user(void)
{
	return setuid(getuid()) == 0;
}

static bool may_get_core_files(void)
{
	struct rlimit limit = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static bool may_make_memory_files(void)
{
	return memfd_create("x", 0) >= 0;
}

static bool may_look_into_memory(void)
{
	char from = 'x', to;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1;
}

static bool may_change_its_namespaces(void)
{
	return unshare(CLONE_FILES) == 0;
}

static const struct forbidden {
	const char *name;
	bool (*may)(void);
} forbidden[] = {
	{ "no socket is made", may_make_a_socket },
	{ "no network is used", may_use_the_network },
	{ "no pair of sockets is made", may_make_a_pair },
	{ "no program is run", may_run_a_program },
	{ "no process is begun", may_fork },
	{ "no file is written", may_write_a_file },
	{ "no file is opened for both", may_read_and_write_a_file },
	{ "no file is cut", may_cut_a_file },
	{ "no file is made", may_make_a_file },
	{ "no file is made by the older call", may_make_a_file_by_open },
	{ "no file is removed", may_remove_a_file },
	{ "no file is renamed", may_rename_a_file },
	{ "no directory is made", may_make_a_directory },
	{ "no process is signalled", may_signal },
	{ "nobody is asked to trace it", may_be_traced },
	{ "nothing that was set is set back", may_set_itself },
	{ "the user stays", may_change_its_user },
	{ "limits stay", may_get_core_files },
	{ "no file is made in memory", may_make_memory_files },
	{ "no process's memory is read", may_look_into_memory },
	{ "namespaces stay", may_change_its_namespaces },
};

static bool (*current)(void);

static bool is_refused(void)
{
	errno = 0;
	return !current() && errno == EPERM;
}

static void make_files(void)
{
	static const char *const names[] = { "open-to-all", "to-remove",
		"to-rename" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		close(open(path, O_WRONLY | O_CREAT, 0600));
		assert_int_equal(chmod(path, 0666), 0);
	}
}

/* The list alone forbids it: without it the same user may. */
static void is_forbidden(void **state)
{
	const struct forbidden *f = *state;

	make_files();
	current = f->may;
	assert_int_equal(in_sandbox(true, is_refused), IS_SO);
	made_before = true;
	assert_int_equal(in_sandbox(true, is_refused), IS_SO);
	made_before = false;
	assert_int_equal(in_sandbox(false, f->may), IS_SO);
}

static bool may_read_a_file(void)
{
	return opened("open-to-all", O_RDONLY);
}

static void what_it_needs_is_allowed(void **state)
{
	(void)state;
	make_files();
	assert_int_equal(in_sandbox(true, may_read_a_file), IS_SO);
}

/* ---- what is given up, without the list ---- */

static bool status_has(const char *line)
{
	char text[4096] = "\n";
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text + 1, sizeof(text) - 2);

	close(fd);
	return n > 0 && strstr(text, line);
}

static bool has_no_new_privileges(void)
{
	return status_has("\nNoNewPrivs:\t1\n");
}

static bool has_no_capability(void)
{
	return status_has("\nCapEff:\t0000000000000000\n") &&
		status_has("\nCapPrm:\t0000000000000000\n");
}

static bool has_no_group(void)
{
	return getgroups(0, NULL) == 0;
}

static bool is_another_user_for_good(void)
{
	struct sandbox s;
	uid_t r, e, saved;
	gid_t g, eg, saved_g;

	return prepare(&s, SOMEBODY, NULL) == 0 &&
		getresuid(&r, &e, &saved) == 0 && r == s.uid && e == s.uid &&
		saved == s.uid && getresgid(&g, &eg, &saved_g) == 0 &&
		g == s.gid && eg == s.gid && saved_g == s.gid && s.uid > 0 &&
		s.gid > 0 && setuid(0) < 0 && setgid(0) < 0;
}

static bool is_not_dumped(void)
{
	return prctl(PR_GET_DUMPABLE) == 0;
}

static bool ends_with_its_parent(void)
{
	int sig = 0;

	return prctl(PR_GET_PDEATHSIG, &sig) == 0 && sig == SIGKILL;
}

static void privileges_are_given_up(void **state)
{
	static bool (*const checks[])(void) = { has_no_new_privileges,
		has_no_capability, has_no_group, is_another_user_for_good,
		is_not_dumped, ends_with_its_parent };

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (in_sandbox(false, checks[i]) != IS_SO)
			fail_msg("check %zu does not hold", i);
}

/* A change of user alone is enough for the kernel only by its default. */
static void it_is_not_dumped_where_the_system_would(void **state)
{
	(void)state;
	dumps_suid = true;
	assert_int_equal(in_sandbox(false, is_not_dumped), IS_SO);
	dumps_suid = false;
}

static void what_cannot_be_given_up_ends_it(void **state)
{
	int fail;

	(void)state;
	for (fail = 1; fail <= 7; fail++) {
		privileges_fail_at = fail;
		assert_int_equal(in_sandbox(true, may_read_a_file),
			NOT_ENTERED);
	}
	privileges_fail_at = fail;
	assert_int_equal(in_sandbox(true, may_read_a_file), IS_SO);
	privileges_fail_at = 0;
}

/* ---- its parent ---- */

/* Whether it is alive a while after its parent was killed. */
static bool outlives_its_parent(bool with_parent)
{
	int line[2];
	struct pollfd end;
	pid_t parent, child = 0;
	bool outlived;

	assert_int_equal(pipe(line), 0);
	parent = fork();
	if (parent == 0) {
		signal(SIGHUP, SIG_DFL); /* nohup(1) ignores it */
		close(line[0]);
		child = fork();
		if (child > 0) {
			close(line[1]);
			pause();
		}
		if (!enter(with_parent))
			_exit(NOT_ENTERED);
		child = getpid();
		if (write(line[1], &child, sizeof(child)) < 0)
			_exit(NOT_ENTERED);
		for (;;)
			poll(NULL, 0, 1000);
	}
	close(line[1]);
	assert_int_equal(read(line[0], &child, sizeof(child)), sizeof(child));
	kill(parent, SIGKILL);
	exit_of(parent);
	end = (struct pollfd){ .fd = line[0], .events = POLLIN };
	/* its death closes the pipe */
	outlived = poll(&end, 1, with_parent ? 10000 : 300) == 0;
	kill(child, SIGKILL);
	close(line[0]);
	return outlived;
}

static void the_helper_dies_with_its_host_and_a_tokens_process_not(
	void **state)
{
	(void)state;
	assert_false(outlives_its_parent(true));
	assert_true(outlives_its_parent(false));
}

static void a_user_that_is_root_or_none_is_refused(void **state)
{
	struct sandbox s;

	(void)state;
	SAYS(ERROR_FAILED, "there is no unprivileged user 'root'",
		prepare(&s, "root", &err));
	SAYS(ERROR_FAILED, "there is no unprivileged user 'nobody-of-that",
		prepare(&s, "nobody-of-that-name", &err));
}

#define FORBIDDEN (sizeof(forbidden) / sizeof(forbidden[0]))

int main(void)
{
	struct CMUnitTest tests[FORBIDDEN + 6] = {
		cmocka_unit_test(what_it_needs_is_allowed),
		cmocka_unit_test(privileges_are_given_up),
		cmocka_unit_test(it_is_not_dumped_where_the_system_would),
		cmocka_unit_test(what_cannot_be_given_up_ends_it),
		cmocka_unit_test(
			the_helper_dies_with_its_host_and_a_tokens_process_not),
		cmocka_unit_test(a_user_that_is_root_or_none_is_refused),
	};
	char command[64];
	int r;

	if (geteuid() != 0)
		return puts("needs root, to give it up") < 0 ? 1 : 77;
	for (size_t i = 0; i < FORBIDDEN; i++)
		tests[6 + i] = (struct CMUnitTest){ .name = forbidden[i].name,
			.test_func = is_forbidden,
			.initial_state = (void *)&forbidden[i] };
	if (!mkdtemp(place) || chmod(place, 0777) < 0)
		return 1;
	r = cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command) == 0 ? r : 1;
}
