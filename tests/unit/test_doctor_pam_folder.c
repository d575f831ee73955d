/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's files as doctor finds them: which one it is, and each read once. */
#include "tests/unit/pam-place.h"

#include <sys/sysmacros.h>

#define LINE "auth required pam_unix.so\n"

static struct pam_folder *folder;
static const char *name_got;

static void open_folder(const char *dir)
{
	pam_folder_free(&folder);
	forget();
	OK(pam_folder_open(&folder, dir, &found, &err));
	assert_ptr_equal(folder->f, &found);
}

static int begin(void **state)
{
	(void)state;
	begin_place();
	open_folder(NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	pam_folder_free(&folder);
	assert_null(folder);
	pam_folder_free(&folder);
	end_place();
	return 0;
}

/* The file that is got by that name has so many lines; -1: none is got. */
static void got(const char *name, const char *path, int lines)
{
	const struct pam_file *file;

	name_got = NULL;
	file = pam_folder_get(name, folder, &name_got);
	assert_int_equal(file ? (int)file->n : -1, lines);
	assert_string_equal(name_got, path);
}

/* ---- which folder it is ---- */

static void folder_is(const char *path, bool is_file, bool is_system)
{
	assert_string_equal(folder->path, path);
	assert_int_equal(folder->is_file, is_file);
	assert_int_equal(folder->is_system, is_system);
}

static void the_systems_own_is_a_folder_where_any_is_there(void **state)
{
	static const char *const makes[] = { "mkdir -p etc/pam.d",
		"mkdir -p usr/lib/pam.d", "mkdir -p usr/etc/pam.d" };
	size_t i;

	(void)state;
	folder_is("/etc/pam.d", false, true);
	for (i = 0; i < ARRAY_LEN(makes); i++) {
		assert_int_equal(system("rm -rf etc usr"), 0);
		assert_int_equal(system(makes[i]), 0);
		open_folder(NULL);
		folder_is("/etc/pam.d", false, true);
	}
}

static void it_is_pam_conf_where_no_folder_is_there(void **state)
{
	(void)state;
	assert_int_equal(system("rm -rf usr etc/pam.d"), 0);
	open_folder(NULL);
	folder_is("/etc/pam.conf", true, false);
	/* a file of that name is none */
	write_text("etc/pam.d", LINE);
	open_folder(NULL);
	folder_is("/etc/pam.conf", true, false);
}

static void a_folder_that_is_named_is_taken(void **state)
{
	(void)state;
	open_folder("/mine");
	folder_is("/mine", false, false);
	assert_int_equal(system("rm -rf usr etc"), 0);
	open_folder("/mine");
	folder_is("/mine", false, false);
	open_folder("/etc/pam.d");
	folder_is("/etc/pam.d", false, true);
}

/* What stands in it is found by its whole path, too. */
static void a_folder_may_be_named_from_where_one_is(void **state)
{
	CLEANUP(free_p) char *path = NULL;
	char where[100], want[200];

	(void)state;
	assert_non_null(getcwd(where, sizeof(where)));
	assert_int_equal(system("mkdir -p own"), 0);
	write_text("own/one", LINE LINE);
	open_folder("own");
	snprintf(want, sizeof(want), "%s/own", where);
	folder_is(want, false, false);
	snprintf(want, sizeof(want), "%s/own/one", where);
	got("one", want, 2);
	path = pam_folder_service(folder, "one");
	assert_string_equal(path, want);
	got(path, want, 2);
}

static void without_memory_no_folder_is_opened(void **state)
{
	struct pam_folder *none = NULL;

	(void)state;
	lack.kind = 'c';
	lack.at = 1;
	FAILS(ERROR_FAILED, pam_folder_open(&none, "/mine", &found, &err));
	lack.kind = 's';
	lack.at = 1;
	FAILS(ERROR_FAILED, pam_folder_open(&none, "/mine", &found, &err));
	assert_null(none);
}

/* ---- files ---- */

static void a_file_is_read_once(void **state)
{
	const struct pam_file *file;

	(void)state;
	write_text("etc/pam.d/one", LINE LINE);
	write_text("etc/pam.d/other", LINE);
	got("one", "/etc/pam.d/one", 2);
	got("other", "/etc/pam.d/other", 1);
	assert_int_equal(reads, 2);
	file = pam_folder_get("one", folder, &name_got);
	assert_ptr_equal(pam_folder_get("/etc/pam.d/one", folder, &name_got),
		file);
	got("one", "/etc/pam.d/one", 2);
	got("other", "/etc/pam.d/other", 1);
	assert_int_equal(reads, 2);
	assert_int_equal(folder->n, 2);
	assert_int_equal(found.n, 0);
	/* a file of pam.d has no service before its lines */
	assert_null(file->lines[0].service);
}

static void names_lie_in_the_folder_and_paths_do_not(void **state)
{
	char path[96];

	(void)state;
	open_folder("/mine");
	write_text("mine/one", LINE LINE);
	write_text("one", LINE);
	snprintf(path, sizeof(path), "%s/one", place);
	got("one", "/mine/one", 2);
	got(path, path, 1);
	assert_int_equal(found.n, 0);
}

static void what_is_not_there_is_no_file_and_no_finding(void **state)
{
	(void)state;
	got("nowhere", "/etc/pam.d/nowhere", -1);
	got("nowhere", "/etc/pam.d/nowhere", -1);
	assert_int_equal(found.n, 0);
	assert_int_equal(reads, 1);
}

static void what_cannot_be_read_is_told_once(void **state)
{
	(void)state;
	odd.path = "/etc/pam.d/one";
	odd.read = ERROR_PERMISSION;
	write_text("etc/pam.d/one", LINE);
	got("one", odd.path, -1);
	got("one", odd.path, -1);
	one(FINDING_UNKNOWN, "pam-file", odd.path,
		"'/etc/pam.d/one' says no", "run as root");
	open_folder(NULL);
	odd.read = ERROR_FAILED;
	got("one", odd.path, -1);
	one(FINDING_UNKNOWN, "pam-file", odd.path,
		"'/etc/pam.d/one' says no", NULL);
	assert_false(found.failed);
}

static void a_file_is_no_longer_than_pam_files_are(void **state)
{
	static char blanks[PAM_FILE_MAX + 1];

	(void)state;
	memset(blanks, '\n', sizeof(blanks));
	write_file("etc/pam.d/full", blanks, PAM_FILE_MAX, 0600);
	write_file("etc/pam.d/more", blanks, PAM_FILE_MAX + 1, 0600);
	got("full", "/etc/pam.d/full", 0);
	assert_int_equal(found.n, 0);
	got("more", "/etc/pam.d/more", -1);
	assert_int_equal(found.n, 1);
}

#define WAITS "it is neither a file nor a folder, and libpam may wait for it " \
	"for ever"

static void what_is_no_file_has_no_lines_or_is_waited_for(void **state)
{
	static const struct {
		mode_t mode;
		unsigned major, minor;
		bool is_void;
	} rows[] = {
		{ S_IFDIR, 0, 0, true },
		{ S_IFCHR, 1, 3, true },
		{ S_IFCHR, 1, 5, false },
		{ S_IFCHR, 1, 2, false },
		{ S_IFCHR, 2, 3, false },
		{ S_IFCHR, 0, 3, false },
		{ S_IFBLK, 1, 3, false },
		{ S_IFIFO, 0, 0, false },
		{ S_IFSOCK, 0, 0, false },
	};
	size_t i;

	(void)state;
	odd.path = "/etc/pam.d/odd";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		open_folder(NULL);
		odd.st.st_mode = rows[i].mode | 0600;
		odd.st.st_rdev = makedev(rows[i].major, rows[i].minor);
		got("odd", odd.path, rows[i].is_void ? 0 : -1);
		if (rows[i].is_void)
			assert_int_equal(found.n, 0);
		else
			one(FINDING_UNKNOWN, "pam-file", odd.path, WAITS,
				NULL);
	}
	assert_int_equal(reads, 0);
}

