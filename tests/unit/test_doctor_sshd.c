/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor reads of sshd's settings, and of what they name. */
#include "tests/unit/sshd-look-parts.h"

/* ---- the files ---- */

static void without_settings_no_sshd_is_set_up(void **state)
{
	bool uses = true;

	(void)state;
	w.config_errno = ENOENT;
	w.uses = true;
	OK(host_look_sshd(&q, &uses, &found, &err));
	assert_false(uses);
	one(FINDING_OK, "sshd-settings", CONFIG,
		"it is not there: no sshd is set up here", NULL);
	assert_string_equal(w.steps, "");
	assert_null(w.command);
	/* what a person names has to be there */
	q.sshd_config_named = true;
	look(NULL);
	one(FINDING_FAIL, "sshd-settings", CONFIG,
		"it is not there: sshd does not start",
		"take it out, or put the file there");
	/* what cannot be looked for is read */
	q.sshd_config_named = false;
	w.config_errno = EACCES;
	look("");
	assert_int_equal(found.n, 0);
}

static void settings_are_read_twice_and_judged_once(void **state)
{
	(void)state;
	look("");
	assert_string_equal(w.steps, CONFIG " " CONFIG " ");
	assert_int_equal(found.n, 0);
	w.uses = true;
	look("AuthorizedKeysCommand /usr/k %u\n");
	assert_string_equal(w.steps, CONFIG " " CONFIG " @/usr/k ");
	assert_string_equal(w.command, "set");
	assert_string_equal(w.facts.expected,
		PATH_LIBEXEC "/tokenbridge-keys");
	assert_string_equal(w.facts.group, LOGIN_GROUP);
	assert_null(w.facts.person);
	assert_null(w.facts.who);
}

static void what_cannot_be_read_is_told_once(void **state)
{
	(void)state;
	w.read = ERROR_PERMISSION;
	look("");
	one(FINDING_UNKNOWN, "sshd-settings", CONFIG,
		"'" CONFIG "' says no", "run as root");
	assert_string_equal(w.steps, CONFIG " " CONFIG " ");
	w.read = ERROR_FAILED;
	w.matches[0] = "/d";
	look("Include /d\n");
	one(FINDING_UNKNOWN, "sshd-settings", "/d", "'/d' says no",
		"run as root");
}

#define TWICE(once) once once

/* Also where it goes well the second time; what follows is read. */
static void what_fails_at_first_is_told(void **state)
{
	(void)state;
	w.matches[0] = "/d";
	w.matches[1] = "/e";
	w.read = ERROR_FAILED;
	w.bad = 2;
	look("Include /d\nInclude none\nInclude /e\n");
	one(FINDING_UNKNOWN, "sshd-settings", "/d", "'/d' says no",
		"run as root");
	assert_string_equal(w.steps, TWICE(CONFIG " */d /d /e "
		"*/etc/ssh/none */e /d /e "));
	w.bad = 6;
	look("Include /d\nInclude none\nInclude /e\n");
	assert_int_equal(found.n, 0);
	w.read = 0;
	w.is_absent = true;
	look("Include /d\nInclude none\nInclude /e\n");
	assert_int_equal(found.n, 0);
	w.bad = 2;
	look("Include /d\nInclude none\nInclude /e\n");
	one(FINDING_FAIL, "sshd-settings", "/d",
		"it is not there: sshd does not start",
		"take it out, or put the file there");
}

static void what_a_match_block_sets_counts_for_the_person(void **state)
{
	(void)state;
	q.user = "alice";
	look("Match User alice\nAuthorizedKeysCommand /usr/k\n");
	assert_string_equal(w.command, "set");
	look("Match User bob\nAuthorizedKeysCommand /usr/k\n");
	assert_string_equal(w.command, "unset");
}

