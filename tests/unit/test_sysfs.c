/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes as sysfs has them, in a folder of the test's own. */
#include "udev/sysfs.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

static char place[64];

static int begin(void **state)
{
	(void)state;
	enter_place(place);
	write_text("line", "one\ntwo\n");
	write_text("bare", "one");
	write_text("empty", "");
	write_text("ten", "10\n");
	write_text("power", "100mA\n");
	write_text("uevent", "A=1\nAB=2\nC=\nB=x=y\nD=4");
	return 0;
}

static int end(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void a_line_is_cut_to_fit(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		bool there;
		const char *text;
	} cases[] = {
		{ "line", 16, true, "one" }, { "bare", 16, true, "one" },
		{ "bare", 4, true, "one" }, { "bare", 3, true, "on" },
		{ "empty", 16, true, "" }, { "none", 16, false, "" },
	};
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(sysfs_text(place, cases[i].name, text,
			cases[i].size), cases[i].there);
		assert_string_equal(text, cases[i].text);
	}
}

static void a_number_has_a_base(void **state)
{
	(void)state;
	assert_int_equal(sysfs_number(place, "ten", 10), 10);
	assert_int_equal(sysfs_number(place, "ten", 16), 16);
	assert_int_equal(sysfs_number(place, "power", 10), 100);
	assert_int_equal(sysfs_number(place, "empty", 10), 0);
	assert_int_equal(sysfs_number(place, "none", 10), -1);
}

static void a_path_without_room_is_none(void **state)
{
	char name[700], text[8];

	(void)state;
	memset(name, '/', sizeof(name));
	strcpy(name + 639 - strlen(place) - 1 - 4, "line");
	assert_true(sysfs_text(place, name, text, sizeof(text)));
	memset(name, '/', sizeof(name));
	strcpy(name + 640 - strlen(place) - 1 - 4, "line");
	assert_false(sysfs_text(place, name, text, sizeof(text)));
	assert_false(sysfs_link(place, name, text, sizeof(text)));
}

static void a_uevent_has_values_by_key(void **state)
{
	static const struct {
		const char *key, *value; /* NULL: there is none */
	} cases[] = {
		{ "A", "1" }, { "AB", "2" }, { "C", "" }, { "B", "x=y" },
		{ "D", "4" }, { "E", NULL }, { "x", NULL }, { "", NULL },
	};
	char all[SYSFS_UEVENT_MAX], value[8];
	size_t i;

	(void)state;
	sysfs_read_uevent(place, all);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		strcpy(value, "-");
		assert_int_equal(sysfs_uevent(all, cases[i].key, value,
			sizeof(value)), cases[i].value != NULL);
		assert_string_equal(value, cases[i].value ? cases[i].value :
			"");
	}
	assert_true(sysfs_uevent("K=longer than that\n", "K", value,
		sizeof(value)));
	assert_string_equal(value, "longer ");
	strcpy(all, "-");
	sysfs_read_uevent("/nonexistent", all);
	assert_string_equal(all, "");
}

static void a_link_is_the_folder_that_it_leads_to(void **state)
{
	char want[200], to[200], folder[100];

	(void)state;
	assert_int_equal(mkdir("a", 0700) | mkdir("a/b", 0700) |
		symlink("../../devices/x", "a/b/link") |
		symlink("y", "a/b/near"), 0);
	snprintf(folder, sizeof(folder), "%s/a/b", place);
	snprintf(want, sizeof(want), "%s/devices/x", place);
	assert_true(sysfs_link(folder, "link", to, sizeof(to)));
	assert_string_equal(to, want);
	/* with its NUL, and without */
	assert_true(sysfs_link(folder, "link", to, strlen(want) + 1));
	assert_false(sysfs_link(folder, "link", to, strlen(want)));
	snprintf(want, sizeof(want), "%s/a/b/y", place);
	assert_true(sysfs_link(folder, "near", to, sizeof(to)));
	assert_string_equal(to, want);
	assert_false(sysfs_link(folder, "none", to, sizeof(to)));
	assert_false(sysfs_link(place, "line", to, sizeof(to)));
	/* above the top there is nothing */
	assert_int_equal(unlink("a/b/link"), 0);
	assert_int_equal(symlink("../../../../../../../../../x", "a/b/link"),
		0);
	assert_false(sysfs_link(folder, "link", to, sizeof(to)));
}

static void a_parent_is_looked_for_below_sys_alone(void **state)
{
	char folder[200] = "/sys/class/net/none/at/all";

	(void)state;
	/* each machine has that */
	assert_true(sysfs_parent(folder, "class"));
	assert_string_equal(folder, "/sys");
	strcpy(folder, "/sys/class/net");
	assert_false(sysfs_parent(folder, "no-such-attribute"));
	snprintf(folder, sizeof(folder), "%s/a", place);
	assert_false(sysfs_parent(folder, "line"));
	strcpy(folder, "none");
	assert_false(sysfs_parent(folder, "line"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_cut_to_fit),
		TEST(a_number_has_a_base),
		TEST(a_path_without_room_is_none),
		TEST(a_uevent_has_values_by_key),
		TEST(a_link_is_the_folder_that_it_leads_to),
		TEST(a_parent_is_looked_for_below_sys_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
