/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers: how they are started, what they get, how they end. This program is
 * its own helper: in a file of another name it does what the name says.
 */
#include "base/process.h"
#include "base/wire.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static const struct {
	const char *name;
	int (*run)(void);
} helpers[] = {
	{ "answer", helper_answer },
	{ "seven", helper_seven },
	{ "deaf", helper_deaf },
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_helper_gets_its_socket_and_nothing_else),
		TEST(hanging_up_ends_a_helper_and_its_status_is_told),
		TEST(a_deaf_helper_is_killed_at_the_deadline),
		TEST(a_helper_that_was_reaped_elsewhere_is_no_trouble),
		TEST(a_program_that_is_not_there_is_an_error),
		TEST(no_descriptor_is_left_after_many_runs),
		TEST(a_program_of_ours_is_found_beside_this_one),
		TEST(a_hardened_process_leaves_no_core_and_no_open_file),
	};
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	size_t i;

	for (i = 0; name && i < ARRAY_LEN(helpers); i++)
		if (strcmp(name + 1, helpers[i].name) == 0)
			return helpers[i].run();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
