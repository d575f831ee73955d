/* SPDX-License-Identifier: Apache-2.0 */
/* Who called root, by what sudo, doas and pkexec leave behind. */
#include "base/person.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <pwd.h>

/* ---- the machine's people, in place of libc's ---- */

static uid_t own;
static const char *long_home;

uid_t __wrap_getuid(void);
int __wrap_getpwuid_r(uid_t uid, struct passwd *pw, char *room, size_t n,
	struct passwd **ret);
int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *room,
	size_t n, struct passwd **ret);
char *__wrap_secure_getenv(const char *name);

uid_t __wrap_getuid(void)
{
	return own;
}

/* The tests' own program may be run as anybody. */
char *__wrap_secure_getenv(const char *name)
{
	return getenv(name);
}

static const struct {
	const char *name;
	uid_t uid;
} people[] = { { "root", 0 }, { "alice", 1000 }, { "bob", 1001 } };

static void put_entry(size_t i, struct passwd *pw)
{
	static char name[300], home[5000];

	snprintf(name, sizeof(name), "%s", people[i].name);
	snprintf(home, sizeof(home), "%s", long_home ? long_home : "/h");
	*pw = (struct passwd){ .pw_name = name, .pw_dir = home,
		.pw_uid = people[i].uid, .pw_gid = people[i].uid + 5 };
}

int __wrap_getpwuid_r(uid_t uid, struct passwd *pw, char *room, size_t n,
	struct passwd **ret)
{
	size_t i;

	(void)room;
	(void)n;
	*ret = NULL;
	for (i = 0; i < ARRAY_LEN(people); i++)
		if (people[i].uid == uid) {
			put_entry(i, pw);
			*ret = pw;
		}
	return uid == 7 ? EIO : 0;
}

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *room,
	size_t n, struct passwd **ret)
{
	size_t i;

	(void)room;
	(void)n;
	*ret = NULL;
	for (i = 0; i < ARRAY_LEN(people); i++)
		if (strcmp(people[i].name, name) == 0) {
			put_entry(i, pw);
			*ret = pw;
		}
	return 0;
}

static int fresh_person(void **state)
{
	(void)state;
	own = 0;
	long_home = NULL;
	unsetenv("SUDO_UID");
	unsetenv("DOAS_USER");
	unsetenv("PKEXEC_UID");
	return 0;
}

/* ---- tests ---- */

static void each_of_the_three_names_who_called(void **state)
{
	static const char *const rows[][2] = { { "SUDO_UID", "1000" },
		{ "DOAS_USER", "alice" }, { "PKEXEC_UID", "1000" } };
	struct person p;
	bool found;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fresh_person(state);
		setenv(rows[i][0], rows[i][1], 1);
		found = false;
		OK(person_who_called(&p, &found, &err));
		assert_true(found);
		assert_int_equal(p.uid, 1000);
		assert_int_equal(p.gid, 1005);
		assert_string_equal(p.name, "alice");
		assert_string_equal(p.home, "/h");
	}
}

static void nobody_called_who_is_no_root_or_where_root_did(void **state)
{
	struct person p = { .uid = 77 };
	bool found = true;

	(void)state;
	OK(person_who_called(&p, &found, &err));
	assert_false(found);
	setenv("SUDO_UID", "0", 1);
	found = true;
	OK(person_who_called(&p, &found, &err));
	assert_false(found);
	/* whoever is not root says nothing of that, right or wrong */
	own = 1001;
	setenv("SUDO_UID", "1000", 1);
	setenv("PKEXEC_UID", "nonsense", 1);
	found = true;
	OK(person_who_called(&p, &found, &err));
	assert_false(found);
	assert_int_equal(p.uid, 77);
}

static void two_who_name_one_person_are_no_trouble(void **state)
{
	struct person p;
	bool found;

	(void)state;
	setenv("SUDO_UID", "1001", 1);
	setenv("DOAS_USER", "bob", 1);
	OK(person_who_called(&p, &found, &err));
	assert_true(found);
	assert_string_equal(p.name, "bob");
}

static void two_who_name_two_people_are_refused(void **state)
{
	static const struct {
		const char *one, *value, *other, *others;
	} rows[] = {
		{ "SUDO_UID", "1000", "DOAS_USER", "bob" },
		{ "SUDO_UID", "1000", "PKEXEC_UID", "1001" },
		{ "DOAS_USER", "alice", "PKEXEC_UID", "1001" },
		/* root is a person as well */
		{ "SUDO_UID", "0", "PKEXEC_UID", "1001" },
	};
	struct person p = { .uid = 77 };
	char want[128];
	bool found;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fresh_person(state);
		setenv(rows[i].one, rows[i].value, 1);
		setenv(rows[i].other, rows[i].others, 1);
		snprintf(want, sizeof(want), "%s and %s name different "
			"people: unset the one that did not call", rows[i].one,
			rows[i].other);
		found = true;
		SAYS(ERROR_USAGE, want, person_who_called(&p, &found, &err));
		assert_false(found);
		assert_int_equal(p.uid, 77);
	}
}

static void who_is_nobody_here_is_refused_by_the_variable_s_name(
	void **state)
{
	static const struct {
		const char *variable, *value, *why;
	} rows[] = {
		{ "SUDO_UID", "2000", "(there is no user with uid 2000: No such "
			"file or directory)" },
		{ "SUDO_UID", "7", "(there is no user with uid 7: Input/output "
			"error)" },
		{ "PKEXEC_UID", "2000", "(there is no user with uid 2000: " },
		{ "SUDO_UID", "alice", "(not a number)" },
		{ "SUDO_UID", "", "(not a number)" },
		{ "SUDO_UID", "-1", "(not a number)" },
		/* the last number is nobody at all */
		{ "SUDO_UID", "4294967295", "(not a number)" },
		{ "SUDO_UID", "4294967294", "(there is no user with uid "
			"4294967294: " },
		{ "DOAS_USER", "carol", "(there is no user 'carol')" },
	};
	struct person p;
	char want[128];
	bool found;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fresh_person(state);
		setenv(rows[i].variable, rows[i].value, 1);
		snprintf(want, sizeof(want), "%s is '%s', which is no user of "
			"this machine %s", rows[i].variable, rows[i].value,
			rows[i].why);
		SAYS(ERROR_USAGE, want, person_who_called(&p, &found, &err));
		assert_false(found);
	}
}

static void an_entry_that_is_too_long_is_refused_whole(void **state)
{
	struct person p = { .uid = 77 };
	char home[sizeof(p.home) + 1];

	(void)state;
	memset(home, 'x', sizeof(home));
	home[sizeof(home) - 1] = '\0';
	long_home = home;
	SAYS(ERROR_FAILED, "the entry of uid 1000 is too long",
		person_by_uid(1000, &p, &err));
	assert_int_equal(p.uid, 77);
	home[sizeof(home) - 2] = '\0';
	OK(person_by_uid(1000, &p, &err));
	assert_int_equal(strlen(p.home), sizeof(p.home) - 1);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh_person)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_of_the_three_names_who_called),
		TEST(nobody_called_who_is_no_root_or_where_root_did),
		TEST(two_who_name_one_person_are_no_trouble),
		TEST(two_who_name_two_people_are_refused),
		TEST(who_is_nobody_here_is_refused_by_the_variable_s_name),
		TEST(an_entry_that_is_too_long_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
