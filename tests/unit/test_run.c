/* SPDX-License-Identifier: Apache-2.0 */
/* A run and those who follow it: a script of a test, and a terminal. */
#include "bridge/run/run.h"
#include "bridge/terminal/people.h"
#include "bridge/verify/admission.h"

#include "tests/unit/listener.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void what_is_said_reaches_people_by_its_tone(void **state)
{
	struct listener s = { .heard = "" };
	struct run run = run_of(&s);
	char long_text[5000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	run_say(&run, "%s of %d", "one", 2);
	run_warn(&run, "careful");
	run_progress(&run, "%s", "half");
	run_waits(&run, "the card");
	run_step(&run, 7, "100% of \"Next\"");
	assert_string_equal(s.heard, "one of 2\n! careful\n.. half\n"
		"~ the card\n>  7. 100% of \"Next\"\n");
	s.heard[0] = '\0';
	run_say(&run, "%s", long_text);
	assert_int_equal(strlen(s.heard), sizeof(s.heard) - 1);
}

static void a_pause_ends_when_the_run_is_broken_off(void **state)
{
	struct listener s = { .heard = "" };
	struct run run = run_of(&s);
	int64_t before = deadline_now();
	int fds[2];

	(void)state;
	OK(run_pause(&run, 20, &err));
	assert_true(deadline_now() - before >= 20);
	assert_int_equal(pipe(fds), 0);
	run.cancel_fd = fds[0];
	assert_int_equal(write(fds[1], "", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted",
		run_pause(&run, 60000, &err));
	close(fds[0]);
	close(fds[1]);
}

static void what_force_accepts_is_said_and_else_nothing_is(void **state)
{
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	CLEANUP(verification_done) struct verification v;
	struct admission admission = { .trust = &trust };
	struct listener s = { .heard = "" };
	struct run run = run_of(&s);

	(void)state;
	policy_init(&trust.policy);
	verification_init(&v);
	v.verdict = VERDICT_SELF_ATTESTED;
	SAYS(ERROR_VERDICT, "the token",
		admission_check_token(&run, &admission, &v, &err));
	assert_int_equal(err.verdict, VERDICT_SELF_ATTESTED);
	assert_string_equal(s.heard, "");
	admission.force = "a prototype";
	OK(admission_check_token(&run, &admission, &v, &err));
	assert_non_null(strstr(s.heard, "! accepted by --force: a prototype"));
	v.verdict = VERDICT_FORGED;
	SAYS(ERROR_VERDICT, "the token",
		admission_check_token(&run, &admission, &v, &err));
}

/* ---- a terminal ---- */

/* A descriptor that gives these bytes. */
static int giving(const char *bytes, size_t n)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], bytes, n), n);
	close(fds[1]);
	return fds[0];
}

static int ask(struct terminal *t, const char *of, struct secret *ret)
{
	struct run run = terminal_run(t);

	assert_true(run.scripted[RUN_PIN]);
	assert_false(run.scripted[RUN_NEW_PIN]);
	return run_ask_secret(&run, RUN_PIN, of, "PIN: ", ret, &err);
}

static int ask_one(const char *bytes, size_t n, struct secret *ret)
{
	struct terminal t = TERMINAL_INIT;
	int r;

	t.script[RUN_PIN].fd = giving(bytes, n);
	r = ask(&t, "a", ret);
	close(t.script[RUN_PIN].fd);
	script_forget(&t.script[RUN_PIN]);
	return r;
}

static void a_script_gives_a_pin_without_its_line_end(void **state)
{
	struct secret pin = SECRET_INIT;
	char longest[64];

	(void)state;
	OK(ask_one("1234\r\n", 6, &pin));
	assert_string_equal(secret_str(&pin), "1234");
	secret_done(&pin);
	memset(longest, '1', sizeof(longest));
	OK(ask_one(longest, 63, &pin));
	secret_done(&pin);
	FAILS(ERROR_PIN, ask_one(longest, 64, &pin));
	FAILS(ERROR_PIN, ask_one("", 0, &pin));
	FAILS(ERROR_PIN, ask_one("\n\n", 2, &pin));
	FAILS(ERROR_PIN, ask_one("12\0" "34", 5, &pin));
	assert_non_null(strstr(err.text, "--pin-fd"));
	assert_null(pin.p);
}

static void asked_to_be(struct terminal *t, const char *of, const char *pin)
{
	struct secret got = SECRET_INIT;

	OK(ask(t, of, &got));
	assert_string_equal(secret_str(&got), pin);
	secret_done(&got);
}

