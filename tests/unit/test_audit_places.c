/* SPDX-License-Identifier: Apache-2.0 */
/* Where an audit's outputs go: which are taken, and when files appear. */
#include "tests/unit/unit.h"

#include "bridge/audit/output/places.h"

#include <sys/stat.h>

static char place[64];
static struct audit_places p;
static int dup_fails; /* that strdup finds no memory; 0: none */

char *__real_strdup(const char *s);

WRAP(char *, strdup, const char *s)
{
	return dup_fails && --dup_fails == 0 ? NULL : __real_strdup(s);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int begin(void **state)
{
	(void)state;
	enter_place(place);
	memset(&p, 0, sizeof(p));
	dup_fails = 0;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	audit_places_done(&p);
	leave_place(place);
	return 0;
}

static void every_format_has_its_name(void **state)
{
	static const struct {
		const char *name;
		const struct audit_output *how;
	} rows[] = {
		{ "text", &audit_text }, { "json", &audit_json },
		{ "csv", &audit_csv }, { "csv-raw", &audit_csv_raw },
		{ "ocsf", &audit_ocsf }, { "ocsf-array", &audit_ocsf_array },
		{ "sarif", &audit_sarif }, { "junit", &audit_junit },
		{ "html", &audit_html },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "%s=file-%zu", rows[i].name, i);
		OK(audit_places_add(&p, text, &err));
		assert_int_equal(p.n, i + 1);
		assert_ptr_equal(p.printer[i].how, rows[i].how);
		assert_string_equal(p.name[i], strchr(text, '=') + 1);
	}
}

static void what_is_no_output_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "--output '': FORMAT=FILE is wanted, like "
			"html=audit.html; '-' is standard output" },
		{ "html", "--output 'html': FORMAT=FILE is wanted" },
		{ "html=", "--output 'html=': FORMAT=FILE is wanted" },
		{ "nothing", "FORMAT=FILE is wanted" },
		{ "nothing=a", "--output 'nothing=a': there is no such format; "
			"there are: text json csv csv-raw ocsf ocsf-array "
			"sarif junit html" },
		{ "jso=a", "no such format" },
		{ "jsonl=a", "no such format" },
		{ "jsox=a", "no such format" },
		{ "JSON=a", "no such format" },
		{ "=a", "no such format" },
		{ "json=a\n", "--output '': FORMAT=FILE is wanted" },
		{ "json=none/a", "none" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (strstr(rows[i].says, "none"))
			SAYS(ERROR_FAILED, rows[i].says,
				audit_places_add(&p, rows[i].text, &err));
		else
			SAYS(ERROR_USAGE, rows[i].says,
				audit_places_add(&p, rows[i].text, &err));
		audit_places_done(&p);
		assert_int_equal(p.n, 0);
		assert_null(p.name[0]);
		assert_null(p.file[0]);
	}
}

static void standard_output_takes_one(void **state)
{
	(void)state;
	assert_false(audit_places_has_stdout(&p));
	OK(audit_places_add(&p, "text=-", &err));
	assert_true(audit_places_has_stdout(&p));
	SAYS(ERROR_USAGE, "two outputs to standard output",
		audit_places_add(&p, "csv=-", &err));
	audit_places_done(&p);
	OK(audit_places_add(&p, "json=a", &err));
	assert_false(audit_places_has_stdout(&p));
	OK(audit_places_add(&p, "text=-", &err));
	assert_true(audit_places_has_stdout(&p));
	assert_int_equal(p.n, 2);
	assert_ptr_equal(p.printer[1].to, stdout);
	assert_null(p.printer[1].name);
	assert_null(p.name[1]);
	assert_null(p.file[1]);
	SAYS(ERROR_USAGE, "two outputs to standard output",
		audit_places_add(&p, "csv=-", &err));
	assert_int_equal(p.n, 2);
	/* a name that begins so is a file's */
	OK(audit_places_add(&p, "csv=-b", &err));
	assert_string_equal(p.name[2], "-b");
	assert_non_null(p.file[2]);
	assert_ptr_equal(p.printer[2].name, p.name[2]);
	assert_ptr_equal(p.printer[2].to, newfile_stream(p.file[2]));
}

static void two_names_of_one_place_are_seen(void **state)
{
	static const struct {
		const char *name;
		bool same;
	} rows[] = {
		{ "a", true }, { "./a", true }, { "sub/../a", true },
		{ "link/../a", true }, { "b", false }, { "sub/a", false },
		{ "sub/b", true }, { "sub//b", true }, { "link/b", true },
		{ "link/a", false }, { "./b", false }, { "sub/./b", true },
	};
	char text[80], says[80];
	size_t i, n;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(symlink("sub", "link"), 0);
	OK(audit_places_add(&p, "text=-\njson=a\ncsv=sub/b", &err));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		n = p.n;
		snprintf(text, sizeof(text), "html=%s", rows[i].name);
		snprintf(says, sizeof(says), "two outputs to '%s'",
			rows[i].name);
		if (rows[i].same) {
			SAYS(ERROR_USAGE, says, audit_places_add(&p, text,
				&err));
			assert_int_equal(p.n, n);
			continue;
		}
		OK(audit_places_add(&p, text, &err));
		assert_int_equal(p.n, n + 1);
		newfile_free(&p.file[n]);
		free_p(&p.name[n]);
		p.n = n;
	}
	/* the one that has no folder before it is here, however it is named */
	SAYS(ERROR_USAGE, "two outputs to '/proc/self/cwd/a'",
		audit_places_add(&p, "html=/proc/self/cwd/a", &err));
}

