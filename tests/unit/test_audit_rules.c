/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each check of the audit: what its facts come to, a row a status and a source,
 * and the rules once more in other words over every combination.
 */
#include "bridge/audit/finding.h"
#include "bridge/audit/known/sights.h"
#include "bridge/audit/rules/words.h"
#include "tests/unit/unit.h"

#define ACCOUNT "123456789012"
#define SERIAL "arn:aws:iam::123456789012:u2f/user/alice/key"
#define N AUDIT_NO
#define Y AUDIT_YES
#define X AUDIT_NOT_KNOWN

static struct audit_fact told(enum audit_answer answer, const char *source)
{
	return (struct audit_fact){ answer, source, 1700000000,
		answer == X ? "AWS refused it" : NULL, answer == X };
}

static enum audit_status of(enum audit_reason r)
{
	return audit_status_of(r);
}

/* ---- root ---- */

static struct audit_root plain_root(void)
{
	static const char source[] = "iam:GetAccountSummary";

	return (struct audit_root){
		.account = ACCOUNT,
		.mfa = told(Y, source),
		.password = told(Y, source),
		.keys = told(N, source),
		.certificates = told(N, source),
		.is_virtual = told(N, "iam:ListVirtualMFADevices"),
		.any_key = told(N, source),
		.second = told(Y, "iam:ListMFADevices"),
		.devices = 2,
		.member = told(N, "organizations:DescribeOrganization"),
		.no_member = "the account is in no organisation",
	};
}

static void roots_key_is_judged_wherever_there_is_a_root(void **state)
{
	static const struct {
		enum audit_answer key;
		enum audit_key_state is;
		bool absent, keys_only;
		enum audit_status status;
		const char *says;
	} rows[] = {
		{ Y, AUDIT_KEY_ACTIVE, false, false, AUDIT_FAIL, "(active)" },
		{ Y, AUDIT_KEY_INACTIVE, false, false, AUDIT_FAIL,
			"(inactive)" },
		{ Y, AUDIT_KEY_NOT_TOLD, false, false, AUDIT_FAIL,
			"not told" },
		{ Y, AUDIT_KEY_ACTIVE, false, true, AUDIT_FAIL, "(active)" },
		{ N, AUDIT_KEY_NOT_TOLD, false, false, AUDIT_PASS, "no" },
		{ N, AUDIT_KEY_NOT_TOLD, false, true, AUDIT_PASS, "no" },
		{ X, AUDIT_KEY_NOT_TOLD, false, false, AUDIT_UNKNOWN,
			"AWS refused it" },
		{ X, AUDIT_KEY_NOT_TOLD, false, true, AUDIT_UNKNOWN,
			"AWS refused it" },
		{ Y, AUDIT_KEY_ACTIVE, true, false, AUDIT_NOT_APPLICABLE,
			"no root user" },
	};
	struct audit_finding f;
	struct audit_root r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		r = plain_root();
		r.any_key = told(rows[i].key, "credential report");
		r.key_state = rows[i].is;
		r.absent = rows[i].absent;
		r.keys_only = rows[i].keys_only;
		audit_say_root(&r, audit_judge_root_key(&r), &f);
		assert_int_equal(f.status, rows[i].status);
		assert_int_equal(f.check, AUDIT_ROOT_ACCESS_KEY);
		assert_int_equal(f.severity, AUDIT_CRITICAL);
		assert_non_null(strstr(f.seen, rows[i].says));
		if (!rows[i].absent)
			assert_string_equal(f.source, "credential report");
	}
}

