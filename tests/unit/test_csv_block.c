/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many records at once, beside a reader that goes byte by byte: each oddity at
 * each place of a word, by each way that this machine has.
 */
#include "aws/report/csv/block.h"

#include "tests/unit/unit.h"

#define SIZE 2560 /* of a stretch of 32 words, and more */

static unsigned char text[SIZE + SCAN_WORD];
static size_t text_n;
static struct csv_block *block;

/* ---- byte by byte ---- */

static uint32_t rows[SIZE + 1], odd[SIZE + 1], ends[SIZE + 1];
static size_t rows_n, odd_n, ends_n;
static bool quoted;

static bool ends_field(unsigned char c)
{
	return c == ',' || c == '\n';
}

static void read_slowly(void)
{
	bool inside = false, start = true, closed = false;
	size_t i;

	rows_n = odd_n = ends_n = 0;
	quoted = false;
	for (i = 0; i < text_n; i++) {
		unsigned char c = text[i];
		bool is_odd = c == 0 || c >= 0x80, was_closed = closed;

		closed = false;
		quoted |= c == '"';
		if (c == '"') {
			inside = !inside;
			closed = !inside;
			is_odd |= inside && !start;
		} else if (inside) {
			is_odd |= c == '\n';
		}
		/* the CR of a CRLF is the end of a field, too */
		if (was_closed && !(ends_field(c) && !inside) &&
			!(c == '\r' && i + 1 < text_n && text[i + 1] == '\n'))
			is_odd = true;
		start = !inside && ends_field(c);
		if (start)
			ends[ends_n++] = (uint32_t)i;
		if (start && c == '\n')
			rows[rows_n++] = (uint32_t)i;
		if (is_odd)
			odd[odd_n++] = (uint32_t)i;
	}
}

/* ---- both ---- */

static void compare(void)
{
	const struct scan_way *way;
	size_t w, i, k;

	read_slowly();
	for (w = 0; (way = scan_way(w)) != NULL; w++) {
		csv_block_scan(block, way, text, text_n);
		assert_int_equal(block->quoted, quoted);
		assert_int_equal(block->rows_n, rows_n);
		for (i = 0; i < rows_n; i++)
			assert_int_equal(block->rows[i], rows[i]);
		for (i = 0; i < odd_n; i++)
			assert_int_equal(block->odd[i], odd[i]);
		/* behind quotes that the text ends with it cannot know */
		i += block->odd[i] == text_n;
		assert_int_equal(block->odd[i], UINT32_MAX);
		for (i = 0, k = 0; i < text_n; i++) {
			k += k < ends_n && ends[k] == i;
			assert_int_equal(csv_ends_upto(block, (uint32_t)i), k);
			assert_int_equal(csv_ends_from(block, (uint32_t)i) & 1,
				k > 0 && ends[k - 1] == i);
		}
	}
	assert_true(w > 0);
}

static int begin(void **state)
{
	(void)state;
	OK(csv_block_new(&block, SIZE, &err));
	return 0;
}

static int end(void **state)
{
	(void)state;
	csv_block_free(&block);
	return 0;
}

static void put(const char *s, size_t n)
{
	assert_true(text_n + n <= SIZE);
	memcpy(text + text_n, s, n);
	text_n += n;
}

static void each_oddity_at_each_place_of_a_word(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} pieces[] = {
#define PIECE(s) { s, sizeof(s) - 1 }
		PIECE("a,b\n"), PIECE(",\"a\",b\n"), PIECE(",\"a,b\"\n"),
		PIECE(",\"a\"\r\n"), PIECE(",\"a\"\rb\n"), PIECE(",\"a\"x\n"),
		PIECE(",\"a\"\"b\"\n"), PIECE(",\"a\nb\"\n"),
		PIECE("x\"y\",z\n"), PIECE("\0"), PIECE("\x80\n"),
		PIECE("\xff"), PIECE("\x7f\n"), PIECE("\n\"\"\n"),
		PIECE(",\"\"\"\",x"), PIECE("\""), PIECE(",\"a\""),
		PIECE(",\"a\"\r"), PIECE(",\"a\" ,b\n"),
	};
	size_t i, at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pieces); i++)
		for (at = 0; at < 140; at++) {
			memset(text, 'q', sizeof(text));
			text_n = at;
			put(pieces[i].p, pieces[i].n);
			compare();
			put("tail,\"x\"\n", 9);
			compare();
		}
}

static void what_stands_between_two_stretches(void **state)
{
	size_t at;

	(void)state;
	for (at = 2030; at < 2060; at++) {
		memset(text, 'q', sizeof(text));
		text_n = at;
		put(",\"a\"\"\n\"x\n\"b\"\n", 13);
		text_n += 200;
		put("\n", 1);
		compare();
	}
}

static void bytes_behind_the_last_are_not_looked_at(void **state)
{
	(void)state;
	for (text_n = 0; text_n < 130; text_n++) {
		memset(text, '\n', sizeof(text));
		memset(text, 'a', text_n);
		compare();
		memset(text + text_n, '"', SCAN_WORD);
		compare();
		memset(text + text_n, '\0', SCAN_WORD);
		compare();
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_oddity_at_each_place_of_a_word),
		TEST(what_stands_between_two_stretches),
		TEST(bytes_behind_the_last_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
