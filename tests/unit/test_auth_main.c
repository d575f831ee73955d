/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-auth from the request to the answer and the line in the log: in
 * which order it asks what, and what each part's word comes to.
 */
#include "tests/unit/auth-parts.h"

#include "bridge/login/result.h"

#include <sys/mman.h>

static struct login_reply replies[4];
static size_t replies_n;
static int version;        /* of the last reply */
static char logged[1024];

static struct login_request request(void)
{
	return (struct login_request){ .timeout_ms = 30000, .user = "alice",
		.service = "sudo" };
}

static void run_main(void)
{
	int kept = dup(STDERR_FILENO), log = memfd_create("log", MFD_CLOEXEC);
	ssize_t n;

	assert_true(kept >= 0 && log >= 0);
	assert_int_equal(dup2(log, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(__real_main(), 0);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	n = pread(log, logged, sizeof(logged) - 1, 0);
	assert_true(n >= 0);
	logged[n] = '\0';
	close(kept);
	close(log);
}

/* Out of the way of the descriptor that is the program's. */
static void make_line(int ret[2])
{
	int i, pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
		pair), 0);
	for (i = 0; i < 2; i++) {
		ret[i] = fcntl(pair[i], F_DUPFD_CLOEXEC, 100);
		assert_true(ret[i] >= 100);
		close(pair[i]);
	}
}

/* Frames of any kind; p NULL: the caller is gone before he has said a word. */
static void ask_by(const void *p, size_t n, const char *pin)
{
	struct buf b;
	int pair[2];

	make_line(pair);
	if (p)
		OK(wire_send(pair[0], p, n, deadline_in(1000), &err));
	if (pin)
		OK(wire_send(pair[0], pin, strlen(pin), deadline_in(1000),
			&err));
	shutdown(pair[0], SHUT_WR);
	assert_int_equal(dup2(pair[1], PROCESS_BARE_FD), PROCESS_BARE_FD);
	close(pair[1]);
	run_main();
	assert_int_equal(w.hardened, 1);
	assert_int_equal(w.killed_with_parent, 1);
	assert_true(fcntl(PROCESS_BARE_FD, F_GETFD) & FD_CLOEXEC);
	close(PROCESS_BARE_FD);
	buf_init(&b, WIRE_MAX);
	memset(replies, 0, sizeof(replies));
	for (replies_n = 0; wire_receive(pair[0], &b, -1, deadline_in(1000),
			&err) == 0; replies_n++) {
		assert_true(replies_n < 4 && b.n > 0);
		version = b.p[0];
		if (version == 3)
			OK(login_reply_read(b.p, b.n, &replies[replies_n],
				&err));
	}
	buf_done(&b);
	close(pair[0]);
	assert_true(replies_n > 0);
}

static const struct login_reply *ask(const struct login_request *q,
	const char *pin)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	login_request_write(q, &b);
	ask_by(b.p, b.n, pin);
	buf_done(&b);
	assert_int_equal(replies[replies_n - 1].kind, LOGIN_ANSWER);
	return &replies[replies_n - 1];
}

/* ---- what is asked, and how far ---- */

/* What is not said is well. */
#define ROOT .called = true
#define BOB .called = true, .uid = 1000

static void make_well(void)
{
	enum login_result *const ready[] = { &w.root, &w.admit, &w.claims,
		&w.who, &w.place };
	size_t i;

	for (i = 0; i < ARRAY_LEN(ready); i++)
		if (!*ready[i])
			*ready[i] = LOGIN_READY;
	if (!w.prove)
		w.prove = LOGIN_GRANTED;
	if (!w.judge)
		w.judge = LOGIN_GRANTED;
	if (!w.name)
		w.name = "alice";
	w.tokens = w.bare ? 0 : w.tokens ? w.tokens : 1;
}

static void world(void)
{
	memset(&w, 0, sizeof(w));
	make_well();
}

