/* SPDX-License-Identifier: Apache-2.0 */
/* Who is an administrator: documents as bits, and what joins them. */
#include "aws/query/reply.h"
#include "aws/rights/document.h"
#include "aws/rights/rights.h"
#include "tests/unit/unit.h"

#define ALL RIGHTS_ALL
#define IAM RIGHTS_IAM
#define NOT_ALL RIGHTS_NOT_ALL
#define NOT_IAM RIGHTS_NOT_IAM

static void a_pattern_has_everything_by_its_wildcards_alone(void **state)
{
	static const struct {
		const char *pattern;
		bool all, iam;
	} rows[] = {
		{ "*", true, true },
		{ "**", true, true },
		{ "*:*", true, true },
		{ "*?*", true, true },
		{ "iam:*", false, true },
		{ "IAM:*", false, true },
		{ "i*", false, true },
		{ "i?m:**", false, true },
		{ "*m:*", false, true },
		{ "iam:?*", false, true },
		{ "iam:Get*", false, false },
		{ "iam:*User", false, false },
		{ "iam:??????", false, false }, /* a length, no star */
		{ "iam", false, false },
		{ "*:Get*", false, false },
		{ "s3:*", false, false },
		{ "?*", true, true },
		{ "", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (rights_pattern_has_all(rows[i].pattern) != rows[i].all)
			fail_msg("all: %s", rows[i].pattern);
		if (rights_pattern_has_iam(rows[i].pattern) != rows[i].iam)
			fail_msg("iam: %s", rows[i].pattern);
	}
}

#define ONE(effect, rest)                                                      \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" effect     \
	"\"," rest "}]}"
#define ANY "\"Resource\":\"*\""

static const struct {
	const char *document;
	unsigned bits;
} documents[] = {
	{ ONE("Allow", "\"Action\":\"*\"," ANY), ALL | IAM },
	{ ONE("Allow", "\"Action\":\"*:*\"," ANY), ALL | IAM },
	{ ONE("Allow", "\"Action\":\"iam:*\"," ANY), IAM },
	{ ONE("Allow", "\"Action\":[\"s3:*\",\"IAM:*\"],\"Resource\":[\"x\","
		"\"*\"]"), IAM },
	{ ONE("Allow", "\"Action\":\"iam:*\",\"Resource\":\"arn:aws:*\""),
		IAM },
	{ ONE("Allow", "\"Action\":\"*\",\"Resource\":\"arn:aws-cn:*\""),
		ALL | IAM },
	{ ONE("Allow", "\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::*\""), 0 },
	{ ONE("Allow", "\"Action\":\"iam:*\",\"Resource\":"
		"\"arn:aws:iam::123456789012:user/x\""), 0 },
	{ ONE("Allow", "\"Action\":\"iam:GetUser\"," ANY), 0 },
	{ ONE("Allow", "\"Action\":\"iam:Create*\"," ANY), 0 },
	{ ONE("Allow", "\"Action\":\"s3:*\"," ANY), 0 },
	/* a condition does not lift an Allow */
	{ ONE("Allow", "\"Action\":\"*\"," ANY ",\"Condition\":{\"Bool\":"
		"{\"aws:MultiFactorAuthPresent\":\"true\"}}"), ALL | IAM },
	/* all but a list: what matters is whether IAM is on it */
	{ ONE("Allow", "\"NotAction\":[\"s3:*\"]," ANY), IAM },
	{ ONE("Allow", "\"NotAction\":\"iam:CreateUser\"," ANY), IAM },
	{ ONE("Allow", "\"NotAction\":[\"iam:*\",\"organizations:*\"]," ANY),
		0 },
	{ ONE("Allow", "\"NotAction\":[\"*\"]," ANY), 0 },
	{ ONE("Allow", "\"Action\":\"iam:*\",\"NotResource\":"
		"\"arn:aws:s3:::x\""), IAM },
	{ ONE("Allow", "\"Action\":\"*\",\"NotResource\":\"arn:aws:iam::*\""),
		0 },
	/* a Deny lifts where nothing hangs on anything */
	{ ONE("Deny", "\"Action\":\"*\"," ANY), NOT_ALL | NOT_IAM },
	{ ONE("Deny", "\"Action\":\"iam:*\"," ANY), NOT_IAM },
	{ ONE("Deny", "\"Action\":\"*\"," ANY ",\"Condition\":{}"),
		NOT_ALL | NOT_IAM },
	{ ONE("Deny", "\"Action\":\"*\"," ANY ",\"Condition\":{\"Bool\":{"
		"\"aws:MultiFactorAuthPresent\":\"false\"}}"), 0 },
	{ ONE("Deny", "\"NotAction\":\"iam:GetUser\"," ANY), 0 },
	{ ONE("Deny", "\"Action\":\"*\",\"NotResource\":\"x\""), 0 },
	{ ONE("Deny", "\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::*\""), 0 },
	/* members in either case, one statement alone, plain words */
	{ "{\"statement\":{\"effect\":\"allow\",\"action\":\"*\","
		"\"resource\":\"*\"}}", ALL | IAM },
	{ "{\"Statement\":[]}", 0 },
	/* as IAM sends it */
	{ "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22"
		"%3A%22%2A%22%2C%22Resource%22%3A%22%2a%22%7D%7D", ALL | IAM },
	{ "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"," ANY "},"
		"{\"Effect\":\"Deny\",\"Action\":\"*\"," ANY "}]}",
		ALL | IAM | NOT_ALL | NOT_IAM },
};

