/* SPDX-License-Identifier: Apache-2.0 */
/* Replies and what refusals become. */
#include "aws/query/refusal.h"
#include "aws/query/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NS " xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\""

static int read_text(const char *text, struct reply *reply,
	struct refusal *refusal, struct error *err)
{
	return reply_read(text, strlen(text), "GetUser", reply, refusal, err);
}

static void a_result_is_found_under_any_namespace(void **state)
{
	static const char *const forms[] = {
		"<GetUserResponse" NS "><GetUserResult><User><UserName>alice"
		"</UserName></User></GetUserResult><ResponseMetadata>"
		"<RequestId>id-1</RequestId></ResponseMetadata>"
		"</GetUserResponse>",
		"<?xml version=\"1.0\"?>\n<GetUserResponse>\n <GetUserResult>\n"
		"  <User>\n<UserName> alice\n</UserName></User>"
		"</GetUserResult><ResponseMetadata><RequestID>id-1"
		"</RequestID></ResponseMetadata></GetUserResponse>\n",
		"<i:GetUserResponse xmlns:i=\"urn:x\"><i:GetUserResult><i:User>"
		"<i:UserName><![CDATA[alice]]></i:UserName></i:User>"
		"</i:GetUserResult><i:RequestId>id-1</i:RequestId>"
		"</i:GetUserResponse>",
		"<GetUserResponse><GetUserResult><User><UserName>&#97;lice"
		"</UserName></User></GetUserResult><RequestId>id-1"
		"</RequestId></GetUserResponse>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		CLEANUP(reply_done) struct reply reply = { .xml = NULL };
		struct refusal refusal;

		assert_int_equal(read_text(forms[i], &reply, &refusal, NULL),
			1);
		assert_string_equal(xml_text(xml_child(reply.result, "User"),
					    "UserName"),
			"alice");
		assert_string_equal(reply.request_id, "id-1");
	}
}

static void every_shape_of_error_is_read(void **state)
{
	static const char *const forms[] = {
		"<ErrorResponse" NS "><Error><Type>Sender</Type><Code>"
		"NoSuchEntity</Code><Message>no such</Message></Error><RequestId>id-2"
		"</RequestId></ErrorResponse>",
		"<ErrorResponse><Errors><Error><Code>NoSuchEntity</Code>"
		"<message>no such</message></Error></Errors><RequestID>id-2"
		"</RequestID></ErrorResponse>",
		"<Response><Errors><Error><Code>NoSuchEntity</Code><Message>"
		"no such</Message></Error></Errors><RequestID>id-2"
		"</RequestID></Response>",
		"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>"
		"no such</Message><message>x</message><RequestId>id-2"
		"</RequestId></Error></ErrorResponse>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(forms); i++) {
		struct reply reply = { .xml = NULL };
		struct refusal refusal;

		assert_int_equal(read_text(forms[i], &reply, &refusal, NULL),
			0);
		assert_null(reply.xml);
		assert_string_equal(refusal.code, "NoSuchEntity");
		assert_string_equal(refusal.message, "no such");
		assert_string_equal(refusal.request_id, "id-2");
	}
}

static void anything_else_is_malformed(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} rows[] = {
		{ "", "is nothing" },
		{ " \n", "is nothing" },
		{ "<html><body>x</body></html>", "HTML" },
		{ "<!DOCTYPE html><html></html>", "HTML" },
		{ "{\"a\": 1}", "JSON" },
		{ "gone fishing", "no XML: 'gone fishing'" },
		{ "<ListUsersResponse/>", "other XML" },
		{ "<GetUserResponse2/>", "other XML" },
		{ "<GetUser/>", "other XML" },
		{ "<ErrorResponse><Error/></ErrorResponse>", "other XML" },
		{ "<ErrorResponse><Error><Code> </Code></Error>"
		  "</ErrorResponse>", "other XML" },
		{ "<GetUserResponse>", "not usable XML: line 1" },
		{ "<GetUserResponse></GetUserResponse>x", "not usable XML" },
		{ "<!DOCTYPE r []><GetUserResponse/>", "HTML" },
		{ "<?xml version='1.0'?>\n<!DOCTYPE r [<!ENTITY e 'x'>]>"
		  "<GetUserResponse>&e;</GetUserResponse>",
			"document type declaration" },
		{ "<GetUserResponse>&e;</GetUserResponse>", "undefined" },
		{ "<GetUserResponse><?php x?></GetUserResponse>",
			"processing instruction" },
		{ "<GetUserResponse>\xff</GetUserResponse>",
			"not usable XML" },
		{ "<GetUserResponse>&#0;</GetUserResponse>",
			"not usable XML" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = { .xml = NULL };
		struct refusal refusal;
		struct error err;

		assert_int_equal(read_text(rows[i].text, &reply, &refusal,
					 &err),
			-ERROR_MALFORMED);
		if (!strstr(err.text, rows[i].part))
			fail_msg("'%s' is not in '%s'", rows[i].part,
				err.text);
	}
}

