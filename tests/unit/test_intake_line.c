/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a session of receiving: each key, and the sum. */
#include "bridge/lifecycle/intake-line.h"

#include "tests/unit/unit.h"

static char blue[] = "blue-1", product[] = "YubiKey 5", lot[] = "7";
static struct intake_row rows[] = {
	{ .line = 2, .has_serial = true, .serial = 4294967295, .label = blue,
		.product = product, .lot = lot },
	{ .line = 3, .label = blue },
	{ .line = 9, .has_serial = true, .serial = 7 },
};
static const struct intake_list list = { rows, ARRAY_LEN(rows), "" };

static void assert_json(json_t *is, const char *want)
{
	char *text = json_dumps(is, JSON_COMPACT | JSON_SORT_KEYS);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
	json_decref(is);
}

static void assert_text(char *is, const char *want)
{
	assert_non_null(is);
	assert_string_equal(is, want);
	free(is);
}

static void a_key_that_was_taken_is_told_with_its_row(void **state)
{
	struct intake_key k = { .has_serial = true, .serial = 4294967295,
		.row = &rows[0], .result = INTAKE_TAKEN, .verdict = "genuine",
		.id = "0123456789abcdef" };

	(void)state;
	assert_text(intake_key_text(&k),
		"taken        4294967295  blue-1  token 01234567");
	assert_json(intake_key_json(&k), "{\"changed\":true,\"key\":{"
		"\"result\":\"taken\",\"row\":{\"label\":\"blue-1\",\"line\":2,"
		"\"lot\":\"7\",\"product\":\"YubiKey 5\",\"serial\":4294967295}"
		",\"serial\":4294967295,\"text\":null,\"token\":"
		"\"0123456789abcdef\",\"verdict\":\"genuine\"},\"version\":1}");
}

static void a_key_that_was_not_is_told_with_the_reason(void **state)
{
	static const struct {
		enum intake_outcome result;
		const char *text, *json;
	} outcomes[] = {
		{ INTAKE_AGAIN, "again        -           -  why", "again" },
		{ INTAKE_NOT_LISTED, "not-on-list  -           -  why",
			"not-on-list" },
		{ INTAKE_WRONG_MODEL, "wrong-model  -           -  why",
			"wrong-model" },
		{ INTAKE_REFUSED, "refused      -           -  why",
			"refused" },
		{ INTAKE_FAILED, "failed       -           -  why", "failed" },
	};
	struct intake_key k = { .text = "why" };
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(outcomes); i++) {
		k.result = outcomes[i].result;
		assert_text(intake_key_text(&k), outcomes[i].text);
		snprintf(want, sizeof(want), "{\"changed\":false,\"key\":{"
			"\"result\":\"%s\",\"row\":null,\"serial\":null,"
			"\"text\":\"why\",\"token\":null,\"verdict\":null},"
			"\"version\":1}", outcomes[i].json);
		assert_json(intake_key_json(&k), want);
	}
	/* a row without a label is no name */
	k.row = &rows[2];
	k.has_serial = true;
	k.serial = 7;
	assert_text(intake_key_text(&k), "failed       7           -  why");
}

static void the_sum_names_what_is_missing_and_nothing_else(void **state)
{
	bool done[] = { true, false, false };
	struct intake x = { .list = &list, .done = done, .left = 2,
		.before = 1 };

	(void)state;
	assert_text(intake_summary_text(&x),
		"missing      -           blue-1  line 3\n"
		"missing      7           -  line 9\n"
		"1 of 3: 0 taken now, 1 before, 2 missing");
	assert_json(intake_summary_json(&x), "{\"changed\":false,\"summary\":{"
		"\"before\":1,\"counts\":{\"again\":0,\"failed\":0,"
		"\"not-on-list\":0,\"refused\":0,\"taken\":0,\"wrong-model\":0"
		"},\"head\":null,\"missing\":[{\"label\":\"blue-1\",\"line\":3,"
		"\"lot\":null,\"product\":null,\"serial\":null},{\"label\":null"
		",\"line\":9,\"lot\":null,\"product\":null,\"serial\":7}],"
		"\"rows\":3},\"version\":1}");
}

static void a_sum_of_what_was_taken_has_the_head_and_each_count(void **state)
{
	bool done[] = { true, true, true };
	struct intake x = { .list = &list, .done = done, .before = 1,
		.counts = { 1, 2, 3, 4, 5, 6 }, .has_head = true,
		.head = { .stream = "00112233445566778899aabbccddeeff",
			.seq = 12 } };
	char want[1024];

	(void)state;
	assert_text(intake_summary_text(&x),
		"3 of 3: 1 taken now, 1 before, 0 missing");
	snprintf(want, sizeof(want), "{\"changed\":true,\"summary\":{"
		"\"before\":1,\"counts\":{\"again\":2,\"failed\":6,"
		"\"not-on-list\":3,\"refused\":5,\"taken\":1,\"wrong-model\":4"
		"},\"head\":\"00112233445566778899aabbccddeeff:12:%064d\","
		"\"missing\":[],\"rows\":3},\"version\":1}", 0);
	assert_json(intake_summary_json(&x), want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_that_was_taken_is_told_with_its_row),
		cmocka_unit_test(a_key_that_was_not_is_told_with_the_reason),
		cmocka_unit_test(
			the_sum_names_what_is_missing_and_nothing_else),
		cmocka_unit_test(
			a_sum_of_what_was_taken_has_the_head_and_each_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
