/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back to a session is kept, and given again: which replies, whole,
 * in their order, with AWS's clock as it stood, and without a word to AWS.
 */
#include "aws/api/cloudtrail.h"
#include "aws/api/iam.h"
#include "aws/api/sts.h"
#include "aws/query/tape.h"

#include "tests/unit/http-alone.h"
#include "tests/unit/unit.h"

/* ---- HTTP ---- */

struct http {
	int unused;
};

static int status;
static const char *body;
static time_t date;
static unsigned requests;

#include "http-double.h"

void http_free(struct http **h)
{
	free_p(h);
}

int http_post(struct http *h, const struct http_request *q,
	struct http_reply *ret, struct error *e)
{
	(void)h;
	(void)q;
	requests++;
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, q->reply_max);
	ret->sent = true;
	if (!status)
		return error_set(e, ERROR_UNREACHABLE, "the line is cut");
	ret->status = status;
	ret->has_date = date != 0;
	ret->date = date;
	ret->date_at = deadline_now();
	strcpy(ret->request_id, "id-http");
	buf_put_str(&ret->body, body);
	return 0;
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	return http_post(h, request, ret, e);
}

/* ---- a tape in memory ---- */

struct kept {
	char service[32], action[64], request[512], body[2048];
	int status;
	time_t date;
	bool sent, failed, taken;
	struct error error;
};

static struct kept kept[16];
static size_t kept_n;
static char order[64]; /* of what was taken */

static void keep(void *self, const struct tape_reply *r)
{
	struct kept *k = &kept[kept_n++];

	assert_ptr_equal(self, &kept);
	assert_true(kept_n <= ARRAY_LEN(kept));
	*k = (struct kept){ .status = r->status, .date = r->date,
		.sent = r->sent, .failed = r->error != NULL };
	snprintf(k->service, sizeof(k->service), "%s", r->service);
	snprintf(k->action, sizeof(k->action), "%s", r->action);
	snprintf(k->request, sizeof(k->request), "%s", r->request);
	memcpy(k->body, r->body_n ? r->body : "", r->body_n);
	if (r->error)
		k->error = *r->error;
	if (r->status)
		assert_string_equal(r->request_id, "id-http");
}

static uint64_t find(void *self, const char *service, const char *action,
	const char *request)
{
	size_t i;

	(void)self;
	for (i = 0; i < kept_n; i++)
		if (!kept[i].taken && strcmp(kept[i].service, service) == 0 &&
			strcmp(kept[i].action, action) == 0 &&
			strcmp(kept[i].request, request) == 0)
			return i;
	return TAPE_NONE;
}

static void take(void *self, uint64_t number, struct tape_reply *ret)
{
	struct kept *k = &kept[number];
	size_t n = strlen(order);

	(void)self;
	assert_false(k->taken);
	k->taken = true;
	snprintf(order + n, sizeof(order) - n, "%u", (unsigned)number);
	*ret = (struct tape_reply){ .status = k->status, .date = k->date,
		.sent = k->sent, .error = k->failed ? &k->error : NULL,
		.body = k->body, .body_n = strlen(k->body) };
}

static const struct aws_tape recording = { .keep = keep, .self = &kept };
static const struct aws_tape playing = { .find = find, .take = take };

static int start(void **state)
{
	(void)state;
	empty_environment();
	kept_n = 0;
	order[0] = '\0';
	status = 200;
	date = 0;
	requests = 0;
	return open_session();
}

static int end(void **state)
{
	(void)state;
	aws_session_free(&session);
	return 0;
}

static void play(void)
{
	const struct aws_played p = { "aws", "eu-west-1", "", "", -1 };

	aws_session_free(&session);
	OK(aws_session_new_played(&session, &p, &err));
	aws_session_set_tape(session, &playing);
	requests = 0;
}

#define OF(action, result)                                                     \
	"<" action "Response><" action "Result>" result "</" action "Result></"\
	action "Response>"
#define USER(name) OF("GetUser", "<User><UserName>" name "</UserName><UserId>" \
	"AIDA1</UserId><Arn>arn:aws:iam::123456789012:user/" name "</Arn>"     \
	"</User>")
