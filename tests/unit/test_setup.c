/* SPDX-License-Identifier: Apache-2.0 */
/* setup: its words, its questions, the steps that need no AWS, what is next. */
#include "tests/unit/setup-parts.h"

#include "bridge/registry/registry.h"

#include <fcntl.h>
#include <sys/stat.h>

/* ---- words ---- */

static void steps_are_named_by_their_whole_words(void **state)
{
	static const struct {
		const char *list;
		unsigned bits;
	} good[] = {
		{ NULL, 0 },
		{ "", 0 },
		{ "tokens", SETUP_TOKENS },
		{ "aws", SETUP_AWS },
		{ "group,metadata", SETUP_GROUP | SETUP_METADATA },
		{ "registry,registry", SETUP_REGISTRY },
		{ "aws,", SETUP_AWS },
	};
	static const char *const bad[] = { "token", "tokenss", "group,coffee",
		",aws", "aws, group", "clock" };
	unsigned bits;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		bits = 77;
		OK(setup_parse_steps(good[i].list, &bits, &err));
		assert_int_equal(bits, good[i].bits);
	}
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		bits = 77;
		SAYS(ERROR_USAGE, "there are: tokens, group, registry, "
			"metadata, aws", setup_parse_steps(bad[i], &bits,
			&err));
		assert_int_equal(bits, 77);
	}
	SAYS(ERROR_USAGE, "no step 'coffee';", setup_parse_steps(
		"group,coffee,aws", &bits, &err));
}

static void a_row_keeps_its_parts_clean_and_is_counted(void **state)
{
	struct bench b;
	size_t i;

	(void)state;
	open_bench(&b);
	setup_row(&b.s, SETUP_LEFT, "aws", NULL, NULL, "%s", "a\nb");
	setup_row(&b.s, SETUP_LEFT, "aws", "r\nr", "c\033c", "%d of %d", 1, 2);
	setup_row(&b.s, SETUP_DONE, "group", NULL, NULL, "x");
	assert_int_equal(setup_count(&b.result, SETUP_LEFT), 2);
	assert_int_equal(setup_count(&b.result, SETUP_DONE), 1);
	assert_int_equal(setup_count(&b.result, SETUP_NOTE), 0);
	assert_string_equal(b.result.rows[0].remedy, "");
	assert_string_equal(b.result.rows[0].command, "");
	assert_string_equal(b.result.rows[1].text, "1 of 2");
	for (i = 0; i < b.result.n; i++) {
		assert_null(strchr(b.result.rows[i].text, '\n'));
		assert_null(strchr(b.result.rows[i].remedy, '\n'));
		assert_null(strchr(b.result.rows[i].command, '\033'));
	}
	close_bench(&b);
}

/* ---- the two questions ---- */

static void a_role_is_asked_until_there_is_one(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	b.q.asks = true;
	b.q.without = SETUP_REGISTRY;
	b.script.answers[0] = "scp";
	b.script.answers[1] = "observer";
	b.script.answers[2] = "revoker";
	OK(setup_ask(&b.s, &err));
	assert_string_equal(b.result.role, "revoker");
	assert_non_null(strstr(b.script.heard, "What will you do at AWS? "
		"enroller: give people keys. revoker: take them away. auditor: "
		"only look. root-observer: see to root. self: enroll a key of "
		"your own."));
	assert_non_null(strstr(b.script.heard, "'scp' is none of them."));
	assert_non_null(strstr(b.script.heard, "'observer' is none of them."));
	assert_int_equal(b.script.next, 3);
	/* one that is there is not asked for */
	OK(setup_ask(&b.s, &err));
	assert_int_equal(b.script.next, 3);
	b.result.role[0] = '\0';
	SAYS(ERROR_INTERRUPTED, "nobody answers", setup_ask(&b.s, &err));
	close_bench(&b);
}

static void a_role_is_a_whole_word_that_a_person_has(void **state)
{
	static const char *const good[] = { "auditor", "enroller", "revoker",
		"root-observer", "self" };
	static const char *const bad[] = { "scp", "root", "observer", "elf",
		"sel", "auditor enroller", "king", " ", "Self" };
	struct bench b;
	size_t i;

	(void)state;
	open_bench(&b);
	b.q.without = SETUP_REGISTRY;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		strcpy(b.result.role, good[i]);
		OK(setup_ask(&b.s, &err));
	}
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		strcpy(b.result.role, bad[i]);
		SAYS(ERROR_USAGE, "there is no role", setup_ask(&b.s, &err));
		/* named, it is judged though AWS is left out */
		b.q.without |= SETUP_AWS;
		SAYS(ERROR_USAGE, "there is no role", setup_ask(&b.s,
			&err));
		b.q.without = SETUP_REGISTRY;
	}
	close_bench(&b);
}

