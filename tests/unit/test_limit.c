/* SPDX-License-Identifier: Apache-2.0 */
/* How often a user's programs may ask, and who is at the end of a socket. */
#include "bridge/login/peer/limit.h"
#include "bridge/login/peer/peer.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char place[64];

static int set_up(void **state)
{
	(void)state;
	enter_place(place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

/* ---- the record ---- */

#define NOW 1000000

static void fill(struct limit_record *r, int64_t from)
{
	int i;

	for (i = 0; i < LIMIT_TRIES; i++)
		assert_int_equal(limit_judge(r, from + i), LIMIT_FREE);
}

static void so_many_tries_are_free_and_the_next_is_told_once(void **state)
{
	struct limit_record r = { .reached = false };

	(void)state;
	fill(&r, NOW);
	assert_int_equal(limit_judge(&r, NOW + 100), LIMIT_REACHED);
	assert_int_equal(limit_judge(&r, NOW + 101), LIMIT_STANDS);
	assert_int_equal(limit_judge(&r, NOW + LIMIT_MS - 1), LIMIT_STANDS);
}

/* A try that was refused is none: else one who never stops never gets in. */
static void each_try_is_free_again_when_its_time_is_over(void **state)
{
	struct limit_record r = { .reached = false };

	(void)state;
	fill(&r, NOW);
	assert_int_equal(limit_judge(&r, NOW + LIMIT_MS - 1), LIMIT_REACHED);
	assert_int_equal(limit_judge(&r, NOW + LIMIT_MS), LIMIT_FREE);
	assert_int_equal(limit_judge(&r, NOW + LIMIT_MS), LIMIT_REACHED);
	assert_int_equal(limit_judge(&r, NOW + LIMIT_MS + 1), LIMIT_FREE);
}

static void what_stands_in_the_future_holds_up_nobody(void **state)
{
	struct limit_record r = { .reached = true };
	int i;

	(void)state;
	for (i = 0; i < LIMIT_TRIES; i++)
		r.begun[i] = NOW + LIMIT_MS;
	assert_int_equal(limit_judge(&r, NOW), LIMIT_FREE);
}

/* ---- the file ---- */

static int take(uid_t uid)
{
	struct error e;
	int fd = -1, r = limit_take("attempts", uid, &fd, &e);

	if (r == LIMIT_FREE)
		assert_true(fd >= 0);
	else
		assert_int_equal(fd, -1);
	close_p(&fd);
	return r;
}

static void each_user_has_a_count_of_his_own(void **state)
{
	struct stat st;
	int i;

	(void)state;
	for (i = 0; i < LIMIT_TRIES; i++)
		assert_int_equal(take(1000), LIMIT_FREE);
	assert_int_equal(take(1000), LIMIT_REACHED);
	assert_int_equal(take(1000), LIMIT_STANDS);
	assert_int_equal(take(1001), LIMIT_FREE);
	assert_int_equal(stat("attempts", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat("attempts/1000", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* Waits in a process of its own, with its turn. */
static pid_t hold(uid_t uid, int *ret_line)
{
	int line[2], fd = -1;
	struct error e;
	char c = 'x';
	pid_t pid;

	assert_int_equal(pipe2(line, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		c = limit_take("attempts", uid, &fd, &e) == LIMIT_FREE ? 'y' :
									 'n';
		if (write(line[1], &c, 1) != 1)
			_exit(1);
		pause();
	}
	close(line[1]);
	assert_int_equal(read(line[0], &c, 1), 1);
	*ret_line = line[0];
	assert_int_equal(c, 'y');
	return pid;
}

static void only_so_many_of_a_user_s_run_at_once(void **state)
{
	pid_t pids[LIMIT_AT_ONCE];
	int lines[LIMIT_AT_ONCE], i;

	(void)state;
	for (i = 0; i < LIMIT_AT_ONCE; i++)
		pids[i] = hold(2000, &lines[i]);
	assert_int_equal(take(2000), LIMIT_REACHED);
	assert_int_equal(take(2001), LIMIT_FREE);
	kill(pids[3], SIGKILL);
	waitpid(pids[3], NULL, 0);
	assert_int_equal(take(2000), LIMIT_FREE);
	for (i = 0; i < LIMIT_AT_ONCE; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		close(lines[i]);
	}
}

static void what_cannot_be_counted_is_an_error(void **state)
{
	int fd = -1;

	(void)state;
	SAYS(ERROR_FAILED, "cannot make 'none/attempts'",
		limit_take("none/attempts", 1, &fd, &err));
	assert_int_equal(symlink("/etc/passwd", "attempts/3000"), 0);
	SAYS(ERROR_FAILED, "cannot count attempts in 'attempts/3000'",
		limit_take("attempts", 3000, &fd, &err));
	assert_int_equal(mkdir("attempts/3001", 0700), 0);
	FAILS(ERROR_FAILED, limit_take("attempts", 3001, &fd, &err));
	assert_int_equal(fd, -1);
}

static int next_descriptor(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* Somebody else could have written what it says. */
static void what_is_no_file_of_ours_is_not_counted_in(void **state)
{
	int fd = -1, next = next_descriptor();

	(void)state;
	assert_int_equal(mkfifo("attempts/3002", 0600), 0);
	SAYS(ERROR_FAILED, "cannot count attempts in 'attempts/3002'",
		limit_take("attempts", 3002, &fd, &err));
	assert_int_equal(fd, -1);
	assert_int_equal(next_descriptor(), next);
	if (geteuid() != 0)
		skip();
	write_file("attempts/3003", "", 0, 0666);
	assert_int_equal(chown("attempts/3003", 1, 1), 0);
	SAYS(ERROR_FAILED, "cannot count attempts in 'attempts/3003'",
		limit_take("attempts", 3003, &fd, &err));
	assert_int_equal(fd, -1);
	assert_int_equal(next_descriptor(), next);
	assert_int_equal(chown("attempts/3003", 0, 0), 0);
	assert_int_equal(limit_take("attempts", 3003, &fd, &err), LIMIT_FREE);
	close(fd);
}

static void a_file_that_is_no_record_counts_from_nothing(void **state)
{
	(void)state;
	write_file("attempts/4000", "short", 5, 0600);
	assert_int_equal(take(4000), LIMIT_FREE);
}

/* ---- the other end ---- */

static void called(pid_t pid, const char *count)
{
	char number[24];

	snprintf(number, sizeof(number), "%ld", (long)pid);
	assert_int_equal(setenv("LISTEN_PID", number, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", count, 1), 0);
}

/* A kernel before 6.5 gives no descriptor of who made a socket. */
static bool old_kernel;

int __real_getsockopt(int socket, int level, int name, void *p, socklen_t *n);
int __wrap_getsockopt(int socket, int level, int name, void *p, socklen_t *n);

int __wrap_getsockopt(int socket, int level, int name, void *p, socklen_t *n)
{
	if (old_kernel && name != SO_PEERCRED) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_getsockopt(socket, level, name, p, n);
}

static void an_old_kernel_is_asked_by_the_number_while_it_is_his(void **state)
{
	struct peer p = PEER_INIT;
	int pair[2], status;
	pid_t child;

	(void)state;
	old_kernel = true;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	called(getpid(), "1");
	assert_true(peer_look(pair[0], &p));
	assert_true(p.called);
	assert_true(p.fd >= 0);
	close_p(&p.fd);
	/* who made it is the parent of the one that asks */
	child = fork();
	if (child == 0) {
		unsetenv("LISTEN_PID");
		_exit(peer_look(pair[0], &p) && !p.called && p.fd >= 0 ? 7 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	/* with the other end closed the number may be anybody's */
	close(pair[1]);
	assert_true(peer_look(pair[0], &p));
	assert_true(p.called);
	assert_int_equal(p.fd, -1);
	close(pair[0]);
	unsetenv("LISTEN_PID");
	old_kernel = false;
}

static void the_kernel_says_who_made_a_socket(void **state)
{
	struct peer p = PEER_INIT;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	unsetenv("LISTEN_PID");
	assert_true(peer_look(pair[0], &p));
	assert_int_equal(p.pid, getpid());
	assert_int_equal(p.uid, geteuid());
	assert_false(p.called);
	assert_int_equal(p.fd, -1); /* we are not our parent */

	called(getpid(), "1");
	assert_true(peer_look(pair[0], &p));
	assert_true(p.called);
	assert_true(p.fd >= 0);
	close_p(&p.fd);
	called(getppid(), "1");
	assert_true(peer_look(pair[0], &p));
	assert_false(p.called);
	called(getpid(), "2");
	assert_true(peer_look(pair[0], &p));
	assert_false(p.called);
	close(pair[0]);
	close(pair[1]);
}

static void what_is_no_socket_has_no_other_end(void **state)
{
	struct peer p = PEER_INIT;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_false(peer_look(fd, &p));
	assert_false(peer_look(-1, &p));
	assert_int_equal(p.uid, (uid_t)-1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			so_many_tries_are_free_and_the_next_is_told_once),
		cmocka_unit_test(each_try_is_free_again_when_its_time_is_over),
		cmocka_unit_test(what_stands_in_the_future_holds_up_nobody),
		cmocka_unit_test(each_user_has_a_count_of_his_own),
		cmocka_unit_test(only_so_many_of_a_user_s_run_at_once),
		cmocka_unit_test(what_cannot_be_counted_is_an_error),
		cmocka_unit_test(what_is_no_file_of_ours_is_not_counted_in),
		cmocka_unit_test(a_file_that_is_no_record_counts_from_nothing),
		cmocka_unit_test(the_kernel_says_who_made_a_socket),
		cmocka_unit_test(
			an_old_kernel_is_asked_by_the_number_while_it_is_his),
		cmocka_unit_test(what_is_no_socket_has_no_other_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
