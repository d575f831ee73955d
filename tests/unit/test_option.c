/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of options: command line, environment, files, defaults. */
#include "bridge/command/arguments.h"
#include "bridge/settings/option.h"

#include "tests/unit/unit.h"

static struct options o;
static char place[64];

static int set_up(void **state)
{
	static const char *const variables[] = { "TOKENBRIDGE_TOKEN",
		"TOKENBRIDGE_REGISTRY", "TOKENBRIDGE_TOUCH_TIMEOUT",
		"XDG_CONFIG_HOME" };
	size_t i;

	(void)state;
	memset(&o, 0, sizeof(o));
	enter_place(place);
	for (i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", place, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	options_done(&o);
	leave_place(place);
	return 0;
}

/* Words divided by '|' */
static int line(const char *words)
{
	static char text[1024];
	static char *argv[32];
	char *p = text;
	int argc = 0;

	options_done(&o);
	snprintf(text, sizeof(text), "tokenbridge|%s", words);
	while ((argv[argc] = strsep(&p, "|")))
		argc++;
	return options_parse(&o, verbs, argc, argv, &err);
}

static int file(const char *text, enum option_source from)
{
	unsigned char *p = copy_of(text, strlen(text));
	int r = options_parse_file(&o, (char *)p, strlen(text), "FILE", from,
		&err);

	free(p);
	return r;
}

/* ---- the table ---- */

static void every_row_of_the_table_agrees_with_itself(void **state)
{
	const struct option_row *a, *b;
	int i, k;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++) {
		a = &option_rows[i];
		assert_true(a->name || a->setting);
		assert_non_null(a->help);
		assert_true(a->from);
		assert_int_equal(a->name != NULL,
			(a->from & FROM_COMMAND_LINE) != 0);
		assert_int_equal(a->variable != NULL,
			(a->from & FROM_ENVIRONMENT) != 0);
		assert_int_equal(a->setting != NULL,
			(a->from & (FROM_USER_FILE | FROM_SYSTEM_FILE)) != 0);
		if (a->from & FROM_USER_FILE)
			assert_true(a->from & FROM_SYSTEM_FILE);
		assert_true(a->letter != 'd'); /* stands for --token */
		for (k = 0; k < i; k++) {
			b = &option_rows[k];
			if (a->name && b->name)
				assert_string_not_equal(a->name, b->name);
			if (a->setting && b->setting)
				assert_string_not_equal(a->setting,
					b->setting);
			assert_true(!a->letter || a->letter != b->letter);
		}
	}
}

static void trust_anchors_come_from_the_system_s_file_only(void **state)
{
	(void)state;
	assert_int_equal(option_rows[OPTION_TRUST_DIR].from,
		FROM_SYSTEM_FILE);
	assert_int_equal(option_rows[OPTION_ADVISORIES].from,
		FROM_SYSTEM_FILE);
	assert_int_equal(option_rows[OPTION_POLICY].from, FROM_SYSTEM_FILE);
	assert_false(option_rows[OPTION_ENDPOINT_URL].from &
		~(unsigned)FROM_COMMAND_LINE);
	assert_false(option_rows[OPTION_FORCE].from &
		~(unsigned)FROM_COMMAND_LINE);
}

/* ---- command line ---- */

static void options_stand_before_and_behind_the_command(void **state)
{
	(void)state;
	OK(line("--json|verify|--token|123|file|-v|--region=eu-west-1"));
	assert_string_equal(option(&o, OPTION_JSON), "1");
	assert_string_equal(option(&o, OPTION_TOKEN), "123");
	assert_string_equal(option(&o, OPTION_VERBOSE), "1");
	assert_string_equal(option(&o, OPTION_REGION), "eu-west-1");
	assert_int_equal(o.from[OPTION_TOKEN], FROM_COMMAND_LINE);
	assert_int_equal(o.argument_count, 2);
	assert_string_equal(o.arguments[0], "verify");
	assert_string_equal(o.arguments[1], "file");
	assert_null(o.arguments[2]);
	assert_false(option_is_set(&o, OPTION_HELP));
}

