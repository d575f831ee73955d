/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between our own processes, from a helper that may say anything. */
#include "base/wire.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int pair[2];

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static int tear_down(void **state)
{
	(void)state;
	close_p(&pair[0]);
	close_p(&pair[1]);
	return 0;
}

static void put(const char *p, size_t n)
{
	assert_int_equal(write(pair[1], p, n), n);
}

static int receive(struct buf *b, int ms)
{
	return wire_receive(pair[0], b, -1, deadline_in(ms), &err);
}

static void a_frame_arrives_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	OK(wire_send(pair[1], "hello", 5, deadline_in(1000), &err));
	OK(wire_send(pair[1], "", 0, deadline_in(1000), &err));
	OK(wire_send(pair[1], NULL, 0, deadline_in(1000), &err));
	OK(receive(&b, 1000));
	assert_string_equal(buf_str(&b), "hello");
	OK(receive(&b, 1000));
	assert_int_equal(b.n, 0);
	OK(receive(&b, 1000));
	SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
		receive(&b, 10));
	buf_done(&b);
}

static void the_largest_frame_arrives_and_one_byte_more_is_not_sent(
	void **state)
{
	static char big[WIRE_MAX + 1];
	struct buf b;
	pid_t pid;
	int status;

	(void)state;
	big[WIRE_MAX - 1] = 'z';
	pid = fork(); /* more than a socket's buffer may hold */
	if (pid == 0)
		_exit(wire_send(pair[1], big, WIRE_MAX, deadline_in(5000),
			NULL) < 0);
	buf_init(&b, WIRE_MAX);
	OK(receive(&b, 5000));
	assert_int_equal(b.n, WIRE_MAX);
	assert_int_equal(b.p[WIRE_MAX - 1], 'z');
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	SAYS(ERROR_FAILED, "bytes is too long",
		wire_send(pair[1], big, WIRE_MAX + 1,
		deadline_in(1000), &err));
	SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
		receive(&b, 10));
	buf_done(&b);
}

static void a_frame_that_claims_too_much_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	put("\0\1\0\1", 4);
	SAYS(ERROR_FAILED, "65537", receive(&b, 1000));
	put("\xff\xff\xff\xff", 4);
	SAYS(ERROR_FAILED, "4294967295", receive(&b, 1000));
	buf_done(&b);
}

static void a_frame_larger_than_its_buffer_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	put("\0\0\0\5hello", 9);
	SAYS(ERROR_FAILED, "is larger than",
		receive(&b, 1000));
	buf_done(&b);
}

static void a_peer_that_hangs_up_is_a_failure_at_every_byte(void **state)
{
	static const char frame[] = "\0\0\0\5hello";
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, WIRE_MAX);
	for (n = 0; n < 9; n++) {
		put(frame, n);
		close_p(&pair[1]);
		SAYS(ERROR_FAILED, "ended before", receive(&b, 1000));
		tear_down(NULL);
		set_up(NULL);
	}
	buf_done(&b);
}

static void a_frame_that_stalls_ends_at_the_deadline(void **state)
{
	static const char frame[] = "\0\0\0\5hello";
	int64_t start = deadline_now();
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, WIRE_MAX);
	for (n = 0; n < 9; n++) {
		put(frame, n);
		SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
			receive(&b, 10));
		tear_down(NULL);
		set_up(NULL);
	}
	assert_true(deadline_now() - start >= 90);
	buf_done(&b);
}

static void cancelling_wins_over_waiting_and_over_data(void **state)
{
	struct buf b;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	buf_init(&b, WIRE_MAX);
	put("\0\0\0\5hello", 9);
	OK(wire_receive(pair[0], &b, p[0], deadline_in(1000), &err));
	assert_int_equal(write(p[1], "x", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		wire_receive(pair[0], &b, p[0], DEADLINE_NEVER, &err));
	put("\0\0\0\5hello", 9);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		wire_receive(pair[0], &b, p[0], DEADLINE_NEVER, &err));
	close(p[0]);
	close(p[1]);
	buf_done(&b);
}

static void a_dead_peer_is_an_error_not_a_signal(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_DFL);
	close_p(&pair[0]);
	SAYS(ERROR_FAILED, "cannot send to a helper process",
		wire_send(pair[1], "x", 1, deadline_in(1000), &err));
}