static void sixteen_outputs_are_taken(void **state)
{
	char text[16];
	int i;

	(void)state;
	for (i = 0; i < 16; i++) {
		snprintf(text, sizeof(text), "csv=f%d", i);
		OK(audit_places_add(&p, text, &err));
	}
	assert_int_equal(p.n, 16);
	SAYS(ERROR_USAGE, "more than 16 outputs", audit_places_add(&p,
		"csv=f16", &err));
	assert_int_equal(p.n, 16);
}

static void a_list_has_one_on_each_line(void **state)
{
	(void)state;
	OK(audit_places_add(&p, "text=-\njson=a\nhtml=b=c", &err));
	assert_int_equal(p.n, 3);
	assert_string_equal(p.name[1], "a");
	assert_string_equal(p.name[2], "b=c");
	/* the first that is wrong ends it */
	SAYS(ERROR_USAGE, "--output 'bad'", audit_places_add(&p,
		"csv=d\nbad\ncsv=e", &err));
	assert_int_equal(p.n, 4);
	assert_string_equal(p.name[3], "d");
}

static void an_output_spares_the_report_that_is_read(void **state)
{
	(void)state;
	write_text("report", "old");
	write_text("other", "old");
	assert_int_equal(link("report", "again"), 0);
	OK(audit_places_add(&p, "csv=other", &err));
	SAYS(ERROR_USAGE, "an output to 'other'", audit_places_spare(&p,
		"other", &err));
	audit_places_done(&p);
	OK(audit_places_add(&p, "text=-\njson=new\ncsv=other", &err));
	OK(audit_places_spare(&p, "report", &err));
	OK(audit_places_spare(&p, "none", &err));
	OK(audit_places_spare(&p, "new", &err));
	SAYS(ERROR_USAGE, "an output to 'other' would take the place of the "
		"report that is read", audit_places_spare(&p, "./other", &err));
	OK(audit_places_add(&p, "html=again", &err));
	SAYS(ERROR_USAGE, "an output to 'again' would",
		audit_places_spare(&p, "report", &err));
}

static void files_appear_when_they_are_published(void **state)
{
	(void)state;
	OK(audit_places_add(&p, "json=a\ntext=-\ncsv=b", &err));
	fputs("one", p.printer[0].to);
	fputs("two", p.printer[2].to);
	assert_false(is_there("a"));
	OK(audit_places_publish(&p, &err));
	assert_null(p.file[0]);
	assert_null(p.file[2]);
	assert_file_is("a", "one");
	assert_file_is("b", "two");
	assert_int_equal(p.n, 3);
}

static void what_is_not_published_is_gone(void **state)
{
	(void)state;
	OK(audit_places_add(&p, "json=a\ncsv=b", &err));
	audit_places_done(&p);
	assert_int_equal(p.n, 0);
	assert_null(p.file[0]);
	assert_null(p.file[1]);
	assert_null(p.name[0]);
	assert_null(p.name[1]);
	/* neither by its name nor by the one that it had */
	assert_int_equal(rmdir(place), 0);
	assert_int_equal(mkdir(place, 0700), 0);
	assert_int_equal(chdir(place), 0);
}

static void the_first_failure_is_told_and_the_others_go_on(void **state)
{
	(void)state;
	assert_int_equal(mkdir("one", 0700), 0);
	assert_int_equal(mkdir("two", 0700), 0);
	OK(audit_places_add(&p, "text=d\njson=one/a\ncsv=two/b\nhtml=c",
		&err));
	fputs("three", p.printer[3].to);
	assert_int_equal(mkdir("one/a", 0700), 0);
	assert_int_equal(mkdir("two/b", 0700), 0);
	SAYS(ERROR_FAILED, "cannot make 'one/a'", audit_places_publish(&p,
		&err));
	assert_file_is("c", "three");
}

/* The list, two folders that are compared, the name, the file's own. */
static void without_memory_nothing_is_added(void **state)
{
	static const int failing[] = { 1, 4, 5 };
	size_t i;

	(void)state;
	OK(audit_places_add(&p, "json=a", &err));
	for (i = 0; i < ARRAY_LEN(failing); i++) {
		dup_fails = failing[i];
		SAYS(ERROR_FAILED, "cannot allocate memory",
			audit_places_add(&p, "csv=b", &err));
		assert_int_equal(dup_fails, 0);
		assert_int_equal(p.n, 1);
		assert_null(p.name[1]);
		assert_null(p.file[1]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_format_has_its_name),
		TEST(what_is_no_output_is_refused),
		TEST(standard_output_takes_one),
		TEST(two_names_of_one_place_are_seen),
		TEST(sixteen_outputs_are_taken),
		TEST(a_list_has_one_on_each_line),
		TEST(an_output_spares_the_report_that_is_read),
		TEST(files_appear_when_they_are_published),
		TEST(what_is_not_published_is_gone),
		TEST(the_first_failure_is_told_and_the_others_go_on),
		TEST(without_memory_nothing_is_added),
	};

	return cmocka_run_group_tests_name("audit places", tests, NULL, NULL);
}
