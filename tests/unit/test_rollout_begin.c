/* SPDX-License-Identifier: Apache-2.0 */
/* How the file of a rollout begins, and what keeps it from that. */
#include "tests/unit/state-parts.h"

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void a_new_state_is_a_file_with_its_plan(void **state)
{
	CLEANUP(free_p) char *line = plan_line(ID(1), "plan.csv");
	struct stat st;

	(void)state;
	OK(opens());
	assert_string_equal(s.path, FILE_OF(1));
	assert_string_equal(s.id, ID(1));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.last, 2);
	assert_int_equal(s.checked, 0);
	assert_int_equal(state_count(&s, ROW_OPEN), 2);
	assert_file_is(FILE_OF(1), line);
	assert_int_equal(stat(FILE_OF(1), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	state_done(&s);
	assert_int_equal(s.fd, -1);
	assert_int_equal(s.n, 0);
	/* and it is found again as it is */
	OK(opens());
	assert_string_equal(s.path, FILE_OF(1));
	assert_file_is(FILE_OF(1), line);
}

static void who_only_looks_makes_nothing(void **state)
{
	(void)state;
	OK(opens_as("plan.csv", STATE_LOOK));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.fd, -1);
	assert_string_equal(s.id, "");
	assert_false(is_there("registry.db.journal"));
}

static void what_fails_at_the_beginning_leaves_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("registry.db.journal", 0700), 0);
	w.unsynced = true;
	SAYS(ERROR_FAILED, "cannot sync 'registry.db.journal/", opens());
	assert_false(is_there(FILE_OF(1)));
	w.unsynced = false;
	w.sync = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "not synced", opens());
	assert_false(is_there(FILE_OF(2)));
	w.sync = 0;
	w.id = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "no randomness", opens());
	w.id = 0;
	w.dirs = -ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "no folder", opens());
	w.dirs = 0;
	/* somebody else's file is not taken, nor taken away */
	write_text(FILE_OF(4), "");
	SAYS(ERROR_FAILED, "cannot open '" FILE_OF(4) "'", opens());
	assert_true(is_there(FILE_OF(4)));
}

static void what_cannot_be_seen_is_said(void **state)
{
	(void)state;
	SAYS(ERROR_FAILED, "cannot find 'no.csv': No such file",
		opens_as("no.csv", STATE_WORK));
	w.statfs_errno = EIO;
	SAYS(ERROR_FAILED, "cannot see which file system 'registry.db' is on: "
		"Input/output error", opens());
	w.statfs_errno = 0;
	w.file_system = 0x6969;
	FAILS(ERROR_REFUSED, opens());
	assert_string_equal(err.text, "the registry 'registry.db' is on a file "
		"system of a network (NFS), whose locks do not keep two "
		"machines apart: a rollout needs one on this machine's own "
		"disk");
	assert_false(is_there("registry.db.journal"));
	w.file_system = 0;
	w.opendir_errno = EACCES;
	SAYS(ERROR_PERMISSION, "cannot read 'registry.db.journal': Permission",
		opens_as("plan.csv", STATE_LOOK));
}

static void it_is_waited_for_who_is_just_entering(void **state)
{
	(void)state;
	w.busy = 3;
	OK(opens());
	assert_int_equal(w.slept, 3);
	w.busy = 1;
	w.over = true;
	SAYS(ERROR_BUSY, "somebody enters", opens());
	assert_int_equal(w.slept, 3);
	w.over = false;
	w.lock = -ERROR_PERMISSION;
	SAYS(ERROR_PERMISSION, "no lock", opens());
	assert_int_equal(w.slept, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_state_is_a_file_with_its_plan),
		TEST(who_only_looks_makes_nothing),
		TEST(what_fails_at_the_beginning_leaves_no_file),
		TEST(what_cannot_be_seen_is_said),
		TEST(it_is_waited_for_who_is_just_entering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
