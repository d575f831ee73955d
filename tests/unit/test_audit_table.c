/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of checks, statuses and sources: what each check comes to by what
 * each source says or does not say. The last test holds it to being whole: every
 * status that a check has words for, and every source that may decide it.
 */
#include "bridge/audit/finding.h"
#include "bridge/audit/rules/references.h"
#include "bridge/audit/rules/words.h"
#include "tests/unit/unit.h"

#define ACCOUNT "123456789012"
#define SERIAL "arn:aws:iam::123456789012:u2f/user/alice/key"
#define WHEN 1700000000

#define REPORT "credential report"
#define LIST "iam:ListMFADevices"
#define VIRTUAL "iam:ListVirtualMFADevices"
#define LOGIN "iam:GetLoginProfile"
#define SUMMARY "iam:GetAccountSummary"
#define ORG "organizations:DescribeOrganization"
#define RIGHTS "iam:GetAccountAuthorizationDetails"
#define KEYS "iam:ListAccessKeys"
#define MFA "iam:GetMFADevice"
#define REGISTRY "registry"
#define JOURNAL "journal"
#define ADVISORIES "advisories"
#define MUTES "mute list"

#define YES(source) { AUDIT_YES, source, WHEN, NULL, false }
#define NO(source) { AUDIT_NO, source, WHEN, NULL, false }
#define GAP(source) { AUDIT_NOT_KNOWN, source, WHEN, "it did not answer", true }

/* What was judged, by check, status and source. */
static unsigned statuses[AUDIT_CHECKS];
static const char *decided[AUDIT_CHECKS][16], *missed[AUDIT_CHECKS][16];

static void note(const char *list[16], const char *source)
{
	size_t i;

	for (i = 0; list[i]; i++)
		if (strcmp(list[i], source) == 0)
			return;
	assert_true(i < 15);
	list[i] = source;
}

/* The finding is that check's and that status, and names the source; what is
 * not known names what is in the way. */
static void expect(const struct audit_finding *f, enum audit_check check,
	enum audit_status status, const char *source)
{
	assert_int_equal(f->check, check);
	if (f->status != status)
		fail_msg("%s by %s: %s and not %s: %s",
			audit_check_rows[check].name, source,
			audit_status_names[f->status],
			audit_status_names[status], f->seen);
	statuses[check] |= 1u << status;
	if (!source[0]) {
		assert_int_equal(status, AUDIT_NOT_APPLICABLE);
		return;
	}
	if (!strstr(f->source, source))
		fail_msg("%s rests on '%s' and not on '%s'",
			audit_check_rows[check].name, f->source, source);
	assert_int_equal(f->when, WHEN);
	if (status == AUDIT_UNKNOWN) {
		assert_non_null(strstr(f->seen, "it did not answer"));
		assert_string_equal(f->missing, source);
		note(missed[check], source);
	} else if (status != AUDIT_NOT_APPLICABLE) {
		note(decided[check], source);
	}
}

/* ---- root ---- */

#define ROOT(...) { .account = ACCOUNT, __VA_ARGS__ }
#define BARE .password = NO(SUMMARY), .keys = NO(SUMMARY), \
	.certificates = NO(SUMMARY)
#define ABLE(source) .password = YES(source), .keys = NO(source), \
	.certificates = NO(source)