static void a_registry_is_a_whole_path(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	b.q.asks = true;
	b.q.without = SETUP_AWS;
	b.script.answers[0] = "keys/registry.db";
	b.script.answers[1] = "/keys/registry.db";
	SAYS(ERROR_USAGE, "'keys/registry.db' is no whole path: it begins with "
		"a slash",
		setup_ask(&b.s, &err));
	b.result.registry[0] = '\0';
	OK(setup_ask(&b.s, &err));
	assert_string_equal(b.result.registry, "/keys/registry.db");
	OK(setup_ask(&b.s, &err));
	assert_int_equal(b.script.next, 2);
	b.result.registry[0] = '\0';
	SAYS(ERROR_INTERRUPTED, "nobody answers", setup_ask(&b.s, &err));
	close_bench(&b);
}

static void where_nobody_can_be_asked_a_look_goes_on_and_a_run_does_not(
	void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	SAYS(ERROR_USAGE, "--without aws", setup_ask(&b.s, &err));
	b.q.without = SETUP_AWS;
	SAYS(ERROR_USAGE, "--registry PATH", setup_ask(&b.s, &err));
	b.q.without = SETUP_AWS | SETUP_REGISTRY;
	OK(setup_ask(&b.s, &err));
	b.q.without = 0;
	b.q.only_look = true;
	OK(setup_ask(&b.s, &err));
	assert_string_equal(b.result.role, "");
	assert_string_equal(b.result.registry, "");
	assert_string_equal(b.script.heard, "");
	/* whoever only looks, and can be asked, is */
	b.q.asks = true;
	b.script.answers[0] = "self";
	b.script.answers[1] = "/r.db";
	OK(setup_ask(&b.s, &err));
	assert_string_equal(b.result.role, "self");
	assert_string_equal(b.result.registry, "/r.db");
	close_bench(&b);
}

/* ---- the registry, by a whole run of nothing else ---- */

#define ALL_BUT_REGISTRY                                                       \
	(SETUP_TOKENS | SETUP_GROUP | SETUP_METADATA | SETUP_AWS)

static int run_setup(struct bench *b)
{
	setup_result_done(&b->result);
	b->script.heard[0] = '\0';
	return setup(&b->run, &b->q, &b->result, &err);
}

/* What the one row of the registry says; the four others are left out. */
static void registry_row(struct bench *b, enum setup_state want,
	const char *words)
{
	size_t i, found = 0;

	OK(run_setup(b));
	assert_int_equal(b->result.n, 5);
	for (i = 0; i < b->result.n; i++) {
		const struct setup_row *row = &b->result.rows[i];

		if (strcmp(row->step, "registry") != 0) {
			assert_int_equal(row->state, SETUP_SKIPPED);
			continue;
		}
		found++;
		assert_string_equal(setup_state_name(row->state),
			setup_state_name(want));
		if (!strstr(row->text, words))
			fail_msg("'%s' does not say '%s'", row->text, words);
	}
	assert_int_equal(found, 1);
}

static void a_registry_is_made_once_and_only_when_it_is_wanted(void **state)
{
	struct bench b;
	char path[128];

	(void)state;
	open_bench(&b);
	snprintf(path, sizeof(path), "%s/registry.db", b.place);
	b.q.without = ALL_BUT_REGISTRY;
	b.q.registry = path;
	SAYS(ERROR_USAGE, "?': say --yes, or --without registry",
		run_setup(&b));
	b.q.only_look = true;
	registry_row(&b, SETUP_WOULD, "make the registry");
	assert_int_not_equal(access(path, F_OK), 0);
	b.q.only_look = false;
	b.q.asks = true;
	registry_row(&b, SETUP_SKIPPED, "not wanted now: make the registry");
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(strncmp(b.script.heard, "? Make the registry '", 21),
		0);
	assert_non_null(strstr(b.script.heard, " alone may write? [y/N] "));
	b.script.yes = true;
	registry_row(&b, SETUP_DONE, "made the registry '");
	assert_int_equal(access(path, F_OK), 0);
	registry_row(&b, SETUP_ALREADY, "is there, of station ");
	assert_string_equal(b.script.heard, "");
	/* --yes asks nobody */
	b.q.yes = true;
	assert_int_equal(unlink(path), 0);
	registry_row(&b, SETUP_DONE, "made the registry '");
	assert_string_equal(b.script.heard, "");
	close_bench(&b);
}

