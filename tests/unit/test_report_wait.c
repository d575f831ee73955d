/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a credential report: which calls, how long between them, and what
 * ends it, with AWS's answers from a list.
 */
#include "aws/api/iam.h"
#include "aws/query/call.h"
#include "aws/query/session.h"

#include "tests/unit/unit.h"

/* To GetCredentialReport: AWS's code, or NULL: here it is. */
static const char *const *answers;
static size_t answers_n, answers_at;
static const char *generate; /* AWS's code, or NULL: it is being made */
static const char *made_state;
static char calls[512]; /* G, g and the pauses */
static int wait_fails;
static time_t now;

static void note(const char *fmt, ...) PRINTF(1, 2);
static void note(const char *fmt, ...)
{
	size_t n = strlen(calls);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(calls + n, sizeof(calls) - n, fmt, ap);
	va_end(ap);
}

static int answer(const char *action, const char *body, struct reply *ret)
{
	struct refusal refusal;
	char text[512];

	snprintf(text, sizeof(text), "<%sResponse><%sResult>%s</%sResult></%s"
		"Response>", action, action, body, action, action);
	assert_int_equal(reply_read(text, strlen(text), action, ret, &refusal,
		NULL), 1);
	return 0;
}

static int refuse(const char *code, struct error *e)
{
	error_set(e, ERROR_REMOTE, "AWS says %s", code);
	snprintf(e->foreign, sizeof(e->foreign), "%s", code);
	return -ERROR_REMOTE;
}

WRAP(int, call, struct aws_session *s, const struct operation *op,
	const struct param *params, struct reply *ret, struct error *e)
{
	const char *code;

	(void)s;
	assert_null(params);
	if (strcmp(op->action, "GenerateCredentialReport") == 0) {
		note("G ");
		return generate ? refuse(generate, e) : answer(op->action,
			made_state, ret);
	}
	assert_string_equal(op->action, "GetCredentialReport");
	note("g ");
	assert_true(answers_at < answers_n);
	code = answers[answers_at++];
	return code ? refuse(code, e) : answer(op->action, "<Content>YSxi"
		"</Content><GeneratedTime>2026-02-01T00:00:00Z"
		"</GeneratedTime>", ret);
}

WRAP(int, call_wait, struct aws_session *s, int64_t ms, deadline_t until,
	struct error *e)
{
	(void)s;
	assert_int_equal(until, 4711);
	note("%lld ", (long long)ms);
	return wait_fails ? error_set(e, wait_fails, "interrupted") : 0;
}

WRAP(time_t, aws_now, const struct aws_session *s)
{
	(void)s;
	return now;
}

static int take(void *data, const unsigned char *p, size_t n, struct error *e)
{
	(void)e;
	strncat(data, (const char *)p, n);
	return 0;
}

static struct iam_report_info info;
static char text[64];

static int ask(const char *const *list, size_t n)
{
	answers = list;
	answers_n = n;
	answers_at = 0;
	calls[0] = text[0] = '\0';
	memset(&info, 0, sizeof(info));
	return iam_get_credential_report(NULL, 4711, take, text, &info, &err);
}
#define ASK(list) ask(list, ARRAY_LEN(list))

static int begin(void **state)
{
	(void)state;
	generate = NULL;
	made_state = "<State>STARTED</State>";
	wait_fails = 0;
	now = 1000;
	return 0;
}

#define WAIT "ReportInProgress"
#define NONE "ReportNotPresent"

static void pauses_grow_up_to_ten_seconds(void **state)
{
	static const char *const list[] = { WAIT, WAIT, WAIT, WAIT, WAIT, WAIT,
		WAIT, NULL };

	(void)state;
	OK(ASK(list));
	assert_string_equal(calls, "G g 500 g 1000 g 2000 g 4000 g 8000 g "
		"10000 g 10000 g ");
	assert_string_equal(text, "a,b");
	assert_true(info.renewed);
	assert_int_equal(info.begun, 1000);
	assert_int_equal(info.generated, 1769904000);
}

static void one_that_somebody_else_began_is_not_ours(void **state)
{
	static const char *const there[] = { NULL };

	(void)state;
	made_state = "<State>INPROGRESS</State>";
	OK(ASK(there));
	assert_int_equal(info.begun, 0);
	assert_true(info.renewed);
	made_state = "<State>STARTED</State>";
	now = -1; /* without AWS's clock */
	OK(ASK(there));
	assert_int_equal(info.begun, 0);
	now = 1;
	OK(ASK(there));
	assert_int_equal(info.begun, 1);
	made_state = "";
	SAYS(ERROR_MALFORMED, "lacks the state", ASK(there));
}

static void one_that_is_gone_is_asked_for_again(void **state)
{
	static const char *const codes[] = { NONE, "ReportExpired",
		"CredentialReportNotPresentException",
		"CredentialReportExpiredException" };
	static const char *const waits[] = { WAIT,
		"CredentialReportNotReadyException" };
	const char *list[2] = { NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		list[0] = codes[i];
		OK(ASK(list));
		assert_string_equal(calls, "G g 500 G g ");
	}
	for (i = 0; i < ARRAY_LEN(waits); i++) {
		list[0] = waits[i];
		OK(ASK(list));
		assert_string_equal(calls, "G g 500 g ");
	}
	list[0] = "AccessDenied";
	SAYS(ERROR_REMOTE, "AWS says AccessDenied", ASK(list));
	assert_string_equal(calls, "G g ");
}

static void an_old_one_serves_who_may_make_none(void **state)
{
	static const char *const codes[] = { "AccessDenied", "LimitExceeded",
		"Throttling" };
	static const char *const there[] = { NULL }, *const none[] = { NONE };
	static const char *const later[] = { WAIT, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		generate = codes[i];
		OK(ASK(there));
		assert_false(info.renewed);
		assert_int_equal(info.begun, 0);
		OK(ASK(later));
		assert_string_equal(calls, "G g 500 g ");
		/* why there is none is said, not that there is none */
		FAILS(ERROR_REMOTE, ASK(none));
		assert_string_equal(err.foreign, codes[i]);
		assert_string_equal(calls, "G g ");
	}
	generate = "ExpiredToken";
	FAILS(ERROR_REMOTE, ASK(there));
	assert_string_equal(calls, "G ");
}

static void who_interrupts_waits_no_longer(void **state)
{
	static const char *const list[] = { WAIT };

	(void)state;
	wait_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "interrupted", ASK(list));
	assert_string_equal(calls, "G g 500 ");
	assert_int_equal(info.generated, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pauses_grow_up_to_ten_seconds),
		TEST(one_that_somebody_else_began_is_not_ours),
		TEST(one_that_is_gone_is_asked_for_again),
		TEST(an_old_one_serves_who_may_make_none),
		TEST(who_interrupts_waits_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
