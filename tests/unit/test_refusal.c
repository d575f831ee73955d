/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals of AWS word by word: what it said, and what to do about it. */
#include "aws/query/refusal.h"

#include "tests/unit/unit.h"

static struct refusal refusal;
static struct refusal_context context;

static void refuse(const char *code, const char *message)
{
	memset(&refusal, 0, sizeof(refusal));
	snprintf(refusal.code, sizeof(refusal.code), "%s", code);
	snprintf(refusal.message, sizeof(refusal.message), "%s", message);
	strcpy(refusal.request_id, "id-1");
}

static int begin(void **state)
{
	(void)state;
	context = (struct refusal_context){ .service = "iam",
		.action = "GetUser", .region = "eu-west-1",
		.partition = "aws", .origin = "profile 'admin'",
		.status = 403 };
	return 0;
}

static void says(const char *want)
{
	FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
	assert_string_equal(err.text, want);
	assert_string_equal(err.foreign, refusal.code);
	assert_string_equal(err.request_id, "id-1");
	assert_int_equal(err.status, context.status);
}

#define KEY "the access key (profile 'admin') was deleted, is inactive"
#define PLACE " or is not of partition 'aws', where region 'eu-west-1' is"
#define OVER "the credentials (profile 'admin') have expired: get new ones " \
	"and run it again"
#define DENIED "AccessDenied"
#define WRONG_KEY "the secret access key is not the one of this access key "   \
	"id: copy both again"
#define SIGNED_THEN "AWS's clock says that the request was signed at another " \
	"time: set this machine's, for example by 'timedatectl set-ntp true', "  \
	"find out what holds requests up, and run it again"
#define OF_REGION "the request was signed for region 'eu-west-1': name the "   \
	"endpoint's own with --region"
#define RETRY "wait some minutes and run it again"
#define ORGANIZATION "policies of the organization decide, over all of this "  \
	"account's: they have to allow 'iam:GetUser'"
#define NEEDS "the caller needs a policy that allows 'iam:GetUser', and none " \
	"that denies it"

