/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a delivery, or of kept keys. */
#include "bridge/lifecycle/delivery.h"

#include "tests/unit/unit.h"

static struct intake_list list;
static enum intake_kind kind = INTAKE_DELIVERY;

/* In a block of its own, so that a byte read too far is seen. */
static int parse_n(const char *s, size_t n)
{
	unsigned char *p = copy_of(s, n);
	int r;

	intake_list_done(&list);
	r = intake_list_parse((const char *)p, n, kind, &list, &err);
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
	intake_list_done(&list);
	return 0;
}

static void columns_are_found_by_name_in_any_order_and_case(void **state)
{
	(void)state;
	OK(parse("LOT,Serial,label,Product,AAGUID\n"
		 "7,12345678,blue-1,YubiKey 5,"
		 "a0f1c5d2-0b5e-4e8f-9a36-57f045740001\n"
		 ",,blue-2,,A0F1C5D20B5E4E8F9A3657F045740001\n"));
	assert_int_equal(list.n, 2);
	assert_true(list.p[0].has_serial && list.p[0].has_aaguid);
	assert_int_equal(list.p[0].serial, 12345678);
	assert_string_equal(list.p[0].label, "blue-1");
	assert_string_equal(list.p[0].product, "YubiKey 5");
	assert_string_equal(list.p[0].lot, "7");
	assert_int_equal(list.p[0].line, 2);
	assert_false(list.p[1].has_serial);
	assert_null(list.p[1].product);
	assert_null(list.p[1].lot);
	assert_memory_equal(list.p[0].aaguid, list.p[1].aaguid, 16);
	assert_int_equal(list.p[1].aaguid[0], 0xa0);
}

static void what_spreadsheets_write_is_taken(void **state)
{
	(void)state;
	OK(parse("\xef\xbb\xbfserial;lot\r\n\"1\"; \"a \"\"b\"\"; c\" \r\n"
		 " 2 ; d\r\n;\r\n\r\n"));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.p[0].lot, "a \"b\"; c");
	assert_int_equal(list.p[1].serial, 2);
	assert_string_equal(list.p[1].lot, "d");
	assert_int_equal(list.p[1].line, 3);
	OK(parse("serial\n4294967295")); /* no line end */
	assert_int_equal(list.p[0].serial, UINT32_MAX);
	OK(parse("serial\r\n1\r"));
	assert_int_equal(list.n, 1);
	OK(parse("label\n\"\xc3\xa4, \xe2\x82\xac\"\n"));
	assert_string_equal(list.p[0].label, "\xc3\xa4, \xe2\x82\xac");
}

static void other_columns_are_passed_over_and_told(void **state)
{
	(void)state;
	OK(parse("order,serial,=price\n\"=1+1\",5,-3\n"));
	assert_string_equal(list.ignored, "order, =price");
	assert_int_equal(list.p[0].serial, 5);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "line 1: the first line names the columns" },
		{ "\n\n", "line 1: the first line names the columns" },
		{ "product,lot\n", "line 1: the first line names" },
		{ "12345678\n", "line 1: the first line names" },
		{ "serial\n", "the list has no row" },
		{ "serial\n\n,\n", "the list has no row" },
		{ "serial,serial\n1,2\n", "line 1: a column stands twice" },
		{ "serial,lot\n1\n", "line 2: not as many fields" },
		{ "serial,lot\n1,2,3\n", "line 2: not as many fields" },
		{ "serial,lot\n,x\n", "line 2: neither a serial" },
		{ "serial\n+1\n", "line 2, column 1: a serial number has" },
		{ "serial\n0x10\n", "line 2, column 1: a serial number has" },
		{ "serial\n4294967296\n", "line 2, column 1: a serial number has" },
		{ "serial\n0\n", "line 2, column 1: no key has the serial number 0" },
		{ "serial\n1 2\n", "line 2, column 1: a serial number has" },
		{ "serial,aaguid\n1,12\n", "line 2, column 2: an AAGUID is not" },
		{ "serial,aaguid\n1,g0f1c5d20b5e4e8f9a3657f045740001\n",
			"line 2, column 2: an AAGUID is not" },
		{ "serial,aaguid\n1,a0f1c5d20b5e4e8f9a3657f0457400012\n",
			"line 2, column 2: an AAGUID is not" },
		{ "label\n=cmd()\n", "line 2, column 1: a field begins like a formula" },
		{ "label\n@x\n", "line 2, column 1: a field begins like a formula" },
		{ "label\n\"-x\"\n", "line 2, column 1: a field begins like a formula" },
		{ "serial,lot\n1,+1\n", "line 2, column 2: a field begins like" },
		{ "label\n\" x\"\n", "line 2, column 1: a field begins or ends with" },
		{ "label\na\tb\n", "line 2, column 1: control characters" },
		{ "label\na\rb\n", "line 2, column 1: control characters" },
		{ "label\n\"a\nb\"\n", "line 2, column 1: a quote is not closed" },
		{ "label\n\"a", "line 2, column 1: a quote is not closed" },
		{ "label\n\"a\"b\n", "line 2, column 1: something stands behind" },
		{ "label\na\"b\n", "line 2, column 1: a quote inside a field" },
		{ "label\n\xff\n", "line 2, column 1: control characters, or no UTF-8" },
		{ "label\n\xe2\x80\xae" "x\n", "line 2, column 1: control characters" },
		{ "serial\n7\n8\n7\n", "lines 2 and 4 have the same serial" },
		{ "label\nb\na\nb\n", "lines 2 and 4 have the same label" },
		{ "\xff\xfes\0e\0", "the list is UTF-16: save it as UTF-8" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		SAYS(ERROR_MALFORMED, cases[i].words, parse(cases[i].text));
	SAYS(ERROR_MALFORMED, "line 2, column 1: control characters",
		parse_n("label\na\0b\n", 10));
}

