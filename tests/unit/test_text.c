/* SPDX-License-Identifier: Apache-2.0 */
/* The one text check, the one number parser, times. */
#include "base/text.h"

#include "tests/unit/unit.h"

#define BYTES(s) s, sizeof(s) - 1

static void well_formed_text_is_clean(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} rows[] = {
		{ BYTES("") }, { BYTES("alice") }, { BYTES(" ~") },
		{ BYTES("\xc2\xa0") },         /* U+00A0, first behind C1 */
		{ BYTES("\xdf\xbf") },         /* U+07FF */
		{ BYTES("\xe0\xa0\x80") },     /* U+0800 */
		{ BYTES("\xed\x9f\xbf") },     /* U+D7FF */
		{ BYTES("\xee\x80\x80") },     /* U+E000 */
		{ BYTES("\xe2\x80\xa7") },     /* U+2027 */
		{ BYTES("\xe2\x80\xaf") },     /* U+202F */
		{ BYTES("\xf0\x90\x80\x80") }, /* U+10000 */
		{ BYTES("\xf4\x8f\xbf\xbf") }, /* U+10FFFF */
		{ BYTES("K\xc3\xb6nig \xe2\x82\xac \xf0\x9f\x94\x91") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (!utf8_is_clean(rows[i].p, rows[i].n))
			fail_msg("row %zu is refused", i);
}

/* Each is refused, alone and between letters, and becomes question marks. */
static const struct {
	const char *p;
	size_t n;
} dirty[] = {
	{ BYTES("\x01") }, { BYTES("\t") }, { BYTES("\n") }, { BYTES("\r") },
	{ BYTES("\x1b") }, { BYTES("\x1f") }, { BYTES("\x7f") },
	{ BYTES("\xc2\x80") }, { BYTES("\xc2\x85") }, { BYTES("\xc2\x9b") },
	{ BYTES("\xc2\x9f") },
	{ BYTES("\xe2\x80\xa8") }, { BYTES("\xe2\x80\xa9") },
	{ BYTES("\xe2\x80\xaa") }, { BYTES("\xe2\x80\xae") },
	/* of no width, marks of direction */
	{ BYTES("\xc2\xad") }, { BYTES("\xd8\x9c") },
	{ BYTES("\xe2\x80\x8b") }, { BYTES("\xe2\x80\x8f") },
	{ BYTES("\xe2\x81\xa0") }, { BYTES("\xef\xbb\xbf") },
	{ BYTES("\xf3\xa0\x80\x81") },
	{ BYTES("\xe2\x81\xa6") }, { BYTES("\xe2\x81\xa9") },
	{ BYTES("\x80") }, { BYTES("\xbf") },         /* lone continuations */
	{ BYTES("\xc3") }, { BYTES("\xe2\x82") }, { BYTES("\xf0\x9f\x94") },
	{ BYTES("\xc0\x80") }, { BYTES("\xc1\xbf") }, /* overlong */
	{ BYTES("\xe0\x80\x80") }, { BYTES("\xe0\x9f\xbf") },
	{ BYTES("\xf0\x80\x80\x80") }, { BYTES("\xf0\x8f\xbf\xbf") },
	{ BYTES("\xed\xa0\x80") }, { BYTES("\xed\xbf\xbf") }, /* surrogates */
	{ BYTES("\xf4\x90\x80\x80") }, { BYTES("\xf5\x80\x80\x80") },
	{ BYTES("\xff") }, { BYTES("\xfe") },
	{ BYTES("\xf8\x88\x80\x80\x80") },
};

static void control_characters_and_malformed_bytes_are_refused(void **state)
{
	char between[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(dirty); i++) {
		if (utf8_is_clean(dirty[i].p, dirty[i].n))
			fail_msg("row %zu is taken", i);
		memcpy(between, "ab", 2);
		memcpy(between + 2, dirty[i].p, dirty[i].n);
		memcpy(between + 2 + dirty[i].n, "cd", 3);
		assert_false(utf8_is_clean(between, 4 + dirty[i].n));
	}
	assert_false(utf8_is_clean("a\0b", 3));
}

static void sanitised_text_is_clean_and_keeps_the_rest(void **state)
{
	char s[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(dirty); i++) {
		memcpy(s, "ab", 2);
		memcpy(s + 2, dirty[i].p, dirty[i].n);
		memcpy(s + 2 + dirty[i].n, "cd", 3);
		utf8_sanitise(s);
		assert_true(utf8_is_clean(s, strlen(s)));
		assert_int_equal(strlen(s), 4 + dirty[i].n);
		assert_memory_equal(s, "ab?", 3);
		assert_string_equal(s + 2 + dirty[i].n, "cd");
	}
	strcpy(s, "K\xc3\xb6nig");
	utf8_sanitise(s);
	assert_string_equal(s, "K\xc3\xb6nig");
}

static void a_label_is_one_to_256_bytes_without_blanks_at_its_ends(
	void **state)
{
	char s[TEXT_MAX + 2];

	(void)state;
	OK(text_check("alice", "label", &err));
	OK(text_check("a b", "label", &err));
	memset(s, 'a', sizeof(s));
	s[TEXT_MAX] = '\0';
	OK(text_check(s, "label", &err));
	s[TEXT_MAX] = 'a';
	s[TEXT_MAX + 1] = '\0';
	SAYS(ERROR_USAGE, "label", text_check(s, "label", &err));
	SAYS(ERROR_USAGE, "empty", text_check("", "label", &err));
	SAYS(ERROR_USAGE, "begins or ends with a blank",
		text_check(" alice", "label", &err));
	SAYS(ERROR_USAGE, "begins or ends with a blank",
		text_check("alice ", "label", &err));
	SAYS(ERROR_USAGE, "holds a control character or is not UTF-8",
		text_check("al\nice", "label", &err));
	SAYS(ERROR_USAGE, "holds a control character or is not UTF-8",
		text_check("\xc3", "label", &err));
}

static void numbers_are_digits_and_nothing_else(void **state)
{
	static const char *const rows[] = { "", " 1", "1 ", "+1", "-1", "-0",
		"0x1", "1e3", "1.0", "1,0", "\xd9\xa1", "1\n",
		"18446744073709551616", "99999999999999999999" };
	uint64_t v = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (text_parse_u64(rows[i], UINT64_MAX, &v) != -1)
			fail_msg("'%s' is taken", rows[i]);
	assert_int_equal(text_parse_u64_n("1\0", 2, 99, &v), -1);
	assert_int_equal(v, 4711);
}

static void digits_are_digits_and_nothing_else(void **state)
{
	static const char *const others[] = { "", " ", "1 ", " 1", "1x", "x1",
		"-1", "+1", "1.0", "/", ":", "\xd9\xa1" };
	size_t i;

	(void)state;
	assert_true(text_is_digits("0123456789", 10));
	assert_true(text_is_digits("12x", 2));
	for (i = 0; i < ARRAY_LEN(others); i++)
		assert_false(text_is_digits(others[i], strlen(others[i])));
}

static void numbers_are_taken_up_to_their_limit(void **state)
{
	static const struct {
		const char *s;
		uint64_t max, want;
		int r;
	} rows[] = {
		{ "0", 0, 0, 0 }, { "1", 0, 0, -1 }, { "000", 0, 0, 0 },
		{ "7", 7, 7, 0 }, { "8", 7, 0, -1 }, { "08", 8, 8, 0 },
		{ "255", 255, 255, 0 }, { "256", 255, 0, -1 },
		{ "1000", 255, 0, -1 }, { "99", 99, 99, 0 },
		{ "100", 99, 0, -1 },
		{ "4294967295", UINT32_MAX, UINT32_MAX, 0 },
		{ "4294967296", UINT32_MAX, 0, -1 },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
		{ "18446744073709551614", UINT64_MAX - 1, UINT64_MAX - 1, 0 },
		{ "18446744073709551615", UINT64_MAX - 1, 0, -1 },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (text_parse_u64(rows[i].s, rows[i].max, &v) != rows[i].r)
			fail_msg("row %zu, '%s'", i, rows[i].s);
		if (rows[i].r == 0)
			assert_int_equal(v, rows[i].want);
	}
	assert_int_equal(text_parse_u64_n("123", 2, 99, &v), 0);
	assert_int_equal(v, 12);
}

static void times_are_read_with_leap_days_and_offsets(void **state)
{
	/* date -u -d ... +%s */
	static const struct {
		const char *s;
		long long want;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:01+00:00", 1 },
		{ "1999-12-31T23:59:59Z", 946684799 },
		{ "2000-02-29T12:00:00Z", 951825600 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "2026-01-31T23:59:59Z", 1769903999 },
		{ "2026-01-31T23:59:59.123456789Z", 1769903999 },
		{ "2026-01-31T23:59:59.5+00:00", 1769903999 },
		{ "2026-02-01T01:29:59+01:30", 1769903999 },
		{ "2026-01-31T18:59:59-05:00", 1769903999 },
		{ "2038-01-19T03:14:08Z", 2147483648 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
		{ "2016-12-31T23:59:60Z", 1483228800 }, /* leap second */
	};
	time_t t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (text_parse_time(rows[i].s, strlen(rows[i].s), &t) != 0)
			fail_msg("'%s' is refused", rows[i].s);
		assert_int_equal(t, rows[i].want);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const rows[] = { "", "2026-01-31",
		"2026-01-31T23:59:59", "2026-01-31 23:59:59Z",
		"2026-01-31t23:59:59Z", "2026-01-31T23:59:59z",
		"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "1969-12-31T23:59:59Z",
		"2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
		"2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ",
		" 2026-01-01T00:00:00Z", "2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00.", "2026-01-01T00:00:00.+00:00",
		"2026-01-01T00:00:00.12", "2026-01-01T00:00:00,5Z",
		"2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60",
		"2026-01-01T00:00:00+0000", "2026-01-01T00:00:00+1:00",
		"2026-01-01T00:00:00+", "26-01-01T00:00:00Z000",
		"+026-01-01T00:00:00Z", "2026-1-01T00:00:000Z",
		"12026-01-01T00:00:00Z", "2026-01-01T00:00:-1Z" };
	time_t t = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char *p = copy_of(rows[i], strlen(rows[i]));

		if (text_parse_time((char *)p, strlen(rows[i]), &t) != -1)
			fail_msg("'%s' is taken", rows[i]);
		free(p);
	}
	assert_int_equal(t, 4711);
}

static void a_time_that_a_person_says_has_a_first_and_a_last_second(
	void **state)
{
	static const struct {
		const char *s;
		long long first, last;
	} rows[] = {
		{ "1970-01-01", 0, 86399 },
		{ "2026-01-31", 1769817600, 1769903999 },
		{ "2026-01-31T23:59", 1769903940, 1769903999 },
		{ "2026-01-31 23:59", 1769903940, 1769903999 },
		{ "2026-01-31T23:59Z", 1769903940, 1769903999 },
		{ "2026-01-31T23:59:59", 1769903999, 1769903999 },
		{ "2026-01-31T23:59:59.75", 1769903999, 1769903999 },
		{ "2026-02-01 01:29:59+01:30", 1769903999, 1769903999 },
		{ "2026-01-31T18:59-05:00", 1769903940, 1769903999 },
	};
	time_t first, last;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char *p = copy_of(rows[i].s, strlen(rows[i].s));

		if (text_parse_when((char *)p, strlen(rows[i].s), &first,
			    &last) != 0)
			fail_msg("'%s' is refused", rows[i].s);
		assert_int_equal(first, rows[i].first);
		assert_int_equal(last, rows[i].last);
		free(p);
	}
}

