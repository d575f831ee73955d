/* SPDX-License-Identifier: Apache-2.0 */
/* The AWS account that is worked on: what is said of the way to it, and the
 * guard before anything is changed in it. */
#include "bridge/account/account.h"

#include "tests/unit/listener.h"
#include "tests/unit/unit.h"

#define ACCOUNT "123456789012"
#define OTHER "210987654321"
#define ARN "arn:aws:iam::" ACCOUNT ":user/admin"

/* ---- a session ---- */

static struct aws_session *const session = (struct aws_session *)&err;
static struct registry *const reg = (struct registry *)&err;
static struct aws_endpoint endpoint = { .url = "https://iam.amazonaws.com/" };
static struct aws_way way;
static struct aws_credentials credentials = { .origin = "environment" };
static struct sts_identity who;
static const char *owner, *note, *alias;
static uid_t owner_uid, login_uid;
static bool overridden, rehearsal, renews, knows_skew;
static int64_t skew;
static int renew_fails, open_fails, who_fails, sign_in_fails, alias_fails;
static struct aws_options asked;
static size_t freed;

WRAP(int, aws_session_new, struct aws_session **ret,
	const struct aws_options *o, struct error *e)
{
	asked = *o;
	if (open_fails)
		return error_set(e, open_fails, "no credentials");
	*ret = session;
	return 0;
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	freed += *s != NULL;
	*s = NULL;
}

WRAP(const struct aws_endpoint *, aws_session_endpoint,
	const struct aws_session *s, enum aws_service service)
{
	(void)s;
	assert_int_equal(service, AWS_IAM);
	return &endpoint;
}

WRAP(const struct aws_way *, aws_session_way, const struct aws_session *s)
{
	(void)s;
	return &way;
}

WRAP(const struct aws_credentials *, aws_session_credentials,
	const struct aws_session *s)
{
	(void)s;
	return &credentials;
}

WRAP(const char *, aws_session_owner, const struct aws_session *s, uid_t *ret)
{
	(void)s;
	*ret = owner_uid;
	return owner;
}

WRAP(const char *, aws_session_profile, const struct aws_session *s)
{
	(void)s;
	return "prod";
}

WRAP(const char *, aws_session_note, const struct aws_session *s)
{
	(void)s;
	return note;
}

WRAP(bool, aws_session_is_overridden, const struct aws_session *s)
{
	(void)s;
	return overridden;
}

WRAP(bool, aws_clock_skew, const struct aws_session *s, int64_t *ret)
{
	(void)s;
	*ret = skew;
	return knows_skew;
}

WRAP(int, role_sign_in, struct aws_session *s, const struct sign_in *how,
	struct error *e)
{
	(void)s;
	(void)how;
	return sign_in_fails ? error_set(e, sign_in_fails, "no role") : 0;
}

WRAP(int, role_renew, struct aws_session *s, const struct sign_in *how,
	bool *ret_renewed, struct error *e)
{
	(void)s;
	(void)how;
	*ret_renewed = renews;
	return renew_fails ? error_set(e, renew_fails, "they end") : 0;
}

WRAP(int, sts_get_caller_identity, struct aws_session *s,
	struct sts_identity *ret, struct error *e)
{
	(void)s;
	*ret = who;
	return who_fails ? error_set(e, who_fails, "AWS says no") : 0;
}

WRAP(int, iam_get_account_alias, struct aws_session *s, char **ret,
	struct error *e)
{
	(void)s;
	*ret = alias ? strdup(alias) : NULL;
	return alias_fails ? error_set(e, alias_fails, "no alias") : 0;
}

WRAP(uid_t, person_login_uid, void)
{
	return login_uid;
}

WRAP(int, person_by_uid, uid_t uid, struct person *ret, struct error *e)
{
	assert_int_equal(uid, login_uid);
	if (uid == 1002)
		return error_set(e, ERROR_FAILED, "nobody");
	strcpy(ret->name, "carol");
	return 0;
}

