/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of IAM and STS over an HTTP that answers from a script: pages, retries,
 * the clock, answers that lack something. What the requests look like on the
 * wire is tested against the local IAM.
 */
#include "aws/api/iam.h"
#include "aws/api/sts.h"
#include "aws/http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- HTTP from a script ---- */

struct answer {
	int status;       /* 0: the connection is lost after sending */
	const char *body;
	time_t date;      /* 0: no Date */
	bool unsent;      /* with status 0: nothing was sent */
	int proxy;        /* ... as a proxy did not let it by */
};

static const struct answer *script;
static size_t script_n, script_at;
static char last_form[4096], last_sign[64], last_token[64];
static bool last_repeatable;

static void play(const struct answer *answers, size_t n)
{
	script = answers;
	script_n = n;
	script_at = 0;
}
#define PLAY(answers) play(answers, ARRAY_LEN(answers))

struct http {
	int unused;
};

#include "http-alone.h"
#include "http-double.h"

void http_free(struct http **h)
{
	free_p(h);
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	(void)h;
	(void)request;
	(void)ret;
	return error_set(err, ERROR_UNREACHABLE, "nobody is there");
}

int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	const struct answer *a;

	(void)h;
	assert_true(script_at < script_n);
	a = &script[script_at++];
	snprintf(last_form, sizeof(last_form), "%.*s", (int)request->body_n,
		(const char *)request->body);
	snprintf(last_sign, sizeof(last_sign), "%s", request->sign);
	snprintf(last_token, sizeof(last_token), "%s",
		secret_str(request->token));
	last_repeatable = request->repeatable;
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, request->reply_max);
	ret->sent = !a->unsent;
	if (a->status == 0) {
		error_set(err, ERROR_UNREACHABLE, "lost");
		err->status = a->proxy;
		return -ERROR_UNREACHABLE;
	}
	ret->status = a->status;
	ret->has_date = a->date != 0;
	ret->date = a->date;
	ret->date_at = deadline_now();
	buf_put_str(&ret->body, a->body);
	return 0;
}

/* ---- Helpers ---- */

static int begin_session(void **state)
{
	(void)state;
	return open_session();
}

static int close_session(void **state)
{
	(void)state;
	aws_session_free(&session);
	return 0;
}

#define OK(action, result)                                                     \
	"<" action "Response><" action "Result>" result "</" action "Result>" \
	"<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></"    \
	action "Response>"
#define ERR(code)                                                              \
	"<ErrorResponse><Error><Code>" code "</Code><Message>so</Message>"     \
	"</Error><RequestId>id-9</RequestId></ErrorResponse>"
#define USER(name)                                                             \
	"<member><UserName>" name "</UserName><Path>/</Path><UserId>AIDA" name \
	"</UserId><Arn>arn:aws:iam::123456789012:user/" name "</Arn>"          \
	"<CreateDate>2026-09-11T13:14:43Z</CreateDate></member>"
#define PAGE(users, more) OK("ListUsers", "<Users>" users "</Users>" more)
#define MORE(marker)                                                           \
	"<IsTruncated>true</IsTruncated><Marker>" marker "</Marker>"
#define LAST "<IsTruncated>false</IsTruncated>"

static int put_name(void *data, const struct iam_user *user,
	struct error *err)
{
	char *names = data;

	strcat(strcat(names, user->name), " ");
	if (strcmp(user->name, "stop") == 0)
		return error_set(err, ERROR_REFUSED, "stopped");
	return 0;
}

/* ---- Pages ---- */

static void all_pages_are_followed(void **state)
{
	static const struct answer answers[] = {
		{ 200, PAGE(USER("alice") USER("bob"), MORE("m 1")), 0, 0 },
		{ 200, PAGE("", MORE("m2")), 0, 0 },
		{ 200, PAGE(USER("carol"), LAST), 0, 0 },
	};
	char names[128] = "";

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, names, NULL), 0);
	assert_string_equal(names, "alice bob carol ");
	assert_string_equal(last_form, "Action=ListUsers&Version=2010-05-08&"
		"MaxItems=1000&Marker=m2");
	assert_string_equal(last_sign, "aws:amz:us-east-1:iam");
	assert_string_equal(last_token, "TOKEN");
	assert_true(last_repeatable);
}

