/* SPDX-License-Identifier: Apache-2.0 */
/* Which file is a rollout's, and how it is gone on with. */
#include "tests/unit/state-parts.h"

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void write_state(const char *path, const char *id, const char *name)
{
	CLEANUP(free_p) char *line = plan_line(id, name);

	(void)!mkdir("registry.db.journal", 0700);
	write_text(path, line);
}

/* ---- finding ---- */

static void a_plan_that_was_moved_is_found_as_a_whole(void **state)
{
	(void)state;
	write_state(FILE_OF(7), ID(7), "other.csv");
	OK(opens());
	assert_string_equal(s.path, FILE_OF(7));
	{
		CLEANUP(free_p) char *was = plan_line(ID(7), "other.csv");
		CLEANUP(free_p) char *is = plan_line(ID(7), "plan.csv");
		CLEANUP(free_p) char *both = text_format("%s%s", was, is);

		assert_file_is(FILE_OF(7), both);
	}
	/* its first part is a plan of its own, and so is a longer one */
	read_plan(HEAD ALICE);
	OK(opens_as("other.csv", STATE_WORK));
	assert_string_equal(s.path, FILE_OF(1));
	read_plan(HEAD ALICE BOB CAROL);
	OK(opens_as("registry.db", STATE_WORK));
	assert_string_equal(s.path, FILE_OF(2));
}

static void the_one_of_its_own_name_goes_before_others(void **state)
{
	static const char *const paths[] = { FILE_OF(1), FILE_OF(2),
		FILE_OF(3), FILE_OF(5), FILE_OF(6), FILE_OF(7) };
	size_t i;

	(void)state;
	w.ids = 8;
	write_state(FILE_OF(4), ID(4), "plan.csv");
	for (i = 0; i < ARRAY_LEN(paths); i++)
		write_state(paths[i], ID(9), "other.csv");
	OK(opens());
	assert_string_equal(s.path, FILE_OF(4));
	assert_string_equal(s.id, ID(4));
}

static void rows_may_be_appended_and_nothing_else(void **state)
{
	(void)state;
	OK(opens());
	s.checked = 3600;
	OK(state_write_checked(&s, &err));
	s.rows[1].state = ROW_DONE;
	OK(state_write(&s, 1, &err));
	assert_int_equal(s.rows[1].when, 86400);
	OK(opens());
	assert_int_equal(s.checked, 3600);
	assert_int_equal(s.last, 1);
	read_plan(HEAD ALICE BOB CAROL);
	OK(opens_as("plan.csv", STATE_LOOK));
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rows[1].state, ROW_DONE);
	OK(opens());
	assert_int_equal(s.n, 3);
	assert_int_equal(s.checked, 0);
	assert_int_equal(s.rows[1].state, ROW_DONE);
	assert_int_equal(s.rows[2].state, ROW_OPEN);
	state_done(&s);
	read_plan(HEAD ALICE CAROL BOB);
	SAYS(ERROR_REFUSED, "was changed since its rollout began: only rows "
		"behind line 4 may be appended; put it back, or give the new "
		"one another name (its users may have keys from '" FILE_OF(1)
		"')", opens());
	read_plan(HEAD ALICE);
	SAYS(ERROR_REFUSED, "behind line 2 may", opens());
}

static void what_is_no_state_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	write_text(FILE_OF(7), "{\"v\":1,\"cut off at its birth");
	write_text(FILE_OF(7) "s", "x\n");
	write_text("registry.db.journal/" ID(7) ".rollouz", "x\n");
	write_text("registry.db.journal/z" ID(7) ".rollout", "x\n");
	write_text("registry.db.journal/0011223344556677zz99aabbccddee01"
		".rollout", "x\n");
	OK(opens());
	assert_string_equal(s.path, FILE_OF(1));
	write_text(FILE_OF(8), "x\n");
	FAILS(ERROR_CORRUPT, opens());
	assert_string_equal(err.text, "'" FILE_OF(8) "' cannot be read (line "
		"1: not a JSON object): find out by hand what was done "
		"(`tokenbridge registry show`), then move it away");
}

/* ---- resuming ---- */

static void two_do_not_work_on_one_plan(void **state)
{
	struct rollout_state first;

	(void)state;
	OK(opens());
	first = s;
	s = (struct rollout_state){ .fd = -1 };
	FAILS(ERROR_BUSY, opens());
	assert_string_equal(err.text, "another process works on this plan ('"
		FILE_OF(1) "'): let that one end, or give this place a plan "
		"of its own (--split)");
	OK(opens_as("plan.csv", STATE_LOOK));
	state_done(&first);
	OK(opens());
}

static void goes(void)
{
	assert_int_equal(unlink(FILE_OF(1)), 0);
}

static void changes(void)
{
	read_plan(HEAD CAROL);
	write_state(FILE_OF(1), ID(1), "plan.csv");
	read_plan(HEAD ALICE BOB);
}

static void what_happens_to_it_meanwhile_is_seen(void **state)
{
	(void)state;
	OK(opens());
	w.locked = changes;
	FAILS(ERROR_BUSY, opens());
	assert_string_equal(err.text, "another process has changed '"
		FILE_OF(1) "': try again");
	w.locked = NULL;
	write_state(FILE_OF(1), ID(1), "plan.csv");
	w.locked = goes;
	FAILS(ERROR_CORRUPT, opens());
	assert_string_equal(err.text, "'" FILE_OF(1) "' is gone");
}

static void append(const char *path, const char *text)
{
	FILE *f = fopen(path, "ae");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_line_that_was_cut_off_is_taken_away(void **state)
{
	CLEANUP(free_p) char *line = plan_line(ID(1), "plan.csv");

	(void)state;
	OK(opens());
	append(FILE_OF(1), "{\"v\":1,\"ro");
	OK(opens());
	assert_file_is(FILE_OF(1), line);
	w.unmended = true;
	SAYS(ERROR_FAILED, "cannot mend '" FILE_OF(1) "': Input/output error",
		opens());
}

/* ---- writing ---- */

static void what_cannot_be_written_leaves_no_half_line(void **state)
{
	off_t before;

	(void)state;
	OK(opens());
	before = size_of(FILE_OF(1));
	w.half = true;
	SAYS(ERROR_CONFLICT, "disk full", state_write(&s, 0, &err));
	assert_int_equal(size_of(FILE_OF(1)), before);
	w.half = false;
	w.unsynced = true;
	SAYS(ERROR_FAILED, "cannot sync '" FILE_OF(1) "': Input/output error",
		state_write_checked(&s, &err));
	assert_int_equal(size_of(FILE_OF(1)), before);
	w.unsynced = false;
	OK(state_write(&s, 0, &err));
	assert_true(size_of(FILE_OF(1)) > before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_that_was_moved_is_found_as_a_whole),
		TEST(the_one_of_its_own_name_goes_before_others),
		TEST(rows_may_be_appended_and_nothing_else),
		TEST(what_is_no_state_is_passed_over),
		TEST(two_do_not_work_on_one_plan),
		TEST(what_happens_to_it_meanwhile_is_seen),
		TEST(a_line_that_was_cut_off_is_taken_away),
		TEST(what_cannot_be_written_leaves_no_half_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
