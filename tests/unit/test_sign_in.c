/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles, MFA sessions, organizations, events and root over an HTTP that answers
 * from a script: which calls are made, what they ask, by which keys they are
 * signed, and what is said where an answer is none.
 */
#include "aws/api/cloudtrail.h"
#include "aws/api/iam-root.h"
#include "aws/api/organizations.h"
#include "aws/api/sts-root.h"
#include "aws/query/session-private.h"
#include "aws/role/role.h"

#include "tests/unit/http-alone.h"
#include "tests/unit/unit.h"

#include <sys/stat.h>

/* ---- HTTP from a script ---- */

struct answer {
	int status;
	const char *body;
	const char *asks; /* stands in what is sent; NULL: whatever */
};

static const struct answer *answers;
static size_t answers_n, answers_at;
static char form[8192], signed_by[64], signed_for[64], target[128];

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
	const struct answer *a;

	(void)h;
	(void)e;
	snprintf(form, sizeof(form), "%.*s", (int)q->body_n,
		(const char *)q->body);
	snprintf(signed_by, sizeof(signed_by), "%s", q->sign ? q->key_id : "");
	snprintf(signed_for, sizeof(signed_for), "%s", q->sign ? q->sign : "");
	snprintf(target, sizeof(target), "%s", q->target ? q->target : "");
	if (answers_at >= answers_n)
		fail_msg("'%s' is asked, too", form);
	a = &answers[answers_at++];
	if (a->asks && !strstr(form, a->asks))
		fail_msg("'%s' does not ask '%s'", form, a->asks);
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, q->reply_max);
	ret->sent = true;
	ret->status = a->status;
	buf_put_str(&ret->body, a->body);
	return 0;
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	return http_post(h, request, ret, e);
}

#define SCRIPT(list)                                                           \
	(answers = (list), answers_n = ARRAY_LEN(list), answers_at = 0)

static void assert_all_answered(void)
{
	assert_int_equal(answers_at, answers_n);
}

/* ---- sessions ---- */

#define ID "AKIAIOSFODNN7EXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define ROLE "arn:aws:iam::123456789012:role/"
#define ANSWER(action, result)                                                 \
	"<" action "Response><" action "Result>" result "</" action "Result>" \
	"</" action "Response>"
#define REFUSAL(code, message)                                                 \
	"<ErrorResponse><Error><Code>" code "</Code><Message>" message         \
	"</Message></Error></ErrorResponse>"
#define KEYS_OF(id, end)                                                       \
	"<Credentials><AccessKeyId>ASIAEXAMPLE" id "</AccessKeyId>"            \
	"<SecretAccessKey>" KEY "</SecretAccessKey><SessionToken>TOKEN"        \
	"</SessionToken>" end "</Credentials>"
#define END "<Expiration>2099-01-01T00:00:00Z</Expiration>"
#define ASSUMED(id) ANSWER("AssumeRole", KEYS_OF(id, END))

static char place[64];

static int enter_session(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	(void)state;
	empty_environment();
	enter_place(place);
	assert_int_equal(mkdir(".aws", 0700), 0);
	setenv("HOME", place, 1);
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	answers_n = answers_at = 0;
	OK(aws_session_new(&session, &o, &err));
	return 0;
}

static int leave_session(void **state)
{
	(void)state;
	aws_session_free(&session);
	leave_place(place);
	return 0;
}

static void open_profile(const char *config)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	aws_session_free(&session);
	write_text(".aws/config", config);
	o.profile = "a";
	OK(aws_session_new(&session, &o, &err));
}

#define CHAIN                                                                  \
	"[profile a]\nrole_arn = " ROLE "a\nsource_profile = b\n"              \
	"external_id = e-1\nduration_seconds = 901\nrole_session_name = me\n"  \
	"[profile b]\nrole_arn = " ROLE "b\nsource_profile = c\n"              \
	"[profile c]\naws_access_key_id = " ID "\naws_secret_access_key = "    \
	KEY "\n"
#define WITH_MFA                                                               \
	"[profile a]\nrole_arn = " ROLE "a\nsource_profile = c\n"              \
	"mfa_serial = GAHT12345678\n"                                          \
	"[profile c]\naws_access_key_id = " ID "\naws_secret_access_key = "    \
	KEY "\n"

/* ---- codes ---- */

static char wanted[512];
static const char *code_now;
static int codes_fail;

static int tell_code(void *self, const char *serial, const char *purpose,
	const char *used, char ret[STS_CODE_LEN + 1], struct error *e)
{
	assert_ptr_equal(self, wanted);
	snprintf(wanted, sizeof(wanted), "%s %s, not %s", serial, purpose, used);
	if (codes_fail)
		return error_set(e, codes_fail, "nobody touches it");
	strcpy(ret, code_now);
	return 0;
}

static const struct mfa_codes codes = { tell_code, wanted };
static const struct sign_in once = { &codes, false };
static const struct sign_in lasting = { &codes, true };
static const struct sign_in no_codes = { NULL, false };