/* ---- the vendor's ---- */

#define OLD "it is included, and libpam 1.5 does not look for it here: there " \
	"the line that includes it fails"

static void the_vendors_file_is_taken_where_the_systems_has_none(void **state)
{
	(void)state;
	write_text("usr/etc/pam.d/one", LINE);
	write_text("usr/etc/pam.d/two", LINE);
	write_text("usr/lib/pam.d/two", LINE LINE);
	got("one", "/usr/etc/pam.d/one", 1);
	got("one", "/usr/etc/pam.d/one", 1);
	one(FINDING_UNKNOWN, "pam-file", "/usr/etc/pam.d/one", OLD,
		"copy it to /etc/pam.d");
	got("two", "/usr/lib/pam.d/two", 2);
	assert_int_equal(found.n, 2);
	told(1, FINDING_UNKNOWN, "pam-file", "/usr/lib/pam.d/two", OLD,
		"copy it to /etc/pam.d");
}

static void the_administrators_file_stands_before_the_vendors(void **state)
{
	(void)state;
	write_text("usr/lib/pam.d/one", LINE LINE);
	write_text("etc/pam.d/one", LINE);
	got("one", "/etc/pam.d/one", 1);
	assert_int_equal(found.n, 0);
	/* whoever reads here may not see what root's program sees */
	open_folder(NULL);
	odd.path = "/etc/pam.d/one";
	odd.error = EACCES;
	odd.read = ERROR_PERMISSION;
	got("one", odd.path, -1);
	assert_int_equal(found.n, 1);
	open_folder(NULL);
	odd.error = ENOTDIR;
	got("one", "/usr/lib/pam.d/one", 2);
}

static void vendors_are_nothing_to_paths_and_other_folders(void **state)
{
	(void)state;
	write_text("usr/lib/pam.d/one", LINE);
	got("/one", "/one", -1);
	open_folder("/mine");
	got("one", "/mine/one", -1);
	assert_int_equal(found.n, 0);
}

