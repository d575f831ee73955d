/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor says of login.db, and whose login.db it looks at. */
#include "tests/unit/login-look-parts.h"

#define OLD "made 0 s ago from generation 42, no age limit"
#define COUNTED "it is the file that login.db names, closed to others"

/* ---- what is looked at ---- */

static void all_is_looked_at_in_turn(void **state)
{
	(void)state;
	looks("PShxk " DB "arNn");
	assert_int_equal(found.n, 2);
	told(0, FINDING_OK, "login-counters", COUNTERS, COUNTED, NULL);
	told(1, FINDING_OK, "login-db", DB, OLD, NULL);
	assert_string_equal(w.foreseen, "");
	assert_int_equal(w.counters_opened, 0);
}

static void what_fails_ends_it(void **state)
{
	(void)state;
	w.no_pam = true;
	SAYS(ERROR_FAILED, "no PAM", look());
	assert_string_equal(w.steps, "P");
	w.no_pam = false;
	w.no_sshd = true;
	SAYS(ERROR_FAILED, "no sshd", look());
	assert_string_equal(w.steps, "PS");
	w.no_sshd = false;
	w.no_memory = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", look());
	assert_string_equal(w.steps, "PShxk " DB "arNn");
	w.no_memory = false;
	w.no_path = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", look());
}

static void names_are_checked_before_anything(void **state)
{
	static const struct {
		const char *user, *service, *text;
	} rows[] = {
		{ "", NULL, "local user" },
		{ " a", "sudo", "local user" },
		{ "alice", "", "service" },
		{ NULL, "sudo ", "service" },
		{ "alice", "../sudo", "'../sudo' is no name of a PAM service" },
		{ NULL, "/", "'/' is no name of a PAM service" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.user = rows[i].user;
		q.service = rows[i].service;
		SAYS(ERROR_USAGE, rows[i].text, look());
		assert_string_equal(w.steps, "");
	}
	q.user = NULL;
	q.service = "sudo";
	looks("PShxk " DB "arNn");
}

static void the_socket_is_needed_by_lockers_and_agents(void **state)
{
	static const bool needs[HOSTS] = { [HOST_LOCKER] = true,
		[HOST_AGENT] = true };
	int host;

	(void)state;
	for (host = 0; host < HOSTS; host++) {
		w.services_n = 0;
		add_service("a", HOST_PLAIN, &our_line, "");
		add_service("b", (enum pam_host)host, &our_line, "");
		looks(needs[host] ? "PShxK " DB "arNn" : "PShxk " DB "arNn");
		w.services_n = 1; /* what stands behind them is none */
		looks("PShxk " DB "arNn");
		add_service("b", (enum pam_host)host, &other_line, "");
		looks("PShxk " DB "arNn");
		w.services_n = 0;
		add_service("b", (enum pam_host)host, &our_line, "");
		looks(needs[host] ? "PShxK " DB "arNn" : "PShxk " DB "arNn");
	}
}

/* ---- whose login.db ---- */

static void each_login_db_that_is_read_is_looked_at_once(void **state)
{
	(void)state;
	add_service("a", HOST_PLAIN, &our_line, "/a.db");
	add_service("b", HOST_PLAIN, &other_line, "/b.db");
	add_service("c", HOST_PLAIN, &our_line, "/c.db");
	add_service("d", HOST_PLAIN, &our_line, "/a.db");
	looks("PShxk /a.dbarN /c.dbarNn");
	w.sshd = true;
	looks("PShxk /a.dbarN /c.dbarN " DB "arNn");
	add_service("short", HOST_PLAIN, &our_line, "/");
	looks("PShxk /a.dbarN /c.dbarN /arN " DB "arNn");
	w.services_n--;
	add_service("e", HOST_PLAIN, &our_line, "");
	w.sshd = false;
	looks("PShxk /a.dbarN /c.dbarN " DB "arNn");
	/* where no line is ours the setting's is */
	w.services_n = 0;
	add_service("b", HOST_PLAIN, &other_line, "/b.db");
	looks("PShxk " DB "arNn");
}

static void there_is_room_for_sixteen(void **state)
{
	char name[16];
	int i;

	(void)state;
	w.sshd = true;
	for (i = 0; i < 17; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		add_service("a", HOST_PLAIN, &our_line, name);
	}
	OK(look());
	assert_int_equal(w.opened, 16);
	assert_non_null(strstr(w.steps, " /15ar"));
	assert_int_equal(found.n, 32);
	w.services_n = 15;
	OK(look());
	assert_int_equal(w.opened, 16);
	assert_non_null(strstr(w.steps, " /14arN " DB "arNn"));
}

/* ---- one that cannot be used ---- */

static void a_login_db_that_cannot_be_opened_is_told(void **state)
{
	static const struct {
		int readable, there, registry;
		enum finding_status status;
		const char *text, *remedy;
	} rows[] = {
		{ 0, 0, 0, FINDING_FAIL, "it is no login.db" REFUSED,
			PUBLISH },
		{ EACCES, 0, EACCES, FINDING_UNKNOWN,
			"it is no login.db" REFUSED, PUBLISH },
		{ EACCES, EACCES, 0, FINDING_UNKNOWN,
			"it is no login.db" REFUSED, PUBLISH },
		{ ENOENT, ENOENT, ENOENT, FINDING_FAIL,
			"it is not there" REFUSED, INSTALL },
	};
	size_t i;

	(void)state;
	w.open = ERROR_CORRUPT;
	w.sshd = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.readable = rows[i].readable;
		w.there = rows[i].there;
		w.registry = rows[i].registry;
		looks("PShxk " DB "n");
		one(rows[i].status, "login-db", DB, rows[i].text,
			rows[i].remedy);
	}
}