static void patterns_lie_in_sshds_folder_but_for_paths(void **state)
{
	static const struct {
		const char *include, *steps;
	} rows[] = {
		{ "Include /x/*.d\n", TWICE(CONFIG " */x/*.d /a /b ") },
		{ "Include x\n", TWICE(CONFIG " */etc/ssh/x /a /b ") },
		{ "Include ~x\n", TWICE(CONFIG " *~x /a /b ") },
		{ "Include /x y\n", TWICE(CONFIG
			" */x /a /b */etc/ssh/y /a /b ") },
	};
	size_t i;

	(void)state;
	w.matches[0] = "/a";
	w.matches[1] = "/b";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		look(rows[i].include);
		assert_string_equal(w.steps, rows[i].steps);
		assert_int_equal(found.n, 0);
	}
	w.matches[0] = NULL;
	look(rows[0].include);
	assert_string_equal(w.steps, TWICE(CONFIG " */x/*.d "));
	assert_int_equal(found.n, 0);
}

static void a_folder_that_is_included_is_passed_over(void **state)
{
	(void)state;
	w.matches[0] = "/a";
	w.matches[1] = "/new";
	w.things[0] = (struct thing){ "/a", 0, S_IFDIR | 0755, 0 };
	look("Include *\n");
	assert_string_equal(w.steps, TWICE(CONFIG " */etc/ssh/* /new "));
	one(FINDING_FAIL, "sshd-settings", "/new",
		"it is not there: sshd does not start",
		"take it out, or put the file there");
	w.things[0].mode = S_IFREG | 0644;
	look("Include *\n");
	assert_string_equal(w.steps, TWICE(CONFIG " */etc/ssh/* /a /new "));
	w.things[0].mode = S_IFDIR | 0755;
	w.things[0].error = EACCES;
	look("Include *\n");
	assert_string_equal(w.steps, TWICE(CONFIG " */etc/ssh/* /a /new "));
}

/* ---- who logs in ---- */

static void groups_are_those_that_have_a_name(void **state)
{
	(void)state;
	q.user = "alice";
	look("");
	assert_string_equal(w.facts.person, "alice");
	assert_string_equal(w.facts.who->name, "alice");
	assert_string_equal(w.who_groups, "g3 g7 ");
	w.groups_n = 0;
	look("");
	assert_string_equal(w.who_groups, "");
	w.groups_n = -1;
	look("");
	assert_string_equal(w.who_groups, "unknown");
	w.groups_n = 3;
	w.lacks = 2;
	look("");
	assert_string_equal(w.who_groups, "unknown");
}

static void of_whom_the_machine_knows_not_only_the_name_is_known(void **state)
{
	(void)state;
	q.user = "bob";
	look("");
	assert_string_equal(w.facts.person, "bob");
	assert_null(w.facts.who);
	assert_int_equal(w.facts.person_uid, 0);
	assert_null(w.facts.shell_wrong);
	assert_false(w.facts.locked);
}

#define ABSENT "is not there"
#define NO_PROGRAM "may not be executed"

static void a_shell_is_a_program(void **state)
{
	static const struct {
		int error;
		mode_t mode;
		const char *wrong;
	} rows[] = {
		{ ENOENT, 0, ABSENT }, { ENOTDIR, 0, ABSENT },
		{ EACCES, 0, NULL }, { 0, S_IFREG | 0755, NULL },
		{ 0, S_IFREG | 0100, NULL }, { 0, S_IFREG | 0010, NULL },
		{ 0, S_IFREG | 0001, NULL }, { 0, S_IFREG | 0666, NO_PROGRAM },
		{ 0, S_IFDIR | 0755, NO_PROGRAM },
	};
	static char none[] = "", usual[] = SHELL;
	size_t i;

	(void)state;
	q.user = "alice";
	for (i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const char *want = rows[i / 2].wrong;

		/* whose entry names none has the usual one */
		w.person.pw_shell = i % 2 ? none : usual;
		w.things[0] = (struct thing){ i % 2 ? "/bin/sh" : SHELL,
			rows[i / 2].error, rows[i / 2].mode, 0 };
		look("");
		assert_int_equal(w.facts.person_uid, 1000);
		if (want)
			assert_string_equal(w.facts.shell_wrong, want);
		else
			assert_null(w.facts.shell_wrong);
	}
}

