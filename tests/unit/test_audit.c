/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's rules: every status, and that nothing unknown passes. */
#include "bridge/audit/run.h"
#include "bridge/audit/rules/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ACCOUNT "123456789012"
#define SERIAL "arn:aws:iam::123456789012:mfa/alice"
#define N AUDIT_NO
#define Y AUDIT_YES
#define X AUDIT_NOT_KNOWN

static const char *name_of(enum audit_reason r)
{
	return audit_status_names[audit_status_of(r)];
}

static struct audit_fact fact(enum audit_answer answer, const char *source)
{
	struct audit_fact f = { answer, source, 1700000000, NULL, false };

	if (answer == X) {
		f.why = "AWS refused it";
		f.denied = true;
	}
	return f;
}

static struct audit_user user(enum audit_answer mfa, enum audit_answer password)
{
	return (struct audit_user){
		.account = ACCOUNT,
		.name = "alice",
		.mfa = fact(mfa, "iam:ListMFADevices"),
		.password = fact(password, "iam:GetLoginProfile"),
		.devices = mfa == Y ? 2 : 0,
		.kinds = "fido, virtual",
	};
}

static struct audit_root root(enum audit_answer mfa, enum audit_answer password,
	enum audit_answer keys, enum audit_answer certificates)
{
	static const char source[] = "iam:GetAccountSummary";

	return (struct audit_root){
		.account = ACCOUNT,
		.mfa = fact(mfa, source),
		.password = fact(password, source),
		.keys = fact(keys, source),
		.certificates = fact(certificates, source),
		.is_virtual = fact(N, "iam:ListVirtualMFADevices"),
	};
}

static void a_user_is_judged_by_mfa_then_by_password(void **state)
{
	static const struct {
		enum audit_answer mfa, password;
		const char *status;
	} cases[] = {
		{ Y, Y, "PASS" }, { Y, N, "PASS" }, { Y, X, "PASS" },
		{ N, Y, "FAIL" }, { N, N, "PASS" }, { N, X, "UNKNOWN" },
		{ X, Y, "UNKNOWN" }, { X, N, "PASS" }, { X, X, "UNKNOWN" },
	};
	struct audit_user u;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		u = user(cases[i].mfa, cases[i].password);
		assert_string_equal(name_of(audit_judge_user(&u)),
			cases[i].status);
	}
}

static void a_deleted_user_is_neither_pass_nor_fail(void **state)
{
	struct audit_user u = user(N, Y);

	(void)state;
	u.gone = true;
	assert_string_equal(name_of(audit_judge_user(&u)), "NOT_APPLICABLE");
}

/* All 81 combinations against the rule said in another way. */
static void root_fails_where_it_may_have_credentials_without_mfa(
	void **state)
{
	int mfa, p, k, c;

	(void)state;
	for (mfa = X; mfa <= Y; mfa++)
		for (p = X; p <= Y; p++)
			for (k = X; k <= Y; k++)
				for (c = X; c <= Y; c++) {
		struct audit_root r = root((enum audit_answer)mfa,
			(enum audit_answer)p, (enum audit_answer)k,
			(enum audit_answer)c);
		bool none = p == N && k == N && c == N;
		const char *want = mfa == Y || none ? "PASS" :
			mfa == N ? "FAIL" : "UNKNOWN";

		assert_string_equal(name_of(audit_judge_root(&r)), want);
	}
}

static void a_partition_without_root_user_has_nothing_to_judge(void **state)
{
	struct audit_root r = root(N, Y, Y, Y);

	(void)state;
	r.absent = true;
	r.is_virtual.answer = Y;
	assert_string_equal(name_of(audit_judge_root(&r)), "NOT_APPLICABLE");
	assert_string_equal(name_of(audit_judge_root_virtual(&r)),
		"NOT_APPLICABLE");
}

static void root_is_virtual_by_one_device_and_not_virtual_by_a_whole_list(
	void **state)
{
	static const struct {
		enum audit_answer mfa, is_virtual;
		const char *status;
	} cases[] = {
		{ Y, Y, "FAIL" }, { X, Y, "FAIL" }, { N, Y, "FAIL" },
		{ Y, N, "PASS" }, { X, N, "UNKNOWN" },
		{ N, N, "NOT_APPLICABLE" }, { N, X, "NOT_APPLICABLE" },
		{ Y, X, "UNKNOWN" }, { X, X, "UNKNOWN" },
	};
	struct audit_root r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		r = root(cases[i].mfa, Y, N, N);
		r.is_virtual = fact(cases[i].is_virtual,
			"iam:ListVirtualMFADevices");
		assert_string_equal(name_of(audit_judge_root_virtual(&r)),
			cases[i].status);
	}
	r = root(Y, N, N, N);
	r.is_virtual.answer = Y;
	assert_string_equal(name_of(audit_judge_root_virtual(&r)),
		"NOT_APPLICABLE");
}

