/* SPDX-License-Identifier: Apache-2.0 */
/* A session given to another process: what arrives, and what is refused. */
#include "aws/role/handover.h"

#include "base/file.h"
#include "base/wire.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define OTHER "ASIAIOSFODNN7EXAMPLE"
#define SOON 5000

static int pair[2];
static struct aws_session *from, *to;
static char place[64];

static int set_up(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	(void)state;
	empty_environment();
	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	enter_place(place);
	OK(file_write_atomic("ca.pem", "-- a bundle --", 14, 0600, false,
		&err));
	o.region = "eu-west-1";
	o.endpoint_url = "http://127.0.0.1:8787";
	o.ca_bundle = "ca.pem";
	OK(aws_session_new(&from, &o, &err));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	aws_session_free(&from);
	aws_session_free(&to);
	close(pair[0]);
	close(pair[1]);
	leave_place(place);
	return 0;
}

static void some_keys(struct aws_credentials *ret)
{
	OK(credentials_set(ret, OTHER, KEY, strlen(KEY), "a-token", 7,
		"role 'r'", &err));
	ret->expires = 1769904000;
}

static void settings_and_keys_arrive_as_they_were(void **state)
{
	const struct aws_credentials *keys;

	(void)state;
	OK(aws_session_give(from, NULL, pair[0], deadline_in(SOON), &err));
	OK(aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	keys = aws_session_credentials(to);
	assert_string_equal(keys->key_id, ID);
	assert_int_equal(keys->key.n, strlen(KEY));
	assert_memory_equal(keys->key.p, KEY, strlen(KEY));
	assert_string_equal(aws_session_region(to), "eu-west-1");
	assert_string_equal(aws_session_endpoint(to, AWS_IAM)->url,
		aws_session_endpoint(from, AWS_IAM)->url);
	assert_true(aws_session_is_overridden(to));
	assert_string_equal(aws_session_endpoint(to, AWS_IAM)->origin,
		"--endpoint-url");
	assert_string_equal(aws_session_way(to)->ca_bundle, "ca.pem");
}

static void other_keys_go_with_the_same_settings(void **state)
{
	CLEANUP(credentials_done) struct aws_credentials other = { .expires =
		0 };
	const struct aws_credentials *keys;

	(void)state;
	some_keys(&other);
	OK(aws_session_give(from, &other, pair[0], deadline_in(SOON), &err));
	OK(aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	keys = aws_session_credentials(to);
	assert_string_equal(keys->key_id, OTHER);
	assert_int_equal(keys->token.n, 7);
	assert_true(keys->expires == 1769904000);
	/* who gave them has its own still */
	assert_string_equal(aws_session_credentials(from)->key_id, ID);
}

static void keys_are_changed_for_the_same_endpoints_only(void **state)
{
	CLEANUP(aws_session_free) struct aws_session *elsewhere = NULL;
	CLEANUP(credentials_done) struct aws_credentials other = { .expires =
		0 };
	struct aws_options o = AWS_OPTIONS_INIT;

	(void)state;
	some_keys(&other);
	OK(aws_session_give(from, NULL, pair[0], deadline_in(SOON), &err));
	OK(aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	OK(aws_session_give(from, &other, pair[0], deadline_in(SOON), &err));
	OK(aws_session_take_keys(to, pair[1], deadline_in(SOON), &err));
	assert_string_equal(aws_session_credentials(to)->key_id, OTHER);
	OK(aws_session_new(&elsewhere, &o, &err));
	OK(aws_session_give(elsewhere, NULL, pair[0], deadline_in(SOON),
		&err));
	SAYS(ERROR_REFUSED, "new keys came with other endpoints",
		aws_session_take_keys(to, pair[1], deadline_in(SOON), &err));
	assert_string_equal(aws_session_credentials(to)->key_id, OTHER);
}

static void nothing_or_nonsense_makes_no_session(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *bare = NULL;

	(void)state;
	SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
		aws_session_take(&to, pair[1], -1, deadline_in(50), &err));
	OK(wire_send(pair[0], "nonsense", 8, deadline_in(SOON), &err));
	assert_true(aws_session_take(&to, pair[1], -1, deadline_in(SOON),
		&err) < 0);
	o.without_credentials = true;
	OK(aws_session_new(&bare, &o, &err));
	OK(aws_session_give(bare, NULL, pair[0], deadline_in(SOON), &err));
	SAYS(ERROR_MALFORMED, "a session was given without keys",
		aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	aws_session_free(&bare);
	close(pair[0]);
	SAYS(ERROR_FAILED, "a helper process ended before it answered",
		aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	assert_null(to);
	pair[0] = -1;
}

static void a_bundle_of_another_size_is_refused(void **state)
{
	struct buf b;

	(void)state;
	OK(aws_session_give(from, NULL, pair[0], deadline_in(SOON), &err));
	buf_init(&b, WIRE_MAX);
	OK(wire_receive(pair[1], &b, -1, deadline_in(SOON), &err));
	OK(wire_send(pair[0], b.p, b.n, deadline_in(SOON), &err));
	/* the bundle's own frame is still there: it comes first */
	OK(wire_receive(pair[1], &b, -1, deadline_in(SOON), &err));
	OK(wire_send(pair[0], "-- another bundle --", 20, deadline_in(SOON),
		&err));
	SAYS(ERROR_MALFORMED, "another CA bundle was given than was said",
		aws_session_take(&to, pair[1], -1, deadline_in(SOON), &err));
	buf_done(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(settings_and_keys_arrive_as_they_were),
		TEST(other_keys_go_with_the_same_settings),
		TEST(keys_are_changed_for_the_same_endpoints_only),
		TEST(nothing_or_nonsense_makes_no_session),
		TEST(a_bundle_of_another_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
