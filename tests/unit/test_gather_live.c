/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit as a whole: who asks and of which partition, the order of its
 * steps, and what is noted at its end.
 */
#include "tests/unit/gather-live-parts.h"

/* ---- steps ---- */

static void its_steps_are_taken_in_order(void **state)
{
	static const char order[] = "ilbropRucCO";
	char until[16];
	size_t i;

	(void)state;
	OK(gather(NULL));
	assert_string_equal(w.asked, order);
	assert_string_equal(w.let_go, "prdvuRl");
	/* the alias may be missing; the last cannot fail */
	for (i = 0; i < strlen(order) - 1; i++) {
		begin(NULL);
		w.failing = order[i];
		fail_next(ERROR_REMOTE, "AccessDenied");
		snprintf(until, sizeof(until), "%.*s", (int)i + 1, order);
		if (order[i] == 'l') {
			OK(gather(NULL));
			assert_string_equal(w.asked, order);
			assert_string_equal(audited.aws.alias, "");
			continue;
		}
		SAYS(ERROR_REMOTE, "AWS says no", gather(NULL));
		assert_string_equal(w.asked, until);
		assert_int_equal(audited.aws.requests, 7);
		assert_int_equal(audited.aws.used, i > 0);
	}
	begin(NULL);
	w.failing = 'l';
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", gather(NULL));
	assert_string_equal(w.asked, "il");
	begin(NULL);
	w.no_memory = true;
	SAYS(ERROR_FAILED, "cannot allocate memory", gather(NULL));
	w.no_memory = false;
}

static void who_asks_is_noted(void **state)
{
	(void)state;
	w.alias = "our\x01" "account";
	OK(gather(NULL));
	assert_true(audited.aws.used);
	assert_string_equal(audited.aws.caller, ALICE);
	assert_string_equal(audited.aws.account, ACCOUNT);
	assert_string_equal(audited.aws.alias, "our?account");
	assert_int_equal(audited.aws.when, NOW + 7);
	assert_int_equal(w.found.begun, NOW + 7);
	assert_int_equal(audited.aws.requests, 7);
	assert_int_equal(audited.aws.connections, 3);
	assert_int_equal(w.freed, 0);
	begin(NULL);
	w.as_root = true;
	OK(gather(NULL));
	assert_string_equal(audited.aws.alias, "");
	assert_int_equal(audited.aws.requests, 107);
	assert_int_equal(audited.aws.connections, 23);
	assert_int_equal(w.freed, 1);
	/* not of an account that is not wanted */
	begin(NULL);
	audited.only_account = "210987654321";
	SAYS(ERROR_REFUSED, "the credentials are of account '" ACCOUNT "'",
		gather(NULL));
	assert_string_equal(w.asked, "i");
}

static void awss_clock_is_the_audits(void **state)
{
	(void)state;
	w.then = NOW + 60;
	OK(gather(NULL));
	assert_int_equal(audited.now, NOW + 60);
	assert_int_equal(audited.aws.when, NOW + 7);
	begin(NULL);
	w.failing = 'b';
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "", gather(NULL));
	assert_int_equal(audited.now, NOW + 7);
	begin(NULL);
	audited.now_stands = true;
	OK(gather(NULL));
	assert_int_equal(audited.now, NOW);
	begin(NULL);
	aws_clock = 0;
	OK(gather(NULL));
	assert_int_equal(audited.now, NOW);
	assert_int_equal(audited.aws.when, 0);
	/* what was known of it stays where it is not told any more */
	begin(NULL);
	w.then = -1;
	OK(gather(NULL));
	assert_int_equal(audited.now, NOW + 7);
}

