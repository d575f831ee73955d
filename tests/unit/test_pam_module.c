/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pam_tokenbridge.so in a host: what is asked of the helper, what the host gets
 * back for each answer, what the person is told and what is logged.
 */
#include "tests/unit/pam-host.h"

#define LETTERS_64 "h234567890123456789012345678901234567890123456789012345678" \
	"901234"
#define NOT_HERE "3 You are not known to be at this machine: at tty7.\n"
#define ASK " your administrator finds why in the log.\n"
#define NOT_NOW "3 Security keys cannot be used here now:" ASK
#define DISTRUSTED "3 The security key was refused:" ASK

static const struct row {
	enum login_result result;
	int code, priority;
	const char *word, *said;
} rows[] = {
	{ LOGIN_GRANTED, PAM_SUCCESS, LOG_NOTICE, "granted", "" },
	{ LOGIN_NO_BINDING, PAM_USER_UNKNOWN, LOG_NOTICE, "no-token-bound",
		"" },
	{ LOGIN_UNKNOWN_USER, PAM_USER_UNKNOWN, LOG_NOTICE, "unknown-user",
		"" },
	{ LOGIN_NOT_LOCAL, PAM_AUTHINFO_UNAVAIL, LOG_NOTICE, "not-local",
		NOT_HERE },
	{ LOGIN_NOT_ROOT, PAM_AUTHINFO_UNAVAIL, LOG_WARNING, "not-root",
		NOT_NOW },
	{ LOGIN_NOT_LISTED, PAM_AUTHINFO_UNAVAIL, LOG_WARNING, "not-listed",
		NOT_NOW },
	{ LOGIN_TOO_OFTEN, PAM_AUTHINFO_UNAVAIL, LOG_WARNING, "too-often",
		"3 The security key was asked for too often. Wait a "
		"minute.\n" },
	{ LOGIN_NO_RECORD, PAM_AUTHINFO_UNAVAIL, LOG_ERR, "no-record", NOT_NOW },
	{ LOGIN_NO_TOKEN, PAM_AUTHINFO_UNAVAIL, LOG_NOTICE, "no-token",
		"3 Your security key is not plugged in.\n" },
	{ LOGIN_BUSY, PAM_AUTHINFO_UNAVAIL, LOG_WARNING, "token-busy",
		"3 Another program is using the security key.\n" },
	{ LOGIN_NOT_TOUCHED, PAM_AUTH_ERR, LOG_NOTICE, "not-touched",
		"3 The security key was not touched in time.\n" },
	{ LOGIN_PIN_WRONG, PAM_AUTH_ERR, LOG_WARNING, "pin-wrong",
		"3 The PIN of the security key is wrong.\n" },
	{ LOGIN_PIN_BLOCKED, PAM_AUTH_ERR, LOG_WARNING, "pin-blocked",
		"3 The security key takes no PIN now. Unplug it, plug it in "
		"again, and try once more.\n" },
	{ LOGIN_PIN_SCARCE, PAM_AUTH_ERR, LOG_WARNING, "pin-scarce",
		"3 Few PIN tries are left; none is spent here. Log in another "
		"way and try the PIN there.\n" },
	{ LOGIN_PIN_DEAD, PAM_AUTH_ERR, LOG_WARNING, "pin-dead",
		"3 No PIN try is left: only a reset, which erases the "
		"security key, makes it usable again.\n" },
	{ LOGIN_PIN_CHANGE, PAM_AUTH_ERR, LOG_WARNING, "pin-change",
		"3 The security key must be given a new PIN first: "
		"`tokenbridge pin change`.\n" },
	{ LOGIN_SILENT, PAM_AUTHINFO_UNAVAIL, LOG_WARNING, "token-silent",
		"3 A security key does not answer. Unplug it and plug it in "
		"again.\n" },
	{ LOGIN_FALSE, PAM_AUTH_ERR, LOG_ALERT, "false-answer", DISTRUSTED },
	{ LOGIN_COUNTER, PAM_AUTH_ERR, LOG_ALERT, "counter-fell", DISTRUSTED },
	{ LOGIN_FAILED, PAM_AUTH_ERR, LOG_ERR, "error", "" },
	/* that nobody asked for a PIN then proves nothing */
	{ LOGIN_READY, PAM_AUTH_ERR, LOG_ERR, "error", "" },
};