static void a_document_is_reduced_to_what_makes_an_administrator(void **state)
{
	unsigned bits;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(documents); i++) {
		bits = 77;
		OK(rights_of_document(documents[i].document,
			strlen(documents[i].document), &bits, &err));
		if (bits != documents[i].bits)
			fail_msg("%u, not %u: %s", bits, documents[i].bits,
				documents[i].document);
	}
}

static void a_document_that_cannot_be_read_touches_nothing(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "it is no JSON object" }, { "x", "it is no JSON object" },
		{ "[]", "it is no JSON object" },
		{ "7", "it is no JSON object" },
		{ "{}", "it has no statements" },
		{ "{\"Statement\":7}", "it has no statements" },
		{ "{\"Statement\":[7]}", "a statement that is no object" },
		{ "{\"Statement\":[{}]}", "Action" },
		{ "%7", "a % without two digits" },
		{ "%zz", "a % without two digits" }, { "%00", "a NUL byte" },
		{ "{\"Statement\":[],\"Statement\":[]}",
			"it is no JSON object" },
		{ "{\"Statement\":[],\"statement\":[]}", "a member twice" },
		{ ONE("Maybe", "\"Action\":\"*\"," ANY), "Effect" },
		{ ONE("Allow", ANY), "Action" },
		{ ONE("Allow", "\"Action\":\"*\""), "Resource" },
		{ ONE("Allow", "\"Action\":7," ANY), "Action" },
		{ ONE("Allow", "\"Action\":[]," ANY), "Action" },
		{ ONE("Allow", "\"Action\":[7]," ANY), "Action" },
		{ ONE("Allow", "\"Action\":\"*\",\"NotAction\":\"x\"," ANY),
			"Action" },
		{ ONE("Allow", "\"Action\":\"*\"," ANY
			",\"resource\":\"x\""), "a member twice" },
		{ "{\"Statement\":[],\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}",
			"it is nested too deeply" },
	};
	char words[96];
	char *longest = calloc(1, RIGHTS_DOCUMENT_MAX + 1);
	unsigned bits = 77;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		snprintf(words, sizeof(words), "a policy document that cannot "
			"be read: %s", wrong[i][1]);
		SAYS(ERROR_MALFORMED, words, rights_of_document(wrong[i][0],
			strlen(wrong[i][0]), &bits, &err));
	}
	assert_non_null(longest);
	memset(longest, ' ', RIGHTS_DOCUMENT_MAX + 1);
	SAYS(ERROR_MALFORMED, "too long", rights_of_document(longest,
		RIGHTS_DOCUMENT_MAX + 1, &bits, &err));
	assert_int_equal(bits, 77);
	free(longest);
}

/* ---- what joins them ---- */

#define DOCUMENT(tag, text) "<" tag ">" text "</" tag ">"
#define ADMIN_DOC                                                              \
	"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","               \
	"\"Resource\":\"*\"}}"
#define IAM_DOC                                                                \
	"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\","           \
	"\"Resource\":\"*\"}}"
#define READ_DOC                                                               \
	"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\","         \
	"\"Resource\":\"*\"}}"