static void a_shell_of_one_letter_is_that_one(void **state)
{
	static char root[] = "/";

	(void)state;
	q.user = "alice";
	w.person.pw_shell = root;
	w.things[0] = (struct thing){ root, 0, S_IFDIR | 0755, 0 };
	look("");
	assert_string_equal(w.facts.shell_wrong, NO_PROGRAM);
}

static void an_account_is_locked_by_a_mark_before_its_password(void **state)
{
	static const struct {
		const char *text;
		bool none, locked;
	} rows[] = { { "!", false, true }, { "!x", false, true },
		{ "x!", false, false }, { "*", false, false },
		{ "", false, false }, { "!", true, false },
		{ NULL, false, false } };
	size_t i;

	(void)state;
	q.user = "alice";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.shadow = rows[i].text;
		w.no_password = rows[i].none;
		look("");
		assert_int_equal(w.facts.locked, rows[i].locked);
	}
}

/* ---- what they name ---- */

#define COMMAND "AuthorizedKeysCommand /usr/k %u\n"

static void the_command_is_looked_at_with_all_above(void **state)
{
	(void)state;
	w.real = "/a/b/k";
	w.things[0] = (struct thing){ "/a/b/k", 0, S_IFREG | 0755, 1 };
	w.things[1] = (struct thing){ "/a/b", 0, S_IFDIR | 0775, 2 };
	w.things[2] = (struct thing){ "/a", 0, S_IFDIR | 0700, 3 };
	w.things[3] = (struct thing){ "/", 0, S_IFDIR | 0755, 4 };
	look(COMMAND);
	assert_int_equal(w.facts.steps_n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(w.path[i].path, w.things[i].path);
		assert_int_equal(w.path[i].uid, i + 1);
		assert_int_equal(w.path[i].mode, w.things[i].mode);
	}
	assert_true(w.facts.executable);
	w.things[0].mode = S_IFREG | 0754;
	look(COMMAND);
	assert_false(w.facts.executable);
	w.things[0].mode = S_IFDIR | 0755;
	look(COMMAND);
	assert_false(w.facts.executable);
	w.things[2].error = EACCES;
	look(COMMAND);
	assert_int_equal(w.facts.steps_n, 2);
	w.real = NULL;
	look(COMMAND);
	assert_int_equal(w.facts.steps_n, 0);
	assert_false(w.facts.executable);
	look("");
	assert_int_equal(w.facts.steps_n, 0);
	assert_string_equal(w.steps, CONFIG " " CONFIG " ");
}

/* One without arguments, of whose folder nothing is known. */
static void a_command_may_stand_alone(void **state)
{
	(void)state;
	w.things[0] = (struct thing){ KEYS, 0, S_IFREG | 0755, 0 };
	look("AuthorizedKeysCommand /usr/k\n");
	assert_string_equal(w.steps, CONFIG " " CONFIG " @/usr/k ");
	assert_int_equal(w.facts.steps_n, 1);
	assert_true(w.facts.executable);
}

static void no_more_is_looked_at_than_there_is_room_for(void **state)
{
	char path[256] = "";

	(void)state;
	while (strlen(path) < 2 * (PATH_STEPS_MAX + 1))
		strcat(path, "/a");
	w.real = path;
	w.deep = true;
	look(COMMAND);
	assert_int_equal(w.facts.steps_n, PATH_STEPS_MAX);
	assert_string_equal(w.path[0].path, path);
	path[4] = '\0';
	assert_string_equal(w.path[PATH_STEPS_MAX - 1].path, path);
}

#define RUNS_AS(user) "AuthorizedKeysCommandUser " user "\n"

