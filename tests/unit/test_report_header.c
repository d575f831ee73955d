/* SPDX-License-Identifier: Apache-2.0 */
/* What is a header of a credential report, what seems to be one, what is none. */
#include "aws/report/header.h"

#include "tests/unit/unit.h"

#define HEADER "user,arn,password_enabled,mfa_active"

static struct record record = { .separator = ',' };
static struct buf unquoted;
static unsigned char *copy;

static const struct record *split(const char *line)
{
	size_t n = strlen(line);

	free(copy);
	copy = copy_of(line, n);
	OK(record_split(&record, &unquoted, copy, n, strchr(line, '"') != NULL,
		4, &err));
	return &record;
}

static int begin(void **state)
{
	(void)state;
	buf_init(&unquoted, 4096);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_done(&unquoted);
	free(copy);
	copy = NULL;
	return 0;
}

static void what_an_input_seems_to_be_is_told_by_its_first_bytes(void **state)
{
	static const char utf16[] = "this is not UTF-8 but UTF-16 or binary: "
		"save it as UTF-8";
	static const char packed[] = "this is packed by gzip: zcat FILE | "
		"tokenbridge audit --report -";
	static const char zip[] = "this is a ZIP archive or a workbook: unpack "
		"it, or save it as CSV";
	static const char html[] = "this is HTML or XML, not a credential "
		"report";
	static const char json[] = "this is other JSON than 'aws iam "
		"get-credential-report' prints";
	static const struct {
		const char *p;
		size_t n;
		const char *what;
	} cases[] = {
		{ "", 0, NULL }, { "a", 1, NULL }, { " \t\r\n", 4, NULL },
		{ "\xff\xfe", 2, utf16 }, { "\xfe\xff", 2, utf16 },
		{ "\xff", 1, NULL }, { "\xfe\xfe", 2, NULL },
		{ "\xff\xff", 2, NULL }, { "\0", 1, utf16 },
		{ "\0a", 2, utf16 }, { "a\0", 2, utf16 },
		{ "ab\0", 3, NULL }, { " \0", 2, utf16 },
		{ "\x1f\x8b", 2, packed }, { "\x1f", 1, NULL },
		{ "\x1f\x8c", 2, NULL }, { "\x1e\x8b", 2, NULL },
		{ "PK\3\4", 4, zip }, { "PK\3\4x", 5, zip },
		{ "PK\3", 3, NULL }, { "PK\3\5", 4, NULL },
		{ "<h", 2, html }, { "<", 1, NULL }, { "<r", 2, NULL },
		{ "<root_account>", 14, NULL },
		{ "<root_account>,x", 16, NULL },
		{ "<root_accounts>", 15, html }, { "  <!", 4, html },
		{ "{", 1, json }, { "[", 1, json }, { "\n\t[", 3, json },
		{ "|", 1, NULL }, { "\\", 1, NULL },
	};
	const char *what;
	unsigned char *p;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		p = copy_of(cases[i].p, cases[i].n);
		what = header_strange(p, cases[i].n);
		free(p);
		if (what != cases[i].what)
			assert_string_equal(what ? what : "nothing",
				cases[i].what ? cases[i].what : "nothing");
	}
}

static void a_header_that_is_none_is_said(void **state)
{
	static const struct {
		const char *line, *why; /* NULL: it is one */
	} cases[] = {
		{ HEADER, NULL }, { "ARN,User,MFA_active,PASSWORD_ENABLED",
			NULL },
		{ "x,y", "no header of a credential report (user,arn,...)" },
		{ "{}", "this is other JSON than 'aws iam "
			"get-credential-report' prints" },
		{ "arn,password_enabled,mfa_active", "the header has no column "
			"'user', without which nothing can be said" },
		{ "user,password_enabled,mfa_active", "the header has no "
			"column 'arn', without which nothing can be said" },
		{ "user,arn,mfa_active", "the header has no column "
			"'password_enabled', without which nothing can be "
			"said" },
		{ "user,arn,password_enabled", "the header has no column "
			"'mfa_active', without which nothing can be said" },
		{ HEADER ",new,x,New", "the header has the column 'New' "
			"twice" },
		{ HEADER ",user", "the header has the column 'user' twice" },
		{ HEADER ",,", NULL }, { HEADER ",neww,new", NULL },
		{ HEADER ",\"x\"y", "text behind a closing quote" },
	};
	struct header h, before;
	char why[HEADER_WHY];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&h, 7, sizeof(h));
		before = h;
		strcpy(why, "-");
		if (header_read(&h, split(cases[i].line), why) !=
			!cases[i].why)
			fail_msg("%s: %s", cases[i].line, why);
		assert_string_equal(why, cases[i].why ? cases[i].why : "-");
		if (cases[i].why)
			assert_memory_equal(&h, &before, sizeof(h));
	}
}