static void a_device_is_unknown_only_where_the_registry_was_read(void **state)
{
	struct audit_device d = { ACCOUNT, "alice", SERIAL, "virtual",
		fact(Y, "iam:ListMFADevices"), fact(N, "registry") };

	(void)state;
	assert_string_equal(name_of(audit_judge_device(&d)), "FAIL");
	d.bound.answer = Y;
	assert_string_equal(name_of(audit_judge_device(&d)), "PASS");
	d.bound.answer = X;
	assert_string_equal(name_of(audit_judge_device(&d)), "UNKNOWN");
	d.bound.answer = N;
	d.serial = NULL;
	assert_string_equal(name_of(audit_judge_device(&d)), "UNKNOWN");
}

static void a_device_is_gone_only_by_a_whole_list(void **state)
{
	struct audit_binding b = { ACCOUNT, "alice", SERIAL, false,
		fact(N, "iam:ListMFADevices") };

	(void)state;
	assert_string_equal(name_of(audit_judge_binding(&b)), "FAIL");
	b.at_aws.answer = Y;
	assert_string_equal(name_of(audit_judge_binding(&b)), "PASS");
	b.at_aws.answer = X;
	assert_int_equal(audit_judge_binding(&b), AUDIT_AT_AWS_NOT_KNOWN);
	b.device = NULL;
	b.erased = true;
	assert_int_equal(audit_judge_binding(&b), AUDIT_DEVICE_ERASED);
	assert_string_equal(name_of(AUDIT_DEVICE_ERASED), "UNKNOWN");
}

/* ---- words ---- */

static struct audit_finding said(const struct audit_user *u)
{
	struct audit_finding f;

	audit_say_user(u, audit_judge_user(u), &f);
	return f;
}

static void every_fail_names_a_remedy_and_every_row_what_was_seen(void **state)
{
	enum audit_answer mfa, password;
	struct audit_finding f;
	struct audit_user u;

	(void)state;
	for (mfa = X; mfa <= Y; mfa++)
		for (password = X; password <= Y; password++) {
			u = user(mfa, password);
			f = said(&u);
			assert_true(f.seen[0] && f.source[0]);
			assert_string_equal(f.subject, "alice");
			assert_string_equal(f.account, ACCOUNT);
			if (f.status == AUDIT_FAIL || f.status == AUDIT_UNKNOWN)
				assert_true(f.remedy[0]);
			else
				assert_false(f.remedy[0]);
		}
}

static void a_fail_rests_on_both_calls_and_older_time(void **state)
{
	struct audit_user u = user(N, Y);
	struct audit_finding f;

	(void)state;
	u.password.when = 1600000000;
	f = said(&u);
	assert_string_equal(f.source,
		"iam:ListMFADevices, iam:GetLoginProfile");
	assert_int_equal(f.when, 1600000000);
	assert_non_null(strstr(f.remedy, "`tokenbridge enroll alice --method "
		"totp --account " ACCOUNT "`"));
}

static void unknown_names_the_missing_permission(void **state)
{
	struct audit_user u = user(N, X);
	struct audit_finding f = said(&u);

	(void)state;
	assert_string_equal(f.missing, "iam:GetLoginProfile");
	assert_non_null(strstr(f.seen, "AWS refused it"));
	u = user(X, Y);
	f = said(&u);
	assert_string_equal(f.missing, "iam:ListMFADevices");
	u.mfa.denied = false;
	f = said(&u);
	assert_string_equal(f.missing, "");
}

static void a_report_that_says_otherwise_is_mentioned(void **state)
{
	struct audit_user u = user(N, Y);
	struct audit_finding f;

	(void)state;
	u.reported = (struct audit_reported){ true, true, false, Y, Y,
		1700000000 };
	f = said(&u);
	assert_non_null(strstr(f.seen,
		"the report of 2023-11-14T22:13:20Z says MFA"));
	u.reported.mfa = N;
	f = said(&u);
	assert_null(strstr(f.seen, "the report"));
	u.reported.has = false;
	f = said(&u);
	assert_non_null(strstr(f.seen, "not in the report: made since"));
	u.reported.has = u.reported.other = true;
	f = said(&u);
	assert_non_null(strstr(f.seen, "deleted and made again"));
}

