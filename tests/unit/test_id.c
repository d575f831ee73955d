/* SPDX-License-Identifier: Apache-2.0 */
/* Ids: random, and of one form only. */
#include "base/id.h"

#include "tests/unit/unit.h"

static struct error err;

static void ids_are_random_and_of_one_form(void **state)
{
	char a[ID_LEN], b[ID_LEN];

	(void)state;
	assert_int_equal(id_new(a, &err), 0);
	assert_int_equal(id_new(b, &err), 0);
	assert_true(id_is_valid(a));
	assert_string_not_equal(a, b);
	assert_false(id_is_valid(""));
	assert_false(id_is_valid("0123456789abcdef0123456789abcdef0"));
	assert_false(id_is_valid("0123456789ABCDEF0123456789abcdef"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_random_and_of_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
