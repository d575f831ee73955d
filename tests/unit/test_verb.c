/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of verbs, and what is typed held against them. */
#include "base/paths.h"
#include "bridge/audit/rules/rules.h"
#include "bridge/command/arguments.h"
#include "bridge/command/find.h"
#include "bridge/command/help.h"
#include "bridge/command/verb.h"
#include "bridge/event/words.h"
#include "bridge/enroll/enrollment.h"
#include "bridge/verify/moment.h"
#include "bridge/verify/policy-words.h"

#include "tests/unit/unit.h"

/* ---- the table ---- */

static const char *title(const struct verb *v)
{
	static char text[VERB_TITLE_LEN];

	verb_title(v, text);
	return text;
}

static int arguments_of(const struct verb *v)
{
	int n = 0;

	while (v->arguments[n].name)
		n++;
	return n;
}

static int options_of(const struct verb *v)
{
	int n = 0;

	while (v->options[n])
		n++;
	return n;
}

static void every_row_has_a_name_a_summary_and_a_help_with_examples(
	void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		const struct verb *v = verbs[i];

		assert_non_null(v->command);
		assert_true(v->summary && v->summary[0]);
		assert_null(strchr(v->summary, '\n'));
		assert_true(v->summary[strlen(v->summary) - 1] != '.');
		if (!v->help || strlen(v->help) < 20)
			fail_msg("%s has no help", title(v));
		if (!v->example || !strstr(v->example, "tokenbridge "))
			fail_msg("%s has no example", title(v));
		if (!verb_is_head(v) && !strstr(v->example, title(v)))
			fail_msg("the examples of %s are not its own",
				title(v));
		for (k = 0; k < i; k++)
			assert_false(strcmp(v->command, verbs[k]->command) ==
				0 && (v->name ? verbs[k]->name && strcmp(v->name,
				verbs[k]->name) == 0 : !verbs[k]->name));
	}
	print_message("%zu rows\n", i);
}

static void every_argument_is_told_of_in_the_help_of_its_row(void **state)
{
	size_t i;
	int k;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		const struct verb *v = verbs[i];

		assert_true(v->min_arguments <= arguments_of(v));
		for (k = 0; k < arguments_of(v); k++)
			if (!strstr(v->help, v->arguments[k].name))
				fail_msg("the help of %s says nothing of %s",
					title(v), v->arguments[k].name);
	}
}

static void a_head_stands_before_its_verbs_and_takes_nothing(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		const struct verb *v = verbs[i];

		if (v->name) {
			assert_true(i > 0);
			assert_string_equal(verbs[i - 1]->command, v->command);
			assert_int_equal(verbs[i - 1]->group, v->group);
			assert_non_null(v->run);
		} else if (verb_is_head(v)) {
			assert_int_equal(options_of(v), 0);
			assert_int_equal(arguments_of(v), 0);
			assert_true(verbs[i + 1] && verbs[i + 1]->name);
		}
	}
}

static void the_options_of_a_row_are_of_some_verbs_and_there_once(void **state)
{
	size_t i;
	int k, m;

	(void)state;
	for (i = 0; verbs[i]; i++)
		for (k = 0; k < options_of(verbs[i]); k++) {
			enum option_id id = verbs[i]->options[k];

			assert_non_null(option_rows[id].name);
			assert_int_not_equal(option_rows[id].scope,
				OPTION_EVERYWHERE);
			for (m = 0; m < k; m++)
				if (verbs[i]->options[m] == id)
					fail_msg("%s has --%s twice",
						title(verbs[i]),
						option_rows[id].name);
		}
}

static void every_option_of_the_line_means_something_somewhere(void **state)
{
	size_t i;
	int id;

	(void)state;
	for (id = 0; id < OPTION_COUNT; id++) {
		bool used = option_rows[id].scope == OPTION_EVERYWHERE;

		for (i = 0; verbs[i]; i++)
			used |= !verb_is_head(verbs[i]) &&
				verb_has_option(verbs[i], (enum option_id)id);
		if (option_rows[id].name && !used)
			fail_msg("nobody has --%s", option_rows[id].name);
	}
}

