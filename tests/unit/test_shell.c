/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that are printed to be pasted: a shell reads back what was meant. */
#include "base/shell.h"
#include "bridge/journal/journal.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

static void a_word_stays_as_it_is_where_no_shell_reads_more_into_it(
	void **state)
{
	static const char *const rows[][2] = {
		{ "alice", "alice" },
		{ "arn:aws:iam::123456789012:mfa/a_b+c=d,e.f@g-h",
			"arn:aws:iam::123456789012:mfa/a_b+c=d,e.f@g-h" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "~root", "'~root'" },
		{ "it's", "'it'\\''s'" },
		{ "$(id)`id`\"", "'$(id)`id`\"'" },
		{ "-x", "-x" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_done) struct buf b;

		buf_init(&b, 256);
		shell_put(&b, rows[i][0]);
		assert_string_equal(buf_str(&b), rows[i][1]);
	}
}

/* sh itself says what it reads. */
static void a_shell_reads_every_byte_back(void **state)
{
	char word[256], command[2048], read[512];
	const char *words[] = { "printf", "%s", word, NULL };
	CLEANUP(free_p) char *line = NULL;
	size_t i;
	FILE *f;

	(void)state;
	for (i = 1; i < 256; i++)
		word[i - 1] = (char)i;
	word[255] = '\0';
	line = shell_line(words);
	assert_non_null(line);
	snprintf(command, sizeof(command), "LC_ALL=C; %s", line);
	f = popen(command, "r");
	assert_non_null(f);
	read[fread(read, 1, sizeof(read) - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_string_equal(read, word);
}

static void a_journal_tells_the_command_that_ends_it(void **state)
{
	static const struct {
		struct journal_facts facts;
		const char *command;
	} rows[] = {
		{ { .kind = JOURNAL_REVOKE, .user = "alice", .serial = "GAHT1",
			.account = "123456789012" },
			"tokenbridge revoke alice GAHT1 --account "
			"123456789012" },
		{ { .kind = JOURNAL_REVOKE, .user = "-x", .serial = "GAHT1",
			.account = "123456789012" },
			"tokenbridge revoke --account 123456789012 -- -x "
			"GAHT1" },
		{ { .kind = JOURNAL_REVOKE_USER, .user = "alice",
			.account = "123456789012" },
			"tokenbridge revoke --all --account 123456789012 -- "
			"alice" },
		{ { .kind = JOURNAL_REVOKE_USER, .user = "alice",
			.holder = "Alice B.", .account = "123456789012",
			.did = JOURNAL_CUTS_ACCESS },
			"tokenbridge revoke --leaver 'Alice B.' --cut-access "
			"--account 123456789012" },
		{ { .kind = JOURNAL_REMOVE_ROOT, .user = "<root_account>",
			.account = "210987654321" },
			"tokenbridge root --remove-credentials --account "
			"210987654321" },
	};
	char said[JOURNAL_CAUSE_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal j = { .facts = rows[i].facts };

		journal_command(&j, said);
		assert_string_equal(said, rows[i].command);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_word_stays_as_it_is_where_no_shell_reads_more_into_it),
		cmocka_unit_test(a_shell_reads_every_byte_back),
		cmocka_unit_test(a_journal_tells_the_command_that_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
