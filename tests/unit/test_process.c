/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers: how they are started, what they get, how they end. This program is
 * its own helper: in a file of another name it does what the name says.
 */
#include "base/capture.h"
#include "base/process.h"
#include "base/wire.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char place[64], self[4096];

/* Number of open descriptors, the one that counts apart. */
static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1; /* its own */

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

/* ---- what the helper does ---- */

static int helper_answer(void)
{
	struct sigaction sa;
	unsigned char reply[4];
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGPIPE, NULL, &sa);
	reply[0] = (unsigned char)open_descriptors();
	reply[1] = (unsigned char)sigismember(&mask, SIGUSR1);
	reply[2] = sa.sa_handler == SIG_DFL;
	reply[3] = fcntl(1, F_GETFL) >= 0 && fcntl(2, F_GETFL) >= 0;
	return wire_send(0, reply, sizeof(reply), deadline_in(5000), NULL) < 0;
}

/* Descriptors 0 to 2 that are /dev/null, open for reading and writing. */
static int null_descriptors(void)
{
	struct stat null, st;
	int fd, n = 0;

	if (stat("/dev/null", &null) < 0)
		return -1;
	for (fd = 0; fd <= 2; fd++)
		n += fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
			st.st_rdev == null.st_rdev &&
			(fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
	return n;
}

static unsigned char variables(void)
{
	unsigned char n = 0;

	while (environ[n])
		n++;
	return n;
}

struct bare {
	unsigned char variables, descriptors, nulls, is_socket, blocked,
		ignored, arguments_are_one;
};

static int argument_count;

/* Before any library may have opened something: what the parent gave. */
static int helper_bare(void)
{
	struct bare b = { .arguments_are_one = argument_count == 1 };
	struct sigaction sa;
	struct stat st;
	sigset_t mask;
	int i;

	b.variables = variables();
	b.descriptors = (unsigned char)open_descriptors();
	b.nulls = (unsigned char)null_descriptors();
	b.is_socket = fstat(PROCESS_BARE_FD, &st) == 0 &&
		S_ISSOCK(st.st_mode);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (i = 1; i < 32; i++) {
		if (sigismember(&mask, i) == 1)
			b.blocked++;
		if (sigaction(i, NULL, &sa) == 0 &&
			sa.sa_handler == SIG_IGN)
			b.ignored++;
	}
	return wire_send(PROCESS_BARE_FD, &b, sizeof(b), deadline_in(5000),
		NULL) < 0;
}

static int helper_bare_seven(void)
{
	char c;

	while (read(PROCESS_BARE_FD, &c, 1) > 0)
		;
	return 7;
}

static int helper_seven(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
	return 7;
}

static int helper_deaf(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
	return 0;
}

static int helper_group(void)
{
	unsigned char reply = getpgrp() == getpid();

	return wire_send(0, &reply, 1, deadline_in(5000), NULL) < 0 ?
		1 : helper_seven();
}

static const struct {
	const char *name;
	int (*run)(void);
} helpers[] = {
	{ "group", helper_group },
	{ "answer", helper_answer },
	{ "seven", helper_seven },
	{ "deaf", helper_deaf },
	{ "bare", helper_bare },
	{ "bare-seven", helper_bare_seven },
};

/* ---- tests ---- */

static int set_up(void **state)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	(void)state;
	assert_true(n > 0);
	self[n] = '\0';
	enter_place(place);
	for (i = 0; i < ARRAY_LEN(helpers); i++)
		assert_int_equal(symlink(self, helpers[i].name), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void start(struct process *p, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	OK(process_start(p, path, &err));
	assert_true(p->pid > 0);
	assert_true(p->socket >= 0);
}

static void a_helper_gets_its_socket_and_nothing_else(void **state)
{
	struct process p = PROCESS_INIT;
	int extra = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	sigset_t set, old;
	struct buf b;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGPIPE, SIG_IGN);
	start(&p, "answer");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	buf_init(&b, 64);
	OK(wire_receive(p.socket, &b, -1, deadline_in(20000), &err));
	assert_int_equal(b.n, 4);
	assert_int_equal(b.p[0], 3);
	assert_int_equal(b.p[1], 0);
	assert_int_equal(b.p[2], 1);
	assert_int_equal(b.p[3], 1);
	assert_int_equal(process_stop(&p, deadline_in(20000)), 0);
	buf_done(&b);
	close(extra);
}

static void this_program_once_more_hears_no_ctrl_c(void **state)
{
	char name[] = "./group", more[] = "more";
	char *words[] = { name, more, NULL };
	struct process p = PROCESS_INIT;
	struct buf b;

	(void)state;
	OK(process_start_self(&p, words, &err));
	buf_init(&b, 64);
	OK(wire_receive(p.socket, &b, -1, deadline_in(20000), &err));
	assert_int_equal(b.n, 1);
	assert_int_equal(b.p[0], 1);
	assert_int_equal(WEXITSTATUS(process_stop(&p, deadline_in(20000))), 7);
	buf_done(&b);
}

static void hanging_up_ends_a_helper_and_its_status_is_told(void **state)
{
	struct process p = PROCESS_INIT;
	int status;

	(void)state;
	start(&p, "seven");
	status = process_stop(&p, deadline_in(20000));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(p.pid, 0);
	assert_int_equal(p.socket, -1);
	assert_int_equal(process_stop(&p, deadline_in(0)), -1);
}

static void a_deaf_helper_is_killed_at_the_deadline(void **state)
{
	struct process p = PROCESS_INIT;
	int64_t begin;
	pid_t pid;

	(void)state;
	start(&p, "deaf");
	pid = p.pid;
	begin = deadline_now();
	assert_int_equal(process_stop(&p, deadline_in(50)), -1);
	assert_true(deadline_now() - begin >= 50);
	assert_true(deadline_now() - begin < 10000);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* As of a host with no descriptor left (RLIMIT_NOFILE). */
static void and_so_without_a_descriptor_of_the_process(void **state)
{
	struct process p = PROCESS_INIT;
	pid_t pid;
	int status;

	(void)state;
	start(&p, "deaf");
	pid = p.pid;
	close_p(&p.pidfd);
	assert_int_equal(process_stop(&p, deadline_in(50)), -1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	start(&p, "seven");
	close_p(&p.pidfd);
	status = process_stop(&p, deadline_in(20000));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	signal(SIGCHLD, SIG_IGN);
	start(&p, "seven");
	close_p(&p.pidfd);
	assert_int_equal(process_stop(&p, deadline_in(20000)), -1);
	signal(SIGCHLD, SIG_DFL);
}

static void a_helper_that_was_reaped_elsewhere_is_no_trouble(void **state)
{
	struct process p = PROCESS_INIT;

	(void)state;
	signal(SIGCHLD, SIG_IGN); /* as some hosts do */
	start(&p, "seven");
	assert_int_equal(process_stop(&p, deadline_in(20000)), -1);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(p.pid, 0);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
	struct process p = PROCESS_INIT;
	int before = open_descriptors();

	(void)state;
	SAYS(ERROR_FAILED, "'/nowhere/helper'",
		process_start(&p, "/nowhere/helper", &err));
	assert_int_equal(p.pid, 0);
	assert_int_equal(p.socket, -1);
	assert_int_equal(open_descriptors(), before);
}

static void no_descriptor_is_left_after_many_runs(void **state)
{
	struct process p = PROCESS_INIT;
	int before = open_descriptors(), i;

	(void)state;
	for (i = 0; i < 5; i++) {
		start(&p, "seven");
		process_stop(&p, deadline_in(20000));
	}
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* ---- called ---- */

static int listen_at(const char *path, int queue)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(at.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, queue), 0);
	return fd;
}

static void a_helper_that_root_listens_for_is_called(void **state)
{
	struct process p = PROCESS_INIT;
	int fd = listen_at("root", 4), theirs;
	char c = 0;

	(void)state;
	OK(process_call(&p, "root", deadline_in(5000), &err));
	assert_true(fcntl(p.socket, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(p.pid, 0);
	theirs = accept(fd, NULL, NULL);
	assert_int_equal(write(theirs, "x", 1), 1);
	assert_int_equal(read(p.socket, &c, 1), 1);
	assert_int_equal(process_stop(&p, deadline_in(0)), -1);
	assert_int_equal(p.socket, -1);
	assert_int_equal(read(theirs, &c, 1), 0);
	close(theirs);
	close(fd);
}

/* Who is asked is who listened: not who made the file, or connects to it. */
static void a_socket_of_somebody_else_s_is_not_called(void **state)
{
	struct process p = PROCESS_INIT;
	int before, fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(place, 0777), 0);
	assert_int_equal(seteuid(65534), 0);
	fd = listen_at("nobodys", 4);
	assert_int_equal(seteuid(0), 0);
	before = open_descriptors();
	SAYS(ERROR_PERMISSION, "not root who listens",
		process_call(&p, "nobodys", deadline_in(5000), &err));
	assert_int_equal(p.socket, -1);
	assert_int_equal(open_descriptors(), before);
	close(fd);
}

static void where_nobody_takes_the_call_it_is_an_error_in_time(void **state)
{
	struct process p = PROCESS_INIT;
	char path[200];
	int64_t begin;
	int fd = listen_at("full", 0), before = open_descriptors();

	(void)state;
	SAYS(ERROR_FAILED, "'none'",
		process_call(&p, "none", deadline_in(5000), &err));
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	SAYS(ERROR_FAILED, "too long",
		process_call(&p, path, deadline_in(5000), &err));
	OK(process_call(&p, "full", deadline_in(0), &err)); /* the queue's one */
	begin = deadline_now();
	SAYS(ERROR_FAILED, "cannot reach 'full': ", process_call(
		&(struct process)PROCESS_INIT, "full", deadline_in(50), &err));
	assert_true(deadline_now() - begin >= 50);
	assert_true(deadline_now() - begin < 5000);
	process_stop(&p, deadline_in(0));
	assert_int_equal(open_descriptors(), before);
	close(fd);
}

/* ---- bare ---- */

static void start_bare(struct process *p, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	OK(process_start_bare(p, path, &err));
	assert_true(p->pid > 0);
	assert_true(p->socket >= 0);
}

/* What a bare helper finds; false where it does not say. */
static bool ask_bare(struct bare *ret)
{
	struct process p = PROCESS_INIT;
	char path[128];
	struct buf b;
	bool said;

	snprintf(path, sizeof(path), "%s/bare", place);
	if (process_start_bare(&p, path, NULL) < 0)
		return false;
	buf_init(&b, 64);
	said = wire_receive(p.socket, &b, -1, deadline_in(20000), NULL) == 0 &&
		b.n == sizeof(*ret);
	if (said)
		memcpy(ret, b.p, sizeof(*ret));
	process_stop(&p, deadline_in(20000));
	buf_done(&b);
	return said;
}

/* Whether a helper got its socket as 3, /dev/null as 0 to 2, and no more. */
static bool is_bare(const struct bare *b)
{
	return b->variables == 0 && b->descriptors == 4 && b->nulls == 3 &&
		b->is_socket && b->blocked == 0 && b->arguments_are_one;
}

static void a_bare_helper_takes_nothing_from_its_parent(void **state)
{
	int extra[4], i;
	sigset_t set, old;
	struct bare b;

	(void)state;
	for (i = 0; i < 4; i++) /* without O_CLOEXEC */
		extra[i] = open("/dev/null", O_RDONLY);
	assert_int_equal(setenv("LD_BIND_NOW", "1", 1), 0);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	assert_true(ask_bare(&b));
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (i = 0; i < 4; i++)
		close(extra[i]);
	assert_int_equal(b.variables, 0);
	assert_int_equal(b.descriptors, 4);
	assert_int_equal(b.nulls, 3);
	assert_true(b.is_socket);
	assert_int_equal(b.blocked, 0);
	assert_true(b.arguments_are_one);
}

/* In a child whose descriptors in `closed` (a bit each) are closed. */
static void start_with_closed(unsigned closed)
{
	struct bare b;
	int status, fd;
	pid_t pid = fork();

	if (pid == 0) {
		for (fd = 0; fd < 8; fd++)
			if (closed & 1u << fd)
				close(fd);
		_exit(!ask_bare(&b) ? 1 : is_bare(&b) ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("with %#x closed: status %#x", closed, status);
}

static void a_bare_helper_starts_whatever_its_parent_has_closed(void **state)
{
	unsigned closed;

	(void)state;
	for (closed = 0; closed < 32; closed++)
		start_with_closed(closed);
	start_with_closed(0xff);
	start_with_closed(0xf8);
}

static void a_bare_helper_starts_where_ended_children_are_ignored(void **state)
{
	struct process p = PROCESS_INIT;
	struct bare b;
	bool said;

	(void)state;
	signal(SIGCHLD, SIG_IGN); /* as some hosts do */
	said = ask_bare(&b);
	start_bare(&p, "bare-seven");
	assert_int_equal(process_stop(&p, deadline_in(20000)), -1);
	signal(SIGCHLD, SIG_DFL);
	assert_true(said);
	assert_int_equal(b.ignored, 0);
	assert_true(is_bare(&b));
}

static void a_bare_helper_ends_when_its_parent_hangs_up(void **state)
{
	struct process p = PROCESS_INIT;
	int status;

	(void)state;
	start_bare(&p, "bare-seven");
	status = process_stop(&p, deadline_in(20000));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(p.pid, 0);
}

static void a_bare_program_that_is_not_there_is_an_error(void **state)
{
	struct process p = PROCESS_INIT;
	int before = open_descriptors();

	(void)state;
	SAYS(ERROR_FAILED, "'/nowhere/helper'",
		process_start_bare(&p, "/nowhere/helper", &err));
	SAYS(ERROR_FAILED, "cannot start '", process_start_bare(&p, place, &err));
	assert_int_equal(p.socket, -1);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_program_of_ours_is_found_beside_this_one(void **state)
{
	char want[4200];
	char *path = process_find(strrchr(self, '/') + 1, "/built/in");
	struct stat a, b;

	(void)state;
	assert_non_null(path);
	snprintf(want, sizeof(want), "%s", self);
	assert_int_equal(stat(want, &a), 0);
	assert_int_equal(stat(path, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	free(path);
	path = process_find("no-such-program", "/built/in");
	assert_string_equal(path, "/built/in");
	free(path);
}

static void a_hardened_process_leaves_no_core_and_no_open_file(void **state)
{
	struct rlimit core;
	struct stat st;
	int status, fd;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		process_harden();
		getrlimit(RLIMIT_CORE, &core);
		fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
		_exit((core.rlim_cur != 0) | (core.rlim_max != 0) << 1 |
			(prctl(PR_GET_DUMPABLE) != 0) << 2 | (fd < 3) << 3 |
			(fstat(fd, &st) < 0 || (st.st_mode & 077)) << 4 |
			(signal(SIGPIPE, SIG_DFL) != SIG_IGN) << 5 |
			(fd > 3) << 6);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* ---- programs of others ---- */

static int captured(const char *script, int64_t ms, struct buf *out,
	struct buf *words, struct error *ret)
{
	char *const argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	const struct capture c = { .argv = argv, .words_max = 100,
		.cancel_fd = -1, .until = deadline_in(ms) };
	int status = -1, r;

	buf_init(out, 1000);
	r = capture_run(&c, out, words, &status, ret);
	return r < 0 ? r : WEXITSTATUS(status);
}

/* As an agent does that a program starts on its way. */
static void what_a_program_leaves_running_is_not_waited_for(void **state)
{
	static const char *const scripts[] = {
		"printf here; sleep 30 &",
		"sleep 30 & printf here",
		"sleep 30 >/dev/null & printf here",
		"sleep 30 2>/dev/null & printf here",
	};
	deadline_t begun = deadline_now();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(scripts); i++) {
		CLEANUP(buf_done) struct buf out;
		CLEANUP(buf_done) struct buf words;

		assert_int_equal(captured(scripts[i], 25000, &out, &words,
					 NULL), 0);
		assert_string_equal(buf_str(&out), "here");
	}
	assert_true(deadline_now() - begun < 20000);
}

static void a_program_that_does_not_end_is_killed(void **state)
{
	CLEANUP(buf_done) struct buf out;
	CLEANUP(buf_done) struct buf words;

	(void)state;
	assert_int_equal(captured("exec sleep 60", 300, &out, &words, &err),
		-ERROR_TIMEOUT);
	assert_non_null(strstr(err.text, "in time"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_helper_gets_its_socket_and_nothing_else),
		TEST(this_program_once_more_hears_no_ctrl_c),
		TEST(hanging_up_ends_a_helper_and_its_status_is_told),
		TEST(a_deaf_helper_is_killed_at_the_deadline),
		TEST(and_so_without_a_descriptor_of_the_process),
		TEST(a_helper_that_was_reaped_elsewhere_is_no_trouble),
		TEST(a_program_that_is_not_there_is_an_error),
		TEST(no_descriptor_is_left_after_many_runs),
		TEST(a_helper_that_root_listens_for_is_called),
		TEST(a_socket_of_somebody_else_s_is_not_called),
		TEST(where_nobody_takes_the_call_it_is_an_error_in_time),
		TEST(a_bare_helper_takes_nothing_from_its_parent),
		TEST(a_bare_helper_starts_whatever_its_parent_has_closed),
		TEST(a_bare_helper_starts_where_ended_children_are_ignored),
		TEST(a_bare_helper_ends_when_its_parent_hangs_up),
		TEST(a_bare_program_that_is_not_there_is_an_error),
		TEST(a_program_of_ours_is_found_beside_this_one),
		TEST(what_a_program_leaves_running_is_not_waited_for),
		TEST(a_program_that_does_not_end_is_killed),
		TEST(a_hardened_process_leaves_no_core_and_no_open_file),
	};
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	size_t i;

	argument_count = argc;
	for (i = 0; name && i < ARRAY_LEN(helpers); i++)
		if (strcmp(name + 1, helpers[i].name) == 0)
			return helpers[i].run();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