/* Of the time since then in the line: no more than went by. */
static void assert_ms_since(int64_t begun)
{
	const char *at = strstr(w.logged, " ms=");
	long long ms;

	assert_non_null(at);
	ms = atoll(at + 4);
	assert_true(ms >= 0 && ms <= deadline_now() - begun);
}

/* Of "nouserok" only that the user is known to have no token. */
static void an_answer_has_one_meaning(void **state)
{
	const struct row *row = *state;
	char line[256];
	int64_t begun;
	int i;

	for (i = 0; i < 2; i++) {
		bool over = i && row->result == LOGIN_NO_BINDING;

		begun = deadline_now();
		world();
		w.replies[0][0] = answer(row->result);
		strcpy(w.replies[0][0].text, "at tty7");
		strcpy(w.replies[0][0].token, "0123abcd");
		strcpy(w.replies[0][0].aaguid, "00ff");
		w.replies[0][0].counter = 7;
		assert_int_equal(log_in(i ? "nouserok" : NULL, NULL),
			over ? PAM_IGNORE : row->code);
		assert_int_equal(w.delay, over || row->code == PAM_SUCCESS ?
			0 : 2000000);
		assert_string_equal(w.said, row->said);
		assert_int_equal(w.priority, row->priority);
		snprintf(line, sizeof(line), "user=alice token=0123abcd "
			"aaguid=00ff service=sudo rhost=- counter=7 result=%s "
			"ms=", row->word);
		assert_int_equal(strncmp(w.logged, line, strlen(line)), 0);
		logged(": at tty7\n");
		assert_ms_since(begun);
		assert_null(strstr(w.logged, "alert"));
		assert_int_equal(w.helpers, 1);
		assert_false(w.asked[0].prove);
	}
}

static void a_line_of_little_is_whole(void **state)
{
	(void)state;
	world();
	w.rhost = "192.0.2.7";
	w.replies[0][0] = answer(LOGIN_NO_TOKEN);
	assert_int_equal(log_in(NULL, NULL), PAM_AUTHINFO_UNAVAIL);
	logged("user=alice token=- aaguid=- service=sudo rhost=192.0.2.7 "
		"counter=0 result=no-token ms=");
	assert_null(strstr(w.logged, ": "));
	assert_string_equal(w.asked[0].remote_host, "192.0.2.7");
}

/* sshd gives PAM whatever name somebody types. */
static void a_name_adds_nothing_to_the_line(void **state)
{
	(void)state;
	world();
	w.user = "alice token=1 result=granted";
	w.service = "sudo rhost=-";
	w.rhost = "h counter=9";
	w.replies[0][0] = answer(LOGIN_UNKNOWN_USER);
	strcpy(w.replies[0][0].alert, "/dev/hidraw3 lies");
	assert_int_equal(log_in(NULL, NULL), PAM_USER_UNKNOWN);
	logged("user=alice?token?1?result?granted service=sudo?rhost?- alert: "
		"/dev/hidraw3 lies\n");
	logged("user=alice?token?1?result?granted token=- aaguid=- "
		"service=sudo?rhost?- rhost=h?counter?9 counter=0 "
		"result=unknown-user ms=");
	assert_string_equal(w.asked[0].user, w.user);
}

static void the_request_says_what_the_line_says(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in("timeout=7", "wait=3"), PAM_SUCCESS);
	assert_true(w.sent[0] && !w.called[0]);
	assert_string_equal(w.asked[0].user, "alice");
	assert_string_equal(w.asked[0].service, "sudo");
	assert_string_equal(w.asked[0].remote_host, "");
	assert_string_equal(w.asked[0].login_db, "");
	assert_string_equal(w.asked[0].token, "");
	assert_int_equal(w.asked[0].flags, 0);
	assert_int_equal(w.asked[0].timeout_ms, 7000);
	assert_int_equal(w.asked[0].wait_ms, 3000);
	assert_string_equal(w.pin[0], "");
	/* the helper's own clock first, then ours */
	assert_in_range(w.patience, 14000, 15000);
	world();
	w.replies[0][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in("remote=allow", "userverification"),
		PAM_SUCCESS);
	assert_int_equal(w.asked[0].flags, LOGIN_REMOTE_ALLOWED |
		LOGIN_VERIFY);
	world();
	w.replies[0][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in("seat=greeter", "login_db=/tmp/x"),
		PAM_SUCCESS);
	assert_int_equal(w.asked[0].flags, LOGIN_SEAT_GREETER);
	assert_string_equal(w.asked[0].login_db, "/tmp/x");
}