static void d_is_another_name_of_t(void **state)
{
	(void)state;
	OK(line("info|-d|123"));
	assert_string_equal(option(&o, OPTION_TOKEN), "123");
	OK(line("info|-d123"));
	assert_string_equal(option(&o, OPTION_TOKEN), "123");
	OK(line("info|-t|/dev/hidraw0"));
	assert_string_equal(option(&o, OPTION_TOKEN), "/dev/hidraw0");
	SAYS(ERROR_USAGE, "twice", line("info|-t|1|-d|2"));
	SAYS(ERROR_USAGE, "needs a value", line("info|-d"));
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	OK(line("enroll|--|--json|-x"));
	assert_false(option_is_set(&o, OPTION_JSON));
	assert_int_equal(o.argument_count, 3);
	assert_string_equal(o.arguments[1], "--json");
	OK(line(""));
	assert_int_equal(o.argument_count, 1);
}

static void usage_errors_name_the_word(void **state)
{
	static const struct {
		const char *words;
		const char *says;
	} rows[] = {
		{ "--nonsense", "'--nonsense'" },
		{ "--nonsense=1", "'--nonsense'" }, /* not the value */
		{ "--prof|x", "'--prof'" }, { "--pin=1234", "'--pin'" },
		{ "-x", "'-x'" }, { "-vx", "'-x'" },
		{ "--token", "'--token' needs a value" },
		{ "-t", "'-t' needs a value" },
		{ "--json=1", "'--json' takes no value" },
		{ "--token|1|--token|2", "--token is given twice" },
		{ "--token=1|-t|1", "--token is given twice" },
		{ "--reg|x", "'--reg'" },
		/* by the verb that is found behind it */
		{ "--jsno|list", "'--jsno'; did you mean --json? `tokenbridge "
			"list --help`" },
		{ "list|--holdr|bob", "'--holdr'; `tokenbridge list --help`" },
		{ "registry|move|--holdr|bob", "did you mean --holder? "
			"`tokenbridge registry move --help`" },
		{ "--holdr|bob", "did you mean --holder? `tokenbridge "
			"--help`" },
		{ "list|--token", "needs a value; `tokenbridge list --help`" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		SAYS(ERROR_USAGE, rows[i].says, line(rows[i].words));
}

static void what_may_be_a_secret_is_not_repeated(void **state)
{
	static const char *const lines[] = { "--pin271828", "--pin-fd271828",
		"--pin=271828", "--json=271828", "--nonsense=271828",
		"--pin-fd|1|--pin-fd|271828", "--new-pin|271828" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		SAYS(ERROR_USAGE, "--help` lists the options",
			line(lines[i]));
		assert_null(strstr(err.text, "271828"));
	}
}

static void the_first_of_several_mistakes_is_told(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "'--one'", line("list|--one|--two|--token"));
	assert_int_equal(o.argument_count, 1);
	assert_string_equal(o.arguments[0], "list");
}

static void letters_stand_for_options(void **state)
{
	(void)state;
	assert_int_equal(options_of_letter('d'), OPTION_TOKEN);
	assert_int_equal(options_of_letter('t'), OPTION_TOKEN);
	assert_int_equal(options_of_letter('V'), OPTION_VERSION);
	assert_int_equal(options_of_letter('v'), OPTION_VERBOSE);
	assert_int_equal(options_of_letter('x'), OPTION_COUNT);
	OK(line("-V"));
	assert_true(option_is_set(&o, OPTION_VERSION));
}

static void a_flag_may_be_given_twice(void **state)
{
	(void)state;
	OK(line("-v|-v|--json|--json"));
	assert_string_equal(option(&o, OPTION_VERBOSE), "1");
}

static void a_setting_without_an_option_is_none_on_the_line(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "--help` lists the options",
		line("--trust-dir|/x"));
	SAYS(ERROR_USAGE, "--help` lists the options",
		line("--trust_dir|/x"));
}

/* ---- files ---- */

