/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of the registry are the token that is to be reset. */
#include "tests/unit/reset-parts.h"

#define OURS "00010203-0405-0607-0809-0a0b0c0d0e0f"

static char login[] = "tokenbridge:login";

static void a_row_is_it_by_serial_or_by_what_it_holds(void **state)
{
	static char one[] = "1001", two[] = "1002", same[] = OURS;
	static char not_same[] = "00010203-0405-0607-0809-0a0b0c0d0e00";
	static const struct {
		char *serial, *aaguid;
		const char *has;
		bool no_serial, asked, is_it;
	} rows[] = {
		{ one, NULL, "", false, true, true },
		{ one, not_same, "", false, true, true },
		{ one, NULL, "A", false, true, true },
		{ two, NULL, "A", false, false, false },
		{ two, same, "A", false, false, false },
		{ one, same, "A", true, false, false },
		{ NULL, NULL, "A", false, true, true },
		{ NULL, NULL, "A", true, true, true },
		{ NULL, NULL, "", false, true, false },
		{ NULL, same, "A", false, true, true },
		{ NULL, same, "", false, true, false },
		{ NULL, not_same, "A", false, false, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		begin(state);
		token.devinfo.has_serial = !rows[i].no_serial;
		add_row(ROW, rows[i].serial, rows[i].aaguid);
		add_credential('A', site, 0);
		w.has = rows[i].has;
		assert_found(rows[i].is_it ? "0" : "",
			rows[i].asked ? rows[i].has : "");
		assert_string_equal(w.steps, rows[i].asked ?
			"has A of tokenbridge:id\n" : "");
		end(state);
	}
}

static void each_row_counts_by_its_own_credentials(void **state)
{
	static char another[] = "1002";

	(void)state;
	assert_found("", "");
	assert_int_equal(w.room[0], 1);
	assert_int_equal(w.room[1], 1);
	reset_rows_done(&found);
	add_row(OTHER, another, NULL);
	add_credential('F', site, 0);
	add_row(ROW, NULL, NULL);
	add_credential('A', site, 0);
	add_credential('B', login, 0);
	add_row(OTHER, NULL, NULL);
	add_credential('C', site, 0);
	add_row(OTHER, NULL, NULL);
	add_credential('D', site, 9); /* removed */
	add_credential('E', site, 0);
	w.has = "ABDEF";
	assert_found("13", "ABE");
	assert_int_equal(w.room[0], 5);
	assert_int_equal(w.room[1], 7);
	assert_string_equal(w.steps, "has A of tokenbridge:id\n"
		"has B of tokenbridge:login\nhas C of tokenbridge:id\n"
		"has E of tokenbridge:id\n");
	assert_ptr_equal(found.all.p, w.rows);
}

static void a_failure_while_looking_leaves_nothing(void **state)
{
	(void)state;
	add_row(ROW, NULL, NULL);
	add_credential('A', site, 0);
	add_credential('B', site, 0);
	add_row(OTHER, NULL, NULL);
	add_credential('C', site, 0);
	w.has = "A";
	w.fails_at = 'A';
	SAYS(ERROR_CONFLICT, "it does not say",
		reset_find_rows(reg, &token, fido, &found, &err));
	assert_string_equal(w.steps, "has A of tokenbridge:id\n");
	assert_int_equal(w.lists, 1);
	for (w.no_room = 3; w.no_room <= 4; w.no_room++) {
		w.rooms = 2;
		SAYS(ERROR_FAILED, "cannot allocate memory",
			reset_find_rows(reg, &token, fido, &found, &err));
	}
	w.lists = 1;
	w.all = -ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "no rows",
		reset_find_rows(reg, &token, fido, &found, &err));
	assert_int_equal(w.lists, 2);
	assert_null(found.all.p);
	assert_null(found.rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_is_it_by_serial_or_by_what_it_holds),
		TEST(each_row_counts_by_its_own_credentials),
		TEST(a_failure_while_looking_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
