/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit's root user: which of four sources each fact is taken from, what
 * is asked for which checks, and what a question without an answer leaves.
 */
#include "tests/unit/gather-parts.h"

#include "aws/api/iam-root.h"
#include "aws/api/organizations.h"

#define ASSUMED ((struct aws_session *)(uintptr_t)16)
#define OURS ((struct aws_session *)(uintptr_t)32)
#define OLD_NAME "arn:aws:iam::" ACCOUNT ":mfa/root-account-mfa-device"
#define DEVICE "arn:aws:iam::" ACCOUNT ":mfa/phone"
#define OTHER_ACCOUNT "210987654321"

/* What AWS answers; `fails` is the answer to the question named `failing`. */
static struct world {
	char failing;
	char asked[32];  /* questions, a letter each */
	enum iam_assignment which;
	struct iam_account_summary summary;
	struct iam_virtual_device virtuals[3];
	size_t virtuals_n;
	struct iam_device devices[3]; /* root's own */
	size_t devices_n;
	bool keys[3];    /* active? */
	size_t keys_n;
	bool certificate, password;
	struct organization organization;
	bool no_organization, credentials;
	struct aws_session *root; /* of AssumeRoot */
} w;

static int ask(char what, struct error *e)
{
	size_t n = strlen(w.asked);

	assert_true(n + 1 < sizeof(w.asked));
	w.asked[n] = what;
	w.asked[n + 1] = '\0';
	return what == w.failing ? answered(e) : 0;
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	*s = NULL;
}

WRAP(int, iam_get_account_summary, struct aws_session *s,
	struct iam_account_summary *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	*ret = w.summary;
	return ask('s', e);
}

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	size_t i;

	assert_ptr_equal(s, OURS);
	w.which = which;
	for (i = 0; i < w.virtuals_n; i++)
		OK(fn(data, &w.virtuals[i], e));
	return ask('v', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	size_t i;

	assert_ptr_equal(s, w.root ? w.root : OURS);
	assert_null(user);
	for (i = 0; i < w.devices_n; i++)
		OK(fn(data, &w.devices[i], e));
	return ask('d', e);
}

WRAP(int, iam_list_access_keys, struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *e)
{
	struct iam_access_key key;
	size_t i;

	assert_ptr_equal(s, w.root ? w.root : OURS);
	assert_null(user);
	memset(&key, 0, sizeof(key));
	for (i = 0; i < w.keys_n; i++) {
		key.active = w.keys[i];
		OK(fn(data, &key, e));
	}
	return ask('k', e);
}

WRAP(int, iam_root_list_certificates, struct aws_session *s,
	iam_certificate_fn fn, void *data, struct error *e)
{
	assert_ptr_equal(s, ASSUMED);
	if (w.certificate)
		OK(fn(data, "id", e));
	return ask('c', e);
}

WRAP(int, iam_root_has_password, struct aws_session *s, bool *ret,
	struct error *e)
{
	assert_ptr_equal(s, ASSUMED);
	*ret = w.password;
	return ask('p', e);
}

WRAP(int, organizations_describe, struct aws_session *s,
	struct organization *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(s, OURS);
	*ret = w.organization;
	*ret_found = !w.no_organization;
	return ask('o', e);
}

WRAP(int, organizations_root_features, struct aws_session *s,
	struct organization_root *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	ret->credentials = w.credentials;
	return ask('f', e);
}

static int assume(void *self, struct aws_session **ret, struct error *e)
{
	int r = ask('r', e);

	assert_ptr_equal(self, &w);
	if (r == 0)
		*ret = w.root;
	return r;
}

/* As a line a fact. */
WRAP(void, audit_root, struct audit *a, const struct audit_root *root)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(root->account, ACCOUNT);
	note_row("%s%sMFA %s\n", root->absent ? "no root user\n" : "",
		root->keys_only ? "keys only\n" : "", fact_text(root->mfa));
	note_row("password %s\nkeys %s\n", fact_text(root->password),
		fact_text(root->keys));
	note_row("certificates %s\n", fact_text(root->certificates));
	note_row("virtual %s %s%s\nnamesake %s\n", fact_text(root->is_virtual),
		or_none(root->serial), root->old_name ? " old" : "",
		or_none(root->namesake));
	note_row("any key %s, %d\nsecond %s, %zu\nmember %s, %s\n",
		fact_text(root->any_key), root->key_state,
		fact_text(root->second), root->devices,
		fact_text(root->member), or_none(root->no_member));
}

