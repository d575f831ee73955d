/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers, secrets, cleanup handlers: limits, wiping, failures that stick. */
#include "base/buf.h"
#include "base/secret.h"

#include "tests/unit/unit.h"

#include <sys/wait.h>

static void a_buffer_holds_what_was_put(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_string_equal(buf_str(&b), "");
	buf_put(&b, "ab\0c", 4);
	buf_put_byte(&b, 0xff);
	buf_put_be(&b, 0x0102030405060708, 8);
	buf_put_be(&b, 0x0102, 1);
	buf_put_str(&b, "xyz");
	buf_printf(&b, "%s-%d", "n", 42);
	assert_int_equal(b.n, 21);
	assert_memory_equal(buf_str(&b),
		"ab\0c\xff\1\2\3\4\5\6\7\x08\2xyzn-42", 21);
	assert_int_equal(buf_str(&b)[21], '\0');
	OK(buf_check(&b, "this", &err));
	buf_done(&b);
	assert_null(b.p);
	assert_int_equal(b.max, 100);
}

static void exactly_the_maximum_fits(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	buf_put(&b, "abc", 3);
	assert_false(buf_failed(&b));
	assert_string_equal(buf_str(&b), "abc");
	buf_put(&b, "", 0);
	assert_false(buf_failed(&b));
	buf_put_byte(&b, 'd');
	assert_true(buf_failed(&b));
	buf_done(&b);
}

static void the_first_failure_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_put(&b, "abcde", 5);
	buf_put(&b, "x", 1);
	buf_printf(&b, "y");
	assert_true(buf_failed(&b));
	assert_int_equal(b.n, 0);
	SAYS(ERROR_FAILED, "the list is larger than 4 bytes",
		buf_check(&b, "the list", &err));
	assert_null(buf_steal(&b));
	buf_reset(&b);
	assert_false(buf_failed(&b));
	buf_put(&b, "x", 1);
	assert_string_equal(buf_str(&b), "x");
	buf_done(&b);
}

static void sizes_near_the_end_of_memory_fail(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_put(&b, "a", 1);
	buf_put(&b, "a", SIZE_MAX);
	assert_true(buf_failed(&b));
	assert_int_equal(b.n, 1);
	buf_done(&b);
	buf_init(&b, 0);
	buf_put(&b, "a", 1);
	assert_true(buf_failed(&b));
	buf_done(&b);
}

static void printf_larger_than_the_maximum_fails_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_printf(&b, "%s", "12345");
	buf_printf(&b, "%s", "6789");
	assert_true(buf_failed(&b));
	assert_int_equal(b.n, 5);
	buf_done(&b);
}

static void a_stolen_string_belongs_to_its_taker(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	s = buf_steal(&b);
	assert_string_equal(s, "");
	free(s);
	buf_put_str(&b, "alice");
	s = buf_steal(&b);
	assert_string_equal(s, "alice");
	assert_null(b.p);
	free(s);
	buf_put_str(&b, "bob");
	assert_string_equal(buf_str(&b), "bob");
	buf_done(&b);
}

/* What free() is given, seen through a wrapped malloc family. */

static unsigned char *watched;
static size_t watched_n;
static int leaked;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
	size_t i;

	if (p && p == watched) {
		for (i = 0; i < watched_n; i++)
			leaked += watched[i] != 0;
		watched = NULL;
	}
	__real_free(p);
}

static void memory_is_wiped_before_it_goes_back(void **state)
{
	struct buf b;

	(void)state;
	leaked = 0;
	buf_init(&b, 1000);
	buf_put_str(&b, "a secret of sixteen");
	watched = b.p;
	watched_n = b.size;
	while (watched) /* until it grows into another block */
		buf_put_str(&b, "a secret");
	assert_int_equal(leaked, 0);
	watched = b.p;
	watched_n = b.size;
	buf_done(&b);
	assert_null(watched);
	assert_int_equal(leaked, 0);
}