static const struct root_row {
	enum audit_status status;
	const char *source;
	struct audit_root root;
} roots_missing[] = {
	{ AUDIT_PASS, SUMMARY, ROOT(.mfa = YES(SUMMARY), ABLE(SUMMARY)) },
	{ AUDIT_PASS, LIST, ROOT(.mfa = YES(LIST), ABLE(SUMMARY)) },
	{ AUDIT_PASS, REPORT, ROOT(.mfa = YES(REPORT), ABLE(REPORT)) },
	{ AUDIT_PASS, SUMMARY, ROOT(.mfa = NO(SUMMARY), BARE) },
	{ AUDIT_FAIL, SUMMARY, ROOT(.mfa = NO(SUMMARY), ABLE(SUMMARY)) },
	{ AUDIT_FAIL, LIST, ROOT(.mfa = NO(LIST), ABLE(SUMMARY)) },
	{ AUDIT_FAIL, REPORT, ROOT(.mfa = NO(REPORT), ABLE(REPORT)) },
	{ AUDIT_UNKNOWN, SUMMARY, ROOT(.mfa = GAP(SUMMARY), ABLE(REPORT)) },
	{ AUDIT_UNKNOWN, REPORT, ROOT(.mfa = GAP(REPORT), ABLE(REPORT)) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.absent = true) },
	{ AUDIT_NOT_APPLICABLE, SUMMARY, ROOT(.keys_only = true,
		.mfa = NO(SUMMARY)) },
}, roots_virtual[] = {
	{ AUDIT_PASS, VIRTUAL, ROOT(.mfa = YES(SUMMARY), ABLE(SUMMARY),
		.is_virtual = NO(VIRTUAL)) },
	{ AUDIT_PASS, LIST, ROOT(.mfa = YES(LIST), ABLE(SUMMARY),
		.is_virtual = NO(LIST)) },
	{ AUDIT_FAIL, VIRTUAL, ROOT(.mfa = YES(SUMMARY), ABLE(SUMMARY),
		.is_virtual = YES(VIRTUAL)) },
	{ AUDIT_FAIL, LIST, ROOT(.mfa = YES(LIST), ABLE(SUMMARY),
		.is_virtual = YES(LIST), .old_name = true) },
	{ AUDIT_UNKNOWN, VIRTUAL, ROOT(.mfa = YES(SUMMARY), ABLE(SUMMARY),
		.is_virtual = GAP(VIRTUAL)) },
	{ AUDIT_UNKNOWN, SUMMARY, ROOT(.mfa = GAP(SUMMARY), ABLE(SUMMARY),
		.is_virtual = NO(VIRTUAL)) },
	{ AUDIT_NOT_APPLICABLE, SUMMARY, ROOT(.mfa = NO(SUMMARY),
		ABLE(SUMMARY), .is_virtual = NO(VIRTUAL)) },
	{ AUDIT_NOT_APPLICABLE, SUMMARY, ROOT(.mfa = NO(SUMMARY), BARE,
		.is_virtual = YES(VIRTUAL)) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.absent = true) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.keys_only = true) },
}, roots_key[] = {
	{ AUDIT_PASS, SUMMARY, ROOT(.any_key = NO(SUMMARY)) },
	{ AUDIT_PASS, KEYS, ROOT(.any_key = NO(KEYS)) },
	{ AUDIT_PASS, REPORT, ROOT(.any_key = NO(REPORT)) },
	{ AUDIT_FAIL, SUMMARY, ROOT(.any_key = YES(SUMMARY)) },
	{ AUDIT_FAIL, KEYS, ROOT(.any_key = YES(KEYS),
		.key_state = AUDIT_KEY_ACTIVE) },
	{ AUDIT_FAIL, REPORT, ROOT(.any_key = YES(REPORT),
		.key_state = AUDIT_KEY_INACTIVE) },
	{ AUDIT_FAIL, SUMMARY, ROOT(.any_key = YES(SUMMARY),
		.keys_only = true) },
	{ AUDIT_UNKNOWN, SUMMARY, ROOT(.any_key = GAP(SUMMARY)) },
	{ AUDIT_UNKNOWN, REPORT, ROOT(.any_key = GAP(REPORT)) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.absent = true,
		.any_key = YES(SUMMARY)) },
}, roots_second[] = {
	{ AUDIT_PASS, LIST, ROOT(.mfa = YES(SUMMARY), .second = YES(LIST),
		.devices = 2) },
	{ AUDIT_PASS, VIRTUAL, ROOT(.mfa = YES(SUMMARY), .devices = 2,
		.second = YES(VIRTUAL)) },
	{ AUDIT_FAIL, LIST, ROOT(.mfa = YES(LIST), .second = NO(LIST),
		.devices = 1) },
	{ AUDIT_UNKNOWN, LIST, ROOT(.mfa = YES(SUMMARY),
		.second = GAP(LIST)) },
	{ AUDIT_NOT_APPLICABLE, SUMMARY, ROOT(.mfa = NO(SUMMARY),
		.second = GAP(LIST)) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.absent = true) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.keys_only = true) },
}, roots_removable[] = {
	{ AUDIT_PASS, SUMMARY, ROOT(BARE, .member = YES(ORG)) },
	{ AUDIT_FAIL, ORG, ROOT(ABLE(SUMMARY), .member = YES(ORG)) },
	{ AUDIT_UNKNOWN, ORG, ROOT(ABLE(SUMMARY), .member = GAP(ORG)) },
	{ AUDIT_NOT_APPLICABLE, ORG, ROOT(ABLE(SUMMARY), .member = NO(ORG),
		.no_member = "the account is in no organisation") },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.absent = true) },
	{ AUDIT_NOT_APPLICABLE, "", ROOT(.keys_only = true) },
};