static const unsigned ALL = LIVE_ROOT_CHECKS;

static int begin(void **state)
{
	(void)state;
	begin_audit(ALL);
	memset(&w, 0, sizeof(w));
	w.summary = (struct iam_account_summary){ .root_mfa = 1,
		.root_password = 1 };
	strcpy(w.organization.management, OTHER_ACCOUNT);
	w.organization.all_features = true;
	w.root = NULL;
	renewal.root = NULL;
	renewal.self = &w;
	live.s = OURS;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	end_audit();
	return 0;
}

static void ask_root(const char *asked)
{
	w.asked[0] = '\0';
	OK(live_ask_root(&live, &err));
	assert_string_equal(w.asked, asked);
}

/* One of the lines that were noted. */
static void line_is(const char *want)
{
	char text[640];

	snprintf(text, sizeof(text), "%s\n", want);
	if (strncmp(rows, text, strlen(text)) != 0) {
		snprintf(text, sizeof(text), "\n%s\n", want);
		if (!strstr(rows, text))
			fail_msg("no '%s' in:\n%s", want, rows);
	}
}

static void again(void)
{
	end_audit();
	rows[0] = w.asked[0] = '\0';
	begin_audit(ALL);
	live.s = OURS;
}

#define SUMMARY "iam:GetAccountSummary"
#define VIRTUALS "iam:ListVirtualMFADevices"
#define OWN "iam:ListMFADevices"
#define BY_ROOT " as Root, by sts:AssumeRoot"

static void who_is_not_root_is_told_by_what_aws_counts(void **state)
{
	(void)state;
	ask_root("svo");
	rows_are("MFA yes by " SUMMARY " +7\n"
		"password yes by " SUMMARY " +7\n"
		"keys no by " SUMMARY " +7\n"
		"certificates no by " SUMMARY " +7\n"
		"virtual no by " VIRTUALS " +7 -\n"
		"namesake -\n"
		"any key no by " SUMMARY " +7, 0\n"
		"second unknown by " OWN " (), 0\n"
		"member yes by organizations:DescribeOrganization +7, -\n");
	assert_string_equal(audited.skipped[AUDIT_ROOT_ONE_DEVICE], "root's "
		"devices are listed for root, or a session of AssumeRoot, "
		"only");
	assert_int_equal(live.root_mfa, AUDIT_YES);
	assert_int_equal(w.which, IAM_ASSIGNED);
	/* what AWS does not count is not known, what it counts is there */
	again();
	w.summary = (struct iam_account_summary){ .root_mfa = 0,
		.root_password = -1, .root_access_keys = 2,
		.root_certificates = 1 };
	ask_root("svo");
	line_is("MFA no by " SUMMARY " +7");
	line_is("password unknown by " SUMMARY " +7 (AWS did not say)");
	line_is("keys yes by " SUMMARY " +7");
	line_is("certificates yes by " SUMMARY " +7");
	line_is("any key yes by " SUMMARY " +7, 0");
	/* no MFA at all: whether there is a second device is decided */
	assert_null(audited.skipped[AUDIT_ROOT_ONE_DEVICE]);
	assert_int_equal(live.root_mfa, AUDIT_NO);
}

