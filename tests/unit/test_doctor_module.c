/* SPDX-License-Identifier: Apache-2.0 */
/* Where PAM's modules are, and whether ours is root's alone. */
#include "tests/unit/module-parts.h"

static void is_read_at(const char *name, const char *path)
{
	char want[128];

	assert_false(is_missing(name, PAM_TYPE_AUTH));
	snprintf(want, sizeof(want), "%s ", path);
	assert_string_equal(read_paths, want);
}

/* ---- where they are ---- */

#define LAST "/lib/security/pam_x.so"

static void a_name_is_looked_for_in_libpams_folders(void **state)
{
	(void)state;
	/* nowhere: the last one's */
	is_read_at("pam_x.so", LAST);
	things[0].path = LAST;
	is_read_at("pam_x.so", LAST);
	things[1].path = PATH_PAM_SYSTEM "/pam_x.so";
	is_read_at("pam_x.so", PATH_PAM_SYSTEM "/pam_x.so");
	things[2].path = PATH_PAM_MODULES "/pam_x.so";
	is_read_at("pam_x.so", PATH_PAM_MODULES "/pam_x.so");
	things[2].error = ENOENT;
	things[1].error = ENOTDIR;
	is_read_at("pam_x.so", LAST);
	/* it may be there */
	things[2].error = EACCES;
	is_read_at("pam_x.so", PATH_PAM_MODULES "/pam_x.so");
}

static void a_path_is_taken_as_it_is(void **state)
{
	(void)state;
	things[0].path = PATH_PAM_MODULES "//x/pam_x.so";
	is_read_at("/x/pam_x.so", "/x/pam_x.so");
	is_read_at("/", "/");
}

static void libpams_word_for_its_folder_is_replaced(void **state)
{
	(void)state;
	is_read_at("/x/$ISA/pam_x.so", "/x//lib/security/pam_x.so");
	things[0].path = "/x/$ISA/pam_x.so";
	is_read_at("/x/$ISA/pam_x.so", "/x/$ISA/pam_x.so");
	/* only in a path */
	is_read_at("$ISA/pam_x.so", "/lib/security/$ISA/pam_x.so");
}

static void only_lines_with_a_module_are_marked(void **state)
{
	const struct pam_line lines[] = {
		{ .module = "/a" },
		{ .module = NULL },
		{ .module = "/b", .kind = PAM_LINE_INCLUDE },
		{ .module = "/c", .kind = PAM_LINE_SUBSTACK },
		{ .module = "/d", .kind = PAM_LINE_FILE },
		{ .module = "/e" },
	};
	struct pam_entry entries[ARRAY_LEN(lines)];
	struct pam_stack stack = { .entries = entries,
		.n = ARRAY_LEN(lines) };
	size_t i;

	(void)state;
	memset(entries, 0, sizeof(entries));
	for (i = 0; i < ARRAY_LEN(lines); i++)
		entries[i].line = &lines[i];
	module.absent = true;
	pam_modules_mark(&stack, PAM_TYPE_AUTH);
	assert_string_equal(read_paths, "/a /e ");
	for (i = 0; i < ARRAY_LEN(lines); i++)
		assert_int_equal(entries[i].missing, i == 0 || i == 5);
	/* and those that are there again are not missing */
	module.absent = false;
	pam_modules_mark(&stack, PAM_TYPE_AUTH);
	for (i = 0; i < ARRAY_LEN(lines); i++)
		assert_false(entries[i].missing);
}

/* ---- whose they are ---- */

#define OURS "/m/pam_tokenbridge.so"

static void judge(const char *first, const char *second)
{
	const struct pam_line lines[] = { { .module = first },
		{ .module = "/m/pam_unix.so" }, { .module = second } };
	struct pam_entry entries[] = { { .line = &lines[0] },
		{ .line = &lines[1] }, { .line = &lines[2] } };
	const struct pam_stack stack = { .entries = entries,
		.n = second ? 3 : 2 };

	pam_modules_judge(&stack, &found);
}

#define LOST ": a line that PAM cannot load fails (PAM_MODULE_UNKNOWN)"
#define MEND "install it there, or mend the line"
#define CHANGED(owner, mode) "it has owner " owner " and mode " mode \
	": whoever can change it gets every password"
#define WELL "it is there and root's alone to change"

static void our_module_is_roots_alone_to_change(void **state)
{
	static const struct {
		int error;
		mode_t mode;
		uid_t uid;
		enum finding_status status;
		const char *text, *remedy;
	} rows[] = {
		{ 0, S_IFREG | 0644, 0, FINDING_OK, WELL, NULL },
		{ 0, S_IFREG | 0755, 0, FINDING_OK, WELL, NULL },
		{ 0, S_IFREG | 0644, 1, FINDING_FAIL, CHANGED("1", "0644"),
			"chown root, chmod 644" },
		{ 0, S_IFREG | 04664, 0, FINDING_FAIL, CHANGED("0", "4664"),
			"chown root, chmod 644" },
		{ 0, S_IFREG | 0646, 0, FINDING_FAIL, CHANGED("0", "0646"),
			"chown root, chmod 644" },
		{ 0, S_IFDIR | 0755, 0, FINDING_FAIL, CHANGED("0", "0755"),
			"chown root, chmod 644" },
		{ ENOENT, 0, 0, FINDING_FAIL, "No such file or directory" LOST,
			MEND },
		{ ENOTDIR, 0, 0, FINDING_FAIL, "Not a directory" LOST, MEND },
		{ EACCES, 0, 0, FINDING_UNKNOWN, "Permission denied" LOST,
			MEND },
	};
	size_t i;

	(void)state;
	things[0].path = OURS;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		forget();
		things[0].error = rows[i].error;
		things[0].st.st_mode = rows[i].mode;
		things[0].st.st_uid = rows[i].uid;
		judge(OURS, NULL);
		one(rows[i].status, "pam-module", OURS, rows[i].text,
			rows[i].remedy);
	}
}

static void each_file_of_ours_is_told_once(void **state)
{
	(void)state;
	judge("/m/pam_unix.so", NULL);
	assert_int_equal(found.n, 0);
	judge(OURS, OURS);
	judge("/m/pam_unix.so", OURS);
	assert_int_equal(found.n, 1);
	things[0].path = PATH_PAM_MODULES "/pam_tokenbridge.so";
	things[0].st.st_mode = S_IFREG | 0644;
	judge(OURS, "pam_tokenbridge.so");
	assert_int_equal(found.n, 2);
	told(1, FINDING_OK, "pam-module", things[0].path, WELL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_looked_for_in_libpams_folders),
		TEST(a_path_is_taken_as_it_is),
		TEST(libpams_word_for_its_folder_is_replaced),
		TEST(only_lines_with_a_module_are_marked),
		TEST(our_module_is_roots_alone_to_change),
		TEST(each_file_of_ours_is_told_once),
	};

	return cmocka_run_group_tests_name("doctor module", tests, NULL,
		NULL);
}