static int fresh_codes(void **state)
{
	code_now = "111111";
	codes_fail = 0;
	wanted[0] = '\0';
	return enter_session(state);
}

/* ---- roles ---- */

static void roles_are_assumed_one_from_the_other(void **state)
{
	static const struct answer two[] = {
		{ 200, ASSUMED("00000001"), "Action=AssumeRole&Version=2011-06"
			"-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
			"%2Fb&RoleSessionName=tokenbridge-" },
		{ 200, ASSUMED("00000002"), "RoleArn=arn%3Aaws%3Aiam%3A%3A"
			"123456789012%3Arole%2Fa&RoleSessionName=me&"
			"ExternalId=e-1&DurationSeconds=901" },
	};
	static const struct answer refused[] = { { 403, REFUSAL("X", "no"),
		NULL } };

	(void)state;
	open_profile(CHAIN);
	SCRIPT(two);
	OK(role_sign_in(session, &no_codes, &err));
	assert_all_answered();
	assert_string_equal(signed_by, "ASIAEXAMPLE00000001");
	assert_string_equal(aws_session_credentials(session)->key_id,
		"ASIAEXAMPLE00000002");
	assert_string_equal(secret_str(&aws_session_credentials(session)->key),
		KEY);
	assert_string_equal(aws_session_credentials(session)->origin,
		"role '" ROLE "a' by profile 'c' of the config file");
	assert_true(aws_session_credentials(session)->expires == 4070908800);
	/* the same again begins with the keys, not with the role's */
	SCRIPT(refused);
	SAYS(ERROR_REMOTE, "AWS refused 'sts:AssumeRole': no (X)",
		role_sign_in(session, &no_codes, &err));
	assert_string_equal(signed_by, ID);
	/* and a failure leaves all as it was */
	assert_string_equal(aws_session_credentials(session)->key_id,
		"ASIAEXAMPLE00000002");
}

static void without_roles_nothing_is_asked(void **state)
{
	(void)state;
	OK(role_sign_in(session, &no_codes, &err));
	assert_string_equal(aws_session_credentials(session)->key_id, ID);
}

static void a_web_identity_assumes_its_role_unsigned(void **state)
{
	static const struct answer one[] = { { 200, ANSWER(
		"AssumeRoleWithWebIdentity", KEYS_OF("00000003", END)),
		"&WebIdentityToken=a.b.c" } };

	(void)state;
	write_text("jwt", "a.b.c");
	open_profile("[profile a]\nrole_arn = " ROLE "w\n"
		"web_identity_token_file = jwt\n");
	SCRIPT(one);
	OK(role_sign_in(session, &no_codes, &err));
	assert_string_equal(signed_by, "");
	assert_null(strstr(form, "ExternalId"));
	assert_null(strstr(form, "DurationSeconds"));
	assert_string_equal(aws_session_credentials(session)->origin,
		"role '" ROLE "w' by a web identity");
}

static void an_answer_without_keys_is_none(void **state)
{
	static const struct {
		const char *body, *lacks;
	} rows[] = {
		{ ANSWER("AssumeRole", ""), "lacks keys" },
		{ ANSWER("AssumeRole", "<Credentials><SecretAccessKey>x"
			"</SecretAccessKey></Credentials>"), "lacks keys" },
		{ ANSWER("AssumeRole", "<Credentials><SecretAccessKey>x"
			"</SecretAccessKey><SessionToken></SessionToken>"
			"</Credentials>"), "lacks keys" },
		{ ANSWER("AssumeRole", "<Credentials><SecretAccessKey>"
			"</SecretAccessKey><SessionToken>x</SessionToken>"
			"</Credentials>"), "lacks keys" },
		{ ANSWER("AssumeRole", "<Credentials><SecretAccessKey>x"
			"</SecretAccessKey><SessionToken>x</SessionToken>"
			"</Credentials>"), "lacks AccessKeyId" },
		{ ANSWER("AssumeRole", KEYS_OF("00000001", "")),
			"the answer to 'sts:AssumeRole' lacks Expiration" },
		{ ANSWER("AssumeRole", KEYS_OF("00000001", "<Expiration>soon"
			"</Expiration>")), "holds a 'Expiration' that cannot "
			"be read" },
		{ ANSWER("AssumeRole", KEYS_OF(" 1", END)), "the access key "
			"id 'ASIAEXAMPLE 1' (AssumeRole) is not one" },
	};
	size_t i;

	(void)state;
	open_profile(WITH_MFA);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer one[] = { { 200, rows[i].body, NULL } };

		SCRIPT(one);
		SAYS(ERROR_MALFORMED, rows[i].lacks, role_sign_in(session,
			&once, &err));
		assert_string_equal(aws_session_credentials(session)->key_id,
			ID);
	}
}