static void what_aws_does_not_tell_has_what_the_report_in_hand_tells(
	void **state)
{
	struct audit_user u = user(N, X);
	struct audit_finding f;

	(void)state;
	u.reported = (struct audit_reported){ true, true, false, N, Y,
		1700000000, 1700000000 + 7200 };
	f = said(&u);
	assert_int_equal(f.status, AUDIT_UNKNOWN);
	assert_non_null(strstr(f.seen, "; the report of 2023-11-14T22:13:20Z "
		"(2 h old) says a password"));
	assert_null(strstr(f.seen, "says no MFA"));
	u.reported.password = X;
	f = said(&u);
	assert_null(strstr(f.seen, "the report"));
	u.reported.password = N;
	u.reported.now = 0; /* no clock tells how old it is */
	f = said(&u);
	assert_non_null(strstr(f.seen, "; the report of 2023-11-14T22:13:20Z "
		"says no password"));
}

static void a_name_that_a_shell_would_run_is_in_no_command(
	void **state)
{
	static const char *const names[] = { "a;reboot", "$(id)", "-rf", "`x`",
		"a b", "\033[31m" };
	struct audit_user u = user(N, Y);
	struct audit_finding f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		u.name = names[i];
		f = said(&u);
		assert_non_null(strstr(f.remedy, "enroll USER --"));
		assert_null(strchr(f.subject, '\033'));
	}
}

static void where_a_literal_rule_reads_otherwise_both_are_said(void **state)
{
	struct audit_root r = root(N, N, N, N);
	struct audit_finding f;

	(void)state;
	audit_say_root(&r, audit_judge_root(&r), &f);
	assert_int_equal(f.status, AUDIT_PASS);
	assert_string_equal(f.literal, "IAM-014 literal: FAIL; "
		"CIS 7.0 2.5: PASS, no root credentials");
	r = root(N, N, Y, N);
	audit_say_root(&r, audit_judge_root(&r), &f);
	assert_int_equal(f.status, AUDIT_FAIL);
	assert_non_null(strstr(f.literal, "no root password"));
	r = root(N, Y, N, N);
	audit_say_root(&r, audit_judge_root(&r), &f);
	assert_string_equal(f.literal, "");
}

static void not_virtual_is_never_called_hardware(void **state)
{
	struct audit_root r = root(Y, Y, N, N);
	struct audit_finding f;

	(void)state;
	audit_say_root(&r, audit_judge_root_virtual(&r), &f);
	assert_int_equal(f.status, AUDIT_PASS);
	assert_non_null(strstr(f.seen, "not virtual"));
	assert_null(strstr(f.seen, "hardware"));
	r.namesake = "bob";
	audit_say_root(&r, audit_judge_root_virtual(&r), &f);
	assert_non_null(strstr(f.literal, "'bob'"));
}

static void a_renamed_virtual_device_of_root_shows_the_literal_pass(
	void **state)
{
	struct audit_root r = root(Y, Y, N, N);
	struct audit_finding f;

	(void)state;
	r.is_virtual.answer = Y;
	r.serial = "arn:aws:iam::123456789012:mfa/phone";
	audit_say_root(&r, audit_judge_root_virtual(&r), &f);
	assert_int_equal(f.status, AUDIT_FAIL);
	assert_string_equal(f.device, r.serial);
	assert_non_null(strstr(f.literal, "PASS"));
	r.old_name = true;
	audit_say_root(&r, audit_judge_root_virtual(&r), &f);
	assert_string_equal(f.literal, "");
}

