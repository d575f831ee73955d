/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where credentials come from: what is asked of the machine, a container and
 * programs, and what is said where it is no use. Which source goes before
 * which is held against botocore, by configurations.py.
 */
#include "aws/caller/settings.h"
#include "aws/config/path.h"
#include "aws/http/http.h"
#include "aws/keys/answer.h"

#include "tests/unit/http-alone.h"
#include "tests/unit/unit.h"

#include <pwd.h>
#include <sys/stat.h>

/* ---- HTTP from a script ---- */

struct step {
	const char *want; /* "GET URL" */
	int status;
	const char *body;
	int fails;        /* an error's code, in place of both */
};

static const struct step *steps;
static size_t steps_n, steps_at;
static char sent[8192]; /* headers of the last request */

struct http {
	int unused;
};

#define HTTP_DOUBLE_PUTS
#include "http-double.h"

void http_free(struct http **h)
{
	free_p(h);
}

static int serve(const char *method, const struct http_request *q,
	struct http_reply *ret, struct error *e)
{
	const struct http_header *h;
	char is[1024];
	const struct step *s;
	size_t n = 0;

	snprintf(is, sizeof(is), "%s %s", method, q->url);
	if (steps_at >= steps_n)
		fail_msg("'%s' is asked for, too", is);
	s = &steps[steps_at++];
	assert_string_equal(is, s->want);
	assert_string_equal(q->proxy, "");
	assert_true(q->repeatable);
	assert_null(q->sign);
	sent[0] = '\0';
	for (h = q->headers; h && h->name; h++)
		n += (size_t)snprintf(sent + n, sizeof(sent) - n, "%s: %s\n",
			h->name, h->value);
	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->body, q->reply_max);
	if (s->fails)
		return error_set(e, s->fails, "no way to '%s'", q->url);
	ret->status = s->status;
	buf_put_str(&ret->body, s->body);
	return 0;
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	(void)h;
	return serve("GET", request, ret, e);
}

int http_put(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	(void)h;
	return serve("PUT", request, ret, e);
}

int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *e)
{
	(void)h;
	return serve("POST", request, ret, e);
}

/* ---- settings ---- */

#define ID "AKIAIOSFODNN7EXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define KEYS "aws_access_key_id = " ID "\naws_secret_access_key = " KEY "\n"
#define ROLE "arn:aws:iam::123456789012:role/"
#define SERVED                                                                 \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAEXAMPLESERVED000\","      \
	"\"SecretAccessKey\":\"" KEY "\",\"Token\":\"TOKEN\","                 \
	"\"Expiration\":\"2099-01-01T00:00:00Z\"}"

static char place[64];
static struct aws_settings got;
static int cancel_fd;
static deadline_t until;
static bool for_other;

static void config_is(const char *text)
{
	write_text(".aws/config", text);
}

static void add_program(const char *name, const char *script)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);

	write_file(name, text, (size_t)n, 0755);
}

static int enter(void **state)
{
	char path[128];

	(void)state;
	empty_environment();
	enter_place(place);
	assert_int_equal(mkdir(".aws", 0700), 0);
	setenv("HOME", place, 1);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", place);
	setenv("PATH", path, 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	steps_n = steps_at = 0;
	cancel_fd = -1;
	until = DEADLINE_NEVER;
	for_other = false;
	return 0;
}

static int leave(void **state)
{
	(void)state;
	settings_done(&got);
	memset(&got, 0, sizeof(got));
	setenv("PATH", "/usr/bin:/bin", 1);
	leave_place(place);
	return 0;
}

static int look(const char *profile)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	settings_done(&got);
	o.profile = profile;
	o.cancel_fd = cancel_fd;
	o.until = until;
	o.for_other = for_other;
	return settings_here(&got, &o, &err);
}

#define SERVE(list) (steps = (list), steps_n = ARRAY_LEN(list), steps_at = 0)

static void assert_all_asked(void)
{
	assert_int_equal(steps_at, steps_n);
}

static void assert_served(const char *origin)
{
	assert_string_equal(got.recipe.keys.key_id, "ASIAEXAMPLESERVED000");
	assert_string_equal(secret_str(&got.recipe.keys.key), KEY);
	assert_string_equal(secret_str(&got.recipe.keys.token), "TOKEN");
	assert_string_equal(got.recipe.keys.origin, origin);
	assert_true(got.recipe.keys.expires == 4070908800);
	assert_true(got.recipe.keys.renewable);
	assert_all_asked();
}

/* ---- a container's ---- */

#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define LOCAL "http://127.0.0.1:1/x"

static void a_container_s_service_is_asked_at_its_address(void **state)
{
	static const struct step relative[] = {
		{ "GET http://169.254.170.2/v2/x", 200, SERVED, 0 } };
	static const struct step full[] = { { "GET " LOCAL, 200, SERVED, 0 } };

	(void)state;
	setenv(RELATIVE, "/v2/x", 1);
	setenv(FULL, LOCAL, 1); /* the other one goes before */
	SERVE(relative);
	OK(look(NULL));
	assert_served("the container's service");
	assert_string_equal(sent, "Accept: application/json\n");
	unsetenv(RELATIVE);
	setenv(TOKEN, "Basic abc", 1);
	SERVE(full);
	OK(look(NULL));
	assert_served("the container's service");
	assert_string_equal(sent, "Accept: application/json\n"
		"Authorization: Basic abc\n");
	write_text("token", "from-file");
	setenv(TOKEN "_FILE", "token", 1);
	SERVE(full);
	OK(look(NULL));
	assert_served("the container's service");
	assert_string_equal(sent, "Accept: application/json\n"
		"Authorization: from-file\n");
}