static void the_commands_user_is_in_the_group_that_reads(void **state)
{
	(void)state;
	look(RUNS_AS("runner"));
	assert_true(w.facts.user_known);
	assert_int_equal(w.facts.user_uid, 900);
	assert_true(w.facts.in_group);
	w.groups_n = 2;
	look(RUNS_AS("runner"));
	assert_true(w.facts.user_known);
	assert_false(w.facts.in_group);
	w.groups[0] = 7;
	look(RUNS_AS("runner"));
	assert_true(w.facts.in_group);
	w.no_group = true;
	look(RUNS_AS("runner"));
	assert_false(w.facts.in_group);
	w.no_group = false;
	w.groups_n = -1;
	look(RUNS_AS("runner"));
	assert_false(w.facts.in_group);
	look(RUNS_AS("bob"));
	assert_false(w.facts.user_known);
	assert_int_equal(w.facts.user_uid, 0);
	look("");
	assert_false(w.facts.user_known);
}

static void keys_that_are_revoked_stand_in_a_file(void **state)
{
	static const struct {
		const char *config;
		int error;
		mode_t mode;
		bool gone, relative;
	} rows[] = {
		{ "RevokedKeys /r\n", 0, S_IFREG | 0644, false, false },
		{ "RevokedKeys /r\n", 0, S_IFDIR | 0755, true, false },
		{ "RevokedKeys /r\n", ENOENT, 0, true, false },
		{ "RevokedKeys /r\n", ENOTDIR, 0, true, false },
		{ "RevokedKeys /r\n", ELOOP, 0, true, false },
		{ "RevokedKeys /r\n", EACCES, 0, false, false },
		{ "RevokedKeys r\n", ENOENT, 0, false, true },
		{ "RevokedKeys NonE\n", 0, 0, false, false },
		{ "", ENOENT, 0, false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.things[0] = (struct thing){ "/r", rows[i].error,
			rows[i].mode, 0 };
		look(rows[i].config);
		assert_int_equal(w.facts.revoked_gone, rows[i].gone);
		assert_int_equal(w.facts.revoked_is_relative,
			rows[i].relative);
	}
}

/* ---- memory ---- */

static void without_memory_it_fails(void **state)
{
	unsigned n;
	bool uses = true;

	(void)state;
	w.uses = true;
	w.config = "Include x\n" COMMAND RUNS_AS("runner");
	w.matches[0] = "/a";
	w.matches[1] = "/b";
	for (n = 1; n < 100; n++) {
		w.lacks = n;
		w.command = NULL;
		uses = true;
		if (host_look_sshd(&q, &uses, &found, &err) == 0)
			break;
		assert_string_equal(err.text, "cannot allocate memory");
		assert_false(uses);
		assert_null(w.command);
		assert_int_equal(w.globs, 0);
	}
	assert_true(n > 3);
	assert_true(w.lacks > 0);
	assert_true(uses);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_settings_no_sshd_is_set_up),
		TEST(settings_are_read_twice_and_judged_once),
		TEST(what_cannot_be_read_is_told_once),
		TEST(what_fails_at_first_is_told),
		TEST(what_a_match_block_sets_counts_for_the_person),
		TEST(patterns_lie_in_sshds_folder_but_for_paths),
		TEST(a_folder_that_is_included_is_passed_over),
		TEST(groups_are_those_that_have_a_name),
		TEST(of_whom_the_machine_knows_not_only_the_name_is_known),
		TEST(a_shell_is_a_program),
		TEST(a_shell_of_one_letter_is_that_one),
		TEST(an_account_is_locked_by_a_mark_before_its_password),
		TEST(the_command_is_looked_at_with_all_above),
		TEST(a_command_may_stand_alone),
		TEST(no_more_is_looked_at_than_there_is_room_for),
		TEST(the_commands_user_is_in_the_group_that_reads),
		TEST(keys_that_are_revoked_stand_in_a_file),
		TEST(without_memory_it_fails),
	};

	return cmocka_run_group_tests_name("doctor sshd", tests, NULL, NULL);
}
