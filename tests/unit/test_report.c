/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report's reader. Every case is read whole, byte by byte and
 * in pieces of seven, with the same outcome.
 */
#include "aws/report/report.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define H "user,arn,mfa_active,password_enabled"
#define ALICE "alice,arn:aws:iam::123456789012:user/alice,true,false"
#define BOB "bob,arn:aws:iam::123456789012:user/bob,FALSE,TRUE"

/* As AWS sent it in 2026: 22 columns, LF, no newline at the end */
#define LIVE                                                                   \
	"user,arn,user_creation_time,password_enabled,password_last_used,"     \
	"password_last_changed,password_next_rotation,mfa_active,"             \
	"access_key_1_active,access_key_1_last_rotated,"                       \
	"access_key_1_last_used_date,access_key_1_last_used_region,"           \
	"access_key_1_last_used_service,access_key_2_active,"                  \
	"access_key_2_last_rotated,access_key_2_last_used_date,"               \
	"access_key_2_last_used_region,access_key_2_last_used_service,"        \
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
#define LIVE_ROOT                                                              \
	"<root_account>,arn:aws:iam::123456789012:root,2026-01-05T10:00:00Z,"  \
	"true,no_information,2026-01-05T10:00:00Z,not_supported,false,false,"  \
	"N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"

/* What a reading leaves: "REPORT:LINE:user|arn|mfa|password\n" a row. */
struct log {
	struct buf text;
	uint64_t stop_at;
};

static void put_field(struct buf *b, struct report_field f)
{
	if (f.p)
		buf_put(b, f.p, f.n);
	else
		buf_put_str(b, "-");
}

static int log_row(void *data, const struct report_row *row,
	struct error *err)
{
	struct log *log = data;

	buf_printf(&log->text, "%u:%llu:", row->report,
		(unsigned long long)row->line);
	put_field(&log->text, row->field[REPORT_USER]);
	buf_put_str(&log->text, "|");
	put_field(&log->text, row->field[REPORT_ARN]);
	buf_put_str(&log->text, "|");
	put_field(&log->text, row->field[REPORT_MFA_ACTIVE]);
	buf_put_str(&log->text, "|");
	put_field(&log->text, row->field[REPORT_PASSWORD_ENABLED]);
	buf_put_str(&log->text, "\n");
	if (log->stop_at == row->line)
		return error_set(err, ERROR_REFUSED, "enough");
	return 0;
}

static int log_bad(void *data, uint64_t line, const struct error *why,
	struct error *err)
{
	struct log *log = data;

	(void)err;
	(void)why;
	buf_printf(&log->text, "bad:%llu\n", (unsigned long long)line);
	return 0;
}

static int read_in_pieces(const char *p, size_t n, size_t piece, bool lenient,
	struct log *log, struct error *err)
{
	struct report_events events = {
		.row = log_row,
		.bad = lenient ? log_bad : NULL,
		.data = log,
	};
	CLEANUP(report_free) struct report *r = NULL;
	size_t at, k;
	int e = 0;

	assert_int_equal(report_new(&r, &events, NULL), 0);
	for (at = 0; at < n && e >= 0; at += k) {
		/* a block of its own, so that a read beyond it is seen */
		unsigned char *copy;

		k = n - at < piece ? n - at : piece;
		copy = malloc(k);
		memcpy(copy, p + at, k);
		e = report_feed(r, copy, k, err);
		free(copy);
	}
	if (e >= 0)
		e = report_finish(r, err);
	return e;
}

static const size_t pieces[] = { SIZE_MAX, 1, 2, 7, 64 };