typedef enum audit_reason root_judge(const struct audit_root *root);

static void judge_roots(const struct root_row *rows, size_t n,
	enum audit_check check, root_judge *judge)
{
	struct audit_finding f;
	size_t i;

	for (i = 0; i < n; i++) {
		audit_say_root(&rows[i].root, judge(&rows[i].root), &f);
		assert_string_equal(f.subject, AUDIT_ROOT_SUBJECT);
		expect(&f, check, rows[i].status, rows[i].source);
	}
}

#define ROOTS(rows, check, judge) \
	judge_roots(rows, ARRAY_LEN(rows), check, judge)

static void root_by_every_source(void **state)
{
	(void)state;
	ROOTS(roots_missing, AUDIT_ROOT_MFA_MISSING, audit_judge_root);
	ROOTS(roots_virtual, AUDIT_ROOT_MFA_VIRTUAL,
		audit_judge_root_virtual);
	ROOTS(roots_key, AUDIT_ROOT_ACCESS_KEY, audit_judge_root_key);
	ROOTS(roots_second, AUDIT_ROOT_ONE_DEVICE, audit_judge_root_second);
	ROOTS(roots_removable, AUDIT_ROOT_REMOVABLE,
		audit_judge_root_removable);
}

/* ---- users ---- */

#define USER(...) { .account = ACCOUNT, .name = "alice", __VA_ARGS__ }
#define TWO .devices = 2, .kinds = "fido, virtual", .fido = 1
#define ADMIN .rights = YES(RIGHTS)

static const struct user_row {
	enum audit_status status;
	const char *source;
	struct audit_user user;
} users_missing[] = {
	{ AUDIT_PASS, LIST, USER(.mfa = YES(LIST), .password = YES(LOGIN)) },
	{ AUDIT_PASS, VIRTUAL, USER(.mfa = YES(VIRTUAL),
		.password = YES(LOGIN)) },
	{ AUDIT_PASS, REPORT, USER(.mfa = YES(REPORT),
		.password = YES(REPORT)) },
	{ AUDIT_PASS, LOGIN, USER(.mfa = NO(LIST), .password = NO(LOGIN)) },
	{ AUDIT_PASS, REPORT, USER(.mfa = GAP(LIST), .password = NO(REPORT)) },
	{ AUDIT_FAIL, LIST, USER(.mfa = NO(LIST), .password = YES(LOGIN)) },
	{ AUDIT_FAIL, LOGIN, USER(.mfa = NO(LIST), .password = YES(LOGIN)) },
	{ AUDIT_FAIL, REPORT, USER(.mfa = NO(REPORT),
		.password = YES(REPORT)) },
	{ AUDIT_UNKNOWN, LIST, USER(.mfa = GAP(LIST), .password = YES(LOGIN)) },
	{ AUDIT_UNKNOWN, LIST, USER(.mfa = GAP(LIST), .password = GAP(LOGIN)) },
	{ AUDIT_UNKNOWN, LOGIN, USER(.mfa = NO(LIST), .password = GAP(LOGIN)) },
	{ AUDIT_UNKNOWN, REPORT, USER(.mfa = GAP(REPORT),
		.password = YES(REPORT)) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST), .gone = true) },
}, users_admin[] = {
	{ AUDIT_PASS, LIST, USER(.mfa = YES(LIST), ADMIN) },
	{ AUDIT_PASS, VIRTUAL, USER(.mfa = YES(VIRTUAL), ADMIN) },
	{ AUDIT_PASS, REPORT, USER(.mfa = YES(REPORT), ADMIN) },
	{ AUDIT_PASS, RIGHTS, USER(.mfa = NO(LIST), .rights = NO(RIGHTS),
		.password = YES(LOGIN)) },
	{ AUDIT_PASS, RIGHTS, USER(.mfa = NO(LIST), .rights = NO(RIGHTS),
		.bounded = true) },
	{ AUDIT_FAIL, LIST, USER(.mfa = NO(LIST), ADMIN,
		.password = YES(LOGIN), .key = NO(KEYS)) },
	{ AUDIT_FAIL, RIGHTS, USER(.mfa = NO(LIST), ADMIN,
		.password = NO(LOGIN), .key = YES(KEYS)) },
	{ AUDIT_UNKNOWN, RIGHTS, USER(.mfa = NO(LIST), .rights = GAP(RIGHTS),
		.password = YES(LOGIN)) },
	{ AUDIT_UNKNOWN, LIST, USER(.mfa = GAP(LIST), ADMIN,
		.password = YES(LOGIN)) },
	{ AUDIT_UNKNOWN, LOGIN, USER(.mfa = NO(LIST), ADMIN,
		.password = GAP(LOGIN), .key = NO(KEYS)) },
	{ AUDIT_UNKNOWN, KEYS, USER(.mfa = NO(LIST), ADMIN,
		.password = NO(LOGIN), .key = GAP(KEYS)) },
	{ AUDIT_NOT_APPLICABLE, KEYS, USER(.mfa = NO(LIST), ADMIN,
		.password = NO(LOGIN), .key = NO(KEYS)) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST), .gone = true) },
}, users_resistant[] = {
	{ AUDIT_PASS, LIST, USER(.mfa = YES(LIST), .listed = YES(LIST),
		.password = YES(LOGIN), .devices = 1, .fido = 1) },
	{ AUDIT_FAIL, LIST, USER(.mfa = YES(LIST), .listed = YES(LIST),
		.password = YES(REPORT), .devices = 1) },
	{ AUDIT_FAIL, LOGIN, USER(.mfa = YES(LIST), .listed = YES(LIST),
		.password = YES(LOGIN), TWO) },
	{ AUDIT_UNKNOWN, LIST, USER(.mfa = YES(REPORT), .listed = GAP(LIST),
		.password = YES(LOGIN)) },
	{ AUDIT_UNKNOWN, LOGIN, USER(.mfa = YES(LIST), .listed = YES(LIST),
		.password = GAP(LOGIN), TWO) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST),
		.password = YES(LOGIN)) },
	{ AUDIT_NOT_APPLICABLE, LOGIN, USER(.mfa = YES(LIST),
		.listed = YES(LIST), .password = NO(LOGIN), TWO) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST), .gone = true) },
	{ AUDIT_NOT_APPLICABLE, "", USER(.mfa = YES(LIST), .no_fido = true) },
}, users_one[] = {
	{ AUDIT_PASS, LIST, USER(.mfa = YES(LIST), .listed = YES(LIST), TWO) },
	{ AUDIT_FAIL, LIST, USER(.mfa = YES(LIST), .listed = YES(LIST),
		.devices = 1) },
	{ AUDIT_UNKNOWN, LIST, USER(.mfa = YES(REPORT), .listed = GAP(LIST)) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST),
		.listed = YES(LIST)) },
	{ AUDIT_NOT_APPLICABLE, LIST, USER(.mfa = NO(LIST), .gone = true) },
	{ AUDIT_NOT_APPLICABLE, "", USER(.mfa = YES(LIST),
		.one_allowed = true) },
};