static void a_container_s_address_is_near_or_https(void **state)
{
	static const struct {
		const char *url;
		const char *host; /* that is refused; NULL: none */
	} rows[] = {
		{ "https://agent.example/x", NULL },
		{ "http://localhost/x", NULL },
		{ "http://[::1]:80/x", NULL },
		{ "http://169.254.170.2/x", NULL },
		{ "http://169.254.170.23/x", NULL },
		{ "http://[fd00:ec2::23]/x", NULL },
		{ "http://agent.example/x", "agent.example" },
		{ "http://169.254.170.20/x", "169.254.170.20" },
		{ "http://169.254.169.254/x", "169.254.169.254" },
		{ "http://[fd00:ec2::24]/x", "[fd00:ec2::24]" },
		{ "http://128.0.0.1/x", "128.0.0.1" },
	};
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct step one[] = { { want, 200, SERVED, 0 } };

		setenv(FULL, rows[i].url, 1);
		if (rows[i].host) {
			steps_n = 0;
			snprintf(want, sizeof(want), FULL " names '%s', which "
				"is refused: https, a loopback address, "
				"169.254.170.2, 169.254.170.23 and "
				"fd00:ec2::23 are allowed", rows[i].host);
			SAYS(ERROR_REFUSED, want, look(NULL));
		} else {
			snprintf(want, sizeof(want), "GET %s", rows[i].url);
			SERVE(one);
			OK(look(NULL));
			assert_all_asked();
		}
	}
	steps_n = 0;
	setenv(FULL, "ftp://x", 1);
	SAYS(ERROR_USAGE, FULL " is 'ftp://x', which is no address of a "
		"container's credentials", look(NULL));
	setenv(FULL, "", 1);
	SAYS(ERROR_USAGE, FULL " is '', which is no", look(NULL));
	/* what is put behind the address may not change it */
	setenv(RELATIVE, ".agent.example/x", 1);
	SAYS(ERROR_REFUSED, RELATIVE " names '169.254.170.2.agent.example', "
		"which is refused", look(NULL));
	setenv(RELATIVE, "@agent.example/x", 1);
	SAYS(ERROR_USAGE, RELATIVE " is '@agent.example/x', which is no "
		"address", look(NULL));
}

static void a_container_s_address_of_two_kilobytes_is_none(void **state)
{
	char url[2100], want[2200];
	struct step one[] = { { want, 200, SERVED, 0 } };

	(void)state;
	memset(url, 'x', sizeof(url));
	memcpy(url, LOCAL, strlen(LOCAL));
	url[2048] = '\0';
	setenv(FULL, url, 1);
	SAYS(ERROR_USAGE, "which is no address of a container's", look(NULL));
	url[1000] = '\0';
	setenv(FULL, url, 1);
	snprintf(want, sizeof(want), "GET %s", url);
	SERVE(one);
	OK(look(NULL));
}

static void a_token_that_no_header_may_have_is_refused(void **state)
{
	static const char refusal[] = "the authorization token of the "
		"container's credentials holds a character that no header may "
		"have";
	static const char *const bad[] = { "a\n", "a\x7f", "\xc3\xa4", "\ta" };
	char text[8194];
	size_t i;

	(void)state;
	setenv(FULL, LOCAL, 1);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		setenv(TOKEN, bad[i], 1);
		SAYS(ERROR_MALFORMED, refusal, look(NULL));
	}
	memset(text, 'x', sizeof(text));
	text[8193] = '\0';
	setenv(TOKEN, text, 1);
	SAYS(ERROR_FAILED, "the authorization token is larger than 8192 bytes",
		look(NULL));
	setenv(TOKEN "_FILE", "none", 1);
	SAYS(ERROR_FAILED, "cannot open 'none'", look(NULL));
	write_text("token", "a\nb");
	setenv(TOKEN "_FILE", "token", 1);
	SAYS(ERROR_MALFORMED, refusal, look(NULL));
}

static void a_container_s_service_is_asked_three_times(void **state)
{
	static const struct step never[] = { { "GET " LOCAL, 500, "", 0 },
		{ "GET " LOCAL, 0, NULL, ERROR_UNREACHABLE },
		{ "GET " LOCAL, 404, "gone", 0 } };
	static const struct step late[] = { { "GET " LOCAL, 0, NULL,
		ERROR_TIMEOUT }, { "GET " LOCAL, 200, SERVED, 0 } };
	int64_t begun = deadline_now();

	(void)state;
	setenv(FULL, LOCAL, 1);
	SERVE(never);
	SAYS(ERROR_UNREACHABLE, "the container's credentials: '" LOCAL
		"' answered with HTTP 404", look(NULL));
	assert_all_asked();
	assert_in_range(deadline_now() - begun, 2000, 20000);
	SERVE(late);
	OK(look(NULL));
	assert_served("the container's service");
}

static void what_does_not_pass_is_asked_once(void **state)
{
	static const struct step refuses[] = { { "GET " LOCAL, 0, NULL,
		ERROR_UNSUPPORTED } };
	static const struct step cancelled[] = { { "GET " LOCAL, 0, NULL,
		ERROR_INTERRUPTED } };
	static const struct step late[] = { { "GET " LOCAL, 0, NULL,
		ERROR_TIMEOUT } };
	static const struct step fails[] = { { "GET " LOCAL, 500, "", 0 } };
	int fds[2];

	(void)state;
	setenv(FULL, LOCAL, 1);
	SERVE(refuses);
	SAYS(ERROR_UNSUPPORTED, "the container's credentials: no way to '",
		look(NULL));
	SERVE(cancelled);
	SAYS(ERROR_INTERRUPTED, "no way to '", look(NULL));
	assert_null(strstr(err.text, "container's credentials"));
	/* all of the time is over, not only an attempt's */
	until = deadline_in(-1);
	SERVE(late);
	SAYS(ERROR_TIMEOUT, "the container's credentials: no way to '",
		look(NULL));
	until = DEADLINE_NEVER;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	cancel_fd = fds[0];
	SERVE(fails);
	SAYS(ERROR_INTERRUPTED, "interrupted", look(NULL));
	assert_all_asked();
	close(fds[0]);
	close(fds[1]);
}