static void a_stray_option_is_one_of_the_row_and_takes_a_value(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		if (!verbs[i]->stray)
			continue;
		assert_true(verb_has_option(verbs[i], verbs[i]->stray));
		assert_non_null(option_rows[verbs[i]->stray].argument);
	}
}

/* ---- all pairs ---- */

/* Beside what it goes with. */
static int check_pair(const struct verb *v, enum option_id id)
{
	struct options o = { .argument_count = 0 };
	const struct combination *c;
	size_t i;
	int r;

	OK(option_set(&o, id, "1", FROM_COMMAND_LINE, &err));
	for (c = v->combinations; c->key; c++)
		for (i = 0; c->how == GOES_WITH && c->others[i]; i++)
			if (c->others[i] == id)
				OK(option_set(&o, c->key, "1",
					FROM_COMMAND_LINE, &err));
	memset(&err, 0, sizeof(err));
	r = verb_check_options(v, &o, &err);
	options_done(&o);
	return r;
}

static void combinations_are_of_options_that_the_row_has(void **state)
{
	const struct combination *c;
	size_t i, k, n = 0;

	(void)state;
	for (i = 0; verbs[i]; i++)
		for (c = verbs[i]->combinations; c->key; c++) {
			assert_true(verb_has_option(verbs[i], c->key));
			assert_true(c->others[0]);
			for (k = 0; c->others[k]; k++, n++) {
				assert_true(verb_has_option(verbs[i],
					c->others[k]));
				assert_int_not_equal(c->others[k], c->key);
			}
		}
	print_message("%zu pairs of options that need or exclude each other\n",
		n);
}

/* Options divided by blanks, as if typed behind a verb. */
static int check_line(const char *command, const char *name, const char *ids)
{
	struct options o = { .argument_count = 0 };
	int i, r;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].name && value_has_word(ids,
				option_rows[i].name))
			OK(option_set(&o, (enum option_id)i, "1",
				FROM_COMMAND_LINE, &err));
	memset(&err, 0, sizeof(err));
	r = verb_check_options(verb_row(verbs, command, name), &o, &err);
	options_done(&o);
	return r;
}