typedef enum audit_reason user_judge(const struct audit_user *u);

static void judge_users(const struct user_row *rows, size_t n,
	enum audit_check check, user_judge *judge)
{
	struct audit_finding f;
	size_t i;

	for (i = 0; i < n; i++) {
		audit_say_user(&rows[i].user, judge(&rows[i].user), &f);
		assert_string_equal(f.subject, "alice");
		expect(&f, check, rows[i].status, rows[i].source);
	}
}

#define USERS(rows, check, judge) \
	judge_users(rows, ARRAY_LEN(rows), check, judge)

static void users_by_every_source(void **state)
{
	(void)state;
	USERS(users_missing, AUDIT_USER_MFA_MISSING, audit_judge_user);
	USERS(users_admin, AUDIT_ADMIN_MFA_MISSING, audit_judge_admin);
	USERS(users_resistant, AUDIT_USER_NOT_RESISTANT,
		audit_judge_resistant);
	USERS(users_one, AUDIT_USER_ONE_DEVICE, audit_judge_one_device);
}

/* ---- devices and bindings ---- */

#define DEVICE(...) { .account = ACCOUNT, .user = "alice", .kind = "fido", \
	.serial = SERIAL, __VA_ARGS__ }
#define BINDING(...) { .account = ACCOUNT, .user = "alice", \
	.device = SERIAL, __VA_ARGS__ }