static const struct {
	const char *code, *action, *message, *advice;
} advices[] = {
	{ "ExpiredToken", "GetUser", "so", OVER },
	{ "ExpiredTokenException", "GetUser", "so", OVER },
	{ "InvalidClientTokenId", "GetUser", "so", KEY PLACE },
	{ "UnrecognizedClientException", "GetUser", "so", KEY PLACE },
	{ "SignatureDoesNotMatch", "GetUser", "so", WRONG_KEY },
	{ "SignatureDoesNotMatch", "GetUser", "it should be scoped to "
		"a valid region", OF_REGION },
	/* the clock is right by now, or Date is a proxy's */
	{ "SignatureDoesNotMatch", "GetUser", "Signature expired: "
		"20261201T000000Z is now earlier than 20261201T001000Z "
		"(20261201T001500Z - 5 min)", SIGNED_THEN },
	{ "SignatureDoesNotMatch", "GetUser", "Signature not yet current: "
		"20261201T001000Z is still later than 20261201T000500Z "
		"(20261201T000000Z + 5 min)", SIGNED_THEN },
	{ "InvalidSignatureException", "GetUser", "so", WRONG_KEY },
	{ "InvalidSignatureException", "GetUser", "it should be scoped to "
		"a valid region", OF_REGION },
	{ "InvalidSignatureException", "GetUser", "Signature expired: then",
		SIGNED_THEN },
	{ "InvalidSignatureException", "GetUser", "Signature not yet "
		"current: then", SIGNED_THEN },
	{ "RequestTimeTooSkewed", "GetUser", "so", SIGNED_THEN },
	{ "RequestExpired", "GetUser", "so", SIGNED_THEN },
	{ DENIED, "GetUser", "authenticated with an MFA device", "an "
		"IAM user that has an MFA device changes its own "
		"devices only in a session made with MFA: use 'aws sts "
		"get-session-token --serial-number DEVICE --token-code "
		"CODE', the console, or an administrator" },
	{ DENIED, "AssumeRole", "MultiFactorAuthentication failed x",
		"the code was not taken: it may have been used "
		"already, the device may be another one than "
		"mfa_serial says, or a clock is off" },
	{ DENIED, "AssumeRoleWithWebIdentity", "so", "the role's trust "
		"policy has to name the provider, audience and subject "
		"of the token" },
	{ DENIED, "AssumeRole", "so", "the role's trust policy has to "
		"name the caller, whose own policy has to allow "
		"'sts:AssumeRole'; where it wants an external id or "
		"MFA, the profile needs external_id or mfa_serial" },
	/* what is said why goes before what is usual for the action */
	{ DENIED, "AssumeRole", "x on resource: arn:x because no "
		"permissions boundary", "the caller's permissions boundary "
		"has to allow 'iam:AssumeRole' on 'arn:x' too" },
	{ DENIED, "AssumeRole", "an explicit deny in", "a policy denies "
		"'iam:AssumeRole', which no other one makes good; its "
		"condition may be a session made with MFA" },
	{ "AccessDeniedException", "GetUser", "an explicit deny in a "
		"service control policy", ORGANIZATION },
	{ "UnauthorizedOperation", "GetUser", "a resource control policy",
		ORGANIZATION },
	{ DENIED, "GetUser", "no VPC endpoint policy", "the policy of this "
		"network's endpoint for AWS has to allow 'iam:GetUser' too" },
	{ DENIED, "GetUser", "a service control policy", ORGANIZATION },
	{ DENIED, "GetUser", "a resource control policy",
		ORGANIZATION },
	{ DENIED, "GetUser", "x on resource: arn:x because a service "
		"control policy", ORGANIZATION " on 'arn:x'" },
	{ DENIED, "GetUser", "a permissions boundary", "the caller's "
		"permissions boundary has to allow 'iam:GetUser' "
		"too" },
	{ DENIED, "GetUser", "x on resource: arn:x as no permissions "
		"boundary", "the caller's permissions boundary has to "
		"allow 'iam:GetUser' on 'arn:x' too" },
	{ DENIED, "GetUser", "an explicit deny in", "a policy denies "
		"'iam:GetUser', which no other one makes good; its "
		"condition may be a session made with MFA" },
	{ DENIED, "GetUser", "x on resource: arn:x with an explicit "
		"deny in", "a policy denies 'iam:GetUser' on 'arn:x', "
		"which no other one makes good; its condition may be a "
		"session made with MFA" },
	{ DENIED, "GetUser", "so", NEEDS },
	{ "AccessDeniedException", "GetUser", "so", NEEDS },
	{ "UnauthorizedOperation", "GetUser", "so", NEEDS },
	{ DENIED, "GetUser", "x on resource: arn:x", "the caller needs "
		"a policy that allows 'iam:GetUser' on 'arn:x', and "
		"none that denies it" },
	{ DENIED, "GetUser", "x on resource:", NEEDS },
	{ "LimitExceeded", "EnableMFADevice", "so", "the user has as "
		"many devices as are allowed (8, in GovCloud 1): "
		"deactivate one first" },
	{ "LimitExceeded", "CreateVirtualMFADevice", "so", "the "
		"account has as many virtual devices as its quota "
		"allows: delete unassigned ones" },
	{ "LimitExceeded", "GenerateCredentialReport", "so", "AWS "
		"makes no more reports at the moment: try again "
		"later" },
	{ "LimitExceeded", "GetUser", "so", NULL },
	{ "InvalidAuthenticationCode", "GetUser", "so", "the codes "
		"must be two consecutive ones of this device, the "
		"older one first, and not used before" },
	{ "EntityTemporarilyUnmodifiable", "GetUser", "so", "AWS is "
		"still at work on it: " RETRY },
	{ "NoSuchEntity", "EnableMFADevice", "so", "not all of AWS "
		"knows the device or the user yet: " RETRY },
	{ "NoSuchEntity", "GetUser", "so", NULL },
	{ "DeleteConflict", "DeleteVirtualMFADevice", "so",
		"deactivate the device first" },
	{ "RegionDisabledException", "GetUser", "so", "name another "
		"region with --region, or enable this one for the "
		"account" },
	{ "OptInRequired", "GetUser", "so", "name another region with "
		"--region, or enable this one for the account" },
	{ "Throttling", "GetUser", "so", "AWS wants fewer requests: "
		"try again later" },
	{ "ConcurrentModification", "GetUser", "so", "somebody else "
		"changed it at the same time: " RETRY },
	{ "Strange", "GetUser", "so", NULL },
};