#define DENY_DOC                                                               \
	"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","                \
	"\"Resource\":\"*\"}}"
#define INLINE(list, text)                                                     \
	"<" list "><member><PolicyName>p</PolicyName>"                         \
	DOCUMENT("PolicyDocument", text) "</member></" list ">"
#define ATTACHED(arn)                                                          \
	"<AttachedManagedPolicies><member><PolicyName>p</PolicyName>"          \
	"<PolicyArn>" arn "</PolicyArn></member></AttachedManagedPolicies>"
#define IN(group)                                                              \
	"<GroupList><member>" group "</member></GroupList>"
#define BOUND(arn)                                                             \
	"<PermissionsBoundary><PermissionsBoundaryType>Policy"                 \
	"</PermissionsBoundaryType><PermissionsBoundaryArn>" arn               \
	"</PermissionsBoundaryArn></PermissionsBoundary>"
#define USER(name, rest)                                                       \
	"<member><UserName>" name "</UserName><UserId>ID-" name "</UserId>"    \
	rest "</member>"
#define VERSION(id, holds, text)                                               \
	"<member><VersionId>" id "</VersionId><IsDefaultVersion>" holds        \
	"</IsDefaultVersion>" DOCUMENT("Document", text) "</member>"
#define POLICY(arn, versions)                                                  \
	"<member><Arn>" arn "</Arn><DefaultVersionId>v2</DefaultVersionId>"    \
	"<PolicyVersionList>" versions "</PolicyVersionList></member>"

/* Of four pages. */
static const char *const bodies[] = {
	"<UserDetailList>"
	USER("inline", INLINE("UserPolicyList", ADMIN_DOC))
	USER("attached", ATTACHED("arn:admin"))
	USER("old-version", ATTACHED("arn:was-admin"))
	USER("group", IN("inline-admins"))
	USER("group-attached", IN("attached-admins"))
	USER("reader", ATTACHED("arn:read"))
	USER("nothing", "")
	USER("denied", INLINE("UserPolicyList", DENY_DOC) IN("inline-admins"))
	"</UserDetailList>",
	"<UserDetailList>"
	USER("bounded", ATTACHED("arn:admin") BOUND("arn:read"))
	USER("within", ATTACHED("arn:iam") BOUND("arn:admin"))
	USER("within-iam", ATTACHED("arn:admin") BOUND("arn:iam"))
	USER("bound-denies", ATTACHED("arn:admin") BOUND("arn:deny"))
	USER("bound-unread", ATTACHED("arn:admin") BOUND("arn:broken"))
	USER("bound-gone", ATTACHED("arn:admin") BOUND("arn:nowhere"))
	USER("reader-bound-gone", ATTACHED("arn:read") BOUND("arn:nowhere"))
	USER("unread", ATTACHED("arn:broken"))
	USER("gone", ATTACHED("arn:nowhere"))
	USER("group-gone", IN("nobody"))
	USER("denied-unread", INLINE("UserPolicyList", DENY_DOC)
		ATTACHED("arn:broken"))
	"</UserDetailList>",
	"<GroupDetailList><member><GroupName>inline-admins</GroupName>"
	INLINE("GroupPolicyList", ADMIN_DOC) "</member>"
	"<member><GroupName>attached-admins</GroupName>"
	ATTACHED("arn:iam") "</member>"
	"</GroupDetailList>",
	"<Policies>"
	POLICY("arn:admin", VERSION("v1", "false", READ_DOC)
		VERSION("v2", "true", ADMIN_DOC))
	POLICY("arn:was-admin", VERSION("v1", "false", ADMIN_DOC)
		VERSION("v2", "true", READ_DOC))
	POLICY("arn:iam", "<member><VersionId>v2</VersionId>"
		DOCUMENT("Document", IAM_DOC) "</member>")
	POLICY("arn:read", VERSION("v2", "true", READ_DOC))
	POLICY("arn:deny", VERSION("v1", "true", DENY_DOC))
	POLICY("arn:broken", VERSION("v1", "true", "{"))
	"</Policies>",
};

static int take_body(const char *body, struct rights *r)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct refusal refusal;
	char text[8192];

	snprintf(text, sizeof(text),
		"<GetAccountAuthorizationDetailsResponse>"
		"<GetAccountAuthorizationDetailsResult>%s"
		"</GetAccountAuthorizationDetailsResult>"
		"</GetAccountAuthorizationDetailsResponse>", body);
	assert_int_equal(reply_read(text, strlen(text),
		"GetAccountAuthorizationDetails", &reply, &refusal, &err), 1);
	return rights_take(r, reply.result, &err);
}

