/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root's side of tokenbridge-settings: what is sent down to a person's process,
 * what is taken from it, and by whose word.
 */
#include "aws/caller/settings.h"
#include "aws/caller/wire.h"
#include "base/process.h"

#include "tests/unit/unit.h"

#include <sys/socket.h>

#define ID "AKIAIOSFODNN7EXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static int pair[2];
static int start_fails;
static struct aws_settings theirs, got;
static struct aws_options options;
static const struct person alice = { .uid = 1000, .name = "alice" };

int __wrap_process_start_bare(struct process *ret, const char *path,
	struct error *e);

/* In place of a person's process: what it will say lies in the socket. */
int __wrap_process_start_bare(struct process *ret, const char *path,
	struct error *e)
{
	assert_non_null(strstr(path, "tokenbridge-settings"));
	if (start_fails)
		return error_set(e, start_fails, "it does not start");
	ret->socket = pair[0];
	pair[0] = -1;
	return 0;
}

static int begin_asking(void **state)
{
	(void)state;
	empty_environment();
	start_fails = 0;
	options = (struct aws_options)AWS_OPTIONS_INIT;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	theirs = (struct aws_settings){ .config = { .region = "eu-west-1" } };
	buf_init(&theirs.ca_pem, CA_PEM_MAX);
	theirs.config.profile.name = strdup("admin");
	OK(credentials_set(&theirs.recipe.keys, ID, KEY, strlen(KEY), NULL, 0,
		"profile 'admin'", &err));
	return 0;
}

static int end_asking(void **state)
{
	(void)state;
	settings_done(&theirs);
	settings_done(&got);
	memset(&got, 0, sizeof(got));
	close_p(&pair[0]);
	close_p(&pair[1]);
	return 0;
}

static void say_frame(const void *p, size_t n)
{
	OK(wire_send(pair[1], p, n, deadline_in(5000), &err));
}

static void say_answer(const struct error *e)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, &theirs, e);
	say_frame(b.p, b.n);
	buf_done(&b);
}

static int ask_settings(void)
{
	return settings_ask(&got, &options, &alice, &err);
}

static void what_a_person_has_is_taken(void **state)
{
	struct settings_request q;
	struct buf b;

	(void)state;
	options.profile = "admin";
	say_answer(NULL);
	OK(ask_settings());
	assert_true(got.has_owner);
	assert_string_equal(got.owner.name, "alice");
	assert_string_equal(got.recipe.keys.key_id, ID);
	assert_string_equal(got.config.region, "eu-west-1");
	assert_true(got.config.profile_explicit);
	assert_true(got.config.for_other);
	assert_int_equal(got.ca_pem.n, 0);
	/* and this was asked for */
	buf_init(&b, WIRE_MAX);
	OK(wire_receive(pair[1], &b, -1, deadline_in(5000), &err));
	OK(settings_get_request(&b, &q, &err));
	assert_int_equal(q.uid, 1000);
	assert_string_equal(q.options.profile, "admin");
	assert_false(q.options.without_credentials);
	settings_request_done(&q);
	buf_done(&b);
}

static void root_s_own_keys_are_not_asked_for(void **state)
{
	struct settings_request q;
	struct buf b;

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
	credentials_done(&theirs.recipe.keys);
	say_answer(NULL);
	OK(ask_settings());
	assert_string_equal(got.recipe.keys.key_id, "AKIAI44QH8DHBEXAMPLE");
	assert_false(got.config.profile_explicit);
	buf_init(&b, WIRE_MAX);
	OK(wire_receive(pair[1], &b, -1, deadline_in(5000), &err));
	assert_null(memmem(b.p, b.n, KEY, strlen(KEY)));
	OK(settings_get_request(&b, &q, &err));
	assert_true(q.options.without_credentials);
	settings_request_done(&q);
	buf_done(&b);
	/* half a key is a mistake, whoever runs what */
	unsetenv("AWS_SECRET_ACCESS_KEY");
	settings_done(&got);
	SAYS(ERROR_USAGE, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY "
		"is not", ask_settings());
}

static void a_bundle_comes_behind_in_pieces(void **state)
{
	static char pem[SETTINGS_PIECE + 5];

	(void)state;
	memset(pem, 'p', sizeof(pem));
	OK(way_set_ca(&theirs.config.way, "/ca.pem", "AWS_CA_BUNDLE", &err));
	buf_put(&theirs.ca_pem, pem, sizeof(pem));
	say_answer(NULL);
	say_frame(pem, SETTINGS_PIECE);
	say_frame(pem, 5);
	OK(ask_settings());
	assert_int_equal(got.ca_pem.n, sizeof(pem));
	assert_memory_equal(got.ca_pem.p, pem, sizeof(pem));
}