static void what_a_person_may_not_say_as_a_time(void **state)
{
	static const char *const rows[] = { "", "2026", "2026-01", "2026-1-31",
		"2026-02-30", "2026-13-01", "31.01.2026", "2026-01-31T",
		"2026-01-31Z", "2026-01-31+01:00", "2026-01-31T12",
		"2026-01-31T12:3", "2026-01-31T12:30:", "2026-01-31T12:30.5",
		"2026-01-31T24:00", "2026-01-31T12:60", "2026-01-31_12:30",
		"2026-01-31T12:30 ", " 2026-01-31", "2026-01-31T12:30ZZ",
		"2026-01-31T12:30+0100", "1969-12-31", "yesterday",
		"2026-01-31T12:30:59.0000000000000000000000000000000000000" };
	time_t first = 7, last = 9;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char *p = copy_of(rows[i], strlen(rows[i]));

		if (text_parse_when((char *)p, strlen(rows[i]), &first,
			    &last) != -1)
			fail_msg("'%s' is taken", rows[i]);
		free(p);
	}
	assert_int_equal(text_parse_when("2026-01-31T12:30\0:59", 20, &first,
		&last), -1);
	assert_int_equal(first, 7);
	assert_int_equal(last, 9);
}

static void every_day_of_400_years_comes_back(void **state)
{
	char s[TEXT_TIME_LEN];
	time_t t, again;

	(void)state;
	for (t = 0; t < 146097ll * 86400; t += 86399) {
		text_format_time(t, s);
		assert_int_equal(text_parse_time(s, strlen(s), &again), 0);
		assert_int_equal(again, t);
	}
}