static void a_second_device_of_root_is_seen_or_not_known(void **state)
{
	enum audit_answer second, mfa;
	enum audit_status want;
	struct audit_root r;
	int where;

	(void)state;
	for (second = X; second <= Y; second++)
		for (mfa = X; mfa <= Y; mfa++)
			for (where = 0; where < 3; where++) {
		r = plain_root();
		r.second.answer = second;
		r.mfa.answer = mfa;
		r.absent = where == 1;
		r.keys_only = where == 2;
		want = where ? AUDIT_NOT_APPLICABLE :
			second == Y ? AUDIT_PASS :
			mfa == N ? AUDIT_NOT_APPLICABLE :
			second == N ? AUDIT_FAIL : AUDIT_UNKNOWN;
		assert_int_equal(of(audit_judge_root_second(&r)), want);
	}
}

static void credentials_are_removable_of_a_member_that_has_some(void **state)
{
	enum audit_answer member, password, key;
	enum audit_status want;
	struct audit_root r;
	bool none, some;

	(void)state;
	for (member = X; member <= Y; member++)
		for (password = X; password <= Y; password++)
			for (key = X; key <= Y; key++) {
		r = plain_root();
		r.member.answer = member;
		r.password.answer = password;
		r.keys.answer = key;
		none = password == N && key == N;
		some = password == Y || key == Y;
		want = member == N ? AUDIT_NOT_APPLICABLE :
			none ? AUDIT_PASS :
			some && member == Y ? AUDIT_FAIL : AUDIT_UNKNOWN;
		assert_int_equal(of(audit_judge_root_removable(&r)), want);
		r.keys_only = true;
		assert_int_equal(of(audit_judge_root_removable(&r)),
			AUDIT_NOT_APPLICABLE);
		r.keys_only = false;
		r.absent = true;
		assert_int_equal(of(audit_judge_root_removable(&r)),
			AUDIT_NOT_APPLICABLE);
	}
}

/* ---- users ---- */

static struct audit_user plain_user(void)
{
	return (struct audit_user){
		.account = ACCOUNT,
		.name = "alice",
		.mfa = told(N, "iam:ListMFADevices"),
		.listed = told(Y, "iam:ListMFADevices"),
		.password = told(Y, "iam:GetLoginProfile"),
		.key = told(N, "iam:ListAccessKeys"),
		.rights = told(Y, "iam:GetAccountAuthorizationDetails"),
	};
}

/* All 486 combinations against the rule in other words. */
static void an_administrator_fails_by_what_is_known_alone(void **state)
{
	enum audit_answer mfa, password, key, rights;
	enum audit_status want;
	struct audit_user u;
	bool none, some;

	(void)state;
	for (mfa = X; mfa <= Y; mfa++)
		for (password = X; password <= Y; password++)
			for (key = X; key <= Y; key++)
				for (rights = X; rights <= Y; rights++) {
		u = plain_user();
		u.mfa.answer = mfa;
		u.password.answer = password;
		u.key.answer = key;
		u.rights.answer = rights;
		none = password == N && key == N;
		some = password == Y || key == Y;
		want = mfa == Y || rights == N ? AUDIT_PASS :
			none ? AUDIT_NOT_APPLICABLE :
			mfa == N && rights == Y && some ? AUDIT_FAIL :
			AUDIT_UNKNOWN;
		assert_int_equal(of(audit_judge_admin(&u)), want);
		u.bounded = true;
		assert_int_equal(of(audit_judge_admin(&u)), want);
		u.gone = true;
		assert_int_equal(of(audit_judge_admin(&u)),
			AUDIT_NOT_APPLICABLE);
	}
}

static void what_is_not_known_of_a_user_is_named(void **state)
{
	struct audit_user u = plain_user();

	(void)state;
	u.mfa.answer = X;
	assert_int_equal(audit_judge_user(&u), AUDIT_MFA_NOT_KNOWN);
	u.password.answer = X;
	assert_int_equal(audit_judge_user(&u), AUDIT_NEITHER_KNOWN);
}