static void reads(const char *p, size_t n, bool lenient, const char *expected)
{
	struct error err = { .text = "" };
	struct log log = { .stop_at = 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		buf_init(&log.text, 1 << 20);
		if (read_in_pieces(p, n, pieces[i], lenient, &log, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(buf_str(&log.text), expected);
		buf_done(&log.text);
	}
}

static void refuses(const char *p, size_t n, const char *part)
{
	struct error err;
	struct log log = { .stop_at = 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(pieces); i++) {
		buf_init(&log.text, 1 << 20);
		assert_int_equal(read_in_pieces(p, n, pieces[i], false, &log,
					 &err),
			-ERROR_MALFORMED);
		if (!strstr(err.text, part))
			fail_msg("'%s' is not in '%s'", part, err.text);
		buf_done(&log.text);
	}
}

#define ROW_ALICE "alice|arn:aws:iam::123456789012:user/alice|true|false\n"
#define ROW_BOB "bob|arn:aws:iam::123456789012:user/bob|FALSE|TRUE\n"

static void forms_that_all_mean_the_same(void **state)
{
	static const char *const forms[] = {
		H "\n" ALICE "\n" BOB "\n",
		H "\n" ALICE "\n" BOB,
		H "\r\n" ALICE "\r\n" BOB "\r\n",
		H "\r\n" ALICE "\r\n" BOB,
		"\xef\xbb\xbf" H "\n" ALICE "\n" BOB "\n",
		"\"user\",\"arn\",\"mfa_active\",\"password_enabled\"\n" ALICE
		"\n" BOB,
		H "\n\"alice\",\"arn:aws:iam::123456789012:user/alice\","
		"\"true\",\"false\"\r\n" BOB,
		/* what people and spreadsheets make of the header */
		"USER,ARN,MFA_ACTIVE,PASSWORD_ENABLED\n" ALICE "\n" BOB,
		"User,Arn,Mfa_Active,Password_Enabled\r\n" ALICE "\r\n" BOB,
		"user;arn;mfa_active;password_enabled\nalice;"
		"arn:aws:iam::123456789012:user/alice;true;false\n\"bob\";"
		"\"arn:aws:iam::123456789012:user/bob\";FALSE;TRUE\n",
		"\xef\xbb\xbfuser\tarn\tmfa_active\tpassword_enabled\r\n"
		"alice\tarn:aws:iam::123456789012:user/alice\ttrue\tfalse\r\n"
		"bob\tarn:aws:iam::123456789012:user/bob\tFALSE\tTRUE\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++)
		reads(forms[i], strlen(forms[i]), false,
			"1:2:" ROW_ALICE "1:3:" ROW_BOB);
}

/* Above the header: Export-Csv of PowerShell 5, and a word for spreadsheets. */
static void lines_above_the_header_are_passed_over(void **state)
{
	static const char *const forms[] = {
		"#TYPE System.Management.Automation.PSCustomObject\r\n"
		"\"user\",\"arn\",\"mfa_active\",\"password_enabled\"\r\n" ALICE,
		"sep=;\r\nuser;arn;mfa_active;password_enabled\r\nalice;"
		"arn:aws:iam::123456789012:user/alice;true;false",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++)
		reads(forms[i], strlen(forms[i]), false, "1:3:" ROW_ALICE);
}

/* A comma is then a character like any other, and a header behind it one. */
static void a_separator_holds_for_the_whole_stream(void **state)
{
	static const char text[] =
		"user;arn;mfa_active;password_enabled\n"
		"a,b;x;\"tr;ue\";\"fa\"\"lse\"\n1;2\n"
		"c;d;true;falseUSER;arn;mfa_active;password_enabled\n"
		"e;f;true;false";

	(void)state;
	reads(text, strlen(text), true, "1:2:a,b|x|tr;ue|fa\"lse\nbad:3\n"
		"1:4:c|d|true|false\n2:5:e|f|true|false\n");
}

static void columns_are_found_by_name(void **state)
{
	static const char text[] =
		"added,password_enabled,mfa_active,arn,user,more\n"
		"x,false,true,arn:aws:iam::123456789012:user/alice,alice,y\n";

	(void)state;
	reads(text, strlen(text), false, "1:2:" ROW_ALICE);
}

static void quotes_hold_commas_quotes_and_newlines(void **state)
{
	static const char text[] = H "\n"
		"\"a,b\",\"x \"\"y\"\"\",\"\",\"1\r\n\xc3\xa9\"\n"
		"\"\"\"\",,,\n" BOB;

	(void)state;
	reads(text, strlen(text), false,
		"1:2:a,b|x \"y\"||1\r\n\xc3\xa9\n1:4:\"|||\n1:5:" ROW_BOB);
}

#define X30 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* Fields point into the room that the quotes are taken out in. */
static void a_field_outlives_the_longer_one_behind_it(void **state)
{
	static const char text[] = H "\n"
		"\"a\"\"\",b,\"c\"\"\",d\n"
		"\"al\"\"ice\",\"" X30 "\"\"" X30 X30 "\",\"tr\"\"ue\",\"" X30
		"\"\"" X30 X30 X30 "\"\n";

	(void)state;
	reads(text, sizeof(text) - 1, false, "1:2:a\"|b|c\"|d\n"
		"1:3:al\"ice|" X30 "\"" X30 X30 "|tr\"ue|" X30 "\"" X30 X30
		X30 "\n");
}

static void empty_lines_are_passed_over(void **state)
{
	static const char text[] = "\n \t\r\n" H "\n\n" ALICE "\n\r\n\n";

	(void)state;
	reads(text, strlen(text), false, "1:5:" ROW_ALICE);
}

static void reports_may_follow_each_other(void **state)
{
	static const char *const forms[] = {
		H "\n" ALICE "\n" H "\n" BOB "\n",
		/* as >> glues them */
		H "\n" ALICE H "\n" BOB,
		H "\n" ALICE "\xef\xbb\xbf" H "\n" BOB,
		H "\r\n" ALICE H "\r\n" BOB,
		H "\n" ALICE "\"user\",\"arn\",\"mfa_active\","
			"\"password_enabled\"\n" BOB,
		H "\nalice,arn:aws:iam::123456789012:user/alice,true,"
		"\"false\"" H "\n" BOB,
		H "\nalice,\"arn:aws:iam::123456789012:user/alice\",true,"
		"false" H "\n" BOB,
	};
	static const char *const lines[] = { "2:4:", "2:3:", "2:3:", "2:3:",
		"2:3:", "2:3:", "2:3:" };
	char expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		snprintf(expected, sizeof(expected), "1:2:%s%s%s", ROW_ALICE,
			lines[i], ROW_BOB);
		reads(forms[i], strlen(forms[i]), false, expected);
	}
}

static void a_glued_report_may_have_other_columns(void **state)
{
	static const char text[] = H "\n" ALICE
		"arn,user,password_enabled,new,mfa_active\n"
		"arn:aws:iam::123456789012:user/bob,bob,TRUE,x,FALSE"
		H "\n" ALICE;

	(void)state;
	reads(text, strlen(text), false,
		"1:2:" ROW_ALICE "2:3:" ROW_BOB "3:4:" ROW_ALICE);
}

static void a_user_called_user_is_no_header(void **state)
{
	static const char text[] = H "\nuser,arn:x,true,false\n"
		"mfa_active,arn,true,false\n";

	(void)state;
	reads(text, strlen(text), false,
		"1:2:user|arn:x|true|false\n1:3:mfa_active|arn|true|false\n");
}

/* With his own name all four columns are in the record. */
static void a_header_glued_to_a_user_called_user_is_one(void **state)
{
	static const char text[] = H "\nuser,arn:x,true,false" H "\n" ALICE "\n"
		"user,arn:x,true,false\xef\xbb\xbf" H "\n" ALICE "\n";

	(void)state;
	reads(text, strlen(text), false, "1:2:user|arn:x|true|false\n"
		"2:3:" ROW_ALICE
		"2:4:user|arn:x|true|false\n3:5:"
		ROW_ALICE);
}

static void the_live_form_is_read(void **state)
{
	static const char text[] = LIVE "\n" LIVE_ROOT LIVE "\n" LIVE_ROOT;
	static const char row[] =
		"<root_account>|arn:aws:iam::123456789012:root|false|true\n";
	char expected[256];

	(void)state;
	snprintf(expected, sizeof(expected), "1:2:%s2:3:%s", row, row);
	reads(text, strlen(text), false, expected);
}

static void a_bad_row_is_given_by_its_line(void **state)
{
	static const char text[] = H "\n" ALICE ",extra\n" BOB "\n"
		"a,b,c\n\"a\"x,b,c,d\na\"x,b,c,d\"\n\"\xff\",b,c,d\n" BOB "\n";

	(void)state;
	reads(text, strlen(text), true, "bad:2\n1:3:" ROW_BOB
		"bad:4\nbad:5\nbad:6\nbad:7\n1:8:" ROW_BOB);
}

static void what_is_no_report_is_refused(void **state)
{
#define CASE(text, part) { text, sizeof(text) - 1, part }
	static const struct {
		const char *p;
		size_t n;
		const char *part;
	} cases[] = {
		CASE("", "empty"),
		CASE("\n\n  \n", "empty"),
		CASE("\xef\xbb\xbf", "empty"),
		CASE("<html><body>\n</body></html>", "HTML"),
		CASE("  <?xml version=\"1.0\"?>", "HTML"),
		CASE("{\"Content\": \"\"}", "JSON"),
		CASE("[1]", "JSON"),
		CASE("<root_account>,arn:aws:iam::123456789012:root\n",
			"no header"),
		CASE("u\0s\0e\0r\0,\0", "UTF-16"),
		CASE("\xff\xfeu\0s\0e\0r\0", "UTF-16"),
		CASE("\xfe\xff\0u\0s\0e\0r", "UTF-16"),
		CASE("hello\nworld\n", "no header"),
		CASE("user,arn,mfa_active\na,b,c\n", "'password_enabled'"),
		CASE("user,arn,password_enabled\n", "'mfa_active'"),
		CASE("user,mfa_active,password_enabled\n", "'arn'"),
		CASE("arn,mfa_active,password_enabled\n", "'user'"),
		CASE(H ",arn\n" ALICE ",x\n", "twice"),
		CASE(H ",new,new\n", "twice"),
		CASE(H ",ARN\n" ALICE ",x\n", "'ARN' twice"),
		CASE("\x1f\x8b\x08\x08\n", "zcat"),
		CASE("PK\3\4\x14\n", "workbook"),
		CASE("user;arn;mfa_active\n", "no header"),
		CASE(H "\n" ALICE "\na,b\n", "line 3 (byte 91): 2 fields"),
		CASE(H "\n" ALICE ",x\n", "line 2 (byte 37): 5 fields"),
		CASE(H "\n\"alice,b,c,d\n" BOB "\n", "quote is not closed"),
		CASE(H "\n\"alice\"x,b,c,d\n", "behind a closing quote"),
		CASE(H "\nal\"i\"ce,b,c,d\n", "not quoted"),
		CASE(H "\na\0b,b,c,d\n", "line 2"),
		CASE(H "\n\xff,b,c,d\n", "UTF-8"),
		CASE(H "\n" ALICE "\n" H ",user\n", "line 3"),
		/* a header alone is a report of nobody; a cut one is none */
		CASE("user,arn,mfa_active,password_ena", "password_enabled"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		refuses(cases[i].p, cases[i].n, cases[i].part);
}

static void a_line_of_ten_megabytes_is_refused(void **state)
{
	size_t n = 10u << 20, i;
	struct log log = { .stop_at = 0 };
	struct error err;
	char *p = malloc(n);

	(void)state;
	for (i = 0; i < 2; i++) {
		memset(p, i ? 'x' : '{', n);
		buf_init(&log.text, 1 << 20);
		assert_int_equal(read_in_pieces(p, n, 65536, false, &log,
					 &err),
			-ERROR_MALFORMED);
		assert_non_null(strstr(err.text, i ? "longer" : "JSON"));
	}
	free(p);
}

static void the_callback_can_stop_it(void **state)
{
	static const char text[] = H "\n" ALICE "\n" BOB "\n";
	struct log log = { .stop_at = 2 };
	struct error err;

	(void)state;
	buf_init(&log.text, 1 << 20);
	assert_int_equal(read_in_pieces(text, strlen(text), SIZE_MAX, false,
				 &log, &err),
		-ERROR_REFUSED);
	assert_string_equal(buf_str(&log.text), "1:2:" ROW_ALICE);
	buf_done(&log.text);
}

static void after_an_error_it_stays_ended(void **state)
{
	struct log log = { .stop_at = 0 };
	struct report_events events = { .row = log_row, .data = &log };
	CLEANUP(report_free) struct report *r = NULL;

	(void)state;
	assert_int_equal(report_new(&r, &events, NULL), 0);
	assert_int_equal(report_feed(r, "a\n", 2, NULL), -ERROR_MALFORMED);
	assert_int_equal(report_feed(r, H "\n", sizeof(H), NULL),
		-ERROR_MALFORMED);
	assert_int_equal(report_finish(r, NULL), -ERROR_MALFORMED);
}

static struct report_field field(const char *s)
{
	return (struct report_field){ s, s ? strlen(s) : 0 };
}

static void values_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		enum report_value value;
		time_t time;
	} cases[] = {
		{ NULL, REPORT_UNKNOWN, 0 },
		{ "", REPORT_OTHER, 0 },
		{ "true", REPORT_TRUE, 0 },
		{ "TRUE", REPORT_TRUE, 0 },
		{ "True", REPORT_TRUE, 0 },
		{ "truest", REPORT_OTHER, 0 },
		{ "false", REPORT_FALSE, 0 },
		{ "N/A", REPORT_NA, 0 },
		{ "n/a", REPORT_NA, 0 },
		{ "no_information", REPORT_NO_INFORMATION, 0 },
		{ "not_supported", REPORT_NOT_SUPPORTED, 0 },
		{ "2026-09-11T13:14:43Z", REPORT_DATE, 1789132483 },
		{ "2026-09-11T13:14:43+00:00", REPORT_DATE, 1789132483 },
		{ "2026-13-11T13:14:43Z", REPORT_OTHER, 0 },
		{ "2026-09-11", REPORT_OTHER, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		time_t t = 0;

		assert_int_equal(report_time(field(cases[i].text), &t),
			cases[i].value);
		assert_int_equal(t, cases[i].time);
		assert_int_equal(report_value(field(cases[i].text)),
			cases[i].value);
	}
}

static void root_is_known_by_its_name(void **state)
{
	struct report_row row = { .line = 1 };

	(void)state;
	row.field[REPORT_USER] = field("<root_account>");
	assert_true(report_row_is_root(&row));
	row.field[REPORT_USER] = field("root");
	assert_false(report_row_is_root(&row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_that_all_mean_the_same),
		cmocka_unit_test(lines_above_the_header_are_passed_over),
		cmocka_unit_test(a_separator_holds_for_the_whole_stream),
		cmocka_unit_test(columns_are_found_by_name),
		cmocka_unit_test(quotes_hold_commas_quotes_and_newlines),
		cmocka_unit_test(a_field_outlives_the_longer_one_behind_it),
		cmocka_unit_test(empty_lines_are_passed_over),
		cmocka_unit_test(reports_may_follow_each_other),
		cmocka_unit_test(a_glued_report_may_have_other_columns),
		cmocka_unit_test(a_user_called_user_is_no_header),
		cmocka_unit_test(a_header_glued_to_a_user_called_user_is_one),
		cmocka_unit_test(the_live_form_is_read),
		cmocka_unit_test(a_bad_row_is_given_by_its_line),
		cmocka_unit_test(what_is_no_report_is_refused),
		cmocka_unit_test(a_line_of_ten_megabytes_is_refused),
		cmocka_unit_test(the_callback_can_stop_it),
		cmocka_unit_test(after_an_error_it_stays_ended),
		cmocka_unit_test(values_are_read_in_every_spelling),
		cmocka_unit_test(root_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
