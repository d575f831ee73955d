/* SPDX-License-Identifier: Apache-2.0 */
/* One record of a CSV: which fields it has, and what breaches RFC 4180. */
#include "aws/report/record.h"

#include "tests/unit/unit.h"

static struct record record = { .separator = ',' };
static struct buf unquoted, seen;

/* Fields as "[a][b]", behind them a problem; in a block of its own, which holds
 * until the next one. */
static unsigned char *copy;

static const char *split(const char *line, bool quoted, size_t columns)
{
	size_t n = strlen(line), i;

	free(copy);
	copy = copy_of(line, n);
	OK(record_split(&record, &unquoted, copy, n, quoted, columns, &err));
	buf_reset(&seen);
	for (i = 0; i < record.count; i++)
		buf_printf(&seen, "[%.*s]", (int)record.field[i].n,
			record.field[i].p);
	if (record.problem)
		buf_printf(&seen, " %s", record.problem);
	if (record.count >= columns && columns > 0 && (quoted ||
		record.count > columns))
		buf_printf(&seen, " last %zu to %zu", record.last_at,
			record.last_end);
	return buf_str(&seen);
}

static void fields_stand_between_commas(void **state)
{
	static const struct {
		const char *line;
		size_t columns;
		const char *fields;
	} rows[] = {
		{ "", 0, "[]" }, { ",", 0, "[][]" }, { "a", 0, "[a]" },
		{ "a,b", 2, "[a][b]" }, { "a,b,", 2, "[a][b][] last 2 to 3" },
		/* shorter than a word, as long, and longer by one */
		{ "1234567", 0, "[1234567]" }, { "123456,", 0, "[123456][]" },
		{ "1234567,", 0, "[1234567][]" },
		{ "12345678,", 0, "[12345678][]" },
		{ ",2345678", 0, "[][2345678]" },
		{ ",,,,,,,,,", 0, "[][][][][][][][][][]" },
		/* neighbours of the comma, and of it beyond ASCII */
		{ "+-,-+-+-,\xac\xac\xac\xac\xac\xac\xac\xac,x", 0,
			"[+-][-+-+-][\xac\xac\xac\xac\xac\xac\xac\xac][x]" },
		{ "one,two,three,four", 2,
			"[one][two][three][four] last 4 to 7" },
		{ "one,two,three,four", 1,
			"[one][two][three][four] last 0 to 3" },
		{ "one,two,three,four", 4, "[one][two][three][four]" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(split(rows[i].line, false,
			rows[i].columns), rows[i].fields);
	record.separator = ';';
	assert_string_equal(split("a,b;c\td", false, 2), "[a,b][c\td]");
	record.separator = '\t';
	assert_string_equal(split("a,b;c\td", false, 2), "[a,b;c][d]");
	record.separator = ',';
}

static void quotes_hold_what_would_end_a_field(void **state)
{
	static const struct {
		const char *line;
		size_t columns;
		const char *fields;
	} rows[] = {
		{ "\"\"", 0, "[]" }, { "\"a\"", 0, "[a]" },
		{ "\"a,b\",c", 0, "[a,b][c]" },
		{ "a,\"b\"", 0, "[a][b]" }, { "\"a\",", 0, "[a][]" },
		{ "\"\"\"\"", 0, "[\"]" },
		{ "\"a\"\"b\",\"\"\"\",c", 0, "[a\"b][\"][c]" },
		{ "\"a\"\"\"", 0, "[a\"]" },
		{ "\"a", 0, "[a] a quote is not closed" },
		{ "\"", 0, "[] a quote is not closed" },
		{ "\"a\"\"", 0, "[a\"] a quote is not closed" },
		{ "\"a\"b,c", 0, "[ab][c] text behind a closing quote" },
		{ "\"a\" ,c", 0, "[a ][c] text behind a closing quote" },
		{ "\"a\"\"\"b,c", 0, "[a\"b][c] text behind a closing quote" },
		{ "a\"b,c", 0, "[a\"b][c] a quote inside a field that is not "
			"quoted" },
		/* the first one is told */
		{ "\"a\"b,c\"d", 0, "[ab][c\"d] text behind a closing quote" },
		{ "a\"b,\"c\"d", 0, "[a\"b][cd] a quote inside a field that is "
			"not quoted" },
		{ "a\"b,c\"d", 0, "[a\"b][c\"d] a quote inside a field that "
			"is not quoted" },
		/* the raw field of the last column, quotes and all */
		{ "\"a\",\"b\"\"c\"", 2, "[a][b\"c] last 4 to 10" },
		{ "\"a\",\"b\",c", 2, "[a][b][c] last 4 to 7" },
		{ "\"a\",b", 1, "[a][b] last 0 to 3" },
		{ "a", 2, "[a]" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(split(rows[i].line, true,
			rows[i].columns), rows[i].fields);
}

static void a_byte_beyond_ascii_is_seen_wherever_it_is(void **state)
{
	char line[32];
	size_t n, at;

	(void)state;
	for (n = 1; n < sizeof(line); n++)
		for (at = 0; at < n; at++) {
			memset(line, 'x', n);
			line[n] = '\0';
			split(line, at % 2, 0);
			assert_false(record.high);
			line[at] = (char)0x80;
			split(line, at % 2, 0);
			assert_true(record.high);
		}
}

static void more_fields_than_there_is_room_for_are_a_problem(void **state)
{
	static char line[RECORD_FIELDS_MAX + 1];

	(void)state;
	memset(line, ',', RECORD_FIELDS_MAX);
	line[RECORD_FIELDS_MAX - 1] = '\0';
	split(line, false, 0);
	assert_int_equal(record.count, RECORD_FIELDS_MAX);
	assert_null(record.problem);
	line[RECORD_FIELDS_MAX - 1] = ',';
	split(line, false, 0);
	assert_int_equal(record.count, RECORD_FIELDS_MAX);
	assert_string_equal(record.problem, "too many fields");
}

static bool is_utf8(const char *line)
{
	split(line, false, 0);
	return record_is_utf8(&record);
}

static void control_characters_are_no_fault_of_utf_8(void **state)
{
	(void)state;
	assert_true(is_utf8("a,\xc3\xa4"));
	assert_true(is_utf8("\x01" "a\x7f,b\n\xc3\xa4\x1b"));
	assert_true(is_utf8(""));
	assert_false(is_utf8("a,\xff"));
	assert_false(is_utf8("\xc3,\xa4"));
	assert_false(is_utf8("\xc3\x01\xa4"));
	assert_false(is_utf8("\x01\xff"));
	/* C1 is clean nowhere */
	assert_false(is_utf8("a\xc2\x9b"));
}

static void a_byte_order_mark_is_three_bytes(void **state)
{
	const unsigned char *bom = (const unsigned char *)RECORD_BOM;

	(void)state;
	assert_int_equal(record_bom(bom, 3), 3);
	assert_int_equal(record_bom(bom, 2), 0);
	assert_int_equal(record_bom((const unsigned char *)"abc", 3), 0);
}

static int begin_records(void **state)
{
	(void)state;
	buf_init(&unquoted, 1 << 20);
	buf_init(&seen, 1 << 20);
	return 0;
}

static int end_records(void **state)
{
	(void)state;
	buf_done(&unquoted);
	buf_done(&seen);
	free(copy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_between_commas),
		cmocka_unit_test(quotes_hold_what_would_end_a_field),
		cmocka_unit_test(a_byte_beyond_ascii_is_seen_wherever_it_is),
		cmocka_unit_test(
			more_fields_than_there_is_room_for_are_a_problem),
		cmocka_unit_test(control_characters_are_no_fault_of_utf_8),
		cmocka_unit_test(a_byte_order_mark_is_three_bytes),
	};

	return cmocka_run_group_tests(tests, begin_records, end_records);
}
