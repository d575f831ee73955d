/* SPDX-License-Identifier: Apache-2.0 */
/* Threads to which no signal comes. */
#include "base/thread.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void *tell_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return arg;
}

static void a_thread_gets_no_signal_and_its_caller_all_of_them(void **state)
{
	sigset_t before, theirs, after;
	pthread_t thread;
	void *said;
	int s;

	(void)state;
	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(thread_start(&thread, tell_mask, &theirs, 256 * 1024),
		0);
	assert_int_equal(pthread_join(thread, &said), 0);
	assert_ptr_equal(said, &theirs);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (s = 1; s < SIGSYS; s++) {
		assert_int_equal(sigismember(&after, s), s == SIGUSR1);
		if (s != SIGKILL && s != SIGSTOP)
			assert_int_equal(sigismember(&theirs, s), 1);
	}
}

static void one_that_cannot_be_is_told_and_the_mask_is_the_callers(void **state)
{
	sigset_t none, after;
	pthread_t thread;

	(void)state;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	/* more than there are addresses */
	assert_int_equal(thread_start(&thread, tell_mask, NULL,
		(size_t)1 << 62), EAGAIN);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGINT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_thread_gets_no_signal_and_its_caller_all_of_them),
		cmocka_unit_test(
			one_that_cannot_be_is_told_and_the_mask_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