static void an_endpoint_that_is_not_awss_is_told(void **state)
{
	(void)state;
	strcpy(w.iam.url, "http://127.0.0.1:1/");
	strcpy(w.iam.origin, "--endpoint-url");
	strcpy(w.sts.url, "http://127.0.0.1:2/");
	strcpy(w.sts.origin, "profile");
	OK(gather(NULL));
	assert_null(audited.endpoint);
	assert_null(audited.aws.endpoint);
	assert_null(audited.aws.origin);
	w.sts.overridden = true;
	OK(gather(NULL));
	assert_ptr_equal(audited.endpoint, w.sts.url);
	assert_ptr_equal(audited.aws.endpoint, w.sts.url);
	assert_ptr_equal(audited.aws.origin, w.sts.origin);
	audited.endpoint = NULL;
	w.iam.overridden = true;
	OK(gather(NULL));
	assert_ptr_equal(audited.endpoint, w.iam.url);
	assert_ptr_equal(audited.aws.endpoint, w.iam.url);
	assert_ptr_equal(audited.aws.origin, w.iam.origin);
	/* one that was told before stays */
	begin(NULL);
	w.iam.overridden = true;
	audited.endpoint = "http://127.0.0.1:3/";
	OK(gather(NULL));
	assert_string_equal(audited.endpoint, "http://127.0.0.1:3/");
	assert_null(audited.aws.endpoint);
}

/* ---- partitions ---- */

#define NAME_31 "aws-abcdefghijklmnopqrstuvwxyz0"
#define UNKNOWN(name) "what root can have in the partition '" name "' is not " \
	"known: it is judged as if it had everything"

static void the_partition_is_the_callers(void **state)
{
	static const struct {
		const char *arn;
		enum partition_root root;
		enum partition_devices devices;
		unsigned each;
		bool by_root;
		const char *note; /* NULL: none */
	} of[] = {
		{ ALICE, ROOT_FULL, DEVICES_ANY, 8, false, NULL },
		{ "arn:aws:iam::" ACCOUNT ":root", ROOT_FULL, DEVICES_ANY, 8,
			true, NULL },
		{ "arn:aws-cn:iam::" ACCOUNT ":user/a", ROOT_NONE,
			DEVICES_VIRTUAL, 8, false, NULL },
		{ "arn:aws-us-gov:iam::" ACCOUNT ":user/a", ROOT_KEYS_ONLY,
			DEVICES_ANY, 1, false, NULL },
		{ "arn:aws-iso:iam::" ACCOUNT ":user/a", ROOT_NOT_KNOWN,
			DEVICES_NOT_KNOWN, 0, false, UNKNOWN("aws-iso") },
		{ "arn:aws-x:iam::" ACCOUNT ":user/a", ROOT_NOT_KNOWN,
			DEVICES_NOT_KNOWN, 0, false, UNKNOWN("aws-x") },
		{ "arn:" NAME_31 ":iam::" ACCOUNT ":user/a", ROOT_NOT_KNOWN,
			DEVICES_NOT_KNOWN, 0, false, UNKNOWN(NAME_31) },
		/* too long to be one, and no ARN at all */
		{ "arn:" NAME_31 "1:iam::" ACCOUNT ":user/a", ROOT_NOT_KNOWN,
			DEVICES_NOT_KNOWN, 0, false, NULL },
		{ "nothing", ROOT_NOT_KNOWN, DEVICES_NOT_KNOWN, 0, false,
			NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of); i++) {
		begin(NULL);
		w.arn = of[i].arn;
		OK(gather(NULL));
		assert_int_equal(w.found.root, of[i].root);
		assert_int_equal(w.found.devices_are, of[i].devices);
		assert_int_equal(w.found.devices_each, of[i].each);
		assert_int_equal(w.found.by_root, of[i].by_root);
		assert_int_equal(audited.notes_n, of[i].note != NULL);
		if (of[i].note)
			assert_string_equal(audited.notes[0], of[i].note);
	}
}

/* ---- notes ---- */

static void note_is(const char *want)
{
	OK(gather(NULL));
	if (want) {
		assert_int_equal(audited.notes_n, 1);
		assert_string_equal(audited.notes[0], want);
	} else {
		assert_int_equal(audited.notes_n, 0);
	}
	audited.registry.elsewhere = 0;
	begin(NULL);
}