/* ---- pam.conf ---- */

static void pam_conf_has_services_and_what_it_includes_has_none(void **state)
{
	const struct pam_file *file;

	(void)state;
	write_text("etc/pam.conf", "login " LINE "su " LINE);
	write_text("one", LINE);
	assert_int_equal(system("rm -rf usr etc/pam.d"), 0);
	open_folder(NULL);
	file = pam_folder_file(folder);
	assert_non_null(file);
	assert_int_equal(file->n, 2);
	assert_string_equal(file->lines[1].service, "su");
	assert_ptr_equal(pam_folder_file(folder), file);
	assert_int_equal(reads, 1);
	assert_int_equal(mkdir("etc/pam.d", 0700), 0);
	write_text("etc/pam.d/one", LINE);
	got("one", "/etc/pam.d/one", 1);
	file = pam_folder_get("one", folder, &name_got);
	assert_null(file->lines[0].service);
}

static void a_pam_conf_that_is_not_there_or_not_readable_is_none(void **state)
{
	(void)state;
	assert_int_equal(system("rm -rf usr etc/pam.d"), 0);
	open_folder(NULL);
	assert_null(pam_folder_file(folder));
	assert_int_equal(found.n, 0);
	open_folder(NULL);
	odd.path = "/etc/pam.conf";
	odd.read = ERROR_FAILED;
	assert_null(pam_folder_file(folder));
	assert_int_equal(found.n, 1);
}

/* ---- the path of a service ---- */

static void path_is(const char *name, const char *want)
{
	char *path = pam_folder_service(folder, name);

	assert_string_equal(path, want);
	free(path);
}

static void a_services_path_is_the_first_that_is_there(void **state)
{
	(void)state;
	path_is("one", "/etc/pam.d/one");
	write_text("usr/etc/pam.d/one", LINE);
	path_is("one", "/usr/etc/pam.d/one");
	write_text("usr/lib/pam.d/one", LINE);
	path_is("one", "/usr/lib/pam.d/one");
	write_text("etc/pam.d/one", LINE);
	path_is("one", "/etc/pam.d/one");
	open_folder("/mine");
	path_is("one", "/mine/one");
	assert_int_equal(system("rm -rf usr etc/pam.d"), 0);
	open_folder(NULL);
	path_is("one", "/etc/pam.conf");
	assert_int_equal(found.n, 0);
	lack.kind = 's';
	lack.at = 1;
	assert_null(pam_folder_service(folder, "one"));
}

/* ---- memory ---- */

static void without_memory_no_file_is_got_and_it_is_noted(void **state)
{
	static const struct {
		char kind;
		unsigned at;
		const char *name;
	} rows[] = {
		{ 'c', 1, "one" },
		{ 'r', 1, "one" },
		{ 's', 1, "one" },
		{ 's', 2, "/one" },
	};
	size_t i;

	(void)state;
	write_text("etc/pam.d/one", LINE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		open_folder(NULL);
		name_got = NULL;
		lack.kind = rows[i].kind;
		lack.at = rows[i].at;
		assert_null(pam_folder_get(rows[i].name, folder, &name_got));
		assert_int_equal(lack.at, 0);
		assert_true(found.failed);
		assert_null(name_got);
		assert_int_equal(folder->n, 0);
		/* and once there is some again */
		got("one", "/etc/pam.d/one", 1);
	}
	lack.kind = 'v';
	lack.at = 1;
	assert_null(pam_folder_service(folder, "one"));
	lack.at = 1;
	assert_null(pam_folder_get("one", folder, &name_got));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_systems_own_is_a_folder_where_any_is_there),
		TEST(it_is_pam_conf_where_no_folder_is_there),
		TEST(a_folder_that_is_named_is_taken),
		TEST(a_folder_may_be_named_from_where_one_is),
		TEST(without_memory_no_folder_is_opened),
		TEST(a_file_is_read_once),
		TEST(names_lie_in_the_folder_and_paths_do_not),
		TEST(what_is_not_there_is_no_file_and_no_finding),
		TEST(what_cannot_be_read_is_told_once),
		TEST(a_file_is_no_longer_than_pam_files_are),
		TEST(what_is_no_file_has_no_lines_or_is_waited_for),
		TEST(the_vendors_file_is_taken_where_the_systems_has_none),
		TEST(the_administrators_file_stands_before_the_vendors),
		TEST(vendors_are_nothing_to_paths_and_other_folders),
		TEST(pam_conf_has_services_and_what_it_includes_has_none),
		TEST(a_pam_conf_that_is_not_there_or_not_readable_is_none),
		TEST(a_services_path_is_the_first_that_is_there),
		TEST(without_memory_no_file_is_got_and_it_is_noted),
	};

	return cmocka_run_group_tests_name("doctor PAM folder", tests, NULL,
		NULL);
}