static void words_of_any_length_are_cut_not_overrun(void **state)
{
	char name[4096], why[4096];
	struct audit_user u = user(X, X);
	struct audit_finding f;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(why, 'b', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	u.name = u.account = name;
	u.mfa.why = why;
	f = said(&u);
	assert_true(strlen(f.subject) == sizeof(f.subject) - 1);
	assert_true(strlen(f.seen) == sizeof(f.seen) - 1);
}

/* ---- one row of words for each reason ---- */

static void every_reason_has_its_row_of_words(void **state)
{
	const struct audit_words *w;
	size_t i;

	(void)state;
	for (i = 0; i < AUDIT_REASONS; i++) {
		w = audit_words_of((enum audit_reason)i);
		assert_true(w->seen && w->seen[0]);
		if (w->status == AUDIT_FAIL)
			assert_true(w->remedy && w->remedy[0]);
		else if (w->status != AUDIT_UNKNOWN)
			assert_null(w->remedy);
		assert_int_equal(w->remedy != NULL, w->kind != AUDIT_NO_REMEDY);
		if (w->status == AUDIT_UNKNOWN)
			assert_int_not_equal(w->rests_on[0], AUDIT_ON_NOTHING);
	}
}

static bool reached[AUDIT_REASONS];

/* Marks the reason; the finding is of its row and has no place left open. */
static void reach(enum audit_reason reason, const struct audit_finding *f)
{
	const struct audit_words *w = audit_words_of(reason);

	reached[reason] = true;
	assert_int_equal(f->check, w->check);
	assert_int_equal(f->status, w->status);
	assert_true(f->seen[0] != '\0');
	assert_null(strchr(f->seen, '{'));
	assert_null(strchr(f->remedy, '{'));
	assert_null(strchr(f->literal, '{'));
}

static void reach_user(const struct audit_user *u)
{
	const enum audit_reason reasons[] = { audit_judge_user(u),
		audit_judge_admin(u), audit_judge_resistant(u),
		audit_judge_one_device(u) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		audit_say_user(u, reasons[i], &f);
		reach(reasons[i], &f);
	}
}

static void reach_users(void)
{
	enum audit_answer mfa, password, other;
	struct audit_user u;
	unsigned bits;

	for (mfa = X; mfa <= Y; mfa++)
		for (password = X; password <= Y; password++)
			for (other = X; other <= Y; other++)
				for (bits = 0; bits < 512; bits++) {
		u = user(mfa, password);
		u.gone = bits & 1;
		u.bounded = bits & 2;
		u.seeded = bits & 4 ? "'blue-7'" : NULL;
		u.one_allowed = u.no_fido = bits & 256;
		u.rights = fact(bits & 32 ? other : Y,
			"iam:GetAccountAuthorizationDetails");
		u.key = fact(bits & 64 ? other : N, "iam:ListAccessKeys");
		u.listed = fact(bits & 128 ? Y : X, "iam:ListMFADevices");
		u.devices = bits & 8 ? 2 : 1;
		u.fido = bits & 16 ? 1 : 0;
		reach_user(&u);
	}
}

static void reach_root(const struct audit_root *r)
{
	const enum audit_reason reasons[] = { audit_judge_root(r),
		audit_judge_root_virtual(r), audit_judge_root_key(r),
		audit_judge_root_second(r), audit_judge_root_removable(r) };
	struct audit_finding f;
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		audit_say_root(r, reasons[i], &f);
		reach(reasons[i], &f);
	}
}

static void reach_roots(void)
{
	enum audit_answer mfa, password, keys, is_virtual;
	struct audit_root r;
	int names;

	for (mfa = X; mfa <= Y; mfa++)
		for (password = X; password <= Y; password++)
			for (keys = X; keys <= Y; keys++)
				for (is_virtual = X; is_virtual <= Y;
					is_virtual++)
					for (names = 0; names < 16; names++) {
		r = root(mfa, password, keys, N);
		r.is_virtual = fact(is_virtual, "iam:ListVirtualMFADevices");
		r.old_name = names & 1;
		r.namesake = names & 2 ? "bob" : NULL;
		r.absent = names & 4;
		r.keys_only = names & 8;
		r.any_key = fact(keys, "iam:GetAccountSummary");
		r.second = fact(is_virtual, "iam:ListMFADevices");
		r.member = fact(names & 1 ? Y : keys,
			"organizations:DescribeOrganization");
		r.no_member = "the management account";
		reach_root(&r);
	}
}

static void reach_devices(void)
{
	static const char *const users[] = { "alice", AUDIT_ROOT_SUBJECT };
	enum audit_answer answer;
	struct audit_finding f;
	size_t i;

	for (answer = X; answer <= Y; answer++)
		for (i = 0; i < 16; i++) {
		struct audit_device d = { ACCOUNT, users[i & 1],
			i & 2 ? SERIAL : NULL, "virtual",
			fact(Y, "iam:ListMFADevices"),
			fact(answer, "registry"), i & 4,
			i >= 8 ? "enrollment" : NULL,
			fact(answer, "iam:GetMFADevice"), "FIDO L1", i >= 8 };
		struct audit_binding b = { ACCOUNT, "alice",
			i & 2 ? SERIAL : NULL, !(i & 2) && (i & 1),
			fact(i & 2 ? answer : X, "iam:ListMFADevices") };

		b.run = i >= 8 ? "revocation" : NULL;
		audit_say_device(&d, audit_judge_device(&d), &f);
		reach(audit_judge_device(&d), &f);
		audit_say_device(&d, audit_judge_certified(&d), &f);
		reach(audit_judge_certified(&d), &f);
		audit_say_binding(&b, audit_judge_binding(&b), &f);
		reach(audit_judge_binding(&b), &f);
	}
}