static void an_answer_without_keys_says_why(void **state)
{
	static const struct {
		const char *body;
		int code;
		const char *says;
	} rows[] = {
		{ "", ERROR_MALFORMED, "something that is no JSON object" },
		{ "[]", ERROR_MALFORMED, "something that is no JSON object" },
		{ "{\"Token\":1,\"Token\":1}", ERROR_MALFORMED,
			"something that is no JSON object" },
		{ "{}", ERROR_MALFORMED, "gave no 'AccessKeyId'" },
		{ "{\"Code\":\"No\"}", ERROR_FAILED, "the container's service "
			"gives no keys: it does not say why (No)" },
		{ "{\"Code\":\"No\",\"Message\":\"so\"}", ERROR_FAILED,
			"the container's service gives no keys: so (No)" },
		{ "{\"AccessKeyId\":7}", ERROR_MALFORMED,
			"gave no text as 'AccessKeyId'" },
		{ "{\"AccessKeyId\":\"a\\u0000\"}", ERROR_MALFORMED,
			"something that is no JSON object" },
		{ "{\"AccessKeyId\":\"" ID "\"}", ERROR_MALFORMED,
			"gave no 'SecretAccessKey'" },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\"}",
			ERROR_MALFORMED, "gave no 'Token'" },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\","
			"\"Token\":\"x\"}", ERROR_MALFORMED,
			"gave no 'Expiration'" },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\","
			"\"Token\":null,\"Expiration\":\"x\"}",
			ERROR_MALFORMED, "gave no 'Token'" },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\","
			"\"Token\":\"x\",\"Expiration\":\"soon\"}",
			ERROR_MALFORMED, "the container's service gave an "
			"'Expiration' that is no time" },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\","
			"\"Token\":\"x\",\"Expiration\":\"2001-01-01T00:00:"
			"00Z\"}", ERROR_FAILED, "the container's service gave "
			"keys that ended " },
		{ "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"x\","
			"\"Token\":\"x\",\"Expiration\":\"2001-01-01 00:00:"
			"00.5+00:00\"}", ERROR_FAILED, "the container's service "
			"gave keys that ended " },
		{ "{\"AccessKeyId\":\"short\",\"SecretAccessKey\":\"x\","
			"\"Token\":\"x\",\"Expiration\":\"2099-01-01T00:00:"
			"00Z\"}", ERROR_MALFORMED, "the access key id 'short' "
			"(the container's service) is not one: 16 to 128 "
			"letters and digits" },
	};
	size_t i;

	(void)state;
	setenv(FULL, LOCAL, 1);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct step one[] = { { "GET " LOCAL, 200, rows[i].body, 0 } };

		SERVE(one);
		SAYS(rows[i].code, rows[i].says, look(NULL));
		assert_all_asked();
	}
}

static void keys_are_over_in_the_second_that_is_said(void **state)
{
	struct aws_credentials c = { .expires = 1000, .origin = "x" };

	(void)state;
	OK(answer_check_time(&c, 999, &err));
	SAYS(ERROR_FAILED, "x gave keys that ended 0 s ago",
		answer_check_time(&c, 1000, &err));
	c.expires = 0; /* not known */
	OK(answer_check_time(&c, 1000, &err));
}

/* ---- a machine's ---- */

#define IMDS "http://169.254.169.254/latest/"
#define ROLES "meta-data/iam/security-credentials/"

static void metadata_on(void)
{
	unsetenv("AWS_EC2_METADATA_DISABLED");
}

static void a_machine_s_role_is_asked_for_with_a_token(void **state)
{
	static const struct step all[] = {
		{ "PUT " IMDS "api/token", 200, "T-1=", 0 },
		{ "GET " IMDS ROLES, 200, "ops\n", 0 },
		{ "GET " IMDS ROLES "ops", 200, SERVED, 0 },
	};

	(void)state;
	metadata_on();
	SERVE(all);
	OK(look(NULL));
	assert_served("this machine's role 'ops'");
	assert_string_equal(sent, "X-aws-ec2-metadata-token: T-1=\n");
	/* only "true" switches it off */
	setenv("AWS_EC2_METADATA_DISABLED", "no", 1);
	SERVE(all);
	OK(look(NULL));
	assert_all_asked();
	setenv("AWS_EC2_METADATA_DISABLED", "TRUE", 1);
	SERVE(all);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_int_equal(steps_at, 0);
}

static void the_token_is_asked_for_with_how_long_it_is_to_live(void **state)
{
	static const struct step one[] = { { "PUT " IMDS "api/token", 404,
		"", 0 } };

	(void)state;
	metadata_on();
	SERVE(one);
	SAYS(ERROR_USAGE, "no AWS credentials: neither AWS_ACCESS_KEY_ID, nor "
		"anything in profile 'default', nor a role of this machine: "
		"name a profile (--profile) or run 'aws configure --profile "
		"default'",
		look(NULL));
	assert_string_equal(sent,
		"X-aws-ec2-metadata-token-ttl-seconds: 21600\n");
}

