/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a PAM line: what is not understood lets nobody in. */
#include "bridge/login/pam/options.h"

#include "tests/unit/unit.h"

#define ARGS_MAX 8

static struct pam_options o;
static char noted[4096]; /* all notes of the last line */
static int notes;

static void note(const char *text, void *arg)
{
	assert_ptr_equal(arg, &notes);
	assert_true(utf8_is_clean(text, strlen(text)));
	strcat(noted, text);
	strcat(noted, "\n");
	notes++;
}

/* Parses arguments that are divided by '|'. */
static int parse(const char *line)
{
	const char *argv[ARGS_MAX];
	char copy[4096], *at = copy, *word;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	while (*line && (word = strsep(&at, "|")))
		argv[argc++] = word;
	noted[0] = '\0';
	notes = 0;
	return pam_options_parse(argc, argv, &o, note, &notes, &err);
}

static void take(const char *line)
{
	memset(&o, 0xa5, sizeof(o));
	OK(parse(line));
}

/* Refused with these words, and nothing was written. */
static void refuse(const char *line, const char *words)
{
	struct pam_options before;

	memset(&o, 0xa5, sizeof(o));
	memcpy(&before, &o, sizeof(o));
	SAYS(ERROR_USAGE, words, parse(line));
	assert_memory_equal(&o, &before, sizeof(o));
}

static void an_empty_line_has_the_strict_defaults(void **state)
{
	(void)state;
	take("");
	assert_false(o.no_user_ok);
	assert_false(o.remote_allowed);
	assert_false(o.verify);
	assert_false(o.debug);
	assert_int_equal(o.timeout_ms, 30000);
	assert_int_equal(o.wait_ms, 0);
	assert_string_equal(o.login_db, "");
	assert_string_equal(o.prompt, "");
	assert_int_equal(notes, 0);
}

static void a_whole_line_is_understood(void **state)
{
	(void)state;
	take("nouserok|debug|remote=allow|timeout=7|wait=300|"
		"login_db=/srv/login.db|cue_prompt=touch = it");
	assert_true(o.no_user_ok);
	assert_true(o.debug);
	assert_true(o.remote_allowed);
	assert_false(o.verify);
	assert_int_equal(o.timeout_ms, 7000);
	assert_int_equal(o.wait_ms, 300000);
	assert_string_equal(o.login_db, "/srv/login.db");
	assert_string_equal(o.prompt, "touch = it");
	assert_int_equal(notes, 0);
}

static void each_argument_changes_what_it_names_alone(void **state)
{
	(void)state;
	take("nouserok");
	assert_true(o.no_user_ok);
	assert_false(o.remote_allowed || o.verify || o.debug);
	take("debug");
	assert_true(o.debug);
	assert_false(o.remote_allowed || o.verify || o.no_user_ok);
	take("remote=allow");
	assert_true(o.remote_allowed);
	assert_false(o.debug || o.verify || o.no_user_ok);
	take("userverification=1");
	assert_true(o.verify);
	assert_false(o.debug || o.remote_allowed || o.no_user_ok);
	take("wait=1");
	assert_int_equal(o.wait_ms, 1000);
	assert_int_equal(o.timeout_ms, 30000);
	take("timeout=1");
	assert_int_equal(o.wait_ms, 0);
	assert_int_equal(o.timeout_ms, 1000);
}

