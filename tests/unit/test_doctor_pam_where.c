/* SPDX-License-Identifier: Apache-2.0 */
/* Where PAM's services lie, and what becomes of those that cannot be read. */
#include "tests/unit/pam-dir-parts.h"

static void nothing_asks_in(const char *folder)
{
	looks("");
	one(FINDING_OK, "pam-service", folder, "no service asks for a token",
		NULL);
}

/* ---- the vendor's folders ---- */

static void vendors_services_are_looked_at_behind_the_systems(void **state)
{
	(void)state;
	q.pam_dir = NULL;
	asks("usr/etc/pam.d", "a");
	asks("usr/lib/pam.d", "b");
	asks("etc/pam.d", "c");
	looks("c b a +c +b +a ");
	assert_int_equal(found.n, 0);
	/* the first one takes the others' place */
	write_text("etc/pam.d/b", OTHERS);
	write_text("usr/lib/pam.d/a", OURS OTHERS);
	looks("c a/2 +c +a ");
	q.pam_dir = "/etc/pam.d";
	looks("c a/2 +c +a ");
	q.service = "a";
	looks("a/2 +a ");
	q.pam_dir = "/mine";
	q.service = NULL;
	nothing_asks_in("/mine");
}

static void the_vendors_leftovers_are_passed_over_too(void **state)
{
	(void)state;
	q.pam_dir = NULL;
	asks("usr/lib/pam.d", "common-auth");
	asks("usr/lib/pam.d", "a~");
	nothing_asks_in("/etc/pam.d");
}

static void a_folder_that_cannot_be_read_is_told(void **state)
{
	(void)state;
	q.pam_dir = "/gone";
	looks("");
	assert_int_equal(found.n, 2);
	told(0, FINDING_UNKNOWN, "pam-service", "/gone",
		"it cannot be read: No such file or directory", NULL);
	told(1, FINDING_OK, "pam-service", "/gone",
		"no service asks for a token", NULL);
	/* a vendor's may be absent, and nothing else */
	q.pam_dir = NULL;
	assert_int_equal(system("rmdir usr/lib/pam.d"), 0);
	asks("etc/pam.d", "a");
	asks("usr/etc/pam.d", "b");
	looks("a b +a +b ");
	assert_int_equal(found.n, 0);
	write_text("usr/lib/pam.d", "");
	looks("a b +a +b ");
	one(FINDING_UNKNOWN, "pam-service", "/usr/lib/pam.d",
		"it cannot be read: Not a directory", NULL);
	/* that of the system is looked for */
	assert_int_equal(system("rm -r etc/pam.d"), 0);
	looks("b +b ");
	told(0, FINDING_UNKNOWN, "pam-service", "/etc/pam.d",
		"it cannot be read: No such file or directory", NULL);
	assert_int_equal(found.n, 2);
}

/* ---- pam.conf ---- */

static void services_of_pam_conf_are_looked_at_once_each(void **state)
{
	(void)state;
	q.pam_dir = NULL;
	assert_int_equal(system("rm -r etc/pam.d usr"), 0);
	write_text("etc/pam.conf", "login " OTHERS "su " OURS "login " OURS
		"LOGIN " OTHERS "Su " OURS "sudo " OTHERS "x~ " OURS);
	looks("login:1/3 su:1/2 x~ +login +su +x~ ");
	assert_int_equal(found.n, 0);
	assert_int_equal(services.n, 3);
	assert_string_equal(services.list[1].name, "su");
	q.service = "SUDO";
	looks("sudo:1 +sudo ");
	q.service = "gone";
	SAYS(ERROR_FAILED, "PAM has no service 'gone' in '/etc/pam.conf'",
		look());
}

static void a_pam_conf_that_cannot_be_read_has_no_services(void **state)
{
	(void)state;
	q.pam_dir = NULL;
	assert_int_equal(system("rm -r etc/pam.d usr"), 0);
	nothing_asks_in("/etc/pam.conf");
	odd.path = "/etc/pam.conf";
	odd.read = ERROR_PERMISSION;
	looks("");
	assert_int_equal(found.n, 2);
	told(0, FINDING_UNKNOWN, "pam-file", "/etc/pam.conf",
		"'/etc/pam.conf' says no", "run as root");
}

/* ---- memory ---- */

static void lacking(char kind, unsigned at)
{
	lack.kind = kind;
	lack.at = at;
	FAILS(ERROR_FAILED, look());
	assert_string_equal(err.text, "cannot allocate memory");
	assert_int_equal(lack.at, 0);
	assert_int_equal(services.n, 0);
	assert_null(services.list);
	assert_int_equal(found.n, 0);
}

static void without_memory_for_a_service_it_ends(void **state)
{
	(void)state;
	asks("mine", "a");
	asks("mine", "b");
	lacked = sizeof(struct pam_service);
	FAILS(ERROR_FAILED, look());
	/* the second one is not looked at any more */
	assert_string_equal(steps, "a ");
	q.pam_dir = NULL;
	asks("usr/lib/pam.d", "c");
	asks("usr/etc/pam.d", "d");
	FAILS(ERROR_FAILED, look());
	assert_string_equal(steps, "c ");
	assert_int_equal(system("rm -r etc/pam.d usr"), 0);
	write_text("etc/pam.conf", "a " OURS "b " OURS);
	FAILS(ERROR_FAILED, look());
	assert_string_equal(steps, "a ");
	q.service = "b";
	FAILS(ERROR_FAILED, look());
	assert_string_equal(steps, "b ");
}

static void without_memory_nothing_is_looked_at(void **state)
{
	(void)state;
	asks("mine", "a");
	lacking('c', 1);
	lacking('s', 1);
	q.service = "a";
	lacking('s', 2);
	looks("a +a ");
}

static void without_memory_for_its_path_a_service_is_unknown(void **state)
{
	(void)state;
	asks("mine", "a");
	lack.kind = 'v';
	lack.at = 1;
	looks("");
	assert_int_equal(found.n, 2);
	told(0, FINDING_UNKNOWN, "pam-file", "a", "cannot allocate memory",
		NULL);
	/* whether it is the vendor's is not known */
	q.pam_dir = NULL;
	asks("usr/lib/pam.d", "b");
	lack.at = 1;
	looks("");
	one(FINDING_OK, "pam-service", "/etc/pam.d",
		"no service asks for a token", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vendors_services_are_looked_at_behind_the_systems),
		TEST(the_vendors_leftovers_are_passed_over_too),
		TEST(a_folder_that_cannot_be_read_is_told),
		TEST(services_of_pam_conf_are_looked_at_once_each),
		TEST(a_pam_conf_that_cannot_be_read_has_no_services),
		TEST(without_memory_for_a_service_it_ends),
		TEST(without_memory_nothing_is_looked_at),
		TEST(without_memory_for_its_path_a_service_is_unknown),
	};

	return cmocka_run_group_tests_name("doctor PAM where", tests, NULL,
		NULL);
}