static void a_time_that_cannot_be_written_is_zeros(void **state)
{
	char s[TEXT_TIME_LEN];

	(void)state;
	text_format_time(253402300799, s);
	assert_string_equal(s, "9999-12-31T23:59:59Z");
	text_format_time(253402300800, s);
	assert_string_equal(s, "0000-00-00T00:00:00Z");
	text_format_time((time_t)INT64_MAX, s);
	assert_string_equal(s, "0000-00-00T00:00:00Z");
}

static void an_age_is_told_in_its_own_unit(void **state)
{
	static const struct {
		time_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "0 s" }, { 119, "119 s" }, { 120, "2 min" },
		{ 7199, "119 min" }, { 7200, "2 h" }, { 172799, "47 h" },
		{ 172800, "2 days" }, { 259199, "2 days" },
	};
	char s[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		text_format_age(rows[i].seconds, s, sizeof(s));
		assert_string_equal(s, rows[i].text);
	}
	text_format_age(172800, s, 4);
	assert_string_equal(s, "2 d");
}

static void http_dates_have_one_form(void **state)
{
	static const char *const bad[] = { "",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 31 Feb 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT"
	};
	time_t t = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (text_parse_http_date(bad[i], &t) != -1)
			fail_msg("'%s' is taken", bad[i]);
	assert_int_equal(t, 4711);
	assert_int_equal(text_parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT",
		&t), 0);
	assert_int_equal(t, 784111777);
	assert_int_equal(text_parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT",
		&t), 0);
	assert_int_equal(t, 1709251199);
}