static void each_code_has_its_advice(void **state)
{
	char want[1100];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(advices); i++) {
		context.action = advices[i].action;
		refuse(advices[i].code, advices[i].message);
		snprintf(want, sizeof(want), "AWS refused 'iam:%s': %s (%s)%s"
			"%s", advices[i].action, advices[i].message, advices[i].code,
			advices[i].advice ? ": " : "",
			advices[i].advice ? advices[i].advice : "");
		says(want);
	}
}

static void a_clock_that_is_off_is_the_reason_from_four_minutes_on(
	void **state)
{
	static const char *const codes[] = { "SignatureDoesNotMatch",
		"RequestTimeTooSkewed", "RequestExpired",
		"InvalidSignatureException" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		refuse(codes[i], "so");
		context.skew = 241;
		context.skew_known = false;
		FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
		assert_null(strstr(err.text, "clock is "));
		context.skew_known = true;
		SAYS(ERROR_REMOTE, "): this machine's clock is 4 min ahead of "
			"AWS's: set it, for example by 'timedatectl set-ntp "
			"true', and run it again", refusal_error(&refusal,
				&context, &err));
		context.skew = -241;
		SAYS(ERROR_REMOTE, "clock is 4 min behind AWS's",
			refusal_error(&refusal, &context, &err));
		context.skew = 240;
		FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
		assert_null(strstr(err.text, "clock is "));
	}
}

static void a_session_s_key_may_be_one_without_mfa(void **state)
{
	(void)state;
	context.session = true;
	refuse("InvalidClientTokenId", "so");
	says("AWS refused 'iam:GetUser': so (InvalidClientTokenId): " KEY
		", is of a session without MFA, which IAM refuses," PLACE);
}

static void a_failure_of_aws_s_is_no_refusal(void **state)
{
	(void)state;
	refuse("AccessDenied", "so");
	context.status = 500;
	FAILS(ERROR_UNREACHABLE, refusal_error(&refusal, &context, &err));
	assert_string_equal(err.text, "AWS failed at 'iam:GetUser' (HTTP 500): "
		"so (AccessDenied)");
	assert_int_equal(err.status, 500);
	context.status = 499;
	FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
	refuse("Strange", "");
	says("AWS refused 'iam:GetUser': Strange");
	refuse("Strange", "so. .");
	says("AWS refused 'iam:GetUser': so (Strange)");
	refuse("Strange", " . ");
	says("AWS refused 'iam:GetUser': Strange");
}

/* n letters, then `behind` */
static const char *long_message(size_t n, const char *behind)
{
	static char text[1024];

	assert_true(n + strlen(behind) < sizeof(text));
	memset(text, 'm', n);
	strcpy(text + n, behind);
	return text;
}

static void a_message_that_is_too_long_keeps_its_reason(void **state)
{
	char want[1100];
	size_t i;
	static const char *const words[] = { " because of x",
		" with an explicit x", " due to x" };

	(void)state;
	refuse("Strange", long_message(439, ""));
	snprintf(want, sizeof(want), "AWS refused 'iam:GetUser': %s (Strange)",
		long_message(439, ""));
	says(want);
	/* 200 of the last letters, and as many of the first as there is room */
	refuse("Strange", long_message(440, ""));
	FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
	assert_int_equal(strlen(err.text), strlen("AWS refused 'iam:GetUser': "
		" (Strange)") + 439);
	assert_ptr_equal(strstr(err.text, " ..."), err.text +
		strlen("AWS refused 'iam:GetUser': ") + 235);
	for (i = 0; i < ARRAY_LEN(words); i++) {
		refuse("Strange", long_message(480, words[i]));
		FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
		snprintf(want, sizeof(want), " ...%s (Strange)", words[i]);
		assert_non_null(strstr(err.text, want));
		assert_int_equal(strlen(err.text), strlen("AWS refused "
			"'iam:GetUser':  (Strange)") + 439);
	}
	/* a reason that comes early leaves no more of the beginning */
	snprintf(want, sizeof(want), "mm because %s", long_message(470, ""));
	refuse("Strange", want);
	FAILS(ERROR_REMOTE, refusal_error(&refusal, &context, &err));
	assert_non_null(strstr(err.text, ": mm ... because m"));
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_code_has_its_advice),
		TEST(a_clock_that_is_off_is_the_reason_from_four_minutes_on),
		TEST(a_session_s_key_may_be_one_without_mfa),
		TEST(a_failure_of_aws_s_is_no_refusal),
		TEST(a_message_that_is_too_long_keeps_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
