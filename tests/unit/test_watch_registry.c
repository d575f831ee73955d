/* SPDX-License-Identifier: Apache-2.0 */
/* What a serial number finds in the registry, and when that counts. */
#include "bridge/attached/row.h"

#include "tests/unit/test_registry.h"

static struct token token = {
	.devinfo = { .present = true, .has_serial = true, .serial = 12345678 },
};
static struct attached_row row;

static void look(struct place *p)
{
	struct registry *reg = open_ro(p->db);

	attached_row_done(&row);
	OK(attached_row_look(reg, &token, &row, &err));
	registry_free(&reg);
}

static int forget(void **state)
{
	attached_row_done(&row);
	token.devinfo.has_serial = true;
	return teardown(state);
}

static void add_row(struct place *p, const char *serial, const char *in_state)
{
	struct registry *reg = open_rw(p->db);
	char id[ID_LEN];

	add_token(reg, serial, id);
	if (strcmp(in_state, "stock") != 0)
		add(reg, EVENT_TOKEN_STATE, json_pack("{s:s, s:s}", "token", id,
			"state", in_state));
	registry_free(&reg);
}

static const char *text(const char *name)
{
	return json_string_value(json_object_get(row.json, name));
}

static void no_row_has_no_id_and_no_serial_number_is_nothing(void **state)
{
	add_row(*state, "1", "stock");
	look(*state);
	assert_int_equal(json_integer_value(json_object_get(row.json, "rows")),
		0);
	assert_true(json_is_null(json_object_get(row.json, "id")));
	assert_false(row.in_use);
	token.devinfo.has_serial = false;
	look(*state);
	assert_null(row.json);
	assert_false(row.in_use);
}

static void a_row_is_in_use_unless_lost_or_retired(void **state)
{
	add_row(*state, "12345678", "stock");
	look(*state);
	assert_string_equal(text("state"), "stock");
	assert_string_equal(text("foundBy"), "serial");
	assert_true(json_is_null(json_object_get(row.json, "holder")));
	assert_true(row.in_use);
}

static void a_lost_token_is_not_in_use(void **state)
{
	add_row(*state, "12345678", "lost");
	look(*state);
	assert_string_equal(text("state"), "lost");
	assert_false(row.in_use);
}

static void a_retired_token_is_shown_and_not_in_use(void **state)
{
	add_row(*state, "12345678", "retired");
	look(*state);
	assert_string_equal(text("state"), "retired");
	assert_false(row.in_use);
}

static void beside_a_retired_row_the_other_one_counts(void **state)
{
	add_row(*state, "12345678", "retired");
	add_row(*state, "12345678", "stock");
	look(*state);
	assert_string_equal(text("state"), "stock");
	assert_true(row.in_use);
}

/* Rows come in no order: their ids are random. */
static void among_many_retired_rows_the_other_one_counts(void **state)
{
	int i;

	for (i = 0; i < 8; i++)
		add_row(*state, "12345678", i == 4 ? "stock" : "retired");
	look(*state);
	assert_string_equal(text("state"), "stock");
	assert_true(row.in_use);
}

static void of_several_rows_none_is_chosen(void **state)
{
	add_row(*state, "12345678", "stock");
	add_row(*state, "12345678", "lost");
	look(*state);
	assert_null(text("id"));
	assert_int_equal(json_integer_value(json_object_get(row.json, "rows")),
		2);
	assert_false(row.in_use);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_row_has_no_id_and_no_serial_number_is_nothing),
		TEST(a_row_is_in_use_unless_lost_or_retired),
		TEST(a_lost_token_is_not_in_use),
		TEST(a_retired_token_is_shown_and_not_in_use),
		TEST(beside_a_retired_row_the_other_one_counts),
		TEST(among_many_retired_rows_the_other_one_counts),
		TEST(of_several_rows_none_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