static void markers_in_a_circle_are_noticed(void **state)
{
	static const struct answer once[] = {
		{ 200, PAGE("", MORE("a")), 0, 0 },
		{ 200, PAGE("", MORE("a")), 0, 0 },
	};
	static struct answer three[32];
	static const char *const bodies[] = { PAGE("", MORE("a")),
		PAGE("", MORE("b")), PAGE("", MORE("c")) };
	struct error err;
	size_t i;

	(void)state;
	PLAY(once);
	assert_int_equal(iam_list_users(session, put_name, NULL, &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "marker"));
	for (i = 0; i < ARRAY_LEN(three); i++)
		three[i] = (struct answer){ 200, bodies[i % 3], 0, 0 };
	PLAY(three);
	assert_int_equal(iam_list_users(session, put_name, NULL, &err),
		-ERROR_MALFORMED);
	assert_true(script_at < 12);
}

static void a_page_without_a_marker_is_an_error(void **state)
{
	static const struct answer answers[] = {
		{ 200, PAGE("", "<IsTruncated>true</IsTruncated>"), 0, 0 },
	};

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, NULL, NULL),
		-ERROR_MALFORMED);
}

/* A wrong password more often than once may close an account. */
static void a_proxy_that_refuses_is_asked_once(void **state)
{
	static const struct answer answer = { 0, "", 0, true, 407 };
	struct error err;

	(void)state;
	play(&answer, 1);
	assert_int_equal(iam_list_users(session, put_name, NULL, &err),
		-ERROR_UNREACHABLE);
	assert_int_equal(script_at, 1);
}

/* No page of AWS's is without its list, and nothing follows from one. */
static void a_page_without_its_list_is_an_error(void **state)
{
	static const struct answer answers[] = {
		{ 200, OK("ListUsers", LAST), 0, 0 },
		{ 200, OK("ListUsers", ""), 0, 0 },
		{ 200, OK("ListUsers", "<Members/>" LAST), 0, 0 },
	};
	struct error err;
	size_t i;

	(void)state;
	PLAY(answers);
	for (i = 0; i < ARRAY_LEN(answers); i++) {
		assert_int_equal(iam_list_users(session, put_name, NULL, &err),
			-ERROR_MALFORMED);
		assert_non_null(strstr(err.text, "lacks Users"));
	}
}

static void a_marker_alone_means_more(void **state)
{
	static const struct answer answers[] = {
		{ 200, PAGE(USER("alice"), "<Marker>m</Marker>"), 0, 0 },
		{ 200, PAGE(USER("bob"), "<IsTruncated/><Marker>n</Marker>"),
			0, 0 },
		{ 200, PAGE(USER("carol"), ""), 0, 0 },
	};
	char names[128] = "";

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, names, NULL), 0);
	assert_string_equal(names, "alice bob carol ");
}

static void a_callback_stops_the_list(void **state)
{
	static const struct answer answers[] = {
		{ 200, PAGE(USER("stop") USER("bob"), MORE("m")), 0, 0 },
	};
	char names[128] = "";

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, names, NULL),
		-ERROR_REFUSED);
	assert_string_equal(names, "stop ");
}

static void items_that_lack_something_are_an_error(void **state)
{
	static const char *const bodies[] = {
		OK("ListUsers", "<Users><member><UserId>A</UserId><Arn>a</Arn>"
			"</member></Users>"),
		OK("ListUsers", "<Users><member><UserName>a</UserName><Arn>a"
			"</Arn></member></Users>"),
		OK("ListUsers", "<Users><member><UserName>a</UserName><UserId>"
			"A</UserId></member></Users>"),
		OK("ListUsers", "<Users><member><UserName>a</UserName>"
			"<UserName>b</UserName><UserId>A</UserId><Arn>a</Arn></member>"
			"</Users>"),
		OK("ListUsers", "<Users><member><UserName>a\xc2\x9b</UserName>"
			"<UserId>A</UserId><Arn>a</Arn></member></Users>"),
		OK("ListUsers", "<Users><member><UserName>a</UserName><UserId>"
			"A</UserId><Arn>a</Arn><CreateDate>x</CreateDate>"
			"</member></Users>"),
		"<ListUsersResponse/>",
	};
	struct answer answer = { .status = 200 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		answer.body = bodies[i];
		play(&answer, 1);
		if (iam_list_users(session, put_name, NULL, NULL) !=
			-ERROR_MALFORMED)
			fail_msg("%s", bodies[i]);
	}
}

/* ---- Retries ---- */

static void a_read_is_repeated(void **state)
{
	static const struct answer answers[] = {
		{ 0, NULL, 0, false },
		{ 503, "<html>", 0, false },
		{ 200, PAGE(USER("alice"), LAST), 0, 0 },
	};
	char names[128] = "";

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, names, NULL), 0);
	assert_string_equal(names, "alice ");
}