static void what_is_not_known_of_an_administrator_is_named(void **state)
{
	struct audit_user u = plain_user();
	struct audit_finding f;

	(void)state;
	u.password.answer = N;
	u.key = told(X, "iam:ListAccessKeys");
	audit_say_user(&u, audit_judge_admin(&u), &f);
	assert_string_equal(f.missing, "iam:ListAccessKeys");
	u = plain_user();
	u.password = told(X, "iam:GetLoginProfile");
	audit_say_user(&u, audit_judge_admin(&u), &f);
	assert_string_equal(f.missing, "iam:GetLoginProfile");
	u = plain_user();
	u.rights = told(X, "iam:GetUser");
	audit_say_user(&u, audit_judge_admin(&u), &f);
	assert_string_equal(f.missing, "iam:GetUser");
	u = plain_user();
	u.rights.answer = N;
	u.bounded = true;
	audit_say_user(&u, audit_judge_admin(&u), &f);
	assert_non_null(strstr(f.seen, "permissions boundary"));
	u = plain_user();
	u.key.answer = Y;
	audit_say_user(&u, audit_judge_admin(&u), &f);
	assert_int_equal(f.severity, AUDIT_CRITICAL);
	assert_non_null(strstr(f.seen, "console password, active access key"));
	assert_non_null(strstr(f.seen, "are not read"));
}

static void devices_that_can_be_phished_are_judged_by_kind(void **state)
{
	static const struct {
		size_t devices, fido;
		enum audit_answer mfa, listed, password;
		enum audit_status status;
		enum audit_severity severity;
	} rows[] = {
		{ 1, 1, Y, Y, Y, AUDIT_PASS, AUDIT_MEDIUM },
		{ 2, 2, Y, Y, X, AUDIT_PASS, AUDIT_MEDIUM },
		{ 1, 0, Y, Y, Y, AUDIT_FAIL, AUDIT_MEDIUM },
		{ 3, 0, Y, Y, Y, AUDIT_FAIL, AUDIT_MEDIUM },
		{ 2, 1, Y, Y, Y, AUDIT_FAIL, AUDIT_LOW },
		{ 1, 0, Y, Y, X, AUDIT_UNKNOWN, AUDIT_MEDIUM },
		{ 2, 1, Y, Y, X, AUDIT_UNKNOWN, AUDIT_MEDIUM },
		{ 1, 0, Y, Y, N, AUDIT_NOT_APPLICABLE, AUDIT_MEDIUM },
		{ 0, 0, N, Y, Y, AUDIT_NOT_APPLICABLE, AUDIT_MEDIUM },
		{ 0, 0, N, Y, X, AUDIT_NOT_APPLICABLE, AUDIT_MEDIUM },
		/* known to have MFA by a report, and not of which kind */
		{ 0, 0, Y, X, Y, AUDIT_UNKNOWN, AUDIT_MEDIUM },
		{ 0, 0, X, X, Y, AUDIT_UNKNOWN, AUDIT_MEDIUM },
		{ 0, 0, X, X, N, AUDIT_NOT_APPLICABLE, AUDIT_MEDIUM },
	};
	struct audit_finding f;
	struct audit_user u;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		u = plain_user();
		u.devices = rows[i].devices;
		u.fido = rows[i].fido;
		u.kinds = "fido, virtual";
		u.mfa.answer = rows[i].mfa;
		u.listed = told(rows[i].listed, "iam:ListMFADevices");
		u.password = told(rows[i].password, "iam:GetLoginProfile");
		audit_say_user(&u, audit_judge_resistant(&u), &f);
		assert_int_equal(f.status, rows[i].status);
		assert_int_equal(f.severity, rows[i].severity);
		if (f.status != AUDIT_FAIL)
			continue;
		u.seeded = "'blue-7'";
		audit_say_user(&u, audit_judge_resistant(&u), &f);
		assert_int_equal(f.status, AUDIT_FAIL);
		assert_int_equal(f.severity, rows[i].severity);
		assert_non_null(strstr(f.seen,
			"'blue-7': the seed sits in a token (by our registry, "
			"not by AWS)"));
	}
	u = plain_user();
	u.devices = 1;
	u.mfa.answer = Y;
	u.no_fido = true;
	assert_int_equal(of(audit_judge_resistant(&u)), AUDIT_NOT_APPLICABLE);
}