static void one_that_nothing_asks_for_may_be_absent(void **state)
{
	(void)state;
	w.open = ERROR_FAILED;
	w.there = ENOENT;
	looks("PShxk " DB "n");
	one(FINDING_OK, "login-db", DB,
		"it is not there, and nothing asks for it", NULL);
	w.there = 0;
	looks("PShxk " DB "n");
	one(FINDING_FAIL, "login-db", DB, "it is no login.db" REFUSED,
		PUBLISH);
	w.there = ENOENT;
	w.sshd = true;
	looks("PShxk " DB "n");
	one(FINDING_FAIL, "login-db", DB, "it is not there" REFUSED, PUBLISH);
	w.sshd = false;
	add_service("a", HOST_PLAIN, &other_line, "");
	looks("PShxk " DB "n");
	one(FINDING_FAIL, "login-db", DB, "it is not there" REFUSED, PUBLISH);
}

static void one_that_is_too_old_is_no_good(void **state)
{
	(void)state;
	w.age = ERROR_REFUSED;
	q.max_age = 3 * DAY;
	looks("PShxk " DB "an");
	assert_int_equal(found.n, 2);
	told(1, FINDING_FAIL, "login-db", DB, "it is too old" REFUSED,
		PUBLISH);
}

static void rows_that_make_no_sense_are_told(void **state)
{
	(void)state;
	w.rows = ERROR_CORRUPT;
	looks("PShxk " DB "arn");
	assert_int_equal(found.n, 3);
	told(2, FINDING_FAIL, "login-db", DB, "a row makes no sense" REFUSED,
		PUBLISH);
	w.rows = 0;
	w.names_list = ERROR_CORRUPT;
	looks("PShxk " DB "arNn");
	assert_int_equal(found.n, 3);
	told(2, FINDING_FAIL, "login-name", DB, "no names", PUBLISH);
}

/* ---- its age ---- */

static void age_is(time_t made_at, uint64_t max_age,
	enum finding_status status, const char *text)
{
	w.info.made_at = made_at;
	q.max_age = max_age;
	OK(look());
	assert_int_equal(found.n, 2);
	told(1, status, "login-db", DB, text,
		status == FINDING_OK ? NULL : PUBLISH);
}

static void half_of_its_time_is_a_warning(void **state)
{
	(void)state;
	age_is(NOW - 9 * DAY, 0, FINDING_OK,
		"made 9 days ago from generation 42, no age limit");
	age_is(NOW - 4 * DAY, 8 * DAY, FINDING_OK, "made 4 days ago from "
		"generation 42, login_max_age is 8 days");
	age_is(NOW - 4 * DAY - 1, 8 * DAY, FINDING_WARN, "made 4 days ago from "
		"generation 42, login_max_age is 8 days: more than half is "
		"over");
	age_is(NOW, 1, FINDING_OK, "made 0 s ago from generation 42, "
		"login_max_age is 0 days");
	age_is(NOW - 1, 1, FINDING_WARN, "made 1 s ago from generation 42, "
		"login_max_age is 0 days: more than half is over");
	/* of what was made in the future nothing is over */
	age_is(NOW + 1, 8 * DAY, FINDING_OK, "made 0 s ago from "
		"generation 42, login_max_age is 8 days");
}

static void a_rehearsals_lets_nobody_in(void **state)
{
	(void)state;
	w.info.rehearsal = true;
	OK(look());
	assert_int_equal(found.n, 3);
	told(1, FINDING_OK, "login-db", DB, OLD, NULL);
	told(2, FINDING_WARN, "login-db", DB,
		"it is made from a registry for rehearsals",
		"publish it from the registry that counts");
	q.login_db = LOGIN_DB_PATH;
	OK(look());
	told(2, FINDING_FAIL, "login-db", LOGIN_DB_PATH, "it is made from a "
		"registry for rehearsals, and lets people in",
		"publish it from the registry that counts");
}

/* ---- who reads it ---- */