static void a_file_is_names_and_values(void **state)
{
	(void)state;
	OK(file("# words\n"
		"\n"
		"  \t \n"
		"registry = /srv/registry.db\n"
		"  token=123  \r\n"
		"region  =  eu-west-1\n"
		"   # more words\n"
		"profile = a = b # c", FROM_USER_FILE));
	assert_string_equal(option(&o, OPTION_REGISTRY), "/srv/registry.db");
	assert_string_equal(option(&o, OPTION_TOKEN), "123");
	assert_string_equal(option(&o, OPTION_REGION), "eu-west-1");
	assert_string_equal(option(&o, OPTION_PROFILE), "a = b # c");
	assert_int_equal(o.from[OPTION_TOKEN], FROM_USER_FILE);
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "nonsense = 1\n", "unknown setting 'nonsense'" },
		{ "Region = x\n", "unknown setting 'Region'" },
		{ "json = 1\n", "unknown setting 'json'" },
		{ "touch-timeout = 1\n", "unknown setting" },
		{ " = 1\n", "name = value" },
		{ "region\n", "name = value" },
		{ "region x\n", "name = value" },
		{ "[section]\n", "name = value" },
		{ "region = a\x01 b\n", "name = value" },
		{ "region = \xff\n", "name = value" },
		{ "region =\n", "'region' is empty" },
		{ "region = \t\n", "'region' is empty" },
		{ "token = 1\ntoken = 1\n", "'token' is set twice" },
		{ "\xef\xbb\xbfregion = x\n", "name = value" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		options_done(&o);
		snprintf(text, sizeof(text), "# 1\nprofile = x\n%s",
			rows[i].text);
		SAYS(ERROR_USAGE, rows[i].says, file(text, FROM_SYSTEM_FILE));
		assert_non_null(strstr(err.text, "'FILE', line "));
		assert_non_null(strstr(err.text, i == 12 ? "line 4" :
							   "line 3"));
	}
	assert_int_equal(options_parse_file(&o, "region = a\0b\n", 13, "FILE",
		FROM_USER_FILE, &err), -ERROR_USAGE);
}

static void tabs_may_align_a_file(void **state)
{
	(void)state;
	OK(file("registry\t=\t/srv/registry.db\n", FROM_USER_FILE));
	assert_string_equal(option(&o, OPTION_REGISTRY), "/srv/registry.db");
}

/* No shell reads a file. */
static void a_home_is_whose_file_it_is(void **state)
{
	(void)state;
	assert_int_equal(setenv("HOME", "/srv/alice", 1), 0);
	OK(file("registry = ~/keys.db\n", FROM_USER_FILE));
	assert_string_equal(option(&o, OPTION_REGISTRY), "/srv/alice/keys.db");
	options_done(&o);
	SAYS(ERROR_USAGE, "'~bob/x' begins with ~, and no home is meant here: write "
		"the whole path",
		file("registry = ~bob/x\n", FROM_USER_FILE));
	SAYS(ERROR_USAGE, "'FILE', line 1: '~/x' begins with ~, and no home is "
		"meant here: write the whole path",
		file("registry = ~/x\n", FROM_SYSTEM_FILE));
	OK(file("region = ~/x\n", FROM_USER_FILE));
}

static void a_security_setting_in_a_user_s_file_is_refused(void **state)
{
	(void)state;
	SAYS(ERROR_USAGE, "/etc/tokenbridge.conf",
		file("trust_dir = /tmp/x\n", FROM_USER_FILE));
	assert_null(option(&o, OPTION_TRUST_DIR));
	OK(file("trust_dir = /srv/trust\n", FROM_SYSTEM_FILE));
	assert_string_equal(option(&o, OPTION_TRUST_DIR), "/srv/trust");
}

static void what_is_set_already_wins_and_is_checked_all_the_same(void **state)
{
	(void)state;
	OK(line("list|--region|eu-west-1"));
	OK(file("region = us-east-1\n", FROM_USER_FILE));
	assert_string_equal(option(&o, OPTION_REGION), "eu-west-1");
	SAYS(ERROR_USAGE, "set twice",
		file("region = a\nregion = b\n", FROM_USER_FILE));
}

/* ---- all of them ---- */

static void write_configs(const char *user, const char *system)
{
	if (access(".config", F_OK) < 0)
		assert_int_equal(mkdir(".config", 0700), 0);
	write_text(".config/tokenbridge.conf", user);
	write_text("system.conf", system);
}

static void line_then_environment_then_user_then_system_then_default(
	void **state)
{
	(void)state;
	write_configs("registry = /user\ntouch_timeout = 11\nprofile = u\n",
		"registry = /system\ntouch_timeout = 12\nprofile = s\n"
		"region = s\ntrust_dir = /t\n");
	setenv("TOKENBRIDGE_REGISTRY", "/environment", 1);
	OK(line("list|--config|system.conf|--touch-timeout|10"));
	OK(options_load(&o, &err));
	assert_string_equal(option(&o, OPTION_TOUCH_TIMEOUT), "10");
	assert_string_equal(option(&o, OPTION_REGISTRY), "/environment");
	assert_int_equal(o.from[OPTION_REGISTRY], FROM_ENVIRONMENT);
	assert_string_equal(option(&o, OPTION_PROFILE), "u");
	assert_int_equal(o.from[OPTION_PROFILE], FROM_USER_FILE);
	assert_string_equal(option(&o, OPTION_REGION), "s");
	assert_int_equal(o.from[OPTION_REGION], FROM_SYSTEM_FILE);
	assert_string_equal(option(&o, OPTION_TRUST_DIR), "/t");
	assert_string_equal(option(&o, OPTION_FORMAT), "text");
	assert_int_equal(o.from[OPTION_FORMAT], 0);
}