static void a_role_s_device_is_asked_for_a_code(void **state)
{
	static const struct answer one[] = { { 200, ASSUMED("00000001"),
		"&SerialNumber=GAHT12345678&TokenCode=111111" } };
	static const struct answer two[] = { { 200, ASSUMED("00000001"),
		"&TokenCode=222222" } };
	static const struct answer lost[] = { { 500, "<html>", NULL } };

	(void)state;
	open_profile(WITH_MFA);
	SAYS(ERROR_UNSUPPORTED, "a code of 'GAHT12345678' is needed to assume "
		"role '" ROLE "a', and nobody can be asked for it here",
		role_sign_in(session, &no_codes, &err));
	SCRIPT(one);
	OK(role_sign_in(session, &once, &err));
	assert_all_answered();
	assert_string_equal(wanted, "GAHT12345678 to assume role '" ROLE
		"a', not ");
	/* AWS takes each code once */
	code_now = "222222";
	SCRIPT(two);
	OK(role_sign_in(session, &once, &err));
	assert_string_equal(wanted, "GAHT12345678 to assume role '" ROLE
		"a', not 111111");
	/* ... so that a call with one is not made twice */
	SCRIPT(lost);
	FAILS(ERROR_UNREACHABLE, role_sign_in(session, &once, &err));
	codes_fail = ERROR_TOUCH;
	SAYS(ERROR_TOUCH, "nobody touches it", role_sign_in(session, &once,
		&err));
}

#define SESSION_OF(id, end)                                                    \
	ANSWER("GetSessionToken", KEYS_OF(id, end))
#define SOON "<Expiration>2001-01-01T00:00:00Z</Expiration>"

static void one_code_lasts_for_as_many_roles_as_it_takes(void **state)
{
	static const struct answer first[] = {
		{ 200, SESSION_OF("0000000M", END), "Action=GetSessionToken&"
			"Version=2011-06-15&SerialNumber=GAHT12345678&"
			"TokenCode=111111" },
		{ 200, ASSUMED("00000001"), "Action=AssumeRole&" },
	};
	static const struct answer again[] = {
		{ 200, ASSUMED("00000002"), "Action=AssumeRole&" } };
	static const struct answer over[] = {
		{ 200, SESSION_OF("0000000N", END), "Action=GetSessionToken&" },
		{ 200, ASSUMED("00000003"), "Action=AssumeRole&" } };

	(void)state;
	open_profile(WITH_MFA);
	SCRIPT(first);
	OK(role_sign_in(session, &lasting, &err));
	assert_all_answered();
	assert_string_equal(wanted,
		"GAHT12345678 to open a session with MFA, not ");
	assert_string_equal(signed_by, "ASIAEXAMPLE0000000M");
	assert_null(strstr(form, "TokenCode"));
	SCRIPT(again);
	OK(role_sign_in(session, &lasting, &err));
	assert_all_answered();
	assert_string_equal(signed_by, "ASIAEXAMPLE0000000M");
	assert_string_equal(session->mfa.origin,
		"MFA session of profile 'c' of the config file");
	/* less than five minutes are left of it */
	session->mfa.expires = time(NULL) + 290;
	code_now = "333333";
	SCRIPT(over);
	OK(role_sign_in(session, &lasting, &err));
	assert_all_answered();
	assert_string_equal(signed_by, "ASIAEXAMPLE0000000N");
}

static void who_may_open_no_session_gives_the_role_its_code(void **state)
{
	static const struct answer not_allowed[] = {
		{ 403, REFUSAL("AccessDenied", "not authorized"),
			"Action=GetSessionToken&" },
		{ 200, ASSUMED("00000001"), "&TokenCode=111111" },
	};
	static const struct answer wrong[] = { { 403, REFUSAL("AccessDenied",
		"MultiFactorAuthentication failed with invalid MFA one time "
		"pass code."), "Action=GetSessionToken&" } };
	static const struct answer other[] = { { 403, REFUSAL("Expired", "x"),
		"Action=GetSessionToken&" } };

	(void)state;
	open_profile(WITH_MFA);
	SCRIPT(not_allowed);
	OK(role_sign_in(session, &lasting, &err));
	assert_all_answered();
	assert_string_equal(signed_by, ID);
	SCRIPT(wrong);
	SAYS(ERROR_REMOTE, "MultiFactorAuthentication failed", role_sign_in(
		session, &lasting, &err));
	assert_all_answered();
	SCRIPT(other);
	SAYS(ERROR_REMOTE, "AWS refused 'sts:GetSessionToken': x (Expired)",
		role_sign_in(session, &lasting, &err));
}

/* ---- renewing ---- */

static void keys_that_last_are_not_renewed(void **state)
{
	bool renewed = true;

	(void)state;
	OK(role_renew(session, &no_codes, &renewed, &err));
	assert_false(renewed);
	/* the last second in which there is enough */
	session->settings.recipe.keys.expires = time(NULL) + 305;
	renewed = true;
	OK(role_renew(session, &no_codes, &renewed, &err));
	assert_false(renewed);
}