static void ages_are_said_as_people_say_them(void **state)
{
	static const struct {
		time_t s;
		const char *want;
	} rows[] = {
		{ 0, "0 s" }, { 119, "119 s" }, { 120, "2 min" },
		{ 7199, "119 min" }, { 7200, "2 h" }, { 172799, "47 h" },
		{ 172800, "2 days" }, { 86400 * 365, "365 days" },
	};
	char s[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		text_format_age(rows[i].s, s, sizeof(s));
		assert_string_equal(s, rows[i].want);
	}
}

static void a_formatted_string_is_whole(void **state)
{
	char *s = text_format("%0*d", 10000, 7);

	(void)state;
	assert_non_null(s);
	assert_int_equal(strlen(s), 10000);
	assert_int_equal(s[9999], '7');
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_text_is_clean),
		cmocka_unit_test(
			control_characters_and_malformed_bytes_are_refused),
		cmocka_unit_test(sanitised_text_is_clean_and_keeps_the_rest),
		cmocka_unit_test(
			a_label_is_one_to_256_bytes_without_blanks_at_its_ends),
		cmocka_unit_test(numbers_are_digits_and_nothing_else),
		cmocka_unit_test(digits_are_digits_and_nothing_else),
		cmocka_unit_test(numbers_are_taken_up_to_their_limit),
		cmocka_unit_test(times_are_read_with_leap_days_and_offsets),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(
			a_time_that_a_person_says_has_a_first_and_a_last_second),
		cmocka_unit_test(what_a_person_may_not_say_as_a_time),
		cmocka_unit_test(every_day_of_400_years_comes_back),
		cmocka_unit_test(a_time_that_cannot_be_written_is_zeros),
		cmocka_unit_test(an_age_is_told_in_its_own_unit),
		cmocka_unit_test(http_dates_have_one_form),
		cmocka_unit_test(ages_are_said_as_people_say_them),
		cmocka_unit_test(a_formatted_string_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
