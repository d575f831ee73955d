/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on a terminal, each in a process that has one. */
#include "bridge/terminal/ui.h"

#include "tests/unit/on-terminal.h"

/* What is asked, and what has to come of it. The process ends with 0 where it
 * does. */
static struct {
	int (*act)(void);
	int code;          /* of the error; 0: none */
	const char *want;  /* the answer, or words of the error */
	bool yes;
	size_t size;
	int cancel_fd;
} q;

static void check_answer(int r, const char *answer)
{
	if (r < 0 && (r != -q.code || !strstr(err.text, q.want)))
		exit(2);
	if (r >= 0 && (q.code || strcmp(answer, q.want) != 0))
		exit(3);
}

static int ask_text(void)
{
	char answer[256] = "";

	check_answer(ui_ask_text("Name: ", q.cancel_fd, answer, q.size, &err),
		answer);
	return 0;
}

static int ask_secret(void)
{
	struct secret s = SECRET_INIT;
	struct termios t;
	int r = ui_ask_secret("PIN: ", q.cancel_fd, &s, &err);

	check_answer(r, r < 0 ? "" : secret_str(&s));
	/* the echo is back */
	return isatty(0) && (tcgetattr(0, &t) < 0 || !(t.c_lflag & ECHO));
}

static int confirm(void)
{
	bool yes = !q.yes;

	check_answer(ui_confirm("Sure? ", q.cancel_fd, &yes, &err), "");
	return q.code == 0 && yes != q.yes;
}

static int show_secret(void)
{
	struct secret s = SECRET_INIT;
	int r;

	if (secret_set(&s, "4711", 4, &err) < 0)
		return 4;
	r = ui_show_secret("The PIN of \033[1mkey", &s, q.cancel_fd, &err);
	check_answer(r, "");
	return 0;
}

static void wants(int (*act)(void), int code, const char *want)
{
	q.act = act;
	q.code = code;
	q.want = want;
	q.cancel_fd = -1;
	q.size = 256;
}

static const char *line_of(size_t n, const char *end)
{
	static char texts[2][400];
	static unsigned i;
	char *text = texts[i++ % 2];

	memset(text, 'x', n);
	strcpy(text + n, end);
	return text;
}

static void a_line_is_the_answer(void **state)
{
	(void)state;
	wants(ask_text, 0, "alice");
	on_terminal(q.act, "Name: ", "alice\n", 0);
	assert_int_equal(status, 0);
	assert_non_null(strstr(seen, "Name: alice"));
	wants(ask_text, 0, "");
	on_terminal(q.act, "Name: ", "\n", 0);
	assert_int_equal(status, 0);
	wants(ask_text, ERROR_FAILED, "no answer");
	on_terminal(q.act, "Name: ", "\004", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, "Name: \r\n");
	wants(ask_text, ERROR_PIN, "there is no terminal to ask on");
	without_terminal(q.act);
	assert_int_equal(status, 0);
}

static void an_answer_has_to_fit(void **state)
{
	(void)state;
	wants(ask_text, 0, "1234567");
	q.size = 8;
	on_terminal(q.act, "Name: ", "1234567\n", 0);
	assert_int_equal(status, 0);
	wants(ask_text, ERROR_USAGE, "the answer is longer than 7 bytes");
	q.size = 8;
	on_terminal(q.act, "Name: ", "12345678\n", 0);
	assert_int_equal(status, 0);
	wants(ask_text, ERROR_USAGE, "the answer is longer than 255 bytes");
	on_terminal(q.act, "Name: ", line_of(256, "\n"), 0);
	assert_int_equal(status, 0);
	wants(ask_secret, ERROR_USAGE, "the answer is longer than 255 bytes");
	on_terminal(q.act, "PIN: ", line_of(256, "\n"), 0);
	assert_int_equal(status, 0);
	wants(ask_secret, 0, line_of(255, ""));
	on_terminal(q.act, "PIN: ", line_of(255, "\n"), 0);
	assert_int_equal(status, 0);
}