/* ---- prompts ---- */

static void prompts_are_given_under_pam_silent_too(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = reply_of(LOGIN_PROMPT_INSERT,
		LOGIN_READY);
	w.replies[0][1] = reply_of(LOGIN_PROMPT_TOUCH,
		LOGIN_READY);
	w.replies[0][2] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in(NULL, NULL), PAM_SUCCESS);
	assert_string_equal(w.said, "4 Plug in the security key of alice.\n"
		"4 Touch the security key to let alice in on host? (sudo).\n");
	w.said[0] = '\0';
	assert_int_equal(log_in("cue_prompt=Now!", NULL), PAM_SUCCESS);
	assert_string_equal(w.said, "4 Plug in the security key of alice.\n"
		"4 Now!\n");
	/* the longest name that Linux has for a machine, and a longer one */
	w.said[0] = '\0';
	w.host = LETTERS_64;
	assert_int_equal(log_in(NULL, NULL), PAM_SUCCESS);
	assert_string_equal(w.said, "4 Plug in the security key of alice.\n"
		"4 Touch the security key to let alice in on " LETTERS_64
		" (sudo).\n");
	w.host = LETTERS_64 "x";
	assert_int_equal(log_in(NULL, NULL), PAM_AUTH_ERR);
}

static void a_prompt_that_reaches_nobody_lets_nobody_in(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		world();
		w.replies[0][0] = reply_of(LOGIN_PROMPT_TOUCH,
			LOGIN_READY);
		w.replies[0][1] = answer(LOGIN_GRANTED);
		w.no_conv = i < 4 ? i : 0;
		w.conv_code = i == 4 ? PAM_CONV_ERR : PAM_SUCCESS;
		assert_int_equal(log_in(NULL, NULL),
			i == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
		logged(i == 0 ? "result=granted" : "result=error");
		if (i > 0)
			logged(": nobody could be told to touch the token");
	}
}

/* ---- the PIN ---- */

static void the_pin_is_for_the_token_that_is_named(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = wants_pin;
	w.replies[1][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in("wait=9", "userverification"), PAM_SUCCESS);
	assert_string_equal(w.said,
		"1 PIN of your security key (YubiKey, serial 1): \n");
	assert_int_equal(w.helpers, 2);
	assert_false(w.asked[0].prove);
	assert_int_equal(w.asked[0].wait_ms, 9000);
	assert_string_equal(w.pin[0], "");
	assert_true(w.asked[1].prove);
	assert_int_equal(w.asked[1].wait_ms, 0);
	assert_int_equal(w.asked[1].flags, LOGIN_VERIFY);
	assert_string_equal(w.asked[1].token, "0123abcd");
	assert_string_equal(w.pin[1], "123456");
	assert_true(w.resp_freed);
	assert_null(strstr(w.logged, "123456"));
}

static void a_second_question_for_the_pin_is_none(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = wants_pin;
	w.replies[1][0] = wants_pin;
	assert_int_equal(log_in(NULL, NULL), PAM_AUTH_ERR);
	logged("result=error");
	assert_int_equal(w.helpers, 2);
	assert_int_equal(w.messages, 1);
}

static void a_pin_that_nobody_takes_is_wiped(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = wants_pin;
	w.second = -ERROR_FAILED;
	assert_int_equal(log_in(NULL, NULL), PAM_AUTH_ERR);
	logged(": no second program\n");
	assert_non_null(w.secret);
}

