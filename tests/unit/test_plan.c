/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a rollout, and tables as spreadsheets write them. */
#include "bridge/plan/plan.h"

#include "tests/unit/unit.h"

#define HEAD "account,user,holder,method,label,serial\n"
#define A "123456789012,"

static struct plan plan;

/* In a block of its own, so that a byte read too far is seen. */
static int parse_n(const char *s, size_t n)
{
	unsigned char *p = copy_of(s, n);
	int r;

	plan_done(&plan);
	r = plan_parse((const char *)p, n, &plan, &err);
	free(p);
	return r;
}

static int parse(const char *s)
{
	return parse_n(s, strlen(s));
}

static int tear_down(void **state)
{
	(void)state;
	plan_done(&plan);
	return 0;
}

/* The plan has this problem, and so many. */
static void has_problem(const char *s, size_t n, const char *words)
{
	char text[600], all[4000] = "";
	size_t i;

	OK(parse(s));
	for (i = 0; i < plan.problems_n; i++) {
		plan_problem_text(&plan, &plan.problems[i], text,
			sizeof(text));
		strncat(all, text, 700);
		strcat(all, "\n");
	}
	if (!strstr(all, words))
		fail_msg("'%s' does not say '%s'", all, words);
	assert_int_equal(plan.problems_n, n);
}

static void columns_are_found_by_name_and_the_others_are_kept(void **state)
{
	(void)state;
	OK(parse("Note,LABEL,user,Account,method,holder,Serial\n"
		 "\"a, b\",blue-1,alice,123456789012,totp,Alice,1001\n"
		 ",,bob,123456789012,totp,,\n"));
	assert_int_equal(plan.problems_n, 0);
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.rows[0].user, "alice");
	assert_string_equal(plan.rows[0].holder, "Alice");
	assert_string_equal(plan.rows[0].label, "blue-1");
	assert_string_equal(plan.rows[0].method, "totp");
	assert_string_equal(plan.rows[0].account, "123456789012");
	assert_true(plan.rows[0].has_serial);
	assert_int_equal(plan.rows[0].serial, 1001);
	assert_string_equal(plan.rows[0].fields[0], "a, b");
	assert_int_equal(plan.rows[1].line, 3);
	assert_string_equal(plan.rows[1].holder, "bob");
	assert_string_equal(plan.rows[1].label, "");
	assert_false(plan.rows[1].has_serial);
}

static void what_spreadsheets_write_is_taken(void **state)
{
	(void)state;
	OK(parse("\xef\xbb\xbf" "account;user;holder;method;label;note\r\n"
		 "123456789012; alice ;\"A \"\"B\"\"; C\" ;totp;x;"
		 "\"two\r\nlines\"\r\n;;;;;\r\n\r\n"
		 "123456789012;bob;\xc3\xa4;totp;y;"));
	assert_int_equal(plan.problems_n, 0);
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.rows[0].user, "alice");
	assert_string_equal(plan.rows[0].holder, "A \"B\"; C");
	assert_string_equal(plan.rows[0].fields[5], "two\r\nlines");
	assert_int_equal(plan.rows[1].line, 6); /* as an editor counts */
	assert_string_equal(plan.rows[1].holder, "\xc3\xa4");
}

static void a_formula_is_written_guarded_and_reads_as_before(void **state)
{
	static const char *const fields[] = { "=1+1", "'=1", "''-2", "@x",
		"a=b", "'quoted'", "it's", "", " blank ", "a\"b", "a;b",
		"-", "two\nlines" };
	struct csv *x = malloc(sizeof(*x));
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 4096);
	for (i = 0; i < ARRAY_LEN(fields); i++)
		csv_put(&b, fields[i], i == 0);
	csv_end(&b);
	assert_ptr_equal(strstr(buf_str(&b), "'=1+1,''=1,'''-2,'@x,a=b,"
		"'quoted',it's,"), buf_str(&b));
	OK(csv_begin(x, buf_str(&b), b.n, &err));
	assert_int_equal(csv_next(x, &err), 1);
	assert_int_equal(x->n, ARRAY_LEN(fields));
	for (i = 0; i < ARRAY_LEN(fields); i++)
		assert_string_equal(x->fields[i], fields[i]);
	assert_int_equal(csv_next(x, &err), 0);
	buf_done(&b);
	free(x);
}

static void what_is_no_table_is_refused_with_line_and_column(void **state)
{
	(void)state;
	SAYS(ERROR_MALFORMED, "line 1, column 1: it is empty", parse(""));
	SAYS(ERROR_MALFORMED, "it is empty", parse("\n\n"));
	SAYS(ERROR_MALFORMED, "the plan has no row", parse(HEAD));
	SAYS(ERROR_MALFORMED, "none of them is 'holder'",
		parse("account,user,method,label\n"));
	SAYS(ERROR_MALFORMED, "column 3: a second column 'user'",
		parse("account,user,User,holder,method,label\n"));
	SAYS(ERROR_MALFORMED, "line 2, column 5: 5 fields, and the first line "
		"has 6", parse(HEAD A "a,b,totp,l\n"));
	SAYS(ERROR_MALFORMED, "line 2, column 7: 7 fields",
		parse(HEAD A "a,b,totp,l,1,2\n"));
	SAYS(ERROR_MALFORMED, "line 2, column 2: a quote is not closed",
		parse(HEAD A "\"a,b,totp,l,\n\n\n"));
	SAYS(ERROR_MALFORMED, "line 2, column 2: a quote inside a field",
		parse(HEAD A "a\"b,,totp,l,\n"));
	SAYS(ERROR_MALFORMED, "something stands behind a closing quote",
		parse(HEAD A "\"a\"b,,totp,l,\n"));
	SAYS(ERROR_MALFORMED, "line 3, column 3: control characters",
		parse(HEAD A "a,,totp,l,\n" A "b,\x1b[2J,totp,m,\n"));
	SAYS(ERROR_MALFORMED, "it is UTF-16: save it as UTF-8", parse_n("\xff\xfe" "a\0", 4));
	SAYS(ERROR_MALFORMED, "no UTF-8", parse_n("account\0,user\n", 14));
}