static const struct device_row {
	enum audit_status status;
	const char *source;
	struct audit_device device;
} devices_unknown[] = {
	{ AUDIT_PASS, LIST, DEVICE(.at_aws = YES(LIST),
		.bound = YES(REGISTRY)) },
	{ AUDIT_PASS, REGISTRY, DEVICE(.at_aws = YES(VIRTUAL),
		.bound = YES(REGISTRY)) },
	{ AUDIT_PASS, REGISTRY, DEVICE(.at_aws = YES(LIST),
		.bound = NO(REGISTRY), .run = "enrollment") },
	{ AUDIT_FAIL, LIST, DEVICE(.at_aws = YES(LIST),
		.bound = NO(REGISTRY)) },
	{ AUDIT_FAIL, VIRTUAL, DEVICE(.at_aws = YES(VIRTUAL),
		.bound = NO(REGISTRY), .alone = true) },
	{ AUDIT_UNKNOWN, REGISTRY, DEVICE(.at_aws = YES(LIST),
		.bound = GAP(REGISTRY)) },
	{ AUDIT_UNKNOWN, LIST, { .account = ACCOUNT, .user = "alice",
		.at_aws = GAP(LIST), .bound = NO(REGISTRY) } },
}, devices_certified[] = {
	{ AUDIT_PASS, MFA, DEVICE(.certified = YES(MFA),
		.certifications = "FIDO L1") },
	{ AUDIT_PASS, REGISTRY, DEVICE(.certified = NO(MFA), .vouched = true,
		.bound = YES(REGISTRY)) },
	{ AUDIT_FAIL, MFA, DEVICE(.certified = NO(MFA)) },
	{ AUDIT_UNKNOWN, MFA, DEVICE(.certified = GAP(MFA)) },
	{ AUDIT_UNKNOWN, LIST, { .account = ACCOUNT, .user = "alice",
		.at_aws = GAP(LIST) } },
};

static const struct binding_row {
	enum audit_status status;
	const char *source;
	struct audit_binding binding;
} bindings_gone[] = {
	{ AUDIT_PASS, LIST, BINDING(.at_aws = YES(LIST)) },
	{ AUDIT_PASS, VIRTUAL, BINDING(.at_aws = YES(VIRTUAL)) },
	{ AUDIT_FAIL, LIST, BINDING(.at_aws = NO(LIST)) },
	{ AUDIT_UNKNOWN, LIST, BINDING(.at_aws = GAP(LIST)) },
	{ AUDIT_NOT_APPLICABLE, LIST, BINDING(.at_aws = NO(LIST),
		.run = "revocation") },
}, bindings_moved[] = {
	{ AUDIT_PASS, LIST, BINDING(.at_aws = YES(LIST), .moved = NO(LIST)) },
	{ AUDIT_FAIL, LIST, BINDING(.at_aws = YES(LIST), .moved = YES(LIST),
		.owner = "bob") },
	{ AUDIT_UNKNOWN, LIST, BINDING(.at_aws = YES(VIRTUAL),
		.moved = GAP(LIST)) },
	{ AUDIT_NOT_APPLICABLE, LIST, BINDING(.at_aws = NO(LIST)) },
};

static void devices_by_every_source(void **state)
{
	struct audit_finding f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(devices_unknown); i++) {
		const struct device_row *x = &devices_unknown[i];

		audit_say_device(&x->device, audit_judge_device(&x->device),
			&f);
		expect(&f, AUDIT_DEVICE_UNKNOWN, x->status, x->source);
	}
	for (i = 0; i < ARRAY_LEN(devices_certified); i++) {
		const struct device_row *x = &devices_certified[i];

		audit_say_device(&x->device,
			audit_judge_certified(&x->device), &f);
		expect(&f, AUDIT_USER_UNCERTIFIED, x->status, x->source);
	}
	for (i = 0; i < ARRAY_LEN(bindings_gone); i++) {
		const struct binding_row *x = &bindings_gone[i];

		audit_say_binding(&x->binding,
			audit_judge_binding(&x->binding), &f);
		expect(&f, AUDIT_DEVICE_GONE, x->status, x->source);
	}
	for (i = 0; i < ARRAY_LEN(bindings_moved); i++) {
		const struct binding_row *x = &bindings_moved[i];

		audit_say_binding(&x->binding, audit_judge_moved(&x->binding),
			&f);
		expect(&f, AUDIT_DEVICE_MOVED, x->status, x->source);
	}
}

/* ---- what our own record says ---- */

