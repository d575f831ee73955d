/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which command lines are the program's that talks to AWS. A line too many is
 * an audit of a file that wants libcurl; one too few ends at its first request.
 */
#include "bridge/command/find.h"
#include "bridge/command/verb.h"

#include "tests/unit/unit.h"

/* "report=FILE list-checks": options as if typed behind a verb. */
static void type(struct options *o, const char *line, unsigned from)
{
	CLEANUP(free_p) char *copy = strdup(line);
	char *rest = copy, *word, *value;
	int i;

	assert_non_null(copy);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		for (i = 0; i < OPTION_COUNT; i++)
			if (option_rows[i].name &&
				strcmp(option_rows[i].name, word) == 0)
				break;
		if (i == OPTION_COUNT)
			fail_msg("there is no --%s", word);
		OK(option_set(o, (enum option_id)i, value ? value : "1", from,
			&err));
	}
}

static bool needs(const char *command, const char *name, const char *line,
	unsigned from)
{
	const struct verb *v = verb_row(verbs, command, name);
	struct options o = { .argument_count = 0 };
	bool network;

	if (!v)
		fail_msg("there is no %s %s", command, name ? name : "");
	type(&o, line, from);
	network = v->needs_network && v->needs_network(&o);
	options_done(&o);
	return network;
}

static void a_line_is_the_other_programs_only_where_it_asks_aws(void **state)
{
	static const struct {
		const char *command, *name, *line;
		bool network;
	} rows[] = {
		{ "audit", NULL, "", true },
		{ "audit", NULL, "user=alice accounts=org", true },
		{ "audit", NULL, "report=r.csv", false },
		{ "audit", NULL, "from=folder", false },
		{ "audit", NULL, "list-checks", false },
		{ "doctor", "all", "", true },
		{ "doctor", "aws", "", true },
		{ "doctor", "login", "", false },
		{ "doctor", "tokens", "", false },
		{ "enroll", NULL, "", true },
		{ "replace", NULL, "", true },
		{ "resync", NULL, "", true },
		{ "registry", "adopt", "", true },
		{ "registry", "show", "", false },
		{ "registry", "move", "", false },
		{ "registry", "move", "state=lost", false },
		{ "registry", "move", "state=lost method=fido", true },
		{ "registry", "move", "state=stolen", true },
		{ "registry", "move", "state=stock method=fido", false },
		{ "revoke", NULL, "", true },
		{ "revoke", NULL, "all", true },
		{ "revoke", NULL, "leaver=alice", true },
		{ "revoke", NULL, "orphans", true },
		{ "revoke", NULL, "token=blue-1", true },
		{ "revoke", NULL, "local", false },
		{ "rollout", NULL, "", true },
		{ "rollout", NULL, "pack=folder", false },
		{ "rollout", NULL, "split=2", false },
		{ "root", NULL, "", true },
		{ "root", NULL, "check", true },
		{ "root", NULL, "without-api", false },
		{ "root", NULL, "inventory", false },
		{ "setup", NULL, "", true },
		{ "setup", NULL, "without=aws", true },
		{ "setup", NULL, "without=metadata", true },
		{ "setup", NULL, "without=aws,metadata", false },
		{ "setup", NULL, "without=aws mds=blob.jwt", false },
		{ "setup", NULL, "without=aws mds=https://example.com/", true },
		{ "setup", NULL, "without=nothing", false },
		{ "trust", "update", "", true },
		{ "trust", "update", "mds=blob.jwt", false },
		{ "trust", "update", "mds=https://example.com/", true },
		{ "trust", "show", "", false },
		{ "verify", NULL, "", false },
		{ "policy", "print", "", false },
		{ "code", NULL, "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (needs(rows[i].command, rows[i].name, rows[i].line,
				FROM_COMMAND_LINE) != rows[i].network)
			fail_msg("%s %s '%s'", rows[i].command, rows[i].name ?
				rows[i].name : "", rows[i].line);
}

/* A setting of a file is no word of this line. */
static void what_only_a_file_says_makes_no_difference(void **state)
{
	(void)state;
	assert_false(needs("registry", "move", "method=fido state=lost",
		FROM_USER_FILE));
	assert_true(needs("revoke", NULL, "local", FROM_USER_FILE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_line_is_the_other_programs_only_where_it_asks_aws),
		cmocka_unit_test(what_only_a_file_says_makes_no_difference),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