static void rights_come_by_ones_own_policies_and_ones_groups(void **state)
{
	static const struct {
		const char *user;
		enum rights_answer want;
	} rows[] = {
		{ "inline", RIGHTS_YES },
		{ "attached", RIGHTS_YES },
		{ "old-version", RIGHTS_NO },
		{ "group", RIGHTS_YES },
		{ "group-attached", RIGHTS_YES },
		{ "reader", RIGHTS_NO },
		{ "nothing", RIGHTS_NO },
		{ "denied", RIGHTS_NO },
		{ "bounded", RIGHTS_BOUNDED },
		{ "within", RIGHTS_YES },
		{ "within-iam", RIGHTS_YES },
		{ "bound-denies", RIGHTS_BOUNDED },
		{ "bound-unread", RIGHTS_NOT_KNOWN },
		{ "bound-gone", RIGHTS_NOT_KNOWN },
		/* a boundary adds nothing, whatever it says */
		{ "reader-bound-gone", RIGHTS_NO },
		{ "unread", RIGHTS_NOT_KNOWN },
		{ "gone", RIGHTS_NOT_KNOWN },
		{ "group-gone", RIGHTS_NOT_KNOWN },
		{ "denied-unread", RIGHTS_NO },
		{ "unheard-of", RIGHTS_NOT_KNOWN },
	};
	CLEANUP(rights_free) struct rights *r = NULL;
	const char *why;
	char id[64];
	size_t i;

	(void)state;
	OK(rights_new(&r, &err));
	for (i = 0; i < ARRAY_LEN(bodies); i++)
		OK(take_body(bodies[i], r));
	rights_close(r);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		why = NULL;
		snprintf(id, sizeof(id), "ID-%s", rows[i].user);
		if (rights_of(r, rows[i].user, id, &why) != rows[i].want)
			fail_msg("%s", rows[i].user);
		assert_int_equal(why != NULL,
			rows[i].want == RIGHTS_NOT_KNOWN);
		/* another of the same name is not told about */
		assert_int_equal(rights_of(r, rows[i].user, "ID-other", &why),
			RIGHTS_NOT_KNOWN);
	}
}

static void pages_in_any_order_say_the_same(void **state)
{
	static const char *const halves[] = {
		"<Policies>" POLICY("arn:admin",
			VERSION("v2", "true", ADMIN_DOC)) "</Policies>",
		"<UserDetailList>" USER("alice", ATTACHED("arn:admin"))
			"</UserDetailList>",
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		CLEANUP(rights_free) struct rights *r = NULL;

		OK(rights_new(&r, &err));
		OK(take_body(halves[i], r));
		OK(take_body(halves[1 - i], r));
		rights_close(r);
		assert_int_equal(rights_of(r, "alice", "", &why), RIGHTS_YES);
	}
}

static void an_answer_without_names_is_malformed(void **state)
{
	static const char *const wrong[] = {
		"<UserDetailList><member/></UserDetailList>",
		"<GroupDetailList><member/></GroupDetailList>",
		"<Policies><member/></Policies>",
		"<UserDetailList>" USER("a", "<GroupList><member/></GroupList>")
			"</UserDetailList>",
		"<UserDetailList>" USER("a", "<AttachedManagedPolicies>"
			"<member/></AttachedManagedPolicies>")
			"</UserDetailList>",
	};
	CLEANUP(rights_free) struct rights *r = NULL;
	size_t i;

	(void)state;
	OK(rights_new(&r, &err));
	for (i = 0; i < ARRAY_LEN(wrong); i++)
		SAYS(ERROR_MALFORMED, " lacks ", take_body(wrong[i], r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_pattern_has_everything_by_its_wildcards_alone),
		cmocka_unit_test(
			a_document_is_reduced_to_what_makes_an_administrator),
		cmocka_unit_test(
			a_document_that_cannot_be_read_touches_nothing),
		cmocka_unit_test(
			rights_come_by_ones_own_policies_and_ones_groups),
		cmocka_unit_test(pages_in_any_order_say_the_same),
		cmocka_unit_test(an_answer_without_names_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