static void each_token_of_a_script_has_its_own_line(void **state)
{
	struct terminal t = TERMINAL_INIT;
	struct secret none = SECRET_INIT;
	char text[64] = "", of[8], pin[8];
	int i;

	(void)state;
	for (i = 0; i <= SCRIPT_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"123%d\n", i);
	t.script[RUN_PIN].fd = giving(text, strlen(text));
	for (i = 0; i <= SCRIPT_MAX; i++) {
		snprintf(of, sizeof(of), "t%d", i);
		snprintf(pin, sizeof(pin), "123%d", i);
		asked_to_be(&t, of, pin);
		asked_to_be(&t, of, pin);
	}
	asked_to_be(&t, "t1", "1231");
	script_forget(&t.script[RUN_PIN]);
	for (i = 0; i < SCRIPT_MAX; i++)
		assert_null(t.script[RUN_PIN].lines[i].line.p);
	SAYS(ERROR_PIN, "and one more token wants its own: a line for",
		ask(&t, "t1", &none));
	assert_string_equal(err.text, "--pin-fd gives 9 PINs and one more "
		"token wants its own: a line for each");
	assert_null(none.p);
	close(t.script[RUN_PIN].fd);
}

static int cancel_fd = -1;

static int result_to(int fd, bool json, bool *ret_closed)
{
	struct terminal t = TERMINAL_INIT;
	int saved = dup(STDOUT_FILENO), r;
	struct run run;
	json_t *o = json_pack("{s:i}", "a", 1);

	t.json = json;
	t.cancel_fd = cancel_fd;
	run = terminal_run(&t);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	r = run_result(&run, o, "words", ret_closed, &err);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	json_decref(o);
	return r;
}

static void a_result_is_a_line_of_json_or_of_words(void **state)
{
	static const struct {
		bool json;
		const char *line;
	} cases[] = { { true, "{\"a\":1}\n" }, { false, "words\n" } };
	bool closed = false;
	char got[32];
	int fds[2];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(pipe(fds), 0);
		OK(result_to(fds[1], cases[i].json, &closed));
		close(fds[1]);
		memset(got, 0, sizeof(got));
		assert_true(read(fds[0], got, sizeof(got) - 1) > 0);
		assert_string_equal(got, cases[i].line);
		close(fds[0]);
		assert_false(closed);
	}
}

static void a_reader_that_is_gone_is_told_and_is_no_error(void **state)
{
	bool closed = false;
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	OK(result_to(fds[1], true, &closed));
	assert_true(closed);
	close(fds[1]);
}

/* A summary behind Ctrl-C is still one; a reader that sleeps holds up nobody. */
static void a_broken_off_run_says_what_can_be_said_at_once(void **state)
{
	static char full[65536];
	bool closed = false;
	int fds[2];

	(void)state;
	cancel_fd = giving("x", 1);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	OK(result_to(fds[1], true, &closed));
	while (write(fds[1], full, sizeof(full)) > 0)
		;
	SAYS(ERROR_INTERRUPTED, "interrupted",
		result_to(fds[1], true, &closed));
	assert_false(closed);
	close(fds[0]);
	close(fds[1]);
	close(cancel_fd);
	cancel_fd = -1;
}

/* One of many accounts is worked on: a question ends its run, with why. */
static void where_nobody_is_there_nothing_is_answered(void **state)
{
	static const char why[] =
		"one of many accounts is worked on, and nobody can be asked";
	const struct run run = { .people = &run_nobody, .cancel_fd = -1 };
	const struct run_codes codes = { .of = "of it" };
	CLEANUP(secret_done) struct secret secret = SECRET_INIT;
	char text[8] = "kept", first[RUN_CODE_LEN], second[RUN_CODE_LEN];
	bool yes = true, closed = false;

	(void)state;
	run_say(&run, "not heard");
	run_forget_secrets(&run);
	SAYS(ERROR_PIN, why, run_ask_secret(&run, RUN_PIN, "1", "PIN", &secret,
		&err));
	SAYS(ERROR_PIN, why, run_ask_text(&run, "name", text, sizeof(text),
		&err));
	SAYS(ERROR_PIN, why, run_ask_codes(&run, &codes, first, second,
		&err));
	SAYS(ERROR_PIN, why, run_check_eyes(&run, &err));
	assert_int_equal(run_confirm(&run, "delete?", &yes, &err), 0);
	assert_false(yes);
	assert_int_equal(run_result(&run, NULL, "", &closed, &err), 0);
	assert_false(closed);
	assert_string_equal(text, "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_reaches_people_by_its_tone),
		cmocka_unit_test(a_pause_ends_when_the_run_is_broken_off),
		cmocka_unit_test(what_force_accepts_is_said_and_else_nothing_is),
		cmocka_unit_test(a_script_gives_a_pin_without_its_line_end),
		cmocka_unit_test(each_token_of_a_script_has_its_own_line),
		cmocka_unit_test(a_result_is_a_line_of_json_or_of_words),
		cmocka_unit_test(a_reader_that_is_gone_is_told_and_is_no_error),
		cmocka_unit_test(a_broken_off_run_says_what_can_be_said_at_once),
		cmocka_unit_test(where_nobody_is_there_nothing_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
