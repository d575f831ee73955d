/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-settings from the request to the answer: as whom, with which
 * variables, and what goes back.
 */
#include "aws/caller/become.h"
#include "aws/caller/wire.h"
#include "aws/http/http.h"
#include "base/process.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/socket.h>

int __real_main(void);
int __wrap_main(void);

static struct {
	int http, person, become, here; /* errors */
	size_t ca;                      /* bytes of the bundle */
	/* what came of it */
	char steps[16];
	char profile[32], region[32], config_file[32];
	bool without_credentials, for_other;
} w;

static char pem[2 * SETTINGS_PIECE + 5];

static void step(const char *s)
{
	strcat(w.steps, s);
}

WRAP(void, process_harden, void)
{
	step("h");
}

WRAP(int, http_global_init, struct error *e)
{
	step("c");
	return w.http ? error_set(e, w.http, "no libcurl") : 0;
}

WRAP(int, person_by_uid, uid_t uid, struct person *ret, struct error *e)
{
	step("p");
	*ret = (struct person){ .uid = uid, .name = "alice" };
	return w.person ? error_set(e, w.person, "nobody has that number") : 0;
}

WRAP(int, become, const struct person *person, struct error *e)
{
	step("b");
	assert_int_equal(person->uid, 1000);
	assert_string_equal(person->name, "alice");
	empty_environment(); /* as it does */
	return w.become ? error_set(e, w.become, "cannot become 'alice'") : 0;
}

WRAP(int, settings_here, struct aws_settings *ret, const struct aws_options *o,
	struct error *e)
{
	step("s");
	snprintf(w.profile, sizeof(w.profile), "%s", o->profile);
	snprintf(w.region, sizeof(w.region), "%s", getenv("AWS_REGION"));
	snprintf(w.config_file, sizeof(w.config_file), "%s",
		getenv("AWS_CONFIG_FILE"));
	assert_null(getenv("AWS_PROFILE"));
	w.without_credentials = o->without_credentials;
	w.for_other = o->for_other;
	assert_int_equal(o->cancel_fd, PROCESS_BARE_FD);
	assert_true(fcntl(PROCESS_BARE_FD, F_GETFD) & FD_CLOEXEC);
	*ret = (struct aws_settings){ .config = { .region = "eu-west-1" } };
	buf_init(&ret->ca_pem, CA_PEM_MAX);
	if (w.here)
		return error_set(e, w.here, "no profile 'admin'");
	ret->config.profile.name = strdup("admin");
	if (w.ca) {
		assert_int_equal(way_set_ca(&ret->config.way, "/ca.pem",
			"AWS_CA_BUNDLE", e), 0);
		buf_put(&ret->ca_pem, pem, w.ca);
	}
	return credentials_set(&ret->recipe.keys, "AKIAIOSFODNN7EXAMPLE", "x",
		1, NULL, 0, "profile 'admin'", e);
}

/* ---- who asks ---- */

static int line;

static void say_request(bool without_credentials)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct buf b;

	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_CONFIG_FILE", "/etc/aws", 1);
	o.profile = "admin";
	o.without_credentials = without_credentials;
	buf_init(&b, WIRE_MAX);
	settings_put_request(&b, 1000, &o);
	unsetenv("AWS_REGION");
	unsetenv("AWS_CONFIG_FILE");
	OK(wire_send(line, b.p, b.n, deadline_in(5000), &err));
	buf_done(&b);
}

static int begin(void **state)
{
	int pair[2], size = 1 << 20;

	(void)state;
	memset(&w, 0, sizeof(w));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
		pair), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size,
		sizeof(size)), 0);
	line = fcntl(pair[0], F_DUPFD_CLOEXEC, 100);
	assert_true(line >= 100);
	if (pair[0] != PROCESS_BARE_FD)
		close(pair[0]);
	assert_int_equal(dup2(pair[1], PROCESS_BARE_FD), PROCESS_BARE_FD);
	if (pair[1] != PROCESS_BARE_FD)
		close(pair[1]);
	fcntl(PROCESS_BARE_FD, F_SETFD, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return close(line);
}

/* It has ended: nothing more will come. */
static int answer(struct aws_settings *ret, size_t *ret_ca)
{
	struct buf b;
	int r;

	close(PROCESS_BARE_FD);
	*ret = (struct aws_settings){ .has_owner = false };
	buf_init(&b, WIRE_MAX);
	r = wire_receive(line, &b, -1, deadline_in(5000), &err);
	if (r == 0)
		r = settings_get_answer(&b, ret, ret_ca, &err);
	buf_done(&b);
	return r;
}