static void reach_moved(void)
{
	struct audit_binding b = { .account = ACCOUNT, .user = "alice",
		.device = "arn:aws:iam::123456789012:mfa/a", .owner = "bob" };
	enum audit_reason reason;
	struct audit_finding f;
	int at_aws, moved;

	for (at_aws = AUDIT_NOT_KNOWN; at_aws <= AUDIT_YES; at_aws++)
		for (moved = AUDIT_NOT_KNOWN; moved <= AUDIT_YES; moved++) {
			b.at_aws.answer = (enum audit_answer)at_aws;
			b.moved.answer = (enum audit_answer)moved;
			reason = audit_judge_moved(&b);
			audit_say_binding(&b, reason, &f);
			reach(reason, &f);
		}
}

static void reach_token(const struct audit_token *t)
{
	struct audit_finding f;

	audit_say_token(t, audit_judge_vulnerable(t), &f);
	reach(audit_judge_vulnerable(t), &f);
	audit_say_token(t, audit_judge_verified(t), &f);
	reach(audit_judge_verified(t), &f);
}

static void reach_tokens_and_orphans(void)
{
	enum audit_answer answer;
	struct audit_finding f;
	unsigned bits;

	for (answer = X; answer <= Y; answer++)
		for (bits = 0; bits < 8; bits++) {
		struct audit_token t = { bits & 1 ? "'blue-7'" : NULL,
			"signed firmware 5.2.4", fact(answer, "registry"),
			"YSA-2024-03", AUDIT_MEDIUM, fact(answer, "registry"),
			bits & 2 ? "unattested" : NULL };
		struct audit_orphan o = { ACCOUNT, bits & 1 ? SERIAL : NULL,
			fact(answer, "iam:ListVirtualMFADevices"),
			bits & 2 ? 1600000000 : 0,
			bits & 4 ? "enrollment" : NULL };

		reach_token(&t);
		audit_say_orphan(&o, audit_judge_orphan(&o), &f);
		reach(audit_judge_orphan(&o), &f);
	}
}

static void reach_unfinished(void)
{
	struct audit_unfinished u = { .account = ACCOUNT, .user = "alice",
		.device = "arn:aws:iam::123456789012:mfa/a",
		.kind = "revocation", .age = "3 h", .command = "x" };
	struct audit_finding f;

	audit_say_unfinished(&u, audit_judge_unfinished(&u), &f);
	reach(audit_judge_unfinished(&u), &f);
	u.device = "";
	audit_say_unfinished(&u, audit_judge_unfinished(&u), &f);
	reach(audit_judge_unfinished(&u), &f);
	u.device = NULL;
	audit_say_unfinished(&u, audit_judge_unfinished(&u), &f);
	reach(audit_judge_unfinished(&u), &f);
}

static void reach_mutes(void)
{
	struct audit_muting m = { ACCOUNT, "mutes, line 3", "robots", "bob",
		"2027-01-31", false, false, fact(Y, "mute list") };
	struct audit_finding f;
	int i;

	for (i = 0; i < 4; i++) {
		m.over = i & 1;
		m.matched = i & 2;
		audit_say_muting(&m, audit_judge_muting(&m), &f);
		reach(audit_judge_muting(&m), &f);
	}
}

static void a_mute_past_its_day_fails_only_where_it_still_matches(
	void **state)
{
	struct audit_muting m = { ACCOUNT, "mutes, line 3", "", "", "", true,
		true, fact(Y, "mute list") };
	struct audit_finding f;

	(void)state;
	assert_string_equal(name_of(audit_judge_muting(&m)), "FAIL");
	audit_say_muting(&m, audit_judge_muting(&m), &f);
	assert_string_equal(f.subject, "mutes, line 3");
	assert_string_equal(f.seen, "a mute, which is past, still matches: "
		"no reason is told");
	m.matched = false;
	assert_string_equal(name_of(audit_judge_muting(&m)), "NOT_APPLICABLE");
	m.over = false;
	assert_string_equal(name_of(audit_judge_muting(&m)), "PASS");
}