static void the_mark_of_a_rehearsal_comes_with_the_registry_alone(void **state)
{
	struct bench b;
	char path[128];

	(void)state;
	open_bench(&b);
	snprintf(path, sizeof(path), "%s/registry.db", b.place);
	b.q.without = ALL_BUT_REGISTRY;
	b.q.registry = path;
	b.q.yes = true;
	registry_row(&b, SETUP_DONE, "made the registry '");
	b.q.rehearsal = true;
	registry_row(&b, SETUP_LEFT, "not marked for rehearsal");
	assert_int_equal(unlink(path), 0);
	registry_row(&b, SETUP_DONE, "made the rehearsal registry '");
	registry_row(&b, SETUP_ALREADY, ", for rehearsal");
	b.q.rehearsal = false;
	registry_row(&b, SETUP_ALREADY, ", for rehearsal");
	close_bench(&b);
}

static void what_is_no_registry_is_left_with_its_reason(void **state)
{
	struct bench b;
	char path[128];

	(void)state;
	open_bench(&b);
	snprintf(path, sizeof(path), "%s/registry.db", b.place);
	write_text(path, "no database at all, but a text of some length\n");
	b.q.without = ALL_BUT_REGISTRY;
	b.q.registry = path;
	b.q.yes = true;
	registry_row(&b, SETUP_LEFT, "file is not a database");
	/* no folder can be made below a file */
	strcat(path, "/registry.db");
	registry_row(&b, SETUP_LEFT, "Not a directory");
	/* what cannot be made is left, and the run goes on */
	assert_int_equal(setup_count(&b.result, SETUP_LEFT), 1);
	assert_int_equal(setup_count(&b.result, SETUP_SKIPPED), 4);
	close_bench(&b);
}

/* ---- metadata ---- */

static void metadata_that_is_not_there_is_got_where_it_may_be_written(
	void **state)
{
	struct bench b;
	char dir[128];
	bool todo = false;

	(void)state;
	open_bench(&b);
	snprintf(dir, sizeof(dir), "%s/trust", b.place);
	b.q.metadata.dir = dir;
	OK(setup_look_metadata(&b.s, &todo, &err));
	assert_true(todo);
	assert_string_equal(b.s.question,
		"get FIDO's metadata from /absent.jwt");
	assert_int_equal(b.result.n, 0);
	if (geteuid() != 0) {
		b.q.metadata.dir = "/absent/trust";
		todo = false;
		OK(setup_look_metadata(&b.s, &todo, &err));
		assert_false(todo);
		ROW(&b, SETUP_LEFT, "metadata", "there is no metadata of FIDO");
		assert_string_equal(last(&b)->command,
			"sudo tokenbridge trust update");
	}
	close_bench(&b);
}

/* ---- programs of the system ---- */

static void a_program_runs_with_nothing_of_ours_and_its_end_counts(
	void **state)
{
	static const char *const good[] = { "/bin/true", NULL };
	static const char *const bad[] = { "/bin/sh", "-c", "exit 3", NULL };
	static const char *const killed[] = { "/bin/sh", "-c", "kill -9 $$",
		NULL };
	static const char *const absent[] = { "/absent/program", NULL };
	static const char *const alone[] = { "/bin/sh", "-c",
		"test -z \"$SECRET\" && test \"${PATH%%:*}\" = /usr/sbin && "
		"! read word && test ! -e /proc/self/fd/77", NULL };

	(void)state;
	OK(setup_execute(good, &err));
	SAYS(ERROR_FAILED, "'/bin/sh' ended with exit status 3",
		setup_execute(bad, &err));
	SAYS(ERROR_FAILED, "'/bin/sh' ended with signal 9",
		setup_execute(killed, &err));
	SAYS(ERROR_FAILED, "cannot run '/absent/program': No such file",
		setup_execute(absent, &err));
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	assert_int_equal(dup2(0, 77), 77);
	OK(setup_execute(alone, &err));
	assert_int_equal(close(77), 0);
}