static const struct row {
	const char *name;
	struct world world;
	enum login_result result;
	const char *text, *steps;
	bool waits;
} rows[] = {
	{ "all is well", { ROOT }, 'G', "", "rwoedpuktsPj" },
	{ "a token may come later", { ROOT }, 'G', "", "rwoedpuktisPj", true },
	{ "who is not root is asked nothing",
		{ ROOT, .root = LOGIN_NOT_ROOT }, 'u', "not root", "r" },
	{ "a user that NSS does not know",
		{ ROOT, .who = LOGIN_UNKNOWN_USER }, 'o',
		"nobody of that name", "rwoe" },
	{ "an NSS that fails", { ROOT, .who = LOGIN_NO_RECORD }, 'd',
		"nobody of that name", "rwoe" },
	{ "no process for NSS", { ROOT, .begins_not = true }, 'd',
		"no process", "rw" },
	{ "no record", { ROOT, .open = -ERROR_FAILED }, 'd',
		"login.db is too old", "rwoe" },
	{ "no user is said before no record",
		{ ROOT, .who = LOGIN_UNKNOWN_USER, .open = -ERROR_FAILED },
		'o', "nobody of that name", "rwoe" },
	{ "a record that makes no sense", { ROOT, .read = -ERROR_CORRUPT },
		'd', "a row makes no sense", "rwoed" },
	{ "a user without a token", { ROOT, .bare = true }, 'n',
		"the user has no token", "rwoed" },
	{ "one who is elsewhere", { ROOT, .place = LOGIN_NOT_LOCAL }, 'l',
		"he is not here", "rwoedp" },
	{ "no counters", { ROOT, .counters = -ERROR_CORRUPT }, 'd',
		"no counters", "rwoedpu" },
	{ "no counter of his that can be read", { ROOT, .lost = 1 }, 'd',
		"its counter is damaged", "rwoedpu" },
	{ "one of two counters that cannot be read",
		{ ROOT, .tokens = 2, .lost = 1 }, 'G',
		"its counter is damaged", "rwoedpuktsPj" },
	{ "nobody to become", { ROOT, .check = -ERROR_FAILED }, 'x',
		"no user", "rwoedpuk" },
	{ "no list of tokens", { ROOT, .plug = -ERROR_FAILED }, 'x',
		"no udev", "rwoedpukt" },
	{ "no watcher", { ROOT, .arrive = -ERROR_FAILED }, 'x', "no watcher",
		"rwoedpukti", true },
	{ "no sandbox", { ROOT, .enter = -ERROR_FAILED }, 'x', "no sandbox",
		"rwoedpukts" },
	{ "a false answer", { ROOT, .prove = LOGIN_FALSE }, 'f',
		"it is no proof", "rwoedpuktsP" },
	{ "no touch", { ROOT, .prove = LOGIN_NOT_TOUCHED }, 'h',
		"it is no proof", "rwoedpuktsP" },
	{ "a counter that fell", { ROOT, .judge = LOGIN_COUNTER }, 'c',
		"the counter's word", "rwoedpuktsPj" },
	{ "a counter that cannot be read", { ROOT, .judge = LOGIN_NO_RECORD },
		'd', "the counter's word", "rwoedpuktsPj" },
	{ "a counter that cannot be kept", { ROOT, .unsaved = true }, 'G',
		"the counter's word", "rwoedpuktsPj" },
	{ "a PIN is wanted", { ROOT, .prove = LOGIN_READY }, 'r', "",
		"rwoedpuktsP" },
	{ "another spelling", { ROOT, .name = "alicia" }, 'G',
		"the user is 'alicia' here", "rwoedpuktsPj" },
	{ "another spelling without a token", { ROOT, .name = "alicia",
		.bare = true }, 'n', "the user has no token", "rwoed" },

	{ "one who asks for himself", { BOB }, 'G', "", "racodpuktsPj" },
	{ "one who asks too often", { BOB, .admit = LOGIN_TOO_OFTEN }, 'y', "",
		"ra" },
	{ "a service that is not listed", { BOB, .claims = LOGIN_NOT_LISTED },
		'i', "", "rac" },
	{ "his record fails", { BOB, .open = -ERROR_FAILED }, 'd',
		"login.db is too old", "raco" },
};