static void a_virtual_device_is_roots_by_its_list(void **state)
{
	struct iam_virtual_device of_root = { .assigned = true,
		.of_root = true };
	struct iam_virtual_device of_bob = { .assigned = true, .user = "bob",
		.user_id = "IDbob" };

	(void)state;
	strcpy(of_root.serial, DEVICE);
	strcpy(of_bob.serial, OLD_NAME);
	w.virtuals[0] = of_bob;
	w.virtuals[1] = of_root;
	w.virtuals_n = 2;
	ask_root("svo");
	line_is("virtual yes by " VIRTUALS " +7 " DEVICE);
	line_is("namesake bob");
	assert_int_equal(live.virtuals.n, 2);
	assert_string_equal(live.virtuals.p[0].user_id, "IDbob");
	assert_null(live.virtuals.p[1].user_id);
	assert_int_equal(live.devices.n, 1);
	assert_true(live.devices.p[0].owner == ROOT_OWNER);
	/* two of them are two; the first is named */
	again();
	strcpy(w.virtuals[0].serial, OLD_NAME);
	w.virtuals[0].of_root = true;
	ask_root("svo");
	line_is("virtual yes by " VIRTUALS " +7 " OLD_NAME " old");
	line_is("namesake -");
	line_is("second yes by " VIRTUALS " +7, 2");
	assert_null(audited.skipped[AUDIT_ROOT_ONE_DEVICE]);
	/* one that nobody has is nobody's, and is asked for by its check */
	again();
	audited.checks |= AUDIT_BIT(AUDIT_VIRTUAL_ORPHAN);
	w.virtuals[0].assigned = w.virtuals[0].of_root = false;
	w.virtuals_n = 1;
	ask_root("svo");
	assert_int_equal(w.which, IAM_ANY);
	assert_int_equal(live.unassigned.n, 1);
	assert_int_equal(live.virtuals.n, 0);
	line_is("virtual no by " VIRTUALS " +7 -");
	/* the bare name, without an account before it, is no such device */
	again();
	strcpy(w.virtuals[0].serial, ":mfa/root-account-mfa-device");
	w.virtuals[0].assigned = true;
	ask_root("svo");
	line_is("namesake -");
}

static void roots_own_keys_ask_roots_own_lists(void **state)
{
	(void)state;
	live.by_root = true;
	strcpy(w.devices[0].serial, DEVICE);
	w.devices[0].kind = DEVICE_VIRTUAL;
	w.devices_n = 1;
	w.keys[0] = true;
	w.keys_n = 2;
	ask_root("svdko");
	line_is("virtual yes by " OWN " +7 " DEVICE);
	line_is("any key yes by iam:ListAccessKeys +7, 2");
	line_is("second no by " OWN " +7, 1");
	/* what AWS counts stands, for what only another session is told */
	line_is("MFA yes by " SUMMARY " +7");
	line_is("keys no by " SUMMARY " +7");
	again();
	live.by_root = true;
	strcpy(w.devices[1].serial, "key");
	w.devices[0].kind = w.devices[1].kind = DEVICE_FIDO;
	w.devices_n = 2;
	w.keys[0] = false;
	ask_root("svdko");
	line_is("virtual no by " OWN " +7 -");
	line_is("any key yes by iam:ListAccessKeys +7, 1");
	line_is("second yes by " OWN " +7, 2");
	/* an active one behind an inactive one is active */
	again();
	live.by_root = true;
	w.keys[1] = true;
	ask_root("svdko");
	line_is("any key yes by iam:ListAccessKeys +7, 2");
	again();
	live.by_root = true;
	w.keys_n = 0;
	ask_root("svdko");
	line_is("any key no by iam:ListAccessKeys +7, 0");
}

