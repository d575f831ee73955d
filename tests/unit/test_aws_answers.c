/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not sent to AWS, and what is not taken from it: arguments at the
 * limits of AWS's model, and answers that lack something, hold it twice, too
 * long, or of another kind.
 */
#include "aws/api/check.h"
#include "aws/api/cloudtrail.h"
#include "aws/api/iam-root.h"
#include "aws/api/organizations.h"
#include "aws/api/sts-root.h"
#include "aws/api/sts.h"
#include "aws/rights/rights.h"

#include "tests/unit/http-alone.h"
#include "tests/unit/unit.h"

#include <openssl/crypto.h>
#include <sys/wait.h>

/* ---- HTTP that answers the same to all ---- */

static int status;
static const char *body;
static unsigned requests;
static char form[16384];

struct http {
	int unused;
};

#include "http-double.h"

void http_free(struct http **h)
{
	free_p(h);
}

int http_post(struct http *h, const struct http_request *q,
	struct http_reply *ret, struct error *e)
{
	(void)h;
	requests++;
	snprintf(form, sizeof(form), "%.*s", (int)q->body_n,
		(const char *)q->body);
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, q->reply_max);
	ret->sent = true;
	if (!status)
		return error_set(e, ERROR_TIMEOUT, "no answer in time");
	ret->status = status;
	strcpy(ret->request_id, "id-http");
	buf_put_str(&ret->body, body);
	return 0;
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	return http_post(h, request, ret, e);
}

static int enter_session(void **state)
{
	(void)state;
	empty_environment();
	requests = 0;
	return open_session();
}

static int leave_session(void **state)
{
	(void)state;
	aws_session_free(&session);
	return 0;
}

static void answer_with(const char *text)
{
	status = 200;
	body = text;
}

/* ---- what is asked ---- */

#define ALICE "arn:aws:iam::123456789012:user/alice"
#define PHONE "arn:aws:iam::123456789012:mfa/phone"

static unsigned taken;
static struct iam_user user;
static struct iam_fido_device fido;
static struct iam_account_summary summary;
static struct sts_identity identity;
static struct organization organization;
static char serial[IAM_SERIAL_MAX + 1];
static bool found;
static time_t when;

#define TAKER(name, type)                                                      \
	static int name(void *data, type *x, struct error *e)                  \
	{                                                                      \
		(void)data;                                                    \
		(void)x;                                                       \
		(void)e;                                                       \
		taken++;                                                       \
		return 0;                                                      \
	}

TAKER(take_user, const struct iam_user)
TAKER(take_device, const struct iam_device)
TAKER(take_virtual, const struct iam_virtual_device)
TAKER(take_key, const struct iam_access_key)
TAKER(take_decision, const struct iam_decision)
TAKER(take_certificate, const char)
TAKER(take_event, const struct cloudtrail_event)
TAKER(take_account, const struct organization_account)

static int ask_user(void)
{
	return iam_get_user(session, "alice", &user, &found, &err);
}

static int ask_users(void)
{
	return iam_list_users(session, take_user, NULL, &err);
}

static int ask_devices(void)
{
	return iam_list_mfa_devices(session, "alice", take_device, NULL, &err);
}

static int ask_virtual(void)
{
	return iam_list_virtual_mfa_devices(session, IAM_ANY, take_virtual,
		NULL, &err);
}

static int ask_fido(void)
{
	return iam_get_mfa_device(session, "alice", PHONE, &fido, &err);
}

static int ask_summary(void)
{
	return iam_get_account_summary(session, &summary, &err);
}

static int ask_profile(void)
{
	return iam_get_login_profile(session, "alice", &found, &err);
}

static int ask_keys(void)
{
	return iam_list_access_keys(session, "alice", take_key, NULL, &err);
}

static int make_device(void)
{
	CLEANUP(secret_done) struct secret seed = SECRET_INIT;

	return iam_create_virtual_mfa_device(session, "phone", NULL, serial,
		&seed, &err);
}