static void keys_that_cannot_be_renewed_are_named_with_their_end(void **state)
{
	bool renewed = true;

	(void)state;
	session->settings.recipe.keys.expires = time(NULL) + 90;
	SAYS(ERROR_FAILED, "the credentials (environment) end in ", role_renew(
		session, &no_codes, &renewed, &err));
	assert_non_null(strstr(err.text, " s and cannot be renewed here: sign "
		"in again, and run it again to go on"));
	assert_false(renewed);
	/* in this very second of AWS's clock */
	session->clock = (struct aws_clock){ .known = true,
		.date = time(NULL), .date_at = deadline_now() };
	session->settings.recipe.keys.expires = session->clock.date;
	SAYS(ERROR_FAILED, "(environment) end in 0 s and cannot", role_renew(
		session, &no_codes, &renewed, &err));
	session->settings.recipe.keys.expires = time(NULL) - 90;
	SAYS(ERROR_FAILED, "the credentials (environment) ended ", role_renew(
		session, &no_codes, &renewed, &err));
	assert_non_null(strstr(err.text, " s ago and cannot be renewed here"));
}

static void a_role_that_ends_is_assumed_again(void **state)
{
	static const struct answer one[] = { { 200, ASSUMED("00000009"),
		NULL } };
	static const struct answer ended[] = { { 200, ANSWER("AssumeRole",
		KEYS_OF("00000008", SOON)), NULL } };
	bool renewed = false;

	(void)state;
	open_profile(WITH_MFA);
	SCRIPT(one);
	OK(role_sign_in(session, &once, &err));
	session->taken.expires = time(NULL) + 60;
	SCRIPT(one);
	OK(role_renew(session, &once, &renewed, &err));
	assert_true(renewed);
	assert_all_answered();
	session->taken.expires = time(NULL) + 60;
	SCRIPT(ended);
	SAYS(ERROR_FAILED, "the credentials (role '" ROLE "a' by profile 'c' "
		"of the config file) ended ", role_renew(session, &once,
		&renewed, &err));
	assert_false(renewed);
}

static void a_program_s_keys_are_asked_for_anew_in_the_same_place(
	void **state)
{
#define PROGRAM "[profile a]\ncredential_process = ./keys\n"
	static const char script[] = "#!/bin/sh\necho '{\"Version\":1,"
		"\"AccessKeyId\":\"ASIAEXAMPLE00000007\",\"SecretAccessKey\":"
		"\"" KEY "\"}'\n";
	bool renewed = false;

	(void)state;
	write_file("keys", script, sizeof(script) - 1, 0755);
	open_profile(PROGRAM);
	session->settings.recipe.keys.expires = time(NULL) + 60;
	memcpy(session->settings.recipe.keys.key_id, "OLD", 4);
	OK(role_renew(session, &no_codes, &renewed, &err));
	assert_true(renewed);
	assert_string_equal(aws_session_credentials(session)->key_id,
		"ASIAEXAMPLE00000007");
	/* what leads to another endpoint, or by another proxy, is no renewal */
	session->settings.recipe.keys.expires = time(NULL) + 60;
	write_text(".aws/config", PROGRAM "endpoint_url = https://a.example\n");
	SAYS(ERROR_REFUSED, "the AWS settings were changed while this ran, and "
		"lead to another endpoint now: run it again", role_renew(
		session, &no_codes, &renewed, &err));
	assert_false(renewed);
	write_text(".aws/config", PROGRAM);
	setenv("https_proxy", "http://p.example:1", 1);
	SAYS(ERROR_REFUSED, "lead to another endpoint now", role_renew(session,
		&no_codes, &renewed, &err));
	unsetenv("https_proxy");
	setenv("AWS_REGION", "eu-west-2", 1);
	SAYS(ERROR_REFUSED, "lead to another endpoint now", role_renew(session,
		&no_codes, &renewed, &err));
	setenv("AWS_REGION", "eu-west-1", 1);
	OK(role_renew(session, &no_codes, &renewed, &err));
	assert_true(renewed);
}

/* ---- codes and root of STS ---- */

static void a_code_is_tried_by_a_session_that_nobody_gets(void **state)
{
	static const struct answer one[] = { { 200, SESSION_OF("00000001",
		END), "Action=GetSessionToken&Version=2011-06-15&"
		"DurationSeconds=900&SerialNumber=GAHT12345678&"
		"TokenCode=012345" } };

	(void)state;
	SCRIPT(one);
	OK(sts_check_code(session, "GAHT12345678", "012345", &err));
	assert_all_answered();
	assert_string_equal(aws_session_credentials(session)->key_id, ID);
	SAYS(ERROR_USAGE, "a code is not six digits", sts_check_code(session,
		"GAHT12345678", "01234a", &err));
	SAYS(ERROR_USAGE, "the device's serial number 'x' is not 9 to 256 of "
		"letters, digits and _+=/:,.@-", sts_check_code(session, "x",
		"012345", &err));
}