static void every_row_of_words_is_reached_by_some_facts(void **state)
{
	const struct audit_bad_row bad = { ACCOUNT, 7, "too few fields", 0 };
	struct audit_finding f;
	size_t i;

	(void)state;
	memset(reached, 0, sizeof(reached));
	reach_users();
	reach_roots();
	reach_devices();
	reach_moved();
	reach_tokens_and_orphans();
	reach_unfinished();
	reach_mutes();
	audit_say_bad_row(&bad, &f);
	reach(AUDIT_ROW_NOT_READ, &f);
	for (i = 0; i < AUDIT_REASONS; i++)
		if (!reached[i])
			fail_msg("nothing reaches: %s", audit_words_of((enum audit_reason)i)->seen);
}

static void a_row_that_cannot_be_read_is_said_without_its_controls(
	void **state)
{
	const struct audit_bad_row bad = { "", 7, "field '\033[2J'",
		1700000000 };
	struct audit_finding f;

	(void)state;
	audit_say_bad_row(&bad, &f);
	assert_string_equal(f.subject, "line 7");
	assert_string_equal(f.seen,
		"a row that cannot be read: field '?[2J'");
	assert_string_equal(f.source, "credential report");
	assert_int_equal(f.when, 1700000000);
	assert_int_equal(f.line, 7);
	assert_non_null(strstr(f.remedy, "get-credential-report"));
}

/* ---- the run ---- */

static const struct run nobody = { .cancel_fd = -1 };

static size_t rows_printed;

static void no_begin(struct audit_printer *p, const struct audit *a)
{
	(void)p;
	(void)a;
}

static bool wants_all(const struct audit_printer *p, const struct audit *a,
	enum audit_status status, enum audit_severity severity)
{
	(void)p;
	(void)a;
	(void)status;
	(void)severity;
	return true;
}

static void count_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	(void)p;
	(void)a;
	(void)f;
	rows_printed++;
}

static void no_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	(void)p;
	(void)a;
	(void)exit_status;
	(void)failure;
}

static bool is_lost;

static bool says_is_lost(const struct audit_printer *p)
{
	(void)p;
	return is_lost;
}

static const struct audit_output counter = { "counter", no_begin, wants_all, count_row,
	no_end, says_is_lost };

static void what_was_found_is_counted_by_status_and_check(void **state)
{
	struct audit_printer p = { .how = &counter };
	struct audit a = { .checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING) |
			AUDIT_BIT(AUDIT_DEVICE_UNKNOWN), .run = &nobody,
		.printers = &p, .printers_n = 1 };
	struct audit_device d = { ACCOUNT, "alice", SERIAL, "virtual",
		fact(Y, "x"), fact(N, "registry") };
	struct audit_user u = user(Y, Y);

	(void)state;
	rows_printed = 0;
	audit_user(&a, &u);
	assert_int_equal(audit_found(&a, AUDIT_PASS), 1);
	assert_int_equal(audit_found(&a, AUDIT_UNKNOWN), 0);
	u = user(X, Y);
	audit_user(&a, &u);
	assert_int_equal(audit_found(&a, AUDIT_UNKNOWN), 1);
	u = user(N, Y);
	audit_user(&a, &u);
	audit_device(&a, &d);
	assert_int_equal(audit_found(&a, AUDIT_FAIL), 2);
	assert_int_equal(a.counts[AUDIT_USER_MFA_MISSING][AUDIT_FAIL], 1);
	assert_int_equal(a.counts[AUDIT_DEVICE_UNKNOWN][AUDIT_FAIL], 1);
	assert_int_equal(rows_printed, 4);
	assert_int_equal(p.printed, 4);
	assert_int_equal(p.last, AUDIT_DEVICE_UNKNOWN);
}

