/* SPDX-License-Identifier: Apache-2.0 */
/* age as it may behave: a shell's script stands in for it. */
#include "tests/unit/unit.h"

#include "bridge/seal/encrypt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGE "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----\\n" \
	"YWdlLWVuY3J5cHRpb24ub3JnL3Yx\\n"
#define END "-----END AGE ENCRYPTED FILE-----\\n"
#define TELLS "cat >/dev/null; printf %b '" BEGIN "AAAA\\n" END "'; "

static const char *script;
static struct seal_request q;
static struct buf message;
static int kills;
static pid_t killed;

int __real_access(const char *path, int mode);
WRAP(int, access, const char *path, int mode)
{
	size_t n = strlen(path);

	/* who counts lines asks for folders of his own */
	return n > 4 && strcmp(path + n - 4, "/age") == 0 ? 0 :
		__real_access(path, mode);
}

int __real_execv(const char *path, char *const argv[]);
WRAP(int, execv, const char *path, char *const argv[])
{
	const char *const words[] = { "sh", "-c", script, NULL };

	(void)path;
	(void)argv;
	return __real_execv("/bin/sh", (char *const *)words);
}

/* Never outside: a number that is none of ours may be anybody's. */
int __real_kill(pid_t pid, int signo);
WRAP(int, kill, pid_t pid, int signo)
{
	kills++;
	killed = pid;
	return pid > 1 ? __real_kill(pid, signo) : 0;
}

static int encrypt_by(const char *s, int cancel_fd)
{
	script = s;
	kills = 0;
	killed = 0;
	return seal_encrypt(&q, cancel_fd, &message, &err);
}

static int set_up(void **state)
{
	(void)state;
	seal_request_done(&q);
	snprintf(q.recipients, sizeof(q.recipients), "%s", AGE);
	return secret_set(&q.secret, "482913", 6, &err);
}

static void no_child_is_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_message_is_taken_and_nobody_killed(void **state)
{
	(void)state;
	OK(encrypt_by(TELLS, -1));
	assert_non_null(strstr(buf_str(&message), "\nAAAA\n"));
	assert_int_equal(kills, 0);
	no_child_is_left();
}

static void what_went_wrong_is_told(void **state)
{
	static const struct {
		const char *script;
		int code;
		const char *part;
	} rows[] = {
		{ "cat >/dev/null; printf 'one\\ntwo\\n' >&2; exit 1",
			ERROR_FAILED, "age did not encrypt it: one" },
		{ "cat >/dev/null; exit 3", ERROR_FAILED,
			"age did not encrypt it, and does not say why" },
		/* all of it, and then no success */
		{ TELLS "exit 1", ERROR_FAILED, "does not say why" },
		{ TELLS "kill -KILL $$", ERROR_FAILED, "does not say why" },
		{ "cat", ERROR_MALFORMED, "no encrypted message" },
		{ "printf %b '" BEGIN "'; cat; printf %b '" END "'",
			ERROR_MALFORMED, "no encrypted message" },
		{ "printf %b '" BEGIN "\\377\\n" END "'", ERROR_MALFORMED,
			"no encrypted message" },
		{ "exec yes", ERROR_MALFORMED, "for one PIN" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		SAYS(rows[i].code, rows[i].part,
			encrypt_by(rows[i].script, -1));
		no_child_is_left();
	}
	/* the last one was still at it */
	assert_int_equal(kills, 1);
	assert_true(killed > 1);
}

static void one_that_does_not_end_is_ended_when_we_are(void **state)
{
	/* before it has said anything, and behind all of it */
	static const char *const scripts[] = { "exec sleep 600",
		TELLS "exec sleep 600 >/dev/null 2>&1" };
	int ends[2];
	size_t i;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(close(ends[1]), 0);
	for (i = 0; i < ARRAY_LEN(scripts); i++) {
		FAILS(ERROR_INTERRUPTED, encrypt_by(scripts[i], ends[0]));
		assert_int_equal(kills, 1);
		assert_true(killed > 1);
		no_child_is_left();
	}
	close(ends[0]);
}

static int done(void **state)
{
	(void)state;
	seal_request_done(&q);
	buf_done(&message);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_taken_and_nobody_killed),
		cmocka_unit_test(what_went_wrong_is_told),
		cmocka_unit_test(one_that_does_not_end_is_ended_when_we_are),
	};

	return cmocka_run_group_tests(tests, set_up, done);
}