static void what_is_too_large_is_refused(void **state)
{
	size_t i, n = 0;
	char *s = malloc(64 * (PLAN_ROWS_MAX + 2));

	(void)state;
	n += (size_t)sprintf(s + n, HEAD);
	for (i = 0; i <= PLAN_ROWS_MAX; i++)
		n += (size_t)sprintf(s + n, A "u%zu,,totp,l%zu,\n", i, i);
	SAYS(ERROR_MALFORMED, "line 20002, column 1: more than 20000 rows",
		parse_n(s, n));
	n = (size_t)sprintf(s, HEAD A);
	memset(s + n, 'a', CSV_RECORD_MAX);
	SAYS(ERROR_MALFORMED, "line 2, column 2: the fields of this line are "
		"too long", parse_n(s, n + CSV_RECORD_MAX));
	memset(s, ',', CSV_COLUMNS_MAX + 1);
	SAYS(ERROR_MALFORMED, "too many columns",
		parse_n(s, CSV_COLUMNS_MAX + 1));
	free(s);
}

static void what_is_wrong_with_rows_is_told_of_all_of_them(void **state)
{
	(void)state;
	has_problem(HEAD "12345,alice,,totp,l,\n", 1,
		"line 2, column 1 (account): '12345' is no AWS account: 12 "
		"digits (a spreadsheet drops zeros in front)");
	has_problem(HEAD ",alice,,totp,l,\n", 1,
		"(account): the account must stand in every row");
	has_problem(HEAD A ",,totp,l,\n", 1,
		"line 2, column 2 (user): the user must stand in every row");
	has_problem(HEAD A "a b,x,totp,l,\n", 1,
		"(user): 'a b' is no name of an IAM user: 1 to 64 letters, "
		"digits and _+=,.@-");
	has_problem(HEAD A "a,,,l,\n", 1,
		"line 2, column 4 (method): the method must stand in every "
		"row");
	has_problem(HEAD A "a,=x,totp,+l,\n", 2,
		"line 2, column 3 (holder): it begins like a formula");
	has_problem(HEAD A "a,\"x\ny\",totp,l,\n", 1,
		"(holder): the holder holds a control character");
	has_problem(HEAD A "a,,totp,l,0x1\n", 1,
		"line 2, column 6 (serial): '0x1' is no serial number");
	has_problem(HEAD A "a,,totp,l,4294967296\n", 1, "is no serial number");
	has_problem(HEAD A "a,,totp,l,1\n" A "b,,totp,m,1\n", 1,
		"line 3, column 6 (serial): line 2 has the same serial "
		"number");
	has_problem(HEAD A "a,,totp,l,\n" A "b,,totp,m,\n" A "c,,totp,l,\n", 1,
		"line 4, column 5 (label): line 2 has the same label");
	has_problem(HEAD A "a,,totp,,\n" A "b,,totp,,\n" A "A,,totp,,\n", 1,
		"line 4, column 2 (user): line 2 has the same user, and no "
		"label tells them apart");
	has_problem(HEAD A "a,,totp,l,\n" A "a,,totp,l,\n", 1,
		"line 3, column 5 (label): line 2 has the same label");
	OK(parse(HEAD A "a,,totp,l,\n" A "a,,totp,m,\n"
		"999999999999,a,,totp,n,\n"));
	assert_int_equal(plan.problems_n, 0);
}

static void more_problems_than_are_kept_are_counted(void **state)
{
	char s[8000] = HEAD;
	size_t i;

	(void)state;
	for (i = 0; i < PLAN_PROBLEMS_MAX + 5; i++)
		sprintf(s + strlen(s), A "u%zu,,,l%zu,\n", i, i);
	OK(parse(s));
	assert_int_equal(plan.problems_n, PLAN_PROBLEMS_MAX + 5);
}

static void a_digest_names_the_rows_and_no_other_column(void **state)
{
	char a[65], b[65], c[65], d[65];

	(void)state;
	OK(parse(HEAD A "a,,totp,l,\n" A "b,,totp,m,7\n"));
	OK(plan_digest(&plan, 2, a, &err));
	OK(plan_digest(&plan, 1, b, &err));
	assert_string_not_equal(a, b);
	OK(parse("note,account,user,holder,method,label\n"
		 "x," A "a,a,totp,l\n"));
	OK(plan_digest(&plan, 1, c, &err));
	assert_string_equal(b, c);
	OK(parse(HEAD A "a,,totp,l,\n" A "b,,totp,m,8\n"));
	OK(plan_digest(&plan, 2, d, &err));
	assert_string_not_equal(a, d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			columns_are_found_by_name_and_the_others_are_kept),
		cmocka_unit_test(what_spreadsheets_write_is_taken),
		cmocka_unit_test(
			a_formula_is_written_guarded_and_reads_as_before),
		cmocka_unit_test(
			what_is_no_table_is_refused_with_line_and_column),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(
			what_is_wrong_with_rows_is_told_of_all_of_them),
		cmocka_unit_test(more_problems_than_are_kept_are_counted),
		cmocka_unit_test(a_digest_names_the_rows_and_no_other_column),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