static void a_peer_that_does_not_read_ends_at_the_deadline(void **state)
{
	static char big[WIRE_MAX];
	int small = 4096, r = 0, i;

	(void)state;
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (i = 0; r == 0 && i < 100; i++)
		r = wire_send(pair[1], big, sizeof(big), deadline_in(30),
			&err);
	assert_int_equal(r, -ERROR_TIMEOUT);
}

static void members_come_back_as_they_were_put(void **state)
{
	struct wire_reader r;
	const unsigned char *p;
	struct buf b;
	char s[6];
	size_t n;

	(void)state;
	buf_init(&b, 1000);
	buf_put_be(&b, 0x0102, 2);
	wire_put_str(&b, "alice");
	wire_put_bytes(&b, "a\0b", 3);
	wire_put_bytes(&b, NULL, 0);
	wire_put_str(&b, "");
	buf_put_be(&b, UINT64_MAX, 8);
	r = (struct wire_reader){ b.p, b.n, false };
	assert_int_equal(wire_get_be(&r, 2), 0x0102);
	wire_get_str(&r, s, sizeof(s));
	assert_string_equal(s, "alice");
	p = wire_get_bytes(&r, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "a\0b", 3);
	p = wire_get_bytes(&r, &n);
	assert_non_null(p);
	assert_int_equal(n, 0);
	wire_get_str(&r, s, sizeof(s));
	assert_string_equal(s, "");
	assert_false(wire_done(&r));
	assert_true(wire_get_be(&r, 8) == UINT64_MAX);
	assert_true(wire_done(&r));
	assert_int_equal(wire_get_be(&r, 0), 0);
	assert_true(wire_done(&r));
	assert_int_equal(wire_get_be(&r, 1), 0);
	assert_false(wire_done(&r));
	buf_done(&b);
}

static void a_cut_payload_fails_and_stays_failed(void **state)
{
	static const char whole[] = "\0\5alice\1\2";
	struct wire_reader r;
	unsigned char *cut;
	size_t n;
	char s[8];

	(void)state;
	for (n = 0; n < 9; n++) {
		cut = copy_of(whole, n);
		r = (struct wire_reader){ cut, n, false };
		strcpy(s, "old");
		wire_get_str(&r, s, sizeof(s));
		assert_string_equal(s, n < 7 ? "" : "alice");
		wire_get_be(&r, 2);
		assert_false(wire_done(&r));
		assert_int_equal(wire_get_be(&r, 0), 0);
		assert_null(wire_get_bytes(&r, &(size_t){ 0 }));
		assert_false(wire_done(&r));
		free(cut);
	}
}

static void a_string_that_does_not_fit_or_holds_a_nul_fails(void **state)
{
	static const char text[] = "\0\5al\0ce\0\5alice";
	struct wire_reader r = { (const unsigned char *)text, 7, false };
	char s[6], five[5];

	(void)state;
	wire_get_str(&r, s, sizeof(s));
	assert_true(r.failed);
	assert_string_equal(s, "");
	r = (struct wire_reader){ (const unsigned char *)text + 7, 7, false };
	wire_get_str(&r, five, sizeof(five));
	assert_true(r.failed);
	assert_string_equal(five, "");
}

static void bytes_too_many_for_their_length_fail_the_buffer(void **state)
{
	static char big[65536];
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	wire_put_bytes(&b, big, 65535);
	assert_false(buf_failed(&b));
	wire_put_bytes(&b, big, 65536);
	assert_true(buf_failed(&b));
	buf_done(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_arrives_whole),
		TEST(the_largest_frame_arrives_and_one_byte_more_is_not_sent),
		TEST(a_frame_that_claims_too_much_is_refused),
		TEST(a_frame_larger_than_its_buffer_is_refused),
		TEST(a_peer_that_hangs_up_is_a_failure_at_every_byte),
		TEST(a_frame_that_stalls_ends_at_the_deadline),
		TEST(cancelling_wins_over_waiting_and_over_data),
		TEST(a_dead_peer_is_an_error_not_a_signal),
		TEST(a_peer_that_does_not_read_ends_at_the_deadline),
		cmocka_unit_test(members_come_back_as_they_were_put),
		cmocka_unit_test(a_cut_payload_fails_and_stays_failed),
		cmocka_unit_test(
			a_string_that_does_not_fit_or_holds_a_nul_fails),
		cmocka_unit_test(
			bytes_too_many_for_their_length_fail_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