WRAP(bool, registry_is_rehearsal, const struct registry *r)
{
	(void)r;
	return rehearsal;
}

WRAP(const char *, registry_path, const struct registry *r)
{
	(void)r;
	return "/r.db";
}

/* ---- asking ---- */

static struct listener s;
static struct run run;
static struct account c;

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&c, 0, sizeof(c));
	memset(&way, 0, sizeof(way));
	run = run_of(&s);
	strcpy(who.account, ACCOUNT);
	strcpy(who.arn, ARN);
	strcpy(who.user_id, "AIDAADMIN");
	owner = alias = NULL;
	note = "";
	owner_uid = 1000;
	login_uid = 1000;
	overridden = rehearsal = renews = knows_skew = false;
	endpoint.overridden = false;
	renew_fails = open_fails = who_fails = sign_in_fails = alias_fails = 0;
	freed = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(c.alias);
	return 0;
}

static int open_account(const char *only)
{
	const struct account_request q = { .account = only };

	memset(&c, 0, sizeof(c));
	s.heard[0] = '\0';
	return account_open(&run, &q, &c, &err);
}

static void the_account_is_the_one_that_was_meant(void **state)
{
	(void)state;
	alias = "corp";
	OK(open_account(NULL));
	assert_string_equal(c.caller.arn, ARN);
	assert_string_equal(c.alias, "corp");
	assert_string_equal(s.heard, "");
	account_done(&c);
	assert_int_equal(freed, 1);
	assert_null(c.alias);
	OK(open_account(ACCOUNT));
	account_done(&c);
	alias = NULL;
	SAYS(ERROR_REFUSED, "these credentials belong to account " ACCOUNT ", "
		"but --account says " OTHER ": nothing was done",
		open_account(OTHER));
	alias_fails = ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "no alias", open_account(NULL));
	who_fails = ERROR_UNREACHABLE;
	SAYS(ERROR_UNREACHABLE, "AWS says no", open_account(NULL));
	sign_in_fails = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "no role", open_account(NULL));
	open_fails = ERROR_USAGE;
	SAYS(ERROR_USAGE, "no credentials", open_account(NULL));
}

static void what_is_wanted_goes_to_the_session(void **state)
{
	const struct account_request q = { .profile = "p", .region = "r",
		.endpoint_url = "u", .ca_bundle = "c", .proxy = "x",
		.hand_back_ms = 7 };

	(void)state;
	run.cancel_fd = 9;
	OK(account_open(&run, &q, &c, &err));
	assert_string_equal(asked.profile, "p");
	assert_string_equal(asked.region, "r");
	assert_string_equal(asked.endpoint_url, "u");
	assert_string_equal(asked.ca_bundle, "c");
	assert_string_equal(asked.proxy, "x");
	assert_int_equal(asked.hand_back_ms, 7);
	assert_int_equal(asked.cancel_fd, 9);
}

static void keys_are_gone_from_the_environment(void **state)
{
	static const char *const names[] = { "AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN" };
	const char *where[3];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		setenv(names[i], "secret", 1);
		where[i] = getenv(names[i]);
	}
	setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
	OK(open_account(NULL));
	for (i = 0; i < 3; i++) {
		assert_null(getenv(names[i]));
		assert_memory_equal(where[i], "\0\0\0\0\0\0", 6);
	}
	assert_string_equal(getenv("AWS_ACCESS_KEY_ID"), "AKIA");
}

#define BY "AWS profile 'prod' of bob (keys: environment)"

static void whose_settings_they_are_is_said(void **state)
{
	(void)state;
	owner = "bob";
	OK(open_account(NULL));
	assert_string_equal(s.heard, BY "\n");
	login_uid = 1001;
	OK(open_account(NULL));
	assert_string_equal(s.heard, BY "; carol logged in\n");
	login_uid = 0;
	OK(open_account(NULL));
	assert_string_equal(s.heard, BY "\n");
	login_uid = 1002;
	OK(open_account(NULL));
	assert_string_equal(s.heard, BY "\n");
	owner = NULL;
	note = "the region is a guess";
	OK(open_account(NULL));
	assert_string_equal(s.heard, "! the region is a guess\n");
}