static void what_was_found_is_noted_at_the_end(void **state)
{
	(void)state;
	note_is(NULL);
	gap(&w.found.stopped, false);
	note_is("AWS was not asked any more after: AWS says no");
	w.found.gone = 1;
	note_is("1 user was deleted since the report or while this ran");
	w.found.gone = 2;
	note_is("2 users were deleted since the report or while this ran");
	w.found.renamed = 1;
	note_is("1 user was renamed since the report");
	w.found.renamed = 2;
	note_is("2 users were renamed since the report");
	w.found.made_since = 1;
	note_is("1 user is not in the report: made since");
	w.found.made_since = 2;
	note_is("2 users are not in the report: made since");
	w.found.changed = 1;
	note_is("1 user has got or lost MFA since the report; AWS's own "
		"answer counts");
	w.found.changed = 2;
	note_is("2 users have got or lost MFA since the report; AWS's own "
		"answer counts");
}

static void what_is_not_read_is_noted_at_the_end(void **state)
{
	(void)state;
	w.found.report_bad = 1;
	note_is(NULL);
	w.found.report_read = true;
	note_is(NULL);
	w.found.report_bad = 1;
	w.found.report_read = true;
	note_is("1 row of the report cannot be read");
	w.found.report_bad = 2;
	w.found.report_read = true;
	note_is("2 rows of the report cannot be read");
	audited.registry.elsewhere = 1;
	note_is("1 binding of other accounts is not judged");
	audited.registry.elsewhere = 2;
	note_is("2 bindings of other accounts are not judged");
	audited.registry.elsewhere = 2;
	audited.one_of_many = true;
	note_is(NULL);
	/* nothing of one who was not told who he is */
	w.found.gone = 1;
	audited.registry.elsewhere = 1;
	w.failing = 'i';
	fail_next(ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", gather(NULL));
	assert_int_equal(audited.notes_n, 0);
}

static const struct {
	unsigned checks;
	bool bound;
	const char *arn;
	bool as_root;
	enum audit_answer mfa;
	bool noted;
} of_root[] = {
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true, ALICE, false,
		AUDIT_YES, true },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true, ALICE, false,
		AUDIT_NOT_KNOWN, true },
	{ AUDIT_BIT(AUDIT_DEVICE_GONE), true, ALICE, false, AUDIT_YES,
		false },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), false, ALICE, false,
		AUDIT_YES, false },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true,
		"arn:aws-cn:iam::" ACCOUNT ":user/a", false, AUDIT_YES,
		false },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true,
		"arn:aws:iam::" ACCOUNT ":root", false, AUDIT_YES,
		false },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true, ALICE, true,
		AUDIT_YES, false },
	{ AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), true, ALICE, false,
		AUDIT_NO, false },
};

static void roots_devices_are_listed_for_root_only(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(of_root); i++) {
		begin(NULL);
		audited.checks = of_root[i].checks;
		w.arn = of_root[i].arn;
		w.as_root = of_root[i].as_root;
		w.found.root_mfa = of_root[i].mfa;
		OK(gather(of_root[i].bound ? &bindings : NULL));
		assert_int_equal(audited.notes_n, of_root[i].noted);
		if (of_root[i].noted)
			assert_string_equal(audited.notes[0], "device-unknown: "
				"root's devices that are not virtual are "
				"listed for root only");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_steps_are_taken_in_order),
		TEST(who_asks_is_noted),
		TEST(awss_clock_is_the_audits),
		TEST(an_endpoint_that_is_not_awss_is_told),
		TEST(the_partition_is_the_callers),
		TEST(what_was_found_is_noted_at_the_end),
		TEST(what_is_not_read_is_noted_at_the_end),
		TEST(roots_devices_are_listed_for_root_only),
	};

	return cmocka_run_group_tests_name("gather live", tests, NULL, NULL);
}