static void reset_wipes_and_keeps_the_memory(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	buf_put_str(&b, "a secret");
	buf_reset(&b);
	assert_int_equal(b.n, 0);
	for (i = 0; i < 8; i++)
		assert_int_equal(b.p[i], 0);
	buf_done(&b);
}

static void a_wiped_string_leaves_nothing(void **state)
{
	char *s = strdup("a secret");

	(void)state;
	leaked = 0;
	watched = (unsigned char *)s;
	watched_n = 8;
	free_wiped_p(&s);
	assert_null(s);
	assert_null(watched);
	assert_int_equal(leaked, 0);
	free_wiped_p(&s);
	free_p(&s);
}

static void a_secret_is_a_string_too(void **state)
{
	struct secret s = SECRET_INIT, t = SECRET_INIT;

	(void)state;
	assert_string_equal(secret_str(&s), "");
	OK(secret_set(&s, "1234", 4, &err));
	assert_int_equal(s.n, 4);
	assert_string_equal(secret_str(&s), "1234");
	OK(secret_set(&s, "", 0, &err));
	assert_string_equal(secret_str(&s), "");
	OK(secret_new(&s, 4096, &err)); /* a page exactly: the NUL needs two */
	assert_int_equal(secret_str(&s)[4096], '\0');
	s.p[0] = 'x';
	secret_move(&t, &s);
	assert_null(s.p);
	assert_int_equal(s.n, 0);
	assert_int_equal(t.p[0], 'x');
	secret_done(&t);
	secret_done(&t);
	assert_null(t.p);
}

static void a_secret_is_new_and_zero(void **state)
{
	struct secret s = SECRET_INIT;
	size_t i;

	(void)state;
	OK(secret_new(&s, 100, &err));
	for (i = 0; i < 100; i++)
		assert_int_equal(s.p[i], 0);
	secret_done(&s);
}

static void a_secret_of_more_than_a_mebibyte_is_refused(void **state)
{
	struct secret s = SECRET_INIT;

	(void)state;
	OK(secret_set(&s, "kept", 4, &err));
	SAYS(ERROR_FAILED, "a secret of 1048577 bytes", secret_new(&s,
		(1 << 20) + 1, &err));
	SAYS(ERROR_FAILED, "a secret of 18446744073709551615 bytes",
		secret_new(&s, SIZE_MAX, &err));
	assert_string_equal(secret_str(&s), "kept");
	OK(secret_new(&s, 1 << 20, &err));
	secret_done(&s);
}

static void a_child_does_not_get_the_secret(void **state)
{
	struct secret s = SECRET_INIT;
	int status;
	pid_t pid;

	(void)state;
	OK(secret_set(&s, "1234", 4, &err));
	pid = fork();
	if (pid == 0)
		_exit(s.p[0] == '1');
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(secret_str(&s), "1234");
	secret_done(&s);
}

static void handlers_take_nothing(void **state)
{
	int fd = -1;

	(void)state;
	close_p(&fd);
	wipe(NULL, 0);
	wipe(NULL, 4);
	fd = dup(0);
	if (fd >= 0) {
		close_p(&fd);
		assert_int_equal(fd, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_holds_what_was_put),
		cmocka_unit_test(exactly_the_maximum_fits),
		cmocka_unit_test(the_first_failure_sticks),
		cmocka_unit_test(sizes_near_the_end_of_memory_fail),
		cmocka_unit_test(printf_larger_than_the_maximum_fails_whole),
		cmocka_unit_test(a_stolen_string_belongs_to_its_taker),
		cmocka_unit_test(memory_is_wiped_before_it_goes_back),
		cmocka_unit_test(reset_wipes_and_keeps_the_memory),
		cmocka_unit_test(a_wiped_string_leaves_nothing),
		cmocka_unit_test(a_secret_is_a_string_too),
		cmocka_unit_test(a_secret_is_new_and_zero),
		cmocka_unit_test(a_secret_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(a_child_does_not_get_the_secret),
		cmocka_unit_test(handlers_take_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