static void a_machine_that_has_no_role_has_none(void **state)
{
	static const struct step no_role[] = {
		{ "PUT " IMDS "api/token", 200, "T", 0 },
		{ "GET " IMDS ROLES, 404, "x", 0 } };
	static const struct step empty[] = {
		{ "PUT " IMDS "api/token", 200, "T", 0 },
		{ "GET " IMDS ROLES, 200, "", 0 } };
	static const struct step no_keys[] = {
		{ "PUT " IMDS "api/token", 200, "T", 0 },
		{ "GET " IMDS ROLES, 200, "r", 0 },
		{ "GET " IMDS ROLES "r", 500, "x", 0 } };
	static const struct step twice[] = {
		{ "PUT " IMDS "api/token", 0, NULL, ERROR_UNREACHABLE },
		{ "PUT " IMDS "api/token", 0, NULL, ERROR_TIMEOUT },
	};

	(void)state;
	metadata_on();
	SERVE(no_role);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_all_asked();
	SERVE(empty);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_all_asked();
	SERVE(no_keys);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_all_asked();
	setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2", 1);
	SERVE(twice);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_all_asked();
}

static void what_ends_a_run_ends_asking_the_machine(void **state)
{
	static const struct step token[] = { { "PUT " IMDS "api/token", 0,
		NULL, ERROR_INTERRUPTED } };
	static const struct step role[] = {
		{ "PUT " IMDS "api/token", 200, "T", 0 },
		{ "GET " IMDS ROLES, 0, NULL, ERROR_UNSUPPORTED } };
	static const struct step keys[] = {
		{ "PUT " IMDS "api/token", 200, "T", 0 },
		{ "GET " IMDS ROLES, 200, "r", 0 },
		{ "GET " IMDS ROLES "r", 0, NULL, ERROR_INTERRUPTED } };

	(void)state;
	metadata_on();
	setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "10", 1);
	SERVE(token);
	SAYS(ERROR_INTERRUPTED, "no way to '", look(NULL));
	SERVE(role);
	SAYS(ERROR_UNSUPPORTED, "no way to '", look(NULL));
	SERVE(keys);
	SAYS(ERROR_INTERRUPTED, "no way to '", look(NULL));
	assert_all_asked();
}

static const char *of_letters(char ret[300], size_t n)
{
	memset(ret, 'x', n);
	ret[n] = '\0';
	return ret;
}

static void a_token_or_a_role_of_another_form_is_refused(void **state)
{
	char text[300];
	const struct {
		const char *token, *role, *says; /* NULL: it is taken */
	} rows[] = {
		{ "a b", NULL, "'" IMDS "api/token' gave no token: is it the "
			"metadata service" },
		{ "<html>\n", NULL, "gave no token: is it" },
		{ of_letters(text, 257), NULL, "gave no token: is it" },
		{ "\xc3\xa4", NULL, "gave no token: is it" },
		{ "T", "\nops", "'" IMDS ROLES "' gave no name of a role: is "
			"it the metadata service" },
		{ "T", "../x", "gave no name of a role" },
		{ "T", "a b", "gave no name of a role" },
		{ "T", text + 192, "gave no name of a role" },
		{ "T", text + 193, NULL },
		{ text + 1, "ops", NULL },
	};
	char want[400];
	size_t i;

	(void)state;
	metadata_on();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step all[] = {
			{ "PUT " IMDS "api/token", 200, rows[i].token, 0 },
			{ "GET " IMDS ROLES, 200, rows[i].role, 0 },
			{ want, 200, SERVED, 0 } };

		SERVE(all);
		if (rows[i].says) {
			SAYS(ERROR_MALFORMED, rows[i].says, look(NULL));
			assert_int_equal(steps_at, rows[i].role ? 2 : 1);
			continue;
		}
		snprintf(want, sizeof(want), "GET " IMDS ROLES "%s",
			rows[i].role);
		OK(look(NULL));
		assert_all_asked();
	}
}

static void a_machine_s_service_is_where_the_settings_say(void **state)
{
#define AT "AWS_EC2_METADATA_SERVICE_ENDPOINT"
	static const struct {
		const char *at, *mode, *six, *config;
		const char *asked; /* or what is said, with its code */
		int code;
	} rows[] = {
		{ NULL, NULL, NULL, "", "http://169.254.169.254/", 0 },
		{ NULL, "IPv6", NULL, "", "http://[fd00:ec2::254]/", 0 },
		{ NULL, NULL, "true", "", "http://[fd00:ec2::254]/", 0 },
		{ NULL, "ipv4", "true", "", "http://169.254.169.254/", 0 },
		{ NULL, NULL, NULL, "ec2_metadata_service_endpoint_mode=IPv6",
			"http://[fd00:ec2::254]/", 0 },
		{ "http://127.0.0.1:9", NULL, NULL, "", "http://127.0.0.1:9/",
			0 },
		{ "http://127.0.0.1:9/p/", NULL, NULL, "",
			"http://127.0.0.1:9/p/", 0 },
		{ "https://imds.example", "ipv6", NULL, "",
			"https://imds.example/", 0 },
		{ NULL, NULL, NULL, "ec2_metadata_service_endpoint = "
			"http://[fd00:ec2::254]", "http://[fd00:ec2::254]/",
			0 },
		{ "http://127.0.0.1:9", NULL, NULL,
			"ec2_metadata_service_endpoint = http://127.0.0.2",
			"http://127.0.0.1:9/", 0 },
		{ "http://imds.example", NULL, NULL, "", AT " names "
			"'imds.example' by plain http, which is refused",
			ERROR_REFUSED },
		{ "imds.example", NULL, NULL, "", AT " is 'imds.example', "
			"which is no http://HOST", ERROR_USAGE },
		{ "http://127.0.0.1/?q", NULL, NULL, "", "which is no "
			"http://HOST", ERROR_USAGE },
		{ NULL, "ipv5", NULL, "", AT "_MODE is 'ipv5', which is "
			"neither IPv4 nor IPv6", ERROR_USAGE },
		{ NULL, NULL, "perhaps", "", "AWS_IMDS_USE_IPV6 is 'perhaps', "
			"which is neither true nor false", ERROR_USAGE },
	};
	static const char *const all[] = { AT, AT "_MODE",
		"AWS_IMDS_USE_IPV6" };
	char want[256], config[256], far[128] = "http://127.0.0.1/";
	size_t i, k;

	(void)state;
	metadata_on();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const values[] = { rows[i].at, rows[i].mode,
			rows[i].six };
		struct step one[] = { { want, 404, "", 0 } };

		for (k = 0; k < ARRAY_LEN(all); k++)
			if (values[k])
				setenv(all[k], values[k], 1);
			else
				unsetenv(all[k]);
		snprintf(config, sizeof(config), "[default]\n%s\n",
			rows[i].config);
		config_is(config);
		snprintf(want, sizeof(want), "PUT %slatest/api/token",
			rows[i].asked);
		SERVE(one);
		if (rows[i].code) {
			SAYS(rows[i].code, rows[i].asked, look(NULL));
			assert_int_equal(steps_at, 0);
		} else {
			SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
			assert_all_asked();
		}
	}
	unsetenv("AWS_IMDS_USE_IPV6");
	memset(far + strlen(far), 'x', 101 - strlen(far));
	setenv(AT, far, 1);
	SAYS(ERROR_USAGE, "which is no http://HOST", look(NULL));
}

