/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of CloudTrail's events, and where CloudTrail answers. */
#include "aws/api/cloudtrail.h"
#include "aws/query/reply.h"

#include "tests/unit/unit.h"

static struct cloudtrail_event event;

static int read_event(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r = cloudtrail_event_read((const char *)p, strlen(s), &event);

	free(p);
	return r;
}

static void an_event_tells_who_did_what_with_which_device(void **state)
{
	(void)state;
	assert_int_equal(read_event("{\"eventID\":\"1\",\"eventName\":"
		"\"EnableMFADevice\",\"eventTime\":\"2026-11-29T10:00:00Z\","
		"\"recipientAccountId\":\"123456789012\",\"userIdentity\":{"
		"\"type\":\"Root\",\"accountId\":\"210987654321\","
		"\"accessKeyId\":\"ASIA\"},\"requestParameters\":{"
		"\"userName\":\"AWS ROOT USER\",\"serialNumber\":"
		"\"arn:aws:iam::123456789012:u2f/root/blue-X\"},"
		"\"responseElements\":null}"), 0);
	assert_string_equal(event.name, "EnableMFADevice");
	assert_int_equal(event.time, text_utc(2026, 11, 29, 10, 0, 0));
	assert_string_equal(event.actor_type, "Root");
	assert_string_equal(event.account, "123456789012");
	assert_string_equal(event.key_id, "ASIA");
	assert_string_equal(event.serial,
		"arn:aws:iam::123456789012:u2f/root/blue-X");
	assert_string_equal(event.error_code, "");
}

static void a_sign_in_tells_the_device_that_it_used(void **state)
{
	(void)state;
	assert_int_equal(read_event("{\"eventID\":\"1\",\"eventName\":"
		"\"ConsoleLogin\",\"eventTime\":\"2026-11-29T10:00:00Z\","
		"\"userIdentity\":{\"type\":\"Root\",\"accountId\":"
		"\"123456789012\"},\"responseElements\":{\"ConsoleLogin\":"
		"\"Success\"},\"additionalEventData\":{\"MFAUsed\":\"Yes\","
		"\"MFAIdentifier\":\"x\"},\"errorCode\":\"E\"}"), 0);
	assert_string_equal(event.account, "123456789012");
	assert_string_equal(event.login, "Success");
	assert_string_equal(event.mfa_used, "Yes");
	assert_string_equal(event.mfa_identifier, "x");
	assert_string_equal(event.error_code, "E");
}

static void what_is_no_event_is_not_read(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{}",
		"{\"eventID\":\"1\",\"eventName\":\"x\"}",
		"{\"eventID\":\"1\",\"eventName\":\"x\",\"eventTime\":\"y\"}",
		"{\"eventID\":1,\"eventName\":\"x\",\"eventTime\":"
		"\"2026-11-29T10:00:00Z\"}",
		"{\"eventID\":\"1\",\"eventName\":\"a\\nb\",\"eventTime\":"
		"\"2026-11-29T10:00:00Z\"}",
		"{\"eventID\":\"1\",\"eventName\":\"x\",\"eventTime\":"
		"\"2026-11-29T10:00:00Z\",\"eventName\":\"y\"}" };
	size_t i;

	(void)state;
	memset(&event, 7, sizeof(event));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (read_event(bad[i]) == 0)
			fail_msg("%s", bad[i]);
	assert_int_equal(event.id[0], 7);
}

static int read_reply(const char *s, bool good, struct reply *reply,
	struct refusal *refusal)
{
	return reply_read_json(s, strlen(s), good, reply, refusal, &err);
}

static void a_refusal_is_told_by_its_last_word(void **state)
{
	struct reply reply = { .xml = NULL };
	struct refusal refusal;

	(void)state;
	assert_int_equal(read_reply("{\"__type\":\"com.amazon#Denied\","
		"\"Message\":\"no\\u0007\"}", false, &reply, &refusal), 0);
	assert_string_equal(refusal.code, "Denied");
	assert_string_equal(refusal.message, "no?");
	assert_int_equal(read_reply("{\"__type\":\"Denied\",\"message\":\"n\"}",
		false, &reply, &refusal), 0);
	assert_string_equal(refusal.code, "Denied");
	assert_int_equal(read_reply("{\"Events\":[]}", true, &reply, &refusal),
		1);
	assert_true(json_is_object(reply.json));
	reply_done(&reply);
	assert_null(reply.json);
	FAILS(ERROR_MALFORMED, read_reply("{\"Events\":[]}", false, &reply,
		&refusal));
	FAILS(ERROR_MALFORMED, read_reply("[]", true, &reply, &refusal));
	FAILS(ERROR_MALFORMED, read_reply("<html>", false, &reply, &refusal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_tells_who_did_what_with_which_device),
		cmocka_unit_test(a_sign_in_tells_the_device_that_it_used),
		cmocka_unit_test(what_is_no_event_is_not_read),
		cmocka_unit_test(a_refusal_is_told_by_its_last_word),
	};

	return cmocka_run_group_tests_name("trail", tests, NULL, NULL);
}