static void an_excerpt_holds_no_control_character(void **state)
{
	struct reply reply;
	struct refusal refusal;
	struct error err;

	(void)state;
	assert_int_equal(read_text("a\x1b[31m\nb", &reply, &refusal, &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "'a?[31m?b'"));
}

static void depth_and_size_are_bounded(void **state)
{
	CLEANUP(xml_free) struct xml *x = NULL;
	struct error err;
	char deep[XML_DEPTH_MAX * 8], *many, name[XML_NAME_MAX + 16];
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < XML_DEPTH_MAX; i++)
		n += (size_t)sprintf(deep + n, "<a>");
	for (i = 0; i < XML_DEPTH_MAX; i++)
		n += (size_t)sprintf(deep + n, "</a>");
	assert_int_equal(xml_parse(&x, deep, n, NULL), 0);
	assert_int_equal(xml_parse(&x, deep, 0, &err), -ERROR_MALFORMED);
	assert_string_equal(err.text, "an XML document of 0 bytes");
	memset(deep, 'x', sizeof(deep));
	for (i = 0, n = 0; i <= XML_DEPTH_MAX; i++)
		n += (size_t)sprintf(deep + n, "<a>");
	assert_int_equal(xml_parse(&x, deep, n, &err), -ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "deeply"));

	many = malloc(4u * XML_ELEMENTS_MAX + 16);
	n = (size_t)sprintf(many, "<r>");
	for (i = 0; i < XML_ELEMENTS_MAX; i++)
		n += (size_t)sprintf(many + n, "<a/>");
	n += (size_t)sprintf(many + n, "</r>");
	assert_int_equal(xml_parse(&x, many, n, &err), -ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "too many"));
	free(many);

	memset(name, 'a', sizeof(name));
	name[0] = '<';
	memcpy(name + sizeof(name) - 2, "/>", 2);
	assert_int_equal(xml_parse(&x, name, sizeof(name), &err),
		-ERROR_MALFORMED);
}

static void secrets_are_kept_apart_and_the_picture_is_not(void **state)
{
	static const char text[] =
		"<r><Base32StringSeed>QUJD</Base32StringSeed>"
		"<QRCodePNG>iVBORw0</QRCodePNG><SecretAccessKey>s&#101;c"
		"</SecretAccessKey><SessionToken></SessionToken></r>";
	CLEANUP(xml_free) struct xml *x = NULL;
	const struct xml_node *n;

	(void)state;
	assert_int_equal(xml_parse(&x, text, strlen(text), NULL), 0);
	n = xml_child(xml_root(x), "Base32StringSeed");
	assert_string_equal(n->text, "");
	assert_string_equal(secret_str(&n->secret), "QUJD");
	n = xml_child(xml_root(x), "QRCodePNG");
	assert_string_equal(n->text, "");
	assert_int_equal(n->secret.n, 0);
	n = xml_child(xml_root(x), "SecretAccessKey");
	assert_string_equal(secret_str(&n->secret), "sec");
	assert_int_equal(n->secret.n, 3);
	n = xml_child(xml_root(x), "SessionToken");
	assert_int_equal(n->secret.n, 0);
}