static void a_machine_s_service_is_asked_as_often_as_is_set(void **state)
{
	static const struct {
		const char *variable, *key, *value;
		unsigned most;
	} rows[] = {
		{ "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
			"0", 60 },
		{ "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
			"61", 60 },
		{ "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
			"1s", 60 },
		{ "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
			"metadata_service_num_attempts", "0", 10 },
		{ "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
			"metadata_service_num_attempts", "11", 10 },
	};
	static const struct step once[] = { { "PUT " IMDS "api/token", 404,
		"", 0 } };
	char want[256];
	size_t i;

	(void)state;
	metadata_on();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		setenv(rows[i].variable, rows[i].value, 1);
		snprintf(want, sizeof(want), "%s or %s is '%s', which is no "
			"number from 1 to %u", rows[i].variable, rows[i].key,
			rows[i].value, rows[i].most);
		SAYS(ERROR_USAGE, want, look(NULL));
		unsetenv(rows[i].variable);
	}
	setenv("AWS_METADATA_SERVICE_TIMEOUT", "60", 1);
	SERVE(once);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	assert_all_asked();
}

/* ---- programs ---- */

static void a_program_that_prints_no_keys_is_named_with_its_words(
	void **state)
{
	static const struct {
		const char *script;
		int code;
		const char *says;
	} rows[] = {
		{ "exit 3", ERROR_FAILED, "credential_process of profile 'p' "
			"ended with status 3" },
		{ "echo first >&2; echo ' last words' >&2; echo ' ' >&2; "
			"exit 1", ERROR_FAILED, "of profile 'p' ended with "
			"status 1: ' last words'" },
		{ "kill -9 $$", ERROR_FAILED, "of profile 'p' was ended by "
			"signal 9" },
		{ "echo nothing", ERROR_MALFORMED, "of profile 'p' gave "
			"something that is no JSON object" },
		{ "echo '{}'", ERROR_MALFORMED, "of profile 'p' gave no "
			"'Version' of 1, which is the only one that is known" },
		{ "echo '{\"Version\": 2}'", ERROR_MALFORMED, "of profile 'p' "
			"gave no 'Version' of 1" },
		{ "echo '{\"Version\": \"1\"}'", ERROR_MALFORMED, "of profile "
			"'p' gave no 'Version' of 1" },
		{ "echo '{\"Version\": 1}'", ERROR_MALFORMED, "of profile 'p' "
			"gave no 'AccessKeyId'" },
		{ "echo '{\"Version\": 1, \"AccessKeyId\": \"" ID "\", "
			"\"SecretAccessKey\": \"k\", \"Expiration\": \"2001-"
			"01-01T00:00:00Z\"}'", ERROR_FAILED,
			"credential_process of profile 'p' gave keys that "
			"ended " },
		{ "yes | head -c 70000", ERROR_MALFORMED, "credential_process "
			"of profile 'p': '" },
	};
	size_t i;

	(void)state;
	config_is("[profile p]\ncredential_process = keys 'a b' c\n");
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		add_program("keys", rows[i].script);
		SAYS(rows[i].code, rows[i].says, look("p"));
		/* and the person's own words end the sentence */
		if (rows[i].script[0] == 'k')
			assert_null(strchr(err.text, ':'));
	}
	assert_int_equal(unlink("keys"), 0);
	SAYS(ERROR_UNSUPPORTED, "credential_process of profile 'p': cannot run "
		"'keys'", look("p"));
	config_is("[profile p]\ncredential_process = keys 'a\n");
	SAYS(ERROR_USAGE, "credential_process of profile 'p' is no command: a "
		"quote is open, or it is empty", look("p"));
	config_is("[profile p]\ncredential_process =\n");
	SAYS(ERROR_USAGE, "is no command: a quote is open, or it is empty",
		look("p"));
}

static void a_program_gets_its_words_as_a_shell_has_them(void **state)
{
	(void)state;
	config_is("[profile p]\ncredential_process = keys 'a  b' \"c\" d\\ e\n");
	add_program("keys", "printf '%s|' \"$@\" >words; echo '{\"Version\":1,"
		"\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" KEY "\"}'");
	OK(look("p"));
	assert_file_is("words", "a  b|c|d e|");
	assert_string_equal(got.recipe.keys.key_id, ID);
	assert_string_equal(secret_str(&got.recipe.keys.key), KEY);
	assert_int_equal(got.recipe.keys.token.n, 0);
	assert_int_equal(got.recipe.keys.expires, 0);
	assert_true(got.recipe.keys.renewable);
	assert_string_equal(got.recipe.keys.origin,
		"credential_process of profile 'p'");
}