static void a_header_has_a_limit_of_columns(void **state)
{
	struct header h;
	char why[HEADER_WHY], name[100];
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 4096);
	buf_put_str(&b, HEADER);
	for (i = 4; i < REPORT_FIELDS_MAX; i++)
		buf_printf(&b, ",c%zu", i);
	assert_true(header_read(&h, split(buf_str(&b)), why));
	assert_int_equal(h.columns, REPORT_FIELDS_MAX);
	assert_int_equal(h.place_count, 4);
	buf_put_str(&b, ",more");
	assert_false(header_read(&h, split(buf_str(&b)), why));
	assert_string_equal(why, "the header has too many columns");
	/* a long name is cut */
	memset(name, 'n', sizeof(name));
	name[99] = '\0';
	buf_reset(&b);
	buf_printf(&b, HEADER ",%s,%s", name, name);
	assert_false(header_read(&h, split(buf_str(&b)), why));
	name[80] = '\0';
	buf_reset(&b);
	buf_printf(&b, "the header has the column '%s' twice", name);
	assert_string_equal(why, buf_str(&b));
	buf_done(&b);
}

static void a_layout_says_where_the_four_stand(void **state)
{
	struct report_layout l;
	struct header h;
	char why[HEADER_WHY];

	(void)state;
	assert_true(header_read(&h, split("x,mfa_active,cert_1_active,arn,"
		"user,password_enabled,cert_2_active"), why));
	header_layout(&h, &l);
	assert_int_equal(l.columns, 7);
	assert_int_equal(l.mfa, 1);
	assert_int_equal(l.arn, 3);
	assert_int_equal(l.user, 4);
	assert_int_equal(l.password, 5);
	/* what stands behind the last of them is not wanted */
	assert_int_equal(l.wanted, 6);
}

static void a_row_may_be_a_header_but_not_one_with_an_arn(void **state)
{
	static const struct {
		const char *row;
		bool may;
	} cases[] = {
		{ "user,arn,mfa_active", true },
		{ "arn,user,mfa_active", true },
		{ "x,arn,cert_1_active", true },
		{ "x,password_enabled,y", true }, /* in the user's place */
		{ "x,y,arn,user", true },         /* in mfa_active's */
		{ "x,y,z,user", false },
		{ "x,alice,true,y", false },
		/* somebody is called so, and has an ARN */
		{ "x,user,true,arn:aws:iam::123456789012:user/user", false },
		{ "user,x,true,arn:aws:iam::123456789012:user/user", false },
		{ "x,user,true,arn:a", false }, { "x,user,true,arn:", true },
		{ "x,user,true,arnxa", true }, { "x,user,true", true },
		{ "x", false }, { "user", true },
	};
	struct header h;
	char why[HEADER_WHY];
	size_t i;

	(void)state;
	assert_true(header_read(&h, split("x,user,mfa_active,arn,"
		"password_enabled"), why));
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (header_may_be(&h, split(cases[i].row)) != cases[i].may)
			fail_msg("%s", cases[i].row);
}

static void each_column_has_its_name_whatever_its_case(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < REPORT_COLUMNS; i++) {
		snprintf(name, sizeof(name), "%s",
			report_column_name((enum report_column)i));
		assert_true(header_has_name((struct report_field){ name,
			strlen(name) }));
		name[0] = (char)(name[0] - 'a' + 'A');
		assert_true(header_has_name((struct report_field){ name,
			strlen(name) }));
		assert_false(header_has_name((struct report_field){ name,
			strlen(name) - 1 }));
		strcat(name, "s");
		assert_false(header_has_name((struct report_field){ name,
			strlen(name) }));
	}
	assert_string_equal(report_column_name(REPORT_COLUMNS), "");
}

static void a_header_may_be_glued_to_a_row(void **state)
{
	static const struct {
		const char *row;
		size_t at; /* 0: there is none */
	} cases[] = {
		{ "a,b,c,duser,arn", 7 }, { "a,b,c,user,arn", 6 },
		{ "a,b,c,\xef\xbb\xbfuser,arn", 6 },
		{ "a,b,c,d\xef\xbb\xbfUser,arn", 7 },
		{ "a,b,c,\"d\"\"user\",arn", 9 },
		{ "a,b,c,d\"user\",arn", 7 }, { "a,b,c,dusers,arn", 0 },
		{ "a,b,c,d,user,arn", 0 }, { "a,b,c,use,arn", 0 },
		{ "a,b,c,x\"arn\",arn", 7 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		if (header_glued(split(cases[i].row)) != cases[i].at)
			fail_msg("%s: %zu", cases[i].row,
				header_glued(split(cases[i].row)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_an_input_seems_to_be_is_told_by_its_first_bytes),
		TEST(a_header_that_is_none_is_said),
		TEST(a_header_has_a_limit_of_columns),
		TEST(a_layout_says_where_the_four_stand),
		TEST(a_row_may_be_a_header_but_not_one_with_an_arn),
		TEST(each_column_has_its_name_whatever_its_case),
		TEST(a_header_may_be_glued_to_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