static const struct token_row {
	enum audit_status vulnerable, verified;
	struct audit_token token;
} tokens[] = {
	{ AUDIT_PASS, AUDIT_PASS, { .name = "'blue-7'",
		.vulnerable = NO(ADVISORIES), .accepted = YES(REGISTRY),
		.verdict = "genuine" } },
	{ AUDIT_FAIL, AUDIT_FAIL, { .name = "'blue-7'",
		.vulnerable = YES(ADVISORIES), .accepted = NO(REGISTRY),
		.severity = AUDIT_HIGH } },
	{ AUDIT_UNKNOWN, AUDIT_UNKNOWN, { .name = "'blue-7'",
		.vulnerable = GAP(ADVISORIES), .accepted = GAP(REGISTRY) } },
	{ AUDIT_UNKNOWN, AUDIT_UNKNOWN, { .vulnerable = GAP(ADVISORIES),
		.accepted = GAP(REGISTRY) } },
};

static const struct orphan_row {
	enum audit_status status;
	struct audit_orphan orphan;
} orphans[] = {
	{ AUDIT_FAIL, { ACCOUNT, SERIAL, YES(VIRTUAL), WHEN - 600, NULL } },
	{ AUDIT_UNKNOWN, { ACCOUNT, NULL, GAP(VIRTUAL), 0, NULL } },
	{ AUDIT_UNKNOWN, { ACCOUNT, SERIAL, GAP(VIRTUAL), 0, NULL } },
	{ AUDIT_NOT_APPLICABLE, { ACCOUNT, SERIAL, YES(VIRTUAL), WHEN - 600,
		"enrollment" } },
};

static const struct muting_row {
	enum audit_status status;
	bool over, matched;
} mutings[] = {
	{ AUDIT_PASS, false, false },
	{ AUDIT_PASS, false, true },
	{ AUDIT_FAIL, true, true },
	{ AUDIT_NOT_APPLICABLE, true, false },
};

/* Where nothing is in the way, time alone makes it certain. */
static void seen_once(void)
{
	struct audit_orphan o = { ACCOUNT, SERIAL, YES(VIRTUAL), 0, NULL };
	struct audit_finding f;

	audit_say_orphan(&o, audit_judge_orphan(&o), &f);
	assert_int_equal(f.status, AUDIT_UNKNOWN);
	assert_string_equal(f.missing, "");
}

static void our_record_by_every_source(void **state)
{
	struct audit_unfinished u = { .account = ACCOUNT, .user = "alice",
		.device = SERIAL, .kind = "revocation", .age = "3 h",
		.command = "tokenbridge revoke", .told = YES(JOURNAL) };
	struct audit_muting m = { .account = "", .source = "mutes line 1",
		.reason = "", .owner = "", .day = "2023-01-01",
		.told = YES(MUTES) };
	struct audit_finding f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(tokens); i++) {
		const struct token_row *x = &tokens[i];

		audit_say_token(&x->token, audit_judge_vulnerable(&x->token),
			&f);
		expect(&f, AUDIT_TOKEN_VULNERABLE, x->vulnerable, ADVISORIES);
		audit_say_token(&x->token, audit_judge_verified(&x->token),
			&f);
		expect(&f, AUDIT_TOKEN_UNVERIFIED, x->verified, REGISTRY);
	}
	for (i = 0; i < ARRAY_LEN(orphans); i++) {
		const struct orphan_row *x = &orphans[i];

		audit_say_orphan(&x->orphan, audit_judge_orphan(&x->orphan),
			&f);
		expect(&f, AUDIT_VIRTUAL_ORPHAN, x->status, VIRTUAL);
	}
	seen_once();
	audit_say_unfinished(&u, audit_judge_unfinished(&u), &f);
	expect(&f, AUDIT_RUN_UNFINISHED, AUDIT_FAIL, JOURNAL);
	u.device = NULL;
	u.told = (struct audit_fact)GAP(JOURNAL);
	audit_say_unfinished(&u, audit_judge_unfinished(&u), &f);
	expect(&f, AUDIT_RUN_UNFINISHED, AUDIT_UNKNOWN, JOURNAL);
	for (i = 0; i < ARRAY_LEN(mutings); i++) {
		m.over = mutings[i].over;
		m.matched = mutings[i].matched;
		audit_say_muting(&m, audit_judge_muting(&m), &f);
		expect(&f, AUDIT_MUTE_EXPIRED, mutings[i].status, MUTES);
	}
}

/* ---- whether that is all ---- */