static void the_aws_command_line_signs_in_or_says_how(void **state)
{
#define SSO "[profile p]\nsso_account_id = 123456789012\n"
#define SIGN_IN "[profile p]\nlogin_session = x\n"
#define NEWER "install version 2 of the AWS command line "                     \
	"(https://docs.aws.amazon.com/cli/), which reads such a profile"
	static const struct {
		const char *config, *script, *says;
	} rows[] = {
		{ SSO, "echo Token has expired >&2; exit 255", "IAM Identity "
			"Center of profile 'p', by 'aws configure export-"
			"credentials' ended with status 255: 'Token has "
			"expired': run 'aws sso login --profile p' first" },
		{ "[profile p]\nsso_role_name = r\n", "exit 1", "ended with "
			"status 1: run 'aws sso login --profile p' first" },
		{ SIGN_IN, "exit 1", "the sign-in of profile 'p', by 'aws "
			"configure export-credentials' ended with status 1: "
			"run 'aws login --profile p' first" },
		{ SSO, "echo 'Invalid choice: x' >&2; exit 2", "'Invalid "
			"choice: x': " NEWER },
		{ SSO, "echo 'invalid choice' >&2; exit 2", "'invalid "
			"choice': " NEWER },
		{ SIGN_IN, "echo 'no export-credentials' >&2; exit 2",
			"'no export-credentials': " NEWER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		config_is(rows[i].config);
		add_program("aws", rows[i].script);
		SAYS(ERROR_FAILED, rows[i].says, look("p"));
	}
	add_program("aws", "echo \"$@\" >words; echo '{\"Version\":1,"
		"\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" KEY "\"}'");
	OK(look("p"));
	assert_file_is("words",
		"configure export-credentials --profile p --format process\n");
	assert_int_equal(unlink("aws"), 0);
	setenv("PATH", place, 1);
	SAYS(ERROR_UNSUPPORTED, "by 'aws configure export-credentials': cannot "
		"run 'aws': No such file or directory: " NEWER, look("p"));
	/* half of it, with which the command line goes on */
	config_is("[profile p]\nsso_session = x\n");
	SAYS(ERROR_USAGE, "profile 'p' has 'sso_session' and neither "
		"sso_account_id nor sso_role_name: run 'aws configure sso "
		"--profile p', of version 2 of the AWS command line",
		look("p"));
	/* as a shell takes it */
	config_is("[profile 'my admin']\nsso_session = x\n");
	SAYS(ERROR_USAGE, "run 'aws configure sso --profile 'my admin'', of "
		"version 2", look("my admin"));
	config_is("[profile 'my admin']\nregion = eu-west-1\n");
	SAYS(ERROR_USAGE, "or run 'aws configure --profile 'my admin''",
		look("my admin"));
}

/* ---- roles ---- */

static void roles_are_taken_from_the_innermost_out(void **state)
{
	const struct role_step *s;

	(void)state;
	config_is("[profile a]\nrole_arn = " ROLE "a\nsource_profile = b\n"
		"external_id = e:1\nmfa_serial = GAHT12345678\n"
		"duration_seconds = 900\nrole_session_name = me\n"
		"[profile b]\nrole_arn = " ROLE "b\nsource_profile = c\n"
		"[profile c]\n" KEYS);
	OK(look("a"));
	assert_string_equal(got.recipe.keys.key_id, ID);
	assert_int_equal(got.recipe.count, 2);
	s = got.recipe.steps;
	assert_string_equal(s[0].arn, ROLE "b");
	assert_string_equal(s[0].external_id, "");
	assert_int_equal(s[0].duration, 0);
	assert_string_equal(s[1].arn, ROLE "a");
	assert_string_equal(s[1].external_id, "e:1");
	assert_string_equal(s[1].mfa_serial, "GAHT12345678");
	assert_string_equal(s[1].session_name, "me");
	assert_int_equal(s[1].duration, 900);
}

static void a_role_that_leads_nowhere_is_refused_with_the_reason(void **state)
{
#define A "[profile a]\nrole_arn = " ROLE "a\n"
#define FROM(name) A "source_profile = " name "\n"
	static const struct {
		const char *config, *says;
	} rows[] = {
		{ A, "profile 'a' has role_arn and neither source_profile nor "
			"credential_source: one of them has to say what the "
			"role is assumed with" },
		{ FROM("b") "credential_source = Environment\n", "profile 'a' "
			"has role_arn and both source_profile and "
			"credential_source: one of them" },
		{ FROM("b"), "profile 'b', which 'a' names as source_profile, "
			"is not there" },
		{ FROM("b") "[profile b]\noutput = x\n", "profile 'b', which "
			"'a' names as source_profile, has no credentials" },
		{ FROM("a"), "source_profile of 'a' leads back to 'a', which "
			"has no keys: it has to end at a profile with keys of "
			"its own" },
		{ FROM("b") "[profile b]\nrole_arn = " ROLE "b\n"
			"source_profile = a\n", "source_profile of 'b' leads "
			"back to 'a': it has to end at a profile" },
		{ FROM("b") "[profile b]\nrole_arn = " ROLE "b\n"
			"source_profile = c\n[profile c]\nrole_arn = " ROLE "c"
			"\nsource_profile = b\n", "source_profile of 'c' "
			"leads back to 'b': it has to" },
		{ A "credential_source = Sky\n", "credential_source of profile "
			"'a' is 'Sky': Environment, EcsContainer and "
			"Ec2InstanceMetadata are known" },
		{ A "credential_source = Environment\n", "profile 'a' wants "
			"credentials from Environment, where none are" },
		{ A "credential_source = EcsContainer\n", "profile 'a' wants "
			"credentials from EcsContainer, where none are" },
		{ A "credential_source = Ec2InstanceMetadata\n", "profile 'a' "
			"wants credentials from Ec2InstanceMetadata, where "
			"none are" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		config_is(rows[i].config);
		SAYS(ERROR_USAGE, rows[i].says, look("a"));
		assert_null(strstr(err.text, "behind sudo"));
	}
	for_other = true;
	config_is(A "credential_source = Environment\n");
	SAYS(ERROR_USAGE, "where none are (behind sudo the environment is "
		"root's)", look("a"));
	config_is(A "credential_source = EcsContainer\n");
	SAYS(ERROR_USAGE, "from EcsContainer, where none are", look("a"));
	assert_null(strstr(err.text, "behind sudo"));
}

static void a_role_s_settings_have_the_form_that_sts_takes(void **state)
{
	static const struct {
		const char *setting; /* NULL says: it is taken */
		const char *says;
	} rows[] = {
		{ "duration_seconds = 900", NULL },
		{ "duration_seconds = 43200", NULL },
		{ "duration_seconds = 899", "the duration_seconds of profile "
			"'a' is 899: 900 to 43200 are allowed" },
		{ "duration_seconds = 43201", "duration_seconds of profile 'a' "
			"is '43201': 900 to 43200 are allowed" },
		{ "duration_seconds = 1h", "duration_seconds of profile 'a' is "
			"'1h': 900 to 43200 are allowed" },
		{ "duration_seconds = 0000000000000900", "'duration_seconds' "
			"of profile 'a' is longer than 15 bytes" },
		{ "external_id = ab", NULL },
		{ "external_id = a", "the external_id of profile 'a' cannot be "
			"one: 'a'" },
		{ "external_id = a b", "the external_id of profile 'a' cannot "
			"be one: 'a b'" },
		{ "external_id =", "'external_id' of profile 'a' is empty: "
			"take it out" },
		{ "role_session_name = ab", NULL },
		{ "role_session_name = a", "the role_session_name of profile "
			"'a' cannot be one: 'a'" },
		{ "role_session_name = a:b", "the role_session_name of profile "
			"'a' cannot be one: 'a:b'" },
		{ "mfa_serial = 123456789", NULL },
		{ "mfa_serial = 12345678", "the mfa_serial of profile 'a' "
			"cannot be one: '12345678'" },
		{ "mfa_serial = \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
			"the mfa_serial of profile 'a' cannot be one" },
	};
	char config[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(config, sizeof(config), FROM("b") "%s\n[profile b]\n"
			KEYS, rows[i].setting);
		config_is(config);
		if (rows[i].says)
			SAYS(ERROR_USAGE, rows[i].says, look("a"));
		else
			OK(look("a"));
	}
}

static void a_role_s_arn_is_one_of_iam(void **state)
{
	static const struct {
		const char *arn;
		bool good;
	} rows[] = {
		{ ROLE "x", true },
		{ ROLE "path/x", true },
		{ "arn:a:iam::1:role/xy", true }, /* 20 letters */
		{ "arn:a:iam::1:role/x", false },
		{ "arn:aws:iam::123456789012:user/x", false },
		{ "arn:aws:sts::123456789012:role/x", false },
		{ "arn:aws:iam::123456789012:role", false },
		{ ROLE "x y", false },
		{ "nothing-of-that-kind", false },
	};
	char config[512], want[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(config, sizeof(config), "[profile a]\nrole_arn = %s\n"
			"source_profile = b\n[profile b]\n" KEYS, rows[i].arn);
		config_is(config);
		snprintf(want, sizeof(want), "the role_arn of profile 'a' "
			"cannot be one: '%s'", rows[i].arn);
		if (rows[i].good)
			OK(look("a"));
		else
			SAYS(ERROR_USAGE, want, look("a"));
	}
}

static void a_chain_of_eight_roles_is_the_longest(void **state)
{
	char config[2048];
	int n, last, i;

	(void)state;
	for (last = 8; last <= 9; last++) {
		for (n = 0, i = 1; i <= last; i++)
			n += snprintf(config + n, sizeof(config) - (size_t)n,
				"[profile p%d]\nrole_arn = " ROLE "r%d\n"
				"source_profile = p%d\n", i, i, i - 1);
		snprintf(config + n, sizeof(config) - (size_t)n,
			"[profile p0]\n" KEYS);
		config_is(config);
		if (last == 8) {
			OK(look("p8"));
			assert_int_equal(got.recipe.count, 8);
		} else {
			SAYS(ERROR_USAGE, "profile 'p9' is role number 9 of a "
				"chain: 9 are too many", look("p9"));
		}
	}
}

/* ---- a web identity ---- */

#define JWT "AWS_WEB_IDENTITY_TOKEN_FILE"

static void a_web_identity_is_a_token_and_a_role(void **state)
{
	(void)state;
	write_text("jwt", "a.b.c\r\n\n");
	setenv(JWT, "jwt", 1);
	setenv("AWS_ROLE_ARN", ROLE "v", 1);
	setenv("AWS_ROLE_SESSION_NAME", "pod", 1);
	OK(look(NULL));
	assert_string_equal(secret_str(&got.recipe.web_token), "a.b.c");
	assert_int_equal(got.recipe.web_token.n, 5);
	assert_int_equal(got.recipe.count, 1);
	assert_string_equal(got.recipe.steps[0].arn, ROLE "v");
	assert_string_equal(got.recipe.steps[0].session_name, "pod");
	assert_string_equal(got.recipe.keys.key_id, "");
	unsetenv("AWS_ROLE_ARN");
	SAYS(ERROR_USAGE, "there is a token file of a web identity ('jwt') and "
		"no role: set AWS_ROLE_ARN or role_arn", look(NULL));
	setenv("AWS_ROLE_ARN", "x", 1);
	SAYS(ERROR_USAGE, "the role_arn of the web identity cannot be one: 'x'",
		look(NULL));
}

static void a_web_identity_s_token_has_the_form_of_one(void **state)
{
	static const size_t lengths[] = { 3, 4, 20000, 20001 };
	static const char refusal[] = "'jwt' holds no token of a web identity: "
		"4 to 20000 printable characters";
	static const char *const bad[] = { "a b.c", "a.b\nc", "\xc3\xa4.bcd",
		"a.bc\x7f" };
	char *text = malloc(20001);
	size_t i;

	(void)state;
	setenv(JWT, "jwt", 1);
	setenv("AWS_ROLE_ARN", ROLE "v", 1);
	memset(text, 'x', 20001);
	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		write_file("jwt", text, lengths[i], 0600);
		if (lengths[i] == 4 || lengths[i] == 20000)
			OK(look(NULL));
		else
			SAYS(ERROR_MALFORMED, refusal, look(NULL));
	}
	free(text);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		write_text("jwt", bad[i]);
		SAYS(ERROR_MALFORMED, refusal, look(NULL));
	}
	assert_int_equal(unlink("jwt"), 0);
	SAYS(ERROR_FAILED, "cannot open 'jwt'", look(NULL));
}