static void a_member_s_root_is_assumed_for_one_task(void **state)
{
	static const struct answer audit[] = { { 200, ANSWER("AssumeRoot",
		KEYS_OF("00000001", END)), "Action=AssumeRoot&Version=2011-06-"
		"15&TargetPrincipal=210987654321&TaskPolicyArn.arn=arn%3Aaws%"
		"3Aiam%3A%3Aaws%3Apolicy%2Froot-task%2F"
		"IAMAuditRootUserCredentials&DurationSeconds=900" } };
	static const struct answer delete[] = { { 200, ANSWER("AssumeRoot",
		KEYS_OF("00000001", END)), "IAMDeleteRootUserCredentials" } };
	static const struct answer none[] = { { 200, ANSWER("AssumeRoot", ""),
		NULL } };
	struct aws_credentials keys = { .expires = 0 };

	(void)state;
	SCRIPT(audit);
	OK(sts_assume_root(session, "210987654321", STS_AUDIT_ROOT, &keys,
		&err));
	assert_string_equal(keys.key_id, "ASIAEXAMPLE00000001");
	assert_string_equal(keys.origin, "root session of 210987654321");
	credentials_done(&keys);
	SCRIPT(delete);
	OK(sts_assume_root(session, "210987654321", STS_DELETE_ROOT, &keys,
		&err));
	credentials_done(&keys);
	SCRIPT(none);
	SAYS(ERROR_MALFORMED, "the answer to 'sts:AssumeRoot' lacks keys",
		sts_assume_root(session, "210987654321", STS_DELETE_ROOT,
			&keys, &err));
	assert_string_equal(keys.origin, "");
}

static void who_asks_is_told_whole_or_not_at_all(void **state)
{
#define WHO(rest) ANSWER("GetCallerIdentity", rest)
	static const struct {
		int status, code;
		const char *body, *says;
	} rows[] = {
		{ 200, ERROR_MALFORMED, WHO("<Arn>a</Arn><UserId>u</UserId>"),
			"lacks Account" },
		{ 200, ERROR_MALFORMED, WHO("<Account>1</Account><UserId>u"
			"</UserId>"), "lacks Arn" },
		{ 200, ERROR_MALFORMED, WHO("<Account>1</Account><Arn>a"
			"</Arn>"), "the answer to 'sts:GetCallerIdentity' "
			"lacks UserId" },
		/* a result under the status of a refusal is none of AWS's */
		{ 400, ERROR_UNREACHABLE, WHO("<Account>1</Account><Arn>a"
			"</Arn><UserId>u</UserId>"), "the answer to GetCallerIdentity "
			"does not fit its status (HTTP 400): is the endpoint "
			"of sts right, or does a proxy answer for it" },
	};
	struct sts_identity id = { .account = "kept" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer one[] = { { rows[i].status, rows[i].body,
			NULL } };

		SCRIPT(one);
		SAYS(rows[i].code, rows[i].says, sts_get_caller_identity(
			session, &id, &err));
		assert_string_equal(id.account, "kept");
	}
}

/* ---- the organization ---- */

static void an_organization_is_described_or_there_is_none(void **state)
{
	static const struct {
		const char *body;
		const char *id;
		bool all;
		const char *says; /* NULL: it is read */
	} rows[] = {
		{ "{\"Organization\":{\"Id\":\"o-1\",\"MasterAccountId\":"
			"\"123456789012\",\"FeatureSet\":\"ALL\"}}", "o-1",
			true, NULL },
		{ "{\"Organization\":{\"MasterAccountId\":\"123456789012\","
			"\"FeatureSet\":\"CONSOLIDATED_BILLING\"}}", "", false,
			NULL },
		{ "{\"Organization\":{\"Id\":\"a\\u001bb\",\"MasterAccountId\""
			":\"123456789012\"}}", "", false, NULL },
		{ "{\"Organization\":{}}", NULL, false, "lacks the management "
			"account" },
		{ "{\"Organization\":{\"MasterAccountId\":\"12345678901\"}}",
			NULL, false, "lacks the management account" },
		{ "{\"Organization\":{\"MasterAccountId\":\"1234567890123\"}}",
			NULL, false, "lacks the management account" },
		{ "{\"Organization\":{\"MasterAccountId\":\"12345678901x\"}}",
			NULL, false, "lacks the management account" },
		{ "{\"Organization\":{\"MasterAccountId\":123456789012}}",
			NULL, false, "lacks the management account" },
		{ "{}", NULL, false, "the answer to 'organizations:Describe"
			"Organization' lacks the management account" },
	};
	static const struct answer none[] = { { 400, "{\"__type\":\"AWS"
		"OrganizationsNotInUseException\"}", NULL } };
	static const struct answer denied[] = { { 400, "{\"__type\":\"Access"
		"DeniedException\",\"Message\":\"so\"}", NULL } };
	struct organization o;
	bool found;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer one[] = { { 200, rows[i].body, "{}" } };

		SCRIPT(one);
		found = rows[i].says != NULL;
		memset(&o, 7, sizeof(o));
		if (rows[i].says) {
			SAYS(ERROR_MALFORMED, rows[i].says,
				organizations_describe(session, &o, &found,
					&err));
			assert_int_equal(o.id[0], 7);
			continue;
		}
		OK(organizations_describe(session, &o, &found, &err));
		assert_true(found);
		assert_string_equal(o.management, "123456789012");
		assert_string_equal(o.id, rows[i].id);
		assert_int_equal(o.all_features, rows[i].all);
	}
	assert_string_equal(target,
		"AWSOrganizationsV20161128.DescribeOrganization");
	assert_string_equal(signed_for, "aws:amz:us-east-1:organizations");
	SCRIPT(none);
	found = true;
	OK(organizations_describe(session, &o, &found, &err));
	assert_false(found);
	SCRIPT(denied);
	SAYS(ERROR_REMOTE, "AWS refused 'organizations:DescribeOrganization': "
		"so (AccessDeniedException): the caller needs a policy that "
		"allows 'organizations:DescribeOrganization', and none that "
		"denies it", organizations_describe(session, &o, &found, &err));
}