static void verification_is_on_where_one_argument_says_so(void **state)
{
	static const struct {
		const char *line;
		bool on;
	} rows[] = {
		{ "userverification", true },
		{ "pinverification", true },
		{ "userverification=0", false },
		{ "pinverification=0|userverification=0", false },
		{ "pinverification=1|userverification=0", true },
		{ "pinverification=0|userverification=1", true },
		{ "userverification=1|userverification=0", true },
		{ "userverification|pinverification=0", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		take(rows[i].line);
		assert_int_equal(o.verify, rows[i].on);
		assert_int_equal(notes, 0);
	}
}

static void what_changes_nothing_is_noted_with_a_reason(void **state)
{
	static const char *const rows[][2] = {
		{ "cue", "always given" },
		{ "userpresence", "touch is always demanded" },
		{ "nodetect", "only the user's token" },
		{ "max_devices", "its own limit" },
		{ "origin", "pam-enroll" },
		{ "appid", "pam-enroll" },
		{ "authfile", "login.db alone" },
		{ "expand", "login.db alone" },
		{ "openasuser", "login.db alone" },
	};
	static const struct pam_options none = { .timeout_ms = 30000 };
	char line[128];
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (k = 0; k < 3; k++) {
			snprintf(line, sizeof(line), "%s%s", rows[i][0],
				k == 0 ? "" : k == 1 ? "=0" : "=/a\nb");
			take(line);
			assert_int_equal(notes, 1);
			assert_non_null(strstr(noted, rows[i][1]));
			snprintf(line, sizeof(line), "'%s'", rows[i][0]);
			assert_non_null(strstr(noted, line));
			assert_memory_equal(&o, &none, sizeof(o));
		}
}

static void what_is_unsafe_is_refused_with_a_reason(void **state)
{
	static const char *const rows[][2] = {
		{ "interactive", "wait=SECONDS" },
		{ "prompt", "wait=SECONDS" },
		{ "alwaysok", "lets everybody in" },
		{ "manual", "checks less" },
		{ "sshformat", "login.db alone" },
		{ "conf", "tokenbridge.conf" },
		{ "debug_file", "syslog" },
		{ "authpending_file", "no file is made" },
		{ "require", "no recorded audits" },
	};
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		refuse(rows[i][0], rows[i][1]);
		snprintf(line, sizeof(line), "nouserok|%s=1|debug", rows[i][0]);
		refuse(line, rows[i][1]);
		snprintf(line, sizeof(line), "'%s=1'", rows[i][0]);
		assert_non_null(strstr(err.text, line));
	}
}

static void what_is_unknown_is_refused(void **state)
{
	static const char *const rows[] = { "nouserOK", "nouserok ", "nousero",
		"nouserokk", "use_first_pass", "=", "-", "login-db=/x",
		"cue_promptt=x", "cues", "Debug", "\n", "debug|unknown" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		refuse(rows[i], "unknown");
}

static void an_empty_argument_is_refused(void **state)
{
	const char *argv[] = { "" };

	(void)state;
	SAYS(ERROR_USAGE, "unknown", pam_options_parse(1, argv, &o, note,
		&notes, &err));
}

static void a_flag_with_a_value_is_refused(void **state)
{
	(void)state;
	refuse("nouserok=1", "no value");
	refuse("nouserok=", "no value");
	refuse("debug=0", "no value");
}

static void a_switch_that_is_neither_0_nor_1_is_refused(void **state)
{
	static const char *const values[] = { "", "2", "yes", "01", "1 ", "-1",
		"true" };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(values); i++) {
		snprintf(line, sizeof(line), "userverification=%s", values[i]);
		refuse(line, "0 or 1");
		snprintf(line, sizeof(line), "pinverification=%s", values[i]);
		refuse(line, "0 or 1");
	}
}

static void only_whole_seconds_up_to_300_are_numbers(void **state)
{
	static const char *const values[] = { "", "301", "-1", "+5", " 5", "5 ",
		"5s", "0x10", "1.5", "4294967297", "18446744073709551617",
		"\xd9\xa1" };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(values); i++) {
		snprintf(line, sizeof(line), "timeout=%s", values[i]);
		refuse(line, "number of seconds");
		snprintf(line, sizeof(line), "wait=%s", values[i]);
		refuse(line, "number of seconds");
	}
	refuse("timeout", "number of seconds");
	refuse("wait", "number of seconds");
	take("timeout=300|wait=0");
	assert_int_equal(o.timeout_ms, 300000);
	take("timeout=007");
	assert_int_equal(o.timeout_ms, 7000);
}

static void no_time_at_all_for_the_touch_is_refused(void **state)
{
	(void)state;
	refuse("timeout=0", "nobody can touch");
	refuse("timeout=5|timeout=0", "nobody can touch");
	take("timeout=0|timeout=5");
	assert_int_equal(o.timeout_ms, 5000);
}

static void remote_is_allow_or_deny(void **state)
{
	(void)state;
	take("remote=deny");
	assert_false(o.remote_allowed);
	take("remote=allow|remote=deny");
	assert_false(o.remote_allowed);
	refuse("remote", "remote=allow");
	refuse("remote=", "remote=allow");
	refuse("remote=allowed", "remote=allow");
	refuse("remote=a", "remote=allow");
	refuse("remote=1", "remote=allow");
	refuse("remote=Allow", "remote=allow");
}