static void a_read_is_given_up_after_three_attempts(void **state)
{
	static const struct answer answers[] = {
		{ 500, ERR("ServiceFailure"), 0, 0 },
		{ 500, ERR("ServiceFailure"), 0, 0 },
		{ 500, ERR("ServiceFailure"), 0, 0 },
	};
	struct error err;

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_list_users(session, put_name, NULL, &err),
		-ERROR_UNREACHABLE);
	assert_int_equal(script_at, 3);
	assert_string_equal(err.foreign, "ServiceFailure");
	assert_string_equal(err.request_id, "id-9");
	assert_int_equal(err.status, 500);
}

static void the_id_of_the_last_request_that_succeeded_is_kept(void **state)
{
	static const struct answer answers[] = {
		{ 200, "<DeactivateMFADeviceResponse><ResponseMetadata>"
			"<RequestId>id-1</RequestId></ResponseMetadata>"
			"</DeactivateMFADeviceResponse>", 0, 0 },
		{ 403, ERR("AccessDenied"), 0, 0 },
	};

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_deactivate_mfa_device(session, "alice",
		"arn:aws:iam::123456789012:mfa/alice", NULL), 0);
	assert_string_equal(aws_session_request_id(session), "id-1");
	assert_int_equal(iam_deactivate_mfa_device(session, "alice",
		"arn:aws:iam::123456789012:mfa/alice", NULL), -ERROR_REMOTE);
	assert_string_equal(aws_session_request_id(session), "id-1");
}

static void a_change_is_sent_once_where_its_effect_is_unknown(void **state)
{
	static const struct answer answers[] = {
		{ 0, NULL, 0, false },
		{ 500, ERR("ServiceFailure"), 0, 0 },
		{ 200, "<html>", 0, 0 },
		{ 200, ERR("Strange"), 0, 0 },
		{ 302, "", 0, 0 },
		{ 403, "<html>", 0, 0 },
		{ 404, "gone", 0, 0 },
		{ 400, "", 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(answers); i++) {
		play(&answers[i], 1);
		assert_int_equal(iam_delete_virtual_mfa_device(session,
					 "GAHT12345678", NULL),
			-ERROR_UNREACHABLE);
		assert_false(last_repeatable);
	}
}

static void a_change_is_repeated_where_it_had_none(void **state)
{
	static const struct answer answers[] = {
		{ 0, NULL, 0, true },
		{ 400, ERR("Throttling"), 0, 0 },
		{ 200, "<DeleteVirtualMFADeviceResponse/>", 0, 0 },
	};

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_delete_virtual_mfa_device(session,
				 "GAHT12345678", NULL),
		0);
}

static void a_refusal_has_no_effect(void **state)
{
	static const struct answer answers[] = {
		{ 409, ERR("DeleteConflict"), 0, 0 },
	};
	struct error err;

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_delete_virtual_mfa_device(session,
				 "GAHT12345678", &err),
		-ERROR_REMOTE);
	assert_int_equal(err.status, 409);
	assert_string_equal(err.foreign, "DeleteConflict");
}

static void nothing_wrong_is_sent(void **state)
{
	(void)state;
	play(NULL, 0);
	assert_int_equal(iam_enable_mfa_device(session, "a/b", "GAHT12345678",
				 "012345", "123456", NULL),
		-ERROR_USAGE);
	assert_int_equal(iam_enable_mfa_device(session, "alice", "short",
				 "012345", "123456", NULL),
		-ERROR_USAGE);
	assert_int_equal(iam_enable_mfa_device(session, "alice",
				 "GAHT12345678", "012345", "12345", NULL),
		-ERROR_USAGE);
}

/* ---- The clock ---- */

static void the_clock_is_aws_s(void **state)
{
	time_t now = time(NULL);
	struct answer good = { 200, OK("GetAccountSummary", "<SummaryMap/>"),
		now + 500, 0 };
	struct answer off = { 403, ERR("SignatureDoesNotMatch"), now - 900,
		0 };
	struct answer proxy = { 200, "<html>", now + 9000, 0 };
	struct iam_account_summary sum;
	struct error err;
	int64_t skew = 1;

	(void)state;
	assert_int_equal(aws_now(session), -1);
	assert_false(aws_clock_skew(session, &skew));
	assert_int_equal(skew, 1);
	play(&good, 1);
	assert_int_equal(iam_get_account_summary(session, &sum, NULL), 0);
	assert_in_range(aws_now(session), now + 500, now + 502);
	assert_true(aws_clock_skew(session, &skew));
	assert_in_range(skew + 502, 0, 4);
	/* what is not AWS's does not set it */
	play(&proxy, 1);
	assert_int_equal(iam_get_account_summary(session, &sum, NULL),
		-ERROR_UNREACHABLE);
	assert_in_range(aws_now(session), now + 500, now + 502);
	/* a refusal does */
	play(&off, 1);
	assert_int_equal(iam_get_account_summary(session, &sum, &err),
		-ERROR_REMOTE);
	assert_non_null(strstr(err.text, "15 min ahead of AWS's"));
	assert_in_range(aws_now(session), now - 900, now - 898);
}