static void one_device_is_one_too_few_where_two_are_allowed(void **state)
{
	static const struct {
		enum audit_answer mfa, listed;
		size_t devices;
		enum audit_status status, where_one;
	} rows[] = {
		{ Y, Y, 1, AUDIT_FAIL, AUDIT_NOT_APPLICABLE },
		{ Y, Y, 2, AUDIT_PASS, AUDIT_NOT_APPLICABLE },
		{ Y, Y, 8, AUDIT_PASS, AUDIT_NOT_APPLICABLE },
		{ N, Y, 0, AUDIT_NOT_APPLICABLE, AUDIT_NOT_APPLICABLE },
		{ Y, X, 0, AUDIT_UNKNOWN, AUDIT_NOT_APPLICABLE },
		{ X, X, 0, AUDIT_UNKNOWN, AUDIT_NOT_APPLICABLE },
	};
	struct audit_user u;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		u = plain_user();
		u.mfa.answer = rows[i].mfa;
		u.listed.answer = rows[i].listed;
		u.devices = rows[i].devices;
		assert_int_equal(of(audit_judge_one_device(&u)),
			rows[i].status);
		u.one_allowed = true;
		assert_int_equal(of(audit_judge_one_device(&u)),
			rows[i].where_one);
		u.one_allowed = false;
		u.gone = true;
		assert_int_equal(of(audit_judge_one_device(&u)),
			AUDIT_NOT_APPLICABLE);
	}
}

static void a_renamed_user_is_told_with_the_name_of_the_report(void **state)
{
	struct audit_user u = plain_user();
	struct audit_finding f;

	(void)state;
	u.was = "ali\033ce";
	u.reported = (struct audit_reported){ .read = true, .has = true };
	audit_say_user(&u, audit_judge_user(&u), &f);
	assert_non_null(strstr(f.seen, "the report, which has 'ali?ce'"));
}

/* ---- devices ---- */

static void a_certification_is_aws_word_or_ours(void **state)
{
	static const struct {
		enum audit_answer certified;
		bool vouched;
		enum audit_status status;
		const char *says;
	} rows[] = {
		{ Y, false, AUDIT_PASS, "FIDO L1" },
		{ Y, true, AUDIT_PASS, "FIDO L1" },
		{ N, false, AUDIT_FAIL, "nothing follows from that" },
		{ N, true, AUDIT_PASS, "by our registry, not by AWS" },
		{ X, false, AUDIT_UNKNOWN, "AWS refused it" },
		{ X, true, AUDIT_PASS, "by our registry, not by AWS" },
	};
	struct audit_device d = { ACCOUNT, "alice", SERIAL, "fido" };
	struct audit_finding f;
	size_t i;

	(void)state;
	d.certifications = "FIDO L1";
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		d.certified = told(rows[i].certified, "iam:GetMFADevice");
		d.vouched = rows[i].vouched;
		audit_say_device(&d, audit_judge_certified(&d), &f);
		assert_int_equal(f.status, rows[i].status);
		assert_int_equal(f.check, AUDIT_USER_UNCERTIFIED);
		assert_string_equal(f.device, SERIAL);
		assert_non_null(strstr(f.seen, rows[i].says));
	}
	d.serial = NULL;
	d.at_aws = told(X, "iam:ListMFADevices");
	assert_int_equal(of(audit_judge_certified(&d)), AUDIT_UNKNOWN);
}