/* What may decide a check, and whose silence leaves it open. */
static const struct {
	const char *decides[5], *leaves_open[5];
} whole[AUDIT_CHECKS] = {
	[AUDIT_ROOT_MFA_MISSING] = { { SUMMARY, LIST, REPORT },
		{ SUMMARY, REPORT } },
	[AUDIT_ROOT_MFA_VIRTUAL] = { { VIRTUAL, LIST }, { VIRTUAL, SUMMARY } },
	[AUDIT_ROOT_ACCESS_KEY] = { { SUMMARY, KEYS, REPORT },
		{ SUMMARY, REPORT } },
	[AUDIT_ROOT_ONE_DEVICE] = { { LIST, VIRTUAL }, { LIST } },
	[AUDIT_ROOT_REMOVABLE] = { { SUMMARY, ORG }, { ORG } },
	[AUDIT_USER_MFA_MISSING] = { { LIST, VIRTUAL, REPORT, LOGIN },
		{ LIST, LOGIN, REPORT } },
	[AUDIT_ADMIN_MFA_MISSING] = { { LIST, VIRTUAL, REPORT, RIGHTS },
		{ RIGHTS, LIST, LOGIN, KEYS } },
	[AUDIT_USER_NOT_RESISTANT] = { { LIST, LOGIN }, { LIST, LOGIN } },
	[AUDIT_USER_UNCERTIFIED] = { { MFA, REGISTRY }, { MFA, LIST } },
	[AUDIT_USER_ONE_DEVICE] = { { LIST }, { LIST } },
	[AUDIT_DEVICE_UNKNOWN] = { { LIST, REGISTRY, VIRTUAL },
		{ REGISTRY, LIST } },
	[AUDIT_DEVICE_GONE] = { { LIST, VIRTUAL }, { LIST } },
	[AUDIT_DEVICE_MOVED] = { { LIST }, { LIST } },
	[AUDIT_TOKEN_VULNERABLE] = { { ADVISORIES }, { ADVISORIES } },
	[AUDIT_TOKEN_UNVERIFIED] = { { REGISTRY }, { REGISTRY } },
	[AUDIT_VIRTUAL_ORPHAN] = { { VIRTUAL }, { VIRTUAL } },
	[AUDIT_RUN_UNFINISHED] = { { JOURNAL }, { JOURNAL } },
	[AUDIT_MUTE_EXPIRED] = { { MUTES }, { NULL } },
};

static void same(enum audit_check check, const char *const *want,
	const char *const *met)
{
	size_t n = 0, k;

	for (; n < 5 && want[n]; n++) {
		for (k = 0; met[k] && strcmp(met[k], want[n]) != 0; k++)
			;
		if (!met[k])
			fail_msg("%s: no row of %s",
				audit_check_rows[check].name, want[n]);
	}
	for (k = 0; met[k]; k++)
		;
	assert_int_equal(k, n);
}

static void every_check_status_and_source_has_its_row(void **state)
{
	unsigned words[AUDIT_CHECKS] = { 0 };
	const struct audit_words *w;
	size_t i;

	(void)state;
	for (i = 0; i < AUDIT_REASONS; i++) {
		w = audit_words_of((enum audit_reason)i);
		words[w->check] |= 1u << w->status;
	}
	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (statuses[i] != words[i])
			fail_msg("%s: statuses 0x%x, and words for 0x%x",
				audit_check_rows[i].name, statuses[i],
				words[i]);
		same((enum audit_check)i, whole[i].decides, decided[i]);
		same((enum audit_check)i, whole[i].leaves_open, missed[i]);
	}
}

/* ---- the table itself ---- */

static const char *const benchmark = "root-mfa-missing,root-mfa-virtual,"
	"root-access-key,user-mfa-missing,mute-expired";
static const char *const cis = "root-credentials-removable,"
	"admin-mfa-missing,mute-expired";
static const char *const house = "root-mfa-missing,root-mfa-virtual,"
	"root-access-key,user-mfa-missing,mute-expired,root-one-device,"
	"user-not-phishing-resistant,user-passkey-uncertified,"
	"user-one-device,device-unknown,device-gone,device-moved,"
	"token-vulnerable,token-unverified,virtual-orphan,run-unfinished";

static void every_set_has_the_checks_that_it_has(void **state)
{
	unsigned set = 0, names = 0;

	(void)state;
	OK(audit_checks_parse("benchmark", &set, &err));
	OK(audit_checks_parse(benchmark, &names, &err));
	assert_int_equal(set, names);
	assert_int_equal(set, audit_checks_in(AUDIT_IN_BENCHMARK));
	OK(audit_checks_parse("cis", &set, &err));
	OK(audit_checks_parse(cis, &names, &err));
	assert_int_equal(set, names);
	OK(audit_checks_parse("house", &set, &err));
	OK(audit_checks_parse(house, &names, &err));
	assert_int_equal(set, names);
	OK(audit_checks_parse("device-gone", &names, &err));
	assert_int_equal(names, AUDIT_BIT(AUDIT_DEVICE_GONE));
	assert_int_equal(audit_checks_in(0), 0);
	assert_int_equal(audit_checks_in(AUDIT_IN_BENCHMARK | AUDIT_IN_HOUSE |
		AUDIT_IN_CIS), AUDIT_BIT(AUDIT_CHECKS) - 1);
}