static void comes_to(void **state)
{
	const struct row *row = *state;
	struct login_request q = request();
	const struct login_reply *a;
	char line[512], want[512];
	bool meant;

	w = row->world;
	make_well();
	meant = w.prove == LOGIN_GRANTED || w.prove == LOGIN_READY;
	q.wait_ms = row->waits ? 500 : 0;
	a = ask(&q, NULL);
	assert_int_equal(a->result, row->result);
	assert_string_equal(a->text, row->text);
	assert_string_equal(w.steps, row->steps);
	assert_int_equal(replies_n, 1);
	assert_int_equal(a->counter_unsaved, row->world.unsaved);
	meant = meant && strchr(w.steps, 'P');
	assert_string_equal(a->token, meant ? TOKEN_A : "");
	assert_string_equal(a->aaguid, meant ? "00ff" : "");
	assert_int_equal(a->counter, meant ? 41 : 0);
	assert_int_equal(a->flags, meant ? 5 : 0);
	assert_int_equal(a->needs_pin, row->result == LOGIN_READY);
	assert_string_equal(a->name, row->result == LOGIN_READY ?
		"Key, token " TOKEN_A : "");
	assert_int_equal(a->min_pin, row->result == LOGIN_READY ? 6 : 0);
	/* and the same for the log */
	snprintf(want, sizeof(want), "user=%s uid=%u pid=77 service=%s "
		"token=%s result=%s ms=", strchr(w.steps, 'a') ? "bob" :
		strchr(w.steps, 'e') && w.who == LOGIN_READY ?
		w.name : "-", (unsigned)w.uid,
		strcmp(w.steps, "r") == 0 || strcmp(w.steps, "ra") == 0 ?
		"-" : "sudo", meant ? TOKEN_A : "-",
		login_result_word(row->result));
	snprintf(line, sizeof(line), "<%d>", row->world.unsaved ? LOG_CRIT :
		login_result_priority(row->result));
	assert_int_equal(strncmp(logged, line, strlen(line)), 0);
	if (strncmp(logged + strlen(line), want, strlen(want)) != 0)
		fail_msg("'%s' in place of '%s'", logged, want);
	snprintf(line, sizeof(line), "%s%s\n", row->text[0] ? ": " : "",
		row->text);
	assert_true(strlen(logged) > strlen(line));
	assert_string_equal(logged + strlen(logged) - strlen(line), line);
}

/* ---- the rest ---- */

static void a_child_of_the_modules_logs_nothing(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	ask(&q, NULL);
	assert_string_equal(logged, "");
	world();
	w.called = w.quiet = true;
	w.uid = 1000;
	w.admit = LOGIN_TOO_OFTEN;
	ask(&q, NULL);
	assert_string_equal(logged, "");
}

static void an_alert_is_told_beside_what_comes(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	w.called = w.alerts = true;
	strcpy(q.service, "su do=");
	assert_int_equal(ask(&q, NULL)->result, LOGIN_GRANTED);
	assert_string_equal(replies[0].alert, "/dev/hidraw3 lies");
	assert_int_equal(strncmp(logged, "<1>", 3), 0);
	assert_non_null(strstr(logged, " service=su?do? "));
	assert_non_null(strstr(logged, "; alert: /dev/hidraw3 lies\n"));
}

static void prompts_come_before_the_answer(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	w.prompts = true;
	ask(&q, NULL);
	assert_int_equal(replies_n, 3);
	assert_int_equal(replies[0].kind, LOGIN_PROMPT_INSERT);
	assert_string_equal(replies[0].token, "");
	assert_int_equal(replies[1].kind, LOGIN_PROMPT_TOUCH);
	assert_string_equal(replies[1].token, TOKEN_A);
	assert_int_equal(replies[1].result, LOGIN_READY);
}

static void a_token_is_named_by_what_is_printed_on_it(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	w.prove = LOGIN_READY;
	w.serial = 12345678;
	assert_string_equal(ask(&q, NULL)->name, "Key, serial 12345678");
}

static void the_request_becomes_the_attempt(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	strcpy(q.login_db, "/l.db");
	ask(&q, NULL);
	assert_string_equal(w.q.login_db, "/l.db");
	assert_false(w.x.demand.verify);
	assert_true(w.x.demand.from_afar);
	assert_in_range(w.x.timeout_ms, 20000, 30000);
	assert_in_range(w.until, 20000, 30000);
	assert_int_equal(w.x.arrivals, -1);
	assert_false(w.had_pin);
	world();
	q.flags = LOGIN_VERIFY;
	q.wait_ms = 9000;
	ask(&q, NULL);
	assert_true(w.x.demand.verify);
	assert_true(w.x.arrivals >= 0);
	assert_in_range(w.x.wait_until, 5000, 9000);
}

