/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest word. */
#include "base/near.h"

#include "tests/unit/unit.h"

static void distance_counts_slips_of_the_fingers(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned d;
	} rows[] = {
		{ "", "", 0 }, { "", "abc", 3 }, { "abc", "abc", 0 },
		{ "lst", "list", 1 }, { "liist", "list", 1 },
		{ "lost", "list", 1 }, { "lsit", "list", 1 },
		{ "verfiy", "verify", 1 }, { "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, /* as optimal string alignment has it */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(near_distance(rows[i].a, rows[i].b),
			rows[i].d);
		assert_int_equal(near_distance(rows[i].b, rows[i].a),
			rows[i].d);
	}
}

static void a_word_without_end_is_far(void **state)
{
	char longest[NEAR_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[NEAR_MAX + 1] = '\0';
	assert_int_equal(near_distance(longest, "a"), NEAR_FAR);
	assert_int_equal(near_distance("a", longest), NEAR_FAR);
	longest[NEAR_MAX] = '\0';
	assert_int_equal(near_distance(longest, "a"), NEAR_MAX - 1);
}

static const char *best(const char *word)
{
	static const char *const words[] = { "list", "info", "enroll",
		"pam-enroll", "registry", "reset", "revoke", "pin" };
	struct near n = { .word = word };
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		near_look(&n, words[i]);
	return n.best ? n.best : "";
}

static void the_nearest_is_offered_and_only_where_near_enough(void **state)
{
	static const struct {
		const char *word, *best;
	} rows[] = {
		{ "lst", "list" }, { "enrooll", "enroll" }, { "inf", "info" },
		{ "regsitry", "registry" }, { "registri", "registry" },
		{ "reg", "registry" }, /* left out at the end */
		{ "resett", "reset" }, { "revok", "revoke" },
		{ "pam-enrll", "pam-enroll" }, { "pam-nroll", "pam-enroll" },
		{ "audit", "" }, { "x", "" }, { "", "" }, { "re", "" },
		{ "pn", "pin" }, { "p", "" }, { "xyz", "" },
	};
	struct near n = { .word = "audit2" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(best(rows[i].word), rows[i].best);
	/* of those that are as near the first */
	near_look(&n, "audit1");
	near_look(&n, "audit3");
	assert_string_equal(n.best, "audit1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_counts_slips_of_the_fingers),
		cmocka_unit_test(a_word_without_end_is_far),
		cmocka_unit_test(
			the_nearest_is_offered_and_only_where_near_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