static void a_holder_is_a_column_of_kept_keys_only(void **state)
{
	static const char text[] = "serial,holder\n7,alice\n8,\n";

	(void)state;
	OK(parse(text));
	assert_string_equal(list.ignored, "holder");
	assert_null(list.p[0].holder);
	kind = INTAKE_KEPT;
	OK(parse(text));
	assert_string_equal(list.ignored, "");
	assert_string_equal(list.p[0].holder, "alice");
	assert_null(list.p[1].holder);
	SAYS(ERROR_MALFORMED, "line 2, column 2: a field begins like a formula",
		parse("serial,holder\n7,=alice\n"));
	SAYS(ERROR_MALFORMED, "line 1: the first line names the columns, and "
		"one of them is 'serial'", parse("label,holder\na,alice\n"));
	SAYS(ERROR_MALFORMED, "line 3: no serial number",
		parse("serial,label\n7,a\n,b\n"));
	kind = INTAKE_DELIVERY;
}

static void a_failure_leaves_the_result_as_it_was(void **state)
{
	struct intake_list kept = { NULL, 7, "x" };

	(void)state;
	assert_true(intake_list_parse("label\na\n=b\n", 11, kind, &kept,
		&err) < 0);
	assert_null(kept.p);
	assert_int_equal(kept.n, 7);
}

static void every_size_has_its_limit(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, INTAKE_FILE_MAX);
	buf_put_str(&b, "label\n");
	for (i = 0; i < TEXT_MAX; i++)
		buf_put_byte(&b, 'x');
	OK(parse_n(buf_str(&b), b.n));
	buf_put_byte(&b, 'x');
	SAYS(ERROR_MALFORMED, "line 2, column 1: a field is too long",
		parse_n(buf_str(&b), b.n));
	buf_reset(&b);
	buf_put_str(&b, "serial");
	for (i = 1; i < INTAKE_COLUMNS_MAX; i++)
		buf_put_str(&b, ",x");
	buf_put_str(&b, "\n1");
	for (i = 1; i < INTAKE_COLUMNS_MAX; i++)
		buf_put_byte(&b, ',');
	OK(parse_n(buf_str(&b), b.n));
	buf_put_byte(&b, ',');
	SAYS(ERROR_MALFORMED, "line 2: too many columns",
		parse_n(buf_str(&b), b.n));
	buf_reset(&b);
	buf_put_str(&b, "serial\n");
	for (i = 1; i <= INTAKE_ROWS_MAX; i++)
		buf_printf(&b, "%zu\n", i);
	OK(parse_n(buf_str(&b), b.n));
	assert_int_equal(list.n, INTAKE_ROWS_MAX);
	buf_printf(&b, "%zu\n", i);
	SAYS(ERROR_MALFORMED, "too many rows", parse_n(buf_str(&b), b.n));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			columns_are_found_by_name_in_any_order_and_case),
		cmocka_unit_test(what_spreadsheets_write_is_taken),
		cmocka_unit_test(other_columns_are_passed_over_and_told),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(a_holder_is_a_column_of_kept_keys_only),
		cmocka_unit_test(a_failure_leaves_the_result_as_it_was),
		cmocka_unit_test(every_size_has_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
