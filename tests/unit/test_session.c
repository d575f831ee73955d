/* SPDX-License-Identifier: Apache-2.0 */
/* A session, and one that is made of another. */
#include "aws/query/session-private.h"

#include "tests/unit/unit.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define OTHER "ASIAEXAMPLE123456789"

static struct aws_session *one, *other;
static char place[64];

static int begin(void **state)
{
	(void)state;
	empty_environment();
	enter_place(place);
	write_text("ca.pem", "-- a bundle --");
	write_text("config", "[profile admin]\nregion = eu-west-1\n"
		"max_attempts = 7\n");
	setenv("AWS_CONFIG_FILE", "config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	setenv("AWS_SESSION_TOKEN", "token", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z", 1);
	setenv("AWS_PROFILE", "admin", 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	aws_session_free(&one);
	aws_session_free(&other);
	leave_place(place);
	return 0;
}

static void open_with(const struct aws_options *o)
{
	aws_session_free(&one);
	OK(aws_session_new(&one, o, &err));
}

static void what_is_not_said_has_its_default(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	(void)state;
	open_with(&o);
	assert_int_equal(one->call_timeout_ms, 60000);
	assert_int_equal(one->report_max, 64u << 20);
	assert_string_equal(one->user_agent, "tokenbridge");
	assert_int_equal(one->cancel_fd, -1);
	assert_false(one->hands_back);
	assert_int_equal(aws_session_requests(one), 0);
	assert_int_equal(aws_session_connections(one), 0);
	assert_null(aws_session_owner(one, NULL));
	assert_string_equal(aws_session_profile(one), "admin");
	o.call_timeout_ms = 5;
	o.report_max = 6;
	o.user_agent = "another";
	o.cancel_fd = 7;
	o.until = 8;
	open_with(&o);
	assert_int_equal(one->call_timeout_ms, 5);
	assert_int_equal(one->report_max, 6);
	assert_string_equal(one->user_agent, "another");
	assert_int_equal(one->cancel_fd, 7);
	assert_int_equal(one->until, 8);
	o.hand_back_ms = 9;
	open_with(&o);
	assert_int_equal(one->call_timeout_ms, 9);
	assert_true(one->hands_back);
	aws_session_set_deadline(one, 10);
	assert_int_equal(one->until, 10);
}

static void one_more_has_the_settings_of_the_first(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	const struct aws_credentials *keys;

	(void)state;
	o.ca_bundle = "ca.pem";
	o.proxy = "http://p.example:1";
	o.user_agent = "another";
	o.cancel_fd = 7;
	o.until = 8;
	o.call_timeout_ms = 5;
	o.report_max = 6;
	open_with(&o);
	OK(aws_session_derive(&other, one, NULL, NULL, &err));
	keys = aws_session_credentials(other);
	assert_string_equal(keys->key_id, ID);
	assert_string_equal(secret_str(&keys->key), "secret");
	assert_string_equal(secret_str(&keys->token), "token");
	assert_string_equal(keys->origin, "environment");
	assert_int_equal(keys->expires, 4070908800);
	assert_string_equal(aws_session_region(other), "eu-west-1");
	assert_string_equal(aws_session_profile(other), "admin");
	assert_int_equal(other->settings.config.attempts, 7);
	assert_string_equal(aws_session_way(other)->ca_bundle, "ca.pem");
	assert_ptr_not_equal(aws_session_way(other)->ca_bundle,
		aws_session_way(one)->ca_bundle);
	assert_string_equal(aws_session_way(other)->proxy,
		"http://p.example:1");
	assert_int_equal(other->settings.ca_pem.n, 14);
	assert_memory_equal(other->settings.ca_pem.p, "-- a bundle --", 14);
	assert_string_equal(other->user_agent, "another");
	assert_int_equal(other->cancel_fd, 7);
	assert_int_equal(other->until, 8);
	assert_int_equal(other->call_timeout_ms, 5);
	assert_int_equal(other->report_max, 6);
	assert_int_equal(aws_now(other), -1);
	assert_false(aws_session_is_overridden(other));
}

static void one_more_may_have_other_keys_in_another_region(void **state)
{
	struct aws_credentials keys = { .expires = 0 };
	struct aws_options o = AWS_OPTIONS_INIT;
	enum aws_service i;

	(void)state;
	open_with(&o);
	OK(credentials_set(&keys, OTHER, "x", 1, "y", 1, "role 'r'", &err));
	keys.expires = 4711;
	OK(aws_session_derive(&other, one, &keys, "us-west-2", &err));
	assert_string_equal(aws_session_credentials(other)->key_id, OTHER);
	assert_string_equal(aws_session_credentials(other)->origin,
		"role 'r'");
	assert_int_equal(aws_session_credentials(other)->expires, 4711);
	assert_string_equal(aws_session_region(other), "us-west-2");
	assert_string_equal(aws_session_endpoint(other, AWS_STS)->url,
		"https://sts.us-west-2.amazonaws.com/");
	assert_string_equal(aws_session_endpoint(other, AWS_STS)->region,
		"us-west-2");
	aws_session_free(&other);
	/* where the endpoint is somebody's own, it stays */
	o.endpoint_url = "https://a.example";
	open_with(&o);
	OK(aws_session_derive(&other, one, &keys, "us-west-2", &err));
	for (i = 0; i < AWS_SERVICES; i++) {
		assert_string_equal(aws_session_endpoint(other, i)->url,
			"https://a.example/");
		assert_string_equal(aws_session_endpoint(other, i)->origin,
			"--endpoint-url");
	}
	assert_string_equal(aws_session_endpoint(other, AWS_STS)->region,
		"us-west-2");
	assert_true(aws_session_is_overridden(other));
	credentials_done(&keys);
}

static void another_partition_is_no_other_region(void **state)
{
	static const char *const regions[] = { "cn-north-1", "us-gov-west-1",
		"eu west", "" };
	struct aws_options o = AWS_OPTIONS_INIT;
	char want[80];
	size_t i;

	(void)state;
	open_with(&o);
	for (i = 0; i < ARRAY_LEN(regions); i++) {
		snprintf(want, sizeof(want),
			"'%s' is no region of partition 'aws'", regions[i]);
		SAYS(ERROR_USAGE, want, aws_session_derive(&other, one, NULL,
			regions[i], &err));
		assert_null(other);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_said_has_its_default),
		TEST(one_more_has_the_settings_of_the_first),
		TEST(one_more_may_have_other_keys_in_another_region),
		TEST(another_partition_is_no_other_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