static void what_a_run_of_ours_has_in_hand_is_neither_unknown_nor_gone(
	void **state)
{
	struct audit_device d = { ACCOUNT, "alice", SERIAL, "fido",
		told(Y, "iam:ListMFADevices"), told(N, "registry") };
	struct audit_binding b = { .account = ACCOUNT, .user = "alice",
		.device = SERIAL, .at_aws = told(N, "iam:ListMFADevices") };

	(void)state;
	assert_int_equal(of(audit_judge_device(&d)), AUDIT_FAIL);
	assert_int_equal(of(audit_judge_binding(&b)), AUDIT_FAIL);
	/* of whom it is decides what to do about it */
	assert_int_equal(audit_judge_device(&d), AUDIT_NOT_BOUND);
	d.alone = true;
	assert_int_equal(audit_judge_device(&d), AUDIT_NOT_BOUND_ALONE);
	d.user = AUDIT_ROOT_SUBJECT;
	assert_int_equal(audit_judge_device(&d), AUDIT_NOT_BOUND_OF_ROOT);
	d.run = "enrollment";
	b.run = "revocation";
	assert_int_equal(of(audit_judge_device(&d)), AUDIT_PASS);
	assert_int_equal(of(audit_judge_binding(&b)), AUDIT_NOT_APPLICABLE);
	/* what is there is there */
	b.at_aws.answer = Y;
	assert_int_equal(of(audit_judge_binding(&b)), AUDIT_PASS);
	/* and a registry that was not read says nothing of either */
	d.bound.answer = X;
	assert_int_equal(of(audit_judge_device(&d)), AUDIT_UNKNOWN);
}

static void an_orphan_is_seen_twice_ten_minutes_apart(void **state)
{
	static const struct {
		enum audit_answer unassigned;
		time_t first;
		const char *run;
		enum audit_status status;
	} rows[] = {
		{ Y, 1700000000 - 600, NULL, AUDIT_FAIL },
		{ Y, 1700000000 - 86400, NULL, AUDIT_FAIL },
		{ Y, 1, NULL, AUDIT_FAIL },
		{ Y, 1700000000 - 599, NULL, AUDIT_UNKNOWN },
		{ Y, 1700000000, NULL, AUDIT_UNKNOWN },
		{ Y, 1700000000 + 86400, NULL, AUDIT_UNKNOWN },
		{ Y, 0, NULL, AUDIT_UNKNOWN },
		{ Y, 1700000000 - 600, "enrollment", AUDIT_NOT_APPLICABLE },
		{ X, 1700000000 - 600, NULL, AUDIT_UNKNOWN },
	};
	struct audit_orphan o = { ACCOUNT, SERIAL, .first = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		o.unassigned = told(rows[i].unassigned,
			"iam:ListVirtualMFADevices");
		o.first = rows[i].first;
		o.run = rows[i].run;
		assert_int_equal(of(audit_judge_orphan(&o)), rows[i].status);
	}
}

static void an_orphans_command_names_nothing_that_a_shell_would_run(
	void **state)
{
	struct audit_orphan o = { ACCOUNT, "arn:aws:iam::123456789012:mfa/a;x",
		told(Y, "iam:ListVirtualMFADevices"), 1600000000, NULL };
	struct audit_finding f;

	(void)state;
	audit_say_orphan(&o, AUDIT_ORPHAN, &f);
	assert_null(strstr(f.remedy, ";x"));
	o.serial = "arn:aws:iam::123456789012:mfa/left";
	audit_say_orphan(&o, AUDIT_ORPHAN, &f);
	assert_non_null(strstr(f.remedy, "grep -Fx "
		"arn:aws:iam::123456789012:mfa/left && aws iam "));
	assert_int_equal(f.remedy_kind, AUDIT_COMMAND);
}

/* ---- tokens ---- */