static void an_option_that_means_nothing_beside_another_is_refused(
	void **state)
{
	static const struct {
		const char *command, *name, *ids, *says;
	} rows[] = {
		{ "verify", NULL, "from token", "--token does not go with "
			"--from; `tokenbridge verify --help`" },
		{ "verify", NULL, "from record", "--record does not go" },
		{ "verify", NULL, "sha256", "--sha256 goes with --from" },
		{ "verify", NULL, "label", "--label goes with --record" },
		{ "policy", "check", "at", "--at goes with --from" },
		{ "policy", "check", "from readers", "--readers does not go "
			"with --from; `tokenbridge policy check --help`" },
		{ "info", NULL, "pin-fd", "--pin-fd goes with --credentials" },
		{ "registry", "log", "head", "--head goes with --verify" },
		{ "revoke", NULL, "local last reason", "--last does not go "
			"with --local" },
		{ "revoke", NULL, "local profile", "--profile does not go" },
		{ "revoke", NULL, "all leaver", "--leaver does not go with "
			"--all" },
		{ "revoke", NULL, "yes", "--yes goes with --orphans" },
		{ "revoke", NULL, "last", "--last goes with --reason" },
		{ "audit", NULL, "generated", "--generated goes with "
			"--report" },
		{ "audit", NULL, "report region", "--region does not go with "
			"--report" },
		{ "enroll", NULL, "holder place", "--place does not go with "
			"--holder" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		SAYS(ERROR_USAGE, rows[i].says, check_line(rows[i].command,
			rows[i].name, rows[i].ids));
	OK(check_line("verify", NULL, "from at sha256 json"));
	OK(check_line("verify", NULL, "record label token"));
	OK(check_line("registry", "log", "verify head"));
	OK(check_line("revoke", NULL, "local login-db reason"));
	OK(check_line("audit", NULL, "report generated account"));
}

static bool listed(const struct verb *v, enum option_id id)
{
	int k;

	for (k = 0; k < options_of(v); k++)
		if (v->options[k] == id)
			return true;
	return id == OPTION_HELP || id == OPTION_VERSION ||
		id == OPTION_VERBOSE || id == OPTION_CONFIG;
}

/* A refusal names verb, option, and where to read on. */
static void assert_refusal(const struct verb *v, enum option_id id)
{
	char words[160];

	snprintf(words, sizeof(words), "%s has no option --%s; `tokenbridge "
		"%s --help`", title(v), option_rows[id].name, title(v));
	if (err.code != ERROR_USAGE || strncmp(err.text, words,
			strlen(words)) != 0)
		fail_msg("'%s' is not '%s'", err.text, words);
}

static void every_pair_of_verb_and_option_is_taken_or_refused(void **state)
{
	unsigned taken = 0, refused = 0;
	size_t i;
	int id;

	(void)state;
	for (i = 0; verbs[i]; i++)
		for (id = 0; !verb_is_head(verbs[i]) && id < OPTION_COUNT;
			id++) {
			enum option_id o = (enum option_id)id;

			if (!option_rows[id].name)
				continue;
			if (check_pair(verbs[i], o) == 0) {
				assert_true(listed(verbs[i], o));
				taken++;
			} else {
				assert_false(listed(verbs[i], o));
				assert_refusal(verbs[i], o);
				refused++;
			}
		}
	print_message("%u pairs: %u taken, %u refused\n", taken + refused,
		taken, refused);
	assert_true(refused > taken);
}

/* What an environment or a file sets is for whoever can use it. */
static void a_setting_that_a_verb_does_not_have_is_no_error(void **state)
{
	struct options o = { .argument_count = 0 };

	(void)state;
	OK(option_set(&o, OPTION_TOKEN, "1", FROM_ENVIRONMENT, &err));
	OK(verb_check_options(verb_row(verbs, "audit", NULL), &o, &err));
	options_done(&o);
}

/* ---- help ---- */

static char *help_of(const struct verb *v)
{
	static char *text; /* the stream knows where both are */
	static size_t n;
	FILE *before = stdout;

	fflush(stdout);
	stdout = open_memstream(&text, &n);
	assert_non_null(stdout);
	help_print(verbs, v);
	fclose(stdout);
	stdout = before;
	return text;
}

/* As it is in a build with the usual prefix. */
static size_t width_of(const char *line, size_t n)
{
	const char *path = memmem(line, n, PATH_LIBEXEC,
		strlen(PATH_LIBEXEC));

	return path ? n - strlen(PATH_LIBEXEC) +
			strlen("/usr/libexec/tokenbridge") : n;
}

static size_t check_size(const char *text, const char *whose)
{
	size_t lines = 0;
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		lines++;
		if (width_of(text, (size_t)(end - text)) > HELP_COLUMNS)
			fail_msg("the help of %s is too wide: %.*s", whose,
				(int)(end - text), text);
	}
	assert_string_equal(text, "");
	if (lines > HELP_LINES)
		fail_msg("the help of %s has %zu lines", whose, lines);
	return lines;
}

static void no_help_is_longer_or_wider_than_a_terminal(void **state)
{
	size_t i, n, longest = 0;
	const char *whose = "";
	char *text;

	(void)state;
	for (i = 0; i == 0 || verbs[i - 1]; i++) {
		text = help_of(verbs[i]);
		n = check_size(text, verbs[i] ? title(verbs[i]) : "all");
		if (n > longest) {
			longest = n;
			whose = verbs[i] ? verbs[i]->command : "all";
		}
		free(text);
	}
	print_message("the longest help, of %s, has %zu lines\n", whose,
		longest);
}

static bool has_line(const char *text, const char *name)
{
	char word[64];
	const char *p;
	size_t n;

	n = (size_t)snprintf(word, sizeof(word), "--%s", name);
	for (p = text; (p = strstr(p, word)); p += n)
		if (p[n] == ' ' || p[n] == '\n')
			return true;
	return false;
}

/* What stands behind "Options:" and "Also:", without the examples. */
static const char *part_of_options(char *text, const struct verb *v)
{
	char *options = strstr(text, "\nOptions:\n");

	if (!options)
		options = strstr(text, "\nAlso:");
	if (options && strstr(options, v->example))
		*strstr(options, v->example) = '\0';
	return options;
}

static void the_help_of_a_row_names_its_options_and_no_others(void **state)
{
	size_t i;
	int id;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		char *text = help_of(verbs[i]);
		const char *options = part_of_options(text, verbs[i]);

		assert_true(options || verb_is_head(verbs[i]));
		for (id = 0; options && id < OPTION_COUNT; id++) {
			const struct option_row *o = &option_rows[id];

			if (o->name && o->scope != OPTION_EVERYWHERE &&
				listed(verbs[i], (enum option_id)id) !=
				has_line(options, o->name))
				fail_msg("the help of %s and --%s",
					title(verbs[i]), o->name);
		}
		free(text);
	}
}