/* ---- Operations ---- */

/* base64 of 64 base32 characters, "AB" 32 times */
#define SEED                                                                   \
	"QUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUJB" \
	"QkFCQUJBQkFCQUJBQkFCQUJBQg=="
#define CREATED(rest)                                                          \
	OK("CreateVirtualMFADevice", "<VirtualMFADevice><SerialNumber>"        \
		"arn:aws:iam::123456789012:mfa/tb-1</SerialNumber>" rest       \
		"</VirtualMFADevice>")

static void a_seed_is_forty_bytes_or_the_device_is_to_be_undone(void **state)
{
	static const struct answer good = { 200,
		CREATED("<Base32StringSeed>" SEED "</Base32StringSeed>"
			"<QRCodePNG>iVBORw0KGgo=</QRCodePNG>"), 0, 0 };
	static const char *const bad[] = {
		CREATED(""),
		CREATED("<Base32StringSeed></Base32StringSeed>"),
		CREATED("<Base32StringSeed>QUJD</Base32StringSeed>"),
		CREATED("<Base32StringSeed>!!!!</Base32StringSeed>"),
		CREATED("<Base32StringSeed>" SEED "QUJD</Base32StringSeed>"),
	};
	struct answer answer = { .status = 200 };
	char serial[IAM_SERIAL_MAX + 1];
	struct secret seed = SECRET_INIT;
	size_t i;

	(void)state;
	play(&good, 1);
	assert_int_equal(iam_create_virtual_mfa_device(session, "tb-1", NULL,
				 serial, &seed, NULL),
		0);
	assert_string_equal(serial, "arn:aws:iam::123456789012:mfa/tb-1");
	assert_int_equal(seed.n, IAM_SEED_LEN);
	for (i = 0; i < IAM_SEED_LEN; i += 5)
		assert_memory_equal(seed.p + i, "\x00\x40\x10\x04\x01", 5);
	secret_done(&seed);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct error err;

		serial[0] = '\0';
		answer.body = bad[i];
		play(&answer, 1);
		assert_int_equal(iam_create_virtual_mfa_device(session, "tb-1",
					 NULL, serial, &seed, &err),
			-ERROR_MALFORMED);
		assert_string_equal(serial,
			"arn:aws:iam::123456789012:mfa/tb-1");
		assert_null(seed.p);
		assert_null(strstr(err.text, "QUJ"));
	}
}

/* A device that is not the one that was asked for is never worked on. */
static void an_answer_that_names_another_device_is_not_taken(void **state)
{
	static const char *const others[] = {
		"arn:aws:iam::123456789012:mfa/tb-2",
		"arn:aws:iam::123456789012:mfa/x/tb-1",
		"arn:aws:iam::123456789012:mfa/tb-10",
		"arn:aws:iam::123456789012:u2f/tb-1",
		"GAHT12345678",
	};
	struct answer answer = { .status = 200 };
	char serial[IAM_SERIAL_MAX + 1] = "before", body[1024];
	struct secret seed = SECRET_INIT;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(others); i++) {
		snprintf(body, sizeof(body), OK("CreateVirtualMFADevice",
			"<VirtualMFADevice><SerialNumber>%s</SerialNumber>"
			"<Base32StringSeed>" SEED "</Base32StringSeed>"
			"</VirtualMFADevice>"), others[i]);
		answer.body = body;
		play(&answer, 1);
		assert_int_equal(iam_create_virtual_mfa_device(session, "tb-1",
			NULL, serial, &seed, &err), -ERROR_MALFORMED);
		assert_non_null(strstr(err.text, "names another device"));
		assert_string_equal(serial, "before");
		assert_null(seed.p);
	}
}