static void a_variable_of_a_web_identity_that_is_too_long_is_named(
	void **state)
{
	char text[4097];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[4096] = '\0';
	setenv(JWT, text, 1);
	SAYS(ERROR_USAGE, JWT " is longer than 4095 bytes", look(NULL));
	text[65] = '\0';
	write_text("jwt", "a.b.c");
	setenv(JWT, "jwt", 1);
	setenv("AWS_ROLE_ARN", ROLE "v", 1);
	setenv("AWS_ROLE_SESSION_NAME", text, 1);
	SAYS(ERROR_USAGE, "AWS_ROLE_SESSION_NAME is longer than 64 bytes",
		look(NULL));
	text[64] = '\0';
	setenv("AWS_ROLE_SESSION_NAME", text, 1);
	OK(look(NULL));
}

/* ---- what is recognised and not read ---- */

static void keys_in_an_old_form_are_not_passed_over(void **state)
{
	(void)state;
	write_text("boto", "[Credentials]\naws_access_key_id = x\n");
	setenv("BOTO_CONFIG", "boto", 1);
	SAYS(ERROR_UNSUPPORTED, "'boto' holds keys in a form that is not read: "
		"put them into ~/.aws/credentials", look(NULL));
	/* other settings of it are no keys */
	write_text("boto", "[Credentials]\nx = y\n[Boto]\naws_access_key_id = "
		"x\n");
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	setenv("BOTO_CONFIG", "none", 1);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	unsetenv("BOTO_CONFIG");
	write_text(".boto", "[Credentials]\naws_access_key_id = x\n");
	SAYS(ERROR_UNSUPPORTED, ".boto' holds keys in a form", look(NULL));
	setenv("BOTO_CONFIG", "", 1);
	SAYS(ERROR_USAGE, "no AWS credentials", look(NULL));
	write_text("boto", "nonsense");
	setenv("BOTO_CONFIG", "boto", 1);
	SAYS(ERROR_MALFORMED, "'boto' line 1", look(NULL));
	setenv("AWS_CREDENTIAL_FILE", "x", 1);
	SAYS(ERROR_UNSUPPORTED, "'AWS_CREDENTIAL_FILE' names keys in a form "
		"that is not read: put them into ~/.aws/credentials, or unset "
		"it", look(NULL));
}