static void what_stands_between_is_said_first(void **state)
{
	char what[ACCOUNT_WAY_LEN];

	(void)state;
	account_ca_bundle(session, what);
	assert_string_equal(what, "");
	account_proxy(session, what);
	assert_string_equal(what, "");
	way.ca_bundle = (char *)(uintptr_t)"/etc/\033corp.pem";
	strcpy(way.ca_origin, "AWS_CA_BUNDLE");
	strcpy(way.proxy, "http://u:p@proxy:3128");
	strcpy(way.proxy_origin, "https_proxy");
	OK(open_account(NULL));
	assert_string_equal(s.heard, "! AWS's certificates are checked by "
		"/etc/?corp.pem, by AWS_CA_BUNDLE, and not by the system's\n"
		"! AWS is reached by a proxy: http://proxy:3128, by "
		"https_proxy\n");
	way.ca_is_systems = way.proxy_is_systems = true;
	OK(open_account(NULL));
	assert_string_equal(s.heard, "AWS's certificates are checked by "
		"/etc/?corp.pem, by AWS_CA_BUNDLE\nAWS is reached by a proxy: "
		"http://proxy:3128, by https_proxy\n");
}

/* ---- between two acts ---- */

static int renew(const char *account, const char *user_id)
{
	struct sts_identity first = who;

	strcpy(first.account, account);
	strcpy(first.user_id, user_id);
	s.heard[0] = '\0';
	return account_renew(&run, NULL, session, &first, &err);
}

static void renewed_keys_are_of_the_same_principal(void **state)
{
	(void)state;
	OK(renew(OTHER, "x")); /* they last: nothing is asked */
	assert_string_equal(s.heard, "");
	renews = true;
	OK(renew(ACCOUNT, "AIDAADMIN"));
	assert_string_equal(s.heard,
		"The AWS credentials were renewed (environment).\n");
	SAYS(ERROR_REFUSED, "the renewed credentials are '" ARN "', and this was "
		"begun as '" ARN "': nothing more was done", renew(OTHER,
		"AIDAADMIN"));
	SAYS(ERROR_REFUSED, "nothing more", renew(ACCOUNT, "AIDAADMIM"));
	SAYS(ERROR_REFUSED, "nothing more", renew(ACCOUNT, "AIDAADMI"));
	SAYS(ERROR_REFUSED, "nothing more", renew(ACCOUNT, "AIDAADMINS"));
	/* a session of the role under another name */
	strcpy(who.user_id, "AROAROLE:two");
	OK(renew(ACCOUNT, "AROAROLE:one"));
	SAYS(ERROR_REFUSED, "nothing more", renew(ACCOUNT, "AROAROLF:one"));
	who_fails = ERROR_UNREACHABLE;
	SAYS(ERROR_UNREACHABLE, "AWS says no", renew(ACCOUNT, "AROAROLE:one"));
	renew_fails = ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "they end", renew(ACCOUNT, "AROAROLE:one"));
}

static void an_act_goes_on_where_they_cannot_be_renewed(void **state)
{
	(void)state;
	OK(account_stay(&run, &c, &err));
	assert_false(c.is_ending);
	renew_fails = ERROR_REMOTE;
	OK(account_stay(&run, &c, &err));
	OK(account_stay(&run, &c, &err));
	assert_string_equal(s.heard, "! they end\n");
	assert_true(c.is_ending);
	renew_fails = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "they end", account_stay(&run, &c, &err));
	renew_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "they end", account_stay(&run, &c, &err));
	assert_string_equal(s.heard, "! they end\n");
}

/* ---- shown, and guarded ---- */