static void a_bundle_of_another_size_is_no_bundle(void **state)
{
	(void)state;
	OK(way_set_ca(&theirs.config.way, "/ca.pem", "AWS_CA_BUNDLE", &err));
	buf_put_str(&theirs.ca_pem, "12345");
	say_answer(NULL);
	say_frame("123", 3);
	say_frame("456", 3);
	SAYS(ERROR_MALFORMED, "tokenbridge-settings sent another CA bundle than "
		"it said", ask_settings());
	settings_done(&got);
	end_asking(state);
	begin_asking(state);
	OK(way_set_ca(&theirs.config.way, "/ca.pem", "AWS_CA_BUNDLE", &err));
	buf_put_str(&theirs.ca_pem, "12345");
	say_answer(NULL);
	say_frame("", 0);
	SAYS(ERROR_MALFORMED, "another CA bundle than it said",
		ask_settings());
}

static void what_is_refused_down_there_is_refused(void **state)
{
	struct error e;

	(void)state;
	error_set(&e, ERROR_USAGE, "the profile 'x' is nowhere");
	say_answer(&e);
	SAYS(ERROR_USAGE, "the profile 'x' is nowhere", ask_settings());
	settings_done(&got);
	start_fails = ERROR_FAILED;
	SAYS(ERROR_FAILED, "it does not start", ask_settings());
}

static void an_answer_without_keys_is_refused(void **state)
{
	(void)state;
	credentials_done(&theirs.recipe.keys);
	say_answer(NULL);
	SAYS(ERROR_MALFORMED, "tokenbridge-settings answered without keys",
		ask_settings());
}

static void a_process_that_ends_or_is_silent_gives_none(void **state)
{
	(void)state;
	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	SAYS(ERROR_FAILED, "a helper process ended before it answered",
		ask_settings());
	settings_done(&got);
	end_asking(state);
	begin_asking(state);
	options.until = deadline_in(50);
	SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
		ask_settings());
}

/* What a person did is said, and not what it made of the process. */
static void who_interrupts_is_told_only_that(void **state)
{
	struct error e;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	options.cancel_fd = fds[0];
	error_set(&e, ERROR_FAILED, "it was ended by a signal");
	say_answer(&e);
	SAYS(ERROR_FAILED, "it was ended by a signal", ask_settings());
	settings_done(&got);
	end_asking(state);
	begin_asking(state);
	options.cancel_fd = fds[0];
	assert_int_equal(write(fds[1], "x", 1), 1);
	say_answer(&e);
	SAYS(ERROR_INTERRUPTED, "interrupted", ask_settings());
	close(fds[0]);
	close(fds[1]);
}

static void the_system_s_own_settings_are_no_person_s_to_say(void **state)
{
	char place[64];

	(void)state;
	enter_place(place);
	write_text("ca.pem", "-- the system's --");
	OK(way_set_ca(&theirs.config.way, "/their.pem", "AWS_CA_BUNDLE", &err));
	OK(way_set_proxy(&theirs.config.way, "http://their.example:1",
		"https_proxy", &err));
	strcpy(theirs.config.way.bypass, "*");
	buf_put_str(&theirs.ca_pem, "12345");
	options.ca_bundle = "ca.pem";
	options.proxy = "http://system.example:1";
	say_answer(NULL);
	say_frame("12345", 5);
	OK(ask_settings());
	assert_string_equal(got.config.way.ca_bundle, "ca.pem");
	assert_true(got.config.way.ca_is_systems);
	assert_string_equal(buf_str(&got.ca_pem), "-- the system's --");
	assert_string_equal(got.config.way.proxy, "http://system.example:1");
	assert_true(got.config.way.proxy_is_systems);
	assert_string_equal(got.config.way.bypass, "");
	leave_place(place);
}

static void a_proxy_that_leads_nowhere_is_forgotten(void **state)
{
	(void)state;
	OK(way_set_proxy(&theirs.config.way, "http://their.example:1",
		"https_proxy", &err));
	say_answer(NULL);
	OK(ask_settings());
	assert_string_equal(got.config.way.proxy, "http://their.example:1");
	assert_false(got.config.way.proxy_is_systems);
	end_asking(state);
	begin_asking(state);
	OK(way_set_proxy(&theirs.config.way, "http://their.example:1",
		"https_proxy", &err));
	strcpy(theirs.config.way.bypass, "*");
	say_answer(NULL);
	OK(ask_settings());
	assert_string_equal(got.config.way.proxy, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_asking, end_asking)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_person_has_is_taken),
		TEST(root_s_own_keys_are_not_asked_for),
		TEST(a_bundle_comes_behind_in_pieces),
		TEST(a_bundle_of_another_size_is_no_bundle),
		TEST(what_is_refused_down_there_is_refused),
		TEST(an_answer_without_keys_is_refused),
		TEST(a_process_that_ends_or_is_silent_gives_none),
		TEST(who_interrupts_is_told_only_that),
		TEST(the_system_s_own_settings_are_no_person_s_to_say),
		TEST(a_proxy_that_leads_nowhere_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
