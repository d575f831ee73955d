/* SPDX-License-Identifier: Apache-2.0 */
/* A secret on the terminal's other screen, to the letter. */
#include "tests/unit/shown.h"

#include "bridge/terminal/screen/screen.h"

/* ---- stand-ins ---- */

static struct tty_size size;
static int made; /* what qr_make() returns */

WRAP(struct tty_size, tty_size, int tty)
{
	(void)tty;
	return size;
}

/* Five modules wide: a cross, and a dark corner. */
WRAP(int, qr_make, const struct secret *text, int cancel_fd, struct qr *ret,
	struct error *e)
{
	static const char modules[] =
		"\1\0\1\0\0"
		"\0\0\1\0\0"
		"\1\1\1\1\1"
		"\0\0\1\0\0"
		"\0\0\1\0\1";

	assert_string_equal((const char *)text->p, "otpauth://x");
	assert_int_equal(cancel_fd, 7);
	if (made)
		return error_set(e, made, "no picture");
	ret->width = 5;
	return secret_set(&ret->modules, modules, 25, e);
}

/* ---- the screen ---- */

static struct secret picture, text;
static struct run_codes q = { .name = "alice\033 at corp" };
static struct screen s;

static void open_screen(const char *locale, const char *no_colour)
{
	screen_done(&s);
	s = (struct screen){ .q = &q, .tty = 1 };
	unsetenv("LC_CTYPE");
	unsetenv("LANG");
	setenv("LC_ALL", locale, 1);
	setenv("NO_COLOR", no_colour, 1);
	OK(screen_open(&s, 7, &err));
}

static int begin_screen(void **state)
{
	begin(state);
	made = 0;
	size = (struct tty_size){ 80, 24 };
	OK(secret_set(&picture, "otpauth://x", 12, &err));
	OK(secret_set(&text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJ", 42,
		&err));
	q.picture = &picture;
	q.text = &text;
	return 0;
}

static int finish_screen(void **state)
{
	screen_done(&s);
	secret_done(&picture);
	secret_done(&text);
	return finish(state);
}

static void draw(unsigned columns, unsigned rows, const char *remark)
{
	size = (struct tty_size){ columns, rows };
	screen_draw(&s, remark);
}

/* The white around it takes 8, or 4, columns and rows more than its 5, of which
 * two go into a line; three lines stand below it. */
static void the_picture_where_there_is_room(void **state)
{
	(void)state;
	begin_show();
	open_screen("C.UTF-8", "");
	draw(80, 24, NULL);
	draw(13, 10, "");
	draw(13, 9, "It was wrong");
	draw(12, 24, NULL);
	draw(9, 8, NULL);
	draw(9, 7, NULL);
	draw(8, 24, NULL);
	open_screen("C.UTF-8", "1");
	draw(80, 24, NULL);
	assert_true(screen_take_key(&s, 'i'));
	draw(80, 24, NULL);
	end_show("screen-picture");
}

static void the_text_where_there_is_none(void **state)
{
	static const unsigned widths[] = { 80, 42, 41, 17, 16, 7, 6, 1 };
	size_t i;

	(void)state;
	begin_show();
	open_screen("C", "");
	for (i = 0; i < ARRAY_LEN(widths); i++)
		draw(widths[i], 24, NULL);
	made = ERROR_FAILED;
	open_screen("C.UTF-8", "");
	draw(80, 24, "It was wrong");
	made = 0;
	open_screen("C.UTF-8", "");
	assert_true(screen_take_key(&s, 's'));
	draw(80, 24, NULL);
	draw(8, 24, NULL);
	end_show("screen-text");
}

static void who_breaks_it_off_gets_no_screen(void **state)
{
	(void)state;
	made = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "no picture", screen_open(&s, 7, &err));
	made = 0;
}

static void what_a_terminal_can_is_read_from_the_environment(void **state)
{
	static const struct {
		const char *all, *ctype, *lang;
		bool utf8;
	} rows[] = {
		{ "C", "C.UTF-8", "C.UTF-8", false },
		{ "", "C.UTF-8", "C", true },
		{ "", "", "de_DE.utf8", true },
		{ "", "C", "de_DE.utf8", false },
		{ "", "", "", false },
		{ "en_US.utf-8", "C", "C", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		screen_done(&s);
		s = (struct screen){ .q = &q };
		setenv("LC_ALL", rows[i].all, 1);
		setenv("LC_CTYPE", rows[i].ctype, 1);
		setenv("LANG", rows[i].lang, 1);
		OK(screen_open(&s, 7, &err));
		assert_int_equal(s.is_utf8, rows[i].utf8);
	}
	open_screen("C", "");
	assert_true(s.has_colour);
	unsetenv("NO_COLOR");
	screen_done(&s);
	OK(screen_open(&s, 7, &err));
	assert_true(s.has_colour);
	open_screen("C", "x");
	assert_false(s.has_colour);
}

static void keys_turn_it(void **state)
{
	(void)state;
	open_screen("C.UTF-8", "1");
	assert_false(screen_take_key(&s, '1'));
	assert_true(screen_take_key(&s, 's'));
	assert_true(s.wants_text);
	assert_true(screen_take_key(&s, 's'));
	assert_false(s.wants_text);
	assert_true(screen_take_key(&s, 'i'));
	assert_true(s.is_inverted);
	assert_true(screen_take_key(&s, 'i'));
	assert_false(s.is_inverted);
	open_screen("C.UTF-8", "");
	assert_false(screen_take_key(&s, 'i'));
	assert_false(s.is_inverted);
}

static void another_size_is_seen(void **state)
{
	(void)state;
	open_screen("C.UTF-8", "");
	begin_show();
	draw(80, 24, NULL);
	end_show("screen-once");
	assert_false(screen_has_changed(&s));
	size.columns = 81;
	assert_true(screen_has_changed(&s));
	size = (struct tty_size){ 80, 23 };
	assert_true(screen_has_changed(&s));
}

static void it_is_entered_and_left_once(void **state)
{
	struct termios old = { .c_lflag = 0 };

	(void)state;
	open_screen("C", "");
	begin_show();
	screen_leave(&s);
	screen_enter(&s, &old);
	screen_leave(&s);
	screen_leave(&s);
	end_show("screen-enter");
	assert_false(s.is_on);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_screen,        \
	finish_screen)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_picture_where_there_is_room),
		TEST(the_text_where_there_is_none),
		TEST(who_breaks_it_off_gets_no_screen),
		TEST(what_a_terminal_can_is_read_from_the_environment),
		TEST(keys_turn_it),
		TEST(another_size_is_seen),
		TEST(it_is_entered_and_left_once),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