static void a_run_that_is_broken_off_does_not_go_on(void **state)
{
	struct audit_printer p = { .how = &counter };
	struct audit a = { .printers = &p, .printers_n = 1 };
	struct run run = nobody;
	struct error err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	run.cancel_fd = fds[0];
	a.run = &run;
	assert_int_equal(audit_may_go_on(&a, &err), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(audit_may_go_on(&a, &err), -ERROR_INTERRUPTED);
	close(fds[0]);
	close(fds[1]);
}

static void a_run_whose_output_is_lost_does_not_go_on(void **state)
{
	struct audit_printer p = { .how = &counter };
	struct audit a = { .run = &nobody, .printers = &p,
		.printers_n = 1 };
	struct error err;

	(void)state;
	is_lost = false;
	assert_int_equal(audit_may_go_on(&a, &err), 0);
	is_lost = true;
	assert_int_equal(audit_may_go_on(&a, &err), -ERROR_FAILED);
	is_lost = false;
}

static void a_skipped_check_neither_prints_nor_counts(void **state)
{
	struct audit_printer p = { .how = &counter };
	struct audit a = { .checks = audit_checks_in(AUDIT_IN_BENCHMARK),
		.run = &nobody, .printers = &p, .printers_n = 1 };
	struct audit_device d = { ACCOUNT, "alice", SERIAL, "virtual",
		fact(Y, "x"), fact(N, "registry") };
	struct audit_root r = root(X, X, X, X);

	(void)state;
	rows_printed = 0;
	audit_device(&a, &d);
	a.skipped[AUDIT_ROOT_MFA_MISSING] = "because";
	a.skipped[AUDIT_ROOT_MFA_VIRTUAL] = "because";
	a.skipped[AUDIT_ROOT_ACCESS_KEY] = "because";
	audit_root(&a, &r);
	assert_int_equal(rows_printed, 0);
	assert_int_equal(audit_found(&a, AUDIT_UNKNOWN), 0);
}

static void checks_are_sets_or_names(void **state)
{
	static const char *const wrong[] = { "", "root", "house,", ",house",
		"HOUSE", "user-mfa-missing,,house", "user-mfa-missin" };
	struct error err;
	unsigned bits = 77;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(audit_checks_parse(wrong[i], &bits, &err),
			-ERROR_USAGE);
		assert_int_equal(bits, 77);
	}
	assert_int_equal(audit_checks_parse("house", &bits, &err), 0);
	assert_int_equal(bits, audit_checks_in(AUDIT_IN_BENCHMARK |
		AUDIT_IN_HOUSE));
	assert_true(bits & AUDIT_BIT(AUDIT_USER_MFA_MISSING));
	assert_int_equal(audit_checks_parse("benchmark", &bits, &err), 0);
	assert_int_equal(bits, audit_checks_in(AUDIT_IN_BENCHMARK));
	assert_false(bits & AUDIT_BIT(AUDIT_DEVICE_GONE));
	assert_int_equal(audit_checks_parse("device-gone,root-mfa-missing",
		&bits, &err), 0);
	assert_int_equal(bits, AUDIT_BIT(AUDIT_DEVICE_GONE) |
		AUDIT_BIT(AUDIT_ROOT_MFA_MISSING));
}

static void a_device_has_moved_only_where_its_owner_is_known(void **state)
{
	static const struct {
		enum audit_answer at_aws, moved;
		enum audit_reason reason;
	} rows[] = {
		{ AUDIT_YES, AUDIT_NO, AUDIT_NOT_MOVED },
		{ AUDIT_YES, AUDIT_YES, AUDIT_MOVED },
		{ AUDIT_YES, AUDIT_NOT_KNOWN, AUDIT_MOVED_NOT_KNOWN },
		{ AUDIT_NOT_KNOWN, AUDIT_NOT_KNOWN, AUDIT_MOVED_NOT_KNOWN },
		{ AUDIT_NOT_KNOWN, AUDIT_YES, AUDIT_MOVED_NOT_KNOWN },
		{ AUDIT_NO, AUDIT_NOT_KNOWN, AUDIT_MOVED_NOWHERE },
	};
	struct audit_binding b = { .account = "123456789012", .user = "alice",
		.device = "arn:aws:iam::123456789012:mfa/a", .owner = "bob" };
	struct audit_finding f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		b.at_aws.answer = rows[i].at_aws;
		b.moved.answer = rows[i].moved;
		assert_int_equal(audit_judge_moved(&b), rows[i].reason);
	}
	audit_say_binding(&b, AUDIT_MOVED, &f);
	assert_int_equal(f.check, AUDIT_DEVICE_MOVED);
	assert_int_equal(f.status, AUDIT_FAIL);
	assert_non_null(strstr(f.seen, "is enabled for 'bob'"));
	assert_non_null(strstr(f.remedy, "tokenbridge revoke bob "
		"arn:aws:iam::123456789012:mfa/a --account 123456789012"));
	/* a name that a shell reads as more than a name is not put into it */
	b.owner = "$(x)";
	audit_say_binding(&b, AUDIT_MOVED, &f);
	assert_null(strstr(f.remedy, "$(x)"));
}