static void a_name_of_a_file_may_begin_with_somebody_s_home(void **state)
{
	const struct passwd *root = getpwnam("root");
	char want[256];
	char *path;

	(void)state;
	assert_non_null(root);
	snprintf(want, sizeof(want), "%s/x", root->pw_dir);
	path = path_expand("~root/x");
	assert_string_equal(path, want);
	free(path);
	snprintf(want, sizeof(want), "%s/x", place);
	path = path_expand("~/x");
	assert_string_equal(path, want);
	free(path);
	path = path_expand("~nobody-of-that-name/x");
	assert_string_equal(path, "~nobody-of-that-name/x");
	free(path);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_container_s_service_is_asked_at_its_address),
		TEST(a_container_s_address_is_near_or_https),
		TEST(a_container_s_address_of_two_kilobytes_is_none),
		TEST(a_token_that_no_header_may_have_is_refused),
		TEST(a_container_s_service_is_asked_three_times),
		TEST(what_does_not_pass_is_asked_once),
		TEST(an_answer_without_keys_says_why),
		TEST(keys_are_over_in_the_second_that_is_said),
		TEST(a_machine_s_role_is_asked_for_with_a_token),
		TEST(the_token_is_asked_for_with_how_long_it_is_to_live),
		TEST(a_machine_that_has_no_role_has_none),
		TEST(what_ends_a_run_ends_asking_the_machine),
		TEST(a_token_or_a_role_of_another_form_is_refused),
		TEST(a_machine_s_service_is_where_the_settings_say),
		TEST(a_machine_s_service_is_asked_as_often_as_is_set),
		TEST(a_program_that_prints_no_keys_is_named_with_its_words),
		TEST(a_program_gets_its_words_as_a_shell_has_them),
		TEST(the_aws_command_line_signs_in_or_says_how),
		TEST(roles_are_taken_from_the_innermost_out),
		TEST(a_role_that_leads_nowhere_is_refused_with_the_reason),
		TEST(a_role_s_settings_have_the_form_that_sts_takes),
		TEST(a_role_s_arn_is_one_of_iam),
		TEST(a_chain_of_eight_roles_is_the_longest),
		TEST(a_web_identity_is_a_token_and_a_role),
		TEST(a_web_identity_s_token_has_the_form_of_one),
		TEST(a_variable_of_a_web_identity_that_is_too_long_is_named),
		TEST(keys_in_an_old_form_are_not_passed_over),
		TEST(a_name_of_a_file_may_begin_with_somebody_s_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
