/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of somebody else's: what comes of them, and where they are cut off. */
#include "base/capture.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define LONG 20000 /* ms: far more than any of them takes */

static struct buf out, words;
static int status;

static int run_it(char *const *argv, size_t most, size_t words_max,
	int cancel_fd, deadline_t until)
{
	const struct capture c = { argv, words_max, cancel_fd, until };

	buf_done(&out);
	buf_done(&words);
	buf_init(&out, most);
	status = -99;
	return capture_run(&c, &out, &words, &status, &err);
}

static int shell_in(char *line, size_t most, size_t words_max,
	int64_t ms)
{
	char name[] = "sh", option[] = "-c";
	char *argv[] = { name, option, line, NULL };

	return run_it(argv, most, words_max, -1, deadline_in(ms));
}

static int shell(const char *line)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", line);
	return shell_in(copy, 100, 100, LONG);
}

static int forget(void **state)
{
	(void)state;
	buf_done(&out);
	buf_done(&words);
	return 0;
}

static void what_it_writes_and_how_it_ends_is_told(void **state)
{
	(void)state;
	OK(shell("echo one; echo two >&2; exit 3"));
	assert_string_equal(buf_str(&out), "one\n");
	assert_string_equal(buf_str(&words), "two\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	OK(shell(":"));
	assert_int_equal(out.n, 0);
	assert_int_equal(words.n, 0);
	assert_int_equal(status, 0);
	OK(shell("kill -9 $$"));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* one of the two may be over long before the other */
	OK(shell("exec 2>&-; echo late"));
	assert_string_equal(buf_str(&out), "late\n");
	OK(shell("exec 1>&-; echo late >&2"));
	assert_string_equal(buf_str(&words), "late\n");
}

static void it_reads_nothing_and_gets_no_descriptor_of_ours(void **state)
{
	int fds[2];

	(void)state;
	/* not closed by exec, as those of a library may be */
	assert_int_equal(pipe(fds), 0);
	OK(shell("cat; ls /proc/self/fd | wc -l"));
	/* 0 to 2, and the folder that ls reads */
	assert_string_equal(buf_str(&out), "4\n");
	close(fds[0]);
	close(fds[1]);
	OK(shell("readlink /proc/self/fd/0"));
	assert_string_equal(buf_str(&out), "/dev/null\n");
}

static void its_signals_are_the_usual_ones(void **state)
{
	sigset_t all, old;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	signal(SIGTERM, SIG_IGN);
	OK(shell("kill -TERM $$; echo alive"));
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(out.n, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void of_its_words_the_beginning_is_kept(void **state)
{
	char line[80] = "echo 12345678 >&2; echo abc >&2; echo good";

	(void)state;
	OK(shell_in(line, 100, 5, LONG));
	assert_string_equal(buf_str(&words), "12345");
	assert_string_equal(buf_str(&out), "good\n");
	/* in pieces, which are put together */
	strcpy(line, "printf 123 >&2; sleep 0.1; printf 45678 >&2");
	OK(shell_in(line, 100, 5, LONG));
	assert_string_equal(buf_str(&words), "12345");
	OK(shell("yes | head -c 100000 >&2; echo good"));
	assert_int_equal(words.n, 100);
	assert_string_equal(buf_str(&out), "good\n");
}

static void what_writes_too_much_is_ended(void **state)
{
	char line[80] = "printf 1234567890";

	(void)state;
	OK(shell_in(line, 10, 10, LONG));
	assert_string_equal(buf_str(&out), "1234567890");
	SAYS(ERROR_MALFORMED, "'sh' writes more than 9 bytes",
		shell_in(line, 9, 10, LONG));
	strcpy(line, "yes");
	SAYS(ERROR_MALFORMED, "'sh' writes more than 10000 bytes",
		shell_in(line, 10000, 10, LONG));
}

/* No child is left, neither running nor dead. */
static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void what_does_not_end_in_time_is_killed(void **state)
{
	char sleeps[] = "exec sleep 60";
	char closes[] = "exec sleep 60 >&- 2>&-";
	int64_t begun = deadline_now();

	(void)state;
	SAYS(ERROR_TIMEOUT, "'sh' did not end in time",
		shell_in(sleeps, 10, 10, 100));
	assert_no_child();
	/* it says nothing more, and is there still */
	SAYS(ERROR_TIMEOUT, "'sh' did not end in time",
		shell_in(closes, 10, 10, 100));
	assert_no_child();
	assert_in_range(deadline_now() - begun, 200, 30000);
	assert_int_equal(status, -99);
}

static void who_is_interrupted_ends_it(void **state)
{
	char name[] = "sleep", time[] = "60";
	char sh[] = "sh", option[] = "-c", line[] = "exec sleep 60 >&- 2>&-";
	char *argv[] = { name, time, NULL };
	char *closes[] = { sh, option, line, NULL };
	int64_t begun = deadline_now();
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		run_it(argv, 10, 10, fds[0], deadline_in(60000)));
	assert_no_child();
	SAYS(ERROR_INTERRUPTED, "interrupted",
		run_it(closes, 10, 10, fds[0], deadline_in(60000)));
	assert_no_child();
	assert_true(deadline_now() - begun < 30000);
	close(fds[0]);
	close(fds[1]);
}

static void a_program_that_is_nowhere_is_named(void **state)
{
	char none[] = "tokenbridge-none", folder[] = "/proc/self";
	char file[] = "/proc/self/stat/x";
	char *const rows[] = { none, folder, file };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char want[64], *argv[] = { rows[i], NULL };

		snprintf(want, sizeof(want), "cannot run '%s': ", rows[i]);
		SAYS(ERROR_UNSUPPORTED, want,
			run_it(argv, 10, 10, -1, deadline_in(LONG)));
		assert_no_child();
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_it_writes_and_how_it_ends_is_told),
		TEST(it_reads_nothing_and_gets_no_descriptor_of_ours),
		TEST(its_signals_are_the_usual_ones),
		TEST(of_its_words_the_beginning_is_kept),
		TEST(what_writes_too_much_is_ended),
		TEST(what_does_not_end_in_time_is_killed),
		TEST(who_is_interrupted_ends_it),
		TEST(a_program_that_is_nowhere_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