static void a_token_is_as_severe_as_its_advisory(void **state)
{
	static const struct {
		enum audit_answer vulnerable, accepted;
		const char *verdict;
		enum audit_status vulnerable_is, verified_is;
	} rows[] = {
		{ Y, Y, "genuine", AUDIT_FAIL, AUDIT_PASS },
		{ N, Y, "genuine", AUDIT_PASS, AUDIT_PASS },
		{ X, N, NULL, AUDIT_UNKNOWN, AUDIT_FAIL },
		{ N, N, "forged", AUDIT_PASS, AUDIT_FAIL },
		{ N, X, NULL, AUDIT_PASS, AUDIT_UNKNOWN },
	};
	struct audit_token t = { "'blue-7'", "signed firmware 5.2.4" };
	struct audit_finding f;
	size_t i;

	(void)state;
	t.advisories = "YSA-2024-03";
	t.severity = AUDIT_LOW;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		t.vulnerable = told(rows[i].vulnerable, "advisories");
		t.accepted = told(rows[i].accepted, "registry");
		t.verdict = rows[i].verdict;
		audit_say_token(&t, audit_judge_vulnerable(&t), &f);
		assert_int_equal(f.status, rows[i].vulnerable_is);
		if (f.status == AUDIT_FAIL)
			assert_int_equal(f.severity, AUDIT_LOW);
		assert_int_equal(of(audit_judge_verified(&t)),
			rows[i].verified_is);
	}
	t = (struct audit_token){ .vulnerable = told(X, "registry"),
		.accepted = told(X, "registry") };
	assert_int_equal(of(audit_judge_vulnerable(&t)), AUDIT_UNKNOWN);
	assert_int_equal(of(audit_judge_verified(&t)), AUDIT_UNKNOWN);
}

/* ---- what was seen before ---- */

static void what_was_seen_before_is_read_back(void **state)
{
	static const char text[] = "endpoint = http://localhost:1\n"
		"2023-11-14T22:13:20Z = arn:aws:iam::123456789012:mfa/a=b\n";
	static const char *const wrong[][2] = {
		{ "x", "line 1" },
		{ "yesterday = a\n", "'FILE', line 1: no time and device" },
		{ "1970-01-01T00:00:00Z = a\n",
			"'FILE', line 1: no time and device" },
		{ "2023-11-14T22:13:20Z =\n",
			"'FILE', line 1: no time and device" },
		{ "endpoint = a\nendpoint = b\n",
			"'FILE', line 2: no time and device" },
	};
	struct sights s;
	size_t i;

	(void)state;
	sights_init(&s);
	OK(sights_parse(text, strlen(text), "FILE", &s, &err));
	assert_string_equal(s.endpoint, "http://localhost:1");
	assert_int_equal(sights_first(&s,
		"arn:aws:iam::123456789012:mfa/a=b"), 1700000000);
	assert_int_equal(sights_first(&s, "arn:aws:iam::123456789012:mfa/a"),
		0);
	sights_done(&s);
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		SAYS(ERROR_USAGE, wrong[i][1], sights_parse(wrong[i][0],
			strlen(wrong[i][0]), "FILE", &s, &err));
		assert_int_equal(s.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_key_is_judged_wherever_there_is_a_root),
		cmocka_unit_test(a_second_device_of_root_is_seen_or_not_known),
		cmocka_unit_test(
			credentials_are_removable_of_a_member_that_has_some),
		cmocka_unit_test(an_administrator_fails_by_what_is_known_alone),
		cmocka_unit_test(what_is_not_known_of_a_user_is_named),
		cmocka_unit_test(
			what_is_not_known_of_an_administrator_is_named),
		cmocka_unit_test(
			devices_that_can_be_phished_are_judged_by_kind),
		cmocka_unit_test(
			one_device_is_one_too_few_where_two_are_allowed),
		cmocka_unit_test(
			a_renamed_user_is_told_with_the_name_of_the_report),
		cmocka_unit_test(a_certification_is_aws_word_or_ours),
		cmocka_unit_test(
	what_a_run_of_ours_has_in_hand_is_neither_unknown_nor_gone),
		cmocka_unit_test(an_orphan_is_seen_twice_ten_minutes_apart),
		cmocka_unit_test(
			an_orphans_command_names_nothing_that_a_shell_would_run
			),
		cmocka_unit_test(a_token_is_as_severe_as_its_advisory),
		cmocka_unit_test(what_was_seen_before_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