static void as_root_all_is_told_by_that_session(void **state)
{
	(void)state;
	renewal.root = assume;
	w.root = ASSUMED;
	w.certificate = true;
	w.keys_n = 1;
	w.summary.root_mfa = 0;
	ask_root("srvdkcpo");
	rows_are("MFA no by " OWN BY_ROOT " +7\n"
		"password no by iam:GetLoginProfile" BY_ROOT " +7\n"
		"keys yes by iam:ListAccessKeys" BY_ROOT " +7\n"
		"certificates yes by iam:ListSigningCertificates" BY_ROOT
		" +7\n"
		"virtual no by " OWN BY_ROOT " +7 -\n"
		"namesake -\n"
		"any key yes by iam:ListAccessKeys" BY_ROOT " +7, 1\n"
		"second no by " OWN BY_ROOT " +7, 0\n"
		"member yes by organizations:DescribeOrganization +7, -\n");
	assert_int_equal(live.root_mfa, AUDIT_NO);
	/* where the summary says otherwise neither is believed */
	again();
	w.summary.root_mfa = 1;
	ask_root("srvdkcpo");
	line_is("MFA unknown by " OWN BY_ROOT " +7 (root's own list is empty, "
		"and AWS says elsewhere that root has a device)");
	/* a failure there is a gap, and the run goes on */
	again();
	w.certificate = false;
	w.password = true;
	w.devices_n = 1;
	w.devices[0].kind = DEVICE_FIDO;
	fail_next(ERROR_TIMEOUT, "");
	w.failing = 'd';
	ask_root("srvdkcpo");
	line_is("MFA yes by " SUMMARY " +7");
	line_is("password yes by iam:GetLoginProfile" BY_ROOT " +7");
	line_is("certificates no by iam:ListSigningCertificates" BY_ROOT
		" +7");
	line_is("second unknown by " OWN BY_ROOT " (AWS says no), 0");
	assert_false(live.stopped.there);
	/* each by itself */
	again();
	fail_next(ERROR_REMOTE, "AccessDenied");
	w.failing = 'k';
	ask_root("srvdkcpo");
	line_is("MFA yes by " OWN BY_ROOT " +7");
	/* a key that was seen is there, wherever the list broke off */
	line_is("keys yes by iam:ListAccessKeys" BY_ROOT " +7");
	again();
	fail_next(ERROR_REMOTE, "AccessDenied");
	w.keys_n = 0;
	ask_root("srvdkcpo");
	line_is("keys no by " SUMMARY " +7");
	again();
	fail_next(ERROR_REMOTE, "AccessDenied");
	w.failing = 'c';
	ask_root("srvdkcpo");
	line_is("certificates no by " SUMMARY " +7");
	again();
	fail_next(ERROR_REMOTE, "AccessDenied");
	w.failing = 'p';
	ask_root("srvdkcpo");
	line_is("password yes by " SUMMARY " +7");
	/* but whoever presses Ctrl-C ends it */
	for (const char *p = "rdkcp"; *p; p++) {
		again();
		fail_next(ERROR_INTERRUPTED, "");
		w.failing = *p;
		SAYS(ERROR_INTERRUPTED, "AWS says no", live_ask_root(&live,
			&err));
		assert_string_equal(rows, "");
	}
}

static void a_session_that_is_not_had_is_told(void **state)
{
	(void)state;
	renewal.root = assume;
	w.failing = 'r';
	fail_next(ERROR_REMOTE, "AccessDenied");
	ask_root("srvo");
	line_is("second unknown by sts:AssumeRoot (AWS says no, denied), 0");
	assert_null(audited.skipped[AUDIT_ROOT_ONE_DEVICE]);
	assert_int_equal(audited.notes_n, 1);
	assert_string_equal(audited.notes[0],
		"root was not asked by sts:AssumeRoot: AWS says no");
	again();
	fail_next(ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", live_ask_root(&live, &err));
	/* nobody becomes root who is it, or for nothing */
	again();
	live.by_root = true;
	ask_root("svdko");
	again();
	audited.checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING);
	ask_root("v");
	/* nor where the partition's has no MFA */
	again();
	live.root = ROOT_KEYS_ONLY;
	ask_root("s");
	line_is("keys only");
	assert_int_equal(live.root_mfa, AUDIT_NO);
	again();
	live.root = ROOT_NONE;
	ask_root("");
	line_is("no root user");
}

static void only_what_a_check_needs_is_asked(void **state)
{
	static const struct {
		unsigned checks;
		bool by_root;
		const char *asked;
	} ways[] = {
		{ AUDIT_BIT(AUDIT_ROOT_MFA_MISSING), false, "s" },
		{ AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL), false, "sv" },
		{ AUDIT_BIT(AUDIT_ROOT_ONE_DEVICE), false, "sv" },
		{ AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY), false, "s" },
		{ AUDIT_BIT(AUDIT_ROOT_REMOVABLE), false, "so" },
		{ AUDIT_BIT(AUDIT_VIRTUAL_ORPHAN), false, "v" },
		{ AUDIT_BIT(AUDIT_ROOT_MFA_MISSING), true, "s" },
		{ AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL), true, "svd" },
		{ AUDIT_BIT(AUDIT_ROOT_ONE_DEVICE), true, "svd" },
		{ AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY), true, "sk" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		again();
		audited.checks = ways[i].checks;
		live.by_root = ways[i].by_root;
		ask_root(ways[i].asked);
	}
	/* a fresh report saves the list that saves questions */
	again();
	audited.checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING);
	live.report_is_fresh = true;
	ask_root("");
	/* and tells of which kind a key is that AWS only counts */
	again();
	live.report_is_fresh = true;
	live.reported_root_key = AUDIT_KEY_INACTIVE;
	w.summary.root_access_keys = 1;
	ask_root("svo");
	line_is("any key yes by " SUMMARY " +7, 1");
}