#define REFUSED(code)                                                          \
	"<ErrorResponse><Error><Code>" code "</Code><Message>m</Message>"      \
	"</Error></ErrorResponse>"
#define NOW 1769904000

static struct iam_user user;

static int get_user(const char *name)
{
	memset(&user, 0, sizeof(user));
	return iam_get_user(session, name, &user, NULL, &err);
}

static int see_event(void *data, const struct cloudtrail_event *e,
	struct error *why)
{
	(void)e;
	(void)why;
	++*(unsigned *)data;
	return 0;
}

static void what_reads_is_kept_and_given_again(void **state)
{
	unsigned events = 0;

	(void)state;
	aws_session_set_tape(session, &recording);
	assert_false(aws_session_is_played(session));
	body = USER("alice");
	date = NOW;
	OK(get_user("alice"));
	date = NOW + 60;
	body = REFUSED("AccessDenied");
	status = 403;
	FAILS(ERROR_REMOTE, get_user("alice"));
	status = 200;
	date = 0;
	body = "{\"Events\": [{\"CloudTrailEvent\": \"{\\\"eventID\\\": "
		"\\\"1\\\", \\\"eventName\\\": \\\"x\\\", \\\"eventTime\\\": "
		"\\\"2026-02-01T00:00:00Z\\\"}\"}]}";
	OK(cloudtrail_lookup(session, "x", 0, see_event, &events, &err));
	assert_int_equal(events, 1);
	assert_int_equal(kept_n, 3);
	assert_string_equal(kept[0].service, "iam");
	assert_string_equal(kept[0].action, "GetUser");
	assert_string_equal(kept[0].request, "Action=GetUser&Version="
		"2010-05-08&UserName=alice");
	assert_int_equal(kept[0].status, 200);
	assert_int_equal(kept[0].date, NOW);
	assert_true(kept[0].sent);
	assert_false(kept[0].failed);
	assert_int_equal(kept[1].date, NOW + 60);
	assert_true(kept[1].failed);
	assert_string_equal(kept[1].error.foreign, "AccessDenied");
	/* a clock that this reply did not set is not its */
	assert_int_equal(kept[2].date, 0);

	play();
	assert_true(aws_session_is_played(session));
	assert_int_equal(aws_now(session), -1);
	OK(get_user("alice"));
	assert_string_equal(user.name, "alice");
	assert_int_equal(aws_now(session), NOW);
	FAILS(ERROR_REMOTE, get_user("alice"));
	assert_string_equal(err.foreign, "AccessDenied");
	assert_int_equal(aws_now(session), NOW + 60);
	OK(cloudtrail_lookup(session, "x", 0, see_event, &events, &err));
	assert_int_equal(events, 2);
	assert_int_equal(aws_now(session), NOW + 60);
	SAYS(ERROR_UNREACHABLE, "no answer to 'iam:GetUser' was kept",
		get_user("alice"));
	SAYS(ERROR_UNREACHABLE, "no answer to 'iam:GetUser' was kept",
		get_user("bob"));
	assert_int_equal(requests, 0);
}

static void what_changes_or_holds_keys_is_not_kept(void **state)
{
	const struct sts_request q = { .role = "arn:aws:iam::123456789012:"
		"role/x", .session_name = "x" };
	struct aws_credentials c = { .expires = 0 };
	struct sts_identity id;

	(void)state;
	aws_session_set_tape(session, &recording);
	body = "<DeactivateMFADeviceResponse/>";
	OK(iam_deactivate_mfa_device(session, "alice",
		"arn:aws:iam::123456789012:mfa/x", &err));
	body = OF("AssumeRole", "<Credentials><AccessKeyId>ASIAEXAMPLE"
		"123456789</AccessKeyId><SecretAccessKey>x</SecretAccessKey>"
		"<SessionToken>y</SessionToken><Expiration>"
		"2099-01-01T00:00:00Z</Expiration></Credentials>");
	OK(sts_assume_role(session, &q, &c, &err));
	credentials_done(&c);
	assert_int_equal(kept_n, 0);
	body = OF("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:root"
		"</Arn><UserId>1</UserId><Account>123456789012</Account>");
	OK(sts_get_caller_identity(session, &id, &err));
	assert_int_equal(kept_n, 1);
	play();
	OK(sts_get_caller_identity(session, &id, &err));
	assert_string_equal(id.account, "123456789012");
}