static void the_user_s_file_lies_where_xdg_says(void **state)
{
	char dir[128];

	(void)state;
	write_configs("profile = home\n", "");
	snprintf(dir, sizeof(dir), "%s/xdg", place);
	assert_int_equal(mkdir(dir, 0700), 0);
	write_text("xdg/tokenbridge.conf", "profile = xdg\n");
	setenv("XDG_CONFIG_HOME", dir, 1);
	OK(line("list|--config|system.conf"));
	OK(options_load(&o, &err));
	assert_string_equal(option(&o, OPTION_PROFILE), "xdg");
	setenv("XDG_CONFIG_HOME", "xdg", 1); /* relative ones are ignored */
	OK(line("list|--config|system.conf"));
	OK(options_load(&o, &err));
	assert_string_equal(option(&o, OPTION_PROFILE), "home");
	unsetenv("XDG_CONFIG_HOME");
}

static void a_file_that_others_may_write_is_refused(void **state)
{
	(void)state;
	write_configs("profile = x\n", "");
	assert_int_equal(chmod(".config/tokenbridge.conf", 0666), 0);
	OK(line("list|--config|system.conf"));
	SAYS(ERROR_PERMISSION, ": others must not",
		options_load(&o, &err));
	assert_int_equal(chmod(".config/tokenbridge.conf", 0600), 0);
	assert_int_equal(chmod("system.conf", 0620), 0);
	OK(line("list|--config|system.conf"));
	SAYS(ERROR_PERMISSION, ": others must not",
		options_load(&o, &err));
}

static void a_named_file_must_be_there(void **state)
{
	(void)state;
	OK(line("list|--config|none.conf"));
	SAYS(ERROR_FAILED, "none.conf", options_load(&o, &err));
}

static void an_empty_variable_is_as_none(void **state)
{
	(void)state;
	write_configs("token = 5\n", "");
	setenv("TOKENBRIDGE_TOKEN", "", 1);
	OK(line("list|--config|system.conf"));
	OK(options_load(&o, &err));
	assert_string_equal(option(&o, OPTION_TOKEN), "5");
}

static void numbers_are_bounded_and_named(void **state)
{
	uint64_t v;

	(void)state;
	OK(line("list|--touch-timeout|30"));
	OK(option_number(&o, OPTION_TOUCH_TIMEOUT, 30, &v, &err));
	assert_int_equal(v, 30);
	SAYS(ERROR_USAGE, "touch-timeout", option_number(&o,
		OPTION_TOUCH_TIMEOUT, 29, &v, &err));
	OK(line("list|--touch-timeout|-1"));
	SAYS(ERROR_USAGE, ": a number of at most",
		option_number(&o, OPTION_TOUCH_TIMEOUT, 99, &v, &err));
	OK(line("list|--touch-timeout|"));
	SAYS(ERROR_USAGE, ": a number of at most",
		option_number(&o, OPTION_TOUCH_TIMEOUT, 99, &v, &err));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_of_the_table_agrees_with_itself),
		TEST(trust_anchors_come_from_the_system_s_file_only),
		TEST(options_stand_before_and_behind_the_command),
		TEST(d_is_another_name_of_t),
		TEST(two_dashes_end_the_options),
		TEST(usage_errors_name_the_word),
		TEST(what_may_be_a_secret_is_not_repeated),
		TEST(the_first_of_several_mistakes_is_told),
		TEST(letters_stand_for_options),
		TEST(a_flag_may_be_given_twice),
		TEST(a_setting_without_an_option_is_none_on_the_line),
		TEST(a_file_is_names_and_values),
		TEST(errors_name_file_and_line),
		TEST(tabs_may_align_a_file),
		TEST(a_home_is_whose_file_it_is),
		TEST(a_security_setting_in_a_user_s_file_is_refused),
		TEST(what_is_set_already_wins_and_is_checked_all_the_same),
		TEST(line_then_environment_then_user_then_system_then_default),
		TEST(the_user_s_file_lies_where_xdg_says),
		TEST(a_file_that_others_may_write_is_refused),
		TEST(a_named_file_must_be_there),
		TEST(an_empty_variable_is_as_none),
		TEST(numbers_are_bounded_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
