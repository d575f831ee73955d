/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the form `name = value`. */
#include "base/keyvalue.h"

#include "tests/unit/unit.h"

/* A reader over a copy, so that a byte read too far is seen. */
static struct keyvalue_reader reader_of(const char *text)
{
	return (struct keyvalue_reader){ (char *)copy_of(text, strlen(text)),
		strlen(text), "file", 0 };
}

static void expect(struct keyvalue_reader *r, const char *name,
	const char *value, size_t line)
{
	struct keyvalue kv;

	assert_int_equal(keyvalue_next(r, &kv, &err), 1);
	assert_int_equal(kv.name_n, strlen(name));
	assert_memory_equal(kv.name, name, strlen(name));
	assert_int_equal(kv.value_n, strlen(value));
	assert_memory_equal(kv.value, value, strlen(value));
	assert_int_equal(kv.line, line);
}

static void lines_are_read_without_the_blanks_around_their_parts(void **state)
{
	struct keyvalue_reader r = reader_of("a=1\n\t b \t= x y \t\r\n\n"
		" # c = 3\n#\n  \nd==\ne =");
	const char *bytes = r.p;
	struct keyvalue kv;

	(void)state;
	expect(&r, "a", "1", 1);
	expect(&r, "b", "x y", 2);
	expect(&r, "d", "=", 7);
	expect(&r, "e", "", 8);
	assert_int_equal(keyvalue_next(&r, &kv, &err), 0);
	assert_int_equal(keyvalue_next(&r, &kv, &err), 0);
	free((char *)bytes);
}

static void nothing_is_no_line(void **state)
{
	struct keyvalue_reader r = { NULL, 0, "file", 0 };
	struct keyvalue kv;

	(void)state;
	assert_int_equal(keyvalue_next(&r, &kv, &err), 0);
}

static void a_line_of_another_form_is_refused_with_its_number(void **state)
{
	static const char *const rows[] = { "\na", "\n[a]", "\n= 1", "\n \t=",
		"\na\x01 = 1", "\na = \x1b", "\na = x\ty", "\n\xff = 1",
		"\na = \xc2", "\n=" };
	struct keyvalue kv = { .line = 77 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct keyvalue_reader r = reader_of(rows[i]);
		const char *bytes = r.p;

		SAYS(ERROR_USAGE, "'file', line 2: not of the form",
			keyvalue_next(&r, &kv, &err));
		assert_int_equal(kv.line, 77);
		free((char *)bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			lines_are_read_without_the_blanks_around_their_parts),
		cmocka_unit_test(nothing_is_no_line),
		cmocka_unit_test(
			a_line_of_another_form_is_refused_with_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
