/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose business the journals of earlier runs are: another account's, one's
 * that is kept waiting, and one's who asks for the same once more.
 */
#include "tests/unit/recover-parts.h"

static void another_accounts_is_left_to_it(void **state)
{
	char words[600];

	(void)state;
	strcpy(facts.account, ELSEWHERE);
	leave(JOURNAL_PUT_SENT);
	OK(go());
	snprintf(words, sizeof(words), "warning: an unfinished run in account "
		ELSEWHERE " is left for a run with that account: '%s'\n",
		first_path);
	goes("r", words);
	strcpy(facts.account, ACCOUNT);
	strcpy(facts.endpoint, "https://iam.test");
	leave(JOURNAL_PUT_SENT);
	OK(go());
	snprintf(words, sizeof(words), "warning: an unfinished run in account "
		ACCOUNT " at https://iam.test is left for a run with that "
		"account: '%s'\n", first_path);
	goes("r", words);
	iam.overridden = true;
	strcpy(iam.url, "https://iam.test");
	goes("ru", UNDID);
}

static void what_concerns_a_claim_keeps_it_waiting(void **state)
{
	struct decide_claim claim = { .account = ACCOUNT, .endpoint = "",
		.user = "bob", .user_id = "" };
	char words[900];

	(void)state;
	leave(JOURNAL_PUT_SENT);
	leave_too(JOURNAL_PUT_SENT, NULL, NULL);
	undone = SEQUENCE_OWED;
	q.claim = &claim;
	goes("ruru", LEFT("it was broken off") LEFT("it was broken off"));
	claim.user = "alice";
	FAILS(ERROR_REFUSED, go());
	assert_string_equal(asked, "ruru");
	snprintf(words, sizeof(words), "the token or the user has an "
		"unfinished run that must be settled first: '%s'; what ends "
		"it: `tokenbridge enroll alice --method totp --account "
		ACCOUNT "`", first_path);
	assert_string_equal(err.text, words);
	/* what is broken off in the second one is no refusal */
	fails_at('u', ERROR_INTERRUPTED, "");
	failing.from = 2;
	FAILS(ERROR_INTERRUPTED, go());
}

/* ---- one that is asked for once more ---- */

static const struct recovery_wanted wish = { "alice", "IDalice", "a" };

static void leave_revocation(void)
{
	facts.kind = JOURNAL_REVOKE;
	leave(JOURNAL_DEACTIVATE_SENT);
	q.wanted = &wish;
	resumed = true;
}

/* It is handed over, or it is gone through as all are. */
static void is_handed_over(bool want)
{
	goes(want ? "" : "rv", "");
	assert_int_equal(wanted.path != NULL, want);
	if (want)
		assert_string_equal(wanted.facts.user, facts.user);
	journal_done(&wanted);
	wanted = (struct journal){ .fd = -1 };
}

static void what_is_asked_for_once_more_is_handed_over(void **state)
{
	struct recovery_wanted other = wish;

	(void)state;
	leave_revocation();
	is_handed_over(true);
	q.wanted = NULL;
	is_handed_over(false);
	q.wanted = &other;
	other.device = "b";
	is_handed_over(false);
	other = wish;
	/* whoever has that name or that id */
	other.user = "renamed";
	is_handed_over(true);
	other.user_id = "IDbob";
	is_handed_over(false);
	other.user = "alice";
	is_handed_over(true);
	other = (struct recovery_wanted){ "bob", "", "a" };
	is_handed_over(false);
	facts.user_id[0] = '\0';
	leave(JOURNAL_DEACTIVATE_SENT);
	is_handed_over(false);
	/* who wants none gets none */
	q.wanted = &wish;
	asked[0] = '\0';
	OK(recover_all(&run, &q, NULL, &err));
	assert_string_equal(asked, "rv");
}

static void only_a_revocation_here_is_handed_over(void **state)
{
	(void)state;
	leave_revocation();
	strcpy(facts.account, ELSEWHERE);
	leave(JOURNAL_DEACTIVATE_SENT);
	OK(go());
	assert_string_equal(asked, "r");
	assert_null(wanted.path);
	strcpy(facts.account, ACCOUNT);
	facts.kind = JOURNAL_ENROLL;
	leave(JOURNAL_PUT_SENT);
	goes("ru", UNDID);
	assert_null(wanted.path);
}

static void one_is_handed_over_and_the_others_are_gone_through(void **state)
{
	(void)state;
	leave_revocation();
	leave_too(JOURNAL_DEACTIVATE_SENT, NULL, NULL);
	goes("rv", "");
	assert_non_null(wanted.path);
	assert_string_not_equal(wanted.path, first_path);
	journal_done(&wanted);
	wanted = (struct journal){ .fd = -1 };
	/* or nobody looks at them now */
	q.only_wanted = true;
	goes("", "");
	assert_non_null(wanted.path);
	journal_done(&wanted);
	wanted = (struct journal){ .fd = -1 };
	q.wanted = NULL;
	goes("", "");
	assert_null(wanted.path);
}

static void one_that_nobody_can_read_may_concern_anybody(void **state)
{
	struct decide_claim claim = { .account = ACCOUNT, .endpoint = "",
		.user = "bob", .user_id = "" };
	char path[256];

	(void)state;
	leave(JOURNAL_PUT_SENT);
	goes("ru", UNDID);
	strcpy(path, first_path);
	write_text(path, "no journal\nat all\n");
	OK(go());
	assert_string_equal(asked, "");
	assert_memory_equal(said, "warning: ", 9);
	assert_non_null(strstr(said, path));
	q.claim = &claim;
	SAYS(ERROR_CORRUPT, path, go());
	assert_string_equal(said, "");
	/* that was told a moment ago */
	q.only_wanted = true;
	goes("", "");
}

static void journals_that_cannot_be_had_are_an_error(void **state)
{
	char dir[160];

	(void)state;
	snprintf(dir, sizeof(dir), "%s.journal", place.db);
	write_text(dir, "");
	FAILS(ERROR_PERMISSION, go());
	assert_string_equal(asked, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_accounts_is_left_to_it),
		TEST(what_concerns_a_claim_keeps_it_waiting),
		TEST(what_is_asked_for_once_more_is_handed_over),
		TEST(only_a_revocation_here_is_handed_over),
		TEST(one_is_handed_over_and_the_others_are_gone_through),
		TEST(one_that_nobody_can_read_may_concern_anybody),
		TEST(journals_that_cannot_be_had_are_an_error),
	};

	return cmocka_run_group_tests_name("recover claims", tests, NULL,
		NULL);
}