static void an_unfinished_run_is_told_with_what_ends_it(void **state)
{
	struct audit_unfinished u = { .account = "123456789012",
		.user = "alice", .device = "arn:aws:iam::123456789012:mfa/a",
		.kind = "revocation", .age = "3 h", .why = "no right",
		.command = "tokenbridge revoke alice x" };
	struct audit_finding f;

	(void)state;
	assert_int_equal(audit_judge_unfinished(&u), AUDIT_RUN_LEFT);
	audit_say_unfinished(&u, AUDIT_RUN_LEFT, &f);
	assert_int_equal(f.check, AUDIT_RUN_UNFINISHED);
	assert_int_equal(f.status, AUDIT_FAIL);
	assert_string_equal(f.seen, "the revocation of "
		"'arn:aws:iam::123456789012:mfa/a' that began 3 h ago is not "
		"finished: no right");
	assert_string_equal(f.remedy, "`tokenbridge revoke alice x`");
	u.why = NULL;
	audit_say_unfinished(&u, AUDIT_RUN_LEFT, &f);
	assert_non_null(strstr(f.seen, "it was broken off"));
	u.device = ""; /* AWS has not named it yet */
	assert_int_equal(audit_judge_unfinished(&u), AUDIT_RUN_LEFT_UNNAMED);
	audit_say_unfinished(&u, AUDIT_RUN_LEFT_UNNAMED, &f);
	assert_string_equal(f.seen, "the revocation that began 3 h ago is not "
		"finished: it was broken off");
	assert_null(f.device);
	assert_string_equal(f.remedy, "`tokenbridge revoke alice x`");
	u.device = NULL;
	assert_int_equal(audit_judge_unfinished(&u), AUDIT_RUN_NOT_READ);
}

static void the_guard_names_both_accounts(void **state)
{
	struct audit a = { .only_account = "123456789013" };
	struct error err;

	(void)state;
	assert_int_equal(audit_guard(&a, ACCOUNT, "the credentials are", &err),
		-ERROR_REFUSED);
	assert_non_null(strstr(err.text, ACCOUNT));
	assert_non_null(strstr(err.text, "123456789013"));
	a.only_account = ACCOUNT;
	assert_int_equal(audit_guard(&a, ACCOUNT, "", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_judged_by_mfa_then_by_password),
		cmocka_unit_test(a_deleted_user_is_neither_pass_nor_fail),
		cmocka_unit_test(
			root_fails_where_it_may_have_credentials_without_mfa),
		cmocka_unit_test(
			a_partition_without_root_user_has_nothing_to_judge),
		cmocka_unit_test(
	root_is_virtual_by_one_device_and_not_virtual_by_a_whole_list),
		cmocka_unit_test(
			a_device_is_unknown_only_where_the_registry_was_read),
		cmocka_unit_test(a_device_is_gone_only_by_a_whole_list),
		cmocka_unit_test(
			every_fail_names_a_remedy_and_every_row_what_was_seen),
		cmocka_unit_test(a_fail_rests_on_both_calls_and_older_time),
		cmocka_unit_test(unknown_names_the_missing_permission),
		cmocka_unit_test(a_report_that_says_otherwise_is_mentioned),
		cmocka_unit_test(
			what_aws_does_not_tell_has_what_the_report_in_hand_tells),
		cmocka_unit_test(
			a_name_that_a_shell_would_run_is_in_no_command),
		cmocka_unit_test(
			where_a_literal_rule_reads_otherwise_both_are_said),
		cmocka_unit_test(not_virtual_is_never_called_hardware),
		cmocka_unit_test(
			a_renamed_virtual_device_of_root_shows_the_literal_pass
			),
		cmocka_unit_test(words_of_any_length_are_cut_not_overrun),
		cmocka_unit_test(every_reason_has_its_row_of_words),
		cmocka_unit_test(every_row_of_words_is_reached_by_some_facts),
		cmocka_unit_test(
			a_mute_past_its_day_fails_only_where_it_still_matches),
		cmocka_unit_test(
			a_row_that_cannot_be_read_is_said_without_its_controls),
		cmocka_unit_test(
			what_was_found_is_counted_by_status_and_check),
		cmocka_unit_test(a_run_that_is_broken_off_does_not_go_on),
		cmocka_unit_test(a_run_whose_output_is_lost_does_not_go_on),
		cmocka_unit_test(a_skipped_check_neither_prints_nor_counts),
		cmocka_unit_test(checks_are_sets_or_names),
		cmocka_unit_test(the_guard_names_both_accounts),
		cmocka_unit_test(a_device_has_moved_only_where_its_owner_is_known),
		cmocka_unit_test(an_unfinished_run_is_told_with_what_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