static int simulate(void)
{
	static const char *const actions[] = { "iam:A" };
	const struct iam_simulation q = { ALICE, actions, 1, NULL, 0 };

	return iam_simulate_principal_policy(session, &q, take_decision, NULL,
		&err);
}

static int ask_certificates(void)
{
	return iam_root_list_certificates(session, take_certificate, NULL,
		&err);
}

static int ask_last_used(void)
{
	return iam_root_key_last_used(session, "AKIDEXAMPLEALICEAAAA", &when,
		&err);
}

static int ask_identity(void)
{
	return sts_get_caller_identity(session, &identity, &err);
}

static int ask_session(void)
{
	struct aws_credentials c = { .expires = 0 };
	const struct sts_request q = { .duration = 900 };
	int r = sts_get_session_token(session, &q, &c, &err);

	credentials_done(&c);
	return r;
}

static int ask_events(void)
{
	return cloudtrail_lookup(session, "EnableMFADevice", 0, take_event,
		NULL, &err);
}

static int ask_organization(void)
{
	return organizations_describe(session, &organization, &found, &err);
}

static int ask_accounts(void)
{
	return organizations_list_accounts(session, take_account, NULL, &err);
}

/* ---- answers ---- */

#define OF(action, result)                                                     \
	"<" action "Response><" action "Result>" result "</" action "Result></"\
	action "Response>"
#define LIST(action, list, members)                                            \
	OF(action, "<" list ">" members "</" list ">")
#define E(name, text) "<" name ">" text "</" name ">"
#define M(text) E("member", text)
#define USER(fields) OF("GetUser", E("User", fields))
#define NAMED E("UserName", "alice")
#define WITH_ARN E("Arn", ALICE)
#define WITH_ID E("UserId", "AIDA1")
#define OF_PHONE E("SerialNumber", PHONE)
#define KEYS(fields) OF("GetSessionToken", E("Credentials", fields))
#define KEY_ID E("AccessKeyId", "ASIAEXAMPLE123456789")
#define KEY E("SecretAccessKey", "x")
#define TOKEN E("SessionToken", "y")
#define UNTIL E("Expiration", "2099-01-01T00:00:00Z")
#define CERTIFIED "<entry><key>FIDO</key><value>L1</value></entry>"

#define LACKS(service, action, what)                                           \
	"the answer to '" service ":" action "' lacks " what
#define UNREADABLE(service, action, what)                                      \
	"the answer to '" service ":" action "' holds a '" what                \
	"' that cannot be read"