static void help_of_all_names_every_command_and_of_one_its_verbs(void **state)
{
	char *all = help_of(NULL), *one;
	char line[40];
	size_t i;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		snprintf(line, sizeof(line), verbs[i]->group == GROUP_HELP ?
			"| %s" : " %s ", verbs[i]->command);
		assert_non_null(strstr(all, line));
		if (!verbs[i]->name)
			continue;
		one = help_of(verb_row(verbs, verbs[i]->command, NULL));
		snprintf(line, sizeof(line), "\n  %s ", verbs[i]->name);
		assert_non_null(strstr(one, line));
		assert_non_null(strstr(one, verbs[i]->summary));
		free(one);
	}
	free(all);
}

/* ---- names ---- */

static const struct verb *row;
static int used;

/* Words divided by blanks */
static int find(const char *text)
{
	static char copy[256];
	static char *words[16];
	char *p = copy;
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((words[n] = strsep(&p, " ")))
		n++;
	row = NULL;
	return verb_find(verbs, words, &row, &used, &err);
}

static void a_row_is_found_by_its_words(void **state)
{
	(void)state;
	OK(find("list"));
	assert_string_equal(title(row), "list");
	assert_int_equal(used, 1);
	OK(find("enroll alice"));
	assert_int_equal(used, 1);
	OK(find("registry move blue-7"));
	assert_string_equal(title(row), "registry move");
	assert_int_equal(used, 2);
	OK(find("registry"));
	assert_true(verb_is_head(row));
	SAYS(ERROR_USAGE, "registry needs a verb: init, show",
		verb_missing(verbs, row, &err));
}