static void a_refusal_says_what_to_do(void **state)
{
	static const struct {
		const char *action, *code, *message;
		int status;
		int64_t skew;
		int result;
		const char *part;
	} rows[] = {
		{ "ListUsers", "ExpiredToken", "The token is expired", 403, 0,
			-ERROR_REMOTE, "get new ones" },
		{ "ListUsers", "InvalidClientTokenId", "invalid.", 403, 0,
			-ERROR_REMOTE, "'aws-cn'" },
		{ "ListUsers", "SignatureDoesNotMatch", "Signature expired",
			403, 700, -ERROR_REMOTE, "11 min ahead of AWS's" },
		{ "ListUsers", "SignatureDoesNotMatch", "Signature not yet",
			403, -700, -ERROR_REMOTE, "11 min behind AWS's" },
		{ "ListUsers", "SignatureDoesNotMatch", "does not match", 403,
			3, -ERROR_REMOTE, "secret access key is not" },
		{ "ListUsers", "SignatureDoesNotMatch", "Credential should be "
			"scoped to a valid region, not 'x'.", 403, 3,
			-ERROR_REMOTE, "--region" },
		{ "ListUsers", "AccessDenied", "not authorized", 403, 0,
			-ERROR_REMOTE, "allows 'iam:ListUsers'" },
		{ "EnableMFADevice", "AccessDenied", "To complete this action, "
			"please ensure that you are authenticated with an MFA "
			"device that is enabled for this user.", 403, 0,
			-ERROR_REMOTE, "or an administrator" },
		{ "EnableMFADevice", "LimitExceeded", "", 409, 0,
			-ERROR_REMOTE, "deactivate one" },
		{ "CreateVirtualMFADevice", "LimitExceeded", "", 409, 0,
			-ERROR_REMOTE, "quota" },
		{ "GenerateCredentialReport", "LimitExceeded", "", 409, 0,
			-ERROR_REMOTE, "later" },
		{ "ListUsers", "LimitExceeded", "so", 409, 0, -ERROR_REMOTE,
			"refused 'iam:ListUsers': so (LimitExceeded)" },
		{ "ListUsers", "ServiceFailure", "", 500, 0,
			-ERROR_UNREACHABLE, "AWS failed at 'iam:ListUsers'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal refusal = { .request_id = "id-3" };
		struct refusal_context c = {
			.service = "iam",
			.action = rows[i].action,
			.region = "cn-north-1",
			.partition = "aws-cn",
			.origin = "environment",
			.status = rows[i].status,
			.skew_known = true,
			.skew = rows[i].skew,
		};
		struct error err;

		strcpy(refusal.code, rows[i].code);
		strcpy(refusal.message, rows[i].message);
		assert_int_equal(refusal_error(&refusal, &c, &err),
			rows[i].result);
		if (!strstr(err.text, rows[i].part))
			fail_msg("'%s' is not in '%s'", rows[i].part,
				err.text);
		assert_string_equal(err.foreign, rows[i].code);
		assert_string_equal(err.request_id, "id-3");
		assert_int_equal(err.status, rows[i].status);
	}
}

static void the_advice_survives_a_long_message(void **state)
{
	struct refusal refusal = { .code = "AccessDenied" };
	struct refusal_context c = {
		.service = "iam",
		.action = "CreateVirtualMFADevice",
		.region = "us-east-1",
		.partition = "aws",
		.origin = "environment",
		.status = 403,
	};
	struct error err;

	(void)state;
	memset(refusal.message, 'x', sizeof(refusal.message) - 1);
	refusal_error(&refusal, &c, &err);
	assert_non_null(strstr(err.text, "xxx (AccessDenied): the caller"));
	assert_non_null(strstr(err.text, "xxx ...xxx"));
	assert_non_null(strstr(err.text, "none that denies it"));
}

/* 40 and more characters of a name in a path, as people have them. */
#define LONG "engineering/platform/security/identity-and-access-management/"
#define WHO "User: arn:aws:iam::123456789012:user/" LONG "alice.example is "    \
	"not authorized to perform: iam:CreateVirtualMFADevice on resource: "  \
	DEVICE
#define DEVICE "arn:aws:iam::123456789012:mfa/" LONG "alice-1f2e3d4c5b6a"
#define ON "'iam:CreateVirtualMFADevice' on '" DEVICE "'"
#define POLICY "arn:aws:organizations::123456789012:policy/o-abcdefghij/"      \
	"service_control_policy/p-0123456789"

/* AWS's sentences: why stands at the end, and is what has to be read. */
static void why_aws_refuses_is_never_cut(void **state)
{
	static const struct {
		const char *message, *why, *advice;
	} rows[] = {
		{ WHO " because no identity-based policy allows the "
			"iam:CreateVirtualMFADevice action",
			"because no identity-based policy allows the "
			"iam:CreateVirtualMFADevice action (AccessDenied)",
			"a policy that allows " ON },
		{ WHO " with an explicit deny in a service control policy",
			"with an explicit deny in a service control policy "
			"(AccessDenied)",
			"they have to allow " ON },
		{ WHO " with an explicit deny in a service control policy: "
			POLICY, "control policy: " POLICY " (AccessDenied)",
			"policies of the organization decide" },
		{ WHO " because no service control policy allows the "
			"iam:CreateVirtualMFADevice action",
			"because no service control policy allows",
			"policies of the organization decide" },
		{ WHO " with an explicit deny in a resource control policy",
			"deny in a resource control policy (Acc",
			"policies of the organization decide" },
		{ WHO " because no permissions boundary allows the "
			"iam:CreateVirtualMFADevice action",
			"because no permissions boundary allows the "
			"iam:CreateVirtualMFADevice action (AccessDenied)",
			"permissions boundary has to allow " ON " too" },
		{ WHO " with an explicit deny in an identity-based policy",
			"with an explicit deny in an identity-based policy (Acc",
			"a session made with MFA" },
		{ WHO " because no session policy allows the "
			"iam:CreateVirtualMFADevice action",
			"because no session policy allows",
			"a policy that allows " ON },
		/* a link behind it, as the console's has */
		{ WHO " because no identity-based policy allows the "
			"iam:CreateVirtualMFADevice action. Authorization id: "
			"https://console.aws.amazon.com/iam/home?" LONG LONG
			LONG LONG, "... because no identity-based policy "
			"allows the iam:CreateVirtualMFADevice action",
			"a policy that allows " ON },
	};
	struct refusal_context c = {
		.service = "iam",
		.action = "CreateVirtualMFADevice",
		.region = "us-east-1",
		.partition = "aws",
		.origin = "environment",
		.status = 403,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal refusal = { .code = "AccessDenied" };
		struct error err;

		strcpy(refusal.message, rows[i].message);
		refusal_error(&refusal, &c, &err);
		if (!strstr(err.text, rows[i].why) ||
			!strstr(err.text, rows[i].advice))
			fail_msg("%zu: '%s' or '%s' is not in '%s'", i,
				rows[i].why, rows[i].advice, err.text);
	}
}

/* Each advice whole, and that of a context where it depends on one. */
#define EXPIRED ": the credentials (environment) have expired: get new ones "  \
	"and run it again"
#define UNKNOWN ": the access key (environment) was deleted, is inactive or "  \
	"is not of partition 'aws-cn', where region 'cn-north-1' is"
#define AHEAD ": this machine's clock is 4 min ahead of AWS's: set it, for "   \
	"example by 'timedatectl set-ntp true', and run it again"
#define WRONG_KEY ": the secret access key is not the one of this access key " \
	"id: copy both again"
#define OTHER_REGION ": name another region with --region, or enable this "    \
	"one for the account"
#define PERMIT ": the caller needs a policy that allows 'iam:Act', and none "  \
	"that denies it"
static const struct {
	const char *code, *action, *message;
	int64_t skew;
	const char *advice; /* behind the message */
} advices[] = {
	{ "ExpiredToken", "Act", "m", 0, EXPIRED },
	{ "ExpiredTokenException", "Act", "m", 0, EXPIRED },
	{ "InvalidClientTokenId", "Act", "m", 0, UNKNOWN },
	{ "UnrecognizedClientException", "Act", "m", 0, UNKNOWN },
	{ "SignatureDoesNotMatch", "Act", "m", 240, WRONG_KEY },
	{ "SignatureDoesNotMatch", "Act", "m", -240, WRONG_KEY },
	{ "SignatureDoesNotMatch", "Act", "m", 241, AHEAD },
	{ "RequestTimeTooSkewed", "Act", "m", 241, AHEAD },
	{ "RequestExpired", "Act", "m", 241, AHEAD },
	{ "InvalidSignatureException", "Act", "m", 241, AHEAD },
	{ "InvalidSignatureException", "Act", "m", 240, WRONG_KEY },
	{ "SignatureDoesNotMatch", "Act", "scoped to a valid region",
		0, ": the request was signed for region 'cn-north-1': "
		"name the endpoint's own with --region" },
	{ "AccessDenied", "Act", "authenticated with an MFA device", 0,
		": an IAM user that has an MFA device changes its own "
		"devices only in a session made with MFA: use 'aws sts "
		"get-session-token --serial-number DEVICE --token-code "
		"CODE', the console, or an administrator" },
	{ "AccessDenied", "AssumeRole", "MultiFactorAuthentication "
		"failed", 0, ": the code was not taken: it may have "
		"been used already, the device may be another one than "
		"mfa_serial says, or a clock is off" },
	{ "AccessDenied", "AssumeRoleWithWebIdentity", "m", 0, ": the "
		"role's trust policy has to name the provider, "
		"audience and subject of the token" },
	{ "AccessDenied", "AssumeRole", "m", 0, ": the role's trust "
		"policy has to name the caller, whose own policy has "
		"to allow 'sts:AssumeRole'; where it wants an external "
		"id or MFA, the profile needs external_id or "
		"mfa_serial" },
	{ "AccessDenied", "Act", "m", 0, PERMIT },
	{ "AccessDeniedException", "Act", "m", 0, PERMIT },
	{ "UnauthorizedOperation", "Act", "m", 0, PERMIT },
	{ "LimitExceeded", "EnableMFADevice", "m", 0, ": the user has "
		"as many devices as are allowed (8, in GovCloud 1): "
		"deactivate one first" },
	{ "LimitExceeded", "CreateVirtualMFADevice", "m", 0, ": the "
		"account has as many virtual devices as its quota "
		"allows: delete unassigned ones" },
	{ "LimitExceeded", "GenerateCredentialReport", "m", 0, ": AWS "
		"makes no more reports at the moment: try again "
		"later" },
	{ "LimitExceeded", "Act", "m", 0, "" },
	{ "InvalidAuthenticationCode", "Act", "m", 0, ": the codes "
		"must be two consecutive ones of this device, the "
		"older one first, and not used before" },
	{ "EntityTemporarilyUnmodifiable", "Act", "m", 0, ": AWS is "
		"still at work on it: wait some minutes and run it "
		"again" },
	{ "NoSuchEntity", "EnableMFADevice", "m", 0, ": not all of AWS "
		"knows the device or the user yet: wait some minutes "
		"and run it again" },
	{ "NoSuchEntity", "Act", "m", 0, "" },
	{ "DeleteConflict", "DeleteVirtualMFADevice", "m", 0, ": "
		"deactivate the device first" },
	{ "DeleteConflict", "Act", "m", 0, "" },
	{ "RegionDisabledException", "Act", "m", 0, OTHER_REGION },
	{ "OptInRequired", "Act", "m", 0, OTHER_REGION },
	{ "Throttling", "Act", "m", 0, ": AWS wants fewer requests: "
		"try again later" },
	{ "ConcurrentModification", "Act", "m", 0, ": somebody else "
		"changed it at the same time: wait some minutes and "
		"run it again" },
	{ "SomethingElse", "Act", "m", 0, "" },
	/* the full stop and blank that AWS ends some with */
	{ "SomethingElse", "Act", "m. ", 0, "" },
};

static void each_advice_is_said_whole(void **state)
{
	struct refusal_context c = { .service = "iam", .region = "cn-north-1",
		.partition = "aws-cn", .origin = "environment", .status = 400,
		.skew_known = true };
	char want[1024];
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(advices); i++) {
		struct refusal r = { .request_id = "" };

		strcpy(r.code, advices[i].code);
		strcpy(r.message, advices[i].message);
		c.action = advices[i].action;
		c.skew = advices[i].skew;
		assert_int_equal(refusal_error(&r, &c, &err), -ERROR_REMOTE);
		snprintf(want, sizeof(want), "AWS refused 'iam:%s': %.*s (%s)"
			"%s", advices[i].action, (int)strcspn(advices[i].message,
			"."), advices[i].message, advices[i].code, advices[i].advice);
		assert_string_equal(err.text, want);
	}
}