static const struct {
	int (*ask)(void);
	const char *body, *words;
} lacking[] = {
	{ ask_user, USER(WITH_ID WITH_ARN),
		LACKS("iam", "GetUser", "UserName") },
	{ ask_user, USER(NAMED WITH_ARN),
		LACKS("iam", "GetUser", "UserId") },
	{ ask_user, USER(NAMED WITH_ID),
		LACKS("iam", "GetUser", "Arn") },
	{ ask_user, USER(NAMED WITH_ID "<Arn/>"),
		LACKS("iam", "GetUser", "Arn") },
	{ ask_user, OF("GetUser", ""),
		LACKS("iam", "GetUser", "its result") },
	{ ask_user, USER(NAMED NAMED WITH_ID WITH_ARN),
		UNREADABLE("iam", "GetUser", "UserName") },
	{ ask_user, USER(NAMED WITH_ID WITH_ARN
		E("CreateDate", "soon")),
		UNREADABLE("iam", "GetUser", "CreateDate") },
	{ ask_user, USER(NAMED WITH_ID WITH_ARN
		E("PasswordLastUsed", "soon")),
		UNREADABLE("iam", "GetUser", "PasswordLastUsed") },
	{ ask_user, USER(E("UserName", "bob") WITH_ID WITH_ARN),
		"the answer to 'iam:GetUser' has the user 'bob', and "
		"'alice' was asked for" },
	{ ask_users, LIST("ListUsers", "Users", M(WITH_ID WITH_ARN)),
		LACKS("iam", "ListUsers", "UserName") },
	{ ask_users, OF("ListUsers", ""),
		LACKS("iam", "ListUsers", "Users") },
	{ ask_devices, LIST("ListMFADevices", "MFADevices", M(NAMED)),
		LACKS("iam", "ListMFADevices", "SerialNumber") },
	{ ask_devices, LIST("ListMFADevices", "MFADevices",
		M(NAMED OF_PHONE E("EnableDate", "soon"))),
		UNREADABLE("iam", "ListMFADevices", "EnableDate") },
	{ ask_virtual, LIST("ListVirtualMFADevices",
		"VirtualMFADevices", M("")), LACKS("iam",
		"ListVirtualMFADevices", "SerialNumber") },
	{ ask_virtual, LIST("ListVirtualMFADevices",
		"VirtualMFADevices", M(OF_PHONE E("User", NAMED))),
		LACKS("iam", "ListVirtualMFADevices", "Arn") },
	{ ask_virtual, LIST("ListVirtualMFADevices",
		"VirtualMFADevices", M(OF_PHONE E("User", WITH_ARN))),
		LACKS("iam", "ListVirtualMFADevices", "UserName") },
	{ ask_virtual, LIST("ListVirtualMFADevices",
		"VirtualMFADevices", M(OF_PHONE E("EnableDate",
		"2026-09-11T13:14:43Z"))), LACKS("iam",
		"ListVirtualMFADevices", "User") },
	{ ask_fido, OF("GetMFADevice", NAMED),
		LACKS("iam", "GetMFADevice", "SerialNumber") },
	{ ask_fido, OF("GetMFADevice", NAMED OF_PHONE
		E("Certifications", "<entry><value>L1</value></entry>"
		)), LACKS("iam", "GetMFADevice", "key") },
	{ ask_fido, OF("GetMFADevice", NAMED OF_PHONE
		E("Certifications", CERTIFIED CERTIFIED CERTIFIED
		CERTIFIED CERTIFIED CERTIFIED CERTIFIED CERTIFIED
		CERTIFIED)), "the answer to 'iam:GetMFADevice' holds "
		"more than 8 certifications" },
	{ ask_fido, OF("GetMFADevice", NAMED E("SerialNumber",
		"GAHT12345678")), "the answer to 'iam:GetMFADevice' "
		"has the serial number 'GAHT12345678', and '" PHONE
		"' was asked for" },
	{ ask_summary, OF("GetAccountSummary", ""),
		LACKS("iam", "GetAccountSummary", "the summary") },
	{ ask_summary, OF("GetAccountSummary", E("SummaryMap",
		"<entry><key>Users</key><value>1</value></entry>"
		"<entry><key>Users</key><value>1</value></entry>")),
		"the answer to 'iam:GetAccountSummary' has 'Users' "
		"twice" },
	{ ask_summary, OF("GetAccountSummary", E("SummaryMap",
		"<entry><key>Users</key><value>-1</value></entry>")),
		UNREADABLE("iam", "GetAccountSummary", "Users") },
	{ ask_profile, OF("GetLoginProfile", ""),
		LACKS("iam", "GetLoginProfile", "its result") },
	{ ask_keys, LIST("ListAccessKeys", "AccessKeyMetadata",
		M(NAMED E("Status", "Active"))),
		LACKS("iam", "ListAccessKeys", "AccessKeyId") },
	{ ask_keys, LIST("ListAccessKeys", "AccessKeyMetadata",
		M(NAMED KEY_ID)),
		LACKS("iam", "ListAccessKeys", "Status") },
	{ make_device, OF("CreateVirtualMFADevice", ""),
		LACKS("iam", "CreateVirtualMFADevice", "its result") },
	{ make_device, OF("CreateVirtualMFADevice",
		E("VirtualMFADevice", "")), LACKS("iam",
		"CreateVirtualMFADevice", "SerialNumber") },
	{ make_device, OF("CreateVirtualMFADevice",
		E("VirtualMFADevice", OF_PHONE)), "AWS made the device, "
		"and its answer holds no seed of 64 base32 characters" },
	{ make_device, OF("CreateVirtualMFADevice",
		E("VirtualMFADevice", E("SerialNumber",
		"arn:aws:iam::123456789012:mfa/phone2"))),
		"the answer to 'iam:CreateVirtualMFADevice' names "
		"another device ('arn:aws:iam::123456789012:mfa/"
		"phone2') than the one that was to be made, 'phone'" },
	{ simulate, LIST("SimulatePrincipalPolicy",
		"EvaluationResults", M(E("EvalDecision", "allowed"))),
		LACKS("iam", "SimulatePrincipalPolicy",
		"EvalActionName") },
	{ simulate, LIST("SimulatePrincipalPolicy",
		"EvaluationResults", M(E("EvalActionName", "iam:A"))),
		LACKS("iam", "SimulatePrincipalPolicy",
		"EvalDecision") },
	{ simulate, LIST("SimulatePrincipalPolicy",
		"EvaluationResults", M(E("EvalActionName", "iam:A")
		E("EvalDecision", "implicitDeny")
		E("ResourceSpecificResults", M(E("EvalResourceName",
		"x"))))), LACKS("iam", "SimulatePrincipalPolicy",
		"EvalResourceDecision") },
	{ simulate, LIST("SimulatePrincipalPolicy",
		"EvaluationResults", M(E("EvalActionName", "iam:A")
		E("EvalDecision", "implicitDeny")
		E("ResourceSpecificResults", M(E(
		"EvalResourceDecision", "allowed"))))), LACKS("iam",
		"SimulatePrincipalPolicy", "EvalResourceName") },
	{ ask_certificates, LIST("ListSigningCertificates",
		"Certificates", M("")), LACKS("iam",
		"ListSigningCertificates", "CertificateId") },
	{ ask_last_used, OF("GetAccessKeyLastUsed", ""),
		LACKS("iam", "GetAccessKeyLastUsed", "its result") },
	{ ask_identity, OF("GetCallerIdentity", WITH_ARN WITH_ID),
		LACKS("sts", "GetCallerIdentity", "Account") },
	{ ask_identity, OF("GetCallerIdentity", WITH_ARN
		E("Account", "123456789012")),
		LACKS("sts", "GetCallerIdentity", "UserId") },
	{ ask_identity, OF("GetCallerIdentity", WITH_ID
		E("Account", "123456789012")),
		LACKS("sts", "GetCallerIdentity", "Arn") },
	{ ask_session, KEYS(KEY_ID TOKEN UNTIL),
		LACKS("sts", "GetSessionToken", "keys") },
	{ ask_session, KEYS(KEY_ID KEY UNTIL),
		LACKS("sts", "GetSessionToken", "keys") },
	{ ask_session, KEYS(KEY_ID "<SecretAccessKey/>" TOKEN UNTIL),
		LACKS("sts", "GetSessionToken", "keys") },
	{ ask_session, KEYS(KEY_ID KEY "<SessionToken/>" UNTIL),
		LACKS("sts", "GetSessionToken", "keys") },
	{ ask_session, KEYS(KEY TOKEN UNTIL),
		LACKS("sts", "GetSessionToken", "AccessKeyId") },
	{ ask_session, KEYS(KEY_ID KEY TOKEN),
		LACKS("sts", "GetSessionToken", "Expiration") },
	{ ask_events, "{}",
		LACKS("cloudtrail", "LookupEvents", "the events") },
	{ ask_events, "{\"Events\": {}}",
		LACKS("cloudtrail", "LookupEvents", "the events") },
	{ ask_organization, "{\"Organization\": {\"Id\": \"o-1\"}}",
		LACKS("organizations", "DescribeOrganization",
		"the management account") },
	{ ask_organization, "{\"Organization\": {\"MasterAccountId\": "
		"\"12345678901x\"}}", LACKS("organizations",
		"DescribeOrganization", "the management account") },
	{ ask_accounts, "{}", LACKS("organizations", "ListAccounts",
		"the accounts") },
	{ ask_accounts, "{\"Accounts\": [{\"Id\": \"1234567890123\"}]}",
		LACKS("organizations", "ListAccounts",
		"an account's id") },
	{ ask_accounts, "{\"Accounts\": [{\"Id\": \"\"}]}",
		LACKS("organizations", "ListAccounts",
		"an account's id") },
};