static void what_a_program_says_never_goes_into_our_output(void **state)
{
	static const char *const both[] = { "/bin/sh", "-c",
		"echo one; echo two >&2", NULL };
	int kept[2] = { dup(1), dup(2) }, files[2];
	struct bench b;

	(void)state;
	open_bench(&b);
	files[0] = open("out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	files[1] = open("err", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	fflush(NULL);
	dup2(files[0], 1);
	dup2(files[1], 2);
	OK(setup_execute(both, &err));
	dup2(kept[0], 1);
	dup2(kept[1], 2);
	close(kept[0]);
	close(kept[1]);
	close(files[0]);
	close(files[1]);
	assert_file_is("out", "");
	assert_file_is("err", "one\ntwo\n");
	close_bench(&b);
}

/* ---- what is next ---- */

static const char *next_of(struct bench *b)
{
	static char command[SETUP_COMMAND_LEN];

	setup_next(&b->result, "AGAIN", " --registry R", " --profile P",
		command);
	return command;
}

static void next_is_what_ends_the_first_row_that_is_left(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b);
	unsetenv("SUDO_UID");
	unsetenv("DOAS_USER");
	unsetenv("PKEXEC_UID");
	strcpy(b.result.role, "enroller");
	assert_true(setup_wants_key(&b.result));
	setup_row(&b.s, SETUP_NOTE, "aws", NULL, "NOTED", "x");
	setup_row(&b.s, SETUP_SKIPPED, "group", NULL, "SKIPPED", "x");
	assert_string_equal(next_of(&b),
		"tokenbridge verify --record --registry R");
	setup_row(&b.s, SETUP_LEFT, "metadata", NULL, NULL, "x");
	assert_string_equal(next_of(&b), "AGAIN");
	assert_false(setup_wants_key(&b.result));
	setup_row(&b.s, SETUP_LEFT, "aws", NULL, "SECOND", "x");
	assert_string_equal(next_of(&b), "AGAIN");
	b.result.rows[2].state = SETUP_DONE;
	assert_string_equal(next_of(&b), "SECOND");
	if (geteuid() == 0) {
		/* who went through sudo goes on so */
		assert_int_equal(setenv("SUDO_UID", "65534", 1), 0);
		assert_string_equal(next_of(&b), "SECOND");
		b.result.rows[3].command[0] = '\0';
		assert_string_equal(next_of(&b), "sudo AGAIN");
		b.result.rows[3].state = SETUP_DONE;
		assert_string_equal(next_of(&b), "sudo tokenbridge verify "
			"--record --registry R");
		/* a name that leads to nobody is none */
		assert_int_equal(setenv("SUDO_UID", "4294967294", 1), 0);
		assert_string_equal(next_of(&b), "tokenbridge verify "
			"--record --registry R");
		unsetenv("SUDO_UID");
	}
	close_bench(&b);
}

static void a_role_begins_with_its_own_command(void **state)
{
	static const struct {
		const char *role, *command;
		bool key;
	} want[] = {
		{ "auditor", "tokenbridge audit --registry R --profile P",
			false },
		{ "enroller", "tokenbridge verify --record --registry R", true },
		{ "revoker", "tokenbridge registry show --registry R", false },
		{ "root-observer", "tokenbridge root --check --registry R "
			"--profile P", false },
		{ "self", "tokenbridge verify --registry R", true },
		{ "", "tokenbridge verify --registry R", true },
	};
	struct bench b;
	size_t i;

	(void)state;
	open_bench(&b);
	for (i = 0; i < ARRAY_LEN(want); i++) {
		strcpy(b.result.role, want[i].role);
		assert_string_equal(next_of(&b), want[i].command);
		assert_int_equal(setup_wants_key(&b.result), want[i].key);
	}
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_named_by_their_whole_words),
		cmocka_unit_test(a_row_keeps_its_parts_clean_and_is_counted),
		cmocka_unit_test(a_role_is_asked_until_there_is_one),
		cmocka_unit_test(a_role_is_a_whole_word_that_a_person_has),
		cmocka_unit_test(a_registry_is_a_whole_path),
		cmocka_unit_test(
			where_nobody_can_be_asked_a_look_goes_on_and_a_run_does_not),
		cmocka_unit_test(
			a_registry_is_made_once_and_only_when_it_is_wanted),
		cmocka_unit_test(
			the_mark_of_a_rehearsal_comes_with_the_registry_alone),
		cmocka_unit_test(what_is_no_registry_is_left_with_its_reason),
		cmocka_unit_test(
			metadata_that_is_not_there_is_got_where_it_may_be_written),
		cmocka_unit_test(
			a_program_runs_with_nothing_of_ours_and_its_end_counts),
		cmocka_unit_test(
			what_a_program_says_never_goes_into_our_output),
		cmocka_unit_test(next_is_what_ends_the_first_row_that_is_left),
		cmocka_unit_test(a_role_begins_with_its_own_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