static int take_device(void *data, const struct iam_device *d,
	struct error *err)
{
	(void)d;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

static int take_key(void *data, const struct iam_access_key *k,
	struct error *err)
{
	(void)k;
	(void)err;
	++*(unsigned *)data;
	return 0;
}

static void an_answer_about_another_user_is_not_taken(void **state)
{
	static const struct answer user = { 200, OK("GetUser", "<User>"
		"<UserName>bob</UserName><UserId>AIDA1</UserId><Arn>arn:aws:"
		"iam::123456789012:user/bob</Arn></User>"), 0, 0 };
	static const struct answer devices = { 200, OK("ListMFADevices",
		"<MFADevices><member><UserName>bob</UserName><SerialNumber>"
		"GAHT12345678</SerialNumber></member></MFADevices>"
		"<IsTruncated>false</IsTruncated>"), 0, 0 };
	static const struct answer fido = { 200, OK("GetMFADevice",
		"<SerialNumber>arn:aws:iam::123456789012:u2f/user/alice/b"
		"</SerialNumber>"), 0, 0 };
	static const struct answer profile = { 200, OK("GetLoginProfile",
		"<LoginProfile><UserName>bob</UserName></LoginProfile>"), 0,
		0 };
	static const struct answer keys = { 200, OK("ListAccessKeys",
		"<AccessKeyMetadata><member><UserName>bob</UserName>"
		"<AccessKeyId>AKIDEXAMPLEBOBAAAAAA</AccessKeyId><Status>"
		"Inactive</Status></member></AccessKeyMetadata>"
		"<IsTruncated>false</IsTruncated>"), 0, 0 };
	struct iam_fido_device f;
	struct iam_user u;
	struct error err;
	unsigned n = 0;
	bool found = false;

	(void)state;
	play(&user, 1);
	assert_int_equal(iam_get_user(session, "alice", &u, &found, &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "'alice' was asked for"));
	assert_false(found);
	play(&devices, 1);
	assert_int_equal(iam_list_mfa_devices(session, "alice", take_device,
		&n, &err), -ERROR_MALFORMED);
	play(&keys, 1);
	assert_int_equal(iam_list_access_keys(session, "alice", take_key, &n,
		&err), -ERROR_MALFORMED);
	play(&profile, 1);
	assert_int_equal(iam_get_login_profile(session, "alice", &found, &err),
		-ERROR_MALFORMED);
	play(&fido, 1);
	assert_int_equal(iam_get_mfa_device(session, "alice",
		"arn:aws:iam::123456789012:u2f/user/alice/a", &f, &err),
		-ERROR_MALFORMED);
	assert_int_equal(n, 0);
	assert_false(found);
	/* the same user however it is written, and whoever asks without name */
	play(&devices, 1);
	assert_int_equal(iam_list_mfa_devices(session, "Bob", take_device, &n,
		&err), 0);
	play(&devices, 1);
	assert_int_equal(iam_list_mfa_devices(session, NULL, take_device, &n,
		&err), 0);
	assert_int_equal(n, 2);
}

struct decisions {
	struct iam_decision p[4];
	size_t n;
};

static int take_decision(void *data, const struct iam_decision *d,
	struct error *err)
{
	struct decisions *list = data;

