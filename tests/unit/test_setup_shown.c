/* SPDX-License-Identifier: Apache-2.0 */
/* `setup`: what is shown, and the command to go on with. */
#include "tests/unit/setup-verb-parts.h"

/* ---- what comes next ---- */

static void the_same_line_is_said_again_to_act(void **state)
{
	static char typed[][12] = { "setup", "--dry-run", "--user", "a b",
		"auditor" };
	static char parsed[][16] = { "tokenbridge-aws", "--dry-run", "--yes",
		"setup", "auditor" };
	char *words[6] = { NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(typed); i++)
		words[i] = typed[i];
	app.typed = words;
	app.typed_n = ARRAY_LEN(typed);
	OK(go());
	assert_string_equal(x.next[0], "tokenbridge setup --user 'a b' "
		"auditor");
	app.typed = NULL;
	for (i = 0; i < ARRAY_LEN(parsed); i++)
		words[i] = parsed[i];
	app.words = words;
	app.options.argument_count = 2;
	OK(go());
	assert_string_equal(x.next[0], "tokenbridge setup auditor --yes");
}

static void the_next_command_names_what_was_named(void **state)
{
	static const struct {
		uid_t uid;
		unsigned from;
		const char *registry, *option;
	} cases[] = {
		{ 1000, 0, "my r.db", " --registry 'my r.db'" },
		{ 0, 0, "r.db", "" },
		{ 1000, FROM_USER_FILE, "r.db", "" },
		{ 0, FROM_COMMAND_LINE, "r.db", " --registry r.db" },
		{ 1000, FROM_COMMAND_LINE, "r.db", " --registry r.db" },
		{ 1000, 0, "", "" },
		{ 1000, FROM_COMMAND_LINE, "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		x.uid = cases[i].uid;
		x.registry = cases[i].registry;
		app.options.from[OPTION_REGISTRY] = cases[i].from;
		OK(go());
		assert_string_equal(x.next[1], cases[i].option);
		assert_string_equal(x.next[2], "");
	}
	give(OPTION_PROFILE, "work", FROM_COMMAND_LINE);
	OK(go());
	assert_string_equal(x.next[2], " --profile work");
	give(OPTION_PROFILE, "work", FROM_ENVIRONMENT);
	OK(go());
	assert_string_equal(x.next[2], "");
}

static void have_typed(char *word, size_t n)
{
	static char *words[] = { NULL };

	memset(word, 'a', n);
	word[n] = '\0';
	words[0] = word;
	app.typed = words;
	app.typed_n = 1;
}

/* "tokenbridge WORD" has room for so much, " --profile NAME" for this. */
static void a_command_that_has_no_room_is_not_shown(void **state)
{
	static char quotes[600], name[2100], word[1100];

	(void)state;
	have_typed(word, 1024 - 12);
	OK(go());
	have_typed(word, 1024 - 11);
	FAILS(ERROR_FAILED, go());
	assert_string_equal(shown, "");
	have_typed(word, 5);
	memset(name, 'a', 2048 - 11);
	give(OPTION_PROFILE, name, FROM_COMMAND_LINE);
	OK(go());
	name[2048 - 11] = 'a';
	give(OPTION_PROFILE, name, FROM_COMMAND_LINE);
	FAILS(ERROR_FAILED, go());
	give(OPTION_PROFILE, NULL, 0);
	memset(quotes, '\'', sizeof(quotes) - 1);
	x.registry = quotes;
	FAILS(ERROR_FAILED, go());
	assert_string_equal(err.text, "cannot allocate memory");
	assert_string_equal(shown, "");
}

/* ---- what is shown ---- */

static void have(enum setup_state state, const char *step, const char *text,
	const char *remedy)
{
	struct setup_row *row = &rows[x.rows_n++];

	row->state = state;
	row->step = step;
	strcpy(row->text, text);
	strcpy(row->remedy, remedy);
}

static void rows_are_shown_with_what_ends_them(void **state)
{
	(void)state;
	have(SETUP_ALREADY, "tokens", "one is here", "");
	have(SETUP_DONE, "group", "alice is in it", "log in again");
	have(SETUP_SKIPPED, "aws", "not wanted", "");
	OK(go());
	assert_string_equal(shown,
		"<g:already>  tokens    one is here\n"
		"<g:done   >  group     alice is in it\n"
		"                   -> log in again\n"
		"<d:skipped>  aws       not wanted\n--\n"
		"1 already, 1 done, 0 left\nNext: `the next command`\n");
	x.rows_n = 0;
	have(SETUP_WOULD, "registry", "one is made", "");
	have(SETUP_LEFT, "clock", "it is late", "");
	have(SETUP_DONE, "group", "alice is in it", "");
	have(SETUP_NOTE, "tokens", "none is here", "");
	assert_int_equal(go(), STATUS_INCOMPLETE);
	assert_string_equal(shown, "<b:would  >  registry  one is made\n"
		"<r:left   >  clock     it is late\n"
		"<g:done   >  group     alice is in it\n"
		"<w:note   >  tokens    none is here\n--\n"
		"0 already, 1 would be done, 1 left\n"
		"Next: `the next command`\n");
}

static void who_has_no_key_here_plugs_one_in(void **state)
{
	(void)state;
	x.wants_key = true;
	OK(go());
	assert_string_equal(shown, "--\n0 already, 0 done, 0 left\n"
		"Next: plug a key in, then `the next command`\n");
	x.tokens = 1;
	OK(go());
	assert_non_null(strstr(shown, "Next: `the next command`\n"));
	x.tokens = 0;
	x.wants_key = false;
	OK(go());
	assert_non_null(strstr(shown, "Next: `the next command`\n"));
}

static void programs_get_an_object(void **state)
{
	(void)state;
	app.json = true;
	x.registry = "r.db";
	have(SETUP_DONE, "group", "alice is in it", "log in again");
	OK(go());
	assert_string_equal(shown, "{\"changed\":true,\"complete\":true,"
		"\"role\":null,\"account\":null,\"caller\":null,"
		"\"path\":\"r.db\",\"parts\":[{\"part\":\"group\","
		"\"outcome\":\"done\",\"text\":\"alice is in it\","
		"\"remedy\":\"log in again\",\"command\":null}],"
		"\"next\":\"the next command\"}");
	x.rows_n = 0;
	have(SETUP_LEFT, "clock", "it is late", "");
	assert_int_equal(go(), STATUS_INCOMPLETE);
	assert_memory_equal(shown, "{\"changed\":false,\"complete\":false,",
		34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_line_is_said_again_to_act),
		TEST(the_next_command_names_what_was_named),
		TEST(a_command_that_has_no_room_is_not_shown),
		TEST(rows_are_shown_with_what_ends_them),
		TEST(who_has_no_key_here_plugs_one_in),
		TEST(programs_get_an_object),
	};

	return cmocka_run_group_tests_name("setup shown", tests, NULL, NULL);
}