static void what_a_check_needs_is_told_whole(void **state)
{
	unsigned both = 0;

	(void)state;
	OK(audit_checks_parse("device-unknown,device-gone,device-moved,"
		"virtual-orphan,run-unfinished", &both, &err));
	assert_int_equal(audit_checks_needing(AUDIT_NEEDS_AWS |
		AUDIT_NEEDS_REGISTRY), both);
	assert_int_equal(audit_checks_needing(AUDIT_NEEDS_REGISTRY), both |
		AUDIT_BIT(AUDIT_TOKEN_VULNERABLE) |
		AUDIT_BIT(AUDIT_TOKEN_UNVERIFIED));
	assert_int_equal(audit_checks_needing(AUDIT_NEEDS_MUTES),
		AUDIT_BIT(AUDIT_MUTE_EXPIRED));
	assert_int_equal(audit_checks_needing(0),
		AUDIT_BIT(AUDIT_CHECKS) - 1);
}

static void a_check_is_found_by_its_whole_name(void **state)
{
	char name[101], want[80];
	unsigned bits = 0;
	size_t i, n;

	(void)state;
	for (i = 0; i < AUDIT_CHECKS; i++) {
		n = strlen(audit_check_rows[i].name);
		assert_int_equal(audit_check_of(audit_check_rows[i].name, n),
			i);
		assert_int_equal(audit_check_of(audit_check_rows[i].name,
			n - 1), -1);
	}
	assert_int_equal(audit_check_of("", 0), -1);
	FAILS(ERROR_USAGE, audit_checks_parse("cis,roo,house", &bits, &err));
	assert_non_null(strstr(err.text, "'roo' is no check"));
	/* of a long one as much as fits */
	memset(name, 'x', 100);
	name[100] = '\0';
	FAILS(ERROR_USAGE, audit_checks_parse(name, &bits, &err));
	snprintf(want, sizeof(want), "'%.64s' is no check", name);
	assert_non_null(strstr(err.text, want));
}

/* How many others know each check by a name or number of theirs. */
static void every_check_has_its_references(void **state)
{
	static const struct {
		size_t n;
		const char *first, *last;
	} rows[AUDIT_CHECKS] = {
		[AUDIT_ROOT_MFA_MISSING] = { 40, "IAM-014", "Article 25" },
		[AUDIT_ROOT_MFA_VIRTUAL] = { 36, "IAM-042", "Article 25" },
		[AUDIT_ROOT_ACCESS_KEY] = { 32, "IAM-015", "Article 25" },
		[AUDIT_USER_MFA_MISSING] = { 47, "IAM-013", "Article 25" },
		[AUDIT_ROOT_REMOVABLE] = { 2, "2.1.1",
			"iam_root_credentials_management_enabled" },
		[AUDIT_USER_NOT_RESISTANT] = { 3, "E8-3.7",
			"iam_user_hardware_mfa_enabled" },
	};
	const struct audit_reference *r;
	size_t i, n;

	(void)state;
	for (i = 0; i < AUDIT_CHECKS; i++) {
		n = 77;
		r = audit_references((enum audit_check)i, &n);
		assert_int_equal(n, rows[i].n);
		if (n == 0) {
			assert_null(r);
			continue;
		}
		assert_string_equal(r[0].id, rows[i].first);
		assert_string_equal(r[n - 1].id, rows[i].last);
		while (n-- > 0)
			assert_string_equal(r[n].check,
				audit_check_rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_by_every_source),
		cmocka_unit_test(users_by_every_source),
		cmocka_unit_test(devices_by_every_source),
		cmocka_unit_test(our_record_by_every_source),
		cmocka_unit_test(every_set_has_the_checks_that_it_has),
		cmocka_unit_test(what_a_check_needs_is_told_whole),
		cmocka_unit_test(a_check_is_found_by_its_whole_name),
		cmocka_unit_test(every_check_has_its_references),
		/* last: it counts what the others met */
		cmocka_unit_test(every_check_status_and_source_has_its_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