	(void)err;
	assert_true(list->n < ARRAY_LEN(list->p));
	list->p[list->n++] = *d;
	return 0;
}

static void a_simulation_tells_of_each_resource_that_is_denied(void **state)
{
	static const struct answer by_action = { 200,
		OK("SimulatePrincipalPolicy", "<EvaluationResults><member>"
		"<EvalActionName>iam:A</EvalActionName><EvalDecision>allowed"
		"</EvalDecision></member><member><EvalActionName>iam:B"
		"</EvalActionName><EvalResourceName>*</EvalResourceName>"
		"<EvalDecision>implicitDeny</EvalDecision>"
		"<ResourceSpecificResults><member><EvalResourceName>arn:1"
		"</EvalResourceName><EvalResourceDecision>allowed"
		"</EvalResourceDecision></member><member><EvalResourceName>"
		"arn:2</EvalResourceName><EvalResourceDecision>explicitDeny"
		"</EvalResourceDecision><MissingContextValues><member>"
		"aws:MultiFactorAuthPresent</member></MissingContextValues>"
		"</member></ResourceSpecificResults></member>"
		"</EvaluationResults><IsTruncated>false</IsTruncated>"), 0,
		0 };
	static const char *const actions[] = { "iam:A", "iam:B" };
	static const char *const resources[] = { "arn:1", "arn:2" };
	const struct iam_simulation q = { "arn:x", actions, 2, resources, 2 };
	struct decisions found = { .n = 0 };

	(void)state;
	play(&by_action, 1);
	assert_int_equal(iam_simulate_principal_policy(session, &q,
		take_decision, &found, NULL), 0);
	assert_non_null(strstr(last_form, "PolicySourceArn=arn%3Ax"));
	assert_non_null(strstr(last_form, "ActionNames.member.2=iam%3AB"));
	assert_non_null(strstr(last_form, "ResourceArns.member.1=arn%3A1"));
	assert_int_equal(found.n, 3);
	assert_true(found.p[0].allowed && !found.p[0].depends);
	assert_true(found.p[1].allowed);
	assert_string_equal(found.p[1].resource, "arn:1");
	assert_false(found.p[2].allowed);
	assert_true(found.p[2].depends);
	assert_string_equal(found.p[2].action, "iam:B");
	assert_string_equal(found.p[2].resource, "arn:2");
}

static void no_such_entity_is_an_answer(void **state)
{
	static const struct answer absent = { 404, ERR("NoSuchEntity"), 0, 0 };
	static const struct answer profile = { 200, OK("GetLoginProfile",
		"<LoginProfile><UserName>alice</UserName></LoginProfile>"), 0,
		0 };
	struct iam_user user;
	bool found = true;

	(void)state;
	play(&absent, 1);
	assert_int_equal(iam_get_user(session, "alice", &user, &found, NULL),
		0);
	assert_false(found);
	play(&absent, 1);
	assert_int_equal(iam_get_user(session, "alice", &user, NULL, NULL),
		-ERROR_REMOTE);
	found = true;
	play(&absent, 1);
	assert_int_equal(iam_get_login_profile(session, "alice", &found, NULL),
		0);
	assert_false(found);
	play(&profile, 1);
	assert_int_equal(iam_get_login_profile(session, "alice", &found, NULL),
		0);
	assert_true(found);
}

static void what_takes_access_away_is_sent_once_and_checked_before(
	void **state)
{
#define DONE(action)                                                           \
	{ 200, "<" action "Response><ResponseMetadata><RequestId>1</RequestId>"\
		"</ResponseMetadata></" action "Response>", 0, 0 }
	static const struct answer put = DONE("PutUserPolicy");
	static const struct answer update = DONE("UpdateAccessKey");
	static const struct answer drop = DONE("DeleteLoginProfile");
	static const struct answer lost[] = { { .status = 0 }, { .status = 0 } };
	struct error err;

	(void)state;
	play(&put, 1);
	assert_int_equal(iam_put_user_policy(session, "alice", "p",
		"{\"a\":1}", &err), 0);
	assert_non_null(strstr(last_form, "Action=PutUserPolicy"));
	assert_non_null(strstr(last_form, "UserName=alice&PolicyName=p&"
		"PolicyDocument=%7B%22a%22%3A1%7D"));
	play(&update, 1);
	assert_int_equal(iam_update_access_key(session, "alice",
		"AKIDEXAMPLEALICEAAAA", false, &err), 0);
	assert_non_null(strstr(last_form, "AccessKeyId=AKIDEXAMPLEALICEAAAA&"
		"Status=Inactive"));
	play(&update, 1);
	assert_int_equal(iam_update_access_key(session, "alice",
		"AKIDEXAMPLEALICEAAAA", true, &err), 0);
	assert_non_null(strstr(last_form, "Status=Active"));
	play(&drop, 1);
	assert_int_equal(iam_delete_login_profile(session, "alice", &err), 0);
	assert_non_null(strstr(last_form, "Action=DeleteLoginProfile"));
	/* whoever calls decides what a lost answer means */
	PLAY(lost);
	assert_int_equal(iam_delete_login_profile(session, "alice", &err),
		-ERROR_UNREACHABLE);
	assert_int_equal(script_at, 1);
	script_at = 0;
	assert_int_equal(iam_update_access_key(session, "alice", "AK", false,
		&err), -ERROR_USAGE);
	assert_string_equal(err.text, "the access key id 'AK' is not 16 to 128 "
		"of letters, digits and _");
	assert_int_equal(iam_put_user_policy(session, "alice", "a b", "{}",
		&err), -ERROR_USAGE);
	assert_string_equal(err.text, "the policy name 'a b' is not 1 to 128 "
		"of letters, digits and _+=,.@-");
	assert_int_equal(iam_delete_login_profile(session, "a b", &err),
		-ERROR_USAGE);
	assert_int_equal(script_at, 0);
}

static void a_summary_says_what_is_not_known(void **state)
{
	static const struct answer answer = { 200, OK("GetAccountSummary",
		"<SummaryMap><entry><key>AccountMFAEnabled</key><value>1"
		"</value></entry><entry><key>Groups</key><value>7</value>"
		"</entry><entry><key>MFADevices</key><value>18</value></entry>"
		"</SummaryMap>"), 0, 0 };
	struct iam_account_summary sum;

	(void)state;
	play(&answer, 1);
	assert_int_equal(iam_get_account_summary(session, &sum, NULL), 0);
	assert_int_equal(sum.root_mfa, 1);
	assert_int_equal(sum.devices, 18);
	assert_int_equal(sum.root_password, IAM_UNKNOWN);
	assert_int_equal(sum.devices_in_use, IAM_UNKNOWN);
}

static void a_summary_that_says_two_things_says_nothing(void **state)
{
	static const struct answer answer = { 200, OK("GetAccountSummary",
		"<SummaryMap><entry><key>AccountMFAEnabled</key><value>1"
		"</value></entry><entry><key>AccountMFAEnabled</key><value>0"
		"</value></entry></SummaryMap>"), 0, 0 };
	struct iam_account_summary sum;
	struct error err;

	(void)state;
	play(&answer, 1);
	assert_int_equal(iam_get_account_summary(session, &sum, &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "'AccountMFAEnabled' twice"));
}

static void an_alias_is_not_insisted_on(void **state)
{
	static const struct answer answers[] = {
		{ 200, OK("ListAccountAliases", "<AccountAliases><member>corp"
			"</member></AccountAliases>"), 0, 0 },
		{ 200, OK("ListAccountAliases", "<AccountAliases/>"), 0, 0 },
		{ 403, ERR("AccessDenied"), 0, 0 },
		{ 403, ERR("InvalidClientTokenId"), 0, 0 },
	};
	char *alias = NULL;

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_get_account_alias(session, &alias, NULL), 0);
	assert_string_equal(alias, "corp");
	free_p(&alias);
	assert_int_equal(iam_get_account_alias(session, &alias, NULL), 0);
	assert_null(alias);
	assert_int_equal(iam_get_account_alias(session, &alias, NULL), 0);
	assert_null(alias);
	assert_int_equal(iam_get_account_alias(session, &alias, NULL),
		-ERROR_REMOTE);
}