static void root_s_features_are_those_that_are_told(void **state)
{
#define FEATURES(list)                                                         \
	ANSWER("ListOrganizationsFeatures", "<EnabledFeatures>" list           \
		"</EnabledFeatures>")
#define FEATURE(name) "<member>" name "</member>"
	static const struct {
		int status;
		const char *body;
		bool credentials, sessions;
	} rows[] = {
		{ 200, FEATURES(FEATURE("RootCredentialsManagement")
			FEATURE("RootSessions")), true, true },
		{ 200, FEATURES(FEATURE("RootSessions") FEATURE("Other")),
			false, true },
		{ 200, FEATURES(FEATURE("RootCredentialsManagement")), true,
			false },
		{ 200, FEATURES(""), false, false },
		{ 409, REFUSAL("ServiceAccessNotEnabledException", "x"), false,
			false },
	};
	static const struct answer denied[] = { { 403, REFUSAL("AccessDenied",
		"x"), NULL } };
	struct organization_root got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer one[] = { { rows[i].status, rows[i].body,
			"Action=ListOrganizationsFeatures&" } };

		SCRIPT(one);
		memset(&got, 1, sizeof(got));
		OK(organizations_root_features(session, &got, &err));
		assert_int_equal(got.credentials, rows[i].credentials);
		assert_int_equal(got.sessions, rows[i].sessions);
	}
	SCRIPT(denied);
	SAYS(ERROR_REMOTE, "AWS refused 'iam:ListOrganizationsFeatures'",
		organizations_root_features(session, &got, &err));
}

static char listed[1024];
static int list_ends;

static int note_account(void *data, const struct organization_account *a,
	struct error *e)
{
	size_t n = strlen(listed);

	(void)data;
	(void)e;
	snprintf(listed + n, sizeof(listed) - n, "%s|%s|%s|%s;", a->id,
		a->name, a->email, a->state);
	return list_ends;
}

static int list_accounts(void)
{
	listed[0] = '\0';
	return organizations_list_accounts(session, note_account, NULL, &err);
}

static void accounts_are_listed_over_all_pages(void **state)
{
	static const struct answer pages[] = {
		{ 200, "{\"Accounts\":[{\"Id\":\"111111111111\",\"Name\":"
			"\"one\",\"Email\":\"a@b.example\",\"State\":"
			"\"ACTIVE\",\"Status\":\"OLD\"}],\"NextToken\":\"t\"}",
			"{\"MaxResults\":20}" },
		{ 200, "{\"Accounts\":[],\"NextToken\":\"u\"}",
			"{\"MaxResults\":20,\"NextToken\":\"t\"}" },
		{ 200, "{\"Accounts\":[{\"Id\":\"222222222222\",\"Name\":"
			"\"a\\u001b[m\",\"Status\":\"SUSPENDED\"},{\"Id\":"
			"\"333333333333\",\"Name\":\"x\",\"Email\":\"\","
			"\"State\":\"\",\"Status\":\"S\"}],\"NextToken\":"
			"\"\"}",
			"\"NextToken\":\"u\"" },
	};
	static const struct answer later[] = {
		{ 200, "{\"Accounts\":[{\"Id\":\"111111111111\"}],"
			"\"NextToken\":\"t\"}", NULL },
		{ 400, "{\"__type\":\"X\",\"Message\":\"so\"}", NULL },
	};

	(void)state;
	SCRIPT(pages);
	OK(list_accounts());
	assert_all_answered();
	assert_string_equal(listed, "111111111111|one|a@b.example|ACTIVE;"
		"222222222222|||SUSPENDED;333333333333|x||S;");
	assert_string_equal(target, "AWSOrganizationsV20161128.ListAccounts");
	/* the first that says so ends it, and no other page is asked for */
	SCRIPT(pages);
	list_ends = 5;
	assert_int_equal(list_accounts(), 5);
	list_ends = 0;
	assert_int_equal(answers_at, 1);
	SCRIPT(later);
	SAYS(ERROR_REMOTE, "AWS refused 'organizations:ListAccounts': so (X)",
		list_accounts());
	assert_string_equal(listed, "111111111111|||;");
}