static void no_attempt_is_longer_than_five_minutes(void **state)
{
	static const uint32_t times[][4] = {
		/* asked: attempt, wait; granted */
		{ 300000, 1000, 300000, 1000 },
		{ 300001, 1000, 300000, 300000 },
		{ 1000, 300001, 300000, 300000 },
		{ 1000, 300000, 1000, 300000 },
	};
	struct login_request q = request();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(times); i++) {
		world();
		q.timeout_ms = times[i][0];
		q.wait_ms = times[i][1];
		ask(&q, NULL);
		assert_in_range(w.x.timeout_ms, times[i][2] - 1000,
			times[i][2]);
		assert_in_range(w.x.wait_until, times[i][3] - 1000,
			times[i][3]);
	}
}

static void the_pin_is_for_the_token_that_it_was_asked_for(void **state)
{
	struct login_request q = request();

	(void)state;
	world();
	q.prove = true;
	strcpy(q.token, TOKEN_A);
	w.tokens = 3;
	assert_int_equal(ask(&q, "123456")->result, LOGIN_GRANTED);
	assert_int_equal(w.kept, 2);
	assert_string_equal(w.pin, "123456");
	world();
	strcpy(q.token, TOKEN_B);
	w.tokens = 3;
	w.prove = LOGIN_PIN_WRONG;
	ask(&q, "123456");
	assert_int_equal(w.kept, 1);
	assert_string_equal(w.kept_token, TOKEN_B);
	/* one that has no token by now has none to ask */
	world();
	strcpy(q.token, "33333333");
	w.prove = LOGIN_NO_TOKEN;
	w.tokens = 0;
	assert_int_equal(ask(&q, "123456")->result, LOGIN_NO_BINDING);
	/* and a PIN that does not come is none */
	world();
	strcpy(q.token, TOKEN_A);
	assert_int_equal(ask(&q, NULL)->result, LOGIN_FAILED);
	assert_string_equal(w.steps, "rwoedpukts");
}

static void what_is_no_request_is_refused(void **state)
{
	(void)state;
	world();
	ask_by("?", 1, NULL);
	assert_int_equal(replies[0].result, LOGIN_FAILED);
	assert_string_equal(replies[0].text, "a frame between the PAM module "
		"and its helper is senseless");
	assert_string_equal(w.steps, "r");
	world();
	ask_by(NULL, 0, NULL);
	assert_int_equal(replies[0].result, LOGIN_FAILED);
	assert_true(replies[0].text[0]);
	assert_string_equal(w.steps, "r");
}

/* Of version 1, with the PIN in it and without the token. */
#define PAST "\1\1\0\0\0\0\0\0\x75\x30\0\0\0\0" \
	"\0\5alice\0\4sudo\0\0\0\0\0\0\0\4" "1234"

static void an_earlier_module_is_answered_in_its_own_frames(void **state)
{
	(void)state;
	world();
	ask_by(PAST, sizeof(PAST) - 1, NULL);
	assert_int_equal(version, 1);
	assert_string_equal(w.steps, "rwoedpuktsPj");
	assert_string_equal(w.pin, "1234");
	assert_int_equal(w.kept, 1);
	/* whose PIN it is it does not say */
	world();
	w.called = true;
	w.tokens = 3;
	ask_by(PAST, sizeof(PAST) - 1, NULL);
	assert_int_equal(version, 1);
	assert_string_equal(w.steps, "rwoedp");
	assert_non_null(strstr(logged, "result=error"));
	assert_non_null(strstr(logged, ": tokenbridge was upgraded meanwhile, "
		"and the PIN may be of several tokens: log in anew\n"));
	/* and only root had one */
	world();
	w.uid = 1000;
	ask_by(PAST, sizeof(PAST) - 1, NULL);
	assert_int_equal(version, 3);
	assert_int_equal(replies[0].result, LOGIN_FAILED);
	assert_string_equal(w.steps, "ra");
}

int __wrap_main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(a_child_of_the_modules_logs_nothing),
		cmocka_unit_test(an_alert_is_told_beside_what_comes),
		cmocka_unit_test(prompts_come_before_the_answer),
		cmocka_unit_test(a_token_is_named_by_what_is_printed_on_it),
		cmocka_unit_test(the_request_becomes_the_attempt),
		cmocka_unit_test(no_attempt_is_longer_than_five_minutes),
		cmocka_unit_test(the_pin_is_for_the_token_that_it_was_asked_for),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(an_earlier_module_is_answered_in_its_own_frames),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(more)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = comes_to,
			.initial_state = (void *)&rows[i] };
	memcpy(tests + i, more, sizeof(more));
	return cmocka_run_group_tests_name("auth main", tests, NULL, NULL);
}