static void an_advice_knows_what_is_known(void **state)
{
	struct refusal_context c = { .service = "iam", .action = "Act",
		.region = "r", .partition = "aws", .origin = "o",
		.status = 403, .session = true, .skew = 9999 };
	struct refusal r = { .code = "InvalidClientTokenId" };
	struct error err;

	(void)state;
	refusal_error(&r, &c, &err);
	assert_string_equal(err.text, "AWS refused 'iam:Act': "
		"InvalidClientTokenId: the access key (o) was deleted, is "
		"inactive, is of a session without MFA, which IAM refuses, or "
		"is not of partition 'aws', where region 'r' is");
	/* a clock that nobody has compared is not blamed */
	strcpy(r.code, "SignatureDoesNotMatch");
	refusal_error(&r, &c, &err);
	assert_non_null(strstr(err.text, "copy both again"));
	c.status = 500;
	strcpy(r.message, "busy");
	assert_int_equal(refusal_error(&r, &c, &err), -ERROR_UNREACHABLE);
	assert_string_equal(err.text, "AWS failed at 'iam:Act' (HTTP 500): "
		"busy (SignatureDoesNotMatch)");
	c.status = 499;
	assert_int_equal(refusal_error(&r, &c, &err), -ERROR_REMOTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_is_found_under_any_namespace),
		cmocka_unit_test(every_shape_of_error_is_read),
		cmocka_unit_test(anything_else_is_malformed),
		cmocka_unit_test(an_excerpt_holds_no_control_character),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(secrets_are_kept_apart_and_the_picture_is_not),
		cmocka_unit_test(a_refusal_says_what_to_do),
		cmocka_unit_test(the_advice_survives_a_long_message),
		cmocka_unit_test(why_aws_refuses_is_never_cut),
		cmocka_unit_test(each_advice_is_said_whole),
		cmocka_unit_test(an_advice_knows_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