static void a_list_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *body, *lacks;
	} rows[] = {
		{ "{}", "lacks the accounts" },
		{ "{\"Accounts\":{}}", "lacks the accounts" },
		{ "{\"Accounts\":[{}]}", "lacks an account's id" },
		{ "{\"Accounts\":[{\"Id\":\"1\"}]}", "lacks an account's id" },
		{ "{\"Accounts\":[7]}", "the answer to 'organizations:"
			"ListAccounts' lacks an account's id" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer one[] = { { 200, rows[i].body, NULL } };

		SCRIPT(one);
		SAYS(ERROR_MALFORMED, rows[i].lacks, list_accounts());
		assert_string_equal(listed, "");
	}
}

/* ---- events ---- */

#define EVENT(id)                                                              \
	"{\"CloudTrailEvent\":\"{\\\"eventID\\\":\\\"" id "\\\",\\\"eventName" \
	"\\\":\\\"E\\\",\\\"eventTime\\\":\\\"2026-11-29T10:00:00Z\\\"}\"}"

static int note_event(void *data, const struct cloudtrail_event *event,
	struct error *e)
{
	(void)data;
	(void)e;
	assert_int_equal(strlen(event->raw), event->raw_n);
	assert_non_null(strstr(event->raw, event->id));
	strcat(strcat(listed, event->id), ";");
	return list_ends;
}

static int look_up(void)
{
	listed[0] = '\0';
	return cloudtrail_lookup(session, "EnableMFADevice", 1700000000,
		note_event, NULL, &err);
}

static void events_are_looked_up_over_all_pages(void **state)
{
	static const struct answer pages[] = {
		{ 200, "{\"Events\":[" EVENT("1") ",{},{\"CloudTrailEvent\":"
			"\"x\"}," EVENT("2") "],\"NextToken\":\"t\"}",
			"{\"LookupAttributes\":[{\"AttributeKey\":\"EventName"
			"\",\"AttributeValue\":\"EnableMFADevice\"}],"
			"\"StartTime\":1700000000,\"MaxResults\":50}" },
		{ 200, "{\"Events\":[" EVENT("3") "]}", ",\"NextToken\":\"t\""
			"}" },
	};
	static const struct answer none[] = { { 200, "{}", NULL } };
	static const struct answer odd[] = { { 200, "{\"Events\":{}}", NULL } };
	static struct answer many[101];
	size_t i;

	(void)state;
	SCRIPT(pages);
	OK(look_up());
	assert_all_answered();
	assert_string_equal(listed, "1;2;3;");
	assert_string_equal(target, "com.amazonaws.cloudtrail.v20131101."
		"CloudTrail_20131101.LookupEvents");
	assert_string_equal(signed_for, "aws:amz:eu-west-1:cloudtrail");
	SCRIPT(pages);
	list_ends = 1;
	assert_int_equal(look_up(), 1);
	list_ends = 0;
	assert_string_equal(listed, "1;");
	assert_int_equal(answers_at, 1);
	SCRIPT(none);
	SAYS(ERROR_MALFORMED, "the answer to 'cloudtrail:LookupEvents' lacks "
		"the events", look_up());
	SCRIPT(odd);
	SAYS(ERROR_MALFORMED, "lacks the events", look_up());
	/* an hour of a busy account, and no more */
	for (i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct answer){ 200, "{\"Events\":[],"
			"\"NextToken\":\"t\"}", NULL };
	SCRIPT(many);
	OK(look_up());
	assert_int_equal(answers_at, 100);
}

/* ---- root ---- */

static int note_id(void *data, const char id[IAM_CERTIFICATE_ID_MAX],
	struct error *e)
{
	(void)data;
	(void)e;
	strcat(strcat(listed, id), ";");
	return 0;
}

static void root_s_certificates_are_listed(void **state)
{
#define CERTIFICATES(list, more)                                               \
	ANSWER("ListSigningCertificates", "<Certificates>" list                \
		"</Certificates>" more)
	static const struct answer pages[] = {
		{ 200, CERTIFICATES("<member><CertificateId>C1</CertificateId>"
			"</member>", "<Marker>m</Marker>"), NULL },
		{ 200, CERTIFICATES("<member><CertificateId>C2</CertificateId>"
			"</member>", ""), "&Marker=m" },
	};
	static const struct answer nameless[] = { { 200, CERTIFICATES(
		"<member/>", ""), NULL } };

	(void)state;
	listed[0] = '\0';
	SCRIPT(pages);
	OK(iam_root_list_certificates(session, note_id, NULL, &err));
	assert_all_answered();
	assert_string_equal(listed, "C1;C2;");
	SCRIPT(nameless);
	SAYS(ERROR_MALFORMED, "the answer to 'iam:ListSigningCertificates' "
		"lacks CertificateId", iam_root_list_certificates(session,
		note_id, NULL, &err));
}