static void its_mode_is_told_where_it_is_wrong(void **state)
{
	static const struct {
		mode_t mode;
		gid_t gid;
		const char *everybody, *nobody;
	} rows[] = {
		{ 0640, 77, NULL, NULL },
		{ 0460, 77, NULL, NULL },
		{ 0641, 77, "0641", NULL },
		{ 0642, 77, "0642", NULL },
		{ 04644, 77, "4644", NULL },
		{ 0640, 76, NULL, "0640, group g76" },
		{ 0620, 77, NULL, "0620, group g77" },
		{ 0604, 76, "0604", "0604, group g76" },
	};
	char text[160];
	size_t i, n;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const char *all = rows[i / 2].everybody;
		const char *none = rows[i / 2].nobody;

		w.sshd = i % 2;
		w.st.st_mode = S_IFREG | rows[i / 2].mode;
		w.st.st_gid = rows[i / 2].gid;
		OK(look());
		n = 0;
		snprintf(text, sizeof(text), "mode %s: everybody reads who "
			"logs in by token", all ? all : "");
		if (all)
			told(n++, FINDING_WARN, "login-db", DB, text,
				"chmod o= it");
		snprintf(text, sizeof(text), "mode %s: group '" LOGIN_GROUP
			"' cannot read it, and sshd's command gets no keys",
			none ? none : "");
		if (none)
			told(n++, w.sshd ? FINDING_FAIL : FINDING_WARN,
				"login-db", DB, text, PUBLISH);
		assert_int_equal(found.n, n + 2);
	}
}

static void what_has_no_mode_or_no_group_is_not_judged(void **state)
{
	(void)state;
	w.st.st_mode = S_IFREG | 0600;
	w.no_group = true;
	OK(look());
	assert_int_equal(found.n, 2);
	w.no_group = false;
	w.st.st_mode = S_IFREG | 0666;
	w.stat_errno = EACCES;
	OK(look());
	assert_int_equal(found.n, 2);
}

/* ---- its counters ---- */

static void its_counters_can_be_read_and_saved(void **state)
{
	(void)state;
	w.read_only = true;
	OK(look());
	told(0, FINDING_WARN, "login-counters", COUNTERS, "its file system is "
		"read-only: counters are compared and not saved",
		"mount it for writing");
	assert_int_equal(w.counters_opened, 0);
	w.counters = ERROR_CORRUPT;
	OK(look());
	told(0, FINDING_FAIL, "login-counters", COUNTERS,
		"no counters" REFUSED, PUBLISH);
	w.counters_readable = ENOENT;
	OK(look());
	told(0, FINDING_FAIL, "login-counters", COUNTERS,
		"no counters" REFUSED, PUBLISH);
	w.counters_readable = EACCES;
	w.registry = ENOENT;
	OK(look());
	told(0, FINDING_UNKNOWN, "login-counters", COUNTERS,
		"no counters" REFUSED, INSTALL);
	assert_int_equal(found.n, 2);
}

/* ---- its names ---- */

static void its_names_are_those_of_the_machine(void **state)
{
	(void)state;
	w.names[0] = "alice";
	w.names[1] = "broken";
	w.names[2] = "nobody-x";
	w.names[3] = "ALICE";
	w.names[4] = "bob";
	OK(look());
	assert_int_equal(found.n, 5);
	told(2, FINDING_UNKNOWN, "login-name", "broken", "NSS says no", NULL);
	told(3, FINDING_WARN, "login-name", "nobody-x", "login.db has a key of "
		"this user, whom the machine does not know: whoever is given "
		"the name gets it", "take the key away: `tokenbridge revoke "
		"--local`");
	told(4, FINDING_FAIL, "login-name", "ALICE", "login.db has a key under "
		"this name, and NSS calls the user 'alice': by any other name "
		"he has none", "take it away and bind it anew: `tokenbridge "
		"revoke --local`, `tokenbridge pam-enroll`");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_looked_at_in_turn),
		TEST(what_fails_ends_it),
		TEST(names_are_checked_before_anything),
		TEST(the_socket_is_needed_by_lockers_and_agents),
		TEST(each_login_db_that_is_read_is_looked_at_once),
		TEST(there_is_room_for_sixteen),
		TEST(a_login_db_that_cannot_be_opened_is_told),
		TEST(one_that_nothing_asks_for_may_be_absent),
		TEST(one_that_is_too_old_is_no_good),
		TEST(rows_that_make_no_sense_are_told),
		TEST(half_of_its_time_is_a_warning),
		TEST(a_rehearsals_lets_nobody_in),
		TEST(its_mode_is_told_where_it_is_wrong),
		TEST(what_has_no_mode_or_no_group_is_not_judged),
		TEST(its_counters_can_be_read_and_saved),
		TEST(its_names_are_those_of_the_machine),
	};

	return cmocka_run_group_tests_name("doctor login", tests, NULL,
		NULL);
}