static void an_answer_that_lacks_something_is_none(void **state)
{
	size_t i;

	(void)state;
	taken = 0;
	for (i = 0; i < ARRAY_LEN(lacking); i++) {
		answer_with(lacking[i].body);
		memset(&err, 0, sizeof(err));
		assert_int_equal(lacking[i].ask(), -ERROR_MALFORMED);
		if (strcmp(err.text, lacking[i].words) != 0)
			fail_msg("'%s' for '%s'", err.text, lacking[i].words);
	}
	assert_int_equal(taken, 0);
}

#define NOT_RIGHT(status) " (HTTP " status "): is the endpoint of iam right, "   \
	"or does a proxy answer for it"
#define REFUSAL(id)                                                            \
	"<ErrorResponse><Error><Code>X</Code><Message>so</Message></Error>" id \
	"</ErrorResponse>"

static void an_answer_fits_its_status_or_is_nobody_s(void **state)
{
	static const char good[] = USER(NAMED WITH_ID WITH_ARN);
	static const struct {
		int status;
		const char *body;
		int code;
		const char *text, *id;
	} cases[] = {
		{ 200, "<html>", ERROR_UNREACHABLE, "the answer to GetUser is "
			"HTML: '<html>'" NOT_RIGHT("200"), "id-http" },
		{ 200, "", ERROR_UNREACHABLE, "the answer to GetUser is "
			"nothing" NOT_RIGHT("200"), "id-http" },
		{ 399, "<html>", ERROR_UNREACHABLE, NULL, "id-http" },
		{ 400, "<html>", ERROR_UNREACHABLE, NULL, "id-http" },
		{ 499, "<html>", ERROR_UNREACHABLE, NULL, "id-http" },
		{ 500, "<html>", ERROR_UNREACHABLE, NULL, "id-http" },
		{ 199, good, ERROR_UNREACHABLE, "the answer to GetUser does "
			"not fit its status" NOT_RIGHT("199"), "id-http" },
		{ 300, good, ERROR_UNREACHABLE, "the answer to GetUser does "
			"not fit its status" NOT_RIGHT("300"), "id-http" },
		{ 403, good, ERROR_UNREACHABLE, "the answer to GetUser does not fit "
			"its status" NOT_RIGHT("403"), "id-http" },
		{ 399, REFUSAL(""), ERROR_UNREACHABLE, "the answer to GetUser "
			"does not fit its status" NOT_RIGHT("399"),
			"id-http" },
		{ 400, REFUSAL(""), ERROR_REMOTE, "AWS refused 'iam:GetUser': "
			"so (X)", "id-http" },
		{ 400, REFUSAL("<RequestId>id-1</RequestId>"), ERROR_REMOTE,
			"AWS refused 'iam:GetUser': so (X)", "id-1" },
		{ 299, good, 0, NULL, NULL }, { 200, good, 0, NULL, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		status = cases[i].status;
		body = cases[i].body;
		requests = 0;
		assert_int_equal(ask_user(), -cases[i].code);
		/* what AWS's own failure may be is asked three times */
		assert_int_equal(requests, cases[i].status >= 500 ? 3 : 1);
		if (!cases[i].code) {
			assert_string_equal(aws_session_request_id(session),
				"id-http");
			continue;
		}
		assert_int_equal(err.status, cases[i].status);
		assert_string_equal(err.request_id, cases[i].id);
		if (cases[i].text)
			assert_string_equal(err.text, cases[i].text);
	}
}

static void who_waited_longest_is_said(void **state)
{
	(void)state;
	status = 0;
	SAYS(ERROR_UNREACHABLE, "no answer to 'iam:GetUser' within 60000 ms",
		ask_user());
	assert_int_equal(requests, 3);
	requests = 0;
	aws_session_set_deadline(session, deadline_in(0));
	SAYS(ERROR_TIMEOUT, "the deadline passed before 'iam:GetUser' was "
		"answered", ask_user());
	assert_int_equal(requests, 1);
}

/* ---- limits ---- */

/* n times c; the next call's overwrites it. */
static const char *times(size_t n, char c)
{
	static char text[1024];

	assert_true(n < sizeof(text));
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static int check_user_name(const char *s, struct error *e)
{
	return check_user(s, false, e);
}

static void what_is_sent_keeps_the_limits_of_aws_s_model(void **state)
{
	static const struct {
		int (*check)(const char *s, struct error *e);
		size_t least, most;
		char good, bad;
		const char *also, *words;
	} cases[] = {
		{ check_user_name, 1, 128, 'a', '/', "aZ9_+=,.@-",
			"the IAM user name '" },
		{ check_device_name, 1, 226, 'a', '/', "aZ9_+=,.@-",
			"the device name '" },
		{ check_serial, 9, 256, 'a', ' ', "aZ9_+=/:,.@-",
			"the device's serial number '" },
		{ check_code, 6, 6, '0', 'a', "987654",
			"a code is not six digits" },
		{ check_policy_name, 1, 128, 'a', ':', "aZ9_+=,.@-",
			"the policy name '" },
		{ check_key_id, 16, 128, 'A', '-', "AZ90_AAAAAAAAAAAaz",
			"the access key id '" },
	};
	char text[1100];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		OK(cases[i].check(times(cases[i].least, cases[i].good), &err));
		OK(cases[i].check(times(cases[i].most, cases[i].good), &err));
		OK(cases[i].check(cases[i].also, &err));
		SAYS(ERROR_USAGE, cases[i].words, cases[i].check(times(
			cases[i].least - 1, cases[i].good), &err));
		SAYS(ERROR_USAGE, cases[i].words, cases[i].check(times(
			cases[i].most + 1, cases[i].good), &err));
		snprintf(text, sizeof(text), "%s%c",
			times(cases[i].most - 1, cases[i].good), cases[i].bad);
		SAYS(ERROR_USAGE, cases[i].words, cases[i].check(text, &err));
	}
	/* a code is shown nowhere */
	assert_int_equal(check_code("12345x", &err), -ERROR_USAGE);
	assert_null(strstr(err.text, "12345"));
	OK(check_user(NULL, true, &err));
}

static void a_path_is_printable_between_slashes(void **state)
{
	static const char *const good[] = { "/", "/a/", "/!~/" };
	static const char *const bad[] = { "", "a", "/a", "a/", "/a b/",
		"/\x7f/", "/\x1f/" };
	char path[1100];
	size_t i;

	(void)state;
	OK(check_path(NULL, &err));
	for (i = 0; i < ARRAY_LEN(good); i++)
		OK(check_path(good[i], &err));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		SAYS(ERROR_USAGE, "does not begin and end with '/' or holds a "
			"blank", check_path(bad[i], &err));
	snprintf(path, sizeof(path), "/%s/", times(510, 'a'));
	OK(check_path(path, &err));
	snprintf(path, sizeof(path), "/%s/", times(511, 'a'));
	FAILS(ERROR_USAGE, check_path(path, &err));
}

static void what_is_refused_is_not_sent(void **state)
{
	static const char *const words[] = {
		"the IAM user name 'a b'", "the device name 'a b'",
		"the path 'x'", "the device's serial number 'x'",
		"a code is not six digits", "the policy name 'a b'",
		"the access key id 'x'",
	};
	CLEANUP(secret_done) struct secret seed = SECRET_INIT;

	(void)state;
	answer_with("");
	SAYS(ERROR_USAGE, words[0], iam_get_user(session, "a b", &user, NULL,
		&err));
	SAYS(ERROR_USAGE, words[0], iam_list_mfa_devices(session, "a b",
		take_device, NULL, &err));
	SAYS(ERROR_USAGE, words[0], iam_get_login_profile(session, "a b",
		&found, &err));
	SAYS(ERROR_USAGE, words[0], iam_list_access_keys(session, "a b",
		take_key, NULL, &err));
	SAYS(ERROR_USAGE, words[0], iam_get_mfa_device(session, "a b", PHONE,
		&fido, &err));
	SAYS(ERROR_USAGE, words[0], iam_deactivate_mfa_device(session, "a b",
		PHONE, &err));
	SAYS(ERROR_USAGE, words[0], iam_resync_mfa_device(session, "a b",
		PHONE, "123456", "123456", &err));
	SAYS(ERROR_USAGE, words[0], iam_put_user_policy(session, "a b", "p",
		"{}", &err));
	SAYS(ERROR_USAGE, words[0], iam_update_access_key(session, "a b",
		"AKIDEXAMPLEALICEAAAA", true, &err));
	SAYS(ERROR_USAGE, words[1], iam_create_virtual_mfa_device(session,
		"a b", NULL, serial, &seed, &err));
	SAYS(ERROR_USAGE, words[2], iam_create_virtual_mfa_device(session,
		"phone", "x", serial, &seed, &err));
	SAYS(ERROR_USAGE, words[3], iam_get_mfa_device(session, "alice", "x",
		&fido, &err));
	SAYS(ERROR_USAGE, words[3], iam_deactivate_mfa_device(session, "alice",
		"x", &err));
	SAYS(ERROR_USAGE, words[3], iam_delete_virtual_mfa_device(session, "x",
		&err));
	SAYS(ERROR_USAGE, words[3], sts_check_code(session, "x", "123456",
		&err));
	SAYS(ERROR_USAGE, words[4], sts_check_code(session, PHONE, "1", &err));
	SAYS(ERROR_USAGE, words[4], iam_enable_mfa_device(session, "alice",
		PHONE, "1", "123456", &err));
	SAYS(ERROR_USAGE, words[4], iam_enable_mfa_device(session, "alice",
		PHONE, "123456", "1", &err));
	SAYS(ERROR_USAGE, words[5], iam_put_user_policy(session, "alice",
		"a b", "{}", &err));
	SAYS(ERROR_USAGE, words[6], iam_update_access_key(session, "alice",
		"x", true, &err));
	assert_int_equal(requests, 0);
}

static void a_simulation_asks_about_a_few(void **state)
{
	static const char *all[IAM_SIMULATE_MAX + 1];
	struct iam_simulation q = { ALICE, all, 0, all, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(all); i++)
		all[i] = "iam:A";
	answer_with(LIST("SimulatePrincipalPolicy", "EvaluationResults", ""));
	SAYS(ERROR_USAGE, "1 to 32 actions and resources can be asked about",
		iam_simulate_principal_policy(session, &q, take_decision,
			NULL, &err));
	q.actions_n = IAM_SIMULATE_MAX + 1;
	FAILS(ERROR_USAGE, iam_simulate_principal_policy(session, &q,
		take_decision, NULL, &err));
	q.actions_n = 1;
	q.resources_n = IAM_SIMULATE_MAX + 1;
	FAILS(ERROR_USAGE, iam_simulate_principal_policy(session, &q,
		take_decision, NULL, &err));
	assert_int_equal(requests, 0);
	q.actions_n = q.resources_n = IAM_SIMULATE_MAX;
	OK(iam_simulate_principal_policy(session, &q, take_decision, NULL,
		&err));
	assert_non_null(strstr(form, "ActionNames.member.32="));
	assert_non_null(strstr(form, "ResourceArns.member.32="));
	assert_null(strstr(form, ".member.0="));
}

static void rights_are_asked_for_page_by_page(void **state)
{
	CLEANUP(rights_free) struct rights *r = NULL;

	(void)state;
	answer_with(OF("GetAccountAuthorizationDetails", "<UserDetailList/>"
		"<GroupDetailList/><RoleDetailList/><Policies/>"));
	OK(rights_ask(session, &r, &err));
	assert_non_null(r);
	assert_int_equal(requests, 1);
	assert_non_null(strstr(form, "MaxItems=200"));
	assert_non_null(strstr(form, "Filter."));
	rights_free(&r);
	answer_with(OF("GetAccountAuthorizationDetails", "<UserDetailList/>"
		"<GroupDetailList/><RoleDetailList/><Policies/><IsTruncated>"
		"true</IsTruncated><Marker>m</Marker>"));
	/* the second page says the same again */
	SAYS(ERROR_MALFORMED, "marker", rights_ask(session, &r, &err));
	assert_int_equal(requests, 3);
	assert_non_null(strstr(form, "Marker=m"));
	answer_with(OF("GetAccountAuthorizationDetails", ""));
	requests = 0;
	OK(rights_ask(session, &r, &err));
	assert_int_equal(requests, 1);
}

static void lists_that_do_not_end_are_ended(void **state)
{
	(void)state;
	taken = 0;
	answer_with("{\"Accounts\": [], \"NextToken\": \"n\"}");
	SAYS(ERROR_MALFORMED, "AWS's list of accounts does not end",
		ask_accounts());
	assert_int_equal(requests, 10000);
	/* there, what is not seen is not there yet */
	requests = 0;
	answer_with("{\"Events\": [], \"NextToken\": \"n\"}");
	OK(ask_events());
	assert_int_equal(requests, 100);
	/* a mark that is none ends them */
	requests = 0;
	answer_with("{\"Accounts\": [], \"NextToken\": \"\"}");
	OK(ask_accounts());
	answer_with("{\"Events\": [], \"NextToken\": 1}");
	OK(ask_events());
	assert_int_equal(requests, 2);
	assert_int_equal(taken, 0);
}

static void memory_is_set_up_before_openssl_is_used(void **state)
{
	int how;
	pid_t pid = fork();
	void *p;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) { /* too late there */
		p = OPENSSL_malloc(1);
		_exit(!p || aws_global_init(&err) != -ERROR_FAILED ||
			strcmp(err.text, "OpenSSL was used before its memory "
				"was set up") != 0);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
	OK(aws_global_init(&err));
	p = OPENSSL_malloc(1);
	assert_non_null(p);
	p = OPENSSL_realloc(p, 100);
	assert_non_null(p);
	OPENSSL_free(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_session, leave_session)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_set_up_before_openssl_is_used),
		TEST(an_answer_that_lacks_something_is_none),
		TEST(an_answer_fits_its_status_or_is_nobody_s),
		TEST(who_waited_longest_is_said),
		cmocka_unit_test(what_is_sent_keeps_the_limits_of_aws_s_model),
		cmocka_unit_test(a_path_is_printable_between_slashes),
		TEST(what_is_refused_is_not_sent),
		TEST(a_simulation_asks_about_a_few),
		TEST(rights_are_asked_for_page_by_page),
		TEST(lists_that_do_not_end_are_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