static void a_key_s_last_use_is_told_or_never_was(void **state)
{
#define USED(text)                                                             \
	ANSWER("GetAccessKeyLastUsed", "<AccessKeyLastUsed>" text              \
		"</AccessKeyLastUsed>")
	static const struct answer used[] = { { 200, USED("<LastUsedDate>2026-"
		"09-11T13:14:43Z</LastUsedDate>"), "&AccessKeyId=AK" } };
	static const struct answer never[] = { { 200, USED(""), NULL } };
	static const struct answer none[] = { { 200, ANSWER(
		"GetAccessKeyLastUsed", ""), NULL } };
	time_t when = 7;

	(void)state;
	SCRIPT(used);
	OK(iam_root_key_last_used(session, "AK", &when, &err));
	assert_int_equal(when, 1789132483);
	SCRIPT(never);
	OK(iam_root_key_last_used(session, "AK", &when, &err));
	assert_int_equal(when, 0);
	when = 7;
	SCRIPT(none);
	SAYS(ERROR_MALFORMED, "the answer to 'iam:GetAccessKeyLastUsed' lacks "
		"its result", iam_root_key_last_used(session, "AK", &when,
		&err));
	assert_int_equal(when, 7);
}

static int drop_key(void)
{
	return iam_root_delete_key(session, "AK", &err);
}

static int drop_certificate(void)
{
	return iam_root_delete_certificate(session, "C1", &err);
}

static int drop_password(void)
{
	return iam_root_delete_password(session, &err);
}

static int drop_device(void)
{
	return iam_root_deactivate(session, "GAHT12345678", &err);
}

static void what_is_gone_already_is_gone(void **state)
{
	static const struct {
		int (*drop)(void);
		const char *done, *asks, *says;
	} rows[] = {
		{ drop_key, "<DeleteAccessKeyResponse/>",
			"Action=DeleteAccessKey&Version=2010-05-08&"
			"AccessKeyId=AK", "'iam:DeleteAccessKey'" },
		{ drop_certificate, "<DeleteSigningCertificateResponse/>",
			"&CertificateId=C1", "'iam:DeleteSigningCertificate'" },
		{ drop_password, "<DeleteLoginProfileResponse/>",
			"Action=DeleteLoginProfile&Version=2010-05-08",
			"'iam:DeleteLoginProfile'" },
		{ drop_device, "<DeactivateMFADeviceResponse/>",
			"Action=DeactivateMFADevice&Version=2010-05-08&"
			"SerialNumber=GAHT12345678",
			"'iam:DeactivateMFADevice'" },
	};
	static const struct answer gone[] = { { 404, REFUSAL("NoSuchEntity",
		"x"), NULL } };
	static const struct answer denied[] = { { 403, REFUSAL("AccessDenied",
		"x"), NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct answer good[] = { { 200, rows[i].done,
			rows[i].asks } };

		SCRIPT(good);
		OK(rows[i].drop());
		assert_all_answered();
		assert_null(strstr(form, "UserName"));
		SCRIPT(gone);
		OK(rows[i].drop());
		SCRIPT(denied);
		SAYS(ERROR_REMOTE, rows[i].says, rows[i].drop());
	}
}

static void root_has_a_password_or_has_none(void **state)
{
	static const struct answer there[] = { { 200, ANSWER("GetLoginProfile",
		"<LoginProfile/>"), "Action=GetLoginProfile&" } };
	static const struct answer gone[] = { { 404, REFUSAL("NoSuchEntity",
		"x"), NULL } };
	bool has = false;

	(void)state;
	SCRIPT(there);
	OK(iam_root_has_password(session, &has, &err));
	assert_true(has);
	SCRIPT(gone);
	OK(iam_root_has_password(session, &has, &err));
	assert_false(has);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_codes, leave_session)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roles_are_assumed_one_from_the_other),
		TEST(without_roles_nothing_is_asked),
		TEST(a_web_identity_assumes_its_role_unsigned),
		TEST(an_answer_without_keys_is_none),
		TEST(a_role_s_device_is_asked_for_a_code),
		TEST(one_code_lasts_for_as_many_roles_as_it_takes),
		TEST(who_may_open_no_session_gives_the_role_its_code),
		TEST(keys_that_last_are_not_renewed),
		TEST(keys_that_cannot_be_renewed_are_named_with_their_end),
		TEST(a_role_that_ends_is_assumed_again),
		TEST(a_program_s_keys_are_asked_for_anew_in_the_same_place),
		TEST(a_code_is_tried_by_a_session_that_nobody_gets),
		TEST(a_member_s_root_is_assumed_for_one_task),
		TEST(who_asks_is_told_whole_or_not_at_all),
		TEST(an_organization_is_described_or_there_is_none),
		TEST(root_s_features_are_those_that_are_told),
		TEST(accounts_are_listed_over_all_pages),
		TEST(a_list_that_is_none_is_refused),
		TEST(events_are_looked_up_over_all_pages),
		TEST(root_s_certificates_are_listed),
		TEST(a_key_s_last_use_is_told_or_never_was),
		TEST(what_is_gone_already_is_gone),
		TEST(root_has_a_password_or_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