static void seat_is_one_or_more_of_three_words(void **state)
{
	(void)state;
	take("nouserok");
	assert_int_equal(o.seats, 0);
	take("seat=greeter");
	assert_int_equal(o.seats, LOGIN_SEAT_GREETER);
	assert_false(o.remote_allowed || o.no_user_ok);
	take("seat=peer");
	assert_int_equal(o.seats, LOGIN_SEAT_PEER);
	take("seat=unlock|seat=greeter|seat=unlock");
	assert_int_equal(o.seats, LOGIN_SEAT_GREETER | LOGIN_SEAT_UNLOCK);
	refuse("seat", "seat=greeter");
	refuse("seat=", "seat=greeter");
	refuse("seat=greeter,peer", "seat=greeter");
	refuse("seat=Greeter", "seat=greeter");
	refuse("seat=allow", "seat=greeter");
	refuse("seat=greeter|seat=x", "argument 'seat=x'");
}

static void login_db_is_an_absolute_path(void **state)
{
	char line[LOGIN_PATH_LEN + 16] = "login_db=/";
	size_t head = strlen(line);

	(void)state;
	refuse("login_db", "absolute path");
	refuse("login_db=", "absolute path");
	refuse("login_db=login.db", "absolute path");
	refuse("login_db=~/login.db", "absolute path");
	refuse("login_db=/a\nb", "not text");
	memset(line + head, 'x', LOGIN_PATH_LEN - 2);
	take(line);
	assert_int_equal(strlen(o.login_db), LOGIN_PATH_LEN - 1);
	line[head + LOGIN_PATH_LEN - 2] = 'x';
	refuse(line, "argument 'login_db=/xxx");
}

static void a_prompt_is_clean_text_that_fits(void **state)
{
	char line[LOGIN_ITEM_LEN + 16] = "cue_prompt=";
	size_t head = strlen(line);

	(void)state;
	refuse("cue_prompt", "empty");
	refuse("cue_prompt=", "empty");
	refuse("cue_prompt=a\x1b[2J", "not text");
	refuse("cue_prompt=\xff", "not text");
	take("cue_prompt=Ber\xc3\xbchren");
	assert_string_equal(o.prompt, "Ber\xc3\xbchren");
	memset(line + head, 'x', LOGIN_ITEM_LEN - 1);
	take(line);
	assert_int_equal(strlen(o.prompt), LOGIN_ITEM_LEN - 1);
	line[head + LOGIN_ITEM_LEN - 1] = 'x';
	refuse(line, "too long");
}

static void one_bad_argument_refuses_the_line_wherever_it_stands(void **state)
{
	(void)state;
	refuse("alwaysok|nouserok|debug", "'alwaysok'");
	refuse("nouserok|alwaysok|debug", "'alwaysok'");
	refuse("nouserok|debug|alwaysok", "'alwaysok'");
	refuse("cue|authfile=/x|nouserok|bogus", "'bogus'");
	assert_int_equal(notes, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_line_has_the_strict_defaults),
		cmocka_unit_test(a_whole_line_is_understood),
		cmocka_unit_test(each_argument_changes_what_it_names_alone),
		cmocka_unit_test(verification_is_on_where_one_argument_says_so),
		cmocka_unit_test(what_changes_nothing_is_noted_with_a_reason),
		cmocka_unit_test(what_is_unsafe_is_refused_with_a_reason),
		cmocka_unit_test(what_is_unknown_is_refused),
		cmocka_unit_test(an_empty_argument_is_refused),
		cmocka_unit_test(a_flag_with_a_value_is_refused),
		cmocka_unit_test(a_switch_that_is_neither_0_nor_1_is_refused),
		cmocka_unit_test(only_whole_seconds_up_to_300_are_numbers),
		cmocka_unit_test(no_time_at_all_for_the_touch_is_refused),
		cmocka_unit_test(remote_is_allow_or_deny),
		cmocka_unit_test(seat_is_one_or_more_of_three_words),
		cmocka_unit_test(login_db_is_an_absolute_path),
		cmocka_unit_test(a_prompt_is_clean_text_that_fits),
		cmocka_unit_test(
			one_bad_argument_refuses_the_line_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