static int put_virtual(void *data, const struct iam_virtual_device *d,
	struct error *err)
{
	char *text = data;

	(void)err;
	sprintf(text + strlen(text), "%d%d%s ", d->assigned, d->of_root,
		d->user);
	return 0;
}

static void root_s_virtual_device_is_known_by_its_user(void **state)
{
#define DEVICE(name, rest)                                                     \
	"<member><SerialNumber>arn:aws:iam::123456789012:mfa/" name            \
	"</SerialNumber>" rest "</member>"
	static const struct answer answer = { 200, OK("ListVirtualMFADevices",
		"<VirtualMFADevices>"
		DEVICE("root-account-mfa-device", "<User><Arn>"
			"arn:aws:iam::123456789012:user/x</Arn><UserName>x"
			"</UserName></User>")
		DEVICE("phone", "<EnableDate>2026-09-11T13:14:43Z</EnableDate>"
			"<User><Arn>arn:aws:iam::123456789012:root</Arn>"
			"<UserId>123456789012</UserId></User>")
		DEVICE("free", "") DEVICE("free2", "<User/>")
		"</VirtualMFADevices>" LAST), 0, 0 };
	char text[128] = "";

	(void)state;
	play(&answer, 1);
	assert_int_equal(iam_list_virtual_mfa_devices(session, IAM_ASSIGNED,
				 put_virtual, text, NULL),
		0);
	assert_string_equal(text, "10x 11 00 00 ");
	assert_non_null(strstr(last_form, "AssignmentStatus=Assigned"));
}

static void the_caller_is_asked_for_in_the_own_region(void **state)
{
	static const struct answer answer = { 200, OK("GetCallerIdentity",
		"<Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDA"
		"</UserId><Account>123456789012</Account>"), 0, 0 };
	struct sts_identity id;

	(void)state;
	play(&answer, 1);
	assert_int_equal(sts_get_caller_identity(session, &id, NULL), 0);
	assert_string_equal(id.account, "123456789012");
	assert_string_equal(last_sign, "aws:amz:eu-west-1:sts");
	assert_string_equal(last_form,
		"Action=GetCallerIdentity&Version=2011-06-15");
}

/* ---- The credential report ---- */

#define STATE(state) OK("GenerateCredentialReport", "<State>" state "</State>")
#define REPORT(content)                                                        \
	OK("GetCredentialReport", "<Content>" content "</Content>"             \
		"<ReportFormat>text/csv</ReportFormat><GeneratedTime>"         \
		"2026-09-11T13:14:43Z</GeneratedTime>")

static int put_bytes(void *data, const unsigned char *p, size_t n,
	struct error *err)
{
	(void)err;
	strncat(data, (const char *)p, n);
	return 0;
}