/* CVE-2021-31924 */
static void what_is_no_pin_is_not_tried(void **state)
{
	static const struct {
		const char *typed;
		int conv, no_conv;
		const char *word, *why;
		const char *said;
	} cases[] = {
		{ NULL, 0, 0, "error", "no PIN was given", "" },
		{ "", 0, 0, "error", "no PIN was given", "" },
		{ "123456", PAM_CONV_ERR, 0, "error", "no PIN was given", "" },
		{ "123456", 0, 1, "error", "no PIN was given", "" },
		{ "12345", 0, 0, "pin-unfit", "no try was spent",
			"3 That can be no PIN of this security key; it was "
			"not tried.\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		world();
		w.answer = cases[i].typed;
		w.conv_code = cases[i].conv;
		w.no_conv = cases[i].no_conv;
		w.replies[0][0] = wants_pin;
		w.replies[1][0] = answer(LOGIN_GRANTED);
		assert_int_equal(log_in("nouserok", NULL), PAM_AUTH_ERR);
		assert_int_equal(w.helpers, 1);
		logged(cases[i].word);
		logged(cases[i].why);
		assert_true(!cases[i].said[0] ||
			strstr(w.said, cases[i].said));
		assert_int_equal(w.resp_freed, cases[i].typed &&
			!cases[i].no_conv);
		assert_int_equal(w.delay, 2000000);
	}
}

/* ---- the helper ---- */

static void the_helper_is_a_child_or_one_of_systemds(void **state)
{
	static const struct {
		uid_t uid;
		bool socket, blind, confined;
		int call;      /* an error of the call */
		bool called;
	} cases[] = {
		{ 0, false, true, true, 0, false },
		{ 0, true, false, false, 0, false },
		{ 0, true, true, false, 0, true },
		{ 0, true, false, true, 0, true },
		{ 0, true, true, true, -ERROR_FAILED, false },
		{ 1000, false, false, false, 0, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		world();
		w.uid = cases[i].uid;
		w.socket = cases[i].socket;
		w.blind = cases[i].blind;
		w.confined = cases[i].confined;
		w.call = cases[i].call;
		w.replies[0][0] = answer(LOGIN_GRANTED);
		assert_int_equal(log_in(NULL, NULL), PAM_SUCCESS);
		assert_int_equal(w.called[0], cases[i].called);
		/* systemd's may stand in a queue */
		assert_in_range(w.patience, cases[i].called ? 44000 : 34000,
			cases[i].called ? 45000 : 35000);
	}
}

static void without_a_helper_nobody_gets_in(void **state)
{
	(void)state;
	world();
	w.uid = 1000;
	w.call = -ERROR_FAILED;
	assert_int_equal(log_in("nouserok", NULL), PAM_AUTHINFO_UNAVAIL);
	logged("result=not-root");
	logged(": nobody listens\n");
	world();
	w.start = -ERROR_FAILED;
	assert_int_equal(log_in("nouserok", NULL), PAM_AUTH_ERR);
	logged("result=error");
	logged(": no such program\n");
}

static void a_helper_that_ends_without_an_answer_lets_nobody_in(void **state)
{
	(void)state;
	world();
	assert_int_equal(log_in("nouserok", NULL), PAM_AUTH_ERR);
	logged("result=error");
	assert_true(w.sent[0]);
}

/* It may have refused before all was read, but not let in. */
static void a_request_that_was_not_read_lets_nobody_in(void **state)
{
	static const struct {
		enum login_result result;
		int code;
		const char *word;
	} cases[] = {
		{ LOGIN_GRANTED, PAM_AUTH_ERR, "result=error" },
		{ LOGIN_READY, PAM_AUTH_ERR, "result=error" },
		{ LOGIN_NOT_LISTED, PAM_AUTHINFO_UNAVAIL, "result=not-listed" },
		{ LOGIN_TOO_OFTEN, PAM_AUTHINFO_UNAVAIL, "result=too-often" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		world();
		w.hangs_up = true;
		w.replies[0][0] = answer(cases[i].result);
		w.replies[0][0].needs_pin = true;
		assert_int_equal(log_in(NULL, NULL), cases[i].code);
		logged(cases[i].word);
		assert_int_equal(w.helpers, 1);
	}
}

static void what_the_helper_alerts_is_logged_whatever_comes(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = answer(LOGIN_GRANTED);
	strcpy(w.replies[0][0].alert, "/dev/hidraw3 lies");
	w.replies[0][0].counter_unsaved = true;
	assert_int_equal(log_in("debug", NULL), PAM_SUCCESS);
	logged("user=alice service=sudo alert: /dev/hidraw3 lies\n");
	logged("first: the helper answers granted\n");
	assert_int_equal(w.priority, LOG_CRIT);
	world();
	w.replies[0][0] = wants_pin;
	w.replies[1][0] = answer(LOGIN_PIN_WRONG);
	strcpy(w.replies[1][0].text, "7 left");
	assert_int_equal(log_in("debug", "cue"), PAM_AUTH_ERR);
	logged("argument 'cue' changes nothing: the touch prompt is always "
		"given\n");
	logged("first: the helper answers pin-wanted\n");
	logged("with PIN: the helper answers pin-wrong: 7 left\n");
}

/* ---- what the host says ---- */

static void a_host_that_says_nonsense_is_refused(void **state)
{
	static char much[300];
	static const struct {
		const char *user, *service, *rhost;
		int user_code, item_code;
		bool nameless;
	} cases[] = {
		{ NULL, "sudo" }, { "", "sudo" }, { much, "sudo" },
		{ "al\nice", "sudo" }, { "alice", much },
		{ "alice", "su\033do" }, { "alice", "sudo", much },
		{ "alice", "sudo", "\xff" },
		{ "alice", "sudo", NULL, PAM_CONV_ERR },
		{ "alice", "sudo", NULL, 0, PAM_SERVICE },
		{ "alice", "sudo", NULL, 0, PAM_RHOST },
		{ "alice", "sudo", NULL, 0, 0, true },
	};
	size_t i;

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		world();
		w.user = cases[i].user;
		w.service = cases[i].service;
		w.rhost = cases[i].rhost;
		w.user_code = cases[i].user_code;
		w.item_code = cases[i].item_code;
		w.nameless = cases[i].nameless;
		w.replies[0][0] = answer(LOGIN_GRANTED);
		assert_int_equal(log_in("nouserok", NULL), PAM_AUTH_ERR);
		assert_string_equal(w.logged, "result=error: user, service or "
			"remote host is missing or senseless\n");
		assert_int_equal(w.priority, LOG_ERR);
		assert_int_equal(w.delay, 2000000);
		assert_int_equal(w.helpers, 0);
	}
	/* as much as there is room for */
	world();
	much[256] = '\0';
	w.user = w.service = w.rhost = much;
	w.replies[0][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in(NULL, NULL), PAM_SUCCESS);
	assert_string_equal(w.asked[0].user, much);
}

static void a_line_that_is_wrong_lets_nobody_in(void **state)
{
	(void)state;
	world();
	w.replies[0][0] = answer(LOGIN_GRANTED);
	assert_int_equal(log_in("nouserok", "alwaysok"), PAM_SERVICE_ERR);
	assert_string_equal(w.logged, "argument 'alwaysok' is refused: it lets "
		"everybody in\n");
	assert_int_equal(w.priority, LOG_ERR);
	assert_int_equal(w.helpers, 0);
}

static void there_is_nothing_to_set(void **state)
{
	(void)state;
	assert_int_equal(pam_sm_setcred(NULL, 0, 0, NULL), PAM_SUCCESS);
}

int main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(a_line_of_little_is_whole),
		cmocka_unit_test(a_name_adds_nothing_to_the_line),
		cmocka_unit_test(the_request_says_what_the_line_says),
		cmocka_unit_test(prompts_are_given_under_pam_silent_too),
		cmocka_unit_test(a_prompt_that_reaches_nobody_lets_nobody_in),
		cmocka_unit_test(the_pin_is_for_the_token_that_is_named),
		cmocka_unit_test(a_second_question_for_the_pin_is_none),
		cmocka_unit_test(a_pin_that_nobody_takes_is_wiped),
		cmocka_unit_test(what_is_no_pin_is_not_tried),
		cmocka_unit_test(the_helper_is_a_child_or_one_of_systemds),
		cmocka_unit_test(without_a_helper_nobody_gets_in),
		cmocka_unit_test(
			a_helper_that_ends_without_an_answer_lets_nobody_in),
		cmocka_unit_test(a_request_that_was_not_read_lets_nobody_in),
		cmocka_unit_test(what_the_helper_alerts_is_logged_whatever_comes),
		cmocka_unit_test(a_host_that_says_nonsense_is_refused),
		cmocka_unit_test(a_line_that_is_wrong_lets_nobody_in),
		cmocka_unit_test(there_is_nothing_to_set),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(more)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].word,
			.test_func = an_answer_has_one_meaning,
			.initial_state = (void *)&rows[i] };
	memcpy(tests + i, more, sizeof(more));
	return cmocka_run_group_tests_name("pam module", tests, NULL, NULL);
}