static void an_unknown_word_gets_the_nearest_one(void **state)
{
	static const struct {
		const char *words, *says;
	} rows[] = {
		{ "lst", "unknown command 'lst'; did you mean 'list'?" },
		{ "regsitry show", "did you mean 'registry'?" },
		{ "reg", "did you mean 'registry'?" },
		/* its command was left out; which of them, is not guessed */
		{ "move blue-7", "unknown command 'move'; did you mean "
			"'registry move'?" },
		{ "show", "unknown command 'show'; `tokenbridge --help`" },
		{ "fly", "unknown command 'fly'; `tokenbridge --help`" },
		{ "registry mvoe", "unknown verb 'mvoe' of registry; did you "
			"mean 'move'?" },
		{ "registry destroy", "which has: init, show, log" },
		{ "trust updaet", "did you mean 'update'?" },
		{ "pin st", "did you mean 'set'?" },
		{ "doctor alice", "which has: all, login, tokens" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		SAYS(ERROR_USAGE, rows[i].says, find(rows[i].words));
}

static void what_may_be_a_pin_is_not_repeated(void **state)
{
	static const char *const lines[] = { "pin 271828", "pin hunter",
		"pin set 271828", "pin change hunter", "271828",
		"registry hunter=271828" };
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		char *words[] = { (char *)strrchr(lines[i], ' '), NULL };

		memset(&err, 0, sizeof(err));
		r = find(lines[i]);
		if (r == 0)
			r = verb_check_arguments(row, words, &err);
		assert_int_equal(r, -ERROR_USAGE);
		assert_null(strstr(err.text, "271828"));
		assert_null(strstr(err.text, "hunter"));
	}
}

/* ---- arguments ---- */

static int check(const char *name, const char *first, const char *second)
{
	char *words[] = { (char *)first, first ? (char *)second : NULL, NULL,
		NULL };

	OK(find(name));
	memset(&err, 0, sizeof(err));
	return verb_check_arguments(row, words, &err);
}

static void arguments_are_counted_by_the_row(void **state)
{
	(void)state;
	OK(check("list", NULL, NULL));
	OK(check("registry show", NULL, NULL));
	OK(check("registry show", "blue-7", NULL));
	OK(check("revoke", "alice", "phone"));
	SAYS(ERROR_USAGE, "enroll needs USER; `tokenbridge enroll --help`",
		check("enroll", NULL, NULL));
	SAYS(ERROR_USAGE, "registry move needs TOKEN",
		check("registry move", NULL, NULL));
	SAYS(ERROR_USAGE, "registry move takes only TOKEN",
		check("registry move", "blue-7", "x"));
	SAYS(ERROR_USAGE, "registry publish takes no argument, 'x' is one too "
		"many; `tokenbridge registry publish --help`",
		check("registry publish", "x", NULL));
}

static void an_argument_too_many_gets_the_option_it_probably_means(
	void **state)
{
	static const struct {
		const char *verb, *first, *second, *says;
	} rows[] = {
		{ "verify", "12345678", NULL, "verify takes no argument: a "
			"token is named by --token 12345678; `tokenbridge "
			"verify --help`" },
		{ "verify", "/dev/hidraw3", NULL, "--token /dev/hidraw3" },
		{ "verify", "alice.json", NULL, "--from alice.json" },
		{ "verify", "blue-7", NULL, "--token blue-7" },
		{ "verify", "it's blue", NULL, "--token TOKEN" },
		{ "info", "pcsc://slot0", NULL, "--token pcsc://slot0" },
		{ "enroll", "alice", "totp", "enroll takes only USER: the "
			"method is said by --method totp" },
		{ "enroll", "alice", "123456789012",
			"--account 123456789012" },
		{ "enroll", "alice", "12345678", "--token 12345678" },
		{ "audit", "123456789012", NULL, "--account 123456789012" },
		{ "audit", "all.csv", NULL, "--report all.csv" },
		{ "audit", "house", NULL, "--checks house" },
		{ "audit", "-", NULL, "--report -" },
		{ "audit", "keys.db", NULL, "--registry keys.db" },
		{ "registry move", "blue-7", "lost", "--state lost" },
		{ "registry move", "blue-7", "bob", "--holder bob" },
		{ "trust update", "blob.jwt", NULL, "--mds blob.jwt" },
		{ "list", "json", NULL, "--format json" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		SAYS(ERROR_USAGE, rows[i].says, check(rows[i].verb,
			rows[i].first, rows[i].second));
}

static void formats_are_the_row_s_own(void **state)
{
	(void)state;
	OK(find("list"));
	OK(verb_check_format(row, "json", &err));
	OK(verb_check_format(row, "text", &err));
	SAYS(ERROR_USAGE, "list has no --format 'authorized_keys'; there are: "
		"text json", verb_check_format(row, "authorized_keys", &err));
	OK(find("registry import"));
	OK(verb_check_format(row, "authorized_keys", &err));
	SAYS(ERROR_USAGE, "there are: authorized_keys",
		verb_check_format(row, "json", &err));
}

/* ---- values ---- */

static void next_word(const char **words, char ret[64])
{
	size_t n = strcspn(*words, " ");

	snprintf(ret, 64, "%.*s", (int)n, *words);
	*words += n + strspn(*words + n, " ");
}

/* What is offered for a value is what those who read it take. */
static void words_of_values_are_what_their_readers_know(void **state)
{
	const char *words, *name;
	struct moment at;
	unsigned checks;
	char word[64];
	size_t i;

	(void)state;
	for (words = value_of(OPTION_CHECKS).words; *words;) {
		next_word(&words, word);
		OK(audit_checks_parse(word, &checks, &err));
	}
	for (i = 0; i < AUDIT_CHECKS; i++)
		assert_true(value_has_word(value_of(OPTION_CHECKS).words,
			audit_check_rows[i].name));
	for (words = value_of(OPTION_METHOD).words; *words;) {
		next_word(&words, word);
		assert_true(policy_method_bit(word, &name) > 0);
	}
	for (words = value_of(OPTION_STATE).words; *words;) {
		next_word(&words, word);
		assert_true(registry_word(registry_state_names, word) >= 0 ||
			registry_word(registry_bag_names, word) > 0);
	}
	for (words = value_of(OPTION_AT).words; *words;) {
		next_word(&words, word);
		OK(moment_parse(word, true, &at, &err));
	}
}

static void an_option_of_few_words_has_them(void **state)
{
	size_t i;
	int id;

	(void)state;
	for (i = 0; verbs[i]; i++) {
		const struct value_taken *own;

		for (own = verbs[i]->takes; own->id; own++)
			assert_true(verb_has_option(verbs[i], own->id));
		for (id = 0; id < OPTION_COUNT; id++) {
			struct value_taken t = verb_takes(verbs[i],
				(enum option_id)id);

			assert_int_equal(t.id, id);
			assert_int_equal(t.value == VALUE_WORDS,
				t.words != NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_row_has_a_name_a_summary_and_a_help_with_examples),
		cmocka_unit_test(
			every_argument_is_told_of_in_the_help_of_its_row),
		cmocka_unit_test(
			a_head_stands_before_its_verbs_and_takes_nothing),
		cmocka_unit_test(
			the_options_of_a_row_are_of_some_verbs_and_there_once),
		cmocka_unit_test(
			every_option_of_the_line_means_something_somewhere),
		cmocka_unit_test(
			a_stray_option_is_one_of_the_row_and_takes_a_value),
		cmocka_unit_test(combinations_are_of_options_that_the_row_has),
		cmocka_unit_test(
			an_option_that_means_nothing_beside_another_is_refused),
		cmocka_unit_test(
			every_pair_of_verb_and_option_is_taken_or_refused),
		cmocka_unit_test(
			a_setting_that_a_verb_does_not_have_is_no_error),
		cmocka_unit_test(no_help_is_longer_or_wider_than_a_terminal),
		cmocka_unit_test(
			the_help_of_a_row_names_its_options_and_no_others),
		cmocka_unit_test(
			help_of_all_names_every_command_and_of_one_its_verbs),
		cmocka_unit_test(a_row_is_found_by_its_words),
		cmocka_unit_test(an_unknown_word_gets_the_nearest_one),
		cmocka_unit_test(what_may_be_a_pin_is_not_repeated),
		cmocka_unit_test(arguments_are_counted_by_the_row),
		cmocka_unit_test(
			an_argument_too_many_gets_the_option_it_probably_means),
		cmocka_unit_test(formats_are_the_row_s_own),
		cmocka_unit_test(words_of_values_are_what_their_readers_know),
		cmocka_unit_test(an_option_of_few_words_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