static void it_resolves_as_that_person(void **state)
{
	struct aws_settings s;
	size_t ca;

	(void)state;
	say_request(true);
	assert_int_equal(__real_main(), 0);
	OK(answer(&s, &ca));
	assert_string_equal(w.steps, "hcpbs");
	assert_string_equal(w.profile, "admin");
	assert_string_equal(w.region, "eu-west-1");
	assert_string_equal(w.config_file, "/etc/aws");
	assert_true(w.without_credentials);
	assert_true(w.for_other);
	assert_string_equal(s.config.profile.name, "admin");
	assert_string_equal(s.recipe.keys.key_id, "AKIAIOSFODNN7EXAMPLE");
	assert_int_equal(ca, 0);
	settings_done(&s);
}

static void a_bundle_follows_in_pieces(void **state)
{
	static const size_t sizes[] = { 1, SETTINGS_PIECE, SETTINGS_PIECE + 1,
		sizeof(pem) };
	struct aws_settings s;
	struct buf b;
	size_t i, ca, at;

	for (i = 0; i < sizeof(pem); i++)
		pem[i] = (char)('a' + i % 23);
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		if (i > 0)
			begin(state);
		say_request(false);
		w.ca = sizes[i];
		assert_int_equal(__real_main(), 0);
		OK(answer(&s, &ca));
		assert_false(w.without_credentials);
		assert_int_equal(ca, sizes[i]);
		buf_init(&b, WIRE_MAX);
		for (at = 0; at < ca; at += b.n) {
			OK(wire_receive(line, &b, -1, deadline_in(5000), &err));
			assert_int_equal(b.n, ca - at < SETTINGS_PIECE ?
				ca - at : SETTINGS_PIECE);
			assert_memory_equal(b.p, pem + at, b.n);
		}
		SAYS(ERROR_FAILED, "ended before it answered",
			wire_receive(line, &b, -1, deadline_in(5000), &err));
		buf_done(&b);
		settings_done(&s);
		if (i + 1 < ARRAY_LEN(sizes))
			end(state);
	}
}

static void what_fails_is_the_answer_and_ends_it(void **state)
{
	static const struct {
		int http, person, become, here;
		const char *words, *steps;
	} cases[] = {
		{ .http = ERROR_FAILED, .words = "no libcurl", .steps = "hc" },
		{ .person = ERROR_PERMISSION, .words = "nobody has that number",
			.steps = "hcp" },
		{ .become = ERROR_PERMISSION, .words = "cannot become 'alice'",
			.steps = "hcpb" },
		{ .here = ERROR_USAGE, .words = "no profile 'admin'",
			.steps = "hcpbs" },
	};
	struct aws_settings s;
	size_t i, ca;
	int code;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		if (i > 0)
			begin(state);
		w.http = cases[i].http;
		w.person = cases[i].person;
		w.become = cases[i].become;
		w.here = cases[i].here;
		code = w.http + w.person + w.become + w.here;
		say_request(false);
		/* it has answered, if with a failure */
		assert_int_equal(__real_main(), 0);
		SAYS(code, cases[i].words, answer(&s, &ca));
		assert_string_equal(w.steps, cases[i].steps);
		settings_done(&s);
		if (i + 1 < ARRAY_LEN(cases))
			end(state);
	}
}

static void what_is_no_request_is_refused(void **state)
{
	struct aws_settings s;
	size_t ca;

	OK(wire_send(line, "\x09", 1, deadline_in(5000), &err));
	assert_int_equal(__real_main(), 0);
	SAYS(ERROR_MALFORMED, "a malformed request for settings",
		answer(&s, &ca));
	assert_string_equal(w.steps, "hc");
	settings_done(&s);
	/* and who goes before he asks is told nothing */
	end(state);
	begin(state);
	shutdown(line, SHUT_WR);
	assert_int_equal(__real_main(), 0);
	SAYS(ERROR_FAILED, "ended before it answered", answer(&s, &ca));
	settings_done(&s);
}

static void an_answer_that_nobody_takes_is_a_failure(void **state)
{
	say_request(false);
	shutdown(line, SHUT_RD);
	assert_int_equal(__real_main(), 1);
	close(PROCESS_BARE_FD);
	end(state);
	begin(state);
	w.http = ERROR_FAILED;
	shutdown(line, SHUT_RD);
	assert_int_equal(__real_main(), 1);
	close(PROCESS_BARE_FD);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

/* The program's is the other one. */
int __wrap_main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_resolves_as_that_person),
		TEST(a_bundle_follows_in_pieces),
		TEST(what_fails_is_the_answer_and_ends_it),
		TEST(what_is_no_request_is_refused),
		TEST(an_answer_that_nobody_takes_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
