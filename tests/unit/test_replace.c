/* SPDX-License-Identifier: Apache-2.0 */
/* One device by another: which one, in which order, and what is owed. */
#include "tests/unit/replace-parts.h"

#define STOLEN "warning: the old device goes first: until the new key is "     \
	"enabled 'alice' has "
#define FULL "warning: AWS takes no further device of this user, so the old "  \
	"one goes first: until the new key is enabled 'alice' has "

static void the_new_one_comes_before_the_old_one_goes(void **state)
{
	struct registry_head head;
	char number[40];

	(void)state;
	OK(registry_head(reg, &head, &err));
	snprintf(number, sizeof(number), "%llu",
		(unsigned long long)head.seq);
	goes("ulER", "");
	assert_string_equal(x.owed, number);
	nothing_is_owed();
	assert_string_equal(done.made.facts.serial, NEW);
	assert_string_equal(done.gone.facts.serial, OLD);
	assert_false(done.made_before || done.done_before || done.old_first);
	q.reason = "worn out";
	q.old = OLD;
	x.devices[0] = OLD;
	goes("ulER", "");
}

static void nobody_is_replaced_whom_aws_does_not_tell_of(void **state)
{
	const char *p;

	(void)state;
	x.unknown = true;
	FAILS(ERROR_FAILED, go());
	assert_string_equal(err.text, "account 123456789012 has no IAM user "
		"'alice'; did you mean 'alicia'?");
	assert_string_equal(asked, "u");
	x.unknown = false;
	for (p = "ul"; *p; p++) {
		fails_at(*p, ERROR_REMOTE, "AccessDenied");
		stops(*p == 'u' ? "u" : "ul", false);
	}
}

static void a_name_that_two_devices_have_is_refused(void **state)
{
	(void)state;
	x.devices[1] = "arn:aws:iam::" ACCOUNT ":mfa/path/old";
	FAILS(ERROR_USAGE, go());
	assert_string_equal(err.text, "'old' means two devices of 'alice'; "
		"give the whole serial number of one");
	assert_string_equal(asked, "ul");
	q.old = OLD;
	goes("ulER", "");
}

static void the_old_one_goes_first_where_it_is_stolen(void **state)
{
	(void)state;
	q.stolen = true;
	goes("ulRE", STOLEN "1 other device\n");
	assert_true(done.old_first);
	nothing_is_owed();
	x.devices_n = 1;
	forget_journals();
	goes("ulRE", STOLEN "0 other devices\n");
	/* there is a new one, but nothing came of the old one's revocation */
	fails_at('R', ERROR_REMOTE, "AccessDenied");
	stops("ulR", false);
	x.half_gone = true;
	stops("ulR", true);
}

static void the_old_one_goes_first_where_there_is_no_room(void **state)
{
	size_t i;

	(void)state;
	for (i = 1; i < ARRAY_LEN(x.devices); i++)
		x.devices[i] = DEVICE("b");
	x.devices_n = 7;
	goes("ulER", "");
	x.devices_n = 8;
	goes("ulfcRE", FULL "7 other devices\n");
	assert_true(done.old_first);
	x.devices_n = 9;
	goes("ulfcRE", FULL "8 other devices\n");
	/* a display's codes are asked for */
	q.enroll.method = "hardware-totp";
	goes("ulRE", FULL "8 other devices\n");
}

static void nobody_loses_it_for_one_that_is_not_plugged_in(void **state)
{
	const char *p;

	(void)state;
	x.devices_n = 8;
	for (size_t i = 1; i < 8; i++)
		x.devices[i] = DEVICE("b");
	for (p = "fc"; *p; p++) {
		fails_at(*p, ERROR_BUSY, "");
		stops(*p == 'f' ? "ulf" : "ulfc", false);
		assert_string_equal(said, "");
	}
}

static void a_limit_that_was_not_known_turns_the_order(void **state)
{
	(void)state;
	fails_at('E', ERROR_REMOTE, "LimitExceeded");
	failing.times = 1;
	goes("ulEfcRE", FULL "1 other device\n");
	assert_true(done.old_first);
	assert_string_equal(done.made.facts.serial, NEW);
	nothing_is_owed();
}

static void what_was_begun_is_owed(void **state)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };

	(void)state;
	fails_at('E', ERROR_REMOTE, "AccessDenied");
	stops("ulE", false);
	q.stolen = true;
	stops("ulRE", true);
	OK(journal_open_all(&list, place.db, &err));
	assert_string_equal(list.p[0].cause, "AWS says no");
	assert_string_equal(list.p[0].remedy, "");
	OK(journal_end(&list.p[0], &err));
	q.stolen = false;
	fails_at('R', ERROR_REMOTE, "AccessDenied");
	stops("ulER", true);
}

static void a_run_that_was_broken_off_is_gone_on_with(void **state)
{
	(void)state;
	fails_at('R', ERROR_REMOTE, "AccessDenied");
	stops("ulER", true);
	/* what earlier runs left is settled first */
	fails_at('S', ERROR_REMOTE, "AccessDenied");
	stops("ulS", true);
	failing.question = '\0';
	goes("ulSR", THERE);
	assert_true(done.made_before);
	assert_false(done.old_first);
	assert_string_equal(done.made.facts.serial, NEW);
	nothing_is_owed();
	/* AWS has the old one no more: its rest is taken, and a new one made */
	q.stolen = true;
	fails_at('E', ERROR_REMOTE, "AccessDenied");
	stops("ulRE", true);
	q.stolen = false;
	q.old = OLD;
	x.devices[0] = DEVICE("c");
	stops("ulSfcRE", true);
	assert_string_equal(said, "");
	failing.question = '\0';
	goes("ulSfcRE", "");
	assert_true(done.old_first);
	nothing_is_owed();
}

/* Of each one thing is another's; the journal of the enrollment is its own. */
static void what_belongs_to_another_is_left(void **state)
{
	struct journal_facts f[6];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(f); i++) {
		f[i] = facts_of(JOURNAL_REPLACE);
		strcpy(f[i].reason, NOT_OURS);
	}
	f[0].kind = JOURNAL_ENROLL;
	strcpy(f[1].account, ELSEWHERE);
	strcpy(f[2].endpoint, "https://iam.test");
	strcpy(f[3].user_id, "IDbob");
	strcpy(f[4].serial, DEVICE("b"));
	f[5].kind = JOURNAL_REVOKE;
	for (i = 0; i < ARRAY_LEN(f); i++) {
		leave(&f[i]);
		goes("ulER", "");
	}
	forget_journals();
	f[0] = facts_of(JOURNAL_REPLACE);
	leave(&f[0]);
	goes("ulSER", "");
	nothing_is_owed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_new_one_comes_before_the_old_one_goes),
		TEST(nobody_is_replaced_whom_aws_does_not_tell_of),
		TEST(a_name_that_two_devices_have_is_refused),
		TEST(the_old_one_goes_first_where_it_is_stolen),
		TEST(the_old_one_goes_first_where_there_is_no_room),
		TEST(nobody_loses_it_for_one_that_is_not_plugged_in),
		TEST(a_limit_that_was_not_known_turns_the_order),
		TEST(what_was_begun_is_owed),
		TEST(a_run_that_was_broken_off_is_gone_on_with),
		TEST(what_belongs_to_another_is_left),
	};

	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