static void a_clock_that_is_off_is_told(void **state)
{
	static const struct {
		int64_t skew;
		const char *says;
	} rows[] = {
		{ 0, NULL }, { 30, NULL }, { -30, NULL },
		{ 31, "this machine's clock is 31 s ahead of AWS's" },
		{ -31, "this machine's clock is 31 s behind AWS's" },
	};
	char text[ACCOUNT_SKEW_LEN];
	size_t i;

	(void)state;
	knows_skew = true;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		skew = rows[i].skew;
		assert_int_equal(account_skew(&c, text), rows[i].says != NULL);
		if (rows[i].says)
			assert_string_equal(text, rows[i].says);
	}
	knows_skew = false;
	assert_false(account_skew(&c, text));
}

static void the_account_is_shown(void **state)
{
	(void)state;
	OK(open_account(NULL));
	account_show(&run, &c);
	assert_string_equal(s.heard, "AWS account " ACCOUNT ", as " ARN "\n");
	assert_string_equal(account_endpoint(&c), "");
	alias = "corp";
	OK(open_account(NULL));
	overridden = endpoint.overridden = true;
	strcpy(endpoint.origin, "--endpoint-url");
	knows_skew = true;
	skew = 90;
	account_show(&run, &c);
	assert_string_equal(s.heard, "AWS account " ACCOUNT " (corp), as " ARN
		"\n! not AWS itself: IAM is https://iam.amazonaws.com/, by "
		"--endpoint-url\n! this machine's clock is 90 s ahead of AWS's; "
		"codes are made by AWS's time\n");
	assert_string_equal(account_endpoint(&c), endpoint.url);
	endpoint.overridden = false;
	s.heard[0] = '\0';
	account_show(&run, &c);
	assert_non_null(strstr(s.heard, "amazonaws.com/, by default\n"));
}

static void what_is_not_aws_goes_only_with_a_rehearsal(void **state)
{
	(void)state;
	OK(open_account(NULL));
	OK(account_guard(&c, reg, &err));
	strcpy(way.proxy, "http://proxy:3128");
	strcpy(way.proxy_origin, "https_proxy");
	SAYS(ERROR_REFUSED, "the proxy (http://proxy:3128, by https_proxy) is "
		"not what the system's settings name, and the registry '/r.db' "
		"is not one for rehearsal: put `proxy` into the system's file",
		account_guard(&c, reg, &err));
	way.proxy_is_systems = true;
	OK(account_guard(&c, reg, &err));
	way.ca_bundle = (char *)(uintptr_t)"/c.pem";
	strcpy(way.ca_origin, "AWS_CA_BUNDLE");
	SAYS(ERROR_REFUSED, "the CA bundle (/c.pem, by AWS_CA_BUNDLE) is not "
		"what", account_guard(&c, reg, &err));
	assert_non_null(strstr(err.text, "put `ca_bundle` into"));
	way.ca_is_systems = true;
	OK(account_guard(&c, reg, &err));
	overridden = true;
	SAYS(ERROR_REFUSED, "the endpoint https://iam.amazonaws.com/ is not "
		"AWS's own, and the registry '/r.db' is not one for rehearsal: "
		"make one with `tokenbridge registry init --rehearsal "
		"--registry PATH`", account_guard(&c, reg, &err));
	rehearsal = true;
	OK(account_guard(&c, reg, &err));
	way.ca_is_systems = false;
	OK(account_guard(&c, reg, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_account_is_the_one_that_was_meant),
		TEST(what_is_wanted_goes_to_the_session),
		TEST(keys_are_gone_from_the_environment),
		TEST(whose_settings_they_are_is_said),
		TEST(what_stands_between_is_said_first),
		TEST(renewed_keys_are_of_the_same_principal),
		TEST(an_act_goes_on_where_they_cannot_be_renewed),
		TEST(a_clock_that_is_off_is_told),
		TEST(the_account_is_shown),
		TEST(what_is_not_aws_goes_only_with_a_rehearsal),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