static void attempts_that_failed_are_made_again_without_waiting(void **state)
{
	deadline_t begun;

	(void)state;
	aws_session_set_tape(session, &recording);
	status = 0;
	SAYS(ERROR_UNREACHABLE, "the line is cut", get_user("alice"));
	assert_int_equal(kept_n, 3);
	assert_int_equal(kept[0].status, 0);
	assert_string_equal(kept[0].error.text, "the line is cut");
	play();
	begun = deadline_now();
	SAYS(ERROR_UNREACHABLE, "the line is cut", get_user("alice"));
	assert_string_equal(order, "012");
	assert_true(deadline_now() - begun < 200);
}

static void what_is_no_answer_any_more_is_said(void **state)
{
	(void)state;
	aws_session_set_tape(session, &recording);
	body = USER("alice");
	OK(get_user("alice"));
	OK(get_user("alice"));
	strcpy(kept[0].body, REFUSED("AccessDenied"));
	strcpy(kept[1].body, "nonsense");
	play();
	SAYS(ERROR_MALFORMED, "what was kept of 'iam:GetUser' is no answer",
		get_user("alice"));
	SAYS(ERROR_MALFORMED, "is no XML", get_user("alice"));
}

static int note_done(void *data, const struct error *e, struct error *why)
{
	(void)why;
	strcat(strcat(data, user.name), e ? "- " : "+ ");
	return 0;
}

static void many_are_answered_in_the_order_in_which_they_were(void **state)
{
	const struct calls_options options = { .most = 0 };
	struct calls *c = NULL;
	char done[128] = "";
	size_t i;

	(void)state;
	aws_session_set_tape(session, &recording);
	body = USER("carol");
	OK(get_user("carol"));
	body = USER("alice");
	OK(get_user("alice"));
	play();
	OK(calls_new(&c, session, &options, &err));
	for (i = 0; i < 3; i++)
		OK(iam_ask_user(c, i == 0 ? "bob" : i == 1 ? "alice" : "carol",
			&user, NULL, note_done, done, &err));
	OK(calls_run(c, &err));
	calls_free(&c);
	/* what is not on the tape fails, behind the others */
	assert_string_equal(done, "carol+ alice+ alice- ");
	assert_string_equal(order, "01");
	assert_int_equal(requests, 0);
}

static void a_session_that_is_played_is_somebody_s_place(void **state)
{
	struct aws_played p = { "aws-cn", "cn-north-1", "https://a.example/",
		"AWS_ENDPOINT_URL", -1 };
	enum aws_service i;

	(void)state;
	aws_session_free(&session);
	OK(aws_session_new_played(&session, &p, &err));
	assert_string_equal(aws_session_partition(session)->name, "aws-cn");
	assert_string_equal(aws_session_region(session), "cn-north-1");
	assert_true(aws_session_is_overridden(session));
	for (i = 0; i < AWS_SERVICES; i++) {
		assert_string_equal(aws_session_endpoint(session, i)->url,
			"https://a.example/");
		assert_string_equal(aws_session_endpoint(session, i)->origin,
			"AWS_ENDPOINT_URL");
	}
	aws_session_free(&session);
	p.endpoint = "";
	OK(aws_session_new_played(&session, &p, &err));
	assert_false(aws_session_is_overridden(session));
	aws_session_free(&session);
	p.partition = "aws-moon";
	SAYS(ERROR_MALFORMED, "'aws-moon' is no partition of AWS that is "
		"known", aws_session_new_played(&session, &p, &err));
	assert_null(session);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_reads_is_kept_and_given_again),
		TEST(what_changes_or_holds_keys_is_not_kept),
		TEST(attempts_that_failed_are_made_again_without_waiting),
		TEST(what_is_no_answer_any_more_is_said),
		TEST(many_are_answered_in_the_order_in_which_they_were),
		TEST(a_session_that_is_played_is_somebody_s_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