static void a_secret_is_not_shown(void **state)
{
	(void)state;
	wants(ask_secret, 0, "rice-8");
	on_terminal(q.act, "PIN: ", "rice-8\n", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, "PIN: \r\n");
	assert_true(echoes);
	wants(ask_secret, ERROR_PIN, "no answer");
	on_terminal(q.act, "PIN: ", "\004", 0);
	assert_int_equal(status, 0);
	wants(ask_secret, ERROR_PIN, "there is no terminal to ask on");
	without_terminal(q.act);
	assert_int_equal(status, 0);
}

static void a_signal_finds_the_echo_back(void **state)
{
	/* the others come by the cancel descriptor */
	static const int signals[] = { SIGQUIT, SIGALRM, SIGUSR1, SIGXCPU };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(signals); i++) {
		wants(ask_secret, 0, "");
		on_terminal(q.act, "PIN: ", NULL, signals[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		assert_true(echoes);
		wants(show_secret, 0, "");
		on_terminal(q.act, "written down. ", NULL, signals[i]);
		assert_true(WIFSIGNALED(status));
		assert_true(echoes);
		assert_non_null(strstr(seen, "\033[2J\033[3J\033[H\033[?1049l"));
	}
}

static void what_is_broken_off_is_no_answer(void **state)
{
	int (*const acts[])(void) = { ask_text, ask_secret, confirm,
		show_secret };
	static const char *const prompts[] = { "Name: ", "PIN: ", "Sure? ",
		"written down. " };
	int fds[2];
	size_t i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "", 1), 1);
	for (i = 0; i < ARRAY_LEN(acts); i++) {
		wants(acts[i], ERROR_INTERRUPTED, "interrupted");
		q.cancel_fd = fds[0];
		on_terminal(q.act, prompts[i], "", 0);
		assert_int_equal(status, 0);
		assert_true(echoes);
	}
	close(fds[0]);
	close(fds[1]);
}

static void only_y_is_yes(void **state)
{
	static const struct {
		const char *typed;
		bool yes;
	} rows[] = {
		{ "y\n", true }, { "Y\n", true }, { "yes\n", true },
		{ "n\n", false }, { "\n", false }, { "ny\n", false },
		{ "\004", false }, { " y\n", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		wants(confirm, 0, "");
		q.yes = rows[i].yes;
		on_terminal(q.act, "Sure? ", rows[i].typed, 0);
		assert_int_equal(status, 0);
	}
	q.yes = false;
	without_terminal(q.act);
	assert_int_equal(status, 0);
	wants(confirm, ERROR_USAGE, "the answer is longer than 255 bytes");
	on_terminal(q.act, "Sure? ", line_of(256, "\n"), 0);
	assert_int_equal(status, 0);
}

static void a_secret_is_on_a_screen_of_its_own_until_a_key(void **state)
{
	(void)state;
	wants(show_secret, 0, "");
	on_terminal(q.act, "written down. ", "x", 0);
	assert_int_equal(status, 0);
	assert_string_equal(seen, "\033[?1049h\033[2J\033[HThe PIN of ?[1mkey"
		"\r\r\n\r\r\n    4711\r\r\n\r\r\nIt is shown this once. Press a key "
		"when it is written down. \033[2J\033[3J\033[H\033[?1049l");
	assert_true(echoes);
	wants(show_secret, ERROR_PIN, "there is no terminal to show it on");
	without_terminal(q.act);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_the_answer),
		cmocka_unit_test(an_answer_has_to_fit),
		cmocka_unit_test(a_secret_is_not_shown),
		cmocka_unit_test(a_signal_finds_the_echo_back),
		cmocka_unit_test(what_is_broken_off_is_no_answer),
		cmocka_unit_test(only_y_is_yes),
		cmocka_unit_test(a_secret_is_on_a_screen_of_its_own_until_a_key),
	};

	return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