static void what_is_not_answered_is_unknown_by_its_source(void **state)
{
	(void)state;
	w.failing = 's';
	fail_next(ERROR_REMOTE, "AccessDenied");
	ask_root("svo");
	line_is("MFA unknown by " SUMMARY " (AWS says no, denied)");
	line_is("password unknown by " SUMMARY " (AWS says no, denied)");
	line_is("any key unknown by " SUMMARY " (AWS says no, denied), 0");
	again();
	w.failing = 'v';
	fail_next(ERROR_UNREACHABLE, "");
	ask_root("svo");
	line_is("virtual unknown by " VIRTUALS " (AWS says no) -");
	line_is("MFA yes by " SUMMARY " +7");
	again();
	w.failing = 's';
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_ask_root(&live, &err));
	again();
	w.failing = 'v';
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_ask_root(&live, &err));
	/* nothing is asked when AWS is away */
	again();
	gap(&live.stopped, false);
	live.by_root = true;
	ask_root("");
	line_is("MFA unknown by " SUMMARY " (AWS says no)");
	line_is("virtual unknown by " VIRTUALS " (AWS says no) -");
	line_is("second unknown by " OWN " (AWS says no), 0");
	line_is("member unknown by organizations:DescribeOrganization (AWS "
		"says no), -");
}

static void who_could_take_roots_credentials_away_is_asked(void **state)
{
	(void)state;
	w.no_organization = true;
	ask_root("svo");
	line_is("member no by organizations:DescribeOrganization +7, the "
		"account is in no organisation");
	assert_int_equal(audited.notes_n, 0);
	again();
	w.no_organization = false;
	w.organization.all_features = false;
	ask_root("svo");
	line_is("member no by organizations:DescribeOrganization +7, the "
		"organisation has not all features");
	again();
	w.organization.all_features = true;
	strcpy(w.organization.management, ACCOUNT);
	ask_root("svof");
	line_is("member no by organizations:DescribeOrganization +7, this is "
		"the organisation's management account: its root's credentials "
		"stay its own");
	assert_string_equal(audited.notes[0], "root-credentials-removable: "
		"root credentials management is not on in this organisation, "
		"by iam:ListOrganizationsFeatures");
	again();
	w.credentials = true;
	ask_root("svof");
	assert_non_null(strstr(audited.notes[0], " is on in this "));
	/* whose answer is worth a note, and no gap */
	again();
	w.failing = 'f';
	fail_next(ERROR_REMOTE, "AccessDenied");
	ask_root("svof");
	assert_int_equal(audited.notes_n, 0);
	again();
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_ask_root(&live, &err));
	again();
	w.failing = 'o';
	fail_next(ERROR_UNREACHABLE, "");
	ask_root("svo");
	line_is("member unknown by organizations:DescribeOrganization (AWS "
		"says no), -");
	assert_null(audited.skipped[AUDIT_ROOT_REMOVABLE]);
	again();
	fail_next(ERROR_REMOTE, "AccessDeniedException");
	ask_root("svo");
	assert_string_equal(audited.skipped[AUDIT_ROOT_REMOVABLE], "the caller "
		"may not ask for it: organizations:DescribeOrganization");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_not_root_is_told_by_what_aws_counts),
		TEST(a_virtual_device_is_roots_by_its_list),
		TEST(roots_own_keys_ask_roots_own_lists),
		TEST(as_root_all_is_told_by_that_session),
		TEST(a_session_that_is_not_had_is_told),
		TEST(only_what_a_check_needs_is_asked),
		TEST(what_is_not_answered_is_unknown_by_its_source),
		TEST(who_could_take_roots_credentials_away_is_asked),
	};

	return cmocka_run_group_tests_name("gather root", tests, NULL, NULL);
}