static void a_report_is_waited_for(void **state)
{
	static const struct answer answers[] = {
		{ 200, STATE("STARTED"), 0, 0 },
		{ 404, ERR("ReportInProgress"), 0, 0 },
		{ 200, REPORT("YSxi"), 0, 0 },
	};
	struct iam_report_info info;
	char text[64] = "";

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_get_credential_report(session, DEADLINE_NEVER,
				 put_bytes, text, &info, NULL),
		0);
	assert_string_equal(text, "a,b");
	assert_int_equal(info.generated, 1789132483);
	assert_true(info.renewed);
}

static void an_old_report_serves_where_none_can_be_made(void **state)
{
	static const struct answer old[] = {
		{ 403, ERR("AccessDenied"), 0, 0 },
		{ 200, REPORT("YSxi"), 0, 0 },
	};
	static const struct answer none[] = {
		{ 403, ERR("AccessDenied"), 0, 0 },
		{ 410, ERR("ReportNotPresent"), 0, 0 },
	};
	struct iam_report_info info;
	struct error err;
	char text[64] = "";

	(void)state;
	PLAY(old);
	assert_int_equal(iam_get_credential_report(session, DEADLINE_NEVER,
				 put_bytes, text, &info, NULL),
		0);
	assert_false(info.renewed);
	PLAY(none);
	assert_int_equal(iam_get_credential_report(session, DEADLINE_NEVER,
				 put_bytes, text, &info, &err),
		-ERROR_REMOTE);
	assert_non_null(strstr(err.text, "GenerateCredentialReport"));
}

static void a_report_that_never_comes_is_a_timeout(void **state)
{
	static const struct answer answers[] = {
		{ 200, STATE("STARTED"), 0, 0 },
		{ 404, ERR("ReportInProgress"), 0, 0 },
	};
	struct iam_report_info info;
	struct error err;

	(void)state;
	PLAY(answers);
	assert_int_equal(iam_get_credential_report(session, deadline_in(100),
				 put_bytes, NULL, &info, &err),
		-ERROR_TIMEOUT);
	assert_string_equal(err.text, "the deadline comes before AWS can be "
		"asked again");
}

static void a_report_that_cannot_be_decoded_is_an_error(void **state)
{
	static const char *const bodies[] = {
		REPORT(""), REPORT("YSx"), REPORT("YS!i"), REPORT("YSxi="),
		OK("GetCredentialReport", "<ReportFormat>text/csv"
			"</ReportFormat>"),
		OK("GetCredentialReport", "<Content>YSxi</Content>"
			"<ReportFormat>text/html</ReportFormat>"),
	};
	struct answer answers[] = {
		{ 200, STATE("COMPLETE"), 0, 0 },
		{ 200, NULL, 0, 0 },
	};
	struct iam_report_info info;
	char text[64] = "";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bodies); i++) {
		answers[1].body = bodies[i];
		PLAY(answers);
		assert_int_equal(iam_get_credential_report(session,
					 DEADLINE_NEVER, put_bytes, text,
					 &info, NULL),
			-ERROR_MALFORMED);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_session,        \
	close_session)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_pages_are_followed),
		TEST(markers_in_a_circle_are_noticed),
		TEST(a_page_without_a_marker_is_an_error),
		TEST(a_proxy_that_refuses_is_asked_once),
		TEST(a_page_without_its_list_is_an_error),
		TEST(a_marker_alone_means_more),
		TEST(a_callback_stops_the_list),
		TEST(items_that_lack_something_are_an_error),
		TEST(a_read_is_repeated),
		TEST(the_id_of_the_last_request_that_succeeded_is_kept),
		TEST(a_read_is_given_up_after_three_attempts),
		TEST(a_change_is_sent_once_where_its_effect_is_unknown),
		TEST(a_change_is_repeated_where_it_had_none),
		TEST(a_refusal_has_no_effect),
		TEST(nothing_wrong_is_sent),
		TEST(the_clock_is_aws_s),
		TEST(a_seed_is_forty_bytes_or_the_device_is_to_be_undone),
		TEST(an_answer_that_names_another_device_is_not_taken),
		TEST(an_answer_about_another_user_is_not_taken),
		TEST(a_simulation_tells_of_each_resource_that_is_denied),
		TEST(no_such_entity_is_an_answer),
		TEST(what_takes_access_away_is_sent_once_and_checked_before),
		TEST(a_summary_says_what_is_not_known),
		TEST(a_summary_that_says_two_things_says_nothing),
		TEST(an_alias_is_not_insisted_on),
		TEST(root_s_virtual_device_is_known_by_its_user),
		TEST(the_caller_is_asked_for_in_the_own_region),
		TEST(a_report_is_waited_for),
		TEST(an_old_report_serves_where_none_can_be_made),
		TEST(a_report_that_never_comes_is_a_timeout),
		TEST(a_report_that_cannot_be_decoded_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
