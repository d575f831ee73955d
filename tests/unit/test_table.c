/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, pages and exit codes: what fits into which width, to the letter. */
#include "tests/unit/shown.h"

#include "bridge/terminal/page.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"
#include "token/attest/verdict.h"

static size_t width; /* of the terminal; 0: there is none */

WRAP(size_t, ui_width, FILE *f)
{
	(void)f;
	return width;
}

static const struct table_column columns[] = {
	{ "ID", 0 }, { "LABEL", 2 }, { "MODEL", 3 }, { "SEEN", 1 },
	{ "WHAT", 0 },
};

static void a_table(size_t columns_of, size_t rows, const char *wanted,
	bool wide)
{
	static const char *const cells[][5] = {
		{ "0123", "blue-1", "YubiKey 5 NFC", "2026-01-01",
			"assigned to Alice, who has it since the first of "
			"May" },
		{ "4567", NULL, "", "gr\xc3\xbcn",
			"averyveryverylongwordthatnobodycanbreakanywhere" },
		{ "89ab", "x\033[31m", "two words", NULL, "short" },
	};
	const struct table_view view = { .wide = wide, .columns = wanted };
	struct table *t = table_new(columns, 5);
	size_t i;

	width = columns_of;
	ui_line("== %zu%s%s%s", columns_of, wide ? " wide" : "",
		wanted ? " of " : "", wanted ? wanted : "");
	for (i = 0; i < rows; i++)
		table_row(t, cells[i]);
	table_print(&t, &view);
	assert_null(t);
}

static void tables_of_each_width(void **state)
{
	/* as it takes, as the last column must have, and one less */
	static const size_t widths[] = { 0, 200, 93, 92, 80, 57, 56, 42, 41,
		34, 33, 22, 21, 10 };
	size_t i;

	(void)state;
	begin_show();
	for (i = 0; i < ARRAY_LEN(widths); i++)
		a_table(widths[i], 3, NULL, false);
	a_table(40, 3, NULL, true);
	a_table(40, 0, NULL, false);
	a_table(40, 1, "what,id,what", false);
	a_table(40, 1, "WHAT", false);
	a_table(40, 1, "seen,", false);
	a_table(0, 1, "model,nothing,id", false);
	a_table(0, 1, ",", false);
	a_table(0, 1, "id,id,id,id,id,id,id,id,id,id,id,id,id", false);
	end_show("table");
	assert_false(ui_has_failed());
}

static void a_column_that_there_is_not(void **state)
{
	static const struct {
		const char *columns, *says;
	} rows[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "id,WHAT,Seen", NULL },
		{ "id,", NULL },
		{ "id,wha", "--columns: there is no column 'wha'; there are ID, "
			"LABEL, MODEL, SEEN, WHAT" },
		{ "whats", "'whats'" },
		{ "id,,what", "there is no column '';" },
		{ "id what", "'id what'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct table_view view = { .columns = rows[i].columns };

		if (rows[i].says)
			SAYS(ERROR_USAGE, rows[i].says,
				table_check_view(columns, 5, &view, &err));
		else
			OK(table_check_view(columns, 5, &view, &err));
	}
}

static void a_page(size_t columns_of)
{
	struct page p;

	width = columns_of;
	page_init(&p, stdout);
	page_line(&p, "== %zu", columns_of);
	page_put(&p, UI_BAD, "bad\033 ");
	page_put(&p, UI_PLAIN, "%s", "and a sentence that is too long for one "
		"line of most terminals, and goes on in the next one and the "
		"one behind that");
	page_end(&p, 4);
	page_end(&p, 4);
	page_line(&p, "%s", "  word      what it means, which is a sentence "
		"that is longer than a line, and is broken below its own "
		"begin");
	page_done(&p);
}

static void pages_of_each_width(void **state)
{
	static const size_t widths[] = { 0, 39, 40, 41, 79, 100,
		PAGE_WIDTH_MAX, PAGE_WIDTH_MAX + 1, 1000 };
	size_t i;

	(void)state;
	begin_show();
	for (i = 0; i < ARRAY_LEN(widths); i++)
		a_page(widths[i]);
	end_show("page");
}

static void exit_codes(void **state)
{
	static const struct {
		int code, verdict, status;
	} rows[] = {
		{ 0, 0, STATUS_ERROR },
		{ -1, 0, STATUS_ERROR },
		{ 1000, 0, STATUS_ERROR },
		{ ERROR_FAILED, 0, STATUS_ERROR },
		{ ERROR_USAGE, 0, STATUS_USAGE },
		{ ERROR_NO_TOKEN, 0, STATUS_NO_TOKEN },
		{ ERROR_PIN, 0, STATUS_PIN },
		{ ERROR_PIN_WRONG, 0, STATUS_PIN },
		{ ERROR_PIN_BLOCKED, 0, STATUS_PIN },
		{ ERROR_TOUCH, 0, STATUS_TOUCH },
		{ ERROR_REFUSED, 0, STATUS_REFUSED },
		{ ERROR_REMOTE, 0, STATUS_AWS },
		{ ERROR_UNREACHABLE, 0, STATUS_AWS },
		{ ERROR_INTERRUPTED, 0, STATUS_INTERRUPTED },
		{ ERROR_EXPIRED, 0, VERDICT_UNDECIDED },
		{ ERROR_VERDICT, 19, STATUS_ERROR },
		{ ERROR_VERDICT, 20, 20 },
		{ ERROR_VERDICT, 27, 27 },
		{ ERROR_VERDICT, 28, STATUS_ERROR },
		{ ERROR_REFUSED, 20, STATUS_REFUSED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct error e = { .code = rows[i].code,
			.verdict = rows[i].verdict };

		assert_int_equal(status_of_error(&e), rows[i].status);
	}
}

/* The last: from here on the output is not whole. */
static void what_has_no_memory_says_so_at_the_end(void **state)
{
	struct table_column many[TABLE_COLUMNS_MAX + 1] = { { NULL, 0 } };
	struct table *t = table_new(many, TABLE_COLUMNS_MAX + 1);
	const char *const cells[] = { "1" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct table_column){ "A", 0 };
	assert_null(t);
	table_row(t, cells);
	assert_false(ui_has_failed());
	table_print(&t, NULL);
	assert_true(ui_has_failed());
	t = table_new(many, TABLE_COLUMNS_MAX);
	assert_non_null(t);
	begin_show();
	table_print(&t, NULL);
	end_show("empty");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(tables_of_each_width),
		cmocka_unit_test(a_column_that_there_is_not),
		TEST(pages_of_each_width),
		cmocka_unit_test(exit_codes),
		TEST(what_has_no_memory_says_so_at_the_end),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
